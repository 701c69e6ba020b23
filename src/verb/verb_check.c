#include "config.h"

#include "verb/file.h"

#include <inttypes.h>

struct report {
	const char *path;
	struct spur_emit *emit;
	uint64_t notes, warnings, defects;
};

static const char *severity_name(enum spur_severity s)
{
	return s == SPUR_DEFECT ? "defect" : s == SPUR_WARNING ? "warning" : "note";
}

static enum spur_status found(void *state, const struct spur_finding *f, struct spur_error *err)
{
	struct report *r = state;

	(void)err;
	*(f->severity == SPUR_DEFECT ? &r->defects : f->severity == SPUR_WARNING ? &r->warnings : &r->notes) += 1;
	spur_emit_row(r->emit, "finding");
	spur_emit_text(r->emit, "severity", severity_name(f->severity));
	spur_emit_uint(r->emit, "offset", f->offset);
	spur_emit_text(r->emit, "what", f->what);
	spur_emit_text(r->emit, "path", r->path);
	spur_emit_end(r->emit);
	return SPUR_OK;
}

static enum spur_exit check(struct spur_ctx *ctx, const char *path, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_open_opts opts = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };
	struct report r = { path, emit, 0, 0, 0 };
	struct spur_findings to = { &r, found };
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_status st;

	if ((st = spur_format_open(path, &opts, &format, &reader, err)) < 0)
		return spur_exit_of(st);
	if (format->check == NULL)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "%s: files of this format cannot be checked yet", format->title);
	else
		st = format->check(reader, &to, ctx->task, err);
	format->close(reader);
	if (st < 0)
		return spur_exit_of(spur_wrap(st, err, "%s", path));
	if (r.defects > 0)
		spur_emit_warn(emit, "%s: damaged: %" PRIu64 " defects, %" PRIu64 " warnings, %" PRIu64 " notes; spur recover saves what can be "
			       "read", path, r.defects, r.warnings, r.notes);
	else if (!ctx->json)
		spur_emit_note(emit, "%s: sound: %" PRIu64 " warnings, %" PRIu64 " notes", path, r.warnings, r.notes);
	return r.defects > 0 ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

/* A file that cannot be opened does not keep the others from being checked. */
static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	enum spur_exit worst = SPUR_EXIT_OK;
	size_t failed = 0;

	for (size_t i = 0; i < args->npos; i++) {
		struct spur_error why = { 0 };
		enum spur_exit rc = check(ctx, args->pos[i], emit, &why);

		if (rc == SPUR_EXIT_INTERRUPTED || (rc != SPUR_EXIT_OK && rc != SPUR_EXIT_PARTIAL && args->npos == 1)) {
			if (err != NULL)
				*err = why;
			return rc;
		}
		if (rc != SPUR_EXIT_OK && rc != SPUR_EXIT_PARTIAL) {
			spur_emit_warn(emit, "%s", why.text);
			failed++;
			rc = SPUR_EXIT_PARTIAL;
		}
		worst = rc == SPUR_EXIT_PARTIAL ? rc : worst;
	}
	if (failed == args->npos) {
		spur_fail(err, SPUR_EFORMAT, "none of the %zu files could be read", args->npos);
		return SPUR_EXIT_FAIL;
	}
	return worst;
}

const struct spur_verb spur_verb_check = {
	.name = "check",
	.synopsis = "FILE...",
	.summary = "validate recordings deeply: checksums, links, counts",
	.section = "Files",
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
