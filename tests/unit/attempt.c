/* One attempt of a job: what its processes find, how they are watched and stopped, and what is made of their end. */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"
#include "job/environ.h"
#include "job/registry.h"
#include "job/supervisor.h"
#include "job/verdict.h"
#include "../tap.h"

static char dir[] = "/tmp/spur-attempt-XXXXXX";
static unsigned folders;

/* ---- the folder of a job */

static void put(const char *folder, const char *name, const char *text)
{
	char *path = spur_strfmt("%s/%s", folder, name);

	if (spur_file_write(path, text, strlen(text), NULL) < 0)
		ok(false, name);
	free(path);
}

static char *get(const char *folder, const char *name)
{
	char *path = spur_strfmt("%s/%s", folder, name), *data = NULL;
	size_t len;

	if (spur_file_read(path, 1u << 20, &data, &len, NULL) < 0)
		data = spur_strdup("(none)");
	free(path);
	return data;
}

/* A stored spec in a folder of its own; the folder's name is in s->dir and freed with it. */
static void make_job(struct spur_job_spec *s, const char *const *argv)
{
	struct spur_job_status status = { .state = SPUR_JOB_QUEUED, .created_ns = 1 };
	struct spur_error err = { 0 };

	snprintf(s->id, sizeof(s->id), "%016x", ++folders);
	s->kind = "test";
	s->dir = spur_strfmt("%s/%s", dir, s->id);
	s->argv = argv;
	s->processes = s->processes == 0 ? 1 : s->processes;
	if (!ok(spur_job_spec_store(s, &err) == SPUR_OK && spur_job_status_store(s->dir, &status, &err) == SPUR_OK, "a job's folder"))
		printf("# %s\n", err.text);
}

static void drop_job(struct spur_job_spec *s)
{
	free((char *)(uintptr_t)s->dir);
	s->dir = NULL;
}

/* ---- verdicts */

static enum spur_job_outcome judge(const struct spur_job_spec *s, int code, int sig, const char *reason, const char *what)
{
	struct spur_job_report r = { .exit_code = code, .exit_signal = sig };
	struct spur_job_verdict v;
	uint64_t from[4] = { 0 };

	is_int(spur_job_judge(s, from, 1, &r, &v, NULL), SPUR_OK, what);
	if (!ok(reason[0] == '\0' ? v.reason[0] == '\0' : strstr(v.reason, reason) != NULL, reason[0] == '\0' ? "no reason" : reason))
		printf("# said: %s\n", v.reason);
	return v.outcome;
}

#define RESULT "{\"v\":1,\"type\":\"result\",\"status\":\"ok\"}\n"
#define STOPPED "{\"v\":1,\"type\":\"result\",\"status\":\"stopped\"}\n"

static void success_needs_a_result(void)
{
	struct spur_job_spec s = { .processes = 2 };
	const char *argv[] = { "true", NULL };

	make_job(&s, argv);
	is_int(judge(&s, 0, 0, "no result event", "exit 0 without a word"), SPUR_JOB_BROKEN, "is broken");
	put(s.dir, "events/1.jsonl", RESULT);
	is_int(judge(&s, 0, 0, "no result event", "a result of another rank"), SPUR_JOB_BROKEN, "does not count");
	put(s.dir, "events/0.jsonl", RESULT);
	is_int(judge(&s, 0, 0, "", "a result of rank 0"), SPUR_JOB_GOOD, "is good");
	put(s.dir, "events/1.jsonl", STOPPED);
	is_int(judge(&s, 0, 0, "result is not ok", "another rank that was stopped"), SPUR_JOB_BROKEN, "spoils it");
	put(s.dir, "events/1.jsonl", "");
	put(s.dir, "events/0.jsonl", RESULT STOPPED);
	is_int(judge(&s, 0, 0, "result is not ok", "the last word counts"), SPUR_JOB_BROKEN, "of each rank");
	put(s.dir, "events/0.jsonl", STOPPED RESULT);
	is_int(judge(&s, 0, 0, "", "the last word counts"), SPUR_JOB_GOOD, "whatever it said before");
	is_int(judge(&s, -1, 0, "", "gone without its exit code but with a result"), SPUR_JOB_GOOD, "is good");
	is_int(judge(&s, 1, 0, "exit 1", "a bad exit code"), SPUR_JOB_BROKEN, "is broken in spite of a result");
	{
		struct spur_job_report r = { .exit_code = 0 };
		uint64_t from[2] = { sizeof(STOPPED RESULT) - 1, 0 };
		struct spur_job_verdict v;

		spur_job_judge(&s, from, 2, &r, &v, NULL);
		is_int(v.outcome, SPUR_JOB_BROKEN, "a result of an earlier attempt does not count");
	}
	drop_job(&s);
}

