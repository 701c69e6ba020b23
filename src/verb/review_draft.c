#include "config.h"

#include "verb/review.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verb/segment_pick.h"

/* ---- deciding */

/* "12", or "7 segments". */
static void name_them(struct spur_emit *emit, const char *what, const struct spur_db_segment_list *l, size_t pending)
{
	if (l->count == 1)
		spur_emit_note(emit, "segment %" PRId64 ": %s, not signed yet; %zu pending", l->rows[0].id, what, pending);
	else
		spur_emit_note(emit, "%zu segments: %s, not signed yet; %zu pending", l->count, what, pending);
}

static enum spur_status count_pending(struct spur_db *db, const char *who, size_t *out, struct spur_error *err)
{
	struct spur_db_draft_list l;
	enum spur_status st = spur_db_draft_list(db, who, &l, err);

	*out = l.count;
	spur_db_draft_list_finish(&l);
	return st;
}

static enum spur_status tell(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment_list *l,
			     const char *verdict, struct spur_emit *emit, struct spur_error *err)
{
	size_t pending;
	enum spur_status st = count_pending(db, act->who, &pending, err);

	if (st < 0)
		return st;
	spur_emit_row(emit, "drafted");
	spur_emit_text(emit, "verdict", verdict);
	spur_emit_uint(emit, "segments", l->count);
	spur_emit_uint(emit, "pending", pending);
	spur_emit_text(emit, "reviewer", act->who);
	spur_emit_end(emit);
	name_them(emit, verdict, l, pending);
	return SPUR_OK;
}

enum spur_status spur_review_draft(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				   const struct spur_db_segment_list *l, const char *verdict, const char *reason,
				   struct spur_emit *emit, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		const struct spur_db_segment *s = &l->rows[i];

		if ((st = spur_ctx_goes_on(ctx, i, l->count, err)) >= 0)
			st = spur_wrap(spur_db_draft_add(db, act, s, verdict, reason, s->begin_ns, s->end_ns, err), err,
				       "segment %" PRId64, s->id);
	}
	st = spur_db_end(db, st, err);
	return st < 0 ? st : tell(db, act, l, verdict, emit, err);
}

/* ---- edges */

/* Edges that are pending already move on from where they are. */
static void start_from(const struct spur_db_draft_list *pending, const struct spur_db_segment *s, spur_ns *begin_ns,
		       spur_ns *end_ns)
{
	*begin_ns = s->begin_ns;
	*end_ns = s->end_ns;
	for (size_t i = 0; i < pending->count; i++) {
		if (pending->rows[i].segment == s->id && strcmp(pending->rows[i].verdict, "edge") == 0) {
			*begin_ns = pending->rows[i].begin_ns;
			*end_ns = pending->rows[i].end_ns;
		}
	}
}

struct moving {
	struct spur_ctx *ctx;
	struct spur_db *db;
	struct spur_db_act act;
	spur_ns begin_by_ns, end_by_ns;
	const char *reason;
	bool draft;
};

/* Where a segment's edges came to lie. */
struct moved {
	spur_ns begin_ns, end_ns;
	int64_t id;	/* the segment that replaces it; 0: a draft */
};

static void emit_edge(struct spur_emit *emit, const struct spur_db_segment *s, const struct moved *to)
{
	spur_emit_row(emit, "edge");
	spur_emit_int(emit, "segment", s->id);
	spur_emit_span(emit, "begin_by_ns", to->begin_ns - s->begin_ns);
	spur_emit_span(emit, "end_by_ns", to->end_ns - s->end_ns);
	spur_emit_span(emit, "length_ns", to->end_ns - to->begin_ns);
	if (to->id != 0)
		spur_emit_int(emit, "replaced_by", to->id);
	spur_emit_detail(emit);
	spur_emit_time(emit, "begin_ns", to->begin_ns);
	spur_emit_time(emit, "end_ns", to->end_ns);
	spur_emit_end(emit);
}

