#include "config.h"

#include <string.h>

#include "codec/deflate.h"
#include "codec/transpose.h"
#include "format/mdf4/writer.h"
#include "format/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mdf_seeds.h"
#include "tests/fuzz/recording.h"
#include "tests/mdf3_file.h"
#include "tests/mdf_file.h"

static void run(const uint8_t *data, size_t len)
{
	fuzz_recording(&spur_format_mdf4, data, len);
}

/* ---- MDF 4, by hand ---- */

#define ROWS 5u
#define RECORD 19u	/* f64 time, i16 speed, u64 offset of a text, invalidation byte */

/* claim: bytes that a packed block says it has above those it has. */
static uint64_t add_records(struct spur_buf *b, bool packed, uint64_t claim)
{
	struct spur_buf raw = { 0 }, turned = { 0 }, zip = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(&raw, i * 0.5);
		spur_buf_u16(&raw, (uint16_t)(i * 10 - 20));
		spur_buf_u64(&raw, i * 6u);
		spur_buf_u8(&raw, i == 2);
	}
	spur_transpose(raw.data, raw.len, RECORD, spur_buf_reserve(&turned, raw.len));
	spur_buf_add(&zip, "DT\1", 4);
	spur_buf_u32(&zip, RECORD);
	spur_buf_u64(&zip, raw.len + claim);
	spur_buf_u64(&zip, 0);
	spur_deflate_pack(turned.data, raw.len, 0, &zip);
	mdf_set(&zip, 16, zip.len - 24, 8);
	at = packed ? mdf_block(b, "DZ", NULL, 0, zip.data, zip.len) : mdf_block(b, "DT", NULL, 0, raw.data, raw.len);
	spur_buf_finish(&raw);
	spur_buf_finish(&turned);
	spur_buf_finish(&zip);
	return at;
}

/* One conversion of every kind, chosen by its type (MDF 4.1, "CCBLOCK"). */
static uint64_t add_conversion(struct spur_buf *b, uint8_t type)
{
	static const double numbers[] = { 1, 2, 3, 4, 5, 6 };
	uint64_t refs[3] = { mdf_tx(b, type == 3 ? "X^2+1" : "one"), mdf_tx(b, "two"), mdf_tx(b, "other") };

	switch (type) {
	case 1:
		return mdf_cc(b, type, numbers, 2, NULL, 0);
	case 2:
	case 6:
		return mdf_cc(b, type, numbers, 6, NULL, 0);
	case 3:
		return mdf_cc(b, type, NULL, 0, refs, 1);
	case 7:
		return mdf_cc(b, type, numbers, 2, refs, 3);
	case 8:
		return mdf_cc(b, type, numbers, 4, refs, 3);
	case 9:
		return mdf_cc(b, type, numbers, 3, refs, 2);
	case 10:
		return mdf_cc(b, type, NULL, 0, refs, 3);
	default:
		return mdf_cc(b, type, numbers, 4, NULL, 0);
	}
}

static void sorted(bool packed, uint8_t conversion, uint64_t claim)
{
	struct spur_buf b = { 0 }, sd = { 0 };
	uint64_t texts, cc, data, next;

	mdf_begin(&b, 410, 0);
	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_u32(&sd, 2);
		spur_buf_addf(&sd, "t%u", i);
	}
	texts = mdf_block(&b, "SD", NULL, 0, sd.data, sd.len);
	spur_buf_finish(&sd);
	cc = add_conversion(&b, conversion);
	data = add_records(&b, packed, claim);
	next = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "text", .type = 1, .data_type = 7, .byte_offset = 10, .bits = 64, .data = texts });
	next = mdf_cn(&b, next, &(struct mdf_cn){ .name = "speed", .data_type = 2, .byte_offset = 8, .bits = 16, .flags = 2, .conv = cc });
	next = mdf_cn(&b, next, &(struct mdf_cn){ .name = "time", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	next = mdf_cg(&b, 0, next, 0, ROWS, 0, 18, 1);
	mdf_end(&b, mdf_dg(&b, 0, next, data, 0));
	fuzz_seed_buf(&b);
}

/* [id 1: time, offset][id 2: u32 length, bytes], interleaved. */
static void unsorted(uint16_t unfinished)
{
	struct spur_buf b = { 0 }, data = { 0 };
	uint64_t vlsd, cn, cg, dt, dg;

	mdf_begin(&b, 411, unfinished);
	vlsd = mdf_cg(&b, 0, 0, 2, unfinished != 0 ? 0 : 3, 1, 0, 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "bytes", .type = 1, .data_type = 7, .byte_offset = 8, .bits = 64, .data = vlsd });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	cg = mdf_cg(&b, vlsd, cn, 1, unfinished != 0 ? 0 : 3, 0, 16, 0);
	for (unsigned i = 0; i < 3; i++) {
		spur_buf_u8(&data, 1);
		spur_buf_f64(&data, i);
		spur_buf_u64(&data, i * 7);
		spur_buf_u8(&data, 2);
		spur_buf_u32(&data, 3);
		spur_buf_addf(&data, "v%u.", i);
	}
	dg = mdf_dg(&b, 0, cg, b.len + 64, 1);
	dt = mdf_block(&b, "DT", NULL, 0, data.data, data.len);
	if (unfinished != 0)
		mdf_set(&b, dt + 8, 24, 8);
	b.len = dt + 24 + data.len;
	mdf_end(&b, dg);
	spur_buf_finish(&data);
	fuzz_seed_buf(&b);
}

