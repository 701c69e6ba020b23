#include "config.h"

#include "image/terminal.h"

#include <string.h>

static const char *const names[SPUR_GRAPHICS_COUNT] = {
	[SPUR_GRAPHICS_ASCII] = "ascii",	 [SPUR_GRAPHICS_HALF_16] = "half-16",
	[SPUR_GRAPHICS_HALF_256] = "half-256",	 [SPUR_GRAPHICS_HALF_24] = "half-24",
	[SPUR_GRAPHICS_SIXEL] = "sixel",	 [SPUR_GRAPHICS_KITTY] = "kitty",
};

const char *spur_graphics_name(enum spur_graphics g)
{
	return (unsigned)g < SPUR_GRAPHICS_COUNT ? names[g] : "none";
}

bool spur_graphics_parse(const char *name, enum spur_graphics *out)
{
	for (int i = 0; i < SPUR_GRAPHICS_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum spur_graphics)i;
			return true;
		}
	}
	return false;
}

/* ---- palettes ---- */

static int square(int d)
{
	return d * d;
}

static int distance(const unsigned char a[3], int r, int g, int b)
{
	return square(a[0] - r) + square(a[1] - g) + square(a[2] - b);
}

/* Levels of the cube are 0, 95, 135, 175, 215, 255; the nearest one of each channel is the nearest colour,
 * the lower of two equally near. */
static int cube_index(unsigned char v)
{
	return v < 48 ? 0 : v <= 115 ? 1 : (v - 36) / 40;
}

static int cube_level(int i)
{
	return i == 0 ? 0 : 55 + 40 * i;
}

/* Greys are 8, 18 ... 238; the nearest is that to the mean. */
static int grey_index(int sum)
{
	return sum <= 3 * 13 ? 0 : sum > 3 * 233 ? 23 : (sum - 3 * 13 - 1) / 30 + 1;
}

unsigned char spur_colour_256(unsigned char r, unsigned char g, unsigned char b)
{
	const unsigned char want[3] = { r, g, b };
	int i = cube_index(r), j = cube_index(g), k = cube_index(b), y = grey_index(r + g + b), level = 8 + 10 * y;

	if (distance(want, level, level, level) < distance(want, cube_level(i), cube_level(j), cube_level(k)))
		return (unsigned char)(232 + y);
	return (unsigned char)(16 + 36 * i + 6 * j + k);
}

/* As xterm has them; other terminals differ a little. */
static const unsigned char sixteen[16][3] = {
	{ 0, 0, 0 },	   { 205, 0, 0 },  { 0, 205, 0 },  { 205, 205, 0 },
	{ 0, 0, 238 },	   { 205, 0, 205 }, { 0, 205, 205 }, { 229, 229, 229 },
	{ 127, 127, 127 }, { 255, 0, 0 },  { 0, 255, 0 },  { 255, 255, 0 },
	{ 92, 92, 255 },   { 255, 0, 255 }, { 0, 255, 255 }, { 255, 255, 255 },
};

unsigned char spur_colour_16(unsigned char r, unsigned char g, unsigned char b)
{
	int best = 0, least = distance(sixteen[0], r, g, b);

	for (int i = 1; i < 16; i++) {
		int d = distance(sixteen[i], r, g, b);

		if (d < least) {
			least = d;
			best = i;
		}
	}
	return (unsigned char)best;
}

/* ---- half blocks ---- */

#define UNSET UINT32_MAX

static uint32_t colour_of(enum spur_graphics kind, const unsigned char *p)
{
	if (kind == SPUR_GRAPHICS_HALF_24)
		return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
	return kind == SPUR_GRAPHICS_HALF_16 ? spur_colour_16(p[0], p[1], p[2]) : spur_colour_256(p[0], p[1], p[2]);
}

