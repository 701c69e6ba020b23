#ifndef SPUR_UI_TABLE_H
#define SPUR_UI_TABLE_H

#include <stdint.h>

#include "base/time.h"
#include "ui/grid.h"

/* Texts for the cells of tables, and the lines between panes. */

/* A line over the whole width with a heading in it. */
void spur_table_rule(struct spur_grid *g, int row, const char *heading);
/* Like spur_grid_text(), but a text that is too long loses its middle: both ends of a name tell it. */
void spur_table_name(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s);
/* "1.2G" in at most 7 characters; "-" for 0. */
void spur_table_size(uint64_t bytes, char out[16]);
/* A count in at most 5 characters: 9999, 12.3k, 4.5M. */
void spur_table_count(double n, char out[16]);
/* For balances: "45 s" below ten minutes, then hours and minutes, "12:03 h". */
void spur_table_hours(spur_ns length_ns, char out[24]);
/* "-" for NaN, else three decimals. */
void spur_table_share(double v, char out[16]);

#endif
