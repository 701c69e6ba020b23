#include "config.h"

#include "sync/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/robust.h"

#define COARSE_STEP_NS (SPUR_NS_PER_S / 10)
#define COARSE_MAX_NS (20 * 60 * SPUR_NS_PER_S)	/* a longer piece would smear by its drift */
#define COARSE_CLIP 3.0		/* rms: one hard event must not outvote the rest */
#define SLOW_NS (6 * SPUR_NS_PER_S)
#define DEFAULT_MAX_OFFSET_NS (120 * SPUR_NS_PER_S)
#define DEFAULT_WINDOW_NS (60 * SPUR_NS_PER_S)
#define MIN_WINDOW_NS (6 * SPUR_NS_PER_S)
#define MIN_OVERLAP_NS (5 * SPUR_NS_PER_S)
#define VOTE_NS (SPUR_NS_PER_S / 2)	/* coarse lags this near mean the same */
#define FINE_NS (SPUR_NS_PER_S * 2 / 5)	/* how far a window may be from the coarse lag, and ... */
#define FINE_DRIFT 200e-6	/* ... this much more per second from the middle */
#define MIN_COARSE_R 0.35
#define MIN_RATIO 1.15
#define GOOD_R 0.9		/* no other scale is tried */
#define MIN_WINDOW_R 0.5
#define MIN_RMS_SHARE 0.25	/* a window with less motion than this share of the rms is left out */
#define MIN_GOOD_SHARE 0.3	/* of the windows with motion that must agree */
#define PRIOR_DRIFT 50e-6	/* quartz */
#define SIGMA_FLOOR_NS 200000.0
#define AGREE_NS 2000000.0
#define SHARP_NS 20e6		/* a standard error beyond this takes away confidence */

struct work {
	const struct spur_sync_grids *g;
	struct spur_clock_estimate *out;
	struct spur_track *a, *b;	/* fine, per pair */
	spur_ns *smooth_ns;		/* per pair: the scale that was chosen */
	bool *negative;			/* the pair goes with opposite signs */
	spur_ns lag_ns;			/* the vote */
	size_t window_cap;
	size_t moving;			/* windows with motion */
};

static void make_track(struct spur_track *t, const struct spur_sync_grids *g, const struct spur_sync_pair *p,
		       spur_ns smooth_ns, bool is_b)
{
	const struct spur_sync_side *side = is_b ? &p->b : &p->a;
	struct spur_track_shape s = { is_b ? g->b_begin_ns : g->a_begin_ns, g->step_ns, is_b ? g->b_n : g->a_n,
				      smooth_ns, SLOW_NS };

	switch (side->from) {
	case SPUR_TRACK_LEVEL:
		spur_track_level(t, &s, side->v);
		break;
	case SPUR_TRACK_RATE:
		spur_track_rate(t, &s, side->v);
		break;
	case SPUR_TRACK_PATH:
		spur_track_path(t, &s, side->v, side->w);
		break;
	case SPUR_TRACK_GEO:
		spur_track_geo(t, &s, side->v, side->w);
		break;
	}
}

/* Lags in steps of the coarse tracks: what max_offset allows, or, for clocks that have nothing
 * to do with each other (a wrong date), all that lets half of the shorter one meet. */
static bool lag_range(const struct spur_track *a, const struct spur_track *b, spur_ns max_offset_ns, size_t need,
		      long *first, size_t *count)
{
	double zero = (double)(a->begin_ns - b->begin_ns) / (double)a->step_ns;
	double lo = zero - (double)max_offset_ns / (double)a->step_ns, hi = zero + (double)max_offset_ns / (double)a->step_ns;
	double low = -(double)a->n + (double)need, high = (double)b->n - (double)need;

	if (low > high)
		return false;
	if (hi < low || lo > high) {
		double half = (double)(a->n < b->n ? a->n : b->n) / 2;

		lo = -(double)a->n + half;
		hi = (double)b->n - half;
	}
	lo = fmax(lo, low);
	hi = fmin(hi, high);
	*first = (long)floor(lo);
	*count = (size_t)(ceil(hi) - floor(lo)) + 1;
	return true;
}

/* The tallest top over all lags; a and b are clipped, so that one hard event does not outvote the
 * rest. Returns the lag in ns of the two clocks. */
