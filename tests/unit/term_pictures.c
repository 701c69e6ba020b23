#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tap.h"
#include "tests/unit/vt.h"
#include "ui/term_pace.h"
#include "ui/term_pictures.h"

/* The painter at the end of a pipe: what it writes is read back by a terminal in small. */
static int line[2];
static struct spur_grid grid;
static struct spur_pixels picture;
static struct spur_term_pictures *pics;

static const struct spur_term_ability half = { .best = SPUR_GRAPHICS_HALF_24, .answers = true, .bytes_per_s = 1e8 };

static void begin(const struct spur_term_ability *can)
{
	struct spur_error err;

	if (pipe(line) != 0 || fcntl(line[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(line[1], F_SETPIPE_SZ, 1 << 20) < 0 ||
	    spur_pixels_init(&picture, 20, 12, &err) < 0)
		exit(1);
	spur_grid_init(&grid, 10, 40);
	pics = spur_term_pictures_create(line[1], can);
}

static void end(void)
{
	spur_term_pictures_destroy(pics);
	spur_grid_finish(&grid);
	spur_pixels_finish(&picture);
	close(line[0]);
	close(line[1]);
}

/* What has been written, and nothing of it any more. */
static struct spur_buf written(void)
{
	struct spur_buf b = { 0 };
	char data[4096];
	ssize_t n;

	while ((n = read(line[0], data, sizeof(data))) > 0)
		spur_buf_add(&b, data, (size_t)n);
	spur_buf_text(&b);
	return b;
}

static size_t bytes(void)
{
	struct spur_buf b = written();
	size_t n = b.len;

	spur_buf_finish(&b);
	return n;
}

static bool wrote(const char *text)
{
	struct spur_buf b = written();
	bool found = b.len > 0 && memmem(b.data, b.len, text, strlen(text)) != NULL;

	spur_buf_finish(&b);
	return found;
}

/* One round of the loop: cells, curses, pictures. */
static void draw(int row, int col)
{
	spur_grid_clear(&grid);
	if (row >= 0)
		spur_grid_picture(&grid, (struct spur_rect){ row, col, 6, 20 }, &picture);
	spur_term_pictures_under(pics, &grid);
	spur_term_pictures_show(pics, &grid);
}

static void change(unsigned char to)
{
	for (int i = 0; i < 20 * 12; i++) {
		picture.rgb[3 * i] = (unsigned char)(to + i);
		picture.rgb[3 * i + 1] = (unsigned char)(to * 3 + 5 * i);
		picture.rgb[3 * i + 2] = to;
	}
}

static void a_picture_is_painted_once(void)
{
	struct spur_buf b;
	struct spur_pixels got;
	struct spur_error err;
	struct vt *vt = vt_create(10, 40);

	begin(&half);
	change(40);
	draw(2, 5);
	ok(spur_term_pictures_holds(pics, 2, 5) && spur_term_pictures_holds(pics, 7, 24), "its cells are held");
	ok(!spur_term_pictures_holds(pics, 1, 5) && !spur_term_pictures_holds(pics, 2, 25), "those beside it are not");
	b = written();
	ok(b.len > 4 && strcmp(b.data + b.len - 4, "\033[5n") == 0, "a question ends it");
	vt_feed(vt, b.data, b.len - 4);
	if (spur_pixels_init(&got, 20, 12, &err) < 0)
		exit(1);
	vt_pixels(vt, 2, 5, &got);
	ok(vt->bad == 0 && memcmp(got.rgb, picture.rgb, 20 * 12 * 3) == 0, "and the cells show its pixels");
	spur_term_pictures_answered(pics);
	draw(2, 5);
	is_int((intmax_t)bytes(), 0, "what is there is not painted again");
	ok(!spur_term_pictures_due(pics), "and nothing is due");
	spur_term_pictures_lost(pics);
	ok(spur_term_pictures_due(pics), "a cleared terminal is");
	draw(2, 5);
	ok(bytes() > 500, "then all of it is painted");
	spur_buf_finish(&b);
	spur_pixels_finish(&got);
	vt_destroy(vt);
	end();
}

static void one_frame_is_under_way(void)
{
	begin(&half);
	change(1);
	draw(0, 0);
	ok(bytes() > 500, "the first");
	change(2);
	draw(0, 0);
	is_int((intmax_t)bytes(), 0, "the second waits for the answer");
	ok(!spur_term_pictures_due(pics), "without asking for a new drawing");
	change(3);
	draw(0, 0);
	is_int((intmax_t)bytes(), 0, "the third takes its place");
	spur_term_pictures_answered(pics);
	ok(spur_term_pictures_due(pics), "after the answer it is time");
	draw(0, 0);
	ok(bytes() > 500, "for the newest");
	spur_term_pictures_answered(pics);
	draw(0, 0);
	is_int((intmax_t)bytes(), 0, "and no other");
	end();
}

static void text_stands_in_front(void)
{
	struct vt *vt = vt_create(10, 40);
	struct spur_buf b;

	begin(&half);
	change(9);
	spur_grid_clear(&grid);
	spur_grid_picture(&grid, (struct spur_rect){ 1, 1, 6, 20 }, &picture);
	spur_grid_text(&grid, 3, 4, 10, SPUR_ROLE_TITLE, "car");
	spur_term_pictures_under(pics, &grid);
	ok(!spur_term_pictures_holds(pics, 3, 4) && spur_term_pictures_holds(pics, 3, 7), "its cells are curses'");
	spur_term_pictures_show(pics, &grid);
	b = written();
	vt_feed(vt, b.data, b.len - 4);
	ok(!vt->cells[3 * 40 + 4].touched && !vt->cells[3 * 40 + 6].touched && vt->cells[3 * 40 + 7].touched, "and are left alone");
	spur_buf_finish(&b);
	spur_term_pictures_answered(pics);
	draw(1, 1);
	ok(bytes() > 500, "where text was, the picture is painted again");
	vt_destroy(vt);
	end();
}

static void a_moved_picture_is_painted(void)
{
	begin(&half);
	change(5);
	draw(0, 0);
	bytes();
	spur_term_pictures_answered(pics);
	draw(3, 8);
	ok(bytes() > 500, "at its new place");
	spur_term_pictures_answered(pics);
	draw(-1, 0);
	is_int((intmax_t)bytes(), 0, "one that is gone is curses' matter");
	draw(3, 8);
	ok(bytes() > 500, "and is painted when it comes back");
	end();
}

static void pixels_are_sent_and_forgotten(void)
{
	struct spur_term_ability can = { .best = SPUR_GRAPHICS_KITTY, .cell_width = 8, .cell_height = 16, .answers = true,
					 .synchronised = true, .bytes_per_s = 1e9 };
	int w, h;

	begin(&can);
	spur_term_pictures_cell(pics, &w, &h);
	ok(w == 8 && h == 16, "cells have pixels");
	change(5);
	draw(0, 0);
	ok(wrote("s=160,v=96,"), "as many as the cells have");
	spur_term_pictures_answered(pics);
	draw(-1, 0);
	ok(wrote("a=d,d=I,"), "a picture that is gone is removed");
	draw(0, 0);
	bytes();
	spur_term_pictures_abandon(pics);
	ok(wrote("a=d,d=A,"), "at the end all are");
	end();
	can.best = SPUR_GRAPHICS_SIXEL;
	begin(&can);
	change(6);
	draw(0, 0);
	ok(wrote("\033P0;1;0q\"1;1;160;96"), "sixel as well");
	end();
}

/* A line of so many bytes per second shows at least four frames in it, and as much quality as it carries. */
static void the_line_decides(void)
{
	static const double rates[] = { 4000, 30000, 125000, 1.25e6, 1e8 };
	int last = -1;
	bool holds = true, better = true;

	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		struct spur_term_pace p;
		int level = 0, cells = 54 * 14;

		spur_term_pace_init(&p, SPUR_GRAPHICS_KITTY, 4e6, 2000000);
		for (int i = 0; i < 20; i++) {
			size_t n;

			level = spur_term_pace_choose(&p, cells, true);
			n = (size_t)(p.per_cell[level] * cells);
			spur_term_pace_took(&p, level, cells, n, (spur_ns)((double)n / rates[r] * 1e9) + 2000000);
		}
		printf("# %.0f bytes/s: level %d, %.0f bytes a frame\n", rates[r], level, p.per_cell[level] * cells);
		holds = holds && (p.per_cell[level] * cells / rates[r] <= 0.26 || level == SPUR_TERM_LEVELS - 1);
		better = better && (last < 0 || level <= last);
		last = level;
		ok(spur_term_pace_choose(&p, cells, false) <= level, "a picture that stands still is no worse");
	}
	ok(holds, "four frames a second, on every line that can");
	ok(better && last == 0, "a faster line has a better picture");
}

int main(void)
{
	a_picture_is_painted_once();
	one_frame_is_under_way();
	text_stands_in_front();
	a_moved_picture_is_painted();
	pixels_are_sent_and_forgotten();
	the_line_decides();
	return tap_done();
}
