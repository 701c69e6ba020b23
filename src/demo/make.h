#ifndef SPUR_DEMO_MAKE_H
#define SPUR_DEMO_MAKE_H

#include "base/error.h"
#include "base/task.h"
#include "base/time.h"
#include "demo/ros.h"
#include "demo/scene.h"

/*
 * Simulated drives in a folder: drive_NN.mf4 (control units and CAN), drive_NN.mcap (ROS 2, with a
 * clock of its own), vehicle.dbc, and truth.json: what happened when, and the clocks. The same
 * options give the same bytes, whatever the number of threads; those of the JPEG pictures depend on
 * the libjpeg-turbo that is installed besides.
 */
struct spur_demo_make_options {
	const char *dir;
	unsigned drives;
	double seconds;		/* of each drive, to the millisecond */
	uint64_t seed;
	uint64_t big_bytes;	/* one drive more, whose files have at least that size each; 0: none */
	uint64_t mem_bytes;	/* budget over all drives that are being made */
	unsigned threads;
	enum spur_demo_camera_set cameras;
};

/* One drive that is done. Borrowed until the callback returns. */
struct spur_demo_drive {
	const char *name;	/* "drive_01", "drive_big" */
	spur_ns begin_ns, end_ns;	/* of the MF4 clock, which is the true one */
	struct spur_demo_clock clock;	/* of the MCAP file */
	uint64_t bytes;		/* both files */
	double smooth_ratio, noisy_ratio;	/* of a big drive: how deflate packed the two profiles; 0: not big */
	const struct spur_demo_event *events;	/* classes and decoys, by begin */
	size_t event_count;
};

typedef void spur_demo_made_fn(void *state, const struct spur_demo_drive *d);

/* made may be NULL; caller's thread, in order of the drives. SPUR_ECANCELLED between two
 * simulated seconds. Files appear whole or not at all; truth.json is the last. */
enum spur_status spur_demo_make(const struct spur_demo_make_options *o, spur_demo_made_fn *made, void *state,
				struct spur_task *task, struct spur_error *err);

#endif
