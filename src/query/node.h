#ifndef SPUR_QUERY_NODE_H
#define SPUR_QUERY_NODE_H

#include "query/query.h"

/* The checked expression as a list of nodes, each after what it reads. Private to src/query. */
enum spur_kind { SPUR_KIND_NUMBER, SPUR_KIND_TRUTH, SPUR_KIND_SPAN, SPUR_KIND_TEXT };

enum spur_op {
	SPUR_OP_CONST,		/* value */
	SPUR_OP_SIGNAL,		/* index into signals */
	SPUR_OP_TEXT_IS,	/* a: signal; index of the word */
	/* point by point; unknown (NaN) in, unknown out, but for and, or, if, valid */
	SPUR_OP_ADD, SPUR_OP_SUB, SPUR_OP_MUL, SPUR_OP_DIV, SPUR_OP_POW, SPUR_OP_NEG,
	SPUR_OP_ABS, SPUR_OP_SQRT, SPUR_OP_EXP, SPUR_OP_LOG, SPUR_OP_SIN, SPUR_OP_COS, SPUR_OP_TAN, SPUR_OP_ATAN2,
	SPUR_OP_HYPOT, SPUR_OP_SIGN, SPUR_OP_FLOOR, SPUR_OP_CEIL, SPUR_OP_ROUND, SPUR_OP_MOD, SPUR_OP_MIN, SPUR_OP_MAX,
	SPUR_OP_LT, SPUR_OP_LE, SPUR_OP_GT, SPUR_OP_GE, SPUR_OP_EQ, SPUR_OP_NE,
	SPUR_OP_AND, SPUR_OP_OR, SPUR_OP_NOT, SPUR_OP_IF, SPUR_OP_VALID,
	/* over time; span_s */
	SPUR_OP_DERIV, SPUR_OP_LOWPASS, SPUR_OP_MEAN, SPUR_OP_STD, SPUR_OP_ROLL_MIN, SPUR_OP_ROLL_MAX, SPUR_OP_INTEGRAL,
	SPUR_OP_DELAY, SPUR_OP_HOLD, SPUR_OP_HYSTERESIS, SPUR_OP_RISING, SPUR_OP_FALLING,
	SPUR_OP_FOR_GE, SPUR_OP_FOR_LE, SPUR_OP_GAP, SPUR_OP_WITHIN, SPUR_OP_CONTAINING,
};

struct spur_node {
	enum spur_op op;
	enum spur_kind kind;
	size_t in[3];		/* nodes before this one */
	size_t nin;
	size_t index;		/* signal or word */
	double value;		/* CONST; LOWPASS: cut-off in Hz; span of the others in s */
	double before_s, after_s;	/* WITHIN: how far back and ahead b may be */
	size_t at;
};

struct spur_query {
	char *source, *text;		/* owned */
	struct spur_node *nodes;	/* owned */
	size_t count;
	size_t root, score;		/* score: SIZE_MAX none */
	struct spur_query_signal *signals;	/* owned, with their names and words */
	size_t nsignals;
};

#define SPUR_QUERY_MAX_NODES 4096
#define SPUR_QUERY_MAX_DEPTH 100	/* of parentheses and calls */
#define SPUR_QUERY_MAX_SPAN_S 3600.0

/* Appends; the index. */
size_t spur_query_add(struct spur_query *q, const struct spur_node *n);
/* The index of the signal, appended unless it is there. text: to be compared with texts, not to be a number. */
size_t spur_query_add_signal(struct spur_query *q, const char *name, const char *unit, bool text, size_t at);
/* The index of the text among the words of signal s. */
size_t spur_query_add_word(struct spur_query_signal *s, const char *word);
/* A signal that is only compared with texts was never wanted as a number: its node goes unread, and it goes. */
void spur_query_drop_unread(struct spur_query *q);

#endif