static spur_ns coarse_lag(const struct spur_sync_grids *g, size_t pair, const struct spur_track *fa, const struct spur_track *fb,
			  struct spur_peak *peak)
{
	size_t factor = (size_t)(COARSE_STEP_NS / g->step_ns), from, to, need;
	struct spur_track a, b;
	struct spur_lags lags = { 0 };
	spur_ns lag_ns;
	size_t count;
	long first;

	*peak = (struct spur_peak){ 0 };
	factor = factor == 0 ? 1 : factor;
	spur_track_coarse(&a, fa, factor, COARSE_CLIP);
	spur_track_coarse(&b, fb, factor, COARSE_CLIP);
	need = (size_t)(MIN_OVERLAP_NS / a.step_ns);
	need = need > a.n / 3 ? need : a.n < b.n ? a.n / 3 : b.n / 3;
	from = (spur_ns)a.n * a.step_ns > COARSE_MAX_NS ? (a.n - (size_t)(COARSE_MAX_NS / a.step_ns)) / 2 : 0;
	to = a.n - from;
	if (need > to - from)
		need = to - from;
	if (spur_track_rms(&a) > 0 && spur_track_rms(&b) > 0 &&
	    lag_range(&a, &b, g->max_offset_ns, need, &first, &count)) {
		spur_lags_compute(&lags, &a, &b, from, to, first, count, need);
		spur_lags_peak(&lags, g->pairs[pair].either_sign, peak);
	}
	lag_ns = (spur_ns)(peak->lag * (double)a.step_ns) + (b.begin_ns - a.begin_ns);
	peak->curvature *= ((double)g->step_ns / (double)a.step_ns) * ((double)g->step_ns / (double)a.step_ns);
	peak->points *= (double)factor;
	spur_lags_finish(&lags);
	spur_track_finish(&a);
	spur_track_finish(&b);
	return lag_ns;
}

static bool credible(const struct spur_sync_pair_result *r);
static double lag_sigma_ns(const struct spur_peak *p, const struct spur_sync_grids *g, spur_ns smooth_ns);

/* One scale of smoothing; takes the place of what was there if it tells the lag better. */
static void try_scale(struct work *w, size_t i, spur_ns smooth_ns, double *best)
{
	struct spur_sync_pair_result r = { 0 };
	struct spur_track a, b;
	struct spur_peak peak;
	double worth;

	make_track(&a, w->g, &w->g->pairs[i], smooth_ns, false);
	make_track(&b, w->g, &w->g->pairs[i], smooth_ns, true);
	r.coarse_ns = coarse_lag(w->g, i, &a, &b, &peak);
	r.correlation = peak.r;
	r.ratio = peak.at_edge || !peak.found ? 0 : peak.ratio;
	worth = credible(&r) && peak.curvature > 0 ? lag_sigma_ns(&peak, w->g, smooth_ns) : 1e18 * (2 - fabs(peak.r));
	if (worth < *best) {
		spur_track_finish(&w->a[i]);
		spur_track_finish(&w->b[i]);
		w->a[i] = a;
		w->b[i] = b;
		w->smooth_ns[i] = smooth_ns;
		w->negative[i] = peak.r < 0;
		w->out->pairs[i] = r;
		*best = worth;
		return;
	}
	spur_track_finish(&a);
	spur_track_finish(&b);
}

/* Noisy signals tell more when they are smoothed more; good ones need not try. */
static void coarse_pair(struct work *w, size_t i)
{
	static const double scales[] = { 1, 2.5, 6 };
	double best = INFINITY;

	for (size_t k = 0; k < sizeof(scales) / sizeof(*scales) && fabs(w->out->pairs[i].correlation) < GOOD_R; k++)
		try_scale(w, i, (spur_ns)((double)w->g->pairs[i].smooth_ns * scales[k]), &best);
}

static bool credible(const struct spur_sync_pair_result *r)
{
	return fabs(r->correlation) >= MIN_COARSE_R && r->ratio >= MIN_RATIO;
}

static double weight(const struct spur_sync_pair_result *r)
{
	return fabs(r->correlation) * fmin(r->ratio - 1, 1);
}

