#include "config.h"

#include "format/mdf4/stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/json.h"
#include "format/mdf4/load.h"
#include "format/mdf4/text.h"

#define TILE 512u
#define STEPS_SPARE 4096u	/* fields that a walk may visit beside 16 for each byte: members of unions share bytes */

struct slice {
	size_t at, len;		/* in the gathered bytes; of numbers, 8 that are the value */
};

struct mdf_stream_column {
	struct spur_reader *r;
	const struct mdf_stream *s;
	struct mdf_column root, inner;	/* the bytes; the value of a number as a record of its own */
	struct mdf_channel inner_c;
	bool number, in_list, complained;
	bool dry, fixed;	/* looking where it lies in every row; it lies at fixed_at */
	uint64_t fixed_at, fixed_bits;
	uint32_t outer;		/* of a value in lists: the outermost of them; behind it there is nothing to look for */
	/* of the row at hand */
	const unsigned char *p, *row;
	uint64_t bits, pos, align, left;	/* bits of p; where a walk is; A, in bytes; fields it may still visit */
	struct told { uint64_t v; bool there; } *told;
	struct slice *slices;
	size_t slice_count, slice_cap;
	struct spur_buf bytes;
};

/* Why a walk ends: all is seen, the field that was looked for is found, or the bytes are not what is stated. */
enum walk { WALK_ON, WALK_FOUND, WALK_LOST };

static bool aligned(struct mdf_stream_column *w, uint8_t alignment, uint64_t byte_offset, unsigned bit_offset)
{
	uint64_t at = (w->pos + 7) / 8, step;

	if (alignment != MDF_BIT_PACKED) {
		if (alignment > 62)
			return false;
		step = UINT64_C(1) << alignment;
		at += (w->align - at) & (step - 1);
		if (at > w->bits / 8)
			return false;
		w->pos = 8 * at;
	}
	w->pos += 8 * byte_offset + bit_offset;
	return w->pos <= w->bits;
}

/* What channel `by` says, or the field that was seen as `told`. */
static bool value_of(const struct mdf_stream_column *w, uint32_t by, uint32_t told, uint64_t *v)
{
	const struct mdf_channel *c;

	if (by == MDF_NONE)
		return false;
	if (told != MDF_NONE) {
		*v = w->told[told].v;
		return w->told[told].there;
	}
	c = &w->r->channels[by];
	*v = mdf_load_uint(c, w->row + c->byte_offset);
	return c->stream == MDF_NONE;
}

/* The number of `bits` bits at bit `at`, as a channel of that type in a record would have it. */
static uint64_t load(const struct mdf_stream_column *w, const struct mdf_channel *c, uint64_t at)
{
	struct mdf_channel one = *c;

	one.byte_offset = 0;
	one.bit_offset = at % 8;
	return mdf_load_uint(&one, w->p + at / 8);
}

static void hit(struct mdf_stream_column *w, uint64_t at, uint64_t bits, const struct mdf_channel *c)
{
	struct slice s = { .at = w->bytes.len, .len = (size_t)((at + bits + 7) / 8 - at / 8) };

	if (w->dry) {
		w->fixed_at = at;
		w->fixed_bits = bits;
		return;
	}
	if (w->number) {
		spur_buf_u64(&w->bytes, load(w, c, at));
		s.len = 8;
	} else {
		spur_buf_add(&w->bytes, w->p + at / 8, s.len);
	}
	MDF_PUSH(&w->slices, w->slice_count, &w->slice_cap);
	w->slices[w->slice_count++] = s;
}

static bool is_wanted(const struct mdf_stream_column *w, const struct mdf_field *f)
{
	return f->channel != MDF_NONE && f->channel == w->inner.signal;
}

static enum walk walk(struct mdf_stream_column *w, uint32_t field, bool placed);

static enum walk walk_value(struct mdf_stream_column *w, const struct mdf_field *f)
{
	const struct mdf_channel *c = &w->r->channels[f->channel];
	uint64_t bits = c->bits, at, size;

