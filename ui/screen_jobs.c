#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/list.h"
#include "ui/ui.h"

struct state {
	const struct spur_session_jobs *jobs;
	struct spur_list cursor;
	char log_of[SPUR_JOB_ID];	/* "" : no log open */
	bool follow;
	int log_top, rows;
	uint64_t seen;
	spur_ns now_ns;
};

static enum spur_status open_jobs(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;

	(void)err;
	s->jobs = spur_session_jobs(spur_ui_session(ui));
	s->follow = true;
	s->rows = 21;
	s->now_ns = spur_now_ns();
	if (arg != NULL)
		snprintf(s->log_of, sizeof(s->log_of), "%s", arg);
	spur_session_jobs_want(spur_ui_session(ui), true, s->log_of[0] != '\0' ? s->log_of : NULL);
	return SPUR_OK;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->jobs->generation;
	int n = (int)s->jobs->count;

	spur_session_tick(spur_ui_session(ui));
	s->seen = s->jobs->generation;
	if (changed)
		s->now_ns = spur_now_ns();
	if (s->cursor.at >= n)
		s->cursor.at = n > 0 ? n - 1 : 0;
	return changed;
}

static int list_rows(const struct state *s, int rows)
{
	int most = s->log_of[0] != '\0' ? rows / 3 : rows - 2;

	return most < 3 ? 3 : most;
}

static enum spur_role role_of(enum spur_job_state st)
{
	return st == SPUR_JOB_SUCCEEDED ? SPUR_ROLE_GOOD : st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST ? SPUR_ROLE_BAD :
	       st == SPUR_JOB_CANCELLED ? SPUR_ROLE_WARN : SPUR_ROLE_TEXT;
}

static uint32_t glyph_of(enum spur_job_state st)
{
	return st == SPUR_JOB_SUCCEEDED ? 0x2713 : st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST ? 0x2717 :
	       st == SPUR_JOB_CANCELLED ? '-' : st == SPUR_JOB_RUNNING ? 0x25cf : 0x25cb;
}

static void draw_progress(struct spur_grid *g, int row, int col, const struct spur_job_status *st)
{
	int filled = st->total > 0 ? (int)(10 * (st->done < st->total ? st->done : st->total) / st->total) : 0;

	for (int i = 0; i < 10; i++)
		spur_grid_put(g, row, col + i, i < filled ? SPUR_ROLE_GOOD : SPUR_ROLE_DIM, i < filled ? 0x2588 : 0x2591);
	if (st->total > 0)
		spur_grid_textf(g, row, col + 11, 4, SPUR_ROLE_TEXT, "%3u%%", (unsigned)(100 * st->done / st->total));
}

static void eta_text(const struct spur_job_status *st, spur_ns now, char out[SPUR_TIME_TEXT])
{
	spur_ns ran = now - st->started_ns;

	out[0] = '\0';
	if (spur_job_state_terminal(st->state) && st->started_ns > 0)
		spur_span_text(st->ended_ns - st->started_ns, out);
	else if (st->state == SPUR_JOB_RUNNING && st->total > 0 && st->done > 0 && st->done < st->total)
		spur_span_text((spur_ns)((double)ran / (double)st->done * (double)(st->total - st->done)), out);
}

static void draw_row(const struct state *s, struct spur_grid *g, int row, const struct spur_job_row *j, bool here)
{
	enum spur_role role = role_of(j->status.state);
	char eta[SPUR_TIME_TEXT];
	int name = g->cols - 62;

	eta_text(&j->status, s->now_ns, eta);
	spur_grid_put(g, row, 1, role, glyph_of(j->status.state));
	spur_grid_textf(g, row, 3, 8, SPUR_ROLE_TEXT, "%.8s", j->id);
	spur_grid_text(g, row, 12, 8, SPUR_ROLE_TEXT, j->kind);
	spur_grid_text(g, row, 21, name, SPUR_ROLE_TEXT, j->name);
	draw_progress(g, row, name + 22, &j->status);
	spur_grid_right(g, row, name + 38, 11, SPUR_ROLE_DIM, eta);
	spur_grid_text(g, row, name + 50, 10, role, spur_job_state_name(j->status.state));
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols }, SPUR_ROLE_SELECTED);
}

static int lines_of(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n' || text[1] == '\0';
	return n;
}

