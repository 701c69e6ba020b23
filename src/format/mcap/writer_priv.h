#ifndef SPUR_FORMAT_MCAP_WRITER_PRIV_H
#define SPUR_FORMAT_MCAP_WRITER_PRIV_H

#include "base/buf.h"
#include "format/mcap/record.h"
#include "format/mcap/writer.h"
#include "io/out.h"

/* A channel that was declared. */
struct writer_channel {
	struct spur_buf record;		/* the whole Channel record */
	uint16_t schema_id;
	bool written;			/* is in the data section */
	uint8_t group;
	uint64_t messages;
	struct spur_buf index;		/* entries of the current chunk */
};

struct writer_schema {
	struct spur_buf record;
	uint32_t written;		/* bit per group: each group's chunks have it before they need it */
};

/* The chunk being filled for the channels of one group. */
struct writer_group {
	struct spur_buf chunk;
	enum spur_mcap_compression compression;
	uint16_t *touched;		/* channels with entries */
	size_t touched_count, touched_cap;
	uint64_t start, end, messages;
};

struct spur_mcap_writer {
	struct spur_out *out;
	struct spur_mcap_writer_opts opts;	/* defaults filled in; texts are not kept */
	uint32_t crc;				/* of everything so far */
	struct writer_channel **channels;	/* by id; NULL in between */
	struct writer_schema **schemas;
	size_t channel_ids, schema_ids;		/* entries of these: above the largest id, 65536 at most */
	struct writer_group groups[SPUR_MCAP_GROUPS];
	/* what the summary will say; the buffers hold finished records */
	struct spur_buf chunk_indexes, attachment_indexes, metadata_indexes;
	uint64_t messages, start, end;
	uint32_t schema_count, channel_count, attachment_count, metadata_count, chunk_count;
	/* the attachment being written */
	uint64_t attachment_left;
	uint32_t attachment_crc;
	bool in_attachment;
	struct spur_buf scratch, packed;
};

/* NULL: not declared. */
static inline struct writer_channel *mcap_writer_channel(const struct spur_mcap_writer *w, uint16_t id)
{
	return id < w->channel_ids ? w->channels[id] : NULL;
}

static inline struct writer_schema *mcap_writer_schema(const struct spur_mcap_writer *w, uint16_t id)
{
	return id < w->schema_ids ? w->schemas[id] : NULL;
}

/* Every byte of the data section goes through here, for its checksum. */
enum spur_status mcap_writer_emit(struct spur_mcap_writer *w, const void *data, size_t len, struct spur_error *err);
/* DataEnd, summary, summary offsets, Footer and the magic. */
enum spur_status mcap_writer_end(struct spur_mcap_writer *w, struct spur_error *err);

#endif
