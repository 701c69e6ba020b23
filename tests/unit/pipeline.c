/* Pipeline files: what is read, what is refused and with which words, variables, and what is done already. */
#include "config.h"

#include "verb/pipeline.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/out.h"
#include "tests/tap.h"

static char dir[] = "/tmp/spur-pipeline-XXXXXX";

static char *file(const char *name)
{
	return spur_strfmt("%s/%s", dir, name);
}

static struct spur_pipeline *load(const char *text, struct spur_error *err)
{
	char *path = file("p.json");
	struct spur_pipeline *p = NULL;

	spur_file_write(path, text, strlen(text), NULL);
	if (spur_pipeline_load(path, &p, err) < 0 && p != NULL)
		ok(false, "a pipeline that failed is NULL");
	free(path);
	return p;
}

static struct spur_pipeline *must(const char *text)
{
	struct spur_error err = { 0 };
	struct spur_pipeline *p = load(text, &err);

	if (!ok(p != NULL, "is read")) {
		printf("# %s\n1..%d\n", err.text, tap_count);
		exit(1);
	}
	return p;
}

static void refused(const char *step, const char *want)
{
	char *text = spur_strfmt("{\"name\": \"n\", \"steps\": [{\"id\": \"a\", \"run\": [\"x\"]}, %s]}", step);
	struct spur_error err = { 0 };
	struct spur_pipeline *p = load(text, &err);

	if (!ok(p == NULL && err.code == SPUR_EFORMAT && strstr(err.text, want) != NULL && strstr(err.text, "p.json") != NULL, want))
		printf("# %s gives: %s\n", step, err.text);
	spur_pipeline_destroy(p);
	free(text);
}

static void wrong_steps_are_named(void)
{
	refused("{\"run\": [\"x\"]}", "step 2 has no \"id\"");
	refused("{\"id\": \"\", \"run\": [\"x\"]}", "step 2 has no \"id\"");
	refused("{\"id\": \"a\", \"run\": [\"x\"]}", "step a: the id is used twice");
	refused("{\"id\": \"b\"}", "step b: \"run\" is an array");
	refused("{\"id\": \"b\", \"run\": []}", "step b: \"run\" is an array");
	refused("{\"id\": \"b\", \"run\": \"x\"}", "step b: \"run\" is an array");
	refused("{\"id\": \"b\", \"run\": [\"x\", 3]}", "step b: \"run\" is an array");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"outputs\": \"f\"}", "step b: \"outputs\" is an array");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"needs\": \"a\"}", "step b: \"needs\" is an array");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"needs\": [\"b\"]}", "step b: needs 'b', which is no earlier step");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"needs\": [\"c\"]}, {\"id\": \"c\", \"run\": [\"x\"]}", "needs 'c'");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"save\": {\"v\": 3}}", "step b: \"save\" maps a variable");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"each\": {\"v\": 3}}", "step b: \"each\" maps a variable");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"each\": {}}", "step b: \"each\" maps a variable");
	refused("{\"id\": \"b\", \"run\": [\"x\"], \"expect\": \"a > 1\"}", "step b: \"expect\" is an array");
}

static void wrong_expectations_are_named(void)
{
	static const char *const bad[] = { "a", "a >", "a > ", "a => 1", "a > x", "a > 1x", "a > 1 2", "w: a > 1", "" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *step = spur_strfmt("{\"id\": \"b\", \"run\": [\"x\"], \"expect\": [\"a == 1\", \"%s\"]}", bad[i]);
		char *want = spur_strfmt("step b: \"%s\" is no \"FIELD OP NUMBER\"", bad[i]);

		refused(step, want);
		free(step);
		free(want);
	}
}

