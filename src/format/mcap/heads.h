#ifndef SPUR_FORMAT_MCAP_HEADS_H
#define SPUR_FORMAT_MCAP_HEADS_H

#include <stdbool.h>

#include "format/mcap/record.h"
#include "format/mcap/window.h"

/* What stands at one place of the file, judged by its first bytes. */
struct mcap_head {
	unsigned op;
	uint64_t total;		/* bytes with the head; of a cut record what is there */
	bool good;		/* can be a record: the length fits and so do the fields that were looked at */
	bool mended;		/* a chunk whose record length is wrong; total is what its own fields say */
	bool cut;		/* a chunk that goes on behind the end */
	bool magic;		/* not a record, but the magic; total is its length */
	struct mcap_chunk chunk;	/* if op is MCAP_CHUNK and good; its compression is in name */
	char name[MCAP_COMPRESSION_MAX];
	const char *why;	/* not good: static text */
};

/* Nothing behind `to` is looked at. Only I/O fails. */
enum spur_status mcap_head_look(struct mcap_window *w, uint64_t at, uint64_t to, struct mcap_head *out,
				struct spur_error *err);
/* The first place in [from, stop) where a chain of records begins that fits into the bytes up to `to`;
 * `stop` if there is none. Messages and definitions count only if `messages` is true: not where an
 * uncompressed chunk is being searched. */
enum spur_status mcap_head_resync(struct spur_range *range, uint64_t from, uint64_t stop, uint64_t to, bool messages,
				  uint64_t *found, struct spur_error *err);

#endif
