/* A parsed query: its nodes, its signals, and what is told of it. */
#include "config.h"

#include "query/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "query/node.h"

static void drop(const void *owned)
{
	union {
		const void *in;
		void *out;
	} u = { owned };

	free(u.out);
}

static void drop_signal(const struct spur_query_signal *s)
{
	drop(s->name);
	drop(s->label);
	drop(s->unit);
	for (size_t k = 0; s->words != NULL && s->words[k] != NULL; k++)
		drop(s->words[k]);
	drop(s->words);
}

size_t spur_query_add(struct spur_query *q, const struct spur_node *n)
{
	q->nodes = spur_realloc(q->nodes, q->count + 1, sizeof(*q->nodes));
	q->nodes[q->count] = *n;
	return q->count++;
}

size_t spur_query_add_signal(struct spur_query *q, const char *name, const char *unit, bool text, size_t at)
{
	struct spur_query_signal s = { 0 };

	for (size_t i = 0; i < q->nsignals; i++) {
		if (strcmp(q->signals[i].name, name) == 0 && strcmp(q->signals[i].unit, unit) == 0 &&
		    (q->signals[i].words != NULL) == text)
			return i;
	}
	s.name = spur_strdup(name);
	s.unit = spur_strdup(unit);
	s.label = *unit == '\0' ? spur_strdup(name) : spur_strfmt("%s[%s]", name, unit);
	s.words = text ? spur_calloc(1, sizeof(char *)) : NULL;
	s.at = at;
	q->signals = spur_realloc(q->signals, q->nsignals + 1, sizeof(*q->signals));
	q->signals[q->nsignals] = s;
	return q->nsignals++;
}

size_t spur_query_add_word(struct spur_query_signal *s, const char *word)
{
	const char **words;
	size_t n = 0;

	for (; s->words[n] != NULL; n++) {
		if (strcmp(s->words[n], word) == 0)
			return n;
	}
	words = spur_calloc(n + 2, sizeof(*words));
	memcpy(words, s->words, n * sizeof(*words));
	words[n] = spur_strdup(word);
	drop(s->words);
	s->words = words;
	return n;
}

void spur_query_drop_unread(struct spur_query *q)
{
	bool *read = spur_calloc(q->count, sizeof(*read));
	size_t *moved = spur_calloc(q->nsignals, sizeof(*moved)), n = 0;
	bool *used = spur_calloc(q->nsignals, sizeof(*used));

	read[q->root] = true;
	if (q->score != SIZE_MAX)
		read[q->score] = true;
	for (size_t i = q->count; i-- > 0;) {
		for (size_t k = 0; k < q->nodes[i].nin && read[i]; k++)
			read[q->nodes[i].in[k]] = true;
		if (read[i] && (q->nodes[i].op == SPUR_OP_SIGNAL || q->nodes[i].op == SPUR_OP_TEXT_IS))
			used[q->nodes[i].index] = true;
	}
	for (size_t i = 0; i < q->nsignals; i++) {
		struct spur_query_signal s = q->signals[i];

		moved[i] = n;
		if (used[i]) {
			q->signals[n++] = s;
			continue;
		}
		drop_signal(&s);
	}
	q->nsignals = n;
	for (size_t i = 0; i < q->count; i++) {
		if (q->nodes[i].op == SPUR_OP_SIGNAL || q->nodes[i].op == SPUR_OP_TEXT_IS)
			q->nodes[i].index = read[i] ? moved[q->nodes[i].index] : SIZE_MAX;
	}
	free(read);
	free(moved);
	free(used);
}

void spur_query_destroy(struct spur_query *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->nsignals; i++)
		drop_signal(&q->signals[i]);
	free(q->signals);
	free(q->nodes);
	free(q->source);
	free(q->text);
	free(q);
}

const struct spur_query_signal *spur_query_signals(const struct spur_query *q, size_t *count)
{
	*count = q->nsignals;
	return q->signals;
}

bool spur_query_is_predicate(const struct spur_query *q)
{
	return q->nodes[q->root].kind == SPUR_KIND_TRUTH;
}

bool spur_query_has_score(const struct spur_query *q)
{
	return q->score != SIZE_MAX;
}

const char *spur_query_source(const struct spur_query *q)
{
	return q->source;
}

const char *spur_query_text(const struct spur_query *q)
{
	return q->text;
}
