/* Samples on a grid: each method at, between and beyond its samples, whatever the block. */
#include "config.h"

#include <math.h>

#include "sync/resample.h"
#include "sync/timeline.h"
#include "tests/tap.h"

#define S SPUR_NS_PER_S
#define N 24

static const spur_ns times[] = { 10 * S, 11 * S, 12 * S, 12 * S, 15 * S, 16 * S, 20 * S };
static const double values[] = { 1, 3, 99, 5, 8, NAN, 20 };
static const int32_t codes[] = { 0, 1, 7, 2, SPUR_WORD_OTHER, SPUR_WORD_NONE, 3 };
static const struct spur_series series = { 7, times, values, codes };

static bool equal(const double *a, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isnan(a[i]) != isnan(b[i]) || (!isnan(a[i]) && fabs(a[i] - b[i]) > 1e-12)) {
			printf("# [%zu]: %g, expected %g\n", i, a[i], b[i]);
			return false;
		}
	}
	return true;
}

static double at(enum spur_resample method, spur_ns gap, spur_ns t)
{
	double v;

	spur_resample_grid(&series, method, gap, t, 1, 1, &v, NULL);
	return v;
}

static int32_t code_at(enum spur_resample method, spur_ns gap, spur_ns t)
{
	double v;
	int32_t c;

	spur_resample_grid(&series, method, gap, t, 1, 1, &v, &c);
	return c;
}

static void zoh_holds(void)
{
	ok(isnan(at(SPUR_RESAMPLE_ZOH, 2 * S, 10 * S - 1)), "nothing before the first sample");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 10 * S), 1, "the sample at its stamp");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 11 * S - 1), 1, "holds until the next");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 11 * S), 3, "which begins at its stamp");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 12 * S), 5, "of two with one stamp the last counts");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 14 * S), 5, "a sample as old as the gap");
	ok(isnan(at(SPUR_RESAMPLE_ZOH, 2 * S, 14 * S + 1)), "not one that is older");
	ok(isnan(at(SPUR_RESAMPLE_ZOH, 2 * S, 17 * S)), "an invalid sample is not skipped over");
	is_int((int)at(SPUR_RESAMPLE_ZOH, 2 * S, 22 * S), 20, "the last sample holds as long");
	ok(isnan(at(SPUR_RESAMPLE_ZOH, 2 * S, 22 * S + 1)), "and no longer");
}

static void linear_joins_neighbours(void)
{
	ok(isnan(at(SPUR_RESAMPLE_LINEAR, 2 * S, 10 * S - 1)), "a line does not begin before its samples");
	ok(fabs(at(SPUR_RESAMPLE_LINEAR, 2 * S, 10 * S + S / 4) - 1.5) < 1e-12, "a quarter of the way");
	ok(fabs(at(SPUR_RESAMPLE_LINEAR, 2 * S, 11 * S) - 3) < 1e-12, "exact at a sample");
	is_int((int)at(SPUR_RESAMPLE_LINEAR, 2 * S, 12 * S), 5, "the last of equal stamps");
	ok(isnan(at(SPUR_RESAMPLE_LINEAR, 3 * S - 1, 13 * S)), "neighbours too far apart");
	ok(fabs(at(SPUR_RESAMPLE_LINEAR, 3 * S, 13 * S) - 6) < 1e-12, "as far apart as the gap are joined");
	ok(isnan(at(SPUR_RESAMPLE_LINEAR, 9 * S, 15 * S + S / 2)), "no line to an invalid sample");
	ok(isnan(at(SPUR_RESAMPLE_LINEAR, 9 * S, 18 * S)), "nor from one");
	is_int((int)at(SPUR_RESAMPLE_LINEAR, 2 * S, 20 * S), 20, "the last sample itself");
	ok(isnan(at(SPUR_RESAMPLE_LINEAR, 9 * S, 20 * S + 1)), "and nothing behind it");
}

static void nearest_looks_both_ways(void)
{
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 9 * S), 1, "the first sample from before");
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 8 * S), 1, "as far as the gap");
	ok(isnan(at(SPUR_RESAMPLE_NEAREST, 2 * S, 8 * S - 1)), "no further");
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 10 * S + S / 2), 1, "half way it is the earlier one");
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 10 * S + S / 2 + 1), 3, "then the later one");
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 14 * S), 8, "the nearer of the two, however old the other is");
	is_int((int)at(SPUR_RESAMPLE_NEAREST, 2 * S, 21 * S), 20, "the last sample afterwards");
	ok(isnan(at(SPUR_RESAMPLE_NEAREST, S, 18 * S)), "in the middle of a hole there is none");
}

