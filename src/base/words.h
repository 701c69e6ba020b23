#ifndef SPUR_BASE_WORDS_H
#define SPUR_BASE_WORDS_H

#include "base/buf.h"

/* Command lines as a shell reads and writes them: blanks, quotes, backslashes; nothing is expanded. */

/* Count of words, or -1: a quote is not closed. The list ends with NULL; free it with spur_words_free(). */
int spur_words_split(const char *line, char ***words);
void spur_words_free(char **words, int count);
/* One word, quoted only where a shell needs it; without the password of a URI (base/uri.h): lines are shown and kept. */
void spur_word_add(struct spur_buf *to, const char *word);
/* "spur" and the words (count < 0: up to NULL), so that split gives them back; the caller frees. */
char *spur_words_command(int count, const char *const *words);

#endif
