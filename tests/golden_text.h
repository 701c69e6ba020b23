#ifndef SPUR_TESTS_GOLDEN_TEXT_H
#define SPUR_TESTS_GOLDEN_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "tests/tap.h"

/*
 * golden_text("emit_tables.txt", text): the text is that of tests/golden/NAME; the first lines that differ are printed.
 * SPUR_GOLDEN_UPDATE=1 writes the file instead: look at the difference before you commit it.
 */
static inline size_t golden_line(const char *s)
{
	return strcspn(s, "\n");
}

static inline void golden_difference(const char *got, const char *want)
{
	int line = 1, shown = 0;

	for (; (*got != '\0' || *want != '\0') && shown < 12; line++) {
		size_t g = golden_line(got), w = golden_line(want);

		if (g != w || memcmp(got, want, g) != 0) {
			printf("# line %d\n#  got %.*s\n# want %.*s\n", line, (int)g, got, (int)w, want);
			shown++;
		}
		got += g + (got[g] == '\n');
		want += w + (want[w] == '\n');
	}
}

static inline void golden_text(const char *name, const char *text)
{
	char *path = spur_strfmt("%s/tests/golden/%s", getenv("top_srcdir"), name), *want = NULL;
	struct spur_error err = { 0 };
	size_t len = 0;
	bool same;

	if (getenv("SPUR_GOLDEN_UPDATE") != NULL && spur_file_write(path, text, strlen(text), &err) < 0)
		printf("# %s\n", err.text);
	if (spur_file_read(path, 16u << 20, &want, &len, &err) < 0)
		printf("# %s\n", err.text);
	same = want != NULL && strcmp(text, want) == 0;
	ok(same, name);
	if (!same && want != NULL)
		golden_difference(text, want);
	free(want);
	free(path);
}

#endif
