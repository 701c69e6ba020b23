#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/link.h"
#include "ui/list.h"
#include "ui/ui.h"

#define DETAIL_ROWS 7

struct state {
	const struct spur_session_drives *list;
	const struct spur_session_drive *drive;
	struct spur_list cursor;
	int rows;		/* of the body, at the last look */
	char filter[128], sought[128];
	uint64_t seen, seen_drive;
	enum spur_time_style style;
};

static int list_rows(int rows)
{
	return rows > DETAIL_ROWS + 6 ? rows - DETAIL_ROWS - 2 : rows - 2;
}

static int count_of(const struct state *s)
{
	return (int)s->list->count;
}

static void want_detail(struct spur_ui *ui, struct state *s)
{
	if (s->cursor.at < count_of(s))
		spur_session_drive_want(spur_ui_session(ui), s->list->rows[s->cursor.at]->id);
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
	if (s->cursor.at >= count_of(s))
		s->cursor.at = count_of(s) > 0 ? count_of(s) - 1 : 0;
	if (changed)
		want_detail(ui, s);
	return changed;
}

static void size_text(uint64_t bytes, char out[16])
{
	static const char units[] = "BKMGTP";
	double v = (double)bytes;
	int u = 0;

	for (; v >= 1000 && u < 5; u++)
		v /= 1024;
	snprintf(out, 16, u == 0 ? "%.0f%c" : "%.1f%c", v, units[u]);
}

static void draw_row(const struct state *s, struct spur_grid *g, int row, const struct spur_db_drive *d, bool here)
{
	char when[SPUR_TIME_TEXT], dur[SPUR_TIME_TEXT], size[16], n[24];
	int name = g->cols - 56;

	spur_time_text(d->begin_ns, s->style == SPUR_TIME_REL ? SPUR_TIME_UTC : s->style, 0, when);
	when[19] = '\0';
	spur_span_text(d->end_ns - d->begin_ns, dur);
	size_text(d->size_bytes, size);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_text(g, row, 2, name, SPUR_ROLE_TEXT, d->name);
	spur_grid_text(g, row, name + 3, 19, SPUR_ROLE_TEXT, when);
	spur_grid_right(g, row, name + 23, 12, SPUR_ROLE_TEXT, dur);
	snprintf(n, sizeof(n), "%" PRIu64, d->sources);
	spur_grid_right(g, row, name + 36, 3, SPUR_ROLE_TEXT, n);
	spur_grid_right(g, row, name + 40, 7, SPUR_ROLE_TEXT, size);
	snprintf(n, sizeof(n), "%" PRIu64, d->segments);
	spur_grid_right(g, row, name + 48, 5, SPUR_ROLE_TEXT, n);
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
	const struct spur_db_drive *at = s->list->rows[s->cursor.at];

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

		size_text(src->size_bytes, size);
		spur_grid_text(g, y, 1, 24, SPUR_ROLE_TEXT, slash == NULL ? src->path : slash + 1);
		spur_grid_textf(g, y, 26, 20, SPUR_ROLE_DIM, "%-4s %7s %5" PRIu64, src->format, size, src->signals);
		if (strcmp(src->role, "log") == 0)
			draw_clock(g, y, 46, &d->clocks[i]);
	}
	spur_grid_textf(g, row + 6, 1, g->cols - 2, SPUR_ROLE_TEXT, "segments %zu, approved %zu, rejected %zu   %s",
			d->segments, d->approved, d->rejected, d->labels);
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;
	int page = list_rows(g->rows), n = count_of(s), name = g->cols - 56, top = spur_list_top(&s->cursor, n, page);

	if (s->filter[0] != '\0')
		spur_grid_textf(g, 0, 1, g->cols - 20, SPUR_ROLE_TEXT, "filter %s", s->filter);
	spur_grid_textf(g, 0, g->cols - 18, 17, SPUR_ROLE_DIM, "%d%s drive%s", n, s->list->complete ? "" : "+", n == 1 ? "" : "s");
	spur_grid_text(g, 1, 2, name, SPUR_ROLE_HEAD, "drive");
	spur_grid_text(g, 1, name + 3, 52, SPUR_ROLE_HEAD, "begin                   duration src    size  segs");
	if (s->list->error != NULL) {
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->list->error);
		return;
	}
	if (n == 0) {
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_TEXT, s->list->loading ? "reading the catalogue ..." :
			       s->filter[0] != '\0' ? "no drive fits; \\ changes the filter" : "no drives yet");
		if (!s->list->loading && s->filter[0] == '\0')
			spur_grid_text(g, 4, 2, g->cols - 4, SPUR_ROLE_DIM, "add some:  : add FOLDER   or make some:  : demo make demo");
		return;
	}
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, s->list->rows[top + i], top + i == s->cursor.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (g->rows > DETAIL_ROWS + 6)
		draw_detail(s, g, g->rows - DETAIL_ROWS);
}

/* The next row, from the current one on and around, whose name has the text. */
static bool find(struct state *s, const char *text, int step)
{
	int n = count_of(s);

	for (int i = 1; i <= n; i++) {
		int at = ((s->cursor.at + step * i) % n + n) % n;

		if (strcasestr(s->list->rows[at]->name, text) != NULL) {
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

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct state *s = state;
	int n = count_of(s), cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (spur_list_action(&s->cursor, a, n, list_rows(s->rows))) {
		if (s->cursor.at + 20 > n)
			spur_session_drives_more(spur_ui_session(ui));
	} else if (strcmp(a->id, "open") == 0 && n > 0) {
		spur_ui_goto(ui, "plot", s->list->rows[s->cursor.at]->name);
	} else if (strcmp(a->id, "window") == 0 && n > 0) {
		const char *name = s->list->rows[s->cursor.at]->name;

		spur_ui_goto(ui, "plot", name);
		spur_ui_window_open(ui, name);
	} else if (strcmp(a->id, "filter") == 0 && a->text == NULL) {
		spur_ui_prompt(ui, "drives whose name fits (* and ?): ", "filter", s->filter);
	} else if (strcmp(a->id, "filter") == 0) {
		filter(ui, s, a->text);
	} else if (strncmp(a->id, "search", 6) == 0 && n > 0) {
		search(ui, s, a->text, strcmp(a->id, "search-previous") == 0 ? -1 : 1);
	} else {
		return strcmp(a->id, "open") == 0 || strcmp(a->id, "window") == 0 || strncmp(a->id, "search", 6) == 0;
	}
	want_detail(ui, s);
	return true;
}

static void close_drives(struct spur_ui *ui, void *state)
{
	(void)ui;
	(void)state;
}

const struct spur_screen spur_screen_drives = {
	.id = "drives", .title = "Drives", .state_size = sizeof(struct state),
	.open = open_drives, .update = update, .draw = draw, .action = action, .close = close_drives,
};
