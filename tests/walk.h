#ifndef SPUR_TESTS_WALK_H
#define SPUR_TESTS_WALK_H

#include "tests/golden.h"
#include "tests/screen.h"
#include "ui/keymap.h"
#include "ui/ui_priv.h"

/*
 * Walks over screens: key after key, fixed or drawn with a fixed seed, each waited for. A line tells the key, a digest of
 * the cells, roles and pictures, and what was said or run; every WALK_SHOWN keys the whole screen follows.
 * Against tests/golden/walk_<id>.txt; where a digest differs, the screen as it is now is printed.
 */
#define WALK_SHOWN 40

/* Steps are bytes; these are keys beyond them, "\x80" is Up. */
static const struct { uint32_t key; const char *name; } walk_special[] = {
	{ SPUR_KEY_UP, "Up" }, { SPUR_KEY_DOWN, "Down" }, { SPUR_KEY_LEFT, "Left" }, { SPUR_KEY_RIGHT, "Right" }, { SPUR_KEY_HOME, "Home" },
	{ SPUR_KEY_END, "End" }, { SPUR_KEY_PAGE_UP, "PgUp" }, { SPUR_KEY_PAGE_DOWN, "PgDn" }, { SPUR_KEY_BACKSPACE, "Rub" },
	{ SPUR_KEY_DELETE, "Del" }, { SPUR_KEY_F5, "F5" }, { SPUR_KEY_ALT('['), "Alt-[" }, { SPUR_KEY_ALT(']'), "Alt-]" },
};
enum { WALK_SPECIAL = sizeof(walk_special) / sizeof(walk_special[0]) };

struct walk {
	struct spur_ui *ui;
	const char *secret;		/* folder whose name is another one each time; NULL: none */
	struct spur_buf text;
	int steps, lines;
	char *said, *command;
	struct walk_line { int line; char *screen; } *seen;
	size_t seen_count;
};

static inline bool walk_is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The random end of a temporary folder's name, as far as it is shown. */
static inline void walk_hide(const struct walk *w, char *text)
{
	size_t n = w->secret == NULL ? 0 : strlen(w->secret) - 6;

	for (char *p = text; n > 0 && (p = strstr(p, (char[]){ w->secret[0], 0 })) != NULL; p++) {
		if (strncmp(p, w->secret, n) != 0)
			continue;
		for (size_t i = 0; i < 6 && walk_is_name(p[n + i]); i++)
			p[n + i] = '#';
	}
	screen_hide_now(text);
	screen_hide_ids(text);
}

static inline void walk_add_picture(const struct spur_picture *p, struct spur_buf *b)
{
	uint32_t h = p->pixels == NULL || p->pixels->rgb == NULL ? 0 :
		golden_digest(0, p->pixels->rgb, (size_t)p->pixels->width * (size_t)p->pixels->height * 3);

	spur_buf_addf(b, "picture %d,%d %dx%d of %dx%d %04x\n", p->at.row, p->at.col, p->at.rows, p->at.cols,
		      p->pixels == NULL ? 0 : p->pixels->width, p->pixels == NULL ? 0 : p->pixels->height, (h ^ h >> 16) & 0xffff);
}

static inline char *walk_screen(struct walk *w)
{
	const struct spur_grid *g = spur_ui_draw(w->ui);
	struct spur_buf text = { 0 }, b = { 0 };
	const char *line;
	int row = 0;

	spur_grid_print(g, &text);
	walk_hide(w, text.data);
	for (line = spur_buf_text(&text); *line != '\0' && row < g->rows; row++) {
		size_t n = strcspn(line, "\n");

		spur_buf_addf(&b, "%.*s\t", (int)n, line);
		screen_roles(g, row, &b);
		spur_buf_addc(&b, '\n');
		line += n + (line[n] == '\n');
	}
	for (int i = 0; i < g->picture_count; i++)
		walk_add_picture(&g->pictures[i], &b);
	spur_buf_finish(&text);
	return spur_buf_steal(&b);
}

static inline void walk_add(struct walk *w, const char *text)
{
	spur_buf_adds(&w->text, text);
	for (; *text != '\0'; text++)
		w->lines += *text == '\n';
}

/* What is new of a line that is shown below. */
static inline void walk_tell(struct walk *w, const char *sign, const char *now, char **before)
{
	char *text = spur_strdup(now == NULL ? "" : now);

	walk_hide(w, text);
	if (*before == NULL || strcmp(*before, text) != 0) {
		walk_add(w, *text == '\0' ? "" : sign);
		walk_add(w, text);
	}
	free(*before);
	*before = text;
}

