#include "config.h"

#include <math.h>
#include <stdbool.h>

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/*
 * Arrays with what a CA block says beside the places of their elements: axes, sizes, quantities; and channels with
 * ranges, limits and decimal places.
 */
enum { DYNAMIC = 1, INPUT = 2, OUTPUT = 4, COMPARISON = 8, AXIS = 16, FIXED = 32, INVERSE = 64, LEFT_OPEN = 128, STANDARD = 256 };

struct array {
	uint8_t type;
	uint32_t flags;
	unsigned dims;
	uint64_t size[3], composition;
	int32_t step;
	unsigned n;
	uint64_t links[32];	/* behind the composition */
	unsigned values;
	double value[12];
};

static uint64_t ca(struct spur_buf *b, const struct array *a)
{
	uint64_t links[33] = { a->composition }, at;
	struct spur_buf body = { 0 };

	memcpy(links + 1, a->links, sizeof(a->links));
	spur_buf_u8(&body, a->type);
	spur_buf_u8(&body, 0);
	spur_buf_u16(&body, (uint16_t)a->dims);
	spur_buf_u32(&body, a->flags);
	spur_buf_u32(&body, (uint32_t)a->step);
	spur_buf_u32(&body, 0);
	for (unsigned d = 0; d < a->dims; d++)
		spur_buf_u64(&body, a->size[d]);
	for (unsigned i = 0; i < a->values; i++)
		spur_buf_f64(&body, a->value[i]);
	at = mdf_block(b, "CA", links, 1 + a->n, body.data, body.len);
	spur_buf_finish(&body);
	return at;
}

static uint64_t linear(struct spur_buf *b, double offset, double factor, const char *unit)
{
	const double val[2] = { offset, factor };
	uint64_t tx = mdf_tx(b, unit), at = mdf_cc(b, 1, val, 2, NULL, 0);

	mdf_set(b, at + 24 + 8, tx, 8);
	return at;
}

static uint64_t texts(struct spur_buf *b)
{
	static const double keys[] = { 1, 2 };
	uint64_t refs[3] = { 0 };

	refs[0] = mdf_tx(b, "low");
	refs[1] = mdf_tx(b, "high");
	return mdf_cc(b, 7, keys, 2, refs, 3);
}

static uint64_t number(struct spur_buf *b, uint64_t next, const char *name, uint32_t at, uint64_t conv)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = name, .byte_offset = at, .bits = 8, .conv = conv });
}

static uint64_t array(struct spur_buf *b, uint64_t next, const char *name, uint32_t at, const struct array *a)
{
	uint64_t composition = ca(b, a);

	return mdf_cn(b, next, &(struct mdf_cn){ .name = name, .byte_offset = at, .bits = 8, .composition = composition });
}

/* f64 time, u8 rows, u8 columns, u8 load, u8 speed, u8[2][3] map, u8[3] curve: rows of 4 + 9 + 8 bytes */
#define RECORD 21u
#define ROWS 4u

static uint64_t data_block(struct spur_buf *b)
{
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(&data, i * 0.5);
		spur_buf_u8(&data, (uint8_t)i);		/* rows in use: one more than that, by its conversion */
		spur_buf_u8(&data, (uint8_t)(3 - i));	/* columns */
		spur_buf_u8(&data, (uint8_t)(10 * i));
		spur_buf_u8(&data, (uint8_t)(20 * i));
		for (unsigned k = 0; k < 9; k++)
			spur_buf_u8(&data, (uint8_t)(100 + 10 * i + k));
	}
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

static uint64_t group(struct spur_buf *b, uint64_t next, uint64_t cn)
{
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	cn = mdf_cg(b, 0, cn, 0, ROWS, 0, RECORD, 0);
	return mdf_dg(b, next, cn, data_block(b), 0);
}

/* Flags 4 decimal places, 8 raw range, 16 limits, 32 extended limits. */
static uint64_t stated(struct spur_buf *b, uint64_t cn, uint32_t flags, uint8_t places, const double *v)
{
	uint64_t body = cn + 24 + 8 * 8;

	mdf_set(b, body + 12, flags, 4);
	mdf_set(b, body + 20, places, 1);
	memcpy(b->data + body + 24, v, 6 * sizeof(*v));
	return cn;
}

