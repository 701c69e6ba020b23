#include "config.h"

#include "format/mcap/heads.h"

#include <string.h>

#include "base/bytes.h"

/* Enough of a record to judge it: a chunk's head with the longest name of a compression. */
enum { LOOK_BYTES = MCAP_HEAD_BYTES + MCAP_CHUNK_HEAD + MCAP_COMPRESSION_MAX };

/* The least content of each record, by opcode. */
static const unsigned char least[] = {
	[MCAP_HEADER] = 8, [MCAP_FOOTER] = MCAP_FOOTER_BYTES, [MCAP_SCHEMA] = 14, [MCAP_CHANNEL] = 16,
	[MCAP_MESSAGE] = MCAP_MESSAGE_HEAD, [MCAP_CHUNK] = MCAP_CHUNK_HEAD, [MCAP_MESSAGE_INDEX] = 6,
	[MCAP_CHUNK_INDEX] = 64, [MCAP_ATTACHMENT] = 36, [MCAP_ATTACHMENT_INDEX] = 48, [MCAP_STATISTICS] = 46,
	[MCAP_METADATA] = 8, [MCAP_METADATA_INDEX] = 20, [MCAP_SUMMARY_OFFSET] = 17, [MCAP_DATA_END] = MCAP_DATA_END_BYTES,
};

static bool name_is_sane(struct mcap_bytes name)
{
	if (name.len >= MCAP_COMPRESSION_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] <= ' ' || name.data[i] > '~')
			return false;
	}
	return true;
}

static bool name_is_known(const char *name)
{
	return name[0] == '\0' || strcmp(name, "lz4") == 0 || strcmp(name, "zstd") == 0;
}

/* Just the opcode and the length: what may follow a record. */
static enum spur_status may_follow(struct mcap_window *w, uint64_t at, uint64_t to, bool *yes, struct spur_error *err)
{
	enum spur_status st;
	const char *p;

	*yes = at == to;
	if (at >= to || to - at < MCAP_MAGIC_BYTES)
		return SPUR_OK;
	if ((st = mcap_window_get(w, at, to - at < MCAP_HEAD_BYTES ? MCAP_MAGIC_BYTES : MCAP_HEAD_BYTES, &p, err)) != SPUR_OK)
		return st < 0 ? st : SPUR_OK;
	*yes = memcmp(p, MCAP_MAGIC, MCAP_MAGIC_BYTES) == 0 ||
	       (to - at >= MCAP_HEAD_BYTES && p[0] != 0 && (uint8_t)p[0] <= MCAP_DATA_END &&
		spur_le64(p + 1) <= to - at - MCAP_HEAD_BYTES);
	return SPUR_OK;
}

/*
 * A chunk says its length twice: in its record head and through the length of its records. Where the
 * two do not agree (or the first does not fit), the one that leads to another record is right.
 */
static enum spur_status judge_chunk(struct mcap_window *w, uint64_t at, uint64_t to, uint64_t len,
				    const struct mcap_chunk *c, struct mcap_head *out, struct spur_error *err)
{
	uint64_t room = to - at - MCAP_HEAD_BYTES;
	uint64_t own = c->records_len > UINT64_MAX / 2 ? UINT64_MAX : c->records_at + c->records_len;
	bool follows = false;
	enum spur_status st;

	out->total = MCAP_HEAD_BYTES + len;
	out->good = len <= room && own <= len;
	if (out->good)
		return SPUR_OK;
	if (len <= room && (st = may_follow(w, at + out->total, to, &follows, err)) < 0)
		return st;
	if (follows) {
		out->good = true;	/* the inner length is wrong; the loader takes what there is */
		return SPUR_OK;
	}
	if (own <= room && name_is_known(out->name)) {
		out->total = MCAP_HEAD_BYTES + own;
		if ((st = may_follow(w, at + out->total, to, &follows, err)) < 0)
			return st;
		out->good = out->mended = follows;
		return SPUR_OK;
	}
	if (own > room && own <= len && name_is_known(out->name) && c->start <= c->end) {
		out->total = to - at;
		out->good = out->cut = true;
	}
	return SPUR_OK;
}

static enum spur_status look_chunk(struct mcap_window *w, uint64_t at, uint64_t to, uint64_t len, const char *content,
				   size_t content_len, struct mcap_head *out, struct spur_error *err)
{
	struct mcap_chunk c;
	enum spur_status st;

	if (!mcap_parse_chunk_head(content, content_len, &c) || !name_is_sane(c.compression)) {
		out->why = "the fields of the chunk make no sense";
		return SPUR_OK;
	}
	memcpy(out->name, c.compression.data, (size_t)c.compression.len);
	out->name[c.compression.len] = '\0';
	c.compression.data = out->name;
	out->chunk = c;
	if ((st = judge_chunk(w, at, to, len, &c, out, err)) < 0)
		return st;
	out->why = out->good ? NULL : "the length of the chunk makes no sense";
	return SPUR_OK;
}

static const char *judge(unsigned op, uint64_t len, uint64_t room, const char *content)
{
	uint32_t entries;

	if (op == 0)
		return "opcode 0 is no record";
	if (len > room)
		return "its length goes behind the end";
	if (op <= MCAP_DATA_END && len < least[op])
		return "it is too short for its fields";
	if ((op == MCAP_FOOTER || op == MCAP_DATA_END) && len != least[op])
		return "its length is not the one of such a record";
	if (op == MCAP_MESSAGE_INDEX) {
		entries = spur_le32(content + 2);
		if (entries % 16 != 0 || entries > len - 6)
			return "the length of its array makes no sense";
	}
	return NULL;
}