static inline void walk_name(const char *step, struct spur_buf *b)
{
	for (const unsigned char *p = (const unsigned char *)step; *p != '\0'; p++) {
		if (*p >= 0x80 && *p < 0x80 + WALK_SPECIAL)
			spur_buf_addf(b, "<%s>", walk_special[*p - 0x80].name);
		else
			spur_buf_addf(b, *p < ' ' ? "^%c" : "%c", *p < ' ' ? *p + '@' : *p);
	}
}

/* The screen as it is after a step. */
static inline void walk_note(struct walk *w, const char *step)
{
	struct spur_buf name = { 0 };
	char *screen = walk_screen(w), *asked = NULL, digest[16];

	w->steps++;
	walk_name(step, &name);
	snprintf(digest, sizeof(digest), " %08x", golden_digest(0, screen, strlen(screen)));
	walk_add(w, spur_buf_text(&name));
	walk_add(w, digest);
	walk_tell(w, "  ! ", w->ui->said, &w->said);
	walk_tell(w, "  ? ", w->ui->prompt.open ? w->ui->prompt.label : w->ui->question, &asked);
	walk_tell(w, "  $ ", w->ui->command, &w->command);
	walk_add(w, "\n");
	w->seen = spur_realloc(w->seen, w->seen_count + 1, sizeof(*w->seen));
	w->seen[w->seen_count++] = (struct walk_line){ w->lines, screen };
	if (w->steps % WALK_SHOWN == 0)
		walk_add(w, screen);
	free(asked);	/* told each time */
	spur_buf_finish(&name);
}

/* "size 24x80", or keys; those before the last one come fast. */
static inline void walk_step(struct walk *w, const char *step)
{
	int rows, cols;

	if (sscanf(step, "size %dx%d", &rows, &cols) == 2) {
		spur_ui_resize(w->ui, rows, cols);
	} else {
		for (const unsigned char *p = (const unsigned char *)step; *p != '\0'; p++)
			spur_ui_key(w->ui, *p >= 0x80 && *p < 0x80 + WALK_SPECIAL ? walk_special[*p - 0x80].key : *p);
	}
	if (!screen_settle(w->ui))
		walk_add(w, "never at rest: ");
	if (!spur_ui_done(w->ui))
		walk_note(w, step);
}

static inline void walk_steps(struct walk *w, const char *const *steps)
{
	for (size_t i = 0; steps[i] != NULL; i++)
		walk_step(w, steps[i]);
}

/* Steps of the list, as the seed has them. What plays is no step: it moves by itself. */
static inline void walk_random(struct walk *w, const char *const *steps, uint64_t seed, int count)
{
	uint32_t n = 0;
	int open = 0;	/* for how many keys something has been, which takes them */

	while (steps[n] != NULL)
		n++;
	for (int i = 0; i < count; i++) {
		walk_step(w, steps[golden_random(&seed) % n]);
		open = w->ui->prompt.open || w->ui->question != NULL || w->ui->pager.open ? open + 1 : 0;
		if (open > 2)
			walk_step(w, "\x1b");
		if (w->ui->grid.rows < 10 || w->ui->grid.cols < 40)
			walk_step(w, "size 24x80");
	}
}

static inline void walk_begin(struct walk *w, struct spur_ui *ui, const char *title, const char *secret)
{
	w->ui = ui;
	w->secret = secret;
	spur_buf_addf(&w->text, "=== %s\n", title);
	w->lines++;
}

static inline void walk_finish(struct walk *w)
{
	for (size_t i = 0; i < w->seen_count; i++)
		free(w->seen[i].screen);
	free(w->seen);
	free(w->said);
	free(w->command);
	spur_buf_finish(&w->text);
}

/* The walk is over: as it was? */
static inline void walk_is_golden(struct walk *w, const char *id)
{
	char file[64];
	int first = 0;

	snprintf(file, sizeof(file), "walk_%s", id);
	if (!golden_is(file, &w->text, &first)) {
		for (size_t i = 0; i < w->seen_count; i++) {
			if (w->seen[i].line >= first && (i + 1 == w->seen_count || w->seen[i + 1].line > first || w->seen[i].line == first)) {
				printf("# the screen of that line, now:\n%s", w->seen[i].screen);
				break;
			}
		}
	}
	walk_finish(w);
}

#endif
