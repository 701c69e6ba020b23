#include "config.h"

#include "plot/braille.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

void spur_dots_init(struct spur_dots *d, size_t cols, size_t rows)
{
	d->cols = cols;
	d->rows = rows;
	d->cells = spur_calloc(cols * rows, 1);
}

void spur_dots_finish(struct spur_dots *d)
{
	free(d->cells);
	*d = (struct spur_dots){ 0 };
}

void spur_dots_set(struct spur_dots *d, long x, long y)
{
	static const uint8_t bit[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

	if (x < 0 || y < 0 || (size_t)x / 2 >= d->cols || (size_t)y / 4 >= d->rows)
		return;
	d->cells[(size_t)y / 4 * d->cols + (size_t)x / 2] |= bit[y % 4][x % 2];
}

static long row_of(const struct spur_dots *d, double v, double lo, double hi)
{
	double h = (double)(d->rows * 4 - 1), y = (hi - v) / (hi - lo) * h;

	return y < -1e6 ? -1000000 : y > 1e6 ? 1000000 : lround(y);
}

static void vertical(struct spur_dots *d, long x, long a, long b)
{
	long top = a < b ? a : b, bottom = a < b ? b : a, last = (long)(d->rows * 4);

	top = top < 0 ? 0 : top;
	bottom = bottom >= last ? last - 1 : bottom;
	for (long y = top; y <= bottom; y++)
		spur_dots_set(d, x, y);
}

/* From (x0, y0) to (x1, y1), exclusive of both ends' columns. */
static void join(struct spur_dots *d, long x0, long y0, long x1, long y1)
{
	long before = y0, last = (long)(d->cols * 2);

	if (x0 < -1)	/* a far sample on the left: only the visible part of its line */
		before = y0 + lround((double)(y1 - y0) * (double)(-1 - x0) / (double)(x1 - x0));
	for (long x = x0 < -1 ? 0 : x0 + 1; x < x1 && x < last; x++) {
		long y = y0 + lround((double)(y1 - y0) * (double)(x - x0) / (double)(x1 - x0));

		vertical(d, x, y, before + (y > before ? 1 : y < before ? -1 : 0));
		before = y;
	}
}

void spur_dots_line(struct spur_dots *d, const struct spur_decimation *of, double lo, double hi, spur_ns gap_ns)
{
	double step_ns = (double)(of->end_ns - of->begin_ns) / (double)of->columns;
	bool have = !isnan(of->before);
	long px = -1, py = 0;
	spur_ns pt = of->before_ns;

	if (have) {
		double x = (double)(of->before_ns - of->begin_ns) / step_ns;

		px = x < -1e6 ? -1000000 : (long)floor(x);
		py = row_of(d, of->before, lo, hi);
	}
	for (size_t i = 0; i < of->columns; i++) {
		const struct spur_bin *b = &of->bins[i];
		long x = (long)i, y;

		if (b->count == 0)
			continue;
		y = row_of(d, b->first, lo, hi);
		if (have && (gap_ns == 0 || b->first_ns - pt <= gap_ns)) {
			join(d, px, py, x, y);
			if (x == px + 1 && labs(y - py) > 1)
				vertical(d, x, y, py + (y > py ? 1 : -1));
		}
		vertical(d, x, row_of(d, b->min, lo, hi), row_of(d, b->max, lo, hi));
		px = x;
		py = row_of(d, b->last, lo, hi);
		pt = b->last_ns;
		have = true;
	}
	if (have && !isnan(of->after) && (gap_ns == 0 || of->after_ns - pt <= gap_ns)) {
		double x = (double)(of->after_ns - of->begin_ns) / step_ns;

		join(d, px, py, x > 1e6 ? 1000000 : (long)x, row_of(d, of->after, lo, hi));
	}
}
