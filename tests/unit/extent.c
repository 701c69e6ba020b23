#include "config.h"

#include "model/extent.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/transpose.h"
#include "tests/tap.h"

enum { MANY = 100003 };

static uint64_t seed = 12345;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 11;
}

/* The same, one by one, in the widest type there is. */
#define CHECK(type, id, from)											\
	do {													\
		type *v = malloc(MANY * sizeof(*v)), min, max;							\
		long double sum = 0;										\
		struct spur_extent e;										\
														\
		for (size_t i = 0; i < MANY; i++)								\
			v[i] = (type)(from);									\
		min = max = v[0];										\
		for (size_t i = 0; i < MANY; i++) {								\
			min = v[i] < min ? v[i] : min;								\
			max = v[i] > max ? v[i] : max;								\
			sum += (long double)v[i];								\
		}												\
		spur_extent_of(id, v, MANY, &e);								\
		ok(e.n == MANY && e.min == (double)min && e.max == (double)max, "least and most of " #type);	\
		ok(fabsl((long double)e.sum + (long double)e.carry - sum) <= fabsl(sum) * 1e-15L, "sum of " #type);	\
		free(v);											\
	} while (0)

static void every_type(void)
{
	CHECK(uint8_t, SPUR_TYPE_U8, next_random());
	CHECK(int8_t, SPUR_TYPE_I8, next_random());
	CHECK(uint16_t, SPUR_TYPE_U16, next_random());
	CHECK(int16_t, SPUR_TYPE_I16, next_random());
	CHECK(uint32_t, SPUR_TYPE_U32, next_random());
	CHECK(int32_t, SPUR_TYPE_I32, next_random());
	CHECK(uint64_t, SPUR_TYPE_U64, next_random());
	CHECK(int64_t, SPUR_TYPE_I64, next_random());
	CHECK(float, SPUR_TYPE_F32, (double)next_random() * 1e-9);
	CHECK(double, SPUR_TYPE_F64, (double)next_random() * 1e-9);
}

/* The most that 16 bits hold, everywhere: 32 bits must not overflow. */
static void full_lanes(void)
{
	uint16_t *v = malloc(MANY * sizeof(*v));
	int16_t *w = malloc(MANY * sizeof(*w));
	struct spur_extent e;

	for (size_t i = 0; i < MANY; i++) {
		v[i] = UINT16_MAX;
		w[i] = INT16_MIN;
	}
	spur_extent_of(SPUR_TYPE_U16, v, MANY, &e);
	ok(e.sum == 65535.0 * MANY, "a sum of the largest numbers");
	spur_extent_of(SPUR_TYPE_I16, w, MANY, &e);
	ok(e.sum == -32768.0 * MANY, "and of the least");
	free(v);
	free(w);
}

static void what_is_no_number(void)
{
	double v[100];
	struct spur_extent e;

	for (size_t i = 0; i < 100; i++)
		v[i] = (double)i;
	v[0] = v[50] = (double)NAN;
	spur_extent_of(SPUR_TYPE_F64, v, 100, &e);
	ok(e.n == 98 && e.min == 1 && e.max == 99 && e.sum + e.carry == 4900, "NaN is left out");
	v[7] = (double)INFINITY;
	spur_extent_of(SPUR_TYPE_F64, v, 100, &e);
	ok(e.n == 98 && isinf(e.max) && isinf(e.sum), "infinity counts");
	v[0] = (double)NAN;
	spur_extent_of(SPUR_TYPE_F64, v, 1, &e);
	ok(e.n == 0 && e.min == 0 && e.sum == 0, "nothing but NaN is nothing");
}

static void scaled_and_joined(void)
{
	uint8_t v[] = { 10, 20, 30 };
	struct spur_extent e, all = { 0 };

	spur_extent_of(SPUR_TYPE_U8, v, 3, &e);
	spur_extent_scale(&e, -0.5, 100);
	ok(e.min == 85 && e.max == 95 && e.sum + e.carry == 270, "a negative factor turns least and most");
	spur_extent_join(&all, &e);
	spur_extent_join(&all, &e);
	ok(all.n == 6 && all.min == 85 && all.sum + all.carry == 540, "two runs are one");
	e = (struct spur_extent){ 0 };
	spur_extent_join(&all, &e);
	ok(all.n == 6 && all.min == 85, "an empty one adds nothing");
}

/* ---- rows to columns, in every size, at every edge ---- */

static bool split_is_right(size_t size, size_t count, size_t n, size_t stride)
{
	unsigned char *rows = malloc(n * stride + 64), *columns = calloc(count * n + 1, size);
	void *out[40];
	bool right = true;

	for (size_t i = 0; i < n * stride + 64; i++)
		rows[i] = (unsigned char)next_random();
	for (size_t k = 0; k < count; k++)
		out[k] = columns + k * n * size;
	spur_columns_split(rows + 3, stride, size, count, n, out);
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < n; i++)
			right = right && memcmp((char *)out[k] + i * size, rows + 3 + i * stride + k * size, size) == 0;
	}
	free(rows);
	free(columns);
	return right;
}

static bool join_is_right(size_t width, size_t n, size_t stride)
{
	unsigned char *planes = malloc(width * stride), *out = malloc(n * width + 1);
	bool right = true;

	for (size_t i = 0; i < width * stride; i++)
		planes[i] = (unsigned char)next_random();
	out[n * width] = 77;
	spur_planes_join(planes, stride, width, n, out);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < width; k++)
			right = right && out[i * width + k] == planes[k * stride + i];
	}
	right = right && out[n * width] == 77;
	free(planes);
	free(out);
	return right;
}

static void columns_of_rows(void)
{
	static const size_t sizes[] = { 1, 2, 4, 8 }, lengths[] = { 1, 3, 4, 7, 8, 15, 16, 17, 31, 64, 333 };

	for (size_t s = 0; s < 4; s++) {
		bool right = true;
		char name[64];

		for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
			for (size_t count = 1; count < 40; count += 6)
				right = right && split_is_right(sizes[s], count, lengths[l], count * sizes[s] + 5 * (l % 2));
		}
		snprintf(name, sizeof(name), "values of %zu bytes are split", sizes[s]);
		ok(right, name);
	}
	for (size_t width = 1; width <= 9; width++) {
		bool right = true;
		char name[64];

		for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++)
			right = right && join_is_right(width, lengths[l], lengths[l] + l);
		snprintf(name, sizeof(name), "planes of %zu bytes are joined", width);
		ok(right, name);
	}
}

int main(void)
{
	every_type();
	full_lanes();
	what_is_no_number();
	scaled_and_joined();
	columns_of_rows();
	return tap_done();
}
