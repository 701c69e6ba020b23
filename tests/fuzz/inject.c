#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "io/out.h"
#include "tests/fuzz/inject.h"
#include "tests/tap.h"

/*
 * What a reader promises of any input: an end within a second of the processor, no allocation above its size and 64 MiB
 * (limit.c ends the run), no report of a sanitizer. Inputs are the seeds cut at every byte, and mutations of them and of
 * what was once found. SPUR_INJECT_RUNS (100000), SPUR_INJECT_SEED (1), SPUR_INJECT_ONLY (the number of one mutation),
 * SPUR_INJECT_CUTS (1; 0: none). An input that fails lies in inject-NAME-SEED-NUMBER.bin, one that ends the process in
 * fuzz-NAME.crash.
 */
#define LONGEST_NS SPUR_NS_PER_S
#define SMALL_BYTES (8u << 10)	/* larger seeds are for fuzzing */
#define KINDS 24u		/* rows of the table */

struct tally {
	const char *what;
	size_t fixtures, bytes, inputs, slow, largest, largest_of;
	spur_ns took, slowest;
	char slowest_is[200];
};

struct injection {
	struct fuzz_bytes *in;	/* the small ones; their data is borrowed */
	size_t seeds, count;
	void (*run)(const struct fuzz_bytes *b);
	void (*about)(const char *words);
	uint64_t seed;
	struct tally kinds[KINDS], cuts, mutations;
	size_t kind_count;
	struct spur_buf words;
};

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? fallback : strtoull(text, NULL, 10);
}

static spur_ns processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * SPUR_NS_PER_S + t.tv_nsec;
}

static void keep(const struct injection *x, const struct fuzz_bytes *b, uint64_t number, spur_ns took)
{
	char *path = spur_strfmt("inject-%s-%" PRIu64 "-%" PRIu64 ".bin", fuzz_target.name, x->seed, number);
	struct spur_error err;

	printf("# %.3f s of the processor: %s\n", (double)took / 1e9, spur_buf_text(&x->words));
	if (spur_file_write(path, b->data, b->len, &err) < 0)
		printf("# %s\n", err.text);
	else
		printf("# the input lies in %s\n", path);
	free(path);
}

static void count(struct tally *t, const struct fuzz_bytes *b, spur_ns took, const char *words)
{
	t->inputs++;
	t->took += took;
	if (took > t->slowest) {
		t->slowest = took;
		snprintf(t->slowest_is, sizeof(t->slowest_is), "%s", words);
	}
	if (fuzz_largest() > t->largest) {
		t->largest = fuzz_largest();
		t->largest_of = b->len;
	}
}

static void one(struct injection *x, struct tally *all, struct tally *kind, const struct fuzz_bytes *b, uint64_t number)
{
	const char *words = spur_buf_text(&x->words);
	spur_ns from = processor_ns(), took;

	x->about(words);
	x->run(b);
	x->about("");
	took = processor_ns() - from;
	count(all, b, took, words);
	if (kind != NULL)
		count(kind, b, took, words);
	if (took > LONGEST_NS && all->slow++ < 20)
		keep(x, b, number, took);
}

/* ---- cuts ---- */

static struct tally *kind_of(struct injection *x, const struct fuzz_bytes *b)
{
	const char *what = b->what == NULL ? "" : b->what;

	for (size_t i = 0; i < x->kind_count; i++) {
		if (strcmp(x->kinds[i].what, what) == 0)
			return &x->kinds[i];
	}
	if (x->kind_count == KINDS)
		return NULL;
	x->kinds[x->kind_count].what = what;
	return &x->kinds[x->kind_count++];
}

static void cut(struct injection *x, size_t fixture)
{
	const struct fuzz_bytes *b = &x->in[fixture];
	struct tally *kind = kind_of(x, b);

	if (kind != NULL) {
		kind->fixtures++;
		kind->bytes += b->len;
	}
	x->cuts.fixtures++;
	x->cuts.bytes += b->len;
	for (size_t len = 0; len <= b->len; len++) {
		spur_buf_clear(&x->words);
		spur_buf_addf(&x->words, "fixture %zu%s%s, cut at %zu", fixture, b->what == NULL ? "" : ", ", b->what == NULL ? "" : b->what, len);
		one(x, &x->cuts, kind, &(struct fuzz_bytes){ .data = b->data, .len = len }, fixture * 100000 + len);
	}
}

static void say(const struct tally *t, const char *what)
{
	printf("# %-14s %6zu inputs %8.2f s, slowest %7.2f ms, largest allocation %8zu of %zu bytes; slowest: %s\n", what, t->inputs,
	       (double)t->took / 1e9, (double)t->slowest / 1e6, t->largest, t->largest_of, t->slowest_is);
}

static void cuts(struct injection *x)
{
	for (size_t i = 0; i < x->seeds; i++)
		cut(x, i);
	for (size_t i = 0; i < x->kind_count; i++) {
		printf("# %s: %zu fixtures, %zu bytes\n", x->kinds[i].what, x->kinds[i].fixtures, x->kinds[i].bytes);
		say(&x->kinds[i], x->kinds[i].what);
	}
	say(&x->cuts, "cuts");
	printf("# %zu fixtures of %u bytes at most, %zu bytes\n", x->cuts.fixtures, SMALL_BYTES, x->cuts.bytes);
	ok(x->cuts.fixtures > 0 && x->cuts.slow == 0, "small fixtures cut at every byte: no input over 1 s, none that needs too much");
}

/* ---- mutations ---- */

static void mutations(struct injection *x, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++) {
		struct fuzz_bytes b = inject_mutate(x->in, x->seeds, x->count, x->seed, n, &x->words);

		one(x, &x->mutations, NULL, &b, n);
		free(b.data);
	}
	say(&x->mutations, "mutations");
	ok(x->mutations.inputs > 0 && x->mutations.slow == 0, "mutations: no input over 1 s, none that needs too much");
}

static void take_small(struct injection *x, const struct fuzz_bytes *in, size_t seeds, size_t count_all)
{
	x->in = spur_calloc(count_all, sizeof(*x->in));
	for (size_t i = 0; i < count_all; i++) {
		if (in[i].len > SMALL_BYTES)
			continue;
		x->in[x->count++] = in[i];
		x->seeds += i < seeds;
	}
}

int fuzz_inject(const struct fuzz_bytes *in, size_t seeds, size_t count_all, void (*run)(const struct fuzz_bytes *b), void (*about)(const char *words))
{
	static struct injection x;
	uint64_t runs = setting("SPUR_INJECT_RUNS", 100000), only = setting("SPUR_INJECT_ONLY", UINT64_MAX);

	x = (struct injection){ .run = run, .about = about, .seed = setting("SPUR_INJECT_SEED", 1) };
	take_small(&x, in, seeds, count_all);
	if (only == UINT64_MAX && setting("SPUR_INJECT_CUTS", 1) != 0)
		cuts(&x);
	if (only != UINT64_MAX)
		mutations(&x, only, only + 1);
	else if (runs > 0)
		mutations(&x, 0, runs);
	spur_buf_finish(&x.words);
	free(x.in);
	return tap_done();
}
