#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ui/job_pane.h"
#include "ui/lab_acts.h"
#include "ui/list.h"
#include "ui/table.h"
#include "ui/ui.h"

#define DETAIL_ROWS 6	/* of the job under the cursor, while no log is open */

struct state {
	const struct spur_session_jobs *jobs;
	const struct spur_session_job *one;
	struct spur_list cursor;
	struct spur_job_log log;
	int rows;
	uint64_t seen, seen_one, seen_ended;
	spur_ns now_ns;
	char at[SPUR_JOB_ID];		/* under the cursor: it stays there when others come */
	char asked[SPUR_JOB_ID];	/* job to show once the list is there */
	char sought[128];
};

static int count_of(const struct state *s)
{
	return (int)s->jobs->count;
}

static const struct spur_job_row *current(const struct state *s)
{
	return s->cursor.at < count_of(s) ? &s->jobs->rows[s->cursor.at] : NULL;
}

/* What was read of the job under the cursor; NULL: not yet. */
static const struct spur_session_job *details(const struct state *s)
{
	const struct spur_job_row *j = current(s);

	return j != NULL && s->one->id != NULL && strcmp(s->one->id, j->id) == 0 ? s->one : NULL;
}

static void want_one(struct spur_ui *ui, const struct state *s)
{
	spur_session_job_want(spur_ui_session(ui), current(s) == NULL ? NULL : current(s)->id);
}

static void want_log(struct spur_ui *ui, const struct state *s)
{
	spur_session_jobs_want(spur_ui_session(ui), true, s->log.of[0] != '\0' ? s->log.of : NULL);
}

static void go_to_asked(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->asked[0] != '\0'; i++) {
		if (strncmp(s->jobs->rows[i].id, s->asked, strlen(s->asked)) == 0) {
			s->cursor.at = i;
			s->asked[0] = '\0';
		}
	}
}

static void note_place(struct state *s)
{
	snprintf(s->at, sizeof(s->at), "%s", current(s) == NULL ? "" : current(s)->id);
}

static void keep_place(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->at[0] != '\0'; i++) {
		if (strcmp(s->jobs->rows[i].id, s->at) == 0)
			s->cursor.at = i;
	}
	if (s->cursor.at >= count_of(s))
		s->cursor.at = count_of(s) > 0 ? count_of(s) - 1 : 0;
}

static enum spur_status open_jobs(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;
	int cols;

	(void)err;
	s->jobs = spur_session_jobs(spur_ui_session(ui));
	s->one = spur_session_job(spur_ui_session(ui));
	s->seen_ended = s->jobs->ended;
	s->log.follow = true;
	s->now_ns = spur_now_ns();
	spur_ui_body(ui, &s->rows, &cols);
	snprintf(s->asked, sizeof(s->asked), "%s", arg == NULL ? "" : arg);
	go_to_asked(s);
	want_log(ui, s);
	return SPUR_OK;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->jobs->generation || s->seen_one != s->one->generation;

	spur_session_tick(spur_ui_session(ui));
	if (s->seen_ended != s->jobs->ended) {
		spur_ui_say(ui, "%s", s->jobs->notice);
		s->seen_ended = s->jobs->ended;
	}
	s->seen = s->jobs->generation;
	s->seen_one = s->one->generation;
	if (changed) {
		s->now_ns = spur_now_ns();
		keep_place(s);
		go_to_asked(s);
		note_place(s);
		want_one(ui, s);
	}
	return changed;
}

/* ---- drawing ---- */

static int list_rows(const struct state *s, int rows)
{
	int most = s->log.of[0] != '\0' ? rows / 3 : rows > DETAIL_ROWS + 6 ? rows - 2 - DETAIL_ROWS : rows - 2;

	return most < 3 ? 3 : most;
}

static void draw_progress(struct spur_grid *g, int row, int col, const struct spur_job_status *st)
{
	int filled = st->total > 0 ? (int)(10 * (st->done < st->total ? st->done : st->total) / st->total) : 0;

	for (int i = 0; i < 10; i++)
		spur_grid_put(g, row, col + i, i < filled ? SPUR_ROLE_GOOD : SPUR_ROLE_DIM, i < filled ? 0x2588 : 0x2591);
	if (st->total > 0)
		spur_grid_textf(g, row, col + 11, 5, SPUR_ROLE_TEXT, "%3u %%", (unsigned)(100 * st->done / st->total));
}

