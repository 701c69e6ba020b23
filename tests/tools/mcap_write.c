/*
 * CASE.json OUT: writes the file that a conformance case describes, through spur's writer.
 * The case lists the records of the wanted file; those that a writer makes itself (statistics,
 * indexes, summary) are left to it, and the features say which of them are wanted.
 */
#include "config.h"

#include "format/mcap/writer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static bool has(json_t *features, const char *name)
{
	json_t *f;
	size_t i;

	json_array_foreach(features, i, f) {
		if (strcmp(json_string_value(f), name) == 0)
			return true;
	}
	return false;
}

static json_t *field(json_t *record, const char *name)
{
	json_t *pair;
	size_t i;

	json_array_foreach(json_object_get(record, "fields"), i, pair) {
		if (strcmp(json_string_value(json_array_get(pair, 0)), name) == 0)
			return json_array_get(pair, 1);
	}
	fprintf(stderr, "no field %s\n", name);
	exit(1);
}

static const char *text(json_t *record, const char *name)
{
	return json_string_value(field(record, name));
}

static uint64_t number(json_t *record, const char *name)
{
	return strtoull(text(record, name), NULL, 10);
}

static void bytes(json_t *record, const char *name, struct spur_buf *out)
{
	json_t *v;
	size_t i;

	spur_buf_clear(out);
	json_array_foreach(field(record, name), i, v)
		spur_buf_u8(out, (uint8_t)strtoul(json_string_value(v), NULL, 10));
}

/* A JSON object as key, value, ..., NULL; at most 32 pairs. */
static const char *const *pairs(json_t *record, const char *name, const char *out[65])
{
	const char *key;
	size_t n = 0;
	json_t *v;

	json_object_foreach(field(record, name), key, v) {
		if (n < 64) {
			out[n++] = key;
			out[n++] = json_string_value(v);
		}
	}
	out[n] = NULL;
	return out;
}

static enum spur_status put(struct spur_mcap_writer *w, json_t *r, struct spur_error *err)
{
	const char *type = json_string_value(json_object_get(r, "type")), *kv[65];
	struct spur_buf b = { 0 };
	enum spur_status st = SPUR_OK;

	if (strcmp(type, "Schema") == 0) {
		bytes(r, "data", &b);
		st = spur_mcap_writer_schema(w, &(struct spur_mcap_schema){
			.id = (uint16_t)number(r, "id"), .name = text(r, "name"), .encoding = text(r, "encoding"),
			.data = b.data, .len = b.len }, err);
	} else if (strcmp(type, "Channel") == 0) {
		st = spur_mcap_writer_channel(w, &(struct spur_mcap_channel){
			.id = (uint16_t)number(r, "id"), .schema_id = (uint16_t)number(r, "schema_id"), .topic = text(r, "topic"),
			.encoding = text(r, "message_encoding"), .metadata = pairs(r, "metadata", kv) }, err);
	} else if (strcmp(type, "Message") == 0) {
		bytes(r, "data", &b);
		st = spur_mcap_writer_message(w, &(struct spur_mcap_message){
			.channel_id = (uint16_t)number(r, "channel_id"), .sequence = (uint32_t)number(r, "sequence"),
			.log_time = number(r, "log_time"), .publish_time = number(r, "publish_time"), .data = b.data, .len = b.len }, err);
	} else if (strcmp(type, "Attachment") == 0) {
		bytes(r, "data", &b);
		st = spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){
			.log_time = number(r, "log_time"), .create_time = number(r, "create_time"), .name = text(r, "name"),
			.media_type = text(r, "media_type"), .len = b.len }, b.data, err);
	} else if (strcmp(type, "Metadata") == 0) {
		st = spur_mcap_writer_metadata(w, text(r, "name"), pairs(r, "metadata", kv), err);
	}
	spur_buf_finish(&b);
	return st;
}

static enum spur_status write_case(json_t *doc, const char *path, struct spur_error *err)
{
	json_t *f = json_object_get(json_object_get(json_object_get(doc, "meta"), "variant"), "features"), *r;
	struct spur_mcap_writer_opts o = {
		.profile = "", .library = "", .compression = SPUR_MCAP_NONE,
		.no_chunks = !has(f, "ch"), .no_message_index = !has(f, "mx"), .no_statistics = !has(f, "st"),
		.no_repeated_schemas = !has(f, "rsh"), .no_repeated_channels = !has(f, "rch"),
		.no_attachment_index = !has(f, "ax"), .no_metadata_index = !has(f, "mdx"), .no_chunk_index = !has(f, "chx"),
		.no_summary_offsets = !has(f, "sum"),
	};
	struct spur_mcap_writer *w;
	enum spur_status st = spur_mcap_writer_create(path, &o, &w, err);
	size_t i;

	if (st < 0)
		return st;
	json_array_foreach(json_object_get(doc, "records"), i, r) {
		const char *type = json_string_value(json_object_get(r, "type"));

		if (strcmp(type, "DataEnd") == 0)
			break;		/* what follows is the writer's own */
		if ((st = put(w, r, err)) < 0) {
			spur_mcap_writer_discard(w);
			return st;
		}
	}
	return spur_mcap_writer_commit(w, err);
}

int main(int argc, char **argv)
{
	struct spur_error err = { 0 };
	json_error_t why;
	json_t *doc;
	int rc = 0;

	if (argc != 3 || (doc = json_load_file(argv[1], 0, &why)) == NULL) {
		fprintf(stderr, "usage: mcap_write CASE.json OUT\n");
		return 2;
	}
	if (write_case(doc, argv[2], &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		rc = 1;
	}
	json_decref(doc);
	return rc;
}
