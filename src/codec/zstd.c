#include "config.h"

#include "codec/zstd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/bytes.h"

/*
 * A frame is unpacked in one go: its output is its own window, nothing else is allocated. Of a frame that is
 * damaged, cut off or too large this gives nothing; what of it is intact comes out as a stream, block by block.
 * A stream has a window of its own, as large as the header of the frame says, and so only up to this.
 */
#define STREAM_WINDOW_LOG 25
#define HEADER_MAX 18u		/* RFC 8878, 3.1.1, with the magic number */
#define BLOCK_HEAD 3u

static bool starts_frame(const unsigned char *in, size_t len)
{
	uint32_t magic = len < 4 ? 0 : spur_le32(in);

	return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* frame: bytes of it from in->pos on; whole: it ends there. The stream is fed what it asks for, which is a block, but
 * without the head of the next one: if that is damaged, a call would keep the block for itself. */
static enum spur_status unpack_intact(ZSTD_DCtx *d, ZSTD_inBuffer *in, size_t frame, bool whole, ZSTD_outBuffer *out,
				      struct spur_error *err)
{
	size_t end = in->pos + frame, ask = HEADER_MAX;

	ZSTD_DCtx_reset(d, ZSTD_reset_session_only);
	for (;;) {
		size_t before = in->pos, out_before = out->pos, left = end - in->pos;
		ZSTD_inBuffer block = { .src = (const char *)in->src + in->pos, .size = ask < left ? ask : left };

		if (block.size > BLOCK_HEAD)
			block.size -= BLOCK_HEAD;
		ask = ZSTD_decompressStream(d, out, &block);
		if (ZSTD_isError(ask))
			return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: byte %zu of the packed data: %s", in->pos,
					      ZSTD_getErrorName(ask));
		in->pos += block.pos;
		if (ask == 0)
			return SPUR_OK;
		if (in->pos == before && out->pos == out_before)
			break;
	}
	if (!whole && in->pos == end)
		return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: cut off at byte %zu of the packed data", in->pos);
	return spur_fail_byte(err, SPUR_EFORMAT, in->pos, "zstd: unpacks to more than the stated %zu bytes", out->size);
}

/* One frame from in->pos on. */
static enum spur_status unpack_frame(ZSTD_DCtx *d, ZSTD_inBuffer *in, ZSTD_outBuffer *out, struct spur_error *err)
{
	const char *from = (const char *)in->src + in->pos;
	size_t left = in->size - in->pos, frame = ZSTD_findFrameCompressedSize(from, left), n;

	if (ZSTD_isError(frame))
		return unpack_intact(d, in, left, false, out, err);
	n = ZSTD_decompressDCtx(d, (char *)out->dst + out->pos, out->size - out->pos, from, frame);
	if (ZSTD_isError(n))
		return unpack_intact(d, in, frame, true, out, err);
	in->pos += frame;
	out->pos += n;
	return SPUR_OK;
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
	ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, STREAM_WINDOW_LOG);
	if (len > 0 && !starts_frame(in, len))
		st = spur_fail_byte(err, SPUR_EFORMAT, 0, "zstd: no frame at byte 0 of the packed data");
	while (st == SPUR_OK && starts_frame((const unsigned char *)in + from.pos, len - from.pos))
		st = unpack_frame(d, &from, &to, err);
	*got = to.pos;
	ZSTD_freeDCtx(d);
	return st;
}

void spur_zstd_pack(const void *in, size_t len, int level, struct spur_buf *out)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t bound = ZSTD_compressBound(len), n;

	if (c == NULL)
		spur_out_of_memory();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level == 0 ? 3 : level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, spur_buf_reserve(out, bound), bound, in, len);
	if (ZSTD_isError(n))	/* only memory can run out: the room is the bound */
		spur_out_of_memory();
	out->len += n;
	ZSTD_freeCCtx(c);
}
