/* Expressions: what is understood, what is refused and how, and that results are those of a
 * plain evaluation of every point, whatever the blocks are. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "query/eval.h"
#include "query/query.h"
#include "sync/resample.h"

#include "../tap.h"

#define STEP (SPUR_NS_PER_S / 100)
enum { N = 3000 };

static double x[N], y[N];
static int32_t code[N];

static void refused(const char *text, const char *want)
{
	struct spur_query *q = NULL;
	struct spur_error err = { 0 };
	enum spur_status st = spur_query_parse(text, &q, &err);
	char name[200];

	snprintf(name, sizeof(name), "refused: %s", text);
	if (!ok(st == SPUR_EINVAL && strstr(err.text, want) != NULL, name))
		printf("# got: %s\n", st < 0 ? err.text : "accepted");
	spur_query_destroy(q);
}

static void errors_point_at_the_column(void)
{
	struct spur_query *q = NULL;
	struct spur_error err;

	is_int(spur_query_parse("a > 1 and\n  speeed( b ) > 2", &q, &err), SPUR_EINVAL, "an unknown function");
	is_str(err.text, "query line 2, column 3: there is no function speeed(); see spur-query(7)\n    speeed( b ) > 2\n    ^",
	       "line, column, the line and a caret");
	refused("", "column 1: the query ends where a value is expected");
	refused("a >", "column 4: the query ends");
	refused("(a > 1", "column 7: the query ends where ')' is expected");
	refused("a = 1", "column 3: equality is written ==");
	refused("1 < a < 2", "column 7: comparisons do not chain");
	refused("a and b > 1", "column 1: and wants true or false, this is a number");
	refused("a > 1 for 3", "column 11: for wants a span of time");
	refused("a > 1 for >= 2h", "a span is between 0 s and 1 h");
	refused("a > 1 containing b >", "column 21: the query ends");
	refused("a > 1 within 2s of b >", "column 23: the query ends");
	refused("a > 1 within 2s b > 1", "column 17: within 2s of, before or after what?");
	refused("a > 3kmh", "column 6: 'kmh' is no unit of time");
	refused("a > 3[furlong]", "the unit 'furlong' is not known");
	refused("\"a > 1", "column 1: this quote is never closed");
	refused("a > 'x'", "a text stands on the right");
	refused("abs(a) == \"x\"", "only a signal itself");
	refused("abs(a, b) > 1", "abs is written abs(x)");
	refused("mean(a, b) > 1", "mean wants a span of time");
	refused("lowpass(a, b) > 1", "lowpass wants a plain number");
	refused("a > 1 b", "column 7: the query should end here");
	refused("a > 1 & b > 1", "column 7: '&' means nothing here");
	refused("let and = 1; a > 1", "let wants a name");
	refused("let v = a a > v", "';' is expected at the end of a let");
}

static void nesting_is_capped(void)
{
	char text[4000];
	size_t n = 0;

	for (int i = 0; i < 1500; i++)
		text[n++] = '(';
	strcpy(text + n, "a");
	refused(text, "nested too deep");
	for (n = 0; n < 3000; n++)
		text[n] = '-';
	text[n] = '\0';
	refused(text, "nested too deep");
	for (n = 0; n < 3200; n += 4)
		memcpy(text + n, "not ", 4);
	strcpy(text + n, "a > 1");
	refused(text, "nested too deep");
}

static void names_and_texts(void)
{
	const struct spur_query_signal *s;
	struct spur_query *q = NULL;
	struct spur_error err;
	size_t n;

	is_int(spur_query_parse("# what\n\"/imu.acc.x\" < -3 and ABS == \"active\" and ABS != 'off' and ecu:v[km/h] > 10"
				" and ecu:\"a b\" > 1  # end", &q, &err), SPUR_OK, "names, quotes, sources, units, comments");
	s = spur_query_signals(q, &n);
	is_int((intmax_t)n, 4, "four signals: a text is not wanted as a number too");
	ok(n == 4 && strcmp(s[0].name, "/imu.acc.x") == 0 && s[0].words == NULL, "a quoted name on the left is a signal");
	ok(n == 4 && s[1].words != NULL && strcmp(s[1].words[0], "active") == 0 && strcmp(s[1].words[1], "off") == 0 &&
	   s[1].words[2] == NULL, "the texts it is compared with");
	ok(n == 4 && strcmp(s[2].name, "ecu:v") == 0 && strcmp(s[2].unit, "km/h") == 0, "a source and a unit");
	ok(n == 4 && strcmp(s[3].name, "ecu:a b") == 0, "a source and a quoted name");
	is_str(spur_query_text(q), "\"/imu.acc.x\" < -3 and ABS == \"active\" and ABS != 'off' and ecu:v[km/h] > 10 and ecu:\"a b\" > 1",
	       "the text without comments");
	spur_query_destroy(q);
}

static void units(void)
{
	double f, o;

	ok(spur_unit_convert("km/h", "m/s", &f, &o) && fabs(f - 1 / 3.6) < 1e-15 && o == 0, "km/h to m/s");
	ok(spur_unit_convert("\xc2\xb0""C", "K", &f, &o) && f == 1 && o == 273.15, "Celsius to Kelvin");
	ok(!spur_unit_convert("km/h", "bar", &f, &o), "not to a pressure");
}

struct got {
	double v[N], plain[N];
	uint64_t next;
	bool in_order;
};

static enum spur_status take(void *state, const struct spur_eval_rows *r, struct spur_error *err)
{
	struct got *g = state;

	(void)err;
	g->in_order &= r->first == g->next && r->first + r->rows <= N;
	if (!g->in_order)
		return SPUR_OK;
	memcpy(g->v + r->first, r->values, r->rows * sizeof(double));
	memcpy(g->plain + r->first, r->plain, r->rows * sizeof(double));
	for (size_t i = 0; i < r->rows; i++)
		g->in_order &= isnan(r->signals[0][i]) || r->signals[0][i] == x[r->first + i] || r->signals[0][i] == code[r->first + i];
	g->next += r->rows;
	return SPUR_OK;
}

/* Pushes x, y and the code by the names the query has for them. */
static bool evaluate(const char *text, size_t block, spur_ns gap_ns, spur_ns min_ns, struct got *g)
{
	struct spur_eval_opts o = { .step_ns = STEP, .gap_ns = gap_ns, .min_ns = min_ns };
	const struct spur_query_signal *s;
	struct spur_query *q = NULL;
	struct spur_eval *e = NULL;
	struct spur_error err = { 0 };
	size_t n;

	*g = (struct got){ .in_order = true };
	if (spur_query_parse(text, &q, &err) < 0 || spur_eval_create(q, &o, take, g, &e, &err) < 0) {
		printf("# %s: %s\n", text, err.text);
		spur_query_destroy(q);
		return false;
	}
	s = spur_query_signals(q, &n);
	for (size_t at = 0; at < N; at += block) {
		const double *v[4];
		const int32_t *c[4];

		for (size_t i = 0; i < n; i++) {
			v[i] = strcmp(s[i].name, "x") == 0 ? x + at : y + at;
			c[i] = code + at;
		}
		spur_eval_push(e, at + block > N ? N - at : block, v, c, &err);
	}
	spur_eval_end(e, &err);
	spur_eval_destroy(e);
	spur_query_destroy(q);
	return g->in_order && g->next == N;
}

