#ifndef SPUR_DECODE_DECODER_H
#define SPUR_DECODE_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/columns.h"
#include "model/description.h"
#include "model/message.h"

/*
 * Payload bytes to named, typed values. The schema is compiled once at open() and then
 * applied to batches. One file dec_<id>.c and one row of decoders.def each.
 */
struct spur_decoding;	/* each decoder's own; one thread at a time */

struct spur_field {
	const char *path;	/* "linear_acceleration.x", "ranges[3]"; bus: "Message.Signal" */
	const char *unit;	/* "" when unknown */
	enum spur_type type;
	bool array;		/* an array of unknown length: path names the whole of it */
};

struct spur_fields {		/* scalar leaves in order of the schema; arrays of fixed length <= 64 element by element */
	size_t count;
	const struct spur_field *fields;
};

/* Called while walking one payload, in order of the schema; key NULL inside an array. */
struct spur_visitor {
	void *state;
	void (*begin)(void *state, const char *key, char bracket);	/* '{' or '[' */
	void (*end)(void *state, char bracket);
	void (*i64)(void *state, const char *key, int64_t v);
	void (*u64)(void *state, const char *key, uint64_t v);
	void (*f64)(void *state, const char *key, double v);
	void (*f32)(void *state, const char *key, float v);
	void (*boolean)(void *state, const char *key, bool v);
	void (*text)(void *state, const char *key, const char *s, size_t len);
	void (*bytes)(void *state, const char *key, const void *data, size_t len);	/* uint8[] and the like */
	void (*null)(void *state, const char *key);
};

struct spur_decoder {
	const char *id;
	/* 0 .. 100, by encoding and schema encoding; never fails. */
	int (*match)(const struct spur_stream *s);
	/* SPUR_EFORMAT, SPUR_EUNSUPPORTED: this stream only; say which line of the schema. */
	enum spur_status (*open)(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err);
	const struct spur_fields *(*fields)(const struct spur_decoding *d);	/* borrowed until close */
	/* Nested values of one payload, for `spur cat` and the inspector. Hostile payloads: SPUR_EFORMAT
	 * with err->offset in the payload, and balanced begin/end calls. */
	enum spur_status (*walk)(struct spur_decoding *d, const struct spur_message *m,
				 const struct spur_visitor *v, struct spur_error *err);
	/* The chosen fields of a batch, one row per message; a message that does not decode gives
	 * nulls and is counted in *bad. Column order is the order of `fields` (indexes). time_ns of the
	 * batch is log_time. */
	enum spur_status (*columns)(struct spur_decoding *d, const struct spur_batch *in, const size_t *fields,
				    size_t field_count, struct spur_columns **out, uint64_t *bad, struct spur_error *err);
	/* For payloads that describe themselves: adds what these messages of the stream show to fields().
	 * NULL where the schema says everything. Indexes of fields known before stay. */
	enum spur_status (*learn)(struct spur_decoding *d, const struct spur_batch *sample, struct spur_error *err);
	void (*close)(struct spur_decoding *d);	/* NULL is fine */
};

/* Best match or NULL; NULL-terminated list in table order. */
const struct spur_decoder *spur_decoder_for(const struct spur_stream *s);
const struct spur_decoder *const *spur_decoder_list(void);
/* Finds and opens. SPUR_EUNSUPPORTED with the reason, in words for people, where there is no decoder. */
enum spur_status spur_decoder_open(const struct spur_stream *s, const struct spur_decoder **decoder,
				   struct spur_decoding **out, struct spur_error *err);

#endif
