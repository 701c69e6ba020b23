#include "config.h"

#include "ui/screen_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define FRAME_MS 50	/* while playing */

struct spur_plot_extent plot_extent(const struct plot_state *s)
{
	return (struct spur_plot_extent){ s->plot->begin_ns, s->plot->end_ns, 2 * s->cols };
}

/* While playing, a frame or a value that is still being read is not overtaken: something is shown. */
static void want_values(struct spur_ui *ui, struct plot_state *s)
{
	for (size_t i = 0; s->play.on && i < s->plot->trace_count; i++) {
		if (s->plot->traces[i].loading)
			return;
	}
	spur_session_plot_view(spur_ui_session(ui), s->view.begin_ns, s->view.end_ns, (size_t)(s->cols > 0 ? 2 * s->cols : 2),
			       s->view.cursor_ns, s->view.a_ns, s->view.b_ns);
}

void plot_want(struct spur_ui *ui, struct plot_state *s)
{
	int rows, cols;

	spur_ui_body(ui, &rows, &cols);
	plot_layout(&s->at, rows, cols, s->in_tree, s->with_camera);
	s->pane.facts_cols = s->at.values.row == s->at.camera.row + 1 ? cols - s->at.camera.col : 0;
	s->cols = spur_plot_columns(s->at.plot.cols > 0 ? s->at.plot.cols : cols);
	if (s->plot->drive == NULL)
		return;
	want_values(ui, s);
	spur_camera_pane_place(&s->pane, ui, s->at.camera);
	if (!s->play.on || !s->pane.frame->loading)
		spur_camera_pane_want(&s->pane, ui, s->at.camera.rows > 0 ? s->view.cursor_ns : SPUR_NS_MIN);
}

void plot_toggle_camera(struct spur_ui *ui, struct plot_state *s)
{
	s->with_camera = !s->with_camera || s->in_tree;
	s->in_tree = false;
	s->echo_frame = s->with_camera;
	plot_want(ui, s);
}

/* ---- command lines ---- */

void plot_add_word(struct spur_buf *b, const char *word)
{
	bool plain = *word != '\0' && strpbrk(word, " \t\n'\"\\$`&|;<>()*?[#~!{}") == NULL;

	spur_buf_adds(b, plain ? " " : " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			spur_buf_adds(b, "'\\''");
		else
			spur_buf_addc(b, *word);
	}
	if (!plain)
		spur_buf_addc(b, '\'');
}

const char *plot_time_word(const struct plot_state *s, spur_ns t, char out[SPUR_TIME_TEXT])
{
	spur_ns d = t - s->plot->begin_ns;
	int n = snprintf(out, SPUR_TIME_TEXT, "%lld.%09lld", (long long)(d / SPUR_NS_PER_S), (long long)(d % SPUR_NS_PER_S));

	while (n > 0 && out[n - 1] == '0')
		n--;
	n -= out[n - 1] == '.';
	out[n] = 's';
	out[n + 1] = '\0';
	return out;
}

void plot_echo(struct spur_ui *ui, const struct plot_state *s)
{
	bool all = s->view.begin_ns == s->plot->begin_ns && s->view.end_ns == s->plot->end_ns;
	char t[SPUR_TIME_TEXT];
	struct spur_buf b = { 0 };

	plot_add_word(&b, s->plot->drive);
	for (size_t i = 0; i < s->plot->trace_count; i++) {
		spur_buf_adds(&b, " -s");
		plot_add_word(&b, s->plot->traces[i].signal->name);
	}
	if (!all)
		spur_buf_addf(&b, " --from %s", plot_time_word(s, s->view.begin_ns, t));
	if (!all)
		spur_buf_addf(&b, " --to %s", plot_time_word(s, s->view.end_ns, t));
	spur_ui_echo(ui, "spur plot%s", spur_buf_text(&b));
	spur_buf_finish(&b);
}

void plot_echo_frame(struct spur_ui *ui, const struct plot_state *s)
{
	const struct spur_session_frame *f = s->pane.frame;
	char t[SPUR_TIME_TEXT], word[64];
	struct spur_buf b = { 0 };

	if (f->frame == NULL || s->pane.camera < 0 || s->pane.camera >= (int)f->camera_count)
		return;
	plot_add_word(&b, s->plot->drive);
	plot_add_word(&b, spur_camera_name(f, s->pane.camera, word));
	spur_ui_echo(ui, "spur frame%s --at %s -o f.png", spur_buf_text(&b), plot_time_word(s, f->frame->place.t_ns, t));
	spur_buf_finish(&b);
}

