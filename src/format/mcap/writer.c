#include "config.h"

#include "format/mcap/writer_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "codec/lz4.h"
#include "codec/zstd.h"

enum { CHUNK_DEFAULT = 1 << 20, CHUNK_MAX = 1 << 30 };

enum spur_status mcap_writer_emit(struct spur_mcap_writer *w, const void *data, size_t len, struct spur_error *err)
{
	w->crc = spur_crc32(w->crc, data, len);
	return spur_out_write(w->out, data, len, err);
}

static enum spur_status emit_buf(struct spur_mcap_writer *w, const struct spur_buf *b, struct spur_error *err)
{
	return mcap_writer_emit(w, b->data, b->len, err);
}

static enum spur_status write_header(struct spur_mcap_writer *w, const struct spur_mcap_writer_opts *o,
				     struct spur_error *err)
{
	size_t mark;

	spur_buf_add(&w->scratch, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	mark = mcap_put_head(&w->scratch, MCAP_HEADER);
	mcap_put_text(&w->scratch, o->profile);
	mcap_put_text(&w->scratch, o->library == NULL ? "spur " PACKAGE_VERSION : o->library);
	mcap_put_end(&w->scratch, mark);
	return emit_buf(w, &w->scratch, err);
}

enum spur_status spur_mcap_writer_create(const char *path, const struct spur_mcap_writer_opts *opts,
					 struct spur_mcap_writer **out, struct spur_error *err)
{
	static const struct spur_mcap_writer_opts defaults;
	struct spur_mcap_writer *w = spur_calloc(1, sizeof(*w));
	enum spur_status st;

	*out = NULL;
	w->opts = opts == NULL ? defaults : *opts;
	if (w->opts.chunk_bytes == 0)
		w->opts.chunk_bytes = CHUNK_DEFAULT;
	if (w->opts.chunk_bytes > CHUNK_MAX)
		w->opts.chunk_bytes = CHUNK_MAX;
	if ((st = spur_out_create(path, &w->out, err)) < 0 || (st = write_header(w, &w->opts, err)) < 0) {
		spur_mcap_writer_discard(w);
		return st;
	}
	w->opts.profile = w->opts.library = NULL;
	for (uint8_t g = 0; g < SPUR_MCAP_GROUPS; g++)
		spur_mcap_writer_pack(w, g, w->opts.compression);
	*out = w;
	return SPUR_OK;
}

void spur_mcap_writer_pack(struct spur_mcap_writer *w, uint8_t group, enum spur_mcap_compression compression)
{
	w->groups[group].compression = compression;
}

/* The table with an entry for id; new ones are NULL. */
static void *room(void *table, size_t entry, size_t *ids, uint16_t id)
{
	size_t before = *ids;

	if (id < before)
		return table;
	*ids = before == 0 ? 16 : before;
	while (id >= *ids)
		*ids *= 2;
	table = spur_realloc(table, *ids, entry);
	memset((char *)table + before * entry, 0, (*ids - before) * entry);
	return table;
}

enum spur_status spur_mcap_writer_schema(struct spur_mcap_writer *w, const struct spur_mcap_schema *s, struct spur_error *err)
{
	struct writer_schema *mine;
	size_t mark;

	if (s->id == 0 || mcap_writer_schema(w, s->id) != NULL)
		return spur_fail(err, SPUR_EINVAL, "schema %u ('%s'): the id %s", s->id, s->name,
				 s->id == 0 ? "0 means none" : "is taken");
	if (s->len > UINT32_MAX)
		return spur_fail(err, SPUR_EINVAL, "schema %u ('%s'): %zu bytes, 4 GiB at most", s->id, s->name, s->len);
	mine = spur_calloc(1, sizeof(*mine));
	mark = mcap_put_head(&mine->record, MCAP_SCHEMA);
	spur_buf_u16(&mine->record, s->id);
	mcap_put_text(&mine->record, s->name);
	mcap_put_text(&mine->record, s->encoding);
	spur_buf_u32(&mine->record, (uint32_t)s->len);
	if (s->len > 0)
		spur_buf_add(&mine->record, s->data, s->len);
	mcap_put_end(&mine->record, mark);
	w->schemas = room(w->schemas, sizeof(struct writer_schema *), &w->schema_ids, s->id);
	w->schemas[s->id] = mine;
	w->schema_count++;
	return SPUR_OK;
}

enum spur_status spur_mcap_writer_channel(struct spur_mcap_writer *w, const struct spur_mcap_channel *c, struct spur_error *err)
{
	struct writer_channel *mine;
	size_t mark;

