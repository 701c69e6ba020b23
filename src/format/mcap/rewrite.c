#include "config.h"

#include "format/mcap/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/mcap/window.h"
#include "format/registry.h"

enum { BLOCK = 1 << 20 };

static void count(struct mcap_tally *t, const struct spur_stream *s, const struct spur_message *m)
{
	uint64_t head[4] = { m->log_time, m->publish_time, m->sequence, m->size };

	t->messages++;
	t->crc = spur_crc32(t->crc, s->topic, strlen(s->topic));
	t->crc = spur_crc32(t->crc, head, sizeof(head));
	t->crc = spur_crc32(t->crc, m->data, m->size);
}

enum spur_status mcap_rewrite_message(struct mcap_rewrite *w, const struct spur_message *m, struct spur_error *err)
{
	count(&w->tally, &w->r->description.streams[m->stream], m);
	return spur_mcap_writer_message(w->w, &(struct spur_mcap_message){
		.channel_id = w->channel[m->stream], .sequence = m->sequence, .log_time = m->log_time,
		.publish_time = m->publish_time, .data = m->data, .len = m->size }, err);
}

static enum spur_status put_messages(void *state, const struct spur_batch *b, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < b->count && st >= 0; i++)
		st = mcap_rewrite_message(state, &b->messages[i], err);
	return st;
}

enum spur_status mcap_rewrite_scan(struct mcap_rewrite *w, const struct spur_scan *want, struct spur_task *task, struct spur_error *err)
{
	struct spur_sink sink = { .state = w, .messages = put_messages };

	return mcap_scan(w->r, want, &sink, task, err);
}

static bool same_schema(const struct spur_stream *a, const struct spur_stream *b)
{
	return a->schema_len == b->schema_len && strcmp(a->schema_name, b->schema_name) == 0 &&
	       strcmp(a->schema_encoding, b->schema_encoding) == 0 && memcmp(a->schema, b->schema, a->schema_len) == 0;
}

/* The schema of a stream, declared once; 0 for none. ids: by stream, those in front of it are set. */
static enum spur_status put_schema(struct mcap_rewrite *w, const struct spur_stream *s, uint16_t *ids, unsigned *next,
				   struct spur_error *err)
{
	const struct spur_stream *all = w->r->description.streams;

	ids[s->index] = 0;
	if (s->schema_name[0] == '\0' && s->schema_encoding[0] == '\0' && s->schema_len == 0)
		return SPUR_OK;
	for (uint32_t i = 0; i < s->index; i++) {
		if (ids[i] != 0 && same_schema(&all[i], s)) {
			ids[s->index] = ids[i];
			return SPUR_OK;
		}
	}
	if (*next > UINT16_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "more than %u schemas", UINT16_MAX);
	ids[s->index] = (uint16_t)(*next)++;
	return spur_mcap_writer_schema(w->w, &(struct spur_mcap_schema){ .id = ids[s->index], .name = s->schema_name,
		.encoding = s->schema_encoding, .data = s->schema, .len = s->schema_len }, err);
}

/* Ids stay where they are free: two parts of a concatenated file may use the same one. */
enum spur_status mcap_rewrite_channels(struct mcap_rewrite *w, struct spur_error *err)
{
	const struct spur_description *d = &w->r->description;
	uint16_t *schemas = spur_calloc(d->stream_count, sizeof(*schemas));
	bool *taken = spur_calloc(65536, sizeof(*taken));
	enum spur_status st = SPUR_OK;
	unsigned next_schema = 1, free_id = 0;

	w->channel = spur_calloc(d->stream_count, sizeof(*w->channel));
	for (size_t i = 0; i < d->stream_count; i++)
		taken[d->streams[i].id] = true;
	for (size_t i = 0; i < d->stream_count && st >= 0; i++) {
		const struct spur_stream *s = &d->streams[i];
		bool first = i == 0 || d->streams[i - 1].id != s->id;	/* streams are sorted by id */

		if (w->keep != NULL && !w->keep[i])
			continue;
		while (!first && free_id < 65536 && taken[free_id])
			free_id++;
		if (!first && free_id >= 65536) {
			st = spur_fail(err, SPUR_EUNSUPPORTED, "more than 65536 channels");
			break;
		}
		w->channel[i] = first ? (uint16_t)s->id : (uint16_t)free_id;
		taken[w->channel[i]] = true;
		if ((st = put_schema(w, s, schemas, &next_schema, err)) >= 0)
			st = spur_mcap_writer_channel(w->w, &(struct spur_mcap_channel){ .id = w->channel[i],
				.schema_id = schemas[i], .topic = s->topic, .encoding = s->encoding, .metadata = s->metadata }, err);
	}
	free(schemas);
	free(taken);
	return st;
}

