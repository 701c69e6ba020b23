#include "config.h"

#include "decode/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/jsonvisit.h"

#define STEPS_PER_BYTE 64u
#define STEPS_FREE 65536u

union number {
	uint8_t u8;
	int8_t i8;
	uint16_t u16;
	int16_t i16;
	uint32_t u32;
	int32_t i32;
	uint64_t u64;
	int64_t i64;
	float f32;
	double f64;
};

static enum spur_status past_end(const struct spur_wire *w, const struct spur_member *m, uint64_t need, struct spur_error *err)
{
	return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "field %s needs %llu bytes at byte %zu of %zu",
			      m->name == NULL ? "" : m->name, (unsigned long long)need, w->pos, w->size);
}

/* Moves to the alignment of `size`; past the end is found by the read that follows. */
static void align(struct spur_wire *w, size_t size)
{
	size_t to = size < w->align_max ? size : w->align_max;
	size_t over = to > 1 ? (w->pos - w->origin) % to : 0;

	if (over > 0)
		w->pos += to - over;
}

static bool has(const struct spur_wire *w, uint64_t len)
{
	return w->pos <= w->size && len <= w->size - w->pos;
}

static union number load(const unsigned char *p, size_t size, bool swap)
{
	union number n = { .u64 = 0 };

	if (!swap) {
		memcpy(&n, p, size);
		return n;
	}
	for (size_t i = 0; i < size; i++)
		((unsigned char *)&n)[i] = p[size - 1 - i];
	return n;
}

static enum spur_status take(struct spur_wire *w, const struct spur_member *m, size_t size, union number *out,
			     struct spur_error *err)
{
	align(w, size);
	if (!has(w, size))
		return past_end(w, m, size, err);
	*out = load(w->data + w->pos, size, w->swap);
	w->pos += size;
	return SPUR_OK;
}

/* Length and bytes of a text; the NUL of CDR is not part of it. */
static enum spur_status take_text(struct spur_wire *w, const struct spur_member *m, const char **s, size_t *len,
				  struct spur_error *err)
{
	union number n;
	enum spur_status st = take(w, m, 4, &n, err);

	if (st < 0)
		return st;
	if (!has(w, n.u32))
		return past_end(w, m, n.u32, err);
	*s = (const char *)w->data + w->pos;
	*len = n.u32;
	w->pos += n.u32;
	if (w->terminated && *len > 0 && (*s)[*len - 1] == '\0')
		(*len)--;
	return SPUR_OK;
}

/* UTF-16 units of the payload as UTF-8; lone surrogates become U+FFFD. */
static void utf16_text(const struct spur_wire *w, const unsigned char *p, size_t units, struct spur_buf *out)
{
	for (size_t i = 0; i < units; i++) {
		uint32_t c = load(p + 2 * i, 2, w->swap).u16;

		if (c >= 0xd800 && c < 0xdc00 && i + 1 < units) {
			uint32_t low = load(p + 2 * i + 2, 2, w->swap).u16;

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i++;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		if (c < 0x80) {
			spur_buf_addc(out, (char)c);
		} else if (c < 0x800) {
			spur_buf_addc(out, (char)(0xc0 | c >> 6));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		} else {
			spur_buf_addc(out, (char)(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18));
			if (c >= 0x10000)
				spur_buf_addc(out, (char)(0x80 | (c >> 12 & 63)));
			spur_buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		}
	}
}

static enum spur_status take_wide(struct spur_wire *w, const struct spur_member *m, struct spur_buf *out,
				  struct spur_error *err)
{
	union number n;
	enum spur_status st = take(w, m, 4, &n, err);

	if (st < 0)
		return st;
	if (!has(w, (uint64_t)n.u32 * 2))
		return past_end(w, m, (uint64_t)n.u32 * 2, err);
	utf16_text(w, w->data + w->pos, n.u32, out);
	w->pos += (size_t)n.u32 * 2;
	return SPUR_OK;
}

static enum spur_status step(struct spur_wire *w, const struct spur_member *m, struct spur_error *err)
{
	if (w->steps == 0)
		return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "field %s: more values than %zu bytes can hold",
				      m->name == NULL ? "" : m->name, w->size);
	w->steps--;
	return SPUR_OK;
}

/* Elements of m: 1, its fixed length, or the count that the payload says. */
static enum spur_status take_count(struct spur_wire *w, const struct spur_member *m, uint64_t *count, struct spur_error *err)
{
	union number n;
	enum spur_status st;

