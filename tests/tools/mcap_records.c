/*
 * FILE: prints every record as the conformance suite wants it: {"records":[{"type":T,
 * "fields":[[name,value],...]},...]}; chunks are replaced by what is in them, message indexes
 * left out, numbers are strings.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"
#include "format/mcap/heads.h"

static struct spur_buf text;
static struct spur_json json = { .out = &text };

static void field_u64(const char *name, uint64_t v)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, v);
	spur_json_begin(&json, NULL, '[');
	spur_json_text(&json, NULL, name);
	spur_json_text(&json, NULL, number);
	spur_json_end(&json, ']');
}

static void field_text(const char *name, struct mcap_bytes v)
{
	spur_json_begin(&json, NULL, '[');
	spur_json_text(&json, NULL, name);
	spur_json_textn(&json, NULL, v.data, (size_t)v.len);
	spur_json_end(&json, ']');
}

static void field_bytes(const char *name, const char *data, uint64_t len)
{
	char number[8];

	spur_json_begin(&json, NULL, '[');
	spur_json_text(&json, NULL, name);
	spur_json_begin(&json, NULL, '[');
	for (uint64_t i = 0; i < len; i++) {
		snprintf(number, sizeof(number), "%u", (unsigned)(uint8_t)data[i]);
		spur_json_text(&json, NULL, number);
	}
	spur_json_end(&json, ']');
	spur_json_end(&json, ']');
}

static void field_map(const char *name, struct mcap_bytes map)
{
	struct mcap_bytes key, value;

	spur_json_begin(&json, NULL, '[');
	spur_json_text(&json, NULL, name);
	spur_json_begin(&json, NULL, '{');
	while (mcap_map_next(&map, &key, &value)) {
		char *k = spur_strndup(key.data, (size_t)key.len);

		spur_json_textn(&json, k, value.data, (size_t)value.len);
		free(k);
	}
	spur_json_end(&json, '}');
	spur_json_end(&json, ']');
}

/* A map of u16 to u64. */
static void field_counts(const char *name, struct mcap_bytes map)
{
	char key[8], value[24];

	spur_json_begin(&json, NULL, '[');
	spur_json_text(&json, NULL, name);
	spur_json_begin(&json, NULL, '{');
	for (uint64_t i = 0; i + 10 <= map.len; i += 10) {
		snprintf(key, sizeof(key), "%u", spur_le16(map.data + i));
		snprintf(value, sizeof(value), "%" PRIu64, spur_le64(map.data + i + 2));
		spur_json_text(&json, key, value);
	}
	spur_json_end(&json, '}');
	spur_json_end(&json, ']');
}

static void begin(const char *type)
{
	spur_json_begin(&json, NULL, '{');
	spur_json_text(&json, "type", type);
	spur_json_begin(&json, "fields", '[');
}

static void end(void)
{
	spur_json_end(&json, ']');
	spur_json_end(&json, '}');
}

static void put_header(const char *p, size_t len)
{
	struct mcap_header r;

	mcap_parse_header(p, len, &r);
	begin("Header");
	field_text("library", r.library);
	field_text("profile", r.profile);
	end();
}

static void put_footer(const char *p, size_t len)
{
	struct mcap_footer r;

	mcap_parse_footer(p, len, &r);
	begin("Footer");
	field_u64("summary_crc", r.summary_crc);
	field_u64("summary_offset_start", r.summary_offset_start);
	field_u64("summary_start", r.summary_start);
	end();
}

static void put_schema(const char *p, size_t len)
{
	struct mcap_schema r;

	mcap_parse_schema(p, len, &r);
	begin("Schema");
	field_bytes("data", r.data.data, r.data.len);
	field_text("encoding", r.encoding);
	field_u64("id", r.id);
	field_text("name", r.name);
	end();
}

static void put_channel(const char *p, size_t len)
{
	struct mcap_channel r;

	mcap_parse_channel(p, len, &r);
	begin("Channel");
	field_u64("id", r.id);
	field_text("message_encoding", r.encoding);
	field_map("metadata", r.metadata);
	field_u64("schema_id", r.schema_id);
	field_text("topic", r.topic);
	end();
}

static void put_message(const char *p, size_t len)
{
	struct mcap_message r;

	mcap_parse_message(p, len, &r);
	begin("Message");
	field_u64("channel_id", r.channel_id);
	field_bytes("data", r.data.data, r.data.len);
	field_u64("log_time", r.log_time);
	field_u64("publish_time", r.publish_time);
	field_u64("sequence", r.sequence);
	end();
}

static void put_chunk_index(const char *p, size_t len)
{
	struct mcap_chunk_index r;

	mcap_parse_chunk_index(p, len, &r);
	begin("ChunkIndex");
	field_u64("chunk_length", r.chunk_length);
	field_u64("chunk_start_offset", r.chunk_offset);
	field_u64("compressed_size", r.compressed_size);
	field_text("compression", r.compression);
	field_u64("message_end_time", r.end);
	field_u64("message_index_length", r.message_index_length);
	field_counts("message_index_offsets", r.message_index_offsets);
	field_u64("message_start_time", r.start);
	field_u64("uncompressed_size", r.uncompressed_size);
	end();
}

