#include "config.h"

#include "ui/link.h"
#include "ui/ui_priv.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MIN_ROWS 10
#define MIN_COLS 40
#define FRAME_ROWS 3	/* title, command line, keys */
#define THREADS 3

#define SPUR_SCREEN(id) extern const struct spur_screen spur_screen_##id;
#include "ui/screens.def"
#undef SPUR_SCREEN

static const struct spur_screen *const screens[] = {
#define SPUR_SCREEN(id) &spur_screen_##id,
#include "ui/screens.def"
#undef SPUR_SCREEN
	NULL
};

const struct spur_screen *const *spur_ui_screens(void)
{
	return screens;
}

const struct spur_screen *spur_ui_top(const struct spur_ui *ui)
{
	return ui->stack[ui->depth - 1];
}

static void set(char **slot, char *text)
{
	free(*slot);
	*slot = text;
}

static void pop(struct spur_ui *ui)
{
	ui->depth--;
	ui->stack[ui->depth]->close(ui, ui->state[ui->depth]);
	free(ui->state[ui->depth]);
}

/* Where it stands in the stack when going there means going back to it; -1: it is opened anew. */
static int going_back(const struct spur_ui *ui, const struct spur_screen *s, const char *arg)
{
	for (int i = 0; i < ui->depth && arg == NULL; i++) {
		if (ui->stack[i] == s)
			return i;
	}
	return -1;
}

static void open_screen(struct spur_ui *ui, const struct spur_screen *s, const char *arg)
{
	struct spur_error err = { 0 };

	while (ui->depth > 0 && (ui->stack[ui->depth - 1] == s || ui->depth == SPUR_UI_SCREENS))
		pop(ui);
	ui->stack[ui->depth] = s;
	ui->state[ui->depth] = spur_calloc(1, s->state_size);
	ui->depth++;
	if (s->open(ui, ui->state[ui->depth - 1], arg, &err) < 0) {
		spur_ui_say(ui, "%s", err.text);
		if (ui->depth > 1)
			pop(ui);
	}
}

/* A screen that is open already comes to the front with a new subject; so the stack is short. A screen that
 * acts is not closed under its own feet: then going there waits until it has returned. */
void spur_ui_goto(struct spur_ui *ui, const char *id, const char *arg)
{
	const struct spur_screen *s = NULL;
	int at;

	for (size_t i = 0; screens[i] != NULL; i++) {
		if (strcmp(screens[i]->id, id) == 0)
			s = screens[i];
	}
	if (s == NULL)
		return;
	at = going_back(ui, s, arg);
	if (ui->acting > 0 && ((at >= 0 && at < ui->depth - 1) || (at < 0 && (spur_ui_top(ui) == s || ui->depth == SPUR_UI_SCREENS)))) {
		set(&ui->later_arg, arg == NULL ? NULL : spur_strdup(arg));
		ui->later = s;
	} else if (at >= 0) {
		while (ui->depth > at + 1)
			pop(ui);
	} else {
		open_screen(ui, s, arg);
	}
}

/* After a screen has returned: where it wanted to go. */
static void go_later(struct spur_ui *ui)
{
	const struct spur_screen *s = ui->later;
	char *arg = ui->later_arg;

	if (ui->acting > 0 || s == NULL)
		return;
	ui->later = NULL;
	ui->later_arg = NULL;
	spur_ui_goto(ui, s->id, arg);
	free(arg);
}

bool spur_ui_act(struct spur_ui *ui, const struct spur_action *a)
{
	bool taken;

	ui->acting++;
	taken = spur_ui_top(ui)->action(ui, ui->state[ui->depth - 1], a);
	ui->acting--;
	go_later(ui);
	return taken;
}

static bool update_top(struct spur_ui *ui)
{
	bool changed;

	if (ui->depth == 0 || spur_ui_top(ui)->update == NULL)
		return false;
	ui->acting++;
	changed = spur_ui_top(ui)->update(ui, ui->state[ui->depth - 1]);
	ui->acting--;
	go_later(ui);
	return changed;
}

