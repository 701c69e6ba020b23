/* Operands: numbers, names of signals, lets, parentheses. */
#include "config.h"

#include "query/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static enum spur_status signal_node(struct parser *p, const char *name, size_t at, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_SIGNAL, .kind = SPUR_KIND_NUMBER, .at = at };
	bool has_unit = p->now.kind == SPUR_TOKEN_UNIT;

	n.index = spur_query_add_signal(p->q, name, has_unit ? p->now.text : "", false, at);
	if (has_unit && parser_advance(p) < 0)
		return SPUR_EINVAL;
	for (size_t i = 0; i < p->q->count; i++) {
		if (parser_node(p, i)->op == SPUR_OP_SIGNAL && parser_node(p, i)->index == n.index) {
			*out = i;
			return SPUR_OK;
		}
	}
	return parser_add(p, &n, out);
}

static enum spur_status literal(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_CONST, .value = p->now.number, .at = p->now.at };
	enum spur_status st;

	n.kind = p->now.kind == SPUR_TOKEN_SPAN ? SPUR_KIND_SPAN : SPUR_KIND_NUMBER;
	if ((st = parser_advance(p)) < 0)
		return st;
	if (n.kind == SPUR_KIND_NUMBER && p->now.kind == SPUR_TOKEN_UNIT) {
		double factor, offset;

		if (!spur_unit_convert(p->now.text, "", &factor, &offset))
			return parser_fail(p, p->now.at, "the unit '%s' is not known", p->now.text);
		n.value = n.value * factor + offset;
		if ((st = parser_advance(p)) < 0)
			return st;
	}
	return parser_add(p, &n, out);
}

static enum spur_status named(struct parser *p, size_t *out)
{
	char *name = spur_strdup(p->now.text);
	size_t at = p->now.at;
	bool bare = p->now.kind == SPUR_TOKEN_NAME;
	enum spur_status st = parser_advance(p);

	if (st == SPUR_OK && bare && parser_at_op(p, '(')) {
		st = parse_call(p, name, at, out);
	} else if (st == SPUR_OK && bare && (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)) {
		struct spur_node n = { .op = SPUR_OP_CONST, .kind = SPUR_KIND_TRUTH, .value = name[0] == 't', .at = at };

		st = parser_add(p, &n, out);
	} else if (st == SPUR_OK && bare && parser_is_keyword(name)) {
		st = parser_fail(p, at, "'%s' stands where a value is expected; a signal of that name goes into quotes", name);
	} else if (st == SPUR_OK) {
		size_t i = 0;

		while (bare && i < p->nlets && strcmp(p->lets[i].name, name) != 0)
			i++;
		if (bare && i < p->nlets)
			*out = p->lets[i].node;
		else
			st = signal_node(p, name, at, out);
	}
	free(name);
	return st;
}

enum spur_status parse_operand(struct parser *p, size_t *out)
{
	enum spur_status st;

	switch (p->now.kind) {
	case SPUR_TOKEN_NUMBER:
	case SPUR_TOKEN_SPAN:
		return literal(p, out);
	case SPUR_TOKEN_NAME:
	case SPUR_TOKEN_QUOTED:
	case SPUR_TOKEN_TICKED:
		return named(p, out);
	case SPUR_TOKEN_TEXT:
		return parser_fail(p, p->now.at, "a text stands on the right of == or != only");
	case SPUR_TOKEN_UNIT:
		return parser_fail(p, p->now.at, "a unit follows a number or a signal");
	case SPUR_TOKEN_END:
		return parser_fail(p, p->now.at, "the query ends where a value is expected");
	case SPUR_TOKEN_OP:
		break;
	}
	if (!parser_at_op(p, '('))
		return parser_fail(p, p->now.at, "a value is expected here");
	if ((st = parser_advance(p)) < 0 || (st = parse_expr(p, out)) < 0)
		return st;
	return parser_expect(p, ')', "to close the parenthesis");
}
