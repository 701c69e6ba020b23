#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/out.h"
#include "lab/card.h"
#include "lab/gate.h"
#include "lab/recipe.h"
#include "lab/target.h"
#include "tests/tap.h"

static json_t *figures;

static bool passes(const char *text)
{
	struct spur_check c;

	return spur_check_eval(text, figures, &c, NULL) >= 0 && c.passed;
}

static void checks_compare_figures(void)
{
	struct spur_check c;
	struct spur_error err;

	figures = json_pack("{s:f, s:f, s:b, s:s, s:s, s:i, s:n}", "f1", 0.8, "base", 0.6, "done", 1, "target", "iree-cpu",
			    "sqnr", "Infinity", "ops", 0, "none");
	ok(passes("f1 >= 0.8"), "at the bound");
	ok(!passes("f1 > 0.8"), "the bound itself is not above it");
	ok(passes("f1 >= base + 0.15"), "figure plus number");
	ok(!passes("f1 >= base + 0.25"), "and when it does not reach");
	ok(passes("f1 <= 1 - 0.1"), "minus");
	ok(passes("done == true") && !passes("done == false"), "booleans");
	ok(passes("target == \"iree-cpu\"") && !passes("target == \"ort\"") && passes("target != \"ort\""), "texts");
	ok(passes("sqnr >= 60"), "an infinity is larger");
	ok(passes("ops == 0"), "whole numbers");
	ok(!passes("nothing >= 0") && !passes("nothing <= 0") && !passes("nothing != 0"), "a missing figure fails every check");
	ok(!passes("none == 0"), "null is missing");
	ok(!passes("target >= 1"), "a text is no number");
	spur_check_eval("f1 >= base + 0.15", figures, &c, NULL);
	is_str(c.got, "0.8", "says what it got");
	is_str(c.want, ">= 0.75", "and what it wanted");
	is_int(spur_check_eval("f1 =< 3", figures, &c, &err), SPUR_EFORMAT, "an unknown operator is no check");
	is_int(spur_check_eval("f1", figures, &c, &err), SPUR_EFORMAT, "nor is a word alone");
	is_int(spur_check_eval("f1 >= 1 * 2", figures, &c, &err), SPUR_EFORMAT, "nor other arithmetic");
	json_decref(figures);
}

static enum spur_status load_policy(const char *text, struct spur_gates **g, struct spur_error *err)
{
	char path[] = "lab-policy.json";
	enum spur_status st = spur_file_write(path, text, strlen(text), err);

	setenv("SPUR_GATES", path, 1);
	if (st >= 0)
		st = spur_gates_load("/nowhere", g, err);
	unsetenv("SPUR_GATES");
	remove(path);
	return st;
}

static void policy_is_data(void)
{
	struct spur_gates *g = NULL;
	const struct spur_gate *gate = NULL;
	struct spur_check r[16];
	struct spur_error err;
	size_t n = 0;

	is_int(spur_gates_load(getenv("SPUR_DATA"), &g, &err), SPUR_OK, "the policy that is shipped loads");
	spur_gates_list(g, &n);
	is_int((intmax_t)n, 2, "with two gates");
	is_int(spur_gates_find(g, "release", &gate, &err), SPUR_OK, "release is one");
	is_str(gate->kind, "artefact", "for artefacts");
	figures = json_pack("{s:f}", "eval.macro_f1", 0.9);
	ok(!spur_gate_checks(gate, figures, r), "one good figure does not open it");
	ok(r[0].passed && !r[1].passed, "though its own check passes");
	is_str(spur_gates_of_alias(g, "champion"), "model", "champion needs a gate");
	ok(spur_gates_of_alias(g, "candidate") == NULL, "candidate is free");
	is_int(spur_gates_find(g, "moon", &gate, &err), SPUR_ENOTFOUND, "an unknown gate");
	ok(strstr(err.text, "model, release") != NULL, "names the known ones");
	json_decref(figures);
	spur_gates_destroy(g);
	is_int(load_policy("{\"gates\":[{\"id\":\"a\",\"title\":\"t\",\"kind\":\"model\",\"quorum\":1,\"checks\":[\"x >>= 2\"]}]}", &g, &err),
	       SPUR_EFORMAT, "a check that does not parse refuses the policy");
	ok(strstr(err.text, "gate a: 'x >>= 2'") != NULL, "and is named");
	is_int(load_policy("{\"gates\":[{\"id\":\"a\",\"title\":\"t\",\"kind\":\"model\",\"quorum\":0}]}", &g, &err), SPUR_EFORMAT,
	       "a quorum of nobody is refused");
	is_int(load_policy("{\"gates\":[", &g, &err), SPUR_EFORMAT, "half a file is refused");
}

