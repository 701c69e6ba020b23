#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "extract/commit.h"
#include "extract/plan.h"
#include "extract/recipe.h"
#include "extract/windows.h"
#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* What lies in the folder of an extract: a recipe, plan.jsonl, sources.json, a commit record, manifest.json. */
#define SHARD_TAIL "23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHARD "01" SHARD_TAIL

static char dir[120];

static void tell_recipe(const struct spur_extract_recipe *r)
{
	fuzz_tell("step %" PRId64 ", %u samples, stride %u, %u segments\n", r->step_ns, r->samples, r->stride, r->segments_per_shard);
	for (size_t i = 0; i < r->signal_count; i++) {
		const struct spur_extract_signal *s = &r->signals[i];

		fuzz_tell_text("signal", s->alias);
		fuzz_tell("method %d, optional %d, gap %" PRId64 "\n", s->method, s->optional, s->max_gap_ns);
		fuzz_tell_number("scale", s->scale);
		fuzz_tell_number("offset", s->offset);
		for (size_t k = 0; s->names[k] != NULL; k++)
			fuzz_tell_text("name", s->names[k]);
	}
	for (size_t i = 0; i < r->camera_count; i++) {
		const struct spur_extract_camera *c = &r->cameras[i];

		fuzz_check(spur_extract_camera_bytes(c) > 0);
		fuzz_tell_text("camera", c->alias);
		fuzz_tell("%u of %d x %d, age %" PRId64 ", optional %d, %zu bytes\n", c->frames, c->width, c->height, c->max_age_ns, c->optional,
			  spur_extract_camera_bytes(c));
		for (size_t k = 0; c->names[k] != NULL; k++)
			fuzz_tell_text("name", c->names[k]);
	}
	for (size_t i = 0; r->formats[i] != NULL; i++)
		fuzz_tell_text("format", r->formats[i]);
}

