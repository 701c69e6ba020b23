#include "config.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/format.h"
#include "format/mdf4/writer.h"
#include "io/out.h"
#include "tests/tap.h"

/* The bytes are followed by hand, link by link, as ASAM MDF 4.1 lays them out. */
#define START INT64_C(1767323045000000000)

static char path[64];
static char *file;
static size_t file_len;

static uint64_t u64(uint64_t at)
{
	return at + 8 <= file_len ? spur_le64(file + at) : 0;
}

static uint64_t link_at(uint64_t block, unsigned n)
{
	return u64(block + 24 + 8 * (uint64_t)n);
}

/* First byte of the data section of a block. */
static uint64_t data_at(uint64_t block)
{
	return block + 24 + 8 * u64(block + 16);
}

static bool is_block(uint64_t at, const char *id)
{
	return at != 0 && at % 8 == 0 && at + 24 <= file_len && memcmp(file + at, id, 4) == 0;
}

static const char *text_at(uint64_t block)
{
	return is_block(block, "##TX") || is_block(block, "##MD") ? file + data_at(block) : "";
}

static struct spur_mdf4_writer *start(enum spur_mdf4_packing packing, uint64_t mem)
{
	struct spur_mdf4_options o = { .start_ns = START, .written_ns = 42, .packing = packing, .mem_bytes = mem,
		.comment = "a < b" };
	struct spur_mdf4_writer *w;

	return spur_mdf4_writer_create(path, &o, &w, NULL) == SPUR_OK ? w : NULL;
}

static void end(struct spur_mdf4_writer *w)
{
	free(file);
	file = NULL;
	is_int(spur_mdf4_writer_commit(w, NULL), SPUR_OK, "the file is committed");
	spur_file_read(path, UINT64_C(1) << 30, &file, &file_len, NULL);
}

/* Rows of one i16 column; every third is invalid if asked. */
static struct spur_columns *i16_rows(size_t n, bool holes)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	spur_columns_builder_add(b, "x", SPUR_TYPE_I16);
	for (size_t i = 0; i < n; i++) {
		spur_columns_builder_time(b, START + (int64_t)i * 500000000);
		if (holes && i % 3 == 2)
			spur_columns_builder_null(b, 0);
		else
			spur_columns_builder_f64(b, 0, (double)(i % 60000) - (i < 60000 && n < 10 ? 1 : 30000));
	}
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

static struct spur_columns *text_rows(const char *const *texts, size_t n)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	spur_columns_builder_add(b, "s", SPUR_TYPE_TEXT);
	for (size_t i = 0; i < n; i++) {
		spur_columns_builder_time(b, START);
		spur_columns_builder_bytes(b, 0, texts[i], strlen(texts[i]));
	}
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

static enum spur_status put(struct spur_mdf4_writer *w, uint32_t group, struct spur_columns *rows, struct spur_error *err)
{
	enum spur_status st = spur_mdf4_writer_put(w, group, rows, err);

	spur_columns_unref(rows);
	return st;
}

static void the_header_is_that_of_mdf_4_10(void)
{
	end(start(SPUR_MDF4_PLAIN, 0));
	ok(memcmp(file, "MDF     4.10    ", 16) == 0 && spur_le16(file + 28) == 410, "identification");
	ok(spur_le16(file + 60) == 0, "finalised");
	ok(is_block(64, "##HD") && u64(64 + 8) == 104 && u64(64 + 16) == 6, "header");
	is_int((intmax_t)u64(data_at(64)), START, "start");
	is_int((intmax_t)link_at(64, 0), 0, "no groups yet");
	ok(is_block(link_at(64, 1), "##FH") && u64(data_at(link_at(64, 1))) == 42, "history");
	ok(strstr(text_at(link_at(64, 5)), "<TX>a &lt; b</TX>") != NULL, "comment, escaped");
}

