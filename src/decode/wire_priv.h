#ifndef SPUR_DECODE_WIRE_PRIV_H
#define SPUR_DECODE_WIRE_PRIV_H

#include <string.h>

#include "base/buf.h"
#include "decode/wire.h"

/* The parts of wire*.c. m is only for messages where it may be NULL. */
union wire_number {
	uint8_t u8;
	int8_t i8;
	uint16_t u16;
	int16_t i16;
	uint32_t u32;
	int32_t i32;
	uint64_t u64;
	int64_t i64;
	float f32;
	double f64;
};

static inline bool wire_has(const struct spur_wire *w, uint64_t len)
{
	return w->pos <= w->size && len <= w->size - w->pos;
}

static inline union wire_number wire_load(const unsigned char *p, size_t size, bool swap)
{
	union wire_number n = { .u64 = 0 };

	if (!swap) {
		memcpy(&n, p, size);
		return n;
	}
	for (size_t i = 0; i < size; i++)
		((unsigned char *)&n)[i] = p[size - 1 - i];
	return n;
}

/* wire_bytes.c: what one value is on the wire. */
enum spur_status wire_past_end(const struct spur_wire *w, const struct spur_member *m, uint64_t need, struct spur_error *err);
void wire_align(struct spur_wire *w, size_t size);
enum spur_status wire_take(struct spur_wire *w, const struct spur_member *m, size_t size, union wire_number *out,
			   struct spur_error *err);
enum spur_status wire_take_text(struct spur_wire *w, const struct spur_member *m, const char **s, size_t *len,
				struct spur_error *err);
enum spur_status wire_take_wide(struct spur_wire *w, const struct spur_member *m, struct spur_buf *out,
				struct spur_error *err);
enum spur_status wire_step(struct spur_wire *w, const struct spur_member *m, struct spur_error *err);
enum spur_status wire_take_count(struct spur_wire *w, const struct spur_member *m, uint64_t *count, struct spur_error *err);
enum spur_status wire_take_block(struct spur_wire *w, const struct spur_member *m, uint64_t count,
				 const unsigned char **data, struct spur_error *err);

/* wire_struct.c: which member comes next. */
struct wire_frame {
	const struct spur_shape *s;
	size_t next;		/* member, of one without a list */
	size_t end;		/* of the bytes of the struct, SIZE_MAX: it does not say */
	size_t item_end;	/* of the member at hand, SIZE_MAX: it does not say */
	size_t origin;
	bool list;		/* members carry their ids, any may be missing */
};

enum spur_status wire_struct_begin(struct spur_wire *w, const struct spur_shape *s, struct wire_frame *f, struct spur_error *err);
/* The next member that is there; its value is at w->pos. SPUR_END: no more. */
enum spur_status wire_struct_next(struct spur_wire *w, struct wire_frame *f, const struct spur_member **m, struct spur_error *err);
void wire_struct_end(struct spur_wire *w, const struct wire_frame *f);

/* wire_skip.c: stepping over values, and what that tells of the payload before it is read. */
enum spur_status wire_skip_member(struct spur_wire *w, const struct spur_member *m, struct spur_error *err);
void wire_prepare(struct spur_wire *w, const struct spur_shape *root);

/* wire.c */
enum spur_status wire_walk_member(struct spur_wire *w, const struct spur_member *m, const char *key,
				  const struct spur_visitor *v, struct spur_error *err);

#endif
