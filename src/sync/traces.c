#include "config.h"

#include "sync/traces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define TILE 512u
#define MARGIN 20	/* the part of the range that is read beside it, so that lines enter and leave */

struct reading {
	const struct spur_trace_want *w;
	struct spur_trace *traces;
	struct spur_task *task;
	spur_ns stats_begin_ns, stats_end_ns;
	const size_t *at;	/* index of the trace of each signal read; NULL: the same */
};

void spur_trace_init(struct spur_trace *t, const struct spur_trace_want *w)
{
	*t = (struct spur_trace){ .at_cursor = (double)NAN, .at_a = (double)NAN, .at_b = (double)NAN,
				  .previous_ns = SPUR_NS_MIN, .next_ns = SPUR_NS_MIN, .at_ns = { SPUR_NS_MIN, SPUR_NS_MIN, SPUR_NS_MIN } };
	spur_decimation_init(&t->view, w->begin_ns, w->end_ns, w->columns);
	spur_range_stats_init(&t->stats);
}

void spur_trace_finish(struct spur_trace *t)
{
	spur_decimation_finish(&t->view);
}

static void add_at(spur_ns wanted, spur_ns *at_ns, double *at, spur_ns t, double v)
{
	if (wanted != SPUR_NS_MIN && t <= wanted && t >= *at_ns && !isnan(v)) {
		*at_ns = t;
		*at = v;
	}
}

static void near_points(const struct reading *r, struct spur_trace *t, spur_ns at, double v)
{
	if (at < r->w->cursor_ns && at > t->previous_ns)
		t->previous_ns = at;
	if (at > r->w->cursor_ns && (t->next_ns == SPUR_NS_MIN || at < t->next_ns))
		t->next_ns = at;
	add_at(r->w->cursor_ns, &t->at_ns[0], &t->at_cursor, at, v);
	add_at(r->w->a_ns, &t->at_ns[1], &t->at_a, at, v);
	add_at(r->w->b_ns, &t->at_ns[2], &t->at_b, at, v);
}

/* Samples of one column, in tiles: most of the time is here. */
static void add_samples(const struct reading *r, struct spur_trace *t, const struct spur_column *c, const spur_ns *at)
{
	double v[TILE];

	for (size_t from = 0; from < c->rows; from += TILE) {
		size_t n = c->rows - from < TILE ? c->rows - from : TILE;

		for (size_t i = 0; i < n; i++)
			v[i] = spur_column_f64(c, from + i);
		spur_decimation_run(&t->view, at + from, v, n);
		for (size_t i = 0; i < n; i++) {
			if (at[from + i] >= r->stats_begin_ns && at[from + i] < r->stats_end_ns)
				spur_range_stats_add(&t->stats, v[i]);
			near_points(r, t, at[from + i], v[i]);
		}
	}
}

static enum spur_status take_rows(void *state, uint32_t source, uint32_t table, const size_t *positions,
				  struct spur_columns *rows, const spur_ns *time_ns, struct spur_error *err)
{
	const struct reading *r = state;

	(void)source;
	(void)table;
	if (spur_task_cancelled(r->task))
		return spur_fail(err, SPUR_ECANCELLED, "plot");
	for (size_t c = 0; c < rows->count; c++) {
		if (!spur_type_is_number(rows->columns[c].type))
			continue;
		add_samples(r, &r->traces[r->at == NULL ? positions[c] : r->at[positions[c]]], &rows->columns[c], time_ns);
	}
	return SPUR_OK;
}

static spur_ns least(spur_ns a, spur_ns b)
{
	return a < b ? a : b;
}

static spur_ns most(spur_ns a, spur_ns b)
{
	return a > b ? a : b;
}

static enum spur_status read_samples(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count, struct reading *r,
				     struct spur_error *err)
{
	const struct spur_trace_want *w = r->w;
	spur_ns margin = (w->end_ns - w->begin_ns) / MARGIN + 1, lo = w->begin_ns - margin, hi = w->end_ns + margin;
	const spur_ns points[3] = { w->cursor_ns, w->a_ns, w->b_ns };

	for (size_t k = 0; k < 3; k++) {
		if (points[k] != SPUR_NS_MIN) {
			lo = least(lo, points[k] - margin);
			hi = most(hi, points[k] + 1);
		}
	}
	return spur_timeline_read(tl, refs, count, lo, hi, false, take_rows, r, r->task, err);
}

/* ---- out of stored intervals ---- */

struct levels {
	const struct spur_clock *clock;
	struct spur_trace *t;
	spur_ns longest_ns;
};

static enum spur_status take_intervals(void *state, const struct spur_interval *rows, size_t count, struct spur_error *err)
{
	struct levels *l = state;

	(void)err;
	for (size_t i = 0; i < count; i++) {
		spur_ns begin = spur_clock_to_drive(l->clock, rows[i].begin_ns), end = spur_clock_to_drive(l->clock, rows[i].end_ns);

		spur_decimation_interval(&l->t->view, begin, end, rows[i].min, rows[i].mean, rows[i].max);
		spur_range_stats_interval(&l->t->stats, rows[i].min, rows[i].mean, rows[i].max);
		l->longest_ns = most(l->longest_ns, end - begin);
	}
	return SPUR_OK;
}

static enum spur_status take_points(void *state, uint32_t source, uint32_t table, const size_t *positions,
				    struct spur_columns *rows, const spur_ns *time_ns, struct spur_error *err)
{
	const struct reading *r = state;

