#ifndef SPUR_QUERY_QUERY_H
#define SPUR_QUERY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"

/*
 * One expression of the language of spur-query(7), parsed and checked: immutable, any thread.
 * Names of signals are not resolved here: the one who evaluates says where they are.
 */
struct spur_query;

/* SPUR_EINVAL: line, column, reason, and the line with a caret. */
enum spur_status spur_query_parse(const char *text, struct spur_query **out, struct spur_error *err);
/* The same from a file of at most 64 KiB; failures start with its path. */
enum spur_status spur_query_load(const char *path, struct spur_query **out, struct spur_error *err);
void spur_query_destroy(struct spur_query *q);	/* NULL is fine */

/* A signal the query reads. One that is used as a number and as a text is two. */
struct spur_query_signal {
	const char *name;		/* as written: NAME or SOURCE:NAME */
	const char *label;		/* as written, unit and all: NAME or NAME[unit] */
	const char *unit;		/* NAME[unit]: values are wanted in it; "" as they are */
	const char *const *words;	/* texts it is compared with, NULL-terminated; NULL: a number */
	size_t at;			/* byte of the query where it stands first */
};

const struct spur_query_signal *spur_query_signals(const struct spur_query *q, size_t *count);
bool spur_query_is_predicate(const struct spur_query *q);	/* true or false, not a number */
bool spur_query_has_score(const struct spur_query *q);
/* As given, and without comments and needless blanks. */
const char *spur_query_source(const struct spur_query *q);
const char *spur_query_text(const struct spur_query *q);

/* What a number in unit `from` must be multiplied by (and then added to) to be in `to`. false:
 * one of them is unknown, or they do not measure the same. Equal names always convert; to ""
 * is to SI. */
bool spur_unit_convert(const char *from, const char *to, double *factor, double *offset);

#endif
