#include "config.h"

#include "sync/track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define REACH 3.5	/* of the Gaussian, in standard deviations */
#define EARTH_M 6371008.8
#define RAD (3.14159265358979323846 / 180)

/* Weights of a Gaussian (derivative: of its derivative per second), -half .. half. */
static double *kernel(const struct spur_track_shape *s, int derivative, size_t *half)
{
	double sigma = (double)s->smooth_ns / (double)s->step_ns, step_s = (double)s->step_ns / 1e9, norm = 0;
	double *k;

	sigma = sigma < 0.5 ? 0.5 : sigma;
	*half = (size_t)ceil(REACH * sigma);
	k = spur_calloc(2 * *half + 1, sizeof(*k));
	for (size_t i = 0; i <= 2 * *half; i++) {
		double u = (double)i - (double)*half, g = exp(-0.5 * (u / sigma) * (u / sigma));

		k[i] = derivative ? u * g : g;
		norm += derivative ? u * u * g * step_s : g;
	}
	for (size_t i = 0; i <= 2 * *half; i++)
		k[i] /= norm;
	return k;
}

/* NaN within reach of a gap or an end. */
static double *filter(const struct spur_track_shape *s, const double *v, int derivative)
{
	double *out = spur_calloc(s->n, sizeof(*out)), *k;
	size_t half;

	k = kernel(s, derivative, &half);
	for (size_t i = 0; i < s->n; i++) {
		double sum = 0;

		if (i < half || i + half >= s->n) {
			out[i] = NAN;
			continue;
		}
		for (size_t j = 0; j <= 2 * half; j++)
			sum += k[j] * v[i - half + j];
		out[i] = sum;
	}
	free(k);
	return out;
}

/* Take away the mean of the valid points within slow_ns around. */
static void remove_slow(const struct spur_track_shape *s, double *v)
{
	size_t half = (size_t)(s->slow_ns / s->step_ns / 2);
	double *sum = spur_calloc(s->n + 1, sizeof(*sum)), *count = spur_calloc(s->n + 1, sizeof(*count));

	for (size_t i = 0; i < s->n; i++) {
		sum[i + 1] = sum[i] + (isnan(v[i]) ? 0 : v[i]);
		count[i + 1] = count[i] + (isnan(v[i]) ? 0 : 1);
	}
	for (size_t i = 0; i < s->n; i++) {
		size_t lo = i < half ? 0 : i - half, hi = i + half + 1 > s->n ? s->n : i + half + 1;

		v[i] -= count[hi] > count[lo] ? (sum[hi] - sum[lo]) / (count[hi] - count[lo]) : 0;
	}
	free(sum);
	free(count);
}

static void make(struct spur_track *t, const struct spur_track_shape *s, double *filtered)
{
	remove_slow(s, filtered);
	*t = (struct spur_track){ s->begin_ns, s->step_ns, s->n, filtered };
}

void spur_track_level(struct spur_track *t, const struct spur_track_shape *s, const double *values)
{
	make(t, s, filter(s, values, 0));
}

void spur_track_rate(struct spur_track *t, const struct spur_track_shape *s, const double *values)
{
	make(t, s, filter(s, values, 1));
}

void spur_track_path(struct spur_track *t, const struct spur_track_shape *s, const double *x, const double *y)
{
	double *vx = filter(s, x, 1), *vy = filter(s, y, 1);

	for (size_t i = 0; i < s->n; i++)
		vx[i] = hypot(vx[i], vy[i]);
	spur_track_rate(t, s, vx);
	free(vx);
	free(vy);
}

void spur_track_geo(struct spur_track *t, const struct spur_track_shape *s, const double *lat, const double *lon)
{
	double *x = spur_calloc(s->n, sizeof(*x)), *y = spur_calloc(s->n, sizeof(*y)), lat0 = NAN, lon0 = NAN;

	for (size_t i = 0; i < s->n && isnan(lat0); i++) {
		lat0 = isnan(lon[i]) ? NAN : lat[i];
		lon0 = lon[i];
	}
	for (size_t i = 0; i < s->n; i++) {
		x[i] = (lon[i] - lon0) * RAD * EARTH_M * cos(lat0 * RAD);
		y[i] = (lat[i] - lat0) * RAD * EARTH_M;
	}
	spur_track_path(t, s, x, y);
	free(x);
	free(y);
}

double spur_track_rms(const struct spur_track *t)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (isnan(t->x[i]))
			continue;
		sum += t->x[i] * t->x[i];
		n++;
	}
	return n == 0 ? 0 : sqrt(sum / (double)n);
}

void spur_track_coarse(struct spur_track *t, const struct spur_track *fine, size_t factor, double clip)
{
	double limit = clip * spur_track_rms(fine);

	*t = (struct spur_track){ .begin_ns = fine->begin_ns + (spur_ns)(factor - 1) * fine->step_ns / 2,
				  .step_ns = fine->step_ns * (spur_ns)factor, .n = fine->n / factor };
	t->x = spur_calloc(t->n, sizeof(*t->x));
	for (size_t i = 0; i < t->n; i++) {
		double sum = 0;

		for (size_t j = 0; j < factor; j++)
			sum += fine->x[i * factor + j];
		sum /= (double)factor;
		t->x[i] = clip > 0 && sum > limit ? limit : clip > 0 && sum < -limit ? -limit : sum;
	}
}

void spur_track_finish(struct spur_track *t)
{
	free(t->x);
	*t = (struct spur_track){ 0 };
}
