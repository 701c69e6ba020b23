#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pmap.h"
#include "format/mdf4/chain.h"
#include "format/mdf4/demux.h"
#include "format/mdf4/map.h"
#include "format/mdf4/marks.h"
#include "format/mdf4/seek.h"

/*
 * One pass over the data of every data group that has a wanted channel. Blocks are read, unpacked and, where their
 * data are sorted and no value lies elsewhere, made into columns by any thread (base/pmap); everything else, and what
 * straddles their borders, is cut into records by the caller's, in file order. How the bytes are cut into pieces does
 * not depend on threads, and so neither do the batches.
 */
#define PIECE_BYTES (768u << 10)	/* of plain blocks: they and their columns stay in the second cache */
#define APART_BYTES (32u << 10)		/* smaller blocks are gathered into batches in file order */
#define APART_MAX (16u << 20)		/* columns of a piece that wait together; what makes more goes out bit by bit */
#define SMALL_BYTES (1u << 20)		/* below this a second thread costs more than it gives */

/* A data group under way. */
struct group_pass {
	struct mdf_chain chain;
	struct mdf_demux demux;
	struct mdf_piece rest;		/* of a plain block that is read in parts */
	bool lost, done;
	const struct mdf_seek *seek;	/* NULL: the chain to its end; else its parts [at, to) */
	size_t at, to;
	uint64_t begin;			/* bytes of data before the next piece */
	bool apart;			/* its rows may be made by any thread */
	size_t row_bytes;		/* of the columns of a record */
	struct spur_scan want;		/* the signals of this data group alone */
	uint32_t index;
	struct mdf_marks *marks;	/* unsorted, and worth it */
	struct group_pass *next;
};

struct item {
	struct group_pass *g;
	struct mdf_piece piece, inval_piece;
	uint64_t begin;
	struct mdf_buffers buffers;
	const unsigned char *data;
	unsigned char *inval;
	size_t len, inval_len;
	bool empty;		/* a data group without a block */
	bool split;		/* of a list whose invalidation bytes have their own blocks */
	bool lost;		/* bytes are missing before this one */
	bool turned, made;	/* columns as they were packed; batches hold the rows */
	struct mdf_cut_rows cut;
	struct spur_columns **batches;
	size_t batch_count, batch_cap;
	enum spur_status status;
	struct spur_error why;
};

struct pass {
	struct spur_reader *r;
	const struct spur_scan *want;
	const struct spur_sink *sink;
	const uint32_t *first, *signals;	/* wanted signals of data group i: signals[first[i]] up to first[i + 1], in order */
	uint32_t next_group;
	struct group_pass *groups, **groups_end, *reading;
	struct spur_task *task;
	uint64_t done;
	bool stopped;
	pthread_mutex_t lock;
	/* under lock: buffers that wait for their next use, and tables of the threads */
	struct mdf_buffers *spare;
	size_t spare_count, spare_cap;
	struct twin {
		struct mdf_table *table;
		struct spur_sink sink;
		struct item *item;
		struct group_pass *g;
		struct twin *next;
	} *twins;
};

/* Bytes of a data group, as far as its groups say. */
static uint64_t bytes_of(const struct spur_reader *r, const struct mdf_data_group *dg)
{
	uint64_t bytes = 0;

	if ((r->unfinished & MDF_UNFIN_CG_CYCLES) != 0)
		return r->size;
	for (uint32_t i = 0; i < dg->group_count; i++) {
		const struct mdf_group *g = &r->groups[dg->first_group + i];

		bytes += (g->cycles > UINT32_MAX ? UINT32_MAX : g->cycles) * ((uint64_t)g->data_bytes + g->inval_bytes);
	}
	return bytes;
}

/* ---- the pieces, in file order ---- */

static size_t row_bytes_of(const struct mdf_table *t)
{
	size_t n = (t->has_time ? 8 : 0) + (t->has_master ? 8 : 0);

	for (size_t i = 0; i < t->count; i++)
		n += spur_type_is_number(t->columns[i].type) ? spur_type_size(t->columns[i].type) : t->columns[i].c->bits / 8 + 16u;
	return n;
}

