#include "config.h"

#include "image/jpeg.h"

#include <stdlib.h>
#include <turbojpeg.h>

#include "base/library.h"

static struct {
	tjhandle (*decompressor)(void);
	tjhandle (*compressor)(void);
	int (*header)(tjhandle, const unsigned char *, unsigned long, int *, int *, int *, int *);
	int (*decompress)(tjhandle, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);
	int (*compress)(tjhandle, const unsigned char *, int, int, int, int, unsigned char **, unsigned long *, int, int, int);
	unsigned long (*bound)(int, int, int);
	int (*destroy)(tjhandle);
	char *(*error)(tjhandle);
	int (*severity)(tjhandle);
} tj;

static const struct spur_symbol symbols[] = {
	{ "tjInitDecompress", &tj.decompressor }, { "tjInitCompress", &tj.compressor },
	{ "tjDecompressHeader3", &tj.header }, { "tjDecompress2", &tj.decompress }, { "tjCompress2", &tj.compress },
	{ "tjBufSize", &tj.bound }, { "tjDestroy", &tj.destroy }, { "tjGetErrorStr2", &tj.error },
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
		st = spur_wrap(spur_pixels_init_read(out, width, height, len, err), err, "JPEG");
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

struct spur_jpeg_encoder {
	tjhandle handle;
	int quality;
};

enum spur_status spur_jpeg_encoder_create(int quality, struct spur_jpeg_encoder **out, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	struct spur_jpeg_encoder *e;
	tjhandle h;

	*out = NULL;
	if (st < 0)
		return st;
	if ((h = tj.compressor()) == NULL)
		return spur_fail(err, SPUR_ENOMEM, "JPEG: no encoder");
	e = spur_calloc(1, sizeof(*e));
	e->handle = h;
	e->quality = quality;
	*out = e;
	return SPUR_OK;
}

enum spur_status spur_jpeg_encode(struct spur_jpeg_encoder *e, const struct spur_pixels *p, struct spur_buf *out,
				  struct spur_error *err)
{
	unsigned long len = tj.bound(p->width, p->height, TJSAMP_420);
	unsigned char *bytes;

	if (len == (unsigned long)-1)
		return spur_fail(err, SPUR_EINVAL, "JPEG of %d x %d pixels: no such size", p->width, p->height);
	bytes = (unsigned char *)spur_buf_reserve(out, len);
	if (tj.compress(e->handle, p->rgb, p->width, 0, p->height, TJPF_RGB, &bytes, &len, TJSAMP_420, e->quality,
			TJFLAG_NOREALLOC) != 0)
		return spur_fail(err, SPUR_EINVAL, "JPEG of %d x %d pixels: %s", p->width, p->height, tj.error(e->handle));
	out->len += len;
	return SPUR_OK;
}

void spur_jpeg_encoder_destroy(struct spur_jpeg_encoder *e)
{
	if (e == NULL)
		return;
	tj.destroy(e->handle);
	free(e);
}

enum spur_status spur_image_write_jpeg(const struct spur_pixels *p, int quality, struct spur_buf *out, struct spur_error *err)
{
	struct spur_jpeg_encoder *e;
	enum spur_status st = spur_jpeg_encoder_create(quality, &e, err);

	if (st == SPUR_OK)
		st = spur_jpeg_encode(e, p, out, err);
	spur_jpeg_encoder_destroy(e);
	return st;
}
