#ifndef SPUR_BASE_DECIMAL_H
#define SPUR_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text of m 2^e, where m has `bits` bits (53 or 24: a double, a float) and the first of them is set: the nearest decimal of
 * `fewest` digits that reads back as the same, or of one more, up to `most` (17 at most) in any case; as printf()'s %g
 * writes it. 0: not known without exact arithmetic (powers of two; about one value in 10^15 else), or out of range.
 */
size_t spur_decimal(bool minus, uint64_t m, int e, unsigned bits, unsigned fewest, unsigned most, char out[32]);

#endif
