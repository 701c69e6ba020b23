#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/dbc.h"
#include "tests/tap.h"

static const char database[] =
	"VERSION \"1\"\n\nNS_ :\n\tCM_\n\tBA_DEF_\n\tVAL_\n\tSG_MUL_VAL_\n\nBS_:\n\nBU_: A B\n"
	"VAL_TABLE_ onoff 1 \"on\" 0 \"off\" ;\n"
	"BO_ 291 Plain: 8 A\n"
	" SG_ Intel : 4|12@1+ (0.5,-10) [0|0] \"km/h\" B\n"
	" SG_ Motor : 23|16@0- (1,0) [0|0] \"\" B\n"
	" SG_ Cross : 37|10@0+ (1,0) [0|0] \"\" B\n"
	" SG_ Switch : 0|1@1+ (1,0) [0|0] \"\" B\n"
	" SG_ Named : 1|3@1- (1,0) [0|0] \"\" B\n"
	"BO_ 292 Wide: 8 A\n"
	" SG_ All : 0|64@1- (1,0) [0|0] \"\" B\n"
	" SG_ AllM : 7|64@0+ (1,0) [0|0] \"\" B\n"
	"BO_ 293 Floats: 12 A\n"
	" SG_ F : 0|32@1- (2,1) [0|0] \"\" B\n"
	" SG_ D : 32|64@1- (1,0) [0|0] \"\" B\n"
	" SG_ Odd : 3|64@1+ (1,0) [0|0] \"\" B\n"
	"BO_ 294 Muxed: 8 A\n"
	" SG_ Sel M : 0|8@1+ (1,0) [0|0] \"\" B\n"
	" SG_ One m1 : 8|8@1+ (1,0) [0|0] \"\" B\n"
	" SG_ Two m2M : 8|8@1+ (1,0) [0|0] \"\" B\n"
	" SG_ Deep m5 : 16|8@1+ (1,0) [0|0] \"\" B\n"
	"BO_ 2364540158 EEC: 8 A\n"
	" SG_ Rpm : 24|16@1+ (0.125,0) [0|8031.875] \"rpm\" B\n"
	"BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\n"
	" SG_ Lost : 0|8@1+ (1,0) [0|0] \"\" Vector__XXX\n"
	"CM_ SG_ 291 Intel \"two\nlines; and \\\"quotes\\\"\";\n"
	"CM_ BO_ 291 \"plain\";\n"
	"BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n"
	"BA_DEF_DEF_ \"VFrameFormat\" \"StandardCAN\";\n"
	"BA_ \"VFrameFormat\" BO_ 2364540158 3;\n"
	"BA_ \"SystemSignalLongSymbol\" SG_ 291 Motor \"MotorTorqueWithALongName\";\n"
	"BA_ \"SystemMessageLongSymbol\" BO_ 292 \"WideMessageWithALongName\";\n"
	"VAL_ 291 Switch onoff ;\n"
	"VAL_ 291 Named -1 \"minus\" 2 \"two\" ;\n"
	"VAL_ SomeVariable 1 \"x\" ;\n"
	"SIG_VALTYPE_ 293 F : 1;\nSIG_VALTYPE_ 293 D : 2;\n"
	"SG_MUL_VAL_ 294 Deep Two 5-6, 9-9;\n";

static struct spur_dbc *parsed(const char *text)
{
	struct spur_dbc *db = NULL;
	struct spur_error err = { 0 };

	ok(spur_dbc_parse(text, strlen(text), &db, &err) >= 0, "parses");
	if (db == NULL)
		printf("# %s\n", err.text);
	return db;
}

static const struct spur_dbc_signal *signal_of(const struct spur_dbc_message *m, const char *name)
{
	for (size_t i = 0; m != NULL && i < m->signal_count; i++) {
		if (strcmp(m->signals[i].name, name) == 0)
			return &m->signals[i];
	}
	return NULL;
}

