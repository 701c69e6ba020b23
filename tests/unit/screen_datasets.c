#include "config.h"

#include <locale.h>

#include "tests/lab_catalogue.h"
#include "tests/screen.h"

static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

static void nothing_says_what_to_do(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7");
	screen_shows(ui, "no datasets yet: approve segments, then f", "an empty catalogue says how to begin");
	screen_type(ui, "S");
	screen_shows(ui, "there is no dataset yet", "nothing to sign");
	screen_type(ui, "\r");
	screen_shows(ui, "there is no dataset yet", "nothing to open");
	screen_type(ui, "D");
	screen_shows(ui, "mark two versions", "nothing to compare");
	spur_ui_destroy(ui);
}

static void versions_are_listed(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7");
	screen_sizes_are_golden(ui, "datasets");
	screen_shows(ui, "driving_events@2", "newest first");
	screen_type(ui, "j");
	screen_shows(ui, "extract extract-00112233aabbccdd", "what was extracted from the one below");
	screen_type(ui, "/nothing\r");
	screen_shows(ui, "no dataset has 'nothing'", "a search without a hit");
	screen_type(ui, "\r");
	screen_shows(ui, "items of driving_events@1", "Enter shows its items");
	screen_shows(ui, "24 items", "all of them");
	screen_type(ui, "G");
	screen_shows(ui, "> t", "with the split of each");
	screen_type(ui, "q");
	screen_shows(ui, "2 versions", "q goes back to the versions");
	screen_type(ui, "Z");
	screen_shows(ui, "no such key here", "a wrong key is told");
	spur_ui_destroy(ui);
}

static void two_are_compared(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7 j ");
	screen_shows(ui, "2 marked: D compares them", "Space marks");
	screen_type(ui, "D");
	screen_shows(ui, "added", "D shows what came");
	screen_shows(ui, "run_05", "item by item");
	screen_type(ui, "q");
	screen_shows(ui, "$ spur dataset diff ds-", "the command is shown");
	screen_type(ui, " ");
	screen_shows(ui, "1 marked", "Space again takes the mark away");
	spur_ui_destroy(ui);
}

static void a_freeze_is_looked_at_first(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7f\x15""brakes\r--label hard_braking\r\x15""0.5,0.25,0.25\r");
	screen_shows(ui, "not frozen yet: spur dataset freeze brakes --label hard_braking --split 0.5", "it is said what would be done");
	screen_shows(ui, "freeze these as the next version of brakes? [y/N]", "and asked");
	screen_shows(ui, "hard_braking", "with the classes");
	screen_type(ui, "n");
	screen_shows(ui, "2 versions", "no: nothing was frozen");
	screen_type(ui, "f\x15""brakes\r--label hard_braking\r\x15""0.5,0.25,0.25\ry");
	screen_waits_for(ui, "brakes@1", "yes: the version is there");
	screen_type(ui, "j");
	screen_shows(ui, "$ spur dataset freeze brakes --label hard_braking", "by that command");
	screen_type(ui, "f\rx y z\r\r");
	screen_shows(ui, "usage", "words that are no selection are told");
	screen_type(ui, "f\r--label nothing\r\r");
	screen_shows(ui, "no approved segment", "so is a selection that nothing fits");
	spur_ui_destroy(ui);
}

static void it_is_signed_and_followed(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7/driving\r");
	screen_type(ui, "S");
	screen_shows(ui, "with your key? [y/N]", "signing is asked for");
	screen_type(ui, "n");
	screen_shows(ui, "left as it was", "and left");
	screen_type(ui, "L");
	screen_shows(ui, "lineage of ds-", "L shows what it was made of");
	screen_type(ui, "q");
	screen_shows(ui, "[7 Datasets]", "and q comes back");
	screen_type(ui, "e\r\x1b");
	screen_shows(ui, "[7 Datasets]", "an extraction can be left at any question");
	spur_ui_destroy(ui);
	ui = screen_open(&ctx, true);
	screen_type(ui, "7f");
	screen_shows(ui, "read-only", "read-only: no freezing");
	screen_type(ui, "e");
	screen_shows(ui, "read-only", "nor extracting");
	screen_type(ui, "S");
	screen_shows(ui, "read-only", "nor signing");
	spur_ui_destroy(ui);
}

static void the_tour(void)
{
	static const char *const steps[] = {
		"7", "?", "q", "j", "\r", "j", "G", "g", "/run\r", "n", "q", " ", "k ", " D", "\006", "q", "L", "j", "q", "f", "\033", "e", "\033", "S", "\033", "R", "t",
		NULL
	};
	struct spur_ui *ui = screen_open(&ctx, true);

	screen_tour(ui, "datasets", steps);
	spur_ui_destroy(ui);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, false);
	nothing_says_what_to_do();
	lab_catalogue_drop(&lab);
	lab_catalogue_make(&lab, &ctx, true);
	versions_are_listed();
	two_are_compared();
	the_tour();
	a_freeze_is_looked_at_first();
	it_is_signed_and_followed();
	screen_stands_anything(&ctx, "7", "7jkgG \rDVLfeS\033q/ds\rnNyhlRt?", 1500);
	lab_catalogue_drop(&lab);
	return tap_done();
}
