#include "config.h"

#include "session/session_priv.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "lab/figure.h"
#include "session/models.h"
#include "verb/lab_door.h"

/* The list of models. What is under the cursor: session_model.c. */

struct spur_session_models_part *spur_session_models_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_models_part));
}

void spur_session_model_list_finish(struct spur_session_model_list *l)
{
	spur_db_model_list_finish(&l->models);
	spur_arena_destroy(l->arena);
	free(l->rows);
	*l = (struct spur_session_model_list){ 0 };
}

void spur_session_models_destroy(struct spur_session_models_part *p)
{
	spur_session_model_list_finish(&p->list);
	spur_session_model_parts_finish(&p->parts);
	free(p->error);
	free(p->one_error);
	free(p);
}

void spur_session_models_stop(struct spur_session *s)
{
	spur_task_cancel(s->models->slot.running);
	spur_task_cancel(s->models->one.running);
}

bool spur_session_models_busy(const struct spur_session *s)
{
	return s->models->slot.running != NULL || s->models->one.running != NULL;
}

struct list_job {
	struct spur_session *s;
	uint64_t asked;
	bool collect;
	struct spur_session_model_list out;
};

/* ---- what one row needs ---- */

static void read_evaluation(struct spur_db *db, struct spur_session_model *m)
{
	struct spur_db_object_list l = { 0 };
	json_t *e = NULL;

	m->macro_f1 = m->ci_low = m->ci_high = NAN;
	if (spur_db_object_newest(db, "evaluation", m->row->uid, NULL, &l, NULL) >= 0 && l.count > 0)
		e = json_loads(l.rows[0].record, 0, NULL);
	if (e != NULL) {
		m->macro_f1 = spur_figure_number(json_object_get(e, "macro_f1"));
		m->ci_low = spur_figure_number(json_object_get(e, "ci_low"));
		m->ci_high = spur_figure_number(json_object_get(e, "ci_high"));
	}
	json_decref(e);
	spur_db_object_list_finish(&l);
}

/* NAME@VERSION of the dataset that the extract was cut from; the extract's id where it is of none. */
static void read_origin(struct spur_db *db, struct spur_session_model *m, struct spur_arena *a)
{
	struct spur_db_lab_run_list run = { 0 };
	struct spur_db_edge_list edges = { 0 };
	struct spur_db_dataset_list ds = { 0 };

	m->extract = m->dataset = "";
	if (spur_db_lab_run_list(db, m->row->run, &run, NULL) >= 0 && run.count > 0) {
		m->extract = m->dataset = spur_arena_str(a, run.rows[0].extract);
		if (spur_db_edge_list(db, m->extract, true, &edges, NULL) < 0)
			edges.count = 0;
	}
	for (size_t i = 0; i < edges.count; i++) {
		if (strncmp(edges.rows[i].to, "ds-", 3) == 0 && spur_db_dataset_find(db, edges.rows[i].to, &ds, NULL) >= 0) {
			char *name = spur_strfmt("%s@%d", ds.rows[0].name, ds.rows[0].version);

			m->dataset = spur_arena_str(a, name);
			free(name);
			break;
		}
	}
	spur_db_dataset_list_finish(&ds);
	spur_db_edge_list_finish(&edges);
	spur_db_lab_run_list_finish(&run);
}

static void read_artefacts(struct spur_db *db, struct spur_session_model *m)
{
	struct spur_db_edge_list edges = { 0 };
	spur_ns newest = 0;

	if (spur_db_edge_list(db, m->row->uid, false, &edges, NULL) < 0)
		edges.count = 0;
	for (size_t i = 0; i < edges.count; i++) {
		struct spur_db_object_list o = { 0 };

		if (strncmp(edges.rows[i].from, "artefact-", 9) == 0 &&
		    spur_db_object_find(db, edges.rows[i].from, &o, NULL) >= 0) {
			json_t *record = json_loads(o.rows[0].record, 0, NULL);
			const json_t *file = json_object_get(json_object_get(record, "report"), "artefact");

			m->artefacts++;
			if (o.rows[0].at_ns >= newest)
				m->bytes = (uint64_t)json_integer_value(json_object_get(file, "bytes"));
			newest = o.rows[0].at_ns > newest ? o.rows[0].at_ns : newest;
			json_decref(record);
		}
		spur_db_object_list_finish(&o);
	}
	spur_db_edge_list_finish(&edges);
}

/* ---- parameters ---- */

static void add_param(struct spur_buf *b, const char *key, const json_t *v)
{
	char *s = json_is_string(v) ? spur_strdup(json_string_value(v)) : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

	spur_buf_addf(b, "%s%s=%s", b->len > 0 ? " " : "", key, s == NULL ? "?" : s);
	free(s);
}

