#include "config.h"

#include "verb/emit_file.h"

#include <stdlib.h>

#include "base/json.h"

#define FLUSH_BYTES (64u << 10)

struct json_emit {
	struct spur_emit base;	/* first */
	FILE *out, *err;
	struct spur_buf line;
	struct spur_json json;
};

static struct json_emit *self(struct spur_emit *e)
{
	return (struct json_emit *)e;
}

static void write_out(struct json_emit *j)
{
	if (j->line.len > 0)
		fwrite(j->line.data, 1, j->line.len, j->out);	/* the stream remembers a failure */
	spur_buf_clear(&j->line);
}

static void row(struct spur_emit *e, const char *kind)
{
	(void)kind;
	self(e)->json.comma = false;
	spur_json_begin(&self(e)->json, NULL, '{');
}

static void end_row(struct spur_emit *e)
{
	spur_json_end(&self(e)->json, '}');
	spur_buf_addc(&self(e)->line, '\n');
	if (self(e)->line.len >= FLUSH_BYTES)
		write_out(self(e));
}

static void begin(struct spur_emit *e, const char *key, char bracket)
{
	spur_json_begin(&self(e)->json, key, bracket);
}

static void close_bracket(struct spur_emit *e, char bracket)
{
	spur_json_end(&self(e)->json, bracket);
}

static void i64(struct spur_emit *e, const char *key, int64_t v)
{
	spur_json_int(&self(e)->json, key, v);
}

static void u64(struct spur_emit *e, const char *key, uint64_t v)
{
	spur_json_uint(&self(e)->json, key, v);
}

static void f64(struct spur_emit *e, const char *key, double v)
{
	spur_json_f64(&self(e)->json, key, v);
}

static void f32(struct spur_emit *e, const char *key, float v)
{
	spur_json_f32(&self(e)->json, key, v);
}

static void boolean(struct spur_emit *e, const char *key, bool v)
{
	spur_json_bool(&self(e)->json, key, v);
}

static void text(struct spur_emit *e, const char *key, const char *s, size_t len)
{
	if (s == NULL)
		spur_json_null(&self(e)->json, key);
	else
		spur_json_textn(&self(e)->json, key, s, len);
}

static void bytes(struct spur_emit *e, const char *key, const void *data, size_t len)
{
	spur_json_bytes(&self(e)->json, key, data, len);
}

static void raw(struct spur_emit *e, const char *json, size_t len)
{
	spur_buf_add(&self(e)->line, json, len);
	spur_buf_addc(&self(e)->line, '\n');
	if (self(e)->line.len >= FLUSH_BYTES)
		write_out(self(e));
}

static void note(struct spur_emit *e, const char *s)
{
	(void)e;
	(void)s;
}

static void warn(struct spur_emit *e, const char *s)
{
	fprintf(self(e)->err, "spur: %s\n", s);
}

static void stream(struct spur_emit *e, const void *data, size_t len)
{
	spur_buf_add(&self(e)->line, data, len);
	if (self(e)->line.len >= FLUSH_BYTES)
		write_out(self(e));
}

static void flush(struct spur_emit *e)
{
	write_out(self(e));
	fflush(self(e)->out);
}

static const struct spur_emit_ops ops = {
	.row = row, .end = end_row, .begin = begin, .close = close_bracket, .i64 = i64, .u64 = u64,
	.f64 = f64, .f32 = f32, .boolean = boolean, .text = text, .bytes = bytes, .time = i64, .span = i64,
	.size = u64, .raw = raw, .note = note, .warn = warn, .stream = stream, .flush = flush,
};

struct spur_emit *spur_emit_json_create(FILE *out, FILE *err)
{
	struct json_emit *j = spur_calloc(1, sizeof(*j));

	j->base.ops = &ops;
	j->out = out;
	j->err = err;
	j->json.out = &j->line;
	return &j->base;
}

bool spur_emit_json_destroy(struct spur_emit *e)
{
	struct json_emit *j = self(e);
	bool good;

	write_out(j);
	good = spur_emit_out_good(j->out);
	spur_buf_finish(&j->line);
	free(j);
	return good;
}
