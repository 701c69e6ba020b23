#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/words.h"
#include "verb/emit_file.h"
#include "verb/pipeline.h"

/* One step at work: what it emitted, as JSON lines. */
struct running {
	struct spur_ctx *ctx;
	struct spur_pipeline *p;
	const struct spur_pipeline_step *s;
	struct spur_emit *emit;
	bool *held;		/* per expectation: a row had its field */
	uint64_t rows;
};

static void free_words(char **words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	free(words);
}

static enum spur_status expand_words(const struct spur_pipeline *p, const struct spur_pipeline_step *s, char ***out,
				     struct spur_error *err)
{
	char **words = spur_calloc(s->argc, sizeof(*words));

	for (size_t i = 0; i < s->argc; i++) {
		enum spur_status st = spur_pipeline_expand(p, s->argv[i], &words[i], err);

		if (st < 0) {
			free_words(words, i);
			return st;
		}
	}
	*out = words;
	return SPUR_OK;
}

/* The words, and who acts. */
static char *command_line(const struct spur_pipeline_step *s, char *const *words, const char *as)
{
	struct spur_buf b = { 0 };
	char *line = spur_words_command((int)s->argc, (const char *const *)words);

	spur_buf_adds(&b, line);
	if (as != NULL) {
		spur_buf_adds(&b, " --as ");
		spur_word_add(&b, as);
	}
	free(line);
	return spur_buf_steal(&b);
}

/* A field of a row as text, "a.b" for a nested one; the caller frees. NULL: not there. */
static char *field_text(const json_t *row, const char *field)
{
	const json_t *v = json_object_get(row, field);
	const char *dot = strchr(field, '.');

	if (v == NULL && dot != NULL) {
		char *head = spur_strndup(field, (size_t)(dot - field)), *text;

		text = field_text(json_object_get(row, head), dot + 1);
		free(head);
		return text;
	}
	if (v == NULL || json_is_null(v))
		return NULL;
	if (json_is_string(v))
		return spur_strdup(json_string_value(v));
	return json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
}

static bool holds(const struct spur_pipeline_expect *e, double v)
{
	bool less = e->op[0] == '<', more = e->op[0] == '>', equal = e->op[1] == '=';

	if (less || more)
		return (less ? v < e->number : v > e->number) || (equal && v == e->number);
	return e->op[0] == '=' ? v == e->number : v != e->number;
}

static enum spur_status check_row(struct running *r, const json_t *row, struct spur_error *err)
{
	for (size_t i = 0; i < r->s->expect_count; i++) {
		const struct spur_pipeline_expect *e = &r->s->expects[i];
		char *where = e->where_key == NULL ? NULL : field_text(row, e->where_key), *text = field_text(row, e->field);
		bool mine = text != NULL && (e->where_key == NULL || (where != NULL && strcmp(where, e->where_value) == 0));
		enum spur_status st = SPUR_OK;

		if (mine) {
			r->held[i] = true;
			if (!holds(e, strtod(text, NULL)))
				st = spur_fail(err, SPUR_EDB, "expected %s, but %s is %s", e->text, e->field, text);
		}
		free(where);
		free(text);
		if (st < 0)
			return st;
	}
	return SPUR_OK;
}

static void save_row(struct running *r, const json_t *row)
{
	for (size_t i = 0; i < r->s->save_count; i++) {
		const struct spur_pipeline_save *s = &r->s->saves[i];
		char *text = field_text(row, s->field);

		if (text != NULL && s->all)
			spur_pipeline_list_add(r->p, s->var, text);
		else if (text != NULL)
			spur_pipeline_set(r->p, s->var, text);
		free(text);
	}
}

static enum spur_status take_lines(struct running *r, const char *text, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (*text != '\0' && st == SPUR_OK) {
		size_t n = strcspn(text, "\n");
		json_t *row = json_loadb(text, n, JSON_DISABLE_EOF_CHECK, NULL);

		if (json_is_object(row)) {
			r->rows++;
			save_row(r, row);
			st = check_row(r, row, err);
			if (r->ctx->verbose)
				spur_emit_raw(r->emit, text, n);
		}
		json_decref(row);
		text += n + (text[n] == '\n');
	}
	return st;
}

