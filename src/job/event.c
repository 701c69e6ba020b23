#include "config.h"

#include "job/event.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

struct spur_job_voice {
	int fd;			/* -1: says nothing */
	spur_ns beat_ns;	/* monotonic, of the last line */
	enum spur_status status;
};

struct spur_job_voice *spur_job_voice_create(const char *path)
{
	struct spur_job_voice *v = spur_calloc(1, sizeof(*v));

	v->fd = path == NULL || *path == '\0' ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (path != NULL && *path != '\0' && v->fd < 0)
		v->status = SPUR_EIO;
	return v;
}

void spur_job_voice_destroy(struct spur_job_voice *v)
{
	if (v == NULL)
		return;
	if (v->fd >= 0)
		close(v->fd);
	free(v);
}

static void begin(struct spur_json *j, struct spur_buf *b, const char *type)
{
	*j = (struct spur_json){ .out = b };
	spur_json_begin(j, NULL, '{');
	spur_json_int(j, "v", 1);
	spur_json_int(j, "ts", spur_now_ns());
	spur_json_text(j, "type", type);
}

/* One line, one write: lines of several writers do not mix. */
static void say(struct spur_job_voice *v, struct spur_json *j)
{
	spur_json_end(j, '}');
	spur_buf_addc(j->out, '\n');
	v->beat_ns = spur_monotonic_ns();
	if (v->fd >= 0 && write(v->fd, j->out->data, j->out->len) != (ssize_t)j->out->len)
		v->status = SPUR_EIO;
	spur_buf_finish(j->out);
}

void spur_job_voice_heartbeat(struct spur_job_voice *v)
{
	struct spur_buf b = { 0 };
	struct spur_json j;

	if (v == NULL || spur_monotonic_ns() - v->beat_ns < SPUR_NS_PER_S)
		return;
	begin(&j, &b, "heartbeat");
	say(v, &j);
}

void spur_job_voice_progress(struct spur_job_voice *v, uint64_t done, uint64_t total, const char *unit)
{
	struct spur_buf b = { 0 };
	struct spur_json j;

	begin(&j, &b, "progress");
	spur_json_uint(&j, "done", done);
	spur_json_uint(&j, "total", total);
	spur_json_text(&j, "unit", unit);
	say(v, &j);
}

void spur_job_voice_metric(struct spur_job_voice *v, int64_t step, const char *key, double value)
{
	struct spur_buf b = { 0 };
	struct spur_json j;

	begin(&j, &b, "metric");
	spur_json_int(&j, "step", step);
	spur_json_begin(&j, "values", '{');
	spur_json_f64(&j, key, value);
	spur_json_end(&j, '}');
	say(v, &j);
}

void spur_job_voice_log(struct spur_job_voice *v, const char *level, const char *fmt, ...)
{
	struct spur_buf b = { 0 }, text = { 0 };
	struct spur_json j;
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&text, fmt, ap);
	va_end(ap);
	begin(&j, &b, "log");
	spur_json_text(&j, "level", level);
	spur_json_text(&j, "msg", spur_buf_text(&text));
	say(v, &j);
	spur_buf_finish(&text);
}

void spur_job_voice_artifact(struct spur_job_voice *v, const char *path, const char *kind, const char *sha256,
			     uint64_t bytes)
{
	struct spur_buf b = { 0 };
	struct spur_json j;

	begin(&j, &b, "artifact");
	spur_json_text(&j, "path", path);
	spur_json_text(&j, "kind", kind);
	spur_json_text(&j, "sha256", sha256);
	spur_json_uint(&j, "bytes", bytes);
	say(v, &j);
}

enum spur_status spur_job_voice_result(struct spur_job_voice *v, bool ok, const char *summary_json,
				       struct spur_error *err)
{
	struct spur_buf b = { 0 };
	struct spur_json j;

	begin(&j, &b, "result");
	spur_json_text(&j, "status", ok ? "ok" : "failed");
	spur_json_raw(&j, "summary", summary_json == NULL ? "{}" : summary_json);
	say(v, &j);
	if (v->status < 0)
		return spur_fail(err, SPUR_EIO, "the events could not be written");
	return SPUR_OK;
}

/* ---- reading */

