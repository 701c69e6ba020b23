#ifndef SPUR_VERB_EMIT_FILE_H
#define SPUR_VERB_EMIT_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/time.h"
#include "verb/emit.h"

/* Rows as text for people: aligned columns per kind of row, headings in capitals. The first
 * 256 rows of a kind set the widths, later ones stream. One row alone is a list of fields. */
struct spur_emit *spur_emit_text_create(FILE *out, FILE *err, enum spur_time_style style, bool quiet);
/* Tables are made to fit into that many columns; 0: everything is written. Of itself it asks the
 * terminal that out is. */
void spur_emit_text_limit(struct spur_emit *e, size_t columns);
/* Rows as JSON, one object a line. */
struct spur_emit *spur_emit_json_create(FILE *out, FILE *err);
/* Writes what is pending and frees. Returns false if writing failed (a full disk, not a closed pipe). */
bool spur_emit_text_destroy(struct spur_emit *e);
bool spur_emit_json_destroy(struct spur_emit *e);

/* Flushes. False if something of out is lost, unless nobody reads it any more: then that was wanted. Of the
 * stream's own state, as errno is that of whoever failed last. */
bool spur_emit_out_good(FILE *out);

#endif
