#include "config.h"

#include "verb/verb.h"

#include <string.h>

#include "db/catalog.h"
#include "io/out.h"

static void finding(void *state, const char *what)
{
	struct spur_emit *emit = state;

	spur_emit_row(emit, "finding");
	spur_emit_text(emit, "finding", what);
	spur_emit_end(emit);
}

static enum spur_exit run_check(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_verdict v = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	(void)args;
	if (st < 0 || (st = spur_db_check(db, &v, finding, emit, ctx->task, err)) < 0)
		return spur_exit_of(st);
	spur_emit_row(emit, "check");
	spur_emit_text(emit, "catalog", spur_db_uri(db));
	spur_emit_uint(emit, "checked", v.checked);
	spur_emit_uint(emit, "wrong", v.wrong);
	spur_emit_end(emit);
	if (v.wrong == 0)
		return SPUR_EXIT_OK;
	spur_fail(err, SPUR_EDB, "%s: %llu findings; keep the file and go back to a backup", spur_db_uri(db),
		  (unsigned long long)v.wrong);
	return SPUR_EXIT_FAIL;
}

static enum spur_exit run_migrate(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				  struct spur_error *err)
{
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);	/* opening does it */

	(void)args;
	if (st >= 0) {
		spur_emit_row(emit, "catalog");
		spur_emit_text(emit, "catalog", spur_db_uri(db));
		spur_emit_int(emit, "version", spur_db_version(db));
		spur_emit_end(emit);
	}
	return spur_exit_of(st);
}

static enum spur_exit run_backup(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_backup(db, args->pos[0], ctx->task, err)) >= 0) {
		spur_emit_row(emit, "backup");
		spur_emit_text(emit, "path", args->pos[0]);
		spur_emit_end(emit);
	}
	return spur_exit_of(st);
}

struct exporting {
	struct spur_emit *emit;
	struct spur_out *out;	/* NULL: to emit */
	uint64_t lines;
};

static enum spur_status put_line(void *state, const char *json, size_t len, struct spur_error *err)
{
	struct exporting *e = state;
	enum spur_status st;

	e->lines++;
	if (e->out == NULL) {
		spur_emit_raw(e->emit, json, len);
		return SPUR_OK;
	}
	st = spur_out_write(e->out, json, len, err);
	return st < 0 ? st : spur_out_write(e->out, "\n", 1, err);
}

static enum spur_exit run_export(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct exporting e = { .emit = emit };
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && args->npos > 0 && strcmp(args->pos[0], "-") != 0)
		st = spur_out_create(args->pos[0], &e.out, err);
	if (st >= 0)
		st = spur_db_export(db, put_line, &e, ctx->task, err);
	if (st < 0 || e.out == NULL) {
		spur_out_discard(e.out);
		return spur_exit_of(st);
	}
	if ((st = spur_out_commit(e.out, err)) >= 0) {
		spur_emit_row(emit, "export");
		spur_emit_text(emit, "path", args->pos[0]);
		spur_emit_uint(emit, "rows", e.lines);
		spur_emit_end(emit);
	}
	return spur_exit_of(st);
}

static const struct spur_verb check = {
	.name = "check", .synopsis = "", .summary = "file, guards, audit, signatures, datasets", .run = run_check,
};
static const struct spur_verb migrate = {
	.name = "migrate", .synopsis = "", .summary = "bring the schema to this version of spur", .run = run_migrate,
};
static const struct spur_verb backup = {
	.name = "backup", .synopsis = "PATH", .summary = "a consistent copy, while others work", .min_args = 1, .max_args = 1,
	.run = run_backup,
};
static const struct spur_verb export = {
	.name = "export", .synopsis = "[PATH]", .summary = "every row as a line of JSON", .max_args = 1, .run = run_export,
};
static const struct spur_verb *const subs[] = { &check, &migrate, &backup, &export, NULL };

const struct spur_verb spur_verb_db = {
	.name = "db",
	.synopsis = "check | migrate | backup PATH | export [PATH]",
	.summary = "care of the catalogue",
	.section = "Catalogue",
	.subs = subs,
};
