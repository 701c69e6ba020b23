#include "config.h"

#include "verb/lab_door.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lab/target.h"
#include "verb/lineage.h"

/* Report cards and gates, put together from the catalogue. */

/* ---- lineage ---- */

/* A walk in pre-order: an object is an end when the next one is not below it. */
struct walking {
	struct spur_card_lineage *out;
	char *missing;		/* the first end, in order of the alphabet, that is no recording */
	char *last;		/* object met last, when it may still turn out to be an end */
	unsigned depth;
};

static void ended(struct walking *w)
{
	if (w->last == NULL)
		return;
	w->out->missing++;
	if (w->missing == NULL || strcmp(w->last, w->missing) < 0) {
		free(w->missing);
		w->missing = w->last;
	} else {
		free(w->last);
	}
	w->last = NULL;
}

static enum spur_status met(void *state, const struct spur_lineage_step *s, struct spur_error *err)
{
	struct walking *w = state;

	(void)err;
	if (s->depth <= w->depth)
		ended(w);
	free(w->last);
	w->last = NULL;
	w->depth = s->depth;
	if (s->seen)
		return SPUR_OK;
	w->out->objects++;
	if (strcmp(s->object->kind, "file") == 0)
		w->out->files++;
	else
		w->last = spur_strdup(s->object->id);
	return SPUR_OK;
}

/* Everything `id` was made from. *missing: an end that is no recording; the caller frees. */
static enum spur_status walk(struct spur_lab *lab, const char *id, struct spur_card_lineage *out, char **missing,
			     struct spur_error *err)
{
	struct walking w = { .out = out };
	enum spur_status st = spur_lineage_walk(lab->ctx, id, true, met, &w, err);

	if (st >= 0)
		ended(&w);
	free(w.last);
	*missing = w.missing;
	out->first_missing = w.missing;
	return st;
}

/* ---- cards ---- */

/* What a card is made of; everything here is borrowed by the input until the card stands. */
struct parts {
	struct spur_db_model_list model;
	struct spur_db_object_list artefact, evaluation;
	struct spur_db_lab_run_list run;
	json_t *record;			/* of the artefact */
	char *report, *missing, *train_run;
	const char *sbom;
	bool independent;
};

static void parts_finish(struct parts *p)
{
	spur_db_model_list_finish(&p->model);
	spur_db_object_list_finish(&p->artefact);
	spur_db_object_list_finish(&p->evaluation);
	spur_db_lab_run_list_finish(&p->run);
	json_decref(p->record);
	free(p->report);
	free(p->missing);
	free(p->train_run);
}

/* The model an artefact was compiled from. */
static enum spur_status model_of(struct spur_lab *lab, const char *artefact, struct spur_db_model_list *out,
				 struct spur_error *err)
{
	struct spur_db_edge_list l;
	enum spur_status st = spur_db_edge_list(lab->db, artefact, true, &l, err);
	const char *uid = NULL;

	for (size_t i = 0; i < l.count; i++) {
		if (strcmp(l.rows[i].role, "model") == 0)
			uid = l.rows[i].to;
	}
	if (st >= 0)
		st = uid != NULL ? spur_db_model_find(lab->db, uid, out, err) :
				   spur_fail(err, SPUR_EFORMAT, "%s: the catalogue has no model for it", artefact);
	spur_db_edge_list_finish(&l);
	return st;
}

static enum spur_status read_artefact(struct parts *p, struct spur_error *err)
{
	const struct spur_target *target = NULL;
	const char *id;
	json_error_t je;

	p->record = json_loads(p->artefact.rows[0].record, 0, &je);
	if (p->record == NULL)
		return spur_fail(err, SPUR_EFORMAT, "%s: its record: %s", p->artefact.rows[0].id, je.text);
	p->report = json_dumps(json_object_get(p->record, "report"), JSON_SORT_KEYS | JSON_COMPACT);
	p->sbom = json_string_value(json_object_get(p->record, "sbom_sha256"));
	id = json_string_value(json_object_get(json_object_get(p->record, "report"), "target"));
	p->independent = id != NULL && spur_target_find(id, &target, NULL) >= 0 && target->independent;
	return SPUR_OK;
}