static double support(const struct work *w, spur_ns lag_ns)
{
	double sum = 0;

	for (size_t i = 0; i < w->g->count; i++) {
		const struct spur_sync_pair_result *r = &w->out->pairs[i];

		if (credible(r) && llabs(r->coarse_ns - lag_ns) <= VOTE_NS)
			sum += weight(r);
	}
	return sum;
}

static enum spur_status no_evidence(const struct work *w, struct spur_error *err)
{
	const struct spur_sync_pair_result *best = NULL;
	size_t at = 0;

	for (size_t i = 0; i < w->g->count; i++) {
		const struct spur_sync_pair_result *r = &w->out->pairs[i];

		if (best == NULL || fabs(r->correlation) > fabs(best->correlation)) {
			best = r;
			at = i;
		}
	}
	if (best == NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "no two signals observe the same motion: name them with --pair A=B");
	return spur_fail(err, SPUR_ENOTFOUND,
			 "no evidence of a common motion: of %zu pairs the best, %s and %s, correlates %.2f with %.2f times "
			 "the runner-up (needs %.2f and %.2f); are these the same drive, and is --max-offset wide enough?",
			 w->g->count, w->g->pairs[at].a.name, w->g->pairs[at].b.name, best->correlation, best->ratio,
			 MIN_COARSE_R, MIN_RATIO);
}

/* The lag with the most support; its own best pair stands for it. */
static enum spur_status vote(struct work *w, struct spur_error *err)
{
	double best = 0, heaviest = 0;
	spur_ns chosen = 0;

	for (size_t i = 0; i < w->g->count; i++) {
		const struct spur_sync_pair_result *r = &w->out->pairs[i];
		double s = credible(r) ? support(w, r->coarse_ns) : 0;

		if (s > best) {
			best = s;
			chosen = r->coarse_ns;
		}
	}
	if (best <= 0)
		return no_evidence(w, err);
	for (size_t i = 0; i < w->g->count; i++) {
		const struct spur_sync_pair_result *r = &w->out->pairs[i];

		if (credible(r) && llabs(r->coarse_ns - chosen) <= VOTE_NS && weight(r) > heaviest) {
			heaviest = weight(r);
			w->lag_ns = r->coarse_ns;
		}
	}
	return SPUR_OK;
}

static void add_window(struct work *w, const struct spur_sync_window *win)
{
	struct spur_clock_estimate *e = w->out;

	if (e->window_count == w->window_cap) {
		w->window_cap = w->window_cap == 0 ? 64 : w->window_cap * 2;
		e->windows = spur_realloc(e->windows, w->window_cap, sizeof(*e->windows));
	}
	e->windows[e->window_count++] = *win;
}

static double part_rms(const struct spur_track *t, size_t from, size_t to)
{
	struct spur_track part = { .n = to - from, .x = t->x + from };

	return spur_track_rms(&part);
}

/* Cramer-Rao for the lag of two noisy copies: curvature is the mean squared frequency, and the
 * points are as many as are independent after the smoothing. */
static double lag_sigma_ns(const struct spur_peak *p, const struct spur_sync_grids *g, spur_ns smooth_ns)
{
	double independent = p->points * (double)g->step_ns / (3.5 * (double)smooth_ns), r2 = p->r * p->r;
	double var = (1 - r2) / r2 / fmax(independent, 1) / p->curvature;

	return fmax(sqrt(fmax(var, 0)) * (double)g->step_ns, SIGMA_FLOOR_NS);
}

