#include "config.h"

#include "export/parquet.h"

#include <string.h>

/* parquet.thrift */
enum { BOOLEAN = 0, INT32 = 1, INT64 = 2, FLOAT = 4, DOUBLE = 5, BYTE_ARRAY = 6 };
enum { REQUIRED = 0, OPTIONAL = 1, REPEATED = 2 };
enum { CONVERTED_UTF8 = 0, CONVERTED_LIST = 3, CONVERTED_UINT_8 = 11, CONVERTED_INT_8 = 15 };
enum { ENC_PLAIN = 0, ENC_RLE = 3, ENC_RLE_DICTIONARY = 8 };

int spur_parquet_physical(const struct spur_parquet_leaf *l)
{
	switch (l->type) {
	case SPUR_TYPE_BOOL: return BOOLEAN;
	case SPUR_TYPE_I64: case SPUR_TYPE_U64: return INT64;
	case SPUR_TYPE_F32: return FLOAT;
	case SPUR_TYPE_F64: return DOUBLE;
	case SPUR_TYPE_TEXT: case SPUR_TYPE_BYTES: return BYTE_ARRAY;
	default: return INT32;
	}
}

/* ConvertedType of an integer: UINT_8 .. UINT_64 are 11 .. 14, INT_8 .. INT_64 15 .. 18. */
static int converted(enum spur_type t)
{
	switch (t) {
	case SPUR_TYPE_U8: return CONVERTED_UINT_8;
	case SPUR_TYPE_U16: return CONVERTED_UINT_8 + 1;
	case SPUR_TYPE_U32: return CONVERTED_UINT_8 + 2;
	case SPUR_TYPE_U64: return CONVERTED_UINT_8 + 3;
	case SPUR_TYPE_I8: return CONVERTED_INT_8;
	case SPUR_TYPE_I16: return CONVERTED_INT_8 + 1;
	case SPUR_TYPE_I32: return CONVERTED_INT_8 + 2;
	case SPUR_TYPE_I64: return CONVERTED_INT_8 + 3;
	case SPUR_TYPE_TEXT: return CONVERTED_UTF8;
	default: return -1;
	}
}

/* LogicalType is a union: TIMESTAMP is 8, INTEGER 10, STRING 1. */
static void logical(struct spur_thrift *t, const struct spur_parquet_leaf *l)
{
	int c = converted(l->type);

	if (c < 0)
		return;
	spur_thrift_begin(t, 10);
	if (l->time) {
		spur_thrift_begin(t, 8);
		spur_thrift_bool(t, 1, true);
		spur_thrift_begin(t, 2);
		spur_thrift_empty(t, 3);	/* NANOS */
		spur_thrift_end(t);
		spur_thrift_end(t);
	} else if (l->type == SPUR_TYPE_TEXT) {
		spur_thrift_empty(t, 1);
	} else {
		spur_thrift_begin(t, 10);
		spur_thrift_i8(t, 1, (int8_t)(8 * spur_type_size(l->type)));
		spur_thrift_bool(t, 2, c >= CONVERTED_INT_8);
		spur_thrift_end(t);
	}
	spur_thrift_end(t);
}

static void leaf_element(struct spur_thrift *t, const struct spur_parquet_leaf *l, const char *name, int repetition)
{
	spur_thrift_begin(t, 0);
	spur_thrift_i32(t, 1, spur_parquet_physical(l));
	spur_thrift_i32(t, 3, repetition);
	spur_thrift_text(t, 4, name);
	if (converted(l->type) >= 0 && !l->time)	/* there is none for nanoseconds */
		spur_thrift_i32(t, 6, converted(l->type));
	logical(t, l);
	spur_thrift_end(t);
}

static void group_element(struct spur_thrift *t, const char *name, int repetition, int children, bool list)
{
	spur_thrift_begin(t, 0);
	if (repetition >= 0)
		spur_thrift_i32(t, 3, repetition);
	spur_thrift_text(t, 4, name);
	spur_thrift_i32(t, 5, children);
	if (list) {
		spur_thrift_i32(t, 6, CONVERTED_LIST);
		spur_thrift_begin(t, 10);
		spur_thrift_empty(t, 3);
		spur_thrift_end(t);
	}
	spur_thrift_end(t);
}

static void schema(struct spur_thrift *t, const struct spur_parquet_leaf *leaves, size_t count)
{
	size_t elements = 1;

	for (size_t i = 0; i < count; i++)
		elements += leaves[i].list ? 3 : 1;
	spur_thrift_list(t, 2, SPUR_THRIFT_STRUCT, elements);
	group_element(t, "schema", -1, (int)count, false);
	for (size_t i = 0; i < count; i++) {
		const struct spur_parquet_leaf *l = &leaves[i];

		if (l->list) {
			group_element(t, l->name, REQUIRED, 1, true);
			group_element(t, "list", REPEATED, 1, false);
			leaf_element(t, l, "element", REQUIRED);
		} else {
			leaf_element(t, l, l->name, l->optional ? OPTIONAL : REQUIRED);
		}
	}
}

