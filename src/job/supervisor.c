#include "config.h"

#include "job/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "io/out.h"
#include "job/event.h"
#include "job/executor.h"
#include "job/submit.h"
#include "job/verdict.h"

#define TICK_NS (SPUR_NS_PER_S)		/* between looks when nothing wakes us */
#define QUICK_NS (SPUR_NS_PER_S / 50)	/* the first ticks of an attempt: short jobs end soon */
#define STORE_NS (SPUR_NS_PER_S)	/* between two writes of mere progress */

struct sup {
	const char *dir;
	struct spur_job_spec *spec;
	struct spur_job_status status;
	const struct spur_executor *exec;
	struct spur_job_run run;
	const struct spur_job_store *store;
	struct spur_task *task;
	uint64_t *offsets;		/* of the events read, by rank */
	uint64_t *from;			/* where this attempt's events begin, by rank */
	uint64_t best_done;		/* progress of earlier attempts */
	bool advanced;			/* this attempt got further than any before */
	spur_ns stored_ns, begun_ns;	/* monotonic */
	bool dirty;
	int lock;
};

static char *events_path(const struct sup *s, unsigned rank)
{
	return spur_strfmt("%s/events/%u.jsonl", s->dir, rank);
}

/* ---- state */

static enum spur_status save_status(struct sup *s, struct spur_error *err)
{
	s->stored_ns = spur_monotonic_ns();
	s->dirty = false;
	return spur_job_status_store(s->dir, &s->status, err);
}

/* Our own stream: every edge of the machine, with its reason. */
static void say_edge(const struct sup *s, enum spur_job_state from, const char *reason)
{
	char *path = spur_strfmt("%s/events/supervisor.jsonl", s->dir);
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "v", 1);
	spur_json_int(&j, "ts", s->status.changed_ns);
	spur_json_text(&j, "type", "state");
	spur_json_text(&j, "from", spur_job_state_name(from));
	spur_json_text(&j, "to", spur_job_state_name(s->status.state));
	spur_json_uint(&j, "attempt", s->status.attempt);
	spur_json_text(&j, "source", "supervisor");
	spur_json_text(&j, "reason", reason);
	spur_json_end(&j, '}');
	spur_job_events_mend(path, NULL);
	spur_file_append(path, b.data, b.len, NULL);
	spur_buf_finish(&b);
	free(path);
}

static void tell_store(struct sup *s)
{
	/* The folder is the truth; a busy or broken catalogue is made good by the next reconcile. */
	if (s->store != NULL)
		spur_job_reconcile_one(s->store, s->dir, NULL);
}

static enum spur_status move(struct sup *s, enum spur_job_state to, const char *reason, struct spur_error *err)
{
	enum spur_job_state from = s->status.state;
	enum spur_status st;

	s->status.state = to;
	s->status.changed_ns = spur_now_ns();
	snprintf(s->status.reason, sizeof(s->status.reason), "%s", reason);
	if (spur_job_state_terminal(to))
		s->status.ended_ns = s->status.changed_ns;
	if (from != to)
		say_edge(s, from, reason);
	st = save_status(s, err);
	if (st == SPUR_OK)
		tell_store(s);
	return st;
}

/* ---- run.json: the attempt that is under way */

static enum spur_status save_run(struct spur_job_run *run, struct spur_error *err)
{
	struct sup *s = run->save_arg;
	char *path = spur_strfmt("%s/run.json", s->dir);
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "attempt", run->attempt);
	spur_json_text(&j, "executor", s->exec->id);
	spur_json_text(&j, "saved", run->saved);
	spur_json_begin(&j, "events_from", '[');
	for (unsigned i = 0; i < s->spec->processes; i++)
		spur_json_uint(&j, NULL, s->from[i]);
	spur_json_end(&j, ']');
	spur_json_end(&j, '}');
	st = spur_file_write(path, b.data, b.len, err);
	spur_buf_finish(&b);
	free(path);
	return st;
}

