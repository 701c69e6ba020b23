#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* Reads every byte, so that a sanitizer sees those that are not there. */
static volatile uint64_t sink;

void fuzz_touch(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += p[i];
	sink = sum;
}

void fuzz_touch_text(const char *s)
{
	fuzz_check(s != NULL);
	fuzz_touch(s, strlen(s));
}

static void touch_column(const struct spur_column *c, size_t rows)
{
	fuzz_check(c->rows == rows);
	if (c->validity != NULL)
		fuzz_touch(c->validity, (rows + 7) / 8);
	if (spur_type_size(c->type) > 0) {
		fuzz_touch(c->data, rows * spur_type_size(c->type));
	} else if (rows > 0) {
		fuzz_check(c->offsets[0] == 0);
		for (size_t i = 0; i < rows; i++)
			fuzz_check(c->offsets[i] <= c->offsets[i + 1]);
		fuzz_touch(c->data, (size_t)c->offsets[rows]);
	}
	if (c->text != NULL)
		touch_column(c->text, rows);
}

void fuzz_touch_columns(const struct spur_columns *c)
{
	if (c->time_ns != NULL)
		fuzz_touch(c->time_ns, c->rows * sizeof(*c->time_ns));
	if (c->master != NULL)
		fuzz_touch(c->master, c->rows * sizeof(*c->master));
	for (size_t i = 0; i < c->count; i++)
		touch_column(&c->columns[i], c->rows);
}

/* ---- a visitor ---- */

static const char *key_of(struct fuzz_visit *v, const char *key)
{
	fuzz_check(v->closed <= v->opened);
	v->values++;
	if (key == NULL)
		return "-";
	fuzz_touch_text(key);
	fuzz_tell_text("key", key);
	return ":";
}

static void begin(void *state, const char *key, char bracket)
{
	struct fuzz_visit *v = state;

	key_of(v, key);
	fuzz_tell("%c\n", bracket);
	if (v->opened - v->closed < FUZZ_DEPTH)
		v->stack[v->opened - v->closed] = bracket;
	v->opened++;
}

static void end(void *state, char bracket)
{
	struct fuzz_visit *v = state;

	fuzz_check(v->closed < v->opened);
	fuzz_tell("%c\n", bracket);
	v->closed++;
	if (v->opened - v->closed < FUZZ_DEPTH)
		fuzz_check(v->stack[v->opened - v->closed] == (bracket == '}' ? '{' : '['));
}

static void i64(void *state, const char *key, int64_t x)
{
	fuzz_tell("%s i64 %" PRId64 "\n", key_of(state, key), x);
}

static void u64(void *state, const char *key, uint64_t x)
{
	fuzz_tell("%s u64 %" PRIu64 "\n", key_of(state, key), x);
}

static void f64(void *state, const char *key, double x)
{
	key_of(state, key);
	fuzz_tell_number("f64", x);
}

static void f32(void *state, const char *key, float x)
{
	key_of(state, key);
	fuzz_tell_number("f32", (double)x);
}

static void boolean(void *state, const char *key, bool x)
{
	fuzz_tell("%s bool %d\n", key_of(state, key), x);
}

static void text(void *state, const char *key, const char *s, size_t len)
{
	key_of(state, key);
	fuzz_touch(s, len);
	fuzz_tell_data("text", s, len);
}

static void bytes(void *state, const char *key, const void *data, size_t len)
{
	key_of(state, key);
	fuzz_touch(data, len);
	fuzz_tell_data("bytes", data, len);
}

static void null(void *state, const char *key)
{
	fuzz_tell("%s null\n", key_of(state, key));
}

struct spur_visitor fuzz_visitor(struct fuzz_visit *v)
{
	*v = (struct fuzz_visit){ 0 };
	return (struct spur_visitor){ .state = v, .begin = begin, .end = end, .i64 = i64, .u64 = u64, .f64 = f64, .f32 = f32,
				      .boolean = boolean, .text = text, .bytes = bytes, .null = null };
}

void fuzz_visited(const struct fuzz_visit *v)
{
	fuzz_check(v->opened == v->closed);
}
