#include "config.h"

#include "ui/signal_tree.h"

#include <stdlib.h>
#include <string.h>

#define FEW 12

void spur_tree_finish(struct spur_tree *t)
{
	free(t->rows);
	free(t->open);
	*t = (struct spur_tree){ 0 };
}

static bool same_branch(const struct spur_session_signal *a, const struct spur_session_signal *b)
{
	return a->source == b->source && strcmp(a->stream, b->stream) == 0;
}

static void add(struct spur_tree *t, int32_t signal, uint32_t first, uint32_t count)
{
	t->rows = spur_realloc(t->rows, (size_t)t->count + 1, sizeof(*t->rows));
	t->rows[t->count++] = (struct spur_tree_row){ signal, first, count };
}

static bool fits(const struct spur_tree *t, const struct spur_session_signal *s)
{
	return strcasestr(s->name, t->filter) != NULL || strcasestr(s->stream, t->filter) != NULL;
}

void spur_tree_build(struct spur_tree *t)
{
	const struct spur_session_signal *all = t->plot->signals;
	size_t n = t->plot->signal_count;

	t->count = 0;
	if (t->open == NULL) {
		t->open = spur_calloc(n, sizeof(*t->open));
		memset(t->open, n <= FEW, n);	/* nothing to fold away */
	}
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && same_branch(&all[i], &all[end]); end++)
			;
		if (t->filter[0] == '\0')
			add(t, -1, (uint32_t)i, (uint32_t)(end - i));
		for (size_t k = i; k < end; k++) {
			if (t->filter[0] != '\0' ? fits(t, &all[k]) : t->open[i])
				add(t, (int32_t)k, (uint32_t)i, (uint32_t)(end - i));
		}
	}
	if (t->cursor.at >= t->count)
		t->cursor.at = t->count > 0 ? t->count - 1 : 0;
}

const struct spur_session_signal *spur_tree_signal(const struct spur_tree *t)
{
	if (t->cursor.at >= t->count || t->rows[t->cursor.at].signal < 0)
		return NULL;
	return &t->plot->signals[t->rows[t->cursor.at].signal];
}

void spur_tree_toggle(struct spur_tree *t, bool open)
{
	uint32_t first;

	if (t->cursor.at >= t->count || t->filter[0] != '\0')
		return;
	first = t->rows[t->cursor.at].first;
	t->open[first] = open;
	while (t->cursor.at > 0 && (t->rows[t->cursor.at].signal >= 0 || t->rows[t->cursor.at].first != first))
		t->cursor.at--;
	spur_tree_build(t);
}

static bool traced(const struct spur_tree *t, const struct spur_session_signal *s)
{
	for (size_t i = 0; i < t->plot->trace_count; i++) {
		if (t->plot->traces[i].signal == s)
			return true;
	}
	return false;
}

/* Names of one topic share its beginning, which the branch shows already. */
static const char *leaf_name(const struct spur_session_signal *s)
{
	size_t n = strlen(s->stream);

	return n > 0 && strncmp(s->name, s->stream, n) == 0 && s->name[n] == '.' ? s->name + n + 1 : s->name;
}

static void draw_row(const struct spur_tree *t, struct spur_grid *g, struct spur_rect at, int row, int i, bool focus)
{
	const struct spur_tree_row *r = &t->rows[i];
	const struct spur_session_signal *s = &t->plot->signals[r->signal < 0 ? (int32_t)r->first : r->signal];

	if (r->signal < 0) {
		spur_grid_put(g, row, at.col, SPUR_ROLE_HEAD, t->open[r->first] ? 0x25be : 0x25b8);
		spur_grid_text(g, row, at.col + 2, at.cols - 2, SPUR_ROLE_HEAD, s->stream[0] != '\0' ? s->stream : s->file);
	} else {
		bool on = traced(t, s);
		int used;

		spur_grid_put(g, row, at.col + 1, SPUR_ROLE_GOOD, on ? 0x25cf : ' ');
		used = spur_grid_text(g, row, at.col + 3, at.cols - 3, on ? SPUR_ROLE_GOOD : SPUR_ROLE_TEXT, leaf_name(s));
		spur_grid_text(g, row, at.col + 4 + used, at.cols - 4 - used, SPUR_ROLE_DIM, s->unit);
	}
	if (i == t->cursor.at)
		spur_grid_role(g, (struct spur_rect){ row, at.col, 1, at.cols }, focus ? SPUR_ROLE_SELECTED : SPUR_ROLE_HEAD);
}

void spur_tree_draw(const struct spur_tree *t, struct spur_grid *g, struct spur_rect at, bool focus)
{
	int page = at.rows - 1, top = spur_list_top(&t->cursor, t->count, page);

	spur_grid_textf(g, at.row, at.col, at.cols, focus ? SPUR_ROLE_HEAD : SPUR_ROLE_DIM, t->filter[0] != '\0' ?
			"Signals /%s" : "Signals", t->filter);
	if (t->count == 0 && t->filter[0] != '\0')
		spur_grid_text(g, at.row + 1, at.col, at.cols, SPUR_ROLE_DIM, "none fits");
	for (int i = 0; i < page && top + i < t->count; i++)
		draw_row(t, g, at, at.row + 1 + i, top + i, focus);
}
