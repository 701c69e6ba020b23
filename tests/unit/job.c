/* Jobs without processes: the state machine, the event stream, verdicts, the spec, and runs in the catalogue. */
#include "config.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "db/catalog_jobs.h"
#include "db/statement.h"
#include "io/out.h"
#include "job/event.h"
#include "job/submit.h"
#include "job/verdict.h"
#include "tests/catalog_engine.h"
#include "../tap.h"

static char dir[] = "/tmp/spur-job-XXXXXX";

/* ---- state machine */

static void edges_are_those_of_the_contract(void)
{
	is_int(spur_job_state_edge(SPUR_JOB_QUEUED, SPUR_JOB_STARTING), true, "queued to starting");
	is_int(spur_job_state_edge(SPUR_JOB_QUEUED, SPUR_JOB_RUNNING), false, "not queued to running");
	is_int(spur_job_state_edge(SPUR_JOB_RUNNING, SPUR_JOB_SUCCEEDED), true, "running to succeeded");
	is_int(spur_job_state_edge(SPUR_JOB_STARTING, SPUR_JOB_SUCCEEDED), false, "not starting to succeeded");
	for (int from = SPUR_JOB_SUCCEEDED; from <= SPUR_JOB_LOST; from++) {
		int out = 0;

		for (int to = SPUR_JOB_PLANNED; to <= SPUR_JOB_LOST; to++)
			out += spur_job_state_edge((enum spur_job_state)from, (enum spur_job_state)to);
		is_int(out, 0, spur_job_state_name((enum spur_job_state)from));
	}
}

static void processes_are_told_apart(void)
{
	struct spur_job_process me, other;

	ok(spur_job_process_identify(getpid(), &me) && spur_job_process_alive(&me), "this process is alive");
	other = me;
	other.start_ticks++;
	ok(!spur_job_process_alive(&other), "the same pid that began at another time is not it");
	other = me;
	other.boot_id[0] = other.boot_id[0] == 'x' ? 'y' : 'x';
	ok(!spur_job_process_alive(&other), "nor one of another boot");
	ok(!spur_job_process_identify(0, &other), "there is no process 0");
}

/* ---- events */

struct heard {
	unsigned count;
	uint64_t last;
	char types[200];
};

static enum spur_status hear(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	struct heard *h = state;

	(void)err;
	h->count++;
	h->last = e->offset;
	strncat(h->types, e->type, sizeof(h->types) - strlen(h->types) - 2);
	strcat(h->types, " ");
	return SPUR_OK;
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ok(false, "the test could not write");
	close(fd);
}

static void torn_lines_wait_until_they_are_whole(void)
{
	char *path = spur_strfmt("%s/torn.jsonl", dir);
	struct spur_buf below = { 0 };
	struct spur_error err;
	struct heard h = { 0 };
	uint64_t at = 0, bad = 0;

	is_int(spur_job_events_read(path, &at, hear, &h, &bad, NULL), SPUR_OK, "a file that is not there has no events");
	append(path, "{\"type\":\"a\"}\n{\"type\":");
	spur_job_events_read(path, &at, hear, &h, &bad, NULL);
	is_str(h.types, "a ", "the whole line is heard, the torn one is not");
	is_int((int)at, 13, "and the offset stays before it");
	append(path, "\"b\"}\n");
	spur_job_events_read(path, &at, hear, &h, &bad, NULL);
	is_str(h.types, "a b ", "until it is complete");
	append(path, "{\"type\":\"c\",\"torn");
	is_int(spur_job_events_mend(path, NULL), SPUR_OK, "its writer died: the line is ended");
	append(path, "{\"type\":\"d\"}\n[1]\n\n{\"type\":\"e\"}\n");
	spur_job_events_read(path, &at, hear, &h, &bad, NULL);
	is_str(h.types, "a b d e ", "later lines are heard");
	is_int((int)bad, 2, "damaged ones are counted, empty ones are not");
	is_int(spur_job_events_mend(path, NULL), SPUR_OK, "a whole file");
	h = (struct heard){ 0 };
	spur_job_events_read(path, &at, hear, &h, &bad, NULL);
	is_int((int)h.count, 0, "is not changed by mending");
	spur_buf_addf(&below, "%s/below", path);
	is_int(spur_job_events_read(spur_buf_text(&below), &at, hear, &h, &bad, &err), SPUR_EIO, "what cannot be opened");
	ok(strstr(err.text, "/torn.jsonl/below: cannot open: ") != NULL, "is told with its path");
	spur_buf_finish(&below);
	free(path);
}

