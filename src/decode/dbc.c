#include "config.h"

#include "decode/dbc_priv.h"

#include <stdlib.h>
#include <string.h>

#define MUX_DEPTH 8u	/* multiplexors of multiplexors; more is a circle */

void spur_dbc_destroy(struct spur_dbc *db)
{
	if (db == NULL)
		return;
	spur_arena_destroy(db->arena);
	free(db->messages);
	free(db->by_id);
	free(db->by_pgn);
	free(db);
}

bool spur_dbc_is_lin(const struct spur_dbc *db)
{
	return db->lin;
}

const struct spur_dbc_message *spur_dbc_messages(const struct spur_dbc *db, size_t *count)
{
	*count = db->count;
	return db->messages;
}

/* Below 240 the low byte is an address, not part of the group. */
uint32_t spur_dbc_pgn(uint32_t frame_id)
{
	uint32_t format = frame_id >> 16 & 0xff, page = frame_id >> 24 & 3;

	return page << 16 | format << 8 | (format >= 240 ? frame_id >> 8 & 0xff : 0);
}

static int by_key(const void *a, const void *b)
{
	const struct dbc_key *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->message < y->message ? -1 : x->message > y->message;
}

void dbc_keys_sort(struct dbc_key *keys, size_t count)
{
	qsort(keys, count, sizeof(*keys), by_key);
}

