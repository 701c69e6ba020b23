#include "config.h"

#include <math.h>
#include <string.h>

#include "demo/scene.h"

/*
 * The script: decks of episodes, shuffled; every class once per deck, some decoys between them.
 * An episode begins when the traffic has settled at a speed that suits it, and runs in phases.
 */
struct episode {
	const char *name;
	double least, most_s;	/* speed it needs, m/s; time it may take */
	bool (*run)(struct spur_demo_scene *s);	/* true: over */
};

static const double normal_jerk = 5;

static double between(struct spur_demo_scene *s, double lo, double hi)
{
	return spur_demo_between(&s->script, lo, hi);
}

static void next_phase(struct spur_demo_scene *s)
{
	s->phase++;
	s->t = 0;
}

static void want(struct spur_demo_scene *s, double a, double jerk)
{
	s->wish.manual = true;
	s->wish.a = a;
	s->wish.jerk = jerk;
}

static void lead_brakes(struct spur_demo_scene *s, double a, double until)
{
	s->lead.forced = s->lead.v > until;
	s->lead.a = s->lead.forced ? -a : 0;
	s->lead.v_set = until;
}

/* Brake with a until the speed fell by `drop`; true when released again. */
static bool brake_by(struct spur_demo_scene *s, double a, double jerk, double until)
{
	if (s->phase == 2) {
		want(s, 0, 20);
		return s->t > 0.7;
	}
	want(s, -a, jerk);
	if (s->car.v <= until)
		next_phase(s);
	return false;
}

static bool hard_braking(struct spur_demo_scene *s)
{
	if (s->phase == 0) {
		if (s->t == 0) {
			s->p[0] = between(s, 6.0, 8.8);
			s->p[1] = fmax(s->car.v - between(s, 8.5, 14), 7);
			s->p[2] = between(s, 0.4, 0.7);
			s->p[3] = between(s, 25, 50);
		}
		lead_brakes(s, s->p[0] + 0.3, s->p[1]);
		want(s, 0, normal_jerk);
		if (s->t > s->p[2])
			next_phase(s);
		return false;
	}
	lead_brakes(s, s->p[0] + 0.3, s->p[1]);
	if (!brake_by(s, s->p[0], s->p[3], s->p[1]))
		return false;
	s->base = s->p[1];
	return true;
}

static bool moderate_braking(struct spur_demo_scene *s)
{
	if (s->phase == 0) {
		s->p[0] = between(s, 2.4, 3.1);
		s->p[1] = fmax(s->car.v - between(s, 7, 10), 6);
		next_phase(s);
	}
	lead_brakes(s, s->p[0], s->p[1]);
	s->base = s->p[1];
	return brake_by(s, s->p[0], 8, s->p[1]);
}

static bool brake_tap(struct spur_demo_scene *s)
{
	if (s->t == 0)
		s->p[0] = between(s, 7, 9);
	want(s, s->t < 0.3 ? -s->p[0] : 0, 60);
	return s->t > 0.9;
}

/* A foot as for a hard stop, a road that does not give it. */
static bool low_mu_abs(struct spur_demo_scene *s)
{
	if (s->phase == 0) {
		if (s->t == 0) {
			s->p[0] = between(s, 0.19, 0.25);
			s->p[1] = between(s, 1.8, 2.6);
		}
		s->road.mu = fmax(s->p[0], 0.95 - s->t * 4);
		want(s, 0, normal_jerk);
		if (s->t > 0.4)
			next_phase(s);
	} else if (s->phase == 1) {
		want(s, -7.5, 30);
		lead_brakes(s, 1.5, fmax(s->car.v - 6, 5));
		if (s->t > s->p[1] || s->car.v < 5)
			next_phase(s);
	} else {
		want(s, 0, 60);
		if (s->t > 0.6)
			s->road.mu = fmin(0.95, s->p[0] + (s->t - 0.6) * 4);
		s->base = fmax(s->car.v, 8);
	}
	return s->phase == 2 && s->t > 1;
}

static void press_while_standing(struct spur_demo_scene *s, bool on)
{
	struct spur_demo_event e = { .kind = SPUR_DEMO_HEAVY_FOOT, .begin_ns = s->episode_ns,
		.end_ns = spur_demo_scene_now(s) };

	if (on && s->wish.extra_bar == 0)
		s->episode_ns = e.end_ns;
	if (!on && s->wish.extra_bar > 0)
		spur_demo_event_add(s, &e);
	s->wish.extra_bar = on ? 70 : 0;
}

