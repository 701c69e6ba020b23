#include "config.h"

#include "verb/verb.h"

#include "format/format.h"
#include "plot/font.h"

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	(void)ctx;
	(void)args;
	(void)err;
	spur_emit_row(emit, "version");
	spur_emit_text(emit, "version", PACKAGE_VERSION);
	spur_emit_begin(emit, "formats", '[');
	for (const struct spur_format *const *f = spur_format_list(); *f != NULL; f++)
		spur_emit_text(emit, NULL, (*f)->title);
	spur_emit_close(emit, ']');
	spur_emit_text(emit, "font", spur_font_about(spur_font_default()));
	spur_emit_end(emit);
	return SPUR_EXIT_OK;
}

const struct spur_verb spur_verb_version = {
	.name = "version",
	.synopsis = "",
	.summary = "print the version, the formats this build reads and the font of pictures",
	.section = "Help",
	.run = run,
};