/* Unsorted data of some size: begin at the last mark before the span, and leave marks on the way. */
static void use_marks(struct pass *p, struct group_pass *g)
{
	const struct mdf_seek *parts;
	size_t mark;

	if (bytes_of(p->r, &p->r->data_groups[g->index]) < MARKS_LEAST_BYTES)
		return;
	parts = mdf_seek_parts(p->r, g->index);
	if ((g->marks = mdf_marks_of(p->r, g->index, parts)) == NULL)
		return;
	mdf_demux_want_times(&g->demux);
	if ((mark = mdf_marks_before(g->marks, &g->demux, p->want->begin_ns)) == SIZE_MAX)
		return;
	g->seek = parts;
	g->at = mdf_marks_begin(g->marks, mark, &g->demux, parts);
	g->to = parts->count;
	g->begin = parts->parts[g->at].begin;
}

static enum spur_status begin_group(struct pass *p, uint32_t index, struct spur_error *err)
{
	struct group_pass *g = spur_calloc(1, sizeof(*g));
	enum spur_status st;

	*p->groups_end = g;
	p->groups_end = &g->next;
	mdf_chain_begin_group(&g->chain, p->r, &p->r->data_groups[index]);
	g->want = *p->want;
	g->want.signals = p->signals + p->first[index];
	g->want.signal_count = p->first[index + 1] - p->first[index];
	if ((st = mdf_demux_begin(&g->demux, p->r, index, &g->want, p->sink, err)) < 0)
		return st;
	if (g->demux.table_count > 0)
		g->seek = mdf_seek_span(p->r, index, p->want->begin_ns, p->want->end_ns, &g->at, &g->to);
	if (g->seek != NULL)
		mdf_demux_seek(&g->demux, g->begin = g->seek->parts[g->at].begin);
	g->index = index;
	if (g->demux.table_count > 0 && p->r->data_groups[index].id_bytes != 0 && p->r->tap_state == NULL)
		use_marks(p, g);
	g->apart = mdf_demux_is_apart(&g->demux);
	g->row_bytes = g->demux.table_count > 0 ? row_bytes_of(&g->demux.tables[0]) : 0;
	p->reading = g;
	return SPUR_OK;
}

/* The next block of the group, or the next of its parts; false: no more. */
static bool next_block(struct group_pass *g, struct item *it)
{
	if (g->seek != NULL && g->rest.packed == 0) {
		if (g->at == g->to)
			return false;
		g->rest = g->seek->parts[g->at++].piece;
	}
	while (g->rest.packed == 0) {
		bool lost;

		if (mdf_chain_next(&g->chain, &g->rest, &it->inval_piece, &lost) != SPUR_OK)
			return false;
		g->lost |= lost;
	}
	return true;
}

/* Plain blocks are read in parts, which end with a record where they can. */
static void cut(struct group_pass *g, struct item *it)
{
	uint64_t n = PIECE_BYTES, record = g->demux.table_count > 0 ? g->demux.tables[0].record_bytes : 0, over;

	it->piece = g->rest;
	if (g->rest.zip == MDF_ZIP_NONE && g->rest.packed > PIECE_BYTES && it->inval_piece.packed == 0) {
		over = g->apart ? (g->begin + n) % record : 0;
		it->piece.packed = over < n ? n - over : n;
	}
	if (g->rest.zip == MDF_ZIP_NONE)
		it->piece.unpacked = it->piece.packed;
	g->rest.at += it->piece.packed;
	g->rest.packed -= it->piece.packed;
	if (g->rest.zip != MDF_ZIP_NONE)
		g->rest.packed = 0;
	it->begin = g->begin;
	g->begin += it->piece.unpacked;
}

/* Bytes that the columns of the piece take. */
static uint64_t columns_cost(const struct group_pass *g, const struct item *it)
{
	return g->apart ? it->piece.unpacked / g->demux.tables[0].record_bytes * g->row_bytes : 0;
}

