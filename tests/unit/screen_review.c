#include "config.h"

#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/time.h"
#include "db/catalog.h"
#include "format/mdf4/writer.h"
#include "io/out.h"
#include "tests/catalog_engine.h"
#include "tests/screen.h"
#include "ui/ui.h"
#include "verb/identity.h"

/*
 * The review queue without a terminal, as screens.c: goldens are tests/golden/screen_review*.txt,
 * SPUR_GOLDEN_UPDATE=1 writes them. ada has found the segments, ben reviews.
 */
#define T0 INT64_C(1767323045000000000)	/* 2026-01-02T03:04:05Z */

static char dir[] = "/tmp/spur-review-XXXXXX";
static char catalog[200];
static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task,
			       .as = "ben" };

static void must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

/* A minute with four brakings of 4 s, at 5, 20, 35 and 50 s. */
static void write_drive(const char *path)
{
	static const struct spur_mdf4_channel channels[] = {
		{ .name = "VehSpd", .unit = "km/h", .type = SPUR_TYPE_F64 },
		{ .name = "LongAccel", .unit = "m/s2", .type = SPUR_TYPE_F64 },
	};
	static const struct spur_mdf4_group group = { .name = "Chassis", .channels = channels, .count = 2 };
	const struct spur_mdf4_options o = { .start_ns = T0, .written_ns = T0 };
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_mdf4_writer *w;
	struct spur_columns *rows;
	struct spur_error err;
	uint32_t g;

	spur_columns_builder_add(b, "VehSpd", SPUR_TYPE_F64);
	spur_columns_builder_add(b, "LongAccel", SPUR_TYPE_F64);
	for (int i = 0; i < 600; i++) {
		int in_cycle = i % 150;
		bool braking = in_cycle >= 50 && in_cycle < 90;

		spur_columns_builder_time(b, T0 + i * (SPUR_NS_PER_S / 10));
		spur_columns_builder_f64(b, 0, in_cycle < 50 ? 90 : braking ? 90 - 1.8 * (in_cycle - 50) : 18);
		spur_columns_builder_f64(b, 1, braking ? -5 : 0);
	}
	rows = spur_columns_builder_take(b);
	must(spur_mdf4_writer_create(path, &o, &w, &err), &err);
	must(spur_mdf4_writer_group(w, &group, &g, &err), &err);
	must(spur_mdf4_writer_put(w, g, rows, &err), &err);
	must(spur_mdf4_writer_commit(w, &err), &err);
	spur_columns_unref(rows);
	spur_columns_builder_destroy(b);
}

static struct spur_identity *introduce(struct spur_db *db, const char *name, struct spur_db_act *act)
{
	struct spur_identity *id;
	struct spur_error err;

	must(spur_identity_open(name, true, &id, &err), &err);
	*act = (struct spur_db_act){ id->name, id->fingerprint, "test", T0 };
	must(spur_db_identity_add(db, act, name, id->public_key, &err), &err);
	return id;
}

static void add_segments(struct spur_db *db, const struct spur_db_act *ada, const struct spur_db_act *ben, int64_t drive)
{
	struct spur_db_segment seg = { .drive_id = drive, .query = "LongAccel < -4.5 and VehSpd[m/s] < 20", .evidence = "{}" };
	struct spur_error err;

	for (int i = 0; i < 4; i++) {
		seg.label = i == 2 ? "cut_in" : "hard_braking";
		seg.score = 0.9 - 0.2 * i;
		seg.begin_ns = T0 + (5 + 15 * i) * SPUR_NS_PER_S;
		seg.end_ns = seg.begin_ns + 4 * SPUR_NS_PER_S;
		must(spur_db_segment_add(db, i == 3 ? ben : ada, &seg, NULL, NULL, &err), &err);
	}
	seg.label = "by_hand";
	seg.query = "";
	seg.begin_ns += 5 * SPUR_NS_PER_S;
	seg.end_ns = seg.begin_ns + SPUR_NS_PER_S;
	must(spur_db_segment_add(db, ada, &seg, NULL, NULL, &err), &err);
}

