#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lab/environment.h"
#include "lab/target.h"
#include "verb/lab_door.h"

static enum spur_status emit_artefact(struct spur_lab *lab, const struct spur_target *target, const char *id,
				      struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_object_list l;
	struct spur_target_result r;
	json_t *record = NULL;
	char *report = NULL;
	enum spur_status st = spur_db_object_find(lab->db, id, &l, err);

	if (st >= 0) {
		record = json_loads(l.rows[0].record, 0, NULL);
		report = json_dumps(json_object_get(record, "report"), JSON_COMPACT);
		st = target->result(report == NULL ? "" : report, report == NULL ? 0 : strlen(report), &r, err);
	}
	if (st >= 0) {
		spur_emit_text(emit, "artefact", id);
		spur_emit_text(emit, "path", l.rows[0].path);
		spur_emit_text(emit, "sha256", r.sha256);
		spur_emit_size(emit, "size_bytes", r.bytes);
		spur_emit_uint(emit, "windows", r.windows);
		spur_emit_f64(emit, "max_abs", r.max_abs);
		spur_emit_f64(emit, "top1_agreement", r.top1_agreement);
		spur_emit_int(emit, "fallback_ops", r.fallback_ops);
		spur_emit_bool(emit, "reproducible", r.reproducible);
		spur_emit_f64(emit, "p50_us", r.p50_us);
		spur_emit_detail(emit);
		spur_emit_f64(emit, "mean_abs", r.mean_abs);
		spur_emit_f64(emit, "cosine_min", r.cosine_min);
		spur_emit_f64(emit, "sqnr_db", r.sqnr_db);
		spur_emit_f64(emit, "task_delta", r.task_delta);
		spur_emit_f64(emit, "p90_us", r.p90_us);
		spur_emit_f64(emit, "p99_us", r.p99_us);
	}
	free(report);
	json_decref(record);
	spur_db_object_list_finish(&l);
	return st;
}

static enum spur_exit compile(struct spur_lab *lab, struct spur_lab_job *job, const struct spur_target *target, bool wait,
			      struct spur_emit *emit, struct spur_error *err)
{
	char id[SPUR_JOB_ID] = "", *result = NULL;
	enum spur_exit rc = spur_lab_run(lab, job, wait, id, &result, err);

	if (id[0] != '\0') {
		spur_emit_row(emit, "run");
		spur_emit_text(emit, "run", id);
		spur_emit_text(emit, "kind", "compile");
		spur_emit_text(emit, "model", job->model->uid);
		spur_emit_text(emit, "target", target->id);
		spur_emit_text(emit, "state", !wait ? "queued" : rc == SPUR_EXIT_OK ? "succeeded" : "failed");
		if (result != NULL && emit_artefact(lab, target, result, emit, err) < 0)
			rc = SPUR_EXIT_FAIL;
		spur_emit_end(emit);
	}
	free(result);
	return rc;
}

/* --on, or the extract the model was trained from. */
static enum spur_status find_extract(struct spur_lab *lab, const struct spur_args *args, const struct spur_db_model *m,
				     struct spur_lab_extract *out, struct spur_error *err)
{
	const char *on = spur_args_text(args, "on", NULL);
	struct spur_db_lab_run_list l;
	enum spur_status st;

	if (on != NULL)
		return spur_lab_extract_find(lab, on, out, err);
	st = spur_db_lab_run_list(lab->db, m->run, &l, err);
	if (st >= 0)
		st = spur_lab_extract_find(lab, l.rows[0].extract, out, err);
	spur_db_lab_run_list_finish(&l);
	return st;
}

