#include "config.h"

#include "session/jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "io/range.h"
#include "verb/lab_door.h"

#define EVERY_NS SPUR_NS_PER_S
#define ROWS 200u
#define LOG_TAIL (64u << 10)

struct shown {
	struct spur_job_row *rows;
	struct spur_session_job_note *notes;
	size_t count;
	char *log_of, *log;
	struct spur_session_load load;
	struct spur_session_job_parts one;
};

struct spur_session_jobs_part {
	struct spur_session_jobs pub;
	struct spur_session_job pub_one;
	struct spur_session_slot slot;
	bool live, awaited;	/* awaited: somebody asked; the regular looks are not waited for */
	unsigned watchers;
	bool known;		/* there was a first look: what is over by then has not just ended */
	char *log_of, *error, *one;	/* one: id of the job that is looked at, or NULL */
	struct shown shown;
	spur_ns last_ns;
};

struct jobs_job {
	struct spur_session *s;
	uint64_t asked;
	char *log_of, *one;
	struct shown out;
	/* Of the round before; nobody writes there while this one runs. */
	const struct shown *before;
};

struct spur_session_jobs_part *spur_session_jobs_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_jobs_part));
}

static void free_shown(struct shown *x)
{
	free(x->rows);
	free(x->notes);
	spur_session_job_parts_finish(&x->one);
	free(x->log_of);
	free(x->log);
	*x = (struct shown){ 0 };
}

void spur_session_jobs_destroy(struct spur_session_jobs_part *p)
{
	free_shown(&p->shown);
	free(p->log_of);
	free(p->error);
	free(p->one);
	free(p);
}

void spur_session_jobs_stop(struct spur_session *s)
{
	spur_task_cancel(s->jobs->slot.running);
}

static enum spur_status take_row(void *state, const struct spur_job_row *row, struct spur_error *err)
{
	struct shown *x = state;

	(void)err;
	x->rows = spur_realloc(x->rows, x->count + 1, sizeof(*x->rows));
	x->rows[x->count++] = *row;
	return SPUR_OK;
}

/* The end of one file, from a line's beginning on. */
static void add_tail(const char *path, struct spur_buf *to)
{
	struct spur_range *r;
	uint64_t size, from, got = 0;
	char *block, *line;

	if (spur_range_open(path, &r, NULL) < 0)
		return;
	size = spur_range_size(r);
	from = size > LOG_TAIL ? size - LOG_TAIL : 0;
	block = spur_calloc(1, LOG_TAIL + 1);
	if (spur_range_read_some(r, from, block, size - from, &got, NULL) >= 0) {
		line = from > 0 ? strchr(block, '\n') : NULL;
		spur_buf_adds(to, line == NULL ? block : line + 1);
	}
	free(block);
	spur_range_close(r);
}

