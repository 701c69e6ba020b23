#include "config.h"

#include "job/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "job/environ.h"

#define WORKER_NICE 10	/* below what a person waits for */

/*
 * Processes of this machine, each in a process group of its own. A child waits at a gate until
 * the supervisor has written down who it is; when the supervisor dies it gets SIGTERM
 * (PR_SET_PDEATHSIG) and the next supervisor adopts what is left by pid and start time.
 */
struct child {
	struct spur_job_process process;
	bool ours, done;
	int code, sig;		/* code -1: unknown */
	uint64_t max_rss_bytes;
};

struct local {
	struct child *children;
	unsigned count;
	spur_ns term_ns;	/* monotonic, when SIGTERM was sent; 0: not yet */
	int first_bad;		/* index of the first child that failed, -1: none */
	bool killed;
};

static int accepts(const struct spur_job_spec *spec)
{
	(void)spec;
	return 10;
}

/* A port nobody listens on right now, for torch.distributed. */
static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned port = 29500;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		port = ntohs(a.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

/* ---- in the child, between fork and exec: system calls only */

static void limit(int what, uint64_t value)
{
	struct rlimit r = { .rlim_cur = value, .rlim_max = value };

	if (value > 0)
		setrlimit((__rlimit_resource_t)what, &r);
}

static void apply_limits(const struct spur_job_spec *s)
{
	struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	limit(RLIMIT_AS, s->limit_as_bytes);
	limit(RLIMIT_FSIZE, s->limit_file_bytes);
	limit(RLIMIT_CPU, s->limit_cpu_s);
}

static void plain_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void redirect(int to, const char *path)
{
	int fd = open(path, to == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd >= 0 && fd != to) {
		dup2(fd, to);
		close(fd);
	}
}

struct launch {
	const struct spur_job_spec *spec;
	char **env;
	char *out, *err;	/* log files */
	pid_t parent;
	int gate;		/* one byte: go; end of file: the supervisor died */
	int report;		/* errno of a failed exec; closed by a good one */
};

static void run_child(const struct launch *l)
{
	char byte;

	setpgid(0, 0);
	plain_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != l->parent || read(l->gate, &byte, 1) != 1)
		_exit(127);
	redirect(0, "/dev/null");
	redirect(1, l->out);
	redirect(2, l->err);
	apply_limits(l->spec);
	/* Somebody sits at this machine: a job takes what the screens leave. */
	setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	if (chdir(l->spec->cwd == NULL ? l->spec->dir : l->spec->cwd) == 0)
		execvpe(l->spec->argv[0], (char *const *)(uintptr_t)l->spec->argv, l->env);
	if (write(l->report, &errno, sizeof(errno)) < 0)
		_exit(126);
	_exit(127);
}

/* ---- in the supervisor */

static char *save_text(const struct local *l)
{
	struct spur_buf b = { 0 };

	for (unsigned i = 0; i < l->count; i++) {
		const struct spur_job_process *p = &l->children[i].process;

		spur_buf_addf(&b, "%s%" PRId64 ":%" PRIu64, i == 0 ? "" : " ", p->pid, p->start_ticks);
	}
	spur_buf_addf(&b, " %s", l->count > 0 ? l->children[0].process.boot_id : "");
	return spur_buf_steal(&b);
}

static enum spur_status fork_rank(struct local *l, struct launch *launch, const struct spur_job_spec *spec,
				  const struct spur_job_rank *r, struct spur_error *err)
{
	struct child *c = &l->children[l->count];
	pid_t pid;

	launch->env = spur_job_environ(spec, r);
	launch->out = spur_strfmt("%s/logs/%u.%u.out", spec->dir, r->attempt, r->rank);
	launch->err = spur_strfmt("%s/logs/%u.%u.err", spec->dir, r->attempt, r->rank);
	launch->parent = getpid();
	pid = fork();
	if (pid == 0)
		run_child(launch);
	spur_job_environ_free(launch->env);
	free(launch->out);
	free(launch->err);
	if (pid < 0)
		return spur_fail(err, SPUR_EIO, "cannot fork: %s", strerror(errno));
	setpgid(pid, pid);	/* both sides: whoever comes first */
	*c = (struct child){ .ours = true, .code = -1 };
	spur_job_process_identify(pid, &c->process);
	l->count++;
	return SPUR_OK;
}

static enum spur_status open_gate(int gate[2], int report[2], struct spur_error *err)
{
	gate[0] = gate[1] = report[0] = report[1] = -1;
	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
		return spur_fail(err, SPUR_EIO, "cannot make a pipe: %s", strerror(errno));
	return SPUR_OK;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Lets the children go and hears whether each could start its program. */
static enum spur_status release_gate(const struct spur_job_spec *spec, unsigned count, int gate[2], int report[2],
				     struct spur_error *err)
{
	int code = 0;

	for (unsigned i = 0; i < count; i++) {
		if (write(gate[1], "g", 1) != 1)
			return spur_fail(err, SPUR_EIO, "cannot start the processes: %s", strerror(errno));
	}
	shut(&gate[1]);
	shut(&report[1]);
	while (read(report[0], &code, sizeof(code)) < 0 && errno == EINTR)
		;
	if (code != 0)
		return spur_fail(err, SPUR_EINVAL, "cannot run %s: %s", spec->argv[0], strerror(code));
	return SPUR_OK;
}

static void finish(struct spur_job_run *run)
{
	struct local *l = run->state;

	if (l == NULL)
		return;
	free(l->children);
	free(l);
	run->state = NULL;
}

static void kill_all(struct local *l, int sig)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct child *c = &l->children[i];

