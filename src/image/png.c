#include "config.h"

#include "image/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/library.h"

static struct {
	int (*begin)(png_imagep, png_const_voidp, size_t);
	int (*read)(png_imagep, png_const_colorp, void *, png_int_32, void *);
	int (*write)(png_imagep, void *, png_alloc_size_t *, int, const void *, png_int_32, const void *);
	void (*free)(png_imagep);
} png;

static const struct spur_symbol symbols[] = {
	{ "png_image_begin_read_from_memory", &png.begin }, { "png_image_finish_read", &png.read },
	{ "png_image_write_to_memory", &png.write }, { "png_image_free", &png.free }, { NULL, NULL },
};

static struct spur_library library = { "libpng16.so.16", "libpng16-16", symbols, NULL };

static enum spur_status begin(png_image *image, const void *data, size_t len, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);

	*image = (png_image){ .version = PNG_IMAGE_VERSION };
	if (st < 0)
		return st;
	if (png.begin(image, data, len) == 0)
		return spur_fail(err, SPUR_EFORMAT, "PNG of %zu bytes: %s", len, image->message);
	if ((uint64_t)image->width * image->height > SPUR_PIXELS_MAX) {
		png.free(image);
		return spur_fail(err, SPUR_EFORMAT, "PNG of %u x %u pixels: more than is read", image->width, image->height);
	}
	return SPUR_OK;
}

enum spur_status spur_png_size(const void *data, size_t len, int *width, int *height, struct spur_error *err)
{
	png_image image;
	enum spur_status st = begin(&image, data, len, err);

	if (st < 0)
		return st;
	*width = (int)image.width;
	*height = (int)image.height;
	png.free(&image);
	return SPUR_OK;
}

enum spur_status spur_png_decode(const void *data, size_t len, struct spur_pixels *out, struct spur_error *err)
{
	static const png_color black = { 0, 0, 0 };	/* behind what is transparent */
	png_image image;
	enum spur_status st = begin(&image, data, len, err);

	*out = (struct spur_pixels){ 0 };
	if (st < 0)
		return st;
	st = spur_wrap(spur_pixels_init_read(out, (int)image.width, (int)image.height, len, err), err, "PNG");
	if (st == SPUR_OK) {
		image.format = PNG_FORMAT_RGB;
		if (png.read(&image, &black, out->rgb, 0, NULL) == 0)
			st = spur_fail(err, SPUR_EFORMAT, "PNG of %zu bytes: %s", len, image.message);
	}
	if (st < 0)
		spur_pixels_finish(out);
	png.free(&image);
	return st;
}

enum spur_status spur_png_decode_grey16(const void *data, size_t len, uint16_t **values, int *width, int *height,
					struct spur_error *err)
{
	png_image image;
	enum spur_status st = begin(&image, data, len, err);

	*values = NULL;
	if (st < 0)
		return st;
	*width = (int)image.width;
	*height = (int)image.height;
	*values = spur_try_malloc((uint64_t)image.width * image.height * 2, len + (64u << 20));
	if (*values == NULL) {
		st = spur_fail(err, SPUR_ENOMEM, "no memory for a picture of %d x %d pixels", *width, *height);
	} else if ((image.format & PNG_FORMAT_FLAG_COLOR) != 0 || (image.format & PNG_FORMAT_FLAG_LINEAR) == 0) {
		st = spur_fail(err, SPUR_EFORMAT, "PNG of %zu bytes: it should have one channel of 16 bits", len);
	} else {
		image.format = PNG_FORMAT_LINEAR_Y;	/* 16 bits are linear to libpng: nothing is converted */
		if (png.read(&image, NULL, *values, 0, NULL) == 0)
			st = spur_fail(err, SPUR_EFORMAT, "PNG of %zu bytes: %s", len, image.message);
	}
	if (st < 0) {
		free(*values);
		*values = NULL;
	}
	png.free(&image);
	return st;
}

enum spur_status spur_image_write_png(const struct spur_pixels *p, struct spur_buf *out, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	png_image image = { .version = PNG_IMAGE_VERSION, .width = (png_uint_32)p->width,
			    .height = (png_uint_32)p->height, .format = PNG_FORMAT_RGB };
	png_alloc_size_t size;
	void *bytes;

	if (st < 0)
		return st;
	size = PNG_IMAGE_PNG_SIZE_MAX(image);
	bytes = spur_malloc(size);
	if (png.write(&image, bytes, &size, 0, p->rgb, 0, NULL) == 0)
		st = spur_fail(err, SPUR_ENOMEM, "PNG of %d x %d pixels: %s", p->width, p->height, image.message);
	else
		spur_buf_add(out, bytes, size);
	free(bytes);
	png.free(&image);
	return st;
}
