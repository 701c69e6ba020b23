#ifndef SPUR_CODEC_LZ4_H
#define SPUR_CODEC_LZ4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * LZ4 frames ("LZ4 Frame Format" 1.6.x), both ways, and raw blocks one way. All calls are
 * safe from any thread. Several frames in a row count as one, skippable frames are skipped,
 * bytes behind the last frame that start no frame are padding.
 */

/* At most cap bytes to out, *got of them; valid also on failure: what was intact up to there.
 * raw_fallback: data that starts no frame is one raw block (MDF does not say which it has).
 * SPUR_EFORMAT: damaged, cut off or larger than cap; err->offset is the byte in `in`. */
enum spur_status spur_lz4_unpack(const void *in, size_t len, bool raw_fallback, void *out, size_t cap, size_t *got,
				 struct spur_error *err);
/* Appends one frame with content size and checksum. level as lz4 has it, 0: fast. */
void spur_lz4_pack(const void *in, size_t len, int level, struct spur_buf *out);

#endif
