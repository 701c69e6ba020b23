#include "config.h"

#include "format/mcap/writer.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "format/mcap/record.h"
#include "io/out.h"

#include "tests/tap.h"

static char dir[] = "/tmp/spur-mcap-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Content of the nth record of a kind at or after *at; NULL when there is none. */
static const char *record(const char *file, size_t len, unsigned op, unsigned nth, uint64_t *size)
{
	for (size_t at = MCAP_MAGIC_BYTES; at + MCAP_HEAD_BYTES <= len;) {
		uint64_t n = spur_le64(file + at + 1);

		if (n > len - at - MCAP_HEAD_BYTES)
			return NULL;
		if ((uint8_t)file[at] == op && nth-- == 0) {
			*size = n;
			return file + at + MCAP_HEAD_BYTES;
		}
		at += MCAP_HEAD_BYTES + (size_t)n;
	}
	return NULL;
}

static size_t count(const char *file, size_t len, unsigned op)
{
	uint64_t size;
	unsigned n = 0;

	while (record(file, len, op, n, &size) != NULL)
		n++;
	return n;
}

static void declare(struct spur_mcap_writer *w, uint16_t channel, const char *topic)
{
	spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = channel, .topic = topic, .encoding = "json" }, NULL);
}

static void say(struct spur_mcap_writer *w, uint16_t channel, uint64_t t, const void *data, size_t len)
{
	spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = channel, .sequence = 7, .log_time = t,
		.publish_time = t + 1, .data = data, .len = len }, NULL);
}

/* Bytes by hand from the specification: magic, header, unchunked message, data end, footer. */
static void an_unchunked_file_has_exactly_these_bytes(void)
{
	static const unsigned char want[] = {
		0x89, 'M', 'C', 'A', 'P', '0', '\r', '\n',
		0x01, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'p', 1, 0, 0, 0, 'l',
		0x04, 18, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 't', 1, 0, 0, 0, 'j', 0, 0, 0, 0,
		0x05, 24, 0, 0, 0, 0, 0, 0, 0, 3, 0, 7, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 'h', 'i',
		0x0f, 4, 0, 0, 0, 0, 0, 0, 0,
	};
	struct spur_mcap_writer_opts o = { .profile = "p", .library = "l", .no_chunks = true, .no_statistics = true,
		.no_repeated_channels = true, .no_summary_offsets = true };
	struct spur_mcap_writer *w;
	size_t len = 0;
	char *file = NULL;

	spur_mcap_writer_create(path_of("plain"), &o, &w, NULL);
	spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 3, .topic = "t", .encoding = "j" }, NULL);
	say(w, 3, 5, "hi", 2);
	is_int(spur_mcap_writer_commit(w, NULL), SPUR_OK, "an unchunked file is written");
	spur_file_read(path_of("plain"), 1 << 20, &file, &len, NULL);
	is_int((intmax_t)len, (intmax_t)sizeof(want) + 4 + MCAP_TAIL_BYTES, "its length");
	ok(len > sizeof(want) && memcmp(file, want, sizeof(want)) == 0, "the data section, byte for byte");
	is_int(spur_le32(file + sizeof(want)), spur_crc32(0, file, sizeof(want) - 9), "data_section_crc from the magic on");
	is_int(spur_le64(file + sizeof(want) + 4 + 9), 0, "no summary: summary_start 0");
	is_int(spur_le32(file + len - 12), spur_crc32(0, file + sizeof(want) + 4, 25), "summary_crc covers the footer");
	free(file);
}

static void write_chunked(const char *path, enum spur_mcap_compression compression)
{
	struct spur_mcap_writer_opts o = { .compression = compression, .chunk_bytes = 1000 };
	static char large[3000];
	struct spur_mcap_writer *w;
	char text[100];

	spur_mcap_writer_create(path, &o, &w, NULL);
	declare(w, 0, "/small");
	declare(w, 65535, "/camera");
	declare(w, 9, "/silent");
	for (unsigned i = 0; i < 60; i++) {
		memset(text, 'a' + (int)(i % 3), sizeof(text));
		say(w, 0, 1000 + i, text, sizeof(text));
		if (i == 30)
			say(w, 65535, UINT64_MAX, large, sizeof(large));
	}
	spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){ .name = "a", .media_type = "m", .log_time = 4, .len = 3 },
				    "xyz", NULL);
	spur_mcap_writer_commit(w, NULL);
}

static void a_large_message_lies_alone(void)
{
	struct mcap_statistics s = { 0 };
	struct mcap_chunk c = { 0 };
	uint64_t size = 0;
	unsigned alone = 0;
	size_t len = 0;
	char *file = NULL;
	const char *p;

	write_chunked(path_of("chunked"), SPUR_MCAP_NONE);
	spur_file_read(path_of("chunked"), 1 << 20, &file, &len, NULL);
	for (unsigned i = 0; (p = record(file, len, MCAP_CHUNK, i, &size)) != NULL; i++) {
		mcap_parse_chunk_head(p, (size_t)size, &c);
		alone += c.start == UINT64_MAX && c.end == UINT64_MAX;
		if (c.start != UINT64_MAX && c.uncompressed_size > 1000 + 60)
			ok(false, "a chunk keeps to its size");
	}
	is_int(alone, 1, "the large message has a chunk to itself");
	is_int((intmax_t)count(file, len, MCAP_CHUNK_INDEX), (intmax_t)count(file, len, MCAP_CHUNK), "every chunk is indexed");
	is_int((intmax_t)count(file, len, MCAP_MESSAGE_INDEX), (intmax_t)count(file, len, MCAP_CHUNK),
	       "one message index per chunk, never an empty one");
	is_int((intmax_t)count(file, len, MCAP_CHANNEL), 4, "three channels in the summary, the silent one also in the data");
	p = record(file, len, MCAP_STATISTICS, 0, &size);
	ok(p != NULL && mcap_parse_statistics(p, (size_t)size, &s), "statistics are there");
	is_int((intmax_t)s.messages, 61, "messages");
	ok(s.start == 1000 && s.end == UINT64_MAX, "first and last time, the largest one included");
	is_int(s.channels, 3, "channels");
	is_int(s.attachments, 1, "attachments");
	is_int((intmax_t)s.counts.len, 20, "channels without messages are not counted");
	p = record(file, len, MCAP_ATTACHMENT, 0, &size);
	ok(p != NULL && spur_le32(p + size - 4) == spur_crc32(0, p, (size_t)size - 4), "crc of the attachment");
	free(file);
}

