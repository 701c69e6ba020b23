#include "config.h"

#include "format/mdf4/column.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"
#include "codec/transpose.h"
#include "format/mdf4/array_axis.h"
#include "format/mdf4/load.h"
#include "format/mdf4/stream.h"
#include "format/mdf4/text.h"

#define TILE 512u

static enum spur_status begin(struct spur_reader *r, uint32_t signal, bool raw, bool with_text, struct mdf_column *out,
			      struct spur_error *err)
{
	const struct mdf_channel *c = &r->channels[signal];
	const struct spur_signal *s = &r->signals[signal];
	enum spur_status st = SPUR_OK;

	*out = (struct mdf_column){ .c = c, .signal = signal, .raw_type = s->raw_type, .type = raw ? s->raw_type : s->type };
	if (s->refused)
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, c->at, "channel '%s': %s", s->name, s->refusal);
	out->integer = mdf_is_integer(c);
	out->ordered = (c->type == MDF_CN_VLSD && (r->unfinished & MDF_UNFIN_VLSD_OFFSETS) != 0) ||
		       (c->type == MDF_CN_VLSC && (r->unfinished & MDF_UNFIN_VLSC_OFFSETS) != 0);
	if (!raw && c->shape == MDF_SCALAR && out->raw_type != SPUR_TYPE_BYTES)
		st = mdf_conv_load(r, c->conv, &out->conv, err);
	if (st < 0)
		return spur_wrap(st, err, "channel '%s'", s->name);
	out->with_text = with_text && out->conv != NULL;
	if ((c->type == MDF_CN_MLSD || c->type == MDF_CN_VLSC) && c->length_channel != MDF_NONE && !r->signals[c->length_channel].refused)
		out->length = &r->channels[c->length_channel];
	return SPUR_OK;
}

enum spur_status mdf_column_begin(struct spur_reader *r, uint32_t signal, bool raw, bool with_text, struct mdf_column *out,
				  struct spur_error *err)
{
	enum spur_status st = begin(r, signal, raw, with_text, out, err);

	if (st == SPUR_OK && out->c->stream != MDF_NONE)
		st = mdf_stream_column_begin(r, out, err);
	for (size_t i = mdf_bounds_of(r, signal); st == SPUR_OK && i < r->bound_count && r->bounds[i].signal == signal; i++) {
		struct mdf_column *size = spur_calloc(1, sizeof(*size));

		out->limits = spur_realloc(out->limits, out->limit_count + 1, sizeof(*out->limits));
		out->limits[out->limit_count++] = (struct mdf_limit){ size, r->bounds[i].number };
		st = begin(r, r->bounds[i].by, false, false, size, err);
	}
	if (st < 0)
		mdf_column_end(out);
	return st;
}

void mdf_column_end(struct mdf_column *m)
{
	for (size_t i = 0; i < m->limit_count; i++)
		free(m->limits[i].size);
	free(m->limits);
	m->limits = NULL;
	m->limit_count = 0;
	mdf_stream_column_end(m);
	spur_buf_finish(&m->scratch);
	spur_buf_finish(&m->turned);
}

void mdf_column_unscale(struct mdf_column *m)
{
	if (m->conv == NULL || m->conv->type != MDF_CC_LINEAR || !spur_type_is_number(m->raw_type) || mdf_is_virtual(m->c) || m->stream != NULL ||
	    !isfinite(m->conv->val[0]) || !isfinite(m->conv->val[1]))
		return;
	m->unscaled = true;
	m->offset = m->conv->val[0];
	m->factor = m->conv->val[1];
	m->type = m->raw_type;
	m->conv = NULL;
}

bool mdf_column_is_apart(const struct mdf_column *m)
{
	bool outside = m->c->type == MDF_CN_VLSD || m->c->type == MDF_CN_VLSC || m->c->type == MDF_CN_MLSD;

	return m->store == NULL && m->length == NULL && m->limit_count == 0 && m->stream == NULL && !outside;
}

struct mdf_column mdf_column_twin(const struct mdf_column *m)
{
	struct mdf_column out = *m;

