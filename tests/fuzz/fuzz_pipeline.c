#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"
#include "verb/pipeline.h"

/* A pipeline file and what was done of it: every step expanded, its key, and what is recalled. */
static void expanded(const struct spur_pipeline *p, const char *text)
{
	struct spur_error err;
	char *out = NULL;
	enum spur_status st = spur_pipeline_expand(p, text, &out, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("expand", st, &err);
	fuzz_tell_text("word", out);
	free(out);
}

static void listed(const struct spur_pipeline *p, const char *name)
{
	size_t n = spur_pipeline_list_count(p, name);

	for (size_t i = 0; i <= n && i < 8; i++)
		fuzz_tell_text("item", spur_pipeline_list_at(p, name, i));
}

static void step(const struct spur_pipeline *p, const struct spur_pipeline_step *s)
{
	fuzz_tell_text("step", s->id);
	fuzz_tell_text("as", s->as);
	for (size_t i = 0; i < s->argc; i++)
		expanded(p, s->argv[i]);
	for (size_t i = 0; i < s->need_count; i++) {
		fuzz_check(s->needs[i] < spur_pipeline_count(p));
		fuzz_tell("needs %zu\n", s->needs[i]);
	}
	for (size_t i = 0; i < s->save_count; i++) {
		fuzz_tell_text(s->saves[i].all ? "save all" : "save", s->saves[i].var);
		fuzz_tell_text("of", s->saves[i].field);
	}
	for (size_t i = 0; i < s->expect_count; i++) {
		fuzz_tell_text("where", s->expects[i].where_key);
		fuzz_tell_text("is", s->expects[i].where_value);
		fuzz_tell_text("field", s->expects[i].field);
		fuzz_tell_text(s->expects[i].op, s->expects[i].text);
		fuzz_tell_number("number", s->expects[i].number);
	}
	for (size_t i = 0; i < s->output_count; i++)
		expanded(p, s->outputs[i]);
	fuzz_tell_text("each", s->each_var);
	if (s->each_list != NULL)
		listed(p, s->each_list);
	fuzz_tell("partial %d, found at %d\n", s->partial_ok, spur_pipeline_find(p, s->id));
}

/* What is done, recorded, is what is recalled by one who has only the file. */
static void record(struct spur_pipeline *p, size_t i, const char *key)
{
	const char *path = fuzz_path("recorded");
	struct spur_error err;
	enum spur_status st = spur_pipeline_record(p, i, key, path, &err);
	char *text = NULL;
	size_t len = 0;

	fuzz_check_status(st, &err);
	fuzz_tell_status("record", st, &err);
	if (st >= 0 && spur_file_read(path, 1 << 20, &text, &len, &err) >= 0)
		fuzz_tell_data("recorded", text, len);
	free(text);
	unlink(path);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_pipeline *p = NULL;
	struct spur_error err;
	struct fuzz_part text;
	struct fuzz_in in;
	char key[65], zeros[65] = "";
	enum spur_status st;

	fuzz_in_init(&in, data, len);
	text = fuzz_in_next(&in);
	st = spur_pipeline_load(fuzz_file("pipeline.json", text.data, text.len), &p, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("load", st, &err);
	text = fuzz_in_next(&in);
	if (st >= 0) {
		fuzz_tell_text("name", spur_pipeline_name(p));
		spur_pipeline_set(p, "data", "/data");
		st = spur_pipeline_state_load(p, fuzz_file("state", text.data, text.len), &err);
		fuzz_check_status(st, &err);
		fuzz_tell_status("state", st, &err);
		fuzz_tell_status("param", spur_pipeline_param(p, "dir", "x", &err), &err);
		fuzz_tell_status("param", spur_pipeline_param(p, "data", "x", &err), &err);
		for (size_t i = 0; i < spur_pipeline_count(p); i++) {
			step(p, spur_pipeline_step(p, i));
			spur_pipeline_key(p, i, key);
			fuzz_tell("key %s, recalled %d", key, spur_pipeline_recall(p, i, key));
			fuzz_tell(", by an old one %d\n", spur_pipeline_recall(p, i, memset(zeros, '0', 64)));
			spur_pipeline_list_add(p, "l", "added");
			listed(p, "l");
			record(p, i, key);
			fuzz_tell("recalled %d\n", spur_pipeline_recall(p, i, key));
		}
		spur_pipeline_list_clear(p, "l");
		listed(p, "l");
		fuzz_tell("find %d\n", spur_pipeline_find(p, "nobody"));
	}
	spur_pipeline_destroy(p);
	fuzz_in_finish(&in);
}

static const char *const wrong[] = {
	"", "\"id\":\"s\"", "\"id\":\"s\",\"run\":[]", "\"id\":\"s\",\"run\":[1]", "\"id\":5,\"run\":[\"info\"]", "\"id\":\"\",\"run\":[\"info\"]",
	"\"id\":\"s\",\"run\":[\"no-such-verb\"]", "\"id\":\"s\",\"run\":[\"run\",\"x\"]", "\"id\":\"s\",\"run\":[\"info\"],\"extra\":1",
	"\"id\":\"s\",\"run\":[\"info\"],\"needs\":[\"s\"]", "\"id\":\"s\",\"run\":[\"info\"],\"needs\":[\"t\"]", "\"id\":\"s\",\"run\":[\"info\"],\"needs\":\"t\"",
	"\"id\":\"s\",\"run\":[\"info\"],\"save\":[]", "\"id\":\"s\",\"run\":[\"info\"],\"save\":{\"a\":1}", "\"id\":\"s\",\"run\":[\"info\"],\"save\":{\"a b\":\"c\"}",
	"\"id\":\"s\",\"run\":[\"info\"],\"expect\":[\"a\"]", "\"id\":\"s\",\"run\":[\"info\"],\"expect\":[\"a ~ b\"]", "\"id\":\"s\",\"run\":[\"info\"],\"expect\":[\"a > b\"]",
	"\"id\":\"s\",\"run\":[\"info\"],\"expect\":[\"k: a > 1\"]", "\"id\":\"s\",\"run\":[\"info\"],\"expect\":\"a > 1\"", "\"id\":\"s\",\"run\":[\"info\",\"${nobody}\"]",
	"\"id\":\"s\",\"run\":[\"info\",\"${dir\"]", "\"id\":\"s\",\"run\":[\"info\"],\"each\":{\"i\":\"nolist\"}", "\"id\":\"s\",\"run\":[\"info\"],\"each\":{}",
	"\"id\":\"s\",\"run\":[\"info\"],\"each\":{\"i\":\"a\",\"j\":\"b\"}", "\"id\":\"s\",\"run\":[\"info\"],\"as\":\"${dir}\"", "\"id\":\"s\",\"run\":[\"info\"],\"as\":\"${no}\"",
	"\"id\":\"s\",\"run\":[\"info\"],\"partial_ok\":1", "\"id\":\"s\",\"run\":[\"info\"],\"outputs\":[1]", "\"id\":\"s\",\"run\":[\"info\"],\"outputs\":[\"${no}\"]",
};

static void seed_wrong(const char *one)
{
	char *text = spur_strfmt("{\"name\":\"n\",\"params\":{\"dir\":\"d\"},\"steps\":[{%s}]}%s%s", one, FUZZ_CUT,
				 "{\"s\":{\"key\":5,\"saved\":[]}}");

	fuzz_seed_text(text);
	free(text);
}

static void seeds(void)
{
	fuzz_seed_text("{\"name\":\"n\",\"params\":{\"dir\":\"d\",\"who\":\"me\"},\"steps\":["
		       "{\"id\":\"a\",\"run\":[\"find\",\"x > 1\",\"--label\",\"${dir}/$${x}\"],\"save\":{\"v\":\"field\"},\"save_all\":{\"l\":\"item\"},"
		       "\"expect\":[\"n >= 3\",\"class=hard_braking: score > 0.5\"]},"
		       "{\"id\":\"b\",\"needs\":[\"a\"],\"as\":\"${who}\",\"each\":{\"i\":\"l\"},\"run\":[\"info\",\"${i}\"],\"partial_ok\":true,"
		       "\"outputs\":[\"${dir}/o\"]}]}" FUZZ_CUT "{\"a\":{\"key\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"saved\":{\"v\":\"1\",\"l\":[\"x\",\"y\"]}}}");
	fuzz_seed_text("{\"name\":\"n\",\"steps\":[{\"id\":\"s\",\"run\":[\"find\",\"c\"],\"save\":{\"u\":\"f\"},\"expect\":[\"label == x\"]}]}" FUZZ_CUT "{}");
	/* Every operator; what is wrong with a step, one thing at a time. */
	fuzz_seed_text("{\"name\":\"ops\",\"params\":{\"dir\":\"d\"},\"steps\":[{\"id\":\"s\",\"run\":[\"info\",\"${data}\",\"$\",\"$$\",\"a${dir}b$${dir}c\"],"
		       "\"expect\":[\"a < 1\",\"b <= 2\",\"c > -3\",\"d >= 1e3\",\"e == 0.5\",\"f != 5\",\"k=v: g == 1\",\"k=a b: h != -2\"],\"outputs\":[\"${dir}/a\",\"b\"],"
		       "\"save\":{\"a\":\"x\",\"b\":\"y\"},\"save_all\":{\"c\":\"z\"}},{\"id\":\"t\",\"needs\":[\"s\"],\"each\":{\"i\":\"c\"},\"run\":[\"info\",\"${i}${a}\"]},"
		       "{\"id\":\"u\",\"needs\":[\"t\",\"s\"],\"run\":[\"info\",\"${b}\"]}]}" FUZZ_CUT "{}");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		seed_wrong(wrong[i]);
}

static const char *const words[] = { FUZZ_CUT, "\"id\":", "\"run\":[", "\"needs\":[", "\"save\":{", "\"expect\":[", "\"each\":{", "\"outputs\":", "\"as\":",
				     "\"partial_ok\":true", "${", "$${", "}", " in ", ">= ", "== ", "[]", "\"key\":", "\"saved\":", NULL };

const struct fuzz_target fuzz_target = { .name = "pipeline", .max_len = 8u << 10, .parts = 2, .run = run, .seeds = seeds, .words = words, .told = 1600 };
