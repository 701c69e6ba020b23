#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/evidence_pane.h"
#include "ui/review.h"

#define ALONE_ROWS 13	/* of the body: below, and below 60 columns, the list is alone */
#define ALONE_COLS 60

/* ---- where things are ---- */

void spur_review_divide(const struct spur_review *s, int rows, int cols, struct spur_review_layout *out)
{
	int below = rows >= 30 ? rows * 3 / 5 : rows / 2, wide = cols;
	bool camera = s->with_camera && s->has_camera;

	*out = (struct spur_review_layout){ .list = { 2, 0, rows - 2, cols }, .rule = -1, .foot = -1 };
	if (rows < ALONE_ROWS || cols < ALONE_COLS)
		return;
	out->list.rows = rows - 2 - below;
	out->rule = rows - below;
	out->foot = rows - 1;
	if (camera)
		wide = cols / 2;
	out->evidence = (struct spur_rect){ out->rule + 1, cols - wide + (camera ? 2 : 1), below - 2, wide - (camera ? 3 : 2) };
	if (camera)
		out->camera = (struct spur_rect){ out->rule + 1, 1, below - 2, cols - wide - 1 };
}

int spur_review_plot_columns(const struct spur_review_layout *l)
{
	return spur_evidence_columns(l->evidence.cols);
}

/* ---- the list ---- */

enum column { SEG, DRIVE, AT, DUR, LABEL, CONF, AUTHOR, STATE, NOTE, COLUMNS };

struct columns {
	int at[COLUMNS], width[COLUMNS];
};

/* Names grow with the terminal, figures keep their place. */
static void place_columns(int cols, int digits, bool long_times, struct columns *c)
{
	static const int least[COLUMNS] = { 4, 8, 8, 6, 12, 4, 6, 10, 11 };
	static const int grows[COLUMNS] = { 0, 2, 0, 0, 2, 0, 1, 0, 4 };
	int room = cols - 2, sum = 0, weight = 0, x = 2;

	for (int i = 0; i < COLUMNS; i++) {
		c->width[i] = least[i] + (i == AT && long_times ? 11 : 0);
		if (i == SEG && digits > c->width[i])
			c->width[i] = digits;
		room -= c->width[i] + 1;
		weight += grows[i];
	}
	for (int i = 0; i < COLUMNS; i++) {
		int more = room > 0 ? room * grows[i] / weight : 0;

		c->width[i] += more;
		sum += more;
	}
	c->width[NOTE] += room - sum;
	if (c->width[NOTE] < 0)
		c->width[NOTE] = 0;
	for (int i = 0; i < COLUMNS; i++) {
		c->at[i] = x;
		x += c->width[i] + 1;
	}
}

static int digits_of(const struct spur_review *s, int top, int rows)
{
	int most = 1;

	for (int i = top; i < top + rows && i < (int)s->list->count; i++) {
		int n = snprintf(NULL, 0, "%" PRId64, s->list->rows[i]->id);

		most = n > most ? n : most;
	}
	return most;
}

static void at_text(const struct spur_review *s, const struct spur_db_segment *seg, bool long_times, char out[SPUR_TIME_TEXT])
{
	size_t from = long_times || s->style == SPUR_TIME_REL || s->style == SPUR_TIME_NS ? 0 : 11;

	spur_time_text(seg->begin_ns, s->style, seg->drive_begin_ns, out);
	if (s->style == SPUR_TIME_NS) {	/* the last digits are those that differ */
		size_t n = strlen(out);

		memmove(out, out + (n > 8 && !long_times ? n - 8 : 0), (n > 8 && !long_times ? 8 : n) + 1);
		return;
	}
	if (strlen(out) > from)
		memmove(out, out + from, strlen(out + from) + 1);
	out[long_times ? 19 : 8] = '\0';
}

struct standing {
	uint32_t glyph;
	const char *word;
	enum spur_role role;
};

static struct standing standing_of(const struct spur_review *s, const struct spur_db_segment *seg, const struct spur_db_draft *d)
{
	if (d != NULL)
		return (struct standing){ 0x25cf, d->verdict, SPUR_ROLE_WARN };
	if (seg->state == SPUR_DB_APPROVED)
		return (struct standing){ 0x2713, "approved", SPUR_ROLE_GOOD };
	if (seg->state == SPUR_DB_REJECTED)
		return (struct standing){ 0x2717, "rejected", SPUR_ROLE_BAD };
	if (seg->state == SPUR_DB_SUPERSEDED)
		return (struct standing){ '-', "replaced", SPUR_ROLE_DIM };
	if (strcmp(seg->author, s->list->who) == 0)
		return (struct standing){ 0x25cb, "locked", SPUR_ROLE_DIM };
	return (struct standing){ '?', "open", SPUR_ROLE_TEXT };
}

