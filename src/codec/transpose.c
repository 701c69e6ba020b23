#include "config.h"

#include "codec/transpose.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define TILE 64u	/* a line of the cache */

/* The part [r0, r1) x [c0, c1) of `rows` x `cols` bytes, to `cols` x `rows`. */
struct part {
	size_t r0, r1, c0, c1;
};

static void turn_plain(const unsigned char *restrict in, size_t rows, size_t cols, const struct part *p, unsigned char *restrict out)
{
	for (size_t r = p->r0; r < p->r1; r++) {
		for (size_t c = p->c0; c < p->c1; c++)
			out[c * rows + r] = in[r * cols + c];
	}
}

#ifdef __SSE2__
#define SQUARE 16u
#define SHORT 4u	/* shorter rows are as quick one by one */

/* Rows k and k + 8 shuffled into rows 2k and 2k + 1: four times over, that turns a square of 16 bytes by 16. */
static inline void shuffle(const __m128i in[SQUARE], __m128i out[SQUARE])
{
	for (unsigned k = 0; k < SQUARE / 2; k++) {
		out[2 * k] = _mm_unpacklo_epi8(in[k], in[k + SQUARE / 2]);
		out[2 * k + 1] = _mm_unpackhi_epi8(in[k], in[k + SQUARE / 2]);
	}
}

/* Turns a square of which `rows` rows are given; the others are taken as 0. */
static inline __attribute__((always_inline)) void turn_square(const unsigned char *in, size_t in_stride, unsigned rows,
								unsigned char *out, size_t out_stride)
{
	__m128i a[SQUARE], b[SQUARE];

	for (unsigned k = 0; k < SQUARE; k++)
		a[k] = _mm_setzero_si128();
	for (unsigned k = 0; k < rows; k++)
		a[k] = _mm_loadu_si128((const __m128i *)(const void *)(in + k * in_stride));
	shuffle(a, b);
	shuffle(b, a);
	shuffle(a, b);
	shuffle(b, a);
	for (unsigned k = 0; k < SQUARE; k++)
		_mm_storeu_si128((__m128i *)(void *)(out + k * out_stride), a[k]);
}

/* What is left at the edges is covered by a square that overlaps the one before. */
static void turn_part(const unsigned char *restrict in, size_t rows, size_t cols, const struct part *p, unsigned char *restrict out)
{
	if (p->r1 - p->r0 < SQUARE || p->c1 - p->c0 < SQUARE) {
		turn_plain(in, rows, cols, p, out);
		return;
	}
	for (size_t r = p->r0; r < p->r1; r += SQUARE) {
		r = r < p->r1 - SQUARE ? r : p->r1 - SQUARE;
		for (size_t c = p->c0; c < p->c1; c += SQUARE) {
			c = c < p->c1 - SQUARE ? c : p->c1 - SQUARE;
			turn_square(in + r * cols + c, cols, SQUARE, out + c * rows + r, rows);
		}
	}
}

/* Rows so short that a square runs over into the next one, which comes after it and overwrites that; SQUARE are left at the end. */
static size_t turn_short(const unsigned char *in, size_t rows, size_t cols, unsigned char *out)
{
	size_t c = 0;

	while (rows >= SHORT && rows < SQUARE && c + 2 * SQUARE <= cols) {
		turn_square(in + c, cols, (unsigned)rows, out + c * rows, rows);
		c += SQUARE;
	}
	return c;
}
#else
#define turn_part turn_plain

static size_t turn_short(const unsigned char *in, size_t rows, size_t cols, unsigned char *out)
{
	(void)in, (void)rows, (void)cols, (void)out;
	return 0;
}
#endif

/* Where the tile that begins at `from` ends; none is left that is narrower than a tile. */
static size_t tile_end(size_t from, size_t all)
{
	return all - from < 2 * TILE ? all : from + TILE;
}

/* Turn `rows` x `cols` bytes into `cols` x `rows`, in tiles that stay in the first cache. */
static void turn(const unsigned char *in, size_t rows, size_t cols, unsigned char *out)
{
	size_t done = turn_short(in, rows, cols, out);

	for (struct part p = { 0 }; p.r0 < rows; p.r0 = p.r1) {
		p.r1 = tile_end(p.r0, rows);
		for (p.c0 = done; p.c0 < cols; p.c0 = p.c1) {
			p.c1 = tile_end(p.c0, cols);
			turn_part(in, rows, cols, &p, out);
		}
	}
}

