#ifndef SPUR_EXPORT_EXPORT_H
#define SPUR_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/opt.h"
#include "model/columns.h"

/*
 * One table in one file of some format. Equal rows give equal bytes: however they were
 * batched, whenever and wherever they were written.
 */
struct spur_export_column {
	const char *name;
	const char *unit;		/* NULL: none */
	enum spur_type type;		/* of the value; of one element where there are dims */
	bool required;			/* never null; a null in it is SPUR_EINVAL */
	/* An array per row: the batch then has a BYTES column whose values are the elements in row-major
	 * order, native little-endian; a null is refused. ndim 0: a plain value. */
	unsigned ndim;
	uint32_t dims[4];
};

struct spur_export_spec {
	const struct spur_export_column *columns;	/* in the order of the batches' columns */
	size_t count;
	const char *time_name;		/* name of the column made of rows->time_ns (UTC); NULL: none */
	const char *const *metadata;	/* key, value, key, value ..., NULL; may be NULL */
	const struct spur_args *args;	/* options by exporter.opts; NULL: the defaults */
	uint64_t mem_bytes;		/* what may be held before writing; 0: 256 MiB */
};

struct spur_exporter {
	const char *id, *title, *suffix;	/* suffix with its dot */
	const struct spur_opt *opts;		/* NULL: none */
	/* spec is borrowed until free(). tmp is written through io/out: it appears when end() is done. */
	enum spur_status (*begin)(const struct spur_export_spec *spec, const char *tmp, void **state, struct spur_error *err);
	/* Columns as the spec has them; the batch is not kept. A text twin is another column of the spec's maker. */
	enum spur_status (*put)(void *state, const struct spur_columns *rows, struct spur_error *err);
	enum spur_status (*end)(void *state, struct spur_error *err);	/* flushes and fsyncs; the caller renames */
	void (*free)(void *state);		/* always called, NULL is fine; without end() it discards */
};

/* NULL-terminated, in table order. */
const struct spur_exporter *const *spur_exporter_list(void);
const struct spur_exporter *spur_exporter_find(const char *id);	/* NULL: no such row */

/* Shared by the rows: the batch fits the spec (count, types, time, nulls). */
enum spur_status spur_export_check(const struct spur_export_spec *spec, const struct spur_columns *rows,
				   struct spur_error *err);
/* Elements of one row of a column: 1 without dims. */
uint64_t spur_export_elements(const struct spur_export_column *c);

#endif
