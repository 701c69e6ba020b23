#ifndef SPUR_JOB_SUPERVISOR_H
#define SPUR_JOB_SUPERVISOR_H

#include "base/error.h"
#include "base/task.h"
#include "job/store.h"

/*
 * Runs one job to its end: attempts, events, heartbeats, stop, verdict. What `spur worker
 * --supervise DIR` does. Returns SPUR_END at once if another supervisor has the job, SPUR_OK
 * when the job is over (whatever its state), SPUR_ECANCELLED when task was cancelled: the
 * processes were stopped in good order and the job can be resumed. store may be NULL.
 */
enum spur_status spur_job_supervise(const char *dir, const struct spur_job_store *store, struct spur_task *task,
				    struct spur_error *err);

#endif
