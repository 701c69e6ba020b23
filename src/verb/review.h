#ifndef SPUR_VERB_REVIEW_H
#define SPUR_VERB_REVIEW_H

#include "db/catalog.h"
#include "verb/verb.h"

/* The one way a verdict gets into the catalogue, for people and for simulated curators alike: the
 * record is signed by the acting identity and appended; the database says no where it must.
 * act is as spur_ctx_act() gave it. */
enum spur_status spur_review(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
			     const struct spur_db_segment *segment, const char *verdict, const char *reason,
			     struct spur_error *err);

/* Decisions that wait for spur review sign: of all segments of the list, or of none. */
enum spur_status spur_review_draft(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				   const struct spur_db_segment_list *l, const char *verdict, const char *reason,
				   struct spur_emit *emit, struct spur_error *err);
/* The sub-verbs on them. */
extern const struct spur_verb spur_review_edge, spur_review_pending, spur_review_undo, spur_review_redo, spur_review_sign;

#endif
