#include "config.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "image/image.h"
#include "io/out.h"
#include "plot/font.h"

/*
 * capture_png COLSxROWS OUT.png < CAPTURE: what `tmux capture-pane -e -p -N` prints, as a picture. Letters come
 * through plot/font.h (DejaVu Sans Mono beside the font of pictures); lines, blocks and braille, which have to
 * meet at the borders of cells, are drawn here. At most 256 colours, so that a picture is small.
 * capture_png IN.png OUT.png: any picture with at most 256 colours.
 */
#define CELL_W 8
#define CELL_H 17
#define BASELINE 13
#define SIZE 13.3
#define PAD 6

struct cell {
	uint32_t ch;
	struct spur_rgb fore, back;
	bool bold, under;
};

struct pen {
	int fore, back;		/* 0xrrggbb, -1 default */
	bool bold, dim, under, reverse;
};

static const int fore_default = 0xd3d7dc, back_default = 0x101317;
static int rows, cols;
static struct cell *cells;
static const struct spur_font *plain, *strong, *more;

static struct spur_rgb rgb(int c)
{
	return (struct spur_rgb){ (unsigned char)(c >> 16), (unsigned char)(c >> 8 & 255), (unsigned char)(c & 255) };
}

/* xterm's 256 colours. */
static int indexed(int i)
{
	static const int base[16] = { 0x1c1f24, 0xd5573b, 0x3fae6a, 0xd9a72e, 0x4a8fd6, 0xb872c4, 0x3fa9b5, 0xc9ced4,
				      0x6a727c, 0xff7f5f, 0x5fd38a, 0xf5cf5a, 0x77b4f2, 0xd99ae3, 0x66d0db, 0xffffff };
	static const int step[6] = { 0, 95, 135, 175, 215, 255 };
	int grey = 8 + 10 * (i - 232);

	if (i < 16)
		return base[i & 15];
	if (i >= 232)
		return grey << 16 | grey << 8 | grey;
	i -= 16;
	return step[i / 36] << 16 | step[i / 6 % 6] << 8 | step[i % 6];
}

/* ---- reading the capture ---- */

/* 38;5;N or 38;2;R;G;B from n[*i] on. */
static int extended(const int *n, int count, int *i)
{
	int c = -1;

	if (*i + 2 < count && n[*i + 1] == 5) {
		c = indexed(n[*i + 2] & 255);
		*i += 2;
	} else if (*i + 4 < count && n[*i + 1] == 2) {
		c = (n[*i + 2] & 255) << 16 | (n[*i + 3] & 255) << 8 | (n[*i + 4] & 255);
		*i += 4;
	}
	return c;
}

static void select_one(struct pen *p, const int *n, int count, int *i)
{
	int v = n[*i];

	if (v == 0)
		*p = (struct pen){ -1, -1, false, false, false, false };
	else if (v == 1 || v == 22)
		p->bold = v == 1;
	else if (v == 2)
		p->dim = true;
	else if (v == 4 || v == 24)
		p->under = v == 4;
	else if (v == 7 || v == 27)
		p->reverse = v == 7;
	else if (v == 38)
		p->fore = extended(n, count, i);
	else if (v == 48)
		p->back = extended(n, count, i);
	else if (v == 39)
		p->fore = -1;
	else if (v == 49)
		p->back = -1;
	else if ((v >= 30 && v <= 37) || (v >= 90 && v <= 97))
		p->fore = indexed(v < 90 ? v - 30 : v - 90 + 8);
	else if ((v >= 40 && v <= 47) || (v >= 100 && v <= 107))
		p->back = indexed(v < 100 ? v - 40 : v - 100 + 8);
	p->dim = p->dim && v != 22;
}

/* After ESC: the next character behind the sequence. */
static const char *sequence(const char *s, struct pen *p)
{
	int n[16] = { 0 }, count = 1;

	if (*s == ']') {	/* a title or a link: up to its end */
		while (*s != '\0' && *s != '\a' && !(s[0] == '\033' && s[1] == '\\'))
			s++;
		return *s == '\033' ? s + 2 : *s == '\0' ? s : s + 1;
	}
	if (*s != '[')
		return *s == '(' && s[1] != '\0' ? s + 2 : *s != '\0' ? s + 1 : s;
	for (s++; (*s >= '0' && *s <= '9') || *s == ';' || *s == ':'; s++) {
		if (*s == ';' || *s == ':')
			count += count < 16;
		else if (n[count - 1] < 10000)
			n[count - 1] = n[count - 1] * 10 + *s - '0';
	}
	for (int i = 0; *s == 'm' && i < count; i++)
		select_one(p, n, count, &i);
	return *s != '\0' ? s + 1 : s;
}

