#ifndef SPUR_FORMAT_MCAP_CHECK_PRIV_H
#define SPUR_FORMAT_MCAP_CHECK_PRIV_H

#include "format/mcap/heads.h"
#include "format/mcap/reader_priv.h"

/* What the data section has, against which the summary is held. */
struct check_channel {
	uint64_t messages, last;	/* log time of the last one */
	bool declared, complained;
	bool repeated;			/* in the summary */
};

struct check_chunk {
	uint64_t offset, length, index_len, compressed, uncompressed, start, end, messages, indexed;
	char compression[MCAP_COMPRESSION_MAX];
	bool bad, listed;		/* listed: a Chunk Index names it */
};

struct check {
	struct spur_reader *r;
	const struct spur_findings *to;
	struct spur_task *task;
	struct spur_error *err;
	struct mcap_window win;
	struct catalogue *seen;
	uint64_t begin, size, limit;
	bool schemas[65536];
	struct check_channel *channels;	/* by id, see check_channel_of() */
	size_t channel_ids;
	struct check_chunk *chunks;	/* by offset */
	size_t chunk_count, chunk_cap;
	struct piece piece;		/* of the chunk that is loaded */
	struct mcap_loaded loaded;
	uint64_t messages, start, end, backwards, loose, first_loose;
	uint32_t attachments, metadata;
	uint64_t data_schemas, data_channels;	/* declared in the data section */
	uint64_t data_end, footer;	/* offsets; 0: not met */
	uint64_t summary_first;		/* offset of the first record behind Data End */
	bool closed, stop;
	bool incomplete;		/* something could not be read: counts cannot be compared */
	/* the summary */
	uint64_t statistics_count, chunk_indexes, attachment_indexes, metadata_indexes, offsets_first;
};

/* Of every id; valid until the next call with another one. */
struct check_channel *check_channel_of(struct check *c, uint16_t id);
enum spur_status check_say(struct check *c, enum spur_severity severity, uint64_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* check_summary.c */
enum spur_status check_summary_record(struct check *c, uint64_t at, const struct mcap_head *h, const char *content, size_t len);
enum spur_status check_summary_end(struct check *c);

#endif