	(void)source;
	(void)table;
	(void)positions;
	(void)err;
	for (size_t i = 0; rows->count == 1 && i < rows->rows; i++)
		near_points(r, r->traces, time_ns[i], spur_column_f64(&rows->columns[0], i));
	return SPUR_OK;
}

/* SPUR_ENOTFOUND: of its samples, then. */
static enum spur_status read_intervals(struct spur_timeline *tl, struct spur_signal_ref ref, const struct reading *all, size_t i,
				       struct spur_error *err)
{
	const struct spur_trace_want *w = all->w;
	struct reading one = { w, &all->traces[i], all->task, 0, 0, NULL };
	struct levels l = { spur_timeline_clock(tl, ref.source), &all->traces[i], 0 };
	struct spur_levels want = { ref.id, (w->end_ns - w->begin_ns) / (spur_ns)w->columns, spur_clock_to_source(l.clock, w->begin_ns),
				    spur_clock_to_source(l.clock, w->end_ns), take_intervals, &l };
	enum spur_status st = spur_source_levels(spur_timeline_source(tl, ref.source), &want, all->task, err);

	if (st < 0 || w->cursor_ns == SPUR_NS_MIN)
		return st;
	return spur_timeline_read(tl, &ref, 1, w->cursor_ns - 2 * l.longest_ns, w->cursor_ns + 2 * l.longest_ns, false, take_points, &one,
				  all->task, err);
}

/* The samples of those that are not made of intervals. */
static enum spur_status read_others(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count, struct reading *r,
				    struct spur_error *err)
{
	struct spur_signal_ref *rest = spur_calloc(count, sizeof(*rest));
	size_t *at = spur_calloc(count, sizeof(*at)), n = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < count; i++) {
		if (r->traces[i].reduced)
			continue;
		at[n] = i;
		rest[n++] = refs[i];
	}
	r->at = at;
	if (n > 0)
		st = read_samples(tl, rest, n, r, err);
	free(at);
	free(rest);
	return st;
}

enum spur_status spur_traces_read(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count,
				  const struct spur_trace_want *w, struct spur_trace *traces, struct spur_task *task,
				  struct spur_error *err)
{
	bool a = w->a_ns != SPUR_NS_MIN, b = w->b_ns != SPUR_NS_MIN;
	struct reading r = { w, traces, task, a && b ? least(w->a_ns, w->b_ns) : w->begin_ns, a && b ? most(w->a_ns, w->b_ns) : w->end_ns, NULL };
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct spur_error why;
		enum spur_status st;

		if (!traces[i].reduced)
			continue;
		st = a || b ? spur_fail(&why, SPUR_ENOTFOUND, "statistics between marks are those of samples") : read_intervals(tl, refs[i], &r, i, &why);
		if (st == SPUR_ECANCELLED || st == SPUR_ENOMEM) {
			if (err != NULL)
				*err = why;
			return st;
		}
		traces[i].reduced = st >= 0;
		if (st < 0)
			snprintf(traces[i].why, sizeof(traces[i].why), "%s", why.text);
		any |= traces[i].reduced;
	}
	return any ? read_others(tl, refs, count, &r, err) : read_samples(tl, refs, count, &r, err);
}

/* ---- which ones to begin with ---- */

#define UNIT_SCORE 10
#define WORD_SCORE 2

void spur_default_traces_init(struct spur_default_traces *d)
{
	for (size_t k = 0; k < SPUR_DEFAULT_TRACES; k++) {
		d->signal[k] = SIZE_MAX;
		d->score[k] = 0;
	}
}

/* How well a signal tells what kind of drive it is. */
static int telling(const char *name, const char *unit, const char *const *units, const char *const *words,
		   const char *const *alone)
{
	int score = 0;

	for (size_t i = 0; unit[0] == '\0' && alone[i] != NULL; i++)
		score += strcasestr(name, alone[i]) != NULL;

	for (size_t i = 0; units[i] != NULL; i++)
		score += strcmp(unit, units[i]) == 0 ? UNIT_SCORE : 0;
	for (size_t i = 0; score >= UNIT_SCORE && words[i] != NULL; i++)
		score += strcasestr(name, words[i]) != NULL ? WORD_SCORE : 0;
	return score;
}

void spur_default_traces_offer(struct spur_default_traces *d, size_t signal, const char *name, const char *unit)
{
	static const char *const units[SPUR_DEFAULT_TRACES][5] = {
		{ "km/h", "m/s", "kph", "mph", NULL }, { "m/s^2", "m/s2", "m/s\xc2\xb2", NULL },
	};
	static const char *const words[SPUR_DEFAULT_TRACES][4] = {
		{ "veh", "speed", "spd", NULL }, { "long", "acc", "linear_acceleration.x", NULL },
	};

	/* Fields of messages have no unit. */
	static const char *const alone[SPUR_DEFAULT_TRACES][4] = {
		{ "speed", "linear_velocity.x", "twist.linear.x", NULL }, { "linear_acceleration.x", "accel.linear.x", "long_acc", NULL },
	};

	for (size_t k = 0; k < SPUR_DEFAULT_TRACES; k++) {
		int score = telling(name, unit, units[k], words[k], alone[k]);

		if (score > d->score[k]) {
			d->score[k] = score;
			d->signal[k] = signal;
		}
	}
}