/* ---- a drive comes ---- */

static enum spur_status open_plot(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct plot_state *s = state;

	(void)err;
	s->plot = spur_session_plot(spur_ui_session(ui));
	s->tree.plot = s->plot;
	s->in_tree = true;
	s->play.rate = SPUR_PLOT_RATE_ONE;
	s->view.cursor_ns = s->view.a_ns = s->view.b_ns = SPUR_NS_MIN;
	spur_camera_pane_init(&s->pane, ui);
	if (arg != NULL)
		spur_session_plot_open(spur_ui_session(ui), arg);
	return SPUR_OK;
}

static void new_drive(struct spur_ui *ui, struct plot_state *s)
{
	const struct spur_plot_extent e = plot_extent(s);

	free(s->tree.open);
	s->tree.open = NULL;
	s->of = s->plot->drive;
	spur_plot_view_whole(&s->view, &e);
	if (s->plot->focus_begin_ns != SPUR_NS_MIN) {
		s->view.a_ns = s->view.cursor_ns = s->plot->focus_begin_ns;
		s->view.b_ns = s->plot->focus_end_ns;
		spur_plot_view_marks(&s->view, &e);
	}
	s->play.on = false;
	s->trace = 0;
	spur_tree_build(&s->tree);
	if (s->plot->trace_count == 0)
		spur_session_traces_default(spur_ui_session(ui));
	plot_want(ui, s);
}

/* The cursor of a running playback; false: nothing moved. */
static bool play_on(struct spur_ui *ui, struct plot_state *s)
{
	const struct spur_plot_extent e = plot_extent(s);
	spur_ns t;

	if (!s->play.on || s->play.follows)
		return false;
	t = spur_plot_play_at(&s->play, &e, spur_monotonic_ns());
	spur_ui_wake(ui, FRAME_MS);
	if (t == s->view.cursor_ns)
		return false;
	spur_plot_view_cursor(&s->view, &e, t);
	return true;
}

static bool frames_stepped(struct spur_ui *ui, struct plot_state *s)
{
	const struct spur_plot_extent e = plot_extent(s);
	spur_ns t;

	if (!spur_camera_pane_stepped(&s->pane, &t))
		return false;
	spur_plot_view_cursor(&s->view, &e, t);
	s->echo_frame = true;
	plot_want(ui, s);
	return true;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct plot_state *s = state;
	bool changed = s->seen != s->plot->generation || s->view.style != spur_ui_time_style(ui), frame = spur_camera_pane_update(&s->pane, ui);

	s->seen = s->plot->generation;
	s->view.style = spur_ui_time_style(ui);
	if (s->plot->drive == NULL)
		s->of = NULL;
	else if (s->plot->drive != s->of)
		new_drive(ui, s);
	if (s->plot->drive == NULL)
		return changed || frame;
	if (play_on(ui, s) || changed)
		plot_want(ui, s);
	if (frame && s->echo_frame && !s->pane.frame->loading && s->pane.frame->frame != NULL) {
		s->echo_frame = false;
		plot_echo_frame(ui, s);
	}
	return frames_stepped(ui, s) || changed || frame || s->play.on;
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct plot_state *s = state;

	if (s->plot->drive == NULL && strcmp(a->id, "resize") != 0)
		return false;
	return plot_action(ui, s, a);
}

static void close_plot(struct spur_ui *ui, void *state)
{
	struct plot_state *s = state;

	spur_camera_pane_want(&s->pane, ui, SPUR_NS_MIN);
	spur_camera_pane_finish(&s->pane);
	spur_tree_finish(&s->tree);
}

const struct spur_screen spur_screen_plot = {
	.id = "plot", .title = "Plot", .state_size = sizeof(struct plot_state),
	.open = open_plot, .update = update, .draw = plot_draw, .action = action, .close = close_plot,
	.share = plot_share, .adopt = plot_adopt,
};
