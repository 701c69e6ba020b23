#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"

#define SCRIPT_MAX (64u << 10)

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	static const char *const shells[] = { "bash", "zsh", "fish", NULL };
	enum spur_status st = SPUR_END;
	char *text = NULL;
	size_t len = 0;

	for (size_t i = 0; shells[i] != NULL; i++) {
		char *path;

		if (strcmp(shells[i], args->pos[0]) != 0)
			continue;
		path = spur_strfmt("%s/completion/spur.%s", ctx->datadir, shells[i]);
		st = spur_file_read(path, SCRIPT_MAX, &text, &len, err);
		free(path);
	}
	if (st == SPUR_END) {
		spur_fail(err, SPUR_EINVAL, "no completion for '%s': bash, zsh or fish", args->pos[0]);
		return SPUR_EXIT_USAGE;
	}
	if (st < 0)
		return SPUR_EXIT_FAIL;
	spur_emit_stream(emit, text, len);
	free(text);
	return SPUR_EXIT_OK;
}

const struct spur_verb spur_verb_completion = {
	.name = "completion",
	.synopsis = "bash|zsh|fish",
	.summary = "print the completion script of a shell",
	.section = "Help",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