static void decisions_have_one_spelling(void)
{
	struct spur_gate_words w = { .object = "model-1", .gate = "g", .verdict = "approve", .reason = "it \"works\"", .who = "bo",
				     .key = "SHA256:x", .card_sha256 = "aa", .policy_sha256 = "bb", .at_ns = 7, .passed = true };
	struct spur_buf out = { 0 };

	spur_gate_record(&w, &out);
	is_str(spur_buf_text(&out), "{\"at_ns\":7,\"card_sha256\":\"aa\",\"gate\":\"g\",\"key\":\"SHA256:x\",\"object\":\"model-1\","
	       "\"passed\":true,\"policy_sha256\":\"bb\",\"reason\":\"it \\\"works\\\"\",\"verdict\":\"approve\",\"who\":\"bo\"}",
	       "the bytes that are signed");
	spur_buf_finish(&out);
}

static void recipes_know_their_parameters(void)
{
	struct spur_recipe *r = NULL;
	struct spur_error err;
	char sha[65];

	is_int(spur_recipe_load(getenv("SPUR_DATA"), "driving_events", &r, &err), SPUR_OK, "the recipe loads");
	ok(spur_recipe_entry(r, "train") != NULL && spur_recipe_entry(r, "eval") != NULL, "it trains and evaluates");
	ok(spur_recipe_entry(r, "fly") == NULL, "it does not fly");
	is_int(spur_recipe_check(r, "train", "epochs", "5", &err), SPUR_OK, "a good value");
	is_int(spur_recipe_check(r, "train", "epochs", "5.5", &err), SPUR_EINVAL, "half an epoch");
	is_int(spur_recipe_check(r, "train", "epochs", "0", &err), SPUR_EINVAL, "too few");
	is_int(spur_recipe_check(r, "train", "lr", "nan", &err), SPUR_EINVAL, "not a number");
	is_int(spur_recipe_check(r, "train", "augment", "maybe", &err), SPUR_EINVAL, "neither true nor false");
	is_int(spur_recipe_check(r, "eval", "split", "train", &err), SPUR_EINVAL, "no choice");
	is_int(spur_recipe_check(r, "train", "epoch", "5", &err), SPUR_EINVAL, "an unknown parameter");
	ok(strstr(err.text, "epochs") != NULL, "names the known ones");
	snprintf(sha, sizeof(sha), "%s", spur_recipe_code_sha(r));
	spur_recipe_destroy(r);
	is_int(spur_recipe_load(getenv("SPUR_DATA"), "compile", &r, &err), SPUR_OK, "the compile recipe loads");
	ok(strcmp(sha, spur_recipe_code_sha(r)) != 0, "other code, other hash");
	spur_recipe_destroy(r);
	is_int(spur_recipe_load(getenv("SPUR_DATA"), "soup", &r, &err), SPUR_ENOTFOUND, "an unknown recipe");
	ok(strstr(err.text, "driving_events") != NULL, "names the known ones");
	is_int(spur_recipe_load(getenv("SPUR_DATA"), "../recipes/compile", &r, &err), SPUR_ENOTFOUND, "a path is no name");
}

