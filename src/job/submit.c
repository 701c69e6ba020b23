#include "config.h"

#include "job/submit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"
#include "job/event.h"

/* True: nobody supervises DIR; the lock is ours in *fd (close it to let go). */
static bool try_lock(const char *dir, int *fd)
{
	char *path = spur_strfmt("%s/supervisor.lock", dir);

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	free(path);
	if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) < 0) {
		close(*fd);
		*fd = -1;
	}
	return *fd >= 0;
}

/* ---- the detached supervisor: session of its own, child of init */

struct launch {
	const struct spur_job_host *host;
	const char *dir;
	char *log;
	int report;
};

static void attach_files(const char *log)
{
	int null = open("/dev/null", O_RDWR), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);

	dup2(null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(out >= 0 ? out : null, 2);
	if (null > 2)
		close(null);
	if (out > 2)
		close(out);
}

static void exec_supervisor(const struct launch *l)
{
	char verb[] = "worker", flag[] = "--supervise", catalog[] = "--catalog";
	char *argv[] = { (char *)(uintptr_t)l->host->self, verb, flag, (char *)(uintptr_t)l->dir,
			 l->host->catalog == NULL ? NULL : catalog, (char *)(uintptr_t)l->host->catalog, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	attach_files(l->log);
	execv(l->host->self, argv);
	if (write(l->report, &errno, sizeof(errno)) < 0)
		_exit(126);
	_exit(127);
}

static enum spur_status launch(const struct launch *l, int report[2], struct spur_error *err)
{
	pid_t pid = fork(), child;
	int code = 0;

	if (pid == 0) {
		setsid();
		child = fork();
		if (child == 0)
			exec_supervisor(l);
		_exit(child < 0 ? 1 : 0);
	}
	if (pid < 0)
		return spur_fail(err, SPUR_EIO, "cannot fork: %s", strerror(errno));
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(report[1]);
	report[1] = -1;
	while (read(report[0], &code, sizeof(code)) < 0 && errno == EINTR)
		;
	if (code != 0)
		return spur_fail(err, SPUR_EIO, "%s: cannot start the supervisor: %s", l->host->self, strerror(code));
	return SPUR_OK;
}

enum spur_status spur_job_supervise_detached(const struct spur_job_host *host, const char *dir, bool *started,
					     struct spur_error *err)
{
	struct launch l = { .host = host, .dir = dir };
	int report[2], lock;
	enum spur_status st;

	if (started != NULL)
		*started = false;
	if (!try_lock(dir, &lock))
		return SPUR_OK;
	close(lock);
	if (pipe2(report, O_CLOEXEC) < 0)
		return spur_fail(err, SPUR_EIO, "cannot make a pipe: %s", strerror(errno));
	l.log = spur_strfmt("%s/supervisor.log", dir);
	l.report = report[1];
	st = launch(&l, report, err);
	for (int i = 0; i < 2; i++) {
		if (report[i] >= 0)
			close(report[i]);
	}
	free(l.log);
	if (started != NULL)
		*started = st == SPUR_OK;
	return st;
}

/* ---- submit */

static enum spur_status new_id(char id[SPUR_JOB_ID], struct spur_error *err)
{
	unsigned char raw[(SPUR_JOB_ID - 1) / 2];

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return spur_fail(err, SPUR_EIO, "no random numbers: %s", strerror(errno));
	spur_hex(raw, sizeof(raw), id);
	return SPUR_OK;
}

enum spur_status spur_job_submit(const struct spur_job_spec *spec, const struct spur_job_host *host,
				 const struct spur_job_store *store, char id[SPUR_JOB_ID], struct spur_error *err)
{
	struct spur_job_spec s = *spec;
	char *dir = NULL;
	enum spur_status st = new_id(s.id, err);

	if (st < 0)
		return st;
	dir = spur_strfmt("%s/%s", host->root, s.id);
	s.dir = dir;
	s.processes = s.processes == 0 ? 1 : s.processes;
	if ((st = spur_dir_make(host->root, err)) < 0 || (st = spur_job_spec_store(&s, err)) < 0)
		goto out;
	if (store != NULL && (st = spur_job_reconcile_one(store, dir, err)) < 0)
		goto out;
	memcpy(id, s.id, sizeof(s.id));
	st = spur_job_supervise_detached(host, dir, NULL, err);
out:
	free(dir);
	return spur_wrap(st, err, "job");
}

/* ---- stop, again, wait */

static enum spur_status touch(const char *dir, const char *name, struct spur_error *err)
{
	char *path = spur_strfmt("%s/%s", dir, name);
	enum spur_status st = spur_file_write(path, "", 0, err);

	free(path);
	return st;
}

enum spur_status spur_job_cancel(const struct spur_job_host *host, const char *dir, struct spur_error *err)
{
	struct spur_job_status s;
	enum spur_status st = spur_job_status_load(dir, &s, err);

	if (st < 0)
		return st;
	if (spur_job_state_terminal(s.state))
		return spur_fail(err, SPUR_EINVAL, "the job is over: %s", spur_job_state_name(s.state));
	if ((st = touch(dir, "cancel", err)) < 0)
		return st;
	/* Whoever supervises it looks now; if nobody does, a new one will only write it down. */
	if (spur_job_process_signal(&s.supervisor, SIGUSR1, false))
		return SPUR_OK;
	return spur_job_supervise_detached(host, dir, NULL, err);
}

static void say_retry(const char *dir, enum spur_job_state from, unsigned attempt, spur_ns now)
{
	char *path = spur_strfmt("%s/events/supervisor.jsonl", dir);
	char *line = spur_strfmt("{\"v\":1,\"ts\":%lld,\"type\":\"state\",\"from\":\"%s\",\"to\":\"queued\",\"attempt\":%u,"
				 "\"source\":\"user\",\"reason\":\"retry\"}", (long long)now, spur_job_state_name(from), attempt);

	spur_job_events_mend(path, NULL);
	spur_file_append(path, line, strlen(line), NULL);
	free(line);
	free(path);
}

enum spur_status spur_job_retry(const struct spur_job_host *host, const char *dir, struct spur_error *err)
{
	struct spur_job_status s;
	enum spur_job_state from;
	char *cancel;
	int lock;
	enum spur_status st;

	if (!try_lock(dir, &lock))
		return spur_fail(err, SPUR_EINVAL, "the job is still being supervised; cancel it first");
	if ((st = spur_job_status_load(dir, &s, err)) < 0)
		goto out;
	from = s.state;
	if (!spur_job_state_terminal(from) || from == SPUR_JOB_SUCCEEDED) {
		st = spur_fail(err, SPUR_EINVAL, "the job is %s; only one that failed, was cancelled or lost can be tried again",
			       spur_job_state_name(from));
		goto out;
	}
	cancel = spur_strfmt("%s/cancel", dir);
	unlink(cancel);
	free(cancel);
	s.state = SPUR_JOB_QUEUED;
	s.failures = 0;
	s.ended_ns = 0;
	s.reason[0] = '\0';
	s.changed_ns = spur_now_ns();
	say_retry(dir, from, s.attempt, s.changed_ns);
	st = spur_job_status_store(dir, &s, err);
out:
	close(lock);
	return st < 0 ? st : spur_job_supervise_detached(host, dir, NULL, err);
}

enum spur_status spur_job_wait(const struct spur_job_host *host, const char *dir, spur_ns timeout_ns,
			       struct spur_job_status *out, struct spur_task *task, struct spur_error *err)
{
	spur_ns until = spur_monotonic_ns() + timeout_ns, looked = 0;

	for (;;) {
		struct timespec ts = { .tv_nsec = 50000000 };
		enum spur_status st = spur_job_status_load(dir, out, err);

		if (st < 0)
			return st;
		spur_task_progress(task, out->done, out->total);
		if (spur_job_state_terminal(out->state))
			return SPUR_OK;
		if (spur_task_cancelled(task))
			return spur_fail(err, SPUR_ECANCELLED, "no longer waiting; the job goes on");
		if (timeout_ns > 0 && spur_monotonic_ns() >= until)
			return SPUR_END;
		/* Its supervisor may have died; the lock says so. */
		if (spur_monotonic_ns() - looked > SPUR_NS_PER_S / 2) {
			looked = spur_monotonic_ns();
			if ((st = spur_job_supervise_detached(host, dir, NULL, err)) < 0)
				return st;
		}
		nanosleep(&ts, NULL);
	}
}
