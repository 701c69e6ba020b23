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
		*b = (struct spur_bin){ 1, v, v, v, v, t, t };
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

void spur_decimation_add(struct spur_decimation *d, spur_ns t, double v)
{
	double width = (double)(d->end_ns - d->begin_ns);
	size_t col;

	if (isnan(v)) {
		d->gaps++;
		return;
	}
	if (t < d->begin_ns || t >= d->end_ns) {
		outside(d, t, v);
		return;
	}
	/* Multiplied first: exact at the borders of columns. */
	col = (size_t)((double)(t - d->begin_ns) * (double)d->columns / width);
	into(&d->bins[col < d->columns ? col : d->columns - 1], t, v);
	d->count++;
	d->min = v < d->min ? v : d->min;
	d->max = v > d->max ? v : d->max;
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

double spur_range_stats_rms(const struct spur_range_stats *s)
{
	return s->count == 0 ? (double)NAN : sqrt(s->sum_sq / (double)s->count);
}

double spur_range_stats_sd(const struct spur_range_stats *s)
{
	return s->count < 2 ? (double)NAN : sqrt(s->m2 / (double)(s->count - 1));
}