	if (w->dry && (c->type != MDF_CN_FIXED || w->s->align_by != MDF_NONE))
		return WALK_LOST;
	if (c->type == MDF_CN_VLSD && bits == 0) {
		w->pos = (w->pos + 7) / 8 * 8;
		if (w->pos > w->bits || w->bits - w->pos < 32)
			return WALK_LOST;
		bits = 8 * (uint64_t)spur_le32(w->p + w->pos / 8);
		w->pos += 32;
	} else if (c->type == MDF_CN_VLSC) {
		if (!value_of(w, f->by, f->by_told, &size) || size > w->bits / 8)
			return WALK_LOST;
		bits = 8 * size;
	}
	at = w->pos;
	if (bits > w->bits - at)
		return WALK_LOST;
	w->pos = at + bits;
	if (f->told != MDF_NONE && bits <= 64 && !w->dry)
		w->told[f->told] = (struct told){ load(w, c, at), true };
	if (!is_wanted(w, f))
		return WALK_ON;
	if (!w->number && at % 8 != 0)
		return WALK_LOST;
	hit(w, at, bits, c);
	return f->in_list ? WALK_ON : WALK_FOUND;
}

/* Fields after each other from f on; placed: the first one is where it belongs. */
static enum walk walk_all(struct mdf_stream_column *w, uint32_t f, bool placed)
{
	enum walk end = WALK_ON;

	for (; f != MDF_NONE && end == WALK_ON; f = w->r->fields[f].next) {
		end = walk(w, f, placed);
		placed = false;
	}
	return end;
}

static enum walk walk_list(struct mdf_stream_column *w, const struct mdf_field *f)
{
	uint64_t size, begin = w->pos;
	enum walk end = WALK_ON;

	if (w->dry || !value_of(w, f->by, f->by_told, &size) || (!f->list.counts && size > w->bits / 8))
		return WALK_LOST;
	for (uint64_t k = 0; end == WALK_ON && (f->list.counts ? k < size : w->pos < begin + 8 * size); k++) {
		uint64_t before = w->pos;

		if (k > 0 && f->list.reset)
			w->align = (w->pos + 7) / 8;
		if (k > 0 && !aligned(w, f->list.alignment, f->list.byte_offset, f->list.bit_offset))
			return WALK_LOST;
		end = walk_all(w, f->first, k > 0);
		if (w->pos == before)	/* elements of nothing: any number of them */
			break;
	}
	return end;
}

static enum walk walk_variant(struct mdf_stream_column *w, const struct mdf_field *f)
{
	enum walk end = WALK_ON;
	uint64_t v;
	uint32_t option = 0;

	if (w->dry || !value_of(w, f->by, f->by_told, &v))
		return WALK_LOST;
	while (option < f->value_count && f->values[option] != v)
		option++;
	for (uint32_t i = f->first; i != MDF_NONE && end == WALK_ON; i = w->r->fields[i].next) {
		if (w->r->fields[i].option == option)
			end = walk(w, i, false);
	}
	return end;
}

static enum walk walk_union(struct mdf_stream_column *w, const struct mdf_field *f)
{
	uint64_t begin = w->pos, last = w->pos;
	enum walk end = WALK_ON;

	for (uint32_t i = f->first; i != MDF_NONE && end == WALK_ON; i = w->r->fields[i].next) {
		w->pos = begin;
		end = walk(w, i, false);
		last = w->pos > last ? w->pos : last;
	}
	w->pos = last;
	return end;
}

static enum walk walk_inside(struct mdf_stream_column *w, const struct mdf_field *f)
{
	switch ((enum mdf_field_kind)f->kind) {
	case MDF_FIELD_LIST: return walk_list(w, f);
	case MDF_FIELD_VARIANT: return walk_variant(w, f);
	case MDF_FIELD_UNION: return walk_union(w, f);
	case MDF_FIELD_STRUCT: return walk_all(w, f->first, false);
	case MDF_FIELD_VALUE: break;
	}
	return walk_value(w, f);
}

static enum walk walk(struct mdf_stream_column *w, uint32_t field, bool placed)
{
	const struct mdf_field *f = &w->r->fields[field];
	const struct mdf_channel *c = f->channel == MDF_NONE ? NULL : &w->r->channels[f->channel];
	enum walk end;
	uint64_t begin;