		/* A child of ours that was not reaped yet keeps its pid: no identity check is needed. */
		if (c->ours && !c->done)
			kill((pid_t)-c->process.pid, sig);
		else if (!c->ours)
			spur_job_process_signal(&c->process, sig, true);
	}
}

static enum spur_status start(const struct spur_job_spec *spec, struct spur_job_run *run, struct spur_error *err)
{
	struct local *l = spur_calloc(1, sizeof(*l));
	struct launch launch = { .spec = spec };
	struct spur_job_rank r = { .attempt = run->attempt, .master_port = free_port() };
	int gate[2], report[2];
	char *saved = NULL;
	enum spur_status st = open_gate(gate, report, err);

	l->first_bad = -1;
	l->children = spur_calloc(spec->processes, sizeof(*l->children));
	run->state = l;
	launch.gate = gate[0];
	launch.report = report[1];
	for (; r.rank < spec->processes && st == SPUR_OK; r.rank++)
		st = fork_rank(l, &launch, spec, &r, err);
	saved = save_text(l);
	if (st == SPUR_OK && strlen(saved) >= sizeof(run->saved))
		st = spur_fail(err, SPUR_EUNSUPPORTED, "too many processes for the local executor");
	snprintf(run->saved, sizeof(run->saved), "%s", saved);
	free(saved);
	if (st == SPUR_OK && run->save != NULL)
		st = run->save(run, err);
	if (st == SPUR_OK)
		st = release_gate(spec, l->count, gate, report, err);
	for (int i = 0; i < 2; i++) {
		shut(&gate[i]);
		shut(&report[i]);
	}
	if (st < 0) {
		kill_all(l, SIGKILL);
		for (unsigned i = 0; i < l->count; i++)
			waitpid((pid_t)l->children[i].process.pid, NULL, 0);
		finish(run);
	}
	return st;
}

/* The rest of the group goes with its leader, while the pid still is the leader's. */
static bool reap(struct child *c)
{
	siginfo_t info = { 0 };
	struct rusage usage = { 0 };
	pid_t pid = (pid_t)c->process.pid;
	int status;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != pid)
		return false;
	kill(-pid, SIGKILL);
	if (wait4(pid, &status, 0, &usage) != pid)
		return false;
	c->done = true;
	c->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	c->sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	c->max_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
	return true;
}

static bool check_child(struct local *l, unsigned i)
{
	struct child *c = &l->children[i];

	if (c->ours && !reap(c))
		return false;
	if (!c->ours && spur_job_process_alive(&c->process))
		return false;
	c->done = true;
	if (l->first_bad < 0 && c->code != 0)
		l->first_bad = (int)i;
	return true;
}

static enum spur_status poll_run(struct spur_job_run *run, struct spur_job_report *out, struct spur_error *err)
{
	struct local *l = run->state;

	(void)err;
	*out = (struct spur_job_report){ .phase = SPUR_JOB_GONE };
	for (unsigned i = 0; i < l->count; i++) {
		struct child *c = &l->children[i];

		if (!c->done && check_child(l, i))
			out->changed = true;
		if (!c->done)
			out->alive++;
		if (c->max_rss_bytes > out->max_rss_bytes)
			out->max_rss_bytes = c->max_rss_bytes;
	}
	if (out->alive > 0)
		out->phase = SPUR_JOB_ALIVE;
	if (l->first_bad >= 0) {
		out->rank = (unsigned)l->first_bad;
		out->exit_code = l->children[l->first_bad].code;
		out->exit_signal = l->children[l->first_bad].sig;
	}
	return SPUR_OK;
}

static enum spur_status cancel(struct spur_job_run *run, spur_ns grace_ns, struct spur_error *err)
{
	struct local *l = run->state;
	spur_ns now = spur_monotonic_ns();

	(void)err;
	if (l->term_ns == 0) {
		l->term_ns = now;
		kill_all(l, SIGTERM);
	} else if (!l->killed && now - l->term_ns >= grace_ns) {
		l->killed = true;
		kill_all(l, SIGKILL);
	}
	return SPUR_OK;
}

static enum spur_status attach(const char *saved, struct spur_job_run *run, struct spur_error *err)
{
	const char *boot = strrchr(saved, ' ');
	struct local *l = spur_calloc(1, sizeof(*l));
	unsigned alive = 0;

	l->first_bad = -1;
	while (boot != NULL && saved < boot) {
		struct child c = { .code = -1 };
		char *end;

		c.process.pid = strtoll(saved, &end, 10);
		if (*end == ':')
			c.process.start_ticks = strtoull(end + 1, &end, 10);
		snprintf(c.process.boot_id, sizeof(c.process.boot_id), "%s", boot + 1);
		l->children = spur_realloc(l->children, l->count + 1, sizeof(*l->children));
		l->children[l->count++] = c;
		alive += spur_job_process_alive(&c.process);
		saved = *end == ' ' ? end + 1 : boot;
	}
	run->state = l;
	if (alive > 0)
		return SPUR_OK;
	finish(run);
	return spur_fail(err, SPUR_ENOTFOUND, "none of its processes is left");
}

const struct spur_executor spur_executor_local = {
	.id = "local", .title = "processes of this machine",
	.accepts = accepts, .start = start, .poll = poll_run, .cancel = cancel, .attach = attach, .finish = finish,
};
