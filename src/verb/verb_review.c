#include "config.h"

#include "verb/review.h"

#include <string.h>

#include "base/buf.h"
#include "verb/segment_pick.h"

enum spur_status spur_review(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
			     const struct spur_db_segment *segment, const char *verdict, const char *reason,
			     struct spur_error *err)
{
	struct spur_buf record = { 0 }, signature = { 0 };
	enum spur_status st;

	spur_db_review_record(segment, verdict, reason, act, &record);
	st = spur_ctx_sign(ctx, SPUR_DB_APPROVAL_NAMESPACE, spur_buf_text(&record), record.len, &signature, err);
	if (st >= 0)
		st = spur_db_review_add(db, act, segment->id, verdict, reason, spur_buf_text(&signature), NULL, err);
	spur_buf_finish(&record);
	spur_buf_finish(&signature);
	return spur_wrap(st, err, "segment %lld", (long long)segment->id);
}

/* All of them, or none: half an approved list would be a trap. */
static enum spur_status review_all(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				   const struct spur_db_segment_list *l, const char *verdict, const char *reason,
				   struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		if ((st = spur_ctx_goes_on(ctx, i, l->count, err)) >= 0)
			st = spur_review(ctx, db, act, &l->rows[i], verdict, reason, err);
	}
	return spur_db_end(db, st, err);
}

static void emit_reviewed(struct spur_emit *emit, const char *verdict, size_t segments, const struct spur_db_act *act)
{
	spur_emit_row(emit, "reviewed");
	spur_emit_text(emit, "verdict", verdict);
	spur_emit_uint(emit, "segments", segments);
	spur_emit_text(emit, "reviewer", act->who);
	spur_emit_text(emit, "key", act->key);
	spur_emit_end(emit);
}

static enum spur_exit run_verdict(struct spur_ctx *ctx, const struct spur_args *args, const char *verdict,
				  struct spur_emit *emit, struct spur_error *err)
{
	const char *reason = spur_args_text(args, "reason", "");
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_segment_list l = { 0 };
	enum spur_status st = SPUR_OK;

	if (reason[0] == '\0' && strcmp(verdict, "approve") != 0)
		st = spur_fail(err, SPUR_EINVAL, "say why: --reason TEXT");
	if (st >= 0 && (st = spur_ctx_act(ctx, &db, &act, err)) >= 0 && (st = spur_segment_pick(db, args, 0, &l, err)) >= 0) {
		if (spur_args_has(args, "draft"))
			st = spur_review_draft(ctx, db, &act, &l, verdict, reason, emit, err);
		else if ((st = review_all(ctx, db, &act, &l, verdict, reason, err)) >= 0)
			emit_reviewed(emit, verdict, l.count, &act);
	}
	spur_db_segment_list_finish(&l);
	return spur_exit_of(st);
}

static enum spur_exit run_approve(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				  struct spur_error *err)
{
	return run_verdict(ctx, args, "approve", emit, err);
}

static enum spur_exit run_reject(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	return run_verdict(ctx, args, "reject", emit, err);
}

static enum spur_exit run_comment(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				  struct spur_error *err)
{
	return run_verdict(ctx, args, "comment", emit, err);
}

static void emit_review(const struct spur_db_review *r, struct spur_emit *emit)
{
	spur_emit_row(emit, "review");
	spur_emit_int(emit, "id", r->id);
	spur_emit_int(emit, "segment", r->segment);
	spur_emit_text(emit, "verdict", r->verdict);
	spur_emit_text(emit, "reviewer", r->reviewer);
	spur_emit_time(emit, "at_ns", r->at_ns);
	spur_emit_text(emit, "reason", r->reason);
	spur_emit_detail(emit);
	spur_emit_text(emit, "segment_uid", r->segment_uid);
	spur_emit_text(emit, "key", r->key);
	spur_emit_text(emit, "record", r->record);
	spur_emit_text(emit, "signature", r->signature);
	spur_emit_end(emit);
}

static enum spur_exit run_list(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_segment_list s = { 0 };
	int64_t segment = 0, after = 0;
	bool more = true;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && args->npos > 0 && (st = spur_db_segment_find(db, args->pos[0], &s, err)) >= 0)
		segment = s.rows[0].id;
	while (st >= 0 && more) {
		struct spur_db_review_list l;

		st = spur_db_review_list(db, segment, after, 0, &l, err);
		for (size_t i = 0; st >= 0 && i < l.count; i++) {
			emit_review(&l.rows[i], emit);
			after = l.rows[i].id;
		}
		more = st >= 0 && l.count > 0;
		spur_db_review_list_finish(&l);
		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
	}
	spur_db_segment_list_finish(&s);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ .name = "reason", .type = SPUR_OPT_TEXT, .arg = "TEXT", .help = "why; reject and comment need one" },
	{ .name = "draft", .type = SPUR_OPT_FLAG, .help = "decide now, sign later: see spur review sign" },
	{ .name = "all", .type = SPUR_OPT_FLAG, .help = "every segment that the filters let through" },
	SPUR_SEGMENT_OPTS,
	{ 0 }
};

static const struct spur_verb approve = {
	.name = "approve", .synopsis = "SEGMENT... | --all", .summary = "approve segments; signed with your key",
	.opts = opts, .max_args = -1, .run = run_approve,
};
static const struct spur_verb reject = {
	.name = "reject", .synopsis = "SEGMENT... --reason TEXT | --all", .summary = "reject segments",
	.opts = opts, .max_args = -1, .run = run_reject,
};
static const struct spur_verb comment = {
	.name = "comment", .synopsis = "SEGMENT... --reason TEXT", .summary = "say something without a verdict",
	.opts = opts, .max_args = -1, .run = run_comment,
};
static const struct spur_verb list = {
	.name = "list", .synopsis = "[SEGMENT]", .summary = "verdicts and comments, oldest first",
	.max_args = 1, .run = run_list,
};
static const struct spur_verb *const subs[] = {
	&list, &approve, &reject, &comment, &spur_review_edge, &spur_review_pending, &spur_review_undo, &spur_review_redo,
	&spur_review_sign, NULL
};

const struct spur_verb spur_verb_review = {
	.name = "review",
	.synopsis = "list | approve | reject | comment | edge | pending | undo | redo | sign",
	.summary = "approve or reject what somebody else proposed",
	.section = "Curation",
	.subs = subs,
};
