#include "config.h"

#include <string.h>

#include "image/image.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* Raw pictures: encoding, then width, height, row (u32 each) and the byte order, then the bytes. */
#define HEAD 13u

static void run(const uint8_t *data, size_t len)
{
	struct spur_image_raw raw = { 0 };
	struct spur_pixels p = { 0 };
	struct fuzz_part head;
	struct spur_error err;
	struct fuzz_in in;
	uint32_t n[3] = { 0 };
	enum spur_status st;

	fuzz_in_init(&in, data, len);
	raw.encoding = fuzz_in_text(&in);
	head = fuzz_in_next(&in);
	if (head.len >= HEAD) {
		struct fuzz_part pixels = fuzz_in_next(&in);

		memcpy(n, head.data, sizeof(n));
		raw = (struct spur_image_raw){ .encoding = raw.encoding, .width = (int)n[0], .height = (int)n[1], .step = n[2],
					       .big_endian = head.data[12] != 0, .data = pixels.data, .size = pixels.len };
	}
	st = spur_image_unpack(&raw, &p, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("unpack", st, &err);
	if (st >= 0) {
		fuzz_tell("%d x %d", p.width, p.height);
		for (int i = 0; i < 4 && i < p.width * p.height; i++)
			fuzz_tell(" %02x%02x%02x", p.rgb[3 * i], p.rgb[3 * i + 1], p.rgb[3 * i + 2]);
		fuzz_tell("\n");
		fuzz_tell_bytes("rgb", p.rgb, (size_t)p.width * (size_t)p.height * 3);
		fuzz_check(p.width == raw.width && p.height == raw.height);
		fuzz_touch(p.rgb, (size_t)p.width * (size_t)p.height * 3);
		spur_pixels_finish(&p);
	}
	fuzz_in_finish(&in);
}

static const char *const words[] = {
	"rgb8", "bgr8", "rgba8", "bgra8", "rgb16", "bgr16", "rgba16", "bgra16", "mono8", "mono16", "8UC1", "8UC3", "8UC4", "16UC1", "16UC3", "16UC4",
	"16SC1", "32SC1", "32FC1", "64FC1", "yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv12", "nv21", "nv24", "bayer_rggb8", "bayer_bggr8", "bayer_gbrg8",
	"bayer_grbg8", "bayer_rggb16", "bayer_grbg16", FUZZ_CUT, NULL
};

static void seed(const char *encoding, uint32_t width, uint32_t height, uint32_t row, bool big)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, encoding);
	spur_buf_adds(&b, FUZZ_CUT);
	spur_buf_u32(&b, width);
	spur_buf_u32(&b, height);
	spur_buf_u32(&b, row);
	spur_buf_u8(&b, big);
	spur_buf_adds(&b, FUZZ_CUT);
	for (unsigned k = 0; k < 52 * 20; k++)
		spur_buf_u8(&b, (uint8_t)(k * 37 + k / 64));
	fuzz_seed_buf(&b);
}

static void seeds(void)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], FUZZ_CUT) == 0)
			continue;
		seed(words[i], 6, 4, 0, false);
		seed(words[i], 6, 4, 52, true);
		seed(words[i], 5, 3, 0, true);
		seed(words[i], 3, 7, 52, false);
	}
}

const struct fuzz_target fuzz_target = { .name = "raw", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 4096 };
