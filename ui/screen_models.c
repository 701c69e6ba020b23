#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ui/curve_pane.h"
#include "ui/lab_acts.h"
#include "ui/list.h"
#include "ui/table.h"
#include "ui/ui.h"

#define DETAIL_ROWS 9

struct state {
	const struct spur_session_models *list;
	const struct spur_session_model_detail *one;
	const struct spur_session_jobs *jobs;
	struct spur_list cursor;
	int64_t at;		/* under the cursor: it stays there when others come */
	int64_t marked[2];	/* ids; 0: none */
	size_t subject;		/* Tab: the model itself, or one of its artefacts */
	bool in_curve;		/* m: the metrics of its training instead of the list */
	int rows;		/* of the body, at the last look */
	uint64_t seen, seen_one, seen_ended;
	char sought[128], asked[128];
};

static int count_of(const struct state *s)
{
	return (int)s->list->count;
}

static const struct spur_session_model *current(const struct state *s)
{
	return s->cursor.at < count_of(s) ? &s->list->rows[s->cursor.at] : NULL;
}

/* The details, if they are of what the cursor is on. */
static const struct spur_session_model_detail *details(const struct state *s)
{
	return current(s) != NULL && s->one->id == current(s)->row->id ? s->one : NULL;
}

static const struct spur_session_subject *subject(const struct state *s)
{
	const struct spur_session_model_detail *d = details(s);

	return d == NULL || d->subject_count == 0 ? NULL : &d->subjects[s->subject < d->subject_count ? s->subject : 0];
}

static int list_rows(int rows)
{
	return rows > DETAIL_ROWS + 6 ? rows - DETAIL_ROWS - 2 : rows - 2;
}

static bool is_meant(const struct spur_db_model *m, const char *ref)
{
	char name[256];

	snprintf(name, sizeof(name), "%s@%d", m->name, m->version);
	return strncmp(m->uid, ref, strlen(ref)) == 0 || strcmp(name, ref) == 0 || strcmp(m->name, ref) == 0 ||
	       strcmp(m->run, strncmp(ref, "run-", 4) == 0 ? ref + 4 : ref) == 0;
}

static void go_to_asked(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->asked[0] != '\0'; i++) {
		if (is_meant(s->list->rows[i].row, s->asked)) {
			s->cursor.at = i;
			s->asked[0] = '\0';
		}
	}
}

static void note_place(struct state *s)
{
	s->at = current(s) == NULL ? 0 : current(s)->row->id;
}

static void keep_place(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->at != 0; i++) {
		if (s->list->rows[i].row->id == s->at)
			s->cursor.at = i;
	}
	if (s->cursor.at >= count_of(s))
		s->cursor.at = count_of(s) > 0 ? count_of(s) - 1 : 0;
}

static enum spur_status open_models(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct spur_session *session = spur_ui_session(ui);
	struct state *s = state;
	int cols;

	(void)err;
	s->list = spur_session_models(session);
	s->one = spur_session_model(session);
	s->jobs = spur_session_jobs(session);
	s->seen_ended = s->jobs->ended;
	spur_ui_body(ui, &s->rows, &cols);
	snprintf(s->asked, sizeof(s->asked), "%s", arg == NULL ? "" : arg);
	go_to_asked(s);
	spur_session_jobs_watch(session, true);
	spur_session_models_want(session);
	return SPUR_OK;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->list->generation || s->seen_one != s->one->generation;

	spur_session_tick(spur_ui_session(ui));
	if (s->seen_ended != s->jobs->ended) {
		spur_ui_say(ui, "%s", s->jobs->notice);
		s->seen_ended = s->jobs->ended;
	}
	s->seen = s->list->generation;
	s->seen_one = s->one->generation;
	if (changed) {
		keep_place(s);
		go_to_asked(s);
		note_place(s);
		if (current(s) != NULL)
			spur_session_model_want(spur_ui_session(ui), current(s)->row->id);
	}
	return changed;
}

/* ---- drawing ---- */