static bool utf8_locale(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

enum spur_status spur_ui_create(const struct spur_ui_opts *o, struct spur_ui **out, struct spur_error *err)
{
	struct spur_ui *ui = spur_calloc(1, sizeof(*ui));

	*out = NULL;
	ui->ctx = o->ctx;
	ui->light = o->light;
	ui->readonly = o->readonly;
	ui->gfx = o->gfx;
	ui->cell_width = 1;
	ui->cell_height = 2;
	ui->time_style = o->ctx->time_style;
	ui->queue = spur_workq_create(THREADS, err);
	if (ui->queue == NULL || (ui->session = spur_session_create(o->ctx, ui->queue)) == NULL) {
		spur_workq_destroy(ui->queue);
		free(ui);
		return SPUR_ENOMEM;
	}
	if (spur_ui_watch_start(ui, err) < 0) {
		spur_ui_watch_stop(ui);
		spur_workq_destroy(ui->queue);
		spur_session_destroy(ui->session);
		free(ui);
		return SPUR_EIO;
	}
	spur_session_take_results(ui->session, !o->readonly);
	ui->grid.ascii = ui->body.ascii = o->ascii || !utf8_locale();
	spur_ui_resize(ui, 24, 80);
	spur_ui_goto(ui, screens[0]->id, NULL);
	*out = ui;
	return SPUR_OK;
}

void spur_ui_destroy(struct spur_ui *ui)
{
	if (ui == NULL)
		return;
	while (ui->depth > 0)
		pop(ui);
	for (size_t i = 0; i < ui->waiting_count; i++)
		free(ui->waiting[i].command);
	free(ui->waiting);
	ui->waiting_count = 0;	/* done() of the one under way starts no other */
	spur_ui_link_destroy(ui);
	spur_ui_watch_stop(ui);
	spur_session_stop(ui->session);
	spur_workq_destroy(ui->queue);
	spur_session_destroy(ui->session);
	spur_ui_prompt_close(ui);
	spur_ui_pager_close(ui);
	for (size_t i = 0; i < ui->history_count; i++)
		free(ui->history[i]);
	free(ui->history);
	free(ui->question);
	free(ui->pending);
	free(ui->said);
	free(ui->command);
	free(ui->recording);
	free(ui->later_arg);
	spur_buf_finish(&ui->log);
	spur_grid_finish(&ui->grid);
	spur_grid_finish(&ui->body);
	free(ui);
}

void spur_ui_resize(struct spur_ui *ui, int rows, int cols)
{
	spur_grid_finish(&ui->grid);
	spur_grid_finish(&ui->body);
	spur_grid_init(&ui->grid, rows, cols);
	spur_grid_init(&ui->body, rows - FRAME_ROWS, cols);
	ui->dirty = true;
	if (ui->depth > 0 && spur_ui_top(ui)->update != NULL)
		spur_ui_act(ui, &(struct spur_action){ "resize", NULL });
}

void spur_ui_say(struct spur_ui *ui, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	set(&ui->said, spur_buf_steal(&b));
	ui->dirty = true;
}

void spur_ui_echo(struct spur_ui *ui, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	if (ui->command == NULL || strcmp(ui->command, spur_buf_text(&b)) != 0) {
		spur_buf_adds(&ui->log, spur_buf_text(&b));
		spur_buf_addc(&ui->log, '\n');
	}
	set(&ui->command, spur_buf_steal(&b));
	ui->dirty = true;
}

void spur_ui_confirm(struct spur_ui *ui, const char *question, const char *command)
{
	if (ui->readonly) {
		spur_ui_say(ui, "read-only: nothing is changed");
		return;
	}
	set(&ui->question, spur_strdup(question));
	set(&ui->pending, spur_strdup(command));
}

bool spur_ui_asking(const struct spur_ui *ui)
{
	return ui->question != NULL;
}

static void answer(struct spur_ui *ui, uint32_t key)
{
	char *command = ui->pending;

	ui->pending = NULL;
	set(&ui->question, NULL);
	if (key == 'y' || key == 'Y')
		spur_ui_run(ui, command, false);
	else
		spur_ui_say(ui, "left as it was");
	free(command);
}

static void cycle_time(struct spur_ui *ui)
{
	static const char *const names[] = { "UTC", "local time", "relative", "ns since 1970" };

	ui->time_style = (enum spur_time_style)((ui->time_style + 1) % 4);
	spur_ui_say(ui, "times: %s", names[ui->time_style]);
}

static void back(struct spur_ui *ui)
{
	if (ui->depth > 1)
		pop(ui);
	else
		spur_ui_leave(ui);
}

/* Screens are numbered in the order of screens.def. */
static void numbered_screen(struct spur_ui *ui, int n)
{
	if (n >= 0 && n < (int)(sizeof(screens) / sizeof(screens[0])) - 1)
		spur_ui_goto(ui, screens[n]->id, NULL);
	else
		spur_ui_say(ui, "there are %d screens", (int)(sizeof(screens) / sizeof(screens[0])) - 1);
}

/* What every screen shares. */
static bool global_action(struct spur_ui *ui, const char *id)
{
	if (strncmp(id, "screen-", 7) == 0)
		numbered_screen(ui, id[7] - '1');
	else if (strcmp(id, "palette") == 0)
		spur_ui_prompt(ui, ":", "palette", NULL);
	else if (strcmp(id, "search") == 0)
		spur_ui_prompt(ui, "/", "search", NULL);
	else if (strcmp(id, "help") == 0)
		spur_ui_help(ui);
	else if (strcmp(id, "command-log") == 0)
		spur_ui_pager_open(ui, "Command lines of this session", ui->log.len > 0 ? ui->log.data : "none yet");
	else if (strcmp(id, "refresh") == 0)
		spur_session_refresh(ui->session);
	else if (strcmp(id, "time-base") == 0)
		cycle_time(ui);
	else if (strcmp(id, "theme") == 0)
		ui->light = !ui->light;
	else if (strcmp(id, "back") == 0)
		back(ui);
	else if (strcmp(id, "quit") == 0)
		spur_ui_leave(ui);
	else
		return false;
	return true;
}

static void act(struct spur_ui *ui, const char *id)
{
	struct spur_action a = { id, NULL };

	if (ui->pager.open) {	/* the screen below gets nothing meanwhile */
		if (!spur_ui_pager_action(ui, id))
			global_action(ui, id);
		return;
	}
	if (strcmp(id, "search") != 0 && spur_ui_act(ui, &a))
		return;
	global_action(ui, id);
}

void spur_ui_key(struct spur_ui *ui, uint32_t key)
{
	const char *id;

	ui->dirty = true;
	if (ui->prompt.open) {
		spur_ui_prompt_key(ui, key);
		return;
	}
	if (ui->question != NULL) {
		answer(ui, key);
		return;
	}
	set(&ui->said, NULL);
	id = spur_keymap_find(ui->pager.open ? "pager" : spur_ui_top(ui)->id, key);
	if (id != NULL)
		act(ui, id);
	else if (key == ('C' & 0x1f))
		spur_ui_say(ui, "Q quits; jobs go on");
	else
		spur_ui_say(ui, "no such key here; ? shows them all");
}

bool spur_ui_dispatch(struct spur_ui *ui)
{
	bool changed;

	spur_ui_watch_dispatch(ui);
	changed = spur_workq_dispatch(ui->queue) > 0 || ui->dirty;

	if (ui->wake_ns != 0 && spur_monotonic_ns() >= ui->wake_ns)
		ui->wake_ns = 0;
	if (update_top(ui))
		changed = true;
	spur_ui_link_sync(ui);
	changed = changed || ui->dirty;
	ui->dirty = false;
	return changed;
}

/* All screens with their names; in a narrow terminal the others have their numbers only. */
static void draw_title(struct spur_ui *ui)
{
	struct spur_grid *g = &ui->grid;
	int col = 1, wide = 1 + 11;	/* what stands at the right */

	for (size_t i = 0; screens[i] != NULL; i++)
		wide += (int)strlen(screens[i]->title) + 4;
	spur_grid_fill(g, (struct spur_rect){ 0, 0, 1, g->cols }, SPUR_ROLE_TITLE, ' ');
	for (size_t i = 0; screens[i] != NULL; i++) {
		bool here = screens[i] == spur_ui_top(ui), named = here || wide <= g->cols;

		col += spur_grid_textf(g, 0, col, g->cols - col, SPUR_ROLE_TITLE, here ? "[%zu%s%s]" : " %zu%s%s ", i + 1,
				       named ? " " : "", named ? screens[i]->title : "");
	}
	if (ui->recording != NULL)
		spur_grid_text(g, 0, g->cols - 11, 4, SPUR_ROLE_TITLE, " rec");
	/* Seven screens leave room for one word at 80 columns. */
	spur_grid_text(g, 0, g->cols - 6, 5, SPUR_ROLE_TITLE, ui->running > 0 || spur_session_busy(ui->session) ? "..." : "spur");
}

static void draw_command(struct spur_ui *ui)
{
	struct spur_grid *g = &ui->grid;
	int row = g->rows - 2;

	if (ui->prompt.open) {
		int n = spur_grid_text(g, row, 0, g->cols, SPUR_ROLE_TEXT, ui->prompt.label);
		const char *s = spur_buf_text(&ui->prompt.text);

		while (*s != '\0' && spur_text_columns(s) > g->cols - n - 2)	/* the end of a long line is where one types */
			s++;
		n += spur_grid_text(g, row, n, g->cols - n - 1, SPUR_ROLE_TEXT, s);
		spur_grid_put(g, row, n, SPUR_ROLE_CURSOR, ' ');
	} else if (ui->question != NULL) {
		spur_grid_textf(g, row, 0, g->cols, SPUR_ROLE_WARN, " %s [y/N]", ui->question);
	} else if (ui->said != NULL) {
		spur_grid_textf(g, row, 0, g->cols, SPUR_ROLE_WARN, " %s", ui->said);
	} else if (ui->command != NULL) {
		spur_grid_textf(g, row, 0, g->cols, SPUR_ROLE_COMMAND, " $ %s", ui->command);
	}
}

static void draw_bar(struct spur_ui *ui)
{
	struct spur_grid *g = &ui->grid;
	const char *scope = spur_ui_top(ui)->id;
	int row = g->rows - 1, col = 1;

	spur_grid_fill(g, (struct spur_rect){ row, 0, 1, g->cols }, SPUR_ROLE_BAR, ' ');
	for (int place = 1; place <= 10; place++) {
		for (const struct spur_binding *k = spur_keymap(); k->scope != NULL; k++) {
			const char *word = k->help;
			int width = (int)strlen(k->shown) + 1 + (int)strcspn(word, ",:;(");

			if (k->bar != place || (strcmp(k->scope, scope) != 0 && strcmp(k->scope, "global") != 0) ||
			    col + width + 2 > g->cols)
				continue;
			col += spur_grid_textf(g, row, col, g->cols - col, SPUR_ROLE_BAR, "%s %.*s", k->shown,
					       (int)strcspn(word, ",:;("), word) + 2;
		}
	}
}

static void copy_body(struct spur_ui *ui)
{
	for (int y = 0; y < ui->body.rows && y + 1 < ui->grid.rows; y++)
		memcpy(&ui->grid.cells[(y + 1) * ui->grid.cols], &ui->body.cells[y * ui->body.cols],
		       (size_t)ui->grid.cols * sizeof(struct spur_cell));
	for (int i = 0; i < ui->body.picture_count; i++) {
		struct spur_rect at = ui->body.pictures[i].at;

		at.row++;
		spur_grid_picture(&ui->grid, at, ui->body.pictures[i].pixels);
	}
}

const struct spur_grid *spur_ui_draw(struct spur_ui *ui)
{
	spur_grid_clear(&ui->grid);
	if (ui->grid.rows < MIN_ROWS || ui->grid.cols < MIN_COLS) {
		spur_grid_textf(&ui->grid, 0, 0, ui->grid.cols, SPUR_ROLE_TEXT, "enlarge to %dx%d", MIN_COLS, MIN_ROWS);
		return &ui->grid;
	}
	spur_grid_clear(&ui->body);
	spur_ui_top(ui)->draw(ui->state[ui->depth - 1], &ui->body);
	if (ui->pager.open)
		spur_ui_pager_draw(ui, &ui->body);
	copy_body(ui);
	draw_title(ui);
	draw_command(ui);
	draw_bar(ui);
	return &ui->grid;
}

int spur_ui_fd(const struct spur_ui *ui)
{
	return ui->epoll;
}

void spur_ui_shown(struct spur_ui *ui)
{
	spur_ui_link_shown(ui);
}

bool spur_ui_done(const struct spur_ui *ui)
{
	return ui->done && !spur_ui_deciding(ui);	/* what was decided is kept first */
}

bool spur_ui_busy(const struct spur_ui *ui)
{
	return ui->running > 0 || ui->waiting_count > 0 || spur_session_busy(ui->session);
}

bool spur_ui_light(const struct spur_ui *ui)
{
	return ui->light;
}

struct spur_session *spur_ui_session(struct spur_ui *ui)
{
	return ui->session;
}

bool spur_ui_readonly(const struct spur_ui *ui)
{
	return ui->readonly;
}

enum spur_time_style spur_ui_time_style(const struct spur_ui *ui)
{
	return ui->time_style;
}

void spur_ui_body(const struct spur_ui *ui, int *rows, int *cols)
{
	*rows = ui->body.rows;
	*cols = ui->body.cols;
}

void spur_ui_set_cell(struct spur_ui *ui, int width, int height)
{
	ui->cell_width = width;
	ui->cell_height = height;
}

void spur_ui_cell(const struct spur_ui *ui, int *width, int *height)
{
	*width = ui->cell_width;
	*height = ui->cell_height;
}

const char *spur_ui_gfx(const struct spur_ui *ui)
{
	return ui->gfx;
}

bool spur_ui_ascii(const struct spur_ui *ui)
{
	return ui->grid.ascii;
}

void spur_ui_wake(struct spur_ui *ui, int ms)
{
	ui->wake_ns = spur_monotonic_ns() + ms * (SPUR_NS_PER_S / 1000);
}

int spur_ui_wait_ms(const struct spur_ui *ui, int ms)
{
	spur_ns left = ui->wake_ns - spur_monotonic_ns();

	if (ui->wake_ns == 0 || left >= ms * (SPUR_NS_PER_S / 1000))
		return ms;
	return left <= 0 ? 0 : (int)(left / (SPUR_NS_PER_S / 1000)) + 1;
}
