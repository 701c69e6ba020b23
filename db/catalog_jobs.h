#ifndef SPUR_DB_CATALOG_JOBS_H
#define SPUR_DB_CATALOG_JOBS_H

#include "db/catalog.h"
#include "job/store.h"

/*
 * Runs in the catalogue: the rows that lists show. The job's folder is the truth; everything
 * here can be rebuilt from it. The database refuses what the run state machine does not have
 * (tables run, run_event, metric_last, run_artifact of migration jobs).
 */
void spur_db_job_store(struct spur_db *db, struct spur_job_store *out);	/* db is borrowed */
/* Who tells of a run's edges, for the audit: "supervisor"; without it, what reconcile says ("folder": read from the
 * events of the job's folder). Borrowed. */
void spur_db_job_store_source(struct spur_job_store *s, const char *source);
void spur_db_job_store_finish(struct spur_job_store *s);	/* all zero is fine */

/* The last value of every metric of a run, by key. */
struct spur_db_metric {
	const char *key;
	int64_t step;
	spur_ns ts_ns;
	double value;
};
struct spur_db_metric_list {
	size_t count;
	struct spur_db_metric *rows;
	struct spur_arena *arena;
};
enum spur_status spur_db_metric_list(struct spur_db *db, const char *run, struct spur_db_metric_list *out,
				     struct spur_error *err);
void spur_db_metric_list_finish(struct spur_db_metric_list *l);

struct spur_db_artifact {
	const char *path, *kind, *sha256;	/* path: below the run's folder, or absolute */
	uint64_t bytes;
};
struct spur_db_artifact_list {
	size_t count;
	struct spur_db_artifact *rows;
	struct spur_arena *arena;
};
enum spur_status spur_db_artifact_list(struct spur_db *db, const char *run, struct spur_db_artifact_list *out,
				       struct spur_error *err);
void spur_db_artifact_list_finish(struct spur_db_artifact_list *l);

#endif
