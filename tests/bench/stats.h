#ifndef SPUR_TESTS_BENCH_STATS_H
#define SPUR_TESTS_BENCH_STATS_H

#include <math.h>

#include "bench.h"
#include "model/columns.h"

/* count, min, max and sum of values in a row, in lanes that a compiler can put side by side. What both sides
 * of a scan are asked for costs the same in both. */
static inline void bench_stats_init(struct bench_stats *s)
{
	*s = (struct bench_stats){ 0, (double)INFINITY, -(double)INFINITY, 0 };
}

static inline void bench_stats_join(struct bench_stats *to, const struct bench_stats *s)
{
	to->n += s->n;
	to->min = s->min < to->min ? s->min : to->min;
	to->max = s->max > to->max ? s->max : to->max;
	to->sum += s->sum;
}

/* stats.c: v is n values of the type, valid all of them; physical = factor * raw + offset. */
void bench_stats_add(struct bench_stats *s, enum spur_type type, const void *v, size_t n, double factor, double offset);

#endif
