/* The estimator finds what was put in, says how sure it is, and refuses where nothing is. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "sync/estimate.h"

#include "../tap.h"

#define STEP (SPUR_NS_PER_S / 100)
#define A0 INT64_C(1700000000000000000)

struct rig {
	double seconds, offset_s, drift, noise, quantum;	/* t_b = t_a + offset + drift * (t_a - A0) */
	unsigned seed;
};

static uint64_t state;

static double uniform(void)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(state >> 11) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform() + 1e-12)) * cos(6.283185307179586 * uniform());
}

#define BUMPS 256
#define NEAR 9	/* widths; beyond it a bump is below what a double adds */
struct motion {
	double at[BUMPS], width[BUMPS], height[BUMPS];
	size_t n;
};

static void make_motion(struct motion *m, double seconds, unsigned seed)
{
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	m->n = (size_t)(seconds / 12) < BUMPS ? (size_t)(seconds / 12) : BUMPS;
	for (size_t i = 0; i < m->n; i++) {
		m->at[i] = uniform() * seconds;
		m->width[i] = 0.4 + 1.2 * uniform();
		m->height[i] = (uniform() - 0.6) * 6;
	}
}

static double accel(const struct motion *m, double t)
{
	double a = 0;

	for (size_t i = 0; i < m->n; i++) {
		double x = (t - m->at[i]) / m->width[i];

		if (fabs(x) < NEAR)
			a += m->height[i] * exp(-0.5 * x * x);
	}
	return a + 0.1 * sin(t * 0.7);
}

static double speed(const struct motion *m, double t)
{
	double v = 20 - 0.1 / 0.7 * cos(t * 0.7);

	for (size_t i = 0; i < m->n; i++) {
		double x = (t - m->at[i]) / m->width[i], step = x > NEAR ? 2 : x < -NEAR ? 0 : 1 + erf(x / 1.4142135623731);

		v += m->height[i] * m->width[i] * 1.2533141373155 * step;
	}
	return v;
}

static double with_noise(double v, const struct rig *r)
{
	v += r->noise * normal();
	return r->quantum > 0 ? round(v / r->quantum) * r->quantum : v;
}

/* Side a: acceleration and speed; side b: the same, late and drifting, from its own motion if other. */
static void make_grids(const struct rig *r, double *va[2], double *vb[2], size_t n, bool other)
{
	struct motion m;

	make_motion(&m, r->seconds, r->seed);
	for (size_t i = 0; i < n; i++) {
		double t = (double)i / 100;

		va[0][i] = with_noise(accel(&m, t), r);
		va[1][i] = with_noise(speed(&m, t) * 3.6, r);
	}
	if (other)
		make_motion(&m, r->seconds, r->seed + 77);
	for (size_t i = 0; i < n; i++) {
		double t = ((double)i / 100 - r->offset_s) / (1 + r->drift);

		vb[0][i] = with_noise(-accel(&m, t), r);
		vb[1][i] = with_noise(speed(&m, t), r);
	}
}

static enum spur_status run(const struct rig *r, bool other, struct spur_clock_estimate *e, struct spur_error *err)
{
	size_t n = (size_t)(r->seconds * 100);
	double *va[2], *vb[2];
	struct spur_sync_pair pairs[2];
	struct spur_sync_grids g = { .step_ns = STEP, .a_begin_ns = A0, .b_begin_ns = A0, .a_n = n, .b_n = n, .pairs = pairs,
				     .count = 2 };
	enum spur_status st;

	for (int i = 0; i < 2; i++) {
		va[i] = calloc(n, sizeof(double));
		vb[i] = calloc(n, sizeof(double));
	}
	make_grids(r, va, vb, n, other);
	pairs[0] = (struct spur_sync_pair){ { "acc", SPUR_TRACK_LEVEL, va[0], NULL }, { "imu", SPUR_TRACK_LEVEL, vb[0], NULL },
					    SPUR_NS_PER_S / 10, 5000000, true };
	pairs[1] = (struct spur_sync_pair){ { "speed", SPUR_TRACK_RATE, va[1], NULL }, { "gnss", SPUR_TRACK_RATE, vb[1], NULL },
					    SPUR_NS_PER_S / 10, 15000000, false };
	st = spur_clock_estimate(&g, e, NULL, err);
	for (int i = 0; i < 2; i++) {
		free(va[i]);
		free(vb[i]);
	}
	return st;
}

