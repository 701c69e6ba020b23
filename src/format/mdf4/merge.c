#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/merge_same.h"
#include "format/mdf4/merge_shift.h"
#include "format/mdf4/rewrite.h"
#include "format/mdf4/text.h"

/*
 * merge(): the start of time is that of the first file. Files of the same structure follow each other in
 * one set of groups, raw masters moved; where the structure is another one the groups of a file stand beside
 * the others, and the conversion of their masters is moved. Events, attachments and histories are chained.
 */
struct part {
	struct spur_reader *r;
	const char *name;
};

struct merge {
	struct part *parts;		/* by start */
	struct mdf_rewrite *w;		/* the same order */
	size_t count;
	struct mdf_new_file file;
	struct spur_buf history, properties;
};

/* By start; parts of one recording may have one start, and then where they end says more. */
static bool is_before(const struct spur_reader *a, const struct spur_reader *b)
{
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns;
	return a->d.end_known && b->d.end_known && a->d.end_ns < b->d.end_ns;
}

static enum spur_status in_order(struct merge *m, struct spur_reader *const *r, const struct spur_merging *want,
				 struct spur_error *err)
{
	for (size_t i = 0; i < m->count; i++) {
		size_t at = i;

		if (r[i]->version < 400)
			return spur_fail(err, SPUR_EUNSUPPORTED, "%s: MDF %u.%02u is not written: use spur convert", want->names[i],
					 r[i]->version / 100u, r[i]->version % 100u);
		if (!r[i]->d.has_time)
			return spur_fail(err, SPUR_EUNSUPPORTED, "%s: does not say when it was recorded", want->names[i]);
		if (r[i]->d.local_time != r[0]->d.local_time)
			return spur_fail(err, SPUR_EUNSUPPORTED, "%s: holds %s time, %s does not", want->names[i],
					 r[i]->d.local_time ? "local" : "UTC", want->names[0]);
		for (; at > 0 && is_before(r[i], m->parts[at - 1].r); at--)
			m->parts[at] = m->parts[at - 1];
		m->parts[at] = (struct part){ r[i], want->names[i] };
	}
	return SPUR_OK;
}

static spur_ns start_of(const struct merge *m, size_t k)
{
	return m->parts[k].r->d.begin_ns;
}

/* ---- one behind the other ---- */

static bool counts_rows(struct spur_reader *r, uint32_t group)
{
	for (uint32_t i = 0; i < r->shown_groups[group].signal_count; i++) {
		if (mdf_counts_rows(r, &r->channels[r->shown_groups[group].first_signal + i]))
			return true;
	}
	return false;
}

/* What moves the masters of part k into the groups of its base; of a base itself they only show where it ends. */
static enum spur_status join(struct merge *m, size_t k, struct spur_error *err)
{
	struct mdf_rewrite *w = &m->w[k], *base = mdf_rewrite_base(w);
	spur_ns shift = w->r->d.begin_ns - base->r->d.begin_ns;
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < w->r->group_count && st == SPUR_OK; i++) {
		if (w->groups[i].left_out)
			continue;
		if (counts_rows(w->r, i) && w->r->groups[i].cycles > 0)
			st = spur_fail_byte(err, SPUR_EUNSUPPORTED, w->r->groups[i].at, "group %" PRIu32 " has values that are the number of "
					    "the row, which would be another one; --apart puts files beside each other", i);
		else
			st = mdf_shift_create(w->r, i, shift, &base->groups[i].last, &w->groups[i].shift, err);
	}
	for (size_t i = 0; w->base != NULL && i < base->r->channel_count; i++)
		base->channels[i].ranges_gone = true;
	return st;
}

static bool has_followers(const struct merge *m, size_t k)
{
	for (size_t i = k + 1; i < m->count; i++) {
		if (m->w[i].base == &m->w[k])
			return true;
	}
	return false;
}

/* ---- beside each other ---- */

static enum spur_status move_masters(struct merge *m, size_t k, struct spur_error *err)
{
	struct mdf_rewrite *w = &m->w[k];
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; w->shift_ns != 0 && i < w->r->channel_count && st == SPUR_OK; i++) {
		struct mdf_new_channel *c = &w->channels[i];

		if (c->left_out || !w->r->signals[i].is_master || w->r->channels[i].sync != 1)
			continue;
		st = mdf_shift_linear(w->r, i, c->linear, err);
		c->linear[0] += (double)w->shift_ns / 1e9;
		c->ranges_gone = true;
	}
	return st;
}

/* ---- what is said ---- */

static int64_t zone_of(struct spur_reader *r)
{
	unsigned char body[16];
	struct mdf_block hd;

	if (mdf_block_read(r, 64, "HD", &hd, NULL) < 0 || mdf_block_body(r, &hd, body, sizeof(body), NULL) < 0 ||
	    (body[12] & 2) == 0)
		return 0;
	return (int16_t)spur_le16(body + 8) + (int16_t)spur_le16(body + 10);
}

static enum spur_status say_how(struct merge *m, size_t k, struct spur_error *err)
{
	m->file.speaking_of = m->parts[k].name;
	if (zone_of(m->parts[k].r) != zone_of(m->parts[0].r))
		return mdf_note(&m->file, SPUR_NOTE, 64, err, "its zone is another one; that of %s is kept", m->parts[0].name);
	return SPUR_OK;
}

