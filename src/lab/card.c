#include "config.h"

#include "lab/card.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct spur_card {
	json_t *json;
	char *text;
	char sha256[SPUR_SHA256_HEX];
};

static enum spur_status parse(const char *what, const char *text, json_t **out, struct spur_error *err)
{
	json_error_t je;

	*out = json_loads(text, JSON_REJECT_DUPLICATES, &je);
	if (*out == NULL)
		return spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", what, je.text);
	return SPUR_OK;
}

/* A copy of from[path] under name, path being up to three keys; nothing when it is not there. */
static void figure(json_t *figures, const char *name, const json_t *from, const char *a, const char *b)
{
	json_t *v = json_object_get(from, a);

	if (b != NULL)
		v = json_object_get(v, b);
	if (v != NULL)
		json_object_set(figures, name, v);
}

static void eval_figures(json_t *f, const json_t *e)
{
	figure(f, "eval.macro_f1", e, "macro_f1", NULL);
	figure(f, "eval.accuracy", e, "accuracy", NULL);
	figure(f, "eval.ci_low", e, "ci_low", NULL);
	figure(f, "eval.ci_high", e, "ci_high", NULL);
	figure(f, "eval.windows", e, "windows", NULL);
	figure(f, "eval.baseline_macro_f1", e, "baseline", "macro_f1");
	for (size_t i = 0; i < json_array_size(json_object_get(e, "ablations")); i++) {
		const json_t *a = json_array_get(json_object_get(e, "ablations"), i);
		const char *towers = json_string_value(json_object_get(a, "towers"));
		char *name = spur_strfmt("eval.%s_only.macro_f1", towers == NULL ? "?" : towers);

		figure(f, name, a, "macro_f1", NULL);
		free(name);
	}
	for (size_t i = 0; i < json_array_size(json_object_get(e, "classes")); i++) {
		const json_t *c = json_array_get(json_object_get(e, "classes"), i);
		const char *class = json_string_value(json_object_get(c, "class"));
		char *name = spur_strfmt("eval.%s.f1", class == NULL ? "?" : class);

		figure(f, name, c, "f1", NULL);
		free(name);
	}
}

static void compile_figures(json_t *f, const json_t *c, bool independent)
{
	const char *target = json_string_value(json_object_get(c, "target"));

	figure(f, "compile.target", c, "target", NULL);
	figure(f, "compile.fallback_ops", c, "fallback", "count");
	figure(f, "compile.reproducible", c, "reproducible", "identical");
	figure(f, "compile.bytes", c, "artefact", "bytes");
	figure(f, "parity.max_abs", c, "parity", "max_abs");
	figure(f, "parity.mean_abs", c, "parity", "mean_abs");
	figure(f, "parity.cosine_min", c, "parity", "cosine_min");
	figure(f, "parity.sqnr_db", c, "parity", "sqnr_db");
	figure(f, "parity.top1_agreement", c, "parity", "top1_agreement");
	figure(f, "parity.windows", c, "parity", "windows");
	figure(f, "task.delta", c, "task", "delta");
	figure(f, "export.max_abs", c, "export", "max_abs");
	figure(f, "verify.disjoint", c, "dataset", "disjoint");
	json_object_set_new(f, "parity.independent", json_boolean(independent));
	if (target != NULL) {
		const json_t *speed = json_object_get(json_object_get(c, "latency"), target);

		figure(f, "latency.p50_us", speed, "p50", NULL);
		figure(f, "latency.p99_us", speed, "p99", NULL);
	}
}

static json_t *lineage_json(const struct spur_card_lineage *l)
{
	json_t *j = json_object();

	json_object_set_new(j, "objects", json_integer((json_int_t)l->objects));
	json_object_set_new(j, "recordings", json_integer((json_int_t)l->files));
	json_object_set_new(j, "missing", json_integer((json_int_t)l->missing));
	json_object_set_new(j, "complete", json_boolean(l->missing == 0 && l->files > 0));
	if (l->first_missing != NULL)
		json_object_set_new(j, "first_missing", json_string(l->first_missing));
	return j;
}

