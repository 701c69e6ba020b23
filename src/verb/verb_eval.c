#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "verb/lab_door.h"

static void emit_classes(const json_t *e, struct spur_emit *emit)
{
	for (size_t i = 0; i < json_array_size(json_object_get(e, "classes")); i++) {
		const json_t *c = json_array_get(json_object_get(e, "classes"), i);

		spur_emit_row(emit, "class");
		spur_emit_text(emit, "class", json_string_value(json_object_get(c, "class")));
		spur_emit_f64(emit, "precision", spur_figure_number(json_object_get(c, "precision")));
		spur_emit_f64(emit, "recall", spur_figure_number(json_object_get(c, "recall")));
		spur_emit_f64(emit, "f1", spur_figure_number(json_object_get(c, "f1")));
		spur_emit_int(emit, "windows", json_integer_value(json_object_get(c, "windows")));
		spur_emit_end(emit);
	}
}

static void emit_towers(const json_t *e, struct spur_emit *emit)
{
	for (size_t i = 0; i < json_array_size(json_object_get(e, "ablations")); i++) {
		const json_t *a = json_array_get(json_object_get(e, "ablations"), i);

		spur_emit_row(emit, "tower");
		spur_emit_text(emit, "tower_alone", json_string_value(json_object_get(a, "towers")));
		spur_emit_f64(emit, "tower_macro_f1", spur_figure_number(json_object_get(a, "macro_f1")));
		spur_emit_f64(emit, "tower_ci_low", spur_figure_number(json_object_get(a, "ci_low")));
		spur_emit_f64(emit, "tower_ci_high", spur_figure_number(json_object_get(a, "ci_high")));
		spur_emit_end(emit);
	}
}

static void emit_scores(const json_t *e, struct spur_emit *emit)
{
	spur_emit_f64(emit, "macro_f1", spur_figure_number(json_object_get(e, "macro_f1")));
	spur_emit_f64(emit, "ci_low", spur_figure_number(json_object_get(e, "ci_low")));
	spur_emit_f64(emit, "ci_high", spur_figure_number(json_object_get(e, "ci_high")));
	spur_emit_f64(emit, "baseline_macro_f1",
		      spur_figure_number(json_object_get(json_object_get(e, "baseline"), "macro_f1")));
	spur_emit_f64(emit, "accuracy", spur_figure_number(json_object_get(e, "accuracy")));
	spur_emit_int(emit, "windows", json_integer_value(json_object_get(e, "windows")));
	spur_emit_detail(emit);
	for (size_t i = 0; i < json_array_size(json_object_get(e, "ablations")); i++) {
		const json_t *a = json_array_get(json_object_get(e, "ablations"), i);
		char *key = spur_strfmt("%s_only_macro_f1", json_string_value(json_object_get(a, "towers")));

		spur_emit_f64(emit, key, spur_figure_number(json_object_get(a, "macro_f1")));
		free(key);
	}
	spur_emit_text(emit, "ci_unit", json_string_value(json_object_get(e, "ci_unit")));
}

static enum spur_exit evaluate(struct spur_lab *lab, struct spur_lab_job *job, bool wait, struct spur_emit *emit,
			       struct spur_error *err)
{
	char id[SPUR_JOB_ID] = "", *result = NULL;
	struct spur_db_object_list l = { 0 };
	json_t *e = NULL;
	enum spur_exit rc = spur_lab_run(lab, job, wait, id, &result, err);

	if (result != NULL && spur_db_object_find(lab->db, result, &l, err) >= 0)
		e = json_loads(l.rows[0].record, 0, NULL);
	if (e != NULL)
		emit_classes(e, emit);
	if (e != NULL)
		emit_towers(e, emit);
	if (id[0] != '\0') {
		spur_emit_row(emit, "run");
		spur_emit_text(emit, "run", id);
		spur_emit_text(emit, "kind", "eval");
		spur_emit_text(emit, "model", job->model->uid);
		spur_emit_text(emit, "state", !wait ? "queued" : rc == SPUR_EXIT_OK ? "succeeded" : "failed");
		if (e != NULL) {
			spur_emit_text(emit, "evaluation", result);
			emit_scores(e, emit);
		}
		spur_emit_end(emit);
	}
	json_decref(e);
	spur_db_object_list_finish(&l);
	free(result);
	return rc;
}

/* The recipe that trained it judges it. */
static enum spur_status recipe_of(struct spur_lab *lab, const struct spur_db_model *m, struct spur_recipe **out,
				  struct spur_error *err)
{
	struct spur_db_lab_run_list l;
	enum spur_status st = spur_db_lab_run_list(lab->db, m->run, &l, err);

	if (st >= 0)
		st = spur_recipe_load(lab->ctx->datadir, l.rows[0].recipe, out, err);
	spur_db_lab_run_list_finish(&l);
	return st;
}

static enum spur_exit run_with(struct spur_lab *lab, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db_model_list model = { 0 };
	struct spur_recipe *recipe = NULL;
	struct spur_lab_extract extract = { 0 };
	struct spur_job_pair *params = NULL;
	char *hold = NULL;
	size_t count = 0;
	enum spur_exit rc;
	enum spur_status st;

	if (spur_args_text(args, "on", NULL) == NULL)
		st = spur_fail(err, SPUR_EINVAL, "spur eval needs --on EXTRACT: the windows to judge by");
	else if ((st = spur_db_model_find(lab->db, args->pos[0], &model, err)) >= 0 &&
		 (st = recipe_of(lab, &model.rows[0], &recipe, err)) >= 0 &&
		 (st = spur_lab_params(recipe, "eval", args, NULL, &params, &count, &hold, err)) >= 0)
		st = spur_lab_extract_find(lab, spur_args_text(args, "on", NULL), &extract, err);
	rc = spur_exit_of(st);
	if (st >= 0) {
		struct spur_lab_job job = {
			.recipe = recipe, .entry = "eval", .extract = &extract, .model = &model.rows[0], .name = model.rows[0].name,
			.params = params, .param_count = count, .ranks = 1, .seed = spur_lab_seed(params, count),
		};

		rc = evaluate(lab, &job, spur_args_has(args, "wait"), emit, err);
	}
	spur_lab_extract_finish(&extract);
	spur_db_model_list_finish(&model);
	spur_recipe_destroy(recipe);
	free(params);
	free(hold);
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	return spur_lab_visit(ctx, args, emit, err, run_with);
}

static const struct spur_opt opts[] = {
	{ "on", 0, SPUR_OPT_TEXT, "EXTRACT", "extract or dataset whose held-out windows judge", false },
	{ "set", 's', SPUR_OPT_TEXT, "KEY=VALUE", "parameter of the recipe", true },
	{ "wait", 'w', SPUR_OPT_FLAG, NULL, "follow the job to its end", false },
	{ 0 }
};

const struct spur_verb spur_verb_eval = {
	.name = "eval",
	.synopsis = "MODEL",
	.summary = "score a model on drives it has never seen, as a job",
	.section = "Models",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
