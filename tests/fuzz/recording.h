#ifndef SPUR_TESTS_FUZZ_RECORDING_H
#define SPUR_TESTS_FUZZ_RECORDING_H

#include "format/format.h"

/* One file through every door of a format: open, describe, scans, locate and fetch, check, recover; what
 * recover made must open. */
void fuzz_recording(const struct spur_format *f, const void *data, size_t len);
/* A file that was written just now: its bytes, and what the reader of its format makes of them. It must open. */
void fuzz_recording_again(const char *path);
void fuzz_recording_recovers(const char *path);	/* what recover() makes of it */

#endif
