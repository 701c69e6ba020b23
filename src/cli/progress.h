#ifndef SPUR_CLI_PROGRESS_H
#define SPUR_CLI_PROGRESS_H

#include "base/task.h"

/* A bar on stderr for work that takes longer than 200 ms; only on a terminal. A thread of its
 * own reads the task's counter ten times a second. */
struct spur_progress;
struct spur_progress *spur_progress_start(const struct spur_task *task, const char *what);
void spur_progress_stop(struct spur_progress *p);	/* clears the line; NULL is fine */

#endif
