#include "config.h"

#include "sync/robust.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define TUKEY 4.685	/* 95 % efficiency on normal residuals */
#define ROUNDS 30
#define MAD_SIGMA 1.4826

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double spur_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double weighted_mid(const double *x, const double *sigma, size_t n)
{
	double sum = 0, sw = 0;

	for (size_t i = 0; i < n; i++) {
		sum += x[i] / (sigma[i] * sigma[i]);
		sw += 1 / (sigma[i] * sigma[i]);
	}
	return sum / sw;
}

struct slope {
	double value, weight;
};

static int by_slope(const void *a, const void *b)
{
	const struct slope *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* Median of the slopes of all pairs, each weighing what its base and errors are worth; the prior
 * is a pair of its own. */
static double theil_sen(const double *x, const double *y, const double *sigma, size_t n, double prior)
{
	struct slope *s = spur_calloc(n * (n - 1) / 2 + 1, sizeof(*s));
	double total = 0, sum = 0, got = 0;
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			double dx = x[j] - x[i], var = (sigma[i] * sigma[i] + sigma[j] * sigma[j]) / (dx * dx);

			if (dx != 0)
				s[m++] = (struct slope){ (y[j] - y[i]) / dx, 1 / sqrt(var + prior * prior * 1e-6) };
		}
	}
	s[m++] = (struct slope){ 0, 1 / prior };
	qsort(s, m, sizeof(*s), by_slope);
	for (size_t i = 0; i < m; i++)
		total += s[i].weight;
	for (size_t i = 0; i < m; i++) {
		sum += s[i].weight;
		got = s[i].value;
		if (sum >= total / 2)
			break;
	}
	free(s);
	return got;
}

struct sums {
	double w, x, xx, y, xy;
};

static void solve(struct spur_line *l, const struct sums *s, double prior)
{
	double xx = s->xx + 1 / (prior * prior), det = s->w * xx - s->x * s->x;

	l->at_mid = (xx * s->y - s->x * s->xy) / det;
	l->slope = (s->w * s->xy - s->x * s->y) / det;
	l->sigma_at_mid = sqrt(xx / det);
	l->sigma_slope = sqrt(s->w / det);
}

static double residual(const struct spur_line *l, double x, double y)
{
	return y - l->at_mid - l->slope * (x - l->mid);
}

/* Scatter of the residuals in units of their sigmas; never below 1: sigmas are not too good. */
static double scatter(const struct spur_line *l, const double *x, const double *y, const double *sigma, size_t n,
		      double *work)
{
	for (size_t i = 0; i < n; i++)
		work[i] = fabs(residual(l, x[i], y[i])) / sigma[i];
	return fmax(1, MAD_SIGMA * spur_median(work, n));
}

static void weigh(struct sums *s, const struct spur_line *l, const double *x, const double *y, const double *sigma,
		  size_t n, double scale, bool *used)
{
	*s = (struct sums){ 0 };
	for (size_t i = 0; i < n; i++) {
		double u = residual(l, x[i], y[i]) / sigma[i] / scale / TUKEY, dx = x[i] - l->mid, w;

		if (used != NULL)
			used[i] = fabs(u) < 1;
		if (fabs(u) >= 1)
			continue;
		w = (1 - u * u) * (1 - u * u) / (sigma[i] * sigma[i]);
		s->w += w;
		s->x += w * dx;
		s->xx += w * dx * dx;
		s->y += w * y[i];
		s->xy += w * dx * y[i];
	}
}

static void start(struct spur_line *l, const double *x, const double *y, const double *sigma, size_t n, double prior,
		  double *work)
{
	l->slope = theil_sen(x, y, sigma, n, prior);
	for (size_t i = 0; i < n; i++)
		work[i] = y[i] - l->slope * (x[i] - l->mid);
	l->at_mid = spur_median(work, n);
}

void spur_line_fit(struct spur_line *out, const double *x, const double *y, const double *sigma, size_t n,
		   double prior_slope, bool *used)
{
	double *work = spur_calloc(n, sizeof(*work)), scale = 1;
	bool *mine = spur_calloc(n, sizeof(*mine));
	struct sums s;
	size_t m = 0;

	*out = (struct spur_line){ .mid = weighted_mid(x, sigma, n) };
	start(out, x, y, sigma, n, prior_slope, work);
	for (int i = 0; i < ROUNDS; i++) {
		scale = scatter(out, x, y, sigma, n, work);
		weigh(&s, out, x, y, sigma, n, scale, mine);
		if (s.w > 0)
			solve(out, &s, prior_slope);
	}
	for (size_t i = 0; i < n; i++) {
		if (mine[i])
			work[m++] = fabs(residual(out, x[i], y[i]));
	}
	out->inliers = m;
	out->mad = m > 0 ? spur_median(work, m) : 0;
	out->sigma_at_mid *= scale;
	out->sigma_slope *= scale;
	if (used != NULL)
		memcpy(used, mine, n * sizeof(*used));
	free(work);
	free(mine);
}
