#include "config.h"

#include "verb/tag.h"

#include "verb/segment_pick.h"

const struct spur_opt spur_tag_opts[] = {
	{ .name = "all", .type = SPUR_OPT_FLAG, .help = "every segment that the filters let through" },
	SPUR_SEGMENT_OPTS,
	{ 0 }
};

/* All of them, or none. */
static enum spur_status tag_all(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				const struct spur_db_segment_list *l, const char *tag, bool on, uint64_t *changed,
				struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		bool one = false;

		if ((st = spur_ctx_goes_on(ctx, i, l->count, err)) >= 0)
			st = spur_db_tag(db, act, l->rows[i].id, tag, on, &one, err);
		*changed += one;
	}
	return spur_db_end(db, st, err);
}

enum spur_exit spur_tag_run(struct spur_ctx *ctx, const struct spur_args *args, bool on, struct spur_emit *emit,
			    struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_segment_list l = { 0 };
	uint64_t changed = 0;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0 && (st = spur_segment_pick(db, args, 1, &l, err)) >= 0 &&
	    (st = tag_all(ctx, db, &act, &l, args->pos[0], on, &changed, err)) >= 0) {
		spur_emit_row(emit, on ? "tagged" : "untagged");
		spur_emit_text(emit, "tag", args->pos[0]);
		spur_emit_uint(emit, "segments", l.count);
		spur_emit_uint(emit, "changed", changed);
		spur_emit_end(emit);
	}
	spur_db_segment_list_finish(&l);
	return spur_exit_of(st);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	return spur_tag_run(ctx, args, true, emit, err);
}

const struct spur_verb spur_verb_tag = {
	.name = "tag",
	.synopsis = "TAG SEGMENT... | TAG --all",
	.summary = "put a tag on segments",
	.section = "Curation",
	.opts = spur_tag_opts,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
