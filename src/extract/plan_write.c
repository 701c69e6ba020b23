#include "config.h"

#include "extract/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "io/out.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_begin(const void *a, const void *b)
{
	const struct spur_extract_segment *x = a, *y = b;

	return x->begin_ns != y->begin_ns ? (x->begin_ns < y->begin_ns ? -1 : 1) : strcmp(x->id, y->id);
}

static const char **classes_of(const struct spur_extract_input *in, size_t *count)
{
	const char **all = NULL;
	size_t n = 0;

	*count = 0;
	for (size_t d = 0; d < in->drive_count; d++) {
		all = spur_realloc(all, n + in->drives[d].segment_count + 1, sizeof(*all));
		for (size_t i = 0; i < in->drives[d].segment_count; i++)
			all[n++] = in->drives[d].segments[i].label;
	}
	if (n > 0)
		qsort(all, n, sizeof(*all), by_text);
	for (size_t i = 0; i < n; i++) {
		if (*count == 0 || strcmp(all[*count - 1], all[i]) != 0)
			all[(*count)++] = all[i];
	}
	return all;
}

static void put_sources(struct spur_json *j, const struct spur_extract_drive *d)
{
	spur_json_begin(j, "sources", '[');
	for (size_t i = 0; i < d->source_count; i++) {
		const struct spur_extract_source *s = &d->sources[i];

		spur_json_begin(j, NULL, '{');
		spur_json_int(j, "drift_ppb", s->clock.drift_ppb);
		spur_json_int(j, "offset_ns", s->clock.offset_ns);
		spur_json_int(j, "ref_ns", s->clock.ref_ns);
		if (strncmp(s->role, "dbc", 3) == 0 && s->role[3] != '\0')	/* how it decodes is content, too */
			spur_json_text(j, "role", s->role);
		spur_json_text(j, "sha256", s->sha256);
		spur_json_end(j, '}');
	}
	spur_json_end(j, ']');
}

static void put_segments(struct spur_json *j, const struct spur_extract_segment *s, size_t count)
{
	spur_json_begin(j, "segments", '[');
	for (size_t i = 0; i < count; i++) {
		spur_json_begin(j, NULL, '{');
		spur_json_int(j, "begin_ns", s[i].begin_ns);
		spur_json_int(j, "end_ns", s[i].end_ns);
		spur_json_text(j, "id", s[i].id);
		spur_json_text(j, "label", s[i].label);
		spur_json_end(j, '}');
	}
	spur_json_end(j, ']');
}

static void drive_id(const struct spur_extract_drive *d, char out[21])
{
	struct spur_sha256 *h = spur_sha256_create();
	char hex[SPUR_SHA256_HEX];

	for (size_t i = 0; i < d->source_count; i++)
		spur_sha256_add(h, d->sources[i].sha256, strlen(d->sources[i].sha256) + 1);
	spur_sha256_end_hex(h, hex);
	memcpy(out, "drv-", 4);
	memcpy(out + 4, hex, 16);
	out[20] = '\0';
}

struct writer {
	struct spur_buf shared;		/* what every shard's id stands on, without its braces */
	struct spur_buf *out;
};

/* The id is over the shared part and the shard's own; the line has the own part and the id. */
static void put_shard(struct writer *w, const struct spur_extract_drive *d, const struct spur_extract_segment *segments,
		      size_t count)
{
	struct spur_buf own = { 0 };
	struct spur_json j = { .out = &own };
	struct spur_sha256 *h = spur_sha256_create();
	char drive[21], id[SPUR_SHA256_HEX];

	drive_id(d, drive);
	spur_json_text(&j, "drive", drive);
	put_segments(&j, segments, count);
	put_sources(&j, d);
	spur_sha256_add(h, w->shared.data, w->shared.len);
	spur_sha256_add(h, own.data, own.len);
	spur_sha256_end_hex(h, id);
	spur_buf_addf(w->out, "{\"shard\":\"%s\",\"split\":\"%s\",%s}\n", id, d->split, spur_buf_text(&own));
	spur_buf_finish(&own);
}

static void put_drive(struct writer *w, const struct spur_extract_drive *d, unsigned per_shard)
{
	struct spur_extract_segment *sorted = spur_calloc(d->segment_count, sizeof(*sorted));

	if (d->segment_count > 0)
		memcpy(sorted, d->segments, d->segment_count * sizeof(*sorted));
	qsort(sorted, d->segment_count, sizeof(*sorted), by_begin);
	for (size_t i = 0; i < d->segment_count; i += per_shard)
		put_shard(w, d, sorted + i, d->segment_count - i < per_shard ? d->segment_count - i : per_shard);
	free(sorted);
}