static void make_catalogue(void)
{
	static const struct spur_db_signal signals[] = { { "VehSpd", "km/h", "f64", "Chassis" }, { "LongAccel", "m/s2", "f64", "Chassis" } };
	char sha[SPUR_SHA256_HEX], path[80];
	struct spur_db_source src = { .path = path, .format = "mdf4", .role = "log", .sha256 = sha, .size_bytes = 12345,
		.has_time = true, .begin_ns = T0, .end_ns = T0 + 60 * SPUR_NS_PER_S, .signal_rows = signals, .signal_count = 2 };
	struct spur_identity *ids[2];
	struct spur_db_act ada, ben;
	struct spur_error err;
	struct spur_db *db;
	char *made;
	int64_t drive;

	made = engine_catalog(dir, "catalogue");
	snprintf(catalog, sizeof(catalog), "%s", made);
	free(made);
	unlink(catalog);
	snprintf(path, sizeof(path), "%s/run.mf4", dir);
	write_drive(path);
	must(spur_db_open(catalog, &db, &err), &err);
	ids[0] = introduce(db, "ada", &ada);
	ids[1] = introduce(db, "ben", &ben);
	spur_sha256_hex_of("run", 3, sha);
	must(spur_db_drive_add(db, &ada, "run_01", &src, 1, &drive, &err), &err);
	add_segments(db, &ada, &ben, drive);
	spur_db_close(db);
	spur_identity_close(ids[0]);
	spur_identity_close(ids[1]);
	ctx.catalog = catalog;
}

static struct spur_ui *workbench(int rows, int cols, bool ascii)
{
	struct spur_ui_opts o = { .ctx = &ctx, .ascii = ascii };
	struct spur_error err;
	struct spur_ui *ui;

	must(spur_ui_create(&o, &ui, &err), &err);
	spur_ui_resize(ui, rows, cols);
	screen_settle(ui);
	screen_rush(ui, "3");
	return ui;
}

static void sizes_have_their_layout(void)
{
	static const struct { int rows, cols; bool ascii; const char *id; } sizes[] = {
		{ 24, 80, false, "review" }, { 36, 120, false, "review_120x36" }, { 48, 160, false, "review_160x48" },
		{ 24, 80, true, "review_ascii" }, { 15, 58, false, "review_small" },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct spur_ui *ui = workbench(sizes[i].rows, sizes[i].cols, sizes[i].ascii);

		screen_rush(ui, "A]]");
		screen_is_golden(ui, sizes[i].id);
		screen_rush(ui, "uuu");
		ok(!screen_says(ui, "pending") || screen_says(ui, "0 pending"), "and everything is taken back");
		spur_ui_destroy(ui);
	}
}

/* Without roles a screen must say the same: states have a glyph and a word each. */
static void states_need_no_colour(void)
{
	struct spur_ui *ui = workbench(24, 80, true);
	char *got = screen_text(ui);

	for (const char *p = got; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80) {
			ok(false, "ASCII only");
			break;
		}
	}
	ok(strstr(got, "? open") != NULL && strstr(got, "o locked") != NULL, "what is open, what is one's own");
	free(got);
	screen_rush(ui, "AX1");
	ok(screen_says(ui, "* approve") && screen_says(ui, "* reject"), "what is decided but not signed");
	screen_rush(ui, "W2\r\\\x15\r");
	ok(screen_says(ui, "+ approved") && screen_says(ui, "x rejected"), "what is signed");
	spur_ui_destroy(ui);
	make_catalogue();
}

