#ifndef SPUR_VERB_STAT_H
#define SPUR_VERB_STAT_H

#include <stdint.h>

#include "base/buf.h"
#include "model/columns.h"
#include "model/extent.h"
#include "verb/emit.h"

/*
 * Statistics of one signal, gathered batch by batch: count, first and last values, sum,
 * extremes. Samples marked invalid count in all of them but are counted apart as well, as
 * the contract of `spur stats` says. All zero is a fresh one.
 */
#define SPUR_STAT_FIRST 4u
#define SPUR_STAT_LAST 2u

struct spur_stat_value {
	enum spur_type type;
	union { uint64_t u; int64_t i; double f; float f32; } v;
	struct spur_buf bytes;		/* text and bytes */
};

struct spur_stat {
	uint64_t n, n_invalid;
	double t_first, t_last;
	struct spur_stat_value first[SPUR_STAT_FIRST], last[SPUR_STAT_LAST];
	unsigned first_count, last_count;	/* last: oldest first */
	struct spur_extent numbers;		/* those that are not NaN */
};

/* Rows of one batch; master NULL: the row's number counts. */
void spur_stat_add(struct spur_stat *s, const struct spur_column *c, const double *master);
/* Keys n, t_first, t_last, min, max, mean; then in detail n_invalid, first, last, sum. */
void spur_stat_emit(const struct spur_stat *s, struct spur_emit *emit);
void spur_stat_finish(struct spur_stat *s);

#endif
