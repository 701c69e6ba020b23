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
 * what was once found. SPUR_INJECT_RUNS (100000 with sanitizers, 20000 without), SPUR_INJECT_SEED (1), SPUR_INJECT_ONLY (the number of one mutation),
 * SPUR_INJECT_CUTS (1; 0: none). An input that fails lies in inject-NAME-SEED-NUMBER.bin, one that ends the process in
 * fuzz-NAME.crash.
 */
#define LONGEST_NS SPUR_NS_PER_S
#define SMALL_BYTES (8u << 10)	/* larger seeds are for fuzzing */
#define KINDS 48u		/* rows of the table */

struct tally {
	size_t inputs, slow, largest, largest_of;
	spur_ns took, slowest;
	uint64_t slowest_number;
};

/* What fixtures show, see fuzz_seeds_of(). */
struct kind {
	const char *what;
	size_t fixtures, bytes;
	struct tally cuts, mutations;
};

struct injection {
	struct fuzz_bytes *in;	/* the small ones; their data is borrowed */
	size_t seeds, count;
	void (*run)(const struct fuzz_bytes *b);
	void (*about)(const char *words);
	uint64_t seed;
	struct kind kinds[KINDS];
	size_t kind_count;
	struct tally cuts, mutations;
};

/* There in a build with sanitizers. */
void __sanitizer_set_death_callback(void (*f)(void)) __attribute__((weak));

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

/* Cuts have numbers, too: of the fixture, and of the bytes that stay. */
#define CUT_OF ((uint64_t)1 << 32)

/* What was done, in words: done again. */
static void say_how(const struct injection *x, bool mutation, uint64_t number)
{
	struct spur_buf words = { 0 };

	if (mutation) {
		free(inject_mutate(x->in, x->seeds, x->count, x->seed, number, &words).data);
		printf("seed %" PRIu64 ", mutation %" PRIu64 "%.120s\n", x->seed, number, spur_buf_text(&words));
	} else {
		printf("fixture %" PRIu64 " cut at %" PRIu64 "\n", number / CUT_OF, number % CUT_OF);
	}
	spur_buf_finish(&words);
}

static void keep(const struct injection *x, const struct fuzz_bytes *b, bool mutation, uint64_t number, spur_ns took)
{
	char *path = spur_strfmt("inject-%s-%" PRIu64 "-%" PRIu64 ".bin", fuzz_target.name, x->seed, number);
	struct spur_error err;

	printf("# %.3f s of the processor: ", (double)took / 1e9);
	say_how(x, mutation, number);
	if (spur_file_write(path, b->data, b->len, &err) < 0)
		printf("# %s\n", err.text);
	else
		printf("# the input lies in %s\n", path);
	free(path);
}

static void count(struct tally *t, const struct fuzz_bytes *b, uint64_t number, spur_ns took)
{
	t->inputs++;
	t->took += took;
	if (took > t->slowest) {
		t->slowest = took;
		t->slowest_number = number;
	}
	if (fuzz_largest() > t->largest) {
		t->largest = fuzz_largest();
		t->largest_of = b->len;
	}
}

static void one(struct injection *x, bool mutation, struct tally *kind, const struct fuzz_bytes *b, uint64_t number)
{
	struct tally *all = mutation ? &x->mutations : &x->cuts;
	char words[100];
	spur_ns from, took;

	if (mutation)
		snprintf(words, sizeof(words), "seed %" PRIu64 ", mutation %" PRIu64, x->seed, number);
	else
		snprintf(words, sizeof(words), "fixture %" PRIu64 " cut at %" PRIu64, number / CUT_OF, number % CUT_OF);
	x->about(words);
	from = processor_ns();
	x->run(b);
	took = processor_ns() - from;
	x->about("");
	count(all, b, number, took);
	count(kind, b, number, took);
	if (took > LONGEST_NS && all->slow++ < 20)
		keep(x, b, mutation, number, took);
}

/* What the table has no room for is in its last row. */
static struct kind *kind_of(struct injection *x, const struct fuzz_bytes *b)
{
	const char *what = b->what == NULL ? fuzz_target.name : b->what;

	for (size_t i = 0; i < x->kind_count; i++) {
		if (strcmp(x->kinds[i].what, what) == 0)
			return &x->kinds[i];
	}
	if (x->kind_count == KINDS)
		return &x->kinds[KINDS - 1];
	x->kinds[x->kind_count].what = what;
	return &x->kinds[x->kind_count++];
}

static void cut(struct injection *x, size_t fixture)
{
	const struct fuzz_bytes *b = &x->in[fixture];
	struct kind *kind = kind_of(x, b);

	kind->fixtures++;
	kind->bytes += b->len;
	for (size_t len = 0; len <= b->len; len++)
		one(x, false, &kind->cuts, &(struct fuzz_bytes){ .data = b->data, .len = len }, fixture * CUT_OF + len);
}

static void cuts(struct injection *x)
{
	for (size_t i = 0; i < x->seeds; i++)
		cut(x, i);
	ok(x->cuts.inputs > 0 && x->cuts.slow == 0, "small fixtures cut at every byte: no input over 1 s, none that needs too much");
}

static void mutations(struct injection *x, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++) {
		struct fuzz_bytes b = inject_mutate(x->in, x->seeds, x->count, x->seed, n, NULL);

		one(x, true, &kind_of(x, &b)->mutations, &b, n);
		free(b.data);
	}
	ok(x->mutations.inputs > 0 && x->mutations.slow == 0, "mutations: no input over 1 s, none that needs too much");
}

/* ---- the table ---- */

static void say(const struct injection *x, const char *kind, bool mutation, const struct tally *t)
{
	if (t->inputs == 0)
		return;
	printf("# %-20s %-9s %7zu %6.2f s, slowest %7.2f ms, largest allocation %8zu of %4zu bytes; slowest: ", kind,
	       mutation ? "mutations" : "cuts", t->inputs, (double)t->took / 1e9, (double)t->slowest / 1e6, t->largest, t->largest_of);
	say_how(x, mutation, t->slowest_number);
}

static void table(const struct injection *x)
{
	size_t fixtures = 0, bytes = 0;

	for (size_t i = 0; i < x->kind_count; i++) {
		const struct kind *k = &x->kinds[i];

		if (k->fixtures > 0)
			printf("# %s: %zu fixtures, %zu bytes\n", k->what, k->fixtures, k->bytes);
		say(x, k->what, false, &k->cuts);
		say(x, k->what, true, &k->mutations);
		fixtures += k->fixtures;
		bytes += k->bytes;
	}
	printf("# all: %zu fixtures of %u bytes at most, %zu bytes\n", fixtures, SMALL_BYTES, bytes);
	say(x, "all", false, &x->cuts);
	say(x, "all", true, &x->mutations);
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
	uint64_t runs = setting("SPUR_INJECT_RUNS", __sanitizer_set_death_callback != NULL ? 100000 : 20000), only = setting("SPUR_INJECT_ONLY", UINT64_MAX);

	x = (struct injection){ .run = run, .about = about, .seed = setting("SPUR_INJECT_SEED", 1) };
	take_small(&x, in, seeds, count_all);
	if (only == UINT64_MAX && setting("SPUR_INJECT_CUTS", 1) != 0)
		cuts(&x);
	if (only != UINT64_MAX)
		mutations(&x, only, only + 1);
	else if (runs > 0)
		mutations(&x, 0, runs);
	table(&x);
	free(x.in);
	return tap_done();
}
