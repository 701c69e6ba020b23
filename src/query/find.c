#include "config.h"

#include "query/find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "query/eval.h"

#define DEFAULT_STEP_NS (SPUR_NS_PER_S / 100)

struct sums {
	double min, max, sum;
	size_t n;
};

struct finding {
	const struct spur_query *q;
	const struct spur_query_signal *signals;
	size_t count;
	struct spur_grid_signal *grid;	/* owned, as the rest */
	double *factor, *offset;
	double **converted;
	const double **values;
	size_t converted_cap;
	struct spur_eval *eval;
	spur_ns first_ns, step_ns;
	/* the run that is open */
	bool open;
	uint64_t begin, end;
	uint64_t good;
	double best;
	struct sums *sums;
	struct spur_evidence *evidence;
	const char **units;
	spur_find_sink *sink;
	spur_values_sink *values_sink;
	void *state;
};

/* ---- binding names to signals */

static enum spur_status bind_unit(struct finding *f, struct spur_timeline *tl, size_t i, struct spur_error *err)
{
	const struct spur_source_signal *s = spur_timeline_signal(tl, f->grid[i].ref);
	const char *wanted = f->signals[i].unit;

	f->factor[i] = 1;
	f->units[i] = *wanted == '\0' ? s->unit : wanted;
	if (f->signals[i].words == NULL && !spur_type_is_number(s->type))
		return spur_fail(err, SPUR_EINVAL, "%s is %s, not a number: compare it, %s == \"...\"", s->name, spur_type_name(s->type),
				 f->signals[i].name);
	if (*wanted != '\0' && !spur_unit_convert(s->unit, wanted, &f->factor[i], &f->offset[i]))
		return spur_fail(err, SPUR_EINVAL, "%s is in '%s', which is not known to convert to '%s'", s->name, s->unit, wanted);
	return SPUR_OK;
}

static enum spur_status bind(struct finding *f, struct spur_timeline *tl, const struct spur_find_opts *o, struct spur_error *err)
{
	for (size_t i = 0; i < f->count; i++) {
		enum spur_status st = spur_timeline_find(tl, f->signals[i].name, &f->grid[i].ref, err);
		const struct spur_source_signal *s;

		if (st < 0)
			return st;
		s = spur_timeline_signal(tl, f->grid[i].ref);
		if (!s->time)
			return spur_fail(err, SPUR_EINVAL, "%s has no time axis: it cannot be searched", s->name);
		f->grid[i].method = f->signals[i].words != NULL ? SPUR_RESAMPLE_ZOH : spur_resample_for(s);
		f->grid[i].max_gap_ns = o->max_gap_ns;
		f->grid[i].words = f->signals[i].words;
		if ((st = bind_unit(f, tl, i, err)) < 0)
			return st;
	}
	return SPUR_OK;
}

static void start(struct finding *f, const struct spur_query *q)
{
	*f = (struct finding){ .q = q };
	f->signals = spur_query_signals(q, &f->count);
	f->grid = spur_calloc(f->count, sizeof(*f->grid));
	f->factor = spur_calloc(f->count, sizeof(*f->factor));
	f->offset = spur_calloc(f->count, sizeof(*f->offset));
	f->converted = spur_calloc(f->count, sizeof(*f->converted));
	f->values = spur_calloc(f->count, sizeof(*f->values));
	f->sums = spur_calloc(f->count, sizeof(*f->sums));
	f->evidence = spur_calloc(f->count, sizeof(*f->evidence));
	f->units = spur_calloc(f->count, sizeof(*f->units));
}

static void finish(struct finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->converted[i]);
	spur_eval_destroy(f->eval);
	free(f->grid);
	free(f->factor);
	free(f->offset);
	free(f->converted);
	free(f->values);
	free(f->sums);
	free(f->evidence);
	free(f->units);
}

/* ---- runs of truth to candidates */

static void open_run(struct finding *f, uint64_t at)
{
	f->open = true;
	f->begin = at;
	f->good = 0;
	f->best = NAN;
	memset(f->sums, 0, f->count * sizeof(*f->sums));
}

static void add_point(struct finding *f, const struct spur_eval_rows *r, size_t row)
{
	bool good = r->plain[row] == 1;

	f->end = r->first + row + 1;
	for (size_t i = 0; i < f->count; i++) {
		double v = r->signals[i][row];
		struct sums *s = &f->sums[i];

		good &= !isnan(v);
		if (isnan(v) || f->signals[i].words != NULL)
			continue;
		s->min = s->n == 0 || v < s->min ? v : s->min;
		s->max = s->n == 0 || v > s->max ? v : s->max;
		s->sum += v;
		s->n++;
	}
	f->good += good;
	if (r->score != NULL && !isnan(r->score[row]) && !(r->score[row] <= f->best))
		f->best = r->score[row];
}

static enum spur_status close_run(struct finding *f, struct spur_error *err)
{
	struct spur_candidate c = { .begin_ns = f->first_ns + (spur_ns)f->begin * f->step_ns,
				    .end_ns = f->first_ns + (spur_ns)f->end * f->step_ns, .evidence = f->evidence };

