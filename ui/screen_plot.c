#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/axis.h"
#include "ui/plot_pane.h"
#include "ui/signal_tree.h"
#include "ui/ui.h"

#define TREE_COLS 24
#define ZOOM 2
#define SHORTEST_NS 100000	/* 0.1 ms: below, a terminal has nothing to show */

struct state {
	const struct spur_session_plot *plot;
	struct spur_tree tree;
	struct spur_plot_view view;
	bool in_tree;
	int trace;		/* current one */
	int cols;		/* of the plot */
	uint64_t seen;
	const char *of;		/* drive the tree was built for */
};

static void want(struct spur_ui *ui, struct state *s)
{
	int rows, cols;

	spur_ui_body(ui, &rows, &cols);
	s->cols = spur_plot_columns(cols - TREE_COLS - 1);
	s->view.style = spur_ui_time_style(ui);
	spur_session_plot_view(spur_ui_session(ui), s->view.begin_ns, s->view.end_ns, (size_t)(s->cols > 0 ? 2 * s->cols : 2),
			       s->view.cursor_ns, s->view.a_ns, s->view.b_ns);
}

static enum spur_status open_plot(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;

	(void)err;
	s->plot = spur_session_plot(spur_ui_session(ui));
	s->tree.plot = s->plot;
	s->in_tree = true;
	s->view.cursor_ns = s->view.a_ns = s->view.b_ns = SPUR_NS_MIN;
	if (arg != NULL)
		spur_session_plot_open(spur_ui_session(ui), arg);
	return SPUR_OK;
}

/* How well a signal tells what kind of drive it is: speed of the vehicle, acceleration along it. */
static int telling(const struct spur_session_signal *s, const char *const *units, const char *const *words)
{
	int score = 0;

	for (size_t i = 0; units[i] != NULL; i++)
		score += strcmp(s->unit, units[i]) == 0 ? 10 : 0;
	for (size_t i = 0; score > 0 && words[i] != NULL; i++)
		score += strcasestr(s->name, words[i]) != NULL ? 2 : 0;
	return score;
}

static void default_traces(struct spur_ui *ui, struct state *s)
{
	static const char *const units[2][5] = { { "km/h", "m/s", "kph", "mph", NULL }, { "m/s^2", "m/s2", "m/s\xc2\xb2", NULL } };
	static const char *const words[2][4] = { { "veh", "speed", "spd", NULL }, { "long", "acc", "linear_acceleration.x", NULL } };

	for (size_t k = 0; k < 2; k++) {
		const struct spur_session_signal *pick = NULL;
		int best = 0;

		for (size_t i = 0; i < s->plot->signal_count; i++) {
			int score = telling(&s->plot->signals[i], units[k], words[k]);

			if (score > best) {
				best = score;
				pick = &s->plot->signals[i];
			}
		}
		if (pick != NULL)
			spur_session_trace_add(spur_ui_session(ui), pick);
	}
}

static void new_drive(struct spur_ui *ui, struct state *s)
{
	free(s->tree.open);
	s->tree.open = NULL;
	s->of = s->plot->drive;
	s->view.begin_ns = s->plot->begin_ns;
	s->view.end_ns = s->plot->end_ns > s->plot->begin_ns ? s->plot->end_ns : s->plot->begin_ns + 1;
	s->view.base_ns = s->plot->begin_ns;
	s->view.cursor_ns = s->plot->begin_ns + (s->plot->end_ns - s->plot->begin_ns) / 2;
	s->view.a_ns = s->view.b_ns = SPUR_NS_MIN;
	s->trace = 0;
	spur_tree_build(&s->tree);
	if (s->plot->trace_count == 0)
		default_traces(ui, s);
	want(ui, s);
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->plot->generation;

	s->seen = s->plot->generation;
	if (s->plot->drive == NULL)
		s->of = NULL;
	else if (s->plot->drive != s->of)
		new_drive(ui, s);
	if (changed)
		want(ui, s);
	return changed;
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;
	struct spur_rect right = { 0, TREE_COLS + 1, g->rows, g->cols - TREE_COLS - 1 };

	if (s->plot->drive == NULL) {
		spur_grid_text(g, 1, 2, g->cols - 4, s->plot->error != NULL ? SPUR_ROLE_BAD : SPUR_ROLE_TEXT,
			       s->plot->error != NULL ? s->plot->error : s->plot->opening ? "opening the drive ..." :
			       "no drive is open: press 1, choose one, Enter");
		return;
	}
	spur_tree_draw(&s->tree, g, (struct spur_rect){ 0, 0, g->rows, TREE_COLS }, s->in_tree);
	for (int y = 0; y < g->rows; y++)
		spur_grid_put(g, y, TREE_COLS, SPUR_ROLE_DIM, 0x2502);
	spur_plot_draw(g, right, s->plot, &s->view, s->in_tree ? -1 : s->trace);
}

/* ---- acting ---- */

