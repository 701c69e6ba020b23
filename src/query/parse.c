/* Recursive descent over tokens; the grammar stands in spur-query(7). */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "query/functions.h"
#include "query/node.h"
#include "query/token.h"

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

static enum spur_status expr(struct parser *p, size_t *out);

static enum spur_status advance(struct parser *p)
{
	free(p->now.text);
	p->now.text = NULL;
	return spur_token_next(p->q->source, &p->pos, &p->now, p->err);
}

static bool is_op(const struct parser *p, char op)
{
	return p->now.kind == SPUR_TOKEN_OP && p->now.op == op;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->now.kind == SPUR_TOKEN_NAME && strcmp(p->now.text, word) == 0;
}

static bool is_keyword(const char *s)
{
	static const char *const words[] = { "and", "or", "not", "for", "within", "of", "before", "after", "gap",
					     "containing", "let", "true", "false", "score" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(s, words[i]) == 0)
			return true;
	}
	return false;
}

#define fail(p, at, ...) spur_query_fail((p)->err, (p)->q->source, (at), __VA_ARGS__)

static enum spur_status expect(struct parser *p, char op, const char *why)
{
	if (!is_op(p, op))
		return p->now.kind == SPUR_TOKEN_END ? fail(p, p->now.at, "the query ends where '%c' is expected %s", op, why) :
						       fail(p, p->now.at, "'%c' is expected %s", op, why);
	return advance(p);
}

static const char *kind_name(enum spur_kind k)
{
	static const char *const names[] = { "a number", "true or false", "a span of time", "a text" };

	return names[k];
}

static struct spur_node *node(struct parser *p, size_t i)
{
	return &p->q->nodes[i];
}

/* Node i must be of the kind; a span is a number of seconds where a number is wanted. */
static enum spur_status want(struct parser *p, size_t i, enum spur_kind kind, const char *by)
{
	enum spur_kind have = node(p, i)->kind;

	if (have == kind || (kind == SPUR_KIND_NUMBER && have == SPUR_KIND_SPAN))
		return SPUR_OK;
	return fail(p, node(p, i)->at, "%s wants %s, this is %s", by, kind_name(kind), kind_name(have));
}

size_t spur_query_add(struct spur_query *q, const struct spur_node *n)
{
	q->nodes = spur_realloc(q->nodes, q->count + 1, sizeof(*q->nodes));
	q->nodes[q->count] = *n;
	return q->count++;
}

static enum spur_status add(struct parser *p, const struct spur_node *n, size_t *out)
{
	if (p->q->count >= SPUR_QUERY_MAX_NODES)
		return fail(p, n->at, "the query is too long: more than %d parts", SPUR_QUERY_MAX_NODES);
	*out = spur_query_add(p->q, n);
	return SPUR_OK;
}

static enum spur_status unary_node(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
				   size_t at, const char *by, size_t *out)
{
	struct spur_node n = { .op = op, .kind = kind, .in = { a }, .nin = 1, .at = at };
	enum spur_status st = want(p, a, in, by);

	return st < 0 ? st : add(p, &n, out);
}

static enum spur_status binary_node(struct parser *p, enum spur_op op, enum spur_kind in, enum spur_kind kind, size_t a,
				    size_t b, size_t at, const char *by, size_t *out)
{
	struct spur_node n = { .op = op, .kind = kind, .in = { a, b }, .nin = 2, .at = at };
	enum spur_status st;

	if ((st = want(p, a, in, by)) < 0 || (st = want(p, b, in, by)) < 0)
		return st;
	return add(p, &n, out);
}

/* ---- signals */

static size_t add_signal(struct spur_query *q, const char *name, const char *unit, bool text, size_t at)
{
	struct spur_query_signal s = { 0 };

	for (size_t i = 0; i < q->nsignals; i++) {
		if (strcmp(q->signals[i].name, name) == 0 && strcmp(q->signals[i].unit, unit) == 0 &&
		    (q->signals[i].words != NULL) == text)
			return i;
	}
	s.name = spur_strdup(name);
	s.unit = spur_strdup(unit);
	s.label = *unit == '\0' ? spur_strdup(name) : spur_strfmt("%s[%s]", name, unit);
	s.words = text ? spur_calloc(1, sizeof(char *)) : NULL;
	s.at = at;
	q->signals = spur_realloc(q->signals, q->nsignals + 1, sizeof(*q->signals));
	q->signals[q->nsignals] = s;
	return q->nsignals++;
}

