#include "config.h"

#include <locale.h>
#include <math.h>
#include <time.h>

#include "format/mcap/writer.h"
#include "format/mdf4/writer.h"
#include "image/image.h"
#include "base/json.h"
#include "tests/lab_catalogue.h"
#include "tests/walk.h"

/*
 * Walks over the list of drives, the plot with its tree of signals and its cameras, and the review, over real recordings: values that
 * rise, fall, are missing, come rarely, are words; two cameras, one with annotations; a drive whose file is gone.
 */
#define T0 INT64_C(1767323045000000000)	/* 2026-01-02T03:04:05Z */
#define S SPUR_NS_PER_S

static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .task = &task, .as = "ada" };
static struct lab_catalogue lab;

/* ---- recordings ---- */

static void put_group(struct spur_mdf4_writer *w, const struct spur_mdf4_group *group, struct spur_columns_builder *b)
{
	struct spur_columns *rows = spur_columns_builder_take(b);
	struct spur_error err;
	uint32_t g;

	lab_must(spur_mdf4_writer_group(w, group, &g, &err), &err);
	lab_must(spur_mdf4_writer_put(w, g, rows, &err), &err);
	spur_columns_unref(rows);
	spur_columns_builder_destroy(b);
}

/* 20 Hz for a minute, with a pause of 4 s and values that are missing. */
static void put_chassis(struct spur_mdf4_writer *w, spur_ns t0)
{
	static const struct spur_mdf4_channel channels[] = {
		{ .name = "VehSpd", .unit = "km/h", .type = SPUR_TYPE_F64 }, { .name = "LongAccel", .unit = "m/s2", .type = SPUR_TYPE_F64 },
		{ .name = "YawRate", .unit = "rad/s", .type = SPUR_TYPE_F64 }, { .name = "Odo", .unit = "km", .type = SPUR_TYPE_F64 },
	};
	static const struct spur_mdf4_group group = { .name = "Chassis", .channels = channels, .count = 4 };
	struct spur_columns_builder *b = spur_columns_builder_create();

	for (size_t i = 0; i < 4; i++)
		spur_columns_builder_add(b, channels[i].name, SPUR_TYPE_F64);
	for (int i = 0; i < 1200; i++) {
		double t = i / 20.0, brakes = t >= 20 && t < 24;

		if (t >= 40 && t < 44)
			continue;
		spur_columns_builder_time(b, t0 + i * (S / 20));
		spur_columns_builder_f64(b, 0, t < 20 ? 90 : brakes != 0 ? 90 - 18 * (t - 20) : 18 + (t - 24) / 2);
		spur_columns_builder_f64(b, 1, brakes != 0 ? -5 : i % 7 / 10.0);
		spur_columns_builder_f64(b, 2, i / 100 % 4 == 2 ? (double)NAN : (i % 200 - 100) / 400.0);
		spur_columns_builder_f64(b, 3, 40000 + t / 100);
	}
	put_group(w, &group, b);
}

/* Once in a while: a gear, and what the lever says. */
static void put_body(struct spur_mdf4_writer *w, spur_ns t0)
{
	static const struct spur_mdf4_text levers[] = { { 0, "park" }, { 1, "reverse" }, { 2, "drive" } };
	static const struct spur_mdf4_channel channels[] = {
		{ .name = "Gear", .unit = "", .type = SPUR_TYPE_I64 }, { .name = "Lever", .type = SPUR_TYPE_I64, .texts = levers, .text_count = 3 },
		{ .name = "Temperature of the air outside", .unit = "degC", .type = SPUR_TYPE_F64 },
	};
	static const struct spur_mdf4_group group = { .name = "Body", .channels = channels, .count = 3 };
	struct spur_columns_builder *b = spur_columns_builder_create();

	spur_columns_builder_add(b, channels[0].name, SPUR_TYPE_I64);
	spur_columns_builder_add(b, channels[1].name, SPUR_TYPE_I64);
	spur_columns_builder_add(b, channels[2].name, SPUR_TYPE_F64);
	for (int i = 0; i < 9; i++) {
		spur_columns_builder_time(b, t0 + 3 * S + i * i * (S * 4 / 5));
		spur_columns_builder_f64(b, 0, i % 6);
		spur_columns_builder_f64(b, 1, i / 2 % 3);
		spur_columns_builder_f64(b, 2, -3.25 * i);
	}
	put_group(w, &group, b);
}