/* Head and data of an attachment go through the checksum that follows them. */
static enum spur_status copy_attachment(struct mcap_rewrite *w, const struct mcap_attached *a, char *block, struct spur_error *err)
{
	uint64_t head = a->data_at - a->offset - MCAP_HEAD_BYTES, end = a->data_at + a->data_len, at;
	struct spur_range *in = w->r->range;
	uint32_t crc = 0, want;
	enum spur_status st;

	for (at = a->offset + MCAP_HEAD_BYTES; at < a->data_at;) {
		uint64_t n = a->data_at - at < BLOCK ? a->data_at - at : BLOCK;

		if ((st = spur_range_read(in, at, block, n, err)) < 0)
			return st;
		crc = spur_crc32(crc, block, (size_t)n);
		at += n;
	}
	st = spur_mcap_writer_attachment_begin(w->w, &(struct spur_mcap_attachment){ .log_time = a->log_time,
		.create_time = a->create_time, .name = a->name, .media_type = a->media_type, .len = a->data_len }, err);
	for (; at < end && st >= 0;) {
		uint64_t n = end - at < BLOCK ? end - at : BLOCK;

		if ((st = spur_range_read(in, at, block, n, err)) < 0)
			break;
		crc = spur_crc32(crc, block, (size_t)n);
		st = spur_mcap_writer_attachment_put(w->w, block, (size_t)n, err);
		at += n;
	}
	if (st < 0 || (st = spur_range_read(in, end, &want, sizeof(want), err)) < 0)
		return st;
	if (want != 0 && want != crc)
		mcap_damage(w->r, a->offset, a->length, head + a->data_len, "attachment '%s' is altered: its checksum is wrong; copied as it is",
			    a->name);
	return spur_mcap_writer_attachment_end(w->w, err);
}

static enum spur_status copy_metadata(struct mcap_rewrite *w, const struct mcap_extent *x, struct mcap_window *win,
				      struct spur_error *err)
{
	struct spur_arena *arena = spur_arena_create(2 * (uint64_t)MCAP_WINDOW_MAX);
	struct mcap_bytes key, value, rest;
	struct mcap_metadata m;
	const char **pairs, *p;
	enum spur_status st;
	size_t n = 0;

	if ((st = mcap_window_get(win, x->offset, x->length, &p, err)) < 0)
		goto out;
	if (st == SPUR_END || x->length < MCAP_HEAD_BYTES || p[0] != MCAP_METADATA ||
	    !mcap_parse_metadata(p + MCAP_HEAD_BYTES, (size_t)x->length - MCAP_HEAD_BYTES, &m)) {
		mcap_damage(w->r, x->offset, x->length, x->length, "the fields of the Metadata record make no sense");
		st = SPUR_OK;
		goto out;
	}
	for (rest = m.entries; mcap_map_next(&rest, &key, &value);)
		n++;
	if ((pairs = spur_arena_array(arena, 2 * n + 1, sizeof(*pairs))) == NULL) {
		st = spur_fail_byte(err, SPUR_ENOMEM, x->offset, "no memory for a Metadata record");
		goto out;
	}
	rest = m.entries;
	for (size_t i = 0; mcap_map_next(&rest, &key, &value); i += 2) {
		pairs[i] = spur_arena_strn(arena, key.data, (size_t)key.len);
		pairs[i + 1] = spur_arena_strn(arena, value.data, (size_t)value.len);
	}
	st = spur_mcap_writer_metadata(w->w, spur_arena_strn(arena, m.name.data, (size_t)m.name.len), pairs, err);
out:
	spur_arena_destroy(arena);
	return st;
}

enum spur_status mcap_rewrite_rest(struct mcap_rewrite *w, uint64_t *attachments, struct spur_error *err)
{
	struct spur_reader *r = w->r;
	uint64_t size = spur_range_size(r->range);
	char *block = spur_malloc(size < BLOCK ? (size_t)size + 1 : BLOCK);
	struct mcap_window win;
	enum spur_status st = SPUR_OK;

