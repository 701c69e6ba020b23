#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "ui/link.h"
#include "ui/list.h"
#include "ui/marks.h"
#include "ui/table.h"
#include "ui/ui.h"

#define DETAIL_ROWS 7

enum order { BY_BEGIN, BY_NAME, BY_DURATION, BY_SIZE, BY_SEGMENTS, ORDERS };

struct state {
	const struct spur_session_drives *list;
	const struct spur_session_drive *drive;
	int *view;		/* rows of the list in the order shown; owned */
	uint64_t view_of;	/* generation of the list it is for */
	enum order order;
	bool descending, no_detail;
	struct spur_list cursor;
	struct spur_marks marks;
	char query[400];	/* of `find`, until its label is known */
	int64_t at;		/* id under the cursor */
	int rows;		/* of the body, at the last look */
	char filter[128], sought[128];
	uint64_t seen, seen_drive;
	enum spur_time_style style;
};

static bool with_detail(const struct state *s, int rows)
{
	return !s->no_detail && rows > DETAIL_ROWS + 6;
}

static int list_rows(const struct state *s, int rows)
{
	return with_detail(s, rows) ? rows - DETAIL_ROWS - 2 : rows - 2;
}

static int count_of(const struct state *s)
{
	return (int)s->list->count;
}

/* A list that was read again is in its own order until update() has looked at it. */
static const struct spur_db_drive *row_of(const struct state *s, int i)
{
	return s->list->rows[s->view_of == s->list->generation ? s->view[i] : i];
}

/* ---- order: of what has been read ---- */

static int compare(const struct spur_db_drive *a, const struct spur_db_drive *b, enum order by)
{
	switch (by) {
	case BY_NAME:
		return strcmp(a->name, b->name);
	case BY_DURATION:
		return (a->end_ns - a->begin_ns > b->end_ns - b->begin_ns) - (a->end_ns - a->begin_ns < b->end_ns - b->begin_ns);
	case BY_SIZE:
		return (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes);
	case BY_SEGMENTS:
		return (a->segments > b->segments) - (a->segments < b->segments);
	default:
		return 0;	/* as the catalogue gives them: oldest first */
	}
}

/* Insertion: the list is mostly in order already; equal ones keep their order. */
static void sort(struct state *s)
{
	const struct spur_db_drive *const *rows = s->list->rows;
	int n = count_of(s);

	for (int i = 1; i < n; i++) {
		int d = s->view[i], k = i;

		for (; k > 0 && compare(rows[s->view[k - 1]], rows[d], s->order) * (s->descending ? -1 : 1) > 0; k--)
			s->view[k] = s->view[k - 1];
		s->view[k] = d;
	}
}

/* The list was read again or is to be in another order: the cursor stays on its drive. */
static void view_again(struct state *s)
{
	int n = count_of(s);

	s->view = spur_realloc(s->view, (size_t)n + 1, sizeof(*s->view));
	for (int i = 0; i < n; i++)
		s->view[i] = s->order == BY_BEGIN && s->descending ? n - 1 - i : i;
	s->view_of = s->list->generation;
	sort(s);
	for (int i = 0; s->at != 0 && i < n; i++) {
		if (row_of(s, i)->id == s->at)
			s->cursor.at = i;
	}
	if (s->cursor.at >= n)
		s->cursor.at = n > 0 ? n - 1 : 0;
}

static void want_detail(struct spur_ui *ui, struct state *s)
{
	s->at = s->cursor.at < count_of(s) ? row_of(s, s->cursor.at)->id : 0;
	if (s->at != 0)
		spur_session_drive_want(spur_ui_session(ui), s->at);
}

static enum spur_status open_drives(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;

	(void)err;
	s->list = spur_session_drives(spur_ui_session(ui));
	s->drive = spur_session_drive(spur_ui_session(ui));
	s->rows = 21;
	s->style = spur_ui_time_style(ui);
	snprintf(s->filter, sizeof(s->filter), "%s", arg == NULL ? "" : arg);
	spur_session_drives_want(spur_ui_session(ui), s->filter);
	return SPUR_OK;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->list->generation || s->seen_drive != s->drive->generation ||
		       s->style != spur_ui_time_style(ui);

	s->seen = s->list->generation;
	s->seen_drive = s->drive->generation;
	s->style = spur_ui_time_style(ui);
	if (changed) {
		view_again(s);
		want_detail(ui, s);
	}
	return changed;
}

