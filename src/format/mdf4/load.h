#ifndef SPUR_FORMAT_MDF4_LOAD_H
#define SPUR_FORMAT_MDF4_LOAD_H

#include "format/mdf4/mdf.h"

/*
 * Samples out of records: an integer of `bits` bits that starts `bit_offset` bits into its
 * first byte (counted from the least significant bit of the number the bytes make), in
 * either byte order; reals of 16, 32 and 64 bits.
 */

/* The type a sample has in memory before any conversion. */
enum spur_type mdf_raw_type(const struct mdf_channel *c);
/* Its raw value lies in the file as it does in a column. */
bool mdf_is_native(const struct mdf_channel *c);
/* Bytes of the record that the value (or its VLSD offset) takes, from byte_offset on. */
uint64_t mdf_value_bytes(const struct mdf_channel *c);
/* Its value is the number of the record: it has no bytes there. */
bool mdf_is_virtual(const struct mdf_channel *c);
bool mdf_is_integer(const struct mdf_channel *c);
bool mdf_is_text(const struct mdf_channel *c);

/* One unsigned integer; p is at byte_offset. At most 64 bits. */
uint64_t mdf_load_uint(const struct mdf_channel *c, const unsigned char *p);
/* n samples, `stride` bytes apart, first at p (already at byte_offset), in their raw type. */
void mdf_load(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, void *out);
/* The same as doubles. */
void mdf_load_f64(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, double *out);

/* The same, times factor plus offset, in one go for whole little-endian values; false: the layout is another one. */
bool mdf_load_linear(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, double factor,
		     double offset, double *out);

#endif
