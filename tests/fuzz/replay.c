#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

/*
 * A fuzz target without libFuzzer. As a test: its seeds and the files of tests/fuzz/regress/NAME, what is told of
 * them and of always the same mutations (behaviour.c), then mutations, SPUR_FUZZ_RUNS (4000) of them or as many as SPUR_FUZZ_SECONDS (2) allow. With files or folders: those.
 * --seeds DIR: writes the seeds. --inject: every cut and many mutations (inject.c). What ends the process lies in fuzz-NAME.crash.
 */
#define WAIT_S 120	/* one input, by the clock on the wall; see target.c for the processor's time */

static const uint8_t *now;
static size_t now_len;
static char crash[64];
static const char *about = "";	/* what the input is */

/* Only what a handler may do. */
static void keep(int sig)
{
	static const char text[] = "# the input lies in ";
	FILE *f = fopen(crash, "wb");

	if (write(STDOUT_FILENO, "# ", 2) < 0 || write(STDOUT_FILENO, about, strlen(about)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
		_exit(1);
	if (f != NULL && fwrite(now, 1, now_len, f) == now_len && fclose(f) == 0) {
		if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0 || write(STDOUT_FILENO, crash, strlen(crash)) < 0 ||
		    write(STDOUT_FILENO, sig == SIGALRM ? ": it hangs\n" : "\n", sig == SIGALRM ? 11 : 1) < 0)
			_exit(1);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Of the sanitizers, where they are: they end a process without a signal. */
void __sanitizer_set_death_callback(void (*f)(void)) __attribute__((weak));

static void keep_dead(void)
{
	keep(SIGABRT);
}

static void tell_about(const char *words)
{
	about = words;
}

static void watch(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM };

	snprintf(crash, sizeof(crash), "fuzz-%s.crash", fuzz_target.name);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		if (__sanitizer_set_death_callback == NULL || fatal[i] == SIGABRT || fatal[i] == SIGALRM)
			signal(fatal[i], keep);	/* the others are reported with a stack */
	}
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(keep_dead);
}

static void run(const struct fuzz_bytes *b)
{
	uint8_t *exact = spur_malloc(b->len);

	if (b->len > 0)
		memcpy(exact, b->data, b->len);
	now = exact;
	now_len = b->len;
	alarm(WAIT_S);
	fuzz_one(exact, b->len);
	alarm(0);
	free(exact);
}

struct inputs {
	struct fuzz_bytes *all;
	size_t count;
};

static void add(struct inputs *in, const void *data, size_t len, const char *what)
{
	in->all = spur_realloc(in->all, in->count + 1, sizeof(*in->all));
	in->all[in->count] = (struct fuzz_bytes){ .data = spur_malloc(len + 1), .len = len, .what = what };
	if (len > 0)
		memcpy(in->all[in->count].data, data, len);
	in->count++;
}

static void finish(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->all[i].data);
	free(in->all);
}

/* A file, or the files of a folder; of a folder that is not there none. */
static bool load(struct inputs *in, const char *path)
{
	struct spur_error err;
	char **names = NULL, *data;
	size_t count = 0, len;

	if (spur_file_read(path, fuzz_target.max_len, &data, &len, &err) >= 0) {
		add(in, data, len, NULL);
		free(data);
		return true;
	}
	if (spur_dir_list(path, &names, &count, &err) < 0) {
		printf("# %s: %s\n", path, err.text);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		char *file = spur_strfmt("%s/%s", path, names[i]);

		if (spur_file_read(file, fuzz_target.max_len, &data, &len, &err) >= 0) {
			add(in, data, len, NULL);
			free(data);
		} else {
			printf("# left out: %s: %s\n", file, err.text);
		}
		free(file);
		free(names[i]);
	}
	free(names);
	return true;
}

static unsigned long number(const char *name, unsigned long fallback)
{
	const char *text = getenv(name);

	return text == NULL ? fallback : strtoul(text, NULL, 10);
}

static size_t mutations(const struct inputs *in)
{
	size_t runs = number("SPUR_FUZZ_RUNS", 4000), n = 0;
	spur_ns end = spur_monotonic_ns() + (spur_ns)number("SPUR_FUZZ_SECONDS", 2) * SPUR_NS_PER_S;
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);

	for (; n < runs && spur_monotonic_ns() < end; n++) {
		struct fuzz_bytes b = fuzz_mutate(in->all, in->count, &random);

		run(&b);
		free(b.data);
	}
	return n;
}

static int replay(struct inputs *in, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!load(in, argv[i]))
			return 1;
	}
	for (size_t i = 0; i < in->count; i++)
		run(&in->all[i]);
	printf("# %zu inputs\n", in->count);
	finish(in);
	return 0;
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char *regress = spur_strfmt("%s/tests/fuzz/regress/%s", top == NULL ? "." : top, fuzz_target.name);
	struct inputs in = { NULL, 0 };
	size_t count, n;
	const struct fuzz_bytes *seeds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
		fuzz_seeds_write(argv[2]);
		free(regress);
		return 0;
	}
	watch();
	if (argc > 1 && strcmp(argv[1], "--inject") != 0) {
		free(regress);
		return replay(&in, argc, argv);
	}
	seeds = fuzz_seeds(&count);
	for (size_t i = 0; i < count; i++)
		add(&in, seeds[i].data, seeds[i].len, seeds[i].what);
	ok(count > 0, "there are seeds");
	if (spur_path_exists(regress))
		load(&in, regress);
	if (argc > 1) {
		free(regress);
		n = (size_t)fuzz_inject(in.all, count, in.count, run, tell_about);
		finish(&in);
		return (int)n;
	}
	for (size_t i = 0; i < in.count; i++)
		run(&in.all[i]);
	printf("# %zu seeds, %zu findings of before\n", count, in.count - count);
	ok(true, "seeds and what was once found");
	if (fuzz_target.told > 0)
		ok(fuzz_behaves(in.all, count, in.count, run), "they and some mutations behave as tests/golden/behaviour has it");
	n = mutations(&in);
	printf("# %zu mutations\n", n);
	ok(n > 0, "mutations of them");
	finish(&in);
	free(regress);
	return tap_done();
}