static void put(int row, int col, uint32_t ch, const struct pen *p)
{
	struct cell *c = &cells[row * cols + col];
	int fore = p->fore >= 0 ? p->fore : fore_default, back = p->back >= 0 ? p->back : back_default;

	*c = (struct cell){ ch, rgb(p->reverse ? back : fore), rgb(p->reverse ? fore : back), p->bold, p->under };
	if (p->dim) {
		c->fore.r = (unsigned char)((c->fore.r + c->back.r) / 2);
		c->fore.g = (unsigned char)((c->fore.g + c->back.g) / 2);
		c->fore.b = (unsigned char)((c->fore.b + c->back.b) / 2);
	}
}

/* The line drawing set, between SO and SI. */
static uint32_t line_drawing(uint32_t ch)
{
	static const char from[] = "qxlkmjtuwvna`";
	static const uint32_t to[] = { 0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518, 0x251c, 0x2524, 0x252c, 0x2534, 0x253c,
				       0x2592, 0x25c6 };
	const char *at = ch < 128 && ch > 0 ? strchr(from, (int)ch) : NULL;

	return at != NULL ? to[at - from] : ch;
}

static void read_capture(const char *s)
{
	struct pen pen = { -1, -1, false, false, false, false };
	int row = 0, col = 0;
	bool lines = false;

	for (int i = 0; i < rows * cols; i++)
		put(i / cols, i % cols, ' ', &pen);
	while (*s != '\0' && row < rows) {
		uint32_t ch = spur_font_code(&s);

		if (ch == '\033') {
			s = sequence(s, &pen);
		} else if (ch == '\n') {
			row++;
			col = 0;
		} else if (ch == 14 || ch == 15) {
			lines = ch == 14;
		} else if (ch >= ' ' && col < cols) {
			put(row, col++, lines ? line_drawing(ch) : ch, &pen);
		}
	}
}

/* ---- characters that are drawn ---- */

static void braille(struct spur_pixels *p, int x, int y, uint32_t ch, struct spur_rgb c)
{
	static const int bit[4][2] = { { 0, 3 }, { 1, 4 }, { 2, 5 }, { 6, 7 } };

	for (int r = 0; r < 4; r++) {
		for (int k = 0; k < 2; k++) {
			if ((ch >> bit[r][k] & 1) != 0)
				spur_pixels_fill(p, x + 1 + 4 * k, y + 1 + r * CELL_H / 4, 2, 3, c);
		}
	}
}

static struct spur_rgb mix(struct spur_rgb a, struct spur_rgb b, int quarters)
{
	return (struct spur_rgb){ (unsigned char)((a.r * quarters + b.r * (4 - quarters)) / 4),
				  (unsigned char)((a.g * quarters + b.g * (4 - quarters)) / 4),
				  (unsigned char)((a.b * quarters + b.b * (4 - quarters)) / 4) };
}

static void block(struct spur_pixels *p, int x, int y, const struct cell *c)
{
	static const unsigned char quadrants[10] = { 4, 8, 1, 13, 9, 7, 11, 2, 6, 14 };	/* 1 2 above, 4 8 below */
	uint32_t k = c->ch - 0x2580;
	int half = CELL_H / 2 + 1;

	if (k == 0) {
		spur_pixels_fill(p, x, y, CELL_W, half, c->fore);
	} else if (k <= 8) {
		int h = (int)k * CELL_H / 8;

		h = k == 4 ? CELL_H - half : h;
		spur_pixels_fill(p, x, y + CELL_H - h, CELL_W, h, c->fore);
	} else if (k <= 0xf) {
		spur_pixels_fill(p, x, y, (int)(16 - k) * CELL_W / 8, CELL_H, c->fore);
	} else if (k == 0x10) {
		spur_pixels_fill(p, x + CELL_W / 2, y, CELL_W / 2, CELL_H, c->fore);
	} else if (k <= 0x13) {
		spur_pixels_fill(p, x, y, CELL_W, CELL_H, mix(c->fore, c->back, (int)k - 0x10));
	} else if (k == 0x14) {
		spur_pixels_fill(p, x, y, CELL_W, 2, c->fore);
	} else if (k == 0x15) {
		spur_pixels_fill(p, x + CELL_W - 1, y, 1, CELL_H, c->fore);
	} else {
		for (int q = 0; q < 4; q++) {
			if ((quadrants[k - 0x16] >> q & 1) != 0)
				spur_pixels_fill(p, x + (q & 1) * CELL_W / 2, y + (q >> 1) * half, CELL_W / 2,
						 q >> 1 ? CELL_H - half : half, c->fore);
		}
	}
}

