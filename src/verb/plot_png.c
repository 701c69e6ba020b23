#include "config.h"

#include "verb/plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "image/image.h"
#include "io/out.h"
#include "plot/scene.h"

#define WIDTH 1280
#define HEIGHT_LEAST 320
#define HEIGHT_HEAD 80		/* title, segments, axis */
#define HEIGHT_TRACE 170
#define HEIGHT_MOST 1600
#define CAMERA_PERCENT 38	/* of the width, beside the traces */
#define BYTES_PER_PIXEL 10	/* the picture, the coverage of a line, and the PNG */

static int clamp(int v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static int picture_width(const struct plot *p)
{
	return p->width > 0 ? p->width : (int)(WIDTH * p->scale);
}

static int picture_height(const struct plot *p)
{
	int height = clamp(HEIGHT_HEAD + HEIGHT_TRACE * (int)p->count, HEIGHT_LEAST, HEIGHT_MOST);

	return p->height > 0 ? p->height : (int)(height * p->scale);
}

static int camera_width(const struct plot *p)
{
	return p->camera != NULL ? (int)((int64_t)picture_width(p) * CAMERA_PERCENT / 100) : 0;
}

static struct spur_scene scene_of(const struct plot *p)
{
	bool dark = !spur_args_has(p->args, "light");

	return (struct spur_scene){
		.width = picture_width(p) - camera_width(p), .height = picture_height(p), .scale = p->scale, .light = !dark,
		.clean = spur_args_has(p->args, "clean"), .title = p->title, .begin_ns = p->want.begin_ns,
		.end_ns = p->want.end_ns, .base_ns = p->begin_ns, .style = p->ctx->time_style, .cursor_ns = p->want.cursor_ns,
		.a_ns = p->want.a_ns, .b_ns = p->want.b_ns, .trace_count = p->count, .segment_count = p->segments.count,
		.current = -1,
	};
}

size_t plot_png_columns(const struct plot *p)
{
	struct spur_scene s = scene_of(p);

	return (size_t)spur_scene_area(&s).width;
}

uint64_t plot_png_bytes(const struct plot *p)
{
	return (uint64_t)picture_width(p) * (uint64_t)picture_height(p) * BYTES_PER_PIXEL;
}

void plot_png_frame_size(const struct plot *p, int *width, int *height)
{
	*width = camera_width(p);
	*height = picture_height(p);
}

static enum spur_scene_state state_of(enum spur_db_state s)
{
	return s == SPUR_DB_APPROVED ? SPUR_SCENE_APPROVED : s == SPUR_DB_REJECTED ? SPUR_SCENE_REJECTED : SPUR_SCENE_CANDIDATE;
}

/* Beside the traces, where the lines begin, with its words below. */
static enum spur_status draw_camera(const struct plot *p, const struct spur_scene *s, struct spur_pixels *out,
				    struct spur_error *err)
{
	struct spur_scene_area a = spur_scene_area(s);
	int gap = (int)(8 * p->scale), room = camera_width(p) - gap, line = (int)(18 * p->scale), w, h;
	struct spur_rgb ink = s->light ? (struct spur_rgb){ 0x14, 0x18, 0x1c } : (struct spur_rgb){ 0xe6, 0xe9, 0xec };
	struct spur_pixels small;
	char *words;
	enum spur_status st;

	if (p->frame.pixels.rgb == NULL || room < 16 || a.height < 2 * line)
		return SPUR_OK;
	spur_pixels_fit(&p->frame.pixels, room - gap, a.height - line, 1, &w, &h);
	if ((st = spur_pixels_init(&small, w, h, err)) < 0)
		return st;
	spur_pixels_scale(&p->frame.pixels, &small);
	spur_pixels_copy(out, s->width + gap, a.y, &small);
	words = spur_strfmt("%s  %llu/%llu  %.3f s", p->camera, (unsigned long long)p->frame.place.index + 1,
			    (unsigned long long)p->frame.place.count,
			    (double)(p->frame.place.t_ns - p->begin_ns) / 1e9);
	spur_scene_text(out, s->width + gap, a.y + h + (int)(14 * p->scale), 12 * p->scale, ink, words);
	free(words);
	spur_pixels_finish(&small);
	return SPUR_OK;
}

/* The scene on the left; the rest has its background. */
static enum spur_status widen(const struct plot *p, const struct spur_scene *s, struct spur_pixels *pixels,
			      struct spur_error *err)
{
	struct spur_rgb back = s->light ? (struct spur_rgb){ 255, 255, 255 } : (struct spur_rgb){ 0, 0, 0 };
	struct spur_pixels wide;
	enum spur_status st = spur_pixels_init(&wide, picture_width(p), picture_height(p), err);

	if (st < 0)
		return st;
	spur_pixels_fill(&wide, 0, 0, wide.width, wide.height, back);
	spur_pixels_copy(&wide, 0, 0, pixels);
	spur_pixels_finish(pixels);
	*pixels = wide;
	return draw_camera(p, s, pixels, err);
}

static enum spur_status draw(const struct plot *p, struct spur_pixels *out, struct spur_error *err)
{
	struct spur_scene s = scene_of(p);
	struct spur_scene_trace *traces = spur_calloc(p->count, sizeof(*traces));
	struct spur_scene_segment *segments = spur_calloc(p->segments.count, sizeof(*segments));
	enum spur_status st;

	for (size_t i = 0; i < p->count; i++) {
		const struct plot_trace *t = &p->traces[i];

		traces[i] = (struct spur_scene_trace){ .name = t->signal->name, .unit = t->signal->unit, .view = &t->t->view,
			.stats = &t->t->stats, .at_cursor = t->t->at_cursor, .at_a = t->t->at_a, .at_b = t->t->at_b, .note = t->note };
	}
	for (size_t i = 0; i < p->segments.count; i++) {
		const struct spur_db_segment *g = &p->segments.rows[i];

		segments[i] = (struct spur_scene_segment){ g->begin_ns, g->end_ns, g->label, state_of(g->state) };
	}
	s.traces = traces;
	s.segments = segments;
	st = spur_scene_draw(&s, out, err);
	if (st >= 0 && p->camera != NULL)
		st = widen(p, &s, out, err);
	free(segments);
	free(traces);
	return st;
}

enum spur_status plot_png(const struct plot *p, const char *path, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_pixels pixels = { 0 };
	struct spur_buf png = { 0 };
	enum spur_status st = draw(p, &pixels, err);

	if (st >= 0 && (st = spur_image_write_png(&pixels, &png, err)) >= 0)
		st = spur_file_write(path, png.data, png.len, err);
	if (st >= 0) {
		spur_emit_row(emit, "picture");
		spur_emit_text(emit, "path", path);
		spur_emit_int(emit, "width", pixels.width);
		spur_emit_int(emit, "height", pixels.height);
		spur_emit_size(emit, "size_bytes", png.len);
		spur_emit_uint(emit, "traces", p->count);
		spur_emit_end(emit);
	}
	spur_buf_finish(&png);
	spur_pixels_finish(&pixels);
	return st;
}
