#ifndef SPUR_VERB_EXTRACT_LINEAGE_H
#define SPUR_VERB_EXTRACT_LINEAGE_H

#include "extract/commit.h"
#include "verb/verb.h"

/* The finished extract of a folder as an object of the catalogue, "extract-" + 16 hex of its Merkle root, made
 * from its dataset version. Again is fine. The caller frees *id. */
enum spur_status spur_extract_register(struct spur_ctx *ctx, const char *dir, const struct spur_extract_total *t,
				       char **id, struct spur_error *err);

#endif
