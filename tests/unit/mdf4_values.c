#include "config.h"

#include <math.h>

#include "base/buf.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/load.h"
#include "format/mdf4/text.h"
#include "tests/tap.h"

/* Bits out of bytes, and conversions: the parts that have no file. */

struct bits_case {
	const char *name;
	uint8_t type, bit_offset;
	uint32_t bits;
	unsigned char bytes[9];
	double want;
};

static void samples_are_cut_out_of_any_bits(void)
{
	static const struct bits_case cases[] = {
		{ "u8", MDF_UINT_LE, 0, 8, { 0xfe }, 254 },
		{ "i8", MDF_INT_LE, 0, 8, { 0xfe }, -2 },
		{ "one bit", MDF_UINT_LE, 5, 1, { 0x20 }, 1 },
		{ "12 bits at bit 3", MDF_UINT_LE, 3, 12, { 0xf8, 0x7f }, 4095 },
		{ "signed 12 bits at bit 3", MDF_INT_LE, 3, 12, { 0x00, 0x40 }, -2048 },
		{ "u16 big endian", MDF_UINT_BE, 0, 16, { 0x12, 0x34 }, 0x1234 },
		{ "i16 big endian", MDF_INT_BE, 0, 16, { 0xff, 0xfe }, -2 },
		{ "24 bits big endian", MDF_INT_BE, 0, 24, { 0xff, 0xff, 0xfd }, -3 },
		{ "10 bits at bit 2, big endian", MDF_UINT_BE, 2, 10, { 0x0a, 0xa8 }, 0x2aa },
		{ "40 bits", MDF_UINT_LE, 0, 40, { 1, 0, 0, 0, 1 }, 4294967297.0 },
		{ "64 bits at bit 4, in nine bytes", MDF_UINT_LE, 4, 64, { 0x10, 0, 0, 0, 0, 0, 0, 0, 0x00 }, 1 },
		{ "the top of nine bytes", MDF_UINT_LE, 4, 64, { 0, 0, 0, 0, 0, 0, 0, 0, 0x08 }, 9223372036854775808.0 },
		{ "i64", MDF_INT_LE, 0, 64, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, -1 },
		{ "f32", MDF_REAL_LE, 0, 32, { 0, 0, 0xc0, 0x3f }, 1.5 },
		{ "f32 big endian", MDF_REAL_BE, 0, 32, { 0x3f, 0xc0, 0, 0 }, 1.5 },
		{ "f64 big endian", MDF_REAL_BE, 0, 64, { 0xbf, 0xf8 }, -1.5 },
		{ "f16", MDF_REAL_LE, 0, 16, { 0x00, 0x3e }, 1.5 },
		{ "f16 big endian", MDF_REAL_BE, 0, 16, { 0xc4, 0x00 }, -4 },
		{ "smallest f16", MDF_REAL_LE, 0, 16, { 1, 0 }, 0x1p-24 },
		{ "infinite f16", MDF_REAL_LE, 0, 16, { 0, 0x7c }, (double)INFINITY },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mdf_channel c = { .data_type = cases[i].type, .bit_offset = cases[i].bit_offset, .bits = cases[i].bits };
		double got;
		union { uint64_t u; int64_t i; } native = { 0 };

		mdf_load_f64(&c, cases[i].bytes, 0, 1, &got);
		if (!ok(!(got < cases[i].want) && !(got > cases[i].want), cases[i].name))
			printf("# got %.17g\n", got);
		if (cases[i].type > MDF_INT_BE)
			continue;
		mdf_load(&c, cases[i].bytes, 0, 1, &native);
		got = spur_type_size(mdf_raw_type(&c)) == 8 && cases[i].type >= MDF_INT_LE ? (double)native.i : (double)native.u;
		if (cases[i].want >= 0)
			ok(!(got < cases[i].want) && !(got > cases[i].want), "in its own type");
	}
}

static double converted(const struct mdf_conv *c, double x, bool integer)
{
	mdf_conv_numbers(c, &x, 1, integer);
	return x;
}

static void is_f64(double got, double want, const char *name)
{
	if (!ok((isnan(got) && isnan(want)) || (!(got < want) && !(got > want)), name))
		printf("#  got %.17g\n# want %.17g\n", got, want);
}

