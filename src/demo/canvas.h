#ifndef SPUR_DEMO_CANVAS_H
#define SPUR_DEMO_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pixels.h"

/*
 * Drawing of the demo's cameras: shapes with soft edges, at fractions of a pixel, so that what moves
 * slowly moves smoothly. x right, y down, in pixels; the upper left corner of the picture is 0, 0.
 */
struct spur_canvas {
	struct spur_pixels *px;
	int bottom;		/* nothing is drawn from this row on: what lies behind the crest of a hill */
};

/* Brightness and haze are put in by the caller. alpha: 0 .. 256. */
void spur_canvas_rect(const struct spur_canvas *c, double x0, double y0, double x1, double y1, struct spur_rgb colour,
		      int alpha);
/* Trapezoid with level edges above and below. */
void spur_canvas_trapezoid(const struct spur_canvas *c, double top, double top_x0, double top_x1, double bottom,
			   double bottom_x0, double bottom_x1, struct spur_rgb colour, int alpha);
/* Trapezoid with upright edges left (x0) and right (x1): a wall that runs away from the camera. */
void spur_canvas_wall(const struct spur_canvas *c, double x0, double top0, double bottom0, double x1, double top1,
		      double bottom1, struct spur_rgb colour, int alpha);
/* Ellipse; ragged: 0 smooth .. 255, its outline drawn from seed, the same at every size. */
void spur_canvas_blob(const struct spur_canvas *c, double x, double y, double rx, double ry, struct spur_rgb colour,
		      int ragged, uint32_t seed);
/* Light around a lamp: brightest in the middle. */
void spur_canvas_glow(const struct spur_canvas *c, double x, double y, double radius, struct spur_rgb colour, int alpha);

struct spur_rgb spur_rgb_mix(struct spur_rgb a, struct spur_rgb b, double share_of_b);
struct spur_rgb spur_rgb_scale(struct spur_rgb a, double by);

#endif
