#include "config.h"

#include <stdbool.h>

#include "codec/deflate.h"
#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/*
 * Values of any length by offset and size (VLSC, MDF 4.3), in VD blocks and in records of a group of their own; and
 * lengths that are told by a channel that cannot tell them.
 */
#define ROWS 6u
#define RECORD 22u	/* f64 time, u32 offset, u16 size, u8 size of another record, 7 bytes */

/* Values of growing length, the third one empty. */
static unsigned size_of(unsigned row)
{
	return row == 2 ? 0 : 3 + row * 2;
}

static void add_value(struct spur_buf *b, unsigned row)
{
	for (unsigned i = 0; i < size_of(row); i++)
		spur_buf_u8(b, (uint8_t)('a' + (row + i) % 26));
}

static uint64_t block_of(struct spur_buf *b, const char *id, struct spur_buf *data)
{
	uint64_t at = mdf_block(b, id, NULL, 0, data->data, data->len);

	spur_buf_finish(data);
	return at;
}

/* The values of rows [from, to), plain or packed. */
static uint64_t values(struct spur_buf *b, unsigned from, unsigned to, bool packed)
{
	struct spur_buf raw = { 0 }, zip = { 0 };

	for (unsigned i = from; i < to; i++)
		add_value(&raw, i);
	if (!packed)
		return block_of(b, "VD", &raw);
	spur_buf_add(&zip, "VD\0", 4);
	spur_buf_u32(&zip, 0);
	spur_buf_u64(&zip, raw.len);
	spur_buf_u64(&zip, 0);
	spur_deflate_pack(raw.data, raw.len, 0, &zip);
	mdf_set(&zip, 16, zip.len - 24, 8);
	spur_buf_finish(&raw);
	return block_of(b, "DZ", &zip);
}

static uint64_t list(struct spur_buf *b, const uint64_t *blocks, uint32_t count)
{
	uint64_t links[4] = { 0 };
	struct spur_buf body = { 0 };
	uint64_t at;

	memcpy(links + 1, blocks, 8u * count);
	spur_buf_u32(&body, 0);
	spur_buf_u32(&body, count);
	for (uint32_t i = 0, offset = 0; i < count; i++) {
		spur_buf_u64(&body, offset);
		for (unsigned k = 2 * i; k < 2 * i + 2; k++)
			offset += size_of(k);
	}
	at = mdf_block(b, "DL", links, count + 1, body.data, body.len);
	spur_buf_finish(&body);
	return at;
}

static uint64_t records(struct spur_buf *b, bool lost)
{
	struct spur_buf data = { 0 };

	for (unsigned i = 0, offset = 0; i < ROWS; offset += size_of(i), i++) {
		spur_buf_f64(&data, i * 0.5);
		spur_buf_u32(&data, lost && i == 4 ? 100000 : offset);
		spur_buf_u16(&data, (uint16_t)(lost && i == 5 ? 9000 : size_of(i)));
		spur_buf_u8(&data, (uint8_t)i);
		for (unsigned k = 0; k < 7; k++)
			spur_buf_u8(&data, (uint8_t)('A' + i + k));
	}
	return block_of(b, "DT", &data);
}

/* A channel with one more link: of a VLSC one, to its sizes. */
static uint64_t sized(struct spur_buf *b, uint64_t next, const char *name, uint8_t data_type, uint64_t data, uint64_t size)
{
	uint64_t links[9] = { next, 0, mdf_tx(b, name), 0, 0, data, 0, 0, size };
	unsigned char body[72] = { 7, 0, data_type, 0, 8, 0, 0, 0, 32 };

	return mdf_block(b, "CN", links, size == 0 ? 8 : 9, body, sizeof(body));
}

static uint64_t size_channel(struct spur_buf *b, uint64_t next)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = "size", .byte_offset = 12, .bits = 16 });
}

static uint64_t time_channel(struct spur_buf *b, uint64_t next)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
}

