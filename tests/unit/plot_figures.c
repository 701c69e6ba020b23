#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plot/axis.h"
#include "plot/braille.h"
#include "plot/decimate.h"
#include "plot/play.h"
#include "plot/view.h"
#include "tests/golden.h"

/* What an axis, a decimation, a line of dots, a move and a playback are, for many of each: tests/golden/plot_*.txt. */
#define S SPUR_NS_PER_S

static const size_t mosts[] = { 0, 1, 2, 3, 5, 8, 12, 16, 40 };
#define MOSTS (sizeof(mosts) / sizeof(mosts[0]))

static void tell_ticks(struct spur_buf *b, const struct spur_ticks *t)
{
	for (size_t i = 0; i < t->count; i++)
		spur_buf_addf(b, " %s@%.9g", t->ticks[i].label, t->ticks[i].at);
	spur_buf_addc(b, '\n');
}

static void value_axes(struct spur_buf *b)
{
	static const double ranges[][2] = {
		{ 0, 1 }, { 0, 10 }, { 0, 12 }, { -1, 1 }, { -5, 5 }, { 0.3, 0.7 }, { 1e-9, 3e-9 }, { -273.15, 1000 }, { 1e9, 3.5e9 }, { 2, 2 },
		{ 5, 4 }, { NAN, 1 }, { 0, NAN }, { 0, INFINITY }, { -1.7e308, 1.7e308 }, { 1e6 + 0.001, 1e6 + 0.009 }, { 1e15, 1e15 + 1 },
		{ 1e15, 1e15 + 0.25 }, { 4.9e-324, 1.5e-323 }, { -1e-300, 1e-300 }, { 99.99, 100.01 }, { -7, -3 }, { 0, 255 }, { 0, 65535 },
		{ -32768, 32767 }, { 0.5, 1.5 }, { 1, 2 }, { 1, 5 }, { 1, 6 }, { 2, 20 }, { 0.1, 0.2 }, { -0.05, 0.05 }, { 123456.5, 123457.5 },
	};
	struct spur_ticks t;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		double lo = ranges[i][0], hi = ranges[i][1];

		for (size_t k = 0; k < MOSTS; k++) {
			spur_ticks_value(&t, lo, hi, mosts[k]);
			spur_buf_addf(b, "[%.9g %.9g] %zu:", lo, hi, mosts[k]);
			tell_ticks(b, &t);
		}
		spur_axis_pad(&lo, &hi);
		spur_buf_addf(b, "padded %.9g %.9g\n", lo, hi);
	}
}

static void time_axes(struct spur_buf *b)
{
	static const int64_t widths[] = { 1, 2, 3, 9, 10, 50, 999, 1000, 1001, 20000, 999999, 1000000, 5000000, 20000001, 100000000, 500000000,
		999999999, S, S + 1, 2 * S, 5 * S, 7 * S, 10 * S, 15 * S, 30 * S, 59 * S, 60 * S, 61 * S, 120 * S, 300 * S, 600 * S, 900 * S,
		1800 * S, 3599 * S, 3600 * S, 3601 * S, 7200 * S, 21600 * S, 86399 * S, 86400 * S, 86401 * S, 172800 * S, 864000 * S,
		8640000 * S, 86400000 * S, 4000000000 * S, INT64_MAX / 2, INT64_MAX - 1000 };
	static const int64_t begins[] = { 0, 7, -62 * S - 5, 3661 * S + 1000000, 86400 * S - 1 };
	struct spur_ticks t;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (size_t k = 1; k < 8; k++) {
			spur_ns begin = widths[i] > INT64_MAX / 4 ? 0 : begins[(i + k) % 5], base = (i + k) % 3 == 0 ? begin : 0;

			spur_ticks_time(&t, begin, begin + widths[i], base, mosts[k]);
			spur_buf_addf(b, "%lld+%lld from %lld, %zu:", (long long)begin, (long long)widths[i], (long long)base, mosts[k]);
			tell_ticks(b, &t);
		}
	}
	spur_ticks_time(&t, 5, 5, 0, 8);
	spur_buf_addf(b, "nothing: %zu", t.count);
	spur_ticks_time(&t, 0, 10, 0, 0);
	spur_buf_addf(b, " %zu\n", t.count);
}

