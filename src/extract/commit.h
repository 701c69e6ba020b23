#ifndef SPUR_EXTRACT_COMMIT_H
#define SPUR_EXTRACT_COMMIT_H

#include <stdbool.h>

#include "base/task.h"
#include "extract/plan.h"

/*
 * What lies in the folder of an extract, and when it counts:
 *
 *	plan.jsonl  sources.json	what is to be done, and where the recordings are
 *	claims/SHARD			locked by the worker that makes it; an optimisation only
 *	tmp/				unfinished files
 *	objects/ab/SHA256.SUFFIX	finished ones, named by their bytes
 *	commits/SHARD.json		written last: the shard counts from here on
 *	manifest.json			written when every shard has its commit
 *
 * Nothing in a commit or in the manifest depends on who made it, when, in which order or in how
 * many attempts: both are functions of the plan and of the bytes of the recordings.
 */
struct spur_extract_object {
	const char *format, *suffix;
	char sha256[65];
	uint64_t bytes, rows;
};

struct spur_extract_commit {
	char shard[65];
	size_t object_count;
	struct spur_extract_object objects[8];
	uint64_t windows, empty, missing_frames;
	char sha256[65];		/* of the record's bytes: a leaf of the Merkle tree */
};

/* objects/ab/abcd....npz, relative to the folder; the caller frees. */
char *spur_extract_object_path(const struct spur_extract_object *o);

/* Moves the finished file into objects/, hashed. o->format and o->suffix are set by the caller. */
enum spur_status spur_extract_object_store(const char *dir, const char *file, struct spur_extract_object *o,
					   struct spur_error *err);
/* The record of a shard. A record that is there with the same bytes is fine; with others it is the alarm
 * of a shard that is not deterministic (SPUR_EFORMAT): nothing is overwritten. */
enum spur_status spur_extract_commit_write(const char *dir, struct spur_extract_commit *c, struct spur_error *err);
/* SPUR_ENOTFOUND: not committed. */
enum spur_status spur_extract_commit_load(const char *dir, const char *shard, struct spur_extract_commit *out,
					  struct spur_error *err);
/* Committed, and every object there with its size; deep: with its hash. Why not: in err, and SPUR_EFORMAT. */
enum spur_status spur_extract_commit_check(const char *dir, const char *shard, bool deep, struct spur_extract_commit *out,
					   struct spur_task *task, struct spur_error *err);

struct spur_extract_total {
	char merkle_root[65], manifest_sha256[65];
	uint64_t shards, windows, empty, missing_frames, bytes, manifest_bytes;
};

/* manifest.json, when every shard of the plan is committed and every object has its hash. SPUR_END: some
 * are not committed yet. An object that is not what its commit says loses the commit, so that the
 * next worker makes it again (SPUR_EFORMAT). */
enum spur_status spur_extract_finish(const struct spur_extract_plan *p, const char *dir, struct spur_extract_total *out,
				     struct spur_task *task, struct spur_error *err);
/* What a finished extract says of itself; every record and object compared with it. SPUR_EFORMAT names the
 * first that is wrong. */
enum spur_status spur_extract_verify(const char *dir, struct spur_extract_total *out, struct spur_task *task,
				     struct spur_error *err);

#endif
