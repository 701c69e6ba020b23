#include "config.h"

#include "format/mcap/scan_priv.h"

#include <stdlib.h>
#include <string.h>

/*
 * Time order by merging: pieces are loaded ahead in order of their first time; the ones that
 * overlap wait in a heap by their next message. A message goes out once no piece that is
 * still to come can hold an earlier one. Where pieces do not overlap the heap has one entry
 * and whole pieces go out as they are.
 */
struct active {
	struct mcap_loaded *l;	/* owned */
	size_t at;
	struct mcap_key key;	/* of message at */
};

struct merge {
	struct mcap_delivery *d;
	struct piece **pieces;
	size_t count, next, taken;
	struct active *heap;
	size_t n, cap;
};

static enum spur_status next_piece(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct merge *m = state;
	struct mcap_loaded **slot;

	(void)err;
	if (m->next >= m->count)
		return SPUR_END;
	slot = spur_calloc(1, sizeof(*slot));	/* a slot, so that take() can keep what is in it */
	*slot = spur_calloc(1, sizeof(**slot));
	(*slot)->piece = m->pieces[m->next++];
	*cost = mcap_piece_cost((*slot)->piece);
	*item = slot;
	return SPUR_OK;
}

struct sortable {
	struct mcap_key key;
	size_t from;
};

static int by_key(const void *a, const void *b)
{
	return mcap_key_order(&((const struct sortable *)a)->key, &((const struct sortable *)b)->key);
}

/* Messages of a piece into the order that is wanted; most pieces have it already. */
static void sort(const struct mcap_delivery *d, struct mcap_loaded *l)
{
	struct spur_message *out;
	struct sortable *keys;
	bool sorted = !d->reverse;

	for (size_t i = 1; i < l->count && sorted; i++)
		sorted = l->messages[i - 1].log_time <= l->messages[i].log_time;
	if (sorted || l->count < 2)
		return;
	keys = spur_calloc(l->count, sizeof(*keys));
	out = spur_calloc(l->count, sizeof(*out));
	for (size_t i = 0; i < l->count; i++)
		keys[i] = (struct sortable){ mcap_key_of(d, l->piece, &l->messages[i]), i };
	qsort(keys, l->count, sizeof(*keys), by_key);
	for (size_t i = 0; i < l->count; i++)
		out[i] = l->messages[keys[i].from];
	free(keys);
	memcpy(l->messages, out, l->count * sizeof(*out));
	free(out);
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct merge *m = state;
	struct mcap_loaded *l = *(struct mcap_loaded **)item;
	enum spur_status st = mcap_piece_load(&m->d->want, l->piece, l, err);

	(void)task;
	if (st >= 0)
		sort(m->d, l);
	return st;
}

static void sink_down(struct merge *m, size_t at)
{
	struct active moved = m->heap[at];
	size_t kid;

	while ((kid = 2 * at + 1) < m->n) {
		if (kid + 1 < m->n && mcap_key_order(&m->heap[kid + 1].key, &m->heap[kid].key) < 0)
			kid++;
		if (mcap_key_order(&moved.key, &m->heap[kid].key) <= 0)
			break;
		m->heap[at] = m->heap[kid];
		at = kid;
	}
	m->heap[at] = moved;
}

static void push(struct merge *m, struct mcap_loaded *l)
{
	struct active a = { l, 0, mcap_key_of(m->d, l->piece, &l->messages[0]) };
	size_t at;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : m->cap * 2;
		m->heap = spur_realloc(m->heap, m->cap, sizeof(*m->heap));
	}
	at = m->n++;
	while (at > 0 && mcap_key_order(&a.key, &m->heap[(at - 1) / 2].key) < 0) {
		m->heap[at] = m->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	m->heap[at] = a;
}

static void release(struct mcap_loaded *l)
{
	mcap_loaded_finish(l);
	free(l);
}

/* Where messages are ordered by time alone: those before both `bound` and `other` go out whatever their keys are. */
static size_t run_by_time(const struct merge *m, const struct active *top, bool bounded, uint64_t bound,
			  const struct active *other)
{
	const struct spur_message *v = top->l->messages;
	uint64_t last = bounded ? bound : UINT64_MAX;
	size_t end = top->at + 1;

	if (m->d->reverse || m->d->rank != NULL)
		return end;
	if (other != NULL && other->key.time < last)
		last = other->key.time;
	while (end < top->l->count && v[end].log_time < last)
		end++;
	return end;
}

