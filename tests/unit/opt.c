#include "config.h"

#include "base/opt.h"

#include "tests/tap.h"

static const struct spur_opt first[] = {
	{ "signal", 's', SPUR_OPT_TEXT, "PATTERN", "", true }, { "all", 'a', SPUR_OPT_FLAG, NULL, "", false },
	{ "brief", 'b', SPUR_OPT_FLAG, NULL, "", false }, { "rows", 'n', SPUR_OPT_INT, "N", "", false },
	{ "level", 0, SPUR_OPT_FLOAT, "X", "", false }, { "mem", 0, SPUR_OPT_SIZE, "SIZE", "", false },
	{ "gap", 0, SPUR_OPT_SPAN, "SPAN", "", false }, { "order", 0, SPUR_OPT_CHOICE, "time|file|name", "", false }, { 0 } };
static const struct spur_opt second[] = {
	{ "quiet", 'q', SPUR_OPT_FLAG, NULL, "", false }, { "all", 'z', SPUR_OPT_TEXT, "HIDDEN", "", false }, { 0 } };
static const struct spur_opt *const tables[] = { first, second, NULL };

/* At most four words; NULL ends them. */
static enum spur_status parse(struct spur_args *a, struct spur_error *err, const char *w0, const char *w1, const char *w2, const char *w3)
{
	const char *argv[] = { w0, w1, w2, w3, NULL };
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return spur_args_parse(a, tables, argc, argv, err);
}

static void says(const char *w0, const char *w1, const char *want)
{
	struct spur_error err = { 0 };
	struct spur_args a;

	is_int(parse(&a, &err, w0, w1, NULL, NULL), SPUR_EINVAL, w0);
	is_str(err.text, want, "and says why");
	ok(a.npos == 0 && a.nset == 0 && a.pos == NULL && a.set == NULL, "nothing is left of the line");
}

static void what_is_wrong_is_named(void)
{
	says("--nope", NULL, "unknown option --nope");
	says("--nope=1", NULL, "unknown option --nope");
	says("--sign", "x", "unknown option --sign");
	says("-x", NULL, "unknown option -x");
	says("-ax", NULL, "unknown option -x");
	says("--all=1", NULL, "--all takes no value");
	says("--signal", NULL, "--signal needs a value: PATTERN");
	says("-s", NULL, "-s needs a value: PATTERN");
	says("--rows", "1.5", "--rows: '1.5' is no whole number");
	says("--rows", "", "--rows: '' is no whole number");
	says("--rows", "99999999999999999999", "--rows: '99999999999999999999' is no whole number");
	says("--level", "1x", "--level: '1x' is no number");
	says("--level", "", "--level: '' is no number");
	says("--order", "tim", "--order: 'tim' is none of time|file|name");
	says("--order", "", "--order: '' is none of time|file|name");
	says("--order", "timex", "--order: 'timex' is none of time|file|name");
	says("--gap", "soon", "--gap: 'soon' is no span of time (137ms, 2s, 10min)");
	says("--mem", "-1", "--mem: '-1' is no size (4096, 64M, 2GiB)");
}

static void short_forms_take_their_value_or_run_together(void)
{
	struct spur_args a;

	is_int(parse(&a, NULL, "-absVeh*", "-n", "-3", "rest"), SPUR_OK, "flags, then a value in the same word");
	ok(spur_args_has(&a, "all") && spur_args_has(&a, "brief"), "both flags are there");
	is_str(spur_args_text(&a, "signal", ""), "Veh*", "the value begins after its letter");
	is_int(spur_args_int(&a, "rows", 7), -3, "the next word is a value, even with a dash");
	ok(a.npos == 1 && strcmp(a.pos[0], "rest") == 0, "the word after it is a positional");
	spur_args_finish(&a);
}

static void dashes_and_numbers_may_be_positionals(void)
{
	struct spur_args a;

	is_int(parse(&a, NULL, "-", "-5s", "-.5", "--quiet"), SPUR_OK, "a dash, a time, a number");
	ok(a.npos == 3 && strcmp(a.pos[1], "-5s") == 0 && strcmp(a.pos[2], "-.5") == 0, "are positionals in order");
	ok(spur_args_has(&a, "quiet"), "options may stand after them, and in a later table");
	spur_args_finish(&a);
	is_int(parse(&a, NULL, "--", "--all", "--", NULL), SPUR_OK, "-- ends the options");
	ok(a.npos == 2 && a.nset == 0 && strcmp(a.pos[1], "--") == 0, "a second -- is a positional");
	spur_args_finish(&a);
}

static void earlier_tables_win(void)
{
	struct spur_args a;

	is_int(parse(&a, NULL, "--all", "x", NULL, NULL), SPUR_OK, "a name in both tables");
	ok(a.npos == 1 && a.set[0].opt == &first[1], "is the row of the first");
	spur_args_finish(&a);
}

static void values_have_their_type(void)
{
	struct spur_args a;

	parse(&a, NULL, "--level=-2.5e3", "--mem=1.5k", "--gap=3ms", "--order=name");
	ok(spur_args_float(&a, "level", 0) == -2500, "numbers");
	is_int((intmax_t)spur_args_size(&a, "mem", 0), 1536, "sizes");
	is_int(spur_args_span(&a, "gap", 0), 3000000, "spans");
	is_str(spur_args_text(&a, "order", ""), "name", "the last choice");
	is_int(spur_args_int(&a, "rows", 7), 7, "the fallback of an integer");
	is_str(spur_args_text(&a, "signal", "none"), "none", "of a text");
	spur_args_finish(&a);
	parse(&a, NULL, "-s", "x", "--signal=y", NULL);
	is_str(spur_args_text(&a, "signal", ""), "y", "of two the last wins");
	ok(spur_args_float(&a, "level", 0.5) == 0.5 && spur_args_size(&a, "mem", 9) == 9 && spur_args_span(&a, "gap", 8) == 8, "fallbacks");
	spur_args_finish(&a);
}

static void sizes_are_powers_of_1024(void)
{
	static const struct { const char *text; long long bytes; } sizes[] = {
		{ "0", 0 }, { "4096", 4096 }, { "1k", 1024 }, { "1K", 1024 }, { "2M", 2 << 20 }, { "1G", 1 << 30 }, { "1T", INT64_C(1) << 40 },
		{ "1kB", 1024 }, { "3MiB", 3 << 20 }, { "0.5K", 512 },
	};
	static const char *const bad[] = { "", "K", "1X", "1KiBx", "1 K", "-1", "nan", "1Mi", "8192P", "9e9T" };
	unsigned long long v;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		v = 77;
		is_int(spur_size_parse(sizes[i].text, &v, NULL), SPUR_OK, sizes[i].text);
		is_int((intmax_t)v, sizes[i].bytes, "in bytes");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(spur_size_parse(bad[i], &v, NULL), SPUR_EINVAL, bad[i]);
}

int main(void)
{
	what_is_wrong_is_named();
	short_forms_take_their_value_or_run_together();
	dashes_and_numbers_may_be_positionals();
	earlier_tables_win();
	values_have_their_type();
	sizes_are_powers_of_1024();
	return tap_done();
}
