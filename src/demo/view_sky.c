#include "config.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "demo/view_priv.h"

/* ---- daylight ---- */

static struct spur_rgb rgb(int r, int g, int b)
{
	return (struct spur_rgb){ (unsigned char)r, (unsigned char)g, (unsigned char)b };
}

/* Clear noon, cloudy, grey, low sun, dusk; and everything between two of them. */
static const struct { int top[3], low[3]; double bright, clear_m, clouds; } days[] = {
	{ { 70, 120, 195 }, { 178, 205, 228 }, 1.00, 420, 0.35 },
	{ { 112, 146, 190 }, { 196, 208, 218 }, 0.90, 330, 0.80 },
	{ { 150, 156, 162 }, { 188, 190, 192 }, 0.74, 190, 0.55 },
	{ { 96, 128, 178 }, { 244, 206, 160 }, 0.82, 300, 0.45 },
	{ { 44, 58, 92 }, { 158, 116, 112 }, 0.50, 260, 0.40 },
};

static struct spur_rgb between(const int a[3], const int b[3], double k)
{
	return rgb((int)(a[0] + (b[0] - a[0]) * k), (int)(a[1] + (b[1] - a[1]) * k), (int)(a[2] + (b[2] - a[2]) * k));
}

void view_light_init(struct view_light *l, struct spur_demo_rng *r)
{
	unsigned n = sizeof(days) / sizeof(days[0]), a = spur_demo_below(r, n), b = spur_demo_below(r, n);
	double k = 0.5 * spur_demo_unit(r), dry = spur_demo_unit(r), grey = spur_demo_between(r, 92, 116);

	l->top = between(days[a].top, days[b].top, k);
	l->low = between(days[a].low, days[b].low, k);
	l->bright = days[a].bright + (days[b].bright - days[a].bright) * k;
	l->clear_m = days[a].clear_m + (days[b].clear_m - days[a].clear_m) * k;
	l->clouds = days[a].clouds + (days[b].clouds - days[a].clouds) * k;
	l->lamps = l->bright < 0.72;
	l->haze = spur_rgb_mix(l->low, l->top, 0.15);
	l->sun = spur_rgb_mix(l->low, rgb(255, 255, 255), 0.6);
	l->asphalt = rgb((int)grey, (int)grey, (int)grey + 3);
	l->grass = spur_rgb_mix(rgb(84, 112, 58), rgb(128, 122, 74), dry);
	l->gravel = rgb(138, 130, 116);
	l->hills = rgb(92, 112, 120);
	l->forest = spur_rgb_mix(rgb(48, 68, 42), rgb(84, 76, 44), dry * dry);
	l->mark = rgb(232, 232, 224);
}

/* ---- the panorama ---- */

/* Value noise that closes all round: cells across PANORAMA, lattice of the given seed. */
static double lattice(uint32_t seed, int cells, double x, int row)
{
	int i = (int)floor(x);
	double f = x - i, v[2];

	f = f * f * (3 - 2 * f);
	for (int k = 0; k < 2; k++) {
		uint32_t h = seed + (uint32_t)((i + k) % cells) * 0x9e3779b1u + (uint32_t)row * 0x85ebca6bu;

		h ^= h >> 15;
		h *= 0xc2b2ae35u;
		h ^= h >> 13;
		v[k] = (h & 0xffff) / 65536.0;
	}
	return v[0] + (v[1] - v[0]) * f;
}

static double cloud(uint32_t seed, int column, int row)
{
	double sum = 0, weight = 0.5;

	for (int cells = 32, high = 24; cells <= 256; cells *= 2, high /= 2, weight /= 2) {
		double y = (double)row / high, f = y - floor(y), x = (double)column * cells / PANORAMA;

		f = f * f * (3 - 2 * f);
		sum += weight * (lattice(seed, cells, x, (int)y) * (1 - f) + lattice(seed, cells, x, (int)y + 1) * f);
		seed += 77;
	}
	return sum;
}

void view_sky_init(struct spur_demo_view *v, struct spur_demo_rng *r)
{
	uint32_t seed = (uint32_t)spur_demo_next(r);
	double cover = 0.70 - 0.38 * v->light.clouds;

	v->clouds = spur_malloc(CLOUD_ROWS * sizeof(*v->clouds));
	for (int x = 0; x < PANORAMA; x++) {
		v->hills[x] = (unsigned char)(3 + 15 * lattice(seed + 1, 16, x * 16.0 / PANORAMA, 0) +
					      5 * lattice(seed + 2, 64, x * 64.0 / PANORAMA, 0));
		v->forest[x] = (unsigned char)(1 + 5 * lattice(seed + 3, 48, x * 48.0 / PANORAMA, 0) +
					       2.5 * lattice(seed + 4, 512, x * 512.0 / PANORAMA, 0));
		for (int y = 0; y < CLOUD_ROWS; y++)
			v->clouds[y][x] = (unsigned char)(fmin(fmax((cloud(seed, x, y) - cover) * 3.2, 0), 0.85) * 255 *
							  fmin(1, (CLOUD_ROWS - 1 - y) / 48.0));
	}
}

static void sky_row(struct spur_demo_view *v, int y, uint32_t at, uint32_t step)
{
	const struct view_light *l = &v->light;
	double above = (v->horizon - y - 0.5) / v->lens.focal, k = fmin(fmax(above, 0) / 0.30, 1);
	struct spur_rgb sky = spur_rgb_mix(l->low, l->top, k), hills = view_lit(v, l->hills, 0.6), forest = view_lit(v, l->forest, 0.42);
	int row = (int)(above * PANORAMA_FOCAL);
	const unsigned char *clouds = v->clouds[row < 0 ? 0 : row < CLOUD_ROWS ? row : CLOUD_ROWS - 1];
	unsigned char *p = v->px.rgb + (size_t)y * (size_t)v->lens.width * 3;

	for (int x = 0; x < v->lens.width; x++, p += 3, at += step) {
		unsigned a = at >> 16 & (PANORAMA - 1);
		int c = clouds[a];

		if (row < v->forest[a]) {
			memcpy(p, &forest, 3);
		} else if (row < v->hills[a]) {
			memcpy(p, &hills, 3);
		} else {
			p[0] = (unsigned char)(sky.r + ((l->sun.r - sky.r) * c >> 8));
			p[1] = (unsigned char)(sky.g + ((l->sun.g - sky.g) * c >> 8));
			p[2] = (unsigned char)(sky.b + ((l->sun.b - sky.b) * c >> 8));
		}
	}
}

void view_sky(struct spur_demo_view *v)
{
	double step = PANORAMA_FOCAL / v->lens.focal, turned = v->heading + (v->lens.dir > 0 ? 0 : M_PI);
	double at = fmod(-turned * PANORAMA_FOCAL, PANORAMA);

	at = at < 0 ? at + PANORAMA : at;
	for (int y = 0; y < v->top; y++)
		sky_row(v, y, (uint32_t)(at * 65536), (uint32_t)(step * 65536));
}