static void draw_log(const struct state *s, struct spur_grid *g, int row)
{
	const char *p = s->jobs->log;
	int room = g->rows - row - 1, n, top, line = 0;

	for (int x = 0; x < g->cols; x++)
		spur_grid_put(g, row, x, SPUR_ROLE_DIM, 0x2500);
	spur_grid_textf(g, row, 2, g->cols - 4, SPUR_ROLE_HEAD, " %.8s log%s ", s->log_of, s->follow ? " (follow)" : "");
	if (p == NULL || s->jobs->log_of == NULL || strcmp(s->jobs->log_of, s->log_of) != 0) {
		spur_grid_text(g, row + 1, 1, g->cols - 2, SPUR_ROLE_DIM, "reading ...");
		return;
	}
	n = lines_of(p);
	top = s->follow || s->log_top > n - room ? n - room : s->log_top;
	top = top < 0 ? 0 : top;
	if (n == 0)
		spur_grid_text(g, row + 1, 1, g->cols - 2, SPUR_ROLE_DIM, "nothing yet");
	while (*p != '\0' && row + 1 < g->rows) {
		size_t len = strcspn(p, "\n");

		if (line++ >= top) {
			char text[512];

			snprintf(text, sizeof(text), "%.*s", (int)(len < 500 ? len : 500), p);
			spur_grid_text(g, ++row, 1, g->cols - 2, SPUR_ROLE_TEXT, text);
		}
		p += len + (p[len] == '\n');
	}
}

static void draw_heading(const struct state *s, struct spur_grid *g)
{
	int running = 0, queued = 0, failed = 0;

	for (size_t i = 0; i < s->jobs->count; i++) {
		enum spur_job_state st = s->jobs->rows[i].status.state;

		running += st == SPUR_JOB_RUNNING || st == SPUR_JOB_STARTING || st == SPUR_JOB_STOPPING;
		queued += st == SPUR_JOB_QUEUED || st == SPUR_JOB_PLANNED;
		failed += st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST;
	}
	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_TEXT, "running %d  queued %d  failed %d", running, queued, failed);
	spur_grid_text(g, 1, 3, g->cols - 3, SPUR_ROLE_HEAD, "job      kind     name");
	spur_grid_text(g, 1, g->cols - 40, 40, SPUR_ROLE_HEAD, "progress          left/took state");
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;
	int page = list_rows(s, g->rows), n = (int)s->jobs->count, top = spur_list_top(&s->cursor, n, page);

	draw_heading(s, g);
	if (s->jobs->error != NULL)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->jobs->error);
	else if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_DIM, s->jobs->loading ? "reading ..." :
			       "no jobs yet; extract, train, eval and compile start some");
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, &s->jobs->rows[top + i], top + i == s->cursor.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (s->log_of[0] != '\0')
		draw_log(s, g, 2 + page);
}

static void act_on(struct spur_ui *ui, const struct state *s, const char *verb, const char *question)
{
	const struct spur_job_row *j = &s->jobs->rows[s->cursor.at];
	char command[64], ask[200];

	snprintf(command, sizeof(command), "spur job %s %s", verb, j->id);
	snprintf(ask, sizeof(ask), "%s %s %.8s?", question, j->kind, j->id);
	spur_ui_confirm(ui, ask, command);
}

static void show_log(struct spur_ui *ui, struct state *s)
{
	const char *id = s->jobs->rows[s->cursor.at].id;

	if (strcmp(s->log_of, id) == 0)
		s->log_of[0] = '\0';
	else
		snprintf(s->log_of, sizeof(s->log_of), "%s", id);
	spur_session_jobs_want(spur_ui_session(ui), true, s->log_of[0] != '\0' ? s->log_of : NULL);
	if (s->log_of[0] != '\0')
		spur_ui_echo(ui, "spur job logs %s", s->log_of);
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	struct state *s = state;
	int n = (int)s->jobs->count, cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (s->log_of[0] != '\0' && (strcmp(a->id, "page-down") == 0 || strcmp(a->id, "page-up") == 0)) {
		s->log_top = (s->follow && s->jobs->log != NULL ? lines_of(s->jobs->log) - 10 : s->log_top) +
			     (strcmp(a->id, "page-down") == 0 ? 10 : -10);
		s->log_top = s->log_top < 0 ? 0 : s->log_top;
		s->follow = false;
		return true;
	}
	if (spur_list_action(&s->cursor, a, n, list_rows(s, s->rows)))
		return true;
	if (strcmp(a->id, "cancel") == 0 && s->log_of[0] != '\0') {
		s->log_of[0] = '\0';
		return true;
	}
	if (strcmp(a->id, "open") != 0 && strcmp(a->id, "follow") != 0 && strcmp(a->id, "cancel-job") != 0 &&
	    strcmp(a->id, "retry") != 0)
		return false;
	if (n == 0)
		spur_ui_say(ui, "there is no job");
	else if (strcmp(a->id, "open") == 0)
		show_log(ui, s);
	else if (strcmp(a->id, "follow") == 0)
		s->follow = !s->follow;
	else if (strcmp(a->id, "cancel-job") == 0)
		act_on(ui, s, "cancel", "stop");
	else
		act_on(ui, s, "retry", "run again");
	return true;
}

static void close_jobs(struct spur_ui *ui, void *state)
{
	(void)state;
	spur_session_jobs_want(spur_ui_session(ui), false, NULL);
}

const struct spur_screen spur_screen_jobs = {
	.id = "jobs", .title = "Jobs", .state_size = sizeof(struct state),
	.open = open_jobs, .update = update, .draw = draw, .action = action, .close = close_jobs,
};
