#include "config.h"

#include "decode/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/jsonvisit.h"
#include "decode/proto.h"

#define ARENA_MAX (UINT64_C(256) << 20)
#define SCHEMA_MAX ((size_t)64 << 20)
#define DEPTH_MAX 100u		/* of messages in a payload, as other decoders have it */
#define LEAVES_MAX 16384u
#define CHAIN_MAX 16u		/* messages above a leaf; what is deeper stays inside a field as a whole */
#define STEPS_MAX 262144u	/* visits while listing: a schema may fan out */

/* A leaf of the schema: the fields that lead to it. */
struct leaf {
	const struct spur_proto_field *chain[CHAIN_MAX];
	unsigned depth;
};

struct spur_decoding {
	struct spur_arena *arena;
	const struct spur_proto_message *root;
	struct spur_fields fields;
	struct spur_field *list;
	struct leaf *leaves;
	size_t cap;
	unsigned steps;
};

static int match(const struct spur_stream *s)
{
	return strcmp(s->encoding, "protobuf") != 0 ? 0 : strcmp(s->schema_encoding, "protobuf") == 0 ? 100 : 10;
}

/* ---- the fields ---- */

static enum spur_type type_of(const struct spur_proto_field *f)
{
	switch (f->type) {
	case SPUR_PROTO_DOUBLE: return SPUR_TYPE_F64;
	case SPUR_PROTO_FLOAT: return SPUR_TYPE_F32;
	case SPUR_PROTO_INT64: case SPUR_PROTO_SFIXED64: case SPUR_PROTO_SINT64: return SPUR_TYPE_I64;
	case SPUR_PROTO_UINT64: case SPUR_PROTO_FIXED64: return SPUR_TYPE_U64;
	case SPUR_PROTO_INT32: case SPUR_PROTO_SFIXED32: case SPUR_PROTO_SINT32: case SPUR_PROTO_ENUM: return SPUR_TYPE_I32;
	case SPUR_PROTO_UINT32: case SPUR_PROTO_FIXED32: return SPUR_TYPE_U32;
	case SPUR_PROTO_BOOL: return SPUR_TYPE_BOOL;
	case SPUR_PROTO_TYPE_BYTES: return SPUR_TYPE_BYTES;
	case SPUR_PROTO_STRING: case SPUR_PROTO_TYPE_GROUP: case SPUR_PROTO_MESSAGE:
	default: return SPUR_TYPE_TEXT;
	}
}

static void add_leaf(struct spur_decoding *d, const struct leaf *l, const char *path, bool whole)
{
	const struct spur_proto_field *f = l->chain[l->depth - 1];
	char *kept = spur_arena_str(d->arena, path);

	if (kept == NULL || d->fields.count >= LEAVES_MAX)
		return;
	if (d->fields.count == d->cap) {
		d->cap = d->cap == 0 ? 32 : d->cap * 2;
		d->list = spur_realloc(d->list, d->cap, sizeof(*d->list));
		d->leaves = spur_realloc(d->leaves, d->cap, sizeof(*d->leaves));
	}
	d->leaves[d->fields.count] = *l;
	d->list[d->fields.count++] = (struct spur_field){ .path = kept, .unit = "",
							  .type = whole ? SPUR_TYPE_TEXT : type_of(f),
							  .array = whole || f->type == SPUR_PROTO_TYPE_BYTES };
	d->fields.fields = d->list;
}

/* A type inside itself, and what repeats, is one field as a whole. */
static void list_fields(struct spur_decoding *d, const struct spur_proto_message *m, struct leaf *at, struct spur_buf *path)
{
	for (size_t i = 0; i < m->count && d->steps++ < STEPS_MAX; i++) {
		const struct spur_proto_field *f = &m->fields[i];
		bool whole = f->repeated;
		size_t mark = path->len;

		if (mark > 0)
			spur_buf_addc(path, '.');
		spur_buf_adds(path, f->name);
		at->chain[at->depth++] = f;
		for (unsigned k = 0; f->message != NULL && k + 1 < at->depth; k++)
			whole = whole || at->chain[k]->message == f->message;
		whole = whole || (f->message != NULL && (f->message == d->root || at->depth == CHAIN_MAX));
		if (f->message != NULL && !whole)
			list_fields(d, f->message, at, path);
		else
			add_leaf(d, at, spur_buf_text(path), whole);
		at->depth--;
		path->len = mark;
	}
}

