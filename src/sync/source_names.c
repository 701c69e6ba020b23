#include "config.h"

#include "sync/source_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

/* Names of signals: making them unique, and finding them. */

struct entry {
	const char *name;
	size_t id;
};

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : x->id < y->id ? -1 : x->id > y->id;
}

/* Sorted by name, then by id. The caller frees. */
static struct entry *sorted_names(const struct spur_source *s)
{
	struct entry *e = spur_calloc(s->signal_count, sizeof(*e));

	for (size_t i = 0; i < s->signal_count; i++)
		e[i] = (struct entry){ s->signals[i].name, i };
	qsort(e, s->signal_count, sizeof(*e), by_name);
	return e;
}

/* Tables whose label is also another table's get their index instead. */
static enum spur_status number_labels(struct spur_source *s, struct spur_error *err)
{
	struct entry *e = spur_calloc(s->table_count, sizeof(*e));
	enum spur_status st = SPUR_OK;
	char number[16];

	for (size_t i = 0; i < s->table_count; i++)
		e[i] = (struct entry){ s->tables[i].label, i };
	qsort(e, s->table_count, sizeof(*e), by_name);
	for (size_t i = 0; i < s->table_count && st >= 0; i++) {
		bool twin = (i > 0 && strcmp(e[i].name, e[i - 1].name) == 0) ||
			    (i + 1 < s->table_count && strcmp(e[i].name, e[i + 1].name) == 0);

		if (!twin)
			continue;
		snprintf(number, sizeof(number), "%u", s->tables[e[i].id].at);
		if ((s->tables[e[i].id].label = spur_arena_str(s->arena, number)) == NULL)
			st = spur_fail(err, SPUR_ENOMEM, "%s: no room for names", s->path);
	}
	free(e);
	return st;
}

static char *qualified(struct spur_source *s, size_t id, unsigned round)
{
	const struct source_table *t = &s->tables[s->signals[id].table];
	char *text, *kept;

	if (round > 0)
		text = spur_strfmt("%s#%zu", s->signals[id].name, id);
	else if (t->kind == SOURCE_STREAM)
		text = spur_strfmt("%s.%s", t->label, s->plain[id]);
	else
		text = spur_strfmt("%s/%s", t->label, s->signals[id].name);
	kept = spur_arena_str(s->arena, text);
	free(text);
	return kept;
}

/* One pass: renames all signals of a name that several have. Sets *changed. */
static enum spur_status rename_twins(struct spur_source *s, unsigned round, bool *changed, struct spur_error *err)
{
	struct entry *e = sorted_names(s);
	enum spur_status st = SPUR_OK;

	*changed = false;
	for (size_t i = 0; i < s->signal_count && st >= 0;) {
		size_t end = i + 1;

		while (end < s->signal_count && strcmp(e[end].name, e[i].name) == 0)
			end++;
		for (size_t k = i; end - i > 1 && k < end && st >= 0; k++) {
			char *name = qualified(s, e[k].id, round);

			*changed = true;
			if (name == NULL)
				st = spur_fail(err, SPUR_ENOMEM, "%s: no room for names", s->path);
			else
				s->signals[e[k].id].name = name;
		}
		i = end;
	}
	free(e);
	return st;
}

enum spur_status source_make_unique(struct spur_source *s, struct spur_error *err)
{
	enum spur_status st = number_labels(s, err);
	bool changed = true;

	/* "GROUP/NAME" first; a name twice in one group, or one that looks like that already, gets its number. */
	for (unsigned round = 0; st >= 0 && changed && round < 4; round++)
		st = rename_twins(s, round, &changed, err);
	return st;
}

enum spur_status spur_source_match(const struct spur_source *s, const struct spur_match *m, uint32_t **ids,
				   size_t *count, struct spur_error *err)
{
	(void)err;
	*ids = spur_calloc(s->signal_count, sizeof(**ids));
	*count = 0;
	for (size_t i = 0; i < s->signal_count; i++) {
		if (spur_match_test(m, s->signals[i].name) || spur_match_test(m, s->plain[i]))
			(*ids)[(*count)++] = (uint32_t)i;
	}
	return SPUR_OK;
}

/* Edit distance without case, up to `most`; long names are cut. */
static unsigned distance(const char *a, const char *b, unsigned most)
{
	unsigned row[65], len = (unsigned)strnlen(b, 64);

	for (unsigned k = 0; k <= len; k++)
		row[k] = k;
	for (unsigned i = 0; i < 64 && a[i] != '\0'; i++) {
		unsigned diagonal = row[0], best = row[0] = i + 1;

		for (unsigned k = 0; k < len; k++) {
			unsigned change = diagonal + ((a[i] | 32) != (b[k] | 32)), gap = (row[k] < row[k + 1] ? row[k] : row[k + 1]) + 1;

			diagonal = row[k + 1];
			row[k + 1] = change < gap ? change : gap;
			best = row[k + 1] < best ? row[k + 1] : best;
		}
		if (best > most)
			return most + 1;
	}
	return row[len];
}

/* The three nearest names, as ": is it 'a', 'b'?". */
static void suggest(const struct spur_source *s, const char *name, struct spur_buf *out)
{
	const unsigned most = 2 + (unsigned)strnlen(name, 64) / 4;
	unsigned shown = 0;

	for (unsigned d = 0; d <= most && shown < 3; d++) {
		for (size_t i = 0; i < s->signal_count && shown < 3; i++) {
			unsigned whole = distance(s->signals[i].name, name, most), plain = distance(s->plain[i], name, most);
			unsigned nearest = whole < plain ? whole : plain;

			/* What is far, but holds it, comes last; nothing comes twice. */
			if (nearest == d || (d == most && nearest > most && strcasestr(s->signals[i].name, name) != NULL))
				spur_buf_addf(out, "%s'%s'", shown++ == 0 ? "; near: " : ", ", s->signals[i].name);
		}
	}
}

static enum spur_status ambiguous(const struct spur_source *s, const char *name, struct spur_error *err)
{
	struct spur_buf list = { 0 };
	unsigned shown = 0;

	for (size_t i = 0; i < s->signal_count && shown < 4; i++) {
		if (strcmp(s->plain[i], name) == 0)
			spur_buf_addf(&list, "%s'%s'", shown++ == 0 ? "" : ", ", s->signals[i].name);
	}
	spur_fail(err, SPUR_EINVAL, "%s: signal '%s' is in several groups; say which: %s", s->path, name,
		  spur_buf_text(&list));
	spur_buf_finish(&list);
	return SPUR_EINVAL;
}

enum spur_status spur_source_find(const struct spur_source *s, const char *name, uint32_t *id, struct spur_error *err)
{
	struct spur_buf near = { 0 };
	size_t hits = 0;

	for (size_t i = 0; i < s->signal_count; i++) {
		if (strcmp(s->signals[i].name, name) == 0) {
			*id = (uint32_t)i;
			return SPUR_OK;
		}
	}
	for (size_t i = 0; i < s->signal_count; i++) {
		if (strcmp(s->plain[i], name) == 0 && hits++ == 0)
			*id = (uint32_t)i;
	}
	if (hits == 1)
		return SPUR_OK;
	if (hits > 1)
		return ambiguous(s, name, err);
	suggest(s, name, &near);
	spur_fail(err, SPUR_ENOTFOUND, "%s: no signal '%s'%s", s->path, name, spur_buf_text(&near));
	spur_buf_finish(&near);
	return SPUR_ENOTFOUND;
}