static void fill(void)
{
	uint64_t s = 12345;

	for (int i = 0; i < N; i++) {
		s = s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		x[i] = 3 * sin(i * 0.013) + sin(i * 0.11) + (double)(s >> 40) / (1 << 24) - 0.5;
		y[i] = cos(i * 0.007) * 2;
		code[i] = i / 37 % 4 == 3 ? SPUR_WORD_NONE : i / 37 % 4 == 2 ? SPUR_WORD_OTHER : i / 37 % 4;
		if ((i > 700 && i < 760) || i % 411 == 0)
			x[i] = NAN;
	}
}

typedef double plain_fn(int i);
static double at(int i) { return i < 0 || i >= N ? NAN : x[i]; }
static double gt(double a, double b) { return isnan(a) || isnan(b) ? NAN : a > b; }

static double do_arith(int i) { return x[i] * 2 - y[i] / 3 + x[i] * x[i]; }
static double do_delay(int i) { return at(i - 50); }
static double do_ahead(int i) { return at(i + 50); }
static double do_diff(int i)
{
	double a = at(i - 1), b = at(i + 1);

	if (isnan(at(i)) || (isnan(a) && isnan(b)))
		return NAN;
	return isnan(a) ? (b - at(i)) / 0.01 : isnan(b) ? (at(i) - a) / 0.01 : (b - a) / 0.02;
}