static void write_log(const char *path, spur_ns t0)
{
	const struct spur_mdf4_options o = { .start_ns = t0, .written_ns = t0 };
	struct spur_mdf4_writer *w;
	struct spur_error err;

	lab_must(spur_mdf4_writer_create(path, &o, &w, &err), &err);
	put_chassis(w, t0);
	put_body(w, t0);
	lab_must(spur_mdf4_writer_commit(w, &err), &err);
}

static void message(struct spur_mcap_writer *w, uint16_t channel, spur_ns t, struct spur_buf *b)
{
	const struct spur_mcap_message m = { .channel_id = channel, .log_time = (uint64_t)t, .publish_time = (uint64_t)t,
					     .data = b->data, .len = b->len };
	struct spur_error err;

	lab_must(spur_mcap_writer_message(w, &m, &err), &err);
	spur_buf_clear(b);
}

/* A slope of colours, and the number as a bar. */
static void add_image(struct spur_buf *b, int number, bool rear)
{
	struct spur_pixels p;
	struct spur_buf file = { 0 };
	struct spur_error err;

	lab_must(spur_pixels_init(&p, rear ? 60 : 96, 48, &err), &err);
	for (int y = 0; y < 48; y += 4) {
		for (int x = 0; x < p.width; x += 4)
			spur_pixels_fill(&p, x, y, 4, 4, (struct spur_rgb){ (unsigned char)(x * 2), (unsigned char)(y * 5), rear ? 200 : 40 });
	}
	spur_pixels_fill(&p, 0, 20, number + 1, 8, (struct spur_rgb){ 255, 255, 255 });
	lab_must(spur_image_write_png(&p, &file, &err), &err);
	spur_buf_adds(b, "{\"format\":\"png\",\"data\":\"");
	spur_base64(b, file.data, file.len);
	spur_buf_adds(b, "\"}");
	spur_buf_finish(&file);
	spur_pixels_finish(&p);
}

static void write_cameras(const char *path, spur_ns t0)
{
	static const struct spur_mcap_schema schemas[] = {
		{ 1, "foxglove.CompressedImage", "jsonschema", "{}", 2 }, { 2, "foxglove.ImageAnnotations", "jsonschema", "{}", 2 },
		{ 3, "imu", "jsonschema", "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"},\"y\":{\"type\":\"number\"}}}", 79 },
	};
	static const struct spur_mcap_channel channels[] = { { 1, 1, "/front/image", "json", NULL, 0 }, { 2, 2, "/front/marks", "json", NULL, 0 },
		{ 3, 1, "/rear/image", "json", NULL, 0 }, { 4, 3, "/imu", "json", NULL, 0 } };
	struct spur_mcap_writer *w;
	struct spur_buf b = { 0 };
	struct spur_error err;

	lab_must(spur_mcap_writer_create(path, NULL, &w, &err), &err);
	for (size_t i = 0; i < 3; i++) {
		struct spur_mcap_schema s = schemas[i];

		s.len = strlen((const char *)s.data);
		lab_must(spur_mcap_writer_schema(w, &s, &err), &err);
	}
	for (size_t i = 0; i < 4; i++)
		lab_must(spur_mcap_writer_channel(w, &channels[i], &err), &err);
	for (int i = 0; i < 50; i++) {
		spur_ns t = t0 + 5 * S + i * S;

		add_image(&b, i, false);
		message(w, 1, t, &b);
		if (i % 3 == 0) {
			add_image(&b, i, true);
			message(w, 3, t + S / 3, &b);
		}
		if (i < 30) {
			spur_buf_addf(&b, "{\"points\":[{\"type\":3,\"thickness\":1,\"outline_color\":{\"r\":1,\"g\":0,\"b\":0,\"a\":1},\"points\":"
				      "[{\"x\":%d,\"y\":4},{\"x\":40,\"y\":30}]}],\"texts\":[{\"position\":{\"x\":5,\"y\":9},\"text\":\"car %d\"}]}", i, i);
			message(w, 2, t, &b);
		}
		spur_buf_addf(&b, "{\"x\":%d,\"y\":%g}", i % 9, i * 0.25);
		message(w, 4, t + S / 2, &b);
	}
	lab_must(spur_mcap_writer_commit(w, &err), &err);
	spur_buf_finish(&b);
}

/* ---- catalogue ---- */

