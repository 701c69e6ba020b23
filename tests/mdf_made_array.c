#include "config.h"

#include <stdbool.h>
#include <stdio.h>

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/* Arrays whose elements lie apart: with record ids of their own, and with data of their own; and arrays of structures. */
#define RECORD 11u	/* f64 time, i16 value, an invalidation byte */

struct array {
	uint8_t storage;
	uint32_t flags;
	unsigned dims;
	uint64_t size[3], count;
	const uint64_t *data, *cycles;
	uint64_t composition;
};

static uint64_t ca(struct spur_buf *b, const struct array *a)
{
	uint64_t links[16] = { a->composition }, at;
	struct spur_buf body = { 0 };
	unsigned n = 1;

	for (uint64_t k = 0; a->storage == 2 && k < a->count; k++)
		links[n++] = a->data[k];
	spur_buf_u8(&body, 0);
	spur_buf_u8(&body, a->storage);
	spur_buf_u16(&body, (uint16_t)a->dims);
	spur_buf_u32(&body, a->flags);
	spur_buf_u32(&body, a->storage == 0 ? 3 : 0);
	spur_buf_u32(&body, 0);
	for (unsigned d = 0; d < a->dims; d++)
		spur_buf_u64(&body, a->size[d]);
	for (unsigned d = 0; (a->flags & 32) != 0 && d < a->dims; d++) {
		for (uint64_t i = 0; i < a->size[d]; i++)
			spur_buf_f64(&body, (double)i);
	}
	for (uint64_t k = 0; a->storage != 0 && k < a->count; k++)
		spur_buf_u64(&body, a->cycles[k]);
	at = mdf_block(b, "CA", links, n, body.data, body.len);
	spur_buf_finish(&body);
	return at;
}

static void record(struct spur_buf *data, unsigned element, unsigned row)
{
	spur_buf_f64(data, row * 0.5 + element * 0.01);
	spur_buf_u16(data, (uint16_t)(element * 100 + row));
	spur_buf_u8(data, element == 1 && row == 1);
}

static uint64_t data_of(struct spur_buf *b, unsigned element, unsigned rows)
{
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < rows; i++)
		record(&data, element, i);
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

/* The group of element 0; another channel lies beside the array. */
static uint64_t group(struct spur_buf *b, uint64_t next, uint64_t array, uint64_t id, uint64_t rows)
{
	uint64_t cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "low byte", .byte_offset = 8, .bits = 8 });

	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "a", .data_type = 2, .byte_offset = 8, .bits = 16, .flags = 2, .composition = array });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	return mdf_cg(b, next, cn, id, rows, 0, 10, 1);
}

void mdf_make_array_by_data(struct spur_buf *b)
{
	static const uint64_t cycles[4] = { 3, 2, 0, 4 };
	uint64_t data[4], array;

	mdf_begin(b, 410, 0);
	for (unsigned k = 0; k < 4; k++)
		data[k] = k == 2 ? 0 : data_of(b, k, (unsigned)cycles[k]);
	array = ca(b, &(struct array){ .storage = 2, .flags = 16 | 32, .dims = 2, .size = { 2, 2 }, .count = 4, .data = data, .cycles = cycles });
	mdf_end(b, mdf_dg(b, 0, group(b, 0, array, 0, 3), data[0], 0));
}

