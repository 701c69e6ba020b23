#include "config.h"

#include "codec/transpose.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
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
