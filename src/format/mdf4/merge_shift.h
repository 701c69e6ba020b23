#ifndef SPUR_FORMAT_MDF4_MERGE_SHIFT_H
#define SPUR_FORMAT_MDF4_MERGE_SHIFT_H

#include "format/mdf4/mdf.h"

/*
 * Master values of records that go behind those of another file: they count from its start. The
 * raw value gets the difference, in its own type, byte order and conversion.
 */
struct mdf_shift;

/* For a group whose master is time, or which has none. *last is the time of the last record so far, in seconds from the start of the
 * other file, NaN before the first; borrowed. SPUR_EUNSUPPORTED: a master whose values cannot be moved. */
enum spur_status mdf_shift_create(struct spur_reader *r, uint32_t group, spur_ns shift_ns, double *last, struct mdf_shift **out,
				  struct spur_error *err);
void mdf_shift_destroy(struct mdf_shift *s);	/* NULL is fine */
/* Moves the master of n records, `stride` bytes apart, in place. SPUR_EUNSUPPORTED: a value that the raw type
 * cannot hold to half a nanosecond, or a first record that lies before *last. */
enum spur_status mdf_shift_rows(struct mdf_shift *s, unsigned char *records, size_t n, size_t stride,
				struct spur_error *err);

/* The linear conversion of a master: physical = p[0] + p[1] * raw. SPUR_EUNSUPPORTED for another one. */
enum spur_status mdf_shift_linear(struct spur_reader *r, uint32_t channel, double p[2], struct spur_error *err);

#endif
