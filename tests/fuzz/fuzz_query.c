#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/eval.h"
#include "query/token.h"
#include "sync/resample.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* An expression: parsed, written and parsed again, and evaluated over points in blocks. */
#define ROWS 257u

struct counted {
	uint64_t next;
	bool predicate;
};

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
	return SPUR_OK;
}

static enum spur_status push(struct spur_eval *e, size_t signals, size_t rows, struct spur_error *err)
{
	static const double odd[] = { 0, 1, -1, 2.5, 1e300, -1e300, 1e-300, 100, (double)INFINITY, (double)NAN };
	double *values = spur_calloc(rows * signals, sizeof(*values));
	int32_t *codes = spur_calloc(rows * signals, sizeof(*codes));
	const double **v = spur_calloc(signals, sizeof(*v));
	const int32_t **c = spur_calloc(signals, sizeof(*c));
	enum spur_status st;

	for (size_t s = 0; s < signals; s++) {
		v[s] = values + s * rows;
		c[s] = codes + s * rows;
		for (size_t i = 0; i < rows; i++) {
			values[s * rows + i] = odd[(i * (s + 3) / 4) % (sizeof(odd) / sizeof(odd[0]))];
			codes[s * rows + i] = i % 5 == 0 ? SPUR_WORD_NONE : i % 7 == 0 ? SPUR_WORD_OTHER : (int32_t)(i % 2);
		}
	}
	st = spur_eval_push(e, rows, v, c, err);
	free(values);
	free(codes);
	free(v);
	free(c);
	return st;
}

static void evaluate(const struct spur_query *q)
{
	const struct spur_eval_opts o = { .step_ns = 10000000, .gap_ns = 20000000, .min_ns = 30000000 };
	struct counted c = { 0, spur_query_is_predicate(q) };
	struct spur_eval *e = NULL;
	struct spur_error err;
	size_t signals;
	enum spur_status st;

	spur_query_signals(q, &signals);
	st = spur_eval_create(q, &o, count, &c, &e, &err);
	fuzz_check_status(st, &err);
	for (size_t at = 0, rows = 1; st >= 0 && at < ROWS; at += rows, rows = rows * 3 > ROWS - at ? ROWS - at : rows * 3)
		st = push(e, signals, rows, &err);
	if (st >= 0 && (st = spur_eval_end(e, &err)) >= 0)
		fuzz_check(c.next == ROWS || signals == 0);
	fuzz_check_status(st, &err);
	spur_eval_destroy(e);
}

static void look(const struct spur_query *q)
{
	size_t n;
	const struct spur_query_signal *s = spur_query_signals(q, &n);
	double factor, offset;

	for (size_t i = 0; i < n; i++) {
		fuzz_touch_text(s[i].name);
		fuzz_touch_text(s[i].label);
		spur_unit_convert(s[i].unit, "", &factor, &offset);
		for (size_t k = 0; s[i].words != NULL && s[i].words[k] != NULL; k++)
			fuzz_touch_text(s[i].words[k]);
	}
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_query *q = NULL, *again = NULL;
	struct spur_error err;
	char *text = spur_strndup((const char *)data, len);
	enum spur_status st = spur_query_parse(text, &q, &err);

	fuzz_check_status(st, &err);
	if (st >= 0) {
		look(q);
		fuzz_check(strcmp(spur_query_source(q), text) == 0);
		/* What it is written as is the same query. */
		fuzz_check(spur_query_parse(spur_query_text(q), &again, &err) >= 0);
		fuzz_check(strcmp(spur_query_text(q), spur_query_text(again)) == 0);
		evaluate(q);
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
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fuzz_seed_text(texts[i]);
}

static const char *const words[] = {
	" and ", " or ", " not ", " for >= ", " within ", " after ", " before ", " containing ", " gap ", " score ", "let ", "lowpass(", "deriv(", "mean(",
	"std(", "rolling_min(", "rolling_max(", "integral(", "delay(", "hold(", "hysteresis(", "rising(", "falling(", "valid(", "if(", "[km/h]", "0.5s",
	"300ms", "1e308", "==", "!=", "<=", ">=", "\"", "'", "`", "abs(", "mod(", "round(", NULL
};

const struct fuzz_target fuzz_target = { .name = "query", .max_len = 4u << 10, .run = run, .seeds = seeds, .words = words };
