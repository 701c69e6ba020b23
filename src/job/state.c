#include "config.h"

#include "job/state.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "io/out.h"

static const char *const names[] = {
	[SPUR_JOB_PLANNED] = "planned", [SPUR_JOB_QUEUED] = "queued", [SPUR_JOB_STARTING] = "starting",
	[SPUR_JOB_RUNNING] = "running", [SPUR_JOB_STOPPING] = "stopping", [SPUR_JOB_SUCCEEDED] = "succeeded",
	[SPUR_JOB_FAILED] = "failed", [SPUR_JOB_CANCELLED] = "cancelled", [SPUR_JOB_LOST] = "lost",
};

const char *spur_job_state_name(enum spur_job_state s)
{
	return names[s];
}

bool spur_job_state_parse(const char *name, enum spur_job_state *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum spur_job_state)i;
			return true;
		}
	}
	return false;
}

bool spur_job_state_terminal(enum spur_job_state s)
{
	return s >= SPUR_JOB_SUCCEEDED;
}

bool spur_job_state_edge(enum spur_job_state from, enum spur_job_state to)
{
	static const unsigned edges[] = {
		[SPUR_JOB_PLANNED] = 1u << SPUR_JOB_QUEUED | 1u << SPUR_JOB_CANCELLED,
		[SPUR_JOB_QUEUED] = 1u << SPUR_JOB_STARTING | 1u << SPUR_JOB_CANCELLED | 1u << SPUR_JOB_FAILED |
				    1u << SPUR_JOB_LOST,
		[SPUR_JOB_STARTING] = 1u << SPUR_JOB_RUNNING | 1u << SPUR_JOB_QUEUED | 1u << SPUR_JOB_STOPPING |
				      1u << SPUR_JOB_FAILED | 1u << SPUR_JOB_CANCELLED | 1u << SPUR_JOB_LOST,
		[SPUR_JOB_RUNNING] = 1u << SPUR_JOB_STOPPING | 1u << SPUR_JOB_SUCCEEDED | 1u << SPUR_JOB_FAILED |
				     1u << SPUR_JOB_CANCELLED | 1u << SPUR_JOB_LOST | 1u << SPUR_JOB_QUEUED,
		[SPUR_JOB_STOPPING] = 1u << SPUR_JOB_QUEUED | 1u << SPUR_JOB_SUCCEEDED | 1u << SPUR_JOB_FAILED |
				      1u << SPUR_JOB_CANCELLED | 1u << SPUR_JOB_LOST,
		[SPUR_JOB_LOST] = 0,
	};

	return (edges[from] >> to & 1) != 0;
}

/* ---- processes */

static void boot_id(char out[40])
{
	char *data = NULL;
	size_t len;

	out[0] = '\0';
	if (spur_file_read("/proc/sys/kernel/random/boot_id", 4096, &data, &len, NULL) == SPUR_OK)
		snprintf(out, 40, "%.36s", data);
	free(data);
}

/* State letter and start time (fields 3 and 22) of /proc/PID/stat; the name in field 2 may hold anything. */
static bool read_stat(int64_t pid, char *letter, uint64_t *start)
{
	char *path = spur_strfmt("/proc/%" PRId64 "/stat", pid), *data = NULL, *p;
	size_t len;
	bool found = false;

	if (spur_file_read(path, 1u << 16, &data, &len, NULL) == SPUR_OK && (p = strrchr(data, ')')) != NULL && p[1] == ' ') {
		p += 2;
		*letter = *p;
		for (int field = 3; field < 22 && p != NULL; field++) {
			p = strchr(p, ' ');
			p = p == NULL ? NULL : p + 1;
		}
		found = p != NULL;
		*start = found ? strtoull(p, NULL, 10) : 0;
	}
	free(data);
	free(path);
	return found;
}

bool spur_job_process_identify(int64_t pid, struct spur_job_process *out)
{
	char letter;

	*out = (struct spur_job_process){ .pid = pid };
	boot_id(out->boot_id);
	return pid > 0 && read_stat(pid, &letter, &out->start_ticks);
}

