#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job/event.h"
#include "job/executor.h"
#include "job/state.h"
#include "job/submit.h"
#include "job/supervisor.h"
#include "job/verdict.h"
#include "lab/card.h"
#include "lab/figure.h"
#include "lab/gate.h"
#include "lab/recipe.h"
#include "lab/target.h"
#include "tests/told.h"

/*
 * Jobs and the lab in words: the state machine, what a job's folder holds, verdicts over every way an attempt can end,
 * jobs that run to their end, and what the shipped recipes and gates say of values, figures and cards.
 */
static char dir[] = "/tmp/spur-words-XXXXXX";
static struct spur_error err;
static unsigned folders;
static char *data;	/* a link to the shipped files, so that messages have a path of ours */
#define T0_TODAY INT64_C(1600000000000000000)	/* later: a time of today */

/* ---- the machine ---- */

static void machine(void)
{
	enum spur_job_state back;

	for (int a = SPUR_JOB_PLANNED; a <= SPUR_JOB_LOST; a++) {
		say("%s terminal %d ->", spur_job_state_name((enum spur_job_state)a), spur_job_state_terminal((enum spur_job_state)a));
		for (int b = SPUR_JOB_PLANNED; b <= SPUR_JOB_LOST; b++)
			say("%s%s", spur_job_state_edge((enum spur_job_state)a, (enum spur_job_state)b) ? " " : "",
			    spur_job_state_edge((enum spur_job_state)a, (enum spur_job_state)b) ? spur_job_state_name((enum spur_job_state)b) : "");
		say(" parsed %d", spur_job_state_parse(spur_job_state_name((enum spur_job_state)a), &back));
		say(" %d\n", (int)back);
	}
	say("nothing parsed %d\n", spur_job_state_parse("nothing", &back));
}

/* ---- folders ---- */

