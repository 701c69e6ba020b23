#ifndef SPUR_QUERY_FIND_H
#define SPUR_QUERY_FIND_H

#include "query/query.h"
#include "sync/timeline.h"

/*
 * Where in a drive a predicate is true: candidate segments with what the signals did in them.
 * The points are those of the grid that is aligned to step_ns since 1970, so that the same drive
 * gives the same candidates whatever part of it is asked for, however large the blocks are.
 */
struct spur_find_opts {
	spur_ns begin_ns, end_ns;	/* drive time; both 0: all of the drive */
	spur_ns step_ns;		/* 0: 10 ms */
	spur_ns max_gap_ns;		/* samples further apart are a gap; 0: SPUR_RESAMPLE_GAP_NS */
	spur_ns gap_ns, min_ns;		/* see eval.h */
	uint64_t mem_bytes;
};

struct spur_evidence {
	const char *name;		/* as the query has it, NAME or NAME[unit] */
	const char *unit;		/* of the figures */
	double min, max, mean;		/* over the valid points; NaN: none */
	size_t n;
};

struct spur_candidate {
	spur_ns begin_ns, end_ns;	/* half-open, drive time */
	double score;			/* the highest value of the score clause, else the share of points in
					 * which the predicate holds by itself and all signals are there */
	const struct spur_evidence *evidence;	/* one per number the query reads; borrowed */
	size_t evidence_count;
};

typedef enum spur_status spur_find_sink(void *state, const struct spur_candidate *c, struct spur_error *err);

/* In order of time. SPUR_EINVAL: not a predicate, a name that is ambiguous, a unit that does not
 * convert; SPUR_ENOTFOUND: a signal the drive does not have. SPUR_END from the sink: enough. */
enum spur_status spur_query_find(const struct spur_query *q, struct spur_timeline *tl, const struct spur_find_opts *o,
				 spur_find_sink *sink, void *state, struct spur_task *task, struct spur_error *err);

/* The values themselves, of numbers as of predicates: blocks of rows in order. */
typedef enum spur_status spur_values_sink(void *state, spur_ns begin_ns, spur_ns step_ns, size_t rows, const double *values,
					  struct spur_error *err);
enum spur_status spur_query_values(const struct spur_query *q, struct spur_timeline *tl, const struct spur_find_opts *o,
				   spur_values_sink *sink, void *state, struct spur_task *task, struct spur_error *err);

#endif
