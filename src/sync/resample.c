#include "config.h"

#include "sync/resample.h"

#include <math.h>
#include <string.h>

static const char *const names[] = { "zoh", "linear", "nearest" };

const char *spur_resample_name(enum spur_resample method)
{
	return names[method];
}

enum spur_status spur_resample_parse(const char *name, enum spur_resample *out, struct spur_error *err)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum spur_resample)i;
			return SPUR_OK;
		}
	}
	return spur_fail(err, SPUR_EINVAL, "'%s' is no way to resample: zoh, linear or nearest", name);
}

/* Number of samples at or before t, searched from `from` on: grid points come in order. */
static size_t upto(const struct spur_series *s, size_t from, spur_ns t)
{
	while (from < s->rows && s->time_ns[from] <= t)
		from++;
	return from;
}

/* The first search may have far to go. */
static size_t first_upto(const struct spur_series *s, spur_ns t)
{
	size_t lo = 0, hi = s->rows;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->time_ns[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Index of the sample that stands for t, or SIZE_MAX; k samples are at or before t. */
static size_t held(const struct spur_series *s, enum spur_resample method, spur_ns max_gap_ns, spur_ns t, size_t k)
{
	size_t best = k > 0 ? k - 1 : SIZE_MAX;

	if (method == SPUR_RESAMPLE_NEAREST && k < s->rows &&
	    (best == SIZE_MAX || s->time_ns[k] - t < t - s->time_ns[best]))
		best = k;
	if (best == SIZE_MAX)
		return SIZE_MAX;
	return (best < k ? t - s->time_ns[best] : s->time_ns[best] - t) <= max_gap_ns ? best : SIZE_MAX;
}

static double linear(const struct spur_series *s, spur_ns max_gap_ns, spur_ns t, size_t k)
{
	spur_ns t0, t1;

	if (k == 0)
		return NAN;
	t0 = s->time_ns[k - 1];
	if (t0 == t)
		return s->values[k - 1];
	if (k == s->rows || (t1 = s->time_ns[k]) - t0 > max_gap_ns)
		return NAN;
	return s->values[k - 1] + (s->values[k] - s->values[k - 1]) * ((double)(t - t0) / (double)(t1 - t0));
}

void spur_resample_grid(const struct spur_series *s, enum spur_resample method, spur_ns max_gap_ns, spur_ns begin_ns,
			spur_ns step_ns, size_t n, double *values, int32_t *codes)
{
	size_t k = first_upto(s, begin_ns);

	for (size_t i = 0; i < n; i++) {
		spur_ns t = begin_ns + (spur_ns)i * step_ns;
		size_t at;

		k = upto(s, k, t);
		at = held(s, method, max_gap_ns, t, k);
		values[i] = method == SPUR_RESAMPLE_LINEAR ? linear(s, max_gap_ns, t, k) : at == SIZE_MAX ? NAN : s->values[at];
		if (codes != NULL)
			codes[i] = at == SIZE_MAX || s->codes == NULL ? SPUR_WORD_NONE : s->codes[at];
	}
}
