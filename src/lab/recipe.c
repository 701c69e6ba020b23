#include "config.h"

#include "lab/recipe.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"

#define RECIPE_LIMIT (1u << 20)		/* bytes of recipe.json or of one program */
#define ENTRY_LIMIT 16

struct spur_recipe {
	json_t *json;
	char *dir;
	char code_sha[SPUR_SHA256_HEX];
	struct spur_recipe_entry entries[ENTRY_LIMIT];
	size_t entry_count;
};

/* Name and content with their lengths: no bytes can move from one to the other, nor from file to file. */
static enum spur_status hash_file(struct spur_sha256 *h, const char *dir, const char *name, struct spur_error *err)
{
	char *path = spur_strfmt("%s/%s", dir, name), *data = NULL;
	size_t len = 0;
	enum spur_status st = spur_file_read(path, RECIPE_LIMIT, &data, &len, err);

	if (st >= 0) {
		char *frame = spur_strfmt("%zu:%s:%zu:", strlen(name), name, len);

		spur_sha256_add(h, frame, strlen(frame));
		spur_sha256_add(h, data, len);
		free(frame);
	}
	free(data);
	free(path);
	return st;
}

static bool is_code(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && (strcmp(dot, ".py") == 0 || strcmp(dot, ".json") == 0);
}

static enum spur_status hash_dir(struct spur_sha256 *h, const char *dir, struct spur_error *err)
{
	char **names = NULL;
	size_t count = 0;
	enum spur_status st = spur_dir_list(dir, &names, &count, err);

	for (size_t i = 0; i < count; i++) {
		if (st >= 0 && is_code(names[i]))
			st = hash_file(h, dir, names[i], err);
		free(names[i]);
	}
	free(names);
	return st;
}

static enum spur_status hash_code(struct spur_recipe *r, const char *datadir, struct spur_error *err)
{
	struct spur_sha256 *h = spur_sha256_create();
	char *kit = spur_strfmt("%s/recipes/kit", datadir);
	enum spur_status st = hash_dir(h, r->dir, err);

	if (st >= 0)
		st = hash_dir(h, kit, err);
	spur_sha256_end_hex(h, r->code_sha);
	free(kit);
	return st;
}

static enum spur_status read_outputs(struct spur_recipe_entry *e, const json_t *outputs, struct spur_error *err)
{
	size_t n = json_array_size(outputs);

	e->outputs = spur_calloc(n, sizeof(*e->outputs));
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(outputs, i);
		const char *path = json_string_value(json_object_get(o, "path"));
		const char *kind = json_string_value(json_object_get(o, "kind"));

		if (path == NULL || kind == NULL || path[0] == '/' || strstr(path, "..") != NULL)
			return spur_fail(err, SPUR_EFORMAT, "entry '%s': output %zu needs a path below the job and a kind",
					 e->name, i);
		e->outputs[e->output_count++] = (struct spur_recipe_output){ path, kind };
	}
	return SPUR_OK;
}

static enum spur_status read_entries(struct spur_recipe *r, struct spur_error *err)
{
	json_t *entries = json_object_get(r->json, "entries"), *v;
	const char *name;
	enum spur_status st = SPUR_OK;

	if (json_string_value(json_object_get(r->json, "id")) == NULL || json_object_size(entries) == 0 ||
	    json_object_size(entries) > ENTRY_LIMIT)
		return spur_fail(err, SPUR_EFORMAT, "needs \"id\" and 1 to %d \"entries\"", ENTRY_LIMIT);
	json_object_foreach(entries, name, v) {
		const char *file = json_string_value(json_object_get(v, "file"));
		struct spur_recipe_entry *e = &r->entries[r->entry_count++];

		if (file == NULL || strchr(file, '/') != NULL)
			return spur_fail(err, SPUR_EFORMAT, "entry '%s': \"file\" is not a name in its folder", name);
		e->name = name;
		e->program = spur_strfmt("%s/%s", r->dir, file);
		if ((st = read_outputs(e, json_object_get(v, "outputs"), err)) < 0)
			return st;
	}
	return st;
}

