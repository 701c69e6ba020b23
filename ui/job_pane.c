#include "config.h"

#include "ui/job_pane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ui/curve_pane.h"
#include "ui/table.h"

enum spur_role spur_job_role(enum spur_job_state st)
{
	return st == SPUR_JOB_SUCCEEDED ? SPUR_ROLE_GOOD : st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST ? SPUR_ROLE_BAD :
	       st == SPUR_JOB_CANCELLED ? SPUR_ROLE_WARN : SPUR_ROLE_TEXT;
}

uint32_t spur_job_glyph(enum spur_job_state st)
{
	return st == SPUR_JOB_SUCCEEDED ? 0x2713 : st == SPUR_JOB_FAILED || st == SPUR_JOB_LOST ? 0x2717 :
	       st == SPUR_JOB_CANCELLED ? '-' : st == SPUR_JOB_RUNNING ? 0x25cf : 0x25cb;
}

/* What one can do about a job that did not end well: exit codes as in spur-job(7). */
static const char *advice(const struct spur_job_status *st)
{
	if (st->state == SPUR_JOB_CANCELLED)
		return "somebody stopped it: r runs it again";
	if (st->state == SPUR_JOB_LOST)
		return "its processes are gone: r runs it again, from its last checkpoint";
	if (st->exit_code == 65)
		return "its input is wrong: Enter shows the log; mend the input, then start a new job";
	if (st->exit_code == 78)
		return "its parameters are wrong: Enter shows the log, D what changed; start a new job";
	if (st->exit_signal == 9)
		return "it was killed, often for memory: Enter shows the log, r runs it again";
	return "Enter shows the log, D what changed since the run before, r runs it again";
}

/* The curves one looks at first, side by side. */
static void draw_sparks(struct spur_grid *g, int row, const struct spur_session_job *d)
{
	static const char *const first[] = { "loss", "val_macro_f1", "macro_f1", NULL };
	int width = g->cols / 2 - 1, col = 1;

	for (size_t k = 0; first[k] != NULL && col + width <= g->cols; k++) {
		for (size_t i = 0; i < d->series_count; i++) {
			if (strcmp(d->series[i].key, first[k]) == 0) {
				spur_curve_spark(g, row, col, width, &d->series[i]);
				col += width + 1;
			}
		}
	}
}