static enum spur_status move_one(struct moving *m, const struct spur_db_draft_list *pending, const struct spur_db_segment *s,
				 struct moved *to, struct spur_error *err)
{
	enum spur_status st;

	start_from(pending, s, &to->begin_ns, &to->end_ns);
	to->begin_ns += m->begin_by_ns;
	to->end_ns += m->end_by_ns;
	if (to->end_ns <= to->begin_ns)
		return spur_fail(err, SPUR_EINVAL, "segment %" PRId64 ": its end would not be after its begin", s->id);
	st = m->draft ? spur_db_draft_add(m->db, &m->act, s, "edge", m->reason, to->begin_ns, to->end_ns, err) :
	     spur_db_segment_replace(m->db, &m->act, s->id, to->begin_ns, to->end_ns, &to->id, err);
	return spur_wrap(st, err, "segment %" PRId64, s->id);
}

/* What was moved is told when all of it stands. */
static enum spur_status move_all(struct moving *m, const struct spur_db_segment_list *l, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db_draft_list pending = { 0 };
	struct moved *to;
	enum spur_status st = spur_db_begin(m->db, err);

	if (st < 0)
		return st;
	to = spur_calloc(l->count, sizeof(*to));
	if (m->draft)
		st = spur_db_draft_list(m->db, m->act.who, &pending, err);
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		if ((st = spur_ctx_goes_on(m->ctx, i, l->count, err)) >= 0)
			st = move_one(m, &pending, &l->rows[i], &to[i], err);
	}
	spur_db_draft_list_finish(&pending);
	st = spur_db_end(m->db, st, err);
	for (size_t i = 0; st >= 0 && i < l->count; i++)
		emit_edge(emit, &l->rows[i], &to[i]);
	free(to);
	return st;
}

static enum spur_exit run_edge(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct moving m = { .ctx = ctx, .begin_by_ns = spur_args_span(args, "begin", 0), .end_by_ns = spur_args_span(args, "end", 0),
			    .reason = spur_args_text(args, "reason", ""), .draft = spur_args_has(args, "draft") };
	struct spur_db_segment_list l = { 0 };
	enum spur_status st = SPUR_OK;

	if (m.begin_by_ns == 0 && m.end_by_ns == 0)
		st = spur_fail(err, SPUR_EINVAL, "say by how much: --begin SPAN, --end SPAN");
	if (st >= 0 && (st = spur_ctx_act(ctx, &m.db, &m.act, err)) >= 0 &&
	    (st = spur_segment_pick(m.db, args, 0, &l, err)) >= 0 && (st = move_all(&m, &l, emit, err)) >= 0 && m.draft) {
		size_t pending;

		if ((st = count_pending(m.db, m.act.who, &pending, err)) >= 0)
			name_them(emit, "edges moved", &l, pending);
	}
	spur_db_segment_list_finish(&l);
	return spur_exit_of(st);
}

static const struct spur_opt edge_opts[] = {
	{ .name = "begin", .type = SPUR_OPT_SPAN, .arg = "SPAN", .help = "move the begin by so much; -SPAN is earlier" },
	{ .name = "end", .type = SPUR_OPT_SPAN, .arg = "SPAN", .help = "move the end by so much" },
	{ .name = "reason", .type = SPUR_OPT_TEXT, .arg = "TEXT", .help = "why" },
	{ .name = "draft", .type = SPUR_OPT_FLAG, .help = "decide now, sign later: see spur review sign" },
	{ .name = "all", .type = SPUR_OPT_FLAG, .help = "every segment that the filters let through" },
	SPUR_SEGMENT_OPTS,
	{ 0 }
};

const struct spur_verb spur_review_edge = {
	.name = "edge", .synopsis = "SEGMENT... --begin SPAN | --end SPAN", .summary = "move edges: a new segment replaces the old one",
	.opts = edge_opts, .max_args = -1, .run = run_edge,
};

