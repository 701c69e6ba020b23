#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "image/png.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* JPEG and PNG as a camera's message has them: size, decoded as it is and smaller, and as depth. */
static void touch(enum spur_status st, struct spur_pixels *p, const struct spur_error *err)
{
	fuzz_check_status(st, err);
	if (st < 0)
		return;
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
	/* Depth: one pixel of 16 bits, stored without compression. */
	fuzz_seed("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\20\0\0\0\0\x6a\xf9\x49\xda\0\0\0\rIDATx\x9c\x63\x60\x60\x60\0\0\0\4\0\1\xb3\x1a\x1b\x13\0\0\0\0IEND\xae\x42\x60\x82", 70);
}

static const char *const words[] = { "\xff\xd8\xff", "\xff\xc0", "\xff\xc2", "\xff\xc4", "\xff\xda", "\xff\xdb", "\xff\xdd", "\xff\xd9", "IHDR", "IDAT",
				     "PLTE", "tRNS", "IEND", "\x89PNG\r\n\x1a\n", NULL };

const struct fuzz_target fuzz_target = { .name = "image", .max_len = 16u << 10, .run = run, .seeds = seeds, .words = words };
