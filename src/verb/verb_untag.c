#include "config.h"

#include "verb/tag.h"

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	return spur_tag_run(ctx, args, false, emit, err);
}

const struct spur_verb spur_verb_untag = {
	.name = "untag",
	.synopsis = "TAG SEGMENT... | TAG --all",
	.summary = "take a tag off segments",
	.section = "Curation",
	.opts = spur_tag_opts,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
