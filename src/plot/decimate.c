#include "config.h"

#include "plot/decimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

void spur_decimation_init(struct spur_decimation *d, spur_ns begin_ns, spur_ns end_ns, size_t columns)
{
	*d = (struct spur_decimation){
		.begin_ns = begin_ns, .end_ns = end_ns, .columns = columns,
		.min = (double)INFINITY, .max = -(double)INFINITY,
		.before_ns = SPUR_NS_MIN, .after_ns = SPUR_NS_MAX, .before = (double)NAN, .after = (double)NAN,
	};
	d->bins = spur_calloc(columns, sizeof(*d->bins));
	for (size_t i = 0; i < columns; i++) {
		d->bins[i].hole_first_ns = SPUR_NS_MAX;
		d->bins[i].hole_last_ns = SPUR_NS_MIN;
	}
}

void spur_decimation_finish(struct spur_decimation *d)
{
	free(d->bins);
	*d = (struct spur_decimation){ 0 };
}

static void outside(struct spur_decimation *d, spur_ns t, double v)
{
	if (t < d->begin_ns && t >= d->before_ns) {
		d->before_ns = t;
		d->before = v;
	} else if (t >= d->end_ns && t <= d->after_ns) {
		d->after_ns = t;
		d->after = v;
	}
}

static void into(struct spur_bin *b, spur_ns t, double v)
{
	if (b->count++ == 0) {
		b->min = b->max = b->first = b->last = v;
		b->first_ns = b->last_ns = t;
		return;
	}
	b->min = v < b->min ? v : b->min;
	b->max = v > b->max ? v : b->max;
	if (t < b->first_ns) {
		b->first_ns = t;
		b->first = v;
	}
	if (t >= b->last_ns) {
		b->last_ns = t;
		b->last = v;
	}
}

static size_t column_of(const struct spur_decimation *d, spur_ns t)
{
	/* Multiplied first: exact at the borders of columns. */
	size_t col = (size_t)((double)(t - d->begin_ns) * (double)d->columns / (double)(d->end_ns - d->begin_ns));

	return col < d->columns ? col : d->columns - 1;
}

static struct spur_bin *bin_of(const struct spur_decimation *d, spur_ns t)
{
	return &d->bins[column_of(d, t)];
}

static void hole(struct spur_decimation *d, spur_ns t)
{
	struct spur_bin *b;

	d->gaps++;
	if (t < d->begin_ns || t >= d->end_ns)
		return;
	b = bin_of(d, t);
	b->hole_first_ns = t < b->hole_first_ns ? t : b->hole_first_ns;
	b->hole_last_ns = t > b->hole_last_ns ? t : b->hole_last_ns;
}

void spur_decimation_add(struct spur_decimation *d, spur_ns t, double v)
{
	if (isnan(v)) {
		hole(d, t);
		return;
	}
	if (t < d->begin_ns || t >= d->end_ns) {
		outside(d, t, v);
		return;
	}
	into(bin_of(d, t), t, v);
	d->count++;
	d->min = v < d->min ? v : d->min;
	d->max = v > d->max ? v : d->max;
}

void spur_decimation_interval(struct spur_decimation *d, spur_ns begin_ns, spur_ns end_ns, double min, double mean, double max)
{
	spur_ns middle = begin_ns + (end_ns - begin_ns) / 2;

	spur_decimation_add(d, middle, mean);
	if (isnan(mean) || middle < d->begin_ns || middle >= d->end_ns)
		return;
	struct spur_bin *b = bin_of(d, middle);

	b->min = min < b->min ? min : b->min;
	b->max = max > b->max ? max : b->max;
	d->min = min < d->min ? min : d->min;
	d->max = max > d->max ? max : d->max;
}

/* The first stamp behind column col, as column_of() rounds: a guess, and steps to where it is exact. */
static spur_ns column_end(const struct spur_decimation *d, size_t col)
{
	spur_ns t;

	if (col + 1 >= d->columns)
		return d->end_ns;
	t = d->begin_ns + (spur_ns)((double)(d->end_ns - d->begin_ns) / (double)d->columns * (double)(col + 1));
	t = t > d->end_ns ? d->end_ns : t;
	while (t > d->begin_ns && column_of(d, t - 1) > col)
		t--;
	while (t < d->end_ns && column_of(d, t) <= col)
		t++;
	return t;
}

/* How many samples from the first on lie in [t[0], end) in order, with a value each. */
static size_t run_length(const spur_ns *t, const double *v, size_t n, spur_ns end)
{
	size_t i = 0;

	while (i < n && t[i] < end && (i == 0 || t[i] >= t[i - 1]) && v[i] == v[i])
		i++;
	return i;
}

enum { LANES = 4 };