	*count = m->extent == SPUR_FIXED ? m->length : 1;
	if (m->extent != SPUR_SEQUENCE)
		return SPUR_OK;
	if ((st = take(w, m, 4, &n, err)) < 0)
		return st;
	*count = n.u32;
	return SPUR_OK;
}

/* `count` numbers side by side, alignment included. */
static enum spur_status take_block(struct spur_wire *w, const struct spur_member *m, uint64_t count,
				   const unsigned char **data, struct spur_error *err)
{
	size_t size = spur_prim_size(m->prim);

	if (count > 0)
		align(w, size);
	if (count > 0 && !has(w, count * size))
		return past_end(w, m, count * size, err);
	*data = w->data + w->pos;
	w->pos += (size_t)count * size;
	return SPUR_OK;
}

/* ---- walk ---- */

static enum spur_status walk_shape(struct spur_wire *w, const struct spur_shape *s, const struct spur_visitor *v,
				   struct spur_error *err);

static void show(const struct spur_visitor *v, const char *key, enum spur_prim prim, union number n)
{
	switch (prim) {
	case SPUR_PRIM_BOOL: v->boolean(v->state, key, n.u8 != 0); break;
	case SPUR_PRIM_I8: v->i64(v->state, key, n.i8); break;
	case SPUR_PRIM_U8: v->u64(v->state, key, n.u8); break;
	case SPUR_PRIM_I16: v->i64(v->state, key, n.i16); break;
	case SPUR_PRIM_U16: v->u64(v->state, key, n.u16); break;
	case SPUR_PRIM_I32: v->i64(v->state, key, n.i32); break;
	case SPUR_PRIM_U32: v->u64(v->state, key, n.u32); break;
	case SPUR_PRIM_I64: v->i64(v->state, key, n.i64); break;
	case SPUR_PRIM_U64: v->u64(v->state, key, n.u64); break;
	case SPUR_PRIM_F32: v->f32(v->state, key, n.f32); break;
	case SPUR_PRIM_F64: v->f64(v->state, key, n.f64); break;
	case SPUR_PRIM_TEXT:
	case SPUR_PRIM_WTEXT:
	case SPUR_PRIM_STRUCT: break;
	}
}

static enum spur_status walk_one(struct spur_wire *w, const struct spur_member *m, const char *key,
				 const struct spur_visitor *v, struct spur_error *err)
{
	struct spur_buf wide = { 0 };
	enum spur_status st = step(w, m, err);
	const char *s;
	size_t len;

	if (st < 0)
		return st;
	switch (m->prim) {
	case SPUR_PRIM_TEXT:
		if ((st = take_text(w, m, &s, &len, err)) >= 0)
			v->text(v->state, key, s, len);
		return st;
	case SPUR_PRIM_WTEXT:
		if ((st = take_wide(w, m, &wide, err)) >= 0)
			v->text(v->state, key, spur_buf_text(&wide), wide.len);
		spur_buf_finish(&wide);
		return st;
	case SPUR_PRIM_STRUCT:
		v->begin(v->state, key, '{');
		st = walk_shape(w, m->shape, v, err);
		v->end(v->state, '}');
		return st;
	default: break;
	}
	union number n;

	if ((st = take(w, m, spur_prim_size(m->prim), &n, err)) >= 0 && m->name != NULL)
		show(v, key, m->prim, n);
	return st;
}

static enum spur_status walk_numbers(struct spur_wire *w, const struct spur_member *m, const char *key, uint64_t count,
				     const struct spur_visitor *v, struct spur_error *err)
{
	size_t size = spur_prim_size(m->prim);
	const unsigned char *data;
	enum spur_status st = take_block(w, m, count, &data, err);

	if (st < 0)
		return st;
	if (m->prim == SPUR_PRIM_U8) {
		v->bytes(v->state, key, data, (size_t)count);
		return SPUR_OK;
	}
	v->begin(v->state, key, '[');
	for (uint64_t i = 0; i < count; i++)
		show(v, NULL, m->prim, load(data + i * size, size, w->swap));
	v->end(v->state, ']');
	return SPUR_OK;
}

static enum spur_status walk_member(struct spur_wire *w, const struct spur_member *m, const char *key,
				    const struct spur_visitor *v, struct spur_error *err)
{
	enum spur_status st;
	uint64_t count;

	if (m->extent == SPUR_ONE)
		return walk_one(w, m, key, v, err);
	if ((st = take_count(w, m, &count, err)) < 0)
		return st;
	if (spur_prim_size(m->prim) > 0)
		return walk_numbers(w, m, key, count, v, err);
	v->begin(v->state, key, '[');
	for (uint64_t i = 0; i < count && st >= 0; i++)
		st = walk_one(w, m, NULL, v, err);
	v->end(v->state, ']');
	return st;
}

