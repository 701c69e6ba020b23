#include "config.h"

#include "image/image.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

#include "tests/tap.h"

/* Raw encodings with pixels that were worked out by hand. */

static bool same(const struct spur_pixels *p, const unsigned char *want, int tolerance)
{
	for (int i = 0; p->rgb != NULL && i < p->width * p->height * 3; i++) {
		if (abs(p->rgb[i] - want[i]) > tolerance) {
			printf("# byte %d: got %d, want %d\n", i, p->rgb[i], want[i]);
			return false;
		}
	}
	return p->rgb != NULL;
}

static bool unpacks(const struct spur_image_raw *raw, const unsigned char *want, int tolerance)
{
	struct spur_pixels p;
	struct spur_error err;
	bool good = spur_image_unpack(raw, &p, &err) == SPUR_OK;

	if (!good)
		printf("# %s\n", err.text);
	good = good && p.width == raw->width && p.height == raw->height && same(&p, want, tolerance);
	spur_pixels_finish(&p);
	return good;
}

/* Two pixels in a row, then two more; one byte of padding behind each row. */
static void colours_are_put_in_order(void)
{
	static const unsigned char want[] = { 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120 };
	static const struct {
		const char *name;
		size_t channels;
		const unsigned char order[4];	/* which of r, g, b each byte of a pixel is; 3: alpha */
	} all[] = {
		{ "rgb8", 3, { 0, 1, 2 } }, { "bgr8", 3, { 2, 1, 0 } }, { "8UC3", 3, { 2, 1, 0 } },
		{ "rgba8", 4, { 0, 1, 2, 3 } }, { "bgra8", 4, { 2, 1, 0, 3 } }, { "8UC4", 4, { 2, 1, 0, 3 } },
		{ "RGB8", 3, { 0, 1, 2 } },
	};

	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		unsigned char data[32] = { 0 };
		size_t step = 2 * all[k].channels + 1;
		struct spur_image_raw raw = { .encoding = all[k].name, .width = 2, .height = 2, .step = step, .data = data,
					      .size = step + 2 * all[k].channels };

		for (size_t i = 0; i < 4; i++) {
			for (size_t c = 0; c < all[k].channels; c++)
				data[i / 2 * step + i % 2 * all[k].channels + c] =
					all[k].order[c] == 3 ? 7 : want[3 * i + all[k].order[c]];
		}
		ok(unpacks(&raw, want, 0), all[k].name);
	}
}

/* 0, 257, 32896, 65535 are 0, 1, 128, 255 of 255. */
static void sixteen_bits_keep_their_upper_byte(void)
{
	static const unsigned char le[] = { 0, 0, 1, 1, 0x80, 0x80, 0xff, 0xff, 0x80, 0x80, 1, 1 };
	static const unsigned char be[] = { 0xff, 0xff, 0, 0, 0x80, 0x80, 0x01, 0x82, 0, 0, 0, 1 };
	static const unsigned char rgb[] = { 0, 1, 128, 255, 128, 1 }, bgr[] = { 128, 1, 0, 1, 128, 255 };
	static const unsigned char odd[] = { 255, 0, 128, 2, 0, 0 };	/* 0x0182 is nearer to 2 */
	struct spur_image_raw raw = { .width = 2, .height = 1, .data = le, .size = sizeof(le) };

	raw.encoding = "rgb16";
	ok(unpacks(&raw, rgb, 0), "rgb16");
	raw.encoding = "bgr16";
	ok(unpacks(&raw, bgr, 0), "bgr16");
	raw.encoding = "16UC3";
	ok(unpacks(&raw, bgr, 0), "16UC3");
	raw.encoding = "rgb16";
	raw.data = be;
	raw.big_endian = true;
	ok(unpacks(&raw, odd, 0), "rgb16, big endian");
	raw.width = 1;
	raw.encoding = "rgba16";
	ok(unpacks(&raw, odd, 0), "rgba16");
	raw.encoding = "bgra16";
	ok(unpacks(&raw, (const unsigned char[]){ 128, 0, 255 }, 0), "bgra16");
	raw.encoding = "16UC4";
	ok(unpacks(&raw, (const unsigned char[]){ 128, 0, 255 }, 0), "16UC4");
}

static void put(unsigned char *to, const void *value, size_t size, bool swap)
{
	for (size_t i = 0; i < size; i++)
		to[i] = ((const unsigned char *)value)[swap ? size - 1 - i : i];
}

