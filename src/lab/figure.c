#include "config.h"

#include "lab/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

double spur_figure_number(const json_t *v)
{
	const char *s;

	if (json_is_number(v))
		return json_number_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? 1 : 0;
	s = json_string_value(v);
	if (s != NULL && strcmp(s, "Infinity") == 0)
		return HUGE_VAL;
	if (s != NULL && strcmp(s, "-Infinity") == 0)
		return -HUGE_VAL;
	return NAN;
}

/* One side of a comparison. */
struct operand {
	enum { OPERAND_MISSING, OPERAND_NUMBER, OPERAND_TEXT } kind;
	double number;
	char text[64];
};

#define WORDS_MAX 5
#define WORD_MAX 64

static void number_text(double v, char out[64])
{
	char buf[32];
	size_t n = spur_f64_text(v, buf);

	snprintf(out, 64, "%.*s", (int)n, buf);
}

static bool is_infinity(const char *s)
{
	return strcmp(s, "Infinity") == 0 || strcmp(s, "-Infinity") == 0 || strcmp(s, "NaN") == 0;
}

static struct operand of_figure(const json_t *v)
{
	struct operand o = { .kind = OPERAND_MISSING };

	if (v == NULL || json_is_null(v))
		return o;
	if (json_is_string(v) && !is_infinity(json_string_value(v))) {
		o.kind = OPERAND_TEXT;
		snprintf(o.text, sizeof(o.text), "%s", json_string_value(v));
		return o;
	}
	o.kind = OPERAND_NUMBER;
	o.number = spur_figure_number(v);
	if (json_is_boolean(v))
		snprintf(o.text, sizeof(o.text), "%s", json_is_true(v) ? "true" : "false");
	else
		number_text(o.number, o.text);
	return o;
}

static struct operand of_word(const char *w, const json_t *figures)
{
	struct operand o = { .kind = OPERAND_NUMBER };
	size_t len = strlen(w);
	char *end;

	if (len >= 2 && w[0] == '"' && w[len - 1] == '"') {
		o.kind = OPERAND_TEXT;
		snprintf(o.text, sizeof(o.text), "%.*s", (int)(len - 2), w + 1);
		return o;
	}
	if (strcmp(w, "true") == 0 || strcmp(w, "false") == 0) {
		o.number = w[0] == 't';
		snprintf(o.text, sizeof(o.text), "%s", w);
		return o;
	}
	o.number = strtod(w, &end);
	if (end != w && *end == '\0') {
		number_text(o.number, o.text);
		return o;
	}
	return of_figure(json_object_get(figures, w));
}

/* Words between spaces; false when there are too many or one is too long. */
static bool split(const char *text, char words[WORDS_MAX][WORD_MAX], size_t *count)
{
	*count = 0;
	for (;;) {
		size_t n;

		text += strspn(text, " ");
		if (*text == '\0')
			return true;
		n = strcspn(text, " ");
		if (*count == WORDS_MAX || n >= WORD_MAX)
			return false;
		memcpy(words[*count], text, n);
		words[(*count)++][n] = '\0';
		text += n;
	}
}

static bool holds(double a, const char *op, double b)
{
	if (strcmp(op, ">=") == 0)
		return a >= b;
	if (strcmp(op, "<=") == 0)
		return a <= b;
	if (strcmp(op, ">") == 0)
		return a > b;
	if (strcmp(op, "<") == 0)
		return a < b;
	return strcmp(op, "==") == 0 ? a == b : a != b;	/* NaN fails every one but != */
}

static bool is_op(const char *w)
{
	static const char *const ops[] = { ">=", "<=", ">", "<", "==", "!=" };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(ops[i], w) == 0)
			return true;
	}
	return false;
}

static bool texts_hold(const struct operand *a, const char *op, const struct operand *b)
{
	bool same = strcmp(a->text, b->text) == 0;

	return strcmp(op, "==") == 0 ? same : strcmp(op, "!=") == 0 && !same;
}

/* a = a +- b, as far as both are numbers. */
static void add(struct operand *a, const char *sign, const struct operand *b)
{
	if (a->kind != OPERAND_NUMBER || b->kind != OPERAND_NUMBER) {
		a->kind = OPERAND_MISSING;
		return;
	}
	a->number += sign[0] == '-' ? -b->number : b->number;
	number_text(a->number, a->text);
}

enum spur_status spur_check_eval(const char *text, const json_t *figures, struct spur_check *out, struct spur_error *err)
{
	char w[WORDS_MAX][WORD_MAX];
	struct operand left, right, more;
	size_t n;

	memset(out, 0, sizeof(*out));
	if (!split(text, w, &n) || (n != 3 && n != 5) || !is_op(w[1]) ||
	    (n == 5 && strcmp(w[3], "+") != 0 && strcmp(w[3], "-") != 0))
		return spur_fail(err, SPUR_EFORMAT, "'%s' is no check: FIGURE OP VALUE, or FIGURE OP VALUE + VALUE", text);
	left = of_word(w[0], figures);
	right = of_word(w[2], figures);
	if (n == 5) {
		more = of_word(w[4], figures);
		add(&right, w[3], &more);
	}
	out->known = left.kind != OPERAND_MISSING && right.kind != OPERAND_MISSING;
	snprintf(out->got, sizeof(out->got), "%s", left.text);
	snprintf(out->want, sizeof(out->want), "%s %s", w[1], right.text);
	if (out->known && left.kind == right.kind)
		out->passed = left.kind == OPERAND_TEXT ? texts_hold(&left, w[1], &right) :
							  holds(left.number, w[1], right.number);
	return SPUR_OK;
}