static uint64_t raw_of(const struct spur_dbc_message *m, const char *name, const uint8_t *data, size_t len)
{
	const struct spur_dbc_signal *s = signal_of(m, name);
	uint64_t raw = 0;

	ok(s != NULL && spur_dbc_raw(s, data, len, &raw), name);
	return raw;
}

static void bits_of_both_orders(const struct spur_dbc *db)
{
	static const uint8_t data[8] = { 0xaf, 0x12, 0x80, 0x01, 0x2b, 0xc0, 0, 0 };
	static const uint8_t ones[8] = { 1, 0, 0, 0, 0, 0, 0, 0x80 };
	const struct spur_dbc_message *m = spur_dbc_find(db, 291), *wide = spur_dbc_find(db, 292);
	uint64_t raw;

	/* Intel 4|12: high nibble of byte 0 and byte 1: 0x12a. */
	is_int((intmax_t)(raw = raw_of(m, "Intel", data, 8)), 0x12a, "Intel over a byte border");
	ok(spur_dbc_physical(signal_of(m, "Intel"), raw) == 0x12a * 0.5 - 10, "factor and offset");
	/* Motorola 23|16: bytes 2 and 3, signed: 0x8001. */
	is_int((intmax_t)(int64_t)raw_of(m, "MotorTorqueWithALongName", data, 8), -32767, "Motorola, signed, long symbol");
	/* Motorola 37|10: bits 5..0 of byte 4, then 7..4 of byte 5: 101011 1100. */
	is_int((intmax_t)raw_of(m, "Cross", data, 8), 0x2bc, "Motorola from within a byte");
	is_int((intmax_t)(int64_t)raw_of(m, "Named", data, 8), -1, "three bits with a sign");
	is_int((intmax_t)(int64_t)raw_of(wide, "All", ones, 8), INT64_MIN + 1, "64 bits, Intel");
	is_int((intmax_t)raw_of(wide, "AllM", ones, 8), (intmax_t)0x0100000000000080, "64 bits, Motorola");
	ok(!spur_dbc_raw(signal_of(m, "Cross"), data, 5, &raw), "a frame that is too short has no value");
	ok(spur_dbc_raw(signal_of(m, "Cross"), data, 6, &raw), "one that just fits has");
}

static void floats_and_nine_bytes(const struct spur_dbc *db)
{
	uint8_t data[12] = { 0 };
	const struct spur_dbc_message *m = spur_dbc_find(db, 293);
	float f = 1.5f;
	double d = -0.25;

	memcpy(data, &f, 4);
	memcpy(data + 4, &d, 8);
	ok(spur_dbc_physical(signal_of(m, "F"), raw_of(m, "F", data, 12)) == 4, "float with factor and offset");
	ok(spur_dbc_physical(signal_of(m, "D"), raw_of(m, "D", data, 12)) == -0.25, "double");
	memset(data, 0, sizeof(data));
	data[0] = 0x08;
	data[8] = 0x04;
	is_int((intmax_t)raw_of(m, "Odd", data, 12), (intmax_t)(INT64_MIN + 1), "64 bits over nine bytes");
}

static void multiplexing(const struct spur_dbc *db)
{
	const struct spur_dbc_message *m = spur_dbc_find(db, 294);
	static const uint8_t one[8] = { 1, 5, 7 }, two[8] = { 2, 5, 7 }, other[8] = { 2, 7, 7 }, nine[8] = { 2, 9, 7 };

	ok(spur_dbc_present(m, signal_of(m, "One"), one, 8) && !spur_dbc_present(m, signal_of(m, "Two"), one, 8), "m1");
	ok(!spur_dbc_present(m, signal_of(m, "One"), two, 8) && spur_dbc_present(m, signal_of(m, "Two"), two, 8), "m2M");
	ok(spur_dbc_present(m, signal_of(m, "Deep"), two, 8), "a multiplexor of a multiplexor, first range");
	ok(spur_dbc_present(m, signal_of(m, "Deep"), nine, 8), "its second range");
	ok(!spur_dbc_present(m, signal_of(m, "Deep"), other, 8), "between the ranges");
	ok(!spur_dbc_present(m, signal_of(m, "Deep"), one, 8), "its multiplexor is not there");
	ok(!spur_dbc_present(m, signal_of(m, "One"), one, 0), "an empty frame");
}