static bool whole_frames(const struct spur_review *s, spur_ns by)
{
	double frames = (double)by / (double)s->frame_ns;

	return fabs(frames - round(frames)) < 0.05 && fabs(frames) < 1000;
}

/* "[-2 ]+30 fr": the begin two frames earlier, the end thirty later; in seconds where frames do not fit. */
static void shift_text(const struct spur_review *s, spur_ns begin_by, spur_ns end_by, struct spur_buf *to)
{
	const struct { char edge; spur_ns by; } edges[] = { { '[', begin_by }, { ']', end_by } };
	bool frames = whole_frames(s, begin_by) && whole_frames(s, end_by);

	for (size_t i = 0; i < 2; i++) {
		if (edges[i].by == 0)
			continue;
		spur_buf_addf(to, "%s%c", to->len > 0 ? " " : "", edges[i].edge);
		if (frames)
			spur_buf_addf(to, "%+.0f", round((double)edges[i].by / (double)s->frame_ns));
		else
			spur_buf_addf(to, "%+.2f", (double)edges[i].by / 1e9);
	}
	spur_buf_adds(to, to->len == 0 ? "as it was" : frames ? " fr" : " s");
}

/* What is to be known beside the state: the edges that wait, the reason, who said it. */
static void note_text(const struct spur_review *s, const struct spur_db_segment *seg, const struct spur_db_draft *d,
		      struct spur_buf *to)
{
	if (d != NULL && strcmp(d->verdict, "edge") == 0) {
		shift_text(s, d->begin_ns - d->was_begin_ns, d->end_ns - d->was_end_ns, to);
	} else if (d != NULL) {
		spur_buf_adds(to, d->reason);
	} else if (seg->state == SPUR_DB_SUPERSEDED) {
		spur_buf_addf(to, "by %" PRId64, seg->replaced_by);
	} else if (seg->reviewer[0] != '\0') {
		spur_buf_addf(to, "%s%s%s", seg->reviewer, seg->note[0] != '\0' ? ": " : "", seg->note);
	} else if (seg->note[0] != '\0') {
		spur_buf_adds(to, seg->note);
	} else if (seg->replaces != 0) {
		spur_buf_addf(to, "was %" PRId64, seg->replaces);
	}
	if (seg->tags[0] != '\0')
		spur_buf_addf(to, "%s#%s", to->len > 0 ? "  " : "", seg->tags);
}

static void draw_row(const struct spur_review *s, struct spur_grid *g, int row, const struct columns *c,
		     const struct spur_db_segment *seg, bool here)
{
	const struct spur_db_draft *d = spur_session_pending(s->list, seg->id);
	struct spur_db_segment judged = spur_review_judged(s, seg);
	struct standing st = standing_of(s, seg, d);
	char text[SPUR_TIME_TEXT];
	struct spur_buf note = { 0 };

	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	if (spur_marks_has(&s->marks, seg->id))
		spur_grid_put(g, row, 1, SPUR_ROLE_WARN, '*');
	snprintf(text, sizeof(text), "%" PRId64, seg->id);
	spur_grid_right(g, row, c->at[SEG], c->width[SEG], SPUR_ROLE_TEXT, text);
	spur_grid_text(g, row, c->at[DRIVE], c->width[DRIVE], SPUR_ROLE_TEXT, seg->drive);
	at_text(s, &judged, c->width[AT] > 8, text);
	spur_grid_text(g, row, c->at[AT], c->width[AT], SPUR_ROLE_TEXT, text);
	snprintf(text, sizeof(text), "%.*fs", judged.end_ns - judged.begin_ns < 1000 * SPUR_NS_PER_S ? 1 : 0,
		 (double)(judged.end_ns - judged.begin_ns) / 1e9);
	spur_grid_right(g, row, c->at[DUR], c->width[DUR], SPUR_ROLE_TEXT, text);
	spur_grid_text(g, row, c->at[LABEL], c->width[LABEL], SPUR_ROLE_TEXT, seg->label);
	if (isnan(seg->score))
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), seg->score >= 100 ? "%.0f" : "%.2f", seg->score);
	spur_grid_right(g, row, c->at[CONF], c->width[CONF], SPUR_ROLE_TEXT, text);
	spur_grid_text(g, row, c->at[AUTHOR], c->width[AUTHOR], SPUR_ROLE_TEXT, seg->author);
	spur_grid_put(g, row, c->at[STATE], st.role, st.glyph);
	spur_grid_text(g, row, c->at[STATE] + 2, c->width[STATE] - 2, st.role, st.word);
	note_text(s, seg, d, &note);
	spur_grid_text(g, row, c->at[NOTE], c->width[NOTE], SPUR_ROLE_TEXT, spur_buf_text(&note));
	spur_buf_finish(&note);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_heads(const struct spur_review *s, struct spur_grid *g, const struct columns *c)
{
	static const char *const names[COLUMNS] = { "seg", "drive", "at", "dur", "label", "conf", "author", "state", "note" };
	static const char *const order[] = { "seg", "at", "conf", "label" };

	for (int i = 0; i < COLUMNS; i++) {
		bool right = i == SEG || i == DUR || i == CONF;
		bool sorted = (s->want.order != SPUR_DB_BY_ID || s->want.descending) && strcmp(names[i], order[s->want.order]) == 0;
		char text[24];

		snprintf(text, sizeof(text), "%s%s", names[i], !sorted ? "" : s->want.descending ? "-" : "+");
		if (right)
			spur_grid_right(g, 1, c->at[i], c->width[i], SPUR_ROLE_HEAD, text);
		else
			spur_grid_text(g, 1, c->at[i], c->width[i], SPUR_ROLE_HEAD, text);
	}
}

