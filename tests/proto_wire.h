#ifndef SPUR_TESTS_PROTO_WIRE_H
#define SPUR_TESTS_PROTO_WIRE_H

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

/* A small writer of the wire: enough to make descriptors and messages. */

static inline void proto_varint(struct spur_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		spur_buf_addc(b, (char)(v | 0x80));
	spur_buf_addc(b, (char)v);
}

static inline void proto_num(struct spur_buf *b, unsigned field, uint64_t v)
{
	proto_varint(b, field << 3);
	proto_varint(b, v);
}

static inline void proto_bytes(struct spur_buf *b, unsigned field, const void *data, size_t len)
{
	proto_varint(b, field << 3 | 2);
	proto_varint(b, len);
	spur_buf_add(b, data, len);
}

static inline void proto_str(struct spur_buf *b, unsigned field, const char *s)
{
	proto_bytes(b, field, s, strlen(s));
}

static inline void proto_sub(struct spur_buf *b, unsigned field, struct spur_buf *inner)
{
	proto_bytes(b, field, spur_buf_text(inner), inner->len);
	spur_buf_finish(inner);
}

struct proto_field {
	const char *name;
	unsigned number, type;
	bool repeated;
	const char *type_name;
	int oneof;	/* + 1 */
};

static inline void proto_field(struct spur_buf *message, const struct proto_field *f)
{
	struct spur_buf b = { 0 };

	proto_str(&b, 1, f->name);
	proto_num(&b, 3, f->number);
	proto_num(&b, 4, f->repeated ? 3 : 1);
	proto_num(&b, 5, f->type);
	if (f->type_name != NULL)
		proto_str(&b, 6, f->type_name);
	if (f->oneof > 0)
		proto_num(&b, 9, (uint64_t)f->oneof - 1);
	proto_sub(message, 2, &b);
}

#endif
