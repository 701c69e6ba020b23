#ifndef SPUR_TESTS_BENCH_PEER_H
#define SPUR_TESTS_BENCH_PEER_H

#include "bench.h"

/*
 * A peer: a small process around another reader. It writes lines to stdout:
 *
 *	ready<TAB>VERSION<TAB>THREADS		once, after its imports
 *
 * and for each line do<TAB>KIND<TAB>ARG... on stdin, which is one round with a fresh file object:
 *
 *	v<TAB>KEY<TAB>CELL...			what it computed (struct bench_results), any number
 *	ns<TAB>NUMBER				what the round took, by its own clock; ends the answer
 *	error<TAB>TEXT				instead
 *
 * The list of peers is a file with a line each: ID<TAB>KINDS<TAB>COMMAND; KINDS is a comma list of what
 * it answers, COMMAND words between blanks, or "skipped: REASON".
 */
struct bench_peer_row {
	char *id, *kinds, *command;
};

struct bench_peer_list {
	struct bench_peer_row *rows;
	size_t count;
};

/* A list that is not there is empty. */
void bench_peers_read(const char *path, struct bench_peer_list *out);
void bench_peers_finish(struct bench_peer_list *l);
bool bench_peer_answers(const struct bench_peer_row *row, const char *kind);

struct bench_peer;
/* SPUR_EIO with the reason it cannot run. */
enum spur_status bench_peer_start(const struct bench_peer_row *row, struct bench_peer **out, struct spur_error *err);
const char *bench_peer_version(const struct bench_peer *p);
const char *bench_peer_threads(const struct bench_peer *p);
enum spur_status bench_peer_round(struct bench_peer *p, const char *kind, const char *request, uint64_t *ns,
				  struct bench_results *out, struct spur_error *err);
/* Ends it; *rss_kb is the most memory it had. NULL is fine. */
void bench_peer_stop(struct bench_peer *p, long *rss_kb);

#endif
