#include "config.h"

#include "verb/text_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/time.h"

#define TABLE_ROWS 256u

#define TEXT_LEAST 16u	/* a column of text is not cut below that */

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
static const char *shorter(const struct spur_text_column *col, const struct spur_text_cell *c, const char *s, char out[SPUR_TIME_TEXT])
{
	const char *dot = strchr(s, '.');
	char *end;

	if (col->digits < 0)
		return s;
	if (c->type == SPUR_CELL_REAL) {
		double v = strtod(s, &end);

		snprintf(out, SPUR_TIME_TEXT, "%.*g", col->digits, v);
		return *end == '\0' && strlen(out) < strlen(s) ? out : s;
	}
	if (c->type != SPUR_CELL_TIME || dot == NULL || strlen(s) >= SPUR_TIME_TEXT)
		return s;
	size_t digits = strspn(dot + 1, "0123456789"), keep = (size_t)col->digits;

	if (digits <= keep)
		return s;
	snprintf(out, SPUR_TIME_TEXT, "%.*s%s", (int)(keep == 0 ? dot - s : dot - s + 1 + (ptrdiff_t)keep), s, dot + 1 + digits);
	return out;
}

static void print_cell(struct spur_text_table *t, size_t column, const struct spur_text_cell *c)
{
	const struct spur_text_column *col = &t->col[column];
	bool right = col->type == SPUR_CELL_NUMBER || col->type == SPUR_CELL_REAL, last = column + 1 == t->shown;
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

static size_t table_width(const struct spur_text_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->shown; i++)
		n += t->col[i].width + (i > 0 ? 2 : 0);
	return n;
}

static void measure(struct spur_text_table *t, size_t column)
{
	struct spur_text_column *col = &t->col[column];
	char *h = heading(col->head), brief[SPUR_TIME_TEXT];

	col->width = columns_of(h);
	for (size_t r = 0; r < t->rows; r++) {
		const struct spur_text_cell *c = &t->cells[r * t->cols + column];
		size_t w = columns_of(c->text == NULL ? "" : shorter(col, c, c->text, brief));

		col->width = w > col->width ? w : col->width;
	}
	free(h);
}

static void fewer_digits(struct spur_text_table *t, enum spur_cell_type type, int digits)
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
static bool cut_widest(struct spur_text_table *t)
{
	struct spur_text_column *widest = NULL;

	for (size_t i = t->shown; i-- > 0;) {
		struct spur_text_column *c = &t->col[i];

		if (c->type == SPUR_CELL_TEXT && c->width > TEXT_LEAST &&
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
static void fit(struct spur_text_table *t)
{
	t->shown = t->cols;
	for (size_t i = 0; i < t->cols; i++)
		measure(t, i);
	if (t->limit == 0)
		return;
	fewer_digits(t, SPUR_CELL_TIME, 3);
	fewer_digits(t, SPUR_CELL_REAL, 4);
	fewer_digits(t, SPUR_CELL_TIME, 0);
	while (table_width(t) > t->limit && cut_widest(t))
		;
	while (table_width(t) > t->limit && t->shown > 1)
		t->shown--;
}

static void print_heading(struct spur_text_table *t)
{
	fit(t);
	for (size_t i = 0; i < t->shown; i++) {
		char *h = heading(t->col[i].head);

		print_cell(t, i, &(struct spur_text_cell){ h, SPUR_CELL_TEXT });
		free(h);
	}
	fputc('\n', t->out);
}

static void print_fields(struct spur_text_table *t)
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

static void free_cells(struct spur_text_table *t)
{
	for (size_t i = 0; i < t->rows * t->cols; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->rows = 0;
}

void spur_text_table_print(struct spur_text_table *t, bool more)
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
}

void spur_text_table_end(struct spur_text_table *t)
{
	spur_text_table_print(t, false);
	for (size_t i = 0; i < t->cols; i++)
		free(t->col[i].head);
	free(t->col);
	t->col = NULL;
	t->cols = 0;
	t->streaming = false;
}

static bool same_columns(const struct spur_text_table *t, char *const *keys, size_t count)
{
	if (t->cols != count)
		return false;
	for (size_t i = 0; i < t->cols; i++) {
		if (strcmp(t->col[i].head, keys[i]) != 0)
			return false;
	}
	return true;
}

static void adopt_columns(struct spur_text_table *t, char *const *keys, size_t count)
{
	spur_text_table_end(t);
	t->cols = count;
	t->col = spur_calloc(t->cols, sizeof(*t->col));
	for (size_t i = 0; i < t->cols; i++)
		t->col[i] = (struct spur_text_column){ .head = spur_strdup(keys[i]), .digits = -1 };
}

void spur_text_table_add(struct spur_text_table *t, const struct spur_text_cell *row, char *const *keys, size_t count)
{
	if (!same_columns(t, keys, count))
		adopt_columns(t, keys, count);
	t->cells = spur_realloc(t->cells, (t->rows + 1) * t->cols, sizeof(*t->cells));
	for (size_t i = 0; i < t->cols; i++) {
		if (!t->streaming && row[i].type != SPUR_CELL_TEXT)
			t->col[i].type = row[i].type;
		t->cells[t->rows * t->cols + i] = row[i];
	}
	t->rows++;
	if (t->streaming || t->rows >= TABLE_ROWS)
		spur_text_table_print(t, true);
}
