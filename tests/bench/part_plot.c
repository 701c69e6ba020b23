/* What a plot costs: samples to pixel columns, the picture, and the move of a cursor over a file. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bound.h"
#include "demo/rng.h"
#include "plot/decimate.h"
#include "plot/scene.h"
#include "sync/timeline.h"
#include "sync/traces.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { WIDTH = 1920, HEIGHT = 1080, TRACES = 8, COLUMNS = 1600 };

/* ---- samples to columns */

struct series {
	size_t n;
	spur_ns *t;
	double *v;
};

static void write_columns(struct bench_results *out, uint64_t n, const double *min, const double *max, size_t columns)
{
	double low = 0, high = 0;

	for (size_t i = 0; i < columns; i++) {
		low += min[i];
		high += max[i];
	}
	bench_results_add(out, "columns\t=%llu\t%.17g\t%.17g", (unsigned long long)n, low, high);
}

static enum spur_status decimate_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out,
				       struct spur_error *err)
{
	const struct series *s = state;
	struct spur_decimation d;
	double min[COLUMNS], max[COLUMNS];
	uint64_t from = bench_clock();

	(void)threads;
	(void)err;
	spur_decimation_init(&d, s->t[0], s->t[s->n - 1] + 1, COLUMNS);
	spur_decimation_run(&d, s->t, s->v, s->n);
	*ns = bench_clock() - from;
	for (size_t i = 0; i < COLUMNS; i++) {
		min[i] = d.bins[i].min;
		max[i] = d.bins[i].max;
	}
	write_columns(out, d.count, min, max, COLUMNS);
	spur_decimation_finish(&d);
	return SPUR_OK;
}

/* Even stamps: a column is a run of samples. Both arrays are gone over once. */
static enum spur_status columns_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct series *s = state;
	double min[COLUMNS], max[COLUMNS];
	uint64_t from = bench_clock();
	spur_ns span = s->t[s->n - 1] + 1 - s->t[0];
	uint64_t n = 0;
	size_t i = 0;

	(void)threads;
	(void)err;
	for (size_t c = 0; c < COLUMNS; c++) {
		spur_ns end = s->t[0] + (spur_ns)((double)span * (double)(c + 1) / COLUMNS);
		size_t first = i, last = c + 1 == COLUMNS ? s->n : (size_t)((double)s->n * (double)(c + 1) / COLUMNS);
		struct bench_stats x;

		while (last > first && s->t[last - 1] >= end)
			last--;
		while (last < s->n && (double)(s->t[last] - s->t[0]) * COLUMNS / (double)span < (double)(c + 1))
			last++;
		bench_stats_init(&x);
		bench_stats_add(&x, SPUR_TYPE_F64, s->v + first, last - first, 1, 0);
		min[c] = x.min;
		max[c] = x.max;
		n += x.n;
		i = last;
	}
	*ns = bench_clock() - from;
	write_columns(out, n, min, max, COLUMNS);
	return SPUR_OK;
}

static void make_series(struct series *s, size_t n)
{
	struct spur_demo_rng r = spur_demo_rng_of(20250103, 0, 0);
	double v = 50;

	*s = (struct series){ n, spur_malloc(n * sizeof(*s->t)), spur_malloc(n * sizeof(*s->v)) };
	for (size_t i = 0; i < n; i++) {
		v += 0.1 * spur_demo_noise(&r) + (50 - v) * 1e-5;
		s->t[i] = BENCH_START_NS + (spur_ns)i * 100000;
		s->v[i] = v;
	}
}

static void run_decimate(struct bench *b)
{
	struct series s;
	char *title;
	struct bench_case c = { .threads = { 1 }, .spur = decimate_round, .spur_state = &s, .bound = columns_round, .bound_state = &s };

	make_series(&s, bench_sizes(b)->plot_samples);
	title = spur_strfmt("%zu k samples to %d px", s.n / 1000, COLUMNS);
	c.name = title;
	bench_case_run(b, &c);
	free(title);
	free(s.t);
	free(s.v);
}

/* ---- the picture */

struct picture {
	struct spur_decimation views[TRACES];
};

