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
	const char *source_kind, *bus_kind;	/* "ecu", "bus", "tool" ...; "CAN", "LIN" ...; NULL: not said */
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

#define SPUR_NOT_KNOWN UINT32_MAX	/* in place of an index */

/* Bytes that are no samples. Those beside the file are named here and never opened. */
struct spur_attachment {
	const char *name, *media_type;
	uint64_t offset, size;		/* 0: beside the file; of the bytes when unpacked */
	int64_t log_time_ns, create_time_ns;
	const char *comment;		/* the next three: NULL where there is none */
	const char *packing;		/* "deflate", "zstd", "lz4", "custom" */
	const unsigned char *md5;	/* 16 bytes, of the unpacked ones */
	uint64_t stored;		/* bytes of the file that hold it */
};

/* What an event or a node of a tree is about. */
struct spur_scope {
	uint32_t group, signal;		/* indexes; signal SPUR_NOT_KNOWN: the whole group */
};

struct spur_event {
	const char *name, *comment, *kind;
	int64_t time_ns;
	double value;			/* in the unit of its domain */
	bool timed;			/* time_ns says when; else there is only the value */
	enum spur_domain domain;
	const char *range;		/* "point", "begin", "end" */
	const char *cause;		/* "tool", "user", ...; NULL: not said */
	const char *group_name;		/* of events that belong together; NULL: none */
	uint32_t parent, partner;	/* indexes of events; partner: where the range of an "end" begins */
	uint32_t signal;		/* its rows are the events and this only their pattern; or SPUR_NOT_KNOWN */
	bool later;			/* added after the recording */
	const struct spur_scope *scope;	/* none: the whole recording */
	const uint32_t *attachments;	/* indexes */
	size_t scope_count, attachment_count;
};

/* One node (branch or leaf) of the tree that the author of a recording made of its signals, in depth-first order. */
struct spur_branch {
	const char *name, *comment, *kind;	/* "group", "function", "input variables", ... */
	uint32_t parent, depth;		/* index of a node before it, or SPUR_NOT_KNOWN at depth 0 */
	const struct spur_scope *members;
	size_t member_count;
};

/* Who made or changed the file; the first one made it. "" where it does not say. */
struct spur_history {
	spur_ns time_ns;
	bool timed, local_time;
	const char *tool, *version, *vendor, *user, *comment;
};

/* Means, least and most values per interval that the writer stored for a group. */
struct spur_reduction {
	uint32_t group;
	uint64_t rows;
	double interval;		/* in the unit of its domain */
	enum spur_domain domain;
	bool with_invalid;		/* and their invalidation bits */
};

/* What a signal refers to; such signals are few. */
struct spur_relation {
	uint32_t signal;
	uint32_t x;			/* signal to draw it over, or SPUR_NOT_KNOWN */
	uint32_t attachment;		/* that explains it, or SPUR_NOT_KNOWN */
	bool sync;			/* its values are places in that attachment: a video, a sound */
};

/* One dimension of an array. Indexes of signals, or SPUR_NOT_KNOWN. */
struct spur_axis {
	uint64_t size;			/* elements that the records have room for */
	uint32_t length;		/* says how many of them count, row by row */
	uint32_t signal;		/* an array whose values are the axis, row by row */
	uint32_t input;			/* the quantity that the axis is about */
	const double *values;		/* the axis where it is fixed; NULL: it is not */
	const double *physical;		/* the same converted, NaN where that gives a text; NULL: the same */
	const char *const *texts;	/* those texts, else NULL; NULL: none */
	const char *unit;		/* of the conversion; "" where it has none */
};

/* What a file says of an array beside its elements, which are signals of their own. One for each array that is
 * nested in another, from the outer to the inner one. */
struct spur_array {
	uint32_t signal;
	const char *kind;		/* "array", "axis", "look-up", "interval axis", "classification" */
	bool inverse;			/* the first dimension counts fastest */
	bool left_open;			/* intervals of its axes contain their upper end, not their lower one */
	bool standard_axis;		/* shared by several arrays */
	uint32_t output, comparison;	/* signals, or SPUR_NOT_KNOWN */
	const struct spur_axis *axes;
	size_t axis_count;
};

/* What is stated of the values of a signal. Nothing here changes how they are read or written. */
struct spur_limits {
	uint32_t signal;
	int precision;			/* decimal places to show; -1: not said */
	bool has_raw, has_physical, has_limit, has_extended;
	double raw_min, raw_max;		/* of raw values */
	double physical_min, physical_max;	/* the same converted, where that is a matter of a line */
	double limit_min, limit_max;		/* beyond them something is wrong */
	double extended_min, extended_max;	/* that are not exceeded at all */
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
	bool zone_known;		/* the next two are */
	int zone_min, summer_min;	/* the clock on the wall at begin_ns showed UTC plus both */
	const char *clock;		/* how well begin_ns is known: "computer", "external", "synchronised"; NULL: not said */
	uint64_t messages;		/* MCAP; UINT64_MAX unknown */
	const char *compression;	/* "none", "zstd", "deflate", "lz4,zstd", ... */
	size_t group_count, signal_count, stream_count, attachment_count, event_count, note_count, damage_count;
	size_t node_count, history_count, reduction_count, relation_count, array_count, limit_count;
	const struct spur_group *groups;
	const struct spur_signal *signals;
	const struct spur_stream *streams;
	const struct spur_attachment *attachments;
	const struct spur_event *events;
	const struct spur_note *notes;
	const struct spur_branch *nodes;
	const struct spur_history *history;
	const struct spur_reduction *reductions;
	const struct spur_relation *relations;	/* by signal */
	const struct spur_array *arrays;	/* by signal */
	const struct spur_limits *limits;	/* by signal */
	const struct spur_damage *damage;	/* so far */
};

#endif
