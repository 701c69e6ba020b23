#ifndef SPUR_FORMAT_MDF4_TABLE_H
#define SPUR_FORMAT_MDF4_TABLE_H

#include "format/mdf4/column.h"

/*
 * The wanted channels of one group while a scan runs: takes rows, keeps those inside the
 * span, and hands batches to the sink. Sorted files give rows as they lie; unsorted ones
 * collect them here first, until the values of variable length they point to have come.
 */
/* Records of a group come in order of time; loggers that collect several buffers mix them by less than this. */
#define MDF_PAST_NS (2 * SPUR_NS_PER_S)

struct mdf_table {
	struct spur_reader *r;
	const struct spur_sink *sink;
	const struct spur_scan *want;
	uint32_t group;
	struct mdf_column *columns;
	uint32_t *ids;
	size_t count;
	struct mdf_column master;
	bool has_master, has_time, refused_master;
	const double *remote;		/* values of a remote master, by row */
	size_t remote_count;
	struct spur_columns_builder *builder;
	double *times;			/* of the rows in hand */
	size_t times_cap;
	uint64_t rows;			/* taken so far */
	uint64_t batch_bytes;
	uint64_t value_bytes;		/* of values from elsewhere, in the batch in hand */
	/* unsorted files: records waiting, and the windows of VLSD groups */
	unsigned char *waiting;
	size_t waiting_rows, waiting_cap, record_bytes;
	struct mdf_store **stores;	/* one per VLSD column, shared by link; owned */
	uint64_t *store_keys;
	size_t store_count;
	bool windowed;
	bool past;			/* unsorted files: a record came that lies MDF_PAST_NS behind the span */
	struct spur_error failure;
};

enum spur_status mdf_table_begin(struct mdf_table *t, struct spur_reader *r, uint32_t group, const struct spur_scan *want,
				 const struct spur_sink *sink, struct spur_error *err);
void mdf_table_end(struct mdf_table *t);
/* Every column's values are made of nothing but their own bytes: see mdf_column_is_apart(). */
bool mdf_table_is_apart(const struct mdf_table *t);
/* The same table for another thread, which gives its batches to `sink`; begun where no other thread uses t. */
struct mdf_table *mdf_table_twin(const struct mdf_table *t, const struct spur_sink *sink);
void mdf_table_twin_destroy(struct mdf_table *t);	/* NULL is fine */
/* What is built so far goes to the sink. */
enum spur_status mdf_table_publish(struct mdf_table *t, struct spur_error *err);
/* SPUR_END: the sink has enough. */
enum spur_status mdf_table_rows(struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err);
/* One record (data and invalidation bytes) to wait with the others. */
enum spur_status mdf_table_record(struct mdf_table *t, const unsigned char *record, struct spur_error *err);
/* Hands over what waits and is complete; with final, everything. */
enum spur_status mdf_table_flush(struct mdf_table *t, bool final, struct spur_error *err);
/* Publishes what is left. */
enum spur_status mdf_table_finish(struct mdf_table *t, struct spur_error *err);
/* The window that a VLSD group's records go to, or NULL. */
struct mdf_store *mdf_table_window(struct mdf_table *t, uint32_t vlsd_group);

#endif
