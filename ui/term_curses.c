#include "config.h"

#include "ui/term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/keymap.h"
#include "ui/term_pictures.h"
#include "ui/term_priv.h"

#define TICK_MS 250	/* live screens look for news this often */

#define LOCAL_BYTES_PER_S 4e6	/* until it has been measured */
#define SSH_BYTES_PER_S 4e5

static struct spur_term_pictures *pictures;	/* NULL: none has been shown yet */
static struct spur_term_probe probe;
static struct spur_term_keys keys;
static bool plain, hidden;	/* pictures are characters; are not shown */

/* Pictures as characters, for a terminal that has no colours or no UTF-8; or none at all. */
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
	if (!hidden)
		spur_grid_flatten(&flat);
	return &flat;
}

static void show_cells(const struct spur_grid *g)
{
	for (int y = 0; y < g->rows && y < LINES; y++) {
		for (int x = 0; x < g->cols && x < COLS; x++) {
			const struct spur_cell *c = &g->cells[y * g->cols + x];
			bool held = !plain && spur_term_pictures_holds(pictures, y, x);
			wchar_t text[2] = { held ? SPUR_PICTURES_PLACEHOLDER : (wchar_t)c->ch, L'\0' };
			cchar_t cell;

			if (c->ch == 0)
				continue;
			setcchar(&cell, text, spur_term_look(c->role) & ~(attr_t)A_COLOR, PAIR_NUMBER(spur_term_look(c->role)), NULL);
			mvadd_wch(y, x, &cell);
		}
	}
}

static void show(struct spur_ui *ui)
{
	const struct spur_grid *g = spur_ui_draw(ui);

	if (spur_term_look_light() != spur_ui_light(ui))
		spur_term_look_make(spur_ui_light(ui));
	if (plain)
		g = as_characters(g);
	else
		spur_term_pictures_under(pictures, g);
	show_cells(g);
	refresh();
	spur_ui_shown(ui);
	if (!plain)
		spur_term_pictures_show(pictures, g);
}

static void lost(void)
{
	if (pictures != NULL)
		spur_term_pictures_lost(pictures);
}

static void act(struct spur_ui *ui, uint32_t key)
{
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

/* What is known of the terminal has changed: show pictures as it can. */
static void decide(struct spur_ui *ui)
{
	const struct spur_terminal *t = &probe.found;
	struct spur_term_ability can = { .cell_width = t->cell_width, .cell_height = t->cell_height, .tmux = t->tmux,
					 .synchronised = t->synchronised, .answers = t->answered, .rtt_ns = probe.took_ns,
					 .bytes_per_s = t->ssh ? SSH_BYTES_PER_S : LOCAL_BYTES_PER_S };
	int w = 1, h = 2;

	if (spur_terminal_choose(t, spur_ui_ascii(ui) ? "ascii" : spur_ui_gfx(ui), &can.best, NULL) < 0)
		return;
	plain = can.best == SPUR_GRAPHICS_ASCII || can.best == SPUR_GRAPHICS_COUNT;
	hidden = can.best == SPUR_GRAPHICS_COUNT;
	if (!plain && pictures == NULL)
		pictures = spur_term_pictures_create(STDOUT_FILENO, &can);
	else if (pictures != NULL)
		spur_term_pictures_ability(pictures, &can);
	if (pictures != NULL)
		spur_term_pictures_cell(pictures, &w, &h);
	spur_ui_set_cell(ui, w, h);
	spur_ui_resize(ui, LINES, COLS);
}

static void answered(struct spur_ui *ui)
{
	bool status;

	if (spur_term_probe_answer(&probe, keys.sequence.text, &status))
		decide(ui);
	if (status && pictures != NULL)
		spur_term_pictures_answered(pictures);
}

/* All keys and answers that wait; true if there were any keys. */
static bool read_keys(struct spur_ui *ui)
{
	enum spur_term_event e;
	bool any = false;
	uint32_t key;

	keys.expects = probe.asking || (pictures != NULL && spur_term_pictures_asks(pictures));
	while (!spur_ui_done(ui) && (e = spur_term_keys_next(&keys, &key)) != SPUR_TERM_NOTHING) {
		any = any || e == SPUR_TERM_KEY;
		if (e == SPUR_TERM_KEY)
			act(ui, key);
		else
			answered(ui);
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

/* Waits for a key, for news of the background or for room for a picture's bytes. False: the terminal has gone. */
static bool wait(struct spur_ui *ui)
{
	struct pollfd fds[3] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = spur_ui_fd(ui), .events = POLLIN },
		{ .fd = pictures != NULL ? spur_term_pictures_fd(pictures) : -1, .events = POLLOUT },
	};

	if (poll(fds, 3, spur_term_keys_wait_ms(&keys, spur_ui_wait_ms(ui, TICK_MS))) < 0 && errno != EINTR)
		return false;
	if (fds[2].revents != 0)
		spur_term_pictures_write(pictures);
	return (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static void loop(struct spur_ui *ui)
{
	bool dirty = true, there = true;

	while (there && !spur_ui_done(ui) && !terminated) {
		if (spur_term_probe_over(&probe))
			decide(ui);
		if (!plain && spur_term_pictures_due(pictures))
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
	enum spur_graphics gfx;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return spur_fail(err, SPUR_EINVAL, "the workbench needs a terminal; see spur help for the verbs");
	if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
		return spur_fail(err, SPUR_EINVAL, "TERM is '%s': the workbench needs a terminal that can move its cursor",
				 term == NULL ? "" : term);
	if (spur_terminal_choose(&probe.found, spur_ui_gfx(ui), &gfx, err) < 0)
		return SPUR_EINVAL;
	catch_signals();
	if (!start())
		return spur_fail(err, SPUR_EIO, "cannot start curses");
	spur_term_look_make(spur_ui_light(ui));
	spur_term_probe_start(&probe, STDOUT_FILENO, has_colors() ? COLORS : 1);
	decide(ui);
	loop(ui);
	spur_term_pictures_destroy(pictures);
	pictures = NULL;
	endwin();
	return SPUR_OK;
}