static const char *gate_word(enum spur_session_gate gate)
{
	static const char *const words[] = { "", "-", "\xe2\x9c\x97 fails", "\xe2\x97\x8b waits", "\xe2\x9c\x97 rejected", "\xe2\x9c\x93 open" };

	return words[gate];
}

static enum spur_role gate_role(enum spur_session_gate gate)
{
	return gate == SPUR_GATE_OPEN ? SPUR_ROLE_GOOD : gate == SPUR_GATE_FAILS || gate == SPUR_GATE_REJECTED ? SPUR_ROLE_BAD :
	       gate == SPUR_GATE_WAITS ? SPUR_ROLE_WARN : SPUR_ROLE_DIM;
}

/* Half the width of the interval: the mean of both sides, so that a skew is not hidden by one of them. */
static void metric_text(const struct spur_session_model *m, char out[24])
{
	if (!isfinite(m->macro_f1))
		snprintf(out, 24, isfinite(m->val_macro_f1) ? "val %.3f" : "-", m->val_macro_f1);
	else if (isfinite(m->ci_low) && isfinite(m->ci_high))
		snprintf(out, 24, "%.3f \xc2\xb1%.3f", m->macro_f1, (m->ci_high - m->ci_low) / 2);
	else
		snprintf(out, 24, "%.3f", m->macro_f1);
}

static bool is_marked(const struct state *s, int64_t id)
{
	return s->marked[0] == id || s->marked[1] == id;
}

