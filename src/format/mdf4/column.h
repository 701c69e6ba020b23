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
	struct mdf_store *store;	/* VLSD; borrowed from the table */
	struct spur_buf scratch;
	/* the last value table hit: runs of one value are the rule */
	double last_key, last_number;
	const char *last_text;
	size_t last_len;
	bool has_last;
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
/* Appends rows->count values to column `col` of the builder. */
void mdf_column_fill(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col);
/* Physical values of a number channel as doubles (the master). */
void mdf_column_f64(struct mdf_column *m, const struct mdf_rows *rows, double *out);
/* How many of the rows from the first on have their values in the window already. */
size_t mdf_column_ready(const struct mdf_column *m, const struct mdf_rows *rows, size_t at_most);

#endif
