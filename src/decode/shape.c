#include "config.h"

#include "decode/shape.h"

#include <string.h>

#include "base/buf.h"

size_t spur_prim_size(enum spur_prim p)
{
	static const unsigned char sizes[] = { 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 0, 0 };

	return sizes[p];
}

static enum spur_status layout(struct spur_shape *s, unsigned depth, struct spur_error *err);

static enum spur_status layout_member(struct spur_shape *s, struct spur_member *m, unsigned depth,
				      struct spur_error *err)
{
	size_t one = 1;

	if (m->prim == SPUR_PRIM_STRUCT) {
		enum spur_status st = layout(m->shape, depth + 1, err);

		if (st < 0)
			return st;
		one = m->shape->leaves;
		s->delimits = s->delimits || m->shape->delimits;
		if (m->shape->depth + 1 > s->depth)
			s->depth = m->shape->depth + 1;
	}
	s->delimits = s->delimits || (m->extent != SPUR_ONE && spur_prim_size(m->prim) == 0);
	m->whole = m->extent == SPUR_SEQUENCE || (m->extent == SPUR_FIXED && m->length > SPUR_SHAPE_ELEMENTS) ||
		   (m->prim == SPUR_PRIM_STRUCT && m->shape->transparent);
	m->first_leaf = s->leaves;
	m->leaves = m->name == NULL ? 0 : m->whole ? 1 : m->extent == SPUR_FIXED ? one * (size_t)m->length : one;
	if (s->leaves + m->leaves > SPUR_SHAPE_LEAVES) {
		m->whole = true;
		m->leaves = 1;
	}
	s->leaves += m->leaves;
	return SPUR_OK;
}

static enum spur_status layout(struct spur_shape *s, unsigned depth, struct spur_error *err)
{
	enum spur_status st;

	if (s->visiting)
		return spur_fail(err, SPUR_EFORMAT, "type %s contains itself", s->name);
	if (depth + s->depth > SPUR_SHAPE_DEPTH)
		return spur_fail(err, SPUR_EUNSUPPORTED, "types nested deeper than %u at %s", SPUR_SHAPE_DEPTH, s->name);
	if (s->depth > 0)
		return SPUR_OK;
	s->visiting = true;
	s->depth = 1;
	for (size_t i = 0; i < s->count; i++) {
		if ((st = layout_member(s, &s->members[i], depth, err)) < 0)
			return st;
	}
	s->visiting = false;
	return SPUR_OK;
}

enum spur_status spur_shape_layout(struct spur_shape *root, struct spur_error *err)
{
	return layout(root, 0, err);
}

/* Paths are built in one buffer that grows and shrinks with the tree. */
struct naming {
	struct spur_arena *arena;
	struct spur_buf path;
	struct spur_field *fields;
	size_t count;
	bool full;
};

static enum spur_type leaf_type(const struct spur_member *m)
{
	static const enum spur_type types[] = {
		SPUR_TYPE_BOOL, SPUR_TYPE_I8, SPUR_TYPE_U8, SPUR_TYPE_I16, SPUR_TYPE_U16, SPUR_TYPE_I32,
		SPUR_TYPE_U32, SPUR_TYPE_I64, SPUR_TYPE_U64, SPUR_TYPE_F32, SPUR_TYPE_F64, SPUR_TYPE_TEXT,
		SPUR_TYPE_TEXT, SPUR_TYPE_TEXT,
	};

	if (!m->whole)
		return types[m->prim];
	return m->prim == SPUR_PRIM_U8 ? SPUR_TYPE_BYTES : SPUR_TYPE_TEXT;
}

static void name_shape(struct naming *n, const struct spur_shape *s);

static void name_leaf(struct naming *n, const struct spur_member *m)
{
	char *path = spur_arena_strn(n->arena, n->path.data, n->path.len);

	if (path == NULL) {
		n->full = true;
		return;
	}
	n->fields[n->count++] = (struct spur_field){ .path = path, .unit = "", .type = leaf_type(m), .array = m->whole };
}

static void name_element(struct naming *n, const struct spur_member *m)
{
	if (m->prim == SPUR_PRIM_STRUCT && !m->whole)
		name_shape(n, m->shape);
	else
		name_leaf(n, m);
}

static void name_shape(struct naming *n, const struct spur_shape *s)
{
	for (size_t i = 0; i < s->count && !n->full; i++) {
		const struct spur_member *m = &s->members[i];
		size_t mark = n->path.len, at;

		if (m->name == NULL)
			continue;
		if (mark > 0)
			spur_buf_addc(&n->path, '.');
		spur_buf_adds(&n->path, m->name);
		at = n->path.len;
		if (m->extent != SPUR_FIXED || m->whole)
			name_element(n, m);
		for (uint64_t k = 0; m->extent == SPUR_FIXED && !m->whole && k < m->length && !n->full; k++) {
			spur_buf_addf(&n->path, "[%u]", (unsigned)k);
			name_element(n, m);
			n->path.len = at;
		}
		n->path.len = mark;
	}
}

enum spur_status spur_shape_fields(const struct spur_shape *root, struct spur_arena *arena, struct spur_fields *out,
				   struct spur_error *err)
{
	struct naming n = { .arena = arena };

	*out = (struct spur_fields){ 0 };
	n.fields = spur_arena_array(arena, root->leaves, sizeof(*n.fields));
	if (n.fields == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no room for the %zu fields of %s", root->leaves, root->name);
	name_shape(&n, root);
	spur_buf_finish(&n.path);
	if (n.full)
		return spur_fail(err, SPUR_ENOMEM, "no room for the field names of %s", root->name);
	*out = (struct spur_fields){ .count = n.count, .fields = n.fields };
	return SPUR_OK;
}
