#include "config.h"

#include "session/models.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lab/figure.h"
#include "verb/lab_door.h"

/* The model under the cursor: how it and its artefacts stand at their gates, and the curves of its training. */

#define SUBJECTS_MAX 64

struct one_job {
	struct spur_session *s;
	uint64_t asked;
	int64_t id;
	char *uid, *run;
	struct spur_session_model_parts out;
};

void spur_session_model_parts_finish(struct spur_session_model_parts *p)
{
	free(p->subjects);
	spur_arena_destroy(p->arena);
	spur_run_series_destroy(p->series);
	*p = (struct spur_session_model_parts){ 0 };
}

static const struct spur_gate *gate_for(const struct spur_gates *gates, const char *kind)
{
	size_t n;
	const struct spur_gate *all = spur_gates_list(gates, &n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].kind, kind) == 0)
			return &all[i];
	}
	return NULL;
}

static const char *first_failing(const struct spur_gate *gate, const struct spur_check *checks, struct spur_arena *a)
{
	for (size_t i = 0; gate->checks[i] != NULL; i++) {
		if (!checks[i].passed) {
			char *text = spur_strfmt("%s (%s)", gate->checks[i], checks[i].known ? checks[i].got : "no such figure");
			const char *kept = spur_arena_str(a, text);

			free(text);
			return kept;
		}
	}
	return "";
}

static enum spur_session_gate state_of(const struct spur_lab_gate *g)
{
	return g->open ? SPUR_GATE_OPEN : g->rejected ? SPUR_GATE_REJECTED : !g->passed || !g->required ? SPUR_GATE_FAILS :
	       SPUR_GATE_WAITS;
}

static void artefact_facts(struct spur_db *db, const char *id, struct spur_session_subject *s, struct spur_arena *a)
{
	struct spur_db_object_list l = { 0 };
	json_t *record = NULL;
	const json_t *report;
	const char *target;

	if (spur_db_object_find(db, id, &l, NULL) >= 0)
		record = json_loads(l.rows[0].record, 0, NULL);
	report = json_object_get(record, "report");
	target = json_string_value(json_object_get(report, "target"));
	s->target = spur_arena_str(a, target == NULL ? "?" : target);
	s->bytes = (uint64_t)json_integer_value(json_object_get(json_object_get(report, "artefact"), "bytes"));
	s->p50_us = spur_figure_number(json_object_get(json_object_get(json_object_get(report, "latency"), s->target), "p50"));
	s->top1 = spur_figure_number(json_object_get(json_object_get(report, "parity"), "top1_agreement"));
	json_decref(record);
	spur_db_object_list_finish(&l);
}

static enum spur_status read_subject(struct spur_lab *lab, const struct spur_gates *gates, const char *id,
				     struct spur_session_model_parts *out, struct spur_error *err)
{
	struct spur_session_subject *s = &out->subjects[out->subject_count];
	struct spur_check checks[SPUR_LAB_CHECKS_MAX];
	struct spur_lab_object o = { 0 };
	struct spur_lab_gate state;
	const struct spur_gate *gate;
	enum spur_status st = spur_lab_object_open(lab, id, &o, err);

	if (st < 0)
		return st;
	*s = (struct spur_session_subject){ .id = spur_arena_str(out->arena, id), .gate = "", .target = "", .failing = "",
					    .title = spur_arena_str(out->arena, o.kind), .p50_us = NAN, .top1 = NAN,
					    .state = SPUR_GATE_NONE };
	if (strcmp(o.kind, "artefact") == 0)
		artefact_facts(lab->db, id, s, out->arena);
	gate = gate_for(gates, o.kind);
	if (gate != NULL && (st = spur_lab_gate_state(lab, gates, gate, &o, checks, &state, err)) >= 0) {
		s->gate = spur_arena_str(out->arena, gate->id);
		s->state = state_of(&state);
		s->approvals = state.approvals;
		s->quorum = gate->quorum;
		s->failing = first_failing(gate, checks, out->arena);
	}
	out->subject_count += st >= 0;
	spur_lab_object_close(&o);
	return st;
}

/* The model, then what was compiled from it. */
static enum spur_status read_subjects(struct spur_lab *lab, const struct spur_gates *gates, struct one_job *j,
				      struct spur_error *err)
{
	struct spur_db_edge_list edges = { 0 };
	enum spur_status st = spur_db_edge_list(lab->db, j->uid, false, &edges, err);

	j->out.subjects = spur_calloc(SUBJECTS_MAX, sizeof(*j->out.subjects));
	j->out.arena = spur_arena_create(0);
	if (st >= 0)
		st = read_subject(lab, gates, j->uid, &j->out, err);
	for (size_t i = edges.count; i-- > 0 && st >= 0 && j->out.subject_count < SUBJECTS_MAX;) {
		if (strncmp(edges.rows[i].from, "artefact-", 9) == 0)
			st = read_subject(lab, gates, edges.rows[i].from, &j->out, err);
	}
	spur_db_edge_list_finish(&edges);
	return st;
}

