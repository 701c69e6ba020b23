#include "config.h"

#include "verb/verb.h"

#include "db/catalog_jobs.h"
#include "job/supervisor.h"

/* What runs in the background: a supervisor of one job. The store is told what happens as far as it can be
 * opened; the job does not depend on it. */
static enum spur_exit supervise(struct spur_ctx *ctx, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_store store = { 0 };
	struct spur_error why = { 0 };
	struct spur_db *db;
	enum spur_status st;

	if (spur_ctx_db(ctx, &db, &why) >= 0)
		spur_db_job_store(db, &store);
	else
		spur_emit_warn(emit, "no catalogue (%s); the job goes on without", why.text);
	st = spur_job_supervise(dir, store.ops == NULL ? NULL : &store, ctx->task, err);
	spur_db_job_store_finish(&store);
	if (st == SPUR_END)
		spur_emit_note(emit, "%s: another supervisor has it", dir);
	return st == SPUR_ECANCELLED ? SPUR_EXIT_STOPPED : st < 0 ? SPUR_EXIT_FAIL : SPUR_EXIT_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *dir = spur_args_text(args, "supervise", NULL);

	if (dir == NULL) {
		spur_fail(err, SPUR_EINVAL, "usage: spur worker --supervise DIR");
		return SPUR_EXIT_USAGE;
	}
	return supervise(ctx, dir, emit, err);
}

static const struct spur_opt opts[] = {
	{ "supervise", 0, SPUR_OPT_PATH, "DIR", "run the job of this folder to its end", false },
	{ 0 }
};

const struct spur_verb spur_verb_worker = {
	.name = "worker",
	.synopsis = "",
	.summary = "do the work of a job (started by spur itself)",
	.section = "Jobs",
	.opts = opts,
	.run = run,
};
