#ifndef SPUR_VERB_REWRITING_H
#define SPUR_VERB_REWRITING_H

#include "format/format.h"
#include "verb/verb.h"

/* What the verbs share that write a recording again: cut, merge and recover; of convert the layout. */
struct spur_rewriting_notes {
	struct spur_emit *emit;
	const char *path;	/* of the input that is spoken of */
	bool quiet;		/* no notes, only what is lost */
	bool lost;
	struct spur_findings to;	/* for spur_rewriting.notes */
};

/* -o OUT of a verb, which must not be one of the recordings. SPUR_EINVAL: it is, or was not given. */
enum spur_status spur_rewriting_output(const struct spur_args *args, const char *verb, const char **out, struct spur_error *err);
/* Packing, columns and version from the options. SPUR_EINVAL: the version has not what the others ask for. */
enum spur_status spur_rewriting_layout(const struct spur_args *args, enum spur_packing fallback, struct spur_rewriting *how,
				       struct spur_error *err);
void spur_rewriting_notes_begin(struct spur_ctx *ctx, const char *path, struct spur_emit *emit, struct spur_rewriting_notes *n);
/* Prepares n and *how from the options. history is borrowed. */
enum spur_status spur_rewriting_begin(struct spur_ctx *ctx, const struct spur_args *args, const char *path, const char *history,
				      struct spur_emit *emit, struct spur_rewriting_notes *n, struct spur_rewriting *how,
				      struct spur_error *err);
/* Attachments outside of the file, which a new one in another folder does not find. */
void spur_rewriting_warn_outside(const char *path, const char *out, const struct spur_description *d, struct spur_emit *emit);
/* Rows and signals, or messages and topics. */
void spur_rewriting_emit(struct spur_emit *emit, const char *kind, const char *out, const struct spur_format *format,
			 const struct spur_rewritten *got);

/* Lines of the option table. */
#define SPUR_REWRITING_KINDS "none|deflate|transposed|zstd|transposed-zstd|lz4|transposed-lz4"
#define SPUR_REWRITING_PACKING \
	{ "packing", 0, SPUR_OPT_CHOICE, "same|" SPUR_REWRITING_KINDS, "how data blocks are packed (same: as the input)", false }
#define SPUR_REWRITING_LAYOUT \
	{ "columns", 0, SPUR_OPT_FLAG, NULL, "MDF 4.20: values and invalidation bits in blocks of their own", false }, \
	{ "mdf-version", 0, SPUR_OPT_CHOICE, "4.10|4.11|4.20|4.30", "version of MDF to write (what is needed)", false }

#endif
