#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "format/mdf4/conv.h"

/*
 * The formula language of CC type 3 (ASAM MCD-2 MC "formula", as far as files use it):
 *
 *	sum := product { (+|-) product }	product := power { (*|/) power }
 *	power := [-|+] atom [ (^|**) power ]	atom := number | X | X1 | f(sum[, sum]) | ( sum )
 *
 * Compiled once to a program for a small stack machine; depth and length are bounded.
 */
#define STACK_MAX 32
#define NEST_MAX 64

enum op { OP_NUMBER, OP_X, OP_NEG, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_POW, OP_CALL };

struct instr {
	enum op op;
	double number;
	double (*fn)(double);
};

struct mdf_formula {
	size_t count;
	struct instr code[];
};

struct compiler {
	const char *p, *text;
	struct spur_buf code;
	int depth, nest;	/* of the stack; of the recursion */
	const char *wrong;
};

static void emit(struct compiler *c, enum op op, double number, double (*fn)(double), int effect)
{
	struct instr i = { .op = op, .number = number, .fn = fn };

	spur_buf_add(&c->code, &i, sizeof(i));
	c->depth += effect;
	if (c->depth > STACK_MAX)
		c->wrong = "too deep";
}

static void skip(struct compiler *c)
{
	while (isspace((unsigned char)*c->p))
		c->p++;
}

static bool take(struct compiler *c, const char *what)
{
	skip(c);
	if (strncmp(c->p, what, strlen(what)) != 0)
		return false;
	c->p += strlen(what);
	return true;
}

static void sum(struct compiler *c);

static void call(struct compiler *c, const char *name, size_t len)
{
	static const struct { const char *name; double (*fn)(double); } known[] = {
		{ "sin", sin }, { "cos", cos }, { "tan", tan }, { "asin", asin }, { "acos", acos }, { "atan", atan },
		{ "arcsin", asin }, { "arccos", acos }, { "arctan", atan }, { "sinh", sinh }, { "cosh", cosh },
		{ "tanh", tanh }, { "exp", exp }, { "ln", log }, { "log", log10 }, { "log10", log10 }, { "sqrt", sqrt },
		{ "abs", fabs }, { "floor", floor }, { "ceil", ceil }, { "int", trunc },
	};
	bool two = len == 3 && strncasecmp(name, "pow", 3) == 0;

	sum(c);
	if (two && take(c, ","))
		sum(c);
	else if (two)
		c->wrong = "pow() wants two values";
	if (!take(c, ")"))
		c->wrong = "')' is missing";
	if (two) {
		emit(c, OP_POW, 0, NULL, -1);
		return;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == len && strncasecmp(name, known[i].name, len) == 0) {
			emit(c, OP_CALL, 0, known[i].fn, 0);
			return;
		}
	}
	c->wrong = "unknown function";
}

static void word(struct compiler *c)
{
	const char *from = c->p;
	size_t len;

	while (isalnum((unsigned char)*c->p) || *c->p == '_')
		c->p++;
	len = (size_t)(c->p - from);
	if (take(c, "("))
		call(c, from, len);
	else if ((*from == 'X' || *from == 'x') && (len == 1 || (len == 2 && from[1] == '1')))
		emit(c, OP_X, 0, NULL, 1);
	else if (len == 2 && strncasecmp(from, "pi", 2) == 0)
		emit(c, OP_NUMBER, 3.14159265358979323846, NULL, 1);
	else
		c->wrong = "unknown name";
}

static void atom(struct compiler *c)
{
	skip(c);
	if (take(c, "(")) {
		sum(c);
		if (!take(c, ")"))
			c->wrong = "')' is missing";
	} else if (isdigit((unsigned char)*c->p) || *c->p == '.') {
		char *end;
		double v = strtod(c->p, &end);

		if (end == c->p)
			c->wrong = "not a number";
		c->p = end == c->p ? c->p + 1 : end;
		emit(c, OP_NUMBER, v, NULL, 1);
	} else if (isalpha((unsigned char)*c->p)) {
		word(c);
	} else {
		c->wrong = "a value is missing";
	}
}

static void power(struct compiler *c)
{
	bool negative = false;

	if (++c->nest > NEST_MAX)
		c->wrong = "too deep";
	for (; c->wrong == NULL && (take(c, "-") || take(c, "+"));)
		negative ^= c->p[-1] == '-';
	if (c->wrong == NULL)
		atom(c);
	if (c->wrong == NULL && (take(c, "^") || take(c, "**"))) {
		power(c);
		emit(c, OP_POW, 0, NULL, -1);
	}
	if (negative)
		emit(c, OP_NEG, 0, NULL, 0);
	c->nest--;
}

static void product(struct compiler *c)
{
	power(c);
	while (c->wrong == NULL) {
		enum op op = take(c, "*") ? OP_MUL : take(c, "/") ? OP_DIV : OP_X;

		if (op == OP_X)
			return;
		power(c);
		emit(c, op, 0, NULL, -1);
	}
}

static void sum(struct compiler *c)
{
	if (++c->nest > NEST_MAX)
		c->wrong = "too deep";
	if (c->wrong == NULL)
		product(c);
	while (c->wrong == NULL) {
		enum op op = take(c, "+") ? OP_ADD : take(c, "-") ? OP_SUB : OP_X;

		if (op == OP_X)
			break;
		product(c);
		emit(c, op, 0, NULL, -1);
	}
	c->nest--;
}

enum spur_status mdf_formula_compile(struct spur_arena *arena, const char *text, const struct mdf_formula **out,
				     struct spur_error *err)
{
	struct compiler c = { .p = text, .text = text };
	enum spur_status st = SPUR_OK;
	struct mdf_formula *f = NULL;

	sum(&c);
	skip(&c);
	if (c.wrong == NULL && *c.p != '\0')
		c.wrong = "not understood";
	if (c.wrong != NULL)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "formula '%.80s': %s at '%.20s'", text, c.wrong, c.p);
	else if ((f = spur_arena_alloc(arena, sizeof(*f) + c.code.len)) == NULL)
		st = spur_fail(err, SPUR_ENOMEM, "no room for a formula");
	if (f != NULL) {
		f->count = c.code.len / sizeof(struct instr);
		memcpy(f->code, c.code.data, c.code.len);
	}
	spur_buf_finish(&c.code);
	*out = f;
	return st;
}

double mdf_formula_value(const struct mdf_formula *f, double x)
{
	double stack[STACK_MAX], *top = stack;

	for (const struct instr *i = f->code, *end = i + f->count; i < end; i++) {
		switch (i->op) {
		case OP_NUMBER: *top++ = i->number; break;
		case OP_X: *top++ = x; break;
		case OP_NEG: top[-1] = -top[-1]; break;
		case OP_ADD: top--; top[-1] += *top; break;
		case OP_SUB: top--; top[-1] -= *top; break;
		case OP_MUL: top--; top[-1] *= *top; break;
		case OP_DIV: top--; top[-1] /= *top; break;
		case OP_POW: top--; top[-1] = pow(top[-1], *top); break;
		case OP_CALL: top[-1] = i->fn(top[-1]); break;
		}
	}
	return top == stack ? (double)NAN : top[-1];
}
