#ifndef SPUR_TESTS_FUZZ_TOUCH_H
#define SPUR_TESTS_FUZZ_TOUCH_H

#include "decode/decoder.h"
#include "model/columns.h"
#include "tests/fuzz/fuzz.h"

/* What parsers give must be there to the last byte, and keep the promises of model/columns.h. */
void fuzz_touch(const void *data, size_t len);
void fuzz_touch_text(const char *s);
void fuzz_touch_columns(const struct spur_columns *c);

/* A visitor that reads all it is shown; brackets must fit. */
#define FUZZ_DEPTH 512
struct fuzz_visit {
	size_t opened, closed;
	uint64_t values;
	char stack[FUZZ_DEPTH];
};
struct spur_visitor fuzz_visitor(struct fuzz_visit *v);
void fuzz_visited(const struct fuzz_visit *v);	/* at the end: every bracket closed */

#endif
