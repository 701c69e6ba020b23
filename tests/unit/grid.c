#include "config.h"

#include <locale.h>
#include <stdlib.h>

#include "tests/tap.h"
#include "ui/grid.h"
#include "ui/keymap.h"
#include "ui/list.h"

static char *printed(const struct spur_grid *g)
{
	struct spur_buf b = { 0 };

	spur_grid_print(g, &b);
	return spur_buf_steal(&b);
}

static void shows(const struct spur_grid *g, const char *want, const char *name)
{
	char *got = printed(g);

	is_str(got, want, name);
	free(got);
}

static void text_is_clipped(void)
{
	struct spur_grid g = { 0 };

	spur_grid_init(&g, 2, 8);
	is_int(spur_grid_text(&g, 0, 0, 8, SPUR_ROLE_TEXT, "longer than that"), 8, "as wide as allowed");
	spur_grid_text(&g, 1, 5, 8, SPUR_ROLE_TEXT, "edge");
	spur_grid_text(&g, 5, 0, 8, SPUR_ROLE_TEXT, "below");
	spur_grid_text(&g, -1, 0, 8, SPUR_ROLE_TEXT, "above");
	spur_grid_put(&g, 0, -1, SPUR_ROLE_TEXT, 'x');
	spur_grid_put(&g, 0, 8, SPUR_ROLE_TEXT, 'x');
	shows(&g, "longer \xe2\x80\xa6\n     edg\n", "cut with an ellipsis, clipped at the border");
	spur_grid_clear(&g);
	spur_grid_right(&g, 0, 0, 6, SPUR_ROLE_TEXT, "12");
	spur_grid_textf(&g, 1, 1, 6, SPUR_ROLE_TEXT, "%d\t%d", 7, 8);
	shows(&g, "    12\n 7 8\n", "flush right; control characters are blanks");
	spur_grid_finish(&g);
}

static void wide_and_broken_text(void)
{
	struct spur_grid g = { 0 };

	spur_grid_init(&g, 1, 10);
	is_int(spur_grid_text(&g, 0, 0, 10, SPUR_ROLE_TEXT, "\xe8\xbb\x8a\xc3\xa4!"), 4, "a wide character takes two columns");
	shows(&g, "\xe8\xbb\x8a\xc3\xa4!\n", "and is printed once");
	spur_grid_clear(&g);
	spur_grid_text(&g, 0, 0, 10, SPUR_ROLE_TEXT, "a\xff\xc3");
	shows(&g, "a\xef\xbf\xbd\xef\xbf\xbd\n", "malformed bytes are U+FFFD");
	g.ascii = true;
	spur_grid_clear(&g);
	spur_grid_put(&g, 0, 0, SPUR_ROLE_TEXT, 0x2713);
	spur_grid_put(&g, 0, 1, SPUR_ROLE_TEXT, 0x28ff);
	spur_grid_put(&g, 0, 2, SPUR_ROLE_TEXT, 0x4e00);
	shows(&g, "+|?\n", "ASCII has twins for what is drawn");
	spur_grid_finish(&g);
}

static void roles_and_fills(void)
{
	struct spur_grid g = { 0 };

	spur_grid_init(&g, 2, 3);
	spur_grid_fill(&g, (struct spur_rect){ 0, 1, 5, 1 }, SPUR_ROLE_DIM, '#');
	shows(&g, " #\n #\n", "a fill stays inside");
	spur_grid_role(&g, (struct spur_rect){ 1, -1, 9, 9 }, SPUR_ROLE_SELECTED);
	ok(g.cells[3].role == SPUR_ROLE_SELECTED && g.cells[4].ch == '#' && g.cells[1].role == SPUR_ROLE_DIM,
	   "roles change, characters stay");
	spur_grid_finish(&g);
}

static void lists_move(void)
{
	struct spur_list l = { 0 };
	const struct { const char *id; int at, top; } steps[] = {
		{ "up", 0, 0 }, { "down", 1, 0 }, { "page-down", 6, 0 }, { "page-down", 11, 2 }, { "last", 24, 15 },
		{ "down", 24, 15 }, { "page-up", 19, 15 }, { "page-up", 14, 14 }, { "first", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		ok(spur_list_action(&l, &(struct spur_action){ steps[i].id, NULL }, 25, 10), steps[i].id);
		is_int(l.at, steps[i].at, "the row");
		is_int(l.top, steps[i].top, "the first shown");
	}
	ok(!spur_list_action(&l, &(struct spur_action){ "open", NULL }, 25, 10), "open is no move");
	spur_list_action(&l, &(struct spur_action){ "last", NULL }, 0, 10);
	is_int(l.at, 0, "an empty list has row 0 only");
}

static void keys_have_actions(void)
{
	bool bar = true;

	is_str(spur_keymap_find("plot", 'l'), "cursor-right", "a screen's own key");
	is_str(spur_keymap_find("jobs", 'l'), "follow", "means something else elsewhere");
	is_str(spur_keymap_find("drives", '?'), "help", "global keys hold everywhere");
	is_str(spur_keymap_find("drives", '\n'), "open", "both Enter keys");
	ok(spur_keymap_find("drives", 'Z') == NULL, "others do nothing");
	for (const struct spur_binding *b = spur_keymap(); b->scope != NULL; b++) {
		for (const struct spur_binding *c = b + 1; c->scope != NULL; c++)
			bar = bar && !(b->key == c->key && strcmp(b->scope, c->scope) == 0);
	}
	ok(bar, "no key is bound twice in a scope");
}

/* The golden form of a picture is its downscale in characters; text over it stays. */
static void pictures_are_printed(void)
{
	struct spur_grid g = { 0 };
	struct spur_pixels p;
	struct spur_error err;

	if (spur_pixels_init(&p, 8, 8, &err) < 0)
		return;
	spur_pixels_fill(&p, 4, 0, 4, 4, (struct spur_rgb){ 255, 255, 255 });
	spur_pixels_fill(&p, 0, 4, 4, 4, (struct spur_rgb){ 128, 128, 128 });
	spur_grid_init(&g, 4, 8);
	ok(!spur_grid_picture(&g, (struct spur_rect){ 1, 5, 2, 4 }, &p), "outside of the grid");
	ok(spur_grid_picture(&g, (struct spur_rect){ 1, 2, 2, 4 }, &p), "inside");
	spur_grid_text(&g, 1, 5, 2, SPUR_ROLE_TEXT, "x");
	spur_grid_text(&g, 0, 0, 8, SPUR_ROLE_TEXT, "above");
	shows(&g, "above\n    @x\n  ++\n\n", "dark to bright, text in front");
	ok(g.picture_count == 1 && g.cells[8 + 4].ch == ' ', "the grid itself is as it was");
	spur_grid_flatten(&g);
	ok(g.picture_count == 0 && g.cells[8 + 4].ch == '@', "unless it is flattened");
	spur_pixels_finish(&p);
	spur_grid_finish(&g);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	text_is_clipped();
	wide_and_broken_text();
	roles_and_fills();
	pictures_are_printed();
	lists_move();
	keys_have_actions();
	return tap_done();
}
