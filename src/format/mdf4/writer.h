#ifndef SPUR_FORMAT_MDF4_WRITER_H
#define SPUR_FORMAT_MDF4_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "model/columns.h"
#include "model/description.h"
#include "model/message.h"

/*
 * Writes a finalised MDF 4 file (ASAM MDF 4.1, "Block types"), sorted unless asked otherwise: one
 * record type per data group. Its version is 4.10, or the least that has what the options ask for. Samples are streamed: each group collects at most one fragment (1 MiB) and the
 * groups together at most mem_bytes; names, conversions and the tree follow at the end of the
 * file, so groups may be added at any time and rows of several groups come in any order.
 *
 * Nothing is at the path before commit(). The bytes depend on the calls alone: the time stamps
 * of the header are the caller's. One thread at a time.
 */
struct spur_mdf4_writer;

enum spur_mdf4_packing {
	SPUR_MDF4_PLAIN,	/* DT, SD */
	/* DZ, zip types 0 to 5 in this order; of the transposed ones, texts are packed as the type before. */
	SPUR_MDF4_DEFLATE, SPUR_MDF4_TRANSPOSED,
	SPUR_MDF4_ZSTD, SPUR_MDF4_TRANSPOSED_ZSTD,	/* MDF 4.30 from here on */
	SPUR_MDF4_LZ4, SPUR_MDF4_TRANSPOSED_LZ4,	/* frames */
};

/* The least version that has these: 410, 420 for columns, 430 for zstd and lz4. */
uint16_t spur_mdf4_version_least(enum spur_mdf4_packing packing, bool columns);

struct spur_mdf4_options {
	spur_ns start_ns;		/* UTC of time 0 of all masters */
	spur_ns shift_ns;		/* moves the whole file: added to the start in the header only */
	spur_ns written_ns;		/* stamp of the file history */
	bool local_time;		/* start_ns is the time of a clock on a wall, without a zone */
	bool zone_known;		/* the next two are: that clock showed UTC plus both */
	int16_t zone_min, summer_min;
	const char *comment;		/* of the header; NULL: none */
	enum spur_mdf4_packing packing;
	/* MDF 4.2, column-oriented storage: every channel has a data group of its own, with its values (DV) and its
	 * invalidation bits (DI) apart in a list (LD); the master has one that the others refer to. Bus groups and
	 * unsorted ones keep their records whole. */
	bool columns;
	uint16_t version;		/* 410, 411, 420, 430; 0: the least. SPUR_EINVAL if it has not what is asked for */
	int level;			/* of deflate, 1 to 12; 0: 4 */
	uint64_t mem_bytes;		/* of samples not yet written; 0: 64 MiB. Packing takes 16 MiB more */
	unsigned threads;		/* that pack; 0: one per processor. The bytes do not depend on it */
};

struct spur_mdf4_text {
	int64_t value;			/* raw */
	const char *text;
};

/* One channel. Strings are copied. Either a linear conversion, or a value table, or neither. */
struct spur_mdf4_channel {
	const char *name, *unit, *comment;	/* unit and comment may be NULL */
	enum spur_type type;		/* of the raw values: columns must have the same (bool: as u8) */
	uint32_t size;			/* text and bytes: fixed size in the record, zero padded; 0: variable (SD) */
	double factor, offset;		/* physical = factor * raw + offset; factor 0: none */
	const struct spur_mdf4_text *texts;	/* value to text; NULL: none */
	size_t text_count;
	bool nullable;			/* has an invalidation bit */
};

struct spur_mdf4_group {
	const char *name;		/* acquisition name; NULL: none */
	const char *source;		/* of an ECU; NULL: none */
	const char *comment;
	enum spur_domain domain;	/* of the master; SPUR_DOMAIN_INDEX: no master channel */
	const char *master;		/* its name; NULL: "time", "angle", "distance" */
	const struct spur_mdf4_channel *channels;
	size_t count;
	/* 0: a data group of its own, sorted. Groups with the same number share an unsorted data group, as
	 * loggers write them: records of one byte of id, in the order of put(), values of variable length
	 * as records of VLSD groups behind the record that owns them; plain blocks of one fragment that cut
	 * through records. 255 ids at most. */
	uint8_t unsorted;
};

enum spur_status spur_mdf4_writer_create(const char *path, const struct spur_mdf4_options *o,
					 struct spur_mdf4_writer **out, struct spur_error *err);
/* Names need not be unique. *group numbers the groups from 0, in the order of the file. */
enum spur_status spur_mdf4_writer_group(struct spur_mdf4_writer *w, const struct spur_mdf4_group *g, uint32_t *group,
					struct spur_error *err);
/*
 * Appends rows: one column per channel, in their order. The master is rows->master, or where
 * that is NULL and the domain is time, (rows->time_ns - start_ns) in seconds. Invalid values of
 * a channel that is not nullable: NaN for floats, empty for texts, else SPUR_EINVAL. Text twins
 * are not written. SPUR_EINVAL: types differ, a text longer than its fixed size, no master.
 */
enum spur_status spur_mdf4_writer_put(struct spur_mdf4_writer *w, uint32_t group, const struct spur_columns *rows,
				      struct spur_error *err);

/* A bus group as ASAM's bus logging associate standard has it: CAN_DataFrame with BusChannel, ID,
 * IDE, DLC, DataLength, DataBytes, Dir, EDL and BRS. max_bytes is 8 or 64. */
enum spur_status spur_mdf4_writer_can_group(struct spur_mdf4_writer *w, const char *name, unsigned max_bytes,
					    uint32_t *group, struct spur_error *err);
/* Frames as messages: log_time in UTC ns, frame_id (bit 31: extended), bus_channel, data, size. */
enum spur_status spur_mdf4_writer_put_frames(struct spur_mdf4_writer *w, uint32_t group,
					     const struct spur_message *frames, size_t count, struct spur_error *err);

/* Embeds a file; comment may be NULL. */
enum spur_status spur_mdf4_writer_attach(struct spur_mdf4_writer *w, const char *name, const char *media_type,
					 const char *comment, const void *data, size_t len, struct spur_error *err);

/* Once: events of another recording that begins when this one does, without their scopes and attachments. Kinds that MDF
 * does not know become markers. */
enum spur_status spur_mdf4_writer_events(struct spur_mdf4_writer *w, const struct spur_event *events, size_t count,
					 struct spur_error *err);

/* Everything put so far becomes blocks now. */
enum spur_status spur_mdf4_writer_flush(struct spur_mdf4_writer *w, struct spur_error *err);
uint64_t spur_mdf4_writer_bytes(const struct spur_mdf4_writer *w);	/* in the file so far */
uint64_t spur_mdf4_writer_pending(const struct spur_mdf4_writer *w);	/* samples not in the file yet */
/* Bytes of a group's records that became blocks, before and after packing; of its data group if unsorted. */
void spur_mdf4_writer_sizes(const struct spur_mdf4_writer *w, uint32_t group, uint64_t *raw, uint64_t *packed);
/* Both free w. On failure of commit nothing is left behind. NULL is fine for discard. */
enum spur_status spur_mdf4_writer_commit(struct spur_mdf4_writer *w, struct spur_error *err);
void spur_mdf4_writer_discard(struct spur_mdf4_writer *w);

#endif
