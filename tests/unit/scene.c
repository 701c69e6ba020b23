#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plot/scene_priv.h"
#include "tests/tap.h"

#define BEGIN INT64_C(1777700000000000000)
#define S SPUR_NS_PER_S

static struct spur_rgb at(const struct spur_pixels *p, int x, int y)
{
	const unsigned char *c = p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3;

	return (struct spur_rgb){ c[0], c[1], c[2] };
}

static int apart(struct spur_rgb a, struct spur_rgb b)
{
	return abs(a.r - b.r) + abs(a.g - b.g) + abs(a.b - b.b);
}

/* Nearer to the line than to what is behind it. */
static bool lit(const struct spur_pixels *p, int x, int y, const struct spur_scene_theme *t)
{
	return apart(at(p, x, y), t->traces[0]) < apart(at(p, x, y), t->panel);
}

static struct spur_scene scene(int width, int height)
{
	return (struct spur_scene){
		.width = width, .height = height, .scale = 1, .title = "d-0412", .begin_ns = BEGIN, .end_ns = BEGIN + 600 * S,
		.base_ns = BEGIN, .style = SPUR_TIME_UTC, .cursor_ns = SPUR_NS_MIN, .a_ns = SPUR_NS_MIN, .b_ns = SPUR_NS_MIN,
		.current = -1,
	};
}

static void sine(struct spur_decimation *d, const struct spur_scene *s, int samples, double turns)
{
	spur_decimation_init(d, s->begin_ns, s->end_ns, (size_t)spur_scene_area(s).width);
	for (int i = 0; i < samples; i++)
		spur_decimation_add(d, s->begin_ns + (s->end_ns - s->begin_ns) / samples * i, sin(i * turns * 6.283185307179586 / samples));
}

static bool draw(const struct spur_scene *s, struct spur_pixels *p)
{
	struct spur_error err;

	return spur_scene_draw(s, p, &err) == SPUR_OK;
}

/* Row of a value on the line of the only trace. */
static int row_of(const struct spur_scene *s, const struct spur_decimation *d, double v)
{
	int top = spur_scene_area(s).y + 18, height = spur_scene_area(s).height - 18 - 4;
	double lo = d->min, hi = d->max;

	spur_axis_pad(&lo, &hi);
	return top + (int)((hi - v) / (hi - lo) * (height - 1) + 0.5);
}

static void every_extreme_is_lit(void)
{
	const struct spur_scene_theme *theme = spur_scene_theme(false);
	struct spur_scene s = scene(640, 360);
	struct spur_scene_area a = spur_scene_area(&s);
	struct spur_scene_trace t = { .name = "VehSpd", .unit = "km/h", .at_cursor = (double)NAN, .at_a = (double)NAN, .at_b = (double)NAN };
	struct spur_decimation d;
	struct spur_pixels p;
	int dark_min = 0, dark_max = 0, above = 0;

	sine(&d, &s, 60000, 40);
	t.view = &d;
	s.traces = &t;
	s.trace_count = 1;
	s.clean = true;
	ok(draw(&s, &p), "a scene is drawn");
	for (int x = 0; x < a.width; x++) {
		int top = row_of(&s, &d, d.bins[x].max);

		dark_min += !lit(&p, a.x + x, row_of(&s, &d, d.bins[x].min), theme);
		dark_max += !lit(&p, a.x + x, top, theme);
		for (int y = a.y + 18; x > 0 && x + 1 < a.width && y < top - 2; y++)
			above += lit(&p, a.x + x, y, theme) && y < row_of(&s, &d, d.bins[x - 1].max) - 2 &&
				 y < row_of(&s, &d, d.bins[x + 1].max) - 2;
	}
	is_int(dark_min, 0, "the least value of every column is lit");
	is_int(dark_max, 0, "the greatest one too");
	is_int(above, 0, "nothing is lit above a column and its neighbours");
	spur_pixels_finish(&p);
	spur_decimation_finish(&d);
}

/* Columns of [from, to) with a lit pixel on the line. */
static int lit_columns(const struct spur_pixels *p, const struct spur_scene *s, int from, int to)
{
	struct spur_scene_area a = spur_scene_area(s);
	int n = 0;

	for (int x = from; x < to; x++) {
		for (int y = a.y + 18; y < a.y + a.height - 4; y++) {
			if (lit(p, a.x + x, y, spur_scene_theme(false))) {
				n++;
				break;
			}
		}
	}
	return n;
}

