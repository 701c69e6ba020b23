#include "config.h"

#include <stdbool.h>

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/* Data streams (MDF 4.3): bytes of any length whose fields follow each other. */
#define BIT_PACKED 255u
#define RESET (1u << 18)

struct field {
	struct mdf_cn cn;
	uint8_t alignment;
	uint64_t size;		/* of VLSC: the channel with it */
};

static uint64_t field(struct spur_buf *b, uint64_t next, const struct field *f)
{
	uint64_t at, name;

	if (f->size == 0) {
		at = mdf_cn(b, next, &f->cn);
	} else {
		uint64_t links[9] = { next, 0, 0, 0, 0, 0, 0, 0, f->size };
		unsigned char body[72] = { 7, 0, f->cn.data_type };

		name = mdf_tx(b, f->cn.name);
		links[2] = name;
		return mdf_block(b, "CN", links, 9, body, sizeof(body));
	}
	mdf_set(b, at + 24 + 8 * 8 + 21, f->alignment, 1);
	return at;
}

static uint64_t list(struct spur_buf *b, uint64_t elements, uint64_t size, uint16_t flags, uint8_t alignment, uint8_t bit, uint32_t byte)
{
	uint64_t links[2] = { elements, size };
	unsigned char body[8] = { (unsigned char)flags, 0, alignment, bit };

	memcpy(body + 4, &byte, 4);
	return mdf_block(b, "CL", links, 2, body, sizeof(body));
}

static uint64_t choices(struct spur_buf *b, const char *id, uint64_t by, const uint64_t *members, const uint64_t *values, uint32_t n)
{
	uint64_t links[8] = { by };
	struct spur_buf body = { 0 };
	unsigned first = id[1] == 'V';

	memcpy(links + first, members, 8u * n);
	spur_buf_u32(&body, n);
	spur_buf_u32(&body, 0);
	for (uint32_t i = 0; first == 1 && i < n; i++)
		spur_buf_u64(&body, values[i]);
	by = mdf_block(b, id, links, first + n, body.data, body.len);
	spur_buf_finish(&body);
	return by;
}

static uint64_t stream(struct spur_buf *b, uint64_t fields, uint64_t start)
{
	uint64_t links[4] = { fields, start };
	unsigned char body[8] = { 0 };

	return mdf_block(b, "DS", links, 4, body, sizeof(body));
}

static uint64_t colours(struct spur_buf *b)
{
	static const double keys[] = { 1, 2 };
	uint64_t refs[3] = { 0 };

	refs[0] = mdf_tx(b, "red");
	refs[1] = mdf_tx(b, "blue");
	return mdf_cc(b, 7, keys, 2, refs, 3);
}

/* From the last field to the first one: links go forward. */
static uint64_t fields(struct spur_buf *b, uint64_t tail_bytes)
{
	static const uint64_t kinds[] = { 1, 2 };
	static const double half[2] = { 0, 0.5 };
	uint64_t next, kind, count, size, item, of[2], at, big;

	/* The channels that tell sizes come first in the file; their links to what follows are set below. */
	kind = field(b, 0, &(struct field){ .cn = { .name = "kind", .bits = 8 } });
	count = field(b, 0, &(struct field){ .cn = { .name = "count", .bits = 16 }, .alignment = 1 });
	size = field(b, 0, &(struct field){ .cn = { .name = "name size", .bits = 8 } });

	next = field(b, 0, &(struct field){ .cn = { .name = "reset", .bits = 32, .flags = RESET }, .alignment = 3 });
	at = field(b, 0, &(struct field){ .cn = { .name = "colour", .bits = 8, .conv = colours(b) } });
	next = field(b, next, &(struct field){ .cn = { .name = "tail", .data_type = 10, .composition = list(b, at, tail_bytes, 0, 0, 0, 0) } });
	next = field(b, next, &(struct field){ .cn = { .name = "name", .data_type = 7 }, .size = size });
	mdf_set(b, size + 24, next, 8);
	of[0] = field(b, 0, &(struct field){ .cn = { .name = "word", .bits = 32 }, .alignment = 2 });
	of[1] = field(b, 0, &(struct field){ .cn = { .name = "real", .data_type = 4, .bits = 32 }, .alignment = 2 });
	next = field(b, size, &(struct field){ .cn = { .name = "both", .data_type = 10, .composition = choices(b, "CU", 0, of, NULL, 2) } });
	of[0] = field(b, 0, &(struct field){ .cn = { .name = "temperature", .data_type = 2, .bits = 16, .conv = mdf_cc(b, 1, half, 2, NULL, 0) } });
	of[1] = field(b, 0, &(struct field){ .cn = { .name = "message", .type = 1, .data_type = 7 } });
	next = field(b, next, &(struct field){ .cn = { .name = "choice", .data_type = 10, .composition = choices(b, "CV", kind, of, kinds, 2) } });
	big = field(b, 0, &(struct field){ .cn = { .name = "value", .data_type = 3, .bits = 16 }, .alignment = 1 });
	item = field(b, big, &(struct field){ .cn = { .name = "id", .bits = 8 } });
	item = field(b, 0, &(struct field){ .cn = { .name = "item", .data_type = 10, .composition = item } });
	next = field(b, next, &(struct field){ .cn = { .name = "items", .data_type = 10, .composition = list(b, item, count, 1, 2, 0, 1) } });
	at = field(b, 0, &(struct field){ .cn = { .name = "high", .data_type = 2, .bits = 5 }, .alignment = BIT_PACKED });
	at = field(b, at, &(struct field){ .cn = { .name = "low", .bits = 3 }, .alignment = BIT_PACKED });
	next = field(b, next, &(struct field){ .cn = { .name = "flags", .data_type = 10, .bits = 16, .composition = at } });
	mdf_set(b, count + 24, next, 8);
	mdf_set(b, kind + 24, count, 8);
	return kind;
}