static void turn_all(const void *in, size_t len, size_t rows, size_t cols, void *out)
{
	size_t done = rows * cols;

	if (rows <= 1 || cols <= 1)
		done = 0;
	else
		turn(in, rows, cols, out);
	memcpy((unsigned char *)out + done, (const unsigned char *)in + done, len - done);
}

void spur_transpose(const void *in, size_t len, size_t row_bytes, void *out)
{
	turn_all(in, len, row_bytes == 0 ? 0 : len / row_bytes, row_bytes, out);
}

void spur_untranspose(const void *in, size_t len, size_t row_bytes, void *out)
{
	turn_all(in, len, row_bytes, row_bytes == 0 ? 0 : len / row_bytes, out);
}

/* ---- a part of the columns ---- */

static void join_from(const unsigned char *p, size_t stride, size_t width, size_t from, size_t n, unsigned char *out)
{
	for (size_t i = from; i < n; i++) {
		for (size_t k = 0; k < width; k++)
			out[i * width + k] = p[k * stride + i];
	}
}

#ifdef __SSE2__
static inline __m128i row_at(const unsigned char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void put_at(unsigned char *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)p, v);
}

/* Values of 2, 4 and 8 bytes, 16 at a time: neighbours are interleaved, then pairs, then fours. The width is a constant
 * where it is called. Returns how many were joined. */
static inline __attribute__((always_inline)) size_t join_wide(const unsigned char *p, size_t stride, size_t width, size_t n,
							       unsigned char *out)
{
	size_t i = 0;

	for (; i + SQUARE <= n; i += SQUARE) {
		__m128i a[8], b[8];

		for (size_t k = 0; k < width; k++)
			a[k] = row_at(p + k * stride + i);
		/* b[2k], b[2k+1]: bytes 2k and 2k + 1 of values 0-7 and 8-15 */
		for (size_t k = 0; k < width / 2; k++) {
			b[2 * k] = _mm_unpacklo_epi8(a[2 * k], a[2 * k + 1]);
			b[2 * k + 1] = _mm_unpackhi_epi8(a[2 * k], a[2 * k + 1]);
		}
		if (width == 2) {
			put_at(out + 2 * i, b[0]);
			put_at(out + 2 * i + 16, b[1]);
			continue;
		}
		/* a[4k + q]: bytes 4k to 4k + 3 of values 4q to 4q + 3 */
		for (size_t k = 0; k < width / 4; k++) {
			a[4 * k] = _mm_unpacklo_epi16(b[4 * k], b[4 * k + 2]);
			a[4 * k + 1] = _mm_unpackhi_epi16(b[4 * k], b[4 * k + 2]);
			a[4 * k + 2] = _mm_unpacklo_epi16(b[4 * k + 1], b[4 * k + 3]);
			a[4 * k + 3] = _mm_unpackhi_epi16(b[4 * k + 1], b[4 * k + 3]);
		}
		for (size_t q = 0; q < 4 && width == 4; q++)
			put_at(out + 4 * i + 16 * q, a[q]);
		for (size_t q = 0; q < 4 && width == 8; q++) {
			put_at(out + 8 * i + 32 * q, _mm_unpacklo_epi32(a[q], a[4 + q]));
			put_at(out + 8 * i + 32 * q + 16, _mm_unpackhi_epi32(a[q], a[4 + q]));
		}
	}
	return i;
}

static size_t join_values(const unsigned char *p, size_t stride, size_t width, size_t n, unsigned char *out)
{
	switch (width) {
	case 2: return join_wide(p, stride, 2, n, out);
	case 4: return join_wide(p, stride, 4, n, out);
	case 8: return join_wide(p, stride, 8, n, out);
	default: return 0;
	}
}
#else
static size_t join_values(const unsigned char *p, size_t stride, size_t width, size_t n, unsigned char *out)
{
	(void)p, (void)stride, (void)width, (void)n, (void)out;
	return 0;
}
#endif

void spur_planes_join(const void *planes, size_t stride, size_t width, size_t n, void *out)
{
	size_t done = 0;

	if (width == 1)
		memcpy(out, planes, n);
	else
		done = join_values(planes, stride, width, n, out);
	if (width > 1)
		join_from(planes, stride, width, done, n, out);
}

