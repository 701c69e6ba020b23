#include "config.h"

#include <math.h>
#include <string.h>

#include "demo/view_priv.h"

/* The cross section, from left to right for who drives: where a zone ends on its right side, m. */
enum zone { GRASS, GRAVEL, ASPHALT };
static const struct { double right; enum zone zone; } zones[] = {
	{ 23.6, GRASS }, { 22.8, GRAVEL }, { 13.0, ASPHALT }, { 12.6, GRAVEL }, { 10.4, GRASS }, { 9.9, GRAVEL },
	{ -4.1, ASPHALT }, { -4.8, GRAVEL }, { -1e6, GRASS },
};
#define ZONES (sizeof(zones) / sizeof(zones[0]))

static const struct { double left, width; bool dashed; } marks[] = {
	{ 20.5, 0.20, false }, { 16.95, 0.15, true }, { 13.4, 0.20, false }, { 8.75, 0.22, false },
	{ 5.25, 0.16, true }, { 1.75, 0.16, true }, { -1.75, 0.22, false },
};

#define DASH 4.0	/* m, every ... */
#define DASHES 12.0
#define CELLS 3		/* of the fine texture, per metre */

/* One row of the picture: the piece of road that it shows. */
struct strip {
	int y;
	double depth, long_m, at;	/* long_m: of the road in this row; at: its middle, m of the road */
	double column, scale;
};

void view_ground_init(struct spur_demo_view *v, struct spur_demo_rng *r)
{
	for (int i = 0; i < 64; i++) {
		for (int k = 0; k < 64; k++) {
			v->fine[i][k] = (signed char)lround(21 * spur_demo_noise(r));
			v->coarse[i][k] = (signed char)lround(18 * spur_demo_noise(r));
		}
	}
}

static int clamp(double v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : (int)v;
}

/* Columns x0 .. x1 in one colour with the texture of the ground; it fades where its cells are smaller than rows. */
static void fill(struct spur_demo_view *v, const struct strip *s, int x0, int x1, enum zone zone)
{
	const struct view_light *l = &v->light;
	static const double amount[] = { [GRASS] = 0.50, [GRAVEL] = 0.28, [ASPHALT] = 0.13 };
	double haze = view_haze(v, s->depth), strong = amount[zone] * l->bright * (1 - haze);
	struct spur_rgb c = view_lit(v, zone == GRASS ? l->grass : zone == GRAVEL ? l->gravel : l->asphalt, haze);
	int fine = (int)(256 * strong * fmin(1, 0.25 / s->long_m)), coarse = (int)(256 * strong * 0.8 * fmin(1, 3.0 / s->long_m));
	const signed char *tf = v->fine[(int64_t)floor(s->at * CELLS) & 63], *tc = v->coarse[(int64_t)floor(s->at / 5) & 63];
	double left = -v->lens.dir * (x0 + 0.5 - s->column) / s->scale;
	int64_t at = (int64_t)((left + 1000) * CELLS * 65536), step = (int64_t)(-v->lens.dir * CELLS * 65536 / s->scale);
	unsigned char *p = v->px.rgb + ((size_t)s->y * (size_t)v->lens.width + (size_t)x0) * 3;
	int r = clamp(c.r, 32, 222), g = clamp(c.g, 32, 222), b = clamp(c.b, 32, 222);

	for (int x = x0; x < x1; x++, p += 3, at += step) {
		int t = (tf[at >> 16 & 63] * fine + tc[at >> 20 & 63] * coarse) >> 8;

		t = t < -32 ? -32 : t > 32 ? 32 : t;
		p[0] = (unsigned char)(r + t);
		p[1] = (unsigned char)(g + t);
		p[2] = (unsigned char)(b + t);
	}
}

/* How much of the row a dashed line fills: the mean over the piece of road, so that nothing flickers far away. */
static double dashes(double from, double to)
{
	double a = from / DASHES, b = to / DASHES, whole = floor(b) - floor(a);
	double in = whole * DASH + fmin((b - floor(b)) * DASHES, DASH) - fmin((a - floor(a)) * DASHES, DASH);

	return in / (to - from);
}

static void draw_marks(struct spur_demo_view *v, const struct strip *s)
{
	struct spur_canvas canvas = { &v->px, v->lens.height };
	struct spur_rgb c = view_lit(v, v->light.mark, view_haze(v, s->depth));
	double dash = dashes(s->at - s->long_m / 2, s->at + s->long_m / 2);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		double u = s->column - v->lens.dir * s->scale * marks[i].left, half = s->scale * marks[i].width / 2;

		if (marks[i].dashed && dash <= 0)
			continue;
		spur_canvas_rect(&canvas, u - half, s->y, u + half, s->y + 1, c, (int)(230 * (marks[i].dashed ? dash : 1)));
	}
}

static void draw_strip(struct spur_demo_view *v, const struct strip *s)
{
	int x = 0;

	for (size_t i = 0; i < ZONES && x < v->lens.width; i++) {
		size_t k = v->lens.dir > 0 ? i : ZONES - 1 - i;
		/* Ends on the side that is right in the picture; the outermost zone has no end. */
		double edge = v->lens.dir > 0 ? zones[k].right : k == 0 ? 1e6 : zones[k - 1].right;
		int end = clamp(s->column - v->lens.dir * s->scale * edge + 0.5, x, v->lens.width);

		if (end > x)
			fill(v, s, x, end, zones[k].zone);
		x = end;
	}
	draw_marks(v, s);
}

/* From the nearest metre on: the rows between its row and that of the next, unless nearer ones hide them. */
void view_ground(struct spur_demo_view *v, double offset)
{
	int done = v->lens.height;

	for (size_t i = 0; i + 1 < v->cuts && done > 0; i++) {
		const struct view_cut *a = &v->cut[i], *b = a + 1;

		for (; done > 0 && b->row < done - 0.5; done--) {
			/* Straight in 1 / depth between the two. */
			double y = done - 0.5, k = (a->row - y) / (a->row - b->row), inverse;
			struct strip s = { .y = done - 1 };
			double left, up;

			k = k < 0 && i > 0 ? 0 : k;
			inverse = 1 / a->depth + (1 / b->depth - 1 / a->depth) * k;
			if (!(inverse > 0))
				continue;
			s.depth = 1 / inverse;
			left = a->left + (b->left - a->left) * (s.depth - a->depth);
			up = a->up + (b->up - a->up) * (s.depth - a->depth);
			s.scale = v->lens.focal / s.depth;
			s.column = v->middle - v->lens.dir * s.scale * left;
			s.long_m = fmin(s.depth / (s.scale * fmax(-up, 0.3)), 60);
			s.at = offset + v->lens.dir * s.depth;
			draw_strip(v, &s);
		}
	}
	v->top = done;
}