	if (mcap_writer_channel(w, c->id) != NULL)
		return spur_fail(err, SPUR_EINVAL, "channel %u ('%s'): the id is taken", c->id, c->topic);
	if (c->schema_id != 0 && mcap_writer_schema(w, c->schema_id) == NULL)
		return spur_fail(err, SPUR_EINVAL, "channel %u ('%s'): no schema %u", c->id, c->topic, c->schema_id);
	if (c->group >= SPUR_MCAP_GROUPS)
		return spur_fail(err, SPUR_EINVAL, "channel %u ('%s'): group %u, below %u only", c->id, c->topic, c->group,
				 SPUR_MCAP_GROUPS);
	mine = spur_calloc(1, sizeof(*mine));
	mine->schema_id = c->schema_id;
	mine->group = c->group;
	mark = mcap_put_head(&mine->record, MCAP_CHANNEL);
	spur_buf_u16(&mine->record, c->id);
	spur_buf_u16(&mine->record, c->schema_id);
	mcap_put_text(&mine->record, c->topic);
	mcap_put_text(&mine->record, c->encoding);
	mcap_put_map(&mine->record, c->metadata);
	mcap_put_end(&mine->record, mark);
	w->channels = room(w->channels, sizeof(struct writer_channel *), &w->channel_ids, c->id);
	w->channels[c->id] = mine;
	w->channel_count++;
	return SPUR_OK;
}

static int by_id(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* The records of the chunk as they will lie in the file; compression that does not pay is dropped. */
static const struct spur_buf *pack(struct spur_mcap_writer *w, const struct writer_group *g, const char **compression)
{
	spur_buf_clear(&w->packed);
	*compression = "";
	if (g->compression == SPUR_MCAP_ZSTD) {
		spur_zstd_pack(g->chunk.data, g->chunk.len, w->opts.level, &w->packed);
		*compression = "zstd";
	} else if (g->compression == SPUR_MCAP_LZ4) {
		spur_lz4_pack(g->chunk.data, g->chunk.len, w->opts.level, &w->packed);
		*compression = "lz4";
	}
	if ((*compression)[0] != '\0' && w->packed.len < g->chunk.len)
		return &w->packed;
	*compression = "";
	return &g->chunk;
}

static enum spur_status write_chunk(struct spur_mcap_writer *w, const struct writer_group *g, const char *compression,
				    const struct spur_buf *records, struct spur_error *err)
{
	struct spur_buf *b = &w->scratch;
	enum spur_status st;
	uint64_t len;
	size_t mark;

	spur_buf_clear(b);
	mark = mcap_put_head(b, MCAP_CHUNK);
	spur_buf_u64(b, g->start);
	spur_buf_u64(b, g->end);
	spur_buf_u64(b, g->chunk.len);
	spur_buf_u32(b, spur_crc32(0, g->chunk.data, g->chunk.len));
	mcap_put_text(b, compression);
	spur_buf_u64(b, records->len);
	len = b->len - mark + records->len;
	memcpy(b->data + mark - 8, &len, sizeof(len));
	if ((st = emit_buf(w, b, err)) < 0)
		return st;
	return emit_buf(w, records, err);
}

/* One Message Index per channel with messages, in order of ids; their places go to b as a map. */
static enum spur_status write_message_indexes(struct spur_mcap_writer *w, struct writer_group *g, struct spur_buf *map,
					     struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (g->touched_count > 1)
		qsort(g->touched, g->touched_count, sizeof(*g->touched), by_id);
	for (size_t i = 0; i < g->touched_count; i++) {
		struct writer_channel *c = w->channels[g->touched[i]];
		size_t mark;

		if (!w->opts.no_message_index && st >= 0) {
			spur_buf_u16(map, g->touched[i]);
			spur_buf_u64(map, spur_out_tell(w->out));
			spur_buf_clear(&w->scratch);
			mark = mcap_put_head(&w->scratch, MCAP_MESSAGE_INDEX);
			spur_buf_u16(&w->scratch, g->touched[i]);
			spur_buf_u32(&w->scratch, (uint32_t)c->index.len);
			spur_buf_add(&w->scratch, c->index.data, c->index.len);
			mcap_put_end(&w->scratch, mark);
			st = emit_buf(w, &w->scratch, err);
		}
		spur_buf_clear(&c->index);
	}
	g->touched_count = 0;
	return st;
}

static void note_chunk(struct spur_mcap_writer *w, const struct writer_group *g, uint64_t at, uint64_t chunk_len,
		       const char *compression, uint64_t packed_len, const struct spur_buf *map)
{
	struct spur_buf *b = &w->chunk_indexes;
	size_t mark;

	w->chunk_count++;
	if (w->opts.no_chunk_index)
		return;
	mark = mcap_put_head(b, MCAP_CHUNK_INDEX);
	spur_buf_u64(b, g->start);
	spur_buf_u64(b, g->end);
	spur_buf_u64(b, at);
	spur_buf_u64(b, chunk_len);
	spur_buf_u32(b, (uint32_t)map->len);
	if (map->len > 0)
		spur_buf_add(b, map->data, map->len);
	spur_buf_u64(b, spur_out_tell(w->out) - at - chunk_len);
	mcap_put_text(b, compression);
	spur_buf_u64(b, packed_len);
	spur_buf_u64(b, g->chunk.len);
	mcap_put_end(b, mark);
}

static enum spur_status flush_group(struct spur_mcap_writer *w, struct writer_group *g, struct spur_error *err)
{
	const struct spur_buf *records;
	struct spur_buf map = { 0 };
	const char *compression;
	uint64_t at, chunk_len;
	enum spur_status st;

	if (g->chunk.len == 0)
		return SPUR_OK;
	at = spur_out_tell(w->out);
	records = pack(w, g, &compression);
	if ((st = write_chunk(w, g, compression, records, err)) < 0)
		goto out;
	chunk_len = spur_out_tell(w->out) - at;
	if ((st = write_message_indexes(w, g, &map, err)) < 0)
		goto out;
	note_chunk(w, g, at, chunk_len, compression, records->len, &map);
out:
	spur_buf_clear(&g->chunk);
	g->start = g->end = g->messages = 0;
	spur_buf_finish(&map);
	return st;
}

enum spur_status spur_mcap_writer_flush(struct spur_mcap_writer *w, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t g = 0; st >= 0 && g < SPUR_MCAP_GROUPS; g++)
		st = flush_group(w, &w->groups[g], err);
	return st;
}

/* A record into the chunk, or straight into the data section. */
static enum spur_status put_record(struct spur_mcap_writer *w, struct writer_group *g, const struct spur_buf *record,
				   struct spur_error *err)
{
	if (w->opts.no_chunks)
		return emit_buf(w, record, err);
	spur_buf_add(&g->chunk, record->data, record->len);
	return SPUR_OK;
}

/* The channel and its schema, where they were not written yet. */
static enum spur_status put_channel(struct spur_mcap_writer *w, struct writer_channel *c, struct spur_error *err)
{
	struct writer_schema *s = c->schema_id == 0 ? NULL : w->schemas[c->schema_id];
	struct writer_group *g = &w->groups[c->group];
	uint32_t bit = w->opts.no_chunks ? 1 : 1u << c->group;
	enum spur_status st;