void mdf_make_vlsc(struct spur_buf *b)
{
	uint64_t blocks[3], data, cn, size;

	mdf_begin(b, 430, 0);
	for (unsigned i = 0; i < 3; i++)
		blocks[i] = values(b, 2 * i, 2 * i + 2, i == 1);
	data = list(b, blocks, 3);
	size = cn = size_channel(b, 0);
	cn = sized(b, cn, "bytes", 10, data, size);
	cn = sized(b, cn, "text", 7, data, size);
	data = values(b, 0, ROWS, true);
	cn = sized(b, cn, "packed", 6, data, size);
	cn = mdf_cg(b, 0, time_channel(b, cn), 0, ROWS, 0, RECORD, 0);
	mdf_end(b, mdf_dg(b, 0, cn, records(b, false), 0));
}

/* Values that are not there; and sizes by what is no size. */
void mdf_make_vlsc_wrong(struct spur_buf *b)
{
	uint64_t data, cn, size, elsewhere, wide, dg;

	mdf_begin(b, 430, 0);
	elsewhere = mdf_cn(b, 0, &(struct mdf_cn){ .name = "elsewhere", .byte_offset = 4000, .bits = 8 });
	dg = mdf_dg(b, 0, mdf_cg(b, 0, elsewhere, 0, 0, 0, 4001, 0), 0, 0);
	data = values(b, 0, ROWS, false);
	wide = cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "wide", .data_type = 10, .byte_offset = 0, .bits = 8 * RECORD });
	size = cn = size_channel(b, cn);
	cn = sized(b, cn, "lost", 10, data, size);
	cn = sized(b, cn, "no size", 10, data, 0);
	cn = sized(b, cn, "size elsewhere", 10, data, elsewhere);
	cn = sized(b, cn, "size is wide", 10, data, wide);
	cn = sized(b, cn, "no data", 10, 0, size);
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "length elsewhere", .type = 5, .data_type = 10, .byte_offset = 15, .bits = 56, .data = elsewhere });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "length is wide", .type = 5, .data_type = 10, .byte_offset = 15, .bits = 56, .data = wide });
	cn = mdf_cg(b, 0, time_channel(b, cn), 0, ROWS, 0, RECORD, 0);
	mdf_end(b, mdf_dg(b, dg, cn, records(b, true), 0));
}

/* [1][time, offset, size ...] and [2][u32 length][bytes], after each other. */
void mdf_make_vlsc_group(struct spur_buf *b)
{
	struct spur_buf data = { 0 };
	uint64_t group, cn, size, dg;

	mdf_begin(b, 430, 0);
	group = mdf_cg(b, 0, 0, 2, ROWS, 32, 0, 0);
	size = cn = size_channel(b, 0);
	cn = sized(b, cn, "value", 7, group, size);
	cn = mdf_cg(b, group, time_channel(b, cn), 1, ROWS, 0, 14, 0);
	for (unsigned i = 0, offset = 0; i < ROWS; offset += size_of(i), i++) {
		spur_buf_u8(&data, 1);
		spur_buf_f64(&data, i * 0.5);
		spur_buf_u32(&data, offset);
		spur_buf_u16(&data, (uint16_t)size_of(i));
		spur_buf_u8(&data, 2);
		spur_buf_u32(&data, size_of(i));
		add_value(&data, i);
	}
	dg = mdf_dg(b, 0, cn, b->len + 64, 1);
	block_of(b, "DT", &data);
	mdf_end(b, dg);
}

/* ---- guards (MDF 4.3): min_version says which readers understand what is behind ---- */

static uint64_t guard(struct spur_buf *b, uint64_t to, uint16_t version)
{
	unsigned char body[8] = { (unsigned char)version, (unsigned char)(version >> 8) };

	return mdf_block(b, "GD", &to, 1, body, sizeof(body));
}

static uint64_t guarded_group(struct spur_buf *b, uint64_t next, const char *name, uint16_t cn_guard, uint16_t data_guard)
{
	uint64_t cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "last", .byte_offset = 15, .bits = 8 }), data = records(b, false);

	if (cn_guard != 0)
		cn = guard(b, cn, cn_guard);
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = name, .byte_offset = 12, .bits = 16 });
	cn = mdf_cg(b, 0, time_channel(b, cn), 0, ROWS, 0, RECORD, 0);
	return mdf_dg(b, next, cn, data_guard != 0 ? guard(b, data, data_guard) : data, 0);
}

