#include "config.h"

#include "verb/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/catalog.h"

static void emit_line(const struct spur_db_audit *a, struct spur_emit *emit)
{
	spur_emit_row(emit, "audit");
	spur_emit_int(emit, "seq", a->seq);
	spur_emit_time(emit, "at_ns", a->at_ns);
	spur_emit_text(emit, "who", a->who);
	spur_emit_text(emit, "action", a->action);
	spur_emit_text(emit, "subject", a->subject);
	spur_emit_detail(emit);
	spur_emit_text(emit, "key", a->key);
	spur_emit_text(emit, "record", a->record);
	spur_emit_text(emit, "prev_hash", a->prev_hash);
	spur_emit_text(emit, "hash", a->hash);
	spur_emit_end(emit);
}

static enum spur_exit run_show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	int64_t after = spur_args_int(args, "after", 0);
	struct spur_db *db;
	bool more = true;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	while (st >= 0 && more) {
		struct spur_db_audit_list l;

		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = spur_db_audit_list(db, args->npos > 0 ? args->pos[0] : NULL, after, 0, &l, err);
		if (st < 0)
			break;
		for (size_t i = 0; i < l.count; i++) {
			emit_line(&l.rows[i], emit);
			after = l.rows[i].seq;
		}
		more = l.count > 0;
		spur_db_audit_list_finish(&l);
	}
	return spur_exit_of(st);
}

static void finding(void *state, const char *what)
{
	struct spur_emit *emit = state;

	spur_emit_row(emit, "finding");
	spur_emit_text(emit, "finding", what);
	spur_emit_end(emit);
}

/* SEQ:HASH as an earlier verify printed it and somebody kept: the chain still goes through it. */
static enum spur_status check_anchor(struct spur_db *db, const char *anchor, struct spur_emit *emit,
				     struct spur_db_verdict *v, struct spur_error *err)
{
	char *end;
	int64_t seq = strtoll(anchor, &end, 10);
	struct spur_db_audit_list l;
	enum spur_status st;

	if (seq <= 0 || *end != ':' || strlen(end + 1) != 64)
		return spur_fail(err, SPUR_EINVAL, "--head %s: not SEQ:HASH as spur audit verify prints it", anchor);
	st = spur_db_audit_list(db, NULL, seq - 1, 1, &l, err);
	if (st >= 0 && (l.count == 0 || l.rows[0].seq != seq || strcmp(l.rows[0].hash, end + 1) != 0)) {
		v->wrong++;
		finding(emit, "the chain does not go through the head that was kept");
	}
	spur_db_audit_list_finish(&l);
	return st;
}

static enum spur_status emit_head(struct spur_db *db, const struct spur_db_verdict *v, struct spur_emit *emit,
				  struct spur_error *err)
{
	struct spur_db_audit_list l;
	enum spur_status st = spur_db_audit_list(db, NULL, v->checked == 0 ? 0 : (int64_t)v->checked - 1, 1, &l, err);

	if (st >= 0) {
		spur_emit_row(emit, "audit");
		spur_emit_uint(emit, "lines", v->checked);
		spur_emit_uint(emit, "wrong", v->wrong);
		if (l.count > 0) {
			char head[96];

			snprintf(head, sizeof(head), "%" PRId64 ":%s", l.rows[0].seq, l.rows[0].hash);
			spur_emit_text(emit, "head", head);
		}
		spur_emit_end(emit);
	}
	spur_db_audit_list_finish(&l);
	return st;
}

static enum spur_exit run_verify(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	const char *anchor = spur_args_text(args, "head", NULL);
	struct spur_db *db;
	struct spur_db_verdict v = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st < 0 || (st = spur_db_audit_verify(db, &v, finding, emit, ctx->task, err)) < 0 ||
	    (anchor != NULL && (st = check_anchor(db, anchor, emit, &v, err)) < 0) ||
	    (st = emit_head(db, &v, emit, err)) < 0)
		return spur_exit_of(st);
	if (v.wrong == 0)
		return SPUR_EXIT_OK;
	spur_fail(err, SPUR_EDB, "%s: the audit was tampered with or damaged: %s", ctx->catalog,
		  v.first[0] != '\0' ? v.first : "another head");
	return SPUR_EXIT_FAIL;
}

static const struct spur_opt show_opts[] = {
	{ .name = "after", .type = SPUR_OPT_INT, .arg = "SEQ", .help = "only lines after that one" },
	{ 0 }
};
static const struct spur_opt verify_opts[] = {
	{ .name = "head", .type = SPUR_OPT_TEXT, .arg = "SEQ:HASH", .help = "a head you kept: the chain must go through it" },
	{ 0 }
};
static const struct spur_verb show = {
	.name = "show", .synopsis = "[SUBJECT]", .summary = "who changed what, when, by which command",
	.opts = show_opts, .max_args = 1, .run = run_show,
};
static const struct spur_verb verify = {
	.name = "verify", .synopsis = "", .summary = "that no line was changed, removed or put in", .opts = verify_opts,
	.run = run_verify,
};
static const struct spur_verb *const subs[] = { &show, &verify, NULL };

const struct spur_verb spur_verb_audit = {
	.name = "audit",
	.synopsis = "show [SUBJECT] | verify",
	.summary = "the hash-chained record of every change",
	.section = "Catalogue",
	.subs = subs,
};
