#include "config.h"

#include "stats.h"

#include "model/extent.h"

void bench_stats_add(struct bench_stats *s, enum spur_type type, const void *v, size_t n, double factor, double offset)
{
	struct spur_extent e;

	spur_extent_of(type, v, n, &e);
	if (factor != 1 || offset != 0)
		spur_extent_scale(&e, factor, offset);
	if (e.n > 0)
		bench_stats_join(s, &(struct bench_stats){ e.n, e.min, e.max, e.sum + e.carry });
}
