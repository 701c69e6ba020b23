#include "config.h"

#include "model/columns.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define ALIGN 64u
#define FIRST_MAX (1u << 20)	/* bytes that a column begins with at most */

/* A growing 64-byte aligned buffer; give() pads it with zeros to ALIGN. first: the capacity to begin with, what the
 * batch before had, so that batches of one size do not grow step by step. */
struct vec {
	unsigned char *data;
	size_t len, cap, first;
	bool in_slab;		/* a part of the builder's slab: not freed by itself */
};

/* Names are shared by all batches of a builder. */
struct names {
	atomic_uint refs;
	size_t count, cap;
	char **v;
};

struct build_column {
	enum spur_type type;
	size_t rows, nulls;
	struct vec data, offsets, validity;
	struct vec text, text_offsets, text_validity;	/* the text twin */
	size_t text_rows;
	bool has_text, unscaled;
	double factor, offset;
};

struct spur_columns_builder {
	struct build_column *columns;
	size_t count, cap;
	struct names *names;
	struct vec time, master;
	unsigned char *slab;	/* of the batch in hand: spur_columns_builder_room() */
};

/* What a published batch owns. */
struct owned {
	struct spur_columns pub;
	atomic_uint refs;
	void **buffers;
	size_t buffer_count, buffer_cap;
	struct names *names;
	struct spur_column *twins;
	struct spur_columns *base;	/* of a selection: whose buffers these are */
};

size_t spur_type_size(enum spur_type t)
{
	static const unsigned char sizes[] = { 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 0 };

	return sizes[t];
}

const char *spur_type_name(enum spur_type t)
{
	static const char *const names[] = { "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64",
					     "f32", "f64", "text", "bytes" };

	return names[t];
}

bool spur_type_is_number(enum spur_type t)
{
	return t < SPUR_TYPE_TEXT;
}

static double number_at(const struct spur_column *c, size_t i)
{
	switch (c->type) {
	case SPUR_TYPE_BOOL:
	case SPUR_TYPE_U8: return ((const uint8_t *)c->data)[i];
	case SPUR_TYPE_I8: return ((const int8_t *)c->data)[i];
	case SPUR_TYPE_I16: return ((const int16_t *)c->data)[i];
	case SPUR_TYPE_U16: return ((const uint16_t *)c->data)[i];
	case SPUR_TYPE_I32: return ((const int32_t *)c->data)[i];
	case SPUR_TYPE_U32: return ((const uint32_t *)c->data)[i];
	case SPUR_TYPE_I64: return (double)((const int64_t *)c->data)[i];
	case SPUR_TYPE_U64: return (double)((const uint64_t *)c->data)[i];
	case SPUR_TYPE_F32: return (double)((const float *)c->data)[i];
	case SPUR_TYPE_F64: return ((const double *)c->data)[i];
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES: break;
	}
	return (double)NAN;
}

double spur_column_number(const struct spur_column *c, size_t i)
{
	return c->unscaled ? number_at(c, i) * c->factor + c->offset : number_at(c, i);
}

double spur_column_f64(const struct spur_column *c, size_t i)
{
	if (!spur_column_valid(c, i))
		return (double)NAN;
	return spur_column_number(c, i);
}

const char *spur_column_bytes(const struct spur_column *c, size_t i, size_t *len)
{
	*len = (size_t)(c->offsets[i + 1] - c->offsets[i]);
	return c->data == NULL ? "" : (const char *)c->data + c->offsets[i];	/* all of them empty: no bytes */
}

static void names_unref(struct names *n)
{
	if (n == NULL || atomic_fetch_sub(&n->refs, 1) != 1)
		return;
	for (size_t i = 0; i < n->count; i++)
		free(n->v[i]);
	free(n->v);
	free(n);
}

/* Those of a builder, which a batch that is out may have as well: then it gets others. */
static struct names *names_of(struct spur_columns_builder *b)
{
	struct names *old = b->names, *n;

	if (old != NULL && atomic_load(&old->refs) == 1)
		return old;
	b->names = n = spur_calloc(1, sizeof(*n));
	atomic_init(&n->refs, 1);
	for (size_t i = 0; old != NULL && i < old->count; i++) {
		n->v = spur_realloc(n->v, n->count + 1, sizeof(*n->v));
		n->v[n->count++] = old->v[i] == NULL ? NULL : spur_strdup(old->v[i]);
	}
	n->cap = n->count;
	names_unref(old);
	return n;
}