static enum spur_status read_one(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct one_job *j = arg;
	struct spur_ctx ctx = *j->s->ctx;
	struct spur_gates *gates = NULL;
	struct spur_lab lab = { .ctx = &ctx };
	struct spur_job_row row;
	enum spur_status st;

	ctx.db = NULL;
	ctx.identity = NULL;
	ctx.task = task;
	/* The door alone: a look at one model takes nothing over. */
	if ((st = spur_ctx_db(&ctx, &lab.db, err)) >= 0 && (st = spur_job_door_open(&ctx, &lab.door, err)) >= 0 &&
	    (st = spur_gates_load(ctx.datadir, &gates, err)) >= 0)
		st = read_subjects(&lab, gates, j, err);
	if (st >= 0 && lab.door.store.ops->get(lab.door.store.state, j->run, &row, NULL) >= 0) {
		j->out.series = spur_run_series_create(row.dir);
		st = spur_run_series_read(j->out.series, err);
	}
	spur_gates_destroy(gates);
	spur_lab_close(&lab);
	spur_ctx_finish(&ctx);
	return st;
}

static void publish(struct spur_session_models_part *p, int64_t id)
{
	p->pub_one = (struct spur_session_model_detail){
		.generation = p->pub_one.generation + 1, .id = id, .error = p->one_error, .subjects = p->parts.subjects,
		.subject_count = p->parts.subject_count,
	};
	if (p->parts.series != NULL)
		p->pub_one.series = spur_run_series_list(p->parts.series, &p->pub_one.series_count);
}

/* A model whose gate cannot be told is marked too, or it would be asked for ever. */
static void note_gate(struct spur_session_models_part *p, const struct one_job *j, enum spur_status st)
{
	for (size_t i = 0; i < p->list.models.count; i++) {
		if (p->list.rows[i].row->id == j->id)
			p->list.rows[i].gate = st >= 0 && j->out.subject_count > 0 ? j->out.subjects[0].state : SPUR_GATE_NONE;
	}
	p->pub.generation++;
}

static void start_one(struct spur_session *s);

static void one_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct one_job *j = arg;
	struct spur_session_models_part *p = j->s->models;

	if (spur_session_arrived(j->s, &p->one, j->asked, start_one)) {
		note_gate(p, j, st);
		if (j->id == p->wanted) {
			free(p->one_error);
			p->one_error = st < 0 ? spur_strdup(err->text) : NULL;
			spur_session_model_parts_finish(&p->parts);
			p->parts = j->out;
			j->out = (struct spur_session_model_parts){ 0 };
			publish(p, j->id);
		}
		spur_session_model_next_gate(j->s);
	}
	spur_session_model_parts_finish(&j->out);
	free(j->uid);
	free(j->run);
	free(j);
}

static const struct spur_db_model *find(const struct spur_session_models_part *p, int64_t id)
{
	for (size_t i = 0; i < p->list.models.count; i++) {
		if (p->list.rows[i].row->id == id)
			return p->list.rows[i].row;
	}
	return NULL;
}

static void start_one(struct spur_session *s)
{
	struct spur_session_models_part *p = s->models;
	const struct spur_db_model *m = find(p, p->looking);
	struct one_job *j;
	struct spur_work w = { .name = "model", .work = read_one, .done = one_read, .urgent = true };

	if (m == NULL)
		return;
	w.arg = j = spur_calloc(1, sizeof(*j));
	j->s = s;
	j->asked = p->one.asked;
	j->id = m->id;
	j->uid = spur_strdup(m->uid);
	j->run = spur_strdup(m->run);
	p->one.running = spur_workq_submit(s->queue, &w);
}

static void look(struct spur_session *s, int64_t id)
{
	s->models->looking = id;
	spur_session_ask(s, &s->models->one, start_one);
}

void spur_session_model_next_gate(struct spur_session *s)
{
	struct spur_session_models_part *p = s->models;

	if (p->one.running != NULL)
		return;
	for (size_t i = 0; i < p->list.models.count; i++) {
		if (p->list.rows[i].gate == SPUR_GATE_UNKNOWN) {
			look(s, p->list.rows[i].row->id);
			return;
		}
	}
}

void spur_session_model_want(struct spur_session *s, int64_t model)
{
	if (s->models->wanted == model || model == 0)
		return;
	s->models->wanted = model;
	look(s, model);
}

const struct spur_session_model_detail *spur_session_model(const struct spur_session *s)
{
	return &s->models->pub_one;
}

/* Evaluations and approvals may have come: every gate is looked at again. */
void spur_session_model_refresh(struct spur_session *s)
{
	for (size_t i = 0; i < s->models->list.models.count; i++)
		s->models->list.rows[i].gate = SPUR_GATE_UNKNOWN;
	if (s->models->wanted != 0)
		look(s, s->models->wanted);
}