static void close_protobuf(struct spur_decoding *d)
{
	if (d == NULL)
		return;
	spur_arena_destroy(d->arena);
	free(d->list);
	free(d->leaves);
	free(d);
}

static enum spur_status open_protobuf(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	struct spur_buf path = { 0 };
	struct leaf at = { .depth = 0 };
	struct spur_decoding *d;
	enum spur_status st;

	*out = NULL;
	if (strcmp(s->schema_encoding, "protobuf") != 0)
		return spur_fail(err, SPUR_EUNSUPPORTED, "no decoder for protobuf with schema encoding '%s'", s->schema_encoding);
	if (s->schema_len > SCHEMA_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "schema of %zu bytes, %zu at most", s->schema_len, SCHEMA_MAX);
	d = spur_calloc(1, sizeof(*d));
	d->arena = spur_arena_create(ARENA_MAX);
	if ((st = spur_proto_load(s->schema, s->schema_len, s->schema_name, d->arena, &d->root, err)) < 0) {
		close_protobuf(d);
		return spur_wrap(st, err, "schema %s", s->schema_name);
	}
	list_fields(d, d->root, &at, &path);
	spur_buf_finish(&path);
	*out = d;
	return SPUR_OK;
}

static const struct spur_fields *fields(const struct spur_decoding *d)
{
	return &d->fields;
}

/* ---- values ---- */

union scalar {
	int64_t i;
	uint64_t u;
	double f64;
	float f32;
};

/* The wire's bits as the type's value. */
static union scalar scalar_of(const struct spur_proto_field *f, uint64_t bits)
{
	union scalar v = { .u = bits };
	uint32_t half = (uint32_t)bits;

	switch (f->type) {
	case SPUR_PROTO_FLOAT: memcpy(&v.f32, &half, sizeof(v.f32)); break;
	case SPUR_PROTO_INT32: case SPUR_PROTO_SFIXED32: case SPUR_PROTO_ENUM: v.i = (int32_t)half; break;
	case SPUR_PROTO_UINT32: case SPUR_PROTO_FIXED32: v.u = half; break;
	case SPUR_PROTO_SINT32: v.i = (int32_t)(half >> 1 ^ (0 - (half & 1))); break;
	case SPUR_PROTO_SINT64: v.u = bits >> 1 ^ (0 - (bits & 1)); break;
	case SPUR_PROTO_BOOL: v.u = bits != 0; break;
	default: break;
	}
	return v;
}

static int wire_of(const struct spur_proto_field *f)
{
	switch (f->type) {
	case SPUR_PROTO_DOUBLE: case SPUR_PROTO_FIXED64: case SPUR_PROTO_SFIXED64: return SPUR_PROTO_64;
	case SPUR_PROTO_FLOAT: case SPUR_PROTO_FIXED32: case SPUR_PROTO_SFIXED32: return SPUR_PROTO_32;
	case SPUR_PROTO_STRING: case SPUR_PROTO_TYPE_BYTES: case SPUR_PROTO_MESSAGE: return SPUR_PROTO_BYTES;
	case SPUR_PROTO_TYPE_GROUP: return SPUR_PROTO_GROUP;
	default: return SPUR_PROTO_VARINT;
	}
}

static void show(const struct spur_visitor *v, const char *key, const struct spur_proto_field *f, uint64_t bits)
{
	union scalar x = scalar_of(f, bits);
	const char *name;

	switch (type_of(f)) {
	case SPUR_TYPE_F64: v->f64(v->state, key, x.f64); break;
	case SPUR_TYPE_F32: v->f32(v->state, key, x.f32); break;
	case SPUR_TYPE_BOOL: v->boolean(v->state, key, x.u != 0); break;
	case SPUR_TYPE_U32: case SPUR_TYPE_U64: v->u64(v->state, key, x.u); break;
	default:
		name = f->type == SPUR_PROTO_ENUM ? spur_proto_enum_name(f->enumeration, (int32_t)x.i) : NULL;
		if (name != NULL)
			v->text(v->state, key, name, strlen(name));
		else
			v->i64(v->state, key, x.i);
	}
}

/* ---- walk ---- */

#define STEPS_PER_BYTE 64u
#define STEPS_FREE 65536u

