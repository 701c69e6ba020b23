#include "config.h"

#include "plot/scene_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const char *const signs[] = { "?", "\xe2\x9c\x93", "\xe2\x9c\x97" };	/* candidate, approved, rejected */

/* A mixture: `of` 256ths of a, the rest b. */
static struct spur_rgb mix(struct spur_rgb a, struct spur_rgb b, int of)
{
	return (struct spur_rgb){ (unsigned char)((a.r * of + b.r * (256 - of)) / 256),
				  (unsigned char)((a.g * of + b.g * (256 - of)) / 256),
				  (unsigned char)((a.b * of + b.b * (256 - of)) / 256) };
}

static void draw_words(const struct spur_scene_pen *p, int x, int y, int width, const char *sign, const char *label)
{
	char *text = spur_strfmt("%s %s", sign, label), *shown = spur_malloc(strlen(text) + 4);

	spur_font_elide(p->font, p->size, width, text, shown);
	spur_scene_write(p, x, y, p->theme->text, shown);
	free(shown);
	free(text);
}

/* Columns from `from` on that are free of another segment's begin. */
static int room(const unsigned char *begins, int from, int width)
{
	int at = from + 1;

	while (at < width && !begins[at])
		at++;
	return at - from;
}

/* Filled softly, its begin and end marked, its sign and label up to the next one. */
static void draw_segment(const struct spur_scene_pen *p, const struct spur_scene_segment *x, int top, int height,
			 const unsigned char *begins)
{
	struct spur_rgb c = p->theme->states[(unsigned)x->state < 3 ? x->state : SPUR_SCENE_CANDIDATE];
	int from = spur_scene_column(p->s, x->begin_ns), to = spur_scene_column(p->s, x->end_ns);
	int left, width, words, edge = spur_scene_px(p, 2);

	if (x->end_ns <= p->begin_ns || x->begin_ns >= p->end_ns)
		return;
	left = p->area.x + (from < 0 ? 0 : from);
	width = (to < 0 ? p->area.width : to) - (from < 0 ? 0 : from);
	width = width > edge ? width : edge;
	spur_pixels_fill(p->out, left, top, width, height, mix(c, p->theme->back, 96));
	spur_pixels_fill(p->out, left, top, width, edge, c);
	if (from >= 0)
		spur_pixels_fill(p->out, left, top, edge, height, c);
	if (to >= 0)
		spur_pixels_fill(p->out, left + width - edge, top, edge, height, c);
	words = room(begins, left - p->area.x, p->area.width) - 3 * edge;
	if (words >= spur_scene_px(p, 10))
		draw_words(p, left + 2 * edge, top + (int)((height + p->size * 0.8) / 2), words,
			   signs[(unsigned)x->state < 3 ? x->state : SPUR_SCENE_CANDIDATE], x->label != NULL ? x->label : "");
}

void spur_scene_lane(struct spur_scene_pen *p)
{
	struct spur_scene_layout l = spur_scene_layout(p->s);
	int top = p->area.y + p->area.height + spur_scene_px(p, 3), height = l.lane - spur_scene_px(p, 4);
	unsigned char *begins;

	if (height < 1)
		return;
	spur_pixels_fill(p->out, p->area.x, top, p->area.width, height, p->theme->panel);
	if (l.left > 0)
		spur_scene_write(p, l.left - spur_scene_px(p, 6) - spur_scene_measure(p, "segs"),
				 top + (int)((height + p->size * 0.72) / 2), p->theme->dim, "segs");
	begins = spur_calloc((size_t)p->area.width, 1);
	for (size_t i = 0; i < p->s->segment_count; i++) {
		int at = spur_scene_column(p->s, p->s->segments[i].begin_ns);

		if (at >= 0)
			begins[at] = 1;
	}
	for (size_t i = 0; i < p->s->segment_count; i++)
		draw_segment(p, &p->s->segments[i], top, height, begins);
	free(begins);
}