static void fine_window(struct work *w, size_t i, size_t from, size_t to, double middle_s, double rms)
{
	const struct spur_sync_grids *g = w->g;
	double mid_s = ((double)from + (double)to) / 2 * (double)g->step_ns / 1e9;
	double reach_ns = (double)FINE_NS + FINE_DRIFT * fabs(mid_s - middle_s) * 1e9;
	double centre = (double)(w->lag_ns + g->a_begin_ns - g->b_begin_ns) / (double)g->step_ns;
	long reach = (long)(reach_ns / (double)g->step_ns) + 1;
	struct spur_sync_window win = { .pair = i, .begin_ns = g->a_begin_ns + (spur_ns)from * g->step_ns,
					.end_ns = g->a_begin_ns + (spur_ns)to * g->step_ns };
	struct spur_lags lags;
	struct spur_peak p;

	if (part_rms(&w->a[i], from, to) < MIN_RMS_SHARE * rms)
		return;
	w->moving++;
	spur_lags_compute(&lags, &w->a[i], &w->b[i], from, to, lround(centre) - reach, (size_t)(2 * reach + 1), (to - from) / 2);
	spur_lags_peak(&lags, g->pairs[i].either_sign, &p);
	spur_lags_finish(&lags);
	if (!p.found || p.at_edge || !(p.curvature > 0) || fabs(p.r) < MIN_WINDOW_R || (p.r < 0) != w->negative[i])
		return;
	win.lag_ns = (spur_ns)llround(p.lag * (double)g->step_ns) + (g->b_begin_ns - g->a_begin_ns);
	win.sigma_ns = (spur_ns)lag_sigma_ns(&p, g, w->smooth_ns[i]);
	win.correlation = p.r;
	add_window(w, &win);
}

static void fine_pair(struct work *w, size_t i, struct spur_task *task)
{
	const struct spur_sync_grids *g = w->g;
	spur_ns span = (spur_ns)g->a_n * g->step_ns, len = g->window_ns;
	size_t before = w->out->window_count, n, step;
	double rms = spur_track_rms(&w->a[i]);

	if (len > span / 3)
		len = span / 3;
	if (len < MIN_WINDOW_NS)
		len = MIN_WINDOW_NS < span ? MIN_WINDOW_NS : span;
	n = (size_t)(len / g->step_ns);
	step = n / 2 > 0 ? n / 2 : 1;
	for (size_t at = 0; at + n <= g->a_n && !spur_task_cancelled(task); at += step)
		fine_window(w, i, at, at + n, (double)g->a_n / 2 * (double)g->step_ns / 1e9, rms);
	if (w->out->window_count == before && span <= 3 * g->window_ns)	/* short: all of it may tell what no part does */
		fine_window(w, i, 0, g->a_n, (double)g->a_n / 2 * (double)g->step_ns / 1e9, rms);
	w->out->pairs[i].windows = w->out->window_count - before;
}

/* The arrays of a fit, in seconds from the start of a and from the voted lag. */
struct points {
	double *x, *y, *sigma;
	size_t *window;
	bool *used;
	size_t n;
};

static void gather(const struct work *w, struct points *p, const bool *take)
{
	size_t cap = w->out->window_count + 1;

	*p = (struct points){ spur_calloc(cap, sizeof(double)), spur_calloc(cap, sizeof(double)),
			      spur_calloc(cap, sizeof(double)), spur_calloc(cap, sizeof(size_t)),
			      spur_calloc(cap, sizeof(bool)), 0 };
	for (size_t i = 0; i < w->out->window_count; i++) {
		const struct spur_sync_window *win = &w->out->windows[i];

		if (!take[win->pair])
			continue;
		p->x[p->n] = ((double)(win->begin_ns - w->g->a_begin_ns) + (double)(win->end_ns - win->begin_ns) / 2) / 1e9;
		p->y[p->n] = (double)(win->lag_ns - w->lag_ns) / 1e9;
		p->sigma[p->n] = (double)win->sigma_ns / 1e9;
		p->window[p->n++] = i;
	}
}

static void release(struct points *p)
{
	free(p->x);
	free(p->y);
	free(p->sigma);
	free(p->window);
	free(p->used);
}

/* Each pair by itself, read at the middle of a, so that pairs can be compared. */
static void fit_pairs(struct work *w)
{
	bool *take = spur_calloc(w->g->count, sizeof(*take));
	double middle = (double)w->g->a_n / 2 * (double)w->g->step_ns / 1e9;

	for (size_t i = 0; i < w->g->count; i++) {
		struct spur_sync_pair_result *r = &w->out->pairs[i];
		struct spur_line line;
		struct points p;

		r->sigma_ns = -1;
		take[i] = true;
		gather(w, &p, take);
		take[i] = false;
		if (p.n > 0) {
			spur_line_fit(&line, p.x, p.y, p.sigma, p.n, PRIOR_DRIFT, NULL);
			r->offset_ns = w->lag_ns + (spur_ns)llround((line.at_mid + line.slope * (middle - line.mid)) * 1e9);
			r->sigma_ns = (spur_ns)llround(hypot(line.sigma_at_mid, line.sigma_slope * (middle - line.mid)) * 1e9) + 1;
		}
		release(&p);
	}
	free(take);
}

