#ifndef SPUR_UI_UI_H
#define SPUR_UI_UI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "session/session.h"
#include "ui/screen.h"
#include "verb/verb.h"

/*
 * The workbench: screens, prompts, the help, the palette, the command line of the last action.
 * Everything on the owner's thread; a terminal back end (ui/term.h) feeds keys and shows the grid.
 */
struct spur_ui;

struct spur_ui_opts {
	const struct spur_ctx *ctx;	/* settings; borrowed */
	bool ascii, light, readonly;
	const char *gfx;		/* how pictures are shown: "auto", "half-256", ... "none"; NULL: auto; borrowed */
};

enum spur_status spur_ui_create(const struct spur_ui_opts *o, struct spur_ui **out, struct spur_error *err);
void spur_ui_destroy(struct spur_ui *ui);	/* NULL is fine */

/* For back ends and tests. */
void spur_ui_resize(struct spur_ui *ui, int rows, int cols);
void spur_ui_key(struct spur_ui *ui, uint32_t key);
/* Deliver what the background has done. True: something changed. */
bool spur_ui_dispatch(struct spur_ui *ui);
int spur_ui_fd(const struct spur_ui *ui);	/* readable when dispatch has something */
const struct spur_grid *spur_ui_draw(struct spur_ui *ui);
bool spur_ui_done(const struct spur_ui *ui);
bool spur_ui_busy(const struct spur_ui *ui);	/* background work is running */
bool spur_ui_light(const struct spur_ui *ui);

/* The back end has put the last draw on the screen. */
void spur_ui_shown(struct spur_ui *ui);

/* Something else to wait for: fn is called by dispatch() when fd can be read (or written, if `write`); again for
 * the same fd changes that. */
typedef void spur_ui_watch_fn(struct spur_ui *ui, int fd, void *arg);
void spur_ui_watch(struct spur_ui *ui, int fd, bool write, spur_ui_watch_fn *fn, void *arg);
void spur_ui_unwatch(struct spur_ui *ui, int fd);	/* before it is closed */

/* How long a back end may wait for a key, at most `ms`: less when a screen asked to be woken. */
int spur_ui_wait_ms(const struct spur_ui *ui, int ms);
/* Pixels that a cell of this terminal can show; a back end sets it, 1 x 2 until then. */
void spur_ui_set_cell(struct spur_ui *ui, int width, int height);
void spur_ui_cell(const struct spur_ui *ui, int *width, int *height);
bool spur_ui_ascii(const struct spur_ui *ui);
const char *spur_ui_gfx(const struct spur_ui *ui);	/* NULL: auto */

/* For screens. */
struct spur_session *spur_ui_session(struct spur_ui *ui);
bool spur_ui_readonly(const struct spur_ui *ui);
void spur_ui_goto(struct spur_ui *ui, const char *screen, const char *arg);
/* One line for the person, until the next key. */
void spur_ui_say(struct spur_ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The command line that does what was just done; shown and logged. Words as a shell reads them. */
void spur_ui_echo(struct spur_ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Run a verb in the background; its output opens in a pager when `show`, else its last line is said. */
void spur_ui_run(struct spur_ui *ui, const char *command, bool show);
/* The same for what follows one another: one begins when the one before has ended. decision: made at the speed of
 * keys and kept in any case, quitting waits for it. */
void spur_ui_run_in_order(struct spur_ui *ui, const char *command, bool decision);
/* Ask y/N first. */
void spur_ui_confirm(struct spur_ui *ui, const char *question, const char *command);
bool spur_ui_asking(const struct spur_ui *ui);	/* a y/N is open */
/* Ask for a line; it comes back as an action `id` with text. */
void spur_ui_prompt(struct spur_ui *ui, const char *label, const char *id, const char *initial);
/* update() is to be called again within so many ms, though nothing may arrive: once. */
void spur_ui_wake(struct spur_ui *ui, int ms);
enum spur_time_style spur_ui_time_style(const struct spur_ui *ui);
/* Size of the body that draw() gets. */
void spur_ui_body(const struct spur_ui *ui, int *rows, int *cols);

#endif
