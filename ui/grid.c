#include "config.h"

#include "ui/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "image/terminal.h"

void spur_grid_init(struct spur_grid *g, int rows, int cols)
{
	g->rows = rows < 1 ? 1 : rows;
	g->cols = cols < 1 ? 1 : cols;
	g->cells = spur_calloc((size_t)g->rows * (size_t)g->cols, sizeof(*g->cells));
	spur_grid_clear(g);
}

void spur_grid_finish(struct spur_grid *g)
{
	free(g->cells);
	g->cells = NULL;
}

void spur_grid_clear(struct spur_grid *g)
{
	for (int i = 0; i < g->rows * g->cols; i++)
		g->cells[i] = (struct spur_cell){ ' ', SPUR_ROLE_TEXT };
	g->picture_count = 0;
}

bool spur_grid_picture(struct spur_grid *g, struct spur_rect at, const struct spur_pixels *p)
{
	if (g->picture_count == SPUR_GRID_PICTURES || at.row < 0 || at.col < 0 || at.rows < 1 || at.cols < 1 ||
	    at.row + at.rows > g->rows || at.col + at.cols > g->cols)
		return false;
	g->pictures[g->picture_count++] = (struct spur_picture){ at, p };
	return true;
}

/* The look-alikes of what spur draws, for terminals without UTF-8. */
static uint32_t in_ascii(uint32_t ch)
{
	static const struct { uint32_t from; char to; } twins[] = {
		{ 0x2713, '+' }, { 0x2717, 'x' }, { 0x25cf, '*' }, { 0x25cb, 'o' }, { 0x2502, '|' }, { 0x2500, '-' },
		{ 0x2026, '~' }, { 0x0394, 'd' }, { 0x00b7, '.' }, { 0x2588, '#' }, { 0x2591, '.' }, { 0x25b8, '>' },
		{ 0x25be, 'v' }, { 0x00b2, '2' }, { 0x00b0, 'd' }, { 0x253c, '+' }, { 0x2192, '>' }, { 0x2014, '-' },
	};

	if (ch < 0x80)
		return ch;
	if (ch >= 0x2800 && ch < 0x2900)
		return ch == 0x2800 ? ' ' : (ch & 0x1b) != 0 && (ch & 0xe4) != 0 ? '|' : (ch & 0x1b) != 0 ? '\'' : '.';
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		if (twins[i].from == ch)
			return (unsigned char)twins[i].to;
	}
	return '?';
}

void spur_grid_put(struct spur_grid *g, int row, int col, enum spur_role role, uint32_t ch)
{
	if (row < 0 || col < 0 || row >= g->rows || col >= g->cols)
		return;
	g->cells[row * g->cols + col] = (struct spur_cell){ g->ascii ? in_ascii(ch) : ch, (uint8_t)role };
}

/* The next scalar of a UTF-8 text; what is malformed is one U+FFFD per byte. */
static uint32_t next_scalar(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] < 0x80 ? 0 : (p[0] & 0xe0) == 0xc0 ? 1 : (p[0] & 0xf0) == 0xe0 ? 2 : (p[0] & 0xf8) == 0xf0 ? 3 : -1;
	uint32_t c = more <= 0 ? p[0] : p[0] & (0x3fu >> more);

	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			more = -1;
			break;
		}
		c = c << 6 | (p[i] & 0x3fu);
	}
	*s += more < 0 ? 1 : more + 1;
	return more < 0 ? 0xfffd : c;
}

static int width_of(uint32_t c)
{
	int w = c >= 0x2800 && c < 0x2900 ? 1 : wcwidth((wchar_t)c);

	return w < 0 ? 1 : w;
}

int spur_text_columns(const char *s)
{
	int n = 0;

	while (*s != '\0')
		n += width_of(next_scalar(&s));
	return n;
}

int spur_grid_text(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s)
{
	int used = 0, room = width;
	bool cut = spur_text_columns(s) > width;

	if (width <= 0)
		return 0;
	if (cut)
		room--;
	while (*s != '\0') {
		uint32_t c = next_scalar(&s);
		int w = width_of(c);

		if (used + w > room)
			break;
		if (w == 0)
			continue;
		spur_grid_put(g, row, col + used, role, c < 0x20 || (c >= 0x7f && c < 0xa0) ? ' ' : c);
		if (w == 2)
			spur_grid_put(g, row, col + used + 1, role, g->ascii ? '?' : 0);
		used += w;
	}
	if (cut)
		spur_grid_put(g, row, col + used++, role, 0x2026);
	return used;
}

