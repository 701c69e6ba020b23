#ifndef SPUR_SESSION_RUN_SERIES_H
#define SPUR_SESSION_RUN_SERIES_H

#include "base/error.h"
#include "session/lab.h"

/*
 * The metrics of a run as lines to draw, from DIR/events/0.jsonl. Reading again continues where
 * the last reading ended, so a live run costs what it wrote since. A series never holds more than
 * SPUR_RUN_SERIES_POINTS: then every other point is dropped and every other new one is skipped,
 * and so on; the last value is always known. One thread at a time.
 */
#define SPUR_RUN_SERIES_POINTS 4096
#define SPUR_RUN_SERIES_KEYS 32

struct spur_run_series;

struct spur_run_series *spur_run_series_create(const char *dir);
/* Goes on where the other is: so that one can be drawn while the other is read. */
struct spur_run_series *spur_run_series_copy(const struct spur_run_series *r);
void spur_run_series_destroy(struct spur_run_series *r);	/* NULL is fine */
const char *spur_run_series_dir(const struct spur_run_series *r);
/* What was written since. A run that has said nothing yet is no failure. */
enum spur_status spur_run_series_read(struct spur_run_series *r, struct spur_error *err);
/* By first appearance; valid until the next reading. Borrowed. */
const struct spur_session_series *spur_run_series_list(const struct spur_run_series *r, size_t *count);

#endif