static void names_and_tables(const struct spur_dbc *db)
{
	const struct spur_dbc_message *m = spur_dbc_find(db, 291);
	size_t count;

	is_str(signal_of(m, "Intel")->unit, "km/h", "unit");
	is_str(signal_of(m, "Intel")->comment, "two\nlines; and \"quotes\"", "a comment over two lines");
	is_str(m->comment, "plain", "comment of a message");
	is_str(spur_dbc_find(db, 292)->name, "WideMessageWithALongName", "long name of a message");
	is_str(spur_dbc_text(signal_of(m, "Switch"), 1), "on", "a table by name");
	is_str(spur_dbc_text(signal_of(m, "Named"), (uint64_t)-1), "minus", "a negative value");
	ok(spur_dbc_text(signal_of(m, "Named"), 1) == NULL, "a value without a name");
	spur_dbc_messages(db, &count);
	is_int((intmax_t)count, 5, "signals of no frame are left out");
}

static void parameter_groups(const struct spur_dbc *db)
{
	const struct spur_dbc_message *m = spur_dbc_find(db, 2364540158u);

	ok(m != NULL && m->j1939, "J1939");
	ok(spur_dbc_find(db, 0x80000000u | 0x0cf00400) == m, "another source address");
	ok(spur_dbc_find(db, 0x80000000u | 0x18f00421) == m, "another priority");
	ok(spur_dbc_find(db, 0x80000000u | 0x18f00521) == NULL, "another group");
	ok(spur_dbc_find(db, 0x80000000u | 291) == NULL, "an extended frame is not the standard one");
}

static void columns_of_frames(const struct spur_dbc *db)
{
	const struct spur_dbc_message *m = spur_dbc_find(db, 291);
	const struct spur_dbc_signal *s = signal_of(m, "Switch");
	struct spur_columns_builder *b = spur_columns_builder_create();
	const uint8_t on = 1, two = 0;
	struct spur_columns *c;
	size_t len;

	spur_columns_builder_add(b, "Switch", spur_dbc_type(s, false));
	spur_dbc_append(m, s, &on, 1, (struct spur_dbc_style){ .with_text = true }, b, 0);
	spur_dbc_append(m, s, &two, 1, (struct spur_dbc_style){ 0 }, b, 0);
	spur_dbc_append(m, s, &two, 0, (struct spur_dbc_style){ 0 }, b, 0);
	c = spur_columns_builder_take(b);
	ok(memcmp(spur_column_bytes(c->columns[0].text, 0, &len), "on", 2) == 0 && !spur_column_valid(&c->columns[0], 0), "named: text");
	ok(spur_column_valid(&c->columns[0], 1) && ((const double *)c->columns[0].data)[1] == 0, "a number where texts are not wanted");
	ok(!spur_column_valid(&c->columns[0], 2), "no data: null");
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
}

