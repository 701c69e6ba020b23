#ifndef SPUR_VERB_STATS_BUS_H
#define SPUR_VERB_STATS_BUS_H

#include "verb/file.h"

/* dbcs NULL: of the messages of an MCAP file, its fields; their t_* are s since the start of the file.
 * `spur stats --dbc`: decoded CAN signals, one row per signal, bus channel and frame identifier that
 * occurs; rows carry "message" and "frame_id". dbcs: NULL-terminated paths. must_fit: patterns
 * that nothing fits are a failure. */
enum spur_exit spur_stats_bus(struct spur_ctx *ctx, const struct spur_args *args, const char *const *dbcs,
			      const struct spur_file_patterns *patterns, bool must_fit, struct spur_emit *emit, struct spur_error *err);

#endif