static bool stop_and_go(struct spur_demo_scene *s)
{
	bool heavy;

	switch (s->phase) {
	case 0:
		if (s->t == 0) {
			s->p[0] = between(s, 1.9, 2.8);
			s->p[1] = between(s, 1.2, 2.6);
			s->p[2] = between(s, 9, 12);
			s->p[3] = spur_demo_unit(&s->script);
		}
		lead_brakes(s, s->p[0], 0);
		if (s->t > 0.7)
			next_phase(s);
		break;
	case 1:
		lead_brakes(s, s->p[0], 0);
		want(s, -fmin(s->p[0], 0.5 + 1.2 * s->car.v), 6);
		if (s->car.v < 0.02)
			next_phase(s);
		break;
	case 2:
		lead_brakes(s, s->p[0], 0);
		want(s, 0, 20);
		/* One in three pumps the pedal while standing. */
		heavy = s->p[3] < 0.34 && s->t > 0.4 && s->t < s->p[1] - 0.3;
		press_while_standing(s, heavy);
		if (s->t > s->p[1])
			next_phase(s);
		break;
	default:
		s->wish.extra_bar = 0;
		s->base = s->lead.v_set = s->p[2];
		s->lead.forced = false;
		if (s->t < 0.8)
			want(s, 0, 20);
		return s->car.v > 8;
	}
	return false;
}

static bool cut_in(struct spur_demo_scene *s)
{
	struct spur_demo_lead *l = &s->lead;
	double closing;

	if (s->phase == 0) {
		closing = between(s, 1, 3);
		*l = (struct spur_demo_lead){ .present = true, .distance = 4 + between(s, 0.4, 0.55) * s->car.v,
			.v = s->car.v - closing, .v_set = s->car.v - 0.5, .id = l->id % 250 + 1 };
		next_phase(s);
	}
	if (s->t > 2.5)
		l->v_set = s->base;
	return s->t > 4.5;
}

/* The quintic that starts and ends at rest. */
static bool lane_change(struct spur_demo_scene *s)
{
	double T, u, d = s->lane_to - s->lane_from;

	if (s->phase == 0) {
		bool left = s->lane_from < 0.1 || (s->lane_from < SPUR_DEMO_LANE + 0.1 && spur_demo_unit(&s->script) < 0.5);

		s->lane_to = s->lane_from + (left ? SPUR_DEMO_LANE : -SPUR_DEMO_LANE);
		d = s->lane_to - s->lane_from;
		s->p[0] = between(s, 3.4, 4.8);
		next_phase(s);
	}
	T = s->p[0];
	u = fmin(s->t / T, 1);
	s->wish.y = s->lane_from + d * u * u * u * (10 - 15 * u + 6 * u * u);
	s->wish.y1 = d / T * 30 * u * u * (1 - 2 * u + u * u);
	s->wish.y2 = d / (T * T) * 60 * u * (1 - 3 * u + 2 * u * u);
	if (s->t < T + 1)
		return false;
	s->lane_from = s->lane_to;
	return true;
}

static bool cruise(struct spur_demo_scene *s)
{
	if (s->t == 0)
		s->p[0] = between(s, 5, 7);
	return s->t > s->p[0];
}

/* Half sines of 0.6 m length: one to three humps 11 m apart, or cobbles, a dozen of them close by. */
static bool bump(struct spur_demo_scene *s)
{
	double x;

	if (s->t == 0) {
		bool cobbles = spur_demo_unit(&s->script) < 0.5;

		s->p[0] = cobbles ? between(s, 0.025, 0.035) : between(s, 0.035, 0.055);
		s->p[1] = cobbles ? 10 + spur_demo_below(&s->script, 8) : 1 + spur_demo_below(&s->script, 3);
		s->p[2] = 0;
		s->p[3] = cobbles ? 1.4 : 11;
	}
	s->p[2] += s->car.v * SPUR_DEMO_DT;
	x = fmod(s->p[2], s->p[3]);
	s->road.bump = x < 0.6 && s->p[2] < s->p[3] * s->p[1] ? s->p[0] * sin(M_PI * x / 0.6) : 0;
	return s->p[2] > s->p[3] * s->p[1] && s->t > 1.2;
}

