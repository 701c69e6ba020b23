#include "config.h"

#include "sync/frames_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/sshwire.h"

/* Where in a message the walk is: the few places that have fields of a picture, or elsewhere. */
enum place { AT_ROOT, AT_HEADER, AT_STAMP, AT_DATA, AT_ELSEWHERE };

struct seeing {
	struct frames_picture *p;
	const struct spur_message *m;
	struct spur_buf *scratch;
	enum place stack[3];		/* root, header, stamp */
	size_t depth;			/* brackets open; above the stack only what is elsewhere */
	bool bad_base64;
};

static enum place here(const struct seeing *s)
{
	return s->depth == 0 || s->depth > 3 ? AT_ELSEWHERE : s->stack[s->depth - 1];
}

static bool is(const char *key, const char *a, const char *b)
{
	return key != NULL && (strcmp(key, a) == 0 || (b != NULL && strcmp(key, b) == 0));
}

static enum place entered(const struct seeing *s, const char *key, char bracket)
{
	if (s->depth == 0)
		return AT_ROOT;
	if (here(s) == AT_ROOT && bracket == '{' && is(key, "header", NULL))
		return AT_HEADER;
	if ((here(s) == AT_ROOT || here(s) == AT_HEADER) && bracket == '{' && is(key, "stamp", "timestamp"))
		return AT_STAMP;
	return here(s) == AT_ROOT && bracket == '[' && is(key, "data", NULL) ? AT_DATA : AT_ELSEWHERE;
}

static void begin(void *state, const char *key, char bracket)
{
	struct seeing *s = state;
	enum place p = entered(s, key, bracket);

	if (p == AT_DATA)
		spur_buf_clear(s->scratch);
	if (s->depth < 3)
		s->stack[s->depth] = p;
	s->depth++;
}

static void end(void *state, char bracket)
{
	struct seeing *s = state;

	(void)bracket;
	if (here(s) == AT_DATA) {
		s->p->data = s->scratch->data;
		s->p->size = s->scratch->len;
		s->p->has_data = true;
	}
	s->depth--;
}

static void stamp_part(struct frames_picture *p, const char *key, int64_t v)
{
	if (is(key, "sec", "seconds") || is(key, "secs", NULL)) {
		p->sec = v;
		p->has_stamp = true;
	} else if (is(key, "nsec", "nanos") || is(key, "nanosec", "nsecs")) {
		p->nsec = v;
		p->has_stamp = true;
	}
}

static void u64(void *state, const char *key, uint64_t v)
{
	struct seeing *s = state;

	switch (here(s)) {
	case AT_STAMP: stamp_part(s->p, key, v > INT64_MAX ? INT64_MAX : (int64_t)v); break;
	case AT_DATA: spur_buf_addc(s->scratch, (char)v); break;	/* bytes as an array of numbers */
	case AT_ROOT:
		if (is(key, "width", NULL))
			s->p->width = v;
		else if (is(key, "height", NULL))
			s->p->height = v;
		else if (is(key, "step", NULL))
			s->p->step = v;
		else if (is(key, "is_bigendian", NULL))
			s->p->big_endian = v != 0;
		break;
	default: break;
	}
}

static void i64(void *state, const char *key, int64_t v)
{
	struct seeing *s = state;

	if (here(s) == AT_STAMP)
		stamp_part(s->p, key, v);
	else if (v >= 0 || here(s) == AT_DATA)
		u64(state, key, (uint64_t)v);
}

static void f64(void *state, const char *key, double v)
{
	if (v >= 0 && v < 9e15)
		u64(state, key, (uint64_t)v);
}

static void f32(void *state, const char *key, float v)
{
	f64(state, key, (double)v);
}

static void boolean(void *state, const char *key, bool v)
{
	u64(state, key, v);
}

static void keep(char *to, size_t room, const char *s, size_t len)
{
	len = len < room ? len : room - 1;
	memcpy(to, s, len);
	to[len] = '\0';
}

static void text(void *state, const char *key, const char *t, size_t len)
{
	struct seeing *s = state;

	if ((here(s) == AT_ROOT || here(s) == AT_HEADER) && is(key, "frame_id", NULL))
		keep(s->p->frame_id, sizeof(s->p->frame_id), t, len);
	if (here(s) != AT_ROOT)
		return;
	if (is(key, "format", "encoding")) {
		keep(s->p->format, sizeof(s->p->format), t, len);
	} else if (is(key, "data", NULL)) {
		spur_buf_clear(s->scratch);
		s->bad_base64 = !spur_unbase64(t, len, s->scratch);
		s->p->data = s->scratch->data;
		s->p->size = s->scratch->len;
		s->p->has_data = true;
	}
}

/* Bytes that lie in the message are used where they are. */
static void bytes(void *state, const char *key, const void *data, size_t len)
{
	struct seeing *s = state;
	const char *from = data, *message = s->m->data;

	if (here(s) != AT_ROOT || !is(key, "data", NULL))
		return;
	if (len > 0 && (from < message || from >= message + s->m->size)) {
		spur_buf_clear(s->scratch);
		spur_buf_add(s->scratch, data, len);
		from = s->scratch->data;
	}
	s->p->data = from;
	s->p->size = len;
	s->p->has_data = true;
}

static void null(void *state, const char *key)
{
	(void)state;
	(void)key;
}

enum spur_status frames_picture_read(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
				     struct frames_picture *out, struct spur_error *err)
{
	struct seeing s = { .p = out, .m = m, .scratch = &c->scratch };
	const struct spur_visitor v = { .state = &s, .begin = begin, .end = end, .i64 = i64, .u64 = u64, .f64 = f64, .f32 = f32,
					.boolean = boolean, .text = text, .bytes = bytes, .null = null };
	enum spur_status st;

	*out = (struct frames_picture){ 0 };
	st = frames_walk(c, x, m, &v, err);
	if (st >= 0 && s.bad_base64)
		st = spur_fail(err, SPUR_EFORMAT, "its field 'data' is not base64");
	if (st >= 0 && !out->has_data)
		st = spur_fail(err, SPUR_EFORMAT, "it has no field 'data' with bytes");
	return st;
}
