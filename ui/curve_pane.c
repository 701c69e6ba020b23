#include "config.h"

#include "ui/curve_pane.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot/axis.h"
#include "plot/braille.h"
#include "plot/decimate.h"

#define AXIS 9		/* columns of the axis of values */
#define PANE_ROWS 4	/* at least, with its heading */

static void decimate(const struct spur_session_series *s, size_t columns, struct spur_decimation *d)
{
	double last = s->step[s->count - 1];

	/* Steps stand for seconds: the decimation only knows times. A last one alone has room behind it. */
	spur_decimation_init(d, 0, (spur_ns)((last + 1) * 1e9), columns);
	for (size_t i = 0; i < s->count; i++)
		spur_decimation_add(d, (spur_ns)(s->step[i] * 1e9), s->value[i]);
}

static void draw_dots(struct spur_grid *g, struct spur_rect at, const struct spur_dots *dots, enum spur_role role)
{
	for (int y = 0; y < at.rows; y++) {
		for (int x = 0; x < at.cols; x++) {
			uint8_t cell = dots->cells[(size_t)y * dots->cols + (size_t)x];

			if (cell != 0)
				spur_grid_put(g, at.row + y, at.col + x, role, 0x2800u + cell);
		}
	}
}

static void draw_series(struct spur_grid *g, struct spur_rect at, const struct spur_session_series *s, enum spur_role role)
{
	struct spur_rect plot = { at.row + 1, at.col + AXIS, at.rows - 1, at.cols - AXIS - 1 };
	struct spur_decimation d;
	struct spur_dots dots;
	double lo, hi;
	char text[32];

	spur_grid_textf(g, at.row, at.col + 1, at.cols - 2, SPUR_ROLE_HEAD, "%s", s->key);
	if (s->count == 0 || plot.rows < 1 || plot.cols < 2)
		return;
	spur_grid_textf(g, at.row, at.col + 26, at.cols - 27, SPUR_ROLE_DIM, "step %.0f: %.5g   first %.5g", s->step[s->count - 1],
			s->last, s->value[0]);
	decimate(s, 2 * (size_t)plot.cols, &d);
	lo = d.min;
	hi = d.max;
	if (lo <= hi) {
		spur_axis_pad(&lo, &hi);
		spur_dots_init(&dots, (size_t)plot.cols, (size_t)plot.rows);
		spur_dots_line(&dots, &d, lo, hi, 0);
		draw_dots(g, plot, &dots, role);
		spur_dots_finish(&dots);
		spur_grid_right(g, plot.row, at.col, AXIS - 1, SPUR_ROLE_DIM, spur_number_text(d.max, AXIS - 2, text));
		if (plot.rows > 1)
			spur_grid_right(g, plot.row + plot.rows - 1, at.col, AXIS - 1, SPUR_ROLE_DIM,
					spur_number_text(d.min, AXIS - 2, text));
	}
	spur_decimation_finish(&d);
}

void spur_curve_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_series *series, size_t count)
{
	int fit = at.rows / PANE_ROWS, n = (int)count < fit ? (int)count : fit;

	for (int i = 0; i < n; i++) {
		int top = at.rows * i / n, bottom = at.rows * (i + 1) / n;

		draw_series(g, (struct spur_rect){ at.row + top, at.col, bottom - top, at.cols }, &series[i],
			    (enum spur_role)(SPUR_ROLE_TRACE0 + i % 8));
	}
}

void spur_curve_spark(struct spur_grid *g, int row, int col, int width, const struct spur_session_series *s)
{
	char last[32];
	int cells = width - 24, used;
	double lo = INFINITY, hi = -INFINITY;

	used = spur_grid_textf(g, row, col, 13, SPUR_ROLE_DIM, "%s ", s->key);
	spur_number_text(s->last, 7, last);
	if (cells < 1)
		cells = 1;
	for (size_t i = 0; i < s->count; i++) {
		lo = s->value[i] < lo ? s->value[i] : lo;
		hi = s->value[i] > hi ? s->value[i] : hi;
	}
	for (int x = 0; x < cells && s->count > 0; x++) {
		/* The end of what each cell stands for: the last cell is the last value. */
		double v = s->value[((size_t)x + 1) * s->count / (size_t)cells > 0 ? ((size_t)x + 1) * s->count / (size_t)cells - 1 : 0];
		int level = hi > lo && isfinite(v) ? (int)((v - lo) / (hi - lo) * 7.999) : 0;

		spur_grid_put(g, row, col + used + x, SPUR_ROLE_TRACE0, g->ascii ? (uint32_t)"_.-:=+*#"[level] : 0x2581u + (unsigned)level);
	}
	spur_grid_textf(g, row, col + used + cells + 1, 9, SPUR_ROLE_TEXT, "%s", last);
}
