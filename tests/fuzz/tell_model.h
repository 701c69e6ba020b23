#ifndef SPUR_TESTS_FUZZ_TELL_MODEL_H
#define SPUR_TESTS_FUZZ_TELL_MODEL_H

#include "model/columns.h"
#include "model/description.h"
#include "model/message.h"
#include "tests/fuzz/fuzz.h"

/* fuzz_tell() for what is the same in all formats and decoders. */
void fuzz_tell_description(const struct spur_description *d);
void fuzz_tell_damage(const struct spur_description *d);	/* and what scans may have learned: ends, rows */
/* The first values and a hash of many; numbers to nine digits, NaN without a sign. */
void fuzz_tell_columns(const struct spur_columns *c);
void fuzz_tell_message(const struct spur_message *m);
void fuzz_tell_f64(const char *before, double v);

#endif
