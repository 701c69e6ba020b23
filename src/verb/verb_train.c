#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "verb/lab_door.h"

/* What became of it, from the model's own card. */
static enum spur_status emit_model(struct spur_lab *lab, const char *uid, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_model_list l;
	json_t *card = NULL;
	enum spur_status st = spur_db_model_find(lab->db, uid, &l, err);

	if (st >= 0) {
		card = json_loads(l.rows[0].record, 0, NULL);
		spur_emit_text(emit, "model", l.rows[0].uid);
		spur_emit_text(emit, "name", l.rows[0].name);
		spur_emit_int(emit, "version", l.rows[0].version);
		spur_emit_text(emit, "weights_sha256", l.rows[0].sha256);
		spur_emit_f64(emit, "val_macro_f1", spur_figure_number(json_object_get(card, "val_macro_f1")));
		spur_emit_int(emit, "epochs", json_integer_value(json_object_get(card, "epochs")));
		spur_emit_detail(emit);
		spur_emit_text(emit, "onnx_sha256", json_string_value(json_object_get(card, "onnx_sha256")));
		spur_emit_text(emit, "path", l.rows[0].path);
	}
	json_decref(card);
	spur_db_model_list_finish(&l);
	return st;
}

static enum spur_exit train(struct spur_lab *lab, struct spur_lab_job *job, bool wait, struct spur_emit *emit,
			    struct spur_error *err)
{
	char id[SPUR_JOB_ID] = "", *result = NULL;
	enum spur_exit rc = spur_lab_run(lab, job, wait, id, &result, err);

	if (id[0] != '\0') {
		spur_emit_row(emit, "run");
		spur_emit_text(emit, "run", id);
		spur_emit_text(emit, "kind", "train");
		spur_emit_text(emit, "extract", job->extract->id);
		spur_emit_text(emit, "state", !wait ? "queued" : rc == SPUR_EXIT_OK ? "succeeded" : "failed");
		if (result != NULL && emit_model(lab, result, emit, err) < 0)
			rc = SPUR_EXIT_FAIL;
		spur_emit_end(emit);
	}
	free(result);
	return rc;
}

static enum spur_exit run_with(struct spur_lab *lab, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	const char *name = spur_args_text(args, "recipe", "driving_events");
	struct spur_recipe *recipe = NULL;
	struct spur_lab_extract extract = { 0 };
	struct spur_job_pair *params = NULL;
	char *hold = NULL;
	size_t count = 0;
	long long ranks = spur_args_int(args, "ranks", 1);
	enum spur_exit rc;
	enum spur_status st;

	if (ranks < 1 || ranks > 64)
		st = spur_fail(err, SPUR_EINVAL, "--ranks %lld: 1 to 64", ranks);
	else if ((st = spur_recipe_load(lab->ctx->datadir, name, &recipe, err)) >= 0 &&
		 (st = spur_lab_params(recipe, "train", args, NULL, &params, &count, &hold, err)) >= 0)
		st = spur_lab_extract_find(lab, args->pos[0], &extract, err);
	rc = spur_exit_of(st);
	if (st >= 0) {
		struct spur_lab_job job = {
			.recipe = recipe, .entry = "train", .extract = &extract, .name = spur_args_text(args, "name", name),
			.params = params, .param_count = count, .ranks = (unsigned)ranks, .seed = spur_lab_seed(params, count),
		};

		rc = train(lab, &job, spur_args_has(args, "wait"), emit, err);
	}
	spur_lab_extract_finish(&extract);
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
	{ "recipe", 'r', SPUR_OPT_TEXT, "NAME", "recipe to train with; default driving_events", false },
	{ "name", 'n', SPUR_OPT_TEXT, "NAME", "name of the model; default the recipe's", false },
	{ "set", 's', SPUR_OPT_TEXT, "KEY=VALUE", "parameter of the recipe", true },
	{ "ranks", 0, SPUR_OPT_INT, "N", "processes that train together; default 1", false },
	{ "wait", 'w', SPUR_OPT_FLAG, NULL, "follow the job to its end", false },
	{ 0 }
};

const struct spur_verb spur_verb_train = {
	.name = "train",
	.synopsis = "EXTRACT|DATASET",
	.summary = "train a model on the windows of an extract, as a job",
	.section = "Models",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
