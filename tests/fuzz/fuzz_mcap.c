#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/mcap/writer.h"
#include "format/registry.h"
#include "io/out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mcap_file.h"
#include "tests/fuzz/recording.h"
#include "tests/fuzz/tell_model.h"

/* ---- what only the behaviour pass asks ---- */

struct watch {
	struct spur_task task;
	size_t batches, cancel_after;	/* 0: never */
	struct spur_mcap_writer *copy;	/* NULL: none is made */
};

static enum spur_status take(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct watch *w = state;
	enum spur_status st = SPUR_OK;

	fuzz_tell("batch of %zu messages\n", batch->count);
	for (size_t i = 0; i < batch->count && st >= 0; i++) {
		const struct spur_message *m = &batch->messages[i];

		fuzz_tell_message(m);
		if (w->copy != NULL)
			st = spur_mcap_writer_message(w->copy, &(struct spur_mcap_message){ .channel_id = (uint16_t)m->stream, .sequence = m->sequence,
				.log_time = m->log_time, .publish_time = m->publish_time, .data = m->data, .len = m->size }, err);
	}
	if (++w->batches == w->cancel_after)
		spur_task_cancel(&w->task);
	return st;
}

static void scan(struct spur_reader *r, struct spur_scan want, struct watch *w)
{
	const struct spur_sink sink = { .state = w, .messages = take };
	struct spur_error err;

	want.threads = 1;
	fuzz_tell_status("scan", spur_format_mcap.scan(r, &want, &sink, &w->task, &err), &err);
	fuzz_tell(" progress %" PRIu64 " of %" PRIu64 "\n", (uint64_t)w->task.done, (uint64_t)w->task.total);
}

/* Every order, with as little memory as there can be, of one topic, stopped in the middle. */
static void orders(struct spur_reader *r)
{
	const struct spur_description *d = spur_format_mcap.describe(r);

	for (int order = SPUR_ORDER_FILE; order <= SPUR_ORDER_TOPIC; order++) {
		struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .order = (enum spur_order)order, .mem_bytes = 1 };
		struct spur_scan bounds = { .all_streams = true, .begin_ns = 110, .end_ns = 310, .order = all.order };
		uint32_t last = d->stream_count == 0 ? 0 : (uint32_t)d->stream_count - 1;

		scan(r, all, &(struct watch){ .cancel_after = 0 });
		scan(r, bounds, &(struct watch){ .cancel_after = 0 });
		scan(r, all, &(struct watch){ .cancel_after = 1 });
		all.all_streams = false;
		all.streams = &last;
		all.stream_count = d->stream_count == 0 ? 0 : 1;
		all.per_stream_limit = 2;
		scan(r, all, &(struct watch){ .cancel_after = 0 });
	}
}

static enum spur_status found(void *state, const struct spur_finding *f, struct spur_error *err)
{
	(void)state;
	(void)err;
	fuzz_tell(" finding %d at %" PRIu64 ": %s\n", (int)f->severity, f->offset, f->what);
	return SPUR_OK;
}

static void tell_file(const char *path)
{
	struct spur_error err;
	char *data;
	size_t len;

	if (spur_file_read(path, UINT64_C(64) << 20, &data, &len, &err) < 0)
		return;
	fuzz_tell_bytes("file of", data, len);
	free(data);
	unlink(path);
}

static void recover(struct spur_reader *r)
{
	struct spur_recovery got = { 0 };
	struct spur_task task = { 0 };
	struct spur_error err;
	const char *path = fuzz_path("saved");

	fuzz_tell_status("recover", spur_format_mcap.recover(r, path, NULL, &got, &task, &err), &err);
	fuzz_tell(" rows %" PRIu64 " messages %" PRIu64 " attachments %" PRIu64 " lost %" PRIu64 " progress %" PRIu64 " of %" PRIu64 "\n",
		  got.rows_kept, got.messages_kept, got.attachments_kept, got.bytes_lost, (uint64_t)task.done, (uint64_t)task.total);
	tell_file(path);
}

static void cancelled(struct spur_reader *r)
{
	const struct spur_findings findings = { NULL, found };
	struct spur_task task = { .cancelled = true };
	struct spur_recovery got = { 0 };
	struct spur_place *places = NULL;
	struct spur_error err;
	size_t count = 0;

	fuzz_tell_status("check", spur_format_mcap.check(r, &findings, &task, &err), &err);
	fuzz_tell_status("recover", spur_format_mcap.recover(r, fuzz_path("none"), NULL, &got, &task, &err), &err);
	fuzz_tell_status("locate", spur_format_mcap.locate(r, 0, 1u << 20, &places, &count, &task, &err), &err);
	free(places);
	fuzz_tell_status("locate", spur_format_mcap.locate(r, 0, 64, &places, &count, NULL, &err), &err);
	free(places);
}

/* ---- a copy by the writer, with settings that the input chooses ---- */

static void copy_definitions(struct spur_mcap_writer *w, const struct spur_description *d)
{
	for (size_t i = 0; i < d->stream_count && i < 1000; i++) {
		const struct spur_stream *s = &d->streams[i];
		bool schema = s->schema_encoding[0] != '\0';
		struct spur_error err;

		if (schema)
			fuzz_tell_status("schema", spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = (uint16_t)(i / 2 + 1), .name = s->schema_name,
				.encoding = s->schema_encoding, .data = s->schema, .len = s->schema_len }, &err), &err);
		fuzz_tell_status("channel", spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = (uint16_t)i, .group = (uint8_t)(i % 5),
			.schema_id = schema ? (uint16_t)(i / 2 + 1) : 0, .topic = s->topic, .encoding = s->encoding, .metadata = s->metadata }, &err), &err);
	}
}

