#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "verb/file.h"
#include "verb/rewriting.h"

/* A recording is thinned by signals or by topics, as it has them. */
static enum spur_status thinned_by(const struct spur_args *args, const struct spur_format *format, struct spur_error *err)
{
	bool messages = format->locate != NULL;

	if (messages && spur_args_has(args, "signal"))
		return spur_fail(err, SPUR_EINVAL, "messages are kept whole: choose topics with -t");
	if (!messages && spur_args_has(args, "topic"))
		return spur_fail(err, SPUR_EINVAL, "it has no topics: choose signals with -s");
	return SPUR_OK;
}

static const char *name_of(const struct spur_description *d, bool topics, size_t i)
{
	return topics ? d->streams[i].topic : d->signals[i].name;
}

/* The signals that fit -s, or the topics that fit -t; NULL: none was given. */
static enum spur_status choose(const struct spur_args *args, const char *option, const struct spur_description *d, uint32_t **ids,
			       size_t *count, struct spur_error *err)
{
	bool topics = strcmp(option, "topic") == 0;
	size_t all = topics ? d->stream_count : d->signal_count;
	struct spur_file_patterns patterns = { 0 };
	enum spur_status st = spur_file_patterns_parse(args, option, &patterns, err);

	*ids = NULL;
	*count = 0;
	if (st == SPUR_OK && patterns.count > 0) {
		*ids = spur_calloc(all, sizeof(**ids));
		for (size_t i = 0; i < all; i++) {
			if (spur_file_patterns_test(&patterns, name_of(d, topics, i)))
				(*ids)[(*count)++] = (uint32_t)i;
		}
		if (*count == 0)
			st = spur_fail(err, SPUR_ENOTFOUND, topics ? "no topic fits; spur info lists them" : "no signal fits; spur signals lists them");
	}
	spur_file_patterns_finish(&patterns);
	return st;
}

static enum spur_status span(const struct spur_args *args, const struct spur_description *d, struct spur_cut *want,
			     struct spur_error *err)
{
	enum spur_status st = spur_file_times(args, d, &want->begin_ns, &want->end_ns, err);

	if (st == SPUR_OK && want->begin_ns >= want->end_ns)
		st = spur_fail(err, SPUR_EINVAL, "--to is not after --from: nothing lies between them");
	return st;
}

static char *history(const char *path, const struct spur_cut *want)
{
	char from[SPUR_TIME_TEXT], to[SPUR_TIME_TEXT];

	spur_time_text(want->begin_ns, SPUR_TIME_UTC, 0, from);
	spur_time_text(want->end_ns, SPUR_TIME_UTC, 0, to);
	return spur_strfmt("cut out of %s: from %s to %s, %s", path, want->begin_ns == SPUR_NS_MIN ? "its begin" : from,
			   want->end_ns == SPUR_NS_MAX ? "its end" : to, want->signals == NULL ? "all signals" : "some signals");
}

static enum spur_status cut(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_format *format,
			    struct spur_reader *reader, struct spur_emit *emit, bool *lost, struct spur_error *err)
{
	const char *path = args->pos[0], *out = spur_args_text(args, "output", NULL);
	const struct spur_description *d = format->describe(reader);
	struct spur_rewriting_notes notes;
	struct spur_rewritten got;
	struct spur_cut want = { .no_latched = spur_args_has(args, "no-latched") };
	uint32_t *signals = NULL, *topics = NULL;
	char *text = NULL;
	enum spur_status st;

	if (format->cut == NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "files of this format are not cut yet (%s)", format->title);
	if ((st = thinned_by(args, format, err)) < 0 || (st = span(args, d, &want, err)) < 0 ||
	    (st = choose(args, "signal", d, &signals, &want.signal_count, err)) < 0 ||
	    (st = choose(args, "topic", d, &topics, &want.stream_count, err)) < 0)
		goto out;
	want.signals = signals;
	want.streams = topics;
	text = history(path, &want);
	if ((st = spur_rewriting_begin(ctx, args, path, text, emit, &notes, &want.how, err)) < 0 ||
	    (st = format->cut(reader, out, &want, &got, ctx->task, err)) < 0)
		goto out;
	spur_rewriting_emit(emit, "cut", out, format, &got);
	spur_rewriting_warn_outside(path, out, d, emit);
	if (got.rows == 0)
		spur_emit_warn(emit, "%s: no %s lies in the span", path, format->locate != NULL ? "message" : "row");
	*lost = notes.lost;
out:
	free(signals);
	free(topics);
	free(text);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	const char *path = args->pos[0], *out;
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_exit rc;
	bool lost = false;
	enum spur_status st;

	if ((st = spur_rewriting_output(args, "cut", &out, err)) < 0 || (st = spur_file_open(ctx, path, &format, &reader, err)) < 0)
		return spur_exit_of(st);
	st = cut(ctx, args, format, reader, emit, &lost, err);
	if (st >= 0) {
		rc = spur_file_warn(ctx, path, format->describe(reader), emit);
		rc = lost ? SPUR_EXIT_PARTIAL : rc;
	} else {
		rc = spur_exit_of(spur_wrap(st, err, "%s", path));
	}
	format->close(reader);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "OUT", "the new file", false },
	{ "from", 0, SPUR_OPT_TIME, "T", "records from there on", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "records before that", false },
	{ "signal", 's', SPUR_OPT_TEXT, "PATTERN", "MDF: only signals whose name fits, and their masters: glob, /regex/ or ~fuzzy", true },
	{ "topic", 't', SPUR_OPT_TEXT, "PATTERN", "MCAP: only topics whose name fits", true },
	{ "no-latched", 0, SPUR_OPT_FLAG, NULL, "MCAP: nothing from before the span, latched topics too", false },
	SPUR_REWRITING_PACKING,
	SPUR_REWRITING_LAYOUT,
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_cut = {
	.name = "cut",
	.synopsis = "FILE -o OUT",
	.summary = "copy a span of time of a recording, record by record",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