static void numbers_become_numbers(void)
{
	static const double line[] = { 10, 2 }, rat[] = { 0, 2, 1, 0, 0, 4 }, pairs[] = { 0, 0, 10, 100, 20, 0 },
			    ranges[] = { 0, 5, 1, 5, 9, 2, -1 };
	struct mdf_conv linear = { .type = MDF_CC_LINEAR, .nval = 2, .val = line };
	struct mdf_conv rational = { .type = MDF_CC_RATIONAL, .nval = 6, .val = rat };
	struct mdf_conv interpolate = { .type = MDF_CC_INTERPOLATE, .nval = 6, .val = pairs };
	struct mdf_conv nearest = { .type = MDF_CC_NEAREST, .nval = 6, .val = pairs };
	struct mdf_conv range = { .type = MDF_CC_RANGE_VALUE, .nval = 7, .val = ranges };

	is_f64(converted(NULL, 3, true), 3, "no conversion");
	is_f64(converted(&linear, 3, true), 16, "linear: offset first, then factor");
	is_f64(converted(&rational, 3, true), 1.75, "rational");
	is_f64(converted(&interpolate, 5, false), 50, "interpolated");
	is_f64(converted(&interpolate, -5, false), 0, "clamped below");
	is_f64(converted(&interpolate, 25, false), 0, "clamped above");
	is_f64(converted(&interpolate, 10, false), 100, "a key gives its value");
	is_f64(converted(&nearest, 6, false), 100, "the nearest");
	is_f64(converted(&nearest, 5, false), 0, "a tie takes the smaller key");
	is_f64(converted(&range, 5, true), 1, "integers: ranges are closed, the first one wins");
	is_f64(converted(&range, 5, false), 2, "reals: ranges are half-open");
	is_f64(converted(&range, 9, false), -1, "so its end is outside");
	is_f64(converted(&range, 99, true), -1, "and the default is last");
}

