#include "config.h"

#include "base/buf.h"
#include "decode/wire_priv.h"

static enum spur_status walk_shape(struct spur_wire *w, const struct spur_shape *s, const struct spur_visitor *v,
				   struct spur_error *err);

static void show(const struct spur_visitor *v, const char *key, enum spur_prim prim, union wire_number n)
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
	enum spur_status st = wire_step(w, m, err);
	const char *s;
	size_t len;

	if (st < 0)
		return st;
	switch (m->prim) {
	case SPUR_PRIM_TEXT:
		if ((st = wire_take_text(w, m, &s, &len, err)) >= 0)
			v->text(v->state, key, s, len);
		return st;
	case SPUR_PRIM_WTEXT:
		if ((st = wire_take_wide(w, m, &wide, err)) >= 0)
			v->text(v->state, key, spur_buf_text(&wide), wide.len);
		spur_buf_finish(&wide);
		return st;
	case SPUR_PRIM_STRUCT:
		if (m->shape->transparent)
			return wire_walk_member(w, &m->shape->members[0], key, v, err);
		v->begin(v->state, key, '{');
		st = walk_shape(w, m->shape, v, err);
		v->end(v->state, '}');
		return st;
	default: break;
	}
	union wire_number n;

	if ((st = wire_take(w, m, spur_prim_size(m->prim), &n, err)) >= 0 && m->name != NULL)
		show(v, key, m->prim, n);
	return st;
}

static enum spur_status walk_numbers(struct spur_wire *w, const struct spur_member *m, const char *key, uint64_t count,
				     const struct spur_visitor *v, struct spur_error *err)
{
	size_t size = spur_prim_size(m->prim);
	const unsigned char *data;
	enum spur_status st = wire_take_block(w, m, count, &data, err);

	if (st < 0)
		return st;
	if (m->prim == SPUR_PRIM_U8) {
		v->bytes(v->state, key, data, (size_t)count);
		return SPUR_OK;
	}
	v->begin(v->state, key, '[');
	for (uint64_t i = 0; i < count; i++)
		show(v, NULL, m->prim, wire_load(data + i * size, size, w->swap));
	v->end(v->state, ']');
	return SPUR_OK;
}

enum spur_status wire_walk_member(struct spur_wire *w, const struct spur_member *m, const char *key,
				    const struct spur_visitor *v, struct spur_error *err)
{
	enum spur_status st;
	uint64_t count;

	if (m->extent == SPUR_ONE)
		return walk_one(w, m, key, v, err);
	if ((st = wire_take_count(w, m, &count, err)) < 0)
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
	struct wire_frame f;
	enum spur_status st = wire_struct_begin(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = wire_struct_next(w, &f, &m, err)) == SPUR_OK && (st = wire_walk_member(w, m, m->name, v, err)) >= 0)
		;
	if (st >= 0)
		wire_struct_end(w, &f);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status spur_wire_walk(struct spur_wire *w, const struct spur_shape *root, const struct spur_visitor *v,
				struct spur_error *err)
{
	enum spur_status st;

	wire_prepare(w, root);
	v->begin(v->state, NULL, '{');
	st = walk_shape(w, root, v, err);
	v->end(v->state, '}');
	return st;
}