	out.scratch = out.turned = (struct spur_buf){ 0 };
	out.has_last = false;
	return out;
}

/* Where the values lie: record after record of the rows, or put together from planes. */
struct lie {
	const unsigned char *p;
	size_t stride;
};

static size_t value_width(const struct mdf_column *m)
{
	return spur_type_is_number(m->raw_type) ? (size_t)mdf_value_bytes(m->c) : m->c->bits / 8;
}

static struct lie lie_of(struct mdf_column *m, const struct mdf_rows *rows)
{
	size_t width = value_width(m);

	if (mdf_is_virtual(m->c))
		return (struct lie){ rows->data, rows->stride };
	if (rows->plane_rows == 0)
		return (struct lie){ rows->data + m->c->byte_offset, rows->stride };
	const unsigned char *planes = rows->data + m->c->byte_offset * rows->plane_rows;

	if (width == 1)
		return (struct lie){ planes, 1 };
	spur_buf_clear(&m->turned);
	spur_planes_join(planes, rows->plane_rows, width, rows->count, spur_buf_reserve(&m->turned, rows->count * width + 8));
	return (struct lie){ (const unsigned char *)m->turned.data, width };
}

/* Raw values of rows [from, from + n) as doubles. */
static void raw_f64(const struct mdf_column *m, const struct mdf_rows *rows, struct lie at, size_t from, size_t n, double *out)
{
	if (mdf_is_virtual(m->c)) {
		for (size_t i = 0; i < n; i++)
			out[i] = (double)(rows->first + from + i);
		return;
	}
	mdf_load_f64(m->c, at.p + from * at.stride, at.stride, n, out);
}

void mdf_column_f64(struct mdf_column *m, const struct mdf_rows *rows, double *out)
{
	const struct mdf_conv *conv = m->conv;
	struct lie at = lie_of(m, rows);

	if (conv != NULL && conv->type == MDF_CC_LINEAR && !mdf_is_virtual(m->c) &&
	    mdf_load_linear(m->c, at.p, at.stride, rows->count, conv->val[1], conv->val[0], out))
		return;
	raw_f64(m, rows, at, 0, rows->count, out);
	if (mdf_conv_is_numeric(m->conv))
		mdf_conv_numbers(m->conv, out, rows->count, m->integer);
}

static void fill_raw_numbers(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	void *to = spur_columns_builder_reserve(b, col, rows->count);

	if (mdf_is_virtual(m->c)) {
		for (size_t i = 0; i < rows->count; i++)
			((uint64_t *)to)[i] = rows->first + i;
	} else if (rows->plane_rows != 0 && mdf_is_native(m->c)) {
		spur_planes_join(rows->data + m->c->byte_offset * rows->plane_rows, rows->plane_rows, value_width(m), rows->count, to);
	} else {
		struct lie at = lie_of(m, rows);

		mdf_load(m->c, at.p, at.stride, rows->count, to);
	}
	spur_columns_builder_advance(b, col, rows->count);
}

static void fill_numbers(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	double *to = spur_columns_builder_reserve(b, col, rows->count);

	mdf_column_f64(m, rows, to);
	spur_columns_builder_advance(b, col, rows->count);
}

/* One value through a value table; the text or NULL, and the number that stays. */
static const char *look_up(struct mdf_column *m, double *v, uint64_t raw, size_t *len)
{
	if (m->has_last && m->last_key == *v) {
		*v = m->last_number;
		*len = m->last_len;
		return m->last_text;
	}
	m->last_key = *v;
	m->last_text = mdf_conv_value(m->conv, v, raw, m->integer, &m->scratch, &m->last_len);
	m->last_number = *v;
	m->has_last = m->conv->type != MDF_CC_BITFIELD;
	*len = m->last_len;
	return m->last_text;
}

static uint64_t raw_bits(const struct mdf_column *m, const struct mdf_rows *rows, struct lie at, size_t i)
{
	if (mdf_is_virtual(m->c))
		return rows->first + i;
	return m->c->bits > 64 ? 0 : mdf_load_uint(m->c, at.p + i * at.stride);
}

