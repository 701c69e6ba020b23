#ifndef SPUR_SYNC_SOURCE_H
#define SPUR_SYNC_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/match.h"
#include "base/task.h"
#include "decode/transport.h"
#include "format/format.h"
#include "model/columns.h"

/*
 * One recording as everything above the formats sees it: a flat list of signals with a
 * unique name each, whether they are MDF channels, decoded bus signals or fields of
 * messages; and one way to read them. Signals that share a time axis share a table.
 *
 * Names: MDF "NAME", made unique by "GROUP/NAME" (group's acquisition name, or its index)
 * where a name occurs in several groups; MCAP "TOPIC.FIELD" ("/imu.linear_acceleration.x");
 * bus "MESSAGE.SIGNAL".
 */
struct spur_source;

struct spur_source_signal {
	const char *name, *unit, *comment;	/* borrowed from the source; never NULL */
	const char *stream;		/* topic, message or group, for the tree */
	enum spur_type type;
	uint32_t table;			/* signals of one table come in one batch */
	uint64_t rows;			/* UINT64_MAX: unknown */
	bool time;			/* has UTC stamps: joins the timeline */
};

struct spur_source_opts {
	const char *const *dbc;		/* bus databases, NULL-terminated; may be NULL. "N=PATH": for bus channel N only */
	uint64_t mem_bytes;
	unsigned threads;
	bool payloads;			/* transfers of several frames are signals of bytes too, "CANn:ID.payload" */
	bool keep_unavailable;		/* J1939 values that say "error" or "not available" are values, not invalid */
};

/* Splits "N=PATH" of opts.dbc; *channel -1: all. A file of such a name is "./N=PATH". */
const char *spur_bus_database_path(const char *spec, int64_t *channel);
/* Messages of failures start with the path. */
enum spur_status spur_source_open(const char *path, const struct spur_source_opts *o, struct spur_source **out,
				  struct spur_error *err);
void spur_source_close(struct spur_source *s);	/* NULL is fine */
const char *spur_source_path(const struct spur_source *s);
const struct spur_format *spur_source_format(const struct spur_source *s);
struct spur_reader *spur_source_reader(struct spur_source *s);	/* for verbs that show the file itself */
const struct spur_description *spur_source_describe(const struct spur_source *s);
const struct spur_source_signal *spur_source_signals(const struct spur_source *s, size_t *count);

/* Ids (indexes into signals) whose name or unqualified name fits; the caller frees *ids.
 * An exact name that occurs in several groups gives them all. */
enum spur_status spur_source_match(const struct spur_source *s, const struct spur_match *m, uint32_t **ids,
				   size_t *count, struct spur_error *err);
/* The one signal of that name, or SPUR_ENOTFOUND with the nearest names, SPUR_EINVAL if ambiguous. */
enum spur_status spur_source_find(const struct spur_source *s, const char *name, uint32_t *id, struct spur_error *err);

struct spur_source_want {
	const uint32_t *ids;
	size_t count;
	spur_ns begin_ns, end_ns;	/* in the source's own clock, before any offset */
	bool raw, with_text;
};

/* rows->columns are those of `ids` that belong to `table`, in order of ids; ids_in gives their
 * positions in want->ids. rows->time_ns is the source's own clock, not sorted if the file is not.
 * SPUR_END from the sink: enough. Called on the caller's thread. */
typedef enum spur_status spur_source_sink(void *state, uint32_t table, const size_t *ids_in, struct spur_columns *rows,
					  struct spur_error *err);
enum spur_status spur_source_read(struct spur_source *s, const struct spur_source_want *want, spur_source_sink *sink,
				  void *state, struct spur_task *task, struct spur_error *err);
/* Intervals that the recording stores of a signal, see struct spur_format; want->signal is the id here, times are the
 * source's own. SPUR_ENOTFOUND: none that are fine enough and right. */
enum spur_status spur_source_levels(struct spur_source *s, const struct spur_levels *want, struct spur_task *task,
				    struct spur_error *err);
/* First and last stamp over all time tables; reads as little as it can: of an MDF file above 64 MiB whose
 * end the index tells, the first one is the start of the recording. SPUR_ENOTFOUND: nothing has a time. */
enum spur_status spur_source_span(struct spur_source *s, spur_ns *begin_ns, spur_ns *end_ns, struct spur_task *task,
				  struct spur_error *err);
/* What a table of decoded bus signals holds; false: it is not one. */
struct spur_source_frame {
	const char *message;		/* of the DBC; borrowed; NULL: payloads that no database knows */
	uint32_t frame_id;		/* without the extended bit */
	bool extended, lin;
	uint32_t bus_channel;
	bool j1939;			/* then these two count */
	uint32_t pgn;			/* parameter group number */
	uint8_t source_address;
	const char *transport;		/* how payloads of several frames came: "iso-tp", "j1939-tp"; NULL: none are there */
};
bool spur_source_frame(const struct spur_source *s, uint32_t table, struct spur_source_frame *out);
/* Transfers of several frames in the whole recording, by the databases given; false: nothing needs one. */
bool spur_source_transfers(const struct spur_source *s, struct spur_transport_counts *out);
/* How many values of a signal in frames were "not available" in the last read. */
uint64_t spur_source_unavailable(const struct spur_source *s, uint32_t id);
/* Why a stream (index into description.streams) has no decoder and so no signals; NULL: it has one. */
const char *spur_source_refusal(const struct spur_source *s, uint32_t stream);
/* Messages of the last read whose payload did not decode: their rows are null. */
uint64_t spur_source_undecoded(const struct spur_source *s);

#endif
