#ifndef SPUR_BASE_OPT_H
#define SPUR_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/time.h"

/*
 * One option: the row that flags, help, man-page lint and completion come from.
 * Tables end with an all-zero row.
 */
enum spur_opt_type {
	SPUR_OPT_FLAG,		/* present or not */
	SPUR_OPT_TEXT,
	SPUR_OPT_INT,		/* int64, decimal */
	SPUR_OPT_FLOAT,
	SPUR_OPT_SIZE,		/* bytes: 64M, 8GiB, 1000 */
	SPUR_OPT_SPAN,		/* spur_span_parse() */
	SPUR_OPT_TIME,		/* spur_time_parse(): checked where begin and end are known */
	SPUR_OPT_PATH,
	SPUR_OPT_CHOICE,	/* arg is "a|b|c" */
};

struct spur_opt {
	const char *name;	/* long form without the dashes */
	char letter;		/* short form, or 0 */
	enum spur_opt_type type;
	const char *arg;	/* name of the argument, as help shows it; NULL for a flag */
	const char *help;	/* one line */
	bool many;		/* may be given more than once */
};

/* A parsed command line. Values are borrowed from argv and already of their row's type. */
struct spur_args {
	size_t npos;
	const char **pos;		/* positionals in order */
	size_t nset;
	struct spur_arg {
		const struct spur_opt *opt;
		const char *value;	/* "" for a flag */
	} *set;				/* in the order given */
};

/* Options may stand anywhere; "--" ends them; "-" is a positional. tables is a NULL-terminated
 * list, earlier tables win. SPUR_EINVAL says what is wrong and what would be right. */
enum spur_status spur_args_parse(struct spur_args *a, const struct spur_opt *const *tables,
				 int argc, const char *const *argv, struct spur_error *err);
void spur_args_finish(struct spur_args *a);

bool spur_args_has(const struct spur_args *a, const char *name);
const char *spur_args_text(const struct spur_args *a, const char *name, const char *fallback);	/* the last one wins */
/* The nth value of an option that may be given more than once, or NULL. */
const char *spur_args_nth(const struct spur_args *a, const char *name, size_t n);
long long spur_args_int(const struct spur_args *a, const char *name, long long fallback);
double spur_args_float(const struct spur_args *a, const char *name, double fallback);
unsigned long long spur_args_size(const struct spur_args *a, const char *name, unsigned long long fallback);
spur_ns spur_args_span(const struct spur_args *a, const char *name, spur_ns fallback);

enum spur_status spur_size_parse(const char *text, unsigned long long *out, struct spur_error *err);

#endif
