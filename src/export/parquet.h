#ifndef SPUR_EXPORT_PARQUET_H
#define SPUR_EXPORT_PARQUET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "export/export.h"
#include "export/thrift.h"
#include "io/out.h"

/*
 * The pieces of the Parquet writer (Apache parquet-format 2.10: Encodings.md, parquet.thrift).
 * A file is "PAR1", row groups, the footer (FileMetaData), its length as u32, "PAR1". A row group
 * has one chunk per column: here a dictionary page where it pays, and one data page (v1).
 */
enum spur_parquet_codec { SPUR_PARQUET_PLAIN = 0, SPUR_PARQUET_ZSTD = 6 };

/* What a leaf column is in the file. */
struct spur_parquet_leaf {
	const char *name;	/* borrowed */
	enum spur_type type;
	bool time;		/* int64 ns, UTC */
	bool optional, list;	/* list: group NAME (LIST) { repeated list { element } } */
	uint32_t elements;	/* of a list, per row */
};

#define SPUR_PARQUET_STAT_BYTES 64	/* longer text has no statistics */

/* Least and greatest value as parquet.thrift's Statistics wants them: PLAIN without a length. */
struct spur_parquet_stats {
	bool some;
	unsigned char min[SPUR_PARQUET_STAT_BYTES], max[SPUR_PARQUET_STAT_BYTES];
	size_t min_len, max_len;
};

/* One column of the row group being filled: values in PLAIN encoding, levels one byte each. */
struct spur_parquet_chunk {
	const struct spur_parquet_leaf *leaf;
	struct spur_buf values;		/* non-null ones; booleans one byte each until written */
	struct spur_buf def, rep;	/* empty where the leaf needs none */
	uint64_t count, nulls;		/* level entries; nulls among them */
	bool stats_off;			/* a text too long for them */
	struct spur_parquet_stats stats;
};

/* Where a chunk came to lie, for the footer. */
struct spur_parquet_meta {
	int64_t dict_offset;		/* 0: none */
	int64_t data_offset;
	int64_t uncompressed, compressed;
	int64_t values, nulls;
	struct spur_parquet_stats stats;
};

/* Encodings.md, "RLE / Bit-Packing Hybrid (RLE = 3)": values below 2^width. */
void spur_parquet_rle(struct spur_buf *out, const uint32_t *values, size_t count, unsigned width);
void spur_parquet_rle_bytes(struct spur_buf *out, const unsigned char *values, size_t count);	/* width 1 */

/* Widen s by the values that chunk_put() is about to append. */
void spur_parquet_stats_add(struct spur_parquet_stats *s, const struct spur_column *col, size_t from, size_t to);

void spur_parquet_chunk_finish(struct spur_parquet_chunk *c);
uint64_t spur_parquet_chunk_bytes(const struct spur_parquet_chunk *c);
/* Rows [from, to) of a column. */
void spur_parquet_chunk_put(struct spur_parquet_chunk *c, const struct spur_column *col, size_t from, size_t to);
void spur_parquet_chunk_put_time(struct spur_parquet_chunk *c, const int64_t *time_ns, size_t from, size_t to);
/* Writes its pages and empties it. */
enum spur_status spur_parquet_chunk_write(struct spur_parquet_chunk *c, enum spur_parquet_codec codec,
					  struct spur_out *out, struct spur_parquet_meta *meta, struct spur_error *err);

struct spur_parquet_group {
	int64_t rows, offset;
	struct spur_parquet_meta *columns;
};

/* parquet.thrift type and size of a leaf. */
int spur_parquet_physical(const struct spur_parquet_leaf *l);
/* The FileMetaData. metadata as in the export spec. */
void spur_parquet_footer(struct spur_buf *out, const struct spur_parquet_leaf *leaves, size_t count,
			 const struct spur_parquet_group *groups, size_t group_count, enum spur_parquet_codec codec,
			 const char *const *metadata);

#endif
