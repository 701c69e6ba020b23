#include "config.h"

#include "decode/jsonvisit.h"

static void begin(void *state, const char *key, char bracket)
{
	spur_json_begin(state, key, bracket);
}

static void end(void *state, char bracket)
{
	spur_json_end(state, bracket);
}

static void i64(void *state, const char *key, int64_t v)
{
	spur_json_int(state, key, v);
}

static void u64(void *state, const char *key, uint64_t v)
{
	spur_json_uint(state, key, v);
}

static void f64(void *state, const char *key, double v)
{
	spur_json_f64(state, key, v);
}

static void f32(void *state, const char *key, float v)
{
	spur_json_f32(state, key, v);
}

static void boolean(void *state, const char *key, bool v)
{
	spur_json_bool(state, key, v);
}

static void text(void *state, const char *key, const char *s, size_t len)
{
	spur_json_textn(state, key, s, len);
}

static void bytes(void *state, const char *key, const void *data, size_t len)
{
	spur_json_bytes(state, key, data, len);
}

static void null(void *state, const char *key)
{
	spur_json_null(state, key);
}

struct spur_visitor spur_visitor_json(struct spur_json *json)
{
	return (struct spur_visitor){
		.state = json, .begin = begin, .end = end, .i64 = i64, .u64 = u64, .f64 = f64, .f32 = f32,
		.boolean = boolean, .text = text, .bytes = bytes, .null = null,
	};
}
