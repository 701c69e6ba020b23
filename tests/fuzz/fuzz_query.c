#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/eval.h"
#include "query/functions.h"
#include "query/node.h"
#include "query/token.h"
#include "sync/resample.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* An expression: parsed, written and parsed again, and evaluated over points in blocks. */
#define ROWS 257u

struct counted {
	uint64_t next;
	bool predicate;
	char last[160];		/* what was told of the point before, and how often it came again */
	unsigned again;
};

/* Six digits: sums of what is large and small. Equal points in a row are told once. */
static void tell_row(struct counted *c, const struct spur_eval_rows *r, size_t i)
{
	double plain = c->predicate ? r->plain[i] : 0, score = r->score == NULL ? 0 : r->score[i];
	char line[160];

	snprintf(line, sizeof(line), "%.6g %.6g %.6g", isnan(r->values[i]) ? (double)NAN : r->values[i], isnan(plain) ? (double)NAN : plain,
		 isnan(score) ? (double)NAN : score);
	if (strcmp(line, c->last) == 0) {
		c->again++;
		return;
	}
	fuzz_tell("x%u\n%s ", c->again + 1, line);
	snprintf(c->last, sizeof(c->last), "%s", line);
	c->again = 0;
}

static enum spur_status count(void *state, const struct spur_eval_rows *r, struct spur_error *err)
{
	struct counted *c = state;

	(void)err;
	fuzz_check(r->first == c->next);
	c->next += r->rows;
	fuzz_touch(r->values, r->rows * sizeof(*r->values));
	fuzz_touch(r->plain, r->rows * sizeof(*r->plain));
	if (r->score != NULL)
		fuzz_touch(r->score, r->rows * sizeof(*r->score));
	for (size_t i = 0; c->predicate && i < r->rows; i++)
		fuzz_check(isnan(r->values[i]) || r->values[i] == 0 || r->values[i] == 1);
	for (size_t i = 0; i < r->rows; i++)
		tell_row(c, r, i);
	return SPUR_OK;
}

/* Two tables of samples: odd numbers side by side; slow and quick waves with steps, and gaps of all lengths. */
static double odd_sample(size_t s, size_t i)
{
	static const double odd[] = { 0, 1, -1, 2.5, 1e300, -1e300, 1e-300, 100, (double)INFINITY, (double)NAN };

	return odd[(i * (s + 3) / 4) % (sizeof(odd) / sizeof(odd[0]))];
}

static double wave_sample(size_t s, size_t i)
{
	size_t period = 12 + 23 * (s % 4), at = (i + 5 * s) % period;
	double up = (double)(at < period / 2 ? at : period - at);

	if (i % (61 + 10 * s) < (i / 40) % 5 * 2 || (i > 200 && i < 230 && i % 3 == 1))
		return (double)NAN;
	return up * (1 + (double)s) / 4 - 2 + (i > 130 ? 60 : 0);
}

static enum spur_status push(struct spur_eval *e, size_t signals, size_t first, size_t rows, bool odd, struct spur_error *err)
{
	double *values = spur_calloc(rows * signals, sizeof(*values));
	int32_t *codes = spur_calloc(rows * signals, sizeof(*codes));
	const double **v = spur_calloc(signals, sizeof(*v));
	const int32_t **c = spur_calloc(signals, sizeof(*c));
	enum spur_status st;

	for (size_t s = 0; s < signals; s++) {
		v[s] = values + s * rows;
		c[s] = codes + s * rows;
		for (size_t i = 0; i < rows; i++) {
			size_t at = odd ? i : first + i;

			values[s * rows + i] = odd ? odd_sample(s, at) : wave_sample(s, at);
			codes[s * rows + i] = at % 19 == 0 ? SPUR_WORD_NONE : at % 7 == 0 ? SPUR_WORD_OTHER : (int32_t)(at / 5 % 3);
		}
	}
	st = spur_eval_push(e, rows, v, c, err);
	free(values);
	free(codes);
	free(v);
	free(c);
	return st;
}

