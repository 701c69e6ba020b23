#include "config.h"

#include "plot/scene_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define LINE_PX 1.4
#define SPARSE_PX 6	/* pixels a sample, from which on every sample is marked */
#define FAR_ROWS 1e6	/* beyond, a value is out of sight anyway */
#define NAME_BYTES 400	/* a longer name has no room in any picture */

/* One trace and where its line is. */
struct panel {
	const struct spur_scene_trace *t;
	struct spur_rgb hue;
	bool current;
	int head_y, head_height;		/* its words; height 0: none */
	int x, y, width, height;		/* the line */
	double lo, hi;				/* values at the lower and upper border */
};

/* ---- values ---- */

static void widen(double v, double *lo, double *hi)
{
	if (isfinite(v)) {
		*lo = v < *lo ? v : *lo;
		*hi = v > *hi ? v : *hi;
	}
}

/* What is finite decides: an infinite sample is drawn to the border. */
static void value_range(const struct spur_decimation *d, double *lo, double *hi)
{
	*lo = (double)INFINITY;
	*hi = -(double)INFINITY;
	for (size_t i = 0; i < d->columns; i++) {
		if (d->bins[i].count == 0)
			continue;
		widen(d->bins[i].min, lo, hi);
		widen(d->bins[i].max, lo, hi);
		widen(d->bins[i].first, lo, hi);
		widen(d->bins[i].last, lo, hi);
	}
	if (d->count == 0) {
		widen(d->before, lo, hi);
		widen(d->after, lo, hi);
	}
	spur_axis_pad(lo, hi);
}

/* Halved, so that the range of all doubles does not overflow. */
static double y_of(const struct panel *b, double v)
{
	double y = (b->hi / 2 - v / 2) / (b->hi / 2 - b->lo / 2) * (b->height - 1) + 0.5;

	return !(y >= -FAR_ROWS) ? -FAR_ROWS : y > FAR_ROWS ? FAR_ROWS : y;
}

/* ---- words ---- */

static bool add_word(const struct spur_scene_pen *p, struct spur_buf *b, int room, const char *word)
{
	char *all = spur_strfmt("%s%s%s", spur_buf_text(b), b->len > 0 ? "   " : "", word);
	bool fits = spur_scene_measure(p, all) <= room;

	if (fits) {
		spur_buf_clear(b);
		spur_buf_adds(b, all);
	}
	free(all);
	return fits;
}

static bool add_number(const struct spur_scene_pen *p, struct spur_buf *b, int room, const char *name, double v)
{
	char text[32], word[64];

	if (isnan(v))
		return true;
	snprintf(word, sizeof(word), "%s %s", name, spur_number_text(v, 7, text));
	return add_word(p, b, room, word);
}

static void figures(const struct spur_scene_pen *p, const struct spur_scene_trace *t, int room, struct spur_buf *b)
{
	const struct spur_decimation *d = t->view;
	const struct spur_range_stats *s = t->stats;
	bool some = d != NULL && d->count > 0;

	if (!p->s->clean) {
		add_number(p, b, room, "cursor", t->at_cursor);
		add_number(p, b, room, "A", t->at_a);
		add_number(p, b, room, "B", t->at_b);
		add_number(p, b, room, "\xce\x94", t->at_b - t->at_a);
	}
	add_number(p, b, room, "min", s != NULL ? s->min : some ? d->min : (double)NAN);
	add_number(p, b, room, "max", s != NULL ? s->max : some ? d->max : (double)NAN);
	if (s != NULL) {
		add_number(p, b, room, "mean", s->mean);
		add_number(p, b, room, "rms", spur_range_stats_rms(s));
	}
	if (d != NULL && d->gaps > 0)
		add_number(p, b, room, "gaps", (double)d->gaps);
}

static void draw_words(const struct spur_scene_pen *p, const struct panel *b)
{
	const char *unit = b->t->unit != NULL && b->t->unit[0] != '\0' ? b->t->unit : "-";
	char *name = spur_strfmt("%.*s [%.*s]", NAME_BYTES, b->t->name != NULL ? b->t->name : "", NAME_BYTES, unit);
	char *shown = spur_malloc(strlen(name) + 4);
	int square = spur_scene_px(p, 8), x = b->x + square + spur_scene_px(p, 6), room = b->x + b->width - x;
	int y = b->head_y + (int)((b->head_height + p->size * 0.72) / 2), used;
	struct spur_buf words = { 0 };

	spur_pixels_fill(p->out, b->x, b->head_y + (b->head_height - square) / 2, square, square, b->hue);
	spur_font_elide(p->font, p->size, room * (b->t->note != NULL ? 1 : 2) / 3, name, shown);
	used = spur_scene_write(p, x, y, b->current ? p->theme->cursor : p->theme->text, shown) + spur_scene_px(p, 16);
	if (b->t->note == NULL)
		figures(p, b->t, room - used, &words);
	else
		spur_buf_addf(&words, "%.*s", NAME_BYTES, b->t->note);
	if (b->t->note != NULL) {
		char *note = spur_malloc(words.len + 4);

		spur_font_elide(p->font, p->size, room - used, spur_buf_text(&words), note);
		spur_scene_write(p, x + used, y, p->theme->bad, note);
		free(note);
	} else {
		spur_scene_write(p, b->x + b->width - spur_scene_measure(p, spur_buf_text(&words)), y, p->theme->dim,
				 spur_buf_text(&words));
	}
	spur_buf_finish(&words);
	free(shown);
	free(name);
}

