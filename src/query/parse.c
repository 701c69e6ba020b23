/* The whole of a query: lets, the expression, its score. */
#include "config.h"

#include "query/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static enum spur_status definition(struct parser *p)
{
	struct let l = { 0 };
	enum spur_status st = parser_advance(p);

	if (st < 0)
		return st;
	if (p->now.kind != SPUR_TOKEN_NAME || parser_is_keyword(p->now.text))
		return parser_fail(p, p->now.at, "let wants a name");
	l.name = spur_strdup(p->now.text);
	if ((st = parser_advance(p)) == SPUR_OK && (st = parser_expect(p, '=', "after the name")) == SPUR_OK &&
	    (st = parse_expr(p, &l.node)) == SPUR_OK)
		st = parser_expect(p, ';', "at the end of a let");
	if (st < 0) {
		free(l.name);
		return st;
	}
	p->lets = spur_realloc(p->lets, p->nlets + 1, sizeof(*p->lets));
	p->lets[p->nlets++] = l;
	return SPUR_OK;
}

static enum spur_status whole(struct parser *p)
{
	enum spur_status st = parser_advance(p);

	while (st == SPUR_OK && parser_at_word(p, "let"))
		st = definition(p);
	if (st < 0 || (st = parse_expr(p, &p->q->root)) < 0)
		return st;
	if (parser_at_word(p, "score")) {
		if ((st = parser_advance(p)) < 0 || (st = parse_expr(p, &p->q->score)) < 0 ||
		    (st = parser_want(p, p->q->score, SPUR_KIND_NUMBER, "score")) < 0)
			return st;
	}
	if (p->now.kind != SPUR_TOKEN_END)
		return parser_fail(p, p->now.at, "the query should end here, or go on with an operator");
	if (parser_node(p, p->q->root)->kind == SPUR_KIND_SPAN && parser_node(p, p->q->root)->op == SPUR_OP_CONST)
		return parser_fail(p, 0, "a span of time alone is no query");
	return SPUR_OK;
}

/* Without comments, each run of blanks as one; quotes and units stay as they are. */
static char *tidy(const char *s)
{
	struct spur_buf b = { 0 };
	char quote = 0;

	for (; *s != '\0'; s++) {
		if (quote == 0 && *s == '#') {
			s += strcspn(s, "\n");
			if (*s == '\0')
				break;
		}
		if (quote == 0 && strchr(" \t\r\n", *s) != NULL) {
			if (b.len > 0 && b.data[b.len - 1] != ' ')
				spur_buf_addc(&b, ' ');
			continue;
		}
		if (quote == 0 && strchr("\"`'[", *s) != NULL)
			quote = *s == '[' ? ']' : *s;
		else if (quote != 0 && quote != ']' && *s == '\\' && s[1] != '\0')
			spur_buf_addc(&b, *s++);
		else if (*s == quote)
			quote = 0;
		spur_buf_addc(&b, *s);
	}
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	return spur_buf_steal(&b);
}

enum spur_status spur_query_parse(const char *text, struct spur_query **out, struct spur_error *err)
{
	struct spur_query *q = spur_calloc(1, sizeof(*q));
	struct parser p = { .q = q, .err = err };
	enum spur_status st;

	q->source = spur_strdup(text);
	q->text = tidy(text);
	q->score = SIZE_MAX;
	st = whole(&p);
	free(p.now.text);
	for (size_t i = 0; i < p.nlets; i++)
		free(p.lets[i].name);
	free(p.lets);
	if (st < 0) {
		spur_query_destroy(q);
		return st;
	}
	spur_query_drop_unread(q);
	*out = q;
	return SPUR_OK;
}
