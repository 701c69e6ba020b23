#include "config.h"

#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "image/jpeg.h"
#include "image/png.h"

enum kind { KIND_JPEG, KIND_PNG, KIND_OTHER };

static bool starts(const void *data, size_t len, size_t at, const char *magic, size_t n)
{
	return len >= at + n && memcmp((const char *)data + at, magic, n) == 0;
}

static enum kind kind_of(const void *data, size_t len)
{
	if (starts(data, len, 0, "\xff\xd8\xff", 3))
		return KIND_JPEG;
	return starts(data, len, 0, "\x89PNG\r\n\x1a\n", 8) ? KIND_PNG : KIND_OTHER;
}

const char *spur_image_name(const void *data, size_t len)
{
	switch (kind_of(data, len)) {
	case KIND_JPEG: return "jpeg";
	case KIND_PNG: return "png";
	case KIND_OTHER: break;
	}
	return NULL;
}

/* What else the bytes may be: a name helps more than "unknown". */
static const char *foreign(const void *data, size_t len)
{
	if (starts(data, len, 0, "RIFF", 4) && starts(data, len, 8, "WEBP", 4))
		return "WebP";
	if (starts(data, len, 4, "ftypavi", 7))
		return "AVIF";
	if (starts(data, len, 0, "GIF8", 4))
		return "GIF";
	if (starts(data, len, 0, "BM", 2))
		return "BMP";
	if (starts(data, len, 0, "II*\0", 4) || starts(data, len, 0, "MM\0*", 4))
		return "TIFF";
	if (starts(data, len, 0, "\0\0\0\1", 4) || starts(data, len, 0, "\0\0\1", 3))
		return "a frame of H.264 or H.265 video";
	return NULL;
}

static enum spur_status unknown(const void *data, size_t len, struct spur_error *err)
{
	const unsigned char *p = data;
	const char *name = foreign(data, len);

	if (name != NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "the picture is %s; JPEG and PNG are decoded", name);
	if (len < 4)
		return spur_fail(err, SPUR_EFORMAT, "a picture of %zu bytes is none", len);
	return spur_fail(err, SPUR_EFORMAT, "neither JPEG nor PNG: its %zu bytes begin with %02x %02x %02x %02x", len, p[0], p[1],
			 p[2], p[3]);
}

enum spur_status spur_image_decode(const void *data, size_t len, int want_width, int want_height,
				   struct spur_pixels *out, struct spur_error *err)
{
	*out = (struct spur_pixels){ 0 };
	switch (kind_of(data, len)) {
	case KIND_JPEG: return spur_jpeg_decode(data, len, want_width, want_height, out, err);
	case KIND_PNG: return spur_png_decode(data, len, out, err);
	case KIND_OTHER: break;
	}
	return unknown(data, len, err);
}

enum spur_status spur_image_size(const void *data, size_t len, int *width, int *height, struct spur_error *err)
{
	*width = *height = 0;
	switch (kind_of(data, len)) {
	case KIND_JPEG: return spur_jpeg_size(data, len, width, height, err);
	case KIND_PNG: return spur_png_size(data, len, width, height, err);
	case KIND_OTHER: break;
	}
	return unknown(data, len, err);
}

enum spur_status spur_image_decode_depth(const void *data, size_t len, struct spur_pixels *out, struct spur_error *err)
{
	struct spur_image_raw raw = { .encoding = "mono16" };
	enum spur_status st;
	uint16_t *values;

	*out = (struct spur_pixels){ 0 };
	if ((st = spur_png_decode_grey16(data, len, &values, &raw.width, &raw.height, err)) < 0)
		return st;
	raw.data = values;
	raw.size = (size_t)raw.width * (size_t)raw.height * sizeof(*values);
	st = spur_image_unpack(&raw, out, err);
	free(values);
	return st;
}