static void a_record_has_its_bytes_in_place(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .unit = "m", .comment = "why", .type = SPUR_TYPE_I16, .factor = 0.5,
		.offset = 3, .nullable = true };
	const struct spur_mdf4_group g = { .name = "G", .source = "S", .channels = &c, .count = 1 };
	struct spur_mdf4_writer *w = start(SPUR_MDF4_PLAIN, 0);
	uint64_t dg, cg, master, cn, cc, dt;
	uint32_t id;

	spur_mdf4_writer_group(w, &g, &id, NULL);
	put(w, id, i16_rows(3, true), NULL);
	end(w);
	dg = link_at(64, 0), cg = link_at(dg, 1), master = link_at(cg, 1), cn = link_at(master, 0), cc = link_at(cn, 4);
	ok(is_block(dg, "##DG") && file[data_at(dg)] == 0, "sorted: no record ids");
	ok(is_block(cg, "##CG") && u64(data_at(cg) + 8) == 3, "three cycles");
	is_int(spur_le32(file + data_at(cg) + 24), 10, "10 bytes of data");
	is_int(spur_le32(file + data_at(cg) + 28), 1, "1 byte of invalidation bits");
	is_str(text_at(link_at(cg, 2)), "G", "acquisition name");
	is_str(text_at(link_at(link_at(cg, 3), 0)), "S", "source");
	ok(is_block(master, "##CN") && file[data_at(master)] == 2 && file[data_at(master) + 1] == 1, "time master");
	ok(is_block(cn, "##CN") && file[data_at(cn) + 2] == 2 && spur_le32(file + data_at(cn) + 4) == 8 &&
	   spur_le32(file + data_at(cn) + 8) == 16 && spur_le32(file + data_at(cn) + 12) == 2, "signed, byte 8, 16 bits, may be invalid");
	ok(strcmp(text_at(link_at(cn, 2)), "x") == 0 && strcmp(text_at(link_at(cn, 6)), "m") == 0 &&
	   strcmp(text_at(link_at(cn, 7)), "why") == 0, "name, unit, comment");
	ok(is_block(cc, "##CC") && file[data_at(cc)] == 1 && spur_lef64(file + data_at(cc) + 24) == 3 &&
	   spur_lef64(file + data_at(cc) + 32) == 0.5, "linear conversion, offset first");
	dt = link_at(dg, 2);
	ok(is_block(dt, "##DT") && u64(dt + 8) == 24 + 33, "one data block of three records");
	ok(spur_lef64(file + data_at(dt) + 11) == 0.5 && (int16_t)spur_le16(file + data_at(dt) + 8) == -1 &&
	   file[data_at(dt) + 10] == 0 && file[data_at(dt) + 32] == 1, "time, value, invalidation bit of the third");
}

static void texts_lie_in_signal_data(void)
{
	static const char *const texts[] = { "ab", "", "\xc3\xa4" };
	const struct spur_mdf4_channel c = { .name = "s", .type = SPUR_TYPE_TEXT };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };
	struct spur_mdf4_writer *w = start(SPUR_MDF4_PLAIN, 0);
	uint64_t dg, cn, sd, dt;
	uint32_t id;

	spur_mdf4_writer_group(w, &g, &id, NULL);
	put(w, id, text_rows(texts, 3), NULL);
	end(w);
	dg = link_at(64, 0), cn = link_at(link_at(link_at(dg, 1), 1), 0), sd = link_at(cn, 5), dt = link_at(dg, 2);
	ok(file[data_at(cn)] == 1 && file[data_at(cn) + 2] == 7, "variable length, UTF-8");
	ok(is_block(sd, "##SD") && memcmp(file + data_at(sd), "\3\0\0\0ab\0\1\0\0\0\0\3\0\0\0\xc3\xa4", 19) == 0,
	   "length, text and NUL, one after the other");
	ok(u64(data_at(dt) + 8) == 0 && u64(data_at(dt) + 24) == 7 && u64(data_at(dt) + 40) == 12, "records hold offsets");
}

