#ifndef SPUR_JOB_EXECUTOR_H
#define SPUR_JOB_EXECUTOR_H

#include "base/error.h"
#include "base/opt.h"
#include "base/time.h"
#include "job/spec.h"
#include "job/state.h"

/*
 * Where the processes of a job run. An executor starts them once, says how they are, stops
 * them, and finds them again after its caller died; retries, events and success are the
 * supervisor's business. One thread; a run belongs to one supervisor.
 */
enum spur_job_phase {
	SPUR_JOB_WAITING,	/* the engine has it, nothing runs yet */
	SPUR_JOB_ALIVE,
	SPUR_JOB_GONE,		/* every process has ended */
};

struct spur_job_report {
	enum spur_job_phase phase;
	unsigned alive;		/* processes */
	int exit_code;		/* first failing process, or 0; -1 unknown (adopted, not our child) */
	int exit_signal;	/* 0: none */
	unsigned rank;		/* of that process */
	uint64_t max_rss_bytes;	/* largest of those that ended */
	bool changed;		/* since the last poll */
};

struct spur_job_run {
	const struct spur_job_spec *spec;	/* borrowed, outlives the run */
	unsigned attempt;
	void *state;		/* the executor's own; NULL before start and after finish */
	char saved[4096];	/* what attach() needs, text without newlines; the supervisor keeps it in DIR/run.json */
	/* The supervisor's: start() calls it once `saved` is filled and before any process does anything, so
	 * that no death between the two leaves a process that nobody can find. A failure undoes the start. */
	enum spur_status (*save)(struct spur_job_run *run, struct spur_error *err);
	void *save_arg;
};

struct spur_executor {
	const char *id, *title;
	const struct spur_opt *opts;		/* NULL: none */
	/* 0: cannot run it; else how well, to 100. */
	int (*accepts)(const struct spur_job_spec *spec);
	/* run->attempt is set. Fills state and saved. On failure nothing runs. */
	enum spur_status (*start)(const struct spur_job_spec *spec, struct spur_job_run *run, struct spur_error *err);
	/* Never blocks. */
	enum spur_status (*poll)(struct spur_job_run *run, struct spur_job_report *out, struct spur_error *err);
	/* First call: SIGTERM to every process group; calls after grace_ns: SIGKILL. poll() says when they are gone. */
	enum spur_status (*cancel)(struct spur_job_run *run, spur_ns grace_ns, struct spur_error *err);
	/* Finds the processes of `saved` again. SPUR_ENOTFOUND: none of them is left. NULL slot: cannot. */
	enum spur_status (*attach)(const char *saved, struct spur_job_run *run, struct spur_error *err);
	void (*finish)(struct spur_job_run *run);	/* frees state; kills nothing */
};

/* NULL-terminated, in table order. */
const struct spur_executor *const *spur_executor_list(void);
/* By spec->executor, or the best of accepts(). SPUR_ENOTFOUND names the known ones. */
enum spur_status spur_executor_choose(const struct spur_job_spec *spec, const struct spur_executor **out,
				      struct spur_error *err);

#endif
