#include "config.h"

#include "format/mcap/scan_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum spur_status mcap_deliver(struct mcap_delivery *d, struct spur_message *messages, size_t count, struct spur_error *err)
{
	struct spur_batch batch = { count, messages };
	size_t kept = 0;

	if (d->limit != 0) {
		for (size_t i = 0; i < count; i++) {
			uint64_t *given = &d->given[messages[i].stream];

			if (*given >= d->limit)
				continue;
			messages[kept++] = messages[i];
			if (++*given == d->limit)
				d->open_streams--;
		}
		batch.count = kept;
	}
	if (batch.count > 0) {
		enum spur_status st = d->sink->messages(d->sink->state, &batch, err);

		if (st != SPUR_OK)
			return st;
	}
	return d->limit != 0 && d->open_streams == 0 ? SPUR_END : SPUR_OK;
}

enum spur_status mcap_deliver_pending(struct mcap_delivery *d, struct spur_error *err)
{
	size_t n = d->pending_count;

	d->pending_count = 0;
	return n == 0 ? SPUR_OK : mcap_deliver(d, d->pending, n, err);
}

enum spur_status mcap_deliver_one(struct mcap_delivery *d, const struct spur_message *m, struct spur_error *err)
{
	if (d->pending == NULL)
		d->pending = spur_calloc(MCAP_PENDING, sizeof(*d->pending));
	d->pending[d->pending_count++] = *m;
	return d->pending_count == MCAP_PENDING ? mcap_deliver_pending(d, err) : SPUR_OK;
}

void mcap_delivery_progress(struct mcap_delivery *d, const struct piece *p)
{
	d->done_bytes += p->length;
	spur_task_progress(d->task, d->done_bytes < d->total_bytes ? d->done_bytes : d->total_bytes, d->total_bytes);
}

struct mcap_key mcap_key_of(const struct mcap_delivery *d, const struct piece *p, const struct spur_message *m)
{
	struct mcap_key k = { d->rank == NULL ? 0 : d->rank[m->stream], m->log_time, (uint64_t)(p - d->r->pieces), m->index };

	if (d->reverse) {
		k.time = ~k.time;
		k.piece = ~k.piece;
		k.at = ~k.at;
	}
	return k;
}

/* As they lie in the file. */
struct file_scan {
	struct mcap_delivery *d;
	struct piece **pieces;
	size_t count, next;
	uint64_t index;		/* of the next message, while nothing was skipped */
};

static enum spur_status next_piece(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct file_scan *s = state;
	struct mcap_loaded *l;

	(void)err;
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
	const struct file_scan *s = state;
	struct mcap_loaded *l = item;

	(void)task;
	return mcap_piece_load(&s->d->want, l->piece, l, err);
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct file_scan *s = state;
	struct mcap_loaded *l = item;
	bool known = (size_t)(l->piece - s->d->r->pieces) < s->d->r->counted;
	uint64_t first = known ? l->piece->first_index : s->index;

	mcap_piece_report(s->d->r, l);
	mcap_delivery_progress(s->d, l->piece);
	s->index += mcap_piece_total(s->d->r, l);
	for (size_t i = 0; i < l->count; i++)
		l->messages[i].index += first;
	return mcap_deliver(s->d, l->messages, l->count, err);
}

static void drop(void *state, void *item)
{
	(void)state;
	mcap_loaded_finish(item);
	free(item);
}

static enum spur_status in_file_order(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err)
{
	struct file_scan s = { .d = d, .pieces = pieces, .count = count };
	struct spur_pmap map = { &s, next_piece, work, take, drop };

	return spur_pmap_run(&map, d->threads, d->budget, d->task, err);
}

