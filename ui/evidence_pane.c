#include "config.h"

#include "ui/evidence_pane.h"

#include <math.h>
#include <string.h>

#include "plot/axis.h"
#include "plot/braille.h"

#define AXIS_COLS 7

int spur_evidence_columns(int cols)
{
	return cols > AXIS_COLS + 1 ? cols - AXIS_COLS : 1;
}

/* Cell column of a time, or -1. */
static int column_of(const struct spur_session_evidence *e, int cols, spur_ns t)
{
	if (t == SPUR_NS_MIN || t < e->begin_ns || t >= e->end_ns)
		return -1;
	return (int)((double)(t - e->begin_ns) / (double)(e->end_ns - e->begin_ns) * cols);
}

static void draw_label(struct spur_grid *g, struct spur_rect at, const struct spur_session_evidence_trace *t, enum spur_role role)
{
	char lo[32], hi[32], span[SPUR_TIME_TEXT];
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "%s", t->name);
	if (t->unit[0] != '\0')
		spur_buf_addf(&b, " [%s]", t->unit);
	if (t->error != NULL)
		spur_buf_addf(&b, "  %s", t->error);
	else if (t->word != NULL)
		spur_buf_addf(&b, "  %s for %s", t->word, spur_span_text(t->held_ns, span));
	else if (t->stats.count > 0)
		spur_buf_addf(&b, "  min %s max %s", spur_number_text(t->stats.min, 7, lo), spur_number_text(t->stats.max, 7, hi));
	else
		spur_buf_adds(&b, "  no samples in it");
	if (t->rule[0] != '\0' && t->error == NULL)
		spur_buf_addf(&b, "  (rule %s)", t->rule);
	spur_grid_text(g, at.row, at.col, at.cols, t->error != NULL ? SPUR_ROLE_BAD : role, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void draw_axis(struct spur_grid *g, struct spur_rect r, double lo, double hi)
{
	char text[32];

	spur_grid_right(g, r.row, r.col, AXIS_COLS - 1, SPUR_ROLE_DIM, spur_number_text(hi, AXIS_COLS - 2, text));
	if (r.rows > 1)
		spur_grid_right(g, r.row + r.rows - 1, r.col, AXIS_COLS - 1, SPUR_ROLE_DIM, spur_number_text(lo, AXIS_COLS - 2, text));
}

/* A dotted line where the rule is, behind the trace. */
static void draw_rule(struct spur_grid *g, struct spur_rect r, double v, double lo, double hi)
{
	int y;

	if (isnan(v) || v < lo || v > hi)
		return;
	y = (int)((hi - v) / (hi - lo) * r.rows);
	y = y >= r.rows ? r.rows - 1 : y;
	for (int x = 0; x < r.cols; x += 2)
		spur_grid_put(g, r.row + y, r.col + x, SPUR_ROLE_DIM, 0x00b7);
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

/* The edges of the segment; the one that [ and ] move is thicker. */
static void draw_edges(struct spur_grid *g, struct spur_rect r, const struct spur_session_evidence *e,
		       const struct spur_evidence_view *v)
{
	const struct { spur_ns t; bool active; } edges[] = {
		{ v->segment->begin_ns, !v->end_edge }, { v->segment->end_ns, v->end_edge },
	};
	int cursor = column_of(e, r.cols, v->cursor_ns);

	for (size_t i = 0; i < 2; i++) {
		int x = column_of(e, r.cols, edges[i].t);

		for (int y = 0; x >= 0 && y < r.rows; y++)
			spur_grid_put(g, r.row + y, r.col + x, edges[i].active ? SPUR_ROLE_WARN : SPUR_ROLE_DIM,
				      edges[i].active ? 0x2503 : 0x2502);
	}
	if (cursor >= 0)
		spur_grid_role(g, (struct spur_rect){ r.row, r.col + cursor, r.rows, 1 }, SPUR_ROLE_CURSOR);
}

static void draw_trace(struct spur_grid *g, struct spur_rect at, const struct spur_session_evidence *e, size_t i,
		       const struct spur_evidence_view *v)
{
	const struct spur_session_evidence_trace *t = &e->traces[i];
	enum spur_role role = (enum spur_role)(SPUR_ROLE_TRACE0 + (int)(i % 8));
	struct spur_rect body = { at.row + 1, at.col + AXIS_COLS, at.rows - 1, spur_evidence_columns(at.cols) };
	double lo = t->view.min, hi = t->view.max;

	draw_label(g, at, t, role);
	if (body.rows < 1 || t->error != NULL)
		return;
	if (t->view.columns == (size_t)(2 * body.cols) && t->view.count > 0) {
		lo = t->threshold < lo ? t->threshold : lo;
		hi = t->threshold > hi ? t->threshold : hi;
		spur_axis_pad(&lo, &hi);
		draw_axis(g, (struct spur_rect){ body.row, at.col, body.rows, AXIS_COLS }, lo, hi);
		draw_rule(g, body, t->threshold, lo, hi);
		draw_dots(g, body, &t->view, lo, hi, role);
	}
	draw_edges(g, body, e, v);
}

static void draw_times(struct spur_grid *g, struct spur_rect r, const struct spur_session_evidence *e, const struct spur_db_segment *s)
{
	int cols = spur_evidence_columns(r.cols), last = -1;
	struct spur_ticks ticks;

	spur_ticks_time(&ticks, e->begin_ns, e->end_ns, s->drive_begin_ns, (size_t)(cols / 12 + 1));
	for (size_t i = 0; i < ticks.count; i++) {
		int x = (int)(ticks.ticks[i].at * 1e9 / (double)(e->end_ns - e->begin_ns) * cols);
		int n = (int)strlen(ticks.ticks[i].label);

		if (x <= last || x + n > cols)
			continue;
		spur_grid_text(g, r.row, r.col + AXIS_COLS + x, n, SPUR_ROLE_DIM, ticks.ticks[i].label);
		last = x + n + 1;
	}
}

static const char *nothing(const struct spur_session_evidence *e, const struct spur_evidence_view *v)
{
	if (v->segment == NULL)
		return "";
	if (e->error != NULL && e->segment == v->segment->id)
		return e->error;
	if (e->segment != v->segment->id)
		return "reading the signals ...";
	return e->count == 0 ? "by hand: no query found it, so there are no signals to judge it by" : NULL;
}

void spur_evidence_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_evidence *e,
			const struct spur_evidence_view *v)
{
	const char *none = nothing(e, v);
	int n = (int)e->count, room = at.rows - 1, each, row = at.row;

	if (none != NULL) {
		spur_grid_text(g, at.row, at.col, at.cols, v->segment != NULL && none == e->error ? SPUR_ROLE_BAD : SPUR_ROLE_DIM, none);
		return;
	}
	if (n > room / 2 && n > 1)	/* a label and one row each, at least */
		n = room / 2 > 0 ? room / 2 : 1;
	each = room / n;
	for (int i = 0; i < n; i++) {
		int rows = i + 1 < n ? each : room - each * (n - 1);

		draw_trace(g, (struct spur_rect){ row, at.col, rows, at.cols }, e, (size_t)i, v);
		row += rows;
	}
	draw_times(g, (struct spur_rect){ at.row + at.rows - 1, at.col, 1, at.cols }, e, v->segment);
}
