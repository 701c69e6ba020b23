#include "config.h"

#include "model/pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>


enum spur_status spur_pixels_init(struct spur_pixels *p, int width, int height, struct spur_error *err)
{
	*p = (struct spur_pixels){ 0 };
	if (width <= 0 || height <= 0 || (uint64_t)width * (uint64_t)height > SPUR_PIXELS_MAX)
		return spur_fail(err, SPUR_EFORMAT, "no picture has %d x %d pixels", width, height);
	p->rgb = calloc((size_t)width * (size_t)height, 3);
	if (p->rgb == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory for a picture of %d x %d pixels", width, height);
	p->width = width;
	p->height = height;
	return SPUR_OK;
}

enum spur_status spur_pixels_init_read(struct spur_pixels *p, int width, int height, size_t len, struct spur_error *err)
{
	uint64_t spare = 64u << 20;

	*p = (struct spur_pixels){ 0 };
	if (width > 0 && height > 0 && (uint64_t)width * (uint64_t)height > (len + spare) / 3)
		return spur_fail(err, SPUR_EFORMAT, "%d x %d pixels of %zu bytes: more than is read", width, height, len);
	return spur_pixels_init(p, width, height, err);
}

void spur_pixels_finish(struct spur_pixels *p)
{
	free(p->rgb);
	*p = (struct spur_pixels){ 0 };
}

/* Where pixel i of `to` begins among `from`; the last one's end is from. */
static int edge(int i, int from, int to)
{
	return (int)((int64_t)i * from / to);
}

static void mean(const struct spur_pixels *from, int x0, int x1, int y0, int y1, unsigned char *to)
{
	uint64_t sum[3] = { 0, 0, 0 }, n = (uint64_t)(x1 - x0) * (uint64_t)(y1 - y0);

	for (int y = y0; y < y1; y++) {
		const unsigned char *p = from->rgb + ((size_t)y * (size_t)from->width + (size_t)x0) * 3;

		for (int x = x0; x < x1; x++, p += 3) {
			sum[0] += p[0];
			sum[1] += p[1];
			sum[2] += p[2];
		}
	}
	for (int i = 0; i < 3; i++)
		to[i] = (unsigned char)((sum[i] + n / 2) / n);
}

void spur_pixels_scale(const struct spur_pixels *from, struct spur_pixels *to)
{
	unsigned char *out = to->rgb;

	for (int y = 0; y < to->height; y++) {
		int y0 = edge(y, from->height, to->height), y1 = edge(y + 1, from->height, to->height);

		y1 = y1 > y0 ? y1 : y0 + 1;
		for (int x = 0; x < to->width; x++, out += 3) {
			int x0 = edge(x, from->width, to->width), x1 = edge(x + 1, from->width, to->width);

			mean(from, x0, x1 > x0 ? x1 : x0 + 1, y0, y1, out);
		}
	}
}

void spur_pixels_fit(const struct spur_pixels *p, int width, int height, double pixel_aspect, int *w, int *h)
{
	double shape = (double)p->width / p->height * pixel_aspect;	/* of the target, in target pixels */

	*w = width;
	*h = (int)(width / shape + 0.5);
	if (*h > height) {
		*h = height;
		*w = (int)(height * shape + 0.5);
	}
	*w = *w < 1 ? 1 : *w > width ? width : *w;
	*h = *h < 1 ? 1 : *h;
}

static unsigned char *row_at(const struct spur_pixels *p, int y)
{
	return p->rgb + (size_t)y * (size_t)p->width * 3;
}

static void put(struct spur_pixels *p, int x, int y, struct spur_rgb c)
{
	unsigned char *at = p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3;

	at[0] = c.r;
	at[1] = c.g;
	at[2] = c.b;
}

void spur_pixels_fill(struct spur_pixels *p, int x, int y, int width, int height, struct spur_rgb c)
{
	int64_t x1 = (int64_t)x + width, y1 = (int64_t)y + height;

	x1 = x1 < p->width ? x1 : p->width;
	y1 = y1 < p->height ? y1 : p->height;
	x = x < 0 ? 0 : x;
	y = y < 0 ? 0 : y;
	for (int row = y; row < y1 && x < x1; row++) {
		for (int col = x; row == y && col < x1; col++)
			put(p, col, row, c);
		if (row > y)	/* like the first */
			memcpy(row_at(p, row) + (size_t)x * 3, row_at(p, y) + (size_t)x * 3, (size_t)(x1 - x) * 3);
	}
}

/* Liang and Barsky: the part of the line inside [lo, hi] along one axis. */
static int clip(double from, double delta, double lo, double hi, double *t0, double *t1)
{
	double a, b;

	if (delta == 0)
		return from >= lo && from <= hi;
	a = (lo - from) / delta;
	b = (hi - from) / delta;
	*t0 = fmax(*t0, fmin(a, b));
	*t1 = fmin(*t1, fmax(a, b));
	return *t0 <= *t1;
}

void spur_pixels_line(struct spur_pixels *p, double x0, double y0, double x1, double y1, int thick, struct spur_rgb c)
{
	double dx = x1 - x0, dy = y1 - y0, t0 = 0, t1 = 1, steps;

	if (!isfinite(dx) || !isfinite(dy) || thick < 1 || !clip(x0, dx, -thick, p->width + thick, &t0, &t1) ||
	    !clip(y0, dy, -thick, p->height + thick, &t0, &t1))
		return;
	x1 = x0 + t1 * dx;
	y1 = y0 + t1 * dy;
	x0 += t0 * dx;
	y0 += t0 * dy;
	steps = ceil(fmax(fabs(x1 - x0), fabs(y1 - y0)));
	for (double i = 0; i <= steps; i++) {
		double t = steps > 0 ? i / steps : 0;

		spur_pixels_fill(p, (int)floor(x0 + t * (x1 - x0) - (thick - 1) / 2.0 + 0.5),
				 (int)floor(y0 + t * (y1 - y0) - (thick - 1) / 2.0 + 0.5), thick, thick, c);
	}
}

void spur_pixels_disc(struct spur_pixels *p, double x, double y, double radius, struct spur_rgb c)
{
	if (!isfinite(x) || !isfinite(y) || !(radius >= 0))
		return;
	for (int row = (int)fmax(0, floor(y - radius)); row < p->height && row <= y + radius; row++) {
		for (int col = (int)fmax(0, floor(x - radius)); col < p->width && col <= x + radius; col++) {
			if ((col - x) * (col - x) + (row - y) * (row - y) <= radius * radius)
				put(p, col, row, c);
		}
	}
}

void spur_pixels_copy(struct spur_pixels *p, int x, int y, const struct spur_pixels *from)
{
	int left = x < 0 ? -x : 0, width = from->width - left;

	if (x + left + width > p->width)
		width = p->width - x - left;
	for (int row = y < 0 ? -y : 0; row < from->height && y + row < p->height && width > 0; row++)
		memcpy(p->rgb + ((size_t)(y + row) * (size_t)p->width + (size_t)(x + left)) * 3,
		       from->rgb + ((size_t)row * (size_t)from->width + (size_t)left) * 3, (size_t)width * 3);
}
