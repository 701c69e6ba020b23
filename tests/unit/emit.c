#include "config.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/tap.h"
#include "verb/emit_file.h"

typedef void fill_fn(struct spur_emit *e);

static char *printed(fill_fn *fill, bool json, enum spur_time_style style, bool quiet, char **warned)
{
	char *out = NULL, *err = NULL;
	size_t len, err_len;
	FILE *f = open_memstream(&out, &len), *w = open_memstream(&err, &err_len);
	struct spur_emit *e = json ? spur_emit_json_create(f, w) : spur_emit_text_create(f, w, style, quiet);

	fill(e);
	if (!(json ? spur_emit_json_destroy(e) : spur_emit_text_destroy(e)))
		fputs("failed", f);
	fclose(f);
	fclose(w);
	if (warned != NULL)
		*warned = err;
	else
		free(err);
	return out;
}

static void prints(fill_fn *fill, const char *want, const char *name)
{
	char *got = printed(fill, false, SPUR_TIME_UTC, false, NULL);

	is_str(got, want, name);
	free(got);
}

static void is_json(fill_fn *fill, const char *want, const char *name)
{
	char *got = printed(fill, true, SPUR_TIME_UTC, false, NULL);

	is_str(got, want, name);
	free(got);
}

static void signal_row(struct spur_emit *e, const char *name, int64_t samples, const char *unit)
{
	spur_emit_row(e, "signal");
	spur_emit_text(e, "name", name);
	spur_emit_int(e, "sample_count", samples);
	spur_emit_text(e, "unit", unit);
	spur_emit_end(e);
}

static void one_row(struct spur_emit *e)
{
	signal_row(e, "VehSpd", 12, "");
}

static void two_rows(struct spur_emit *e)
{
	signal_row(e, "VehSpd", 12, "km/h");
	signal_row(e, "a", 1000000000000, NULL);
}

static void wide_rows(struct spur_emit *e)
{
	signal_row(e, "\xe9\x80\x9f\xe5\xba\xa6", 1, "m");
	signal_row(e, "a\xcc\x88" "b", 2, "m");
	signal_row(e, "\xff\t\x7f", 3, "m");
}

static void two_kinds(struct spur_emit *e)
{
	two_rows(e);
	spur_emit_row(e, "file");
	spur_emit_text(e, "path", "run.mf4");
	spur_emit_size(e, "size_bytes", 1536);
	spur_emit_end(e);
}

static void a_row_of_other_columns(struct spur_emit *e)
{
	two_rows(e);
	for (int i = 0; i < 2; i++) {
		spur_emit_row(e, "signal");
		spur_emit_text(e, "name", "Brake");
		spur_emit_end(e);
	}
}

static void rows_align(void)
{
	prints(one_row, "NAME          VehSpd\nSAMPLE COUNT  12\n", "one row alone is a list of fields, empty ones left out");
	prints(two_rows, "NAME     SAMPLE COUNT  UNIT\nVehSpd             12  km/h\na       1000000000000  -\n",
	       "several are a table, numbers to the right, null a dash");
	prints(wide_rows, "NAME  SAMPLE COUNT  UNIT\n\xe9\x80\x9f\xe5\xba\xa6             1  m\n"
	       "a\xcc\x88" "b               2  m\n\xff                3  m\n",
	       "wide and combining characters count as the terminal shows them; control characters are blanks");
	prints(two_kinds, "NAME     SAMPLE COUNT  UNIT\nVehSpd             12  km/h\na       1000000000000  -\n"
	       "PATH        run.mf4\nSIZE        1.5 KiB\n", "another kind is another table");
	prints(a_row_of_other_columns, "NAME     SAMPLE COUNT  UNIT\nVehSpd             12  km/h\na       1000000000000  -\n"
	       "NAME\nBrake\nBrake\n", "other columns too");
}

static void long_table(struct spur_emit *e)
{
	for (int i = 0; i < 300; i++)
		signal_row(e, i == 299 ? "longer than the others" : "s", i, "m");
}

static void flushed_table(struct spur_emit *e)
{
	signal_row(e, "ab", 1, "m");
	spur_emit_flush(e);
	signal_row(e, "abc", 2, "m");
}

static void widths_hold_once_shown(void)
{
	char *got = printed(long_table, false, SPUR_TIME_UTC, false, NULL);
	size_t lines = 0;

	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	is_int((intmax_t)lines, 301, "300 rows have one heading");
	ok(strncmp(got, "NAME  SAMPLE COUNT  UNIT\ns                0  m\n", 47) == 0, "the first 256 set the widths");
	ok(strstr(got, "\nlonger than the others           299  m\n") != NULL, "a longer text later pushes its own row only");
	free(got);
	prints(flushed_table, "NAME  SAMPLE COUNT  UNIT\nab               1  m\nabc              2  m\n", "a flush does not end the table");
}

