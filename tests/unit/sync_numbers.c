#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "demo/make.h"
#include "format/mdf4/writer.h"
#include "model/columns.h"
#include "sync/correlate.h"
#include "sync/estimate.h"
#include "sync/frames.h"
#include "sync/observe.h"
#include "sync/resample.h"
#include "sync/robust.h"
#include "sync/timeline.h"
#include "sync/track.h"
#include "sync/traces.h"
#include "tests/told.h"

/*
 * What synchronisation computes, in numbers: fits, tracks, lags, clocks, grids of points, estimates over made-up motion
 * and over simulated drives, names, spans, series, traces and camera frames. Inputs are well conditioned, digits few enough
 * for every C library.
 */
#define S SPUR_NS_PER_S
#define MS (S / 1000)
#define A0 (INT64_C(1700000000) * S)
static char dir[] = "/tmp/spur-numbers-XXXXXX";
static struct spur_error err;

/* As good as nothing is nothing. */
static void num(double v)
{
	say(fabs(v) < 1e-10 ? " 0" : " %.7g", v);
}

static uint64_t state;

static double uniform(void)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(state >> 11) / 9007199254740992.0;
}

/* ---- lines ---- */

static void fits(void)
{
	for (int k = 0; k < 24; k++) {
		double x[40], y[40], sigma[40];
		bool used[40];
		size_t n = k == 0 ? 1 : k == 1 ? 2 : k == 2 ? 3 : (size_t)(5 + k);
		struct spur_line l;

		state = (uint64_t)k + 1;
		for (size_t i = 0; i < n; i++) {
			x[i] = 10 * (double)i + uniform();
			y[i] = 3 + (k % 4) * 0.5 * x[i] + 0.1 * (uniform() - 0.5) + (i % 5 == 4 && k % 3 == 1 ? 40 * (uniform() - 0.3) : 0);
			sigma[i] = k % 2 == 0 ? 0.1 : 0.05 + 0.2 * uniform();
		}
		spur_line_fit(&l, x, y, sigma, n, k % 5 == 0 ? 1e-3 : k % 5 == 1 ? 0.05 : 10, k % 7 == 6 ? NULL : used);
		say("fit %d of %zu:", k, n);
		num(l.mid);
		num(l.at_mid);
		num(l.slope);
		num(l.sigma_at_mid);
		num(l.sigma_slope);
		num(l.mad);
		say(" inliers %zu ", l.inliers);
		for (size_t i = 0; i < n && k % 7 != 6; i++)
			say("%d", used[i]);
		say(" median");
		num(spur_median(y, n));
		say("\n");
	}
}

/* ---- clocks ---- */

static void clocks(void)
{
	static const struct spur_clock all[] = {
		{ 0, 0, 0 }, { 5, 0, 0 }, { -7 * S, 20000, A0 }, { 3, -123456, A0 - 17 }, { INT64_MAX / 2, 1000000, 0 }, { 0, 1, A0 }, { 0, -999999, -A0 },
		{ INT64_MIN / 2, 3, 5 },
	};
	static const spur_ns at[] = { SPUR_NS_MIN, SPUR_NS_MIN + 1, -A0, -1, 0, 1, 12345678, 499999999, 500000000, 500000001, A0 - 1, A0, A0 + 1, A0 + 1500000000,
				      A0 + 3600 * S + 1, SPUR_NS_MAX - 1, SPUR_NS_MAX };

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		say("clock %zu identity %d\n", k, spur_clock_is_identity(&all[k]));
		for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
			say("  %" PRId64 ": shift %" PRId64 " drive %" PRId64 " source %" PRId64 "\n", at[i], spur_clock_shift(&all[k], at[i]),
			    spur_clock_to_drive(&all[k], at[i]), spur_clock_to_source(&all[k], at[i]));
	}
}

/* ---- grids of points ---- */

static void resampled(const struct spur_series *s, enum spur_resample method, spur_ns gap, spur_ns begin, spur_ns step, size_t n)
{
	double v[64];
	int32_t c[64];

	spur_resample_grid(s, method, gap, begin, step, n, v, s->codes == NULL ? NULL : c);
	say("%s gap %" PRId64 " from %" PRId64 " by %" PRId64 ":", spur_resample_name(method), gap, begin, step);
	for (size_t i = 0; i < n; i++) {
		num(v[i]);
		if (s->codes != NULL)
			say("/%d", c[i]);
	}
	say("\n");
}

static void grids(void)
{
	static const spur_ns t[] = { 0, 10, 20, 20, 30, 55, 60, 100, 101, 102, 200, 1000 };
	static const double v[] = { 1, 2, 4, 5, NAN, 7, 8, 16, 15, 14, NAN, 3 };
	static const int32_t codes[] = { 0, 1, SPUR_WORD_OTHER, 2, SPUR_WORD_NONE, 0, 1, 2, 0, 1, SPUR_WORD_NONE, 5 };
	static const spur_ns ranges[][3] = { { 0, 10, 3600 }, { -7, 10, 3700 }, { 5, 1000, 50 }, { 10, 30, 7 }, { 10, 10, 7 }, { 11, 19, 7 }, { -25, -1, 7 }, { -10, 11, 5 } };
	enum spur_resample back;
	spur_ns first;

	for (int m = SPUR_RESAMPLE_ZOH; m <= SPUR_RESAMPLE_NEAREST; m++) {
		for (int k = 0; k < 2; k++) {
			struct spur_series s = { 12, t, v, k == 0 ? NULL : codes };

			resampled(&s, (enum spur_resample)m, 25, -15, 5, 50);
			resampled(&s, (enum spur_resample)m, 10, 0, 10, 30);
			resampled(&s, (enum spur_resample)m, 45, 3, 7, 33);
			resampled(&s, (enum spur_resample)m, 1000, 90, 33, 40);
			s.rows = 1;
			resampled(&s, (enum spur_resample)m, 9, -20, 5, 9);
			s.rows = 0;
			resampled(&s, (enum spur_resample)m, 9, -20, 5, 3);
		}
		say_status("parse", spur_resample_parse(spur_resample_name((enum spur_resample)m), &back, &err), &err);
		say("%d\n", (int)back);
	}
	say_status("parse", spur_resample_parse("cubic", &back, &err), &err);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint64_t n = spur_grid_points(ranges[i][0], ranges[i][1], ranges[i][2], &first);

		say("points of [%" PRId64 " %" PRId64 ") by %" PRId64 ": %" PRIu64 " from %" PRId64 "\n", ranges[i][0], ranges[i][1], ranges[i][2], n, first);
	}
}

