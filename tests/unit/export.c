/* The writers: equal rows give equal bytes, encodings as their specifications have them.
 * With a folder as argument it writes sample tables there for tests/peers/export.t instead. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "export/export.h"
#include "export/parquet.h"
#include "io/out.h"
#include "../tap.h"

#define ROWS 70000

enum { COL_BOOL, COL_I8, COL_U8, COL_I16, COL_U16, COL_I32, COL_U32, COL_I64, COL_U64, COL_F32, COL_F64, COL_TEXT,
       COL_NOTE, COL_BYTES, COL_VEC, COL_COUNT };

static const struct spur_export_column columns[COL_COUNT] = {
	{ .name = "b", .type = SPUR_TYPE_BOOL }, { .name = "i8", .type = SPUR_TYPE_I8 },
	{ .name = "u8", .type = SPUR_TYPE_U8 }, { .name = "i16", .type = SPUR_TYPE_I16 },
	{ .name = "u16", .type = SPUR_TYPE_U16 }, { .name = "i32", .type = SPUR_TYPE_I32 },
	{ .name = "u32", .type = SPUR_TYPE_U32 }, { .name = "i64", .type = SPUR_TYPE_I64 },
	{ .name = "u64", .type = SPUR_TYPE_U64 }, { .name = "f32", .type = SPUR_TYPE_F32, .unit = "m/s" },
	{ .name = "f64", .type = SPUR_TYPE_F64 }, { .name = "label", .type = SPUR_TYPE_TEXT, .required = true },
	{ .name = "note", .type = SPUR_TYPE_TEXT }, { .name = "raw", .type = SPUR_TYPE_BYTES },
	{ .name = "vec", .type = SPUR_TYPE_F32, .ndim = 2, .dims = { 2, 3 } },
};

/* Row i is a function of i, so that a reader elsewhere can know it. */
static void row(struct spur_columns_builder *b, int64_t i)
{
	static const char *const labels[] = { "brake", "cruise", "lane \"change\", left", "Öl" };
	uint64_t u64 = (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15);
	float vec[6];

	spur_columns_builder_time(b, INT64_C(1700000000123456789) + i * 20000000);
	spur_columns_builder_f64(b, COL_BOOL, (double)(i % 3 == 0));
	spur_columns_builder_f64(b, COL_I8, (double)(i % 251 - 125));
	spur_columns_builder_f64(b, COL_U8, (double)(i % 256));
	spur_columns_builder_f64(b, COL_I16, (double)(i % 65000 - 32500));
	spur_columns_builder_f64(b, COL_U16, (double)(i % 65536));
	spur_columns_builder_f64(b, COL_I32, (double)(i * 7919 % 4000000000 - 2000000000));
	spur_columns_builder_f64(b, COL_U32, (double)(i * 104729 % 4294967296));
	*(int64_t *)spur_columns_builder_reserve(b, COL_I64, 1) = (int64_t)u64;
	spur_columns_builder_advance(b, COL_I64, 1);
	*(uint64_t *)spur_columns_builder_reserve(b, COL_U64, 1) = u64;
	spur_columns_builder_advance(b, COL_U64, 1);
	spur_columns_builder_f64(b, COL_F32, (double)i * 0.25 - 1000);
	if (i % 7 == 3)
		spur_columns_builder_null(b, COL_F64);
	else
		spur_columns_builder_f64(b, COL_F64, i % 11 == 5 ? NAN : (double)i / 3);
	spur_columns_builder_bytes(b, COL_TEXT, labels[i / 5 % 4], strlen(labels[i / 5 % 4]));
	if (i % 2 == 0) {
		spur_columns_builder_null(b, COL_NOTE);
	} else {
		char *note = spur_strfmt("note %lld of the drive", (long long)i);

		spur_columns_builder_bytes(b, COL_NOTE, note, strlen(note));
		free(note);
	}
	spur_columns_builder_bytes(b, COL_BYTES, &u64, (size_t)(i % 9));
	for (int k = 0; k < 6; k++)
		vec[k] = (float)(i * 10 + k);
	spur_columns_builder_bytes(b, COL_VEC, vec, sizeof(vec));
}

static struct spur_columns_builder *builder(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();

	for (size_t i = 0; i < COL_COUNT; i++)
		spur_columns_builder_add(b, columns[i].name, columns[i].ndim > 0 ? SPUR_TYPE_BYTES : columns[i].type);
	return b;
}

static const char *const meta[] = { "spur.recipe", "driving_events", "unit.f32", "m/s", NULL };

static enum spur_status write_with(const char *id, const char *path, int64_t rows, int64_t batch, const char *codec,
				   struct spur_error *err)
{
	const struct spur_exporter *x = spur_exporter_find(id);
	struct spur_export_spec spec = { .columns = columns, .count = COL_COUNT, .time_name = "t", .metadata = meta };
	const char *argv[] = { "--compression", codec };
	const struct spur_opt *tables[] = { x->opts, NULL };
	struct spur_columns_builder *b = builder();
	struct spur_args args = { 0 };
	enum spur_status st;
	void *state = NULL;

