#include "config.h"

#include <stdlib.h>

#include "base/time.h"
#include "image/found.h"
#include "image/sequence.h"
#include "tests/tap.h"

/* What came in, in words: keys as themselves, sequences in braces. */
static void feed(struct spur_sequence *s, const char *text, struct spur_buf *to)
{
	for (; *text != '\0'; text++) {
		enum spur_sequence_step step = spur_sequence_feed(s, (unsigned char)*text);

		for (int i = 0; step == SPUR_SEQUENCE_KEYS && i < s->key_count; i++)
			spur_buf_addc(to, s->keys[i] == 27 ? '^' : (char)s->keys[i]);
		if (step == SPUR_SEQUENCE_WHOLE)
			spur_buf_addf(to, "{%s}", s->text + 1);
	}
}

static void idle(struct spur_sequence *s, struct spur_buf *to)
{
	if (spur_sequence_idle(s) != SPUR_SEQUENCE_KEYS)
		return;
	for (int i = 0; i < s->key_count; i++)
		spur_buf_addc(to, s->keys[i] == 27 ? '^' : (char)s->keys[i]);
}

static void comes_as(const char *in, const char *want, const char *name)
{
	struct spur_sequence s = { 0 };
	struct spur_buf got = { 0 };

	feed(&s, in, &got);
	idle(&s, &got);
	is_str(spur_buf_text(&got), want, name);
	spur_buf_finish(&got);
}

static void answers_are_told_from_keys(void)
{
	char longest[1200];
	struct spur_sequence s = { 0 };
	struct spur_buf got = { 0 };

	comes_as("jk", "jk", "keys are keys");
	comes_as("j\033[?62;4;22ck", "j{[?62;4;22c}k", "a control sequence between keys");
	comes_as("a\033P>|kitty(0.31)\033\\b\033[6;20;10tc", "a{P>|kitty(0.31)}b{[6;20;10t}c", "a string, then another answer");
	comes_as("\033_Gi=31;OK\033\\\033[0n", "{_Gi=31;OK}{[0n}", "kitty's");
	comes_as("\033]11;rgb:0/0/0\007x", "{]11;rgb:0/0/0}x", "BEL ends a string too");
	comes_as("\033", "^", "Esc alone");
	comes_as("\033\033", "^^", "twice");
	comes_as("\033x", "^x", "Alt and a key");
	comes_as("\033[", "^[", "Alt and a bracket");
	comes_as("\033[?62", "", "a cut answer is no key");
	comes_as("\033[12\033[0nq", "{[0n}q", "nor is one that another cuts");
	comes_as("\033P>|na\033[0nq", "{[0n}q", "in a string as well");
	memset(longest, 'x', sizeof(longest) - 1);
	memcpy(longest, "\033P", 2);
	memcpy(longest + sizeof(longest) - 4, "\033\\k", 4);
	comes_as(longest, "k", "what is too long is swallowed whole");
	feed(&s, "\033[?6", &got);
	ok(spur_sequence_open(&s), "in pieces");
	feed(&s, "2cz", &got);
	is_str(spur_buf_text(&got), "{[?62c}z", "is one");
	spur_buf_finish(&got);
}

static void bare_env(const char *term)
{
	static const char *const vars[] = { "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "STY", "SSH_TTY", "NO_COLOR",
					    "SSH_CONNECTION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WINDOWID" };

	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++)
		unsetenv(vars[i]);
	setenv("TERM", term, 1);
}

static enum spur_graphics best_of(struct spur_terminal *t, int colours)
{
	spur_terminal_from_env(t);
	t->colours = colours;
	return spur_terminal_best(t);
}

static void the_environment_tells(void)
{
	struct spur_terminal t;

	bare_env("xterm-256color");
	is_int(best_of(&t, 256), SPUR_GRAPHICS_HALF_256, "256 colours");
	is_int(best_of(&t, 8), SPUR_GRAPHICS_HALF_16, "few colours");
	is_int(best_of(&t, 1), SPUR_GRAPHICS_ASCII, "none");
	setenv("COLORTERM", "truecolor", 1);
	is_int(best_of(&t, 256), SPUR_GRAPHICS_HALF_24, "COLORTERM");
	setenv("NO_COLOR", "1", 1);
	is_int(best_of(&t, 256), SPUR_GRAPHICS_ASCII, "NO_COLOR");
	bare_env("xterm-kitty");
	is_int(best_of(&t, 256), SPUR_GRAPHICS_KITTY, "kitty says so by its TERM");
	ok(t.synchronised, "and knows synchronised updates");
	bare_env("tmux-256color");
	setenv("TMUX", "/tmp/x,1,0", 1);
	setenv("KITTY_WINDOW_ID", "1", 1);
	setenv("TERM_PROGRAM", "WezTerm", 1);
	is_int(best_of(&t, 256), SPUR_GRAPHICS_HALF_256, "inside tmux what was inherited does not count");
	ok(spur_terminal_hint(&t) != NULL && strstr(spur_terminal_hint(&t), "allow-passthrough") != NULL, "but there is a hint");
}