static void formulas_are_computed(void)
{
	static const struct { const char *text; double x, want; } good[] = {
		{ "X", 3, 3 }, { "X1 + 1", 3, 4 }, { "2*X-1", 3, 5 }, { "3*X*(X+42)", 1, 129 }, { "-X^2", 3, -9 },
		{ "2^3^2", 0, 512 }, { "X ** 2", 3, 9 }, { "10/(X-10)", 15, 2 }, { "sqrt(abs(-X))", 16, 4 },
		{ "pow(X,3)", 2, 8 }, { "sin(0)+cos(0)", 0, 1 }, { "exp(ln(X))", 1, 1 }, { "1e3 + .5", 0, 1000.5 },
		{ "X - X * X", 3, -6 }, { "8/4/2", 0, 1 }, { "- -X", 2, 2 }, { "FLOOR(X)", 2.7, 2 },
	};
	static const char *const bad[] = { "", "X +", "(X", "foo(X)", "Y", "X X", "pow(X)", "1..2", "X)", "*X" };
	struct spur_arena *a = spur_arena_create(0);
	const struct mdf_formula *f;
	struct spur_error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (ok(mdf_formula_compile(a, good[i].text, &f, &err) == SPUR_OK, good[i].text))
			is_f64(mdf_formula_value(f, good[i].x), good[i].want, good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(mdf_formula_compile(a, bad[i], &f, &err), SPUR_EUNSUPPORTED, bad[i]);
	struct spur_buf deep = { 0 };

	for (int i = 0; i < 10000; i++)
		spur_buf_addc(&deep, '(');
	is_int(mdf_formula_compile(a, spur_buf_text(&deep), &f, &err), SPUR_EUNSUPPORTED, "ten thousand brackets are refused");
	spur_buf_finish(&deep);
	spur_arena_destroy(a);
}

static const char *text_of(const struct mdf_conv *c, double x, uint64_t raw, bool integer, double *left)
{
	static struct spur_buf scratch, out;
	size_t len = 0;
	const char *text = mdf_conv_value(c, &x, raw, integer, &scratch, &len);

	*left = x;
	if (text == NULL)
		return "(number)";
	spur_buf_clear(&out);
	spur_buf_add(&out, text, len);
	return spur_buf_text(&out);
}

static void numbers_become_texts(void)
{
	static const double keys[] = { 2, 1, 2 }, lo_hi[] = { 0, 10, 10, 20 }, line[] = { 0, 100 };
	static const uint32_t order[] = { 1, 0, 2 };
	static const uint64_t masks[] = { 3, 4 };
	struct mdf_conv linear = { .type = MDF_CC_LINEAR, .nval = 2, .val = line, .name = "" };
	struct mdf_ref refs[] = { { "two", NULL, 3 }, { "one", NULL, 3 }, { "zwei", NULL, 4 }, { NULL, &linear, 0 } };
	struct mdf_conv table = { .type = MDF_CC_VALUE_TEXT, .nval = 3, .val = keys, .nref = 4, .refs = refs, .order = order,
				  .name = "speed" };
	struct mdf_ref range_refs[] = { { "low", NULL, 3 }, { NULL, &table, 0 } };
	struct mdf_conv ranges = { .type = MDF_CC_RANGE_TEXT, .nval = 4, .val = lo_hi, .nref = 2, .refs = range_refs };
	struct mdf_ref bit_refs[] = { { NULL, &table, 0 }, { NULL, &table, 0 } };
	struct mdf_conv field = { .type = MDF_CC_BITFIELD, .nval = 2, .masks = masks, .nref = 2, .refs = bit_refs };
	double left;

	is_str(text_of(&table, 1, 1, true, &left), "one", "a value that is named");
	is_str(text_of(&table, 2, 2, true, &left), "two", "of equal keys the first");
	is_str(text_of(&table, 3, 3, true, &left), "(number)", "one that is not stays a number");
	is_f64(left, 300, "through the default's conversion");
	is_str(text_of(&ranges, 5, 5, true, &left), "low", "a range");
	is_str(text_of(&ranges, 10, 10, true, &left), "low", "closed for integers");
	is_str(text_of(&ranges, 15, 15, true, &left), "(number)", "a nested table that does not know it");
	is_str(text_of(&ranges, 30, 30, true, &left), "(number)", "no default: a number");
	is_f64(left, 30, "as it is");
	is_str(text_of(&field, 0, 2, true, &left), "speed = two", "bit fields join the parts that have a text");
}

static void texts_are_converted(void)
{
	static const double vals[] = { 7, 8, -1 };
	struct mdf_ref refs[] = { { "a", NULL, 1 }, { "b", NULL, 1 }, { "rest", NULL, 4 } };
	struct mdf_conv to_value = { .type = MDF_CC_TEXT_VALUE, .nval = 3, .val = vals, .nref = 2, .refs = refs };
	struct mdf_conv to_text = { .type = MDF_CC_TEXT_TEXT, .nref = 3, .refs = refs };
	size_t len = 1;

	is_f64(mdf_conv_text_number(&to_value, "b", 1), 8, "text to value");
	is_f64(mdf_conv_text_number(&to_value, "bb", 2), -1, "with a default");
	is_str(mdf_conv_text_text(&to_text, "a", &len), "b", "text to text");
	len = 1;
	is_str(mdf_conv_text_text(&to_text, "x", &len), "rest", "with a default");
	is_int((intmax_t)len, 4, "of its own length");
}

static void texts_of_all_encodings_become_utf8(void)
{
	static const struct { const char *name; unsigned type; const char *in; size_t len; const char *want; } cases[] = {
		{ "utf-8 up to the NUL", MDF_UTF8, "ab\0cd", 5, "ab" },
		{ "utf-8 without one", MDF_UTF8, "abc", 3, "abc" },
		{ "latin-1", MDF_LATIN1, "gr\xfc\xdf", 4, "grüß" },
		{ "utf-16 little endian", MDF_UTF16LE, "a\0\xac\x20\0\0x\0", 8, "a€" },
		{ "utf-16 big endian", MDF_UTF16BE, "\0a\x20\xac", 4, "a€" },
		{ "a surrogate pair", MDF_UTF16LE, "\x3d\xd8\x00\xde", 4, "😀" },
		{ "half a pair", MDF_UTF16LE, "\x3d\xd8", 2, "\xef\xbf\xbd" },
		{ "odd bytes at the end", MDF_UTF16LE, "a\0b", 3, "a" },
		{ "a byte order mark", MDF_BOM_TEXT, "\xfe\xff\0a", 4, "a" },
		{ "one of little endian", MDF_BOM_TEXT, "\xff\xfe""a\0", 4, "a" },
		{ "one of UTF-8", MDF_BOM_TEXT, "\xef\xbb\xbf\xc3\xa4", 5, "\xc3\xa4" },
		{ "no byte order mark", MDF_BOM_TEXT, "\xc3\xa4", 2, "\xc3\xa4" },
		{ "nothing", MDF_UTF8, "", 0, "" },
	};
	struct spur_buf scratch = { 0 }, out = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len;
		const char *text = mdf_text_decode(cases[i].type, (const unsigned char *)cases[i].in, cases[i].len, &scratch, &len);

		spur_buf_clear(&out);
		spur_buf_add(&out, text, len);
		is_str(spur_buf_text(&out), cases[i].want, cases[i].name);
	}
	spur_buf_finish(&scratch);
	spur_buf_finish(&out);
}

int main(void)
{
	samples_are_cut_out_of_any_bits();
	numbers_become_numbers();
	formulas_are_computed();
	numbers_become_texts();
	texts_are_converted();
	texts_of_all_encodings_become_utf8();
	return tap_done();
}