static enum spur_status parse(struct spur_recipe *r, const char *path, struct spur_error *err)
{
	char *text = NULL;
	size_t len = 0;
	json_error_t je;
	enum spur_status st = spur_file_read(path, RECIPE_LIMIT, &text, &len, err);

	if (st < 0)
		return st;
	r->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	free(text);
	if (r->json == NULL)
		return spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", path, je.text);
	return spur_wrap(read_entries(r, err), err, "%s", path);
}

static enum spur_status no_recipe(const char *datadir, const char *name, struct spur_error *err)
{
	char *dir = spur_strfmt("%s/recipes", datadir), **names = NULL;
	struct spur_buf known = { 0 };
	size_t count = 0;
	enum spur_status st;

	if (spur_dir_list(dir, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char *path = spur_strfmt("%s/%s/recipe.json", dir, names[i]);

		if (access(path, R_OK) == 0)
			spur_buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", names[i]);
		free(path);
		free(names[i]);
	}
	free(names);
	st = spur_fail(err, SPUR_ENOTFOUND, "no recipe '%s' in %s; there are: %s", name, dir, spur_buf_text(&known));
	spur_buf_finish(&known);
	free(dir);
	return st;
}

enum spur_status spur_recipe_load(const char *datadir, const char *name, struct spur_recipe **out,
				  struct spur_error *err)
{
	struct spur_recipe *r = spur_calloc(1, sizeof(*r));
	char *path;
	enum spur_status st;

	r->dir = spur_strfmt("%s/recipes/%s", datadir, name);
	path = spur_strfmt("%s/recipe.json", r->dir);
	if (strchr(name, '/') != NULL || access(path, R_OK) != 0)
		st = no_recipe(datadir, name, err);
	else if ((st = parse(r, path, err)) >= 0)
		st = hash_code(r, datadir, err);
	free(path);
	if (st < 0) {
		spur_recipe_destroy(r);
		r = NULL;
	}
	*out = r;
	return st;
}

void spur_recipe_destroy(struct spur_recipe *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->entry_count; i++) {
		free(r->entries[i].program);
		free(r->entries[i].outputs);
	}
	json_decref(r->json);
	free(r->dir);
	free(r);
}

const char *spur_recipe_id(const struct spur_recipe *r)
{
	return json_string_value(json_object_get(r->json, "id"));
}

enum spur_recipe_python spur_recipe_python(const struct spur_recipe *r)
{
	const char *p = json_string_value(json_object_get(r->json, "python"));

	return p != NULL && strcmp(p, "tools") == 0 ? SPUR_RECIPE_TOOLS : SPUR_RECIPE_TRAIN;
}

const struct spur_recipe_entry *spur_recipe_entry(const struct spur_recipe *r, const char *name)
{
	for (size_t i = 0; i < r->entry_count; i++) {
		if (strcmp(r->entries[i].name, name) == 0)
			return &r->entries[i];
	}
	return NULL;
}

const char *spur_recipe_code_sha(const struct spur_recipe *r)
{
	return r->code_sha;
}

/* ---- parameters ---- */

static bool parse_number(const char *text, bool whole, double *out)
{
	char *end;

	errno = 0;
	if (whole)
		*out = (double)strtoll(text, &end, 10);
	else
		*out = strtod(text, &end);
	return errno == 0 && end != text && *end == '\0' && isfinite(*out);
}

static enum spur_status check_number(const json_t *spec, bool whole, const char *text, struct spur_error *err)
{
	const json_t *lo = json_object_get(spec, "min"), *hi = json_object_get(spec, "max");
	double v;

