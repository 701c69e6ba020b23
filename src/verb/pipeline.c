#include "config.h"

#include "verb/pipeline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"

#define FILE_MAX (1u << 20)
#define STATE_MAX (16u << 20)

struct spur_pipeline {
	struct spur_arena *arena;	/* owns the steps */
	json_t *root, *vars, *state;	/* vars: strings and arrays of strings */
	struct spur_pipeline_step *steps;
	size_t count;
	char (*keys)[65];		/* of steps that ran or were recalled in this process */
};

static enum spur_status wrong(struct spur_error *err, const char *step, const char *what)
{
	return spur_fail(err, SPUR_EFORMAT, "step %s: %s", step, what);
}

/* An array of strings; a missing one is empty. */
static enum spur_status strings(struct spur_pipeline *p, const json_t *a, const char *const **out, size_t *count)
{
	const char **list;

	*out = NULL;
	*count = 0;
	if (a == NULL)
		return SPUR_OK;
	if (!json_is_array(a))
		return SPUR_EFORMAT;
	list = spur_arena_array(p->arena, json_array_size(a), sizeof(*list));
	for (size_t i = 0; i < json_array_size(a); i++) {
		if ((list[i] = json_string_value(json_array_get(a, i))) == NULL)
			return SPUR_EFORMAT;
	}
	*out = list;
	*count = json_array_size(a);
	return SPUR_OK;
}

static enum spur_status read_needs(struct spur_pipeline *p, struct spur_pipeline_step *s, const json_t *j,
				   struct spur_error *err)
{
	const char *const *names;
	size_t *needs;

	if (strings(p, json_object_get(j, "needs"), &names, &s->need_count) < 0)
		return wrong(err, s->id, "\"needs\" is an array of step ids");
	needs = spur_arena_array(p->arena, s->need_count, sizeof(*needs));
	for (size_t i = 0; i < s->need_count; i++) {
		int at = spur_pipeline_find(p, names[i]);

		if (at < 0)
			return spur_fail(err, SPUR_EFORMAT, "step %s: needs '%s', which is no earlier step", s->id, names[i]);
		needs[i] = (size_t)at;
	}
	s->needs = needs;
	return SPUR_OK;
}

static enum spur_status read_saves(struct spur_pipeline *p, struct spur_pipeline_step *s, const json_t *j,
				   struct spur_error *err)
{
	static const char *const names[] = { "save", "save_all" };
	size_t n = json_object_size(json_object_get(j, names[0])) + json_object_size(json_object_get(j, names[1]));
	struct spur_pipeline_save *saves = spur_arena_array(p->arena, n, sizeof(*saves));

	for (size_t k = 0; k < 2; k++) {
		json_t *o = json_object_get(j, names[k]), *v;
		const char *var;

		json_object_foreach(o, var, v) {
			if (!json_is_string(v))
				return wrong(err, s->id, "\"save\" maps a variable to the name of a field");
			saves[s->save_count++] = (struct spur_pipeline_save){ var, json_string_value(v), k == 1 };
		}
	}
	s->saves = saves;
	return SPUR_OK;
}

/* "FIELD OP NUMBER" or "KEY=VALUE: FIELD OP NUMBER". */
static bool read_expect(struct spur_pipeline *p, const char *text, struct spur_pipeline_expect *e)
{
	static const char *const ops[] = { "<", "<=", ">", ">=", "==", "!=" };
	char *copy = spur_arena_str(p->arena, text), *colon = strstr(copy, ": "), *eq, *end, *word = copy, *save;

	e->text = text;
	if (colon != NULL) {
		*colon = '\0';
		if ((eq = strchr(copy, '=')) == NULL)
			return false;
		*eq = '\0';
		e->where_key = copy;
		e->where_value = eq + 1;
		word = colon + 2;
	}
	e->field = strtok_r(word, " ", &save);
	e->op = strtok_r(NULL, " ", &save);
	word = strtok_r(NULL, " ", &save);
	if (e->field == NULL || e->op == NULL || word == NULL || strtok_r(NULL, " ", &save) != NULL)
		return false;
	e->number = strtod(word, &end);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(e->op, ops[i]) == 0)
			return *end == '\0' && end != word;
	}
	return false;
}

static enum spur_status read_expects(struct spur_pipeline *p, struct spur_pipeline_step *s, const json_t *j,
				     struct spur_error *err)
{
	const char *const *texts;
	struct spur_pipeline_expect *e;

	if (strings(p, json_object_get(j, "expect"), &texts, &s->expect_count) < 0)
		return wrong(err, s->id, "\"expect\" is an array of \"FIELD OP NUMBER\"");
	e = spur_arena_array(p->arena, s->expect_count, sizeof(*e));
	for (size_t i = 0; i < s->expect_count; i++) {
		if (!read_expect(p, texts[i], &e[i]))
			return spur_fail(err, SPUR_EFORMAT, "step %s: \"%s\" is no \"FIELD OP NUMBER\"", s->id, texts[i]);
	}
	s->expects = e;
	return SPUR_OK;
}

