#include "config.h"

#include "sync/traces.h"

#include <math.h>
#include <string.h>

#define TILE 512u
#define MARGIN 20	/* the part of the range that is read beside it, so that lines enter and leave */

struct reading {
	const struct spur_trace_want *w;
	struct spur_trace *traces;
	struct spur_task *task;
	spur_ns stats_begin_ns, stats_end_ns;
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
		add_samples(r, &r->traces[positions[c]], &rows->columns[c], time_ns);
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

enum spur_status spur_traces_read(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count,
				  const struct spur_trace_want *w, struct spur_trace *traces, struct spur_task *task,
				  struct spur_error *err)
{
	bool marks = w->a_ns != SPUR_NS_MIN && w->b_ns != SPUR_NS_MIN;
	struct reading r = { w, traces, task, marks ? least(w->a_ns, w->b_ns) : w->begin_ns,
			     marks ? most(w->a_ns, w->b_ns) : w->end_ns };
	spur_ns margin = (w->end_ns - w->begin_ns) / MARGIN + 1, lo = w->begin_ns - margin, hi = w->end_ns + margin;
	const spur_ns points[3] = { w->cursor_ns, w->a_ns, w->b_ns };

	for (size_t k = 0; k < 3; k++) {
		if (points[k] != SPUR_NS_MIN) {
			lo = least(lo, points[k] - margin);
			hi = most(hi, points[k] + 1);
		}
	}
	return spur_timeline_read(tl, refs, count, lo, hi, false, take_rows, &r, task, err);
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