static void holes_are_not_bridged(void)
{
	struct spur_scene s = scene(640, 360);
	int width = spur_scene_area(&s).width, q = width / 4;
	struct spur_scene_trace t = { .name = "x", .unit = "", .at_cursor = (double)NAN, .at_a = (double)NAN, .at_b = (double)NAN };
	struct spur_decimation d;
	struct spur_pixels p;

	s.traces = &t;
	s.trace_count = 1;
	t.view = &d;
	spur_decimation_init(&d, s.begin_ns, s.end_ns, (size_t)width);
	for (int i = 0; i < 6000; i++) {	/* the second quarter has no samples, the last one none with a value */
		if (i < 1500 || i >= 3000)
			spur_decimation_add(&d, s.begin_ns + i * (S / 10), i < 4500 ? sin(i / 50.0) : (double)NAN);
	}
	draw(&s, &p);
	is_int(lit_columns(&p, &s, 2, q - 2), q - 4, "a line where there are samples");
	is_int(lit_columns(&p, &s, q + 3, 2 * q - 3), 0, "no line over a hole");
	is_int(lit_columns(&p, &s, 3 * q + 3, width), 0, "no line over samples without a value");
	spur_pixels_finish(&p);
	spur_decimation_finish(&d);
	spur_decimation_init(&d, s.begin_ns, s.end_ns, (size_t)width);
	for (int i = 0; i < 6; i++)
		spur_decimation_add(&d, s.begin_ns + i * 100 * S, i == 3 ? (double)NAN : i);
	draw(&s, &p);
	is_int(lit_columns(&p, &s, 0, width / 3), width / 3, "few samples are joined, however far apart");
	is_int(lit_columns(&p, &s, width / 3 + 4, width * 2 / 3 - 4), 0, "but not over one without a value");
	spur_pixels_finish(&p);
	spur_decimation_finish(&d);
}

static void the_mouse_and_the_cursor_agree(void)
{
	static const spur_ns ranges[] = { 1, 7, 999, 1000003, 600 * S, 86400 * S + 1, INT64_MAX / 2 };
	struct spur_scene s = scene(1001, 300);
	struct spur_scene_area a = spur_scene_area(&s);
	int wrong = 0, outside = 0;

	for (size_t k = 0; k < sizeof(ranges) / sizeof(ranges[0]); k++) {
		s.begin_ns = k == 6 ? -100 : BEGIN;
		s.end_ns = s.begin_ns + ranges[k];
		for (int x = 0; x < a.width; x++) {
			spur_ns t = spur_scene_time_at(&s, a.x + x);

			outside += t < s.begin_ns || t >= s.end_ns;
			/* With fewer nanoseconds than columns several columns share one. */
			wrong += abs(spur_scene_column(&s, t) - x) > (ranges[k] < a.width ? a.width / (int)ranges[k] : 0);
		}
		outside += spur_scene_time_at(&s, -5) != s.begin_ns || spur_scene_time_at(&s, 1 << 30) >= s.end_ns;
	}
	is_int(wrong, 0, "the column of a column's time is that column, for any range");
	is_int(outside, 0, "times are within the range");
}

static void cursor_and_marks_stand_on_their_columns(void)
{
	const struct spur_scene_theme *theme = spur_scene_theme(true);
	struct spur_scene s = scene(640, 360);
	struct spur_scene_area a = spur_scene_area(&s);
	struct spur_pixels p;

	s.light = true;
	s.cursor_ns = BEGIN + 300 * S;
	s.a_ns = BEGIN + 150 * S;
	s.b_ns = SPUR_NS_MIN;
	draw(&s, &p);
	is_int(apart(at(&p, a.x + a.width / 2, a.y + a.height - 1), theme->cursor), 0, "the cursor is in the middle");
	is_int(apart(at(&p, a.x + a.width / 4, a.y + a.height - 1), theme->mark), 0, "A is at a quarter");
	spur_pixels_finish(&p);
	s.clean = true;
	draw(&s, &p);
	ok(apart(at(&p, a.x + a.width / 2, a.y + a.height - 1), theme->cursor) > 100, "a clean picture has no cursor");
	spur_pixels_finish(&p);
}

