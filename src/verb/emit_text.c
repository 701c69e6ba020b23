#include "config.h"

#include "verb/emit_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json.h"
#include "verb/text_table.h"

struct text_emit {
	struct spur_emit base;	/* first */
	FILE *out, *err;
	enum spur_time_style style;
	bool quiet;
	char *kind;		/* of the table being built */
	struct spur_text_table table;
	/* The row being built. */
	struct spur_text_cell *row;
	size_t row_cols;
	char **row_keys;
	struct spur_buf nested;	/* a bracketed value, as one cell */
	struct spur_json json;
	int depth;
	char *nested_key;
	bool nested_hidden;
};

static struct text_emit *self(struct spur_emit *e)
{
	return (struct text_emit *)e;
}

static void end_table(struct text_emit *t)
{
	spur_text_table_end(&t->table);
	free(t->kind);
	t->kind = NULL;
}

static void row(struct spur_emit *e, const char *kind)
{
	struct text_emit *t = self(e);

	if (t->kind != NULL && strcmp(t->kind, kind) != 0)
		end_table(t);
	if (t->kind == NULL)
		t->kind = spur_strdup(kind);
}

static void end_row(struct spur_emit *e)
{
	struct text_emit *t = self(e);

	spur_text_table_add(&t->table, t->row, t->row_keys, t->row_cols);
	for (size_t i = 0; i < t->row_cols; i++)
		free(t->row_keys[i]);
	t->row_cols = 0;
}

static void put(struct spur_emit *e, const char *key, const char *s, size_t len, enum spur_cell_type type)
{
	struct text_emit *t = self(e);

	if (e->detail)
		return;
	t->row = spur_realloc(t->row, t->row_cols + 1, sizeof(*t->row));
	t->row_keys = spur_realloc(t->row_keys, t->row_cols + 1, sizeof(*t->row_keys));
	t->row[t->row_cols] = (struct spur_text_cell){ spur_strndup(s, len), type };
	t->row_keys[t->row_cols++] = spur_strdup(key == NULL ? "" : key);
}

/* Control characters of a file's texts must not reach the terminal. */
static void put_clean(struct spur_emit *e, const char *key, const char *s, size_t len)
{
	char *copy = spur_strndup(s, len);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = ' ';
	}
	put(e, key, copy, len, SPUR_CELL_TEXT);
	free(copy);
}

static void begin(struct spur_emit *e, const char *key, char bracket)
{
	struct text_emit *t = self(e);

	if (t->depth++ == 0) {
		spur_buf_clear(&t->nested);
		t->json = (struct spur_json){ .out = &t->nested };
		t->nested_key = spur_strdup(key == NULL ? "" : key);
		t->nested_hidden = e->detail;
		spur_json_begin(&t->json, NULL, bracket);
	} else {
		spur_json_begin(&t->json, key, bracket);
	}
}

/* ["a","b"] reads better as a, b. */
static void put_nested(struct spur_emit *e)
{
	struct text_emit *t = self(e);
	struct spur_buf b = { 0 };
	size_t n = t->nested.len;
	const char *s = t->nested.data;
	bool flat = n >= 2 && s[0] == '[' && strpbrk(s + 1, "[{\\") == NULL;

	for (size_t i = 1; flat && i + 1 < n; i++) {
		if (s[i] == ',')
			spur_buf_adds(&b, ", ");
		else if (s[i] != '"')
			spur_buf_addc(&b, s[i]);
	}
	if (flat)
		put(e, t->nested_key, spur_buf_text(&b), b.len, SPUR_CELL_TEXT);
	else
		put(e, t->nested_key, s, n, SPUR_CELL_TEXT);
	spur_buf_finish(&b);
}

static void close_bracket(struct spur_emit *e, char bracket)
{
	struct text_emit *t = self(e);

	spur_json_end(&t->json, bracket);
	if (--t->depth > 0)
		return;
	if (!t->nested_hidden)
		put_nested(e);
	free(t->nested_key);
	t->nested_key = NULL;
}

