#include "config.h"

#include "viewers/viewer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "viewers/window.h"

#define THREADS 2
#define FIRST_TRACES 2
#define PLAY_MS 16
#define IDLE_MS 10000		/* nothing happens: SDL needs no more than a look now and then */
#define CAMERA_WIDTH 640
#define CAMERA_HEIGHT 400

void spur_viewer_say(struct spur_viewer *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->said, sizeof(v->said), fmt, ap);
	va_end(ap);
	v->windows[SPUR_VIEWER_PLOT].stale = true;
}

void spur_viewer_fail(struct spur_viewer *v, const struct spur_error *err)
{
	if (v->failed[0] == '\0')
		snprintf(v->failed, sizeof(v->failed), "%s", err->text);
	v->done = true;
}

void spur_viewer_stale(struct spur_viewer *v)
{
	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++)
		v->windows[i].stale = true;
}

struct spur_plot_extent spur_viewer_extent(const struct spur_viewer *v)
{
	struct spur_scene s = { 0 };

	spur_viewer_scene(v, &s);
	return (struct spur_plot_extent){ v->plot->begin_ns, v->plot->end_ns, spur_scene_area(&s).width };
}

/* While playing, values that are being read for the same range are not overtaken: some are shown. */
static bool let_finish(const struct spur_viewer *v)
{
	bool loading = false;

	for (size_t i = 0; i < v->plot->trace_count; i++) {
		const struct spur_session_trace *t = &v->plot->traces[i];

		loading = loading || t->loading;
		if (t->view.begin_ns != v->view.begin_ns || t->view.end_ns != v->view.end_ns)
			return false;
	}
	return v->play.on && loading;
}

void spur_viewer_want(struct spur_viewer *v)
{
	int columns = spur_viewer_extent(v).columns;
	struct spur_window *c = &v->windows[SPUR_VIEWER_CAMERA];

	if (v->of == NULL)
		return;
	v->windows[SPUR_VIEWER_PLOT].stale = true;
	if (!let_finish(v))
		spur_session_plot_view(v->session, v->view.begin_ns, v->view.end_ns, (size_t)(columns > 0 ? columns : 1),
				       v->view.cursor_ns, v->view.a_ns, v->view.b_ns);
	if (c->window != NULL && v->camera >= 0 && (!v->play.on || !v->frame->loading))
		spur_session_frame_want(v->session, v->camera, v->view.cursor_ns, c->width, c->height);
}

bool spur_viewer_settled(const struct spur_viewer *v)
{
	bool loading = v->plot->opening || v->is_pending || spur_session_busy(v->session) ||
		       (v->windows[SPUR_VIEWER_CAMERA].window != NULL && v->frame->loading);

	for (size_t i = 0; i < v->plot->trace_count; i++)
		loading = loading || v->plot->traces[i].loading;
	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++)
		loading = loading || (v->windows[i].window != NULL && v->windows[i].stale);
	return !loading;
}

/* ---- a drive has been opened ---- */

static void parse_time(struct spur_viewer *v, const char *text, spur_ns from_ns, spur_ns *to)
{
	struct spur_error err;

	if (text != NULL && spur_time_parse(text, v->plot->begin_ns, v->plot->end_ns, from_ns, to, &err) < 0)
		spur_viewer_fail(v, &err);
}

static void first_view(struct spur_viewer *v, const struct spur_plot_extent *e)
{
	const struct spur_viewer_options *o = v->o;

	parse_time(v, o->from, v->plot->begin_ns, &v->view.begin_ns);
	parse_time(v, o->to, v->view.begin_ns, &v->view.end_ns);
	v->view.cursor_ns = v->view.begin_ns + (v->view.end_ns - v->view.begin_ns) / 2;
	parse_time(v, o->cursor, v->view.begin_ns, &v->view.cursor_ns);
	parse_time(v, o->a, v->view.begin_ns, &v->view.a_ns);
	parse_time(v, o->b, v->view.begin_ns, &v->view.b_ns);
	spur_plot_view_clamp(&v->view, e);
}

