#ifndef SPUR_UI_GRID_H
#define SPUR_UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/pixels.h"

/*
 * A screenful of cells. Screens draw here and know no curses; a terminal back end copies the
 * grid out, and tests print it. Drawing outside is clipped.
 */

/* What a cell means; themes turn it into colours, none of them is needed to read a screen. */
enum spur_role {
	SPUR_ROLE_TEXT,
	SPUR_ROLE_DIM,
	SPUR_ROLE_TITLE,	/* the bar at the top */
	SPUR_ROLE_BAR,		/* the bar of keys at the bottom */
	SPUR_ROLE_HEAD,		/* headings of tables */
	SPUR_ROLE_SELECTED,
	SPUR_ROLE_GOOD,
	SPUR_ROLE_BAD,
	SPUR_ROLE_WARN,
	SPUR_ROLE_CURSOR,
	SPUR_ROLE_COMMAND,	/* the command line of the last action */
	SPUR_ROLE_TRACE0,	/* eight traces: Okabe and Ito's palette */
	SPUR_ROLE_TRACE7 = SPUR_ROLE_TRACE0 + 7,
	SPUR_ROLE_COUNT
};

struct spur_cell {
	uint32_t ch;		/* one Unicode scalar; 0: the right half of a wide one */
	uint8_t role;
};

struct spur_rect {
	int row, col, rows, cols;
};

/* Cells that a picture covers: the back end shows it after the cells, with what the terminal can do. */
struct spur_picture {
	struct spur_rect at;
	const struct spur_pixels *pixels;	/* borrowed until the next draw */
};
#define SPUR_GRID_PICTURES 4

struct spur_grid {
	int rows, cols;
	bool ascii;			/* draw nothing beyond ASCII */
	struct spur_cell *cells;	/* owned, rows * cols */
	struct spur_picture pictures[SPUR_GRID_PICTURES];
	int picture_count;
};

/* rows and cols of at least 1; cleared. */
void spur_grid_init(struct spur_grid *g, int rows, int cols);
void spur_grid_finish(struct spur_grid *g);
void spur_grid_clear(struct spur_grid *g);
void spur_grid_put(struct spur_grid *g, int row, int col, enum spur_role role, uint32_t ch);
/* UTF-8; control characters become blanks. At most `width` columns, longer text ends in an ellipsis.
 * Returns the columns used. */
int spur_grid_text(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s);
int spur_grid_textf(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* Flush right inside [col, col + width). */
void spur_grid_right(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s);
void spur_grid_fill(struct spur_grid *g, struct spur_rect r, enum spur_role role, uint32_t ch);
/* Change the role of cells that are there. */
void spur_grid_role(struct spur_grid *g, struct spur_rect r, enum spur_role role);
/* False: the grid has as many as it can hold, or the place is outside. Cells of the place that are not
 * blank are shown over the picture. */
bool spur_grid_picture(struct spur_grid *g, struct spur_rect at, const struct spur_pixels *p);
/* Pictures become characters, dark to bright, in the blank cells of their places: for terminals without
 * colours, and for golden files. */
void spur_grid_flatten(struct spur_grid *g);
/* One line per row, trailing blanks removed, pictures flattened: the golden form. */
void spur_grid_print(const struct spur_grid *g, struct spur_buf *to);
/* Columns that a text takes. */
int spur_text_columns(const char *s);

#endif