static void every_kind(struct spur_emit *e)
{
	spur_emit_row(e, "value");
	spur_emit_int(e, "i", INT64_MIN);
	spur_emit_uint(e, "u", UINT64_MAX);
	spur_emit_f64(e, "d", 0.1);
	spur_emit_f32(e, "f", 0.1f);
	spur_emit_bool(e, "yes", true);
	spur_emit_bool(e, "no", false);
	spur_emit_bytes(e, "raw", "\x01\xff", 2);
	spur_emit_time(e, "at_ns", 1500000000);
	spur_emit_span(e, "length_ns", 62 * SPUR_NS_PER_S);
	spur_emit_size(e, "size_bytes", 1023);
	spur_emit_detail(e);
	spur_emit_int(e, "hidden", 1);
	spur_emit_begin(e, "also", '[');
	spur_emit_close(e, ']');
	spur_emit_end(e);
}

static void nested(struct spur_emit *e)
{
	spur_emit_row(e, "value");
	spur_emit_begin(e, "flat", '[');
	spur_emit_text(e, NULL, "a");
	spur_emit_text(e, NULL, NULL);
	spur_emit_int(e, NULL, -3);
	spur_emit_uint(e, NULL, 4);
	spur_emit_f64(e, NULL, 0.5);
	spur_emit_f32(e, NULL, 0.25f);
	spur_emit_bool(e, NULL, true);
	spur_emit_close(e, ']');
	spur_emit_begin(e, "deep", '{');
	spur_emit_time(e, "at_ns", 7);
	spur_emit_span(e, "length_ns", 8);
	spur_emit_size(e, "size_bytes", 9);
	spur_emit_bytes(e, "raw", "\x01", 1);
	spur_emit_begin(e, "empty", '[');
	spur_emit_close(e, ']');
	spur_emit_close(e, '}');
	spur_emit_begin(e, "none", '[');
	spur_emit_close(e, ']');
	spur_emit_text(e, "last", "x");
	spur_emit_end(e);
}

static void long_bytes(struct spur_emit *e)
{
	spur_emit_row(e, "value");
	spur_emit_bytes(e, "short", "0123456789abcdef", 16);
	spur_emit_bytes(e, "long", "0123456789abcdefg", 17);
	spur_emit_size(e, "kib_bytes", 1024);
	spur_emit_size(e, "most_bytes", UINT64_MAX);
	spur_emit_end(e);
}

static void values_are_for_people_or_for_scripts(void)
{
	prints(every_kind, "I           -9223372036854775808\nU           18446744073709551615\nD           0.1\nF           0.1\n"
	       "YES         yes\nNO          no\nRAW         01 ff \nAT          1970-01-01T00:00:01.500000000Z\n"
	       "LENGTH      1 min 02 s\nSIZE        1023 B\n", "text, without details");
	is_json(every_kind, "{\"i\":-9223372036854775808,\"u\":18446744073709551615,\"d\":0.1,\"f\":0.1,\"yes\":true,"
		"\"no\":false,\"raw\":\"Af8=\",\"at_ns\":1500000000,\"length_ns\":62000000000,\"size_bytes\":1023,\"hidden\":1,\"also\":[]}\n",
		"JSON, details too");
	prints(nested, "FLAT  a, null, -3, 4, 0.5, 0.25, true\nDEEP  {\"at_ns\":7,\"length_ns\":8,\"size_bytes\":9,\"raw\":\"AQ==\",\"empty\":[]}\n"
	       "LAST  x\n", "flat lists read as lists");
	is_json(nested, "{\"flat\":[\"a\",null,-3,4,0.5,0.25,true],\"deep\":{\"at_ns\":7,\"length_ns\":8,\"size_bytes\":9,"
		"\"raw\":\"AQ==\",\"empty\":[]},\"none\":[],\"last\":\"x\"}\n", "JSON nests");
	prints(long_bytes, "SHORT       30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 \n"
	       "LONG        30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 ... 17 bytes\nKIB         1.0 KiB\nMOST        16384.0 PiB\n",
	       "long bytes are cut, sizes have units");
}

static void lines(struct spur_emit *e)
{
	one_row(e);
	spur_emit_note(e, "%d rows", 1);
	spur_emit_warn(e, "%s is damaged", "run.mf4");
	spur_emit_raw(e, "{\"a\":1}", 7);
	spur_emit_stream(e, "x,y\n", 4);
}

static void notes_are_for_people(void)
{
	char *err, *got = printed(lines, false, SPUR_TIME_UTC, false, &err);

	is_str(got, "NAME          VehSpd\nSAMPLE COUNT  12\n1 rows\n{\"a\":1}\nx,y\n", "rows, notes, lines, bytes in their order");
	is_str(err, "spur: run.mf4 is damaged\n", "warnings go elsewhere");
	free(got);
	free(err);
	got = printed(lines, false, SPUR_TIME_UTC, true, &err);
	is_str(got, "NAME          VehSpd\nSAMPLE COUNT  12\n{\"a\":1}\nx,y\n", "quiet leaves notes out");
	is_str(err, "spur: run.mf4 is damaged\n", "but no warning");
	free(got);
	free(err);
	got = printed(lines, true, SPUR_TIME_UTC, false, &err);
	is_str(got, "{\"name\":\"VehSpd\",\"sample_count\":12,\"unit\":\"\"}\n{\"a\":1}\nx,y\n", "so does JSON");
	free(got);
	free(err);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	rows_align();
	widths_hold_once_shown();
	values_are_for_people_or_for_scripts();
	notes_are_for_people();
	return tap_done();
}