/* What the processes of the last attempt wrote, then the events. */
static char *read_log(const struct spur_job_row *row)
{
	struct spur_buf b = { 0 };
	char **names = NULL, *dir = spur_strfmt("%s/logs", row->dir);
	size_t count = 0;

	if (spur_dir_list(dir, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char *path = spur_strfmt("%s/%s", dir, names[i]);

		if ((unsigned)strtoul(names[i], NULL, 10) == row->status.attempt)
			add_tail(path, &b);
		free(path);
		free(names[i]);
	}
	free(names);
	free(dir);
	if (row->status.reason[0] != '\0')
		spur_buf_addf(&b, "%s: %s\n", spur_job_state_name(row->status.state), row->status.reason);
	return spur_buf_steal(&b);
}

/* A target does not change: it is looked up once. */
static void note_targets(struct jobs_job *j, struct spur_db *db)
{
	j->out.notes = spur_calloc(j->out.count, sizeof(*j->out.notes));
	for (size_t i = 0, k = 0; i < j->out.count; i++) {
		struct spur_session_job_note *n = &j->out.notes[i];
		const struct spur_job_row *row = &j->out.rows[i];

		for (k = 0; k < j->before->count && strcmp(j->before->notes[k].id, row->id) != 0; k++)
			;
		if (k < j->before->count)
			*n = j->before->notes[k];
		else
			spur_session_job_target(db, row, n->target, sizeof(n->target));
		memcpy(n->id, row->id, sizeof(n->id));
	}
}

/* A job whose folder is gone is still a row: there is only less to say about it. */
static void read_one(struct jobs_job *j, struct spur_db *db)
{
	const struct spur_run_series *old = j->before->one.series;

	for (size_t i = 0; j->one != NULL && i < j->out.count; i++) {
		if (strcmp(j->out.rows[i].id, j->one) == 0)
			spur_session_job_parts_read(db, &j->out.rows[i], old, &j->out.one, NULL);
	}
}

static enum spur_status read_jobs(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct jobs_job *j = arg;
	struct spur_ctx ctx = *j->s->ctx;
	struct spur_job_filter f = { .limit = ROWS };
	struct spur_lab lab = { .ctx = &ctx };
	struct spur_job_door *door = &lab.door;
	struct spur_db *db;
	enum spur_status st;

	ctx.db = NULL;
	ctx.identity = NULL;
	ctx.command_line = "spur jobs";
	ctx.task = task;
	st = j->s->take_results ? spur_lab_open(&ctx, &lab, err) : spur_job_door_open(&ctx, door, err);
	if (st >= 0)
		st = door->store.ops->list(door->store.state, &f, take_row, &j->out, err);
	if (st >= 0 && (st = spur_ctx_db(&ctx, &db, err)) >= 0) {
		note_targets(j, db);
		read_one(j, db);
		spur_session_load_read(&j->out.load);
	}
	for (size_t i = 0; st >= 0 && j->log_of != NULL && i < j->out.count; i++) {
		if (strcmp(j->out.rows[i].id, j->log_of) == 0) {
			j->out.log_of = spur_strdup(j->log_of);
			j->out.log = read_log(&j->out.rows[i]);
			break;
		}
	}
	spur_lab_close(&lab);
	spur_ctx_finish(&ctx);
	return st;
}

static void start_jobs(struct spur_session *s);

static const struct spur_job_row *row_of(const struct shown *x, const char *id)
{
	for (size_t i = 0; i < x->count; i++) {
		if (strcmp(x->rows[i].id, id) == 0)
			return &x->rows[i];
	}
	return NULL;
}

/* Jobs that were open at the last look, or unknown, and are over now. */
static bool note_ends(struct spur_session_jobs_part *p, const struct shown *now)
{
	uint64_t before = p->pub.ended;

	for (size_t i = now->count; i-- > 0;) {
		const struct spur_job_row *j = &now->rows[i], *old = row_of(&p->shown, j->id);

		if (!spur_job_state_terminal(j->status.state) || (old != NULL && spur_job_state_terminal(old->status.state)))
			continue;
		p->pub.ended++;
		snprintf(p->pub.notice, sizeof(p->pub.notice), "%s %.8s %s: %s", j->kind, j->id, j->name,
			 spur_job_state_name(j->status.state));
	}
	return p->pub.ended != before;
}

static void publish_load(struct spur_session_jobs *pub, const struct spur_session_load *a, const struct spur_session_load *b)
{
	double s = (double)(b->at_ns - a->at_ns) / 1e9;
	bool fits = a->at_ns != 0 && s > 0 && b->total > a->total && b->io_kib >= a->io_kib;

	pub->cpu = fits ? (double)(b->busy - a->busy) / (double)(b->total - a->total) : NAN;
	pub->io_bytes_s = fits ? (double)(b->io_kib - a->io_kib) * 1024 / s : NAN;
}

static void publish_one(struct spur_session_jobs_part *p)
{
	const struct spur_session_job_parts *o = &p->shown.one;

	p->pub_one = (struct spur_session_job){ .generation = p->pub_one.generation + 1, .id = o->id };
	if (o->id == NULL)
		return;
	p->pub_one.folder = o->folder;
	p->pub_one.result = o->result;
	p->pub_one.model = o->model;
	p->pub_one.extract = o->extract;
	p->pub_one.series = spur_run_series_list(o->series, &p->pub_one.series_count);
	if (o->spec != NULL) {
		p->pub_one.params = o->spec->params;
		p->pub_one.param_count = o->spec->param_count;
	}
}

static void jobs_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct jobs_job *j = arg;
	struct spur_session_jobs_part *p = j->s->jobs;
	bool ended = false;

	if (spur_session_arrived(j->s, &p->slot, j->asked, start_jobs)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
		p->last_ns = spur_monotonic_ns();
		p->awaited = false;
		if (st >= 0) {
			ended = p->known && note_ends(p, &j->out);
			p->known = true;
			publish_load(&p->pub, &p->shown.load, &j->out.load);
			free_shown(&p->shown);
			p->shown = j->out;
			j->out = (struct shown){ 0 };
			p->pub.rows = p->shown.rows;
			p->pub.notes = p->shown.notes;
			publish_one(p);
			p->pub.count = p->shown.count;
			p->pub.log_of = p->shown.log_of;
			p->pub.log = p->shown.log;
		}
	}
	if (ended) {
		spur_session_datasets_refresh(j->s);
		spur_session_models_refresh(j->s);
	}
	free_shown(&j->out);
	free(j->log_of);
	free(j->one);
	free(j);
}

