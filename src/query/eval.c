#include "config.h"

#include "query/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "query/stream.h"

#define MAX_STEPS (1u << 20)
#define MAX_POINTS (1u << 23)	/* in all windows of a query: 64 MiB */
#define MAX_TAPS 20000u		/* of all its low-passes: so much is done at every point */
#define REACH 4.0	/* of the Gaussian low-pass, in standard deviations */

struct spur_eval {
	const struct spur_query *q;
	struct spur_node extra[2];	/* gap_ns and min_ns of the caller */
	struct spur_stream_node *nodes;	/* owned: signals first, then the query's, then extra */
	struct spur_stream_node **order;	/* the latter two, without signals */
	size_t count, norder;
	struct spur_stream_node *root, *plain, *score;
	double step_s;
	size_t points, taps;		/* of all windows; of all low-passes */
	uint64_t pushed, given;		/* points in; points handed out */
	spur_eval_sink *sink;
	void *state;
	const double **signals;		/* for the sink */
};

void spur_stream_put(struct spur_stream_node *n, double v)
{
	size_t at = (size_t)(n->next - n->base);

	if (at == n->cap) {
		n->cap = n->cap == 0 ? 1024 : n->cap * 2;
		n->out = spur_realloc(n->out, n->cap, sizeof(*n->out));
	}
	n->out[at] = v;
	n->next++;
}

void spur_stream_forget(struct spur_stream_node *n, uint64_t before)
{
	before = before > n->next ? n->next : before;
	if (before <= n->base || (size_t)(before - n->base) * 2 < (size_t)(n->next - n->base))
		return;	/* move when it is worth it */
	memmove(n->out, n->out + (before - n->base), (size_t)(n->next - before) * sizeof(*n->out));
	n->base = before;
}

static uint64_t inputs_have(const struct spur_stream_node *n)
{
	uint64_t have = UINT64_MAX;

	for (int i = 0; i < 3 && n->in[i] != NULL; i++)
		have = n->in[i]->next < have ? n->in[i]->next : have;
	return have;
}

void spur_stream_step(struct spur_stream_node *n, bool end)
{
	uint64_t have = inputs_have(n);

	if (spur_op_is_run(n->node->op))
		spur_stream_runs(n, have, end);
	else if (spur_op_is_window(n->node->op))
		spur_stream_window(n, end ? have : have > n->ahead ? have - n->ahead : 0, have);
	else
		spur_stream_points(n, have);
}

uint64_t spur_stream_needs(const struct spur_stream_node *n)
{
	size_t back = n->back + 1;	/* sums take the point away that has just left the window */

	return n->next > back ? n->next - back : 0;
}

/* ---- making */

static enum spur_status steps_of(struct spur_eval *e, double seconds, size_t *out, struct spur_error *err)
{
	double n = floor(seconds / e->step_s + 1e-6);

	if (n > MAX_STEPS)
		return spur_fail(err, SPUR_EINVAL, "a window of %g s is more than %u steps of %g s: give a longer --step", seconds,
				 MAX_STEPS, e->step_s);
	*out = (size_t)n;
	e->points += *out;
	if (e->points > MAX_POINTS)
		return spur_fail(err, SPUR_EINVAL, "the windows of this query are more than %u steps of %g s in all: give a longer --step",
				 MAX_POINTS, e->step_s);
	return SPUR_OK;
}

/* Zero phase: the response at value Hz is 1 / sqrt(2). */
static enum spur_status make_lowpass(struct spur_eval *e, struct spur_stream_node *n, struct spur_error *err)
{
	double sigma_s = sqrt(log(2)) / (2 * 3.14159265358979323846 * n->node->value), sum = 0;
	enum spur_status st = steps_of(e, REACH * sigma_s, &n->ahead, err);

	if (st < 0)
		return st;
	e->taps += 2 * n->ahead + 1;
	if (e->taps > MAX_TAPS)
		return spur_fail(err, SPUR_EINVAL, "lowpass at %g Hz looks at %zu points around each, and a query at %u in all: "
				 "give a longer --step or a higher frequency", n->node->value, 2 * n->ahead + 1, MAX_TAPS);
	n->back = n->ahead;
	n->weights = spur_calloc(2 * n->ahead + 1, sizeof(double));
	for (size_t i = 0; i <= 2 * n->ahead; i++) {
		double u = ((double)i - (double)n->ahead) * e->step_s / sigma_s;

		sum += n->weights[i] = exp(-0.5 * u * u);
	}
	for (size_t i = 0; i <= 2 * n->ahead; i++)
		n->weights[i] /= sum;
	return SPUR_OK;
}

