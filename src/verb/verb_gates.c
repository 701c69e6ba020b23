#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "verb/lab_door.h"

/* One object at one gate. */
struct visit {
	struct spur_lab lab;
	struct spur_gates *gates;
	const struct spur_gate *gate;	/* NULL: the one for the object's kind */
	struct spur_lab_object object;
	struct spur_check checks[SPUR_LAB_CHECKS_MAX];
	struct spur_lab_gate state;
};

static void leave(struct visit *v)
{
	spur_lab_object_close(&v->object);
	spur_gates_destroy(v->gates);
	spur_lab_close(&v->lab);
}

/* The first gate for objects of that kind. */
static enum spur_status gate_of_kind(struct visit *v, struct spur_error *err)
{
	size_t n;
	const struct spur_gate *all = spur_gates_list(v->gates, &n);

	for (size_t i = 0; i < n && v->gate == NULL; i++) {
		if (strcmp(all[i].kind, v->object.kind) == 0)
			v->gate = &all[i];
	}
	return v->gate != NULL ? SPUR_OK :
				 spur_fail(err, SPUR_ENOTFOUND, "no gate for objects of kind %s", v->object.kind);
}

static enum spur_status enter(struct spur_ctx *ctx, struct visit *v, const char *ref, const char *gate,
			      struct spur_error *err)
{
	enum spur_status st;

	if ((st = spur_lab_open(ctx, &v->lab, err)) < 0 || (st = spur_gates_load(ctx->datadir, &v->gates, err)) < 0)
		return st;
	if (gate != NULL && (st = spur_gates_find(v->gates, gate, &v->gate, err)) < 0)
		return st;
	if ((st = spur_lab_object_open(&v->lab, ref, &v->object, err)) < 0)
		return st;
	if (v->gate == NULL && (st = gate_of_kind(v, err)) < 0)
		return st;
	return spur_lab_gate_state(&v->lab, v->gates, v->gate, &v->object, v->checks, &v->state, err);
}

/* ---- list ---- */

static void emit_policy(const struct spur_gates *gates, struct spur_emit *emit)
{
	size_t n;
	const struct spur_gate *all = spur_gates_list(gates, &n);

	for (size_t i = 0; i < n; i++) {
		spur_emit_row(emit, "policy");
		spur_emit_text(emit, "gate", all[i].id);
		spur_emit_text(emit, "kind", all[i].kind);
		spur_emit_uint(emit, "quorum", all[i].quorum);
		spur_emit_text(emit, "title", all[i].title);
		spur_emit_detail(emit);
		spur_emit_begin(emit, "checks", '[');
		for (size_t c = 0; all[i].checks[c] != NULL; c++)
			spur_emit_text(emit, NULL, all[i].checks[c]);
		spur_emit_close(emit, ']');
		spur_emit_end(emit);
	}
}

static void emit_decision(const struct spur_db_decision *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "decision");
	spur_emit_text(emit, "object", d->object);
	spur_emit_text(emit, "gate", d->gate);
	spur_emit_text(emit, "verdict", d->verdict);
	spur_emit_text(emit, "who", d->who);
	spur_emit_time(emit, "at_ns", d->at_ns);
	spur_emit_text(emit, "reason", d->reason);
	spur_emit_detail(emit);
	spur_emit_text(emit, "key", d->key);
	spur_emit_text(emit, "card_sha256", d->card_sha256);
	spur_emit_text(emit, "policy_sha256", d->policy_sha256);
	spur_emit_text(emit, "record", d->record);
	spur_emit_text(emit, "signature", d->signature);
	spur_emit_end(emit);
}

static enum spur_exit list(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct visit v = { .gates = NULL };
	struct spur_db_decision_list l = { 0 };
	enum spur_status st = spur_lab_open(ctx, &v.lab, err);

	if (st >= 0)
		st = spur_gates_load(ctx->datadir, &v.gates, err);
	if (st >= 0 && args->npos > 0)
		st = spur_lab_object_open(&v.lab, args->pos[0], &v.object, err);
	if (st >= 0)
		st = spur_db_decision_list(v.lab.db, v.object.id, NULL, &l, err);
	if (st >= 0 && args->npos == 0)
		emit_policy(v.gates, emit);
	for (size_t i = 0; i < l.count && st >= 0; i++)
		emit_decision(&l.rows[i], emit);
	spur_db_decision_list_finish(&l);
	leave(&v);
	return spur_exit_of(st);
}

/* ---- check ---- */

static enum spur_exit check(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			    struct spur_error *err)
{
	struct visit v = { .gates = NULL };
	enum spur_status st = enter(ctx, &v, args->pos[0], args->npos > 1 ? args->pos[1] : NULL, err);
	enum spur_exit rc = spur_exit_of(st);