/* ---- tracks and lags ---- */

#define POINTS 400
static void say_track(const char *name, const struct spur_track *t)
{
	size_t valid = 0;

	say("%s begin %" PRId64 " step %" PRId64 " n %zu rms", name, t->begin_ns, t->step_ns, t->n);
	num(spur_track_rms(t));
	for (size_t i = 0; i < t->n; i++)
		valid += !isnan(t->x[i]);
	say(" valid %zu:", valid);
	for (size_t i = 0; i < t->n; i += t->n > 60 ? 9 : 1)
		num(t->x[i]);
	say("\n");
}

static void say_peak(const char *what, const struct spur_peak *p)
{
	say("%s %d edge %d", what, p->found, p->at_edge);
	num(p->lag);
	num(p->r);
	num(p->curvature);
	num(p->points);
	num(p->ratio);
}

static void say_lags(const struct spur_track *a, const struct spur_track *b, size_t from, size_t to, long first, size_t count, size_t need)
{
	struct spur_lags l;
	struct spur_peak p;

	spur_lags_compute(&l, a, b, from, to, first, count, need);
	say("lags %zu..%zu from %ld x %zu need %zu:", from, to, first, count, need);
	for (size_t i = 0; i < l.count; i += 1 + l.count / 20) {
		num(l.r[i]);
		say("/%.0f", l.points[i]);
	}
	for (int sign = 0; sign < 2; sign++) {
		spur_lags_peak(&l, sign, &p);
		say_peak("\n  peak", &p);
	}
	say("\n");
	spur_lags_finish(&l);
}

/* Tops by hand: plateaus, edges, holes, valleys, twins. */
static void peaks(void)
{
	static double all[][9] = {
		{ 0, 0.1, 0.5, 0.9, 0.5, 0.1, 0, 0, 0 }, { 0.9, 0.5, 0.1, 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0.1, 0.5, 0.9 },
		{ 0, 0.7, 0.7, 0.7, 0, 0, 0, 0, 0 }, { 0, 0.6, 0.8, 0.8, 0.6, 0, 0, 0, 0 }, { -0.9, -0.5, 0, 0.2, 0.4, 0.2, 0, -0.1, -0.2 },
		{ 0, 0.8, 0, 0, 0, 0, 0.7, 0.1, 0 }, { 0, 0.8, 0.5, 0.39, 0.45, 0.6, 0.3, 0, 0 }, { NAN, 0.8, 0.2, 0, 0, 0, 0, 0, 0 }, { 0, 0.2, 0.8, NAN, 0.7, 0, 0, 0, 0 },
		{ NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN }, { -0.1, -0.2, -0.3, -0.2, -0.1, -0.05, -0.1, -0.2, -0.25 }, { 0, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 }, { 0.3, 0.1, 0.6, 0.31, 0.29, 0.31, 0.55, 0.1, 0.3 }, { 0.2, -0.7, 0.6, -0.5, 0.4, -0.3, 0.2, -0.1, 0 },
	};
	double points[9] = { 10, 20, 30, 40, 50, 60, 70, 80, 90 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t n = 1; n <= 9; n += 4) {
			const struct spur_lags l = { -3, n, all[i], points };

			say("top %zu of %zu:", i, n);
			for (int sign = 0; sign < 2; sign++) {
				struct spur_peak p;

				spur_lags_peak(&l, sign, &p);
				say_peak(" found", &p);
			}
			say("\n");
		}
	}
}

static void tracks(void)
{
	double v[POINTS], w[POINTS];

	for (int k = 0; k < 6; k++) {
		const struct spur_track_shape s = { A0, 10 * MS, k == 5 ? 9 : POINTS, (k + 1) * 15 * MS, (k % 3 + 1) * 700 * MS };
		struct spur_track t[4], coarse, late;

		for (size_t i = 0; i < POINTS; i++) {
			double x = (double)i / 100;

			v[i] = 10 + sin(3 * x) + 0.3 * sin(17 * x + 1) + x;
			w[i] = 48 + 1e-4 * cos(2 * x) + 3e-5 * x;
			if (k % 2 == 1 && (i == 150 || (i > 300 && i < 310)))
				v[i] = w[i] = NAN;
			if (k == 3 && i < 5)
				w[i] = NAN;
		}
		spur_track_level(&t[0], &s, v);
		spur_track_rate(&t[1], &s, v);
		spur_track_path(&t[2], &s, v, w);
		for (size_t i = 0; i < POINTS; i++)
			v[i] = 11 + 2e-4 * sin((double)i / 70);
		spur_track_geo(&t[3], &s, w, v);
		for (int i = 0; i < 4; i++)
			say_track(i == 0 ? "level" : i == 1 ? "rate" : i == 2 ? "path" : "geo", &t[i]);
		for (size_t factor = 1; factor <= 10; factor += 3) {
			spur_track_coarse(&coarse, &t[k % 4], factor, factor == 4 ? 0 : 0.8);
			say_track("coarse", &coarse);
			spur_track_finish(&coarse);
		}
		late = (struct spur_track){ t[0].begin_ns, t[0].step_ns, t[0].n > 13 ? t[0].n - 13 : 0, t[0].x + 13 };
		if (k != 5) {
			say_lags(&t[0], &late, 0, t[0].n, -40, 60, 50);
			say_lags(&t[0], &late, 100, 260, -20, 15, 50);
			say_lags(&late, &t[0], 50, 300, -3, 30, 10);
			say_lags(&t[1], &t[0], 0, t[0].n, -60, 121, 250);
			say_lags(&t[1], &t[0], 390, 400, 0, 5, 100);
			say_lags(&t[1], &t[0], 200, 300, 500, 5, 1);
		}
		for (int i = 0; i < 4; i++)
			spur_track_finish(&t[i]);
	}
}

