#include "config.h"

#include "verb/emit_file.h"

#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"

void spur_emit_row(struct spur_emit *e, const char *kind)
{
	e->detail = false;
	e->ops->row(e, kind);
}

void spur_emit_end(struct spur_emit *e)
{
	e->ops->end(e);
	e->detail = false;
}

void spur_emit_detail(struct spur_emit *e)
{
	e->detail = true;
}

void spur_emit_begin(struct spur_emit *e, const char *key, char bracket)
{
	e->ops->begin(e, key, bracket);
}

void spur_emit_close(struct spur_emit *e, char bracket)
{
	e->ops->close(e, bracket);
}

void spur_emit_int(struct spur_emit *e, const char *key, int64_t v)
{
	e->ops->i64(e, key, v);
}

void spur_emit_uint(struct spur_emit *e, const char *key, uint64_t v)
{
	e->ops->u64(e, key, v);
}

void spur_emit_f64(struct spur_emit *e, const char *key, double v)
{
	e->ops->f64(e, key, v);
}

void spur_emit_f32(struct spur_emit *e, const char *key, float v)
{
	e->ops->f32(e, key, v);
}

void spur_emit_bool(struct spur_emit *e, const char *key, bool v)
{
	e->ops->boolean(e, key, v);
}

void spur_emit_text(struct spur_emit *e, const char *key, const char *s)
{
	e->ops->text(e, key, s, s == NULL ? 0 : strlen(s));
}

void spur_emit_textn(struct spur_emit *e, const char *key, const char *s, size_t len)
{
	e->ops->text(e, key, s, len);
}

void spur_emit_bytes(struct spur_emit *e, const char *key, const void *data, size_t len)
{
	e->ops->bytes(e, key, data, len);
}

void spur_emit_time(struct spur_emit *e, const char *key, spur_ns t)
{
	e->ops->time(e, key, t);
}

void spur_emit_span(struct spur_emit *e, const char *key, spur_ns d)
{
	e->ops->span(e, key, d);
}

void spur_emit_size(struct spur_emit *e, const char *key, uint64_t bytes)
{
	e->ops->size(e, key, bytes);
}

void spur_emit_raw(struct spur_emit *e, const char *json, size_t len)
{
	e->ops->raw(e, json, len);
}

__attribute__((format(printf, 3, 0)))
static void say(struct spur_emit *e, void (*to)(struct spur_emit *, const char *), const char *fmt, va_list ap)
{
	struct spur_buf b = { 0 };

	spur_buf_addv(&b, fmt, ap);
	to(e, spur_buf_text(&b));
	spur_buf_finish(&b);
}

void spur_emit_note(struct spur_emit *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(e, e->ops->note, fmt, ap);
	va_end(ap);
}

void spur_emit_warn(struct spur_emit *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(e, e->ops->warn, fmt, ap);
	va_end(ap);
}

void spur_emit_stream(struct spur_emit *e, const void *data, size_t len)
{
	e->ops->stream(e, data, len);
}

void spur_emit_flush(struct spur_emit *e)
{
	e->ops->flush(e);
}

bool spur_emit_out_good(FILE *out)
{
	struct pollfd fd = { .fd = fileno(out), .events = POLLOUT };

	if (fflush(out) == 0 && !ferror(out))
		return true;
	return poll(&fd, 1, 0) > 0 && (fd.revents & POLLERR) != 0;	/* a pipe without a reader, see poll(2) */
}