	if (st >= 0) {
		spur_lab_gate_emit(emit, v.gate, &v.object, v.checks, &v.state);
		if (!v.state.passed) {
			spur_fail(err, SPUR_EINVAL, "%s does not pass the checks of gate %s", v.object.id, v.gate->id);
			rc = SPUR_EXIT_FAIL;
		}
	}
	leave(&v);
	return rc;
}

/* ---- approve and reject ---- */

static enum spur_status sign_and_add(struct visit *v, const char *verdict, const char *reason, struct spur_error *err)
{
	struct spur_db_act act;
	struct spur_buf record = { 0 }, signature = { 0 };
	enum spur_status st = spur_ctx_act(v->lab.ctx, &v->lab.db, &act, err);

	if (st >= 0) {
		struct spur_gate_words w = {
			.object = v->object.id, .gate = v->gate->id, .verdict = verdict, .reason = reason, .who = act.who,
			.key = act.key, .card_sha256 = spur_card_sha256(v->object.card),
			.policy_sha256 = spur_gates_sha256(v->gates), .at_ns = act.now_ns, .passed = v->state.passed,
		};

		spur_gate_record(&w, &record);
		st = spur_ctx_sign(v->lab.ctx, SPUR_DB_GATE_NAMESPACE, record.data, record.len, &signature, err);
		if (st >= 0) {
			struct spur_db_decision d = {
				.object = w.object, .gate = w.gate, .verdict = verdict, .passed = w.passed, .reason = reason,
				.card_sha256 = w.card_sha256, .policy_sha256 = w.policy_sha256,
				.record = spur_buf_text(&record), .signature = spur_buf_text(&signature),
			};

			st = spur_db_decision_add(v->lab.db, &act, &d, err);
		}
	}
	spur_buf_finish(&record);
	spur_buf_finish(&signature);
	return st;
}

static enum spur_status failing(const struct visit *v, struct spur_error *err)
{
	for (size_t i = 0; v->gate->checks[i] != NULL; i++) {
		if (!v->checks[i].passed)
			return spur_fail(err, SPUR_EUNSUPPORTED, "gate %s refuses %s: %s (%s); see spur gates check", v->gate->id,
					 v->object.id, v->gate->checks[i],
					 v->checks[i].known ? v->checks[i].got : "no such figure");
	}
	return v->state.required ? SPUR_OK :
				   spur_fail(err, SPUR_EUNSUPPORTED, "gate %s refuses %s: a gate it requires is closed", v->gate->id,
					     v->object.id);
}

static enum spur_exit decide(struct spur_ctx *ctx, const struct spur_args *args, const char *verdict,
			     struct spur_emit *emit, struct spur_error *err)
{
	struct visit v = { .gates = NULL };
	const char *reason = spur_args_text(args, "reason", "");
	enum spur_status st = enter(ctx, &v, args->pos[0], args->pos[1], err);

	if (st >= 0 && verdict[0] == 'a')
		st = failing(&v, err);
	if (st >= 0)
		st = sign_and_add(&v, verdict, reason, err);
	if (st >= 0)
		st = spur_lab_gate_state(&v.lab, v.gates, v.gate, &v.object, v.checks, &v.state, err);
	if (st >= 0)
		spur_lab_gate_emit(emit, v.gate, &v.object, v.checks, &v.state);
	leave(&v);
	return st == SPUR_EUNSUPPORTED ? SPUR_EXIT_FAIL : spur_exit_of(st);
}

static enum spur_exit approve(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err)
{
	return decide(ctx, args, "approve", emit, err);
}

static enum spur_exit reject(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			     struct spur_error *err)
{
	return decide(ctx, args, "reject", emit, err);
}

static const struct spur_opt opts[] = {
	{ "reason", 'm', SPUR_OPT_TEXT, "TEXT", "why; part of what is signed", false },
	{ 0 }
};

static const struct spur_verb verb_list = {
	.name = "list", .synopsis = "[OBJECT]", .summary = "the policy and the decisions",
	.max_args = 1, .run = list,
};
static const struct spur_verb verb_check = {
	.name = "check", .synopsis = "OBJECT [GATE]", .summary = "hold an object's report card against a gate; exit 1 if it fails",
	.min_args = 1, .max_args = 2, .run = check,
};
static const struct spur_verb verb_approve = {
	.name = "approve", .synopsis = "OBJECT GATE", .summary = "sign an approval; refused to its authors and when a check fails",
	.opts = opts, .min_args = 2, .max_args = 2, .run = approve,
};
static const struct spur_verb verb_reject = {
	.name = "reject", .synopsis = "OBJECT GATE", .summary = "sign a rejection; it takes back the approvals of this card",
	.opts = opts, .min_args = 2, .max_args = 2, .run = reject,
};
static const struct spur_verb *const subs[] = { &verb_list, &verb_check, &verb_approve, &verb_reject, NULL };

const struct spur_verb spur_verb_gates = {
	.name = "gates",
	.synopsis = "list|check|approve|reject",
	.summary = "approval gates of models and artefacts",
	.section = "Models",
	.subs = subs,
};
