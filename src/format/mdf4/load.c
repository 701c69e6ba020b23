#include "config.h"

#include "format/mdf4/load.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"

bool mdf_is_text(const struct mdf_channel *c)
{
	return (c->data_type >= MDF_LATIN1 && c->data_type <= MDF_UTF16BE) || c->data_type == MDF_BOM_TEXT;
}

bool mdf_is_virtual(const struct mdf_channel *c)
{
	return c->shape == MDF_SCALAR && (c->type == MDF_CN_VIRTUAL || c->type == MDF_CN_VIRTUAL_MASTER);
}

bool mdf_is_integer(const struct mdf_channel *c)
{
	return mdf_is_virtual(c) || (c->data_type <= MDF_INT_BE && c->bits <= 64);
}

static enum spur_type integer_type(bool is_signed, uint32_t bits)
{
	if (bits <= 8)
		return is_signed ? SPUR_TYPE_I8 : SPUR_TYPE_U8;
	if (bits <= 16)
		return is_signed ? SPUR_TYPE_I16 : SPUR_TYPE_U16;
	if (bits <= 32)
		return is_signed ? SPUR_TYPE_I32 : SPUR_TYPE_U32;
	return is_signed ? SPUR_TYPE_I64 : SPUR_TYPE_U64;
}

enum spur_type mdf_raw_type(const struct mdf_channel *c)
{
	if (c->shape != MDF_SCALAR)
		return SPUR_TYPE_BYTES;
	if (mdf_is_virtual(c))
		return SPUR_TYPE_U64;
	if (mdf_is_text(c) || c->data_type == MDF_CANOPEN_DATE || c->data_type == MDF_CANOPEN_TIME ||
	    c->data_type == MDF_COMPLEX_LE || c->data_type == MDF_COMPLEX_BE)
		return SPUR_TYPE_TEXT;
	if (c->type == MDF_CN_VLSD || c->type == MDF_CN_MLSD || c->type == MDF_CN_VLSC || c->data_type > MDF_REAL_BE ||
	    (c->data_type <= MDF_INT_BE && c->bits > 64))
		return SPUR_TYPE_BYTES;
	if (c->data_type >= MDF_REAL_LE)
		return c->bits == 64 ? SPUR_TYPE_F64 : SPUR_TYPE_F32;
	return integer_type(c->data_type >= MDF_INT_LE, c->bits);
}

uint64_t mdf_value_bytes(const struct mdf_channel *c)
{
	return mdf_is_virtual(c) ? 0 : ((uint64_t)c->bit_offset + c->bits + 7) / 8;
}

/* n <= 9 bytes in the file's order, as bytes from the least significant on. */
static void in_order(const struct mdf_channel *c, const unsigned char *p, size_t n, unsigned char out[16])
{
	bool big = c->data_type == MDF_UINT_BE || c->data_type == MDF_INT_BE || c->data_type == MDF_REAL_BE;

	memset(out, 0, 16);
	for (size_t i = 0; i < n; i++)
		out[i] = p[big ? n - 1 - i : i];
}

uint64_t mdf_load_uint(const struct mdf_channel *c, const unsigned char *p)
{
	unsigned char raw[16];
	uint64_t v;

	in_order(c, p, (size_t)mdf_value_bytes(c), raw);
	v = spur_le64(raw) >> c->bit_offset;
	if (c->bit_offset > 0)
		v |= (uint64_t)raw[8] << (64 - c->bit_offset);
	return c->bits >= 64 ? v : v & ((UINT64_C(1) << c->bits) - 1);
}

static int64_t extend(uint64_t v, uint32_t bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);

	return (int64_t)((v ^ sign) - sign);
}

/* IEEE 754 binary16. */
static float half(uint64_t h)
{
	int exponent = (int)(h >> 10 & 31);
	float mantissa = (float)(h & 1023), v;

	if (exponent == 0)
		v = ldexpf(mantissa, -24);
	else if (exponent < 31)
		v = ldexpf(mantissa + 1024, exponent - 25);
	else
		v = mantissa == 0 ? (float)INFINITY : (float)NAN;
	return (h & 0x8000) != 0 ? -v : v;
}