static void drop(const void *owned)
{
	union {
		const void *in;
		void *out;
	} u = { owned };

	free(u.out);
}

/* Index of the text among the words of signal s. */
static size_t add_word(struct spur_query_signal *s, const char *word)
{
	const char **words;
	size_t n = 0;

	for (; s->words[n] != NULL; n++) {
		if (strcmp(s->words[n], word) == 0)
			return n;
	}
	words = spur_calloc(n + 2, sizeof(*words));
	memcpy(words, s->words, n * sizeof(*words));
	words[n] = spur_strdup(word);
	drop(s->words);
	s->words = words;
	return n;
}

static enum spur_status signal_node(struct parser *p, const char *name, size_t at, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_SIGNAL, .kind = SPUR_KIND_NUMBER, .at = at };
	bool has_unit = p->now.kind == SPUR_TOKEN_UNIT;

	n.index = add_signal(p->q, name, has_unit ? p->now.text : "", false, at);
	if (has_unit && advance(p) < 0)
		return SPUR_EINVAL;
	for (size_t i = 0; i < p->q->count; i++) {
		if (node(p, i)->op == SPUR_OP_SIGNAL && node(p, i)->index == n.index) {
			*out = i;
			return SPUR_OK;
		}
	}
	return add(p, &n, out);
}

/* ---- calls */

#define MAX_ARGS 8

static enum spur_status arguments(struct parser *p, size_t args[MAX_ARGS], size_t *n, const char *name)
{
	enum spur_status st = SPUR_OK;

	*n = 0;
	if (is_op(p, ')'))
		return advance(p);
	for (;;) {
		if (*n == MAX_ARGS)
			return fail(p, p->now.at, "%s() takes %d arguments at most", name, MAX_ARGS);
		if ((st = expr(p, &args[*n])) < 0)
			return st;
		(*n)++;
		if (!is_op(p, ','))
			break;
		if ((st = advance(p)) < 0)
			return st;
	}
	return expect(p, ')', "to close the arguments");
}

static enum spur_status constant(struct parser *p, size_t i, const char *by, double *v)
{
	if (node(p, i)->op == SPUR_OP_NEG && node(p, node(p, i)->in[0])->op == SPUR_OP_CONST) {
		*v = -node(p, node(p, i)->in[0])->value;
		return SPUR_OK;
	}
	if (node(p, i)->op != SPUR_OP_CONST)
		return fail(p, node(p, i)->at, "%s wants a plain number here, not something that changes", by);
	*v = node(p, i)->value;
	return SPUR_OK;
}

static enum spur_status check_span(struct parser *p, double s, size_t at, bool negative)
{
	if (!(s <= SPUR_QUERY_MAX_SPAN_S) || s < (negative ? -SPUR_QUERY_MAX_SPAN_S : 0))
		return fail(p, at, "a span is between %s0 s and 1 h", negative ? "-1 h, " : "");
	return SPUR_OK;
}

/* min and max of several values fold; of one value and a span they roll. */
static enum spur_status fold(struct parser *p, const struct spur_function *f, const size_t *args, size_t n, size_t at,
			     size_t *out)
{
	enum spur_status st = SPUR_OK;

	*out = args[0];
	for (size_t i = 1; i < n && st == SPUR_OK; i++)
		st = binary_node(p, f->op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, args[i], at, f->name, out);
	return st;
}

static enum spur_status over_time(struct parser *p, const struct spur_function *f, const size_t *args, size_t n, size_t at,
				  size_t *out)
{
	struct spur_node made = { .op = f->op, .kind = f->kind, .in = { args[0] }, .nin = 1, .at = at };
	enum spur_status st = want(p, args[0], f->in, f->name);

	if (st == SPUR_OK && n > 1 && f->op == SPUR_OP_LOWPASS)
		st = want(p, args[1], SPUR_KIND_NUMBER, f->name);
	else if (st == SPUR_OK && n > 1)
		st = want(p, args[1], SPUR_KIND_SPAN, f->name);
	if (st == SPUR_OK && n > 1)
		st = constant(p, args[1], f->name, &made.value);
	if (st == SPUR_OK && f->op == SPUR_OP_LOWPASS && !(made.value >= 1e-3))
		return fail(p, node(p, args[1])->at, "the frequency of %s is in Hz, 0.001 and more", f->name);
	if (st == SPUR_OK && f->op != SPUR_OP_LOWPASS && n > 1)
		st = check_span(p, made.value, node(p, args[1])->at, f->op == SPUR_OP_DELAY);
	return st < 0 ? st : add(p, &made, out);
}

