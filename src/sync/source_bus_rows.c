/* Frames of a batch: what each is, and decoding those that are wanted. */
#include "config.h"

#include "sync/source_bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"

const struct bus_group *bus_group_of(const struct spur_source_bus *b, uint32_t group)
{
	for (size_t i = 0; i < b->group_count; i++) {
		if (b->groups[i].group == group)
			return &b->groups[i];
	}
	return NULL;
}

bool bus_frames_bind(struct bus_frames *f, const struct bus_group *g, const uint32_t *ids, const struct spur_columns *rows)
{
	*f = (struct bus_frames){ .rows = rows, .group = g->group, .lin = g->lin };
	for (int i = 0; i < ROLES; i++) {
		for (size_t c = 0; g->member[i] != BUS_NONE && c < rows->count; c++) {
			if (ids[c] == g->member[i])
				f->cols[i] = &rows->columns[c];
		}
	}
	return f->cols[ROLE_ID] != NULL;
}

static uint64_t whole(const struct spur_column *c, size_t row)
{
	double d;

	if (c == NULL || !spur_type_is_number(c->type))
		return 0;
	if (c->type == SPUR_TYPE_U32)
		return ((const uint32_t *)c->data)[row];
	if (c->type == SPUR_TYPE_U8 && c->validity == NULL)
		return ((const uint8_t *)c->data)[row];
	d = spur_column_f64(c, row);
	return d >= 0 && d < 0x1p53 ? (uint64_t)d : 0;
}

/* The extended bit from IDE, from the identifier's own bit 31, or its size. */
uint64_t bus_key(const struct bus_frames *f, size_t row)
{
	uint64_t id = whole(f->cols[ROLE_ID], row);

	if (f->lin)	/* without the two bits of parity */
		return (whole(f->cols[ROLE_CHANNEL], row) & 0xffffffff) << 32 | BUS_LIN | (id & 0x3f);

	bool extended = (f->cols[ROLE_IDE] != NULL && whole(f->cols[ROLE_IDE], row) != 0) || (id & BUS_EXTENDED) != 0 || id > 0x7ff;

	return (whole(f->cols[ROLE_CHANNEL], row) & 0xffffffff) << 32 | (id & 0x1fffffff) | (extended ? BUS_EXTENDED : 0);
}

static bool is_plain(const struct spur_column *c, enum spur_type type)
{
	return c == NULL || (c->type == type && c->validity == NULL);
}

uint64_t *bus_keys(const struct bus_frames *f)
{
	const struct spur_column *id = f->cols[ROLE_ID], *ide = f->cols[ROLE_IDE], *channel = f->cols[ROLE_CHANNEL];
	uint64_t *keys = spur_calloc(f->rows->rows, sizeof(*keys));
	bool usual = !f->lin && is_plain(id, SPUR_TYPE_U32) && is_plain(ide, SPUR_TYPE_U8) && is_plain(channel, SPUR_TYPE_U8);

	for (size_t i = 0; i < f->rows->rows && !usual; i++)
		keys[i] = bus_key(f, i);
	for (size_t i = 0; i < f->rows->rows && usual; i++) {	/* the same without a look at types */
		uint32_t v = ((const uint32_t *)id->data)[i];
		bool extended = v > 0x7ff || (ide != NULL && ((const uint8_t *)ide->data)[i] != 0);

		keys[i] = (v & 0x1fffffff) | (extended ? BUS_EXTENDED : 0) |
			  (channel == NULL ? 0 : (uint64_t)((const uint8_t *)channel->data)[i] << 32);
	}
	return keys;
}

uint64_t bus_length(const struct bus_frames *f, size_t row)
{
	/* Of CAN FD the codes above 8 mean more. */
	static const uint8_t fd[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64 };

	if (f->cols[ROLE_LENGTH] != NULL)
		return whole(f->cols[ROLE_LENGTH], row);
	return f->cols[ROLE_DLC] != NULL ? fd[whole(f->cols[ROLE_DLC], row) & 15] : UINT64_MAX;
}

const uint8_t *bus_payload(const struct bus_frames *f, size_t row, size_t *len)
{
	const struct spur_column *c = f->cols[ROLE_BYTES];
	uint64_t said = bus_length(f, row);
	const uint8_t *data;

	if (spur_type_is_number(c->type)) {	/* eight bytes as one number */
		*len = spur_type_size(c->type);
		data = (const uint8_t *)c->data + row * *len;
	} else {
		data = (const uint8_t *)spur_column_bytes(c, row, len);
	}
	if (said < *len)
		*len = (size_t)said;
	return data;
}

