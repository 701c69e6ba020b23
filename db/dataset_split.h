#ifndef SPUR_DB_DATASET_SPLIT_H
#define SPUR_DB_DATASET_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "db/catalog.h"

/*
 * Drives into train, val and test. Pure: no database, no clock, no row ids, so the same drives
 * give the same split on every machine.
 */
struct spur_split_drive {
	const char *key;		/* content of the drive; unique */
	const uint32_t *classes;	/* items of each class */
	enum spur_db_split split;	/* out */
};

/* Iterative stratification (Sechidis et al. 2011) over whole drives: the rarest class first, its drives
 * to where that class is missing most; a split that has none of a class comes first while there
 * are drives left for it. seed shuffles what is equal. permille sums to 1000. */
void spur_dataset_split(struct spur_split_drive *drives, size_t count, size_t classes,
			const unsigned permille[SPUR_DB_SPLITS], uint64_t seed);

#endif
