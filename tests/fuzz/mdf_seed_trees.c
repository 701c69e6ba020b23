#include "config.h"

#include <stdio.h>

#include "base/hash.h"
#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"

/* What is around the samples: header, history, attachments, events, sources, compositions, arrays, masters. */

static uint64_t md(struct spur_buf *b, const char *text)
{
	return mdf_block(b, "MD", NULL, 0, text, strlen(text) + 1);
}

static uint64_t history(struct spur_buf *b)
{
	static const char made[] = "<FHcomment><TX>first &lt;made&gt; &#65;&#x42;</TX><tool_id>logger</tool_id><tool_version>1.2</tool_version>"
				   "<user_name>A &amp; B</user_name></FHcomment>";
	unsigned char body[16] = { 1, 2, 3 };
	uint64_t links[2] = { 0, md(b, "<FHcomment><TX>then changed</TX><tool_id>other</tool_id><user_name>C</user_name></FHcomment>") };

	links[0] = mdf_block(b, "FH", links, 2, body, sizeof(body));
	links[1] = md(b, made);
	return mdf_block(b, "FH", links, 2, body, sizeof(body));
}

/* flags: 1 embedded, 2 packed, 4 the MD5 is valid. */
static uint64_t attachment(struct spur_buf *b, uint64_t next, unsigned flags, const char *name, const char *data, size_t len, bool right)
{
	uint64_t links[4] = { next, mdf_tx(b, name), mdf_tx(b, "text/plain"), 0 };
	struct spur_buf body = { 0 };
	unsigned char sum[SPUR_MD5_BYTES] = { 0 };

	spur_md5_of(data, len, sum);
	sum[3] ^= right ? 0 : 0x40;
	spur_buf_u16(&body, (uint16_t)flags);
	spur_buf_u16(&body, 0);
	spur_buf_u32(&body, 0);
	spur_buf_add(&body, sum, sizeof(sum));
	spur_buf_u64(&body, len + 7);
	spur_buf_u64(&body, (flags & 1) != 0 ? len : 0);
	if ((flags & 1) != 0)
		spur_buf_add(&body, data, len);
	next = mdf_block(b, "AT", links, 4, body.data, body.len);
	spur_buf_finish(&body);
	return next;
}

static uint64_t event(struct spur_buf *b, uint64_t next, uint8_t type, uint8_t sync, int64_t base, double factor)
{
	char name[16];
	uint64_t links[5] = { next, 0, 0, 0, 0 };
	struct spur_buf body = { 0 };

	snprintf(name, sizeof(name), "event %u", type);
	links[3] = mdf_tx(b, name);
	links[4] = type % 2 == 0 ? 0 : md(b, "<EVcomment><TX>why</TX></EVcomment>");
	spur_buf_u8(&body, type);
	spur_buf_u8(&body, sync);
	for (int i = 2; i < 16; i++)
		spur_buf_u8(&body, 0);
	spur_buf_u64(&body, (uint64_t)base);
	spur_buf_f64(&body, factor);
	next = mdf_block(b, "EV", links, 5, body.data, body.len);
	spur_buf_finish(&body);
	return next;
}

static uint64_t source(struct spur_buf *b, const char *name, const char *path, uint8_t type, uint8_t bus)
{
	uint64_t links[3] = { name == NULL ? 0 : mdf_tx(b, name), path == NULL ? 0 : mdf_tx(b, path), 0 };
	const unsigned char body[8] = { type, bus };

	return mdf_block(b, "SI", links, 3, body, sizeof(body));
}

static void set_link(struct spur_buf *b, uint64_t block, unsigned link, uint64_t to)
{
	mdf_set(b, block + 24 + 8u * link, to, 8);
}

/* Rows of a time and `bytes` more. */
static uint64_t rows_of(struct spur_buf *b, unsigned rows, unsigned bytes)
{
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < rows; i++) {
		spur_buf_f64(&data, i * 0.5);
		for (unsigned k = 0; k < bytes; k++)
			spur_buf_u8(&data, seed_byte(i * 31 + k));
	}
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

