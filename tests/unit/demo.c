#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "demo/ecu.h"
#include "demo/make.h"
#include "demo/signals.h"
#include "tests/tap.h"

#define MINUTES 10
#define STEPS (MINUTES * 60000u)

/* The state of a whole drive, by step. */
struct trace {
	struct spur_demo_scene scene;
	float *a, *v, *fx, *bar, *y;
};

static void run(struct trace *t, uint64_t seed)
{
	float **all[] = { &t->a, &t->v, &t->fx, &t->bar, &t->y };

	for (size_t i = 0; i < 5; i++)
		*all[i] = spur_calloc(STEPS + 1, sizeof(float));
	spur_demo_scene_init(&t->scene, seed, 0, 0, STEPS);
	for (size_t k = 1; k <= STEPS; k++) {
		spur_demo_scene_step(&t->scene);
		t->a[k] = (float)t->scene.car.a;
		t->v[k] = (float)t->scene.car.v;
		t->fx[k] = (float)spur_demo_vehicle_fx(&t->scene.car);
		t->bar[k] = (float)t->scene.car.brake_bar;
		t->y[k] = (float)t->scene.car.y;
	}
}

static void done(struct trace *t)
{
	free(t->a);
	free(t->v);
	free(t->fx);
	free(t->bar);
	free(t->y);
	spur_demo_scene_finish(&t->scene);
}

static size_t step_of(spur_ns t)
{
	return (size_t)(t / 1000000);
}

static size_t count(const struct trace *t, enum spur_demo_kind k)
{
	size_t n = 0;

	for (size_t i = 0; i < t->scene.event_count; i++)
		n += t->scene.events[i].kind == k;
	return n;
}

/* Found again in the trace by the definition, without the detector. */
static void hard_braking_is_what_it_says(const struct trace *t)
{
	size_t found = 0, exact = 0, run_length = 0;

	for (size_t k = 1; k <= STEPS; k++) {
		bool now = t->a[k] <= -4.5f && t->v[k] > 20 / 3.6f;

		if (!now && run_length >= 600)
			found++;
		run_length = now ? run_length + 1 : 0;
	}
	for (size_t i = 0; i < t->scene.event_count; i++) {
		const struct spur_demo_event *e = &t->scene.events[i];
		size_t b = step_of(e->begin_ns), n = step_of(e->end_ns);
		float least = 0;

		if (e->kind != SPUR_DEMO_HARD_BRAKING)
			continue;
		for (size_t k = b; k < n; k++)
			least = fminf(least, t->a[k]);
		exact += t->a[b - 1] > -4.5f && t->a[b] <= -4.5f && t->a[n] > -4.5f && n - b >= 600 &&
			 fabs((double)least - e->min_accel) < 1e-3 && least < -5.5f && least > -9.5f;
	}
	is_int((intmax_t)found, (intmax_t)count(t, SPUR_DEMO_HARD_BRAKING), "every stretch of hard braking is in the truth");
	is_int((intmax_t)exact, (intmax_t)found, "with its exact edges and its least acceleration");
}

static void stops_and_lane_changes_are_in_the_trace(const struct trace *t)
{
	size_t good = 0, wanted = count(t, SPUR_DEMO_STOP_AND_GO) + count(t, SPUR_DEMO_LANE_CHANGE);

	for (size_t i = 0; i < t->scene.event_count; i++) {
		const struct spur_demo_event *e = &t->scene.events[i];
		size_t b = step_of(e->begin_ns), n = step_of(e->end_ns);
		float slowest = 99;

		for (size_t k = b; k < n; k++)
			slowest = fminf(slowest, t->v[k]);
		if (e->kind == SPUR_DEMO_STOP_AND_GO)
			good += slowest < 0.1f && fabsf(t->v[b] * 3.6f - 20) < 0.1f && fabsf(t->v[n] * 3.6f - 20) < 0.1f;
		if (e->kind == SPUR_DEMO_LANE_CHANGE)
			good += fabsf(fabsf(t->y[n] - t->y[b]) - 0.9f * (float)SPUR_DEMO_LANE) < 0.05f;
	}
	is_int((intmax_t)good, (intmax_t)wanted, "vehicles stand in stop and go, and move by a lane in a lane change");
}

static void events_do_not_overlap(const struct trace *t)
{
	size_t bad = 0;

	for (size_t i = 0; i < t->scene.event_count; i++) {
		for (size_t k = 0; k < t->scene.event_count; k++) {
			const struct spur_demo_event *a = &t->scene.events[i], *b = &t->scene.events[k];

			bad += i != k && a->kind < SPUR_DEMO_CLASSES && b->kind < SPUR_DEMO_CLASSES &&
			       a->begin_ns < b->end_ns && b->begin_ns < a->end_ns;
		}
	}
	is_int((intmax_t)bad, 0, "events of the classes do not overlap");
}

