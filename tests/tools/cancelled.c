/* cancelled WORD...: a verb whose work somebody has stopped already, as the workbench calls it; prints what it says and the
 * error, and exits with its status. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "verb/emit_file.h"
#include "verb/verb.h"

int main(int argc, char **argv)
{
	struct spur_task task = { 0 };
	struct spur_ctx ctx = { .mem_bytes = 256u << 20, .catalog = getenv("SPUR_CATALOG"), .command_line = "", .self = getenv("SPUR"),
				.datadir = getenv("SPUR_DATA"), .task = &task };
	struct spur_args args;
	struct spur_error err = { 0 };
	struct spur_emit *emit = spur_emit_text_create(stdout, stderr, SPUR_TIME_UTC, false);
	bool parsed;
	enum spur_exit rc;

	if (ctx.catalog == NULL || ctx.self == NULL || ctx.datadir == NULL)
		return 2;
	spur_task_cancel(&task);
	parsed = spur_verb_globals(&ctx, argc - 1, (const char *const *)argv + 1, &args);
	rc = spur_verb_call(&ctx, argc - 1, (const char *const *)argv + 1, emit, &err);
	spur_emit_text_destroy(emit);
	if (err.text[0] != '\0')
		fprintf(stderr, "%s\n", err.text);
	spur_ctx_finish(&ctx);
	if (parsed)
		spur_args_finish(&args);
	return (int)rc;
}