static void rate_text(const struct spur_job_status *st, spur_ns now, char out[24])
{
	spur_ns ran = (spur_job_state_terminal(st->state) ? st->ended_ns : now) - st->started_ns;
	char n[16];

	out[0] = '\0';
	if (st->started_ns == 0 || st->done == 0 || ran <= 0)
		return;
	spur_table_count((double)st->done / ((double)ran / 1e9), n);
	snprintf(out, 24, "%s/s", n);
}

/* What is left while it runs, what it took afterwards. */
static void eta_text(const struct spur_job_status *st, spur_ns now, char out[24])
{
	spur_ns ran = now - st->started_ns, span = -1;
	int s;

	out[0] = '\0';
	if (spur_job_state_terminal(st->state) && st->started_ns > 0)
		span = st->ended_ns - st->started_ns;
	else if (st->state == SPUR_JOB_RUNNING && st->total > 0 && st->done > 0 && st->done < st->total)
		span = (spur_ns)((double)ran / (double)st->done * (double)(st->total - st->done));
	if (span < 0)
		return;
	s = span / SPUR_NS_PER_S < 360000 ? (int)(span / SPUR_NS_PER_S) : 359999;
	if (s >= 3600)
		snprintf(out, 24, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, 24, "%d:%02d", s / 60, s % 60);
}

static void draw_row(const struct state *s, struct spur_grid *g, int row, int i)
{
	const struct spur_job_row *j = &s->jobs->rows[i];
	enum spur_role role = spur_job_role(j->status.state);
	char eta[24], rate[24];

	eta_text(&j->status, s->now_ns, eta);
	rate_text(&j->status, s->now_ns, rate);
	spur_grid_put(g, row, 1, role, spur_job_glyph(j->status.state));
	spur_grid_textf(g, row, 3, 8, SPUR_ROLE_TEXT, "%.8s", j->id);
	spur_grid_text(g, row, 12, 7, SPUR_ROLE_TEXT, j->kind);
	spur_table_name(g, row, 20, g->cols - 66, SPUR_ROLE_TEXT, s->jobs->notes[i].target);
	draw_progress(g, row, g->cols - 45, &j->status);
	spur_grid_right(g, row, g->cols - 28, 8, SPUR_ROLE_DIM, rate);
	spur_grid_right(g, row, g->cols - 19, 7, SPUR_ROLE_DIM, eta);
	spur_grid_text(g, row, g->cols - 11, 10, role, spur_job_state_name(j->status.state));
	if (i == s->cursor.at)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols }, SPUR_ROLE_SELECTED);
}

static void draw_heading(const struct state *s, struct spur_grid *g)
{
	int running = 0, queued = 0, failed = 0;
	char io[16];

	for (size_t i = 0; i < s->jobs->count; i++) {
		enum spur_job_state st = s->jobs->rows[i].status.state;

		running += st == SPUR_JOB_RUNNING || st == SPUR_JOB_STARTING || st == SPUR_JOB_STOPPING;
		queued += st == SPUR_JOB_QUEUED || st == SPUR_JOB_PLANNED;
		failed += st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST;
	}
	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_TEXT, "running %d  queued %d  failed %d", running, queued, failed);
	if (running > 0 && isfinite(s->jobs->cpu)) {
		spur_table_size((uint64_t)s->jobs->io_bytes_s, io);
		spur_grid_textf(g, 0, g->cols - 26, 25, SPUR_ROLE_DIM, "cpu %3.0f %%  io %7s/s", 100 * s->jobs->cpu, io);
	}
	spur_grid_text(g, 1, 3, 17, SPUR_ROLE_HEAD, "job      kind");
	spur_grid_text(g, 1, 20, g->cols - 66, SPUR_ROLE_HEAD, "target");
	spur_grid_text(g, 1, g->cols - 45, 10, SPUR_ROLE_HEAD, "progress");
	spur_grid_right(g, 1, g->cols - 28, 8, SPUR_ROLE_HEAD, "rate");
	spur_grid_right(g, 1, g->cols - 19, 7, SPUR_ROLE_HEAD, "left");
	spur_grid_text(g, 1, g->cols - 11, 10, SPUR_ROLE_HEAD, "state");
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;
	int page = list_rows(s, g->rows), n = count_of(s), top = spur_list_top(&s->cursor, n, page);

	draw_heading(s, g);
	if (s->jobs->error != NULL)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->jobs->error);
	else if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_DIM, s->jobs->loading ? "reading ..." :
			       "no jobs yet; extract, train, eval and compile start some");
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, top + i);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (s->log.of[0] != '\0')
		spur_job_draw_log(g, 2 + page, s->jobs, s->one, &s->log);
	else if (current(s) != NULL && page + 2 < g->rows)
		spur_job_draw_detail(g, 2 + page, current(s), s->jobs->notes[s->cursor.at].target, details(s));
}