static struct spur_scene scene_of(const struct picture *p, struct spur_scene_trace *traces)
{
	for (int i = 0; i < TRACES; i++)
		traces[i] = (struct spur_scene_trace){ .name = "trace", .unit = "V", .view = &p->views[i], .at_cursor = 1,
						       .at_a = (double)NAN, .at_b = (double)NAN };
	return (struct spur_scene){
		.width = WIDTH, .height = HEIGHT, .scale = 1, .title = "bench", .begin_ns = p->views[0].begin_ns,
		.end_ns = p->views[0].end_ns, .base_ns = p->views[0].begin_ns, .style = SPUR_TIME_REL, .cursor_ns = p->views[0].begin_ns,
		.a_ns = SPUR_NS_MIN, .b_ns = SPUR_NS_MIN, .trace_count = TRACES, .traces = traces, .current = 0,
	};
}

static enum spur_status draw_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct picture *p = state;
	struct spur_scene_trace traces[TRACES];
	struct spur_scene s = scene_of(p, traces);
	struct spur_pixels px = { 0 };
	uint64_t from = bench_clock();
	enum spur_status st = spur_scene_draw(&s, &px, err);

	(void)threads;
	*ns = bench_clock() - from;
	bench_results_add(out, "pixels\t=%d\t=%d", px.width, px.height);
	spur_pixels_finish(&px);
	return st;
}

/* The background, and for each trace and column the run of pixels from minimum to maximum. */
static enum spur_status strokes_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct picture *p = state;
	uint64_t from = bench_clock();
	unsigned char *rgb = spur_malloc((size_t)WIDTH * HEIGHT * 3);
	int high = HEIGHT / TRACES;

	(void)threads;
	(void)err;
	memset(rgb, 16, (size_t)WIDTH * HEIGHT * 3);
	for (int k = 0; k < TRACES; k++) {
		const struct spur_decimation *d = &p->views[k];

		for (size_t x = 0; x < d->columns && x < WIDTH; x++) {
			int a = (int)((d->bins[x].min - d->min) / (d->max - d->min) * (high - 1));
			int z = (int)((d->bins[x].max - d->min) / (d->max - d->min) * (high - 1));

			for (int y = a; y <= z; y++)
				memset(rgb + ((size_t)(k * high + high - 1 - y) * WIDTH + x) * 3, 200, 3);
		}
	}
	*ns = bench_clock() - from;
	bench_results_add(out, "pixels\t=%d\t=%d", WIDTH, (int)(rgb[0] > 0) * HEIGHT);
	free(rgb);
	return SPUR_OK;
}

static void run_picture(struct bench *b)
{
	struct picture p;
	struct spur_scene_trace traces[TRACES];
	struct series s;
	struct bench_case c = { .name = "8 traces at 1920x1080", .threads = { 1 }, .spur = draw_round, .spur_state = &p,
				.bound = strokes_round, .bound_state = &p };

	make_series(&s, 200000);
	for (int i = 0; i < TRACES; i++)
		spur_decimation_init(&p.views[i], s.t[0], s.t[s.n - 1] + 1, WIDTH);
	struct spur_scene shape = scene_of(&p, traces);
	struct spur_scene_area area = spur_scene_area(&shape);

	for (int i = 0; i < TRACES; i++) {
		spur_decimation_finish(&p.views[i]);
		spur_decimation_init(&p.views[i], s.t[0], s.t[s.n - 1] + 1, (size_t)area.width);
		spur_decimation_run(&p.views[i], s.t, s.v, s.n);
	}
	bench_case_run(b, &c);
	for (int i = 0; i < TRACES; i++)
		spur_decimation_finish(&p.views[i]);
	free(s.t);
	free(s.v);
}

/* ---- the cursor moves: what is visible is read again */

struct move {
	const char *path;
	struct spur_timeline *tl;
	struct spur_signal_ref refs[TRACES];
	struct spur_trace_want want;
};

static enum spur_status move_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct move *m = state;
	struct spur_trace traces[TRACES];
	uint64_t from = bench_clock();
	enum spur_status st;

	(void)threads;
	for (int i = 0; i < TRACES; i++)
		spur_trace_init(&traces[i], &m->want);
	st = spur_traces_read(m->tl, m->refs, TRACES, &m->want, traces, NULL, err);
	*ns = bench_clock() - from;
	for (int i = 0; i < TRACES; i++) {
		char name[32];

		bench_mdf_name(0, (unsigned)i, name);
		bench_results_add(out, "%s\t=%llu\t%.17g\t%.17g", name, (unsigned long long)traces[i].view.count, traces[i].view.min,
				  traces[i].view.max);
		spur_trace_finish(&traces[i]);
	}
	return st;
}

