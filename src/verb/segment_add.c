#include "config.h"

#include "verb/segment_pick.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A segment by hand: what a person saw and no query found. */
static enum spur_status span_of(struct spur_db *db, const struct spur_args *args, const struct spur_db_drive *d,
				struct spur_db_segment *s, struct spur_error *err)
{
	const char *from = spur_args_text(args, "from", NULL), *to = spur_args_text(args, "to", NULL);
	spur_ns begin, end;
	enum spur_status st;

	if (from == NULL || to == NULL || s->label == NULL)
		return spur_fail(err, SPUR_EINVAL, "say what and where: --from T --to T --label LABEL");
	if ((st = spur_db_drive_span(db, d->id, &begin, &end, err)) < 0)
		return st;
	if ((st = spur_time_parse(from, begin, end, begin, &s->begin_ns, err)) < 0)
		return spur_wrap(st, err, "--from");
	if ((st = spur_time_parse(to, begin, end, s->begin_ns, &s->end_ns, err)) < 0)
		return spur_wrap(st, err, "--to");
	if (s->begin_ns >= s->end_ns)
		return spur_fail(err, SPUR_EINVAL, "--to is not after --from");
	if (s->end_ns <= begin || s->begin_ns >= end)
		return spur_fail(err, SPUR_EINVAL, "that is outside of drive %s", d->name);
	return SPUR_OK;
}

static enum spur_status store(struct spur_db *db, const struct spur_db_act *act, const struct spur_args *args,
			      const struct spur_db_drive *d, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_segment s = { .drive_id = d->id, .label = spur_args_text(args, "label", NULL), .score = (double)NAN,
				     .query = "", .evidence = "{}" };
	struct spur_db_segment_list l = { 0 };
	bool fresh = false;
	int64_t id = 0;
	char ref[24];
	enum spur_status st = span_of(db, args, d, &s, err);

	if (st >= 0 && (st = spur_db_segment_add(db, act, &s, &id, &fresh, err)) >= 0) {
		snprintf(ref, sizeof(ref), "%" PRId64, id);
		st = spur_db_segment_find(db, ref, &l, err);
	}
	if (st >= 0) {
		spur_segment_emit(&l.rows[0], emit);
		spur_emit_note(emit, "segment %" PRId64 " %s", id, fresh ? "added: another person reviews it" : "was there already");
	}
	spur_db_segment_list_finish(&l);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_drive_list d = { 0 };
	struct spur_db *db = NULL;
	struct spur_db_act act;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0 && (st = spur_db_drive_find(db, args->pos[0], &d, err)) >= 0)
		st = store(db, &act, args, &d.rows[0], emit, err);
	spur_db_drive_list_finish(&d);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ .name = "from", .type = SPUR_OPT_TIME, .arg = "T", .help = "where it begins" },
	{ .name = "to", .type = SPUR_OPT_TIME, .arg = "T", .help = "where it ends; +T counts from the begin" },
	{ .name = "label", .type = SPUR_OPT_TEXT, .arg = "LABEL", .help = "what it is" },
	{ 0 }
};

const struct spur_verb spur_segments_add = {
	.name = "add", .synopsis = "DRIVE --from T --to T --label LABEL", .summary = "a segment by hand",
	.opts = opts, .min_args = 1, .max_args = 1, .run = run,
};
