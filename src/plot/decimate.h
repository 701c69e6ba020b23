#ifndef SPUR_PLOT_DECIMATE_H
#define SPUR_PLOT_DECIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/*
 * Samples to pixel columns without losing an extreme: first, minimum, maximum and last of each
 * column (M4, Jugel et al., VLDB 2014, pixel-exact for line charts). Feed samples in any
 * batches; the memory is that of the columns, whatever the number of samples. Pure.
 */
struct spur_bin {
	uint64_t count;			/* samples with a value; 0: nothing to draw */
	double min, max, first, last;
	spur_ns first_ns, last_ns;
	/* First and last stamp of a sample without a value: a line is not drawn across. MAX, MIN: none. */
	spur_ns hole_first_ns, hole_last_ns;
};

struct spur_decimation {
	spur_ns begin_ns, end_ns;	/* half-open range that the columns share */
	size_t columns;
	struct spur_bin *bins;		/* owned */
	double min, max;		/* over all of it; min > max: nothing */
	uint64_t count, gaps;		/* gaps: samples without a value */
	/* The sample before the range and the one after it, so that a line can enter and leave. */
	spur_ns before_ns, after_ns;
	double before, after;		/* NaN: none */
};

/* end_ns > begin_ns, columns > 0. */
void spur_decimation_init(struct spur_decimation *d, spur_ns begin_ns, spur_ns end_ns, size_t columns);
void spur_decimation_finish(struct spur_decimation *d);
/* NaN is a gap. Stamps need not be in order. */
void spur_decimation_add(struct spur_decimation *d, spur_ns t, double v);
/* The same for n of them, to the bit; fast where stamps are in order. */
void spur_decimation_run(struct spur_decimation *d, const spur_ns *t, const double *v, size_t n);
/* The values of [begin_ns, end_ns) by their least, mean and most; a mean of NaN: there are none. Where it lies in the
 * columns is its middle. */
void spur_decimation_interval(struct spur_decimation *d, spur_ns begin_ns, spur_ns end_ns, double min, double mean, double max);
/* How long nothing may come before it is a hole: eight times the mean distance of the samples, at least
 * two columns. 0: too few samples to tell, none is. */
spur_ns spur_decimation_gap_ns(const struct spur_decimation *d);
/* Whether a line joins the last sample of bin `from` (SIZE_MAX: the one before the range) to the first one
 * of bin `to` (columns: the one after the range); the bins between them are empty. gap_ns 0: however long. */
bool spur_decimation_joined(const struct spur_decimation *d, size_t from, size_t to, spur_ns gap_ns);

/* Exact statistics of a range, by Welford's method. */
struct spur_range_stats {
	uint64_t count, gaps;
	double min, max, mean, m2, sum_sq;
	double first, last;
};
void spur_range_stats_init(struct spur_range_stats *s);
void spur_range_stats_add(struct spur_range_stats *s, double v);
/* An interval as one value, its mean; least and most value are exact. */
void spur_range_stats_interval(struct spur_range_stats *s, double min, double mean, double max);
double spur_range_stats_rms(const struct spur_range_stats *s);	/* NaN when empty */
double spur_range_stats_sd(const struct spur_range_stats *s);

#endif
