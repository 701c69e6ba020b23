#include "config.h"

#include "plot/axis.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void spur_axis_pad(double *lo, double *hi)
{
	double pad;

	if (!(*lo <= *hi)) {
		*lo = 0;
		*hi = 1;
		return;
	}
	pad = (*hi - *lo) * 0.04;
	if (pad == 0)
		pad = *lo == 0 ? 1 : fabs(*lo) * 0.1;
	*lo -= pad;
	*hi += pad;
}

/* The smallest of 1, 2, 5 times a power of ten that gives at most `most` ticks in [lo, hi]. */
static double round_step(double lo, double hi, size_t most)
{
	static const double factors[] = { 1, 2, 5 };
	double power = pow(10, floor(log10((hi - lo) / (double)most)));

	for (;; power *= 10) {
		for (size_t i = 0; i < 3; i++) {
			double step = power * factors[i];

			if (floor(hi / step) - ceil(lo / step) + 1 <= (double)most)
				return step;
		}
	}
}

void spur_ticks_value(struct spur_ticks *t, double lo, double hi, size_t most)
{
	double step;

	t->count = 0;
	if (!(hi > lo) || !isfinite(hi - lo))
		return;
	most = most < 1 ? 1 : most < SPUR_TICKS_MAX ? most : SPUR_TICKS_MAX;
	step = round_step(lo, hi, most);
	for (double k = ceil(lo / step); k * step <= hi && t->count < SPUR_TICKS_MAX; k++) {
		struct spur_tick *x = &t->ticks[t->count++];

		x->at = k * step;
		snprintf(x->label, sizeof(x->label), "%.6g", x->at == 0 ? 0.0 : x->at);
	}
}

static void time_label(struct spur_tick *x, spur_ns since, spur_ns step)
{
	const char *sign = since < 0 ? "-" : "";
	int64_t ms = llabs(since) / 1000000, s = ms / 1000, h = s / 3600;

	if (step < SPUR_NS_PER_S)
		snprintf(x->label, sizeof(x->label), "%s%02" PRId64 ":%02" PRId64 ".%03" PRId64, sign, s / 60, s % 60, ms % 1000);
	else if (h > 0)
		snprintf(x->label, sizeof(x->label), "%s%" PRId64 ":%02" PRId64 ":%02" PRId64, sign, h, s / 60 % 60, s % 60);
	else
		snprintf(x->label, sizeof(x->label), "%s%02" PRId64 ":%02" PRId64, sign, s / 60, s % 60);
}

void spur_ticks_time(struct spur_ticks *t, spur_ns begin_ns, spur_ns end_ns, spur_ns base_ns, size_t most)
{
	static const int64_t steps_ms[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000,
		60000, 120000, 300000, 600000, 900000, 1800000, 3600000, 7200000, 21600000, 86400000 };
	size_t i = 0, n = sizeof(steps_ms) / sizeof(steps_ms[0]);
	int64_t step, first;

	t->count = 0;
	most = most < SPUR_TICKS_MAX ? most : SPUR_TICKS_MAX;
	if (end_ns <= begin_ns || most == 0)
		return;
	while (i + 1 < n && (end_ns - begin_ns) / (steps_ms[i] * 1000000) >= (int64_t)most)
		i++;
	step = steps_ms[i] * 1000000;
	first = (begin_ns - base_ns) / step * step;
	for (int64_t at = first; at < end_ns - base_ns && t->count < SPUR_TICKS_MAX; at += step) {
		if (at < begin_ns - base_ns)
			continue;
		t->ticks[t->count].at = (double)(at + base_ns - begin_ns) / 1e9;
		time_label(&t->ticks[t->count++], at, step);
	}
}

char *spur_number_text(double v, int width, char out[32])
{
	if (isnan(v)) {
		snprintf(out, 32, "-");
		return out;
	}
	for (int digits = 7; digits > 1; digits--) {
		if (snprintf(out, 32, "%.*g", digits, v) <= width)
			return out;
	}
	snprintf(out, 32, "%.1g", v);
	return out;
}