void mdf_make_array_by_record(struct spur_buf *b)
{
	static const uint64_t cycles[6] = { 2, 3, 2, 2, 2, 1 };
	struct spur_buf data = { 0 };
	uint64_t array, other, dg;

	mdf_begin(b, 410, 0);
	array = ca(b, &(struct array){ .storage = 1, .flags = 64, .dims = 2, .size = { 2, 3 }, .count = 6, .cycles = cycles });
	other = mdf_cg(b, 0, mdf_cn(b, 0, &(struct mdf_cn){ .name = "other", .bits = 8 }), 20, 2, 0, 1, 0);
	for (unsigned row = 0; row < 3; row++) {
		for (unsigned k = 0; k < 6; k++) {
			if (row >= cycles[k])
				continue;
			spur_buf_u8(&data, (uint8_t)(7 + k));
			record(&data, k, row);
		}
		if (row > 0)
			spur_buf_u16(&data, (uint16_t)(20 | row << 8));
	}
	dg = mdf_dg(b, 0, group(b, other, array, 7, 2), b->len + 64, 1);
	mdf_set(b, dg + 24 + 16, b->len, 8);
	mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	mdf_end(b, dg);
}

/* Counts that lie, links that lead nowhere or to the data of another, and far too many. */
void mdf_make_array_apart_wrong(struct spur_buf *b)
{
	static const uint64_t cycles[3] = { 3, 9, 2 }, few[1] = { 1 };
	uint64_t data[3], array, dg;

	mdf_begin(b, 410, 0);
	data[0] = data_of(b, 0, 3);
	data[1] = data[0];
	data[2] = 72;
	array = ca(b, &(struct array){ .storage = 2, .dims = 1, .size = { 3 }, .count = 3, .data = data, .cycles = cycles });
	dg = mdf_dg(b, 0, group(b, 0, array, 0, 3), data[0], 0);
	array = ca(b, &(struct array){ .storage = 1, .dims = 1, .size = { 60000 }, .count = 1, .cycles = few });
	dg = mdf_dg(b, dg, group(b, 0, array, 1, 3), 0, 1);
	array = ca(b, &(struct array){ .storage = 1, .dims = 1, .size = { 100 }, .count = 1, .cycles = few });
	dg = mdf_dg(b, dg, group(b, 0, array, 1, 3), 0, 1);
	array = ca(b, &(struct array){ .storage = 2, .dims = 1, .size = { 5 }, .count = 1, .data = data, .cycles = few });
	dg = mdf_dg(b, dg, group(b, 0, array, 1, 3), data[0], 0);
	array = ca(b, &(struct array){ .storage = 0, .dims = 1, .size = { 2 } });
	array = ca(b, &(struct array){ .storage = 1, .dims = 1, .size = { 1 }, .count = 1, .cycles = few, .composition = array });
	mdf_end(b, mdf_dg(b, dg, group(b, 0, array, 1, 3), data[0], 0));
}

/* Three structures of a number and a pair in a row. */
void mdf_make_array_of_structures(struct spur_buf *b)
{
	struct spur_buf data = { 0 };
	uint64_t pair, members, cn, dt;

	mdf_begin(b, 410, 0);
	pair = mdf_cn(b, 0, &(struct mdf_cn){ .name = "high", .byte_offset = 10, .bits = 4, .bit_offset = 4 });
	pair = mdf_cn(b, pair, &(struct mdf_cn){ .name = "low", .byte_offset = 10, .bits = 4 });
	members = mdf_cn(b, 0, &(struct mdf_cn){ .name = "pair", .data_type = 10, .byte_offset = 10, .bits = 8, .composition = pair });
	members = mdf_cn(b, members, &(struct mdf_cn){ .name = "x", .data_type = 2, .byte_offset = 8, .bits = 16 });
	cn = ca(b, &(struct array){ .storage = 0, .dims = 1, .size = { 3 }, .composition = members });
	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "s", .data_type = 10, .byte_offset = 8, .bits = 24, .composition = cn });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	for (unsigned i = 0; i < 3; i++) {
		spur_buf_f64(&data, i);
		for (unsigned k = 0; k < 3; k++) {
			spur_buf_u16(&data, (uint16_t)(i * 10 + k));
			spur_buf_u8(&data, (uint8_t)(k << 4 | i));
		}
	}
	dt = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	mdf_end(b, mdf_dg(b, 0, mdf_cg(b, 0, cn, 0, 3, 0, 17, 0), dt, 0));
}