/* A model, by any of its names, or an artefact. */
static enum spur_status find_object(struct spur_lab *lab, const char *ref, struct parts *p, struct spur_error *err)
{
	enum spur_status st = spur_db_model_find(lab->db, ref, &p->model, NULL);

	if (st >= 0)
		return st;
	spur_db_model_list_finish(&p->model);
	if ((st = spur_db_object_find(lab->db, ref, &p->artefact, err)) < 0)
		return st == SPUR_ENOTFOUND ? spur_fail(err, st, "no model or artefact '%s'; see spur models", ref) : st;
	if (strcmp(p->artefact.rows[0].kind, "artefact") != 0)
		return spur_fail(err, SPUR_EINVAL, "%s is of kind %s; cards and gates are for models and artefacts",
				 p->artefact.rows[0].id, p->artefact.rows[0].kind);
	if ((st = read_artefact(p, err)) >= 0)
		st = model_of(lab, p->artefact.rows[0].id, &p->model, err);
	return st;
}

static enum spur_status gather(struct spur_lab *lab, struct parts *p, struct spur_card_input *in, struct spur_error *err)
{
	const struct spur_db_model *m = &p->model.rows[0];
	const struct spur_db_object *a = p->artefact.count > 0 ? &p->artefact.rows[0] : NULL;
	enum spur_status st = spur_db_object_newest(lab->db, "evaluation", m->uid, NULL, &p->evaluation, err);

	if (st >= 0 && spur_db_lab_run_list(lab->db, m->run, &p->run, NULL) < 0)
		spur_db_lab_run_list_finish(&p->run);
	p->train_run = spur_strfmt("run-%s", m->run);
	*in = (struct spur_card_input){
		.object = a == NULL ? m->uid : a->id, .kind = a == NULL ? "model" : "artefact", .name = m->name,
		.version = m->version, .model_uid = m->uid, .model_json = m->record, .train_run = p->train_run,
		.recipe = p->run.count > 0 ? p->run.rows[0].recipe : "",
		.code_sha256 = p->run.count > 0 ? p->run.rows[0].code_sha : "", .author = m->who, .author_key = m->key,
		.evaluation_uid = p->evaluation.count > 0 ? p->evaluation.rows[0].id : NULL,
		.evaluation_json = p->evaluation.count > 0 ? p->evaluation.rows[0].record : NULL,
		.compile_json = p->report, .sbom_sha256 = p->sbom, .independent = p->independent,
	};
	if (st >= 0)
		st = walk(lab, in->object, &in->lineage, &p->missing, err);
	return st;
}

enum spur_status spur_lab_object_open(struct spur_lab *lab, const char *ref, struct spur_lab_object *out,
				      struct spur_error *err)
{
	struct parts p = { 0 };
	struct spur_card_input in;
	enum spur_status st;

	*out = (struct spur_lab_object){ 0 };
	if ((st = find_object(lab, ref, &p, err)) >= 0 && (st = gather(lab, &p, &in, err)) >= 0 &&
	    (st = spur_card_create(&in, &out->card, err)) >= 0) {
		out->id = spur_strdup(in.object);
		out->kind = spur_strdup(in.kind);
		out->model = spur_strdup(in.model_uid);
	}
	parts_finish(&p);
	return st;
}

void spur_lab_object_close(struct spur_lab_object *o)
{
	free(o->id);
	free(o->kind);
	free(o->model);
	spur_card_destroy(o->card);
	*o = (struct spur_lab_object){ 0 };
}

/* ---- gates ---- */

/* Different keys among the approvals of this card since the last rejection of it. */
static void count_votes(const struct spur_db_decision_list *l, const char *card, struct spur_lab_gate *out)
{
	const char *keys[16];

	out->approvals = 0;
	out->rejected = false;
	for (size_t i = 0; i < l->count; i++) {
		const struct spur_db_decision *d = &l->rows[i];
		bool again = false;

		if (strcmp(d->card_sha256, card) != 0)
			continue;
		out->rejected = strcmp(d->verdict, "reject") == 0;
		if (out->rejected)
			out->approvals = 0;
		for (unsigned k = 0; k < out->approvals; k++)
			again = again || strcmp(keys[k], d->key) == 0;
		if (!out->rejected && !again && out->approvals < sizeof(keys) / sizeof(keys[0]))
			keys[out->approvals++] = d->key;
	}
}