bool spur_job_process_alive(const struct spur_job_process *p)
{
	char boot[40], letter;
	uint64_t start;

	if (p->pid <= 0)
		return false;
	boot_id(boot);
	return strcmp(boot, p->boot_id) == 0 && read_stat(p->pid, &letter, &start) && start == p->start_ticks &&
	       letter != 'Z' && letter != 'X';
}

bool spur_job_process_signal(const struct spur_job_process *p, int sig, bool group)
{
	return spur_job_process_alive(p) && kill((pid_t)(group ? -p->pid : p->pid), sig) == 0;
}

/* ---- state.json */

enum spur_status spur_job_status_store(const char *dir, const struct spur_job_status *s, struct spur_error *err)
{
	char *path = spur_strfmt("%s/state.json", dir);
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "state", names[s->state]);
	spur_json_uint(&j, "attempt", s->attempt);
	spur_json_uint(&j, "failures", s->failures);
	spur_json_int(&j, "created_ns", s->created_ns);
	spur_json_int(&j, "started_ns", s->started_ns);
	spur_json_int(&j, "ended_ns", s->ended_ns);
	spur_json_int(&j, "changed_ns", s->changed_ns);
	spur_json_int(&j, "heartbeat_ns", s->heartbeat_ns);
	spur_json_uint(&j, "done", s->done);
	spur_json_uint(&j, "total", s->total);
	spur_json_text(&j, "unit", s->unit);
	spur_json_int(&j, "exit_code", s->exit_code);
	spur_json_int(&j, "exit_signal", s->exit_signal);
	spur_json_text(&j, "reason", s->reason);
	spur_json_begin(&j, "supervisor", '{');
	spur_json_int(&j, "pid", s->supervisor.pid);
	spur_json_uint(&j, "start_ticks", s->supervisor.start_ticks);
	spur_json_text(&j, "boot_id", s->supervisor.boot_id);
	spur_json_end(&j, '}');
	spur_json_end(&j, '}');
	spur_buf_addc(&b, '\n');
	st = spur_file_write(path, b.data, b.len, err);
	spur_buf_finish(&b);
	free(path);
	return st;
}

static int64_t int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void copy(char *out, size_t size, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	snprintf(out, size, "%s", s == NULL ? "" : s);
}

static bool from_json(const json_t *o, struct spur_job_status *s)
{
	const json_t *sup = json_object_get(o, "supervisor");
	char state[16];

	*s = (struct spur_job_status){
		.attempt = (unsigned)int_of(o, "attempt"), .failures = (unsigned)int_of(o, "failures"),
		.created_ns = int_of(o, "created_ns"), .started_ns = int_of(o, "started_ns"),
		.ended_ns = int_of(o, "ended_ns"), .changed_ns = int_of(o, "changed_ns"),
		.heartbeat_ns = int_of(o, "heartbeat_ns"), .done = (uint64_t)int_of(o, "done"),
		.total = (uint64_t)int_of(o, "total"), .exit_code = (int)int_of(o, "exit_code"),
		.exit_signal = (int)int_of(o, "exit_signal"),
		.supervisor = { .pid = int_of(sup, "pid"), .start_ticks = (uint64_t)int_of(sup, "start_ticks") },
	};
	copy(state, sizeof(state), o, "state");
	copy(s->unit, sizeof(s->unit), o, "unit");
	copy(s->reason, sizeof(s->reason), o, "reason");
	copy(s->supervisor.boot_id, sizeof(s->supervisor.boot_id), sup, "boot_id");
	return spur_job_state_parse(state, &s->state);
}

enum spur_status spur_job_status_load(const char *dir, struct spur_job_status *out, struct spur_error *err)
{
	char *path = spur_strfmt("%s/state.json", dir), *data = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, 1u << 20, &data, &len, err);
	json_error_t je = { 0 };
	json_t *o = st < 0 ? NULL : json_loadb(data, len, 0, &je);

	if (st == SPUR_OK && (o == NULL || !from_json(o, out)))
		st = spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", path,
				    o == NULL ? je.text : "no known state");
	json_decref(o);
	free(data);
	free(path);
	return st;
}