/* ---- estimates ---- */

#define BUMPS 60
struct motion {
	double at[BUMPS], width[BUMPS], height[BUMPS];
};

static double accel(const struct motion *m, double t)
{
	double a = 0.1 * sin(t * 0.7);

	for (size_t i = 0; i < BUMPS; i++) {
		double x = (t - m->at[i]) / m->width[i];

		if (fabs(x) < 6)
			a += m->height[i] * exp(-0.5 * x * x);
	}
	return a;
}

static void say_estimate(const struct spur_clock_estimate *e)
{
	say("  offset %.5g ms drift %.3g ppm ref %" PRId64 " sigma %.3g ms drift %.3g ppm residual %.3g ms confidence %.4g used %zu\n",
	    (double)e->clock.offset_ns / 1e6, (double)e->clock.drift_ppb / 1e3, (e->clock.ref_ns - A0) / S, (double)e->sigma_ns / 1e6,
	    (double)e->drift_sigma_ppb / 1e3, (double)e->residual_ns / 1e6, e->confidence, e->used);
	for (size_t i = 0; i < e->pair_count; i++)
		say("  pair %zu believed %d r %.5g ratio %.4g coarse %.5g ms offset %.5g ms sigma %.3g ms windows %zu\n", i, e->pairs[i].believed,
		    e->pairs[i].correlation, e->pairs[i].ratio, (double)e->pairs[i].coarse_ns / 1e6, (double)e->pairs[i].offset_ns / 1e6,
		    (double)e->pairs[i].sigma_ns / 1e6, e->pairs[i].windows);
	for (size_t i = 0; i < e->window_count; i++)
		say("  window %zu [%.6g %.6g) lag %.5g ms sigma %.3g ms r %.4g used %d\n", e->windows[i].pair, (double)(e->windows[i].begin_ns - A0) / 1e9,
		    (double)(e->windows[i].end_ns - A0) / 1e9, (double)e->windows[i].lag_ns / 1e6, (double)e->windows[i].sigma_ns / 1e6,
		    e->windows[i].correlation, e->windows[i].used);
}

struct rig {
	int seconds_a, seconds_b;
	double offset_s, drift, noise;
	int gap, alien, flipped, step_ms;
	spur_ns max_offset_ns, window_ns, b_clock;
};

static void estimated(const struct rig *r, int number)
{
	size_t na = (size_t)r->seconds_a * 1000 / (size_t)r->step_ms, nb = (size_t)r->seconds_b * 1000 / (size_t)r->step_ms;
	double *a = spur_calloc(na, 8), *b = spur_calloc(nb, 8), *va = spur_calloc(na, 8), *vb = spur_calloc(nb, 8), speed = 20;
	double step = r->step_ms / 1000.0;
	struct spur_sync_pair pairs[3] = {
		{ { "acc", SPUR_TRACK_LEVEL, a, NULL }, { "imu", SPUR_TRACK_LEVEL, b, NULL }, S / 10, 5 * MS, true },
		{ { "speed", SPUR_TRACK_RATE, va, NULL }, { "gnss", SPUR_TRACK_RATE, vb, NULL }, S / 10, 15 * MS, false },
		{ { "speed", SPUR_TRACK_RATE, va, NULL }, { "imu", SPUR_TRACK_LEVEL, b, NULL }, S / 5, 15 * MS, true },
	};
	struct spur_sync_grids g = { .step_ns = r->step_ms * MS, .a_begin_ns = A0, .b_begin_ns = A0 + r->b_clock, .a_n = na, .b_n = nb, .pairs = pairs, .count = 3,
				     .max_offset_ns = r->max_offset_ns, .window_ns = r->window_ns };
	struct spur_clock_estimate e;
	struct motion m;
	enum spur_status st;

	state = 5 + (uint64_t)number;
	for (size_t i = 0; i < BUMPS; i++) {
		m.at[i] = uniform() * (r->seconds_a + 10);
		m.width[i] = 0.4 + 1.2 * uniform();
		m.height[i] = (uniform() - 0.6) * 6;
	}
	for (size_t i = 0; i < na; i++) {
		a[i] = accel(&m, (double)i * step) + r->noise * (uniform() - 0.5);
		speed += accel(&m, (double)i * step) * step;
		va[i] = speed;
		if (r->gap && i * 10 > na * 4 && i * 10 < na * 5)
			a[i] = NAN;
	}
	for (size_t i = 0; r->alien && i < BUMPS; i++)
		m.at[i] = uniform() * (r->seconds_a + 10);
	speed = 20;
	for (size_t i = 0; i < nb; i++) {
		double t = ((double)i * step - r->offset_s) / (1 + r->drift);

		b[i] = (r->flipped ? -1 : 1) * accel(&m, t) + r->noise * (uniform() - 0.5);
		speed += accel(&m, t) * step;
		vb[i] = speed;
	}
	say("estimate %d\n", number);
	st = spur_clock_estimate(&g, &e, NULL, &err);
	say_status("is", st, &err);
	if (st >= 0) {
		say_estimate(&e);
		spur_clock_estimate_finish(&e);
	}
	free(a);
	free(b);
	free(va);
	free(vb);
}

