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
			      m == NULL || m->name == NULL ? "" : m->name, (unsigned long long)need, w->pos, w->size);
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
	if (w->framed && m->extent != SPUR_ONE && spur_prim_size(m->prim) == 0 && (st = take(w, m, 4, &n, err)) < 0)
		return st;
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

/* ---- members of a struct, in the order of the wire ---- */

struct frame {
	const struct spur_shape *s;
	size_t next;		/* member, of one without a list */
	size_t end;		/* of the bytes of the struct, SIZE_MAX: it does not say */
	size_t item_end;	/* of the member at hand, SIZE_MAX: it does not say */
	size_t origin;
	bool list;		/* members carry their ids, any may be missing */
};

static enum spur_status broken_struct(const struct spur_wire *w, const struct spur_shape *s, struct spur_error *err)
{
	return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "%s reaches past byte %zu", s->name, w->size);
}

static enum spur_status begin_struct(struct spur_wire *w, const struct spur_shape *s, struct frame *f, struct spur_error *err)
{
	enum spur_extensibility ext = w->at_root ? w->root : s->ext == SPUR_EXT_UNSAID ? w->unsaid : s->ext;
	union number n;
	enum spur_status st;

	w->at_root = false;
	*f = (struct frame){ .s = s, .end = SIZE_MAX, .item_end = SIZE_MAX, .origin = w->origin };
	f->list = ext == SPUR_EXT_MUTABLE && !s->is_union;
	if (w->version < 2 || ext == SPUR_EXT_FINAL || ext == SPUR_EXT_UNSAID)
		return SPUR_OK;
	if ((st = take(w, NULL, 4, &n, err)) < 0)
		return st;
	if (!has(w, n.u32))
		return broken_struct(w, s, err);
	f->end = w->pos + n.u32;
	return SPUR_OK;
}

static void end_struct(struct spur_wire *w, const struct frame *f)
{
	w->origin = f->origin;
	if (f->end != SIZE_MAX)
		w->pos = f->end;
}

/* XTypes 1.3 7.4.1.2.5: id and length, 16 bits each, or 32 bits after an id that says so. Then
 * alignment counts from the value. SPUR_END: the end of the list. */
static enum spur_status take_parameter(struct spur_wire *w, struct frame *f, uint32_t *id, struct spur_error *err)
{
	union number pid, len;
	enum spur_status st;

	align(w, 4);
	if ((st = take(w, NULL, 2, &pid, err)) < 0 || (st = take(w, NULL, 2, &len, err)) < 0)
		return st;
	*id = pid.u16 & 0x3fffu;
	if (*id == 0x3f02)
		return SPUR_END;
	len.u32 = len.u16;
	if (*id == 0x3f01) {
		if ((st = take(w, NULL, 4, &pid, err)) < 0 || (st = take(w, NULL, 4, &len, err)) < 0)
			return st;
		*id = pid.u32 & 0x0fffffffu;
	}
	if (!has(w, len.u32))
		return broken_struct(w, f->s, err);
	f->item_end = w->pos + len.u32;
	w->origin = w->pos;
	return SPUR_OK;
}

/* XTypes 1.3 7.4.3.4.2: EMHEADER with the length as a code, or in the word that follows, which may
 * be the member's own count. */
static enum spur_status take_member_head(struct spur_wire *w, struct frame *f, uint32_t *id, struct spur_error *err)
{
	static const unsigned char times[] = { 1, 1, 4, 8 };
	union number head, len;
	unsigned code;
	uint64_t bytes;
	enum spur_status st;

	align(w, 4);
	if (f->end == SIZE_MAX || w->pos >= f->end)
		return SPUR_END;
	if ((st = take(w, NULL, 4, &head, err)) < 0)
		return st;
	*id = head.u32 & 0x0fffffffu;
	code = head.u32 >> 28 & 7;
	bytes = UINT64_C(1) << (code & 3);
	if (code >= 4) {
		if ((st = take(w, NULL, 4, &len, err)) < 0)
			return st;
		bytes = (uint64_t)len.u32 * times[code - 4];
		if (code > 4) {
			w->pos -= 4;
			bytes += 4;
		}
	}
	if (!has(w, bytes))
		return broken_struct(w, f->s, err);
	f->item_end = w->pos + (size_t)bytes;
	return SPUR_OK;
}

static enum spur_status next_listed(struct spur_wire *w, struct frame *f, const struct spur_member **m, struct spur_error *err)
{
	enum spur_status st;
	uint32_t id;

	for (;;) {
		st = w->version < 2 ? take_parameter(w, f, &id, err) : take_member_head(w, f, &id, err);
		if (st != SPUR_OK)
			return st;
		for (size_t i = 0; i < f->s->count; i++) {
			if (f->s->members[i].id == id) {
				*m = &f->s->members[i];
				return step(w, *m, err);
			}
		}
		w->pos = f->item_end;	/* a member of a later version of the type */
		w->origin = f->origin;
	}
}

static enum spur_status next_chosen(struct spur_wire *w, struct frame *f, const struct spur_member **m, struct spur_error *err)
{
	size_t size = spur_prim_size(f->s->discriminator);
	union number n;
	enum spur_status st;
	int64_t label;