static void names_add(struct names *n, const char *name)
{
	if (n->count == n->cap) {
		n->cap = n->cap == 0 ? 8 : n->cap * 2;
		n->v = spur_realloc(n->v, n->cap, sizeof(*n->v));
	}
	n->v[n->count++] = name == NULL ? NULL : spur_strdup(name);
}

struct spur_columns *spur_columns_ref(struct spur_columns *b)
{
	struct owned *o = b->priv;

	atomic_fetch_add(&o->refs, 1);
	return b;
}

void spur_columns_unref(struct spur_columns *b)
{
	struct owned *o = b == NULL ? NULL : b->priv;

	if (o == NULL || atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	for (size_t i = 0; i < o->buffer_count; i++)
		free(o->buffers[i]);
	free(o->buffers);
	names_unref(o->names);
	free(o->twins);
	free(o->pub.columns);
	spur_columns_unref(o->base);
	free(o);
}

struct spur_columns *spur_columns_select(struct spur_columns *b, const size_t *columns, size_t count)
{
	struct owned *o = spur_calloc(1, sizeof(*o));

	o->pub = *b;
	o->pub.columns = spur_calloc(count, sizeof(*o->pub.columns));
	for (size_t i = 0; i < count; i++)
		o->pub.columns[i] = b->columns[columns[i]];
	o->pub.count = count;
	o->pub.priv = o;
	o->base = spur_columns_ref(b);
	atomic_init(&o->refs, 1);
	return &o->pub;
}

static void *vec_reserve(struct vec *v, size_t more)
{
	if (v->len + more > v->cap) {
		size_t cap = v->cap < 256 ? 256 : v->cap * 2;
		unsigned char *p;

		if (v->cap == 0 && cap < v->first)
			cap = v->first;
		if (cap < v->len + more)
			cap = v->len + more;
		cap = (cap + ALIGN - 1) / ALIGN * ALIGN;
		p = aligned_alloc(ALIGN, cap);
		if (p == NULL)
			spur_out_of_memory();
		if (v->len > 0)
			memcpy(p, v->data, v->len);
		if (!v->in_slab)
			free(v->data);
		v->data = p;
		v->cap = cap;
		v->in_slab = false;
	}
	return v->data + v->len;
}

static void vec_add(struct vec *v, const void *data, size_t len)
{
	if (len > 0)
		memcpy(vec_reserve(v, len), data, len);
	v->len += len;
}

static void vec_free(struct vec *v)
{
	if (!v->in_slab)
		free(v->data);
	*v = (struct vec){ 0 };
}

struct spur_columns_builder *spur_columns_builder_create(void)
{
	return spur_calloc(1, sizeof(struct spur_columns_builder));
}

void spur_columns_builder_destroy(struct spur_columns_builder *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++) {
		struct build_column *c = &b->columns[i];

		vec_free(&c->data);
		vec_free(&c->offsets);
		vec_free(&c->validity);
		vec_free(&c->text);
		vec_free(&c->text_offsets);
		vec_free(&c->text_validity);
	}
	vec_free(&b->time);
	vec_free(&b->master);
	free(b->slab);
	names_unref(b->names);
	free(b->columns);
	free(b);
}

size_t spur_columns_builder_add(struct spur_columns_builder *b, const char *name, enum spur_type type)
{
	names_add(names_of(b), name);
	if (b->count == b->cap) {
		b->cap = b->cap == 0 ? 8 : b->cap * 2;
		b->columns = spur_realloc(b->columns, b->cap, sizeof(*b->columns));
	}
	b->columns[b->count] = (struct build_column){ .type = type };
	return b->count++;
}

