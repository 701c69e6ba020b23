#include "config.h"

#include "plot/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "plot/scene_priv.h"

#define TEXT_PX 12.0
#define SCALE_LEAST 0.25
#define SCALE_MOST 16.0
#define DAY_NS (86400 * SPUR_NS_PER_S)
#define FAR_NS (INT64_MAX / 2)	/* stamps beyond are drawn as if here: spans do not overflow */

double spur_scene_scale(const struct spur_scene *s)
{
	return s->scale >= SCALE_LEAST && s->scale <= SCALE_MOST ? s->scale : 1;
}

int spur_scene_px(const struct spur_scene_pen *p, double n)
{
	int px = (int)(n * p->scale + 0.5);

	return px > 0 ? px : 1;
}

/* ---- where things are ---- */

struct spur_scene_layout spur_scene_layout(const struct spur_scene *s)
{
	double scale = spur_scene_scale(s);
	double w = s->width / scale, h = s->height / scale;
	struct spur_scene_layout l = { 0 };

	l.title = h >= 100 ? (int)(24 * scale) : 0;
	l.header = (int)(18 * scale);
	l.lane = h >= 160 ? (int)(22 * scale) : 0;
	l.axis = h >= 60 ? (int)(20 * scale) : 0;
	l.left = w >= 200 ? (int)(62 * scale) : 0;
	l.right = w >= 200 ? (int)(10 * scale) : 0;
	return l;
}

struct spur_scene_area spur_scene_area(const struct spur_scene *s)
{
	struct spur_scene_layout l = spur_scene_layout(s);
	struct spur_scene_area a = { l.left, l.title, s->width - l.left - l.right, s->height - l.title - l.lane - l.axis };

	a.width = a.width > 0 ? a.width : 1;
	a.height = a.height > 0 ? a.height : 1;
	return a;
}

static spur_ns near_ns(spur_ns t)
{
	return t < -FAR_NS ? -FAR_NS : t > FAR_NS ? FAR_NS : t;
}

static void range_of(const struct spur_scene *s, spur_ns *begin, spur_ns *end)
{
	*begin = near_ns(s->begin_ns);
	*end = near_ns(s->end_ns);
	if (*end <= *begin)
		*end = *begin + 1;
}

/* The first stamp of column x: the least t with floor((t - begin) * width / range) = x. */
static spur_ns column_begin(spur_ns begin, spur_ns end, int width, int x)
{
	int64_t range = end - begin, whole = range / width, rest = range % width;

	return begin + whole * x + (rest * x + width - 1) / width;
}

spur_ns spur_scene_time_at(const struct spur_scene *s, int x)
{
	struct spur_scene_area a = spur_scene_area(s);
	spur_ns begin, end, t;

	range_of(s, &begin, &end);
	x = x < a.x ? 0 : x - a.x;
	t = column_begin(begin, end, a.width, x < a.width ? x : a.width - 1);
	return t < end ? t : end - 1;
}

int spur_scene_column(const struct spur_scene *s, spur_ns t)
{
	int width = spur_scene_area(s).width, x;
	spur_ns begin, end;

	range_of(s, &begin, &end);
	if (t == SPUR_NS_MIN || t < begin || t >= end)
		return -1;
	x = (int)((double)(t - begin) / (double)(end - begin) * width);
	x = x < width ? x : width - 1;
	while (x > 0 && column_begin(begin, end, width, x) > t)	/* what a double rounds */
		x--;
	while (x + 1 < width && column_begin(begin, end, width, x + 1) <= t)
		x++;
	return x;
}

double spur_scene_x(const struct spur_scene_pen *p, spur_ns t)
{
	return (double)(near_ns(t) - p->begin_ns) / (double)(p->end_ns - p->begin_ns) * p->area.width;
}

/* ---- text ---- */

int spur_scene_text(struct spur_pixels *out, int x, int y, double size, struct spur_rgb c, const char *text)
{
	return spur_font_text(spur_font_default(), out, x, y, size, c, text);
}

int spur_scene_write(const struct spur_scene_pen *p, int x, int y, struct spur_rgb c, const char *text)
{
	return spur_font_text(p->font, p->out, x, y, p->size, c, text);
}

int spur_scene_measure(const struct spur_scene_pen *p, const char *text)
{
	return spur_font_text(p->font, NULL, 0, 0, p->size, p->theme->text, text);
}

static int baseline(const struct spur_scene_pen *p, int top, int height)
{
	return top + (int)((height + p->size * 0.72) / 2);
}

/* ---- time ---- */

static spur_ns zone_ns(spur_ns t)
{
	time_t s = (time_t)(t / SPUR_NS_PER_S);
	struct tm tm;

	return localtime_r(&s, &tm) == NULL ? 0 : tm.tm_gmtoff * SPUR_NS_PER_S;
}

/* Where the axis counts from: midnight for times of the day. */
static spur_ns axis_base(const struct spur_scene_pen *p)
{
	spur_ns zone = p->s->style == SPUR_TIME_LOCAL ? zone_ns(p->begin_ns) : 0, t = p->begin_ns + zone;

	if (p->s->style != SPUR_TIME_UTC && p->s->style != SPUR_TIME_LOCAL)
		return p->base_ns;
	return t - (t % DAY_NS + DAY_NS) % DAY_NS - zone;
}

