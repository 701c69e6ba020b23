#include "config.h"

#include <locale.h>

#include "tests/catalog_engine.h"
#include "tests/lab_catalogue.h"
#include "tests/screen.h"

static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

static void nothing_says_what_to_do(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5");
	screen_shows(ui, "no models yet: e on a dataset extracts it", "an empty catalogue says how to begin");
	screen_type(ui, "G");
	screen_shows(ui, "there is no model yet", "no gate");
	screen_type(ui, "c");
	screen_shows(ui, "there is no model yet", "nothing to compile");
	screen_type(ui, "D");
	screen_shows(ui, "mark two models", "nothing to compare");
	spur_ui_destroy(ui);
}

/* What trainings left behind becomes models by being looked at; then one of them is evaluated. */
static char *first_model(void)
{
	struct spur_db_model_list l = { 0 };
	struct spur_error err = { 0 };
	struct spur_ui *ui = screen_open(&ctx, false);
	char *uid;

	screen_type(ui, "5");
	screen_shows(ui, "2 models", "two trainings that ended became models");
	screen_shows(ui, "not evaluated on held-out drives yet: E", "what is missing is said");
	spur_ui_destroy(ui);
	lab_must(spur_db_model_find(lab.db, "driving_events@1", &l, &err), &err);
	uid = spur_strdup(l.rows[0].uid);
	spur_db_model_list_finish(&l);
	return uid;
}

static void models_are_listed(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5j");
	screen_sizes_are_golden(ui, "models");
	screen_shows(ui, "0.812 ±0.062", "the metric with half its interval");
	screen_shows(ui, "driving_events@1", "and the dataset it stands on");
	screen_type(ui, "\t");
	screen_shows(ui, "fails: parity.windows >= 256", "Tab goes to the artefact, and says which check fails");
	screen_type(ui, "\r");
	screen_shows(ui, "Report card of artefact-0123456789abcdef", "Enter opens its report card");
	screen_type(ui, "q");
	screen_shows(ui, "$ spur report artefact-0123456789abcdef", "by that command");
	screen_type(ui, "m");
	screen_shows(ui, "metrics of driving_events@1", "m shows the curves of its training");
	screen_shows(ui, "step 8: 0.2   first 1.6", "with first and last value");
	screen_type(ui, "mkt");
	screen_shows(ui, "driving_events@2", "m again goes back");
	screen_type(ui, "d");
	screen_shows(ui, "[7 Datasets]", "d goes to its dataset");
	screen_type(ui, "qL");
	screen_shows(ui, "lineage of model-", "L to its lineage");
	screen_type(ui, "q/seed=5\r");
	screen_shows(ui, "> driving_events@1", "/ finds by parameter");
	screen_type(ui, "/zzz\r");
	screen_shows(ui, "no model has 'zzz'", "or not");
	screen_type(ui, "Z");
	screen_shows(ui, "no such key here", "a wrong key is told");
	spur_ui_destroy(ui);
}

static void two_are_compared(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5 j D");
	screen_shows(ui, "hyperparameters.seed", "D shows where they differ");
	screen_type(ui, "q");
	screen_shows(ui, "2 marked", "the marks stay");
	spur_ui_destroy(ui);
}

static void a_gate_is_signed_by_another(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5j");
	screen_shows(ui, "waits", "checks hold, an approval is missing");
	screen_type(ui, "P\r");
	screen_shows(ui, "alias champion is behind gate model", "it cannot be promoted yet");
	screen_type(ui, "Gfine\r");
	screen_shows(ui, "sign: approve model-", "a signature is asked for");
	screen_type(ui, "y");
	screen_shows(ui, "an author of an object cannot approve it", "its author cannot");
	spur_ui_destroy(ui);
	ctx.as = "ben";
	ui = screen_open(&ctx, false);
	screen_type(ui, "5jG\x15maybe\r");
	screen_shows(ui, "write approve or reject", "another word is none");
	screen_type(ui, "G\x15reject\r");
	screen_shows(ui, "a rejection needs a reason", "a rejection says why");
	screen_type(ui, "Glooks fine\ry");
	screen_waits_for(ui, "✓ open", "another person opens it");
	screen_type(ui, "\t");
	screen_shows(ui, "--reason 'looks fine'", "with the reason that was typed");
	screen_type(ui, "P\r");
	screen_waits_for(ui, "champion", "and then it is promoted");
	spur_ui_destroy(ui);
	ui = screen_open(&ctx, true);
	screen_type(ui, "5jP\r");
	screen_shows(ui, "read-only: nothing is changed", "not where nothing may change");
	screen_type(ui, "c\r");
	screen_shows(ui, "read-only: nothing is changed", "nor does a compilation start");
	spur_ui_destroy(ui);
	ctx.as = "ada";
}