static void decisions_are_verbs(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	ok(screen_says(ui, "5 open of 5"), "five segments wait");
	screen_rush(ui, "A");
	ok(screen_says(ui, "segment 1: approve, not signed yet; 1 pending"), "A approves");
	ok(screen_says(ui, ">    2 run_01"), "and goes on to the next");
	screen_rush(ui, "X");
	ok(screen_says(ui, "reject, because") && screen_says(ui, "3  third reason"), "X opens the reasons");
	screen_rush(ui, "3");
	ok(screen_says(ui, "third") && screen_says(ui, "2 pending"), "a digit is one of them");
	ok(screen_says(ui, "[3 Review]"), "and no screen meanwhile");
	screen_rush(ui, "Cblurred lens\r");
	ok(screen_says(ui, "segment 3: comment, not signed yet; 3 pending"), "C says something");
	ok(screen_says(ui, ">    3 run_01"), "and stays");
	screen_rush(ui, "@");
	ok(screen_says(ui, "spur review approve 1 --draft") && screen_says(ui, "spur review reject 2 --reason 'third reason' --draft") &&
	   screen_says(ui, "spur review comment 3 --reason 'blurred lens' --draft"), "all of it as commands");
	screen_rush(ui, "q");
	screen_rush(ui, "u");
	ok(screen_says(ui, "segment 3: taken back; 2 pending"), "u takes back");
	spur_ui_key(ui, 'R' & 0x1f);
	screen_settle(ui);
	ok(screen_says(ui, "segment 3: brought back; 3 pending"), "Ctrl-R brings back");
	screen_rush(ui, "W2\r");
	ok(screen_says(ui, "3 decisions are pending, not 2; nothing was signed"), "W wants the number that is pending");
	screen_rush(ui, "W\r");
	ok(screen_says(ui, "not signed"), "and does not guess it");
	screen_rush(ui, "W3\r");
	ok(screen_says(ui, "signed 3 decisions as ben: 1 approved, 1 rejected, 0 edges moved, 1 comments"), "W signs");
	ok(screen_says(ui, "3 open of 5  today 1") && screen_says(ui, "first-pass 50 %"), "and is counted");
	ok(!screen_says(ui, "hard_braking 0.90"), "what is decided leaves the queue");
	spur_ui_destroy(ui);
	make_catalogue();
}

static void own_segments_are_locked(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	screen_rush(ui, "/4\r");
	ok(screen_says(ui, ">    4 run_01") && screen_says(ui, "4: you are the author (four eyes)"), "one's own segment says so");
	screen_rush(ui, "A");
	ok(screen_says(ui, "segment 4: you are the author, another person reviews it"), "A is refused");
	screen_rush(ui, "X");
	ok(!screen_says(ui, "reject, because"), "so is X");
	screen_rush(ui, "kKA");
	ok(screen_says(ui, "segment 2: approve"), "K passes it by");
	ok(screen_says(ui, ">    3 run_01"), "and A goes on");
	screen_rush(ui, "J");
	ok(screen_says(ui, ">    5 run_01"), "J passes it by, too");
	ok(screen_says(ui, "by hand: no query found it"), "a segment by hand has no evidence");
	screen_rush(ui, "u");
	spur_ui_destroy(ui);
}

/* Decided in another terminal; the list is read again. */
static void ben_rejects_elsewhere(struct spur_ui *ui, int64_t segment)
{
	struct spur_identity *id;
	struct spur_error err;
	struct spur_db *db;
	struct spur_db_act act;

	must(spur_identity_open("ben", false, &id, &err), &err);
	must(spur_db_open(catalog, &db, &err), &err);
	act = (struct spur_db_act){ id->name, id->fingerprint, "test", T0 };
	must(spur_db_review_add(db, &act, segment, "reject", "elsewhere", NULL, NULL, &err), &err);
	spur_db_close(db);
	spur_identity_close(id);
	spur_session_refresh(spur_ui_session(ui));
	screen_settle(ui);
}

/* Words that were typed for one segment never fall on its neighbour. */
static void words_come_too_late(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	screen_rush(ui, "C");
	ben_rejects_elsewhere(ui, 1);
	screen_rush(ui, "late\r");
	ok(screen_says(ui, "segment 1 has left the list meanwhile; nothing was done"), "a comment of what is gone is not made");
	screen_rush(ui, "W");
	ok(screen_says(ui, "nothing is pending"), "nothing waits to be signed");
	screen_rush(ui, "X");
	ben_rejects_elsewhere(ui, 2);
	screen_rush(ui, "1");
	ok(screen_says(ui, "segment 2 has left the list meanwhile"), "neither is a rejection");
	screen_rush(ui, "X2");
	ok(screen_says(ui, "segment 3: reject, not signed yet"), "the next one is rejected when it is meant");
	spur_ui_destroy(ui);
	make_catalogue();
}

