#ifndef SPUR_VERB_EMIT_H
#define SPUR_VERB_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

/*
 * What a verb says: typed rows. cli prints them as aligned text or as one JSON object per
 * line, the workbench shows them as a table. A verb never formats for one of them.
 *
 *	spur_emit_row(e, "drive");
 *	spur_emit_text(e, "name", d->name);
 *	spur_emit_time(e, "begin_ns", d->begin_ns);
 *	spur_emit_end(e);
 */
struct spur_emit;

/* The slots of a back end. key is NULL inside an array. Rows nest through begin and close. */
struct spur_emit_ops {
	void (*row)(struct spur_emit *e, const char *kind);	/* rows of one kind share a table and its heading */
	void (*end)(struct spur_emit *e);
	void (*begin)(struct spur_emit *e, const char *key, char bracket);
	void (*close)(struct spur_emit *e, char bracket);
	void (*i64)(struct spur_emit *e, const char *key, int64_t v);
	void (*u64)(struct spur_emit *e, const char *key, uint64_t v);
	void (*f64)(struct spur_emit *e, const char *key, double v);
	void (*f32)(struct spur_emit *e, const char *key, float v);
	void (*boolean)(struct spur_emit *e, const char *key, bool v);
	void (*text)(struct spur_emit *e, const char *key, const char *s, size_t len);	/* s NULL: null */
	void (*bytes)(struct spur_emit *e, const char *key, const void *data, size_t len);
	void (*time)(struct spur_emit *e, const char *key, spur_ns t);	/* key ends in _ns */
	void (*span)(struct spur_emit *e, const char *key, spur_ns d);	/* key ends in _ns */
	void (*size)(struct spur_emit *e, const char *key, uint64_t bytes);
	void (*raw)(struct spur_emit *e, const char *json, size_t len);	/* a whole line that is JSON already */
	void (*note)(struct spur_emit *e, const char *text);	/* a line for people only; stdout */
	void (*warn)(struct spur_emit *e, const char *text);	/* stderr in both */
	/* Bytes as they are, for --csv, --arrow and logs; stdout. */
	void (*stream)(struct spur_emit *e, const void *data, size_t len);
	void (*flush)(struct spur_emit *e);
};

struct spur_emit {
	const struct spur_emit_ops *ops;
	bool detail;	/* fields now are for scripts: text leaves them out. Reset by every row */
};

void spur_emit_row(struct spur_emit *e, const char *kind);
void spur_emit_end(struct spur_emit *e);
/* Fields after this, up to the end of the row, show in JSON only. */
void spur_emit_detail(struct spur_emit *e);
void spur_emit_begin(struct spur_emit *e, const char *key, char bracket);	/* '{' or '[' */
void spur_emit_close(struct spur_emit *e, char bracket);			/* '}' or ']' */
void spur_emit_int(struct spur_emit *e, const char *key, int64_t v);
void spur_emit_uint(struct spur_emit *e, const char *key, uint64_t v);
void spur_emit_f64(struct spur_emit *e, const char *key, double v);
void spur_emit_f32(struct spur_emit *e, const char *key, float v);
void spur_emit_bool(struct spur_emit *e, const char *key, bool v);
void spur_emit_text(struct spur_emit *e, const char *key, const char *s);
void spur_emit_textn(struct spur_emit *e, const char *key, const char *s, size_t len);
void spur_emit_bytes(struct spur_emit *e, const char *key, const void *data, size_t len);
void spur_emit_time(struct spur_emit *e, const char *key, spur_ns t);
void spur_emit_span(struct spur_emit *e, const char *key, spur_ns d);
void spur_emit_size(struct spur_emit *e, const char *key, uint64_t bytes);
void spur_emit_raw(struct spur_emit *e, const char *json, size_t len);
void spur_emit_note(struct spur_emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void spur_emit_warn(struct spur_emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void spur_emit_stream(struct spur_emit *e, const void *data, size_t len);
void spur_emit_flush(struct spur_emit *e);

#endif