static void long_lines_are_not_held(void)
{
	char *path = spur_strfmt("%s/long.jsonl", dir), *junk = spur_malloc(3u << 20);
	struct heard h = { 0 };
	uint64_t at = 0, bad = 0;

	memset(junk, 'x', (3u << 20) - 1);
	junk[(3u << 20) - 1] = '\0';
	append(path, "{\"type\":\"a\"}\n");
	append(path, junk);
	append(path, "\n{\"type\":\"b\"}\n");
	is_int(spur_job_events_read(path, &at, hear, &h, &bad, NULL), SPUR_OK, "three megabytes without a newline");
	is_str(h.types, "a b ", "are passed over");
	ok(bad > 0, "and counted");
	free(junk);
	free(path);
}

static enum spur_status check_value(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	json_t *v = json_object_get(json_object_get(e->json, "values"), "loss");

	(void)err;
	if (strcmp(e->type, "metric") == 0)
		spur_job_number(v, state);
	return SPUR_OK;
}

static void what_is_said_is_heard(void)
{
	char *path = spur_strfmt("%s/said.jsonl", dir);
	struct spur_job_voice *v = spur_job_voice_create(path);
	struct heard h = { 0 };
	uint64_t at = 0, zero = 0;
	double value = 0;

	spur_job_voice_progress(v, 1, 2, "shard");
	spur_job_voice_log(v, "warn", "100%% \"%s\"", "quoted\n");
	spur_job_voice_heartbeat(v);
	spur_job_voice_artifact(v, "model/x", "weights", "00", 5);
	spur_job_voice_metric(v, 3, "loss", NAN);
	is_int(spur_job_voice_result(v, true, "{\"a\":1}", NULL), SPUR_OK, "all of it was written");
	spur_job_voice_destroy(v);
	spur_job_events_read(path, &at, hear, &h, NULL, NULL);
	is_str(h.types, "progress log artifact metric result ", "a heartbeat right after other lines is not needed");
	spur_job_events_read(path, &zero, check_value, &value, NULL, NULL);
	ok(isnan(value), "NaN travels as text");
	v = spur_job_voice_create("/nonexistent/folder/x");
	is_int(spur_job_voice_result(v, true, NULL, NULL), SPUR_EIO, "a result that nobody can hear is a failure");
	spur_job_voice_destroy(v);
	free(path);
}

/* ---- verdicts */

static void retries_have_an_end(void)
{
	struct spur_job_spec spec = { .max_failures = 3 };
	struct spur_job_verdict v = { .outcome = SPUR_JOB_BROKEN };

	ok(spur_job_try_again(&spec, &v, 2), "a second failure is tried again");
	ok(!spur_job_try_again(&spec, &v, 3), "a third is not");
	v.outcome = SPUR_JOB_TRANSIENT;
	ok(spur_job_try_again(&spec, &v, 14) && !spur_job_try_again(&spec, &v, 15), "transient ones have more patience");
	v.outcome = SPUR_JOB_BAD;
	ok(!spur_job_try_again(&spec, &v, 1), "bad data is not tried again");
}

/* ---- spec */

static void a_spec_survives_its_folder(void)
{
	const char *argv[] = { "prog", "a b", "", NULL }, *artifacts[] = { "model/x", NULL };
	struct spur_job_pair params[] = { { "lr", "0.1" }, { "name", "Öl \"x\"" } }, channels[] = { { "train", "/data" } };
	char *path = spur_strfmt("%s/spec-job", dir), hex[65], hex2[65];
	struct spur_job_spec s = { .id = "0123456789abcdef", .kind = "train", .dir = path, .argv = argv, .params = params,
		.param_count = 2, .channels = channels, .channel_count = 1, .artifacts = artifacts, .processes = 2, .seed = 7 };
	struct spur_job_spec *back = NULL;
	struct spur_error err = { 0 };

	is_int(spur_job_spec_store(&s, &err), SPUR_OK, "stored");
	is_int(spur_job_spec_load(path, &back, &err), SPUR_OK, "loaded");
	is_str(back->argv[1], "a b", "arguments with blanks");
	is_str(back->argv[2], "", "and empty ones");
	ok(back->argv[3] == NULL && back->param_count == 2 && back->processes == 2 && back->seed == 7, "the rest");
	is_str(back->params[1].value, "Öl \"x\"", "any text");
	spur_job_spec_hash(&s, hex);
	spur_job_spec_hash(back, hex2);
	is_str(hex2, hex, "it has the same hash");
	s.seed = 8;
	spur_job_spec_hash(&s, hex2);
	ok(strcmp(hex, hex2) != 0, "another seed has another");
	spur_job_spec_destroy(back);
	channels[0].key = "../escape";
	s.dir = "/tmp/spur-never";
	is_int(spur_job_spec_store(&s, &err), SPUR_EINVAL, "a channel cannot leave the folder");
	is_int(spur_job_spec_load(dir, &back, &err), SPUR_ENOTFOUND, "no job there");
	free(path);
}

