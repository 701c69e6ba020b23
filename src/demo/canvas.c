#include "config.h"

#include "demo/canvas.h"

#include <math.h>

static unsigned char *pixel(const struct spur_canvas *c, int x, int y)
{
	return c->px->rgb + ((size_t)y * (size_t)c->px->width + (size_t)x) * 3;
}

static void blend(unsigned char *p, struct spur_rgb colour, int alpha)
{
	p[0] = (unsigned char)(p[0] + ((colour.r - p[0]) * alpha >> 8));
	p[1] = (unsigned char)(p[1] + ((colour.g - p[1]) * alpha >> 8));
	p[2] = (unsigned char)(p[2] + ((colour.b - p[2]) * alpha >> 8));
}

/* One row from x0 to x1, the pixels at its ends by the share that is covered. */
static void span(const struct spur_canvas *c, int y, double x0, double x1, struct spur_rgb colour, int alpha)
{
	double lo = fmax(x0, 0), hi = fmin(x1, c->px->width);
	int first, last;
	unsigned char *p;

	if (!(lo < hi) || alpha <= 0)
		return;
	first = (int)lo;
	last = (int)ceil(hi) - 1;
	p = pixel(c, first, y);
	if (first == last) {
		blend(p, colour, (int)(alpha * (hi - lo)));
		return;
	}
	blend(p, colour, (int)(alpha * (first + 1 - lo)));
	p += 3;
	for (int x = first + 1; x < last; x++, p += 3)
		blend(p, colour, alpha);
	blend(p, colour, (int)(alpha * (hi - last)));
}

/* Rows that y0 .. y1 touches, within the picture. */
static bool rows(const struct spur_canvas *c, double y0, double y1, int *first, int *end)
{
	double lo = fmax(y0, 0), hi = fmin(y1, c->bottom < c->px->height ? c->bottom : c->px->height);

	if (!(lo < hi))
		return false;
	*first = (int)lo;
	*end = (int)ceil(hi);
	return true;
}

static double covered(int y, double y0, double y1)
{
	return fmin(y + 1, y1) - fmax(y, y0);
}

void spur_canvas_rect(const struct spur_canvas *c, double x0, double y0, double x1, double y1, struct spur_rgb colour,
		      int alpha)
{
	spur_canvas_trapezoid(c, y0, x0, x1, y1, x0, x1, colour, alpha);
}

void spur_canvas_trapezoid(const struct spur_canvas *c, double top, double top_x0, double top_x1, double bottom,
			   double bottom_x0, double bottom_x1, struct spur_rgb colour, int alpha)
{
	int first, end;

	if (!rows(c, top, bottom, &first, &end))
		return;
	for (int y = first; y < end; y++) {
		double part = fmin(fmax((y + 0.5 - top) / (bottom - top), 0), 1);

		span(c, y, top_x0 + (bottom_x0 - top_x0) * part, top_x1 + (bottom_x1 - top_x1) * part, colour,
		     (int)(alpha * covered(y, top, bottom)));
	}
}

void spur_canvas_wall(const struct spur_canvas *c, double x0, double top0, double bottom0, double x1, double top1,
		      double bottom1, struct spur_rgb colour, int alpha)
{
	double lo = fmax(x0, 0), hi = fmin(x1, c->px->width);

	for (int x = (int)lo; x < hi; x++) {
		double part = fmin(fmax((x + 0.5 - x0) / (x1 - x0), 0), 1), top = top0 + (top1 - top0) * part;
		double bottom = bottom0 + (bottom1 - bottom0) * part, wide = fmin(x + 1, hi) - fmax(x, lo);
		int first, end;

		if (!rows(c, top, bottom, &first, &end))
			continue;
		for (int y = first; y < end; y++)
			blend(pixel(c, x, y), colour, (int)(alpha * wide * covered(y, top, bottom)));
	}
}

/* Two times 8 bits: how far the outline stays back, left and right, in one twelfth of the height. */
static uint32_t outline(uint32_t seed, uint32_t twelfth)
{
	return (seed + twelfth * 0x9e3779b1u) * 0x85ebca6bu >> 16;
}

void spur_canvas_blob(const struct spur_canvas *c, double x, double y, double rx, double ry, struct spur_rgb colour,
		      int ragged, uint32_t seed)
{
	int first, end;

	if (!rows(c, y - ry, y + ry, &first, &end))
		return;
	for (int row = first; row < end; row++) {
		double t = (row + 0.5 - y) / ry, half = 1 - t * t, at = fmax((t + 1) * 6, 0), part = at - floor(at);
		uint32_t a = outline(seed, (uint32_t)at), b = outline(seed, (uint32_t)at + 1);
		double left = 1 - ragged * ((a & 255) * (1 - part) + (b & 255) * part) / 131072;
		double right = 1 - ragged * ((a >> 8) * (1 - part) + (b >> 8) * part) / 131072;

		half = half > 0 ? rx * sqrt(half) : 0;
		span(c, row, x - half * left, x + half * right, colour, (int)(256 * covered(row, y - ry, y + ry)));
	}
}

void spur_canvas_glow(const struct spur_canvas *c, double x, double y, double radius, struct spur_rgb colour, int alpha)
{
	int first, end;

	if (!rows(c, y - radius, y + radius, &first, &end))
		return;
	for (int row = first; row < end; row++) {
		int lo = (int)fmax(x - radius, 0), hi = (int)fmin(x + radius + 1, c->px->width);

		for (int col = lo; col < hi; col++) {
			double dx = (col + 0.5 - x) / radius, dy = (row + 0.5 - y) / radius, d = 1 - dx * dx - dy * dy;

			if (d > 0)
				blend(pixel(c, col, row), colour, (int)(alpha * d * d));
		}
	}
}

struct spur_rgb spur_rgb_mix(struct spur_rgb a, struct spur_rgb b, double share_of_b)
{
	int k = (int)(share_of_b * 256);

	return (struct spur_rgb){ (unsigned char)(a.r + ((b.r - a.r) * k >> 8)), (unsigned char)(a.g + ((b.g - a.g) * k >> 8)),
		(unsigned char)(a.b + ((b.b - a.b) * k >> 8)) };
}

static unsigned char level(double v)
{
	return (unsigned char)(v > 255 ? 255 : v);
}

struct spur_rgb spur_rgb_scale(struct spur_rgb a, double by)
{
	return (struct spur_rgb){ level(a.r * by), level(a.g * by), level(a.b * by) };
}
