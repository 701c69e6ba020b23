#ifndef SPUR_VERB_BUS_ROWS_H
#define SPUR_VERB_BUS_ROWS_H

#include "sync/source.h"
#include "verb/emit.h"

/* What verbs say about signals in CAN frames. */

/* The keys frame_id, extended and bus_channel; of J1939 also pgn and source_address; of payloads of several
 * frames also transport. */
void spur_bus_emit_frame(const struct spur_source_frame *f, struct spur_emit *emit);
/* Transfers that are not whole, in one line; nothing where all are. */
void spur_bus_warn(const struct spur_source *s, struct spur_emit *emit);

#endif