/* Behind the name, which has what they leave, they stand in this order; a narrow terminal drops the last `rank` first. */
enum { BEGIN, DURATION, SOURCES, SIZE, SEGMENTS, COLUMNS };
static const struct column { const char *head; int width, rank; bool right; } columns[COLUMNS] = {
	{ "begin", 19, 2, false }, { "duration", 12, 0, true }, { "src", 3, 4, true }, { "size", 7, 3, true }, { "segs", 5, 1, true },
};
#define NAME_LEAST 16

/* at: where each column begins, 0 where there is no room for it. The width of the name is returned. */
static int lay_out(int cols, int at[COLUMNS])
{
	int room = cols - 5, shown = 0, x;	/* cursor and mark in front, a gap and the bar behind */

	for (int i = 0; i < COLUMNS; i++)
		room -= columns[i].width + 1;
	for (shown = COLUMNS; shown > 0 && room < NAME_LEAST; shown--) {
		for (int i = 0; i < COLUMNS; i++)
			room += columns[i].rank == shown - 1 ? columns[i].width + 1 : 0;
	}
	x = 2 + room + 1;
	for (int i = 0; i < COLUMNS; i++) {
		at[i] = columns[i].rank < shown ? x : 0;
		x += columns[i].rank < shown ? columns[i].width + 1 : 0;
	}
	return room;
}

static void put(struct spur_grid *g, int row, const int at[COLUMNS], int column, enum spur_role role, const char *s)
{
	if (at[column] == 0)
		return;
	if (columns[column].right)
		spur_grid_right(g, row, at[column], columns[column].width, role, s);
	else
		spur_grid_text(g, row, at[column], columns[column].width, role, s);
}

