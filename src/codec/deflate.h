#ifndef SPUR_CODEC_DEFLATE_H
#define SPUR_CODEC_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * zlib format (RFC 1950) by libdeflate, both ways; what MDF calls zip type 0. All calls are
 * safe from any thread. Bytes behind the end of the stream are ignored: files pad their blocks.
 */

/* At most cap bytes to out, *got of them. SPUR_EFORMAT: damaged, cut off or larger than cap
 * (then *got is 0: libdeflate cannot say how far it came); err->offset is the byte in `in`
 * as far as it is known, else 0. */
enum spur_status spur_deflate_unpack(const void *in, size_t len, void *out, size_t cap, size_t *got,
				     struct spur_error *err);
/* The first `need` bytes only; in may be the beginning of a stream. out has room for need +
 * SPUR_DEFLATE_SLACK bytes. SPUR_EFORMAT: damaged, or len is too little to come so far. */
#define SPUR_DEFLATE_SLACK 66048u
enum spur_status spur_deflate_unpack_first(const void *in, size_t len, void *out, size_t need, struct spur_error *err);
/* Appends. level 1 to 12, 0: 6. */
void spur_deflate_pack(const void *in, size_t len, int level, struct spur_buf *out);

#endif
