#include "config.h"

#include "format/mcap/reader_priv.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "format/mcap/window.h"

/*
 * Every piece is opened once, in parallel, to learn what no index says: which channels there
 * are, how many messages, from when to when. Only for files whose summary is missing,
 * damaged or incomplete.
 */
struct survey {
	struct spur_reader *r;
	struct mcap_want want;
	size_t next, upto;		/* the next piece; count_pieces: one past the last */
	bool bad;		/* some piece could not be believed */
};

static enum spur_status next_piece(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct survey *s = state;
	struct mcap_loaded *l;

	(void)err;
	if (s->next >= s->r->piece_count)
		return SPUR_END;
	l = spur_calloc(1, sizeof(*l));
	l->piece = &s->r->pieces[s->next++];
	*cost = mcap_piece_cost(l->piece);
	*item = l;
	return SPUR_OK;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	struct survey *s = state;
	struct mcap_loaded *l = item;

	(void)task;
	return mcap_piece_load(&s->want, l->piece, l, err);
}

static void drop(void *state, void *item)
{
	(void)state;
	mcap_loaded_finish(item);
	free(item);
}

static void define(struct spur_reader *r, const struct mcap_loaded *l, const struct mcap_record *rec)
{
	struct spur_error why = { 0 };
	enum spur_status st;

	if (rec->op == MCAP_SCHEMA)
		st = mcap_catalogue_schema(r->catalogue, l->piece->segment, rec->content, rec->len, &why);
	else
		st = mcap_catalogue_channel(r->catalogue, l->piece->segment, rec->content, rec->len, &why);
	if (st < 0 && !l->bad)
		mcap_damage(r, l->piece->offset, l->piece->length, st == SPUR_EINVAL ? 0 : rec->len, "%s", why.text);
}

static void learn(struct spur_reader *r, const struct mcap_loaded *l)
{
	struct mcap_record rec;
	size_t pos = 0;

	while (mcap_record_next(l->records, l->records_len, &pos, &rec)) {
		if (rec.op == MCAP_SCHEMA || rec.op == MCAP_CHANNEL)
			define(r, l, &rec);
		else if (rec.op == MCAP_MESSAGE && rec.len >= MCAP_MESSAGE_HEAD && !l->bad)
			mcap_catalogue_count(r->catalogue, l->piece->segment, spur_le16(rec.content), 1);
	}
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct survey *s = state;
	struct mcap_loaded *l = item;
	struct piece *p = l->piece;

	(void)err;
	mcap_piece_report(s->r, l);
	s->bad |= l->bad;
	if (!l->bad)
		learn(s->r, l);
	p->messages = l->total;
	p->empty = l->total == 0;
	if (l->total > 0) {
		if ((p->start > l->start || p->end < l->end) && p->kind == PIECE_CHUNK)
			mcap_damage(s->r, p->offset, p->length, 0, "the times in the head of the Chunk do not cover its messages");
		p->start = l->start;
		p->end = l->end;
	}
	return SPUR_OK;
}

/* Definitions in chunks that are damaged are better than none; whatever is defined elsewhere goes first. */
static enum spur_status salvage_definitions(struct survey *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->r->piece_count && st >= 0; i++) {
		struct mcap_loaded l;

		if (s->r->pieces[i].messages != 0 || s->r->pieces[i].kind != PIECE_CHUNK)
			continue;
		st = mcap_piece_load(&s->want, &s->r->pieces[i], &l, err);
		if (st >= 0 && l.bad)
			learn(s->r, &l);
		mcap_loaded_finish(&l);
	}
	return st;
}

static uint64_t chunk_limit(const struct spur_reader *r)
{
	return mcap_chunk_limit(r, r->opts.mem_bytes);
}

enum spur_status mcap_survey(struct spur_reader *r, struct spur_error *err)
{
	struct survey s = { .r = r, .want = { .reader = r, .definitions = true, .limit = chunk_limit(r), .last = UINT64_MAX } };
	struct spur_pmap map = { &s, next_piece, work, take, drop };
	enum spur_status st;

