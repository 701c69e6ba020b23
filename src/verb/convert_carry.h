#ifndef SPUR_VERB_CONVERT_CARRY_H
#define SPUR_VERB_CONVERT_CARRY_H

#include "format/format.h"
#include "format/mdf4/writer.h"
#include "verb/verb.h"

/* What convert carries over beside values: attachments that lie in the file, and events. Those that cannot be are told,
 * and *lost is set. */
enum spur_status spur_convert_carry(struct spur_ctx *ctx, const struct spur_format *format, struct spur_reader *r,
				    struct spur_mdf4_writer *w, struct spur_emit *emit, bool *lost, struct spur_error *err);

#endif
