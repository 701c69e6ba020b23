#include "config.h"

#include <locale.h>
#include <math.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "db/catalog.h"
#include "db/catalog_jobs.h"
#include "format/mdf4/writer.h"
#include "io/out.h"
#include "io/range.h"
#include "job/submit.h"
#include "tests/catalog_engine.h"
#include "tests/screen.h"
#include "ui/keymap.h"
#include "ui/ui.h"

/*
 * Screens without a terminal: keys in, the grid out, compared with tests/golden/screen_<id>.txt.
 * SPUR_GOLDEN_UPDATE=1 writes those files instead; look at the difference before you commit it.
 */
#define T0 INT64_C(1767323045000000000)	/* 2026-01-02T03:04:05Z */

static char dir[] = "/tmp/spur-screens-XXXXXX";
static char catalog[200];
static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .datadir = ".",
			       .task = &task };

static void must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

/* A minute of driving: speed falls from 90 to 18 km/h between 20 s and 24 s. */
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
		double t = i / 10.0, braking = t >= 20 && t < 24;

		spur_columns_builder_time(b, T0 + i * (SPUR_NS_PER_S / 10));
		spur_columns_builder_f64(b, 0, t < 20 ? 90 : braking != 0 ? 90 - 18 * (t - 20) : 18);
		spur_columns_builder_f64(b, 1, braking != 0 ? -5 : 0);
	}
	rows = spur_columns_builder_take(b);
	must(spur_mdf4_writer_create(path, &o, &w, &err), &err);
	must(spur_mdf4_writer_group(w, &group, &g, &err), &err);
	must(spur_mdf4_writer_put(w, g, rows, &err), &err);
	must(spur_mdf4_writer_commit(w, &err), &err);
	spur_columns_unref(rows);
	spur_columns_builder_destroy(b);
}

static void add_drive(struct spur_db *db, const char *name, const char *path, spur_ns begin)
{
	static const struct spur_db_signal signals[] = { { "VehSpd", "km/h", "f64", "Chassis" }, { "LongAccel", "m/s2", "f64", "Chassis" } };
	const struct spur_db_act act = { "ada", "SHA256:test", "spur add", T0 };
	char sha[SPUR_SHA256_HEX];
	struct spur_db_source s = { .path = path, .format = "mdf4", .role = "log", .sha256 = sha, .size_bytes = 12345,
		.has_time = true, .begin_ns = begin, .end_ns = begin + 60 * SPUR_NS_PER_S, .signal_rows = signals, .signal_count = 2 };
	struct spur_db_segment seg = { .label = "hard_braking", .query = "LongAccel < -4.5", .score = 0.9, .evidence = "{}" };
	struct spur_error err;

	spur_sha256_hex_of(name, strlen(name), sha);
	must(spur_db_drive_add(db, &act, name, &s, 1, &seg.drive_id, &err), &err);
	seg.begin_ns = begin + 20 * SPUR_NS_PER_S;
	seg.end_ns = begin + 24 * SPUR_NS_PER_S;
	must(spur_db_segment_add(db, &act, &seg, NULL, NULL, &err), &err);
}

static void make_catalogue(void)
{
	struct spur_error err;
	struct spur_db *db;
	char path[80], name[32], *made;

	made = engine_catalog(dir, "catalogue");
	snprintf(catalog, sizeof(catalog), "%s", made);
	free(made);
	snprintf(path, sizeof(path), "%s/run.mf4", dir);
	write_drive(path);
	must(spur_db_open(catalog, &db, &err), &err);
	add_drive(db, "run_01", path, T0);
	for (int i = 2; i <= 30; i++) {
		snprintf(name, sizeof(name), "run_%02d", i);
		add_drive(db, name, "gone.mf4", T0 + i * 3600 * SPUR_NS_PER_S);
	}
	spur_db_close(db);
	ctx.catalog = catalog;
}

