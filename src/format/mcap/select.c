#include "config.h"

#include "format/mcap/scan_priv.h"

#include <stdlib.h>
#include <string.h>

/*
 * Any order in bounded memory: a pass over the pieces keeps copies of the first messages that
 * were not given yet, as many as fit into the budget, and gives them; then the next pass. For
 * messages by topic, and for chunks that overlap so much that they cannot all be held.
 */
struct kept {
	struct mcap_key key;
	struct spur_message m;	/* index is final */
	void *data;		/* owned copy */
};

struct selection {
	struct mcap_delivery *d;
	struct piece **pieces;
	size_t count, next;
	struct kept *heap;	/* the latest on top */
	size_t n, cap;
	uint64_t bytes;
	bool dropped;		/* something is left for another pass */
	bool begun;
	struct mcap_key last;	/* the last one given, if begun */
};

static uint64_t weight(const struct kept *k)
{
	return sizeof(*k) + 16 + k->m.size;
}

static bool is_full(const struct selection *s)
{
	return s->dropped && s->n > 0;
}

/* Nothing in the piece can come before what is kept, or it was all given. */
static bool prune(struct selection *s, const struct piece *p)
{
	if (s->d->rank != NULL)
		return false;
	if (s->begun && mcap_piece_high(s->d, p) < s->last.time)
		return true;
	if (is_full(s) && mcap_piece_low(s->d, p) > s->heap[0].key.time) {
		s->dropped = true;
		return true;
	}
	return false;
}

static enum spur_status next_piece(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct selection *s = state;
	struct mcap_loaded *l;

	(void)err;
	while (s->next < s->count && prune(s, s->pieces[s->next]))
		s->next++;
	if (s->next >= s->count)
		return SPUR_END;
	l = spur_calloc(1, sizeof(*l));
	l->piece = s->pieces[s->next++];
	*cost = mcap_piece_cost(l->piece);
	*item = l;
	return SPUR_OK;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct selection *s = state;
	struct mcap_loaded *l = item;

	(void)task;
	return mcap_piece_load(&s->d->want, l->piece, l, err);
}

static void drop_top(struct selection *s)
{
	struct kept last;
	size_t at = 0, kid;

	s->bytes -= weight(&s->heap[0]);
	s->dropped = true;
	free(s->heap[0].data);
	last = s->heap[--s->n];
	while ((kid = 2 * at + 1) < s->n) {
		if (kid + 1 < s->n && mcap_key_order(&s->heap[kid + 1].key, &s->heap[kid].key) > 0)
			kid++;
		if (mcap_key_order(&last.key, &s->heap[kid].key) >= 0)
			break;
		s->heap[at] = s->heap[kid];
		at = kid;
	}
	s->heap[at] = last;
}

static void keep(struct selection *s, const struct kept *k)
{
	size_t at;

	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 256 : s->cap * 2;
		s->heap = spur_realloc(s->heap, s->cap, sizeof(*s->heap));
	}
	at = s->n++;
	while (at > 0 && mcap_key_order(&k->key, &s->heap[(at - 1) / 2].key) > 0) {
		s->heap[at] = s->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	s->heap[at] = *k;
	s->bytes += weight(k);
	while (s->bytes > s->d->budget / 2 && s->n > 1)
		drop_top(s);
}

static enum spur_status consider(struct selection *s, const struct mcap_loaded *l, const struct spur_message *m,
				 struct spur_error *err)
{
	struct kept k = { .key = mcap_key_of(s->d, l->piece, m), .m = *m };

	if (s->begun && mcap_key_order(&k.key, &s->last) <= 0)
		return SPUR_OK;
	if (is_full(s) && mcap_key_order(&k.key, &s->heap[0].key) > 0)
		return SPUR_OK;
	k.data = spur_try_malloc(m->size == 0 ? 1 : m->size, s->d->want.limit);
	if (k.data == NULL)
		return spur_fail_byte(err, SPUR_ENOMEM, l->piece->offset, "no memory for a message of %zu bytes", m->size);
	if (m->size > 0)
		memcpy(k.data, m->data, m->size);
	k.m.data = k.data;
	k.m.index += l->piece->first_index;
	keep(s, &k);
	return SPUR_OK;
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct selection *s = state;
	struct mcap_loaded *l = item;
	enum spur_status st = SPUR_OK;

	mcap_piece_report(s->d->r, l);
	if (!s->begun)
		mcap_delivery_progress(s->d, l->piece);
	for (size_t i = 0; i < l->count && st >= 0; i++)
		st = consider(s, l, &l->messages[i], err);
	return st;
}

static void drop(void *state, void *item)
{
	(void)state;
	mcap_loaded_finish(item);
	free(item);
}

static int by_key(const void *a, const void *b)
{
	return mcap_key_order(&((const struct kept *)a)->key, &((const struct kept *)b)->key);
}

static enum spur_status give(struct selection *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (s->n > 1)
		qsort(s->heap, s->n, sizeof(*s->heap), by_key);
	for (size_t i = 0; i < s->n && st == SPUR_OK; i++)
		st = mcap_deliver_one(s->d, &s->heap[i].m, err);
	if (st == SPUR_OK)
		st = mcap_deliver_pending(s->d, err);
	if (s->n > 0)
		s->last = s->heap[s->n - 1].key;
	s->begun = true;
	return st;
}

static void forget(struct selection *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->heap[i].data);
	s->n = 0;
	s->bytes = 0;
}

enum spur_status mcap_select(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err)
{
	struct selection s = { .d = d, .pieces = pieces, .count = count };
	struct spur_pmap map = { &s, next_piece, work, take, drop };
	enum spur_status st;

	do {
		s.next = 0;
		s.dropped = false;
		st = spur_pmap_run(&map, d->threads, d->budget / 2, d->task, err);
		if (st == SPUR_OK)
			st = give(&s, err);
		forget(&s);
	} while (st == SPUR_OK && s.dropped);
	d->pending_count = 0;
	free(s.heap);
	return st;
}