static void everything_around(void)
{
	struct spur_buf b = { 0 };
	uint64_t cn, cg, dg, at, ev = 0;

	mdf_begin(&b, 410, 0);
	set_link(&b, MDF_HD, 1, history(&b));
	at = attachment(&b, 0, 5, "right.txt", "some text", 9, true);
	at = attachment(&b, at, 5, "wrong.txt", "some text", 9, false);
	at = attachment(&b, at, 7, "packed.txt", "x\x9c", 2, false);
	at = attachment(&b, at, 0, "beside.txt", "", 0, true);
	set_link(&b, MDF_HD, 3, attachment(&b, at, 1, "without.txt", "abc", 3, false));
	for (uint8_t type = 0; type < 9; type++)
		ev = event(&b, ev, type, type == 5 ? 2 : 1, type * 3, type == 6 ? 1e300 : 0.25);
	set_link(&b, MDF_HD, 4, ev);
	set_link(&b, MDF_HD, 5, md(&b, "<HDcomment><TX>a drive</TX><time_source>GPS</time_source><common_properties><e name=\"author\">me</e>"
				       "<e name='car' x=\"1\">red &quot;one&quot;</e><e>none</e><e name=\"empty\"/></common_properties></HDcomment>"));
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "n", .bits = 8, .byte_offset = SEED_TIME, .unit = md(&b, "<CNunit><TX>km</TX></CNunit>") });
	set_link(&b, cn, 7, md(&b, "<CNcomment><TX>what it is</TX></CNcomment>"));
	set_link(&b, cn, 3, source(&b, "ecu", "path", 1, 2));
	cg = mdf_cg(&b, 0, seed_time(&b, cn), 0, 4, 0, SEED_TIME + 1, 0);
	set_link(&b, cg, 2, mdf_tx(&b, "the group"));
	set_link(&b, cg, 3, source(&b, NULL, "only a path", 2, 2));
	set_link(&b, cg, 5, mdf_tx(&b, "its comment"));
	dg = mdf_dg(&b, 0, cg, rows_of(&b, 4, 1), 0);
	set_link(&b, dg, 3, mdf_tx(&b, "of the data group"));
	mdf_set(&b, MDF_HD + 24 + 48 + 8, 60 | (uint64_t)1 << 32, 8);
	mdf_end(&b, dg);
	fuzz_seed_buf(&b);
}

/* dims of 16-bit elements; next: another CA or a CN. */
static uint64_t array(struct spur_buf *b, uint64_t next, uint8_t storage, uint32_t flags, int32_t step, const uint64_t *dim, uint16_t dims)
{
	struct spur_buf body = { 0 };
	uint64_t at;

	spur_buf_u8(&body, 1);
	spur_buf_u8(&body, storage);
	spur_buf_u16(&body, dims);
	spur_buf_u32(&body, flags);
	spur_buf_u32(&body, (uint32_t)step);
	spur_buf_u32(&body, 1);
	for (unsigned i = 0; i < dims; i++)
		spur_buf_u64(&body, dim[i]);
	at = mdf_block(b, "CA", &next, 1, body.data, body.len);
	spur_buf_finish(&body);
	return at;
}

static void compositions(void)
{
	static const uint64_t two_three[] = { 2, 3 }, two[] = { 2 }, many[] = { 70000 }, none[] = { 0 };
	struct spur_buf b = { 0 };
	uint64_t cn, inner, ca[7];

	mdf_begin(&b, 410, 0);
	inner = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "y", .byte_offset = 10, .bits = 8 });
	inner = mdf_cn(&b, inner, &(struct mdf_cn){ .name = "x", .data_type = 2, .byte_offset = 8, .bits = 16 });
	ca[0] = array(&b, 0, 0, 0, 2, two_three, 2);
	ca[1] = array(&b, 0, 0, 64, 2, two_three, 2);
	ca[2] = array(&b, array(&b, 0, 0, 0, 2, two, 1), 0, 0, 4, two, 1);
	ca[3] = array(&b, mdf_cn(&b, 0, &(struct mdf_cn){ .name = "member", .byte_offset = 12, .bits = 8 }), 0, 0, 3, two, 1);
	ca[4] = array(&b, 0, 1, 0, 2, two, 1);
	ca[5] = array(&b, 0, 0, 0, 2, many, 1);
	ca[6] = array(&b, 0, 0, 0, 2, none, 1);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "ds", .byte_offset = 8, .bits = 8, .composition = mdf_block(&b, "CL", ca, 2, "1234567", 8) });
	for (size_t i = 7; i-- > 0;) {
		char name[8];

		snprintf(name, sizeof(name), "a%zu", i);
		cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = name, .data_type = 2, .byte_offset = 8 + (uint32_t)i % 3, .bits = 16, .flags = i == 0 ? 2 : 0,
						      .composition = ca[i] });
	}
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "pair", .data_type = 10, .byte_offset = 8, .bits = 24, .composition = inner });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "len", .byte_offset = 20, .bits = 2 });
	inner = cn;
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "of length", .type = 5, .data_type = 10, .byte_offset = 21, .bits = 24, .data = inner });
	cn = seed_time(&b, cn);
	seed_end(&b, cn, 5, SEED_TIME + 20, 1, rows_of(&b, 5, 21));
}

/* One group of a master of that kind, and what hangs on it. */
struct master {
	uint8_t type, sync, data_type;
	uint32_t bits;
	bool linear, text;
};

static uint64_t master_group(struct spur_buf *b, uint64_t next_dg, const struct master *m)
{
	static const double line[] = { 100, 0.001 };
	uint64_t cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "v", .data_type = 0, .byte_offset = 8, .bits = 8 }), cg;

	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "i", .type = 6, .data_type = 0, .byte_offset = 8, .bits = 0,
					     .conv = mdf_cc(b, 1, line, 2, NULL, 0) });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "m", .type = m->type, .sync = m->sync, .data_type = m->data_type, .bits = m->bits,
					     .conv = m->linear ? mdf_cc(b, 1, line, 2, NULL, 0) : 0 });
	cg = mdf_cg(b, 0, cn, 0, 4, 0, 9, 0);
	return mdf_dg(b, next_dg, cg, rows_of(b, 4, 1), 0);
}

