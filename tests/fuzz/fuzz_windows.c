#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "extract/windows.h"
#include "extract/worker.h"
#include "io/out.h"
#include "tests/fuzz/drive.h"
#include "tests/fuzz/told.h"

/*
 * A recipe over the recordings of drive.h: the samples and pictures of every window, and what a worker makes of them.
 * Parts: the recipe; the segments as pairs of numbers, ms of the drive.
 */
#define SEGMENTS 4

static char folder[160];

static void tell_row(const struct spur_extract_recipe *r, const struct spur_extract_window *w)
{
	fuzz_tell("window of %s at %" PRId64 "\n", w->segment->id, w->begin_ns - FUZZ_DRIVE_NS);
	for (size_t i = 0; i < r->signal_count; i++) {
		char now[40], last[40] = "";
		unsigned again = 0;

		fuzz_tell("%s:", r->signals[i].alias);
		for (size_t k = 0; k < r->samples; k++) {
			double v = w->values[i * r->samples + k];

			snprintf(now, sizeof(now), "%.7g", v != v ? (double)NAN : v);
			again++;
			if (strcmp(now, last) == 0)
				continue;
			fuzz_tell(" x%u %s", again, now);
			snprintf(last, sizeof(last), "%s", now);
			again = 0;
		}
		fuzz_tell(" x%u\n", again + 1);
	}
}

static void tell_frames(const struct spur_extract_recipe *r, const struct spur_extract_window *w)
{
	const unsigned char *p = w->frames;

	for (size_t i = 0; i < r->camera_count; i++) {
		size_t one = spur_extract_camera_bytes(&r->cameras[i]) / r->cameras[i].frames;

		for (unsigned k = 0; k < r->cameras[i].frames && k < 16; k++, p += one) {
			if (k < 3 && one <= 300)
				fuzz_tell_data("frame", p, one);
			else
				fuzz_tell_bytes("frame", p, one);
		}
		if (r->cameras[i].frames > 16)
			p += (r->cameras[i].frames - 16) * one;
	}
}