static double do_and(int i)
{
	double a = gt(x[i], 1), b = gt(y[i], 0);

	return a == 0 || b == 0 ? 0 : isnan(a) || isnan(b) ? NAN : 1;
}

static double windowed(int i, int half, int what)
{
	double sum = 0, lo = INFINITY, hi = -INFINITY;
	int n = 0;

	for (int k = i - half; k <= i + half; k++) {
		double v = at(k);

		if (isnan(v))
			continue;
		sum += v;
		lo = v < lo ? v : lo;
		hi = v > hi ? v : hi;
		n++;
	}
	return n == 0 ? NAN : what == 0 ? sum / n : what == 1 ? lo : hi;
}

/* Least squares over the known points of [i - half, i + half], as written in books. */
static double do_slope(int i)
{
	const int half = 25;
	double n = 0, mean_d = 0, mean_v = 0, cross = 0, square = 0;

	for (int d = -half; d <= half; d++) {
		if (i + d < 0 || i + d >= N || isnan(x[i + d]))
			continue;
		n++;
		mean_d += d;
		mean_v += x[i + d];
	}
	if (n < half + 1 || isnan(x[i]))
		return NAN;
	mean_d /= n;
	mean_v /= n;
	for (int d = -half; d <= half; d++) {
		if (i + d < 0 || i + d >= N || isnan(x[i + d]))
			continue;
		cross += (d - mean_d) * (x[i + d] - mean_v);
		square += (d - mean_d) * (d - mean_d);
	}
	return cross / square * 100;
}

static double do_mean(int i) { return windowed(i, 25, 0); }
static double do_min(int i) { return windowed(i, 25, 1); }
static double do_max(int i) { return windowed(i, 25, 2); }

static bool on(int i) { return i >= 0 && i < N && x[i] > 1; }
static double raw(int i) { return gt(x[i], 1); }

static double do_for(int i)
{
	int a = i, b = i;

	if (!on(i))
		return raw(i);
	while (on(a - 1))
		a--;
	while (on(b + 1))
		b++;
	return b - a + 1 >= 30;
}

static double do_for_le(int i)
{
	return on(i) ? 1 - do_for(i) : raw(i);	/* 30 and more against at most 29 */
}

static double do_gap(int i)
{
	int a = i, b = i;

	if (on(i))
		return 1;
	while (a >= 0 && !on(a))
		a--;
	while (b < N && !on(b))
		b++;
	return a >= 0 && b < N && b - a - 1 <= 20 ? 1 : raw(i);
}

static double near(int i, int back, int ahead)
{
	if (!on(i))
		return raw(i);
	for (int k = i - back; k <= i + ahead; k++) {
		if (k >= 0 && k < N && y[k] > 1.9)
			return 1;
	}
	return 0;
}

static double do_within(int i) { return near(i, 40, 40); }
static double do_before(int i) { return near(i, 0, 40); }
static double do_after(int i) { return near(i, 40, 0); }

static double do_containing(int i)
{
	if (!on(i))
		return raw(i);
	for (int k = i; on(k); k--) {
		if (x[k] > 3)
			return 1;
	}
	for (int k = i; on(k); k++) {
		if (x[k] > 3)
			return 1;
	}
	return 0;
}

static double do_hysteresis(int i)
{
	double state = 0;

	for (int k = 0; k <= i; k++)
		state = isnan(x[k]) || x[k] <= -1 ? 0 : x[k] >= 2 ? 1 : state;
	return isnan(x[i]) ? NAN : state;
}

