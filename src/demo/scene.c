#include "config.h"

#include "demo/scene.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

#define COMFORT 3.1	/* m/s2: car following brakes no harder */
#define RADAR_RANGE 150.0

spur_ns spur_demo_scene_now(const struct spur_demo_scene *s)
{
	return s->begin_ns + (spur_ns)s->step * 1000000;
}

void spur_demo_scene_init(struct spur_demo_scene *s, uint64_t seed, unsigned drive, spur_ns begin_ns, uint64_t steps)
{
	*s = (struct spur_demo_scene){
		.script = spur_demo_rng_of(seed, drive, 1), .roads = spur_demo_rng_of(seed, drive, 2),
		.begin_ns = begin_ns, .steps = steps, .base = 18, .slowest = 1e9,
		.road = { .mu = 0.95 },
		.lead = { .present = true, .distance = 12, .v_set = 18, .id = 1 },
	};
	spur_demo_vehicle_init(&s->car);
	spur_demo_script_init(s);
}

void spur_demo_scene_finish(struct spur_demo_scene *s)
{
	free(s->events);
	s->events = NULL;
}

void spur_demo_event_add(struct spur_demo_scene *s, const struct spur_demo_event *e)
{
	if (s->event_count == s->event_cap) {
		s->event_cap = s->event_cap == 0 ? 64 : s->event_cap * 2;
		s->events = spur_realloc(s->events, s->event_cap, sizeof(*s->events));
	}
	s->events[s->event_count++] = *e;
}

/* Intelligent driver model (Treiber), bounded to comfort; without a vehicle ahead, a set speed. */
static double follow(const struct spur_demo_scene *s)
{
	const struct spur_demo_vehicle *c = &s->car;
	double a = 0.7 * (s->base + 1 - c->v), gap;

	if (a > 3)
		a = 3;
	if (s->lead.present) {
		gap = 4 + 1.5 * c->v + c->v * (c->v - s->lead.v) / (2 * 2.2);
		gap = (gap > 2 ? gap : 2) / (s->lead.distance > 1 ? s->lead.distance : 1);
		if (2.8 * (1 - gap * gap) < a)
			a = 2.8 * (1 - gap * gap);
	}
	return a < -COMFORT ? -COMFORT : a;
}

static void drive_pedals(struct spur_demo_scene *s, struct spur_demo_control *in)
{
	double want = s->wish.manual ? s->wish.a : follow(s), most = s->wish.jerk * SPUR_DEMO_DT;
	double change = want - s->a_cmd;

	s->a_cmd += change > most ? most : change < -most ? -most : change;
	spur_demo_vehicle_invert(&s->car, s->a_cmd, s->road.grade, in);
	if (s->car.v < 0.3 && s->a_cmd <= 0.05) {	/* stands: hold the brake */
		in->pedal = 0;
		in->brake_bar = 18 + s->wish.extra_bar;
	}
}

/* Pure pursuit of the reference, over the steady steering of its curvature. */
static void drive_wheel(struct spur_demo_scene *s, struct spur_demo_control *in)
{
	const struct spur_demo_vehicle *c = &s->car;
	double v = c->v > 3 ? c->v : 3, ahead = 0.9 * v + 5;
	double ey, course;

	/* A hand is never quite still: about 5 cm, over seconds. */
	s->wander += (-s->wander / 2.5 + 2.2 * spur_demo_noise(&s->roads)) * SPUR_DEMO_DT;
	ey = c->y - s->wish.y - 0.8 * s->wander;
	course = c->psi + c->vy / v - s->wish.y1 / v;
	in->steer = spur_demo_vehicle_steer(v, s->road.curvature + s->wish.y2 / (v * v)) -
		    2 * SPUR_DEMO_WHEELBASE / (ahead * ahead) * (ey + ahead * course);
}

static void move_lead(struct spur_demo_scene *s)
{
	struct spur_demo_lead *l = &s->lead;

	if (!l->present) {
		l->gone_s += SPUR_DEMO_DT;
		if (l->gone_s > 8)
			*l = (struct spur_demo_lead){ .present = true, .distance = RADAR_RANGE - 2, .v = s->base,
						      .v_set = s->base, .id = l->id % 250 + 1 };
		return;
	}
	if (!l->forced) {
		double most = 0.5 * (l->v_set - l->v), limit = most > 2.9 ? 2.9 : most < -2 ? -2 : most;

		l->a += (limit - l->a) * SPUR_DEMO_DT / 0.3;
	}
	/* Nobody gets hit: who is too close in front moves on. */
	if (l->distance < 5 && l->v < s->car.v + 0.5)
		l->v = s->car.v + 0.5 * (5 - l->distance);
	l->v += l->a * SPUR_DEMO_DT;
	if (l->v < 0)
		l->v = l->a = 0;
	l->distance += (l->v - s->car.v) * SPUR_DEMO_DT;
	if (l->distance > RADAR_RANGE) {
		l->present = false;
		l->gone_s = 0;
	}
}

void spur_demo_scene_step(struct spur_demo_scene *s)
{
	struct spur_demo_control in = { 0 };

	spur_demo_script_step(s);
	drive_pedals(s, &in);
	drive_wheel(s, &in);
	spur_demo_vehicle_step(&s->car, &in, &s->road, &s->roads);
	move_lead(s);
	s->step++;
	spur_demo_truth_step(s);
}
