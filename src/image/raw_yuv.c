#include "config.h"

#include "image/raw.h"

static unsigned char clamped(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : (unsigned char)v;
}

/* ITU-R BT.601 with Y from 16 to 235, chroma from 16 to 240, in 1/65536. */
static void put(int y, int u, int v, unsigned char rgb[3])
{
	int luma = 76309 * (y - 16) + 32768;

	u -= 128;
	v -= 128;
	rgb[0] = clamped((luma + 104597 * v) >> 16);
	rgb[1] = clamped((luma - 25675 * u - 53279 * v) >> 16);
	rgb[2] = clamped((luma + 132201 * u) >> 16);
}

void raw_packed_yuv(const struct spur_image_raw *raw, size_t step, bool luma_first, struct spur_pixels *out)
{
	unsigned char *to = out->rgb;
	size_t luma = luma_first ? 0 : 1, chroma = luma_first ? 1 : 0;

	for (size_t y = 0; y < (size_t)out->height; y++) {
		const unsigned char *row = raw_row(raw, step, y);

		for (size_t x = 0; x < (size_t)out->width; x++, to += 3) {
			const unsigned char *pair = row + x / 2 * 4;

			put(pair[luma + x % 2 * 2], pair[chroma], pair[chroma + 2], to);
		}
	}
}

void raw_planar_yuv(const struct spur_image_raw *raw, size_t step, const struct raw_encoding *e, struct spur_pixels *out)
{
	const unsigned char *plane = raw_row(raw, step, (size_t)out->height);
	size_t shrink = e->shrink, chroma_step = shrink == 2 ? step : 2 * step;
	unsigned char *to = out->rgb;

	for (size_t y = 0; y < (size_t)out->height; y++) {
		const unsigned char *luma = raw_row(raw, step, y), *row = plane + y / shrink * chroma_step;

		for (size_t x = 0; x < (size_t)out->width; x++, to += 3) {
			const unsigned char *pair = row + x / shrink * 2;

			put(luma[x], pair[e->blue_first ? 1 : 0], pair[e->blue_first ? 0 : 1], to);
		}
	}
}
