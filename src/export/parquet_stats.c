#include "config.h"

#include "export/parquet.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"

/* Every fixed-width type widens to one of three without loss. */
union wide {
	int64_t i;
	uint64_t u;
	double f;
};

enum order { SIGNED, UNSIGNED, REAL };

static enum order order_of(enum spur_type t)
{
	switch (t) {
	case SPUR_TYPE_I8: case SPUR_TYPE_I16: case SPUR_TYPE_I32: case SPUR_TYPE_I64: return SIGNED;
	case SPUR_TYPE_F32: case SPUR_TYPE_F64: return REAL;
	default: return UNSIGNED;
	}
}

static union wide widen(enum spur_type t, const void *data, size_t i)
{
	switch (t) {
	case SPUR_TYPE_I8: return (union wide){ .i = ((const int8_t *)data)[i] };
	case SPUR_TYPE_I16: return (union wide){ .i = ((const int16_t *)data)[i] };
	case SPUR_TYPE_I32: return (union wide){ .i = ((const int32_t *)data)[i] };
	case SPUR_TYPE_I64: return (union wide){ .i = ((const int64_t *)data)[i] };
	case SPUR_TYPE_BOOL: case SPUR_TYPE_U8: return (union wide){ .u = ((const uint8_t *)data)[i] };
	case SPUR_TYPE_U16: return (union wide){ .u = ((const uint16_t *)data)[i] };
	case SPUR_TYPE_U32: return (union wide){ .u = ((const uint32_t *)data)[i] };
	case SPUR_TYPE_F32: return (union wide){ .f = (double)((const float *)data)[i] };
	case SPUR_TYPE_F64: return (union wide){ .f = ((const double *)data)[i] };
	default: return (union wide){ .u = ((const uint64_t *)data)[i] };
	}
}

static bool less(enum order o, union wide a, union wide b)
{
	return o == SIGNED ? a.i < b.i : o == UNSIGNED ? a.u < b.u : a.f < b.f;
}

/* The stored form: booleans are one byte, small integers are int32. */
static size_t narrow(enum spur_type t, union wide v, unsigned char *out)
{
	float f = (float)v.f;

	switch (t) {
	case SPUR_TYPE_BOOL: out[0] = (unsigned char)v.u; return 1;
	case SPUR_TYPE_F32: memcpy(out, &f, 4); return 4;
	case SPUR_TYPE_F64: memcpy(out, &v.f, 8); return 8;
	case SPUR_TYPE_I64: case SPUR_TYPE_U64: memcpy(out, &v.u, 8); return 8;
	default: memcpy(out, &v.u, 4); return 4;	/* little endian: the low half */
	}
}

static union wide restore(enum spur_type t, const unsigned char *in)
{
	switch (t) {
	case SPUR_TYPE_BOOL: return (union wide){ .u = in[0] };
	case SPUR_TYPE_F32: return (union wide){ .f = (double)spur_lef32(in) };
	case SPUR_TYPE_F64: return (union wide){ .f = spur_lef64(in) };
	case SPUR_TYPE_I64: case SPUR_TYPE_U64: return (union wide){ .u = spur_le64(in) };
	case SPUR_TYPE_I8: case SPUR_TYPE_I16: case SPUR_TYPE_I32:
		return (union wide){ .i = (int32_t)spur_le32(in) };
	default: return (union wide){ .u = spur_le32(in) };
	}
}

static void add_numbers(struct spur_parquet_stats *s, const struct spur_column *col, size_t from, size_t to)
{
	enum order o = order_of(col->type);
	union wide lo = { 0 }, hi = { 0 };
	bool some = s->some;

	if (some) {
		lo = restore(col->type, s->min);
		hi = restore(col->type, s->max);
	}
	for (size_t i = from; i < to; i++) {
		union wide v;

		if (!spur_column_valid(col, i))
			continue;
		v = widen(col->type, col->data, i);
		if (o == REAL && isnan(v.f))
			continue;
		lo = !some || less(o, v, lo) ? v : lo;
		hi = !some || less(o, hi, v) ? v : hi;
		some = true;
	}
	if (!some)
		return;
	/* parquet.thrift, ColumnOrder: a zero bound is written as -0 below and +0 above. */
	if (o == REAL && lo.f == 0)
		lo.f = -0.0;
	if (o == REAL && hi.f == 0)
		hi.f = 0.0;
	s->some = true;
	s->min_len = narrow(col->type, lo, s->min);
	s->max_len = narrow(col->type, hi, s->max);
}

static int compare(const void *a, size_t alen, const void *b, size_t blen)
{
	int c = memcmp(a, b, alen < blen ? alen : blen);

	return c != 0 ? c : alen < blen ? -1 : alen > blen;
}

/* The caller has seen to it that every value fits. */
static void add_texts(struct spur_parquet_stats *s, const struct spur_column *col, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		size_t len;
		const char *v = spur_column_bytes(col, i, &len);

		if (!spur_column_valid(col, i))
			continue;
		if (len > 0 && (!s->some || compare(v, len, s->min, s->min_len) < 0))
			memcpy(s->min, v, s->min_len = len);
		else if (!s->some || len == 0)
			s->min_len = 0;
		if (len > 0 && (!s->some || compare(v, len, s->max, s->max_len) > 0))
			memcpy(s->max, v, s->max_len = len);
		else if (!s->some)
			s->max_len = 0;
		s->some = true;
	}
}

void spur_parquet_stats_add(struct spur_parquet_stats *s, const struct spur_column *col, size_t from, size_t to)
{
	if (spur_type_is_number(col->type))
		add_numbers(s, col, from, to);
	else
		add_texts(s, col, from, to);
}
