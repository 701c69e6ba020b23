#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "plot/scene_priv.h"
#include "tests/golden.h"

/*
 * Pictures of the rasteriser with the built-in font, which is the same everywhere: a digest of every tile of 64 x 48
 * pixels, small pictures as letters, one for each colour of the theme. tests/golden/plot_{scenes,covers,letters}.txt.
 */
#define S SPUR_NS_PER_S
#define BEGIN INT64_C(1777700000000000000)
#define TILE_W 64
#define TILE_H 48

/* ---- looking at a picture ---- */

static bool same(struct spur_rgb a, const unsigned char *b)
{
	return a.r == b[0] && a.g == b[1] && a.b == b[2];
}

/* '~': a mixture, as at the border of a line. */
static char letter_of(const struct spur_scene_theme *t, const unsigned char *p)
{
	const struct spur_rgb plain[] = { t->back, t->panel, t->grid, t->text, t->dim, t->range, t->cursor, t->mark, t->bad };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (same(plain[i], p))
			return " .:Tdr|MB"[i];
	}
	for (int i = 0; i < SPUR_SCENE_HUES; i++) {
		if (same(t->traces[i], p))
			return (char)('0' + i);
	}
	for (int i = 0; i < 3; i++) {
		if (same(t->states[i], p))
			return "?ax"[i];
	}
	return '~';
}

static void tell_letters(struct spur_buf *b, const struct spur_scene_theme *t, const struct spur_pixels *p)
{
	for (int y = 0; y < p->height; y++) {
		for (int x = 0; x < p->width; x++)
			spur_buf_addc(b, letter_of(t, p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3));
		spur_buf_addc(b, '\n');
	}
}

static unsigned tile(const struct spur_pixels *p, int left, int top)
{
	int width = p->width - left < TILE_W ? p->width - left : TILE_W;
	uint32_t h = 0;

	for (int y = top; y < top + TILE_H && y < p->height; y++)
		h = golden_digest(h, p->rgb + ((size_t)y * (size_t)p->width + (size_t)left) * 3, (size_t)width * 3);
	return (h ^ h >> 16) & 0xffff;
}

static void tell_tiles(struct spur_buf *b, const struct spur_pixels *p)
{
	for (int y = 0; y < p->height; y += TILE_H) {
		for (int x = 0; x < p->width; x += TILE_W)
			spur_buf_addf(b, " %04x", tile(p, x, y));
		spur_buf_addc(b, '\n');
	}
}

/* ---- scenes ---- */

enum { SAW, NOISE, STEPS, FEW, PAUSES, HOLES, FLAT, INFINITE, OUTSIDE, ONE, COARSE, NONE, SHAPES };
enum { TRACES = 10, SEGMENTS = 7 };

static void feed(struct spur_decimation *d, spur_ns begin, spur_ns end, int shape, uint64_t seed)
{
	static const int counts[SHAPES] = { 3000, 3000, 400, 9, 700, 900, 50, 40, 2, 1, 500, 0 };
	double width = (double)(end - begin);

	for (int i = 0; i < counts[shape]; i++) {
		spur_ns t = begin + (spur_ns)(width / counts[shape] * (i * 1.1 - 0.05 * counts[shape]));
		uint32_t r = golden_random(&seed);
		double v = shape == SAW ? i % 700 / 7.0 : shape == STEPS ? (double)(i / 60 % 4) : shape == FLAT ? -7.25 : (double)(r % 4001) / 8 - 200;

		if (shape == PAUSES && i / 50 % 3 == 1)
			continue;
		if (shape == HOLES && i / 60 % 4 == 2)
			v = (double)NAN;
		if (shape == INFINITE && i % 5 < 2)
			v = i % 5 == 0 ? (double)INFINITY : -(double)INFINITY;
		if (shape == OUTSIDE)
			t = i == 0 ? begin - 5 : end + 77;
		if (shape == ONE)
			t = begin + (end - begin) / 3;
		spur_decimation_add(d, t, v);
	}
}

/* A scene with all that it borrows. */
struct stage {
	struct spur_scene scene;
	struct spur_scene_trace traces[TRACES];
	struct spur_scene_segment segments[SEGMENTS];
	struct spur_decimation views[TRACES];
	struct spur_range_stats stats[TRACES];
};

static uint64_t chance;

static uint32_t pick(uint32_t n)
{
	return golden_random(&chance) % n;
}