static void evaluate(const struct spur_query *q, const struct spur_eval_opts *o, bool odd)
{
	struct counted c = { .predicate = spur_query_is_predicate(q) };
	struct spur_eval *e = NULL;
	struct spur_error err;
	size_t signals;
	enum spur_status st;

	spur_query_signals(q, &signals);
	st = spur_eval_create(q, o, count, &c, &e, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("evaluate", st, &err);
	for (size_t at = 0, rows = 1; st >= 0 && at < ROWS; at += rows, rows = rows * 3 > ROWS - at ? ROWS - at : rows * 3)
		st = push(e, signals, at, rows, odd, &err);
	if (st >= 0 && (st = spur_eval_end(e, &err)) >= 0)
		fuzz_check(c.next == ROWS || signals == 0);
	fuzz_check_status(st, &err);
	fuzz_tell("x%u, %" PRIu64 " points\n", c.again + 1, c.next);
	spur_eval_destroy(e);
}

static void evaluations(const struct spur_query *q)
{
	static const struct spur_eval_opts merged = { .step_ns = 10000000, .gap_ns = 20000000, .min_ns = 30000000 };
	static const struct spur_eval_opts bare = { .step_ns = 100000000 }, none = { .step_ns = 0 };

	evaluate(q, &merged, true);
	evaluate(q, &bare, false);
	if (spur_query_is_predicate(q))
		evaluate(q, &merged, false);
	evaluate(q, &none, false);
}

static void tell_nodes(const struct spur_query *q)
{
	for (size_t i = 0; i < q->count; i++) {
		const struct spur_node *n = &q->nodes[i];

		fuzz_tell("%zu: op %d, kind %d, of", i, n->op, n->kind);
		for (size_t k = 0; k < n->nin; k++)
			fuzz_tell(" %zu", n->in[k]);
		fuzz_tell(", index %zu, byte %zu, value %.9g, before %.9g, after %.9g\n", n->index, n->at, n->value, n->before_s, n->after_s);
	}
	fuzz_tell("root %zu, score %zd, %s\n", q->root, (ssize_t)q->score, spur_query_has_score(q) ? "has one" : "-");
}

static void convert(const char *unit)
{
	static const char *const to[] = { "m/s", "m/s2", "deg", "rpm", "ms", "km", "bar", "K", "degC", "%", "mV", "mA", "kN", "kW", "kHz", "t", "Nm" };
	double factor, offset;

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		if (spur_unit_convert(unit, to[i], &factor, &offset))
			fuzz_tell("to %s * %.9g + %.9g\n", to[i], factor, offset);
		if (spur_unit_convert(to[i], unit, &factor, &offset))
			fuzz_tell("from %s * %.9g + %.9g\n", to[i], factor, offset);
	}
}

