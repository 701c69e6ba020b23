#include "config.h"

#include "model/extent.h"

#include <math.h>
#include <stdbool.h>

/*
 * The loops are plain, in lanes that a compiler turns into vectors; where it can, it makes the same loop for a newer
 * instruction set as well and the processor picks. Neither changes the order in which a lane adds.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
	!defined(__SANITIZE_THREAD__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif

enum {
	RUN = 32768,	/* of 16-bit numbers: has its sum in 32 bits */
	LANES = 16,
	BLOCK = 16 * LANES,
};

/* Integers: runs of which the sum fits `narrow`, together in `wide`, which a batch cannot fill. */
#define DEFINE_INTEGERS(name, type, narrow, wide)								\
	CLONED static void name(const type *v, size_t n, struct spur_extent *out)				\
	{													\
		type min = v[0], max = v[0];									\
		wide all = 0;											\
														\
		for (size_t from = 0; from < n; from += RUN) {							\
			size_t to = n - from < RUN ? n : from + RUN;						\
			narrow sum = 0;										\
														\
			for (size_t i = from; i < to; i++) {							\
				min = v[i] < min ? v[i] : min;							\
				max = v[i] > max ? v[i] : max;							\
				sum += v[i];									\
			}											\
			all += sum;										\
		}												\
		*out = (struct spur_extent){ n, (double)min, (double)max, (double)all, 0 };			\
		out->carry = (double)(all - (wide)out->sum);	/* beyond 2^53: what rounding lost */		\
	}

DEFINE_INTEGERS(of_u8, uint8_t, uint32_t, int64_t)
DEFINE_INTEGERS(of_i8, int8_t, int32_t, int64_t)
DEFINE_INTEGERS(of_u16, uint16_t, uint32_t, int64_t)
DEFINE_INTEGERS(of_i16, int16_t, int32_t, int64_t)
DEFINE_INTEGERS(of_u32, uint32_t, uint64_t, int64_t)
DEFINE_INTEGERS(of_i32, int32_t, int64_t, int64_t)

/* Neumaier's sum of one more number. */
static void add(struct spur_extent *e, double x)
{
	double t = e->sum + x;

	if (isfinite(t))
		e->carry += fabs(e->sum) >= fabs(x) ? e->sum - t + x : x - t + e->sum;
	e->sum = t;
}

/* One by one: what is not finite is among them. */
#define DEFINE_SLOW(name, type)											\
	static void name(const type *v, size_t n, struct spur_extent *out)					\
	{													\
		*out = (struct spur_extent){ 0 };								\
		for (size_t i = 0; i < n; i++) {								\
			double x = (double)v[i];								\
														\
			if (isnan(x))										\
				continue;									\
			out->min = out->n == 0 || x < out->min ? x : out->min;					\
			out->max = out->n == 0 || x > out->max ? x : out->max;					\
			out->n++;										\
			add(out, x);										\
		}												\
	}

/* Lanes are added plainly over BLOCK values, where that costs the last two bits at most, and the blocks with care. */
#define DEFINE_DOUBLES(name, slow, type)									\
	DEFINE_SLOW(slow, type)											\
	CLONED static void name(const type *v, size_t n, struct spur_extent *out)				\
	{													\
		type min[LANES], max[LANES];									\
		size_t whole = n - n % LANES;									\
		bool finite = true;										\
														\
		*out = (struct spur_extent){ .n = n };								\
		for (size_t k = 0; k < LANES; k++)								\
			min[k] = max[k] = v[0];									\
		for (size_t from = 0; from < whole; from += BLOCK) {						\
			size_t to = whole - from < BLOCK ? whole : from + BLOCK;				\
			double sum[LANES] = { 0 }, all = 0;							\
														\
			for (size_t i = from; i < to; i += LANES) {						\
				for (size_t k = 0; k < LANES; k++) {						\
					type x = v[i + k];							\
														\
					min[k] = x < min[k] ? x : min[k];					\
					max[k] = x > max[k] ? x : max[k];					\
					sum[k] += (double)x;							\
				}										\
			}											\
			for (size_t k = 0; k < LANES; k++)							\
				all += sum[k];									\
			finite = finite && isfinite(all);							\
			add(out, all);										\
		}												\
		for (size_t i = whole; i < n; i++) {								\
			min[0] = v[i] < min[0] ? v[i] : min[0];							\
			max[0] = v[i] > max[0] ? v[i] : max[0];							\
			finite = finite && isfinite((double)v[i]);						\
			add(out, (double)v[i]);									\
		}												\
		for (size_t k = 1; k < LANES; k++) {								\
			min[0] = min[k] < min[0] ? min[k] : min[0];						\
			max[0] = max[k] > max[0] ? max[k] : max[0];						\
		}												\
		out->min = (double)min[0];									\
		out->max = (double)max[0];									\
		if (!finite)	/* also any NaN: it stays in its sum */						\
			slow(v, n, out);									\
	}

DEFINE_DOUBLES(of_f32, slow_f32, float)
DEFINE_DOUBLES(of_f64, slow_f64, double)
DEFINE_DOUBLES(of_u64, slow_u64, uint64_t)
DEFINE_DOUBLES(of_i64, slow_i64, int64_t)

void spur_extent_of(enum spur_type type, const void *data, size_t n, struct spur_extent *out)
{
	*out = (struct spur_extent){ 0 };
	if (n == 0)
		return;
	switch (type) {
	case SPUR_TYPE_BOOL:
	case SPUR_TYPE_U8: of_u8(data, n, out); break;
	case SPUR_TYPE_I8: of_i8(data, n, out); break;
	case SPUR_TYPE_U16: of_u16(data, n, out); break;
	case SPUR_TYPE_I16: of_i16(data, n, out); break;
	case SPUR_TYPE_U32: of_u32(data, n, out); break;
	case SPUR_TYPE_I32: of_i32(data, n, out); break;
	case SPUR_TYPE_U64: of_u64(data, n, out); break;
	case SPUR_TYPE_I64: of_i64(data, n, out); break;
	case SPUR_TYPE_F32: of_f32(data, n, out); break;
	case SPUR_TYPE_F64: of_f64(data, n, out); break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES: break;
	}
}

void spur_extent_scale(struct spur_extent *e, double factor, double offset)
{
	double a = e->min * factor + offset, b = e->max * factor + offset, sum = e->sum * factor;
	double more = e->carry * factor + (double)e->n * offset;

	e->min = factor < 0 ? b : a;
	e->max = factor < 0 ? a : b;
	e->sum = sum;
	e->carry = 0;
	add(e, more);
	if (e->n == 0)
		*e = (struct spur_extent){ 0 };
}

void spur_extent_join(struct spur_extent *e, const struct spur_extent *more)
{
	if (more->n == 0)
		return;
	if (e->n == 0) {
		*e = *more;
		return;
	}
	e->n += more->n;
	e->min = more->min < e->min ? more->min : e->min;
	e->max = more->max > e->max ? more->max : e->max;
	add(e, more->sum);
	add(e, more->carry);
}
