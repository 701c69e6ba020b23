#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "image/png.h"
#include "image/terminal.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* ---- what only the behaviour pass asks ---- */

static void tell_out(const char *what, struct spur_buf *b)
{
	fuzz_tell_bytes(what, b->data, b->len);
	spur_buf_finish(b);
}

/* As every terminal would take it. */
static void show(const struct spur_pixels *p, unsigned choice)
{
	static const int colours[] = { 2, 3, 16, 256, 0, 999 };
	struct spur_buf b = { 0 };
	bool skip[256];

	for (int kind = SPUR_GRAPHICS_HALF_16; kind <= SPUR_GRAPHICS_HALF_24; kind++) {
		spur_half_block(p, (enum spur_graphics)kind, (int)(choice % 9), (int)(choice % 200), &b);
		tell_out(spur_graphics_name((enum spur_graphics)kind), &b);
	}
	for (int x = 0; x < p->width && x < 256; x++)
		skip[x] = (choice >> x % 16 & 1) != 0;
	if (p->width <= 256) {
		spur_half_block_row(p, SPUR_GRAPHICS_HALF_256, (p->height - 1) / 2, 7, 0, skip, &b);
		tell_out("a row with gaps", &b);
	}
	spur_ascii_picture(p, 3, (int)(choice % 5), &b);
	tell_out("ascii", &b);
	spur_sixel(p, colours[choice % 6], &b);
	tell_out("sixel", &b);
	spur_kitty(p, 12, 5, choice % 70000 + 1, choice % 2 == 0, &b);
	tell_out("kitty", &b);
	spur_kitty_cells(choice % 16777216, 2, 4, (int)(choice % 300), (int)(choice % 7), &b);
	spur_kitty_forget(choice % 70000 + 1, choice % 2 == 0, &b);
	tell_out("cells", &b);
	for (int i = 0; i < p->width * p->height && i < 64; i++)
		fuzz_tell("%d.%d ", spur_colour_256(p->rgb[3 * i], p->rgb[3 * i + 1], p->rgb[3 * i + 2]),
			  spur_colour_16(p->rgb[3 * i], p->rgb[3 * i + 1], p->rgb[3 * i + 2]));
	fuzz_tell("\n");
}

/* The input as the pixels of a picture of every encoding, of odd sizes, with and without bytes behind the rows. */
static void as_raw(const uint8_t *data, size_t len, unsigned choice)
{
	static const char *const encodings[] = {
		"rgb8", "bgr8", "8UC3", "rgba8", "bgra8", "8UC4", "rgb16", "bgr16", "16UC3", "rgba16", "bgra16", "16UC4", "mono8", "8UC1", "mono16",
		"16UC1", "16SC1", "32SC1", "32FC1", "64FC1", "yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv12", "nv21", "nv24", "bayer_rggb8",
		"bayer_bggr8", "bayer_gbrg8", "bayer_grbg8", "bayer_rggb16", "bayer_bggr16", "bayer_gbrg16", "bayer_grbg16", "mono12", "RGB8",
	};

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		const unsigned turn = choice / 3 + (unsigned)i * 5;
		struct spur_image_raw raw = { .encoding = encodings[i], .width = (int)(1 + turn % 8), .height = (int)(1 + turn / 8 % 6),
					      .step = turn % 3 == 0 ? 67 : 0, .big_endian = turn % 2 == 1, .data = data, .size = len };
		struct spur_pixels p = { 0 };
		struct spur_error err;
		enum spur_status st = spur_image_unpack(&raw, &p, &err);

		fuzz_tell_status(encodings[i], st, &err);
		if (st < 0)
			continue;
		fuzz_tell_bytes("rgb", p.rgb, (size_t)p.width * (size_t)p.height * 3);
		spur_pixels_finish(&p);
	}
}

static void as_pixels(const uint8_t *data, size_t len, unsigned choice)
{
	struct spur_pixels p = { 0 };
	const int width = (int)(1 + choice % 23);
	const int height = (int)(len / 3 / (size_t)width < 40 ? len / 3 / (size_t)width : 40);

	if (height == 0 || spur_pixels_init(&p, width, height, NULL) < 0)
		return;
	memcpy(p.rgb, data, (size_t)width * (size_t)height * 3);
	show(&p, choice);
	spur_pixels_finish(&p);
}