static double do_hold(int i)
{
	for (int k = i; k >= 0 && k >= i - 10; k--) {
		if (!isnan(x[k]))
			return x[k];
	}
	return NAN;
}

static double do_text(int i)
{
	return code[i] < 0 ? NAN : code[i] == 1;
}

static double do_rising(int i)
{
	int k = i - 1;

	while (k >= 0 && isnan(x[k]))
		k--;
	return isnan(x[i]) ? NAN : k >= 0 && on(i) && !on(k);
}

static void agrees(const char *text, plain_fn *plain, double tolerance)
{
	static const size_t blocks[] = { N, 1, 7, 64, 1000 };
	static struct got g, first;
	int bad = 0, differ = 0, truths = 0, falses = 0;
	char name[200];

	for (size_t b = 0; b < sizeof(blocks) / sizeof(*blocks); b++) {
		if (!evaluate(text, blocks[b], 0, 0, &g)) {
			bad++;
			continue;
		}
		if (b == 0)
			first = g;
		differ += memcmp(g.v, first.v, sizeof(g.v)) != 0;
		for (int i = 0; i < N; i++) {
			double want = plain(i);

			bad += isnan(want) != isnan(g.v[i]) || fabs(want - g.v[i]) > tolerance;
			truths += want > 0;
			falses += want <= 0;
		}
	}
	snprintf(name, sizeof(name), "%s: as point by point", text);
	if (!ok(bad == 0 && truths > 0 && falses > 0, name))
		printf("# %d of %d points differ, %d true, %d false\n", bad, 5 * N, truths, falses);
	snprintf(name, sizeof(name), "%s: the same bits for every block size", text);
	ok(differ == 0, name);
}

static void evaluation(void)
{
	agrees("x * 2 - y / 3 + x ^ 2", do_arith, 1e-12);
	agrees("let a = x > 1; a and y > 0", do_and, 0);
	agrees("delay(x, 0.5s)", do_delay, 0);
	agrees("delay(x, -500ms)", do_ahead, 0);
	agrees("deriv(x)", do_diff, 1e-9);
	agrees("deriv(x, 0.5s)", do_slope, 1e-9);
	agrees("mean(x, 0.5s)", do_mean, 1e-12);
	agrees("min(x, 0.5s)", do_min, 0);
	agrees("max(x, 0.5s)", do_max, 0);
	agrees("x > 1 for >= 0.3s", do_for, 0);
	agrees("x > 1 for <= 0.29s", do_for_le, 0);
	agrees("x > 1 gap 0.2s", do_gap, 0);
	agrees("x > 1 within 0.4s of y > 1.9", do_within, 0);
	agrees("x > 1 within 0.4s before y > 1.9", do_before, 0);
	agrees("x > 1 within 0.4s after y > 1.9", do_after, 0);
	agrees("x > 1 containing x > 3", do_containing, 0);
	agrees("hysteresis(x, 2, -1)", do_hysteresis, 0);
	agrees("hold(x, 100ms)", do_hold, 0);
	agrees("rising(x > 1)", do_rising, 0);
	agrees("s != 'none' and s == \"right\"", do_text, 0);
}

/* Runs of 25 to 35 steps with gaps of 15 to 25: some as long as the spans say, some one step more and less. */
static void spans_to_the_step(void)
{
	static double keep[N];
	int i = 0;

	memcpy(keep, x, sizeof(x));
	for (int k = 0; i < N; k++) {
		for (int left = 25 + k * 4 % 11; left > 0 && i < N; left--)
			x[i++] = 2;
		for (int left = 15 + k * 7 % 11; left > 0 && i < N; left--)
			x[i++] = 0;
	}
	agrees("x > 1 gap 0.2s", do_gap, 0);
	agrees("x > 1 for >= 0.3s", do_for, 0);
	agrees("x > 1 for <= 0.29s", do_for_le, 0);
	agrees("x > 1 within 0.4s of y > 1.9", do_within, 0);
	agrees("hold(x, 100ms)", do_hold, 0);
	agrees("rising(x > 1)", do_rising, 0);
	memcpy(x, keep, sizeof(x));
}

