#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "sync/observe.h"
#include "verb/drive_files.h"

#define LOW_CONFIDENCE 0.5

struct syncing {
	struct spur_ctx *ctx;
	const struct spur_args *args;
	struct spur_emit *emit;
	struct spur_drive_files files;
	struct spur_timeline *tl;
	const char **pairs;	/* owned array, NULL-terminated; NULL: automatic */
	size_t done, failed;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* ---- storing */

/* The windows as the catalogue keeps them: in the clock of the source. */
static void write_knots(const struct spur_clock_estimate *e, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '[');
	for (size_t i = 0; i < e->window_count; i++) {
		const struct spur_sync_window *w = &e->windows[i];
		spur_ns t = w->begin_ns + (w->end_ns - w->begin_ns) / 2 + w->lag_ns;

		if (!w->used)
			continue;
		spur_json_begin(&j, NULL, '{');
		spur_json_int(&j, "t_ns", t);
		spur_json_int(&j, "offset_ns", w->lag_ns);
		spur_json_int(&j, "residual_ns", w->lag_ns - spur_clock_shift(&e->clock, t));
		spur_json_f64(&j, "weight", 1e18 / ((double)w->sigma_ns * (double)w->sigma_ns));
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, ']');
}

static enum spur_status store(struct syncing *s, size_t source, const struct spur_clock_estimate *e, struct spur_error *err)
{
	struct spur_buf knots = { 0 };
	struct spur_db_clock c = {
		.source = s->files.source_ids[source], .reference = s->files.source_ids[0], .clock = e->clock,
		.sigma_ns = (double)e->sigma_ns, .confidence = e->confidence, .method = "xcorr",
	};
	struct spur_db_act act;
	struct spur_db *db;
	enum spur_status st = spur_ctx_act(s->ctx, &db, &act, err);

	if (st < 0)
		return st;
	write_knots(e, &knots);
	c.knots = spur_buf_text(&knots);
	st = spur_db_clock_add(db, &act, &c, NULL, err);
	spur_buf_finish(&knots);
	return st;
}

/* ---- telling */

static void emit_pair(struct spur_emit *emit, const struct spur_sync_report *r, size_t i)
{
	const struct spur_sync_pair_result *p = &r->estimate.pairs[i];

	spur_emit_text(emit, "a", r->pairs[i].a);
	spur_emit_text(emit, "b", r->pairs[i].b);
	spur_emit_f64(emit, "correlation", p->correlation);
	spur_emit_f64(emit, "ratio", p->ratio);
	spur_emit_span(emit, "coarse_ns", p->coarse_ns);
	spur_emit_span(emit, "offset_ns", p->offset_ns);
	spur_emit_span(emit, "sigma_ns", p->sigma_ns);
	spur_emit_uint(emit, "windows", p->windows);
	spur_emit_bool(emit, "believed", p->believed);
}

static void emit_window(struct spur_emit *emit, const struct spur_sync_report *r, size_t i)
{
	const struct spur_sync_window *w = &r->estimate.windows[i];

	spur_emit_time(emit, "begin_ns", w->begin_ns);
	spur_emit_time(emit, "end_ns", w->end_ns);
	spur_emit_text(emit, "a", r->pairs[w->pair].a);
	spur_emit_text(emit, "b", r->pairs[w->pair].b);
	spur_emit_span(emit, "lag_ns", w->lag_ns);
	spur_emit_span(emit, "sigma_ns", w->sigma_ns);
	spur_emit_f64(emit, "correlation", w->correlation);
	spur_emit_bool(emit, "used", w->used);
}

