#ifndef SPUR_EXTRACT_WORKER_H
#define SPUR_EXTRACT_WORKER_H

#include "base/task.h"
#include "extract/commit.h"

/*
 * Makes the shards of a plan that nobody has made: its own stride first, then what others
 * left. Any number of workers, on any machines that see the folder; any of them may die at any
 * time. Knows no catalogue and no job.
 */
struct spur_extract_work {
	const char *dir;
	unsigned index, workers;	/* 0 <= index < workers */
	unsigned threads;
	uint64_t mem_bytes;
	/* Shards committed by anyone so far; may be NULL. */
	void (*progress)(void *state, uint64_t done, uint64_t total);
	void *state;
};

struct spur_extract_result {
	uint64_t made;			/* shards by this worker */
	bool complete;			/* the manifest is written */
	struct spur_extract_total total;	/* if complete */
};

/* SPUR_EFORMAT, SPUR_ENOTFOUND, SPUR_EINVAL: the input is at fault. SPUR_ECANCELLED: stopped between two
 * pieces of work; everything committed stays. */
enum spur_status spur_extract_work(const struct spur_extract_work *w, struct spur_extract_result *out,
				   struct spur_task *task, struct spur_error *err);

#endif