static enum spur_status make_within(struct spur_eval *e, struct spur_stream_node *n, struct spur_error *err)
{
	enum spur_status st = steps_of(e, n->node->before_s, &n->back, err);

	return st < 0 ? st : steps_of(e, n->node->after_s, &n->ahead, err);
}

static enum spur_status make_delay(struct spur_eval *e, struct spur_stream_node *n, struct spur_error *err)
{
	double by = n->node->value;

	return by >= 0 ? steps_of(e, by, &n->back, err) : steps_of(e, -by, &n->ahead, err);
}

static enum spur_status make_window(struct spur_eval *e, struct spur_stream_node *n, struct spur_error *err)
{
	enum spur_status st = steps_of(e, n->node->value / 2, &n->ahead, err);

	if (n->node->op == SPUR_OP_DERIV && n->ahead == 0)
		n->ahead = 1;
	n->back = n->ahead;
	n->queue_cap = 2 * n->ahead + 2;
	if (st == SPUR_OK && (n->node->op == SPUR_OP_ROLL_MIN || n->node->op == SPUR_OP_ROLL_MAX))
		n->queue = spur_calloc(n->queue_cap, sizeof(*n->queue));
	return st;
}

/* Spans in steps: at least span_s for >=, gaps and holds reach as far as they say. */
static enum spur_status make_state(struct spur_eval *e, struct spur_stream_node *n, struct spur_error *err)
{
	enum spur_status st;

	n->step_s = e->step_s;
	switch (n->node->op) {
	case SPUR_OP_LOWPASS:
		return make_lowpass(e, n, err);
	case SPUR_OP_WITHIN:
		return make_within(e, n, err);
	case SPUR_OP_DELAY:
		return make_delay(e, n, err);
	case SPUR_OP_FOR_GE:
		if ((st = steps_of(e, n->node->value, &n->span, err)) == SPUR_OK &&
		    (double)n->span * e->step_s < n->node->value - 1e-9)
			n->span++;
		return st;
	case SPUR_OP_FOR_LE:
	case SPUR_OP_GAP:
	case SPUR_OP_HOLD:
		return steps_of(e, n->node->value, &n->span, err);
	default:
		return spur_op_is_window(n->node->op) ? make_window(e, n, err) : SPUR_OK;
	}
}

static struct spur_stream_node *place(struct spur_eval *e, const struct spur_node *node, struct spur_stream_node *a)
{
	struct spur_stream_node *n = &e->nodes[e->count++];

	n->node = node;
	n->in[0] = a;
	e->order[e->norder++] = n;
	return n;
}

static struct spur_stream_node *add_extra(struct spur_eval *e, size_t i, enum spur_op op, spur_ns span_ns)
{
	e->extra[i] = (struct spur_node){ .op = op, .kind = SPUR_KIND_TRUTH, .nin = 1, .value = (double)span_ns / 1e9 };
	return place(e, &e->extra[i], e->root);
}

/* Only what the root and the score read. */
static void mark(const struct spur_query *q, bool *read)
{
	read[q->root] = true;
	if (q->score != SIZE_MAX)
		read[q->score] = true;
	for (size_t i = q->count; i-- > 0;) {
		for (size_t k = 0; k < q->nodes[i].nin && read[i]; k++)
			read[q->nodes[i].in[k]] = true;
	}
}

static void wire(struct spur_eval *e, const struct spur_eval_opts *o)
{
	const struct spur_query *q = e->q;
	struct spur_stream_node **at = spur_calloc(q->count, sizeof(*at));
	bool *read = spur_calloc(q->count, sizeof(*read));

	mark(q, read);
	e->count = q->nsignals;
	for (size_t i = 0; i < q->count; i++) {
		const struct spur_node *node = &q->nodes[i];

		if (!read[i])
			continue;
		if (node->op == SPUR_OP_SIGNAL) {
			at[i] = &e->nodes[node->index];
			continue;
		}
		at[i] = place(e, node, node->op == SPUR_OP_TEXT_IS ? &e->nodes[node->index] : NULL);
		for (size_t k = 0; k < node->nin; k++)
			at[i]->in[k] = at[node->in[k]];
		if (node->op == SPUR_OP_CONST)
			at[i]->in[0] = q->nsignals > 0 ? &e->nodes[0] : NULL;	/* as many points as there are */
	}
	e->root = e->plain = at[q->root];
	e->score = q->score == SIZE_MAX ? NULL : at[q->score];
	if (o->gap_ns > 0)
		e->root = add_extra(e, 0, SPUR_OP_GAP, o->gap_ns);
	if (o->min_ns > 0)
		e->root = add_extra(e, 1, SPUR_OP_FOR_GE, o->min_ns);
	free(at);
	free(read);
}

