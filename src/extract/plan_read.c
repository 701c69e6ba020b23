#include "config.h"

#include "extract/plan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "io/out.h"

#define PLAN_LIMIT (UINT64_C(1) << 32)

static const char *text_of(struct spur_arena *a, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return spur_arena_str(a, s == NULL ? "" : s);
}

static int64_t int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Where a source lies, as sources.json says. */
static void place(struct spur_arena *a, const json_t *places, struct spur_extract_source *s)
{
	s->path = s->role = "";
	for (size_t i = 0; i < json_array_size(places); i++) {
		const json_t *p = json_array_get(places, i);
		const char *sha = json_string_value(json_object_get(p, "sha256"));

		if (sha == NULL || strcmp(sha, s->sha256) != 0)
			continue;
		s->path = text_of(a, p, "path");
		s->role = text_of(a, p, "role");
		s->size_bytes = (uint64_t)int_of(p, "size_bytes");
		s->mtime_ns = int_of(p, "mtime_ns");
		return;
	}
}

static void read_sources(struct spur_arena *a, const json_t *list, const json_t *places, struct spur_extract_shard *shard)
{
	size_t n = json_array_size(list);
	struct spur_extract_source *s = spur_arena_array(a, n, sizeof(*s));

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		s[i].sha256 = text_of(a, o, "sha256");
		s[i].clock = (struct spur_clock){ .offset_ns = int_of(o, "offset_ns"), .drift_ppb = int_of(o, "drift_ppb"),
						  .ref_ns = int_of(o, "ref_ns") };
		place(a, places, &s[i]);
		if (json_is_string(json_object_get(o, "role")))
			s[i].role = text_of(a, o, "role");
	}
	shard->sources = s;
	shard->source_count = n;
}

static void read_segments(struct spur_arena *a, const json_t *list, struct spur_extract_shard *shard)
{
	size_t n = json_array_size(list);
	struct spur_extract_segment *s = spur_arena_array(a, n, sizeof(*s));

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		s[i] = (struct spur_extract_segment){ .id = text_of(a, o, "id"), .label = text_of(a, o, "label"),
						      .begin_ns = int_of(o, "begin_ns"), .end_ns = int_of(o, "end_ns") };
	}
	shard->segments = s;
	shard->segment_count = n;
}

static enum spur_status read_shard(struct spur_arena *a, const json_t *o, const json_t *places,
				   struct spur_extract_shard *shard, struct spur_error *err)
{
	shard->id = text_of(a, o, "shard");
	shard->drive = text_of(a, o, "drive");
	shard->split = text_of(a, o, "split");
	read_sources(a, json_object_get(o, "sources"), places, shard);
	read_segments(a, json_object_get(o, "segments"), shard);
	if (strlen(shard->id) != 64 || strspn(shard->id, "0123456789abcdef") != 64 || shard->segment_count == 0)
		return spur_fail(err, SPUR_EFORMAT, "no shard in this line");
	return SPUR_OK;
}

static enum spur_status read_header(struct spur_extract_plan *p, json_t *o, struct spur_error *err)
{
	const json_t *list = json_object_get(o, "classes");
	char *recipe = json_dumps(json_object_get(o, "recipe"), JSON_COMPACT);
	const char **classes;
	enum spur_status st = SPUR_OK;

	p->dataset = text_of(p->priv, o, "dataset");
	p->root = text_of(p->priv, o, "root");
	p->reader = text_of(p->priv, o, "reader");
	p->class_count = json_array_size(list);
	classes = spur_arena_array(p->priv, p->class_count, sizeof(*classes));
	for (size_t i = 0; i < p->class_count; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		classes[i] = spur_arena_str(p->priv, s == NULL ? "" : s);
	}
	p->classes = classes;
	if (int_of(o, "v") != 1 || p->class_count == 0)
		st = spur_fail(err, SPUR_EFORMAT, "not the head of a plan");
	else if (strcmp(p->reader, SPUR_EXTRACT_READER) != 0)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "planned by %s, this is %s; plan again with this version", p->reader,
			       SPUR_EXTRACT_READER);
	else
		st = spur_extract_recipe_parse(recipe == NULL ? "" : recipe, recipe == NULL ? 0 : strlen(recipe), NULL,
					       &p->recipe, err);
	free(recipe);
	return st;
}

static enum spur_status read_lines(struct spur_extract_plan *p, const char *data, size_t len, const json_t *places,
				   struct spur_error *err)
{
	struct spur_extract_shard *shards = NULL;
	size_t lines = 0;
	enum spur_status st = SPUR_OK;

	for (const char *q = data; q < data + len; q++)
		lines += *q == '\n';
	shards = spur_arena_array(p->priv, lines + 1, sizeof(*shards));
	p->shards = shards;
	for (size_t i = 0; i < lines && st == SPUR_OK; i++) {
		size_t n = strcspn(data, "\n");
		json_t *o = json_loadb(data, n, 0, NULL);

		if (o == NULL)
			st = spur_fail(err, SPUR_EFORMAT, "no JSON");
		else if (i == 0)
			st = read_header(p, o, err);
		else
			st = read_shard(p->priv, o, places, &shards[p->shard_count++], err);
		json_decref(o);
		data += n + 1;
		st = spur_wrap(st, err, "line %zu", i + 1);
	}
	if (st == SPUR_OK && p->shard_count == 0)
		st = spur_fail(err, SPUR_EFORMAT, "no shards");
	return st;
}

static json_t *load_places(const char *dir)
{
	char *path = spur_strfmt("%s/sources.json", dir), *data = NULL;
	size_t len;
	json_t *o = NULL;

	if (spur_file_read(path, PLAN_LIMIT, &data, &len, NULL) == SPUR_OK)
		o = json_loadb(data, len, 0, NULL);
	free(data);
	free(path);
	return o;
}

enum spur_status spur_extract_plan_load(const char *dir, struct spur_extract_plan **out, struct spur_error *err)
{
	char *path = spur_strfmt("%s/plan.jsonl", dir), *data = NULL;
	struct spur_arena *a = spur_arena_create(0);
	struct spur_extract_plan *p = spur_arena_alloc(a, sizeof(*p));
	json_t *places = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, PLAN_LIMIT, &data, &len, err);

	p->priv = a;
	*out = NULL;
	if (st >= 0) {
		places = load_places(dir);
		spur_sha256_hex_of(data, len, p->sha256);
		st = spur_wrap(read_lines(p, data, len, places, err), err, "%s", path);
	}
	json_decref(places);
	free(data);
	free(path);
	if (st < 0)
		spur_extract_plan_destroy(p);
	else
		*out = p;
	return st;
}

void spur_extract_plan_destroy(struct spur_extract_plan *p)
{
	if (p == NULL)
		return;
	spur_extract_recipe_destroy(p->recipe);
	spur_arena_destroy(p->priv);
}

size_t spur_extract_class(const struct spur_extract_plan *p, const char *label)
{
	size_t i = 0;

	while (i < p->class_count && strcmp(p->classes[i], label) != 0)
		i++;
	return i;
}
