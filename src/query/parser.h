#ifndef SPUR_QUERY_PARSER_H
#define SPUR_QUERY_PARSER_H

#include <string.h>

#include "query/node.h"
#include "query/token.h"

/* The parts of parser.c and parse*.c: recursive descent over tokens; the grammar stands in spur-query(7). */
struct let {
	char *name;	/* owned */
	size_t node;
};

struct parser {
	struct spur_query *q;
	struct spur_token now;
	size_t pos;
	unsigned depth;
	struct let *lets;
	size_t nlets;
	struct spur_error *err;
};

#define parser_fail(p, at, ...) spur_query_fail((p)->err, (p)->q->source, (at), __VA_ARGS__)

static inline bool parser_at_op(const struct parser *p, char op)
{
	return p->now.kind == SPUR_TOKEN_OP && p->now.op == op;
}

static inline bool parser_at_word(const struct parser *p, const char *word)
{
	return p->now.kind == SPUR_TOKEN_NAME && strcmp(p->now.text, word) == 0;
}

/* Valid until the next node is added. */
static inline struct spur_node *parser_node(struct parser *p, size_t i)
{
	return &p->q->nodes[i];
}

/* parser.c: the token at hand, and nodes whose kinds are checked. */
enum spur_status parser_advance(struct parser *p);
enum spur_status parser_expect(struct parser *p, char op, const char *why);
bool parser_is_keyword(const char *s);
/* Node i must be of the kind; a span is a number of seconds where a number is wanted. */
enum spur_status parser_want(struct parser *p, size_t i, enum spur_kind kind, const char *by);
enum spur_status parser_check_span(struct parser *p, double s, size_t at, bool negative);
enum spur_status parser_add(struct parser *p, const struct spur_node *n, size_t *out);
enum spur_status parser_unary(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
			      size_t at, const char *by, size_t *out);
enum spur_status parser_binary(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
			       size_t b, size_t at, const char *by, size_t *out);

/* parse_expr.c: operators, by how tightly they bind. A disjunction is an expression without clauses over time. */
enum spur_status parse_expr(struct parser *p, size_t *out);
enum spur_status parse_disjunction(struct parser *p, size_t *out);

/* parse_operand.c: a number, a name, a call or a parenthesis. */
enum spur_status parse_operand(struct parser *p, size_t *out);

/* parse_call.c: the token at hand is the '(' after the name, which stands at byte `at`. */
enum spur_status parse_call(struct parser *p, const char *name, size_t at, size_t *out);

/* parse_time.c: the clauses that follow *out, which becomes what they make of it. */
enum spur_status parse_clauses(struct parser *p, size_t *out);

#endif
