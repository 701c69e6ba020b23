#ifndef SPUR_JOB_VERDICT_H
#define SPUR_JOB_VERDICT_H

#include <stdbool.h>

#include "job/executor.h"

/*
 * What an ended attempt was. Exit 0 alone is not success: rank 0 must have said result "ok" in
 * this attempt, no rank anything else, and every artifact that was declared or that the spec
 * asks for must lie there with its sha256.
 */
enum spur_job_outcome {
	SPUR_JOB_GOOD,
	SPUR_JOB_BAD,		/* 65, 78: another try gives the same */
	SPUR_JOB_TRANSIENT,	/* 75, a signal from outside, or gone without a trace */
	SPUR_JOB_BROKEN,	/* anything else: worth a few tries */
};

struct spur_job_verdict {
	enum spur_job_outcome outcome;
	char reason[SPUR_JOB_REASON];	/* "" for good */
};

/* from: where the attempt's events begin, by rank. */
enum spur_status spur_job_judge(const struct spur_job_spec *spec, const uint64_t *from, unsigned attempt,
				const struct spur_job_report *r, struct spur_job_verdict *out, struct spur_error *err);
/* failures: attempts without progress in a row, this one counted. */
bool spur_job_try_again(const struct spur_job_spec *spec, const struct spur_job_verdict *v, unsigned failures);

#endif
