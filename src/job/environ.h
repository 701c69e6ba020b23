#ifndef SPUR_JOB_ENVIRON_H
#define SPUR_JOB_ENVIRON_H

#include "job/spec.h"

/*
 * What the contract puts into the environment of one rank (spur-job(7), "ENVIRONMENT"): ours
 * over what this process has, and spec->env over both. NULL-terminated; free with
 * spur_job_environ_free().
 */
struct spur_job_rank {
	unsigned rank, attempt, master_port;
};

char **spur_job_environ(const struct spur_job_spec *spec, const struct spur_job_rank *r);
void spur_job_environ_free(char **env);	/* NULL is fine */

#endif
