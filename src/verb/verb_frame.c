#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "image/image.h"
#include "io/out.h"
#include "plot/scene.h"
#include "sync/frames.h"
#include "verb/drive_files.h"

#define JPEG_QUALITY 92

struct framing {
	struct spur_ctx *ctx;
	const struct spur_args *args;
	struct spur_emit *emit;
	struct spur_drive_files files;
	const char *camera_name;	/* as given; NULL: the first one */
	struct spur_timeline *tl;
	struct spur_cameras *cameras;
	const struct spur_camera *list;
	size_t count, camera;
	int width, height;		/* --size; 0: as recorded */
	const char *out;		/* -o; NULL: none */
	bool jpeg;			/* what out is to be */
	bool overlay;
};

/* ---- what the words mean ---- */

/* Paths come first: recordings; else the first word is a drive. One word may be left: the camera. */
static enum spur_status choose_files(struct framing *f, struct spur_error *err)
{
	const struct spur_args *a = f->args;
	enum spur_status st = SPUR_OK;
	size_t n = 0;

	while (n < a->npos && (strcmp(a->pos[n], "-") == 0 || spur_path_exists(a->pos[n])))
		n++;
	if (n > 0) {
		spur_drive_files_of(a->pos, n, &f->files);
	} else {
		st = spur_drive_files_find(f->ctx->catalog, a->pos[0], &f->files, err);
		if (st == SPUR_ENOTFOUND)
			return spur_fail(err, st, "%s: neither a file nor a drive of the catalogue", a->pos[0]);
		n = 1;
	}
	if (st >= 0 && f->files.count == 0)
		return spur_fail(err, SPUR_EINVAL, "%s: a bus database has no pictures; name a recording too", a->pos[0]);
	if (st >= 0 && n + 1 < a->npos)
		return spur_fail(err, SPUR_EINVAL, "%s: no such file; only the last word may name a camera", a->pos[n]);
	f->camera_name = n < a->npos ? a->pos[n] : NULL;
	return st;
}

static enum spur_status parse_size(struct framing *f, struct spur_error *err)
{
	const char *text = spur_args_text(f->args, "size", NULL);
	char rest;

	if (text == NULL)
		return SPUR_OK;
	if (sscanf(text, "%dx%d%c", &f->width, &f->height, &rest) != 2 || f->width < 1 || f->height < 1 || f->width > 32768 ||
	    f->height > 32768)
		return spur_fail(err, SPUR_EINVAL, "--size %s: WIDTHxHEIGHT in pixels is wanted, 640x480", text);
	return SPUR_OK;
}

static enum spur_status parse_output(struct framing *f, struct spur_error *err)
{
	const char *dot;

	if ((f->out = spur_args_text(f->args, "output", NULL)) == NULL)
		return SPUR_OK;
	dot = strrchr(f->out, '.');
	f->jpeg = dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
	if (!f->jpeg && (dot == NULL || strcasecmp(dot, ".png") != 0))
		return spur_fail(err, SPUR_EINVAL, "%s: the name must end in .png, .jpg or .jpeg", f->out);
	for (size_t i = 0; i < f->files.count; i++) {
		if (strcmp(f->files.members[i].path, f->out) == 0)
			return spur_fail(err, SPUR_EINVAL, "%s: that is the recording", f->out);
	}
	return SPUR_OK;
}

static enum spur_status parse(struct framing *f, struct spur_error *err)
{
	const struct spur_args *a = f->args;

	f->overlay = spur_args_has(a, "overlay");
	if (spur_args_has(a, "at") && spur_args_has(a, "index"))
		return spur_fail(err, SPUR_EINVAL, "--at and --index: one of them says which frame");
	if (spur_args_has(a, "next") && spur_args_has(a, "previous"))
		return spur_fail(err, SPUR_EINVAL, "--next and --previous: one of them");
	if (spur_args_int(a, "index", 0) < 0)
		return spur_fail(err, SPUR_EINVAL, "--index counts from 0");
	return parse_size(f, err);
}