static void estimates(void)
{
	static const struct rig rigs[] = {
		{ 120, 120, 1.2345, 20e-6, 0, 0, 0, 0, 10, 0, 0, 0 },
		{ 120, 90, -7.5, -50e-6, 0.3, 0, 0, 1, 10, 0, 0, 0 },
		{ 90, 120, 12.25, 100e-6, 0.1, 1, 0, 0, 10, 30 * S, 20 * S, 0 },
		{ 40, 40, 0.125, 0, 0.05, 0, 0, 1, 10, 0, 0, 0 },
		{ 12, 12, 0.125, 0, 0.05, 0, 0, 0, 10, 0, 0, 0 },
		{ 120, 120, 0.3, 0, 0.05, 0, 1, 0, 10, 0, 0, 0 },
		{ 120, 120, 0.3, 0, 1.5, 0, 0, 0, 10, 0, 0, 0 },
		{ 120, 120, 0.75, 0, 0, 1, 0, 0, 10, 0, 0, 9000000 * S },
		{ 120, 120, 5, 0, 0, 0, 0, 0, 10, 2 * S, 0, 0 },
		{ 200, 200, 0.4, 30e-6, 0.2, 1, 0, 1, 20, 0, 40 * S, 3 * S },
		{ 3, 3, 0.1, 0, 0, 0, 0, 0, 10, 0, 0, 0 },
		{ 60, 60, 0.1, 0, 0, 0, 0, 0, 100, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rigs) / sizeof(rigs[0]); i++)
		estimated(&rigs[i], (int)i);
}

/* ---- what observes motion ---- */

static void motions(void)
{
	static const char *const names[] = {
		"VehSpd", "speed", "Vehicle Speed", "wheel_speed_fl", "fan speed", "WindSpeed", "engine_speed", "EngRPM", "v", "velocity.x", "LongAccel", "LatAccel", "ax",
		"acc_y", "/imu.linear_acceleration.x", "/imu.linear_acceleration.y", "/imu.linear_acceleration.z", "/imu.angular_velocity.z", "/imu.angular_velocity.x",
		"YawRate", "yaw_rate", "Yaw", "gyro_z", "/odom.pose.position.x", "/odom.pose.position.y", "/gps.latitude", "/gps.longitude", "lat", "lon", "Latitude",
		"pos_x", "x", ".x", "", "LONG_ACC", "accelerator_pedal", "/fix.altitude", "/twist.twist.linear.x", "/twist.twist.angular.z", "GPS_Lat", "GNSS.Lon",
	};
	static const char *const units[] = { "", "m/s", "km/h", "mph", "kn", "m/s2", "m/s^2", "g", "rad/s", "deg/s", "deg", "m", "rpm", "%", "\xc2\xb0/s", "m/s\xc2\xb2" };
	struct spur_default_traces d;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		say("'%s':", names[i]);
		for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++)
			say(" %s", spur_motion_name(spur_motion_of(names[i], units[k])));
		for (int m = SPUR_MOTION_PATH; m <= SPUR_MOTION_GEO; m++) {
			char *s = spur_motion_sibling(names[i], (enum spur_motion)m);

			say(" sibling %s", s == NULL ? "none" : s);
			free(s);
		}
		say("\n");
	}
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		spur_default_traces_init(&d);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			spur_default_traces_offer(&d, i, names[i], units[(i + u) % 12]);
		say("default %zd %d, %zd %d\n", (ssize_t)d.signal[0], d.score[0], (ssize_t)d.signal[1], d.score[1]);
	}
}

/* ---- simulated drives ---- */

static struct spur_timeline *open_drive(const char *name, spur_ns offset_ns)
{
	char *mf4 = spur_strfmt("%s/%s.mf4", dir, name), *mcap = spur_strfmt("%s/%s.mcap", dir, name), *dbc = spur_strfmt("%s/vehicle.dbc", dir);
	const char *const bases[] = { dbc, NULL };
	const struct spur_source_opts o = { .dbc = bases };
	const struct spur_timeline_member m[] = { { .path = mf4, .name = "rig" }, { .path = mcap, .clock = { .offset_ns = offset_ns } } };
	struct spur_timeline *tl = NULL;

	say_status(name, spur_timeline_open(m, 2, &o, &tl, &err), &err);
	free(mf4);
	free(mcap);
	free(dbc);
	return tl;
}

static void synced(struct spur_timeline *tl, const char *const *pairs, size_t a, size_t b, uint64_t mem)
{
	const struct spur_sync_opts o = { .a = a, .b = b, .pairs = pairs, .mem_bytes = mem };
	struct spur_sync_report r;
	enum spur_status st = spur_sync_estimate(tl, &o, &r, NULL, &err);

	say_status("sync", st, &err);
	if (st < 0)
		return;
	for (size_t i = 0; i < r.estimate.pair_count; i++)
		say("  %zu: %s = %s believed %d r %.4g ratio %.3g\n", i, r.pairs[i].a, r.pairs[i].b, r.estimate.pairs[i].believed,
		    r.estimate.pairs[i].correlation, r.estimate.pairs[i].ratio);
	say("  offset %.4g ms drift %.2g ppm sigma %.2g ms confidence %.3g used %zu of %zu\n", (double)r.estimate.clock.offset_ns / 1e6,
	    (double)r.estimate.clock.drift_ppb / 1e3, (double)r.estimate.sigma_ns / 1e6, r.estimate.confidence, r.estimate.used, r.estimate.window_count);
	spur_sync_report_finish(&r);
}