/* ---- what is pending */

static void emit_pending(const struct spur_db_draft *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "pending");
	spur_emit_int(emit, "segment", d->segment);
	spur_emit_text(emit, "verdict", d->verdict);
	spur_emit_text(emit, "drive", d->drive);
	spur_emit_text(emit, "label", d->label);
	spur_emit_span(emit, "begin_by_ns", d->begin_ns - d->was_begin_ns);
	spur_emit_span(emit, "end_by_ns", d->end_ns - d->was_end_ns);
	spur_emit_text(emit, "reason", d->reason);
	spur_emit_detail(emit);
	spur_emit_text(emit, "segment_uid", d->segment_uid);
	spur_emit_time(emit, "begin_ns", d->begin_ns);
	spur_emit_time(emit, "end_ns", d->end_ns);
	spur_emit_time(emit, "at_ns", d->at_ns);
	spur_emit_end(emit);
}

static enum spur_exit run_pending(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				  struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_draft_list l = { 0 };
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	(void)args;
	if (st >= 0 && (st = spur_db_draft_list(db, act.who, &l, err)) >= 0) {
		for (size_t i = 0; i < l.count; i++)
			emit_pending(&l.rows[i], emit);
		spur_emit_note(emit, "%zu pending decisions of %s", l.count, act.who);
	}
	spur_db_draft_list_finish(&l);
	return spur_exit_of(st);
}

const struct spur_verb spur_review_pending = {
	.name = "pending", .synopsis = "", .summary = "your decisions that are not signed yet", .run = run_pending,
};

/* ---- taking back */

static enum spur_status undo(struct spur_db *db, const struct spur_db_act *act, const struct spur_args *args, size_t *count,
			     int64_t *about, struct spur_error *err)
{
	struct spur_db_segment_list l = { 0 };
	enum spur_status st;

	*count = 0;
	if (args->npos == 0)
		return spur_db_draft_undo(db, act, 0, count, about, err);
	if ((st = spur_segment_pick(db, args, 0, &l, err)) >= 0)
		st = spur_db_begin(db, err);
	if (st >= 0) {
		for (size_t i = 0; st >= 0 && i < l.count; i++) {
			size_t n = 0;

			st = spur_db_draft_undo(db, act, l.rows[i].id, &n, about, err);
			*count += n;
		}
		st = spur_db_end(db, st, err);
	}
	spur_db_segment_list_finish(&l);
	return st;
}

static enum spur_exit step(struct spur_ctx *ctx, const struct spur_args *args, bool forward, struct spur_emit *emit,
			   struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	size_t count = 0, pending = 0;
	int64_t about = 0;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0)
		st = forward ? spur_db_draft_redo(db, &act, &count, &about, err) : undo(db, &act, args, &count, &about, err);
	if (st >= 0 && count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, forward ? "nothing to bring back" : "nothing to take back: what is signed stays");
	if (st < 0 || (st = count_pending(db, act.who, &pending, err)) < 0)
		return spur_exit_of(st);
	spur_emit_row(emit, forward ? "redone" : "undone");
	spur_emit_int(emit, "segment", about);
	spur_emit_uint(emit, "decisions", count);
	spur_emit_uint(emit, "pending", pending);
	spur_emit_end(emit);
	spur_emit_note(emit, "segment %" PRId64 ": %s; %zu pending", about, forward ? "brought back" : "taken back", pending);
	return SPUR_EXIT_OK;
}

static enum spur_exit run_undo(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	return step(ctx, args, false, emit, err);
}

static enum spur_exit run_redo(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	return step(ctx, args, true, emit, err);
}

const struct spur_verb spur_review_undo = {
	.name = "undo", .synopsis = "[SEGMENT...]", .summary = "take back your last decision, or those on segments", .max_args = -1,
	.run = run_undo,
};
const struct spur_verb spur_review_redo = {
	.name = "redo", .synopsis = "", .summary = "bring back what undo took", .run = run_redo,
};

