#include "config.h"

#include "ipc/message.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define RATE_MIN 0.01
#define RATE_MAX 100.0

static const char *const kinds[] = { "hello", "state", "shown", "shot", "bye" };
static const char *const styles[] = { "utc", "local", "rel", "ns" };

void spur_ipc_view_init(struct spur_ipc_view *v)
{
	memset(v, 0, sizeof(*v));
	v->end_ns = 1;
	v->cursor_ns = v->a_ns = v->b_ns = SPUR_NS_MIN;
	v->current = -1;
	v->rate = 1;
	v->overlay = true;
}

bool spur_ipc_view_equal(const struct spur_ipc_view *a, const struct spur_ipc_view *b)
{
	bool same = strcmp(a->drive, b->drive) == 0 && a->begin_ns == b->begin_ns && a->end_ns == b->end_ns &&
		    a->cursor_ns == b->cursor_ns && a->a_ns == b->a_ns && a->b_ns == b->b_ns &&
		    a->trace_count == b->trace_count && a->current == b->current && strcmp(a->camera, b->camera) == 0 &&
		    a->overlay == b->overlay && a->light == b->light && a->playing == b->playing &&
		    strcmp(a->player, b->player) == 0 &&
		    !(a->rate < b->rate) && !(a->rate > b->rate) && a->time == b->time;

	for (size_t i = 0; same && i < a->trace_count; i++)
		same = strcmp(a->traces[i], b->traces[i]) == 0;
	return same;
}

int spur_ipc_stamp_compare(const struct spur_ipc_stamp *a, const struct spur_ipc_stamp *b)
{
	int by = (a->seq > b->seq) - (a->seq < b->seq);

	if (by == 0)
		by = strcmp(a->from, b->from);
	return by != 0 ? by : (a->tick > b->tick) - (a->tick < b->tick);
}

/* It played before and does now, and the cursor, perhaps the range with it, is all that has moved. */
static bool is_tick(const char *me, const struct spur_ipc_view *before, const struct spur_ipc_view *now)
{
	struct spur_ipc_view moved = *before;

	moved.begin_ns = now->begin_ns;
	moved.end_ns = now->end_ns;
	moved.cursor_ns = now->cursor_ns;
	return now->playing && strcmp(now->player, me) == 0 && spur_ipc_view_equal(&moved, now);
}

void spur_ipc_stamp_next(struct spur_ipc_stamp *s, const char *me, const struct spur_ipc_view *before,
			 const struct spur_ipc_view *now)
{
	if (s->seq > 0 && is_tick(me, before, now)) {
		s->tick++;
		return;
	}
	s->seq++;
	s->tick = 0;
	snprintf(s->from, sizeof(s->from), "%s", me);
}

/* ---- writing ---- */

static void put_time(struct spur_json *j, const char *key, spur_ns t)
{
	if (t == SPUR_NS_MIN)
		spur_json_null(j, key);
	else
		spur_json_int(j, key, t);
}

static void put_view(struct spur_json *j, const struct spur_ipc_view *v)
{
	spur_json_text(j, "drive", v->drive);
	spur_json_int(j, "begin_ns", v->begin_ns);
	spur_json_int(j, "end_ns", v->end_ns);
	put_time(j, "cursor_ns", v->cursor_ns);
	put_time(j, "a_ns", v->a_ns);
	put_time(j, "b_ns", v->b_ns);
	spur_json_begin(j, "traces", '[');
	for (size_t i = 0; i < v->trace_count; i++)
		spur_json_text(j, NULL, v->traces[i]);
	spur_json_end(j, ']');
	spur_json_int(j, "current", v->current);
	spur_json_text(j, "camera", v->camera);
	spur_json_bool(j, "overlay", v->overlay);
	spur_json_text(j, "theme", v->light ? "light" : "dark");
	spur_json_bool(j, "playing", v->playing);
	spur_json_text(j, "player", v->player);
	spur_json_f64(j, "rate", v->rate);
	spur_json_text(j, "time", styles[v->time]);
}

static void put_stamp(struct spur_json *j, const struct spur_ipc_message *m)
{
	spur_json_int(j, "seq", m->stamp.seq);
	spur_json_text(j, "from", m->stamp.from);
	spur_json_int(j, "tick", m->stamp.tick);
	spur_json_int(j, "at_ns", m->at_ns);
}

