#include "config.h"

#include "verb/bus_profile.h"
#include "verb/file.h"
#include "verb/stat.h"
#include "verb/stats_bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The signals of one file that are wanted, and what was gathered of each. */
struct stats {
	const struct spur_description *d;
	uint32_t *ids;			/* indexes of description.signals, in order */
	size_t count;
	struct spur_stat *of;		/* by place in ids */
	size_t *place;			/* by signal: place in ids */
};

static void choose(struct stats *s, const struct spur_file_patterns *patterns)
{
	s->ids = spur_calloc(s->d->signal_count, sizeof(*s->ids));
	s->place = spur_calloc(s->d->signal_count, sizeof(*s->place));
	for (size_t i = 0; i < s->d->signal_count; i++) {
		if (!spur_file_patterns_test(patterns, s->d->signals[i].name))
			continue;
		s->place[i] = s->count;
		s->ids[s->count++] = (uint32_t)i;
	}
	s->of = spur_calloc(s->count, sizeof(*s->of));
}

static void finish(struct stats *s)
{
	for (size_t i = 0; i < s->count; i++)
		spur_stat_finish(&s->of[i]);
	free(s->of);
	free(s->ids);
	free(s->place);
}

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct stats *s = state;

	(void)group;
	(void)err;
	for (size_t i = 0; i < rows->count; i++)
		spur_stat_add(&s->of[s->place[ids[i]]], &rows->columns[i], rows->master);
	return SPUR_OK;
}

static void emit_rows(const struct stats *s, bool raw, struct spur_emit *emit)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct spur_signal *sig = &s->d->signals[s->ids[i]];

		spur_emit_row(emit, "stat");
		spur_emit_text(emit, "name", sig->name);
		spur_emit_text(emit, "unit", sig->unit);
		spur_emit_text(emit, "type", spur_type_name(raw ? sig->raw_type : sig->type));
		spur_stat_emit(&s->of[i], emit);
		spur_emit_uint(emit, "group", sig->group);
		spur_emit_uint(emit, "channel", sig->channel);
		spur_emit_text(emit, "stream", sig->stream);
		spur_emit_text(emit, "message", NULL);
		if (sig->refused)
			spur_emit_text(emit, "refusal", sig->refusal);
		spur_emit_end(emit);
	}
}

/* Signals of the file itself, in one pass. chosen: how many fit; those in its frames follow, so that none is no failure;
 * NULL: it is one. */
static enum spur_exit own_signals(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_file_patterns *patterns,
				  size_t *chosen, struct spur_emit *emit, struct spur_error *err)
{
	const char *path = args->pos[0];
	bool raw = spur_args_has(args, "raw");
	const struct spur_format *format;
	struct spur_reader *reader = NULL;
	struct stats s = { 0 };
	struct spur_sink sink = { .state = &s, .columns = take };
	enum spur_exit rc = SPUR_EXIT_OK;
	enum spur_status st = spur_file_open(ctx, path, &format, &reader, err);

	if (st < 0)
		return spur_exit_of(st);
	s.d = format->describe(reader);
	if (s.d->stream_count > 0 && s.d->signal_count == 0) {	/* messages, not groups */
		format->close(reader);
		return spur_stats_bus(ctx, args, NULL, patterns, true, emit, err);
	}
	choose(&s, patterns);
	if (chosen != NULL)
		*chosen = s.count;
	struct spur_scan want = { .signals = s.ids, .signal_count = s.count, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX,
				  .raw = raw, .with_text = true, .unscaled = true, .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };

	if (s.count == 0 && patterns->count > 0 && s.d->damage_count == 0 && chosen == NULL)
		st = spur_fail(err, SPUR_ENOTFOUND, "no signal fits; spur signals lists them");
	else if (s.count > 0 && (st = spur_file_times(args, s.d, &want.begin_ns, &want.end_ns, err)) == SPUR_OK)
		st = format->scan(reader, &want, &sink, ctx->task, err);
	if (st >= 0) {
		emit_rows(&s, raw, emit);
		for (size_t i = 0; i < s.count; i++) {
			const struct spur_signal *sig = &s.d->signals[s.ids[i]];

			if (sig->refused)
				spur_emit_warn(emit, "%s: %s is not read: %s", path, sig->name, sig->refusal);
			rc = sig->refused ? SPUR_EXIT_PARTIAL : rc;
		}
		if (spur_file_warn(ctx, path, s.d, emit) != SPUR_EXIT_OK)
			rc = SPUR_EXIT_PARTIAL;
	} else {
		spur_wrap(st, err, "%s", path);
		rc = spur_exit_of(st);
	}
	finish(&s);
	format->close(reader);
	return rc;
}

/* By --dbc the signals in the CAN frames alone; by a profile both these and the channels. */
static enum spur_exit all_signals(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_file_patterns *patterns,
				  struct spur_emit *emit, struct spur_error *err)
{
	enum spur_exit rc = SPUR_EXIT_OK, more;
	struct spur_bus_choice bus;
	size_t chosen = 0;

	spur_bus_choose(ctx, args, args->pos[0], &bus, emit);
	if (!bus.asked)
		rc = own_signals(ctx, args, patterns, bus.dbc[0] != NULL ? &chosen : NULL, emit, err);
	if (bus.dbc[0] != NULL && (rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL)) {
		more = spur_stats_bus(ctx, args, bus.dbc, patterns, !bus.asked && chosen == 0, emit, err);
		rc = more != SPUR_EXIT_OK ? more : rc;
	}
	spur_bus_choice_finish(&bus);
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct spur_file_patterns patterns;
	enum spur_exit rc;
	enum spur_status st = spur_file_patterns_parse(args, "signal", &patterns, err);

	rc = st < 0 ? spur_exit_of(st) : all_signals(ctx, args, &patterns, emit, err);
	spur_file_patterns_finish(&patterns);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "signal", 's', SPUR_OPT_TEXT, "PATTERN", "only signals whose name fits: glob, /regex/ or ~fuzzy", true },
	{ "raw", 0, SPUR_OPT_FLAG, NULL, "raw values instead of physical ones", false },
	{ "from", 0, SPUR_OPT_TIME, "T", "samples from there on", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "samples before that", false },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "the signals in the CAN frames, by this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ 0 }
};

const struct spur_verb spur_verb_stats = {
	.name = "stats",
	.synopsis = "FILE",
	.summary = "count, range, sum and first values of every signal, in one pass",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