static void the_state_of_a_segment_is_said_twice(void)
{
	const struct spur_scene_theme *theme = spur_scene_theme(false);
	struct spur_scene_segment g[3] = {
		{ BEGIN + 60 * S, BEGIN + 120 * S, "cut_in", SPUR_SCENE_CANDIDATE },
		{ BEGIN + 240 * S, BEGIN + 300 * S, "cut_in", SPUR_SCENE_APPROVED },
		{ BEGIN + 420 * S, BEGIN + 480 * S, "cut_in", SPUR_SCENE_REJECTED },
	};
	struct spur_scene s = scene(800, 360);
	struct spur_scene_area a = spur_scene_area(&s);
	struct spur_pixels p;
	int signs[3] = { 0 };

	s.segments = g;
	s.segment_count = 3;
	draw(&s, &p);
	for (int i = 0; i < 3; i++) {
		int x = a.x + spur_scene_column(&s, g[i].begin_ns);

		is_int(apart(at(&p, x + 20, a.y + a.height + 3), theme->states[i]), 0, "the colour of a state");
		for (int y = a.y + a.height + 5; y < a.y + a.height + 20; y++) {
			for (int k = 4; k < 10; k++)
				signs[i] += (apart(at(&p, x + k, y), theme->text) == 0) << ((y * 7 + k) % 13);
		}
	}
	ok(signs[0] > 0 && signs[0] != signs[1] && signs[1] != signs[2] && signs[0] != signs[2], "every state has a sign of its own");
	spur_pixels_finish(&p);
}

/* WCAG 2: relative luminance of sRGB. */
static double luminance(struct spur_rgb c)
{
	double v[3] = { c.r / 255.0, c.g / 255.0, c.b / 255.0 };

	for (int i = 0; i < 3; i++)
		v[i] = v[i] <= 0.04045 ? v[i] / 12.92 : pow((v[i] + 0.055) / 1.055, 2.4);
	return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
}

