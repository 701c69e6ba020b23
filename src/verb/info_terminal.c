#include "config.h"

#include "verb/info_terminal.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/time.h"
#include "image/found.h"
#include "image/sequence.h"

/* Answers until the fence or the end of the budget; the time to the fence, 0: it did not come. */
static spur_ns listen(struct spur_terminal *t, spur_ns from)
{
	spur_ns until = from + SPUR_TERMINAL_ASK_MS * (SPUR_NS_PER_S / 1000);
	struct spur_sequence s = { 0 };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char c;

	for (spur_ns now = from; now < until; now = spur_monotonic_ns()) {
		if (poll(&fd, 1, (int)((until - now) / (SPUR_NS_PER_S / 1000)) + 1) <= 0 || read(STDIN_FILENO, &c, 1) != 1)
			return 0;
		if (spur_sequence_feed(&s, c) == SPUR_SEQUENCE_WHOLE && spur_terminal_answer(t, s.text) == SPUR_TERMINAL_FENCE)
			return spur_monotonic_ns() - from;
	}
	return 0;
}

static spur_ns ask(struct spur_terminal *t)
{
	struct spur_buf query = { 0 };
	struct termios before, raw;
	spur_ns took = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0 ||
	    !spur_terminal_query(t, &query))
		goto out;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
		goto out;
	t->asked = true;
	if (write(STDOUT_FILENO, query.data, query.len) == (ssize_t)query.len)
		took = listen(t, spur_monotonic_ns());
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	spur_terminal_remember(t);
out:
	spur_buf_finish(&query);
	return took;
}

/* Pixels of a cell from the size of the window, where the terminal tells it. */
static void cell_from_window(struct spur_terminal *t)
{
	struct winsize w = { 0 };

	if (t->cell_width > 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0 || w.ws_row == 0)
		return;
	t->cell_width = w.ws_xpixel / w.ws_col;
	t->cell_height = w.ws_ypixel / w.ws_row;
}

enum spur_exit spur_info_terminal(struct spur_ctx *ctx, struct spur_emit *emit)
{
	struct spur_terminal t;
	spur_ns took;

	(void)ctx;
	spur_terminal_from_env(&t);
	took = ask(&t);
	cell_from_window(&t);
	spur_emit_row(emit, "terminal");
	spur_emit_text(emit, "term", t.term);
	spur_emit_text(emit, "name", t.name[0] != '\0' ? t.name : NULL);
	spur_emit_text(emit, "pictures", spur_graphics_name(spur_terminal_best(&t)));
	spur_emit_bool(emit, "answered", t.answered);
	if (took > 0)
		spur_emit_span(emit, "answer_ns", took);
	else
		spur_emit_text(emit, "answer_ns", NULL);
	spur_emit_bool(emit, "direct_colour", t.direct);
	spur_emit_bool(emit, "sixel", t.sixel);
	spur_emit_bool(emit, "kitty", t.kitty);
	spur_emit_uint(emit, "cell_width_px", (uint64_t)t.cell_width);
	spur_emit_uint(emit, "cell_height_px", (uint64_t)t.cell_height);
	spur_emit_bool(emit, "synchronised", t.synchronised);
	spur_emit_bool(emit, "tmux", t.tmux);
	spur_emit_bool(emit, "ssh", t.ssh);
	spur_emit_end(emit);
	if (spur_terminal_hint(&t) != NULL)
		spur_emit_note(emit, "%s", spur_terminal_hint(&t));
	return SPUR_EXIT_OK;
}
