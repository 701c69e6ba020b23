#include "config.h"

#include "format/mcap/reader_priv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"

/*
 * Single messages by place. The chunks they came from are kept, the least recently used one
 * goes first, so that stepping from message to message unpacks a chunk once.
 */
enum { SLOTS = 4 };

struct mcap_fetched {
	struct slot {
		struct mcap_loaded l;	/* piece NULL: free */
		uint64_t used;
	} slots[SLOTS];
	uint64_t clock;
	char *loose;			/* owned: the last message that lay outside of chunks */
};

static void clear(struct slot *s)
{
	if (s->l.piece != NULL)
		mcap_loaded_finish(&s->l);
	*s = (struct slot){ 0 };
}

void mcap_fetched_destroy(struct mcap_fetched *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		clear(&f->slots[i]);
	free(f->loose);
	free(f);
}

static uint64_t weight(const struct slot *s)
{
	return s->l.piece == NULL ? 0 : s->l.raw_cap + s->l.unpacked_cap;
}

/* Lets go of chunks, all but one, until what is kept fits into a quarter of the budget. */
static void shrink(struct spur_reader *r, const struct slot *keep)
{
	for (;;) {
		struct slot *oldest = NULL;
		uint64_t total = 0;

		for (size_t i = 0; i < SLOTS; i++) {
			struct slot *s = &r->fetched->slots[i];

			total += weight(s);
			if (s != keep && s->l.piece != NULL && (oldest == NULL || s->used < oldest->used))
				oldest = s;
		}
		if (oldest == NULL || total <= r->opts.mem_bytes / 4)
			return;
		clear(oldest);
	}
}

static struct slot *slot_for(struct mcap_fetched *f, const struct piece *p)
{
	struct slot *oldest = &f->slots[0];

	for (size_t i = 0; i < SLOTS; i++) {
		if (f->slots[i].l.piece == p)
			return &f->slots[i];
		if (f->slots[i].used < oldest->used)
			oldest = &f->slots[i];
	}
	clear(oldest);
	return oldest;
}

static enum spur_status open_chunk(struct spur_reader *r, struct piece *p, struct mcap_loaded **out, struct spur_error *err)
{
	const struct mcap_want want = { .reader = r, .definitions = true, .last = UINT64_MAX,
					.limit = mcap_chunk_limit(r, r->opts.mem_bytes) };
	struct slot *s = slot_for(r->fetched, p);
	enum spur_status st;

	s->used = ++r->fetched->clock;
	if (s->l.piece == NULL) {
		if ((st = mcap_piece_load(&want, p, &s->l, err)) < 0) {
			clear(s);
			return spur_wrap(st, err, "chunk at byte %" PRIu64, p->offset);
		}
		mcap_piece_report(r, &s->l);
		shrink(r, s);
	}
	*out = &s->l;
	return SPUR_OK;
}

/* The record must be what the place says. */
static enum spur_status take(struct spur_reader *r, uint32_t stream, const struct spur_place *place, const struct piece *p,
			     const struct mcap_record *rec, struct spur_message *out, struct spur_error *err)
{
	struct mcap_message m;

	if (rec->op != MCAP_MESSAGE || !mcap_parse_message(rec->content, rec->len, &m) || m.log_time != place->log_time ||
	    mcap_catalogue_stream(r->catalogue, p->segment, m.channel_id) != stream)
		return spur_fail_byte(err, SPUR_EFORMAT, p->offset, "%s at byte %" PRIu64 ": byte %" PRIu64 " of its records has "
				      "not the message that the index says; spur recover makes a new index",
				      p->kind == PIECE_CHUNK ? "chunk" : "message", p->offset, place->at);
	*out = (struct spur_message){ .index = UINT64_MAX, .stream = stream, .sequence = m.sequence, .log_time = m.log_time,
				      .publish_time = m.publish_time, .data = m.data.data, .size = (size_t)m.data.len };
	return SPUR_OK;
}

static enum spur_status from_chunk(struct spur_reader *r, uint32_t stream, const struct spur_place *place, struct piece *p,
				   struct spur_message *out, struct spur_error *err)
{
	struct mcap_record rec = { 0 };
	struct mcap_loaded *l = NULL;
	enum spur_status st = open_chunk(r, p, &l, err);
	size_t pos = (size_t)place->at;

	if (st < 0)
		return st;
	if (l->bad)
		return spur_fail_byte(err, SPUR_EFORMAT, p->offset, "chunk at byte %" PRIu64 ": %s", p->offset, l->reason);
	if (place->at >= l->records_len || !mcap_record_next(l->records, l->records_len, &pos, &rec)) {
		if (l->reason[0] != '\0')
			return spur_fail_byte(err, SPUR_EFORMAT, p->offset, "chunk at byte %" PRIu64 ": %s", p->offset, l->reason);
		rec.op = 0;	/* take() says what is wrong */
	}
	return take(r, stream, place, p, &rec, out, err);
}

/* Just its own bytes. */
static enum spur_status from_run(struct spur_reader *r, uint32_t stream, const struct spur_place *place, struct piece *p,
				 struct spur_message *out, struct spur_error *err)
{
	struct mcap_fetched *f = r->fetched;
	char head[MCAP_HEAD_BYTES];
	struct mcap_record rec = { 0 };
	enum spur_status st;
	uint64_t len;

	if (place->at > p->length || p->length - place->at < MCAP_HEAD_BYTES)
		return take(r, stream, place, p, &rec, out, err);
	if ((st = spur_range_read(r->range, p->offset + place->at, head, sizeof(head), err)) < 0)
		return st;
	len = spur_le64(head + 1);
	if (len > p->length - place->at - MCAP_HEAD_BYTES)
		return take(r, stream, place, p, &rec, out, err);
	free(f->loose);
	if ((f->loose = spur_try_malloc(len + 1, r->opts.mem_bytes)) == NULL)
		return spur_fail_byte(err, SPUR_ENOMEM, p->offset + place->at, "message at byte %" PRIu64 ": %" PRIu64 " bytes are "
				      "over the memory budget; give more --mem", p->offset + place->at, len);
	if ((st = spur_range_read(r->range, p->offset + place->at + MCAP_HEAD_BYTES, f->loose, len, err)) < 0)
		return st;
	rec = (struct mcap_record){ .op = (uint8_t)head[0], .content = f->loose, .len = (size_t)len };
	return take(r, stream, place, p, &rec, out, err);
}

enum spur_status mcap_fetch(struct spur_reader *r, uint32_t stream, const struct spur_place *place, struct spur_message *out,
			    struct spur_error *err)
{
	struct piece *p;

	if (place->piece >= r->piece_count)
		return spur_fail(err, SPUR_EINVAL, "no piece %" PRIu64, place->piece);
	if (r->fetched == NULL)
		r->fetched = spur_calloc(1, sizeof(*r->fetched));
	p = &r->pieces[place->piece];
	return p->kind == PIECE_CHUNK ? from_chunk(r, stream, place, p, out, err) : from_run(r, stream, place, p, out, err);
}
