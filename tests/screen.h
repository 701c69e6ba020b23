#ifndef SPUR_TESTS_SCREEN_H
#define SPUR_TESTS_SCREEN_H

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "tests/tap.h"
#include "ui/ui.h"

/*
 * Screens without a terminal: keys in, the grid out. Goldens are tests/golden/screen_<id>.txt;
 * SPUR_GOLDEN_UPDATE=1 writes them instead: look at the difference before you commit it.
 */

/* Until nothing is under way; a screen asks for more when something arrives. False: something goes on. */
static inline bool screen_settle(struct spur_ui *ui)
{
	struct pollfd fd = { .fd = spur_ui_fd(ui), .events = POLLIN };
	int quiet = 0;

	for (int left = 3000; quiet < 3 && left > 0; left--) {
		poll(&fd, 1, spur_ui_busy(ui) ? 10 : 1);
		quiet = spur_ui_dispatch(ui) || spur_ui_busy(ui) ? 0 : quiet + 1;
	}
	return quiet == 3;
}

static inline void screen_type(struct spur_ui *ui, const char *keys)
{
	for (; *keys != '\0'; keys++) {
		spur_ui_key(ui, (unsigned char)*keys);
		screen_settle(ui);
	}
}

/* Keys that come faster than what they ask for. */
static inline void screen_rush(struct spur_ui *ui, const char *keys)
{
	for (; *keys != '\0'; keys++)
		spur_ui_key(ui, (unsigned char)*keys);
	screen_settle(ui);
}

static inline char *screen_text(struct spur_ui *ui)
{
	struct spur_buf b = { 0 };

	spur_grid_print(spur_ui_draw(ui), &b);
	return spur_buf_steal(&b);
}

static inline bool screen_has(struct spur_ui *ui, const char *text)
{
	char *got = screen_text(ui);
	bool found = strstr(got, text) != NULL;

	free(got);
	return found;
}

/* Prints the screen where it has not. */
static inline bool screen_says(struct spur_ui *ui, const char *text)
{
	char *got = screen_text(ui);
	bool found = strstr(got, text) != NULL;

	if (!found)
		printf("# no '%s' on:\n%s", text, got);
	free(got);
	return found;
}

static inline void screen_shows(struct spur_ui *ui, const char *text, const char *name)
{
	ok(screen_says(ui, text), name);
}

/* Up to 60 s: what comes from other processes comes when it comes. */
static inline void screen_waits_for(struct spur_ui *ui, const char *text, const char *name)
{
	for (int left = 6000; left > 0 && !screen_has(ui, text); left--) {
		poll(&(struct pollfd){ .fd = spur_ui_fd(ui), .events = POLLIN }, 1, 10);
		spur_ui_dispatch(ui);
	}
	screen_shows(ui, text, name);
}

/* What was recorded is of the first days of 2026; other hours are those of now. */
static inline void screen_hide_now(char *text)
{
	for (char *p = text; (p = strstr(p, "T")) != NULL; p++) {
		if (p - text >= 10 && strspn(p - 10, "0123456789-") == 10 && strspn(p + 1, "0123456789:") >= 8 &&
		    strncmp(p - 10, "2026-01-0", 9) != 0) {
			memset(p - 10, '#', 10);
			memset(p + 1, '#', 8);
		}
	}
}

static inline void screen_is_golden(struct spur_ui *ui, const char *id)
{
	const char *top = getenv("top_srcdir");
	char path[512], name[96], *got = screen_text(ui), *want = NULL;
	struct spur_error err = { 0 };
	size_t len;

	snprintf(path, sizeof(path), "%s/tests/golden/screen_%s.txt", top == NULL ? "." : top, id);
	snprintf(name, sizeof(name), "screen %s looks as it should", id);
	screen_hide_now(got);
	if (getenv("SPUR_GOLDEN_UPDATE") != NULL && spur_file_write(path, got, strlen(got), &err) < 0)
		printf("# %s\n", err.text);
	if (spur_file_read(path, 1 << 20, &want, &len, &err) < 0)
		want = spur_strdup(err.text);
	is_str(got, want, name);
	free(got);
	free(want);
}

/* The roles of a row as runs, "a80" or "b1a20d59": what is bright, dim or chosen is part of what a screen says. */
static inline void screen_roles(const struct spur_grid *g, int row, struct spur_buf *b)
{
	for (int c = 0, from = 0; c < g->cols; c++) {
		const struct spur_cell *cell = &g->cells[row * g->cols + c];

		if (c + 1 == g->cols || cell[1].role != cell->role) {
			spur_buf_addf(b, "%c%d", 'a' + cell->role, c + 1 - from);
			from = c + 1;
		}
	}
}

/* Eight hex digits and more are an id or a hash: they hang on keys that were just made. */
static inline void screen_hide_ids(char *text)
{
	for (char *p = text; *p != '\0';) {
		size_t n = strspn(p, "0123456789abcdef");

		if (n >= 8)
			memset(p, '#', n);
		p += n + (n == 0);
	}
}

