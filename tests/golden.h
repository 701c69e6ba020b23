#ifndef SPUR_TESTS_GOLDEN_H
#define SPUR_TESTS_GOLDEN_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "tests/tap.h"

/*
 * What a program was seen to do, line by line, against tests/golden/<file>.txt. SPUR_GOLDEN_UPDATE=1 writes the
 * file instead: look at the difference before you commit it.
 */
#define GOLDEN_SHOWN 8	/* lines that differ */

/* Random numbers that are the same everywhere. */
static inline uint32_t golden_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* FNV-1a; begins with h 0. */
static inline uint32_t golden_digest(uint32_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	h ^= 2166136261u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 16777619u;
	return h ^ 2166136261u;
}

static inline const char *golden_line_end(const char *p)
{
	return p + strcspn(p, "\n");
}

/* False: they differ, the first differences are told. first: number of the first line that does, from 1; NULL is fine. */
static inline bool golden_differs(const char *want, const char *got, int *first)
{
	int line = 1, shown = 0;

	for (; *want != '\0' || *got != '\0'; line++) {
		const char *w = golden_line_end(want), *g = golden_line_end(got);

		if (w - want != g - got || memcmp(want, got, (size_t)(w - want)) != 0) {
			if (shown++ == 0 && first != NULL)
				*first = line;
			if (shown <= GOLDEN_SHOWN)
				printf("# line %d\n# want %.*s\n# got  %.*s\n", line, (int)(w - want), want, (int)(g - got), got);
		}
		want = w + (*w == '\n');
		got = g + (*g == '\n');
	}
	if (shown > GOLDEN_SHOWN)
		printf("# and %d lines more\n", shown - GOLDEN_SHOWN);
	return shown > 0;
}

static inline bool golden_is(const char *file, const struct spur_buf *got, int *first)
{
	const char *top = getenv("top_srcdir");
	char path[512], name[128], *want = NULL;
	struct spur_error err = { 0 };
	bool same;
	size_t len;

	snprintf(path, sizeof(path), "%s/tests/golden/%s.txt", top == NULL ? "." : top, file);
	snprintf(name, sizeof(name), "as in golden/%s.txt", file);
	if (getenv("SPUR_GOLDEN_UPDATE") != NULL && spur_file_write(path, spur_buf_text(got), got->len, &err) < 0)
		printf("# %s\n", err.text);
	if (spur_file_read(path, 8 << 20, &want, &len, &err) < 0)
		want = spur_strdup(err.text);
	same = strcmp(want, spur_buf_text(got)) == 0;
	if (!ok(same, name))
		golden_differs(want, spur_buf_text(got), first);
	free(want);
	return same;
}

#endif