/* What a worker reads may come after the screen has settled; for a minute at most. */
static void await(struct spur_ui *ui, const char *text)
{
	for (int i = 0; i < 3000 && !screen_has(ui, text); i++) {
		usleep(20000);
		screen_settle(ui);
	}
}

static struct spur_ui *workbench(void)
{
	struct spur_ui_opts o = { .ctx = &ctx };
	struct spur_error err;
	struct spur_ui *ui;

	must(spur_ui_create(&o, &ui, &err), &err);
	spur_ui_resize(ui, 24, 80);
	screen_settle(ui);
	return ui;
}

static void drives_are_listed(void)
{
	struct spur_ui *ui = workbench();

	screen_is_golden(ui, "drives");
	spur_ui_resize(ui, 12, 60);
	screen_is_golden(ui, "drives_60");
	spur_ui_resize(ui, 12, 40);
	screen_is_golden(ui, "drives_40");
	spur_ui_resize(ui, 24, 80);
	screen_rush(ui, "G");
	ok(screen_says(ui, "> run_30") || screen_says(ui, ">run_30"), "G goes to the last drive");
	ok(screen_says(ui, "segments 1, approved 0, rejected 0   hard_braking 1"), "its details follow");
	screen_rush(ui, "/run_1\r");
	ok(screen_says(ui, "> run_10"), "/ finds the next one, around the end");
	screen_rush(ui, "nN");
	ok(screen_says(ui, "> run_10"), "n goes on, N goes back");
	screen_rush(ui, "\\\x15*_2?\r");
	ok(screen_says(ui, "filter *_2?") && screen_says(ui, "10 drives"), "a filter shows what fits");
	ok(screen_says(ui, "$ spur drives '*_2?'"), "and says which command does that");
	screen_rush(ui, "Z");
	ok(screen_says(ui, "no such key here"), "a wrong key is told");
	screen_rush(ui, "?");
	ok(screen_says(ui, "filter: show only drives that fit"), "? shows the keys");
	screen_rush(ui, "qq");
	ok(spur_ui_done(ui), "q closes the help, then quits");
	spur_ui_destroy(ui);
}

static void drives_are_acted_on(void)
{
	struct spur_ui *ui = workbench();

	screen_rush(ui, "  ");
	ok(screen_says(ui, "2 marked") && screen_says(ui, " *run_01") && screen_says(ui, " *run_02"), "Space marks");
	screen_rush(ui, "jjv");
	ok(screen_says(ui, "5 marked"), "v marks up to here");
	screen_rush(ui, "*");
	ok(screen_says(ui, "25 marked"), "* turns the marks round");
	spur_ui_key(ui, 27);
	screen_settle(ui);
	ok(!screen_says(ui, "marked"), "Esc takes them away");
	screen_rush(ui, "gO");
	ok(screen_says(ui, "by begin, last first"), "O says the order");
	screen_rush(ui, "g");
	ok(screen_says(ui, "> run_30"), "and turns it round");
	screen_rush(ui, "Op");
	ok(!screen_says(ui, "segments 1, approved 0") && screen_says(ui, "run_18"), "p: the list alone");
	screen_rush(ui, "pg");
	ok(screen_says(ui, "segments 1, approved 0"), "and the details again");
	screen_rush(ui, "i");
	ok(screen_says(ui, "spur drive show run_01"), "i: what is known");
	screen_rush(ui, "qg  fLongAccel < -4.5\rbraking\r");
	ok(screen_says(ui, "gone.mf4"), "f finds in what is marked, and says what went wrong");
	screen_rush(ui, "@");
	ok(screen_says(ui, "spur find 'LongAccel < -4.5' --drive run_01 --drive run_02 --store --label"), "by a verb");
	screen_rush(ui, "qa/nowhere\r");
	ok(screen_says(ui, "/nowhere"), "a adds, and says what is wrong");
	screen_rush(ui, "r");
	ok(screen_says(ui, "[3 Review]") && screen_says(ui, "drive=run_0"), "r reviews the drive's segments");
	spur_ui_destroy(ui);
}

