#ifndef SPUR_SYNC_ROBUST_H
#define SPUR_SYNC_ROBUST_H

#include <stdbool.h>
#include <stddef.h>

/* A line through points of which some are wrong. y = at_mid + slope * (x - mid). */
struct spur_line {
	double mid, at_mid, slope;
	double sigma_at_mid, sigma_slope;	/* standard errors, scaled by the scatter that was seen */
	double mad;		/* median absolute residual of the points that count */
	size_t inliers;
};

/* Weights 1 / sigma^2 (sigma > 0), Tukey's biweight on the residuals, started from the weighted
 * median of slopes (Theil-Sen) under a prior of prior_slope around 0 for the slope: few points
 * or a short base do not invent one. used (may be NULL) tells the points that count. n >= 1. */
void spur_line_fit(struct spur_line *out, const double *x, const double *y, const double *sigma, size_t n,
		   double prior_slope, bool *used);
/* In place; n >= 1. */
double spur_median(double *v, size_t n);

#endif
