#ifndef SPUR_DEMO_CLOCK_H
#define SPUR_DEMO_CLOCK_H

#include "base/time.h"

/* The clock of the second logger: mcap_time = t + offset_ns + drift_ppb * (t - t0_ns) / 1e9 */
struct spur_demo_clock {
	spur_ns t0_ns, offset_ns;
	int64_t drift_ppb;
};

spur_ns spur_demo_clock_of(const struct spur_demo_clock *c, spur_ns t);

#endif
