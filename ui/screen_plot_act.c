#include "config.h"

#include "ui/screen_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/axis.h"
#include "ui/link.h"

static void go(struct plot_state *s, spur_ns t)
{
	const struct spur_plot_extent e = plot_extent(s);

	spur_plot_view_cursor(&s->view, &e, t);
}

static bool has_marks(const struct plot_state *s)
{
	return s->view.a_ns != SPUR_NS_MIN && s->view.b_ns != SPUR_NS_MIN && s->view.a_ns != s->view.b_ns;
}

/* ---- segments ---- */

static void go_segment(struct spur_ui *ui, struct plot_state *s, int step)
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
	s->view.a_ns = best->begin_ns;
	s->view.b_ns = best->end_ns;
	go(s, best->begin_ns);
	spur_ui_say(ui, "%s %s %s, A and B at its ends", best->uid, best->label, spur_db_state_name(best->state));
}

static void make_segment(struct spur_ui *ui, const struct plot_state *s, const char *label)
{
	bool order = s->view.a_ns < s->view.b_ns;
	char t[SPUR_TIME_TEXT];
	struct spur_buf b = { 0 };

	if (*label == '\0')
		return;
	plot_add_word(&b, s->plot->drive);
	spur_buf_addf(&b, " --from %s", plot_time_word(s, order ? s->view.a_ns : s->view.b_ns, t));
	spur_buf_addf(&b, " --to %s --label", plot_time_word(s, order ? s->view.b_ns : s->view.a_ns, t));
	plot_add_word(&b, label);
	if (spur_ui_readonly(ui)) {
		spur_ui_say(ui, "read-only: nothing is changed");
	} else {
		char *line = spur_strfmt("spur segments add%s", spur_buf_text(&b));

		spur_ui_run(ui, line, false);
		free(line);
	}
	spur_buf_finish(&b);
}

static bool segment_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a)
{
	if (strcmp(a->id, "segment-next") == 0 || strcmp(a->id, "segment-previous") == 0)
		go_segment(ui, s, strcmp(a->id, "segment-next") == 0 ? 1 : -1);
	else if (strcmp(a->id, "segment-make") != 0)
		return false;
	else if (!has_marks(s))		/* another drive may have come while the label was typed */
		spur_ui_say(ui, "set A and B first: a and b at the cursor");
	else if (a->text != NULL)
		make_segment(ui, s, a->text);
	else
		spur_ui_prompt(ui, "label of A to B: ", "segment-make", NULL);
	return true;
}

/* ---- traces and the tree ---- */

static void toggle_trace(struct spur_ui *ui, struct plot_state *s, const struct spur_session_signal *signal)
{
	for (size_t i = 0; i < s->plot->trace_count; i++) {
		if (s->plot->traces[i].signal == signal) {
			spur_session_trace_drop(spur_ui_session(ui), i);
			plot_echo(ui, s);
			return;
		}
	}
	if (spur_session_trace_add(spur_ui_session(ui), signal))
		plot_echo(ui, s);
	else
		spur_ui_say(ui, "%d traces are the most; d drops the current one", SPUR_SESSION_TRACES);
}

static void say_stats(struct spur_ui *ui, const struct plot_state *s)
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

static bool tree_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a)
{
	const struct spur_session_signal *signal = spur_tree_signal(&s->tree);
	int page = s->at.tree.rows - 1;

	if (spur_list_action(&s->tree.cursor, a, s->tree.count, page > 0 ? page : 1))
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

static void filter_tree(struct spur_ui *ui, struct plot_state *s, const char *text)
{
	snprintf(s->tree.filter, sizeof(s->tree.filter), "%s", text);
	s->tree.cursor = (struct spur_list){ 0 };
	spur_tree_build(&s->tree);
	s->in_tree = true;
	plot_want(ui, s);
}

static bool trace_action(struct spur_ui *ui, struct plot_state *s, const char *id)
{
	int n = (int)s->plot->trace_count;

	if (strcmp(id, "down") == 0 || strcmp(id, "trace-next") == 0) {
		s->trace += s->trace + 1 < n;
	} else if (strcmp(id, "up") == 0 || strcmp(id, "trace-previous") == 0) {
		s->trace -= s->trace > 0;
	} else if (strcmp(id, "drop") == 0) {
		spur_session_trace_drop(spur_ui_session(ui), (size_t)s->trace);
		if (n > 0)
			plot_echo(ui, s);
	} else if (strcmp(id, "stats") == 0) {
		say_stats(ui, s);
	} else {
		return false;
	}
	if (s->trace >= (int)s->plot->trace_count)
		s->trace = s->plot->trace_count > 0 ? (int)s->plot->trace_count - 1 : 0;
	return true;
}

/* ---- moving in time ---- */

/* In the tree its own keys come first; "first" and "last" are rows there. */
static bool view_action(struct spur_ui *ui, struct plot_state *s, const char *id)
{
	const struct spur_plot_extent e = plot_extent(s);

	if (!spur_plot_view_action(&s->view, &e, id))
		return false;
	if (strcmp(id, "zoom-ab") == 0 && !has_marks(s))
		spur_ui_say(ui, "set A and B first: a and b at the cursor");
	else if (strncmp(id, "zoom", 4) == 0)
		plot_echo(ui, s);
	else
		s->echo_frame = s->with_camera;
	return true;
}

static void go_typed(struct spur_ui *ui, struct plot_state *s, const char *text)
{
	struct spur_error err = { 0 };
	spur_ns t;

	if (*text == '\0')
		return;
	if (spur_time_parse(text, s->plot->begin_ns, s->plot->end_ns, s->view.cursor_ns, &t, &err) < 0)
		spur_ui_say(ui, "%s", err.text);
	else
		go(s, t);
}

/* The sample before or after the cursor, of the current trace. */
static void step_sample(struct spur_ui *ui, struct plot_state *s, int step)
{
	const struct spur_session_trace *t = &s->plot->traces[s->trace];
	spur_ns to;

	if ((size_t)s->trace >= s->plot->trace_count)
		return;
	to = step > 0 ? t->next_ns : t->previous_ns;
	if (to != SPUR_NS_MIN)
		go(s, to);
	else if (!t->loading)
		spur_ui_say(ui, "no sample of %s %s this one in view", t->signal->name, step > 0 ? "after" : "before");
}

static bool time_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a)
{
	int step = strcmp(a->id, "step-next") == 0 ? 1 : -1;

	if (strcmp(a->id, "goto") == 0 && a->text == NULL) {
		spur_ui_prompt(ui, "go to (12.5s, 00:14:03, 50%, +10s, a date): ", "goto", NULL);
	} else if (strcmp(a->id, "goto") == 0) {
		go_typed(ui, s, a->text);
	} else if (strcmp(a->id, "step-next") == 0 || strcmp(a->id, "step-previous") == 0) {
		s->play.on = false;
		if (s->at.camera.rows > 0)
			spur_camera_pane_step(&s->pane, step);
		else
			step_sample(ui, s, step);
	} else {
		return false;
	}
	s->echo_frame = s->with_camera;
	return true;
}

