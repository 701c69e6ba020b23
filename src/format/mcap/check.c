#include "config.h"

#include "format/mcap/check_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "format/mcap/heads.h"

/*
 * Deep validation: one walk over the whole file, every record looked into, chunks unpacked,
 * checksums made, and everything that is said twice compared. Independent of the index that
 * open() found.
 */
enum spur_status check_say(struct check *c, enum spur_severity severity, uint64_t at, const char *fmt, ...)
{
	struct spur_finding f = { severity, at, NULL };
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.what = text;
	return c->to->found(c->to->state, &f, c->err);
}

struct check_channel *check_channel_of(struct check *c, uint16_t id)
{
	size_t before = c->channel_ids;

	if (id >= before) {
		c->channel_ids = before == 0 ? 16 : before;
		while (id >= c->channel_ids)
			c->channel_ids *= 2;
		c->channels = spur_realloc(c->channels, c->channel_ids, sizeof(*c->channels));
		memset(c->channels + before, 0, (c->channel_ids - before) * sizeof(*c->channels));
	}
	return &c->channels[id];
}

static enum spur_status definition(struct check *c, uint64_t at, unsigned op, const char *content, size_t len)
{
	struct spur_error why = { 0 };
	enum spur_status st;

	if (op == MCAP_SCHEMA) {
		struct mcap_schema s;

		st = mcap_catalogue_schema(c->seen, 0, content, len, &why);
		if (mcap_parse_schema(content, len, &s) && s.id != 0) {
			if (s.encoding.len == 0 && s.data.len > 0)
				return check_say(c, SPUR_DEFECT, at, "schema %u has data, but no encoding", s.id);
			c->schemas[s.id] = true;
		}
	} else {
		struct mcap_channel ch;

		st = mcap_catalogue_channel(c->seen, 0, content, len, &why);
		if (mcap_parse_channel(content, len, &ch)) {
			check_channel_of(c, ch.id)->declared = true;
			if (ch.schema_id != 0 && !c->schemas[ch.schema_id])
				return check_say(c, SPUR_DEFECT, at, "channel %u needs schema %u, which nothing declares before it", ch.id,
						 ch.schema_id);
		}
	}
	return st < 0 ? check_say(c, SPUR_DEFECT, at, "%s", why.text) : SPUR_OK;
}

static enum spur_status message(struct check *c, uint64_t at, const char *content, size_t len)
{
	struct mcap_message m;
	struct check_channel *ch;

	if (!mcap_parse_message(content, len, &m))
		return check_say(c, SPUR_DEFECT, at, "Message record of %zu bytes is too short", len);
	ch = check_channel_of(c, m.channel_id);
	c->start = c->messages == 0 || m.log_time < c->start ? m.log_time : c->start;
	c->end = c->messages == 0 || m.log_time > c->end ? m.log_time : c->end;
	c->messages++;
	if (ch->messages > 0 && m.log_time < ch->last)
		c->backwards++;
	ch->last = m.log_time;
	ch->messages++;
	if (!ch->declared && !ch->complained) {
		ch->complained = true;
		return check_say(c, SPUR_DEFECT, at, "message of channel %u, which nothing declares before it", m.channel_id);
	}
	return SPUR_OK;
}

/* Records of a chunk; offsets of findings are those of the chunk. */
static enum spur_status inside(struct check *c, struct check_chunk *chunk, const char *records, size_t len)
{
	struct mcap_record rec;
	enum spur_status st = SPUR_OK;
	uint64_t before = c->messages;
	size_t pos = 0;

	chunk->start = UINT64_MAX;
	chunk->end = 0;
	while (st >= 0 && mcap_record_next(records, len, &pos, &rec)) {
		if (rec.op == MCAP_SCHEMA || rec.op == MCAP_CHANNEL) {
			st = definition(c, chunk->offset, rec.op, rec.content, rec.len);
		} else if (rec.op == MCAP_MESSAGE) {
			st = message(c, chunk->offset, rec.content, rec.len);
			if (rec.len >= MCAP_MESSAGE_HEAD) {
				uint64_t t = spur_le64(rec.content + 6);

				chunk->start = t < chunk->start ? t : chunk->start;
				chunk->end = t > chunk->end ? t : chunk->end;
			}
		} else if (rec.op <= MCAP_DATA_END) {
			st = check_say(c, SPUR_DEFECT, chunk->offset, "%s record inside of a chunk, byte %zu of its records",
				       mcap_op_name(rec.op), rec.at);
		}
	}
	chunk->messages = c->messages - before;
	if (chunk->messages == 0)
		chunk->start = chunk->end = 0;
	if (st >= 0 && pos < len)
		st = check_say(c, SPUR_DEFECT, chunk->offset, "the records of the chunk do not fit: byte %zu of %zu", pos, len);
	return st;
}

