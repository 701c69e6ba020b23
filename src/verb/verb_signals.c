#include "config.h"

#include "verb/bus_profile.h"
#include "verb/file.h"

#include <stdlib.h>

#include "base/buf.h"
#include "sync/source.h"
#include "verb/bus_rows.h"
#include "verb/signal_about.h"

static void emit_signal(const struct spur_description *d, const struct spur_signal *s, bool all, struct spur_emit *emit)
{
	uint64_t rows = s->group < d->group_count ? d->groups[s->group].rows : UINT64_MAX;

	spur_emit_row(emit, "signal");
	spur_emit_uint(emit, "group", s->group);
	spur_emit_text(emit, "stream", s->stream);
	spur_emit_text(emit, "name", s->name);
	spur_emit_text(emit, "unit", s->unit);
	spur_emit_text(emit, "type", spur_type_name(s->type));
	if (rows != UINT64_MAX)
		spur_emit_uint(emit, "n", rows);
	else
		spur_emit_text(emit, "n", NULL);	/* only reading the file would tell */
	if (all)
		spur_signal_show(d, (uint32_t)(s - d->signals), emit);
	spur_emit_detail(emit);
	spur_emit_uint(emit, "channel", s->channel);
	spur_emit_text(emit, "comment", s->comment);
	spur_emit_text(emit, "raw_type", spur_type_name(s->raw_type));
	spur_emit_bool(emit, "master", s->is_master);
	if (s->refused)
		spur_emit_text(emit, "refusal", s->refusal);
	spur_signal_emit(d, (uint32_t)(s - d->signals), emit);
	spur_emit_end(emit);
}

static enum spur_exit nothing_fits(const char *path, const char *pattern, struct spur_error *err)
{
	return spur_exit_of(spur_fail(err, SPUR_ENOTFOUND, "%s: no signal fits '%s'; spur signals %s lists them", path, pattern, path));
}

/* Signals in frames and the fields of messages, by the names that find, cat -s and the plot use. */
static enum spur_exit list_fields(struct spur_ctx *ctx, const char *path, const struct spur_source_opts *opts,
				  const char *pattern, const struct spur_match *m, size_t *listed, struct spur_emit *emit,
				  struct spur_error *err)
{
	const struct spur_source_signal *signals;
	const struct spur_description *d;
	struct spur_source *s;
	enum spur_status st = spur_source_open(path, opts, &s, err);
	enum spur_exit rc;
	size_t count;
	bool frames = opts->payloads || opts->dbc != NULL;

	(void)ctx;
	if (st < 0)
		return spur_exit_of(st);
	signals = spur_source_signals(s, &count);
	for (size_t i = 0; i < count; i++) {
		struct spur_source_frame frame;
		bool in_frames = spur_source_frame(s, signals[i].table, &frame);

		if ((m != NULL && !spur_match_test(m, signals[i].name)) || in_frames != frames)
			continue;
		(*listed)++;
		spur_emit_row(emit, "field");
		spur_emit_text(emit, "name", signals[i].name);
		spur_emit_text(emit, "unit", signals[i].unit);
		spur_emit_text(emit, "type", spur_type_name(signals[i].type));
		if (signals[i].rows != UINT64_MAX)
			spur_emit_uint(emit, "n", signals[i].rows);
		else
			spur_emit_text(emit, "n", NULL);
		spur_emit_detail(emit);
		spur_emit_text(emit, "stream", signals[i].stream);
		spur_emit_text(emit, "comment", signals[i].comment);
		if (in_frames)
			spur_bus_emit_frame(&frame, emit);
		spur_emit_end(emit);
	}
	if (frames && *listed == 0 && m == NULL)
		spur_emit_warn(emit, opts->dbc != NULL && opts->dbc[0] != NULL ? "%s: no frame that the databases know" :
										"%s: no payload of several frames", path);
	spur_bus_warn(s, emit);
	d = spur_source_describe(s);
	rc = spur_file_warn(ctx, path, d, emit);
	for (uint32_t i = 0; i < d->stream_count; i++) {
		const char *why = spur_source_refusal(s, i);

		if (why == NULL)
			continue;
		spur_emit_warn(emit, "%s: %s: no signals: %s", path, d->streams[i].topic, why);
		rc = SPUR_EXIT_PARTIAL;
	}
	spur_source_close(s);
	return m != NULL && *listed == 0 ? nothing_fits(path, pattern, err) : rc;
}