static enum spur_status next_group(struct pass *p, struct spur_error *err)
{
	while (p->next_group < p->r->data_group_count && p->first[p->next_group] == p->first[p->next_group + 1])
		p->next_group++;
	return p->next_group == p->r->data_group_count ? SPUR_END : begin_group(p, p->next_group++, err);
}

static enum spur_status next(void *state, void **out, uint64_t *cost, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it;
	enum spur_status st;

	if (p->reading == NULL && (st = next_group(p, err)) != SPUR_OK)
		return st;
	it = spur_calloc(1, sizeof(*it));
	it->g = p->reading;
	it->inval_piece.zip = MDF_ZIP_NONE;
	if (it->g->done || !next_block(it->g, it)) {
		it->empty = true;
		it->lost = it->g->lost;	/* bytes at the end */
		p->reading = NULL;
	} else {
		it->split = it->g->chain.with_inval;
		it->lost = it->g->lost;
		cut(it->g, it);
	}
	it->g->lost = false;
	*cost = it->piece.packed + 2 * it->piece.unpacked + it->inval_piece.unpacked + columns_cost(it->g, it);
	*out = it;
	return SPUR_OK;
}

/* ---- unpacking and making columns: any thread ---- */

static struct mdf_buffers take_buffers(struct pass *p)
{
	struct mdf_buffers b = { { 0 }, { 0 }, { 0 } };

	pthread_mutex_lock(&p->lock);
	if (p->spare_count > 0)
		b = p->spare[--p->spare_count];
	pthread_mutex_unlock(&p->lock);
	return b;
}

static void give_buffers(struct pass *p, struct mdf_buffers *b)
{
	uint64_t size = (uint64_t)b->packed.cap + b->unpacked.cap + b->rows.cap;

	if (size == 0)
		return;
	pthread_mutex_lock(&p->lock);
	if (size <= APART_MAX && p->spare_count < 4) {
		mdf_grow((void **)&p->spare, sizeof(*p->spare), p->spare_count, &p->spare_cap);
		p->spare[p->spare_count++] = *b;
		*b = (struct mdf_buffers){ { 0 }, { 0 }, { 0 } };
	}
	pthread_mutex_unlock(&p->lock);
	mdf_buffers_finish(b);
}

static enum spur_status keep_batch(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				   struct spur_error *err)
{
	struct item *it = ((struct twin *)state)->item;

	(void)group;
	(void)ids;
	(void)err;
	mdf_grow((void **)&it->batches, sizeof(struct spur_columns *), it->batch_count, &it->batch_cap);
	it->batches[it->batch_count++] = spur_columns_ref(rows);
	return SPUR_OK;
}

static struct twin *take_twin(struct pass *p, struct item *it)
{
	struct twin **at, *t;

	pthread_mutex_lock(&p->lock);
	for (at = &p->twins; *at != NULL && (*at)->g != it->g; at = &(*at)->next)
		;
	if ((t = *at) != NULL)
		*at = t->next;
	pthread_mutex_unlock(&p->lock);
	if (t == NULL) {
		t = spur_calloc(1, sizeof(*t));
		t->g = it->g;
		t->sink = (struct spur_sink){ .state = t, .columns = keep_batch };
		t->table = mdf_table_twin(&it->g->demux.tables[0], &t->sink);
	}
	t->item = it;
	return t;
}

static void give_twin(struct pass *p, struct twin *t)
{
	pthread_mutex_lock(&p->lock);
	t->next = p->twins;
	p->twins = t;
	pthread_mutex_unlock(&p->lock);
}

static void make_rows(struct pass *p, struct item *it)
{
	size_t turned = it->turned ? (size_t)(it->piece.unpacked / it->piece.row_bytes) : 0;
	struct twin *t = take_twin(p, it);
	struct spur_error err;

	it->cut = mdf_demux_cut(&it->g->demux, it->data, it->len, it->begin, turned);
	it->made = mdf_table_rows(t->table, &it->cut.rows, &err) >= 0 && mdf_table_publish(t->table, &err) >= 0;
	give_twin(p, t);
}

