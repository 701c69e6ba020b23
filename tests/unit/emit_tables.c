#include "config.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "tests/golden_text.h"
#include "verb/emit_file.h"

/*
 * What the back ends make of rows, in every shape that a verb may give them, at many widths: against
 * tests/golden/emit_tables.txt.
 */
typedef void rows(struct spur_emit *e);

static const char *const words[] = {
	"", "a", "seg-804989c7fbe19183", "the overlap with the truth is too small to be taken for the same event",
	"naïve Größe Δt", "自動運転の記録", "e\xcc\x81t\xcc\xa7 marks", "tab\tline\nbell\a\x1b[31mred\x7f", "broken \xff\xfe utf\xc3",
	"quote \" back \\ slash / <&>", "\xf0\x9f\x9a\x97 car \xf0\x9f\x9b\x91 stop", "0123456789abcdef", "0123456789abcdef0",
};
static const spur_ns times[] = {
	0, 1, -1, 999, 1000000, 1772438400620416123, 1772438400000000000, 1772438400500000000, -62135596800000000, INT64_MAX, SPUR_NS_MIN,
	1772438400620416120, 1772438400620000000,
};
static const spur_ns spans[] = {
	0, 1, -1, 999, 1000, 1001, 999999, 1000000, -1500000, 999999999, SPUR_NS_PER_S, 59999999999, 60000000000, 61500000000,
	3599999999999, 3600000000000, 90061000000000, INT64_MAX, INT64_MIN + 1,
};
static const double numbers[] = {
	0, -0.0, 1, -1, 0.1, 1.0 / 3, 7.14259043, 1e300, -1e-300, 123456789, 1234567890123, 0.000123456789, 5e-324, 1e9, 12345.6789,
	100000, 999999.5, 1e15, 1e16, 1e17, 123456789012345678.0,
};
static const uint64_t sizes[] = {
	0, 1, 1023, 1024, 1025, 1536, (1u << 20) - 1, 1u << 20, (1u << 30) - 1, 1u << 30, UINT64_C(1) << 40, UINT64_C(1) << 50,
	UINT64_C(1) << 60, UINT64_MAX,
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void one_row(struct spur_emit *e)
{
	spur_emit_row(e, "file");
	spur_emit_text(e, "path", "/data/drive_01.mf4");
	spur_emit_size(e, "size_bytes", 1536);
	spur_emit_time(e, "begin_ns", times[5]);
	spur_emit_text(e, "a_long_key_of_many_words", "x");
	spur_emit_text(e, "empty", "");
	spur_emit_text(e, "missing", NULL);
	spur_emit_bool(e, "good", true);
	spur_emit_f64(e, "x", 0.1);
	spur_emit_detail(e);
	spur_emit_text(e, "hidden", "for scripts");
	spur_emit_begin(e, "also", '[');
	spur_emit_int(e, NULL, 1);
	spur_emit_close(e, ']');
	spur_emit_end(e);
}

static void kinds(struct spur_emit *e)
{
	for (int i = 0; i < 7; i++) {
		spur_emit_row(e, i < 2 ? "a" : i < 3 ? "b" : i < 5 ? "c" : "d");
		spur_emit_int(e, "n", i);
		if (i >= 5)
			spur_emit_text(e, i == 5 ? "left" : "right", "other columns of one kind");
		spur_emit_end(e);
	}
	spur_emit_note(e, "a note of %d words, %s", 5, "after the tables");
	spur_emit_warn(e, "a warning: %s", "100 %");
	spur_emit_row(e, "a");
	spur_emit_int(e, "n", 7);
	spur_emit_end(e);
	spur_emit_raw(e, "{\"raw\":1}", 9);
	spur_emit_stream(e, "a,b\n1,2\n", 8);
}

static void integers(struct spur_emit *e)
{
	static const int64_t v[] = { 0, 1, -1, 42, INT32_MAX, INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < COUNT(v); i++) {
		spur_emit_row(e, "integer");
		spur_emit_int(e, "signed", v[i]);
		spur_emit_uint(e, "unsigned", (uint64_t)v[i]);
		spur_emit_bool(e, "odd", v[i] % 2 != 0);
		spur_emit_end(e);
	}
}

static void reals(struct spur_emit *e)
{
	for (size_t i = 0; i < COUNT(numbers) + 3; i++) {
		double v = i < COUNT(numbers) ? numbers[i] : i == COUNT(numbers) ? (double)NAN : i == COUNT(numbers) + 1 ? (double)INFINITY :
			   -(double)INFINITY;

		spur_emit_row(e, "real");
		spur_emit_f64(e, "f64", v);
		spur_emit_f32(e, "f32", (float)(fabs(v) > 1e38 && isfinite(v) ? 1 : v));
		spur_emit_text(e, "what", "a number");
		spur_emit_end(e);
	}
}

static void moments(struct spur_emit *e)
{
	for (size_t i = 0; i < COUNT(spans) || i < COUNT(times); i++) {
		spur_emit_row(e, "moment");
		if (i < COUNT(times))
			spur_emit_time(e, "at_ns", times[i]);
		else
			spur_emit_text(e, "at_ns", NULL);
		spur_emit_span(e, "took_ns", i < COUNT(spans) ? spans[i] : 0);
		spur_emit_time(e, "again_ns", times[5] + (spur_ns)i * 1000);
		spur_emit_end(e);
	}
}

static void bytes(struct spur_emit *e)
{
	static const unsigned char data[] = { 0, 1, 0xfe, 0xff, 'a', 'b', 'c', 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 };

	for (size_t i = 0; i <= COUNT(sizes) + 3; i++) {
		spur_emit_row(e, "bytes");
		spur_emit_bytes(e, "data", data, i < COUNT(data) ? i : COUNT(data));
		spur_emit_size(e, "size_bytes", sizes[i % COUNT(sizes)]);
		spur_emit_end(e);
	}
}

static void texts(struct spur_emit *e)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		spur_emit_row(e, "text");
		spur_emit_text(e, "first", words[i]);
		spur_emit_textn(e, "cut", words[i], strlen(words[i]) / 2);
		spur_emit_text(e, "middle", words[(i + 5) % COUNT(words)]);
		spur_emit_int(e, "n", (int64_t)i * 1000);
		spur_emit_text(e, "last", words[COUNT(words) - 1 - i]);
		spur_emit_end(e);
	}
}

