#include "config.h"

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/* A file that breaks the rules that spur check knows, one by one, and can be read all the same. */

static uint64_t rows(struct spur_buf *b, unsigned count, unsigned bytes)
{
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < count; i++) {
		spur_buf_f64(&data, i);
		for (unsigned k = 8; k < bytes; k++)
			spur_buf_u8(&data, (uint8_t)(i + k));
	}
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

static uint64_t plain(struct spur_buf *b, uint64_t next, const char *name, uint64_t conv, uint32_t flags, uint32_t inval_pos)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = name, .byte_offset = 8, .bits = 8, .conv = conv, .flags = flags, .inval_pos = inval_pos });
}

static uint64_t master(struct spur_buf *b, uint64_t next, uint8_t sync)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = "m", .type = 2, .sync = sync, .data_type = 4, .bits = 64 });
}

static uint64_t conversions(struct spur_buf *b)
{
	static const double zero[] = { 5, 0 }, keys[] = { 1, 1, 3, 2, 2, 3 }, ranges[] = { 4, 2, 1, 5, 6, 2, 0 };
	uint64_t cn = plain(b, 0, "constant", mdf_cc(b, 1, zero, 2, NULL, 0), 0, 0);

	cn = plain(b, cn, "keys", mdf_cc(b, 4, keys, 6, NULL, 0), 0, 0);
	return plain(b, cn, "ranges", mdf_cc(b, 6, ranges, 7, NULL, 0), 0, 0);
}

static uint64_t odd_channels(struct spur_buf *b)
{
	uint64_t cn = conversions(b);

	cn = plain(b, cn, "", 0, 0, 0);
	cn = plain(b, cn, "bit beyond", 0, 2, 9);
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "no data", .type = 1, .data_type = 0, .byte_offset = 8, .bits = 16 });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "no length", .type = 5, .data_type = 10, .byte_offset = 8, .bits = 16 });
	return master(b, master(b, cn, 1), 7);
}

static uint64_t event(struct spur_buf *b, uint64_t next, uint8_t type, uint8_t range, double factor)
{
	uint64_t links[5] = { next, 0, 0, mdf_tx(b, "ev"), 0 };
	struct spur_buf body = { 0 };

	spur_buf_u8(&body, type);
	spur_buf_u8(&body, 1);
	spur_buf_u8(&body, range);
	while (body.len < 16)
		spur_buf_u8(&body, 0);
	spur_buf_u64(&body, 1);
	spur_buf_f64(&body, factor);
	next = mdf_block(b, "EV", links, 5, body.data, body.len);
	spur_buf_finish(&body);
	return next;
}

static uint64_t reduction(struct spur_buf *b)
{
	uint64_t links[2] = { 0 };
	unsigned char body[24] = { 100 };

	return mdf_block(b, "SR", links, 2, body, sizeof(body));
}

static uint64_t unsorted(struct spur_buf *b, uint64_t next)
{
	uint64_t cg = mdf_cg(b, 0, 0, 4, 0, 1, 0, 0);	/* values that no channel has */

	for (unsigned i = 0; i < 3; i++) {
		uint64_t cn = master(b, 0, 1);

		cg = mdf_cg(b, cg, cn, i < 2 ? 1 : 300, 0, 0, 8, 0);
	}
	return mdf_dg(b, next, cg, 0, 1);
}

void mdf_make_rules(struct spur_buf *b)
{
	uint64_t dg, cg, cn, data;

	mdf_begin(b, 410, 0);
	dg = mdf_dg(b, 0, 0, rows(b, 1, 8), 0);
	cg = mdf_cg(b, 0, master(b, 0, 1), 0, 0, 0, 8, 0);
	cn = master(b, 0, 1);
	cg = mdf_cg(b, cg, cn, 0, 2, 0, 8, 0);
	data = rows(b, 2, 8);
	dg = mdf_dg(b, dg, cg, data, 0);
	dg = unsorted(b, dg);
	dg = mdf_dg(b, dg, mdf_cg(b, 0, master(b, 0, 1), 0, 0, 0, 8, 0), 0, 3);
	cg = mdf_cg(b, 0, odd_channels(b), 0, 3, 8, 10, 1);
	mdf_set(b, cg + 24 + 32, b->len, 8);
	reduction(b);
	dg = mdf_dg(b, dg, cg, rows(b, 3, 11), 0);
	mdf_set(b, MDF_HD + 24 + 32, event(b, event(b, event(b, 0, 7, 0, 1), 1, 2, 1), 6, 0, 1e300 * 1e300), 8);
	mdf_set(b, MDF_HD + 72 + 12, 3, 1);
	mdf_end(b, dg);
}
