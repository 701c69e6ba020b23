#include "config.h"

#include "lab/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/lock.h"
#include "io/out.h"
#include "lab/recipe.h"

#define PINS_LIMIT (1u << 20)	/* bytes of requirements.txt */
#define LOG_LIMIT (16u << 20)
#define WAIT_US 50000		/* between looks at the child and at the cancel bit */
#define GRACE_ROUNDS 100	/* of these, from SIGTERM to SIGKILL */

extern char **environ;

/* ---- programs ---- */

static enum spur_status start(const char *const *argv, const char *log, pid_t *pid, struct spur_error *err)
{
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	char *words[16];
	size_t n = 0;
	int rc;

	for (; argv[n] != NULL; n++)
		memcpy(&words[n], &argv[n], sizeof(words[n]));	/* posix_spawn(3) does not change them */
	words[n] = NULL;
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&acts, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
	posix_spawn_file_actions_adddup2(&acts, STDOUT_FILENO, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);	/* so that what it starts ends with it */
	posix_spawnattr_setpgroup(&attr, 0);
	rc = posix_spawn(pid, words[0], &acts, &attr, words, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&acts);
	return rc == 0 ? SPUR_OK : spur_fail(err, SPUR_EIO, "cannot run %s: %s", argv[0], strerror(rc));
}

/* Its exit status as waitpid(2) has it; -1: cancelled. */
static int wait_for(pid_t pid, const struct spur_task *task)
{
	unsigned rounds = 0;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return rounds > 0 ? -1 : status;
		if (got < 0 && errno != EINTR)
			return -1;
		if (spur_task_cancelled(task))
			kill(-pid, rounds++ < GRACE_ROUNDS ? SIGTERM : SIGKILL);
		usleep(WAIT_US);
	}
}

/* The line that says most: pip's last "ERROR:", else the last one. */
static char *last_words(const char *log)
{
	char *text = NULL, *best = NULL, *save = NULL;
	size_t len;

	if (spur_file_read(log, LOG_LIMIT, &text, &len, NULL) < 0)
		return spur_strdup("it wrote nothing");
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (best == NULL || strncmp(best, "ERROR", 5) != 0 || strncmp(line, "ERROR", 5) == 0)
			best = line;
	}
	best = spur_strdup(best == NULL ? "it wrote nothing" : best);
	free(text);
	return best;
}

static enum spur_status run(const char *const *argv, const char *log, const char *what, const struct spur_task *task,
			    struct spur_error *err)
{
	enum spur_status st;
	pid_t pid;
	char *words;
	int status;

	if (spur_task_cancelled(task))
		return spur_fail(err, SPUR_ECANCELLED, "%s", what);
	if ((st = start(argv, log, &pid, err)) < 0)
		return st;
	status = wait_for(pid, task);
	if (status == 0)
		return SPUR_OK;
	if (spur_task_cancelled(task))
		return spur_fail(err, SPUR_ECANCELLED, "%s", what);
	words = last_words(log);
	st = spur_fail(err, SPUR_EIO, "%s failed, see %s: %.160s", what, log, words);
	free(words);
	return st;
}

/* ---- the one for training ---- */

enum spur_status spur_train_check(struct spur_error *err)
{
	static const char look[] = "import importlib.util as u, sys\n"
				   "sys.exit(any(u.find_spec(m) is None for m in ('torch', 'numpy')))\n";
	char python[PATH_MAX];
	const char *argv[] = { python, "-B", "-c", look, NULL };
	enum spur_status st = spur_train_python(python, sizeof(python), err);
	pid_t pid;

	if (st < 0 || (st = start(argv, "/dev/null", &pid, err)) < 0)
		return st;
	if (wait_for(pid, NULL) != 0)
		return spur_fail(err, SPUR_ENOTFOUND, "%s has no torch or no numpy, which training needs: "
				 "apt-get install python3-torch python3-numpy, or set SPUR_TRAIN_PYTHON to one that has them",
				 python);
	return SPUR_OK;
}

/* ---- the one of the compilers ---- */

struct setup {
	char *dir, *log, *pins;		/* pins: path of the requirements */
	char *text;			/* of the pins */
	size_t len;
	struct spur_task *task;
};

