#ifndef SPUR_DECODE_LDF_TOKEN_H
#define SPUR_DECODE_LDF_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Words of a LIN description file: names, numbers, "texts" and signs; blanks and comments between them. */
#define LDF_WORD_MAX 256u

struct ldf_reader {
	const char *at, *end;
	unsigned line;
	char sign;			/* the sign that the word is; 0: it is a word or a text, or the end */
	bool quoted, over;		/* over: nothing is left */
	char word[LDF_WORD_MAX];	/* longer ones are cut; a text may be */
	const char *text;		/* of a quoted one, between its quotes */
	size_t text_len;
	struct spur_error *err;
};

void ldf_next(struct ldf_reader *r);
/* Takes the sign, if it is the next one. */
bool ldf_take(struct ldf_reader *r, char sign);
/* Takes a number, decimal or 0x. */
bool ldf_number(struct ldf_reader *r, double *out);
/* Behind the ';' of a statement, or before the '}' that ends its block; blocks within it are skipped. */
void ldf_skip_statement(struct ldf_reader *r);
/* Behind the '}' of a block whose '{' was taken. */
void ldf_skip_block(struct ldf_reader *r);
enum spur_status ldf_broken(struct ldf_reader *r, const char *what);

#endif
