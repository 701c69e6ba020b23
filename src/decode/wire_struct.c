#include "config.h"

#include "decode/wire_priv.h"

/* Members of a struct in the order of the wire. */

static enum spur_status broken_struct(const struct spur_wire *w, const struct spur_shape *s, struct spur_error *err)
{
	return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "%s reaches past byte %zu", s->name, w->size);
}

enum spur_status wire_struct_begin(struct spur_wire *w, const struct spur_shape *s, struct wire_frame *f, struct spur_error *err)
{
	enum spur_extensibility ext = w->at_root ? w->root : s->ext == SPUR_EXT_UNSAID ? w->unsaid : s->ext;
	union wire_number n;
	enum spur_status st;

	w->at_root = false;
	*f = (struct wire_frame){ .s = s, .end = SIZE_MAX, .item_end = SIZE_MAX, .origin = w->origin };
	f->list = ext == SPUR_EXT_MUTABLE && !s->is_union;
	if (w->version < 2 || ext == SPUR_EXT_FINAL || ext == SPUR_EXT_UNSAID)
		return SPUR_OK;
	if ((st = wire_take(w, NULL, 4, &n, err)) < 0)
		return st;
	if (!wire_has(w, n.u32))
		return broken_struct(w, s, err);
	f->end = w->pos + n.u32;
	return SPUR_OK;
}

void wire_struct_end(struct spur_wire *w, const struct wire_frame *f)
{
	w->origin = f->origin;
	if (f->end != SIZE_MAX)
		w->pos = f->end;
}

/* XTypes 1.3 7.4.1.2.5: id and length, 16 bits each, or 32 bits after an id that says so. Then
 * alignment counts from the value. SPUR_END: the end of the list. */
static enum spur_status take_parameter(struct spur_wire *w, struct wire_frame *f, uint32_t *id, struct spur_error *err)
{
	union wire_number pid, len;
	enum spur_status st;

	wire_align(w, 4);
	if ((st = wire_take(w, NULL, 2, &pid, err)) < 0 || (st = wire_take(w, NULL, 2, &len, err)) < 0)
		return st;
	*id = pid.u16 & 0x3fffu;
	if (*id == 0x3f02)
		return SPUR_END;
	len.u32 = len.u16;
	if (*id == 0x3f01) {
		if ((st = wire_take(w, NULL, 4, &pid, err)) < 0 || (st = wire_take(w, NULL, 4, &len, err)) < 0)
			return st;
		*id = pid.u32 & 0x0fffffffu;
	}
	if (!wire_has(w, len.u32))
		return broken_struct(w, f->s, err);
	f->item_end = w->pos + len.u32;
	w->origin = w->pos;
	return SPUR_OK;
}

/* XTypes 1.3 7.4.3.4.2: EMHEADER with the length as a code, or in the word that follows, which may
 * be the member's own count. */
static enum spur_status take_member_head(struct spur_wire *w, struct wire_frame *f, uint32_t *id, struct spur_error *err)
{
	static const unsigned char times[] = { 1, 1, 4, 8 };
	union wire_number head, len;
	unsigned code;
	uint64_t bytes;
	enum spur_status st;

	wire_align(w, 4);
	if (f->end == SIZE_MAX || w->pos >= f->end)
		return SPUR_END;
	if ((st = wire_take(w, NULL, 4, &head, err)) < 0)
		return st;
	*id = head.u32 & 0x0fffffffu;
	code = head.u32 >> 28 & 7;
	bytes = UINT64_C(1) << (code & 3);
	if (code >= 4) {
		if ((st = wire_take(w, NULL, 4, &len, err)) < 0)
			return st;
		bytes = (uint64_t)len.u32 * times[code - 4];
		if (code > 4) {
			w->pos -= 4;
			bytes += 4;
		}
	}
	if (!wire_has(w, bytes))
		return broken_struct(w, f->s, err);
	f->item_end = w->pos + (size_t)bytes;
	return SPUR_OK;
}

static enum spur_status next_listed(struct spur_wire *w, struct wire_frame *f, const struct spur_member **m, struct spur_error *err)
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
				return wire_step(w, *m, err);
			}
		}
		w->pos = f->item_end;	/* a member of a later version of the type */
		w->origin = f->origin;
	}
}

static enum spur_status next_chosen(struct spur_wire *w, struct wire_frame *f, const struct spur_member **m, struct spur_error *err)
{
	size_t size = spur_prim_size(f->s->discriminator);
	union wire_number n;
	enum spur_status st;
	int64_t label;

	if (f->next++ > 0)
		return SPUR_END;
	if ((st = wire_take(w, NULL, size, &n, err)) < 0)
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
static enum spur_status take_presence(struct spur_wire *w, struct wire_frame *f, const struct spur_member *m, struct spur_error *err)
{
	union wire_number n;
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
	if ((st = wire_take(w, m, 1, &n, err)) < 0)
		return st;
	return n.u8 != 0 ? SPUR_OK : SPUR_END;
}

/* The next member that is there; its value is at w->pos. SPUR_END: no more. */
enum spur_status wire_struct_next(struct spur_wire *w, struct wire_frame *f, const struct spur_member **m, struct spur_error *err)
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