static int by_low(const void *a, const void *b)
{
	const struct piece *x = *(struct piece *const *)a, *y = *(struct piece *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int by_high_down(const void *a, const void *b)
{
	const struct piece *x = *(struct piece *const *)a, *y = *(struct piece *const *)b;

	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->offset > y->offset ? -1 : x->offset < y->offset;
}

static int by_high_of(const struct mcap_delivery *d, const struct piece *x, const struct piece *y)
{
	uint64_t a = mcap_piece_high(d, x), b = mcap_piece_high(d, y);

	return a < b ? -1 : a > b;
}

/* The most bytes of pieces alive at once when they are merged in this order: each from its low to its
 * high. A heap by high keeps the ones that are alive. */
static uint64_t overlap(const struct mcap_delivery *d, struct piece **pieces, size_t count)
{
	struct piece **heap = spur_calloc(count, sizeof(struct piece *));
	uint64_t bytes = 0, most = 0;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		while (n > 0 && mcap_piece_high(d, heap[0]) < mcap_piece_low(d, pieces[i])) {
			struct piece *last = heap[--n];
			size_t at = 0, kid;

			bytes -= mcap_piece_cost(heap[0]);
			while ((kid = 2 * at + 1) < n) {
				if (kid + 1 < n && by_high_of(d, heap[kid + 1], heap[kid]) < 0)
					kid++;
				if (by_high_of(d, last, heap[kid]) <= 0)
					break;
				heap[at] = heap[kid];
				at = kid;
			}
			heap[at] = last;
		}
		size_t at = n++;

		while (at > 0 && by_high_of(d, pieces[i], heap[(at - 1) / 2]) < 0) {
			heap[at] = heap[(at - 1) / 2];
			at = (at - 1) / 2;
		}
		heap[at] = pieces[i];
		bytes += mcap_piece_cost(pieces[i]);
		most = bytes > most ? bytes : most;
	}
	free(heap);
	return most;
}

/* Pieces from first on that hang together in time; everything behind them is later. */
static size_t cluster(const struct mcap_delivery *d, struct piece **pieces, size_t first, size_t count)
{
	uint64_t high = mcap_piece_high(d, pieces[first]);
	size_t end = first + 1;

	while (end < count && mcap_piece_low(d, pieces[end]) <= high) {
		uint64_t h = mcap_piece_high(d, pieces[end++]);

		high = h > high ? h : high;
	}
	return end;
}

/* The first index of every piece, before pieces are taken in another order than that of the file. */
static enum spur_status count_first(struct mcap_delivery *d, struct spur_error *err)
{
	d->running = false;
	return mcap_count_pieces(d->r, d->r->piece_count, d->task, err);
}

/* Clusters that fit into memory are merged, as many as possible in one go; the others are selected from. */
static enum spur_status in_time_order(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	size_t begin = 0, at = 0;

	if (count > 1)
		qsort(pieces, count, sizeof(*pieces), d->reverse ? by_high_down : by_low);
	d->running = d->r->counted < d->r->piece_count;
	for (size_t i = 0; i < count && d->running; i++)
		d->running = pieces[i] == &d->r->pieces[i];
	if (!d->running && (st = count_first(d, err)) < 0)
		return st;
	while (at < count && st == SPUR_OK) {
		size_t end = cluster(d, pieces, at, count);

		if (overlap(d, pieces + at, end - at) > d->budget / 2 && end - at > 1) {
			if (begin < at)
				st = mcap_merge(d, pieces + begin, at - begin, err);
			if (st == SPUR_OK)
				st = count_first(d, err);
			if (st == SPUR_OK)
				st = mcap_select(d, pieces + at, end - at, err);
			begin = end;
		}
		at = end;
	}
	if (st == SPUR_OK && begin < count)
		st = mcap_merge(d, pieces + begin, count - begin, err);
	return st;
}

static int by_topic(const void *a, const void *b)
{
	const struct spur_stream *x = *(const struct spur_stream *const *)a, *y = *(const struct spur_stream *const *)b;
	int order = strcmp(x->topic, y->topic);

	return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* Streams of one topic have one rank. The caller frees. */
static uint32_t *topic_ranks(const struct spur_description *desc)
{
	const struct spur_stream **sorted = spur_calloc(desc->stream_count, sizeof(*sorted));
	uint32_t *rank = spur_calloc(desc->stream_count, sizeof(*rank)), r = 0;

	for (size_t i = 0; i < desc->stream_count; i++)
		sorted[i] = &desc->streams[i];
	if (desc->stream_count > 1)
		qsort(sorted, desc->stream_count, sizeof(*sorted), by_topic);
	for (size_t i = 0; i < desc->stream_count; i++) {
		if (i > 0 && strcmp(sorted[i - 1]->topic, sorted[i]->topic) != 0)
			r++;
		rank[sorted[i]->index] = r;
	}
	free(sorted);
	return rank;
}

static void set_times(struct mcap_want *w, const struct spur_scan *scan)
{
	w->begin = scan->begin_ns < 0 ? 0 : (uint64_t)scan->begin_ns;
	w->last = UINT64_MAX;
	if (scan->end_ns == SPUR_NS_MAX)
		return;		/* no bound: every stamp, also those a spur_ns cannot hold */
	if (scan->end_ns <= 0 || scan->end_ns <= scan->begin_ns)
		w->nothing = true;
	else
		w->last = (uint64_t)scan->end_ns - 1;
}

static enum spur_status set_streams(struct mcap_delivery *d, const struct spur_scan *scan, uint64_t **set, struct spur_error *err)
{
	size_t n = d->r->description.stream_count;

	*set = NULL;
	d->open_streams = n;
	if (scan->all_streams)
		return SPUR_OK;
	*set = spur_calloc(n / 64 + 1, sizeof(**set));
	d->open_streams = 0;
	for (size_t i = 0; i < scan->stream_count; i++) {
		uint32_t s = scan->streams[i];

		if (s >= n)
			return spur_fail(err, SPUR_EINVAL, "no stream %" PRIu32, s);
		d->open_streams += ((*set)[s / 64] >> (s % 64) & 1) == 0;
		(*set)[s / 64] |= UINT64_C(1) << (s % 64);
	}
	d->want.streams = *set;
	if (d->open_streams == 0)
		d->want.nothing = true;
	return SPUR_OK;
}

static struct piece **wanted_pieces(struct mcap_delivery *d, size_t *count)
{
	struct piece **out = spur_calloc(d->r->piece_count, sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < d->r->piece_count; i++) {
		if (mcap_piece_wanted(&d->want, &d->r->pieces[i])) {
			out[n++] = &d->r->pieces[i];
			d->total_bytes += d->r->pieces[i].length;
		}
	}
	*count = n;
	return out;
}

static bool needs_counts(const struct spur_reader *r, const struct spur_scan *scan, struct piece **pieces, size_t count)
{
	if (scan->order == SPUR_ORDER_FILE)	/* skipping only behind the last wanted piece does no harm */
		return count > 0 && (size_t)(pieces[count - 1] - r->pieces) != count - 1;
	return scan->order == SPUR_ORDER_TOPIC && count > 0;	/* time order sees for itself */
}

static enum spur_status run(struct mcap_delivery *d, const struct spur_scan *scan, struct spur_error *err)
{
	struct piece **pieces;
	enum spur_status st = SPUR_OK;
	size_t count;

	if (!d->r->laid_out && (st = mcap_layout_all(d->r, err)) < 0)
		return st;
	pieces = wanted_pieces(d, &count);
	if (needs_counts(d->r, scan, pieces, count))
		st = mcap_count_pieces(d->r, (size_t)(pieces[count - 1] - d->r->pieces) + 1, d->task, err);
	if (st >= 0 && scan->order == SPUR_ORDER_FILE)
		st = in_file_order(d, pieces, count, err);
	else if (st >= 0 && scan->order == SPUR_ORDER_TOPIC)
		st = mcap_select(d, pieces, count, err);
	else if (st >= 0)
		st = in_time_order(d, pieces, count, err);
	if (st >= 0)
		spur_task_progress(d->task, d->total_bytes, d->total_bytes);
	free(pieces);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status mcap_scan(struct spur_reader *r, const struct spur_scan *scan, const struct spur_sink *sink,
			   struct spur_task *task, struct spur_error *err)
{
	struct mcap_delivery d = {
		.r = r, .sink = sink, .task = task, .threads = scan->threads != 0 ? scan->threads : r->opts.threads,
		.budget = scan->mem_bytes != 0 ? scan->mem_bytes : r->opts.mem_bytes,
		.reverse = scan->order == SPUR_ORDER_REVERSE, .limit = scan->per_stream_limit,
		.want = { .reader = r },
	};
	uint32_t *rank = NULL;
	uint64_t *set;
	enum spur_status st;

	d.want.limit = mcap_chunk_limit(r, d.budget);
	d.want.pool = mcap_pool_create(d.budget / 4 < (64 << 20) ? d.budget / 4 : 64 << 20);
	set_times(&d.want, scan);
	st = set_streams(&d, scan, &set, err);
	if (st >= 0 && !d.want.nothing) {
		if (d.limit != 0)
			d.given = spur_calloc(r->description.stream_count, sizeof(*d.given));
		if (scan->order == SPUR_ORDER_TOPIC)
			d.rank = rank = topic_ranks(&r->description);
		st = run(&d, scan, err);
	}
	free(set);
	free(rank);
	mcap_pool_destroy(d.want.pool);
	free(d.given);
	free(d.pending);
	return st;
}