void spur_ipc_encode(const struct spur_ipc_message *m, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "type", m->kind < SPUR_IPC_OTHER ? kinds[m->kind] : "other");
	if (m->kind == SPUR_IPC_HELLO) {
		spur_json_int(&j, "version", m->version);
		spur_json_text(&j, "program", m->program);
		spur_json_text(&j, "name", m->name);
		spur_json_int(&j, "pid", m->pid);
	} else if (m->kind == SPUR_IPC_STATE) {
		put_stamp(&j, m);
		put_view(&j, &m->view);
	} else if (m->kind == SPUR_IPC_SHOWN) {
		put_stamp(&j, m);
	} else if (m->kind == SPUR_IPC_SHOT) {
		spur_json_text(&j, "path", m->path);
		if (m->answer)
			spur_json_text(&j, "error", m->error);
	}
	spur_json_end(&j, '}');
	spur_buf_addc(out, '\n');
}

/* ---- reading ---- */

/* A text that can be shown: UTF-8 (jansson sees to that), no control characters, no more than there is room for. */
static enum spur_status get_text(const json_t *o, const char *key, char *to, size_t size, struct spur_error *err)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);
	size_t len = json_string_length(v);

	if (s == NULL)
		return spur_fail(err, SPUR_EFORMAT, "'%s' is not a text", key);
	if (len >= size)
		return spur_fail(err, SPUR_EFORMAT, "'%s' has %zu bytes, %zu at most", key, len, size - 1);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return spur_fail(err, SPUR_EFORMAT, "'%s' has a control character", key);
	}
	memcpy(to, s, len + 1);
	return SPUR_OK;
}

static enum spur_status get_int(const json_t *o, const char *key, int64_t lo, int64_t hi, int64_t *to, struct spur_error *err)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v))
		return spur_fail(err, SPUR_EFORMAT, "'%s' is not an integer", key);
	*to = json_integer_value(v);
	if (*to < lo || *to > hi)
		return spur_fail(err, SPUR_EFORMAT, "'%s' is %lld, not in %lld to %lld", key, (long long)*to, (long long)lo, (long long)hi);
	return SPUR_OK;
}

static enum spur_status get_time(const json_t *o, const char *key, spur_ns *to, struct spur_error *err)
{
	*to = SPUR_NS_MIN;
	return json_is_null(json_object_get(o, key)) ? SPUR_OK : get_int(o, key, INT64_MIN + 1, INT64_MAX, to, err);
}

static enum spur_status get_bool(const json_t *o, const char *key, bool *to, struct spur_error *err)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_boolean(v))
		return spur_fail(err, SPUR_EFORMAT, "'%s' is neither true nor false", key);
	*to = json_is_true(v);
	return SPUR_OK;
}

static enum spur_status get_choice(const json_t *o, const char *key, const char *const *words, int count, int *to, struct spur_error *err)
{
	const char *s = json_string_value(json_object_get(o, key));

	for (*to = 0; s != NULL && *to < count; ++*to) {
		if (strcmp(s, words[*to]) == 0)
			return SPUR_OK;
	}
	return spur_fail(err, SPUR_EFORMAT, "'%s' is none of its words", key);
}

static enum spur_status get_traces(const json_t *o, struct spur_ipc_view *v, struct spur_error *err)
{
	const json_t *list = json_object_get(o, "traces");
	enum spur_status st = SPUR_OK;

	if (!json_is_array(list) || json_array_size(list) > SPUR_IPC_TRACES)
		return spur_fail(err, SPUR_EFORMAT, "'traces' is not a list of %d at most", SPUR_IPC_TRACES);
	v->trace_count = json_array_size(list);
	for (size_t i = 0; st >= 0 && i < v->trace_count; i++) {
		json_t *one = json_pack("{s:O}", "traces", json_array_get(list, i));

		st = one == NULL ? spur_fail(err, SPUR_ENOMEM, "traces") :
				   get_text(one, "traces", v->traces[i], SPUR_IPC_NAME, err);
		json_decref(one);
	}
	return st;
}

static enum spur_status get_rate(const json_t *o, double *to, struct spur_error *err)
{
	const json_t *v = json_object_get(o, "rate");

	*to = json_number_value(v);
	if (!json_is_number(v) || !(*to >= RATE_MIN && *to <= RATE_MAX))
		return spur_fail(err, SPUR_EFORMAT, "'rate' is not in %g to %g", RATE_MIN, RATE_MAX);
	return SPUR_OK;
}

static enum spur_status get_view(const json_t *o, struct spur_ipc_view *v, struct spur_error *err)
{
	static const char *const themes[] = { "dark", "light" };
	int theme, style;
	int64_t current;
	enum spur_status st;

