/* The frame of `make bench`: options, the list of parts, the data folder. See bench.h. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench_priv.h"
#include "base/opt.h"

#define BENCH_PART(id) extern const struct bench_part bench_part_##id;
#include "parts.def"
#undef BENCH_PART

static const struct bench_part *const parts[] = {
#define BENCH_PART(id) &bench_part_##id,
#include "parts.def"
#undef BENCH_PART
};

static const struct bench_sizes all_sizes[] = {
	{ "full", 60, 201, 2000, 21, 600000, 1000, 4000000, 200, 6000000, 20, 13, 40000, 65536 },
	{ "tiny", 3, 12, 200, 11, 4000, 20, 4000, 10, 20000, 3, 5, 300, 2000 },
};

static const struct spur_opt options[] = {
	{ .name = "part", .type = SPUR_OPT_TEXT, .arg = "ID", .help = "only this part", .many = true },
	{ .name = "case", .type = SPUR_OPT_TEXT, .arg = "TEXT", .help = "only cases with this text in their name" },
	{ .name = "data", .type = SPUR_OPT_PATH, .arg = "DIR", .help = "where the generated files are kept" },
	{ .name = "peers", .type = SPUR_OPT_PATH, .arg = "FILE", .help = "list of peers, see peer.h" },
	{ .name = "peer", .type = SPUR_OPT_TEXT, .arg = "ID", .help = "only this peer" },
	{ .name = "rounds", .type = SPUR_OPT_INT, .arg = "N", .help = "of a pair, 7" },
	{ .name = "patience", .type = SPUR_OPT_INT, .arg = "S", .help = "a pair that took so long ends after 3 rounds, 120" },
	{ .name = "clock", .type = SPUR_OPT_CHOICE, .arg = "wall|cpu", .help = "cpu: time on processors, without peers" },
	{ .name = "size", .type = SPUR_OPT_CHOICE, .arg = "full|tiny", .help = "of the data" },
	{ .name = "history", .type = SPUR_OPT_PATH, .arg = "FILE", .help = "append a line for each ratio" },
	{ .name = "commit", .type = SPUR_OPT_TEXT, .arg = "ID", .help = "for the history" },
	{ .name = "once", .type = SPUR_OPT_FLAG, .help = "one round of spur alone, nothing printed" },
	{ .name = "print", .type = SPUR_OPT_FLAG, .help = "print what the sides computed" },
	{ .name = "list", .type = SPUR_OPT_FLAG, .help = "print the ids of the parts" },
	{ 0 },
};

const char *const bench_profiles[2] = { "smooth", "noisy" };
const char *const bench_packings[BENCH_PACKINGS] = { "plain", "deflate", "transposed", "zstd", "zstd-transposed", "lz4" };

static clockid_t the_clock = CLOCK_MONOTONIC;

uint64_t bench_clock(void)
{
	struct timespec t;

	clock_gettime(the_clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

const struct bench_sizes *bench_sizes(const struct bench *b)
{
	return b->sizes;
}

unsigned bench_cores(const struct bench *b)
{
	return b->cores;
}

char *bench_data_path(const struct bench *b, const char *name)
{
	return spur_strfmt("%s/%s-%s", b->data, b->sizes->name, name);
}

void bench_note(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	if (b->once)
		return;
	va_start(ap, fmt);
	spur_buf_adds(&b->notes, "  ");
	spur_buf_addv(&b->notes, fmt, ap);
	spur_buf_addc(&b->notes, '\n');
	va_end(ap);
}

static bool is_asked(const struct spur_args *a, const char *id)
{
	const char *want;

	for (size_t i = 0; (want = spur_args_nth(a, "part", i)) != NULL; i++) {
		if (strcmp(want, id) == 0)
			return true;
	}
	return spur_args_nth(a, "part", 0) == NULL;
}

static double load_now(void)
{
	double load[1] = { 0 };

	return getloadavg(load, 1) < 1 ? 0 : load[0];
}

static void run_part(struct bench *b, const struct bench_part *part)
{
	b->part = part->id;
	if (!b->once) {
		printf("\n== %s: %s\n", part->id, part->title);
		printf("   %u cores, load %.1f, %s, commit %s, %s clock; rounds A B A B, medians [least to most]\n", b->cores,
		       load_now(), b->compiler, b->commit, b->clock);
		bench_table_head();
	}
	part->run(b);
	if (b->notes.len > 0)
		fputs(b->notes.data, stdout);
	spur_buf_clear(&b->notes);
	fflush(stdout);
}

static enum spur_status known_parts(const struct spur_args *a, struct spur_error *err)
{
	const char *want;

	for (size_t i = 0; (want = spur_args_nth(a, "part", i)) != NULL; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
			found |= strcmp(parts[k]->id, want) == 0;
		if (!found)
			return spur_fail(err, SPUR_EINVAL, "no part '%s'; --list names them", want);
	}
	return SPUR_OK;
}

static void set_up(struct bench *b, const struct spur_args *a)
{
	const char *size = spur_args_text(a, "size", "full");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*b = (struct bench){
		.data = spur_args_text(a, "data", "bench-data"), .cores = cores > 0 ? (unsigned)cores : 1,
		.rounds = (unsigned)spur_args_int(a, "rounds", 7), .patience_s = (unsigned)spur_args_int(a, "patience", 120),
		.only_case = spur_args_text(a, "case", NULL), .only_peer = spur_args_text(a, "peer", NULL),
		.history = spur_args_text(a, "history", NULL), .commit = spur_args_text(a, "commit", "unknown"),
		.clock = "wall", .once = spur_args_has(a, "once"), .print = spur_args_has(a, "print"),
	};
	b->rounds = b->rounds < 1 ? 1 : b->rounds > BENCH_ROUNDS_MAX ? BENCH_ROUNDS_MAX : b->rounds;
	b->sizes = &all_sizes[strcmp(size, "tiny") == 0];
#ifdef __clang__
	snprintf(b->compiler, sizeof(b->compiler), "clang %s", __clang_version__);
#else
	snprintf(b->compiler, sizeof(b->compiler), "gcc %s", __VERSION__);
#endif
	if (strcmp(spur_args_text(a, "clock", "wall"), "cpu") == 0) {
		the_clock = CLOCK_PROCESS_CPUTIME_ID;
		b->clock = "cpu";
		return;
	}
	bench_peers_read(spur_args_text(a, "peers", NULL), &b->peers);
}

static int run(const struct spur_args *a, const char *self)
{
	struct bench b;
	struct spur_error err;

	if (spur_args_has(a, "list")) {
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			puts(parts[i]->id);
		return 0;
	}
	if (known_parts(a, &err) < 0) {
		fprintf(stderr, "bench: %s\n", err.text);
		return 2;
	}
	set_up(&b, a);
	b.self = self;
	if (mkdir(b.data, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "bench: %s: %s\n", b.data, strerror(errno));
		return 2;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (is_asked(a, parts[i]->id))
			run_part(&b, parts[i]);
	}
	bench_peers_finish(&b.peers);
	spur_buf_finish(&b.notes);
	return b.once ? !b.once_done : 0;	/* never fails because something is slow */
}

int main(int argc, char **argv)
{
	static const struct spur_opt *const tables[] = { options, NULL };
	struct spur_args a;
	struct spur_error err;
	int rc = 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (spur_args_parse(&a, tables, argc - 1, (const char *const *)argv + 1, &err) < 0)
		fprintf(stderr, "bench: %s\n", err.text);
	else
		rc = run(&a, argv[0]);
	spur_args_finish(&a);
	return rc;
}