/* -1, 0, 1.5, 4 of their type: the least is black, the largest white. */
static void single_channels_are_stretched(void)
{
	static const unsigned char grey8[] = { 0, 0, 0, 9, 9, 9, 200, 200, 200, 255, 255, 255 };
	static const unsigned char bytes[] = { 0, 9, 200, 255 };
	static const unsigned char shares[] = { 0, 0, 0, 51, 51, 51, 128, 128, 128, 255, 255, 255 };
	static const double values[] = { -1, 0, 1.5, 4 };
	struct spur_image_raw raw = { .encoding = "mono8", .width = 2, .height = 2, .data = bytes, .size = 4 };

	ok(unpacks(&raw, grey8, 0), "mono8 is not stretched");
	raw.encoding = "8UC1";
	ok(unpacks(&raw, grey8, 0), "8UC1");
	for (int big = 0; big < 2; big++) {
		unsigned char data[32];

		raw.big_endian = big;
		raw.data = data;
		for (size_t i = 0; i < 4; i++)
			put(data + 2 * i, &(uint16_t){ (uint16_t)(2000 + 1000 * values[i]) }, 2, big);
		raw.size = 8;
		raw.encoding = "mono16";
		ok(unpacks(&raw, shares, 0), big ? "mono16, big endian" : "mono16");
		raw.encoding = "16UC1";
		ok(unpacks(&raw, shares, 0), big ? "16UC1, big endian" : "16UC1");
		for (size_t i = 0; i < 4; i++)
			put(data + 2 * i, &(int16_t){ (int16_t)(1000 * values[i]) }, 2, big);
		raw.encoding = "16SC1";
		ok(unpacks(&raw, shares, 0), big ? "16SC1, big endian" : "16SC1");
		for (size_t i = 0; i < 4; i++)
			put(data + 4 * i, &(int32_t){ (int32_t)(100000 * values[i]) }, 4, big);
		raw.size = 16;
		raw.encoding = "32SC1";
		ok(unpacks(&raw, shares, 0), big ? "32SC1, big endian" : "32SC1");
		for (size_t i = 0; i < 4; i++)
			put(data + 4 * i, &(float){ (float)values[i] }, 4, big);
		raw.encoding = "32FC1";
		ok(unpacks(&raw, shares, 0), big ? "32FC1, big endian" : "32FC1");
		for (size_t i = 0; i < 4; i++)
			put(data + 8 * i, &values[i], 8, big);
		raw.size = 32;
		raw.encoding = "64FC1";
		ok(unpacks(&raw, shares, 0), big ? "64FC1, big endian" : "64FC1");
	}
}

static void what_is_not_finite_is_black(void)
{
	const float values[] = { NAN, 2, INFINITY, 4 };
	static const unsigned char want[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255 };
	static const unsigned char flat[12];
	const float same_ones[] = { 3, 3, 3, 3 }, nans[] = { NAN, NAN, NAN, NAN };
	struct spur_image_raw raw = { .encoding = "32FC1", .width = 4, .height = 1, .data = values, .size = sizeof(values) };

	ok(unpacks(&raw, want, 0), "depth with holes");
	raw.data = same_ones;
	ok(unpacks(&raw, flat, 0), "one value everywhere");
	raw.data = nans;
	ok(unpacks(&raw, flat, 0), "no value at all");
	raw = (struct spur_image_raw){ .encoding = "64FC1", .width = 2, .height = 1, .data = (const double[]){ -1e308, 1e308 },
				       .size = 16 };
	ok(unpacks(&raw, want + 6, 0), "a span that is no number");
}

static unsigned char byte(double v)
{
	return v <= 0 ? 0 : v >= 255 ? 255 : (unsigned char)(v + 0.5);
}

/* ITU-R BT.601, in floating point. */
static void colour_of(int y, int u, int v, unsigned char *rgb)
{
	double luma = 255.0 / 219 * (y - 16), cb = (u - 128) / 224.0, cr = (v - 128) / 224.0;

	rgb[0] = byte(luma + 255 * 1.402 * cr);
	rgb[1] = byte(luma - 255 * 0.344136 * cb - 255 * 0.714136 * cr);
	rgb[2] = byte(luma + 255 * 1.772 * cb);
}