static void declare(const char *folder, const char *path, const char *data, const char *more)
{
	char hex[65], *line;

	spur_sha256_hex_of(data, strlen(data), hex);
	line = spur_strfmt("{\"type\":\"artifact\",\"path\":\"%s\",\"sha256\":\"%s\"}\n%s" RESULT, path, hex, more);
	put(folder, "events/0.jsonl", line);
	free(line);
}

static void artifacts_are_compared(void)
{
	const char *argv[] = { "true", NULL }, *wanted[] = { "model/a", NULL };
	struct spur_job_spec s = { .artifacts = wanted };

	make_job(&s, argv);
	put(s.dir, "events/0.jsonl", RESULT);
	is_int(judge(&s, 0, 0, "did not declare model/a", "what the spec asks for"), SPUR_JOB_BROKEN, "must be declared");
	declare(s.dir, "model/a", "data", "");
	is_int(judge(&s, 0, 0, "artifact model/a:", "declared but not there"), SPUR_JOB_BROKEN, "is broken");
	put(s.dir, "model/a", "data");
	is_int(judge(&s, 0, 0, "", "declared and there"), SPUR_JOB_GOOD, "is good");
	put(s.dir, "model/a", "Data");
	is_int(judge(&s, 0, 0, "is not what the program declared", "with other bytes"), SPUR_JOB_BROKEN, "is not");
	declare(s.dir, "model/a", "data", "{\"type\":\"artifact\",\"path\":\"model/a\",\"sha256\":\"00\"}\n");
	put(s.dir, "model/a", "data");
	is_int(judge(&s, 0, 0, "declared 00", "the last declaration of a path"), SPUR_JOB_BROKEN, "counts");
	declare(s.dir, "model/b", "data", "");
	is_int(judge(&s, 0, 0, "artifact model/b", "what was declared without being asked for"), SPUR_JOB_BROKEN, "is looked at too");
	drop_job(&s);
}

static void failures_are_sorted(void)
{
	const char *argv[] = { "false", NULL };
	struct spur_job_spec s = { 0 };

	make_job(&s, argv);
	is_int(judge(&s, 65, 0, "process 0: exit 65", "65, data"), SPUR_JOB_BAD, "is bad for good");
	is_int(judge(&s, 78, 0, "exit 78", "78, configuration"), SPUR_JOB_BAD, "is bad for good");
	is_int(judge(&s, 75, 0, "exit 75", "75"), SPUR_JOB_TRANSIENT, "is worth waiting");
	is_int(judge(&s, 143, 0, "exit 143", "143, stopped"), SPUR_JOB_TRANSIENT, "likewise");
	is_int(judge(&s, 137, 9, "killed by signal 9 (Killed)", "SIGKILL comes from outside"), SPUR_JOB_TRANSIENT, "likewise");
	is_int(judge(&s, 143, 15, "killed by signal 15", "so does SIGTERM"), SPUR_JOB_TRANSIENT, "likewise");
	is_int(judge(&s, 139, 11, "killed by signal 11", "a crash"), SPUR_JOB_BROKEN, "is the program's fault");
	is_int(judge(&s, -1, 0, "gone without a result", "no trace"), SPUR_JOB_TRANSIENT, "is worth another try");
	put(s.dir, "logs/1.0.err", "first\nthe last words  \n\n");
	is_int(judge(&s, 1, 0, "exit 1: the last words", "its last line is the reason"), SPUR_JOB_BROKEN, "as far as it says one");
	put(s.dir, "output/failure", "told why");
	is_int(judge(&s, 1, 0, "exit 1: told why", "unless it wrote one"), SPUR_JOB_BROKEN, "for us");
	drop_job(&s);
}

static void patience_has_a_default(void)
{
	struct spur_job_spec s = { 0 };
	struct spur_job_verdict broken = { .outcome = SPUR_JOB_BROKEN }, good = { .outcome = SPUR_JOB_GOOD };

	ok(spur_job_try_again(&s, &broken, 2) && !spur_job_try_again(&s, &broken, 3), "three tries where nobody says");
	ok(!spur_job_try_again(&s, &good, 0), "what is good is done");
}

/* ---- what is written down */