static enum spur_status verdict(enum spur_exit rc, bool partial_ok, const char *line, struct spur_error *err)
{
	switch (rc) {
	case SPUR_EXIT_OK:
		return SPUR_OK;
	case SPUR_EXIT_PARTIAL:
		return partial_ok ? SPUR_OK : spur_fail(err, SPUR_EFORMAT, "%s: done in part only (exit 3)", line);
	case SPUR_EXIT_INTERRUPTED:
		return spur_fail(err, SPUR_ECANCELLED, "interrupted");
	default:
		return spur_wrap(SPUR_EIO, err, "%s", line);
	}
}

/* One verb in this process, with a context of its own. */
static enum spur_status run_once(struct running *r, struct spur_error *err)
{
	struct spur_ctx ctx = *r->ctx;
	char **words, *line, *as = NULL, *out = NULL;
	size_t len;
	struct spur_emit *emit;
	FILE *to;
	enum spur_exit rc;
	enum spur_status st;

	if ((st = expand_words(r->p, r->s, &words, err)) < 0)
		return st;
	if (r->s->as != NULL && (st = spur_pipeline_expand(r->p, r->s->as, &as, err)) < 0) {
		free_words(words, r->s->argc);
		return st;
	}
	line = command_line(r->s, words, as);
	to = open_memstream(&out, &len);
	emit = spur_emit_json_create(to, stderr);
	ctx.db = NULL;
	ctx.json = true;
	ctx.as = as != NULL ? as : r->ctx->as;
	ctx.command_line = line;
	spur_task_progress(ctx.task, 0, 0);
	rc = spur_verb_call(&ctx, (int)r->s->argc, (const char *const *)words, emit, err);
	spur_ctx_finish(&ctx);
	spur_emit_json_destroy(emit);
	fclose(to);
	st = verdict(rc, r->s->partial_ok, line, err);
	if (st == SPUR_OK)
		st = spur_wrap(take_lines(r, out, err), err, "%s", line);
	free(out);
	free(line);
	free(as);
	free_words(words, r->s->argc);
	return st;
}

static enum spur_status run_step(struct running *r, struct spur_error *err)
{
	size_t times = r->s->each_list == NULL ? 1 : spur_pipeline_list_count(r->p, r->s->each_list);
	enum spur_status st = SPUR_OK;

	r->held = spur_calloc(r->s->expect_count, sizeof(*r->held));
	for (size_t i = 0; i < r->s->save_count; i++) {
		if (r->s->saves[i].all)
			spur_pipeline_list_clear(r->p, r->s->saves[i].var);
	}
	if (times == 0)
		st = spur_fail(err, SPUR_EINVAL, "the list %s is empty", r->s->each_list);
	for (size_t i = 0; i < times && st == SPUR_OK; i++) {
		if (r->s->each_list != NULL)
			spur_pipeline_set(r->p, r->s->each_var, spur_pipeline_list_at(r->p, r->s->each_list, i));
		st = run_once(r, err);
	}
	for (size_t i = 0; i < r->s->expect_count && st == SPUR_OK; i++) {
		if (!r->held[i])
			st = spur_fail(err, SPUR_ENOTFOUND, "expected %s, but no row has it", r->s->expects[i].text);
	}
	free(r->held);
	return spur_wrap(st, err, "step %s", r->s->id);
}

static void say_step(struct spur_emit *emit, const struct spur_pipeline_step *s, const char *state, spur_ns took,
		     uint64_t rows)
{
	struct spur_buf b = { 0 };

	spur_emit_row(emit, "step");
	spur_emit_text(emit, "step", s->id);
	spur_emit_text(emit, "state", state);
	spur_emit_span(emit, "took_ns", took);
	spur_emit_uint(emit, "rows", rows);
	for (size_t i = 0; i < s->argc; i++)
		spur_buf_addf(&b, "%s%s", i > 0 ? " " : "", s->argv[i]);
	spur_emit_detail(emit);
	spur_emit_text(emit, "run", spur_buf_text(&b));
	spur_emit_end(emit);
	spur_emit_flush(emit);
	spur_buf_finish(&b);
}