	spur_ipc_view_init(v);
	if ((st = get_text(o, "drive", v->drive, sizeof(v->drive), err)) < 0 ||
	    (st = get_int(o, "begin_ns", INT64_MIN + 1, INT64_MAX, &v->begin_ns, err)) < 0 ||
	    (st = get_int(o, "end_ns", INT64_MIN + 1, INT64_MAX, &v->end_ns, err)) < 0 ||
	    (st = get_time(o, "cursor_ns", &v->cursor_ns, err)) < 0 || (st = get_time(o, "a_ns", &v->a_ns, err)) < 0 ||
	    (st = get_time(o, "b_ns", &v->b_ns, err)) < 0 || (st = get_traces(o, v, err)) < 0 ||
	    (st = get_int(o, "current", -1, (int64_t)v->trace_count - 1, &current, err)) < 0 ||
	    (st = get_text(o, "camera", v->camera, sizeof(v->camera), err)) < 0 ||
	    (st = get_bool(o, "overlay", &v->overlay, err)) < 0 || (st = get_choice(o, "theme", themes, 2, &theme, err)) < 0 ||
	    (st = get_bool(o, "playing", &v->playing, err)) < 0 ||
	    (st = get_text(o, "player", v->player, sizeof(v->player), err)) < 0 || (st = get_rate(o, &v->rate, err)) < 0 ||
	    (st = get_choice(o, "time", styles, 4, &style, err)) < 0)
		return st;
	v->current = (int)current;
	v->light = theme == 1;
	v->time = (enum spur_time_style)style;
	if (v->begin_ns >= v->end_ns || (v->begin_ns < 0 && v->end_ns > INT64_MAX + v->begin_ns))
		return spur_fail(err, SPUR_EFORMAT, "the range is empty, or longer than time is");
	return SPUR_OK;
}

static enum spur_status get_stamp(const json_t *o, struct spur_ipc_message *m, struct spur_error *err)
{
	enum spur_status st;

	if ((st = get_int(o, "seq", 1, SPUR_IPC_SEQ_MAX, &m->stamp.seq, err)) < 0 ||
	    (st = get_text(o, "from", m->stamp.from, sizeof(m->stamp.from), err)) < 0 ||
	    (st = get_int(o, "tick", 0, SPUR_IPC_SEQ_MAX, &m->stamp.tick, err)) < 0)
		return st;
	return get_int(o, "at_ns", 0, INT64_MAX, &m->at_ns, err);
}

static enum spur_status get_hello(const json_t *o, struct spur_ipc_message *m, struct spur_error *err)
{
	enum spur_status st;

	if ((st = get_int(o, "version", 1, INT32_MAX, &m->version, err)) < 0 ||
	    (st = get_text(o, "program", m->program, sizeof(m->program), err)) < 0 ||
	    (st = get_text(o, "name", m->name, sizeof(m->name), err)) < 0)
		return st;
	return get_int(o, "pid", 0, INT32_MAX, &m->pid, err);
}

static enum spur_status get_shot(const json_t *o, struct spur_ipc_message *m, struct spur_error *err)
{
	enum spur_status st = get_text(o, "path", m->path, sizeof(m->path), err);

	m->answer = json_object_get(o, "error") != NULL;
	return st < 0 || !m->answer ? st : get_text(o, "error", m->error, sizeof(m->error), err);
}

static enum spur_status get_message(const json_t *o, struct spur_ipc_message *m, struct spur_error *err)
{
	const char *type = json_string_value(json_object_get(o, "type"));
	enum spur_status st;

	if (type == NULL)
		return spur_fail(err, SPUR_EFORMAT, "no 'type'");
	for (m->kind = SPUR_IPC_HELLO; m->kind < SPUR_IPC_OTHER && strcmp(type, kinds[m->kind]) != 0; m->kind++)
		;
	switch (m->kind) {
	case SPUR_IPC_HELLO:
		return get_hello(o, m, err);
	case SPUR_IPC_STATE:
		st = get_stamp(o, m, err);
		return st < 0 ? st : get_view(o, &m->view, err);
	case SPUR_IPC_SHOWN:
		return get_stamp(o, m, err);
	case SPUR_IPC_SHOT:
		return get_shot(o, m, err);
	case SPUR_IPC_BYE:
	case SPUR_IPC_OTHER:
		break;
	}
	return SPUR_OK;
}

enum spur_status spur_ipc_decode(const char *line, size_t len, struct spur_ipc_message *out, struct spur_error *err)
{
	enum spur_status st;
	json_error_t why;
	json_t *o;

	memset(out, 0, sizeof(*out));
	if (len >= SPUR_IPC_LINE_MAX)
		return spur_fail(err, SPUR_EFORMAT, "a line of %zu bytes, %d at most", len, SPUR_IPC_LINE_MAX);
	o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	if (o == NULL)
		return spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)(why.position > 0 ? why.position : 0), "not JSON: %s", why.text);
	st = json_is_object(o) ? get_message(o, out, err) : spur_fail(err, SPUR_EFORMAT, "not an object");
	json_decref(o);
	return st;
}