static void wrong_files_are_named(void)
{
	static const char *const bad[] = { "[]", "{\"steps\": [{\"id\": \"a\", \"run\": [\"x\"]}]}", "{\"name\": \"n\"}",
					   "{\"name\": \"n\", \"steps\": []}", "{\"name\": \"n\", \"steps\": {}}" };
	struct spur_error err = { 0 };
	struct spur_pipeline *p = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ok(load(bad[i], &err) == NULL && err.code == SPUR_EFORMAT && strstr(err.text, "\"name\" and \"steps\"") != NULL, bad[i]);
		err = (struct spur_error){ 0 };
	}
	ok(load("{\"name\": \"n\", \"name\": \"m\", \"steps\": []}", &err) == NULL && strstr(err.text, "duplicate") != NULL, "a key twice");
	ok(load("{\"name\": \"n\",\n \"params\": {\"a\": 3}, \"steps\": [{\"id\": \"a\", \"run\": [\"x\"]}]}", &err) == NULL &&
	   strstr(err.text, "params.a: values are strings") != NULL, "a parameter that is no string");
	ok(load("{\n\n oops", &err) == NULL && strstr(err.text, "line 3 column") != NULL, "no JSON");
	is_int(spur_pipeline_load("/nowhere/p.json", &p, &err), SPUR_ENOTFOUND, "no file");
}

#define WHOLE "{\"name\": \"whole\", \"params\": {\"dir\": \"d\", \"n\": \"2\"}, \"steps\": [" \
	"{\"id\": \"make\", \"run\": [\"demo\", \"make\", \"${dir}\", \"-n\", \"${n}\"], \"save_all\": {\"drives\": \"name\"}," \
	" \"save\": {\"last\": \"name\"}, \"outputs\": [\"%s/${dir}.out\"]}," \
	"{\"id\": \"look\", \"needs\": [\"make\"], \"as\": \"ann\", \"each\": {\"d\": \"drives\"}, \"run\": [\"info\", \"${d}\"]," \
	" \"partial_ok\": true, \"expect\": [\"rows >= 10\", \"name=a b: len < -1.5\"]}," \
	"{\"id\": \"end\", \"needs\": [\"make\", \"look\"], \"run\": [\"info\", \"${last}\"], \"partial_ok\": false}]}"

static struct spur_pipeline *whole(void)
{
	char *text = spur_strfmt(WHOLE, dir);
	struct spur_pipeline *p = must(text);

	free(text);
	return p;
}

static void steps_are_read(void)
{
	struct spur_pipeline *p = whole();
	const struct spur_pipeline_step *s = spur_pipeline_step(p, 0), *t = spur_pipeline_step(p, 1), *u = spur_pipeline_step(p, 2);

	is_str(spur_pipeline_name(p), "whole", "its name");
	is_int((int)spur_pipeline_count(p), 3, "three steps");
	is_int(spur_pipeline_find(p, "look"), 1, "found by id");
	is_int(spur_pipeline_find(p, "loo"), -1, "by the whole id");
	ok(s->argc == 5 && strcmp(s->argv[0], "demo") == 0 && strcmp(s->argv[4], "${n}") == 0, "words, not yet substituted");
	ok(s->save_count == 2 && !s->saves[0].all && s->saves[1].all, "save gives one value, save_all a list");
	ok(strcmp(s->saves[1].var, "drives") == 0 && strcmp(s->saves[1].field, "name") == 0, "variable and field");
	ok(s->as == NULL && s->each_var == NULL && s->need_count == 0 && s->output_count == 1 && !s->partial_ok, "the rest is empty");
	ok(strcmp(t->as, "ann") == 0 && strcmp(t->each_var, "d") == 0 && strcmp(t->each_list, "drives") == 0 && t->partial_ok, "as, each");
	ok(t->need_count == 1 && t->needs[0] == 0 && u->need_count == 2 && u->needs[1] == 1, "needs are earlier steps");
	ok(t->expect_count == 2 && t->expects[0].where_key == NULL && strcmp(t->expects[0].field, "rows") == 0 &&
	   strcmp(t->expects[0].op, ">=") == 0 && t->expects[0].number == 10, "an expectation of any row");
	ok(strcmp(t->expects[1].where_key, "name") == 0 && strcmp(t->expects[1].where_value, "a b") == 0 &&
	   strcmp(t->expects[1].field, "len") == 0 && strcmp(t->expects[1].op, "<") == 0 && t->expects[1].number == -1.5,
	   "and of the rows that have a value");
	is_str(t->expects[1].text, "name=a b: len < -1.5", "as it was written");
	ok(!u->partial_ok, "false is no");
	spur_pipeline_destroy(p);
}

