#ifndef SPUR_VERB_TAG_H
#define SPUR_VERB_TAG_H

#include "verb/verb.h"

extern const struct spur_opt spur_tag_opts[];
/* spur tag and spur untag: TAG SEGMENT... */
enum spur_exit spur_tag_run(struct spur_ctx *ctx, const struct spur_args *args, bool on, struct spur_emit *emit,
			    struct spur_error *err);

#endif
