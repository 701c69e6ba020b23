#include "config.h"

#include "extract/recipe_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "export/export.h"
#include "io/out.h"

#define MAX_SIGNALS 4096
#define MAX_SAMPLES 1000000

enum spur_status spur_recipe_number(const json_t *o, const char *key, double lo, double hi, double fallback, double *out,
				    struct spur_error *err)
{
	const json_t *v = json_object_get(o, key);

	*out = v == NULL ? fallback : json_number_value(v);
	if ((v != NULL && !json_is_number(v)) || !(*out >= lo && *out <= hi))
		return spur_fail(err, SPUR_EINVAL, "%s: a number from %g to %g is needed", key, lo, hi);
	return SPUR_OK;
}

const char *const *spur_recipe_names(struct spur_extract_recipe *r, const json_t *v)
{
	struct spur_arena *a = r->priv;
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	const char **out = spur_arena_array(a, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_is_array(v) ? json_array_get(v, i) : v);

		if (s == NULL || *s == '\0')
			return NULL;
		out[i] = spur_arena_str(a, s);
	}
	return n == 0 ? NULL : out;
}

static enum spur_status read_signal(struct spur_extract_recipe *r, const json_t *o, struct spur_extract_signal *s,
				    struct spur_error *err)
{
	const char *alias = json_string_value(json_object_get(o, "alias"));
	const char *method = json_string_value(json_object_get(o, "method"));
	double gap;
	enum spur_status st;

	s->names = spur_recipe_names(r, json_object_get(o, "name"));
	if (s->names == NULL)
		return spur_fail(err, SPUR_EINVAL, "name: the name of a signal, or a list of names, is needed");
	s->alias = spur_arena_str(r->priv, alias == NULL ? s->names[0] : alias);
	s->optional = json_is_true(json_object_get(o, "optional"));
	if ((st = spur_resample_parse(method == NULL ? "linear" : method, &s->method, err)) < 0 ||
	    (st = spur_recipe_number(o, "scale", -1e30, 1e30, 1, &s->scale, err)) < 0 ||
	    (st = spur_recipe_number(o, "offset", -1e30, 1e30, 0, &s->offset, err)) < 0 ||
	    (st = spur_recipe_number(o, "max_gap_s", 0, 3600, (double)SPUR_RESAMPLE_GAP_NS / 1e9, &gap, err)) < 0)
		return st;
	s->max_gap_ns = llround(gap * 1e9);
	return SPUR_OK;
}

static enum spur_status read_signals(struct spur_extract_recipe *r, const json_t *o, struct spur_error *err)
{
	const json_t *list = json_object_get(o, "signals");
	struct spur_extract_signal *s;
	size_t n = json_array_size(list);

	if (n == 0 || n > MAX_SIGNALS)
		return spur_fail(err, SPUR_EINVAL, "signals: a list of 1 to %d signals is needed", MAX_SIGNALS);
	s = spur_arena_array(r->priv, n, sizeof(*s));
	r->signals = s;
	for (; r->signal_count < n; r->signal_count++) {
		size_t i = r->signal_count;
		enum spur_status st = read_signal(r, json_array_get(list, i), &s[i], err);

		if (st < 0)
			return spur_wrap(st, err, "signals[%zu]", i);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(s[k].alias, s[i].alias) == 0)
				return spur_fail(err, SPUR_EINVAL, "signals[%zu]: a second '%s'; give it another alias", i, s[i].alias);
		}
	}
	return SPUR_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum spur_status add_format(const char **out, size_t *n, const char *id, struct spur_error *err)
{
	const struct spur_exporter *x = spur_exporter_find(id);

	if (x == NULL)
		return spur_fail(err, SPUR_EINVAL, "formats: no '%s'; there are parquet, npz and csv", id);
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(out[i], x->id) == 0)
			return SPUR_OK;
	}
	out[(*n)++] = x->id;
	return SPUR_OK;
}

static enum spur_status read_formats(struct spur_extract_recipe *r, const json_t *o, const char *given, struct spur_error *err)
{
	const json_t *list = json_object_get(o, "formats");
	const char **out = spur_arena_array(r->priv, 16, sizeof(*out));
	size_t n = 0;
	enum spur_status st = SPUR_OK;

	for (const char *p = given; p != NULL && *p != '\0' && st == SPUR_OK && n < 15;) {
		size_t len = strcspn(p, ",");

		st = add_format(out, &n, spur_arena_strn(r->priv, p, len), err);
		p += len + (p[len] == ',');
	}
	for (size_t i = 0; given == NULL && i < json_array_size(list) && i < 15 && st == SPUR_OK; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		st = add_format(out, &n, s == NULL ? "" : s, err);
	}
	if (st == SPUR_OK && n == 0)
		st = spur_fail(err, SPUR_EINVAL, "formats: say at least one of parquet, npz, csv");
	qsort(out, n, sizeof(*out), by_text);
	r->formats = out;
	return st;
}

