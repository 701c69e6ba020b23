#ifndef SPUR_DEMO_TRAFFIC_H
#define SPUR_DEMO_TRAFFIC_H

#include "demo/track.h"

/*
 * Who else is on the road, for the cameras only: no signal is made from it. The vehicle ahead is the
 * one of the scene, at its distance; one that will cut in drives beside us before; who was ahead until
 * then goes on in front of it; others overtake, are overtaken or come towards us; somebody follows.
 */
enum spur_demo_body_kind { SPUR_DEMO_CAR, SPUR_DEMO_VAN, SPUR_DEMO_TRUCK, SPUR_DEMO_BODY_KINDS };

struct spur_demo_body_size {
	const char *name;
	double width, height, length;	/* m */
};
extern const struct spur_demo_body_size spur_demo_body_sizes[SPUR_DEMO_BODY_KINDS];

struct spur_demo_body {
	enum spur_demo_body_kind kind;
	unsigned paint;			/* number of its colour */
	double x, y, v;			/* x: of its end nearer to where we come from */
	bool braking, oncoming, lead;	/* lead: the vehicle ahead of the scene */
	int indicator;			/* 1 left, -1 right, while it is lit */
};

#define SPUR_DEMO_BODIES 20

struct spur_demo_traffic {
	struct spur_demo_rng rng;
	uint32_t salt;			/* of the looks of those ahead */
	/* free ones, moved on; kind SPUR_DEMO_BODY_KINDS: no body */
	struct spur_demo_body others[SPUR_DEMO_BODIES - 4];
	struct spur_demo_body former;	/* ahead before the last cut-in */
	double former_s;		/* since then */
	double lead_y, cut_ms;		/* since the cut-in of the vehicle ahead; below 0: it did not */
	int cut_side;
	unsigned lead_id;
	struct spur_demo_body lead;	/* as it was in the last step */
	double follower_gap, follower_v;
	bool started;
};

void spur_demo_traffic_init(struct spur_demo_traffic *t, uint64_t seed, unsigned drive);
/* After every step of the scene and of its track. */
void spur_demo_traffic_step(struct spur_demo_traffic *t, const struct spur_demo_track *road, const struct spur_demo_scene *s);
/* Everybody now; the number of them. */
size_t spur_demo_traffic_list(const struct spur_demo_traffic *t, const struct spur_demo_track *road,
			      const struct spur_demo_scene *s, struct spur_demo_body out[SPUR_DEMO_BODIES]);

#endif
