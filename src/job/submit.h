#ifndef SPUR_JOB_SUBMIT_H
#define SPUR_JOB_SUBMIT_H

#include "base/error.h"
#include "base/task.h"
#include "job/spec.h"
#include "job/state.h"
#include "job/store.h"

/*
 * The client's side of a job: from verbs and the workbench. A job runs under a supervisor
 * process of its own (`spur worker --supervise DIR`) that outlives the client.
 */
struct spur_job_host {
	const char *root;	/* folder of job folders */
	const char *self;	/* path of spur */
	const char *catalog;	/* handed to the supervisor; NULL: none */
};

/* Makes the folder, the row (store may be NULL) and starts the supervisor, detached. id is
 * filled in; DIR is root/id. What was reported as submitted survives the death of the client. */
enum spur_status spur_job_submit(const struct spur_job_spec *spec, const struct spur_job_host *host,
				 const struct spur_job_store *store, char id[SPUR_JOB_ID], struct spur_error *err);

/* Starts a supervisor for DIR unless one has the lock or the job is over. *started (may be NULL) says so. */
enum spur_status spur_job_supervise_detached(const struct spur_job_host *host, const char *dir, bool *started,
					     struct spur_error *err);

/* Asks for the end: queued jobs are cancelled at once, running ones get SIGTERM, then SIGKILL. */
enum spur_status spur_job_cancel(const struct spur_job_host *host, const char *dir, struct spur_error *err);

/* Another attempt of a job that failed, was cancelled or lost: same id, same frozen spec. */
enum spur_status spur_job_retry(const struct spur_job_host *host, const char *dir, struct spur_error *err);

/* Until it is over; restarts a dead supervisor. timeout_ns 0: for ever. SPUR_END: time is up.
 * Progress goes to task; cancelling task stops the waiting, not the job. */
enum spur_status spur_job_wait(const struct spur_job_host *host, const char *dir, spur_ns timeout_ns,
			       struct spur_job_status *out, struct spur_task *task, struct spur_error *err);

/*
 * Makes the store say what the folders say (events > commits > engine) and restarts the
 * supervisor of every job that is not over and has none. Cheap when nothing changed: the
 * workbench may call it every second. A job whose folder is gone becomes lost.
 */
enum spur_status spur_job_reconcile(const struct spur_job_host *host, const struct spur_job_store *store,
				    struct spur_error *err);
/* The row and the events of one folder; starts nothing. SPUR_ENOTFOUND: no job there. */
enum spur_status spur_job_reconcile_one(const struct spur_job_store *store, const char *dir, struct spur_error *err);

#endif
