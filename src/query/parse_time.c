/* Clauses over time: for, gap, within, containing. */
#include "config.h"

#include "query/parser.h"

static enum spur_status span_here(struct parser *p, const char *by, double *s)
{
	size_t at = p->now.at;
	enum spur_status st;

	if (p->now.kind != SPUR_TOKEN_SPAN)
		return parser_fail(p, at, "%s wants a span of time, 0.5s or 300ms", by);
	*s = p->now.number;
	if ((st = parser_check_span(p, *s, at, false)) < 0)
		return st;
	return parser_advance(p);
}

static enum spur_status lasting(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_FOR_GE, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 1, .at = p->now.at };
	enum spur_status st = parser_advance(p);

	if (st < 0)
		return st;
	if (parser_at_op(p, 'l') || parser_at_op(p, 'g')) {
		n.op = parser_at_op(p, 'l') ? SPUR_OP_FOR_LE : SPUR_OP_FOR_GE;
		if ((st = parser_advance(p)) < 0)
			return st;
	}
	if ((st = span_here(p, "for", &n.value)) < 0 || (st = parser_want(p, *out, SPUR_KIND_TRUTH, "for")) < 0)
		return st;
	return parser_add(p, &n, out);
}

static enum spur_status merging(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_GAP, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 1, .at = p->now.at };
	enum spur_status st = parser_advance(p);

	if (st < 0 || (st = span_here(p, "gap", &n.value)) < 0 ||
	    (st = parser_want(p, *out, SPUR_KIND_TRUTH, "gap")) < 0)
		return st;
	return parser_add(p, &n, out);
}

static enum spur_status near(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_WITHIN, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 2, .at = p->now.at };
	enum spur_status st = parser_advance(p);
	double s;

	if (st < 0 || (st = span_here(p, "within", &s)) < 0)
		return st;
	if (!parser_at_word(p, "of") && !parser_at_word(p, "before") && !parser_at_word(p, "after"))
		return parser_fail(p, p->now.at, "within %gs of, before or after what?", s);
	n.before_s = parser_at_word(p, "before") ? 0 : s;
	n.after_s = parser_at_word(p, "after") ? 0 : s;
	if ((st = parser_advance(p)) < 0 || (st = parse_disjunction(p, &n.in[1])) < 0 ||
	    (st = parser_want(p, n.in[0], SPUR_KIND_TRUTH, "within")) < 0 ||
	    (st = parser_want(p, n.in[1], SPUR_KIND_TRUTH, "within")) < 0)
		return st;
	return parser_add(p, &n, out);
}

static enum spur_status holding(struct parser *p, size_t *out)
{
	size_t at = p->now.at, right;
	enum spur_status st = parser_advance(p);

	if (st < 0 || (st = parse_disjunction(p, &right)) < 0)
		return st;
	return parser_binary(p, SPUR_OP_CONTAINING, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "containing", out);
}

enum spur_status parse_clauses(struct parser *p, size_t *out)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK) {
		if (parser_at_word(p, "for"))
			st = lasting(p, out);
		else if (parser_at_word(p, "gap"))
			st = merging(p, out);
		else if (parser_at_word(p, "within"))
			st = near(p, out);
		else if (parser_at_word(p, "containing"))
			st = holding(p, out);
		else
			break;
	}
	return st;
}
