/* Operations on a window around each point. An infinity is no value to sums: it would stay in them for ever. */
#include "config.h"

#include <math.h>

#include "base/buf.h"
#include "query/stream.h"

bool spur_op_is_window(enum spur_op op)
{
	switch (op) {
	case SPUR_OP_DERIV: case SPUR_OP_LOWPASS: case SPUR_OP_MEAN: case SPUR_OP_STD: case SPUR_OP_ROLL_MIN:
	case SPUR_OP_ROLL_MAX: case SPUR_OP_INTEGRAL: case SPUR_OP_DELAY:
		return true;
	default:
		return false;
	}
}

/* Point i + d of the input, NaN outside of what there is. */
static double around(const struct spur_stream_node *n, uint64_t i, int64_t d, uint64_t have)
{
	if ((d < 0 && (uint64_t)-d > i) || i + (uint64_t)d >= have)
		return NAN;
	return spur_stream_at(n->in[0], i + (uint64_t)d);
}

/* Point i + d comes into the window around i (way 1) or leaves it (-1). */
static void slope_take(struct spur_stream_node *n, uint64_t i, int64_t d, uint64_t have, int way)
{
	double v = around(n, i, d, have);

	if (!isfinite(v))
		return;
	n->valid += (uint64_t)(int64_t)way;
	n->d += way * (long double)d;
	n->dd += way * (long double)d * (long double)d;
	n->sum += way * (long double)v;
	n->dv += way * (long double)d * (long double)v;
}

/* The sums around i, from those around i - 1. Once per window they are made anew, so errors of rounding do not grow. */
static void slope_sums(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	int64_t h = (int64_t)n->ahead;

	if (i % (2 * n->ahead + 1) == 0) {
		n->valid = 0;
		n->d = n->dd = n->sum = n->dv = 0;
		for (int64_t d = -h; d <= h; d++)
			slope_take(n, i, d, have, 1);
		return;
	}
	n->dd += (long double)n->valid - 2 * n->d;
	n->d -= (long double)n->valid;
	n->dv -= n->sum;
	slope_take(n, i, -h - 1, have, -1);
	slope_take(n, i, h, have, 1);
}

/* Slope of the least squares line through the valid points; unknown where half of them or the
 * middle is missing. */
static double slope(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	long double m;

	slope_sums(n, i, have);
	m = (long double)n->valid;
	if (n->valid < n->ahead + 1 || n->valid < 2 || !isfinite(around(n, i, 0, have)))
		return NAN;
	return (double)((m * n->dv - n->d * n->sum) / (m * n->dd - n->d * n->d)) / n->step_s;
}

static double weighted(const struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	double sum = 0, got = 0;
	int64_t h = (int64_t)n->ahead;

	if (!isfinite(around(n, i, 0, have)))
		return NAN;
	for (int64_t d = -h; d <= h; d++) {
		double v = around(n, i, d, have);

		if (!isfinite(v))
			continue;
		sum += v * n->weights[d + h];
		got += n->weights[d + h];
	}
	return got >= 0.5 ? sum / got : NAN;	/* the weights sum to 1 */
}

/* Moves the window's sums on to the one around i. Long doubles, always in the same order. */
static void move_sums(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	uint64_t to = i + n->ahead + 1 < have ? i + n->ahead + 1 : have;

	for (; n->summed < to; n->summed++) {
		double v = spur_stream_at(n->in[0], n->summed);

		if (!isfinite(v))
			continue;
		n->sum += v;
		n->squares += (long double)v * v;
		n->valid++;
	}
	if (i > n->back) {
		double v = spur_stream_at(n->in[0], i - n->back - 1);

		if (isfinite(v)) {
			n->sum -= v;
			n->squares -= (long double)v * v;
			n->valid--;
		}
	}
	if (n->valid == 0)
		n->sum = n->squares = 0;
}

static double summed(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	long double mean, var;

	move_sums(n, i, have);
	if (n->valid == 0)
		return NAN;
	mean = n->sum / (long double)n->valid;
	if (n->node->op == SPUR_OP_MEAN)
		return (double)mean;
	if (n->node->op == SPUR_OP_INTEGRAL)
		return (double)mean * n->node->value;
	var = n->squares / (long double)n->valid - mean * mean;
	return var > 0 ? (double)sqrtl(var) : 0;
}

static void queue_drop_worse(struct spur_stream_node *n, double v, bool lowest)
{
	while (n->queue_count > 0) {
		double last = spur_stream_at(n->in[0], n->queue[(n->queue_first + n->queue_count - 1) % n->queue_cap]);

		if (lowest ? last < v : last > v)
			return;
		n->queue_count--;
	}
}

/* The indices of points that can still be the lowest (highest), best first: never more than fit
 * into the window. */
static double extreme(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	uint64_t to = i + n->ahead + 1 < have ? i + n->ahead + 1 : have;
	bool lowest = n->node->op == SPUR_OP_ROLL_MIN;

	while (n->queue_count > 0 && n->queue[n->queue_first] + n->back < i) {
		n->queue_first = (n->queue_first + 1) % n->queue_cap;
		n->queue_count--;
	}
	for (; n->summed < to; n->summed++) {
		double v = spur_stream_at(n->in[0], n->summed);

		if (isnan(v))
			continue;
		queue_drop_worse(n, v, lowest);
		n->queue[(n->queue_first + n->queue_count++) % n->queue_cap] = n->summed;
	}
	return n->queue_count == 0 ? NAN : spur_stream_at(n->in[0], n->queue[n->queue_first]);
}

static double one(struct spur_stream_node *n, uint64_t i, uint64_t have)
{
	switch (n->node->op) {
	case SPUR_OP_DERIV: return slope(n, i, have);
	case SPUR_OP_LOWPASS: return weighted(n, i, have);
	case SPUR_OP_ROLL_MIN: case SPUR_OP_ROLL_MAX: return extreme(n, i, have);
	case SPUR_OP_DELAY: return around(n, i, n->ahead > 0 ? (int64_t)n->ahead : -(int64_t)n->back, have);
	default: return summed(n, i, have);
	}
}

void spur_stream_window(struct spur_stream_node *n, uint64_t to, uint64_t have)
{
	while (n->next < to)
		spur_stream_put(n, one(n, n->next, have));
}
