#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/review.h"

#define PLAY_MS 66	/* so often the moment that is played moves */

static int count_of(const struct spur_review *s)
{
	return (int)s->list->count;
}

const struct spur_db_segment *spur_review_current(const struct spur_review *s)
{
	return s->cursor.at < count_of(s) ? s->list->rows[s->cursor.at] : NULL;
}

struct spur_db_segment spur_review_judged(const struct spur_review *s, const struct spur_db_segment *seg)
{
	const struct spur_db_draft *d = spur_session_pending(s->list, seg->id);
	struct spur_db_segment out = *seg;

	if (d != NULL && strcmp(d->verdict, "edge") == 0) {
		out.begin_ns = d->begin_ns;
		out.end_ns = d->end_ns;
	}
	return out;
}

bool spur_review_waits(const struct spur_review *s, const struct spur_db_segment *seg)
{
	return seg->state == SPUR_DB_CANDIDATE && strcmp(seg->author, s->list->who) != 0 &&
	       spur_session_pending(s->list, seg->id) == NULL;
}

static void move_to(struct spur_review *s, int at)
{
	struct spur_review_layout l;

	spur_review_divide(s, s->rows, s->cols, &l);
	s->cursor.at = at;
	s->cursor.top = spur_list_top(&s->cursor, count_of(s), l.list.rows);
	s->at = s->list->rows[at]->id;
}

bool spur_review_step(struct spur_ui *ui, struct spur_review *s, int step)
{
	for (int at = s->cursor.at + step; at >= 0 && at < count_of(s); at += step) {
		if (spur_review_waits(s, s->list->rows[at])) {
			move_to(s, at);
			return true;
		}
	}
	if (step > 0 && !s->list->complete)
		spur_session_segments_more(spur_ui_session(ui));
	return false;
}

/* ---- what is below the list ---- */

/* The camera shows the drive that is open: so it becomes the one of the plot, too. */
static void want_camera(struct spur_ui *ui, struct spur_review *s, const struct spur_db_segment *seg)
{
	const struct spur_session_frame *frame = s->frame;

	if (strcmp(s->camera_drive, seg->drive) != 0) {
		snprintf(s->camera_drive, sizeof(s->camera_drive), "%s", seg->drive);
		if (s->plot->drive == NULL || strcmp(s->plot->drive, seg->drive) != 0)
			spur_session_plot_open(spur_ui_session(ui), seg->drive);
	}
	if (s->plot->drive == NULL || strcmp(s->plot->drive, seg->drive) != 0 || s->plot->opening)
		return;
	if (frame->camera_count > 0 || !spur_session_busy(spur_ui_session(ui)))	/* else they may still be found */
		s->has_camera = frame->camera_count > 0;
	spur_camera_pane_want(&s->camera, ui, s->playing ? s->play_at_ns : seg->begin_ns);
}

static void want_below(struct spur_ui *ui, struct spur_review *s)
{
	const struct spur_db_segment *seg = spur_review_current(s);
	struct spur_review_layout l;
	struct spur_db_segment judged;

	if (seg != NULL)
		judged = spur_review_judged(s, seg);
	if (seg != NULL && s->with_camera)
		want_camera(ui, s, &judged);
	spur_review_divide(s, s->rows, s->cols, &l);
	spur_camera_pane_place(&s->camera, ui, l.camera);
	if (seg != NULL && l.rule >= 0)
		spur_session_evidence_want(spur_ui_session(ui), &judged, (size_t)(2 * spur_review_plot_columns(&l)));
}

static void play(struct spur_ui *ui, struct spur_review *s)
{
	s->playing = !s->playing && spur_review_current(s) != NULL;
	s->play_from_ns = spur_monotonic_ns();
	if (s->playing && !s->with_camera && s->cols >= 60)
		s->with_camera = true;
	if (s->playing)
		s->play_at_ns = spur_review_judged(s, spur_review_current(s)).begin_ns - SPUR_REVIEW_AROUND_NS;
	want_below(ui, s);
}

/* The moment that is played now; true: another one than before. */
static bool advance_play(struct spur_ui *ui, struct spur_review *s)
{
	const struct spur_db_segment *seg = spur_review_current(s);
	struct spur_db_segment judged;
	spur_ns loop, at;

	if (!s->playing || seg == NULL)
		return false;
	spur_ui_wake(ui, PLAY_MS);
	judged = spur_review_judged(s, seg);
	loop = judged.end_ns - judged.begin_ns + 2 * SPUR_REVIEW_AROUND_NS;
	at = judged.begin_ns - SPUR_REVIEW_AROUND_NS + (spur_monotonic_ns() - s->play_from_ns) % loop;
	if (at == s->play_at_ns)
		return false;
	s->play_at_ns = at;
	want_below(ui, s);
	return true;
}