static void first_traces(struct spur_viewer *v)
{
	struct spur_error err;

	for (size_t i = 0; i < v->o->signal_count; i++) {
		const struct spur_session_signal *s = spur_session_signal_find(v->plot, v->o->signals[i]);

		if (s != NULL) {
			spur_session_trace_add(v->session, s);
			continue;
		}
		spur_fail(&err, SPUR_ENOTFOUND, "%s has no signal '%s'; spur signals lists them", v->plot->drive, v->o->signals[i]);
		spur_viewer_fail(v, &err);
	}
	if (v->plot->trace_count == 0)
		spur_session_traces_default(v->session);
	for (size_t i = 0; i < FIRST_TRACES && i < v->plot->signal_count && v->plot->trace_count <= i; i++)
		spur_session_trace_add(v->session, &v->plot->signals[i]);	/* there is no tree to choose from */
}

static void new_drive(struct spur_viewer *v)
{
	struct spur_plot_extent e = spur_viewer_extent(v);
	enum spur_time_style style = v->view.style;

	v->of = v->plot->drive;
	spur_plot_view_whole(&v->view, &e);
	v->view.style = style;
	v->trace = 0;
	v->drag.down = false;
	first_view(v, &e);
	first_traces(v);
	spur_viewer_camera_choose(v);
	if (v->is_pending)
		spur_viewer_link_adopt(v);
	spur_viewer_want(v);
}

/* ---- the loop ---- */

static void open_camera(struct spur_viewer *v)
{
	struct spur_window *w = &v->windows[SPUR_VIEWER_CAMERA];
	struct spur_error err;

	if (w->window != NULL && !v->want_camera)
		spur_window_close(w);
	if (w->window != NULL || !v->want_camera || v->frame->camera_count == 0 || v->camera < 0)
		return;
	if (spur_window_open(w, "spur", CAMERA_WIDTH, CAMERA_HEIGHT, v->o->scale, &err) < 0) {
		spur_viewer_say(v, "%s", err.text);
		v->want_camera = false;
		return;
	}
	spur_viewer_want(v);
}

/* What the session has brought. */
static void update(struct spur_viewer *v)
{
	struct spur_error err = { 0 };

	spur_workq_dispatch(v->queue);
	if (v->plot->error != NULL && !v->plot->opening && v->of == NULL && v->line == NULL) {
		spur_fail(&err, SPUR_EIO, "%s", v->plot->error);
		spur_viewer_fail(v, &err);
	}
	if (v->plot->drive == NULL)
		v->of = NULL;
	else if (v->plot->drive != v->of)
		new_drive(v);
	if (v->seen_frame != v->frame->generation && v->camera < 0 && v->of != NULL)
		spur_viewer_camera_choose(v);
	if (v->seen_frame != v->frame->generation)
		v->windows[SPUR_VIEWER_CAMERA].stale = true;
	if (v->seen_plot != v->plot->generation || v->seen_frame != v->frame->generation)
		spur_viewer_want(v);	/* what was held back while playing */
	v->seen_plot = v->plot->generation;
	v->seen_frame = v->frame->generation;
	open_camera(v);
}

static void measure(struct spur_viewer *v)
{
	bool changed = false;

	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++) {
		if (v->windows[i].window != NULL && spur_window_measure(&v->windows[i]))
			changed = true;
	}
	if (changed)
		spur_viewer_want(v);
}

/* Everything is there: write what was asked for. */
static void shots(struct spur_viewer *v)
{
	struct spur_error err;

	if ((v->o->shot == NULL && v->o->shot_camera == NULL) || v->of == NULL || !spur_viewer_settled(v) || v->script != NULL)
		return;
	if ((v->o->shot != NULL && spur_viewer_shot(v, SPUR_VIEWER_PLOT, v->o->shot, &err) < 0) ||
	    (v->o->shot_camera != NULL && spur_viewer_shot(v, SPUR_VIEWER_CAMERA, v->o->shot_camera, &err) < 0))
		spur_viewer_fail(v, &err);
	v->done = true;
}

