#include "config.h"

#include "verb/lab_door.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "verb/extract_lineage.h"

/* Extracts, parameters and submission. */

#define MANIFEST_LIMIT (256u << 20)

/* ---- extracts ---- */

/* The extract as its manifest says. */
static enum spur_status read_manifest(const char *dir, struct spur_extract_total *t, char **dataset, struct spur_error *err)
{
	char *path = spur_strfmt("%s/manifest.json", dir), *text = NULL;
	size_t len = 0;
	json_t *j = NULL;
	json_error_t je;
	enum spur_status st = spur_file_read(path, MANIFEST_LIMIT, &text, &len, err);

	if (st >= 0 && (j = json_loadb(text, len, 0, &je)) == NULL)
		st = spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", path, je.text);
	if (st >= 0) {
		const char *r = json_string_value(json_object_get(j, "merkle_root"));
		const char *d = json_string_value(json_object_get(j, "dataset"));

		*dataset = spur_strdup(d == NULL ? "" : d);
		*t = (struct spur_extract_total){ .shards = (uint64_t)json_integer_value(json_object_get(j, "n")),
						  .windows = (uint64_t)json_integer_value(json_object_get(j, "windows")) };
		if (r != NULL && strlen(r) == sizeof(t->merkle_root) - 1)
			memcpy(t->merkle_root, r, sizeof(t->merkle_root));
		else
			st = spur_fail(err, SPUR_EFORMAT, "%s: no merkle_root: this is not the manifest of an extract", path);
	}
	json_decref(j);
	free(text);
	free(path);
	return st;
}

/* Shards that no plan of spur made (another tool's, a test's) are an object without more words. */
static enum spur_status register_foreign(struct spur_lab *lab, struct spur_lab_extract *e, const char *dataset,
					 struct spur_error *err)
{
	struct spur_db_dataset_list ds = { 0 };
	struct spur_db_act act;
	struct spur_db_object o = { .kind = "extract", .path = e->path, .sha256 = e->root, .title = dataset };
	enum spur_status st = spur_ctx_act(lab->ctx, &lab->db, &act, err);

	o.id = e->id = spur_strfmt("extract-%.16s", e->root);
	if (st >= 0)
		st = spur_db_object_put(lab->db, &act, &o, err);
	if (st >= 0 && dataset[0] != '\0' && spur_db_dataset_find(lab->db, dataset, &ds, NULL) >= 0)
		st = spur_db_edge_add(lab->db, &act, e->id, ds.rows[0].uid, "data", err);
	spur_db_dataset_list_finish(&ds);
	return st;
}

static enum spur_status register_extract(struct spur_lab *lab, struct spur_lab_extract *e, const struct spur_extract_total *t,
					 const char *dataset, struct spur_error *err)
{
	struct spur_db_object_list l;
	enum spur_status st = spur_db_object_newest(lab->db, "extract", NULL, e->root, &l, err);
	char *plan = spur_strfmt("%s/plan.jsonl", e->path);

	if (st >= 0 && l.count > 0)
		e->id = spur_strdup(l.rows[0].id);
	else if (st >= 0 && spur_path_exists(plan))
		st = spur_extract_register(lab->ctx, e->path, t, &e->id, err);
	else if (st >= 0)
		st = register_foreign(lab, e, dataset, err);
	spur_db_object_list_finish(&l);
	free(plan);
	return st;
}

static enum spur_status extract_of_folder(struct spur_lab *lab, const char *dir, struct spur_lab_extract *out,
					  struct spur_error *err)
{
	char *full = realpath(dir, NULL), *dataset = NULL;
	struct spur_extract_total total = { 0 };
	enum spur_status st;

	if (full == NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: %s", dir, strerror(errno));
	out->path = full;
	st = read_manifest(full, &total, &dataset, err);
	out->root = spur_strdup(total.merkle_root);
	if (st >= 0)
		st = register_extract(lab, out, &total, dataset, err);
	free(dataset);
	return st;
}

/* The object itself, or of a dataset the newest extract made from it. */
static enum spur_status extract_of_object(struct spur_lab *lab, const char *ref, struct spur_lab_extract *out,
					  struct spur_error *err)
{
	struct spur_db_object_list l = { 0 };
	struct spur_db_dataset_list ds = { 0 };
	enum spur_status st = spur_db_dataset_find(lab->db, ref, &ds, NULL);