static void a_drive_is_plotted(void)
{
	struct spur_ui *ui = workbench();

	screen_rush(ui, "\r");
	screen_is_golden(ui, "plot");
	ok(screen_says(ui, "VehSpd [km/h]") && screen_says(ui, "LongAccel [m/s2]"), "speed and acceleration are there at once");
	screen_rush(ui, "\t[");
	ok(screen_says(ui, "hard_braking candidate, A and B at its ends"), "[ goes to the segment");
	screen_rush(ui, "a");
	ok(screen_says(ui, "B-A 4 s"), "its length is shown");
	ok(screen_says(ui, "A 90 B 18 "), "values at its ends");
	screen_rush(ui, "z");
	ok(screen_says(ui, "00:22"), "z zooms to it");
	screen_rush(ui, "js");
	ok(screen_says(ui, "LongAccel: n 40  min -5  max -5  mean -5  rms 5  sd 0"), "statistics between A and B are exact");
	screen_rush(ui, "d");
	ok(!screen_says(ui, "LongAccel [m/s2]"), "d drops the trace");
	screen_rush(ui, "0++");
	ok(screen_says(ui, "15 s"), "+ zooms in");
	screen_rush(ui, "\t/zzz\r");
	ok(screen_says(ui, "none fits"), "a filter without a hit says so");
	spur_ui_key(ui, 27);
	screen_settle(ui);
	screen_rush(ui, "l");
	ok(screen_says(ui, "   LongAccel m/s2"), "a branch opens to its signals");
	screen_rush(ui, "q");
	ok(screen_says(ui, "> run_01"), "q goes back to the drives");
	screen_rush(ui, "j\r");
	ok(screen_says(ui, "gone.mf4"), "a recording that is gone is named");
	spur_ui_destroy(ui);
}

/* The drive is opened again while a label is typed: its marks are gone then. */
static void a_label_comes_too_late(void)
{
	struct spur_ui *ui = workbench();

	screen_rush(ui, "\r");
	screen_rush(ui, "\t[");
	screen_rush(ui, "c");
	ok(screen_says(ui, "label of A to B:"), "a label is asked for");
	spur_session_plot_open(spur_ui_session(ui), "run_01");
	screen_settle(ui);
	screen_rush(ui, "late\r");
	ok(screen_says(ui, "set A and B first") && !screen_says(ui, "segments add"), "nothing is made of marks that are gone");
	spur_ui_destroy(ui);
}

static void jobs_are_listed(void)
{
	struct spur_ui *ui = workbench();

	screen_rush(ui, "4");
	screen_is_golden(ui, "jobs");
	screen_rush(ui, "X");
	ok(screen_says(ui, "there is no job"), "nothing to stop");
	spur_ui_destroy(ui);
}

/* A job's folder as its supervisor left it; an open one is still supervised, as far as anybody can see. */
static void make_job(struct spur_job_store *store, const char *id, const char *name, const struct spur_job_status *status,
		     int log_lines)
{
	static const char *const argv[] = { "true", NULL };
	char *folder = spur_strfmt("%s/%s", getenv("SPUR_JOBS"), id), *lock = spur_strfmt("%s/supervisor.lock", folder);
	char *log = spur_strfmt("%s/logs/2.0.out", folder), *old = spur_strfmt("%s/logs/1.0.out", folder);
	struct spur_job_spec spec = { .kind = "train", .name = name, .dir = folder, .argv = argv, .processes = 1 };
	struct spur_buf text = { 0 };
	struct spur_error err;
	int fd;

	memcpy(spec.id, id, sizeof(spec.id));
	must(spur_job_spec_store(&spec, &err), &err);
	must(spur_job_status_store(folder, status, &err), &err);
	for (int i = 1; i <= log_lines; i++)
		spur_buf_addf(&text, "line %d of the log\n", i);
	must(spur_file_write(log, spur_buf_text(&text), text.len, &err), &err);
	must(spur_file_write(old, "attempt one\n", 12, &err), &err);
	fd = open(lock, O_RDWR | O_CREAT, 0666);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
		ok(false, "the lock of a supervisor");
	must(spur_job_reconcile_one(store, folder, &err), &err);
	spur_buf_finish(&text);
	free(folder);
	free(lock);
	free(log);
	free(old);
}