static void windows(const struct spur_extract_plan *p, const struct spur_extract_shard *s)
{
	struct spur_extract_windows w = { 0 };
	struct spur_error err;
	enum spur_status st = spur_extract_windows_read(p, s, 32u << 20, 1, &w, NULL, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("windows", st, &err);
	if (st < 0)
		return;
	fuzz_tell("%zu windows, %" PRIu64 " empty, %" PRIu64 " missing frames\n", w.count, w.empty, w.missing_frames);
	for (size_t i = 0; i < w.count && i < 40; i++) {
		tell_row(p->recipe, &w.rows[i]);
		tell_frames(p->recipe, &w.rows[i]);
	}
	spur_extract_windows_finish(&w);
}

static void progress(void *state, uint64_t done, uint64_t total)
{
	(void)state;
	fuzz_tell("%" PRIu64 " of %" PRIu64 "\n", done, total);
}

static void objects(const struct spur_extract_plan *p)
{
	struct spur_extract_commit c;
	struct spur_error err;

	for (size_t i = 0; i < p->shard_count; i++) {
		if (spur_extract_commit_load(folder, p->shards[i].id, &c, &err) < 0)
			continue;
		for (size_t k = 0; k < c.object_count; k++) {
			char *at = spur_extract_object_path(&c.objects[k]), *path = spur_strfmt("%s/%s", folder, at), *data = NULL;
			size_t len = 0;

			spur_file_read(path, 32u << 20, &data, &len, &err);
			fuzz_tell_data(c.objects[k].format, data, len);
			free(data);
			free(path);
			free(at);
		}
	}
}

/* The second of two workers makes what the first one would have. */
static void work(const struct spur_extract_plan *p)
{
	const struct spur_extract_work w = { .dir = folder, .index = 1, .workers = 2, .threads = 1, .mem_bytes = 128u << 20, .progress = progress };
	struct spur_extract_result r;
	struct spur_error err;
	enum spur_status st = spur_extract_work(&w, &r, NULL, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("work", st, &err);
	if (st < 0)
		return;
	fuzz_tell("made %" PRIu64 ", complete %d, %" PRIu64 " windows, %" PRIu64 " missing, root %s\n", r.made, r.complete, r.total.windows,
		  r.total.missing_frames, r.total.merkle_root);
	objects(p);
}

/* ---- a plan over the drive */

static char hashes[FUZZ_DRIVE_FILES][65];
static struct spur_extract_source sources[FUZZ_DRIVE_FILES];

static void find_sources(void)
{
	static const spur_ns offsets[] = { 0, 40000000, -10000000 };
	struct spur_error err;
	char *data;
	size_t len;

	for (int i = 0; i < FUZZ_DRIVE_FILES; i++) {
		fuzz_check(spur_file_read(fuzz_drive_path(i), 1 << 20, &data, &len, &err) >= 0);
		spur_sha256_hex_of(data, len, hashes[i]);
		free(data);
		sources[i] = (struct spur_extract_source){ .sha256 = hashes[i], .path = fuzz_drive_path(i), .role = "log", .size_bytes = len,
							   .clock = { .offset_ns = offsets[i] } };
	}
}

static size_t read_segments(const char *text, struct spur_extract_segment out[SEGMENTS])
{
	static const char *const ids[SEGMENTS] = { "seg-1", "seg-2", "seg-3", "seg-4" }, *const labels[SEGMENTS] = { "b", "a", "c", "a" };
	size_t n = 0;
	int used;
	long a, b;

	for (; n < SEGMENTS && sscanf(text, "%ld %ld%n", &a, &b, &used) == 2; text += used) {
		a = a < -5000 ? -5000 : a > 20000 ? 20000 : a;
		b = b <= a ? a + 1 : b > 20000 ? 20001 : b;
		out[n] = (struct spur_extract_segment){ ids[n], labels[n], FUZZ_DRIVE_NS + a * 1000000, FUZZ_DRIVE_NS + b * 1000000 };
		n++;
	}
	return n;
}

/* What a machine does in no time. */
static bool small(const struct spur_extract_recipe *r)
{
	size_t frames = 0;

	for (size_t i = 0; i < r->camera_count; i++)
		frames += spur_extract_camera_bytes(&r->cameras[i]);
	return r->samples <= 2000 && (double)r->samples / r->stride <= 100 && frames < 200000 && r->step_ns >= 1000000;
}

static void planned(const struct spur_extract_recipe *r, const char *text)
{
	struct spur_extract_segment segments[SEGMENTS];
	struct spur_extract_drive drives[] = {
		{ .split = "train", .sources = sources, .source_count = FUZZ_DRIVE_FILES, .segments = segments, .segment_count = read_segments(text, segments) },
		{ .split = "test", .sources = sources, .source_count = 1, .segments = segments, .segment_count = 1 },
	};
	const struct spur_extract_input input = { .dataset = "ds-1", .root = "00", .drives = drives, .drive_count = 2 };
	struct spur_extract_plan *p = NULL;
	struct spur_error err;
	char sweep[200];

	if (drives[0].segment_count == 0)
		return;
	snprintf(folder, sizeof(folder), "%s", fuzz_path("windows"));
	if (spur_dir_make(folder, &err) < 0 || spur_extract_plan_write(&input, r, folder, &err) < 0 || spur_extract_plan_load(folder, &p, &err) < 0)
		fuzz_tell_status("plan", SPUR_EINVAL, &err);
	for (size_t i = 0; p != NULL && i < p->shard_count; i++)
		windows(p, &p->shards[i]);
	if (p != NULL)
		work(p);
	spur_extract_plan_destroy(p);
	snprintf(sweep, sizeof(sweep), "rm -rf '%s'", folder);
	fuzz_check(system(sweep) == 0);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_extract_recipe *r = NULL;
	struct fuzz_part recipe;
	struct spur_error err;
	struct fuzz_in in;

	if (sources[0].sha256 == NULL)
		find_sources();
	fuzz_in_init(&in, data, len);
	recipe = fuzz_in_next(&in);
	if (spur_extract_recipe_parse(recipe.data, recipe.len, "csv,npz", &r, &err) >= 0 && small(r))
		planned(r, fuzz_in_text(&in));
	spur_extract_recipe_destroy(r);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	static const char *const texts[][2] = {
		{ "{\"rate_hz\":20,\"window_s\":1,\"signals\":[{\"name\":\"speed\"},{\"name\":[\"nosuch\",\"one:a\"],\"alias\":\"a\"}]}", "500 3500 9000 11000" },
		{ "{\"rate_hz\":50,\"window_s\":0.4,\"stride_s\":0.2,\"segments_per_shard\":1,\"signals\":[{\"name\":\"level\",\"method\":\"zoh\",\"scale\":-2,\"offset\":5},"
		  "{\"name\":\"gear\",\"method\":\"nearest\"},{\"name\":\"nosuch\",\"optional\":true}]}", "0 1000 2000 2200 2100 2101 5000 6000" },
		{ "{\"rate_hz\":10,\"window_s\":2,\"stride_s\":0.5,\"signals\":[{\"name\":\"p\",\"max_gap_s\":0.1,\"optional\":true},{\"name\":\"mode\",\"max_gap_s\":0.05,\"method\":\"zoh\","
		  "\"optional\":true},{\"alias\":\"q\",\"name\":\"p\",\"method\":\"nearest\",\"max_gap_s\":0,\"optional\":true}]}", "-4000 15000" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"/pose.x\",\"optional\":true}],\"cameras\":[{\"alias\":\"f\",\"name\":\"/camera\",\"frames\":3,\"width\":6,\"height\":4,"
		  "\"max_age_s\":0.35,\"optional\":true},{\"alias\":\"g\",\"name\":[\"nosuch\",\"camera\"],\"frames\":2,\"width\":4,\"height\":3,\"max_age_s\":0,\"optional\":true}]}",
		  "0 3000 -1000 500 9000 12000" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"speed\"}],\"cameras\":[{\"alias\":\"f\",\"name\":\"/camera\",\"width\":12,\"height\":8}]}", "0 3000" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"speed\"}],\"cameras\":[{\"alias\":\"f\",\"name\":\"nosuch\"}]}", "0 3000" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"nosuch\"}]}", "0 3000" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"a\"}]}", "0 3000" },
		{ "{\"rate_hz\":30,\"window_s\":0.1,\"stride_s\":0.01,\"signals\":[{\"name\":\"speed\",\"max_gap_s\":0.01},{\"name\":\"level\",\"max_gap_s\":0.02}]}", "5900 6300 10000 10100" },
		{ "{\"rate_hz\":10,\"window_s\":1,\"signals\":[{\"name\":\"speed\"}]}", "14000 15000" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *text = spur_strfmt("%s%s%s", texts[i][0], FUZZ_CUT, texts[i][1]);

		fuzz_seed_text(text);
		free(text);
	}
}

static const char *const words[] = { FUZZ_CUT, "\"rate_hz\":", "\"window_s\":", "\"stride_s\":", "\"name\":\"speed\"", "\"method\":\"zoh\"", "\"max_gap_s\":", "\"frames\":",
				     "\"width\":", "\"height\":", "\"max_age_s\":", "\"optional\":true", "\"segments_per_shard\":1,", "500 900 ", NULL };

const struct fuzz_target fuzz_target = { .name = "windows", .max_len = 2u << 10, .parts = 2, .run = run, .seeds = seeds, .words = words, .told = 320 };