void mdf_make_guarded(struct spur_buf *b)
{
	uint64_t dg, cg;

	mdf_begin(b, 430, 0);
	dg = guarded_group(b, 0, "plain", 0, 430);
	dg = guard(b, guarded_group(b, dg, "known", 430, 0), 430);
	dg = guard(b, guarded_group(b, dg, "new group", 0, 0), 440);
	dg = guarded_group(b, dg, "new channel", 440, 0);
	cg = mdf_cg(b, 0, time_channel(b, 0), 0, ROWS, 0, RECORD, 0);
	cg = guard(b, guard(b, cg, 430), 500);
	dg = mdf_dg(b, dg, cg, records(b, false), 0);
	mdf_end(b, dg);
}

/* ---- offsets that the writer did not get to: values lie in the order of their rows ---- */

/* f64 time, u32 offset (never written), u16 size */
static uint64_t without_offsets(struct spur_buf *b, uint64_t data, uint8_t type)
{
	struct spur_buf records = { 0 };
	uint64_t cn = 0, size = 0, dt;

	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(&records, i * 0.5);
		spur_buf_u32(&records, 0xffffffffu);
		spur_buf_u16(&records, (uint16_t)size_of(i));
	}
	if (type == 7)
		size = cn = size_channel(b, 0);
	if (type == 7)
		cn = sized(b, cn, "sized", 7, data, size);
	else
		cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "stated", .type = 1, .data_type = 7, .byte_offset = 8, .bits = 32, .data = data });
	dt = block_of(b, "DT", &records);
	cn = time_channel(b, cn);
	cn = mdf_cg(b, 0, cn, 0, ROWS, 0, 14, 0);
	return mdf_dg(b, 0, cn, dt, 0);
}

/* [1][time, offset] and [2][u32 length][bytes], two of these behind two of those. */
static uint64_t unsorted_without_offsets(struct spur_buf *b)
{
	struct spur_buf data = { 0 };
	uint64_t group = mdf_cg(b, 0, 0, 2, ROWS, 1, 0, 0), cn, dg;

	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "in records", .type = 1, .data_type = 7, .byte_offset = 8, .bits = 32, .data = group });
	cn = mdf_cg(b, group, time_channel(b, cn), 1, ROWS, 0, 12, 0);
	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_u8(&data, 1);
		spur_buf_f64(&data, i * 0.5);
		spur_buf_u32(&data, 0);
		for (unsigned k = i - 1; i % 2 == 1 && k <= i; k++) {
			spur_buf_u8(&data, 2);
			spur_buf_u32(&data, size_of(k));
			add_value(&data, k);
		}
	}
	dg = mdf_dg(b, 0, cn, b->len + 64, 1);
	block_of(b, "DT", &data);
	return dg;
}

void mdf_make_offsets(struct spur_buf *b)
{
	struct spur_buf stated = { 0 };
	uint64_t a, c, d;

	mdf_begin(b, 430, 64 | 128 | 256);
	for (unsigned i = 0; i < ROWS - 1; i++) {	/* the last one is missing */
		spur_buf_u32(&stated, size_of(i));
		add_value(&stated, i);
	}
	a = without_offsets(b, block_of(b, "SD", &stated), 1);
	c = without_offsets(b, values(b, 0, ROWS, true), 7);
	d = unsorted_without_offsets(b);
	mdf_set(b, a + 24, c, 8);
	mdf_set(b, c + 24, d, 8);
	mdf_end(b, a);
}

/* The last list of data blocks was not finished: it has room for four, two are there, and says none; the last block says nothing
 * of its length, and ends in half a record; nobody counted. */
void mdf_make_last_list(struct spur_buf *b)
{
	uint64_t blocks[3], dl, cn;

	mdf_begin(b, 410, 1 | 2 | 4 | 8 | 16);
	cn = time_channel(b, size_channel(b, 0));
	cn = mdf_dg(b, 0, mdf_cg(b, 0, cn, 0, 0, 0, RECORD, 0), 0, 0);
	blocks[0] = records(b, false);
	blocks[2] = 0;
	dl = b->len;
	blocks[1] = dl + 24 + 8 * 4 + 8 + 8 * 3;	/* behind it */
	list(b, blocks, 3);
	mdf_set(b, dl + 24 + 8 * 4 + 4, 0, 4);		/* count */
	mdf_set(b, cn + 24 + 16, dl, 8);
	records(b, false);
	b->len -= RECORD / 2;
	mdf_set(b, blocks[1] + 8, 24, 8);		/* length */
	mdf_end(b, cn);
}
