#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/out.h"
#include "tests/fuzz/fuzz.h"

/*
 * What a target tells of its seeds, of what was once found and of mutations with one random seed, against
 * tests/golden/behaviour/NAME.txt: a line an input, with its first words; a line for 16 mutations.
 */
#define AT_ONCE 16u
#define WORDS 90u
#define SHOWN 100u	/* lines of what one input tells, when it differs */

struct pass {
	const struct fuzz_bytes *in;
	size_t seeds, count;
	void (*run)(const struct fuzz_bytes *b);
	struct spur_buf told, lines;
	FILE *all;	/* NULL: nobody wants the words */
};

static const char *listen(struct pass *p, const struct fuzz_bytes *b)
{
	spur_buf_clear(&p->told);
	fuzz_tell_to(&p->told);
	p->run(b);
	fuzz_tell_to(NULL);
	return spur_buf_text(&p->told);
}

/* In one line of ASCII. */
static void add_words(struct spur_buf *to, const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < WORDS; i++)
		spur_buf_addc(to, text[i] == '\n' ? '|' : text[i] >= ' ' && text[i] <= '~' ? text[i] : '.');
}

static void one_input(struct pass *p, size_t i)
{
	const char *kind = i < p->seeds ? "seed" : "found";
	size_t n = i < p->seeds ? i : i - p->seeds;
	const char *text = listen(p, &p->in[i]);

	spur_buf_addf(&p->lines, "%s %zu: %016llx ", kind, n, (unsigned long long)fuzz_hash(text, p->told.len));
	add_words(&p->lines, text, p->told.len);
	spur_buf_addc(&p->lines, '\n');
	if (p->all != NULL)
		fprintf(p->all, "==== %s %zu\n%.*s\n", kind, n, (int)p->told.len, text);
}

/* Each group has a random seed of its own, so that it can be made alone. They are mutations of seeds: a finding
 * that is added changes no other line. */
static uint64_t group_random(size_t group)
{
	return UINT64_C(0x9e3779b97f4a7c15) * (group + 1) | 1;
}

static void one_group(struct pass *p, size_t group)
{
	uint64_t random = group_random(group), hash = 0;

	for (size_t i = 0; i < AT_ONCE; i++) {
		struct fuzz_bytes b = fuzz_mutate(p->in, p->seeds, &random);
		const char *text = listen(p, &b);

		hash = (hash ^ fuzz_hash(text, p->told.len)) * UINT64_C(0x100000001b3);
		if (p->all != NULL)
			fprintf(p->all, "==== mutations %zu, %zu\n%.*s\n", group, i, (int)p->told.len, text);
		free(b.data);
	}
	spur_buf_addf(&p->lines, "mutations %zu: %016llx\n", group, (unsigned long long)hash);
}

static void show(struct pass *p, const struct fuzz_bytes *b, size_t most)
{
	const char *text = listen(p, b), *end = text + p->told.len;
	size_t lines = 0;

	for (; text < end && lines < most; lines++) {
		printf("#   %.*s\n", (int)strcspn(text, "\n"), text);
		text += strcspn(text, "\n") + 1;
	}
	if (text < end)
		printf("#   ... %zu bytes more\n", (size_t)(end - text));
}

/* The line says what to run again. */
static void show_again(struct pass *p, const char *line)
{
	size_t n = strtoul(strchr(line, ' ') == NULL ? "" : strchr(line, ' '), NULL, 10);
	uint64_t random = group_random(n);

	if (strncmp(line, "seed ", 5) == 0 && n < p->seeds)
		show(p, &p->in[n], SHOWN);
	if (strncmp(line, "found ", 6) == 0 && p->seeds + n < p->count)
		show(p, &p->in[p->seeds + n], SHOWN);
	for (size_t i = 0; strncmp(line, "mutations ", 10) == 0 && i < AT_ONCE; i++) {
		struct fuzz_bytes b = fuzz_mutate(p->in, p->seeds, &random);

		printf("#  mutation %zu, %zu:\n", n, i);
		show(p, &b, SHOWN / AT_ONCE);
		free(b.data);
	}
}

/* Line by line; prints the first one that differs, and what is told now. */
static bool same(struct pass *p, const char *want)
{
	const char *got = spur_buf_text(&p->lines), *first_got = NULL, *first_want = NULL;
	size_t differ = 0;

	while (*got != '\0' || *want != '\0') {
		size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");

		if (g != w || memcmp(got, want, g) != 0) {
			first_got = differ == 0 ? got : first_got;
			first_want = differ++ == 0 ? want : first_want;
		}
		got += g + (got[g] != '\0');
		want += w + (want[w] != '\0');
	}
	if (differ == 0)
		return true;
	printf("# %zu lines differ, first:\n# -%.*s\n# +%.*s\n", differ, (int)strcspn(first_want, "\n"), first_want,
	       (int)strcspn(first_got, "\n"), first_got);
	show_again(p, first_got);
	printf("# all that is told: SPUR_FUZZ_TELL=FILE; as it should be: SPUR_GOLDEN_UPDATE=1\n");
	return false;
}

static bool judge(struct pass *p, const char *path)
{
	struct spur_error err;
	char *want;
	size_t len;
	bool good;

	if (getenv("SPUR_GOLDEN_UPDATE") != NULL) {
		printf("# written: %s\n", path);
		return spur_file_write(path, p->lines.data, p->lines.len, &err) >= 0;
	}
	if (spur_file_read(path, 1u << 20, &want, &len, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	good = same(p, want);
	free(want);
	return good;
}

bool fuzz_behaves(const struct fuzz_bytes *in, size_t seeds, size_t count, void (*run)(const struct fuzz_bytes *b))
{
	const char *top = getenv("top_srcdir"), *all = getenv("SPUR_FUZZ_TELL");
	char *path = spur_strfmt("%s/tests/golden/behaviour/%s.txt", top == NULL ? "." : top, fuzz_target.name);
	struct pass p = { .in = in, .seeds = seeds, .count = count, .run = run, .all = all == NULL ? NULL : fopen(all, "w") };
	bool good;

	for (size_t i = 0; i < count; i++)
		one_input(&p, i);
	for (size_t i = 0; i < fuzz_target.told / AT_ONCE; i++)
		one_group(&p, i);
	if (p.all != NULL && fclose(p.all) != 0)
		perror(all);
	good = judge(&p, path);
	spur_buf_finish(&p.told);
	spur_buf_finish(&p.lines);
	free(path);
	return good;
}