static enum spur_status read_step(struct spur_pipeline *p, struct spur_pipeline_step *s, const json_t *j,
				  struct spur_error *err)
{
	json_t *each = json_object_get(j, "each");
	const char *var;
	json_t *list;
	enum spur_status st;

	if (s->id == NULL || *s->id == '\0')
		return spur_fail(err, SPUR_EFORMAT, "step %zu has no \"id\"", p->count + 1);
	if (spur_pipeline_find(p, s->id) >= 0)
		return wrong(err, s->id, "the id is used twice");
	if (strings(p, json_object_get(j, "run"), &s->argv, &s->argc) < 0 || s->argc == 0)
		return wrong(err, s->id, "\"run\" is an array: the verb and its arguments");
	if (strings(p, json_object_get(j, "outputs"), &s->outputs, &s->output_count) < 0)
		return wrong(err, s->id, "\"outputs\" is an array of paths");
	s->as = json_string_value(json_object_get(j, "as"));
	s->partial_ok = json_is_true(json_object_get(j, "partial_ok"));
	if (each != NULL) {
		json_object_foreach(each, var, list) {
			s->each_var = var;
			s->each_list = json_string_value(list);
		}
		if (s->each_list == NULL)
			return wrong(err, s->id, "\"each\" maps a variable to the name of a list");
	}
	if ((st = read_needs(p, s, j, err)) < 0 || (st = read_saves(p, s, j, err)) < 0)
		return st;
	return read_expects(p, s, j, err);
}

static enum spur_status read_root(struct spur_pipeline *p, struct spur_error *err)
{
	json_t *steps = json_object_get(p->root, "steps"), *params = json_object_get(p->root, "params"), *v;
	const char *name;

	if (!json_is_string(json_object_get(p->root, "name")) || !json_is_array(steps) || json_array_size(steps) == 0)
		return spur_fail(err, SPUR_EFORMAT, "a pipeline is an object with \"name\" and \"steps\"");
	json_object_foreach(params, name, v) {
		if (!json_is_string(v))
			return spur_fail(err, SPUR_EFORMAT, "params.%s: values are strings", name);
		json_object_set(p->vars, name, v);
	}
	p->steps = spur_arena_array(p->arena, json_array_size(steps), sizeof(*p->steps));
	p->keys = spur_arena_array(p->arena, json_array_size(steps), sizeof(*p->keys));
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *j = json_array_get(steps, i);
		enum spur_status st;

		p->steps[i].id = json_string_value(json_object_get(j, "id"));
		if ((st = read_step(p, &p->steps[i], j, err)) < 0)
			return st;
		p->count++;
	}
	return SPUR_OK;
}

enum spur_status spur_pipeline_load(const char *path, struct spur_pipeline **out, struct spur_error *err)
{
	struct spur_pipeline *p = spur_calloc(1, sizeof(*p));
	json_error_t why;
	char *text = NULL;
	size_t len;
	enum spur_status st;

	*out = NULL;
	p->arena = spur_arena_create(0);
	p->vars = json_object();
	p->state = json_object();
	if ((st = spur_file_read(path, FILE_MAX, &text, &len, err)) < 0)
		goto fail;
	p->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	free(text);
	if (p->root == NULL)
		st = spur_fail(err, SPUR_EFORMAT, "%s: line %d column %d: %s", path, why.line, why.column, why.text);
	else
		st = spur_wrap(read_root(p, err), err, "%s", path);
	if (st == SPUR_OK) {
		*out = p;
		return SPUR_OK;
	}
fail:
	spur_pipeline_destroy(p);
	return st;
}

void spur_pipeline_destroy(struct spur_pipeline *p)
{
	if (p == NULL)
		return;
	json_decref(p->root);
	json_decref(p->vars);
	json_decref(p->state);
	spur_arena_destroy(p->arena);
	free(p);
}

const char *spur_pipeline_name(const struct spur_pipeline *p)
{
	return json_string_value(json_object_get(p->root, "name"));
}

size_t spur_pipeline_count(const struct spur_pipeline *p)
{
	return p->count;
}

const struct spur_pipeline_step *spur_pipeline_step(const struct spur_pipeline *p, size_t i)
{
	return &p->steps[i];
}

int spur_pipeline_find(const struct spur_pipeline *p, const char *id)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->steps[i].id, id) == 0)
			return (int)i;
	}
	return -1;
}

/* ---- variables ---- */

enum spur_status spur_pipeline_param(struct spur_pipeline *p, const char *name, const char *value, struct spur_error *err)
{
	if (json_object_get(json_object_get(p->root, "params"), name) == NULL)
		return spur_fail(err, SPUR_EINVAL, "the pipeline has no parameter '%s'", name);
	spur_pipeline_set(p, name, value);
	return SPUR_OK;
}

void spur_pipeline_set(struct spur_pipeline *p, const char *name, const char *value)
{
	json_object_set_new(p->vars, name, json_string(value));
}

void spur_pipeline_list_clear(struct spur_pipeline *p, const char *name)
{
	json_object_set_new(p->vars, name, json_array());
}