/* What makes a decoy one: the sensor or the foot says hard braking, the vehicle does not do it. */
static void decoys_deceive(const struct trace *t)
{
	size_t accel = 0, foot = 0, braked = 0;

	for (size_t i = 0; i < t->scene.event_count; i++) {
		const struct spur_demo_event *e = &t->scene.events[i];
		size_t b = step_of(e->begin_ns), n = step_of(e->end_ns), run_length = 0;
		float fx = 0, bar = 0;

		if (e->kind < SPUR_DEMO_CLASSES)
			continue;
		for (size_t k = b; k < n; k++) {
			fx = fminf(fx, t->fx[k]);
			bar = fmaxf(bar, t->bar[k]);
			run_length = t->a[k] <= -4.5f ? run_length + 1 : 0;
			braked += run_length == 600;
		}
		accel += (e->kind == SPUR_DEMO_BUMP || e->kind == SPUR_DEMO_DOWNHILL_BRAKING) && fx < -4.5f;
		foot += (e->kind == SPUR_DEMO_LOW_MU_ABS || e->kind == SPUR_DEMO_HEAVY_FOOT) && bar > 60;
	}
	is_int((intmax_t)braked, 0, "no decoy is hard braking");
	is_int((intmax_t)accel, (intmax_t)(count(t, SPUR_DEMO_BUMP) + count(t, SPUR_DEMO_DOWNHILL_BRAKING)),
	       "bumps and braking on slopes look like it to an accelerometer");
	is_int((intmax_t)foot, (intmax_t)(count(t, SPUR_DEMO_LOW_MU_ABS) + count(t, SPUR_DEMO_HEAVY_FOOT)),
	       "ice and a heavy foot look like it to the brake");
}

static void seeds_make_the_difference(void)
{
	struct spur_demo_scene a, b, c;

	spur_demo_scene_init(&a, 1, 0, 0, 60000);
	spur_demo_scene_init(&b, 1, 0, 0, 60000);
	spur_demo_scene_init(&c, 2, 0, 0, 60000);
	for (int k = 0; k < 60000; k++) {
		spur_demo_scene_step(&a);
		spur_demo_scene_step(&b);
		spur_demo_scene_step(&c);
	}
	ok(memcmp(&a.car, &b.car, sizeof(a.car)) == 0, "a seed gives one drive");
	ok(fabs(a.car.east - c.car.east) > 1, "another seed gives another");
	spur_demo_scene_finish(&a);
	spur_demo_scene_finish(&b);
	spur_demo_scene_finish(&c);
}

static void the_clock_is_the_formula(void)
{
	struct spur_demo_clock c = { .t0_ns = INT64_C(1772438400850905285), .offset_ns = -236674810, .drift_ppb = 20000 };

	is_int(spur_demo_clock_of(&c, c.t0_ns), c.t0_ns - 236674810, "the offset holds at t0");
	is_int(spur_demo_clock_of(&c, c.t0_ns + 600 * SPUR_NS_PER_S) - (c.t0_ns + 600 * SPUR_NS_PER_S),
	       -236674810 + 12000000, "20 ppm are 12 ms after ten minutes");
	is_int(spur_demo_clock_of(&c, c.t0_ns + 50000) - c.t0_ns, -236674810 + 50001, "and a nanosecond after 50 us");
}

static void raw_values_are_rounded_and_clamped(void)
{
	const struct spur_demo_signal u8 = { .type = SPUR_TYPE_U8, .factor = 0.4 }, i16 = { .type = SPUR_TYPE_I16, .factor = 0.01 };

	is_int(spur_demo_raw(&u8, 100), 250, "scaled");
	is_int(spur_demo_raw(&u8, 500), 255, "not above the type");
	is_int(spur_demo_raw(&u8, -3), 0, "not below zero");
	is_int(spur_demo_raw(&i16, -9.806), -981, "rounded");
	is_int(spur_demo_raw(&i16, -1000), -32768, "down to the least");
}

int main(void)
{
	struct trace t;
	size_t decoys = 0;

	run(&t, 1);
	for (int k = 0; k < SPUR_DEMO_CLASSES; k++)
		ok(count(&t, (enum spur_demo_kind)k) >= 7 && count(&t, (enum spur_demo_kind)k) <= 15,
		   spur_demo_kind_name((enum spur_demo_kind)k));
	for (int k = SPUR_DEMO_CLASSES; k < SPUR_DEMO_KINDS; k++)
		decoys += count(&t, (enum spur_demo_kind)k);
	ok(decoys >= 15, "and decoys");
	hard_braking_is_what_it_says(&t);
	stops_and_lane_changes_are_in_the_trace(&t);
	events_do_not_overlap(&t);
	decoys_deceive(&t);
	done(&t);
	seeds_make_the_difference();
	the_clock_is_the_formula();
	raw_values_are_rounded_and_clamped();
	return tap_done();
}