static void put(const char *folder, const char *name, const char *text)
{
	char *path = spur_strfmt("%s/%s", folder, name);

	if (spur_file_write(path, text, strlen(text), &err) < 0)
		say("cannot write %s\n", name);
	free(path);
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Files with their text, links with their ends. */
static void say_folder(const char *folder, const char *rel)
{
	struct dirent **names = NULL;
	char *here = spur_strfmt("%s/%s", folder, rel);
	int n = scandir(here, &names, visible, alphasort);

	for (int i = 0; i < n; i++) {
		char *name = spur_strfmt("%s%s%s", rel, rel[0] == '\0' ? "" : "/", names[i]->d_name), *path = spur_strfmt("%s/%s", folder, name);
		char end[300] = "", *text = NULL;
		struct stat sb;
		size_t len;

		if (lstat(path, &sb) != 0) {
			say("  %s is gone\n", name);
		} else if (S_ISLNK(sb.st_mode)) {
			say("  %s -> %s\n", name, readlink(path, end, sizeof(end) - 1) > 0 ? end : "?");
		} else if (S_ISDIR(sb.st_mode)) {
			say("  %s/\n", name);
			say_folder(folder, name);
		} else if (spur_file_read(path, 1u << 20, &text, &len, &err) >= 0) {
			say("  %s: %s%s", name, text, len > 0 && text[len - 1] == '\n' ? "" : "\n");
		}
		free(text);
		free(path);
		free(name);
		free(names[i]);
	}
	free(names);
	free(here);
}

static char *make_job(struct spur_job_spec *s, const char *const *argv)
{
	struct spur_job_status status = { .state = SPUR_JOB_QUEUED, .created_ns = 1 };
	char *folder;

	snprintf(s->id, sizeof(s->id), "%016x", ++folders);
	s->kind = s->kind == NULL ? "test" : s->kind;
	folder = spur_strfmt("%s/%s", dir, s->id);
	s->dir = folder;
	s->argv = argv;
	s->processes = s->processes == 0 ? 1 : s->processes;
	say_status("stored", spur_job_spec_store(s, &err), &err);
	say_status("queued", spur_job_status_store(s->dir, &status, &err), &err);
	return folder;
}

static void say_hash(const char *what, const struct spur_job_spec *s)
{
	char hex[65];

	spur_job_spec_hash(s, hex);
	say("%s %s\n", what, hex);
}

static void specs(void)
{
	static const char *const argv[] = { "python3", "train.py", "--x", "a \"b\"", NULL }, *const other[] = { "python3", "train.py", NULL };
	static const char *const artifacts[] = { "model/m.onnx", "output/data/r.json", NULL };
	static const struct spur_job_pair params[] = { { "lr", "0.1" }, { "brake-s", "4" } }, channels[] = { { "dataset", "/data" }, { "model", "/m" } }, env[] = { { "A", "b c" } };
	struct spur_job_spec s = { .kind = "train", .name = "a name", .parent = "00000000000000aa", .cwd = "/tmp", .params = params, .param_count = 2, .channels = channels,
				   .channel_count = 2, .env = env, .env_count = 1, .artifacts = artifacts, .input_snapshot = "ds-1", .code_sha = "c0de", .processes = 3, .seed = 7,
				   .max_failures = 2, .grace_s = 9, .heartbeat_s = 11, .limit_as_bytes = 123, .limit_file_bytes = 456, .limit_cpu_s = 789, .executor = "local" };
	struct spur_job_spec *back = NULL;
	const struct spur_executor *ex = NULL;
	char *folder = make_job(&s, argv);

	say_folder(folder, "");
	say("again: %s\n", spur_status_name(spur_job_spec_store(&s, &err)));
	say_status("loaded", spur_job_spec_load(folder, &back, &err), &err);
	if (back != NULL) {
		say("%s %s %s %s %zu %zu %zu %u %" PRIu64 " %u %u %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", back->id, back->name, back->parent, back->cwd,
		    back->param_count, back->channel_count, back->env_count, back->processes, back->seed, back->max_failures, back->grace_s, back->heartbeat_s,
		    back->limit_as_bytes, back->limit_file_bytes, back->limit_cpu_s, back->executor);
		say_hash("read back", back);
		spur_job_spec_destroy(back);
	}
	say_status("none", spur_job_spec_load(dir, &back, &err), &err);
	s.params = NULL;
	s.param_count = 0;
	say_hash("no parameters", &s);
	s.seed = 8;
	say_hash("another seed", &s);
	s.kind = "eval";
	say_hash("another kind", &s);
	s.argv = other;
	say_hash("other arguments", &s);
	s.input_snapshot = "ds-2";
	say_hash("another snapshot", &s);
	s.code_sha = NULL;
	say_hash("no code", &s);
	s.name = "renamed";
	s.grace_s = 1;
	say_hash("another name", &s);
	for (int k = 0; k < 3; k++) {
		s.executor = k == 0 ? NULL : k == 1 ? "local" : "moon";
		say_status("executor", spur_executor_choose(&s, &ex, &err), &err);
	}
	free(folder);
}

/* ---- verdicts ---- */

static void judged(const struct spur_job_spec *s, const char *title)
{
	static const int ends[][2] = { { 0, 0 }, { 1, 0 }, { 65, 0 }, { 70, 0 }, { 75, 0 }, { 78, 0 }, { 124, 0 }, { 126, 0 }, { 127, 0 }, { 128, 0 }, { 130, 0 }, { 137, 9 },
				       { 143, 15 }, { 134, 6 }, { 139, 11 }, { -1, 0 } };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct spur_job_report r = { .exit_code = ends[i][0], .exit_signal = ends[i][1], .rank = (unsigned)(i % 2) };
		const uint64_t from[2] = { 0, 0 };
		struct spur_job_verdict v;
		enum spur_status st = spur_job_judge(s, from, 1, &r, &v, &err);

		say("%s exit %d signal %d: ", title, ends[i][0], ends[i][1]);
		if (st < 0) {
			say_status("judge", st, &err);
			continue;
		}
		say("%d '%s' again", (int)v.outcome, v.reason);
		for (unsigned f = 0; f < 40; f++)
			say("%d", spur_job_try_again(s, &v, f));
		say("\n");
	}
}