static void upto(struct spur_buf *b, size_t len)
{
	while (b->len < len)
		spur_buf_u8(b, 0xee);	/* what lies between fields */
}

static void value16be(struct spur_buf *b, int v)
{
	spur_buf_u8(b, (uint8_t)((unsigned)v >> 8));
	spur_buf_u8(b, (uint8_t)v);
}

/* The bytes of row i, places worked out by hand for each: alignment counts from A = 2 at first. */
static void bytes_of(struct spur_buf *b, unsigned i, unsigned tail)
{
	static const char message[] = "a message";

	spur_buf_u8(b, (uint8_t)(i + 1));	/* 0: kind */
	upto(b, 2);
	spur_buf_u16(b, (uint16_t)i);		/* 2: count */
	spur_buf_u8(b, (uint8_t)(i | 0xf0));	/* 4: low = i, high = -2 */
	upto(b, 6);				/* the structure says 16 bits */
	for (unsigned k = 0; k < i; k++) {	/* items: the first at 6; then at 4 n + 2 and one more */
		if (k > 0)
			upto(b, k == 1 ? 11 : 15);	/* 10 + 1, 14 + 1 */
		spur_buf_u8(b, (uint8_t)(10 * i + k));
		upto(b, (b->len + 1) / 2 * 2);	/* value: at an even place */
		value16be(b, -100 * (int)k - 1);
	}
	if (i == 0) {
		spur_buf_u16(b, 41);		/* choice 1: a temperature of 20.5 */
	} else if (i == 1) {
		spur_buf_u32(b, sizeof(message) - 1);
		spur_buf_adds(b, message);
	}
	while ((b->len + 2) % 4 != 0)		/* word and real: at 4 n + 2 */
		spur_buf_u8(b, 0xee);
	spur_buf_f32(b, 1.5f);
	spur_buf_u8(b, (uint8_t)(i + 2));	/* name size */
	for (unsigned k = 0; k < i + 2; k++)
		spur_buf_u8(b, (uint8_t)('a' + k));
	for (unsigned k = 0; k < tail; k++)
		spur_buf_u8(b, (uint8_t)k);
	spur_buf_u32(b, 1000 + i);		/* reset: A is here */
}

#define ROWS 4u

/* f64 time, u8 A, u8 bytes of the tail, u32 place */
static uint64_t group(struct spur_buf *b, uint64_t next, uint64_t blob, uint64_t last, unsigned cut)
{
	struct spur_buf data = { 0 }, values = { 0 };
	uint64_t sd, dt, cn;

	for (unsigned i = 0; i < ROWS; i++) {
		struct spur_buf one = { 0 };

		bytes_of(&one, i, i + 1);
		spur_buf_f64(&data, i * 0.5);
		spur_buf_u8(&data, 2);
		spur_buf_u8(&data, (uint8_t)(i + 1));
		spur_buf_u32(&data, (uint32_t)values.len);
		spur_buf_u32(&values, (uint32_t)(one.len - (i == ROWS - 1 ? cut : 0)));
		spur_buf_add(&values, one.data, one.len);
		spur_buf_finish(&one);
	}
	sd = mdf_block(b, "SD", NULL, 0, values.data, values.len);
	dt = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&values);
	spur_buf_finish(&data);
	cn = mdf_cn(b, last, &(struct mdf_cn){ .name = "stream", .type = 1, .data_type = 10, .byte_offset = 10, .bits = 32, .data = sd, .composition = blob });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	return mdf_dg(b, next, mdf_cg(b, 0, cn, 0, ROWS, 0, 14, 0), dt, 0);
}