/* VFrameFormat is numbered by its definition; messages of both kinds in one database; names that are no C names. */
static void formats_and_names(void)
{
	struct spur_dbc *db = parsed(
		"BO_ 2364540158 Late: 8 A\n SG_ Rpm : 0|16@1+ (1,0) [0|0] \"\" B\n"
		"BO_ 2566844926 Plain-Extended: 8 A\n SG_ Temp.\xc3\x96l m1 : 8|8@1+ (1,0) [0|0] \"\" B\n SG_ Sel M : 0|8@1+ (1,0) [0|0] \"\" B\n"
		"BO_ 291 Standard: 8 A\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" B\n"
		"BA_DEF_ BO_  \"VFrameFormat\" ENUM  \"StandardCAN\",\"ExtendedCAN\",\"StandardCAN_FD\",\"ExtendedCAN_FD\",\"J1939PG\";\n"
		"BA_ \"VFrameFormat\" BO_ 2364540158 4;\nBA_ \"VFrameFormat\" BO_ 2566844926 3;\nBA_ \"VFrameFormat\" BO_ 291 4;\n"
		"VAL_ 2566844926 Temp.\xc3\x96l 1 \"one\" ;\n"
		"SG_MUL_VAL_ 2566844926 Temp.\xc3\x96l Sel 1-2;\nSG_MUL_VAL_ 2566844926 Temp.\xc3\x96l Sel 5-5;\n");
	const struct spur_dbc_message *m = spur_dbc_find(db, 2566844926u);
	const struct spur_dbc_signal *s = signal_of(m, "Temp.\xc3\x96l");
	static const uint8_t frames[][2] = { { 1, 1 }, { 2, 1 }, { 5, 1 }, { 3, 1 } };

	ok(spur_dbc_find(db, 0x80000000u | 0x0cf00400) != NULL, "the fifth format is J1939PG here");
	ok(m != NULL && !m->j1939 && spur_dbc_find(db, m->frame_id ^ 1) == NULL, "the fourth is not");
	ok(!spur_dbc_find(db, 291)->j1939, "a standard frame never is");
	ok(spur_dbc_find_group(db, 0xfef1) == m && spur_dbc_find_group(db, 0xfef2) == NULL, "a group without a mark");
	is_str(m->name, "Plain-Extended", "a name with a hyphen");
	ok(s != NULL, "one with a dot and an umlaut");
	is_str(s == NULL ? "" : spur_dbc_text(s, 1), "one", "and its values");
	for (size_t i = 0; s != NULL && i < 4; i++)
		ok(spur_dbc_present(m, s, frames[i], 2) == (i < 3), "ranges of two statements");
	spur_dbc_destroy(db);
}

/* An identification number in a payload that is as long as it is. */
static void wide_signals(void)
{
	struct spur_dbc *db = parsed("BO_ 2566843904 VI: 64 A\n SG_ Vin : 8|136@1+ (1,0) [0|0] \"\" B\n SG_ M : 7|72@0- (1,0) [0|0] \"\" B\n"
				     " SG_ Odd : 4|80@1+ (1,0) [0|0] \"\" B\n SG_ Rest : 8|70@1+ (1,0) [0|0] \"\" B\n SG_ Huge : 0|32768@1+ (1,0) [0|0] \"\" B\n");
	const struct spur_dbc_message *m = spur_dbc_find(db, 2566843904u);
	const struct spur_dbc_signal *vin = signal_of(m, "Vin");
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;
	const uint8_t *text = (const uint8_t *)"0123456789abcdefghijk";
	uint64_t raw;
	size_t len;

	is_int((intmax_t)m->signal_count, 2, "what is not whole bytes, or too many, is left out");
	ok(spur_dbc_type(vin, true) == SPUR_TYPE_BYTES && spur_dbc_type(vin, false) == SPUR_TYPE_BYTES, "bytes");
	ok(!spur_dbc_raw(vin, text, 21, &raw) && spur_dbc_bytes(signal_of(m, "M"), text, 21, &len) == text && len == 9, "not a number");
	ok(spur_dbc_bytes(vin, text, 1, &len) == NULL, "a payload that ends before");
	spur_columns_builder_add(b, "Vin", SPUR_TYPE_BYTES);
	spur_dbc_append(m, vin, text, 21, (struct spur_dbc_style){ 0 }, b, 0);
	spur_dbc_append(m, vin, text, 5, (struct spur_dbc_style){ .raw = true }, b, 0);
	is_int(spur_dbc_append(m, vin, text, 1, (struct spur_dbc_style){ .with_text = true }, b, 0), SPUR_DBC_ABSENT, "is null");
	c = spur_columns_builder_take(b);
	ok(memcmp(spur_column_bytes(&c->columns[0], 0, &len), "123456789abcdefgh", 17) == 0 && len == 17, "all of it");
	ok(memcmp(spur_column_bytes(&c->columns[0], 1, &len), "1234", 4) == 0 && len == 4, "what is there");
	ok(!spur_column_valid(&c->columns[0], 2), "nothing");
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
	spur_dbc_destroy(db);
}