const struct dbc_key *dbc_keys_find(const struct dbc_key *keys, size_t count, uint64_t key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (keys[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < count && keys[low].key == key ? &keys[low] : NULL;
}

const struct spur_dbc_message *spur_dbc_find(const struct spur_dbc *db, uint32_t frame_id)
{
	const struct dbc_key *k = dbc_keys_find(db->by_id, db->count, frame_id);

	if (k == NULL && (frame_id & DBC_EXTENDED) != 0)
		k = dbc_keys_find(db->by_pgn, db->pgn_count, spur_dbc_pgn(frame_id));
	return k == NULL ? NULL : &db->messages[k->message];
}

const struct spur_dbc_message *spur_dbc_find_group(const struct spur_dbc *db, uint32_t pgn)
{
	for (size_t i = 0; i < db->count; i++) {
		if ((db->messages[i].frame_id & DBC_EXTENDED) != 0 && spur_dbc_pgn(db->messages[i].frame_id) == pgn)
			return &db->messages[i];
	}
	return NULL;
}

static uint64_t low_bits(unsigned count)
{
	return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/* Intel: start is the least significant bit, bits count upwards through the bytes. */
static uint64_t intel_bits(const uint8_t *p, unsigned shift, unsigned length)
{
	unsigned bytes = (shift + length + 7) / 8;
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes && i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	v >>= shift;
	if (bytes == 9)
		v |= (uint64_t)p[8] << (64 - shift);
	return v & low_bits(length);
}

/* Motorola: start is the most significant bit, numbered 7..0 within its byte. */
static uint64_t motorola_bits(const uint8_t *p, unsigned before, unsigned length)
{
	unsigned used = before + length, bytes = (used + 7) / 8;
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes && i < 8; i++)
		v = v << 8 | p[i];
	if (bytes == 9)
		v = v << (used - 64) | p[8] >> (72 - used);
	else
		v >>= bytes * 8 - used;
	return v & low_bits(length);
}

bool spur_dbc_raw(const struct spur_dbc_signal *s, const uint8_t *data, size_t len, uint64_t *raw)
{
	unsigned first = s->start / 8u;
	unsigned shift = s->motorola ? 7u - s->start % 8u : s->start % 8u;

	if (s->number == SPUR_DBC_BYTES || first + (shift + s->length + 7u) / 8u > len)
		return false;
	*raw = s->motorola ? motorola_bits(data + first, shift, s->length) : intel_bits(data + first, shift, s->length);
	if (s->number == SPUR_DBC_SIGNED && s->length < 64 && (*raw >> (s->length - 1) & 1) != 0)
		*raw |= ~low_bits(s->length);
	return true;
}

const uint8_t *spur_dbc_bytes(const struct spur_dbc_signal *s, const uint8_t *data, size_t len, size_t *count)
{
	size_t first = s->start / 8u, most = s->length / 8u;

	if (s->number != SPUR_DBC_BYTES || first >= len)
		return NULL;
	/* Payloads of J1939 groups are as long as the text in them; databases have the longest. */
	*count = most < len - first ? most : len - first;
	return data + first;
}

bool spur_dbc_present(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const uint8_t *data, size_t len)
{
	for (unsigned depth = 0; s->multiplexor >= 0; depth++) {
		const struct spur_dbc_signal *by = &m->signals[s->multiplexor];
		bool fits = false;
		uint64_t raw;

		if (depth >= MUX_DEPTH || !spur_dbc_raw(by, data, len, &raw))
			return false;
		for (size_t i = 0; i < s->when_count && !fits; i++)
			fits = raw >= s->when[i].first && raw <= s->when[i].last;
		if (!fits)
			return false;
		s = by;
	}
	return true;
}

static double raw_number(const struct spur_dbc_signal *s, uint64_t raw)
{
	uint32_t half = (uint32_t)raw;
	double d;
	float f;

	switch (s->number) {
	case SPUR_DBC_UNSIGNED: return (double)raw;
	case SPUR_DBC_SIGNED: return (double)(int64_t)raw;
	case SPUR_DBC_FLOAT: memcpy(&f, &half, sizeof(f)); return (double)f;
	case SPUR_DBC_DOUBLE: memcpy(&d, &raw, sizeof(d)); return d;
	case SPUR_DBC_BYTES: break;
	}
	return 0;
}

double spur_dbc_physical(const struct spur_dbc_signal *s, uint64_t raw)
{
	return raw_number(s, raw) * s->factor + s->offset;
}

const char *spur_dbc_text(const struct spur_dbc_signal *s, uint64_t raw)
{
	size_t low = 0, high = s->value_count;
	int64_t v = (int64_t)raw;

	if (s->number >= SPUR_DBC_FLOAT)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->values[mid].value < v)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->value_count && s->values[low].value == v ? s->values[low].text : NULL;
}

enum spur_type spur_dbc_type(const struct spur_dbc_signal *s, bool raw)
{
	if (s->number == SPUR_DBC_BYTES)
		return SPUR_TYPE_BYTES;
	return !raw || s->number >= SPUR_DBC_FLOAT ? SPUR_TYPE_F64 : s->number == SPUR_DBC_SIGNED ? SPUR_TYPE_I64 : SPUR_TYPE_U64;
}

/* Raw values up to this one are values; SAE J1939-71 table 1 and what ISO 11783-7 adds for other lengths. */
static uint64_t most_of_length(unsigned bits)
{
	switch (bits) {
	case 4: return 0xa;
	case 8: return 0xfa;
	case 10: return 0x3fa;
	case 12: return 0xfaf;
	case 16: return 0xfaff;
	case 20: return 0xfafff;
	case 24: return 0xfaffff;
	case 28: return 0xfafffff;
	case 32: return 0xfaffffff;
	default: return UINT64_MAX;
	}
}

bool spur_dbc_unavailable(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, uint64_t raw)
{
	return m->j1939 && s->number == SPUR_DBC_UNSIGNED && raw > most_of_length(s->length);
}

static void append_value(const struct spur_dbc_signal *s, uint64_t raw, bool as_raw, struct spur_columns_builder *to, size_t col)
{
	if (as_raw && s->number < SPUR_DBC_FLOAT) {
		memcpy(spur_columns_builder_reserve(to, col, 1), &raw, sizeof(raw));
		spur_columns_builder_advance(to, col, 1);
		return;
	}
	spur_columns_builder_f64(to, col, as_raw ? raw_number(s, raw) : spur_dbc_physical(s, raw));
}

enum spur_dbc_cell spur_dbc_append(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const uint8_t *data,
				   size_t len, struct spur_dbc_style style, struct spur_columns_builder *to, size_t col)
{
	size_t row = spur_columns_builder_rows(to, col);
	const uint8_t *bytes;
	const char *text;
	uint64_t raw;
	size_t count;
	bool gone;

	if ((bytes = spur_dbc_bytes(s, data, len, &count)) != NULL && spur_dbc_present(m, s, data, len)) {
		spur_columns_builder_bytes(to, col, bytes, count);
		return SPUR_DBC_VALUE;
	}
	if (!spur_dbc_present(m, s, data, len) || !spur_dbc_raw(s, data, len, &raw)) {
		spur_columns_builder_null(to, col);
		return SPUR_DBC_ABSENT;
	}
	gone = spur_dbc_unavailable(m, s, raw);
	if (style.with_text && !style.raw && (text = spur_dbc_text(s, raw)) != NULL) {
		spur_columns_builder_null(to, col);
		spur_columns_builder_text(to, col, row, text, strlen(text));
	} else {
		append_value(s, raw, style.raw, to, col);
		if (gone && !style.keep_unavailable)
			spur_columns_builder_invalidate(to, col, row);
	}
	return gone ? SPUR_DBC_UNAVAILABLE : SPUR_DBC_VALUE;
}
