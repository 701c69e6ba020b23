/*
 * mcap_samples OUT.mcap zstd|lz4|none|unchunked MESSAGES: a file of the MCAP writer with some of
 * everything: overlapping topics, messages larger than a chunk, a channel that is silent, metadata,
 * attachments. Values follow from the number of the message by the formulas below, which the
 * checks repeat in their own language.
 */
#include "config.h"

#include "format/mcap/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define START_NS UINT64_C(1767323045123456789)

static void put_channels(struct spur_mcap_writer *w)
{
	static const char *const qos[] = { "offered_qos_profiles", "- history: 3", "empty", "", NULL };

	spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = 3, .name = "pkg/msg/Number", .encoding = "ros2msg",
		.data = "uint32 n\n", .len = 9 }, NULL);
	spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 0, .schema_id = 3, .topic = "/number", .encoding = "cdr",
		.metadata = qos }, NULL);
	spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 65535, .topic = "/camera", .encoding = "raw" }, NULL);
	spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = 7, .schema_id = 3, .topic = "/silent", .encoding = "cdr" }, NULL);
}

/* Message i: four bytes of i on /number; every 50th is 100000 bytes of i % 256 on /camera, 7 ms earlier. */
static enum spur_status put_message(struct spur_mcap_writer *w, uint32_t i, char *large, struct spur_error *err)
{
	bool camera = i % 50 == 49;
	uint64_t t = START_NS + (uint64_t)i * 1000000 - (camera ? 7000000 : 0);

	if (camera)
		memset(large, (int)(i % 256), 100000);
	return spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = camera ? 65535 : 0, .sequence = i, .log_time = t,
		.publish_time = t - 5, .data = camera ? (const void *)large : &i, .len = camera ? 100000 : sizeof(i) }, err);
}

int main(int argc, char **argv)
{
	struct spur_mcap_writer_opts o = { .profile = "ros2", .library = "samples", .chunk_bytes = 50000 };
	static const char *const car[] = { "vin", "W0L", "driver", "", NULL };
	struct spur_mcap_writer *w;
	struct spur_error err = { 0 };
	enum spur_status st;
	char *large;

	if (argc != 4) {
		fprintf(stderr, "usage: mcap_samples OUT zstd|lz4|none|unchunked MESSAGES\n");
		return 2;
	}
	o.no_chunks = strcmp(argv[2], "unchunked") == 0;
	o.compression = strcmp(argv[2], "zstd") == 0 ? SPUR_MCAP_ZSTD : strcmp(argv[2], "lz4") == 0 ? SPUR_MCAP_LZ4 : SPUR_MCAP_NONE;
	if (spur_mcap_writer_create(argv[1], &o, &w, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	large = spur_malloc(100000);
	put_channels(w);
	st = spur_mcap_writer_metadata(w, "car", car, &err);
	for (uint32_t i = 0; st >= 0 && i < (uint32_t)strtoul(argv[3], NULL, 10); i++)
		st = put_message(w, i, large, &err);
	if (st >= 0)
		st = spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){ .name = "notes.txt", .media_type = "text/plain",
			.log_time = START_NS, .create_time = 9, .len = 5 }, "hello", &err);
	if (st >= 0)
		st = spur_mcap_writer_commit(w, &err);
	else
		spur_mcap_writer_discard(w);
	free(large);
	if (st < 0)
		fprintf(stderr, "%s\n", err.text);
	return st < 0;
}
