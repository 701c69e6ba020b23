#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "session/lab.h"
#include "ui/lab_acts.h"
#include "ui/list.h"
#include "ui/table.h"
#include "ui/ui.h"

#define RECORD_ROWS 9

/* Two views of one history: the lines of the audit, and the tree of what an object was made of. */
struct state {
	const struct spur_session_audit *log;
	const struct spur_session_lineage *tree;
	struct spur_list cursor, branch;
	bool in_tree, in_record;
	bool up;		/* the tree: what was made of it */
	int rows;		/* of the body, at the last look */
	uint64_t seen, seen_tree;
	enum spur_time_style style;
	char ref[128], sought[128];	/* ref: top of the tree; "" none yet */
};

static int log_count(const struct state *s)
{
	return (int)s->log->count;
}

static const struct spur_db_audit *line(const struct state *s)
{
	return s->cursor.at < log_count(s) ? &s->log->rows[s->cursor.at] : NULL;
}

static const struct spur_session_node *node(const struct state *s)
{
	return s->branch.at < (int)s->tree->count ? &s->tree->nodes[s->branch.at] : NULL;
}

static int log_rows(const struct state *s, int rows)
{
	return s->in_record && rows > RECORD_ROWS + 6 ? rows - RECORD_ROWS - 2 : rows - 2;
}

static void want_tree(struct spur_ui *ui, struct state *s, const char *ref)
{
	if (ref != s->ref)
		snprintf(s->ref, sizeof(s->ref), "%s", ref);
	s->in_tree = true;
	s->branch = (struct spur_list){ 0 };
	spur_session_lineage_want(spur_ui_session(ui), s->ref, !s->up);
	spur_ui_echo(ui, "spur lineage %s%s", s->up ? "--up " : "", s->ref);
}

static enum spur_status open_audit(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;
	int cols;

	(void)err;
	s->log = spur_session_audit(spur_ui_session(ui));
	s->tree = spur_session_lineage(spur_ui_session(ui));
	s->style = spur_ui_time_style(ui);
	spur_ui_body(ui, &s->rows, &cols);
	spur_session_audit_want(spur_ui_session(ui), NULL);
	if (arg != NULL)
		want_tree(ui, s, arg);
	return SPUR_OK;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->log->generation || s->seen_tree != s->tree->generation || s->style != spur_ui_time_style(ui);

	/* Another audit screen above this one may have looked at another tree. */
	if (s->in_tree && s->tree->ref != NULL && strcmp(s->tree->ref, s->ref) != 0)
		spur_session_lineage_want(spur_ui_session(ui), s->ref, !s->up);
	s->seen = s->log->generation;
	s->seen_tree = s->tree->generation;
	s->style = spur_ui_time_style(ui);
	if (s->cursor.at >= log_count(s))
		s->cursor.at = log_count(s) > 0 ? log_count(s) - 1 : 0;
	if (s->branch.at >= (int)s->tree->count)
		s->branch.at = s->tree->count > 0 ? (int)s->tree->count - 1 : 0;
	return changed;
}

/* ---- drawing: the lines ---- */

