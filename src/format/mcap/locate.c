#include "config.h"

#include "format/mcap/reader_priv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "format/mcap/window.h"

/*
 * Where the messages of one stream lie. A chunk's Message Index record says it (MCAP "Message
 * Index", op 0x07); the chunk's entry in the summary says where that record is. Pieces without
 * such an index, or with one that cannot be believed, are opened.
 */
struct locating {
	struct spur_reader *r;
	uint32_t stream;
	struct spur_task *task;
	uint64_t limit;			/* places */
	struct spur_place *list;	/* owned */
	size_t count, cap;
	uint32_t *unindexed;		/* owned; pieces to open */
	size_t open_count, next;
	struct mcap_want want;
};

static enum spur_status add(struct locating *g, uint64_t log_time, uint64_t piece, uint64_t at, struct spur_error *err)
{
	if (g->count == g->limit)
		return spur_fail(err, SPUR_ENOMEM, "more than %zu messages of one stream; give more --mem", g->count);
	if (g->count == g->cap) {
		g->cap = g->cap == 0 ? 1024 : g->cap * 2;
		g->list = spur_realloc(g->list, g->cap, sizeof(*g->list));
	}
	g->list[g->count++] = (struct spur_place){ log_time, piece, at };
	return SPUR_OK;
}

static void open_later(struct locating *g, size_t piece)
{
	g->unindexed[g->open_count++] = (uint32_t)piece;
}

/* The Message Index record at `at`, which must lie within [begin, end). SPUR_END: it is not what it should be. */
static enum spur_status take_index(struct locating *g, struct mcap_window *w, size_t piece, uint16_t channel, uint64_t at,
				   struct spur_error *err)
{
	const struct piece *p = &g->r->pieces[piece];
	uint64_t begin = p->offset + p->length, end = begin + p->index_len, len;
	struct mcap_message_index in;
	enum spur_status st;
	size_t before = g->count;
	const char *bytes;

	if (at < begin || at > end || end - at < MCAP_HEAD_BYTES)
		return SPUR_END;
	if ((st = mcap_window_get(w, at, MCAP_HEAD_BYTES, &bytes, err)) != SPUR_OK)
		return st;
	len = spur_le64(bytes + 1);
	if (bytes[0] != MCAP_MESSAGE_INDEX || len > end - at - MCAP_HEAD_BYTES)
		return SPUR_END;
	if ((st = mcap_window_get(w, at + MCAP_HEAD_BYTES, len, &bytes, err)) != SPUR_OK)
		return st;
	if (!mcap_parse_message_index(bytes, (size_t)len, &in) || in.channel_id != channel || in.entries.len % 16 != 0)
		return SPUR_END;
	for (uint64_t i = 0; i < in.entries.len && st == SPUR_OK; i += 16) {
		uint64_t t = spur_le64(in.entries.data + i);

		if (t < p->start || t > p->end) {	/* one of the two lies: the chunk itself will tell */
			g->count = before;
			return SPUR_END;
		}
		st = add(g, t, piece, spur_le64(in.entries.data + i + 8), err);
	}
	return st;
}

static enum spur_status take_piece(struct locating *g, struct mcap_window *w, size_t piece, struct spur_error *err)
{
	const struct piece *p = &g->r->pieces[piece];
	enum spur_status st = SPUR_OK;
	size_t before = g->count;

