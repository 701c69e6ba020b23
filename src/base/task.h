#ifndef SPUR_BASE_TASK_H
#define SPUR_BASE_TASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Progress and cancellation of one long piece of work: one bit and one counter.
 * Loops test the bit per block, chunk or request, never per sample. Every
 * function takes NULL (nobody watches) and may be called from any thread;
 * spur_task_cancel() also from a signal handler.
 */
struct spur_task {
	atomic_bool cancelled;
	_Atomic uint64_t done, total;	/* any unit; total 0: unknown */
	const struct spur_task *parent;	/* cancelled with it; borrowed, may be NULL */
};

void spur_task_cancel(struct spur_task *task);
bool spur_task_cancelled(const struct spur_task *task);
void spur_task_progress(struct spur_task *task, uint64_t done, uint64_t total);
/* Parts per thousand, 0 to 1000. */
unsigned spur_task_permille(const struct spur_task *task);

#endif
