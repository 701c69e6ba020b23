#include "config.h"

#include "base/words.h"
#include "ui/ui_priv.h"

#include <locale.h>
#include <stdlib.h>

#include "tests/tap.h"
#include "ui/list.h"

/* What a person types: command lines, the prompt, the pager and lists, without a session or a terminal. */

static char *words_of(const char *line)
{
	struct spur_buf b = { 0 };
	char **words;
	int n = spur_words_split(line, &words);

	if (n < 0)
		spur_buf_adds(&b, words == NULL ? "open" : "open, and words");
	for (int i = 0; i < n; i++)
		spur_buf_addf(&b, "%s<%s>", i == 0 ? "" : " ", words[i]);
	if (n > 0 && words[n] != NULL)
		spur_buf_adds(&b, " no end");
	if (n >= 0)
		spur_words_free(words, n);
	return spur_buf_steal(&b);
}

static void splits(const char *line, const char *want, const char *name)
{
	char *got = words_of(line);

	is_str(got, want, name);
	free(got);
}

static void words_are_those_of_a_shell(void)
{
	splits("", "", "no words");
	splits(" \t ", "", "blanks are none");
	splits("  cat\trun.mf4  ", "<cat> <run.mf4>", "blanks around and between");
	splits("a 'b c' \"d e\"", "<a> <b c> <d e>", "both quotes");
	splits("a'b'\"c\"d", "<abcd>", "quotes inside a word join");
	splits("'' \"\"", "<> <>", "an empty word is a word");
	splits("'a\"b' \"a'b\"", "<a\"b> <a'b>", "one quote protects the other");
	splits("a\\ b \\' \\\\", "<a b> <'> <\\>", "a backslash protects one character");
	splits("\"a\\\"b\"", "<a\"b>", "also inside double quotes");
	splits("'a\\b'", "<a\\b>", "but not inside single ones");
	splits("a\\", "<a\\>", "a last backslash stands for itself");
	splits("a 'b", "open", "an open quote is refused");
	splits("\"", "open", "of either kind");
}

static struct spur_action given;
static char given_text[64];

static bool note_action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	(void)ui;
	(void)state;
	given.id = strcmp(a->id, "search") == 0 ? "search" : "another";
	snprintf(given_text, sizeof(given_text), "%s", a->text);
	return true;
}

static const struct spur_screen screen = { .id = "test", .title = "Test", .action = note_action };

static void keys(struct spur_ui *ui, const char *text)
{
	for (; *text != '\0'; text++)
		spur_ui_prompt_key(ui, (unsigned char)*text);
}

static const char *typed(const struct spur_ui *ui)
{
	return spur_buf_text(&ui->prompt.text);
}

