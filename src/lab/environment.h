#ifndef SPUR_LAB_ENVIRONMENT_H
#define SPUR_LAB_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/task.h"

/*
 * The Python environments that recipes run in. That of "train" is the system's and is only looked at. That of
 * "tools" is made by spur: a venv exactly as DATADIR/recipes/compile/requirements.txt pins it, every package by
 * version and hash, nothing else fetched. It is whole when DIR/requirements.done has the same bytes as the pins.
 * Where packages come from is pip's own configuration.
 */

/* SPUR_ENOTFOUND: no interpreter, or it has no torch or numpy; says what to install. Costs a start of Python. */
enum spur_status spur_train_check(struct spur_error *err);

/* Makes it where spur_tools_python() looks, if it is not there as pinned; *made says whether anything was done.
 * Output of the programs goes to DIR.log. One that SPUR_TOOLS_PYTHON names belongs to the user: only looked at.
 * Any number of processes at once: the others wait. Killed at any point, the next call does it again.
 * SPUR_ECANCELLED; SPUR_EIO: a program failed, with the last line it wrote. */
enum spur_status spur_tools_setup(const char *datadir, struct spur_task *task, bool *made, struct spur_error *err);

#endif
