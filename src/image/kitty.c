#include "config.h"

#include <string.h>

#include "codec/deflate.h"
#include "image/terminal.h"

/*
 * kitty's graphics protocol: RGB (f=24), zlib (o=z), base64 in pieces of at most 4096 characters. Inside
 * tmux every piece is wrapped for passthrough and the picture is placed by characters: U+10EEEE whose
 * colour is the picture's number and whose combining marks are row and column; of a run
 * only the first needs them.
 */
#define PIECE 4096u

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const unsigned char *in, size_t len, struct spur_buf *out)
{
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0) | (i + 2 < len ? in[i + 2] : 0);

		spur_buf_addc(out, digits[v >> 18]);
		spur_buf_addc(out, digits[v >> 12 & 63]);
		spur_buf_addc(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
		spur_buf_addc(out, i + 2 < len ? digits[v & 63] : '=');
	}
}

static void add_escape(struct spur_buf *out, bool tmux)
{
	spur_buf_adds(out, tmux ? "\033\033" : "\033");
}

void spur_kitty(const struct spur_pixels *p, int cols, int rows, unsigned id, bool tmux, struct spur_buf *out)
{
	struct spur_buf packed = { 0 }, text = { 0 };

	spur_deflate_pack(p->rgb, (size_t)p->width * (size_t)p->height * 3, 1, &packed);
	base64((const unsigned char *)packed.data, packed.len, &text);
	for (size_t at = 0; at < text.len; at += PIECE) {
		size_t n = text.len - at < PIECE ? text.len - at : PIECE;

		if (tmux)
			spur_buf_adds(out, "\033Ptmux;");
		add_escape(out, tmux);
		spur_buf_adds(out, "_G");
		if (at == 0)
			spur_buf_addf(out, "a=T,f=24,o=z,s=%d,v=%d,i=%u,p=1,c=%d,r=%d,C=1,%sq=2,", p->width, p->height, id, cols, rows,
				      tmux ? "U=1," : "");
		spur_buf_addf(out, "m=%d;", at + n < text.len);
		spur_buf_add(out, text.data + at, n);
		add_escape(out, tmux);
		spur_buf_addc(out, '\\');
		if (tmux)
			spur_buf_adds(out, "\033\\");
	}
	spur_buf_finish(&packed);
	spur_buf_finish(&text);
}

void spur_kitty_forget(unsigned id, bool tmux, struct spur_buf *out)
{
	if (tmux)
		spur_buf_adds(out, "\033Ptmux;");
	add_escape(out, tmux);
	spur_buf_addf(out, "_Ga=d,d=I,i=%u,q=2", id);
	add_escape(out, tmux);
	spur_buf_addc(out, '\\');
	if (tmux)
		spur_buf_adds(out, "\033\\");
}

/* Marks for rows 0, 1, 2 ...: the protocol's own list (combining class 230, of Unicode 6.0), as far as a
 * terminal has rows. Runs of {first, last}. */
static uint32_t mark_of(int n)
{
	static const uint16_t runs[][2] = {
		{ 0x0305, 0x0305 }, { 0x030d, 0x030e }, { 0x0310, 0x0310 }, { 0x0312, 0x0312 }, { 0x033d, 0x033f },
		{ 0x0346, 0x0346 }, { 0x034a, 0x034c }, { 0x0350, 0x0352 }, { 0x0357, 0x0357 }, { 0x035b, 0x035b },
		{ 0x0363, 0x036f }, { 0x0483, 0x0487 }, { 0x0592, 0x0595 }, { 0x0597, 0x0599 }, { 0x059c, 0x05a1 },
		{ 0x05a8, 0x05a9 }, { 0x05ab, 0x05ac }, { 0x05af, 0x05af }, { 0x05c4, 0x05c4 }, { 0x0610, 0x0617 },
		{ 0x0657, 0x065b }, { 0x065d, 0x065e }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e2 }, { 0x06e4, 0x06e4 },
		{ 0x06e7, 0x06e8 }, { 0x06eb, 0x06ec },
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		if (n <= runs[i][1] - runs[i][0])
			return (uint32_t)(runs[i][0] + n);
		n -= runs[i][1] - runs[i][0] + 1;
	}
	return 0;
}

static void add_mark(struct spur_buf *out, uint32_t c)
{
	spur_buf_addc(out, (char)(0xc0 | c >> 6));
	spur_buf_addc(out, (char)(0x80 | (c & 0x3f)));
}

void spur_kitty_cells(unsigned id, int row, int col, int rows, int cols, struct spur_buf *out)
{
	for (int y = 0; y < rows && mark_of(y) != 0; y++) {
		spur_buf_addf(out, "\033[%d;%dH\033[38;2;%u;%u;%um", row + y + 1, col + 1, id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff);
		for (int x = 0; x < cols; x++) {
			spur_buf_adds(out, "\xf4\x8e\xbb\xae");	/* U+10EEEE */
			if (x == 0) {
				add_mark(out, mark_of(y));
				add_mark(out, mark_of(0));
			}
		}
		spur_buf_adds(out, "\033[39m");
	}
}
