#include "config.h"

#include <stdlib.h>

#include "base/hash.h"
#include "image/terminal.h"
#include "tests/tap.h"
#include "tests/unit/vt.h"

/* A scene with edges, gradients and grain, much like a photograph to an encoder: the same on every machine. */
static void photograph(struct spur_pixels *p, int width, int height)
{
	struct spur_error err;
	uint32_t seed = 7;

	if (spur_pixels_init(p, width, height, &err) < 0)
		exit(1);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			unsigned char *c = p->rgb + ((size_t)y * (size_t)width + (size_t)x) * 3;
			int sky = y < height / 2, grain;

			seed = seed * 1664525u + 1013904223u;
			grain = (int)(seed >> 28);
			c[0] = (unsigned char)(sky ? 90 + 60 * y / height + grain : 70 + 100 * x / width + grain);
			c[1] = (unsigned char)(sky ? 130 + 70 * y / height + grain : 80 + 60 * y / height + grain);
			c[2] = (unsigned char)(sky ? 200 - 40 * x / width + grain : 60 + grain * 3);
		}
	}
	spur_pixels_disc(p, width * 0.6, height * 0.55, height * 0.15, (struct spur_rgb){ 180, 20, 30 });
	spur_pixels_line(p, width * 0.1, height, width * 0.5, height * 0.5, height / 60 + 1, (struct spur_rgb){ 240, 240, 240 });
}

static void downscale(const struct spur_pixels *from, int width, int height, struct spur_pixels *to)
{
	struct spur_error err;

	if (spur_pixels_init(to, width, height, &err) < 0)
		exit(1);
	spur_pixels_scale(from, to);
}

/* Every pixel to the palette, by brute force over xterm's own table. */
static void to_palette(struct spur_pixels *p, int first, int last)
{
	for (size_t i = 0; i < (size_t)p->width * (size_t)p->height; i++) {
		unsigned char *c = p->rgb + i * 3, best[3] = { 0, 0, 0 };
		long least = -1;

		for (int n = first; n <= last; n++) {
			unsigned char t[3];
			long d;

			vt_palette(n, t);
			d = (t[0] - c[0]) * (t[0] - c[0]) + (t[1] - c[1]) * (t[1] - c[1]) + (t[2] - c[2]) * (t[2] - c[2]);
			if (least < 0 || d < least) {
				least = d;
				memcpy(best, t, 3);
			}
		}
		memcpy(c, best, 3);
	}
}

/* How far two pictures are from a third: equal distances are equal choices. */
static long error_of(const struct spur_pixels *a, const unsigned char *b)
{
	long sum = 0;

	for (size_t i = 0; i < (size_t)a->width * (size_t)a->height * 3; i++)
		sum += (a->rgb[i] - b[i]) * (a->rgb[i] - b[i]);
	return sum;
}

static uint32_t checksum(const struct spur_pixels *p)
{
	return spur_crc32(0, p->rgb, (size_t)p->width * (size_t)p->height * 3);
}

static void half_blocks_show(enum spur_graphics kind, const char *name, size_t most)
{
	struct spur_pixels photo, small, want, got;
	struct spur_buf out = { 0 };
	struct vt *vt = vt_create(24, 80);
	struct spur_error err;

	photograph(&photo, 1280, 720);
	downscale(&photo, 78, 40, &small);
	downscale(&photo, 78, 40, &want);
	if (kind != SPUR_GRAPHICS_HALF_24)
		to_palette(&want, kind == SPUR_GRAPHICS_HALF_16 ? 0 : 16, kind == SPUR_GRAPHICS_HALF_16 ? 15 : 255);
	spur_half_block(&small, kind, 2, 1, &out);
	vt_feed(vt, out.data, out.len);
	if (spur_pixels_init(&got, 78, 40, &err) < 0)
		exit(1);
	vt_pixels(vt, 2, 1, &got);
	ok(vt->bad == 0, "nothing but cursor, colours and blocks");
	is_int(error_of(&small, got.rgb), error_of(&small, want.rgb), "as near as the palette allows");
	is_int(checksum(&got), checksum(&want), "the checksum of the cells is that of the downscale in the palette");
	ok(vt->written == 78 * 20, "no cell beside it is touched");
	ok(vt->fore == VT_DEFAULT && vt->back == VT_DEFAULT, "the colours are reset");
	ok(out.len <= most, "no more bytes than a slow line can take");
	printf("# %s 78x20: %zu bytes\n", name, out.len);
	spur_pixels_finish(&photo);
	spur_pixels_finish(&small);
	spur_pixels_finish(&want);
	spur_pixels_finish(&got);
	spur_buf_finish(&out);
	vt_destroy(vt);
}