#define OK "{\"v\":1,\"type\":\"result\",\"status\":\"ok\"}\n"
#define STOPPED "{\"v\":1,\"type\":\"result\",\"status\":\"stopped\"}\n"
#define MADE(path, sha) "{\"v\":1,\"type\":\"artifact\",\"path\":\"" path "\",\"sha256\":\"" sha "\"}\n"
#define SHA_HI "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"

static void verdicts(void)
{
	static const char *const argv[] = { "true", NULL }, *const wanted[] = { "model/m", NULL };
	struct spur_job_spec s = { .processes = 2, .max_failures = 4 };
	char *folder = make_job(&s, argv);

	judged(&s, "silent");
	put(folder, "events/1.jsonl", OK);
	judged(&s, "rank 1 only");
	put(folder, "events/0.jsonl", OK);
	judged(&s, "both");
	put(folder, "events/1.jsonl", OK STOPPED);
	judged(&s, "rank 1 stopped");
	put(folder, "events/1.jsonl", "");
	s.max_failures = 0;
	s.artifacts = wanted;
	judged(&s, "nothing declared");
	put(folder, "events/0.jsonl", MADE("model/m", SHA_HI) OK);
	judged(&s, "declared, not there");
	put(folder, "model/m", "hi");
	judged(&s, "declared and there");
	put(folder, "model/m", "ho");
	judged(&s, "another file");
	put(folder, "events/0.jsonl", MADE("model/m", "00") MADE("model/m", SHA_HI) OK);
	put(folder, "model/m", "hi");
	judged(&s, "the last word");
	put(folder, "output/failure", "the disk is full");
	put(folder, "logs/1.0.err", "first\nlast words \n\n");
	judged(&s, "a reason");
	put(folder, "output/failure", "");
	judged(&s, "a log");
	free(folder);
}

/* ---- events ---- */

static enum spur_status heard(void *state, const struct spur_job_event *e, struct spur_error *er)
{
	(void)er;
	/* Behind {"v":1,"ts":N, which is of today. */
	say("  @%" PRIu64 " %s today %d %.*s\n", e->offset, e->type, e->ts_ns > T0_TODAY, (int)e->len - 32, e->line + 32);
	return --*(int *)state == 0 ? SPUR_END : SPUR_OK;
}

static void voices(void)
{
	char *path = spur_strfmt("%s/voice.jsonl", dir);
	struct spur_job_voice *v = spur_job_voice_create(path), *mute = spur_job_voice_create("");
	uint64_t at = 0, bad = 0;
	int left = 3;

	spur_job_voice_progress(v, 3, 10, "epoch");
	spur_job_voice_metric(v, 4, "loss", 0.5);
	spur_job_voice_metric(v, 5, "loss", (double)NAN);
	spur_job_voice_metric(v, 6, "loss", -(double)INFINITY);
	spur_job_voice_log(v, "warning", "%d \"quoted\"\n%s", 7, "lines");
	spur_job_voice_artifact(v, "model/m", "weights", SHA_HI, 99);
	say_status("result", spur_job_voice_result(v, false, "{\"a\":1}", &err), &err);
	say_status("mute", spur_job_voice_result(mute, true, NULL, &err), &err);
	spur_job_voice_destroy(v);
	spur_job_voice_destroy(mute);
	say_status("read", spur_job_events_read(path, &at, heard, &left, &bad, &err), &err);
	say("to %" PRIu64 " bad %" PRIu64 "\n", at, bad);
	left = 100;
	say_status("read", spur_job_events_read(path, &at, heard, &left, &bad, &err), &err);
	say("to %" PRIu64 " bad %" PRIu64 "\n", at, bad);
	free(path);
}

/* ---- jobs that run ---- */

