#ifndef SPUR_SYNC_OBSERVE_H
#define SPUR_SYNC_OBSERVE_H

#include "sync/estimate.h"
#include "sync/timeline.h"

/*
 * Which signals observe the motion of the vehicle, told by unit and name; and the estimate for
 * two sources of a drive from the pairs they make.
 */
enum spur_motion {
	SPUR_MOTION_NONE,
	SPUR_MOTION_SPEED,	/* m/s, km/h, mph, knots, or called so */
	SPUR_MOTION_ACCEL_X,	/* m/s2, g; along the vehicle */
	SPUR_MOTION_ACCEL_Y,	/* across */
	SPUR_MOTION_YAW_RATE,	/* rad/s, deg/s about the vertical */
	SPUR_MOTION_PATH,	/* metres: position .x with a sibling .y */
	SPUR_MOTION_GEO,	/* degrees: latitude with a sibling longitude */
};

/* By unit and name alone; PATH and GEO for the first of the two. Never fails. */
enum spur_motion spur_motion_of(const char *name, const char *unit);
const char *spur_motion_name(enum spur_motion m);
/* The name of the second signal of a path or geo, from the first; NULL: none. The caller frees. */
char *spur_motion_sibling(const char *name, enum spur_motion m);

struct spur_sync_opts {
	size_t a, b;			/* members of the timeline; b's clock is estimated against a's */
	const char *const *pairs;	/* "A=B", NULL-terminated: only these; NULL: found by name and unit.
					 * A and B are signals, or the stem of NAME.x and NAME.y */
	spur_ns max_offset_ns, window_ns;	/* 0: the default */
	uint64_t mem_bytes;		/* 0: 256 MiB */
};

struct spur_sync_named_pair {
	char *a, *b;			/* owned */
};

struct spur_sync_report {
	struct spur_clock_estimate estimate;
	struct spur_sync_named_pair *pairs;	/* of estimate.pairs; owned */
};

/* Both sources are read in their own clocks, whatever clock the timeline has for them.
 * SPUR_ENOTFOUND: no pair, or no evidence; SPUR_EINVAL: a pair that does not parse. */
enum spur_status spur_sync_estimate(struct spur_timeline *tl, const struct spur_sync_opts *o, struct spur_sync_report *out,
				    struct spur_task *task, struct spur_error *err);
void spur_sync_report_finish(struct spur_sync_report *r);

#endif
