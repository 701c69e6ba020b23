#ifndef SPUR_PLOT_FONT_BUILTIN_H
#define SPUR_PLOT_FONT_BUILTIN_H

#include <stdint.h>

/* The built-in font: a cell of 6 x 10 pixels, letters of 5 x 7, two rows below the baseline. */
#define SPUR_BUILTIN_ADVANCE 6
#define SPUR_BUILTIN_WIDTH 5
#define SPUR_BUILTIN_ROWS 9
#define SPUR_BUILTIN_ASCENT 7
#define SPUR_BUILTIN_CELL 10

/* Rows from the top, bit 4 is the left column. A box for what the font does not have. */
const uint8_t *spur_builtin_glyph(uint32_t code, int *have);

#endif
