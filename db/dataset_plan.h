#ifndef SPUR_DB_DATASET_PLAN_H
#define SPUR_DB_DATASET_PLAN_H

#include <stddef.h>

#include "base/hash.h"
#include "db/catalog.h"
#include "db/catalog_priv.h"

/*
 * The version a freeze would make: pure once the segments and sources are given. The id depends
 * on the lines alone, and a line on nothing but content: hashes of files, spans, label, tags,
 * clocks and the split.
 */
struct spur_plan_drive {
	int64_t id;
	char *key;			/* sha256s of its logs, sorted, joined */
	char *sources_json;		/* of every line: [{"clock":...,"sha256":...},...] */
	struct spur_db_source_list sources;
	uint32_t *classes;
	enum spur_db_split split;
};

struct spur_plan_item {
	const struct spur_db_segment *segment;
	size_t drive;			/* index */
	size_t class;
	char *line;
};

struct spur_plan {
	struct spur_db_segment_list segments;
	size_t drive_count, class_count, item_count;
	struct spur_plan_drive *drives;	/* in order of id */
	const char **classes;		/* labels, sorted; borrowed from segments */
	struct spur_plan_item *items;	/* in order of line, each line once */
	char root[SPUR_SHA256_HEX];
	char uid[SPUR_DB_UID];
};

enum spur_status spur_plan_make(struct spur_db *db, const struct spur_db_freeze *f,
				const unsigned permille[SPUR_DB_SPLITS], struct spur_plan *p, struct spur_error *err);
void spur_plan_finish(struct spur_plan *p);	/* all zero is fine */

/* RFC 6962, 2.1: leaves sha256(0, line), nodes sha256(1, left, right); a lone node moves up. Hex. */
void spur_merkle_root(const char *const *lines, size_t count, char out[SPUR_SHA256_HEX]);

#endif
