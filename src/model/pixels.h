#ifndef SPUR_MODEL_PIXELS_H
#define SPUR_MODEL_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A picture: packed RGB, 8 bits a channel (sRGB), rows from the top. What cameras decode to, what
 * the rasteriser draws on, what terminals and windows show. Plain values: no I/O, no threads.
 */
#define SPUR_PIXELS_MAX (64u << 20)	/* pixels of one picture; more is refused, whatever a file says */

struct spur_pixels {
	int width, height;
	unsigned char *rgb;	/* owned; width * height * 3; NULL: no picture */
};

struct spur_rgb {
	unsigned char r, g, b;
};

/* Black. SPUR_EFORMAT: no such size (0, negative, above SPUR_PIXELS_MAX); SPUR_ENOMEM. */
enum spur_status spur_pixels_init(struct spur_pixels *p, int width, int height, struct spur_error *err);
/* The same for one that was read from len bytes: also SPUR_EFORMAT where its pixels would take more than 64 MiB
 * above them, so that a few bytes cannot ask for much. */
enum spur_status spur_pixels_init_read(struct spur_pixels *p, int width, int height, size_t len, struct spur_error *err);
void spur_pixels_finish(struct spur_pixels *p);		/* all zero is fine, and is left so */
/* The mean of the area that each pixel covers, in integers: the same bytes on every machine. `to` has
 * the wanted size; larger than `from` repeats pixels. */
void spur_pixels_scale(const struct spur_pixels *from, struct spur_pixels *to);
/* The largest size of the same shape within width x height (pixel_aspect: height of a target pixel over
 * its width), at least 1 x 1. */
void spur_pixels_fit(const struct spur_pixels *p, int width, int height, double pixel_aspect, int *w, int *h);

/* Clipped to the picture. Lines are `thick` pixels wide (>= 1). */
void spur_pixels_fill(struct spur_pixels *p, int x, int y, int width, int height, struct spur_rgb c);
void spur_pixels_line(struct spur_pixels *p, double x0, double y0, double x1, double y1, int thick, struct spur_rgb c);
void spur_pixels_disc(struct spur_pixels *p, double x, double y, double radius, struct spur_rgb c);
/* `from` with its upper left corner at x, y. */
void spur_pixels_copy(struct spur_pixels *p, int x, int y, const struct spur_pixels *from);

#endif
