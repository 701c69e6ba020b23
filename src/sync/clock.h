#ifndef SPUR_SYNC_CLOCK_H
#define SPUR_SYNC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/*
 * The clock of one source against the clock of its drive:
 *
 *	t_drive = t_source - (offset + drift * (t_source - ref))
 *
 * A positive offset: the stamps of the source are late (its clock is ahead). All integers, so
 * that the same stamps give the same result everywhere; the drift is rounded to nearest, halves
 * away from zero. All zero is the identity. Pure functions, any thread.
 */
struct spur_clock {
	spur_ns offset_ns;
	int64_t drift_ppb;	/* ns per second of source time; |drift| <= SPUR_DRIFT_MAX_PPB */
	spur_ns ref_ns;		/* in the source's clock: where offset_ns alone holds */
};

#define SPUR_DRIFT_MAX_PPB INT64_C(100000000)	/* 10 %: beyond, a clock is no clock */

/* offset + drift * (t - ref) at source time t; saturates. */
spur_ns spur_clock_shift(const struct spur_clock *c, spur_ns t_source);
/* SPUR_NS_MIN and SPUR_NS_MAX (no bound) stay what they are; saturates. Never decreasing in t. */
spur_ns spur_clock_to_drive(const struct spur_clock *c, spur_ns t_source);
/* The earliest source stamp whose drive time is >= t_drive: so half-open ranges map to half-open
 * ranges. to_drive(to_source(t)) == t wherever some stamp maps to t. */
spur_ns spur_clock_to_source(const struct spur_clock *c, spur_ns t_drive);
bool spur_clock_is_identity(const struct spur_clock *c);

#endif