/* Transposed by its own records, and beginning on one. */
static bool stays_turned(const struct item *it)
{
	const struct mdf_demux *d = &it->g->demux;

	return mdf_zip_is_transposed(it->piece.zip) && it->piece.row_bytes == d->tables[0].record_bytes &&
	       it->begin % it->piece.row_bytes == 0 && it->piece.unpacked >= it->piece.row_bytes;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it = item;
	bool apart = it->g->apart && it->piece.unpacked >= APART_BYTES && columns_cost(it->g, it) <= APART_MAX &&
		     !it->split && !it->empty;

	(void)task;
	(void)err;
	if (it->empty)
		return SPUR_OK;
	it->buffers = take_buffers(p);
	it->turned = apart && stays_turned(it);
	it->status = mdf_unpack_into(p->r, &it->piece, it->turned, &it->buffers, &it->data, &it->len, &it->why);
	if (it->status == SPUR_OK && it->inval_piece.packed > 0)
		it->status = mdf_unpack(p->r, &it->inval_piece, &it->inval, &it->inval_len, &it->why);
	if (it->status == SPUR_OK && apart)
		make_rows(p, it);
	return SPUR_OK;	/* damage is for take(), which lists it in order */
}

/* ---- taking, in file order ---- */

static enum spur_status finish_group(struct pass *p, struct group_pass *g, struct spur_error *err)
{
	enum spur_status st = mdf_demux_finish(&g->demux, err);

	mdf_marks_keep(p->r, g->index, g->marks);

	p->stopped |= g->demux.stopped;
	return st == SPUR_OK && p->stopped ? SPUR_END : st;
}

/* Bytes as they lie, or the batches of their rows and what is left at both ends. */
static enum spur_status feed(struct item *it, struct spur_error *err)
{
	struct mdf_demux *d = &it->g->demux;
	size_t rows = it->cut.records * (it->made ? d->tables[0].record_bytes : 0), behind = it->cut.head + rows;
	enum spur_status st;

	if (!it->made)
		return mdf_demux_feed(d, it->data, it->len, it->inval, it->inval_len, err);
	st = mdf_demux_feed(d, it->data, it->cut.head, NULL, 0, err);
	if (st == SPUR_OK && rows > 0)
		st = mdf_demux_deliver(d, &it->cut, it->batches, it->batch_count, err);
	if (st == SPUR_OK)
		st = mdf_demux_feed(d, it->data + behind, it->len - behind, NULL, 0, err);
	return st;
}

/* Marks are of data that are whole up to here. */
static void mark(struct item *it)
{
	struct mdf_marks *m = it->g->marks;

	m->refused |= it->status < 0 || it->lost || it->len < it->piece.unpacked;
	mdf_marks_note(m, &it->g->demux);
}

static enum spur_status take_piece(struct pass *p, struct item *it, struct spur_error *err)
{
	struct mdf_demux *d = &it->g->demux;
	enum spur_status st = SPUR_OK;

	if (it->status == SPUR_ENOMEM) {
		if (err != NULL)
			*err = it->why;
		return it->status;
	}
	if (it->status < 0)
		mdf_damaged(p->r, it->piece.block_at, it->piece.packed, "%s", it->why.text);
	if (it->lost)
		st = mdf_demux_lost(d, UINT64_MAX);
	if (it->split)
		mdf_demux_apart(d);
	if (st == SPUR_OK && it->len > 0)
		st = feed(it, err);
	if (it->g->marks != NULL)
		mark(it);
	if (st == SPUR_OK && it->len < it->piece.unpacked)
		st = mdf_demux_lost(d, it->piece.unpacked - it->len);
	return st;
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it = item;
	enum spur_status st = SPUR_OK;

