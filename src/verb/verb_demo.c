#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <string.h>

#include "demo/make.h"
#include "verb/demo_review.h"
#include "verb/demo_run.h"
#include "verb/demo_score.h"

/* ---- spur demo make ---- */

static const struct spur_opt make_opts[] = {
	{ .name = "drives", .type = SPUR_OPT_INT, .arg = "N", .help = "number of drives (8)" },
	{ .name = "seconds", .type = SPUR_OPT_FLOAT, .arg = "S", .help = "length of each drive (600)" },
	{ .name = "seed", .type = SPUR_OPT_INT, .arg = "K", .help = "what the script draws from (1)" },
	{ .name = "cameras", .type = SPUR_OPT_CHOICE, .arg = "all|front|none", .help = "whose pictures are recorded (all)" },
	{ .name = "big", .type = SPUR_OPT_SIZE, .arg = "SIZE", .help = "one drive more, whose files have that size each" },
	{ 0 },
};

static size_t count_of(const struct spur_demo_drive *d, int from, int to)
{
	size_t n = 0;

	for (size_t i = 0; i < d->event_count; i++)
		n += (int)d->events[i].kind >= from && (int)d->events[i].kind < to;
	return n;
}

static void made(void *state, const struct spur_demo_drive *d)
{
	struct spur_emit *emit = state;

	spur_emit_row(emit, "drive");
	spur_emit_text(emit, "name", d->name);
	spur_emit_span(emit, "length_ns", d->end_ns - d->begin_ns);
	spur_emit_uint(emit, "events", count_of(d, 0, SPUR_DEMO_CLASSES));
	spur_emit_uint(emit, "decoys", count_of(d, SPUR_DEMO_CLASSES, SPUR_DEMO_KINDS));
	spur_emit_span(emit, "offset_ns", d->clock.offset_ns);
	spur_emit_int(emit, "drift_ppb", d->clock.drift_ppb);
	spur_emit_detail(emit);
	spur_emit_time(emit, "begin_ns", d->begin_ns);
	spur_emit_time(emit, "end_ns", d->end_ns);
	for (int k = 0; k < SPUR_DEMO_CLASSES; k++)
		spur_emit_uint(emit, spur_demo_kind_name((enum spur_demo_kind)k), count_of(d, k, k + 1));
	if (d->noisy_ratio > 0) {
		spur_emit_f64(emit, "smooth_ratio", d->smooth_ratio);
		spur_emit_f64(emit, "noisy_ratio", d->noisy_ratio);
	}
	spur_emit_end(emit);
	if (d->noisy_ratio > 0)
		spur_emit_note(emit, "%s: deflate packs smooth channels %.2f to 1, noisy float32 %.2f to 1", d->name, d->smooth_ratio,
			       d->noisy_ratio);
	spur_emit_flush(emit);
}

static enum spur_status make_check(const struct spur_demo_make_options *o, long long drives, struct spur_error *err)
{
	if (drives < 0 || drives > 99)
		return spur_fail(err, SPUR_EINVAL, "--drives %lld: 0 to 99", drives);
	if (drives == 0 && o->big_bytes == 0)
		return spur_fail(err, SPUR_EINVAL, "--drives 0 without --big: nothing to make");
	if (!(o->seconds >= 1 && o->seconds <= 86400))
		return spur_fail(err, SPUR_EINVAL, "--seconds %g: 1 to 86400", o->seconds);
	return SPUR_OK;
}

static enum spur_demo_camera_set cameras_of(const char *word)
{
	return strcmp(word, "none") == 0 ? SPUR_DEMO_CAMERAS_NONE :
	       strcmp(word, "front") == 0 ? SPUR_DEMO_CAMERAS_FRONT : SPUR_DEMO_CAMERAS_ALL;
}

static enum spur_exit run_make(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	long long drives = spur_args_int(args, "drives", 8);
	struct spur_demo_make_options o = {
		.dir = args->pos[0], .drives = (unsigned)drives, .seconds = spur_args_float(args, "seconds", 600),
		.seed = (uint64_t)spur_args_int(args, "seed", 1), .big_bytes = spur_args_size(args, "big", 0),
		.mem_bytes = ctx->mem_bytes, .threads = ctx->threads,
		.cameras = cameras_of(spur_args_text(args, "cameras", "all")),
	};
	enum spur_status st = make_check(&o, drives, err);

	if (st == SPUR_OK)
		st = spur_demo_make(&o, made, emit, ctx->task, err);
	if (st == SPUR_OK)
		spur_emit_note(emit, "%s/truth.json says what happened when, and what the clocks did", o.dir);
	return spur_exit_of(st);
}

static const struct spur_verb demo_make = {
	.name = "make",
	.synopsis = "DIR",
	.summary = "simulate drives: MF4 and MCAP files, their DBC, and the truth",
	.opts = make_opts,
	.min_args = 1,
	.max_args = 1,
	.run = run_make,
};

static const struct spur_verb *const subs[] = { &demo_make, &spur_demo_run, &spur_demo_review, &spur_demo_score, NULL };

const struct spur_verb spur_verb_demo = {
	.name = "demo",
	.synopsis = "make DIR | run [DIR] | review DIR | score DIR",
	.summary = "simulated drives, and a tour on them",
	.section = "Demo",
	.subs = subs,
};
