#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "verb/file.h"
#include "verb/rewriting.h"

struct inputs {
	const struct spur_format *format;	/* of all of them */
	struct spur_reader **readers;
	const char *const *paths;
	size_t count;				/* that are open */
};

static void close_all(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		in->format->close(in->readers[i]);
	free(in->readers);
}

static enum spur_status open_all(struct spur_ctx *ctx, const struct spur_args *args, struct inputs *in, struct spur_error *err)
{
	struct spur_open_opts opts = { .mem_bytes = ctx->mem_bytes / args->npos, .threads = ctx->threads };

	in->readers = spur_calloc(args->npos, sizeof(struct spur_reader *));
	in->paths = args->pos;
	for (size_t i = 0; i < args->npos; i++) {
		const struct spur_format *format;
		enum spur_status st = spur_format_open(args->pos[i], &opts, &format, &in->readers[i], err);

		if (st < 0)
			return st;
		if (i > 0 && format != in->format) {
			format->close(in->readers[i]);
			return spur_fail(err, SPUR_EUNSUPPORTED, "%s is %s, %s is %s: files of one format are merged", args->pos[0],
					 in->format->title, args->pos[i], format->title);
		}
		in->format = format;
		in->count++;
	}
	if (in->format->merge == NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "%s: files of this format are not merged yet (%s)", args->pos[0], in->format->title);
	return SPUR_OK;
}

static enum spur_exit merge(struct spur_ctx *ctx, const struct spur_args *args, struct inputs *in, struct spur_emit *emit,
			    struct spur_error *err)
{
	const char *out = spur_args_text(args, "output", NULL);
	struct spur_merging want = { .names = in->paths, .apart = spur_args_has(args, "apart") };
	struct spur_rewriting_notes notes;
	struct spur_rewritten got;
	enum spur_exit rc;
	enum spur_status st;

	st = spur_rewriting_begin(ctx, args, out, want.apart ? "merged, each file apart" : "merged", emit, &notes, &want.how, err);
	if (st < 0 || (st = in->format->merge(in->readers, in->count, out, &want, &got, ctx->task, err)) < 0)
		return spur_exit_of(st);
	spur_rewriting_emit(emit, "merge", out, in->format, &got);
	rc = notes.lost ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
	for (size_t i = 0; i < in->count; i++) {
		const struct spur_description *d = in->format->describe(in->readers[i]);

		spur_rewriting_warn_outside(in->paths[i], out, d, emit);
		if (spur_file_warn(ctx, in->paths[i], d, emit) != SPUR_EXIT_OK)
			rc = SPUR_EXIT_PARTIAL;
	}
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	const char *out;
	struct inputs in = { 0 };
	enum spur_exit rc;
	enum spur_status st = spur_rewriting_output(args, "merge", &out, err);

	if (st < 0)
		return spur_exit_of(st);
	st = open_all(ctx, args, &in, err);
	rc = st < 0 ? spur_exit_of(st) : merge(ctx, args, &in, emit, err);
	close_all(&in);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "OUT", "the new file", false },
	{ "apart", 0, SPUR_OPT_FLAG, NULL, "groups of every file stay groups of their own", false },
	SPUR_REWRITING_PACKING,
	SPUR_REWRITING_LAYOUT,
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_merge = {
	.name = "merge",
	.synopsis = "FILE FILE... -o OUT",
	.summary = "put recordings together in one file, record by record",
	.section = "Files",
	.opts = opts,
	.min_args = 2,
	.max_args = -1,
	.run = run,
};
