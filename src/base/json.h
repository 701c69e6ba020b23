#ifndef SPUR_BASE_JSON_H
#define SPUR_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Writes JSON into a buffer, commas included. Reading is jansson's business.
 * 64-bit integers are exact; doubles round-trip, -0 included; NaN and the infinities are
 * the strings "NaN", "Infinity", "-Infinity"; text that is not UTF-8 gets U+FFFD.
 * key NULL inside an array or at the top.
 */
struct spur_json {
	struct spur_buf *out;	/* borrowed */
	bool comma;
};

void spur_json_begin(struct spur_json *j, const char *key, char bracket);	/* '{' or '[' */
void spur_json_end(struct spur_json *j, char bracket);			/* '}' or ']' */
void spur_json_int(struct spur_json *j, const char *key, int64_t v);
void spur_json_uint(struct spur_json *j, const char *key, uint64_t v);
void spur_json_f64(struct spur_json *j, const char *key, double v);
void spur_json_f32(struct spur_json *j, const char *key, float v);	/* shortest that round-trips a float */
void spur_json_bool(struct spur_json *j, const char *key, bool v);
void spur_json_null(struct spur_json *j, const char *key);
void spur_json_text(struct spur_json *j, const char *key, const char *s);	/* NULL gives null */
void spur_json_textn(struct spur_json *j, const char *key, const char *s, size_t len);
void spur_json_bytes(struct spur_json *j, const char *key, const void *data, size_t len);	/* base64 */
void spur_json_raw(struct spur_json *j, const char *key, const char *json);	/* already JSON */

/* The pieces, for other writers. */
void spur_json_quote(struct spur_buf *b, const char *s, size_t len);	/* with the quotes */
/* A decimal that reads back as the same double, the shortest but for one value in 200; needs 32 bytes. */
size_t spur_f64_text(double v, char out[32]);
size_t spur_f32_text(float v, char out[32]);
void spur_base64(struct spur_buf *b, const void *data, size_t len);

#endif