static enum spur_status call(struct parser *p, const char *name, size_t at, size_t *out)
{
	const struct spur_function *f = spur_function_find(name);
	size_t args[MAX_ARGS], n;
	enum spur_status st;

	if (f == NULL)
		return fail(p, at, "there is no function %s(); see spur-query(7)", name);
	if ((st = advance(p)) < 0 || (st = arguments(p, args, &n, name)) < 0)
		return st;
	if (n == 2 && f->rolling != SPUR_OP_CONST && node(p, args[1])->kind == SPUR_KIND_SPAN) {
		struct spur_function rolling = *f;

		rolling.op = f->rolling;
		return over_time(p, &rolling, args, n, at, out);
	}
	if (n < f->min_args || n > f->max_args)
		return fail(p, at, "%s is written %s", name, f->usage);
	if (f->folds)
		return fold(p, f, args, n, at, out);
	if (f->spans)
		return over_time(p, f, args, n, at, out);
	{
		struct spur_node made = { .op = f->op, .kind = f->kind, .nin = n, .at = at };

		for (size_t i = 0; i < n; i++) {
			st = want(p, args[i], f->op == SPUR_OP_IF ? (i == 0 ? SPUR_KIND_TRUTH : SPUR_KIND_NUMBER) : i == 0 ? f->in :
				  SPUR_KIND_NUMBER, f->name);
			if (st < 0)
				return st;
			made.in[i] = args[i];
		}
		return add(p, &made, out);
	}
}

/* ---- operands */

static enum spur_status literal(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_CONST, .value = p->now.number, .at = p->now.at };
	enum spur_status st;

	n.kind = p->now.kind == SPUR_TOKEN_SPAN ? SPUR_KIND_SPAN : SPUR_KIND_NUMBER;
	if ((st = advance(p)) < 0)
		return st;
	if (n.kind == SPUR_KIND_NUMBER && p->now.kind == SPUR_TOKEN_UNIT) {
		double factor, offset;

		if (!spur_unit_convert(p->now.text, "", &factor, &offset))
			return fail(p, p->now.at, "the unit '%s' is not known", p->now.text);
		n.value = n.value * factor + offset;
		if ((st = advance(p)) < 0)
			return st;
	}
	return add(p, &n, out);
}

static enum spur_status named(struct parser *p, size_t *out)
{
	char *name = spur_strdup(p->now.text);
	size_t at = p->now.at;
	bool bare = p->now.kind == SPUR_TOKEN_NAME;
	enum spur_status st = advance(p);

	if (st == SPUR_OK && bare && is_op(p, '(')) {
		st = call(p, name, at, out);
	} else if (st == SPUR_OK && bare && (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)) {
		struct spur_node n = { .op = SPUR_OP_CONST, .kind = SPUR_KIND_TRUTH, .value = name[0] == 't', .at = at };

		st = add(p, &n, out);
	} else if (st == SPUR_OK && bare && is_keyword(name)) {
		st = fail(p, at, "'%s' stands where a value is expected; a signal of that name goes into quotes", name);
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

static enum spur_status primary(struct parser *p, size_t *out)
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
		return fail(p, p->now.at, "a text stands on the right of == or != only");
	case SPUR_TOKEN_UNIT:
		return fail(p, p->now.at, "a unit follows a number or a signal");
	case SPUR_TOKEN_END:
		return fail(p, p->now.at, "the query ends where a value is expected");
	case SPUR_TOKEN_OP:
		break;
	}
	if (!is_op(p, '('))
		return fail(p, p->now.at, "a value is expected here");
	if ((st = advance(p)) < 0 || (st = expr(p, out)) < 0)
		return st;
	return expect(p, ')', "to close the parenthesis");
}

static enum spur_status unary(struct parser *p, size_t *out);

static enum spur_status power(struct parser *p, size_t *out)
{
	enum spur_status st = primary(p, out);
	size_t at = p->now.at, right;

	if (st < 0 || !is_op(p, '^'))
		return st;
	if ((st = advance(p)) < 0 || (st = unary(p, &right)) < 0)
		return st;
	return binary_node(p, SPUR_OP_POW, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at, "^", out);
}

static enum spur_status unary(struct parser *p, size_t *out)
{
	size_t at = p->now.at;
	enum spur_status st;
	bool minus = is_op(p, '-');
	enum spur_kind kind;

