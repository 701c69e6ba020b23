#include "config.h"

#include "image/raw.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

/* sensor_msgs/image_encodings.hpp and foxglove.RawImage. The channels of OpenCV's own types are blue first. */
static const struct raw_encoding encodings[] = {
	{ "rgb8", RAW_COLOUR, RAW_U8, 3, false, 0, "" },
	{ "bgr8", RAW_COLOUR, RAW_U8, 3, true, 0, "" },
	{ "8UC3", RAW_COLOUR, RAW_U8, 3, true, 0, "" },
	{ "rgba8", RAW_COLOUR, RAW_U8, 4, false, 0, "" },
	{ "bgra8", RAW_COLOUR, RAW_U8, 4, true, 0, "" },
	{ "8UC4", RAW_COLOUR, RAW_U8, 4, true, 0, "" },
	{ "rgb16", RAW_COLOUR, RAW_U16, 3, false, 0, "" },
	{ "bgr16", RAW_COLOUR, RAW_U16, 3, true, 0, "" },
	{ "16UC3", RAW_COLOUR, RAW_U16, 3, true, 0, "" },
	{ "rgba16", RAW_COLOUR, RAW_U16, 4, false, 0, "" },
	{ "bgra16", RAW_COLOUR, RAW_U16, 4, true, 0, "" },
	{ "16UC4", RAW_COLOUR, RAW_U16, 4, true, 0, "" },
	{ "mono8", RAW_GREY, RAW_U8, 1, false, 0, "" },
	{ "8UC1", RAW_GREY, RAW_U8, 1, false, 0, "" },
	{ "mono16", RAW_WIDE, RAW_U16, 1, false, 0, "" },
	{ "16UC1", RAW_WIDE, RAW_U16, 1, false, 0, "" },
	{ "16SC1", RAW_WIDE, RAW_I16, 1, false, 0, "" },
	{ "32SC1", RAW_WIDE, RAW_I32, 1, false, 0, "" },
	{ "32FC1", RAW_WIDE, RAW_F32, 1, false, 0, "" },
	{ "64FC1", RAW_WIDE, RAW_F64, 1, false, 0, "" },
	{ "yuv422", RAW_UYVY, RAW_U8, 2, false, 0, "" },
	{ "uyvy", RAW_UYVY, RAW_U8, 2, false, 0, "" },
	{ "yuv422_yuy2", RAW_YUYV, RAW_U8, 2, false, 0, "" },
	{ "yuyv", RAW_YUYV, RAW_U8, 2, false, 0, "" },
	{ "nv12", RAW_NV, RAW_U8, 1, false, 2, "" },
	{ "nv21", RAW_NV, RAW_U8, 1, true, 2, "" },
	{ "nv24", RAW_NV, RAW_U8, 1, false, 1, "" },
	{ "bayer_rggb8", RAW_BAYER, RAW_U8, 1, false, 0, "RGGB" },
	{ "bayer_bggr8", RAW_BAYER, RAW_U8, 1, false, 0, "BGGR" },
	{ "bayer_gbrg8", RAW_BAYER, RAW_U8, 1, false, 0, "GBRG" },
	{ "bayer_grbg8", RAW_BAYER, RAW_U8, 1, false, 0, "GRBG" },
	{ "bayer_rggb16", RAW_BAYER, RAW_U16, 1, false, 0, "RGGB" },
	{ "bayer_bggr16", RAW_BAYER, RAW_U16, 1, false, 0, "BGGR" },
	{ "bayer_gbrg16", RAW_BAYER, RAW_U16, 1, false, 0, "GBRG" },
	{ "bayer_grbg16", RAW_BAYER, RAW_U16, 1, false, 0, "GRBG" },
};

size_t raw_number_size(enum raw_number n)
{
	switch (n) {
	case RAW_U8: return 1;
	case RAW_U16: case RAW_I16: return 2;
	case RAW_I32: case RAW_F32: return 4;
	case RAW_F64: return 8;
	}
	return 1;
}

