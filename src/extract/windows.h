#ifndef SPUR_EXTRACT_WINDOWS_H
#define SPUR_EXTRACT_WINDOWS_H

#include <stdint.h>

#include "base/error.h"
#include "base/task.h"
#include "extract/plan.h"

/*
 * The samples of one shard: every window of every segment on the grid of the recipe. Points lie
 * on multiples of step_ns since 1970, so windows of neighbouring segments share them. A segment
 * shorter than a window gets one window around its middle (what is outside it is read, too); a
 * longer one gets as many as fit at the stride, centred.
 */
struct spur_extract_window {
	const struct spur_extract_segment *segment;
	spur_ns begin_ns;
	const double *values;	/* [signal][sample], NaN: missing */
	const unsigned char *frames;	/* of each camera in turn: [frame][red, green, blue][row][column]; missing: 0 */
};

struct spur_extract_windows {
	size_t count;
	struct spur_extract_window *rows;
	double *values;
	unsigned char *frames;
	uint64_t empty;		/* windows left out: no signal has any value */
	uint64_t missing_frames;	/* of all cameras: none in time, or its picture is damaged */
};

/* First points of the windows of a segment, the caller frees; shared with the planner's estimate. */
spur_ns *spur_extract_window_begins(const struct spur_extract_recipe *r, const struct spur_extract_segment *s,
				    size_t *count);

/* SPUR_EFORMAT, SPUR_ENOTFOUND: the recordings or the recipe are at fault, trying again will not help.
 * SPUR_ENOMEM: more than mem_bytes. */
enum spur_status spur_extract_windows_read(const struct spur_extract_plan *p, const struct spur_extract_shard *s,
					   uint64_t mem_bytes, unsigned threads, struct spur_extract_windows *out,
					   struct spur_task *task, struct spur_error *err);
void spur_extract_windows_finish(struct spur_extract_windows *w);

#endif