/* Whoever leaves keeps what was decided, and waits for nothing else. */
static void leaving_keeps_decisions(void)
{
	struct spur_ui *ui = workbench(24, 80, false);
	char *slow = spur_strfmt("spur demo make %s/slow --drives 200 --seconds 600", dir);
	char *never = spur_strfmt("spur tag never 1");
	spur_ns from = spur_monotonic_ns();

	spur_ui_run_in_order(ui, slow, false);
	spur_ui_run_in_order(ui, never, false);
	spur_ui_key(ui, 'A');
	spur_ui_key(ui, 'Q');
	ok(!spur_ui_done(ui), "Q does not end before the decision is kept");
	ok(screen_says(ui, "leaving; what was decided is kept first"), "and says so");
	while (!spur_ui_done(ui) && spur_monotonic_ns() - from < 120 * SPUR_NS_PER_S) {
		spur_ui_dispatch(ui);
		usleep(1000);
	}
	ok(spur_ui_done(ui), "it ends when that is done");
	spur_ui_destroy(ui);
	ui = workbench(24, 80, false);
	ok(screen_says(ui, "● approve"), "the decision is there");
	ok(!screen_says(ui, "never"), "what only waited was dropped");
	screen_rush(ui, "u");
	ok(screen_says(ui, "segment 1: taken back; 0 pending"), "alone");
	spur_ui_destroy(ui);
	free(slow);
	free(never);
}

static void edges_are_nudged(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	ok(screen_says(ui, "edge: begin"), "[ and ] move the begin");
	screen_rush(ui, "[[");
	ok(screen_says(ui, "[-2 fr"), "by frames");
	screen_rush(ui, "e}");
	ok(screen_says(ui, "edge: end") && screen_says(ui, "[-2 ]+30 fr"), "e: the end; } by a second");
	screen_rush(ui, "A");
	ok(screen_says(ui, "you move its edges"), "who moves edges does not approve");
	screen_rush(ui, "u");
	ok(screen_says(ui, "[-2 fr"), "u takes the last step back");
	screen_rush(ui, "W1\r");
	ok(screen_says(ui, "1 edges moved"), "signed");
	screen_rush(ui, "/6\r");
	ok(screen_says(ui, ">    6 run_01") && screen_says(ui, "6: you are the author"), "a new segment takes its place, locked for who moved it");
	screen_rush(ui, "\\\x15state=superseded\r");
	ok(screen_says(ui, "- replaced") && screen_says(ui, "by 6"), "the old one is kept");
	spur_ui_destroy(ui);
	make_catalogue();
}

static void marks_act_together(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	screen_rush(ui, "  ");
	ok(screen_says(ui, "2 marked"), "Space marks");
	screen_rush(ui, "A@");
	ok(screen_says(ui, "spur review approve 1-2 --draft"), "what is marked is approved together");
	screen_rush(ui, "q");
	ok(!screen_says(ui, "marked") && screen_says(ui, "2 pending"), "and is marked no more");
	screen_rush(ui, "g jjv*");
	ok(screen_says(ui, "1 marked"), "v marks a range, * turns it round");
	spur_ui_key(ui, 27);
	screen_settle(ui);
	ok(!screen_says(ui, "marked"), "Esc: none is marked");
	screen_rush(ui, "uu");
	screen_rush(ui, "\\\x15label=cut_in\r");
	ok(screen_says(ui, "$ spur segments --label cut_in") && screen_says(ui, "1 open of 1"), "\\ filters");
	screen_rush(ui, "\\\x15state=nonsense\r");
	ok(screen_says(ui, "no state 'nonsense'"), "a mistake is told");
	screen_rush(ui, "\\\x15\roo");
	ok(screen_says(ui, "$ spur segments --sort score --reverse") && screen_says(ui, ">    1 run_01"), "o sorts, the surest first");
	spur_ui_destroy(ui);
}

