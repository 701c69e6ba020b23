#include "config.h"

#include "plot/axis.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (86400 * SPUR_NS_PER_S)

void spur_axis_pad(double *lo, double *hi)
{
	double pad;

	if (!(*lo <= *hi)) {
		*lo = 0;
		*hi = 1;
		return;
	}
	pad = *hi * 0.04 - *lo * 0.04;
	if (pad == 0)
		pad = *lo == 0 ? 1 : fabs(*lo) * 0.1;
	*lo = fmax(*lo - pad, -DBL_MAX);	/* the pad may not fit a double */
	*hi = fmin(*hi + pad, DBL_MAX);
}

/* The smallest of 1, 2, 5 times a power of ten that gives at most `most` ticks in [lo, hi]; 0: the range is so
 * narrow that there is none. */
static double round_step(double lo, double hi, size_t most)
{
	static const double factors[] = { 1, 2, 5 };
	double power = pow(10, floor(log10((hi - lo) / (double)most)));

	for (; power > 0 && isfinite(power); power *= 10) {
		for (size_t i = 0; i < 3; i++) {
			double step = power * factors[i];

			if (floor(hi / step) - ceil(lo / step) + 1 <= (double)most)
				return step;
		}
	}
	return 0;
}

/* So many digits that neighbouring ticks differ. */
static int tick_digits(double lo, double hi, double step)
{
	double most = fmax(fabs(lo), fabs(hi)), digits = most > 0 ? floor(log10(most)) - floor(log10(step)) + 1 : 6;

	return digits < 6 ? 6 : digits > 15 ? 15 : (int)digits;
}

void spur_ticks_value(struct spur_ticks *t, double lo, double hi, size_t most)
{
	double step;

	t->count = 0;
	if (!(hi > lo) || !isfinite(hi - lo))
		return;
	most = most < 1 ? 1 : most < SPUR_TICKS_MAX ? most : SPUR_TICKS_MAX;
	step = round_step(lo, hi, most);
	if (step == 0)
		return;
	for (double k = ceil(lo / step); k * step <= hi && t->count < SPUR_TICKS_MAX; k++) {
		struct spur_tick *x = &t->ticks[t->count++];

		x->at = k * step;
		snprintf(x->label, sizeof(x->label), "%.*g", tick_digits(lo, hi, step), x->at == 0 ? 0.0 : x->at);
	}
}

/* mm:ss or h:mm:ss, below a second with as many decimals as the step has; days where a step is one. */
static void time_label(struct spur_tick *x, spur_ns since, spur_ns step)
{
	const char *sign = since < 0 ? "-" : "";
	int64_t ns = llabs(since), s = ns / SPUR_NS_PER_S, h = s / 3600;
	int digits = step >= SPUR_NS_PER_S ? 0 : step >= 1000000 ? 3 : step >= 1000 ? 6 : 9, below = (int)(ns % SPUR_NS_PER_S), n;

	if (step >= DAY_NS) {
		snprintf(x->label, sizeof(x->label), "%s%" PRId64 " d", sign, ns / DAY_NS);
		return;
	}
	if (h > 0)
		n = snprintf(x->label, sizeof(x->label), "%s%" PRId64 ":%02" PRId64 ":%02" PRId64, sign, h, s / 60 % 60, s % 60);
	else
		n = snprintf(x->label, sizeof(x->label), "%s%02" PRId64 ":%02" PRId64, sign, s / 60, s % 60);
	for (int i = digits; i < 9; i++)
		below /= 10;
	if (digits > 0)
		snprintf(x->label + n, sizeof(x->label) - (size_t)n, ".%0*d", digits, below);
}

/* The least round step that gives at most `most` ticks: 1, 2, 5 times a power of ten below a second, then what clocks
 * have, then days. */
static spur_ns time_step(spur_ns width, size_t most)
{
	static const int64_t clock_s[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600 };
	static const int64_t factors[] = { 1, 2, 5 };

	for (spur_ns power = 1; power < SPUR_NS_PER_S; power *= 10) {
		for (size_t i = 0; i < 3; i++) {
			if (width / (power * factors[i]) < (spur_ns)most)
				return power * factors[i];
		}
	}
	for (size_t i = 0; i < sizeof(clock_s) / sizeof(clock_s[0]); i++) {
		if (width / (clock_s[i] * SPUR_NS_PER_S) < (spur_ns)most)
			return clock_s[i] * SPUR_NS_PER_S;
	}
	for (spur_ns power = DAY_NS; power < INT64_MAX / 100; power *= 10) {
		for (size_t i = 0; i < 3; i++) {
			if (width / (power * factors[i]) < (spur_ns)most)
				return power * factors[i];
		}
	}
	return INT64_MAX / 4;
}

void spur_ticks_time(struct spur_ticks *t, spur_ns begin_ns, spur_ns end_ns, spur_ns base_ns, size_t most)
{
	spur_ns step, at, end;

	t->count = 0;
	most = most < SPUR_TICKS_MAX ? most : SPUR_TICKS_MAX;
	if (end_ns <= begin_ns || most == 0)
		return;
	step = time_step(end_ns - begin_ns, most);
	at = (begin_ns - base_ns) / step * step;
	end = end_ns - base_ns;
	at += at < begin_ns - base_ns ? step : 0;
	for (; at < end && t->count < SPUR_TICKS_MAX; at += step) {
		t->ticks[t->count].at = (double)(at + base_ns - begin_ns) / 1e9;
		time_label(&t->ticks[t->count++], at, step);
		if (at > INT64_MAX - step)
			return;
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
