#include "config.h"

#include <string.h>

#include "model/pixels.h"
#include "tests/fuzz/fuzz.h"

/*
 * A picture as a list of strokes: nine bytes each, what to do and with which numbers. Told as letters of its
 * brightness after each stroke that changes it, and its bytes.
 */
#define STROKE 9u

static void tell_picture(const struct spur_pixels *p)
{
	if (!fuzz_telling() || p->rgb == NULL)
		return;
	fuzz_tell_bytes("rgb", p->rgb, (size_t)p->width * (size_t)p->height * 3);
	for (int y = 0; y < p->height && p->width <= 64 && y < 40; y++) {
		char line[65];

		for (int x = 0; x < p->width; x++) {
			const unsigned char *c = p->rgb + (y * p->width + x) * 3;

			line[x] = ".:-=+*#@"[(c[0] + c[1] + c[2]) / 96];
		}
		line[p->width] = '\0';
		fuzz_tell("%s\n", line);
	}
}

static void scale(struct spur_pixels *p, int width, int height)
{
	struct spur_pixels to = { 0 };
	struct spur_error err;

	if (spur_pixels_init(&to, width, height, &err) < 0) {
		fuzz_tell_status("size", err.code, &err);
		return;
	}
	spur_pixels_scale(p, &to);
	spur_pixels_finish(p);
	*p = to;
}

static void fit(const struct spur_pixels *p, const uint8_t *s)
{
	static const double aspects[] = { 1, 2, 0.5, 2.13 };
	int w = 0, h = 0;

	spur_pixels_fit(p, s[1], s[2], aspects[s[3] % 4], &w, &h);
	fuzz_tell("fit %u x %u: %d x %d\n", s[1], s[2], w, h);
}

static void copy(struct spur_pixels *p, const uint8_t *s)
{
	struct spur_pixels from = { 0 };
	struct spur_error err;
	enum spur_status st = spur_pixels_init_read(&from, (int8_t)s[3] * 2, (int8_t)s[4], s[5], &err);

	fuzz_tell_status("read", st, &err);
	if (st < 0)
		return;
	for (size_t i = 0; i < (size_t)from.width * (size_t)from.height * 3; i++)
		from.rgb[i] = (unsigned char)(i * s[6]);
	spur_pixels_copy(p, (int8_t)s[1], (int8_t)s[2], &from);
	spur_pixels_finish(&from);
}

static void stroke(struct spur_pixels *p, const uint8_t *s)
{
	const struct spur_rgb c = { s[6], s[7], s[8] };

	switch (s[0] % 6) {
	case 0:
		spur_pixels_fill(p, (int8_t)s[1], (int8_t)s[2], (int8_t)s[3], (int8_t)s[4], c);
		break;
	case 1:
		spur_pixels_line(p, (int8_t)s[1] / 2.0, (int8_t)s[2] / 2.0, (int8_t)s[3] / 2.0, (int8_t)s[4] / 2.0, 1 + s[5] % 5, c);
		break;
	case 2:
		spur_pixels_disc(p, (int8_t)s[1] / 2.0, (int8_t)s[2] / 2.0, s[3] / 16.0, c);
		break;
	case 3:
		copy(p, s);
		break;
	case 4:
		scale(p, 1 + s[1] % 60, 1 + s[2] % 40);
		break;
	default:
		fit(p, s);
	}
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_pixels p = { 0 };
	struct spur_error err;

	fuzz_check(spur_pixels_init(&p, 32, 20, &err) >= 0);
	for (; len >= STROKE && len < 40 * STROKE; data += STROKE, len -= STROKE) {
		stroke(&p, data);
		tell_picture(&p);
	}
	spur_pixels_finish(&p);
	for (int i = 0; i < 6; i++) {
		static const int sizes[][2] = { { 0, 5 }, { 5, -1 }, { 8192, 8192 }, { 8193, 8192 }, { 1, 67108864 }, { 1, 67108865 } };
		enum spur_status st = len == 0 ? spur_pixels_init_read(&p, sizes[i][0], sizes[i][1], 0, &err) : SPUR_OK;

		fuzz_tell_status("init", st, &err);
		spur_pixels_finish(&p);
	}
}

static void seeds(void)
{
	uint8_t s[12 * STROKE];

	for (unsigned kind = 0; kind < 6; kind++) {
		for (unsigned turn = 0; turn < 3; turn++) {
			for (unsigned i = 0; i < sizeof(s); i++)
				s[i] = (uint8_t)((i * 37 + turn * 71 + i / STROKE * 11) % (turn == 2 ? 256 : 64));
			for (unsigned i = 0; i < sizeof(s); i += STROKE) {
				s[i] = (uint8_t)(i == 0 ? 3 : i % 2 == 0 ? kind : (kind + i / STROKE) % 6);
				s[i + 6] |= 0x60;
			}
			fuzz_seed(s, sizeof(s));
		}
	}
	fuzz_seed("", 0);
}

const struct fuzz_target fuzz_target = { .name = "pixels", .max_len = 1u << 10, .run = run, .seeds = seeds, .told = 1600 };
