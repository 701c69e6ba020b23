#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract/commit.h"
#include "extract/plan.h"
#include "extract/recipe.h"
#include "extract/windows.h"
#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* What lies in the folder of an extract: a recipe, plan.jsonl, sources.json, a commit record, manifest.json. */
#define SHARD "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char dir[120];

static void recipe(const struct fuzz_part *p)
{
	struct spur_extract_recipe *r = NULL, *again = NULL;
	struct spur_buf once = { 0 }, twice = { 0 };
	struct spur_error err;
	enum spur_status st = spur_extract_recipe_parse(p->data, p->len, NULL, &r, &err);

	fuzz_check_status(st, &err);
	if (st >= 0) {
		spur_extract_recipe_canonical(r, &once);
		fuzz_check(spur_extract_recipe_parse(once.data, once.len, NULL, &again, &err) >= 0);
		spur_extract_recipe_canonical(again, &twice);
		fuzz_check(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
		for (size_t i = 0; i < r->signal_count; i++)
			fuzz_touch_text(r->signals[i].alias);
		for (size_t i = 0; i < r->camera_count; i++)
			fuzz_check(spur_extract_camera_bytes(&r->cameras[i]) > 0);
	}
	spur_extract_recipe_destroy(again);
	spur_extract_recipe_destroy(r);
	spur_buf_finish(&once);
	spur_buf_finish(&twice);
}

static void plan(void)
{
	struct spur_extract_plan *p = NULL;
	struct spur_extract_total total;
	struct spur_error err;
	enum spur_status st = spur_extract_plan_load(dir, &p, &err);

	fuzz_check_status(st, &err);
	for (size_t i = 0; st >= 0 && i < p->shard_count; i++) {
		const struct spur_extract_shard *s = &p->shards[i];

		fuzz_touch_text(s->id);
		fuzz_touch_text(s->split);
		for (size_t k = 0; k < s->source_count; k++) {
			fuzz_touch_text(s->sources[k].path);
			fuzz_touch_text(s->sources[k].sha256);
		}
		for (size_t k = 0; k < s->segment_count && k < 16; k++) {
			size_t count = 0;

			fuzz_check(spur_extract_class(p, s->segments[k].label) <= p->class_count);
			if (s->segments[k].end_ns / 2 - s->segments[k].begin_ns / 2 < 300 * SPUR_NS_PER_S)
				free(spur_extract_window_begins(p->recipe, &s->segments[k], &count));
		}
	}
	if (st >= 0)
		fuzz_check_status(spur_extract_finish(p, dir, &total, NULL, &err), &err);
	spur_extract_plan_destroy(p);
	fuzz_check_status(spur_extract_verify(dir, &total, NULL, &err), &err);
}

static void commit(void)
{
	struct spur_extract_commit c;
	struct spur_error err;
	enum spur_status st = spur_extract_commit_load(dir, SHARD, &c, &err);

	fuzz_check_status(st, &err);
	if (st < 0)
		return;
	fuzz_check(c.object_count <= 8);
	for (size_t i = 0; i < c.object_count; i++) {
		char *path = spur_extract_object_path(&c.objects[i]);

		fuzz_check(strstr(path, "..") == NULL);
		free(path);
	}
	fuzz_check_status(spur_extract_commit_check(dir, SHARD, true, &c, NULL, &err), &err);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_error err;
	struct fuzz_part p;
	struct fuzz_in in;

	if (dir[0] == '\0') {
		snprintf(dir, sizeof(dir), "%s", fuzz_path("extract"));
		spur_dir_make(fuzz_path("extract/commits"), &err);
	}
	fuzz_in_init(&in, data, len);
	p = fuzz_in_next(&in);
	recipe(&p);
	p = fuzz_in_next(&in);
	fuzz_file("extract/plan.jsonl", p.data, p.len);
	p = fuzz_in_next(&in);
	fuzz_file("extract/sources.json", p.data, p.len);
	p = fuzz_in_next(&in);
	fuzz_file("extract/commits/" SHARD ".json", p.data, p.len);
	p = fuzz_in_next(&in);
	fuzz_file("extract/manifest.json", p.data, p.len);
	commit();
	plan();
	fuzz_in_finish(&in);
}

static const char recipe_text[] =
	"{\"rate_hz\":50,\"window_s\":2,\"stride_s\":1,\"segments_per_shard\":4,\"formats\":[\"npz\",\"parquet\"],"
	"\"signals\":[{\"alias\":\"speed\",\"name\":[\"VehSpd\",\"/twist.linear.x\"],\"method\":\"linear\",\"scale\":3.6,\"offset\":0,\"max_gap_s\":0.5},"
	"{\"alias\":\"brake\",\"name\":[\"BrkPressure\"],\"method\":\"zoh\",\"optional\":true}],"
	"\"cameras\":[{\"alias\":\"front\",\"name\":[\"/camera/front\"],\"frames\":2,\"width\":32,\"height\":24,\"max_age_s\":0.2,\"optional\":true}]}";

/* A plan and a commit as the planner and a worker write them. */
static void written(struct spur_buf *out)
{
	static const struct spur_extract_source source = { .sha256 = SHARD, .path = "/data/a.mf4", .role = "log", .size_bytes = 9, .mtime_ns = 1 };
	static const struct spur_extract_segment segments[] = {
		{ "seg-1", "a", INT64_C(1700000000000000000), INT64_C(1700000005000000000) },
		{ "seg-2", "b", INT64_C(1700000010000000000), INT64_C(1700000011000000000) },
	};
	static const struct spur_extract_drive drive = { .split = "train", .sources = &source, .source_count = 1, .segments = segments, .segment_count = 2 };
	static const struct spur_extract_input input = { .dataset = "ds-1", .root = "00", .drives = &drive, .drive_count = 1 };
	struct spur_extract_commit c = { .shard = SHARD, .object_count = 1, .objects = { { "npz", "npz", SHARD, 10, 2 } }, .windows = 2 };
	static const char *const files[] = { "plan.jsonl", "sources.json", "commits/" SHARD ".json" };
	struct spur_extract_recipe *r = NULL;
	struct spur_error err;
	char folder[160];

	snprintf(folder, sizeof(folder), "%s", fuzz_path("written"));
	if (spur_dir_make(fuzz_path("written/commits"), &err) < 0 ||
	    spur_extract_recipe_parse(recipe_text, sizeof(recipe_text) - 1, NULL, &r, &err) < 0 ||
	    spur_extract_plan_write(&input, r, folder, &err) < 0 || spur_extract_commit_write(folder, &c, &err) < 0) {
		fprintf(stderr, "extract: seed: %s\n", err.text);
		exit(1);
	}
	spur_extract_recipe_destroy(r);
	for (size_t i = 0; i < 3; i++) {
		char *path = spur_strfmt("%s/%s", folder, files[i]), *text = NULL;
		size_t len = 0;

		spur_buf_adds(out, FUZZ_CUT);
		if (spur_file_read(path, 1 << 16, &text, &len, &err) >= 0)
			spur_buf_add(out, text, len);
		free(text);
		free(path);
	}
}

static void seeds(void)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, recipe_text);
	written(&b);
	spur_buf_adds(&b, FUZZ_CUT "{\"v\":1}");
	fuzz_seed_buf(&b);
}

static const char *const words[] = { FUZZ_CUT, "\"rate_hz\":", "\"window_s\":", "\"stride_s\":", "\"signals\":[", "\"cameras\":[", "\"frames\":", "\"method\":",
				     "\"max_gap_s\":", "\"shard\":", "\"segments\":[", "\"begin_ns\":", "\"end_ns\":", "\"objects\":[", "\"sha256\":", "1e400", "1e-300",
				     "-9223372036854775808", "9223372036854775807", "null", NULL };

const struct fuzz_target fuzz_target = { .name = "extract", .max_len = 16u << 10, .parts = 5, .run = run, .seeds = seeds, .words = words };
