#include "config.h"

#include <stdio.h>
#include <string.h>

#include "viewers/viewer.h"

#define MARGIN 6		/* of the camera's line of facts, unscaled pixels */
#define TEXT 12

static const struct spur_rgb grey = { 200, 200, 200 };

void spur_viewer_scene(const struct spur_viewer *v, struct spur_scene *s)
{
	const struct spur_window *w = &v->windows[SPUR_VIEWER_PLOT];

	s->width = w->width;
	s->height = w->height;
	s->scale = w->scale;
	s->begin_ns = v->view.begin_ns;
	s->end_ns = v->view.end_ns;
}

static void fill_trace(struct spur_scene_trace *to, const struct spur_session_trace *t)
{
	*to = (struct spur_scene_trace){ .name = t->signal->name, .unit = t->signal->unit, .view = &t->view, .stats = &t->stats,
		.at_cursor = t->at_cursor, .at_a = t->at_a, .at_b = t->at_b,
		.note = t->error != NULL ? t->error : t->view.columns == 0 ? "reading ..." : NULL };
}

static enum spur_scene_state state_of(const struct spur_db_segment *s)
{
	return s->state == SPUR_DB_APPROVED ? SPUR_SCENE_APPROVED : s->state == SPUR_DB_REJECTED ? SPUR_SCENE_REJECTED :
	       SPUR_SCENE_CANDIDATE;
}

static enum spur_status draw_plot(const struct spur_viewer *v, struct spur_pixels *out, struct spur_error *err)
{
	const struct spur_session_plot *p = v->plot;
	struct spur_scene_trace traces[SPUR_SESSION_TRACES];
	struct spur_scene_segment *segments = spur_calloc(p->segment_count, sizeof(*segments));
	struct spur_scene s = { .light = v->light, .clean = v->o->clean, .title = p->drive, .base_ns = v->view.base_ns,
		.style = v->view.style, .cursor_ns = v->view.cursor_ns, .a_ns = v->view.a_ns, .b_ns = v->view.b_ns,
		.trace_count = p->trace_count, .traces = traces, .segment_count = p->segment_count, .segments = segments,
		.current = v->line != NULL || v->trace > 0 ? v->trace : -1 };
	enum spur_status st;

	for (size_t i = 0; i < p->trace_count; i++)
		fill_trace(&traces[i], &p->traces[i]);
	for (size_t i = 0; i < p->segment_count; i++)
		segments[i] = (struct spur_scene_segment){ p->segments[i].begin_ns, p->segments[i].end_ns, p->segments[i].label,
							   state_of(&p->segments[i]) };
	spur_viewer_scene(v, &s);
	st = spur_scene_draw(&s, out, err);
	free(segments);
	return st;
}

/* Nothing to plot: say why. */
static enum spur_status draw_words(const struct spur_viewer *v, const struct spur_window *w, const char *words,
				   struct spur_pixels *out, struct spur_error *err)
{
	enum spur_status st = spur_pixels_init(out, w->width, w->height, err);
	double size = TEXT * w->scale;

	(void)v;
	if (st >= 0)
		spur_scene_text(out, (int)(2 * size), (int)(3 * size), size, grey, words);
	return st;
}

/* ---- the camera ---- */

static void draw_overlay_text(const struct spur_viewer *v, struct spur_pixels *p, const struct spur_frame *f, double size)
{
	const struct spur_overlay *o = v->frame->overlay;

	for (size_t i = 0; i < o->count; i++) {
		const struct spur_mark *m = &o->marks[i];

		if (m->kind == SPUR_MARK_TEXT && m->count > 0 && m->text != NULL && f->width > 0 && f->height > 0)
			spur_scene_text(p, (int)(m->points[0][0] * p->width / f->width),
					(int)(m->points[0][1] * p->height / f->height), size, m->colour, m->text);
	}
}