static double pair_weight(const struct spur_sync_pair_result *r)
{
	double s = (double)r->sigma_ns + SIGMA_FLOOR_NS;

	return 1 / (s * s);
}

/* Quickest sensors first; slower pairs join where they agree with those. */
static void believe(struct work *w)
{
	struct spur_sync_pair_result *r = w->out->pairs;
	spur_ns quickest = SPUR_NS_MAX;
	double sum = 0, sw = 0;
	size_t most = 0;

	for (size_t i = 0; i < w->g->count; i++)
		most = r[i].windows > most ? r[i].windows : most;
	for (size_t i = 0; i < w->g->count; i++) {
		if (r[i].sigma_ns >= 0 && r[i].windows * 3 >= most && w->g->pairs[i].latency_ns < quickest)
			quickest = w->g->pairs[i].latency_ns;
	}
	for (size_t i = 0; i < w->g->count; i++) {
		if (r[i].sigma_ns < 0 || w->g->pairs[i].latency_ns > quickest)
			continue;
		r[i].believed = true;
		sum += pair_weight(&r[i]) * (double)(r[i].offset_ns - w->lag_ns);
		sw += pair_weight(&r[i]);
	}
	for (size_t i = 0; i < w->g->count; i++) {
		double off = (double)(r[i].offset_ns - w->lag_ns) - (sw > 0 ? sum / sw : 0);

		if (r[i].sigma_ns >= 0 && !r[i].believed && (sw <= 0 || fabs(off) <= fmax(AGREE_NS, (double)r[i].sigma_ns)))
			r[i].believed = true;
	}
}

static double unit(double v)
{
	return v < 0 || isnan(v) ? 0 : v > 1 ? 1 : v;
}

/* How far the believed pairs lie apart, as a standard error of their mean. */
static double pair_scatter_ns(const struct work *w)
{
	const struct spur_sync_pair_result *r = w->out->pairs;
	double sum = 0, sw = 0, var = 0;
	size_t n = 0;

	for (size_t i = 0; i < w->g->count; i++) {
		if (!r[i].believed)
			continue;
		sum += pair_weight(&r[i]) * (double)(r[i].offset_ns - w->lag_ns);
		sw += pair_weight(&r[i]);
		n++;
	}
	if (n < 2)
		return 0;
	for (size_t i = 0; i < w->g->count; i++) {
		double d = (double)(r[i].offset_ns - w->lag_ns) - sum / sw;

		if (r[i].believed)
			var += pair_weight(&r[i]) * d * d / sw;
	}
	return sqrt(var / (double)(n - 1));
}

/* Of five independent parts: how high the correlation is in the windows that count, how far the
 * top stands out, the share of windows that agree, the share of votes for this lag, and how sharp
 * the result is. */
static double confidence(const struct work *w, size_t used, size_t of)
{
	double *r = spur_calloc(w->out->window_count, sizeof(*r)), ratio = 0, votes = 0, c;
	size_t n = 0;

	for (size_t i = 0; i < w->out->window_count; i++) {
		if (w->out->windows[i].used)
			r[n++] = fabs(w->out->windows[i].correlation);
	}
	for (size_t i = 0; i < w->g->count; i++) {
		const struct spur_sync_pair_result *p = &w->out->pairs[i];

		votes += credible(p) ? weight(p) : 0;
		if (llabs(p->coarse_ns - w->lag_ns) <= VOTE_NS && p->ratio > ratio)
			ratio = p->ratio;
	}
	c = n == 0 ? 0 : unit((spur_median(r, n) - 0.4) / 0.4) * unit((ratio - 1) / 0.5);
	c *= unit((double)used / (double)(of > 0 ? of : 1) / 0.6) * unit(((double)used + 1) / 4);
	c *= unit(sqrt(SHARP_NS / fmax((double)w->out->sigma_ns, 1)));
	free(r);
	return c * unit(support(w, w->lag_ns) / (votes > 0 ? votes : 1));
}

