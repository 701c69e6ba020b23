#ifndef SPUR_QUERY_FUNCTIONS_H
#define SPUR_QUERY_FUNCTIONS_H

#include "query/node.h"

/* The functions of the language: one row each in functions.c, and in spur-query(7). */
struct spur_function {
	const char *name, *usage;
	enum spur_op op;
	enum spur_kind in, kind;	/* of its first argument; of its result */
	size_t min_args, max_args;
	bool spans;		/* the second argument is a constant: a span (lowpass: a frequency) */
	bool folds;		/* f(a, b, c) is f(f(a, b), c) */
	enum spur_op rolling;	/* what f(x, span) is, or SPUR_OP_CONST */
};

const struct spur_function *spur_function_find(const char *name);	/* NULL: none */
/* All, in order; ends with a row without a name. */
extern const struct spur_function spur_functions[];

#endif
