#ifndef SPUR_SYNC_COLLECT_H
#define SPUR_SYNC_COLLECT_H

#include "sync/timeline.h"

/*
 * Private to src/sync: samples of some signals of a drive in memory, as sorted series. One
 * collector is filled again and again (its memory stays).
 */
struct spur_collected {
	struct spur_signal_ref ref;
	const char *const *words;	/* NULL: numbers */
	spur_ns *time_ns;		/* owned, as the next two */
	double *values;
	int32_t *codes;			/* NULL without words */
	size_t rows, cap;
	bool unsorted;
};

struct spur_collector {
	struct spur_collected *of;	/* owned array of count */
	size_t count;
	uint64_t mem_bytes, used_bytes;
};

void spur_collector_init(struct spur_collector *c, size_t count, uint64_t mem_bytes);
void spur_collector_finish(struct spur_collector *c);
/* Replace what was collected by [begin, end). SPUR_ENOMEM past mem_bytes: ask for less. */
enum spur_status spur_collector_fill(struct spur_collector *c, struct spur_timeline *tl, spur_ns begin_ns,
				     spur_ns end_ns, struct spur_task *task, struct spur_error *err);
struct spur_series spur_collector_series(const struct spur_collector *c, size_t i);	/* borrowed */

#endif