static int patience(struct spur_viewer *v)
{
	int ms = v->play.on && !v->play.follows ? PLAY_MS : IDLE_MS;

	if (v->script != NULL) {
		int next = spur_script_step(v->script, v);

		if (next < 0) {
			spur_script_close(v->script);
			v->script = NULL;
			next = 0;
		}
		ms = next < ms ? next : ms;
	}
	return ms;
}

static void events(struct spur_viewer *v)
{
	SDL_Event e;

	if (SDL_WaitEventTimeout(&e, patience(v)) == 0)
		return;
	do {
		if (e.type == v->watch_event) {
			spur_viewer_link_read(v);
			spur_watch_again(v->watch);
		} else {
			spur_viewer_event(v, &e);
		}
	} while (!v->done && SDL_PollEvent(&e) != 0);
}

static void loop(struct spur_viewer *v)
{
	while (!v->done) {
		update(v);
		measure(v);
		spur_viewer_play(v);
		spur_viewer_link_sync(v);
		spur_viewer_draw(v);
		spur_viewer_link_drawn(v);
		shots(v);
		if (!v->done)
			events(v);
	}
}

static enum spur_status start(struct spur_viewer *v, struct spur_error *err)
{
	const struct spur_viewer_options *o = v->o;
	enum spur_status st;

	if (SDL_Init(SDL_INIT_VIDEO) != 0)
		return spur_fail(err, SPUR_EIO, "cannot open a window: %s; spur plot -o draws without a display", SDL_GetError());
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	SDL_EnableScreenSaver();
	SDL_StartTextInput();
	v->watch_event = SDL_RegisterEvents(1);
	if ((st = spur_window_open(&v->windows[SPUR_VIEWER_PLOT], "spur", o->width, o->height, o->scale, err)) < 0 ||
	    (o->script != NULL && (st = spur_script_open(o->script, &v->script, err)) < 0) ||
	    (st = spur_watch_start(v->watch_event, &v->watch, err)) < 0 || (st = spur_viewer_link(v, err)) < 0)
		return st;
	spur_watch_set(v->watch, 0, spur_workq_fd(v->queue), false);
	spur_watch_again(v->watch);
	if (o->files)
		spur_session_plot_open_files(v->session, o->subjects, o->subject_count);
	else if (o->subject_count > 0)
		spur_session_plot_open(v->session, o->subjects[0]);
	return SPUR_OK;
}

static void stop(struct spur_viewer *v)
{
	spur_viewer_link_close(v, true);
	spur_watch_stop(v->watch);
	spur_script_close(v->script);
	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++)
		spur_window_close(&v->windows[i]);
	SDL_Quit();
}

enum spur_status spur_viewer_run(const struct spur_viewer_options *o, const struct spur_ctx *ctx, struct spur_error *err)
{
	struct spur_viewer *v = spur_calloc(1, sizeof(*v));
	enum spur_status st = SPUR_OK;

	v->o = o;
	v->ctx = ctx;
	v->light = o->light;
	v->overlay = true;
	v->want_camera = !o->no_camera;
	v->camera = -1;
	v->play.rate = SPUR_PLOT_RATE_ONE;
	v->view = (struct spur_plot_view){ .end_ns = 1, .cursor_ns = SPUR_NS_MIN, .a_ns = SPUR_NS_MIN, .b_ns = SPUR_NS_MIN,
					   .style = ctx->time_style };
	if ((v->queue = spur_workq_create(THREADS, err)) == NULL) {
		free(v);
		return SPUR_ENOMEM;
	}
	v->session = spur_session_create(ctx, v->queue);
	v->plot = spur_session_plot(v->session);
	v->frame = spur_session_frame(v->session);
	if ((st = start(v, err)) >= 0)
		loop(v);
	if (st >= 0 && v->failed[0] != '\0')
		st = spur_fail(err, SPUR_EIO, "%s", v->failed);
	stop(v);
	spur_session_stop(v->session);
	spur_workq_destroy(v->queue);
	spur_session_destroy(v->session);
	free(v);
	return st;
}