	if (p->map == NULL || p->map_len % 10 != 0 || p->index_len == MCAP_UNKNOWN) {
		open_later(g, piece);
		return SPUR_OK;
	}
	for (uint32_t i = 0; i + 10 <= p->map_len && st == SPUR_OK; i += 10) {
		uint16_t channel = spur_le16(p->map + i);

		if (mcap_catalogue_stream(g->r->catalogue, p->segment, channel) == g->stream)
			st = take_index(g, w, piece, channel, spur_le64(p->map + i + 2), err);
	}
	if (st == SPUR_END) {
		g->count = before;
		open_later(g, piece);
	}
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status by_index(struct locating *g, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	struct mcap_window w;

	mcap_window_init(&w, g->r->range);
	for (size_t i = 0; i < g->r->piece_count && st >= 0; i++) {
		if (spur_task_cancelled(g->task))
			st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		else if (mcap_piece_wanted(&g->want, &g->r->pieces[i]))
			st = take_piece(g, &w, i, err);
	}
	mcap_window_finish(&w);
	return st;
}

/* ---- pieces without an index ---- */

static enum spur_status next_piece(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct locating *g = state;
	struct mcap_loaded *l;

	(void)err;
	if (g->next >= g->open_count)
		return SPUR_END;
	l = spur_calloc(1, sizeof(*l));
	l->piece = &g->r->pieces[g->unindexed[g->next++]];
	*cost = mcap_piece_cost(l->piece);
	*item = l;
	return SPUR_OK;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct locating *g = state;
	struct mcap_loaded *l = item;

	(void)task;
	return mcap_piece_load(&g->want, l->piece, l, err);
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct locating *g = state;
	struct mcap_loaded *l = item;
	uint64_t piece = (uint64_t)(l->piece - g->r->pieces);
	enum spur_status st = SPUR_OK;

	mcap_piece_report(g->r, l);
	for (size_t i = 0; i < l->count && st >= 0; i++) {
		size_t at = (size_t)((const char *)l->messages[i].data - l->records) - MCAP_MESSAGE_HEAD - MCAP_HEAD_BYTES;

		st = add(g, l->messages[i].log_time, piece, at, err);
	}
	spur_task_progress(g->task, g->next, g->open_count);
	return st;
}

static void drop(void *state, void *item)
{
	(void)state;
	mcap_loaded_finish(item);
	free(item);
}

static enum spur_status by_opening(struct locating *g, struct spur_error *err)
{
	struct spur_pmap map = { g, next_piece, work, take, drop };
	enum spur_status st;

	if (g->open_count == 0)
		return SPUR_OK;
	g->want.pool = mcap_pool_create(g->r->opts.mem_bytes / 4 < (64 << 20) ? g->r->opts.mem_bytes / 4 : 64 << 20);
	st = spur_pmap_run(&map, g->r->opts.threads, g->r->opts.mem_bytes, g->task, err);
	mcap_pool_destroy(g->want.pool);
	return st < 0 ? st : SPUR_OK;
}

/* ---- both ---- */

static int by_time(const void *a, const void *b)
{
	const struct spur_place *x = a, *y = b;

	if (x->log_time != y->log_time)
		return x->log_time < y->log_time ? -1 : 1;
	if (x->piece != y->piece)
		return x->piece < y->piece ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void sort(struct locating *g)
{
	bool sorted = true;

	for (size_t i = 1; i < g->count && sorted; i++)
		sorted = by_time(&g->list[i - 1], &g->list[i]) <= 0;
	if (!sorted)
		qsort(g->list, g->count, sizeof(*g->list), by_time);
}

enum spur_status mcap_locate(struct spur_reader *r, uint32_t stream, uint64_t mem_bytes, struct spur_place **out,
			     size_t *count, struct spur_task *task, struct spur_error *err)
{
	struct locating g = { .r = r, .stream = stream, .task = task, .limit = mem_bytes / sizeof(struct spur_place) / 2,
			      .want = { .reader = r, .last = UINT64_MAX } };
	uint64_t *set;
	enum spur_status st = SPUR_OK;

	*out = NULL;
	*count = 0;
	if (stream >= r->description.stream_count)
		return spur_fail(err, SPUR_EINVAL, "no stream %" PRIu32, stream);
	/* From here on the list of pieces stays as it is, and so do the places. */
	if (!r->laid_out && (st = mcap_layout_all(r, err)) < 0)
		return st;
	set = spur_calloc(r->description.stream_count / 64 + 1, sizeof(*set));
	set[stream / 64] |= UINT64_C(1) << (stream % 64);
	g.want.streams = set;
	g.want.limit = mcap_chunk_limit(r, r->opts.mem_bytes);
	g.unindexed = spur_calloc(r->piece_count, sizeof(*g.unindexed));
	if ((st = by_index(&g, err)) >= 0)
		st = by_opening(&g, err);
	free(g.unindexed);
	free(set);
	if (st < 0) {
		free(g.list);
		return st;
	}
	sort(&g);
	*out = g.list;
	*count = g.count;
	return SPUR_OK;
}
