#ifndef SPUR_IMAGE_JPEG_H
#define SPUR_IMAGE_JPEG_H

#include "image/image.h"

/* JPEG through libturbojpeg; see image/image.h. */
enum spur_status spur_jpeg_decode(const void *data, size_t len, int want_width, int want_height,
				  struct spur_pixels *out, struct spur_error *err);
enum spur_status spur_jpeg_size(const void *data, size_t len, int *width, int *height, struct spur_error *err);

#endif
