#include "config.h"

#include <locale.h>

#include "tests/lab_catalogue.h"
#include "tests/screen.h"

static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

static void jobs_are_listed(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "4");
	screen_waits_for(ui, "exit 78: no tool iree-compile", "the reason of a failure is shown");
	screen_waits_for(ui, "parameters as the recipe has them", "and what it was asked to do");
	screen_sizes_are_golden(ui, "jobs_many");
	screen_shows(ui, "its parameters are wrong", "and what to do about it");
	screen_type(ui, "j");
	screen_waits_for(ui, "epochs=8 seed=6", "what a training was asked to do");
	screen_shows(ui, "val_macro_f1", "its course in one line");
	screen_type(ui, "D");
	screen_waits_for(ui, "WHAT  seed", "D compares it with the run before");
	screen_type(ui, "q");
	screen_shows(ui, "$ spur job diff 2222222222222222 3333333333333333", "by that command");
	screen_type(ui, "G");
	screen_waits_for(ui, "folder /data/extract", "an extraction has a folder");
	screen_type(ui, "D");
	screen_shows(ui, "there was no extract before it", "the first of its kind has none before it");
	screen_type(ui, "c");
	screen_shows(ui, "no model has come of it", "there is nothing to compile");
	screen_type(ui, "t");
	screen_shows(ui, "train with: --recipe driving_events", "t asks what to train with");
	screen_type(ui, "\r");
	screen_shows(ui, "no extract '/data/extract'", "and says what is wrong with it");
	screen_type(ui, "gt");
	screen_shows(ui, "t trains on an extract", "t is for extracts");
	screen_type(ui, "/extract\r");
	screen_waits_for(ui, "folder /data/extract", "/ finds a job");
	spur_ui_destroy(ui);
}

static void its_log_is_read(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);
	struct spur_buf b = { 0 };
	char *dir = spur_strfmt("%s/2222222222222222", lab.jobs);

	for (int i = 1; i <= 200; i++)
		spur_buf_addf(&b, "epoch line %d\n", i);
	lab_write(dir, "logs/1.0.out", spur_buf_text(&b));
	screen_type(ui, "4");
	screen_waits_for(ui, "44444444", "its job is listed");
	screen_type(ui, "jjl");
	screen_waits_for(ui, "epoch line 200", "l shows the end of the log");
	screen_shows(ui, "(follow)", "and follows it");
	screen_type(ui, "/line 77\r");
	screen_shows(ui, "epoch line 77", "/ searches in it");
	screen_type(ui, "n");
	screen_shows(ui, "epoch line 77", "n finds the same again, around the end");
	screen_type(ui, "/zzz\r");
	screen_shows(ui, "the log has no 'zzz'", "or nothing");
	screen_type(ui, "l");
	screen_shows(ui, "epoch line 200", "l follows again");
	spur_ui_key(ui, 27);
	screen_settle(ui);
	screen_waits_for(ui, "Enter shows the model", "Esc closes it");
	screen_type(ui, "\r");
	screen_waits_for(ui, "> driving_events@1", "Enter goes to the model it made");
	spur_buf_finish(&b);
	free(dir);
	spur_ui_destroy(ui);
}

static void it_is_stopped_after_yes(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "4");
	screen_waits_for(ui, "44444444", "the jobs are read");
	screen_type(ui, "X");
	screen_shows(ui, "stop compile 44444444? [y/N]", "X asks");
	screen_type(ui, "n");
	screen_shows(ui, "left as it was", "no leaves it");
	screen_type(ui, "Xy");
	screen_waits_for(ui, "the job is over: failed", "a job that is over says so");
	spur_ui_destroy(ui);
	ui = screen_open(&ctx, true);
	screen_type(ui, "4");
	screen_waits_for(ui, "44444444", "and here");
	screen_type(ui, "X");
	screen_shows(ui, "read-only", "not where nothing may change");
	spur_ui_destroy(ui);
}

static void the_tour(void)
{
	static const char *const steps[] = {
		"4", "?", "q", "j", "j", "j", "\t", "\t", "k", "g", "G", "/ex\r", "n", "\r", "l", "l", "q", "g", "l", "\x15", "\033", "X", "r", "t", "D", "c", "E", "q",
		NULL
	};
	struct spur_ui *ui = screen_open(&ctx, true);

	screen_tour(ui, "jobs", steps);
	spur_ui_destroy(ui);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, true);
	jobs_are_listed();
	its_log_is_read();
	the_tour();
	it_is_stopped_after_yes();
	screen_stands_anything(&ctx, "4", "4jkgG \r\tlXrDtcE\033q/e\rnNyh?", 1500);
	lab_catalogue_drop(&lab);
	return tap_done();
}