static void the_same_calls_give_the_same_bytes(void)
{
	size_t a_len = 0, b_len = 0;
	char *a = NULL, *b = NULL;

	for (int c = SPUR_MCAP_ZSTD; c <= SPUR_MCAP_LZ4; c++) {
		write_chunked(path_of("a"), (enum spur_mcap_compression)c);
		write_chunked(path_of("b"), (enum spur_mcap_compression)c);
		spur_file_read(path_of("a"), 1 << 20, &a, &a_len, NULL);
		spur_file_read(path_of("b"), 1 << 20, &b, &b_len, NULL);
		ok(a_len > 0 && a_len == b_len && memcmp(a, b, a_len) == 0, "twice the same file");
		free(a);
		free(b);
	}
}

static void misuse_is_refused(void)
{
	struct spur_mcap_writer *w;
	struct spur_error err;

	spur_mcap_writer_create(path_of("misuse"), NULL, &w, NULL);
	declare(w, 1, "/x");
	is_int(spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = 0, .name = "n" }, &err), SPUR_EINVAL, "schema 0");
	is_int(spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 1, .topic = "/y" }, &err), SPUR_EINVAL,
	       "a channel id twice");
	is_int(spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 2, .schema_id = 5, .topic = "/y" }, &err),
	       SPUR_EINVAL, "a channel of no schema");
	is_int(spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = 8 }, &err), SPUR_EINVAL,
	       "a message of no channel");
	is_str(err.text, "message of channel 8: no such channel", "and says so");
	spur_mcap_writer_attachment_begin(w, &(struct spur_mcap_attachment){ .name = "a", .len = 2 }, NULL);
	is_int(spur_mcap_writer_attachment_put(w, "abc", 3, &err), SPUR_EINVAL, "more of an attachment than announced");
	is_int(spur_mcap_writer_commit(w, &err), SPUR_EINVAL, "an attachment left open fails the commit");
	ok(access(path_of("misuse"), F_OK) != 0, "and leaves no file");
}

/* Two topics of one schema in two groups, by turns. */
static void write_groups(const char *path)
{
	struct spur_mcap_writer_opts o = { .chunk_bytes = 2000 };
	struct spur_mcap_writer *w;
	char text[100];

	spur_mcap_writer_create(path, &o, &w, NULL);
	spur_mcap_writer_pack(w, 1, SPUR_MCAP_NONE);
	spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = 1, .name = "s", .encoding = "e", .data = "d", .len = 1 }, NULL);
	for (uint16_t c = 0; c < 2; c++)
		spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = c, .schema_id = 1, .topic = c == 0 ? "/imu" : "/camera",
			.encoding = "json", .group = (uint8_t)c }, NULL);
	is_int(spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 2, .topic = "/x", .encoding = "json",
		.group = SPUR_MCAP_GROUPS }, NULL), SPUR_EINVAL, "a group that is none is refused");
	memset(text, 'x', sizeof(text));
	for (unsigned i = 0; i < 100; i++)
		say(w, i % 3 == 1, 1000 + i, text, sizeof(text));
	is_int(spur_mcap_writer_commit(w, NULL), SPUR_OK, "groups are written");
}

static void groups_do_not_share_chunks(void)
{
	unsigned packed = 0, plain = 0, first = 0, mixed = 0;
	size_t len = 0;
	char *file = NULL;
	uint64_t size = 0;
	const char *p;

	write_groups(path_of("groups"));
	spur_file_read(path_of("groups"), 1 << 20, &file, &len, NULL);
	for (unsigned i = 0; (p = record(file, len, MCAP_CHUNK, i, &size)) != NULL; i++) {
		struct mcap_chunk c = { 0 };

		mcap_parse_chunk_head(p, (size_t)size, &c);
		if (spur_le32(p + 28) != 0) {	/* length of the name of the compression */
			packed++;
			continue;
		}
		/* No compression: the records begin behind two more lengths; the first chunk has the schema before the channel. */
		if (plain++ == 0)
			first = (uint8_t)p[40];
	}
	for (unsigned i = 0; (p = record(file, len, MCAP_CHUNK_INDEX, i, &size)) != NULL; i++)
		mixed += spur_le32(p + 32) != 10;	/* bytes of its map: one entry of 2 + 8 */
	ok(packed > 1 && plain > 1, "chunks of both groups, each packed in its way");
	is_int(mixed, 0, "no chunk holds topics of two groups");
	is_int(first, MCAP_SCHEMA, "each group brings the schema before it needs it");
	free(file);
}

int main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	an_unchunked_file_has_exactly_these_bytes();
	a_large_message_lies_alone();
	groups_do_not_share_chunks();
	unlink(path_of("groups"));
	the_same_calls_give_the_same_bytes();
	misuse_is_refused();
	unlink(path_of("plain"));
	unlink(path_of("chunked"));
	unlink(path_of("a"));
	unlink(path_of("b"));
	rmdir(dir);
	return tap_done();
}