static void set_trace(struct stage *g, size_t i, int shape)
{
	static const char *const names[] = { "VehSpd", "linear_acceleration.x of the whole vehicle, filtered", NULL, "\xce\x94p", "a" };
	static const char *const units[] = { "km/h", "m/s\xc2\xb2", NULL, "", "-" };
	static const double values[] = { NAN, 0, 12.5, -199.5, 1e9, INFINITY };
	struct spur_scene_trace *t = &g->traces[i];
	const struct spur_scene *s = &g->scene;
	int columns = spur_scene_area(s).width;

	*t = (struct spur_scene_trace){ .name = names[pick(5)], .unit = units[pick(5)], .at_cursor = values[pick(6)], .at_a = values[pick(6)],
					.at_b = values[pick(6)], .note = pick(9) == 0 ? "the file is gone: /a/long/path/to/it.mf4" : NULL };
	if (shape < 0)
		return;
	spur_decimation_init(&g->views[i], s->begin_ns, s->end_ns > s->begin_ns ? s->end_ns : s->begin_ns + 1, shape == COARSE ? (size_t)columns / 4 + 1 : (size_t)columns);
	feed(&g->views[i], s->begin_ns, s->end_ns, shape, chance);
	t->view = &g->views[i];
	if (pick(3) == 0) {
		spur_range_stats_init(&g->stats[i]);
		for (uint32_t k = pick(20); k > 0; k--)
			spur_range_stats_add(&g->stats[i], pick(100));
		t->stats = &g->stats[i];
	}
}

static void set_segments(struct stage *g, size_t count)
{
	static const char *const labels[] = { "cut_in", "hard_braking with many words", NULL, "x", "" };
	spur_ns width = g->scene.end_ns - g->scene.begin_ns;

	for (size_t i = 0; i < count; i++) {
		spur_ns from = g->scene.begin_ns + width / 100 * ((spur_ns)pick(140) - 20);

		g->segments[i] = (struct spur_scene_segment){ from, from + width / 200 * (spur_ns)pick(80), labels[pick(5)],
							      (enum spur_scene_state)pick(4) };
	}
	g->scene.segments = g->segments;
	g->scene.segment_count = count;
}

static spur_ns moment(const struct spur_scene *s)
{
	return pick(4) == 0 ? SPUR_NS_MIN : s->begin_ns + (s->end_ns - s->begin_ns) / 100 * ((spur_ns)pick(116) - 8);
}

static void set_scene(struct stage *g, int number)
{
	static const int widths[] = { 320, 320, 240, 199, 200, 400, 61, 640 }, heights[] = { 240, 180, 160, 159, 100, 99, 60, 59, 300, 36 };
	static const double scales[] = { 1, 1, 1, 1.5, 2, 0.5, 0.25, 0.2, 17 };
	static const spur_ns spans[] = { 600 * S, 10 * S, 86400 * S * 3, 250000, 1, 3600 * S };
	struct spur_scene *s = &g->scene;

	*s = (struct spur_scene){ .width = widths[pick(8)], .height = heights[pick(10)], .scale = scales[pick(9)], .light = pick(3) == 0,
				  .clean = pick(6) == 0, .title = pick(5) == 0 ? NULL : pick(3) == 0 ? "a title that has no room in most of these pictures, for it is long"
				  : "d-0412", .begin_ns = BEGIN + (spur_ns)pick(5000) * S / 7, .style = (enum spur_time_style)pick(4), .current = (int)pick(4) - 1 };
	s->end_ns = s->begin_ns + spans[pick(6)];
	s->base_ns = s->begin_ns - (spur_ns)pick(3) * 33 * S;
	s->cursor_ns = moment(s);
	s->a_ns = moment(s);
	s->b_ns = moment(s);
	s->trace_count = pick(12) == 0 ? 0 : pick(8) == 0 ? TRACES : 1 + pick(3);
	s->traces = g->traces;
	for (size_t i = 0; i < s->trace_count; i++)
		set_trace(g, i, i == 0 ? number % (SHAPES + 1) - 1 : (int)pick(SHAPES + 1) - 1);
	set_segments(g, pick(SEGMENTS + 1));
}

static void finish(struct stage *g)
{
	for (size_t i = 0; i < TRACES; i++)
		spur_decimation_finish(&g->views[i]);
}

static void tell_places(struct spur_buf *b, const struct spur_scene *s)
{
	struct spur_scene_area a = spur_scene_area(s);

	spur_buf_addf(b, "area %d %d %dx%d, columns", a.x, a.y, a.width, a.height);
	for (int i = -1; i < 9; i++)
		spur_buf_addf(b, " %d", spur_scene_column(s, s->begin_ns + (s->end_ns - s->begin_ns) / 8 * i + i % 3 - 1));
	spur_buf_adds(b, ", times");
	for (int i = -1; i < 6; i++)
		spur_buf_addf(b, " %lld", (long long)(spur_scene_time_at(s, a.x + a.width * i / 4 - 1) - s->begin_ns));
	spur_buf_addc(b, '\n');
}

