#ifndef SPUR_FORMAT_MCAP_POOL_H
#define SPUR_FORMAT_MCAP_POOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Buffers that go round during one scan: a chunk needs about as much as the one before, and
 * fresh pages from the system cost more than reading small messages. Any thread.
 */
struct mcap_pool;

struct mcap_pool *mcap_pool_create(uint64_t keep_bytes);	/* at most that much waits unused */
void mcap_pool_destroy(struct mcap_pool *p);		/* NULL is fine; all buffers were given back */
/* At least want bytes, *cap of them; NULL past limit or out of memory. p NULL: plain memory. */
void *mcap_pool_take(struct mcap_pool *p, uint64_t want, uint64_t limit, uint64_t *cap);
void mcap_pool_give(struct mcap_pool *p, void *buf, uint64_t cap);	/* buf NULL is fine */

#endif