/* ---- the catalogue */

static struct spur_job_row row(enum spur_job_state state, spur_ns changed)
{
	struct spur_job_row r = { .id = "00112233445566aa", .kind = "train", .name = "n", .executor = "local", .dir = "/x",
				  .param_hash = "h" };

	r.status.state = state;
	r.status.created_ns = 5;
	r.status.changed_ns = changed;
	r.status.ended_ns = spur_job_state_terminal(state) ? changed : 0;
	return r;
}

static enum spur_status put(struct spur_job_store *s, enum spur_job_state state, spur_ns changed)
{
	struct spur_job_row r = row(state, changed);

	return s->ops->put(s->state, &r, "test", NULL);
}

static const char *state_now(struct spur_job_store *s)
{
	struct spur_job_row r = { 0 };

	return s->ops->get(s->state, "0011", &r, NULL) < 0 ? "none" : spur_job_state_name(r.status.state);
}

static void runs_follow_their_machine(struct spur_db *db, struct spur_job_store *s)
{
	struct spur_error err = { 0 };

	is_int(put(s, SPUR_JOB_QUEUED, 10), SPUR_OK, "a new run");
	is_int(put(s, SPUR_JOB_SUCCEEDED, 20), SPUR_OK, "states that nobody saw are filled in");
	is_str(state_now(s), "succeeded", "up to the one that counts");
	is_int(put(s, SPUR_JOB_RUNNING, 15), SPUR_OK, "old news");
	is_str(state_now(s), "succeeded", "change nothing");
	is_int(put(s, SPUR_JOB_RUNNING, 30), SPUR_EINVAL, "a run that succeeded is never opened again");
	is_int(spur_db_run(db, "UPDATE run SET state = 'running'", SPUR_NO_BIND, &err), SPUR_EDB, "not by SQL either");
	ok(strstr(err.text, "no such edge") != NULL, "and the database says why");
	is_int(spur_db_run(db, "DELETE FROM run", SPUR_NO_BIND, &err), SPUR_EDB, "rows stay");
	is_int(spur_db_run(db, "UPDATE run SET param_hash = 'other'", SPUR_NO_BIND, &err), SPUR_EDB,
	       "what it was made of is frozen");
}

static void take(struct spur_job_store *s, uint64_t at, const char *type, uint64_t upto)
{
	struct spur_job_metric m = { .key = "loss", .step = (int64_t)at, .ts_ns = (spur_ns)at, .value = (double)at };
	uint64_t offset;

	is_int(s->ops->begin(s->state, "00112233445566aa", "0.jsonl", &offset, NULL), SPUR_OK, "a stream is opened");
	s->ops->event(s->state, at, 1, type, "{}", 2, NULL);
	s->ops->metric(s->state, &m, NULL);
	is_int(s->ops->commit(s->state, upto, NULL), SPUR_OK, "and committed");
}

static void events_are_taken_once(struct spur_db *db, struct spur_job_store *s)
{
	struct spur_db_metric_list l;
	uint64_t offset = 0;
	int64_t n = 0;

	take(s, 0, "log", 10);
	take(s, 10, "log", 20);
	take(s, 0, "log", 10);
	s->ops->begin(s->state, "00112233445566aa", "0.jsonl", &offset, NULL);
	s->ops->rollback(s->state);
	is_int((int)offset, 20, "the offset never goes back");
	spur_db_scalar(db, "SELECT count(*) FROM run_event", SPUR_NO_BIND, &n, NULL);
	is_int((int)n, 2, "each line is one row");
	spur_db_metric_list(db, "00112233445566aa", &l, NULL);
	ok(l.count == 1 && l.rows[0].value == 10, "the last value of a metric stays");
	spur_db_metric_list_finish(&l);
	is_int(s->ops->begin(s->state, "ffffffffffffffff", "0.jsonl", &offset, NULL), SPUR_ENOTFOUND, "no such run");
}

int main(void)
{
	struct spur_job_store s;
	struct spur_db *db = NULL;
	char *path;

	if (mkdtemp(dir) == NULL)
		return 1;
	edges_are_those_of_the_contract();
	processes_are_told_apart();
	torn_lines_wait_until_they_are_whole();
	long_lines_are_not_held();
	what_is_said_is_heard();
	retries_have_an_end();
	a_spec_survives_its_folder();
	path = engine_catalog(dir, "c");
	is_int(spur_db_open(path, &db, NULL), SPUR_OK, "a catalogue");
	spur_db_job_store(db, &s);
	runs_follow_their_machine(db, &s);
	events_are_taken_once(db, &s);
	spur_db_job_store_finish(&s);
	spur_db_close(db);
	free(path);
	return tap_done();
}