static void i64(struct spur_emit *e, const char *key, int64_t v)
{
	char s[24];

	if (self(e)->depth > 0)
		spur_json_int(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%" PRId64, v), SPUR_CELL_NUMBER);
}

static void u64(struct spur_emit *e, const char *key, uint64_t v)
{
	char s[24];

	if (self(e)->depth > 0)
		spur_json_uint(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%" PRIu64, v), SPUR_CELL_NUMBER);
}

static void f64(struct spur_emit *e, const char *key, double v)
{
	char s[32];

	if (self(e)->depth > 0)
		spur_json_f64(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%.9g", v), SPUR_CELL_REAL);
}

static void f32(struct spur_emit *e, const char *key, float v)
{
	char s[32];

	if (self(e)->depth > 0)
		spur_json_f32(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%.7g", (double)v), SPUR_CELL_REAL);
}

static void boolean(struct spur_emit *e, const char *key, bool v)
{
	if (self(e)->depth > 0)
		spur_json_bool(&self(e)->json, key, v);
	else
		put(e, key, v ? "yes" : "no", v ? 3 : 2, SPUR_CELL_TEXT);
}

static void text(struct spur_emit *e, const char *key, const char *s, size_t len)
{
	if (self(e)->depth > 0 && s == NULL)
		spur_json_null(&self(e)->json, key);
	else if (self(e)->depth > 0)
		spur_json_textn(&self(e)->json, key, s, len);
	else
		put_clean(e, key, s == NULL ? "-" : s, s == NULL ? 1 : len);
}

static void bytes(struct spur_emit *e, const char *key, const void *data, size_t len)
{
	char s[3 * 16 + 32];
	size_t n = 0;

	if (self(e)->depth > 0) {
		spur_json_bytes(&self(e)->json, key, data, len);
		return;
	}
	for (size_t i = 0; i < len && i < 16; i++)
		n += (size_t)snprintf(s + n, sizeof(s) - n, "%02x ", ((const unsigned char *)data)[i]);
	if (len > 16)
		n += (size_t)snprintf(s + n, sizeof(s) - n, "... %zu bytes", len);
	put(e, key, s, n, SPUR_CELL_TEXT);
}

static void time_cell(struct spur_emit *e, const char *key, spur_ns v)
{
	char s[SPUR_TIME_TEXT];

	if (self(e)->depth > 0) {
		spur_json_int(&self(e)->json, key, v);
		return;
	}
	spur_time_text(v, self(e)->style, 0, s);
	put(e, key, s, strlen(s), SPUR_CELL_TIME);
}

static void span(struct spur_emit *e, const char *key, spur_ns d)
{
	char s[SPUR_TIME_TEXT];

	if (self(e)->depth > 0) {
		spur_json_int(&self(e)->json, key, d);
		return;
	}
	spur_span_text(d, s);
	put(e, key, s, strlen(s), SPUR_CELL_NUMBER);
}

static void size_cell(struct spur_emit *e, const char *key, uint64_t v)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	char s[32];
	double x = (double)v;
	int u = 0;

	if (self(e)->depth > 0) {
		spur_json_uint(&self(e)->json, key, v);
		return;
	}
	for (; x >= 1024 && u < 5; u++)
		x /= 1024;
	put(e, key, s, (size_t)snprintf(s, sizeof(s), u == 0 ? "%.0f %s" : "%.1f %s", x, units[u]), SPUR_CELL_NUMBER);
}

static void raw(struct spur_emit *e, const char *json, size_t len)
{
	end_table(self(e));
	fwrite(json, 1, len, self(e)->out);
	fputc('\n', self(e)->out);
}

static void note(struct spur_emit *e, const char *s)
{
	end_table(self(e));
	if (!self(e)->quiet)
		fprintf(self(e)->out, "%s\n", s);
}

static void warn(struct spur_emit *e, const char *s)
{
	fflush(self(e)->out);
	fprintf(self(e)->err, "spur: %s\n", s);
}

static void stream(struct spur_emit *e, const void *data, size_t len)
{
	end_table(self(e));
	fwrite(data, 1, len, self(e)->out);
}

/* Rows so far, for who watches; the table goes on with the widths it has. */
static void flush(struct spur_emit *e)
{
	spur_text_table_print(&self(e)->table, true);
	fflush(self(e)->out);
}

static const struct spur_emit_ops ops = {
	.row = row, .end = end_row, .begin = begin, .close = close_bracket, .i64 = i64, .u64 = u64,
	.f64 = f64, .f32 = f32, .boolean = boolean, .text = text, .bytes = bytes, .time = time_cell,
	.span = span, .size = size_cell, .raw = raw, .note = note, .warn = warn, .stream = stream, .flush = flush,
};

static size_t terminal_columns(FILE *out)
{
	struct winsize w;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &w) != 0)
		return 0;
	return w.ws_col;
}

struct spur_emit *spur_emit_text_create(FILE *out, FILE *err, enum spur_time_style style, bool quiet)
{
	struct text_emit *t = spur_calloc(1, sizeof(*t));

	t->base.ops = &ops;
	t->out = out;
	t->err = err;
	t->style = style;
	t->table = (struct spur_text_table){ .out = out, .limit = terminal_columns(out) };
	t->quiet = quiet;
	return &t->base;
}

void spur_emit_text_limit(struct spur_emit *e, size_t columns)
{
	self(e)->table.limit = columns;
}

bool spur_emit_text_destroy(struct spur_emit *e)
{
	struct text_emit *t = self(e);
	bool good;

	end_table(t);
	good = spur_emit_out_good(t->out);
	spur_buf_finish(&t->nested);
	free(t->row);
	free(t->row_keys);
	free(t);
	return good;
}