static enum spur_status fit(struct work *w, struct spur_error *err)
{
	struct spur_clock_estimate *e = w->out;
	bool *take = spur_calloc(w->g->count, sizeof(*take));
	struct spur_line line;
	struct points p;
	spur_ns mid_ns;

	for (size_t i = 0; i < w->g->count; i++)
		take[i] = e->pairs[i].believed;
	gather(w, &p, take);
	free(take);
	if (p.n == 0 || (double)e->window_count < MIN_GOOD_SHARE * (double)w->moving) {
		enum spur_status st = spur_fail(err, SPUR_ENOTFOUND,
			"no evidence: the recordings fit at %.3f s as a whole, but only %zu of %zu windows with motion do",
			(double)w->lag_ns / 1e9, e->window_count, w->moving);

		release(&p);
		return st;
	}
	spur_line_fit(&line, p.x, p.y, p.sigma, p.n, PRIOR_DRIFT, p.used);
	for (size_t i = 0; i < p.n; i++)
		e->windows[p.window[i]].used = p.used[i];
	mid_ns = w->g->a_begin_ns + (spur_ns)llround(line.mid * 1e9);
	e->clock.offset_ns = w->lag_ns + (spur_ns)llround(line.at_mid * 1e9);
	e->clock.drift_ppb = (int64_t)llround(line.slope / (1 + line.slope) * 1e9);
	e->clock.ref_ns = mid_ns + e->clock.offset_ns;
	e->sigma_ns = (spur_ns)llround(hypot(line.sigma_at_mid * 1e9, pair_scatter_ns(w)));
	e->drift_sigma_ppb = (int64_t)llround(line.sigma_slope * 1e9);
	e->residual_ns = (spur_ns)llround(line.mad * 1e9);
	e->used = line.inliers;
	e->confidence = confidence(w, line.inliers, p.n);
	release(&p);
	return SPUR_OK;
}

static enum spur_status estimate(struct work *w, struct spur_task *task, struct spur_error *err)
{
	enum spur_status st;

	for (size_t i = 0; i < w->g->count; i++) {
		if (spur_task_cancelled(task))
			return spur_fail(err, SPUR_ECANCELLED, "estimating the clocks");
		coarse_pair(w, i);
	}
	if ((st = vote(w, err)) < 0)
		return st;
	for (size_t i = 0; i < w->g->count; i++) {
		if (fabs(w->out->pairs[i].correlation) >= MIN_COARSE_R && llabs(w->out->pairs[i].coarse_ns - w->lag_ns) <= VOTE_NS)
			fine_pair(w, i, task);
	}
	if (spur_task_cancelled(task))
		return spur_fail(err, SPUR_ECANCELLED, "estimating the clocks");
	fit_pairs(w);
	believe(w);
	return fit(w, err);
}

enum spur_status spur_clock_estimate(const struct spur_sync_grids *given, struct spur_clock_estimate *out,
				     struct spur_task *task, struct spur_error *err)
{
	struct spur_sync_grids g = *given;
	struct work w = { .g = &g, .out = out };
	enum spur_status st;

	g.max_offset_ns = g.max_offset_ns > 0 ? g.max_offset_ns : DEFAULT_MAX_OFFSET_NS;
	g.window_ns = g.window_ns > 0 ? g.window_ns : DEFAULT_WINDOW_NS;
	*out = (struct spur_clock_estimate){ .pair_count = g.count };
	out->pairs = spur_calloc(g.count, sizeof(*out->pairs));
	w.a = spur_calloc(g.count, sizeof(*w.a));
	w.b = spur_calloc(g.count, sizeof(*w.b));
	w.negative = spur_calloc(g.count, sizeof(*w.negative));
	w.smooth_ns = spur_calloc(g.count, sizeof(*w.smooth_ns));
	st = estimate(&w, task, err);
	for (size_t i = 0; i < g.count; i++) {
		spur_track_finish(&w.a[i]);
		spur_track_finish(&w.b[i]);
	}
	free(w.a);
	free(w.b);
	free(w.negative);
	free(w.smooth_ns);
	if (st < 0)
		spur_clock_estimate_finish(out);
	return st;
}

void spur_clock_estimate_finish(struct spur_clock_estimate *e)
{
	free(e->windows);
	free(e->pairs);
	*e = (struct spur_clock_estimate){ 0 };
}