static void values_that_are_not_available(void)
{
	static const uint8_t data[8] = { 0xff, 0xfa, 0xfb, 0x00, 0xfb, 0xff, 0xff, 0xff };
	struct spur_dbc *db = parsed(
		"BO_ 2364540158 Group: 8 A\n SG_ Ff : 0|8@1+ (1,-40) [0|0] \"\" B\n SG_ Fa : 8|8@1+ (1,0) [0|0] \"\" B\n"
		" SG_ Fb : 16|8@1+ (1,0) [0|0] \"\" B\n SG_ Wide : 24|16@1+ (1,0) [0|0] \"\" B\n SG_ Two : 40|2@1+ (1,0) [0|0] \"\" B\n"
		" SG_ Signed : 40|8@1- (1,0) [0|0] \"\" B\n SG_ Named : 48|8@1+ (1,0) [0|0] \"\" B\n SG_ Long : 0|64@1+ (1,0) [0|0] \"\" B\n"
		"BO_ 291 Standard: 8 A\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" B\n"
		"BA_DEF_DEF_ \"VFrameFormat\" \"J1939PG\";\nVAL_ 2364540158 Named 255 \"not available\" ;\n");
	static const struct { const char *name; bool gone; } want[] = {
		{ "Ff", true }, { "Fa", false }, { "Fb", true }, { "Wide", true }, { "Two", false }, { "Signed", false }, { "Long", false },
	};
	const struct spur_dbc_message *m = spur_dbc_find(db, 2364540158u);
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;
	size_t len;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ok(spur_dbc_unavailable(m, signal_of(m, want[i].name), raw_of(m, want[i].name, data, 8)) == want[i].gone, want[i].name);
	ok(!spur_dbc_unavailable(spur_dbc_find(db, 291), signal_of(spur_dbc_find(db, 291), "X"), 255), "255 of what is not J1939 is a value");
	spur_columns_builder_add(b, "Ff", SPUR_TYPE_F64);
	spur_columns_builder_add(b, "Named", SPUR_TYPE_F64);
	is_int(spur_dbc_append(m, signal_of(m, "Ff"), data, 8, (struct spur_dbc_style){ 0 }, b, 0), SPUR_DBC_UNAVAILABLE, "told");
	spur_dbc_append(m, signal_of(m, "Ff"), data, 8, (struct spur_dbc_style){ .keep_unavailable = true }, b, 0);
	spur_dbc_append(m, signal_of(m, "Named"), data, 8, (struct spur_dbc_style){ .with_text = true }, b, 1);
	spur_dbc_append(m, signal_of(m, "Named"), data, 8, (struct spur_dbc_style){ .raw = true }, b, 1);
	c = spur_columns_builder_take(b);
	ok(!spur_column_valid(&c->columns[0], 0), "invalid");
	ok(spur_column_valid(&c->columns[0], 1) && ((const double *)c->columns[0].data)[1] == 215, "or kept");
	is_str(spur_column_bytes(c->columns[1].text, 0, &len), "not available", "where it has a name, the name");
	ok(!spur_column_valid(&c->columns[1], 1), "raw it is invalid again");
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
	spur_dbc_destroy(db);
}

static void refuses(const char *text, const char *want, const char *name)
{
	struct spur_dbc *db = NULL;
	struct spur_error err = { 0 };

	ok(spur_dbc_parse(text, strlen(text), &db, &err) < 0, name);
	is_str(err.text, want, name);
	spur_dbc_destroy(db);
}