static void draw_line(const struct state *s, struct spur_grid *g, int row, int i)
{
	const struct spur_db_audit *a = &s->log->rows[i];
	char when[SPUR_TIME_TEXT], seq[24];
	int subject = g->cols - 62;
	bool here = i == s->cursor.at;

	spur_time_text(a->at_ns, s->style == SPUR_TIME_REL ? SPUR_TIME_UTC : s->style, 0, when);
	when[19] = '\0';
	snprintf(seq, sizeof(seq), "%" PRId64, a->seq);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_right(g, row, 1, 8, SPUR_ROLE_TEXT, seq);
	spur_grid_text(g, row, 10, 19, SPUR_ROLE_TEXT, when);
	spur_table_name(g, row, 30, 10, SPUR_ROLE_TEXT, a->who);
	spur_grid_text(g, row, 41, 16, SPUR_ROLE_TEXT, a->action);
	spur_table_name(g, row, 58, subject, SPUR_ROLE_DIM, a->subject);
	spur_grid_put(g, row, g->cols - 3, s->log->good[i] ? SPUR_ROLE_GOOD : SPUR_ROLE_BAD, s->log->good[i] ? 0x2713 : 0x2717);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

/* A text over several rows, broken where the width ends. Returns the rows used. */
static int draw_wrapped(struct spur_grid *g, int row, int rows, enum spur_role role, const char *text)
{
	size_t width = g->cols > 3 ? (size_t)g->cols - 2 : 1, len = strlen(text);
	int used = 0;

	for (size_t at = 0; at < len && used < rows; used++) {
		size_t n = len - at < width ? len - at : width;

		while (at + n < len && n > 1 && ((unsigned char)text[at + n] & 0xc0) == 0x80)
			n--;
		spur_grid_textf(g, row + used, 1, (int)width, role, "%.*s", (int)n, text + at);
		at += n;
	}
	return used;
}

static void draw_record(const struct state *s, struct spur_grid *g, int row)
{
	const struct spur_db_audit *a = line(s);
	char heading[64];

	snprintf(heading, sizeof(heading), "record %" PRId64, a->seq);
	spur_table_rule(g, row, heading);
	spur_grid_textf(g, row + 1, 1, g->cols - 2, SPUR_ROLE_DIM, "hash %s %s", a->hash, s->log->good[s->cursor.at] ?
			"\xe2\x9c\x93" : "\xe2\x9c\x97 it is not the hash of this line");
	spur_grid_textf(g, row + 2, 1, g->cols - 2, SPUR_ROLE_DIM, "prev %s", a->prev_hash);
	draw_wrapped(g, row + 3, g->rows - row - 3, SPUR_ROLE_TEXT, a->record);
}

static void draw_chain(const struct state *s, struct spur_grid *g)
{
	const struct spur_db_verdict *v = &s->log->chain;

	if (s->log->subject != NULL)
		spur_grid_textf(g, 0, 1, g->cols - 34, SPUR_ROLE_TEXT, "about %s", s->log->subject);
	if (s->log->verifying)
		spur_grid_right(g, 0, g->cols - 32, 31, SPUR_ROLE_DIM, "verifying the chain ...");
	else if (!s->log->verified)
		spur_grid_right(g, 0, g->cols - 32, 31, SPUR_ROLE_DIM, "chain not verified yet: V");
	else if (v->wrong == 0)
		spur_grid_textf(g, 0, g->cols - 32, 31, SPUR_ROLE_GOOD, "chain \xe2\x9c\x93 %" PRIu64 " entries", v->checked);
	else
		spur_grid_textf(g, 0, g->cols - 32, 31, SPUR_ROLE_BAD, "chain \xe2\x9c\x97 %" PRIu64 " wrong: %s", v->wrong, v->first);
}

static void draw_log(const struct state *s, struct spur_grid *g)
{
	int page = log_rows(s, g->rows), n = log_count(s), top = spur_list_top(&s->cursor, n, page);

	draw_chain(s, g);
	spur_grid_text(g, 1, 1, g->cols - 2, SPUR_ROLE_HEAD, "     seq time                who        action           subject");
	spur_grid_text(g, 1, g->cols - 5, 4, SPUR_ROLE_HEAD, "hash");
	if (s->log->error != NULL)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->log->error);
	else if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_DIM, s->log->loading ? "reading ..." : s->log->subject != NULL ?
			       "no line is about that; \\ and an empty text show all" : "no line yet: every change leaves one");
	for (int i = 0; i < page && top + i < n; i++)
		draw_line(s, g, 2 + i, top + i);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (s->in_record && line(s) != NULL && page + 2 < g->rows)
		draw_record(s, g, 2 + page);
}

/* ---- drawing: the tree ---- */

