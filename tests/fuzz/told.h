#ifndef SPUR_TESTS_FUZZ_TOLD_H
#define SPUR_TESTS_FUZZ_TOLD_H

#include "model/columns.h"
#include "tests/fuzz/fuzz.h"

/*
 * What is told (fuzz_tell) of values that several targets have: the same text on every machine. Numbers with
 * nine digits at most, bytes that do not print as \xNN, what is long by its length and a hash behind its beginning.
 */
void fuzz_tell_text(const char *what, const char *s);		/* NULL is told as such */
void fuzz_tell_data(const char *what, const void *data, size_t len);
void fuzz_tell_number(const char *what, double v);
/* Each value of each column, nulls, text twins, times, masters. */
void fuzz_tell_table(const struct spur_columns *c);

#endif
