#ifndef SPUR_UI_TERM_PICTURES_H
#define SPUR_UI_TERM_PICTURES_H

#include <stdbool.h>

#include "base/time.h"
#include "image/terminal.h"
#include "ui/grid.h"

/*
 * The grid's pictures on the terminal: raw bytes beside curses, which keeps a placeholder in their cells
 * and so never touches them. Bytes go out without waiting, in pieces between which curses may write;
 * one frame is under way at most, and what comes meanwhile is dropped but for the newest. A status
 * report (CSI 5 n) behind each frame tells when the terminal has it: from that the next one's
 * quality is chosen, so that a slow line still shows SPUR_PICTURES_HZ frames a second. A picture that
 * stands still is painted once more as well as the line allows; then nothing is written.
 */
#define SPUR_PICTURES_HZ 4
#define SPUR_PICTURES_PLACEHOLDER 0xa0	/* no-break space: not blank to curses, so it is never erased with the rest of a line */

struct spur_term_pictures;

/* What the terminal can do. */
struct spur_term_ability {
	enum spur_graphics best;	/* SPUR_GRAPHICS_COUNT: no pictures; ASCII is not this one's matter */
	int cell_width, cell_height;	/* pixels, for sixel and kitty; 0: unknown */
	bool tmux, synchronised, answers;	/* CSI ? 2026; CSI 5 n */
	spur_ns rtt_ns;			/* of an answer; 0: unknown */
	double bytes_per_s;		/* of the line, before the first measurement */
};

/* fd: the terminal, opened once more for writing without waiting if that can be done. */
struct spur_term_pictures *spur_term_pictures_create(int fd, const struct spur_term_ability *a);
/* Ends what is half written and removes what would stay behind. NULL is fine. */
void spur_term_pictures_destroy(struct spur_term_pictures *p);
/* The same with write(2) only, for a signal handler. */
void spur_term_pictures_abandon(struct spur_term_pictures *p);
void spur_term_pictures_ability(struct spur_term_pictures *p, const struct spur_term_ability *a);
/* Pixels of one cell as it is shown: what is worth asking of a camera. */
void spur_term_pictures_cell(const struct spur_term_pictures *p, int *width, int *height);

/* Before curses gets the cells: which of them are a picture's. */
void spur_term_pictures_under(struct spur_term_pictures *p, const struct spur_grid *g);
bool spur_term_pictures_holds(const struct spur_term_pictures *p, int row, int col);
/* Curses has cleared the terminal: all is to be painted again. */
void spur_term_pictures_lost(struct spur_term_pictures *p);
/* After refresh(): begins to paint what differs from what is there. */
void spur_term_pictures_show(struct spur_term_pictures *p, const struct spur_grid *g);

/* Inside an escape sequence: curses must not write now. */
bool spur_term_pictures_midway(const struct spur_term_pictures *p);
/* Descriptor to poll for POLLOUT, -1: nothing waits. */
int spur_term_pictures_fd(const struct spur_term_pictures *p);
void spur_term_pictures_write(struct spur_term_pictures *p);
bool spur_term_pictures_asks(const struct spur_term_pictures *p);	/* a status report is to come */
/* The status report has come. */
void spur_term_pictures_answered(struct spur_term_pictures *p);
/* Time to draw again: a newer picture was held back, or a better one can be shown. */
bool spur_term_pictures_due(struct spur_term_pictures *p);

/* For tests and `bench`: what the last frame was and cost. */
enum spur_graphics spur_term_pictures_kind(const struct spur_term_pictures *p, size_t *bytes, double *bytes_per_s);

#endif