/* The whole data section of the first group, whatever its blocks; the caller frees. */
static unsigned char *section(size_t *len, unsigned *blocks)
{
	uint64_t at = link_at(link_at(64, 0), 2);
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	struct spur_buf b = { 0 };
	uint64_t list = is_block(at, "##HL") ? link_at(at, 0) : at;

	*blocks = (unsigned)(is_block(list, "##DL") ? u64(list + 16) - 1 : 1);
	for (unsigned i = 0; i < *blocks; i++) {
		uint64_t one = is_block(list, "##DL") ? link_at(list, 1 + i) : list, p = data_at(one);
		size_t n = is_block(one, "##DZ") ? u64(p + 8) : u64(one + 8) - 24, row = is_block(one, "##DZ") ? spur_le32(file + p + 4) : 0;
		unsigned char *raw = spur_malloc(n), *to;

		if (!is_block(one, "##DZ"))
			memcpy(raw, file + p, n);
		else if (libdeflate_zlib_decompress(d, file + p + 24, u64(p + 16), raw, n, NULL) != LIBDEFLATE_SUCCESS)
			memset(raw, 0xee, n);
		to = (unsigned char *)spur_buf_reserve(&b, n);
		for (size_t k = 0; k < n; k++)
			to[k] = row > 0 && k < n / row * row ? raw[k % row * (n / row) + k / row] : raw[k];
		b.len += n;
		free(raw);
	}
	libdeflate_free_decompressor(d);
	*len = b.len;
	return (unsigned char *)spur_buf_steal(&b);
}

static void every_packing_holds_the_same(void)
{
	static const enum spur_mdf4_packing how[] = { SPUR_MDF4_PLAIN, SPUR_MDF4_DEFLATE, SPUR_MDF4_TRANSPOSED, SPUR_MDF4_PLAIN };
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16 };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };
	unsigned char *first = NULL, *got;
	size_t len = 0, n;
	unsigned blocks;

	for (size_t i = 0; i < 4; i++) {
		struct spur_mdf4_writer *w = start(how[i], i == 3 ? 100000 : 0);
		uint32_t id;

		spur_mdf4_writer_group(w, &g, &id, NULL);
		for (int k = 0; k < 5; k++)
			put(w, id, i16_rows(50000, false), NULL);
		end(w);
		got = section(&n, &blocks);
		ok(blocks == (i == 3 ? 5 : 3), "in that many blocks");
		if (i == 0) {
			first = got, len = n;
			is_int((intmax_t)n, 250000 * 10, "all records");
			continue;
		}
		ok(n == len && memcmp(first, got, n) == 0, "the same records");
		free(got);
	}
	free(first);
}

static void lists_say_where_blocks_begin(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16 };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };
	struct spur_mdf4_writer *w = start(SPUR_MDF4_PLAIN, 15000);
	uint32_t id;
	uint64_t dl, p;

	spur_mdf4_writer_group(w, &g, &id, NULL);
	put(w, id, i16_rows(2000, false), NULL);
	put(w, id, i16_rows(3000, false), NULL);
	put(w, id, i16_rows(10, false), NULL);
	end(w);
	dl = link_at(link_at(64, 0), 2), p = data_at(dl);
	ok(is_block(dl, "##DL") && (file[p] & 1) == 0 && spur_le32(file + p + 4) == 3, "blocks of different length");
	ok(u64(p + 8) == 0 && u64(p + 16) == 20000 && u64(p + 24) == 50000, "with their offsets");
}

static enum spur_status count_rows(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				   struct spur_error *err)
{
	size_t *n = state;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows; i++)
		n[spur_column_valid(&rows->columns[0], i)]++;
	return SPUR_OK;
}

static void our_reader_reads_it(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16, .factor = 2, .nullable = true };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };
	const struct spur_format *format;
	struct spur_reader *r = NULL;
	struct spur_mdf4_writer *w = start(SPUR_MDF4_TRANSPOSED, 0);
	uint32_t id, want = 1;
	size_t n[2] = { 0, 0 };
	struct spur_sink sink = { .state = n, .columns = count_rows };
	struct spur_scan scan = { .signals = &want, .signal_count = 1, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };

	spur_mdf4_writer_group(w, &g, &id, NULL);
	put(w, id, i16_rows(300000, true), NULL);
	end(w);
	is_int(spur_format_open(path, NULL, &format, &r, NULL), SPUR_OK, "the reader opens it");
	is_int(format->scan(r, &scan, &sink, NULL, NULL), SPUR_OK, "and scans it");
	ok(n[1] == 200000 && n[0] == 100000, "all rows, a third of them invalid");
	format->close(r);
}

