#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/match.h"
#include "base/opt.h"
#include "base/time.h"
#include "base/uri.h"
#include "base/words.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
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
	fuzz_tell_status("options", st, &err);
	if (st < 0)
		return;
	fuzz_check(a.npos <= (size_t)count);
	for (size_t i = 0; i < a.npos; i++)
		fuzz_tell_text("word", a.pos[i]);
	for (size_t i = 0; i < a.nset; i++) {
		fuzz_tell_text("option", a.set[i].opt->name);
		fuzz_tell_text("is", a.set[i].value);
	}
	fuzz_tell("int %lld, size %llu, span %" PRId64 ", flag %d\n", spur_args_int(&a, "int", 7), spur_args_size(&a, "size", 7),
		  spur_args_span(&a, "span", 7), spur_args_has(&a, "flag"));
	fuzz_tell_number("float", spur_args_float(&a, "float", 7));
	fuzz_tell_text("text", spur_args_text(&a, "text", "none"));
	for (size_t i = 0; spur_args_nth(&a, "text", i) != NULL; i++)
		fuzz_tell_text("nth", spur_args_nth(&a, "text", i));
	spur_args_finish(&a);
}

static void verbs(int count, const char *const *words)
{
	struct spur_ctx ctx = { 0 };
	struct spur_args a;

	if (spur_verb_globals(&ctx, count, words, &a)) {
		fuzz_tell("globals: %zu words, %zu options\n", a.npos, a.nset);
		spur_args_finish(&a);
	}
	fuzz_tell("waits %d\n", spur_verb_has_option(count, words, "wait"));
}

