#ifndef SPUR_TESTS_BENCH_SCAN_H
#define SPUR_TESTS_BENCH_SCAN_H

#include "base/time.h"
#include "bench.h"

/* A scan by spur, as a peer is asked for it: statistics of every channel by name. */
struct bench_scan {
	const char *path;
	char (*only)[32];		/* these signals; NULL: all but the masters */
	size_t only_count;
	spur_ns begin_ns, end_ns;
	bool opened_before;		/* the clock starts behind the opening */
};
bench_round bench_scan_round;

#endif