/* Value tables on numbers: a number column with a text twin where a text was found. */
static void fill_table(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	struct lie at = lie_of(m, rows);
	double tile[TILE];

	for (size_t from = 0; from < rows->count; from += TILE) {
		size_t n = rows->count - from < TILE ? rows->count - from : TILE;

		raw_f64(m, rows, at, from, n, tile);
		for (size_t i = 0; i < n; i++) {
			size_t row = spur_columns_builder_rows(b, col), len;
			const char *text = look_up(m, &tile[i], 0, &len);

			spur_columns_builder_f64(b, col, tile[i]);
			if (text != NULL && m->with_text) {
				spur_columns_builder_text(b, col, row, text, len);
				spur_columns_builder_invalidate(b, col, row);
			}
		}
	}
}

static void fill_bitfield(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	struct lie at = lie_of(m, rows);

	for (size_t i = 0; i < rows->count; i++) {
		double v = 0;
		size_t len = 0;
		const char *text = look_up(m, &v, raw_bits(m, rows, at, i), &len);

		spur_columns_builder_bytes(b, col, text == NULL ? "" : text, text == NULL ? 0 : len);
	}
}

enum mdf_found mdf_column_offset(const struct mdf_column *m, const unsigned char *field, const unsigned char *size, uint64_t k,
				 uint64_t *offset)
{
	if (m->ordered)
		return mdf_store_nth(m->store, k, size == NULL ? 0 : (size_t)mdf_load_uint(m->length, size), offset);
	*offset = mdf_load_uint(m->c, field);
	return MDF_FOUND;
}

/* The value of a row that has only its offset, and the channel beside it the size where it is VLSC. */
static enum mdf_found stored(const struct mdf_column *m, const unsigned char *row, uint64_t k, const unsigned char **p, size_t *len)
{
	const unsigned char *size = m->length == NULL ? NULL : row + m->length->byte_offset;
	uint64_t offset;
	enum mdf_found found = mdf_column_offset(m, row + m->c->byte_offset, size, k, &offset);

	*len = size == NULL ? 0 : (size_t)mdf_load_uint(m->length, size);
	return found == MDF_FOUND ? mdf_store_get(m->store, offset, p, len) : found;
}

/* The bytes of value i, wherever they lie; false: they are lost. */
static bool value_bytes(struct mdf_column *m, const struct mdf_rows *rows, struct lie at, size_t i, const unsigned char **p,
			size_t *len)
{
	const unsigned char *row = rows->data + i * rows->stride;	/* of use only where they are not turned */

	*p = at.p + i * at.stride;
	*len = m->c->bits / 8;
	if ((m->c->type == MDF_CN_VLSD || m->c->type == MDF_CN_VLSC) && m->c->shape == MDF_SCALAR) {
		enum mdf_found found = m->store == NULL ? MDF_LOST : stored(m, row, rows->first + i, p, len);

		if (found == MDF_LATER)
			mdf_store_give_up(m->store, mdf_load_uint(m->c, row + m->c->byte_offset));
		return found == MDF_FOUND;
	}
	if (m->length != NULL) {
		uint64_t n = mdf_load_uint(m->length, row + m->length->byte_offset);

		*len = n < *len ? (size_t)n : *len;
	}
	return true;
}

bool mdf_column_bytes(struct mdf_column *m, const struct mdf_rows *rows, size_t i, const unsigned char **p, size_t *len)
{
	return value_bytes(m, rows, lie_of(m, rows), i, p, len);
}

static int64_t days_1984(void)
{
	return spur_days_from_civil(1984, 1, 1);
}

