#ifndef SPUR_SYNC_CORRELATE_H
#define SPUR_SYNC_CORRELATE_H

#include <stdbool.h>
#include <stddef.h>

#include "sync/track.h"

/*
 * Normalised cross-correlation of two tracks of one step. A lag of k steps: point i of a goes
 * with point i + k of b. Points that are NaN on either side do not count.
 */
struct spur_lags {
	long first;		/* lag of r[0], in steps */
	size_t count;
	double *r;		/* owned; -1 .. 1, NaN where too few points meet */
	double *points;		/* owned; how many met */
};

/* Points [from, to) of a against all lags first .. first + count - 1; at least min_points must meet. */
void spur_lags_compute(struct spur_lags *l, const struct spur_track *a, const struct spur_track *b, size_t from,
		       size_t to, long first, size_t count, size_t min_points);
void spur_lags_finish(struct spur_lags *l);

struct spur_peak {
	bool found;
	double lag;		/* in steps, with a parabola through the three points of the top */
	double r;		/* signed */
	double curvature;	/* -r''/r there, per step squared */
	double points;
	double ratio;		/* |r| over the highest |r| outside of its own hill; INFINITY: no other */
	bool at_edge;		/* the top may lie outside of the range */
};

/* either_sign: a valley is as good as a hill. */
void spur_lags_peak(const struct spur_lags *l, bool either_sign, struct spur_peak *out);

#endif