double raw_number_at(const unsigned char *p, enum raw_number n, bool big_endian)
{
	unsigned char swapped[8];
	size_t size = raw_number_size(n);

	for (size_t i = 0; big_endian && i < size; i++)
		swapped[i] = p[size - 1 - i];
	p = big_endian ? swapped : p;
	switch (n) {
	case RAW_U8: return p[0];
	case RAW_U16: return spur_le16(p);
	case RAW_I16: return (int16_t)spur_le16(p);
	case RAW_I32: return (int32_t)spur_le32(p);
	case RAW_F32: return (double)spur_lef32(p);
	case RAW_F64: return spur_lef64(p);
	}
	return 0;
}

/* Rows of Y and of chroma, the bytes that a row takes at least; a row of chroma is `step` * 2 / shrink apart. */
static uint64_t bytes_of_row(const struct raw_encoding *e, uint64_t width)
{
	if (e->layout == RAW_UYVY || e->layout == RAW_YUYV)
		return (width + 1) / 2 * 4;
	return width * e->channels * raw_number_size(e->number);
}

static uint64_t bytes_of_all(const struct raw_encoding *e, const struct spur_image_raw *raw, uint64_t step, uint64_t row)
{
	uint64_t height = (uint64_t)raw->height, chroma, rows;

	if (__builtin_mul_overflow(step, height * 4, &chroma))
		return UINT64_MAX;
	if (e->layout != RAW_NV)
		return step * (height - 1) + row;
	rows = e->shrink == 2 ? (height + 1) / 2 : height;
	chroma = e->shrink == 2 ? ((uint64_t)raw->width + 1) / 2 * 2 : 2 * (uint64_t)raw->width;
	return step * height + (rows - 1) * (e->shrink == 2 ? step : 2 * step) + chroma;
}

static enum spur_status check(const struct raw_encoding *e, const struct spur_image_raw *raw, size_t *step,
			      struct spur_error *err)
{
	uint64_t row = bytes_of_row(e, (uint64_t)raw->width), all;

	*step = raw->step == 0 ? (size_t)row : raw->step;
	if (e->layout == RAW_NV && raw->step == 0)
		*step = e->shrink == 2 ? ((size_t)raw->width + 1) / 2 * 2 : (size_t)raw->width;
	if (*step < row)
		return spur_fail(err, SPUR_EFORMAT, "%s of %d x %d pixels: a row takes %" PRIu64 " bytes, but the step is %zu", e->name,
				 raw->width, raw->height, row, *step);
	all = bytes_of_all(e, raw, *step, row);
	if (raw->size < all)
		return spur_fail(err, SPUR_EFORMAT, "%s of %d x %d pixels with a step of %zu needs %" PRIu64 " bytes; %zu are there, "
				 "%" PRIu64 " are missing", e->name, raw->width, raw->height, *step, all, raw->size, all - raw->size);
	return SPUR_OK;
}

/* Of 16 bits the upper byte, rounded: v / 257. */
static unsigned char narrowed(const unsigned char *p, bool big_endian)
{
	unsigned v = big_endian ? (unsigned)p[0] << 8 | p[1] : spur_le16(p);

	return (unsigned char)((v + 128) / 257);
}

static void unpack_colour(const struct spur_image_raw *raw, const struct raw_encoding *e, size_t step, struct spur_pixels *out)
{
	unsigned char *to = out->rgb;
	size_t size = raw_number_size(e->number), pixel = size * e->channels;
	size_t red = e->blue_first ? 2 * size : 0, blue = e->blue_first ? 0 : 2 * size;

	for (size_t y = 0; y < (size_t)out->height; y++) {
		const unsigned char *p = raw_row(raw, step, y);

		for (int x = 0; x < out->width && size == 1; x++, p += pixel, to += 3) {
			to[0] = p[red];
			to[1] = p[1];
			to[2] = p[blue];
		}
		for (int x = 0; x < out->width && size == 2; x++, p += pixel, to += 3) {
			to[0] = narrowed(p + red, raw->big_endian);
			to[1] = narrowed(p + size, raw->big_endian);
			to[2] = narrowed(p + blue, raw->big_endian);
		}
	}
}