static uint64_t add_ld(struct spur_buf *b, const uint64_t *blocks, uint32_t count, bool with_inval)
{
	uint64_t links[8] = { 0 }, n = with_inval ? 2u * count : count;
	unsigned char body[8 + 8 * 4] = { 0 };

	memcpy(links + 1, blocks, n * 8);
	body[3] = with_inval ? 0x80 : 0;
	memcpy(body + 4, &count, 4);
	return mdf_block(b, "LD", links, n + 1, body, 8 + 8u * count);
}

/* Column storage: the time in one group, a value with invalidation bytes in another. */
static void columns(void)
{
	static const double times[] = { 0, 0.25, 0.5 };
	static const int16_t values[] = { 7, 8, 9 };
	static const unsigned char inval[] = { 0, 1, 0 };
	struct spur_buf b = { 0 };
	unsigned char body[32] = { 0 };
	uint64_t blocks[4], cg, cn, dg, ld, links[7] = { 0 };

	mdf_begin(&b, 420, 0);
	blocks[0] = mdf_block(&b, "DV", NULL, 0, values, 4);
	blocks[1] = mdf_block(&b, "DI", NULL, 0, inval, 2);
	blocks[2] = mdf_block(&b, "DV", NULL, 0, values + 2, 2);
	blocks[3] = mdf_block(&b, "DI", NULL, 0, inval + 2, 1);
	ld = add_ld(&b, blocks, 2, true);
	blocks[0] = mdf_block(&b, "DV", NULL, 0, times, 16);
	blocks[1] = mdf_block(&b, "DV", NULL, 0, times + 2, 8);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	links[6] = mdf_cg(&b, 0, cn, 0, 3, 0, 8, 0);
	dg = mdf_dg(&b, 0, links[6], add_ld(&b, blocks, 2, false), 0);
	links[1] = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "v", .data_type = 2, .bits = 16, .flags = 2 });
	body[8] = 3;
	body[16] = 8;
	body[24] = 2;
	body[28] = 1;
	cg = mdf_block(&b, "CG", links, 7, body, sizeof(body));
	mdf_end(&b, mdf_dg(&b, dg, cg, ld, 0));
	fuzz_seed_buf(&b);
}

/* ---- MDF 4, by the writer ---- */

static struct spur_columns *rows(size_t n)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;

	spur_columns_builder_add(b, "n", SPUR_TYPE_I16);
	spur_columns_builder_add(b, "s", SPUR_TYPE_TEXT);
	for (size_t i = 0; i < n; i++) {
		spur_columns_builder_time(b, INT64_C(1700000000000000000) + (int64_t)i * 10000000);
		if (i % 5 == 4)
			spur_columns_builder_null(b, 0);
		else
			spur_columns_builder_f64(b, 0, (double)i);
		spur_columns_builder_bytes(b, 1, "text", 1 + i % 4);
	}
	c = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return c;
}

