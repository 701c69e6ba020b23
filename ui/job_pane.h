#ifndef SPUR_UI_JOB_PANE_H
#define SPUR_UI_JOB_PANE_H

#include "session/lab.h"
#include "ui/grid.h"

/* Below the list of jobs: what there is to know about one, or its log. Drawing is pure. */

enum spur_role spur_job_role(enum spur_job_state st);
uint32_t spur_job_glyph(enum spur_job_state st);

struct spur_job_log {
	char of[SPUR_JOB_ID];	/* "": none open */
	bool follow;		/* the end stays in sight */
	int top;
	int hit;		/* line that was searched for; -1: none */
};

/* d: NULL while it is read. From row to the end of the grid. */
void spur_job_draw_detail(struct spur_grid *g, int row, const struct spur_job_row *j, const char *target,
			  const struct spur_session_job *d);
void spur_job_draw_log(struct spur_grid *g, int row, const struct spur_session_jobs *jobs, const struct spur_session_job *d,
		       const struct spur_job_log *log);
/* "page-up" and "page-down" leave the end. False: not for a log. */
bool spur_job_log_action(struct spur_job_log *log, const char *text, const char *action);
/* The next (step 1) or previous (-1) line that has the word, around the end. text may be NULL. */
bool spur_job_log_search(struct spur_job_log *log, const char *text, const char *word, int step);

#endif
