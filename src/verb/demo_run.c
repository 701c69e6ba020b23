#include "config.h"

#include "verb/demo_run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "lab/environment.h"
#include "verb/lineage.h"
#include "verb/places.h"

#define STATE_MAX (16u << 20)

/*
 * The tour: one pipeline in a folder of its own, with its own catalogue, identities and jobs, so
 * that nothing of the user's is touched.
 */
struct tour {
	char *root;		/* absolute */
	char *catalog;
	char *config;		/* XDG_CONFIG_HOME as it was, NULL: unset */
};

static enum spur_status enter(struct tour *t, const char *dir, struct spur_error *err)
{
	const char *before = getenv("XDG_CONFIG_HOME");
	enum spur_status st = spur_dir_make(dir, err);
	char *config;

	if (st < 0)
		return st;
	t->root = realpath(dir, NULL);
	if (t->root == NULL)
		return spur_fail(err, SPUR_EIO, "%s: cannot find its path", dir);
	t->catalog = spur_strfmt("%s/catalogue.db", t->root);
	t->config = before == NULL ? NULL : spur_strdup(before);
	config = spur_strfmt("%s/config", t->root);
	setenv("XDG_CONFIG_HOME", config, 1);
	free(config);
	return SPUR_OK;
}

static void leave(struct tour *t)
{
	if (t->catalog != NULL && t->config != NULL)
		setenv("XDG_CONFIG_HOME", t->config, 1);
	else if (t->catalog != NULL)
		unsetenv("XDG_CONFIG_HOME");
	free(t->config);
	free(t->catalog);
	free(t->root);
}

/* What only the last steps need is looked for first: nobody waits half an hour to hear that it is missing. */
static enum spur_exit set_up(struct spur_ctx *ctx, struct spur_emit *emit, struct spur_error *err)
{
	static const char *const words[] = { "compile", "--setup" };
	enum spur_status st = spur_train_check(err);

	if (st < 0)
		return spur_exit_of(st);
	spur_emit_note(emit, "The Python environment of the compilers; the first time pip installs it, which takes minutes.");
	spur_emit_flush(emit);
	return spur_verb_call(ctx, 2, words, emit, err);
}

static void add_param(const char **words, char **made, size_t *n, size_t *m, const char *name, const char *value)
{
	made[*m] = spur_strfmt("%s=%s", name, value);
	words[(*n)++] = "--set";
	words[(*n)++] = made[(*m)++];
}

static enum spur_exit run_pipeline(struct spur_ctx *ctx, const struct spur_args *args, const char *root,
				   struct spur_emit *emit, struct spur_error *err)
{
	static const char *const params[] = { "drives", "seconds", "seed" };
	char *file = spur_strfmt("%s/pipelines/demo.json", ctx->datadir), *made[4];
	const char *words[12] = { "run", file };
	size_t n = 2, m = 0;
	enum spur_exit rc;

	add_param(words, made, &n, &m, "dir", root);
	for (size_t i = 0; i < 3; i++) {
		const char *value = spur_args_text(args, params[i], NULL);

		if (value != NULL)
			add_param(words, made, &n, &m, params[i], value);
	}
	rc = spur_verb_call(ctx, (int)n, words, emit, err);
	for (size_t i = 0; i < m; i++)
		free(made[i]);
	free(file);
	return rc;
}

/* Everything the steps saved: the state of the pipeline is the memory of the tour. */
static json_t *saved_values(const char *catalog)
{
	char *path = spur_strfmt("%s.demo.run", catalog), *text = NULL;
	json_t *state, *all = json_object(), *step;
	const char *id;
	size_t len;

	if (spur_file_read(path, STATE_MAX, &text, &len, NULL) >= 0) {
		state = json_loadb(text, len, 0, NULL);
		json_object_foreach(state, id, step)
			json_object_update(all, json_object_get(step, "saved"));
		json_decref(state);
	}
	free(text);
	free(path);
	return all;
}

static const char *one(const json_t *all, const char *name)
{
	const char *v = json_string_value(json_object_get(all, name));

	return v == NULL ? "" : v;
}

/* Of lists that were saved together: the value at the place of a class. */
static double of_class(const json_t *all, const char *list, const char *class)
{
	const json_t *names = json_object_get(all, "classes");

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *v = json_string_value(json_array_get(json_object_get(all, list), i));
		const char *name = json_string_value(json_array_get(names, i));

		if (v != NULL && name != NULL && strcmp(name, class) == 0)
			return strtod(v, NULL);
	}
	return 0;
}

static double worst(const json_t *all, const char *list)
{
	const json_t *a = json_object_get(all, list);
	double most = 0;

	for (size_t i = 0; i < json_array_size(a); i++) {
		const char *text = json_string_value(json_array_get(a, i));
		double v = text == NULL ? 0 : strtod(text, NULL);

		most = v > most ? v : most;
	}
	return most;
}

static void emit_number(struct spur_emit *emit, const json_t *all, const char *name)
{
	spur_emit_f64(emit, name, strtod(one(all, name), NULL));
}

