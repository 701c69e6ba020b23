#include "config.h"

#include "session/session_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/timeline.h"
#include "sync/traces.h"
#include "verb/drive_files.h"

/* An open drive: its timeline and what it says. Owner-counted; a reading task holds one. */
struct opened {
	unsigned refs;
	struct spur_timeline *timeline;
	char *drive;
	spur_ns begin_ns, end_ns;
	struct spur_session_signal *signals;
	size_t signal_count;
	struct spur_session_source *sources;
	size_t source_count;
	struct spur_db_source_list rows;	/* what sources borrow from, with a catalogue */
	struct spur_db_segment_list segments;
};

struct spur_session_plot_part {
	struct spur_session_plot pub;
	struct spur_session_slot open, read;
	char *wanted, *error;
	char **files;			/* recordings instead of a drive of the catalogue; NULL-terminated, or NULL */
	struct opened *opened;
	struct spur_trace_want view;
	struct spur_session_trace traces[SPUR_SESSION_TRACES];
	char *errors[SPUR_SESSION_TRACES];
	struct spur_trace_want served[SPUR_SESSION_TRACES];	/* what traces[i].view was read for; columns 0: nothing */
};

struct open_job {
	struct spur_session *s;
	uint64_t asked;
	char *wanted;
	char **files;
	struct opened *out;
};

struct read_trace {
	struct spur_decimation view;
	struct spur_range_stats stats;
	double at[3];		/* cursor, a, b */
	spur_ns at_ns[3];
	spur_ns previous_ns, next_ns;	/* beside the cursor */
};

struct read_job {
	struct spur_session *s;
	uint64_t asked;
	struct opened *opened;
	struct spur_trace_want v;
	bool narrow;		/* only what is at the cursor */
	size_t count;
	struct spur_signal_ref refs[SPUR_SESSION_TRACES];
	const struct spur_session_signal *signals[SPUR_SESSION_TRACES];
	struct spur_trace traces[SPUR_SESSION_TRACES];
};

struct spur_session_plot_part *spur_session_plot_create(void)
{
	struct spur_session_plot_part *p = spur_calloc(1, sizeof(*p));

	p->pub.traces = p->traces;
	p->pub.focus_begin_ns = p->pub.focus_end_ns = SPUR_NS_MIN;
	p->view.cursor_ns = p->view.a_ns = p->view.b_ns = SPUR_NS_MIN;
	return p;
}

static void release(struct opened *o)
{
	if (o == NULL || --o->refs > 0)
		return;
	spur_timeline_close(o->timeline);
	spur_db_segment_list_finish(&o->segments);
	spur_db_source_list_finish(&o->rows);
	free(o->sources);
	free(o->signals);
	free(o->drive);
	free(o);
}

static void clear_trace(struct spur_session_plot_part *p, size_t i)
{
	spur_decimation_finish(&p->traces[i].view);
	free(p->errors[i]);
	p->errors[i] = NULL;
	p->traces[i] = (struct spur_session_trace){ .at_cursor = (double)NAN, .at_a = (double)NAN, .at_b = (double)NAN,
						    .previous_ns = SPUR_NS_MIN, .next_ns = SPUR_NS_MIN };
	p->served[i] = (struct spur_trace_want){ 0 };
}

static void free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static char **copy_names(const char *const *names, size_t count)
{
	char **copy = spur_calloc(count + 1, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = spur_strdup(names[i]);
	return copy;
}

static size_t count_names(char *const *names)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	return n;
}

void spur_session_plot_destroy(struct spur_session_plot_part *p)
{
	for (size_t i = 0; i < SPUR_SESSION_TRACES; i++)
		clear_trace(p, i);
	release(p->opened);
	free_names(p->files);
	free(p->wanted);
	free(p->error);
	free(p);
}

void spur_session_plot_stop(struct spur_session *s)
{
	spur_task_cancel(s->plot->open.running);
	spur_task_cancel(s->plot->read.running);
}

bool spur_session_plot_busy(const struct spur_session *s)
{
	return s->plot->open.running != NULL || s->plot->read.running != NULL;
}

/* ---- opening a drive ---- */

