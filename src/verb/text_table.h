#ifndef SPUR_VERB_TEXT_TABLE_H
#define SPUR_VERB_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Rows of cells as a table for people: the first rows are held until the widths of its columns
 * are known, later ones follow them. A table wider than the terminal is fitted into it. One
 * row alone is printed as fields, one a line. One thread.
 */
enum spur_cell_type { SPUR_CELL_TEXT, SPUR_CELL_NUMBER, SPUR_CELL_REAL, SPUR_CELL_TIME };

struct spur_text_cell {
	char *text;		/* the table's, once added */
	enum spur_cell_type type;
};

/* One for the life of a table: the first rows settle it, the later ones follow. */
struct spur_text_column {
	char *head;		/* its key */
	size_t width;
	enum spur_cell_type type;	/* of the cells that have a value */
	int digits;		/* behind the point of a time or of a number; -1: all */
	bool cut;		/* longer texts end in an ellipsis */
};

/* All zero but out and limit is an empty one. */
struct spur_text_table {
	FILE *out;
	size_t limit;		/* columns of the terminal; 0: not one, nothing is cut */
	struct spur_text_column *col;
	size_t cols, rows, shown;	/* shown: the rest does not fit on the terminal */
	struct spur_text_cell *cells;	/* rows * cols, until the widths are known */
	bool streaming;		/* the widths are fixed and the heading is out */
};

/* One row; takes over the texts. Other keys than those of the row before begin another table. */
void spur_text_table_add(struct spur_text_table *t, const struct spur_text_cell *row, char *const *keys, size_t count);
/* Print what is held; with more the table goes on and later rows stream. */
void spur_text_table_print(struct spur_text_table *t, bool more);
/* The same, and the next row begins another. */
void spur_text_table_end(struct spur_text_table *t);

#endif
