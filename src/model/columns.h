#ifndef SPUR_MODEL_COLUMNS_H
#define SPUR_MODEL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/*
 * A batch of rows in Arrow memory layout (Arrow Columnar Format 1.x, "Physical memory
 * layout"): native little-endian widths, LSB validity bitmap, int64 offsets for text and
 * bytes, buffers 64-byte aligned and padded. Immutable once published, counted by
 * reference, readable from any thread.
 */
enum spur_type {
	SPUR_TYPE_BOOL,		/* one byte each, 0 or 1 */
	SPUR_TYPE_I8, SPUR_TYPE_U8, SPUR_TYPE_I16, SPUR_TYPE_U16,
	SPUR_TYPE_I32, SPUR_TYPE_U32, SPUR_TYPE_I64, SPUR_TYPE_U64,
	SPUR_TYPE_F32, SPUR_TYPE_F64,
	SPUR_TYPE_TEXT,		/* UTF-8 */
	SPUR_TYPE_BYTES,
};

struct spur_column {
	const char *name;		/* of the batch, as its buffers; may be NULL */
	enum spur_type type;
	size_t rows;
	const uint8_t *validity;	/* NULL: all valid. Bit i % 8 of byte i / 8 */
	const void *data;		/* rows * size for numbers; the bytes of text and bytes */
	const int64_t *offsets;		/* rows + 1, text and bytes only */
	/* A sample that its value table names is text, the others stay numbers (MDF value-to-text,
	 * JSON): then this is the text twin with complementary validity. Usually NULL. */
	const struct spur_column *text;
	/* Only where it was asked for (spur_scan.unscaled): a value is data * factor + offset, and data are numbers of `type`. */
	bool unscaled;
	double factor, offset;
};

struct spur_columns {
	size_t rows, count;
	const int64_t *time_ns;		/* UTC or the source's own clock, as the producer says; NULL: index domain */
	const double *master;		/* the master value as the file has it (s, rad, m); NULL where there is none */
	struct spur_column *columns;	/* count of them */
	/* private to columns.c: */
	void *priv;
};

size_t spur_type_size(enum spur_type t);	/* 0 for text and bytes */
const char *spur_type_name(enum spur_type t);	/* "f64", "u8", "text", ... */
bool spur_type_is_number(enum spur_type t);

static inline bool spur_column_valid(const struct spur_column *c, size_t i)
{
	return c->validity == NULL || (c->validity[i / 8] >> (i % 8) & 1) != 0;
}

/* The value of a number column as a double, scaled; NaN where invalid. 64-bit integers round. */
double spur_column_f64(const struct spur_column *c, size_t i);
/* The same of invalid ones as well. */
double spur_column_number(const struct spur_column *c, size_t i);
/* Pointer and length of a text or bytes value. */
const char *spur_column_bytes(const struct spur_column *c, size_t i, size_t *len);

struct spur_columns *spur_columns_ref(struct spur_columns *b);
void spur_columns_unref(struct spur_columns *b);	/* NULL is fine */
/* Some of its columns, in that order, as a batch of its own that shares the buffers and holds a
 * reference to b. The same column may be taken twice. */
struct spur_columns *spur_columns_select(struct spur_columns *b, const size_t *columns, size_t count);

/*
 * Builds a batch. Buffers grow with the rows appended, never by a declared count. Column
 * order is the order of add(). Numbers are appended in their own type or as doubles.
 */
struct spur_columns_builder;
struct spur_columns_builder *spur_columns_builder_create(void);
void spur_columns_builder_destroy(struct spur_columns_builder *b);	/* NULL is fine */
/* An empty one with the same columns. */
struct spur_columns_builder *spur_columns_builder_like(const struct spur_columns_builder *b);
size_t spur_columns_builder_add(struct spur_columns_builder *b, const char *name, enum spur_type type);
/* The values of a number column are unscaled (spur_column.unscaled), in all batches to come. */
void spur_columns_builder_scale(struct spur_columns_builder *b, size_t col, double factor, double offset);
/* So many rows are to come in the batch in hand: room for its numbers, times and masters at once. A hint. */
void spur_columns_builder_room(struct spur_columns_builder *b, size_t rows, bool time, bool master);
/* Room for `rows` rows of column `col`; the caller writes native values there and then calls
 * advance(). Pointer is valid until the next call. Numbers only. */
void *spur_columns_builder_reserve(struct spur_columns_builder *b, size_t col, size_t rows);
void spur_columns_builder_advance(struct spur_columns_builder *b, size_t col, size_t rows);
void spur_columns_builder_f64(struct spur_columns_builder *b, size_t col, double v);	/* converts to the column's type */
void spur_columns_builder_bytes(struct spur_columns_builder *b, size_t col, const void *data, size_t len);
/* n values of `width` bytes each that lie `stride` bytes apart. */
void spur_columns_builder_bytes_of(struct spur_columns_builder *b, size_t col, const void *data, size_t stride, size_t width, size_t n);
void spur_columns_builder_null(struct spur_columns_builder *b, size_t col);	/* zero or empty, marked invalid */
/* Mark row `row` of a column as invalid after the fact. */
void spur_columns_builder_invalidate(struct spur_columns_builder *b, size_t col, size_t row);
/* The text twin of a number column (see spur_column.text): one call per named row, in order of rows. */
void spur_columns_builder_text(struct spur_columns_builder *b, size_t col, size_t row, const char *s, size_t len);
/* One per row, or never called for batches without time or master. */
void spur_columns_builder_time(struct spur_columns_builder *b, int64_t t_ns);
void spur_columns_builder_master(struct spur_columns_builder *b, double v);
/* The same for many rows: the caller writes the times there at once; masters are copied. */
int64_t *spur_columns_builder_times(struct spur_columns_builder *b, size_t rows);
void spur_columns_builder_masters(struct spur_columns_builder *b, const double *v, size_t rows);
size_t spur_columns_builder_rows(const struct spur_columns_builder *b, size_t col);
uint64_t spur_columns_builder_bytes_used(const struct spur_columns_builder *b);
/* Publishes what was appended (all columns must have the same number of rows; shorter ones are
 * filled with nulls) and empties the builder, keeping its columns. Never NULL. */
struct spur_columns *spur_columns_builder_take(struct spur_columns_builder *b);

#endif