/* ---- acting ---- */

static void show_log(struct spur_ui *ui, struct state *s)
{
	const char *id = current(s)->id;

	if (strcmp(s->log.of, id) == 0)
		s->log.of[0] = '\0';
	else
		snprintf(s->log.of, sizeof(s->log.of), "%s", id);
	s->log.hit = -1;
	want_log(ui, s);
	if (s->log.of[0] != '\0')
		spur_ui_echo(ui, "spur job logs %s", s->log.of);
}

/* What came of it, where there is something; else what it says. */
static void open_result(struct spur_ui *ui, struct state *s)
{
	const struct spur_job_row *j = current(s);
	const struct spur_session_job *d = details(s);
	bool done = j->status.state == SPUR_JOB_SUCCEEDED;

	if (done && strcmp(j->kind, "train") == 0)
		spur_ui_goto(ui, "models", j->id);
	else if (done && d != NULL && d->model[0] != '\0')
		spur_ui_goto(ui, "models", d->model);
	else
		show_log(ui, s);
	if (done && strcmp(j->kind, "extract") == 0)
		spur_ui_say(ui, "t trains on %s", d == NULL ? "it" : d->folder);
}

static void act_on(struct spur_ui *ui, const struct state *s, const char *verb, const char *question)
{
	char *ask = spur_strfmt("%s %s %.8s?", question, current(s)->kind, current(s)->id);

	spur_lab_confirm_words(ui, ask, "job", verb, current(s)->id, NULL);
	free(ask);
}

/* With the run of that kind before it. */
static void diff_params(struct spur_ui *ui, const struct state *s)
{
	for (int i = s->cursor.at + 1; i < count_of(s); i++) {
		if (strcmp(s->jobs->rows[i].kind, current(s)->kind) == 0) {
			spur_lab_show_words(ui, "job", "diff", s->jobs->rows[i].id, current(s)->id, NULL);
			return;
		}
	}
	spur_ui_say(ui, "there was no %s before it", current(s)->kind);
}

static void ask_train(struct spur_ui *ui, const struct state *s)
{
	const struct spur_session_job *d = details(s);

	if (strcmp(current(s)->kind, "extract") != 0 || current(s)->status.state != SPUR_JOB_SUCCEEDED)
		spur_ui_say(ui, "t trains on an extract that is done");
	else if (d == NULL || d->folder[0] == '\0')
		spur_ui_say(ui, "its folder is not known yet");
	else
		spur_lab_ask_train(ui, "train-words");
}

static void ask_about_model(struct spur_ui *ui, const struct state *s, const char *id)
{
	const struct spur_session_job *d = details(s);
	char *on;

	if (d == NULL || d->model[0] == '\0') {
		spur_ui_say(ui, "no model has come of it%s", spur_job_state_terminal(current(s)->status.state) ? "" : " yet");
	} else if (strcmp(id, "compile") == 0) {
		spur_lab_ask_compile(ui, "compile-words");
	} else {
		on = spur_strfmt("--on %s", d->extract);
		spur_ui_prompt(ui, "evaluate with: ", "eval-words", on);
		free(on);
	}
}

