#include "config.h"

#include "verb/rewriting.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "verb/file.h"

enum spur_status spur_rewriting_output(const struct spur_args *args, const char *verb, const char **out, struct spur_error *err)
{
	*out = spur_args_text(args, "output", NULL);
	if (*out == NULL)
		return spur_fail(err, SPUR_EINVAL, "spur %s: say where to write with -o OUT", verb);
	for (size_t i = 0; i < args->npos; i++) {
		if (spur_file_same(args->pos[i], *out))
			return spur_fail(err, SPUR_EINVAL, "%s: the output would replace %s; choose another name", *out,
					 args->npos == 1 ? "the recording" : "one of the recordings");
	}
	return SPUR_OK;
}

/* In the order of enum spur_packing. */
static const char *const packings[] = { "same", "none", "deflate", "transposed", "zstd", "transposed-zstd", "lz4", "transposed-lz4" };

enum spur_status spur_rewriting_layout(const struct spur_args *args, enum spur_packing fallback, struct spur_rewriting *how,
				       struct spur_error *err)
{
	const char *text = spur_args_text(args, "packing", packings[fallback]), *version = spur_args_text(args, "mdf-version", NULL);

	for (unsigned i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		if (strcmp(text, packings[i]) == 0)
			how->packing = (enum spur_packing)i;
	}
	how->columns = spur_args_has(args, "columns");
	how->version = version == NULL ? 0 : (uint16_t)((version[0] - '0') * 100 + (version[2] - '0') * 10 + version[3] - '0');
	if (version == NULL)
		return SPUR_OK;
	if (how->packing >= SPUR_PACKING_ZSTD && how->version < 430)
		return spur_fail(err, SPUR_EINVAL, "--packing %s: only MDF 4.30 has it, not the %s of --mdf-version", text, version);
	if (how->columns && how->version < 420)
		return spur_fail(err, SPUR_EINVAL, "--columns: MDF has them from 4.20 on, not the %s of --mdf-version", version);
	return SPUR_OK;
}

static enum spur_status found(void *state, const struct spur_finding *f, struct spur_error *err)
{
	struct spur_rewriting_notes *n = state;

	(void)err;
	if (f->severity != SPUR_NOTE)
		n->lost = true;
	if (f->severity != SPUR_NOTE || !n->quiet)
		spur_emit_warn(n->emit, "%s: %s (byte %" PRIu64 ")", n->path, f->what, f->offset);
	return SPUR_OK;
}

void spur_rewriting_notes_begin(struct spur_ctx *ctx, const char *path, struct spur_emit *emit, struct spur_rewriting_notes *n)
{
	*n = (struct spur_rewriting_notes){ .emit = emit, .path = path, .quiet = ctx->quiet };
	n->to = (struct spur_findings){ .state = n, .found = found };
}

enum spur_status spur_rewriting_begin(struct spur_ctx *ctx, const struct spur_args *args, const char *path, const char *history,
				      struct spur_emit *emit, struct spur_rewriting_notes *n, struct spur_rewriting *how,
				      struct spur_error *err)
{
	spur_rewriting_notes_begin(ctx, path, emit, n);
	*how = (struct spur_rewriting){
		.history = history, .written_ns = spur_now_ns(), .mem_bytes = ctx->mem_bytes, .threads = ctx->threads, .notes = &n->to,
	};
	return spur_rewriting_layout(args, SPUR_PACKING_SAME, how, err);
}

/* The folder of a path, resolved; the caller frees. */
static char *folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? spur_strdup(".") : spur_strndup(path, slash == path ? 1 : (size_t)(slash - path)), *real;

	real = realpath(dir, NULL);
	if (real == NULL)
		return dir;
	free(dir);
	return real;
}

void spur_rewriting_warn_outside(const char *path, const char *out, const struct spur_description *d, struct spur_emit *emit)
{
	char *from = folder(path), *to = folder(out);

	for (size_t i = 0; strcmp(from, to) != 0 && i < d->attachment_count; i++) {
		if (d->attachments[i].offset == 0)
			spur_emit_warn(emit, "%s: the attachment %s lies beside it: copy it too", path, d->attachments[i].name);
	}
	free(from);
	free(to);
}

void spur_rewriting_emit(struct spur_emit *emit, const char *kind, const char *out, const struct spur_format *format,
			 const struct spur_rewritten *got)
{
	spur_emit_row(emit, kind);
	spur_emit_text(emit, "output", out);
	if (format->locate != NULL) {
		spur_emit_uint(emit, "messages", got->rows);
		spur_emit_uint(emit, "topics", got->groups);
		spur_emit_uint(emit, "attachments", got->attachments);
		spur_emit_end(emit);
		return;
	}
	spur_emit_uint(emit, "rows", got->rows);
	spur_emit_uint(emit, "groups", got->groups);
	spur_emit_uint(emit, "signals", got->signals);
	spur_emit_uint(emit, "events", got->events);
	spur_emit_uint(emit, "attachments", got->attachments);
	spur_emit_end(emit);
}