/* CANopen date and time (CiA 301) as ISO text: 7 and 6 bytes. */
static const char *canopen_text(struct mdf_column *m, const unsigned char *p, size_t len, size_t *out_len)
{
	spur_buf_clear(&m->scratch);
	if (m->c->data_type == MDF_CANOPEN_DATE && len >= 7) {
		unsigned year = p[6] & 127u, ms = spur_le16(p);

		spur_buf_addf(&m->scratch, "%04u-%02u-%02uT%02u:%02u:%02u.%03u", year + (year < 84 ? 2000u : 1900u), p[5] & 63u,
			      p[4] & 31u, p[3] & 31u, p[2] & 63u, ms / 1000, ms % 1000);
	} else if (m->c->data_type == MDF_CANOPEN_TIME && len >= 6) {
		int64_t ms = spur_le32(p) & 0x0FFFFFFF;
		char text[SPUR_TIME_TEXT];
		spur_ns t = ((days_1984() + spur_le16(p + 4)) * 86400000 + ms) * 1000000;

		spur_buf_adds(&m->scratch, spur_time_text(t, SPUR_TIME_UTC, 0, text));
		if (m->scratch.len > 24)	/* milliseconds are all it has; and it says nothing of a zone */
			m->scratch.len = 23;
		else if (m->scratch.len > 0 && m->scratch.data[m->scratch.len - 1] == 'Z')
			m->scratch.len--;
	}
	*out_len = m->scratch.len;
	return spur_buf_text(&m->scratch);
}

static const char *complex_text(struct mdf_column *m, const unsigned char *p, size_t len, size_t *out_len)
{
	struct mdf_channel part = *m->c;
	double v[2];
	char text[32];

	part.bits = (uint32_t)len * 4;
	part.data_type = m->c->data_type == MDF_COMPLEX_LE ? MDF_REAL_LE : MDF_REAL_BE;
	spur_buf_clear(&m->scratch);
	if (part.bits == 16 || part.bits == 32 || part.bits == 64) {
		mdf_load_f64(&part, p, part.bits / 8, 2, v);
		spur_f64_text(v[0], text);
		spur_buf_adds(&m->scratch, text);
		spur_f64_text(v[1], text);
		spur_buf_addf(&m->scratch, "%s%si", text[0] == '-' ? "" : "+", text);
	}
	*out_len = m->scratch.len;
	return spur_buf_text(&m->scratch);
}

static const char *sample_text(struct mdf_column *m, const unsigned char *p, size_t len, size_t *out_len)
{
	switch (m->c->data_type) {
	case MDF_CANOPEN_DATE:
	case MDF_CANOPEN_TIME: return canopen_text(m, p, len, out_len);
	case MDF_COMPLEX_LE:
	case MDF_COMPLEX_BE: return complex_text(m, p, len, out_len);
	default: return mdf_text_decode(m->c->data_type, p, len, &m->scratch, out_len);
	}
}

void mdf_column_put(struct mdf_column *m, const unsigned char *p, size_t len, struct spur_columns_builder *b, size_t col)
{
	const char *text;

	if (m->raw_type == SPUR_TYPE_BYTES) {
		spur_columns_builder_bytes(b, col, p, len);
		return;
	}
	text = sample_text(m, p, len, &len);
	if (m->type == SPUR_TYPE_F64) {
		spur_columns_builder_f64(b, col, mdf_conv_text_number(m->conv, text, len));
		return;
	}
	if (m->conv != NULL && m->conv->type == MDF_CC_TEXT_TEXT)
		text = mdf_conv_text_text(m->conv, text, &len);
	spur_columns_builder_bytes(b, col, text, len);
}

static void fill_values(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	struct lie at = lie_of(m, rows);

	if (m->raw_type == SPUR_TYPE_BYTES && m->type == SPUR_TYPE_BYTES && mdf_column_is_apart(m)) {
		spur_columns_builder_bytes_of(b, col, at.p, at.stride, m->c->bits / 8, rows->count);
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		const unsigned char *p;
		size_t len;

		if (value_bytes(m, rows, at, i, &p, &len))
			mdf_column_put(m, p, len, b, col);
		else
			spur_columns_builder_null(b, col);
	}
}