/* The least and the greatest, as into() finds them one by one. */
static void extremes(const double *v, size_t n, double *min, double *max)
{
	double lo[LANES] = { v[0], v[0], v[0], v[0] }, hi[LANES] = { v[0], v[0], v[0], v[0] };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		for (size_t k = 0; k < LANES; k++) {
			lo[k] = v[i + k] < lo[k] ? v[i + k] : lo[k];
			hi[k] = v[i + k] > hi[k] ? v[i + k] : hi[k];
		}
	}
	for (; i < n; i++) {
		lo[0] = v[i] < lo[0] ? v[i] : lo[0];
		hi[0] = v[i] > hi[0] ? v[i] : hi[0];
	}
	for (size_t k = 1; k < LANES; k++) {
		lo[0] = lo[k] < lo[0] ? lo[k] : lo[0];
		hi[0] = hi[k] > hi[0] ? hi[k] : hi[0];
	}
	*min = lo[0];
	*max = hi[0];
}

/* A run inside one column: what is between its first and its last sample only counts by its extremes. */
static void add_inside(struct spur_decimation *d, struct spur_bin *b, const spur_ns *t, const double *v, size_t n)
{
	double min, max;

	extremes(v, n, &min, &max);
	into(b, t[0], v[0]);
	into(b, t[n - 1], v[n - 1]);
	b->count += n - 2;
	b->min = min < b->min ? min : b->min;
	b->max = max > b->max ? max : b->max;
	d->count += n;
	d->min = min < d->min ? min : d->min;
	d->max = max > d->max ? max : d->max;
}

void spur_decimation_run(struct spur_decimation *d, const spur_ns *t, const double *v, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t run = 1;

		/* Two of them in one column: perhaps many. */
		if (i + 1 < n && t[i] >= d->begin_ns && t[i + 1] >= t[i] && t[i + 1] < d->end_ns) {
			size_t col = column_of(d, t[i]);

			if (column_of(d, t[i + 1]) == col)
				run = run_length(t + i, v + i, n - i, column_end(d, col));
		}
		if (run < 2) {
			spur_decimation_add(d, t[i], v[i]);
			i++;
			continue;
		}
		add_inside(d, bin_of(d, t[i]), t + i, v + i, run);
		i += run;
	}
}

#define GAP_SAMPLES 16	/* fewer do not tell how often they come */
#define GAP_TIMES 8

spur_ns spur_decimation_gap_ns(const struct spur_decimation *d)
{
	spur_ns first = SPUR_NS_MAX, last = SPUR_NS_MIN, gap, least;

	if (d->count < GAP_SAMPLES)
		return 0;
	for (size_t i = 0; i < d->columns; i++) {
		if (d->bins[i].count > 0) {
			first = d->bins[i].first_ns < first ? d->bins[i].first_ns : first;
			last = d->bins[i].last_ns > last ? d->bins[i].last_ns : last;
		}
	}
	gap = (last - first) / (spur_ns)(d->count - 1) * GAP_TIMES;
	least = (d->end_ns - d->begin_ns) / (spur_ns)d->columns * 2 + 1;
	return gap > least ? gap : least;
}

bool spur_decimation_joined(const struct spur_decimation *d, size_t from, size_t to, spur_ns gap_ns)
{
	spur_ns a = from == SIZE_MAX ? d->before_ns : d->bins[from].last_ns;
	spur_ns b = to == d->columns ? d->after_ns : d->bins[to].first_ns;

	/* gap_ns <= INT64_MAX / 2: a is compared without an overflow of b - a. */
	if (gap_ns > 0 && (uint64_t)b - (uint64_t)a > (uint64_t)gap_ns)
		return false;
	for (size_t i = from == SIZE_MAX ? 0 : from; i <= to && i < d->columns; i++) {
		if (d->bins[i].hole_last_ns > a && d->bins[i].hole_first_ns < b)
			return false;
	}
	return true;
}

void spur_range_stats_init(struct spur_range_stats *s)
{
	*s = (struct spur_range_stats){ .min = (double)NAN, .max = (double)NAN, .mean = (double)NAN,
					.first = (double)NAN, .last = (double)NAN };
}

void spur_range_stats_add(struct spur_range_stats *s, double v)
{
	double delta;

	if (isnan(v)) {
		s->gaps++;
		return;
	}
	if (s->count++ == 0) {
		s->min = s->max = s->first = v;
		s->mean = 0;
	}
	delta = v - s->mean;
	s->mean += delta / (double)s->count;
	s->m2 += delta * (v - s->mean);
	s->sum_sq += v * v;
	s->min = v < s->min ? v : s->min;
	s->max = v > s->max ? v : s->max;
	s->last = v;
}

void spur_range_stats_interval(struct spur_range_stats *s, double min, double mean, double max)
{
	spur_range_stats_add(s, mean);
	if (isnan(mean))
		return;
	s->min = min < s->min ? min : s->min;
	s->max = max > s->max ? max : s->max;
}

double spur_range_stats_rms(const struct spur_range_stats *s)
{
	return s->count == 0 ? (double)NAN : sqrt(s->sum_sq / (double)s->count);
}

double spur_range_stats_sd(const struct spur_range_stats *s)
{
	return s->count < 2 ? (double)NAN : sqrt(s->m2 / (double)(s->count - 1));
}
