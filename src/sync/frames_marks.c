#include "config.h"

#include "sync/frames_priv.h"

#include <math.h>
#include <string.h>

#define MARKS_MEM (UINT64_C(16) << 20)	/* of one message */
#define DEPTH 8				/* of what is looked at; below that nothing is */

/*
 * foxglove.ImageAnnotations: circles[], points[], texts[]; each item with a position or a list of points,
 * and colours of 0 to 1. The place of the walk is a stack of what its brackets mean.
 */
enum place {
	AT_ELSEWHERE, AT_ROOT, AT_CIRCLES, AT_SHAPES, AT_TEXTS,	/* lists of the message */
	AT_CIRCLE, AT_SHAPE, AT_TEXT,			/* items of them */
	AT_POSITION, AT_POINTS,				/* of an item */
	AT_LINE_COLOUR, AT_FILL_COLOUR,
	AT_COLOURS, AT_COLOUR,				/* one per point: the first one stands for all */
};

struct rgba {
	double v[4];
};

struct seeing {
	struct spur_arena *arena;
	struct spur_buf marks;		/* of struct spur_mark */
	struct spur_buf points;		/* of the item at hand, pairs of doubles */
	enum place stack[DEPTH];
	size_t depth;
	struct spur_mark mark;
	struct rgba line, fill;
	double xy[2];
	bool has_line, full;		/* full: the arena is */
};

static enum place here(const struct seeing *s)
{
	return s->depth == 0 || s->depth > DEPTH ? AT_ELSEWHERE : s->stack[s->depth - 1];
}

static enum place below(enum place p, const char *key)
{
	static const struct {
		enum place in;
		const char *key;	/* NULL: an item of a list */
		enum place to;
	} doors[] = {
		{ AT_ROOT, "circles", AT_CIRCLES }, { AT_ROOT, "points", AT_SHAPES }, { AT_ROOT, "texts", AT_TEXTS },
		{ AT_CIRCLES, NULL, AT_CIRCLE }, { AT_SHAPES, NULL, AT_SHAPE }, { AT_TEXTS, NULL, AT_TEXT },
		{ AT_CIRCLE, "position", AT_POSITION }, { AT_TEXT, "position", AT_POSITION },
		{ AT_SHAPE, "points", AT_POINTS }, { AT_POINTS, NULL, AT_POSITION },
		{ AT_CIRCLE, "outline_color", AT_LINE_COLOUR }, { AT_SHAPE, "outline_color", AT_LINE_COLOUR },
		{ AT_TEXT, "text_color", AT_LINE_COLOUR },
		{ AT_CIRCLE, "fill_color", AT_FILL_COLOUR }, { AT_SHAPE, "fill_color", AT_FILL_COLOUR },
		{ AT_SHAPE, "outline_colors", AT_COLOURS }, { AT_COLOURS, NULL, AT_COLOUR },
	};

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		if (doors[i].in == p && (doors[i].key == NULL ? key == NULL : key != NULL && strcmp(key, doors[i].key) == 0))
			return doors[i].to;
	}
	return AT_ELSEWHERE;
}

static bool is_item(enum place p)
{
	return p == AT_CIRCLE || p == AT_SHAPE || p == AT_TEXT;
}

static void begin(void *state, const char *key, char bracket)
{
	struct seeing *s = state;
	enum place p = s->depth == 0 ? AT_ROOT : below(here(s), key);

	(void)bracket;
	if (s->depth < DEPTH)
		s->stack[s->depth] = p;
	s->depth++;
	if (is_item(p)) {
		s->mark = (struct spur_mark){ .kind = p == AT_CIRCLE ? SPUR_MARK_CIRCLE : p == AT_TEXT ? SPUR_MARK_TEXT :
					      SPUR_MARK_POINTS };
		s->line = s->fill = (struct rgba){ 0 };
		s->has_line = false;
		spur_buf_clear(&s->points);
	} else if (p == AT_POSITION) {
		s->xy[0] = s->xy[1] = 0;
	}
}

static unsigned char channel(double v)
{
	return !(v > 0) ? 0 : v >= 1 ? 255 : (unsigned char)(v * 255 + 0.5);
}

/* The line's colour; of what has only a filling that; yellow if neither can be seen. */
static struct spur_rgb colour_of(const struct seeing *s)
{
	const struct rgba *c = s->line.v[3] > 0 ? &s->line : &s->fill;

	if (!(c->v[3] > 0))
		return (struct spur_rgb){ 255, 255, 0 };
	return (struct spur_rgb){ channel(c->v[0]), channel(c->v[1]), channel(c->v[2]) };
}

static void finish_item(struct seeing *s)
{
	double (*points)[2];

	s->mark.colour = colour_of(s);
	s->mark.count = s->points.len / sizeof(*points);
	points = spur_arena_array(s->arena, s->mark.count + 1, sizeof(*points));
	if (points == NULL || s->full) {
		s->full = true;
		return;
	}
	if (s->points.len > 0)
		memcpy(points, s->points.data, s->points.len);
	s->mark.points = (const double (*)[2])points;
	spur_buf_add(&s->marks, &s->mark, sizeof(s->mark));
	s->full = s->marks.len > MARKS_MEM;
}

