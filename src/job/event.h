#ifndef SPUR_JOB_EVENT_H
#define SPUR_JOB_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"

/*
 * The event stream of a job: DIR/events/<rank>.jsonl, one JSON object per line, appended by
 * the program with one write(2) each. {"v":1,"ts":<ns UTC>,"type":...}; types the contract
 * knows: metric, progress, artifact, checkpoint, heartbeat, log, result. Others are kept, not
 * dropped. NaN and the infinities are strings. A torn last line is not an event until it is
 * complete; a complete line that is no JSON object is counted and skipped. See spur-job(7).
 */
#define SPUR_JOB_EVENT_LINE (1u << 20)	/* a longer line is skipped as damaged */

/* Writing, for programs of spur itself: one per process, one thread. path NULL or "": says nothing. */
struct spur_job_voice;
struct spur_job_voice *spur_job_voice_create(const char *path);
void spur_job_voice_destroy(struct spur_job_voice *v);	/* NULL is fine */
void spur_job_voice_heartbeat(struct spur_job_voice *v);	/* at most one line a second; call it freely */
void spur_job_voice_progress(struct spur_job_voice *v, uint64_t done, uint64_t total, const char *unit);
void spur_job_voice_metric(struct spur_job_voice *v, int64_t step, const char *key, double value);
void spur_job_voice_log(struct spur_job_voice *v, const char *level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* path is relative to the job's folder. */
void spur_job_voice_artifact(struct spur_job_voice *v, const char *path, const char *kind, const char *sha256,
			     uint64_t bytes);
/* The terminal event: without one, exit 0 is not success. summary_json: an object, or NULL. */
enum spur_status spur_job_voice_result(struct spur_job_voice *v, bool ok, const char *summary_json,
				       struct spur_error *err);

/* One event, valid during the call. Fields are empty or zero where the line has none. */
struct json_t;			/* jansson */
struct spur_job_event {
	uint64_t offset;	/* of the line in its file */
	spur_ns ts_ns;
	const char *type;
	const char *line;	/* without the newline */
	size_t len;
	const struct json_t *json;	/* the object */
};
const char *spur_job_event_text(const struct spur_job_event *e, const char *key);	/* never NULL */
int64_t spur_job_event_int(const struct spur_job_event *e, const char *key, int64_t fallback);

/* Reading: complete lines from *offset on, in order; *offset moves past what was delivered.
 * SPUR_END from fn: enough. A file that does not exist yet has no events. bad (may be NULL)
 * grows by the damaged lines. */
typedef enum spur_status spur_job_event_fn(void *state, const struct spur_job_event *e, struct spur_error *err);
enum spur_status spur_job_events_read(const char *path, uint64_t *offset, spur_job_event_fn *fn, void *state,
				      uint64_t *bad, struct spur_error *err);
/* Ends a torn last line, so that the next writer begins a new one: its writer is dead. */
enum spur_status spur_job_events_mend(const char *path, struct spur_error *err);
/* A number of the contract: an integer, a real, or "NaN", "Infinity", "-Infinity". */
bool spur_job_number(const struct json_t *v, double *out);

#endif