static int by_place(const void *a, const void *b)
{
	const struct spur_session_signal *x = a, *y = b;
	int d = x->source < y->source ? -1 : x->source > y->source;

	if (d == 0)
		d = strcmp(x->stream, y->stream);
	return d != 0 ? d : strcmp(x->name, y->name);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void list_signals(struct opened *o)
{
	size_t n = 0, cap = 0;

	for (size_t s = 0; s < spur_timeline_source_count(o->timeline); s++) {
		struct spur_source *src = spur_timeline_source(o->timeline, s);
		const struct spur_source_signal *rows;
		size_t count;

		rows = spur_source_signals(src, &count);
		for (size_t i = 0; i < count; i++) {
			if (!rows[i].time || rows[i].type == SPUR_TYPE_BYTES)
				continue;
			if (n == cap) {
				cap = cap == 0 ? 256 : cap * 2;
				o->signals = spur_realloc(o->signals, cap, sizeof(*o->signals));
			}
			o->signals[n++] = (struct spur_session_signal){ rows[i].name, rows[i].unit, rows[i].stream, (uint32_t)s,
				(uint32_t)i, file_name(spur_source_path(src)) };
		}
	}
	o->signal_count = n;
	if (n > 0)
		qsort(o->signals, n, sizeof(*o->signals), by_place);
}

static void list_sources(struct opened *o)
{
	o->source_count = spur_timeline_source_count(o->timeline);
	o->sources = spur_calloc(o->source_count, sizeof(*o->sources));
	for (size_t i = 0; i < o->source_count; i++) {
		o->sources[i].path = spur_source_path(spur_timeline_source(o->timeline, i));
		o->sources[i].sha256 = "";
		for (size_t k = 0; k < o->rows.count; k++) {
			if (strcmp(o->rows.rows[k].path, o->sources[i].path) == 0)
				o->sources[i].sha256 = o->rows.rows[k].sha256;
		}
	}
}

static enum spur_status open_timeline(struct open_job *j, const struct spur_drive_files *files, struct spur_task *task,
				      struct spur_error *err)
{
	struct opened *o = j->out;
	enum spur_status st;

	if ((st = spur_drive_files_open(files, j->s->ctx->mem_bytes, 1, &o->timeline, err)) < 0 ||
	    (st = spur_timeline_span(o->timeline, &o->begin_ns, &o->end_ns, task, err)) < 0)
		return st;
	list_signals(o);
	list_sources(o);
	return SPUR_OK;
}

static enum spur_status open_found(struct open_job *j, struct spur_db *db, const struct spur_db_drive *d,
				   struct spur_task *task, struct spur_error *err)
{
	struct spur_db_segment_filter f = { .drive = d->name, .limit = SIZE_MAX };
	struct spur_drive_files files = { 0 };
	enum spur_status st;

	j->out->drive = spur_strdup(d->name);
	if ((st = spur_drive_files_load(db, d, &files, err)) < 0 ||
	    (st = spur_db_source_list(db, d->id, 0, 0, &j->out->rows, err)) < 0 ||
	    (st = open_timeline(j, &files, task, err)) < 0)
		goto out;
	st = spur_db_segment_list(db, &f, &j->out->segments, err);
out:
	spur_drive_files_finish(&files);
	return st;
}

static enum spur_status open_files(struct open_job *j, struct spur_task *task, struct spur_error *err)
{
	struct spur_drive_files files = { 0 };
	enum spur_status st;

	spur_drive_files_of((const char *const *)j->files, count_names(j->files), &files);
	j->out->drive = spur_strdup(file_name(files.name));
	st = files.count == 0 ? spur_fail(err, SPUR_EINVAL, "a bus database alone is no drive: add a recording") :
				open_timeline(j, &files, task, err);
	spur_drive_files_finish(&files);
	return st;
}

static enum spur_status open_drive(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct open_job *j = arg;
	struct spur_db_drive_list found = { 0 };
	struct spur_db *db;
	enum spur_status st;

	if (j->files != NULL)
		return open_files(j, task, err);
	if ((st = spur_db_open(j->s->ctx->catalog, &db, err)) < 0)
		return st;
	if ((st = spur_db_drive_find(db, j->wanted, &found, err)) >= 0)
		st = open_found(j, db, &found.rows[0], task, err);
	spur_db_drive_list_finish(&found);
	spur_db_close(db);
	return st;
}

static void publish(struct spur_session_plot_part *p, struct opened *o)
{
	for (size_t i = 0; i < SPUR_SESSION_TRACES; i++)
		clear_trace(p, i);
	release(p->opened);
	p->opened = o;
	p->pub.trace_count = 0;
	p->pub.drive = o == NULL ? NULL : o->drive;
	p->pub.begin_ns = o == NULL ? 0 : o->begin_ns;
	p->pub.end_ns = o == NULL ? 0 : o->end_ns;
	p->pub.signals = o == NULL ? NULL : o->signals;
	p->pub.signal_count = o == NULL ? 0 : o->signal_count;
	p->pub.sources = o == NULL ? NULL : o->sources;
	p->pub.source_count = o == NULL ? 0 : o->source_count;
	p->pub.segments = o == NULL ? NULL : o->segments.rows;
	p->pub.segment_count = o == NULL ? 0 : o->segments.count;
}

static void start_open(struct spur_session *s);

static void drive_opened(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct open_job *j = arg;
	struct spur_session_plot_part *p = j->s->plot;

	if (spur_session_arrived(j->s, &p->open, j->asked, start_open)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.opening = false;
		p->pub.generation++;
		publish(p, st >= 0 ? j->out : NULL);
		spur_session_frame_open(j->s, st >= 0 ? j->wanted : NULL, (const char *const *)j->files);
		if (st >= 0)
			j->out = NULL;
	}
	release(j->out);
	free_names(j->files);
	free(j->wanted);
	free(j);
}

static void start_open(struct spur_session *s)
{
	struct spur_session_plot_part *p = s->plot;
	struct open_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "open drive", .work = open_drive, .done = drive_opened, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->open.asked;
	j->wanted = spur_strdup(p->wanted);
	j->files = p->files == NULL ? NULL : copy_names((const char *const *)p->files, count_names(p->files));
	j->out = spur_calloc(1, sizeof(*j->out));
	j->out->refs = 1;
	p->open.running = spur_workq_submit(s->queue, &w);
}

static void want_open(struct spur_session *s, char *wanted, char **files)
{
	struct spur_session_plot_part *p = s->plot;

	free(p->wanted);
	free_names(p->files);
	p->wanted = wanted;
	p->files = files;
	p->pub.opening = true;
	spur_session_ask(s, &p->open, start_open);
}

void spur_session_plot_focus(struct spur_session *s, spur_ns begin_ns, spur_ns end_ns)
{
	s->plot->pub.focus_begin_ns = begin_ns;
	s->plot->pub.focus_end_ns = end_ns;
}

void spur_session_plot_open(struct spur_session *s, const char *drive)
{
	spur_session_plot_focus(s, SPUR_NS_MIN, SPUR_NS_MIN);
	want_open(s, spur_strdup(drive), NULL);
}

void spur_session_plot_open_files(struct spur_session *s, const char *const *paths, size_t count)
{
	want_open(s, spur_strdup(count > 0 ? paths[0] : ""), copy_names(paths, count));
}

/* ---- reading what is in view ---- */

#define MANY_ROWS (UINT64_C(1) << 22)

/* The view that was read holds for v as well, but for the values at the cursor. */
static bool same_but_cursor(const struct spur_trace_want *a, const struct spur_trace_want *v)
{
	return a->columns != 0 && a->columns == v->columns && a->begin_ns == v->begin_ns && a->end_ns == v->end_ns &&
	       a->a_ns == v->a_ns && a->b_ns == v->b_ns;
}

/* Widens [*lo, *hi) to the samples of a trace around t: its columns say where they are. */
static void around(const struct spur_decimation *d, spur_ns t, spur_ns *lo, spur_ns *hi)
{
	size_t col = (size_t)((double)(t - d->begin_ns) * (double)d->columns / (double)(d->end_ns - d->begin_ns)), i = col;
	spur_ns beside = (d->end_ns - d->begin_ns) / 20 + 1;	/* as much as a whole reading looks at */
	spur_ns from = d->before_ns != SPUR_NS_MIN ? d->before_ns : d->begin_ns - beside;
	spur_ns to = d->after_ns != SPUR_NS_MAX ? d->after_ns : d->end_ns + beside;

	while (i > 0 && (i > d->columns || d->bins[i - 1].count == 0))
		i--;
	if (i > 0)
		from = d->bins[i - 1].last_ns;
	for (i = col + 1; i < d->columns && d->bins[i].count == 0; i++)
		;
	if (i < d->columns)
		to = d->bins[i].first_ns;
	*lo = from < *lo ? from : *lo;
	*hi = to >= *hi ? to + 1 : *hi;
}

/* Only the cursor has moved: a few columns around it tell its values. False: all of the view is to be read. */
static bool narrow(const struct spur_session_plot_part *p, struct spur_trace_want *w)
{
	const struct spur_trace_want *v = &p->view;
	spur_ns lo = v->cursor_ns, hi = v->cursor_ns + 1;

	if (v->cursor_ns == SPUR_NS_MIN || v->cursor_ns < v->begin_ns || v->cursor_ns >= v->end_ns)
		return false;
	for (size_t i = 0; i < p->pub.trace_count; i++) {
		if (p->traces[i].error != NULL || !same_but_cursor(&p->served[i], v))
			return false;
		around(&p->traces[i].view, v->cursor_ns, &lo, &hi);
	}
	if (hi - lo > (v->end_ns - v->begin_ns) / 2)
		return false;
	*w = (struct spur_trace_want){ lo, hi, 1, v->cursor_ns, SPUR_NS_MIN, SPUR_NS_MIN };
	return true;
}

static enum spur_status read_view(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct read_job *j = arg;

	/* Of very many samples, the intervals that the recording stores; on the way in they become samples. */
	for (size_t i = 0; i < j->count && !j->narrow; i++) {
		uint64_t rows = spur_timeline_signal(j->opened->timeline, j->refs[i])->rows;

		j->traces[i].reduced = rows != UINT64_MAX && rows >= MANY_ROWS;
	}
	return spur_traces_read(j->opened->timeline, j->refs, j->count, &j->v, j->traces, task, err);
}

static void adopt_cursor(struct spur_session_trace *t, const struct spur_trace *r)
{
	t->at_cursor = r->at_cursor;
	t->previous_ns = r->previous_ns;
	t->next_ns = r->next_ns;
}

static void adopt_trace(struct spur_session_trace *t, struct spur_trace *r)
{
	spur_decimation_finish(&t->view);
	t->view = r->view;
	r->view = (struct spur_decimation){ 0 };
	t->stats = r->stats;
	t->at_a = r->at_a;
	t->at_b = r->at_b;
	adopt_cursor(t, r);
}

static void adopt(struct spur_session_plot_part *p, size_t trace, struct read_job *j, size_t i)
{
	if (j->narrow) {
		adopt_cursor(&p->traces[trace], &j->traces[i]);
		return;
	}
	adopt_trace(&p->traces[trace], &j->traces[i]);
	p->served[trace] = j->v;
}

static void start_read(struct spur_session *s);

static void view_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct read_job *j = arg;
	struct spur_session_plot_part *p = j->s->plot;
	bool current = spur_session_arrived(j->s, &p->read, j->asked, start_read) && j->opened == p->opened;

	for (size_t i = 0; i < j->count; i++) {
		for (size_t k = 0; current && k < p->pub.trace_count; k++) {
			if (p->traces[k].signal != j->signals[i])
				continue;
			free(p->errors[k]);
			p->errors[k] = st < 0 ? spur_strdup(err->text) : NULL;
			p->traces[k].error = p->errors[k];
			p->traces[k].loading = false;
			if (st >= 0)
				adopt(p, k, j, i);
			break;
		}
		spur_decimation_finish(&j->traces[i].view);
	}
	p->pub.generation += current;
	release(j->opened);
	free(j);
}