static void bad_files(void)
{
	refuses("", "DBC line 1: no message up to the end", "an empty file");
	refuses("hello\nworld\n", "DBC line 3: no message up to the end", "something else");
	refuses("BO_ x", "DBC line 1: BO_ needs a frame identifier", "no identifier");
	refuses("\nBO_ 1 A 8", "DBC line 2: BO_ needs ': SIZE'", "no size");
	refuses("SG_ A : 0|8@1+ (1,0) [0|0] \"\" X", "DBC line 1: SG_ before any BO_", "a signal of nothing");
	refuses("BO_ 1 A: 8 X\n SG_ B : 0|8@3+ (1,0) [0|0] \"\" X", "DBC line 2: SG_: bits that no frame has", "a byte order");
	refuses("BO_ 1 A: 8 X\n SG_ B : 0|0@1+ (1,0) [0|0] \"\" X", "DBC line 2: SG_: bits that no frame has", "no bits");
	refuses("BO_ 1 A: 8 X\n SG_ B : 0|8@1+ (1;0) [0|0] \"\" X", "DBC line 2: SG_ needs '(FACTOR,OFFSET)'", "a factor");
	refuses("BO_ 1 A: 8 X\n SG_ B : 0|8@1+ (1,0) [0|0] \"km", "DBC line 2: SG_ needs a unit in quotes", "an open quote");
}

static void old_code_pages(void)
{
	struct spur_dbc *db = parsed("BO_ 1 A: 8 X\n SG_ T : 0|8@1+ (1,0) [0|0] \"\xb0" "C\" X\n SG_ E : 8|8@1+ (1,0) [0|0] \"\x80\" X\n");

	is_str(signal_of(spur_dbc_find(db, 1), "T")->unit, "\xc2\xb0" "C", "Latin-1");
	is_str(signal_of(spur_dbc_find(db, 1), "E")->unit, "\xe2\x82\xac", "Windows-1252");
	spur_dbc_destroy(db);
	db = parsed("BO_ 1 A: 8 X\n SG_ T : 0|8@1+ (1,0) [0|0] \"\xc2\xb0" "C\" X\n");
	is_str(signal_of(spur_dbc_find(db, 1), "T")->unit, "\xc2\xb0" "C", "UTF-8 stays");
	spur_dbc_destroy(db);
}

static void every_truncation_ends_well(void)
{
	size_t ended = 0, len = sizeof(database) - 1;

	for (size_t n = 0; n <= len; n++) {
		struct spur_dbc *db = NULL;
		struct spur_error err;
		char *part = malloc(n == 0 ? 1 : n);

		memcpy(part, database, n);
		ended += spur_dbc_parse(part, n, &db, &err) >= 0 ? db != NULL : err.text[0] != '\0';
		spur_dbc_destroy(db);
		free(part);
	}
	is_int((intmax_t)ended, (intmax_t)len + 1, "every prefix gives a database or a reason");
}

/* ---- many frames at once, against one by one ---- */

enum { FRAMES = 700, LONGEST = 12 };

static bool same_columns(const struct spur_column *a, const struct spur_column *b)
{
	bool same = a->type == b->type && a->rows == b->rows;

	for (size_t i = 0; same && i < a->rows; i++) {
		same = spur_column_valid(a, i) == spur_column_valid(b, i);
		if (same && spur_column_valid(a, i))
			same = memcmp((const char *)a->data + 8 * i, (const char *)b->data + 8 * i, 8) == 0;
	}
	return same;
}