const char *spur_job_event_text(const struct spur_job_event *e, const char *key)
{
	const char *s = json_string_value(json_object_get(e->json, key));

	return s == NULL ? "" : s;
}

int64_t spur_job_event_int(const struct spur_job_event *e, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(e->json, key);
	double real = json_is_real(v) ? json_real_value(v) : NAN;

	return json_is_integer(v) ? json_integer_value(v) : fabs(real) < 9.2e18 ? (int64_t)real : fallback;
}

bool spur_job_number(const struct json_t *v, double *out)
{
	const char *s = json_string_value(v);

	if (json_is_number(v))
		*out = json_number_value(v);
	else if (s != NULL && strcmp(s, "NaN") == 0)
		*out = (double)NAN;
	else if (s != NULL && (strcmp(s, "Infinity") == 0 || strcmp(s, "-Infinity") == 0))
		*out = s[0] == '-' ? -(double)INFINITY : (double)INFINITY;
	else
		return false;
	return true;
}

static enum spur_status deliver(const char *line, size_t len, uint64_t offset, spur_job_event_fn *fn, void *state,
				uint64_t *bad, struct spur_error *err)
{
	struct spur_job_event e = { .offset = offset, .line = line, .len = len };
	json_t *o = len > SPUR_JOB_EVENT_LINE ? NULL : json_loadb(line, len, 0, NULL);
	enum spur_status st = SPUR_OK;

	if (json_is_object(o)) {
		e.json = o;
		e.type = spur_job_event_text(&e, "type");
		e.ts_ns = spur_job_event_int(&e, "ts", 0);
		st = fn(state, &e, err);
	} else if (len > 0 && bad != NULL) {
		(*bad)++;
	}
	json_decref(o);
	return st;
}

/* Delivers the complete lines of data; returns how many bytes they took through *used. */
static enum spur_status lines(const char *data, size_t len, uint64_t offset, size_t *used, spur_job_event_fn *fn,
			      void *state, uint64_t *bad, struct spur_error *err)
{
	const char *nl;

	*used = 0;
	while ((nl = memchr(data + *used, '\n', len - *used)) != NULL) {
		size_t n = (size_t)(nl - data) - *used;
		enum spur_status st = deliver(data + *used, n, offset + *used, fn, state, bad, err);

		if (st < 0)
			return st;
		*used += n + 1;
		if (st == SPUR_END)
			return st;
	}
	return SPUR_OK;
}

#define BLOCK (64u << 10)

static enum spur_status read_all(int fd, const char *path, uint64_t *offset, spur_job_event_fn *fn, void *state,
				 uint64_t *bad, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK) {
		ssize_t n = pread(fd, spur_buf_reserve(&b, BLOCK), BLOCK, (off_t)(*offset + b.len));
		size_t used;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			st = spur_fail(err, SPUR_EIO, "%s: cannot read: %s", path, strerror(errno));
		if (n <= 0)
			break;
		b.len += (size_t)n;
		st = lines(b.data, b.len, *offset, &used, fn, state, bad, err);
		*offset += used;
		memmove(b.data, b.data + used, b.len - used);
		b.len -= used;
		if (b.len > SPUR_JOB_EVENT_LINE) {	/* no line of ours: do not hold it */
			*offset += b.len;
			b.len = 0;
			if (bad != NULL)
				(*bad)++;
		}
	}
	spur_buf_finish(&b);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status spur_job_events_read(const char *path, uint64_t *offset, spur_job_event_fn *fn, void *state,
				      uint64_t *bad, struct spur_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum spur_status st;

	if (fd < 0 && errno == ENOENT)
		return SPUR_OK;
	if (fd < 0)
		return spur_fail(err, SPUR_EIO, "%s: cannot open: %s", path, strerror(errno));
	st = read_all(fd, path, offset, fn, state, bad, err);
	close(fd);
	return st;
}

enum spur_status spur_job_events_mend(const char *path, struct spur_error *err)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	enum spur_status st = SPUR_OK;
	char last = '\n';

	if (size > 0 && (pread(fd, &last, 1, size - 1) != 1 || (last != '\n' && write(fd, "\n", 1) != 1)))
		st = spur_fail(err, SPUR_EIO, "%s: cannot end its last line: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return st;
}