static struct check_chunk *new_chunk(struct check *c, uint64_t at, const struct mcap_head *h)
{
	struct check_chunk *k;

	if (c->chunk_count == c->chunk_cap) {
		c->chunk_cap = c->chunk_cap == 0 ? 64 : c->chunk_cap * 2;
		c->chunks = spur_realloc(c->chunks, c->chunk_cap, sizeof(*c->chunks));
	}
	k = &c->chunks[c->chunk_count++];
	*k = (struct check_chunk){ .offset = at, .length = h->total, .compressed = h->chunk.records_len,
				   .uncompressed = h->chunk.uncompressed_size };
	memcpy(k->compression, h->name, sizeof(k->compression));
	return k;
}

static enum spur_status chunk(struct check *c, uint64_t at, const struct mcap_head *h)
{
	struct mcap_want want = { .reader = c->r, .definitions = true, .last = UINT64_MAX, .limit = c->limit };
	struct piece p = { .kind = PIECE_CHUNK, .offset = at, .length = h->total, .cut = h->cut };
	struct check_chunk *k = new_chunk(c, at, h);
	enum spur_status st;

	mcap_loaded_finish(&c->loaded);
	p.uncompressed_size = h->chunk.uncompressed_size;
	c->piece = p;
	if ((st = mcap_piece_load(&want, &c->piece, &c->loaded, c->err)) < 0)
		return st;
	if (c->loaded.reason[0] != '\0' && (st = check_say(c, SPUR_DEFECT, at, "%s", c->loaded.reason)) < 0)
		return st;
	if (c->loaded.bad) {
		c->incomplete = k->bad = true;
		return SPUR_OK;
	}
	if ((st = inside(c, k, c->loaded.records, c->loaded.records_len)) < 0)
		return st;
	if (k->messages > 0 && (h->chunk.start != k->start || h->chunk.end != k->end))
		return check_say(c, SPUR_DEFECT, at, "the chunk says times from %" PRIu64 " to %" PRIu64 ", its messages %" PRIu64 " to %" PRIu64,
				 h->chunk.start, h->chunk.end, k->start, k->end);
	if (k->messages == 0)
		return check_say(c, SPUR_NOTE, at, "chunk without messages");
	return SPUR_OK;
}

/* Every entry names a message of the chunk in front of it, of that channel and time. */
static enum spur_status message_index(struct check *c, uint64_t at, const char *content, size_t len)
{
	struct mcap_message_index x;
	struct check_chunk *k = c->chunk_count == 0 ? NULL : &c->chunks[c->chunk_count - 1];

	if (!mcap_parse_message_index(content, len, &x))
		return check_say(c, SPUR_DEFECT, at, "Message Index record is too short for its fields");
	if (k == NULL || k->offset + k->length + k->index_len != at)
		return check_say(c, SPUR_DEFECT, at, "Message Index record does not follow a chunk");
	k->index_len += MCAP_HEAD_BYTES + len;
	if (x.entries.len == 0)
		return check_say(c, SPUR_WARNING, at, "empty Message Index of channel %u", x.channel_id);
	k->indexed += x.entries.len / 16;
	for (uint64_t i = 0; !k->bad && i + 16 <= x.entries.len; i += 16) {
		uint64_t t = spur_le64(x.entries.data + i), offset = spur_le64(x.entries.data + i + 8);
		size_t pos = (size_t)offset;
		struct mcap_record rec;

		if (offset > c->loaded.records_len || !mcap_record_next(c->loaded.records, c->loaded.records_len, &pos, &rec) ||
		    rec.op != MCAP_MESSAGE || rec.len < MCAP_MESSAGE_HEAD || spur_le16(rec.content) != x.channel_id ||
		    spur_le64(rec.content + 6) != t)
			return check_say(c, SPUR_DEFECT, at, "Message Index of channel %u: entry %" PRIu64 " names no such message (byte %" PRIu64
					 " of the chunk)", x.channel_id, i / 16, offset);
	}
	return SPUR_OK;
}

static enum spur_status crc_of(struct check *c, uint64_t from, uint64_t to, uint32_t *crc)
{
	enum { BLOCK = 1 << 20 };
	char *block = spur_malloc(from < to && to - from < BLOCK ? (size_t)(to - from) : BLOCK);
	enum spur_status st = SPUR_OK;

