#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/opt.h"
#include "export/export.h"
#include "io/out.h"
#include "model/columns.h"
#include "tests/fuzz/told.h"

/*
 * A table of any columns and rows: built, shown, and written in every format. Parts: the columns, a letter each, of
 * which a capital one has no nulls; numbers: rows of a batch, memory (bytes), rows of a row group, whether there is
 * time, whether there are notes; the values, a byte each, from which the others follow.
 */
#define COLUMNS 24

static const struct spur_export_column kinds[] = {
	{ .name = "bool", .type = SPUR_TYPE_BOOL }, { .name = "i8", .type = SPUR_TYPE_I8 }, { .name = "u8", .type = SPUR_TYPE_U8 },
	{ .name = "i16", .type = SPUR_TYPE_I16 }, { .name = "u16", .type = SPUR_TYPE_U16 }, { .name = "i32", .type = SPUR_TYPE_I32 },
	{ .name = "u32", .type = SPUR_TYPE_U32 }, { .name = "i64", .type = SPUR_TYPE_I64, .unit = "s" }, { .name = "u64", .type = SPUR_TYPE_U64 },
	{ .name = "f32", .type = SPUR_TYPE_F32, .unit = "m/s\"," }, { .name = "f64", .type = SPUR_TYPE_F64, .unit = "" }, { .name = "text, \"a\"", .type = SPUR_TYPE_TEXT },
	{ .name = "bytes", .type = SPUR_TYPE_BYTES }, { .name = "vec", .type = SPUR_TYPE_F32, .ndim = 2, .dims = { 2, 3 } },
	{ .name = "list", .type = SPUR_TYPE_U8, .ndim = 1, .dims = { 3 } }, { .name = "flags", .type = SPUR_TYPE_BOOL, .ndim = 1, .dims = { 9 } },
	{ .name = "cube", .type = SPUR_TYPE_I16, .ndim = 3, .dims = { 2, 1, 2 } }, { .name = "nothing", .type = SPUR_TYPE_F64, .ndim = 1, .dims = { 0 } },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct table {
	struct spur_export_column columns[COLUMNS];
	size_t count;
	long batch, memory, group, time, notes;
	const unsigned char *bytes;
	size_t rows, len;
};

static void read_columns(struct table *t, const char *letters)
{
	for (; *letters != '\0' && t->count < COLUMNS; letters++) {
		size_t kind = (size_t)((*letters | 32) - 'a');

		if (kind >= KINDS)
			continue;
		t->columns[t->count] = kinds[kind];
		t->columns[t->count++].required = *letters < 'a';
	}
}

/* The value of a cell: small numbers, borders, texts of all lengths, some of them again. */
static void put_cell(const struct table *t, struct spur_columns_builder *b, size_t row, size_t col)
{
	static const char text[] = "a\"b,c\nd\r;e=f g\xc3\xa4h\xff 0123456789012345678901234567890123456789012345678901234567890123456789";
	const struct spur_export_column *c = &t->columns[col];
	unsigned char byte = t->bytes[(row * t->count + col) % t->len];
	unsigned char cube[64];

	if (byte % 16 == 15 && (!c->required || byte == 255)) {
		spur_columns_builder_null(b, col);
	} else if (c->ndim > 0) {
		for (size_t i = 0; i < sizeof(cube); i++)
			cube[i] = c->type == SPUR_TYPE_BOOL ? (byte >> i % 8) & 1 : (unsigned char)(i % 4 == 3 ? 0x40 : byte + i);
		spur_columns_builder_bytes(b, col, cube, byte == 254 ? 1 : spur_export_elements(c) * spur_type_size(c->type));
	} else if (c->type >= SPUR_TYPE_TEXT) {
		spur_columns_builder_bytes(b, col, text + byte % 7, byte % 8 == 7 ? 70u : byte % 20);
	} else if (c->type == SPUR_TYPE_BOOL) {
		spur_columns_builder_f64(b, col, byte % 3 == 0);
	} else if (c->type == SPUR_TYPE_I64 || c->type == SPUR_TYPE_U64) {
		uint64_t v = byte % 5 == 4 ? (uint64_t)byte << 56 : byte;

		memcpy(spur_columns_builder_reserve(b, col, 1), &v, sizeof(v));
		spur_columns_builder_advance(b, col, 1);
	} else if (spur_type_size(c->type) == 1) {
		spur_columns_builder_f64(b, col, c->type == SPUR_TYPE_I8 ? byte - 128 : byte);
	} else {
		bool real = c->type >= SPUR_TYPE_F32, under = c->type == SPUR_TYPE_I16 || c->type == SPUR_TYPE_I32 || real;

		spur_columns_builder_f64(b, col, real && byte == 254 ? (double)INFINITY : real && byte == 253 ? (double)NAN : real && byte == 252 ? -0.0 :
						 (byte - (under ? 100 : 0)) * (real ? 0.125 : 1));
	}
}

/* One more or fewer time, or value, than there are rows is filled up, or refused. */
static struct spur_columns *batch(const struct table *t, struct spur_columns_builder *b, size_t from, size_t to)
{
	for (size_t row = from; row < to; row++) {
		if (t->time != 0)
			spur_columns_builder_time(b, INT64_C(1700000000000000000) + (int64_t)row * 20000000 * (t->time == 2 ? -1 : 1));
		if (t->time == 3)
			spur_columns_builder_master(b, (double)row / 8);
		for (size_t col = 0; col < t->count; col++) {
			if (row + 1 < to || t->notes != 3 || col + 1 < t->count)
				put_cell(t, b, row, col);
		}
		if (t->notes == 4 && t->count > 0 && spur_type_is_number(t->columns[0].ndim > 0 ? SPUR_TYPE_BYTES : t->columns[0].type) && row % 3 == 1)
			spur_columns_builder_text(b, 0, row - from, "named", row % 6);
	}
	if (t->notes == 5 && t->count > 0 && to - from > 2) {
		spur_columns_builder_invalidate(b, 0, 1);
		spur_columns_builder_invalidate(b, 0, to - from - 1);
		spur_columns_builder_invalidate(b, 0, 1);
	}
	return spur_columns_builder_take(b);
}

static struct spur_columns_builder *builder(const struct table *t)
{
	struct spur_columns_builder *b = spur_columns_builder_create();

	for (size_t i = 0; i < t->count; i++)
		spur_columns_builder_add(b, t->columns[i].name, t->columns[i].ndim > 0 ? SPUR_TYPE_BYTES : t->columns[i].type);
	return b;
}

/* The bytes as Arrow lays them out, and the same through a selection. */
static void tell_layout(const struct table *t)
{
	struct spur_columns_builder *b = builder(t);
	struct spur_columns *c = batch(t, b, 0, t->rows), *some;
	size_t wanted[2] = { t->count - 1, 0 };

	fuzz_tell_table(c);
	for (size_t i = 0; i < c->count; i++) {
		const struct spur_column *k = &c->columns[i];
		size_t size = spur_type_size(k->type), bytes = size > 0 ? k->rows * size : (size_t)k->offsets[k->rows];

		fuzz_tell_data("data", k->data, bytes);
		if (k->validity != NULL)
			fuzz_tell_data("validity", k->validity, (k->rows + 7) / 8);
		fuzz_check(((uintptr_t)k->data & 63) == 0 && ((uintptr_t)k->validity & 63) == 0);
		for (size_t at = bytes; k->data != NULL && at % 64 != 0; at++)
			fuzz_check(((const char *)k->data)[at] == 0);
		fuzz_check(spur_columns_builder_rows(b, i) == 0);
	}
	if (t->count > 0) {
		some = spur_columns_select(c, wanted, 2);
		spur_columns_unref(c);
		fuzz_tell_table(some);
		spur_columns_unref(some);
	} else {
		spur_columns_unref(c);
	}
	c = batch(t, b, 0, 1);	/* the builder again */
	fuzz_tell_table(c);
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
}

static enum spur_status write_all(const struct table *t, const struct spur_exporter *x, const char *path, const struct spur_args *args,
				  struct spur_error *err)
{
	static const char *const notes[] = { "key", "value", "a \"b\"", "c\nd", NULL };
	const struct spur_export_spec spec = { .columns = t->columns, .count = t->count, .time_name = t->time != 0 ? "t" : NULL,
					       .metadata = t->notes != 0 ? notes : NULL, .args = args, .mem_bytes = (uint64_t)t->memory };
	struct spur_columns_builder *b = builder(t);
	void *state = NULL;
	enum spur_status st = x->begin(&spec, path, &state, err);

	for (size_t at = 0; st >= 0 && at < t->rows; at += (size_t)t->batch) {
		size_t to = at + (size_t)t->batch < t->rows ? at + (size_t)t->batch : t->rows;
		struct spur_columns *c = batch(t, b, at, to);

		st = x->put(state, c, err);
		spur_columns_unref(c);
	}
	if (st >= 0)
		st = x->end(state, err);
	x->free(state);
	spur_columns_builder_destroy(b);
	return st;
}

/* Of Parquet without compression: that of zstd is another version's business. */
static void write_as(const struct table *t, const struct spur_exporter *x)
{
	const struct spur_opt *const tables[] = { x->opts, NULL };
	char group[24], *data = NULL;
	const char *argv[] = { "--compression", "none", "--row-group", group };
	const char *path = fuzz_path("table");
	struct spur_args args = { 0 };
	struct spur_error err;
	enum spur_status st;
	size_t len = 0;

	snprintf(group, sizeof(group), "%ld", t->group);
	if (x->opts != NULL && spur_args_parse(&args, tables, t->group > 0 ? 4 : 2, argv, &err) < 0)
		fuzz_tell("no such options\n");
	st = write_all(t, x, path, x->opts == NULL || args.nset == 0 ? NULL : &args, &err);
	if (x->opts != NULL)
		spur_args_finish(&args);
	fuzz_check_status(st, &err);
	fuzz_tell_status(x->id, st, &err);
	if (st >= 0 && spur_file_read(path, 32u << 20, &data, &len, &err) >= 0)
		fuzz_tell_data("file", data, len);
	fuzz_check(st >= 0 || !spur_path_exists(path));
	unlink(path);
	free(data);
}

static void run(const uint8_t *data, size_t len)
{
	struct table t = { .batch = 1 };
	struct fuzz_part bytes;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	read_columns(&t, fuzz_in_text(&in));
	if (sscanf(fuzz_in_text(&in), "%ld %ld %ld %ld %ld", &t.batch, &t.memory, &t.group, &t.time, &t.notes) < 1 || t.batch < 1)
		t.batch = 1;
	bytes = fuzz_in_next(&in);
	t.memory = t.memory < 0 || t.memory > 1 << 20 ? 0 : t.memory;
	t.bytes = (const unsigned char *)bytes.data;
	t.len = bytes.len;
	t.rows = t.count == 0 ? 0 : (bytes.len + t.count - 1) / t.count;
	t.batch = t.batch > 1 << 20 ? 1 << 20 : t.batch;
	if (t.len > 0 && t.count > 0)
		tell_layout(&t);
	for (const struct spur_exporter *const *x = spur_exporter_list(); *x != NULL; x++)
		write_as(&t, *x);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	static const char *const columns[] = { "abcdefghijklm", "ABCDEFGHIJKLM", "noqNOPQ", "k", "K", "l", "L", "a", "kk", "hijk", "", "r", "mlMLm", "e" };
	static const char *const numbers[] = { "7", "1000 0 0 1", "3 1 5 1 1", "5 64 7 2", "16 1000 8 3 4", "1000 0 0 0 5", "10 0 3 1 3" };
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		spur_buf_addf(&b, "%s%s%s%s", columns[i], FUZZ_CUT, numbers[i % 7], FUZZ_CUT);
		for (unsigned k = 0; k < 40 + 60 * (unsigned)strlen(columns[i]) % 420; k++)
			spur_buf_u8(&b, (uint8_t)(i % 3 == 0 ? k * 7 % 251 : i % 3 == 1 ? k / 30 * 3 : 16 + k % 5));
		fuzz_seed_buf(&b);
	}
	/* Runs of equal values and of nulls, for dictionaries and levels. */
	for (unsigned i = 0; i < 6; i++) {
		spur_buf_addf(&b, "%s%s9 %u %u 1 %u%s", i % 2 == 0 ? "fkl" : "al", FUZZ_CUT, i * 300, i * 50, i, FUZZ_CUT);
		for (unsigned k = 0; k < 900; k++)
			spur_buf_u8(&b, (uint8_t)((k / (3 << i)) % 3 == 1 ? 15 : k / (7 * (i + 1)) % 5 + 16 * (i % 3)));
		fuzz_seed_buf(&b);
	}
	spur_buf_adds(&b, "NOkE" FUZZ_CUT "4 0 0 1" FUZZ_CUT "\1\2\3\4\xff\1\1\1\xfe\xfd\xfc\xfb\xfa");
	fuzz_seed_buf(&b);
	spur_buf_adds(&b, "O" FUZZ_CUT "4 0 0 1" FUZZ_CUT "\1\xfe\3");
	fuzz_seed_buf(&b);
}

static const char *const words[] = { FUZZ_CUT, "abcdefghijklm", "NOPQ", "kl", "1 ", "1000 ", "\xff", "\xfe", "\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f", NULL };

const struct fuzz_target fuzz_target = { .name = "table", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 480 };
