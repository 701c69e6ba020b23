#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "verb/file.h"
#include "verb/plot.h"

#define JSON_COLUMNS 1000

/* ---- what is asked for ---- */

static enum spur_status parse_size(struct plot *p, struct spur_error *err)
{
	const char *text = spur_args_text(p->args, "size", NULL);
	char *end;
	long w, h = 0;

	if (text == NULL)
		return SPUR_OK;
	w = strtol(text, &end, 10);
	if (*end == 'x')
		h = strtol(end + 1, &end, 10);
	if (*end != '\0' || w < 1 || h < 1 || w > 65535 || h > 65535 || (uint64_t)w * (uint64_t)h > SPUR_PIXELS_MAX)
		return spur_fail(err, SPUR_EINVAL, "--size %s: WIDTHxHEIGHT is wanted, like 1280x720, of at most %u pixels", text,
				 SPUR_PIXELS_MAX);
	p->width = (int)w;
	p->height = (int)h;
	return SPUR_OK;
}

static enum spur_status parse_scale(struct plot *p, struct spur_error *err)
{
	p->scale = spur_args_float(p->args, "scale", 1);
	if (!(p->scale >= 0.25 && p->scale <= 16))
		return spur_fail(err, SPUR_EINVAL, "--scale: 0.25 to 16 is wanted");
	return SPUR_OK;
}

/* One name is a drive unless there is such a file; several are files. */
static enum spur_status find_files(struct plot *p, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_args *a = p->args;

	if (a->npos == 1 && !spur_path_exists(a->pos[0]) && strpbrk(a->pos[0], "/.") == NULL) {
		enum spur_status st = spur_drive_files_find(p->ctx->catalog, a->pos[0], &p->files, err);

		if (st < 0)
			return st;
	} else {
		spur_drive_files_of(a->pos, a->npos, &p->files);
		if (!spur_args_has(a, "dbc") && !spur_args_has(a, "no-profile"))
			spur_drive_files_look_up(p->ctx, &p->files, emit);
	}
	spur_drive_files_options(&p->files, a);
	p->files.keep_unavailable = spur_args_has(a, "keep-unavailable");
	if (p->files.count == 0)
		return spur_fail(err, SPUR_EINVAL, "%s: a bus database has no samples; name a recording too", a->pos[0]);
	p->title = strrchr(p->files.name, '/') != NULL ? strrchr(p->files.name, '/') + 1 : p->files.name;
	return SPUR_OK;
}

static enum spur_status parse_time(struct plot *p, const char *option, spur_ns from, spur_ns *out, struct spur_error *err)
{
	const char *text = spur_args_text(p->args, option, NULL);

	if (text == NULL)
		return SPUR_OK;
	return spur_wrap(spur_time_parse(text, p->begin_ns, p->end_ns, from, out, err), err, "--%s", option);
}

static enum spur_status parse_times(struct plot *p, struct spur_error *err)
{
	struct spur_trace_want *w = &p->want;
	enum spur_status st;

	*w = (struct spur_trace_want){ p->begin_ns, p->end_ns, 0, SPUR_NS_MIN, SPUR_NS_MIN, SPUR_NS_MIN };
	if ((st = spur_file_span(p->args, p->begin_ns, p->end_ns, &w->begin_ns, &w->end_ns, err)) < 0 ||
	    (st = parse_time(p, "cursor", w->begin_ns, &w->cursor_ns, err)) < 0 ||
	    (st = parse_time(p, "a", w->begin_ns, &w->a_ns, err)) < 0 ||
	    (st = parse_time(p, "b", w->begin_ns, &w->b_ns, err)) < 0)
		return st;
	if (w->end_ns <= w->begin_ns)
		return spur_fail(err, SPUR_EINVAL, "--to is not after --from: nothing lies between");
	if (w->end_ns / 4 - w->begin_ns / 4 > INT64_MAX / 8)
		return spur_fail(err, SPUR_EINVAL, "--from and --to are more than a century apart");
	if (spur_args_has(p->args, "camera") && w->cursor_ns == SPUR_NS_MIN)
		w->cursor_ns = w->begin_ns + (w->end_ns - w->begin_ns) / 2;
	return SPUR_OK;
}