/* Arms of the light and heavy lines that screens are made of: bits left 1, right 2, up 4, down 8; 0: a letter. */
static int arms(uint32_t ch, int *thick)
{
	static const struct { uint16_t ch; unsigned char arms; } table[] = {
		{ 0x2500, 3 }, { 0x2501, 3 }, { 0x2502, 12 }, { 0x2503, 12 }, { 0x2504, 3 }, { 0x2508, 3 }, { 0x250a, 12 },
		{ 0x250c, 10 }, { 0x2510, 9 }, { 0x2514, 6 }, { 0x2518, 5 }, { 0x251c, 14 }, { 0x2524, 13 }, { 0x252c, 11 },
		{ 0x2534, 7 }, { 0x253c, 15 }, { 0x256d, 10 }, { 0x256e, 9 }, { 0x256f, 5 }, { 0x2570, 6 }, { 0x2574, 1 },
		{ 0x2575, 4 }, { 0x2576, 2 }, { 0x2577, 8 },
	};

	*thick = ch == 0x2501 || ch == 0x2503 ? 2 : 1;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].ch == ch)
			return table[i].arms;
	}
	return 0;
}

static void lines(struct spur_pixels *p, int x, int y, int which, int thick, struct spur_rgb c)
{
	int mx = x + CELL_W / 2, my = y + CELL_H / 2;

	if ((which & 1) != 0)
		spur_pixels_fill(p, x, my, CELL_W / 2 + 1, thick, c);
	if ((which & 2) != 0)
		spur_pixels_fill(p, mx, my, CELL_W / 2, thick, c);
	if ((which & 4) != 0)
		spur_pixels_fill(p, mx, y, thick, CELL_H / 2 + 1, c);
	if ((which & 8) != 0)
		spur_pixels_fill(p, mx, my, thick, CELL_H - CELL_H / 2, c);
}

static void letter(struct spur_pixels *p, int x, int y, const struct cell *c)
{
	const struct spur_font *f = c->bold ? strong : plain;
	char text[5] = { 0 };

	if (c->ch < 0x80) {
		text[0] = (char)c->ch;
	} else if (c->ch < 0x800) {
		text[0] = (char)(0xc0 | c->ch >> 6);
		text[1] = (char)(0x80 | (c->ch & 63));
	} else {
		text[0] = (char)(0xe0 | (c->ch >> 12 & 15));
		text[1] = (char)(0x80 | (c->ch >> 6 & 63));
		text[2] = (char)(0x80 | (c->ch & 63));
	}
	if (!spur_font_has(f, c->ch) && spur_font_has(more, c->ch))
		f = more;
	spur_font_text(f, p, x, y + BASELINE, SIZE, c->fore, text);
}

static void draw_cell(struct spur_pixels *p, int x, int y, const struct cell *c)
{
	int thick, which = arms(c->ch, &thick);

	if (c->ch >= 0x2800 && c->ch < 0x2900)
		braille(p, x, y, c->ch, c->fore);
	else if (c->ch >= 0x2580 && c->ch < 0x25a0)
		block(p, x, y, c);
	else if (which != 0)
		lines(p, x, y, which, thick, c->fore);
	else if (c->ch != ' ')
		letter(p, x, y, c);
	if (c->under)
		spur_pixels_fill(p, x, y + BASELINE + 2, CELL_W, 1, c->fore);
}

static bool draw(struct spur_pixels *p, struct spur_error *err)
{
	if (spur_pixels_init(p, cols * CELL_W + 2 * PAD, rows * CELL_H + 2 * PAD, err) < 0)
		return false;
	spur_pixels_fill(p, 0, 0, p->width, p->height, rgb(back_default));
	for (int i = 0; i < rows * cols; i++)
		spur_pixels_fill(p, PAD + i % cols * CELL_W, PAD + i / cols * CELL_H, CELL_W, CELL_H, cells[i].back);
	for (int i = 0; i < rows * cols; i++)
		draw_cell(p, PAD + i % cols * CELL_W, PAD + i / cols * CELL_H, &cells[i]);
	return true;
}

/* ---- at most 256 colours ---- */

struct count {
	uint32_t n, key;
};

static int by_count(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : x->key < y->key ? -1 : x->key > y->key;
}

static uint32_t key_of(const unsigned char *c)
{
	return (uint32_t)(c[0] >> 3) << 10 | (uint32_t)(c[1] >> 3) << 5 | c[2] >> 3;
}