/* The line of the history: the files, their starts, and the comments of all headers but the first, which stays. */
static void write_history(struct merge *m, const char *text)
{
	char at[SPUR_TIME_TEXT];

	spur_buf_adds(&m->history, text == NULL ? "merged" : text);
	for (size_t k = 0; k < m->count; k++) {
		const struct spur_description *d = &m->parts[k].r->d;

		spur_buf_addf(&m->history, "%s %s from %s on", k == 0 ? ":" : ";", m->parts[k].name,
			      spur_time_text(start_of(m, k), SPUR_TIME_UTC, 0, at));
		for (size_t i = 0; k > 0 && i < d->note_count; i++) {
			if (strcmp(d->notes[i].key, "comment") == 0)
				spur_buf_addf(&m->history, " (%s)", d->notes[i].value);
		}
	}
	m->file.history = spur_buf_text(&m->history);
}

static const char *header_comment(struct spur_reader *r)
{
	struct mdf_block hd;

	return mdf_block_read(r, 64, "HD", &hd, NULL) < 0 ? "" : mdf_text_raw(r, mdf_block_link(r, &hd, MDF_ROOT_MD));
}

/* What the comments of the other headers say of author, project and the like, a tree for each file. */
static void keep_properties(struct merge *m)
{
	const char *first = header_comment(m->parts[0].r);

	for (size_t k = 1; k < m->count; k++) {
		const char *at = header_comment(m->parts[k].r), *name, *value;
		size_t count = 0;

		if (strcmp(at, first) == 0)
			continue;
		for (; mdf_xml_property(m->parts[k].r, &at, &name, &value); count++) {
			if (count == 0) {
				spur_buf_adds(&m->properties, "<tree name=\"");
				mdf_xml_escape(&m->properties, m->parts[k].name);
				spur_buf_adds(&m->properties, "\">");
			}
			spur_buf_adds(&m->properties, "<e name=\"");
			mdf_xml_escape(&m->properties, name);
			spur_buf_adds(&m->properties, "\">");
			mdf_xml_escape(&m->properties, value);
			spur_buf_adds(&m->properties, "</e>");
		}
		spur_buf_adds(&m->properties, count == 0 ? "" : "</tree>");
	}
	m->file.properties = spur_buf_text(&m->properties);
}

/* ---- all of it ---- */

static enum spur_status begin(struct merge *m, const struct spur_merging *want, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t k = 0; k < m->count; k++) {
		mdf_rewrite_begin(&m->w[k], m->parts[k].r, &m->file);
		m->w[k].shift_ns = start_of(m, k) - start_of(m, 0);
		for (size_t i = 0; i < m->w[k].r->group_count; i++)
			m->w[k].groups[i].last = (double)NAN;
		for (size_t j = 0; j < k && !want->apart && m->w[k].base == NULL; j++) {
			if (m->w[j].base == NULL && mdf_same_structure(m->w[j].r, m->w[k].r))
				m->w[k].base = &m->w[j];
		}
	}
	for (size_t k = 0; k < m->count && st == SPUR_OK; k++) {
		st = say_how(m, k, err);
		if (st == SPUR_OK)
			st = mdf_rewrite_losses(&m->w[k], err);
		if (st == SPUR_OK && m->w[k].base == NULL)
			st = move_masters(m, k, err);
		if (st == SPUR_OK && (m->w[k].base != NULL || has_followers(m, k)))
			st = join(m, k, err);
		st = spur_wrap(st, err, "%s", m->parts[k].name);
	}
	m->file.speaking_of = NULL;
	return st;
}

static bool is_any(const struct mdf_rewrite *w, uint32_t group)
{
	return !w->groups[group].left_out;
}

/* One file after the other; what its groups collected is written before the next, or many groups would exceed the budget. */
static enum spur_status copy(struct merge *m, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t k = 0; k < m->count && st == SPUR_OK; k++) {
		struct mdf_rewrite *base = mdf_rewrite_base(&m->w[k]);

		for (size_t i = 0; i < base->r->channel_count; i++)
			base->channels[i].moved = false;	/* offsets of another file */
		st = mdf_rewrite_scan(&m->w[k], is_any, SPUR_NS_MIN, SPUR_NS_MAX, err);
		if (st == SPUR_OK)
			st = mdf_rewrite_flush(base, err);
		st = spur_wrap(st, err, "%s", m->parts[k].name);
	}
	for (size_t k = 0; k < m->count && st == SPUR_OK; k++) {
		if (m->w[k].base == NULL)
			st = mdf_rewrite_lists(&m->w[k], err);
	}
	return st;
}

enum spur_status mdf_merge(struct spur_reader *const *r, size_t count, const char *path, const struct spur_merging *want,
			   struct spur_rewritten *got, struct spur_task *task, struct spur_error *err)
{
	struct merge m = { .count = count };
	enum spur_status st;

	*got = (struct spur_rewritten){ 0 };
	m.parts = spur_calloc(count, sizeof(*m.parts));
	m.w = spur_calloc(count, sizeof(*m.w));
	if ((st = in_order(&m, r, want, err)) < 0)
		goto out;
	mdf_rewrite_how(&m.file, &want->how, m.parts[0].r, task);
	write_history(&m, want->how.history);
	keep_properties(&m);
	if ((st = begin(&m, want, err)) < 0 || (st = mdf_new_file_begin(&m.file, path, m.w, count, err)) < 0 ||
	    (st = copy(&m, err)) < 0 || (st = mdf_rewrite_tree(m.w, count, err)) < 0)
		goto out;
	for (size_t k = 0; k < count; k++) {
		mdf_rewrite_count(&m.w[k], got);
		got->events += m.w[k].r->d.event_count;
	}
	st = spur_out_commit(m.file.out, err);
	m.file.out = NULL;
	if (st == SPUR_OK)
		st = mdf_rewrite_verify(path, m.w, count, got->rows, task, err);
out:
	for (size_t k = 0; k < count; k++)
		mdf_rewrite_end(&m.w[k]);
	mdf_new_file_end(&m.file);
	spur_buf_finish(&m.history);
	spur_buf_finish(&m.properties);
	free(m.parts);
	free(m.w);
	return st;
}