static enum spur_status read_grid(struct spur_extract_recipe *r, const json_t *o, struct spur_error *err)
{
	double per_shard;
	enum spur_status st;

	if ((st = spur_recipe_number(o, "rate_hz", 0.001, 100000, 50, &r->rate_hz, err)) < 0 ||
	    (st = spur_recipe_number(o, "window_s", 1e-5, 86400, 3, &r->window_s, err)) < 0 ||
	    (st = spur_recipe_number(o, "stride_s", 1e-5, 86400, r->window_s, &r->stride_s, err)) < 0 ||
	    (st = spur_recipe_number(o, "segments_per_shard", 1, 100000, 16, &per_shard, err)) < 0)
		return st;
	if (r->window_s * r->rate_hz > MAX_SAMPLES || llround(r->window_s * r->rate_hz) < 1)
		return spur_fail(err, SPUR_EINVAL, "window_s: %g s at %g Hz are not 1 to %d samples", r->window_s, r->rate_hz,
				 MAX_SAMPLES);
	r->step_ns = llround(1e9 / r->rate_hz);
	r->samples = (uint32_t)llround(r->window_s * r->rate_hz);
	r->stride = (uint32_t)llround(r->stride_s * r->rate_hz);
	r->stride = r->stride == 0 ? 1 : r->stride;
	r->segments_per_shard = (unsigned)per_shard;
	return SPUR_OK;
}

enum spur_status spur_extract_recipe_parse(const char *json, size_t len, const char *formats,
					   struct spur_extract_recipe **out, struct spur_error *err)
{
	json_error_t je;
	json_t *o = json_loadb(json, len, JSON_REJECT_DUPLICATES, &je);
	struct spur_extract_recipe *r = NULL;
	struct spur_arena *a;
	enum spur_status st;

	*out = NULL;
	if (o == NULL)
		return spur_fail_byte(err, SPUR_EINVAL, (uint64_t)je.position, "line %d: %s", je.line, je.text);
	if (!json_is_object(o)) {
		json_decref(o);
		return spur_fail(err, SPUR_EINVAL, "an object is needed");
	}
	a = spur_arena_create(0);
	r = spur_arena_alloc(a, sizeof(*r));
	r->priv = a;
	if ((st = read_grid(r, o, err)) == SPUR_OK && (st = read_signals(r, o, err)) == SPUR_OK &&
	    (st = spur_recipe_cameras_read(r, o, err)) == SPUR_OK)
		st = read_formats(r, o, formats, err);
	json_decref(o);
	if (st < 0)
		spur_extract_recipe_destroy(r);
	else
		*out = r;
	return st;
}

enum spur_status spur_extract_recipe_load(const char *path, const char *formats, struct spur_extract_recipe **out,
					  struct spur_error *err)
{
	char *data = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, 16u << 20, &data, &len, err);

	*out = NULL;
	if (st >= 0)
		st = spur_wrap(spur_extract_recipe_parse(data, len, formats, out, err), err, "%s", path);
	free(data);
	return st;
}

void spur_extract_recipe_destroy(struct spur_extract_recipe *r)
{
	if (r != NULL)
		spur_arena_destroy(r->priv);
}

void spur_recipe_put_names(struct spur_json *j, const char *const *names)
{
	spur_json_begin(j, "name", '[');
	for (; *names != NULL; names++)
		spur_json_text(j, NULL, *names);
	spur_json_end(j, ']');
}

static void put_signal(struct spur_json *j, const struct spur_extract_signal *s)
{
	spur_json_begin(j, NULL, '{');
	spur_json_text(j, "alias", s->alias);
	spur_json_f64(j, "max_gap_s", (double)s->max_gap_ns / 1e9);
	spur_json_text(j, "method", spur_resample_name(s->method));
	spur_recipe_put_names(j, s->names);
	spur_json_f64(j, "offset", s->offset);
	spur_json_bool(j, "optional", s->optional);
	spur_json_f64(j, "scale", s->scale);
	spur_json_end(j, '}');
}

void spur_extract_recipe_canonical(const struct spur_extract_recipe *r, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	if (r->camera_count > 0)
		spur_recipe_cameras_put(&j, r);
	spur_json_begin(&j, "formats", '[');
	for (const char *const *f = r->formats; *f != NULL; f++)
		spur_json_text(&j, NULL, *f);
	spur_json_end(&j, ']');
	spur_json_f64(&j, "rate_hz", r->rate_hz);
	spur_json_uint(&j, "segments_per_shard", r->segments_per_shard);
	spur_json_begin(&j, "signals", '[');
	for (size_t i = 0; i < r->signal_count; i++)
		put_signal(&j, &r->signals[i]);
	spur_json_end(&j, ']');
	spur_json_f64(&j, "stride_s", r->stride_s);
	spur_json_f64(&j, "window_s", r->window_s);
	spur_json_end(&j, '}');
}