static void a_segment_opens_in_the_plot(void)
{
	struct spur_ui *ui = workbench(24, 80, false);

	screen_rush(ui, "j\r");
	ok(screen_says(ui, "[2 Plot]") && screen_says(ui, "B-A 4 s"), "Enter: the plot, A and B at the edges");
	screen_rush(ui, "q");
	ok(screen_says(ui, "[3 Review]") && screen_says(ui, ">    2 run_01"), "q: back where one was");
	spur_ui_destroy(ui);
}

/* 120 decisions as fast as keys come; a decision shows the next item at once. */
static void keys_set_the_pace(void)
{
	struct spur_db_segment seg = { .drive_id = 1, .label = "pace", .query = "LongAccel < -4.5", .evidence = "{}", .score = 1 };
	struct spur_identity *id;
	struct spur_db_act ada;
	struct spur_error err;
	struct spur_db *db;
	struct spur_ui *ui;
	spur_ns began, worst = 0, step;

	must(spur_db_open(catalog, &db, &err), &err);
	id = introduce(db, "ada", &ada);
	for (int i = 0; i < 120; i++) {
		seg.begin_ns = T0 + i * SPUR_NS_PER_S / 4;
		seg.end_ns = seg.begin_ns + SPUR_NS_PER_S;
		must(spur_db_segment_add(db, &ada, &seg, NULL, NULL, &err), &err);
	}
	spur_db_close(db);
	spur_identity_close(id);
	/* Synchronously: the next item is drawn with the key, whatever is still being read. */
	ui = workbench(24, 80, false);
	screen_rush(ui, "\\\x15state=candidate label=pace\r");
	began = spur_monotonic_ns();
	for (int i = 0; i < 120; i++) {
		step = spur_monotonic_ns();
		spur_ui_key(ui, i % 3 == 2 ? 'r' : 'A');
		screen_settle(ui);	/* the decision is kept, and the next item has its evidence */
		free(screen_text(ui));
		step = spur_monotonic_ns() - step;
		worst = step > worst ? step : worst;
	}
	began = spur_monotonic_ns() - began;
	printf("# 120 decisions in %.2f s, worst %.1f ms to the next item with its evidence\n", (double)began / 1e9, (double)worst / 1e6);
	ok(screen_says(ui, "120 pending"), "120 decisions are pending");
	screen_rush(ui, "W120\r");
	ok(screen_says(ui, "signed 120 decisions as ben: 80 approved, 40 rejected"), "and signed at once");
	spur_ui_destroy(ui);
}

static void the_tour(void)
{
	static const char *const steps[] = {
		"", "?", "q", "j", "J", "k", "\t", "\t", "l", "h", "G", "g", " ", "j ", "v", "*", "*", "o", "O", "p",
		"A", "R", "1", "j", "R", "reason of mine\r", "u", "U", "u", "u", "c", "seen\r", "[", "]", "{", "}", "\\", "\x15hard*\r", "\\\x15\r", "/", "hard\r", "n", "S", "\033", "\r", "3", "L", "q", "e", "\033",
		NULL
	};
	struct spur_ui *ui = workbench(24, 80, false);

	screen_tour(ui, "review", steps);
	spur_ui_destroy(ui);
}

int main(void)
{
	static const char reasons[] = "# for this test\nfirst reason\nsecond reason\nthird reason\n";
	struct spur_error err;
	char path[64], cmd[80];

	setlocale(LC_CTYPE, "C.UTF-8");
	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		return 1;
	setenv("XDG_CONFIG_HOME", dir, 1);
	snprintf(path, sizeof(path), "%s/spur", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/spur/reasons", dir);
	must(spur_file_write(path, reasons, sizeof(reasons) - 1, &err), &err);
	ctx.datadir = dir;
	make_catalogue();
	sizes_have_their_layout();
	the_tour();
	states_need_no_colour();
	decisions_are_verbs();
	own_segments_are_locked();
	words_come_too_late();
	leaving_keeps_decisions();
	edges_are_nudged();
	marks_act_together();
	a_segment_opens_in_the_plot();
	keys_set_the_pace();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
