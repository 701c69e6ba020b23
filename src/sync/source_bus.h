#ifndef SPUR_SYNC_SOURCE_BUS_H
#define SPUR_SYNC_SOURCE_BUS_H

#include "decode/dbc.h"
#include "decode/transport.h"
#include "sync/source_priv.h"

/*
 * Frames of CAN and LIN of an MDF log (ASAM MDF 4.1 "Bus logging"): a composition CAN_DataFrame or LIN_Frame whose
 * members may lie anywhere in the record. Each bus channel and frame id that a DBC knows is a
 * table; which there are is found by one pass over the identifiers when the source is opened.
 *
 * Where a database has messages that no frame of the log is long enough for, a second pass puts
 * transfers together: what J1939 carries for such a group is a table of the identifier that a short
 * one would have; a message whose frames make payloads of ISO-TP or fast packets is a table of
 * these. The parts of source_bus*.c.
 */
#define BUS_EXTENDED 0x80000000u
#define BUS_LIN 0x40000000u		/* in the identifier of a key: a frame of LIN */
#define BUS_NONE UINT32_MAX
#define BUS_PAYLOAD SIZE_MAX	/* instead of the index of a signal: all bytes of the transfer */

enum bus_role { ROLE_ID, ROLE_IDE, ROLE_CHANNEL, ROLE_DLC, ROLE_LENGTH, ROLE_BYTES, ROLES };

/* How the payloads of one identifier come. */
enum bus_how { BUS_FRAMES, BUS_ISO, BUS_ISO_ADDRESSED, BUS_FAST, BUS_HOWS };

/* What a table would be if it were of that kind. */
struct bus_trial {
	bool wanted;
	uint64_t payloads;
	struct spur_transport_counts counts;
};

struct bus_group {
	uint32_t group;
	bool lin;
	uint32_t member[ROLES];		/* MDF signal ids; BUS_NONE: the group does not have it */
};

struct bus_table {
	uint64_t key;			/* bus channel << 32 | frame id */
	const struct spur_dbc_message *message;	/* NULL: no database knows it */
	uint32_t table;			/* of the source */
	uint32_t longest;		/* frame in bytes; 0: nobody looked */
	uint64_t rows;
	uint64_t payloads;		/* those of one frame too */
	struct spur_transport_counts counts;
	struct bus_trial *trials;	/* while it is not known: BUS_HOWS of them, or NULL */
	enum bus_how how;		/* other than BUS_FRAMES: payloads are its rows, not frames */
	bool carried;			/* transfers of J1939 are rows too */
};

struct spur_source_bus {
	struct spur_dbc **dbcs;
	int64_t *channels;		/* per database: of the bus, or -1: any */
	size_t dbc_count;
	struct bus_group *groups;
	size_t group_count;
	struct bus_table *tables;
	size_t table_count;
	uint32_t *slots;		/* open addressing over tables: index + 1 */
	size_t slot_count;
	struct spur_transport *transport;	/* of the pass at hand; NULL: no table needs one */
	struct spur_transport *trial[BUS_HOWS];	/* of the second pass, one a kind: noise takes no room from the others */
	struct spur_transport_counts counts;	/* of the whole recording */
	bool has_transfers;
};

/* The columns of one batch of a bus group, by what they are for; NULL: not there. */
struct bus_frames {
	const struct spur_column *cols[ROLES];
	const struct spur_columns *rows;
	uint32_t group;
	bool lin;
};

const struct bus_group *bus_group_of(const struct spur_source_bus *b, uint32_t group);
/* False: the batch has no identifiers. */
bool bus_frames_bind(struct bus_frames *f, const struct bus_group *g, const uint32_t *ids, const struct spur_columns *rows);
/* Bus channel and identifier of a row, as the key of its table. */
uint64_t bus_key(const struct bus_frames *f, size_t row);
/* Those of all rows; the caller frees. */
uint64_t *bus_keys(const struct bus_frames *f);
/* The length that the file says a frame has; UINT64_MAX: it does not. */
uint64_t bus_length(const struct bus_frames *f, size_t row);
/* The payload of a row: what the file stores, cut to that length. */
const uint8_t *bus_payload(const struct bus_frames *f, size_t row, size_t *len);
struct bus_table *bus_table_of(const struct spur_source_bus *b, uint64_t key);
/* NULL: more ids than a bus can have. */
struct bus_table *bus_table_add(struct spur_source_bus *b, uint64_t key);
/* Whether database i is for the bus channel of a key. */
bool bus_serves(const struct spur_source_bus *b, size_t i, uint64_t key);

/* source_bus_transfers.c */
bool bus_wants_lengths(const struct spur_source *s);
/* The second pass, if a database and the log ask for it: rows, tables and counts of transfers. */
enum spur_status bus_find_transfers(struct spur_source *s, struct spur_error *err);
/* Row `row`, which is of table t (NULL: none), goes through the transport. True: it completes *out, whose table is that
 * of *key. */
bool bus_transfer(const struct spur_source_bus *b, const struct bus_table *t, const struct bus_frames *f, size_t row, uint64_t *key,
		  struct spur_transfer *out);
/* Bytes before the data of a payload of that kind. */
size_t bus_head(enum bus_how how);
/* Whether a frame of this key has a part in transfers; t may be NULL. */
/* An identifier of ISO-TP's mixed addressing (ISO 15765-2 10.3.5.3). */
bool bus_is_mixed(uint32_t frame_id);
bool bus_is_carrier(uint64_t key, const struct bus_table *t);

#endif