	*crc = 0;
	while (from < to && st >= 0) {
		uint64_t n = to - from < BLOCK ? to - from : BLOCK;

		if (spur_task_cancelled(c->task))
			st = spur_fail(c->err, SPUR_ECANCELLED, "cancelled");
		else if ((st = spur_range_read(c->r->range, from, block, n, c->err)) >= 0)
			*crc = spur_crc32(*crc, block, (size_t)n);
		from += n;
	}
	free(block);
	return st;
}

static enum spur_status attachment(struct check *c, uint64_t at, const struct mcap_head *h, const char *content, size_t len)
{
	uint64_t end = at + h->total;
	struct mcap_attachment a;
	uint32_t want, crc;
	enum spur_status st;

	c->attachments++;
	if (!mcap_parse_attachment_head(content, len, &a) || a.data_len > h->total - MCAP_HEAD_BYTES - a.data_at ||
	    h->total - MCAP_HEAD_BYTES - a.data_at - a.data_len < 4)
		return check_say(c, SPUR_DEFECT, at, "the fields of the Attachment record make no sense");
	end = at + MCAP_HEAD_BYTES + a.data_at + a.data_len;
	if ((st = spur_range_read(c->r->range, end, &want, sizeof(want), c->err)) < 0)
		return st;
	if (want == 0)
		return SPUR_OK;
	if ((st = crc_of(c, at + MCAP_HEAD_BYTES, end, &crc)) < 0)
		return st;
	return crc == want ? SPUR_OK : check_say(c, SPUR_DEFECT, at, "attachment is altered: its checksum is wrong");
}

static enum spur_status data_end(struct check *c, uint64_t at, const char *content)
{
	uint32_t want = spur_le32(content), crc;
	enum spur_status st;

	c->data_end = at;
	c->data_schemas = mcap_catalogue_schemas(c->seen);
	c->data_channels = mcap_catalogue_channels(c->seen);
	if (want == 0)
		return SPUR_OK;
	if ((st = crc_of(c, c->begin, at, &crc)) < 0)
		return st;
	return crc == want ? SPUR_OK : check_say(c, SPUR_DEFECT, at, "the checksum of the data section is wrong");
}

/* Records of the data section. */
static enum spur_status data_record(struct check *c, uint64_t at, const struct mcap_head *h, const char *content, size_t len)
{
	switch (h->op) {
	case MCAP_HEADER:
		return at == c->begin + MCAP_MAGIC_BYTES ? SPUR_OK : check_say(c, SPUR_DEFECT, at, "Header record in the middle of the file");
	case MCAP_SCHEMA:
	case MCAP_CHANNEL:
		return definition(c, at, h->op, content, len);
	case MCAP_MESSAGE:
		if (c->loose++ == 0)
			c->first_loose = at;
		return message(c, at, content, len);
	case MCAP_CHUNK:
		return chunk(c, at, h);
	case MCAP_MESSAGE_INDEX:
		return message_index(c, at, content, len);
	case MCAP_ATTACHMENT:
		return attachment(c, at, h, content, len);
	case MCAP_METADATA:
		c->metadata++;
		return SPUR_OK;
	case MCAP_DATA_END:
		return data_end(c, at, content);
	default:
		if (h->op > MCAP_DATA_END)
			return h->op >= MCAP_PRIVATE ? SPUR_OK : check_say(c, SPUR_WARNING, at, "record with the unknown opcode 0x%02x", h->op);
		return check_say(c, SPUR_DEFECT, at, "%s record in the data section", mcap_op_name(h->op));
	}
}

static enum spur_status magic(struct check *c, uint64_t at)
{
	enum spur_status st = SPUR_OK;

	if (c->footer == 0)
		st = check_say(c, SPUR_DEFECT, at, "the magic without a Footer in front of it");
	c->closed = true;
	if (st >= 0 && at + MCAP_MAGIC_BYTES < c->size) {
		st = check_say(c, SPUR_DEFECT, at + MCAP_MAGIC_BYTES, "%" PRIu64 " bytes behind the end of the file", c->size - at - MCAP_MAGIC_BYTES);
		c->stop = true;
	}
	return st;
}

/* Content of a record as far as it is looked into: all of it but for chunks and attachments. */
static enum spur_status content_of(struct check *c, uint64_t at, const struct mcap_head *h, const char **content, size_t *len)
{
	uint64_t n = h->total - MCAP_HEAD_BYTES;
	enum spur_status st;

