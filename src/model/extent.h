#ifndef SPUR_MODEL_EXTENT_H
#define SPUR_MODEL_EXTENT_H

#include <stddef.h>
#include <stdint.h>

#include "model/columns.h"

/*
 * Count, least, most and sum of a run of numbers in one pass over them, as they lie: no value becomes a double that
 * need not. Any thread.
 *
 * The sum of integers of up to 32 bits is exact; that of others is taken in blocks and lanes whose sums are compensated
 * (Neumaier). Their number does not depend on the machine, so the same values in the same runs give the same figures everywhere.
 */
struct spur_extent {
	uint64_t n;		/* numbers that are not NaN */
	double min, max;	/* of them; 0 where n is 0 */
	double sum, carry;	/* the sum is sum + carry */
};

/* Of n values of a number type, NaN left out. */
void spur_extent_of(enum spur_type type, const void *data, size_t n, struct spur_extent *out);
/* That of the values x * factor + offset, both finite. */
void spur_extent_scale(struct spur_extent *e, double factor, double offset);
/* That of both runs; e is all zero or that of the values before. */
void spur_extent_join(struct spur_extent *e, const struct spur_extent *more);

#endif