static void emit_report(const json_t *all, const char *root, struct spur_emit *emit)
{
	spur_emit_note(emit, "\nThe way through: %s", root);
	spur_emit_row(emit, "report");
	spur_emit_uint(emit, "drives", json_array_size(json_object_get(all, "drives")));
	spur_emit_f64(emit, "clock_error_ms", worst(all, "clock_error_ns") / 1e6);
	spur_emit_f64(emit, "hard_braking_recall", of_class(all, "recall", "hard_braking"));
	spur_emit_f64(emit, "hard_braking_precision", of_class(all, "precision", "hard_braking"));
	spur_emit_text(emit, "dataset", one(all, "dataset"));
	spur_emit_int(emit, "segments", strtoll(one(all, "items"), NULL, 10));
	spur_emit_int(emit, "windows", strtoll(one(all, "windows"), NULL, 10));
	spur_emit_text(emit, "shards_root", one(all, "merkle_root"));
	spur_emit_text(emit, "model", one(all, "model"));
	spur_emit_text(emit, "weights_sha256", one(all, "weights_sha256"));
	emit_number(emit, all, "macro_f1");
	emit_number(emit, all, "ci_low");
	emit_number(emit, all, "signals_only_macro_f1");
	emit_number(emit, all, "camera_only_macro_f1");
	emit_number(emit, all, "baseline_macro_f1");
	spur_emit_int(emit, "parity_windows", strtoll(one(all, "parity_windows"), NULL, 10));
	emit_number(emit, all, "parity_max_abs");
	spur_emit_text(emit, "gate_open", one(all, "gate_open"));
	spur_emit_text(emit, "artefact", one(all, "artefact"));
	spur_emit_text(emit, "artefact_path", one(all, "artefact_path"));
	spur_emit_text(emit, "artefact_sha256", one(all, "artefact_sha256"));
	spur_emit_end(emit);
}

/* What the artefact stands on, counted by kind; the recordings one by one. */
struct origin {
	struct spur_emit *emit;
	struct kind {
		char *name;
		uint64_t objects;
	} *kinds;
	size_t kind_count;
};

static enum spur_status count_object(void *state, const struct spur_lineage_step *s, struct spur_error *err)
{
	struct origin *o = state;
	size_t i = 0;

	(void)err;
	if (s->seen)
		return SPUR_OK;
	while (i < o->kind_count && strcmp(o->kinds[i].name, s->object->kind) != 0)
		i++;
	if (i == o->kind_count) {
		o->kinds = spur_realloc(o->kinds, i + 1, sizeof(*o->kinds));
		o->kinds[i] = (struct kind){ .name = spur_strdup(s->object->kind) };
		o->kind_count++;
	}
	o->kinds[i].objects++;
	if (strcmp(s->object->kind, "file") != 0)
		return SPUR_OK;
	spur_emit_row(o->emit, "file");
	spur_emit_text(o->emit, "file", s->object->title);
	spur_emit_text(o->emit, "sha256", s->object->sha256);
	spur_emit_detail(o->emit);
	spur_emit_text(o->emit, "path", s->object->path);
	spur_emit_end(o->emit);
	return SPUR_OK;
}

static enum spur_status emit_origin(struct spur_ctx *ctx, const char *artefact, struct spur_emit *emit, struct spur_error *err)
{
	struct origin o = { .emit = emit };
	enum spur_status st;

	spur_emit_note(emit, "\nWhat the artefact stands on:");
	st = spur_lineage_walk(ctx, artefact, true, count_object, &o, err);
	for (size_t i = 0; i < o.kind_count; i++) {
		if (st >= 0) {
			spur_emit_row(emit, "lineage");
			spur_emit_text(emit, "kind", o.kinds[i].name);
			spur_emit_uint(emit, "objects", o.kinds[i].objects);
			spur_emit_end(emit);
		}
		free(o.kinds[i].name);
	}
	free(o.kinds);
	return st;
}

static enum spur_exit report(struct spur_ctx *ctx, const struct tour *t, struct spur_emit *emit, struct spur_error *err)
{
	json_t *all = saved_values(t->catalog);
	enum spur_exit rc;

	emit_report(all, t->root, emit);
	rc = spur_exit_of(emit_origin(ctx, one(all, "artefact"), emit, err));
	spur_emit_note(emit, "\nEvery step of it: spur lineage %s --catalog %s", one(all, "artefact"), t->catalog);
	spur_emit_note(emit, "Look around:      spur --catalog %s", t->catalog);
	json_decref(all);
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	char *dir = args->npos > 0 ? spur_strdup(args->pos[0]) : spur_place_demo();
	const char *catalog = ctx->catalog;
	struct tour t = { 0 };
	enum spur_exit rc = spur_exit_of(enter(&t, dir, err));

	if (rc == SPUR_EXIT_OK) {
		spur_ctx_finish(ctx);
		ctx->catalog = t.catalog;
		if ((rc = set_up(ctx, emit, err)) == SPUR_EXIT_OK &&
		    (rc = run_pipeline(ctx, args, t.root, emit, err)) == SPUR_EXIT_OK)
			rc = report(ctx, &t, emit, err);
		spur_ctx_finish(ctx);
		ctx->catalog = catalog;
	}
	if (rc == SPUR_EXIT_OK && !spur_args_has(args, "batch"))
		ctx->look = spur_strdup(t.catalog);
	leave(&t);
	free(dir);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "drives", 0, SPUR_OPT_INT, "N", "number of drives (8)", false },
	{ "seconds", 0, SPUR_OPT_INT, "S", "length of each drive (600)", false },
	{ "seed", 0, SPUR_OPT_INT, "K", "what the script draws from (1)", false },
	{ "batch", 0, SPUR_OPT_FLAG, NULL, "end with the report; else a terminal opens the workbench", false },
	{ 0 }
};

const struct spur_verb spur_demo_run = {
	.name = "run",
	.synopsis = "[DIR]",
	.summary = "the whole way in a folder: recordings, segments, dataset, model, artefact",
	.opts = opts,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