	if (s != NULL && (s->written & bit) == 0) {
		if ((st = put_record(w, g, &s->record, err)) < 0)
			return st;
		s->written |= bit;
	}
	if (c->written)
		return SPUR_OK;
	c->written = true;
	return put_record(w, g, &c->record, err);
}

static void note_message(struct spur_mcap_writer *w, struct writer_channel *c, uint64_t log_time)
{
	c->messages++;
	if (w->messages++ == 0)
		w->start = w->end = log_time;
	if (log_time < w->start)
		w->start = log_time;
	if (log_time > w->end)
		w->end = log_time;
}

static void index_message(struct writer_group *g, struct writer_channel *c, const struct spur_mcap_message *m)
{
	if (g->messages++ == 0)
		g->start = g->end = m->log_time;
	if (m->log_time < g->start)
		g->start = m->log_time;
	if (m->log_time > g->end)
		g->end = m->log_time;
	if (c->index.len == 0) {
		if (g->touched_count == g->touched_cap) {
			g->touched_cap = g->touched_cap == 0 ? 64 : g->touched_cap * 2;
			g->touched = spur_realloc(g->touched, g->touched_cap, sizeof(*g->touched));
		}
		g->touched[g->touched_count++] = m->channel_id;
	}
	spur_buf_u64(&c->index, m->log_time);
	spur_buf_u64(&c->index, g->chunk.len);
}

static void put_message_head(struct spur_buf *b, const struct spur_mcap_message *m)
{
	spur_buf_u8(b, MCAP_MESSAGE);
	spur_buf_u64(b, MCAP_MESSAGE_HEAD + (uint64_t)m->len);
	spur_buf_u16(b, m->channel_id);
	spur_buf_u32(b, m->sequence);
	spur_buf_u64(b, m->log_time);
	spur_buf_u64(b, m->publish_time);
}

static enum spur_status put_unchunked(struct spur_mcap_writer *w, const struct spur_mcap_message *m, struct spur_error *err)
{
	enum spur_status st;