static void an_unknown_target_is_told(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5c");
	screen_shows(ui, "compile for iree-cpu, ort-cpu: --target iree-cpu", "the targets are in the question");
	screen_type(ui, "\x15--target moon\r");
	screen_shows(ui, "moon", "another one is refused by name");
	spur_ui_destroy(ui);
}

static void the_tour(void)
{
	static const char *const steps[] = {
		"5", "?", "q", "j", "\t", "j", "\r", "\006", "G", "q", "m", "\t", "j", "q", "\t", " ", "j ", " D", "q", "P", "G", "\033", "E", "\033", "c", "\033", "L", "j", "l", "h", "q", "d",
		NULL
	};
	struct spur_ui *ui = screen_open(&ctx, true);

	screen_tour(ui, "models", steps);
	spur_ui_destroy(ui);
}

/* What a screen cannot read is told, there, and is not an empty list. */
static void a_table_that_is_missing_is_told(void)
{
	/* Who may not write takes no results over: there the list itself must fail. */
	static const struct { const char *key, *table; bool readonly; } screens[] = {
		{ "1", "drive", false }, { "1\r", "drive", false }, { "3", "segment", false }, { "3", "review_draft", false }, { "4", "run", false }, { "5", "model_version", false }, { "5", "object", false },
		{ "6", "audit", false }, { "7", "dataset", false }, { "7", "dataset_item", false },
		{ "5", "model_version", true },
	};

	for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
		struct spur_ui *ui;
		char *sql, *want;

		lab_catalogue_make(&lab, &ctx, true);
		if (engine_is_pg()) {
			sql = spur_strfmt("DROP TABLE %s CASCADE", screens[i].table);
			/* the end of it may not fit */
			want = spur_strfmt("relation \"%s\" does no", screens[i].table);
		} else {
			sql = spur_strfmt("DROP TABLE %s", screens[i].table);
			want = spur_strfmt("no such table: %s", screens[i].table);
			engine_raw(lab.db, "PRAGMA foreign_keys = OFF");
		}
		ok(engine_raw(lab.db, sql) == NULL, sql);
		ui = screen_open(&ctx, screens[i].readonly);
		screen_type(ui, screens[i].key);
		screen_shows(ui, want, "and the screen says so");
		spur_ui_destroy(ui);
		lab_catalogue_drop(&lab);
		free(want);
		free(sql);
	}
}

int main(void)
{
	char *gates, *policy = NULL, *at, path[128], *model;
	struct spur_error err = { 0 };
	size_t len;

	setlocale(LC_CTYPE, "C.UTF-8");
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, false);
	nothing_says_what_to_do();
	lab_catalogue_drop(&lab);
	lab_catalogue_make(&lab, &ctx, true);
	/* The policy as shipped, but for models it asks nothing of a lineage that has no recordings here. */
	gates = spur_strfmt("%s/gates.json", ctx.datadir);
	lab_must(spur_file_read(gates, 1 << 20, &policy, &len, &err), &err);
	at = strstr(policy, "\"lineage.complete == true\"");
	memcpy(at, "\"lineage.recordings >= 0\" ", 26);
	snprintf(path, sizeof(path), "%s/gates.json", lab.dir);
	lab_write(lab.dir, "gates.json", policy);
	setenv("SPUR_GATES", path, 1);
	model = first_model();
	lab_evaluation(&lab, "5555555555555555", model);
	lab_artefact(&lab, model);
	models_are_listed();
	two_are_compared();
	the_tour();
	a_gate_is_signed_by_another();
	an_unknown_target_is_told();
	screen_stands_anything(&ctx, "5", "5jkgG \r\tmDGPEcLd\033q/s\rnNyh?", 1500);
	lab_catalogue_drop(&lab);
	a_table_that_is_missing_is_told();
	free(gates);
	free(policy);
	free(model);
	return tap_done();
}