/* ---- which signals ---- */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static enum spur_status add_signal(struct plot *p, struct spur_signal_ref ref, struct spur_error *err)
{
	struct plot_trace *t = &p->traces[p->count];

	for (size_t i = 0; i < p->count; i++) {
		if (p->refs[i].source == ref.source && p->refs[i].id == ref.id)
			return SPUR_OK;
	}
	if (p->count == PLOT_TRACES)
		return spur_fail(err, SPUR_EINVAL, "more than %d signals fit: no picture has room for them; name fewer", PLOT_TRACES);
	t->t = &p->read[p->count];
	t->signal = spur_timeline_signal(p->tl, ref);
	if (p->files.count > 1)
		t->file = file_name(spur_source_path(spur_timeline_source(p->tl, ref.source)));
	if (!spur_type_is_number(t->signal->type))
		t->note = "is text: spur cat shows it";
	p->refs[p->count++] = ref;
	return SPUR_OK;
}

static enum spur_status add_fitting(struct plot *p, const char *pattern, const struct spur_match *m, struct spur_error *err)
{
	size_t before = p->count;
	enum spur_status st = SPUR_OK;

	for (size_t s = 0; s < spur_timeline_source_count(p->tl) && st >= 0; s++) {
		struct spur_source *src = spur_timeline_source(p->tl, s);
		const struct spur_source_signal *rows;
		uint32_t *ids = NULL;
		size_t n = 0, count;

		rows = spur_source_signals(src, &count);
		st = spur_source_match(src, m, &ids, &n, err);
		for (size_t i = 0; i < n && st >= 0; i++) {
			if (rows[ids[i]].time && spur_type_is_number(rows[ids[i]].type))
				st = add_signal(p, (struct spur_signal_ref){ (uint32_t)s, ids[i] }, err);
		}
		free(ids);
	}
	if (st >= 0 && p->count == before)
		return spur_fail(err, SPUR_ENOTFOUND, "no signal with numbers and a time fits '%s'; spur signals lists them", pattern);
	return st;
}

static enum spur_status add_named(struct plot *p, const char *name, struct spur_error *err)
{
	struct spur_signal_ref ref;
	struct spur_match *m;
	enum spur_status st = spur_match_create(name, &m, err);

	if (st < 0)
		return st;
	if (spur_match_is_pattern(m)) {
		st = add_fitting(p, name, m, err);
	} else if ((st = spur_timeline_find(p->tl, name, &ref, err)) >= 0) {
		st = spur_timeline_signal(p->tl, ref)->time ? add_signal(p, ref, err) :
			spur_fail(err, SPUR_EINVAL, "%s has no time: it is not on the timeline", name);
	}
	spur_match_destroy(m);
	return st;
}

/* Speed and acceleration; without them the first signals there are. */
static enum spur_status add_defaults(struct plot *p, struct spur_error *err)
{
	struct spur_default_traces d;
	struct spur_signal_ref first[SPUR_DEFAULT_TRACES], best[SPUR_DEFAULT_TRACES];
	size_t seen = 0, n = 0;
	enum spur_status st = SPUR_OK;

	spur_default_traces_init(&d);
	for (size_t s = 0; s < spur_timeline_source_count(p->tl); s++) {
		const struct spur_source_signal *rows = spur_source_signals(spur_timeline_source(p->tl, s), &n);

		for (size_t i = 0; i < n; i++) {
			if (!rows[i].time || !spur_type_is_number(rows[i].type))
				continue;
			spur_default_traces_offer(&d, seen, rows[i].name, rows[i].unit);
			for (size_t k = 0; k < SPUR_DEFAULT_TRACES; k++) {
				if (d.signal[k] == seen)
					best[k] = (struct spur_signal_ref){ (uint32_t)s, (uint32_t)i };
			}
			if (seen < SPUR_DEFAULT_TRACES)
				first[seen] = (struct spur_signal_ref){ (uint32_t)s, (uint32_t)i };
			seen++;
		}
	}
	if (seen == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "%s has no signal with numbers and a time", p->title);
	for (size_t k = 0; k < SPUR_DEFAULT_TRACES && st >= 0; k++) {
		if (d.signal[k] != SIZE_MAX)
			st = add_signal(p, best[k], err);
	}
	for (size_t k = 0; p->count == 0 && k < SPUR_DEFAULT_TRACES && k < seen && st >= 0; k++)
		st = add_signal(p, first[k], err);
	return st;
}