/* ---- the line at the top ---- */

static void draw_header(const struct spur_review *s, struct spur_grid *g)
{
	const struct spur_db_progress *p = &s->list->progress;
	struct spur_buf b = { 0 };
	int right, n;

	if (s->list->counted)
		spur_buf_addf(&b, "%" PRIu64 " open of %" PRIu64 "  today %" PRIu64 "\xe2\x9c\x93 %" PRIu64 "\xe2\x9c\x97", p->candidates, p->segments,
			      p->approved_since, p->rejected_since);
	if (s->list->counted && p->first > 0)
		spur_buf_addf(&b, "  first-pass %.0f %%", 100.0 * (double)p->first_approved / (double)p->first);
	if (s->list->pending_count > 0)
		spur_buf_addf(&b, "  %zu pending", s->list->pending_count);
	if (s->marks.count > 0)
		spur_buf_addf(&b, "  %zu marked", s->marks.count);
	spur_buf_addf(&b, "  %s", s->list->who);
	n = spur_text_columns(spur_buf_text(&b));
	right = g->cols - n - 1;
	if (right > 1)
		spur_grid_textf(g, 0, 1, right - 2, SPUR_ROLE_TEXT, "queue %s", s->filter[0] != '\0' ? s->filter : "all");
	spur_grid_text(g, 0, right > 1 ? right : 1, g->cols - 2, SPUR_ROLE_HEAD, spur_buf_text(&b));
	spur_buf_finish(&b);
}

/* ---- below ---- */

static void draw_rule(const struct spur_review *s, struct spur_grid *g, const struct spur_review_layout *l,
		      const struct spur_db_segment *seg)
{
	char span[SPUR_TIME_TEXT];

	for (int x = 0; x < g->cols; x++)
		spur_grid_put(g, l->rule, x, SPUR_ROLE_DIM, 0x2500);
	if (seg == NULL)
		return;
	spur_grid_textf(g, l->rule, l->evidence.col, l->evidence.cols, SPUR_ROLE_HEAD, " evidence %" PRId64 "  %s  %s  edge: %s ", seg->id,
			seg->label, spur_span_text(seg->end_ns - seg->begin_ns, span), s->end_edge ? "end" : "begin");
	if (l->camera.rows == 0)
		return;
	spur_grid_textf(g, l->rule, 2, l->camera.cols - 2, SPUR_ROLE_HEAD, " preview%s ", s->playing ? ", loops the segment \xc2\xb1" "2 s" : "");
	for (int y = l->rule + 1; y < l->foot; y++)
		spur_grid_put(g, y, l->evidence.col - 1, SPUR_ROLE_DIM, 0x2502);
}