static double contrast(struct spur_rgb a, struct spur_rgb b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

static void both_themes_are_legible(void)
{
	for (int light = 0; light < 2; light++) {
		const struct spur_scene_theme *t = spur_scene_theme(light != 0);
		double least = 100;

		for (size_t i = 0; i < SPUR_SCENE_HUES; i++)
			least = fmin(least, contrast(t->traces[i], t->panel));
		ok(least >= (light ? 4.5 : 4.0), "lines on the panel");
		ok(contrast(t->text, t->back) >= 10 && contrast(t->dim, t->back) >= 4.5 && contrast(t->bad, t->back) >= 4.5, "words");
		ok(contrast(t->cursor, t->panel) >= 10 && contrast(t->mark, t->panel) >= 4.5, "cursor and marks");
		ok(contrast(t->back, t->mark) >= 4.5, "A and B on their flags");
	}
}

/* What a scene looks like from afar: the means of 8 x 6 fields. */
static void seen_from_afar(const struct spur_pixels *p, unsigned char out[8 * 6 * 3])
{
	struct spur_pixels small;
	struct spur_error err;

	spur_pixels_init(&small, 8, 6, &err);
	spur_pixels_scale(p, &small);
	memcpy(out, small.rgb, 8 * 6 * 3);
	spur_pixels_finish(&small);
}

static void a_scene_looks_as_it_did(void)
{
	static const unsigned char want[8 * 6] = {
#include "tests/golden/scene.inc"
	};
	struct spur_scene s = scene(640, 360);
	struct spur_scene_trace t[2] = { { .name = "VehSpd", .unit = "km/h", .at_cursor = 0.5, .at_a = 0, .at_b = 0.25 },
					 { .name = "AccX", .unit = "m/s\xc2\xb2", .note = "reading ...", .at_cursor = (double)NAN } };
	struct spur_scene_segment g = { BEGIN + 60 * S, BEGIN + 120 * S, "cut_in", SPUR_SCENE_APPROVED };
	unsigned char got[8 * 6 * 3];
	struct spur_decimation d;
	struct spur_pixels p, q;
	int most = 0;

	sine(&d, &s, 60000, 4);
	t[0].view = &d;
	s.traces = t;
	s.trace_count = 2;
	s.segments = &g;
	s.segment_count = 1;
	s.cursor_ns = BEGIN + 300 * S;
	s.a_ns = BEGIN + 400 * S;
	s.b_ns = BEGIN + 500 * S;
	draw(&s, &p);
	draw(&s, &q);
	ok(memcmp(p.rgb, q.rgb, (size_t)(p.width * p.height * 3)) == 0, "the same scene gives the same bytes");
	seen_from_afar(&p, got);
	for (int i = 0; i < 8 * 6; i++)
		most = abs(got[3 * i + 1] - want[i]) > most ? abs(got[3 * i + 1] - want[i]) : most;
	if (!ok(most <= 1, "and looks as it did, seen from afar")) {
		for (int i = 0; i < 8 * 6; i++)
			printf("%s%d,%s", i % 8 == 0 ? "# " : " ", got[3 * i + 1], i % 8 == 7 ? "\n" : "");
	}
	spur_pixels_finish(&p);
	spur_pixels_finish(&q);
	spur_decimation_finish(&d);
}

static void nothing_is_too_hostile(void)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 400 }, { 400, 2 }, { 63, 40 }, { 200, 100 }, { 50000, 40 }, { 40, 50000 } };
	static const double values[] = { NAN, INFINITY, -INFINITY, 1.7e308, -1.7e308, 4.9e-324, 0, 1e15, 1e15 + 0.125 };
	struct spur_error err;
	struct spur_pixels p;
	int drawn = 0;

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		for (int mode = 0; mode < 12; mode++) {
			struct spur_scene s = scene(sizes[k][0], sizes[k][1]);
			struct spur_scene_trace t[3] = { { .name = NULL }, { .name = "\xff\xfe\xe2", .unit = "\xc3", .note = "" }, { .name = "a" } };
			struct spur_scene_segment g = { INT64_MIN, INT64_MAX, NULL, (enum spur_scene_state)77 };
			struct spur_decimation d;

			spur_decimation_init(&d, s.begin_ns, s.end_ns, mode == 10 ? 7 : (size_t)spur_scene_area(&s).width);
			for (int i = 0; i < 40 && mode < 9; i++)
				spur_decimation_add(&d, s.begin_ns + (i - 5) * 20 * S, values[i % 3 == 0 ? mode : (i + mode) % 9]);
			if (mode == 9)
				d.before = d.after = (double)INFINITY;
			t[0].view = t[2].view = &d;
			t[0].at_cursor = t[2].at_a = values[mode % 9];
			s.traces = t;
			s.trace_count = 3;
			s.segments = &g;
			s.segment_count = 1;
			s.current = 2;
			s.scale = mode == 3 ? (double)NAN : mode == 4 ? 1e9 : mode == 5 ? 3 : 1;
			s.begin_ns = mode == 6 ? INT64_MIN + 1 : mode == 7 ? INT64_MAX : s.begin_ns;
			s.end_ns = mode == 6 ? INT64_MAX : mode == 8 ? s.begin_ns - 1 : s.end_ns;
			s.cursor_ns = s.a_ns = BEGIN + 1;
			s.b_ns = INT64_MAX;
			s.style = (enum spur_time_style)(mode % 4);
			drawn += draw(&s, &p);
			spur_pixels_finish(&p);
			spur_decimation_finish(&d);
		}
	}
	is_int(drawn, 7 * 12, "any value, range and size is drawn");
	for (int i = 0; i < 3; i++) {
		struct spur_scene s = scene(i == 0 ? 0 : i == 1 ? -5 : 50000, i == 2 ? 50000 : 10);

		is_int(spur_scene_draw(&s, &p, &err), SPUR_EFORMAT, "no such size");
	}
}

/* ---- letters ---- */