/* Numbers behind "ts": are of today. */
static void say_stream(const char *folder)
{
	char *path = spur_strfmt("%s/events/supervisor.jsonl", folder), *text = NULL;
	size_t len;

	if (spur_file_read(path, 1u << 20, &text, &len, &err) >= 0) {
		for (char *p = text; (p = strstr(p, "\"ts\":")) != NULL;) {
			for (p += 5; *p >= '0' && *p <= '9'; p++)
				*p = 'T';
		}
		say("%s", text);
	}
	free(text);
	free(path);
}

static void ran(const char *title, const char *script, struct spur_job_spec s)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct spur_job_status st;
	char *folder;

	say("== %s\n", title);
	folder = make_job(&s, argv);
	say_status("supervised", spur_job_supervise(folder, NULL, NULL, &err), &err);
	say_status("state", spur_job_status_load(folder, &st, &err), &err);
	say("%s attempt %u failures %u done %" PRIu64 "/%" PRIu64 " '%s' exit %d signal %d '%s' times %d%d%d\n", spur_job_state_name(st.state), st.attempt,
	    st.failures, st.done, st.total, st.unit, st.exit_code, st.exit_signal, st.reason, st.created_ns == 1, st.started_ns > T0_TODAY,
	    st.ended_ns >= st.started_ns);
	say_stream(folder);
	say_status("again", spur_job_supervise(folder, NULL, NULL, &err), &err);
	free(folder);
}

#define SAY_OK "echo '{\"v\":1,\"type\":\"result\",\"status\":\"ok\"}' >>\"$SPUR_EVENTS\"; "
static void runs(void)
{
	ran("good", SAY_OK "exit 0", (struct spur_job_spec){ .seed = 1 });
	ran("two good ones", SAY_OK "exit 0", (struct spur_job_spec){ .processes = 2 });
	ran("without a word", "exit 0", (struct spur_job_spec){ .max_failures = 1 });
	ran("bad input", "echo no data >&2; exit 65", (struct spur_job_spec){ .max_failures = 3 });
	ran("bad configuration", "echo why >\"$SM_OUTPUT_DIR/failure\"; exit 78", (struct spur_job_spec){ .max_failures = 3 });
	ran("one of two fails", "[ $RANK = 0 ] || exit 7; " SAY_OK "sleep 30", (struct spur_job_spec){ .processes = 2, .max_failures = 1, .grace_s = 1 });
	ran("progress", "echo '{\"v\":1,\"type\":\"progress\",\"done\":4,\"total\":8,\"unit\":\"rows\"}' >>\"$SPUR_EVENTS\"; " SAY_OK, (struct spur_job_spec){ .seed = 2 });
	ran("kills itself", "kill -SEGV $$", (struct spur_job_spec){ .max_failures = 1 });
}

/* ---- the lab ---- */

static void checks(void)
{
	static const char *const texts[] = {
		"a >= 1", "a >= 1.0000001", "a > 1", "a <= 1", "a < 1", "a == 1", "a != 1", "a >= b", "a >= b + 0.5", "a >= b - 0.5", "b + 0.5 >= a", "t == true", "t == false",
		"t != true", "s == \"x\"", "s != \"x\"", "s == \"y\"", "s > \"a\"", "n >= 0", "n == n", "inf > 1e300", "a >= none", "none >= 1", "a >=", "a", "", "a = 1", "a >= 1 2",
		"a >= \"x", "t >= 1", "s >= 1", "d.e >= 2", "a >= 1 + b + b", "a >= -1", "a >= 1e-3", "  a   >=   1  ", "1 >= a", "a == true", "nul == 1", "a <> 1",
	};
	json_t *f = json_loads("{\"a\":1,\"b\":0.75,\"t\":true,\"s\":\"x\",\"n\":\"NaN\",\"inf\":\"Infinity\",\"d.e\":2.5,\"nul\":null}", 0, NULL);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct spur_check c = { 0 };
		enum spur_status st = spur_check_eval(texts[i], f, &c, &err);

		say_status(texts[i], st, &err);
		if (st >= 0)
			say("  passed %d known %d '%s' '%s'\n", c.passed, c.known, c.got, c.want);
	}
	json_decref(f);
}

