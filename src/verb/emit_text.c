#include "config.h"

#include "verb/emit_file.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/json.h"

#define TABLE_ROWS 256u

#define TEXT_LEAST 16u	/* a column of text is not cut below that */

enum cell_type { CELL_TEXT, CELL_NUMBER, CELL_REAL, CELL_TIME };

struct cell {
	char *text;
	enum cell_type type;
};

/* One for the life of a table: the first rows settle it, the later ones follow. */
struct column {
	char *head;		/* its key */
	size_t width;
	enum cell_type type;	/* of the cells that have a value */
	int digits;		/* behind the point of a time or of a number; -1: all */
	bool cut;		/* longer texts end in an ellipsis */
};

struct text_emit {
	struct spur_emit base;	/* first */
	FILE *out, *err;
	enum spur_time_style style;
	bool quiet, failed;
	char *kind;		/* of the table being built */
	struct column *col;
	size_t cols, rows, shown;	/* shown: the rest does not fit on the terminal */
	size_t limit;		/* columns of the terminal; 0: not one, nothing is cut */
	struct cell *cells;	/* rows * cols, until the widths are known */
	bool streaming;		/* the widths are fixed and the heading is out */
	/* The row being built. */
	struct cell *row;
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

/* Columns on a terminal; combining marks and wide characters as wcwidth() says. */
static size_t columns_of(const char *s)
{
	mbstate_t state = { 0 };
	size_t n = 0, left = strlen(s);

	while (left > 0) {
		wchar_t wc;
		size_t used = mbrtowc(&wc, s, left, &state);
		int w;

		if (used == (size_t)-1 || used == (size_t)-2 || used == 0) {
			memset(&state, 0, sizeof(state));
			used = 1;
			w = 1;
		} else {
			w = wcwidth(wc);
		}
		n += w > 0 ? (size_t)w : 0;
		s += used;
		left -= used;
	}
	return n;
}

/* Print what fits into width, the last place for the ellipsis. */
static size_t print_cut(FILE *out, const char *s, size_t width)
{
	mbstate_t state = { 0 };
	size_t used = 0, left = strlen(s);

	while (left > 0) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, left, &state);
		bool bad = n == (size_t)-1 || n == (size_t)-2 || n == 0;
		int w = bad ? 1 : wcwidth(wc);

		if (bad) {
			memset(&state, 0, sizeof(state));
			n = 1;
		}
		if (used + (w > 0 ? (size_t)w : 0) >= width)
			break;
		used += w > 0 ? (size_t)w : 0;
		fwrite(s, 1, n, out);
		s += n;
		left -= n;
	}
	fputs(MB_CUR_MAX > 1 ? "\xe2\x80\xa6" : "~", out);
	return used + 1;
}

/* A stamp or a number with fewer digits; s stays as it is where that is not possible. */
static const char *shorter(const struct column *col, const struct cell *c, const char *s, char out[SPUR_TIME_TEXT])
{
	const char *dot = strchr(s, '.');
	char *end;

	if (col->digits < 0)
		return s;
	if (c->type == CELL_REAL) {
		double v = strtod(s, &end);

		snprintf(out, SPUR_TIME_TEXT, "%.*g", col->digits, v);
		return *end == '\0' && strlen(out) < strlen(s) ? out : s;
	}
	if (c->type != CELL_TIME || dot == NULL || strlen(s) >= SPUR_TIME_TEXT)
		return s;
	size_t digits = strspn(dot + 1, "0123456789"), keep = (size_t)col->digits;

	if (digits <= keep)
		return s;
	snprintf(out, SPUR_TIME_TEXT, "%.*s%s", (int)(keep == 0 ? dot - s : dot - s + 1 + (ptrdiff_t)keep), s, dot + 1 + digits);
	return out;
}

static void print_cell(struct text_emit *t, size_t column, const struct cell *c)
{
	const struct column *col = &t->col[column];
	bool right = col->type == CELL_NUMBER || col->type == CELL_REAL, last = column + 1 == t->shown;
	char brief[SPUR_TIME_TEXT];
	const char *s = c->text == NULL ? "" : shorter(col, c, c->text, brief);
	size_t used = columns_of(s), pad = col->width > used ? col->width - used : 0;

	if (right)
		fprintf(t->out, "%*s", (int)pad, "");
	if (col->cut && used > col->width)
		print_cut(t->out, s, col->width);
	else
		fputs(s, t->out);
	if (!right && !last)
		fprintf(t->out, "%*s", (int)pad, "");
	if (!last)
		fputs("  ", t->out);
}

