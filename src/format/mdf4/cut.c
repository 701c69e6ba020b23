#include "config.h"

#include <inttypes.h>

#include "format/mdf4/rewrite.h"

/*
 * cut(): the records of a span of time. The start of time in the header stays, and so masters stay as they
 * are. Groups without a time are kept whole: nothing says where they lie. Where the number of a
 * row is a value (virtual channels), the rows before the span are kept too: without them the
 * others would have other numbers.
 */

enum how { WHOLE, SPAN, FROM_START };

/* The group whose master is that of this one too: their rows must stay the same. */
static uint32_t master_group(const struct spur_reader *r, uint32_t group)
{
	return r->groups[group].remote_master == MDF_NONE ? group : r->groups[group].remote_master;
}

static void find_counted(struct mdf_rewrite *w)
{
	for (uint32_t i = 0; i < w->r->channel_count; i++) {
		if (!w->channels[i].left_out && mdf_counts_rows(w->r, &w->r->channels[i]))
			w->groups[master_group(w->r, w->r->channels[i].group)].counted = true;
	}
}

static enum how how_of(const struct mdf_rewrite *w, uint32_t group)
{
	if (w->r->shown_groups[group].domain != SPUR_DOMAIN_TIME)
		return WHOLE;
	return w->groups[master_group(w->r, group)].counted ? FROM_START : SPAN;
}

static bool is_any(const struct mdf_rewrite *w, uint32_t group)
{
	return !w->groups[group].left_out;
}

static bool is_whole(const struct mdf_rewrite *w, uint32_t group)
{
	return how_of(w, group) == WHOLE;
}

static bool is_span(const struct mdf_rewrite *w, uint32_t group)
{
	return how_of(w, group) == SPAN;
}

static bool is_from_start(const struct mdf_rewrite *w, uint32_t group)
{
	return how_of(w, group) == FROM_START;
}

static enum spur_status say_how(struct mdf_rewrite *w, const struct spur_cut *want, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < w->r->group_count && st == SPUR_OK; i++) {
		enum how how = w->groups[i].left_out ? SPAN : how_of(w, i);

		if (how == WHOLE)
			st = mdf_note(w->file, SPUR_NOTE, w->r->groups[i].at, err, "group %" PRIu32 " has no time: it is kept whole", i);
		else if (how == FROM_START && want->begin_ns != SPUR_NS_MIN)
			st = mdf_note(w->file, SPUR_NOTE, w->r->groups[i].at, err, "group %" PRIu32 " has values that are the number "
				      "of the row: its rows before the span are kept", i);
	}
	return st;
}

static enum spur_status scan(struct mdf_rewrite *w, const struct spur_cut *want, struct spur_error *err)
{
	enum spur_status st;

	if (want->begin_ns == SPUR_NS_MIN && want->end_ns == SPUR_NS_MAX)
		return mdf_rewrite_scan(w, is_any, SPUR_NS_MIN, SPUR_NS_MAX, err);
	find_counted(w);
	if ((st = say_how(w, want, err)) < 0 || (st = mdf_rewrite_scan(w, is_span, want->begin_ns, want->end_ns, err)) < 0 ||
	    (st = mdf_rewrite_scan(w, is_from_start, SPUR_NS_MIN, want->end_ns, err)) < 0)
		return st;
	return mdf_rewrite_scan(w, is_whole, SPUR_NS_MIN, SPUR_NS_MAX, err);
}

enum spur_status mdf_cut(struct spur_reader *r, const char *path, const struct spur_cut *want, struct spur_rewritten *got,
			 struct spur_task *task, struct spur_error *err)
{
	struct mdf_new_file file;
	struct mdf_rewrite w;
	enum spur_status st;

	*got = (struct spur_rewritten){ 0 };
	if (r->version < 400)
		return spur_fail(err, SPUR_EUNSUPPORTED, "MDF %u.%02u is not written: use spur convert", r->version / 100u,
				 r->version % 100u);
	mdf_rewrite_how(&file, &want->how, r, task);
	mdf_rewrite_begin(&w, r, &file);
	if (want->signals != NULL)
		mdf_rewrite_pick(&w, want->signals, want->signal_count);
	got->events = mdf_rewrite_events(&w, want->begin_ns, want->end_ns);
	if ((st = mdf_new_file_begin(&file, path, &w, 1, err)) < 0 || (st = mdf_rewrite_losses(&w, err)) < 0 ||
	    (st = scan(&w, want, err)) < 0 || (st = mdf_rewrite_lists(&w, err)) < 0 ||
	    (st = mdf_rewrite_tree(&w, 1, err)) < 0)
		goto out;
	mdf_rewrite_count(&w, got);
	st = spur_out_commit(file.out, err);
	file.out = NULL;
	if (st == SPUR_OK)
		st = mdf_rewrite_verify(path, &w, 1, got->rows, task, err);
out:
	mdf_rewrite_end(&w);
	mdf_new_file_end(&file);
	return st;
}