	mcap_window_init(&win, r->range);
	for (size_t i = 0; i < r->metadata_count && st >= 0; i++)
		st = copy_metadata(w, &r->metadata[i], &win, err);
	for (size_t i = 0; i < r->attached_count && st >= 0; i++) {
		st = copy_attachment(w, &r->attached[i], block, err);
		*attachments += st >= 0;
	}
	mcap_window_finish(&win);
	free(block);
	return st;
}

struct verification {
	const struct spur_description *d;
	struct mcap_tally tally;
};

static enum spur_status count_messages(void *state, const struct spur_batch *b, struct spur_error *err)
{
	struct verification *v = state;

	(void)err;
	for (size_t i = 0; i < b->count; i++)
		count(&v->tally, &v->d->streams[b->messages[i].stream], &b->messages[i]);
	return SPUR_OK;
}

/* Read the new file back, by its index, and compare. */
static enum spur_status read_back(const struct mcap_rewrite *w, const char *path, struct spur_task *task, struct spur_error *err)
{
	struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_open_opts opts = { .mem_bytes = w->r->opts.mem_bytes, .threads = w->r->opts.threads };
	struct verification v = { 0 };
	struct spur_sink sink = { .state = &v, .messages = count_messages };
	struct spur_reader *again = NULL;
	struct spur_range *range = NULL;
	enum spur_status st;

	if ((st = spur_range_open(path, &range, err)) < 0 ||
	    (st = spur_format_mcap.open(range, &opts, &again, err)) < 0) {
		spur_range_close(range);
		return st;
	}
	v.d = spur_format_mcap.describe(again);
	st = mcap_scan(again, &all, &sink, task, err);
	if (st >= 0 && v.d->damage_count > 0)
		st = spur_fail_byte(err, SPUR_EFORMAT, v.d->damage[0].offset, "reading back: %s", v.d->damage[0].reason);
	else if (st >= 0 && (v.tally.messages != w->tally.messages || v.tally.crc != w->tally.crc))
		st = spur_fail(err, SPUR_EFORMAT, "reading back gives %" PRIu64 " messages, %" PRIu64 " were written, or their content differs",
			       v.tally.messages, w->tally.messages);
	spur_format_mcap.close(again);
	return st;
}


static enum spur_mcap_compression as_most(const struct spur_reader *r)
{
	if ((r->compressions >> MCAP_CODEC_ZSTD & 1) != 0)
		return SPUR_MCAP_ZSTD;
	if ((r->compressions >> MCAP_CODEC_LZ4 & 1) != 0)
		return SPUR_MCAP_LZ4;
	return (r->compressions >> MCAP_CODEC_NONE & 1) != 0 ? SPUR_MCAP_NONE : SPUR_MCAP_ZSTD;
}

enum spur_status mcap_rewrite_packing(const struct spur_reader *r, const struct spur_rewriting *how,
				      enum spur_mcap_compression *out, struct spur_error *err)
{
	if (how != NULL && (how->columns || how->version != 0))
		return spur_fail(err, SPUR_EINVAL, "MCAP has neither columns nor versions: --columns and --mdf-version are for MDF");
	switch (how == NULL ? SPUR_PACKING_SAME : how->packing) {
	case SPUR_PACKING_SAME: *out = as_most(r); return SPUR_OK;
	case SPUR_PACKING_NONE: *out = SPUR_MCAP_NONE; return SPUR_OK;
	case SPUR_PACKING_ZSTD: *out = SPUR_MCAP_ZSTD; return SPUR_OK;
	case SPUR_PACKING_LZ4: *out = SPUR_MCAP_LZ4; return SPUR_OK;
	default: break;
	}
	return spur_fail(err, SPUR_EINVAL, "chunks of MCAP are not packed so: --packing same, none, zstd or lz4");
}

enum spur_status mcap_rewrite_finish(struct mcap_rewrite *w, const char *path, enum spur_status st, struct spur_task *task,
				     struct spur_error *err)
{
	if (st < 0) {
		spur_mcap_writer_discard(w->w);
	} else if ((st = spur_mcap_writer_commit(w->w, err)) >= 0 && (st = read_back(w, path, task, err)) < 0) {
		unlink(path);
		st = spur_wrap(st, err, "%s", path);
	}
	free(w->channel);
	w->w = NULL;
	w->channel = NULL;
	return st;
}