static void end(void *state, char bracket)
{
	struct seeing *s = state;
	enum place p = here(s);

	(void)bracket;
	if (p == AT_POSITION && isfinite(s->xy[0]) && isfinite(s->xy[1]) && s->points.len < MARKS_MEM)
		spur_buf_add(&s->points, s->xy, sizeof(s->xy));
	else if (p == AT_COLOUR)
		s->has_line = true;
	else if (is_item(p) && !s->full)
		finish_item(s);
	s->depth--;
}

static void colour(struct rgba *to, const char *key, double v)
{
	static const char names[] = "rgba";
	const char *at = key != NULL && key[0] != '\0' && key[1] == '\0' ? strchr(names, key[0]) : NULL;

	if (at != NULL)
		to->v[at - names] = v;
}

/* foxglove.PointsAnnotation.Type */
static enum spur_mark_kind kind_of(double type)
{
	return type == 2 ? SPUR_MARK_LINE_LOOP : type == 3 ? SPUR_MARK_LINE_STRIP : type == 4 ? SPUR_MARK_LINE_LIST :
	       SPUR_MARK_POINTS;
}

static void f64(void *state, const char *key, double v)
{
	struct seeing *s = state;
	enum place p = here(s);

	if (key == NULL)
		return;
	if (p == AT_POSITION && (strcmp(key, "x") == 0 || strcmp(key, "y") == 0))
		s->xy[key[0] == 'y'] = v;
	else if (p == AT_LINE_COLOUR || (p == AT_COLOUR && !s->has_line))
		colour(&s->line, key, v);
	else if (p == AT_FILL_COLOUR)
		colour(&s->fill, key, v);
	else if (p == AT_SHAPE && strcmp(key, "type") == 0)
		s->mark.kind = kind_of(v);
	else if (is_item(p) && (strcmp(key, "thickness") == 0 || strcmp(key, "font_size") == 0))
		s->mark.thickness = v;
	else if (p == AT_CIRCLE && strcmp(key, "diameter") == 0)
		s->mark.diameter = isfinite(v) ? v : 0;
}

static void i64(void *state, const char *key, int64_t v)
{
	f64(state, key, (double)v);
}

static void u64(void *state, const char *key, uint64_t v)
{
	f64(state, key, (double)v);
}

static void f32(void *state, const char *key, float v)
{
	f64(state, key, (double)v);
}

static void text(void *state, const char *key, const char *t, size_t len)
{
	static const char *const types[] = { "UNKNOWN", "POINTS", "LINE_LOOP", "LINE_STRIP", "LINE_LIST" };
	struct seeing *s = state;

	if (key == NULL || s->full)
		return;
	if (here(s) == AT_TEXT && strcmp(key, "text") == 0) {
		s->mark.text = spur_arena_strn(s->arena, t, len);
		s->full = s->mark.text == NULL;
	}
	for (size_t i = 0; here(s) == AT_SHAPE && strcmp(key, "type") == 0 && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == len && memcmp(types[i], t, len) == 0)
			s->mark.kind = kind_of((double)i);
	}
}

static void boolean(void *state, const char *key, bool v)
{
	(void)state;
	(void)key;
	(void)v;
}

static void bytes(void *state, const char *key, const void *data, size_t len)
{
	(void)state;
	(void)key;
	(void)data;
	(void)len;
}

static void null(void *state, const char *key)
{
	(void)state;
	(void)key;
}

enum spur_status frames_marks_read(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
				   struct spur_overlay *out, struct spur_error *err)
{
	struct seeing s = { .arena = spur_arena_create(MARKS_MEM) };
	const struct spur_visitor v = { .state = &s, .begin = begin, .end = end, .i64 = i64, .u64 = u64, .f64 = f64, .f32 = f32,
					.boolean = boolean, .text = text, .bytes = bytes, .null = null };
	enum spur_status st = frames_walk(c, x, m, &v, err);
	struct spur_mark *marks = NULL;
	size_t n = s.marks.len / sizeof(*marks);

	if (st >= 0 && (s.full || (marks = spur_arena_array(s.arena, n + 1, sizeof(*marks))) == NULL))
		st = spur_fail(err, SPUR_ENOMEM, "annotations of more than %llu MiB", (unsigned long long)(MARKS_MEM >> 20));
	if (st >= 0) {
		if (n > 0)
			memcpy(marks, s.marks.data, s.marks.len);
		out->arena = s.arena;
		out->marks = marks;
		out->count = n;
		s.arena = NULL;
	}
	spur_buf_finish(&s.marks);
	spur_buf_finish(&s.points);
	spur_arena_destroy(s.arena);
	return st;
}