static void names(struct spur_timeline *tl)
{
	static const char *const all[] = { "VehSpd", "rig:VehSpd", "mdf4:VehSpd", "1:VehSpd", "2:VehSpd", "mcap:/imu.linear_acceleration.x", "/imu.linear_acceleration.x",
					   "ESC/VehSpd", "vehspd", "VehSp", "3:VehSpd", "nobody:VehSpd", "", ":", "LongAccel", "ESC_1.VehSpd", "/fix.latitude", "Gear" };
	static const char *const patterns[] = { "*Spd*", "/^.*Accel/", "~vs", "VehSpd", "*", "none", "/imu.*x" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct spur_signal_ref ref = { 99, 99 };

		say_status(all[i], spur_timeline_find(tl, all[i], &ref, &err), &err);
		say("  %u %u\n", ref.source, ref.id);
	}
	for (size_t s = 0; s < 2; s++) {
		size_t count;
		const struct spur_source_signal *g = spur_source_signals(spur_timeline_source(tl, s), &count);

		for (size_t i = 0; i < count; i++)
			say("  %zu %s '%s' %s type %d table %u rows %" PRIu64 " time %d resample %s\n", i, g[i].name, g[i].unit, g[i].stream, (int)g[i].type, g[i].table,
			    g[i].rows, g[i].time, spur_resample_name(spur_resample_for(&g[i])));
		for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
			struct spur_match *m = NULL;
			uint32_t *ids = NULL;
			size_t n = 0;

			if (spur_match_create(patterns[p], &m, &err) < 0)
				continue;
			say_status(patterns[p], spur_source_match(spur_timeline_source(tl, s), m, &ids, &n, &err), &err);
			for (size_t i = 0; i < n; i++)
				say(" %u", ids[i]);
			say("\n");
			free(ids);
			spur_match_destroy(m);
		}
		for (uint32_t t = 0; t < 30; t++) {
			struct spur_source_frame f;

			if (spur_source_frame(spur_timeline_source(tl, s), t, &f))
				say("  table %u frame %s %x %d %u\n", t, f.message, f.frame_id, f.extended, f.bus_channel);
		}
	}
}

static enum spur_status lay(void *left, const struct spur_grid_block *b, struct spur_error *e)
{
	(void)e;
	say("  block %" PRIu64 " rows %zu begin %" PRId64 "\n", b->first, b->rows, b->begin_ns % S);
	for (size_t i = 0; i < b->rows; i += 3) {
		say("   ");
		for (size_t k = 0; k < 4; k++) {
			num(b->values[k][i]);
			if (b->codes[k] != NULL)
				say("/%d", b->codes[k][i]);
		}
		say("\n");
	}
	return --*(int *)left == 0 ? SPUR_END : SPUR_OK;
}

static void read_all(struct spur_timeline *tl)
{
	static const char *const words[] = { "P", "D", "1", "2", NULL }, *const signals[] = { "rig:VehSpd", "/imu.linear_acceleration.x", "Gear", "/vehicle/twist.twist.linear.x" };
	struct spur_grid_signal g[4] = { { .method = SPUR_RESAMPLE_LINEAR }, { .method = SPUR_RESAMPLE_NEAREST, .max_gap_ns = 20 * MS },
					 { .method = SPUR_RESAMPLE_ZOH, .words = words }, { .method = SPUR_RESAMPLE_LINEAR, .max_gap_ns = S } };
	struct spur_grid_spec spec = { .step_ns = 250 * MS, .points = 100, .signals = g, .count = 4 };
	spur_ns begin = 0, end = 0;

	say_status("span", spur_timeline_span(tl, &begin, &end, NULL, &err), &err);
	say("  %" PRId64 " %" PRId64 "\n", begin, end);
	spec.begin_ns = begin - S;
	say_status("overlap", spur_timeline_overlap(tl, &begin, &end, NULL, &err), &err);
	say("  %" PRId64 " %" PRId64 "\n", begin, end);
	for (size_t i = 0; i < 4; i++)
		say_status(signals[i], spur_timeline_find(tl, signals[i], &g[i].ref, &err), &err);
	for (int k = 0; k < 4; k++) {
		int left = k == 1 ? 2 : -1;

		spec.mem_bytes = k == 0 ? 0 : k == 3 ? 50 : 40000;
		spec.points = k == 2 ? 9 : 100;
		say_status("grid", spur_timeline_grid(tl, &spec, lay, &left, NULL, &err), &err);
	}
	for (int k = 0; k < 5; k++) {
		double v[4];
		int32_t c[4];

		say_status("at", spur_timeline_at(tl, g, 4, begin + k * 700 * MS - S, v, c, NULL, &err), &err);
		for (size_t i = 0; i < 4; i++)
			num(v[i]);
		say(" %d\n", c[2]);
	}
	for (size_t i = 0; i < 4; i++) {
		struct spur_series s;
		enum spur_status st = spur_timeline_series(tl, g[i].ref, begin + S, begin + 3 * S, g[i].words, i == 3 ? 64 : 0, &s, NULL, &err);
		double sum = 0;

		say_status("series", st, &err);
		if (st < 0)
			continue;
		for (size_t n = 0; n < s.rows; n++)
			sum += s.values[n] * (double)(n % 7 + 1) + (s.codes == NULL ? 0 : s.codes[n] % 1000) + (double)(s.time_ns[n] - begin) * 1e-6;
		say("  rows %zu", s.rows);
		num(sum);
		say("\n");
		spur_series_finish(&s);
	}
}

