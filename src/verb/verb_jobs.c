#include "config.h"

#include "verb/verb.h"

#include "verb/job_door.h"
#include "verb/job_rows.h"

#define PAGE 100

static enum spur_status show(void *state, const struct spur_job_row *row, struct spur_error *err)
{
	(void)err;
	spur_job_emit_row(state, row);
	return SPUR_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct spur_job_filter f = {
		.kind = spur_args_text(args, "kind", NULL), .open_only = spur_args_has(args, "open"),
		.parent = spur_args_text(args, "parent", NULL), .after = spur_args_text(args, "after", NULL),
		.limit = (size_t)spur_args_int(args, "limit", PAGE),
	};
	struct spur_job_door door;
	enum spur_status st;

	if (spur_args_int(args, "limit", PAGE) < 1) {
		spur_fail(err, SPUR_EINVAL, "--limit: at least 1");
		return SPUR_EXIT_USAGE;
	}
	if ((st = spur_job_door_open(ctx, &door, err)) < 0)
		return spur_exit_of(st);
	st = door.store.ops->list(door.store.state, &f, show, emit, err);
	spur_job_door_close(&door);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "open", 0, SPUR_OPT_FLAG, NULL, "only jobs that are not over", false },
	{ "kind", 'k', SPUR_OPT_TEXT, "KIND", "only jobs of this kind (extract, train, ...)", false },
	{ "parent", 0, SPUR_OPT_TEXT, "JOB", "only the children of this job", false },
	{ "limit", 'n', SPUR_OPT_INT, "N", "at most N, the newest (100)", false },
	{ "after", 0, SPUR_OPT_TEXT, "JOB", "the page after this one, given by its full id", false },
	{ 0 }
};

const struct spur_verb spur_verb_jobs = {
	.name = "jobs",
	.synopsis = "",
	.summary = "list jobs, the newest first",
	.section = "Jobs",
	.opts = opts,
	.run = run,
};