static void draw(struct spur_buf *b, const struct spur_scene *s, int number)
{
	struct spur_pixels p;
	struct spur_error err;

	spur_buf_addf(b, "%d: %dx%d scale %g%s%s, %zu traces, current %d, %zu segments, style %d\n", number, s->width, s->height, s->scale,
		      s->light ? " light" : "", s->clean ? " clean" : "", s->trace_count, s->current, s->segment_count, (int)s->style);
	tell_places(b, s);
	if (spur_scene_draw(s, &p, &err) < 0) {
		spur_buf_addf(b, "%s\n", err.text);
		return;
	}
	tell_tiles(b, &p);
	if (number % 40 == 7 && s->width * s->height <= 12000)
		tell_letters(b, spur_scene_theme(s->light), &p);
	spur_pixels_finish(&p);
}

static void scenes_look_as_they_did(void)
{
	struct spur_buf b = { 0 };

	chance = 2026;
	for (int i = 0; i < 260; i++) {
		struct stage g = { 0 };

		set_scene(&g, i);
		draw(&b, &g.scene, i);
		finish(&g);
	}
	golden_is("plot_scenes", &b, NULL);
	spur_buf_finish(&b);
}

/* ---- coverage ---- */

enum { COVER_W = 24, COVER_H = 12 };

static void tell_cover(struct spur_buf *b, struct spur_scene_cover *c)
{
	struct spur_pixels p;
	struct spur_error err;
	int top = COVER_H, left = COVER_W, bottom = -1, right = -1;

	for (int x = 0; x < c->width; x++) {
		if (c->hi[x] > 0)
			spur_buf_addf(b, " %d-%d", c->lo[x], c->hi[x]);
	}
	spur_pixels_init(&p, COVER_W, COVER_H, &err);
	spur_pixels_fill(&p, 0, 0, COVER_W, COVER_H, (struct spur_rgb){ 10, 250, 100 });
	spur_scene_cover_ink(c, &p, 2, 1, (struct spur_rgb){ 255, 0, 33 });
	spur_buf_addf(b, " = %08x", golden_digest(0, p.rgb, (size_t)COVER_W * COVER_H * 3));
	for (int i = 0; i < COVER_W * COVER_H; i++) {
		if (p.rgb[3 * i] != 10) {
			left = i % COVER_W < left ? i % COVER_W : left;
			right = i % COVER_W > right ? i % COVER_W : right;
			top = i / COVER_W < top ? i / COVER_W : top;
			bottom = i / COVER_W;
		}
	}
	spur_buf_addf(b, " %d..%d x %d..%d\n", left, right, top, bottom);
	spur_pixels_fill(&p, 0, 0, COVER_W, COVER_H, (struct spur_rgb){ 10, 250, 100 });
	spur_scene_cover_ink(c, &p, 2, 1, (struct spur_rgb){ 255, 0, 33 });
	for (int i = 0; i < COVER_W * COVER_H; i++)
		left = p.rgb[3 * i] != 10 ? -1 : left;
	spur_buf_adds(b, left < 0 ? "is not empty again\n" : "");
	spur_pixels_finish(&p);
}

static double place(int within)
{
	return ((double)pick((uint32_t)within * 16) - within * 4) / 8;
}

static void lines_cover_what_they_did(void)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, 1e300, -1e6, 1e6, 0, -0.5, 12, COVER_W, COVER_W + 1.5 };
	struct spur_buf b = { 0 };
	struct spur_scene_cover c;
	struct spur_error err;

	chance = 77;
	if (spur_scene_cover_init(&c, COVER_W - 4, COVER_H - 2, &err) < 0)
		return;
	for (int i = 0; i < 400; i++) {
		double x0 = place(COVER_W), y0 = place(COVER_H), x1 = place(COVER_W), y1 = place(COVER_H);

		c.half = i % 4 == 0 ? 0.7 : i % 4 == 1 ? 0.5 : i % 4 == 2 ? 2.2 : 1.4;
		c.width = COVER_W - 4 - i % 3;
		c.height = COVER_H - 2 - i % 5 / 4;
		x1 = i % 7 == 3 ? x0 : x1;
		y1 = i % 7 == 5 ? y0 : y1;
		x0 = i % 19 == 18 ? odd[pick(11)] : x0;
		y0 = i % 19 == 17 ? odd[pick(11)] : y0;
		spur_buf_addf(&b, "%d %.9g,%.9g %.9g,%.9g r %g:", i, x0, y0, x1, y1, c.half);
		if (i % 3 == 0)
			spur_scene_cover_run(&c, x0, y0, y1);
		else
			spur_scene_cover_line(&c, x0, y0, x1, y1);
		if (i % 5 == 0)
			spur_scene_cover_run(&c, x1, y1, y1 + 2);
		tell_cover(&b, &c);
	}
	spur_scene_cover_finish(&c);
	golden_is("plot_covers", &b, NULL);
	spur_buf_finish(&b);
}

