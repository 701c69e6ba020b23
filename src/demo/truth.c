#include "config.h"

#include <math.h>

#include "demo/scene.h"

/*
 * The definitions of the classes, measured on the state of the model:
 *  hard_braking  dv/dt <= -4.5 m/s2 at more than 20 km/h, for at least 0.6 s
 *  stop_and_go   from falling below 20 km/h to rising above it again, standing in between
 *  lane_change   from leaving the middle of the lane by 5 % of its width to 5 % from the middle of the next
 *  cut_in        from the drop of the distance to the vehicle ahead by 40 % or more, until the gap
 *                does not close any more, 2 s to 6 s
 *  cruise        a stretch of the script without anything, |dv/dt| < 0.5 m/s2 all along
 */
#define KMH20 (20 / 3.6)

static void begin(struct spur_demo_scene *s, spur_ns *at, double *speed)
{
	*at = spur_demo_scene_now(s);
	*speed = s->car.v;
}

static void add(struct spur_demo_scene *s, enum spur_demo_kind kind, spur_ns from, double min, double speed)
{
	struct spur_demo_event e = { .kind = kind, .begin_ns = from, .end_ns = spur_demo_scene_now(s), .min_accel = min,
		.speed = speed };

	spur_demo_event_add(s, &e);
}

static void hard_braking(struct spur_demo_scene *s)
{
	bool now = s->car.a <= -4.5 && s->car.v > KMH20;

	if (now && !s->hard.on) {
		begin(s, &s->hard.begin_ns, &s->hard.speed);
		s->hard.min = 0;
	}
	if (now)
		s->hard.min = fmin(s->hard.min, s->car.a);
	if (!now && s->hard.on && spur_demo_scene_now(s) - s->hard.begin_ns >= 600000000)
		add(s, SPUR_DEMO_HARD_BRAKING, s->hard.begin_ns, s->hard.min, s->hard.speed);
	s->hard.on = now;
}

/* The start from standstill at the beginning of the drive does not count: nothing was below before. */
static void stop_and_go(struct spur_demo_scene *s)
{
	bool now = s->car.v < KMH20;

	if (now && !s->slow.on && s->step > 1) {
		begin(s, &s->slow.begin_ns, &s->slow.speed);
		s->slow.min = 0;
		s->slowest = s->car.v;
	}
	s->slowest = fmin(s->slowest, s->car.v);
	if (now)
		s->slow.min = fmin(s->slow.min, s->car.a);
	if (!now && s->slow.on && s->slow.begin_ns != 0 && s->slowest < 0.1)
		add(s, SPUR_DEMO_STOP_AND_GO, s->slow.begin_ns, s->slow.min, s->slow.speed);
	s->slow.on = now;
}

static void lane_change(struct spur_demo_scene *s)
{
	bool scripted = s->running && s->kind == SPUR_DEMO_LANE_CHANGE;
	double from = fabs(s->car.y - s->lane_from), to = fabs(s->car.y - s->lane_to);

	if (scripted && !s->lane.on && s->phase == 1 && from > 0.05 * SPUR_DEMO_LANE && to > 0.05 * SPUR_DEMO_LANE) {
		begin(s, &s->lane.begin_ns, &s->lane.speed);
		s->lane.on = true;
		s->lane.min = 0;
	}
	if (s->lane.on)
		s->lane.min = fmin(s->lane.min, s->car.a);
	if (s->lane.on && to < 0.05 * SPUR_DEMO_LANE) {
		add(s, SPUR_DEMO_LANE_CHANGE, s->lane.begin_ns, s->lane.min, s->lane.speed);
		s->lane.on = false;
		s->phase = 2;	/* once: wandering in the new lane is no change of lane */
	}
}

static void cut_in(struct spur_demo_scene *s)
{
	double before = s->gap;
	double age = s->cut.on ? (double)(spur_demo_scene_now(s) - s->cut.begin_ns) * 1e-9 : 0;

	if (!s->cut.on && s->lead.present && s->lead.distance < 0.6 * before) {
		begin(s, &s->cut.begin_ns, &s->cut.speed);
		s->cut.on = true;
		s->cut.min = 0;
	}
	s->gap = s->lead.present ? s->lead.distance : 150;
	if (!s->cut.on)
		return;
	s->cut.min = fmin(s->cut.min, s->car.a);
	if ((age >= 2 && s->lead.v >= s->car.v) || age >= 6) {
		add(s, SPUR_DEMO_CUT_IN, s->cut.begin_ns, s->cut.min, s->cut.speed);
		s->cut.on = false;
	}
}

void spur_demo_truth_step(struct spur_demo_scene *s)
{
	hard_braking(s);
	stop_and_go(s);
	lane_change(s);
	cut_in(s);
	s->roughest = fmax(s->roughest, fabs(s->car.a));
}