/* ---- what of a batch is wanted ---- */

/* A frame, or a payload that it completed; chained per table in the order of the batch. */
struct item {
	size_t row;
	size_t at;		/* in the payloads; FRAME: the frame's own bytes */
	size_t len;
	size_t next;		/* index + 1 */
};

#define FRAME SIZE_MAX

struct picked {
	struct item *items;
	size_t count, room;
	size_t *head, *tail;	/* per part: index + 1 */
	size_t *sizes;		/* per part: how many */
	struct spur_buf payloads;	/* of transfers */
};

static void pick(struct picked *p, size_t part, struct item it)
{
	if (p->count == p->room) {
		p->room = p->room == 0 ? 256 : p->room * 2;
		p->items = spur_realloc(p->items, p->room, sizeof(*p->items));
	}
	p->items[p->count++] = it;
	if (p->head[part] == 0)
		p->head[part] = p->count;
	else
		p->items[p->tail[part] - 1].next = p->count;
	p->tail[part] = p->count;
	p->sizes[part]++;
}

static size_t part_of_table(const struct bus_table *t, const size_t *part_of)
{
	return t == NULL || t->table == BUS_NONE ? 0 : part_of[t->table];
}

/* A carrier counts for its transfer also where its own time is before what is wanted. */
static void pick_transfer(struct picked *p, const struct spur_source_bus *b, const struct bus_table *t, const struct bus_frames *f,
			  size_t row, bool in_time, const size_t *part_of)
{
	struct spur_transfer whole_one;
	uint64_t key;
	size_t part;

	if (!bus_transfer(b, t, f, row, &key, &whole_one) || !in_time)
		return;
	if ((part = part_of_table(bus_table_of(b, key), part_of)) == 0)
		return;
	pick(p, part - 1, (struct item){ .row = row, .at = p->payloads.len, .len = whole_one.framed_len });
	spur_buf_add(&p->payloads, whole_one.framed, whole_one.framed_len);
}

static void pick_rows(struct picked *p, const struct spur_source_bus *b, const struct bus_frames *f, spur_ns begin_ns,
		      const size_t *part_of)
{
	uint64_t *keys = bus_keys(f);

	for (size_t i = 0; i < f->rows->rows; i++) {
		bool in_time = f->rows->time_ns == NULL || f->rows->time_ns[i] >= begin_ns;
		uint64_t key = keys[i];
		const struct bus_table *t = bus_table_of(b, key);
		size_t part = part_of_table(t, part_of);

		if (b->transport != NULL && bus_is_carrier(key, t)) {
			pick_transfer(p, b, t, f, i, in_time, part_of);
			if (t != NULL && t->how != BUS_FRAMES)
				continue;
		}
		if (part != 0 && in_time)
			pick(p, part - 1, (struct item){ .row = i, .at = FRAME });
	}
	free(keys);
}

static void finish_picked(struct picked *p)
{
	free(p->items);
	free(p->head);
	free(p->tail);
	free(p->sizes);
	spur_buf_finish(&p->payloads);
}

/* ---- decoding ---- */

/* The frames of one part, side by side. */
struct side {
	struct spur_dbc_frames frames;
	const uint8_t **data;
	size_t *len;
	uint64_t *words;
};

static uint64_t first_word(const uint8_t *data, size_t len)
{
	uint8_t w[8] = { 0 };

	memcpy(w, data, len < 8 ? len : 8);
	return spur_le64(w);
}

static void line_up(struct side *side, const struct bus_frames *f, const struct picked *picked, size_t part)
{
	size_t n = picked->sizes[part], k = 0;

	*side = (struct side){ .data = spur_calloc(n, sizeof(*side->data)), .len = spur_calloc(n, sizeof(*side->len)),
			       .words = spur_calloc(n, sizeof(*side->words)) };
	side->frames = (struct spur_dbc_frames){ n, side->data, side->len, SIZE_MAX, side->words };
	for (size_t i = picked->head[part]; i != 0; i = picked->items[i - 1].next, k++) {
		const struct item *it = &picked->items[i - 1];
		size_t len = it->len;
		const uint8_t *data = it->at == FRAME ? bus_payload(f, it->row, &len) :
						       (const uint8_t *)picked->payloads.data + it->at;

		side->data[k] = data;
		side->len[k] = len;
		side->words[k] = first_word(data, len);
		side->frames.shortest = len < side->frames.shortest ? len : side->frames.shortest;
	}
}

