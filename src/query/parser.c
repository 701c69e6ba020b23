/* What every rule of the grammar needs: the token at hand, and nodes whose kinds are checked. */
#include "config.h"

#include "query/parser.h"

#include <stdlib.h>
#include <string.h>

enum spur_status parser_advance(struct parser *p)
{
	free(p->now.text);
	p->now.text = NULL;
	return spur_token_next(p->q->source, &p->pos, &p->now, p->err);
}

bool parser_is_keyword(const char *s)
{
	static const char *const words[] = { "and", "or", "not", "for", "within", "of", "before", "after", "gap",
					     "containing", "let", "true", "false", "score" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(s, words[i]) == 0)
			return true;
	}
	return false;
}

enum spur_status parser_expect(struct parser *p, char op, const char *why)
{
	if (parser_at_op(p, op))
		return parser_advance(p);
	if (p->now.kind == SPUR_TOKEN_END)
		return parser_fail(p, p->now.at, "the query ends where '%c' is expected %s", op, why);
	return parser_fail(p, p->now.at, "'%c' is expected %s", op, why);
}

static const char *kind_name(enum spur_kind k)
{
	static const char *const names[] = { "a number", "true or false", "a span of time", "a text" };

	return names[k];
}

enum spur_status parser_want(struct parser *p, size_t i, enum spur_kind kind, const char *by)
{
	enum spur_kind have = parser_node(p, i)->kind;

	if (have == kind || (kind == SPUR_KIND_NUMBER && have == SPUR_KIND_SPAN))
		return SPUR_OK;
	return parser_fail(p, parser_node(p, i)->at, "%s wants %s, this is %s", by, kind_name(kind), kind_name(have));
}

enum spur_status parser_add(struct parser *p, const struct spur_node *n, size_t *out)
{
	if (p->q->count >= SPUR_QUERY_MAX_NODES)
		return parser_fail(p, n->at, "the query is too long: more than %d parts", SPUR_QUERY_MAX_NODES);
	*out = spur_query_add(p->q, n);
	return SPUR_OK;
}

enum spur_status parser_unary(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
			      size_t at, const char *by, size_t *out)
{
	struct spur_node n = { .op = op, .kind = kind, .in = { a }, .nin = 1, .at = at };
	enum spur_status st = parser_want(p, a, in, by);

	return st < 0 ? st : parser_add(p, &n, out);
}

enum spur_status parser_binary(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
			       size_t b, size_t at, const char *by, size_t *out)
{
	struct spur_node n = { .op = op, .kind = kind, .in = { a, b }, .nin = 2, .at = at };
	enum spur_status st;

	if ((st = parser_want(p, a, in, by)) < 0 || (st = parser_want(p, b, in, by)) < 0)
		return st;
	return parser_add(p, &n, out);
}

enum spur_status parser_check_span(struct parser *p, double s, size_t at, bool negative)
{
	if (!(s <= SPUR_QUERY_MAX_SPAN_S) || s < (negative ? -SPUR_QUERY_MAX_SPAN_S : 0))
		return parser_fail(p, at, "a span is between %s0 s and 1 h", negative ? "-1 h, " : "");
	return SPUR_OK;
}