static void start_read(struct spur_session *s)
{
	struct spur_session_plot_part *p = s->plot;
	struct read_job *j;
	struct spur_work w = { .name = "plot", .work = read_view, .done = view_read, .urgent = true };

	if (p->opened == NULL || p->pub.trace_count == 0 || p->view.columns == 0 || p->view.end_ns <= p->view.begin_ns)
		return;
	j = spur_calloc(1, sizeof(*j));
	j->s = s;
	j->asked = p->read.asked;
	j->opened = p->opened;
	j->opened->refs++;
	j->narrow = narrow(p, &j->v);
	if (!j->narrow)
		j->v = p->view;
	for (size_t i = 0; i < p->pub.trace_count; i++) {
		struct spur_trace *t = &j->traces[j->count];

		j->signals[j->count] = p->traces[i].signal;
		j->refs[j->count++] = (struct spur_signal_ref){ p->traces[i].signal->source, p->traces[i].signal->id };
		spur_trace_init(t, &j->v);
	}
	w.arg = j;
	p->read.running = spur_workq_submit(s->queue, &w);
}

/* Until the samples come, the old columns stand in for them in the new range. */
static void stretch(struct spur_session_trace *t, const struct spur_trace_want *v)
{
	struct spur_decimation d;

	if (t->view.columns == 0 || (t->view.begin_ns == v->begin_ns && t->view.end_ns == v->end_ns &&
				     t->view.columns == v->columns))
		return;
	spur_decimation_init(&d, v->begin_ns, v->end_ns, v->columns);
	for (size_t i = 0; i < t->view.columns; i++) {
		const struct spur_bin *b = &t->view.bins[i];
		spur_ns mid = b->first_ns + (b->last_ns - b->first_ns) / 2;

		if (b->count == 0)
			continue;
		spur_decimation_add(&d, b->first_ns, b->first);
		spur_decimation_add(&d, mid, b->min);
		spur_decimation_add(&d, mid, b->max);
		spur_decimation_add(&d, b->last_ns, b->last);
	}
	spur_decimation_finish(&t->view);
	t->view = d;
}