/* ---- rows of values to columns of values ---- */

#define SPLIT_LOOP(type) \
	for (size_t i = from; i < n; i++, p += stride) \
		memcpy((type *)out + i, p, sizeof(type))

static void split_one(const unsigned char *p, size_t stride, size_t size, size_t from, size_t n, void *out)
{
	p += from * stride;
	switch (size) {
	case 1: SPLIT_LOOP(uint8_t); break;
	case 2: SPLIT_LOOP(uint16_t); break;
	case 4: SPLIT_LOOP(uint32_t); break;
	default: SPLIT_LOOP(uint64_t); break;
	}
}

#ifdef __SSE2__
#define FIRST_CACHE (16u << 10)
#define LINE_VALUES 32u		/* so many rows fill whole lines of the cache, in every column */

/* Eight values of 2 bytes in eight rows. */
static inline void split_eight(const unsigned char *p, size_t stride, void *const *out, size_t i)
{
	__m128i a[8], b[8];

	for (size_t k = 0; k < 8; k++)
		a[k] = row_at(p + k * stride);
	for (size_t k = 0; k < 4; k++) {	/* rows k and k + 4: three times over turns a square of eight */
		b[2 * k] = _mm_unpacklo_epi16(a[k], a[k + 4]);
		b[2 * k + 1] = _mm_unpackhi_epi16(a[k], a[k + 4]);
	}
	for (size_t k = 0; k < 4; k++) {
		a[2 * k] = _mm_unpacklo_epi16(b[k], b[k + 4]);
		a[2 * k + 1] = _mm_unpackhi_epi16(b[k], b[k + 4]);
	}
	for (size_t k = 0; k < 4; k++) {
		put_at((unsigned char *)out[2 * k] + 2 * i, _mm_unpacklo_epi16(a[k], a[k + 4]));
		put_at((unsigned char *)out[2 * k + 1] + 2 * i, _mm_unpackhi_epi16(a[k], a[k + 4]));
	}
}

/* Four values of 4 bytes in four rows. */
static inline void split_four(const unsigned char *p, size_t stride, void *const *out, size_t i)
{
	__m128i a[4], b[4];

	for (size_t k = 0; k < 4; k++)
		a[k] = row_at(p + k * stride);
	for (size_t k = 0; k < 2; k++) {
		b[2 * k] = _mm_unpacklo_epi32(a[k], a[k + 2]);
		b[2 * k + 1] = _mm_unpackhi_epi32(a[k], a[k + 2]);
	}
	for (size_t k = 0; k < 2; k++) {
		put_at((unsigned char *)out[2 * k] + 4 * i, _mm_unpacklo_epi32(b[k], b[k + 2]));
		put_at((unsigned char *)out[2 * k + 1] + 4 * i, _mm_unpackhi_epi32(b[k], b[k + 2]));
	}
}

/* Rows [from, to) of groups of `side` columns; to - from is a multiple of side. */
typedef void split_run(const unsigned char *p, size_t stride, size_t count, size_t from, size_t to, void *const *out);

static void split_run_2(const unsigned char *p, size_t stride, size_t count, size_t from, size_t to, void *const *out)
{
	for (size_t k = 0; k + 8 <= count; k += 8) {
		for (size_t i = from; i < to; i += 8)
			split_eight(p + k * 2 + i * stride, stride, out + k, i);
	}
}

static void split_run_4(const unsigned char *p, size_t stride, size_t count, size_t from, size_t to, void *const *out)
{
	for (size_t k = 0; k + 4 <= count; k += 4) {
		for (size_t i = from; i < to; i += 4)
			split_four(p + k * 4 + i * stride, stride, out + k, i);
	}
}

#if defined(__GNUC__) && defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))

/* Two squares at once: rows i and i + side in the halves of a register. */
WIDE static inline __m256i rows_at(const unsigned char *p, const unsigned char *q)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(row_at(p)), row_at(q), 1);
}

WIDE static inline void put_wide(void *to, __m256i v)
{
	_mm256_storeu_si256((__m256i *)to, v);
}

