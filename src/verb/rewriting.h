#ifndef SPUR_VERB_REWRITING_H
#define SPUR_VERB_REWRITING_H

#include "format/format.h"
#include "verb/verb.h"

/* What the verbs share that write a file of the same format again: cut and merge. */
struct spur_rewriting_notes {
	struct spur_emit *emit;
	const char *path;	/* of the input that is spoken of */
	bool quiet;		/* no notes, only what is lost */
	bool lost;
	struct spur_findings to;	/* for spur_rewriting.notes */
};

/* Prepares n and *how from the options (--packing). history is borrowed. */
void spur_rewriting_begin(struct spur_ctx *ctx, const struct spur_args *args, const char *path, const char *history,
			  struct spur_emit *emit, struct spur_rewriting_notes *n, struct spur_rewriting *how);
/* Attachments outside of the file, which a new one in another folder does not find. */
void spur_rewriting_warn_outside(const char *path, const char *out, const struct spur_description *d, struct spur_emit *emit);
/* Rows and signals, or messages and topics. */
void spur_rewriting_emit(struct spur_emit *emit, const char *kind, const char *out, const struct spur_format *format,
			 const struct spur_rewritten *got);

/* One line of the option table. */
#define SPUR_REWRITING_PACKING \
	{ "packing", 0, SPUR_OPT_CHOICE, "same|none|deflate|transposed", "how data blocks are packed (same: as the input)", false }

#endif