static void numbers(const char *text)
{
	unsigned long long size = 0;
	struct spur_error err;
	char out[SPUR_TIME_TEXT];
	spur_ns t = 0, again;
	enum spur_status st = spur_size_parse(text, &size, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("size", st, &err);
	fuzz_tell("%llu\n", size);
	st = spur_span_parse(text, &t, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("span", st, &err);
	fuzz_tell("%" PRId64 " is %s\n", t, spur_span_text(t, out));
	st = spur_time_parse(text, INT64_C(1700000000000000000), INT64_C(1700000060000000000), INT64_C(1700000030000000000), &t, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("time", st, &err);
	if (st < 0)
		return;
	fuzz_tell("%" PRId64 "\n", t);
	for (int style = 0; style < 4; style++)	/* the zone is the machine's */
		fuzz_tell("%s\n", style == SPUR_TIME_LOCAL ? "-" : spur_time_text(t, (enum spur_time_style)style, 1000000007, out));
	spur_time_text(t, SPUR_TIME_LOCAL, 0, out);
	/* What is shown in full reads back as the same moment, in the years that are read. */
	spur_time_text(t, SPUR_TIME_UTC, 0, out);
	st = spur_time_parse(out, 0, 1, 0, &again, &err);
	fuzz_check(st >= 0 ? again == t : strcmp(out, "1678") < 0 || strcmp(out, "2262") > 0);
	spur_time_parse(text, SPUR_NS_MIN, SPUR_NS_MAX, 0, &t, &err);
}

static void uri(const char *text)
{
	char *password, *bare = spur_uri_split(text, &password);

	fuzz_tell_text("bare", bare);
	fuzz_tell_text("password", password);
	free(bare);
	free(password);
}

static void line(const char *text)
{
	char **words, **again;
	int count = spur_words_split(text, &words), n;
	char *command;

	fuzz_tell("%d words\n", count);
	if (count < 0)
		return;
	command = spur_words_command(count, (const char *const *)words);
	n = spur_words_split(command, &again);
	fuzz_tell_text("command", command);
	fuzz_check(n == count + 1 && strcmp(again[0], "spur") == 0);
	for (int i = 0; i < count; i++) {
		char *shown = spur_uri_hide(words[i]);	/* a command line has no passwords */

		fuzz_check(strcmp(shown, again[i + 1]) == 0);
		free(shown);
		uri(words[i]);
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
	fuzz_tell_status("pattern", st, &err);
	if (st < 0)
		return;
	fuzz_tell("matches %d, is one %d\n", spur_match_test(m, name), spur_match_is_pattern(m));
	if (!spur_match_is_pattern(m))
		fuzz_check(spur_match_test(m, pattern));
	spur_match_destroy(m);
}

/* The last line is no command, and all of a recording is looked at before any of it is run. */
static void replay(const struct fuzz_part *p)
{
	struct spur_ctx ctx = { .command_line = "spur replay" };
	const char *words[] = { "replay", "--batch", NULL };
	struct spur_error err = { 0 };
	struct spur_buf b = { 0 };
	int status;

	spur_buf_add(&b, p->data, p->len);
	spur_buf_adds(&b, "\nno-such-verb\n");
	words[2] = fuzz_file("replay", b.data, b.len);
	fuzz_check((status = spur_verb_call(&ctx, 3, words, NULL, &err)) != SPUR_EXIT_OK && err.text[0] != '\0');
	fuzz_tell("replay %d\n", (int)status);
	fuzz_tell_status("says", SPUR_EINVAL, &err);
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
	/* Every unit, border and form of a number, a span and a time. */
	fuzz_seed_text("0 1 1k 1K 1kB 1KB 1KiB 2M 2MB 2MiB 3G 3GB 3GiB 4T 4TB 4TiB 1P 1E 15EiB 16EiB 17EiB 18446744073709551615 18446744073709551616 1.5M .5K 1e3 -1k "
		       "1kk 1Ki k B 1B 0x10 \"1 k\" \"\" 999999999999999999999" FUZZ_CUT "a" FUZZ_CUT "b");
	fuzz_seed_text("1ns 2us 3ms 4s 5min 6h 7d 0.5us 1.5 .25s 1e-3s 1e10h 106751d 106752d 9223372036s 9223372037s -1s -0 0 1m 1sec 1.0000000001s 999ms 1000ms 59.9s 60s "
		       "61s 3599s 3600s 3661s 86399s 86400s 90000s 999us 1001us 999ns 1500ns 0.1s 12.34s 123.4s 99.95s 9.995s" FUZZ_CUT "*" FUZZ_CUT "");
	fuzz_seed_text("0% 100% 100.1% 33.3% -1% % +1 +1ms +1h -1h -60s -61s +60s +61s 00:00 00:59 00:60 01:00:00 1:2:3 00:00:00.000000001 00:00:60 23:59:59.9999999999 99:00:00 "
		       "1:2:3:4 :1 1: now 1700000000 1700000000000000000 -5 9223372036854775807 9223372036854775808 -9223372036854775808" FUZZ_CUT "?" FUZZ_CUT "x");
	fuzz_seed_text("2026-01-02 2026-01-02T03:04 2026-01-02T03:04:05 2026-01-02T03:04:05Z 2026-01-02T03:04:05.1Z 2026-01-02T03:04:05.1234567891Z 2026-01-02t03:04:05z "
		       "2026-02-29T00:00:00Z 2024-02-29T00:00:00Z 1900-02-29T00:00:00Z 2000-02-29T00:00:00Z 2100-02-28T23:59:59Z 2026-04-31T00:00:00Z 2026-00-01T00:00:00Z "
		       "2026-01-00T00:00:00Z 2026-12-31T23:59:60Z 2026-12-31T24:00:00Z 2026-01-02T03:60:05Z" FUZZ_CUT "[a" FUZZ_CUT "[a");
	fuzz_seed_text("2026-01-02T03:04:05+00:00 2026-01-02T03:04:05-23:59 2026-01-02T03:04:05+24:00 2026-01-02T03:04:05+1 2026-01-02T03:04:05.Z 1970-01-01T00:00:00Z "
		       "1969-12-31T23:59:59.999999999Z 1678-01-01T00:00:00Z 1677-09-21T00:12:44Z 2262-04-11T23:47:16.854775807Z 2262-04-11T23:47:16.854775808Z 0001-01-01T00:00:00Z "
		       "9999-12-31T23:59:59Z 2026-1-2T3:4:5Z 20260102T030405Z" FUZZ_CUT "[!a-c]x" FUZZ_CUT "dx");
	fuzz_seed_text("postgresql://u:p@h/db postgresql://u:p%40q@h:5/db?sslmode=x&password=s%20t&a=b postgresql:///db?user=u&password=s \"host=h password=x y\" "
		       "postgresql://u@h/ postgresql://:p@h http://a:b@c@d/e?sslpassword=1&x=2 //u:@h password= password='a b' x://[::1]:5/ x://u:p@[::1]/q#password=z "
		       "postgresql://u:%zz@h/ postgresql://u:%4@h/ PASSWORD=x mypassword=1 a=password=2 x://u:p@h/y:z@w" FUZZ_CUT "~spd" FUZZ_CUT "Vehicle_Speed_d");
	/* Lines: quotes, blanks, comments, what must be quoted again. */
	fuzz_seed_text("  a\tb  'c d' \"e 'f' \\\"g\" h\\ i '' \"\" 'it'\\''s' $x `y` *z ~w #no a#b ; | & <x >y (z) {a,b} [c] ! \\\\ \\n" FUZZ_CUT "~" FUZZ_CUT "x");
	fuzz_seed_text("'open" FUZZ_CUT "/(/" FUZZ_CUT "x");
	fuzz_seed_text("\"open" FUZZ_CUT "/^A/" FUZZ_CUT "a");
	fuzz_seed_text("open\\" FUZZ_CUT "//" FUZZ_CUT "a");
	fuzz_seed_text("# comment" FUZZ_CUT "*.[ch]" FUZZ_CUT "a.c");
	/* Options: bundles, values that are missing, too many, of the wrong type, near misses. */
	fuzz_seed_text("-f -tx -n5 -ft x -fn 6 a --text b --text=c --text= --no --int -5 -- --flag -" FUZZ_CUT "a*b?c" FUZZ_CUT "aXXbYc");
	fuzz_seed_text("--flag=1" FUZZ_CUT "a*" FUZZ_CUT "b");
	fuzz_seed_text("--int" FUZZ_CUT "*a" FUZZ_CUT "ba");
	fuzz_seed_text("-n" FUZZ_CUT "**" FUZZ_CUT "");
	fuzz_seed_text("-fx" FUZZ_CUT "/a.c/" FUZZ_CUT "xabcx");
	fuzz_seed_text("--int 1 --int 2" FUZZ_CUT "~abc" FUZZ_CUT "acb");
	fuzz_seed_text("--flag --flag" FUZZ_CUT "[]a]" FUZZ_CUT "]");
	fuzz_seed_text("--int 9223372036854775807 --float 1e-3 --size 0 --span 0" FUZZ_CUT "[a-]" FUZZ_CUT "-");
	fuzz_seed_text("--int 9223372036854775808" FUZZ_CUT "\\*" FUZZ_CUT "*");
	fuzz_seed_text("--int 5x" FUZZ_CUT "a\\" FUZZ_CUT "a\\");
	fuzz_seed_text("--float nan" FUZZ_CUT "~ABC" FUZZ_CUT "aXbXc");
	fuzz_seed_text("--float 1,5" FUZZ_CUT "~a" FUZZ_CUT "");
	fuzz_seed_text("--choice four" FUZZ_CUT "x" FUZZ_CUT "X");
	fuzz_seed_text("--choice tw" FUZZ_CUT "x" FUZZ_CUT "xx");
	fuzz_seed_text("--choise two" FUZZ_CUT "x*x" FUZZ_CUT "x");
	fuzz_seed_text("--fla" FUZZ_CUT "x*x" FUZZ_CUT "xx");
	fuzz_seed_text("--time soon --span long" FUZZ_CUT "x?x" FUZZ_CUT "xx");
	fuzz_seed_text("--span -1s" FUZZ_CUT "x?x" FUZZ_CUT "x\xc3\xa4x");
	fuzz_seed_text("--json --quiet --catalog c --wait info" FUZZ_CUT "/x$/" FUZZ_CUT "ax" FUZZ_CUT "spur info\n");
	fuzz_seed_text("replay r" FUZZ_CUT "/x/" FUZZ_CUT "X" FUZZ_CUT "spur\n");
	fuzz_seed_text("job wait 3 --wait" FUZZ_CUT "/[/" FUZZ_CUT "[" FUZZ_CUT "info 'a\n\nspur replay x\n");
	fuzz_seed_text("a" FUZZ_CUT "b" FUZZ_CUT "c" FUZZ_CUT "infos x\n");
}

static const char *const words[] = { FUZZ_CUT, "--", "--flag", "--int=", "--size ", "--span ", "--time ", "KiB", "GB", "ms", "min", "T00:00:00Z", "%", "+", "-",
				     "'", "\"", "\\", "[!", "[a-z]", "*", "?", "/", "~", "replay ", "find ", "job wait ", NULL };

const struct fuzz_target fuzz_target = { .name = "words", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 3200 };