static void recipes(void)
{
	static const char *const names[] = { "driving_events", "compile", "kit", "nothing", "", "a/b", ".." }, *const entries[] = { "train", "eval", "compile", "sweep", "nothing" };
	static const char *const keys[] = { "epochs", "lr", "seed", "augment", "batch", "towers", "split", "window_s", "target", "bootstrap", "threads", "nothing" };
	static const char *const values[] = { "0", "1", "-1", "2", "0.5", "1e9", "9223372036854775807", "9223372036854775808", "true", "test", "val", "auto", "nan", "", "x", " 1" };

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		struct spur_recipe *r = NULL;

		say_status(names[n], spur_recipe_load(data, names[n], &r, &err), &err);
		if (r == NULL)
			continue;
		say("%s python %d\n", spur_recipe_id(r), (int)spur_recipe_python(r));
		for (size_t e = 0; e < sizeof(entries) / sizeof(entries[0]); e++) {
			const struct spur_recipe_entry *en = spur_recipe_entry(r, entries[e]);

			say("%s: %s\n", entries[e], en == NULL ? "none" : strrchr(en->program, '/'));
			for (size_t i = 0; en != NULL && i < en->output_count; i++)
				say("  makes %s %s\n", en->outputs[i].path, en->outputs[i].kind);
			for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
				for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
					enum spur_status st = spur_recipe_check(r, entries[e], keys[k], values[v], &err);

					if (strstr(err.text, "has no parameter") != NULL && st < 0 && v > 0)
						break;
					say("  %s='%s' ", keys[k], values[v]);
					say_status("is", st, &err);
				}
			}
		}
		spur_recipe_destroy(r);
	}
}

static void cards(void)
{
	static const char model[] = "{\"classes\":[\"a\",\"b\"],\"epochs\":8,\"best_epoch\":7,\"ranks\":2,\"hyperparameters\":{\"lr\":0.003,\"seed\":5},\"parameters\":24581,"
				    "\"val_macro_f1\":0.7375,\"weights_sha256\":\"w\",\"onnx_sha256\":\"o\",\"merkle_root\":\"root\",\"ops\":{\"Conv\":3},\"opset\":17,\"signals\":[\"speed\"]}";
	static const char evaluation[] = "{\"macro_f1\":0.8125,\"ci_low\":0.75,\"ci_high\":0.875,\"ci_unit\":\"drive\",\"ci_clusters\":2,\"bootstrap\":2000,\"accuracy\":0.85,\"windows\":280,"
					 "\"baseline\":{\"class\":\"a\",\"macro_f1\":0.25},\"drives\":[\"r1\",\"r2\"],\"classes\":[{\"class\":\"a\",\"precision\":0.9,\"recall\":0.8,\"f1\":0.85,"
					 "\"windows\":100},{\"class\":\"b\",\"precision\":0.5,\"recall\":\"NaN\",\"f1\":0.25,\"windows\":0}],\"confusion\":{\"classes\":[\"a\",\"b\"],\"counts\":[[90,10],[5,1234567]]},"
					 "\"splits\":{\"test\":280}}";
	static const char compiled[] = "{\"v\":1,\"target\":\"ort\",\"artefact\":{\"path\":\"output/a\",\"sha256\":\"" SHA_HI "\",\"bytes\":98304},\"parity\":{\"windows\":256,\"max_abs\":1e-5,"
				       "\"mean_abs\":1e-6,\"cosine_min\":0.999,\"sqnr_db\":90.5,\"top1_agreement\":1,\"finite\":true},\"task\":{\"delta\":-0.001},\"latency_us\":{\"p50\":1.5,\"p90\":2,"
				       "\"p99\":3.25},\"latency\":{\"ort\":{\"p50\":120.5}},\"fallback_ops\":2,\"reproducible\":{\"identical\":true}}";

	for (int k = 0; k < 8; k++) {
		struct spur_card_input in = { .object = k < 4 ? "model-1" : "artefact-1", .kind = k < 4 ? "model" : "artefact", .name = "net", .version = k, .model_uid = "model-1",
					      .model_json = k == 3 ? "{" : model, .train_run = "run-1", .recipe = "driving_events", .code_sha256 = "c0de", .author = "ada",
					      .author_key = "SHA256:k", .compile_run = k < 4 ? "" : "run-2", .evaluation_uid = k == 0 ? NULL : "evaluation-1",
					      .evaluation_json = k == 0 ? NULL : k == 2 ? "[]" : evaluation, .compile_json = k < 4 ? NULL : k == 5 ? "{}" : compiled,
					      .sbom_sha256 = k == 6 ? "abc" : "", .independent = k == 6,
					      .lineage = { 12, 3, k % 2 == 0 ? 0 : 2, k % 2 == 0 ? NULL : "file:x" } };
		struct spur_card *c = NULL;
		struct spur_buf b = { 0 };
		struct spur_gates *g = NULL;
		size_t count = 0;

		say_status("card", spur_card_create(&in, &c, &err), &err);
		if (c == NULL)
			continue;
		spur_card_print(c, &b);
		say("%s\n%s\n%s\n", spur_card_text(c), spur_card_sha256(c), spur_buf_text(&b));
		spur_buf_finish(&b);
		if (spur_gates_load(data, &g, &err) >= 0) {
			const struct spur_gate *rows = spur_gates_list(g, &count);

			for (size_t i = 0; i < count; i++) {
				struct spur_check results[32];

				say("gate %s '%s' %s quorum %u: %d\n", rows[i].id, rows[i].title, rows[i].kind, rows[i].quorum, spur_gate_checks(&rows[i], spur_card_figures(c), results));
				for (size_t n = 0; rows[i].checks[n] != NULL; n++)
					say("  %s: %d %d '%s' '%s'\n", rows[i].checks[n], results[n].passed, results[n].known, results[n].got, results[n].want);
			}
		}
		spur_gates_destroy(g);
		spur_card_destroy(c);
	}
}

