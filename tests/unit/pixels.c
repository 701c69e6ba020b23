/* Pictures: sizes, scaling, drawing, JPEG and PNG there and back. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "tests/tap.h"

static struct spur_pixels ramp(int w, int h)
{
	struct spur_error err = { 0 };
	struct spur_pixels p;

	if (spur_pixels_init(&p, w, h, &err) < 0)
		abort();
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			unsigned char *at = p.rgb + (y * w + x) * 3;

			at[0] = (unsigned char)(x * 255 / w);
			at[1] = (unsigned char)(y * 255 / h);
			at[2] = 128;
		}
	}
	return p;
}

static void test_sizes(void)
{
	struct spur_error err = { 0 };
	struct spur_pixels p;
	int w, h;

	is_int(spur_pixels_init(&p, 0, 4, &err), SPUR_EFORMAT, "no width is refused");
	is_int(spur_pixels_init(&p, 1 << 20, 1 << 20, &err), SPUR_EFORMAT, "a picture that nobody has is refused");
	is_int(spur_pixels_init_read(&p, 8000, 8000, 1000, &err), SPUR_EFORMAT, "a large one of a few bytes is refused");
	is_str(err.text, "8000 x 8000 pixels of 1000 bytes: more than is read", "in words");
	is_int(spur_pixels_init_read(&p, 8000, 8000, 125 << 20, &err), SPUR_OK, "of many bytes it is read");
	spur_pixels_finish(&p);
	is_int(spur_pixels_init_read(&p, 4096, 2160, 10, &err), SPUR_OK, "4K may be packed as well as it goes");
	spur_pixels_finish(&p);
	p = ramp(320, 180);
	spur_pixels_fit(&p, 78, 40, 1.0, &w, &h);
	ok(w == 71 && h == 40, "16:9 in 78 x 40 takes the height");
	spur_pixels_fit(&p, 64, 64, 1.0, &w, &h);
	ok(w == 64 && h == 36, "and the width where that is less");
	spur_pixels_finish(&p);
}

static void test_scale(void)
{
	struct spur_pixels from = ramp(4, 2), to = ramp(2, 1), up = ramp(8, 4);

	spur_pixels_scale(&from, &to);
	is_int(to.rgb[0], (0 + 63 + 0 + 63 + 2) / 4, "a pixel is the mean of the area it covers");
	is_int(to.rgb[1], (0 + 0 + 127 + 127 + 2) / 4, "in each channel");
	spur_pixels_scale(&from, &up);
	ok(memcmp(up.rgb, from.rgb, 3) == 0 && memcmp(up.rgb + 3, from.rgb, 3) == 0 && memcmp(up.rgb + 6, from.rgb + 3, 3) == 0,
	   "larger repeats pixels");
	spur_pixels_finish(&from);
	spur_pixels_finish(&to);
	spur_pixels_finish(&up);
}

static int lit(const struct spur_pixels *p)
{
	int n = 0;

	for (int i = 0; i < p->width * p->height; i++)
		n += p->rgb[3 * i] == 255;
	return n;
}

static void test_drawing(void)
{
	struct spur_rgb white = { 255, 255, 255 };
	struct spur_error err = { 0 };
	struct spur_pixels p, stamp;

	spur_pixels_init(&p, 10, 10, &err);
	spur_pixels_fill(&p, -5, -5, 7, 7, white);
	is_int(lit(&p), 4, "a rectangle is clipped");
	spur_pixels_line(&p, -100, 5, 100, 5, 1, white);
	is_int(lit(&p), 14, "a line is clipped to the row it crosses");
	spur_pixels_line(&p, 1e300, -1e300, 0.0 / 0.0, 3, 2, white);
	is_int(lit(&p), 14, "a line from nowhere draws nothing");
	spur_pixels_disc(&p, 8, 8, 1, white);
	is_int(lit(&p), 19, "a disc of radius 1 is a cross");
	spur_pixels_init(&stamp, 4, 4, &err);
	spur_pixels_copy(&p, 8, -2, &stamp);
	spur_pixels_copy(&p, -2, 4, &stamp);
	is_int(lit(&p), 17, "a copy covers what is inside");
	spur_pixels_finish(&stamp);
	spur_pixels_finish(&p);
}

static void test_files(void)
{
	struct spur_pixels p = ramp(64, 48), back;
	struct spur_buf b = { 0 };
	struct spur_error err = { 0 };
	int w = 0, h = 0, worst = 0;

	is_int(spur_image_write_png(&p, &b, &err), SPUR_OK, "PNG is written");
	ok(spur_png_size(b.data, b.len, &w, &h, &err) == SPUR_OK && w == 64 && h == 48, "its size is read");
	is_int(spur_png_decode(b.data, b.len, &back, &err), SPUR_OK, "it is read back");
	ok(memcmp(p.rgb, back.rgb, 64 * 48 * 3) == 0, "with the same bytes");
	spur_pixels_finish(&back);
	is_int(spur_png_decode(b.data, b.len / 2, &back, &err), SPUR_EFORMAT, "half of it is refused");
	spur_buf_clear(&b);
	is_int(spur_image_write_jpeg(&p, 95, &b, &err), SPUR_OK, "JPEG is written");
	ok(spur_jpeg_size(b.data, b.len, &w, &h, &err) == SPUR_OK && w == 64 && h == 48, "its size is read");
	is_int(spur_jpeg_decode(b.data, b.len, 0, 0, &back, &err), SPUR_OK, "it is read back");
	for (int i = 0; i < 64 * 48 * 3; i++)
		worst = abs(p.rgb[i] - back.rgb[i]) > worst ? abs(p.rgb[i] - back.rgb[i]) : worst;
	ok(worst < 24, "about as it was");
	spur_pixels_finish(&back);
	is_int(spur_jpeg_decode(b.data, b.len, 17, 12, &back, &err), SPUR_OK, "it is read smaller");
	ok(back.width == 32 && back.height == 24, "at a half, for a quarter would be too little");
	spur_pixels_finish(&back);
	is_int(spur_jpeg_decode(b.data, 20, 0, 0, &back, &err), SPUR_EFORMAT, "its first bytes are refused");
	is_int(spur_jpeg_decode("no picture", 10, 0, 0, &back, &err), SPUR_EFORMAT, "so is a text");
	spur_buf_finish(&b);
	spur_pixels_finish(&p);
}

int main(void)
{
	test_sizes();
	test_scale();
	test_drawing();
	test_files();
	return tap_done();
}
