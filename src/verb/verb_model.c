#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "verb/lab_door.h"

/* ---- show ---- */

static void emit_json_text(struct spur_emit *emit, const char *key, const json_t *v)
{
	char *s = json_dumps(v == NULL ? json_null() : v, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(15));

	spur_emit_text(emit, key, json_is_string(v) ? json_string_value(v) : s);
	free(s);
}

static void emit_model(const struct spur_db_model *m, const json_t *card, struct spur_emit *emit)
{
	spur_emit_row(emit, "model");
	spur_emit_text(emit, "model", m->uid);
	spur_emit_text(emit, "name", m->name);
	spur_emit_int(emit, "version", m->version);
	spur_emit_text(emit, "aliases", m->aliases);
	spur_emit_text(emit, "author", m->who);
	spur_emit_text(emit, "author_key", m->key);
	spur_emit_time(emit, "at_ns", m->at_ns);
	spur_emit_text(emit, "run", m->run);
	spur_emit_text(emit, "path", m->path);
	spur_emit_text(emit, "weights_sha256", m->sha256);
	emit_json_text(emit, "onnx_sha256", json_object_get(card, "onnx_sha256"));
	emit_json_text(emit, "merkle_root", json_object_get(card, "merkle_root"));
	emit_json_text(emit, "hyperparameters", json_object_get(card, "hyperparameters"));
	spur_emit_int(emit, "parameters", json_integer_value(json_object_get(card, "parameters")));
	spur_emit_f64(emit, "val_macro_f1", spur_figure_number(json_object_get(card, "val_macro_f1")));
	spur_emit_end(emit);
}

static enum spur_exit show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_lab lab;
	struct spur_db_model_list l = { 0 };
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0 && (st = spur_db_model_find(lab.db, args->pos[0], &l, err)) >= 0) {
		json_t *card = json_loads(l.rows[0].record, 0, NULL);

		emit_model(&l.rows[0], card, emit);
		json_decref(card);
	}
	spur_db_model_list_finish(&l);
	spur_lab_close(&lab);
	return spur_exit_of(st);
}

/* ---- diff ---- */

static void emit_difference(struct spur_emit *emit, const char *key, const json_t *a, const json_t *b, bool *differ)
{
	if (json_equal(a == NULL ? json_null() : a, b == NULL ? json_null() : b))
		return;
	*differ = true;
	spur_emit_row(emit, "difference");
	spur_emit_text(emit, "what", key);
	emit_json_text(emit, "a", a);
	emit_json_text(emit, "b", b);
	spur_emit_end(emit);
}

/* Every key of two objects, one level of nesting spelled out. */
static void diff_objects(struct spur_emit *emit, const char *prefix, json_t *a, json_t *b, bool *differ)
{
	json_t *keys = json_object(), *ignored;
	const char *key;

	json_object_update(keys, a);
	json_object_update(keys, b);
	json_object_foreach(keys, key, ignored) {
		json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
		char *name = spur_strfmt("%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", key);

		if (json_is_object(x) && json_is_object(y) && prefix[0] == '\0')
			diff_objects(emit, key, x, y, differ);
		else
			emit_difference(emit, name, x, y, differ);
		free(name);
	}
	json_decref(keys);
}

/* Card of the training and figures of the evaluation, side by side. */
static enum spur_exit diff_cards(const struct spur_card *a, const struct spur_card *b, struct spur_emit *emit)
{
	bool differ = false;

	diff_objects(emit, "", json_object_get(spur_card_json(a), "model"), json_object_get(spur_card_json(b), "model"), &differ);
	diff_objects(emit, "figures", json_object_get(spur_card_json(a), "figures"),
		     json_object_get(spur_card_json(b), "figures"), &differ);
	if (!differ)
		spur_emit_note(emit, "no difference");
	return differ ? SPUR_EXIT_FAIL : SPUR_EXIT_OK;
}