/* What run.json says of attempt status.attempt; false: nothing of it. */
static bool load_run(struct sup *s)
{
	char *path = spur_strfmt("%s/run.json", s->dir), *data = NULL;
	size_t len;
	json_t *o = NULL;
	const char *saved;
	bool fits = false;

	if (spur_file_read(path, 1u << 20, &data, &len, NULL) == SPUR_OK)
		o = json_loadb(data, len, 0, NULL);
	saved = json_string_value(json_object_get(o, "saved"));
	if (saved != NULL && (unsigned)json_integer_value(json_object_get(o, "attempt")) == s->status.attempt) {
		snprintf(s->run.saved, sizeof(s->run.saved), "%s", saved);
		for (unsigned i = 0; i < s->spec->processes; i++)
			s->from[i] = (uint64_t)json_integer_value(json_array_get(json_object_get(o, "events_from"), i));
		fits = true;
	}
	json_decref(o);
	free(data);
	free(path);
	return fits;
}

/* ---- events */

static void take_progress(struct sup *s, const struct spur_job_event *e)
{
	uint64_t done = (uint64_t)spur_job_event_int(e, "done", 0), total = (uint64_t)spur_job_event_int(e, "total", 0);

	/* Workers that share the work know of each other's part late: the one who knows most is right. */
	if (s->spec->processes > 1 && total == s->status.total && done < s->status.done)
		return;
	s->status.done = done;
	s->status.total = total;
	snprintf(s->status.unit, sizeof(s->status.unit), "%s", spur_job_event_text(e, "unit"));
	s->advanced = s->advanced || done > s->best_done;
}

static enum spur_status on_event(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	struct sup *s = state;

	(void)err;
	s->dirty = true;
	s->status.heartbeat_ns = spur_now_ns();
	if (strcmp(e->type, "progress") == 0) {
		take_progress(s, e);
	} else if (strcmp(e->type, "checkpoint") == 0) {
		s->advanced = true;
	}
	return SPUR_OK;
}

static enum spur_status read_events(struct sup *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (unsigned i = 0; i < s->spec->processes && st == SPUR_OK; i++) {
		char *path = events_path(s, i);

		st = spur_job_events_read(path, &s->offsets[i], on_event, s, NULL, err);
		free(path);
	}
	return st;
}

static enum spur_status nothing(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	(void)state;
	(void)e;
	(void)err;
	return SPUR_OK;
}

/* Every stream ends with a whole line; this attempt's events begin there. */
static enum spur_status mark_events(struct sup *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (unsigned i = 0; i < s->spec->processes && st == SPUR_OK; i++) {
		char *path = events_path(s, i);

		s->from[i] = s->offsets[i] = 0;
		if ((st = spur_job_events_mend(path, err)) == SPUR_OK)
			st = spur_job_events_read(path, &s->from[i], nothing, NULL, NULL, err);
		s->offsets[i] = s->from[i];
		free(path);
	}
	return st;
}

/* ---- one attempt */