static void draw_node(const struct state *s, struct spur_grid *g, int row, int i)
{
	const struct spur_session_node *n = &s->tree->nodes[i];
	bool file = strcmp(n->kind, "file") == 0, here = i == s->branch.at;
	int col = 1 + 2 * (int)(n->depth < 20 ? n->depth : 20), end = g->cols - 32;

	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_put(g, row, col, SPUR_ROLE_DIM, n->loading ? 0x2026 : n->leaf ? 0x00b7 : n->open ? 0x25be : 0x25b8);
	if (n->role[0] != '\0')
		col += spur_grid_textf(g, row, col + 2, end - col - 2, SPUR_ROLE_DIM, "%s: ", n->role);
	spur_table_name(g, row, col + 2, end - col - 3, file ? SPUR_ROLE_DIM : SPUR_ROLE_TEXT, n->title[0] != '\0' ? n->title : n->kind);
	if (file)
		spur_grid_textf(g, row, end, 30, SPUR_ROLE_DIM, "sha256 %.20s", strncmp(n->id, "file:", 5) == 0 ? n->id + 5 : n->sha256);
	else
		spur_table_name(g, row, end, 30, SPUR_ROLE_DIM, n->id);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_tree(const struct state *s, struct spur_grid *g)
{
	int page = g->rows - 2, n = (int)s->tree->count, top = spur_list_top(&s->branch, n, page);
	const struct spur_session_node *at = node(s);

	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_TEXT, "%s %s", s->up ? "made of" : "lineage of", s->ref);
	if (s->tree->error != NULL)
		spur_grid_text(g, 2, 2, g->cols - 4, SPUR_ROLE_BAD, s->tree->error);
	else if (n == 0)
		spur_grid_text(g, 2, 2, g->cols - 4, SPUR_ROLE_DIM, "reading ...");
	for (int i = 0; i < page && top + i < n; i++)
		draw_node(s, g, 1 + i, top + i);
	spur_list_bar(g, 1, g->cols - 1, page, top, n);
	if (at != NULL && at->hidden > 0)
		spur_grid_textf(g, g->rows - 1, 1, g->cols - 2, SPUR_ROLE_WARN, "%zu more are not shown; spur lineage has all", at->hidden);
	else if (at != NULL)
		spur_table_name(g, g->rows - 1, 1, g->cols - 2, SPUR_ROLE_DIM, at->path[0] != '\0' ? at->path : at->id);
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;

	if (s->in_tree)
		draw_tree(s, g);
	else
		draw_log(s, g);
}

/* ---- acting ---- */

/* To the screen that shows such an object, or at least what is known of it. */
static void follow(struct spur_ui *ui, const struct spur_session_node *n)
{
	if (strcmp(n->kind, "dataset") == 0)
		spur_ui_goto(ui, "datasets", n->id);
	else if (strcmp(n->kind, "model") == 0)
		spur_ui_goto(ui, "models", n->id);
	else if (strcmp(n->kind, "run") == 0)
		spur_ui_goto(ui, "jobs", strncmp(n->id, "run-", 4) == 0 ? n->id + 4 : n->id);
	else if (strcmp(n->kind, "artefact") == 0)
		spur_lab_show_words(ui, "report", n->id, NULL);
	else if (strcmp(n->kind, "segment") == 0)
		spur_ui_goto(ui, "review", n->id);
	else
		spur_ui_say(ui, "%s %s", n->path[0] != '\0' ? n->path : n->title, n->sha256);
}

static void toggle(struct spur_ui *ui, struct state *s, bool open)
{
	const struct spur_session_node *n = node(s);

	if (n == NULL || n->leaf)
		return;
	if (n->open != open)
		spur_session_lineage_toggle(spur_ui_session(ui), (size_t)s->branch.at);
}

/* Closing what is closed goes to the branch it hangs on. */
static void to_parent(struct state *s)
{
	unsigned depth = node(s) == NULL ? 0 : node(s)->depth;

	while (depth > 0 && s->branch.at > 0 && node(s)->depth >= depth)
		s->branch.at--;
}