struct texts {
	size_t rows, right;
};

static enum spur_status take_texts(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				   struct spur_error *err)
{
	struct texts *t = state;
	char want[16];
	size_t len;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows; i++) {
		const char *got = spur_column_bytes(&rows->columns[0], i, &len);

		snprintf(want, sizeof(want), "text %zu", t->rows++);
		t->right += len == strlen(want) && memcmp(got, want, len) == 0;
	}
	return SPUR_OK;
}

/* Records of two groups and of the values of one mixed, blocks that cut through them. */
static void unsorted_groups_are_read_back(void)
{
	const struct spur_mdf4_channel x = { .name = "x", .type = SPUR_TYPE_I16, .nullable = true }, s = { .name = "s", .type = SPUR_TYPE_TEXT };
	const struct spur_mdf4_group gx = { .channels = &x, .count = 1, .unsorted = 7 }, gs = { .channels = &s, .count = 1, .unsorted = 7 };
	const struct spur_format *format;
	struct spur_reader *r = NULL;
	struct spur_mdf4_writer *w = start(SPUR_MDF4_DEFLATE, 0);
	size_t n[2] = { 0, 0 };
	struct texts t = { 0 };
	struct spur_sink numbers = { .state = n, .columns = count_rows }, texts = { .state = &t, .columns = take_texts };
	uint32_t id[2], want[] = { 1, 3 };
	struct spur_scan scan = { .signals = &want[0], .signal_count = 1, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	uint64_t dg;

	spur_mdf4_writer_group(w, &gx, &id[0], NULL);
	spur_mdf4_writer_group(w, &gs, &id[1], NULL);
	for (unsigned k = 0; k < 9000; k++) {
		char text[16];
		const char *one = text;

		snprintf(text, sizeof(text), "text %u", k);
		put(w, id[0], i16_rows(12, true), NULL);
		put(w, id[1], text_rows(&one, 1), NULL);
	}
	end(w);
	dg = link_at(64, 0);
	ok(link_at(dg, 0) == 0 && file[data_at(dg)] == 1, "one data group with record ids of a byte");
	ok(is_block(link_at(dg, 2), "##DL") && u64(data_at(link_at(dg, 2)) + 8) % 12 != 0, "in blocks that cut through records");
	is_int(spur_format_open(path, NULL, &format, &r, NULL), SPUR_OK, "the reader opens it");
	is_int(format->scan(r, &scan, &numbers, NULL, NULL), SPUR_OK, "scans the numbers");
	ok(n[1] == 72000 && n[0] == 36000, "all of them");
	scan.signals = &want[1];
	is_int(format->scan(r, &scan, &texts, NULL, NULL), SPUR_OK, "and the texts");
	ok(t.rows == 9000 && t.right == 9000, "all of them, each its own");
	is_int((intmax_t)format->describe(r)->damage_count, 0, "nothing is damaged");
	format->close(r);
}

static struct spur_mdf4_writer *start_as(enum spur_mdf4_packing packing, bool columns, uint16_t version, struct spur_error *err)
{
	struct spur_mdf4_options o = { .start_ns = START, .packing = packing, .columns = columns, .version = version };
	struct spur_mdf4_writer *w;

	return spur_mdf4_writer_create(path, &o, &w, err) == SPUR_OK ? w : NULL;
}

/* ASAM MDF 4.2, column-oriented storage: a group for the master, one for each channel that refers to it. */
static void columns_lie_apart(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16, .nullable = true };
	const struct spur_mdf4_group g = { .name = "G", .channels = &c, .count = 1 };
	struct spur_mdf4_writer *w = start_as(SPUR_MDF4_PLAIN, true, 0, NULL);
	uint64_t time_dg, dg, cg, ld, dv, di;
	uint32_t id;

	spur_mdf4_writer_group(w, &g, &id, NULL);
	put(w, id, i16_rows(3, true), NULL);
	spur_mdf4_writer_flush(w, NULL);
	put(w, id, i16_rows(2, true), NULL);
	end(w);
	ok(memcmp(file + 8, "4.20    ", 8) == 0 && spur_le16(file + 28) == 420, "MDF 4.20");
	time_dg = link_at(64, 0), dg = link_at(time_dg, 0), cg = link_at(dg, 1), ld = link_at(dg, 2);
	ok(spur_le32(file + data_at(link_at(time_dg, 1)) + 24) == 8 && link_at(link_at(link_at(time_dg, 1), 1), 0) == 0,
	   "the first group holds the times alone");
	ok(spur_le16(file + data_at(cg) + 16) == 8 && link_at(cg, 6) == link_at(time_dg, 1), "the second one refers to its master");
	is_int((intmax_t)u64(data_at(cg) + 8), 5, "five cycles");
	ok(is_block(ld, "##LD") && u64(ld + 16) == 3 && spur_le32(file + data_at(ld)) == 0x80000000, "a list of values and invalidation bytes");
	dv = link_at(ld, 1), di = link_at(ld, 2);
	ok(is_block(dv, "##DV") && u64(dv + 8) == 24 + 6 && memcmp(file + data_at(dv), "\xff\xff\0\0", 4) == 0, "the values of three rows");
	ok(is_block(di, "##DI") && u64(di + 8) == 24 + 3 && memcmp(file + data_at(di), "\0\0\1", 3) == 0, "their invalidation bytes");
	is_int((intmax_t)u64(data_at(ld) + 8), 0, "from sample 0 on");
	ld = link_at(ld, 0);
	ok(is_block(ld, "##LD") && u64(data_at(ld) + 8) == 3 && link_at(ld, 2) == 0, "the next from sample 3; all of it is valid");
}

