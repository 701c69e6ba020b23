#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/found.h"
#include "image/sequence.h"
#include "image/terminal.h"
#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* What a terminal sends: keys and its answers, in pieces; and what is made of them. 0xff: nothing follows. */
static void tell(const struct spur_terminal *t)
{
	const char *hint = spur_terminal_hint(t);

	if (!fuzz_telling())
		return;
	fuzz_tell("'%s' '%s'%s%s%s%s%s%s%s%s%s%s colours %d cell %d x %d best %s", t->term, t->name, t->tmux ? " tmux" : "", t->screen ? " screen" : "",
		  t->ssh ? " ssh" : "", t->asked ? " asked" : "", t->answered ? " answered" : "", t->direct ? " direct" : "", t->sixel ? " sixel" : "",
		  t->kitty ? " kitty" : "", t->synchronised ? " synchronised" : "", t->no_colour ? " plain" : "", t->colours, t->cell_width, t->cell_height,
		  spur_graphics_name(spur_terminal_best(t)));
	fuzz_tell(" hint: %.20s\n", hint == NULL ? "none" : hint);
}

static void answer(struct spur_terminal *t, const struct spur_sequence *s)
{
	struct spur_error err;
	enum spur_graphics g;
	enum spur_terminal_answer a;

	fuzz_check(s->len < sizeof(s->text) && strlen(s->text) <= s->len);
	a = spur_terminal_answer(t, s->text);
	fuzz_tell("%d ", (int)a);
	fuzz_tell_bytes("sequence", s->text, s->len);
	tell(t);
	fuzz_touch_text(t->name);
	fuzz_check(t->cell_width >= 0 && t->cell_height >= 0);
	fuzz_check(spur_terminal_best(t) <= SPUR_GRAPHICS_COUNT);
	if (spur_terminal_hint(t) != NULL)
		fuzz_touch_text(spur_terminal_hint(t));
	fuzz_check_status(spur_terminal_choose(t, "auto", &g, &err), &err);
}

/* ---- what only the behaviour pass asks: the terminal that the environment says ---- */

struct setting {
	const char *name, *values[8];
};

static const struct setting settings[] = {
	{ "TERM", { "xterm-256color", "xterm-kitty", "xterm-ghostty", "tmux-256color", "screen", "dumb", "linux", "" } },
	{ "COLORTERM", { "truecolor", "24bit", "", "yes", "", "", "truecolor", "" } },
	{ "TERM_PROGRAM", { "", "WezTerm", "iTerm.app", "vscode", "Apple_Terminal", "", "contour", "" } },
	{ "TMUX", { "", "", "", "/tmp/tmux,1,0", "", "", "", "" } },
	{ "STY", { "", "", "", "", "", "1.pts", "", "" } },
	{ "SSH_TTY", { "", "", "/dev/pts/1", "", "", "", "", "" } },
	{ "SSH_CONNECTION", { "", "", "", "", "", "1 2 3 4", "", "" } },
	{ "NO_COLOR", { "", "", "", "", "", "", "", "1" } },
	{ "KONSOLE_VERSION", { "", "", "", "", "220401", "", "", "" } },
	{ "KITTY_WINDOW_ID", { "", "", "1", "", "", "", "", "" } },
	{ "TERM_PROGRAM_VERSION", { "", "", "", "", "", "", "", "" } },
	{ "WINDOWID", { "", "", "", "", "", "", "", "" } },
	{ "DISPLAY", { "", "", "", "", "", "", "", "" } },
	{ "WAYLAND_DISPLAY", { "", "", "", "", "", "", "", "" } },
};

static void set_environment(uint64_t h)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		setenv(settings[i].name, settings[i].values[h >> 3 * i & 7], 1);
	setenv("XDG_CACHE_HOME", fuzz_path("cache"), 1);
}

/* What is remembered is recalled, by another that knows nothing; with another environment nothing is. */
static void remember(struct spur_terminal *t, uint64_t h)
{
	struct spur_terminal other;

	spur_terminal_remember(t);
	spur_terminal_from_env(&other);
	fuzz_tell("recalled %d ", spur_terminal_recall(&other));
	tell(&other);
	setenv("WINDOWID", "7", 1);
	spur_terminal_from_env(&other);
	fuzz_tell("elsewhere %d ", spur_terminal_recall(&other));
	tell(&other);
	set_environment(h);
	t->answered = true;
	spur_terminal_remember(t);
	spur_terminal_from_env(&other);
	fuzz_tell("recalled %d ", spur_terminal_recall(&other));
	tell(&other);
}