/* The run of the top piece that goes out before anything else: its end. */
static size_t run_end(const struct merge *m, bool bounded, uint64_t bound)
{
	const struct active *top = &m->heap[0], *other = NULL;
	size_t end;

	if (m->n > 1)
		other = m->n > 2 && mcap_key_order(&m->heap[2].key, &m->heap[1].key) < 0 ? &m->heap[2] : &m->heap[1];
	end = run_by_time(m, top, bounded, bound, other);
	while (end < top->l->count) {
		struct mcap_key k = mcap_key_of(m->d, top->l->piece, &top->l->messages[end]);

		if ((bounded && k.time >= bound) || (other != NULL && mcap_key_order(&other->key, &k) < 0))
			break;
		end++;
	}
	return end;
}

/* Long runs go out as they lie, short ones are gathered. */
static enum spur_status emit(struct merge *m, struct mcap_loaded *l, size_t from, size_t to, struct spur_error *err)
{
	uint64_t first = l->piece->first_index;
	enum spur_status st = SPUR_OK;

	if (to - from >= 64) {
		if ((st = mcap_deliver_pending(m->d, err)) != SPUR_OK)
			return st;
		for (size_t i = from; i < to; i++)
			l->messages[i].index += first;
		return mcap_deliver(m->d, l->messages + from, to - from, err);
	}
	for (size_t i = from; i < to && st == SPUR_OK; i++) {
		l->messages[i].index += first;
		st = mcap_deliver_one(m->d, &l->messages[i], err);
	}
	return st;
}

/* Everything whose key time is below the bound. */
static enum spur_status drain(struct merge *m, bool bounded, uint64_t bound, struct spur_error *err)
{
	enum spur_status st;

	while (m->n > 0 && (!bounded || m->heap[0].key.time < bound)) {
		struct active *top = &m->heap[0];
		size_t end = run_end(m, bounded, bound);

		if ((st = emit(m, top->l, top->at, end, err)) != SPUR_OK)
			return st;
		top->at = end;
		if (end < top->l->count) {
			top->key = mcap_key_of(m->d, top->l->piece, &top->l->messages[end]);
		} else {
			struct mcap_loaded *l = top->l;

			m->heap[0] = m->heap[--m->n];
			st = mcap_deliver_pending(m->d, err);	/* they point into what is freed now */
			release(l);
			if (st != SPUR_OK)
				return st;
		}
		if (m->n > 0)
			sink_down(m, 0);
	}
	return SPUR_OK;
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct merge *m = state;
	struct mcap_loaded **slot = item, *l = *slot;

	mcap_piece_report(m->d->r, l);
	mcap_delivery_progress(m->d, l->piece);
	m->taken++;
	if (m->d->running) {
		l->piece->first_index = m->d->index;
		m->d->index += mcap_piece_total(m->d->r, l);
	}
	if (l->count > 0) {
		*slot = NULL;
		push(m, l);
	}
	if (m->taken < m->count)
		return drain(m, true, mcap_piece_low(m->d, m->pieces[m->taken]), err);
	return drain(m, false, 0, err);
}

static void drop(void *state, void *item)
{
	struct mcap_loaded **slot = item;

	(void)state;
	if (*slot != NULL)
		release(*slot);
	free(slot);
}

enum spur_status mcap_merge(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err)
{
	struct merge m = { .d = d, .pieces = pieces, .count = count };
	struct spur_pmap map = { &m, next_piece, work, take, drop };
	enum spur_status st = spur_pmap_run(&map, d->threads, d->budget / 2, d->task, err);
	bool enough = st >= 0 && m.n > 0;	/* the sink stopped it: pmap says OK then */

	d->pending_count = 0;
	for (size_t i = 0; i < m.n; i++)
		release(m.heap[i].l);
	free(m.heap);
	if (st >= 0 && (enough || m.taken < count))
		return SPUR_END;
	return st;
}
