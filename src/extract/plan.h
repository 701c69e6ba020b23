#ifndef SPUR_EXTRACT_PLAN_H
#define SPUR_EXTRACT_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "extract/recipe.h"
#include "sync/clock.h"

/*
 * The frozen list of work: DIR/plan.jsonl. Its first line is what all shards share, each further
 * line one shard: some segments of one drive, with the clocks they are to be read by. Shard ids
 * are sha256 over content only (hashes of sources, clocks, segments, recipe, version of the
 * reader): no path, no name of a machine, no time of day. Where the files lie stands apart, in
 * DIR/sources.json, and counts for nothing.
 */
#define SPUR_EXTRACT_READER PACKAGE_NAME " " PACKAGE_VERSION

struct spur_extract_source {
	const char *sha256;
	struct spur_clock clock;	/* against the drive, in sync's convention */
	const char *role;		/* "log", or of a bus database, see sync/bus_role.h; of the plan where a profile added it */
	/* Not part of the plan: */
	const char *path;
	uint64_t size_bytes;
	spur_ns mtime_ns;
};

struct spur_extract_segment {
	const char *id, *label;
	spur_ns begin_ns, end_ns;	/* drive time */
};

/* One drive of the dataset. */
struct spur_extract_drive {
	const char *split;		/* "train", "val", "test" */
	const struct spur_extract_source *sources;	/* in order of sha256 */
	size_t source_count;
	const struct spur_extract_segment *segments;	/* any order */
	size_t segment_count;
};

struct spur_extract_input {
	const char *dataset, *root;	/* id and Merkle root of the dataset version */
	const struct spur_extract_drive *drives;
	size_t drive_count;
};

struct spur_extract_shard {
	const char *id, *drive, *split;	/* drive: "drv-" + 16 hex over its sources' hashes */
	const struct spur_extract_source *sources;	/* path "" where sources.json does not know it */
	size_t source_count;
	const struct spur_extract_segment *segments;
	size_t segment_count;
};

struct spur_extract_plan {
	char sha256[65];		/* of plan.jsonl */
	const char *dataset, *root, *reader;
	const char *const *classes;	/* sorted, NULL-terminated */
	size_t class_count;
	struct spur_extract_recipe *recipe;
	const struct spur_extract_shard *shards;	/* in order of the plan */
	size_t shard_count;
	void *priv;
};

/* Writes plan.jsonl and sources.json. The same plan again is fine (sources.json is renewed); another
 * one in this folder is SPUR_EINVAL. */
enum spur_status spur_extract_plan_write(const struct spur_extract_input *in, const struct spur_extract_recipe *recipe,
					 const char *dir, struct spur_error *err);
enum spur_status spur_extract_plan_load(const char *dir, struct spur_extract_plan **out, struct spur_error *err);
void spur_extract_plan_destroy(struct spur_extract_plan *p);	/* NULL is fine */
/* Index of a label in classes; class_count if it is none. */
size_t spur_extract_class(const struct spur_extract_plan *p, const char *label);

#endif
