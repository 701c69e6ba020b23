#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void bench_results_add(struct bench_results *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&r->text, fmt, ap);
	va_end(ap);
	spur_buf_addc(&r->text, '\n');
}

void bench_results_stats(struct bench_results *r, const char *key, const struct bench_stats *s)
{
	bench_results_add(r, "%s\t=%llu\t%.17g\t%.17g\t%.17g", key, (unsigned long long)s->n, s->min, s->max, s->sum);
}

uint64_t bench_results_lines(const struct bench_results *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->text.len; i++)
		n += r->text.data[i] == '\n';
	return n;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a copy, sorted. */
static char **lines_of(char *text, bool with_order, size_t *count)
{
	char **lines = spur_calloc(1, sizeof(*lines)), *save = NULL;
	size_t n = 0, cap = 1;

	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		if (!with_order && strncmp(l, "order\t", 6) == 0)
			continue;
		if (n == cap)
			lines = spur_realloc(lines, cap *= 2, sizeof(*lines));
		lines[n++] = l;
	}
	if (n > 1)
		qsort(lines, n, sizeof(*lines), by_text);
	*count = n;
	return lines;
}

static bool same_cell(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x, y, scale;

	if (strcmp(a, b) == 0)
		return true;
	if (*a == '=' || *b == '=')
		return false;
	x = strtod(a, &end_a);
	y = strtod(b, &end_b);
	if (end_a == a || end_b == b || *end_a != '\0' || *end_b != '\0')
		return false;
	if (isnan(x) || isnan(y))
		return isnan(x) && isnan(y);
	scale = fmax(1, fmax(fabs(x), fabs(y)));
	return fabs(x - y) <= 1e-9 * scale;
}

static bool same_line(const char *a, const char *b)
{
	char *x = spur_strdup(a), *y = spur_strdup(b), *rest_x = x, *rest_y = y, *p, *q;
	bool same = true;

	do {
		p = strsep(&rest_x, "\t");
		q = strsep(&rest_y, "\t");
		same = p == NULL || q == NULL ? p == q : same_cell(p, q);
	} while (same && p != NULL);
	free(x);
	free(y);
	return same;
}

/* The lines are sorted by key, then cells: where cells differ a little, keys still stand in order as
 * long as they are unique, which is what a key is. */
static const char *first_difference(char **x, size_t n, char **y, size_t m)
{
	static char text[256];

	for (size_t i = 0; i < n && i < m; i++) {
		if (!same_line(x[i], y[i])) {
			snprintf(text, sizeof(text), "'%.80s' against '%.80s'", x[i], y[i]);
			return text;
		}
	}
	if (n == m)
		return NULL;
	snprintf(text, sizeof(text), "%zu results against %zu", n, m);
	return text;
}

const char *bench_results_differ(const struct bench_results *a, const struct bench_results *b, bool with_order)
{
	char *x = spur_strdup(spur_buf_text(&a->text)), *y = spur_strdup(spur_buf_text(&b->text));
	size_t n, m;
	char **xs = lines_of(x, with_order, &n), **ys = lines_of(y, with_order, &m);
	const char *what = n == 0 ? "nothing was computed" : first_difference(xs, n, ys, m);

	free(xs);
	free(ys);
	free(x);
	free(y);
	return what;
}