	*content = "";
	*len = 0;
	if (h->op == MCAP_CHUNK)
		return SPUR_OK;
	if (h->op == MCAP_ATTACHMENT && n > (64 << 10))
		n = 64 << 10;
	if ((st = mcap_window_get(&c->win, at + MCAP_HEAD_BYTES, n, content, c->err)) < 0)
		return st;
	if (st == SPUR_END && h->op != MCAP_MESSAGE)
		return check_say(c, SPUR_WARNING, at, "%s record of %" PRIu64 " bytes is too large to be looked into", mcap_op_name(h->op), n);
	if (st == SPUR_END) {	/* the head of a huge message is enough */
		n = MCAP_MESSAGE_HEAD;
		st = mcap_window_get(&c->win, at + MCAP_HEAD_BYTES, n, content, c->err);
	}
	*len = (size_t)n;
	return st;
}

static enum spur_status bad_record(struct check *c, uint64_t *at, const struct mcap_head *h)
{
	enum spur_status st;
	uint64_t next;

	if ((st = mcap_head_resync(c->r->range, *at + 1, c->size, c->size, true, &next, c->err)) < 0)
		return st;
	c->incomplete = true;
	st = check_say(c, SPUR_DEFECT, *at, "no record: %s; %" PRIu64 " bytes skipped", h->why == NULL ? "" : h->why, next - *at);
	*at = next;
	return st;
}

static enum spur_status step(struct check *c, uint64_t *at)
{
	struct mcap_head h;
	enum spur_status st;
	const char *content;
	size_t len;

	if (spur_task_cancelled(c->task))
		return spur_fail(c->err, SPUR_ECANCELLED, "cancelled");
	if ((st = mcap_head_look(&c->win, *at, c->size, &h, c->err)) < 0)
		return st;
	if (h.magic) {
		st = magic(c, *at);
		*at += h.total;
		return st;
	}
	if (!h.good)
		return bad_record(c, at, &h);
	if ((st = content_of(c, *at, &h, &content, &len)) < 0)
		return st;
	if (len > 0 || h.op == MCAP_CHUNK || h.total == MCAP_HEAD_BYTES)
		st = c->data_end == 0 && h.op != MCAP_FOOTER ? data_record(c, *at, &h, content, len) :
							       check_summary_record(c, *at, &h, content, len);
	*at += h.total;
	spur_task_progress(c->task, *at, c->size);
	return st;
}

static enum spur_status conclude(struct check *c)
{
	enum spur_status st = SPUR_OK;

	if (c->backwards > 0)
		st = check_say(c, SPUR_NOTE, 0, "%" PRIu64 " messages are earlier than the one of their channel before them", c->backwards);
	if (st >= 0 && c->loose > 0 && c->chunk_count > 0)
		st = check_say(c, SPUR_WARNING, c->first_loose, "%" PRIu64 " messages outside of chunks in a file with chunks: no index has them",
			       c->loose);
	if (st >= 0 && c->data_end == 0)
		st = check_say(c, SPUR_DEFECT, c->size, "no Data End record: the file was not closed");
	if (st >= 0 && c->footer == 0)
		st = check_say(c, SPUR_DEFECT, c->size, "no Footer record: the file was not closed");
	if (st >= 0 && !c->closed)
		st = check_say(c, SPUR_DEFECT, c->size, "no magic at the end: the file was not closed");
	return st < 0 ? st : check_summary_end(c);
}

enum spur_status mcap_check(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
			    struct spur_error *err)
{
	struct check *c = spur_calloc(1, sizeof(*c));
	struct spur_arena *arena = spur_arena_create(r->opts.mem_bytes > (64 << 20) ? r->opts.mem_bytes : 64 << 20);
	enum spur_status st = SPUR_OK;
	uint64_t at = MCAP_MAGIC_BYTES;

	c->r = r;
	c->to = to;
	c->task = task;
	c->err = err;
	c->size = spur_range_size(r->range);
	c->limit = mcap_chunk_limit(r, r->opts.mem_bytes);
	c->seen = mcap_catalogue_create(arena);
	mcap_window_init(&c->win, r->range);
	while (st >= 0 && at < c->size && !c->stop)
		st = step(c, &at);
	if (st >= 0)
		st = conclude(c);
	mcap_window_finish(&c->win);
	mcap_loaded_finish(&c->loaded);
	mcap_catalogue_destroy(c->seen);
	spur_arena_destroy(arena);
	free(c->channels);
	free(c->chunks);
	free(c);
	return st < 0 ? st : SPUR_OK;
}