	if (st >= 0)
		st = spur_db_object_newest(lab->db, "extract", ds.rows[0].uid, NULL, &l, err);
	else
		st = spur_db_object_find(lab->db, ref, &l, err);
	if (st == SPUR_ENOTFOUND)
		st = spur_fail(err, st, "no extract '%s': give a folder with manifest.json, an extract or a dataset", ref);
	else if (st >= 0 && l.count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "dataset %s has no extract yet; see spur extract", ref);
	else if (st >= 0 && strcmp(l.rows[0].kind, "extract") != 0)
		st = spur_fail(err, SPUR_EINVAL, "%s is of kind %s, not an extract", l.rows[0].id, l.rows[0].kind);
	if (st >= 0) {
		size_t len = strlen(l.rows[0].path);
		static const char tail[] = "/manifest.json";
		size_t n = len > sizeof(tail) && strcmp(l.rows[0].path + len - (sizeof(tail) - 1), tail) == 0 ?
			   len - (sizeof(tail) - 1) : len;

		out->id = spur_strdup(l.rows[0].id);
		out->path = spur_strndup(l.rows[0].path, n);
		out->root = spur_strdup(l.rows[0].sha256);
	}
	spur_db_dataset_list_finish(&ds);
	spur_db_object_list_finish(&l);
	return st;
}

enum spur_status spur_lab_extract_find(struct spur_lab *lab, const char *ref, struct spur_lab_extract *out,
				       struct spur_error *err)
{
	char *manifest = spur_strfmt("%s/manifest.json", ref), *full = realpath(manifest, NULL);
	enum spur_status st;

	*out = (struct spur_lab_extract){ 0 };
	st = full != NULL ? extract_of_folder(lab, ref, out, err) : extract_of_object(lab, ref, out, err);
	free(full);
	free(manifest);
	if (st < 0)
		spur_lab_extract_finish(out);
	return st;
}

void spur_lab_extract_finish(struct spur_lab_extract *e)
{
	free(e->id);
	free(e->path);
	free(e->root);
	*e = (struct spur_lab_extract){ 0 };
}

/* ---- parameters ---- */

enum spur_status spur_lab_params(const struct spur_recipe *recipe, const char *entry, const struct spur_args *args,
				 const struct spur_job_pair *also, struct spur_job_pair **out, size_t *count, char **hold,
				 struct spur_error *err)
{
	struct spur_buf keys = { 0 };
	size_t n = 0;
	char *at;
	enum spur_status st = SPUR_OK;

	for (; spur_args_nth(args, "set", n) != NULL; n++)
		spur_buf_add(&keys, spur_args_nth(args, "set", n), strlen(spur_args_nth(args, "set", n)) + 1);
	*hold = at = spur_buf_steal(&keys);
	*out = spur_calloc(n + 1, sizeof(**out));
	*count = 0;
	if (also != NULL)
		(*out)[(*count)++] = *also;
	for (size_t i = 0; i < n && st >= 0; i++) {
		size_t len = strlen(at);
		char *sign = strchr(at, '=');

		if (sign == NULL || sign == at)
			return spur_fail(err, SPUR_EINVAL, "--set %s: write KEY=VALUE", at);
		*sign = '\0';
		(*out)[(*count)++] = (struct spur_job_pair){ at, sign + 1 };
		st = spur_recipe_check(recipe, entry, at, sign + 1, err);
		at += len + 1;
	}
	return st;
}

uint64_t spur_lab_seed(const struct spur_job_pair *params, size_t count)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(params[i].key, "seed") == 0)
			seed = strtoull(params[i].value, NULL, 10);
	}
	return seed;
}

/* ---- submission ---- */

#define OUTPUTS_MAX 16

static size_t expected(const struct spur_lab_job *job, const struct spur_recipe_entry *entry, const char *out[OUTPUTS_MAX + 2])
{
	size_t n = 0;

	for (; n < entry->output_count && n < OUTPUTS_MAX; n++)
		out[n] = entry->outputs[n].path;
	if (job->artefact != NULL)
		out[n++] = job->artefact;
	out[n] = NULL;
	return n;
}

