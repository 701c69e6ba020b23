#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/fuzz/fuzz.h"

/* What libFuzzer calls; replay.c does as it does. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct fuzz_bytes *seeds;
static size_t seed_count;
static const char *shown;
static char folder[64];

/* Parts that a seed was meant to have and has not would leave their parsers alone, and nobody would see it. */
static void count_parts(const void *data, size_t len)
{
	struct fuzz_in in;
	size_t n = 1;

	fuzz_in_init(&in, data, len);
	for (fuzz_in_next(&in); fuzz_in_more(&in); n++)
		fuzz_in_next(&in);
	fuzz_in_finish(&in);
	if (n >= fuzz_target.parts)
		return;
	fprintf(stderr, "%s: a seed of %zu parts, %zu are meant\n", fuzz_target.name, n, fuzz_target.parts);
	exit(1);
}

void fuzz_seeds_of(const char *what)
{
	shown = what;
}

void fuzz_seed(const void *data, size_t len)
{
	count_parts(data, len);
	if (len > fuzz_target.max_len) {
		fprintf(stderr, "%s: a seed of %zu bytes, above the %zu of an input\n", fuzz_target.name, len, fuzz_target.max_len);
		exit(1);
	}
	seeds = spur_realloc(seeds, seed_count + 1, sizeof(*seeds));
	seeds[seed_count].data = spur_malloc(len + 1);
	if (len > 0)
		memcpy(seeds[seed_count].data, data, len);
	seeds[seed_count].what = shown;
	seeds[seed_count++].len = len;
}

void fuzz_seed_text(const char *text)
{
	fuzz_seed(text, strlen(text));
}

void fuzz_seed_buf(struct spur_buf *b)
{
	fuzz_seed(b->data, b->len);
	spur_buf_finish(b);
}

void fuzz_seed_file(const char *path)
{
	struct spur_error err;
	char *data;
	size_t len;

	if (spur_file_read(path, fuzz_target.max_len, &data, &len, &err) < 0) {
		fprintf(stderr, "%s: seed: %s\n", fuzz_target.name, err.text);
		exit(1);
	}
	fuzz_seed(data, len);
	free(data);
	unlink(path);
}

static void forget(void)
{
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].data);
	free(seeds);
}

const struct fuzz_bytes *fuzz_seeds(size_t *count)
{
	if (seed_count == 0) {
		fuzz_target.seeds();
		atexit(forget);
	}
	*count = seed_count;
	return seeds;
}

void fuzz_seeds_write(const char *dir)
{
	size_t count;
	const struct fuzz_bytes *s = fuzz_seeds(&count);
	struct spur_error err;

	for (size_t i = 0; i < count; i++) {
		char *path = spur_strfmt("%s/seed-%s-%03zu", dir, fuzz_target.name, i);

		if ((i == 0 && spur_dir_make(dir, &err) < 0) || spur_file_write(path, s[i].data, s[i].len, &err) < 0) {
			fprintf(stderr, "%s: %s\n", path, err.text);
			exit(1);
		}
		free(path);
	}
}

void fuzz_check_at(bool cond, const char *text, const char *file, int line)
{
	if (cond)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	abort();
}

void fuzz_check_status(enum spur_status st, const struct spur_error *err)
{
	fuzz_check(st <= SPUR_END && st >= SPUR_EDB);
	if (st < 0 && (err->text[0] == '\0' || memchr(err->text, '\0', sizeof(err->text)) == NULL)) {
		fprintf(stderr, "a failure without words: %s\n", spur_status_name(st));
		abort();
	}
}

/* ---- files ---- */

static void sweep(void)
{
	char *command = spur_strfmt("rm -rf '%s'", folder);

	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", folder);
	free(command);
}

static const char *scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	if (folder[0] != '\0')
		return folder;
	if (tmp == NULL || strlen(tmp) > 30)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, sizeof(folder), "%s/spur-fuzz-XXXXXX", tmp);
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		exit(1);
	}
	atexit(sweep);
	return folder;
}

const char *fuzz_folder(void)
{
	return folder;
}

const char *fuzz_path(const char *name)
{
	static char paths[4][160];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch(), name);
	return path;
}

const char *fuzz_file(const char *name, const void *data, size_t len)
{
	const char *path = fuzz_path(name);
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	return path;
}

/* ---- libFuzzer ---- */

/* Of the processor: a machine with other work makes nothing hang. */
#define LONGEST_S 10

static void too_long(int sig)
{
	static const char text[] = "an input takes more than 10 s of the processor\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	abort();
}

static void set_timer(int seconds)
{
	const struct itimerval t = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_PROF, &t, NULL);
}

void fuzz_one(const uint8_t *data, size_t len)
{
	signal(SIGPROF, too_long);
	set_timer(LONGEST_S);
	fuzz_limit(len + FUZZ_LIMIT);
	fuzz_target.run(data, len);
	fuzz_limit(0);
	set_timer(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len <= fuzz_target.max_len)
		fuzz_one(data, len);
	return 0;
}

/* libFuzzer's dictionary: a quoted word a line. */
static const char *write_words(void)
{
	struct spur_buf b = { 0 };
	const char *path;

	for (size_t i = 0; fuzz_target.words[i] != NULL; i++) {
		spur_buf_addc(&b, '"');
		for (const char *c = fuzz_target.words[i]; *c != '\0'; c++)
			spur_buf_addf(&b, "\\x%02x", (unsigned char)*c);
		spur_buf_adds(&b, "\"\n");
	}
	path = fuzz_file("words", spur_buf_text(&b), b.len);
	spur_buf_finish(&b);
	return path;
}

/* The promises are the defaults of libFuzzer's options; those on the command line follow and win. */
static int add_options(int argc, char **argv, char ***out)
{
	size_t megabytes = (fuzz_target.max_len + ((1u << 20) - 1)) >> 20;
	char **all = spur_calloc((size_t)argc + 8, sizeof(*all));
	int n = 0;

	all[n++] = argv[0];
	all[n++] = spur_strfmt("-max_len=%zu", fuzz_target.max_len);
	all[n++] = spur_strfmt("-malloc_limit_mb=%zu", 64 + megabytes);
	all[n++] = spur_strdup("-rss_limit_mb=1024");
	all[n++] = spur_strdup("-timeout=120");	/* by the clock on the wall; see LONGEST_S */
	if (fuzz_target.words != NULL)
		all[n++] = spur_strfmt("-dict=%s", write_words());
	for (int i = 1; i < argc; i++)
		all[n++] = argv[i];
	*out = all;
	return n;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char **all;	/* lives as long as the process */

	if (*argc == 3 && strcmp((*argv)[1], "--seeds") == 0) {
		fuzz_seeds_write((*argv)[2]);
		exit(0);
	}
	*argc = add_options(*argc, *argv, &all);
	*argv = all;
	return 0;
}
