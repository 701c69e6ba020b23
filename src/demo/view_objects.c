#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "demo/view_priv.h"

/*
 * What stands beside the road: a delineator post on both sides every 25 m, trees and bushes where the
 * seed puts them, a sign now and then. Each is a function of its place only: it is the same one
 * whenever it is passed.
 */
#define POST_EVERY 25
#define TREE_EVERY 9
#define SIGN_EVERY 290

enum thing_kind { POST, TREE, BUSH, SIGN, BODY };

struct thing {
	double depth, left, size;
	enum thing_kind kind;
	uint32_t seed;
	const struct spur_demo_body *body;
};

#define THINGS 160

static uint32_t scramble(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x7feb352du;
	h ^= h >> 15;
	h *= 0x846ca68bu;
	return h ^ h >> 16;
}

static void add(struct thing *list, size_t *n, const struct thing *t)
{
	if (*n < THINGS && t->depth > 2 && t->depth < VIEW_METRES - 30)
		list[(*n)++] = *t;
}

static void add_cell(const struct spur_demo_view *v, double x, int64_t cell, int every, struct thing *list, size_t *n)
{
	double at = (double)cell * every, depth = v->lens.dir * (at - x);
	uint32_t h = scramble(v->roadside + (uint32_t)cell * 0x9e3779b1u + (uint32_t)every);
	struct thing t = { .depth = depth, .seed = h };

	if (every == POST_EVERY) {
		t.kind = POST;
		t.left = -4.6;
		add(list, n, &t);
		t.left = 24;
		add(list, n, &t);
	} else if (every == SIGN_EVERY) {
		t.kind = SIGN;
		t.left = -5.6;
		add(list, n, &t);
	} else {
		/* Woods and fields by turns, some hundred metres each. */
		bool woods = scramble(v->roadside + (uint32_t)(cell / 28)) % 3 != 0;

		t.depth += v->lens.dir * (h >> 8 & 7);
		t.kind = h % 5 < 3 ? TREE : BUSH;
		t.size = t.kind == TREE ? 4.5 + (h >> 12 & 15) * 0.35 : 1.2 + (h >> 12 & 15) * 0.1;
		t.left = -7 - (h >> 16 & 63) * (woods ? 0.16 : 0.6);
		if (woods || h % 4 == 0)
			add(list, n, &t);
		h = scramble(h);
		t.seed = h;
		t.left = 27 + (h >> 16 & 63) * 0.25;
		if (woods ? h % 4 != 0 : h % 5 == 0)
			add(list, n, &t);
	}
}

static size_t collect(const struct spur_demo_view *v, double x, const struct spur_demo_body *bodies, size_t count,
		      struct thing list[THINGS])
{
	static const int every[] = { POST_EVERY, SIGN_EVERY, TREE_EVERY };
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		double length = spur_demo_body_sizes[bodies[i].kind].length, mid = v->lens.dir * (bodies[i].x + length / 2 - x);

		if (mid > -length)
			list[n++] = (struct thing){ .depth = mid, .kind = BODY, .body = &bodies[i] };
	}
	for (size_t k = 0; k < 3; k++) {
		int64_t cell = (int64_t)floor(x / every[k]), most = (k == 0 ? 130 : VIEW_METRES - 30) / every[k];

		for (int64_t i = 0; i <= most; i++)
			add_cell(v, x, cell + v->lens.dir * i + (v->lens.dir > 0), every[k], list, &n);
	}
	return n;
}

static int far_first(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	return x->depth != y->depth ? (x->depth < y->depth) - (x->depth > y->depth) : (x->seed > y->seed) - (x->seed < y->seed);
}

static void post(const struct spur_demo_view *v, const struct spur_canvas *c, double u, const struct view_at *at)
{
	double s = at->scale, half = 0.07 * s;

	spur_canvas_rect(c, u - half, at->row - 1.0 * s, u + half, at->row, view_lit(v, v->light.mark, at->haze), 256);
	spur_canvas_rect(c, u - half, at->row - 0.85 * s, u + half, at->row - 0.62 * s,
			 view_lit(v, (struct spur_rgb){ 30, 30, 30 }, at->haze), 256);
}