	if (f->next++ > 0)
		return SPUR_END;
	if ((st = take(w, NULL, size, &n, err)) < 0)
		return st;
	label = size == 8 ? n.i64 : size == 4 ? (f->s->discriminator == SPUR_PRIM_U32 ? (int64_t)n.u32 : n.i32) :
		size == 2 ? (f->s->discriminator == SPUR_PRIM_U16 ? n.u16 : n.i16) :
		f->s->discriminator == SPUR_PRIM_I8 ? n.i8 : n.u8;
	*m = NULL;
	for (size_t i = 0; i < f->s->count; i++) {
		const struct spur_member *one = &f->s->members[i];

		for (size_t k = 0; k < one->label_count; k++) {
			if (one->labels[k] == label) {
				*m = one;
				return SPUR_OK;
			}
		}
		if (one->is_default)
			*m = one;
	}
	return *m == NULL ? SPUR_END : SPUR_OK;
}

/* An optional member says whether it is there. SPUR_END: it is not. */
static enum spur_status take_presence(struct spur_wire *w, struct frame *f, const struct spur_member *m, struct spur_error *err)
{
	union number n;
	enum spur_status st;
	uint32_t id;

	if (w->version < 2) {
		if ((st = take_parameter(w, f, &id, err)) != SPUR_OK)
			return st;
		if (f->item_end != w->pos)
			return SPUR_OK;
		w->origin = f->origin;
		f->item_end = SIZE_MAX;
		return SPUR_END;
	}
	if ((st = take(w, m, 1, &n, err)) < 0)
		return st;
	return n.u8 != 0 ? SPUR_OK : SPUR_END;
}

/* The next member that is there; its value is at w->pos. SPUR_END: no more. */
static enum spur_status next_member(struct spur_wire *w, struct frame *f, const struct spur_member **m, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (f->item_end != SIZE_MAX) {
		w->pos = f->item_end;
		w->origin = f->origin;
		f->item_end = SIZE_MAX;
	}
	if (f->s->is_union)
		return next_chosen(w, f, m, err);
	if (f->list)
		return next_listed(w, f, m, err);
	do {
		if (f->next == f->s->count || (f->end != SIZE_MAX && w->pos >= f->end))
			return SPUR_END;	/* an earlier version of the type has no more */
		*m = &f->s->members[f->next++];
		st = (*m)->optional ? take_presence(w, f, *m, err) : SPUR_OK;
	} while (st == SPUR_END);
	return st;
}

/* ---- walk ---- */

static enum spur_status walk_shape(struct spur_wire *w, const struct spur_shape *s, const struct spur_visitor *v,
				   struct spur_error *err);
static enum spur_status walk_member(struct spur_wire *w, const struct spur_member *m, const char *key,
				    const struct spur_visitor *v, struct spur_error *err);

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
		if (m->shape->transparent)
			return walk_member(w, &m->shape->members[0], key, v, err);
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
	const struct spur_member *m;
	struct frame f;
	enum spur_status st = begin_struct(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = next_member(w, &f, &m, err)) == SPUR_OK && (st = walk_member(w, m, m->name, v, err)) >= 0)
		;
	if (st >= 0)
		end_struct(w, &f);
	return st < 0 ? st : SPUR_OK;
}

static void prepare(struct spur_wire *w, const struct spur_shape *root);

enum spur_status spur_wire_walk(struct spur_wire *w, const struct spur_shape *root, const struct spur_visitor *v,
				struct spur_error *err)
{
	enum spur_status st;

	prepare(w, root);
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

static enum spur_status skip_shape(struct spur_wire *w, const struct spur_shape *s, struct spur_error *err);

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
		else if (m->prim == SPUR_PRIM_STRUCT)
			st = skip_shape(w, m->shape, err);
		spur_buf_finish(&wide);
	}
	return st;
}

static enum spur_status skip_shape(struct spur_wire *w, const struct spur_shape *s, struct spur_error *err)
{
	const struct spur_member *m;
	struct frame f;
	enum spur_status st = begin_struct(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = next_member(w, &f, &m, err)) == SPUR_OK && (st = skip_member(w, m, err)) >= 0)
		;
	if (st >= 0)
		end_struct(w, &f);
	return st < 0 ? st : SPUR_OK;
}

static void allow(struct spur_wire *w)
{
	w->at_root = true;
	w->steps = (uint64_t)w->size * STEPS_PER_BYTE + STEPS_FREE;
}

/* CDR 2 puts a delimiter before arrays of what is not a number, and some writers leave it out. Nothing
 * in the payload tells which, except that only one of them ends where the payload does. */
static void prepare(struct spur_wire *w, const struct spur_shape *root)
{
	struct spur_wire probe = *w;

	allow(w);
	if (w->version < 2 || !root->delimits)
		return;
	allow(&probe);
	probe.framed = true;
	w->framed = skip_shape(&probe, root, NULL) >= 0 && probe.size - probe.pos < 4;
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
	const struct spur_member *m;
	struct frame f;
	enum spur_status st = begin_struct(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = next_member(w, &f, &m, err)) == SPUR_OK) {
		if (!f.list && leaf + m->first_leaf >= p->stop)
			break;	/* nothing behind it is wanted */
		if ((st = pick_member(w, m, leaf + m->first_leaf, p, err)) < 0)
			return st;
	}
	if (st >= 0)
		end_struct(w, &f);
	return st < 0 ? st : SPUR_OK;
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

		if (st >= 0)
			prepare(&w, root);
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