static void draw_params(struct spur_grid *g, int row, const struct spur_session_job *d)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < d->param_count; i++)
		spur_buf_addf(&b, "%s%s=%s", i > 0 ? " " : "", d->params[i].key, d->params[i].value);
	if (d->folder[0] != '\0')
		spur_buf_addf(&b, "%sfolder %s", b.len > 0 ? "  " : "", d->folder);
	if (d->extract[0] != '\0')
		spur_buf_addf(&b, "%son %s", b.len > 0 ? "  " : "", d->extract);
	if (b.len == 0)
		spur_buf_adds(&b, "parameters as the recipe has them");
	spur_table_name(g, row, 1, g->cols - 2, SPUR_ROLE_DIM, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static const char *next_step(const struct spur_job_row *j)
{
	return strcmp(j->kind, "extract") == 0 ? "t trains on it" : strcmp(j->kind, "train") == 0 ?
	       "Enter shows the model, E evaluates it, c compiles it" : strcmp(j->kind, "eval") == 0 || strcmp(j->kind, "compile") == 0 ?
	       "Enter shows the model" : "";
}

void spur_job_draw_detail(struct spur_grid *g, int row, const struct spur_job_row *j, const char *target,
			  const struct spur_session_job *d)
{
	const struct spur_job_status *st = &j->status;
	char heading[300], size[24] = "";
	bool bad = st->state == SPUR_JOB_FAILED || st->state == SPUR_JOB_LOST || st->state == SPUR_JOB_CANCELLED;

	snprintf(heading, sizeof(heading), "%s %.8s  %s", j->kind, j->id, target);
	spur_table_rule(g, row, heading);
	if (st->total > 0)
		snprintf(size, sizeof(size), "  %.20s", st->unit);
	spur_grid_textf(g, row + 1, 1, g->cols - 2, spur_job_role(st->state), "%s  attempt %u%s%s%s", spur_job_state_name(st->state),
			st->attempt, st->reason[0] != '\0' ? ": " : "", st->reason, "");
	if (st->total > 0)
		spur_grid_textf(g, row + 1, g->cols - 34, 33, SPUR_ROLE_DIM, "%12llu of %llu%s", (unsigned long long)st->done,
				(unsigned long long)st->total, size);
	if (d != NULL) {
		draw_params(g, row + 2, d);
		draw_sparks(g, row + 3, d);
		if (d->result[0] != '\0')
			spur_grid_textf(g, row + 4, 1, g->cols - 2, SPUR_ROLE_GOOD, "made %s", d->result);
	}
	if (bad)
		spur_grid_text(g, row + 5, 1, g->cols - 2, SPUR_ROLE_WARN, advice(st));
	else if (st->state == SPUR_JOB_SUCCEEDED)
		spur_grid_text(g, row + 5, 1, g->cols - 2, SPUR_ROLE_DIM, next_step(j));
}

/* ---- the log ---- */

static int lines_of(const char *text)
{
	int n = 0;

	for (; text != NULL && *text != '\0'; text++)
		n += *text == '\n' || text[1] == '\0';
	return n;
}

static void draw_lines(struct spur_grid *g, int row, const char *p, const struct spur_job_log *log)
{
	int n = lines_of(p), room = g->rows - row, top = log->follow || log->top > n - room ? n - room : log->top;

	top = top < 0 ? 0 : top;
	if (n == 0)
		spur_grid_text(g, row, 1, g->cols - 2, SPUR_ROLE_DIM, "nothing yet");
	for (int line = 0; *p != '\0' && row < g->rows; line++) {
		size_t len = strcspn(p, "\n");

		if (line >= top)
			spur_grid_textf(g, row++, 1, g->cols - 2, line == log->hit ? SPUR_ROLE_SELECTED : SPUR_ROLE_TEXT, "%.*s",
					(int)(len < 500 ? len : 500), p);
		p += len + (p[len] == '\n');
	}
}

void spur_job_draw_log(struct spur_grid *g, int row, const struct spur_session_jobs *jobs, const struct spur_session_job *d,
		       const struct spur_job_log *log)
{
	char heading[64];
	bool live = d->id != NULL && strcmp(d->id, log->of) == 0 && d->series_count > 0;

	snprintf(heading, sizeof(heading), "%.8s log%s", log->of, log->follow ? " (follow)" : "");
	spur_table_rule(g, row, heading);
	if (live)
		draw_sparks(g, ++row, d);
	if (jobs->log == NULL || jobs->log_of == NULL || strcmp(jobs->log_of, log->of) != 0)
		spur_grid_text(g, row + 1, 1, g->cols - 2, SPUR_ROLE_DIM, "reading ...");
	else
		draw_lines(g, row + 1, jobs->log, log);
}

bool spur_job_log_action(struct spur_job_log *log, const char *text, const char *action)
{
	int step = strcmp(action, "page-down") == 0 ? 10 : strcmp(action, "page-up") == 0 ? -10 : 0, n = lines_of(text);

	if (step == 0)
		return false;
	log->top = (log->follow ? n - 10 : log->top) + step;
	log->top = log->top > n ? n : log->top < 0 ? 0 : log->top;
	log->follow = false;
	return true;
}

static const char *line_at(const char *text, int line)
{
	for (; line > 0 && *text != '\0'; line--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}

bool spur_job_log_search(struct spur_job_log *log, const char *text, const char *word, int step)
{
	int n = lines_of(text), from = log->hit < 0 && step < 0 ? 0 : log->hit;

	if (*word == '\0')
		return false;
	for (int k = 1; k <= n; k++) {
		int at = (from + step * k + 2 * n) % n;
		const char *p = line_at(text, at);
		char *line = spur_strndup(p, strcspn(p, "\n"));
		bool found = strstr(line, word) != NULL;

		free(line);
		if (found) {
			log->hit = at;
			log->top = at > 2 ? at - 2 : 0;
			log->follow = false;
			return true;
		}
	}
	return false;
}
