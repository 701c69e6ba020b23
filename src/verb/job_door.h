#ifndef SPUR_VERB_JOB_DOOR_H
#define SPUR_VERB_JOB_DOOR_H

#include "job/submit.h"
#include "verb/verb.h"

/*
 * What every verb that starts or looks at jobs needs: where job folders lie (jobs/ beside the
 * catalogue, or SPUR_JOBS), the catalogue as a job store, and this binary.
 */
struct spur_job_door {
	struct spur_job_host host;
	struct spur_job_store store;
	char *root, *catalog;	/* owned; what host points to */
};

/* Opens the catalogue and reconciles: a job whose supervisor died goes on. */
enum spur_status spur_job_door_open(struct spur_ctx *ctx, struct spur_job_door *door, struct spur_error *err);
void spur_job_door_close(struct spur_job_door *door);	/* all zero is fine */

/* Submits spec and, with wait, follows it to its end (progress in ctx->task; an interrupt stops the
 * waiting, not the job). Emits one row "job": {"job","kind","name","state","dir","attempt",...}. id receives the
 * job's id. A job that did not succeed is SPUR_EXIT_FAIL with its reason. */
enum spur_exit spur_job_door_submit(struct spur_ctx *ctx, const struct spur_job_spec *spec, bool wait,
				    char id[SPUR_JOB_ID], struct spur_emit *emit, struct spur_error *err);

/* Follows a job that is there: like submit's wait. timeout_ns 0: for ever; past it SPUR_EXIT_FAIL. */
enum spur_exit spur_job_door_wait(struct spur_ctx *ctx, struct spur_job_door *door, const char *id, spur_ns timeout_ns,
				  struct spur_emit *emit, struct spur_error *err);

#endif
