#ifndef SPUR_JOB_SPEC_H
#define SPUR_JOB_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * What a job is: one program, run as one or more processes (ranks, workers) under the job
 * contract of spur-job(7). Frozen when it is queued: DIR/spec.json never changes afterwards.
 *
 *	DIR/spec.json				this struct
 *	DIR/input/config/{hyperparameters,inputdataconfig,resourceconfig}.json
 *	DIR/input/data/<channel>		link to the channel's folder; read only by convention
 *	DIR/checkpoints/			survives attempts
 *	DIR/model/  DIR/output/data/		results
 *	DIR/output/failure			first 1 KiB of the reason, written by the program
 *	DIR/events/<rank>.jsonl			what the program says (job/event.h)
 *	DIR/logs/<attempt>.<rank>.{out,err}	its stdout and stderr
 *	DIR/state.json				what the supervisor last knew (job/state.h)
 *	DIR/cancel				someone wants it stopped
 *	DIR/supervisor.lock			flock: at most one supervisor
 */
#define SPUR_JOB_CONTRACT 1
#define SPUR_JOB_ID 17		/* 16 hex digits and NUL */

struct spur_job_pair {
	const char *key, *value;
};

/* To submit one, fill in what differs from zero; everything is borrowed and copied by
 * spur_job_submit(). A loaded spec owns its strings through priv. */
struct spur_job_spec {
	char id[SPUR_JOB_ID];		/* filled in by submit */
	const char *kind;		/* "extract", "train", "eval", "compile", ... */
	const char *name;		/* for people; NULL: the kind */
	const char *parent;		/* id of the job this one belongs to (sweep, pipeline), or NULL */
	const char *dir;		/* the job's folder, absolute; filled in by submit */
	const char *const *argv;	/* program and arguments, NULL-terminated; argv[0] is looked up in PATH */
	const char *cwd;		/* working folder; NULL: DIR */
	const struct spur_job_pair *params;	/* hyperparameters.json, SM_HPS, SM_HP_<KEY>; values are strings */
	size_t param_count;
	const struct spur_job_pair *channels;	/* name, folder: input/data/<name>, SM_CHANNEL_<NAME> */
	size_t channel_count;
	const struct spur_job_pair *env;	/* more variables; they win over the contract's */
	size_t env_count;
	const char *const *artifacts;	/* NULL-terminated paths below DIR: without an `artifact` event for each, whose
					 * sha256 fits the file, exit 0 is not success; may be NULL */
	const char *input_snapshot;	/* dataset id or manifest root: lineage; "" or NULL: none */
	const char *code_sha;		/* sha256 of the recipe's files; NULL: none */
	unsigned processes;		/* ranks; 0 is 1 */
	uint64_t seed;
	unsigned max_failures;		/* attempts that failed without progress before giving up; 0 is 3 */
	unsigned grace_s;		/* between SIGTERM and SIGKILL; 0 is 60 */
	unsigned heartbeat_s;		/* silent for longer: killed and tried again; 0: never */
	uint64_t limit_as_bytes;	/* RLIMIT_AS; 0: none (wrong for CUDA: opt-in) */
	uint64_t limit_file_bytes;	/* RLIMIT_FSIZE; 0: none */
	uint64_t limit_cpu_s;		/* RLIMIT_CPU per process; 0: none */
	const char *executor;		/* row of executors.def; NULL: the one that accepts it best */
	void *priv;
};

/* DIR/spec.json. The caller destroys. SPUR_ENOTFOUND: no job there; SPUR_EFORMAT: says what. */
enum spur_status spur_job_spec_load(const char *dir, struct spur_job_spec **out, struct spur_error *err);
void spur_job_spec_destroy(struct spur_job_spec *spec);	/* NULL is fine; only for loaded ones */
/* Makes DIR with everything in it: all or nothing (a temporary folder, renamed). */
enum spur_status spur_job_spec_store(const struct spur_job_spec *spec, struct spur_error *err);
/* sha256 of kind, argv, parameters, snapshot, code and seed: equal for jobs that must give equal results.
 * Paths of the job's own folder do not count. */
void spur_job_spec_hash(const struct spur_job_spec *spec, char hex[65]);

#endif
