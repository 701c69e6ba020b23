#include "config.h"

#include "job/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "io/range.h"
#include "job/event.h"

enum { EXIT_DATA = 65, EXIT_TRANSIENT = 75, EXIT_CONFIG = 78, EXIT_STOPPED = 143 };
#define TRANSIENT_TRIES 5	/* times max_failures */

struct artifact {
	char *path, *sha256;
};

struct said {
	bool ok, other;			/* result events of the attempt */
	struct artifact *artifacts;	/* the last word on each path */
	size_t count;
};

static void said_finish(struct said *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->artifacts[i].path);
		free(s->artifacts[i].sha256);
	}
	free(s->artifacts);
}

static void add_artifact(struct said *s, const char *path, const char *sha256)
{
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->artifacts[i].path, path) == 0) {
			free(s->artifacts[i].sha256);
			s->artifacts[i].sha256 = spur_strdup(sha256);
			return;
		}
	}
	s->artifacts = spur_realloc(s->artifacts, s->count + 1, sizeof(*s->artifacts));
	s->artifacts[s->count++] = (struct artifact){ spur_strdup(path), spur_strdup(sha256) };
}

static enum spur_status on_result(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	struct said *s = state;

	(void)err;
	if (strcmp(e->type, "result") == 0) {
		s->ok = strcmp(spur_job_event_text(e, "status"), "ok") == 0;
		s->other = !s->ok;
	}
	return SPUR_OK;
}

static enum spur_status on_artifact(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	(void)err;
	if (strcmp(e->type, "artifact") == 0)
		add_artifact(state, spur_job_event_text(e, "path"), spur_job_event_text(e, "sha256"));
	return SPUR_OK;
}

static enum spur_status listen(const struct spur_job_spec *spec, const uint64_t *from, struct said *s,
			       struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	bool ok = false;

	for (unsigned i = 0; i < spec->processes && st == SPUR_OK; i++) {
		char *path = spur_strfmt("%s/events/%u.jsonl", spec->dir, i);
		uint64_t at = from[i], zero = 0;
		struct said one = { 0 };

		if ((st = spur_job_events_read(path, &at, on_result, &one, NULL, err)) == SPUR_OK)
			st = spur_job_events_read(path, &zero, on_artifact, s, NULL, err);
		ok = i == 0 ? one.ok : ok;
		s->other = s->other || one.other;
		free(path);
	}
	s->ok = ok;
	return st;
}

/* "" : it lies there as it should. */
static void check_file(const struct spur_job_spec *spec, const struct artifact *a, char *why, size_t size)
{
	char *path = a->path[0] == '/' ? spur_strdup(a->path) : spur_strfmt("%s/%s", spec->dir, a->path), hex[65];
	struct spur_range *r = NULL;
	struct spur_error err = { 0 };

	if (spur_range_open(path, &r, &err) < 0 || spur_range_sha256(r, hex, NULL, &err) < 0)
		snprintf(why, size, "artifact %s: %.200s", a->path, err.text);
	else if (strcmp(hex, a->sha256) != 0)
		snprintf(why, size, "artifact %s is not what the program declared: sha256 %.12s, declared %.12s", a->path,
			 hex, a->sha256);
	spur_range_close(r);
	free(path);
}

static void check_artifacts(const struct spur_job_spec *spec, const struct said *s, char *why, size_t size)
{
	for (size_t i = 0; i < s->count && *why == '\0'; i++)
		check_file(spec, &s->artifacts[i], why, size);
	for (size_t i = 0; spec->artifacts != NULL && spec->artifacts[i] != NULL && *why == '\0'; i++) {
		bool found = false;

		for (size_t k = 0; k < s->count; k++)
			found = found || strcmp(s->artifacts[k].path, spec->artifacts[i]) == 0;
		if (!found)
			snprintf(why, size, "the program did not declare %s", spec->artifacts[i]);
	}
}

/* The last line that says something, for programs that do not write output/failure. */
static void last_line(char *text, char *out, size_t size)
{
	size_t end = strlen(text), at;

	while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == ' '))
		text[--end] = '\0';
	for (at = end; at > 0 && text[at - 1] != '\n'; at--)
		;
	snprintf(out, size, "%.300s", text + at);
}

static void find_reason(const struct spur_job_spec *spec, unsigned attempt, unsigned rank, char *out, size_t size)
{
	char *failure = spur_strfmt("%s/output/failure", spec->dir), *log = spur_strfmt("%s/logs/%u.%u.err", spec->dir,
											attempt, rank), *data = NULL;
	size_t len;

	out[0] = '\0';
	if (spur_file_read(failure, 1u << 16, &data, &len, NULL) == SPUR_OK && len > 0)
		snprintf(out, size, "%.300s", data);
	free(data);
	data = NULL;
	if (out[0] == '\0' && spur_file_read(log, 64u << 20, &data, &len, NULL) == SPUR_OK)
		last_line(data, out, size);
	free(data);
	free(failure);
	free(log);
}

static void judge_failure(const struct spur_job_spec *spec, unsigned attempt, const struct spur_job_report *r,
			  struct spur_job_verdict *out)
{
	char why[320];

	find_reason(spec, attempt, r->rank, why, sizeof(why));
	switch (r->exit_code) {
	case EXIT_DATA: case EXIT_CONFIG: out->outcome = SPUR_JOB_BAD; break;
	case EXIT_TRANSIENT: case EXIT_STOPPED: case -1: out->outcome = SPUR_JOB_TRANSIENT; break;
	default: out->outcome = r->exit_signal == 9 || r->exit_signal == 15 ? SPUR_JOB_TRANSIENT : SPUR_JOB_BROKEN; break;
	}
	if (r->exit_code == -1)
		snprintf(out->reason, sizeof(out->reason), "its processes are gone without a result");
	else if (r->exit_signal != 0)
		snprintf(out->reason, sizeof(out->reason), "process %u: killed by signal %d (%s)", r->rank,
			 r->exit_signal, strsignal(r->exit_signal));
	else
		snprintf(out->reason, sizeof(out->reason), "process %u: exit %d%s%s", r->rank, r->exit_code,
			 why[0] == '\0' ? "" : ": ", why);
}

enum spur_status spur_job_judge(const struct spur_job_spec *spec, const uint64_t *from, unsigned attempt,
				const struct spur_job_report *r, struct spur_job_verdict *out, struct spur_error *err)
{
	struct said s = { 0 };
	enum spur_status st = listen(spec, from, &s, err);

	*out = (struct spur_job_verdict){ 0 };
	if (st < 0)
		goto out;
	if (r->exit_code > 0 || (r->exit_code == -1 && !s.ok)) {
		judge_failure(spec, attempt, r, out);
	} else if (!s.ok || s.other) {
		out->outcome = SPUR_JOB_BROKEN;
		snprintf(out->reason, sizeof(out->reason), s.other ? "exit 0, but its result is not ok" :
			 "exit 0, but no result event");
	} else {
		check_artifacts(spec, &s, out->reason, sizeof(out->reason));
		if (out->reason[0] != '\0')
			out->outcome = SPUR_JOB_BROKEN;
	}
out:
	said_finish(&s);
	return st;
}

bool spur_job_try_again(const struct spur_job_spec *spec, const struct spur_job_verdict *v, unsigned failures)
{
	unsigned most = spec->max_failures == 0 ? 3 : spec->max_failures;

	if (v->outcome == SPUR_JOB_BAD || v->outcome == SPUR_JOB_GOOD)
		return false;
	return failures < (v->outcome == SPUR_JOB_TRANSIENT ? most * TRANSIENT_TRIES : most);
}