static void yuv_in_pairs(void)
{
	/* Red and white of one chroma; then black, blue. Width 3: the last pair is cut. */
	static const unsigned char yuyv[] = { 81, 90, 235, 240, 16, 240, 0, 110, 41, 240, 120, 110, 99, 1, 0, 255 };
	unsigned char uyvy[16], want[18];
	struct spur_image_raw raw = { .width = 3, .height = 2, .data = yuyv, .size = 16 };

	for (size_t i = 0; i < 16; i++)
		uyvy[i] = yuyv[i ^ 1];
	for (int row = 0; row < 2; row++) {
		const unsigned char *p = yuyv + 8 * row;

		colour_of(p[0], p[1], p[3], want + 9 * row);
		colour_of(p[2], p[1], p[3], want + 9 * row + 3);
		colour_of(p[4], p[5], p[7], want + 9 * row + 6);
	}
	ok(abs(want[0] - 254) <= 1 && want[1] <= 1 && want[2] <= 1, "81, 90, 240 is red");
	raw.encoding = "yuv422_yuy2";
	ok(unpacks(&raw, want, 1), "yuv422_yuy2");
	raw.encoding = "yuyv";
	ok(unpacks(&raw, want, 1), "yuyv");
	raw.data = uyvy;
	raw.encoding = "yuv422";
	ok(unpacks(&raw, want, 1), "yuv422 is UYVY");
	raw.encoding = "uyvy";
	ok(unpacks(&raw, want, 1), "uyvy");
	raw.size = 15;
	ok(spur_image_unpack(&raw, &(struct spur_pixels){ 0 }, NULL) == SPUR_EFORMAT, "the cut pair takes four bytes all the same");
}

static void yuv_in_planes(void)
{
	unsigned char data[64], want[27], want_nv12[27] = { 0 };
	struct spur_image_raw raw = { .width = 3, .height = 3, .step = 5, .data = data, .size = sizeof(data) };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(16 + i * 37 % 220);
	for (int kind = 0; kind < 3; kind++) {
		static const char *const names[] = { "nv12", "nv21", "nv24" };
		int shrink = kind == 2 ? 1 : 2, stride = kind == 2 ? 10 : 5;

		for (int y = 0; y < 3; y++) {
			for (int x = 0; x < 3; x++) {
				const unsigned char *c = data + 15 + y / shrink * stride + x / shrink * 2;

				colour_of(data[y * 5 + x], c[kind == 1], c[kind != 1], want + (y * 3 + x) * 3);
			}
		}
		raw.encoding = names[kind];
		ok(unpacks(&raw, want, 1), names[kind]);
		if (kind == 0)
			memcpy(want_nv12, want, sizeof(want));
	}
	/* 3 rows of Y, then 2 rows of chroma of which the last has no padding: 4 bytes. */
	raw.encoding = "nv12";
	raw.size = 15 + 5 + 4;
	ok(unpacks(&raw, want_nv12, 1), "the padding of the last row may be missing");
	raw.size--;
	ok(spur_image_unpack(&raw, &(struct spur_pixels){ 0 }, NULL) == SPUR_EFORMAT, "but no byte of it");
}

