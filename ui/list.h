#ifndef SPUR_UI_LIST_H
#define SPUR_UI_LIST_H

#include <stdbool.h>

#include "ui/grid.h"
#include "ui/screen.h"

/* The cursor of a list: which row is current, and which is the first one shown. */
struct spur_list {
	int at, top;
};

/* Moves for "up", "down", "page-up", "page-down", "first", "last". False: not a move. */
bool spur_list_action(struct spur_list *l, const struct spur_action *a, int count, int page);
/* The first row to show so that `at` is visible in `page` rows. */
int spur_list_top(const struct spur_list *l, int count, int page);
/* A scroll bar in column col: shown only when there is more than fits. */
void spur_list_bar(struct spur_grid *g, int row, int col, int page, int top, int count);

#endif
