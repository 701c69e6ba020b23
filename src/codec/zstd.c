#include "config.h"

#include "codec/zstd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/bytes.h"

/* Windows beyond this are refused rather than allocated: the output is bounded anyway. */
#define WINDOW_LOG_MAX 27

static bool starts_frame(const unsigned char *in, size_t len)
{
	uint32_t magic = len < 4 ? 0 : spur_le32(in);

	return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* One frame from in->pos on. */
static enum spur_status unpack_frame(ZSTD_DCtx *d, ZSTD_inBuffer *in, ZSTD_outBuffer *out, struct spur_error *err)
{
	for (;;) {
		size_t in_before = in->pos, out_before = out->pos;
		size_t left = ZSTD_decompressStream(d, out, in);

		if (ZSTD_isError(left))
			return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: byte %zu of the packed data: %s", in->pos,
					      ZSTD_getErrorName(left));
		if (left == 0)
			return SPUR_OK;
		if (in->pos == in_before && out->pos == out_before)
			break;
	}
	if (in->pos == in->size)
		return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: cut off at byte %zu of the packed data", in->pos);
	return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: unpacks to more than the stated %zu bytes", out->size);
}

enum spur_status spur_zstd_unpack(const void *in, size_t len, void *out, size_t cap, size_t *got,
				  struct spur_error *err)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();
	ZSTD_inBuffer from = { .src = in, .size = len };
	ZSTD_outBuffer to = { .dst = out, .size = cap };
	enum spur_status st = SPUR_OK;

	*got = 0;
	if (d == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory for zstd");
	ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (len > 0 && !starts_frame(in, len))
		st = spur_fail_byte(err, SPUR_EFORMAT, 0, "zstd: no frame at byte 0 of the packed data");
	while (st == SPUR_OK && starts_frame((const unsigned char *)in + from.pos, len - from.pos)) {
		ZSTD_DCtx_reset(d, ZSTD_reset_session_only);
		st = unpack_frame(d, &from, &to, err);
	}
	*got = to.pos;
	ZSTD_freeDCtx(d);
	return st;
}

void spur_zstd_pack(const void *in, size_t len, int level, struct spur_buf *out)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t bound = ZSTD_compressBound(len), n;

	if (c == NULL)
		abort();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level == 0 ? 3 : level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, spur_buf_reserve(out, bound), bound, in, len);
	if (ZSTD_isError(n))	/* only memory can run out: the room is the bound */
		abort();
	out->len += n;
	ZSTD_freeCCtx(c);
}
