#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/out.h"
#include "job/environ.h"
#include "job/event.h"
#include "job/spec.h"
#include "job/state.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* The folder of a job: spec.json, state.json and an event file, which programs that are not ours write. */
static enum spur_status take(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	double d = 0;

	(void)err;
	++*(size_t *)state;
	fuzz_touch(e->line, e->len);
	fuzz_touch_text(e->type);
	fuzz_touch_text(spur_job_event_text(e, "path"));
	fuzz_tell("event @%llu ts %lld %s '%s' step %lld done %lld number %d", (unsigned long long)e->offset, (long long)e->ts_ns, e->type,
		  spur_job_event_text(e, "path"), (long long)spur_job_event_int(e, "step", -1), (long long)spur_job_event_int(e, "done", -1),
		  spur_job_number(json_object_get(e->json, "value"), &d));
	fuzz_tell(" %.9g\n", d);
	fuzz_tell_bytes("line", e->line, e->len);
	return SPUR_OK;
}

static void events(const struct fuzz_part *p)
{
	const char *path = fuzz_file("events.jsonl", p->data, p->len);
	uint64_t offset = 0, bad = 0;
	size_t seen = 0, more = 0;
	struct spur_error err;
	enum spur_status st = spur_job_events_read(path, &offset, take, &seen, &bad, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("events", st, &err);
	fuzz_tell("%zu seen, %llu bad, to %llu\n", seen, (unsigned long long)bad, (unsigned long long)offset);
	fuzz_check(offset <= p->len && seen + bad <= p->len);
	fuzz_check_status(spur_job_events_mend(path, &err), &err);
	fuzz_check_status(spur_job_events_read(path, &offset, take, &more, &bad, &err), &err);
	fuzz_check(more <= 1);
	fuzz_tell("mended: %zu more, %llu bad, to %llu\n", more, (unsigned long long)bad, (unsigned long long)offset);
}

static const char *shown(const char *text)
{
	return text == NULL ? "NULL" : text;
}

static void list(const char *what, const char *const *texts)
{
	for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
		fuzz_touch_text(texts[i]);
		fuzz_tell("%s %zu '%s'\n", what, i, texts[i]);
	}
}

static void pairs_of(const char *what, const struct spur_job_pair *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fuzz_tell("%s '%s' '%s'\n", what, p[i].key, shown(p[i].value));
}

/* What is ours: the rest is that of this process and this machine. */
static void environment(const struct spur_job_spec *s, const struct spur_job_rank *rank)
{
	static const char *const ours[] = { "SM_", "SPUR_JOB_DIR=", "SPUR_ROOT=", "SPUR_RUN_ID=", "SPUR_ATTEMPT=", "SPUR_EVENTS=", "SPUR_SEED=", "SPUR_GRACE_S=",
					    "SPUR_WORKER", "RANK=", "LOCAL_", "WORLD_SIZE=", "MASTER_" };
	char **env = spur_job_environ(s, rank);

	for (size_t i = 0; env[i] != NULL; i++) {
		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++) {
			if (strncmp(env[i], ours[k], strlen(ours[k])) == 0 && strncmp(env[i], "SM_NUM_CPUS=", 12) != 0)
				fuzz_tell("%s\n", env[i]);
		}
	}
	spur_job_environ_free(env);
}

static void spec(const char *dir)
{
	struct spur_job_rank rank = { .rank = 0, .attempt = 1, .master_port = 1024 };
	struct spur_job_spec *s = NULL;
	struct spur_error err;
	enum spur_status st = spur_job_spec_load(dir, &s, &err);
	char hex[65];

	fuzz_check_status(st, &err);
	fuzz_tell_status("spec", st, &err);
	if (st < 0)
		return;
	fuzz_touch_text(s->kind);
	fuzz_tell("%s %s '%s' parent %s cwd %s snapshot %s code %s executor %s\n", s->id, s->kind, shown(s->name), shown(s->parent), shown(s->cwd),
		  shown(s->input_snapshot), shown(s->code_sha), shown(s->executor));
	fuzz_tell("processes %u seed %llu failures %u grace %u heartbeat %u limits %llu %llu %llu\n", s->processes, (unsigned long long)s->seed,
		  s->max_failures, s->grace_s, s->heartbeat_s, (unsigned long long)s->limit_as_bytes, (unsigned long long)s->limit_file_bytes,
		  (unsigned long long)s->limit_cpu_s);
	list("argument", s->argv);
	fuzz_check(s->argv != NULL && s->argv[0] != NULL);
	list("artifact", s->artifacts);
	pairs_of("parameter", s->params, s->param_count);
	pairs_of("channel", s->channels, s->channel_count);
	pairs_of("variable", s->env, s->env_count);
	spur_job_spec_hash(s, hex);
	fuzz_tell("hash %s\n", hex);
	if (s->processes <= 64) {
		environment(s, &rank);
		rank.rank = s->processes - (s->processes > 0);
		rank.attempt = 3;
		environment(s, &rank);
	}
	spur_job_spec_destroy(s);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_job_status status, again;
	struct fuzz_part p;
	struct spur_error err;
	struct fuzz_in in;
	enum spur_status st;
	char dir[160];

	fuzz_in_init(&in, data, len);
	p = fuzz_in_next(&in);
	snprintf(dir, sizeof(dir), "%s", fuzz_file("spec.json", p.data, p.len));
	*strrchr(dir, '/') = '\0';
	spec(dir);
	p = fuzz_in_next(&in);
	fuzz_file("state.json", p.data, p.len);
	st = spur_job_status_load(dir, &status, &err);
	fuzz_tell_status("state", st, &err);
	if (st >= 0) {
		fuzz_tell("%s attempt %u failures %u at %lld %lld %lld %lld %lld done %llu of %llu '%s' exit %d signal %d '%s' by %lld %llu '%s'\n",
			  spur_job_state_name(status.state), status.attempt, status.failures, (long long)status.created_ns, (long long)status.started_ns,
			  (long long)status.ended_ns, (long long)status.changed_ns, (long long)status.heartbeat_ns, (unsigned long long)status.done,
			  (unsigned long long)status.total, status.unit, status.exit_code, status.exit_signal, status.reason, (long long)status.supervisor.pid,
			  (unsigned long long)status.supervisor.start_ticks, status.supervisor.boot_id);
		fuzz_check(spur_job_status_store(dir, &status, &err) >= 0 && spur_job_status_load(dir, &again, &err) >= 0);
		fuzz_check(status.state == again.state && strcmp(status.reason, again.reason) == 0 && status.done == again.done);
	}
	p = fuzz_in_next(&in);
	events(&p);
	fuzz_in_finish(&in);
}

