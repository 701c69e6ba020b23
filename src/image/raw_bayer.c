#include "config.h"

#include "image/raw.h"

/*
 * Bilinear: a colour that a pixel lacks is the mean of its nearest neighbours of that colour. Beyond
 * the edge the mosaic is mirrored at the outermost pixels, which keeps the pattern.
 */
struct mosaic {
	const unsigned char *at;
	int width, height;
};

static int mirrored(int i, int n)
{
	if (n == 1)
		return 0;
	return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

static unsigned at(const struct mosaic *m, int x, int y)
{
	return m->at[(size_t)mirrored(y, m->height) * (size_t)m->width + (size_t)mirrored(x, m->width)];
}

static unsigned char beside(const struct mosaic *m, int x, int y)
{
	return (unsigned char)((at(m, x - 1, y) + at(m, x + 1, y) + 1) / 2);
}

static unsigned char above(const struct mosaic *m, int x, int y)
{
	return (unsigned char)((at(m, x, y - 1) + at(m, x, y + 1) + 1) / 2);
}

static unsigned char cross(const struct mosaic *m, int x, int y)
{
	return (unsigned char)((at(m, x - 1, y) + at(m, x + 1, y) + at(m, x, y - 1) + at(m, x, y + 1) + 2) / 4);
}

static unsigned char corners(const struct mosaic *m, int x, int y)
{
	return (unsigned char)((at(m, x - 1, y - 1) + at(m, x + 1, y - 1) + at(m, x - 1, y + 1) + at(m, x + 1, y + 1) + 2) / 4);
}

static void pixel(const struct mosaic *m, const char pattern[4], int x, int y, unsigned char rgb[3])
{
	char own = pattern[(y & 1) * 2 + (x & 1)];
	char row = pattern[(y & 1) * 2 + !(x & 1)];	/* what else its row has */
	unsigned char value = (unsigned char)at(m, x, y);

	if (own == 'G') {
		rgb[1] = value;
		rgb[row == 'R' ? 0 : 2] = beside(m, x, y);
		rgb[row == 'R' ? 2 : 0] = above(m, x, y);
		return;
	}
	rgb[1] = cross(m, x, y);
	rgb[own == 'R' ? 0 : 2] = value;
	rgb[own == 'R' ? 2 : 0] = corners(m, x, y);
}

void raw_demosaic(const unsigned char *mosaic, const char pattern[4], struct spur_pixels *out)
{
	const struct mosaic m = { mosaic, out->width, out->height };
	unsigned char *to = out->rgb;

	for (int y = 0; y < out->height; y++) {
		for (int x = 0; x < out->width; x++, to += 3)
			pixel(&m, pattern, x, y, to);
	}
}
