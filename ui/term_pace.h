#ifndef SPUR_UI_TERM_PACE_H
#define SPUR_UI_TERM_PACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "image/terminal.h"

/*
 * Which quality the next picture has: the best one whose bytes the line carries SPUR_PICTURES_HZ times a
 * second while pictures move, or within a second when they stand still. Pure: the caller
 * brings times and sizes.
 */
struct spur_term_level {
	enum spur_graphics kind;
	int colours;	/* of sixel */
	int divide;	/* resolution: 1 whole, 2 half */
};
#define SPUR_TERM_LEVELS 10

struct spur_term_pace {
	enum spur_graphics best;
	double bytes_per_s;	/* of the line, as measured */
	spur_ns rtt_ns;		/* the shortest answer to little or nothing; 0: unknown */
	double per_cell[SPUR_TERM_LEVELS];	/* bytes, as the last frame of a level had them */
	size_t last_bytes;
	spur_ns changed_ns;	/* when the last picture came */
};

const struct spur_term_level *spur_term_pace_level(int level);
void spur_term_pace_init(struct spur_term_pace *p, enum spur_graphics best, double bytes_per_s, spur_ns rtt_ns);
/* Level for a frame of so many cells. moving: others follow. */
int spur_term_pace_choose(const struct spur_term_pace *p, int cells, bool moving);
/* A frame of `bytes` was written; its answer came drain_ns after the write began. */
void spur_term_pace_took(struct spur_term_pace *p, int level, int cells, size_t bytes, spur_ns drain_ns);

#endif