static void numbers(struct spur_buf *b)
{
	static const double v[] = { 0, 1, -1, 0.1, 1.0 / 3, -2.0 / 3, 12.5, 1234.5678, 99999.95, 1234567, 12345678, 1e9, -1.5e-5, 1e100, 4.9e-324,
				    -1e-300, INFINITY, -INFINITY, NAN, 999999.5 };
	char text[32];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		spur_buf_addf(b, "%.9g:", v[i]);
		for (int width = 0; width < 12; width++)
			spur_buf_addf(b, " %s", spur_number_text(v[i], width, text));
		spur_buf_addc(b, '\n');
	}
}

static void axes_are_as_they_were(void)
{
	struct spur_buf b = { 0 };

	value_axes(&b);
	time_axes(&b);
	numbers(&b);
	golden_is("plot_axes", &b, NULL);
	spur_buf_finish(&b);
}

/* ---- decimations, and the dots of their lines ---- */

struct samples {
	const char *name;
	int count;
	spur_ns step, jitter;
	int back, nan, hole;	/* every so many: a step back, no value, a pause; 0: never */
};

static const struct samples kinds[] = {
	{ "none", 0, 1, 0, 0, 0, 0 }, { "one", 1, 500, 0, 0, 0, 0 }, { "sparse", 6, 211, 3, 0, 0, 0 }, { "even", 90, 20, 0, 0, 0, 0 },
	{ "dense", 1200, 1, 1, 0, 0, 0 }, { "back", 200, 9, 4, 7, 0, 0 }, { "holes", 150, 9, 2, 0, 13, 0 }, { "pauses", 140, 5, 2, 0, 0, 29 },
	{ "all", 300, 6, 9, 11, 17, 41 }, { "no value", 30, 40, 0, 0, 1, 0 }, { "fifteen", 15, 60, 0, 0, 0, 0 }, { "sixteen", 16, 60, 0, 0, 0, 7 },
};

static void feed(struct spur_decimation *d, const struct samples *k, uint64_t seed)
{
	spur_ns t = -150;
	double v = 0;

	for (int i = 0; i < k->count; i++) {
		t += k->step + (spur_ns)(golden_random(&seed) % (uint32_t)(k->jitter + 1));
		t += k->hole > 0 && i % k->hole == k->hole - 1 ? 190 : 0;
		t -= k->back > 0 && i % k->back == k->back - 1 ? 35 : 0;
		v += golden_random(&seed) % 41 - 20.0;
		spur_decimation_add(d, t, k->nan > 0 && i % k->nan == k->nan - 1 ? (double)NAN : v);
	}
}

static void tell_decimation(struct spur_buf *b, const struct spur_decimation *d)
{
	spur_ns gap = spur_decimation_gap_ns(d);

	spur_buf_addf(b, "n %llu gaps %llu [%.9g %.9g] before %lld %.9g after %lld %.9g gap %lld\n", (unsigned long long)d->count,
		      (unsigned long long)d->gaps, d->min, d->max, (long long)d->before_ns, d->before, (long long)d->after_ns, d->after,
		      (long long)gap);
	for (size_t i = 0; i < d->columns; i++) {
		const struct spur_bin *x = &d->bins[i];

		if (x->count > 0)
			spur_buf_addf(b, "%zu:%llu %.9g@%lld..%.9g@%lld [%.9g %.9g]", i, (unsigned long long)x->count, x->first,
				      (long long)x->first_ns, x->last, (long long)x->last_ns, x->min, x->max);
		if (x->hole_first_ns <= x->hole_last_ns)
			spur_buf_addf(b, " hole %lld..%lld", (long long)x->hole_first_ns, (long long)x->hole_last_ns);
		if (x->count > 0 || x->hole_first_ns <= x->hole_last_ns)
			spur_buf_addc(b, i % 3 == 2 ? '\n' : ' ');
	}
	spur_buf_adds(b, "\njoined");
	for (size_t from = 0, last = SIZE_MAX; from <= d->columns; from++) {
		bool there = from < d->columns ? d->bins[from].count > 0 : !isnan(d->after);

		if (there && (last != SIZE_MAX || !isnan(d->before)))
			spur_buf_addf(b, " %d%d%d", spur_decimation_joined(d, last, from, 0), spur_decimation_joined(d, last, from, gap),
				      spur_decimation_joined(d, last, from, 23));
		last = there ? from : last;
	}
	spur_buf_addc(b, '\n');
}

