#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/out.h"
#include "lab/card.h"
#include "lab/figure.h"
#include "lab/gate.h"
#include "lab/recipe.h"
#include "lab/target.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* Policy and recipes, which people write, and reports, which programs do: gates.json, recipe.json, a report of a
 * compilation, model.json and evaluation.json of a card, and one check. */
static char datadir[120];

static void names(const struct spur_gates *g)
{
	static const char *const ids[] = { "model", "release", "champion", "nothing", "" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct spur_gate *found = NULL;
		const char *of = spur_gates_of_alias(g, ids[i]);
		struct spur_error err;

		fuzz_tell_status(ids[i], spur_gates_find(g, ids[i], &found, &err), &err);
		fuzz_tell("%s alias of %s\n", found == NULL ? "none" : found->id, of == NULL ? "none" : of);
	}
	fuzz_tell("policy %s\n", spur_gates_sha256(g));
}

static void gates(const struct fuzz_part *p, const json_t *figures)
{
	struct spur_gates *g = NULL;
	struct spur_error err;
	enum spur_status st;
	size_t count;

	fuzz_file("gates.json", p->data, p->len);
	st = spur_gates_load(datadir, &g, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("gates", st, &err);
	if (st >= 0) {
		const struct spur_gate *rows = spur_gates_list(g, &count);

		for (size_t i = 0; i < count; i++) {
			struct spur_check results[64];
			size_t checks = 0;

			fuzz_touch_text(rows[i].id);
			fuzz_touch_text(rows[i].title);
			fuzz_tell("gate %s '%s' of %s quorum %u\n", rows[i].id, rows[i].title, rows[i].kind, rows[i].quorum);
			for (size_t k = 0; rows[i].requires[k] != NULL; k++)
				fuzz_tell("  requires %s\n", rows[i].requires[k]);
			while (rows[i].checks[checks] != NULL)
				checks++;
			if (checks <= 64)
				fuzz_tell("  open %d\n", spur_gate_checks(&rows[i], figures, results));
			for (size_t k = 0; checks <= 64 && k < checks; k++)
				fuzz_tell("  %s: passed %d known %d '%s' '%s'\n", rows[i].checks[k], results[k].passed, results[k].known, results[k].got,
					  results[k].want);
		}
		names(g);
	}
	spur_gates_destroy(g);
}

static void recipe(const struct fuzz_part *p)
{
	static const char *const keys[] = { "seed", "lr", "augment", "towers", "nothing" };
	static const char *const values[] = { "1", "-3", "0.5", "true", "auto", "x", "9223372036854775808", "nan", "" };
	struct spur_recipe *r = NULL;
	struct spur_error err;
	enum spur_status st;

	fuzz_file("recipes/r/recipe.json", p->data, p->len);
	st = spur_recipe_load(datadir, "r", &r, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("recipe", st, &err);
	if (st < 0)
		return;
	fuzz_tell("%s python %d code %s\n", spur_recipe_id(r), (int)spur_recipe_python(r), spur_recipe_code_sha(r));
	fuzz_touch_text(spur_recipe_id(r));
	fuzz_touch_text(spur_recipe_code_sha(r));
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			st = spur_recipe_check(r, "train", keys[k], values[v], &err);
			fuzz_check_status(st, &err);
			fuzz_tell("%s = '%s' ", keys[k], values[v]);
			fuzz_tell_status("is", st, &err);
		}
	}
	if (spur_recipe_entry(r, "train") != NULL) {
		const struct spur_recipe_entry *e = spur_recipe_entry(r, "train");

		fuzz_touch_text(e->program);
		fuzz_tell("entry %s program %s\n", e->name, e->program);
		for (size_t i = 0; i < e->output_count; i++) {
			fuzz_touch_text(e->outputs[i].path);
			fuzz_touch_text(e->outputs[i].kind);
			fuzz_tell("output %s %s\n", e->outputs[i].path, e->outputs[i].kind);
		}
	}
	spur_recipe_destroy(r);
}