/* A picture of one colour comes back whole; and a known patch. */
static void bayer_is_demosaiced(void)
{
	static const char *const names[] = { "bayer_rggb", "bayer_bggr", "bayer_gbrg", "bayer_grbg" };
	static const char *const patterns[] = { "RGGB", "BGGR", "GBRG", "GRBG" };
	/* 3 x 3 of RGGB: red 10 at the corners, blue 90 in the middle, green 20 40 60 80 around it. */
	static const unsigned char patch[] = { 10, 20, 30, 40, 90, 60, 50, 80, 70 };
	static const unsigned char middle[] = { 40, 50, 90 };	/* r: mean of 10 30 50 70, g: of 20 40 60 80 */
	static const unsigned char top[] = { 20, 20, 90 };	/* of the upper green: r of 10 30, b mirrored */
	static const unsigned char corner[] = { 10, 30, 90 };	/* g of 20 20 40 40 */
	struct spur_image_raw raw = { .encoding = "bayer_rggb8", .width = 3, .height = 3, .data = patch, .size = 9 };
	struct spur_pixels p;

	ok(spur_image_unpack(&raw, &p, NULL) == SPUR_OK && memcmp(p.rgb + 12, middle, 3) == 0, "the middle of a patch");
	ok(memcmp(p.rgb + 3, top, 3) == 0, "an edge");
	ok(memcmp(p.rgb, corner, 3) == 0, "a corner");
	spur_pixels_finish(&p);
	for (size_t k = 0; k < 4; k++) {
		unsigned char data[30], want[90], wide[60];
		struct spur_buf name = { 0 };

		for (int i = 0; i < 30; i++) {
			char c = patterns[k][i / 6 % 2 * 2 + i % 6 % 2];

			data[i] = c == 'R' ? 0 : c == 'G' ? 102 : 255;
			put(wide + 2 * i, &(uint16_t){ (uint16_t)(500 + data[i] * 8) }, 2, true);
			memcpy(want + 3 * i, (const unsigned char[]){ 0, 102, 255 }, 3);
		}
		spur_buf_addf(&name, "%s8", names[k]);
		raw = (struct spur_image_raw){ .encoding = spur_buf_text(&name), .width = 6, .height = 5, .data = data, .size = 30 };
		ok(unpacks(&raw, want, 0), spur_buf_text(&name));
		spur_buf_clear(&name);
		spur_buf_addf(&name, "%s16", names[k]);
		raw = (struct spur_image_raw){ .encoding = spur_buf_text(&name), .width = 6, .height = 5, .data = wide, .size = 60,
					       .big_endian = true };
		ok(unpacks(&raw, want, 0), spur_buf_text(&name));
		spur_buf_finish(&name);
	}
	raw = (struct spur_image_raw){ .encoding = "bayer_gbrg8", .width = 1, .height = 1, .data = patch, .size = 1 };
	ok(unpacks(&raw, (const unsigned char[]){ 10, 10, 10 }, 0), "a single pixel");
}

static bool refused(const struct spur_image_raw *raw, enum spur_status st, const char *words)
{
	struct spur_pixels p;
	struct spur_error err = { 0 };
	bool good = spur_image_unpack(raw, &p, &err) == st && strstr(err.text, words) != NULL && p.rgb == NULL;

	if (!good)
		printf("# %s\n", err.text);
	return good;
}

static void what_is_wrong_is_named(void)
{
	static const unsigned char data[64];
	struct spur_image_raw raw = { .encoding = "rgb8", .width = 4, .height = 4, .data = data, .size = 47 };

	ok(refused(&raw, SPUR_EFORMAT, "needs 48 bytes; 47 are there, 1 are missing"), "missing bytes");
	raw.step = 11;
	ok(refused(&raw, SPUR_EFORMAT, "a row takes 12 bytes, but the step is 11"), "a step that is too short");
	raw.step = SIZE_MAX / 2;
	ok(refused(&raw, SPUR_EFORMAT, "are missing"), "a step beyond all memory");
	raw.step = 0;
	raw.width = 65536;
	raw.height = 65536;
	ok(refused(&raw, SPUR_EFORMAT, "no picture has 65536 x 65536 pixels"), "too many pixels");
	raw.width = 0;
	ok(refused(&raw, SPUR_EFORMAT, "no picture has 0 x"), "none");
	raw.width = -4;
	ok(refused(&raw, SPUR_EFORMAT, "no picture has -4 x"), "less than none");
	raw.width = raw.height = 8000;
	ok(refused(&raw, SPUR_EFORMAT, "needs 192000000 bytes"), "a large one of few bytes is refused before memory is taken");
	raw = (struct spur_image_raw){ .encoding = "h264", .width = 4, .height = 4, .data = data, .size = 64 };
	ok(refused(&raw, SPUR_EUNSUPPORTED, "pixels in 'h264' are not known"), "another encoding");
}

