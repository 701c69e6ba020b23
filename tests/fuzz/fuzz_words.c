#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/match.h"
#include "base/opt.h"
#include "base/time.h"
#include "base/uri.h"
#include "base/words.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"
#include "verb/verb.h"

/*
 * Command lines: of the palette and of recordings to words and back; options; sizes, spans and times; name patterns.
 * Parts: a line, a pattern, a name, and what is left a recording for `spur replay`, of which no line is run.
 */
static const struct spur_opt opts[] = {
	{ .name = "flag", .letter = 'f', .type = SPUR_OPT_FLAG, .help = "-" },
	{ .name = "text", .letter = 't', .type = SPUR_OPT_TEXT, .arg = "T", .help = "-", .many = true },
	{ .name = "int", .letter = 'n', .type = SPUR_OPT_INT, .arg = "N", .help = "-" },
	{ .name = "float", .type = SPUR_OPT_FLOAT, .arg = "X", .help = "-" },
	{ .name = "size", .type = SPUR_OPT_SIZE, .arg = "SIZE", .help = "-" },
	{ .name = "span", .type = SPUR_OPT_SPAN, .arg = "SPAN", .help = "-" },
	{ .name = "time", .type = SPUR_OPT_TIME, .arg = "TIME", .help = "-" },
	{ .name = "choice", .type = SPUR_OPT_CHOICE, .arg = "one|two|three", .help = "-" },
	{ 0 }
};

static void options(int count, const char *const *words)
{
	const struct spur_opt *const tables[] = { opts, spur_global_opts, NULL };
	struct spur_args a;
	struct spur_error err;
	enum spur_status st = spur_args_parse(&a, tables, count, words, &err);

	fuzz_check_status(st, &err);
	if (st < 0)
		return;
	fuzz_check(a.npos <= (size_t)count);
	for (size_t i = 0; i < a.npos; i++)
		fuzz_touch_text(a.pos[i]);
	spur_args_int(&a, "int", 0);
	spur_args_float(&a, "float", 0);
	spur_args_size(&a, "size", 0);
	spur_args_span(&a, "span", 0);
	for (size_t i = 0; spur_args_nth(&a, "text", i) != NULL; i++)
		fuzz_touch_text(spur_args_nth(&a, "text", i));
	spur_args_finish(&a);
}

static void verbs(int count, const char *const *words)
{
	struct spur_ctx ctx = { 0 };
	struct spur_args a;

	if (spur_verb_globals(&ctx, count, words, &a))
		spur_args_finish(&a);
	spur_verb_has_option(count, words, "wait");
}

static void numbers(const char *text)
{
	unsigned long long size;
	struct spur_error err;
	char out[SPUR_TIME_TEXT];
	spur_ns t = 0, again;
	enum spur_status st;

	fuzz_check_status(spur_size_parse(text, &size, &err), &err);
	st = spur_span_parse(text, &t, &err);
	fuzz_check_status(st, &err);
	fuzz_touch_text(spur_span_text(t, out));
	st = spur_time_parse(text, INT64_C(1700000000000000000), INT64_C(1700000060000000000), INT64_C(1700000030000000000), &t, &err);
	fuzz_check_status(st, &err);
	if (st < 0)
		return;
	for (int style = 0; style < 4; style++)
		fuzz_touch_text(spur_time_text(t, (enum spur_time_style)style, 0, out));
	/* What is shown in full reads back as the same moment, in the years that are read. */
	spur_time_text(t, SPUR_TIME_UTC, 0, out);
	st = spur_time_parse(out, 0, 1, 0, &again, &err);
	fuzz_check(st >= 0 ? again == t : strcmp(out, "1678") < 0 || strcmp(out, "2262") > 0);
	spur_time_parse(text, SPUR_NS_MIN, SPUR_NS_MAX, 0, &t, &err);
}