static void draw_row(const struct state *s, struct spur_grid *g, int row, const struct spur_db_drive *d, bool here)
{
	char when[SPUR_TIME_TEXT] = "-", dur[SPUR_TIME_TEXT], size[16], n[24];
	int at[COLUMNS], name = lay_out(g->cols, at);

	if (spur_db_drive_timed(d))
		spur_time_text(d->begin_ns, s->style == SPUR_TIME_REL ? SPUR_TIME_UTC : s->style, 0, when);
	when[19] = '\0';
	spur_span_text(d->end_ns - d->begin_ns, dur);
	spur_table_size(d->size_bytes, size);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	if (spur_marks_has(&s->marks, d->id))
		spur_grid_put(g, row, 1, SPUR_ROLE_WARN, '*');
	spur_table_name(g, row, 2, name, SPUR_ROLE_TEXT, d->name);
	put(g, row, at, BEGIN, SPUR_ROLE_TEXT, when);
	put(g, row, at, DURATION, SPUR_ROLE_TEXT, dur);
	snprintf(n, sizeof(n), "%" PRIu64, d->sources);
	put(g, row, at, SOURCES, SPUR_ROLE_TEXT, n);
	put(g, row, at, SIZE, SPUR_ROLE_TEXT, size);
	snprintf(n, sizeof(n), "%" PRIu64, d->segments);
	put(g, row, at, SEGMENTS, SPUR_ROLE_TEXT, n);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_clock(struct spur_grid *g, int row, int col, const struct spur_db_clock *c)
{
	if (c->id == 0)
		spur_grid_text(g, row, col, g->cols - col, SPUR_ROLE_DIM, "clock as recorded");
	else
		spur_grid_textf(g, row, col, g->cols - col, c->confidence < 0.5 ? SPUR_ROLE_WARN : SPUR_ROLE_TEXT,
				"clock %+.2f ms %+.1f ppm, confidence %.2f", (double)c->clock.offset_ns / 1e6,
				(double)c->clock.drift_ppb / 1e3,
				c->confidence);
}

static void draw_detail(const struct state *s, struct spur_grid *g, int row)
{
	const struct spur_session_drive *d = s->drive;
	const struct spur_db_drive *at = row_of(s, s->cursor.at);

	for (int x = 0; x < g->cols; x++)
		spur_grid_put(g, row, x, SPUR_ROLE_DIM, 0x2500);
	spur_grid_textf(g, row, 2, g->cols - 4, SPUR_ROLE_HEAD, " %s %s ", at->name, at->uid);
	if (d->id != at->id)
		return;
	if (d->error != NULL) {
		spur_grid_text(g, row + 1, 1, g->cols - 2, SPUR_ROLE_BAD, d->error);
		return;
	}
	for (size_t i = 0; i < d->source_count && i < 4; i++) {
		const struct spur_db_source *src = &d->sources[i];
		const char *slash = strrchr(src->path, '/');
		char size[16];
		int y = row + 1 + (int)i;

		spur_table_size(src->size_bytes, size);
		spur_grid_text(g, y, 1, 24, SPUR_ROLE_TEXT, slash == NULL ? src->path : slash + 1);
		spur_grid_textf(g, y, 26, 20, SPUR_ROLE_DIM, "%-4s %7s %5" PRIu64, src->format, size, src->signals);
		if (strcmp(src->role, "log") == 0)
			draw_clock(g, y, 46, &d->clocks[i]);
	}
	if (d->cameras[0] != '\0')
		spur_grid_textf(g, row + 5, 1, g->cols - 2, SPUR_ROLE_TEXT, "cameras %s", d->cameras);
	spur_grid_textf(g, row + 6, 1, g->cols - 2, SPUR_ROLE_TEXT, "segments %zu, approved %zu, rejected %zu   %s",
			d->segments, d->approved, d->rejected, d->labels);
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;
	int page = list_rows(s, g->rows), n = count_of(s), top = spur_list_top(&s->cursor, n, page);
	int at[COLUMNS], name = lay_out(g->cols, at);

	if (s->filter[0] != '\0')
		spur_grid_textf(g, 0, 1, g->cols - 36, SPUR_ROLE_TEXT, "filter %s", s->filter);
	if (s->marks.count > 0)
		spur_grid_textf(g, 0, g->cols - 34, 15, SPUR_ROLE_HEAD, "%zu marked", s->marks.count);
	spur_grid_textf(g, 0, g->cols - 18, 17, SPUR_ROLE_DIM, "%d%s drive%s", n, s->list->complete ? "" : "+", n == 1 ? "" : "s");
	spur_grid_text(g, 1, 2, name, SPUR_ROLE_HEAD, "drive");
	for (int i = 0; i < COLUMNS; i++)
		put(g, 1, at, i, SPUR_ROLE_HEAD, columns[i].head);
	if (s->list->error != NULL) {
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->list->error);
		return;
	}
	if (n == 0) {
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_TEXT, s->list->loading ? "reading the catalogue ..." :
			       s->filter[0] != '\0' ? "no drive fits; \\ changes the filter" : "no drives yet");
		if (!s->list->loading && s->filter[0] == '\0')
			spur_grid_text(g, 4, 2, g->cols - 4, SPUR_ROLE_DIM, "add some: a   or make some:  : demo make demo");
		return;
	}
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, row_of(s, top + i), top + i == s->cursor.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (with_detail(s, g->rows))
		draw_detail(s, g, g->rows - DETAIL_ROWS);
}

/* The next row, from the current one on and around, whose name has the text. */
static bool find(struct state *s, const char *text, int step)
{
	int n = count_of(s);

	for (int i = 1; i <= n; i++) {
		int at = ((s->cursor.at + step * i) % n + n) % n;

		if (strcasestr(row_of(s, at)->name, text) != NULL) {
			s->cursor.at = at;
			return true;
		}
	}
	return false;
}

