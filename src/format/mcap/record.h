#ifndef SPUR_FORMAT_MCAP_RECORD_H
#define SPUR_FORMAT_MCAP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The records of MCAP, version 0 (specification: https://mcap.dev/spec). Every record is
 *
 *	u8 opcode, u64 length of the content, content
 *
 * little endian; string = u32 length + UTF-8, map and array = u32 length in bytes + packed
 * entries. A file is magic, Header, data section, DataEnd, [summary], [summary offsets],
 * Footer, magic. Content may be longer than the fields known here (the tail is skipped)
 * except of Message, DataEnd and Footer.
 */
enum mcap_op {
	MCAP_HEADER = 0x01,
	MCAP_FOOTER,
	MCAP_SCHEMA,
	MCAP_CHANNEL,
	MCAP_MESSAGE,
	MCAP_CHUNK,
	MCAP_MESSAGE_INDEX,
	MCAP_CHUNK_INDEX,
	MCAP_ATTACHMENT,
	MCAP_ATTACHMENT_INDEX,
	MCAP_STATISTICS,
	MCAP_METADATA,
	MCAP_METADATA_INDEX,
	MCAP_SUMMARY_OFFSET,
	MCAP_DATA_END,		/* 0x0F, the last one defined */
	MCAP_PRIVATE = 0x80,	/* and above */
};

#define MCAP_MAGIC "\x89" "MCAP0\r\n"
enum {
	MCAP_MAGIC_BYTES = 8,
	MCAP_HEAD_BYTES = 9,		/* opcode and length */
	MCAP_MESSAGE_HEAD = 22,		/* content of a Message before its data */
	MCAP_CHUNK_HEAD = 40,		/* content of a Chunk before its records, compression of length 0 */
	MCAP_FOOTER_BYTES = 20,		/* content */
	MCAP_DATA_END_BYTES = 4,
	MCAP_TAIL_BYTES = MCAP_HEAD_BYTES + MCAP_FOOTER_BYTES + MCAP_MAGIC_BYTES,
	MCAP_COMPRESSION_MAX = 32,	/* longer names of a compression are damage */
};

/* Bytes inside a record; not NUL-terminated. */
struct mcap_bytes {
	const char *data;
	uint64_t len;
};

struct mcap_header { struct mcap_bytes profile, library; };
struct mcap_footer { uint64_t summary_start, summary_offset_start; uint32_t summary_crc; };
struct mcap_schema { uint16_t id; struct mcap_bytes name, encoding, data; };
struct mcap_channel { uint16_t id, schema_id; struct mcap_bytes topic, encoding, metadata; };
struct mcap_message { uint16_t channel_id; uint32_t sequence; uint64_t log_time, publish_time; struct mcap_bytes data; };
struct mcap_chunk {
	uint64_t start, end, uncompressed_size;
	uint32_t crc;
	struct mcap_bytes compression;
	uint64_t records_len;
	uint64_t records_at;	/* in the content */
};
struct mcap_message_index { uint16_t channel_id; struct mcap_bytes entries; };	/* of (u64 log_time, u64 offset) */
struct mcap_chunk_index {
	uint64_t start, end, chunk_offset, chunk_length;
	struct mcap_bytes message_index_offsets;	/* of (u16 channel, u64 offset) */
	uint64_t message_index_length;
	struct mcap_bytes compression;
	uint64_t compressed_size, uncompressed_size;
};
struct mcap_attachment {
	uint64_t log_time, create_time;
	struct mcap_bytes name, media_type;
	uint64_t data_len, data_at;	/* in the content; u32 crc follows the data */
};
struct mcap_attachment_index {
	uint64_t offset, length, log_time, create_time, data_size;
	struct mcap_bytes name, media_type;
};
struct mcap_statistics {
	uint64_t messages;
	uint16_t schemas;
	uint32_t channels, attachments, metadata, chunks;
	uint64_t start, end;
	struct mcap_bytes counts;	/* of (u16 channel, u64 messages) */
};
struct mcap_metadata { struct mcap_bytes name, entries; };	/* map of string to string */
struct mcap_metadata_index { uint64_t offset, length; struct mcap_bytes name; };
struct mcap_summary_offset { uint8_t opcode; uint64_t start, length; };

/*
 * Parsers: content of one record in, fields out; the views borrow the content. False: it is
 * too short for its fields. No allocation, no other check.
 */
bool mcap_parse_header(const void *content, size_t len, struct mcap_header *out);
bool mcap_parse_footer(const void *content, size_t len, struct mcap_footer *out);
bool mcap_parse_schema(const void *content, size_t len, struct mcap_schema *out);
bool mcap_parse_channel(const void *content, size_t len, struct mcap_channel *out);
bool mcap_parse_message(const void *content, size_t len, struct mcap_message *out);
/* The head alone is enough; records_len is not checked against len. */
bool mcap_parse_chunk_head(const void *content, size_t len, struct mcap_chunk *out);
bool mcap_parse_message_index(const void *content, size_t len, struct mcap_message_index *out);
bool mcap_parse_chunk_index(const void *content, size_t len, struct mcap_chunk_index *out);
/* The head alone is enough; data_len is not checked against len. */
bool mcap_parse_attachment_head(const void *content, size_t len, struct mcap_attachment *out);
bool mcap_parse_attachment_index(const void *content, size_t len, struct mcap_attachment_index *out);
bool mcap_parse_statistics(const void *content, size_t len, struct mcap_statistics *out);
bool mcap_parse_metadata(const void *content, size_t len, struct mcap_metadata *out);
bool mcap_parse_metadata_index(const void *content, size_t len, struct mcap_metadata_index *out);
bool mcap_parse_summary_offset(const void *content, size_t len, struct mcap_summary_offset *out);

/* Walk a map of strings: takes the next pair off *map; false at the end or where it is cut short
 * (then map->len is not 0). */
bool mcap_map_next(struct mcap_bytes *map, struct mcap_bytes *key, struct mcap_bytes *value);
bool mcap_bytes_equal(struct mcap_bytes a, struct mcap_bytes b);

/* Name of an opcode for messages: "Chunk", "private record", "reserved record". */
const char *mcap_op_name(unsigned op);

/* The writing side: append a head with length 0, then the content, then patch the length. */
size_t mcap_put_head(struct spur_buf *b, enum mcap_op op);	/* returns a mark for mcap_put_end() */
void mcap_put_end(struct spur_buf *b, size_t mark);
void mcap_put_text(struct spur_buf *b, const char *s);		/* NULL is "" */
void mcap_put_map(struct spur_buf *b, const char *const *pairs);	/* key, value, ..., NULL; NULL is empty */

#endif
