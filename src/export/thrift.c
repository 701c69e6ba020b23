#include "config.h"

#include "export/thrift.h"

#include <assert.h>
#include <string.h>

enum { TYPE_TRUE = 1, TYPE_FALSE = 2, TYPE_I8 = 3, TYPE_I16 = 4 };

void spur_thrift_varint(struct spur_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		spur_buf_u8(b, (uint8_t)(v | 0x80));
	spur_buf_u8(b, (uint8_t)v);
}

static void zigzag(struct spur_buf *b, int64_t v)
{
	spur_thrift_varint(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

static void field(struct spur_thrift *t, int16_t id, uint8_t type)
{
	int16_t *last = &t->last[t->depth];

	if (id == 0)
		return;
	if (id > *last && id - *last <= 15) {
		spur_buf_u8(t->out, (uint8_t)((id - *last) << 4 | type));
	} else {
		spur_buf_u8(t->out, type);
		zigzag(t->out, id);
	}
	*last = id;
}

void spur_thrift_begin(struct spur_thrift *t, int16_t id)
{
	field(t, id, SPUR_THRIFT_STRUCT);
	assert(t->depth + 1 < SPUR_THRIFT_DEPTH);
	t->last[++t->depth] = 0;
}

void spur_thrift_end(struct spur_thrift *t)
{
	spur_buf_u8(t->out, 0);
	t->depth--;
}

void spur_thrift_empty(struct spur_thrift *t, int16_t id)
{
	spur_thrift_begin(t, id);
	spur_thrift_end(t);
}

void spur_thrift_i8(struct spur_thrift *t, int16_t id, int8_t v)
{
	field(t, id, TYPE_I8);
	spur_buf_u8(t->out, (uint8_t)v);
}

void spur_thrift_i16(struct spur_thrift *t, int16_t id, int16_t v)
{
	field(t, id, TYPE_I16);
	zigzag(t->out, v);
}

void spur_thrift_i32(struct spur_thrift *t, int16_t id, int32_t v)
{
	field(t, id, SPUR_THRIFT_I32);
	zigzag(t->out, v);
}

void spur_thrift_i64(struct spur_thrift *t, int16_t id, int64_t v)
{
	field(t, id, SPUR_THRIFT_I64);
	zigzag(t->out, v);
}

void spur_thrift_bool(struct spur_thrift *t, int16_t id, bool v)
{
	field(t, id, v ? TYPE_TRUE : TYPE_FALSE);
}

void spur_thrift_bytes(struct spur_thrift *t, int16_t id, const void *data, size_t len)
{
	field(t, id, SPUR_THRIFT_BINARY);
	spur_thrift_varint(t->out, len);
	spur_buf_add(t->out, data, len);
}

void spur_thrift_text(struct spur_thrift *t, int16_t id, const char *s)
{
	spur_thrift_bytes(t, id, s, strlen(s));
}

void spur_thrift_list(struct spur_thrift *t, int16_t id, enum spur_thrift_type of, size_t count)
{
	field(t, id, SPUR_THRIFT_LIST);
	if (count < 15) {
		spur_buf_u8(t->out, (uint8_t)(count << 4 | of));
	} else {
		spur_buf_u8(t->out, (uint8_t)(0xf0 | of));
		spur_thrift_varint(t->out, count);
	}
}