/* Columns from the right: stage 11, size 6, change 6, metric 12; the parameters take what is left. */
static void draw_row(const struct state *s, struct spur_grid *g, int row, const struct spur_session_model *m, bool here)
{
	char name[300], metric[24], delta[16] = "-", size[16];
	int params = g->cols - 39 - 34;

	snprintf(name, sizeof(name), "%s@%d", m->row->name, m->row->version);
	metric_text(m, metric);
	if (isfinite(m->delta))
		snprintf(delta, sizeof(delta), "%+.3f", m->delta);
	spur_table_size(m->bytes, size);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_put(g, row, 1, SPUR_ROLE_WARN, is_marked(s, m->row->id) ? '*' : ' ');
	spur_table_name(g, row, 2, 18, SPUR_ROLE_TEXT, name);
	spur_table_name(g, row, 21, 12, SPUR_ROLE_TEXT, m->dataset);
	if (params > 0)
		spur_grid_text(g, row, 34, params, SPUR_ROLE_DIM, m->params);
	spur_grid_right(g, row, g->cols - 38, 12, SPUR_ROLE_TEXT, metric);
	spur_grid_right(g, row, g->cols - 25, 6, isfinite(m->delta) && m->delta < 0 ? SPUR_ROLE_BAD : SPUR_ROLE_TEXT, delta);
	spur_grid_right(g, row, g->cols - 18, 6, SPUR_ROLE_TEXT, size);
	if (m->row->aliases[0] != '\0')
		spur_table_name(g, row, g->cols - 11, 10, SPUR_ROLE_GOOD, m->row->aliases);
	else
		spur_grid_text(g, row, g->cols - 11, 10, gate_role(m->gate), gate_word(m->gate));
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_subject(const struct state *s, struct spur_grid *g, int row, const struct spur_session_subject *x)
{
	char size[16], facts[64] = "";
	int n;

	spur_table_size(x->bytes, size);
	if (x->target[0] != '\0')
		snprintf(facts, sizeof(facts), "%7s  p50 %.0f us  top-1 %.3f", size, x->p50_us, x->top1);
	spur_grid_put(g, row, 1, SPUR_ROLE_TEXT, x == subject(s) ? 0x25b8 : ' ');
	spur_grid_text(g, row, 3, 10, SPUR_ROLE_TEXT, x->target[0] != '\0' ? x->target : x->title);
	spur_grid_text(g, row, 14, 36, SPUR_ROLE_DIM, x->target[0] != '\0' ? facts : x->id);
	n = 51 + spur_grid_text(g, row, 51, 10, gate_role(x->state), gate_word(x->state));
	if (x->gate[0] != '\0')
		spur_grid_textf(g, row, n + 1, g->cols - n - 2, SPUR_ROLE_DIM, "%s %u/%u", x->gate, x->approvals, x->quorum);
	if (x->failing[0] != '\0' && x == subject(s))
		spur_grid_textf(g, row + 1, 14, g->cols - 15, SPUR_ROLE_BAD, "fails: %s", x->failing);
}

static void draw_subjects(const struct state *s, struct spur_grid *g, int row)
{
	const struct spur_session_model_detail *d = details(s);

	if (d == NULL) {
		spur_grid_text(g, row, 1, g->cols - 2, SPUR_ROLE_DIM, "reading ...");
		return;
	}
	if (d->error != NULL)
		spur_grid_text(g, row, 1, g->cols - 2, SPUR_ROLE_BAD, d->error);
	for (size_t i = 0; i < d->subject_count && row < g->rows; i++) {
		draw_subject(s, g, row++, &d->subjects[i]);
		row += d->subjects[i].failing[0] != '\0' && &d->subjects[i] == subject(s);
	}
}

static void draw_detail(const struct state *s, struct spur_grid *g, int row)
{
	const struct spur_session_model *m = current(s);
	char heading[400], before[16] = "-";

	snprintf(heading, sizeof(heading), "%s@%d %s", m->row->name, m->row->version, m->row->uid);
	spur_table_rule(g, row, heading);
	spur_grid_textf(g, row + 1, 1, g->cols - 2, SPUR_ROLE_TEXT, "run %.8s  by %s  dataset %s  %s", m->row->run, m->row->who,
			m->dataset, strcmp(m->extract, m->dataset) == 0 ? "" : m->extract);
	spur_grid_textf(g, row + 2, 1, g->cols - 2, SPUR_ROLE_DIM, "%s", m->params);
	if (isfinite(m->delta))
		snprintf(before, sizeof(before), "%.3f", m->macro_f1 - m->delta);
	if (isfinite(m->macro_f1))
		spur_grid_textf(g, row + 3, 1, g->cols - 2, SPUR_ROLE_TEXT, "macro-F1 %.3f  95 %% %.3f to %.3f  validation %.3f  "
				"version before %s", m->macro_f1, m->ci_low, m->ci_high, m->val_macro_f1, before);
	else
		spur_grid_textf(g, row + 3, 1, g->cols - 2, SPUR_ROLE_WARN, "not evaluated on held-out drives yet: E   validation %.3f",
				m->val_macro_f1);
	draw_subjects(s, g, row + 4);
}

static void draw_list(const struct state *s, struct spur_grid *g)
{
	int page = list_rows(g->rows), n = count_of(s), top = spur_list_top(&s->cursor, n, page);
	int marks = (s->marked[0] != 0) + (s->marked[1] != 0);

	if (marks > 0)
		spur_grid_textf(g, 0, 1, g->cols - 20, SPUR_ROLE_TEXT, "%d marked%s", marks, marks == 2 ? ": D compares them" : "");
	spur_grid_textf(g, 0, g->cols - 18, 17, SPUR_ROLE_DIM, "%d model%s", n, n == 1 ? "" : "s");
	spur_grid_text(g, 1, 2, g->cols - 41, SPUR_ROLE_HEAD, "model              dataset      with");
	spur_grid_right(g, 1, g->cols - 38, 12, SPUR_ROLE_HEAD, "macro-F1");
	spur_grid_right(g, 1, g->cols - 25, 6, SPUR_ROLE_HEAD, "\xce\x94");
	spur_grid_right(g, 1, g->cols - 18, 6, SPUR_ROLE_HEAD, "size");
	spur_grid_text(g, 1, g->cols - 11, 10, SPUR_ROLE_HEAD, "stage");
	if (s->list->error != NULL)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->list->error);
	else if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_DIM, s->list->loading ? "reading ..." :
			       "no models yet: e on a dataset extracts it, t on that job trains one");
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, &s->list->rows[top + i], top + i == s->cursor.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (current(s) != NULL && page + 2 < g->rows)
		draw_detail(s, g, 2 + page);
}