/* With little memory, lists are written as they come and linked behind each other. */
static void many_columns_keep_the_budget(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16, .nullable = true };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };
	struct spur_mdf4_options o = { .start_ns = START, .columns = true, .mem_bytes = 300, .packing = SPUR_MDF4_PLAIN };
	struct spur_mdf4_writer *w;
	uint64_t dg, lists = 0, blocks = 0, bytes = 0, inval = 0, sample = 0;
	bool in_order = true;
	uint32_t id;

	spur_mdf4_writer_create(path, &o, &w, NULL);
	spur_mdf4_writer_group(w, &g, &id, NULL);
	for (unsigned i = 0; i < 4000; i++)
		put(w, id, i16_rows(40, i % 2 == 0), NULL);
	end(w);
	dg = link_at(link_at(64, 0), 0);
	for (uint64_t ld = link_at(dg, 2); is_block(ld, "##LD"); ld = link_at(ld, 0), lists++) {
		for (uint64_t k = 0; k < spur_le32(file + data_at(ld) + 4); k++, blocks++) {
			uint64_t dv = link_at(ld, (unsigned)(1 + 2 * k)), di = link_at(ld, (unsigned)(2 + 2 * k));

			in_order &= is_block(dv, "##DV") && u64(data_at(ld) + 8 + 8 * k) == sample;
			sample += (u64(dv + 8) - 24) / 2;
			bytes += u64(dv + 8) - 24;
			inval += di == 0 ? 0 : u64(di + 8) - 24;
		}
	}
	ok(blocks > 1000 && lists == blocks, "more blocks than are remembered");
	ok(in_order, "from the first to the last");
	is_int((intmax_t)bytes, 4000 * 40 * 2, "all values");
	ok(inval > 0 && inval <= 4000 * 40, "and invalidation bytes");
	lists = blocks = 0;
	for (uint64_t ld = link_at(link_at(64, 0), 2); is_block(ld, "##LD"); ld = link_at(ld, 0), lists++)
		blocks += spur_le32(file + data_at(ld) + 4);
	ok(lists > 1 && lists < blocks, "of the times: several lists of several blocks");
}