/* JPEG and PNG as a camera's message has them: size, decoded as it is and smaller, and as depth. */
static void touch(enum spur_status st, struct spur_pixels *p, const struct spur_error *err)
{
	fuzz_check_status(st, err);
	fuzz_tell_status("pixels", st, err);
	if (st < 0)
		return;
	fuzz_tell("%d x %d\n", p->width, p->height);
	fuzz_tell_bytes("rgb", p->rgb, (size_t)p->width * (size_t)p->height * 3);
	if (fuzz_telling() && p->width * p->height <= 4096)
		show(p, (unsigned)(p->width * 31 + p->height));
	fuzz_check(p->width > 0 && p->height > 0 && (size_t)p->width * (size_t)p->height <= SPUR_PIXELS_MAX);
	fuzz_touch(p->rgb, (size_t)p->width * (size_t)p->height * 3);
	spur_pixels_finish(p);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_pixels p = { 0 };
	struct spur_error err;
	int width = 0, height = 0;
	enum spur_status st = spur_image_size(data, len, &width, &height, &err);
	const char *name = spur_image_name(data, len);

	fuzz_check_status(st, &err);
	fuzz_tell_status("size", st, &err);
	fuzz_tell("%d x %d of %s\n", width, height, name == NULL ? "nothing" : name);
	if (fuzz_telling()) {
		as_raw(data, len, (unsigned)fuzz_hash(data, len));
		as_pixels(data, len, (unsigned)fuzz_hash(data, len));
	}
	if (name != NULL)
		fuzz_touch_text(name);
	/* To unpack more than a million pixels is the libraries' time; their memory is ours. */
	if (st >= 0 && (int64_t)width * height > 1 << 20 && (int64_t)width * height <= (int64_t)SPUR_PIXELS_MAX) {
		touch(spur_pixels_init_read(&p, width, height, len, &err), &p, &err);
		return;
	}
	touch(spur_image_decode(data, len, 0, 0, &p, &err), &p, &err);
	p = (struct spur_pixels){ 0 };
	touch(spur_image_decode(data, len, 20, 10, &p, &err), &p, &err);
	p = (struct spur_pixels){ 0 };
	touch(spur_image_decode_depth(data, len, &p, &err), &p, &err);
}

static void seeds(void)
{
	struct spur_pixels p = { 0 };
	struct spur_buf b = { 0 };
	struct spur_error err;
	unsigned char plain[900];

	if (spur_pixels_init(&p, 19, 13, &err) < 0)
		return;
	for (size_t i = 0; i < 19 * 13 * 3; i++)
		p.rgb[i] = (unsigned char)(i * i / 7);
	for (int quality = 5; quality < 100; quality += 45) {
		if (spur_image_write_jpeg(&p, quality, &b, &err) >= 0)
			fuzz_seed_buf(&b);
	}
	if (spur_image_write_png(&p, &b, &err) >= 0)
		fuzz_seed_buf(&b);
	spur_pixels_finish(&p);
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(i * 37 + i / 11);
	fuzz_seed(plain, sizeof(plain));	/* no picture: as pixels and as raw encodings */
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(i % 90 < 45 ? 200 : i / 8 * 3);
	fuzz_seed(plain, sizeof(plain));
	fuzz_seed(plain, 96);
	/* Depth: one pixel of 16 bits, stored without compression. */
	fuzz_seed("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\20\0\0\0\0\x6a\xf9\x49\xda\0\0\0\rIDATx\x9c\x63\x60\x60\x60\0\0\0\4\0\1\xb3\x1a\x1b\x13\0\0\0\0IEND\xae\x42\x60\x82", 70);
}

static const char *const words[] = { "\xff\xd8\xff", "\xff\xc0", "\xff\xc2", "\xff\xc4", "\xff\xda", "\xff\xdb", "\xff\xdd", "\xff\xd9", "IHDR", "IDAT",
				     "PLTE", "tRNS", "IEND", "\x89PNG\r\n\x1a\n", NULL };

const struct fuzz_target fuzz_target = { .name = "image", .max_len = 16u << 10, .run = run, .seeds = seeds, .words = words, .told = 640 };
