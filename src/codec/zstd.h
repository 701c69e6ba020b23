#ifndef SPUR_CODEC_ZSTD_H
#define SPUR_CODEC_ZSTD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Zstandard frames (RFC 8878), both ways. All calls are safe from any thread.
 * Several frames in a row count as one, skippable frames are skipped, frames without a
 * content size are fine, and bytes behind the last frame that start no frame are padding.
 */

/* At most cap bytes to out, *got of them; valid also on failure: what was intact up to there, but nothing of a
 * frame whose header wants a window above 32 MiB. No header makes it allocate more than that.
 * SPUR_EFORMAT: damaged, cut off or larger than cap (*got is cap then, with the same exception); err->offset is
 * the byte in `in`, of the block. */
enum spur_status spur_zstd_unpack(const void *in, size_t len, void *out, size_t cap, size_t *got,
				  struct spur_error *err);
/* Appends one frame with content size and checksum. level as zstd has it, 0: 3. */
void spur_zstd_pack(const void *in, size_t len, int level, struct spur_buf *out);

#endif
