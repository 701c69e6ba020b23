#ifndef SPUR_IMAGE_TERMINAL_H
#define SPUR_IMAGE_TERMINAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/pixels.h"

/*
 * Pixels as what a terminal understands. Pure: bytes are appended to `out`, nothing is written.
 * `p` has been scaled already: half-block wants cols x 2*rows pixels, the others what the caller
 * wants to spend.
 */
enum spur_graphics {
	SPUR_GRAPHICS_ASCII,		/* a ramp of characters, one per cell */
	SPUR_GRAPHICS_HALF_16,
	SPUR_GRAPHICS_HALF_256,		/* U+2580, xterm's 6x6x6 cube and grey ramp */
	SPUR_GRAPHICS_HALF_24,		/* direct colour */
	SPUR_GRAPHICS_SIXEL,
	SPUR_GRAPHICS_KITTY,
	SPUR_GRAPHICS_COUNT
};

const char *spur_graphics_name(enum spur_graphics g);	/* "ascii", "half-256", ... */
bool spur_graphics_parse(const char *name, enum spur_graphics *out);

/* Nearest of the 256 colours (16..255), as the half-block encoder chooses it. */
unsigned char spur_colour_256(unsigned char r, unsigned char g, unsigned char b);
/* Nearest of xterm's first sixteen. */
unsigned char spur_colour_16(unsigned char r, unsigned char g, unsigned char b);
/* Rows of cells with their upper left corner at row, col (from 0). A colour that is set already is not
 * set again; equal neighbours cost one character. Ends with the attributes reset. */
void spur_half_block(const struct spur_pixels *p, enum spur_graphics kind, int row, int col, struct spur_buf *out);
/* One of those rows of cells, at row, col. skip: one per column, cells to leave alone; NULL: none. */
void spur_half_block_row(const struct spur_pixels *p, enum spur_graphics kind, int cells_row, int row, int col,
			 const bool *skip, struct spur_buf *out);
/* The character of one pixel, from blank for black to @ for white. */
char spur_ascii_of(const unsigned char rgb[3]);
void spur_ascii_picture(const struct spur_pixels *p, int row, int col, struct spur_buf *out);
/* At most `colours` (2..256) by median cut. */
void spur_sixel(const struct spur_pixels *p, int colours, struct spur_buf *out);
/* Transmits it and shows it over cols x rows cells from the cursor on, which stays. id: > 0, replaces the
 * picture of that id. tmux: wrapped for passthrough; it is then shown by spur_kitty_cells(). */
void spur_kitty(const struct spur_pixels *p, int cols, int rows, unsigned id, bool tmux, struct spur_buf *out);
/* The characters that stand for a picture, with its upper left corner at row, col (from 0). */
void spur_kitty_cells(unsigned id, int row, int col, int rows, int cols, struct spur_buf *out);
/* Removes the picture and its memory. */
void spur_kitty_forget(unsigned id, bool tmux, struct spur_buf *out);

#endif
