#ifndef SPUR_BASE_MATCH_H
#define SPUR_BASE_MATCH_H

#include <stdbool.h>

#include "base/error.h"

/*
 * A name pattern as people type it: a glob (`*speed*`, the whole name must fit), `/regex/`
 * (POSIX extended, anywhere), or `~fzy` (the letters in order, any case). Text without `*?[`
 * is the exact name.
 */
struct spur_match;

/* SPUR_EINVAL: a regular expression that does not compile. */
enum spur_status spur_match_create(const char *pattern, struct spur_match **out, struct spur_error *err);
void spur_match_destroy(struct spur_match *m);
bool spur_match_test(const struct spur_match *m, const char *name);
/* Not just an exact name: may fit several. */
bool spur_match_is_pattern(const struct spur_match *m);

#endif
