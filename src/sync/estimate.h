#ifndef SPUR_SYNC_ESTIMATE_H
#define SPUR_SYNC_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/task.h"
#include "sync/clock.h"
#include "sync/correlate.h"

/*
 * The clock of recording b against that of recording a, from pairs of signals that observe the
 * same motion. Pure: grids of values in, a clock out; src/sync/observe.h finds and reads them.
 *
 * Coarse: normalised cross-correlation over the whole range of lags, pairs vote. Fine: the lag
 * in each window of each pair, below the step by a parabola. Then a robust line through the
 * windows. What cannot be told from data is the latency of a sensor: pairs of sensors that are
 * known to be quick are believed first, slower ones only where they agree.
 */
enum spur_track_from { SPUR_TRACK_LEVEL, SPUR_TRACK_RATE, SPUR_TRACK_PATH, SPUR_TRACK_GEO };

struct spur_sync_side {
	const char *name;		/* for messages and reports */
	enum spur_track_from from;
	const double *v, *w;		/* grid points, NaN in gaps; w: the second of path (y) and geo (lon) */
};

struct spur_sync_pair {
	struct spur_sync_side a, b;
	spur_ns smooth_ns;		/* of both: not below half the sample interval of either */
	spur_ns latency_ns;		/* how far apart two sensors of these kinds may lag */
	bool either_sign;		/* their signs may be opposite: mounting is not known */
};

struct spur_sync_grids {
	spur_ns step_ns;
	spur_ns a_begin_ns, b_begin_ns;	/* each in its own clock */
	size_t a_n, b_n;
	const struct spur_sync_pair *pairs;
	size_t count;
	spur_ns max_offset_ns;		/* of the search; 0: 2 min */
	spur_ns window_ns;		/* 0: 60 s, less for short recordings */
};

struct spur_sync_window {
	size_t pair;
	spur_ns begin_ns, end_ns;	/* clock of a */
	spur_ns lag_ns, sigma_ns;	/* t_b - t_a of the same moment */
	double correlation;
	bool used;			/* counted in the line */
};

struct spur_sync_pair_result {
	bool believed;			/* took part */
	double correlation, ratio;	/* of the coarse top; over the runner-up */
	spur_ns coarse_ns;		/* its lag */
	spur_ns offset_ns, sigma_ns;	/* of its own windows at the common reference; sigma < 0: none */
	size_t windows;
};

struct spur_clock_estimate {
	struct spur_clock clock;	/* of b: t_a = t_b - (offset + drift * (t_b - ref)) */
	spur_ns sigma_ns;		/* standard error of the offset at ref, scatter between pairs included */
	int64_t drift_sigma_ppb;
	spur_ns residual_ns;		/* median absolute residual of the windows */
	double confidence;		/* 0 .. 1, see spur-sync(1) */
	size_t used;			/* windows that count */
	size_t window_count, pair_count;
	struct spur_sync_window *windows;	/* owned; by pair, then by time */
	struct spur_sync_pair_result *pairs;	/* owned; as given */
};

/* SPUR_ENOTFOUND: no evidence, and what came nearest. Results do not depend on threads. */
enum spur_status spur_clock_estimate(const struct spur_sync_grids *g, struct spur_clock_estimate *out,
				     struct spur_task *task, struct spur_error *err);
void spur_clock_estimate_finish(struct spur_clock_estimate *e);

#endif
