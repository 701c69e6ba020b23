#include "config.h"

#include "decode/binval.h"

#include <math.h>

enum spur_status spur_binval_fail(struct spur_binval *b, const char *why)
{
	return spur_fail_byte(b->err, SPUR_EFORMAT, b->pos, "%s byte %zu: %s", b->what, b->pos, why);
}

enum spur_status spur_binval_number(struct spur_binval *b, unsigned size, uint64_t *out)
{
	if (b->len - b->pos < size)
		return spur_binval_fail(b, "it breaks off");
	*out = 0;
	for (unsigned i = 0; i < size; i++)
		*out = *out << 8 | b->data[b->pos++];
	return SPUR_OK;
}

enum spur_status spur_binval_take(struct spur_binval *b, uint64_t len, const char **out)
{
	if (len > b->len - b->pos)
		return spur_binval_fail(b, "a length past the end");
	*out = (const char *)b->data + b->pos;
	b->pos += (size_t)len;
	return SPUR_OK;
}

float spur_half(uint16_t bits)
{
	int exponent = bits >> 10 & 31;
	float fraction = (float)(bits & 1023) / 1024.0f;
	float v = exponent == 0 ? ldexpf(fraction, -14) : exponent < 31 ? ldexpf(1.0f + fraction, exponent - 15) :
		  (bits & 1023) == 0 ? INFINITY : NAN;

	return (bits & 0x8000) != 0 ? -v : v;
}