/* What keeps the person from deciding, else what would be signed. */
static void draw_foot(const struct spur_review *s, struct spur_grid *g, int row, const struct spur_db_segment *seg)
{
	struct spur_buf b = { 0 };

	if (s->list->pending_error != NULL) {
		spur_grid_textf(g, row, 1, g->cols - 2, SPUR_ROLE_BAD, "pending decisions: %s", s->list->pending_error);
		return;
	}
	if (s->list->pending_count > 0)
		spur_buf_addf(&b, "%zu decision%s pending, unsigned", s->list->pending_count, s->list->pending_count == 1 ? "" : "s");
	if (seg != NULL && seg->state == SPUR_DB_CANDIDATE && strcmp(seg->author, s->list->who) == 0)
		spur_buf_addf(&b, "%s%" PRId64 ": you are the author (four eyes)", b.len > 0 ? " \xc2\xb7 " : "", seg->id);
	else if (seg != NULL && seg->state == SPUR_DB_SUPERSEDED)
		spur_buf_addf(&b, "%s%" PRId64 ": %" PRId64 " stands for it", b.len > 0 ? " \xc2\xb7 " : "", seg->id, seg->replaced_by);
	else if (seg != NULL && seg->query[0] != '\0')
		spur_buf_addf(&b, "%s%s", b.len > 0 ? " \xc2\xb7 " : "", seg->query);
	spur_grid_text(g, row, 1, g->cols - 2, SPUR_ROLE_DIM, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void draw_reasons(const struct spur_review *s, struct spur_grid *g)
{
	int n = (int)s->list->reason_count, top = g->rows - (n > 9 ? 9 : n) - 2;

	n = n > 9 ? 9 : n;
	top = top < 0 ? 0 : top;
	spur_grid_fill(g, (struct spur_rect){ top, 0, g->rows - top, g->cols }, SPUR_ROLE_TEXT, ' ');
	for (int x = 0; x < g->cols; x++)
		spur_grid_put(g, top, x, SPUR_ROLE_DIM, 0x2500);
	spur_grid_text(g, top, 2, g->cols - 4, SPUR_ROLE_HEAD, " reject, because ");
	for (int i = 0; i < n && top + 1 + i < g->rows - 1; i++)
		spur_grid_textf(g, top + 1 + i, 2, g->cols - 4, i == s->reason ? SPUR_ROLE_WARN : SPUR_ROLE_TEXT, "%d  %s%s", i + 1,
				s->list->reasons[i], i == s->reason ? "  (Enter)" : "");
	spur_grid_text(g, g->rows - 1, 2, g->cols - 4, SPUR_ROLE_DIM, "X in words   Esc not at all");
}

static void draw_below(const struct spur_review *s, struct spur_grid *g, const struct spur_review_layout *l)
{
	const struct spur_db_segment *seg = spur_review_current(s);
	struct spur_db_segment judged;
	struct spur_evidence_view v = { .end_edge = s->end_edge, .style = s->style,
					.cursor_ns = s->playing ? s->play_at_ns : SPUR_NS_MIN };

	if (seg != NULL) {
		judged = spur_review_judged(s, seg);
		v.segment = &judged;
	}
	draw_rule(s, g, l, v.segment);
	spur_evidence_draw(g, l->evidence, s->evidence, &v);
	if (l->camera.rows > 0 && seg != NULL)
		spur_camera_pane_draw(&s->camera, g, SPUR_TIME_REL, seg->drive_begin_ns);
	draw_foot(s, g, l->foot, seg);
}

static const char *empty_text(const struct spur_review *s)
{
	if (s->list->error != NULL)
		return s->list->error;
	if (s->list->loading)
		return "reading the catalogue ...";
	return s->filter[0] != '\0' ? "no segment fits; \\ changes the filter" : "no segments yet; : find makes some";
}

void spur_review_draw(const void *state, struct spur_grid *g)
{
	const struct spur_review *s = state;
	struct spur_review_layout l;
	struct columns c;
	int n = (int)s->list->count, top;

	spur_review_divide(s, g->rows, g->cols, &l);
	top = spur_list_top(&s->cursor, n, l.list.rows);
	place_columns(g->cols, digits_of(s, top, l.list.rows), g->cols >= 140, &c);
	draw_header(s, g);
	draw_heads(s, g, &c);
	if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, s->list->error != NULL ? SPUR_ROLE_BAD : SPUR_ROLE_TEXT, empty_text(s));
	for (int i = 0; i < l.list.rows && top + i < n; i++)
		draw_row(s, g, l.list.row + i, &c, s->list->rows[top + i], top + i == s->cursor.at);
	spur_list_bar(g, l.list.row, g->cols - 1, l.list.rows, top, n);
	if (l.rule >= 0)
		draw_below(s, g, &l);
	if (s->choosing)
		draw_reasons(s, g);
}
