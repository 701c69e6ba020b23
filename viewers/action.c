#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewers/viewer.h"

static void go_segment(struct spur_viewer *v, int step)
{
	const struct spur_db_segment *best = NULL;
	struct spur_plot_extent e = spur_viewer_extent(v);

	for (size_t i = 0; i < v->plot->segment_count; i++) {
		const struct spur_db_segment *x = &v->plot->segments[i];
		bool beyond = step > 0 ? x->begin_ns > v->view.cursor_ns : x->begin_ns < v->view.cursor_ns;

		if (beyond && (best == NULL || (step > 0 ? x->begin_ns < best->begin_ns : x->begin_ns > best->begin_ns)))
			best = x;
	}
	if (best == NULL) {
		spur_viewer_say(v, "%s", v->plot->segment_count == 0 ? "this drive has no segments" : "no further segment");
		return;
	}
	spur_plot_view_cursor(&v->view, &e, best->begin_ns);
	v->view.a_ns = best->begin_ns;
	v->view.b_ns = best->end_ns;
	spur_viewer_say(v, "%s %s", best->label, best->uid);
}

static bool trace_action(struct spur_viewer *v, const char *id)
{
	int n = (int)v->plot->trace_count;

	if (strcmp(id, "down") == 0 || strcmp(id, "trace-next") == 0)
		v->trace += v->trace + 1 < n;
	else if (strcmp(id, "up") == 0 || strcmp(id, "trace-previous") == 0)
		v->trace -= v->trace > 0;
	else if (strcmp(id, "drop") == 0)
		spur_session_trace_drop(v->session, (size_t)v->trace);
	else
		return false;
	if (v->trace >= (int)v->plot->trace_count)
		v->trace = v->plot->trace_count > 0 ? (int)v->plot->trace_count - 1 : 0;
	return true;
}

/* ---- cameras ---- */

static bool is_word_of(const char *topic, const char *name)
{
	return strcmp(topic, name) == 0 || strcasestr(topic, name) != NULL;
}

void spur_viewer_camera_choose(struct spur_viewer *v)
{
	const char *name = v->shared.camera[0] != '\0' ? v->shared.camera : v->o->camera;

	v->camera = v->frame->camera_count > 0 ? 0 : -1;
	for (size_t i = 0; name != NULL && i < v->frame->camera_count; i++) {
		if (is_word_of(v->frame->cameras[i].topic, name)) {
			v->camera = (int)i;
			break;
		}
	}
	if (v->camera < 0)
		return;
	snprintf(v->shared.camera, sizeof(v->shared.camera), "%s", v->frame->cameras[v->camera].topic);	/* not a change of ours */
	spur_viewer_want(v);
}

static void next_camera(struct spur_viewer *v)
{
	if (v->frame->camera_count == 0)
		spur_viewer_say(v, "this drive has no camera");
	else
		v->camera = (v->camera + 1) % (int)v->frame->camera_count;
}

/* The cursor to the frame before or after the one that is shown, or of the current trace's samples. */
static void step(struct spur_viewer *v, int by)
{
	const struct spur_frame *f = v->windows[SPUR_VIEWER_CAMERA].window != NULL ? v->frame->frame : NULL;
	struct spur_plot_extent e = spur_viewer_extent(v);
	spur_ns t = SPUR_NS_MIN;

	v->play.on = false;
	if (f != NULL)
		t = by > 0 ? f->place.next_ns : f->place.previous_ns;
	else if ((size_t)v->trace < v->plot->trace_count)
		t = by > 0 ? v->plot->traces[v->trace].next_ns : v->plot->traces[v->trace].previous_ns;
	if (t != SPUR_NS_MIN)
		spur_plot_view_cursor(&v->view, &e, t);
}

static void toggle_overlay(struct spur_viewer *v)
{
	v->overlay = !v->overlay;
	v->windows[SPUR_VIEWER_CAMERA].stale = true;
}

/* ---- playing ---- */