	spur_buf_clear(&w->scratch);
	put_message_head(&w->scratch, m);
	if ((st = emit_buf(w, &w->scratch, err)) < 0 || m->len == 0)
		return st;
	return mcap_writer_emit(w, m->data, m->len, err);
}

enum spur_status spur_mcap_writer_message(struct spur_mcap_writer *w, const struct spur_mcap_message *m, struct spur_error *err)
{
	struct writer_channel *c = mcap_writer_channel(w, m->channel_id);
	uint64_t len = MCAP_HEAD_BYTES + MCAP_MESSAGE_HEAD + (uint64_t)m->len;
	bool large = len >= w->opts.chunk_bytes;
	struct writer_group *g;
	enum spur_status st;

	if (c == NULL)
		return spur_fail(err, SPUR_EINVAL, "message of channel %u: no such channel", m->channel_id);
	if (w->in_attachment)
		return spur_fail(err, SPUR_EINVAL, "message of channel %u: an attachment is open", m->channel_id);
	g = &w->groups[c->group];
	if ((large || g->chunk.len + len > w->opts.chunk_bytes) && (st = flush_group(w, g, err)) < 0)
		return st;
	if ((st = put_channel(w, c, err)) < 0)
		return st;
	note_message(w, c, m->log_time);
	if (w->opts.no_chunks)
		return put_unchunked(w, m, err);
	index_message(g, c, m);
	put_message_head(&g->chunk, m);
	if (m->len > 0)
		spur_buf_add(&g->chunk, m->data, m->len);
	return large ? flush_group(w, g, err) : SPUR_OK;
}

enum spur_status spur_mcap_writer_metadata(struct spur_mcap_writer *w, const char *name, const char *const *pairs,
					   struct spur_error *err)
{
	struct spur_buf *b = &w->scratch;
	enum spur_status st;
	uint64_t at;
	size_t mark;

	if ((st = spur_mcap_writer_flush(w, err)) < 0)
		return st;
	at = spur_out_tell(w->out);
	spur_buf_clear(b);
	mark = mcap_put_head(b, MCAP_METADATA);
	mcap_put_text(b, name);
	mcap_put_map(b, pairs);
	mcap_put_end(b, mark);
	if ((st = emit_buf(w, b, err)) < 0)
		return st;
	w->metadata_count++;
	if (w->opts.no_metadata_index)
		return SPUR_OK;
	mark = mcap_put_head(&w->metadata_indexes, MCAP_METADATA_INDEX);
	spur_buf_u64(&w->metadata_indexes, at);
	spur_buf_u64(&w->metadata_indexes, b->len);
	mcap_put_text(&w->metadata_indexes, name);
	mcap_put_end(&w->metadata_indexes, mark);
	return SPUR_OK;
}

enum spur_status spur_mcap_writer_attachment_begin(struct spur_mcap_writer *w, const struct spur_mcap_attachment *a,
						   struct spur_error *err)
{
	struct spur_buf *b = &w->scratch, *x = &w->attachment_indexes;
	enum spur_status st;
	uint64_t at, len;
	size_t mark;