/* ---- letters ---- */

static void tell_words(struct spur_buf *b, int x, int y, double size, const char *text)
{
	const struct spur_font *f = spur_font_builtin();
	struct spur_pixels p;
	struct spur_error err;

	spur_pixels_init(&p, 60, 24, &err);
	spur_buf_addf(b, "%d,%d size %g '%s' %d", x, y, size, text, spur_font_text(f, NULL, x, y, size, (struct spur_rgb){ 1, 2, 3 }, text));
	spur_buf_addf(b, " %d", spur_font_text(f, &p, x, y, size, (struct spur_rgb){ 1, 2, 3 }, text));
	spur_buf_addf(b, " %08x\n", golden_digest(0, p.rgb, 60 * 24 * 3));
	spur_pixels_finish(&p);
}

static void words(struct spur_buf *b)
{
	static const double sizes[] = { -1, 0, 3.9, 4, 7.4, 7.5, 10, 12, 17.4, 17.5, 20, 24, 400, 500, NAN };
	static const int xs[] = { -1000, -61, -60, -21, -5, 0, 3, 54, 59, 60, 61, 1000 }, ys[] = { -100, -3, -2, -1, 0, 6, 7, 9, 23, 24, 30, 33, 34, 200 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		tell_words(b, 1, 9, sizes[i], "Ag_\xc2\xb5");
	for (size_t i = 0; i < sizeof(xs) / sizeof(xs[0]); i++) {
		for (size_t k = 0; k < sizeof(ys) / sizeof(ys[0]); k++)
			tell_words(b, xs[i], ys[k], i % 2 == 0 ? 10 : 20, "g@");
	}
	for (char c[2] = " "; c[0] > 0; c[0]++)
		tell_words(b, 1, 9, 10, c);
}

static void elided(struct spur_buf *b)
{
	static const char *const names[] = { "linear_acceleration", "ab", "a", "", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!", "broken \xff\xe2 end" };
	char out[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int width = -1; width < 130; width += i == 0 ? 1 : 3) {
			spur_font_elide(spur_font_builtin(), i % 2 == 0 ? 10 : 12, width, names[i], out);
			spur_buf_addf(b, "%d '%s'\n", width, out);
		}
	}
}

static void codes(struct spur_buf *b)
{
	static const unsigned char seconds[] = { 0, 'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff };

	for (unsigned first = 1; first < 256; first++) {
		for (size_t i = 0; i < sizeof(seconds); i++) {
			const char text[] = { (char)first, (char)seconds[i], (char)0x80, (char)(i % 3 == 2 ? 'x' : 0xbf), 0 };
			const char *p = text;

			spur_buf_addf(b, "%s%x", i == 0 ? "" : " ", spur_font_code(&p));
			spur_buf_addf(b, "+%d", (int)(p - text));
		}
		spur_buf_addc(b, '\n');
	}
	for (uint32_t code = 0; code < 0x2800; code++) {
		if (spur_font_has(spur_font_builtin(), code))
			spur_buf_addf(b, "%x ", code);
	}
	spur_buf_addc(b, '\n');
}

static void letters_are_as_they_were(void)
{
	struct spur_buf b = { 0 };

	words(&b);
	elided(&b);
	codes(&b);
	golden_is("plot_letters", &b, NULL);
	spur_buf_finish(&b);
}

/* ---- outlines: whatever FreeType draws, it is put where it belongs ---- */

enum { OUT_W = 90, OUT_H = 40 };

static void picture(struct spur_pixels *p, const struct spur_font *f, int x, int y, double size, const char *text, int *width)
{
	struct spur_error err;

	spur_pixels_init(p, OUT_W, OUT_H, &err);
	spur_pixels_fill(p, 0, 0, OUT_W, OUT_H, (struct spur_rgb){ 0, 255, 7 });
	*width = spur_font_text(f, p, x, y, size, (struct spur_rgb){ 255, 0, 7 }, text);
}

/* How many pixels of a are not those of b, dx to the right and dy below; behind the border is nothing. */
static int moved_apart(const struct spur_pixels *a, const struct spur_pixels *b, int dx, int dy)
{
	static const unsigned char nothing[3] = { 0, 255, 7 };
	int n = 0;

	for (int y = 0; y < OUT_H; y++) {
		for (int x = 0; x < OUT_W; x++) {
			int u = x - dx, v = y - dy;
			const unsigned char *from = u < 0 || v < 0 || u >= OUT_W || v >= OUT_H ? nothing : a->rgb + (v * OUT_W + u) * 3;

			n += memcmp(b->rgb + (y * OUT_W + x) * 3, from, 3) != 0;
		}
	}
	return n;
}

static void outlines_move(const struct spur_font *f)
{
	static const int by[][2] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { -34, 3 }, { 70, -2 }, { 3, -27 }, { -5, 25 }, { -200, 0 }, { 0, 90 }, { 400, 1 } };
	struct spur_pixels at, to;
	int width, moved, wrong = 0, odd = 0, ink = 0;

	picture(&at, f, 30, 20, 14, "gA\xc3\xa4", &width);
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		picture(&to, f, 30 + by[i][0], 20 + by[i][1], 14, "gA\xc3\xa4", &moved);
		wrong += moved_apart(&at, &to, by[i][0], by[i][1]);
		odd += moved != width;
		spur_pixels_finish(&to);
	}
	for (int i = 0; i < OUT_W * OUT_H; i++) {
		odd += at.rgb[3 * i] + at.rgb[3 * i + 1] != 255 || at.rgb[3 * i + 2] != 7;	/* a mixture of the two */
		ink += at.rgb[3 * i];
	}
	is_int(wrong, 0, "a word is the same wherever it stands, and clipped");
	is_int(odd, 0, "as wide, and of one colour");
	ok(ink > 40 * 255 && ink < 400 * 255, "with ink");
	spur_pixels_finish(&at);
}