/* A recipe with one file of code beside recipe.json; what its code hashes to. */
static const char *hash_with(const char *file, const char *content, const char *second, const char *more)
{
	static char sha[4][sizeof(((struct spur_error *)0)->text)];
	static int turn;
	char dir[] = "/tmp/spur-lab-XXXXXX", path[128], cmd[160];
	const char *recipe = "{\"id\": \"r\", \"entries\": {\"train\": {\"file\": \"train.py\"}}}";
	struct spur_recipe *r = NULL;
	struct spur_error err = { 0 };
	enum spur_status st;

	snprintf(path, sizeof(path), "%s/recipes/r", mkdtemp(dir));
	st = spur_dir_make(path, &err);
	snprintf(path, sizeof(path), "%s/recipes/kit", dir);
	if (st >= 0)
		st = spur_dir_make(path, &err);
	snprintf(path, sizeof(path), "%s/recipes/r/recipe.json", dir);
	if (st >= 0)
		st = spur_file_write(path, recipe, strlen(recipe), &err);
	snprintf(path, sizeof(path), "%s/recipes/r/%s", dir, file);
	if (st >= 0)
		st = spur_file_write(path, content, strlen(content), &err);
	snprintf(path, sizeof(path), "%s/recipes/r/%s", dir, second);
	if (st >= 0 && second[0] != '\0')
		st = spur_file_write(path, more, strlen(more), &err);
	if (st < 0 || spur_recipe_load(dir, "r", &r, &err) < 0)
		printf("# %s\n", err.text);
	turn = (turn + 1) % 4;
	snprintf(sha[turn], sizeof(sha[turn]), "%s", r == NULL ? err.text : spur_recipe_code_sha(r));
	spur_recipe_destroy(r);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# %s is left behind\n", dir);
	return sha[turn];
}

static void code_is_known_by_name_and_content(void)
{
	is_str(hash_with("train.py", "a = 1\n", "", ""), hash_with("train.py", "a = 1\n", "", ""), "the same code, the same hash");
	ok(strcmp(hash_with("train.py", "a = 1\n", "", ""), hash_with("train.py", "a = 2\n", "", "")) != 0, "another byte, another hash");
	ok(strcmp(hash_with("train.py", "a = 1\n", "", ""), hash_with("other.py", "a = 1\n", "", "")) != 0, "another name, another hash");
	ok(strcmp(hash_with("s.py", ".py", "", ""), hash_with("s.py.py", "", "", "")) != 0, "the end of a name is not the content");
	ok(strcmp(hash_with("s.py", "4:t.py:1:x", "", ""), hash_with("s.py", "", "t.py", "x")) != 0, "nor is another file");
	is_str(hash_with("s.py", "1", "notes.txt", "x"), hash_with("s.py", "1", "notes.txt", "y"), "notes are no code");
}

#define SHA "0123456789012345678901234567890123456789012345678901234567890123"
#define REPORT "{\"target\":\"iree-cpu\",\"artefact\":{\"path\":\"model/model.vmfb\",\"sha256\":\"" SHA "\",\"bytes\":9}," \
	"\"parity\":{\"windows\":256,\"max_abs\":2e-06,\"sqnr_db\":\"Infinity\",\"top1_agreement\":1.0,\"finite\":true}," \
	"\"fallback\":{\"count\":0,\"nodes\":3,\"how\":\"x\"},\"latency\":{\"iree-cpu\":{\"p50\":12.5}}," \
	"\"reproducible\":{\"identical\":true},\"dataset\":{\"disjoint\":true}}"

static void targets_read_their_reports(void)
{
	const struct spur_target *t = NULL;
	struct spur_target_result r;
	struct spur_error err;

	is_int(spur_target_find("iree-cpu", &t, &err), SPUR_OK, "IREE is a target");
	ok(t->independent, "independent of the reference");
	is_int(t->result(REPORT, strlen(REPORT), &r, &err), SPUR_OK, "its report is read");
	ok(r.max_abs == 2e-6 && r.windows == 256 && isinf(r.sqnr_db) && r.p50_us == 12.5 && r.reproducible, "with its figures");
	ok(isnan(r.mean_abs), "what is not there is NaN");
	is_str(r.sha256, SHA, "and its hash");
	is_int(t->available("/nowhere/python", &err), SPUR_ENOTFOUND, "tools that are not there");
	ok(strstr(err.text, "iree-import-onnx") != NULL && strstr(err.text, "spur compile --setup") != NULL, "are named, with what to run");
	is_int(spur_target_find("ort-cpu", &t, &err), SPUR_OK, "ONNX Runtime is a target");
	ok(!t->independent, "not independent of itself");
	is_int(t->result(REPORT, strlen(REPORT), &r, &err), SPUR_EFORMAT, "another target's report is refused");
	is_int(t->result("{", 1, &r, &err), SPUR_EFORMAT, "so is half of one");
	is_int(spur_target_find("abacus", &t, &err), SPUR_ENOTFOUND, "an unknown target");
}