void raw_stretch(const struct spur_image_raw *raw, enum raw_number n, size_t step, unsigned char *out)
{
	double least = (double)INFINITY, most = -(double)INFINITY, span;
	size_t size = raw_number_size(n), width = (size_t)raw->width, height = (size_t)raw->height;

	for (size_t y = 0; y < height; y++) {
		for (size_t x = 0; x < width; x++) {
			double v = raw_number_at(raw_row(raw, step, y) + x * size, n, raw->big_endian);

			least = isfinite(v) && v < least ? v : least;
			most = isfinite(v) && v > most ? v : most;
		}
	}
	span = most / 2 - least / 2;	/* halves, so that it is finite */
	for (size_t y = 0; y < height; y++) {
		for (size_t x = 0; x < width; x++) {
			double v = raw_number_at(raw_row(raw, step, y) + x * size, n, raw->big_endian);

			*out++ = isfinite(v) && span > 0 ? (unsigned char)((v / 2 - least / 2) / span * 255 + 0.5) : 0;
		}
	}
}

static void grey(const unsigned char *from, struct spur_pixels *out)
{
	size_t n = (size_t)out->width * (size_t)out->height;

	for (size_t i = 0; i < n; i++)
		memset(out->rgb + 3 * i, from[i], 3);
}

/* Through one byte per pixel. */
static enum spur_status unpack_single(const struct spur_image_raw *raw, const struct raw_encoding *e, size_t step,
				      struct spur_pixels *out, struct spur_error *err)
{
	size_t width = (size_t)raw->width, height = (size_t)raw->height;
	unsigned char *plane = malloc(width * height);	/* at most SPUR_PIXELS_MAX */

	if (plane == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory for a picture of %d x %d pixels", raw->width, raw->height);
	if (e->number != RAW_U8)
		raw_stretch(raw, e->number, step, plane);
	for (size_t y = 0; e->number == RAW_U8 && y < height; y++)
		memcpy(plane + y * width, raw_row(raw, step, y), width);
	if (e->layout == RAW_BAYER)
		raw_demosaic(plane, e->pattern, out);
	else
		grey(plane, out);
	free(plane);
	return SPUR_OK;
}

static const struct raw_encoding *find(const char *name)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (strcasecmp(encodings[i].name, name) == 0)
			return &encodings[i];
	}
	return NULL;
}

enum spur_status spur_image_unpack(const struct spur_image_raw *raw, struct spur_pixels *out, struct spur_error *err)
{
	const struct raw_encoding *e = find(raw->encoding);
	enum spur_status st;
	size_t step = 0;

	*out = (struct spur_pixels){ 0 };
	if (e == NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "pixels in '%.32s' are not known", raw->encoding);
	if (raw->width <= 0 || raw->height <= 0 || (uint64_t)raw->width * (uint64_t)raw->height > SPUR_PIXELS_MAX)
		return spur_fail(err, SPUR_EFORMAT, "no picture has %d x %d pixels", raw->width, raw->height);
	if ((st = check(e, raw, &step, err)) < 0 || (st = spur_pixels_init_read(out, raw->width, raw->height, raw->size, err)) < 0)
		return st;
	switch (e->layout) {
	case RAW_COLOUR: unpack_colour(raw, e, step, out); break;
	case RAW_UYVY: case RAW_YUYV: raw_packed_yuv(raw, step, e->layout == RAW_YUYV, out); break;
	case RAW_NV: raw_planar_yuv(raw, step, e, out); break;
	case RAW_GREY: case RAW_WIDE: case RAW_BAYER: st = unpack_single(raw, e, step, out, err); break;
	}
	if (st < 0)
		spur_pixels_finish(out);
	return st;
}
