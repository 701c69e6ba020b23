#ifndef SPUR_BASE_WORKQ_H
#define SPUR_BASE_WORKQ_H

#include "base/error.h"
#include "base/task.h"

/*
 * Worker threads for the single-threaded owner (the UI or the CLI main loop).
 *
 * work() runs on a worker thread; done() always runs on the owner's thread,
 * from inside spur_workq_dispatch(), exactly once per submitted task. Work
 * that waits for other work does not belong here: see base/pmap.h.
 */
struct spur_workq;

typedef enum spur_status spur_work_fn(struct spur_task *task, void *arg, struct spur_error *err);
typedef void spur_done_fn(void *arg, enum spur_status st, const struct spur_error *err);

struct spur_work {
	const char *name;	/* for logs; borrowed, must outlive the task */
	spur_work_fn *work;
	spur_done_fn *done;	/* may be NULL */
	void *arg;		/* owned by the caller until done() returns */
	/* Ahead of everything that is not; of two and more threads one does urgent work only, so that
	 * what takes long never keeps what is short waiting. */
	bool urgent;
};

struct spur_workq *spur_workq_create(unsigned threads, struct spur_error *err);
/* Cancel everything, wait for workers, run the remaining done(). NULL is fine. */
void spur_workq_destroy(struct spur_workq *q);
/* Returned task is borrowed and valid until its done() has returned. */
struct spur_task *spur_workq_submit(struct spur_workq *q, const struct spur_work *work);
/* Readable when spur_workq_dispatch() has something to run, now and then once more; for poll(2). */
int spur_workq_fd(const struct spur_workq *q);
/* Run the pending done() callbacks; returns how many ran. */
unsigned spur_workq_dispatch(struct spur_workq *q);

#endif