void mdf_make_streams(struct spur_buf *b)
{
	uint64_t start, tail, at[5], names[5], dg;
	struct spur_buf at_body = { 0 };

	mdf_begin(b, 430, 0);
	tail = mdf_cn(b, 0, &(struct mdf_cn){ .name = "tail bytes", .byte_offset = 9, .bits = 8 });
	start = mdf_cn(b, tail, &(struct mdf_cn){ .name = "A", .byte_offset = 8, .bits = 8 });
	dg = group(b, 0, stream(b, fields(b, tail), start), start, 0);
	/* Mode 1: an attachment says what the bytes are. */
	names[0] = mdf_tx(b, "layout.arxml");
	names[1] = mdf_tx(b, "text/xml");
	memcpy(at, (uint64_t[4]){ 0, names[0], names[1], 0 }, 32);
	for (unsigned i = 0; i < 40; i++)
		spur_buf_u8(&at_body, 0);
	at[4] = mdf_block(b, "AT", at, 4, at_body.data, at_body.len);
	spur_buf_finish(&at_body);
	mdf_set(b, MDF_HD + 24 + 24, at[4], 8);
	start = stream(b, at[4], 0);
	mdf_set(b, start + 24 + 32 + 2, 1, 1);
	dg = group(b, dg, start, 0, 0);
	mdf_end(b, dg);
}

/* Streams that end too early, lists of nothing and of more than there is, sizes that nobody tells, loops, and lists
 * outside of streams. */
void mdf_make_streams_wrong(struct spur_buf *b)
{
	uint64_t start, tail, dg, cn, many, members[2], nowhere = 8;

	mdf_begin(b, 430, 0);
	tail = mdf_cn(b, 0, &(struct mdf_cn){ .name = "tail bytes", .byte_offset = 9, .bits = 8 });
	start = mdf_cn(b, tail, &(struct mdf_cn){ .name = "A", .byte_offset = 8, .bits = 8 });
	dg = group(b, 0, stream(b, fields(b, tail), start), start, 5);

	/* Elements of no bits, as often as four bytes say. */
	many = field(b, 0, &(struct field){ .cn = { .name = "many", .bits = 32 } });
	cn = field(b, 0, &(struct field){ .cn = { .name = "nothing", .data_type = 10, .composition = list(b, 0, many, 1, 0, 0, 0) } });
	mdf_set(b, many + 24, cn, 8);
	dg = group(b, dg, stream(b, many, 0), 0, 0);

	cn = field(b, 0, &(struct field){ .cn = { .name = "behind", .bits = 8 } });
	cn = field(b, cn, &(struct field){ .cn = { .name = "untold", .data_type = 10, .composition = list(b, 0, nowhere, 1, 0, 0, 0) } });
	cn = field(b, cn, &(struct field){ .cn = { .name = "before", .bits = 8 } });
	dg = group(b, dg, stream(b, cn, nowhere), 0, 0);

	/* A list whose elements are the list; alignments beyond reason. */
	cn = field(b, 0, &(struct field){ .cn = { .name = "far", .bits = 8 }, .alignment = 200 });
	cn = field(b, cn, &(struct field){ .cn = { .name = "real", .data_type = 4, .bits = 24 } });
	cn = field(b, cn, &(struct field){ .cn = { .name = "loop", .data_type = 10, .composition = cn } });
	dg = group(b, dg, stream(b, cn, 0), 0, 0);

	members[0] = field(b, 0, &(struct field){ .cn = { .name = "outside", .bits = 8 } });
	members[1] = members[0];
	dg = group(b, dg, choices(b, "CU", 0, members, NULL, 2), 0, 0);
	cn = field(b, 0, &(struct field){ .cn = { .name = "cut", .bits = 8, .composition = choices(b, "CV", 0, members, members, 1) } });
	mdf_set(b, b->len - 16, 9, 4);	/* more options than there are */
	dg = group(b, dg, stream(b, cn, 0), 0, 0);
	mdf_end(b, dg);
}