static void put_header(struct writer *w, const struct spur_extract_input *in, const struct spur_extract_recipe *recipe)
{
	struct spur_buf canonical = { 0 };
	struct spur_json j = { .out = &w->shared };
	const char **classes;
	size_t n;

	classes = classes_of(in, &n);
	spur_extract_recipe_canonical(recipe, &canonical);
	spur_json_begin(&j, "classes", '[');
	for (size_t i = 0; i < n; i++)
		spur_json_text(&j, NULL, classes[i]);
	spur_json_end(&j, ']');
	spur_json_text(&j, "reader", SPUR_EXTRACT_READER);
	spur_json_raw(&j, "recipe", spur_buf_text(&canonical));
	spur_buf_addf(w->out, "{\"v\":1,\"dataset\":\"%s\",\"root\":\"%s\",%s}\n", in->dataset, in->root,
		      spur_buf_text(&w->shared));
	free(classes);
	spur_buf_finish(&canonical);
}

struct keyed {
	char id[21];
	const struct spur_extract_drive *drive;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->id, ((const struct keyed *)b)->id);
}

static void put_plan(struct spur_buf *out, const struct spur_extract_input *in, const struct spur_extract_recipe *recipe)
{
	struct keyed *order = spur_calloc(in->drive_count, sizeof(*order));
	struct writer w = { .out = out };

	for (size_t i = 0; i < in->drive_count; i++) {
		order[i].drive = &in->drives[i];
		drive_id(&in->drives[i], order[i].id);
	}
	qsort(order, in->drive_count, sizeof(*order), by_id);
	put_header(&w, in, recipe);
	for (size_t i = 0; i < in->drive_count; i++)
		put_drive(&w, order[i].drive, recipe->segments_per_shard);
	spur_buf_finish(&w.shared);
	free(order);
}

static void put_places(struct spur_buf *out, const struct spur_extract_input *in)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '[');
	for (size_t d = 0; d < in->drive_count; d++) {
		for (size_t i = 0; i < in->drives[d].source_count; i++) {
			const struct spur_extract_source *s = &in->drives[d].sources[i];

			spur_json_begin(&j, NULL, '{');
			spur_json_text(&j, "sha256", s->sha256);
			spur_json_text(&j, "path", s->path);
			spur_json_text(&j, "role", s->role);
			spur_json_uint(&j, "size_bytes", s->size_bytes);
			spur_json_int(&j, "mtime_ns", s->mtime_ns);
			spur_json_end(&j, '}');
		}
	}
	spur_json_end(&j, ']');
	spur_buf_addc(out, '\n');
}

static enum spur_status check_input(const struct spur_extract_input *in, struct spur_error *err)
{
	size_t segments = 0;

	for (size_t d = 0; d < in->drive_count; d++) {
		if (in->drives[d].source_count == 0)
			return spur_fail(err, SPUR_EINVAL, "a drive without sources");
		segments += in->drives[d].segment_count;
	}
	return segments == 0 ? spur_fail(err, SPUR_EINVAL, "the dataset has no segments: nothing to extract") : SPUR_OK;
}

/* A folder holds one plan for ever: its shards are named by it. */
static enum spur_status store_plan(const char *path, const struct spur_buf *plan, struct spur_error *err)
{
	char *have = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, UINT64_C(1) << 32, &have, &len, err);

	if (st == SPUR_ENOTFOUND)
		st = spur_file_write(path, plan->data, plan->len, err);
	else if (st >= 0 && (len != plan->len || memcmp(have, plan->data, len) != 0))
		st = spur_fail(err, SPUR_EINVAL, "%s: another dataset or recipe was extracted here; use another folder", path);
	free(have);
	return st;
}

enum spur_status spur_extract_plan_write(const struct spur_extract_input *in, const struct spur_extract_recipe *recipe,
					 const char *dir, struct spur_error *err)
{
	char *plan_path = spur_strfmt("%s/plan.jsonl", dir), *places_path = spur_strfmt("%s/sources.json", dir);
	struct spur_buf plan = { 0 }, places = { 0 };
	enum spur_status st = check_input(in, err);

	if (st == SPUR_OK && (st = spur_dir_make(dir, err)) == SPUR_OK) {
		put_plan(&plan, in, recipe);
		put_places(&places, in);
		if ((st = store_plan(plan_path, &plan, err)) == SPUR_OK)
			st = spur_file_write(places_path, places.data, places.len, err);
	}
	spur_buf_finish(&plan);
	spur_buf_finish(&places);
	free(plan_path);
	free(places_path);
	return st;
}