static void a_prompt_is_edited(void)
{
	struct spur_ui ui = { .stack = { &screen }, .depth = 1 };

	spur_ui_prompt(&ui, "/", "search", "ab");
	is_str(typed(&ui), "ab", "starts with what it was given");
	keys(&ui, "c ~");
	is_str(typed(&ui), "abc ~", "every printable character is taken");
	spur_ui_prompt_key(&ui, 0x7f);
	spur_ui_prompt_key(&ui, 1);
	spur_ui_prompt_key(&ui, SPUR_KEY_LEFT);
	is_str(typed(&ui), "abc ~", "other keys are not");
	spur_ui_prompt_key(&ui, 0xe4);
	spur_ui_prompt_key(&ui, 0x20ac);
	spur_ui_prompt_key(&ui, 0x1f600);
	is_str(typed(&ui), "abc ~\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "characters of two, three and four bytes are UTF-8");
	spur_ui_prompt_key(&ui, SPUR_KEY_BACKSPACE);
	is_str(typed(&ui), "abc ~\xc3\xa4\xe2\x82\xac", "backspace takes a whole character");
	spur_ui_prompt_key(&ui, SPUR_KEY_BACKSPACE);
	spur_ui_prompt_key(&ui, SPUR_KEY_BACKSPACE);
	is_str(typed(&ui), "abc ~", "of any length");
	keys(&ui, "\t");
	is_str(typed(&ui), "abc ~", "only the palette completes");
	spur_ui_prompt_key(&ui, SPUR_KEY_UP);
	is_str(typed(&ui), "abc ~", "and only it has a history");
	keys(&ui, "\x15");
	is_str(typed(&ui), "", "^U clears");
	spur_ui_prompt_key(&ui, SPUR_KEY_BACKSPACE);
	is_str(typed(&ui), "", "backspace on nothing is nothing");
	keys(&ui, "VehSpd\r");
	ok(!ui.prompt.open && given.id != NULL, "return closes it");
	is_str(given.id == NULL ? "" : given.id, "search", "the screen gets its action");
	is_str(given_text, "VehSpd", "with the text");
	given.id = NULL;
	spur_ui_prompt(&ui, "/", "search", NULL);
	keys(&ui, "x\033");
	ok(!ui.prompt.open && given.id == NULL, "escape gives up");
	spur_ui_prompt(&ui, "/", "search", NULL);
	keys(&ui, "x\003");
	ok(!ui.prompt.open && given.id == NULL, "so does ^C");
}

static void the_palette_completes_and_remembers(void)
{
	char drives[] = "drives", info[] = "info run.mf4", *lines[] = { drives, info };
	struct spur_ui ui = { .stack = { &screen }, .depth = 1, .history = lines, .history_count = 2 };

	spur_ui_prompt(&ui, ":", "palette", NULL);
	keys(&ui, "\t");
	is_str(typed(&ui), "", "nothing completes nothing");
	keys(&ui, "versi\t");
	is_str(typed(&ui), "version ", "a verb and a blank");
	keys(&ui, "\t");
	is_str(typed(&ui), "version ", "its words do not");
	keys(&ui, "\x15nonsense\t");
	is_str(typed(&ui), "nonsense", "no verb starts like that");
	spur_ui_prompt_key(&ui, SPUR_KEY_UP);
	is_str(typed(&ui), "info run.mf4", "up: the last line");
	spur_ui_prompt_key(&ui, SPUR_KEY_UP);
	is_str(typed(&ui), "drives", "up: the one before");
	spur_ui_prompt_key(&ui, SPUR_KEY_UP);
	is_str(typed(&ui), "drives", "and no further");
	spur_ui_prompt_key(&ui, SPUR_KEY_DOWN);
	is_str(typed(&ui), "info run.mf4", "down again");
	spur_ui_prompt_key(&ui, SPUR_KEY_DOWN);
	is_str(typed(&ui), "", "after the last an empty one");
	keys(&ui, "x");
	spur_ui_prompt_key(&ui, SPUR_KEY_DOWN);
	is_str(typed(&ui), "x", "and no further");
	spur_ui_prompt_close(&ui);
}

static void goes(struct spur_ui *ui, const char *action, int want, const char *name)
{
	ok(spur_ui_pager_action(ui, action), "a move of the pager");
	is_int(ui->pager.top, want, name);
}

static void a_pager_stays_inside_its_text(void)
{
	struct spur_ui ui = { .body = { .rows = 12, .cols = 40 } };
	struct spur_buf b = { 0 };
	struct spur_grid g = { 0 };

	for (int i = 1; i <= 30; i++)
		spur_buf_addf(&b, "line %d%s", i, i < 30 ? "\n" : "");
	spur_ui_pager_open(&ui, "title", spur_buf_text(&b));
	is_int(ui.pager.lines, 30, "the last line counts without its newline");
	goes(&ui, "up", 0, "not before the first line");
	goes(&ui, "down", 1, "one on");
	goes(&ui, "page-down", 7, "half a page and one");
	goes(&ui, "page-up", 1, "and back");
	goes(&ui, "last", 20, "the last page is full");
	goes(&ui, "down", 20, "and the end");
	spur_grid_init(&g, 12, 40);
	spur_buf_clear(&b);
	spur_ui_pager_draw(&ui, &g);
	spur_grid_print(&g, &b);
	ok(strncmp(spur_buf_text(&b), " title                       21 of 30\n line 21\n", 47) == 0, "the title says where");
	ok(strstr(spur_buf_text(&b), " line 30\n") != NULL, "the last line is shown");
	goes(&ui, "first", 0, "back to the begin");
	ok(!spur_ui_pager_action(&ui, "zoom-in"), "other actions are not its own");
	ok(spur_ui_pager_action(&ui, "back") && !ui.pager.open, "back closes it");
	spur_ui_pager_open(&ui, "short", "one\ntwo\n");
	is_int(ui.pager.lines, 2, "a last newline ends a line and begins none");
	goes(&ui, "last", 0, "what fits does not move");
	goes(&ui, "page-down", 0, "at all");
	spur_buf_clear(&b);
	spur_ui_pager_draw(&ui, &g);
	spur_grid_print(&g, &b);
	ok(strncmp(spur_buf_text(&b), " short\n one\n two\n\n", 18) == 0, "and has no place to tell");
	spur_ui_pager_close(&ui);
	spur_grid_finish(&g);
	spur_buf_finish(&b);
}

static int moved(struct spur_list *l, const char *id, int count, int page)
{
	spur_list_action(l, &(struct spur_action){ id, NULL }, count, page);
	return l->at * 100 + l->top;
}

static void a_list_keeps_its_cursor_in_sight(void)
{
	struct spur_list l = { 0 };

	is_int(moved(&l, "up", 30, 10), 0, "not before the first");
	is_int(moved(&l, "page-down", 30, 10), 500, "half a page on");
	is_int(moved(&l, "page-down", 30, 10), 1001, "the list follows");
	is_int(moved(&l, "up", 30, 10), 901, "but only when it must");
	is_int(moved(&l, "last", 30, 10), 2920, "the last page is full");
	is_int(moved(&l, "down", 30, 10), 2920, "and the end");
	is_int(moved(&l, "page-up", 30, 10), 2420, "half a page back");
	is_int(moved(&l, "first", 30, 10), 0, "the begin");
	is_int(moved(&l, "down", 30, 10), 100, "one on");
	is_int(moved(&l, "down", 0, 10), 0, "an empty list has row 0");
	is_int(moved(&l, "page-down", 30, 1), 101, "a page of one row moves by one");
	ok(!spur_list_action(&l, &(struct spur_action){ "plot", NULL }, 30, 10), "other actions are not moves");
}

static void bar_is(int page, int top, int count, const char *want, const char *name)
{
	struct spur_grid g = { 0 };
	char got[8] = "";

	spur_grid_init(&g, 6, 3);
	spur_list_bar(&g, 1, 2, page, top, count);
	for (int row = 0; row < 6; row++)
		got[row] = g.cells[row * 3 + 2].ch == 0x2588 ? '#' : '.';
	is_str(got, want, name);
	spur_grid_finish(&g);
}

static void a_scroll_bar_shows_where(void)
{
	bar_is(4, 0, 4, "......", "what fits has none");
	bar_is(4, 0, 5, ".###..", "the first page of five rows");
	bar_is(4, 1, 5, "..###.", "and the last");
	bar_is(4, 0, 1000, ".#....", "never less than a cell");
	bar_is(4, 996, 1000, "....#.", "which reaches the end");
	bar_is(4, 4, 8, "...##.", "a half is half as long");
	bar_is(0, 0, 5, "......", "no room, no bar");
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	words_are_those_of_a_shell();
	a_prompt_is_edited();
	the_palette_completes_and_remembers();
	a_pager_stays_inside_its_text();
	a_list_keeps_its_cursor_in_sight();
	a_scroll_bar_shows_where();
	return tap_done();
}