/* ---- what is behind the line ---- */

static void draw_times(const struct spur_scene_pen *p, const struct panel *b)
{
	for (size_t i = 0; i < p->times.count; i++) {
		int x = (int)(p->times.ticks[i].at * 1e9 / (double)(p->end_ns - p->begin_ns) * b->width);

		spur_pixels_fill(p->out, b->x + x, b->y, spur_scene_px(p, 1), b->height, p->theme->grid);
	}
}

static void draw_values(const struct spur_scene_pen *p, const struct panel *b)
{
	int most = b->height / spur_scene_px(p, 30) + 1, gutter = spur_scene_layout(p->s).left;
	struct spur_ticks ticks;

	spur_ticks_value(&ticks, b->lo, b->hi, (size_t)(most < 2 ? 2 : most));
	for (size_t i = 0; i < ticks.count; i++) {
		const char *label = ticks.ticks[i].label;
		int y = b->y + (int)y_of(b, ticks.ticks[i].at), base = y + (int)(p->size * 0.36);

		spur_pixels_fill(p->out, b->x, y, b->width, spur_scene_px(p, 1), p->theme->grid);
		if (gutter > 0 && b->height >= p->size)
			spur_scene_write(p, gutter - spur_scene_px(p, 6) - spur_scene_measure(p, label), base, p->theme->dim, label);
	}
}

/* From A to B. */
static void draw_range(const struct spur_scene_pen *p, const struct panel *b)
{
	spur_ns a = p->s->a_ns, z = p->s->b_ns;
	double x0, x1;

	if (p->s->clean || a == SPUR_NS_MIN || z == SPUR_NS_MIN)
		return;
	x0 = fmin(fmax(spur_scene_x(p, a < z ? a : z), 0), b->width);
	x1 = fmin(fmax(spur_scene_x(p, a < z ? z : a), 0), b->width);
	spur_pixels_fill(p->out, b->x + (int)x0, b->y, (int)x1 - (int)x0, b->height, p->theme->range);
}

/* ---- the line ---- */

struct line {
	const struct spur_scene_pen *p;
	const struct panel *b;
	const struct spur_decimation *d;
	struct spur_scene_cover *cover;
	double mark;		/* radius of a sample's mark; 0: none */
	spur_ns gap_ns;
	size_t from;		/* bin of the last sample; SIZE_MAX: the one before the range */
	bool have;
	double x, y;		/* of the last sample */
};

/* In a column that has a run already, a join is its two halves: as exact, and cheap where it is steep. */
static void join(struct line *l, double x, double y)
{
	double middle = (l->y + y) / 2;

	if (x - l->x > 1.5 || fabs(y - l->y) < 4) {
		spur_scene_cover_line(l->cover, l->x, l->y, x, y);
		return;
	}
	spur_scene_cover_run(l->cover, l->x, l->y, middle);
	spur_scene_cover_run(l->cover, x, middle, y);
}

static void mark(const struct line *l, double x, double y)
{
	double half = l->cover->half;

	l->cover->half = l->mark > 0 ? l->mark : half;
	spur_scene_cover_line(l->cover, x, y, x, y);
	l->cover->half = half;
}

static double x_of(const struct line *l, const struct spur_bin *b, bool last)
{
	double per = (double)l->d->columns / l->b->width, x;

	x = spur_scene_x(l->p, last ? b->last_ns : b->first_ns);
	return per >= 0.5 ? floor(x) + 0.5 : x;	/* columns of pixels: the line stands in the middle of one */
}

static void draw_bin(struct line *l, size_t i)
{
	const struct spur_bin *b = &l->d->bins[i];
	double x0 = x_of(l, b, false), x1 = x_of(l, b, true), y0 = y_of(l->b, b->first), y1 = y_of(l->b, b->last);

	if (l->have && spur_decimation_joined(l->d, l->from, i, l->gap_ns))
		join(l, x0, y0);
	else
		mark(l, x0, y0);	/* which may stand alone */
	if (l->mark > 0)
		mark(l, x0, y0);
	if (b->count > 1) {
		double top = y_of(l->b, b->max), bottom = y_of(l->b, b->min);

		spur_scene_cover_run(l->cover, (x0 + x1) / 2, top, bottom);
		if (x1 - x0 >= 1)
			spur_scene_cover_line(l->cover, x0, y0, x1, y1);
		if (l->mark > 0)
			mark(l, x1, y1);
	}
	l->x = x1;
	l->y = y1;
	l->from = i;
	l->have = true;
}