static enum spur_status choose(struct plot *p, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	const char *name;

	for (size_t i = 0; (name = spur_args_nth(p->args, "signal", i)) != NULL && st >= 0; i++)
		st = add_named(p, name, err);
	return st < 0 || p->count > 0 ? st : add_defaults(p, err);
}

/* ---- reading ---- */

static enum spur_status load_segments(struct plot *p, struct spur_error *err)
{
	struct spur_db_segment_filter f = { .drive = p->files.name, .begin_ns = p->want.begin_ns, .end_ns = p->want.end_ns,
					    .order = SPUR_DB_BY_TIME, .limit = SIZE_MAX };
	struct spur_db *db;
	enum spur_status st;

	if (p->files.drive_id == 0)
		return SPUR_OK;
	if ((st = spur_db_open(p->ctx->catalog, &db, err)) < 0)
		return st;
	st = spur_db_segment_list(db, &f, &p->segments, err);
	spur_db_close(db);
	return st;
}

/* The frame at the cursor, with its annotations. */
static enum spur_status load_frame(struct plot *p, struct spur_error *err)
{
	struct spur_overlay overlay = { 0 };
	struct spur_frame_place place;
	const struct spur_camera *list;
	size_t camera, count;
	int w, h;
	enum spur_status st = spur_cameras_open(p->tl, &p->cameras, err);

	if (st < 0 || (st = spur_cameras_find(p->cameras, spur_args_text(p->args, "camera", ""), &camera, err)) < 0)
		return st;
	list = spur_cameras_list(p->cameras, &count);
	p->camera = list[camera].topic;
	plot_png_frame_size(p, &w, &h);
	if ((st = spur_cameras_place(p->cameras, camera, p->want.cursor_ns, &place, p->ctx->task, err)) < 0 ||
	    (st = spur_cameras_read(p->cameras, camera, &place, w, h, &p->frame, p->ctx->task, err)) < 0)
		return st;
	if (list[camera].annotations != NULL &&
	    (st = spur_cameras_overlay(p->cameras, camera, &place, &overlay, p->ctx->task, err)) >= 0)
		spur_overlay_draw(&overlay, p->frame.width, p->frame.height, &p->frame.pixels);
	spur_overlay_finish(&overlay);
	return st;
}

/* The columns and the picture are this verb's; what is left of the budget reads the recordings. */
static enum spur_status check_budget(const struct plot *p, bool picture, struct spur_error *err)
{
	uint64_t need = p->count * p->want.columns * sizeof(struct spur_bin) + (picture ? plot_png_bytes(p) : 0);

	if (p->ctx->mem_bytes != 0 && need > p->ctx->mem_bytes)
		return spur_fail(err, SPUR_ENOMEM, "a plot of that size takes %llu MiB, more than --mem allows: make it smaller",
				 (unsigned long long)(need >> 20) + 1);
	return SPUR_OK;
}

static enum spur_status load(struct plot *p, bool picture, struct spur_emit *emit, struct spur_error *err)
{
	enum spur_status st;

	if ((st = find_files(p, emit, err)) < 0 ||
	    (st = spur_drive_files_open(&p->files, p->ctx->mem_bytes, p->ctx->threads, &p->tl, err)) < 0 ||
	    (st = spur_timeline_span(p->tl, &p->begin_ns, &p->end_ns, p->ctx->task, err)) < 0 ||
	    (st = parse_times(p, err)) < 0 || (st = choose(p, err)) < 0 || (st = load_segments(p, err)) < 0 ||
	    (picture && spur_args_has(p->args, "camera") && (st = load_frame(p, err)) < 0))
		return st;
	p->want.columns = picture ? plot_png_columns(p) : p->ctx->json ? JSON_COLUMNS : plot_text_columns(p);
	if (p->ctx->json && !picture && p->width > 0)
		p->want.columns = (size_t)p->width;
	if ((st = check_budget(p, picture, err)) < 0)
		return st;
	for (size_t i = 0; i < p->count; i++)
		spur_trace_init(&p->read[i], &p->want);
	for (size_t i = 0; i < p->count; i++)
		p->read[i].reduced = spur_args_has(p->args, "reduced");
	st = spur_traces_read(p->tl, p->refs, p->count, &p->want, p->read, p->ctx->task, err);
	return st;
}