static void a_status_is_read_back(void)
{
	struct spur_job_status a = { .state = SPUR_JOB_RUNNING, .attempt = 2, .failures = 3, .created_ns = 4, .started_ns = 5,
		.ended_ns = 6, .changed_ns = 7, .heartbeat_ns = 8, .done = 9, .total = 10, .unit = "epoch", .exit_code = 11,
		.exit_signal = 12, .reason = "why \"so\"", .supervisor = { 13, 14, "boot" } }, b;
	struct spur_error err = { 0 };

	is_int(spur_job_status_store(dir, &a, NULL), SPUR_OK, "a status is stored");
	is_int(spur_job_status_load(dir, &b, NULL), SPUR_OK, "and loaded");
	ok(b.state == a.state && b.attempt == 2 && b.failures == 3 && b.created_ns == 4 && b.started_ns == 5 && b.ended_ns == 6 &&
	   b.changed_ns == 7 && b.heartbeat_ns == 8 && b.done == 9 && b.total == 10 && b.exit_code == 11 && b.exit_signal == 12,
	   "its numbers");
	ok(strcmp(b.unit, "epoch") == 0 && strcmp(b.reason, a.reason) == 0 && b.supervisor.pid == 13 &&
	   b.supervisor.start_ticks == 14 && strcmp(b.supervisor.boot_id, "boot") == 0, "its texts");
	put(dir, "state.json", "{\"state\":\"dancing\"}");
	is_int(spur_job_status_load(dir, &b, &err), SPUR_EFORMAT, "a state that there is not");
	put(dir, "state.json", "{\"state\":");
	is_int(spur_job_status_load(dir, &b, &err), SPUR_EFORMAT, "half a file");
	is_int(spur_job_status_load("/nowhere", &b, &err), SPUR_ENOTFOUND, "no job");
}

static const char *variable(char **env, const char *name)
{
	const char *found = "(unset)";
	size_t n = strlen(name), hits = 0;

	for (; *env != NULL; env++) {
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
			found = *env + n + 1;
			hits++;
		}
	}
	return hits > 1 ? "(twice)" : found;
}

static void the_environment_is_that_of_the_contract(void)
{
	struct spur_job_pair params[] = { { "learning-rate", "0.1" }, { "n", "2" } }, channels[] = { { "brake-s", "/data" } };
	struct spur_job_pair env[] = { { "MASTER_PORT", "7" }, { "MINE", "a=b" } };
	struct spur_job_spec s = { .id = "00ff", .kind = "test", .dir = "/j", .params = params, .param_count = 2, .channels = channels,
				   .channel_count = 1, .env = env, .env_count = 2, .processes = 3, .seed = 42, .grace_s = 9 };
	struct spur_job_rank rank = { .rank = 1, .attempt = 4, .master_port = 1234 };
	char **e;

	setenv("SPUR_ROOT", "/elsewhere", 1);
	setenv("FROM_OUTSIDE", "x", 1);
	e = spur_job_environ(&s, &rank);
	is_str(variable(e, "FROM_OUTSIDE"), "x", "what this process has is handed on");
	is_str(variable(e, "SPUR_ROOT"), "/j", "the contract wins over it");
	is_str(variable(e, "MASTER_PORT"), "7", "and the spec over the contract");
	is_str(variable(e, "MINE"), "a=b", "a value with an equals sign");
	is_str(variable(e, "SPUR_EVENTS"), "/j/events/1.jsonl", "each rank has its stream");
	is_str(variable(e, "RANK"), "1", "its rank");
	is_str(variable(e, "WORLD_SIZE"), "3", "of so many");
	is_str(variable(e, "SPUR_ATTEMPT"), "4", "the attempt");
	is_str(variable(e, "SPUR_SEED"), "42", "the seed");
	is_str(variable(e, "SPUR_GRACE_S"), "9", "the grace");
	is_str(variable(e, "SM_HP_LEARNING_RATE"), "0.1", "a parameter");
	is_str(variable(e, "SM_HPS"), "{\"learning-rate\":\"0.1\",\"n\":\"2\"}", "all of them");
	is_str(variable(e, "SM_CHANNEL_BRAKE_S"), "/j/input/data/brake-s", "a channel");
	is_str(variable(e, "SM_CHANNELS"), "[\"brake-s\"]", "all of them");
	spur_job_environ_free(e);
	s.grace_s = 0;
	env[0].key = "OTHER";
	e = spur_job_environ(&s, &rank);
	is_str(variable(e, "SPUR_GRACE_S"), "60", "a minute where nobody says");
	is_str(variable(e, "MASTER_PORT"), "1234", "the port that was found");
	spur_job_environ_free(e);
	unsetenv("SPUR_ROOT");
	unsetenv("FROM_OUTSIDE");
}