static void look(const struct spur_query *q)
{
	size_t n;
	const struct spur_query_signal *s = spur_query_signals(q, &n);
	double factor = 0, offset = 0;

	fuzz_tell_text("text", spur_query_text(q));
	tell_nodes(q);
	for (size_t i = 0; i < n; i++) {
		bool si = spur_unit_convert(s[i].unit, "", &factor, &offset);

		fuzz_tell_text("signal", s[i].name);
		fuzz_tell_text("label", s[i].label);
		fuzz_tell_text("unit", s[i].unit);
		fuzz_tell("at %zu, si %d %.9g %.9g\n", s[i].at, si, factor, offset);
		convert(s[i].unit);
		fuzz_touch_text(s[i].name);
		fuzz_touch_text(s[i].label);
		for (size_t k = 0; s[i].words != NULL && s[i].words[k] != NULL; k++)
			fuzz_tell_text("word", s[i].words[k]);
	}
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_query *q = NULL, *again = NULL;
	struct spur_error err;
	char *text = spur_strndup((const char *)data, len);
	enum spur_status st = spur_query_parse(text, &q, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("query", st, &err);
	if (st >= 0) {
		look(q);
		fuzz_check(strcmp(spur_query_source(q), text) == 0);
		/* What it is written as is the same query. */
		fuzz_check(spur_query_parse(spur_query_text(q), &again, &err) >= 0);
		fuzz_check(strcmp(spur_query_text(q), spur_query_text(again)) == 0);
		evaluations(q);
	}
	spur_query_destroy(again);
	spur_query_destroy(q);
	free(text);
}

static void seeds(void)
{
	static const char *const texts[] = {
		"speed > 50[km/h] and brake_bar > 20 for >= 0.5s gap 0.3s score -min(accel_x)",
		"let v = lowpass(ecu:\"Vehicle Speed\"[m/s], 2); deriv(v) < -3 within 2s after gear == \"D\"",
		"hysteresis(a, 1, 2) or rising(b > 1) and not falling(c <= 2) # comment\n and valid(`x y`)",
		"if(a > 1, mean(b, 1s), std(c, 300ms)) + rolling_max(d, 0.2s) - delay(e, 1s) * hold(f)",
		"a == 'text' or b != \"x\" and (c + 1) ^ 2 / 3 % 4 >= -d",
		"1 + 2 * 3 - -4 ^ 2", "a > 1 for <= 2s containing b < 1", "integral(a, 10s) > atan2(b, c) and hypot(d, e) < 1e-3",
		"min(a, b) < max(c, 2) and sign(d) == 1 and abs(e) > sqrt(f) and exp(g) > log(h)",
		"a", "a + b - c * 2 / d", "2 ^ 3 ^ 0.5 + a", "-a ^ 2", "not a > 1 or b < 2 and c >= 3", "(a > 1) == (b > 1)", "a != b", "a == b", "a <= b", "a < b",
		"deriv(a, 1s)", "deriv(a, 0.5s)", "deriv(a, 10ms)", "mean(a, 1s)", "std(a, 700ms)", "min(a, 1s)", "max(b, 1.2s)", "integral(a, 0.9s)",
		"delay(a, 0.5s)", "delay(b, 300ms)", "hold(a, 1s)", "hold(a, 0.3s)", "lowpass(a, 1)", "lowpass(b, 0.3)", "hysteresis(a, 0, 3)", "hysteresis(b, 3, 0)",
		"rising(a > 0)", "falling(b > 0)", "valid(a)", "valid(a) and b > 0", "if(valid(a), a, b)", "if(a > 0, 1, 0)", "min(a, b, c)", "max(a, b, 1)",
		"sign(a)", "floor(a)", "ceil(a)", "round(a)", "mod(a, 3)", "mod(a, 0 - 3)", "mod(a, 0)", "sqrt(a)", "log(a)", "exp(a)", "sin(a)", "cos(a)", "tan(a)",
		"atan2(a, b)", "hypot(a, b)", "abs(a)", "a > 0 for 0.5s", "a > 0 for >= 0.6s", "a > 0 for <= 0.4s", "a > 0 gap 0.3s", "a > 2 gap 1s for 1s",
		"a > 0 within 0.5s of b > 1", "a > 0 within 1s after b > 1", "a > 0 within 0.7s before b > 1", "a > -1 containing b > 3",
		"a > -1 for 0.3s containing b > 1 gap 0.2s", "a > 0 score b", "a > 1 or b > 1 score max(a, b) - c", "gear == 'D'", "gear != 'D' for 0.3s",
		"gear == 'D' or gear == 'R' and a > 1", "gear == \"D\" within 1s of gear == \"P\"", "let x = a + 1; let y = x * x; y > 4 and x < 3 score y",
		"a[km/h] > b[m/s] and c[degC] < 300[K]", "t > 20[degC] and p < 2[bar] and n > 1000[rpm] and w > 10[deg] and d < 1[km]", "a > 36[km/h]",
		/* what is wrong, and where */
		"a >", "> a", "a > 1 for", "a > 1 for 2", "a > 1 gap", "a > 1 within 2s", "a > 1 within 2s of", "a for 2s", "a > 1 for 4000s", "a > 1 and 2",
		"nosuch(a)", "abs()", "abs(a, b)", "mean(a)", "mean(a, b)", "mean(a, 5)", "min(a)", "min(a, b, c, d, e, f, g, h, i)", "if(a, b, c)", "not a",
		"(a > 1", "a > 1)", "a > \"x", "let = 3; a > 1", "let a = 3 a > 1", "let a = 1; let a = 2; b > a", "a == 1s", "a > 1[nosuch]", "'text'", "a[", "a[]",
		"a > 1 score", "a > 1 score b > 1", "a > 1\n  and b ?", "1 > 2", "a ! b", "a = b", "1.2.3 > a", "1e > a", "0x10 > a", "a > 1e999", "hysteresis(a, b, c)",
		"lowpass(a, 0)", "lowpass(a, -1)", "lowpass(a, 1s)", "delay(a, 2s) > 1", "hold(a, 0s)", "a:b > 1", "a:\"b c\" > 1", "a: > 1", "`` > 1", "\"\" > 1",
		"a.b.c > 1 and \xc3\xa4 > 2", "a > 1 # c", "# only", "", " ", "a > 1 and # c\n# d\n b > 2", "a and b", "1s > a", "a == 'it\\'s' or b == \"q\\\"q\"",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fuzz_seed_text(texts[i]);
}

static const char *const words[] = {
	" and ", " or ", " not ", " for >= ", " within ", " after ", " before ", " containing ", " gap ", " score ", "let ", "lowpass(", "deriv(", "mean(",
	"std(", "rolling_min(", "rolling_max(", "integral(", "delay(", "hold(", "hysteresis(", "rising(", "falling(", "valid(", "if(", "[km/h]", "0.5s",
	"300ms", "1e308", "==", "!=", "<=", ">=", "\"", "'", "`", "abs(", "mod(", "round(", NULL
};

const struct fuzz_target fuzz_target = { .name = "query", .max_len = 4u << 10, .run = run, .seeds = seeds, .words = words, .told = 6400 };