static void flat_pictures_are_cheap(void)
{
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	struct spur_error err;

	if (spur_pixels_init(&p, 78, 40, &err) < 0)
		exit(1);
	spur_pixels_fill(&p, 0, 0, 78, 40, (struct spur_rgb){ 10, 200, 30 });
	spur_half_block(&p, SPUR_GRAPHICS_HALF_24, 0, 0, &out);
	ok(out.len < 20 * (78 + 40), "equal neighbours cost a character");
	spur_pixels_finish(&p);
	spur_buf_finish(&out);
}

static void cells_can_be_left_alone(void)
{
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	bool skip[6] = { false, true, true, false, false, true };
	struct vt *vt = vt_create(4, 10);
	struct spur_error err;

	if (spur_pixels_init(&p, 6, 3, &err) < 0)
		exit(1);
	spur_pixels_fill(&p, 0, 0, 6, 3, (struct spur_rgb){ 255, 255, 255 });
	spur_half_block_row(&p, SPUR_GRAPHICS_HALF_256, 1, 2, 1, skip, &out);	/* its lower half is not there */
	vt_feed(vt, out.data, out.len);
	ok(vt->bad == 0, "understood");
	is_int(vt->written, 3, "three cells are written");
	ok(vt->cells[2 * 10 + 1].touched && !vt->cells[2 * 10 + 2].touched && !vt->cells[2 * 10 + 3].touched &&
	   vt->cells[2 * 10 + 4].touched && vt->cells[2 * 10 + 5].touched && !vt->cells[2 * 10 + 6].touched, "those that are not skipped");
	spur_pixels_finish(&p);
	spur_buf_finish(&out);
	vt_destroy(vt);
}

static void characters_show(void)
{
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	struct spur_error err;

	if (spur_pixels_init(&p, 10, 1, &err) < 0)
		exit(1);
	for (int i = 0; i < 10; i++)
		spur_pixels_fill(&p, i, 0, 1, 1, (struct spur_rgb){ (unsigned char)(i * 28), (unsigned char)(i * 28), (unsigned char)(i * 28) });
	spur_ascii_picture(&p, 3, 4, &out);
	is_str(spur_buf_text(&out), "\033[4;5H .:-=+*#%@", "dark to bright");
	spur_pixels_finish(&p);
	spur_buf_finish(&out);
}

static void names_go_both_ways(void)
{
	enum spur_graphics g;
	bool good = true;

	for (int i = 0; i < SPUR_GRAPHICS_COUNT; i++)
		good = good && spur_graphics_parse(spur_graphics_name((enum spur_graphics)i), &g) && (int)g == i;
	ok(good, "each name is understood");
	ok(!spur_graphics_parse("braille", &g), "others are not");
}

int main(void)
{
	names_go_both_ways();
	half_blocks_show(SPUR_GRAPHICS_HALF_24, "24-bit", 60 << 10);
	half_blocks_show(SPUR_GRAPHICS_HALF_256, "256 colours", 27 << 10);
	half_blocks_show(SPUR_GRAPHICS_HALF_16, "16 colours", 12 << 10);
	flat_pictures_are_cheap();
	cells_can_be_left_alone();
	characters_show();
	return tap_done();
}