static void expands(const struct spur_pipeline *p, const char *text, const char *want)
{
	char *out = NULL;

	spur_pipeline_expand(p, text, &out, NULL);
	is_str(out == NULL ? "(nothing)" : out, want, text);
	free(out);
}

static void variables_are_replaced(void)
{
	struct spur_pipeline *p = whole();
	struct spur_error err = { 0 };
	char *out = NULL;

	expands(p, "${dir}", "d");
	expands(p, "a${dir}b${n}c", "adb2c");
	expands(p, "$${dir}", "${dir}");
	expands(p, "$dir $", "$dir $");
	expands(p, "${dir", "${dir");
	expands(p, "", "");
	is_int(spur_pipeline_expand(p, "x${none}", &out, &err), SPUR_EINVAL, "an unset variable");
	ok(strstr(err.text, "${none}") != NULL && out == NULL, "is named");
	is_int(spur_pipeline_param(p, "dir", "e", NULL), SPUR_OK, "a parameter is set");
	expands(p, "${dir}", "e");
	is_int(spur_pipeline_param(p, "last", "e", &err), SPUR_EINVAL, "what the file does not have is no parameter");
	spur_pipeline_set(p, "last", "z");
	expands(p, "${last}", "z");
	spur_pipeline_list_clear(p, "drives");
	is_int((int)spur_pipeline_list_count(p, "drives"), 0, "a new list is empty");
	spur_pipeline_list_add(p, "drives", "one");
	spur_pipeline_list_add(p, "drives", "two");
	is_int((int)spur_pipeline_list_count(p, "drives"), 2, "it grows");
	is_str(spur_pipeline_list_at(p, "drives", 1), "two", "in order");
	is_int(spur_pipeline_expand(p, "${drives}", &out, &err), SPUR_EINVAL, "a list is no value");
	spur_pipeline_list_clear(p, "drives");
	is_int((int)spur_pipeline_list_count(p, "drives"), 0, "and is emptied");
	spur_pipeline_destroy(p);
}

/* ---- what is done already */

static void key_of(struct spur_pipeline *p, size_t step, char hex[65])
{
	spur_pipeline_key(p, step, hex);
}

static void do_step(struct spur_pipeline *p, size_t step, const char *path)
{
	char hex[65];

	key_of(p, step, hex);
	is_int(spur_pipeline_record(p, step, hex, path, NULL), SPUR_OK, "a step is recorded");
}

static bool recalls(struct spur_pipeline *p, size_t step)
{
	char hex[65];

	key_of(p, step, hex);
	return spur_pipeline_recall(p, step, hex);
}

static void do_all(const char *state)
{
	struct spur_pipeline *p = whole();

	spur_pipeline_list_clear(p, "drives");
	spur_pipeline_list_add(p, "drives", "one");
	spur_pipeline_set(p, "last", "one");
	do_step(p, 0, state);
	do_step(p, 1, state);
	do_step(p, 2, state);
	spur_pipeline_destroy(p);
}

static struct spur_pipeline *again(const char *state)
{
	struct spur_pipeline *p = whole();

	is_int(spur_pipeline_state_load(p, state, NULL), SPUR_OK, "the state is read");
	return p;
}