enum spur_status mcap_head_look(struct mcap_window *w, uint64_t at, uint64_t to, struct mcap_head *out,
				struct spur_error *err)
{
	uint64_t room = at < to ? to - at : 0, len;
	enum spur_status st;
	const char *p;

	*out = (struct mcap_head){ .total = room, .why = "the file ends inside the head of a record" };
	if (room < MCAP_MAGIC_BYTES)
		return SPUR_OK;
	if ((st = mcap_window_get(w, at, room < LOOK_BYTES ? room : LOOK_BYTES, &p, err)) != SPUR_OK)
		return st < 0 ? st : SPUR_OK;
	if (memcmp(p, MCAP_MAGIC, MCAP_MAGIC_BYTES) == 0) {
		out->magic = true;
		out->total = MCAP_MAGIC_BYTES;
		return SPUR_OK;
	}
	if (room < MCAP_HEAD_BYTES)
		return SPUR_OK;
	out->op = (uint8_t)p[0];
	len = spur_le64(p + 1);
	if (out->op == MCAP_CHUNK)
		return look_chunk(w, at, to, len, p + MCAP_HEAD_BYTES,
				  (size_t)(room < LOOK_BYTES ? room : LOOK_BYTES) - MCAP_HEAD_BYTES, out, err);
	out->why = judge(out->op, len, room - MCAP_HEAD_BYTES, p + MCAP_HEAD_BYTES);
	out->good = out->why == NULL;
	out->total = out->good ? MCAP_HEAD_BYTES + len : room;
	return SPUR_OK;
}

/* The records of a chunk begin as its compression says. */
static enum spur_status begins_well(struct mcap_window *w, uint64_t at, const struct mcap_head *h, bool *yes,
				    struct spur_error *err)
{
	enum spur_status st;
	const char *p;

	*yes = false;
	st = mcap_window_get(w, at + MCAP_HEAD_BYTES + h->chunk.records_at, MCAP_HEAD_BYTES, &p, err);
	if (st != SPUR_OK || h->chunk.start > h->chunk.end)
		return st < 0 ? st : SPUR_OK;
	if (strcmp(h->name, "zstd") == 0)
		*yes = spur_le32(p) == 0xFD2FB528;
	else if (strcmp(h->name, "lz4") == 0)
		*yes = spur_le32(p) == 0x184D2204;
	else if (h->name[0] == '\0')
		*yes = p[0] >= MCAP_SCHEMA && p[0] <= MCAP_MESSAGE && spur_le64(p + 1) <= h->chunk.records_len - MCAP_HEAD_BYTES &&
		       h->chunk.records_len >= MCAP_HEAD_BYTES;
	return SPUR_OK;
}

/* Three records in a row, or up to the end, or one chunk that begins well. */
static enum spur_status is_chain(struct mcap_window *w, uint64_t at, uint64_t to, bool *yes, struct spur_error *err)
{
	struct mcap_head h;
	enum spur_status st;

	*yes = false;
	for (int depth = 0; depth < 3; depth++) {
		if ((st = mcap_head_look(w, at, to, &h, err)) < 0)
			return st;
		if (!h.magic && (!h.good || h.op > MCAP_DATA_END))
			return SPUR_OK;
		if (h.magic)
			break;
		if (h.op == MCAP_CHUNK) {
			bool real;

			if ((st = begins_well(w, at, &h, &real, err)) < 0)
				return st;
			if (real)
				break;
			if (h.cut)
				return SPUR_OK;
		}
		at += h.total;
		if (at == to)
			break;
	}
	*yes = true;
	return SPUR_OK;
}

static bool may_start(const char *p, uint64_t room, bool messages)
{
	unsigned op = (uint8_t)p[0];

	if (op == 0x89)
		return memcmp(p, MCAP_MAGIC, MCAP_MAGIC_BYTES) == 0;
	if (op == 0 || op > MCAP_DATA_END || (op != MCAP_CHUNK && spur_le64(p + 1) > room - MCAP_HEAD_BYTES))
		return false;
	if (op == MCAP_CHUNK)	/* its length may be the damage, but not all of it */
		return room >= MCAP_HEAD_BYTES + MCAP_CHUNK_HEAD && spur_le32(p + MCAP_HEAD_BYTES + 28) < MCAP_COMPRESSION_MAX;
	return messages || op == MCAP_MESSAGE_INDEX || op == MCAP_DATA_END || op == MCAP_ATTACHMENT;
}

enum spur_status mcap_head_resync(struct spur_range *range, uint64_t from, uint64_t stop, uint64_t to, bool messages,
				  uint64_t *found, struct spur_error *err)
{
	enum { BLOCK = 64 << 10, NEED = MCAP_HEAD_BYTES + MCAP_CHUNK_HEAD };
	struct mcap_window block, look;
	enum spur_status st = SPUR_OK;
	const char *p;

	*found = stop;
	mcap_window_init(&block, range);
	mcap_window_init(&look, range);
	while (st >= 0 && from < stop && to - from >= MCAP_HEAD_BYTES) {
		uint64_t len = to - from < BLOCK ? to - from : BLOCK;
		uint64_t last = len == to - from ? len - MCAP_HEAD_BYTES : len - NEED;

		if ((st = mcap_window_get(&block, from, len, &p, err)) != SPUR_OK)
			break;
		for (uint64_t i = 0; i <= last && from + i < stop && st >= 0; i++) {
			bool yes;

			if (!may_start(p + i, to - from - i, messages))
				continue;
			if ((st = is_chain(&look, from + i, to, &yes, err)) >= 0 && yes) {
				*found = from + i;
				goto out;
			}
		}
		from += last + 1;
	}
out:
	mcap_window_finish(&block);
	mcap_window_finish(&look);
	return st < 0 ? st : SPUR_OK;
}