static void make_jobs(void)
{
	const spur_ns s = SPUR_NS_PER_S, now = spur_now_ns();
	struct spur_job_store store;
	struct spur_error err;
	struct spur_db *db;

	must(spur_dir_make(getenv("SPUR_JOBS"), &err), &err);
	must(spur_db_open(catalog, &db, &err), &err);
	spur_db_job_store(db, &store);
	make_job(&store, "a000000000000000", "good one", &(struct spur_job_status){ .state = SPUR_JOB_SUCCEEDED, .attempt = 2, .done = 8, .total = 8,
		 .created_ns = now - 400 * s, .started_ns = now - 300 * s, .changed_ns = now - 210 * s, .ended_ns = now - 210 * s }, 0);
	make_job(&store, "b000000000000000", "bad one", &(struct spur_job_status){ .state = SPUR_JOB_FAILED, .attempt = 2, .created_ns = now - 200 * s,
		 .started_ns = now - 200 * s, .changed_ns = now - 199 * s, .ended_ns = now - 199 * s, .reason = "exit 9: no luck" }, 2);
	make_job(&store, "c000000000000000", "half way", &(struct spur_job_status){ .state = SPUR_JOB_RUNNING, .attempt = 2, .done = 3, .total = 12,
		 .created_ns = now - 100 * s, .started_ns = now - 100 * s, .changed_ns = now - 100 * s }, 40);
	make_job(&store, "d000000000000000", "waiting", &(struct spur_job_status){ .state = SPUR_JOB_QUEUED, .created_ns = now, .changed_ns = now }, 0);
	spur_db_job_store_finish(&store);
	spur_db_close(db);
}

static void jobs_are_watched(void)
{
	struct spur_ui *ui = workbench();

	make_jobs();
	screen_rush(ui, "4");
	ok(screen_says(ui, "running 1  queued 1  failed 1"), "how many there are of each kind");
	ok(screen_says(ui, "✓ a0000000 train   good one"), "a good one has a tick");
	ok(screen_says(ui, "100 %  0.089/s    1:30 succeeded"), "and the time it took");
	ok(screen_says(ui, "✗ b0000000 train   bad one"), "a bad one a cross");
	ok(screen_says(ui, "● c0000000 train   half way       ██░░░░░░░░  25 %"), "a running one how far it is");
	ok(screen_says(ui, "5:0"), "and the time that is left, three times that which went by");
	ok(screen_says(ui, "○ d0000000 train   waiting        ░░░░░░░░░░"), "a waiting one nothing");
	screen_rush(ui, "/");
	screen_rush(ui, "\x1b");
	screen_rush(ui, "j\r");
	await(ui, "line 40 of the log");
	ok(screen_says(ui, "c0000000 log (follow)") && screen_says(ui, "$ spur job logs c000000000000000"), "Enter shows the log of the one that is chosen");
	ok(screen_says(ui, "line 40 of the log") && !screen_has(ui, "attempt one"), "the end of it, of the last attempt");
	screen_rush(ui, "\x15");
	ok(!screen_has(ui, "(follow)") && !screen_has(ui, "line 40 of the log") && screen_says(ui, "line 31 of the log"), "a page up: no longer the end");
	screen_rush(ui, "\x15\x15\x15\x15");
	ok(screen_says(ui, "line 1 of the log"), "not beyond the beginning");
	screen_rush(ui, "l");
	ok(screen_says(ui, "(follow)") && screen_says(ui, "line 40 of the log"), "l: the end again");
	screen_rush(ui, "j\r");
	await(ui, "no luck");
	ok(screen_says(ui, "b0000000 log") && screen_says(ui, "line 2 of the log") && screen_says(ui, "failed: exit 9: no luck"), "another one, and why it failed");
	screen_rush(ui, "\r");
	ok(!screen_has(ui, "b0000000 log"), "Enter again closes it");
	screen_rush(ui, "r");
	ok(screen_says(ui, "run again train b0000000?"), "r asks first");
	screen_rush(ui, "n");
	screen_rush(ui, "kkX");
	ok(screen_says(ui, "stop train d0000000?"), "so does X");
	screen_rush(ui, "n");
	spur_ui_destroy(ui);
}

