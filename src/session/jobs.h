#ifndef SPUR_SESSION_JOBS_H
#define SPUR_SESSION_JOBS_H

#include "session/lab.h"
#include "session/run_series.h"
#include "session/session_priv.h"

/* What is read of the one job that is looked at. */
struct spur_session_job_parts {
	char *id;
	struct spur_job_spec *spec;
	char *folder, *result, *model, *extract;	/* "" none */
	struct spur_run_series *series;
};
void spur_session_job_parts_finish(struct spur_session_job_parts *p);
/* series: where the last reading of the same job ended, or NULL; copied. */
enum spur_status spur_session_job_parts_read(struct spur_db *db, const struct spur_job_row *row,
					     const struct spur_run_series *series, struct spur_session_job_parts *out,
					     struct spur_error *err);
/* For people: what the job works on. */
void spur_session_job_target(struct spur_db *db, const struct spur_job_row *row, char *out, size_t size);

/* Counters of this machine since it started; all zero where it does not tell. */
struct spur_session_load {
	uint64_t busy, total;		/* processor ticks */
	uint64_t io_kib;		/* read and written */
	spur_ns at_ns;
};
void spur_session_load_read(struct spur_session_load *l);

#endif
