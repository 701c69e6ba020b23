#include "config.h"

#include "plot/scene_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum spur_status spur_scene_cover_init(struct spur_scene_cover *c, int width, int height, struct spur_error *err)
{
	*c = (struct spur_scene_cover){ .width = width, .height = height, .half = 0.5 };
	c->a = calloc((size_t)width, (size_t)height);
	c->lo = calloc((size_t)width, sizeof(*c->lo));
	c->hi = calloc((size_t)width, sizeof(*c->hi));
	if (c->a == NULL || c->lo == NULL || c->hi == NULL) {
		spur_scene_cover_finish(c);
		return spur_fail(err, SPUR_ENOMEM, "no memory to draw on %d x %d pixels", width, height);
	}
	return SPUR_OK;
}

void spur_scene_cover_finish(struct spur_scene_cover *c)
{
	free(c->a);
	free(c->lo);
	free(c->hi);
	*c = (struct spur_scene_cover){ 0 };
}

static void touch(struct spur_scene_cover *c, int x, int lo, int hi)
{
	if (c->hi[x] == 0) {
		c->lo[x] = lo;
		c->hi[x] = hi;
		return;
	}
	c->lo[x] = lo < c->lo[x] ? lo : c->lo[x];
	c->hi[x] = hi > c->hi[x] ? hi : c->hi[x];
}

static unsigned char to_byte(double cover)
{
	return cover <= 0 ? 0 : cover >= 1 ? 255 : (unsigned char)(cover * 255 + 0.5);
}

static int clamp_row(const struct spur_scene_cover *c, double y)
{
	return !(y > 0) ? 0 : y >= c->height ? c->height : (int)y;	/* NaN is 0 */
}

static void raise_to(unsigned char *at, unsigned char to)
{
	*at = *at > to ? *at : to;
}

/* Rows [top, bottom) of one column; the first and the last one are covered in part. */
static void bar(struct spur_scene_cover *c, int x, double top, double bottom, double cover)
{
	int lo = clamp_row(c, floor(top)), hi = clamp_row(c, ceil(bottom));
	unsigned char *col = c->a + (size_t)x * (size_t)c->height, full = to_byte(cover);

	if (lo >= hi || full == 0)
		return;
	touch(c, x, lo, hi);
	raise_to(&col[lo], to_byte(cover * fmin(1, lo + 1 - top)));
	raise_to(&col[hi - 1], to_byte(cover * fmin(1, bottom - (hi - 1))));
	for (int y = lo + 1; y < hi - 1; y++)
		raise_to(&col[y], full);
}

void spur_scene_cover_run(struct spur_scene_cover *c, double x, double y0, double y1)
{
	double top = fmin(y0, y1) - c->half, bottom = fmax(y0, y1) + c->half;

	if (!(x > -c->half - 1) || !(x < c->width + c->half + 1) || isnan(top) || isnan(bottom))
		return;
	for (int col = (int)floor(x - c->half); col <= (int)floor(x + c->half); col++) {
		double cover = fmin(col + 1, x + c->half) - fmax(col, x - c->half);

		if (col >= 0 && col < c->width)
			bar(c, col, top, bottom, cover);
	}
}

struct segment {
	double x0, y0, dx, dy, length2;
};

/* Squared: most pixels need no root. */
static double distance2(const struct segment *s, double x, double y)
{
	double t = s->length2 > 0 ? ((x - s->x0) * s->dx + (y - s->y0) * s->dy) / s->length2 : 0;

	t = t < 0 ? 0 : t > 1 ? 1 : t;
	x -= s->x0 + t * s->dx;
	y -= s->y0 + t * s->dy;
	return x * x + y * y;
}

/* The rows of one column that are near the segment. */
static void near_column(struct spur_scene_cover *c, const struct segment *s, int col, double reach)
{
	double t0 = 0, t1 = 1, a, b;
	unsigned char *at = c->a + (size_t)col * (size_t)c->height;
	int lo, hi;

	if (s->dx != 0) {
		a = (col + 0.5 - reach - s->x0) / s->dx;
		b = (col + 0.5 + reach - s->x0) / s->dx;
		t0 = fmax(0, fmin(a, b));
		t1 = fmin(1, fmax(a, b));
	}
	a = s->y0 + t0 * s->dy;
	b = s->y0 + t1 * s->dy;
	lo = clamp_row(c, floor(fmin(a, b) - reach));
	hi = clamp_row(c, ceil(fmax(a, b) + reach));
	if (lo >= hi)
		return;
	touch(c, col, lo, hi);
	for (int y = lo; y < hi; y++) {
		double d = distance2(s, col + 0.5, y + 0.5);

		if (d < reach * reach)
			raise_to(&at[y], to_byte(reach - sqrt(d)));
	}
}

void spur_scene_cover_line(struct spur_scene_cover *c, double x0, double y0, double x1, double y1)
{
	struct segment s = { x0, y0, x1 - x0, y1 - y0, 0 };
	double reach = c->half + 0.5, from, to;

	s.length2 = s.dx * s.dx + s.dy * s.dy;
	if (!isfinite(s.length2))
		return;
	from = fmax(0, floor(fmin(x0, x1) - reach));
	to = fmin(c->width - 1, floor(fmax(x0, x1) + reach));
	for (double col = from; col <= to; col++)
		near_column(c, &s, (int)col, reach);
}

static void ink(unsigned char *p, struct spur_rgb c, unsigned cover)
{
	if (cover == 255) {
		p[0] = c.r;
		p[1] = c.g;
		p[2] = c.b;
		return;
	}
	p[0] = (unsigned char)((p[0] * (255 - cover) + c.r * cover + 127) / 255);
	p[1] = (unsigned char)((p[1] * (255 - cover) + c.g * cover + 127) / 255);
	p[2] = (unsigned char)((p[2] * (255 - cover) + c.b * cover + 127) / 255);
}

void spur_scene_cover_ink(struct spur_scene_cover *c, struct spur_pixels *out, int x, int y, struct spur_rgb rgb)
{
	for (int col = 0; col < c->width; col++) {
		unsigned char *a = c->a + (size_t)col * (size_t)c->height;

		for (int row = c->lo[col]; row < c->hi[col]; row++) {
			if (a[row] != 0 && x + col < out->width && y + row < out->height)
				ink(out->rgb + ((size_t)(y + row) * (size_t)out->width + (size_t)(x + col)) * 3, rgb, a[row]);
		}
		memset(a + c->lo[col], 0, (size_t)(c->hi[col] - c->lo[col]));
		c->lo[col] = c->hi[col] = 0;
	}
}