/* ---- signing */

static enum spur_status sign_one(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				 const struct spur_db_draft *d, struct spur_error *err)
{
	struct spur_db_segment_list l = { 0 };
	enum spur_status st;

	if (strcmp(d->verdict, "edge") == 0)
		return spur_wrap(spur_db_segment_replace(db, act, d->segment, d->begin_ns, d->end_ns, NULL, err), err,
				 "segment %" PRId64, d->segment);
	if ((st = spur_db_segment_find(db, d->segment_uid, &l, err)) >= 0)
		st = spur_review(ctx, db, act, &l.rows[0], d->verdict, d->reason, err);
	spur_db_segment_list_finish(&l);
	return st;
}

static enum spur_status sign_all(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				 const struct spur_db_draft_list *l, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		if ((st = spur_ctx_goes_on(ctx, i, l->count, err)) < 0)
			return st;
		if ((st = sign_one(ctx, db, act, &l->rows[i], err)) < 0)
			st = spur_wrap(st, err, "nothing was signed (spur review undo %" PRId64 " leaves it out)", l->rows[i].segment);
	}
	return st < 0 ? st : spur_db_draft_clear(db, act, err);
}

static size_t count_of(const struct spur_db_draft_list *l, const char *verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += strcmp(l->rows[i].verdict, verdict) == 0;
	return n;
}

static void emit_signed(const struct spur_db_draft_list *l, const struct spur_db_act *act, struct spur_emit *emit)
{
	spur_emit_row(emit, "signed");
	spur_emit_uint(emit, "approved", count_of(l, "approve"));
	spur_emit_uint(emit, "rejected", count_of(l, "reject"));
	spur_emit_uint(emit, "comments", count_of(l, "comment"));
	spur_emit_uint(emit, "edges", count_of(l, "edge"));
	spur_emit_text(emit, "reviewer", act->who);
	spur_emit_text(emit, "key", act->key);
	spur_emit_end(emit);
	spur_emit_note(emit, "signed %zu decisions as %s: %zu approved, %zu rejected, %zu edges moved, %zu comments", l->count, act->who,
		       count_of(l, "approve"), count_of(l, "reject"), count_of(l, "edge"), count_of(l, "comment"));
}

/* Read, signed and cleared in one transaction: a decision made meanwhile waits for the next time. */
static enum spur_status sign_pending(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act, long long want,
				     struct spur_db_draft_list *l, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	if ((st = spur_db_draft_list(db, act->who, l, err)) >= 0 && l->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "nothing is pending");
	else if (st >= 0 && want >= 0 && (size_t)want != l->count)
		st = spur_fail(err, SPUR_EDB, "%zu decisions are pending, not %lld; nothing was signed", l->count, want);
	if (st >= 0)
		st = sign_all(ctx, db, act, l, err);
	return spur_db_end(db, st, err);
}

static enum spur_exit run_sign(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_draft_list l = { 0 };
	enum spur_status st = SPUR_OK;

	if (spur_args_int(args, "count", 0) < 0)
		st = spur_fail(err, SPUR_EINVAL, "--count: not less than 0");
	else
		st = spur_ctx_act(ctx, &db, &act, err);
	if (st >= 0 && (st = sign_pending(ctx, db, &act, spur_args_int(args, "count", -1), &l, err)) >= 0)
		emit_signed(&l, &act, emit);
	spur_db_draft_list_finish(&l);
	return spur_exit_of(st);
}

static const struct spur_opt sign_opts[] = {
	{ .name = "count", .type = SPUR_OPT_INT, .arg = "N", .help = "refuse unless so many are pending" },
	{ 0 }
};

const struct spur_verb spur_review_sign = {
	.name = "sign", .synopsis = "", .summary = "sign what is pending: it is final then", .opts = sign_opts, .run = run_sign,
};