static void draw_line(const struct spur_scene_pen *p, const struct panel *b, struct spur_scene_cover *cover)
{
	const struct spur_decimation *d = b->t->view;
	struct line l = { .p = p, .b = b, .d = d, .cover = cover, .gap_ns = spur_decimation_gap_ns(d), .from = SIZE_MAX };

	if (d->count * SPARSE_PX < (uint64_t)b->width)
		l.mark = 2.2 * p->scale;
	if (!isnan(d->before)) {
		l.x = spur_scene_x(p, d->before_ns);
		l.y = y_of(b, d->before);
		l.have = true;
	}
	for (size_t i = 0; i < d->columns; i++) {
		if (d->bins[i].count > 0)
			draw_bin(&l, i);
	}
	if (l.have && !isnan(d->after) && spur_decimation_joined(d, l.from, d->columns, l.gap_ns))
		spur_scene_cover_line(cover, l.x, l.y, spur_scene_x(p, d->after_ns), y_of(b, d->after));
	spur_scene_cover_ink(cover, p->out, b->x, b->y, b->hue);
}

/* The values at the cursor and the marks, on the line. */
static void draw_points(const struct spur_scene_pen *p, const struct panel *b)
{
	const struct { spur_ns t; double v; struct spur_rgb c; } at[] = {
		{ p->s->a_ns, b->t->at_a, p->theme->mark }, { p->s->b_ns, b->t->at_b, p->theme->mark },
		{ p->s->cursor_ns, b->t->at_cursor, p->theme->cursor },
	};

	for (size_t i = 0; i < 3 && !p->s->clean; i++) {
		int col = spur_scene_column(p->s, at[i].t);
		double y = isfinite(at[i].v) ? floor(y_of(b, at[i].v)) : -1;

		if (col >= 0 && y >= 0 && y < b->height)
			spur_pixels_disc(p->out, b->x + col, b->y + y, 3 * p->scale, at[i].c);
	}
}

/* ---- panels ---- */

static void say(const struct spur_scene_pen *p, const struct panel *b, const char *text)
{
	if (b->height >= p->size)
		spur_scene_write(p, b->x + spur_scene_px(p, 8), b->y + (int)((b->height + p->size * 0.72) / 2), p->theme->dim, text);
}

static void draw_panel(const struct spur_scene_pen *p, struct panel *b, struct spur_scene_cover *cover)
{
	const struct spur_decimation *d = b->t->view;
	bool data = d != NULL && d->columns > 0;

	spur_pixels_fill(p->out, b->x, b->y, b->width, b->height, p->theme->panel);
	draw_range(p, b);
	draw_times(p, b);
	if (data) {
		value_range(d, &b->lo, &b->hi);
		draw_values(p, b);
		cover->width = b->width;
		cover->height = b->height;
		draw_line(p, b, cover);
		if (d->count == 0 && (isnan(d->before) || isnan(d->after)))
			say(p, b, d->gaps > 0 ? "no values here" : "no samples here");
	} else if (b->t->note == NULL) {
		say(p, b, "reading ...");
	}
	spur_scene_uprights(p, b->y, b->height, b->t == p->s->traces);
	if (data)
		draw_points(p, b);
	if (b->current)
		spur_pixels_fill(p->out, b->x - spur_scene_px(p, 2), b->y, spur_scene_px(p, 2), b->height, b->hue);
	if (b->head_height > 0)
		draw_words(p, b);
}

static struct panel place(const struct spur_scene_pen *p, size_t i)
{
	const struct spur_scene_area *a = &p->area;
	size_t n = p->s->trace_count;
	int top = a->y + (int)((uint64_t)a->height * i / n), end = a->y + (int)((uint64_t)a->height * (i + 1) / n);
	int header = spur_scene_layout(p->s).header, space = end - top >= 2 * header ? spur_scene_px(p, 4) : 0;
	struct panel b = { .t = &p->s->traces[i], .hue = p->theme->traces[i % SPUR_SCENE_HUES],
			   .current = (size_t)p->s->current == i, .x = a->x, .width = a->width };

	b.head_y = top;
	b.head_height = end - top >= 2 * header ? header : 0;
	b.y = top + b.head_height;
	b.height = end - b.y - space;
	return b;
}

enum spur_status spur_scene_traces(struct spur_scene_pen *p, struct spur_error *err)
{
	struct spur_scene_cover cover;
	enum spur_status st;

	if (p->s->trace_count == 0) {
		struct panel empty = { .x = p->area.x, .y = p->area.y, .width = p->area.width, .height = p->area.height };

		spur_pixels_fill(p->out, empty.x, empty.y, empty.width, empty.height, p->theme->panel);
		draw_times(p, &empty);
		spur_scene_uprights(p, empty.y, empty.height, true);
		say(p, &empty, "no signal is chosen");
		return SPUR_OK;
	}
	if ((st = spur_scene_cover_init(&cover, p->area.width, p->area.height, err)) < 0)
		return st;
	cover.half = LINE_PX / 2 * p->scale;
	for (size_t i = 0; i < p->s->trace_count; i++) {
		struct panel b = place(p, i);

		if (b.height > 0)
			draw_panel(p, &b, &cover);
	}
	spur_scene_cover_finish(&cover);
	return SPUR_OK;
}