/* ---- life ---- */

static enum spur_status open_review(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct spur_review *s = state;

	(void)err;
	s->list = spur_session_segments(spur_ui_session(ui));
	s->evidence = spur_session_evidence(spur_ui_session(ui));
	s->plot = spur_session_plot(spur_ui_session(ui));
	s->frame = spur_session_frame(spur_ui_session(ui));
	spur_ui_body(ui, &s->rows, &s->cols);
	s->style = spur_ui_time_style(ui);
	s->frame_ns = SPUR_REVIEW_FRAME_NS;
	s->with_camera = s->cols >= 120;
	spur_camera_pane_init(&s->camera, ui);
	spur_review_filter(ui, s, arg == NULL ? "state=candidate" : arg);
	spur_review_want(ui, s);
	return SPUR_OK;
}

/* The list was read again: the cursor stays on its segment, or where that was. */
static void find_again(struct spur_review *s)
{
	for (int i = 0; s->at != 0 && i < count_of(s); i++) {
		if (s->list->rows[i]->id == s->at) {
			s->cursor.at = i;
			return;
		}
	}
	if (s->cursor.at >= count_of(s))
		s->cursor.at = count_of(s) > 0 ? count_of(s) - 1 : 0;
	s->at = count_of(s) > 0 ? s->list->rows[s->cursor.at]->id : 0;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct spur_review *s = state;
	bool changed = s->seen != s->list->generation || s->seen_evidence != s->evidence->generation ||
		       s->seen_plot != s->plot->generation || s->seen_frame != s->frame->generation || s->style != spur_ui_time_style(ui);

	if (s->seen != s->list->generation)
		find_again(s);
	s->seen = s->list->generation;
	s->seen_evidence = s->evidence->generation;
	s->seen_plot = s->plot->generation;
	s->seen_frame = s->frame->generation;
	s->style = spur_ui_time_style(ui);
	if (changed)
		want_below(ui, s);
	if (spur_camera_pane_update(&s->camera, ui))
		changed = true;
	return advance_play(ui, s) || changed;
}

/* ---- acting ---- */

static void mark_range(struct spur_review *s)
{
	int from = s->cursor.at, to = s->cursor.at;

	for (int i = 0; i < count_of(s); i++) {
		if (s->list->rows[i]->id == s->marks.last)
			from = i;
	}
	if (from > to) {
		int swap = from;

		from = to;
		to = swap;
	}
	for (int i = from; i <= to; i++)
		spur_marks_set(&s->marks, s->list->rows[i]->id, true);
}

static bool mark(struct spur_review *s, const char *id)
{
	const struct spur_db_segment *seg = spur_review_current(s);

	if (strcmp(id, "mark") == 0 && seg != NULL) {
		spur_marks_set(&s->marks, seg->id, !spur_marks_has(&s->marks, seg->id));
		if (s->cursor.at + 1 < count_of(s))
			move_to(s, s->cursor.at + 1);
	} else if (strcmp(id, "mark-range") == 0 && seg != NULL) {
		mark_range(s);
	} else if (strcmp(id, "mark-invert") == 0) {
		for (int i = 0; i < count_of(s); i++)
			spur_marks_set(&s->marks, s->list->rows[i]->id, !spur_marks_has(&s->marks, s->list->rows[i]->id));
	} else {
		return strncmp(id, "mark", 4) == 0;
	}
	return true;
}

/* The next row, from the current one on and around, that has the text. */
static bool find(struct spur_review *s, const char *text, int step)
{
	int n = count_of(s);

	for (int i = 1; i <= n; i++) {
		int at = ((s->cursor.at + step * i) % n + n) % n;
		const struct spur_db_segment *seg = s->list->rows[at];
		char id[24];

		snprintf(id, sizeof(id), "%" PRId64, seg->id);
		if (strcmp(id, text) == 0 || strcasestr(seg->label, text) != NULL || strcasestr(seg->drive, text) != NULL ||
		    strcasestr(seg->author, text) != NULL || strcasestr(seg->note, text) != NULL) {
			move_to(s, at);
			return true;
		}
	}
	return false;
}