static void statistics(struct spur_thrift *t, const struct spur_parquet_meta *m)
{
	spur_thrift_begin(t, 12);
	spur_thrift_i64(t, 3, m->nulls);
	if (m->stats.some) {
		spur_thrift_bytes(t, 5, m->stats.max, m->stats.max_len);
		spur_thrift_bytes(t, 6, m->stats.min, m->stats.min_len);
		spur_thrift_bool(t, 7, true);
		spur_thrift_bool(t, 8, true);
	}
	spur_thrift_end(t);
}

static void column_meta(struct spur_thrift *t, const struct spur_parquet_leaf *l, const struct spur_parquet_meta *m,
			enum spur_parquet_codec codec)
{
	spur_thrift_begin(t, 3);
	spur_thrift_i32(t, 1, spur_parquet_physical(l));
	spur_thrift_list(t, 2, SPUR_THRIFT_I32, m->dict_offset > 0 ? 3 : 2);
	spur_thrift_i32(t, 0, ENC_PLAIN);
	spur_thrift_i32(t, 0, ENC_RLE);
	if (m->dict_offset > 0)
		spur_thrift_i32(t, 0, ENC_RLE_DICTIONARY);
	spur_thrift_list(t, 3, SPUR_THRIFT_BINARY, l->list ? 3 : 1);
	spur_thrift_text(t, 0, l->name);
	if (l->list) {
		spur_thrift_text(t, 0, "list");
		spur_thrift_text(t, 0, "element");
	}
	spur_thrift_i32(t, 4, (int32_t)codec);
	spur_thrift_i64(t, 5, m->values);
	spur_thrift_i64(t, 6, m->uncompressed);
	spur_thrift_i64(t, 7, m->compressed);
	spur_thrift_i64(t, 9, m->data_offset);
	if (m->dict_offset > 0)
		spur_thrift_i64(t, 11, m->dict_offset);
	statistics(t, m);
	spur_thrift_end(t);
}

static void row_group(struct spur_thrift *t, const struct spur_parquet_leaf *leaves, size_t count,
		      const struct spur_parquet_group *g, size_t ordinal, enum spur_parquet_codec codec)
{
	int64_t uncompressed = 0, compressed = 0;

	spur_thrift_begin(t, 0);
	spur_thrift_list(t, 1, SPUR_THRIFT_STRUCT, count);
	for (size_t i = 0; i < count; i++) {
		const struct spur_parquet_meta *m = &g->columns[i];

		spur_thrift_begin(t, 0);
		spur_thrift_i64(t, 2, m->dict_offset > 0 ? m->dict_offset : m->data_offset);
		column_meta(t, &leaves[i], m, codec);
		spur_thrift_end(t);
		uncompressed += m->uncompressed;
		compressed += m->compressed;
	}
	spur_thrift_i64(t, 2, uncompressed);
	spur_thrift_i64(t, 3, g->rows);
	spur_thrift_i64(t, 5, g->offset);
	spur_thrift_i64(t, 6, compressed);
	if (ordinal <= INT16_MAX)
		spur_thrift_i16(t, 7, (int16_t)ordinal);
	spur_thrift_end(t);
}

static void key_values(struct spur_thrift *t, const char *const *metadata)
{
	size_t n = 0;

	while (metadata != NULL && metadata[n] != NULL)
		n += 2;
	if (n == 0)
		return;
	spur_thrift_list(t, 5, SPUR_THRIFT_STRUCT, n / 2);
	for (size_t i = 0; i < n; i += 2) {
		spur_thrift_begin(t, 0);
		spur_thrift_text(t, 1, metadata[i]);
		spur_thrift_text(t, 2, metadata[i + 1]);
		spur_thrift_end(t);
	}
}

void spur_parquet_footer(struct spur_buf *out, const struct spur_parquet_leaf *leaves, size_t count,
			 const struct spur_parquet_group *groups, size_t group_count, enum spur_parquet_codec codec,
			 const char *const *metadata)
{
	struct spur_thrift t = { .out = out };
	int64_t rows = 0;

	for (size_t i = 0; i < group_count; i++)
		rows += groups[i].rows;
	spur_thrift_begin(&t, 0);
	spur_thrift_i32(&t, 1, 2);
	schema(&t, leaves, count);
	spur_thrift_i64(&t, 3, rows);
	spur_thrift_list(&t, 4, SPUR_THRIFT_STRUCT, group_count);
	for (size_t i = 0; i < group_count; i++)
		row_group(&t, leaves, count, &groups[i], i, codec);
	key_values(&t, metadata);
	spur_thrift_text(&t, 6, PACKAGE_NAME " version " PACKAGE_VERSION);
	spur_thrift_list(&t, 7, SPUR_THRIFT_STRUCT, count);
	for (size_t i = 0; i < count; i++) {
		spur_thrift_begin(&t, 0);
		spur_thrift_empty(&t, 1);	/* TYPE_ORDER */
		spur_thrift_end(&t);
	}
	spur_thrift_end(&t);
}
