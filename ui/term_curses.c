#include "config.h"

#include "ui/term.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/keymap.h"
#include "ui/term_pictures.h"

#define TICK_MS 250	/* live screens look for news this often */

/* Foreground of each role in 256 colours, dark and light; -1 is the terminal's own. The traces are the
 * colours of Okabe and Ito nearest to xterm's palette, darker twins on light. */
struct look {
	short dark, light, back_dark, back_light;
	attr_t attr;
};

static const struct look looks[SPUR_ROLE_COUNT] = {
	[SPUR_ROLE_TEXT] = { -1, -1, -1, -1, 0 },
	[SPUR_ROLE_DIM] = { 245, 242, -1, -1, 0 },
	[SPUR_ROLE_TITLE] = { 231, 231, 24, 24, A_BOLD },
	[SPUR_ROLE_BAR] = { 250, 236, 236, 252, 0 },
	[SPUR_ROLE_HEAD] = { -1, -1, -1, -1, A_BOLD },
	[SPUR_ROLE_SELECTED] = { -1, -1, -1, -1, A_REVERSE },
	[SPUR_ROLE_GOOD] = { 35, 28, -1, -1, 0 },
	[SPUR_ROLE_BAD] = { 203, 124, -1, -1, A_BOLD },
	[SPUR_ROLE_WARN] = { 178, 130, -1, -1, 0 },
	[SPUR_ROLE_CURSOR] = { -1, -1, -1, -1, A_REVERSE },
	[SPUR_ROLE_COMMAND] = { 74, 25, -1, -1, 0 },
	[SPUR_ROLE_TRACE0] = { 74, 25, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 1] = { 178, 130, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 2] = { 35, 28, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 3] = { 166, 166, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 4] = { 175, 133, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 5] = { 221, 94, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 6] = { 32, 19, -1, -1, 0 },
	[SPUR_ROLE_TRACE7] = { -1, -1, -1, -1, 0 },
};

static attr_t attrs[SPUR_ROLE_COUNT];
static bool shown_light;

static void make_attrs(bool light)
{
	bool colours = has_colors() && COLORS >= 256 && COLOR_PAIRS > SPUR_ROLE_COUNT && getenv("NO_COLOR") == NULL;

	for (int i = 0; i < SPUR_ROLE_COUNT; i++) {
		const struct look *l = &looks[i];

		attrs[i] = l->attr;
		if (colours) {
			init_pair((short)(i + 1), light ? l->light : l->dark, light ? l->back_light : l->back_dark);
			attrs[i] |= (attr_t)COLOR_PAIR(i + 1);
		} else if (i == SPUR_ROLE_TITLE || i == SPUR_ROLE_BAR) {
			attrs[i] |= A_REVERSE;
		}
	}
	shown_light = light;
}

static struct spur_term_pictures *pictures;	/* NULL: shown as characters */

/* Pictures as characters, for a terminal that has no colours or no UTF-8. */
static const struct spur_grid *as_characters(const struct spur_grid *g)
{
	static struct spur_grid flat;
	size_t cells = (size_t)g->rows * (size_t)g->cols;

	if (g->picture_count == 0)
		return g;
	flat = (struct spur_grid){ .rows = g->rows, .cols = g->cols, .ascii = g->ascii, .picture_count = g->picture_count,
				   .cells = spur_realloc(flat.cells, cells, sizeof(*flat.cells)) };
	memcpy(flat.pictures, g->pictures, sizeof(flat.pictures));
	memcpy(flat.cells, g->cells, cells * sizeof(*flat.cells));
	spur_grid_flatten(&flat);
	return &flat;
}

static void show_cells(const struct spur_grid *g)
{
	for (int y = 0; y < g->rows && y < LINES; y++) {
		for (int x = 0; x < g->cols && x < COLS; x++) {
			const struct spur_cell *c = &g->cells[y * g->cols + x];
			bool held = pictures != NULL && spur_term_pictures_holds(pictures, y, x);
			wchar_t text[2] = { held ? SPUR_PICTURES_PLACEHOLDER : (wchar_t)c->ch, L'\0' };
			cchar_t cell;

			if (c->ch == 0)
				continue;
			setcchar(&cell, text, attrs[c->role] & ~(attr_t)A_COLOR, PAIR_NUMBER(attrs[c->role]), NULL);
			mvadd_wch(y, x, &cell);
		}
	}
}

static void show(struct spur_ui *ui)
{
	const struct spur_grid *g = spur_ui_draw(ui);

	if (shown_light != spur_ui_light(ui))
		make_attrs(spur_ui_light(ui));
	if (pictures != NULL)
		spur_term_pictures_under(pictures, g);
	else
		g = as_characters(g);
	show_cells(g);
	refresh();
	if (pictures != NULL)
		spur_term_pictures_show(pictures, g);
}

