#include "config.h"

#include "ui/term_pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/time.h"
#include "ui/term_pace.h"

#define LOST_NS (2 * SPUR_NS_PER_S)	/* an answer that has not come by then does not come */
#define STILL_NS (400 * SPUR_NS_PER_S / 1000)
#define KITTY_ID 7305u			/* of the first picture */

/* What stands on the terminal in one place. */
struct painted {
	bool valid;
	struct spur_rect at;
	uint32_t sum;	/* of the pixels before scaling */
	int level;
};

struct spur_term_pictures {
	int fd;
	bool own_fd;	/* opened here, without waiting */
	struct spur_term_ability can;
	struct spur_term_pace pace;
	int rows, cols;
	bool *held;	/* rows * cols: a placeholder is there */
	struct painted painted[SPUR_GRID_PICTURES];
	int painted_count;
	struct spur_buf out;
	size_t sent;
	size_t *ends;	/* where curses may write between */
	size_t end_count, end_cap;
	bool under_way, late;
	spur_ns begun_ns;
	size_t frame_bytes;
	int frame_cells, shown_level;
};

static void reopen(struct spur_term_pictures *p, int fd)
{
	char name[256];
	int own = -1;

	if (ttyname_r(fd, name, sizeof(name)) == 0)
		own = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	p->fd = own >= 0 ? own : fd;
	p->own_fd = own >= 0;
}

struct spur_term_pictures *spur_term_pictures_create(int fd, const struct spur_term_ability *a)
{
	struct spur_term_pictures *p = spur_calloc(1, sizeof(*p));

	reopen(p, fd);
	spur_term_pictures_ability(p, a);
	return p;
}

void spur_term_pictures_ability(struct spur_term_pictures *p, const struct spur_term_ability *a)
{
	p->can = *a;
	spur_term_pace_init(&p->pace, a->best, a->bytes_per_s, a->rtt_ns);
	spur_term_pictures_lost(p);
}

/* write(2) only: also from a signal handler. */
void spur_term_pictures_abandon(struct spur_term_pictures *p)
{
	static const char ends[] = "\x18\033\\", sync[] = "\033[?2026l\033[0m", forget[] = "\033_Ga=d,d=A,q=2\033\\";
	static const char wrapped[] = "\033Ptmux;\033\033_Ga=d,d=A,q=2\033\033\\\033\\";
	ssize_t n;

	if (p == NULL)
		return;
	if (p->sent > 0 && p->sent < p->out.len)
		n = write(p->fd, ends, sizeof(ends) - 1);	/* CAN and ST end any sequence */
	if (p->can.synchronised)
		n = write(p->fd, sync, sizeof(sync) - 1);
	if (p->can.best == SPUR_GRAPHICS_KITTY)
		n = write(p->fd, p->can.tmux ? wrapped : forget, (p->can.tmux ? sizeof(wrapped) : sizeof(forget)) - 1);
	(void)n;
}

void spur_term_pictures_destroy(struct spur_term_pictures *p)
{
	if (p == NULL)
		return;
	spur_term_pictures_abandon(p);
	if (p->own_fd)
		close(p->fd);
	spur_buf_finish(&p->out);
	free(p->ends);
	free(p->held);
	free(p);
}

static const struct spur_term_level *level_of(const struct spur_term_pictures *p, int level)
{
	(void)p;
	return spur_term_pace_level(level);
}

void spur_term_pictures_cell(const struct spur_term_pictures *p, int *width, int *height)
{
	bool pixels = p->can.best == SPUR_GRAPHICS_SIXEL || p->can.best == SPUR_GRAPHICS_KITTY;

	*width = !pixels ? 1 : p->can.cell_width > 0 ? p->can.cell_width : 8;
	*height = !pixels ? 2 : p->can.cell_height > 0 ? p->can.cell_height : 16;
}

enum spur_graphics spur_term_pictures_kind(const struct spur_term_pictures *p, size_t *bytes, double *bytes_per_s)
{
	*bytes = p->pace.last_bytes;
	*bytes_per_s = p->pace.bytes_per_s;
	return level_of(p, p->shown_level)->kind;
}

/* ---- cells beneath ---- */

