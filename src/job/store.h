#ifndef SPUR_JOB_STORE_H
#define SPUR_JOB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "job/spec.h"
#include "job/state.h"

/*
 * Where runs are listed: implemented by the catalogue (db/catalog_jobs.h), never by job itself.
 * The truth is the job's folder; a store is its index and can be rebuilt from it at any time.
 * All functions may be called again with the same arguments without effect.
 */
struct spur_job_row {
	char id[SPUR_JOB_ID], parent[SPUR_JOB_ID];
	char kind[32], name[128], executor[32];
	char dir[1024];
	char input_snapshot[72], code_sha[72], param_hash[72];
	struct spur_job_status status;	/* .supervisor is not stored */
};

struct spur_job_metric {
	const char *key;
	int64_t step;
	spur_ns ts_ns;
	double value;
};

struct spur_job_artifact {
	const char *path, *kind, *sha256;
	uint64_t bytes;
};

struct spur_job_filter {
	const char *kind;	/* NULL: any */
	bool open_only;		/* not in a terminal state */
	const char *parent;	/* NULL: any */
	size_t limit;		/* 0: all */
	const char *after;	/* id: rows behind this one, as they are listed; NULL: from the newest */
};

typedef enum spur_status spur_job_row_fn(void *state, const struct spur_job_row *row, struct spur_error *err);

struct spur_job_store_ops {
	/* Insert, or move to row->status. An edge the machine does not have is SPUR_EINVAL, except that
	 * states passed while nobody looked are filled in. */
	enum spur_status (*put)(void *state, const struct spur_job_row *row, const char *source, struct spur_error *err);
	/* One transaction: the events of one stream up to `offset`. Lines before the stored offset are skipped. */
	enum spur_status (*begin)(void *state, const char *run, const char *stream, uint64_t *offset, struct spur_error *err);
	enum spur_status (*event)(void *state, uint64_t at, spur_ns ts_ns, const char *type, const char *json, size_t len,
				  struct spur_error *err);
	enum spur_status (*metric)(void *state, const struct spur_job_metric *m, struct spur_error *err);
	enum spur_status (*artifact)(void *state, const struct spur_job_artifact *a, struct spur_error *err);
	enum spur_status (*commit)(void *state, uint64_t offset, struct spur_error *err);
	void (*rollback)(void *state);
	/* One run by id or by a unique prefix of it; SPUR_ENOTFOUND, SPUR_EINVAL (ambiguous). */
	enum spur_status (*get)(void *state, const char *id, struct spur_job_row *out, struct spur_error *err);
	/* Newest first, of one time by id. SPUR_END from fn: enough. */
	enum spur_status (*list)(void *state, const struct spur_job_filter *f, spur_job_row_fn *fn, void *fn_state,
				 struct spur_error *err);
};

struct spur_job_store {
	const struct spur_job_store_ops *ops;
	void *state;
};

#endif
