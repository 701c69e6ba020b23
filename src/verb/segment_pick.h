#ifndef SPUR_VERB_SEGMENT_PICK_H
#define SPUR_VERB_SEGMENT_PICK_H

#include "db/catalog.h"
#include "verb/verb.h"

/* How every verb on segments says which: filters, or ids. */

/* Rows of spur_opt for the filters --drive, --label, --tag, --author, --state. */
#define SPUR_SEGMENT_OPTS \
	{ .name = "drive", .type = SPUR_OPT_TEXT, .arg = "GLOB", .help = "of drives of that name" }, \
	{ .name = "label", .type = SPUR_OPT_TEXT, .arg = "LABEL", .help = "of that label" }, \
	{ .name = "tag", .type = SPUR_OPT_TEXT, .arg = "TAG", .help = "that have this tag" }, \
	{ .name = "author", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "that this person proposed" }, \
	{ .name = "state", .type = SPUR_OPT_CHOICE, .arg = "any|candidate|approved|rejected|superseded", .help = "in that state" }

void spur_segment_filter(const struct spur_args *args, struct spur_db_segment_filter *f);
/* args->pos from `from` on: ids (12), uids (seg-...) and ranges (3-7); with --all instead the filter's. At
 * least one segment, or SPUR_EINVAL or SPUR_ENOTFOUND. */
enum spur_status spur_segment_pick(struct spur_db *db, const struct spur_args *args, size_t from,
				   struct spur_db_segment_list *out, struct spur_error *err);
void spur_segment_emit(const struct spur_db_segment *s, struct spur_emit *emit);

extern const struct spur_verb spur_segments_add;	/* sub-verb: segment_add.c */

#endif