static void traces(struct spur_timeline *tl)
{
	static const char *const signals[] = { "rig:VehSpd", "/imu.linear_acceleration.x", "Gear" };
	struct spur_signal_ref refs[3];
	spur_ns begin, end;

	spur_timeline_span(tl, &begin, &end, NULL, &err);
	for (size_t i = 0; i < 3; i++)
		spur_timeline_find(tl, signals[i], &refs[i], &err);
	for (int k = 0; k < 4; k++) {
		const struct spur_trace_want w = { begin + k * S, begin + (k + 3) * S, 16, k == 0 ? SPUR_NS_MIN : begin + (2 * k + 1) * S / 2,
						   k < 2 ? SPUR_NS_MIN : begin + 2 * S, k < 3 ? SPUR_NS_MIN : begin + 5 * S };
		struct spur_trace t[3];

		for (size_t i = 0; i < 3; i++)
			spur_trace_init(&t[i], &w);
		say_status("traces", spur_traces_read(tl, refs, 3, &w, t, NULL, &err), &err);
		for (size_t i = 0; i < 3; i++) {
			const struct spur_decimation *d = &t[i].view;

			say("  %s count %" PRIu64 " gaps %" PRIu64, signals[i], d->count, d->gaps);
			num(d->min);
			num(d->max);
			num(d->before);
			num(d->after);
			say(" at");
			num(t[i].at_cursor);
			num(t[i].at_a);
			num(t[i].at_b);
			say(" beside %" PRId64 " %" PRId64 " bins", t[i].previous_ns == SPUR_NS_MIN ? -1 : t[i].previous_ns - begin,
			    t[i].next_ns == SPUR_NS_MIN ? -1 : t[i].next_ns - begin);
			for (size_t b = 0; b < d->columns; b++) {
				num(d->bins[b].min);
				num(d->bins[b].max);
			}
			say(" stats %" PRIu64 " gaps %" PRIu64, t[i].stats.count, t[i].stats.gaps);
			num(t[i].stats.min);
			num(t[i].stats.max);
			num(t[i].stats.mean);
			num(spur_range_stats_sd(&t[i].stats));
			say("\n");
			spur_trace_finish(&t[i]);
		}
	}
}

/* ---- cameras ---- */

static void say_place(const struct spur_frame_place *p, spur_ns begin)
{
	say("  frame %" PRIu64 " of %" PRIu64 " at %" PRId64 " between %" PRId64 " and %" PRId64 "\n", p->index, p->count, p->t_ns - begin,
	    p->previous_ns == SPUR_NS_MIN ? -1 : p->previous_ns - begin, p->next_ns == SPUR_NS_MIN ? -1 : p->next_ns - begin);
}

static void say_overlay(struct spur_cameras *c, size_t camera, const struct spur_frame_place *p, spur_ns begin)
{
	struct spur_overlay o;
	struct spur_pixels px;

	if (spur_cameras_overlay(c, camera, p, &o, NULL, &err) < 0) {
		say("  no overlay: %s\n", err.text);
		return;
	}
	say("  overlay of %zu at %" PRId64 "\n", o.count, o.count == 0 ? 0 : o.t_ns - begin);
	for (size_t i = 0; i < o.count; i++) {
		const struct spur_mark *m = &o.marks[i];

		say("    %d colour %d %d %d thick %.6g diameter %.6g '%s'", (int)m->kind, m->colour.r, m->colour.g, m->colour.b, m->thickness, m->diameter,
		    m->text == NULL ? "" : m->text);
		for (size_t k = 0; k < m->count; k++)
			say(" %.6g,%.6g", m->points[k][0], m->points[k][1]);
		say("\n");
	}
	for (int scale = 1; scale <= 2; scale++) {
		if (spur_pixels_init(&px, 320 / scale, 180 / scale, &err) < 0)
			break;
		memset(px.rgb, 40, (size_t)px.width * (size_t)px.height * 3);
		spur_overlay_draw(&o, 320, 180, &px);
		say_bytes("    drawn", px.rgb, (size_t)px.width * (size_t)px.height * 3);
		spur_pixels_finish(&px);
	}
	spur_overlay_finish(&o);
}

static void frames(struct spur_timeline *tl)
{
	static const char *const names_of[] = { "front", "rear", "1", "2", "3", "0", "/camera/front/image/compressed", "camera", "x", "" };
	struct spur_cameras *c = NULL;
	spur_ns begin, end;
	size_t count = 0, at;

	spur_timeline_span(tl, &begin, &end, NULL, &err);
	say_status("cameras", spur_cameras_open(tl, &c, &err), &err);
	for (size_t i = 0; i < sizeof(names_of) / sizeof(names_of[0]); i++) {
		at = 99;
		say_status(names_of[i], spur_cameras_find(c, names_of[i], &at, &err), &err);
		say("  %zu\n", at);
	}
	spur_cameras_list(c, &count);
	for (size_t k = 0; k < count; k++) {
		struct spur_frame_place p = { 0 };
		const struct spur_camera *cam;

		for (int i = -1; i < 9; i++) {
			enum spur_status st = spur_cameras_place(c, k, begin + i * 777 * MS, &p, NULL, &err);
			struct spur_frame f;

			cam = &spur_cameras_list(c, &count)[k];
			say_status(cam->topic, st, &err);
			if (st < 0)
				continue;
			say_place(&p, begin);
			st = spur_cameras_read(c, k, &p, i % 3 == 0 ? 40 : 0, i % 3 == 0 ? 20 : 0, &f, NULL, &err);
			say_status("  read", st, &err);
			if (st >= 0) {
				say("  %s %d x %d as %d x %d stamp %" PRId64 "\n", f.encoding, f.width, f.height, f.pixels.width, f.pixels.height, f.stamp_ns - begin);
				if (strcmp(f.encoding, "jpeg") != 0)
					say_bytes("  pixels", f.pixels.rgb, (size_t)f.pixels.width * (size_t)f.pixels.height * 3);
				spur_frame_finish(&f);
			}
			say_overlay(c, k, &p, begin);
		}
		cam = &spur_cameras_list(c, &count)[k];
		say("%s %s source %u frames %" PRIu64 " marks %s calibration %s\n", cam->topic, cam->schema, cam->source, cam->frames,
		    cam->annotations == NULL ? "none" : cam->annotations, cam->calibration == NULL ? "none" : cam->calibration);
		for (uint64_t i = 0; i < 8; i++) {
			uint64_t index = i < 5 ? i * 13 : cam->frames - 7 + i;
			enum spur_status st = spur_cameras_place_of(c, k, index, &p, NULL, &err);

			say_status("place of", st, &err);
			if (st >= 0)
				say_place(&p, begin);
		}
	}
	spur_cameras_close(c);
}

