#include "config.h"

#include "ui/list.h"

#include <string.h>

bool spur_list_action(struct spur_list *l, const struct spur_action *a, int count, int page)
{
	int half = page > 1 ? page / 2 : 1;

	if (strcmp(a->id, "down") == 0)
		l->at++;
	else if (strcmp(a->id, "up") == 0)
		l->at--;
	else if (strcmp(a->id, "page-down") == 0)
		l->at += half;
	else if (strcmp(a->id, "page-up") == 0)
		l->at -= half;
	else if (strcmp(a->id, "first") == 0)
		l->at = 0;
	else if (strcmp(a->id, "last") == 0)
		l->at = count - 1;
	else
		return false;
	l->at = l->at >= count ? count - 1 : l->at;
	l->at = l->at < 0 ? 0 : l->at;
	l->top = spur_list_top(l, count, page);
	return true;
}

int spur_list_top(const struct spur_list *l, int count, int page)
{
	int top = l->top;

	if (l->at < top)
		top = l->at;
	if (l->at >= top + page)
		top = l->at - page + 1;
	if (top > count - page)
		top = count - page;
	return top < 0 ? 0 : top;
}

void spur_list_bar(struct spur_grid *g, int row, int col, int page, int top, int count)
{
	int size, from;

	if (count <= page || page <= 0)
		return;
	size = page * page / count;
	size = size < 1 ? 1 : size;
	from = top * (page - size) / (count - page);
	for (int i = 0; i < size; i++)
		spur_grid_put(g, row + from + i, col, SPUR_ROLE_DIM, 0x2588);
}