static void asks(const char *term, const char *program, bool kitty, bool any)
{
	struct spur_terminal t;
	struct spur_buf q = { 0 };

	bare_env(term);
	if (program != NULL)
		setenv("TERM_PROGRAM", program, 1);
	spur_terminal_from_env(&t);
	is_int(spur_terminal_query(&t, &q), any, term);
	is_int(strstr(spur_buf_text(&q), "\033_G") != NULL, kitty, "kitty's question only where it is known");
	if (any)
		is_str(spur_buf_text(&q) + q.len - 3, "\033[c", "the fence is last");
	spur_buf_finish(&q);
}

static void answers_are_learned(void)
{
	struct spur_terminal t;

	bare_env("xterm-256color");
	best_of(&t, 256);
	is_int(spur_terminal_answer(&t, "\033P>|foot(1.13.1)"), SPUR_TERMINAL_FACT, "a name");
	is_int(spur_terminal_best(&t), SPUR_GRAPHICS_HALF_24, "known for direct colour");
	is_int(spur_terminal_answer(&t, "\033[6;20;10t"), SPUR_TERMINAL_FACT, "the size of a cell");
	ok(t.cell_height == 20 && t.cell_width == 10, "in pixels");
	is_int(spur_terminal_answer(&t, "\033[6;99999;10t"), SPUR_TERMINAL_FACT, "one that no cell has");
	ok(t.cell_height == 20, "is not believed");
	is_int(spur_terminal_answer(&t, "\033[?62;4;22c"), SPUR_TERMINAL_FENCE, "its attributes end it");
	ok(t.answered, "it answers");
	is_int(spur_terminal_best(&t), SPUR_GRAPHICS_SIXEL, "4 is sixel");
	is_int(spur_terminal_answer(&t, "\033[0n"), SPUR_TERMINAL_STATUS, "a status report");
	is_int(spur_terminal_answer(&t, "\033[27;5;9~"), SPUR_TERMINAL_UNKNOWN, "an unknown sequence is nothing");
	is_int(spur_terminal_answer(&t, "\033_Gi=31;OK"), SPUR_TERMINAL_FACT, "kitty's answer");
	is_int(spur_terminal_best(&t), SPUR_GRAPHICS_KITTY, "is the best");
	is_int(spur_terminal_answer(&t, "\033_Gi=31;EINVAL:no"), SPUR_TERMINAL_FACT, "unless");
	is_int(spur_terminal_best(&t), SPUR_GRAPHICS_SIXEL, "it refuses");
}

static void one_can_say_otherwise(void)
{
	struct spur_terminal t;
	struct spur_error err;
	enum spur_graphics g;

	bare_env("xterm-256color");
	best_of(&t, 256);
	ok(spur_terminal_choose(&t, NULL, &g, &err) >= 0 && g == SPUR_GRAPHICS_HALF_256, "nothing said is auto");
	ok(spur_terminal_choose(&t, "kitty", &g, &err) >= 0 && g == SPUR_GRAPHICS_KITTY, "a name is taken");
	ok(spur_terminal_choose(&t, "none", &g, &err) >= 0 && g == SPUR_GRAPHICS_COUNT, "none is none");
	ok(spur_terminal_choose(&t, "hires", &g, &err) < 0 && strstr(err.text, "half-256") != NULL, "others are listed");
}

static void answers_are_kept(void)
{
	char dir[] = "/tmp/spur-found-XXXXXX", cmd[64];
	struct spur_terminal t, again;

	if (mkdtemp(dir) == NULL)
		exit(1);
	bare_env("xterm-256color");
	setenv("XDG_CACHE_HOME", dir, 1);
	best_of(&t, 256);
	ok(!spur_terminal_recall(&t), "nothing is known at first");
	spur_terminal_answer(&t, "\033P>|XTerm(379)");
	spur_terminal_answer(&t, "\033[6;16;8t");
	spur_terminal_answer(&t, "\033[?64;4c");
	spur_terminal_remember(&t);
	best_of(&again, 256);
	ok(spur_terminal_recall(&again) && again.sixel && again.cell_width == 8 && again.answered, "the next start knows");
	is_str(again.name, "XTerm(379)", "its name as well");
	setenv("SSH_TTY", "/dev/pts/9", 1);
	best_of(&again, 256);
	ok(!spur_terminal_recall(&again) && !again.sixel, "another line is another terminal");
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	is_int(system(cmd), 0, "cleaned up");
}

int main(void)
{
	answers_are_told_from_keys();
	the_environment_tells();
	asks("xterm-256color", NULL, false, true);
	asks("xterm-256color", "WezTerm", true, true);
	asks("xterm-kitty", NULL, true, true);
	asks("linux", NULL, false, false);
	asks("screen", NULL, false, false);
	answers_are_learned();
	one_can_say_otherwise();
	answers_are_kept();
	return tap_done();
}