struct walking {
	const struct spur_visitor *v;
	struct spur_error *err;
	uint64_t steps;		/* fields still allowed: no schema may cost more than the payload's bytes justify */
};

/* The items of one message, chained per field in their order: 0 ends, else index + 1. */
struct items {
	struct spur_proto_item *list;
	size_t *next, *first, *last;	/* next per item; first and last per field */
	size_t count, cap;
};

static enum spur_status walk_message(const struct spur_proto_message *m, struct spur_proto_bytes b, struct walking *w,
				     unsigned depth);

static void add_item(struct items *it, size_t field, const struct spur_proto_item *i)
{
	if (it->count == it->cap) {
		it->cap = it->cap == 0 ? 16 : it->cap * 2;
		it->list = spur_realloc(it->list, it->cap, sizeof(*it->list));
		it->next = spur_realloc(it->next, it->cap, sizeof(*it->next));
	}
	it->list[it->count] = *i;
	it->next[it->count++] = 0;
	if (it->first[field] == 0)
		it->first[field] = it->count;
	else
		it->next[it->last[field] - 1] = it->count;
	it->last[field] = it->count;
}

/* A later member of a oneof replaces the others. */
static void clear_oneof(const struct spur_proto_message *m, struct items *it, const struct spur_proto_field *f)
{
	for (size_t i = 0; f->oneof >= 0 && i < m->count; i++) {
		if (m->fields[i].oneof == f->oneof && &m->fields[i] != f)
			it->first[i] = it->last[i] = 0;
	}
}

static enum spur_status collect(const struct spur_proto_message *m, struct spur_proto_bytes b, struct items *it, struct walking *w)
{
	size_t size = b.len;
	struct spur_proto_item i;
	enum spur_status st;

	while ((st = spur_proto_next(&b, &i)) == SPUR_OK) {
		const struct spur_proto_field *f = spur_proto_field_of(m, i.number);

		if (f == NULL || ((int)i.wire != wire_of(f) && !(f->repeated && i.wire == SPUR_PROTO_BYTES)))
			continue;	/* unknown, or of another type: as if it were not there */
		clear_oneof(m, it, f);
		add_item(it, (size_t)(f - m->fields), &i);
	}
	return st >= 0 ? SPUR_OK : spur_fail_byte(w->err, SPUR_EFORMAT, size - b.len, "%s breaks off at byte %zu of %zu",
						  m->name + 1, size - b.len, size);
}

/* A packed run: numbers side by side. */
static enum spur_status walk_packed(const struct spur_proto_field *f, struct spur_proto_bytes b, struct walking *w)
{
	int wire = wire_of(f);

	while (b.len > 0) {
		size_t size = wire == SPUR_PROTO_64 ? 8 : 4;
		uint64_t bits = 0;

		if (wire == SPUR_PROTO_VARINT) {
			if (!spur_proto_varint(&b, &bits))
				return spur_fail(w->err, SPUR_EFORMAT, "the numbers of %s break off", f->name);
		} else {
			if (b.len < size)
				return spur_fail(w->err, SPUR_EFORMAT, "the numbers of %s break off", f->name);
			memcpy(&bits, b.data, size);
			b.data += size;
			b.len -= size;
		}
		show(w->v, NULL, f, bits);
	}
	return SPUR_OK;
}

static enum spur_status walk_item(const struct spur_proto_field *f, const char *key, const struct spur_proto_item *i,
				  struct walking *w, unsigned depth)
{
	const struct spur_visitor *v = w->v;
	enum spur_status st;

	if (f->type == SPUR_PROTO_STRING) {
		v->text(v->state, key, (const char *)i->bytes.data, i->bytes.len);
	} else if (f->type == SPUR_PROTO_TYPE_BYTES) {
		v->bytes(v->state, key, i->bytes.data, i->bytes.len);
	} else if (f->message != NULL) {
		v->begin(v->state, key, '{');
		st = walk_message(f->message, i->bytes, w, depth + 1);
		v->end(v->state, '}');
		return st;
	} else if (i->wire == SPUR_PROTO_BYTES) {
		return walk_packed(f, i->bytes, w);
	} else {
		show(v, key, f, i->value);
	}
	return SPUR_OK;
}

/* Several of a field that is not repeated: the last wins, but messages merge, which is what reading
 * their bytes one after the other does. */
