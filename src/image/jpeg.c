#include "config.h"

#include "image/jpeg.h"

#include <turbojpeg.h>

#include "base/library.h"

static struct {
	tjhandle (*decompressor)(void);
	tjhandle (*compressor)(void);
	int (*header)(tjhandle, const unsigned char *, unsigned long, int *, int *, int *, int *);
	int (*decompress)(tjhandle, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);
	int (*compress)(tjhandle, const unsigned char *, int, int, int, int, unsigned char **, unsigned long *, int, int, int);
	int (*destroy)(tjhandle);
	void (*free)(unsigned char *);
	char *(*error)(tjhandle);
	int (*severity)(tjhandle);
} tj;

static const struct spur_symbol symbols[] = {
	{ "tjInitDecompress", &tj.decompressor }, { "tjInitCompress", &tj.compressor },
	{ "tjDecompressHeader3", &tj.header }, { "tjDecompress2", &tj.decompress }, { "tjCompress2", &tj.compress },
	{ "tjDestroy", &tj.destroy }, { "tjFree", &tj.free }, { "tjGetErrorStr2", &tj.error },
	{ "tjGetErrorCode", &tj.severity }, { NULL, NULL },
};

static struct spur_library library = { "libturbojpeg.so.0", "libturbojpeg0", symbols, NULL };

static enum spur_status header(tjhandle h, const void *data, size_t len, int *width, int *height, struct spur_error *err)
{
	int sampling, space;

	if (tj.header(h, data, (unsigned long)len, width, height, &sampling, &space) != 0)
		return spur_fail(err, SPUR_EFORMAT, "JPEG of %zu bytes: %s", len, tj.error(h));
	return SPUR_OK;
}

/* Scaled to an eighth, a quarter or a half, if that still has what is wanted. */
static void shrink(int *width, int *height, int want_width, int want_height)
{
	for (int by = 8; by > 1 && want_width > 0 && want_height > 0; by /= 2) {
		int w = (*width + by - 1) / by, h = (*height + by - 1) / by;

		if (w >= want_width && h >= want_height) {
			*width = w;
			*height = h;
			return;
		}
	}
}

enum spur_status spur_jpeg_size(const void *data, size_t len, int *width, int *height, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	tjhandle h;

	if (st < 0)
		return st;
	if ((h = tj.decompressor()) == NULL)
		return spur_fail(err, SPUR_ENOMEM, "JPEG: no decoder");
	st = header(h, data, len, width, height, err);
	tj.destroy(h);
	return st;
}

enum spur_status spur_jpeg_decode(const void *data, size_t len, int want_width, int want_height,
				  struct spur_pixels *out, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	int width = 0, height = 0;
	tjhandle h;

	*out = (struct spur_pixels){ 0 };
	if (st < 0)
		return st;
	if ((h = tj.decompressor()) == NULL)
		return spur_fail(err, SPUR_ENOMEM, "JPEG: no decoder");
	st = header(h, data, len, &width, &height, err);
	if (st == SPUR_OK && (uint64_t)width * (uint64_t)height > SPUR_PIXELS_MAX)
		st = spur_fail(err, SPUR_EFORMAT, "JPEG of %d x %d pixels: more than is read", width, height);
	if (st == SPUR_OK) {
		shrink(&width, &height, want_width, want_height);
		st = spur_pixels_init(out, width, height, err);
	}
	/* A warning (a truncated scan) leaves a picture that is grey where bytes are missing: worth showing. */
	if (st == SPUR_OK && tj.decompress(h, data, (unsigned long)len, out->rgb, width, 0, height, TJPF_RGB, 0) != 0 &&
	    tj.severity(h) != TJERR_WARNING)
		st = spur_fail(err, SPUR_EFORMAT, "JPEG of %zu bytes: %s", len, tj.error(h));
	if (st < 0)
		spur_pixels_finish(out);
	tj.destroy(h);
	return st;
}

enum spur_status spur_image_write_jpeg(const struct spur_pixels *p, int quality, struct spur_buf *out, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	unsigned char *bytes = NULL;
	unsigned long len = 0;
	tjhandle h;

	if (st < 0)
		return st;
	if ((h = tj.compressor()) == NULL)
		return spur_fail(err, SPUR_ENOMEM, "JPEG: no encoder");
	if (tj.compress(h, p->rgb, p->width, 0, p->height, TJPF_RGB, &bytes, &len, TJSAMP_420, quality, 0) != 0)
		st = spur_fail(err, SPUR_EINVAL, "JPEG of %d x %d pixels: %s", p->width, p->height, tj.error(h));
	else
		spur_buf_add(out, bytes, len);
	tj.free(bytes);
	tj.destroy(h);
	return st;
}
