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
	is_int((intmax_t)spur_arena_used(a), 80016, "what is used is counted, in steps of the alignment");
	ok(spur_arena_alloc(a, 100000 - 80016) != NULL, "the limit itself is within");
	ok(spur_arena_alloc(a, 1) == NULL && spur_arena_str(a, "x") == NULL, "then nothing more is");
	spur_arena_destroy(a);
	spur_arena_destroy(NULL);
	a = spur_arena_create(0);
	ok(spur_arena_alloc(a, 0) != NULL && spur_arena_array(a, 0, 8) != NULL, "nothing is something: an empty list has an address");
	bool zero = true, apart = true;
	unsigned char *before = NULL;
	for (size_t n = 1; n < 3000; n++) {
		unsigned char *p = spur_arena_alloc(a, n);

		for (size_t i = 0; i < n; i++)
			zero = zero && p[i] == 0;
		memset(p, 0xff, n);
		apart = apart && (uintptr_t)p % _Alignof(max_align_t) == 0 && (before == NULL || before[0] == 0xff);
		before = p;
	}
	ok(zero && apart, "all of it is zero, aligned, and nobody else's");
	ok(spur_arena_strn(a, "abc", 2)[2] == '\0' && spur_arena_str(a, NULL) == NULL, "copies end");
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

static void buffers_grow(void)
{
	struct spur_buf b = { 0 };
	const struct spur_buf none = { 0 };
	bool ended = true;
	char *text;

	is_str(spur_buf_text(&b), "", "an empty one is an empty text");
	for (int i = 0; i < 1000; i++) {
		spur_buf_addc(&b, (char)('a' + i % 26));
		ended = ended && b.len == (size_t)i + 1 && b.data[b.len] == '\0' && b.cap > b.len;
	}
	ok(ended, "text after every character");
	spur_buf_clear(&b);
	is_str(spur_buf_text(&b), "", "clear empties");
	spur_buf_addf(&b, "%s %d", "x", 7);
	spur_buf_addf(&b, "%s", "");
	spur_buf_add(&b, NULL, 0);
	is_str(spur_buf_text(&b), "x 7", "formatted");
	text = spur_buf_steal(&b);
	ok(strcmp(text, "x 7") == 0 && memcmp(&b, &none, sizeof(b)) == 0, "stolen: the buffer is empty");
	free(text);
	text = spur_buf_steal(&b);
	is_str(text, "", "of nothing a text is stolen too");
	free(text);
	spur_buf_u8(&b, 0x01);
	spur_buf_u16(&b, 0x0302);
	spur_buf_u32(&b, 0x07060504);
	spur_buf_u64(&b, UINT64_C(0x0f0e0d0c0b0a0908));
	spur_buf_f32(&b, 1);
	spur_buf_f64(&b, -2);
	ok(b.len == 27 && memcmp(b.data, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x00\x00\x80\x3f"
	   "\x00\x00\x00\x00\x00\x00\x00\xc0", 27) == 0, "numbers are little endian");
	spur_buf_finish(&b);
	ok(spur_try_malloc(11, 10) == NULL && spur_try_malloc(UINT64_MAX, UINT64_MAX) == NULL, "sizes of files have a limit");
	text = spur_try_malloc(10, 10);
	ok(text != NULL, "which is within");
	free(text);
	text = spur_try_malloc(0, 0);
	ok(text != NULL, "and nothing is something");
	free(text);
}

static void quotes(const char *s, size_t len, const char *want, const char *name)
{
	struct spur_buf b = { 0 };

	spur_json_quote(&b, s, len);
	is_str(spur_buf_text(&b), want, name);
	spur_buf_finish(&b);
}

#define BAD "\xef\xbf\xbd"	/* U+FFFD */

static void json_text_is_utf8(void)
{
	struct spur_buf b = { 0 };

	quotes("\b\f\n\r\t\x1f\x7f", 7, "\"\\b\\f\\n\\r\\t\\u001f\\u007f\"", "control characters are escaped");
	quotes("\0", 1, "\"\\u0000\"", "NUL too");
	quotes(" ~", 2, "\" ~\"", "the first and last printable ones are not");
	quotes("\xc2\x80\xdf\xbf", 4, "\"\xc2\x80\xdf\xbf\"", "two bytes");
	quotes("\xe0\xa0\x80\xed\x9f\xbf", 6, "\"\xe0\xa0\x80\xed\x9f\xbf\"", "three");
	quotes("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", "four, up to U+10FFFF");
	quotes("\xc1\xbf", 2, "\"" BAD BAD "\"", "longer than needed: two bytes");
	quotes("\xe0\x9f\xbf", 3, "\"" BAD BAD BAD "\"", "three");
	quotes("\xf0\x8f\xbf\xbf", 4, "\"" BAD BAD BAD BAD "\"", "four");
	quotes("\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"", "half of a surrogate pair");
	quotes("\xf4\x90\x80\x80", 4, "\"" BAD BAD BAD BAD "\"", "past U+10FFFF");
	quotes("\xf5\x80\x80\x80", 4, "\"" BAD BAD BAD BAD "\"", "far past it");
	quotes("\xc3", 1, "\"" BAD "\"", "cut off");
	quotes("\xe2\x82" "a", 3, "\"" BAD BAD "a\"", "what follows is kept");
	spur_base64(&b, "", 0);
	spur_base64(&b, "f", 1);
	spur_base64(&b, "fo", 2);
	spur_base64(&b, "foobar", 6);
	is_str(spur_buf_text(&b), "Zg==Zm8=Zm9vYmFy", "base64 of RFC 4648, 10");
	spur_buf_finish(&b);
}

static void numbers_read_back(void)
{
	static const double d[] = { 0.1, 1e300, 5e-324, 1.7976931348623157e308, 1.0 / 3, 123456789012345680.0, 2.2250738585072014e-308 };
	static const float f[] = { 0.1f, 3.4028235e38f, 1e-45f, 1.0f / 3, 16777217.0f };
	char text[32];
	bool same = true;

	for (size_t i = 0; i < sizeof(d) / sizeof(d[0]); i++)
		same = same && spur_f64_text(d[i], text) == strlen(text) && strtod(text, NULL) == d[i];
	ok(same, "doubles");
	for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		same = same && spur_f32_text(f[i], text) == strlen(text) && strtof(text, NULL) == f[i];
	ok(same, "floats");
	spur_f64_text(1.0 / 3, text);
	is_str(text, "0.3333333333333333", "by the shortest text");
	spur_f32_text(1.0f / 3, text);
	is_str(text, "0.33333334", "of a float too");
	spur_f32_text((float)NAN, text);
	is_str(text, "NaN", "and NaN by name");
}

int main(void)
{
	buffers_grow();
	json_text_is_utf8();
	numbers_read_back();
	json_is_exact();
	times_are_parsed();
	options_come_from_a_table();
	names_are_matched();
	arenas_have_a_limit();
	hashes_are_the_standard_ones();
	return tap_done();
}