/* Letters apart are the word; more sizes and letters than are kept change nothing. */
static void outlines_stay(const struct spur_font *f)
{
	struct spur_pixels first, again;
	int width, sum = 0, one, wrong = 0;

	picture(&first, f, 3, 25, 15, "Speed", &width);
	for (const char *c = "Speed"; *c != '\0'; c++)
		sum += spur_font_text(f, NULL, 0, 0, 15, (struct spur_rgb){ 0, 0, 0 }, (const char[]){ *c, 0 });
	is_int(sum, width, "a word is as wide as its letters");
	for (int i = 0; i < 1300; i++) {
		const char text[] = { (char)('!' + i % 90), 0 };

		picture(&again, f, 3, 25, 5 + i / 90 * 1.5, text, &one);
		spur_pixels_finish(&again);
		if (i % 97 == 0 || i == 511 || i == 512) {
			picture(&again, f, 3, 25, 15, "Speed", &one);
			wrong += one != width || moved_apart(&first, &again, 0, 0) != 0;
			spur_pixels_finish(&again);
		}
	}
	is_int(wrong, 0, "whatever was drawn in between");
	ok(spur_font_has(f, 'A') && !spur_font_has(f, 0x10fffd), "it knows what it has");
	ok(strncmp(spur_font_about(f), "FreeType ", 9) == 0 && strstr(spur_font_about(f), SPUR_FONT_FILE) != NULL, "and says what it is");
	is_int(spur_font_text(f, NULL, 0, 0, 1e9, (struct spur_rgb){ 0, 0, 0 }, "A"),
	       spur_font_text(f, NULL, 0, 0, 400, (struct spur_rgb){ 0, 0, 0 }, "A"), "no larger than 400 pixels");
	spur_pixels_finish(&first);
}

static void outlines_are_put_where_they_belong(void)
{
	struct spur_font *f;
	struct spur_error err;

	spur_font_close(NULL);
	memset(&err, 0, sizeof(err));
	if (spur_font_open(SPUR_FONT_FILE, &f, &err) < 0) {
		printf("# %s\n", err.text);
		ok(true, "outlines # SKIP no FreeType or no font here");
		return;
	}
	outlines_move(f);
	outlines_stay(f);
	spur_font_close(f);
	spur_font_close((struct spur_font *)(uintptr_t)spur_font_builtin());
	is_str(spur_font_about(spur_font_builtin()), "built-in", "the built-in one is never closed");
}

int main(void)
{
	setenv("SPUR_FONT", "builtin", 1);
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	scenes_look_as_they_did();
	lines_cover_what_they_did();
	letters_are_as_they_were();
	outlines_are_put_where_they_belong();
	return tap_done();
}
