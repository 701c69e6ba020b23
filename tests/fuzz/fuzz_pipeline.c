#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"
#include "verb/pipeline.h"

/* A pipeline file and what was done of it: every step expanded, its key, and what is recalled. */
static void step(const struct spur_pipeline *p, const struct spur_pipeline_step *s)
{
	struct spur_error err;

	fuzz_touch_text(s->id);
	for (size_t i = 0; i < s->argc; i++) {
		char *out = NULL;

		fuzz_check_status(spur_pipeline_expand(p, s->argv[i], &out, &err), &err);
		free(out);
	}
	for (size_t i = 0; i < s->need_count; i++)
		fuzz_check(s->needs[i] < spur_pipeline_count(p));
	for (size_t i = 0; i < s->save_count; i++) {
		fuzz_touch_text(s->saves[i].var);
		fuzz_touch_text(s->saves[i].field);
	}
	for (size_t i = 0; i < s->expect_count; i++) {
		fuzz_touch_text(s->expects[i].field);
		fuzz_touch_text(s->expects[i].op);
		fuzz_touch_text(s->expects[i].text);
	}
	if (s->each_list != NULL)
		spur_pipeline_list_at(p, s->each_list, 0);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_pipeline *p = NULL;
	struct spur_error err;
	struct fuzz_part text;
	struct fuzz_in in;
	char key[65];
	enum spur_status st;

	fuzz_in_init(&in, data, len);
	text = fuzz_in_next(&in);
	st = spur_pipeline_load(fuzz_file("pipeline.json", text.data, text.len), &p, &err);
	fuzz_check_status(st, &err);
	text = fuzz_in_next(&in);
	if (st >= 0) {
		spur_pipeline_name(p);
		spur_pipeline_set(p, "data", "/data");
		fuzz_check_status(spur_pipeline_state_load(p, fuzz_file("state", text.data, text.len), &err), &err);
		spur_pipeline_param(p, "dir", "x", &err);
		for (size_t i = 0; i < spur_pipeline_count(p); i++) {
			step(p, spur_pipeline_step(p, i));
			spur_pipeline_key(p, i, key);
			spur_pipeline_recall(p, i, key);
			spur_pipeline_recall(p, i, memset(key, '0', 64));
		}
	}
	spur_pipeline_destroy(p);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	fuzz_seed_text("{\"name\":\"n\",\"params\":{\"dir\":\"d\",\"who\":\"me\"},\"steps\":["
		       "{\"id\":\"a\",\"run\":[\"find\",\"x > 1\",\"--label\",\"${dir}/$${x}\"],\"save\":{\"v\":\"field\"},\"save_all\":{\"l\":\"item\"},"
		       "\"expect\":[\"n >= 3\",\"class=hard_braking: score > 0.5\"]},"
		       "{\"id\":\"b\",\"needs\":[\"a\"],\"as\":\"${who}\",\"each\":{\"i\":\"l\"},\"run\":[\"info\",\"${i}\"],\"partial_ok\":true,"
		       "\"outputs\":[\"${dir}/o\"]}]}" FUZZ_CUT "{\"a\":{\"key\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"saved\":{\"v\":\"1\",\"l\":[\"x\",\"y\"]}}}");
	fuzz_seed_text("{\"name\":\"n\",\"steps\":[{\"id\":\"s\",\"run\":[\"find\",\"c\"],\"save\":{\"u\":\"f\"},\"expect\":[\"label == x\"]}]}" FUZZ_CUT "{}");
}

static const char *const words[] = { FUZZ_CUT, "\"id\":", "\"run\":[", "\"needs\":[", "\"save\":{", "\"expect\":[", "\"each\":{", "\"outputs\":", "\"as\":",
				     "\"partial_ok\":true", "${", "$${", "}", " in ", ">= ", "== ", "[]", "\"key\":", "\"saved\":", NULL };

const struct fuzz_target fuzz_target = { .name = "pipeline", .max_len = 8u << 10, .parts = 2, .run = run, .seeds = seeds, .words = words };
