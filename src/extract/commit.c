#include "config.h"

#include "extract/commit.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "export/export.h"
#include "io/out.h"
#include "io/range.h"

char *spur_extract_object_path(const struct spur_extract_object *o)
{
	return spur_strfmt("objects/%.2s/%s%s", o->sha256, o->sha256, o->suffix);
}

static char *commit_path(const char *dir, const char *shard)
{
	return spur_strfmt("%s/commits/%s.json", dir, shard);
}

static enum spur_status hash_file(const char *path, char hex[65], uint64_t *bytes, struct spur_task *task,
				  struct spur_error *err)
{
	struct spur_range *r = NULL;
	enum spur_status st = spur_range_open(path, &r, err);

	if (st >= 0) {
		*bytes = spur_range_size(r);
		st = spur_range_sha256(r, hex, task, err);
	}
	spur_range_close(r);
	return st;
}

enum spur_status spur_extract_object_store(const char *dir, const char *file, struct spur_extract_object *o,
					   struct spur_error *err)
{
	enum spur_status st = hash_file(file, o->sha256, &o->bytes, NULL, err);
	char *folder, *to, *name;

	if (st < 0)
		return st;
	folder = spur_strfmt("%s/objects/%.2s", dir, o->sha256);
	name = spur_extract_object_path(o);
	to = spur_strfmt("%s/%s", dir, name);
	if ((st = spur_dir_make(folder, err)) >= 0)
		st = spur_file_move(file, to, err);
	free(folder);
	free(name);
	free(to);
	return st;
}

/* ---- the record */

static void put_commit(const struct spur_extract_commit *c, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "empty_windows", c->empty);
	if (c->missing_frames > 0)
		spur_json_uint(&j, "missing_frames", c->missing_frames);
	spur_json_begin(&j, "objects", '[');
	for (size_t i = 0; i < c->object_count; i++) {
		const struct spur_extract_object *o = &c->objects[i];

		spur_json_begin(&j, NULL, '{');
		spur_json_uint(&j, "bytes", o->bytes);
		spur_json_text(&j, "format", o->format);
		spur_json_uint(&j, "rows", o->rows);
		spur_json_text(&j, "sha256", o->sha256);
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, ']');
	spur_json_text(&j, "reader", SPUR_EXTRACT_READER);
	spur_json_text(&j, "shard", c->shard);
	spur_json_uint(&j, "windows", c->windows);
	spur_json_end(&j, '}');
	spur_buf_addc(out, '\n');
}

enum spur_status spur_extract_commit_write(const char *dir, struct spur_extract_commit *c, struct spur_error *err)
{
	char *path = commit_path(dir, c->shard), *have = NULL;
	struct spur_buf b = { 0 };
	size_t len;
	enum spur_status st = spur_file_read(path, 1u << 20, &have, &len, err);

	put_commit(c, &b);
	spur_sha256_hex_of(b.data, b.len, c->sha256);
	if (st == SPUR_ENOTFOUND)
		st = spur_file_write(path, b.data, b.len, err);
	else if (st >= 0 && (len != b.len || memcmp(have, b.data, len) != 0))
		st = spur_fail(err, SPUR_EFORMAT, "shard %.12s gave other bytes this time: it is not deterministic; nothing was "
			       "overwritten, see %s", c->shard, path);
	free(have);
	free(path);
	spur_buf_finish(&b);
	return st;
}

static bool read_object(const json_t *o, struct spur_extract_object *out)
{
	const char *sha = json_string_value(json_object_get(o, "sha256"));
	const char *format = json_string_value(json_object_get(o, "format"));
	const struct spur_exporter *x = format == NULL ? NULL : spur_exporter_find(format);

	if (sha == NULL || strlen(sha) != 64 || strspn(sha, "0123456789abcdef") != 64 || x == NULL)
		return false;
	memcpy(out->sha256, sha, 65);
	out->format = x->id;
	out->suffix = x->suffix;
	out->bytes = (uint64_t)json_integer_value(json_object_get(o, "bytes"));
	out->rows = (uint64_t)json_integer_value(json_object_get(o, "rows"));
	return true;
}

static bool read_commit(const json_t *o, const char *shard, struct spur_extract_commit *out)
{
	const char *id = json_string_value(json_object_get(o, "shard"));
	const json_t *list = json_object_get(o, "objects");

	out->windows = (uint64_t)json_integer_value(json_object_get(o, "windows"));
	out->empty = (uint64_t)json_integer_value(json_object_get(o, "empty_windows"));
	out->missing_frames = (uint64_t)json_integer_value(json_object_get(o, "missing_frames"));
	out->object_count = json_array_size(list);
	if (id == NULL || strcmp(id, shard) != 0 || out->object_count == 0 || out->object_count > 8)
		return false;
	snprintf(out->shard, sizeof(out->shard), "%s", shard);
	for (size_t i = 0; i < out->object_count; i++) {
		if (!read_object(json_array_get(list, i), &out->objects[i]))
			return false;
	}
	return true;
}

enum spur_status spur_extract_commit_load(const char *dir, const char *shard, struct spur_extract_commit *out,
					  struct spur_error *err)
{
	char *path = commit_path(dir, shard), *data = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, 1u << 20, &data, &len, err);
	json_t *o = st < 0 ? NULL : json_loadb(data, len, 0, NULL);

	*out = (struct spur_extract_commit){ 0 };
	if (st >= 0) {
		spur_sha256_hex_of(data, len, out->sha256);
		if (!read_commit(o, shard, out))
			st = spur_fail(err, SPUR_EFORMAT, "%s: no commit record", path);
	}
	json_decref(o);
	free(data);
	free(path);
	return st;
}

static enum spur_status check_object(const char *dir, const struct spur_extract_object *o, bool deep,
				     struct spur_task *task, struct spur_error *err)
{
	char *name = spur_extract_object_path(o), *path = spur_strfmt("%s/%s", dir, name), hex[65];
	struct spur_range *r = NULL;
	enum spur_status st = spur_wrap(spur_range_open(path, &r, err), err, "%s", path);

	if (st >= 0 && spur_range_size(r) != o->bytes)
		st = spur_fail(err, SPUR_EFORMAT, "%s: %" PRIu64 " bytes, committed with %" PRIu64, path, spur_range_size(r),
			       o->bytes);
	if (st >= 0 && deep && (st = spur_range_sha256(r, hex, task, err)) >= 0 && strcmp(hex, o->sha256) != 0)
		st = spur_fail(err, SPUR_EFORMAT, "%s: its bytes changed: sha256 is %.12s", path, hex);
	spur_range_close(r);
	free(name);
	free(path);
	return st == SPUR_ENOTFOUND ? SPUR_EFORMAT : st;
}

enum spur_status spur_extract_commit_check(const char *dir, const char *shard, bool deep, struct spur_extract_commit *out,
					   struct spur_task *task, struct spur_error *err)
{
	enum spur_status st = spur_extract_commit_load(dir, shard, out, err);

	for (size_t i = 0; st >= 0 && i < out->object_count; i++)
		st = check_object(dir, &out->objects[i], deep, task, err);
	return st;
}