static bool is_whole(const struct setup *s)
{
	char *path = spur_strfmt("%s/requirements.done", s->dir), *python = spur_strfmt("%s/bin/python", s->dir), *text = NULL;
	size_t len = 0;
	bool same = access(python, X_OK) == 0 && spur_file_read(path, PINS_LIMIT, &text, &len, NULL) >= 0 &&
		    len == s->len && memcmp(text, s->text, len) == 0;

	free(text);
	free(python);
	free(path);
	return same;
}

/* What lies there is emptied; so it must be an environment, one that was begun (its log is there), or nothing. */
static enum spur_status may_be_emptied(const struct setup *s, struct spur_error *err)
{
	char *mark = spur_strfmt("%s/pyvenv.cfg", s->dir), **names = NULL;
	size_t count = 0;
	bool ours = access(mark, F_OK) == 0 || access(s->log, F_OK) == 0;

	free(mark);
	if (ours || !spur_path_exists(s->dir) || spur_dir_list(s->dir, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return count == 0 ? SPUR_OK :
			    spur_fail(err, SPUR_EINVAL, "%s is neither empty nor a Python environment: name another folder "
				      "with SPUR_TOOLS", s->dir);
}

static enum spur_status make(const struct setup *s, struct spur_error *err)
{
	char base[PATH_MAX], *python = spur_strfmt("%s/bin/python", s->dir), *done = spur_strfmt("%s/requirements.done", s->dir);
	const char *venv[] = { base, "-m", "venv", "--clear", s->dir, NULL };
	const char *pip[] = { python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps",
			      "--require-hashes", "--progress-bar", "off", "-r", s->pins, NULL };
	enum spur_status st = may_be_emptied(s, err);

	if (st >= 0 && (st = spur_train_python(base, sizeof(base), err)) >= 0) {
		unlink(s->log);
		st = spur_wrap(run(venv, s->log, "python -m venv", s->task, err), err, "on Debian it needs python3-venv");
	}
	spur_task_progress(s->task, 1, 3);
	if (st >= 0)
		st = run(pip, s->log, "pip install", s->task, err);
	spur_task_progress(s->task, 2, 3);
	if (st >= 0)
		st = spur_file_write(done, s->text, s->len, err);
	if (st >= 0)
		unlink(s->log);
	free(done);
	free(python);
	return st;
}

/* One process makes it, the others wait for that. */
static enum spur_status make_once(const struct setup *s, bool *made, struct spur_error *err)
{
	char *path = spur_strfmt("%s.lock", s->dir);
	struct spur_lock *lock = NULL;
	enum spur_status st;

	while ((st = spur_lock_try(path, &lock, err)) == SPUR_END && !spur_task_cancelled(s->task))
		usleep(WAIT_US);
	if (st == SPUR_END)
		st = spur_fail(err, SPUR_ECANCELLED, "another spur makes %s", s->dir);
	if (st >= 0 && !is_whole(s)) {
		st = make(s, err);
		*made = st >= 0;
	}
	spur_lock_release(lock);
	free(path);
	return st;
}

/* The folder above bin/python, made if need be. */
static enum spur_status tools_dir(char **dir, struct spur_error *err)
{
	char path[PATH_MAX], *slash;

	spur_tools_python(path, sizeof(path), NULL);
	for (int i = 0; i < 2 && (slash = strrchr(path, '/')) != NULL; i++)
		*slash = '\0';
	*dir = spur_strdup(path);
	slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return SPUR_OK;
	*slash = '\0';
	return spur_dir_make(path, err);
}

enum spur_status spur_tools_setup(const char *datadir, struct spur_task *task, bool *made, struct spur_error *err)
{
	struct setup s = { .pins = spur_strfmt("%s/recipes/compile/requirements.txt", datadir), .task = task };
	const char *own = getenv("SPUR_TOOLS_PYTHON");
	char python[PATH_MAX];
	enum spur_status st;

	*made = false;
	if (own != NULL && own[0] != '\0') {
		st = spur_tools_python(python, sizeof(python), err);
	} else if ((st = spur_file_read(s.pins, PINS_LIMIT, &s.text, &s.len, err)) >= 0 &&
		   (st = tools_dir(&s.dir, err)) >= 0) {
		s.log = spur_strfmt("%s.log", s.dir);
		st = is_whole(&s) ? SPUR_OK : spur_wrap(make_once(&s, made, err), err, "Python environment %s", s.dir);
	}
	free(s.text);
	free(s.log);
	free(s.dir);
	free(s.pins);
	return st;
}
