#include "config.h"

#include "format/mcap/reader_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mcap/heads.h"

/*
 * The walk over the record heads of a file: payloads are seeked over. Every record must be
 * followed by another one; where that is not so, either its length or its successor is
 * damaged, and a chain of records found inside of it decides which.
 */
enum { LOOSE_BYTES = 1 << 20, NAMES_MAX = 64 << 10 };

struct walk {
	struct spur_reader *r;
	struct mcap_window win;
	uint64_t to;
	uint32_t segment;
	bool strict, seen_header, footer_last, closed;
	bool behind_data;	/* Data End was met: definitions repeat what was said */
	size_t loose;		/* index + 1 of the piece that may grow; 0: none */
};

struct piece *mcap_piece_add(struct spur_reader *r)
{
	if (r->piece_count == r->piece_cap) {
		r->piece_cap = r->piece_cap == 0 ? 64 : r->piece_cap * 2;
		r->pieces = spur_realloc(r->pieces, r->piece_cap, sizeof(*r->pieces));
	}
	r->pieces[r->piece_count] = (struct piece){ .messages = MCAP_UNKNOWN };
	return &r->pieces[r->piece_count++];
}

struct mcap_attached *mcap_attached_add(struct spur_reader *r)
{
	if (r->attached_count == r->attached_cap) {
		r->attached_cap = r->attached_cap == 0 ? 8 : r->attached_cap * 2;
		r->attached = spur_realloc(r->attached, r->attached_cap, sizeof(*r->attached));
	}
	r->attached[r->attached_count] = (struct mcap_attached){ .name = "", .media_type = "" };
	return &r->attached[r->attached_count++];
}

void mcap_metadata_add(struct spur_reader *r, uint64_t offset, uint64_t length)
{
	if (r->metadata_count == r->metadata_cap) {
		r->metadata_cap = r->metadata_cap == 0 ? 8 : r->metadata_cap * 2;
		r->metadata = spur_realloc(r->metadata, r->metadata_cap, sizeof(*r->metadata));
	}
	r->metadata[r->metadata_count++] = (struct mcap_extent){ offset, length };
}

