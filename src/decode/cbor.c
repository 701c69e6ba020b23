#include "config.h"

#include "decode/cbor.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/binval.h"

enum major { M_UNSIGNED, M_NEGATIVE, M_BYTES, M_TEXT, M_ARRAY, M_MAP, M_TAG, M_SIMPLE };

#define INDEFINITE 31u
#define BREAK 0xffu

struct head {
	enum major major;
	unsigned info;
	uint64_t n;
};

static enum spur_status value(struct spur_binval *b, const char *key, unsigned depth);

static enum spur_status take_head(struct spur_binval *b, struct head *h)
{
	uint64_t first;
	enum spur_status st = spur_binval_number(b, 1, &first);

	if (st < 0)
		return st;
	h->major = (enum major)(first >> 5);
	h->info = first & 31;
	h->n = h->info;
	if (h->info < 24 || h->info == INDEFINITE)
		return SPUR_OK;
	if (h->info > 27)
		return spur_binval_fail(b, "a reserved length");
	return spur_binval_number(b, 1u << (h->info - 24), &h->n);
}

/* A text or bytes item, which may come in pieces. */
static enum spur_status take_string(struct spur_binval *b, const struct head *h, struct spur_buf *out)
{
	enum spur_status st = SPUR_OK;
	const char *s;

	if (h->info != INDEFINITE) {
		if ((st = spur_binval_take(b, h->n, &s)) >= 0)
			spur_buf_add(out, s, (size_t)h->n);
		return st;
	}
	while (st >= 0 && b->pos < b->len && b->data[b->pos] != BREAK) {
		struct head piece;

		if ((st = take_head(b, &piece)) < 0)
			return st;
		if (piece.major != h->major || piece.info == INDEFINITE)
			return spur_binval_fail(b, "a piece of another kind");
		if ((st = spur_binval_take(b, piece.n, &s)) >= 0)
			spur_buf_add(out, s, (size_t)piece.n);
	}
	if (st >= 0 && b->pos++ >= b->len)
		return spur_binval_fail(b, "it breaks off");
	return st;
}

static enum spur_status string(struct spur_binval *b, const struct head *h, const char *key)
{
	struct spur_buf s = { 0 };
	enum spur_status st = take_string(b, h, &s);

	if (st >= 0 && h->major == M_TEXT)
		b->v->text(b->v->state, key, spur_buf_text(&s), s.len);
	else if (st >= 0)
		b->v->bytes(b->v->state, key, spur_buf_text(&s), s.len);
	spur_buf_finish(&s);
	return st;
}

/* Keys of maps are texts, or whole numbers that become texts. */
static enum spur_status take_key(struct spur_binval *b, struct spur_buf *key)
{
	struct head h;
	enum spur_status st = take_head(b, &h);

	if (st < 0)
		return st;
	if (h.major == M_TEXT || h.major == M_BYTES)
		return take_string(b, &h, key);
	if (h.major == M_UNSIGNED)
		spur_buf_addf(key, "%llu", (unsigned long long)h.n);
	else if (h.major == M_NEGATIVE && h.n <= INT64_MAX)
		spur_buf_addf(key, "%lld", (long long)(-1 - (int64_t)h.n));
	else
		return spur_binval_fail(b, "a key that is no text and no number");
	return SPUR_OK;
}

static enum spur_status items(struct spur_binval *b, const struct head *h, unsigned depth)
{
	bool endless = h->info == INDEFINITE;
	enum spur_status st = SPUR_OK;

	for (uint64_t i = 0; st >= 0 && (endless || i < h->n); i++) {
		struct spur_buf key = { 0 };

		if (endless && b->pos < b->len && b->data[b->pos] == BREAK) {
			b->pos++;
			break;
		}
		if (h->major == M_MAP)
			st = take_key(b, &key);
		if (st >= 0)
			st = value(b, h->major == M_MAP ? spur_buf_text(&key) : NULL, depth + 1);
		spur_buf_finish(&key);
	}
	return st;
}

static enum spur_status simple(struct spur_binval *b, const struct head *h, const char *key)
{
	const struct spur_visitor *v = b->v;
	uint32_t half = (uint32_t)h->n;
	double d;
	float f;

	switch (h->info) {
	case 20: case 21:
		v->boolean(v->state, key, h->info == 21);
		return SPUR_OK;
	case 25:
		v->f32(v->state, key, spur_half((uint16_t)h->n));
		return SPUR_OK;
	case 26:
		memcpy(&f, &half, sizeof(f));
		v->f32(v->state, key, f);
		return SPUR_OK;
	case 27:
		memcpy(&d, &h->n, sizeof(d));
		v->f64(v->state, key, d);
		return SPUR_OK;
	case INDEFINITE:
		return spur_binval_fail(b, "an end without a beginning");
	default:	/* null, undefined, and what has no meaning yet */
		v->null(v->state, key);
		return SPUR_OK;
	}
}

static void whole(struct spur_binval *b, const struct head *h, const char *key)
{
	if (h->major == M_UNSIGNED)
		b->v->u64(b->v->state, key, h->n);
	else if (h->n <= INT64_MAX)
		b->v->i64(b->v->state, key, -1 - (int64_t)h->n);
	else
		b->v->f64(b->v->state, key, -1.0 - (double)h->n);
}

static enum spur_status value(struct spur_binval *b, const char *key, unsigned depth)
{
	struct head h = { .major = M_TAG };
	enum spur_status st = SPUR_OK;
	char bracket;

	while (st >= 0 && h.major == M_TAG) {	/* a tag stands before its value; each takes a byte */
		if ((st = take_head(b, &h)) >= 0 && h.info == INDEFINITE && (h.major == M_TAG || h.major <= M_NEGATIVE))
			st = spur_binval_fail(b, "a number without end");
	}
	if (st < 0)
		return st;
	if (h.major == M_SIMPLE)
		return simple(b, &h, key);
	if (h.major == M_TEXT || h.major == M_BYTES)
		return string(b, &h, key);
	if (h.major != M_ARRAY && h.major != M_MAP) {
		whole(b, &h, key);
		return SPUR_OK;
	}
	if (depth >= SPUR_BINVAL_DEPTH)
		return spur_binval_fail(b, "nested deeper than 128");
	bracket = h.major == M_MAP ? '{' : '[';
	b->v->begin(b->v->state, key, bracket);
	st = items(b, &h, depth);
	b->v->end(b->v->state, bracket == '{' ? '}' : ']');
	return st;
}

enum spur_status spur_cbor_walk(const char *data, size_t len, const struct spur_visitor *v, struct spur_error *err)
{
	struct spur_binval b = { .data = (const unsigned char *)data, .len = len, .what = "CBOR", .v = v, .err = err };
	enum spur_status st = value(&b, NULL, 0);

	return st >= 0 && b.pos < len ? spur_binval_fail(&b, "more bytes after the value") : st;
}