static void one_of_all(struct spur_emit *e, const char *list)
{
	spur_emit_begin(e, list, '{');
	spur_emit_int(e, "i", -5);
	spur_emit_uint(e, "u", 5);
	spur_emit_f64(e, "d", 0.1);
	spur_emit_f32(e, "f", 0.1f);
	spur_emit_bool(e, "b", false);
	spur_emit_text(e, "t", "x\"y\\z");
	spur_emit_text(e, "null", NULL);
	spur_emit_bytes(e, "raw", "abc", 3);
	spur_emit_time(e, "at_ns", times[5]);
	spur_emit_span(e, "took_ns", 1500);
	spur_emit_size(e, "size_bytes", 2048);
	spur_emit_close(e, '}');
}

static void nested(struct spur_emit *e)
{
	static const char *const lists[][3] = { { NULL }, { "a", NULL }, { "a", "b", NULL }, { "with, comma", "\"quoted\"", NULL } };

	for (size_t i = 0; i < COUNT(lists); i++) {
		spur_emit_row(e, "nested");
		spur_emit_int(e, "n", (int64_t)i);
		spur_emit_begin(e, "list", '[');
		for (size_t k = 0; lists[i][k] != NULL; k++)
			spur_emit_text(e, NULL, lists[i][k]);
		spur_emit_close(e, ']');
		spur_emit_begin(e, "deep", '[');
		spur_emit_begin(e, NULL, '[');
		spur_emit_int(e, NULL, 1);
		spur_emit_int(e, NULL, 2);
		spur_emit_close(e, ']');
		one_of_all(e, NULL);
		spur_emit_close(e, ']');
		one_of_all(e, "object");
		spur_emit_detail(e);
		one_of_all(e, "hidden");
		spur_emit_end(e);
	}
}

/* More rows than are held back for the widths; the later ones are wider. */
static void many(struct spur_emit *e)
{
	for (int i = 0; i < 260; i++) {
		spur_emit_row(e, "many");
		spur_emit_int(e, "i", i < 256 ? i % 10 : INT64_MAX - i);
		spur_emit_text(e, "name", i < 256 ? "x" : "wider than all before");
		spur_emit_time(e, "at_ns", times[5] + i);
		spur_emit_end(e);
		if (i == 2)
			i = 250;
	}
	for (int i = 0; i < 256; i++) {
		spur_emit_row(e, "full");
		spur_emit_text(e, "k", i % 64 == 63 ? "row" : "r");
		spur_emit_end(e);
	}
	spur_emit_row(e, "full");
	spur_emit_text(e, "k", "one more");
	spur_emit_end(e);
}

