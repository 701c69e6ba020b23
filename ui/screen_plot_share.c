#include "config.h"

#include "ui/screen_plot.h"

#include <stdio.h>
#include <string.h>

static void copy_name(char to[SPUR_IPC_NAME], const char *from)
{
	snprintf(to, SPUR_IPC_NAME, "%s", strlen(from) < SPUR_IPC_NAME ? from : "");
}

bool plot_share(const void *state, struct spur_ipc_view *out)
{
	const struct plot_state *s = state;
	const struct spur_session_frame *f = s->pane.frame;

	if (s->plot->drive == NULL || s->of != s->plot->drive || s->view.begin_ns >= s->view.end_ns)
		return false;
	copy_name(out->drive, s->plot->drive);
	out->begin_ns = s->view.begin_ns;
	out->end_ns = s->view.end_ns;
	out->cursor_ns = s->view.cursor_ns;
	out->a_ns = s->view.a_ns;
	out->b_ns = s->view.b_ns;
	for (size_t i = 0; i < s->plot->trace_count && out->trace_count < SPUR_IPC_TRACES; i++) {
		if (spur_session_signal_name(s->plot->traces[i].signal, out->traces[out->trace_count], SPUR_IPC_NAME))
			out->trace_count++;
	}
	out->current = s->trace < (int)out->trace_count ? s->trace : (int)out->trace_count - 1;
	if (s->pane.camera >= 0 && f != NULL && (size_t)s->pane.camera < f->camera_count)
		copy_name(out->camera, f->cameras[s->pane.camera].topic);
	out->overlay = !s->pane.plain;
	out->playing = s->play.on;
	out->rate = spur_plot_rate(s->play.rate);
	if (s->play.on && s->play.follows)
		memcpy(out->player, s->player, sizeof(out->player));
	return true;
}

static void adopt_traces(struct spur_ui *ui, struct plot_state *s, const struct spur_ipc_view *in)
{
	const struct spur_session_signal *signals[SPUR_IPC_TRACES];
	size_t n = 0;

	for (size_t i = 0; i < in->trace_count; i++) {
		const struct spur_session_signal *found = spur_session_signal_find(s->plot, in->traces[i]);

		if (found != NULL)
			signals[n++] = found;
	}
	spur_session_traces_set(spur_ui_session(ui), signals, n);
	s->trace = in->current < 0 ? 0 : in->current;
	if (s->trace >= (int)s->plot->trace_count)
		s->trace = s->plot->trace_count > 0 ? (int)s->plot->trace_count - 1 : 0;
}

static void adopt_camera(struct plot_state *s, const struct spur_ipc_view *in)
{
	const struct spur_session_frame *f = s->pane.frame;

	for (size_t i = 0; f != NULL && i < f->camera_count; i++) {
		if (strcmp(f->cameras[i].topic, in->camera) == 0)
			s->pane.camera = (int)i;
	}
	if (s->pane.plain == in->overlay)
		spur_camera_pane_overlay(&s->pane, in->overlay);
}

static void adopt_play(struct plot_state *s, const struct spur_ipc_view *in)
{
	s->play.rate = spur_plot_rate_of(in->rate);
	s->play.on = in->playing;
	s->play.follows = in->playing && in->player[0] != '\0';
	memcpy(s->player, in->player, sizeof(s->player));
	if (s->play.on && !s->play.follows)
		spur_plot_play_start(&s->play, s->view.cursor_ns, spur_monotonic_ns());
}

void plot_adopt(struct spur_ui *ui, void *state, const struct spur_ipc_view *in)
{
	struct plot_state *s = state;
	const struct spur_plot_extent e = plot_extent(s);

	s->view.begin_ns = in->begin_ns;
	s->view.end_ns = in->end_ns;
	s->view.cursor_ns = in->cursor_ns == SPUR_NS_MIN ? in->begin_ns : in->cursor_ns;
	s->view.a_ns = in->a_ns;
	s->view.b_ns = in->b_ns;
	spur_plot_view_clamp(&s->view, &e);
	adopt_traces(ui, s, in);
	adopt_camera(s, in);
	adopt_play(s, in);
	plot_want(ui, s);
}