static bool search(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a)
{
	if (strncmp(a->id, "search", 6) != 0)
		return false;
	if (a->text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", a->text);
	if (s->sought[0] != '\0' && !find(s, s->sought, strcmp(a->id, "search-previous") == 0 ? -1 : 1))
		spur_ui_say(ui, "none of the segments here has '%s'", s->sought);
	return true;
}

static bool arrange(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a)
{
	if (strcmp(a->id, "filter") == 0 && a->text == NULL) {
		spur_ui_prompt(ui, "show (state= label= drive= author= tag= words): ", "filter", s->filter);
		return true;
	}
	if (strcmp(a->id, "filter") == 0) {
		if (!spur_review_filter(ui, s, a->text))
			return true;
	} else if (strcmp(a->id, "sort") == 0) {
		s->want.order = (enum spur_db_segment_order)((s->want.order + 1) % 4);
		s->want.descending = s->want.order == SPUR_DB_BY_SCORE;	/* the surest first */
	} else if (strcmp(a->id, "sort-reverse") == 0) {
		s->want.descending = !s->want.descending;
	} else {
		return false;
	}
	spur_review_want(ui, s);
	return true;
}

/* The plot with A and B at the edges. */
static void plot_it(struct spur_ui *ui, struct spur_db_segment seg)
{
	spur_ui_goto(ui, "plot", seg.drive);
	spur_session_plot_focus(spur_ui_session(ui), seg.begin_ns, seg.end_ns);
}

static bool look(struct spur_ui *ui, struct spur_review *s, const char *id)
{
	const struct spur_db_segment *seg = spur_review_current(s);

	if (strcmp(id, "item-next") == 0 || strcmp(id, "item-previous") == 0) {
		if (!spur_review_step(ui, s, strcmp(id, "item-next") == 0 ? 1 : -1))
			spur_ui_say(ui, "none that waits for you %s", strcmp(id, "item-next") == 0 ? "below" : "above");
	} else if (strcmp(id, "play") == 0) {
		play(ui, s);
	} else if (strcmp(id, "camera") == 0) {
		s->with_camera = !s->with_camera;
	} else if (strcmp(id, "camera-next") == 0) {
		spur_camera_pane_cycle(&s->camera, ui, 1);
	} else if (strcmp(id, "open") == 0) {
		if (seg != NULL)
			plot_it(ui, spur_review_judged(s, seg));
		return seg != NULL;
	} else {
		return false;
	}
	return true;
}

static bool move(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a)
{
	struct spur_review_layout l;

	spur_review_divide(s, s->rows, s->cols, &l);
	if (!spur_list_action(&s->cursor, a, count_of(s), l.list.rows))
		return false;
	s->at = spur_review_current(s) == NULL ? 0 : spur_review_current(s)->id;
	if (s->cursor.at + 20 > count_of(s))
		spur_session_segments_more(spur_ui_session(ui));
	return true;
}

/* Esc: nothing is marked, nothing plays. */
static bool calm(struct spur_review *s, const char *id)
{
	if (strcmp(id, "cancel") != 0 || (s->marks.count == 0 && !s->playing))
		return false;
	spur_marks_finish(&s->marks);
	s->playing = false;
	return true;
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct spur_review *s = state;
	int64_t was = s->at;
	bool mine;

	spur_ui_body(ui, &s->rows, &s->cols);
	if (s->choosing)
		mine = spur_review_act(ui, s, a) || move(ui, s, a);
	else if (strcmp(a->id, "open") == 0)
		return look(ui, s, a->id);	/* this screen may be gone by now */
	else
		mine = move(ui, s, a) || mark(s, a->id) || search(ui, s, a) || arrange(ui, s, a) || look(ui, s, a->id) ||
		       spur_review_act(ui, s, a) || calm(s, a->id);
	if (s->at != was)
		s->playing = false;
	want_below(ui, s);
	return mine;
}

static void close_review(struct spur_ui *ui, void *state)
{
	struct spur_review *s = state;

	spur_marks_finish(&s->marks);
	spur_camera_pane_want(&s->camera, ui, SPUR_NS_MIN);
	spur_camera_pane_finish(&s->camera);
}

const struct spur_screen spur_screen_review = {
	.id = "review", .title = "Review", .state_size = sizeof(struct spur_review),
	.open = open_review, .update = update, .draw = spur_review_draw, .action = action, .close = close_review,
};
