#include "config.h"

#include <string.h>

#include "image/found.h"
#include "image/sequence.h"
#include "image/terminal.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* What a terminal sends: keys and its answers, in pieces; and what is made of them. 0xff: nothing follows. */
static void answer(struct spur_terminal *t, const struct spur_sequence *s)
{
	struct spur_error err;
	enum spur_graphics g;

	fuzz_check(s->len < sizeof(s->text) && strlen(s->text) <= s->len);
	spur_terminal_answer(t, s->text);
	fuzz_touch_text(t->name);
	fuzz_check(t->cell_width >= 0 && t->cell_height >= 0);
	fuzz_check(spur_terminal_best(t) <= SPUR_GRAPHICS_COUNT);
	if (spur_terminal_hint(t) != NULL)
		fuzz_touch_text(spur_terminal_hint(t));
	fuzz_check_status(spur_terminal_choose(t, "auto", &g, &err), &err);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_terminal t = { .term = "xterm-256color", .colours = 256 };
	struct spur_sequence s = { 0 };

	for (size_t i = 0; i < len; i++) {
		enum spur_sequence_step step = data[i] == 0xff ? spur_sequence_idle(&s) :
			spur_sequence_feed(&s, data[i] == 0xfe ? 0x1f600 : data[i]);

		fuzz_check(step != SPUR_SEQUENCE_KEYS || (s.key_count > 0 && s.key_count <= 3));
		if (step == SPUR_SEQUENCE_WHOLE)
			answer(&t, &s);
		if (data[i] == 0xff)
			fuzz_check(!spur_sequence_open(&s));
	}
}

static void seeds(void)
{
	fuzz_seed_text("j\033[?62;4;22ck");
	fuzz_seed_text("a\033P>|kitty(0.31)\033\\b\033[6;20;10tc\xff");
	fuzz_seed_text("\033_Gi=31;OK\033\\\033[0n");
	fuzz_seed_text("\033]11;rgb:0/0/0\007x\033\xff\033\033\xff\033[\xff");
	fuzz_seed_text("\033P>|WezTerm 20240203-110809-5046fc22\033\\\033[?65;4;6;18;22;52c\033[?2026;2$y\033[4;480;640t");
	fuzz_seed_text("\033P>|XTerm(390)\033\\\033[?64;1;2;4;6;9;15;16;17;18;21;22;28c\033P1+r544e=787465726d\033\\");
}

static const char *const words[] = { "\033[", "\033P", "\033_G", "\033]", "\033\\", "\007", "c", "t", "n", "\033[?62;4;22c", "\033P>|", "\033[6;20;10t", "\xff",
				     "\xfe", "$y", ";OK", NULL };

const struct fuzz_target fuzz_target = { .name = "terminal", .max_len = 4u << 10, .run = run, .seeds = seeds, .words = words };