void spur_session_plot_view(struct spur_session *s, spur_ns begin_ns, spur_ns end_ns, size_t columns, spur_ns cursor_ns,
			    spur_ns a_ns, spur_ns b_ns)
{
	struct spur_session_plot_part *p = s->plot;
	struct spur_trace_want v = { begin_ns, end_ns, columns, cursor_ns, a_ns, b_ns };

	if (memcmp(&v, &p->view, sizeof(v)) == 0)
		return;
	p->view = v;
	if (end_ns <= begin_ns || columns == 0)
		return;
	for (size_t i = 0; i < p->pub.trace_count; i++) {
		if (!same_but_cursor(&p->served[i], &v))
			p->served[i] = (struct spur_trace_want){ 0 };
		stretch(&p->traces[i], &v);
		p->traces[i].loading = true;
	}
	p->pub.generation++;
	spur_session_ask(s, &p->read, start_read);
}

bool spur_session_trace_add(struct spur_session *s, const struct spur_session_signal *signal)
{
	struct spur_session_plot_part *p = s->plot;

	if (p->pub.trace_count == SPUR_SESSION_TRACES)
		return false;
	clear_trace(p, p->pub.trace_count);
	p->traces[p->pub.trace_count].signal = signal;
	p->traces[p->pub.trace_count++].loading = true;
	p->pub.generation++;
	spur_session_ask(s, &p->read, start_read);
	return true;
}

void spur_session_trace_drop(struct spur_session *s, size_t trace)
{
	struct spur_session_plot_part *p = s->plot;

	if (trace >= p->pub.trace_count)
		return;
	clear_trace(p, trace);
	for (size_t i = trace; i + 1 < p->pub.trace_count; i++) {
		p->traces[i] = p->traces[i + 1];
		p->errors[i] = p->errors[i + 1];
		p->served[i] = p->served[i + 1];
	}
	p->pub.trace_count--;
	p->served[p->pub.trace_count] = (struct spur_trace_want){ 0 };
	p->traces[p->pub.trace_count] = (struct spur_session_trace){ 0 };
	p->errors[p->pub.trace_count] = NULL;
	p->pub.generation++;
}

const struct spur_session_plot *spur_session_plot(const struct spur_session *s)
{
	return &s->plot->pub;
}

void spur_session_plot_refresh(struct spur_session *s)
{
	memset(s->plot->served, 0, sizeof(s->plot->served));
	if (s->plot->wanted != NULL && s->plot->pub.error != NULL)
		spur_session_ask(s, &s->plot->open, start_open);
	else
		spur_session_ask(s, &s->plot->read, start_read);
}