static void newer_packings_are_those_of_mdf_4_30(void)
{
	static const enum spur_mdf4_packing how[] = { SPUR_MDF4_ZSTD, SPUR_MDF4_TRANSPOSED_ZSTD, SPUR_MDF4_LZ4, SPUR_MDF4_TRANSPOSED_LZ4 };
	static const char *const magic[] = { "\x28\xb5\x2f\xfd", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\x04\x22\x4d\x18" };
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16 };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 };

	for (unsigned i = 0; i < 4; i++) {
		struct spur_mdf4_writer *w = start_as(how[i], false, 0, NULL);
		uint64_t dz;
		uint32_t id;

		spur_mdf4_writer_group(w, &g, &id, NULL);
		put(w, id, i16_rows(500, false), NULL);
		end(w);
		dz = link_at(link_at(64, 0), 2);
		is_int(spur_le16(file + 28), 430, "MDF 4.30");
		ok(is_block(dz, "##DZ") && memcmp(file + data_at(dz), "DT", 2) == 0, "a packed DT");
		is_int(file[data_at(dz) + 2], i + 2, "its zip type");
		is_int(spur_le32(file + data_at(dz) + 4), i % 2 == 1 ? 10 : 0, "bytes of a row, where it is transposed");
		ok(memcmp(file + data_at(dz) + 24, magic[i], 4) == 0, "a frame");
	}
}

static void a_version_has_what_is_asked_for(void)
{
	static const uint16_t no_columns[] = { 410, 411 }, no_zstd[] = { 410, 411, 420 };
	struct spur_error err = { 0 };

	for (unsigned i = 0; i < 2; i++)
		ok(start_as(SPUR_MDF4_PLAIN, true, no_columns[i], &err) == NULL && strstr(err.text, "MDF 4.20 has") != NULL, "no columns before 4.20");
	for (unsigned i = 0; i < 3; i++)
		ok(start_as(SPUR_MDF4_ZSTD, false, no_zstd[i], &err) == NULL && strstr(err.text, "MDF 4.30 has") != NULL, "no zstd before 4.30");
	unlink(path);
	ok(start_as(SPUR_MDF4_PLAIN, false, 400, &err) == NULL && access(path, F_OK) != 0, "no other version");
	end(start_as(SPUR_MDF4_DEFLATE, false, 411, NULL));
	ok(memcmp(file + 8, "4.11    ", 8) == 0 && spur_le16(file + 28) == 411, "4.11 where it is asked for");
}

static void misuse_is_told(void)
{
	const struct spur_mdf4_channel c = { .name = "x", .type = SPUR_TYPE_I16 }, s = { .name = "s", .type = SPUR_TYPE_TEXT, .size = 3 },
				       nameless = { .type = SPUR_TYPE_U8 };
	const struct spur_mdf4_group g = { .channels = &c, .count = 1 }, gs = { .channels = &s, .count = 1 },
				     none = { .domain = SPUR_DOMAIN_INDEX }, bad = { .channels = &nameless, .count = 1 };
	static const char *const texts[] = { "abc", "abcd" };
	struct spur_mdf4_writer *w = start(SPUR_MDF4_PLAIN, 0);
	struct spur_error err;
	uint32_t id, id2;

	is_int(spur_mdf4_writer_group(w, &none, &id, &err), SPUR_EINVAL, "a group without channels");
	is_int(spur_mdf4_writer_group(w, &bad, &id, &err), SPUR_EINVAL, "a channel without a name");
	spur_mdf4_writer_group(w, &g, &id, NULL);
	spur_mdf4_writer_group(w, &gs, &id2, NULL);
	is_int(put(w, id2, text_rows(texts, 1), &err), SPUR_OK, "a text that just fits");
	is_int(put(w, id2, text_rows(texts, 2), &err), SPUR_EINVAL, "a text that does not fit");
	is_str(err.text, "channel s: a value of 4 bytes does not fit 3", "says which");
	is_int(put(w, id, i16_rows(1, false), &err), SPUR_EINVAL, "the first failure sticks");
	ok(spur_mdf4_writer_commit(w, &err) < 0 && access(path, F_OK) != 0, "and nothing is committed");
	w = start(SPUR_MDF4_PLAIN, 0);
	spur_mdf4_writer_group(w, &g, &id, NULL);
	is_int(put(w, id, text_rows(texts, 1), &err), SPUR_EINVAL, "another type");
	spur_mdf4_writer_discard(w);
	w = start(SPUR_MDF4_PLAIN, 0);
	spur_mdf4_writer_group(w, &g, &id, NULL);
	is_int(put(w, id, i16_rows(3, true), &err), SPUR_EINVAL, "an invalid integer without a bit for it");
	spur_mdf4_writer_discard(w);
	ok(access(path, F_OK) != 0, "discarding leaves nothing");
}

