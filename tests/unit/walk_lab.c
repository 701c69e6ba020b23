#include "config.h"

#include <locale.h>
#include <time.h>

#include "tests/lab_catalogue.h"
#include "tests/walk.h"

/* Walks over jobs, models, the audit with its lineage, and datasets, of the history that lab_catalogue.h makes. */
static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

#define MOVES "j", "k", "j", "k", "jj", "kk", "\x80", "\x81", "\x86", "\x87", "\x04", "\x15", "g", "G", "\x84", "\x85"
#define SIZES "size 24x80", "size 36x120", "size 48x160", "size 12x44", "size 30x100", "size 10x40", "size 18x66"

static const char *const jobs[] = {
	MOVES, SIZES, "\r", "l", "l", "Xn", "rn", "t\x1b", "gt", "D", "c", "E", "/ex\r", "/zzz\r", "/line 7\r", "n", "N", "\x1b", "\x1b", "\t", "R", "t", "T", "?", "@", "Z", NULL
};
static const char *const models[] = {
	MOVES, SIZES, "\t", "\t", "\r", "m", "\x1b", "E\x1b", "c\x1b", "c\x15--target moon\rn", "Gfine\rn", "G\x15maybe\r", "P\x1b", "L5", "d5", " ", "D", "\x1b", "/seed=5\r", "/zzz\r", "n", "N", "R", "T", "?", "Z", NULL
};
static const char *const audit[] = {
	MOVES, SIZES, "\r", "\\\x15""ada\r", "\\\x15nobody\r", "\\\x15\r", "\\\x15seg\r", "V", "L", "6", "6", "l", "h", "l", "\x83", "\x82", "U", "y", "/identity\r", "/run\r", "/zzz\r", "n", "N", "\x1b", "R", "T", "?", "Z", "t", NULL
};
static const char *const datasets[] = {
	MOVES, SIZES, "\r", "\x1b", "7", "7", " ", "D", "\x1b", "V", "Sn", "L7", "f\x15""brakes\r--label hard_braking\r\x15""0.5,0.25,0.25\rn", "f\x1b", "f\r--label nothing\r\r", "e\x1b", "/driving\r", "/run_02\r", "/zzz\r", "n", "N", "t", "R", "T", "?", "Z", NULL
};
/* Branches of a lineage are deep: only moves inside of it. */
static const char *const lineage[] = { "j", "j", "j", "jj", "k", "l", "l", "\x83", "h", "U", "y", "g", "G", "\x87", "\x86", SIZES, "/seg\r", "/run\r", "n", "R", NULL };

static void walk_one(struct walk *w, const char *title, const char *first, const char *const *keys, uint64_t seed, int count, bool readonly)
{
	struct spur_ui_opts o = { .ctx = &ctx, .ascii = seed % 3 == 1, .light = seed % 3 == 2, .readonly = readonly };
	struct spur_error err;
	struct spur_ui *ui;

	lab_must(spur_ui_create(&o, &ui, &err), &err);
	spur_ui_resize(ui, 24, 80);
	screen_settle(ui);
	walk_begin(w, ui, title, lab.dir);
	walk_step(w, first);
	walk_random(w, keys, seed, count);
	spur_ui_destroy(ui);
}

static void before_results_are_taken_over(struct walk *w)
{
	for (uint64_t seed = 0; seed < 3; seed++)
		walk_one(w, "audit", "6", audit, 300 + seed, 90, true);
	walk_one(w, "lineage of a dataset", "7L", lineage, 18, 70, true);
	walk_one(w, "lineage of the older one", "7jL", lineage, 19, 70, true);
	walk_one(w, "lineage of a drive", "6\\\x15" "drv\rjjL", lineage, 20, 50, true);
	walk_is_golden(w, "audit");
}

static void a_log(void)
{
	struct spur_buf b = { 0 };
	char *dir = spur_strfmt("%s/2222222222222222", lab.jobs);

	for (int i = 1; i <= 90; i++)
		spur_buf_addf(&b, "line %d of what the training said\n", i);
	lab_write(dir, "logs/1.0.out", spur_buf_text(&b));
	spur_buf_finish(&b);
	free(dir);
}

/* Looking at the models takes the results of trainings over; then one is evaluated and compiled. */
static void take_over(void)
{
	struct spur_db_model_list l = { 0 };
	struct spur_error err = { 0 };
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "5");
	screen_waits_for(ui, "2 models", "two trainings became models");
	spur_ui_destroy(ui);
	lab_must(spur_db_model_find(lab.db, "driving_events@1", &l, &err), &err);
	lab_evaluation(&lab, "5555555555555555", l.rows[0].uid);
	lab_artefact(&lab, l.rows[0].uid);
	spur_db_model_list_finish(&l);
	ui = screen_open(&ctx, false);
	screen_type(ui, "5");
	screen_waits_for(ui, "0.812", "and one is evaluated");
	spur_ui_destroy(ui);
}

int main(void)
{
	struct walk w = { 0 };

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, true);
	before_results_are_taken_over(&w);
	a_log();
	take_over();
	w = (struct walk){ 0 };
	for (uint64_t seed = 0; seed < 3; seed++)
		walk_one(&w, "datasets", "7", datasets, 400 + seed, 90, false);
	walk_one(&w, "datasets, read-only", "7", datasets, 403, 50, true);
	walk_is_golden(&w, "datasets");
	w = (struct walk){ 0 };
	for (uint64_t seed = 0; seed < 3; seed++)
		walk_one(&w, "models", "5", models, 500 + seed, 90, false);
	walk_one(&w, "models, read-only", "5", models, 503, 50, true);
	walk_is_golden(&w, "models");
	w = (struct walk){ 0 };
	for (uint64_t seed = 0; seed < 3; seed++)
		walk_one(&w, "jobs", "4", jobs, 600 + seed, 90, false);
	walk_one(&w, "jobs, read-only", "4", jobs, 603, 50, true);
	walk_is_golden(&w, "jobs");
	lab_catalogue_drop(&lab);
	return tap_done();
}