	if (w->in_attachment)
		return spur_fail(err, SPUR_EINVAL, "attachment '%s': another one is open", a->name);
	if ((st = spur_mcap_writer_flush(w, err)) < 0)
		return st;
	at = spur_out_tell(w->out);
	spur_buf_clear(b);
	mark = mcap_put_head(b, MCAP_ATTACHMENT);
	spur_buf_u64(b, a->log_time);
	spur_buf_u64(b, a->create_time);
	mcap_put_text(b, a->name);
	mcap_put_text(b, a->media_type);
	spur_buf_u64(b, a->len);
	len = b->len - mark + a->len + 4;
	memcpy(b->data + mark - 8, &len, sizeof(len));
	w->attachment_crc = spur_crc32(0, b->data + mark, b->len - mark);
	w->attachment_left = a->len;
	w->in_attachment = true;
	w->attachment_count++;
	if (!w->opts.no_attachment_index) {
		mark = mcap_put_head(x, MCAP_ATTACHMENT_INDEX);
		spur_buf_u64(x, at);
		spur_buf_u64(x, MCAP_HEAD_BYTES + len);
		spur_buf_u64(x, a->log_time);
		spur_buf_u64(x, a->create_time);
		spur_buf_u64(x, a->len);
		mcap_put_text(x, a->name);
		mcap_put_text(x, a->media_type);
		mcap_put_end(x, mark);
	}
	return emit_buf(w, b, err);
}

enum spur_status spur_mcap_writer_attachment_put(struct spur_mcap_writer *w, const void *data, size_t len,
						 struct spur_error *err)
{
	if (!w->in_attachment || len > w->attachment_left)
		return spur_fail(err, SPUR_EINVAL, "attachment: %zu bytes more than announced", len);
	w->attachment_left -= len;
	w->attachment_crc = spur_crc32(w->attachment_crc, data, len);
	return mcap_writer_emit(w, data, len, err);
}

enum spur_status spur_mcap_writer_attachment_end(struct spur_mcap_writer *w, struct spur_error *err)
{
	if (!w->in_attachment || w->attachment_left != 0)
		return spur_fail(err, SPUR_EINVAL, "attachment: %llu bytes less than announced",
				 (unsigned long long)w->attachment_left);
	w->in_attachment = false;
	return mcap_writer_emit(w, &w->attachment_crc, sizeof(w->attachment_crc), err);
}

enum spur_status spur_mcap_writer_attachment(struct spur_mcap_writer *w, const struct spur_mcap_attachment *a,
					     const void *data, struct spur_error *err)
{
	enum spur_status st = spur_mcap_writer_attachment_begin(w, a, err);

	if (st >= 0 && a->len > 0)
		st = spur_mcap_writer_attachment_put(w, data, (size_t)a->len, err);
	return st < 0 ? st : spur_mcap_writer_attachment_end(w, err);
}

/* Schemas and channels that no message needed: nothing that was declared may be lost. */
static enum spur_status put_unused(struct spur_mcap_writer *w, struct spur_error *err)
{
	enum spur_status st;

	for (size_t id = 0; id < w->schema_ids; id++) {
		if (w->schemas[id] != NULL && w->schemas[id]->written == 0) {
			w->schemas[id]->written = 1;
			if ((st = emit_buf(w, &w->schemas[id]->record, err)) < 0)
				return st;
		}
	}
	for (size_t id = 0; id < w->channel_ids; id++) {
		if (w->channels[id] != NULL && !w->channels[id]->written) {
			w->channels[id]->written = true;
			if ((st = emit_buf(w, &w->channels[id]->record, err)) < 0)
				return st;
		}
	}
	return SPUR_OK;
}

enum spur_status spur_mcap_writer_commit(struct spur_mcap_writer *w, struct spur_error *err)
{
	struct spur_out *out;
	enum spur_status st;

	if (w->in_attachment)
		st = spur_fail(err, SPUR_EINVAL, "an attachment is not complete");
	else
		st = spur_mcap_writer_flush(w, err);
	if (st >= 0)
		st = put_unused(w, err);
	if (st >= 0)
		st = mcap_writer_end(w, err);
	if (st >= 0) {
		out = w->out;
		w->out = NULL;
		st = spur_out_commit(out, err);
	}
	spur_mcap_writer_discard(w);
	return st;
}

void spur_mcap_writer_discard(struct spur_mcap_writer *w)
{
	if (w == NULL)
		return;
	for (size_t id = 0; id < w->channel_ids; id++) {
		if (w->channels[id] != NULL) {
			spur_buf_finish(&w->channels[id]->record);
			spur_buf_finish(&w->channels[id]->index);
			free(w->channels[id]);
		}
	}
	for (size_t id = 0; id < w->schema_ids; id++) {
		if (w->schemas[id] != NULL) {
			spur_buf_finish(&w->schemas[id]->record);
			free(w->schemas[id]);
		}
	}
	free(w->channels);
	free(w->schemas);
	spur_out_discard(w->out);
	for (size_t g = 0; g < SPUR_MCAP_GROUPS; g++) {
		spur_buf_finish(&w->groups[g].chunk);
		free(w->groups[g].touched);
	}
	spur_buf_finish(&w->chunk_indexes);
	spur_buf_finish(&w->attachment_indexes);
	spur_buf_finish(&w->metadata_indexes);
	spur_buf_finish(&w->scratch);
	spur_buf_finish(&w->packed);
	free(w);
}

uint64_t spur_mcap_writer_bytes(const struct spur_mcap_writer *w)
{
	return spur_out_tell(w->out);
}
