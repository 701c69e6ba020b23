#include "config.h"

#include "lab/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "io/out.h"

#define POLICY_LIMIT (1u << 20)
#define QUORUM_MAX 16

struct spur_gates {
	json_t *json;
	struct spur_gate *rows;
	size_t count;
	char sha256[SPUR_SHA256_HEX];
};

static const char **texts(const json_t *array)
{
	size_t n = json_array_size(array);
	const char **out = spur_calloc(n + 1, sizeof(*out));	/* NULL ends it */

	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(array, i));

		out[i] = s == NULL ? "" : s;
	}
	return out;
}

static enum spur_status read_gate(const json_t *j, struct spur_gate *g, struct spur_error *err)
{
	json_int_t quorum = json_integer_value(json_object_get(j, "quorum"));
	struct spur_check ignored;
	enum spur_status st = SPUR_OK;

	g->id = json_string_value(json_object_get(j, "id"));
	g->title = json_string_value(json_object_get(j, "title"));
	g->kind = json_string_value(json_object_get(j, "kind"));
	if (g->id == NULL || g->title == NULL || g->kind == NULL || quorum < 1 || quorum > QUORUM_MAX)
		return spur_fail(err, SPUR_EFORMAT, "a gate needs id, title, kind and a quorum of 1 to %d", QUORUM_MAX);
	g->quorum = (unsigned)quorum;
	g->checks = texts(json_object_get(j, "checks"));
	g->requires = texts(json_object_get(j, "requires"));
	for (size_t i = 0; g->checks[i] != NULL && st >= 0; i++)
		st = spur_check_eval(g->checks[i], NULL, &ignored, err);
	return spur_wrap(st, err, "gate %s", g->id);
}

static enum spur_status read_gates(struct spur_gates *g, struct spur_error *err)
{
	const json_t *all = json_object_get(g->json, "gates");
	size_t n = json_array_size(all);
	enum spur_status st = SPUR_OK;

	if (n == 0)
		return spur_fail(err, SPUR_EFORMAT, "no \"gates\"");
	g->rows = spur_calloc(n, sizeof(*g->rows));
	while (g->count < n && st >= 0) {
		st = read_gate(json_array_get(all, g->count), &g->rows[g->count], err);
		g->count++;
	}
	return st;
}

static enum spur_status read_policy(struct spur_gates *g, const char *path, struct spur_error *err)
{
	char *text = NULL;
	size_t len = 0;
	json_error_t je;
	enum spur_status st = spur_file_read(path, POLICY_LIMIT, &text, &len, err);

	if (st < 0)
		return st;
	spur_sha256_hex_of(text, len, g->sha256);
	g->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	free(text);
	if (g->json == NULL)
		return spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", path, je.text);
	return spur_wrap(read_gates(g, err), err, "%s", path);
}

enum spur_status spur_gates_load(const char *datadir, struct spur_gates **out, struct spur_error *err)
{
	struct spur_gates *g = spur_calloc(1, sizeof(*g));
	const char *env = getenv("SPUR_GATES");
	char *path = env != NULL && env[0] != '\0' ? spur_strdup(env) : spur_strfmt("%s/gates.json", datadir);
	enum spur_status st = read_policy(g, path, err);

	free(path);
	if (st < 0) {
		spur_gates_destroy(g);
		g = NULL;
	}
	*out = g;
	return st;
}

void spur_gates_destroy(struct spur_gates *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->count; i++) {
		free(g->rows[i].checks);
		free(g->rows[i].requires);
	}
	free(g->rows);
	json_decref(g->json);
	free(g);
}

const struct spur_gate *spur_gates_list(const struct spur_gates *g, size_t *count)
{
	*count = g->count;
	return g->rows;
}

enum spur_status spur_gates_find(const struct spur_gates *g, const char *id, const struct spur_gate **out,
				 struct spur_error *err)
{
	struct spur_buf known = { 0 };
	enum spur_status st;

	*out = NULL;
	for (size_t i = 0; i < g->count; i++) {
		if (strcmp(g->rows[i].id, id) == 0)
			*out = &g->rows[i];
		spur_buf_addf(&known, "%s%s", i > 0 ? ", " : "", g->rows[i].id);
	}
	st = *out != NULL ? SPUR_OK : spur_fail(err, SPUR_ENOTFOUND, "no gate '%s'; there are: %s", id, spur_buf_text(&known));
	spur_buf_finish(&known);
	return st;
}

const char *spur_gates_of_alias(const struct spur_gates *g, const char *alias)
{
	return json_string_value(json_object_get(json_object_get(g->json, "aliases"), alias));
}

const char *spur_gates_sha256(const struct spur_gates *g)
{
	return g->sha256;
}

bool spur_gate_checks(const struct spur_gate *gate, const json_t *figures, struct spur_check *results)
{
	bool all = true;

	for (size_t i = 0; gate->checks[i] != NULL; i++) {
		/* It parsed when the policy was loaded. */
		spur_check_eval(gate->checks[i], figures, &results[i], NULL);
		all = all && results[i].passed;
	}
	return all;
}

void spur_gate_record(const struct spur_gate_words *w, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "at_ns", w->at_ns);
	spur_json_text(&j, "card_sha256", w->card_sha256);
	spur_json_text(&j, "gate", w->gate);
	spur_json_text(&j, "key", w->key);
	spur_json_text(&j, "object", w->object);
	spur_json_bool(&j, "passed", w->passed);
	spur_json_text(&j, "policy_sha256", w->policy_sha256);
	spur_json_text(&j, "reason", w->reason);
	spur_json_text(&j, "verdict", w->verdict);
	spur_json_text(&j, "who", w->who);
	spur_json_end(&j, '}');
}
