#include "config.h"

#include "image/found.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "io/out.h"

#define KEEP_NS (12 * 3600 * SPUR_NS_PER_S)

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v == NULL ? "" : v;
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Names that terminals give themselves, and what those can do though they do not say it. */
static const struct {
	const char *name;
	bool direct, kitty, synchronised;
} known[] = {
	{ "kitty", true, true, true },	 { "ghostty", true, true, true },  { "WezTerm", true, false, true },
	{ "foot", true, false, true },	 { "iTerm", true, false, true },   { "contour", true, false, true },
	{ "mintty", true, false, true }, { "Konsole", true, false, true }, { "XTerm", true, false, false },
	{ "VTE", true, false, true },	 { "Alacritty", true, false, true }, { "vscode", true, false, true },
};

static void learn_name(struct spur_terminal *t, const char *name)
{
	snprintf(t->name, sizeof(t->name), "%s", name);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncasecmp(name, known[i].name, strlen(known[i].name)) != 0)
			continue;
		t->direct = t->direct || known[i].direct;
		t->kitty = t->kitty || known[i].kitty;
		t->synchronised = t->synchronised || known[i].synchronised;
	}
}

void spur_terminal_from_env(struct spur_terminal *t)
{
	const char *direct = env("COLORTERM"), *program = env("TERM_PROGRAM");

	*t = (struct spur_terminal){ 0 };
	snprintf(t->term, sizeof(t->term), "%s", env("TERM"));
	t->tmux = *env("TMUX") != '\0' || starts(t->term, "tmux");
	t->screen = !t->tmux && (*env("STY") != '\0' || starts(t->term, "screen"));
	t->ssh = *env("SSH_TTY") != '\0' || *env("SSH_CONNECTION") != '\0';
	t->direct = strcmp(direct, "truecolor") == 0 || strcmp(direct, "24bit") == 0;
	t->no_colour = *env("NO_COLOR") != '\0' || strcmp(t->term, "dumb") == 0;
	if (t->tmux || t->screen)
		return;	/* the variables of the terminal around it were inherited, and may be another's by now */
	if (strcmp(t->term, "xterm-kitty") == 0)
		learn_name(t, "kitty");
	else if (strcmp(t->term, "xterm-ghostty") == 0)
		learn_name(t, "ghostty");
	else if (*program != '\0')
		learn_name(t, program);
	else if (*env("KONSOLE_VERSION") != '\0')
		learn_name(t, "Konsole");
}

/* Kitty's question garbles terminals that have never heard of it. */
static bool may_have_kitty(const struct spur_terminal *t)
{
	static const char *const names[] = { "kitty", "ghostty", "WezTerm", "Konsole" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(t->name, names[i]) == 0)
			return true;
	}
	return *env("KITTY_WINDOW_ID") != '\0' && !t->tmux;
}