	if (!parse_number(text, whole, &v))
		return spur_fail(err, SPUR_EINVAL, "'%s' is not %s", text, whole ? "a whole number" : "a number");
	if ((lo != NULL && v < json_number_value(lo)) || (hi != NULL && v > json_number_value(hi)))
		return spur_fail(err, SPUR_EINVAL, "%s is outside [%g, %g]", text, lo == NULL ? -HUGE_VAL : json_number_value(lo),
				 hi == NULL ? HUGE_VAL : json_number_value(hi));
	return SPUR_OK;
}

static enum spur_status check_choice(const json_t *choices, const char *text, struct spur_error *err)
{
	struct spur_buf known = { 0 };
	enum spur_status st;

	for (size_t i = 0; i < json_array_size(choices); i++) {
		const char *c = json_string_value(json_array_get(choices, i));

		if (c != NULL && strcmp(c, text) == 0) {
			spur_buf_finish(&known);
			return SPUR_OK;
		}
		spur_buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", c == NULL ? "?" : c);
	}
	st = spur_fail(err, SPUR_EINVAL, "'%s' is not one of %s", text, spur_buf_text(&known));
	spur_buf_finish(&known);
	return st;
}

static enum spur_status check_value(const json_t *spec, const char *text, struct spur_error *err)
{
	const char *type = json_string_value(json_object_get(spec, "type"));

	if (type == NULL)
		return spur_fail(err, SPUR_EFORMAT, "no type in recipe.json");
	if (strcmp(type, "int") == 0 || strcmp(type, "float") == 0)
		return check_number(spec, type[0] == 'i', text, err);
	if (strcmp(type, "bool") == 0 && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return spur_fail(err, SPUR_EINVAL, "'%s' is neither true nor false", text);
	return json_object_get(spec, "choices") == NULL ? SPUR_OK : check_choice(json_object_get(spec, "choices"), text, err);
}

enum spur_status spur_recipe_check(const struct spur_recipe *r, const char *entry, const char *key, const char *text,
				   struct spur_error *err)
{
	const json_t *e = json_object_get(json_object_get(r->json, "entries"), entry);
	json_t *all = json_object_get(e, "parameters"), *v;
	const json_t *spec = json_object_get(all, key);
	struct spur_buf known = { 0 };
	const char *name;
	enum spur_status st;

	if (spec != NULL)
		return spur_wrap(check_value(spec, text, err), err, "parameter %s", key);
	json_object_foreach(all, name, v)
		spur_buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", name);
	st = spur_fail(err, SPUR_EINVAL, "recipe %s has no parameter '%s' in '%s'; there are: %s", spur_recipe_id(r), key,
		       entry, spur_buf_text(&known));
	spur_buf_finish(&known);
	return st;
}

/* ---- interpreters ---- */

static const char *env_of(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

enum spur_status spur_train_python(char *out, size_t size, struct spur_error *err)
{
	const char *p = env_of("SPUR_TRAIN_PYTHON");

	snprintf(out, size, "%s", p != NULL ? p : "/usr/bin/python3");
	if (access(out, X_OK) != 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no Python at %s: set SPUR_TRAIN_PYTHON to one that has torch "
				 "(on Debian: apt-get install python3-torch)", out);
	return SPUR_OK;
}

enum spur_status spur_tools_python(char *out, size_t size, struct spur_error *err)
{
	const char *p = env_of("SPUR_TOOLS_PYTHON"), *dir = env_of("SPUR_TOOLS"), *xdg = env_of("XDG_DATA_HOME");
	const char *home = env_of("HOME");

	if (p != NULL)
		snprintf(out, size, "%s", p);
	else if (dir != NULL)
		snprintf(out, size, "%s/bin/python", dir);
	else
		snprintf(out, size, "%s%s/spur/tools/venv/bin/python", xdg != NULL ? xdg : home != NULL ? home : "",
			 xdg != NULL ? "" : "/.local/share");
	if (access(out, X_OK) != 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no Python with the compilers at %s: run spur compile --setup, or set "
				 "SPUR_TOOLS_PYTHON to one that has what recipes/compile/requirements.txt names", out);
	return SPUR_OK;
}