static void frames_have_the_names_of_bus_logging(void)
{
	struct spur_mdf4_writer *w = start(SPUR_MDF4_PLAIN, 0);
	const struct spur_message m = { .log_time = (uint64_t)START + 1000000000, .data = "\1\2\3", .size = 3,
		.frame_id = UINT32_C(0x80000000) | 0x18fee900, .bus_channel = 2 };
	const struct spur_message large = { .log_time = (uint64_t)START, .data = "123456789", .size = 9 };
	uint64_t dg, cg, frame, member, p;
	struct spur_error err;
	unsigned names = 0;
	uint32_t id;

	is_int(spur_mdf4_writer_can_group(w, "CAN2", 12, &id, &err), SPUR_EINVAL, "no frames of 12 bytes");
	spur_mdf4_writer_can_group(w, "CAN2", 8, &id, NULL);
	is_int(spur_mdf4_writer_put_frames(w, id, &m, 1, NULL), SPUR_OK, "a frame");
	end(w);
	dg = link_at(64, 0), cg = link_at(dg, 1), frame = link_at(link_at(cg, 1), 0);
	is_int(spur_le16(file + data_at(cg) + 16), 6, "a plain bus event group");
	ok(file[data_at(link_at(cg, 3))] == 2 && file[data_at(link_at(cg, 3)) + 1] == 2, "of a CAN bus");
	is_str(text_at(link_at(frame, 2)), "CAN_DataFrame", "composition");
	for (member = link_at(frame, 1); is_block(member, "##CN"); member = link_at(member, 0))
		names += strncmp(text_at(link_at(member, 2)), "CAN_DataFrame.", 14) == 0;
	is_int(names, 9, "of nine members");
	p = data_at(link_at(dg, 2));
	ok(spur_lef64(file + p) == 1 && file[p + 8] == 2 && spur_le32(file + p + 9) == 0x18fee900 && file[p + 13] == 1 &&
	   file[p + 14] == 3 && file[p + 15] == 3 && memcmp(file + p + 19, "\1\2\3\0\0\0\0\0", 8) == 0, "its bytes");
	w = start(SPUR_MDF4_PLAIN, 0);
	spur_mdf4_writer_can_group(w, "CAN2", 8, &id, NULL);
	is_int(spur_mdf4_writer_put_frames(w, id, &large, 1, &err), SPUR_EINVAL, "nine bytes do not fit eight");
	spur_mdf4_writer_discard(w);
}

int main(void)
{
	char dir[] = "/tmp/spur-mdf4-XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/a.mf4", dir);
	the_header_is_that_of_mdf_4_10();
	a_record_has_its_bytes_in_place();
	texts_lie_in_signal_data();
	every_packing_holds_the_same();
	lists_say_where_blocks_begin();
	our_reader_reads_it();
	unsorted_groups_are_read_back();
	columns_lie_apart();
	many_columns_keep_the_budget();
	newer_packings_are_those_of_mdf_4_30();
	a_version_has_what_is_asked_for();
	unlink(path);
	misuse_is_told();
	frames_have_the_names_of_bus_logging();
	unlink(path);
	ok(rmdir(dir) == 0, "no other file is left");
	free(file);
	return tap_done();
}
