#include "config.h"

#include "verb/verb.h"

#include <jansson.h>

#include "verb/lab_door.h"

static enum spur_status emit_one(struct spur_lab *lab, const struct spur_db_model *m, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db_object_list e;
	json_t *eval = NULL;
	enum spur_status st = spur_db_object_newest(lab->db, "evaluation", m->uid, NULL, &e, err);

	if (st >= 0 && e.count > 0)
		eval = json_loads(e.rows[0].record, 0, NULL);
	spur_emit_row(emit, "model");
	spur_emit_text(emit, "name", m->name);
	spur_emit_int(emit, "version", m->version);
	spur_emit_text(emit, "model", m->uid);
	spur_emit_text(emit, "aliases", m->aliases);
	if (eval != NULL)
		spur_emit_f64(emit, "macro_f1", spur_figure_number(json_object_get(eval, "macro_f1")));
	else
		spur_emit_text(emit, "macro_f1", NULL);
	spur_emit_text(emit, "author", m->who);
	spur_emit_time(emit, "at_ns", m->at_ns);
	spur_emit_detail(emit);
	spur_emit_text(emit, "weights_sha256", m->sha256);
	spur_emit_text(emit, "run", m->run);
	spur_emit_end(emit);
	json_decref(eval);
	spur_db_object_list_finish(&e);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_lab lab;
	struct spur_db_model_list l = { 0 };
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0)
		st = spur_db_model_list(lab.db, args->npos > 0 ? args->pos[0] : NULL, &l, err);
	for (size_t i = 0; i < l.count && st >= 0; i++)
		st = emit_one(&lab, &l.rows[i], emit, err);
	spur_db_model_list_finish(&l);
	spur_lab_close(&lab);
	return spur_exit_of(st);
}

const struct spur_verb spur_verb_models = {
	.name = "models",
	.synopsis = "[NAME]",
	.summary = "list the versions of models, newest first",
	.section = "Models",
	.max_args = 1,
	.run = run,
};
