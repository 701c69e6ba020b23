/* Decisions about runs of truth: they wait until the run has shown what it is. */
#include "config.h"

#include <math.h>

#include "query/stream.h"

bool spur_op_is_run(enum spur_op op)
{
	switch (op) {
	case SPUR_OP_FOR_GE: case SPUR_OP_FOR_LE: case SPUR_OP_GAP: case SPUR_OP_WITHIN: case SPUR_OP_CONTAINING:
		return true;
	default:
		return false;
	}
}

static bool is_true(double v)
{
	return !isnan(v) && v != 0;
}

static void put_until(struct spur_stream_node *n, uint64_t to, double v)
{
	while (n->next < to)
		spur_stream_put(n, v);
}

/* What was not true stays what it was: false or unknown. */
static void put_as_was(struct spur_stream_node *n, uint64_t to)
{
	while (n->next < to)
		spur_stream_put(n, spur_stream_at(n->in[0], n->next));
}

/* A run of truth counts if it lasts span steps and more (at most). */
static void lasting(struct spur_stream_node *n, uint64_t have, bool end)
{
	bool least = n->node->op == SPUR_OP_FOR_GE;

	for (; n->scan < have; n->scan++) {
		if (is_true(spur_stream_at(n->in[0], n->scan))) {
			if (!n->in_run)
				n->run = n->scan;
			n->in_run = true;
			if (n->scan + 1 - n->run >= n->span + (least ? 0 : 1))
				put_until(n, n->scan + 1, least ? 1 : 0);
			continue;
		}
		if (n->in_run)
			put_until(n, n->scan, least ? 0 : 1);
		n->in_run = false;
		put_as_was(n, n->scan + 1);
	}
	if (end && n->in_run)
		put_until(n, have, least ? 0 : 1);
}

/* Runs with at most span steps between them become one. */
static void merging(struct spur_stream_node *n, uint64_t have, bool end)
{
	for (; n->scan < have; n->scan++) {
		if (is_true(spur_stream_at(n->in[0], n->scan))) {
			put_until(n, n->scan + 1, 1);
			n->seen_true = true;
			continue;
		}
		if (!n->seen_true || n->scan + 1 - n->next > n->span) {
			put_as_was(n, n->scan + 1);
			n->seen_true = false;
		}
	}
	if (end)
		put_as_was(n, have);
}

/* a, where b is true at most `back` steps before or `ahead` steps after. */
static void near(struct spur_stream_node *n, uint64_t have, bool end)
{
	uint64_t to = end ? have : have > n->ahead ? have - n->ahead : 0;

	while (n->next < to) {
		uint64_t i = n->next, last = i + n->ahead < have ? i + n->ahead + 1 : have;
		double a = spur_stream_at(n->in[0], i);

		/* last_at: the earliest truth of b that is not past for i; scan: first point not looked at */
		if (n->has_last && n->last_at + n->back < i)
			n->has_last = false;
		if (!n->has_last && n->scan + n->back < i)
			n->scan = i - n->back;
		while (!n->has_last && n->scan < last) {
			n->has_last = is_true(spur_stream_at(n->in[1], n->scan));
			n->last_at = n->scan++;
		}
		spur_stream_put(n, !is_true(a) ? a : n->has_last ? 1 : 0);
	}
}

/* Runs of a in which b is true somewhere. */
static void holding(struct spur_stream_node *n, uint64_t have, bool end)
{
	for (; n->scan < have; n->scan++) {
		if (is_true(spur_stream_at(n->in[0], n->scan))) {
			n->in_run = true;
			n->decided |= is_true(spur_stream_at(n->in[1], n->scan));
			if (n->decided)
				put_until(n, n->scan + 1, 1);
			continue;
		}
		if (n->in_run)
			put_until(n, n->scan, 0);
		n->in_run = n->decided = false;
		put_as_was(n, n->scan + 1);
	}
	if (end && n->in_run)
		put_until(n, have, 0);
}

void spur_stream_runs(struct spur_stream_node *n, uint64_t have, bool end)
{
	switch (n->node->op) {
	case SPUR_OP_GAP:
		merging(n, have, end);
		break;
	case SPUR_OP_WITHIN:
		near(n, have, end);
		break;
	case SPUR_OP_CONTAINING:
		holding(n, have, end);
		break;
	default:
		lasting(n, have, end);
		break;
	}
}