/* What differs from the version before comes first: that is what one looks for. */
static char *params_text(json_t *mine, const json_t *before)
{
	struct spur_buf b = { 0 };
	const char *key;
	json_t *v;

	for (int same = 0; same < 2; same++) {
		json_object_foreach(mine, key, v) {
			json_t *old = json_object_get(before, key);

			if ((before == NULL || old == NULL ? true : json_equal(old, v) != 0) == (same != 0))
				add_param(&b, key, v);
		}
	}
	return spur_buf_steal(&b);
}

/* The version of that name which came before row i; rows are newest first. */
static const struct spur_session_model *before(const struct spur_session_model_list *l, size_t i)
{
	for (size_t k = i + 1; k < l->models.count; k++) {
		if (strcmp(l->rows[k].row->name, l->rows[i].row->name) == 0)
			return &l->rows[k];
	}
	return NULL;
}

static void compare(struct spur_session_model_list *l)
{
	for (size_t i = 0; i < l->models.count; i++) {
		struct spur_session_model *m = &l->rows[i];
		const struct spur_session_model *old = before(l, i);
		json_t *card = json_loads(m->row->record, 0, NULL), *other = old == NULL ? NULL : json_loads(old->row->record, 0, NULL);
		char *text = params_text(json_object_get(card, "hyperparameters"), json_object_get(other, "hyperparameters"));

		m->params = spur_arena_str(l->arena, text);
		m->val_macro_f1 = spur_figure_number(json_object_get(card, "val_macro_f1"));
		m->delta = old == NULL ? NAN : m->macro_f1 - old->macro_f1;
		free(text);
		json_decref(card);
		json_decref(other);
	}
}

/* ---- reading ---- */

static enum spur_status read_rows(struct spur_db *db, struct spur_session_model_list *l, struct spur_task *task,
				  struct spur_error *err)
{
	enum spur_status st = spur_db_model_list(db, NULL, &l->models, err);

	if (st < 0)
		return st;
	l->rows = spur_calloc(l->models.count, sizeof(*l->rows));
	l->arena = spur_arena_create(0);
	for (size_t i = 0; i < l->models.count; i++) {
		if (spur_task_cancelled(task))
			return spur_fail(err, SPUR_ECANCELLED, "models");
		l->rows[i].row = &l->models.rows[i];
		read_evaluation(db, &l->rows[i]);
		read_origin(db, &l->rows[i], l->arena);
		read_artefacts(db, &l->rows[i]);
	}
	compare(l);
	return SPUR_OK;
}

static enum spur_status read_list(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_ctx ctx = *j->s->ctx;
	struct spur_lab lab = { 0 };
	struct spur_db *db = NULL;
	enum spur_status st;

	ctx.db = NULL;
	ctx.identity = NULL;
	ctx.task = task;
	ctx.command_line = "spur models";
	st = j->collect ? spur_lab_open(&ctx, &lab, err) : SPUR_OK;
	if (st >= 0)
		st = spur_ctx_db(&ctx, &db, err);
	if (st >= 0)
		st = read_rows(db, &j->out, task, err);
	spur_lab_close(&lab);
	spur_ctx_finish(&ctx);
	return st;
}

static void start_list(struct spur_session *s);

/* Gates that were looked at stay known until the details say otherwise. */
static void keep_gates(const struct spur_session_model_list *old, struct spur_session_model_list *new)
{
	for (size_t i = 0; i < new->models.count; i++) {
		for (size_t k = 0; k < old->models.count; k++) {
			if (old->rows[k].row->id == new->rows[i].row->id)
				new->rows[i].gate = old->rows[k].gate;
		}
	}
}

static void list_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_session_models_part *p = j->s->models;

	if (spur_session_arrived(j->s, &p->slot, j->asked, start_list)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
		if (st >= 0) {
			keep_gates(&p->list, &j->out);
			spur_session_model_list_finish(&p->list);
			p->list = j->out;
			j->out = (struct spur_session_model_list){ 0 };
			p->pub.rows = p->list.rows;
			p->pub.count = p->list.models.count;
			spur_session_model_next_gate(j->s);
		}
	}
	spur_session_model_list_finish(&j->out);
	free(j);
}

static void start_list(struct spur_session *s)
{
	struct list_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "models", .work = read_list, .done = list_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->models->slot.asked;
	j->collect = s->take_results;
	s->models->slot.running = spur_workq_submit(s->queue, &w);
}

void spur_session_models_want(struct spur_session *s)
{
	s->models->pub.loading = s->models->pub.generation == 0;
	spur_session_ask(s, &s->models->slot, start_list);
}

const struct spur_session_models *spur_session_models(const struct spur_session *s)
{
	return &s->models->pub;
}

void spur_session_models_refresh(struct spur_session *s)
{
	if (s->models->slot.asked == 0)
		return;
	spur_session_ask(s, &s->models->slot, start_list);
	spur_session_model_refresh(s);
}