static char *heading(const char *key)
{
	char *h = spur_strdup(key);
	size_t n = strlen(h);

	if (n > 3 && strcmp(h + n - 3, "_ns") == 0)
		h[n - 3] = '\0';
	if (n > 6 && strcmp(h + n - 6, "_bytes") == 0)
		h[n - 6] = '\0';
	for (char *p = h; *p != '\0'; p++)
		*p = *p == '_' ? ' ' : (char)toupper((unsigned char)*p);
	return h;
}

static size_t table_width(const struct text_emit *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->shown; i++)
		n += t->col[i].width + (i > 0 ? 2 : 0);
	return n;
}

static void measure(struct text_emit *t, size_t column)
{
	struct column *col = &t->col[column];
	char *h = heading(col->head), brief[SPUR_TIME_TEXT];

	col->width = columns_of(h);
	for (size_t r = 0; r < t->rows; r++) {
		const struct cell *c = &t->cells[r * t->cols + column];
		size_t w = columns_of(c->text == NULL ? "" : shorter(col, c, c->text, brief));

		col->width = w > col->width ? w : col->width;
	}
	free(h);
}

static void fewer_digits(struct text_emit *t, enum cell_type type, int digits)
{
	for (size_t i = 0; i < t->cols && table_width(t) > t->limit; i++) {
		if (t->col[i].type == type) {
			t->col[i].digits = digits;
			measure(t, i);
		}
	}
}

/* One place off the widest text; of the first column, mostly an id, only when the others have none to
 * give. false: nor has it. */
static bool cut_widest(struct text_emit *t)
{
	struct column *widest = NULL;

	for (size_t i = t->shown; i-- > 0;) {
		struct column *c = &t->col[i];

		if (c->type == CELL_TEXT && c->width > TEXT_LEAST &&
		    (widest == NULL || (i > 0 && c->width > widest->width)))
			widest = c;
	}
	if (widest == NULL)
		return false;
	widest->width--;
	widest->cut = true;
	return true;
}

/* A table wider than the terminal: first times and numbers lose digits, then texts their ends,
 * then the last columns go. Into a file or a pipe everything is written. */
static void fit(struct text_emit *t)
{
	t->shown = t->cols;
	for (size_t i = 0; i < t->cols; i++)
		measure(t, i);
	if (t->limit == 0)
		return;
	fewer_digits(t, CELL_TIME, 3);
	fewer_digits(t, CELL_REAL, 4);
	fewer_digits(t, CELL_TIME, 0);
	while (table_width(t) > t->limit && cut_widest(t))
		;
	while (table_width(t) > t->limit && t->shown > 1)
		t->shown--;
}

static void print_heading(struct text_emit *t)
{
	fit(t);
	for (size_t i = 0; i < t->shown; i++) {
		char *h = heading(t->col[i].head);

		print_cell(t, i, &(struct cell){ h, CELL_TEXT });
		free(h);
	}
	fputc('\n', t->out);
}

static void print_fields(struct text_emit *t)
{
	size_t w = 0;

	for (size_t i = 0; i < t->cols; i++) {
		size_t n = columns_of(t->col[i].head);

		w = n > w ? n : w;
	}
	for (size_t i = 0; i < t->cols; i++) {
		char *h = heading(t->col[i].head);

		if (t->cells[i].text != NULL && t->cells[i].text[0] != '\0')
			fprintf(t->out, "%-*s  %s\n", (int)w, h, t->cells[i].text);
		free(h);
	}
}

