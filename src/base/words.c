#include "config.h"

#include "base/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/uri.h"

static void take(char ***words, int *count, struct spur_buf *word)
{
	*words = spur_realloc(*words, (size_t)*count + 2, sizeof(**words));
	(*words)[(*count)++] = spur_buf_steal(word);
	(*words)[*count] = NULL;
}

int spur_words_split(const char *line, char ***words)
{
	struct spur_buf word = { 0 };
	int count = 0;
	char quote = 0;
	bool in_word = false;

	*words = NULL;
	for (const char *p = line;; p++) {
		if (*p == '\0' || (quote == 0 && (*p == ' ' || *p == '\t'))) {
			if (in_word)
				take(words, &count, &word);
			in_word = false;
			if (*p == '\0')
				break;
			continue;
		}
		in_word = true;
		if (quote != 0 ? *p == quote : *p == '\'' || *p == '"')
			quote = quote != 0 ? 0 : *p;
		else if (*p == '\\' && quote != '\'' && p[1] != '\0')
			spur_buf_addc(&word, *++p);
		else
			spur_buf_addc(&word, *p);
	}
	spur_buf_finish(&word);
	if (quote == 0)
		return count;
	spur_words_free(*words, count);
	*words = NULL;
	return -1;
}

void spur_words_free(char **words, int count)
{
	for (int i = 0; i < count; i++)
		free(words[i]);
	free(words);
}

static void add_quoted(struct spur_buf *to, const char *word)
{
	bool plain = word[0] != '\0' && strpbrk(word, " \t\n'\"\\$`&|;<>()*?[#~!{}") == NULL;

	if (!plain)
		spur_buf_addc(to, '\'');
	for (const char *p = word; *p != '\0'; p++) {
		if (*p == '\'')
			spur_buf_adds(to, "'\\''");
		else
			spur_buf_addc(to, *p);
	}
	if (!plain)
		spur_buf_addc(to, '\'');
}

void spur_word_add(struct spur_buf *to, const char *word)
{
	char *shown = spur_uri_hide(word);

	add_quoted(to, shown);
	free(shown);
}

char *spur_words_command(int count, const char *const *words)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur");
	for (int i = 0; count < 0 ? words[i] != NULL : i < count; i++) {
		spur_buf_addc(&b, ' ');
		spur_word_add(&b, words[i]);
	}
	return spur_buf_steal(&b);
}