/* lowpass: gain 1 for a constant, 1/sqrt(2) at its frequency, and no phase. */
static void lowpass(void)
{
	static struct got g;
	static double keep[N];
	double peak = 0;

	memcpy(keep, x, sizeof(x));
	for (int i = 0; i < N; i++)
		x[i] = sin(2 * 3.14159265358979 * 2 * i / 100.0);
	ok(evaluate("lowpass(x, 2)", 333, 0, 0, &g), "lowpass runs");
	for (int i = 1000; i < 2000; i++)
		peak = fmax(peak, g.v[i]);
	ok(fabs(peak - sqrt(0.5)) < 0.005, "half the power at its frequency");
	ok(fabs(g.v[1500]) < 1e-9, "zeros stay where they are");
	ok(evaluate("deriv(x, 0.1s)", 333, 0, 0, &g), "a slope over a window");
	ok(fabs(g.v[1500] - 4 * 3.14159265) < 0.7, "is near the derivative");
	memcpy(x, keep, sizeof(x));
}

/* What is not finite is unknown, and gone once the window has passed it. */
static void infinities(void)
{
	static struct got g;
	static double keep[N];

	memcpy(keep, x, sizeof(x));
	for (int i = 0; i < N; i++)
		x[i] = i;
	x[100] = INFINITY;
	x[700] = -INFINITY;
	ok(evaluate("mean(x, 0.5s)", 333, 0, 0, &g) && fabs(g.v[100] - 100) < 1e-9 && fabs(g.v[500] - 500) < 1e-9, "an infinity is left out of a mean");
	ok(evaluate("deriv(x, 0.5s)", 333, 0, 0, &g) && isnan(g.v[100]) && fabs(g.v[101] - 100) < 1e-9 && fabs(g.v[900] - 100) < 1e-9,
	   "and out of a slope");
	memcpy(x, keep, sizeof(x));
}

static const char *refused_to_run(const char *text)
{
	static struct spur_error err;
	struct spur_eval_opts o = { .step_ns = STEP };
	struct spur_query *q = NULL;
	struct spur_eval *e = NULL;

	err = (struct spur_error){ 0 };
	if (spur_query_parse(text, &q, &err) >= 0 && spur_eval_create(q, &o, NULL, NULL, &e, &err) >= 0)
		spur_eval_destroy(e);
	spur_query_destroy(q);
	return err.text;
}

/* What would cost hours or gigabytes is refused before it begins. */
static void budgets(void)
{
	struct spur_buf b = { 0 };

	ok(*refused_to_run("lowpass(x, 0.006)") == '\0', "a low-pass of some minutes runs");
	ok(strstr(refused_to_run("lowpass(x, 0.001)"), "looks at 106005 points") != NULL, "of an hour it does not");
	ok(strstr(refused_to_run("lowpass(x, 0.006) + lowpass(y, 0.006)"), "a query at 20000 in all") != NULL, "nor do two of minutes");
	for (int i = 0; i < 60; i++)
		spur_buf_adds(&b, i > 0 ? " + min(x, 3600s)" : "min(x, 3600s)");
	ok(strstr(refused_to_run(spur_buf_text(&b)), "more than 8388608 steps") != NULL, "so do many long windows");
	spur_buf_finish(&b);
}

static void shaping(void)
{
	static struct got g, h;

	ok(evaluate("x > 1", 64, SPUR_NS_PER_S / 5, SPUR_NS_PER_S / 2, &g) &&
	   evaluate("x > 1 gap 0.2s for >= 0.5s", 1000, 0, 0, &h) && memcmp(g.v, h.v, sizeof(g.v)) == 0,
	   "gap and min of the caller are gap and for of the language");
	ok(memcmp(g.plain, g.v, sizeof(g.v)) != 0 && memcmp(h.plain, h.v, sizeof(h.v)) == 0, "and the plain truth stays beside");
}

int main(void)
{
	fill();
	errors_point_at_the_column();
	nesting_is_capped();
	names_and_texts();
	units();
	evaluation();
	spans_to_the_step();
	lowpass();
	infinities();
	budgets();
	shaping();
	return tap_done();
}
