#include "config.h"

#include <math.h>

#include "demo/view_priv.h"

#define NEAR 1.3	/* m: what is nearer to the lens is beside it, or inside us */

/* A vehicle in the picture: its face (rear or front) and the side that is seen. */
struct look {
	const struct spur_demo_view *v;
	struct spur_canvas canvas;
	const struct spur_demo_body *b;
	double x, y, s;		/* of the face: middle column, row of the ground, pixels per metre */
	double width, height;	/* m */
	double haze;
	struct spur_rgb paint;
	bool front;		/* the face is its front */
};

static struct spur_rgb rgb(int r, int g, int b)
{
	return (struct spur_rgb){ (unsigned char)r, (unsigned char)g, (unsigned char)b };
}

static const struct spur_rgb paints[] = {
	{ 186, 190, 196 }, { 58, 60, 66 }, { 226, 226, 224 }, { 40, 66, 116 }, { 120, 124, 130 }, { 34, 36, 40 },
	{ 128, 36, 34 }, { 160, 146, 116 }, { 52, 92, 74 }, { 92, 110, 136 },
};

/* across: -0.5 .. 0.5 of the width; low, high: m above the ground */
static void face_rect(const struct look *k, double across0, double across1, double low, double high, struct spur_rgb colour,
		      int alpha)
{
	double w = k->width * k->s;

	spur_canvas_rect(&k->canvas, k->x + across0 * w, k->y - high * k->s, k->x + across1 * w, k->y - low * k->s, colour, alpha);
}

static void lit_rect(const struct look *k, double across0, double across1, double low, double high, struct spur_rgb colour)
{
	face_rect(k, across0, across1, low, high, view_lit(k->v, colour, k->haze), 256);
}

/* The same on both sides. */
static void pair(const struct look *k, double inner, double outer, double low, double high, struct spur_rgb colour, bool shines)
{
	struct spur_rgb c = shines ? spur_rgb_mix(colour, k->v->light.haze, k->haze * 0.4) : view_lit(k->v, colour, k->haze);

	face_rect(k, -outer, -inner, low, high, c, 256);
	face_rect(k, inner, outer, low, high, c, 256);
}

static void narrowing(const struct look *k, double low, double half_low, double high, double half_high, struct spur_rgb colour)
{
	double w = k->width * k->s;

	spur_canvas_trapezoid(&k->canvas, k->y - high * k->s, k->x - half_high * w, k->x + half_high * w, k->y - low * k->s,
			      k->x - half_low * w, k->x + half_low * w, view_lit(k->v, colour, k->haze), 256);
}

static void glow(const struct look *k, double across, double up, double radius, struct spur_rgb colour, int alpha)
{
	double r = fmax(radius * k->s, 1.6);

	spur_canvas_glow(&k->canvas, k->x + across * k->width * k->s, k->y - up * k->s, r, colour, alpha);
}

/* ---- lamps ---- */

static void rear_lamps(const struct look *k, double inner, double outer, double low, double high)
{
	const struct spur_rgb dark = { 104, 18, 20 }, night = { 190, 26, 24 }, bright = { 255, 36, 22 }, halo = { 255, 24, 12 };
	bool on = k->b->braking;
	double mid = (inner + outer) / 2, up = (low + high) / 2;

	pair(k, inner, outer, low, high, on ? bright : k->v->light.lamps ? night : dark, on || k->v->light.lamps);
	if (!on)
		return;
	glow(k, -mid, up, 0.44, halo, 215);
	glow(k, mid, up, 0.44, halo, 215);
	pair(k, inner + 0.03, outer - 0.03, low + 0.04, high - 0.04, rgb(255, 96, 70), true);
}

static void front_lamps(const struct look *k, double inner, double outer, double low, double high)
{
	const struct spur_rgb lamp = { 255, 250, 228 };
	double mid = (inner + outer) / 2, up = (low + high) / 2;

	pair(k, inner, outer, low, high, lamp, true);
	if (k->v->light.lamps) {
		glow(k, -mid, up, 0.5, lamp, 190);
		glow(k, mid, up, 0.5, lamp, 190);
	}
}

static void indicator(const struct look *k, double across, double up)
{
	int side = k->b->indicator * (k->front ? 1 : -1);	/* right in the picture */

	if (side == 0)
		return;
	face_rect(k, side * across - 0.05, side * across + 0.05, up - 0.08, up + 0.08, rgb(255, 170, 20), 256);
	glow(k, side * across, up, 0.3, rgb(255, 160, 10), 190);
}

/* ---- faces ---- */