static void start_jobs(struct spur_session *s)
{
	struct jobs_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "jobs", .work = read_jobs, .done = jobs_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->jobs->slot.asked;
	j->log_of = s->jobs->log_of == NULL ? NULL : spur_strdup(s->jobs->log_of);
	j->one = s->jobs->one == NULL ? NULL : spur_strdup(s->jobs->one);
	j->before = &s->jobs->shown;
	s->jobs->slot.running = spur_workq_submit(s->queue, &w);
}

static void ask(struct spur_session *s)
{
	s->jobs->awaited = true;
	spur_session_ask(s, &s->jobs->slot, start_jobs);
}

bool spur_session_jobs_busy(const struct spur_session *s)
{
	return s->jobs->awaited && s->jobs->slot.running != NULL;
}

void spur_session_jobs_want(struct spur_session *s, bool live, const char *log_of)
{
	struct spur_session_jobs_part *p = s->jobs;
	char *copy = log_of == NULL ? NULL : spur_strdup(log_of);

	free(p->log_of);
	p->log_of = copy;
	p->live = live;
	if (live) {
		p->pub.loading = p->pub.count == 0;
		ask(s);
	}
}

void spur_session_jobs_watch(struct spur_session *s, bool on)
{
	struct spur_session_jobs_part *p = s->jobs;

	p->watchers = on ? p->watchers + 1 : p->watchers > 0 ? p->watchers - 1 : 0;
	if (on && !p->live && p->watchers == 1)
		ask(s);
}

void spur_session_tick(struct spur_session *s)
{
	struct spur_session_jobs_part *p = s->jobs;

	if ((p->live || p->watchers > 0) && p->slot.running == NULL && spur_monotonic_ns() - p->last_ns >= EVERY_NS)
		spur_session_ask(s, &p->slot, start_jobs);
}

void spur_session_job_want(struct spur_session *s, const char *id)
{
	struct spur_session_jobs_part *p = s->jobs;

	if (id == NULL ? p->one == NULL : p->one != NULL && strcmp(p->one, id) == 0)
		return;
	free(p->one);
	p->one = id == NULL ? NULL : spur_strdup(id);
	if (id != NULL)
		ask(s);
}

const struct spur_session_job *spur_session_job(const struct spur_session *s)
{
	return &s->jobs->pub_one;
}

const struct spur_session_jobs *spur_session_jobs(const struct spur_session *s)
{
	return &s->jobs->pub;
}