	if (w->left-- == 0)
		return WALK_LOST;
	if (c != NULL && !placed) {
		if (f->reset)
			w->align = (w->pos + 7) / 8;
		if (!aligned(w, f->alignment, c->byte_offset, c->bit_offset))
			return WALK_LOST;
	}
	begin = w->pos;
	end = walk_inside(w, f);
	if (end == WALK_ON && field == w->outer)
		return WALK_FOUND;
	if (f->kind == MDF_FIELD_VALUE || end == WALK_LOST || c == NULL)
		return end;
	if (f->kind == MDF_FIELD_STRUCT && w->pos < begin + c->bits)	/* it says how long it is itself */
		w->pos = begin + c->bits;
	if (w->pos > w->bits)
		return WALK_LOST;
	if (end == WALK_ON && is_wanted(w, f)) {
		hit(w, begin, w->pos - begin, c);
		return WALK_FOUND;
	}
	return end;
}

/* The values of the field in one row, in slices; false: its bytes are missing or do not go on as stated. */
static bool look(struct mdf_stream_column *w, const struct mdf_rows *rows, size_t i)
{
	size_t len;
	uint64_t start = 0;

	w->slice_count = 0;
	if (!mdf_column_bytes(&w->root, rows, i, &w->p, &len))
		return false;
	w->row = rows->data + i * rows->stride;
	w->bits = 8 * (uint64_t)len;
	if (w->fixed && w->fixed_at + w->fixed_bits <= w->bits) {
		hit(w, w->fixed_at, w->fixed_bits, &w->r->channels[w->inner.signal]);
		return true;
	}
	w->pos = 0;
	w->left = 16 * (uint64_t)len + STEPS_SPARE;
	value_of(w, w->s->align_by, MDF_NONE, &start);
	w->align = start;
	if (w->s->told_count > 0)
		memset(w->told, 0, w->s->told_count * sizeof(*w->told));
	if (walk(w, w->s->top, true) != WALK_LOST)
		return true;
	if (!w->complained)
		mdf_damaged(w->r, w->r->channels[w->s->root].at, 0, "channel '%s': the data stream of row %" PRIu64
			    " ends before its fields do, or states what cannot be", w->r->signals[w->s->root].name, rows->first + i);
	w->complained = true;
	return false;
}

/* ---- the column ---- */

/* Fields lie depth first, so it is the last list before the field that is in none itself. */
static uint32_t outer_list(const struct mdf_stream_column *w, uint32_t channel)
{
	uint32_t outer = MDF_NONE;

	for (uint32_t i = w->s->top; i < w->s->end && w->r->fields[i].channel != channel; i++) {
		if (w->r->fields[i].kind == MDF_FIELD_LIST && !w->r->fields[i].in_list)
			outer = i;
	}
	return outer;
}

/* Behind nothing of any length a field lies at one place: its rows need no walk. */
static void find_place(struct mdf_stream_column *w)
{
	w->dry = true;
	w->bits = UINT64_MAX / 4;
	w->left = STEPS_SPARE + 2 * (uint64_t)(w->s->end - w->s->top);
	w->fixed = walk(w, w->s->top, true) == WALK_FOUND;
	w->dry = false;
}

enum spur_status mdf_stream_column_begin(struct spur_reader *r, struct mdf_column *m, struct spur_error *err)
{
	struct mdf_stream_column *w = spur_calloc(1, sizeof(*w));
	enum spur_status st;

	m->stream = w;
	w->r = r;
	w->s = &r->streams[m->c->stream];
	w->number = m->c->shape == MDF_SCALAR && m->c->data_type <= MDF_REAL_BE && m->c->bits <= 64 && m->c->type == MDF_CN_FIXED;
	w->in_list = mdf_field_in_list(r, m->signal);
	w->outer = w->in_list ? outer_list(w, m->signal) : MDF_NONE;
	w->told = spur_calloc(w->s->told_count + 1u, sizeof(*w->told));
	if ((st = mdf_column_begin(r, w->s->root, true, false, &w->root, err)) < 0)
		return st;
	w->inner_c = *m->c;
	w->inner_c.byte_offset = w->inner_c.bit_offset = 0;
	w->inner_c.data_type = (uint8_t)(w->number ? m->c->data_type & ~1u : m->c->data_type);
	w->inner = *m;
	w->inner.c = &w->inner_c;
	w->inner.stream = NULL;
	if (!w->in_list)
		find_place(w);
	return SPUR_OK;
}

