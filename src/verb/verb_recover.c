#include "config.h"

#include "verb/file.h"
#include "verb/rewriting.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"

static void emit_result(struct spur_emit *emit, const char *path, const char *out, const struct spur_recovery *got)
{
	spur_emit_row(emit, "recovery");
	spur_emit_text(emit, "path", path);
	spur_emit_text(emit, "output", out);
	spur_emit_uint(emit, "messages", got->messages_kept);
	spur_emit_uint(emit, "rows", got->rows_kept);
	spur_emit_uint(emit, "attachments", got->attachments_kept);
	spur_emit_size(emit, "lost_bytes", got->bytes_lost);
	spur_emit_detail(emit);
	spur_emit_uint(emit, "lost_places", got->places_lost);
	spur_emit_end(emit);
}

static void say_lost(struct spur_emit *emit, const char *path, const struct spur_recovery *got, bool nothing)
{
	if (nothing)	/* an MDF file cut before its descriptions does not even say what is lost */
		spur_emit_warn(emit, "%s: no rows and no messages were found in what is left of it", path);
	if (got->bytes_lost > 0)
		spur_emit_warn(emit, "%s: %" PRIu64 " bytes could not be saved", path, got->bytes_lost);
	if (got->places_lost > 0)
		spur_emit_warn(emit, "%s: what is lost at %" PRIu64 " place%s has no known size", path, got->places_lost,
			       got->places_lost == 1 ? "" : "s");
}

static enum spur_exit recover(struct spur_ctx *ctx, const char *path, const char *out, const struct spur_rewriting *how,
			      struct spur_rewriting_notes *notes, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_open_opts opts = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads, .no_index = true };
	const struct spur_format *format;
	struct spur_reader *reader;
	struct spur_recovery got = { 0 };
	bool nothing = false;
	enum spur_status st = spur_format_open(path, &opts, &format, &reader, err);

	if (st < 0)
		return spur_exit_of(st);
	if (format->recover == NULL)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "%s: files of this format cannot be recovered yet", format->title);
	else
		st = format->recover(reader, out, how, &got, ctx->task, err);
	if (st >= 0) {
		nothing = spur_file_warn(ctx, path, format->describe(reader), emit) != SPUR_EXIT_OK &&
			  got.rows_kept == 0 && got.messages_kept == 0;
		emit_result(emit, path, out, &got);
		say_lost(emit, path, &got, nothing);
	}
	format->close(reader);
	if (st < 0)
		return spur_exit_of(spur_wrap(st, err, "%s", path));
	return got.bytes_lost > 0 || got.places_lost > 0 || nothing || notes->lost ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *path = args->pos[0], *out;
	char *history = spur_strfmt("recovered from %s", path);
	struct spur_rewriting_notes notes;
	struct spur_rewriting how;
	enum spur_status st;
	enum spur_exit rc;

	if ((st = spur_rewriting_output(args, "recover", &out, err)) < 0 ||
	    (st = spur_rewriting_begin(ctx, args, path, history, emit, &notes, &how, err)) < 0)
		rc = spur_exit_of(st);
	else
		rc = recover(ctx, path, out, &how, &notes, emit, err);
	free(history);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "OUT", "the new file", false },
	SPUR_REWRITING_PACKING,
	SPUR_REWRITING_LAYOUT,
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_recover = {
	.name = "recover",
	.synopsis = "FILE -o OUT",
	.summary = "save everything readable of a damaged recording into a new one",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