static void toggle_play(struct spur_viewer *v)
{
	struct spur_plot_extent e = spur_viewer_extent(v);

	if (v->play.on) {
		v->play.on = false;
		return;
	}
	if (v->view.cursor_ns >= v->plot->end_ns - 1)
		spur_plot_view_cursor(&v->view, &e, v->plot->begin_ns);
	spur_plot_play_start(&v->play, v->view.cursor_ns, spur_monotonic_ns());
}

static void set_rate(struct spur_viewer *v, int step)
{
	spur_plot_play_rate(&v->play, step, v->view.cursor_ns, spur_monotonic_ns());
	spur_viewer_say(v, "rate %gx", spur_plot_rate(v->play.rate));
}

void spur_viewer_play(struct spur_viewer *v)
{
	struct spur_plot_extent e = spur_viewer_extent(v);

	if (!v->play.on || v->play.follows || v->of == NULL)
		return;
	spur_plot_view_cursor(&v->view, &e, spur_plot_play_at(&v->play, &e, spur_monotonic_ns()));
	spur_viewer_want(v);
}

/* ---- the table ---- */

static bool play_action(struct spur_viewer *v, const char *id)
{
	if (strcmp(id, "play") == 0)
		toggle_play(v);
	else if (strcmp(id, "play-faster") == 0 || strcmp(id, "play-slower") == 0)
		set_rate(v, strcmp(id, "play-faster") == 0 ? 1 : -1);
	else if (strcmp(id, "step-next") == 0 || strcmp(id, "step-previous") == 0)
		step(v, strcmp(id, "step-next") == 0 ? 1 : -1);
	else if (strcmp(id, "camera-next") == 0)
		next_camera(v);
	else if (strcmp(id, "overlay") == 0)
		toggle_overlay(v);
	else if (strcmp(id, "camera") == 0)
		v->want_camera = !v->want_camera;
	else
		return false;
	return true;
}

static void shoot(struct spur_viewer *v, int window)
{
	struct spur_error err;

	if (spur_viewer_shot(v, window, NULL, &err) < 0)
		spur_viewer_say(v, "%s", err.text);
}

static bool window_action(struct spur_viewer *v, int window, const char *id)
{
	if (strcmp(id, "back") == 0 && window == SPUR_VIEWER_CAMERA)
		v->want_camera = false;
	else if (strcmp(id, "back") == 0 || strcmp(id, "quit") == 0)
		v->done = true;
	else if (strcmp(id, "theme") == 0)
		v->light = !v->light;
	else if (strcmp(id, "time-base") == 0)
		v->view.style = (enum spur_time_style)((v->view.style + 1) % 4);
	else if (strcmp(id, "refresh") == 0)
		spur_session_refresh(v->session);
	else if (strcmp(id, "shot") == 0)
		shoot(v, window);
	else
		return false;
	return true;
}

void spur_viewer_action(struct spur_viewer *v, int window, const char *id)
{
	struct spur_plot_extent e = spur_viewer_extent(v);
	spur_ns before = v->view.cursor_ns;

	if (window_action(v, window, id)) {
		spur_viewer_stale(v);
		return;
	}
	if (v->of == NULL)
		return;
	if (strcmp(id, "segment-next") == 0 || strcmp(id, "segment-previous") == 0)
		go_segment(v, strcmp(id, "segment-next") == 0 ? 1 : -1);
	else if (strcmp(id, "zoom-ab") == 0 && !spur_plot_view_marks(&v->view, &e))
		spur_viewer_say(v, "set A and B first: a and b at the cursor, or drag with Shift");
	else if (!spur_plot_view_action(&v->view, &e, id) && !trace_action(v, id) && !play_action(v, id))
		return;
	if (v->play.on && v->view.cursor_ns != before)	/* moved by hand: on from there */
		spur_plot_play_start(&v->play, v->view.cursor_ns, spur_monotonic_ns());
	spur_viewer_want(v);
}