static void clamp_view(struct state *s)
{
	spur_ns width = s->view.end_ns - s->view.begin_ns, whole = s->plot->end_ns - s->plot->begin_ns;

	if (width >= whole) {
		s->view.begin_ns = s->plot->begin_ns;
		s->view.end_ns = s->plot->end_ns;
	} else if (s->view.begin_ns < s->plot->begin_ns) {
		s->view.begin_ns = s->plot->begin_ns;
		s->view.end_ns = s->view.begin_ns + width;
	} else if (s->view.end_ns > s->plot->end_ns) {
		s->view.end_ns = s->plot->end_ns;
		s->view.begin_ns = s->view.end_ns - width;
	}
}

/* Keep the cursor in view by moving the view. */
static void follow(struct state *s)
{
	spur_ns width = s->view.end_ns - s->view.begin_ns;

	if (s->view.cursor_ns < s->view.begin_ns)
		s->view.begin_ns = s->view.cursor_ns;
	else if (s->view.cursor_ns >= s->view.end_ns)
		s->view.begin_ns = s->view.cursor_ns - width + 1;
	s->view.end_ns = s->view.begin_ns + width;
	clamp_view(s);
}

static void move(struct state *s, spur_ns by)
{
	spur_ns t = s->view.cursor_ns + by;

	t = t < s->plot->begin_ns ? s->plot->begin_ns : t;
	s->view.cursor_ns = t >= s->plot->end_ns ? s->plot->end_ns - 1 : t;
	follow(s);
}

static void zoom(struct state *s, bool in)
{
	spur_ns width = s->view.end_ns - s->view.begin_ns, left = s->view.cursor_ns - s->view.begin_ns;
	spur_ns next = in ? width / ZOOM : width > INT64_MAX / ZOOM ? width : width * ZOOM;

	if (next < SHORTEST_NS)
		return;
	s->view.begin_ns = s->view.cursor_ns - (spur_ns)((double)left / (double)width * (double)next);
	s->view.end_ns = s->view.begin_ns + next;
	clamp_view(s);
}

static void zoom_marks(struct spur_ui *ui, struct state *s)
{
	spur_ns a = s->view.a_ns, b = s->view.b_ns, pad;

	if (a == SPUR_NS_MIN || b == SPUR_NS_MIN || a == b) {
		spur_ui_say(ui, "set A and B first: a and b at the cursor");
		return;
	}
	s->view.begin_ns = a < b ? a : b;
	s->view.end_ns = a < b ? b : a;
	pad = (s->view.end_ns - s->view.begin_ns) / 20 + 1;
	s->view.begin_ns -= pad;
	s->view.end_ns += pad;
	clamp_view(s);
}

static void go_segment(struct spur_ui *ui, struct state *s, int step)
{
	const struct spur_db_segment *best = NULL;

	for (size_t i = 0; i < s->plot->segment_count; i++) {
		const struct spur_db_segment *x = &s->plot->segments[i];
		bool beyond = step > 0 ? x->begin_ns > s->view.cursor_ns : x->begin_ns < s->view.cursor_ns;

		if (beyond && (best == NULL || (step > 0 ? x->begin_ns < best->begin_ns : x->begin_ns > best->begin_ns)))
			best = x;
	}
	if (best == NULL) {
		spur_ui_say(ui, s->plot->segment_count == 0 ? "this drive has no segments; find makes some" : "no further segment");
		return;
	}
	s->view.cursor_ns = best->begin_ns;
	s->view.a_ns = best->begin_ns;
	s->view.b_ns = best->end_ns;
	follow(s);
	spur_ui_say(ui, "%s %s %s, A and B at its ends", best->uid, best->label, spur_db_state_name(best->state));
}

static void toggle_trace(struct spur_ui *ui, struct state *s, const struct spur_session_signal *signal)
{
	for (size_t i = 0; i < s->plot->trace_count; i++) {
		if (s->plot->traces[i].signal == signal) {
			spur_session_trace_drop(spur_ui_session(ui), i);
			return;
		}
	}
	if (!spur_session_trace_add(spur_ui_session(ui), signal))
		spur_ui_say(ui, "%d traces are the most; d drops the current one", SPUR_SESSION_TRACES);
}

static void say_stats(struct spur_ui *ui, const struct state *s)
{
	const struct spur_session_trace *t;
	char mn[32], mx[32], mean[32], rms[32], sd[32];

	if ((size_t)s->trace >= s->plot->trace_count)
		return;
	t = &s->plot->traces[s->trace];
	spur_ui_say(ui, "%s: n %llu  min %s  max %s  mean %s  rms %s  sd %s  gaps %llu", t->signal->name,
		    (unsigned long long)t->stats.count, spur_number_text(t->stats.min, 9, mn),
		    spur_number_text(t->stats.max, 9, mx), spur_number_text(t->stats.mean, 9, mean),
		    spur_number_text(spur_range_stats_rms(&t->stats), 9, rms),
		    spur_number_text(spur_range_stats_sd(&t->stats), 9, sd), (unsigned long long)t->stats.gaps);
}