static bool in_tree(struct spur_ui *ui, struct state *s, const char *id)
{
	const struct spur_session_node *n = node(s);

	if (strcmp(id, "direction") == 0) {
		s->up = !s->up;
		want_tree(ui, s, s->ref);
	} else if (strcmp(id, "back") == 0 || strcmp(id, "cancel") == 0) {
		if (strcmp(id, "back") == 0)
			return false;
		s->in_tree = false;
	} else if (n == NULL) {
		return false;
	} else if (strcmp(id, "open") == 0) {
		follow(ui, n);
	} else if (strcmp(id, "expand") == 0) {
		toggle(ui, s, true);
	} else if (strcmp(id, "collapse") == 0) {
		if (n->open && !n->leaf)
			toggle(ui, s, false);
		else
			to_parent(s);
	} else if (strcmp(id, "lineage") == 0) {
		char ref[128];

		snprintf(ref, sizeof(ref), "%s", n->id);
		want_tree(ui, s, ref);
	} else if (strcmp(id, "copy") == 0) {
		spur_ui_say(ui, "%s", n->id);
	} else {
		return false;
	}
	return true;
}

static bool in_log(struct spur_ui *ui, struct state *s, const char *id)
{
	const struct spur_db_audit *a = line(s);

	if (strcmp(id, "cancel") == 0 && s->in_record) {
		s->in_record = false;
	} else if (a == NULL) {
		return false;
	} else if (strcmp(id, "open") == 0) {
		s->in_record = !s->in_record;
		spur_ui_echo(ui, "spur audit show %s", a->subject);
	} else if (strcmp(id, "lineage") == 0) {
		want_tree(ui, s, a->subject);
	} else if (strcmp(id, "copy") == 0) {
		spur_ui_say(ui, "%s", a->subject);
	} else {
		return false;
	}
	return true;
}

static bool filter(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (strcmp(a->id, "filter") != 0)
		return false;
	if (a->text == NULL) {
		spur_ui_prompt(ui, "only about (empty: all): ", "filter", line(s) == NULL ? "" : line(s)->subject);
		return true;
	}
	s->in_tree = false;
	s->cursor = (struct spur_list){ 0 };
	spur_session_audit_want(spur_ui_session(ui), a->text);
	spur_ui_echo(ui, "spur audit show%s%s", *a->text != '\0' ? " " : "", a->text);
	return true;
}

static bool fits(const struct state *s, int i)
{
	if (s->in_tree)
		return strstr(s->tree->nodes[i].title, s->sought) != NULL || strstr(s->tree->nodes[i].id, s->sought) != NULL;
	return strstr(s->log->rows[i].record, s->sought) != NULL;
}

static bool search(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	struct spur_list *l = s->in_tree ? &s->branch : &s->cursor;
	int n = s->in_tree ? (int)s->tree->count : log_count(s), step = strcmp(a->id, "search-previous") == 0 ? n - 1 : 1;

	if (strcmp(a->id, "search") == 0 && a->text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", a->text);
	else if (strncmp(a->id, "search-", 7) != 0)
		return false;
	for (int k = 1; k <= n && s->sought[0] != '\0'; k++) {
		if (fits(s, (l->at + k * step) % n)) {
			l->at = (l->at + k * step) % n;
			return true;
		}
	}
	spur_ui_say(ui, "nothing here has '%s'", s->sought);
	return true;
}

static bool move(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (s->in_tree)
		return spur_list_action(&s->branch, a, (int)s->tree->count, s->rows - 2);
	if (!spur_list_action(&s->cursor, a, log_count(s), log_rows(s, s->rows)))
		return false;
	if (s->cursor.at + s->rows >= log_count(s))
		spur_session_audit_more(spur_ui_session(ui));
	return true;
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct state *s = state;
	int cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (move(ui, s, a))
		return true;
	if (strcmp(a->id, "verify") == 0) {
		s->in_tree = false;
		spur_session_audit_verify(spur_ui_session(ui));
		spur_ui_echo(ui, "spur audit verify");
		return true;
	}
	return (s->in_tree ? in_tree(ui, s, a->id) : in_log(ui, s, a->id)) || filter(ui, s, a) || search(ui, s, a);
}

static void close_audit(struct spur_ui *ui, void *state)
{
	(void)ui;
	(void)state;
}

const struct spur_screen spur_screen_audit = {
	.id = "audit", .title = "Audit", .state_size = sizeof(struct state),
	.open = open_audit, .update = update, .draw = draw, .action = action, .close = close_audit,
};
