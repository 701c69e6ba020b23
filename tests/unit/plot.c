#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plot/axis.h"
#include "plot/braille.h"
#include "plot/decimate.h"
#include "tests/tap.h"

static void no_extreme_is_lost(void)
{
	struct spur_decimation d;
	unsigned seed = 7;
	double lo = 1e9, hi = -1e9;
	bool all = true;

	spur_decimation_init(&d, 1000, 101000, 50);
	for (int i = 0; i < 20000; i++) {
		double v = (double)(seed = seed * 1103515245u + 12345u) / 1e9;

		lo = v < lo ? v : lo;
		hi = v > hi ? v : hi;
		spur_decimation_add(&d, 1000 + i * 5, v);
	}
	ok(d.min == lo && d.max == hi, "the extremes of all samples");
	is_int((intmax_t)d.count, 20000, "every sample is counted");
	for (size_t i = 0; i < 50; i++)
		all = all && d.bins[i].count == 400 && d.bins[i].min <= d.bins[i].first && d.bins[i].max >= d.bins[i].last;
	ok(all, "columns share the samples evenly");
	is_int(d.bins[1].first_ns, 3000, "the first stamp of a column is its begin");
	is_int(d.bins[49].last_ns, 100995, "the last sample is in the last column");
	spur_decimation_finish(&d);
}

static void columns_keep_first_and_last_of_unordered_samples(void)
{
	struct spur_decimation d;

	spur_decimation_init(&d, 0, 100, 1);
	spur_decimation_add(&d, 50, 5);
	spur_decimation_add(&d, 10, 1);
	spur_decimation_add(&d, 90, 9);
	spur_decimation_add(&d, 60, -7);
	ok(d.bins[0].first == 1 && d.bins[0].last == 9 && d.bins[0].min == -7 && d.bins[0].max == 9, "first, last, min, max");
	spur_decimation_add(&d, -5, 3);
	spur_decimation_add(&d, -1, 4);
	spur_decimation_add(&d, 100, 8);
	spur_decimation_add(&d, 130, 2);
	ok(d.before == 4 && d.before_ns == -1, "the nearest sample before the range");
	ok(d.after == 8 && d.after_ns == 100, "and the nearest after it; the end is not part of it");
	spur_decimation_add(&d, 20, (double)NAN);
	ok(d.gaps == 1 && d.count == 4, "a gap is counted, not drawn");
	spur_decimation_finish(&d);
}

static bool same_bins(const struct spur_decimation *a, const struct spur_decimation *b)
{
	for (size_t i = 0; i < a->columns; i++) {
		const struct spur_bin *x = &a->bins[i], *y = &b->bins[i];

		if (x->count != y->count || x->hole_first_ns != y->hole_first_ns || x->hole_last_ns != y->hole_last_ns)
			return false;
		if (x->count > 0 && (x->min != y->min || x->max != y->max || x->first != y->first || x->last != y->last ||
				     x->first_ns != y->first_ns || x->last_ns != y->last_ns))
			return false;
	}
	return a->count == b->count && a->gaps == b->gaps && a->min == b->min && a->max == b->max &&
	       a->before_ns == b->before_ns && a->after_ns == b->after_ns;
}

/* Stamps with steps of every size, some back, some equal, some outside; values with gaps. */
static void a_run_is_its_samples_one_by_one(void)
{
	enum { N = 5000 };
	static spur_ns t[N];
	static double v[N];
	uint64_t x = 88172645463325252u;
	unsigned wrong = 0;

	for (unsigned round = 0; round < 60; round++) {
		struct spur_decimation one, run;
		spur_ns at = -40;

		for (size_t i = 0; i < N; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			at += (spur_ns)(x % (1 + round)) - (x % 97 == 0 ? 50 : 0);
			t[i] = at;
			v[i] = x % 211 == 0 ? (double)NAN : (double)(x >> 40 & 1023) - 500;
		}
		spur_decimation_init(&one, 7, 7 + 3 * (spur_ns)(round + 1) * 700 + round, 1 + round * 13);
		spur_decimation_init(&run, 7, 7 + 3 * (spur_ns)(round + 1) * 700 + round, 1 + round * 13);
		for (size_t i = 0; i < N; i++)
			spur_decimation_add(&one, t[i], v[i]);
		for (size_t i = 0, n; i < N; i += n) {
			n = N - i < 1 + i % 700 ? N - i : 1 + i % 700;
			spur_decimation_run(&run, t + i, v + i, n);
		}
		wrong += !same_bins(&one, &run);
		spur_decimation_finish(&one);
		spur_decimation_finish(&run);
	}
	is_int(wrong, 0, "a run gives the columns that its samples give one by one");
}

static void statistics_are_exact(void)
{
	struct spur_range_stats s;

	spur_range_stats_init(&s);
	ok(isnan(s.mean) && isnan(spur_range_stats_rms(&s)) && isnan(spur_range_stats_sd(&s)), "of nothing there are none");
	for (int i = 1; i <= 4; i++)
		spur_range_stats_add(&s, i);
	spur_range_stats_add(&s, (double)NAN);
	ok(s.mean == 2.5 && s.min == 1 && s.max == 4 && s.first == 1 && s.last == 4, "mean and extremes");
	ok(fabs(spur_range_stats_rms(&s) - sqrt(7.5)) < 1e-12, "rms");
	ok(fabs(spur_range_stats_sd(&s) - sqrt(5.0 / 3)) < 1e-12, "standard deviation of a sample");
	ok(s.count == 4 && s.gaps == 1, "gaps apart");
}

