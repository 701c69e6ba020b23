#include "config.h"

#include "verb/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_jobs.h"
#include "extract/worker.h"
#include "io/out.h"
#include "job/event.h"
#include "job/supervisor.h"

/* What runs in the background: a supervisor of one job. The store is told what happens as far as it can be
 * opened; the job does not depend on it. */
static enum spur_exit supervise(struct spur_ctx *ctx, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_store store = { 0 };
	struct spur_error why = { 0 };
	struct spur_db *db;
	enum spur_status st;

	if (spur_ctx_db(ctx, &db, &why) >= 0) {
		spur_db_job_store(db, &store);
		spur_db_job_store_source(&store, "supervisor");
	} else {
		spur_emit_warn(emit, "no catalogue (%s); the job goes on without", why.text);
	}
	st = spur_job_supervise(dir, store.ops == NULL ? NULL : &store, ctx->task, err);
	spur_db_job_store_finish(&store);
	if (st == SPUR_END)
		spur_emit_note(emit, "%s: another supervisor has it", dir);
	return st == SPUR_ECANCELLED ? SPUR_EXIT_STOPPED : st < 0 ? SPUR_EXIT_FAIL : SPUR_EXIT_OK;
}

/* ---- --plan: shards */

static void say_progress(void *state, uint64_t done, uint64_t total)
{
	spur_job_voice_progress(state, done, total, "shard");
}

static enum spur_exit contract_exit(enum spur_status st)
{
	switch (st) {
	case SPUR_ECANCELLED: return SPUR_EXIT_STOPPED;
	case SPUR_EFORMAT: case SPUR_EUNSUPPORTED: case SPUR_ENOTFOUND: return SPUR_EXIT_DATA;
	case SPUR_EINVAL: case SPUR_ENOMEM: return SPUR_EXIT_CONFIG;	/* ENOMEM: the budget */
	case SPUR_EIO: case SPUR_EDB: return SPUR_EXIT_TRANSIENT;
	case SPUR_OK: case SPUR_END: break;
	}
	return SPUR_EXIT_OK;
}

static void say_failure(const char *text)
{
	const char *root = getenv("SPUR_ROOT");
	char *path = root == NULL ? NULL : spur_strfmt("%s/output/failure", root);

	if (path != NULL)
		spur_file_write(path, text, strlen(text), NULL);
	free(path);
}

static char *summary_of(const struct spur_extract_result *r)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "made", r->made);
	spur_json_bool(&j, "complete", r->complete);
	if (r->complete) {
		spur_json_text(&j, "merkle_root", r->total.merkle_root);
		spur_json_uint(&j, "windows", r->total.windows);
		spur_json_uint(&j, "bytes", r->total.bytes);
	}
	spur_json_end(&j, '}');
	return spur_buf_steal(&b);
}

static enum spur_status say_result(struct spur_job_voice *v, const char *dir, const struct spur_extract_result *r,
				   struct spur_error *err)
{
	char *summary = summary_of(r);
	enum spur_status st;

	if (r->complete) {
		char *path = spur_strfmt("%s/manifest.json", dir);

		if (r->total.empty > 0)
			spur_job_voice_log(v, "warn", "%" PRIu64 " windows without any value were left out", r->total.empty);
		if (r->total.missing_frames > 0)
			spur_job_voice_log(v, "warn", "%" PRIu64 " pictures are missing and black", r->total.missing_frames);
		spur_job_voice_artifact(v, path, "manifest", r->total.manifest_sha256, r->total.manifest_bytes);
		free(path);
	}
	st = spur_job_voice_result(v, true, summary, err);
	free(summary);
	return st;
}

static void show_result(const char *dir, const struct spur_extract_result *r, struct spur_emit *emit)
{
	spur_emit_row(emit, "worker");
	spur_emit_text(emit, "dir", dir);
	spur_emit_uint(emit, "made", r->made);
	spur_emit_bool(emit, "complete", r->complete);
	spur_emit_text(emit, "merkle_root", r->complete ? r->total.merkle_root : NULL);
	spur_emit_end(emit);
}

static unsigned number_of(const char *name, unsigned fallback)
{
	const char *s = getenv(name);

	return s == NULL || *s == '\0' ? fallback : (unsigned)strtoul(s, NULL, 10);
}

static enum spur_exit work_on(struct spur_ctx *ctx, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_voice *voice = spur_job_voice_create(getenv("SPUR_EVENTS"));
	struct spur_extract_work w = {
		.dir = dir, .index = number_of("SPUR_WORKER_INDEX", 0), .workers = number_of("SPUR_WORKERS", 1),
		.threads = ctx->threads, .mem_bytes = ctx->mem_bytes, .progress = say_progress, .state = voice,
	};
	struct spur_extract_result r = { 0 };
	enum spur_status st = spur_extract_work(&w, &r, ctx->task, err);

	if (st >= 0)
		st = say_result(voice, dir, &r, err);
	if (st >= 0)
		show_result(dir, &r, emit);
	else if (st != SPUR_ECANCELLED)
		say_failure(err->text);
	spur_job_voice_destroy(voice);
	return contract_exit(st);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *dir = spur_args_text(args, "supervise", NULL), *plan = spur_args_text(args, "plan", NULL);

	if ((dir == NULL) == (plan == NULL)) {
		spur_fail(err, SPUR_EINVAL, "usage: spur worker --supervise DIR | --plan DIR");
		return SPUR_EXIT_USAGE;
	}
	return dir != NULL ? supervise(ctx, dir, emit, err) : work_on(ctx, plan, emit, err);
}

static const struct spur_opt opts[] = {
	{ "supervise", 0, SPUR_OPT_PATH, "DIR", "run the job of this folder to its end", false },
	{ "plan", 0, SPUR_OPT_PATH, "DIR", "make the shards of this plan that nobody has made yet", false },
	{ 0 }
};

const struct spur_verb spur_verb_worker = {
	.name = "worker",
	.synopsis = "--supervise DIR | --plan DIR",
	.summary = "do the work of a job (started by spur itself)",
	.section = "Jobs",
	.opts = opts,
	.run = run,
};