bool spur_term_pictures_holds(const struct spur_term_pictures *p, int row, int col)
{
	return row >= 0 && col >= 0 && row < p->rows && col < p->cols && p->held[row * p->cols + col];
}

static bool same_place(struct spur_rect a, struct spur_rect b)
{
	return a.row == b.row && a.col == b.col && a.rows == b.rows && a.cols == b.cols;
}

/* Cells that curses has, or is about to write: what was painted there is gone. */
static void hold(struct spur_term_pictures *p, const struct spur_grid *g, int i, const bool *before)
{
	struct spur_rect at = g->pictures[i].at;

	for (int y = at.row; y < at.row + at.rows; y++) {
		for (int x = at.col; x < at.col + at.cols; x++) {
			bool is = g->cells[y * g->cols + x].ch == ' ';

			p->held[y * p->cols + x] = is;
			if (before == NULL || before[y * p->cols + x] != is)
				p->painted[i].valid = false;
		}
	}
}

static void end_piece(struct spur_term_pictures *p)
{
	if (p->end_count == p->end_cap) {
		p->end_cap = p->end_cap == 0 ? 64 : p->end_cap * 2;
		p->ends = spur_realloc(p->ends, p->end_cap, sizeof(*p->ends));
	}
	p->ends[p->end_count++] = p->out.len;
}

/* Pieces of a picture that is no more are not written, nor is its question. */
static void drop_rest(struct spur_term_pictures *p)
{
	for (size_t i = 0; i < p->end_count; i++) {
		if (p->ends[i] < p->sent || p->ends[i] == p->out.len)
			continue;
		p->out.len = p->ends[i];
		p->end_count = i + 1;
		p->under_way = false;
		return;
	}
}

static void forget(struct spur_term_pictures *p, int i)
{
	if (p->painted[i].valid && level_of(p, p->painted[i].level)->kind == SPUR_GRAPHICS_KITTY) {
		spur_kitty_forget(KITTY_ID + (unsigned)i, p->can.tmux, &p->out);
		end_piece(p);
	}
	p->painted[i].valid = false;
}

static bool gone(const struct spur_term_pictures *p, const struct spur_grid *g, int i)
{
	return i < p->painted_count && (i >= g->picture_count || !same_place(p->painted[i].at, g->pictures[i].at));
}

/* The new cells of all places; curses has written, or will write, all others. */
static void hold_all(struct spur_term_pictures *p, const struct spur_grid *g)
{
	bool same = p->rows == g->rows && p->cols == g->cols;
	bool *before = p->held;

	p->rows = g->rows;
	p->cols = g->cols;
	p->held = spur_calloc((size_t)g->rows * (size_t)g->cols, sizeof(*p->held));
	for (int i = 0; i < g->picture_count; i++)
		hold(p, g, i, same ? before : NULL);
	free(before);
}

void spur_term_pictures_under(struct spur_term_pictures *p, const struct spur_grid *g)
{
	for (int i = 0; i < p->painted_count; i++) {
		if (gone(p, g, i))
			drop_rest(p);
	}
	for (int i = 0; i < p->painted_count; i++) {
		if (gone(p, g, i))
			forget(p, i);
	}
	hold_all(p, g);
	for (int i = 0; i < g->picture_count; i++)
		p->painted[i].at = g->pictures[i].at;
	p->painted_count = g->picture_count;
}

void spur_term_pictures_lost(struct spur_term_pictures *p)
{
	for (int i = 0; i < SPUR_GRID_PICTURES; i++)
		p->painted[i].valid = false;
	if (p->held != NULL)
		memset(p->held, 0, (size_t)p->rows * (size_t)p->cols);
	p->late = true;
}

/* ---- painting ---- */

static uint32_t sum_of(const struct spur_pixels *p)
{
	const int size[2] = { p->width, p->height };

	return spur_crc32(spur_crc32(0, size, sizeof(size)), p->rgb, (size_t)p->width * (size_t)p->height * 3);
}