/* ---- processes of this machine */

static const struct spur_executor *local = &spur_executor_local;

static enum spur_status remember(struct spur_job_run *run, struct spur_error *err)
{
	char *out = get(run->spec->dir, "output/begun");

	(void)err;
	snprintf(run->save_arg, 4096, "%s", run->saved);
	ok(strcmp(out, "(none)") == 0, "nothing has begun when it is written down who they are");
	free(out);
	return SPUR_OK;
}

static struct spur_job_report wait_for(struct spur_job_run *run, bool stop, spur_ns grace_ns)
{
	struct spur_job_report r = { .phase = SPUR_JOB_ALIVE };

	for (int i = 0; i < 3000 && r.phase != SPUR_JOB_GONE; i++) {
		local->poll(run, &r, NULL);
		if (stop && r.phase != SPUR_JOB_GONE)
			local->cancel(run, grace_ns, NULL);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	is_int(r.phase, SPUR_JOB_GONE, "they end");
	return r;
}

static void processes_are_started_and_watched(void)
{
	static char saved[4096];
	const char *argv[] = { "sh", "-c", "echo begun >output/begun; echo out $RANK; echo err >&2; ulimit -f; read x && echo input; "
			       "exit $((RANK * 7))", NULL };
	struct spur_job_spec s = { .processes = 2, .limit_file_bytes = 1024 * 512 };
	struct spur_job_run run = { .spec = &s, .attempt = 3, .save = remember, .save_arg = saved };
	struct spur_job_report r;
	char *text;

	make_job(&s, argv);
	is_int(local->start(&s, &run, NULL), SPUR_OK, "two processes");
	ok(strchr(saved, ':') != NULL && strcmp(saved, run.saved) == 0, "who they are");
	r = wait_for(&run, false, 0);
	is_int(r.exit_code, 7, "the first that failed");
	is_int((int)r.rank, 1, "is named");
	is_int(r.exit_signal, 0, "no signal");
	ok(r.alive == 0 && r.max_rss_bytes > 100000 && r.max_rss_bytes < (64u << 20), "what they took");
	text = get(s.dir, "logs/3.1.out");
	is_str(text, "out 1\n1024\n", "what it printed, its limit of 512 KiB in blocks of 512 bytes, no input");
	free(text);
	text = get(s.dir, "logs/3.0.err");
	is_str(text, "err\n", "its complaints apart");
	free(text);
	local->finish(&run);
	ok(run.state == NULL, "nothing is kept");
	drop_job(&s);
}

static void a_program_that_is_not_there(void)
{
	const char *argv[] = { "/nowhere/program", NULL };
	struct spur_job_spec s = { .processes = 2 };
	struct spur_job_run run = { .spec = &s, .attempt = 1 };
	struct spur_error err = { 0 };

	make_job(&s, argv);
	is_int(local->start(&s, &run, &err), SPUR_EINVAL, "cannot be started");
	ok(strstr(err.text, "cannot run /nowhere/program: No such file") != NULL, "as is said");
	ok(waitpid(-1, NULL, WNOHANG) < 0, "no process is left");
	s.cwd = "/nowhere";
	s.argv = (const char *const[]){ "true", NULL };
	is_int(local->start(&s, &run, &err), SPUR_EINVAL, "nor in a folder that is not there");
	drop_job(&s);
}

static void stopping_has_two_steps(void)
{
	const char *good[] = { "sh", "-c", "trap 'exit 5' TERM; echo begun >output/begun; while :; do sleep 0.02; done", NULL };
	const char *deaf[] = { "sh", "-c", "trap '' TERM; echo begun >output/begun; while :; do sleep 0.02; done", NULL };
	const char *const *argv[] = { good, deaf };
	const spur_ns grace[] = { 60 * SPUR_NS_PER_S, SPUR_NS_PER_S / 5 };

	for (int i = 0; i < 2; i++) {
		struct spur_job_spec s = { 0 };
		struct spur_job_run run = { .spec = &s, .attempt = 1 };
		struct spur_job_report r;
		char *text = spur_strdup("(none)");

		make_job(&s, argv[i]);
		local->start(&s, &run, NULL);
		for (int k = 0; k < 1000 && strcmp(text, "(none)") == 0; k++) {
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
			free(text);
			text = get(s.dir, "output/begun");
		}
		free(text);
		r = wait_for(&run, true, grace[i]);
		is_int(r.exit_code, i == 0 ? 5 : 137, i == 0 ? "SIGTERM first" : "SIGKILL after the grace");
		is_int(r.exit_signal, i == 0 ? 0 : 9, "as is reported");
		local->finish(&run);
		drop_job(&s);
	}
}

static void others_take_over(void)
{
	const char *argv[] = { "sleep", "300", NULL };
	struct spur_job_spec s = { 0 };
	struct spur_job_run run = { .spec = &s, .attempt = 1 }, heir = { .spec = &s, .attempt = 1 };
	struct spur_job_report r;
	struct spur_error err = { 0 };
	pid_t pid;

	make_job(&s, argv);
	local->start(&s, &run, NULL);
	pid = (pid_t)strtol(run.saved, NULL, 10);
	is_int(local->attach(run.saved, &heir, NULL), SPUR_OK, "what was written down finds it again");
	local->poll(&heir, &r, NULL);
	ok(r.phase == SPUR_JOB_ALIVE && r.alive == 1, "alive");
	local->cancel(&heir, 0, NULL);
	is_int(waitpid(pid, NULL, 0), pid, "the heir stops it");
	local->poll(&heir, &r, NULL);
	ok(r.phase == SPUR_JOB_GONE && r.exit_code == -1, "its exit code is not the heir's to know");
	local->finish(&heir);
	is_int(local->attach(run.saved, &heir, &err), SPUR_ENOTFOUND, "nothing is left to be found");
	is_int(local->attach("", &heir, &err), SPUR_ENOTFOUND, "nor where nothing was written down");
	local->finish(&run);
	drop_job(&s);
}

/* ---- a whole job under its supervisor */

static struct spur_job_status supervise(struct spur_job_spec *s, const char *script, struct spur_task *task, enum spur_status want,
					const char *what)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct spur_job_status out = { 0 };