static enum spur_status open_cameras(struct framing *f, struct spur_error *err)
{
	const struct spur_source_opts o = { .mem_bytes = f->ctx->mem_bytes, .threads = f->ctx->threads };
	enum spur_status st;

	/* Bus databases have no pictures: they are not opened. */
	if ((st = spur_timeline_open(f->files.members, f->files.count, &o, &f->tl, err)) < 0 ||
	    (st = spur_cameras_open(f->tl, &f->cameras, err)) < 0)
		return st;
	f->list = spur_cameras_list(f->cameras, &f->count);
	if (f->count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: no camera: no stream of it has pictures", f->files.name);
	return SPUR_OK;
}

/* ---- the list ---- */

static enum spur_status emit_camera(struct framing *f, size_t i, struct spur_error *err)
{
	const struct spur_camera *c = &f->list[i];
	struct spur_frame_place first, last;
	enum spur_status st = spur_cameras_place_of(f->cameras, i, 0, &first, f->ctx->task, err);

	if (st >= 0)
		st = spur_cameras_place_of(f->cameras, i, first.count - 1, &last, f->ctx->task, err);
	if (st < 0 && st != SPUR_ENOTFOUND)
		return st;
	spur_emit_row(f->emit, "camera");
	spur_emit_uint(f->emit, "n", i + 1);
	spur_emit_text(f->emit, "topic", c->topic);
	spur_emit_text(f->emit, "schema", c->schema);
	spur_emit_uint(f->emit, "frames", c->frames);
	if (st >= 0 && last.t_ns > first.t_ns)
		spur_emit_f64(f->emit, "hz", (double)(first.count - 1) / ((double)(last.t_ns - first.t_ns) / SPUR_NS_PER_S));
	spur_emit_text(f->emit, "annotations", c->annotations);
	spur_emit_detail(f->emit);
	spur_emit_text(f->emit, "calibration", c->calibration);
	spur_emit_text(f->emit, "path", spur_source_path(spur_timeline_source(f->tl, c->source)));
	if (st >= 0) {
		spur_emit_time(f->emit, "begin_ns", first.t_ns);
		spur_emit_time(f->emit, "end_ns", last.t_ns);
	}
	spur_emit_end(f->emit);
	return SPUR_OK;
}

static enum spur_status list(struct framing *f, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < f->count && st >= 0; i++)
		st = emit_camera(f, i, err);
	return st;
}

/* ---- one frame ---- */

static enum spur_status find_place(struct framing *f, struct spur_frame_place *out, struct spur_error *err)
{
	const char *at = spur_args_text(f->args, "at", NULL);
	spur_ns begin, end, t;
	enum spur_status st;

	if (at == NULL)
		return spur_cameras_place_of(f->cameras, f->camera, (uint64_t)spur_args_int(f->args, "index", 0), out,
					     f->ctx->task, err);
	if ((st = spur_timeline_span(f->tl, &begin, &end, f->ctx->task, err)) < 0)
		return st;
	if ((st = spur_time_parse(at, begin, end, begin, &t, err)) < 0)
		return spur_wrap(st, err, "--at");
	return spur_cameras_place(f->cameras, f->camera, t, out, f->ctx->task, err);
}

static enum spur_status step(struct framing *f, struct spur_frame_place *place, struct spur_error *err)
{
	bool next = spur_args_has(f->args, "next");

	if (!next && !spur_args_has(f->args, "previous"))
		return SPUR_OK;
	if (next ? place->index + 1 == place->count : place->index == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "camera %s: frame %llu is its %s one", f->list[f->camera].topic,
				 (unsigned long long)place->index, next ? "last" : "first");
	return spur_cameras_place_of(f->cameras, f->camera, next ? place->index + 1 : place->index - 1, place, f->ctx->task, err);
}

/* Bytes that hold the wanted kind of file already are written as they are. */
static enum spur_status write_recorded(struct framing *f, const struct spur_frame_place *place, bool *done,
				       struct spur_error *err)
{
	char encoding[32];
	void *data = NULL;
	size_t len;
	enum spur_status st = SPUR_OK;