static void finish(struct plot *p)
{
	for (size_t i = 0; i < p->count; i++)
		spur_trace_finish(&p->read[i]);
	spur_frame_finish(&p->frame);
	spur_cameras_close(p->cameras);
	spur_db_segment_list_finish(&p->segments);
	spur_timeline_close(p->tl);
	spur_drive_files_finish(&p->files);
}

static enum spur_exit warn(const struct plot *p, struct spur_emit *emit)
{
	char *damage = spur_drive_files_damage(p->tl);
	enum spur_exit rc = damage != NULL ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;

	if (damage != NULL)
		spur_emit_warn(emit, "%s", damage);
	free(damage);
	for (size_t i = 0; i < p->count; i++) {
		if (p->read[i].why[0] != '\0')
			spur_emit_note(emit, "%s: %s", p->traces[i].signal->name, p->read[i].why);
		if (p->traces[i].note == NULL && p->read[i].stats.count == 0)
			spur_emit_warn(emit, "%s: no samples from --from to --to", p->traces[i].signal->name);
	}
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct plot *p = spur_calloc(1, sizeof(*p));
	const char *path = spur_args_text(args, "output", NULL);
	enum spur_exit rc;
	enum spur_status st;

	p->ctx = ctx;
	p->args = args;
	if ((st = parse_size(p, err)) >= 0 && (st = parse_scale(p, err)) >= 0 && path == NULL && spur_args_has(args, "camera"))
		st = spur_fail(err, SPUR_EINVAL, "--camera needs -o: spur frame shows one on the terminal");
	if (st >= 0 && (st = load(p, path != NULL, emit, err)) >= 0) {
		if (path != NULL)
			st = plot_png(p, path, emit, err);
		else if (ctx->json)
			plot_json(p, emit);
		else
			plot_text(p, emit);
	}
	rc = st >= 0 ? warn(p, emit) : spur_exit_of(st);
	finish(p);
	free(p);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "signal", 's', SPUR_OPT_TEXT, "SIGNAL", "this signal (glob, /regex/, ~fuzzy); without: speed and acceleration", true },
	{ "from", 0, SPUR_OPT_TIME, "T", "begin there", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "end before that", false },
	{ "cursor", 0, SPUR_OPT_TIME, "T", "values at this time", false },
	{ "a", 0, SPUR_OPT_TIME, "T", "mark A", false },
	{ "b", 0, SPUR_OPT_TIME, "T", "mark B; statistics are of A to B", false },
	{ "output", 'o', SPUR_OPT_PATH, "FILE", "a PNG there instead of text", false },
	{ "size", 0, SPUR_OPT_TEXT, "WxH", "pixels of the picture, or characters of the text", false },
	{ "scale", 0, SPUR_OPT_FLOAT, "F", "size of letters and lines (1)", false },
	{ "camera", 0, SPUR_OPT_TEXT, "NAME", "the frame of this camera at the cursor, beside the signals", false },
	{ "light", 0, SPUR_OPT_FLAG, NULL, "dark on white, for paper", false },
	{ "clean", 0, SPUR_OPT_FLAG, NULL, "without cursor and marks", false },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode CAN frames by this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ "reduced", 0, SPUR_OPT_FLAG, NULL, "of intervals that the recording stores, where they fit", false },
	{ "keep-unavailable", 0, SPUR_OPT_FLAG, NULL, "J1939 values that say 'not available' as values", false },
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_plot = {
	.name = "plot",
	.synopsis = "DRIVE | FILE...",
	.summary = "draw signals over time, as a picture or on the terminal",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