static void ticks_are_round(void)
{
	struct spur_ticks t;
	double lo = 5, hi = 5;
	char text[32];

	spur_ticks_value(&t, -1.3, 9.1, 5);
	is_int((intmax_t)t.count, 5, "0 2 4 6 8: as many as wanted");
	is_str(t.ticks[0].label, "0", "from the first round number inside");
	is_str(t.ticks[4].label, "8", "to the last one");
	spur_ticks_value(&t, 3, 3, 5);
	is_int((intmax_t)t.count, 0, "an empty range has none");
	spur_ticks_time(&t, 62 * SPUR_NS_PER_S, 122 * SPUR_NS_PER_S, 0, 7);
	is_str(t.ticks[0].label, "01:10", "times count from the base");
	is_int((intmax_t)t.count, 6, "every ten seconds of a minute");
	ok(t.ticks[0].at == 8, "and say where they are");
	spur_ticks_time(&t, 0, SPUR_NS_PER_S / 100, 0, 6);
	is_str(t.ticks[1].label, "00:00.002", "milliseconds when the range is short");
	spur_ticks_time(&t, 3600 * SPUR_NS_PER_S + 7000, 3600 * SPUR_NS_PER_S + 12500, 0, 6);
	is_str(t.ticks[0].label, "1:00:00.000007", "then microseconds, with the hours");
	spur_ticks_time(&t, -10, 10, 0, 12);
	is_str(t.ticks[0].label, "-00:00.000000010", "then nanoseconds, before the base too");
	is_int((intmax_t)t.count, 10, "every second one");
	spur_ticks_time(&t, 0, INT64_MAX - 1, 0, 8);
	ok(t.count > 3 && t.count <= 8 && strstr(t.ticks[1].label, " d") != NULL, "days of the longest range");
	spur_ticks_value(&t, 1e6 + 0.001, 1e6 + 0.009, 5);
	ok(t.count > 2 && strcmp(t.ticks[0].label, t.ticks[1].label) != 0, "labels differ however near the values are");
	spur_ticks_value(&t, 4.9e-324, 1.5e-323, 5);
	ok(t.count <= 5, "the narrowest range ends");
	spur_ticks_value(&t, -1.7e308, 1.7e308, 5);
	is_int((intmax_t)t.count, 0, "a range that no double holds has none");
	spur_axis_pad(&lo, &hi);
	ok(lo < 5 && hi > 5, "a flat line gets room");
	is_str(spur_number_text(1234567.9, 7, text), "1234568", "numbers fit their width");
	is_str(spur_number_text(-0.000012345678, 8, text), "-1.2e-05", "small ones too");
	is_str(spur_number_text((double)NAN, 7, text), "-", "nothing is a dash");
}

static int dots_of(const struct spur_dots *d)
{
	int n = 0;

	for (size_t i = 0; i < d->cols * d->rows; i++)
		n += __builtin_popcount(d->cells[i]);
	return n;
}

static void a_line_is_joined(void)
{
	struct spur_decimation d;
	struct spur_dots dots;

	spur_decimation_init(&d, 0, 20, 20);
	spur_decimation_add(&d, 0, 0);
	spur_decimation_add(&d, 19, 1);
	spur_dots_init(&dots, 10, 5);
	spur_dots_line(&dots, &d, 0, 1, 0);
	ok((dots.cells[4 * 10] & 0x40) != 0, "starts at the lower left");
	ok((dots.cells[9] & 0x08) != 0, "ends at the upper right");
	ok(dots_of(&dots) >= 20, "with a dot in every column");
	spur_dots_finish(&dots);
	spur_dots_init(&dots, 10, 5);
	spur_dots_line(&dots, &d, 0, 1, 5);
	is_int(dots_of(&dots), 2, "a wide gap stays open");
	spur_dots_finish(&dots);
	spur_decimation_finish(&d);
}

static void a_line_enters_and_leaves(void)
{
	struct spur_decimation d;
	struct spur_dots dots;

	spur_decimation_init(&d, 0, 20, 20);
	spur_decimation_add(&d, -100, 0.5);
	spur_decimation_add(&d, 300, 0.5);
	spur_dots_init(&dots, 10, 1);
	spur_dots_line(&dots, &d, 0, 1, 0);
	is_int(dots_of(&dots), 20, "a line passes through a view without a sample of its own");
	spur_dots_finish(&dots);
	spur_dots_init(&dots, 10, 1);
	spur_decimation_add(&d, 10, 0.5);
	spur_dots_line(&dots, &d, 0, 1, 0);
	is_int(dots_of(&dots), 20, "a sample inside is joined to its neighbours outside");
	spur_dots_set(&dots, -1, 0);
	spur_dots_set(&dots, 0, 99);
	spur_dots_set(&dots, 20, 0);
	ok(true, "dots outside are ignored");
	spur_dots_finish(&dots);
	spur_decimation_finish(&d);
}

int main(void)
{
	no_extreme_is_lost();
	columns_keep_first_and_last_of_unordered_samples();
	a_run_is_its_samples_one_by_one();
	statistics_are_exact();
	ticks_are_round();
	a_line_is_joined();
	a_line_enters_and_leaves();
	return tap_done();
}