static bool together_as_apart(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const struct spur_dbc_frames *f,
			      struct spur_dbc_style style)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	uint64_t gone = 0, gone_together;
	struct spur_columns *rows;
	bool same;

	spur_columns_builder_add(b, "one by one", spur_dbc_type(s, style.raw));
	spur_columns_builder_add(b, "together", spur_dbc_type(s, style.raw));
	for (size_t i = 0; i < f->count; i++)
		gone += spur_dbc_append(m, s, f->data[i], f->len[i], style, b, 0) == SPUR_DBC_UNAVAILABLE;
	gone_together = spur_dbc_append_frames(m, s, f, style, b, 1);
	rows = spur_columns_builder_take(b);
	same = gone == gone_together && same_columns(&rows->columns[0], &rows->columns[1]);
	if (!same)
		printf("# %s.%s differs, raw %d, shortest %zu\n", m->name, s->name, style.raw, f->shortest);
	spur_columns_unref(rows);
	spur_columns_builder_destroy(b);
	return same;
}

static void many_at_once(void)
{
	static uint8_t bytes[FRAMES][LONGEST];
	const uint8_t *data[FRAMES];
	size_t len[FRAMES], tried = 0;
	uint64_t words[FRAMES], seed = 7;
	struct spur_buf text = { 0 };
	struct spur_dbc *db;
	bool same = true;

	/* every length and start, in both orders, signed and not; of J1939 half of them */
	spur_buf_adds(&text, "BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n");
	for (unsigned length = 1; length <= 64; length += length < 20 ? 1 : 4) {
		spur_buf_addf(&text, "BO_ %u M%u: 12 A\n", 0x98FE0000u + 256 * length, length);
		for (unsigned start = 0; start + length <= 80; start += 3) {
			spur_buf_addf(&text, " SG_ I%u : %u|%u@1%c (0.25,-3) [0|0] \"\" B\n", start, start, length, start % 2 == 0 ? '+' : '-');
			spur_buf_addf(&text, " SG_ M%u : %u|%u@0%c (-2,1) [0|0] \"\" B\n", start, start / 8 * 8 + 7 - start % 8, length,
				      start % 2 == 0 ? '+' : '-');
		}
	}
	for (unsigned length = 1; length <= 64; length += length < 20 ? 1 : 4)
		spur_buf_addf(&text, "BA_ \"VFrameFormat\" BO_ %u %u;\n", 0x98FE0000u + 256 * length, length % 2 == 0 ? 3u : 1u);
	db = parsed(spur_buf_text(&text));
	for (size_t i = 0; i < FRAMES; i++) {
		uint64_t word = 0;

		for (size_t k = 0; k < LONGEST; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[i][k] = seed >> 61 == 0 ? 0xff : (uint8_t)(seed >> 33);
		}
		data[i] = bytes[i];
		len[i] = i % 3 == 0 ? LONGEST : 8;
		memcpy(&word, bytes[i], 8);
		words[i] = word;
	}
	struct spur_dbc_frames f = { FRAMES, data, len, 8, words };
	size_t count;
	const struct spur_dbc_message *m = spur_dbc_messages(db, &count);

	for (size_t k = 0; k < count; k++) {
		for (size_t c = 0; c < m[k].signal_count; c++) {
			for (unsigned style = 0; style < 4; style++, tried++)
				same = together_as_apart(&m[k], &m[k].signals[c], &f,
							 (struct spur_dbc_style){ .raw = style & 1, .keep_unavailable = style & 2 }) && same;
		}
	}
	ok(same && tried > 2000, "signals of many frames are what they are one by one");
	len[3] = 2;	/* the others still have their values */
	f.shortest = 2;
	ok(count > 15 && together_as_apart(&m[12], &m[12].signals[5], &f, (struct spur_dbc_style){ 0 }), "so they are where a frame is short");
	spur_dbc_destroy(db);
	spur_buf_finish(&text);
}

int main(void)
{
	struct spur_dbc *db = parsed(database);

	if (db != NULL) {
		bits_of_both_orders(db);
		floats_and_nine_bytes(db);
		multiplexing(db);
		names_and_tables(db);
		parameter_groups(db);
		columns_of_frames(db);
	}
	spur_dbc_destroy(db);
	formats_and_names();
	values_that_are_not_available();
	wide_signals();
	bad_files();
	old_code_pages();
	every_truncation_ends_well();
	many_at_once();
	return tap_done();
}