static void search(struct spur_ui *ui, struct state *s, const char *text, int step)
{
	if (text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", text);
	if (s->sought[0] != '\0' && !find(s, s->sought, step))
		spur_ui_say(ui, "no drive has '%s' in its name", s->sought);
}

static void filter(struct spur_ui *ui, struct state *s, const char *text)
{
	snprintf(s->filter, sizeof(s->filter), "%s%s%s", *text != '\0' && strpbrk(text, "*?") == NULL ? "*" : "", text,
		 *text != '\0' && strpbrk(text, "*?") == NULL ? "*" : "");
	s->cursor = (struct spur_list){ 0 };
	spur_session_drives_want(spur_ui_session(ui), s->filter);
	if (s->filter[0] != '\0')
		spur_ui_echo(ui, "spur drives '%s'", s->filter);
	else
		spur_ui_echo(ui, "spur drives");
}

/* ---- acting ---- */

static void mark_range(struct state *s)
{
	int from = s->cursor.at, to = s->cursor.at;

	for (int i = 0; i < count_of(s); i++) {
		if (row_of(s, i)->id == s->marks.last)
			from = i;
	}
	for (int i = from < to ? from : to; i <= (from < to ? to : from); i++)
		spur_marks_set(&s->marks, row_of(s, i)->id, true);
}

static bool mark(struct state *s, const char *id)
{
	int n = count_of(s);

	if (strcmp(id, "mark") == 0 && n > 0) {
		spur_marks_set(&s->marks, row_of(s, s->cursor.at)->id, !spur_marks_has(&s->marks, row_of(s, s->cursor.at)->id));
		s->cursor.at += s->cursor.at + 1 < n;
	} else if (strcmp(id, "mark-range") == 0 && n > 0) {
		mark_range(s);
	} else if (strcmp(id, "mark-invert") == 0) {
		for (int i = 0; i < n; i++)
			spur_marks_set(&s->marks, row_of(s, i)->id, !spur_marks_has(&s->marks, row_of(s, i)->id));
	} else if (strcmp(id, "cancel") == 0 && s->marks.count > 0) {
		spur_marks_finish(&s->marks);
	} else {
		return strncmp(id, "mark", 4) == 0;
	}
	return true;
}

static bool arrange(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	static const char *const names[ORDERS] = { "begin", "name", "duration", "size", "segments" };

	if (strcmp(a->id, "filter") == 0 && a->text == NULL) {
		spur_ui_prompt(ui, "drives whose name fits (* and ?): ", "filter", s->filter);
	} else if (strcmp(a->id, "filter") == 0) {
		filter(ui, s, a->text);
	} else if (strcmp(a->id, "sort") == 0 || strcmp(a->id, "sort-reverse") == 0) {
		if (strcmp(a->id, "sort") == 0)
			s->order = (enum order)((s->order + 1) % ORDERS);
		else
			s->descending = !s->descending;
		view_again(s);
		spur_ui_say(ui, "by %s, %s first%s", names[s->order], s->descending ? "last" : "least",
			    s->list->complete ? "" : ", of those read so far");
	} else if (strcmp(a->id, "preview") == 0) {
		s->no_detail = !s->no_detail;
	} else if (strncmp(a->id, "search", 6) == 0) {
		if (count_of(s) > 0)
			search(ui, s, a->text, strcmp(a->id, "search-previous") == 0 ? -1 : 1);
	} else {
		return false;
	}
	return true;
}

/* "--drive a --drive b" for what is marked; without marks all of what the filter shows. */
static void add_whom(const struct state *s, struct spur_buf *to)
{
	for (int i = 0; s->marks.count > 0 && i < count_of(s); i++) {
		if (!spur_marks_has(&s->marks, row_of(s, i)->id))
			continue;
		spur_buf_adds(to, " --drive ");
		spur_word_add(to, row_of(s, i)->name);
	}
	if (s->marks.count == 0 && s->filter[0] != '\0') {
		spur_buf_adds(to, " --drive ");
		spur_word_add(to, s->filter);
	} else if (s->marks.count == 0) {
		spur_buf_adds(to, " --all");
	}
}

/* "@hard_braking.q" is a label already; a query that was typed needs one. */
static void find_segments(struct spur_ui *ui, struct state *s, const char *label)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur find ");
	spur_word_add(&b, s->query);
	add_whom(s, &b);
	spur_buf_adds(&b, " --store --label ");
	spur_word_add(&b, label);
	spur_ui_run_in_order(ui, spur_buf_text(&b), false);
	spur_buf_finish(&b);
}

