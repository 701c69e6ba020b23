#ifndef SPUR_FORMAT_FORMAT_H
#define SPUR_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/task.h"
#include "io/range.h"
#include "model/columns.h"
#include "model/description.h"
#include "model/message.h"

/*
 * One log format: a folder src/format/<id>/ that defines one of these, and a row in
 * formats.def. Nothing outside the folder refers to it by name. A reader is used by one
 * thread; what describe() returned is immutable but for the damage list, which only a
 * scan() of the same reader changes.
 */
struct spur_reader;	/* each format's own */

struct spur_open_opts {
	uint64_t mem_bytes;	/* budget of the reader; 0: 256 MiB */
	unsigned threads;	/* 0: one per processor */
	bool no_index;		/* walk the data section even where an index is there (check, recover) */
};

enum spur_order { SPUR_ORDER_FILE, SPUR_ORDER_TIME, SPUR_ORDER_REVERSE, SPUR_ORDER_TOPIC };

/* What a scan delivers. Ids are indexes into description.signals or .streams. */
struct spur_scan {
	const uint32_t *signals;	/* signals wanted, any order; batches have their columns in this order */
	size_t signal_count;
	const uint32_t *streams;	/* streams wanted; with all_streams ignored */
	size_t stream_count;
	bool all_streams;
	spur_ns begin_ns, end_ns;	/* [begin, end) of log time or UTC master time; SPUR_NS_MIN, SPUR_NS_MAX:
					 * no bound, and that includes rows without a time */
	enum spur_order order;		/* of messages; a signal batch is always in row order */
	bool raw;			/* raw values instead of physical ones */
	bool with_text;			/* build the text twin of value tables (costs); physical only */
	bool unscaled;			/* physical values of linear conversions as raw ones beside factor and offset:
					 * see spur_column.unscaled. For who goes over them once */
	uint64_t per_stream_limit;	/* 0: none */
	uint64_t mem_bytes;		/* of what is in flight; 0: 256 MiB */
	unsigned threads;		/* 0: one per processor */
};

/* Where batches go, on the caller's thread, in an order that does not depend on threads.
 * A sink that has enough returns SPUR_END: the scan stops and returns SPUR_OK. */
struct spur_sink {
	void *state;
	/* Rows of one channel group: columns of the wanted signals of that group, in the order of
	 * spur_scan.signals (ids gives them). The batch is the sink's to ref. */
	enum spur_status (*columns)(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				    struct spur_error *err);
	enum spur_status (*messages)(void *state, const struct spur_batch *batch, struct spur_error *err);
};

/* Severity of a finding of check(). */
enum spur_severity { SPUR_NOTE, SPUR_WARNING, SPUR_DEFECT };

struct spur_finding {
	enum spur_severity severity;
	uint64_t offset;
	const char *what;
};

struct spur_findings {
	void *state;
	enum spur_status (*found)(void *state, const struct spur_finding *f, struct spur_error *err);
};

/* What recover() saved. */
struct spur_recovery {
	uint64_t rows_kept, messages_kept, bytes_lost;
	uint64_t attachments_kept;
	uint64_t places_lost;	/* where something is lost whose size is not known */
};

/* How the blocks or chunks of a new file are packed. */
enum spur_packing {
	SPUR_PACKING_SAME,		/* as the (first) input is: packed where it is, plain where it is not */
	/* Transposed: columns of bytes first; deflate where nothing else is named. Only of MDF. */
	SPUR_PACKING_NONE, SPUR_PACKING_DEFLATE, SPUR_PACKING_TRANSPOSED,
	SPUR_PACKING_ZSTD, SPUR_PACKING_TRANSPOSED_ZSTD, SPUR_PACKING_LZ4, SPUR_PACKING_TRANSPOSED_LZ4,
};

/* What the new files of cut(), merge() and recover() have in common. */
struct spur_rewriting {
	const char *history;		/* a line of the new file's history: what was done */
	spur_ns written_ns;		/* its stamp */
	enum spur_packing packing;
	/* MDF: values and invalidation bits of every group in blocks of their own (4.20, column-oriented storage). */
	bool columns;
	/* MDF: 410, 411, 420, 430; 0: that of the input, or what the others need. SPUR_EUNSUPPORTED: the input has what that
	 * version has not. */
	uint16_t version;
	uint64_t mem_bytes;		/* of what is not written yet; 0: the reader's budget */
	unsigned threads;		/* that pack; 0: one per processor. The bytes do not depend on it */
	/* What is kept otherwise than asked (SPUR_NOTE) or not carried over (SPUR_DEFECT); may be NULL. Damage of
	 * the input is in its description as ever. */
	const struct spur_findings *notes;
};

/* What cut() keeps. */
struct spur_cut {
	spur_ns begin_ns, end_ns;	/* [begin, end); SPUR_NS_MIN, SPUR_NS_MAX: no bound */
	const uint32_t *signals;	/* MDF: these and what they need; NULL: all */
	size_t signal_count;
	const uint32_t *streams;	/* MCAP: these; NULL: all */
	size_t stream_count;
	bool no_latched;		/* MCAP: nothing from before the span, whatever still holds in it */
	struct spur_rewriting how;
};

/* How merge() puts files together. */
struct spur_merging {
	const char *const *names;	/* of the files, for what is said */
	bool apart;			/* groups of every file are groups of their own, also where they could be joined */
	struct spur_rewriting how;
};

struct spur_rewritten {
	uint64_t rows, groups, signals, events, attachments;
};

