/*
 * mdf_samples OUT.mf4 HOW ROWS MEM: a file with one of everything that the
 * MDF4 writer can do. Values follow from the row number by the formulas below, which the
 * checks repeat in their own language. HOW is a packing by name (plain, deflate, transposed, zstd,
 * transposed-zstd, lz4, transposed-lz4), behind "columns-" in column-oriented storage.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/mdf4/writer.h"

#define START_NS INT64_C(1767323045123456789)
#define BATCH 1000

static const struct spur_mdf4_text gears[] = { { 0, "P" }, { 1, "R" }, { 2, "N" }, { 3, "D" } };

static const struct spur_mdf4_channel numbers[] = {
	{ .name = "u8", .type = SPUR_TYPE_U8, .comment = "low byte of the row" },
	{ .name = "i16", .type = SPUR_TYPE_I16, .unit = "km/h", .factor = 0.01, .offset = -5 },
	{ .name = "u32", .type = SPUR_TYPE_U32, .nullable = true },
	{ .name = "i64", .type = SPUR_TYPE_I64 },
	{ .name = "f32", .type = SPUR_TYPE_F32, .unit = "m/s\xc2\xb2" },
	{ .name = "f64", .type = SPUR_TYPE_F64, .nullable = true },
	{ .name = "gear", .type = SPUR_TYPE_U8, .texts = gears, .text_count = 4 },
	{ .name = "flag", .type = SPUR_TYPE_U8 },
};
static const struct spur_mdf4_channel texts[] = {
	{ .name = "note", .type = SPUR_TYPE_TEXT },
	{ .name = "short", .type = SPUR_TYPE_TEXT, .size = 12 },
	{ .name = "blob", .type = SPUR_TYPE_BYTES, .size = 4 },
};
static const struct spur_mdf4_channel plain[] = { { .name = "index_only", .type = SPUR_TYPE_U16 } };

static void die(const struct spur_error *err)
{
	fprintf(stderr, "mdf_samples: %s\n", err->text);
	exit(1);
}

static struct spur_columns *number_rows(uint64_t first, uint64_t count)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	for (size_t i = 0; i < 8; i++)
		spur_columns_builder_add(b, numbers[i].name, i == 7 ? SPUR_TYPE_BOOL : numbers[i].type);
	for (uint64_t r = first; r < first + count; r++) {
		spur_columns_builder_time(b, START_NS + (int64_t)r * 10000000);
		spur_columns_builder_f64(b, 0, (double)(r % 256));
		spur_columns_builder_f64(b, 1, (double)(int64_t)(r % 60000) - 30000);
		if (r % 7 == 3)
			spur_columns_builder_null(b, 2);
		else
			spur_columns_builder_f64(b, 2, (double)(r * 1000 % 4294967296));
		*(int64_t *)spur_columns_builder_reserve(b, 3, 1) = -(int64_t)(r * 1000000007);
		spur_columns_builder_advance(b, 3, 1);
		spur_columns_builder_f64(b, 4, (double)r / 8);
		if (r % 5 == 1)
			spur_columns_builder_null(b, 5);
		else
			spur_columns_builder_f64(b, 5, (double)r * 0.1);
		spur_columns_builder_f64(b, 6, (double)(r % 4));
		spur_columns_builder_f64(b, 7, (double)(r % 2));
	}
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

static struct spur_columns *text_rows(uint64_t first, uint64_t count)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;
	char s[64];

	for (size_t i = 0; i < 3; i++)
		spur_columns_builder_add(b, texts[i].name, texts[i].type);
	for (uint64_t r = first; r < first + count; r++) {
		uint32_t word = (uint32_t)r;
		int n = snprintf(s, sizeof(s), "row %" PRIu64 "%.*s \xc3\xa4", r, (int)(r % 9), "!!!!!!!!!");

		spur_columns_builder_time(b, START_NS + (int64_t)r * 10000000);
		spur_columns_builder_bytes(b, 0, s, (size_t)n);
		n = snprintf(s, sizeof(s), "s%" PRIu64, r % 1000);
		spur_columns_builder_bytes(b, 1, s, (size_t)n);
		spur_columns_builder_bytes(b, 2, &word, 4);
	}
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

static struct spur_columns *plain_rows(uint64_t first, uint64_t count)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	spur_columns_builder_add(b, "index_only", SPUR_TYPE_U16);
	for (uint64_t r = first; r < first + count; r++)
		spur_columns_builder_f64(b, 0, (double)(r % 65536));
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

static void put(struct spur_mdf4_writer *w, uint32_t group, struct spur_columns *rows)
{
	struct spur_error err = { 0 };

	if (spur_mdf4_writer_put(w, group, rows, &err) < 0)
		die(&err);
	spur_columns_unref(rows);
}

/* Frame r: id 0x100 + r % 2, every fifth one extended; byte i is r + i. */
static void put_frames(struct spur_mdf4_writer *w, uint32_t group, uint64_t first, uint64_t count)
{
	struct spur_error err = { 0 };

	for (uint64_t r = first; r < first + count; r++) {
		unsigned char data[8];
		struct spur_message m = { .log_time = (uint64_t)START_NS + r * 10000000, .data = data, .size = 8,
			.frame_id = 0x100 + (uint32_t)(r % 2) + (r % 5 == 0 ? UINT32_C(1) << 31 : 0), .bus_channel = 1 };

		for (size_t i = 0; i < 8; i++)
			data[i] = (unsigned char)(r + i);
		if (spur_mdf4_writer_put_frames(w, group, &m, 1, &err) < 0)
			die(&err);
	}
}

