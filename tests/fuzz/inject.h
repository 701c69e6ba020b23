#ifndef SPUR_TESTS_FUZZ_INJECT_H
#define SPUR_TESTS_FUZZ_INJECT_H

#include "tests/fuzz/fuzz.h"

/* What an input is made of, as far as it says so itself; found again after each step of a mutation. */
struct inject_block {
	size_t at, len;		/* within the input */
	size_t id_bytes;	/* at its beginning: its kind; 0: it has none */
	size_t size_at, size_bytes;	/* its size, as it says it; 0 bytes: it does not */
	size_t count_at;	/* of 8 bytes: the number of its links; 0: it does not say */
	size_t links_at, links, link_bytes;
	size_t crc_at;		/* of 4 bytes; 0 in them: not to be checked. 0: it has none */
	size_t owner;		/* the block around it + 1; 0: none */
};
#define INJECT_BLOCKS 600
struct inject_layout {
	struct inject_block blocks[INJECT_BLOCKS];
	size_t count;		/* 1 at least: all of it, where nothing is found */
	bool big;		/* its numbers are big-endian */
};
/* inject_blocks.c: blocks of MDF 3 and 4, records of MCAP, parts (FUZZ_CUT) of other inputs; by fuzz_target.shape. */
void inject_look(struct inject_layout *l, const uint8_t *data, size_t len);
uint64_t inject_number(const struct inject_layout *l, const uint8_t *data, size_t at, size_t bytes);
void inject_put(const struct inject_layout *l, uint8_t *data, size_t at, size_t bytes, uint64_t v);

/* inject_mutate.c: mutation number n of one of these inputs, most often of the first `often`; the caller frees its data.
 * words: what was done is added to it; NULL: nobody wants to know. */
struct fuzz_bytes inject_mutate(const struct fuzz_bytes *inputs, size_t often, size_t count, uint64_t seed, uint64_t n, struct spur_buf *words);

#endif