static void ask_query(struct spur_ui *ui, struct state *s, const char *text)
{
	const char *slash = strrchr(text, '/'), *stem = slash != NULL ? slash + 1 : text + 1;
	char label[64];

	if (*text == '\0')
		return;
	snprintf(s->query, sizeof(s->query), "%s", text);
	snprintf(label, sizeof(label), "%.*s", *text == '@' ? (int)strcspn(stem, ".") : 0, stem);
	spur_ui_prompt(ui, "what it finds is (label): ", "find-label", label);
}

static void sync_drives(struct spur_ui *ui, struct state *s)
{
	for (int i = 0; i < count_of(s); i++) {
		struct spur_buf b = { 0 };

		if (s->marks.count > 0 ? !spur_marks_has(&s->marks, row_of(s, i)->id) : i != s->cursor.at)
			continue;
		spur_buf_adds(&b, "spur sync ");
		spur_word_add(&b, row_of(s, i)->name);
		spur_buf_adds(&b, " --store");
		spur_ui_run_in_order(ui, spur_buf_text(&b), false);
		spur_buf_finish(&b);
	}
}

static void run_on(struct spur_ui *ui, const char *before, const char *word, bool show)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, before);
	spur_word_add(&b, word);
	if (show)
		spur_ui_run(ui, spur_buf_text(&b), true);
	else
		spur_ui_run_in_order(ui, spur_buf_text(&b), false);
	spur_buf_finish(&b);
}

static bool act(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (strcmp(a->id, "find") == 0 && a->text == NULL)
		spur_ui_prompt(ui, "find (query, or @hard_braking.q): ", "find", s->query);
	else if (strcmp(a->id, "find") == 0)
		ask_query(ui, s, a->text);
	else if (strcmp(a->id, "find-label") == 0 && a->text != NULL && a->text[0] != '\0')
		find_segments(ui, s, a->text);
	else if (strcmp(a->id, "add") == 0 && a->text == NULL)
		spur_ui_prompt(ui, "add recordings from (file or folder): ", "add", NULL);
	else if (strcmp(a->id, "add") == 0 && a->text[0] != '\0')
		run_on(ui, "spur add ", a->text, false);
	else if (strcmp(a->id, "sync") == 0)
		sync_drives(ui, s);
	else if (strcmp(a->id, "info") == 0 && count_of(s) > 0)
		run_on(ui, "spur drive show ", row_of(s, s->cursor.at)->name, true);
	else
		return strcmp(a->id, "add") == 0 || strncmp(a->id, "find", 4) == 0 || strcmp(a->id, "info") == 0;
	return true;
}

/* To another screen. */
static bool leave(struct spur_ui *ui, const struct state *s, const char *id)
{
	const char *name = count_of(s) > 0 ? row_of(s, s->cursor.at)->name : NULL;
	char arg[200];

	if (strcmp(id, "open") != 0 && strcmp(id, "review") != 0 && strcmp(id, "window") != 0)
		return false;
	if (name == NULL)
		return true;
	if (strcmp(id, "review") == 0) {
		snprintf(arg, sizeof(arg), "state=candidate drive=%s", name);
		spur_ui_goto(ui, "review", arg);
		return true;
	}
	spur_ui_goto(ui, "plot", name);
	if (strcmp(id, "window") == 0)
		spur_ui_window_open(ui, name);
	return true;
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct state *s = state;
	int n = count_of(s), cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (leave(ui, s, a->id))
		return true;	/* this screen may be gone by now */
	if (spur_list_action(&s->cursor, a, n, list_rows(s, s->rows))) {
		if (s->cursor.at + 20 > n)
			spur_session_drives_more(spur_ui_session(ui));
	} else if (!mark(s, a->id) && !arrange(ui, s, a) && !act(ui, s, a)) {
		return false;
	}
	want_detail(ui, s);
	return true;
}

static void close_drives(struct spur_ui *ui, void *state)
{
	struct state *s = state;

	(void)ui;
	spur_marks_finish(&s->marks);
	free(s->view);
}

const struct spur_screen spur_screen_drives = {
	.id = "drives", .title = "Drives", .state_size = sizeof(struct state),
	.open = open_drives, .update = update, .draw = draw, .action = action, .close = close_drives,
};
