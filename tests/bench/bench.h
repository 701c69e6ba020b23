#ifndef SPUR_TESTS_BENCH_H
#define SPUR_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * How speed is measured. A part is one file part_<id>.c and one row in parts.def. It makes cases; a
 * case is one piece of work done by several sides: spur itself (the shipped objects, in this process),
 * its bound (the least that must happen on the same bytes: read, unpack, checksum, one pass, no
 * structure; also in this process), and peers (peer.h: processes of their own that time themselves).
 *
 * spur is paired with each other side: one warm-up each, then rounds A B A B. The figure is the median
 * of the paired ratios. A pair whose sides did not compute the same is refused: it has no ratio.
 */
enum { BENCH_ROUNDS_MAX = 31 };

/* What a side computed: lines of a key and cells. A cell "=..." must be equal in both sides, others
 * are numbers that may differ by 1e-9 of the larger one. Order of lines does not matter. */
struct bench_results {
	struct spur_buf text;		/* "key\tcell\tcell\n" */
};
void bench_results_add(struct bench_results *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The usual line of a signal. */
struct bench_stats {
	uint64_t n;
	double min, max, sum;
};
void bench_results_stats(struct bench_results *r, const char *key, const struct bench_stats *s);
/* NULL: the same. Else what differs first, for people; static buffer. with_order false: lines whose key
 * is "order" are left out (a bound reads as the file lies). */
const char *bench_results_differ(const struct bench_results *a, const struct bench_results *b, bool with_order);
uint64_t bench_results_lines(const struct bench_results *r);

/* One round of one side: from a fresh file object to the last value, timed inside; results are
 * written after the clock was stopped. */
typedef enum spur_status bench_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out,
				     struct spur_error *err);

/* What a round reads at its start and its end, ns: the wall clock, or with --clock cpu the time this process
 * had on processors (for work on a busy machine; peers keep their own clock and are left out). */
uint64_t bench_clock(void);

struct bench_case {
	const char *name;	/* "wide smooth deflate" */
	const char *path;	/* the file it reads; NULL: none */
	bool cold;		/* its pages are dropped before every round */
	bool unordered;		/* the bound's results have no order */
	bool bare;		/* the bound moves bytes that mean nothing to it: nothing to compare with */
	unsigned threads[3];	/* of spur and bound; 0 ends; peers meet the first one */
	bench_round *spur, *bound;
	void *spur_state, *bound_state;
	const char *kind;	/* what to ask peers for, "mdf-scan"; NULL: nobody */
	const char *request;	/* the arguments, tab between them: "PATH\tNAME" */
};

/* Sizes of the data: "full" is what design says, "tiny" is for tests of this program. */
struct bench_sizes {
	const char *name;
	unsigned wide_groups, wide_channels, wide_rows;
	unsigned long_channels, long_rows;
	unsigned drive_permille;	/* of the 48,000 messages */
	unsigned small_messages, small_topics;
	unsigned plot_samples;
	unsigned mixed_groups, mixed_channels, mixed_rows;
	unsigned can_frames;
};

struct bench;
extern const char *const bench_profiles[2];	/* "smooth", "noisy" */
enum { BENCH_PACKINGS = 6 };
extern const char *const bench_packings[BENCH_PACKINGS];

const struct bench_sizes *bench_sizes(const struct bench *b);
unsigned bench_cores(const struct bench *b);
/* data_mdf.c, data_mcap.c: path of a file, made now if it is not there; NULL after a message (then the
 * case is left out). The caller frees. shape: "wide", "long", "unsorted"; "drive", "small". */
char *bench_mdf(struct bench *b, const char *shape, const char *profile, const char *packing);
/* A log of CAN frames, and its database beside it (name.dbc). */
char *bench_can(struct bench *b, char **dbc);
char *bench_mcap(struct bench *b, const char *shape, const char *compression);
/* DIR/NAME of the data folder; the caller frees. */
char *bench_data_path(const struct bench *b, const char *name);

void bench_case_run(struct bench *b, const struct bench_case *c);
/* A line below the table: a fact about the data, a part that was left out. */
void bench_note(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct bench_part {
	const char *id, *title;
	void (*run)(struct bench *b);
};

#endif