static void recipe(const struct fuzz_part *p)
{
	struct spur_extract_recipe *r = NULL, *again = NULL;
	struct spur_buf once = { 0 }, twice = { 0 };
	struct spur_error err;
	enum spur_status st = spur_extract_recipe_parse(p->data, p->len, NULL, &r, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("recipe", st, &err);
	if (st >= 0) {
		tell_recipe(r);
		spur_extract_recipe_canonical(r, &once);
		fuzz_tell_data("canonical", once.data, once.len);
		fuzz_check(spur_extract_recipe_parse(once.data, once.len, NULL, &again, &err) >= 0);
		spur_extract_recipe_canonical(again, &twice);
		fuzz_check(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	}
	spur_extract_recipe_destroy(again);
	spur_extract_recipe_destroy(r);
	r = NULL;
	st = spur_extract_recipe_parse(p->data, p->len, p->len % 2 == 0 ? "csv,npz,csv" : "csv,nosuch", &r, &err);
	fuzz_tell_status("with other formats", st, &err);
	for (size_t i = 0; st >= 0 && r->formats[i] != NULL; i++)
		fuzz_tell_text("format", r->formats[i]);
	spur_extract_recipe_destroy(r);
	spur_buf_finish(&once);
	spur_buf_finish(&twice);
}

static void tell_windows(const struct spur_extract_recipe *r, const struct spur_extract_segment *s)
{
	size_t count = 0;
	spur_ns *begins;

	if (s->end_ns / 2 - s->begin_ns / 2 >= 300 * SPUR_NS_PER_S)
		return;
	begins = spur_extract_window_begins(r, s, &count);
	fuzz_tell("%zu windows:", count);
	for (size_t i = 0; i < count && i < 4; i++)
		fuzz_tell(" %" PRId64, begins[i]);
	fuzz_tell(" to %" PRId64 "\n", begins[count - 1]);
	free(begins);
}

static void tell_shard(const struct spur_extract_plan *p, const struct spur_extract_shard *s)
{
	fuzz_tell_text("shard", s->id);
	fuzz_tell_text("drive", s->drive);
	fuzz_tell_text("split", s->split);
	for (size_t k = 0; k < s->source_count; k++) {
		const struct spur_extract_source *f = &s->sources[k];

		fuzz_tell_text("source", f->sha256);
		fuzz_tell_text("path", f->path);
		fuzz_tell_text("role", f->role);
		fuzz_tell("%" PRIu64 " bytes, of %" PRId64 ", clock %" PRId64 " %" PRId64 " %" PRId64 "\n", f->size_bytes, f->mtime_ns,
			  f->clock.offset_ns, (int64_t)f->clock.drift_ppb, f->clock.ref_ns);
	}
	for (size_t k = 0; k < s->segment_count && k < 16; k++) {
		const struct spur_extract_segment *g = &s->segments[k];

		fuzz_check(spur_extract_class(p, g->label) <= p->class_count);
		fuzz_tell_text("segment", g->id);
		fuzz_tell_text("label", g->label);
		fuzz_tell("class %zu, %" PRId64 " to %" PRId64 "\n", spur_extract_class(p, g->label), g->begin_ns, g->end_ns);
		tell_windows(p->recipe, g);
	}
}

static void tell_plan(const struct spur_extract_plan *p)
{
	fuzz_tell_text("plan", p->sha256);
	fuzz_tell_text("dataset", p->dataset);
	fuzz_tell_text("root", p->root);
	fuzz_tell_text("reader", p->reader);
	for (size_t i = 0; i < p->class_count; i++)
		fuzz_tell_text("class", p->classes[i]);
	for (size_t i = 0; i < p->shard_count; i++)
		tell_shard(p, &p->shards[i]);
}

static void tell_total(const char *what, enum spur_status st, const struct spur_extract_total *t, const struct spur_error *err)
{
	fuzz_check_status(st, err);
	fuzz_tell_status(what, st, err);
	if (st != SPUR_OK)
		return;
	fuzz_tell("root %s, manifest %s, %" PRIu64 " shards, %" PRIu64 " windows, %" PRIu64 " empty, %" PRIu64 " missing, %" PRIu64 " and %" PRIu64
		  " bytes\n", t->merkle_root, t->manifest_sha256, t->shards, t->windows, t->empty, t->missing_frames, t->bytes, t->manifest_bytes);
}

static void plan(void)
{
	struct spur_extract_plan *p = NULL;
	struct spur_extract_total total = { .shards = 0 };
	struct spur_error err;
	enum spur_status st = spur_extract_plan_load(dir, &p, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("plan", st, &err);
	if (st >= 0) {
		tell_plan(p);
		st = spur_extract_finish(p, dir, &total, NULL, &err);
		tell_total("finish", st, &total, &err);
	}
	spur_extract_plan_destroy(p);
	st = spur_extract_verify(dir, &total, NULL, &err);
	tell_total("verify", st, &total, &err);
}

static void commit(void)
{
	struct spur_extract_commit c;
	struct spur_error err;
	enum spur_status st = spur_extract_commit_load(dir, SHARD, &c, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("commit", st, &err);
	if (st < 0)
		return;
	fuzz_check(c.object_count <= 8);
	fuzz_tell("%s of %s, %" PRIu64 " windows, %" PRIu64 " empty, %" PRIu64 " missing\n", c.sha256, c.shard, c.windows, c.empty, c.missing_frames);
	for (size_t i = 0; i < c.object_count; i++) {
		char *path = spur_extract_object_path(&c.objects[i]);

		fuzz_check(strstr(path, "..") == NULL);
		fuzz_tell_text("object", path);
		fuzz_tell_text("format", c.objects[i].format);
		fuzz_tell("%" PRIu64 " bytes, %" PRIu64 " rows\n", c.objects[i].bytes, c.objects[i].rows);
		free(path);
	}
	for (int deep = 0; deep < 2; deep++) {
		st = spur_extract_commit_check(dir, SHARD, deep != 0, &c, NULL, &err);
		fuzz_check_status(st, &err);
		fuzz_tell_status(deep ? "hashes" : "sizes", st, &err);
	}
}

/* ---- from a recipe to a finished extract, without recordings: what is made are a few bytes each */

static const struct spur_extract_source log_a = { .sha256 = SHARD, .path = "/data/a.mf4", .role = "log", .size_bytes = 9, .mtime_ns = 1 };
static const struct spur_extract_source three[] = {
	{ .sha256 = "11" SHARD_TAIL, .path = "/data/b.mf4", .role = "log", .size_bytes = 10, .mtime_ns = 2 },
	{ .sha256 = "22" SHARD_TAIL, .path = "/data/c.mcap", .role = "log", .size_bytes = 11, .mtime_ns = 3,
	  .clock = { .offset_ns = -5000, .drift_ppb = 12, .ref_ns = INT64_C(1700000000000000000) } },
	{ .sha256 = "33" SHARD_TAIL, .path = "/data/d.dbc", .role = "dbc", .size_bytes = 12, .mtime_ns = 4 },
};
#define AT(s, ns) (INT64_C(1700000000000000000) + INT64_C(1000000000) * (s) + (ns))
static const struct spur_extract_segment few[] = { { "seg-1", "a", AT(0, 0), AT(5, 0) }, { "seg-2", "b", AT(10, 0), AT(11, 0) } };
static const struct spur_extract_segment many[] = {
	{ "seg-9", "turn", AT(30, 1), AT(30, 2) }, { "seg-8", "b", AT(20, 7), AT(29, 3) }, { "seg-7", "a", AT(20, 7), AT(22, 3) },
	{ "seg-6", "cruise", AT(-1800000000, 5), AT(-1799999990, 5) }, { "seg-5", "a", AT(1, 0), AT(3, 0) }, { "seg-4", "turn", AT(40, 0), AT(42, 0) },
};
static const struct spur_extract_drive drives[] = {
	{ .split = "train", .sources = &log_a, .source_count = 1, .segments = few, .segment_count = 2 },
	{ .split = "test", .sources = three, .source_count = 3, .segments = many, .segment_count = 6 },
};

static void made(const char *folder, const struct spur_extract_shard *s, unsigned n)
{
	struct spur_extract_commit c = { .windows = 3 + n, .empty = n, .missing_frames = 2 * n };
	char bytes[40], tmp[200];
	struct spur_error err;

	snprintf(c.shard, sizeof(c.shard), "%s", s->id);
	for (unsigned k = 0; k < 1 + n % 2; k++) {
		struct spur_extract_object *o = &c.objects[c.object_count++];

		*o = (struct spur_extract_object){ .format = k == 0 ? "npz" : "csv", .suffix = k == 0 ? ".npz" : ".csv", .rows = 5 + k };
		snprintf(tmp, sizeof(tmp), "%s/made", folder);
		snprintf(bytes, sizeof(bytes), "object %u of shard %u", k, n);
		if (spur_file_write(tmp, bytes, strlen(bytes), &err) >= 0)
			fuzz_tell_status("store", spur_extract_object_store(folder, tmp, o, &err), &err);
		fuzz_tell("%s %" PRIu64 "\n", o->sha256, o->bytes);
	}
	fuzz_tell_status("commit", spur_extract_commit_write(folder, &c, &err), &err);
	fuzz_tell_status("again", spur_extract_commit_write(folder, &c, &err), &err);
	c.windows++;
	fuzz_tell_status("another", spur_extract_commit_write(folder, &c, &err), &err);
}

static void tell_file(const char *folder, const char *name)
{
	char *path = spur_strfmt("%s/%s", folder, name), *text = NULL;
	struct spur_error err;
	size_t len = 0;

	fuzz_tell_status(name, spur_file_read(path, 1 << 20, &text, &len, &err), &err);
	fuzz_tell_data(name, text, len);
	free(text);
	free(path);
}

/* Objects cut, changed and gone, one after the other. */
static void spoil(const char *folder, const struct spur_extract_plan *p)
{
	struct spur_extract_commit c;
	struct spur_extract_total total;
	struct spur_error err;
	char *object, *path;

	if (spur_extract_commit_load(folder, p->shards[0].id, &c, &err) < 0)
		return;
	object = spur_extract_object_path(&c.objects[0]);
	path = spur_strfmt("%s/%s", folder, object);
	if (spur_file_write(path, "object 0 of shard X", 19, &err) >= 0) {
		fuzz_tell_status("sizes", spur_extract_commit_check(folder, p->shards[0].id, false, &c, NULL, &err), &err);
		fuzz_tell_status("hashes", spur_extract_commit_check(folder, p->shards[0].id, true, &c, NULL, &err), &err);
		tell_total("changed", spur_extract_verify(folder, &total, NULL, &err), &total, &err);
	}
	if (spur_file_write(path, "short", 5, &err) >= 0)
		fuzz_tell_status("short", spur_extract_commit_check(folder, p->shards[0].id, false, &c, NULL, &err), &err);
	tell_total("finish", spur_extract_finish(p, folder, &total, NULL, &err), &total, &err);
	tell_total("finish again", spur_extract_finish(p, folder, &total, NULL, &err), &total, &err);
	free(object);
	free(path);
}

static void life(const struct fuzz_part *text)
{
	const struct spur_extract_input input = { .dataset = "ds-1", .root = "00", .drives = drives, .drive_count = 2 };
	struct spur_extract_recipe *r = NULL;
	struct spur_extract_plan *p = NULL;
	struct spur_extract_total total = { .shards = 0 };
	char folder[160], sweep[200];
	struct spur_error err;

	if (spur_extract_recipe_parse(text->data, text->len, NULL, &r, &err) < 0)
		return;
	snprintf(folder, sizeof(folder), "%s", fuzz_path("life"));
	spur_dir_make(fuzz_path("life/commits"), &err);
	fuzz_tell_status("write", spur_extract_plan_write(&input, r, folder, &err), &err);
	fuzz_tell_status("write again", spur_extract_plan_write(&input, r, folder, &err), &err);
	tell_file(folder, "plan.jsonl");
	tell_file(folder, "sources.json");
	if (spur_extract_plan_load(folder, &p, &err) >= 0) {
		tell_plan(p);
		for (unsigned i = 0; i < p->shard_count; i++) {
			tell_total("unfinished", spur_extract_finish(p, folder, &total, NULL, &err), &total, &err);
			made(folder, &p->shards[i], i);
		}
		tell_total("finish", spur_extract_finish(p, folder, &total, NULL, &err), &total, &err);
		tell_file(folder, "manifest.json");
		tell_total("verify", spur_extract_verify(folder, &total, NULL, &err), &total, &err);
		spoil(folder, p);
	}
	spur_extract_plan_destroy(p);
	spur_extract_recipe_destroy(r);
	snprintf(sweep, sizeof(sweep), "rm -rf '%s'", folder);
	fuzz_check(system(sweep) == 0);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_error err;
	struct fuzz_part p, text;
	struct fuzz_in in;

	if (dir[0] == '\0') {
		snprintf(dir, sizeof(dir), "%s", fuzz_path("extract"));
		spur_dir_make(fuzz_path("extract/commits"), &err);
	}
	fuzz_in_init(&in, data, len);
	text = fuzz_in_next(&in);
	recipe(&text);
	p = fuzz_in_next(&in);
	if (p.len == 0 && fuzz_telling())
		life(&text);	/* writes many files: where it is looked at */
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
	static const struct spur_extract_input input = { .dataset = "ds-1", .root = "00", .drives = drives, .drive_count = 1 };
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

static const char *const recipes[] = {
	recipe_text,
	"{\"rate_hz\":3,\"window_s\":1.4,\"stride_s\":0.1,\"segments_per_shard\":1,\"formats\":[\"csv\",\"npz\",\"csv\"],\"signals\":[{\"name\":\"a\"}]}",
	"{\"formats\":[\"parquet\"],\"signals\":[{\"name\":[\"a\",\"b\"],\"method\":\"nearest\",\"max_gap_s\":0},{\"name\":\"b\",\"optional\":true,\"scale\":-2,\"offset\":1e-3}]}",
	"{\"rate_hz\":0.001,\"window_s\":86400,\"stride_s\":86400,\"segments_per_shard\":100000,\"formats\":[\"npz\"],\"signals\":[{\"alias\":\"x\",\"name\":\"a\",\"max_gap_s\":3600}]}",
	"{\"rate_hz\":100000,\"window_s\":10,\"stride_s\":0.00001,\"segments_per_shard\":2.9,\"formats\":[\"npz\"],\"signals\":[{\"name\":\"a\"}],"
	"\"cameras\":[{\"alias\":\"f\",\"name\":\"c\"},{\"alias\":\"g_1\",\"name\":\"c\",\"frames\":1000,\"width\":1024,\"height\":1,\"max_age_s\":0,\"optional\":false}]}",
	/* what is wrong, one thing each */
	"[]", "{", "{}", "{\"signals\":[]}", "{\"signals\":[{\"name\":\"a\"}]}", "{\"signals\":[{\"name\":\"\"}]}", "{\"signals\":[{\"name\":[]}]}", "{\"signals\":[{\"name\":[\"a\",5]}]}",
	"{\"rate_hz\":0,\"signals\":[{\"name\":\"a\"}]}", "{\"rate_hz\":100001,\"signals\":[{\"name\":\"a\"}]}", "{\"rate_hz\":\"5\",\"signals\":[{\"name\":\"a\"}]}",
	"{\"rate_hz\":100000,\"window_s\":10.1,\"signals\":[{\"name\":\"a\"}]}", "{\"rate_hz\":1,\"window_s\":0.4,\"signals\":[{\"name\":\"a\"}]}",
	"{\"window_s\":0,\"signals\":[]}", "{\"stride_s\":-1,\"signals\":[]}", "{\"segments_per_shard\":0,\"signals\":[]}", "{\"segments_per_shard\":100001,\"signals\":[]}",
	"{\"signals\":[{\"name\":\"a\"},{\"name\":\"b\",\"alias\":\"a\"}]}", "{\"signals\":[{\"name\":\"a\",\"method\":\"nosuch\"}]}", "{\"signals\":[{\"name\":\"a\",\"scale\":1e31}]}",
	"{\"signals\":[{\"name\":\"a\",\"offset\":-1e31}]}", "{\"signals\":[{\"name\":\"a\",\"max_gap_s\":3601}]}", "{\"signals\":[{\"name\":\"a\"}],\"formats\":[]}",
	"{\"signals\":[{\"name\":\"a\"}],\"formats\":[\"nosuch\"]}", "{\"signals\":[{\"name\":\"a\"}],\"formats\":[5]}", "{\"signals\":[{\"name\":\"a\"}],\"cameras\":{}}",
	"{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\"}]}", "{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\",\"alias\":\"A\"}]}",
	"{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\",\"alias\":\"drive\"}]}", "{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"alias\":\"a\"}]}",
	"{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\",\"alias\":\"f\"},{\"name\":\"d\",\"alias\":\"f\"}]}",
	"{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\",\"alias\":\"f\",\"frames\":0}]}", "{\"signals\":[{\"name\":\"a\"}],\"cameras\":[{\"name\":\"c\",\"alias\":\"f\",\"width\":1025}]}",
	"{\"signals\":[{\"name\":\"a\"}],\"cameras\":[1,2,3,4,5]}", "{\"signals\":[{\"name\":\"a\"}],\"signals\":[]}",
};

static void seeds(void)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, recipe_text);
	written(&b);
	spur_buf_adds(&b, FUZZ_CUT "{\"v\":1}");
	fuzz_seed_buf(&b);
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		spur_buf_addf(&b, "%s" FUZZ_CUT FUZZ_CUT FUZZ_CUT FUZZ_CUT, recipes[i]);
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "\"rate_hz\":", "\"window_s\":", "\"stride_s\":", "\"signals\":[", "\"cameras\":[", "\"frames\":", "\"method\":",
				     "\"max_gap_s\":", "\"shard\":", "\"segments\":[", "\"begin_ns\":", "\"end_ns\":", "\"objects\":[", "\"sha256\":", "1e400", "1e-300",
				     "-9223372036854775808", "9223372036854775807", "null", NULL };

const struct fuzz_target fuzz_target = { .name = "extract", .max_len = 16u << 10, .parts = 5, .run = run, .seeds = seeds, .words = words, .told = 800 };
