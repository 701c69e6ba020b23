#include "config.h"

#include "format/mcap/record.h"

#include <string.h>

#include "base/bytes.h"

/* What is left of a content. A read past the end sets bad and gives zeros. */
struct cursor {
	const char *p;
	size_t left;
	bool bad;
};

static struct cursor over(const void *content, size_t len)
{
	return (struct cursor){ .p = content, .left = len };
}

static const char *take(struct cursor *c, uint64_t len)
{
	const char *p = c->p;

	if (c->bad || len > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += len;
	c->left -= (size_t)len;
	return p;
}

static uint8_t u8(struct cursor *c)
{
	const char *p = take(c, 1);

	return p == NULL ? 0 : (uint8_t)*p;
}

static uint16_t u16(struct cursor *c)
{
	const char *p = take(c, 2);

	return p == NULL ? 0 : spur_le16(p);
}

static uint32_t u32(struct cursor *c)
{
	const char *p = take(c, 4);

	return p == NULL ? 0 : spur_le32(p);
}

static uint64_t u64(struct cursor *c)
{
	const char *p = take(c, 8);

	return p == NULL ? 0 : spur_le64(p);
}

/* A string, map or array: u32 length in bytes, then the bytes. */
static struct mcap_bytes text(struct cursor *c)
{
	uint32_t len = u32(c);
	const char *p = take(c, len);

	return (struct mcap_bytes){ p == NULL ? "" : p, p == NULL ? 0 : len };
}

bool mcap_parse_header(const void *content, size_t len, struct mcap_header *out)
{
	struct cursor c = over(content, len);

	out->profile = text(&c);
	out->library = text(&c);
	return !c.bad;
}

bool mcap_parse_footer(const void *content, size_t len, struct mcap_footer *out)
{
	struct cursor c = over(content, len);

	out->summary_start = u64(&c);
	out->summary_offset_start = u64(&c);
	out->summary_crc = u32(&c);
	return !c.bad;
}

bool mcap_parse_schema(const void *content, size_t len, struct mcap_schema *out)
{
	struct cursor c = over(content, len);

	out->id = u16(&c);
	out->name = text(&c);
	out->encoding = text(&c);
	out->data = text(&c);
	return !c.bad;
}

bool mcap_parse_channel(const void *content, size_t len, struct mcap_channel *out)
{
	struct cursor c = over(content, len);

	out->id = u16(&c);
	out->schema_id = u16(&c);
	out->topic = text(&c);
	out->encoding = text(&c);
	out->metadata = text(&c);
	return !c.bad;
}

bool mcap_parse_message(const void *content, size_t len, struct mcap_message *out)
{
	const char *p = content;

	if (len < MCAP_MESSAGE_HEAD)
		return false;
	out->channel_id = spur_le16(p);
	out->sequence = spur_le32(p + 2);
	out->log_time = spur_le64(p + 6);
	out->publish_time = spur_le64(p + 14);
	out->data = (struct mcap_bytes){ p + MCAP_MESSAGE_HEAD, len - MCAP_MESSAGE_HEAD };
	return true;
}

bool mcap_parse_chunk_head(const void *content, size_t len, struct mcap_chunk *out)
{
	struct cursor c = over(content, len);

	out->start = u64(&c);
	out->end = u64(&c);
	out->uncompressed_size = u64(&c);
	out->crc = u32(&c);
	out->compression = text(&c);
	out->records_len = u64(&c);
	out->records_at = len - c.left;
	return !c.bad;
}

bool mcap_parse_message_index(const void *content, size_t len, struct mcap_message_index *out)
{
	struct cursor c = over(content, len);

	out->channel_id = u16(&c);
	out->entries = text(&c);
	return !c.bad;
}

bool mcap_parse_chunk_index(const void *content, size_t len, struct mcap_chunk_index *out)
{
	struct cursor c = over(content, len);

	out->start = u64(&c);
	out->end = u64(&c);
	out->chunk_offset = u64(&c);
	out->chunk_length = u64(&c);
	out->message_index_offsets = text(&c);
	out->message_index_length = u64(&c);
	out->compression = text(&c);
	out->compressed_size = u64(&c);
	out->uncompressed_size = u64(&c);
	return !c.bad;
}

bool mcap_parse_attachment_head(const void *content, size_t len, struct mcap_attachment *out)
{
	struct cursor c = over(content, len);

	out->log_time = u64(&c);
	out->create_time = u64(&c);
	out->name = text(&c);
	out->media_type = text(&c);
	out->data_len = u64(&c);
	out->data_at = len - c.left;
	return !c.bad;
}

bool mcap_parse_attachment_index(const void *content, size_t len, struct mcap_attachment_index *out)
{
	struct cursor c = over(content, len);

	out->offset = u64(&c);
	out->length = u64(&c);
	out->log_time = u64(&c);
	out->create_time = u64(&c);
	out->data_size = u64(&c);
	out->name = text(&c);
	out->media_type = text(&c);
	return !c.bad;
}

bool mcap_parse_statistics(const void *content, size_t len, struct mcap_statistics *out)
{
	struct cursor c = over(content, len);

	out->messages = u64(&c);
	out->schemas = u16(&c);
	out->channels = u32(&c);
	out->attachments = u32(&c);
	out->metadata = u32(&c);
	out->chunks = u32(&c);
	out->start = u64(&c);
	out->end = u64(&c);
	out->counts = text(&c);
	return !c.bad;
}

bool mcap_parse_metadata(const void *content, size_t len, struct mcap_metadata *out)
{
	struct cursor c = over(content, len);

	out->name = text(&c);
	out->entries = text(&c);
	return !c.bad;
}

bool mcap_parse_metadata_index(const void *content, size_t len, struct mcap_metadata_index *out)
{
	struct cursor c = over(content, len);

	out->offset = u64(&c);
	out->length = u64(&c);
	out->name = text(&c);
	return !c.bad;
}

bool mcap_parse_summary_offset(const void *content, size_t len, struct mcap_summary_offset *out)
{
	struct cursor c = over(content, len);

	out->opcode = u8(&c);
	out->start = u64(&c);
	out->length = u64(&c);
	return !c.bad;
}

bool mcap_map_next(struct mcap_bytes *map, struct mcap_bytes *key, struct mcap_bytes *value)
{
	struct cursor c = over(map->data, (size_t)map->len);

	if (map->len == 0)
		return false;
	*key = text(&c);
	*value = text(&c);
	if (c.bad)
		return false;
	*map = (struct mcap_bytes){ c.p, c.left };
	return true;
}

bool mcap_bytes_equal(struct mcap_bytes a, struct mcap_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, (size_t)a.len) == 0);
}