static enum spur_status required_open(struct spur_lab *lab, const struct spur_gates *gates, const struct spur_gate *gate,
				      const struct spur_lab_object *o, bool *open, struct spur_error *err)
{
	struct spur_check checks[SPUR_LAB_CHECKS_MAX];
	enum spur_status st = SPUR_OK;

	*open = true;
	for (size_t i = 0; gate->requires[i] != NULL && st >= 0; i++) {
		const struct spur_gate *other;
		struct spur_lab_object model = { 0 };
		struct spur_lab_gate state = { 0 };

		st = spur_gates_find(gates, gate->requires[i], &other, err);
		if (st >= 0 && (other->requires[0] != NULL || other == gate))
			st = spur_fail(err, SPUR_EUNSUPPORTED, "gate %s requires %s, which requires others", gate->id, other->id);
		if (st >= 0)
			st = spur_lab_object_open(lab, strcmp(other->kind, "model") == 0 ? o->model : o->id, &model, err);
		if (st >= 0)
			st = spur_lab_gate_state(lab, gates, other, &model, checks, &state, err);
		*open = *open && state.open;
		spur_lab_object_close(&model);
	}
	return st;
}

enum spur_status spur_lab_gate_state(struct spur_lab *lab, const struct spur_gates *gates, const struct spur_gate *gate,
				     const struct spur_lab_object *o, struct spur_check *checks, struct spur_lab_gate *out,
				     struct spur_error *err)
{
	struct spur_db_decision_list l = { 0 };
	size_t n = 0;
	enum spur_status st;

	*out = (struct spur_lab_gate){ 0 };
	while (gate->checks[n] != NULL)
		n++;
	if (n > SPUR_LAB_CHECKS_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "gate %s has %zu checks, %d at most", gate->id, n, SPUR_LAB_CHECKS_MAX);
	if (strcmp(gate->kind, o->kind) != 0)
		return spur_fail(err, SPUR_EINVAL, "gate %s is for objects of kind %s; %s is of kind %s", gate->id, gate->kind,
				 o->id, o->kind);
	out->passed = spur_gate_checks(gate, spur_card_figures(o->card), checks);
	st = required_open(lab, gates, gate, o, &out->required, err);
	if (st >= 0)
		st = spur_db_decision_list(lab->db, o->id, gate->id, &l, err);
	if (st >= 0) {
		count_votes(&l, spur_card_sha256(o->card), out);
		out->open = out->passed && out->required && !out->rejected && out->approvals >= gate->quorum;
	}
	spur_db_decision_list_finish(&l);
	return st;
}

void spur_lab_gate_emit(struct spur_emit *emit, const struct spur_gate *gate, const struct spur_lab_object *o,
			const struct spur_check *checks, const struct spur_lab_gate *state)
{
	for (size_t i = 0; gate->checks[i] != NULL; i++) {
		spur_emit_row(emit, "check");
		spur_emit_text(emit, "check", gate->checks[i]);
		spur_emit_text(emit, "got", checks[i].known ? checks[i].got : "no such figure");
		spur_emit_text(emit, "want", checks[i].want);
		spur_emit_bool(emit, "passed", checks[i].passed);
		spur_emit_end(emit);
	}
	spur_emit_row(emit, "gate");
	spur_emit_text(emit, "object", o->id);
	spur_emit_text(emit, "gate", gate->id);
	spur_emit_bool(emit, "passed", state->passed);
	spur_emit_uint(emit, "approvals", state->approvals);
	spur_emit_uint(emit, "quorum", gate->quorum);
	spur_emit_bool(emit, "required_open", state->required);
	spur_emit_bool(emit, "rejected", state->rejected);
	spur_emit_bool(emit, "open", state->open);
	spur_emit_detail(emit);
	spur_emit_text(emit, "card_sha256", spur_card_sha256(o->card));
	spur_emit_end(emit);
}
