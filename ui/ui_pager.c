#include "config.h"

#include "ui/ui_priv.h"

#include <stdlib.h>
#include <string.h>

void spur_ui_pager_close(struct spur_ui *ui)
{
	free(ui->pager.title);
	spur_buf_finish(&ui->pager.text);
	ui->pager = (struct spur_ui_pager){ 0 };
}

void spur_ui_pager_open(struct spur_ui *ui, const char *title, const char *text)
{
	spur_ui_pager_close(ui);
	ui->pager.open = true;
	ui->pager.title = spur_strdup(title);
	spur_buf_adds(&ui->pager.text, text);
	for (const char *p = text; *p != '\0'; p++)
		ui->pager.lines += *p == '\n' || p[1] == '\0';
}

bool spur_ui_pager_action(struct spur_ui *ui, const char *action)
{
	int page = ui->body.rows > 2 ? ui->body.rows - 2 : 1, last = ui->pager.lines - page;
	int *top = &ui->pager.top;

	if (strcmp(action, "down") == 0)
		(*top)++;
	else if (strcmp(action, "up") == 0)
		(*top)--;
	else if (strcmp(action, "page-down") == 0)
		*top += page / 2 + 1;
	else if (strcmp(action, "page-up") == 0)
		*top -= page / 2 + 1;
	else if (strcmp(action, "first") == 0)
		*top = 0;
	else if (strcmp(action, "last") == 0)
		*top = last;
	else if (strcmp(action, "back") == 0 || strcmp(action, "cancel") == 0 || strcmp(action, "help") == 0)
		spur_ui_pager_close(ui);
	else
		return false;
	if (ui->pager.open) {
		*top = *top > last ? last : *top;
		*top = *top < 0 ? 0 : *top;
	}
	return true;
}

void spur_ui_pager_draw(const struct spur_ui *ui, struct spur_grid *g)
{
	const char *p = spur_buf_text(&ui->pager.text);
	int line = 0, row = 1;

	spur_grid_clear(g);
	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_HEAD, "%s", ui->pager.title);
	while (*p != '\0' && row < g->rows) {
		size_t n = strcspn(p, "\n");

		if (line++ >= ui->pager.top) {
			char *text = spur_strndup(p, n);

			spur_grid_text(g, row++, 1, g->cols - 2, SPUR_ROLE_TEXT, text);
			free(text);
		}
		p += n + (p[n] == '\n');
	}
	if (ui->pager.lines > g->rows - 1)
		spur_grid_textf(g, 0, g->cols - 14, 13, SPUR_ROLE_DIM, "%5d of %d", ui->pager.top + 1, ui->pager.lines);
}

static void scope_help(struct spur_buf *b, const char *scope)
{
	const char *before = "";

	for (const struct spur_binding *k = spur_keymap(); k->scope != NULL; k++) {
		if (strcmp(k->scope, scope) != 0)
			continue;
		if (strcmp(before, k->action) == 0) {
			/* A second key of the same action joins its line. */
			b->data[--b->len] = '\0';
			spur_buf_addf(b, "  (%s)\n", k->shown);
		} else {
			spur_buf_addf(b, "  %-8s %s\n", k->shown, k->help);
		}
		before = k->action;
	}
}

void spur_ui_help(struct spur_ui *ui)
{
	struct spur_buf b = { 0 };
	const struct spur_screen *s = spur_ui_top(ui);

	spur_buf_addf(&b, "%s\n", s->title);
	scope_help(&b, s->id);
	spur_buf_adds(&b, "everywhere\n");
	scope_help(&b, "global");
	spur_buf_adds(&b, "\nEvery action that changes something is a verb: its command line stands above the bar.\n"
		       "man spur lists the verbs, man spur-VERB explains one.\n");
	spur_ui_pager_open(ui, "Keys", spur_buf_text(&b));
	spur_buf_finish(&b);
}