static void reports(const char *report, const char *model, const char *evaluation)
{
	struct spur_card_input in = {
		.object = "model-1", .kind = "model", .name = "m", .version = 1, .model_uid = "u", .model_json = model, .train_run = "", .recipe = "r",
		.code_sha256 = "", .author = "a", .author_key = "k", .compile_run = "", .evaluation_uid = "e", .evaluation_json = evaluation,
		.compile_json = report[0] == '\0' ? NULL : report, .sbom_sha256 = "",
	};
	struct spur_target_result result;
	struct spur_card *c = NULL;
	struct spur_buf b = { 0 };
	struct spur_error err;
	enum spur_status st = spur_target_report_read("ort", report, strlen(report), &result, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("report", st, &err);
	if (st >= 0) {
		fuzz_tell("%s %s %llu B %llu windows %.9g %.9g %.9g %.9g %.9g delta %.9g ", result.artefact, result.sha256, (unsigned long long)result.bytes,
			  (unsigned long long)result.windows, result.max_abs, result.mean_abs, result.cosine_min, result.sqnr_db, result.top1_agreement,
			  result.task_delta);
		fuzz_tell("us %.9g %.9g %.9g fallback %lld %d %d\n", result.p50_us, result.p90_us, result.p99_us, (long long)result.fallback_ops,
			  result.reproducible, result.finite);
	}
	st = spur_card_create(&in, &c, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("card", st, &err);
	if (st >= 0) {
		fuzz_tell("%s\n%s\n", spur_card_text(c), spur_card_sha256(c));
		fuzz_touch_text(spur_card_text(c));
		spur_card_print(c, &b);
		fuzz_touch(b.data, b.len);
		fuzz_tell("%s\n", spur_buf_text(&b));
	}
	spur_card_destroy(c);
	spur_buf_finish(&b);
}

static void run(const uint8_t *data, size_t len)
{
	static const char figures_text[] = "{\"eval.macro_f1\":0.8,\"eval.ci_low\":\"NaN\",\"a\":true,\"b\":\"text\",\"c\":1,\"d\":null}";
	const char *report, *model, *evaluation;
	struct spur_check check = { 0 };
	enum spur_status st;
	struct spur_error err;
	struct fuzz_part p;
	struct fuzz_in in;
	json_t *figures = json_loads(figures_text, 0, NULL);

	if (datadir[0] == '\0') {
		const char *dir = fuzz_path("recipes");

		snprintf(datadir, sizeof(datadir), "%.*s", (int)(strrchr(dir, '/') - dir), dir);
		spur_dir_make(fuzz_path("recipes/r"), &err);
		fuzz_file("recipes/r/train.py", "pass\n", 5);
	}
	fuzz_in_init(&in, data, len);
	p = fuzz_in_next(&in);
	gates(&p, figures);
	p = fuzz_in_next(&in);
	recipe(&p);
	report = fuzz_in_text(&in);
	model = fuzz_in_text(&in);
	evaluation = fuzz_in_text(&in);
	reports(report, model, evaluation);
	st = spur_check_eval(fuzz_in_text(&in), figures, &check, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("check", st, &err);
	fuzz_tell("passed %d known %d '%s' '%s'\n", check.passed, check.known, check.got, check.want);
	json_decref(figures);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	static const char gates_text[] =
		"{\"v\":1,\"gates\":[{\"id\":\"model\",\"title\":\"t\",\"kind\":\"model\",\"quorum\":1,\"requires\":[],\"checks\":[\"eval.macro_f1 >= 0.75\","
		"\"eval.ci_low >= eval.baseline + 0.15\",\"a == true\",\"b != \\\"x\\\"\"]},{\"id\":\"release\",\"title\":\"r\",\"kind\":\"artefact\",\"quorum\":2,"
		"\"requires\":[\"model\"],\"checks\":[\"c <= 1e-4\"]}],\"aliases\":{\"champion\":\"release\"}}";
	static const char recipe_text[] =
		"{\"id\":\"r\",\"version\":1,\"title\":\"t\",\"python\":\"train\",\"entries\":{\"train\":{\"file\":\"train.py\",\"channels\":{\"dataset\":\"extract\"},"
		"\"outputs\":[{\"path\":\"model/m\",\"kind\":\"weights\"}],\"distributed\":true,\"parameters\":{\"seed\":{\"type\":\"int\",\"default\":1,\"min\":0,"
		"\"max\":2147483647,\"help\":\"h\"},\"lr\":{\"type\":\"float\",\"default\":0.1,\"min\":1e-6,\"max\":1.0},\"augment\":{\"type\":\"bool\","
		"\"default\":true},\"towers\":{\"type\":\"text\",\"default\":\"auto\",\"choices\":[\"auto\",\"both\"]}}}}}";
	static const char report_text[] =
		"{\"v\":1,\"target\":\"ort\",\"artefact\":{\"path\":\"output/a\",\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
		"\"bytes\":12},\"parity\":{\"windows\":256,\"max_abs\":1e-5,\"mean_abs\":1e-6,\"cosine_min\":1,\"sqnr_db\":90,\"top1_agreement\":1,\"finite\":true},"
		"\"task\":{\"delta\":0},\"speed\":{\"p50\":1,\"p90\":2,\"p99\":\"NaN\"},\"latency_us\":{\"p50\":1,\"p90\":2,\"p99\":3},\"fallback_ops\":0,"
		"\"reproducible\":{\"identical\":true}}";
	static const char model_text[] =
		"{\"classes\":[\"a\",\"b\"],\"parameters\":{\"lr\":0.1},\"signals\":[\"s\"],\"metrics\":{\"macro_f1\":0.8},\"epochs\":3}";
	static const char evaluation_text[] =
		"{\"macro_f1\":0.8,\"ci\":[0.7,0.9],\"ci_low\":0.7,\"windows\":60,\"baseline\":{\"macro_f1\":0.3},\"classes\":[{\"name\":\"a\",\"precision\":1,"
		"\"recall\":0.5,\"f1\":0.6,\"support\":3}],\"confusion\":[[1,2],[3,4]]}";
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "%s" FUZZ_CUT "%s" FUZZ_CUT "%s" FUZZ_CUT "%s" FUZZ_CUT "%s" FUZZ_CUT "eval.macro_f1 >= c - 0.25", gates_text, recipe_text,
		      report_text, model_text, evaluation_text);
	fuzz_seed_buf(&b);
	spur_buf_addf(&b, "{}" FUZZ_CUT "{}" FUZZ_CUT FUZZ_CUT "%s" FUZZ_CUT "%s" FUZZ_CUT "b == \"text\"", model_text, evaluation_text);
	fuzz_seed_buf(&b);
}

static const char *const words[] = { FUZZ_CUT, "\"gates\":[", "\"checks\":[", "\"requires\":[", "\"quorum\":", "\"entries\":{", "\"parameters\":{", "\"min\":",
				     "\"choices\":[", "\"artefact\":{", "\"parity\":{", ">= ", " + ", " - ", "== true", "\"NaN\"", "null", "1e400", NULL };

const struct fuzz_target fuzz_target = { .name = "lab", .max_len = 16u << 10, .parts = 5, .run = run, .seeds = seeds, .words = words, .told = 1024 };