/* The folder the model's files lie in. */
static char *model_folder(const struct spur_db_model *m)
{
	const char *slash = strrchr(m->path, '/');

	return spur_strndup(m->path, slash == NULL ? 0 : (size_t)(slash - m->path));
}

static enum spur_status submit(struct spur_lab *lab, const struct spur_lab_job *job, const struct spur_recipe_entry *entry,
			       const char *const *argv, char id[SPUR_JOB_ID], struct spur_error *err)
{
	const char *outputs[OUTPUTS_MAX + 2];
	char *folder = job->model == NULL ? NULL : model_folder(job->model);
	struct spur_job_pair channels[2] = { { "dataset", job->extract->path }, { "model", folder } };
	struct spur_job_spec spec = {
		.kind = job->entry, .name = job->name, .argv = argv, .params = job->params, .param_count = job->param_count,
		.channels = channels, .channel_count = folder == NULL ? 1 : 2, .artifacts = outputs,
		.input_snapshot = job->extract->root, .code_sha = spur_recipe_code_sha(job->recipe),
		.processes = job->ranks, .seed = job->seed, .heartbeat_s = 300,
	};
	enum spur_status st;

	expected(job, entry, outputs);
	st = spur_job_submit(&spec, &lab->door.host, &lab->door.store, id, err);
	free(folder);
	return st;
}

static enum spur_status start(struct spur_lab *lab, const struct spur_lab_job *job, char id[SPUR_JOB_ID], struct spur_error *err)
{
	const struct spur_recipe_entry *entry = spur_recipe_entry(job->recipe, job->entry);
	char python[PATH_MAX];
	const char *argv[] = { python, "-B", entry == NULL ? NULL : entry->program, NULL };
	struct spur_db_act act;
	struct spur_db_lab_run run = {
		.kind = job->entry, .recipe = spur_recipe_id(job->recipe), .code_sha = spur_recipe_code_sha(job->recipe),
		.extract = job->extract->id, .model = job->model == NULL ? "" : job->model->uid, .name = job->name,
		.target = job->target == NULL ? "" : job->target, .run = id,
	};
	enum spur_status st;

	if (entry == NULL)
		return spur_fail(err, SPUR_EINVAL, "recipe %s cannot %s", spur_recipe_id(job->recipe), job->entry);
	st = spur_recipe_python(job->recipe) == SPUR_RECIPE_TOOLS ? spur_tools_python(python, sizeof(python), err) :
								    spur_train_python(python, sizeof(python), err);
	if (st >= 0)
		st = spur_ctx_act(lab->ctx, &lab->db, &act, err);
	if (st >= 0)
		st = submit(lab, job, entry, job->argv == NULL ? argv : job->argv, id, err);
	if (st >= 0)
		st = spur_db_lab_run_add(lab->db, &act, &run, err);
	return st;
}

static enum spur_exit finish(struct spur_lab *lab, const char *id, char **result, struct spur_error *err)
{
	char *dir = spur_strfmt("%s/%s", lab->door.host.root, id);
	struct spur_db_lab_run_list l = { 0 };
	struct spur_job_status status;
	enum spur_status st = spur_job_wait(&lab->door.host, dir, 0, &status, lab->ctx->task, err);

	if (st >= 0 && status.state != SPUR_JOB_SUCCEEDED)
		st = spur_fail(err, SPUR_EIO, "job %s %s: %.220s; see spur job logs %s", id, spur_job_state_name(status.state),
			       status.reason, id);
	if (st >= 0)
		st = spur_lab_collect(lab, err);
	if (st >= 0 && (st = spur_db_lab_run_list(lab->db, id, &l, err)) >= 0 && l.rows[0].result[0] != '\0')
		*result = spur_strdup(l.rows[0].result);
	spur_db_lab_run_list_finish(&l);
	free(dir);
	return spur_exit_of(st);
}

enum spur_exit spur_lab_run(struct spur_lab *lab, const struct spur_lab_job *job, bool wait, char id[SPUR_JOB_ID],
			    char **result, struct spur_error *err)
{
	enum spur_status st = start(lab, job, id, err);

	*result = NULL;
	if (st < 0)
		return spur_exit_of(st);
	return wait ? finish(lab, id, result, err) : SPUR_EXIT_OK;
}
