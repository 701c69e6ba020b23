#include "config.h"

#include "demo/view_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* ---- the lens ---- */

static void make_sensor(struct spur_demo_view *v, struct spur_demo_rng *r)
{
	int w = v->lens.width, h = v->lens.height;

	v->vignette = spur_malloc((size_t)w * (size_t)h * 3);
	v->noise = spur_malloc(NOISE);
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			double dx = (x + 0.5 - w / 2.0) / w, dy = (y + 0.5 - h / 2.0) / w;
			unsigned char *p = v->vignette + (size_t)(y * w + x) * 3;

			p[0] = p[1] = p[2] = (unsigned char)(255 - 170 * (dx * dx + dy * dy));
		}
	}
	for (size_t i = 0; i < NOISE; i++)
		v->noise[i] = (signed char)lround(1.0 * spur_demo_noise(r));
}

struct spur_demo_view *spur_demo_view_new(const struct spur_demo_lens *lens, uint64_t seed, unsigned drive)
{
	struct spur_demo_view *v = spur_calloc(1, sizeof(*v));
	struct spur_demo_rng r = spur_demo_rng_of(seed, drive, 8);	/* every camera sees the same day */

	v->lens = *lens;
	v->px.width = lens->width;
	v->px.height = lens->height;
	v->px.rgb = spur_calloc((size_t)lens->width * (size_t)lens->height, 3);
	view_light_init(&v->light, &r);
	v->roadside = (uint32_t)spur_demo_next(&r);
	view_sky_init(v, &r);
	view_ground_init(v, &r);
	make_sensor(v, &r);
	return v;
}

void spur_demo_view_destroy(struct spur_demo_view *v)
{
	if (v == NULL)
		return;
	spur_pixels_finish(&v->px);
	free(v->vignette);
	free(v->noise);
	free(v->clouds);
	free(v);
}

/* len is a multiple of 16: the inner loop is what compilers make vectors of. */
static void expose_row(unsigned char *restrict p, const unsigned char *restrict vignette, const signed char *restrict grain,
		       size_t len)
{
	for (size_t i = 0; i < len; i += 16) {
		for (size_t k = 0; k < 16; k++) {
			int16_t e = (int16_t)((p[i + k] * vignette[i + k] >> 8) + grain[i + k]);

			e = e < 0 ? 0 : e;
			p[i + k] = (unsigned char)(e > 255 ? 255 : e);
		}
	}
}

/* Darker corners and noise. */
static void expose(struct spur_demo_view *v, struct spur_demo_rng *noise)
{
	size_t len = (size_t)v->lens.width * 3;

	for (int y = 0; y < v->lens.height; y++) {
		size_t at = (size_t)y * len;

		expose_row(v->px.rgb + at, v->vignette + at, v->noise + spur_demo_next(noise) % (NOISE - len), len);
	}
}

/* ---- where the road lies ---- */

double view_haze(const struct spur_demo_view *v, double depth)
{
	double k = depth / v->light.clear_m;

	return k / (1 + k);
}

struct spur_rgb view_lit(const struct spur_demo_view *v, struct spur_rgb colour, double haze)
{
	return spur_rgb_mix(spur_rgb_scale(colour, v->light.bright), v->light.haze, haze);
}

struct view_at view_at(const struct spur_demo_view *v, double depth)
{
	const struct view_cut *a = v->cut, *b;
	double first = a->depth, part, left, up;
	size_t i = depth > first ? (size_t)(depth - first) : 0;
	struct view_at at = { .depth = depth, .scale = v->lens.focal / depth, .haze = view_haze(v, depth) };

	i = i + 2 > v->cuts ? v->cuts - 2 : i;
	a = &v->cut[i];
	b = a + 1;
	part = depth - a->depth;
	left = a->left + (b->left - a->left) * part;
	up = a->up + (b->up - a->up) * part;
	at.column = v->middle - v->lens.dir * at.scale * left;
	at.row = v->level - at.scale * up;
	at.crest = a->crest;
	return at;
}

/* Metre by metre away from the lens: direction and slope add up. */
static void survey(struct spur_demo_view *v, const struct spur_demo_track *road, double x, double y, double up)
{
	int dir = v->lens.dir;
	double angle = 0, left = -y, height = -up, slope, here = spur_demo_track_grade(road, (int64_t)floor(x) + 1);
	int64_t m = dir > 0 ? (int64_t)ceil(x + 1.0) : (int64_t)floor(x - 1.0);
	double crest = v->lens.height;

	v->metre = m;
	for (v->cuts = 0; v->cuts < VIEW_METRES; v->cuts++, m += dir) {
		struct view_cut *c = &v->cut[v->cuts];

		c->depth = dir * ((double)m - x);
		c->left = left;
		c->up = height;
		c->row = v->level - v->lens.focal * height / c->depth;
		c->crest = (int)ceil(crest);
		crest = fmin(crest, c->row);
		angle += spur_demo_track_curvature(road, m);
		left += angle;
		slope = spur_demo_track_grade(road, m) - here;
		height += dir * slope;
	}
}

const struct spur_pixels *spur_demo_view_draw(struct spur_demo_view *v, const struct spur_demo_scene *s,
					      const struct spur_demo_track *road, const struct spur_demo_traffic *traffic,
					      struct spur_demo_rng *noise, struct spur_demo_box *lead)
{
	const struct spur_demo_lens *l = &v->lens;
	const struct spur_demo_vehicle *c = &s->car;
	struct spur_demo_body bodies[SPUR_DEMO_BODIES];
	size_t n = spur_demo_traffic_list(traffic, road, s, bodies);
	/* A bump: the front axle meets it first, and the blow shakes the bracket of the lens. */
	double x = road->x - l->back, shake = 0.25 * c->zs + 8e-4 * c->x_shock;

	*lead = (struct spur_demo_box){ 0 };
	v->middle = l->width / 2.0 + l->focal * c->psi;
	v->level = l->horizon + l->dir * l->focal * (c->pitch + shake);
	v->horizon = v->level + l->dir * l->focal * c->grade;
	v->heading = c->heading;
	survey(v, road, x, c->y, l->up + c->zs);
	view_ground(v, x);
	view_sky(v);
	view_objects(v, x, bodies, n, lead);
	expose(v, noise);
	return &v->px;
}