static void free_cells(struct text_emit *t)
{
	for (size_t i = 0; i < t->rows * t->cols; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->rows = 0;
}

/* Print what is held; with `more` the table goes on and later rows stream. */
static void print_table(struct text_emit *t, bool more)
{
	if (t->rows == 1 && !more && !t->streaming) {
		print_fields(t);
	} else if (t->rows > 0) {
		if (!t->streaming)
			print_heading(t);
		for (size_t r = 0; r < t->rows; r++) {
			for (size_t i = 0; i < t->shown; i++)
				print_cell(t, i, &t->cells[r * t->cols + i]);
			fputc('\n', t->out);
		}
		t->streaming = true;
	}
	free_cells(t);
	if (ferror(t->out) && errno != EPIPE)
		t->failed = true;
}

static void end_table(struct text_emit *t)
{
	print_table(t, false);
	for (size_t i = 0; i < t->cols; i++)
		free(t->col[i].head);
	free(t->col);
	free(t->kind);
	t->col = NULL;
	t->kind = NULL;
	t->cols = 0;
	t->streaming = false;
}

static void row(struct spur_emit *e, const char *kind)
{
	struct text_emit *t = self(e);

	if (t->kind != NULL && strcmp(t->kind, kind) != 0)
		end_table(t);
	if (t->kind == NULL)
		t->kind = spur_strdup(kind);
}

static bool same_columns(const struct text_emit *t)
{
	if (t->cols != t->row_cols)
		return false;
	for (size_t i = 0; i < t->cols; i++) {
		if (strcmp(t->col[i].head, t->row_keys[i]) != 0)
			return false;
	}
	return true;
}

static void adopt_columns(struct text_emit *t)
{
	char *kind = t->kind;

	t->kind = NULL;
	end_table(t);
	t->kind = kind;
	t->cols = t->row_cols;
	t->col = spur_calloc(t->cols, sizeof(*t->col));
	for (size_t i = 0; i < t->cols; i++)
		t->col[i] = (struct column){ .head = spur_strdup(t->row_keys[i]), .digits = -1 };
}

static void end_row(struct spur_emit *e)
{
	struct text_emit *t = self(e);

	if (!same_columns(t))
		adopt_columns(t);
	t->cells = spur_realloc(t->cells, (t->rows + 1) * t->cols, sizeof(*t->cells));
	for (size_t i = 0; i < t->cols; i++) {
		if (!t->streaming && t->row[i].type != CELL_TEXT)
			t->col[i].type = t->row[i].type;
		t->cells[t->rows * t->cols + i] = t->row[i];
		free(t->row_keys[i]);
	}
	t->rows++;
	t->row_cols = 0;
	if (t->streaming || t->rows >= TABLE_ROWS)
		print_table(t, true);
}

static void put(struct spur_emit *e, const char *key, const char *s, size_t len, enum cell_type type)
{
	struct text_emit *t = self(e);

	if (e->detail)
		return;
	t->row = spur_realloc(t->row, t->row_cols + 1, sizeof(*t->row));
	t->row_keys = spur_realloc(t->row_keys, t->row_cols + 1, sizeof(*t->row_keys));
	t->row[t->row_cols] = (struct cell){ spur_strndup(s, len), type };
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
	put(e, key, copy, len, CELL_TEXT);
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
		put(e, t->nested_key, spur_buf_text(&b), b.len, CELL_TEXT);
	else
		put(e, t->nested_key, s, n, CELL_TEXT);
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
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%" PRId64, v), CELL_NUMBER);
}

static void u64(struct spur_emit *e, const char *key, uint64_t v)
{
	char s[24];

	if (self(e)->depth > 0)
		spur_json_uint(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%" PRIu64, v), CELL_NUMBER);
}

static void f64(struct spur_emit *e, const char *key, double v)
{
	char s[32];

	if (self(e)->depth > 0)
		spur_json_f64(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%.9g", v), CELL_REAL);
}

static void f32(struct spur_emit *e, const char *key, float v)
{
	char s[32];

	if (self(e)->depth > 0)
		spur_json_f32(&self(e)->json, key, v);
	else
		put(e, key, s, (size_t)snprintf(s, sizeof(s), "%.7g", (double)v), CELL_REAL);
}

static void boolean(struct spur_emit *e, const char *key, bool v)
{
	if (self(e)->depth > 0)
		spur_json_bool(&self(e)->json, key, v);
	else
		put(e, key, v ? "yes" : "no", v ? 3 : 2, CELL_TEXT);
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
	put(e, key, s, n, CELL_TEXT);
}

static void time_cell(struct spur_emit *e, const char *key, spur_ns v)
{
	char s[SPUR_TIME_TEXT];

	if (self(e)->depth > 0) {
		spur_json_int(&self(e)->json, key, v);
		return;
	}
	spur_time_text(v, self(e)->style, 0, s);
	put(e, key, s, strlen(s), CELL_TIME);
}

static void span(struct spur_emit *e, const char *key, spur_ns d)
{
	char s[SPUR_TIME_TEXT];

	if (self(e)->depth > 0) {
		spur_json_int(&self(e)->json, key, d);
		return;
	}
	spur_span_text(d, s);
	put(e, key, s, strlen(s), CELL_NUMBER);
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
	put(e, key, s, (size_t)snprintf(s, sizeof(s), u == 0 ? "%.0f %s" : "%.1f %s", x, units[u]), CELL_NUMBER);
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
	print_table(self(e), true);
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
	t->limit = terminal_columns(out);
	t->quiet = quiet;
	return &t->base;
}

void spur_emit_text_limit(struct spur_emit *e, size_t columns)
{
	self(e)->limit = columns;
}

bool spur_emit_text_destroy(struct spur_emit *e)
{
	struct text_emit *t = self(e);
	bool good;

	end_table(t);
	good = fflush(t->out) == 0 || errno == EPIPE;
	good = good && !t->failed;
	spur_buf_finish(&t->nested);
	free(t->row);
	free(t->row_keys);
	free(t);
	return good;
}
