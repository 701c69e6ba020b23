#include "config.h"

#include "base/workq.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
	struct spur_task task;	/* first: what the submitter holds */
	struct item *next;
	struct spur_work work;
	enum spur_status status;
	struct spur_error error;
};

struct fifo {
	struct item *head, **tail;
};

struct spur_workq {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct fifo urgent, todo, finished;	/* under lock */
	struct item **active;			/* under lock; one slot per thread */
	bool stop;					/* under lock */
	pthread_t *threads;
	unsigned thread_count, next_slot;
	unsigned capacity;				/* threads that were asked for */
	int pipe_rd, pipe_wr;
};

static void fifo_push(struct fifo *f, struct item *t)
{
	t->next = NULL;
	*f->tail = t;
	f->tail = &t->next;
}

static struct item *fifo_pop(struct fifo *f)
{
	struct item *t = f->head;

	if (t != NULL && (f->head = t->next) == NULL)
		f->tail = &f->head;
	return t;
}

static void run(struct item *t)
{
	t->status = spur_task_cancelled(&t->task)
		? spur_fail(&t->error, SPUR_ECANCELLED, "%s: cancelled", t->work.name)
		: t->work.work(&t->task, t->work.arg, &t->error);
}

/* One thread is there for urgent work; at the end all of them empty the queue. */
static bool reserved(const struct spur_workq *q, unsigned slot)
{
	return slot == 0 && q->capacity > 1 && !q->stop;
}

static void *worker(void *arg)
{
	struct spur_workq *q = arg;
	unsigned slot;

	pthread_mutex_lock(&q->lock);
	slot = q->next_slot++;
	for (;;) {
		struct item *t;

		while (q->urgent.head == NULL && (q->todo.head == NULL || reserved(q, slot)) && !q->stop)
			pthread_cond_wait(&q->wake, &q->lock);
		if ((t = fifo_pop(&q->urgent)) == NULL && (t = fifo_pop(&q->todo)) == NULL)
			break;
		q->active[slot] = t;
		if (q->stop)
			spur_task_cancel(&t->task);
		pthread_mutex_unlock(&q->lock);
		run(t);
		pthread_mutex_lock(&q->lock);
		q->active[slot] = NULL;
		fifo_push(&q->finished, t);
		if (write(q->pipe_wr, "", 1) < 0) {
			/* Full pipe: the owner is already due to wake. */
		}
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

struct spur_workq *spur_workq_create(unsigned threads, struct spur_error *err)
{
	struct spur_workq *q = calloc(1, sizeof(*q));
	int fds[2];

	if (q == NULL)
		goto oom;
	q->capacity = threads;
	q->threads = calloc(threads, sizeof(*q->threads));
	q->active = calloc(threads, sizeof(*q->active));
	if (q->threads == NULL || q->active == NULL)
		goto oom;
	if (pipe(fds) < 0) {
		spur_fail(err, SPUR_EIO, "cannot create pipe");
		goto fail;
	}
	q->pipe_rd = fds[0];
	q->pipe_wr = fds[1];
	fcntl(q->pipe_rd, F_SETFL, O_NONBLOCK);
	fcntl(q->pipe_wr, F_SETFL, O_NONBLOCK);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	q->urgent.tail = &q->urgent.head;
	q->todo.tail = &q->todo.head;
	q->finished.tail = &q->finished.head;
	for (; q->thread_count < threads; q->thread_count++) {
		if (pthread_create(&q->threads[q->thread_count], NULL, worker, q) != 0) {
			spur_fail(err, SPUR_ENOMEM, "cannot start worker %u", q->thread_count);
			spur_workq_destroy(q);
			return NULL;
		}
	}
	return q;
oom:
	spur_fail(err, SPUR_ENOMEM, "work queue with %u threads", threads);
fail:
	if (q != NULL) {
		free(q->active);
		free(q->threads);
	}
	free(q);
	return NULL;
}

void spur_workq_destroy(struct spur_workq *q)
{
	if (q == NULL)
		return;
	pthread_mutex_lock(&q->lock);
	q->stop = true;
	for (unsigned i = 0; i < q->thread_count; i++) {
		if (q->active[i] != NULL)
			spur_task_cancel(&q->active[i]->task);
	}
	pthread_cond_broadcast(&q->wake);
	pthread_mutex_unlock(&q->lock);
	for (unsigned i = 0; i < q->thread_count; i++)
		pthread_join(q->threads[i], NULL);
	spur_workq_dispatch(q);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	close(q->pipe_rd);
	close(q->pipe_wr);
	free(q->active);
	free(q->threads);
	free(q);
}

struct spur_task *spur_workq_submit(struct spur_workq *q, const struct spur_work *work)
{
	struct item *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->work = *work;
	pthread_mutex_lock(&q->lock);
	fifo_push(work->urgent ? &q->urgent : &q->todo, t);
	pthread_cond_broadcast(&q->wake);	/* the one that a signal wakes may be reserved */
	pthread_mutex_unlock(&q->lock);
	return &t->task;
}

int spur_workq_fd(const struct spur_workq *q)
{
	return q->pipe_rd;
}

unsigned spur_workq_dispatch(struct spur_workq *q)
{
	unsigned n = 0;
	char sink[64];

	while (read(q->pipe_rd, sink, sizeof(sink)) > 0)
		;
	for (;;) {
		struct item *t;

		pthread_mutex_lock(&q->lock);
		t = fifo_pop(&q->finished);
		pthread_mutex_unlock(&q->lock);
		if (t == NULL)
			return n;
		if (t->work.done != NULL)
			t->work.done(t->work.arg, t->status, &t->error);
		free(t);
		n++;
	}
}