static void car(const struct look *k)
{
	struct spur_rgb glass = { 50, 60, 72 }, black = { 22, 22, 24 };

	pair(k, 0.31, 0.48, 0, 0.4, black, false);
	lit_rect(k, -0.49, 0.49, 0.2, 0.58, spur_rgb_scale(k->paint, 0.72));
	lit_rect(k, -0.5, 0.5, 0.5, 0.93, k->paint);
	narrowing(k, 0.9, 0.47, 1.42, 0.36, spur_rgb_scale(k->paint, 0.9));
	narrowing(k, 0.97, 0.42, 1.35, 0.33, glass);
	lit_rect(k, -0.36, 0.36, 1.37, 1.45, spur_rgb_scale(k->paint, 1.15));
	lit_rect(k, -0.14, 0.14, k->front ? 0.3 : 0.52, k->front ? 0.42 : 0.64, rgb(224, 224, 214));
	if (k->front) {
		lit_rect(k, -0.26, 0.26, 0.46, 0.64, black);
		front_lamps(k, 0.3, 0.47, 0.6, 0.76);
	} else {
		rear_lamps(k, 0.32, 0.49, 0.66, 0.86);
		if (k->b->braking)
			face_rect(k, -0.12, 0.12, 1.3, 1.36, rgb(255, 40, 24), 256);
	}
	indicator(k, 0.45, 0.74);
}

static void van(const struct look *k)
{
	struct spur_rgb glass = { 46, 54, 64 }, black = { 22, 22, 24 };

	pair(k, 0.33, 0.48, 0, 0.42, black, false);
	lit_rect(k, -0.5, 0.5, 0.24, 1.3, k->paint);
	narrowing(k, 1.2, 0.5, 2.1, 0.45, k->paint);
	lit_rect(k, -0.5, 0.5, 0.22, 0.42, rgb(60, 60, 62));
	narrowing(k, 1.2, 0.42, 1.85, 0.39, glass);
	lit_rect(k, -0.14, 0.14, 0.6, 0.72, rgb(224, 224, 214));
	if (k->front) {
		front_lamps(k, 0.32, 0.47, 0.72, 0.92);
	} else {
		lit_rect(k, -0.008, 0.008, 0.4, 2.0, spur_rgb_scale(k->paint, 0.5));
		rear_lamps(k, 0.42, 0.5, 0.8, 1.2);
		if (k->b->braking)
			face_rect(k, -0.1, 0.1, 1.95, 2.02, rgb(255, 40, 24), 256);
	}
	indicator(k, 0.46, 0.9);
}

static void truck(const struct look *k)
{
	struct spur_rgb box = spur_rgb_mix(k->paint, rgb(222, 222, 218), 0.55), black = { 24, 24, 26 };

	pair(k, 0.26, 0.48, 0, 0.8, black, false);
	lit_rect(k, -0.46, 0.46, 0.45, 0.9, rgb(64, 64, 66));
	lit_rect(k, -0.5, 0.5, 0.9, 3.6, box);
	lit_rect(k, -0.5, 0.5, 3.45, 3.6, spur_rgb_scale(box, 0.75));
	lit_rect(k, -0.5, 0.5, 0.9, 1.0, spur_rgb_scale(box, 0.55));
	if (k->front) {
		lit_rect(k, -0.46, 0.46, 1.6, 2.6, rgb(46, 54, 64));
		lit_rect(k, -0.4, 0.4, 0.7, 1.3, rgb(40, 40, 44));
		front_lamps(k, 0.34, 0.46, 0.65, 0.9);
	} else {
		lit_rect(k, -0.006, 0.006, 1.0, 3.5, spur_rgb_scale(box, 0.55));
		lit_rect(k, -0.1, 0.1, 0.5, 0.64, rgb(224, 224, 214));
		rear_lamps(k, 0.32, 0.48, 0.62, 0.9);
	}
	indicator(k, 0.46, 1.1);
}

/* ---- the side ---- */

/* The wall between the edge of the near face and that of the far one, low .. high m above the ground. */
static void side_band(const struct look *k, const double u[2], const double row[2], const double scale[2], double low,
		      double high, struct spur_rgb colour)
{
	int a = u[0] < u[1] ? 0 : 1, b = 1 - a;
	struct spur_rgb c = view_lit(k->v, colour, k->haze);

	spur_canvas_wall(&k->canvas, u[a], row[a] - high * scale[a], row[a] - low * scale[a], u[b], row[b] - high * scale[b],
			 row[b] - low * scale[b], c, 256);
}

