#ifndef SPUR_TESTS_BENCH_PRIV_H
#define SPUR_TESTS_BENCH_PRIV_H

#include "bench.h"
#include "peer.h"

/* One run of the program. */
struct bench {
	const char *data, *only_case, *only_peer, *history, *commit, *self, *part, *clock;
	const struct bench_sizes *sizes;
	struct bench_peer_list peers;
	unsigned rounds, patience_s, cores;
	bool once, once_done, print;
	char compiler[80];
	struct spur_buf notes;
};

/* The paired rounds of spur (a) and another side (b). */
struct bench_pair {
	const char *case_name, *side, *version;
	char threads_a[16], threads_b[16];
	bool is_bound;
	unsigned rounds;
	double ratio[BENCH_ROUNDS_MAX];		/* time of a over time of b, by round */
	uint64_t a_ns[BENCH_ROUNDS_MAX], b_ns[BENCH_ROUNDS_MAX];
	double process_a_ms, process_b_ms;	/* from fork to the first answer; 0: not measured */
	long rss_a_kb, rss_b_kb;
	char refused[360];			/* "" or why there is no ratio */
};

/* table.c */
void bench_table_head(void);
void bench_table_row(const struct bench_pair *p);
void bench_history_row(const struct bench *b, const struct bench_pair *p);

#endif
