/* Calls of functions. */
#include "config.h"

#include "query/parser.h"

#include "query/functions.h"

#define MAX_ARGS 8

static enum spur_status arguments(struct parser *p, size_t args[MAX_ARGS], size_t *n, const char *name)
{
	enum spur_status st = SPUR_OK;

	*n = 0;
	if (parser_at_op(p, ')'))
		return parser_advance(p);
	for (;;) {
		if (*n == MAX_ARGS)
			return parser_fail(p, p->now.at, "%s() takes %d arguments at most", name, MAX_ARGS);
		if ((st = parse_expr(p, &args[*n])) < 0)
			return st;
		(*n)++;
		if (!parser_at_op(p, ','))
			break;
		if ((st = parser_advance(p)) < 0)
			return st;
	}
	return parser_expect(p, ')', "to close the arguments");
}

static enum spur_status constant(struct parser *p, size_t i, const char *by, double *v)
{
	if (parser_node(p, i)->op == SPUR_OP_NEG && parser_node(p, parser_node(p, i)->in[0])->op == SPUR_OP_CONST) {
		*v = -parser_node(p, parser_node(p, i)->in[0])->value;
		return SPUR_OK;
	}
	if (parser_node(p, i)->op != SPUR_OP_CONST)
		return parser_fail(p, parser_node(p, i)->at, "%s wants a plain number here, not something that changes", by);
	*v = parser_node(p, i)->value;
	return SPUR_OK;
}

/* min and max of several values fold; of one value and a span they roll. */
static enum spur_status fold(struct parser *p, const struct spur_function *f, const size_t *args, size_t n, size_t at,
			     size_t *out)
{
	enum spur_status st = SPUR_OK;

	*out = args[0];
	for (size_t i = 1; i < n && st == SPUR_OK; i++)
		st = parser_binary(p, f->op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, args[i], at, f->name, out);
	return st;
}

static enum spur_status over_time(struct parser *p, const struct spur_function *f, const size_t *args, size_t n, size_t at,
				  size_t *out)
{
	struct spur_node made = { .op = f->op, .kind = f->kind, .in = { args[0] }, .nin = 1, .at = at };
	enum spur_status st = parser_want(p, args[0], f->in, f->name);

	if (st == SPUR_OK && n > 1 && f->op == SPUR_OP_LOWPASS)
		st = parser_want(p, args[1], SPUR_KIND_NUMBER, f->name);
	else if (st == SPUR_OK && n > 1)
		st = parser_want(p, args[1], SPUR_KIND_SPAN, f->name);
	if (st == SPUR_OK && n > 1)
		st = constant(p, args[1], f->name, &made.value);
	if (st == SPUR_OK && f->op == SPUR_OP_LOWPASS && !(made.value >= 1e-3))
		return parser_fail(p, parser_node(p, args[1])->at, "the frequency of %s is in Hz, 0.001 and more", f->name);
	if (st == SPUR_OK && f->op != SPUR_OP_LOWPASS && n > 1)
		st = parser_check_span(p, made.value, parser_node(p, args[1])->at, f->op == SPUR_OP_DELAY);
	return st < 0 ? st : parser_add(p, &made, out);
}

enum spur_status parse_call(struct parser *p, const char *name, size_t at, size_t *out)
{
	const struct spur_function *f = spur_function_find(name);
	size_t args[MAX_ARGS], n;
	enum spur_status st;

	if (f == NULL)
		return parser_fail(p, at, "there is no function %s(); see spur-query(7)", name);
	if ((st = parser_advance(p)) < 0 || (st = arguments(p, args, &n, name)) < 0)
		return st;
	if (n == 2 && f->rolling != SPUR_OP_CONST && parser_node(p, args[1])->kind == SPUR_KIND_SPAN) {
		struct spur_function rolling = *f;

		rolling.op = f->rolling;
		return over_time(p, &rolling, args, n, at, out);
	}
	if (n < f->min_args || n > f->max_args)
		return parser_fail(p, at, "%s is written %s", name, f->usage);
	if (f->folds)
		return fold(p, f, args, n, at, out);
	if (f->spans)
		return over_time(p, f, args, n, at, out);
	{
		struct spur_node made = { .op = f->op, .kind = f->kind, .nin = n, .at = at };

		for (size_t i = 0; i < n; i++) {
			st = parser_want(p, args[i],
					 f->op == SPUR_OP_IF ? (i == 0 ? SPUR_KIND_TRUTH : SPUR_KIND_NUMBER) :
					 i == 0 ? f->in : SPUR_KIND_NUMBER, f->name);
			if (st < 0)
				return st;
			made.in[i] = args[i];
		}
		return parser_add(p, &made, out);
	}
}