static void drives(void)
{
	const struct spur_demo_make_options o = { .dir = dir, .drives = 1, .seconds = 100, .seed = 3, .threads = 1, .cameras = SPUR_DEMO_CAMERAS_NONE };
	static const char *const pairs[][2] = { { "VehSpd=/vehicle/twist.twist.linear.x", NULL }, { "LongAccel=/imu.linear_acceleration.x", NULL }, { "nothing=/imu.linear_acceleration.x", NULL },
						{ "LongAccel", NULL }, { "Gear=/imu.linear_acceleration.x", NULL }, { "YawRate=/imu.angular_velocity.z", NULL } };
	struct spur_timeline *tl;

	say_status("made", spur_demo_make(&o, NULL, NULL, NULL, &err), &err);
	tl = open_drive("drive_01", -300 * MS);
	synced(tl, NULL, 0, 1, 0);
	synced(tl, NULL, 1, 0, 0);
	synced(tl, NULL, 0, 0, 0);
	synced(tl, NULL, 0, 1, 20000);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		synced(tl, pairs[i], 0, 1, 0);
	told_same("sync_estimates.txt", "estimates are as they were");
	names(tl);
	told_same("sync_names.txt", "signals and their names are as they were");
	read_all(tl);
	traces(tl);
	spur_timeline_close(tl);
	told_same("sync_drives.txt", "what is read of a drive is as it was");
}

/* ---- recordings by hand ---- */

struct channel_of {
	const char *name, *unit;
	double (*at)(double t);
};

static double path_x(double t)
{
	return 14 * t + 30 * sin(0.004 * t * t + 0.1 * t) + 5 * sin(0.009 * t * t + 0.4 * t);	/* repeats nowhere */
}

static double path_y(double t)
{
	return 20 * cos(0.005 * t * t + 0.07 * t) + 4 * sin(0.008 * t * t + 1);
}

static double path_lat(double t)
{
	return 48 + path_y(t) / 111194.9;
}

static double path_lon(double t)
{
	return 11 + path_x(t) / 111194.9 / 0.66913;
}

static double path_speed(double t)
{
	return hypot(path_x(t + 0.01) - path_x(t - 0.01), path_y(t + 0.01) - path_y(t - 0.01)) / 0.02;
}

static double path_accel(double t)
{
	return (path_speed(t + 0.05) - path_speed(t - 0.05)) / 0.1;
}

static double constant(double t)
{
	(void)t;
	return 3;
}

/* Groups of one name each, with their channels, rate_hz rows a second from begin on; the clock is late. */
static char *write_mdf(const char *name, const char *const *groups, const struct channel_of (*channels)[4], size_t count, double seconds, int rate_hz, double late_s)
{
	char *path = spur_strfmt("%s/%s", dir, name);
	const struct spur_mdf4_options o = { .start_ns = A0, .written_ns = A0 };
	struct spur_mdf4_writer *w = NULL;

	say_status(name, spur_mdf4_writer_create(path, &o, &w, &err), &err);
	for (size_t g = 0; g < count; g++) {
		struct spur_mdf4_channel c[4];
		struct spur_mdf4_group group = { .name = groups[g], .domain = SPUR_DOMAIN_TIME, .channels = c };
		struct spur_columns_builder *b = spur_columns_builder_create();
		struct spur_columns *rows;
		uint32_t id;

		for (; group.count < 4 && channels[g][group.count].name != NULL; group.count++) {
			c[group.count] = (struct spur_mdf4_channel){ .name = channels[g][group.count].name, .unit = channels[g][group.count].unit, .type = SPUR_TYPE_F64 };
			spur_columns_builder_add(b, channels[g][group.count].name, SPUR_TYPE_F64);
		}
		for (int i = 0; i < (int)(seconds * rate_hz); i++) {
			for (uint32_t k = 0; k < group.count; k++)
				spur_columns_builder_f64(b, k, channels[g][k].at((double)i / rate_hz));
			spur_columns_builder_time(b, A0 + (spur_ns)(late_s * 1e9) + (spur_ns)i * S / rate_hz);
		}
		rows = spur_columns_builder_take(b);
		spur_columns_builder_destroy(b);
		spur_mdf4_writer_group(w, &group, &id, &err);
		spur_mdf4_writer_put(w, id, rows, &err);
		spur_columns_unref(rows);
	}
	say_status("written", spur_mdf4_writer_commit(w, &err), &err);
	return path;
}