const char *mcap_op_name(unsigned op)
{
	static const char *const names[] = {
		"invalid opcode 0", "Header", "Footer", "Schema", "Channel", "Message", "Chunk", "Message Index",
		"Chunk Index", "Attachment", "Attachment Index", "Statistics", "Metadata", "Metadata Index",
		"Summary Offset", "Data End",
	};

	if (op < sizeof(names) / sizeof(names[0]))
		return names[op];
	return op < MCAP_PRIVATE ? "reserved record" : "private record";
}

size_t mcap_put_head(struct spur_buf *b, enum mcap_op op)
{
	spur_buf_u8(b, (uint8_t)op);
	spur_buf_u64(b, 0);
	return b->len;
}

void mcap_put_end(struct spur_buf *b, size_t mark)
{
	uint64_t len = b->len - mark;

	memcpy(b->data + mark - 8, &len, sizeof(len));
}

void mcap_put_text(struct spur_buf *b, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	spur_buf_u32(b, (uint32_t)len);
	if (len > 0)
		spur_buf_add(b, s, len);
}

void mcap_put_map(struct spur_buf *b, const char *const *pairs)
{
	size_t at = b->len;
	uint32_t len;

	spur_buf_u32(b, 0);
	for (; pairs != NULL && pairs[0] != NULL && pairs[1] != NULL; pairs += 2) {
		mcap_put_text(b, pairs[0]);
		mcap_put_text(b, pairs[1]);
	}
	len = (uint32_t)(b->len - at - 4);
	memcpy(b->data + at, &len, sizeof(len));
}
