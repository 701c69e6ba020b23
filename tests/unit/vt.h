#ifndef SPUR_TESTS_UNIT_VT_H
#define SPUR_TESTS_UNIT_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/pixels.h"

/*
 * A terminal in small, for tests: cursor, colours, block characters, save and restore. It knows nothing of
 * the encoders and counts what it does not understand.
 */
#define VT_DEFAULT (-1)

struct vt_cell {
	uint32_t ch;
	int fore, back;	/* 0xrrggbb or VT_DEFAULT */
	bool touched;
};

struct vt {
	int rows, cols, row, col, saved_row, saved_col, fore, back, saved_fore, saved_back;
	int bad, written;
	struct vt_cell *cells;
};

static inline struct vt *vt_create(int rows, int cols)
{
	struct vt *v = calloc(1, sizeof(*v));

	v->rows = rows;
	v->cols = cols;
	v->fore = v->back = VT_DEFAULT;
	v->cells = calloc((size_t)rows * (size_t)cols, sizeof(*v->cells));
	return v;
}

static inline void vt_destroy(struct vt *v)
{
	free(v->cells);
	free(v);
}

/* xterm's 256 colours, as its 256colres.h has them. */
static inline void vt_palette(int n, unsigned char rgb[3])
{
	static const uint32_t low[16] = { 0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
					  0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff };
	static const unsigned char steps[6] = { 0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff };

	if (n < 16) {
		rgb[0] = (unsigned char)(low[n] >> 16);
		rgb[1] = (unsigned char)(low[n] >> 8);
		rgb[2] = (unsigned char)low[n];
	} else if (n < 232) {
		rgb[0] = steps[(n - 16) / 36];
		rgb[1] = steps[(n - 16) / 6 % 6];
		rgb[2] = steps[(n - 16) % 6];
	} else {
		rgb[0] = rgb[1] = rgb[2] = (unsigned char)(8 + (n - 232) * 10);
	}
}

static inline int vt_indexed(int n)
{
	unsigned char c[3];

	vt_palette(n & 0xff, c);
	return c[0] << 16 | c[1] << 8 | c[2];
}

static inline void vt_sgr(struct vt *v, const int *a, int n)
{
	for (int i = 0; i < n; i++) {
		if (a[i] == 0) {
			v->fore = v->back = VT_DEFAULT;
		} else if ((a[i] == 38 || a[i] == 48) && i + 2 < n && a[i + 1] == 5) {
			*(a[i] == 38 ? &v->fore : &v->back) = vt_indexed(a[i + 2]);
			i += 2;
		} else if ((a[i] == 38 || a[i] == 48) && i + 4 < n && a[i + 1] == 2) {
			*(a[i] == 38 ? &v->fore : &v->back) = a[i + 2] << 16 | a[i + 3] << 8 | a[i + 4];
			i += 4;
		} else if (a[i] >= 30 && a[i] <= 37) {
			v->fore = vt_indexed(a[i] - 30);
		} else if (a[i] >= 90 && a[i] <= 97) {
			v->fore = vt_indexed(a[i] - 82);
		} else if (a[i] >= 40 && a[i] <= 47) {
			v->back = vt_indexed(a[i] - 40);
		} else if (a[i] >= 100 && a[i] <= 107) {
			v->back = vt_indexed(a[i] - 92);
		} else {
			v->bad++;
		}
	}
}

static inline const unsigned char *vt_csi(struct vt *v, const unsigned char *s, const unsigned char *end)
{
	int a[16] = { 0 }, n = 1;

	for (; s < end && ((*s >= '0' && *s <= '9') || *s == ';'); s++) {
		if (*s == ';' && n < 16)
			n++;
		else if (*s != ';')
			a[n - 1] = a[n - 1] * 10 + (*s - '0');
	}
	if (s < end && *s == 'm') {
		vt_sgr(v, a, n);
	} else if (s < end && *s == 'H') {
		v->row = a[0] - 1;
		v->col = a[1] - 1;
	} else {
		v->bad++;
	}
	return s + 1;
}

static inline void vt_put(struct vt *v, uint32_t ch)
{
	if (v->row < 0 || v->row >= v->rows || v->col < 0 || v->col >= v->cols) {
		v->bad++;
		return;
	}
	v->cells[v->row * v->cols + v->col] = (struct vt_cell){ ch, v->fore, v->back, true };
	v->col++;
	v->written++;
}

static inline void vt_feed(struct vt *v, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data, *end = s + len;

	while (s < end) {
		if (*s == 27 && s + 1 < end && s[1] == '[') {
			s = vt_csi(v, s + 2, end);
		} else if (*s == 27 && s + 1 < end && (s[1] == '7' || s[1] == '8')) {
			s += 2;	/* save and restore: nothing here depends on it */
		} else if (*s == 0xe2 && end - s >= 3) {
			vt_put(v, (uint32_t)(*s & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f));
			s += 3;
		} else if (*s >= 32 && *s < 127) {
			vt_put(v, *s++);
		} else {
			v->bad++;
			s++;
		}
	}
}

/* What one sees at row, col: two pixels a cell. */
static inline void vt_pixels(const struct vt *v, int row, int col, struct spur_pixels *p)
{
	for (int y = 0; y < p->height; y++) {
		for (int x = 0; x < p->width; x++) {
			const struct vt_cell *c = &v->cells[(row + y / 2) * v->cols + col + x];
			bool upper = y % 2 == 0;
			int colour = c->ch == 0x2588 || (c->ch == 0x2580 && upper) || (c->ch == 0x2584 && !upper) ? c->fore : c->back;
			unsigned char *to = p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3;

			to[0] = (unsigned char)(colour >> 16);
			to[1] = (unsigned char)(colour >> 8);
			to[2] = (unsigned char)colour;
		}
	}
}

#endif