static enum spur_exit run_with(struct spur_lab *lab, const struct spur_args *args, const struct spur_target *target,
			       const struct spur_recipe *recipe, const char *python, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_job_pair which = { "target", target->id }, *params = NULL;
	struct spur_db_model_list model = { 0 };
	struct spur_lab_extract extract = { 0 };
	const char *argv[4];
	char *hold = NULL;
	size_t count = 0;
	enum spur_status st = spur_db_model_find(lab->db, args->pos[0], &model, err);
	enum spur_exit rc;

	target->argv(python, spur_recipe_entry(recipe, "compile"), argv);
	if (st >= 0 && (st = spur_lab_params(recipe, "compile", args, &which, &params, &count, &hold, err)) >= 0)
		st = find_extract(lab, args, &model.rows[0], &extract, err);
	rc = spur_exit_of(st);
	if (st >= 0) {
		struct spur_lab_job job = {
			.recipe = recipe, .entry = "compile", .argv = argv, .extract = &extract, .model = &model.rows[0],
			.name = model.rows[0].name, .target = target->id, .artefact = target->artefact, .params = params,
			.param_count = count, .ranks = 1, .seed = 1,
		};

		rc = compile(lab, &job, target, spur_args_has(args, "wait"), emit, err);
	}
	spur_lab_extract_finish(&extract);
	spur_db_model_list_finish(&model);
	free(params);
	free(hold);
	return rc;
}

static enum spur_exit list_targets(struct spur_emit *emit)
{
	char python[PATH_MAX];

	for (const struct spur_target *const *t = spur_target_list(); *t != NULL; t++) {
		struct spur_error why = { .text = "" };
		bool there = spur_tools_python(python, sizeof(python), &why) >= 0 && (*t)->available(python, &why) >= 0;

		spur_emit_row(emit, "target");
		spur_emit_text(emit, "target", (*t)->id);
		spur_emit_text(emit, "title", (*t)->title);
		spur_emit_bool(emit, "available", there);
		spur_emit_text(emit, "why", there ? "" : why.text);
		spur_emit_end(emit);
	}
	return SPUR_EXIT_OK;
}

static enum spur_exit set_up(struct spur_ctx *ctx, struct spur_emit *emit, struct spur_error *err)
{
	char python[PATH_MAX];
	bool made = false;
	enum spur_status st = spur_tools_setup(ctx->datadir, ctx->task, &made, err);

	if (st >= 0 && (st = spur_tools_python(python, sizeof(python), err)) >= 0) {
		spur_emit_row(emit, "environment");
		spur_emit_text(emit, "python", python);
		spur_emit_bool(emit, "made", made);
		spur_emit_end(emit);
	}
	return spur_exit_of(st);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_target *target;
	struct spur_recipe *recipe = NULL;
	struct spur_lab lab = { 0 };
	char python[PATH_MAX];
	enum spur_exit rc;
	enum spur_status st;

	if (spur_args_has(args, "targets"))
		return list_targets(emit);
	if (spur_args_has(args, "setup"))
		return set_up(ctx, emit, err);
	if (args->npos == 0) {
		spur_fail(err, SPUR_EINVAL, "spur compile needs a MODEL; see spur models");
		return SPUR_EXIT_USAGE;
	}
	if ((st = spur_target_find(spur_args_text(args, "target", "iree-cpu"), &target, err)) >= 0 &&
	    (st = spur_tools_python(python, sizeof(python), err)) >= 0 && (st = target->available(python, err)) >= 0 &&
	    (st = spur_recipe_load(ctx->datadir, "compile", &recipe, err)) >= 0)
		st = spur_lab_open(ctx, &lab, err);
	rc = spur_exit_of(st);
	if (st >= 0)
		rc = run_with(&lab, args, target, recipe, python, emit, err);
	spur_lab_close(&lab);
	spur_recipe_destroy(recipe);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "target", 't', SPUR_OPT_TEXT, "TARGET", "what to compile for; default iree-cpu", false },
	{ "on", 0, SPUR_OPT_TEXT, "EXTRACT", "whose held-out windows verify; default the one it was trained from", false },
	{ "set", 's', SPUR_OPT_TEXT, "KEY=VALUE", "parameter of the target", true },
	{ "setup", 0, SPUR_OPT_FLAG, NULL, "make the Python environment of the compilers, if it is not there", false },
	{ "targets", 0, SPUR_OPT_FLAG, NULL, "list the targets and whether their tools are here", false },
	{ "wait", 'w', SPUR_OPT_FLAG, NULL, "follow the job to its end", false },
	{ 0 }
};

const struct spur_verb spur_verb_compile = {
	.name = "compile",
	.synopsis = "MODEL",
	.summary = "compile a model for a target and test it there, as a job",
	.section = "Models",
	.opts = opts,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
