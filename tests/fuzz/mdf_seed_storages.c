#include "config.h"

#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/transpose.h"
#include "codec/zstd.h"
#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"

/* The same rows in every storage: one block, lists of blocks that cut through records or do not, packed or not. */
#define ROWS 30u
#define RECORD 19u	/* f64 time, i16, u64 offset of a text, invalidation byte */
#define PLAIN 255u
#define LIST_MAX 600u

struct storage {
	unsigned zip, piece;	/* zip type of every block, bytes of a block before packing */
	unsigned mixed;		/* every so manyth block is plain instead */
	bool equal, header, guard, chained, hole;
	double jump;		/* of the time at the tenth row */
	unsigned rows;		/* 0: ROWS */
};

static void pack(struct spur_buf *b, const char *id, unsigned zip, const char *data, size_t len)
{
	struct spur_buf turned = { 0 };
	const bool columns = zip % 2 == 1;

	spur_buf_add(b, id, 2);
	spur_buf_u8(b, (uint8_t)zip);
	spur_buf_u8(b, 0);
	spur_buf_u32(b, columns ? RECORD : 0);
	spur_buf_u64(b, len);
	spur_buf_u64(b, 0);
	if (columns)
		spur_transpose(data, len, RECORD, spur_buf_reserve(&turned, len));
	if (zip < 2)
		spur_deflate_pack(columns ? turned.data : data, len, 0, b);
	else if (zip < 4)
		spur_zstd_pack(columns ? turned.data : data, len, 1, b);
	else
		spur_lz4_pack(columns ? turned.data : data, len, 1, b);
	mdf_set(b, 16, b->len - 24, 8);
	spur_buf_finish(&turned);
}

static uint64_t add_block(struct spur_buf *b, const char *id, unsigned zip, const char *data, size_t len)
{
	struct spur_buf zipped = { 0 };
	uint64_t at;

	if (zip == PLAIN)
		return mdf_block(b, id, NULL, 0, data, len);
	pack(&zipped, id, zip, data, len);
	at = mdf_block(b, "DZ", NULL, 0, zipped.data, zipped.len);
	spur_buf_finish(&zipped);
	return at;
}

static uint64_t add_list(struct spur_buf *b, const uint64_t *blocks, const uint64_t *offsets, size_t n, uint64_t next, uint64_t equal)
{
	struct spur_buf body = { 0 };
	uint64_t links[1 + LIST_MAX] = { next }, at;

	memcpy(links + 1, blocks, 8 * n);
	spur_buf_u32(&body, equal != 0);
	spur_buf_u32(&body, (uint32_t)n);
	if (equal != 0)
		spur_buf_u64(&body, equal);
	for (size_t i = 0; equal == 0 && i < n; i++)
		spur_buf_u64(&body, offsets[i]);
	at = mdf_block(b, "DL", links, 1 + n, body.data, body.len);
	spur_buf_finish(&body);
	return at;
}

/* The data as the storage says; what links to it. */
static uint64_t store(struct spur_buf *b, const char *id, const struct storage *s, const struct spur_buf *data)
{
	uint64_t blocks[LIST_MAX] = { 0 }, offsets[LIST_MAX], at, next = 0;
	size_t n = 0, half;

	for (size_t from = 0; from < data->len && n < LIST_MAX; from += s->piece, n++) {
		size_t len = data->len - from < s->piece ? data->len - from : s->piece;

		offsets[n] = from;
		if (!s->hole || n != 1)
			blocks[n] = add_block(b, id, s->mixed > 0 && n % s->mixed == 0 ? PLAIN : s->zip, data->data + from, len);
	}
	half = s->chained ? n / 2 : n;
	if (s->chained)
		next = add_list(b, blocks + half, offsets + half, n - half, 0, s->equal ? s->piece : 0);
	at = n == 1 ? blocks[0] : add_list(b, blocks, offsets, half, next, s->equal ? s->piece : 0);
	if (s->header)
		at = mdf_block(b, "HL", &at, 1, "\1\0\0\0\0\0\0", 8);
	return s->guard ? mdf_block(b, "GD", &at, 1, "\x9a\1\0\0\0\0\0", 8) : at;
}

static void write_storage(const struct storage *s)
{
	struct spur_buf b = { 0 }, rows = { 0 }, texts = { 0 };
	const unsigned count = s->rows == 0 ? ROWS : s->rows;
	uint64_t sd, dt, cn;

	mdf_begin(&b, 420, 0);
	for (unsigned i = 0; i < count; i++) {
		spur_buf_f64(&rows, i * 0.1 + (i >= 10 ? s->jump : 0));
		spur_buf_u16(&rows, (uint16_t)(i * 1000 - 9000));
		spur_buf_u64(&rows, texts.len);
		spur_buf_u8(&rows, i % 6 == 5);
		spur_buf_u32(&texts, 1 + i % 9);
		spur_buf_add(&texts, "abcdefghi", 1 + i % 9);
	}
	sd = store(&b, "SD", &(struct storage){ .zip = s->zip == PLAIN ? PLAIN : s->zip & ~1u, .piece = s->piece < 40 ? 40 + count : s->piece + count, .mixed = s->mixed, .equal = s->equal,
						.chained = s->chained, .header = s->header }, &texts);
	dt = store(&b, "DT", s, &rows);
	spur_buf_finish(&rows);
	spur_buf_finish(&texts);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "text", .type = 1, .data_type = 7, .byte_offset = 10, .bits = 64, .data = sd });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "n", .data_type = 2, .byte_offset = 8, .bits = 16, .flags = 2 });
	seed_end(&b, seed_time(&b, cn), count, RECORD - 1, 1, dt);
}

void mdf_seed_storages(void)
{
	static const struct storage all[] = {
		{ .zip = PLAIN, .piece = 2 * RECORD }, { .zip = PLAIN, .piece = 50, .chained = true }, { .zip = PLAIN, .piece = 3 * RECORD, .equal = true },
		{ .zip = 0, .piece = 1000, .header = true }, { .zip = 0, .piece = 60, .header = true }, { .zip = 1, .piece = 1000 },
		{ .zip = 1, .piece = 4 * RECORD, .equal = true }, { .zip = 1, .piece = 70, .chained = true, .mixed = 3 }, { .zip = 2, .piece = 100 },
		{ .zip = 3, .piece = 5 * RECORD, .guard = true }, { .zip = 4, .piece = 90, .mixed = 2 }, { .zip = 5, .piece = 6 * RECORD, .chained = true },
		{ .zip = 0, .piece = 3 * RECORD, .hole = true }, { .zip = PLAIN, .piece = 45, .hole = true, .equal = true },
		{ .zip = 1, .piece = 2 * RECORD, .jump = -0.5 }, { .zip = PLAIN, .piece = 2 * RECORD, .jump = 1e12 }, { .zip = 0, .piece = 33, .jump = 5 },
		{ .zip = PLAIN, .piece = 6 }, { .zip = PLAIN, .piece = RECORD, .chained = true }, { .zip = 1, .piece = 11 }, { .zip = 0, .piece = 7, .mixed = 2 },
		{ .zip = 6, .piece = 60 }, { .zip = 7, .piece = 1000 }, { .zip = PLAIN, .piece = RECORD, .rows = 580 }, { .zip = PLAIN, .piece = 30, .rows = 300 },
		{ .zip = PLAIN, .piece = RECORD, .rows = 300, .jump = -1 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		write_storage(&all[i]);
}
