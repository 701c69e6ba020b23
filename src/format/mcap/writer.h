#ifndef SPUR_FORMAT_MCAP_WRITER_H
#define SPUR_FORMAT_MCAP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Writes one MCAP file in a single pass: chunks with message indexes, and at the end the
 * summary (schemas, channels, statistics, indexes), its offsets and all checksums, the one
 * of the data section included. The same calls give the same bytes. The file appears at
 * commit, whole (io/out). One thread at a time. Memory: one chunk per group, its index, and what
 * the summary repeats.
 *
 * A schema or channel is written in front of the first message that needs it; channels without
 * messages are written at the end, so that none is lost. A message as large as a chunk gets
 * a chunk of its own: reading a small topic then never touches it. Channels of different groups
 * never share a chunk: pictures beside signals, and who reads the signals skips the pictures.
 */
#define SPUR_MCAP_GROUPS 4u
struct spur_mcap_writer;

enum spur_mcap_compression { SPUR_MCAP_ZSTD, SPUR_MCAP_LZ4, SPUR_MCAP_NONE };

/* All zero: a fully indexed file of 1 MiB chunks in zstd. */
struct spur_mcap_writer_opts {
	const char *profile;		/* "ros2"; NULL: "" */
	const char *library;		/* NULL: "spur VERSION" */
	enum spur_mcap_compression compression;	/* dropped for a chunk where it does not pay */
	int level;			/* of zstd; 0: its default */
	uint64_t chunk_bytes;		/* of records before compression; 0: 1 MiB, at most 1 GiB */
	bool no_chunks;			/* messages straight in the data section: not indexed */
	bool no_message_index, no_chunk_index, no_statistics, no_attachment_index, no_metadata_index;
	bool no_repeated_schemas, no_repeated_channels, no_summary_offsets;
};

struct spur_mcap_schema {
	uint16_t id;			/* not 0 */
	const char *name, *encoding;	/* "sensor_msgs/msg/Imu", "ros2msg" */
	const void *data;
	size_t len;
};

struct spur_mcap_channel {
	uint16_t id;			/* 0 is as good as any */
	uint16_t schema_id;		/* 0: none */
	const char *topic, *encoding;	/* "/imu", "cdr" */
	const char *const *metadata;	/* key, value, ..., NULL; NULL: none */
	uint8_t group;			/* of chunks, below SPUR_MCAP_GROUPS */
};

struct spur_mcap_message {
	uint16_t channel_id;
	uint32_t sequence;
	uint64_t log_time, publish_time;	/* ns */
	const void *data;
	size_t len;
};

struct spur_mcap_attachment {
	uint64_t log_time, create_time;	/* ns; create_time 0: unknown */
	const char *name, *media_type;
	uint64_t len;			/* of the data */
};

enum spur_status spur_mcap_writer_create(const char *path, const struct spur_mcap_writer_opts *opts,
					 struct spur_mcap_writer **out, struct spur_error *err);
/* How the chunks of one group are packed from the next one on; at first as opts say. */
void spur_mcap_writer_pack(struct spur_mcap_writer *w, uint8_t group, enum spur_mcap_compression compression);
/* Everything is copied. SPUR_EINVAL: the id is taken, or the schema is not there. */
enum spur_status spur_mcap_writer_schema(struct spur_mcap_writer *w, const struct spur_mcap_schema *s, struct spur_error *err);
enum spur_status spur_mcap_writer_channel(struct spur_mcap_writer *w, const struct spur_mcap_channel *c, struct spur_error *err);
/* In any order of time. SPUR_EINVAL: no such channel. */
enum spur_status spur_mcap_writer_message(struct spur_mcap_writer *w, const struct spur_mcap_message *m, struct spur_error *err);
enum spur_status spur_mcap_writer_metadata(struct spur_mcap_writer *w, const char *name, const char *const *pairs,
					   struct spur_error *err);
/* An attachment in one piece, or announced by its length and then put piece by piece: exactly
 * that many bytes, and nothing else in between. */
enum spur_status spur_mcap_writer_attachment(struct spur_mcap_writer *w, const struct spur_mcap_attachment *a,
					     const void *data, struct spur_error *err);
enum spur_status spur_mcap_writer_attachment_begin(struct spur_mcap_writer *w, const struct spur_mcap_attachment *a,
						   struct spur_error *err);
enum spur_status spur_mcap_writer_attachment_put(struct spur_mcap_writer *w, const void *data, size_t len,
						 struct spur_error *err);
enum spur_status spur_mcap_writer_attachment_end(struct spur_mcap_writer *w, struct spur_error *err);
/* End the chunks now, in order of groups: what follows goes into new ones. */
enum spur_status spur_mcap_writer_flush(struct spur_mcap_writer *w, struct spur_error *err);
uint64_t spur_mcap_writer_bytes(const struct spur_mcap_writer *w);	/* in the file so far */
/* Summary, footer, fsync, rename. Frees w, also on failure: then no file is left behind. */
enum spur_status spur_mcap_writer_commit(struct spur_mcap_writer *w, struct spur_error *err);
void spur_mcap_writer_discard(struct spur_mcap_writer *w);	/* NULL is fine; leaves no file */

#endif