static enum spur_status walk_shape(struct spur_wire *w, const struct spur_shape *s, const struct spur_visitor *v,
				   struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->count && st >= 0; i++)
		st = walk_member(w, &s->members[i], s->members[i].name, v, err);
	return st;
}

static void allow_steps(struct spur_wire *w)
{
	w->steps = (uint64_t)w->size * STEPS_PER_BYTE + STEPS_FREE;
}

enum spur_status spur_wire_walk(struct spur_wire *w, const struct spur_shape *root, const struct spur_visitor *v,
				struct spur_error *err)
{
	enum spur_status st;

	allow_steps(w);
	v->begin(v->state, NULL, '{');
	st = walk_shape(w, root, v, err);
	v->end(v->state, '}');
	return st;
}

/* ---- columns ---- */

struct pick {
	struct spur_columns_builder *to;
	size_t *first;		/* per leaf: column + 1, or 0 */
	size_t *next;		/* per column: another column + 1 of the same leaf, or 0 */
	size_t *before;		/* per leaf: wanted leaves before it; one more at the end */
	size_t stop;		/* after the last wanted leaf */
	struct spur_buf text;	/* scratch */
	const struct spur_fields *all;
};

static enum spur_status pick_shape(struct spur_wire *w, const struct spur_shape *s, size_t leaf, struct pick *p,
				   struct spur_error *err);

static bool wanted(const struct pick *p, size_t leaf, size_t count)
{
	return p->before[leaf + count] > p->before[leaf];
}

static void put_bytes(struct pick *p, size_t leaf, const void *data, size_t len)
{
	for (size_t c = p->first[leaf]; c != 0; c = p->next[c - 1])
		spur_columns_builder_bytes(p->to, c - 1, data, len);
}

static void put_number(struct pick *p, size_t leaf, const struct spur_member *m, union number n)
{
	size_t size = spur_prim_size(m->prim);

	if (m->prim == SPUR_PRIM_BOOL)
		n.u8 = n.u8 != 0;
	for (size_t c = p->first[leaf]; c != 0; c = p->next[c - 1]) {
		memcpy(spur_columns_builder_reserve(p->to, c - 1, 1), &n, size);
		spur_columns_builder_advance(p->to, c - 1, 1);
	}
}

/* A sequence or a long array as one value: bytes as they are, everything else as JSON. */
static enum spur_status pick_whole(struct spur_wire *w, const struct spur_member *m, size_t leaf, struct pick *p,
				   struct spur_error *err)
{
	struct spur_json json = { .out = &p->text };
	struct spur_visitor v = spur_visitor_json(&json);
	const unsigned char *data;
	enum spur_status st;
	uint64_t count;

	if (m->prim == SPUR_PRIM_U8 && p->all->fields[leaf].type == SPUR_TYPE_BYTES) {
		if ((st = take_count(w, m, &count, err)) >= 0 && (st = take_block(w, m, count, &data, err)) >= 0)
			put_bytes(p, leaf, data, (size_t)count);
		return st;
	}
	spur_buf_clear(&p->text);
	if ((st = walk_member(w, m, NULL, &v, err)) >= 0)
		put_bytes(p, leaf, spur_buf_text(&p->text), p->text.len);
	return st;
}

static enum spur_status pick_one(struct spur_wire *w, const struct spur_member *m, size_t leaf, struct pick *p,
				 struct spur_error *err)
{
	enum spur_status st = step(w, m, err);
	union number n;
	const char *s;
	size_t len;

	if (st < 0 || m->prim == SPUR_PRIM_STRUCT)
		return st < 0 ? st : pick_shape(w, m->shape, leaf, p, err);
	if (m->prim == SPUR_PRIM_TEXT) {
		if ((st = take_text(w, m, &s, &len, err)) >= 0 && m->name != NULL && wanted(p, leaf, 1))
			put_bytes(p, leaf, s, len);
		return st;
	}
	if (m->prim == SPUR_PRIM_WTEXT) {
		spur_buf_clear(&p->text);
		if ((st = take_wide(w, m, &p->text, err)) >= 0 && wanted(p, leaf, 1))
			put_bytes(p, leaf, spur_buf_text(&p->text), p->text.len);
		return st;
	}
	if ((st = take(w, m, spur_prim_size(m->prim), &n, err)) >= 0 && m->name != NULL && wanted(p, leaf, 1))
		put_number(p, leaf, m, n);
	return st;
}