static void mark_invalid(const struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b,
			 size_t col, size_t first)
{
	bool all = (m->c->flags & MDF_CN_ALL_INVALID) != 0;
	size_t byte = m->c->inval_pos / 8, stride = rows->plane_rows == 0 ? rows->inval_stride : 1;
	const unsigned char *bits = rows->inval == NULL ? NULL : rows->inval + byte * (rows->plane_rows == 0 ? 1 : rows->plane_rows);
	unsigned bit = m->c->inval_pos % 8;

	if (!all && (bits == NULL || (m->c->flags & MDF_CN_INVAL_USED) == 0 || byte >= rows->inval_bytes))
		return;
	for (size_t i = 0; i < rows->count; i++) {
		if (all || (bits[i * stride] >> bit & 1) != 0)
			spur_columns_builder_invalidate(b, col, first + i);
	}
}

/* Elements behind the size that their row states. */
static void mark_unused(const struct mdf_limit *l, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col, size_t first)
{
	double tile[TILE];

	for (size_t from = 0; from < rows->count; from += TILE) {
		struct mdf_rows part = *rows;

		part.data += from * rows->stride;
		part.first += from;
		part.count = rows->count - from < TILE ? rows->count - from : TILE;
		mdf_column_f64(l->size, &part, tile);
		for (size_t i = 0; i < part.count; i++) {
			if (!(tile[i] > l->number))
				spur_columns_builder_invalidate(b, col, first + from + i);
		}
	}
}

void mdf_column_fill(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	size_t first = spur_columns_builder_rows(b, col);

	if (m->stream != NULL)
		mdf_stream_fill(m, rows, b, col);
	else if (!spur_type_is_number(m->raw_type))
		fill_values(m, rows, b, col);
	else if (m->conv == NULL || m->conv->type == MDF_CC_TEXT_TEXT || m->conv->type == MDF_CC_TEXT_VALUE)
		fill_raw_numbers(m, rows, b, col);
	else if (mdf_conv_is_numeric(m->conv))
		fill_numbers(m, rows, b, col);
	else if (m->conv->type == MDF_CC_BITFIELD)
		fill_bitfield(m, rows, b, col);
	else
		fill_table(m, rows, b, col);
	mark_invalid(m, rows, b, col, first);
	for (size_t i = 0; i < m->limit_count; i++)
		mark_unused(&m->limits[i], rows, b, col, first);
}

#define NEIGHBOURS_MAX 256u	/* their columns are written side by side */

/* Raw values that lie in the record as they do in a column. */
static bool is_plain(const struct mdf_column *m)
{
	return spur_type_is_number(m->raw_type) && m->conv == NULL && m->limit_count == 0 && m->stream == NULL && !mdf_is_virtual(m->c) &&
	       mdf_is_native(m->c);
}

size_t mdf_columns_fill(struct mdf_column *m, size_t count, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col)
{
	size_t size = value_width(m), n = 1;
	void *to[NEIGHBOURS_MAX];

	if (rows->plane_rows != 0 || !is_plain(m))
		return 0;
	while (n < count && n < NEIGHBOURS_MAX && is_plain(&m[n]) && value_width(&m[n]) == size &&
	       m[n].c->byte_offset == m->c->byte_offset + n * size)
		n++;
	if (n * size < 16)
		return 0;
	for (size_t i = 0; i < n; i++)
		to[i] = spur_columns_builder_reserve(b, col + i, rows->count);
	spur_columns_split(rows->data + m->c->byte_offset, rows->stride, size, n, rows->count, to);
	for (size_t i = 0; i < n; i++) {
		size_t first = spur_columns_builder_rows(b, col + i);

		spur_columns_builder_advance(b, col + i, rows->count);
		mark_invalid(&m[i], rows, b, col + i, first);
	}
	return n;
}

size_t mdf_column_ready(struct mdf_column *m, const struct mdf_rows *rows, size_t at_most)
{
	const struct mdf_column *bytes = m->stream != NULL ? mdf_stream_bytes(m) : m;

	for (size_t i = at_most; bytes->store != NULL && i > 0; i--) {
		const unsigned char *p;
		size_t len;

		if (stored(bytes, rows->data + (i - 1) * rows->stride, rows->first + i - 1, &p, &len) != MDF_LATER)
			return i;
	}
	return bytes->store == NULL ? at_most : 0;
}