static float as_f32(const struct mdf_channel *c, uint64_t v)
{
	uint32_t bits = (uint32_t)v;
	float f;

	if (c->bits == 16)
		return half(v);
	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* Whole little-endian values need no bit work: one loop per width, which the compiler unrolls. */
#define COPY_LOOP(type) \
	for (size_t i = 0; i < n; i++, p += stride) \
		memcpy((type *)out + i, p, sizeof(type))

static bool copy_whole(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, void *out)
{
	if (c->bit_offset != 0 || (c->data_type & 1) != 0 || (c->data_type == MDF_REAL_LE && c->bits == 16))
		return false;
	switch (c->bits) {
	case 8: COPY_LOOP(uint8_t); return true;
	case 16: COPY_LOOP(uint16_t); return true;
	case 32: COPY_LOOP(uint32_t); return true;
	case 64: COPY_LOOP(uint64_t); return true;
	default: return false;
	}
}

static void store(const struct mdf_channel *c, enum spur_type type, uint64_t v, void *out, size_t i)
{
	switch (type) {
	case SPUR_TYPE_U8: ((uint8_t *)out)[i] = (uint8_t)v; break;
	case SPUR_TYPE_U16: ((uint16_t *)out)[i] = (uint16_t)v; break;
	case SPUR_TYPE_U32: ((uint32_t *)out)[i] = (uint32_t)v; break;
	case SPUR_TYPE_U64: ((uint64_t *)out)[i] = v; break;
	case SPUR_TYPE_I8: ((int8_t *)out)[i] = (int8_t)extend(v, c->bits); break;
	case SPUR_TYPE_I16: ((int16_t *)out)[i] = (int16_t)extend(v, c->bits); break;
	case SPUR_TYPE_I32: ((int32_t *)out)[i] = (int32_t)extend(v, c->bits); break;
	case SPUR_TYPE_I64: ((int64_t *)out)[i] = extend(v, c->bits); break;
	case SPUR_TYPE_F32: ((float *)out)[i] = as_f32(c, v); break;
	case SPUR_TYPE_F64: memcpy((double *)out + i, &v, sizeof(v)); break;
	default: break;
	}
}

void mdf_load(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, void *out)
{
	enum spur_type type = mdf_raw_type(c);

	if (copy_whole(c, p, stride, n, out))
		return;
	for (size_t i = 0; i < n; i++, p += stride)
		store(c, type, mdf_load_uint(c, p), out, i);
}

#define F64_LOOP(type) \
	for (size_t i = 0; i < n; i++, p += stride) { \
		type v; \
		memcpy(&v, p, sizeof(v)); \
		out[i] = (double)v; \
	}

/* The common layouts straight to doubles. */
static bool f64_whole(enum spur_type type, const unsigned char *p, size_t stride, size_t n, double *out)
{
	switch (type) {
	case SPUR_TYPE_U8: F64_LOOP(uint8_t); return true;
	case SPUR_TYPE_U16: F64_LOOP(uint16_t); return true;
	case SPUR_TYPE_U32: F64_LOOP(uint32_t); return true;
	case SPUR_TYPE_U64: F64_LOOP(uint64_t); return true;
	case SPUR_TYPE_I8: F64_LOOP(int8_t); return true;
	case SPUR_TYPE_I16: F64_LOOP(int16_t); return true;
	case SPUR_TYPE_I32: F64_LOOP(int32_t); return true;
	case SPUR_TYPE_I64: F64_LOOP(int64_t); return true;
	case SPUR_TYPE_F32: F64_LOOP(float); return true;
	case SPUR_TYPE_F64: F64_LOOP(double); return true;
	default: return false;
	}
}

/* The layout is a whole little-endian value of its type. */
static bool is_whole(const struct mdf_channel *c, enum spur_type type)
{
	return c->bit_offset == 0 && (c->data_type & 1) == 0 && c->bits == 8 * spur_type_size(type);
}

bool mdf_is_native(const struct mdf_channel *c)
{
	return is_whole(c, mdf_raw_type(c));
}

void mdf_load_f64(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, double *out)
{
	enum spur_type type = mdf_raw_type(c);

	if (is_whole(c, type) && f64_whole(type, p, stride, n, out))
		return;
	for (size_t i = 0; i < n; i++, p += stride) {
		uint64_t v = mdf_load_uint(c, p), one;

		store(c, type, v, &one, 0);
		f64_whole(type, (const unsigned char *)&one, 0, 1, out + i);
	}
}

#define LINEAR_LOOP(type) \
	for (size_t i = 0; i < n; i++, p += stride) { \
		type v; \
		memcpy(&v, p, sizeof(v)); \
		out[i] = (double)v * factor + offset; \
	}

bool mdf_load_linear(const struct mdf_channel *c, const unsigned char *p, size_t stride, size_t n, double factor,
		     double offset, double *out)
{
	enum spur_type type = mdf_raw_type(c);

	if (!is_whole(c, type))
		return false;
	switch (type) {
	case SPUR_TYPE_U8: LINEAR_LOOP(uint8_t); return true;
	case SPUR_TYPE_U16: LINEAR_LOOP(uint16_t); return true;
	case SPUR_TYPE_U32: LINEAR_LOOP(uint32_t); return true;
	case SPUR_TYPE_I8: LINEAR_LOOP(int8_t); return true;
	case SPUR_TYPE_I16: LINEAR_LOOP(int16_t); return true;
	case SPUR_TYPE_I32: LINEAR_LOOP(int32_t); return true;
	case SPUR_TYPE_F32: LINEAR_LOOP(float); return true;
	case SPUR_TYPE_F64: LINEAR_LOOP(double); return true;
	default: return false;
	}
}