static void copy_attachments(struct spur_mcap_writer *w, const struct spur_description *d, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < d->attachment_count; i++) {
		const struct spur_attachment *a = &d->attachments[i];
		const struct spur_mcap_attachment b = { .name = a->name, .media_type = a->media_type, .len = a->size,
							.log_time = (uint64_t)a->log_time_ns, .create_time = (uint64_t)a->create_time_ns };
		struct spur_error err;

		if (a->offset > len || a->size > len - a->offset)
			continue;
		fuzz_tell_status("begin", spur_mcap_writer_attachment_begin(w, &b, &err), &err);
		fuzz_tell_status("first", spur_mcap_writer_attachment_put(w, data + a->offset, a->size / 2, &err), &err);
		fuzz_tell_status("early", spur_mcap_writer_attachment_end(w, &err), &err);
		fuzz_tell_status("second", spur_mcap_writer_attachment_put(w, data + a->offset + a->size / 2, a->size - a->size / 2, &err), &err);
		fuzz_tell_status("more", spur_mcap_writer_attachment_put(w, "x", 1, &err), &err);
		fuzz_tell_status("end", spur_mcap_writer_attachment_end(w, &err), &err);
	}
}

static void copy(struct spur_reader *r, const uint8_t *data, size_t len)
{
	const struct spur_description *d = spur_format_mcap.describe(r);
	uint64_t h = fuzz_hash(data, len);
	const struct spur_mcap_writer_opts o = {
		.profile = h & 1 ? "ros2" : NULL, .library = "copy", .compression = (enum spur_mcap_compression)(h / 2 % 3), .chunk_bytes = 64u << (h / 8 % 5),
		.no_chunks = h / 256 % 8 == 0, .no_message_index = h / 4096 % 4 == 0, .no_chunk_index = h >> 14 & 1, .no_statistics = h >> 15 & 1,
		.no_attachment_index = h >> 16 & 1, .no_metadata_index = h >> 17 & 1, .no_repeated_schemas = h >> 18 & 1,
		.no_repeated_channels = h >> 19 & 1, .no_summary_offsets = h >> 20 & 1, .level = (int)(h >> 21 & 7),
	};
	struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .order = (enum spur_order)(h >> 24 & 3) };
	struct watch w = { .cancel_after = 0 };
	const char *path = fuzz_path("copy");
	struct spur_error err;

	fuzz_tell_status("create", spur_mcap_writer_create(path, &o, &w.copy, &err), &err);
	if ((h >> 26 & 1) != 0)
		spur_mcap_writer_pack(w.copy, (uint8_t)(h >> 27 & 3), SPUR_MCAP_NONE);
	copy_definitions(w.copy, d);
	fuzz_tell(" %" PRIu64 " bytes\n", spur_mcap_writer_bytes(w.copy));
	scan(r, all, &w);
	fuzz_tell_status("flush", spur_mcap_writer_flush(w.copy, &err), &err);
	fuzz_tell(" %" PRIu64 " bytes\n", spur_mcap_writer_bytes(w.copy));
	copy_attachments(w.copy, d, data, len);
	for (size_t i = 0; i < d->note_count; i++) {
		const char *const pair[] = { d->notes[i].key, d->notes[i].value, NULL };

		fuzz_tell_status("metadata", spur_mcap_writer_metadata(w.copy, i == 0 ? "" : d->notes[0].key, pair, &err), &err);
	}
	fuzz_tell_status("commit", spur_mcap_writer_commit(w.copy, &err), &err);
	tell_file(path);
}

static void more(const uint8_t *data, size_t len)
{
	const struct spur_open_opts opts = { .threads = 1 };
	struct spur_range *range = spur_range_memory(data, len, "input");
	struct spur_reader *r;
	struct spur_error err;

	fuzz_tell_bytes("input", data, len);
	if (spur_format_mcap.open(range, &opts, &r, &err) < 0) {
		spur_range_close(range);
		return;
	}
	orders(r);
	fuzz_tell(" read %" PRIu64 " bytes\n", spur_range_bytes_read(range));
	recover(r);
	cancelled(r);
	copy(r, data, len);
	fuzz_tell_damage(spur_format_mcap.describe(r));
	spur_format_mcap.close(r);
}

static void run(const uint8_t *data, size_t len)
{
	fuzz_recording(&spur_format_mcap, data, len);
	if (fuzz_telling())
		more(data, len);
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

static void seeds(void)
{
	fuzz_mcap_files();
	fuzz_seeds_of("our writer");
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_NONE, .chunk_bytes = 300 }, 12);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_ZSTD, .chunk_bytes = 600 }, 24);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_LZ4, .chunk_bytes = 600 }, 24);
	write_seed((struct spur_mcap_writer_opts){ .no_chunks = true }, 6);
	write_seed((struct spur_mcap_writer_opts){ .compression = SPUR_MCAP_NONE, .no_message_index = true, .no_statistics = true,
						   .no_repeated_channels = true, .no_repeated_schemas = true }, 6);
}

static const char *const words[] = { "\x89MCAP0\r\n", "zstd", "lz4", "json", "jsonschema", "/a", NULL };

const struct fuzz_target fuzz_target = { .name = "mcap", .max_len = 64u << 10, .run = run, .seeds = seeds, .words = words, .shape = FUZZ_SHAPE_MCAP, .told = 1200 };