static void set_times(struct spur_scene_pen *p)
{
	int most = p->area.width / spur_scene_px(p, 90) + 1;

	spur_ticks_time(&p->times, p->begin_ns, p->end_ns, axis_base(p), (size_t)most);
}

static void draw_time_axis(const struct spur_scene_pen *p, int height)
{
	int top = p->out->height - height, y = baseline(p, top, height), last = INT32_MIN;

	for (size_t i = 0; i < p->times.count; i++) {
		const struct spur_tick *t = &p->times.ticks[i];
		int x = p->area.x + (int)(t->at * 1e9 / (double)(p->end_ns - p->begin_ns) * p->area.width);
		int w = spur_scene_measure(p, t->label), left = x - w / 2;

		left = left + w > p->out->width ? p->out->width - w : left < 0 ? 0 : left;
		spur_pixels_fill(p->out, x, top, spur_scene_px(p, 1), spur_scene_px(p, 4), p->theme->dim);
		if (left < last)
			continue;
		spur_scene_write(p, left, y, p->theme->dim, t->label);
		last = left + w + spur_scene_px(p, 8);
	}
}

static char *moment(const struct spur_scene_pen *p, spur_ns t, char out[SPUR_TIME_TEXT])
{
	spur_time_text(t, p->s->style, p->base_ns, out);
	if (p->s->style == SPUR_TIME_UTC && strlen(out) > 24)	/* milliseconds are what a pixel can show */
		memcpy(out + 23, "Z", 2);
	return out;
}

static void title_words(const struct spur_scene_pen *p, struct spur_buf *b)
{
	const struct spur_scene *s = p->s;
	char t[SPUR_TIME_TEXT];

	if (!s->clean && s->cursor_ns != SPUR_NS_MIN)
		spur_buf_addf(b, "cursor %s   ", moment(p, s->cursor_ns, t));
	if (!s->clean && s->a_ns != SPUR_NS_MIN && s->b_ns != SPUR_NS_MIN)
		spur_buf_addf(b, "B-A %s   ", spur_span_text(near_ns(s->b_ns) - near_ns(s->a_ns), t));
	spur_buf_addf(b, "from %s", moment(p, p->begin_ns, t));
	spur_buf_addf(b, ", %s", spur_span_text(p->end_ns - p->begin_ns, t));
}

static void draw_title(const struct spur_scene_pen *p, int height)
{
	const char *title = p->s->title != NULL ? p->s->title : "";
	int x = spur_scene_px(p, 8), y = baseline(p, 0, height), room = p->out->width - 2 * x, words;
	char *shown = spur_malloc(strlen(title) + 4);
	struct spur_buf b = { 0 };

	title_words(p, &b);
	words = spur_scene_measure(p, spur_buf_text(&b));
	if (words > room * 2 / 3)
		words = 0;
	else
		spur_scene_write(p, p->out->width - x - words, y, p->theme->dim, spur_buf_text(&b));
	spur_font_elide(p->font, p->size, room - words - 2 * x, title, shown);
	spur_scene_write(p, x, y, p->theme->text, shown);
	free(shown);
	spur_buf_finish(&b);
}

/* ---- all of it ---- */

static void draw_upright(const struct spur_scene_pen *p, int y, int height, spur_ns t, struct spur_rgb c, const char *name)
{
	int col = spur_scene_column(p->s, t), x = p->area.x + col, w = spur_scene_px(p, 12), h = spur_scene_px(p, 14);

	if (col < 0)
		return;
	spur_pixels_fill(p->out, x, y, spur_scene_px(p, 1), height, c);
	if (name == NULL || height < h)
		return;
	spur_pixels_fill(p->out, x, y, w, h, c);
	spur_scene_write(p, x + spur_scene_px(p, 2), y + spur_scene_px(p, 11), p->theme->back, name);
}

void spur_scene_uprights(const struct spur_scene_pen *p, int y, int height, bool named)
{
	if (p->s->clean)
		return;
	draw_upright(p, y, height, p->s->a_ns, p->theme->mark, named ? "A" : NULL);
	draw_upright(p, y, height, p->s->b_ns, p->theme->mark, named ? "B" : NULL);
	draw_upright(p, y, height, p->s->cursor_ns, p->theme->cursor, NULL);
}

enum spur_status spur_scene_draw(const struct spur_scene *s, struct spur_pixels *out, struct spur_error *err)
{
	struct spur_scene_layout l = spur_scene_layout(s);
	struct spur_scene_pen p = { .s = s, .theme = spur_scene_theme(s->light), .font = spur_font_default(), .out = out,
				    .area = spur_scene_area(s), .scale = spur_scene_scale(s) };
	enum spur_status st = spur_pixels_init(out, s->width, s->height, err);

	if (st < 0)
		return st;
	p.size = TEXT_PX * p.scale;
	p.base_ns = near_ns(s->base_ns);
	range_of(s, &p.begin_ns, &p.end_ns);
	set_times(&p);
	spur_pixels_fill(out, 0, 0, s->width, s->height, p.theme->back);
	if ((st = spur_scene_traces(&p, err)) < 0) {
		spur_pixels_finish(out);
		return st;
	}
	if (l.title > 0)
		draw_title(&p, l.title);
	if (l.lane > 0)
		spur_scene_lane(&p);
	if (l.axis > 0)
		draw_time_axis(&p, l.axis);
	return SPUR_OK;
}