/* What nobody wants is stepped over: blocks of numbers at once, the rest by its values. */
static enum spur_status skip_member(struct spur_wire *w, const struct spur_member *m, struct spur_error *err)
{
	const unsigned char *data;
	enum spur_status st;
	uint64_t count;
	const char *s;
	size_t len;

	if ((st = take_count(w, m, &count, err)) < 0)
		return st;
	if (spur_prim_size(m->prim) > 0)
		return take_block(w, m, count, &data, err);
	for (uint64_t i = 0; i < count && st >= 0; i++) {
		struct spur_buf wide = { 0 };

		if ((st = step(w, m, err)) < 0)
			break;
		if (m->prim == SPUR_PRIM_TEXT)
			st = take_text(w, m, &s, &len, err);
		else if (m->prim == SPUR_PRIM_WTEXT)
			st = take_wide(w, m, &wide, err);
		for (size_t k = 0; m->prim == SPUR_PRIM_STRUCT && k < m->shape->count && st >= 0; k++)
			st = skip_member(w, &m->shape->members[k], err);
		spur_buf_finish(&wide);
	}
	return st;
}

static enum spur_status pick_member(struct spur_wire *w, const struct spur_member *m, size_t leaf, struct pick *p,
				    struct spur_error *err)
{
	size_t each = m->prim == SPUR_PRIM_STRUCT ? m->shape->leaves : 1;
	enum spur_status st = SPUR_OK;

	if (m->leaves == 0 || !wanted(p, leaf, m->leaves))
		return skip_member(w, m, err);
	if (m->whole)
		return pick_whole(w, m, leaf, p, err);
	if (m->extent == SPUR_ONE)
		return pick_one(w, m, leaf, p, err);
	for (uint64_t i = 0; i < m->length && st >= 0; i++)
		st = pick_one(w, m, leaf + (size_t)i * each, p, err);
	return st;
}

static enum spur_status pick_shape(struct spur_wire *w, const struct spur_shape *s, size_t leaf, struct pick *p,
				   struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->count && st >= 0 && leaf < p->stop; i++) {
		st = pick_member(w, &s->members[i], leaf, p, err);
		leaf += s->members[i].leaves;
	}
	return st;
}

static void plan(struct pick *p, const struct spur_fields *all, const size_t *fields, size_t count)
{
	*p = (struct pick){ .all = all, .to = spur_columns_builder_create() };
	p->first = spur_calloc(all->count + 1, sizeof(*p->first));
	p->before = spur_calloc(all->count + 1, sizeof(*p->before));
	p->next = spur_calloc(count + 1, sizeof(*p->next));
	for (size_t c = 0; c < count; c++) {
		const struct spur_field *f = &all->fields[fields[c]];

		spur_columns_builder_add(p->to, f->path, f->type);
		p->next[c] = p->first[fields[c]];
		p->first[fields[c]] = c + 1;
		p->stop = fields[c] + 1 > p->stop ? fields[c] + 1 : p->stop;
	}
	for (size_t i = 0; i < all->count; i++)
		p->before[i + 1] = p->before[i] + (p->first[i] != 0);
}

static void unplan(struct pick *p)
{
	spur_columns_builder_destroy(p->to);
	spur_buf_finish(&p->text);
	free(p->first);
	free(p->before);
	free(p->next);
}

/* A payload that broke off leaves no half row. */
static void even_out(struct pick *p, size_t count, size_t row, bool failed)
{
	for (size_t c = 0; c < count; c++) {
		if (spur_columns_builder_rows(p->to, c) <= row)
			spur_columns_builder_null(p->to, c);
		else if (failed)
			spur_columns_builder_invalidate(p->to, c, row);
	}
}

enum spur_status spur_wire_columns(spur_wire_head *head, const struct spur_shape *root, const struct spur_fields *all,
				   const struct spur_batch *in, const size_t *fields, size_t field_count,
				   struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	struct pick p;

	for (size_t c = 0; c < field_count; c++) {
		if (fields[c] >= all->count)
			return spur_fail(err, SPUR_EINVAL, "field %zu of %zu", fields[c], all->count);
	}
	plan(&p, all, fields, field_count);
	for (size_t i = 0; i < in->count; i++) {
		struct spur_wire w;
		enum spur_status st = head(&in->messages[i], &w, NULL);

		allow_steps(&w);
		if (st >= 0)
			st = pick_shape(&w, root, 0, &p, NULL);
		*bad += st < 0;
		even_out(&p, field_count, i, st < 0);
		spur_columns_builder_time(p.to, (int64_t)in->messages[i].log_time);
	}
	*out = spur_columns_builder_take(p.to);
	unplan(&p);
	return SPUR_OK;
}
