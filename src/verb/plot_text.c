#include "config.h"

#include "verb/plot.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "plot/axis.h"
#include "plot/braille.h"

#define GUTTER 9		/* characters for the value axis */
#define COLUMNS 80
#define COLUMNS_LEAST 20
#define COLUMNS_MOST 2000
#define ROWS 22			/* for all traces, where nobody says */
#define ROWS_LEAST 3

static int columns(const struct plot *p)
{
	struct winsize w;
	int n = p->width;

	if (n == 0)
		n = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : COLUMNS;
	return n < COLUMNS_LEAST ? COLUMNS_LEAST : n > COLUMNS_MOST ? COLUMNS_MOST : n;
}

size_t plot_text_columns(const struct plot *p)
{
	return (size_t)(columns(p) - GUTTER) * 2;	/* dots */
}

/* ---- text ---- */

/* A cell of dots; where the terminal has no UTF-8, how many dots it has. */
static void add_cell(struct spur_buf *b, uint8_t dots, bool utf8)
{
	if (utf8 && dots != 0) {
		spur_buf_addc(b, (char)0xe2);
		spur_buf_addc(b, (char)(0xa0 | dots >> 6));
		spur_buf_addc(b, (char)(0x80 | (dots & 0x3f)));
		return;
	}
	spur_buf_addc(b, " .:*#"[(__builtin_popcount(dots) + 1) / 2]);
}

static void axis_label(const struct spur_ticks *ticks, double lo, double hi, size_t rows, size_t row, char out[24])
{
	out[0] = '\0';
	for (size_t i = 0; i < ticks->count; i++) {
		double y = (hi / 2 - ticks->ticks[i].at / 2) / (hi / 2 - lo / 2) * (double)(rows - 1);

		if ((size_t)(y + 0.5) == row)
			snprintf(out, 24, "%s", ticks->ticks[i].label);
	}
}

static void say_figures(const struct plot *p, const struct plot_trace *t, struct spur_buf *b)
{
	const struct spur_range_stats *s = &t->t->stats;
	char x[32];

	if (p->want.cursor_ns != SPUR_NS_MIN)
		spur_buf_addf(b, "  cursor %s", spur_number_text(t->t->at_cursor, 7, x));
	if (p->want.a_ns != SPUR_NS_MIN)
		spur_buf_addf(b, "  A %s", spur_number_text(t->t->at_a, 7, x));
	if (p->want.b_ns != SPUR_NS_MIN)
		spur_buf_addf(b, "  B %s", spur_number_text(t->t->at_b, 7, x));
	spur_buf_addf(b, "  min %s", spur_number_text(s->min, 7, x));
	spur_buf_addf(b, "  max %s", spur_number_text(s->max, 7, x));
	spur_buf_addf(b, "  mean %s", spur_number_text(s->mean, 7, x));
	spur_buf_addf(b, "  n %llu%s", (unsigned long long)s->count, t->t->reduced ? " stored intervals" : "");
	if (t->t->view.gaps > 0)
		spur_buf_addf(b, "  gaps %llu", (unsigned long long)t->t->view.gaps);
}

static void finite_range(const struct spur_decimation *d, double *lo, double *hi)
{
	*lo = d->min;
	*hi = d->max;
	if (!isfinite(*lo) || !isfinite(*hi)) {
		*lo = (double)INFINITY;
		*hi = -(double)INFINITY;
		for (size_t i = 0; i < d->columns; i++) {
			const struct spur_bin *b = &d->bins[i];

			if (b->count > 0 && isfinite(b->min) && isfinite(b->max)) {
				*lo = fmin(*lo, b->min);
				*hi = fmax(*hi, b->max);
			}
		}
	}
	spur_axis_pad(lo, hi);
}

static void draw_trace(const struct plot *p, const struct plot_trace *t, size_t rows, bool utf8, struct spur_emit *emit)
{
	const struct spur_decimation *d = &t->t->view;
	struct spur_buf b = { 0 };
	struct spur_ticks ticks;
	struct spur_dots dots;
	double lo, hi;
	char label[24];

	spur_buf_addf(&b, "%s [%s]", t->signal->name, t->signal->unit[0] != '\0' ? t->signal->unit : "-");
	if (t->note != NULL)
		spur_buf_addf(&b, "  %s", t->note);
	else
		say_figures(p, t, &b);
	spur_emit_note(emit, "%s", spur_buf_text(&b));
	finite_range(d, &lo, &hi);
	spur_ticks_value(&ticks, lo, hi, rows / 2 + 1);
	spur_dots_init(&dots, d->columns / 2, rows);
	spur_dots_line(&dots, d, lo, hi, spur_decimation_gap_ns(d));
	for (size_t y = 0; y < rows && t->note == NULL; y++) {
		spur_buf_clear(&b);
		axis_label(&ticks, lo, hi, rows, y, label);
		spur_buf_addf(&b, "%*s ", GUTTER - 1, label);
		for (size_t x = 0; x < dots.cols; x++)
			add_cell(&b, dots.cells[y * dots.cols + x], utf8);
		while (b.len > 0 && b.data[b.len - 1] == ' ')
			b.data[--b.len] = '\0';
		spur_emit_note(emit, "%s", spur_buf_text(&b));
	}
	spur_dots_finish(&dots);
	spur_buf_finish(&b);
}