	if (!minus && !is_op(p, '+'))
		return power(p, out);
	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return fail(p, at, "nested too deep");
	st = advance(p);
	if (st == SPUR_OK)
		st = unary(p, out);
	p->depth--;
	if (st < 0 || !minus)
		return st;
	kind = node(p, *out)->kind;
	return unary_node(p, SPUR_OP_NEG, SPUR_KIND_NUMBER, kind == SPUR_KIND_SPAN ? kind : SPUR_KIND_NUMBER, *out, at, "-", out);
}

static enum spur_status product(struct parser *p, size_t *out)
{
	enum spur_status st = unary(p, out);

	while (st == SPUR_OK && (is_op(p, '*') || is_op(p, '/'))) {
		enum spur_op op = is_op(p, '*') ? SPUR_OP_MUL : SPUR_OP_DIV;
		size_t at = p->now.at, right;

		if ((st = advance(p)) < 0 || (st = unary(p, &right)) < 0)
			return st;
		st = binary_node(p, op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at, op == SPUR_OP_MUL ? "*" : "/", out);
	}
	return st;
}

static enum spur_status sum(struct parser *p, size_t *out)
{
	enum spur_status st = product(p, out);

	while (st == SPUR_OK && (is_op(p, '+') || is_op(p, '-'))) {
		enum spur_op op = is_op(p, '+') ? SPUR_OP_ADD : SPUR_OP_SUB;
		size_t at = p->now.at, right;

		if ((st = advance(p)) < 0 || (st = product(p, &right)) < 0)
			return st;
		st = binary_node(p, op, SPUR_KIND_NUMBER, SPUR_KIND_NUMBER, *out, right, at, op == SPUR_OP_ADD ? "+" : "-", out);
	}
	return st;
}

/* ---- comparisons */

static enum spur_status compare_text(struct parser *p, size_t left, bool equal, size_t at, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_TEXT_IS, .kind = SPUR_KIND_TRUTH, .nin = 0, .at = at };
	enum spur_status st;

	if (node(p, left)->op != SPUR_OP_SIGNAL || p->q->signals[node(p, left)->index].unit[0] != '\0')
		return fail(p, p->now.at, "only a signal itself can be compared with a text");
	n.index = add_signal(p->q, p->q->signals[node(p, left)->index].name, "", true, node(p, left)->at);
	n.value = (double)add_word(&p->q->signals[n.index], p->now.text);
	if ((st = advance(p)) < 0 || (st = add(p, &n, out)) < 0 || equal)
		return st;
	return unary_node(p, SPUR_OP_NOT, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, at, "!=", out);
}

static bool comparison(const struct parser *p, enum spur_op *op)
{
	static const struct {
		char c;
		enum spur_op op;
	} ops[] = { { '<', SPUR_OP_LT }, { 'l', SPUR_OP_LE }, { '>', SPUR_OP_GT }, { 'g', SPUR_OP_GE },
		    { 'e', SPUR_OP_EQ }, { 'n', SPUR_OP_NE } };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		if (is_op(p, ops[i].c)) {
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

	if (st < 0)
		return st;
	if (is_op(p, '='))
		return fail(p, at, "equality is written ==");
	if (!comparison(p, &op))
		return SPUR_OK;
	if ((st = advance(p)) < 0)
		return st;
	if ((op == SPUR_OP_EQ || op == SPUR_OP_NE) && (p->now.kind == SPUR_TOKEN_QUOTED || p->now.kind == SPUR_TOKEN_TEXT))
		return compare_text(p, *out, op == SPUR_OP_EQ, at, out);
	if ((st = sum(p, &right)) < 0)
		return st;
	kind = node(p, *out)->kind == SPUR_KIND_TRUTH && (op == SPUR_OP_EQ || op == SPUR_OP_NE) ? SPUR_KIND_TRUTH : SPUR_KIND_NUMBER;
	if ((st = binary_node(p, op, kind, SPUR_KIND_TRUTH, *out, right, at, "a comparison", out)) < 0)
		return st;
	if (comparison(p, &op))
		return fail(p, p->now.at, "comparisons do not chain: say a < b and b < c");
	return SPUR_OK;
}

static enum spur_status negation(struct parser *p, size_t *out)
{
	size_t at = p->now.at;
	enum spur_status st;

	if (!is_word(p, "not"))
		return compare(p, out);
	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return fail(p, at, "nested too deep");
	st = advance(p);
	if (st == SPUR_OK)
		st = negation(p, out);
	p->depth--;
	if (st < 0)
		return st;
	return unary_node(p, SPUR_OP_NOT, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, at, "not", out);
}

static enum spur_status conjunction(struct parser *p, size_t *out)
{
	enum spur_status st = negation(p, out);

	while (st == SPUR_OK && is_word(p, "and")) {
		size_t at = p->now.at, right;

		if ((st = advance(p)) < 0 || (st = negation(p, &right)) < 0)
			return st;
		st = binary_node(p, SPUR_OP_AND, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "and", out);
	}
	return st;
}

static enum spur_status disjunction(struct parser *p, size_t *out)
{
	enum spur_status st = conjunction(p, out);

	while (st == SPUR_OK && is_word(p, "or")) {
		size_t at = p->now.at, right;

		if ((st = advance(p)) < 0 || (st = conjunction(p, &right)) < 0)
			return st;
		st = binary_node(p, SPUR_OP_OR, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "or", out);
	}
	return st;
}

/* ---- over time */

static enum spur_status span_here(struct parser *p, const char *by, double *s)
{
	size_t at = p->now.at;
	enum spur_status st;

	if (p->now.kind != SPUR_TOKEN_SPAN)
		return fail(p, at, "%s wants a span of time, 0.5s or 300ms", by);
	*s = p->now.number;
	if ((st = check_span(p, *s, at, false)) < 0)
		return st;
	return advance(p);
}

static enum spur_status lasting(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_FOR_GE, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 1, .at = p->now.at };
	enum spur_status st = advance(p);

	if (st < 0)
		return st;
	if (is_op(p, 'l') || is_op(p, 'g')) {
		n.op = is_op(p, 'l') ? SPUR_OP_FOR_LE : SPUR_OP_FOR_GE;
		if ((st = advance(p)) < 0)
			return st;
	}
	if ((st = span_here(p, "for", &n.value)) < 0 || (st = want(p, *out, SPUR_KIND_TRUTH, "for")) < 0)
		return st;
	return add(p, &n, out);
}

