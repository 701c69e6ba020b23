#ifndef SPUR_FORMAT_MCAP_WINDOW_H
#define SPUR_FORMAT_MCAP_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/range.h"

/*
 * A look at a file through one buffer: small reads where it is jumped through, larger ones
 * where it is read on. One thread.
 */
struct mcap_window {
	struct spur_range *range;	/* borrowed */
	uint64_t size;			/* of the file */
	char *buf;			/* owned */
	size_t cap, len;
	uint64_t at;			/* of buf in the file */
	size_t stride;			/* of the next read */
};

enum { MCAP_WINDOW_MAX = 64 << 20 };	/* of one look */

void mcap_window_init(struct mcap_window *w, struct spur_range *range);
void mcap_window_finish(struct mcap_window *w);
/* *out: len bytes at `at`, valid until the next call. SPUR_END: the file ends before, or len is over
 * MCAP_WINDOW_MAX. */
enum spur_status mcap_window_get(struct mcap_window *w, uint64_t at, uint64_t len, const char **out,
				 struct spur_error *err);

#endif