void mdf_stream_column_end(struct mdf_column *m)
{
	struct mdf_stream_column *w = m->stream;

	if (w == NULL)
		return;
	mdf_column_end(&w->root);
	spur_buf_finish(&w->inner.scratch);
	spur_buf_finish(&w->bytes);
	free(w->slices);
	free(w->told);
	free(w);
	m->stream = NULL;
}

struct mdf_column *mdf_stream_bytes(struct mdf_column *m)
{
	return &m->stream->root;
}

static const unsigned char *bytes_of(const struct mdf_stream_column *w, const struct slice *s)
{
	return (const unsigned char *)spur_buf_text(&w->bytes) + s->at;
}

/* Numbers of a tile become records of 8 bytes, which are read as any. */
static void fill_numbers(struct mdf_stream_column *w, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	unsigned char values[TILE * 8] = { 0 };
	bool there[TILE];
	struct mdf_rows part = { .data = values, .stride = 8, .count = rows->count, .first = rows->first };
	size_t first = spur_columns_builder_rows(b, col);

	for (size_t i = 0; i < rows->count; i++) {
		spur_buf_clear(&w->bytes);
		there[i] = look(w, rows, i) && w->slice_count == 1;
		if (there[i])
			memcpy(values + 8 * i, bytes_of(w, w->slices), 8);
	}
	mdf_column_fill(&w->inner, &part, b, col);
	for (size_t i = 0; i < rows->count; i++) {
		if (!there[i])
			spur_columns_builder_invalidate(b, col, first + i);
	}
}

static void add_number(struct mdf_stream_column *w, const unsigned char *p, struct spur_json *j)
{
	const struct mdf_channel *c = &w->inner_c;
	uint64_t raw = spur_le64(p), sign = UINT64_C(1) << (c->bits - 1);
	const char *text = NULL;
	double v;
	size_t len;

	if (w->inner.conv == NULL && w->inner.integer) {
		if (c->data_type == MDF_INT_LE)
			spur_json_int(j, NULL, (int64_t)((raw ^ sign) - sign));
		else
			spur_json_uint(j, NULL, raw);
		return;
	}
	mdf_load_f64(c, p, 8, 1, &v);
	if (w->inner.conv != NULL)
		text = mdf_conv_value(w->inner.conv, &v, raw, w->inner.integer, &w->inner.scratch, &len);
	if (text != NULL)
		spur_json_textn(j, NULL, text, len);
	else
		spur_json_f64(j, NULL, v);
}

/* "[1,2,3]" */
static void fill_lists(struct mdf_stream_column *w, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	struct spur_buf out = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		struct spur_json j = { .out = &out };

		spur_buf_clear(&w->bytes);
		if (!look(w, rows, i)) {
			spur_columns_builder_null(b, col);
			continue;
		}
		spur_buf_clear(&out);
		spur_json_begin(&j, NULL, '[');
		for (size_t k = 0; k < w->slice_count; k++) {
			const unsigned char *p = bytes_of(w, &w->slices[k]);
			size_t len;

			if (w->number) {
				add_number(w, p, &j);
				continue;
			}
			const char *text = mdf_text_decode(w->inner_c.data_type, p, w->slices[k].len, &w->inner.scratch, &len);

			spur_json_textn(&j, NULL, text, len);
		}
		spur_json_end(&j, ']');
		spur_columns_builder_bytes(b, col, out.data, out.len);
	}
	spur_buf_finish(&out);
}

static void fill_bytes(struct mdf_stream_column *w, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	for (size_t i = 0; i < rows->count; i++) {
		spur_buf_clear(&w->bytes);
		if (look(w, rows, i) && w->slice_count == 1)
			mdf_column_put(&w->inner, bytes_of(w, w->slices), w->slices[0].len, b, col);
		else
			spur_columns_builder_null(b, col);
	}
}

void mdf_stream_fill(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	struct mdf_stream_column *w = m->stream;

	for (size_t from = 0; from < rows->count; from += TILE) {
		struct mdf_rows part = *rows;

		part.data += from * rows->stride;
		part.first += from;
		part.count = rows->count - from < TILE ? rows->count - from : TILE;
		if (w->in_list)
			fill_lists(w, &part, b, col);
		else if (w->number)
			fill_numbers(w, &part, b, col);
		else
			fill_bytes(w, &part, b, col);
	}
}
