#include "config.h"

#include "stats.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { LANES = 8 };

#define DEFINE_ADD(name, ctype)										\
	static void add_##name(struct bench_stats *s, const ctype *v, size_t n, double factor, double offset)	\
	{												\
		double min[LANES], max[LANES], sum[LANES];						\
		size_t i = 0;										\
													\
		for (size_t k = 0; k < LANES; k++) {							\
			min[k] = s->min;								\
			max[k] = s->max;								\
			sum[k] = 0;									\
		}											\
		for (; i + LANES <= n; i += LANES) {							\
			for (size_t k = 0; k < LANES; k++) {						\
				double x = (double)v[i + k] * factor + offset;				\
													\
				min[k] = x < min[k] ? x : min[k];					\
				max[k] = x > max[k] ? x : max[k];					\
				sum[k] += x;								\
			}										\
		}											\
		for (; i < n; i++) {									\
			double x = (double)v[i] * factor + offset;					\
													\
			min[0] = x < min[0] ? x : min[0];						\
			max[0] = x > max[0] ? x : max[0];						\
			sum[0] += x;									\
		}											\
		for (size_t k = 0; k < LANES; k++)							\
			bench_stats_join(s, &(struct bench_stats){ 0, min[k], max[k], sum[k] });	\
		s->n += n;										\
	}

DEFINE_ADD(u8, uint8_t)
DEFINE_ADD(i8, int8_t)
DEFINE_ADD(u16, uint16_t)
DEFINE_ADD(i16, int16_t)
DEFINE_ADD(u32, uint32_t)
DEFINE_ADD(i32, int32_t)
DEFINE_ADD(u64, uint64_t)
DEFINE_ADD(i64, int64_t)
DEFINE_ADD(f32, float)
DEFINE_ADD(f64, double)

void bench_stats_add(struct bench_stats *s, enum spur_type type, const void *v, size_t n, double factor, double offset)
{
	switch (type) {
	case SPUR_TYPE_BOOL:
	case SPUR_TYPE_U8: add_u8(s, v, n, factor, offset); break;
	case SPUR_TYPE_I8: add_i8(s, v, n, factor, offset); break;
	case SPUR_TYPE_U16: add_u16(s, v, n, factor, offset); break;
	case SPUR_TYPE_I16: add_i16(s, v, n, factor, offset); break;
	case SPUR_TYPE_U32: add_u32(s, v, n, factor, offset); break;
	case SPUR_TYPE_I32: add_i32(s, v, n, factor, offset); break;
	case SPUR_TYPE_U64: add_u64(s, v, n, factor, offset); break;
	case SPUR_TYPE_I64: add_i64(s, v, n, factor, offset); break;
	case SPUR_TYPE_F32: add_f32(s, v, n, factor, offset); break;
	case SPUR_TYPE_F64: add_f64(s, v, n, factor, offset); break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES: break;
	}
}
