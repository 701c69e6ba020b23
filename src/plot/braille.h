#ifndef SPUR_PLOT_BRAILLE_H
#define SPUR_PLOT_BRAILLE_H

#include <stddef.h>
#include <stdint.h>

#include "plot/decimate.h"

/*
 * A line drawn with dots: 2 x 4 dots a cell, in the order of Unicode's U+2800 block, so that a cell
 * is the character U+2800 + pattern. Pure.
 */
struct spur_dots {
	size_t cols, rows;	/* cells */
	uint8_t *cells;		/* owned, row by row from the top */
};

void spur_dots_init(struct spur_dots *d, size_t cols, size_t rows);
void spur_dots_finish(struct spur_dots *d);
/* x from the left, y from the top, in dots; outside is ignored. */
void spur_dots_set(struct spur_dots *d, long x, long y);
/* The line of a decimation with 2 * cols columns between lo (bottom) and hi (top). Steps are joined
 * over empty columns unless the gap is wider than gap_ns (0: always joined). */
void spur_dots_line(struct spur_dots *d, const struct spur_decimation *of, double lo, double hi, spur_ns gap_ns);

#endif