/* The most frequent fields of 5 bits a channel, each with the mean of what is in it; others go to the nearest. */
static void reduce(const struct spur_pixels *p, unsigned char *index, unsigned char palette[256 * 3])
{
	struct count *count = spur_calloc(32768, sizeof(*count));
	uint64_t (*sum)[3] = spur_calloc(32768, sizeof(*sum));
	unsigned char *of = spur_calloc(32768, 1);
	size_t n = (size_t)p->width * (size_t)p->height;

	for (size_t i = 0; i < n; i++) {
		uint32_t k = key_of(p->rgb + 3 * i);

		count[k].n++;
		count[k].key = k;
		for (int j = 0; j < 3; j++)
			sum[k][j] += p->rgb[3 * i + (size_t)j];
	}
	qsort(count, 32768, sizeof(*count), by_count);
	for (size_t i = 0; i < 256; i++) {
		for (int j = 0; j < 3 && count[i].n > 0; j++)
			palette[3 * i + (size_t)j] = (unsigned char)(sum[count[i].key][j] / count[i].n);
	}
	for (size_t i = 0; i < 32768 && count[i].n > 0; i++) {
		const uint64_t *s = sum[count[i].key];
		int best = 0, least = INT32_MAX;

		for (int k = 0; k < 256; k++) {
			int d = 0;

			for (int j = 0; j < 3; j++) {
				int e = (int)(s[j] / count[i].n) - palette[3 * k + j];

				d += e * e;
			}
			if (d < least) {
				least = d;
				best = k;
			}
		}
		of[count[i].key] = (unsigned char)best;
	}
	for (size_t i = 0; i < n; i++)
		index[i] = of[key_of(p->rgb + 3 * i)];
	free(of);
	free(sum);
	free(count);
}

static bool write_png(const struct spur_pixels *p, const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = (png_uint_32)p->width, .height = (png_uint_32)p->height,
			    .format = PNG_FORMAT_RGB_COLORMAP, .colormap_entries = 256 };
	unsigned char palette[256 * 3] = { 0 }, *index = spur_malloc((size_t)p->width * (size_t)p->height);
	int done;

	reduce(p, index, palette);
	done = png_image_write_to_file(&image, path, 0, index, 0, palette);
	if (done == 0)
		fprintf(stderr, "%s: %s\n", path, image.message);
	free(index);
	return done != 0;
}

static const struct spur_font *open_font(const char *folder, const char *name)
{
	char *path = spur_strfmt("%s%s", folder, name);
	struct spur_font *f;
	struct spur_error err;
	bool have = spur_font_open(path, &f, &err) >= 0;

	if (!have)
		fprintf(stderr, "%s; letters are those of the built-in font\n", err.text);
	free(path);
	return have ? f : spur_font_builtin();
}

static int shrink(const char *from, const char *to)
{
	struct spur_pixels p = { 0 };
	struct spur_error err;
	char *data = NULL;
	size_t len;
	bool done = spur_file_read(from, 64u << 20, &data, &len, &err) >= 0 && spur_image_decode(data, len, 0, 0, &p, &err) >= 0;

	if (!done)
		fprintf(stderr, "%s: %s\n", from, err.text);
	done = done && write_png(&p, to);
	spur_pixels_finish(&p);
	free(data);
	return done ? 0 : 1;
}

int main(int argc, char **argv)
{
	char *folder = spur_strdup(SPUR_FONT_FILE), *slash = strrchr(folder, '/');
	struct spur_pixels p = { 0 };
	struct spur_error err;
	struct spur_buf b = { 0 };
	char part[4096];
	size_t n;

	if (argc == 3 && strstr(argv[1], ".png") != NULL) {
		free(folder);
		return shrink(argv[1], argv[2]);
	}
	if (argc != 3 || sscanf(argv[1], "%dx%d", &cols, &rows) != 2 || cols < 1 || rows < 1 || cols > 1000 || rows > 1000) {
		fprintf(stderr, "usage: capture_png COLSxROWS OUT.png < CAPTURE, or capture_png IN.png OUT.png\n");
		return 2;
	}
	if (slash != NULL)
		slash[1] = '\0';
	plain = open_font(folder, "DejaVuSansMono.ttf");
	strong = open_font(folder, "DejaVuSansMono-Bold.ttf");
	more = spur_font_default();
	while ((n = fread(part, 1, sizeof(part), stdin)) > 0)
		spur_buf_add(&b, part, n);
	cells = spur_calloc((size_t)rows * (size_t)cols, sizeof(*cells));
	read_capture(spur_buf_text(&b));
	if (!draw(&p, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	n = write_png(&p, argv[2]);
	spur_pixels_finish(&p);
	spur_buf_finish(&b);
	free(cells);
	free(folder);
	return n != 0 ? 0 : 1;
}
