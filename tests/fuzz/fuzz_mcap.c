#include "config.h"

#include <stdio.h>
#include <string.h>

#include "format/mcap/record.h"
#include "format/mcap/writer.h"
#include "format/mcap/writer_priv.h"
#include "format/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/recording.h"

static void run(const uint8_t *data, size_t len)
{
	fuzz_recording(&spur_format_mcap, data, len);
}

/* A file of the writer: topics with and without a schema, an attachment, metadata. */
static void write_seed(struct spur_mcap_writer_opts o, unsigned messages)
{
	static const char *const pairs[] = { "car", "test", NULL };
	const char *path = fuzz_path("seed.mcap");
	struct spur_mcap_writer *w;
	char text[64];

	spur_mcap_writer_create(path, &o, &w, NULL);
	spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = 1, .name = "S", .encoding = "jsonschema", .data = "{}", .len = 2 }, NULL);
	for (uint16_t c = 0; c < 3; c++)
		spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = c, .schema_id = c == 2 ? 0 : 1,
			.topic = c == 0 ? "/b" : c == 1 ? "/a" : "/c", .encoding = "json", .metadata = c == 1 ? pairs : NULL }, NULL);
	for (unsigned i = 0; i < messages; i++) {
		snprintf(text, sizeof(text), "{\"n\":%u,\"same\":\"aaaaaaaaaaaaaaaa\"}", i);
		spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = (uint16_t)(i % 3), .sequence = i,
			.log_time = 1000 + i * 10 + i * i * 37 % 200, .publish_time = i, .data = text, .len = strlen(text) }, NULL);
	}
	spur_mcap_writer_metadata(w, "drive", pairs, NULL);
	spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){ .name = "n", .media_type = "text/plain", .len = 4 }, "data", NULL);
	spur_mcap_writer_commit(w, NULL);
	fuzz_seed_file(path);
}

/* ---- records by hand, without checksums: a mutation of them is still looked into ---- */

static void put_channel(struct spur_buf *b, uint16_t id, uint16_t schema, const char *topic)
{
	size_t mark = mcap_put_head(b, MCAP_CHANNEL);

	spur_buf_u16(b, id);
	spur_buf_u16(b, schema);
	mcap_put_text(b, topic);
	mcap_put_text(b, "json");
	mcap_put_map(b, NULL);
	mcap_put_end(b, mark);
}

static void put_schema(struct spur_buf *b, uint16_t id)
{
	size_t mark = mcap_put_head(b, MCAP_SCHEMA);

	spur_buf_u16(b, id);
	mcap_put_text(b, "S");
	mcap_put_text(b, "jsonschema");
	mcap_put_text(b, "{}");
	mcap_put_end(b, mark);
}

static void put_message(struct spur_buf *b, uint16_t channel, uint64_t t, const char *text)
{
	size_t mark = mcap_put_head(b, MCAP_MESSAGE);

	spur_buf_u16(b, channel);
	spur_buf_u32(b, 1);
	spur_buf_u64(b, t);
	spur_buf_u64(b, t);
	spur_buf_adds(b, text);
	mcap_put_end(b, mark);
}

static void put_chunk(struct spur_buf *b, const struct spur_buf *records)
{
	size_t mark = mcap_put_head(b, MCAP_CHUNK);

	spur_buf_u64(b, 1);
	spur_buf_u64(b, 9);
	spur_buf_u64(b, records->len);
	spur_buf_u32(b, 0);
	mcap_put_text(b, "");
	spur_buf_u64(b, records->len);
	spur_buf_add(b, records->data, records->len);
	mcap_put_end(b, mark);
}

/* Offsets of the records of channel 0 in the chunk. */
static void put_index(struct spur_buf *b, uint64_t first, uint64_t second)
{
	size_t mark = mcap_put_head(b, MCAP_MESSAGE_INDEX);

	spur_buf_u16(b, 0);
	spur_buf_u32(b, 32);
	spur_buf_u64(b, 1);
	spur_buf_u64(b, first);
	spur_buf_u64(b, 9);
	spur_buf_u64(b, second);
	mcap_put_end(b, mark);
}

static void put_chunk_index(struct spur_buf *b, uint64_t chunk, uint64_t index, uint64_t end, uint64_t size)
{
	size_t mark = mcap_put_head(b, MCAP_CHUNK_INDEX);

	spur_buf_u64(b, 1);
	spur_buf_u64(b, 9);
	spur_buf_u64(b, chunk);
	spur_buf_u64(b, index - chunk);
	spur_buf_u32(b, 10);
	spur_buf_u16(b, 0);
	spur_buf_u64(b, index);
	spur_buf_u64(b, end - index);
	mcap_put_text(b, "");
	spur_buf_u64(b, size);
	spur_buf_u64(b, size);
	mcap_put_end(b, mark);
}

static void by_hand(bool indexed, bool finished)
{
	struct spur_buf b = { 0 }, c = { 0 };
	uint64_t first, second, chunk, index, end, summary;
	size_t mark;

	spur_buf_add(&b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	mark = mcap_put_head(&b, MCAP_HEADER);
	mcap_put_text(&b, "");
	mcap_put_text(&b, "by hand");
	mcap_put_end(&b, mark);
	put_schema(&c, 1);
	put_channel(&c, 0, 1, "/a");
	first = c.len;
	put_message(&c, 0, 1, "{\"x\":1}");
	second = c.len;
	put_message(&c, 0, 9, "{\"x\":2}");
	chunk = b.len;
	put_chunk(&b, &c);
	index = b.len;
	put_index(&b, first, second);
	end = b.len;
	put_channel(&b, 7, 0, "/loose");
	put_message(&b, 7, 5, "text");
	if (finished) {
		mark = mcap_put_head(&b, MCAP_DATA_END);
		spur_buf_u32(&b, 0);
		mcap_put_end(&b, mark);
		summary = b.len;
		put_schema(&b, 1);
		put_channel(&b, 0, 1, "/a");
		put_channel(&b, 7, 0, "/loose");
		put_chunk_index(&b, chunk, index, end, c.len);
		mark = mcap_put_head(&b, MCAP_FOOTER);
		spur_buf_u64(&b, indexed ? summary : 0);
		spur_buf_u64(&b, 0);
		spur_buf_u32(&b, 0);
		mcap_put_end(&b, mark);
		spur_buf_add(&b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	}
	spur_buf_finish(&c);
	fuzz_seed_buf(&b);
}

static void seeds(void)
{
	by_hand(true, true);
	by_hand(false, true);
	by_hand(false, false);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_NONE, .chunk_bytes = 300 }, 12);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_ZSTD, .chunk_bytes = 600 }, 24);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_LZ4, .chunk_bytes = 600 }, 24);
	write_seed((struct spur_mcap_writer_opts){ .no_chunks = true }, 6);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_NONE, .no_message_index = true, .no_statistics = true,
						   .no_repeated_channels = true, .no_repeated_schemas = true }, 6);
}

static const char *const words[] = { "\x89MCAP0\r\n", "zstd", "lz4", "json", "jsonschema", "/a", NULL };

const struct fuzz_target fuzz_target = { .name = "mcap", .max_len = 64u << 10, .run = run, .seeds = seeds, .words = words };
