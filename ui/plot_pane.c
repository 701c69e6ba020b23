#include "config.h"

#include "ui/plot_pane.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot/axis.h"
#include "plot/braille.h"

#define AXIS_COLS 7

int spur_plot_columns(int cols)
{
	return cols > AXIS_COLS + 1 ? cols - AXIS_COLS : 1;
}

/* Cell column of a time, or -1. */
static int column_of(const struct spur_plot_view *v, int cols, spur_ns t)
{
	int x;

	if (t == SPUR_NS_MIN || t < v->begin_ns || t >= v->end_ns)
		return -1;
	x = (int)((double)(t - v->begin_ns) / (double)(v->end_ns - v->begin_ns) * cols);
	return x < cols ? x : cols - 1;	/* the last ns of a long range rounds up */
}

static void draw_header(struct spur_grid *g, struct spur_rect at, const struct spur_session_plot *p,
			const struct spur_plot_view *v, double rate)
{
	char t[SPUR_TIME_TEXT], width[SPUR_TIME_TEXT], delta[SPUR_TIME_TEXT];
	bool marks = v->a_ns != SPUR_NS_MIN && v->b_ns != SPUR_NS_MIN;
	struct spur_buf b = { 0 };

	spur_time_text(v->cursor_ns, v->style, v->base_ns, t);
	if (strlen(t) > 23 && v->style == SPUR_TIME_UTC)
		t[23] = '\0';
	spur_buf_addf(&b, "%s  t=%s", p->drive, t);
	if (rate > 0)
		spur_buf_addf(&b, "  \xe2\x96\xb8 %gx", rate);
	if (marks)	/* before the width, which the axis shows too: a narrow screen cuts the end */
		spur_buf_addf(&b, "  B-A %s", spur_span_text(v->b_ns - v->a_ns, delta));
	spur_buf_addf(&b, "  %s%s", spur_span_text(v->end_ns - v->begin_ns, width), marks ? " shown" : "");
	spur_grid_text(g, at.row, at.col, at.cols, SPUR_ROLE_HEAD, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void draw_label(struct spur_grid *g, int row, struct spur_rect at, const struct spur_session_trace *t,
		       const struct spur_plot_view *v, enum spur_role role, bool current)
{
	char x[32], y[32], z[32], u[32];
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "%s%s [%s] ", current ? "> " : "", t->signal->name, t->signal->unit[0] != '\0' ? t->signal->unit : "-");
	if (t->error != NULL)
		spur_buf_adds(&b, t->error);
	else if (v->a_ns != SPUR_NS_MIN && v->b_ns != SPUR_NS_MIN)
		spur_buf_addf(&b, " A %s B %s \xce\x94 %s  mean %s", spur_number_text(t->at_a, 7, x), spur_number_text(t->at_b, 7, y),
			      spur_number_text(t->at_b - t->at_a, 7, z), spur_number_text(t->stats.mean, 7, u));
	else if (t->view.columns > 0)
		spur_buf_addf(&b, " %s  min %s max %s mean %s", spur_number_text(t->at_cursor, 7, x),
			      spur_number_text(t->stats.min, 7, y), spur_number_text(t->stats.max, 7, z),
			      spur_number_text(t->stats.mean, 7, u));
	if (t->loading)
		spur_buf_adds(&b, " ...");
	spur_grid_text(g, row, at.col, at.cols, t->error != NULL ? SPUR_ROLE_BAD : role, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void draw_axis(struct spur_grid *g, struct spur_rect r, double lo, double hi)
{
	struct spur_ticks ticks;

	spur_ticks_value(&ticks, lo, hi, (size_t)(r.rows / 2 + 1));
	for (size_t i = 0; i < ticks.count; i++) {
		int y = (int)((hi - ticks.ticks[i].at) / (hi - lo) * (r.rows - 1) + 0.5);

		spur_grid_right(g, r.row + y, r.col, AXIS_COLS - 1, SPUR_ROLE_DIM, ticks.ticks[i].label);
	}
}

static void draw_dots(struct spur_grid *g, struct spur_rect r, const struct spur_decimation *d, double lo, double hi,
		      enum spur_role role)
{
	struct spur_dots dots;

	spur_dots_init(&dots, (size_t)r.cols, (size_t)r.rows);
	spur_dots_line(&dots, d, lo, hi, 0);
	for (int y = 0; y < r.rows; y++) {
		for (int x = 0; x < r.cols; x++) {
			uint8_t c = dots.cells[y * r.cols + x];

			if (c != 0)
				spur_grid_put(g, r.row + y, r.col + x, role, 0x2800u + c);
		}
	}
	spur_dots_finish(&dots);
}

static void draw_marks(struct spur_grid *g, struct spur_rect r, const struct spur_plot_view *v, bool names)
{
	const struct { spur_ns t; uint32_t name; } marks[] = { { v->a_ns, 'A' }, { v->b_ns, 'B' }, { v->cursor_ns, 0 } };

	for (size_t k = 0; k < 3; k++) {
		int x = column_of(v, r.cols, marks[k].t);

		if (x < 0 || r.col + x >= g->cols)	/* a pane may be narrower than its axis */
			continue;
		for (int y = 0; y < r.rows && r.row + y < g->rows; y++) {
			struct spur_cell *c = &g->cells[(r.row + y) * g->cols + r.col + x];

			if (c->ch == ' ')
				spur_grid_put(g, r.row + y, r.col + x, marks[k].name != 0 ? SPUR_ROLE_WARN : SPUR_ROLE_DIM, 0x2502);
			else if (marks[k].name == 0)
				c->role = SPUR_ROLE_CURSOR;
		}
		if (names && marks[k].name != 0)
			spur_grid_put(g, r.row, r.col + x, SPUR_ROLE_WARN, marks[k].name);
	}
}

static void draw_trace(struct spur_grid *g, struct spur_rect at, const struct spur_session_trace *t,
		       const struct spur_plot_view *v, int index, bool current)
{
	enum spur_role role = (enum spur_role)(SPUR_ROLE_TRACE0 + index % 8);
	struct spur_rect body = { at.row + 1, at.col + AXIS_COLS, at.rows - 1, spur_plot_columns(at.cols) };
	double lo = t->view.min, hi = t->view.max;

	draw_label(g, at.row, at, t, v, role, current);
	if (body.rows < 1)
		return;
	if (t->view.columns == (size_t)(2 * body.cols)) {
		spur_axis_pad(&lo, &hi);
		draw_axis(g, (struct spur_rect){ body.row, at.col, body.rows, AXIS_COLS }, lo, hi);
		draw_dots(g, body, &t->view, lo, hi, role);
		if (t->view.count == 0 && !t->loading && (isnan(t->view.before) || isnan(t->view.after)))
			spur_grid_text(g, body.row, body.col + 1, body.cols - 1, SPUR_ROLE_DIM, "no samples here");
	}
	draw_marks(g, body, v, index == 0);
}

static void draw_segments(struct spur_grid *g, struct spur_rect r, const struct spur_session_plot *p,
			  const struct spur_plot_view *v)
{
	spur_grid_text(g, r.row, r.col, AXIS_COLS - 1, SPUR_ROLE_DIM, "segs");
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct spur_db_segment *s = &p->segments[i];
		enum spur_role role = s->state == SPUR_DB_APPROVED ? SPUR_ROLE_GOOD : s->state == SPUR_DB_REJECTED ? SPUR_ROLE_BAD :
				      SPUR_ROLE_WARN;
		int cols = spur_plot_columns(r.cols), from, to;

		if (s->end_ns <= v->begin_ns || s->begin_ns >= v->end_ns)
			continue;
		from = s->begin_ns < v->begin_ns ? 0 : column_of(v, cols, s->begin_ns);
		to = s->end_ns >= v->end_ns ? cols - 1 : column_of(v, cols, s->end_ns);
		for (int x = from; x <= to; x++)
			spur_grid_put(g, r.row, r.col + AXIS_COLS + x, role, 0x2588);
		if (to - from >= 4) {
			spur_grid_put(g, r.row, r.col + AXIS_COLS + from, role, s->state == SPUR_DB_APPROVED ? 0x2713 :
				      s->state == SPUR_DB_REJECTED ? 0x2717 : '?');
			spur_grid_text(g, r.row, r.col + AXIS_COLS + from + 1, to - from, role, s->label);
		}
	}
}

static void draw_times(struct spur_grid *g, struct spur_rect r, const struct spur_plot_view *v)
{
	int cols = spur_plot_columns(r.cols), last = -1;
	struct spur_ticks ticks;

	spur_ticks_time(&ticks, v->begin_ns, v->end_ns, v->base_ns, (size_t)(cols / 12 + 1));
	for (size_t i = 0; i < ticks.count; i++) {
		int x = (int)(ticks.ticks[i].at * 1e9 / (double)(v->end_ns - v->begin_ns) * cols);
		int n = (int)strlen(ticks.ticks[i].label);

		if (x <= last || x + n > cols)
			continue;
		spur_grid_text(g, r.row, r.col + AXIS_COLS + x, n, SPUR_ROLE_DIM, ticks.ticks[i].label);
		last = x + n + 1;
	}
}

#define TRACE_ROWS 3	/* fewer show nothing */

void spur_plot_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_plot *p,
		    const struct spur_plot_view *v, int current, double rate)
{
	int n = (int)p->trace_count, room = at.rows - 3, fit = room / TRACE_ROWS > 0 ? room / TRACE_ROWS : 1;
	int first = n > fit && current >= fit ? current - fit + 1 : 0, row = at.row + 1, each;

	n = n > fit ? fit : n;
	each = n > 0 ? room / n : 0;
	draw_header(g, at, p, v, rate);
	if (n == 0)
		spur_grid_text(g, at.row + 2, at.col + 1, at.cols - 2, SPUR_ROLE_DIM,
			       "choose signals in the tree: Enter opens a branch and adds a trace");
	for (int i = first; i < first + n; i++) {
		int rows = i + 1 < first + n ? each : room - each * (n - 1);

		draw_trace(g, (struct spur_rect){ row, at.col, rows, at.cols }, &p->traces[i], v, i, i == current);
		row += rows;
	}
	draw_segments(g, (struct spur_rect){ at.row + at.rows - 2, at.col, 1, at.cols }, p, v);
	draw_times(g, (struct spur_rect){ at.row + at.rows - 1, at.col, 1, at.cols }, v);
}
