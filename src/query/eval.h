#ifndef SPUR_QUERY_EVAL_H
#define SPUR_QUERY_EVAL_H

#include "query/query.h"

/*
 * A query over regular points that come in blocks. Each node keeps what it needs of the past and
 * waits for what it needs of the future, so the result does not depend on the blocks. Before the
 * first and after the last point everything is unknown. One thread.
 */
struct spur_eval;

struct spur_eval_opts {
	spur_ns step_ns;	/* > 0 */
	/* Predicates only: runs that are less than gap_ns apart become one, then those shorter than
	 * min_ns are left out. 0: neither. */
	spur_ns gap_ns, min_ns;
};

/* Results of points [first, first + rows), in order, each point once. */
struct spur_eval_rows {
	uint64_t first;
	size_t rows;
	const double *values;	/* truth: 0, 1; NaN: unknown */
	const double *plain;	/* predicates: before gap_ns and min_ns were applied; else as values */
	const double *score;	/* of the score clause, or NULL */
	const double *const *signals;	/* [signal][row]: what was pushed; codes of texts as numbers */
};

typedef enum spur_status spur_eval_sink(void *state, const struct spur_eval_rows *r, struct spur_error *err);

/* The query is borrowed. SPUR_EINVAL: a window is wider than 2^20 steps. */
enum spur_status spur_eval_create(const struct spur_query *q, const struct spur_eval_opts *o, spur_eval_sink *sink,
				  void *state, struct spur_eval **out, struct spur_error *err);
void spur_eval_destroy(struct spur_eval *e);	/* NULL is fine */
/* The next rows of each signal, in order of spur_query_signals(): values[i] where words is NULL,
 * codes[i] (SPUR_WORD_...) where it is not. */
enum spur_status spur_eval_push(struct spur_eval *e, size_t rows, const double *const *values, const int32_t *const *codes,
				struct spur_error *err);
/* No more rows: what waited for the future is decided. */
enum spur_status spur_eval_end(struct spur_eval *e, struct spur_error *err);

#endif
