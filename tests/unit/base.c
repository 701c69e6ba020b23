#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/match.h"
#include "base/opt.h"
#include "base/time.h"
#include "tests/tap.h"

static void json_is_exact(void)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "max", UINT64_MAX);
	spur_json_int(&j, "min", INT64_MIN);
	spur_json_f64(&j, "tenth", 0.1);
	spur_json_f64(&j, "zero", -0.0);
	spur_json_f64(&j, "nan", (double)NAN);
	spur_json_f64(&j, "inf", -(double)INFINITY);
	spur_json_f32(&j, "f", 0.1f);
	spur_json_begin(&j, "a", '[');
	spur_json_bool(&j, NULL, true);
	spur_json_null(&j, NULL);
	spur_json_end(&j, ']');
	spur_json_text(&j, "t", "a\"\\\n\x01 \xc3\xa4 \xff");
	spur_json_bytes(&j, "b", "\x00\xff\x10", 3);
	spur_json_bytes(&j, "b2", "ab", 2);
	spur_json_end(&j, '}');
	is_str(spur_buf_text(&b), "{\"max\":18446744073709551615,\"min\":-9223372036854775808,\"tenth\":0.1,"
	       "\"zero\":-0,\"nan\":\"NaN\",\"inf\":\"-Infinity\",\"f\":0.1,\"a\":[true,null],"
	       "\"t\":\"a\\\"\\\\\\n\\u0001 \xc3\xa4 \xef\xbf\xbd\",\"b\":\"AP8Q\",\"b2\":\"YWI=\"}", "every kind of value");
	spur_buf_finish(&b);
}

static spur_ns t_of(const char *text)
{
	spur_ns t = -1;
	struct spur_error err;

	return spur_time_parse(text, 1000 * SPUR_NS_PER_S, 2000 * SPUR_NS_PER_S, 1500 * SPUR_NS_PER_S, &t, &err) < 0 ? -1 : t;
}

static void times_are_parsed(void)
{
	char text[SPUR_TIME_TEXT];
	spur_ns span;

	is_int(t_of("12.5s"), 1012500000000, "seconds since the start");
	is_int(t_of("00:14:03.5"), 1843500000000, "clock form since the start");
	is_int(t_of("50%"), 1500 * SPUR_NS_PER_S, "per cent");
	is_int(t_of("+10s"), 1510 * SPUR_NS_PER_S, "+ counts from --from");
	is_int(t_of("-5s"), 1995 * SPUR_NS_PER_S, "- counts from the end");
	is_int(t_of("1700000000123456789"), 1700000000123456789, "ns since 1970");
	is_int(t_of("2026-01-02T03:04:05.123456789Z"), 1767323045123456789, "RFC 3339");
	is_int(t_of("2026-01-02T03:04:05+01:00"), 1767319445000000000, "with a zone");
	is_int(t_of("2026-13-02"), -1, "no 13th month");
	is_int(t_of("soon"), -1, "words are refused");
	is_int(t_of("120%"), -1, "so are 120 per cent");
	is_str(spur_time_text(1767323045123456789, SPUR_TIME_UTC, 0, text), "2026-01-02T03:04:05.123456789Z", "UTC text");
	is_str(spur_time_text(-1, SPUR_TIME_UTC, 0, text), "1969-12-31T23:59:59.999999999Z", "before 1970");
	is_str(spur_time_text(500, SPUR_TIME_REL, 1500, text), "-0.000001000", "relative text");
	is_int(spur_span_parse("137ms", &span, NULL), SPUR_OK, "spans");
	is_int(span, 137000000, "in ns");
}

static void options_come_from_a_table(void)
{
	static const struct spur_opt table[] = {
		{ "signal", 's', SPUR_OPT_TEXT, "PATTERN", "", true }, { "all", 'a', SPUR_OPT_FLAG, NULL, "", false },
		{ "mem", 0, SPUR_OPT_SIZE, "SIZE", "", false }, { "order", 0, SPUR_OPT_CHOICE, "time|file", "", false }, { 0 } };
	const struct spur_opt *const tables[] = { table, NULL };
	const char *good[] = { "f", "-s", "x", "--signal=y", "-a", "--mem", "2MiB", "--", "-z" };
	const char *bad[][2] = { { "--nope", "" }, { "--mem", "big" }, { "--order", "up" }, { "--all=1", "" }, { "x", "--mem" }, { "-q", "" } };
	struct spur_args a;
	struct spur_error err;

	is_int(spur_args_parse(&a, tables, 9, good, &err), SPUR_OK, "a good line");
	ok(a.npos == 2 && strcmp(a.pos[1], "-z") == 0, "positionals, also after --");
	is_str(spur_args_nth(&a, "signal", 0), "x", "short with a value");
	is_str(spur_args_nth(&a, "signal", 1), "y", "long with =");
	ok(spur_args_nth(&a, "signal", 2) == NULL && spur_args_has(&a, "all"), "counts and flags");
	is_int((intmax_t)spur_args_size(&a, "mem", 0), 2 << 20, "sizes");
	spur_args_finish(&a);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(spur_args_parse(&a, tables, 2, bad[i], &err), SPUR_EINVAL, bad[i][0]);
}

static bool fits(const char *pattern, const char *name)
{
	struct spur_match *m;
	bool yes;

	spur_match_create(pattern, &m, NULL);
	yes = spur_match_test(m, name);
	spur_match_destroy(m);
	return yes;
}

static void names_are_matched(void)
{
	struct spur_match *m;

	ok(fits("VehSpd", "VehSpd") && !fits("VehSpd", "VehSpd2"), "exact");
	ok(fits("*Spd*", "VehSpd") && !fits("*spd", "VehSpd"), "glob");
	ok(fits("/Spd$/", "VehSpd") && !fits("/^Spd/", "VehSpd"), "regex");
	ok(fits("~vspd", "VehicleSpeed_d") && !fits("~xv", "Veh"), "fuzzy");
	ok(fits("a[0]", "a[0]"), "an index is a name too");
	is_int(spur_match_create("/(/", &m, NULL), SPUR_EINVAL, "a broken regex is refused");
}

static void arenas_have_a_limit(void)
{
	struct spur_arena *a = spur_arena_create(100000);
	char *s = spur_arena_str(a, "kept");

	ok(spur_arena_alloc(a, 80000) != NULL, "within the limit");
	ok(spur_arena_alloc(a, 80000) == NULL, "past it");
	ok(spur_arena_array(a, SIZE_MAX / 2, 4) == NULL, "products do not overflow");
	is_str(s, "kept", "earlier memory stays");
	spur_arena_destroy(a);
}

static void hashes_are_the_standard_ones(void)
{
	char hex[SPUR_SHA256_HEX];

	spur_sha256_hex_of("abc", 3, hex);
	is_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-4, one block");
	is_int(spur_crc32(0, "123456789", 9), 0xCBF43926, "the check value of CRC-32");
	is_int(spur_crc32(spur_crc32(0, "1234", 4), "56789", 5), 0xCBF43926, "in two steps");
}

int main(void)
{
	json_is_exact();
	times_are_parsed();
	options_come_from_a_table();
	names_are_matched();
	arenas_have_a_limit();
	hashes_are_the_standard_ones();
	return tap_done();
}