/* The largest error over the whole recording, in ms. */
static double worst_ms(const struct rig *r, const struct spur_clock *c)
{
	double worst = 0;

	for (int i = 0; i <= 100; i++) {
		double t = r->seconds * i / 100;
		spur_ns b = A0 + (spur_ns)llround((t + r->offset_s + r->drift * t) * 1e9);
		double off = (double)(spur_clock_to_drive(c, b) - A0) / 1e9 - t;

		worst = fabs(off) > worst ? fabs(off) : worst;
	}
	return worst * 1e3;
}

static void finds(const struct rig *r, double limit_ms, const char *what)
{
	struct spur_clock_estimate e;
	struct spur_error err = { 0 };
	enum spur_status st = run(r, false, &e, &err);
	double worst = st == SPUR_OK ? worst_ms(r, &e.clock) : INFINITY;

	printf("# %s: worst %.3f ms, sigma %.3f ms, drift %lld ppb, confidence %.2f, %zu windows %s\n", what, worst,
	       st == SPUR_OK ? (double)e.sigma_ns / 1e6 : 0, st == SPUR_OK ? (long long)e.clock.drift_ppb : 0,
	       st == SPUR_OK ? e.confidence : 0, st == SPUR_OK ? e.used : 0, st == SPUR_OK ? "" : err.text);
	ok(worst <= limit_ms, what);
	if (st == SPUR_OK) {
		ok(e.confidence >= 0.5, "and is confident");
		spur_clock_estimate_finish(&e);
	}
}

static void refuses(void)
{
	struct spur_clock_estimate e;
	struct spur_error err = { 0 };
	int refused = 0, sure = 0;

	for (unsigned seed = 1; seed <= 20; seed++) {
		struct rig r = { .seconds = 300, .noise = 0.05, .seed = seed };
		enum spur_status st = run(&r, true, &e, &err);

		refused += st == SPUR_ENOTFOUND;
		if (st == SPUR_OK) {
			sure += e.confidence >= 0.5;
			spur_clock_estimate_finish(&e);
		}
	}
	printf("# two drives that have nothing in common: %d of 20 refused, %d believed\n", refused, sure);
	ok(refused >= 18, "different drives are refused");
	is_int(sure, 0, "and never believed");
	ok(strstr(err.text, "no evidence") != NULL, "the refusal says why");
}

static void flat(void)
{
	struct spur_clock_estimate e;
	struct spur_error err = { 0 };
	double *v = calloc(10000, sizeof(double));
	struct spur_sync_pair p = { { "a", SPUR_TRACK_LEVEL, v, NULL }, { "b", SPUR_TRACK_LEVEL, v, NULL }, SPUR_NS_PER_S / 10, 0, false };
	struct spur_sync_grids g = { .step_ns = STEP, .a_n = 10000, .b_n = 10000, .pairs = &p, .count = 1 };

	is_int(spur_clock_estimate(&g, &e, NULL, &err), SPUR_ENOTFOUND, "a constant is no evidence");
	for (int i = 0; i < 10000; i++)
		v[i] = NAN;
	is_int(spur_clock_estimate(&g, &e, NULL, &err), SPUR_ENOTFOUND, "nor is a signal without samples");
	g.count = 0;
	is_int(spur_clock_estimate(&g, &e, NULL, &err), SPUR_ENOTFOUND, "nor no signal at all");
	free(v);
}

int main(void)
{
	finds(&(struct rig){ 600, 1.2345678, 20e-6, 0.0, 0, 1 }, 0.3, "clean, 1.23 s and 20 ppm");
	finds(&(struct rig){ 600, -3.210987, -20e-6, 0.1, 0.1, 2 }, 1.5, "noise 0.1, quantum 0.1");
	finds(&(struct rig){ 600, 0.137, 20e-6, 0.3, 0, 3 }, 10.0, "noise 0.3, ten times a good sensor's");
	finds(&(struct rig){ 600, 77.7, 100e-6, 0.05, 0.05, 4 }, 2.0, "a far offset and 100 ppm");
	finds(&(struct rig){ 3000, -0.5, 20e-6, 0.1, 0, 5 }, 2.0, "fifty minutes");
	finds(&(struct rig){ 60, 0.25, 0, 0.02, 0, 6 }, 4.0, "one minute");
	refuses();
	flat();
	return tap_done();
}
