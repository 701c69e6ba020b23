#ifndef SPUR_DECODE_DBC_PRIV_H
#define SPUR_DECODE_DBC_PRIV_H

#include "base/arena.h"
#include "decode/dbc.h"

#define DBC_EXTENDED 0x80000000u

struct dbc_key {
	uint32_t key;
	size_t message;
};

struct spur_dbc {
	struct spur_arena *arena;
	struct spur_dbc_message *messages;
	size_t count;
	struct dbc_key *by_id;		/* count of them, sorted */
	struct dbc_key *by_pgn;		/* J1939 messages, sorted */
	size_t pgn_count;
	bool lin;			/* of a LIN description file */
};

/* Of equal keys the earlier message comes first, and is found. */
void dbc_keys_sort(struct dbc_key *keys, size_t count);
const struct dbc_key *dbc_keys_find(const struct dbc_key *keys, size_t count, uint64_t key);	/* NULL: none */

#endif