static inline void screen_add(struct spur_ui *ui, const char *keys, struct spur_buf *out)
{
	const struct spur_grid *g = spur_ui_draw(ui);
	struct spur_buf text = { 0 };
	const char *line;
	int row = 0;

	spur_buf_adds(out, "=== ");
	for (; *keys != '\0'; keys++)
		spur_buf_addf(out, (unsigned char)*keys < ' ' ? "^%c" : "%c", (unsigned char)*keys < ' ' ? *keys + '@' : *keys);
	spur_buf_addf(out, " %dx%d\n", g->cols, g->rows);
	spur_grid_print(g, &text);
	screen_hide_ids(text.data);
	for (line = spur_buf_text(&text); *line != '\0' && row < g->rows; row++) {
		size_t n = strcspn(line, "\n");

		spur_buf_addf(out, "%.*s", (int)n, line);
		spur_buf_adds(out, "\t");
		screen_roles(g, row, out);
		spur_buf_adds(out, "\n");
		line += n + (line[n] == '\n');
	}
	spur_buf_finish(&text);
}

/* Screen after screen, every fourth large too, against tests/golden/tour_<id>.txt; steps: the keys between them, NULL last. */
static inline void screen_tour(struct spur_ui *ui, const char *id, const char *const *steps)
{
	const char *top = getenv("top_srcdir");
	struct spur_buf got = { 0 };
	struct spur_error err = { 0 };
	char path[512], name[96], *want = NULL, *w, *g;
	size_t len;
	int line = 1;

	for (int i = 0; steps[i] != NULL; i++) {
		screen_rush(ui, steps[i]);
		screen_add(ui, steps[i], &got);
		if (i % 4 != 0)
			continue;
		spur_ui_resize(ui, 33, 111);
		screen_settle(ui);
		screen_add(ui, steps[i], &got);
		spur_ui_resize(ui, 24, 80);
		screen_settle(ui);
	}
	snprintf(path, sizeof(path), "%s/tests/golden/tour_%s.txt", top == NULL ? "." : top, id);
	snprintf(name, sizeof(name), "a tour of %s shows what it showed", id);
	if (getenv("SPUR_GOLDEN_UPDATE") != NULL && spur_file_write(path, spur_buf_text(&got), got.len, &err) < 0)
		printf("# %s\n", err.text);
	if (spur_file_read(path, 8 << 20, &want, &len, &err) < 0)
		want = spur_strdup(err.text);
	for (w = want, g = got.data; g != NULL && *w != '\0' && *w == *g; w++, g++)
		line += *w == '\n';
	if (!ok(g != NULL && *w == *g, name)) {
		while (w > want && w[-1] != '\n')
			w--, g--;
		printf("# line %d\n# want %.*s\n# got  %.*s\n", line, (int)strcspn(w, "\n"), w, (int)strcspn(g, "\n"), g);
	}
	free(want);
	spur_buf_finish(&got);
}

/* At the three sizes that are designed for: <id>, <id>_120, <id>_160. Ends at 80x24. */
static inline void screen_sizes_are_golden(struct spur_ui *ui, const char *id)
{
	static const struct { int rows, cols; const char *tail; } sizes[] = { { 48, 160, "_160" }, { 36, 120, "_120" }, { 24, 80, "" } };

	for (int i = 0; i < 3; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s", id, sizes[i].tail);
		spur_ui_resize(ui, sizes[i].rows, sizes[i].cols);
		screen_settle(ui);
		screen_is_golden(ui, name);
	}
}

static inline struct spur_ui *screen_open(const struct spur_ctx *ctx, bool readonly)
{
	struct spur_ui_opts o = { .ctx = ctx, .readonly = readonly };
	struct spur_error err = { 0 };
	struct spur_ui *ui;

	if (spur_ui_create(&o, &ui, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	spur_ui_resize(ui, 24, 80);
	screen_settle(ui);
	return ui;
}

/* Keys at random, at sizes at random: nothing may break. */
static inline void screen_stands_anything(const struct spur_ctx *ctx, const char *first, const char *keys, int count)
{
	struct spur_ui *ui = screen_open(ctx, true);
	unsigned seed = 7;

	screen_type(ui, first);
	for (int i = 0; i < count; i++) {
		seed = seed * 1103515245u + 12345u;
		if (spur_ui_done(ui)) {
			spur_ui_destroy(ui);
			ui = screen_open(ctx, true);
			screen_type(ui, first);
		}
		spur_ui_key(ui, (unsigned char)keys[(seed >> 16) % strlen(keys)]);
		if (i % 5 == 0)
			spur_ui_dispatch(ui);
		if (i % 50 == 0)
			spur_ui_resize(ui, 1 + (int)(seed >> 8) % 60, 1 + (int)(seed >> 4) % 200);
		spur_ui_draw(ui);
	}
	screen_settle(ui);
	spur_ui_destroy(ui);
	ok(true, "keys at random, at sizes at random");
}

#endif