static double ramp(double t, double rise, double hold)
{
	double x = t < rise ? t / rise : t < rise + hold ? 1 : 1 - (t - rise - hold) / rise;

	x = x < 0 ? 0 : x;
	return x * x * (3 - 2 * x);
}

static bool downhill(struct spur_demo_scene *s)
{
	if (s->t == 0) {
		s->p[0] = between(s, 0.08, 0.12);
		s->p[1] = between(s, 3, 4.5);
	}
	s->road.grade = -s->p[0] * ramp(s->t, 1.5, s->p[1]);
	return s->t > s->p[1] + 3;
}

static bool downhill_braking(struct spur_demo_scene *s)
{
	if (s->phase == 0) {
		if (s->t == 0) {
			s->p[0] = between(s, 0.1, 0.13);
			s->p[1] = between(s, 3.4, 3.75);
			s->p[2] = fmax(s->car.v - between(s, 6, 8), 6);
		}
		s->road.grade = -s->p[0] * ramp(s->t, 1.5, 100);
		if (s->t > 1.8)
			next_phase(s);
		return false;
	}
	if (s->phase == 3) {
		s->road.grade = -s->p[0] + s->p[0] * ramp(s->t, 1.5, 100);
		return s->t > 1.6;
	}
	s->base = s->p[2];
	lead_brakes(s, s->p[1], s->p[2]);
	if (brake_by(s, s->p[1], 8, s->p[2]))
		next_phase(s);
	return false;
}

static bool curve(struct spur_demo_scene *s)
{
	if (s->t == 0)
		s->p[0] = fmin(between(s, 1.6, 2.8) / (s->car.v * s->car.v), 0.006) *
			  (spur_demo_unit(&s->script) < 0.5 ? -1 : 1);
	s->road.curvature = s->p[0] * ramp(s->t, 1.2, 2.6);
	return s->t > 5;
}

static bool sensor_dropout(struct spur_demo_scene *s)
{
	if (s->t == 0) {
		unsigned which = spur_demo_below(&s->script, 5);

		s->p[0] = between(s, 0.8, 2);
		s->faults = (struct spur_demo_faults){ .accel_stuck = which < 2, .accel_flagged = which == 0,
			.imu_lost = which == 2, .radar_lost = which == 3, .imu_stuck = which == 4 };
	}
	if (s->t > s->p[0])
		s->faults = (struct spur_demo_faults){ 0 };
	return s->t > s->p[0];
}

static const struct episode episodes[SPUR_DEMO_KINDS] = {
	[SPUR_DEMO_HARD_BRAKING] = { "hard_braking", 17, 8, hard_braking },
	[SPUR_DEMO_LANE_CHANGE] = { "lane_change", 13, 7, lane_change },
	[SPUR_DEMO_CUT_IN] = { "cut_in", 13, 8, cut_in },
	[SPUR_DEMO_STOP_AND_GO] = { "stop_and_go", 8.5, 25, stop_and_go },
	[SPUR_DEMO_CRUISE] = { "cruise", 11, 8, cruise },
	[SPUR_DEMO_BUMP] = { "bump", 8, 6, bump },
	[SPUR_DEMO_DOWNHILL] = { "downhill", 9, 10, downhill },
	[SPUR_DEMO_DOWNHILL_BRAKING] = { "downhill_braking", 15, 10, downhill_braking },
	[SPUR_DEMO_MODERATE_BRAKING] = { "moderate_braking", 15, 8, moderate_braking },
	[SPUR_DEMO_LOW_MU_ABS] = { "low_mu_abs", 14, 6, low_mu_abs },
	[SPUR_DEMO_BRAKE_TAP] = { "brake_tap", 12, 2, brake_tap },
	[SPUR_DEMO_CURVE] = { "curve", 12, 7, curve },
	[SPUR_DEMO_SENSOR_DROPOUT] = { "sensor_dropout", 9, 3, sensor_dropout },
	[SPUR_DEMO_HEAVY_FOOT] = { "heavy_foot", 0, 0, NULL },	/* a part of stop_and_go */
};

const char *spur_demo_kind_name(enum spur_demo_kind k)
{
	return episodes[k].name;
}

