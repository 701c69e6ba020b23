#ifndef SPUR_VERB_MESSAGES_BUS_H
#define SPUR_VERB_MESSAGES_BUS_H

#include "decode/dbc.h"
#include "verb/messages.h"

/*
 * Frames of an MDF log of CAN, LIN, FlexRay, Ethernet or MOST. A group holds one kind of them: its signals are the members
 * of a composition of that name ("CAN_DataFrame.ID"), which may lie anywhere in the record and be missing.
 */
enum frame_member {
	MEMBER_ID, MEMBER_IDE, MEMBER_CHANNEL, MEMBER_TYPE,	/* TYPE: EtherType */
	MEMBER_SOURCE, MEMBER_DESTINATION, MEMBER_DIR, MEMBER_FD, MEMBER_DLC, MEMBER_LENGTH, MEMBER_BYTES, MEMBERS
};

struct frame_group {
	uint32_t group;
	const char *kind;		/* "CAN_DataFrame"; owned by the list */
	const char *bus;		/* "CAN" */
	uint32_t member[MEMBERS];	/* signals; SPUR_NOT_KNOWN: it has none */
};

struct frame_groups {
	size_t count;
	struct frame_group *rows;
	struct spur_arena *arena;
};

void frame_groups_find(const struct spur_description *d, struct frame_groups *out);
void frame_groups_finish(struct frame_groups *g);

/* One frame of a batch; borrowed from it. */
struct frame {
	const struct frame_group *group;
	spur_ns time_ns;
	bool timed;
	bool has_id, has_channel, extended, fd;
	int dir;			/* 0 received, 1 sent, -1 not said */
	uint64_t id, channel;
	bool has_addresses, mac;	/* mac: of six bytes, the first one highest */
	uint64_t source, destination;
	const uint8_t *data;		/* NULL: the group stores none */
	size_t size;
};

/* The columns of a batch by what they are for. */
struct frame_columns {
	const struct frame_group *group;
	const struct spur_columns *rows;
	const struct spur_column *cols[MEMBERS];
};
bool frame_columns_bind(struct frame_columns *c, const struct frame_groups *groups, uint32_t group, const uint32_t *ids,
			const struct spur_columns *rows);
void frame_read(const struct frame_columns *c, size_t row, struct frame *out);

/* "CAN1:18FEF100", "ETH1:800", "MOST2". */
#define FRAME_TOPIC 48
void frame_topic(const struct frame *f, char out[FRAME_TOPIC]);

/* The bus databases of the command, for names. */
struct frame_names {
	struct spur_dbc **dbcs;
	int64_t *channels;
	size_t count;
};
enum spur_status frame_names_load(const char *const *specs, struct frame_names *out, struct spur_error *err);
void frame_names_finish(struct frame_names *n);
const char *frame_name(const struct frame_names *n, const struct frame *f);	/* NULL: nobody knows */

#endif
