#ifndef SPUR_CODEC_TRANSPOSE_H
#define SPUR_CODEC_TRANSPOSE_H

#include <stddef.h>

/*
 * The byte transposition of MDF's DZ blocks (MDF 4.1, "DZBLOCK", zip type 1): rows of
 * row_bytes are stored column by column; the len % row_bytes bytes at the end stay as they
 * are. row_bytes 0 or more than len copies. in and out do not overlap.
 */
void spur_transpose(const void *in, size_t len, size_t row_bytes, void *out);	/* rows to columns */
void spur_untranspose(const void *in, size_t len, size_t row_bytes, void *out);	/* and back */

#endif
