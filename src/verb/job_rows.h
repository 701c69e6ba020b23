#ifndef SPUR_VERB_JOB_ROWS_H
#define SPUR_VERB_JOB_ROWS_H

#include "job/store.h"
#include "verb/emit.h"

/* The row "job": {"job","kind","name","state","attempt","progress","created_ns","reason", and in JSON
 * "dir","done","total","unit","started_ns","ended_ns","exit_code",...}. */
void spur_job_emit_row(struct spur_emit *e, const struct spur_job_row *row);

#endif
