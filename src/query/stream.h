#ifndef SPUR_QUERY_STREAM_H
#define SPUR_QUERY_STREAM_H

#include <stdbool.h>

#include "query/node.h"

/*
 * One node at work: its output as a window into an endless row of points, and its state.
 * Private to src/query.
 */
struct spur_stream_node {
	const struct spur_node *node;
	struct spur_stream_node *in[3];
	double *out;		/* owned; points [base, next) */
	uint64_t base, next;
	size_t cap;

	size_t back, ahead;	/* points before and after one that it looks at, in each input */
	size_t span;		/* in steps, see node.value */
	double *weights;	/* owned: LOWPASS, 2 * ahead + 1 of them, few enough: each costs at every point */
	double step_s;

	/* states, by op */
	long double sum, squares;	/* MEAN, STD, INTEGRAL, DERIV: of the window */
	long double d, dd, dv;		/* DERIV: sums of the distance to the middle, its square, times the value */
	uint64_t valid, summed;		/* points in the window that count; first point not yet added */
	uint64_t *queue;		/* owned: ROLL_*: candidates, best first */
	size_t queue_first, queue_count, queue_cap;
	uint64_t scan;			/* runs: first input point not yet seen */
	uint64_t run;			/* where the run at scan began */
	bool in_run, decided, seen_true;
	double last;			/* HOLD, HYSTERESIS, RISING ... */
	uint64_t last_at;
	bool has_last;
};

static inline double spur_stream_at(const struct spur_stream_node *n, uint64_t i)
{
	return n->out[i - n->base];
}

void spur_stream_put(struct spur_stream_node *n, double v);	/* appends point n->next */
/* As many points as its inputs allow; at the end (no more input) all of them. */
void spur_stream_step(struct spur_stream_node *n, bool end);
/* First input point it may still look at. */
uint64_t spur_stream_needs(const struct spur_stream_node *n);
void spur_stream_forget(struct spur_stream_node *n, uint64_t before);

/* The groups of operations, each in its file. */
void spur_stream_points(struct spur_stream_node *n, uint64_t to);	/* point by point, up to `to` */
void spur_stream_window(struct spur_stream_node *n, uint64_t to, uint64_t have);	/* windows; have: input points */
void spur_stream_runs(struct spur_stream_node *n, uint64_t have, bool end);	/* decisions about runs of truth */
bool spur_op_is_window(enum spur_op op);
bool spur_op_is_run(enum spur_op op);

#endif
