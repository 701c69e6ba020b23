#ifndef SPUR_DEMO_CAMERAS_H
#define SPUR_DEMO_CAMERAS_H

#include "base/error.h"
#include "demo/clock.h"
#include "demo/scene.h"
#include "format/mcap/writer.h"

/*
 * The cameras of the second logger, into its file: in front 30 Hz JPEG with calibration and the box of
 * the vehicle ahead, behind a raw one. They draw from random numbers of their own and change no signal.
 * Pictures go into chunks of their own (group 1 JPEG as it is, 2 raw, 3 boxes and calibration).
 */
enum spur_demo_camera_set { SPUR_DEMO_CAMERAS_ALL, SPUR_DEMO_CAMERAS_FRONT, SPUR_DEMO_CAMERAS_NONE };

struct spur_demo_cameras;

struct spur_demo_cameras_options {
	enum spur_demo_camera_set set;
	uint64_t seed;
	unsigned drive;
	bool big;			/* the front camera has 640 x 360 */
	spur_ns begin_ns;
	uint64_t steps;			/* as the scene's */
	struct spur_demo_clock clock;
};

/* Borrows w, whose schemas and channels of the cameras (ros_schemas.h) are declared. */
enum spur_status spur_demo_cameras_create(const struct spur_demo_cameras_options *o, struct spur_mcap_writer *w,
					  struct spur_demo_cameras **out, struct spur_error *err);
/* After every step of the scene. */
enum spur_status spur_demo_cameras_step(struct spur_demo_cameras *c, const struct spur_demo_scene *s, struct spur_error *err);
uint64_t spur_demo_cameras_bytes(const struct spur_demo_cameras *c);	/* of payloads so far; NULL: 0 */
void spur_demo_cameras_destroy(struct spur_demo_cameras *c);	/* NULL is fine */

#endif