/* Braille, as the plot shows it. */
static void tell_dots(struct spur_buf *b, const struct spur_dots *d)
{
	for (size_t row = 0; row < d->rows; row++) {
		for (size_t col = 0; col < d->cols; col++) {
			unsigned c = d->cells[row * d->cols + col];

			spur_buf_addf(b, "\xe2%c%c", (int)(0xa0 | c >> 6), (int)(0x80 | (c & 63)));
		}
		spur_buf_addc(b, '\n');
	}
}

static void dots_of(struct spur_buf *b, const struct spur_decimation *d, size_t rows, double lo, double hi, spur_ns gap)
{
	struct spur_dots dots;

	spur_dots_init(&dots, d->columns / 2, rows);
	spur_dots_line(&dots, d, lo, hi, gap);
	tell_dots(b, &dots);
	spur_dots_finish(&dots);
}

static void columns_are_as_they_were(void)
{
	struct spur_buf b = { 0 };
	struct spur_decimation d;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (size_t columns = 1; columns < 80; columns = columns * 7 + 3) {
			spur_decimation_init(&d, 0, 900 + (spur_ns)columns, columns);
			feed(&d, &kinds[i], i + columns);
			spur_buf_addf(&b, "%s, %zu columns: ", kinds[i].name, columns);
			tell_decimation(&b, &d);
			if (columns > 1) {
				dots_of(&b, &d, 3, -60, 60, 0);
				dots_of(&b, &d, 1 + i % 3, -20, 30 + (double)i, spur_decimation_gap_ns(&d));
			}
			spur_decimation_finish(&d);
		}
	}
	golden_is("plot_columns", &b, NULL);
	spur_buf_finish(&b);
}

/* A line whose ends are far outside, upwards, downwards, and values that no row holds. */
static void far_lines(struct spur_buf *b)
{
	static const struct { spur_ns t0, t1; double v0, v1; } lines[] = {
		{ -10, 40, 0, 1 }, { -1, 41, 1, 0 }, { -100000000, 50, 0, 1 }, { -3, 200000000, 1, -9 }, { -40, 80, -1e300, 1e300 }, { -1, 40, 0.5, 0.5 },
		{ 0, 39, 0, 1 }, { 19, 20, 0, 1 }, { 19, 21, 1, 0 }, { 5, 25, -3, 4 }, { 5, 25, (double)INFINITY, 0 }, { 39, 40, 1, 0 }, { -2, 0, 0, 1 },
	};
	struct spur_decimation d;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		spur_decimation_init(&d, 0, 40, 40);
		spur_decimation_add(&d, lines[i].t0, lines[i].v0);
		spur_decimation_add(&d, lines[i].t1, lines[i].v1);
		spur_buf_addf(b, "%zu\n", i);
		dots_of(b, &d, 2, 0, 1, i % 2 == 0 ? 0 : 60);
		spur_decimation_finish(&d);
	}
}

