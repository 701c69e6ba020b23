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
		fuzz_tell("%d x %d\n", p.width, p.height);
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

static void seeds(void)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		struct spur_buf b = { 0 };

		if (strcmp(words[i], FUZZ_CUT) == 0)
			continue;
		spur_buf_adds(&b, words[i]);
		spur_buf_adds(&b, FUZZ_CUT);
		spur_buf_u32(&b, 6);
		spur_buf_u32(&b, 4);
		spur_buf_u32(&b, i % 3 == 0 ? 52 : 0);
		spur_buf_u8(&b, i % 2 == 1);
		spur_buf_adds(&b, FUZZ_CUT);
		for (unsigned k = 0; k < 52 * 4; k++)
			spur_buf_u8(&b, (uint8_t)(k * 37));
		fuzz_seed_buf(&b);
	}
}

const struct fuzz_target fuzz_target = { .name = "raw", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 4096 };
