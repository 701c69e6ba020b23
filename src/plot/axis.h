#ifndef SPUR_PLOT_AXIS_H
#define SPUR_PLOT_AXIS_H

#include <stddef.h>

#include "base/time.h"

#define SPUR_TICKS_MAX 16

struct spur_tick {
	double at;		/* value, or seconds since begin of the axis */
	char label[24];
};

struct spur_ticks {
	size_t count;
	struct spur_tick ticks[SPUR_TICKS_MAX];
};

/* Round numbers (1, 2, 5 times a power of ten) inside [lo, hi], at most `most` of them; none where doubles do not
 * tell them apart. Labels differ from each other. Pure. */
void spur_ticks_value(struct spur_ticks *t, double lo, double hi, size_t most);
/* Round times inside [begin_ns, end_ns): labels mm:ss or h:mm:ss, with as many decimals as a step below a second
 * has, or days; counted from base_ns. Spans fit 63 bits. */
void spur_ticks_time(struct spur_ticks *t, spur_ns begin_ns, spur_ns end_ns, spur_ns base_ns, size_t most);
/* Widen [*lo, *hi] so that a flat or empty line has room, by 4 % otherwise. */
void spur_axis_pad(double *lo, double *hi);
/* A number in at most `width` characters, for tables and axes: 1234, 0.0123, 1.2e+09. Needs 32 bytes. */
char *spur_number_text(double v, int width, char out[32]);

#endif