	*done = false;
	if (f->overlay || f->width > 0)
		return SPUR_OK;
	st = spur_cameras_payload(f->cameras, f->camera, place, &data, &len, encoding, f->ctx->task, err);
	if (st >= 0 && strcmp(encoding, f->jpeg ? "jpeg" : "png") == 0) {
		st = spur_file_write(f->out, data, len, err);
		*done = st >= 0;
	}
	free(data);
	return st;
}

/* The largest picture of its shape within --size; never larger than it was. */
static enum spur_status scale(struct framing *f, struct spur_pixels *p, struct spur_error *err)
{
	struct spur_pixels small;
	enum spur_status st;
	int w, h;

	if (f->width == 0 || (p->width <= f->width && p->height <= f->height))
		return SPUR_OK;
	spur_pixels_fit(p, f->width, f->height, 1, &w, &h);
	if ((st = spur_pixels_init(&small, w, h, err)) < 0)
		return st;
	spur_pixels_scale(p, &small);
	spur_pixels_finish(p);
	*p = small;
	return SPUR_OK;
}

/* The position of a text is its lower left corner. Letters stay large enough to be read. */
static void draw_texts(const struct spur_overlay *marks, const struct spur_frame *frame, struct spur_pixels *p)
{
	double sx = (double)p->width / frame->width, sy = (double)p->height / frame->height;

	for (size_t i = 0; i < marks->count; i++) {
		const struct spur_mark *m = &marks->marks[i];
		double x, y, size = m->thickness * sy;

		if (m->kind != SPUR_MARK_TEXT || m->text == NULL || m->count == 0)
			continue;
		x = m->points[0][0] * sx;
		y = m->points[0][1] * sy;
		if (x >= -p->width && x < p->width && y >= 0 && y < 2.0 * p->height)
			spur_scene_text(p, (int)x, (int)y, size >= 9 ? fmin(size, 400) : 9, m->colour, m->text);
	}
}

static enum spur_status write_decoded(struct framing *f, struct spur_frame *frame, const struct spur_overlay *marks,
				      struct spur_error *err)
{
	struct spur_buf file = { 0 };
	enum spur_status st = scale(f, &frame->pixels, err);

	if (st >= 0) {
		spur_overlay_draw(marks, frame->width, frame->height, &frame->pixels);
		draw_texts(marks, frame, &frame->pixels);
		st = f->jpeg ? spur_image_write_jpeg(&frame->pixels, JPEG_QUALITY, &file, err) :
			       spur_image_write_png(&frame->pixels, &file, err);
	}
	if (st >= 0)
		st = spur_file_write(f->out, file.data, file.len, err);
	spur_buf_finish(&file);
	return st;
}

static void emit_gap(struct spur_emit *e, const char *key, spur_ns from, spur_ns to)
{
	if (from != SPUR_NS_MIN && to != SPUR_NS_MIN)
		spur_emit_span(e, key, to - from);
}

static void emit_frame(struct framing *f, const struct spur_frame *frame, const struct spur_overlay *marks)
{
	const struct spur_camera *c = &f->list[f->camera];
	const struct spur_frame_place *p = &frame->place;
	const struct spur_clock *clock = spur_timeline_clock(f->tl, c->source);

	spur_emit_row(f->emit, "frame");
	spur_emit_text(f->emit, "camera", c->topic);
	spur_emit_uint(f->emit, "index", p->index);
	spur_emit_uint(f->emit, "count", p->count);
	spur_emit_time(f->emit, "t_ns", p->t_ns);
	emit_gap(f->emit, "delay_ns", frame->stamp_ns, p->t_ns);
	emit_gap(f->emit, "before_ns", p->previous_ns, p->t_ns);
	emit_gap(f->emit, "after_ns", p->t_ns, p->next_ns);
	spur_emit_text(f->emit, "encoding", frame->encoding);
	spur_emit_int(f->emit, "width", frame->width);
	spur_emit_int(f->emit, "height", frame->height);
	if (f->out != NULL)
		spur_emit_text(f->emit, "output", f->out);
	spur_emit_detail(f->emit);
	if (frame->stamp_ns != SPUR_NS_MIN)
		spur_emit_time(f->emit, "stamp_ns", frame->stamp_ns);
	spur_emit_span(f->emit, "clock_ns", spur_clock_shift(clock, spur_clock_to_source(clock, p->t_ns)));
	spur_emit_text(f->emit, "schema", c->schema);
	spur_emit_text(f->emit, "path", spur_source_path(spur_timeline_source(f->tl, c->source)));
	if (f->overlay)
		spur_emit_uint(f->emit, "marks", marks->count);
	spur_emit_end(f->emit);
}