struct visible {
	struct bench_mdf_bound bound;
};

static enum spur_status visible_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	struct visible *v = state;
	struct bench_results all = { 0 };
	enum spur_status st = bench_mdf_bound_round(&v->bound, threads, ns, &all, err);
	char *rest = all.text.data, *line;

	/* The same lines without the sum. */
	while (st == SPUR_OK && rest != NULL && (line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		*strrchr(line, '\t') = '\0';
		bench_results_add(out, "%s", line);
	}
	spur_buf_finish(&all.text);
	return st;
}

static enum spur_status open_move(struct move *m, struct spur_error *err)
{
	struct spur_timeline_member member = { .path = m->path };
	struct spur_source_opts o = { .threads = 1 };
	enum spur_status st = spur_timeline_open(&member, 1, &o, &m->tl, err);

	for (int i = 0; st >= 0 && i < TRACES; i++) {
		char name[32];

		bench_mdf_name(0, (unsigned)i, name);
		st = spur_timeline_find(m->tl, name, &m->refs[i], err);
	}
	return st;
}

/* The blocks from the first visible row to the last one; the layout has no channels behind the eighth. */
static void bound_of(const struct bench_sizes *z, const char *path, unsigned first, unsigned rows, struct visible *v,
		     struct bench_mdf_layout *l, struct spur_error *err)
{
	struct bench_extents all;
	uint64_t row = 0, before = UINT64_MAX;

	bench_mdf_layout(z, "long", "smooth", l);
	*v = (struct visible){ { path, l, { 0 }, -1, 0, rows } };
	if (bench_mdf_blocks(path, &all, err) < 0)
		return;
	for (size_t i = 0; i < all.count; i++) {
		uint64_t n = all.v[i].unpacked / l->record_bytes;

		if (row < first + rows && row + n > first) {
			before = before == UINT64_MAX ? row : before;
			bench_extents_add(&v->bound.blocks, all.v[i]);
		}
		row += n;
	}
	v->bound.first_row = first - (unsigned)before;
	l->count = TRACES < l->count ? TRACES : l->count;
	free(all.v);
}

static void run_move(struct bench *b, const char *packing)
{
	const struct bench_sizes *z = bench_sizes(b);
	unsigned rows = z->long_rows / 60, first = z->long_rows / 2;
	char *path = bench_mdf(b, "long", "smooth", packing), *title = spur_strfmt("cursor move %s", packing);
	struct move m = { .path = path };
	struct bench_mdf_layout l = { 0 };
	struct visible v = { 0 };
	struct bench_case c = { .name = title, .path = path, .threads = { 1 }, .spur = move_round, .spur_state = &m,
				.bound = visible_round, .bound_state = &v };
	struct spur_error err = { 0 };

	if (z->long_channels <= TRACES || path == NULL || open_move(&m, &err) < 0) {
		bench_note(b, "%s: left out; %s", title, err.text);
	} else {
		bound_of(z, path, first, rows, &v, &l, &err);
		m.want = (struct spur_trace_want){
			.begin_ns = BENCH_START_NS + (spur_ns)first * 1000000 - 500000, .columns = COLUMNS,
			.cursor_ns = BENCH_START_NS + (spur_ns)(first + rows / 3) * 1000000, .a_ns = SPUR_NS_MIN, .b_ns = SPUR_NS_MIN,
		};
		m.want.end_ns = m.want.begin_ns + (spur_ns)rows * 1000000;
		bench_case_run(b, &c);
	}
	spur_timeline_close(m.tl);
	free(v.bound.blocks.v);
	free(l.channels);
	free(title);
	free(path);
}

static void run(struct bench *b)
{
	run_decimate(b);
	run_picture(b);
	for (size_t k = 0; k < 3; k++)
		run_move(b, bench_packings[k]);
	bench_note(b, "cursor move: 8 traces, a sixtieth of the file visible; no peer draws the same");
}

const struct bench_part bench_part_plot = { "plot", "samples to columns, the picture, the cursor", run };
