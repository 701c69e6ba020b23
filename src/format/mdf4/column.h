#ifndef SPUR_FORMAT_MDF4_COLUMN_H
#define SPUR_FORMAT_MDF4_COLUMN_H

#include "base/buf.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/mdf.h"
#include "format/mdf4/store.h"

/* Complete records of one group, without their ids. */
struct mdf_rows {
	const unsigned char *data;
	size_t stride;
	const unsigned char *inval;	/* invalidation bytes; NULL: none */
	size_t inval_stride, inval_bytes;
	size_t count;
	uint64_t first;			/* number of the first one in its group */
	/* 0, or the records are turned, as a transposed block packs them: byte k of record i is data[k * plane_rows + i];
	 * stride is what a record has then, and so are inval and inval_stride. */
	size_t plane_rows;
	bool final;			/* what a window has not seen now never comes */
};

/* One wanted channel. */
struct mdf_column {
	const struct mdf_channel *c;
	const struct mdf_channel *length;	/* MLSD, VLSC; NULL: the fixed size, or that the value states */
	uint32_t signal;
	enum spur_type raw_type, type;	/* before conversion; of the column */
	const struct mdf_conv *conv;	/* NULL: none */
	bool with_text, integer;
	bool ordered;			/* VLSD, VLSC: offsets are not written; values lie in the order of rows */
	bool unscaled;			/* values are raw, and value * factor + offset is physical: spur_scan.unscaled */
	double factor, offset;
	struct spur_buf turned;		/* values put together from planes */
	struct mdf_store *store;	/* VLSD; borrowed from the table */
	struct spur_buf scratch;
	/* the last value table hit: runs of one value are the rule */
	double last_key, last_number;
	const char *last_text;
	size_t last_len;
	bool has_last;
	struct mdf_stream_column *stream;	/* of a field: stream.h; NULL: it lies in the record */
	struct mdf_limit {		/* an element of an array counts where the size is above its number */
		struct mdf_column *size;
		double number;
	} *limits;
	size_t limit_count;
};

/* What the signal is read with; refused signals fail with their refusal. */
enum spur_status mdf_column_begin(struct spur_reader *r, uint32_t signal, bool raw, bool with_text, struct mdf_column *out,
				  struct spur_error *err);
void mdf_column_end(struct mdf_column *m);
/* Leaves a linear conversion of numbers to who reads the values. */
void mdf_column_unscale(struct mdf_column *m);
/* All that a value is made of are its own bytes in the record: rows may be turned, and in any thread with a column of its own. */
bool mdf_column_is_apart(const struct mdf_column *m);
/* The same column for another thread; ended like any other. */
struct mdf_column mdf_column_twin(const struct mdf_column *m);
/* Where in its store the value of record number k lies, by the record or by the order. */
enum mdf_found mdf_column_offset(const struct mdf_column *m, const unsigned char *field, const unsigned char *size, uint64_t k,
				 uint64_t *offset);
/* Appends rows->count values to column `col` of the builder. */
void mdf_column_fill(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col);
/* The same for up to count columns from m on, into columns col on, where their values are neighbours in the record; returns for
 * how many, or 0. */
size_t mdf_columns_fill(struct mdf_column *m, size_t count, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col);
/* Physical values of a number channel as doubles (the master). */
void mdf_column_f64(struct mdf_column *m, const struct mdf_rows *rows, double *out);
/* The bytes of value i, wherever they lie; false: they are lost. */
bool mdf_column_bytes(struct mdf_column *m, const struct mdf_rows *rows, size_t i, const unsigned char **p, size_t *len);
/* Appends what such bytes mean, to a column that is no number. */
void mdf_column_put(struct mdf_column *m, const unsigned char *p, size_t len, struct spur_columns_builder *b, size_t col);
/* How many of the rows from the first on have their values in the window already. */
size_t mdf_column_ready(struct mdf_column *m, const struct mdf_rows *rows, size_t at_most);

#endif
