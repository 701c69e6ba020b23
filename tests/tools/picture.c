/* picture FILE [COLUMNS ROWS]: a PNG or JPEG as text, for golden files: its size, how many colours it has, its kind, the
 * sums of red, green and blue over each row of tiles (any pixel that changes is seen there), and the mean colour of each
 * tile (where it changed). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "image/image.h"
#include "io/out.h"

#define FILE_MAX (64u << 20)

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, 3);
}

static size_t colours(const struct spur_pixels *p)
{
	size_t n = (size_t)p->width * (size_t)p->height, found = 0;
	unsigned char *all = spur_malloc(3 * n);

	memcpy(all, p->rgb, 3 * n);
	qsort(all, n, 3, by_value);
	for (size_t i = 0; i < n; i++)
		found += i == 0 || memcmp(all + 3 * i, all + 3 * (i - 1), 3) != 0;
	free(all);
	return found;
}

/* Weighed with their places, so that pixels that change places are seen. */
static void tell_row(const struct spur_pixels *p, int cols, int y0, int y1)
{
	unsigned long long sum[3] = { 0 };

	for (int y = y0; y < y1; y++) {
		for (int i = 0; i < 3 * p->width; i++)
			sum[i % 3] += (unsigned long long)p->rgb[(size_t)y * (size_t)p->width * 3 + (size_t)i] * (unsigned)(i / 3 + 7 * y + 1);
	}
	for (int c = 0; c < cols; c++) {
		int x0 = p->width * c / cols, x1 = p->width * (c + 1) / cols;
		unsigned long tile[3] = { 0 }, n = (unsigned long)(x1 - x0) * (unsigned long)(y1 - y0);

		for (int y = y0; y < y1; y++) {
			for (int i = 3 * x0; i < 3 * x1; i++)
				tile[i % 3] += p->rgb[(size_t)y * (size_t)p->width * 3 + (size_t)i];
		}
		for (int k = 0; k < 3 && n > 0; k++)
			printf("%02lx", tile[k] / n);
		putchar(' ');
	}
	printf(" %llu %llu %llu\n", sum[0], sum[1], sum[2]);
}

int main(int argc, char **argv)
{
	struct spur_pixels p = { 0 };
	struct spur_error err = { 0 };
	char *data = NULL;
	size_t len = 0;
	int cols = argc > 3 ? atoi(argv[2]) : 12, rows = argc > 3 ? atoi(argv[3]) : 8;

	if (argc < 2 || cols < 1 || rows < 1 || spur_file_read(argv[1], FILE_MAX, &data, &len, &err) < 0 ||
	    spur_image_decode(data, len, 0, 0, &p, &err) < 0) {
		fprintf(stderr, "picture: %s\n", err.text);
		return 1;
	}
	printf("%s %dx%d, %zu colours\n", spur_image_name(data, len), p.width, p.height, colours(&p));
	for (int r = 0; r < rows; r++)
		tell_row(&p, cols, p.height * r / rows, p.height * (r + 1) / rows);
	spur_pixels_finish(&p);
	free(data);
	return 0;
}