static void targets(void)
{
	static const char *const ids[] = { "ort", "iree-cpu", "iree", "nothing", "" };
	const struct spur_target *t;
	char *bin = spur_strfmt("%s/venv/bin", dir), *python = spur_strfmt("%s/python", bin), *lib = spur_strfmt("%s/venv/lib/python3.11/site-packages/onnx", dir);

	for (const struct spur_target *const *p = spur_target_list(); *p != NULL; p++)
		say("%s '%s' %s independent %d\n", (*p)->id, (*p)->title, (*p)->artefact, (*p)->independent);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		say_status(ids[i], spur_target_find(ids[i], &t, &err), &err);
	for (int k = 0; k < 3; k++) {
		say_status("program", spur_target_needs_program(python, "iree-compile", &err), &err);
		say_status("package", spur_target_needs_package(python, "onnx", &err), &err);
		for (const struct spur_target *const *p = spur_target_list(); *p != NULL; p++)
			say_status((*p)->id, (*p)->available(python, &err), &err);
		if (k == 0) {
			say_status("folder", spur_dir_make(bin, &err), &err);
			put(bin, "iree-compile", "#!/bin/sh\n");
			put(bin, "python", "#!/bin/sh\n");
			chmod(python, 0755);
		} else {
			char *program = spur_strfmt("%s/iree-compile", bin);

			say_status("folder", spur_dir_make(lib, &err), &err);
			chmod(program, 0755);
			free(program);
		}
	}
	free(lib);
	free(python);
	free(bin);
}

int main(void)
{
	char *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	told_folder = dir;
	data = spur_strfmt("%s/data", dir);
	if (symlink(getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA"), data) != 0)
		return 1;
	machine();
	specs();
	verdicts();
	voices();
	told_same("job_words.txt", "states, folders, verdicts and events are as they were");
	runs();
	told_same("job_runs.txt", "jobs end as they did");
	checks();
	recipes();
	cards();
	targets();
	told_same("lab_words.txt", "checks, recipes, cards and targets are as they were");
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	free(data);
	return tap_done();
}