/* Of the frames of a log: what the databases know, and payloads of several frames. */
static enum spur_exit list_frames(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_bus_choice *bus,
				  const char *pattern, const struct spur_match *m, size_t *listed, struct spur_emit *emit,
				  struct spur_error *err)
{
	const struct spur_source_opts opts = { .dbc = bus->dbc, .mem_bytes = ctx->mem_bytes, .threads = ctx->threads,
					       .payloads = spur_args_has(args, "payloads") };

	return list_fields(ctx, args->pos[0], &opts, pattern, m, listed, emit, err);
}

/* Channels of the file itself; more: those in its frames follow. */
static enum spur_exit list_channels(struct spur_ctx *ctx, const struct spur_args *args, const char *pattern, const struct spur_match *m,
				    bool more, size_t *listed, struct spur_emit *emit, struct spur_error *err)
{
	const char *path = args->pos[0];
	const struct spur_source_opts opts = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_status st = spur_file_open(ctx, path, &format, &reader, err);
	const struct spur_description *d;
	enum spur_exit rc;

	if (st < 0)
		return spur_exit_of(st);
	d = format->describe(reader);
	if (d->stream_count > 0 && d->signal_count == 0) {
		format->close(reader);
		return list_fields(ctx, path, &opts, pattern, m, listed, emit, err);
	}
	for (size_t i = 0; i < d->signal_count; i++) {
		if (m != NULL && !spur_match_test(m, d->signals[i].name))
			continue;
		emit_signal(d, &d->signals[i], spur_args_has(args, "long") && !ctx->json, emit);
		(*listed)++;
	}
	rc = spur_file_warn(ctx, path, d, emit);
	format->close(reader);
	return m != NULL && *listed == 0 && !more ? nothing_fits(path, pattern, err) : rc;
}

/* Asked for frames by --dbc or --payloads, these alone; by a profile, channels and then what is in the frames. */
static enum spur_exit list(struct spur_ctx *ctx, const struct spur_args *args, const char *pattern, const struct spur_match *m,
			   struct spur_emit *emit, struct spur_error *err)
{
	bool frames = spur_args_has(args, "dbc") || spur_args_has(args, "payloads"), more;
	struct spur_bus_choice bus;
	enum spur_exit rc = SPUR_EXIT_OK, then;
	size_t listed = 0;

	spur_bus_choose(ctx, args, args->pos[0], &bus, emit);
	more = bus.dbc[0] != NULL;
	if (!frames)
		rc = list_channels(ctx, args, pattern, m, more, &listed, emit, err);
	if ((frames || more) && (rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL)) {
		then = list_frames(ctx, args, &bus, pattern, m, &listed, emit, err);
		rc = then != SPUR_EXIT_OK ? then : rc;
	}
	spur_bus_choice_finish(&bus);
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *pattern = args->npos > 1 ? args->pos[1] : NULL;
	struct spur_match *m = NULL;
	enum spur_exit rc;
	enum spur_status st;

	if (pattern != NULL && (st = spur_match_create(pattern, &m, err)) < 0)
		return spur_exit_of(st);
	rc = list(ctx, args, pattern, m, emit, err);
	spur_match_destroy(m);
	return rc;
}

/* clang-format off */
static const struct spur_opt options[] = {
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "the signals in the CAN frames, by this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ "long", 'l', SPUR_OPT_FLAG, NULL, "also ranges, limits, axes, references", false },
	{ "payloads", 0, SPUR_OPT_FLAG, NULL, "whole payloads of ISO-TP and J1939 transfers", false },
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_signals = {
	.name = "signals",
	.synopsis = "FILE [PATTERN]",
	.summary = "list the signals of a recording: channels, fields of messages",
	.section = "Files",
	.opts = options,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
