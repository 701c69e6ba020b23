#ifndef SPUR_DEMO_TRACK_H
#define SPUR_DEMO_TRACK_H

#include "demo/scene.h"

/*
 * The road before and behind the vehicle, and what will happen on it. The scene makes its road as
 * it goes; a camera sees it earlier. So a scout - the same scene from the same seed - drives half a
 * minute ahead, and where it was is kept: by time what the vehicle did, by distance what the road
 * is like. It changes nothing in the scene that is recorded.
 */
#define SPUR_DEMO_AHEAD_MS 30000
#define SPUR_DEMO_BEHIND_MS 10000
#define SPUR_DEMO_PLACE_MS 20

struct spur_demo_place {
	double x;			/* driven so far, m */
	float y, v;			/* as in struct spur_demo_vehicle */
	float lane;			/* reference the driver follows */
	float gap, lead_v, lead_a;	/* gap 0: nothing ahead */
	unsigned lead_id;
};

struct spur_demo_track {
	struct spur_demo_scene scout;
	double scout_x;
	uint64_t step;			/* of the recorded scene */
	double x;			/* it has driven */
	uint64_t places;		/* seen so far; the last 4096 (82 s) are kept */
	struct spur_demo_place place[4096];
	int64_t metres;			/* metre of the road seen last; the last 4096 are kept */
	float curvature[4096], grade[4096];
};

/* Like spur_demo_scene_init: the scene that it belongs to has the same arguments. */
void spur_demo_track_init(struct spur_demo_track *t, uint64_t seed, unsigned drive, spur_ns begin_ns, uint64_t steps);
void spur_demo_track_finish(struct spur_demo_track *t);
/* After every step of the scene. */
void spur_demo_track_step(struct spur_demo_track *t, const struct spur_demo_scene *s);
/* ms from now, -10000 to 30000; before the first and after the last: that one, moved at its speed. */
struct spur_demo_place spur_demo_track_at(const struct spur_demo_track *t, int ms);
/* Of metre m of the road, from 0 at the start; straight where nobody was yet. */
double spur_demo_track_curvature(const struct spur_demo_track *t, int64_t m);
double spur_demo_track_grade(const struct spur_demo_track *t, int64_t m);

#endif