static void written(enum spur_mdf4_packing packing)
{
	static const struct spur_mdf4_text texts[] = { { 0, "off" }, { 1, "on" } };
	static const struct spur_mdf4_channel channels[] = {
		{ .name = "n", .unit = "km/h", .comment = "a comment", .type = SPUR_TYPE_I16, .texts = texts, .text_count = 2, .nullable = true },
		{ .name = "s", .type = SPUR_TYPE_TEXT },
	};
	static const struct spur_mdf4_group group = { .name = "group", .source = "ecu", .channels = channels, .count = 2 };
	const struct spur_mdf4_options o = { .start_ns = INT64_C(1700000000000000000), .comment = "seed", .packing = packing, .threads = 1 };
	const struct spur_message frames[] = {
		{ .log_time = UINT64_C(1700000000001000000), .frame_id = 0x123, .data = "\1\2\3\4\5\6\7", .size = 8 },
		{ .log_time = UINT64_C(1700000000002000000), .frame_id = 0x80000123, .bus_channel = 2, .data = "\1", .size = 2 },
	};
	const char *path = fuzz_path("seed.mf4");
	struct spur_columns *c = rows(20);
	struct spur_mdf4_writer *w;
	uint32_t id, can;

	spur_mdf4_writer_create(path, &o, &w, NULL);
	spur_mdf4_writer_group(w, &group, &id, NULL);
	spur_mdf4_writer_can_group(w, "CAN", 8, &can, NULL);
	spur_mdf4_writer_put(w, id, c, NULL);
	spur_mdf4_writer_put_frames(w, can, frames, 2, NULL);
	spur_mdf4_writer_attach(w, "a.txt", "text/plain", "comment", "data", 4, NULL);
	spur_mdf4_writer_commit(w, NULL);
	spur_columns_unref(c);
	fuzz_seed_file(path);
}

/* ---- MDF 3, by hand ---- */

static void version_3(void)
{
	static const struct mdf3_conversion convs[] = {
		{ .type = 0, .size = 2, .numbers = 2, .number = { 1, 2 } }, { .type = 1, .size = 2, .numbers = 4, .number = { 0, 1, 5, 9 } },
		{ .type = 6, .size = 6, .numbers = 6, .number = { 1, 2, 3, 4, 5, 6 } }, { .type = 65535 },
	};

	for (size_t i = 0; i < sizeof(convs) / sizeof(convs[0]); i++) {
		struct mdf3_file f = mdf3_file_make(i % 2 == 1, &convs[i]);

		fuzz_seed_buf(&f.b);
	}
}

static void seeds(void)
{
	fuzz_seeds_of("4.1, sorted");
	for (uint8_t c = 0; c <= 10; c++)
		sorted(c % 2 == 1, c, 0);
	sorted(true, 1, UINT64_C(100) << 20);
	fuzz_seeds_of("4.1, unsorted");
	unsorted(0);
	unsorted(0x25);
	fuzz_seeds_of("4.2, columns");
	columns();
	fuzz_seeds_of("our writer");
	written(SPUR_MDF4_PLAIN);
	written(SPUR_MDF4_DEFLATE);
	written(SPUR_MDF4_TRANSPOSED);
	fuzz_seeds_of("3.x");
	version_3();
	fuzz_seeds_of("types");
	mdf_seed_types();
	fuzz_seeds_of("conversions");
	mdf_seed_conversions();
	fuzz_seeds_of("DL, HL, DZ, GD");
	mdf_seed_storages();
	fuzz_seeds_of("trees");
	mdf_seed_trees();
	fuzz_seeds_of("wrong");
	mdf_seed_wrong();
	fuzz_seeds_of("3.x");
	mdf_seed_version_3();
	mdf_seed_made();
}

static const char *const words[] = {
	"##HD", "##DG", "##CG", "##CN", "##CC", "##TX", "##MD", "##DT", "##DZ", "##DL", "##HL", "##SD", "##SI", "##CA", "##AT", "##EV",
	"##FH", "##CH", "##DV", "##DI", "##LD", "##RD", "##RV", "##RI", "##SR", "##VD", "##GD", "UnFinMF ", "MDF     ", "<CNcomment>", NULL
};

const struct fuzz_target fuzz_target = { .name = "mdf", .max_len = 64u << 10, .run = run, .seeds = seeds, .words = words, .shape = FUZZ_SHAPE_MDF, .told = 3072 };