	make_job(s, argv);
	is_int(spur_job_supervise(s->dir, NULL, task, NULL), want, what);
	spur_job_status_load(s->dir, &out, NULL);
	return out;
}

#define SAY(line) "echo '" line "' >>$SPUR_EVENTS; "
#define DONE "echo '{\"type\":\"result\",\"status\":\"ok\"}' >>$SPUR_EVENTS"

static void jobs_end_as_they_should(void)
{
	struct spur_job_spec s = { 0 }, twice = { 0 }, broken = { .max_failures = 2 }, moving = { .max_failures = 1 };
	struct spur_job_status st = supervise(&s, SAY("{\"type\":\"progress\",\"done\":3,\"total\":4,\"unit\":\"shard\"}") DONE, NULL, SPUR_OK, "a good job");
	char *edges;

	ok(st.state == SPUR_JOB_SUCCEEDED && st.attempt == 1 && st.failures == 0 && st.exit_code == 0 && st.reason[0] == '\0', "succeeds");
	ok(st.done == 3 && st.total == 4 && strcmp(st.unit, "shard") == 0, "with its progress");
	ok(st.started_ns > 0 && st.ended_ns >= st.started_ns && st.heartbeat_ns >= st.started_ns && st.changed_ns == st.ended_ns, "and its times");
	is_int(st.supervisor.pid, getpid(), "under us");
	edges = get(s.dir, "events/supervisor.jsonl");
	ok(strstr(edges, "\"from\":\"queued\",\"to\":\"starting\"") != NULL && strstr(edges, "\"to\":\"succeeded\"") != NULL, "edge by edge");
	free(edges);
	is_int(spur_job_supervise(s.dir, NULL, NULL, NULL), SPUR_OK, "a job that is over");
	spur_job_status_load(s.dir, &st, NULL);
	is_int((int)st.attempt, 1, "stays over");

	st = supervise(&twice, "[ $SPUR_ATTEMPT = 2 ] || exit 75; " DONE, NULL, SPUR_OK, "75 at first");
	ok(st.state == SPUR_JOB_SUCCEEDED && st.attempt == 2 && st.failures == 1, "is tried again");
	st = supervise(&broken, "echo so >output/failure; exit 3", NULL, SPUR_OK, "exit 3 always");
	ok(st.state == SPUR_JOB_FAILED && st.attempt == 2 && st.failures == 2 && st.exit_code == 3, "fails after its tries");
	ok(strstr(st.reason, "exit 3: so") != NULL, "with its reason");
	st = supervise(&moving, "[ $SPUR_ATTEMPT -lt 3 ] || { " DONE "; exit 0; }; echo '{\"type\":\"progress\",\"done\":'$SPUR_ATTEMPT',"
		       "\"total\":9}' >>$SPUR_EVENTS; kill -9 $$", NULL, SPUR_OK, "killed, but further each time");
	ok(st.state == SPUR_JOB_SUCCEEDED && st.attempt == 3, "goes on");
	drop_job(&s);
	drop_job(&twice);
	drop_job(&broken);
	drop_job(&moving);
}