static int64_t add_drive(const char *name, const char *const *paths, size_t count, spur_ns begin, spur_ns length, uint64_t size)
{
	static const struct spur_db_signal signals[] = { { "VehSpd", "km/h", "f64", "Chassis" }, { "LongAccel", "m/s2", "f64", "Chassis" } };
	struct spur_db_source s[2];
	char sha[2][SPUR_SHA256_HEX];
	struct spur_error err = { 0 };
	int64_t drive;

	for (size_t i = 0; i < count; i++) {
		char seed[64];

		snprintf(seed, sizeof(seed), "%s %zu", name, i);
		spur_sha256_hex_of(seed, strlen(seed), sha[i]);
		s[i] = (struct spur_db_source){ .path = paths[i], .format = strstr(paths[i], ".mcap") != NULL ? "mcap" : "mdf4", .role = "log",
			.sha256 = sha[i], .size_bytes = size << (9 * i), .has_time = length > 0, .begin_ns = begin, .end_ns = begin + length,
			.signal_rows = signals, .signal_count = 2 };
	}
	lab_must(spur_db_drive_add(lab.db, lab_act(&lab, &lab.ada, "spur add"), name, s, count, &drive, &err), &err);
	return drive;
}

static void add_segments(int64_t drive, spur_ns begin, int count)
{
	static const char *const labels[] = { "hard_braking", "cut_in", "standing for a long while" };
	static const char *const queries[] = { "LongAccel < -4.5", "LongAccel < -4.5 and VehSpd[m/s] < 20", "Lever == 'drive' and Gear >= 2", "",
					       "NoSuchSignal > 1", "YawRate > 0.1 or VehSpd > 80 or Odo > 1 or Gear == 3 or LongAccel > 0" };
	struct spur_error err = { 0 };

	for (int i = 0; i < count; i++) {
		struct spur_db_segment x = { .drive_id = drive, .label = labels[i * i % 3], .query = queries[i % 6], .score = 0.9 - i * 0.1, .evidence = "{}" };
		int64_t id;

		x.begin_ns = begin + (20 - i * 2) * S + i * i * S;
		x.end_ns = x.begin_ns + (4 + i) * S / 2;
		lab_must(spur_db_segment_add(lab.db, lab_act(&lab, &lab.ada, "spur find"), &x, &id, NULL, &err), &err);
		if (i % 3 == 1)
			lab_approve(&lab, id);
	}
}

static void fill(void)
{
	char log[96], cameras[96], other[96], name[64];
	const char *both[] = { log, cameras }, *second[] = { other }, *film[] = { cameras }, *gone[] = { "/nowhere/gone.mf4" };

	snprintf(log, sizeof(log), "%s/run.mf4", lab.dir);
	snprintf(cameras, sizeof(cameras), "%s/cameras.mcap", lab.dir);
	snprintf(other, sizeof(other), "%s/other.mf4", lab.dir);
	write_log(log, T0);
	write_cameras(cameras, T0);
	write_log(other, T0 + 4000 * S);
	add_segments(add_drive("run_01", both, 2, T0, 60 * S, 123456), T0, 6);
	add_segments(add_drive("run_02", second, 1, T0 + 4000 * S, 60 * S, 99), T0 + 4000 * S, 2);
	(void)film;
	for (int i = 3; i < 30; i++) {
		int64_t drive;

		snprintf(name, sizeof(name), i % 4 == 0 ? "night_%02d" : i == 11 ? "a drive with a long name, longer than its column %d" : "run_%02d", i);
		drive = add_drive(name, gone, 1, T0 + (i * 7919 % 29) * 3600 * S, i == 9 ? 0 : (i * i % 50) * 77 * S, (uint64_t)1 << (i + 3));
		add_segments(drive, T0 + (i * 7919 % 29) * 3600 * S, i % 5 == 1 ? 5 : i % 3);
	}
}

static struct spur_ui *workbench(bool ascii, bool light)
{
	struct spur_ui_opts o = { .ctx = &ctx, .ascii = ascii, .light = light };
	struct spur_error err;
	struct spur_ui *ui;

	lab_must(spur_ui_create(&o, &ui, &err), &err);
	spur_ui_resize(ui, 24, 80);
	screen_settle(ui);
	return ui;
}

/* ---- walks ---- */

#define UP "\x80"
#define DOWN "\x81"
#define LEFT "\x82"
#define RIGHT "\x83"
#define HOME "\x84"
#define END "\x85"
#define PGUP "\x86"
#define PGDN "\x87"
#define RUB "\x88"