static const char spec_text[] =
	"{\"v\":1,\"id\":\"0123456789abcdef\",\"kind\":\"train\",\"name\":\"n\",\"parent\":null,\"argv\":[\"/usr/bin/python3\",\"train.py\"],\"cwd\":null,"
	"\"params\":{\"lr\":\"0.1\"},\"channels\":{\"dataset\":\"/data\"},\"env\":{\"A\":\"b\"},\"artifacts\":[\"model/model.onnx\"],"
	"\"input_snapshot\":\"ds\",\"code_sha\":\"00\",\"processes\":2,\"seed\":7,\"max_failures\":3,\"grace_s\":60,\"heartbeat_s\":0,"
	"\"limits\":{\"as\":1,\"file\":2,\"cpu\":3},\"limit_as_bytes\":1,\"executor\":\"local\"}";
static const char state_text[] =
	"{\"state\":\"running\",\"attempt\":1,\"failures\":0,\"created_ns\":1,\"started_ns\":2,\"ended_ns\":0,\"changed_ns\":3,\"heartbeat_ns\":4,"
	"\"done\":5,\"total\":6,\"unit\":\"epoch\",\"exit_code\":-1,\"exit_signal\":-1,\"reason\":\"because \\u00e9\",\"supervisor\":{\"pid\":7,"
	"\"start_ticks\":8,\"boot_id\":\"00000000-0000-0000-0000-000000000000\"}}\n";
static const char event_text[] =
	"{\"v\":1,\"ts\":1700000000000000000,\"type\":\"progress\",\"done\":3,\"total\":10,\"unit\":\"epoch\"}\n"
	"{\"v\":1,\"ts\":1.5e300,\"type\":\"metric\",\"step\":1,\"key\":\"loss\",\"value\":\"NaN\"}\nno json\n\n[1]\n"
	"{\"v\":1,\"ts\":2,\"type\":\"artifact\",\"path\":\"model/m\",\"sha256\":\"00\",\"bytes\":4}\n{\"type\":\"result\",\"status\":\"ok\"}";

static void seeds(void)
{
	const char *dir = fuzz_path("job");
	const char *const argv[] = { "/bin/true", "-x", NULL };
	const struct spur_job_pair pairs[] = { { "a", "b" }, { "c", "d" } };
	const struct spur_job_spec s = { .id = "0123456789abcdef", .kind = "train", .name = "n", .dir = dir, .argv = argv, .params = pairs, .param_count = 2,
					 .env = pairs, .env_count = 1, .processes = 2, .seed = 7, .heartbeat_s = 30 };
	char *text = NULL, path[200];
	struct spur_buf b = { 0 };
	struct spur_error err;
	size_t len = 0;

	spur_buf_addf(&b, "%s" FUZZ_CUT "%s" FUZZ_CUT "%s", spec_text, state_text, event_text);
	fuzz_seed_buf(&b);
	snprintf(path, sizeof(path), "%s/spec.json", dir);
	if (spur_job_spec_store(&s, &err) >= 0 && spur_file_read(path, 1 << 16, &text, &len, &err) >= 0) {
		spur_buf_add(&b, text, len);
		spur_buf_adds(&b, FUZZ_CUT "{\"state\":\"queued\"}" FUZZ_CUT "{\"type\":\"heartbeat\",\"ts\":-1}\n");
		fuzz_seed_buf(&b);
	}
	free(text);
}

static const char *const words[] = { FUZZ_CUT, "\"argv\":", "\"params\":", "\"channels\":", "\"env\":", "\"artifacts\":", "\"state\":", "\"type\":", "\"ts\":",
				     "\"value\":", "\"done\":", "null", "1e400", "-9223372036854775808", "\"NaN\"", "succeeded", NULL };

const struct fuzz_target fuzz_target = { .name = "job", .max_len = 8u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 1024 };