static void the_palette_runs_verbs(void)
{
	struct spur_ui *ui = workbench();

	screen_rush(ui, ":vers\t\r");
	ok(screen_says(ui, "VERSION  " PACKAGE_VERSION), "the output opens");
	screen_rush(ui, "q:nonsense\r");
	ok(screen_says(ui, "unknown verb 'nonsense'"), "a mistake is told");
	screen_rush(ui, ":help 'x\r");
	ok(screen_says(ui, "a quote is not closed"), "so is an open quote");
	screen_rush(ui, "@");
	ok(screen_says(ui, "spur version"), "@ has the command lines");
	spur_ui_destroy(ui);
}

/* A row for the title, the others for the text: the place is shown as soon as one line does not fit. */
static void the_pager_says_where_it_is(void)
{
	struct spur_ui *ui = workbench();
	int rows = 60, of = 0;
	char *text, *place;

	screen_rush(ui, ":help jobs\r");
	do {
		spur_ui_resize(ui, --rows, 80);
		text = screen_text(ui);
		place = strstr(text, "1 of ");
		of = place == NULL ? 0 : atoi(place + 5);
		free(text);
	} while (of == 0 && rows > 3);
	is_int(of, rows - 3, "one line more than fits between the title, its own head and the two lines below");
	spur_ui_destroy(ui);
}

static void what_is_done_is_recorded(void)
{
	struct spur_ui *ui;
	struct spur_error err = { 0 };
	char path[80], line[100], *text = NULL;
	size_t len;

	snprintf(path, sizeof(path), "%s/rec.spur", dir);
	snprintf(line, sizeof(line), ":record %s\r", path);
	ctx.as = "ann";
	ui = workbench();
	screen_rush(ui, ":record\r");
	ok(screen_says(ui, "not recording"), "nothing is recorded at first");
	screen_rush(ui, line);
	ok(screen_says(ui, "recording what is done"), ":record begins");
	ok(screen_says(ui, " rec "), "the title shows it");
	screen_rush(ui, ":version\rq");
	screen_rush(ui, ":frobnicate\r");
	screen_rush(ui, ":drives --as bob\rq");
	screen_rush(ui, ":record\r");
	ok(screen_says(ui, "recorded: "), ":record ends it");
	screen_rush(ui, ":help\rq");
	must(spur_file_read(path, 1000, &text, &len, &err), &err);
	ok(strncmp(text, "# spur recording 1", 18) == 0, "the file says what it is");
	is_str(strchr(text, '\n') + 1, "spur version --as ann\n# exit 2: spur frobnicate --as ann\nspur drives --as bob\n",
	       "one line for each verb, who acts, and a comment for what failed");
	free(text);
	screen_rush(ui, line);
	ok(screen_says(ui, "is there already"), "a file that is there is left alone");
	spur_ui_destroy(ui);
	ctx.as = NULL;
}

/* The label may be longer than the terminal is wide, and what is typed longer than both. */
static void a_long_line_is_typed_in_a_narrow_terminal(void)
{
	struct spur_ui *ui = workbench();

	for (int cols = 40; cols < 60; cols++) {
		spur_ui_resize(ui, 24, cols);
		spur_ui_prompt(ui, "a label that is longer than the terminal is wide, by far: ", "filter", "0123456789");
		spur_ui_draw(ui);
		screen_rush(ui, "\303\244\303\244\303\244");
		spur_ui_draw(ui);
		screen_rush(ui, "\033");
	}
	ok(true, "nothing is read beyond the line");
	spur_ui_destroy(ui);
}