static void tree(const struct spur_demo_view *v, const struct spur_canvas *c, double u, const struct view_at *at,
		 const struct thing *t)
{
	double s = at->scale, h = t->size * s, shade = 0.8 + (t->seed >> 3 & 31) / 80.0;
	struct spur_rgb leaf = view_lit(v, spur_rgb_scale(v->light.forest, 1.25 * shade), at->haze);
	struct spur_rgb sunny = view_lit(v, spur_rgb_scale(v->light.forest, 1.75 * shade), at->haze);

	if (t->kind == BUSH) {
		spur_canvas_blob(c, u, at->row - h * 0.4, h * 0.9, h * 0.6, leaf, 90, t->seed);
		return;
	}
	spur_canvas_rect(c, u - 0.16 * s, at->row - h * 0.45, u + 0.16 * s, at->row,
			 view_lit(v, (struct spur_rgb){ 70, 56, 44 }, at->haze), 256);
	spur_canvas_blob(c, u, at->row - h * 0.62, h * 0.33, h * 0.38, leaf, 110, t->seed);
	spur_canvas_blob(c, u - h * 0.08, at->row - h * 0.74, h * 0.19, h * 0.2, sunny, 110, t->seed >> 7);
}

static void sign(const struct spur_demo_view *v, const struct spur_canvas *c, double u, const struct view_at *at,
		 const struct thing *t)
{
	double s = at->scale;
	struct spur_rgb board = t->seed % 3 == 0 ? (struct spur_rgb){ 236, 236, 230 } : (struct spur_rgb){ 34, 74, 150 };

	spur_canvas_rect(c, u - 0.06 * s, at->row - 2.2 * s, u + 0.06 * s, at->row,
			 view_lit(v, (struct spur_rgb){ 120, 122, 124 }, at->haze), 256);
	spur_canvas_rect(c, u - 0.75 * s, at->row - 3.4 * s, u + 0.75 * s, at->row - 2.1 * s, view_lit(v, board, at->haze), 256);
	spur_canvas_rect(c, u - 0.5 * s, at->row - 2.85 * s, u + 0.4 * s, at->row - 2.65 * s,
			 view_lit(v, t->seed % 3 == 0 ? (struct spur_rgb){ 40, 40, 40 } : v->light.mark, at->haze), 220);
}

static void draw(struct spur_demo_view *v, double x, const struct thing *t, struct spur_demo_box *lead)
{
	struct view_at at;
	struct spur_canvas c = { &v->px, 0 };
	double u;

	if (t->kind == BODY) {
		view_body(v, x, t->body, t->body->lead ? lead : NULL);
		return;
	}
	at = view_at(v, t->depth);
	c.bottom = at.crest;
	u = at.column - v->lens.dir * at.scale * t->left;
	if (u < -at.scale * 6 || u > v->lens.width + at.scale * 6)
		return;
	if (t->kind == POST)
		post(v, &c, u, &at);
	else if (t->kind == SIGN)
		sign(v, &c, u, &at, t);
	else
		tree(v, &c, u, &at, t);
}

/* Our own bonnet, or the edge of the boot: it moves with the camera, so that pitch shows against it. */
static void own_body(struct spur_demo_view *v)
{
	struct spur_rgb c = spur_rgb_scale(v->light.low, 0.30), edge = spur_rgb_scale(v->light.low, 0.55);
	int w = v->lens.width, h = v->lens.height;

	for (int x = 0; x < w; x++) {
		double t = (x + 0.5 - w / 2.0) / w, top = h * (0.945 + 0.16 * t * t);

		for (int y = (int)top; y < h; y++) {
			unsigned char *p = v->px.rgb + (size_t)(y * w + x) * 3;
			struct spur_rgb k = y == (int)top ? edge : c;

			p[0] = k.r;
			p[1] = k.g;
			p[2] = k.b;
		}
	}
}

void view_objects(struct spur_demo_view *v, double x, const struct spur_demo_body *bodies, size_t count,
		  struct spur_demo_box *lead)
{
	struct thing list[THINGS];
	size_t n = collect(v, x, bodies, count, list);

	qsort(list, n, sizeof(*list), far_first);
	for (size_t i = 0; i < n; i++)
		draw(v, x, &list[i], lead);
	own_body(v);
}