static enum spur_status show(struct framing *f, struct spur_error *err)
{
	struct spur_frame_place place;
	struct spur_frame frame = { 0 };
	struct spur_overlay marks = { 0 };
	bool done = f->out == NULL;
	enum spur_status st;

	if ((st = find_place(f, &place, err)) < 0 || (st = step(f, &place, err)) < 0)
		return spur_wrap(st, err, "%s", f->files.name);
	if ((st = spur_cameras_read(f->cameras, f->camera, &place, f->width, f->height, &frame, f->ctx->task, err)) < 0)
		goto out;
	if (f->overlay && (st = spur_cameras_overlay(f->cameras, f->camera, &place, &marks, f->ctx->task, err)) < 0)
		goto out;
	if (!done && (st = write_recorded(f, &place, &done, err)) < 0)
		goto out;
	if (!done && (st = write_decoded(f, &frame, &marks, err)) < 0)
		goto out;
	emit_frame(f, &frame, &marks);
out:
	spur_overlay_finish(&marks);
	spur_frame_finish(&frame);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct framing f = { .ctx = ctx, .args = args, .emit = emit };
	enum spur_exit rc = SPUR_EXIT_OK;
	enum spur_status st;
	char *damage = NULL;

	if ((st = parse(&f, err)) >= 0 && (st = choose_files(&f, err)) >= 0 && (st = parse_output(&f, err)) >= 0 &&
	    (st = open_cameras(&f, err)) >= 0 && f.camera_name != NULL)
		st = spur_wrap(spur_cameras_find(f.cameras, f.camera_name, &f.camera, err), err, "%s", f.files.name);
	if (st >= 0)
		st = spur_args_has(args, "list") ? list(&f, err) : show(&f, err);
	if (f.tl != NULL && (damage = spur_drive_files_damage(f.tl)) != NULL) {
		spur_emit_warn(emit, "%s", damage);
		rc = SPUR_EXIT_PARTIAL;
	}
	free(damage);
	spur_cameras_close(f.cameras);
	spur_timeline_close(f.tl);
	if (f.files.members != NULL)
		spur_drive_files_finish(&f.files);
	return st < 0 ? spur_exit_of(st) : rc;
}

static const struct spur_opt opts[] = {
	{ "at", 0, SPUR_OPT_TIME, "T", "the frame that is shown at T: the latest one at or before it", false },
	{ "index", 0, SPUR_OPT_INT, "N", "the frame of that number, in order of time from 0 (default: 0)", false },
	{ "next", 0, SPUR_OPT_FLAG, NULL, "the one after that", false },
	{ "previous", 0, SPUR_OPT_FLAG, NULL, "the one before that", false },
	{ "output", 'o', SPUR_OPT_PATH, "FILE", "write it; .png, or .jpg: a JPEG as recorded", false },
	{ "overlay", 0, SPUR_OPT_FLAG, NULL, "draw its annotations on it", false },
	{ "size", 0, SPUR_OPT_TEXT, "WxH", "at most that many pixels, in its own shape", false },
	{ "list", 0, SPUR_OPT_FLAG, NULL, "the cameras there are", false },
	{ 0 }
};

const struct spur_verb spur_verb_frame = {
	.name = "frame",
	.synopsis = "DRIVE|FILE... [CAMERA] --at T [-o FILE]",
	.summary = "one camera frame of a drive: what is shown at a time",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