static void single_dots(struct spur_buf *b)
{
	struct spur_dots dots;

	for (long x = -1; x < 5; x++) {
		for (long y = -1; y < 9; y++) {
			spur_dots_init(&dots, 2, 2);
			spur_dots_set(&dots, x, y);
			spur_buf_addf(b, "%ld,%ld %02x%02x%02x%02x\n", x, y, dots.cells[0], dots.cells[1], dots.cells[2], dots.cells[3]);
			spur_dots_finish(&dots);
		}
	}
}

static void statistics(struct spur_buf *b)
{
	uint64_t seed = 5;
	struct spur_range_stats s;

	spur_range_stats_init(&s);
	for (int i = 0; i < 40; i++) {
		spur_buf_addf(b, "n %llu gaps %llu [%.9g %.9g] mean %.9g first %.9g last %.9g rms %.9g sd %.9g\n", (unsigned long long)s.count,
			      (unsigned long long)s.gaps, s.min, s.max, s.mean, s.first, s.last, spur_range_stats_rms(&s),
			      spur_range_stats_sd(&s));
		spur_range_stats_add(&s, i % 6 == 2 ? (double)NAN : (double)(golden_random(&seed) % 2001) / 8 - 100);
	}
}

static void dots_are_as_they_were(void)
{
	struct spur_buf b = { 0 };

	far_lines(&b);
	single_dots(&b);
	statistics(&b);
	golden_is("plot_dots", &b, NULL);
	spur_buf_finish(&b);
}

/* ---- moving about, playing ---- */

static void tell_time(struct spur_buf *b, spur_ns t, const struct spur_plot_extent *e)
{
	if (t == SPUR_NS_MIN)
		spur_buf_adds(b, " -");
	else
		spur_buf_addf(b, " %lld", (long long)((uint64_t)t - (uint64_t)e->begin_ns));
}

static void tell_view(struct spur_buf *b, const char *what, const struct spur_plot_view *v, const struct spur_plot_extent *e)
{
	spur_buf_adds(b, what);
	tell_time(b, v->begin_ns, e);
	tell_time(b, v->end_ns, e);
	tell_time(b, v->cursor_ns, e);
	tell_time(b, v->a_ns, e);
	tell_time(b, v->b_ns, e);
	spur_buf_addc(b, '\n');
}

/* Around the end of 64 bits. */
static spur_ns sum(spur_ns a, spur_ns b)
{
	return (spur_ns)((uint64_t)a + (uint64_t)b);
}

static spur_ns times(spur_ns a, int n)
{
	return (spur_ns)((uint64_t)a * (uint64_t)(int64_t)n);
}

/* Actions, and what the mouse does, in an order that depends on the seed only. */
static void moves(struct spur_buf *b, const struct spur_plot_extent *e, uint64_t seed, int count)
{
	static const char *const actions[] = { "cursor-left", "cursor-right", "cursor-far-left", "cursor-far-right", "first", "last", "zoom-in",
		"zoom-in", "zoom-out", "zoom-all", "zoom-ab", "mark-a", "mark-b", "swap-ab", "nonsense" };
	enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };
	struct spur_plot_view v = { 0 };

	spur_plot_view_whole(&v, e);
	spur_buf_addf(b, "extent %lld..%lld, %d columns\n", (long long)e->begin_ns, (long long)e->end_ns, e->columns);
	tell_view(b, "whole", &v, e);
	for (int i = 0; i < count; i++) {
		uint32_t k = golden_random(&seed) % (ACTIONS + 5), r = golden_random(&seed);
		spur_ns width = (spur_ns)((uint64_t)v.end_ns - (uint64_t)v.begin_ns), by = times(width / 7, (int)(r % 31) - 15);
		bool done = true;

		if (k < ACTIONS)
			done = spur_plot_view_action(&v, e, actions[k]);
		else if (k == ACTIONS)
			spur_plot_view_pan(&v, e, by);
		else if (k == ACTIONS + 1)
			spur_plot_view_zoom(&v, e, sum(v.begin_ns, times(width / 8, (int)(r % 11) - 1)), 0.25 + (double)(r % 16) / 4);
		else if (k == ACTIONS + 2)
			spur_plot_view_cursor(&v, e, sum(v.begin_ns, by));
		else if (k == ACTIONS + 3)
			done = spur_plot_view_marks(&v, e);
		else
			v.begin_ns = sum(v.begin_ns, r % 3 == 0 ? -(width / 2) : 0), v.end_ns = sum(v.end_ns, r % 3 == 1 ? width / 2 : 0), spur_plot_view_clamp(&v, e);
		spur_buf_adds(b, done ? "" : "not ");
		tell_view(b, k < ACTIONS ? actions[k] : k == ACTIONS ? "pan" : k == ACTIONS + 1 ? "zoom" : k == ACTIONS + 2 ? "cursor" :
			  k == ACTIONS + 3 ? "marks" : "clamp", &v, e);
	}
}