static void side(const struct look *k, double near, double far)
{
	const struct spur_demo_lens *l = &k->v->lens;
	struct view_at at[2] = { view_at(k->v, near), view_at(k->v, far) };
	double u[2], row[2], scale[2], edge = 0;

	for (int i = 0; i < 2; i++) {
		double column = at[i].column - l->dir * at[i].scale * k->b->y;

		if (i == 0)
			edge = column < l->width / 2.0 ? 0.5 : -0.5;	/* the side towards the middle of the picture */
		u[i] = column + edge * k->width * at[i].scale;
		row[i] = at[i].row;
		scale[i] = at[i].scale;
	}
	if ((u[1] - u[0]) * edge <= 0)
		return;	/* hidden by the face */
	side_band(k, u, row, scale, 0.25, k->height * (k->b->kind == SPUR_DEMO_CAR ? 0.64 : 1), spur_rgb_scale(k->paint, 0.66));
	if (k->b->kind != SPUR_DEMO_TRUCK) {
		/* The cabin is narrower than the body, and ends before the bonnet. */
		double in = k->b->kind == SPUR_DEMO_CAR ? edge * 0.1 * k->width : 0;
		double part[2] = { u[0] - in * scale[0] + (u[1] - u[0]) * 0.06, u[0] - in * scale[0] + (u[1] - u[0]) * 0.72 };

		side_band(k, part, row, scale, k->height * 0.62, k->height * 0.92, rgb(44, 52, 62));
		side_band(k, part, row, scale, k->height * 0.91, k->height * 0.99, spur_rgb_scale(k->paint, 0.8));
	}
	for (int i = 0; i < 2; i++) {
		double t = i == 0 ? 0.18 : 0.82, r = k->b->kind == SPUR_DEMO_TRUCK ? 0.5 : 0.33;
		double s = scale[0] + (scale[1] - scale[0]) * t;

		spur_canvas_blob(&k->canvas, u[0] + (u[1] - u[0]) * t, row[0] + (row[1] - row[0]) * t - r * s,
				 fmax(fabs(u[1] - u[0]) * 0.08, 0.3), r * s, view_lit(k->v, rgb(20, 20, 22), k->haze), 0, 0);
	}
}

static void shadow(const struct look *k, double near, double far)
{
	struct view_at a = view_at(k->v, near), b = view_at(k->v, far);
	double dir = k->v->lens.dir, ua = a.column - dir * a.scale * k->b->y, ub = b.column - dir * b.scale * k->b->y;
	double ha = 0.54 * k->width * a.scale, hb = 0.54 * k->width * b.scale;

	spur_canvas_trapezoid(&k->canvas, b.row - 0.05 * b.scale, ub - hb, ub + hb, a.row + 0.12 * a.scale, ua - ha, ua + ha,
			      view_lit(k->v, rgb(24, 24, 28), k->haze), 200);
}

static void note_box(const struct look *k, double depth, struct spur_demo_box *box)
{
	double w = k->width * k->s, bottom = fmin(k->y, k->canvas.bottom);
	const struct spur_demo_lens *l = &k->v->lens;

	*box = (struct spur_demo_box){ .x0 = k->x - w / 2, .x1 = k->x + w / 2, .y0 = k->y - k->height * k->s, .y1 = k->y,
		.depth = depth, .kind = k->b->kind };
	box->seen = box->y0 < bottom - 1 && box->y0 < l->height && box->y1 > 0 && box->x0 < l->width && box->x1 > 0 && w > 2.5;
}

void view_body(struct spur_demo_view *v, double x, const struct spur_demo_body *b, struct spur_demo_box *box)
{
	static void (*const faces[])(const struct look *) = { car, van, truck };
	const struct spur_demo_body_size *size = &spur_demo_body_sizes[b->kind];
	double here = v->lens.dir * (b->x - x), there = v->lens.dir * (b->x + size->length - x);
	double near = fmin(here, there), far = fmax(here, there), shown = fmax(near, NEAR);
	struct view_at at;
	struct look k = { .v = v, .b = b, .width = size->width, .height = size->height,
		.front = (v->lens.dir > 0) == b->oncoming, .paint = paints[b->paint % (sizeof(paints) / sizeof(paints[0]))] };

	if (far < NEAR || near > VIEW_METRES - 20)
		return;
	at = view_at(v, shown);
	k.canvas = (struct spur_canvas){ &v->px, at.crest };
	k.x = at.column - v->lens.dir * at.scale * b->y;
	k.y = at.row;
	k.s = at.scale;
	k.haze = at.haze;
	shadow(&k, shown, far);
	side(&k, shown, far);
	if (near > NEAR)
		faces[b->kind](&k);
	if (box != NULL && near > NEAR)
		note_box(&k, near, box);
}