void spur_pipeline_list_add(struct spur_pipeline *p, const char *name, const char *value)
{
	json_array_append_new(json_object_get(p->vars, name), json_string(value));
}

size_t spur_pipeline_list_count(const struct spur_pipeline *p, const char *name)
{
	return json_array_size(json_object_get(p->vars, name));
}

const char *spur_pipeline_list_at(const struct spur_pipeline *p, const char *name, size_t i)
{
	return json_string_value(json_array_get(json_object_get(p->vars, name), i));
}

enum spur_status spur_pipeline_expand(const struct spur_pipeline *p, const char *text, char **out, struct spur_error *err)
{
	struct spur_buf b = { 0 };

	*out = NULL;
	while (*text != '\0') {
		const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;

		if (strncmp(text, "$${", 3) == 0) {
			spur_buf_adds(&b, "${");
			text += 3;
		} else if (end != NULL) {
			char *name = spur_strndup(text + 2, (size_t)(end - text - 2));
			const char *value = json_string_value(json_object_get(p->vars, name));

			if (value == NULL) {
				spur_fail(err, SPUR_EINVAL, "nothing has set ${%s}", name);
				free(name);
				spur_buf_finish(&b);
				return SPUR_EINVAL;
			}
			spur_buf_adds(&b, value);
			free(name);
			text = end + 1;
		} else {
			spur_buf_addc(&b, *text++);
		}
	}
	*out = spur_buf_steal(&b);
	return SPUR_OK;
}

/* ---- state ---- */

static void hash_text(struct spur_sha256 *h, const char *s)
{
	spur_sha256_add(h, s == NULL ? "" : s, s == NULL ? 1 : strlen(s) + 1);
}

void spur_pipeline_key(const struct spur_pipeline *p, size_t step, char hex[65])
{
	const struct spur_pipeline_step *s = &p->steps[step];
	struct spur_sha256 *h = spur_sha256_create();

	hash_text(h, s->as);
	for (size_t i = 0; i < s->argc; i++) {
		char *word = NULL;

		if (spur_pipeline_expand(p, s->argv[i], &word, NULL) < 0)
			word = spur_strdup(s->argv[i]);	/* the variable of "each": its list is hashed */
		hash_text(h, word);
		free(word);
	}
	for (size_t i = 0; s->each_list != NULL && i < spur_pipeline_list_count(p, s->each_list); i++)
		hash_text(h, spur_pipeline_list_at(p, s->each_list, i));
	for (size_t i = 0; i < s->need_count; i++)
		hash_text(h, p->keys[s->needs[i]]);
	spur_sha256_end_hex(h, hex);
}

enum spur_status spur_pipeline_state_load(struct spur_pipeline *p, const char *path, struct spur_error *err)
{
	char *text = NULL;
	size_t len;
	json_t *state;
	enum spur_status st = spur_file_read(path, STATE_MAX, &text, &len, err);

	if (st == SPUR_ENOTFOUND)
		return SPUR_OK;
	if (st < 0)
		return st;
	state = json_loadb(text, len, 0, NULL);
	free(text);
	if (!json_is_object(state)) {
		json_decref(state);
		return spur_fail(err, SPUR_EFORMAT, "%s is no state of a pipeline; remove it to start anew", path);
	}
	json_decref(p->state);
	p->state = state;
	return SPUR_OK;
}

static bool outputs_there(const struct spur_pipeline *p, const struct spur_pipeline_step *s)
{
	for (size_t i = 0; i < s->output_count; i++) {
		char *path = NULL;
		bool there = spur_pipeline_expand(p, s->outputs[i], &path, NULL) >= 0 && spur_path_exists(path);

		free(path);
		if (!there)
			return false;
	}
	return true;
}

bool spur_pipeline_recall(struct spur_pipeline *p, size_t step, const char *key)
{
	const struct spur_pipeline_step *s = &p->steps[step];
	json_t *done = json_object_get(p->state, s->id);
	const char *was = json_string_value(json_object_get(done, "key"));

	memcpy(p->keys[step], key, 65);
	if (was == NULL || strcmp(was, key) != 0)
		return false;
	json_object_update(p->vars, json_object_get(done, "saved"));
	return outputs_there(p, s);
}

enum spur_status spur_pipeline_record(struct spur_pipeline *p, size_t step, const char *key, const char *path,
				      struct spur_error *err)
{
	const struct spur_pipeline_step *s = &p->steps[step];
	json_t *saved = json_object(), *done = json_object();
	char *text;
	enum spur_status st;

	for (size_t i = 0; i < s->save_count; i++)
		json_object_set(saved, s->saves[i].var, json_object_get(p->vars, s->saves[i].var));
	json_object_set_new(done, "key", json_string(key));
	json_object_set_new(done, "saved", saved);
	json_object_set_new(p->state, s->id, done);
	memcpy(p->keys[step], key, 65);
	text = json_dumps(p->state, JSON_INDENT(1) | JSON_SORT_KEYS);
	st = spur_file_write(path, text, strlen(text), err);
	free(text);
	return st;
}
