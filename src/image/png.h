#ifndef SPUR_IMAGE_PNG_H
#define SPUR_IMAGE_PNG_H

#include "image/image.h"

/* PNG through libpng's simplified interface; see image/image.h. */
enum spur_status spur_png_decode(const void *data, size_t len, struct spur_pixels *out, struct spur_error *err);
enum spur_status spur_png_size(const void *data, size_t len, int *width, int *height, struct spur_error *err);
/* One channel of 16 bits, as stored: no gamma. values: width * height, the caller frees. */
enum spur_status spur_png_decode_grey16(const void *data, size_t len, uint16_t **values, int *width, int *height,
					struct spur_error *err);

#endif