	s.want.pool = mcap_pool_create(r->opts.mem_bytes / 4 < (64 << 20) ? r->opts.mem_bytes / 4 : 64 << 20);
	st = spur_pmap_run(&map, r->opts.threads, r->opts.mem_bytes, NULL, err);

	if (st >= 0)
		st = mcap_layout_late(r, err);
	if (st >= 0 && s.bad)
		st = salvage_definitions(&s, err);
	mcap_pool_destroy(s.want.pool);
	return st;
}

/* Messages of an indexed chunk by the lengths of its message indexes; MCAP_UNKNOWN if they do not tell. */
static enum spur_status count_by_index(struct mcap_window *w, struct piece *p, struct spur_error *err)
{
	uint64_t at = p->offset + p->length, end = at + p->index_len, n = 0;
	enum spur_status st;
	const char *head;

	while (at < end) {
		if ((st = mcap_window_get(w, at, MCAP_HEAD_BYTES + 6, &head, err)) < 0)
			return st;
		if (st == SPUR_END || head[0] != MCAP_MESSAGE_INDEX || spur_le64(head + 1) > end - at - MCAP_HEAD_BYTES)
			return SPUR_OK;
		n += spur_le32(head + MCAP_HEAD_BYTES + 2) / 16;
		at += MCAP_HEAD_BYTES + spur_le64(head + 1);
	}
	p->messages = n;
	return SPUR_OK;
}

static bool has_index(const struct piece *p)
{
	return p->messages == MCAP_UNKNOWN && p->index_len > 0 && p->index_len != MCAP_UNKNOWN;
}

uint64_t mcap_piece_total(struct spur_reader *r, const struct mcap_loaded *l)
{
	struct mcap_window w;

	if (!l->bad)
		return l->total;
	if (has_index(l->piece)) {
		mcap_window_init(&w, r->range);
		count_by_index(&w, l->piece, NULL);
		mcap_window_finish(&w);
	}
	return l->piece->messages == MCAP_UNKNOWN ? 0 : l->piece->messages;
}

/* Only the pieces that nothing else can count. */
static enum spur_status next_uncounted(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct survey *s = state;

	while (s->next < s->upto && s->r->pieces[s->next].messages != MCAP_UNKNOWN)
		s->next++;
	return s->next < s->upto ? next_piece(state, item, cost, err) : SPUR_END;
}

static enum spur_status take_count(void *state, void *item, struct spur_error *err)
{
	struct mcap_loaded *l = item;

	(void)state;
	(void)err;
	l->piece->messages = l->total;
	return SPUR_OK;
}

enum spur_status mcap_count_pieces(struct spur_reader *r, size_t upto, struct spur_task *task, struct spur_error *err)
{
	struct survey s = { .r = r, .want = { .reader = r, .definitions = true, .limit = chunk_limit(r), .last = UINT64_MAX },
			    .upto = upto };
	struct spur_pmap map = { &s, next_uncounted, work, take_count, drop };
	struct mcap_window w;
	enum spur_status st = SPUR_OK;
	uint64_t index = 0;

	if (r->counted >= upto)
		return SPUR_OK;
	mcap_window_init(&w, r->range);
	for (size_t i = 0; i < upto && st >= 0; i++) {
		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		else if (has_index(&r->pieces[i]))
			st = count_by_index(&w, &r->pieces[i], err);
	}
	mcap_window_finish(&w);
	if (st >= 0)
		st = spur_pmap_run(&map, r->opts.threads, r->opts.mem_bytes, task, err);
	for (size_t i = 0; i < upto && st >= 0; i++) {
		r->pieces[i].first_index = index;
		index += r->pieces[i].messages;
	}
	r->counted = st >= 0 ? upto : 0;
	return st;
}
