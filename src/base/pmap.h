#ifndef SPUR_BASE_PMAP_H
#define SPUR_BASE_PMAP_H

#include <stdint.h>

#include "base/error.h"
#include "base/task.h"

/*
 * Ordered parallel map with a byte budget: items are made and taken by the
 * calling thread in one order, and worked on by any thread in between. So a
 * result never depends on the number of threads, and at most budget_bytes
 * (or one item, if it alone is larger) are in flight.
 */
struct spur_pmap {
	void *state;
	/* Caller's thread. The next item and the bytes it will hold until it was taken.
	 * SPUR_END: no more. */
	enum spur_status (*next)(void *state, void **item, uint64_t *cost_bytes, struct spur_error *err);
	/* Any thread. Must not touch state except what is immutable or locked there. */
	enum spur_status (*work)(void *state, void *item, struct spur_task *task, struct spur_error *err);
	/* Caller's thread, in the order of next(). Not called after a failure. */
	enum spur_status (*take)(void *state, void *item, struct spur_error *err);
	/* Caller's thread, once for every item, also after failure. */
	void (*drop)(void *state, void *item);
};

/* threads 0: one per processor. The first failure in item order is returned; SPUR_END
 * from take() stops early and is returned as SPUR_OK. task may be NULL. */
enum spur_status spur_pmap_run(const struct spur_pmap *map, unsigned threads, uint64_t budget_bytes,
			       struct spur_task *task, struct spur_error *err);

#endif
