#include "config.h"

#include "verb/job_door.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog_jobs.h"
#include "verb/job_rows.h"

/* jobs/ beside the catalogue, absolute: job folders outlive the folder we were started in. */
static char *jobs_root(const struct spur_ctx *ctx)
{
	const char *env = getenv("SPUR_JOBS"), *slash = strrchr(ctx->catalog, '/');
	char *root, *full;

	if (env != NULL && *env != '\0')
		root = spur_strdup(env);
	else if (strstr(ctx->catalog, "://") != NULL || slash == NULL)
		root = spur_strdup("jobs");
	else
		root = spur_strfmt("%.*s/jobs", (int)(slash - ctx->catalog), ctx->catalog);
	if (root[0] == '/')
		return root;
	full = realpath(".", NULL);
	env = full == NULL ? "/" : full;
	slash = root;
	root = spur_strfmt("%s/%s", env, slash);
	free((char *)(uintptr_t)slash);
	free(full);
	return root;
}

static char *absolute(const char *path)
{
	char *here, *out;

	if (path[0] == '/' || strstr(path, "://") != NULL)
		return spur_strdup(path);
	here = realpath(".", NULL);
	out = spur_strfmt("%s/%s", here == NULL ? "" : here, path);
	free(here);
	return out;
}

enum spur_status spur_job_door_open(struct spur_ctx *ctx, struct spur_job_door *door, struct spur_error *err)
{
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	*door = (struct spur_job_door){ 0 };
	if (st < 0)
		return st;
	door->root = jobs_root(ctx);
	door->catalog = absolute(ctx->catalog);
	door->host = (struct spur_job_host){ .root = door->root, .self = ctx->self, .catalog = door->catalog };
	spur_db_job_store(db, &door->store);
	if ((st = spur_job_reconcile(&door->host, &door->store, err)) < 0)
		spur_job_door_close(door);
	return st;
}

void spur_job_door_close(struct spur_job_door *door)
{
	spur_db_job_store_finish(&door->store);
	free(door->root);
	free(door->catalog);
	*door = (struct spur_job_door){ 0 };
}

/* After a wait: the store as the folder is, and a failed job is a failed verb. */
static enum spur_exit conclude(struct spur_job_door *door, const char *id, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_row row;
	enum spur_status st = door->store.ops->get(door->store.state, id, &row, err);

	if (st < 0 || (st = spur_job_reconcile_one(&door->store, row.dir, err)) < 0 ||
	    (st = door->store.ops->get(door->store.state, id, &row, err)) < 0)
		return spur_exit_of(st);
	spur_job_emit_row(emit, &row);
	if (!spur_job_state_terminal(row.status.state) || row.status.state == SPUR_JOB_SUCCEEDED)
		return SPUR_EXIT_OK;
	spur_fail(err, SPUR_EIO, "job %s %s: %.220s", id, spur_job_state_name(row.status.state), row.status.reason);
	return SPUR_EXIT_FAIL;
}

enum spur_exit spur_job_door_wait(struct spur_ctx *ctx, struct spur_job_door *door, const char *id, spur_ns timeout_ns,
				  struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_status status;
	struct spur_job_row row;
	enum spur_status st = door->store.ops->get(door->store.state, id, &row, err);

	if (st >= 0)
		st = spur_job_wait(&door->host, row.dir, timeout_ns, &status, ctx->task, err);
	if (st == SPUR_END) {
		spur_fail(err, SPUR_EIO, "job %s is still %s; spur job wait %s", id, spur_job_state_name(status.state), id);
		return SPUR_EXIT_FAIL;
	}
	return st < 0 ? spur_exit_of(st) : conclude(door, row.id, emit, err);
}

enum spur_exit spur_job_door_submit(struct spur_ctx *ctx, const struct spur_job_spec *spec, bool wait,
				    char id[SPUR_JOB_ID], struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_door door;
	struct spur_job_row row;
	struct spur_db_act act;
	struct spur_db *db;
	int64_t seq;
	enum spur_status st = spur_job_door_open(ctx, &door, err);
	enum spur_exit rc;

	if (st < 0)
		return spur_exit_of(st);
	if ((st = spur_ctx_act(ctx, &db, &act, err)) < 0 || (st = spur_job_submit(spec, &door.host, &door.store, id, err)) < 0 ||
	    (st = spur_db_audit_add(db, &act, "job.submit", id, NULL, &seq, err)) < 0) {
		rc = spur_exit_of(st);
	} else if (wait) {
		rc = spur_job_door_wait(ctx, &door, id, 0, emit, err);
	} else {
		st = door.store.ops->get(door.store.state, id, &row, err);
		if (st >= 0)
			spur_job_emit_row(emit, &row);
		rc = spur_exit_of(st);
	}
	spur_job_door_close(&door);
	return rc;
}