enum spur_status spur_eval_create(const struct spur_query *q, const struct spur_eval_opts *o, spur_eval_sink *sink,
				  void *state, struct spur_eval **out, struct spur_error *err)
{
	struct spur_eval *e;
	enum spur_status st = SPUR_OK;

	if (o->step_ns <= 0)
		return spur_fail(err, SPUR_EINVAL, "the step of an evaluation is more than 0 ns");
	if (q->nsignals == 0)
		return spur_fail(err, SPUR_EINVAL, "the query reads no signal");
	if ((o->gap_ns > 0 || o->min_ns > 0) && !spur_query_is_predicate(q))
		return spur_fail(err, SPUR_EINVAL, "a minimum or a gap needs a query that is true or false");
	e = spur_calloc(1, sizeof(*e));
	e->q = q;
	e->step_s = (double)o->step_ns / 1e9;
	e->sink = sink;
	e->state = state;
	e->nodes = spur_calloc(q->nsignals + q->count + 2, sizeof(*e->nodes));
	e->order = spur_calloc(q->count + 2, sizeof(*e->order));
	e->signals = spur_calloc(q->nsignals, sizeof(*e->signals));
	wire(e, o);
	for (size_t i = 0; i < e->norder && st == SPUR_OK; i++)
		st = make_state(e, e->order[i], err);
	if (st < 0) {
		spur_eval_destroy(e);
		return st;
	}
	*out = e;
	return SPUR_OK;
}

void spur_eval_destroy(struct spur_eval *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->count; i++) {
		free(e->nodes[i].out);
		free(e->nodes[i].weights);
		free(e->nodes[i].queue);
	}
	free(e->nodes);
	free(e->order);
	free(e->signals);
	free(e);
}

/* ---- running */

static enum spur_status hand_out(struct spur_eval *e, struct spur_error *err)
{
	uint64_t to = e->root->next;
	struct spur_eval_rows r = { .first = e->given, .signals = e->signals };

	if (e->score != NULL && e->score->next < to)
		to = e->score->next;
	if (e->plain->next < to)
		to = e->plain->next;
	if (to <= e->given)
		return SPUR_OK;
	r.rows = (size_t)(to - e->given);
	r.values = e->root->out + (e->given - e->root->base);
	r.plain = e->plain->out + (e->given - e->plain->base);
	r.score = e->score == NULL ? NULL : e->score->out + (e->given - e->score->base);
	for (size_t i = 0; i < e->q->nsignals; i++)
		e->signals[i] = e->nodes[i].out + (e->given - e->nodes[i].base);
	e->given = to;
	return e->sink(e->state, &r, err);
}

/* Points that nobody will look at again: of each node, those before what its readers and the
 * sink need. */
static void forget(struct spur_eval *e)
{
	uint64_t *need = spur_calloc(e->count, sizeof(*need));

	for (size_t i = 0; i < e->count; i++)
		need[i] = &e->nodes[i] == e->root || &e->nodes[i] == e->plain || &e->nodes[i] == e->score || i < e->q->nsignals ?
			  e->given : UINT64_MAX;
	for (size_t i = 0; i < e->norder; i++) {
		uint64_t first = spur_stream_needs(e->order[i]);

		for (int k = 0; k < 3 && e->order[i]->in[k] != NULL; k++) {
			size_t at = (size_t)(e->order[i]->in[k] - e->nodes);

			need[at] = first < need[at] ? first : need[at];
		}
	}
	for (size_t i = 0; i < e->count; i++)
		spur_stream_forget(&e->nodes[i], need[i]);
	free(need);
}

static enum spur_status run(struct spur_eval *e, bool end, struct spur_error *err)
{
	enum spur_status st;

	for (size_t i = 0; i < e->norder; i++)
		spur_stream_step(e->order[i], end);
	st = hand_out(e, err);
	forget(e);
	return st;
}

static void append(struct spur_stream_node *n, size_t rows, const double *values, const int32_t *codes)
{
	for (size_t i = 0; i < rows; i++)
		spur_stream_put(n, codes != NULL ? (codes[i] < 0 ? NAN : (double)codes[i]) : values[i]);
}

enum spur_status spur_eval_push(struct spur_eval *e, size_t rows, const double *const *values, const int32_t *const *codes,
				struct spur_error *err)
{
	for (size_t i = 0; i < e->q->nsignals; i++)
		append(&e->nodes[i], rows, values[i], e->q->signals[i].words == NULL ? NULL : codes[i]);
	e->pushed += rows;
	return run(e, false, err);
}

enum spur_status spur_eval_end(struct spur_eval *e, struct spur_error *err)
{
	return run(e, true, err);
}