static enum spur_status merging(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_GAP, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 1, .at = p->now.at };
	enum spur_status st = advance(p);

	if (st < 0 || (st = span_here(p, "gap", &n.value)) < 0 || (st = want(p, *out, SPUR_KIND_TRUTH, "gap")) < 0)
		return st;
	return add(p, &n, out);
}

static enum spur_status near(struct parser *p, size_t *out)
{
	struct spur_node n = { .op = SPUR_OP_WITHIN, .kind = SPUR_KIND_TRUTH, .in = { *out }, .nin = 2, .at = p->now.at };
	enum spur_status st = advance(p);
	double s;

	if (st < 0 || (st = span_here(p, "within", &s)) < 0)
		return st;
	if (!is_word(p, "of") && !is_word(p, "before") && !is_word(p, "after"))
		return fail(p, p->now.at, "within %gs of, before or after what?", s);
	n.before_s = is_word(p, "before") ? 0 : s;
	n.after_s = is_word(p, "after") ? 0 : s;
	if ((st = advance(p)) < 0 || (st = disjunction(p, &n.in[1])) < 0 ||
	    (st = want(p, n.in[0], SPUR_KIND_TRUTH, "within")) < 0 || (st = want(p, n.in[1], SPUR_KIND_TRUTH, "within")) < 0)
		return st;
	return add(p, &n, out);
}

static enum spur_status holding(struct parser *p, size_t *out)
{
	size_t at = p->now.at, right;
	enum spur_status st = advance(p);

	if (st < 0 || (st = disjunction(p, &right)) < 0)
		return st;
	return binary_node(p, SPUR_OP_CONTAINING, SPUR_KIND_TRUTH, SPUR_KIND_TRUTH, *out, right, at, "containing", out);
}

static enum spur_status expr(struct parser *p, size_t *out)
{
	enum spur_status st;

	if (p->depth++ > SPUR_QUERY_MAX_DEPTH)
		return fail(p, p->now.at, "nested too deep");
	st = disjunction(p, out);
	while (st == SPUR_OK && p->now.kind == SPUR_TOKEN_NAME) {
		if (is_word(p, "for"))
			st = lasting(p, out);
		else if (is_word(p, "gap"))
			st = merging(p, out);
		else if (is_word(p, "within"))
			st = near(p, out);
		else if (is_word(p, "containing"))
			st = holding(p, out);
		else
			break;
	}
	p->depth--;
	return st;
}

/* ---- the whole */

static enum spur_status definition(struct parser *p)
{
	struct let l = { 0 };
	enum spur_status st = advance(p);