static void draw_curve(const struct state *s, struct spur_grid *g)
{
	const struct spur_session_model_detail *d = details(s);

	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_TEXT, "metrics of %s@%d, run %.8s", current(s)->row->name,
			current(s)->row->version, current(s)->row->run);
	if (d == NULL || d->series_count == 0)
		spur_grid_text(g, 2, 1, g->cols - 2, SPUR_ROLE_DIM, d == NULL ? "reading ..." : "its run left no metrics here");
	else
		spur_curve_draw(g, (struct spur_rect){ 1, 0, g->rows - 1, g->cols }, d->series, d->series_count);
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;

	if (s->in_curve && current(s) != NULL)
		draw_curve(s, g);
	else
		draw_list(s, g);
}

/* ---- acting ---- */

static void toggle_mark(struct spur_ui *ui, struct state *s)
{
	int64_t id = current(s)->row->id;

	for (int i = 0; i < 2; i++) {
		if (s->marked[i] == id || (s->marked[i] == 0 && !is_marked(s, id))) {
			s->marked[i] = s->marked[i] == id ? 0 : id;
			return;
		}
	}
	spur_ui_say(ui, "two are marked already; Space takes a mark away");
}

static const struct spur_db_model *by_id(const struct state *s, int64_t id)
{
	for (int i = 0; i < count_of(s); i++) {
		if (s->list->rows[i].row->id == id)
			return s->list->rows[i].row;
	}
	return NULL;
}

static void compare(struct spur_ui *ui, const struct state *s)
{
	const struct spur_db_model *a = by_id(s, s->marked[0]), *b = by_id(s, s->marked[1]), *older;

	if (a == NULL || b == NULL) {
		spur_ui_say(ui, "mark two models with Space first");
		return;
	}
	older = a->at_ns <= b->at_ns ? a : b;
	spur_lab_show_words(ui, "model", "diff", older->uid, older == a ? b->uid : a->uid, NULL);
}

static void ask_gate(struct spur_ui *ui, const struct state *s)
{
	const struct spur_session_subject *x = subject(s);
	char *label;

	if (x == NULL || x->gate[0] == '\0') {
		spur_ui_say(ui, "the policy has no gate for it");
		return;
	}
	label = spur_strfmt("gate %s, %.16s: approve|reject REASON: ", x->gate, x->id);
	spur_ui_prompt(ui, label, "gate-words", x->state == SPUR_GATE_FAILS ? "reject " : "approve ");
	free(label);
}

/* "approve looks fine": a signature, so it is asked for. */
static void decide(struct spur_ui *ui, const struct state *s, const char *text)
{
	const struct spur_session_subject *x = subject(s);
	size_t n = strcspn(text, " ");
	bool approve = n == 7 && strncmp(text, "approve", n) == 0, reject = n == 6 && strncmp(text, "reject", n) == 0;
	char *question;

	if (x == NULL || (!approve && !reject)) {
		spur_ui_say(ui, "write approve or reject, then why");
		return;
	}
	for (text += n; *text == ' '; text++)
		;
	if (reject && *text == '\0') {
		spur_ui_say(ui, "a rejection needs a reason");
		return;
	}
	question = spur_strfmt("sign: %s %.16s at gate %s?", approve ? "approve" : "reject", x->id, x->gate);
	spur_lab_confirm_words(ui, question, "gates", approve ? "approve" : "reject", x->id, x->gate,
			       *text != '\0' ? "--reason" : NULL, text, NULL);
	free(question);
}

static bool answered(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (a->text == NULL || current(s) == NULL)
		return false;
	if (strcmp(a->id, "gate-words") == 0)
		decide(ui, s, a->text);
	else if (strcmp(a->id, "promote-to") == 0)
		spur_lab_run_words(ui, "model", "promote", current(s)->row->uid, a->text, NULL);
	else if (strcmp(a->id, "eval-words") == 0)
		spur_lab_run_line(ui, "eval", current(s)->row->uid, a->text);
	else if (strcmp(a->id, "compile-words") == 0)
		spur_lab_run_line(ui, "compile", current(s)->row->uid, a->text);
	else
		return false;
	return true;
}