	if (x->opts != NULL && codec != NULL && spur_args_parse(&args, tables, 2, argv, err) == SPUR_OK)
		spec.args = &args;
	st = x->begin(&spec, path, &state, err);
	for (int64_t i = 0; i < rows && st == SPUR_OK; i += batch) {
		struct spur_columns *c;

		for (int64_t k = i; k < rows && k < i + batch; k++)
			row(b, k);
		c = spur_columns_builder_take(b);
		st = x->put(state, c, err);
		spur_columns_unref(c);
	}
	if (st == SPUR_OK)
		st = x->end(state, err);
	x->free(state);
	spur_columns_builder_destroy(b);
	if (spec.args != NULL)
		spur_args_finish(&args);
	return st;
}

static char *hash_of(const char *path)
{
	static char hex[65];
	char *data = NULL;
	size_t len = 0;

	hex[0] = '\0';
	if (spur_file_read(path, 1u << 28, &data, &len, NULL) == SPUR_OK)
		spur_sha256_hex_of(data, len, hex);
	free(data);
	return hex;
}

static void bytes_do_not_depend_on_batches(const char *dir)
{
	for (const struct spur_exporter *const *x = spur_exporter_list(); *x != NULL; x++) {
		char *path = spur_strfmt("%s/batch%s", dir, (*x)->suffix), first[65];
		struct spur_error err = { 0 };

		is_int(write_with((*x)->id, path, 70000, 70000, NULL, &err), SPUR_OK, "a table in one batch");
		snprintf(first, sizeof(first), "%s", hash_of(path));
		is_int(write_with((*x)->id, path, 70000, 977, NULL, &err), SPUR_OK, "and in many");
		ok(first[0] != '\0' && strcmp(first, hash_of(path)) == 0, (*x)->id);
		unlink(path);
		free(path);
	}
}

static void a_failed_export_leaves_nothing(const char *dir)
{
	for (const struct spur_exporter *const *x = spur_exporter_list(); *x != NULL; x++) {
		char *path = spur_strfmt("%s/never", dir), **names;
		struct spur_export_spec spec = { .columns = columns, .count = COL_COUNT, .time_name = "t" };
		struct spur_columns_builder *b = builder();
		struct spur_columns *c;
		size_t n = 0;
		void *state = NULL;

		row(b, 1);
		spur_columns_builder_null(b, COL_TEXT);	/* a required column; the others are filled with nulls */
		spur_columns_builder_time(b, 0);
		c = spur_columns_builder_take(b);
		is_int((*x)->begin(&spec, path, &state, NULL), SPUR_OK, "begin");
		is_int((*x)->put(state, c, NULL), SPUR_EINVAL, "a null in a required column is refused");
		(*x)->free(state);
		spur_dir_list(dir, &names, &n, NULL);
		is_int((int)n, 0, "and no file is left");
		for (size_t i = 0; i < n; i++)
			free(names[i]);
		free(names);
		spur_columns_unref(c);
		spur_columns_builder_destroy(b);
		free(path);
	}
}

/* Encodings.md: 1000 zeros are one run; 0 1 2 .. 7 in three bits are 0x88 0xC6 0xFA. */
static void levels_are_as_the_specification_has_them(void)
{
	static const uint32_t ramp[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	uint32_t zeros[1000] = { 0 };
	struct spur_buf b = { 0 };

	spur_parquet_rle(&b, zeros, 1000, 1);
	ok(b.len == 3 && memcmp(b.data, "\xd0\x0f\x00", 3) == 0, "a run");
	spur_buf_clear(&b);
	spur_parquet_rle(&b, ramp, 8, 3);
	ok(b.len == 4 && memcmp(b.data, "\x03\x88\xc6\xfa", 4) == 0, "a bit-packed group");
	spur_buf_finish(&b);
}

static void thrift_is_compact(void)
{
	struct spur_buf b = { 0 };
	struct spur_thrift t = { .out = &b };

	spur_thrift_begin(&t, 0);
	spur_thrift_i32(&t, 1, -1);
	spur_thrift_i64(&t, 20, 300);
	spur_thrift_bool(&t, 21, true);
	spur_thrift_text(&t, 22, "ab");
	spur_thrift_end(&t);
	is_int((int)b.len, 12, "length of the struct");
	is_int(memcmp(b.data, "\x15\x01\x06\x28\xd8\x04\x11\x18\x02" "ab" "\x00", 12), 0, "field deltas, zigzag, stop");
	spur_buf_finish(&b);
}

static int samples(const char *dir)
{
	static const struct { const char *id, *name, *codec; int64_t rows; } files[] = {
		{ "parquet", "zstd.parquet", "zstd", ROWS }, { "parquet", "plain.parquet", "none", ROWS },
		{ "parquet", "empty.parquet", "zstd", 0 }, { "parquet", "one.parquet", "zstd", 1 },
		{ "npz", "table.npz", NULL, ROWS }, { "npz", "empty.npz", NULL, 0 }, { "csv", "table.csv", NULL, 1000 },
	};
	struct spur_error err = { 0 };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = spur_strfmt("%s/%s", dir, files[i].name);

		if (write_with(files[i].id, path, files[i].rows, 4096, files[i].codec, &err) < 0) {
			fprintf(stderr, "%s: %s\n", path, err.text);
			return 1;
		}
		free(path);
	}
	return 0;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/spur-export-XXXXXX";

	if (argc > 1)
		return samples(argv[1]);
	if (mkdtemp(dir) == NULL)
		return 1;
	levels_are_as_the_specification_has_them();
	thrift_is_compact();
	bytes_do_not_depend_on_batches(dir);
	a_failed_export_leaves_nothing(dir);
	rmdir(dir);
	return tap_done();
}