static void cards_hold_the_evidence(void)
{
	struct spur_card_input in = {
		.object = "artefact-1", .kind = "artefact", .name = "brakes", .version = 3, .model_uid = "model-1",
		.model_json = "{\"weights_sha256\":\"w\",\"onnx_sha256\":\"o\",\"opset\":17,\"ops\":{\"Conv\":3},\"classes\":[\"a\",\"b\"],"
			      "\"hyperparameters\":{\"seed\":5}}",
		.recipe = "driving_events", .author = "ann", .author_key = "SHA256:a", .evaluation_uid = "eval-1",
		.evaluation_json = "{\"macro_f1\":0.91,\"ci_low\":0.8,\"ci_high\":0.95,\"windows\":300,\"ci_unit\":\"drive\","
				   "\"baseline\":{\"macro_f1\":0.2,\"class\":\"a\"},\"classes\":[{\"class\":\"a\",\"f1\":0.9,\"precision\":1,"
				   "\"recall\":0.8,\"windows\":7}],\"confusion\":{\"classes\":[\"a\",\"b\"],\"counts\":[[41,2],[3,54]]}}",
		.compile_json = REPORT, .sbom_sha256 = SHA, .independent = true, .lineage = { .objects = 9, .files = 4 },
	};
	struct spur_card *c = NULL, *again = NULL;
	struct spur_error err;
	struct spur_buf text = { 0 };

	is_int(spur_card_create(&in, &c, &err), SPUR_OK, "a card");
	figures = json_incref(json_object_get(spur_card_json(c), "figures"));
	ok(passes("eval.macro_f1 == 0.91") && passes("eval.a.f1 == 0.9") && passes("eval.baseline_macro_f1 == 0.2"), "evaluation");
	ok(passes("parity.max_abs == 2e-6") && passes("compile.fallback_ops == 0") && passes("compile.reproducible == true"), "parity");
	ok(passes("lineage.complete == true") && passes("sbom.present == true") && passes("verify.disjoint == true"), "lineage");
	json_decref(figures);
	spur_card_print(c, &text);
	ok(strstr(spur_buf_text(&text), "macro-F1               0.9100, 95 % interval 0.8000 to 0.9500 by drive") != NULL, "as text");
	ok(strstr(spur_buf_text(&text), "max abs error          2e-06") != NULL, "with parity");
	ok(strstr(spur_buf_text(&text), "opset 17: Conv x3") != NULL, "with operators");
	ok(strstr(spur_buf_text(&text), "          54\n") != NULL, "with the confusion matrix");
	spur_buf_finish(&text);
	spur_card_create(&in, &again, &err);
	is_str(spur_card_sha256(again), spur_card_sha256(c), "the same evidence, the same hash");
	spur_card_destroy(again);
	in.lineage.missing = 1;
	in.lineage.first_missing = "extract-7";
	is_int(spur_card_create(&in, &again, &err), SPUR_OK, "a gap in the lineage");
	ok(strcmp(spur_card_sha256(again), spur_card_sha256(c)) != 0, "is other evidence");
	figures = json_incref(json_object_get(spur_card_json(again), "figures"));
	ok(!passes("lineage.complete == true"), "and not complete");
	json_decref(figures);
	spur_card_destroy(again);
	spur_card_destroy(c);
	in.model_json = "{";
	is_int(spur_card_create(&in, &c, &err), SPUR_EFORMAT, "a damaged model card is refused");
}

int main(void)
{
	checks_compare_figures();
	policy_is_data();
	decisions_have_one_spelling();
	recipes_know_their_parameters();
	code_is_known_by_name_and_content();
	targets_read_their_reports();
	cards_hold_the_evidence();
	return tap_done();
}