static enum spur_status run_all(struct spur_ctx *ctx, struct spur_pipeline *p, const struct spur_args *args,
				const char *state, struct spur_emit *emit, struct spur_error *err)
{
	const char *from = spur_args_text(args, "from", NULL);
	int first = from == NULL ? (int)spur_pipeline_count(p) : spur_pipeline_find(p, from);
	enum spur_status st;

	if (first < 0)
		return spur_fail(err, SPUR_EINVAL, "no step '%s'", from);
	for (size_t i = 0; i < spur_pipeline_count(p); i++) {
		struct running r = { .ctx = ctx, .p = p, .s = spur_pipeline_step(p, i), .emit = emit };
		spur_ns begin = spur_monotonic_ns();
		char key[65];

		spur_pipeline_key(p, i, key);
		if (spur_pipeline_recall(p, i, key) && (int)i < first) {
			say_step(emit, r.s, "done before", 0, 0);
			continue;
		}
		st = run_step(&r, err);
		say_step(emit, r.s, st < 0 ? "failed" : "done", spur_monotonic_ns() - begin, r.rows);
		if (st < 0 || (st = spur_pipeline_record(p, i, key, state, err)) < 0)
			return st;
	}
	return SPUR_OK;
}

static void show_plan(const struct spur_pipeline *p, struct spur_emit *emit)
{
	for (size_t i = 0; i < spur_pipeline_count(p); i++) {
		const struct spur_pipeline_step *s = spur_pipeline_step(p, i);
		struct spur_buf b = { 0 };

		for (size_t k = 0; k < s->argc; k++) {
			char *word = NULL;

			spur_pipeline_expand(p, s->argv[k], &word, NULL);
			spur_buf_addf(&b, " %s", word == NULL ? s->argv[k] : word);
			free(word);
		}
		spur_emit_row(emit, "plan");
		spur_emit_text(emit, "step", s->id);
		spur_emit_text(emit, "as", s->as == NULL ? "" : s->as);
		spur_emit_text(emit, "run", spur_buf_text(&b) + 1);
		spur_emit_end(emit);
		spur_buf_finish(&b);
	}
}

static enum spur_status set_params(struct spur_pipeline *p, const struct spur_args *args, struct spur_error *err)
{
	const char *pair;

	for (size_t i = 0; (pair = spur_args_nth(args, "set", i)) != NULL; i++) {
		const char *eq = strchr(pair, '=');
		char *name;
		enum spur_status st;

		if (eq == NULL)
			return spur_fail(err, SPUR_EINVAL, "--set %s: write NAME=VALUE", pair);
		name = spur_strndup(pair, (size_t)(eq - pair));
		st = spur_pipeline_param(p, name, eq + 1, err);
		free(name);
		if (st < 0)
			return st;
	}
	return SPUR_OK;
}

static char *state_path(const struct spur_ctx *ctx, const struct spur_pipeline *p, const struct spur_args *args)
{
	const char *given = spur_args_text(args, "state", NULL);

	return given != NULL ? spur_strdup(given) : spur_strfmt("%s.%s.run", ctx->catalog, spur_pipeline_name(p));
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct spur_pipeline *p = NULL;
	char *state = NULL;
	enum spur_status st;

	if ((st = spur_pipeline_load(args->pos[0], &p, err)) < 0)
		return SPUR_EXIT_FAIL;
	spur_pipeline_set(p, "data", ctx->datadir);
	spur_pipeline_set(p, "catalog", ctx->catalog);
	if ((st = set_params(p, args, err)) < 0)
		goto out;
	if (spur_args_has(args, "dry-run")) {
		show_plan(p, emit);
		goto out;
	}
	state = state_path(ctx, p, args);
	if ((st = spur_pipeline_state_load(p, state, err)) >= 0)
		st = run_all(ctx, p, args, state, emit, err);
out:
	free(state);
	spur_pipeline_destroy(p);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "set", 0, SPUR_OPT_TEXT, "NAME=VALUE", "give a parameter another value", true },
	{ "from", 0, SPUR_OPT_TEXT, "STEP", "run this step and all after it again", false },
	{ "state", 0, SPUR_OPT_PATH, "FILE", "what is done already (beside the catalogue)", false },
	{ "dry-run", 'n', SPUR_OPT_FLAG, NULL, "only print the steps", false },
	{ 0 }
};

const struct spur_verb spur_verb_run = {
	.name = "run",
	.synopsis = "PIPELINE",
	.summary = "run the verbs of a pipeline file, resuming where it stopped",
	.section = "Jobs",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
