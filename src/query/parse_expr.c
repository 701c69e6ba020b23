/* Operators, by how tightly they bind. */
#include "config.h"

#include "query/parser.h"

static enum spur_status unary(struct parser *p, size_t *out);

static enum spur_status power(struct parser *p, size_t *out)
{
	enum spur_status st = parse_operand(p, out);
	size_t at = p->now.at, right;

	if (st < 0 || !parser_at_op(p, '^'))
		return st;
	if ((st = parser_advance(p)) < 0 || (st = unary(p, &right)) < 0)
		return st;
	return parser_binary(p, SPUR_OP_POW, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at, "^", out);
}

static enum spur_status unary(struct parser *p, size_t *out)
{
	size_t at = p->now.at;
	enum spur_status st;
	bool minus = parser_at_op(p, '-');
	enum spur_kind kind;

	if (!minus && !parser_at_op(p, '+'))
		return power(p, out);
	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return parser_fail(p, at, "nested too deep");
	st = parser_advance(p);
	if (st == SPUR_OK)
		st = unary(p, out);
	p->depth--;
	if (st < 0 || !minus)
		return st;
	kind = parser_node(p, *out)->kind;
	return parser_unary(p, SPUR_OP_NEG, SPUR_KIND_NUMBER, kind == SPUR_KIND_SPAN ? kind : SPUR_KIND_NUMBER, *out, at,
			    "-", out);
}

static enum spur_status product(struct parser *p, size_t *out)
{
	enum spur_status st = unary(p, out);

	while (st == SPUR_OK && (parser_at_op(p, '*') || parser_at_op(p, '/'))) {
		enum spur_op op = parser_at_op(p, '*') ? SPUR_OP_MUL : SPUR_OP_DIV;
		size_t at = p->now.at, right;

		if ((st = parser_advance(p)) < 0 || (st = unary(p, &right)) < 0)
			return st;
		st = parser_binary(p, op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at,
				   op == SPUR_OP_MUL ? "*" : "/", out);
	}
	return st;
}

static enum spur_status sum(struct parser *p, size_t *out)
{
	enum spur_status st = product(p, out);

	while (st == SPUR_OK && (parser_at_op(p, '+') || parser_at_op(p, '-'))) {
		enum spur_op op = parser_at_op(p, '+') ? SPUR_OP_ADD : SPUR_OP_SUB;
		size_t at = p->now.at, right;

		if ((st = parser_advance(p)) < 0 || (st = product(p, &right)) < 0)
			return st;
		st = parser_binary(p, op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at,
				   op == SPUR_OP_ADD ? "+" : "-", out);
	}
	return st;
}

static enum spur_status compare_text(struct parser *p, size_t left, bool equal, size_t at, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_TEXT_IS, .kind = SPUR_KIND_TRUTH, .nin = 0, .at = at };
	enum spur_status st;

	if (parser_node(p, left)->op != SPUR_OP_SIGNAL || p->q->signals[parser_node(p, left)->index].unit[0] != '\0')
		return parser_fail(p, p->now.at, "only a signal itself can be compared with a text");
	n.index = spur_query_add_signal(p->q, p->q->signals[parser_node(p, left)->index].name, "", true,
					parser_node(p, left)->at);
	n.value = (double)spur_query_add_word(&p->q->signals[n.index], p->now.text);
	if ((st = parser_advance(p)) < 0 || (st = parser_add(p, &n, out)) < 0 || equal)
		return st;
	return parser_unary(p, SPUR_OP_NOT, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, at, "!=", out);
}

static bool comparison(const struct parser *p, enum spur_op *op)
{
	static const struct {
		char c;
		enum spur_op op;
	} ops[] = { { '<', SPUR_OP_LT }, { 'l', SPUR_OP_LE }, { '>', SPUR_OP_GT }, { 'g', SPUR_OP_GE },
		    { 'e', SPUR_OP_EQ }, { 'n', SPUR_OP_NE } };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		if (parser_at_op(p, ops[i].c)) {
			*op = ops[i].op;
			return true;
		}
	}
	return false;
}

static enum spur_status compare(struct parser *p, size_t *out)
{
	enum spur_status st = sum(p, out);
	size_t at = p->now.at, right;
	enum spur_kind kind;
	enum spur_op op;
	bool equality;

	if (st < 0)
		return st;
	if (parser_at_op(p, '='))
		return parser_fail(p, at, "equality is written ==");
	if (!comparison(p, &op))
		return SPUR_OK;
	if ((st = parser_advance(p)) < 0)
		return st;
	equality = op == SPUR_OP_EQ || op == SPUR_OP_NE;
	if (equality && (p->now.kind == SPUR_TOKEN_QUOTED || p->now.kind == SPUR_TOKEN_TEXT))
		return compare_text(p, *out, op == SPUR_OP_EQ, at, out);
	if ((st = sum(p, &right)) < 0)
		return st;
	kind = equality && parser_node(p, *out)->kind == SPUR_KIND_TRUTH ? SPUR_KIND_TRUTH : SPUR_KIND_NUMBER;
	if ((st = parser_binary(p, op, kind, SPUR_KIND_TRUTH, *out, right, at, "a comparison", out)) < 0)
		return st;
	if (comparison(p, &op))
		return parser_fail(p, p->now.at, "comparisons do not chain: say a < b and b < c");
	return SPUR_OK;
}

static enum spur_status negation(struct parser *p, size_t *out)
{
	size_t at = p->now.at;
	enum spur_status st;

	if (!parser_at_word(p, "not"))
		return compare(p, out);
	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return parser_fail(p, at, "nested too deep");
	st = parser_advance(p);
	if (st == SPUR_OK)
		st = negation(p, out);
	p->depth--;
	if (st < 0)
		return st;
	return parser_unary(p, SPUR_OP_NOT, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, at, "not", out);
}

static enum spur_status conjunction(struct parser *p, size_t *out)
{
	enum spur_status st = negation(p, out);

	while (st == SPUR_OK && parser_at_word(p, "and")) {
		size_t at = p->now.at, right;

		if ((st = parser_advance(p)) < 0 || (st = negation(p, &right)) < 0)
			return st;
		st = parser_binary(p, SPUR_OP_AND, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "and", out);
	}
	return st;
}

enum spur_status parse_disjunction(struct parser *p, size_t *out)
{
	enum spur_status st = conjunction(p, out);

	while (st == SPUR_OK && parser_at_word(p, "or")) {
		size_t at = p->now.at, right;

		if ((st = parser_advance(p)) < 0 || (st = conjunction(p, &right)) < 0)
			return st;
		st = parser_binary(p, SPUR_OP_OR, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "or", out);
	}
	return st;
}

enum spur_status parse_expr(struct parser *p, size_t *out)
{
	enum spur_status st;

	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return parser_fail(p, p->now.at, "nested too deep");
	st = parse_disjunction(p, out);
	if (st == SPUR_OK)
		st = parse_clauses(p, out);
	p->depth--;
	return st;
}