static void over_the_drives(void)
{
	static const char *const keys[] = {
		"j", "j", "k", "jj", "kkk", DOWN, DOWN, UP, PGDN, PGUP, "\x04", "\x15", "g", "G", HOME, END, " ", " ", "v", "*", "\x1b", "o", "o", "O", "p",
		"/run_2\r", "/night\r", "/zzz\r", "n", "N", "\\\x15*_1?\r", "\\\x15\r", "\\\x15night*\r", "\\\x15nothing\r", "t", "T", "R", "?", "@", "\x1b", "i",
		"Z", "\x03", "\t", "8", ":", "/", "\x1b", "x", RUB, "abc", "a\x1b", "f\x1b", "flong < \r", "size 24x80", "size 10x40", "size 12x42", "size 36x120", "size 20x61",
		"size 50x160", "size 9x39", ":drives run_0?\r", ":dri\t\r", "1", NULL,
	};
	static const char *const fixed[] = {
		":", UP, "q", RUB, RUB, "\xc3\xa4x", RUB, RUB, RUB, "\t", "v", "\t", "\r", "\x1b", ":", UP, UP, DOWN, DOWN, DOWN, "\x15", "drives --json\r", "\x1b",
		":drives --match 'x\r", ":record\r", ":drive show run_01\r", "j", "j", DOWN, "k", PGDN, PGDN, PGUP, "G", "k", "g", "/x", "\r", "size 30x100", "?", "G", "size 15x50", "?",
		"r", "\x1b", "a/nowhere/at/all\r", "g  fLongAccel < -4.5\rbraking\r", "\x1b", "\x1b", "GGG", "?", "?", "\x1b", NULL,
	};
	struct walk w = { 0 };

	for (int i = 0; i < 3; i++) {
		walk_begin(&w, workbench(i == 1, i == 2), i == 0 ? "drives" : i == 1 ? "in ASCII" : "light", lab.dir);
		walk_note(&w, "");
		walk_random(&w, keys, 31 + (uint64_t)i, 70);
		spur_ui_destroy(w.ui);
	}
	walk_begin(&w, workbench(false, false), "prompt, pager, verbs", lab.dir);
	walk_steps(&w, fixed);
	spur_ui_destroy(w.ui);
	walk_is_golden(&w, "drives");
}

static const char *const plot_keys[] = {
	"h", "l", "hh", "lll", "H", "L", "+", "+", "-", "i", "o", "0", "a", "b", "a", "b", "x", "z", "]", "[", "]", "p", "p", "P", "O", ",", ".", ",", ".", "<", ">",
	"g12.5s\r", "g50%\r", "g+3s\r", "gnonsense\r", "g\r", "J", "K", "J", "K", "d", "s", "s", "\t", "\t", "j", "k", "jj", "\r", "l", "h", "\r", "G", HOME, END, "/Long\r", "/e\r",
	"/\r", "/zzz\r", "\x1b", "n", "t", "T", "?", "\x1b", "c\x1b", "size 24x80", "size 36x120", "size 40x160", "size 15x50", "size 24x100", "size 16x60", "size 28x111", "size 9x40", "R",
	LEFT, RIGHT, UP, DOWN, PGDN, PGUP, "Z", "g2026-01-02T03:04:30Z\r", NULL,
};