static bool answered(struct spur_ui *ui, const struct state *s, const struct spur_action *a)
{
	const struct spur_session_job *d = details(s);

	if (a->text == NULL || d == NULL)
		return false;
	if (strcmp(a->id, "train-words") == 0)
		spur_lab_run_line(ui, "train", d->folder, a->text);
	else if (strcmp(a->id, "compile-words") == 0)
		spur_lab_run_line(ui, "compile", d->model, a->text);
	else if (strcmp(a->id, "eval-words") == 0)
		spur_lab_run_line(ui, "eval", d->model, a->text);
	else
		return false;
	return true;
}

static bool on_job(struct spur_ui *ui, struct state *s, const char *id)
{
	static const char *const mine[] = { "open", "follow", "cancel-job", "retry", "compare", "train", "compile", "evaluate", NULL };
	size_t k = 0;

	while (mine[k] != NULL && strcmp(mine[k], id) != 0)
		k++;
	if (mine[k] == NULL)
		return false;
	if (current(s) == NULL)
		spur_ui_say(ui, "there is no job");
	else if (strcmp(id, "open") == 0)
		open_result(ui, s);
	else if (strcmp(id, "follow") == 0 && s->log.of[0] == '\0')
		show_log(ui, s);
	else if (strcmp(id, "follow") == 0)
		s->log.follow = !s->log.follow;
	else if (strcmp(id, "cancel-job") == 0)
		act_on(ui, s, "cancel", "stop");
	else if (strcmp(id, "retry") == 0)
		act_on(ui, s, "retry", "run again");
	else if (strcmp(id, "compare") == 0)
		diff_params(ui, s);
	else if (strcmp(id, "train") == 0)
		ask_train(ui, s);
	else
		ask_about_model(ui, s, id);
	return true;
}

static bool search_rows(struct spur_ui *ui, struct state *s, int step)
{
	int n = count_of(s);

	for (int k = 1; k <= n && s->sought[0] != '\0'; k++) {
		int i = (s->cursor.at + k * (step > 0 ? 1 : n - 1)) % n;

		if (strstr(s->jobs->notes[i].target, s->sought) != NULL || strstr(s->jobs->rows[i].kind, s->sought) != NULL ||
		    strncmp(s->jobs->rows[i].id, s->sought, strlen(s->sought)) == 0) {
			s->cursor.at = i;
			want_one(ui, s);
			return true;
		}
	}
	spur_ui_say(ui, "no job has '%s'", s->sought);
	return true;
}

/* In the log where one is open, else among the jobs. */
static bool search(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int step = strcmp(a->id, "search-previous") == 0 ? -1 : 1;

	if (strcmp(a->id, "search") == 0 && a->text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", a->text);
	else if (strncmp(a->id, "search-", 7) != 0)
		return false;
	if (s->log.of[0] == '\0')
		return search_rows(ui, s, step);
	if (!spur_job_log_search(&s->log, s->jobs->log, s->sought, step))
		spur_ui_say(ui, "the log has no '%s'", s->sought);
	return true;
}

static bool act(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (s->log.of[0] != '\0' && spur_job_log_action(&s->log, s->jobs->log, a->id))
		return true;
	if (spur_list_action(&s->cursor, a, count_of(s), list_rows(s, s->rows))) {
		want_one(ui, s);
		return true;
	}
	if (strcmp(a->id, "cancel") == 0 && s->log.of[0] != '\0') {
		s->log.of[0] = '\0';
		want_log(ui, s);
		return true;
	}
	return on_job(ui, s, a->id) || answered(ui, s, a) || (count_of(s) > 0 && search(ui, s, a));
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	bool mine = act(ui, state, a);

	note_place(state);
	return mine;
}

static void close_jobs(struct spur_ui *ui, void *state)
{
	(void)state;
	spur_session_jobs_want(spur_ui_session(ui), false, NULL);
	spur_session_job_want(spur_ui_session(ui), NULL);
}

const struct spur_screen spur_screen_jobs = {
	.id = "jobs", .title = "Jobs", .state_size = sizeof(struct state),
	.open = open_jobs, .update = update, .draw = draw, .action = action, .close = close_jobs,
};