static enum spur_exit diff(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_lab lab;
	struct spur_lab_object a = { 0 }, b = { 0 };
	enum spur_exit rc;
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0 && (st = spur_lab_object_open(&lab, args->pos[0], &a, err)) >= 0)
		st = spur_lab_object_open(&lab, args->pos[1], &b, err);
	rc = spur_exit_of(st);
	if (st >= 0 && (rc = diff_cards(a.card, b.card, emit)) == SPUR_EXIT_FAIL)
		spur_fail(err, SPUR_EINVAL, "%s and %s differ", a.id, b.id);
	spur_lab_object_close(&a);
	spur_lab_object_close(&b);
	spur_lab_close(&lab);
	return rc;
}

/* ---- promote ---- */

static enum spur_status gate_must_be_open(struct spur_lab *lab, const struct spur_gates *gates, const char *id,
					  const char *alias, const char *uid, struct spur_error *err)
{
	struct spur_check checks[SPUR_LAB_CHECKS_MAX];
	const struct spur_gate *gate;
	struct spur_lab_object o = { 0 };
	struct spur_lab_gate state;
	enum spur_status st = spur_gates_find(gates, id, &gate, err);

	if (st >= 0 && (st = spur_lab_object_open(lab, uid, &o, err)) >= 0)
		st = spur_lab_gate_state(lab, gates, gate, &o, checks, &state, err);
	if (st >= 0 && !state.open)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "alias %s is behind gate %s, which is closed for %s: %s; see spur gates check %s %s",
			       alias, id, uid, !state.passed ? "checks fail" : "approvals are missing", uid, id);
	spur_lab_object_close(&o);
	return st;
}

static enum spur_status move_alias(struct spur_lab *lab, const char *ref, const char *alias, struct spur_emit *emit,
				   struct spur_error *err)
{
	struct spur_db_model_list l = { 0 };
	struct spur_gates *gates = NULL;
	struct spur_db_act act;
	enum spur_status st = spur_gates_load(lab->ctx->datadir, &gates, err);

	if (st >= 0)
		st = spur_db_model_find(lab->db, ref, &l, err);
	if (st >= 0 && spur_gates_of_alias(gates, alias) != NULL)
		st = gate_must_be_open(lab, gates, spur_gates_of_alias(gates, alias), alias, l.rows[0].uid, err);
	if (st >= 0 && (st = spur_ctx_act(lab->ctx, &lab->db, &act, err)) >= 0)
		st = spur_db_alias_set(lab->db, &act, l.rows[0].name, alias, l.rows[0].version, err);
	if (st >= 0) {
		spur_emit_row(emit, "alias");
		spur_emit_text(emit, "name", l.rows[0].name);
		spur_emit_text(emit, "alias", alias);
		spur_emit_int(emit, "version", l.rows[0].version);
		spur_emit_text(emit, "model", l.rows[0].uid);
		spur_emit_end(emit);
	}
	spur_db_model_list_finish(&l);
	spur_gates_destroy(gates);
	return st;
}

static enum spur_exit promote(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err)
{
	struct spur_lab lab;
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0)
		st = move_alias(&lab, args->pos[0], args->pos[1], emit, err);
	spur_lab_close(&lab);
	return spur_exit_of(st);
}

static const struct spur_verb verb_show = {
	.name = "show", .synopsis = "MODEL", .summary = "what a model is and where it came from",
	.min_args = 1, .max_args = 1, .run = show,
};
static const struct spur_verb verb_diff = {
	.name = "diff", .synopsis = "MODEL MODEL", .summary = "where two models differ; exit 1 if they do",
	.min_args = 2, .max_args = 2, .run = diff,
};
static const struct spur_verb verb_promote = {
	.name = "promote", .synopsis = "MODEL ALIAS", .summary = "point an alias at a model, through its gate",
	.min_args = 2, .max_args = 2, .run = promote,
};
static const struct spur_verb *const subs[] = { &verb_show, &verb_diff, &verb_promote, NULL };

const struct spur_verb spur_verb_model = {
	.name = "model",
	.synopsis = "show|diff|promote",
	.summary = "look at one model, compare two, move an alias",
	.section = "Models",
	.subs = subs,
};