static void any_size_works(void)
{
	struct spur_ui *ui = workbench();
	bool good = true;

	screen_rush(ui, "\r");
	for (int rows = 1; rows < 60; rows += 7) {
		for (int cols = 1; cols < 200; cols += 13) {
			spur_ui_resize(ui, rows, cols);
			good = good && spur_ui_draw(ui)->rows == rows && spur_ui_draw(ui)->cols == cols;
			screen_settle(ui);
		}
	}
	ok(good, "every size draws");
	spur_ui_resize(ui, 5, 20);
	ok(screen_says(ui, "enlarge to 40x10"), "too small is told");
	spur_ui_destroy(ui);
}

/* The bar drops what does not fit, whole: two columns stay free at its end. */
static void the_bar_ends_before_its_edge(void)
{
	struct spur_ui *ui = workbench();
	const struct spur_grid *g;
	bool free_end = true, full = false;

	for (int cols = 40; cols < 200; cols++) {
		spur_ui_resize(ui, 24, cols);
		g = spur_ui_draw(ui);
		free_end = free_end && g->cells[24 * cols - 1].ch == ' ' && g->cells[24 * cols - 2].ch == ' ';
		full = full || g->cells[24 * cols - 3].ch != ' ';
	}
	ok(free_end, "at every width");
	ok(full, "and at some it is used up to there");
	spur_ui_destroy(ui);
}

/* Keys at random: nothing may break. */
static void any_keys_work(void)
{
	static const char keys[] = "123jkgGhlHL+-0abxz][ds/npPO,. <>c{}JK?@tTR:q\r\t\033\\rXynQ";
	struct spur_ui *ui = workbench();
	unsigned seed = 1;

	for (int i = 0; i < 3000; i++) {
		seed = seed * 1103515245u + 12345u;
		if (spur_ui_done(ui)) {
			spur_ui_destroy(ui);
			ui = workbench();
		}
		spur_ui_key(ui, (unsigned char)keys[(seed >> 16) % (sizeof(keys) - 1)]);
		if (i % 7 == 0)
			spur_ui_dispatch(ui);
		spur_ui_draw(ui);
	}
	screen_settle(ui);
	spur_ui_destroy(ui);
	ok(true, "3000 keys at random");
}

static void the_tour(void)
{
	static const char *const steps[] = {
		"", "?", "q", "G", "gjj", "p", "p", " j j", "*", "v", "o", "o", "o", "o", "O",
		"/run_2", "\r", "N", "\\\x15*_1?", "\r", "\\\x15\r", "f", "\033", "a", "\033", "i", "q",
		"g\r", "\t", "\t\t", "[", "a", "]", "b", "x", "z", "s", "q",
		"\r", "0", "++", "-", "L", "H", "l", "lll", "J", "K", "d", "\t", "jj", "l", "j\r", "/Long\r", "\033", "g", "\033", "?", "q",
		"q", ":", "vers\t", "\r", "q", "@", "q", ":help find\r", "\006", "G", "g", "/grid\r", "q", "Z", "4", "5", "7", "3", "2", "1",
		NULL
	};
	struct spur_ui *ui = workbench();

	screen_tour(ui, "workbench", steps);
	spur_ui_destroy(ui);
}

int main(void)
{
	char cmd[300], jobs[64];

	setlocale(LC_CTYPE, "C.UTF-8");
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(jobs, sizeof(jobs), "%s/jobs", dir);
	setenv("SPUR_JOBS", jobs, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	make_catalogue();
	drives_are_listed();
	drives_are_acted_on();
	a_drive_is_plotted();
	a_label_comes_too_late();
	the_tour();
	jobs_are_listed();
	jobs_are_watched();
	the_palette_runs_verbs();
	the_pager_says_where_it_is();
	what_is_done_is_recorded();
	a_long_line_is_typed_in_a_narrow_terminal();
	any_size_works();
	the_bar_ends_before_its_edge();
	any_keys_work();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
