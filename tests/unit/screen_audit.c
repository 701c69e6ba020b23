#include "config.h"

#include <locale.h>

#include "tests/lab_catalogue.h"
#include "tests/screen.h"

static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

static void nothing_happened_yet(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "6");
	screen_shows(ui, "no line yet", "an empty audit says so");
	screen_type(ui, "V");
	screen_shows(ui, "chain ✓ 0 entries", "and is whole");
	spur_ui_destroy(ui);
}

static void lines_are_listed(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "6");
	screen_sizes_are_golden(ui, "audit");
	screen_shows(ui, "chain not verified yet: V", "nothing is claimed");
	screen_type(ui, "V");
	screen_shows(ui, "chain ✓ 90 entries", "V looks at all of it");
	screen_shows(ui, "$ spur audit verify", "by that command");
	screen_type(ui, "\r");
	screen_shows(ui, "\"action\":", "Enter shows the record");
	screen_type(ui, "\r/identity.add\r");
	screen_shows(ui, "> ", "/ finds a line");
	screen_type(ui, "\\\x15""ada\r");
	screen_shows(ui, "about ada", "\\ shows one subject");
	screen_type(ui, "\\\x15nobody\r");
	screen_shows(ui, "no line is about that", "or none");
	screen_type(ui, "\\\x15\r");
	screen_shows(ui, "dataset.freeze", "and all again");
	screen_type(ui, "Z");
	screen_shows(ui, "no such key here", "a wrong key is told");
	spur_ui_destroy(ui);
}

static void lineage_is_a_tree(void)
{
	struct spur_ui *ui = screen_open(&ctx, false);

	screen_type(ui, "7jL");
	screen_shows(ui, "lineage of ds-", "from a dataset");
	screen_type(ui, "j");
	screen_sizes_are_golden(ui, "lineage");
	screen_shows(ui, "item: ", "segments are its items");
	screen_type(ui, "l");
	screen_shows(ui, "sha256 ", "a branch opens, down to the bytes of a file");
	screen_type(ui, "j\r");
	screen_shows(ui, "/recordings/run_", "Enter on a file says where it lies");
	screen_type(ui, "h");
	screen_type(ui, "h");
	ok(!screen_has(ui, "sha256 "), "h goes up, and closes");
	screen_type(ui, "y");
	screen_shows(ui, "seg-", "y shows the whole id");
	screen_type(ui, "U");
	screen_shows(ui, "made of ds-", "U turns it round");
	screen_shows(ui, "extract-00112233aabbccdd", "to what was made of it");
	screen_type(ui, "U\r");
	screen_shows(ui, "[7 Datasets]", "Enter goes to the object");
	spur_ui_destroy(ui);
}

/* A line that was changed behind the catalogue's back. */
static void tampering_shows(void)
{
	struct spur_ui *ui;
	char *cmd = spur_strfmt("sqlite3 %s \"DROP TRIGGER audit_no_update; UPDATE audit SET record = replace(record, 'ada', 'eve') "
				"WHERE seq = (SELECT max(seq) FROM audit)\"", lab.catalog);

	if (system("command -v sqlite3 >/dev/null") != 0 || system(cmd) != 0) {
		free(cmd);
		return;
	}
	ui = screen_open(&ctx, false);
	screen_type(ui, "6");
	screen_shows(ui, "✗", "the line is marked");
	screen_type(ui, "V");
	screen_shows(ui, "chain ✗", "and the chain is broken");
	spur_ui_destroy(ui);
	free(cmd);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, false);
	nothing_happened_yet();
	lab_catalogue_drop(&lab);
	lab_catalogue_make(&lab, &ctx, true);
	lines_are_listed();
	lineage_is_a_tree();
	screen_stands_anything(&ctx, "6", "6jkgG \r\tVLUlhy\\\033q/s\rnN?", 1500);
	tampering_shows();
	lab_catalogue_drop(&lab);
	return tap_done();
}
