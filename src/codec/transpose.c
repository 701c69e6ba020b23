#include "config.h"

#include "codec/transpose.h"

#include <stdint.h>
#include <string.h>

#define TILE 64u

/* Turn `rows` x `cols` bytes into `cols` x `rows`, in tiles that stay in the first cache. */
static void turn(const unsigned char *restrict in, size_t rows, size_t cols, unsigned char *restrict out)
{
	for (size_t r0 = 0; r0 < rows; r0 += TILE) {
		size_t r1 = rows - r0 < TILE ? rows : r0 + TILE;

		for (size_t c0 = 0; c0 < cols; c0 += TILE) {
			size_t c1 = cols - c0 < TILE ? cols : c0 + TILE;

			for (size_t r = r0; r < r1; r++) {
				for (size_t c = c0; c < c1; c++)
					out[c * rows + r] = in[r * cols + c];
			}
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
