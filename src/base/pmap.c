#include "config.h"

#include "base/pmap.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The window is a ring of slots in item order. Workers take the oldest slot
 * that is still to do; the caller takes the oldest slot once it is done. A
 * caller that would have to wait works on a slot itself, so that one thread
 * more is never idle and nested maps cannot deadlock.
 */
enum slot_state { SLOT_TODO, SLOT_BUSY, SLOT_DONE };

struct slot {
	void *item;
	uint64_t cost;
	enum slot_state state;
	enum spur_status status;
	struct spur_error error;
};

struct run {
	const struct spur_pmap *map;
	struct spur_task *task;
	pthread_mutex_t lock;
	pthread_cond_t work, ready;
	/* under lock: */
	struct slot *slots;
	size_t cap, head, count, todo;	/* todo: slots in front of the first SLOT_TODO */
	bool stop;
};

static struct slot *at(struct run *r, size_t i)
{
	return &r->slots[(r->head + i) % r->cap];
}

/* Take the oldest slot to do; NULL when there is none. Lock held. */
static struct slot *claim(struct run *r)
{
	struct slot *s;

	if (r->todo >= r->count)
		return NULL;
	s = at(r, r->todo++);
	s->state = SLOT_BUSY;
	return s;
}

/* Lock held on entry and exit, released while working. */
static void work_on(struct run *r, struct slot *s)
{
	pthread_mutex_unlock(&r->lock);
	if (spur_task_cancelled(r->task))
		s->status = spur_fail(&s->error, SPUR_ECANCELLED, "cancelled");
	else
		s->status = r->map->work(r->map->state, s->item, r->task, &s->error);
	pthread_mutex_lock(&r->lock);
	s->state = SLOT_DONE;
	pthread_cond_signal(&r->ready);
}

static void *worker(void *arg)
{
	struct run *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		struct slot *s = claim(r);

		if (s != NULL)
			work_on(r, s);
		else
			pthread_cond_wait(&r->work, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Wait for the oldest slot, working meanwhile; lock held. */
static struct slot *oldest_done(struct run *r)
{
	struct slot *s = at(r, 0);

	while (s->state != SLOT_DONE) {
		struct slot *mine = claim(r);

		if (mine != NULL)
			work_on(r, mine);
		else
			pthread_cond_wait(&r->ready, &r->lock);
	}
	return s;
}

static enum spur_status take_oldest(struct run *r, uint64_t *in_flight, enum spur_status st,
				    struct spur_error *err)
{
	struct slot s;

	pthread_mutex_lock(&r->lock);
	s = *oldest_done(r);
	r->head = (r->head + 1) % r->cap;
	r->count--;
	r->todo--;
	pthread_mutex_unlock(&r->lock);
	*in_flight -= s.cost;
	if (st == SPUR_OK) {
		st = s.status;
		if (st < 0 && err != NULL)
			*err = s.error;
		if (st >= 0)
			st = r->map->take(r->map->state, s.item, err);
	}
	r->map->drop(r->map->state, s.item);
	return st;
}

static void put(struct run *r, void *item, uint64_t cost)
{
	pthread_mutex_lock(&r->lock);
	*at(r, r->count) = (struct slot){ .item = item, .cost = cost, .state = SLOT_TODO };
	r->count++;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

static enum spur_status feed(struct run *r, uint64_t budget, struct spur_error *err)
{
	uint64_t in_flight = 0, cost = 0;
	enum spur_status st = SPUR_OK, got = SPUR_OK;
	void *item = NULL;

	for (;;) {
		if (st == SPUR_OK && got == SPUR_OK && item == NULL) {
			if (spur_task_cancelled(r->task))
				st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
			else if ((got = r->map->next(r->map->state, &item, &cost, err)) < 0)
				st = got;
			if (st != SPUR_OK || got != SPUR_OK)
				item = NULL;
		}
		bool room = r->count < r->cap && (in_flight == 0 || in_flight + cost <= budget);

		if (item != NULL && st == SPUR_OK && room) {
			put(r, item, cost);
			in_flight += cost;
			item = NULL;
		} else if (r->count > 0) {
			st = take_oldest(r, &in_flight, st, err);
		} else {
			break;
		}
	}
	if (item != NULL)
		r->map->drop(r->map->state, item);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_pmap_run(const struct spur_pmap *map, unsigned threads, uint64_t budget_bytes,
			       struct spur_task *task, struct spur_error *err)
{
	struct run r = { .map = map, .task = task };
	pthread_t *ids;
	unsigned started = 0;
	enum spur_status st;

	if (threads == 0) {	/* asks the kernel through files: not for every small run */
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		threads = online > 0 ? (unsigned)online : 1;
	}
	r.cap = threads > 1 ? threads * 4 : 1;
	r.slots = calloc(r.cap, sizeof(*r.slots));
	ids = calloc(threads, sizeof(*ids));
	if (r.slots == NULL || ids == NULL) {
		free(r.slots);
		free(ids);
		return spur_fail(err, SPUR_ENOMEM, "parallel map of %u threads", threads);
	}
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.work, NULL);
	pthread_cond_init(&r.ready, NULL);
	while (started + 1 < threads && pthread_create(&ids[started], NULL, worker, &r) == 0)
		started++;	/* fewer threads than asked for is slower, not wrong */
	st = feed(&r, budget_bytes, err);
	pthread_mutex_lock(&r.lock);
	r.stop = true;
	pthread_cond_broadcast(&r.work);
	pthread_mutex_unlock(&r.lock);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	pthread_cond_destroy(&r.work);
	pthread_cond_destroy(&r.ready);
	pthread_mutex_destroy(&r.lock);
	free(r.slots);
	free(ids);
	return st;
}