static void playing(struct spur_buf *b)
{
	const struct spur_plot_extent e = { 1000 * S, 1060 * S, 100 };
	struct spur_plot_play p = { .rate = SPUR_PLOT_RATE_ONE, .follows = true };
	static const double odd[] = { -1, 0, 0.009, 0.0101, 0.03, 0.99, 0.9991, 1, 1.4, 2.0001, 49.99, 99, 100, 1e9 };

	for (int i = -2; i < 16; i++)
		spur_buf_addf(b, "rate %d %g %d\n", i, spur_plot_rate(i), spur_plot_rate_of(spur_plot_rate(i)));
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		spur_buf_addf(b, "%g is rate %d\n", odd[i], spur_plot_rate_of(odd[i]));
	spur_plot_play_start(&p, 1010 * S, 77);
	spur_buf_addf(b, "starts %d %d\n", p.on, p.follows);
	for (int i = 0; i < 40 && p.on; i++) {
		spur_ns now = 77 + i * (spur_ns)300000000, t = spur_plot_play_at(&p, &e, now);

		spur_buf_addf(b, "%d rate %d at %lld\n", i, p.rate, (long long)(t - e.begin_ns));
		if (i % 4 == 3)
			spur_plot_play_rate(&p, i % 8 == 3 ? 2 : -1, t, now);
	}
	for (int i = 0; i < 30; i++) {
		spur_plot_play_rate(&p, i < 15 ? 1 : -1, 1059 * S, 0);
		p.on = true;
		spur_buf_addf(b, "%d:", p.rate);
		for (spur_ns now = 0; now < 4 * S; now += S - 1) {
			spur_ns t = spur_plot_play_at(&p, &e, now);	/* before p.on is looked at */

			spur_buf_addf(b, " %lld%s", (long long)(t - e.begin_ns), p.on ? "" : ".");
		}
		spur_buf_addc(b, '\n');
	}
	p = (struct spur_plot_play){ .on = true, .rate = SPUR_PLOT_RATE_ONE, .from_ns = e.end_ns - 101 };
	for (spur_ns now = 98; now < 103; now++) {
		spur_ns t = spur_plot_play_at(&p, &e, now);

		spur_buf_addf(b, "%lld %d\n", (long long)(t - e.end_ns), p.on);
	}
}

static void moves_are_as_they_were(void)
{
	static const struct spur_plot_extent extents[] = {
		{ 0, 600 * S, 100 }, { INT64_C(1767323045000000000), INT64_C(1767323045000000000) + 61 * S, 77 }, { -5, 995, 100 }, { 7, 8, 1 }, { 7, 7, 0 },
		{ 0, 250000, 60 }, { -INT64_MAX / 2 - 9, INT64_MAX / 2, 120 }, { INT64_MIN + 2, INT64_MAX, 50 },
	};
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]); i++)
		moves(&b, &extents[i], 40 + i, i < 2 ? 250 : 70);
	playing(&b);
	golden_is("plot_moves", &b, NULL);
	spur_buf_finish(&b);
}

int main(void)
{
	axes_are_as_they_were();
	columns_are_as_they_were();
	dots_are_as_they_were();
	moves_are_as_they_were();
	return tap_done();
}