static void finish_side(struct side *side)
{
	free(side->data);
	free(side->len);
	free(side->words);
}

/* Of payloads the first `head` bytes are no data, but the length that a database counts. */
static void add_payloads(const struct side *side, size_t head, struct spur_columns_builder *to, size_t col)
{
	for (size_t i = 0; i < side->frames.count; i++)
		spur_columns_builder_bytes(to, col, side->data[i] + head, side->len[i] - head);
}

static void add_times(const struct bus_frames *f, const struct picked *picked, size_t part, struct spur_columns_builder *to)
{
	for (size_t i = picked->head[part]; i != 0; i = picked->items[i - 1].next) {
		size_t row = picked->items[i - 1].row;

		if (f->rows->time_ns != NULL)
			spur_columns_builder_time(to, f->rows->time_ns[row]);
		if (f->rows->master != NULL)
			spur_columns_builder_master(to, f->rows->master[row]);
	}
}

static struct spur_columns *decode(struct spur_source *s, const struct bus_frames *f, const struct picked *picked, size_t part,
				   const struct source_part *p, const struct spur_source_want *want)
{
	const struct bus_table *t = &s->bus->tables[s->tables[p->table].at];
	struct spur_columns_builder *to = spur_columns_builder_create();
	struct spur_columns *out;
	struct side side;

	for (size_t c = 0; c < p->count; c++) {
		const struct spur_dbc_signal *sig = p->inner[c] == BUS_PAYLOAD ? NULL : &t->message->signals[p->inner[c]];

		if (sig == NULL)
			spur_columns_builder_add(to, "payload", SPUR_TYPE_BYTES);
		else
			spur_columns_builder_add(to, sig->name, spur_dbc_type(sig, want->raw));
	}
	line_up(&side, f, picked, part);
	spur_columns_builder_room(to, side.frames.count, f->rows->time_ns != NULL, f->rows->master != NULL);
	for (size_t c = 0; c < p->count; c++) {
		const struct spur_dbc_style style = { .raw = want->raw, .with_text = want->with_text,
						      .keep_unavailable = s->opts.keep_unavailable };

		if (p->inner[c] == BUS_PAYLOAD)
			add_payloads(&side, bus_head(t->how), to, c);
		else
			s->unavailable[want->ids[p->pos[c]]] +=
				spur_dbc_append_frames(t->message, &t->message->signals[p->inner[c]], &side.frames, style, to, c);
	}
	add_times(f, picked, part, to);
	finish_side(&side);
	out = spur_columns_builder_take(to);
	spur_columns_builder_destroy(to);
	return out;
}

enum spur_status source_bus_rows(struct spur_source *s, uint32_t group, const uint32_t *ids, const struct spur_columns *rows,
				 const struct spur_source_want *want, const struct source_part *parts, size_t part_count,
				 const size_t *part_of, spur_source_sink *sink, void *state, struct spur_error *err)
{
	const struct bus_group *g = bus_group_of(s->bus, group);
	struct picked picked = { 0 };
	struct bus_frames f;
	enum spur_status st = SPUR_OK;

	if (g == NULL || !bus_frames_bind(&f, g, ids, rows) || f.cols[ROLE_BYTES] == NULL)
		return SPUR_OK;
	picked.head = spur_calloc(part_count, sizeof(*picked.head));
	picked.tail = spur_calloc(part_count, sizeof(*picked.tail));
	picked.sizes = spur_calloc(part_count, sizeof(*picked.sizes));
	pick_rows(&picked, s->bus, &f, want->begin_ns, part_of);
	for (size_t i = 0; i < part_count && st == SPUR_OK; i++) {
		struct spur_columns *out;

		if (picked.head[i] == 0)
			continue;
		out = decode(s, &f, &picked, i, &parts[i], want);
		st = sink(state, parts[i].table, parts[i].pos, out, err);
		spur_columns_unref(out);
	}
	finish_picked(&picked);
	return st;
}
