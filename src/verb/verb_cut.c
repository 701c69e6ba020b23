#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "verb/file.h"
#include "verb/rewriting.h"

/* The signals that fit -s; NULL: none was given. */
static enum spur_status choose(const struct spur_args *args, const struct spur_description *d, uint32_t **ids, size_t *count,
			       struct spur_error *err)
{
	struct spur_file_patterns patterns = { 0 };
	enum spur_status st = spur_file_patterns_parse(args, "signal", &patterns, err);

	*ids = NULL;
	*count = 0;
	if (st == SPUR_OK && patterns.count > 0) {
		*ids = spur_calloc(d->signal_count, sizeof(**ids));
		for (size_t i = 0; i < d->signal_count; i++) {
			if (spur_file_patterns_test(&patterns, d->signals[i].name))
				(*ids)[(*count)++] = (uint32_t)i;
		}
		if (*count == 0)
			st = spur_fail(err, SPUR_ENOTFOUND, "no signal fits; spur signals lists them");
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
	struct spur_cut want = { 0 };
	uint32_t *ids = NULL;
	char *text = NULL;
	enum spur_status st;

	if (format->cut == NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "files of this format are not cut yet (%s)", format->title);
	if ((st = span(args, d, &want, err)) < 0 || (st = choose(args, d, &ids, &want.signal_count, err)) < 0)
		goto out;
	want.signals = ids;
	text = history(path, &want);
	spur_rewriting_begin(ctx, args, path, text, emit, &notes, &want.how);
	if ((st = format->cut(reader, out, &want, &got, ctx->task, err)) < 0)
		goto out;
	spur_rewriting_emit(emit, "cut", out, &got);
	spur_rewriting_warn_outside(path, out, d, emit);
	if (got.rows == 0)
		spur_emit_warn(emit, "%s: no row lies in the span", path);
	*lost = notes.lost;
out:
	free(ids);
	free(text);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	const char *path = args->pos[0], *out = spur_args_text(args, "output", NULL);
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_exit rc;
	bool lost = false;
	enum spur_status st;

	if (out == NULL) {
		spur_fail(err, SPUR_EINVAL, "spur cut: say where to write with -o OUT");
		return SPUR_EXIT_USAGE;
	}
	if (spur_file_same(path, out)) {
		spur_fail(err, SPUR_EINVAL, "%s: the output would replace the recording; choose another name", out);
		return SPUR_EXIT_USAGE;
	}
	if ((st = spur_file_open(ctx, path, &format, &reader, err)) < 0)
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
	{ "signal", 's', SPUR_OPT_TEXT, "PATTERN", "only signals whose name fits, and their masters: glob, /regex/ or ~fuzzy", true },
	SPUR_REWRITING_PACKING,
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