static void write_all(struct spur_mdf4_writer *w, uint64_t rows)
{
	const struct spur_mdf4_group defs[] = {
		{ .name = "numbers", .source = "ECU1", .comment = "all <kinds> & more", .channels = numbers, .count = 8 },
		{ .name = "texts", .channels = texts, .count = 3 },
		{ .name = "plain", .domain = SPUR_DOMAIN_INDEX, .channels = plain, .count = 1 },
		{ .name = "empty", .channels = numbers, .count = 2 },
	};
	struct spur_error err = { 0 };
	uint32_t id[5];

	for (size_t i = 0; i < 4; i++) {
		if (spur_mdf4_writer_group(w, &defs[i], &id[i], &err) < 0)
			die(&err);
	}
	if (spur_mdf4_writer_can_group(w, "CAN1", 8, &id[4], &err) < 0 ||
	    spur_mdf4_writer_attach(w, "hello.txt", "text/plain", "an attachment", "hello", 5, &err) < 0)
		die(&err);
	for (uint64_t r = 0; r < rows; r += BATCH) {
		uint64_t n = rows - r < BATCH ? rows - r : BATCH;

		put(w, id[0], number_rows(r, n));
		put(w, id[1], text_rows(r, n));
		put(w, id[2], plain_rows(r, n));
		put_frames(w, id[4], r, n);
	}
}

static bool read_how(struct spur_mdf4_options *o, const char *how)
{
	static const char *const names[] = { "plain", "deflate", "transposed", "zstd", "transposed-zstd", "lz4", "transposed-lz4" };

	o->columns = strncmp(how, "columns-", 8) == 0;
	how += o->columns ? 8 : 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o->packing = (enum spur_mdf4_packing)i;
		if (strcmp(how, names[i]) == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct spur_mdf4_options o = { .start_ns = START_NS, .written_ns = START_NS, .comment = "samples of <everything>" };
	struct spur_mdf4_writer *w;
	struct spur_error err = { 0 };

	if (argc != 5)
		return 2;
	if (!read_how(&o, argv[2]))
		return 2;
	o.mem_bytes = strtoull(argv[4], NULL, 10);
	if (spur_mdf4_writer_create(argv[1], &o, &w, &err) < 0)
		die(&err);
	write_all(w, strtoull(argv[3], NULL, 10));
	if (spur_mdf4_writer_commit(w, &err) < 0)
		die(&err);
	return 0;
}
