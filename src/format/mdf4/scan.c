#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pmap.h"
#include "format/mdf4/chain.h"
#include "format/mdf4/demux.h"
#include "format/mdf4/seek.h"

/*
 * One pass over the data of every data group that has a wanted channel. Blocks are read and
 * unpacked by any thread (base/pmap), and cut into records by the caller's, in file order.
 */
#define CHUNK_BYTES (1u << 20)
#define SMALL_BYTES (4u << 20)		/* below this a second thread costs more than it gives */

struct item {
	struct mdf_piece piece, inval_piece;
	unsigned char *data, *inval;
	size_t len, inval_len;
	bool apart;		/* of a list whose invalidation bytes have their own blocks */
	bool lost;		/* bytes are missing before this one */
	enum spur_status status;
	struct spur_error why;
};

struct pass {
	struct spur_reader *r;
	struct mdf_chain chain;
	struct mdf_demux demux;
	struct mdf_piece rest;	/* of a plain block that is read in parts */
	bool lost;
	const struct mdf_seek *seek;	/* NULL: the chain to its end; else its parts [at, to) */
	size_t at, to;
	struct spur_task *task;
	uint64_t done;
};

static void cut(struct pass *p, struct item *it)
{
	it->piece = p->rest;
	if (p->rest.zip == MDF_ZIP_NONE && p->rest.packed > CHUNK_BYTES && it->inval_piece.packed == 0)
		it->piece.packed = CHUNK_BYTES;
	if (p->rest.zip == MDF_ZIP_NONE)
		it->piece.unpacked = it->piece.packed;
	p->rest.at += it->piece.packed;
	p->rest.packed -= it->piece.packed;
	if (p->rest.zip != MDF_ZIP_NONE)
		p->rest.packed = 0;
}

static enum spur_status next(void *state, void **out, uint64_t *cost, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it = spur_calloc(1, sizeof(*it));

	(void)err;
	it->inval_piece.zip = MDF_ZIP_NONE;
	if (p->seek != NULL && p->at == p->to) {
		free(it);
		return SPUR_END;
	}
	if (p->seek != NULL)
		p->rest = p->seek->parts[p->at++].piece;
	while (p->rest.packed == 0) {
		bool lost;

		if (mdf_chain_next(&p->chain, &p->rest, &it->inval_piece, &lost) != SPUR_OK) {
			free(it);
			return SPUR_END;
		}
		p->lost |= lost;
	}
	it->apart = p->chain.with_inval;
	it->lost = p->lost;
	p->lost = false;
	cut(p, it);
	*cost = it->piece.packed + 2 * it->piece.unpacked + it->inval_piece.unpacked;
	*out = it;
	return SPUR_OK;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it = item;

	(void)task;
	(void)err;
	it->status = mdf_unpack(p->r, &it->piece, &it->data, &it->len, &it->why);
	if (it->status == SPUR_OK && it->inval_piece.packed > 0)
		it->status = mdf_unpack(p->r, &it->inval_piece, &it->inval, &it->inval_len, &it->why);
	return SPUR_OK;	/* damage is for take(), which lists it in order */
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct pass *p = state;
	struct item *it = item;
	enum spur_status st = SPUR_OK;

	if (it->status == SPUR_ENOMEM) {
		if (err != NULL)
			*err = it->why;
		return it->status;
	}
	if (it->status < 0)
		mdf_damaged(p->r, it->piece.block_at, it->piece.packed, "%s", it->why.text);
	if (it->lost)
		st = mdf_demux_lost(&p->demux, UINT64_MAX);
	if (it->apart)
		mdf_demux_apart(&p->demux);
	if (st == SPUR_OK && it->len > 0)
		st = mdf_demux_feed(&p->demux, it->data, it->len, it->inval, it->inval_len, err);
	if (st == SPUR_OK && it->len < it->piece.unpacked)
		st = mdf_demux_lost(&p->demux, it->piece.unpacked - it->len);
	p->done += it->piece.packed;
	spur_task_progress(p->task, p->done, p->r->size);
	return st;
}

static void drop(void *state, void *item)
{
	struct item *it = item;

	(void)state;
	free(it->data);
	free(it->inval);
	free(it);
}

static unsigned threads_for(const struct spur_reader *r, const struct mdf_data_group *dg, const struct spur_scan *want)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < dg->group_count; i++) {
		const struct mdf_group *g = &r->groups[dg->first_group + i];

		bytes += g->cycles > UINT32_MAX ? UINT32_MAX : g->cycles * ((uint64_t)g->data_bytes + g->inval_bytes);
	}
	if ((r->unfinished & MDF_UNFIN_CG_CYCLES) != 0)
		bytes = r->size;
	return bytes < SMALL_BYTES ? 1 : want->threads != 0 ? want->threads : r->threads;
}

static enum spur_status scan_data_group(struct spur_reader *r, uint32_t index, const struct spur_scan *want,
					const struct spur_sink *sink, struct spur_task *task, uint64_t *done,
					struct spur_error *err)
{
	static const struct spur_pmap ops = { .next = next, .work = work, .take = take, .drop = drop };
	const struct mdf_data_group *dg = &r->data_groups[index];
	struct pass p = { .r = r, .task = task, .done = *done };
	struct spur_pmap map = ops;
	uint64_t budget = (want->mem_bytes == 0 ? r->mem_bytes : want->mem_bytes) / 4;
	enum spur_status st;

	map.state = &p;
	mdf_chain_begin_group(&p.chain, r, dg);
	st = mdf_demux_begin(&p.demux, r, index, want, sink, err);
	if (st == SPUR_OK && p.demux.table_count > 0)
		p.seek = mdf_seek_span(r, index, want->begin_ns, want->end_ns, &p.at, &p.to);
	if (p.seek != NULL)
		mdf_demux_seek(&p.demux, p.seek->parts[p.at].begin);
	if (st == SPUR_OK)
		st = spur_pmap_run(&map, threads_for(r, dg, want), budget, task, err);
	if (st == SPUR_OK)
		st = mdf_demux_finish(&p.demux, err);
	*done = p.done;
	if (st == SPUR_OK && p.demux.stopped)
		st = SPUR_END;
	mdf_demux_end(&p.demux);
	mdf_chain_end(&p.chain);
	return st;
}

enum spur_status mdf_scan(struct spur_reader *r, const struct spur_scan *want, const struct spur_sink *sink,
			  struct spur_task *task, struct spur_error *err)
{
	bool *wanted = spur_calloc(r->data_group_count, sizeof(*wanted));
	uint64_t done = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < want->signal_count && st == SPUR_OK; i++) {
		if (want->signals[i] >= r->channel_count)
			st = spur_fail(err, SPUR_EINVAL, "signal %" PRIu32 " of %zu", want->signals[i], r->channel_count);
		else
			wanted[r->groups[r->channels[want->signals[i]].group].data_group] = true;
	}
	for (uint32_t i = 0; i < r->data_group_count && st == SPUR_OK; i++) {
		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		else if (wanted[i])
			st = scan_data_group(r, i, want, sink, task, &done, err);
	}
	free(wanted);
	return st == SPUR_END ? SPUR_OK : st;
}