static int by_offset(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void mcap_pieces_sort(struct spur_reader *r)
{
	if (r->piece_count > 1)
		qsort(r->pieces, r->piece_count, sizeof(*r->pieces), by_offset);
}

enum mcap_codec mcap_codec_of(struct mcap_bytes name)
{
	if (name.len == 0)
		return MCAP_CODEC_NONE;
	if (name.len == 3 && memcmp(name.data, "lz4", 3) == 0)
		return MCAP_CODEC_LZ4;
	return name.len == 4 && memcmp(name.data, "zstd", 4) == 0 ? MCAP_CODEC_ZSTD : MCAP_CODEC_UNKNOWN;
}

static void add_chunk(struct walk *w, uint64_t at, const struct mcap_head *h)
{
	struct piece *p = mcap_piece_add(w->r);

	p->kind = PIECE_CHUNK;
	p->offset = at;
	p->length = h->total;
	p->start = h->chunk.start;
	p->end = h->chunk.end;
	p->uncompressed_size = h->chunk.uncompressed_size;
	p->segment = w->segment;
	p->cut = h->cut;
	p->index_len = MCAP_UNKNOWN;
	w->r->compressions |= 1u << mcap_codec_of(h->chunk.compression);
	if (h->mended)
		mcap_damage(w->r, at, MCAP_HEAD_BYTES, 0, "the length of the Chunk record is wrong; the one of its records was used");
}

/* Messages outside of chunks make runs of about a MiB. */
static enum spur_status add_message(struct walk *w, uint64_t at, const struct mcap_head *h, struct spur_error *err)
{
	struct piece *p = w->loose == 0 ? NULL : &w->r->pieces[w->loose - 1];
	enum spur_status st;
	const char *head;
	uint64_t t;

	if ((st = mcap_window_get(&w->win, at + MCAP_HEAD_BYTES, MCAP_MESSAGE_HEAD, &head, err)) != SPUR_OK)
		return st < 0 ? st : SPUR_OK;
	t = spur_le64(head + 6);
	if (p == NULL || p->offset + p->length != at || p->length + h->total > LOOSE_BYTES) {
		p = mcap_piece_add(w->r);
		p->kind = PIECE_LOOSE;
		p->offset = at;
		p->start = p->end = t;
		p->messages = 0;
		p->segment = w->segment;
		w->loose = w->r->piece_count;
		w->r->compressions |= 1u << MCAP_CODEC_NONE;
	}
	p->length += h->total;
	p->uncompressed_size = p->length;
	p->messages++;
	p->start = t < p->start ? t : p->start;
	p->end = t > p->end ? t : p->end;
	return SPUR_OK;
}

static enum spur_status add_definition(struct walk *w, uint64_t at, const struct mcap_head *h, struct spur_error *err)
{
	uint64_t len = h->total - MCAP_HEAD_BYTES;
	struct spur_error why = { 0 };
	enum spur_status st;
	const char *content;

	if ((st = mcap_window_get(&w->win, at + MCAP_HEAD_BYTES, len, &content, err)) < 0)
		return st;
	if (st == SPUR_END) {
		mcap_damage(w->r, at, h->total, h->total, "%s record of %" PRIu64 " bytes: %d MiB at most", mcap_op_name(h->op), len,
			    MCAP_WINDOW_MAX >> 20);
		return SPUR_OK;
	}
	st = h->op == MCAP_SCHEMA ? mcap_catalogue_schema(w->r->catalogue, w->segment, content, (size_t)len, &why) :
				    mcap_catalogue_channel(w->r->catalogue, w->segment, content, (size_t)len, &why);
	if (st < 0)
		mcap_damage(w->r, at, h->total, st == SPUR_EINVAL ? 0 : h->total, "%s", why.text);
	if (w->loose != 0 && w->r->pieces[w->loose - 1].offset + w->r->pieces[w->loose - 1].length == at)
		w->r->pieces[w->loose - 1].length += h->total;	/* a run goes on over definitions */
	return SPUR_OK;
}

/* A damaged summary must not go before the data: its definitions wait. */
static void put_off(struct walk *w, uint64_t at, const struct mcap_head *h)
{
	struct spur_reader *r = w->r;

	if (r->late_count == r->late_cap) {
		r->late_cap = r->late_cap == 0 ? 16 : r->late_cap * 2;
		r->late = spur_realloc(r->late, r->late_cap, sizeof(*r->late));
	}
	r->late[r->late_count++] = (struct mcap_late){ at, h->total, w->segment };
}

static enum spur_status add_attachment(struct walk *w, uint64_t at, const struct mcap_head *h, struct spur_error *err)
{
	uint64_t len = h->total - MCAP_HEAD_BYTES;
	struct mcap_attachment in;
	struct mcap_attached *a;
	enum spur_status st;
	const char *content;

	if ((st = mcap_window_get(&w->win, at + MCAP_HEAD_BYTES, len < NAMES_MAX ? len : NAMES_MAX, &content, err)) != SPUR_OK)
		return st < 0 ? st : SPUR_OK;
	if (!mcap_parse_attachment_head(content, (size_t)(len < NAMES_MAX ? len : NAMES_MAX), &in) ||
	    in.data_len > len - in.data_at || len - in.data_at - in.data_len < 4) {
		mcap_damage(w->r, at, h->total, h->total, "the fields of the Attachment record make no sense");
		return SPUR_OK;
	}
	a = mcap_attached_add(w->r);
	a->offset = at;
	a->length = h->total;
	a->data_at = at + MCAP_HEAD_BYTES + in.data_at;
	a->data_len = in.data_len;
	a->log_time = in.log_time;
	a->create_time = in.create_time;
	a->name = spur_arena_strn(w->r->arena, in.name.data, (size_t)in.name.len);
	a->media_type = spur_arena_strn(w->r->arena, in.media_type.data, (size_t)in.media_type.len);
	if (a->name == NULL || a->media_type == NULL)
		a->name = a->media_type = "";
	return SPUR_OK;
}

static enum spur_status add_header(struct walk *w, uint64_t at, const struct mcap_head *h, struct spur_error *err)
{
	uint64_t len = h->total - MCAP_HEAD_BYTES;
	struct mcap_header in;
	enum spur_status st;
	const char *content;

	w->behind_data = false;
	if (w->seen_header) {
		w->segment++;
		return SPUR_OK;
	}
	w->seen_header = true;
	if ((st = mcap_window_get(&w->win, at + MCAP_HEAD_BYTES, len, &content, err)) < 0)
		return st;
	if (st == SPUR_END || !mcap_parse_header(content, (size_t)len, &in)) {
		mcap_damage(w->r, at, h->total, 0, "the fields of the Header record make no sense");
		return SPUR_OK;
	}
	w->r->profile = spur_arena_strn(w->r->arena, in.profile.data, (size_t)in.profile.len);
	w->r->library = spur_arena_strn(w->r->arena, in.library.data, (size_t)in.library.len);
	return SPUR_OK;
}

static enum spur_status add(struct walk *w, uint64_t at, const struct mcap_head *h, struct spur_error *err)
{
	w->footer_last = h->op == MCAP_FOOTER;
	switch (h->op) {
	case MCAP_HEADER:
		return add_header(w, at, h, err);
	case MCAP_SCHEMA:
	case MCAP_CHANNEL:
		if (w->behind_data)
			put_off(w, at, h);
		else
			return add_definition(w, at, h, err);
		return SPUR_OK;
	case MCAP_DATA_END:
		w->behind_data = true;
		return SPUR_OK;
	case MCAP_MESSAGE:
		if (!w->behind_data)
			return add_message(w, at, h, err);
		mcap_damage(w->r, at, h->total, h->total, "Message record behind the Data End; left out");
		return SPUR_OK;
	case MCAP_CHUNK:
		add_chunk(w, at, h);
		return SPUR_OK;
	case MCAP_ATTACHMENT:
		return add_attachment(w, at, h, err);
	case MCAP_METADATA:
		mcap_metadata_add(w->r, at, h->total);
		return SPUR_OK;
	default:
		return SPUR_OK;		/* indexes are made anew; unknown records are skipped */
	}
}

/* A record that is not followed by one. *next is where to go on; h is changed if it is shorter than it says. */
static enum spur_status mistrust(struct walk *w, uint64_t at, struct mcap_head *h, uint64_t *next, bool *keep,
				 struct spur_error *err)
{
	bool plain = h->op == MCAP_CHUNK && h->name[0] == '\0';
	uint64_t end = at + h->total, found;
	enum spur_status st;

	*keep = true;
	if ((st = mcap_head_resync(w->win.range, at + MCAP_HEAD_BYTES, end, w->to, !plain, &found, err)) < 0)
		return st;
	*next = found;
	if (found == end)
		return SPUR_OK;		/* the damage is behind it */
	h->total = found - at;
	if (h->op == MCAP_CHUNK) {
		h->cut = true;
		return SPUR_OK;
	}
	mcap_damage(w->r, at, h->total, h->total, "%s record: its length is wrong, another record begins inside of it",
		    mcap_op_name(h->op));
	*keep = false;
	return SPUR_OK;
}

static enum spur_status skip_bad(struct walk *w, uint64_t at, const struct mcap_head *h, uint64_t *next, struct spur_error *err)
{
	enum spur_status st = mcap_head_resync(w->win.range, at + 1, w->to, w->to, true, next, err);

	if (st < 0)
		return st;
	if (w->footer_last && *next == w->to)
		mcap_damage(w->r, at, *next - at, 0, "%" PRIu64 " bytes behind the end of the file's records", *next - at);
	else
		mcap_damage(w->r, at, *next - at, *next - at, "%s%s%s; %" PRIu64 " bytes skipped", h->op == 0 ? "" : mcap_op_name(h->op),
			    h->op == 0 ? "" : " record: ", h->why == NULL ? "no record" : h->why, *next - at);
	return SPUR_OK;
}

static enum spur_status step(struct walk *w, uint64_t *at, struct spur_error *err)
{
	struct mcap_head h, behind;
	enum spur_status st;
	uint64_t next;
	bool keep = true;

	if ((st = mcap_head_look(&w->win, *at, w->to, &h, err)) < 0)
		return st;
	if (h.magic) {
		*at += h.total;
		w->closed |= w->footer_last;
		return w->strict ? SPUR_END : SPUR_OK;
	}
	if (!h.good || (w->strict && (h.mended || h.cut))) {
		if (w->strict)
			return SPUR_END;
		if ((st = skip_bad(w, *at, &h, &next, err)) < 0)
			return st;
		*at = next;
		return SPUR_OK;
	}
	next = *at + h.total;
	if (next != w->to) {
		if ((st = mcap_head_look(&w->win, next, w->to, &behind, err)) < 0)
			return st;
		if (!behind.good && !behind.magic) {
			if (w->strict)
				return SPUR_END;
			if ((st = mistrust(w, *at, &h, &next, &keep, err)) < 0)
				return st;
		}
	}
	if (keep && (st = add(w, *at, &h, err)) < 0)
		return st;
	*at = next;
	return SPUR_OK;
}

enum spur_status mcap_layout_walk(struct spur_reader *r, uint64_t from, uint64_t to, bool strict, struct spur_error *err)
{
	struct walk w = { .r = r, .to = to, .strict = strict };
	enum spur_status st = SPUR_OK;
	uint64_t at = from;

	mcap_window_init(&w.win, r->range);
	while (st == SPUR_OK && at < to)
		st = step(&w, &at, err);
	mcap_window_finish(&w.win);
	if (st == SPUR_OK && !strict && !w.seen_header)
		mcap_damage(r, from, 0, 0, "no Header record");
	if (st == SPUR_OK && !strict && !w.closed)
		mcap_damage(r, to, 0, 0, "the file was not closed: no footer and magic at its end");
	return st;
}

enum spur_status mcap_layout_late(struct spur_reader *r, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	struct mcap_window w;
	const char *p;

	mcap_window_init(&w, r->range);
	for (size_t i = 0; i < r->late_count && st >= 0; i++) {
		const struct mcap_late *l = &r->late[i];

		if ((st = mcap_window_get(&w, l->offset, l->length, &p, err)) != SPUR_OK)
			continue;
		if (p[0] == MCAP_SCHEMA)
			mcap_catalogue_schema(r->catalogue, l->segment, p + MCAP_HEAD_BYTES, (size_t)l->length - MCAP_HEAD_BYTES, NULL);
		else
			mcap_catalogue_channel(r->catalogue, l->segment, p + MCAP_HEAD_BYTES, (size_t)l->length - MCAP_HEAD_BYTES, NULL);
	}
	mcap_window_finish(&w);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status mcap_layout_all(struct spur_reader *r, struct spur_error *err)
{
	uint64_t size = spur_range_size(r->range);
	enum spur_status st;

	r->piece_count = r->attached_count = r->metadata_count = r->late_count = 0;
	r->compressions = 0;
	r->counted = 0;
	st = mcap_layout_walk(r, size < MCAP_MAGIC_BYTES ? size : MCAP_MAGIC_BYTES, size, false, err);
	r->laid_out = st >= 0;
	return st;
}