static void done_steps_are_recalled(void)
{
	char *state = file("state.json"), *out = file("d.out"), *other = file("e.out");
	struct spur_pipeline *p;

	do_all(state);
	p = again(state);
	ok(!recalls(p, 0), "a step whose output is not there was not done");
	spur_file_write(out, "x", 1, NULL);
	spur_file_write(other, "x", 1, NULL);
	ok(recalls(p, 0), "with its output it was");
	is_str(spur_pipeline_list_at(p, "drives", 0), "one", "its list is set again");
	expands(p, "${last}", "one");
	ok(recalls(p, 1) && recalls(p, 2), "so were the others");
	spur_pipeline_destroy(p);

	p = again(state);
	spur_pipeline_param(p, "n", "3", NULL);
	ok(!recalls(p, 0), "other words: not done");
	ok(!recalls(p, 1) && !recalls(p, 2), "nor what needs it");
	spur_pipeline_destroy(p);

	p = again(state);
	ok(recalls(p, 0), "the list decides:");
	spur_pipeline_list_add(p, "drives", "two");
	ok(!recalls(p, 1), "one more value makes the step of each value new");
	spur_pipeline_destroy(p);

	p = again(state);
	ok(recalls(p, 0), "the value decides:");
	spur_pipeline_set(p, "last", "two");
	ok(recalls(p, 1) && !recalls(p, 2), "a saved variable is part of the words of its users only");
	spur_pipeline_destroy(p);
	unlink(out);
	unlink(other);
	free(state);
	free(out);
	free(other);
}

static void keys_differ_by_what_counts(void)
{
	static const char *const steps[] = {
		"\"run\": [\"a\", \"b\"]", "\"run\": [\"ab\"]", "\"run\": [\"a\", \"b\", \"\"]", "\"run\": [\"b\", \"a\"]",
		"\"as\": \"ann\", \"run\": [\"a\", \"b\"]", "\"as\": \"bea\", \"run\": [\"a\", \"b\"]",
	};
	char keys[6][65];
	bool differ = true;

	for (size_t i = 0; i < 6; i++) {
		char *text = spur_strfmt("{\"name\": \"n\", \"steps\": [{\"id\": \"s\", %s}]}", steps[i]);
		struct spur_pipeline *p = must(text);

		spur_pipeline_key(p, 0, keys[i]);
		for (size_t k = 0; k < i; k++)
			differ = differ && strcmp(keys[k], keys[i]) != 0;
		spur_pipeline_destroy(p);
		free(text);
	}
	ok(differ, "words, their bounds, their order and who acts are in the key");
}

static void states_are_checked(void)
{
	char *state = file("bad.json");
	struct spur_error err = { 0 };
	struct spur_pipeline *p = whole();

	is_int(spur_pipeline_state_load(p, "/nowhere/state", &err), SPUR_OK, "no state yet is fine");
	spur_file_write(state, "[1]", 3, NULL);
	is_int(spur_pipeline_state_load(p, state, &err), SPUR_EFORMAT, "another file is not");
	ok(strstr(err.text, "bad.json") != NULL && strstr(err.text, "remove it") != NULL, "and what to do is said");
	spur_file_write(state, "{\"make\": {\"key\": 3}}", 20, NULL);
	is_int(spur_pipeline_state_load(p, state, &err), SPUR_OK, "a state with a wrong key");
	ok(!recalls(p, 0), "recalls nothing");
	spur_pipeline_destroy(p);
	unlink(state);
	free(state);
}

int main(void)
{
	char *path;

	if (mkdtemp(dir) == NULL)
		return 1;
	wrong_steps_are_named();
	wrong_expectations_are_named();
	wrong_files_are_named();
	steps_are_read();
	variables_are_replaced();
	done_steps_are_recalled();
	keys_differ_by_what_counts();
	states_are_checked();
	spur_pipeline_destroy(NULL);
	path = file("p.json");
	unlink(path);
	free(path);
	path = file("state.json");
	unlink(path);
	free(path);
	is_int(rmdir(dir), 0, "nothing is left behind");
	return tap_done();
}
