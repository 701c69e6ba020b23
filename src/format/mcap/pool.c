#include "config.h"

#include "format/mcap/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"

/* Under a sanitizer every buffer is fresh and exact, so that it sees a read behind it. */
#if defined(__SANITIZE_ADDRESS__)
#define EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXACT 1
#endif
#endif
#ifndef EXACT
#define EXACT 0
#endif

enum { SLOTS = 48, ROUND = 64 << 10 };

struct buffer {
	void *data;
	uint64_t cap;
};

struct mcap_pool {
	pthread_mutex_t lock;
	/* under lock: */
	struct buffer free[SLOTS];
	size_t count;
	uint64_t bytes, keep;
};

struct mcap_pool *mcap_pool_create(uint64_t keep_bytes)
{
	struct mcap_pool *p = spur_calloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->keep = EXACT ? 0 : keep_bytes;
	return p;
}

void mcap_pool_destroy(struct mcap_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->free[i].data);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* The smallest one that fits and is not far too large. */
static void *reuse(struct mcap_pool *p, uint64_t want, uint64_t *cap)
{
	size_t best = SLOTS;
	void *data = NULL;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->count; i++) {
		if (p->free[i].cap >= want && p->free[i].cap / 4 <= want &&
		    (best == SLOTS || p->free[i].cap < p->free[best].cap))
			best = i;
	}
	if (best < SLOTS) {
		data = p->free[best].data;
		*cap = p->free[best].cap;
		p->bytes -= *cap;
		p->free[best] = p->free[--p->count];
	}
	pthread_mutex_unlock(&p->lock);
	return data;
}

void *mcap_pool_take(struct mcap_pool *p, uint64_t want, uint64_t limit, uint64_t *cap)
{
	void *data = p == NULL ? NULL : reuse(p, want, cap);

	if (data != NULL)
		return data;
	*cap = want;
	if (!EXACT && p != NULL && want > ROUND / 4 && want <= limit - limit % ROUND)
		*cap = (want + ROUND - 1) / ROUND * ROUND;
	return spur_try_malloc(*cap, limit);
}

void mcap_pool_give(struct mcap_pool *p, void *buf, uint64_t cap)
{
	bool kept = false;

	if (p != NULL && buf != NULL && cap > 0) {
		pthread_mutex_lock(&p->lock);
		if (p->count < SLOTS && p->bytes + cap <= p->keep) {
			p->free[p->count++] = (struct buffer){ buf, cap };
			p->bytes += cap;
			kept = true;
		}
		pthread_mutex_unlock(&p->lock);
	}
	if (!kept)
		free(buf);
}
