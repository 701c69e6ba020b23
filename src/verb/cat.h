#ifndef SPUR_VERB_CAT_H
#define SPUR_VERB_CAT_H

#include "base/match.h"
#include "sync/source.h"
#include "verb/verb.h"

/* The two halves of `spur cat`: messages as they are, and rows of signals. */
struct cat_want {
	struct spur_match **topics;	/* any fits; none: all */
	size_t topic_count;
	struct spur_match **signals;
	size_t signal_count;
	spur_ns begin_ns, end_ns;
	enum spur_order order;
	uint64_t per_channel;		/* 0: no limit */
	bool csv;
};

bool cat_fits(struct spur_match *const *any, size_t count, const char *name);
/* SPUR_EXIT_PARTIAL where a channel or a message could not be decoded, or the file is damaged. */
enum spur_exit cat_messages(struct spur_ctx *ctx, struct spur_source *s, const struct cat_want *want, struct spur_emit *emit,
			    struct spur_error *err);
enum spur_exit cat_signals(struct spur_ctx *ctx, struct spur_source *s, const struct cat_want *want, struct spur_emit *emit,
			   struct spur_error *err);
/* Times of the command line; end_ns of the file is looked for only if a text needs it. */
enum spur_status cat_times(const struct spur_args *args, const struct spur_description *d, struct spur_source *s,
			   struct cat_want *want, struct spur_task *task, struct spur_error *err);

#endif