static size_t padded(size_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void place_in(struct vec *v, unsigned char **at, size_t bytes)
{
	if (v->cap != 0)
		return;
	*v = (struct vec){ .data = *at, .cap = padded(bytes), .first = v->first, .in_slab = true };
	*at += padded(bytes);
}

void spur_columns_builder_room(struct spur_columns_builder *b, size_t rows, bool time, bool master)
{
	size_t bytes = (time + master) * padded(rows * sizeof(int64_t));
	unsigned char *at;

	if (b->slab != NULL || rows == 0)
		return;
	for (size_t i = 0; i < b->count; i++)
		bytes += padded(rows * spur_type_size(b->columns[i].type));
	at = b->slab = bytes == 0 ? NULL : aligned_alloc(ALIGN, bytes);
	if (at == NULL)
		return;		/* each column has room of its own then */
	for (size_t i = 0; i < b->count; i++) {
		if (spur_type_is_number(b->columns[i].type))
			place_in(&b->columns[i].data, &at, rows * spur_type_size(b->columns[i].type));
	}
	if (time)
		place_in(&b->time, &at, rows * sizeof(int64_t));
	if (master)
		place_in(&b->master, &at, rows * sizeof(double));
}

void spur_columns_builder_scale(struct spur_columns_builder *b, size_t col, double factor, double offset)
{
	struct build_column *c = &b->columns[col];

	c->unscaled = true;
	c->factor = factor;
	c->offset = offset;
}

struct spur_columns_builder *spur_columns_builder_like(const struct spur_columns_builder *b)
{
	struct spur_columns_builder *out = spur_columns_builder_create();

	out->count = out->cap = b->count;
	out->columns = spur_calloc(b->count, sizeof(*out->columns));
	for (size_t i = 0; i < b->count; i++) {
		const struct build_column *c = &b->columns[i];

		out->columns[i] = (struct build_column){ .type = c->type, .unscaled = c->unscaled, .factor = c->factor, .offset = c->offset };
	}
	out->names = b->names;
	if (out->names != NULL)
		atomic_fetch_add(&out->names->refs, 1);
	return out;
}

/* Extend a bitmap to rows bits; new ones are `valid`. */
static void bits_fill(struct vec *v, size_t from, size_t rows, bool valid)
{
	size_t bytes = (rows + 7) / 8;

	if (bytes > v->len) {
		size_t more = bytes - v->len;

		memset(vec_reserve(v, more), 0, more);
		v->len += more;
	}
	for (size_t i = from; valid && i < rows; i++) {
		if (i % 8 == 0 && rows - i >= 8) {
			v->data[i / 8] = 0xff;
			i += 7;
		} else {
			v->data[i / 8] = (unsigned char)(v->data[i / 8] | 1u << (i % 8));
		}
	}
}

/* The bitmap exists only once something is invalid; later rows keep it complete. */
static void mark(struct build_column *c, size_t first, size_t rows, bool valid)
{
	if (valid && c->nulls == 0)
		return;
	if (c->nulls == 0)
		bits_fill(&c->validity, 0, first, true);
	bits_fill(&c->validity, first, first + rows, valid);
	if (!valid)
		c->nulls += rows;
}

void *spur_columns_builder_reserve(struct spur_columns_builder *b, size_t col, size_t rows)
{
	struct build_column *c = &b->columns[col];

	return vec_reserve(&c->data, rows * spur_type_size(c->type));
}

void spur_columns_builder_advance(struct spur_columns_builder *b, size_t col, size_t rows)
{
	struct build_column *c = &b->columns[col];

	c->data.len += rows * spur_type_size(c->type);
	mark(c, c->rows, rows, true);
	c->rows += rows;
}

void spur_columns_builder_f64(struct spur_columns_builder *b, size_t col, double v)
{
	union {
		int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32;
		int64_t i64; uint64_t u64; float f32; double f64;
	} u;
	struct build_column *c = &b->columns[col];

	switch (c->type) {
	case SPUR_TYPE_BOOL: u.u8 = v != 0; break;
	case SPUR_TYPE_I8: u.i8 = (int8_t)v; break;
	case SPUR_TYPE_U8: u.u8 = (uint8_t)v; break;
	case SPUR_TYPE_I16: u.i16 = (int16_t)v; break;
	case SPUR_TYPE_U16: u.u16 = (uint16_t)v; break;
	case SPUR_TYPE_I32: u.i32 = (int32_t)v; break;
	case SPUR_TYPE_U32: u.u32 = (uint32_t)v; break;
	case SPUR_TYPE_I64: u.i64 = (int64_t)v; break;
	case SPUR_TYPE_U64: u.u64 = (uint64_t)v; break;
	case SPUR_TYPE_F32: u.f32 = (float)v; break;
	case SPUR_TYPE_F64: u.f64 = v; break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES:
	default: assert(!"a number in a text column"); return;
	}
	vec_add(&c->data, &u, spur_type_size(c->type));
	mark(c, c->rows, 1, true);
	c->rows++;
}

static void add_offset(struct vec *offsets, size_t end)
{
	int64_t v = 0;

	if (offsets->len == 0)
		vec_add(offsets, &v, sizeof(v));
	v = (int64_t)end;
	vec_add(offsets, &v, sizeof(v));
}

void spur_columns_builder_bytes(struct spur_columns_builder *b, size_t col, const void *data, size_t len)
{
	struct build_column *c = &b->columns[col];

	vec_add(&c->data, data, len);
	add_offset(&c->offsets, c->data.len);
	mark(c, c->rows, 1, true);
	c->rows++;
}

void spur_columns_builder_bytes_of(struct spur_columns_builder *b, size_t col, const void *data, size_t stride, size_t width, size_t n)
{
	struct build_column *c = &b->columns[col];
	const unsigned char *from = data;
	unsigned char *to;
	int64_t *ends, end;

	if (n == 0)
		return;
	if (c->offsets.len == 0)
		vec_add(&c->offsets, &(int64_t){ 0 }, sizeof(int64_t));
	to = width == 0 ? NULL : vec_reserve(&c->data, n * width);
	ends = vec_reserve(&c->offsets, n * sizeof(*ends));
	end = (int64_t)c->data.len;
	for (size_t i = 0; i < n; i++) {
		if (width == 8)		/* a frame of a classic CAN bus */
			memcpy(to + i * 8, from + i * stride, 8);
		else if (width > 0)
			memcpy(to + i * width, from + i * stride, width);
		ends[i] = end += (int64_t)width;
	}
	c->data.len += n * width;
	c->offsets.len += n * sizeof(*ends);
	mark(c, c->rows, n, true);
	c->rows += n;
}

void spur_columns_builder_null(struct spur_columns_builder *b, size_t col)
{
	static const unsigned char zero[8];
	struct build_column *c = &b->columns[col];

	if (spur_type_is_number(c->type))
		vec_add(&c->data, zero, spur_type_size(c->type));
	else
		add_offset(&c->offsets, c->data.len);
	mark(c, c->rows, 1, false);
	c->rows++;
}

void spur_columns_builder_invalidate(struct spur_columns_builder *b, size_t col, size_t row)
{
	struct build_column *c = &b->columns[col];

	if (c->nulls == 0)
		bits_fill(&c->validity, 0, c->rows, true);
	if ((c->validity.data[row / 8] >> (row % 8) & 1) != 0) {
		c->validity.data[row / 8] = (unsigned char)(c->validity.data[row / 8] & ~(1u << (row % 8)));
		c->nulls++;
	}
}

static void text_rows_to(struct build_column *c, size_t rows)
{
	bits_fill(&c->text_validity, c->text_rows, rows, false);
	for (; c->text_rows < rows; c->text_rows++)
		add_offset(&c->text_offsets, c->text.len);
}

void spur_columns_builder_text(struct spur_columns_builder *b, size_t col, size_t row, const char *s, size_t len)
{
	struct build_column *c = &b->columns[col];

	c->has_text = true;
	text_rows_to(c, row);
	vec_add(&c->text, s, len);
	add_offset(&c->text_offsets, c->text.len);
	bits_fill(&c->text_validity, row, row + 1, true);
	c->text_rows = row + 1;
}

void spur_columns_builder_time(struct spur_columns_builder *b, int64_t t_ns)
{
	vec_add(&b->time, &t_ns, sizeof(t_ns));
}

void spur_columns_builder_master(struct spur_columns_builder *b, double v)
{
	vec_add(&b->master, &v, sizeof(v));
}

int64_t *spur_columns_builder_times(struct spur_columns_builder *b, size_t rows)
{
	int64_t *to = vec_reserve(&b->time, rows * sizeof(*to));

	b->time.len += rows * sizeof(*to);
	return to;
}

void spur_columns_builder_masters(struct spur_columns_builder *b, const double *v, size_t rows)
{
	vec_add(&b->master, v, rows * sizeof(*v));
}

size_t spur_columns_builder_rows(const struct spur_columns_builder *b, size_t col)
{
	return b->columns[col].rows;
}

uint64_t spur_columns_builder_bytes_used(const struct spur_columns_builder *b)
{
	uint64_t n = b->time.cap + b->master.cap;

	for (size_t i = 0; i < b->count; i++) {
		const struct build_column *c = &b->columns[i];

		n += c->data.cap + c->offsets.cap + c->validity.cap + c->text.cap + c->text_offsets.cap;
	}
	return n;
}

static void own(struct owned *o, void *buffer)
{
	if (o->buffer_count == o->buffer_cap) {
		o->buffer_cap = o->buffer_cap == 0 ? 8 : o->buffer_cap * 2;
		o->buffers = spur_realloc(o->buffers, o->buffer_cap, sizeof(*o->buffers));
	}
	o->buffers[o->buffer_count++] = buffer;
}

static const void *give(struct owned *o, struct vec *v)
{
	void *p = v->len == 0 ? NULL : v->data;

	if (p != NULL && v->len % ALIGN != 0)	/* cap is a multiple of ALIGN */
		memset(v->data + v->len, 0, (ALIGN - v->len % ALIGN) % ALIGN);
	if (p != NULL && !v->in_slab)
		own(o, p);
	if (p == NULL && !v->in_slab)
		free(v->data);
	*v = (struct vec){ .first = v->len < FIRST_MAX ? v->len : FIRST_MAX };
	return p;
}

static void publish(struct owned *o, struct build_column *c, const char *name, struct spur_column *out, struct spur_column *twin)
{
	if (!spur_type_is_number(c->type) && c->offsets.len == 0) {
		int64_t zero = 0;

		vec_add(&c->offsets, &zero, sizeof(zero));
	}
	out->name = name;
	out->type = c->type;
	out->rows = c->rows;
	out->unscaled = c->unscaled;
	out->factor = c->factor;
	out->offset = c->offset;
	out->data = give(o, &c->data);
	out->offsets = give(o, &c->offsets);
	out->validity = give(o, &c->validity);
	if (c->has_text) {
		text_rows_to(c, c->rows);
		*twin = (struct spur_column){ .name = out->name, .type = SPUR_TYPE_TEXT, .rows = c->rows };
		twin->validity = give(o, &c->text_validity);
		twin->data = give(o, &c->text);
		twin->offsets = give(o, &c->text_offsets);
		out->text = twin;
	}
	c->rows = c->nulls = c->text_rows = 0;
	c->has_text = false;
}

struct spur_columns *spur_columns_builder_take(struct spur_columns_builder *b)
{
	struct owned *o = spur_calloc(1, sizeof(*o));
	size_t rows = b->time.len / sizeof(int64_t);

	if (b->master.len / sizeof(double) > rows)
		rows = b->master.len / sizeof(double);
	for (size_t i = 0; i < b->count; i++)
		rows = b->columns[i].rows > rows ? b->columns[i].rows : rows;
	for (size_t i = 0; i < b->count && o->twins == NULL; i++) {
		if (b->columns[i].has_text)
			o->twins = spur_calloc(b->count, sizeof(*o->twins));
	}
	o->pub.columns = spur_calloc(b->count, sizeof(*o->pub.columns));
	o->pub.count = b->count;
	o->pub.rows = rows;
	o->pub.priv = o;
	atomic_init(&o->refs, 1);
	for (size_t i = 0; i < b->count; i++) {
		while (b->columns[i].rows < rows)
			spur_columns_builder_null(b, i);
		publish(o, &b->columns[i], b->names->v[i], &o->pub.columns[i], o->twins == NULL ? NULL : &o->twins[i]);
	}
	o->pub.time_ns = give(o, &b->time);
	o->pub.master = give(o, &b->master);
	if (b->slab != NULL)
		own(o, b->slab);
	b->slab = NULL;
	if (b->names != NULL)
		atomic_fetch_add(&b->names->refs, 1);
	o->names = b->names;
	return &o->pub;
}
