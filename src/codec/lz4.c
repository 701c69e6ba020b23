#include "config.h"

#include "codec/lz4.h"

#include <limits.h>
#include <lz4.h>
#include <lz4frame.h>
#include <stdlib.h>

#include "base/bytes.h"

#define FRAME_MAGIC 0x184D2204u
#define SKIPPABLE_MAGIC 0x184D2A50u	/* low four bits free */

static bool starts_frame(const unsigned char *in, size_t len)
{
	uint32_t magic = len < 4 ? 0 : spur_le32(in);

	return magic == FRAME_MAGIC || (magic & 0xFFFFFFF0u) == SKIPPABLE_MAGIC;
}

/* One frame from *pos on. */
static enum spur_status unpack_frame(LZ4F_dctx *d, const char *in, size_t len, size_t *pos, char *out, size_t cap,
				     size_t *got, struct spur_error *err)
{
	/* out stays where it is until the frame ends: no copy of its tail is kept for blocks that refer back. */
	const LZ4F_decompressOptions_t in_place = { .stableDst = 1 };

	for (;;) {
		size_t read = len - *pos, wrote = cap - *got;
		size_t left = LZ4F_decompress(d, out + *got, &wrote, in + *pos, &read, &in_place);

		if (LZ4F_isError(left))
			return spur_fail_byte(err, SPUR_EFORMAT, *pos, "lz4: byte %zu of the packed data: %s", *pos,
					      LZ4F_getErrorName(left));
		*pos += read;
		*got += wrote;
		if (left == 0)
			return SPUR_OK;
		if (read == 0 && wrote == 0)
			break;
	}
	if (*pos == len)
		return spur_fail_byte(err, SPUR_EFORMAT, *pos, "lz4: cut off at byte %zu of the packed data", *pos);
	return spur_fail_byte(err, SPUR_EFORMAT, *pos, "lz4: unpacks to more than the stated %zu bytes", cap);
}

static enum spur_status unpack_block(const char *in, size_t len, char *out, size_t cap, size_t *got,
				     struct spur_error *err)
{
	int n = len > INT_MAX || cap > INT_MAX ? -1 : LZ4_decompress_safe(in, out, (int)len, (int)cap);

	if (n < 0)
		return spur_fail_byte(err, SPUR_EFORMAT, 0, "lz4: neither frames nor a raw block of at most %zu bytes", cap);
	*got = (size_t)n;
	return SPUR_OK;
}

enum spur_status spur_lz4_unpack(const void *in, size_t len, bool raw_fallback, void *out, size_t cap, size_t *got,
				 struct spur_error *err)
{
	LZ4F_dctx *d = NULL;
	size_t pos = 0;
	enum spur_status st = SPUR_OK;

	*got = 0;
	if (len > 0 && !starts_frame(in, len)) {
		if (raw_fallback)
			return unpack_block(in, len, out, cap, got, err);
		return spur_fail_byte(err, SPUR_EFORMAT, 0, "lz4: no frame at byte 0 of the packed data");
	}
	if (LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)))
		return spur_fail(err, SPUR_ENOMEM, "no memory for lz4");
	while (st == SPUR_OK && starts_frame((const unsigned char *)in + pos, len - pos))
		st = unpack_frame(d, in, len, &pos, out, cap, got, err);
	LZ4F_freeDecompressionContext(d);
	return st;
}

void spur_lz4_pack(const void *in, size_t len, int level, struct spur_buf *out)
{
	LZ4F_preferences_t p = { .compressionLevel = level };
	size_t bound, n;

	p.frameInfo.contentSize = len;
	p.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
	bound = LZ4F_compressFrameBound(len, &p);
	n = LZ4F_compressFrame(spur_buf_reserve(out, bound), bound, in, len, &p);
	if (LZ4F_isError(n))	/* only memory can run out: the room is the bound */
		spur_out_of_memory();
	out->len += n;
}
