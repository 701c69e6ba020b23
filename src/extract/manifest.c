#include "config.h"

#include "extract/commit.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "extract/recipe_priv.h"
#include "io/out.h"

/* ---- Merkle tree: leaf = H(0 | commit), node = H(1 | left | right), an odd one goes up as it is */

static void node(const unsigned char *l, const unsigned char *r, unsigned char *out)
{
	unsigned char both[1 + 2 * SPUR_SHA256_BYTES] = { 1 };

	memcpy(both + 1, l, SPUR_SHA256_BYTES);
	memcpy(both + 1 + SPUR_SHA256_BYTES, r, SPUR_SHA256_BYTES);
	spur_sha256_of(both, sizeof(both), out);
}

static void merkle(unsigned char (*level)[SPUR_SHA256_BYTES], size_t count, char hex[65])
{
	for (; count > 1; count = (count + 1) / 2) {
		for (size_t i = 0; i < count; i += 2) {
			if (i + 1 < count)
				node(level[i], level[i + 1], level[i / 2]);
			else
				memmove(level[i / 2], level[i], SPUR_SHA256_BYTES);
		}
	}
	spur_hex(level[0], SPUR_SHA256_BYTES, hex);
}

static void leaf(const struct spur_extract_commit *c, unsigned char out[SPUR_SHA256_BYTES])
{
	unsigned char text[65] = { 0 };

	memcpy(text + 1, c->sha256, 64);
	spur_sha256_of(text, sizeof(text), out);
}

/* ---- collecting */

struct item {
	const struct spur_extract_shard *shard;
	struct spur_extract_commit commit;
};

static int by_shard(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->commit.shard, ((const struct item *)b)->commit.shard);
}

/* A bad object is not waited for: without its commit the next worker makes it again. */
static enum spur_status drop_commit(const char *dir, const char *shard, struct spur_error *err)
{
	char *path = spur_strfmt("%s/commits/%s.json", dir, shard);

	unlink(path);
	free(path);
	return spur_wrap(SPUR_EFORMAT, err, "shard %.12s", shard);
}

static enum spur_status collect(const struct spur_extract_plan *p, const char *dir, struct item *items, bool repair,
				struct spur_task *task, struct spur_error *err)
{
	for (size_t i = 0; i < p->shard_count; i++) {
		enum spur_status st;

		items[i].shard = &p->shards[i];
		if (spur_task_cancelled(task))
			return spur_fail(err, SPUR_ECANCELLED, "stopped");
		st = spur_extract_commit_check(dir, p->shards[i].id, true, &items[i].commit, task, err);
		if (st == SPUR_ENOTFOUND)
			return SPUR_END;
		if (st == SPUR_EFORMAT && repair)
			return drop_commit(dir, p->shards[i].id, err);
		if (st < 0)
			return st;
	}
	qsort(items, p->shard_count, sizeof(*items), by_shard);
	return SPUR_OK;
}

static void add_up(const struct item *items, size_t count, struct spur_extract_total *t)
{
	unsigned char (*leaves)[SPUR_SHA256_BYTES] = spur_calloc(count, SPUR_SHA256_BYTES);

	*t = (struct spur_extract_total){ .shards = count };
	for (size_t i = 0; i < count; i++) {
		const struct spur_extract_commit *c = &items[i].commit;

		leaf(c, leaves[i]);
		t->windows += c->windows;
		t->empty += c->empty;
		t->missing_frames += c->missing_frames;
		for (size_t k = 0; k < c->object_count; k++)
			t->bytes += c->objects[k].bytes;
	}
	merkle(leaves, count, t->merkle_root);
	free(leaves);
}

/* ---- manifest.json */

static void put_signals(struct spur_json *j, const struct spur_extract_recipe *r)
{
	spur_json_begin(j, "signals", '[');
	for (size_t i = 0; i < r->signal_count; i++)
		spur_json_text(j, NULL, r->signals[i].alias);
	spur_json_end(j, ']');
}

static void put_shards(struct spur_json *j, const struct item *items, size_t count)
{
	spur_json_begin(j, "shards", '[');
	for (size_t i = 0; i < count; i++) {
		const struct spur_extract_commit *c = &items[i].commit;

		for (size_t k = 0; k < c->object_count; k++) {
			char *path = spur_extract_object_path(&c->objects[k]);

			spur_json_begin(j, NULL, '{');
			spur_json_text(j, "path", path);
			spur_json_text(j, "sha256", c->objects[k].sha256);
			spur_json_uint(j, "bytes", c->objects[k].bytes);
			spur_json_uint(j, "rows", c->objects[k].rows);
			spur_json_text(j, "format", c->objects[k].format);
			spur_json_text(j, "split", items[i].shard->split);
			spur_json_text(j, "drive", items[i].shard->drive);
			spur_json_text(j, "shard", c->shard);
			spur_json_text(j, "commit", c->sha256);
			spur_json_end(j, '}');
			free(path);
		}
	}
	spur_json_end(j, ']');
}

