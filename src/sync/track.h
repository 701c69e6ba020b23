#ifndef SPUR_SYNC_TRACK_H
#define SPUR_SYNC_TRACK_H

#include <stddef.h>

#include "base/time.h"

/*
 * A signal made ready for correlation: on a regular grid of its own clock, smoothed by a
 * Gaussian and freed of its slow part, both without phase. NaN where the samples have gaps.
 */
struct spur_track {
	spur_ns begin_ns, step_ns;
	size_t n;
	double *x;	/* owned */
};

/* values: n points of the grid, NaN in gaps. smooth_ns: standard deviation of the Gaussian;
 * slow_ns: length of the moving average that is taken away. */
struct spur_track_shape {
	spur_ns begin_ns, step_ns;
	size_t n;
	spur_ns smooth_ns, slow_ns;
};

/* The signal itself: accelerations, turn rates. */
void spur_track_level(struct spur_track *t, const struct spur_track_shape *s, const double *values);
/* Its derivative: speeds. */
void spur_track_rate(struct spur_track *t, const struct spur_track_shape *s, const double *values);
/* The derivative of the speed along a path in metres. */
void spur_track_path(struct spur_track *t, const struct spur_track_shape *s, const double *x, const double *y);
/* The same from degrees of latitude and longitude. */
void spur_track_geo(struct spur_track *t, const struct spur_track_shape *s, const double *lat, const double *lon);
/* Every `factor` points become one mean, clipped at `clip` times the rms (0: not). */
void spur_track_coarse(struct spur_track *t, const struct spur_track *fine, size_t factor, double clip);
double spur_track_rms(const struct spur_track *t);	/* of the valid points; 0 if there is none */
void spur_track_finish(struct spur_track *t);

#endif