static void watched(struct spur_emit *e)
{
	spur_emit_flush(e);
	for (int i = 0; i < 4; i++) {
		spur_emit_row(e, "watched");
		spur_emit_text(e, "word", words[i]);
		spur_emit_int(e, "i", i * i * i);
		spur_emit_end(e);
		if (i != 1)
			spur_emit_flush(e);
	}
}

/* One thing of each kind, so that each way of saving room is taken at some width. */
static void wide(struct spur_emit *e)
{
	for (int i = 0; i < 3; i++) {
		spur_emit_row(e, "wide");
		spur_emit_text(e, "id", "ds-804989c7fbe19183");
		spur_emit_time(e, "begin_ns", times[5] + i);
		spur_emit_f64(e, "score", 7.14259043 * i * i * 1000);
		spur_emit_time(e, "end_ns", times[12] + i * 1000000);
		if (i == 1)
			spur_emit_text(e, "state", NULL);
		else
			spur_emit_text(e, "state", "candidate");
		spur_emit_text(e, "reason", words[3]);
		spur_emit_text(e, "author", words[9 + i]);
		spur_emit_end(e);
	}
}

static const struct {
	const char *name;
	rows *make;
	size_t limits[24];	/* widths besides 0: all there is room for */
} shapes[] = {
	{ "one row", one_row, { 20 } }, { "kinds", kinds, { 10, 24 } }, { "integers", integers, { 30 } },
	{ "reals", reals, { 20, 30, 36 } }, { "moments", moments, { 40, 60, 70 } }, { "bytes", bytes, { 30, 60 } },
	{ "texts", texts, { 20, 60, 62, 65, 80, 100 } }, { "nested", nested, { 60, 120 } }, { "many", many, { 30 } },
	{ "watched", watched, { 12 } },
	{ "wide", wide, { 1, 16, 17, 21, 45, 60, 80, 90, 99, 100, 101, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200 } },
};

static void add_text(struct spur_buf *out, size_t shape, size_t limit, enum spur_time_style style, bool quiet)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct spur_emit *e = spur_emit_text_create(f, f, style, quiet);

	spur_emit_text_limit(e, limit);
	shapes[shape].make(e);
	spur_buf_addf(out, "%s\n", spur_emit_text_destroy(e) ? "" : "lost");
	fclose(f);
	spur_buf_addf(out, "== %s, %zu columns%s%s\n", shapes[shape].name, limit, style == SPUR_TIME_UTC ? "" : ", nanoseconds",
		      quiet ? ", quiet" : "");
	spur_buf_adds(out, text);
	free(text);
}

static void add_json(struct spur_buf *out, size_t shape)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct spur_emit *e = spur_emit_json_create(f, f);

	shapes[shape].make(e);
	spur_buf_addf(out, "%s\n", spur_emit_json_destroy(e) ? "" : "lost");
	fclose(f);
	spur_buf_addf(out, "== %s, JSON\n", shapes[shape].name);
	spur_buf_adds(out, text);
	free(text);
}

int main(void)
{
	struct spur_buf out = { 0 };

	if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
		printf("1..0 # SKIP no locale C.UTF-8\n");
		return 0;
	}
	for (size_t i = 0; i < COUNT(shapes); i++) {
		add_text(&out, i, 0, SPUR_TIME_UTC, false);
		for (size_t k = 0; k < COUNT(shapes[i].limits) && shapes[i].limits[k] > 0; k++)
			add_text(&out, i, shapes[i].limits[k], SPUR_TIME_UTC, false);
		add_json(&out, i);
	}
	add_text(&out, 1, 0, SPUR_TIME_UTC, true);
	add_text(&out, 10, 80, SPUR_TIME_NS, true);
	setlocale(LC_ALL, "C");
	add_text(&out, 6, 60, SPUR_TIME_UTC, false);
	add_text(&out, 10, 90, SPUR_TIME_UTC, false);
	golden_text("emit_tables.txt", spur_buf_text(&out));
	spur_buf_finish(&out);
	return tap_done();
}
