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
/* A part of the columns alone: byte k of n rows lies at planes + k * stride. Out: n rows of `width` bytes. */
void spur_planes_join(const void *planes, size_t stride, size_t width, size_t n, void *out);
/* Neighbouring values of one size (1, 2, 4, 8 bytes) in n rows that lie stride bytes apart, the first at `rows`: value k of
 * row i goes to place i of out[k]. */
void spur_columns_split(const void *rows, size_t stride, size_t size, size_t count, size_t n, void *const *out);

#endif