static void same_names(const char *path)
{
	static const char *const all[] = { "speed", "a/speed", "b/speed", "0/speed", "1/speed", "2/speed", "3/speed", "spede", "sped", "speedy", "SPEED", "x", "position", "a/x",
					   "b/", "/speed", "vehicle_longitudinal_acceleration_filtered_and_delayed_by_the_gateway_1", "vehicle_longitudinal", "aspeed", "sp", "deeps" };
	struct spur_source *s = NULL;
	size_t count;

	say_status("open", spur_source_open(path, NULL, &s, &err), &err);
	if (s == NULL)
		return;
	spur_source_signals(s, &count);
	for (size_t i = 0; i < count; i++)
		say("  %s of %s '%s'\n", spur_source_signals(s, &count)[i].name, spur_source_signals(s, &count)[i].stream, spur_source_signals(s, &count)[i].unit);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct spur_match *m = NULL;
		uint32_t id = 99, *ids = NULL;
		size_t n = 0;

		say_status(all[i], spur_source_find(s, all[i], &id, &err), &err);
		say("  %u", id);
		if (spur_match_create(all[i], &m, &err) >= 0 && spur_source_match(s, m, &ids, &n, &err) >= 0) {
			for (size_t k = 0; k < n; k++)
				say(" %u", ids[k]);
		}
		say("\n");
		free(ids);
		spur_match_destroy(m);
	}
	spur_source_close(s);
}

static void by_hand(void)
{
	static const char *const twins[] = { "a", "b", "a", "a" }, *const one[] = { "odo" }, *const two[] = { "gnss", "imu" };
	static const struct channel_of named[][4] = {
		{ { "speed", "m/s", constant }, { "x", "m", constant } }, { { "speed", "km/h", constant }, { "y", "m", constant } }, { { "speed", "mph", constant } },
		{ { "speed", "kn", constant }, { "speedometer", "", constant },
		  { "vehicle_longitudinal_acceleration_filtered_and_delayed_by_the_gateway_0", "m/s2", constant }, { "position", "m", constant } },
	};
	static const struct channel_of odo[][4] = { { { "odo.position.x", "m", path_x }, { "odo.position.y", "m", path_y }, { "VehSpd", "m/s", path_speed } } };
	static const struct channel_of gnss[][4] = { { { "fix.latitude", "deg", path_lat }, { "fix.longitude", "deg", path_lon } }, { { "acc_x", "m/s2", path_accel }, { "idle", "", constant } } };
	static const char *const stems[][2] = { { "odo.position=fix.latitude", NULL }, { "odo.position.x=fix.latitude", NULL }, { "VehSpd=acc_x", NULL }, { "odo.position=acc_x", NULL },
						{ "odo.position.y=acc_x", NULL },
						{ "VehSpd=idle", NULL }, { "=acc_x", NULL }, { "VehSpd=", NULL } };
	char *files[4] = { write_mdf("twins.mf4", twins, named, 4, 2, 10, 0), write_mdf("odo.mf4", one, odo, 1, 80, 20, 0), write_mdf("gnss.mf4", two, gnss, 2, 70, 25, 0.75),
			   write_mdf("later.mf4", one, odo, 1, 2, 10, 500) };
	struct spur_timeline_member m[] = { { .path = files[1] }, { .path = files[2] }, { .path = files[3] } };
	struct spur_timeline *tl = NULL;
	spur_ns b = 0, e = 0;

	same_names(files[0]);
	say_status("open", spur_timeline_open(m, 3, NULL, &tl, &err), &err);
	synced(tl, NULL, 0, 1, 0);
	synced(tl, NULL, 1, 0, 0);
	synced(tl, NULL, 0, 2, 0);
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		synced(tl, stems[i], 0, 1, 0);
	say_status("overlap", spur_timeline_overlap(tl, &b, &e, NULL, &err), &err);
	say_status("span", spur_timeline_span(tl, &b, &e, NULL, &err), &err);
	say("[%" PRId64 " %" PRId64 ")\n", b - A0, e - A0);
	spur_timeline_set_clock(tl, 2, &(struct spur_clock){ .offset_ns = 502 * S - 100 * MS });
	say_status("touching", spur_timeline_overlap(tl, &b, &e, NULL, &err), &err);
	spur_timeline_set_clock(tl, 2, &(struct spur_clock){ .offset_ns = 500 * S });
	say_status("overlap", spur_timeline_overlap(tl, &b, &e, NULL, &err), &err);
	say("[%" PRId64 " %" PRId64 ")\n", b - A0, e - A0);
	spur_timeline_close(tl);
	for (int i = 0; i < 4; i++)
		free(files[i]);
	told_same("sync_by_hand.txt", "names that occur twice, paths and positions are as they were");
}

static void cameras(void)
{
	const struct spur_demo_make_options o = { .dir = dir, .drives = 1, .seconds = 7, .seed = 9, .threads = 1, .cameras = SPUR_DEMO_CAMERAS_ALL };
	struct spur_timeline *tl;

	say_status("made", spur_demo_make(&o, NULL, NULL, NULL, &err), &err);
	tl = open_drive("drive_01", 250 * MS);
	frames(tl);
	spur_timeline_close(tl);
	told_same("sync_frames.txt", "frames and what is drawn over them are as they were");
}

int main(void)
{
	char *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	told_folder = dir;
	fits();
	clocks();
	grids();
	tracks();
	peaks();
	told_same("sync_numbers.txt", "lines, clocks, grids, tracks and lags are as they were");
	motions();
	told_same("sync_motions.txt", "what observes motion is told as it was");
	estimates();
	drives();
	by_hand();
	cameras();
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
