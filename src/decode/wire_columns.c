#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/jsonvisit.h"
#include "decode/wire_priv.h"

struct pick {
	struct spur_columns_builder *to;
	size_t *first;		/* per leaf: column + 1, or 0 */
	size_t *next;		/* per column: another column + 1 of the same leaf, or 0 */
	size_t *before;		/* per leaf: wanted leaves before it; one more at the end */
	size_t stop;		/* after the last wanted leaf */
	size_t row;		/* the message at hand */
	struct spur_buf text;	/* scratch */
	const struct spur_fields *all;
};

static enum spur_status pick_shape(struct spur_wire *w, const struct spur_shape *s, size_t leaf, struct pick *p,
				   struct spur_error *err);

static bool wanted(const struct pick *p, size_t leaf, size_t count)
{
	return p->before[leaf + count] > p->before[leaf];
}

/* A parameter list may have a member twice: the first one counts. */
static bool filled(const struct pick *p, size_t col)
{
	return spur_columns_builder_rows(p->to, col) > p->row;
}

static void put_bytes(struct pick *p, size_t leaf, const void *data, size_t len)
{
	for (size_t c = p->first[leaf]; c != 0; c = p->next[c - 1]) {
		if (!filled(p, c - 1))
			spur_columns_builder_bytes(p->to, c - 1, data, len);
	}
}

static void put_number(struct pick *p, size_t leaf, const struct spur_member *m, union wire_number n)
{
	size_t size = spur_prim_size(m->prim);

	if (m->prim == SPUR_PRIM_BOOL)
		n.u8 = n.u8 != 0;
	for (size_t c = p->first[leaf]; c != 0; c = p->next[c - 1]) {
		if (filled(p, c - 1))
			continue;
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
		if ((st = wire_take_count(w, m, &count, err)) >= 0 && (st = wire_take_block(w, m, count, &data, err)) >= 0)
			put_bytes(p, leaf, data, (size_t)count);
		return st;
	}
	spur_buf_clear(&p->text);
	if ((st = wire_walk_member(w, m, NULL, &v, err)) >= 0)
		put_bytes(p, leaf, spur_buf_text(&p->text), p->text.len);
	return st;
}

static enum spur_status pick_one(struct spur_wire *w, const struct spur_member *m, size_t leaf, struct pick *p,
				 struct spur_error *err)
{
	enum spur_status st = wire_step(w, m, err);
	union wire_number n;
	const char *s;
	size_t len;

	if (st < 0 || m->prim == SPUR_PRIM_STRUCT)
		return st < 0 ? st : pick_shape(w, m->shape, leaf, p, err);
	if (m->prim == SPUR_PRIM_TEXT) {
		if ((st = wire_take_text(w, m, &s, &len, err)) >= 0 && m->name != NULL && wanted(p, leaf, 1))
			put_bytes(p, leaf, s, len);
		return st;
	}
	if (m->prim == SPUR_PRIM_WTEXT) {
		spur_buf_clear(&p->text);
		if ((st = wire_take_wide(w, m, &p->text, err)) >= 0 && wanted(p, leaf, 1))
			put_bytes(p, leaf, spur_buf_text(&p->text), p->text.len);
		return st;
	}
	if ((st = wire_take(w, m, spur_prim_size(m->prim), &n, err)) >= 0 && m->name != NULL && wanted(p, leaf, 1))
		put_number(p, leaf, m, n);
	return st;
}

static enum spur_status pick_member(struct spur_wire *w, const struct spur_member *m, size_t leaf, struct pick *p,
				    struct spur_error *err)
{
	size_t each = m->prim == SPUR_PRIM_STRUCT ? m->shape->leaves : 1;
	enum spur_status st = SPUR_OK;

	if (m->leaves == 0 || !wanted(p, leaf, m->leaves))
		return wire_skip_member(w, m, err);
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
	struct wire_frame f;
	enum spur_status st = wire_struct_begin(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = wire_struct_next(w, &f, &m, err)) == SPUR_OK) {
		if (!f.list && leaf + m->first_leaf >= p->stop)
			break;	/* nothing behind it is wanted */
		if ((st = pick_member(w, m, leaf + m->first_leaf, p, err)) < 0)
			return st;
	}
	if (st >= 0)
		wire_struct_end(w, &f);
	return st < 0 ? st : SPUR_OK;
}

static void plan(struct pick *p, const struct spur_fields *all, const size_t *fields, size_t count)
{
	*p = (struct pick){ .all = all, .to = spur_columns_builder_create() };
	p->first = spur_calloc(all->count, sizeof(*p->first));
	p->before = spur_calloc(all->count + 1, sizeof(*p->before));
	p->next = spur_calloc(count, sizeof(*p->next));
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

		p.row = i;
		if (st >= 0)
			wire_prepare(&w, root);
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