/* The picture at the resolution of a level: fewer pixels first, then as many as there is room for. */
static bool scaled(const struct spur_pixels *from, int width, int height, int divide, struct spur_pixels *out)
{
	struct spur_pixels small = { 0 };

	if (spur_pixels_init(out, width, height, NULL) < 0)
		return false;
	if (divide > 1 && spur_pixels_init(&small, (width + divide - 1) / divide, height, NULL) >= 0) {
		spur_pixels_scale(from, &small);
		from = &small;
	}
	spur_pixels_scale(from, out);
	spur_pixels_finish(&small);
	return true;
}

/* Rows of half blocks, each a piece: the cursor is put back where curses believes it to be. */
static void paint_cells(struct spur_term_pictures *p, const struct spur_grid *g, const struct spur_picture *pic,
			const struct spur_term_level *l)
{
	bool *skip = spur_calloc((size_t)pic->at.cols, sizeof(*skip));
	struct spur_pixels px;

	if (scaled(pic->pixels, pic->at.cols, 2 * pic->at.rows, l->divide, &px)) {
		for (int y = 0; y < pic->at.rows; y++) {
			for (int x = 0; x < pic->at.cols; x++)
				skip[x] = g->cells[(pic->at.row + y) * g->cols + pic->at.col + x].ch != ' ';
			spur_buf_adds(&p->out, "\0337");
			spur_half_block_row(&px, l->kind, y, pic->at.row + y, pic->at.col, skip, &p->out);
			spur_buf_adds(&p->out, "\0338");
			end_piece(p);
		}
		spur_pixels_finish(&px);
	}
	free(skip);
}

static void go_to(struct spur_term_pictures *p, struct spur_rect at)
{
	spur_buf_addf(&p->out, "\0337\033[%d;%dH", at.row + 1, at.col + 1);
}

/* Text that stands over a picture of pixels: it is written once more, behind it. */
static void paint_text(struct spur_term_pictures *p, const struct spur_grid *g, struct spur_rect at)
{
	for (int y = at.row; y < at.row + at.rows; y++) {
		for (int x = at.col; x < at.col + at.cols; x++) {
			uint32_t ch = g->cells[y * g->cols + x].ch;

			if (ch > ' ' && ch < 0x7f)
				spur_buf_addf(&p->out, "\033[%d;%dH\033[0;7m%c\033[0m", y + 1, x + 1, (char)ch);
		}
	}
}

/* One picture of pixels: whole, since its sequence must not be cut. Pieces of kitty's may be. */
static void paint_pixels(struct spur_term_pictures *p, const struct spur_grid *g, int i, const struct spur_term_level *l)
{
	const struct spur_picture *pic = &g->pictures[i];
	int cw, ch;
	struct spur_pixels px;
	unsigned id = KITTY_ID + (unsigned)i;

	spur_term_pictures_cell(p, &cw, &ch);
	if (!scaled(pic->pixels, pic->at.cols * cw / l->divide, pic->at.rows * ch / l->divide, 1, &px))
		return;
	go_to(p, pic->at);
	if (l->kind == SPUR_GRAPHICS_SIXEL)
		spur_sixel(&px, l->colours, &p->out);
	else
		spur_kitty(&px, pic->at.cols, pic->at.rows, id, p->can.tmux, &p->out);
	if (l->kind == SPUR_GRAPHICS_KITTY && p->can.tmux)
		spur_kitty_cells(id, pic->at.row, pic->at.col, pic->at.rows, pic->at.cols, &p->out);
	if (l->kind == SPUR_GRAPHICS_SIXEL)
		paint_text(p, g, pic->at);
	spur_buf_adds(&p->out, "\0338");
	end_piece(p);
	spur_pixels_finish(&px);
}

static void paint(struct spur_term_pictures *p, const struct spur_grid *g, int i, int level)
{
	const struct spur_term_level *l = level_of(p, level);

	if (p->painted[i].valid && level_of(p, p->painted[i].level)->kind != l->kind)
		forget(p, i);
	if (l->kind == SPUR_GRAPHICS_SIXEL || l->kind == SPUR_GRAPHICS_KITTY)
		paint_pixels(p, g, i, l);
	else
		paint_cells(p, g, &g->pictures[i], l);
	p->painted[i].valid = true;
	p->painted[i].level = level;
	p->shown_level = level;
}