static uint32_t key_of(int rc, wint_t w)
{
	static const struct { wint_t from; uint32_t to; } keys[] = {
		{ KEY_UP, SPUR_KEY_UP }, { KEY_DOWN, SPUR_KEY_DOWN }, { KEY_LEFT, SPUR_KEY_LEFT },
		{ KEY_RIGHT, SPUR_KEY_RIGHT }, { KEY_HOME, SPUR_KEY_HOME }, { KEY_END, SPUR_KEY_END },
		{ KEY_PPAGE, SPUR_KEY_PAGE_UP }, { KEY_NPAGE, SPUR_KEY_PAGE_DOWN }, { KEY_BACKSPACE, SPUR_KEY_BACKSPACE },
		{ KEY_DC, SPUR_KEY_DELETE }, { KEY_BTAB, SPUR_KEY_BACKTAB }, { KEY_RESIZE, SPUR_KEY_RESIZE },
		{ KEY_ENTER, '\r' },
	};

	if (rc == OK)
		return w == 127 || w == 8 ? SPUR_KEY_BACKSPACE : (uint32_t)w;
	if (w >= KEY_F(1) && w <= KEY_F(12))
		return SPUR_KEY_F1 + (uint32_t)(w - KEY_F(1));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].from == w)
			return keys[i].to;
	}
	return SPUR_KEY_NONE;
}

static void lost(void)
{
	if (pictures != NULL)
		spur_term_pictures_lost(pictures);
}

/* All keys that wait; true if there were any. */
static bool read_keys(struct spur_ui *ui)
{
	bool any = false;
	wint_t w;
	int rc;

	while (!spur_ui_done(ui) && (rc = get_wch(&w)) != ERR) {
		uint32_t key = key_of(rc, w);

		any = true;
		if (key == SPUR_KEY_RESIZE) {
			lost();
			clear();	/* curses has the new size already; resizeterm() would ask for another */
			spur_ui_resize(ui, LINES, COLS);
		} else if (key == ('L' & 0x1f)) {
			lost();
			clearok(curscr, TRUE);
		} else if (key != SPUR_KEY_NONE) {
			spur_ui_key(ui, key);
		}
	}
	return any;
}

static void on_fatal(int sig)
{
	spur_term_pictures_abandon(pictures);
	endwin();
	signal(sig, SIG_DFL);
	raise(sig);
}

static volatile sig_atomic_t terminated;

static void on_term(int sig)
{
	(void)sig;
	terminated = 1;
}

static void catch_signals(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_handler = on_fatal };

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &sa, NULL);
	sa.sa_handler = on_term;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

static bool start(void)
{
	if (initscr() == NULL)
		return false;
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	idcok(stdscr, FALSE);	/* shifting a line would shift a picture's cells */
	if (has_colors()) {
		start_color();
		use_default_colors();
	}
	return true;
}

/* What the environment says of colours; NO_COLOR and ASCII have pictures of characters. */
static void start_pictures(struct spur_ui *ui)
{
	const char *direct = getenv("COLORTERM");
	struct spur_term_ability can = { .best = SPUR_GRAPHICS_HALF_256, .bytes_per_s = 4e6 };
	int w, h;

	if (getenv("NO_COLOR") != NULL || !has_colors() || spur_ui_ascii(ui))
		return;
	if (direct != NULL && (strcmp(direct, "truecolor") == 0 || strcmp(direct, "24bit") == 0))
		can.best = SPUR_GRAPHICS_HALF_24;
	else if (COLORS < 256)
		can.best = SPUR_GRAPHICS_HALF_16;
	pictures = spur_term_pictures_create(STDOUT_FILENO, &can);
	spur_term_pictures_cell(pictures, &w, &h);
	spur_ui_set_cell(ui, w, h);
}

/* Waits for a key, for news of the background or for room for a picture's bytes. False: the terminal has gone. */
static bool wait(struct spur_ui *ui)
{
	struct pollfd fds[3] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = spur_ui_fd(ui), .events = POLLIN },
		{ .fd = pictures != NULL ? spur_term_pictures_fd(pictures) : -1, .events = POLLOUT },
	};

	if (poll(fds, 3, TICK_MS) < 0 && errno != EINTR)
		return false;
	if (fds[2].revents != 0)
		spur_term_pictures_write(pictures);
	return (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static void loop(struct spur_ui *ui)
{
	bool dirty = true, there = true;

	while (there && !spur_ui_done(ui) && !terminated) {
		if (pictures != NULL && spur_term_pictures_due(pictures))
			dirty = true;
		if (dirty && (pictures == NULL || !spur_term_pictures_midway(pictures))) {
			show(ui);
			dirty = false;
		}
		there = wait(ui);
		dirty = read_keys(ui) || dirty;
		dirty = spur_ui_dispatch(ui) || dirty;
	}
}

enum spur_status spur_term_run(struct spur_ui *ui, struct spur_error *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return spur_fail(err, SPUR_EINVAL, "the workbench needs a terminal; see spur help for the verbs");
	if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
		return spur_fail(err, SPUR_EINVAL, "TERM is '%s': the workbench needs a terminal that can move its cursor",
				 term == NULL ? "" : term);
	catch_signals();
	if (!start())
		return spur_fail(err, SPUR_EIO, "cannot start curses");
	make_attrs(spur_ui_light(ui));
	start_pictures(ui);
	spur_ui_resize(ui, LINES, COLS);
	loop(ui);
	spur_term_pictures_destroy(pictures);
	pictures = NULL;
	endwin();
	return SPUR_OK;
}
