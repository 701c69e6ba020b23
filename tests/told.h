#ifndef SPUR_TESTS_TOLD_H
#define SPUR_TESTS_TOLD_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "io/out.h"
#include "tests/tap.h"

/*
 * What a module did, in words, against tests/golden/NAME: say() all of it, then told_same(). It must be the same on
 * every machine, with every compiler and in every folder: no addresses, no times of today, %.9g at most.
 * SPUR_GOLDEN_UPDATE=1 writes the files anew: read what changed.
 */
static struct spur_buf told_text;
static const char *told_folder;	/* of the test: "~" in what is told; NULL: none */

static inline void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&told_text, fmt, ap);
	va_end(ap);
}

/* What a call returned, with its words; each database has its own for constraints. */
static inline void say_status(const char *what, enum spur_status st, const struct spur_error *err)
{
	say("%s: %s", what, spur_status_name(st));
	if (st < 0 && err != NULL)
		say(" (%s)", st == SPUR_EDB && strstr(err->text, "constraint") != NULL ? "a constraint" : err->text);
	say("\n");
}

/* Their number and a hash. */
static inline void say_bytes(const char *what, const void *data, size_t len)
{
	char hex[SPUR_SHA256_HEX];

	spur_sha256_hex_of(data, len, hex);
	say("%s %zu:%.16s\n", what, len, hex);
}

/* Lines of text, cut in place; the caller frees the array. */
static inline char **told_lines(char *text, size_t *count)
{
	char **lines = spur_calloc(strlen(text) + 1, sizeof(*lines));

	*count = 0;
	for (char *p = text; *p != '\0';) {
		char *end = strchr(p, '\n');

		lines[(*count)++] = p;
		if (end == NULL)
			break;
		*end = '\0';
		p = end + 1;
	}
	return lines;
}

/* Up to 60 lines that differ; after each difference both go on where a line meets again. */
static inline void told_differ(char *want, char *got)
{
	size_t n, m, i = 0, k = 0, shown = 0;
	char **a = told_lines(want, &n), **b = told_lines(got, &m);

	while ((i < n || k < m) && shown < 60) {
		size_t skip_a = n - i, skip_b = m - k;

		if (i < n && k < m && strcmp(a[i], b[k]) == 0) {
			i++;
			k++;
			continue;
		}
		for (size_t far = 1; far < 80 && skip_a == n - i && skip_b == m - k; far++) {
			for (size_t x = 0; x <= far; x++) {
				if (i + x < n && k + far - x < m && strcmp(a[i + x], b[k + far - x]) == 0) {
					skip_a = x;
					skip_b = far - x;
					break;
				}
			}
		}
		printf("# line %zu\n", i + 1);
		for (size_t x = 0; x < skip_a && shown < 60; x++, shown++)
			printf("# - %.400s\n", a[i + x]);
		for (size_t x = 0; x < skip_b && shown < 60; x++, shown++)
			printf("# + %.400s\n", b[k + x]);
		i += skip_a;
		k += skip_b;
	}
	free(a);
	free(b);
}

static inline void told_without_folder(void)
{
	struct spur_buf b = { 0 };
	const char *at = spur_buf_text(&told_text), *next;

	for (; told_folder != NULL && (next = strstr(at, told_folder)) != NULL; at = next + strlen(told_folder)) {
		spur_buf_add(&b, at, (size_t)(next - at));
		spur_buf_addc(&b, '~');
	}
	spur_buf_adds(&b, at);
	spur_buf_finish(&told_text);
	told_text = b;
}

/* Compares all that was said with the file, and begins anew. */
static inline void told_same(const char *name, const char *claim)
{
	const char *top = getenv("top_srcdir");
	char *path = spur_strfmt("%s/tests/golden/%s", top == NULL ? "." : top, name), *want = NULL;
	struct spur_error err = { 0 };
	size_t len = 0;

	told_without_folder();
	if (getenv("SPUR_GOLDEN_UPDATE") != NULL &&
	    spur_file_write(path, spur_buf_text(&told_text), told_text.len, &err) < 0)
		printf("# %s\n", err.text);
	if (spur_file_read(path, 1u << 24, &want, &len, &err) < 0)
		ok(false, err.text);
	else if (!ok(strcmp(want, spur_buf_text(&told_text)) == 0, claim))
		told_differ(want, told_text.data);
	free(want);
	free(path);
	spur_buf_finish(&told_text);
}

#endif