static void put_text(json_t *j, const char *key, const char *text)
{
	json_object_set_new(j, key, text == NULL || text[0] == '\0' ? json_null() : json_string(text));
}

static json_t *training_json(const struct spur_card_input *in, const json_t *model)
{
	json_t *j = json_object(), *author = json_object();

	put_text(author, "who", in->author);
	put_text(author, "key", in->author_key);
	put_text(j, "run", in->train_run);
	put_text(j, "recipe", in->recipe);
	put_text(j, "code_sha256", in->code_sha256);
	json_object_set_new(j, "author", author);
	figure(j, "seed", json_object_get(model, "hyperparameters"), "seed", NULL);
	figure(j, "dataset", model, "dataset", NULL);
	figure(j, "merkle_root", model, "merkle_root", NULL);
	figure(j, "train_drives", model, "train_drives", NULL);
	figure(j, "val_drives", model, "val_drives", NULL);
	return j;
}

static void fill(json_t *card, const struct spur_card_input *in, json_t *model, json_t *eval, json_t *compile)
{
	json_t *figures = json_object(), *lineage = lineage_json(&in->lineage);

	json_object_set_new(card, "v", json_integer(1));
	put_text(card, "object", in->object);
	put_text(card, "kind", in->kind);
	put_text(card, "name", in->name);
	json_object_set_new(card, "version", json_integer(in->version));
	put_text(card, "model_uid", in->model_uid);
	json_object_set(card, "model", model);
	json_object_set_new(card, "training", training_json(in, model));
	put_text(card, "evaluation_uid", in->evaluation_uid);
	json_object_set(card, "evaluation", eval);
	put_text(card, "compile_run", in->compile_run);
	json_object_set(card, "compile", compile);
	put_text(card, "sbom_sha256", in->sbom_sha256);
	if (json_is_object(eval))
		eval_figures(figures, eval);
	if (json_is_object(compile)) {
		compile_figures(figures, compile, in->independent);
		json_object_set_new(figures, "sbom.present", json_boolean(in->sbom_sha256 != NULL && in->sbom_sha256[0] != '\0'));
	}
	figure(figures, "lineage.complete", lineage, "complete", NULL);
	figure(figures, "lineage.recordings", lineage, "recordings", NULL);
	json_object_set_new(card, "lineage", lineage);
	json_object_set_new(card, "figures", figures);
}

enum spur_status spur_card_create(const struct spur_card_input *in, struct spur_card **out, struct spur_error *err)
{
	struct spur_card *c = spur_calloc(1, sizeof(*c));
	json_t *model = NULL, *eval = json_null(), *compile = json_null();
	enum spur_status st = parse("model.json", in->model_json, &model, err);

	if (st >= 0 && in->evaluation_json != NULL)
		st = parse("the evaluation", in->evaluation_json, &eval, err);
	if (st >= 0 && in->compile_json != NULL)
		st = parse("the report of the compilation", in->compile_json, &compile, err);
	if (st >= 0) {
		c->json = json_object();
		fill(c->json, in, model, eval, compile);
		c->text = json_dumps(c->json, JSON_SORT_KEYS | JSON_COMPACT);
		spur_sha256_hex_of(c->text, strlen(c->text), c->sha256);
	}
	json_decref(model);
	json_decref(eval);
	json_decref(compile);
	if (st < 0) {
		spur_card_destroy(c);
		c = NULL;
	}
	*out = c;
	return st;
}

void spur_card_destroy(struct spur_card *c)
{
	if (c == NULL)
		return;
	json_decref(c->json);
	free(c->text);
	free(c);
}

const json_t *spur_card_json(const struct spur_card *c)
{
	return c->json;
}

const json_t *spur_card_figures(const struct spur_card *c)
{
	return json_object_get(c->json, "figures");
}

const char *spur_card_text(const struct spur_card *c)
{
	return c->text;
}

const char *spur_card_sha256(const struct spur_card *c)
{
	return c->sha256;
}