static bool wants_cancel(const struct sup *s)
{
	char *path = spur_strfmt("%s/cancel", s->dir);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static bool is_silent(const struct sup *s)
{
	return s->spec->heartbeat_s > 0 &&
	       spur_now_ns() - s->status.heartbeat_ns > (spur_ns)s->spec->heartbeat_s * SPUR_NS_PER_S;
}

/* Until a child ends, someone pokes us, or the time is up. */
static void doze(const struct sup *s)
{
	spur_ns ns = spur_monotonic_ns() - s->begun_ns < 2 * SPUR_NS_PER_S ? QUICK_NS : TICK_NS;
	struct timespec ts = { .tv_sec = (time_t)(ns / SPUR_NS_PER_S), .tv_nsec = (long)(ns % SPUR_NS_PER_S) };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigtimedwait(&set, NULL, &ts);
}

/* Why this attempt is being stopped; STOP_NO: it is not. */
enum stop { STOP_NO, STOP_CANCEL, STOP_SILENT, STOP_RANK, STOP_SUPERVISOR };

static enum stop want_stop(const struct sup *s, const struct spur_job_report *r)
{
	if (wants_cancel(s))
		return STOP_CANCEL;
	if (spur_task_cancelled(s->task))
		return STOP_SUPERVISOR;
	if (r->alive > 0 && r->exit_code != 0)
		return STOP_RANK;	/* its peers may hang in a collective */
	return is_silent(s) ? STOP_SILENT : STOP_NO;
}

static enum spur_status stop_step(struct sup *s, enum stop why, struct spur_error *err)
{
	static const char *const words[] = { "", "cancelled", "no sign of life", "another process of the job failed",
					     "the supervisor was stopped" };
	unsigned grace = s->spec->grace_s == 0 ? 60 : s->spec->grace_s;
	enum spur_status st = SPUR_OK;

	if (s->status.state != SPUR_JOB_STOPPING)
		st = move(s, SPUR_JOB_STOPPING, words[why], err);
	return st < 0 ? st : s->exec->cancel(&s->run, (spur_ns)grace * SPUR_NS_PER_S, err);
}

static enum spur_status watch(struct sup *s, enum stop *why, struct spur_job_report *r, struct spur_error *err)
{
	enum spur_status st;

	*why = STOP_NO;
	s->begun_ns = spur_monotonic_ns();
	while ((st = s->exec->poll(&s->run, r, err)) == SPUR_OK) {
		if ((st = read_events(s, err)) < 0 || r->phase == SPUR_JOB_GONE)
			break;
		if (*why == STOP_NO)
			*why = want_stop(s, r);
		if (*why != STOP_NO && (st = stop_step(s, *why, err)) < 0)
			break;
		if (s->dirty && spur_monotonic_ns() - s->stored_ns > STORE_NS && (st = save_status(s, err)) == SPUR_OK)
			tell_store(s);
		if (st < 0)
			break;
		doze(s);
	}
	return st < 0 ? st : read_events(s, err);	/* what was said with the last breath */
}

/* ---- from attempt to attempt */

static void pause_before_retry(const struct sup *s, bool transient)
{
	unsigned shift = s->status.failures < 6 ? s->status.failures : 6;
	spur_ns wait = transient ? (SPUR_NS_PER_S / 2) << shift : SPUR_NS_PER_S / 5, until = spur_monotonic_ns() + wait;

	while (spur_monotonic_ns() < until && !wants_cancel(s) && !spur_task_cancelled(s->task)) {
		struct timespec ts = { .tv_nsec = 20000000 };

		nanosleep(&ts, NULL);
	}
}

static enum spur_status settle(struct sup *s, enum stop why, const struct spur_job_report *r, struct spur_error *err)
{
	struct spur_job_verdict v;
	bool more;

	if (spur_job_judge(s->spec, s->from, s->status.attempt, r, &v, err) < 0)
		return SPUR_EIO;
	s->status.exit_code = r->exit_code;
	s->status.exit_signal = r->exit_signal;
	if (v.outcome == SPUR_JOB_GOOD)	/* even if someone asked it to stop meanwhile */
		return move(s, SPUR_JOB_SUCCEEDED, "", err);
	if (why == STOP_CANCEL || wants_cancel(s))
		return move(s, SPUR_JOB_CANCELLED, "cancelled", err);
	if (why == STOP_SUPERVISOR)
		return move(s, SPUR_JOB_QUEUED, "the supervisor was stopped", err);
	s->status.failures = s->advanced ? 1 : s->status.failures + 1;
	if (why == STOP_SILENT) {	/* the signal was ours */
		v.outcome = SPUR_JOB_BROKEN;
		snprintf(v.reason, sizeof(v.reason), "no sign of life for %u s", s->spec->heartbeat_s);
	}
	more = spur_job_try_again(s->spec, &v, s->status.failures);
	if (!more)
		return move(s, SPUR_JOB_FAILED, v.reason, err);
	pause_before_retry(s, v.outcome == SPUR_JOB_TRANSIENT);
	return move(s, SPUR_JOB_QUEUED, v.reason, err);
}

static enum spur_status begin_attempt(struct sup *s, struct spur_error *err)
{
	char *failure = spur_strfmt("%s/output/failure", s->dir);
	enum spur_status st;

	unlink(failure);
	free(failure);
	s->status.attempt++;
	s->status.heartbeat_ns = spur_now_ns();
	if (s->status.started_ns == 0)
		s->status.started_ns = s->status.heartbeat_ns;
	s->advanced = false;
	s->best_done = s->status.done > s->best_done ? s->status.done : s->best_done;
	if ((st = mark_events(s, err)) < 0 || (st = move(s, SPUR_JOB_STARTING, "", err)) < 0)
		return st;
	s->run = (struct spur_job_run){ .spec = s->spec, .attempt = s->status.attempt, .save = save_run, .save_arg = s };
	if ((st = s->exec->start(s->spec, &s->run, err)) < 0)
		return st;
	return move(s, SPUR_JOB_RUNNING, "", err);
}

/* A program that cannot be started will not start the next time either. */
static enum spur_status fail_start(struct sup *s, struct spur_error *err)
{
	struct spur_error why = *err;

	return move(s, SPUR_JOB_FAILED, why.text, err);
}

static enum spur_status run_attempt(struct sup *s, bool adopted, struct spur_error *err)
{
	struct spur_job_report r = { .exit_code = -1 };
	enum spur_status st = SPUR_OK;
	enum stop why = STOP_NO;

	if (!adopted && (st = begin_attempt(s, err)) < 0)
		return s->status.state == SPUR_JOB_STARTING ? fail_start(s, err) : st;
	st = watch(s, &why, &r, err);
	s->exec->finish(&s->run);
	return st < 0 ? st : settle(s, why, &r, err);
}

/* After the death of another supervisor: its processes may still be there, or may have ended well. */
static enum spur_status resume(struct sup *s, struct spur_error *err)
{
	struct spur_job_report gone = { .phase = SPUR_JOB_GONE, .exit_code = -1 };

	if (s->status.state == SPUR_JOB_QUEUED || s->status.attempt == 0 || !load_run(s))
		return SPUR_OK;
	for (unsigned i = 0; i < s->spec->processes; i++)
		s->offsets[i] = s->from[i];
	s->run.spec = s->spec;
	s->run.attempt = s->status.attempt;
	s->status.heartbeat_ns = spur_now_ns();
	if (s->exec->attach != NULL && s->exec->attach(s->run.saved, &s->run, NULL) == SPUR_OK)
		return run_attempt(s, true, err);
	if (read_events(s, err) < 0)
		return SPUR_EIO;
	/* Gone with their supervisor: no fault of the job's. */
	s->advanced = true;
	return settle(s, STOP_NO, &gone, err);
}

static enum spur_status run_job(struct sup *s, struct spur_error *err)
{
	enum spur_status st;

	if (spur_job_state_terminal(s->status.state))
		return SPUR_OK;
	spur_job_process_identify(getpid(), &s->status.supervisor);
	if ((st = save_status(s, err)) == SPUR_OK)
		st = resume(s, err);
	while (st >= 0 && !spur_job_state_terminal(s->status.state)) {
		if (wants_cancel(s))
			st = move(s, SPUR_JOB_CANCELLED, "cancelled", err);
		else if (spur_task_cancelled(s->task))
			return spur_fail(err, SPUR_ECANCELLED, "%s: stopped; it can be resumed", s->dir);
		else
			st = run_attempt(s, false, err);
	}
	return st;
}

static int take_lock(const char *dir)
{
	char *path = spur_strfmt("%s/supervisor.lock", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

enum spur_status spur_job_supervise(const char *dir, const struct spur_job_store *store, struct spur_task *task,
				    struct spur_error *err)
{
	struct sup s = { .dir = dir, .store = store, .task = task, .lock = take_lock(dir) };
	enum spur_status st;

	if (s.lock < 0)
		return SPUR_END;
	block_signals();
	if ((st = spur_job_spec_load(dir, &s.spec, err)) < 0 || (st = spur_job_status_load(dir, &s.status, err)) < 0 ||
	    (st = spur_executor_choose(s.spec, &s.exec, err)) < 0)
		goto out;
	s.offsets = spur_calloc(s.spec->processes, sizeof(*s.offsets));
	s.from = spur_calloc(s.spec->processes, sizeof(*s.from));
	st = run_job(&s, err);
out:
	spur_job_spec_destroy(s.spec);
	free(s.offsets);
	free(s.from);
	close(s.lock);
	return st;
}