static void choose(const struct spur_terminal *t)
{
	static const char *const words[] = { NULL, "auto", "none", "kitty", "sixel", "half-24", "half-256", "half-16", "ascii", "Kitty" };
	struct spur_error err;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum spur_graphics g = SPUR_GRAPHICS_COUNT;
		enum spur_status st = spur_terminal_choose(t, words[i], &g, &err);

		fuzz_tell_status(spur_graphics_name(g), st, &err);
	}
}

static void with_environment(const uint8_t *data, size_t len)
{
	struct spur_sequence s = { 0 };
	uint64_t h = fuzz_hash(data, len);
	struct spur_terminal t;
	struct spur_buf b = { 0 };
	char *sweep = spur_strfmt("%s/spur/terminal", fuzz_path("cache")), **names = NULL;
	size_t count = 0;

	set_environment(h);
	spur_terminal_from_env(&t);
	t.asked = h >> 50 & 1;
	t.colours = (int)(h >> 51 & 15) * 18;
	tell(&t);
	choose(&t);
	fuzz_tell("query %d", spur_terminal_query(&t, &b));
	fuzz_tell_bytes("", b.data, b.len);
	spur_buf_finish(&b);
	for (size_t i = 0; i < len; i++) {
		if (spur_sequence_feed(&s, data[i]) == SPUR_SEQUENCE_WHOLE)
			spur_terminal_answer(&t, s.text);
	}
	tell(&t);
	remember(&t, h);
	if (spur_dir_list(sweep, &names, &count, NULL) >= 0) {	/* nothing is kept from one input to the next */
		for (size_t i = 0; i < count; i++) {
			char *path = spur_strfmt("%s/%s", sweep, names[i]);

			unlink(path);
			free(path);
			free(names[i]);
		}
		free(names);
	}
	free(sweep);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_terminal t = { .term = "xterm-256color", .colours = 256 };
	struct spur_sequence s = { 0 };

	for (size_t i = 0; i < len; i++) {
		enum spur_sequence_step step = data[i] == 0xff ? spur_sequence_idle(&s) :
			spur_sequence_feed(&s, data[i] == 0xfe ? 0x1f600 : data[i]);

		for (int k = 0; step == SPUR_SEQUENCE_KEYS && k < s.key_count; k++)
			fuzz_tell("key %" PRIx32 "\n", s.keys[k]);
		fuzz_tell("%d", spur_sequence_open(&s));
		fuzz_check(step != SPUR_SEQUENCE_KEYS || (s.key_count > 0 && s.key_count <= 3));
		if (step == SPUR_SEQUENCE_WHOLE)
			answer(&t, &s);
		if (data[i] == 0xff)
			fuzz_check(!spur_sequence_open(&s));
	}
	if (fuzz_telling())
		with_environment(data, len);
}

static void seeds(void)
{
	fuzz_seed_text("j\033[?62;4;22ck");
	fuzz_seed_text("a\033P>|kitty(0.31)\033\\b\033[6;20;10tc\xff");
	fuzz_seed_text("\033_Gi=31;OK\033\\\033[0n");
	fuzz_seed_text("\033]11;rgb:0/0/0\007x\033\xff\033\033\xff\033[\xff");
	fuzz_seed_text("\033P>|WezTerm 20240203-110809-5046fc22\033\\\033[?65;4;6;18;22;52c\033[?2026;2$y\033[4;480;640t");
	fuzz_seed_text("\033[6;4;2t\033[6;3;2t\033[6;200;100t\033[6;201;9t\033[6;20;101t\033[6;20;1t\033[6;19;9t\033[5;1;1t\033[?1;4c");
	fuzz_seed_text("\033P>|foot(1.16.2)\033\\\033[?62;22c\033_Gi=31;ENOENT\033\\\033_Gi=30;OK\033\\");
	fuzz_seed_text("\033P>|Konsole 22\033\\\033_Gi=31;OK\033\\\033[?62;-4;9999999999c\033[c\033[?c\033[1;2");
	fuzz_seed_text("\033P>|ghostty 1.0\033\\ab\033Oc\033\0331\033[A\033[1;5B\033]0;title\033\\\xff\033_G\xff\033P\xff");
	fuzz_seed_text("\033P>|XTerm(390)\033\\\033[?64;1;2;4;6;9;15;16;17;18;21;22;28c\033P1+r544e=787465726d\033\\");
}

static const char *const words[] = { "\033[", "\033P", "\033_G", "\033]", "\033\\", "\007", "c", "t", "n", "\033[?62;4;22c", "\033P>|", "\033[6;20;10t", "\xff",
				     "\xfe", "$y", ";OK", NULL };

const struct fuzz_target fuzz_target = { .name = "terminal", .max_len = 4u << 10, .run = run, .seeds = seeds, .words = words, .told = 2000 };
