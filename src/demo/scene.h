#ifndef SPUR_DEMO_SCENE_H
#define SPUR_DEMO_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "demo/vehicle.h"

/*
 * The world of one drive: the vehicle, its driver, the vehicle ahead, the road, the faults of
 * the sensors, and the seeded script that makes things happen. One step is 1 ms; the state
 * after step k is that of begin + k ms. What happened is measured on the noise-free state.
 */
enum spur_demo_kind {
	/* classes */
	SPUR_DEMO_HARD_BRAKING, SPUR_DEMO_LANE_CHANGE, SPUR_DEMO_CUT_IN, SPUR_DEMO_STOP_AND_GO, SPUR_DEMO_CRUISE,
	/* decoys */
	SPUR_DEMO_BUMP, SPUR_DEMO_DOWNHILL, SPUR_DEMO_DOWNHILL_BRAKING, SPUR_DEMO_MODERATE_BRAKING,
	SPUR_DEMO_LOW_MU_ABS, SPUR_DEMO_BRAKE_TAP, SPUR_DEMO_CURVE, SPUR_DEMO_SENSOR_DROPOUT, SPUR_DEMO_HEAVY_FOOT,
	SPUR_DEMO_KINDS,
};
#define SPUR_DEMO_CLASSES 5

const char *spur_demo_kind_name(enum spur_demo_kind k);

/* One entry of the truth. */
struct spur_demo_event {
	enum spur_demo_kind kind;
	spur_ns begin_ns, end_ns;
	double min_accel;	/* of the vehicle, m/s2, between the two */
	double speed;		/* m/s at the beginning */
};

struct spur_demo_lead {
	bool present;		/* in the lane and in the range of the radar */
	double distance, v, a;
	double v_set;
	bool forced;		/* a is the script's */
	unsigned id;
	double gone_s;		/* since it was lost */
};

struct spur_demo_faults {
	bool accel_stuck;	/* LongAccel shows its lowest value ... */
	bool accel_flagged;	/* ... and says that it is invalid */
	bool imu_lost, radar_lost;	/* silent; sees nothing */
	bool imu_stuck;		/* x shows its lowest value */
};

/* What the script wants of the driver in this step. */
struct spur_demo_wish {
	double a, jerk;		/* target and how fast it is approached */
	bool manual;		/* a is the script's, not that of car following */
	double y, y1, y2;	/* lateral reference and its derivatives by time */
	double extra_bar;	/* pressed at standstill */
};

struct spur_demo_scene {
	struct spur_demo_vehicle car;
	struct spur_demo_lead lead;
	struct spur_demo_road road;
	struct spur_demo_faults faults;
	struct spur_demo_rng script, roads;
	spur_ns begin_ns;
	uint64_t step, steps;
	double a_cmd, wander, base;	/* base: speed the traffic wants */
	struct spur_demo_wish wish;
	/* the script: */
	enum spur_demo_kind deck[16];
	unsigned deck_count, deck_at;
	enum spur_demo_kind kind;
	bool running;
	int phase;
	double t, quiet, p[4];		/* time in the phase; settled for; parameters drawn */
	double lane_from, lane_to;
	spur_ns episode_ns;
	/* what happened: */
	struct spur_demo_event *events;	/* owned, in order of their end */
	size_t event_count, event_cap;
	struct { bool on; spur_ns begin_ns; double min, speed; } hard, slow, lane, cut;
	double slowest, gap, roughest;	/* speed since it fell; distance ahead one step ago; |a| in this episode */
};

void spur_demo_scene_init(struct spur_demo_scene *s, uint64_t seed, unsigned drive, spur_ns begin_ns, uint64_t steps);
void spur_demo_scene_finish(struct spur_demo_scene *s);
void spur_demo_scene_step(struct spur_demo_scene *s);
spur_ns spur_demo_scene_now(const struct spur_demo_scene *s);

/* scene.c and script.c share these. */
void spur_demo_event_add(struct spur_demo_scene *s, const struct spur_demo_event *e);
void spur_demo_script_init(struct spur_demo_scene *s);
void spur_demo_script_step(struct spur_demo_scene *s);	/* sets wish, road, faults, lead */
void spur_demo_truth_step(struct spur_demo_scene *s);

#endif
