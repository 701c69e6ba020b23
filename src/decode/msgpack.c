#include "config.h"

#include "decode/msgpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/binval.h"

static enum spur_status value(struct spur_binval *b, const char *key, unsigned depth);

static uint64_t big_endian(const char *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static enum spur_status extension(struct spur_binval *b, const char *key, uint64_t len)
{
	const struct spur_visitor *v = b->v;
	const char *data;
	uint64_t type;
	enum spur_status st;

	if ((st = spur_binval_number(b, 1, &type)) < 0 || (st = spur_binval_take(b, len, &data)) < 0)
		return st;
	v->begin(v->state, key, '{');
	if (type == 0xff && (len == 4 || len == 8 || len == 12)) {
		uint64_t n = len == 12 ? big_endian(data, 4) : len == 8 ? big_endian(data, 8) >> 34 : 0;

		v->i64(v->state, "sec", (int64_t)(len == 12 ? big_endian(data + 4, 8) : len == 8 ?
						  big_endian(data, 8) & 0x3ffffffff : big_endian(data, 4)));
		v->u64(v->state, "nsec", n);
	} else {
		v->i64(v->state, "type", (int8_t)type);
		v->bytes(v->state, "data", data, (size_t)len);
	}
	v->end(v->state, '}');
	return SPUR_OK;
}

/* Keys of maps are texts, or whole numbers that become texts. */
static enum spur_status take_key(struct spur_binval *b, char **key)
{
	uint64_t tag, len = 0;
	const char *s;
	enum spur_status st = spur_binval_number(b, 1, &tag);

	if (st < 0)
		return st;
	if (tag <= 0x7f || tag >= 0xe0) {
		*key = spur_strfmt("%d", (int)(int8_t)tag);
		return SPUR_OK;
	}
	if (tag >= 0xcc && tag <= 0xcf) {
		if ((st = spur_binval_number(b, 1u << (tag - 0xcc), &len)) >= 0)
			*key = spur_strfmt("%llu", (unsigned long long)len);
		return st;
	}
	if (tag >= 0xa0 && tag <= 0xbf)
		len = tag & 31;
	else if (tag < 0xd9 || tag > 0xdb)
		return spur_binval_fail(b, "a key that is no text and no number");
	else if ((st = spur_binval_number(b, 1u << (tag - 0xd9), &len)) < 0)
		return st;
	if ((st = spur_binval_take(b, len, &s)) >= 0)
		*key = spur_strndup(s, (size_t)len);
	return st;
}

static enum spur_status items(struct spur_binval *b, const char *key, uint64_t count, bool map, unsigned depth)
{
	enum spur_status st = SPUR_OK;

	if (depth >= SPUR_BINVAL_DEPTH)
		return spur_binval_fail(b, "nested deeper than 128");
	b->v->begin(b->v->state, key, map ? '{' : '[');
	for (uint64_t i = 0; i < count && st >= 0; i++) {
		char *name = NULL;

		if (map)
			st = take_key(b, &name);
		if (st >= 0)
			st = value(b, name, depth + 1);
		free(name);
	}
	b->v->end(b->v->state, map ? '}' : ']');
	return st;
}

static enum spur_status string(struct spur_binval *b, const char *key, uint64_t len, bool text)
{
	const char *s;
	enum spur_status st = spur_binval_take(b, len, &s);

	if (st >= 0 && text)
		b->v->text(b->v->state, key, s, (size_t)len);
	else if (st >= 0)
		b->v->bytes(b->v->state, key, s, (size_t)len);
	return st;
}

static void floating(struct spur_binval *b, const char *key, uint64_t bits, bool wide)
{
	uint32_t half = (uint32_t)bits;
	double d;
	float f;

	memcpy(&d, &bits, sizeof(d));
	memcpy(&f, &half, sizeof(f));
	if (wide)
		b->v->f64(b->v->state, key, d);
	else
		b->v->f32(b->v->state, key, f);
}

/* Sign-extends a number of 1 << power bytes. */
static int64_t narrow(uint64_t bits, unsigned power)
{
	return power == 0 ? (int8_t)bits : power == 1 ? (int16_t)bits : power == 2 ? (int32_t)bits : (int64_t)bits;
}

/* The tags from 0xc0 to 0xdf: a length or a number of 1 << power bytes follows. */
static enum spur_status tagged(struct spur_binval *b, const char *key, unsigned tag, unsigned depth)
{
	static const unsigned char powers[32] = { 0, 0, 0, 0, 0, 1, 2, 0, 1, 2, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1, 2,
						  1, 2, 1, 2 };
	const struct spur_visitor *v = b->v;
	unsigned power = powers[tag - 0xc0];
	enum spur_status st;
	uint64_t n;

	if (tag == 0xc1)
		return spur_binval_fail(b, "a byte that is never used");
	if (tag == 0xc0) {
		v->null(v->state, key);
		return SPUR_OK;
	}
	if (tag == 0xc2 || tag == 0xc3) {
		v->boolean(v->state, key, tag == 0xc3);
		return SPUR_OK;
	}
	if (tag >= 0xd4 && tag <= 0xd8)
		return extension(b, key, UINT64_C(1) << (tag - 0xd4));
	if ((st = spur_binval_number(b, 1u << power, &n)) < 0)
		return st;
	if (tag <= 0xc6)
		return string(b, key, n, false);
	if (tag <= 0xc9)
		return extension(b, key, n);
	if (tag <= 0xcb)
		floating(b, key, n, tag == 0xcb);
	else if (tag <= 0xcf)
		v->u64(v->state, key, n);
	else if (tag <= 0xd3)
		v->i64(v->state, key, narrow(n, power));
	else if (tag <= 0xdb)
		return string(b, key, n, true);
	else
		return items(b, key, n, tag >= 0xde, depth);
	return SPUR_OK;
}

static enum spur_status value(struct spur_binval *b, const char *key, unsigned depth)
{
	uint64_t tag;
	enum spur_status st = spur_binval_number(b, 1, &tag);

	if (st < 0)
		return st;
	if (tag <= 0x7f)
		b->v->u64(b->v->state, key, tag);
	else if (tag >= 0xe0)
		b->v->i64(b->v->state, key, (int8_t)tag);
	else if (tag <= 0x9f)
		return items(b, key, tag & 15, tag <= 0x8f, depth);
	else if (tag <= 0xbf)
		return string(b, key, tag & 31, true);
	else
		return tagged(b, key, (unsigned)tag, depth);
	return SPUR_OK;
}

enum spur_status spur_msgpack_walk(const char *data, size_t len, const struct spur_visitor *v, struct spur_error *err)
{
	struct spur_binval b = { .data = (const unsigned char *)data, .len = len, .what = "MessagePack", .v = v, .err = err };
	enum spur_status st = value(&b, NULL, 0);

	return st >= 0 && b.pos < len ? spur_binval_fail(&b, "more bytes after the value") : st;
}