static enum spur_status walk_single(const struct spur_proto_field *f, const struct items *it, size_t first, size_t last,
				    struct walking *w, unsigned depth)
{
	struct spur_proto_item all = it->list[last - 1];
	struct spur_buf joined = { 0 };
	enum spur_status st;

	if (f->message != NULL && first != last) {
		for (size_t i = first; i != 0; i = it->next[i - 1])
			spur_buf_add(&joined, it->list[i - 1].bytes.data, it->list[i - 1].bytes.len);
		all.bytes = (struct spur_proto_bytes){ (const uint8_t *)spur_buf_text(&joined), joined.len };
	}
	st = walk_item(f, f->name, &all, w, depth);
	spur_buf_finish(&joined);
	return st;
}

static enum spur_status walk_field(const struct spur_proto_field *f, const struct items *it, size_t field, struct walking *w,
				   unsigned depth)
{
	static const struct spur_proto_item zero = { .bytes = { (const uint8_t *)"", 0 } };
	const struct spur_visitor *v = w->v;
	enum spur_status st = SPUR_OK;

	if (f->repeated) {
		v->begin(v->state, f->name, '[');
		for (size_t i = it->first[field]; i != 0 && st >= 0; i = it->next[i - 1])
			st = walk_item(f, NULL, &it->list[i - 1], w, depth);
		v->end(v->state, ']');
	} else if (it->first[field] != 0) {
		st = walk_single(f, it, it->first[field], it->last[field], w, depth);
	} else if (f->implicit) {
		st = walk_item(f, f->name, &zero, w, depth);
	}
	return st;
}

static enum spur_status walk_message(const struct spur_proto_message *m, struct spur_proto_bytes b, struct walking *w,
				     unsigned depth)
{
	struct items it = { 0 };
	enum spur_status st;

	if (depth >= DEPTH_MAX)
		return spur_fail(w->err, SPUR_EFORMAT, "messages nested deeper than %u", DEPTH_MAX);
	if (w->steps < m->count)
		return spur_fail(w->err, SPUR_EFORMAT, "%s: more fields than its bytes can justify", m->name + 1);
	w->steps -= m->count;
	it.first = spur_calloc(2 * m->count, sizeof(*it.first));
	it.last = it.first + m->count;
	st = collect(m, b, &it, w);
	for (size_t i = 0; i < m->count && st >= 0; i++)
		st = walk_field(&m->fields[i], &it, i, w, depth);
	free(it.list);
	free(it.next);
	free(it.first);
	return st;
}

static enum spur_status walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
			     struct spur_error *err)
{
	struct walking w = { .v = v, .err = err, .steps = (uint64_t)m->size * STEPS_PER_BYTE + STEPS_FREE };
	enum spur_status st;

	v->begin(v->state, NULL, '{');
	st = walk_message(d->root, (struct spur_proto_bytes){ m->data, m->size }, &w, 0);
	v->end(v->state, '}');
	return st;
}

/* ---- columns ---- */

struct found {
	bool there, implicit;	/* implicit: its message is there and it is not: zero */
	struct spur_proto_item item;
};

/* The last value of a leaf in the messages that lead to it. */
static enum spur_status find(const struct spur_proto_field *const *chain, unsigned depth, struct spur_proto_bytes b,
			     const struct spur_proto_message *m, struct found *out)
{
	struct spur_proto_item i;
	enum spur_status st;

	if (depth == 1 && chain[0]->implicit && !out->there)
		out->implicit = true;
	while ((st = spur_proto_next(&b, &i)) == SPUR_OK) {
		const struct spur_proto_field *f;

		if (i.number != chain[0]->number) {
			f = chain[0]->oneof < 0 ? NULL : spur_proto_field_of(m, i.number);
			if (f != NULL && f->oneof == chain[0]->oneof)
				*out = (struct found){ 0 };
		} else if ((int)i.wire != wire_of(chain[0])) {
			continue;
		} else if (depth == 1) {
			out->there = true;
			out->item = i;
		} else if ((st = find(chain + 1, depth - 1, i.bytes, chain[0]->message, out)) < 0) {
			return st;
		}
	}
	return st < 0 ? st : SPUR_OK;
}

static void put_number(struct spur_columns_builder *to, size_t c, const struct spur_proto_field *f, uint64_t bits)
{
	union scalar v = scalar_of(f, bits);

	/* Little-endian: the low bytes of the union are the narrower value. */
	memcpy(spur_columns_builder_reserve(to, c, 1), &v, spur_type_size(type_of(f)));
	spur_columns_builder_advance(to, c, 1);
}