static void add_number(struct spur_buf *out, uint32_t v)
{
	char text[12];
	int n = (int)sizeof(text);

	do {
		text[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	spur_buf_add(out, text + n, sizeof(text) - (size_t)n);
}

static void add_colour(struct spur_buf *out, enum spur_graphics kind, uint32_t c, bool back)
{
	if (kind == SPUR_GRAPHICS_HALF_16) {
		add_number(out, (c < 8 ? 30 : 90 - 8) + c + (back ? 10 : 0));
		return;
	}
	spur_buf_adds(out, back ? "48;" : "38;");
	if (kind == SPUR_GRAPHICS_HALF_24) {
		spur_buf_adds(out, "2;");
		add_number(out, c >> 16);
		spur_buf_addc(out, ';');
		add_number(out, c >> 8 & 0xff);
		spur_buf_addc(out, ';');
		add_number(out, c & 0xff);
	} else {
		spur_buf_adds(out, "5;");
		add_number(out, c);
	}
}

/* The terminal's colours as they are while a row is written. */
struct pen {
	enum spur_graphics kind;
	uint32_t fore, back;
	struct spur_buf *out;
};

static void take(struct pen *p, uint32_t fore, uint32_t back)
{
	bool f = fore != UNSET && fore != p->fore, b = back != UNSET && back != p->back;

	if (!f && !b)
		return;
	spur_buf_adds(p->out, "\033[");
	if (f)
		add_colour(p->out, p->kind, fore, false);
	if (f && b)
		spur_buf_addc(p->out, ';');
	if (b)
		add_colour(p->out, p->kind, back, true);
	spur_buf_addc(p->out, 'm');
	p->fore = f ? fore : p->fore;
	p->back = b ? back : p->back;
}

/* One cell of two colours: the upper or the lower half block, a blank or a full one, whichever needs
 * the fewest new colours. */
static void add_cell(struct pen *p, uint32_t upper, uint32_t lower)
{
	int straight = (p->fore != upper) + (p->back != lower), swapped = (p->fore != lower) + (p->back != upper);

	if (upper == lower && (p->back == upper || p->fore != upper)) {
		take(p, UNSET, upper);
		spur_buf_addc(p->out, ' ');
	} else if (upper == lower) {
		spur_buf_adds(p->out, "\xe2\x96\x88");
	} else if (straight <= swapped) {
		take(p, upper, lower);
		spur_buf_adds(p->out, "\xe2\x96\x80");
	} else {
		take(p, lower, upper);
		spur_buf_adds(p->out, "\xe2\x96\x84");
	}
}

static void go_to(struct spur_buf *out, int row, int col)
{
	spur_buf_adds(out, "\033[");
	add_number(out, (uint32_t)row + 1);
	spur_buf_addc(out, ';');
	add_number(out, (uint32_t)col + 1);
	spur_buf_addc(out, 'H');
}

void spur_half_block_row(const struct spur_pixels *p, enum spur_graphics kind, int cells_row, int row, int col,
			 const bool *skip, struct spur_buf *out)
{
	struct pen pen = { kind, UNSET, UNSET, out };
	const unsigned char *upper = p->rgb + (size_t)cells_row * 2 * (size_t)p->width * 3;
	const unsigned char *lower = 2 * cells_row + 1 < p->height ? upper + (size_t)p->width * 3 : upper;
	bool there = false;

	for (int x = 0; x < p->width; x++, upper += 3, lower += 3) {
		if (skip != NULL && skip[x]) {
			there = false;
			continue;
		}
		if (!there)
			go_to(out, row, col + x);
		there = true;
		add_cell(&pen, colour_of(kind, upper), colour_of(kind, lower));
	}
	spur_buf_adds(out, "\033[0m");
}

void spur_half_block(const struct spur_pixels *p, enum spur_graphics kind, int row, int col, struct spur_buf *out)
{
	for (int y = 0; 2 * y < p->height; y++)
		spur_half_block_row(p, kind, y, row + y, col, NULL, out);
}

/* ---- characters ---- */

char spur_ascii_of(const unsigned char rgb[3])
{
	static const char ramp[] = " .:-=+*#%@";
	int luma = (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000;	/* BT.601, of the coded values */

	return ramp[luma * 10 / 256];
}

void spur_ascii_picture(const struct spur_pixels *p, int row, int col, struct spur_buf *out)
{
	for (int y = 0; y < p->height; y++) {
		go_to(out, row + y, col);
		for (int x = 0; x < p->width; x++)
			spur_buf_addc(out, spur_ascii_of(p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3));
	}
}