WIDE static void split_wide_2(const unsigned char *p, size_t stride, size_t count, size_t from, size_t to, void *const *out)
{
	size_t wide = from + (to - from) / 16 * 16;

	for (size_t k = 0; k + 8 <= count; k += 8) {
		for (size_t i = from; i < wide; i += 16) {
			const unsigned char *q = p + k * 2 + i * stride;
			__m256i a[8], b[8];

			for (size_t r = 0; r < 8; r++)
				a[r] = rows_at(q + r * stride, q + (r + 8) * stride);
			for (size_t r = 0; r < 4; r++) {
				b[2 * r] = _mm256_unpacklo_epi16(a[r], a[r + 4]);
				b[2 * r + 1] = _mm256_unpackhi_epi16(a[r], a[r + 4]);
			}
			for (size_t r = 0; r < 4; r++) {
				a[2 * r] = _mm256_unpacklo_epi16(b[r], b[r + 4]);
				a[2 * r + 1] = _mm256_unpackhi_epi16(b[r], b[r + 4]);
			}
			for (size_t r = 0; r < 4; r++) {
				put_wide((unsigned char *)out[k + 2 * r] + 2 * i, _mm256_unpacklo_epi16(a[r], a[r + 4]));
				put_wide((unsigned char *)out[k + 2 * r + 1] + 2 * i, _mm256_unpackhi_epi16(a[r], a[r + 4]));
			}
		}
	}
	split_run_2(p, stride, count, wide, to, out);
}

WIDE static void split_wide_4(const unsigned char *p, size_t stride, size_t count, size_t from, size_t to, void *const *out)
{
	size_t wide = from + (to - from) / 8 * 8;

	for (size_t k = 0; k + 4 <= count; k += 4) {
		for (size_t i = from; i < wide; i += 8) {
			const unsigned char *q = p + k * 4 + i * stride;
			__m256i a[4], b[4];

			for (size_t r = 0; r < 4; r++)
				a[r] = rows_at(q + r * stride, q + (r + 4) * stride);
			for (size_t r = 0; r < 2; r++) {
				b[2 * r] = _mm256_unpacklo_epi32(a[r], a[r + 2]);
				b[2 * r + 1] = _mm256_unpackhi_epi32(a[r], a[r + 2]);
			}
			for (size_t r = 0; r < 2; r++) {
				put_wide((unsigned char *)out[k + 2 * r] + 4 * i, _mm256_unpacklo_epi32(b[r], b[r + 2]));
				put_wide((unsigned char *)out[k + 2 * r + 1] + 4 * i, _mm256_unpackhi_epi32(b[r], b[r + 2]));
			}
		}
	}
	split_run_4(p, stride, count, wide, to, out);
}

static split_run *run_of(size_t size)
{
	bool wide = __builtin_cpu_supports("avx2");

	return size == 2 ? (wide ? split_wide_2 : split_run_2) : wide ? split_wide_4 : split_run_4;
}
#else
static split_run *run_of(size_t size)
{
	return size == 2 ? split_run_2 : split_run_4;
}
#endif

/* As many values side by side as a register has, in runs of rows that stay in the first cache; returns how many values. */
static size_t split_squares(const unsigned char *p, size_t stride, size_t size, size_t count, size_t n, void *const *out)
{
	size_t side = size == 2 ? 8 : size == 4 ? 4 : 0, run, whole;
	split_run *split;

	if (side == 0)
		return 0;
	split = run_of(size);
	run = FIRST_CACHE / (stride + 1) / LINE_VALUES * LINE_VALUES;
	run = run < LINE_VALUES ? LINE_VALUES : run;
	whole = n - n % side;
	for (size_t from = 0; from < whole; from += run)
		split(p, stride, count, from, whole - from < run ? whole : from + run, out);
	count -= count % side;
	for (size_t c = 0; c < count; c++)
		split_one(p + c * size, stride, size, whole, n, out[c]);
	return count;
}
#else
static size_t split_squares(const unsigned char *p, size_t stride, size_t size, size_t count, size_t n, void *const *out)
{
	(void)p, (void)stride, (void)size, (void)count, (void)n, (void)out;
	return 0;
}
#endif

void spur_columns_split(const void *rows, size_t stride, size_t size, size_t count, size_t n, void *const *out)
{
	const unsigned char *p = rows;

	for (size_t k = split_squares(p, stride, size, count, n, out); k < count; k++)
		split_one(p + k * size, stride, size, 0, n, out[k]);
}