static bool tree_action(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	const struct spur_session_signal *signal = spur_tree_signal(&s->tree);
	int rows, cols;

	spur_ui_body(ui, &rows, &cols);
	if (spur_list_action(&s->tree.cursor, a, s->tree.count, rows - 1))
		return true;
	if (strcmp(a->id, "open") == 0 && signal != NULL)
		toggle_trace(ui, s, signal);
	else if (strcmp(a->id, "open") == 0 && s->tree.count > 0)
		spur_tree_toggle(&s->tree, !s->tree.open[s->tree.rows[s->tree.cursor.at].first]);
	else if (strcmp(a->id, "cursor-left") == 0 || strcmp(a->id, "cursor-right") == 0)
		spur_tree_toggle(&s->tree, strcmp(a->id, "cursor-right") == 0);
	else
		return false;
	return true;
}

static bool cursor_action(struct state *s, const char *id)
{
	spur_ns width = s->view.end_ns - s->view.begin_ns, px = width / (s->cols > 0 ? 2 * s->cols : 1);

	px = px < 1 ? 1 : px;
	if (strcmp(id, "cursor-left") == 0)
		move(s, -px);
	else if (strcmp(id, "cursor-right") == 0)
		move(s, px);
	else if (strcmp(id, "cursor-far-left") == 0)
		move(s, -width / 10);
	else if (strcmp(id, "cursor-far-right") == 0)
		move(s, width / 10);
	else if (strcmp(id, "first") == 0)
		move(s, s->plot->begin_ns - s->view.cursor_ns);
	else if (strcmp(id, "last") == 0)
		move(s, s->plot->end_ns - s->view.cursor_ns);
	else
		return false;
	return true;
}

static bool view_action(struct spur_ui *ui, struct state *s, const char *id)
{
	spur_ns swap = s->view.a_ns;

	if (strcmp(id, "zoom-in") == 0 || strcmp(id, "zoom-out") == 0) {
		zoom(s, strcmp(id, "zoom-in") == 0);
	} else if (strcmp(id, "zoom-all") == 0) {
		s->view.begin_ns = s->plot->begin_ns;
		s->view.end_ns = s->plot->end_ns;
	} else if (strcmp(id, "zoom-ab") == 0) {
		zoom_marks(ui, s);
	} else if (strcmp(id, "mark-a") == 0) {
		s->view.a_ns = s->view.cursor_ns;
	} else if (strcmp(id, "mark-b") == 0) {
		s->view.b_ns = s->view.cursor_ns;
	} else if (strcmp(id, "swap-ab") == 0) {
		s->view.a_ns = s->view.b_ns;
		s->view.b_ns = swap;
	} else if (strcmp(id, "segment-next") == 0 || strcmp(id, "segment-previous") == 0) {
		go_segment(ui, s, strcmp(id, "segment-next") == 0 ? 1 : -1);
	} else {
		return false;
	}
	return true;
}

static bool trace_action(struct spur_ui *ui, struct state *s, const char *id)
{
	int n = (int)s->plot->trace_count;

	if (strcmp(id, "down") == 0 && s->trace + 1 < n)
		s->trace++;
	else if (strcmp(id, "up") == 0 && s->trace > 0)
		s->trace--;
	else if (strcmp(id, "drop") == 0 && n > 0)
		spur_session_trace_drop(spur_ui_session(ui), (size_t)s->trace);
	else if (strcmp(id, "stats") == 0)
		say_stats(ui, s);
	else
		return strcmp(id, "down") == 0 || strcmp(id, "up") == 0 || strcmp(id, "drop") == 0;
	if (s->trace >= (int)s->plot->trace_count)
		s->trace = s->plot->trace_count > 0 ? (int)s->plot->trace_count - 1 : 0;
	return true;
}

static void filter_tree(struct spur_ui *ui, struct state *s, const char *text)
{
	snprintf(s->tree.filter, sizeof(s->tree.filter), "%s", text);
	s->tree.cursor = (struct spur_list){ 0 };
	spur_tree_build(&s->tree);
	s->in_tree = true;
	(void)ui;
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct state *s = state;

	if (s->plot->drive == NULL)
		return false;
	if (strcmp(a->id, "resize") == 0 || strcmp(a->id, "time-base") == 0) {
		want(ui, s);
		return strcmp(a->id, "resize") == 0;
	}
	if (strcmp(a->id, "search") == 0 && a->text != NULL) {
		filter_tree(ui, s, a->text);
		return true;
	}
	if (strcmp(a->id, "cancel") == 0 && s->tree.filter[0] != '\0') {
		filter_tree(ui, s, "");
		return true;
	}
	if (strcmp(a->id, "pane-next") == 0) {
		s->in_tree = !s->in_tree;
		return true;
	}
	if (s->in_tree && tree_action(ui, s, a))
		return true;
	if (!(s->in_tree ? false : cursor_action(s, a->id)) && !view_action(ui, s, a->id) && !trace_action(ui, s, a->id))
		return false;
	want(ui, s);
	return true;
}

static void close_plot(struct spur_ui *ui, void *state)
{
	struct state *s = state;

	(void)ui;
	spur_tree_finish(&s->tree);
}

const struct spur_screen spur_screen_plot = {
	.id = "plot", .title = "Plot", .state_size = sizeof(struct state),
	.open = open_plot, .update = update, .draw = draw, .action = action, .close = close_plot,
};