static void masters(void)
{
	static const struct master all[] = {
		{ 2, 1, 4, 64, false, false }, { 2, 1, 4, 64, true, false }, { 3, 1, 0, 0, true, false }, { 2, 2, 4, 64, false, false },
		{ 2, 3, 4, 64, false, false }, { 2, 4, 0, 64, false, false }, { 2, 1, 0, 32, true, false }, { 2, 1, 7, 64, false, false },
		{ 4, 1, 4, 64, false, false }, { 2, 9, 4, 64, false, false }, { 3, 4, 0, 0, false, false },
	};
	struct spur_buf b = { 0 };
	uint64_t dg = 0;

	mdf_begin(&b, 410, 0);
	for (size_t i = sizeof(all) / sizeof(all[0]); i-- > 0;)
		dg = master_group(&b, dg, &all[i]);
	mdf_end(&b, dg);
	fuzz_seed_buf(&b);
	for (size_t i = 0; i < 4; i++) {
		mdf_begin(&b, 410, 0);
		mdf_end(&b, master_group(&b, 0, &all[i]));
		fuzz_seed_buf(&b);
	}
}

/* A group whose master is that of another, with more or fewer rows than that one. */
static void remote_master(uint64_t rows, uint64_t master_rows, bool itself)
{
	struct spur_buf b = { 0 };
	struct spur_buf body = { 0 };
	uint64_t links[7] = { 0 }, cg, dg, cn;

	mdf_begin(&b, 420, 0);
	cn = seed_time(&b, 0);
	links[6] = mdf_cg(&b, 0, cn, 0, master_rows, 0, 8, 0);
	dg = mdf_dg(&b, 0, links[6], rows_of(&b, (unsigned)master_rows, 0), 0);
	links[1] = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "v", .data_type = 2, .byte_offset = 8, .bits = 16 });
	if (itself)
		links[6] = b.len;
	spur_buf_u64(&body, 0);
	spur_buf_u64(&body, rows);
	spur_buf_u64(&body, 8);
	spur_buf_u32(&body, 10);
	spur_buf_u32(&body, 0);
	cg = mdf_block(&b, "CG", links, 7, body.data, body.len);
	spur_buf_finish(&body);
	mdf_end(&b, mdf_dg(&b, dg, cg, rows_of(&b, (unsigned)rows, 2), 0));
	fuzz_seed_buf(&b);
}

/* Two groups and values of variable length in one data group, ids of so many bytes. */
static void unsorted(uint8_t id_bytes, bool stray, uint16_t unfinished)
{
	struct spur_buf b = { 0 }, data = { 0 };
	uint64_t vlsd, cn, cg, dg, dt;

	mdf_begin(&b, 411, unfinished);
	vlsd = mdf_cg(&b, 0, 0, 3, unfinished != 0 ? 0 : 8, 1, 0, 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "s", .type = 1, .data_type = 7, .byte_offset = 8, .bits = 64, .data = vlsd });
	cg = mdf_cg(&b, vlsd, seed_time(&b, cn), 2, unfinished != 0 ? 0 : 8, 0, 16, 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "n", .data_type = 2, .byte_offset = 8, .bits = 16, .flags = 2 });
	cg = mdf_cg(&b, cg, seed_time(&b, cn), 1, unfinished != 0 ? 0 : 16, 0, 10, 1);
	for (unsigned i = 0; i < 24; i++) {
		uint64_t id = i == 20 && stray ? 9 : i % 3 == 0 ? 2 : 1;

		spur_buf_add(&data, &id, id_bytes);
		spur_buf_f64(&data, i);
		if (i % 3 == 0) {
			spur_buf_u64(&data, i / 3 * 7);
			id = 3;
			spur_buf_add(&data, &id, id_bytes);
			spur_buf_u32(&data, 3);
			spur_buf_addf(&data, "%03u", i);
		} else {
			spur_buf_u16(&data, (uint16_t)(i * 100 - 1000));
			spur_buf_u8(&data, i == 7);
		}
	}
	dg = mdf_dg(&b, 0, cg, b.len + 64, id_bytes);
	dt = mdf_block(&b, "DT", NULL, 0, data.data, data.len);
	mdf_end(&b, dg);
	if ((unfinished & 4) != 0) {
		mdf_set(&b, dt + 8, 24, 8);
		b.len = dt + 24 + data.len - 5;
	}
	spur_buf_finish(&data);
	fuzz_seed_buf(&b);
}

void mdf_seed_trees(void)
{
	static const uint8_t ids[] = { 1, 2, 3, 4, 8 };

	everything_around();
	compositions();
	masters();
	for (size_t i = 0; i < sizeof(ids); i++)
		unsorted(ids[i], ids[i] == 2, 0);
	unsorted(1, true, 0);
	unsorted(1, false, 0x7d);
	unsorted(2, false, 0x25);
	unsorted(0, false, 0);
	remote_master(5, 5, false);
	remote_master(9, 4, false);
	remote_master(3, 3, true);
	remote_master(4, 500, false);
}