/* Where one message lies, for reading it alone. */
struct spur_place {
	uint64_t log_time;	/* as the file has it */
	uint64_t piece, at;	/* the format's own; their order is that of the file */
};

/* What the writer of a file stored of a stretch of samples, to draw it without them. NaN: it had no value. */
struct spur_interval {
	spur_ns begin_ns, end_ns;	/* half-open */
	double min, mean, max;
};

struct spur_levels {
	uint32_t signal;
	spur_ns step_ns;		/* intervals at most that long are wanted, the longest of them */
	spur_ns begin_ns, end_ns;	/* those that meet this range, in order, in one call */
	enum spur_status (*put)(void *state, const struct spur_interval *rows, size_t count, struct spur_error *err);
	void *state;
};

struct spur_format {
	const char *id;			/* "mdf4": stable, stored in the catalogue */
	const char *title;		/* "ASAM MDF 4.x": shown to people */
	const char *const *suffixes;	/* NULL-terminated hints, e.g. ".mf4" */
	/* How sure we are from the first len bytes: 0 (no) to 100 (certain). Never fails. */
	int (*probe)(const unsigned char *head, size_t len);
	/* Reads the index, not the data. Takes over range on success, leaves it to the caller on
	 * failure. SPUR_EFORMAT sets err->offset; SPUR_EUNSUPPORTED names the missing feature. */
	enum spur_status (*open)(struct spur_range *range, const struct spur_open_opts *opts,
				 struct spur_reader **out, struct spur_error *err);
	/* Borrowed until close. */
	const struct spur_description *(*describe)(const struct spur_reader *r);
	/* One pass for everything wanted. Damage is skipped, kept and listed; SPUR_OK then still. */
	enum spur_status (*scan)(struct spur_reader *r, const struct spur_scan *want, const struct spur_sink *sink,
				 struct spur_task *task, struct spur_error *err);
	/* Deep validation: checksums, links, counts. SPUR_OK whatever was found. */
	enum spur_status (*check)(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
				  struct spur_error *err);
	/* Everything readable into a new, clean, indexed file at path (atomic). how: NULL: MDF plain. */
	enum spur_status (*recover)(struct spur_reader *r, const char *path, const struct spur_rewriting *how,
				    struct spur_recovery *got, struct spur_task *task, struct spur_error *err);
	/* A span of time as a new file of the same format at path (atomic): what the file has lies there as it did,
	 * never decoded and encoded again. NULL: not written for this format yet. */
	enum spur_status (*cut)(struct spur_reader *r, const char *path, const struct spur_cut *want, struct spur_rewritten *got,
				struct spur_task *task, struct spur_error *err);
	/* Several files of this format as one at path (atomic), in the order of their starts: one behind the other where
	 * their structure is the same, else beside each other. SPUR_EUNSUPPORTED: times cannot be carried over to the nanosecond.
	 * NULL: not written for this format yet. */
	enum spur_status (*merge)(struct spur_reader *const *r, size_t count, const char *path, const struct spur_merging *want,
				  struct spur_rewritten *got, struct spur_task *task, struct spur_error *err);
	void (*close)(struct spur_reader *r);	/* NULL is fine; ends every borrow */
	/* The next two are NULL where a format has no messages. Every message of one stream (index into
	 * description.streams), by log_time, equal ones as they lie: from the file's own index, opening only
	 * what has none. SPUR_ENOMEM past mem_bytes. The caller frees *out. */
	enum spur_status (*locate)(struct spur_reader *r, uint32_t stream, uint64_t mem_bytes, struct spur_place **out,
				   size_t *count, struct spur_task *task, struct spur_error *err);
	/* One of them, unpacking one chunk at most; the last few stay for the next calls, within the budget.
	 * Borrowed until the next fetch() or close(). SPUR_EFORMAT with the byte: its chunk is damaged. */
	enum spur_status (*fetch)(struct spur_reader *r, uint32_t stream, const struct spur_place *place,
				  struct spur_message *out, struct spur_error *err);
	/* The bytes of one attachment (index into description.attachments), unpacked, in order to put(), which may be
	 * NULL: then they are only verified. SPUR_EFORMAT also where a checksum says that they were altered, after the
	 * last of them; SPUR_EUNSUPPORTED: beside the file, or packed in a way that is not known. NULL: the format has none. */
	enum spur_status (*attachment)(struct spur_reader *r, size_t index,
				       enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err),
				       void *state, struct spur_task *task, struct spur_error *err);
	/* Intervals that the file stores of a signal of numbers, compared with some of its samples before. SPUR_ENOTFOUND:
	 * there are none that are fine enough and right; err says why. NULL: the format has no such thing. */
	enum spur_status (*levels)(struct spur_reader *r, const struct spur_levels *want, struct spur_task *task, struct spur_error *err);
};

#define SPUR_PROBE_BYTES 4096	/* what probe() is shown, if the file has it */

/* Best match, or NULL. Ties go to the earlier row of formats.def. */
const struct spur_format *spur_format_probe(const unsigned char *head, size_t len);
const struct spur_format *spur_format_find(const char *id);
/* NULL-terminated, in table order. */
const struct spur_format *const *spur_format_list(void);

/* Probe and open a file ("-": standard input, spooled to a temporary file); the message of a failure starts with the path and names the byte.
 * A wrapper or a foreign format is named (zip, gzip, CANedge MFC/MFE, ROS bag, empty file). */
enum spur_status spur_format_open(const char *path, const struct spur_open_opts *opts, const struct spur_format **format,
				  struct spur_reader **out, struct spur_error *err);

#endif