static bool search(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int n = count_of(s), step = strcmp(a->id, "search-previous") == 0 ? n - 1 : 1;

	if (strcmp(a->id, "search") == 0 && a->text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", a->text);
	else if (strncmp(a->id, "search-", 7) != 0)
		return false;
	for (int k = 1; k <= n && s->sought[0] != '\0'; k++) {
		const struct spur_session_model *m = &s->list->rows[(s->cursor.at + k * step) % n];

		if (strstr(m->row->name, s->sought) != NULL || strstr(m->row->uid, s->sought) != NULL ||
		    strstr(m->dataset, s->sought) != NULL || strstr(m->params, s->sought) != NULL) {
			s->cursor.at = (s->cursor.at + k * step) % n;
			spur_session_model_want(spur_ui_session(ui), m->row->id);
			return true;
		}
	}
	spur_ui_say(ui, "no model has '%s'", s->sought);
	return true;
}

static void look_at(struct spur_ui *ui, struct state *s, const char *id)
{
	const struct spur_session_model *m = current(s);
	const struct spur_session_subject *x = subject(s);
	char *on;

	if (strcmp(id, "open") == 0) {
		spur_lab_show_words(ui, "report", x == NULL ? m->row->uid : x->id, NULL);
	} else if (strcmp(id, "lineage") == 0) {
		spur_ui_goto(ui, "audit", x == NULL ? m->row->uid : x->id);
	} else if (strcmp(id, "dataset") == 0) {
		spur_ui_goto(ui, "datasets", m->dataset);
	} else if (strcmp(id, "curve") == 0) {
		s->in_curve = !s->in_curve;
		spur_ui_echo(ui, "spur metrics %s", m->row->run);
	} else if (strcmp(id, "promote") == 0) {
		spur_ui_prompt(ui, "point which alias at it: ", "promote-to", "champion");
	} else if (strcmp(id, "evaluate") == 0) {
		on = spur_strfmt("--on %s", m->extract);
		spur_ui_prompt(ui, "evaluate with: ", "eval-words", on);
		free(on);
	} else {
		spur_lab_ask_compile(ui, "compile-words");
	}
}

static bool on_model(struct spur_ui *ui, struct state *s, const char *id)
{
	static const char *const mine[] = { "open", "lineage", "dataset", "curve", "promote", "evaluate", "compile", "mark", "gate",
					    "pane-next", NULL };
	size_t k = 0;

	while (mine[k] != NULL && strcmp(mine[k], id) != 0)
		k++;
	if (mine[k] == NULL)
		return false;
	if (current(s) == NULL)
		spur_ui_say(ui, "there is no model yet");
	else if (strcmp(id, "mark") == 0)
		toggle_mark(ui, s);
	else if (strcmp(id, "gate") == 0)
		ask_gate(ui, s);
	else if (strcmp(id, "pane-next") == 0)
		s->subject = details(s) != NULL && s->subject + 1 < details(s)->subject_count ? s->subject + 1 : 0;
	else
		look_at(ui, s, id);
	return true;
}

static bool act(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (s->in_curve && (strcmp(a->id, "cancel") == 0 || strcmp(a->id, "back") == 0)) {
		s->in_curve = false;
		return true;
	}
	if (spur_list_action(&s->cursor, a, count_of(s), list_rows(s->rows))) {
		s->subject = 0;
		if (current(s) != NULL)
			spur_session_model_want(spur_ui_session(ui), current(s)->row->id);
		return true;
	}
	if (strcmp(a->id, "compare") == 0) {
		compare(ui, s);
		return true;
	}
	return on_model(ui, s, a->id) || answered(ui, s, a) || (count_of(s) > 0 && search(ui, s, a));
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	bool mine = act(ui, state, a);

	note_place(state);
	return mine;
}

static void close_models(struct spur_ui *ui, void *state)
{
	(void)state;
	spur_session_jobs_watch(spur_ui_session(ui), false);
}

const struct spur_screen spur_screen_models = {
	.id = "models", .title = "Models", .state_size = sizeof(struct state),
	.open = open_models, .update = update, .draw = draw, .action = action, .close = close_models,
};
