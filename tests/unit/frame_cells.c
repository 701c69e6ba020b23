#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "image/terminal.h"
#include "sync/frames.h"
#include "tests/tap.h"
#include "tests/unit/vt.h"

/*
 * Real frames as half blocks: what the cells show is the decoded frame's own downscale, mapped to the palette
 * by brute force; and the bytes are few enough for a slow line.
 */
#define COLS 78
#define ROWS 20

static struct spur_task task;

static void nearest(unsigned char *c)
{
	long least = -1;
	unsigned char best[3] = { 0 };

	for (int n = 16; n < 256; n++) {
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

static uint32_t checksum(const struct spur_pixels *p)
{
	return spur_crc32(0, p->rgb, (size_t)p->width * (size_t)p->height * 3);
}

/* Cells of one frame in 24 bits and in 256 colours. Returns the bytes of the latter, 0: they differ. */
static size_t show(const struct spur_pixels *frame, enum spur_graphics kind)
{
	struct spur_pixels small, seen;
	struct spur_buf out = { 0 };
	struct vt *vt = vt_create(ROWS, COLS);
	struct spur_error err;
	size_t n;

	if (spur_pixels_init(&small, COLS, 2 * ROWS, &err) < 0 || spur_pixels_init(&seen, COLS, 2 * ROWS, &err) < 0)
		exit(1);
	spur_pixels_scale(frame, &small);
	spur_half_block(&small, kind, 0, 0, &out);
	vt_feed(vt, out.data, out.len);
	vt_pixels(vt, 0, 0, &seen);
	for (size_t i = 0; kind == SPUR_GRAPHICS_HALF_256 && i < COLS * 2 * ROWS; i++)
		nearest(small.rgb + 3 * i);
	n = vt->bad == 0 && checksum(&seen) == checksum(&small) ? out.len : 0;
	spur_buf_finish(&out);
	spur_pixels_finish(&small);
	spur_pixels_finish(&seen);
	vt_destroy(vt);
	return n;
}

static void recording(const char *name, uint64_t most_frames)
{
	const char *shared = getenv("SPUR_SHARED");
	char path[512];
	struct spur_timeline_member m = { .path = path };
	struct spur_timeline *tl = NULL;
	struct spur_cameras *c = NULL;
	struct spur_frame_place at;
	struct spur_error err = { 0 };
	size_t cameras = 0, frames = 0, same = 0, largest = 0, largest_24 = 0;

	snprintf(path, sizeof(path), "%s/corpus/mcap/real/%s", shared == NULL ? "" : shared, name);
	if (access(path, R_OK) != 0) {
		printf("ok %d - # SKIP no %s\n", ++tap_count, path);
		return;
	}
	if (spur_timeline_open(&m, 1, NULL, &tl, &err) < 0 || spur_cameras_open(tl, &c, &err) < 0)
		printf("# %s\n", err.text);
	else
		spur_cameras_list(c, &cameras);
	for (uint64_t i = 0; cameras > 0 && i < most_frames; i++) {
		struct spur_frame f = { 0 };
		size_t n;

		if (spur_cameras_place_of(c, 0, i, &at, &task, &err) < 0 || spur_cameras_read(c, 0, &at, COLS, 2 * ROWS, &f, &task, &err) < 0)
			break;
		frames++;
		n = show(&f.pixels, SPUR_GRAPHICS_HALF_24);
		largest_24 = n > largest_24 ? n : largest_24;
		same += n > 0;
		n = show(&f.pixels, SPUR_GRAPHICS_HALF_256);
		largest = n > largest ? n : largest;
		same += n > 0;
		spur_frame_finish(&f);
	}
	ok(frames > 0, "there are frames");
	is_int((intmax_t)same, (intmax_t)(2 * frames), "the cells show each one's downscale, checksum by checksum");
	ok(largest <= 27 << 10, "27 KB at most in 256 colours");
	printf("# %s: %zu frames, at %dx%d cells at most %zu bytes in 256 colours, %zu in 24 bits\n", name, frames, COLS, ROWS, largest,
	       largest_24);
	spur_cameras_close(c);
	spur_timeline_close(tl);
}

int main(void)
{
	recording("lichtblick-suite__custom-camera-model.mcap", 10);
	recording("rerun-io__rosbag2_2025_09_10-13_03_56_0.mcap", 10);
	recording("roboto-ai__tiny.mcap", 10);
	return tap_done();
}
