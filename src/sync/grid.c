/* The grid of a drive, block by block: see "Grid" in timeline.h. */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "sync/collect.h"
#include "sync/timeline.h"

#define DEFAULT_MEM (UINT64_C(64) << 20)
#define UNKNOWN_RATE_HZ 1000.0	/* of a signal that does not say its number of rows */

struct gridding {
	struct spur_timeline *tl;
	const struct spur_grid_spec *g;
	struct spur_collector c;
	uint64_t block;			/* points per block; halved when samples come denser than thought */
	spur_ns halo_ns;
	double **values;
	int32_t **codes;
};

static spur_ns max_gap(const struct spur_grid_signal *s)
{
	return s->max_gap_ns > 0 ? s->max_gap_ns : SPUR_RESAMPLE_GAP_NS;
}

/* Samples per second of a signal, for the length of blocks only. */
static double rate_of(struct spur_timeline *tl, const struct spur_grid_signal *s)
{
	const struct spur_source_signal *sig = spur_timeline_signal(tl, s->ref);
	spur_ns b, e;

	if (sig->rows == UINT64_MAX ||
	    spur_source_span(spur_timeline_source(tl, s->ref.source), &b, &e, NULL, NULL) != SPUR_OK || e <= b)
		return UNKNOWN_RATE_HZ;
	return (double)sig->rows / ((double)(e - b) / 1e9);
}

static uint64_t block_points(struct spur_timeline *tl, const struct spur_grid_spec *g, uint64_t mem_bytes)
{
	double per_s = 0, grid_hz = 1e9 / (double)g->step_ns, points;

	for (size_t i = 0; i < g->count; i++)
		per_s += 20 * (rate_of(tl, &g->signals[i]) + grid_hz);
	points = (double)mem_bytes / 2 / (per_s > 1 ? per_s : 1) * grid_hz;
	return points < 1 ? 1 : points < (double)g->points ? (uint64_t)points : g->points;
}

static void make_rows(struct gridding *w)
{
	for (size_t i = 0; i < w->g->count; i++) {
		w->values[i] = spur_calloc(w->block, sizeof(double));
		if (w->g->signals[i].words != NULL)
			w->codes[i] = spur_calloc(w->block, sizeof(int32_t));
	}
}

static void start(struct gridding *w, struct spur_timeline *tl, const struct spur_grid_spec *g)
{
	uint64_t mem = g->mem_bytes == 0 ? DEFAULT_MEM : g->mem_bytes;

	*w = (struct gridding){ .tl = tl, .g = g };
	spur_collector_init(&w->c, g->count, mem);
	for (size_t i = 0; i < g->count; i++) {
		w->c.of[i].ref = g->signals[i].ref;
		w->c.of[i].words = g->signals[i].words;
		if (max_gap(&g->signals[i]) > w->halo_ns)
			w->halo_ns = max_gap(&g->signals[i]);
	}
	w->block = block_points(tl, g, mem);
	w->values = spur_calloc(g->count, sizeof(*w->values));
	w->codes = spur_calloc(g->count, sizeof(*w->codes));
	make_rows(w);
}

static void finish(struct gridding *w)
{
	for (size_t i = 0; i < w->g->count; i++) {
		free(w->values[i]);
		free(w->codes[i]);
	}
	free(w->values);
	free(w->codes);
	spur_collector_finish(&w->c);
}

/* Collect what the points [first, first + *n) need; fewer points when it is too much. */
static enum spur_status collect(struct gridding *w, uint64_t first, size_t *n, struct spur_task *task,
				struct spur_error *err)
{
	spur_ns begin = w->g->begin_ns + (spur_ns)first * w->g->step_ns;
	enum spur_status st;

	do {
		*n = (size_t)(w->g->points - first < w->block ? w->g->points - first : w->block);
		st = spur_collector_fill(&w->c, w->tl, begin - w->halo_ns,
					 begin + (spur_ns)(*n - 1) * w->g->step_ns + w->halo_ns + 1, task, err);
	} while (st == SPUR_ENOMEM && w->block > 1 && (w->block /= 2) > 0);
	return st;
}

static enum spur_status put(struct gridding *w, uint64_t first, size_t n, spur_grid_sink *sink, void *state,
			    struct spur_error *err)
{
	struct spur_grid_block b = {
		.first = first, .rows = n, .begin_ns = w->g->begin_ns + (spur_ns)first * w->g->step_ns,
		.step_ns = w->g->step_ns, .values = (const double *const *)w->values,
		.codes = (const int32_t *const *)w->codes,
	};

	for (size_t i = 0; i < w->g->count; i++) {
		struct spur_series s = spur_collector_series(&w->c, i);

		spur_resample_grid(&s, w->g->signals[i].method, max_gap(&w->g->signals[i]), b.begin_ns, b.step_ns, n,
				   w->values[i], w->codes[i]);
	}
	return sink(state, &b, err);
}

enum spur_status spur_timeline_grid(struct spur_timeline *tl, const struct spur_grid_spec *grid, spur_grid_sink *sink,
				    void *state, struct spur_task *task, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	struct gridding w;
	size_t n = 0;

	if (grid->step_ns <= 0)
		return spur_fail(err, SPUR_EINVAL, "the step of a grid is more than 0 ns");
	start(&w, tl, grid);
	for (uint64_t at = 0; at < grid->points && st == SPUR_OK; at += n) {
		if (spur_task_cancelled(task)) {
			st = spur_fail(err, SPUR_ECANCELLED, "reading the drive");
			break;
		}
		if ((st = collect(&w, at, &n, task, err)) == SPUR_OK)
			st = put(&w, at, n, sink, state, err);
	}
	finish(&w);
	return st < 0 ? st : SPUR_OK;
}

uint64_t spur_grid_points(spur_ns begin_ns, spur_ns end_ns, spur_ns step_ns, spur_ns *first_ns)
{
	spur_ns over = begin_ns % step_ns;

	if (over < 0)
		over += step_ns;
	*first_ns = over == 0 ? begin_ns : begin_ns + (step_ns - over);
	return *first_ns < end_ns ? (uint64_t)(end_ns - 1 - *first_ns) / (uint64_t)step_ns + 1 : 0;
}

enum spur_resample spur_resample_for(const struct spur_source_signal *s)
{
	return s->type == SPUR_TYPE_F32 || s->type == SPUR_TYPE_F64 ? SPUR_RESAMPLE_LINEAR : SPUR_RESAMPLE_ZOH;
}

struct moment {
	size_t count;
	double *values;
	int32_t *codes;
};

static enum spur_status keep(void *state, const struct spur_grid_block *b, struct spur_error *err)
{
	struct moment *m = state;

	(void)err;
	for (size_t i = 0; i < m->count; i++) {
		m->values[i] = b->values[i][0];
		if (m->codes != NULL)
			m->codes[i] = b->codes[i] == NULL ? SPUR_WORD_NONE : b->codes[i][0];
	}
	return SPUR_OK;
}

enum spur_status spur_timeline_at(struct spur_timeline *tl, const struct spur_grid_signal *signals, size_t count,
				  spur_ns t_ns, double *values, int32_t *codes, struct spur_task *task,
				  struct spur_error *err)
{
	struct spur_grid_spec g = { .begin_ns = t_ns, .step_ns = 1, .points = 1, .signals = signals, .count = count };
	struct moment m = { count, values, codes };

	return spur_timeline_grid(tl, &g, keep, &m, task, err);
}
