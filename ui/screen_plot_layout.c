#include "config.h"

#include "ui/screen_plot.h"

#include <stdio.h>
#include <string.h>

#include "plot/axis.h"

#define TREE_COLS 24
#define SIDE_COLS 110	/* from here on the camera stands beside the plot */
#define ALL_COLS 150	/* from here on the tree does as well */
#define STRIP_ROWS 6	/* of the plot below a camera */
#define SMALL_ROWS 13	/* of the body: 16 of the terminal */
#define SMALL_COLS 60

static struct spur_rect rect(int row, int col, int rows, int cols)
{
	return (struct spur_rect){ row, col, rows > 0 && cols > 0 ? rows : 0, cols > 0 ? cols : 0 };
}

/* One pane at a time. */
static void small(struct plot_layout *l, int rows, int cols, bool in_tree, bool with_camera)
{
	*(in_tree ? &l->tree : with_camera ? &l->camera : &l->plot) = rect(0, 0, rows, cols);
}

/* Camera and values above a strip of the plot. */
static void above(struct plot_layout *l, int rows, int cols)
{
	int height = rows - STRIP_ROWS, width = cols * 7 / 10;

	l->camera = rect(0, 0, height, width);
	l->values = rect(1, width + 1, height - 1, cols - width - 1);
	l->plot = rect(height, 0, STRIP_ROWS, cols);
}

static void beside(struct plot_layout *l, int rows, int cols, int from)
{
	int width = (cols - from) / 2, height = width * 9 / 32 + 2;	/* 16:9 of half cells, and the facts */

	height = height > rows - 8 ? rows : height;
	l->plot = rect(0, from, rows, width - 1);
	l->camera = rect(0, from + width, height, cols - from - width);
	l->values = rect(height, from + width, rows - height, cols - from - width);
}

void plot_layout(struct plot_layout *l, int rows, int cols, bool in_tree, bool with_camera)
{
	*l = (struct plot_layout){ 0 };
	if (rows < SMALL_ROWS || cols < SMALL_COLS) {
		small(l, rows, cols, in_tree, with_camera);
	} else if (with_camera && !in_tree && cols < SIDE_COLS) {
		above(l, rows, cols);
	} else if (with_camera && !in_tree && cols < ALL_COLS) {
		beside(l, rows, cols, 0);
	} else {
		l->tree = rect(0, 0, rows, TREE_COLS);
		if (with_camera && cols >= ALL_COLS)
			beside(l, rows, cols, TREE_COLS + 1);
		else
			l->plot = rect(0, TREE_COLS + 1, rows, cols - TREE_COLS - 1);
	}
}

/* ---- drawing ---- */

static void draw_values(const struct plot_state *s, struct spur_grid *g, struct spur_rect at)
{
	char value[32], t[SPUR_TIME_TEXT];
	int row = at.row, end = at.row + at.rows;

	spur_time_text(s->view.cursor_ns, s->view.style, s->view.base_ns, t);
	if (s->view.style == SPUR_TIME_UTC && strlen(t) > 23)
		t[23] = '\0';
	if (row < end)
		spur_grid_textf(g, row++, at.col, at.cols, SPUR_ROLE_HEAD, "t=%s", t);
	for (size_t i = 0; i < s->plot->trace_count && row < end; i++) {
		const struct spur_session_trace *x = &s->plot->traces[i];

		spur_grid_textf(g, row++, at.col, at.cols, (enum spur_role)(SPUR_ROLE_TRACE0 + (int)i % 8), "%s%s %s %s",
				(int)i == s->trace ? "> " : "  ", x->signal->name, spur_number_text(x->at_cursor, 6, value),
				x->signal->unit);
	}
	for (size_t i = 0; i < s->plot->segment_count && row < end; i++) {
		const struct spur_db_segment *x = &s->plot->segments[i];

		if (x->begin_ns <= s->view.cursor_ns && s->view.cursor_ns < x->end_ns)
			spur_grid_textf(g, row++, at.col, at.cols, SPUR_ROLE_WARN, "%s %s %s", x->uid, x->label,
					spur_db_state_name(x->state));
	}
	if (row + 1 < end)
		spur_grid_textf(g, end - 1, at.col, at.cols, SPUR_ROLE_DIM, s->play.on ? "playing %gx" : "%gx, Space plays",
				spur_plot_rate(s->play.rate));
}

static void draw_line(struct spur_grid *g, int col, int rows)
{
	for (int y = 0; y < rows; y++)
		spur_grid_put(g, y, col, SPUR_ROLE_DIM, 0x2502);
}

void plot_draw(const void *state, struct spur_grid *g)
{
	const struct plot_state *s = state;
	const struct plot_layout *l = &s->at;

	if (s->plot->drive == NULL) {
		spur_grid_text(g, 1, 2, g->cols - 4, s->plot->error != NULL ? SPUR_ROLE_BAD : SPUR_ROLE_TEXT,
			       s->plot->error != NULL ? s->plot->error : s->plot->opening ? "opening the drive ..." :
			       "no drive is open: press 1, choose one, Enter");
		return;
	}
	if (l->tree.rows > 0) {
		spur_tree_draw(&s->tree, g, l->tree, s->in_tree);
		draw_line(g, l->tree.cols, l->tree.cols < g->cols ? g->rows : 0);
	}
	if (l->camera.rows > 0)
		spur_camera_pane_draw(&s->pane, g, s->view.style, s->view.base_ns);
	if (l->values.rows > 0)
		draw_values(s, g, l->values);
	if (l->plot.rows > 0)
		spur_plot_draw(g, l->plot, s->plot, &s->view, s->in_tree ? -1 : s->trace, s->play.on ? spur_plot_rate(s->play.rate) : 0);
}
