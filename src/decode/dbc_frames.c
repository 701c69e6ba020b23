/* One signal of many frames at once: shifts and masks over whole numbers, as vectors where the compiler can. */
#include "config.h"

#include <string.h>

#include "decode/dbc_priv.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { TILE = 256, WORD_BITS = 64 };

/* Where a signal lies in the first eight bytes; false: not there as a whole, or it needs a look at each frame. */
struct place {
	unsigned shift;			/* of the number, in its own byte order */
	unsigned bytes;			/* that a frame must have */
};

static bool place_of(const struct spur_dbc_signal *s, struct place *out)
{
	unsigned first = s->start / 8u * 8u, before = s->motorola ? 7u - s->start % 8u : s->start % 8u;
	unsigned end = first + before + s->length;

	if (s->number == SPUR_DBC_BYTES || s->multiplexor >= 0 || s->length == 0 || end > WORD_BITS)
		return false;
	out->shift = s->motorola ? WORD_BITS - end : first + before;
	out->bytes = (end + 7) / 8;
	return true;
}

static void take_bits(const struct spur_dbc_signal *s, unsigned shift, const uint64_t *words, size_t n, uint64_t *out)
{
	unsigned rest = WORD_BITS - s->length;

	for (size_t i = 0; i < n && s->motorola; i++)
		out[i] = __builtin_bswap64(words[i]) >> shift;
	for (size_t i = 0; i < n && !s->motorola; i++)
		out[i] = words[i] >> shift;
	for (size_t i = 0; i < n && s->number == SPUR_DBC_SIGNED; i++)
		out[i] = (uint64_t)((int64_t)(out[i] << rest) >> rest);
	for (size_t i = 0; i < n && s->number != SPUR_DBC_SIGNED; i++)
		out[i] = out[i] << rest >> rest;
}

static void scale(const struct spur_dbc_signal *s, const uint64_t *raw, size_t n, double *out)
{
	switch (s->number) {
	case SPUR_DBC_SIGNED:
		for (size_t i = 0; i < n; i++)
			out[i] = (double)(int64_t)raw[i] * s->factor + s->offset;
		break;
	case SPUR_DBC_UNSIGNED:
		for (size_t i = 0; i < n; i++)
			out[i] = (s->length < 64 ? (double)(int64_t)raw[i] : (double)raw[i]) * s->factor + s->offset;
		break;
	default:
		for (size_t i = 0; i < n; i++)
			out[i] = spur_dbc_physical(s, raw[i]);
		break;
	}
}

/* Rows of the tile that starts at row `first` of the column. */
static uint64_t mark_unavailable(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const uint64_t *raw, size_t n,
				 bool keep, struct spur_columns_builder *to, size_t col, size_t first)
{
	uint64_t gone = 0;

	for (size_t i = 0; i < n && m->j1939; i++) {
		if (!spur_dbc_unavailable(m, s, raw[i]))
			continue;
		gone++;
		if (!keep)
			spur_columns_builder_invalidate(to, col, first + i);
	}
	return gone;
}

static uint64_t append_each(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const struct spur_dbc_frames *f,
			    struct spur_dbc_style style, struct spur_columns_builder *to, size_t col)
{
	uint64_t gone = 0;

	for (size_t i = 0; i < f->count; i++)
		gone += spur_dbc_append(m, s, f->data[i], f->len[i], style, to, col) == SPUR_DBC_UNAVAILABLE;
	return gone;
}

uint64_t spur_dbc_append_frames(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const struct spur_dbc_frames *f,
				struct spur_dbc_style style, struct spur_columns_builder *to, size_t col)
{
	bool texts = style.with_text && !style.raw && s->value_count > 0;
	uint64_t raw[TILE], gone = 0;
	struct place at;

	if (texts || (style.raw && s->number >= SPUR_DBC_FLOAT) || !place_of(s, &at) || f->shortest < at.bytes)
		return append_each(m, s, f, style, to, col);
	for (size_t from = 0; from < f->count; from += TILE) {
		size_t n = f->count - from < TILE ? f->count - from : TILE, first = spur_columns_builder_rows(to, col);
		void *out = spur_columns_builder_reserve(to, col, n);

		take_bits(s, at.shift, f->words + from, n, raw);
		if (style.raw)
			memcpy(out, raw, n * sizeof(*raw));
		else
			scale(s, raw, n, out);
		spur_columns_builder_advance(to, col, n);
		gone += mark_unavailable(m, s, raw, n, style.keep_unavailable, to, col, first);
	}
	return gone;
}
