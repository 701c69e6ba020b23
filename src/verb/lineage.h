#ifndef SPUR_VERB_LINEAGE_H
#define SPUR_VERB_LINEAGE_H

#include <stdbool.h>

#include "db/catalog.h"
#include "verb/verb.h"

/*
 * A walk over the lineage of an object, down to files or up to what was made of it. Every object is
 * met once per place in the tree, but its own tree is only walked the first time: datasets share
 * files by the thousand.
 */
struct spur_lineage_step {
	const struct spur_db_object *object;
	const char *role;	/* in which it serves its parent; "" at the top */
	const char *parent;	/* id; "" at the top */
	unsigned depth;
	bool seen;		/* met before: not walked again */
};

typedef enum spur_status spur_lineage_met(void *state, const struct spur_lineage_step *step, struct spur_error *err);
/* ref: an id, a prefix, a dataset by name, or the path of a file of the catalogue. Pre-order. */
enum spur_status spur_lineage_walk(struct spur_ctx *ctx, const char *ref, bool down, spur_lineage_met *met, void *state,
				   struct spur_error *err);
/* The object ref means; one row. */
enum spur_status spur_lineage_find(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				   struct spur_error *err);

#endif