static void the_built_in_font_is_exact(void)
{
	static const char *const want[9] = {
		"..##........#####.", ".#..#.......#...#.", ".#..#..####.#...#.", "..##..#...#.#...#.", "......#...#.#...#.",
		"......#..##.#...#.", ".......##.#.#####.", "..........#.......", ".......###........",
	};
	struct spur_pixels p;
	struct spur_error err;
	bool same = true;

	spur_pixels_init(&p, 24, 12, &err);
	is_int(spur_font_text(spur_font_builtin(), &p, 0, 8, 12, (struct spur_rgb){ 255, 255, 255 }, "\xc2\xb0g\xff"), 18,
	       "six pixels a character");
	for (int y = 0; y < 9; y++) {
		for (int x = 0; x < 18; x++)
			same = same && (at(&p, x, y + 1).r != 0) == (want[y][x] == '#');
	}
	ok(same, "degree, g with its descender, and a box for what is no character");
	spur_pixels_finish(&p);
	ok(spur_font_has(spur_font_builtin(), 0x394) && !spur_font_has(spur_font_builtin(), 0x4e00), "what it has");
}

static void long_names_lose_their_middle(void)
{
	char out[64];

	spur_font_elide(spur_font_builtin(), 10, 60, "linear_acceleration", out);
	is_str(out, "linea\xe2\x80\xa6""tion", "ten characters of nineteen");
	spur_font_elide(spur_font_builtin(), 10, 66, "linear_acceleration", out);
	is_str(out, "linea\xe2\x80\xa6""ation", "and eleven");
	spur_font_elide(spur_font_builtin(), 10, 600, "speed", out);
	is_str(out, "speed", "what fits stays");
	spur_font_elide(spur_font_builtin(), 10, 3, "speed", out);
	is_str(out, "", "no room at all");
	spur_font_elide(spur_font_builtin(), 10, -3, "", out);
	is_str(out, "", "nothing of nothing");
}

static void utf8_is_read_strictly(void)
{
	const char *t = "A\xc2\xb5\xe2\x80\xa6\xf0\x9f\x98\x80\xc0\x80\xe2\x80";
	static const uint32_t want[] = { 'A', 0xb5, 0x2026, 0x1f600, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0 };
	bool same = true;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		same = same && spur_font_code(&t) == want[i];
	ok(same, "characters, overlong forms and cut ones");
}

static void outlines_are_drawn(void)
{
	struct spur_font *f;
	struct spur_error err;
	struct spur_pixels p;
	int width, ink = 0;

	if (spur_font_open(SPUR_FONT_FILE, &f, &err) < 0) {
		printf("# %s\n", err.text);
		ok(true, "outlines # SKIP no FreeType or no font here");
		return;
	}
	spur_pixels_init(&p, 80, 20, &err);
	width = spur_font_text(f, &p, 2, 15, 12, (struct spur_rgb){ 255, 255, 255 }, "Speed");
	for (int i = 0; i < 80 * 20; i++)
		ink += p.rgb[3 * i];
	ok(width >= 30 && width <= 46, "five letters of 12 pixels");
	ok(ink > 80 * 255 && ink < 300 * 255, "have ink");
	ok(spur_font_text(f, NULL, 0, 0, 24, (struct spur_rgb){ 0, 0, 0 }, "Speed") > width * 3 / 2, "and grow with their size");
	for (int i = 0; i < 3000; i++)	/* more than is kept */
		spur_font_text(f, &p, 0, 15, 5 + i / 100.0, (struct spur_rgb){ 9, 9, 9 }, "g");
	ok(spur_font_text(f, NULL, 0, 0, 12, (struct spur_rgb){ 0, 0, 0 }, "Speed") == width, "whatever was drawn before");
	spur_pixels_finish(&p);
	spur_font_close(f);
	is_int(spur_font_open("/nonexistent.ttf", &f, &err), SPUR_ENOTFOUND, "a file that is not there");
}

int main(void)
{
	setenv("SPUR_FONT", "builtin", 1);	/* pictures that are the same everywhere */
	every_extreme_is_lit();
	holes_are_not_bridged();
	the_mouse_and_the_cursor_agree();
	cursor_and_marks_stand_on_their_columns();
	the_state_of_a_segment_is_said_twice();
	both_themes_are_legible();
	a_scene_looks_as_it_did();
	nothing_is_too_hostile();
	the_built_in_font_is_exact();
	long_names_lose_their_middle();
	utf8_is_read_strictly();
	outlines_are_drawn();
	return tap_done();
}