	if (st < 0)
		return st;
	if (p->now.kind != SPUR_TOKEN_NAME || is_keyword(p->now.text))
		return fail(p, p->now.at, "let wants a name");
	l.name = spur_strdup(p->now.text);
	if ((st = advance(p)) == SPUR_OK && (st = expect(p, '=', "after the name")) == SPUR_OK &&
	    (st = expr(p, &l.node)) == SPUR_OK)
		st = expect(p, ';', "at the end of a let");
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
	enum spur_status st = advance(p);

	while (st == SPUR_OK && is_word(p, "let"))
		st = definition(p);
	if (st < 0 || (st = expr(p, &p->q->root)) < 0)
		return st;
	if (is_word(p, "score")) {
		if ((st = advance(p)) < 0 || (st = expr(p, &p->q->score)) < 0 ||
		    (st = want(p, p->q->score, SPUR_KIND_NUMBER, "score")) < 0)
			return st;
	}
	if (p->now.kind != SPUR_TOKEN_END)
		return fail(p, p->now.at, "the query should end here, or go on with an operator");
	if (node(p, p->q->root)->kind == SPUR_KIND_SPAN && node(p, p->q->root)->op == SPUR_OP_CONST)
		return fail(p, 0, "a span of time alone is no query");
	return SPUR_OK;
}

/* Without comments, each run of blanks as one; blanks in quotes stay. */
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
		if (quote == 0 && strchr("\"`'", *s) != NULL)
			quote = *s;
		else if (quote != 0 && *s == '\\' && s[1] != '\0')
			spur_buf_addc(&b, *s++);
		else if (*s == quote)
			quote = 0;
		spur_buf_addc(&b, *s);
	}
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.data[--b.len] = '\0';
	return spur_buf_steal(&b);
}

/* A signal that is only compared with texts was never wanted as a number: its node goes unread. */
static void drop_unread(struct spur_query *q)
{
	bool *read = spur_calloc(q->count, sizeof(*read));
	size_t *moved = spur_calloc(q->nsignals + 1, sizeof(*moved)), n = 0;
	bool *used = spur_calloc(q->nsignals + 1, sizeof(*used));

	read[q->root] = true;
	if (q->score != SIZE_MAX)
		read[q->score] = true;
	for (size_t i = q->count; i-- > 0;) {
		for (size_t k = 0; k < q->nodes[i].nin && read[i]; k++)
			read[q->nodes[i].in[k]] = true;
		if (read[i] && (q->nodes[i].op == SPUR_OP_SIGNAL || q->nodes[i].op == SPUR_OP_TEXT_IS))
			used[q->nodes[i].index] = true;
	}
	for (size_t i = 0; i < q->nsignals; i++) {
		struct spur_query_signal s = q->signals[i];

		moved[i] = n;
		if (used[i]) {
			q->signals[n++] = s;
			continue;
		}
		drop(s.name);
		drop(s.label);
		drop(s.unit);
		for (size_t k = 0; s.words != NULL && s.words[k] != NULL; k++)
			drop(s.words[k]);
		drop(s.words);
	}
	q->nsignals = n;
	for (size_t i = 0; i < q->count; i++) {
		if (q->nodes[i].op == SPUR_OP_SIGNAL || q->nodes[i].op == SPUR_OP_TEXT_IS)
			q->nodes[i].index = read[i] ? moved[q->nodes[i].index] : SIZE_MAX;
	}
	free(read);
	free(moved);
	free(used);
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
	drop_unread(q);
	*out = q;
	return SPUR_OK;
}

void spur_query_destroy(struct spur_query *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->nsignals; i++) {
		drop(q->signals[i].name);
		drop(q->signals[i].label);
		drop(q->signals[i].unit);
		for (size_t k = 0; q->signals[i].words != NULL && q->signals[i].words[k] != NULL; k++)
			drop(q->signals[i].words[k]);
		drop(q->signals[i].words);
	}
	free(q->signals);
	free(q->nodes);
	free(q->source);
	free(q->text);
	free(q);
}

const struct spur_query_signal *spur_query_signals(const struct spur_query *q, size_t *count)
{
	*count = q->nsignals;
	return q->signals;
}

bool spur_query_is_predicate(const struct spur_query *q)
{
	return q->nodes[q->root].kind == SPUR_KIND_TRUTH;
}

bool spur_query_has_score(const struct spur_query *q)
{
	return q->score != SIZE_MAX;
}

const char *spur_query_source(const struct spur_query *q)
{
	return q->source;
}

const char *spur_query_text(const struct spur_query *q)
{
	return q->text;
}
