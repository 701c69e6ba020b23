#ifndef SPUR_SYNC_SOURCE_PRIV_H
#define SPUR_SYNC_SOURCE_PRIV_H

#include "base/arena.h"
#include "decode/decoder.h"
#include "sync/source.h"

/* The parts of source*.c. Signals of one table come in one batch. */
struct spur_source_bus;		/* source_bus.c */

enum source_kind {
	SOURCE_GROUP,		/* an MDF channel group */
	SOURCE_STREAM,		/* an MCAP channel */
	SOURCE_FRAMES,		/* the frames of one id on one bus channel of an MDF log */
};

struct source_table {
	enum source_kind kind;
	uint32_t at;		/* index of the group, of the stream, or of the bus table */
	const char *label;	/* what tells equal names apart: group, topic with channel id, bus channel with frame id */
	const struct spur_decoder *decoder;
	struct spur_decoding *decoding;
	bool time;
};

struct spur_source {
	char *path;
	struct spur_source_opts opts;
	const struct spur_format *format;
	struct spur_reader *reader;
	const struct spur_description *desc;
	struct spur_arena *arena;
	size_t table_count, table_cap;
	struct source_table *tables;
	size_t signal_count, signal_cap;
	struct spur_source_signal *signals;
	size_t *inner;		/* per signal: MDF signal id, or index of the decoder's field */
	const char **plain;	/* per signal: the name without what makes it unique */
	const char **refusals;	/* per stream: why it has no decoder, or NULL */
	struct spur_source_bus *bus;	/* NULL without bus databases */
	uint64_t bad;		/* messages of the last read that did not decode */
	uint64_t *unavailable;	/* per signal: values of the last read that say so; NULL: there was no bus to read */
};

#define SOURCE_ARENA_MAX (UINT64_C(1) << 30)

/* Appends; SPUR_ENOMEM past the arena. name is not yet unique. */
enum spur_status source_add_table(struct spur_source *s, const struct source_table *t, struct spur_error *err);
enum spur_status source_add_signal(struct spur_source *s, const struct spur_source_signal *sig, size_t inner,
				   const char *plain, struct spur_error *err);
/* Gives every signal a name of its own (source_names.c). */
enum spur_status source_make_unique(struct spur_source *s, struct spur_error *err);
/* What is wanted of one table. */
struct source_part {
	uint32_t table;
	size_t count;
	size_t *pos;		/* in want->ids */
	size_t *inner;
};

/* Bus logs (source_bus.c): reads the databases, scans the ids, adds tables and signals. */
enum spur_status source_bus_open(struct spur_source *s, struct spur_error *err);
void source_bus_close(struct spur_source_bus *b);	/* NULL is fine */
/* The MDF signals that the frames of all bus groups need; at most `room`. */
size_t source_bus_members(const struct spur_source_bus *b, uint32_t *ids, size_t room);
/* Before a pass over frames from begin_ns on: where it has to begin, so that transfers that end in it are whole. */
spur_ns source_bus_begin(struct spur_source *s, spur_ns begin_ns);
/* One batch of a bus group: decodes the frames of the wanted tables and passes them on.
 * part_of: per table, index into parts + 1, or 0. */
enum spur_status source_bus_rows(struct spur_source *s, uint32_t group, const uint32_t *ids, const struct spur_columns *rows,
				 const struct spur_source_want *want, const struct source_part *parts, size_t part_count,
				 const size_t *part_of, spur_source_sink *sink, void *state, struct spur_error *err);

#endif
