#ifndef SPUR_MODEL_DESCRIPTION_H
#define SPUR_MODEL_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "model/columns.h"

/*
 * What a recording holds, as its index says: no sample has been read for it. Everything is
 * borrowed from the reader until it is closed, and lives in one arena. Words of ASAM MDF
 * (group, channel) and MCAP (channel = stream, schema, message) for their own things.
 */

/* Damage that was met and what it cost. Grows while reading; readers return what they have. */
struct spur_damage {
	uint64_t offset, length;	/* bytes of the file; length 0: to the end or unknown */
	const char *reason;		/* borrowed from the reader */
};

enum spur_domain { SPUR_DOMAIN_TIME, SPUR_DOMAIN_ANGLE, SPUR_DOMAIN_DISTANCE, SPUR_DOMAIN_INDEX };

/* One MDF channel, or one member or element of a composed one. */
struct spur_signal {
	uint32_t group, channel;	/* index of the channel group in file order; index in it */
	const char *name, *unit, *comment;	/* never NULL; "" when the file has none */
	const char *stream;		/* acquisition name or source of its group; never NULL */
	enum spur_type type;		/* of the physical value; numbers with a value table are numbers with a text twin */
	enum spur_type raw_type;
	bool is_master;
	bool refused;			/* cannot be read here; refusal says why */
	const char *refusal;
};

struct spur_group {
	uint32_t index;
	const char *name, *source, *comment;
	uint64_t rows;			/* cycles, as far as known; UINT64_MAX: unknown before a scan */
	enum spur_domain domain;
	uint32_t first_signal, signal_count;	/* a run of description.signals */
	bool bus;			/* holds bus frames (CAN_DataFrame...): see decode */
	const char *refusal;		/* NULL, or why the whole group cannot be read */
};

/* One MCAP channel with its schema, or the frames of one MDF bus group. */
struct spur_stream {
	uint32_t id;			/* MCAP channel id */
	uint32_t index;			/* place in description.streams */
	const char *topic;
	const char *encoding;		/* "cdr", "json", "can", ... */
	const char *schema_name, *schema_encoding;
	const void *schema;
	size_t schema_len;
	uint64_t messages;		/* UINT64_MAX: unknown before a scan */
	const char *const *metadata;	/* key, value, key, value ..., NULL */
};

struct spur_attachment {
	const char *name, *media_type;
	uint64_t offset, size;
	int64_t log_time_ns, create_time_ns;
};

struct spur_event {
	const char *name, *comment, *kind;
	int64_t time_ns;
	double value;			/* in the unit of its domain */
};

struct spur_note {			/* key and value pairs of the header: author, vehicle, library ... */
	const char *key, *value;
};

struct spur_description {
	const char *format;		/* id of the row: "mdf4", "mcap" */
	const char *version, *writer;
	uint64_t size_bytes;
	bool has_time;
	spur_ns begin_ns, end_ns;	/* half-open; valid if has_time. MDF: the header's start and, if the file
					 * says it cheaply, the last master value, else end_ns == begin_ns */
	bool end_known;
	bool local_time;		/* the file holds wall-clock time without a zone */
	uint64_t messages;		/* MCAP; UINT64_MAX unknown */
	const char *compression;	/* "none", "zstd", "deflate", "lz4,zstd", ... */
	size_t group_count, signal_count, stream_count, attachment_count, event_count, note_count, damage_count;
	const struct spur_group *groups;
	const struct spur_signal *signals;
	const struct spur_stream *streams;
	const struct spur_attachment *attachments;
	const struct spur_event *events;
	const struct spur_note *notes;
	const struct spur_damage *damage;	/* so far */
};

#endif