bool spur_terminal_query(const struct spur_terminal *t, struct spur_buf *out)
{
	if (t->term[0] == '\0' || strcmp(t->term, "dumb") == 0 || strcmp(t->term, "linux") == 0 || t->screen)
		return false;
	if (strcmp(t->name, "Apple_Terminal") != 0)
		spur_buf_adds(out, "\033[>0q");
	if (may_have_kitty(t))
		spur_buf_adds(out, "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\");
	spur_buf_adds(out, "\033[16t\033[c");
	return true;
}

/* ---- answers ---- */

/* The numbers of CSI ? a ; b ; c; how many. */
static int numbers(const char *s, int *out, int max)
{
	int n = 0;

	while (n < max) {
		char *end;
		long v = strtol(s, &end, 10);

		if (end == s)
			break;
		out[n++] = v < 0 ? 0 : v > 1000000 ? 1000000 : (int)v;
		if (*end != ';')
			break;
		s = end + 1;
	}
	return n;
}

static enum spur_terminal_answer attributes(struct spur_terminal *t, const char *s)
{
	int v[24], n = numbers(s, v, 24);

	for (int i = 1; i < n; i++)
		t->sixel = t->sixel || v[i] == 4;
	t->answered = true;
	return SPUR_TERMINAL_FENCE;
}

static enum spur_terminal_answer cell_size(struct spur_terminal *t, const char *s)
{
	int v[3];

	if (numbers(s, v, 3) != 3 || v[0] != 6)
		return SPUR_TERMINAL_UNKNOWN;
	if (v[1] >= 4 && v[1] <= 200 && v[2] >= 2 && v[2] <= 100) {
		t->cell_height = v[1];
		t->cell_width = v[2];
	}
	return SPUR_TERMINAL_FACT;
}

enum spur_terminal_answer spur_terminal_answer(struct spur_terminal *t, const char *s)
{
	size_t n = strlen(s);

	if (starts(s, "\033P>|")) {
		learn_name(t, s + 4);
		return SPUR_TERMINAL_FACT;
	}
	if (starts(s, "\033_G")) {
		t->kitty = strstr(s, "i=31") != NULL ? strstr(s, ";OK") != NULL : t->kitty;
		return SPUR_TERMINAL_FACT;
	}
	if (!starts(s, "\033[") || n < 3)
		return SPUR_TERMINAL_UNKNOWN;
	if (s[2] == '?' && s[n - 1] == 'c')
		return attributes(t, s + 3);
	if (s[n - 1] == 't')
		return cell_size(t, s + 2);
	if (strcmp(s, "\033[0n") == 0)
		return SPUR_TERMINAL_STATUS;
	return SPUR_TERMINAL_UNKNOWN;
}

/* ---- what follows from it ---- */

enum spur_graphics spur_terminal_best(const struct spur_terminal *t)
{
	if (t->no_colour)
		return SPUR_GRAPHICS_ASCII;
	if (t->kitty && !t->tmux && !t->screen)
		return SPUR_GRAPHICS_KITTY;
	if (t->sixel && t->cell_width > 0 && !t->screen)
		return SPUR_GRAPHICS_SIXEL;
	if (t->direct && !t->screen)
		return SPUR_GRAPHICS_HALF_24;
	if (t->colours >= 256 || t->colours == 0)
		return SPUR_GRAPHICS_HALF_256;
	return t->colours >= 8 ? SPUR_GRAPHICS_HALF_16 : SPUR_GRAPHICS_ASCII;
}

enum spur_status spur_terminal_choose(const struct spur_terminal *t, const char *gfx, enum spur_graphics *out,
				      struct spur_error *err)
{
	*out = spur_terminal_best(t);
	if (gfx == NULL || strcmp(gfx, "auto") == 0 || spur_graphics_parse(gfx, out))
		return SPUR_OK;
	if (strcmp(gfx, "none") == 0) {
		*out = SPUR_GRAPHICS_COUNT;
		return SPUR_OK;
	}
	return spur_fail(err, SPUR_EINVAL, "--gfx=%s: must be auto, kitty, sixel, half-24, half-256, half-16, ascii or none", gfx);
}

const char *spur_terminal_hint(const struct spur_terminal *t)
{
	if (t->tmux && !t->sixel)
		return "tmux shows half blocks; where the terminal around it knows kitty's pictures: "
		       "tmux set -p allow-passthrough on, then spur --gfx=kitty";
	if (t->sixel && t->cell_width == 0)
		return "it knows sixel, but not the size of its cells: --gfx=sixel takes 8x16";
	if (!t->answered && t->asked)
		return "it did not answer within 250 ms: --gfx says what it can";
	return NULL;
}

/* ---- cache ---- */

/* NULL: no place for it. */
static char *cache_path(const struct spur_terminal *t, bool make)
{
	static const char *const vars[] = { "TERM", "SSH_TTY", "SSH_CONNECTION", "TMUX", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
					    "COLORTERM", "WINDOWID", "KITTY_WINDOW_ID", "DISPLAY", "WAYLAND_DISPLAY" };
	const char *xdg = env("XDG_CACHE_HOME"), *home = env("HOME");
	struct spur_buf key = { 0 };
	char *dir, *path;

	(void)t;
	if (strcmp(env("SPUR_CACHE"), "off") == 0)
		return NULL;
	if (*xdg != '/' && *home != '/')
		return NULL;
	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++)
		spur_buf_addf(&key, "%s=%s\n", vars[i], env(vars[i]));
	dir = *xdg == '/' ? spur_strfmt("%s/spur/terminal", xdg) : spur_strfmt("%s/.cache/spur/terminal", home);
	path = spur_strfmt("%s/%016" PRIx64, dir, spur_hash64(key.data, key.len));
	if (make && spur_dir_make(dir, NULL) < 0) {
		free(path);
		path = NULL;
	}
	free(dir);
	spur_buf_finish(&key);
	return path;
}

bool spur_terminal_recall(struct spur_terminal *t)
{
	struct spur_terminal c = *t;
	char *path = cache_path(t, false), *text = NULL, name[64] = "";
	int sixel, kitty, sync, direct;
	int64_t at = 0;
	size_t len;
	bool good;

	good = path != NULL && spur_file_read(path, 4096, &text, &len, NULL) >= 0 &&
	       sscanf(text, "spur-terminal 1 %" SCNd64 "\ncell %d %d\nsixel %d kitty %d sync %d direct %d\nname %63[^\n]", &at,
		      &c.cell_width, &c.cell_height, &sixel, &kitty, &sync, &direct, name) >= 7;
	if (good && spur_now_ns() - at >= 0 && spur_now_ns() - at < KEEP_NS) {
		c.sixel = sixel == 1;
		c.kitty = kitty == 1;
		c.synchronised = sync == 1;
		c.direct = direct == 1 || t->direct;
		c.answered = true;
		memcpy(c.name, name, sizeof(name));
		*t = c;
	} else {
		good = false;
	}
	free(text);
	free(path);
	return good;
}

void spur_terminal_remember(const struct spur_terminal *t)
{
	char *path = t->answered ? cache_path(t, true) : NULL;
	struct spur_buf b = { 0 };

	if (path == NULL)
		return;
	spur_buf_addf(&b, "spur-terminal 1 %" PRId64 "\ncell %d %d\nsixel %d kitty %d sync %d direct %d\nname %s\n", spur_now_ns(),
		      t->cell_width, t->cell_height, t->sixel, t->kitty, t->synchronised, t->direct, t->name);
	spur_file_write(path, b.data, b.len, NULL);	/* only a cache */
	spur_buf_finish(&b);
	free(path);
}