static void shuffle(struct spur_demo_scene *s, enum spur_demo_kind *k, unsigned n)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned j = spur_demo_below(&s->script, i);
		enum spur_demo_kind t = k[i - 1];

		k[i - 1] = k[j];
		k[j] = t;
	}
}

#define DECOYS_PER_DECK 3

static void deal(struct spur_demo_scene *s)
{
	enum spur_demo_kind decoys[SPUR_DEMO_HEAVY_FOOT - SPUR_DEMO_BUMP];
	unsigned n = 0;

	for (int k = SPUR_DEMO_BUMP; k < SPUR_DEMO_HEAVY_FOOT; k++)
		decoys[n++] = (enum spur_demo_kind)k;
	shuffle(s, decoys, n);
	s->deck_count = 0;
	for (int k = 0; k < SPUR_DEMO_CLASSES; k++)
		s->deck[s->deck_count++] = (enum spur_demo_kind)k;
	memcpy(s->deck + s->deck_count, decoys, DECOYS_PER_DECK * sizeof(*decoys));
	s->deck_count += DECOYS_PER_DECK;
	shuffle(s, s->deck, s->deck_count);
	s->deck_at = 0;
}

/* The speed for what comes next: as it is, if that suits. */
static void plan(struct spur_demo_scene *s)
{
	double least;

	if (s->deck_at == s->deck_count)
		deal(s);
	s->kind = s->deck[s->deck_at++];
	least = episodes[s->kind].least + 0.7;
	s->base = fmax(s->base, s->car.v) + between(s, -1.5, 3);
	if (s->base < least)
		s->base = least + between(s, 0, s->kind == SPUR_DEMO_HARD_BRAKING ? 6 : 2);
	s->base = fmin(s->base, 30);
	s->lead.v_set = s->base;
	s->lead.forced = false;
	s->running = false;
	s->quiet = s->t = 0;
}

/* Hard braking comes first, so that a drive of one minute has one. */
void spur_demo_script_init(struct spur_demo_scene *s)
{
	deal(s);
	for (unsigned i = 1; i < s->deck_count; i++) {
		if (s->deck[i] == SPUR_DEMO_HARD_BRAKING) {
			s->deck[i] = s->deck[0];
			s->deck[0] = SPUR_DEMO_HARD_BRAKING;
		}
	}
	plan(s);
}

static void settle(struct spur_demo_scene *s)
{
	const struct spur_demo_vehicle *c = &s->car;
	bool fast = c->v >= episodes[s->kind].least;
	double calm = s->kind == SPUR_DEMO_CRUISE ? 0.3 : 0.6;
	uint64_t left_ms = s->steps - s->step;

	s->quiet = fast && c->a > -0.4 && c->a < calm ? s->quiet + SPUR_DEMO_DT : 0;
	if (fast && (s->quiet > 0.6 || s->t > 12) && (double)left_ms * 1e-3 > episodes[s->kind].most_s) {
		s->running = true;
		s->phase = 0;
		s->t = s->roughest = 0;
		s->episode_ns = spur_demo_scene_now(s);
	}
}

/* Decoys go into the truth with the times of their episode, cruising if it was that. */
static void note(struct spur_demo_scene *s)
{
	struct spur_demo_event e = { .kind = s->kind, .begin_ns = s->episode_ns, .end_ns = spur_demo_scene_now(s),
		.speed = s->car.v };

	if (s->kind > SPUR_DEMO_CRUISE || (s->kind == SPUR_DEMO_CRUISE && s->roughest < 0.5))
		spur_demo_event_add(s, &e);
}

void spur_demo_script_step(struct spur_demo_scene *s)
{
	s->wish.manual = false;
	s->wish.jerk = normal_jerk;
	s->wish.y = s->lane_from;
	s->wish.y1 = s->wish.y2 = 0;
	if (!s->running) {
		settle(s);
		s->t += s->running ? 0 : SPUR_DEMO_DT;
	}
	if (s->running) {
		double t = s->t;
		int phase = s->phase;

		if (episodes[s->kind].run(s)) {
			note(s);
			plan(s);
		} else if (phase == s->phase || s->t != 0) {
			s->t = t + SPUR_DEMO_DT;
		} else {
			s->t = SPUR_DEMO_DT;	/* 0 means: draw */
		}
	}
}