int spur_grid_textf(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;
	int n;

	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	n = spur_grid_text(g, row, col, width, role, spur_buf_text(&b));
	spur_buf_finish(&b);
	return n;
}

void spur_grid_right(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s)
{
	int n = spur_text_columns(s);

	spur_grid_text(g, row, col + (n < width ? width - n : 0), n < width ? n : width, role, s);
}

void spur_grid_fill(struct spur_grid *g, struct spur_rect r, enum spur_role role, uint32_t ch)
{
	for (int y = r.row; y < r.row + r.rows; y++) {
		for (int x = r.col; x < r.col + r.cols; x++)
			spur_grid_put(g, y, x, role, ch);
	}
}

void spur_grid_role(struct spur_grid *g, struct spur_rect r, enum spur_role role)
{
	for (int y = r.row < 0 ? 0 : r.row; y < r.row + r.rows && y < g->rows; y++) {
		for (int x = r.col < 0 ? 0 : r.col; x < r.col + r.cols && x < g->cols; x++)
			g->cells[y * g->cols + x].role = (uint8_t)role;
	}
}

static void add_utf8(struct spur_buf *to, uint32_t c)
{
	if (c < 0x80) {
		spur_buf_addc(to, (char)c);
	} else if (c < 0x800) {
		spur_buf_addc(to, (char)(0xc0 | c >> 6));
		spur_buf_addc(to, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		spur_buf_addc(to, (char)(0xe0 | c >> 12));
		spur_buf_addc(to, (char)(0x80 | (c >> 6 & 0x3f)));
		spur_buf_addc(to, (char)(0x80 | (c & 0x3f)));
	} else {
		spur_buf_addc(to, (char)(0xf0 | c >> 18));
		spur_buf_addc(to, (char)(0x80 | (c >> 12 & 0x3f)));
		spur_buf_addc(to, (char)(0x80 | (c >> 6 & 0x3f)));
		spur_buf_addc(to, (char)(0x80 | (c & 0x3f)));
	}
}

static void flatten(struct spur_grid *g, const struct spur_picture *p)
{
	struct spur_pixels small = { 0 };
	const unsigned char *rgb;

	if (spur_pixels_init(&small, p->at.cols, p->at.rows, NULL) < 0)
		return;
	spur_pixels_scale(p->pixels, &small);
	rgb = small.rgb;
	for (int y = 0; y < p->at.rows; y++) {
		for (int x = 0; x < p->at.cols; x++, rgb += 3) {
			struct spur_cell *c = &g->cells[(p->at.row + y) * g->cols + p->at.col + x];

			if (c->ch == ' ')
				*c = (struct spur_cell){ (unsigned char)spur_ascii_of(rgb), SPUR_ROLE_TEXT };
		}
	}
	spur_pixels_finish(&small);
}

void spur_grid_flatten(struct spur_grid *g)
{
	for (int i = 0; i < g->picture_count; i++)
		flatten(g, &g->pictures[i]);
	g->picture_count = 0;
}

static void print(const struct spur_grid *g, struct spur_buf *to)
{
	for (int y = 0; y < g->rows; y++) {
		const struct spur_cell *row = &g->cells[y * g->cols];
		int n = g->cols;

		while (n > 0 && row[n - 1].ch == ' ')
			n--;
		for (int x = 0; x < n; x++) {
			if (row[x].ch != 0)
				add_utf8(to, row[x].ch);
		}
		spur_buf_addc(to, '\n');
	}
}

void spur_grid_print(const struct spur_grid *g, struct spur_buf *to)
{
	struct spur_grid flat = *g;
	size_t cells = (size_t)g->rows * (size_t)g->cols;

	flat.cells = spur_malloc(cells * sizeof(*flat.cells));
	memcpy(flat.cells, g->cells, cells * sizeof(*flat.cells));
	spur_grid_flatten(&flat);
	print(&flat, to);
	spur_grid_finish(&flat);
}
