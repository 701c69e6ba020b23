#ifndef SPUR_QUERY_TOKEN_H
#define SPUR_QUERY_TOKEN_H

#include <stddef.h>

#include "base/error.h"

/* Words of the expression language: spur-query(7). Private to src/query. */
enum spur_token_kind {
	SPUR_TOKEN_END,
	SPUR_TOKEN_NUMBER,	/* 12.5, 1e-3 */
	SPUR_TOKEN_SPAN,	/* 0.5s, 300ms: number is in seconds */
	SPUR_TOKEN_NAME,	/* bare: VehicleSpeed, ecu:Speed, and keywords */
	SPUR_TOKEN_QUOTED,	/* "...", source:"...": a signal, or a text after == and != */
	SPUR_TOKEN_TICKED,	/* `...`: always a signal */
	SPUR_TOKEN_TEXT,	/* '...': always a text */
	SPUR_TOKEN_UNIT,	/* [km/h] */
	SPUR_TOKEN_OP,		/* op: '<' '>' '+' ... or 'l' <=, 'g' >=, 'e' ==, 'n' != */
};

struct spur_token {
	enum spur_token_kind kind;
	size_t at, len;		/* bytes of the query */
	double number;
	char op;
	char *text;		/* owned: name, text or unit without its quotes; else NULL */
};

/* The token at or after *pos; moves *pos past it. The caller frees token->text. */
enum spur_status spur_token_next(const char *query, size_t *pos, struct spur_token *out, struct spur_error *err);

/* A failure at byte `at` of the query: line, column, the line and a caret. Returns SPUR_EINVAL. */
enum spur_status spur_query_fail(struct spur_error *err, const char *query, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