static enum spur_status put_single(struct spur_columns_builder *to, size_t c, const struct leaf *l,
				   const struct spur_decoding *d, struct spur_proto_bytes b)
{
	const struct spur_proto_field *f = l->chain[l->depth - 1];
	struct found v = { 0 };
	enum spur_status st = find(l->chain, l->depth, b, d->root, &v);

	if (st < 0 || (!v.there && !v.implicit))
		spur_columns_builder_null(to, c);
	else if (spur_type_is_number(type_of(f)))
		put_number(to, c, f, v.there ? v.item.value : 0);
	else
		spur_columns_builder_bytes(to, c, v.there ? (const void *)v.item.bytes.data : "", v.there ? v.item.bytes.len : 0);
	return st;
}

/* What is one field as a whole: the JSON of all its items. */
static enum spur_status gather(const struct spur_proto_field *const *chain, unsigned depth, struct spur_proto_bytes b,
			       struct walking *w)
{
	struct spur_proto_item i;
	enum spur_status st;

	while ((st = spur_proto_next(&b, &i)) == SPUR_OK) {
		const struct spur_proto_field *f = chain[0];

		if (i.number != f->number || ((int)i.wire != wire_of(f) && !(f->repeated && i.wire == SPUR_PROTO_BYTES)))
			continue;
		st = depth > 1 ? gather(chain + 1, depth - 1, i.bytes, w) : walk_item(f, NULL, &i, w, 0);
		if (st < 0)
			return st;
	}
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status put_whole(struct spur_columns_builder *to, size_t c, const struct leaf *l, struct spur_proto_bytes b)
{
	struct spur_buf text = { 0 };
	struct spur_json json = { .out = &text };
	const struct spur_visitor v = spur_visitor_json(&json);
	struct walking w = { .v = &v, .steps = (uint64_t)b.len * STEPS_PER_BYTE + STEPS_FREE };
	enum spur_status st;

	v.begin(v.state, NULL, '[');
	st = gather(l->chain, l->depth, b, &w);
	v.end(v.state, ']');
	if (st >= 0)
		spur_columns_builder_bytes(to, c, spur_buf_text(&text), text.len);
	else
		spur_columns_builder_null(to, c);
	spur_buf_finish(&text);
	return st;
}

static bool add_row(const struct spur_decoding *d, const struct spur_message *m, const size_t *wanted, size_t count,
		    struct spur_columns_builder *to)
{
	const struct spur_proto_bytes b = { m->data, m->size };
	size_t row = 0;
	bool good = true;

	for (size_t c = 0; c < count; c++) {
		const struct leaf *l = &d->leaves[wanted[c]];
		bool whole = d->list[wanted[c]].array && l->chain[l->depth - 1]->type != SPUR_PROTO_TYPE_BYTES;

		whole = whole || l->chain[l->depth - 1]->repeated;
		good = (whole ? put_whole(to, c, l, b) : put_single(to, c, l, d, b)) >= 0 && good;
		row = spur_columns_builder_rows(to, c) - 1;
	}
	for (size_t c = 0; c < count && !good; c++)
		spur_columns_builder_invalidate(to, c, row);
	return good;
}

static enum spur_status columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	struct spur_columns_builder *to;

	for (size_t c = 0; c < count; c++) {
		if (wanted[c] >= d->fields.count)
			return spur_fail(err, SPUR_EINVAL, "field %zu of %zu", wanted[c], d->fields.count);
	}
	to = spur_columns_builder_create();
	for (size_t c = 0; c < count; c++)
		spur_columns_builder_add(to, d->list[wanted[c]].path, d->list[wanted[c]].type);
	for (size_t i = 0; i < in->count; i++) {
		*bad += !add_row(d, &in->messages[i], wanted, count, to);
		spur_columns_builder_time(to, (int64_t)in->messages[i].log_time);
	}
	*out = spur_columns_builder_take(to);
	spur_columns_builder_destroy(to);
	return SPUR_OK;
}

const struct spur_decoder spur_decoder_protobuf = {
	.id = "protobuf",
	.match = match,
	.open = open_protobuf,
	.fields = fields,
	.walk = walk,
	.columns = columns,
	.close = close_protobuf,
};