static void words_never_interpolate(void)
{
	is_int(code_at(SPUR_RESAMPLE_LINEAR, 2 * S, 10 * S + S / 2), 0, "between two words it is the earlier");
	is_int(code_at(SPUR_RESAMPLE_NEAREST, 2 * S, 10 * S + S / 2 + 1), 1, "or the nearest");
	is_int(code_at(SPUR_RESAMPLE_ZOH, 2 * S, 12 * S), 2, "the last of equal stamps");
	is_int(code_at(SPUR_RESAMPLE_ZOH, 2 * S, 15 * S), SPUR_WORD_OTHER, "a word that is not in the list");
	is_int(code_at(SPUR_RESAMPLE_ZOH, 2 * S, 16 * S), SPUR_WORD_NONE, "no word");
	is_int(code_at(SPUR_RESAMPLE_ZOH, 2 * S, 9 * S), SPUR_WORD_NONE, "nor in a gap");
	{
		struct spur_series numbers = { 7, times, values, NULL };
		int32_t c = 5;
		double v;

		spur_resample_grid(&numbers, SPUR_RESAMPLE_ZOH, S, 10 * S, 1, 1, &v, &c);
		is_int(c, SPUR_WORD_NONE, "numbers have no words");
	}
}

/* A point's value is a function of its time: wherever a block begins, and with any step. */
static void blocks_do_not_matter(void)
{
	static const enum spur_resample methods[] = { SPUR_RESAMPLE_ZOH, SPUR_RESAMPLE_LINEAR, SPUR_RESAMPLE_NEAREST };

	for (size_t m = 0; m < 3; m++) {
		double whole[N], parts[N], ones[N];

		spur_resample_grid(&series, methods[m], 3 * S, 9 * S, S / 2, N, whole, NULL);
		for (size_t i = 0; i < N; i += 5)
			spur_resample_grid(&series, methods[m], 3 * S, 9 * S + (spur_ns)i * (S / 2), S / 2, N - i < 5 ? N - i : 5,
					   parts + i, NULL);
		for (size_t i = 0; i < N; i++)
			ones[i] = at(methods[m], 3 * S, 9 * S + (spur_ns)i * (S / 2));
		ok(equal(parts, whole, N), spur_resample_name(methods[m]));
		ok(equal(ones, whole, N), "one by one too");
	}
}

static void empty_is_all_gap(void)
{
	struct spur_series none = { 0 };
	double v[3];
	int32_t c[3];

	spur_resample_grid(&none, SPUR_RESAMPLE_NEAREST, S, 0, S, 3, v, c);
	ok(isnan(v[0]) && isnan(v[2]) && c[0] == SPUR_WORD_NONE && c[2] == SPUR_WORD_NONE, "no samples: gaps everywhere");
}

static void methods_have_names(void)
{
	enum spur_resample m = SPUR_RESAMPLE_ZOH;
	struct spur_error err = { 0 };

	for (int i = SPUR_RESAMPLE_ZOH; i <= SPUR_RESAMPLE_NEAREST; i++) {
		is_int(spur_resample_parse(spur_resample_name((enum spur_resample)i), &m, NULL), SPUR_OK, "a name is read back");
		is_int(m, i, spur_resample_name((enum spur_resample)i));
	}
	is_int(spur_resample_parse("cubic", &m, &err), SPUR_EINVAL, "another is refused");
	ok(strstr(err.text, "'cubic'") != NULL && strstr(err.text, "nearest") != NULL, "with the ones there are");
}

static void grids_are_aligned(void)
{
	spur_ns first = 0;

	is_int((intmax_t)spur_grid_points(0, 10, 10, &first), 1, "the end is not a point");
	is_int((intmax_t)spur_grid_points(0, 11, 10, &first), 2, "just before it is");
	is_int((intmax_t)spur_grid_points(1, 10, 10, &first), 0, "no multiple inside");
	is_int((intmax_t)spur_grid_points(1, 31, 10, &first), 3, "10, 20, 30");
	is_int(first, 10, "begins at the next multiple");
	is_int((intmax_t)spur_grid_points(-15, 1, 10, &first), 2, "before 1970 too: -10, 0");
	is_int(first, -10, "counted from 1970");
	is_int((intmax_t)spur_grid_points(20, 20, 10, &first), 0, "an empty range");
}

int main(void)
{
	zoh_holds();
	linear_joins_neighbours();
	nearest_looks_both_ways();
	words_never_interpolate();
	blocks_do_not_matter();
	empty_is_all_gap();
	methods_have_names();
	grids_are_aligned();
	return tap_done();
}