/* Every source once, with the clock it was read by. */
static void put_sources(struct spur_json *j, const struct spur_extract_plan *p)
{
	const char *drive = "";

	spur_json_begin(j, "sources", '[');
	for (size_t i = 0; i < p->shard_count; i++) {
		const struct spur_extract_shard *s = &p->shards[i];

		for (size_t k = 0; strcmp(drive, s->drive) != 0 && k < s->source_count; k++) {
			spur_json_begin(j, NULL, '{');
			spur_json_text(j, "sha256", s->sources[k].sha256);
			spur_json_text(j, "drive", s->drive);
			spur_json_int(j, "offset_ns", s->sources[k].clock.offset_ns);
			spur_json_int(j, "drift_ppb", s->sources[k].clock.drift_ppb);
			spur_json_int(j, "ref_ns", s->sources[k].clock.ref_ns);
			spur_json_end(j, '}');
		}
		drive = s->drive;	/* the plan has the shards of a drive together */
	}
	spur_json_end(j, ']');
}

static void put_manifest(const struct spur_extract_plan *p, const struct item *items, const struct spur_extract_total *t,
			 struct spur_buf *out)
{
	struct spur_json j = { .out = out };
	struct spur_buf recipe = { 0 };

	spur_extract_recipe_canonical(p->recipe, &recipe);
	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "v", 1);
	spur_json_text(&j, "merkle_root", t->merkle_root);
	spur_json_text(&j, "plan_sha256", p->sha256);
	spur_json_text(&j, "dataset", p->dataset);
	spur_json_text(&j, "dataset_root", p->root);
	spur_json_text(&j, "reader", SPUR_EXTRACT_READER);
	spur_json_f64(&j, "rate_hz", p->recipe->rate_hz);
	spur_json_f64(&j, "window_s", p->recipe->window_s);
	spur_json_f64(&j, "stride_s", p->recipe->stride_s);
	spur_json_uint(&j, "samples", p->recipe->samples);
	spur_json_begin(&j, "classes", '[');
	for (size_t i = 0; i < p->class_count; i++)
		spur_json_text(&j, NULL, p->classes[i]);
	spur_json_end(&j, ']');
	put_signals(&j, p->recipe);
	if (p->recipe->camera_count > 0) {
		spur_recipe_cameras_put(&j, p->recipe);
		spur_json_uint(&j, "missing_frames", t->missing_frames);
	}
	spur_json_uint(&j, "n", t->shards);
	spur_json_uint(&j, "windows", t->windows);
	spur_json_uint(&j, "empty_windows", t->empty);
	spur_json_uint(&j, "bytes", t->bytes);
	put_sources(&j, p);
	put_shards(&j, items, p->shard_count);
	spur_json_raw(&j, "recipe", spur_buf_text(&recipe));
	spur_json_end(&j, '}');
	spur_buf_addc(out, '\n');
	spur_buf_finish(&recipe);
}

static enum spur_status total(const struct spur_extract_plan *p, const char *dir, bool repair, struct spur_buf *manifest,
			      struct spur_extract_total *out, struct spur_task *task, struct spur_error *err)
{
	struct item *items = spur_calloc(p->shard_count, sizeof(*items));
	enum spur_status st = collect(p, dir, items, repair, task, err);

	if (st == SPUR_OK) {
		add_up(items, p->shard_count, out);
		put_manifest(p, items, out, manifest);
		spur_sha256_hex_of(manifest->data, manifest->len, out->manifest_sha256);
		out->manifest_bytes = manifest->len;
	}
	free(items);
	return st;
}

enum spur_status spur_extract_finish(const struct spur_extract_plan *p, const char *dir, struct spur_extract_total *out,
				     struct spur_task *task, struct spur_error *err)
{
	char *path = spur_strfmt("%s/manifest.json", dir);
	struct spur_buf b = { 0 };
	enum spur_status st = total(p, dir, true, &b, out, task, err);

	if (st == SPUR_OK)
		st = spur_file_write(path, b.data, b.len, err);
	spur_buf_finish(&b);
	free(path);
	return st;
}

enum spur_status spur_extract_verify(const char *dir, struct spur_extract_total *out, struct spur_task *task,
				     struct spur_error *err)
{
	char *path = spur_strfmt("%s/manifest.json", dir), *have = NULL;
	struct spur_extract_plan *p = NULL;
	struct spur_buf b = { 0 };
	size_t len = 0;
	enum spur_status st = spur_extract_plan_load(dir, &p, err);

	if (st >= 0)
		st = total(p, dir, false, &b, out, task, err);
	if (st == SPUR_END)
		st = spur_fail(err, SPUR_EFORMAT, "%s: not finished: shards without a commit", dir);
	if (st >= 0)
		st = spur_file_read(path, UINT64_C(1) << 32, &have, &len, err);
	if (st >= 0 && (len != b.len || memcmp(have, b.data, len) != 0))
		st = spur_fail(err, SPUR_EFORMAT, "%s: not the manifest of these commits", path);
	spur_extract_plan_destroy(p);
	spur_buf_finish(&b);
	free(have);
	free(path);
	return st;
}
