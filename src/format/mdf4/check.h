#ifndef SPUR_FORMAT_MDF4_CHECK_H
#define SPUR_FORMAT_MDF4_CHECK_H

#include "format/mdf4/mdf.h"

/* What check() passes around. */
struct mdf_checking {
	struct spur_reader *r;
	const struct spur_findings *to;
	struct spur_task *task;
	enum spur_status st;		/* of the receiver; not SPUR_OK ends the check */
};

void mdf_found(struct mdf_checking *c, enum spur_severity severity, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Every block that a link reaches: id, place, length, links, overlap. */
void mdf_check_blocks(struct mdf_checking *c);

/* What they say of each other. */
void mdf_check_rules(struct mdf_checking *c);

#endif
