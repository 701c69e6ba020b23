#ifndef SPUR_IMAGE_IMAGE_H
#define SPUR_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/pixels.h"

/*
 * Pictures as recordings hold them, to pixels and back. libturbojpeg and libpng are loaded on first
 * use (base/library.h); without them the call fails with SPUR_ENOSYS-like words that say what to install.
 * Input is hostile: every size is checked against SPUR_PIXELS_MAX and against the bytes that are there.
 * Any thread; no state is shared.
 */

/* JPEG or PNG by its first bytes. want_width, want_height: what will be shown at most, 0 unknown; a JPEG
 * may then be decoded at a half, a quarter or an eighth, never below that. SPUR_EFORMAT: damaged or
 * neither (the message names what the bytes look like). */
enum spur_status spur_image_decode(const void *data, size_t len, int want_width, int want_height,
				   struct spur_pixels *out, struct spur_error *err);
/* "jpeg" or "png" by its first bytes, or NULL. */
const char *spur_image_name(const void *data, size_t len);
/* Size without decoding. */
enum spur_status spur_image_size(const void *data, size_t len, int *width, int *height, struct spur_error *err);

/* sensor_msgs/Image, foxglove.RawImage: encodings of ROS (sensor_msgs/image_encodings.hpp) and Foxglove's
 * RawImage: rgb8 bgr8 rgba8 bgra8 (and 16) mono8 mono16 8UC1 8UC3 8UC4 16UC1 16UC3 16UC4 16SC1 32SC1 32FC1 64FC1
 * yuv422 (uyvy) yuv422_yuy2 (yuyv) nv12 nv21 nv24 bayer_{rggb,bggr,gbrg,grbg}8 and 16. YUV is BT.601, 16 to 235. */
struct spur_image_raw {
	const char *encoding;
	int width, height;
	size_t step;		/* bytes of a row; 0: as tight as the encoding allows */
	bool big_endian;
	const void *data;
	size_t size;
};
/* Depth and other single channels beyond 8 bits (also of Bayer) are stretched from their least to their largest
 * finite value. SPUR_EUNSUPPORTED: another encoding; SPUR_EFORMAT: bytes are missing, or no such size. */
enum spur_status spur_image_unpack(const struct spur_image_raw *raw, struct spur_pixels *out, struct spur_error *err);

/* A PNG of one channel of 16 bits (depth), stretched as spur_image_unpack() does. */
enum spur_status spur_image_decode_depth(const void *data, size_t len, struct spur_pixels *out, struct spur_error *err);

enum spur_status spur_image_write_jpeg(const struct spur_pixels *p, int quality, struct spur_buf *out, struct spur_error *err);
/* The same for many pictures in a row (a camera): one encoder kept, and the bytes added straight to out.
 * One thread per encoder. The bytes are those of the libjpeg-turbo that is installed: another version, or
 * another processor's SIMD, may give others. */
struct spur_jpeg_encoder;
enum spur_status spur_jpeg_encoder_create(int quality, struct spur_jpeg_encoder **out, struct spur_error *err);
enum spur_status spur_jpeg_encode(struct spur_jpeg_encoder *e, const struct spur_pixels *p, struct spur_buf *out,
				  struct spur_error *err);
void spur_jpeg_encoder_destroy(struct spur_jpeg_encoder *e);	/* NULL is fine */
enum spur_status spur_image_write_png(const struct spur_pixels *p, struct spur_buf *out, struct spur_error *err);

#endif
