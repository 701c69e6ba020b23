#ifndef SPUR_TESTS_BENCH_BOUND_H
#define SPUR_TESTS_BENCH_BOUND_H

#include "data.h"
#include "stats.h"

/*
 * The bound programs: where the blocks lie is found before any clock runs; a round opens the file,
 * reads the bytes, unpacks them and goes over the values once, with what the generator knows of their
 * places. libdeflate, lz4 and zstd are called as they are, with one context per thread.
 */

/* Data blocks of every group of an MDF file of data_mdf.c, in order of groups, then of the chain. */
enum spur_status bench_mdf_blocks(const char *path, struct bench_extents *out, struct spur_error *err);
/* Everything else of it: what opening must see. */
enum spur_status bench_mdf_meta(const char *path, struct bench_extents *out, struct spur_error *err);

struct bench_mdf_bound {
	const char *path;
	const struct bench_mdf_layout *layout;
	struct bench_extents blocks;	/* the ones that hold wanted values */
	int channel;			/* only this one of each group; -1: all */
	unsigned first_row, rows;	/* of each group; rows 0: all */
};
/* Statistics of every channel by name. */
bench_round bench_mdf_bound_round;

/* Chunks of an MCAP file in file order; topic: channel whose chunks are marked by group 1, -1: all are. */
enum spur_status bench_mcap_chunks(const char *path, int channel, struct bench_extents *out, struct spur_error *err);

/* The tail of the file: all that opening must see. */
enum spur_status bench_mcap_summary(const char *path, struct bench_extents *out, struct spur_error *err);

/* What a message adds to the answer of its topic. */
struct bench_topic {
	uint64_t n;
	uint32_t digest;
};
static inline void bench_topic_add(struct bench_topic *t, uint64_t time, const void *data, size_t len)
{
	uint32_t w[2] = { 0, 0 };

	__builtin_memcpy(w, data, len < 8 ? len : 8);
	t->n++;
	t->digest += ((uint32_t)time ^ (uint32_t)(time >> 32) ^ w[0] ^ w[1]) * 0x9E3779B1u;
}

struct bench_mcap_bound {
	const char *path, *shape;
	struct bench_extents chunks;
	int channel;
};
bench_round bench_mcap_bound_round;
void bench_topics_write(struct bench_results *out, const char *shape, const struct bench_topic *t, size_t count);
enum { BENCH_TOPICS_MAX = 512 };

/* Read the extents one after the other and go over the bytes once; results are added by the caller. */
enum spur_status bench_read_extents(const char *path, const struct bench_extents *e, uint64_t *ns, uint64_t *sum,
				    struct spur_error *err);

/* Runs work(state, thread) on so many threads, the caller's included; false: one of them failed. */
bool bench_threads(unsigned threads, bool (*work)(void *state, unsigned thread), void *state);

#endif
