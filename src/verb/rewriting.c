#include "config.h"

#include "verb/rewriting.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static enum spur_packing packing(const char *text)
{
	static const char *const names[] = { "same", "none", "deflate", "transposed" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0)
			return (enum spur_packing)i;
	}
	return SPUR_PACKING_SAME;
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

void spur_rewriting_begin(struct spur_ctx *ctx, const struct spur_args *args, const char *path, const char *history,
			  struct spur_emit *emit, struct spur_rewriting_notes *n, struct spur_rewriting *how)
{
	*n = (struct spur_rewriting_notes){ .emit = emit, .path = path, .quiet = ctx->quiet };
	n->to = (struct spur_findings){ .state = n, .found = found };
	*how = (struct spur_rewriting){
		.history = history, .written_ns = spur_now_ns(), .packing = packing(spur_args_text(args, "packing", "same")),
		.mem_bytes = ctx->mem_bytes, .threads = ctx->threads, .notes = &n->to,
	};
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
