#include "config.h"

#include "lab/target.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/out.h"
#include "lab/figure.h"
#include "lab/registry.h"

static const struct spur_target *const targets[] = {
#define SPUR_TARGET(id) &spur_target_##id,
#include "lab/targets.def"
#undef SPUR_TARGET
	NULL
};

const struct spur_target *const *spur_target_list(void)
{
	return targets;
}

enum spur_status spur_target_find(const char *id, const struct spur_target **out, struct spur_error *err)
{
	struct spur_buf known = { 0 };
	enum spur_status st;

	*out = NULL;
	for (const struct spur_target *const *t = targets; *t != NULL; t++) {
		if (strcmp((*t)->id, id) == 0)
			*out = *t;
		spur_buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", (*t)->id);
	}
	st = *out != NULL ? SPUR_OK :
			    spur_fail(err, SPUR_ENOTFOUND, "no target '%s'; there are: %s", id, spur_buf_text(&known));
	spur_buf_finish(&known);
	return st;
}

void spur_target_recipe_argv(const char *python, const struct spur_recipe_entry *entry, const char *argv[4])
{
	argv[0] = python;
	argv[1] = "-B";		/* an installed recipe's folder may be read-only */
	argv[2] = entry->program;
	argv[3] = NULL;
}

/* ---- reports ---- */

static enum spur_status no_report(const char *what, struct spur_error *err)
{
	return spur_fail(err, SPUR_EFORMAT, "the report of the compilation has no %s", what);
}

static enum spur_status read_artefact(const json_t *a, struct spur_target_result *out, struct spur_error *err)
{
	const char *path = json_string_value(json_object_get(a, "path"));
	const char *sha = json_string_value(json_object_get(a, "sha256"));

	if (path == NULL || strlen(path) >= sizeof(out->artefact) || path[0] == '/' || strstr(path, "..") != NULL)
		return no_report("artefact.path", err);
	if (sha == NULL || strlen(sha) != sizeof(out->sha256) - 1)
		return no_report("artefact.sha256", err);
	snprintf(out->artefact, sizeof(out->artefact), "%s", path);
	snprintf(out->sha256, sizeof(out->sha256), "%s", sha);
	out->bytes = (uint64_t)json_integer_value(json_object_get(a, "bytes"));
	return SPUR_OK;
}

static void read_parity(const json_t *p, struct spur_target_result *out)
{
	out->windows = (uint64_t)json_integer_value(json_object_get(p, "windows"));
	out->max_abs = spur_figure_number(json_object_get(p, "max_abs"));
	out->mean_abs = spur_figure_number(json_object_get(p, "mean_abs"));
	out->cosine_min = spur_figure_number(json_object_get(p, "cosine_min"));
	out->sqnr_db = spur_figure_number(json_object_get(p, "sqnr_db"));
	out->top1_agreement = spur_figure_number(json_object_get(p, "top1_agreement"));
	out->finite = json_is_true(json_object_get(p, "finite"));
}

static enum spur_status read_report(const char *target, const json_t *j, struct spur_target_result *out,
				    struct spur_error *err)
{
	const char *id = json_string_value(json_object_get(j, "target"));
	const json_t *speed = json_object_get(json_object_get(j, "latency"), target);
	const json_t *fallback = json_object_get(json_object_get(j, "fallback"), "count");

	if (id == NULL || strcmp(id, target) != 0)
		return spur_fail(err, SPUR_EFORMAT, "the report is of target '%s', not of '%s'", id == NULL ? "?" : id, target);
	if (!json_is_integer(fallback))
		return no_report("fallback.count", err);
	if (!json_is_object(json_object_get(j, "parity")))
		return no_report("parity", err);
	read_parity(json_object_get(j, "parity"), out);
	out->fallback_ops = json_integer_value(fallback);
	out->task_delta = spur_figure_number(json_object_get(json_object_get(j, "task"), "delta"));
	out->p50_us = spur_figure_number(json_object_get(speed, "p50"));
	out->p90_us = spur_figure_number(json_object_get(speed, "p90"));
	out->p99_us = spur_figure_number(json_object_get(speed, "p99"));
	out->reproducible = json_is_true(json_object_get(json_object_get(j, "reproducible"), "identical"));
	return read_artefact(json_object_get(j, "artefact"), out, err);
}

enum spur_status spur_target_report_read(const char *target, const char *json, size_t len,
					 struct spur_target_result *out, struct spur_error *err)
{
	json_error_t je;
	json_t *j = json_loadb(json, len, 0, &je);
	enum spur_status st;

	memset(out, 0, sizeof(*out));
	if (j == NULL)
		return spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "the report of the compilation: %s", je.text);
	st = read_report(target, j, out, err);
	json_decref(j);
	return st;
}

/* ---- what is installed ---- */

static char *beside(const char *python, const char *rest)
{
	const char *slash = strrchr(python, '/');

	return spur_strfmt("%.*s%s", slash == NULL ? 0 : (int)(slash - python + 1), python, rest);
}

static enum spur_status missing(const char *python, const char *name, struct spur_error *err)
{
	return spur_fail(err, SPUR_ENOTFOUND, "the Python at %s has no %s: run spur compile --setup, or install there what "
			 "recipes/compile/requirements.txt of the data folder names", python, name);
}

enum spur_status spur_target_needs_program(const char *python, const char *name, struct spur_error *err)
{
	char *path = beside(python, name);
	enum spur_status st = access(path, X_OK) == 0 ? SPUR_OK : missing(python, name, err);

	free(path);
	return st;
}

enum spur_status spur_target_needs_package(const char *python, const char *name, struct spur_error *err)
{
	char *lib = beside(python, "../lib"), **names = NULL;
	size_t count = 0;
	bool there = false;

	if (spur_dir_list(lib, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char *dir = spur_strfmt("%s/%s/site-packages/%s", lib, names[i], name);

		there = there || access(dir, R_OK) == 0;
		free(dir);
		free(names[i]);
	}
	free(names);
	free(lib);
	return there ? SPUR_OK : missing(python, name, err);
}