static const unsigned char depth_png[] = {	/* 1000 2000 / 3500 6000, grey of 16 bits, by Pillow */
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x10, 0x00, 0x00, 0x00, 0x00, 0x07, 0x4d, 0x8e,
	0xbb, 0x00, 0x00, 0x00, 0x12, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x64, 0x7e, 0xc1, 0xf2,
	0x82, 0x85, 0xeb, 0x08, 0xd7, 0x11, 0x00, 0x10, 0x5b, 0x03, 0x79, 0x6a, 0x60, 0x90, 0xc7, 0x00,
	0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static void depth_is_stretched(void)
{
	static const unsigned char want[] = { 0, 0, 0, 51, 51, 51, 128, 128, 128, 255, 255, 255 };
	struct spur_pixels p;
	struct spur_buf colour = { 0 };
	struct spur_error err = { 0 };
	enum spur_status st = spur_image_decode_depth(depth_png, sizeof(depth_png), &p, &err);

	if (st == SPUR_ENOTFOUND) {
		printf("ok %d - depth # SKIP %s\n", ++tap_count, err.text);
		return;
	}
	ok(st == SPUR_OK && p.width == 2 && p.height == 2 && same(&p, want, 0), "16 bits of a PNG as they are stored");
	ok(spur_image_write_png(&p, &colour, NULL) == SPUR_OK, "a PNG of 8 bits");
	spur_pixels_finish(&p);
	ok(spur_image_decode_depth(colour.data, colour.len, &p, &err) == SPUR_EFORMAT && strstr(err.text, "16 bits") != NULL,
	   "holds no depth");
	ok(spur_image_decode_depth(depth_png, 60, &p, &err) == SPUR_EFORMAT && p.rgb == NULL, "a cut one is refused");
	spur_buf_finish(&colour);
}

static void compressed_ones_are_known_by_their_bytes(void)
{
	struct spur_pixels p, back;
	struct spur_buf png = { 0 }, jpeg = { 0 };
	struct spur_error err;
	int w, h;

	ok(spur_pixels_init(&p, 16, 9, NULL) == SPUR_OK, "a picture");
	spur_pixels_fill(&p, 0, 0, 16, 9, (struct spur_rgb){ 200, 100, 50 });
	if (spur_image_write_png(&p, &png, &err) < 0 || spur_image_write_jpeg(&p, 95, &jpeg, &err) < 0) {
		printf("ok %d - JPEG and PNG # SKIP %s\n", ++tap_count, err.text);
		goto out;
	}
	is_str(spur_image_name(png.data, png.len), "png", "PNG by its bytes");
	is_str(spur_image_name(jpeg.data, jpeg.len), "jpeg", "JPEG by its bytes");
	ok(spur_image_name("RIFFxxxxWEBPVP8 ", 16) == NULL, "neither");
	ok(spur_image_size(png.data, png.len, &w, &h, NULL) == SPUR_OK && w == 16 && h == 9, "size of a PNG");
	ok(spur_image_size(jpeg.data, jpeg.len, &w, &h, NULL) == SPUR_OK && w == 16 && h == 9, "size of a JPEG");
	ok(spur_image_decode(png.data, png.len, 0, 0, &back, NULL) == SPUR_OK && memcmp(back.rgb, p.rgb, 16 * 9 * 3) == 0,
	   "PNG is exact");
	spur_pixels_finish(&back);
	ok(spur_image_decode(jpeg.data, jpeg.len, 5, 3, &back, NULL) == SPUR_OK && back.width == 8 && back.height == 5,
	   "JPEG at half the size, not below what is wanted");
	ok(same(&back, p.rgb, 4), "and in its colour");
	spur_pixels_finish(&back);
	for (size_t cut = 0; cut < png.len; cut++) {
		if (spur_image_decode(png.data, cut, 0, 0, &back, &err) == SPUR_OK && cut + 12 < png.len) {
			ok(false, "a cut PNG is no picture");
			break;
		}
		spur_pixels_finish(&back);
	}
	ok(spur_image_decode("RIFFxxxxWEBPVP8 ", 16, 0, 0, &back, &err) == SPUR_EUNSUPPORTED && strstr(err.text, "WebP") != NULL,
	   "WebP is named");
	ok(spur_image_decode("\0\0\0\1gB", 6, 0, 0, &back, &err) == SPUR_EUNSUPPORTED && strstr(err.text, "H.264") != NULL,
	   "so is video");
	ok(spur_image_decode("hello", 5, 0, 0, &back, &err) == SPUR_EFORMAT && strstr(err.text, "68 65 6c 6c") != NULL,
	   "what is unknown shows its bytes");
	ok(spur_image_decode("", 0, 0, 0, &back, &err) == SPUR_EFORMAT, "nothing is no picture");
out:
	spur_buf_finish(&png);
	spur_buf_finish(&jpeg);
	spur_pixels_finish(&p);
}

int main(void)
{
	colours_are_put_in_order();
	sixteen_bits_keep_their_upper_byte();
	single_channels_are_stretched();
	what_is_not_finite_is_black();
	yuv_in_pairs();
	yuv_in_planes();
	bayer_is_demosaiced();
	what_is_wrong_is_named();
	depth_is_stretched();
	compressed_ones_are_known_by_their_bytes();
	return tap_done();
}