static void line(const char *text)
{
	char **words, **again;
	int count = spur_words_split(text, &words), n;
	char *command;

	if (count < 0)
		return;
	command = spur_words_command(count, (const char *const *)words);
	n = spur_words_split(command, &again);
	fuzz_check(n == count + 1 && strcmp(again[0], "spur") == 0);
	for (int i = 0; i < count; i++) {
		char *shown = spur_uri_hide(words[i]);	/* a command line has no passwords */

		fuzz_check(strcmp(shown, again[i + 1]) == 0);
		free(shown);
		numbers(words[i]);
	}
	options(count, (const char *const *)words);
	verbs(count, (const char *const *)words);
	spur_words_free(again, n);
	spur_words_free(words, count);
	free(command);
}

static void match(const char *pattern, const char *name)
{
	struct spur_match *m = NULL;
	struct spur_error err;
	enum spur_status st = spur_match_create(pattern, &m, &err);

	fuzz_check_status(st, &err);
	if (st < 0)
		return;
	spur_match_test(m, name);
	if (!spur_match_is_pattern(m))
		fuzz_check(spur_match_test(m, pattern));
	spur_match_destroy(m);
}

/* The last line is no command, and all of a recording is looked at before any of it is run. */
static void replay(const struct fuzz_part *p)
{
	struct spur_ctx ctx = { .command_line = "spur replay" };
	const char *words[] = { "replay", NULL };
	struct spur_error err = { 0 };
	struct spur_buf b = { 0 };

	spur_buf_add(&b, p->data, p->len);
	spur_buf_adds(&b, "\nno-such-verb\n");
	words[1] = fuzz_file("replay", b.data, b.len);
	fuzz_check(spur_verb_call(&ctx, 2, words, NULL, &err) != SPUR_EXIT_OK && err.text[0] != '\0');
	spur_buf_finish(&b);
}

static void run(const uint8_t *data, size_t len)
{
	struct fuzz_part recording;
	const char *pattern, *name;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	line(fuzz_in_text(&in));
	pattern = fuzz_in_text(&in);
	name = fuzz_in_text(&in);
	if (strlen(pattern) < 200 && strlen(name) < 1000)
		match(pattern, name);
	recording = fuzz_in_next(&in);
	if (recording.len > 0)
		replay(&recording);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	fuzz_seed_text("--flag -n 12 --text='a b' \"c\\\" d\" --size 64MiB --span=137ms --choice two -- -x" FUZZ_CUT "*speed*" FUZZ_CUT "VehicleSpeed");
	fuzz_seed_text("12.5s 00:14:03.5 2026-01-02T03:04:05.123456789Z 50% +10s -5s 1700000000000000000 10min 1.5" FUZZ_CUT "/^a(b|c)+$/" FUZZ_CUT "abcb");
	fuzz_seed_text("2026-01-02T03:04:05+05:30 9223372036854775807 1677-09-21T00:12:43Z 8EiB -1 1e3s" FUZZ_CUT "~vspd" FUZZ_CUT "VehicleSpeed");
	fuzz_seed_text("find 'speed > 50 for 1s' --drive run --json" FUZZ_CUT "[a-c]?*[!x]" FUZZ_CUT "b12"
		       FUZZ_CUT "# comment\nspur tag urban --all\nfind 'a b' --label x\n\ninfo file.mf4\n");
	fuzz_seed_text("plot a.mf4 -s speed --mem 256M --as ben --catalog postgresql://h/db" FUZZ_CUT "exact" FUZZ_CUT "exact");
}

static const char *const words[] = { FUZZ_CUT, "--", "--flag", "--int=", "--size ", "--span ", "--time ", "KiB", "GB", "ms", "min", "T00:00:00Z", "%", "+", "-",
				     "'", "\"", "\\", "[!", "[a-z]", "*", "?", "/", "~", "replay ", "find ", "job wait ", NULL };

const struct fuzz_target fuzz_target = { .name = "words", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words };