	f->open = false;
	for (size_t i = 0; i < f->count; i++) {
		const struct sums *s = &f->sums[i];

		if (f->signals[i].words != NULL)
			continue;
		f->evidence[c.evidence_count++] = (struct spur_evidence){
			f->signals[i].label, f->units[i], s->n > 0 ? s->min : NAN, s->n > 0 ? s->max : NAN,
			s->n > 0 ? s->sum / (double)s->n : NAN, s->n,
		};
	}
	c.score = spur_query_has_score(f->q) ? f->best : (double)f->good / (double)(f->end - f->begin);
	return f->sink(f->state, &c, err);
}

static enum spur_status see(void *state, const struct spur_eval_rows *r, struct spur_error *err)
{
	struct finding *f = state;
	enum spur_status st = SPUR_OK;

	if (f->values_sink != NULL)
		return f->values_sink(f->state, f->first_ns + (spur_ns)r->first * f->step_ns, f->step_ns, r->rows, r->values, err);
	for (size_t i = 0; i < r->rows && st == SPUR_OK; i++) {
		bool on = r->values[i] == 1;

		if (on && !f->open)
			open_run(f, r->first + i);
		if (on)
			add_point(f, r, i);
		else if (f->open)
			st = close_run(f, err);
	}
	return st;
}

/* ---- the grid into the evaluator */

static void convert(struct finding *f, const struct spur_grid_block *b, size_t i)
{
	f->values[i] = b->values[i];
	if (f->factor[i] == 1 && f->offset[i] == 0)
		return;
	if (b->rows > f->converted_cap)
		f->converted[i] = spur_realloc(f->converted[i], b->rows, sizeof(double));
	for (size_t r = 0; r < b->rows; r++)
		f->converted[i][r] = b->values[i][r] * f->factor[i] + f->offset[i];
	f->values[i] = f->converted[i];
}

static enum spur_status push(void *state, const struct spur_grid_block *b, struct spur_error *err)
{
	struct finding *f = state;

	for (size_t i = 0; i < f->count; i++)
		convert(f, b, i);
	f->converted_cap = b->rows > f->converted_cap ? b->rows : f->converted_cap;
	return spur_eval_push(f->eval, b->rows, f->values, b->codes, err);
}

static enum spur_status span_of(struct spur_timeline *tl, const struct spur_find_opts *o, struct spur_grid_spec *g, spur_ns step_ns,
				struct spur_task *task, struct spur_error *err)
{
	spur_ns begin = o->begin_ns, end = o->end_ns;
	enum spur_status st = SPUR_OK;

	if (begin == 0 && end == 0)
		st = spur_timeline_span(tl, &begin, &end, task, err);
	if (st < 0)
		return st;
	g->step_ns = step_ns;
	g->points = spur_grid_points(begin, end, step_ns, &g->begin_ns);
	return SPUR_OK;
}

static enum spur_status run(struct finding *f, struct spur_timeline *tl, const struct spur_find_opts *o,
			    struct spur_task *task, struct spur_error *err)
{
	struct spur_grid_spec g = { .signals = f->grid, .count = f->count, .mem_bytes = o->mem_bytes };
	struct spur_eval_opts eo = { .gap_ns = o->gap_ns, .min_ns = o->min_ns };
	enum spur_status st;

	f->step_ns = eo.step_ns = o->step_ns > 0 ? o->step_ns : DEFAULT_STEP_NS;
	if ((st = bind(f, tl, o, err)) < 0 || (st = spur_eval_create(f->q, &eo, see, f, &f->eval, err)) < 0 ||
	    (st = span_of(tl, o, &g, f->step_ns, task, err)) < 0)
		return st;
	f->first_ns = g.begin_ns;
	if ((st = spur_timeline_grid(tl, &g, push, f, task, err)) < 0 || (st = spur_eval_end(f->eval, err)) < 0)
		return st;
	return f->open ? close_run(f, err) : SPUR_OK;
}

enum spur_status spur_query_find(const struct spur_query *q, struct spur_timeline *tl, const struct spur_find_opts *o,
				 spur_find_sink *sink, void *state, struct spur_task *task, struct spur_error *err)
{
	struct finding f;
	enum spur_status st;

	if (!spur_query_is_predicate(q))
		return spur_fail(err, SPUR_EINVAL, "the query is a number, not true or false: compare it with something");
	start(&f, q);
	f.sink = sink;
	f.state = state;
	st = run(&f, tl, o, task, err);
	finish(&f);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status spur_query_values(const struct spur_query *q, struct spur_timeline *tl, const struct spur_find_opts *o,
				   spur_values_sink *sink, void *state, struct spur_task *task, struct spur_error *err)
{
	struct finding f;
	enum spur_status st;

	start(&f, q);
	f.values_sink = sink;
	f.state = state;
	st = run(&f, tl, o, task, err);
	finish(&f);
	return st < 0 ? st : SPUR_OK;
}
