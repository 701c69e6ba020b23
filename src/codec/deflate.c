#include "config.h"

#include "codec/deflate.h"

#include <libdeflate.h>
#include <stdlib.h>

enum spur_status spur_deflate_unpack(const void *in, size_t len, void *out, size_t cap, size_t *got,
				     struct spur_error *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result res;
	size_t used;

	*got = 0;
	if (d == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory to inflate");
	res = libdeflate_zlib_decompress_ex(d, in, len, out, cap, &used, got);
	libdeflate_free_decompressor(d);
	switch (res) {
	case LIBDEFLATE_SUCCESS:
		return SPUR_OK;
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		*got = 0;
		return spur_fail_byte(err, SPUR_EFORMAT, 0, "deflate: unpacks to more than the stated %zu bytes", cap);
	case LIBDEFLATE_SHORT_OUTPUT:
	case LIBDEFLATE_BAD_DATA:
	default:
		*got = 0;
		return spur_fail_byte(err, SPUR_EFORMAT, 0, "deflate: the %zu packed bytes are damaged or cut off", len);
	}
}

/*
 * libdeflate has no streams, but it writes its output in order and stops with INSUFFICIENT_SPACE at the first
 * element that does not fit: a match of at most 258 bytes or a stored block of at most 65535. So with that
 * much room behind them the wanted bytes are there.
 */
enum spur_status spur_deflate_unpack_first(const void *in, size_t len, void *out, size_t need, struct spur_error *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result res;
	size_t used, got = 0;

	if (d == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory to inflate");
	res = libdeflate_zlib_decompress_ex(d, in, len, out, need + SPUR_DEFLATE_SLACK, &used, &got);
	libdeflate_free_decompressor(d);
	if (res == LIBDEFLATE_INSUFFICIENT_SPACE || (res == LIBDEFLATE_SUCCESS && got >= need))
		return SPUR_OK;
	return spur_fail_byte(err, SPUR_EFORMAT, 0, "deflate: %zu packed bytes do not give the first %zu", len, need);
}

void spur_deflate_pack(const void *in, size_t len, int level, struct spur_buf *out)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(level == 0 ? 6 : level);
	size_t bound;

	if (c == NULL)
		abort();
	bound = libdeflate_zlib_compress_bound(c, len);
	out->len += libdeflate_zlib_compress(c, in, len, spur_buf_reserve(out, bound), bound);
	libdeflate_free_compressor(c);
}