static void put_attachment(const char *p, size_t len)
{
	struct mcap_attachment r;

	mcap_parse_attachment_head(p, len, &r);
	begin("Attachment");
	field_u64("create_time", r.create_time);
	field_bytes("data", p + r.data_at, r.data_len);
	field_u64("log_time", r.log_time);
	field_text("media_type", r.media_type);
	field_text("name", r.name);
	end();
}

static void put_attachment_index(const char *p, size_t len)
{
	struct mcap_attachment_index r;

	mcap_parse_attachment_index(p, len, &r);
	begin("AttachmentIndex");
	field_u64("create_time", r.create_time);
	field_u64("data_size", r.data_size);
	field_u64("length", r.length);
	field_u64("log_time", r.log_time);
	field_text("media_type", r.media_type);
	field_text("name", r.name);
	field_u64("offset", r.offset);
	end();
}

static void put_statistics(const char *p, size_t len)
{
	struct mcap_statistics r;

	mcap_parse_statistics(p, len, &r);
	begin("Statistics");
	field_u64("attachment_count", r.attachments);
	field_u64("channel_count", r.channels);
	field_counts("channel_message_counts", r.counts);
	field_u64("chunk_count", r.chunks);
	field_u64("message_count", r.messages);
	field_u64("message_end_time", r.end);
	field_u64("message_start_time", r.start);
	field_u64("metadata_count", r.metadata);
	field_u64("schema_count", r.schemas);
	end();
}

static void put_rest(unsigned op, const char *p, size_t len)
{
	struct mcap_metadata_index x;
	struct mcap_summary_offset o;
	struct mcap_metadata m;

	if (op == MCAP_METADATA && mcap_parse_metadata(p, len, &m)) {
		begin("Metadata");
		field_map("metadata", m.entries);
		field_text("name", m.name);
		end();
	} else if (op == MCAP_METADATA_INDEX && mcap_parse_metadata_index(p, len, &x)) {
		begin("MetadataIndex");
		field_u64("length", x.length);
		field_text("name", x.name);
		field_u64("offset", x.offset);
		end();
	} else if (op == MCAP_SUMMARY_OFFSET && mcap_parse_summary_offset(p, len, &o)) {
		begin("SummaryOffset");
		field_u64("group_length", o.length);
		field_u64("group_opcode", o.opcode);
		field_u64("group_start", o.start);
		end();
	} else if (op == MCAP_DATA_END && len >= 4) {
		begin("DataEnd");
		field_u64("data_section_crc", spur_le32(p));
		end();
	}
}

static void put(unsigned op, const char *p, size_t len)
{
	static void (*const by_op[])(const char *, size_t) = {
		[MCAP_HEADER] = put_header, [MCAP_FOOTER] = put_footer, [MCAP_SCHEMA] = put_schema, [MCAP_CHANNEL] = put_channel,
		[MCAP_MESSAGE] = put_message, [MCAP_CHUNK_INDEX] = put_chunk_index, [MCAP_ATTACHMENT] = put_attachment,
		[MCAP_ATTACHMENT_INDEX] = put_attachment_index, [MCAP_STATISTICS] = put_statistics,
	};

	if (op < sizeof(by_op) / sizeof(by_op[0]) && by_op[op] != NULL)
		by_op[op](p, len);
	else
		put_rest(op, p, len);
}

/* The records of the conformance files are not compressed. */
static void put_chunk(const struct mcap_head *h, const char *content)
{
	size_t pos = 0, len = (size_t)h->chunk.records_len;

	for (const char *p = content + h->chunk.records_at; len - pos >= MCAP_HEAD_BYTES;) {
		size_t n = (size_t)spur_le64(p + pos + 1);

		put((uint8_t)p[pos], p + pos + MCAP_HEAD_BYTES, n);
		pos += MCAP_HEAD_BYTES + n;
	}
}

int main(int argc, char **argv)
{
	struct spur_range *range;
	struct mcap_window w;
	struct mcap_head h;
	const char *p;

	if (argc != 2 || spur_range_open(argv[1], &range, NULL) < 0) {
		fprintf(stderr, "usage: mcap_records FILE\n");
		return 2;
	}
	mcap_window_init(&w, range);
	spur_json_begin(&json, NULL, '{');
	spur_json_begin(&json, "records", '[');
	for (uint64_t at = MCAP_MAGIC_BYTES; at < w.size; at += h.total) {
		if (mcap_head_look(&w, at, w.size, &h, NULL) != SPUR_OK || (!h.good && !h.magic))
			return 1;
		if (h.magic)
			continue;
		if (mcap_window_get(&w, at + MCAP_HEAD_BYTES, h.total - MCAP_HEAD_BYTES, &p, NULL) != SPUR_OK)
			return 1;
		if (h.op == MCAP_CHUNK)
			put_chunk(&h, p);
		else
			put(h.op, p, (size_t)h.total - MCAP_HEAD_BYTES);
	}
	spur_json_end(&json, ']');
	spur_json_end(&json, '}');
	puts(spur_buf_text(&text));
	mcap_window_finish(&w);
	spur_range_close(range);
	spur_buf_finish(&text);
	return 0;
}