static void draw_times(const struct plot *p, struct spur_emit *emit)
{
	size_t cols = plot_text_columns(p) / 2, used = 0;
	struct spur_buf b = { 0 };
	struct spur_ticks ticks;

	spur_ticks_time(&ticks, p->want.begin_ns, p->want.end_ns, p->begin_ns, cols / 14 + 1);
	spur_buf_addf(&b, "%*s", GUTTER, "");
	for (size_t i = 0; i < ticks.count; i++) {
		size_t x = (size_t)(ticks.ticks[i].at * 1e9 / (double)(p->want.end_ns - p->want.begin_ns) * (double)cols);
		size_t n = strlen(ticks.ticks[i].label);

		if (x < used || x + n > cols)
			continue;
		spur_buf_addf(&b, "%*s%s", (int)(x - (b.len - GUTTER)), "", ticks.ticks[i].label);
		used = x + n + 1;
	}
	spur_emit_note(emit, "%s", spur_buf_text(&b));
	spur_buf_finish(&b);
}

void plot_text(const struct plot *p, struct spur_emit *emit)
{
	size_t all = p->height > 0 ? (size_t)p->height : ROWS, rows = all / (p->count > 0 ? p->count : 1);
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	char t[SPUR_TIME_TEXT], span[SPUR_TIME_TEXT];

	rows = rows > ROWS_LEAST ? rows - 1 : ROWS_LEAST;
	rows = rows < 200 ? rows : 200;
	spur_emit_note(emit, "%s  from %s, %s", p->title, spur_time_text(p->want.begin_ns, p->ctx->time_style, p->begin_ns, t),
		       spur_span_text(p->want.end_ns - p->want.begin_ns, span));
	for (size_t i = 0; i < p->count; i++)
		draw_trace(p, &p->traces[i], rows, utf8, emit);
	draw_times(p, emit);
	for (size_t i = 0; i < p->segments.count; i++) {
		const struct spur_db_segment *g = &p->segments.rows[i];

		spur_emit_note(emit, "%s  %s %s  %s  %s", spur_time_text(g->begin_ns, SPUR_TIME_REL, p->begin_ns, t), g->uid, g->label,
			       spur_span_text(g->end_ns - g->begin_ns, span), spur_db_state_name(g->state));
	}
}

/* ---- JSON ---- */

static void emit_bins(const struct spur_decimation *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "bins", '[');
	for (size_t i = 0; i < d->columns; i++) {
		const struct spur_bin *b = &d->bins[i];

		if (b->count == 0)
			continue;
		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "i", i);
		spur_emit_uint(emit, "n", b->count);
		spur_emit_f64(emit, "min", b->min);
		spur_emit_f64(emit, "max", b->max);
		spur_emit_f64(emit, "first", b->first);
		spur_emit_f64(emit, "last", b->last);
		spur_emit_time(emit, "first_ns", b->first_ns);
		spur_emit_time(emit, "last_ns", b->last_ns);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_trace(const struct plot *p, const struct plot_trace *t, struct spur_emit *emit)
{
	const struct spur_range_stats *s = &t->t->stats;

	spur_emit_row(emit, "trace");
	spur_emit_text(emit, "signal", t->signal->name);
	spur_emit_text(emit, "unit", t->signal->unit);
	spur_emit_text(emit, "file", t->file);
	spur_emit_text(emit, "note", t->note);
	spur_emit_time(emit, "begin_ns", p->want.begin_ns);
	spur_emit_time(emit, "end_ns", p->want.end_ns);
	spur_emit_uint(emit, "columns", t->t->view.columns);
	if (t->t->reduced)
		spur_emit_bool(emit, "reduced", true);
	spur_emit_uint(emit, "n", s->count);
	spur_emit_uint(emit, "gaps", t->t->view.gaps);
	spur_emit_f64(emit, "min", s->min);
	spur_emit_f64(emit, "max", s->max);
	spur_emit_f64(emit, "mean", s->mean);
	spur_emit_f64(emit, "rms", spur_range_stats_rms(s));
	spur_emit_f64(emit, "sd", spur_range_stats_sd(s));
	if (p->want.cursor_ns != SPUR_NS_MIN)
		spur_emit_f64(emit, "at_cursor", t->t->at_cursor);
	if (p->want.a_ns != SPUR_NS_MIN)
		spur_emit_f64(emit, "at_a", t->t->at_a);
	if (p->want.b_ns != SPUR_NS_MIN)
		spur_emit_f64(emit, "at_b", t->t->at_b);
	emit_bins(&t->t->view, emit);
	spur_emit_end(emit);
}

void plot_json(const struct plot *p, struct spur_emit *emit)
{
	for (size_t i = 0; i < p->count; i++)
		emit_trace(p, &p->traces[i], emit);
}
