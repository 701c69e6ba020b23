#ifndef SPUR_DEMO_SURROUND_H
#define SPUR_DEMO_SURROUND_H

#include "demo/clock.h"
#include "demo/scene.h"
#include "format/mcap/writer.h"

/*
 * What makes the MCAP of a big drive big: five more cameras (1280 x 720 JPEG, 4 Hz), a lidar (64 rings,
 * 65,536 points, 10 Hz) and 40 topics of CAN frames, into the file of the second logger. Random numbers of its own.
 */
struct spur_demo_surround;

struct spur_demo_surround_options {
	uint64_t seed;
	unsigned drive;
	spur_ns begin_ns;
	uint64_t steps;			/* as the scene's */
	struct spur_demo_clock clock;
	unsigned threads;		/* that draw; 0: one per processor. The pictures do not depend on it */
};

/* Borrows w; declares its schemas and channels there, from 100 on. */
enum spur_status spur_demo_surround_create(const struct spur_demo_surround_options *o, struct spur_mcap_writer *w,
					   struct spur_demo_surround **out, struct spur_error *err);
/* After every step of the scene. */
enum spur_status spur_demo_surround_step(struct spur_demo_surround *u, const struct spur_demo_scene *s,
					 struct spur_error *err);
void spur_demo_surround_destroy(struct spur_demo_surround *u);	/* NULL is fine */

#endif
