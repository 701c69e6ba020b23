#ifndef SPUR_IMAGE_FOUND_H
#define SPUR_IMAGE_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/terminal.h"

/*
 * What is known of the terminal: from the environment, then from its answers to one query (XTVERSION,
 * kitty's own question where it is safe, the size of a cell, and DA1 last, which every terminal
 * answers: the fence). Pure but for the environment and the cache file; whoever has the terminal sends
 * the query and brings the answers.
 */
#define SPUR_TERMINAL_ASK_MS 250	/* budget of the query */

struct spur_terminal {
	char term[64], name[64];	/* $TERM; what it calls itself, "" unknown */
	bool tmux, screen, ssh;
	bool asked, answered;		/* the fence has come, or a cache says that it once did */
	bool direct, sixel, kitty, synchronised;
	bool no_colour;			/* NO_COLOR, or no colours at all */
	int colours;			/* of the terminal's description; 0: unknown */
	int cell_width, cell_height;	/* pixels; 0: unknown */
};

void spur_terminal_from_env(struct spur_terminal *t);
/* False: it must not be asked (a console that prints what it does not know). */
bool spur_terminal_query(const struct spur_terminal *t, struct spur_buf *out);

enum spur_terminal_answer {
	SPUR_TERMINAL_UNKNOWN,	/* not an answer */
	SPUR_TERMINAL_FACT,	/* t has learned something */
	SPUR_TERMINAL_FENCE,	/* DA1: nothing follows */
	SPUR_TERMINAL_STATUS,	/* CSI 0 n: has worked off what was sent */
};
enum spur_terminal_answer spur_terminal_answer(struct spur_terminal *t, const char *sequence);

/* What to show pictures with. */
enum spur_graphics spur_terminal_best(const struct spur_terminal *t);
/* "auto" (or NULL), "none" and the names of spur_graphics; SPUR_GRAPHICS_COUNT: none. SPUR_EINVAL lists them. */
enum spur_status spur_terminal_choose(const struct spur_terminal *t, const char *gfx, enum spur_graphics *out,
				      struct spur_error *err);
/* One line that may help, or NULL. */
const char *spur_terminal_hint(const struct spur_terminal *t);

/* Answers are kept under $XDG_CACHE_HOME/spur/terminal, by terminal, line and tmux session, for half a day. */
bool spur_terminal_recall(struct spur_terminal *t);
void spur_terminal_remember(const struct spur_terminal *t);

#endif