static void draw_facts(const struct spur_viewer *v, struct spur_pixels *out, int line, double size)
{
	const struct spur_frame *f = v->frame->frame;
	char t[SPUR_TIME_TEXT], text[512];

	spur_time_text(f->place.t_ns, v->view.style, v->view.base_ns, t);
	snprintf(text, sizeof(text), "%s  %s  %llu/%llu  %dx%d %s%s", v->frame->cameras[v->frame->camera].topic, t,
		 (unsigned long long)f->place.index + 1, (unsigned long long)f->place.count, f->width, f->height, f->encoding,
		 v->frame->loading ? "  ..." : "");
	spur_scene_text(out, (int)(MARGIN * size / TEXT), line - (int)(size / 2), size, grey, text);
}

static enum spur_status draw_frame(const struct spur_viewer *v, const struct spur_window *w, struct spur_pixels *out,
				   struct spur_error *err)
{
	const struct spur_frame *f = v->frame->frame;
	double size = TEXT * w->scale;
	int line = (int)(size * 1.8), width, height;
	struct spur_pixels small = { 0 };
	enum spur_status st;

	spur_pixels_fit(&f->pixels, w->width, w->height > 2 * line ? w->height - line : w->height, 1, &width, &height);
	if ((st = spur_pixels_init(out, w->width, w->height, err)) < 0 || (st = spur_pixels_init(&small, width, height, err)) < 0)
		goto out;
	spur_pixels_scale(&f->pixels, &small);
	if (v->overlay && v->frame->overlay != NULL) {
		spur_overlay_draw(v->frame->overlay, f->width, f->height, &small);
		draw_overlay_text(v, &small, f, size);
	}
	spur_pixels_copy(out, (w->width - width) / 2, w->height > 2 * line ? line : 0, &small);
	if (w->height > 2 * line)
		draw_facts(v, out, line, size);
out:
	spur_pixels_finish(&small);
	return st;
}

static const char *without_frame(const struct spur_viewer *v)
{
	return v->frame->error != NULL ? v->frame->error : v->frame->loading ? "reading ..." : "no frame before this moment";
}

/* ---- windows ---- */

static enum spur_status draw_window(struct spur_viewer *v, int window, struct spur_pixels *out, struct spur_error *err)
{
	const struct spur_window *w = &v->windows[window];

	if (window == SPUR_VIEWER_PLOT)
		return v->of != NULL ? draw_plot(v, out, err) :
				       draw_words(v, w, v->plot->error != NULL ? v->plot->error : "opening the drive ...", out, err);
	return v->frame->frame != NULL && v->frame->camera >= 0 ? draw_frame(v, w, out, err) :
								    draw_words(v, w, without_frame(v), out, err);
}

static void titles(struct spur_viewer *v)
{
	char t[SPUR_TIME_TEXT], title[512];

	if (v->of == NULL) {
		spur_window_title(&v->windows[SPUR_VIEWER_PLOT], "spur");
		return;
	}
	spur_time_text(v->view.cursor_ns, v->view.style, v->view.base_ns, t);
	snprintf(title, sizeof(title), "%s  %s%s%s%s%s", v->plot->drive, t, v->play.on ? "  playing" : "",
		 v->line == NULL && v->o->connect != NULL ? "  (alone)" : "", v->said[0] != '\0' ? "  \xe2\x80\x94 " : "", v->said);
	spur_window_title(&v->windows[SPUR_VIEWER_PLOT], title);
	snprintf(title, sizeof(title), "%s  %s", v->plot->drive, v->camera >= 0 && (size_t)v->camera < v->frame->camera_count ?
		 v->frame->cameras[v->camera].topic : "camera");
	spur_window_title(&v->windows[SPUR_VIEWER_CAMERA], title);
}

void spur_viewer_draw(struct spur_viewer *v)
{
	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++) {
		struct spur_window *w = &v->windows[i];
		struct spur_pixels p = { 0 };
		struct spur_error err;

		if (w->window == NULL || !w->stale || spur_window_hidden(w))
			continue;
		if (draw_window(v, i, &p, &err) < 0 || spur_window_show(w, &p, &err) < 0)
			spur_viewer_fail(v, &err);
		spur_pixels_finish(&p);
		w->stale = false;
	}
	titles(v);
}
