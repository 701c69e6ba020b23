#include "config.h"

#include "sync/correlate.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

/* Zero where invalid, squares and 0/1 marks: the inner loop is four products without a branch.
 * Points [lo, hi) of a track; index them from lo. */
struct prepared {
	long lo, hi;
	double *x, *xx, *m;
};

static void prepare(struct prepared *p, const struct spur_track *t, long lo, long hi)
{
	size_t n;

	p->lo = lo < 0 ? 0 : lo;
	p->hi = hi > (long)t->n ? (long)t->n : hi;
	n = p->hi > p->lo ? (size_t)(p->hi - p->lo) : 0;
	p->x = spur_calloc(3 * n, sizeof(double));
	p->xx = p->x + n;
	p->m = p->xx + n;
	for (size_t i = 0; i < n; i++) {
		double v = t->x[(size_t)p->lo + i];

		p->m[i] = isnan(v) ? 0 : 1;
		p->x[i] = isnan(v) ? 0 : v;
		p->xx[i] = p->x[i] * p->x[i];
	}
}

static double one_lag(const struct prepared *a, const struct prepared *b, long lag, size_t min_points, double *points)
{
	long lo = a->lo > b->lo - lag ? a->lo : b->lo - lag, hi = a->hi < b->hi - lag ? a->hi : b->hi - lag;
	const double *ax, *axx, *am, *bx, *bxx, *bm;
	double n = 0, aa = 0, bb = 0, ab = 0;

	if (hi <= lo)
		return NAN;
	ax = a->x + (lo - a->lo);
	axx = a->xx + (lo - a->lo);
	am = a->m + (lo - a->lo);
	bx = b->x + (lo + lag - b->lo);
	bxx = b->xx + (lo + lag - b->lo);
	bm = b->m + (lo + lag - b->lo);
	for (long i = 0; i < hi - lo; i++) {
		n += am[i] * bm[i];
		aa += axx[i] * bm[i];
		bb += bxx[i] * am[i];
		ab += ax[i] * bx[i];
	}
	*points = n;
	return n < (double)min_points || aa <= 0 || bb <= 0 ? NAN : ab / sqrt(aa * bb);
}

void spur_lags_compute(struct spur_lags *l, const struct spur_track *a, const struct spur_track *b, size_t from,
		       size_t to, long first, size_t count, size_t min_points)
{
	struct prepared pa, pb;

	prepare(&pa, a, (long)from, (long)to);
	prepare(&pb, b, (long)from + first, (long)to + first + (long)count);
	*l = (struct spur_lags){ first, count, spur_calloc(count, sizeof(double)), spur_calloc(count, sizeof(double)) };
	for (size_t k = 0; k < count; k++)
		l->r[k] = one_lag(&pa, &pb, first + (long)k, min_points, &l->points[k]);
	free(pa.x);
	free(pb.x);
}

void spur_lags_finish(struct spur_lags *l)
{
	free(l->r);
	free(l->points);
	*l = (struct spur_lags){ 0 };
}

static double height(double r, double sign, bool either_sign)
{
	return either_sign ? fabs(r) : sign * r;
}

/* The highest point outside of the hill that k stands on: as far as it falls to half of the top. */
static double runner_up(const struct spur_lags *l, size_t k, bool either_sign)
{
	double top = height(l->r[k], 1, either_sign), best = 0;
	size_t lo = k, hi = k;

	while (lo > 0 && !(height(l->r[lo], 1, either_sign) < top / 2))
		lo--;
	while (hi + 1 < l->count && !(height(l->r[hi], 1, either_sign) < top / 2))
		hi++;
	for (size_t i = 0; i < l->count; i++) {
		if ((i < lo || i > hi) && height(l->r[i], 1, either_sign) > best)
			best = height(l->r[i], 1, either_sign);
	}
	return best;
}

static void refine(const struct spur_lags *l, size_t k, struct spur_peak *out)
{
	double a, b = l->r[k], c, bend;

	if (k == 0 || k + 1 == l->count || isnan(a = l->r[k - 1]) || isnan(c = l->r[k + 1])) {
		out->at_edge = true;
		return;
	}
	bend = a - 2 * b + c;
	if (bend * b >= 0)
		return;
	out->lag += 0.5 * (a - c) / bend;
	out->curvature = -bend / b;
}

void spur_lags_peak(const struct spur_lags *l, bool either_sign, struct spur_peak *out)
{
	size_t best = l->count;
	double other;

	*out = (struct spur_peak){ 0 };
	for (size_t k = 0; k < l->count; k++) {
		if (!isnan(l->r[k]) &&
		    (best == l->count || height(l->r[k], 1, either_sign) > height(l->r[best], 1, either_sign)))
			best = k;
	}
	if (best == l->count || height(l->r[best], 1, either_sign) <= 0)
		return;
	other = runner_up(l, best, either_sign);
	*out = (struct spur_peak){ .found = true, .lag = (double)(l->first + (long)best), .r = l->r[best],
				   .points = l->points[best] };
	out->ratio = other > 0 ? fabs(out->r) / other : INFINITY;
	refine(l, best, out);
}