	if (it->empty)
		return finish_group(p, it->g, err);
	if (!it->g->done)
		st = take_piece(p, it, err);
	p->done += it->piece.packed;
	spur_task_progress(p->task, p->done, p->r->size);
	if (st != SPUR_END)
		return st;
	it->g->done = true;	/* of this group; of all of them when the sink has enough */
	p->stopped |= it->g->demux.stopped;
	return p->stopped ? SPUR_END : SPUR_OK;
}

static void drop(void *state, void *item)
{
	struct item *it = item;

	give_buffers(state, &it->buffers);
	for (size_t i = 0; i < it->batch_count; i++)
		spur_columns_unref(it->batches[i]);
	free(it->batches);
	free(it->inval);
	free(it);
}

/* ---- the whole ---- */

static unsigned threads_for(const struct spur_reader *r, const uint32_t *first, const struct spur_scan *want)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < r->data_group_count && bytes < SMALL_BYTES; i++)
		bytes += first[i] == first[i + 1] ? 0 : bytes_of(r, &r->data_groups[i]);
	return bytes < SMALL_BYTES ? 1 : want->threads != 0 ? want->threads : r->threads;
}

static void end_pass(struct pass *p)
{
	for (struct twin *t = p->twins, *after; t != NULL; t = after) {
		after = t->next;
		mdf_table_twin_destroy(t->table);
		free(t);
	}
	for (struct group_pass *g = p->groups, *after; g != NULL; g = after) {
		after = g->next;
		mdf_demux_end(&g->demux);
		mdf_chain_end(&g->chain);
		free(g);
	}
	for (size_t i = 0; i < p->spare_count; i++)
		mdf_buffers_finish(&p->spare[i]);
	free(p->spare);
	pthread_mutex_destroy(&p->lock);
}

static enum spur_status run_pass(struct spur_reader *r, struct pass *p, struct spur_error *err)
{
	struct spur_pmap map = { .state = p, .next = next, .work = work, .take = take, .drop = drop };
	uint64_t budget = (p->want->mem_bytes == 0 ? r->mem_bytes : p->want->mem_bytes) / 4;
	enum spur_status st;

	p->groups_end = &p->groups;
	pthread_mutex_init(&p->lock, NULL);
	st = spur_pmap_run(&map, threads_for(r, p->first, p->want), budget, p->task, err);
	end_pass(p);
	return st;
}

/* The wanted signals by data group, each in the order asked for. */
static enum spur_status sort_wanted(const struct spur_reader *r, const struct spur_scan *want, uint32_t *first, uint32_t *signals,
				    struct spur_error *err)
{
	for (size_t i = 0; i < want->signal_count; i++) {
		if (want->signals[i] >= r->channel_count)
			return spur_fail(err, SPUR_EINVAL, "signal %" PRIu32 " of %zu", want->signals[i], r->channel_count);
		first[r->groups[r->channels[want->signals[i]].group].data_group + 2]++;
	}
	for (size_t i = 2; i < r->data_group_count + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < want->signal_count; i++)	/* first[k + 1] moves from the start of k to its end */
		signals[first[r->groups[r->channels[want->signals[i]].group].data_group + 1]++] = want->signals[i];
	return SPUR_OK;
}

enum spur_status mdf_scan(struct spur_reader *r, const struct spur_scan *want, const struct spur_sink *sink,
			  struct spur_task *task, struct spur_error *err)
{
	uint32_t *first = spur_calloc(r->data_group_count + 2, sizeof(*first));
	uint32_t *signals = spur_calloc(want->signal_count + 1, sizeof(*signals));
	struct pass p = { .r = r, .want = want, .sink = sink, .first = first, .signals = signals, .task = task };
	size_t damage = r->d.damage_count;
	enum spur_status st = sort_wanted(r, want, first, signals, err);

	mdf_map_reserve(r->convs, want->signal_count < r->channel_count ? want->signal_count : r->channel_count);
	if (st == SPUR_OK)
		st = run_pass(r, &p, err);
	mdf_damage_in_order(r, damage);
	free(first);
	free(signals);
	return st == SPUR_END ? SPUR_OK : st;
}