static void jobs_are_stopped(void)
{
	struct spur_job_spec s = { .grace_s = 5 }, silent = { .heartbeat_s = 1, .grace_s = 1, .max_failures = 1 }, pair = { .processes = 2, .grace_s = 5, .max_failures = 1 };
	struct spur_job_spec early = { 0 }, ours = { 0 };
	struct spur_task task = { 0 };
	const char *argv[] = { "true", NULL };
	struct spur_job_status st = supervise(&s, ": >cancel; sleep 300", NULL, SPUR_OK, "someone wants it stopped");

	ok(st.state == SPUR_JOB_CANCELLED && st.exit_signal == 15 && strcmp(st.reason, "cancelled") == 0, "it is cancelled");
	st = supervise(&silent, "sleep 300", NULL, SPUR_OK, "not a word for a second");
	ok(st.state == SPUR_JOB_FAILED && strstr(st.reason, "no sign of life for 1 s") != NULL, "is a failure");
	st = supervise(&pair, "[ $RANK = 0 ] || exit 9; sleep 300", NULL, SPUR_OK, "one of two fails");
	ok(st.state == SPUR_JOB_FAILED && st.exit_code == 9 && strstr(st.reason, "process 1: exit 9") != NULL, "the other is stopped too");
	make_job(&early, argv);
	put(early.dir, "cancel", "");
	is_int(spur_job_supervise(early.dir, NULL, NULL, NULL), SPUR_OK, "cancelled while it was queued");
	spur_job_status_load(early.dir, &st, NULL);
	ok(st.state == SPUR_JOB_CANCELLED && st.attempt == 0, "it never starts");
	spur_task_cancel(&task);
	st = supervise(&ours, DONE, &task, SPUR_ECANCELLED, "a supervisor that is stopped");
	ok(st.state == SPUR_JOB_QUEUED && st.attempt == 0, "leaves the job to another");
	is_int(spur_job_supervise(ours.dir, NULL, NULL, NULL), SPUR_OK, "that goes on with it");
	spur_job_status_load(ours.dir, &st, NULL);
	is_int(st.state, SPUR_JOB_SUCCEEDED, "to its end");
	drop_job(&s);
	drop_job(&silent);
	drop_job(&pair);
	drop_job(&early);
	drop_job(&ours);
}

static void one_supervisor_at_a_time(void)
{
	struct spur_job_spec s = { 0 };
	const char *argv[] = { "true", NULL };
	int go[2], up[2], status = 0;
	char byte = 0;
	pid_t pid;

	make_job(&s, argv);
	s.argv = NULL;
	if (pipe(go) < 0 || pipe(up) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		char *script = spur_strfmt("%s/lock.sh", dir);
		char *text = spur_strfmt("exec 9>%s/supervisor.lock; flock -n 9 || exit 1; echo >&%d; read x <&%d; exit 0", s.dir, up[1], go[0]);

		put(dir, "lock.sh", text);
		close(go[1]);
		execlp("sh", "sh", script, (char *)NULL);
		_exit(127);
	}
	close(up[1]);
	ok(read(up[0], &byte, 1) == 1, "somebody has the lock");
	is_int(spur_job_supervise(s.dir, NULL, NULL, NULL), SPUR_END, "then there is nothing to do");
	close(go[1]);
	waitpid(pid, &status, 0);
	close(go[0]);
	close(up[0]);
	drop_job(&s);
}

int main(void)
{
	char *rm;

	if (mkdtemp(dir) == NULL)
		return 1;
	success_needs_a_result();
	artifacts_are_compared();
	failures_are_sorted();
	patience_has_a_default();
	a_status_is_read_back();
	the_environment_is_that_of_the_contract();
	processes_are_started_and_watched();
	a_program_that_is_not_there();
	stopping_has_two_steps();
	others_take_over();
	jobs_end_as_they_should();
	jobs_are_stopped();
	one_supervisor_at_a_time();
	rm = spur_strfmt("rm -rf %s", dir);
	is_int(system(rm), 0, "nothing is left behind");
	free(rm);
	return tap_done();
}