static void emit_lists(struct spur_emit *emit, const struct spur_sync_report *r)
{
	spur_emit_begin(emit, "pairs", '[');
	for (size_t i = 0; i < r->estimate.pair_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		emit_pair(emit, r, i);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
	spur_emit_begin(emit, "windows", '[');
	for (size_t i = 0; i < r->estimate.window_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		emit_window(emit, r, i);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_clock(struct syncing *s, size_t source, const struct spur_sync_report *r, bool stored)
{
	const struct spur_clock_estimate *e = &r->estimate;
	struct spur_emit *emit = s->emit;

	spur_emit_row(emit, "clock");
	if (s->files.drive_id != 0)
		spur_emit_text(emit, "drive", s->files.name);
	spur_emit_text(emit, "source", base_name(s->files.members[source].path));
	spur_emit_text(emit, "reference", base_name(s->files.members[0].path));
	spur_emit_span(emit, "offset_ns", e->clock.offset_ns);
	spur_emit_int(emit, "drift_ppb", e->clock.drift_ppb);
	spur_emit_span(emit, "sigma_ns", e->sigma_ns);
	spur_emit_f64(emit, "confidence", round(e->confidence * 1e4) / 1e4);
	spur_emit_uint(emit, "used", e->used);
	spur_emit_bool(emit, "stored", stored);
	spur_emit_detail(emit);
	spur_emit_time(emit, "ref_ns", e->clock.ref_ns);
	spur_emit_int(emit, "drift_sigma_ppb", e->drift_sigma_ppb);
	spur_emit_span(emit, "residual_ns", e->residual_ns);
	emit_lists(emit, r);
	spur_emit_end(emit);
}

/* The lists of the row for people. */
static void emit_report(struct syncing *s, const struct spur_sync_report *r)
{
	for (size_t i = 0; i < r->estimate.pair_count; i++) {
		spur_emit_row(s->emit, "pair");
		emit_pair(s->emit, r, i);
		spur_emit_end(s->emit);
	}
	for (size_t i = 0; i < r->estimate.window_count; i++) {
		spur_emit_row(s->emit, "window");
		emit_window(s->emit, r, i);
		spur_emit_end(s->emit);
	}
}

/* ---- working */

static enum spur_status sync_one(struct syncing *s, size_t source, struct spur_error *err)
{
	struct spur_sync_opts o = { .a = 0, .b = source, .pairs = s->pairs, .mem_bytes = s->ctx->mem_bytes,
				    .max_offset_ns = spur_args_span(s->args, "max-offset", 0),
				    .window_ns = spur_args_span(s->args, "window", 0) };
	struct spur_sync_report r;
	bool stores = spur_args_has(s->args, "store");
	enum spur_status st = spur_sync_estimate(s->tl, &o, &r, s->ctx->task, err);

	if (st < 0)
		return spur_wrap(st, err, "%s against %s", base_name(s->files.members[source].path),
				 base_name(s->files.members[0].path));
	if (stores)
		st = store(s, source, &r.estimate, err);
	if (st >= 0) {
		emit_clock(s, source, &r, stores);
		if (spur_args_has(s->args, "report") && !s->ctx->json)
			emit_report(s, &r);
		if (r.estimate.confidence < LOW_CONFIDENCE)
			spur_emit_warn(s->emit, "%s: low confidence (%.2f): %zu windows agree within %.1f ms; look at --report, or "
				       "name good signals with --pair", base_name(s->files.members[source].path),
				       r.estimate.confidence, r.estimate.used, (double)r.estimate.residual_ns / 1e6);
	}
	spur_sync_report_finish(&r);
	return st;
}

/* One source without evidence does not keep the others from theirs. */
static enum spur_exit sync_all(struct syncing *s, struct spur_error *err)
{
	char *damage = NULL;
	enum spur_status st;
	bool partial;

	for (size_t i = 1; i < s->files.count; i++) {
		st = sync_one(s, i, err);
		if (st == SPUR_ENOTFOUND) {
			s->failed++;
			if (s->files.count > 2)
				spur_emit_warn(s->emit, "%s", err->text);
			continue;
		}
		if (st < 0)
			return spur_exit_of(st);
		s->done++;
	}
	if (s->done > 0 && (damage = spur_drive_files_damage(s->tl)) != NULL)
		spur_emit_warn(s->emit, "%s", damage);
	partial = s->failed > 0 || damage != NULL;
	free(damage);
	return s->done == 0 ? SPUR_EXIT_FAIL : partial ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

static enum spur_status load(struct syncing *s, struct spur_error *err)
{
	struct spur_db_drive_list l;
	struct spur_db *db;
	enum spur_status st;

	if (s->args->npos == 2) {
		spur_drive_files_of(s->args->pos, 2, &s->files);
		if (!spur_args_has(s->args, "dbc") && !spur_args_has(s->args, "no-profile"))
			spur_drive_files_look_up(s->ctx, &s->files, s->emit);
	} else {
		if ((st = spur_ctx_db(s->ctx, &db, err)) < 0 || (st = spur_db_drive_find(db, s->args->pos[0], &l, err)) < 0)
			return st;
		st = spur_drive_files_load(db, &l.rows[0], &s->files, err);
		spur_db_drive_list_finish(&l);
		if (st < 0)
			return st;
	}
	spur_drive_files_options(&s->files, s->args);
	if (s->files.count < 2)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: one recording has nothing to be compared with", s->files.name);
	return spur_drive_files_open(&s->files, s->ctx->mem_bytes, s->ctx->threads, &s->tl, err);
}

static void take_pairs(struct syncing *s)
{
	size_t n = 0;

	while (spur_args_nth(s->args, "pair", n) != NULL)
		n++;
	if (n == 0)
		return;
	s->pairs = spur_calloc(n + 1, sizeof(*s->pairs));
	for (size_t i = 0; i < n; i++)
		s->pairs[i] = spur_args_nth(s->args, "pair", i);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct syncing s = { .ctx = ctx, .args = args, .emit = emit };
	enum spur_exit rc;
	enum spur_status st;

	if (args->npos == 2 && spur_args_has(args, "store")) {
		spur_fail(err, SPUR_EINVAL, "--store needs a drive of the catalogue: spur add brings files in");
		return SPUR_EXIT_USAGE;
	}
	take_pairs(&s);
	st = load(&s, err);
	rc = st < 0 ? spur_exit_of(st) : sync_all(&s, err);
	spur_timeline_close(s.tl);
	spur_drive_files_finish(&s.files);
	free(s.pairs);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "pair", 0, SPUR_OPT_TEXT, "A=B", "compare these signals only (A of the reference)", true },
	{ "max-offset", 0, SPUR_OPT_SPAN, "SPAN", "how far the clocks may be apart (2min)", false },
	{ "window", 0, SPUR_OPT_SPAN, "SPAN", "length of the windows (1min)", false },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode bus frames with it, for bus channel N or all", true },
	SPUR_BUS_NO_PROFILE,
	{ "report", 0, SPUR_OPT_FLAG, NULL, "show every pair and window", false },
	{ "store", 0, SPUR_OPT_FLAG, NULL, "keep the clocks in the catalogue", false },
	{ 0 }
};

const struct spur_verb spur_verb_sync = {
	.name = "sync",
	.synopsis = "DRIVE | FILE_A FILE_B",
	.summary = "estimate and report clock offset and drift",
	.section = "Catalogue",
	.opts = opts,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
