#ifndef SPUR_JOB_STATE_H
#define SPUR_JOB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "job/spec.h"

/*
 * Run state machine. A terminal state is never left; a retry is a new run of the machine
 * with a higher attempt, asked for by `spur job retry` and written as its own event.
 *
 *	planned -> queued -> starting -> running -> (stopping) -> succeeded | failed | cancelled | lost
 *	starting, running, stopping -> queued: another attempt
 */
enum spur_job_state {
	SPUR_JOB_PLANNED, SPUR_JOB_QUEUED, SPUR_JOB_STARTING, SPUR_JOB_RUNNING, SPUR_JOB_STOPPING,
	SPUR_JOB_SUCCEEDED, SPUR_JOB_FAILED, SPUR_JOB_CANCELLED, SPUR_JOB_LOST,
};

const char *spur_job_state_name(enum spur_job_state s);
bool spur_job_state_parse(const char *name, enum spur_job_state *out);
bool spur_job_state_terminal(enum spur_job_state s);
/* Whether the machine has this edge; s -> s is none. */
bool spur_job_state_edge(enum spur_job_state from, enum spur_job_state to);

/* A process that is still the one we mean: a pid alone may have been given to another. */
struct spur_job_process {
	int64_t pid;		/* 0: none */
	uint64_t start_ticks;	/* field 22 of /proc/PID/stat */
	char boot_id[40];	/* /proc/sys/kernel/random/boot_id */
};

/* Of a living process; false: there is none. */
bool spur_job_process_identify(int64_t pid, struct spur_job_process *out);
/* Still alive, not a zombie, and the same process on the same boot. */
bool spur_job_process_alive(const struct spur_job_process *p);
/* Signals it, or its process group with group. False if it is gone. */
bool spur_job_process_signal(const struct spur_job_process *p, int sig, bool group);

#define SPUR_JOB_REASON 400

/* DIR/state.json: written by the supervisor only (and once, as queued, by submit). */
struct spur_job_status {
	enum spur_job_state state;
	unsigned attempt;		/* 0 before the first */
	unsigned failures;		/* attempts that failed without progress, in a row */
	spur_ns created_ns, started_ns, ended_ns, changed_ns;	/* 0: not yet */
	spur_ns heartbeat_ns;		/* the last sign of life of any process */
	uint64_t done, total;		/* progress as the program says; total 0: unknown */
	char unit[24];
	int exit_code, exit_signal;	/* of the attempt's first failing process; -1: unknown or none yet */
	char reason[SPUR_JOB_REASON];	/* why it is not (yet) succeeded; "" if nothing to say */
	struct spur_job_process supervisor;
};

/* SPUR_ENOTFOUND: no job there. */
enum spur_status spur_job_status_load(const char *dir, struct spur_job_status *out, struct spur_error *err);
enum spur_status spur_job_status_store(const char *dir, const struct spur_job_status *s, struct spur_error *err);

#endif