/* ---- playback, cameras, drives ---- */

static bool play_action(struct spur_ui *ui, struct plot_state *s, const char *id)
{
	spur_ns now = spur_monotonic_ns();

	if (strcmp(id, "play") == 0) {
		if (!s->play.on && s->view.cursor_ns >= s->plot->end_ns - 1)
			go(s, s->plot->begin_ns);
		if (s->play.on)
			s->play.on = false;
		else
			spur_plot_play_start(&s->play, s->view.cursor_ns, now);
		s->echo_frame = s->with_camera && !s->play.on;
	} else if (strcmp(id, "play-faster") == 0 || strcmp(id, "play-slower") == 0) {
		spur_plot_play_rate(&s->play, strcmp(id, "play-faster") == 0 ? 1 : -1, s->view.cursor_ns, now);
		spur_ui_say(ui, "rate %gx", spur_plot_rate(s->play.rate));
	} else {
		return false;
	}
	return true;
}

static bool camera_action(struct spur_ui *ui, struct plot_state *s, const char *id)
{
	if (strcmp(id, "camera") == 0) {
		plot_toggle_camera(ui, s);
	} else if (strcmp(id, "camera-next") == 0) {
		s->echo_frame = true;
		if (s->at.camera.rows == 0)
			plot_toggle_camera(ui, s);
		else if (!spur_camera_pane_cycle(&s->pane, ui, 1))
			spur_ui_say(ui, "no cameras in this drive");
	} else if (strcmp(id, "overlay") == 0) {
		spur_camera_pane_overlay(&s->pane, s->pane.plain);
		spur_ui_say(ui, s->pane.plain ? "without annotations" : "with annotations");
	} else {
		return false;
	}
	return true;
}

/* The neighbour of the open drive in the list of the first screen. */
static bool drive_action(struct spur_ui *ui, struct plot_state *s, const char *id)
{
	const struct spur_session_drives *d = spur_session_drives(spur_ui_session(ui));
	size_t step = strcmp(id, "drive-next") == 0 ? 1 : (size_t)-1;

	if (strcmp(id, "drive-next") != 0 && strcmp(id, "drive-previous") != 0)
		return false;
	for (size_t i = 0; i < d->count; i++) {
		if (strcmp(d->rows[i]->name, s->plot->drive) == 0 && i + step < d->count) {
			spur_session_plot_open(spur_ui_session(ui), d->rows[i + step]->name);
			spur_ui_say(ui, "opening %s", d->rows[i + step]->name);
			return true;
		}
	}
	spur_ui_say(ui, "no further drive");
	return true;
}

static bool pane_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a)
{
	if (strcmp(a->id, "search") == 0 && a->text != NULL)
		filter_tree(ui, s, a->text);
	else if (strcmp(a->id, "cancel") == 0 && s->tree.filter[0] != '\0')
		filter_tree(ui, s, "");
	else if (strcmp(a->id, "pane-next") == 0)
		s->in_tree = !s->in_tree;
	else
		return s->in_tree && tree_action(ui, s, a);
	return true;
}

bool plot_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a)
{
	spur_ns before = s->view.cursor_ns;
	bool mine;

	if (strcmp(a->id, "window") == 0) {
		spur_ui_window_open(ui, s->plot->drive);
		return true;
	}
	if (strcmp(a->id, "shot") == 0) {
		spur_ui_window_shot(ui);
		return true;
	}
	if (strcmp(a->id, "resize") == 0 || strcmp(a->id, "time-base") == 0) {
		plot_want(ui, s);
		return strcmp(a->id, "resize") == 0;
	}
	mine = pane_action(ui, s, a) || view_action(ui, s, a->id) ||
	       time_action(ui, s, a) || segment_action(ui, s, a) || play_action(ui, s, a->id) || camera_action(ui, s, a->id) ||
	       drive_action(ui, s, a->id) || trace_action(ui, s, a->id);
	if (!mine)
		return false;
	if (s->play.on && s->view.cursor_ns != before)	/* moved by hand: on from there */
		spur_plot_play_start(&s->play, s->view.cursor_ns, spur_monotonic_ns());
	plot_want(ui, s);
	return true;
}
