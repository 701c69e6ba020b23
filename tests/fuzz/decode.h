#ifndef SPUR_TESTS_FUZZ_DECODE_H
#define SPUR_TESTS_FUZZ_DECODE_H

#include "decode/decoder.h"
#include "tests/fuzz/fuzz.h"

/* What is left of `in`: the schema of the stream, then its payloads. All of a decoder: open, fields, walk, learn
 * and columns. */
void fuzz_decode(const struct spur_stream *s, struct fuzz_in *in);

#endif