static void begin(struct spur_term_pictures *p)
{
	if (p->can.synchronised)
		spur_buf_adds(&p->out, "\033[?2026l");
	if (p->can.answers)
		spur_buf_adds(&p->out, "\033[5n");
	end_piece(p);
	p->under_way = true;
	p->begun_ns = spur_monotonic_ns();
	p->frame_bytes = p->out.len - p->sent;
	spur_term_pictures_write(p);
}

static bool settled(const struct spur_term_pictures *p)
{
	return spur_monotonic_ns() - p->pace.changed_ns > STILL_NS;
}

/* True: there is something to paint, `level` says how. */
static bool wants(struct spur_term_pictures *p, const struct spur_grid *g, int i, int *level)
{
	const struct spur_picture *pic = &g->pictures[i];
	uint32_t sum = sum_of(pic->pixels);
	int cells = pic->at.rows * pic->at.cols;
	bool fresh = sum != p->painted[i].sum;

	if (fresh)
		p->pace.changed_ns = spur_monotonic_ns();
	*level = spur_term_pace_choose(&p->pace, cells, fresh || !settled(p));
	if (p->painted[i].valid && !fresh && (*level >= p->painted[i].level || !settled(p)))
		return false;
	p->painted[i].sum = sum;
	p->frame_cells += cells;
	return true;
}

void spur_term_pictures_show(struct spur_term_pictures *p, const struct spur_grid *g)
{
	bool any = false;
	int level;

	p->late = false;
	if (p->can.best >= SPUR_GRAPHICS_COUNT || p->can.best == SPUR_GRAPHICS_ASCII )
		return;
	if (g->picture_count > 0 && p->under_way && spur_monotonic_ns() - p->begun_ns < LOST_NS) {
		p->late = true;
		return;
	}
	p->frame_cells = 0;
	for (int i = 0; i < g->picture_count; i++) {
		if (!wants(p, g, i, &level))
			continue;
		if (!any && p->can.synchronised)
			spur_buf_adds(&p->out, "\033[?2026h");
		paint(p, g, i, level);
		any = true;
	}
	if (any)
		begin(p);
	else if (p->sent < p->out.len)
		spur_term_pictures_write(p);	/* what forgets a picture that is gone */
}

/* ---- writing ---- */

bool spur_term_pictures_midway(const struct spur_term_pictures *p)
{
	if (p->sent == 0 || p->sent >= p->out.len)
		return false;
	for (size_t i = 0; i < p->end_count; i++) {
		if (p->ends[i] == p->sent)
			return false;
	}
	return true;
}

int spur_term_pictures_fd(const struct spur_term_pictures *p)
{
	return p->sent < p->out.len ? p->fd : -1;
}

/* The frame has arrived, so the next one may go. */
static void arrived(struct spur_term_pictures *p)
{
	if (!p->under_way)
		return;
	p->under_way = false;
	spur_term_pace_took(&p->pace, p->shown_level, p->frame_cells, p->frame_bytes, spur_monotonic_ns() - p->begun_ns);
}

void spur_term_pictures_write(struct spur_term_pictures *p)
{
	while (p->sent < p->out.len) {
		ssize_t n = write(p->fd, p->out.data + p->sent, p->out.len - p->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;	/* the terminal has gone: the loop notices */
		p->sent += (size_t)n;
	}
	spur_buf_clear(&p->out);
	p->sent = p->end_count = 0;
	if (!p->can.answers)
		arrived(p);
}

void spur_term_pictures_answered(struct spur_term_pictures *p)
{
	arrived(p);
}

bool spur_term_pictures_due(struct spur_term_pictures *p)
{
	if (p->under_way)
		return p->late && spur_monotonic_ns() - p->begun_ns >= LOST_NS;
	if (p->late)
		return true;
	for (int i = 0; i < p->painted_count; i++) {
		int cells = p->painted[i].at.rows * p->painted[i].at.cols;

		if (p->painted[i].valid && settled(p) && spur_term_pace_choose(&p->pace, cells, false) < p->painted[i].level)
			return true;
	}
	return false;
}

bool spur_term_pictures_asks(const struct spur_term_pictures *p)
{
	return p->under_way && p->can.answers;
}