void mdf_make_axes(struct spur_buf *b)
{
	static const double all[6] = { 0, 100, 0.5, 49.5, -1, 51 }, wrong[6] = { 9, 1, NAN, 4, 4, 3 };
	uint64_t speed, load, columns, rows, curve, rpm, levels, cn;

	mdf_begin(b, 410, 0);
	speed = stated(b, number(b, 0, "speed", 11, linear(b, 20, -0.37, "km/h")), 4 | 8 | 16 | 32, 0, all);
	load = stated(b, number(b, speed, "load", 10, texts(b)), 4 | 8 | 16 | 32, 255, all);
	columns = stated(b, number(b, load, "columns", 9, 0), 4 | 8 | 16 | 32, 1, wrong);
	rows = number(b, columns, "rows", 8, linear(b, 1, 1, ""));
	curve = array(b, rows, "curve", 18, &(struct array){ .type = 1, .dims = 1, .size = { 3 }, .step = 1, .flags = STANDARD });
	stated(b, curve, 8, 0, all);
	/* As many rows and columns as the record says. */
	cn = array(b, curve, "map", 12, &(struct array){ .type = 2, .dims = 2, .size = { 2, 3 }, .step = 1,
		.flags = DYNAMIC | INPUT | OUTPUT | AXIS, .n = 23,
		.links = { 0, 0, rows, 0, 0, columns, 0, 0, load, 0, 0, speed, 0, 0, speed, linear(b, 0, 2, "kPa"), 0, 0, 0, curve, 0, 0, curve } });
	rpm = linear(b, 10, 100, "rpm");
	levels = texts(b);
	cn = array(b, cn, "histogram", 12, &(struct array){ .type = 4, .dims = 2, .size = { 2, 3 }, .step = 1,
		.flags = COMPARISON | AXIS | FIXED | INVERSE | LEFT_OPEN, .n = 5, .links = { 0, 0, load, rpm, levels },
		.values = 5, .value = { 0.5, 1.5, 1, 2, 3 } });
	cn = array(b, cn, "borders", 18, &(struct array){ .type = 3, .dims = 1, .size = { 3 }, .step = 1, .flags = AXIS | FIXED, .n = 1,
		.values = 3, .value = { 1, 2, 4 } });
	mdf_end(b, group(b, 0, cn));
}

/* A structure of a size and a byte, and twice that with the size of the whole as one of its members. */
static uint64_t structures(struct spur_buf *b, uint64_t next, const char *name, bool by_member, uint64_t rows)
{
	uint64_t last = number(b, 0, "byte", 13, 0), first = number(b, last, "size", 12, 0), composition;

	if (!by_member)
		first = array(b, 0, "within", 12, &(struct array){ .dims = 1, .size = { 2 }, .step = 1, .flags = DYNAMIC, .n = 3, .links = { 0, 0, rows } });
	composition = ca(b, &(struct array){ .dims = 1, .size = { 3 }, .step = 2, .composition = first, .flags = by_member ? DYNAMIC : 0,
		.n = by_member ? 3 : 0, .links = { 0, 0, first } });
	return mdf_cn(b, next, &(struct mdf_cn){ .name = name, .data_type = 10, .byte_offset = 12, .bits = 16, .composition = composition });
}

void mdf_make_axes_wrong(struct spur_buf *b)
{
	uint64_t elsewhere, dg, text, rows, cn;

	mdf_begin(b, 410, 0);
	elsewhere = number(b, 0, "elsewhere", 8, 0);
	dg = group(b, 0, elsewhere);
	text = number(b, 0, "text", 8, texts(b));
	cn = rows = number(b, text, "rows", 8, 0);
	cn = array(b, cn, "few links", 12, &(struct array){ .dims = 1, .size = { 2 }, .step = 1, .flags = DYNAMIC | AXIS, .n = 3 });
	cn = array(b, cn, "cut values", 12, &(struct array){ .type = 1, .dims = 1, .size = { 3 }, .step = 1, .flags = AXIS | FIXED, .n = 1, .values = 1 });
	cn = array(b, cn, "unknown", 12, &(struct array){ .type = 9, .dims = 1, .size = { 2 }, .step = 1 });
	cn = array(b, cn, "by elsewhere", 12, &(struct array){ .dims = 1, .size = { 2 }, .step = 1, .flags = DYNAMIC, .n = 3, .links = { 0, 0, elsewhere } });
	cn = array(b, cn, "by nothing", 12, &(struct array){ .dims = 1, .size = { 2 }, .step = 1, .flags = DYNAMIC, .n = 3, .links = { 8, 8, 8 } });
	cn = array(b, cn, "by a text", 12, &(struct array){ .dims = 1, .size = { 2 }, .step = 1, .flags = DYNAMIC, .n = 3, .links = { 0, 0, text } });
	cn = structures(b, cn, "by a member", true, rows);
	cn = structures(b, cn, "of arrays", false, rows);
	mdf_end(b, group(b, dg, cn));
}
