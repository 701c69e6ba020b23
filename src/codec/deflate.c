#include "config.h"

#include "codec/deflate.h"

#include <libdeflate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
 * element that does not fit: a match of at most 258 bytes, or a stored block of at most 65535, of which nothing
 * is written then. So either little room is given and it is seen which bytes were written - those that come
 * out the same over zeros and over ones - or so much that the wanted ones must be there.
 */
#define MATCH_MAX 258u

static bool stops_behind(struct libdeflate_decompressor *d, const void *in, size_t len, void *out, size_t need, size_t room)
{
	size_t used, got = 0;
	enum libdeflate_result res = libdeflate_zlib_decompress_ex(d, in, len, out, need + room, &used, &got);

	return res == LIBDEFLATE_INSUFFICIENT_SPACE || (res == LIBDEFLATE_SUCCESS && got >= need);
}

static bool little_will_do(struct libdeflate_decompressor *d, const void *in, size_t len, unsigned char *out, size_t need)
{
	unsigned char *first = out + need + MATCH_MAX;	/* behind it: the room is there */
	bool same;

	if (need + MATCH_MAX > SPUR_DEFLATE_SLACK - MATCH_MAX)
		return false;
	memset(out, 0, need);
	if (!stops_behind(d, in, len, out, need, MATCH_MAX))
		return false;
	memcpy(first, out, need);
	memset(out, 0xff, need);
	same = stops_behind(d, in, len, out, need, MATCH_MAX) && memcmp(first, out, need) == 0;
	return same;
}

enum spur_status spur_deflate_unpack_first(const void *in, size_t len, void *out, size_t need, struct spur_error *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	bool got;

	if (d == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no memory to inflate");
	got = little_will_do(d, in, len, out, need) || stops_behind(d, in, len, out, need, SPUR_DEFLATE_SLACK);
	libdeflate_free_decompressor(d);
	return got ? SPUR_OK :
	       spur_fail_byte(err, SPUR_EFORMAT, 0, "deflate: %zu packed bytes do not give the first %zu", len, need);
}

void spur_deflate_pack(const void *in, size_t len, int level, struct spur_buf *out)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(level == 0 ? 6 : level);
	size_t bound;

	if (c == NULL)
		spur_out_of_memory();
	bound = libdeflate_zlib_compress_bound(c, len);
	out->len += libdeflate_zlib_compress(c, in, len, spur_buf_reserve(out, bound), bound);
	libdeflate_free_compressor(c);
}