static void over_the_plot(void)
{
	static const char *const tree[] = {
		"\r", "\t", "\t", "g", "j", "k", "l", "j", "j", "\r", "j", "\r", "j", "\r", "h", "j", "l", "jj", "\r", "G", "l", "G", "\r", "k", "\r", "s", "size 36x120", "/Temp\r", "j", "j", "\r", "\x1b", "g", "h", "l",
		"size 24x80", "\t", "J", "J", "s", "J", "s", "d", "K", "d", "d", "d", "d", "d", "d", "s", ".", "\t", "g", "l", "j\r", "j\r", "j\r", "\t", ".", ".", ",", ".", "J", ".", ".", "]", "]", "]", "]", "]", "]", "]", "[", "[",
		"cby hand\r", "c\r", "z", "x", "z", "]", "0", "c\r", "}", "}", "{", "{", "{", "q", NULL,
	};
	static const char *const pictures[] = {
		"\r", "p", ".", ".", ",", "g10s\r", ".", "l", "L", "H", "O", "O", "P", ".", ",", ",", "P", "size 36x120", "P", "g0s\r", "g59s\r", ".", ".", "size 45x160", "p", "p", "size 15x50", "P", "\t", "\t", "p",
		"size 24x80", "}", "P", ".", "{", "P", NULL,
	};
	struct walk w = { 0 };

	walk_begin(&w, workbench(false, false), "signals", lab.dir);
	walk_steps(&w, tree);
	spur_ui_destroy(w.ui);
	walk_begin(&w, workbench(false, false), "cameras", lab.dir);
	walk_steps(&w, pictures);
	spur_ui_destroy(w.ui);
	for (int i = 0; i < 4; i++) {
		walk_begin(&w, workbench(i == 2, i == 3), i == 2 ? "in ASCII" : i == 3 ? "light" : "plot", lab.dir);
		walk_step(&w, i == 1 ? "jj\r" : "\r");
		if (i == 1)
			walk_step(&w, "qk\r");
		walk_random(&w, plot_keys, 5 + (uint64_t)i, 80);
		spur_ui_destroy(w.ui);
	}
	walk_is_golden(&w, "plot");
}

/* ben judges what ada has found. */
static void over_the_review(void)
{
	static const char *const fixed[] = {
		"3", "?", "\x1b", "j", "J", "K", "k", "A", "X", "2", "X", "Xfor a reason\r", "r", "R", "u", "\x12", "u", "u", "u", "u", "u", "\x12", "\x12", "[", "[", "]", "e", "]", "]", "}", "{", "\x8b", "\x8c", "A",
		"Cseen it\r", "C\x1b", "W999\r", "W\r", "W\x1b", " ", " ", "j ", "v", "*", "A", "@", "\x1b", "\x1b", "F", "F", "p", "c", "p", "size 36x120", "c", "p", "p", "size 48x160", "p", "size 24x80", "o", "o", "o", "o", "O",
		"/6\r", "n", "N", "/cut\r", "n", "/zzz\r", "\\\x15label=cut_in\r", "\\\x15state=approved\r", "\\\x15state=candidate drive=run_01\r", "J", "J", "J", "J", "\\\x15" "author=ada run\r",
		"\\\x15tag=flag\r", "\\\x15nonsense=1\r", "\\\x15\r", "\r", "q", "G", "\r", "q", "9", "X9", "\x1b", NULL,
	};
	static const char *const keys[] = {
		"j", "k", "jj", DOWN, UP, PGDN, PGUP, "g", "G", "J", "K", "J", "A", "A", "X1", "X1", "X3", "Xwords\r", "X\x1b", "r", "C so\r", "u", "u", "\x12", "[", "]", "{", "}", "e", "\x8b", "\x8c",
		" ", "v", "*", "\x1b", "o", "O", "p", "c", "t", "T", "/cut\r", "n", "N", "\\\x15hard\r", "\\\x15\r", "\\\x15state=open\r", "\\\x15state=candidate\r", "W77\r", "R", "?\x1b", "@\x1b", "Z", "5\x1b" "3",
		"size 24x80", "size 36x120", "size 48x160", "size 15x58", "size 10x40", "size 30x100", NULL,
	};
	struct walk w = { 0 };

	lab_write(lab.dir, "spur/reasons", "# for this test\nfirst reason\nsecond reason\nthird reason\n");
	ctx.as = "ben";
	walk_begin(&w, workbench(false, false), "review", lab.dir);
	walk_steps(&w, fixed);
	spur_ui_destroy(w.ui);
	for (int i = 0; i < 3; i++) {
		walk_begin(&w, workbench(i == 1, i == 2), i == 1 ? "in ASCII" : i == 2 ? "light" : "by chance", lab.dir);
		walk_step(&w, "3");
		walk_random(&w, keys, 71 + (uint64_t)i, 70);
		spur_ui_destroy(w.ui);
	}
	walk_is_golden(&w, "review");
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "XYZ-5:30", 1);
	setenv("SPUR_FONT", "builtin", 1);
	tzset();
	ctx.datadir = getenv("SPUR_DATA") == NULL ? "data" : getenv("SPUR_DATA");
	lab_catalogue_make(&lab, &ctx, false);
	lab_introduce(&lab, &lab.ada, "ada");
	lab_introduce(&lab, &lab.ben, "ben");
	fill();
	over_the_drives();
	over_the_plot();
	over_the_review();
	lab_catalogue_drop(&lab);
	return tap_done();
}
