#ifndef SPUR_IMAGE_RAW_H
#define SPUR_IMAGE_RAW_H

#include "image/image.h"

/* The parts of raw*.c. */
enum raw_layout {
	RAW_COLOUR,	/* 3 or 4 channels a pixel, 8 or 16 bits each */
	RAW_GREY,	/* one channel of 8 bits */
	RAW_WIDE,	/* one channel of more: stretched */
	RAW_UYVY,	/* 4:2:2, two pixels in four bytes: U Y V Y */
	RAW_YUYV,	/* Y U Y V */
	RAW_NV,		/* a plane of Y, then one of U and V in turn */
	RAW_BAYER,	/* one colour a pixel */
};

enum raw_number { RAW_U8, RAW_U16, RAW_I16, RAW_I32, RAW_F32, RAW_F64 };

struct raw_encoding {
	const char *name;
	enum raw_layout layout;
	enum raw_number number;
	unsigned char channels;		/* per pixel in memory */
	bool blue_first;		/* of colours; V first, of NV */
	unsigned char shrink;		/* of NV: 2 for chroma at half the width and height, 1 for all of it */
	char pattern[5];		/* of Bayer: the colours of the upper left 2 x 2 pixels, row by row */
};

size_t raw_number_size(enum raw_number n);
double raw_number_at(const unsigned char *p, enum raw_number n, bool big_endian);
/* The row that begins at `y` of a plane whose rows are `step` bytes apart. */
static inline const unsigned char *raw_row(const struct spur_image_raw *raw, size_t step, size_t y)
{
	return (const unsigned char *)raw->data + y * step;
}

/* One channel to 8 bits each, from its least to its largest finite value; out has width x height bytes.
 * NaN and infinities are 0; so is everything if all values are equal. */
void raw_stretch(const struct spur_image_raw *raw, enum raw_number n, size_t step, unsigned char *out);
/* raw_yuv.c: BT.601, 16 to 235, as V4L2 and OpenCV have it. */
void raw_packed_yuv(const struct spur_image_raw *raw, size_t step, bool luma_first, struct spur_pixels *out);
void raw_planar_yuv(const struct spur_image_raw *raw, size_t step, const struct raw_encoding *e, struct spur_pixels *out);
/* raw_bayer.c: bilinear. mosaic has one byte per pixel. */
void raw_demosaic(const unsigned char *mosaic, const char pattern[4], struct spur_pixels *out);

#endif
