#include "config.h"

#include "format/mcap/reader_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "codec/lz4.h"
#include "codec/zstd.h"

/*
 * One chunk or run of loose records into memory: read, unpack, checksum, list of messages.
 * A chunk whose checksum is wrong gives nothing: which of its messages are altered cannot be
 * known. One that the end of the file cuts gives the messages in front of the cut.
 */
bool mcap_record_next(const char *records, size_t len, size_t *pos, struct mcap_record *out)
{
	uint64_t n;

	if (len - *pos < MCAP_HEAD_BYTES)
		return false;
	n = spur_le64(records + *pos + 1);
	if (n > len - *pos - MCAP_HEAD_BYTES)
		return false;
	*out = (struct mcap_record){ (uint8_t)records[*pos], records + *pos + MCAP_HEAD_BYTES, (size_t)n, *pos };
	*pos += MCAP_HEAD_BYTES + (size_t)n;
	return true;
}

static void blame(struct mcap_loaded *l, bool bad, uint64_t lost, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void blame(struct mcap_loaded *l, bool bad, uint64_t lost, const char *fmt, ...)
{
	va_list ap;

	if (bad)
		l->bad = true;
	if (lost > l->lost)
		l->lost = lost;
	if (l->reason[0] != '\0' && !bad)
		return;		/* the first reason explains the others */
	va_start(ap, fmt);
	vsnprintf(l->reason, sizeof(l->reason), fmt, ap);
	va_end(ap);
}

static enum spur_status unpack_into(enum mcap_codec codec, const char *in, size_t len, char *out, size_t cap, size_t *got,
				    struct spur_error *err)
{
	if (codec == MCAP_CODEC_ZSTD)
		return spur_zstd_unpack(in, len, out, cap, got, err);
	return spur_lz4_unpack(in, len, true, out, cap, got, err);
}

/* The first buffer to try: the declared size, if the packed bytes can make as much. */
static uint64_t first_guess(uint64_t declared, uint64_t packed, uint64_t limit)
{
	uint64_t likely = packed * 64 + (64 << 10);
	uint64_t guess = declared > likely ? likely : declared;

	return guess > limit ? limit : guess < 64 ? 64 : guess;
}

/* The next buffer, when the last one was full, or when nothing came out of zstd's frames that was smaller than what is
 * declared: of those with the largest windows the beginning does not come alone. 0: no larger one. */
static uint64_t next_guess(enum mcap_codec codec, uint64_t cap, size_t got, uint64_t declared, uint64_t limit)
{
	if (got == cap)
		return cap > limit / 8 ? limit : cap < (64 << 10) ? 512 << 10 : cap * 8;
	if (got > 0 || codec != MCAP_CODEC_ZSTD || cap >= declared || cap >= limit)
		return 0;
	return declared < limit ? declared : limit;
}

/* What unpacks to more than it says gets more room, up to the limit. */
static enum spur_status unpack(struct mcap_loaded *l, enum mcap_codec codec, const char *in, size_t len,
			       uint64_t declared, uint64_t limit, struct spur_error *why, struct spur_error *err)
{
	uint64_t cap = first_guess(declared, len, limit), next;

	for (;;) {
		enum spur_status st;

		mcap_pool_give(l->pool, l->unpacked, l->unpacked_cap);
		l->records_len = 0;
		if ((l->unpacked = mcap_pool_take(l->pool, cap, limit, &l->unpacked_cap)) == NULL)
			return spur_fail_byte(err, SPUR_ENOMEM, l->piece->offset, "no memory for a chunk of %" PRIu64 " bytes", cap);
		l->records = l->unpacked;
		st = unpack_into(codec, in, len, l->unpacked, (size_t)cap, &l->records_len, why);
		if (st != SPUR_EFORMAT || (next = next_guess(codec, cap, l->records_len, declared, limit)) == 0)
			return st == SPUR_EFORMAT ? SPUR_OK : st;
		if (cap >= limit) {
			blame(l, true, l->piece->length, "Chunk unpacks to more than the %" PRIu64 " bytes that --mem and the size of the file allow", limit);
			return SPUR_OK;
		}
		*why = (struct spur_error){ 0 };
		cap = next;
	}
}

/* The records of a chunk whose record is in l->raw, without a look at the checksum. whole: nothing is missing. */
static enum spur_status open_chunk(struct mcap_loaded *l, const struct mcap_chunk *c, uint64_t limit, bool *whole,
				   struct spur_error *err)
{
	uint64_t have = l->piece->length - MCAP_HEAD_BYTES - c->records_at;
	uint64_t len = c->records_len < have ? c->records_len : have;
	const char *packed = l->raw + MCAP_HEAD_BYTES + c->records_at;
	enum mcap_codec codec = mcap_codec_of(c->compression);
	struct spur_error why = { 0 };
	enum spur_status st = SPUR_OK;

	*whole = c->records_len <= have;
	if (!*whole)
		blame(l, false, c->records_len - have, "Chunk is cut off: %" PRIu64 " of %" PRIu64 " bytes of its records are here", have,
		      c->records_len);
	if (codec == MCAP_CODEC_UNKNOWN) {
		blame(l, true, l->piece->length, "Chunk has the compression '%.*s', which is not known", (int)c->compression.len,
		      c->compression.data);
		return SPUR_OK;
	}
	if (codec == MCAP_CODEC_NONE) {
		l->records = packed;
		l->records_len = (size_t)len;
	} else if (len > 0) {
		st = unpack(l, codec, packed, (size_t)len, c->uncompressed_size, limit, &why, err);
	}
	if (why.code < 0) {
		*whole = false;
		blame(l, false, len, "Chunk does not unpack: %s", why.text);
	}
	if (st < 0 && why.code == st && err != NULL)
		*err = why;
	return st;
}

static void verify_chunk(struct mcap_loaded *l, const struct mcap_chunk *c, bool whole, bool at_end)
{
	if (l->bad)
		return;
	if (whole && c->crc != 0 && spur_crc32(0, l->records, l->records_len) != c->crc) {
		blame(l, true, l->piece->length, "Chunk is altered: its checksum is wrong");
		return;
	}
	if (!whole && !at_end && c->crc != 0)
		l->bad = true;		/* what there is cannot be told from what was altered */
	if (!whole && l->lost == 0)
		l->lost = l->piece->length;
	if (whole && l->records_len != c->uncompressed_size)
		blame(l, false, 0, "Chunk says %" PRIu64 " bytes uncompressed, but has %zu", c->uncompressed_size, l->records_len);
}

static bool in_set(const uint64_t *set, uint32_t i)
{
	return set == NULL || (set[i / 64] >> (i % 64) & 1) != 0;
}

#define FIRST_MESSAGES 16384u

/* Room to begin with: as if all messages were as long as the first one. */
static uint64_t first_room(const struct mcap_loaded *l, const struct mcap_message *m)
{
	uint64_t n = l->records_len / (MCAP_HEAD_BYTES + MCAP_MESSAGE_HEAD + m->data.len) + 1;

	return (n < 64 ? 64 : n > FIRST_MESSAGES ? FIRST_MESSAGES : n) * sizeof(*l->messages);
}

/* Room for more messages, twice as many; their number is bounded by the bytes they lie in. */
static void grow(struct mcap_loaded *l, const struct mcap_message *m)
{
	uint64_t want = l->messages_cap == 0 ? first_room(l, m) : 2 * l->messages_cap, cap;
	struct spur_message *larger = mcap_pool_take(l->pool, want, UINT64_MAX, &cap);

	if (larger == NULL)
		larger = spur_malloc(cap);	/* aborts with a line */
	if (l->count > 0)
		memcpy(larger, l->messages, l->count * sizeof(*larger));
	mcap_pool_give(l->pool, l->messages, l->messages_cap);
	l->messages = larger;
	l->messages_cap = cap;
}

static void list_message(struct mcap_loaded *l, const struct mcap_message *m, uint32_t stream)
{
	if ((l->count + 1) * sizeof(*l->messages) > l->messages_cap)
		grow(l, m);
	l->messages[l->count++] = (struct spur_message){
		.index = l->total, .stream = stream, .sequence = m->sequence, .log_time = m->log_time,
		.publish_time = m->publish_time, .data = m->data.data, .size = (size_t)m->data.len,
	};
}

/* The stream of a channel; messages take turns between a few, so the last ones are kept by their low bits. */
struct streams {
	const struct mcap_want *want;
	uint32_t segment;
	struct {
		uint32_t channel, stream;	/* channel + 1; 0: free */
	} kept[256];
};

static uint32_t stream_of(struct streams *s, uint16_t channel)
{
	size_t i = channel % 256;

	if (s->kept[i].channel != channel + 1u) {
		s->kept[i].channel = channel + 1u;
		s->kept[i].stream = mcap_catalogue_stream(s->want->reader->catalogue, s->segment, channel);
	}
	return s->kept[i].stream;
}

/* Messages that are wanted; count and times of all of them. */
static void list(const struct mcap_want *want, struct mcap_loaded *l)
{
	struct streams streams = { .want = want, .segment = l->piece->segment };
	uint32_t stream = MCAP_NO_STREAM;
	struct mcap_record rec;
	struct mcap_message m;
	size_t pos = 0;

	while (mcap_record_next(l->records, l->records_len, &pos, &rec)) {
		if (rec.op != MCAP_MESSAGE || !mcap_parse_message(rec.content, rec.len, &m))
			continue;
		if (!want->definitions)
			stream = stream_of(&streams, m.channel_id);
		l->start = l->total == 0 || m.log_time < l->start ? m.log_time : l->start;
		l->end = l->total == 0 || m.log_time > l->end ? m.log_time : l->end;
		if (!want->definitions && stream == MCAP_NO_STREAM)
			l->undeclared++;
		else if (!want->definitions && !want->nothing && m.log_time >= want->begin && m.log_time <= want->last &&
			 in_set(want->streams, stream))
			list_message(l, &m, stream);
		l->total++;
	}
	if (pos < l->records_len)
		blame(l, false, l->records_len - pos, "a record is cut off at byte %zu of the records", pos);
	if (l->undeclared > 0)
		blame(l, false, 0, "%" PRIu64 " messages of channels that nothing declares", l->undeclared);
}

static enum spur_status load_chunk(const struct mcap_want *want, struct mcap_loaded *l, struct spur_error *err)
{
	bool at_end = l->piece->offset + l->piece->length >= spur_range_size(want->reader->range);
	struct mcap_chunk c;
	enum spur_status st;
	bool whole;

	if (l->piece->length < MCAP_HEAD_BYTES || l->raw[0] != MCAP_CHUNK ||
	    !mcap_parse_chunk_head(l->raw + MCAP_HEAD_BYTES, (size_t)l->piece->length - MCAP_HEAD_BYTES, &c)) {
		blame(l, true, l->piece->length, "no Chunk record where the index says");
		return SPUR_OK;
	}
	if ((st = open_chunk(l, &c, want->limit, &whole, err)) < 0)
		return st;
	if (spur_le64(l->raw + 1) != l->piece->length - MCAP_HEAD_BYTES && !l->piece->cut && whole)
		blame(l, false, 0, "the length of the Chunk record is wrong");
	verify_chunk(l, &c, whole, at_end);
	if (l->unpacked != NULL) {
		mcap_pool_give(l->pool, l->raw, l->raw_cap);
		l->raw = NULL;
	}
	return SPUR_OK;
}

enum spur_status mcap_piece_load(const struct mcap_want *want, struct piece *p, struct mcap_loaded *out,
				 struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	*out = (struct mcap_loaded){ .piece = p, .pool = want->pool, .records = "" };
	if (p->length > want->limit) {
		blame(out, true, p->length, "%s of %" PRIu64 " bytes is over the memory budget; give more --mem",
		      p->kind == PIECE_CHUNK ? "Chunk" : "Message", p->length);
		return SPUR_OK;
	}
	if ((out->raw = mcap_pool_take(out->pool, p->length, want->limit, &out->raw_cap)) == NULL)
		return spur_fail_byte(err, SPUR_ENOMEM, p->offset, "no memory for %" PRIu64 " bytes", p->length);
	if ((st = spur_range_read(want->reader->range, p->offset, out->raw, p->length, err)) < 0)
		return st;
	if (p->kind == PIECE_CHUNK) {
		st = load_chunk(want, out, err);
	} else {
		out->records = out->raw;
		out->records_len = (size_t)p->length;
	}
	if (st >= 0 && !out->bad)
		list(want, out);
	return st;
}

void mcap_loaded_finish(struct mcap_loaded *l)
{
	if (l == NULL)
		return;
	mcap_pool_give(l->pool, l->raw, l->raw_cap);
	mcap_pool_give(l->pool, l->unpacked, l->unpacked_cap);
	mcap_pool_give(l->pool, l->messages, l->messages_cap);
	l->raw = l->unpacked = NULL;
	l->messages = NULL;
}

void mcap_piece_report(struct spur_reader *r, const struct mcap_loaded *l)
{
	if (l->reason[0] != '\0')
		mcap_damage(r, l->piece->offset, l->piece->length, l->lost, "%s", l->reason);
}

uint64_t mcap_piece_cost(const struct piece *p)
{
	uint64_t unpacked = p->uncompressed_size > (UINT64_C(1) << 40) ? UINT64_C(1) << 40 : p->uncompressed_size;

	return p->length + 2 * unpacked + sizeof(struct mcap_loaded);
}

bool mcap_piece_wanted(const struct mcap_want *want, const struct piece *p)
{
	if (want->nothing || p->empty || p->messages == 0 || p->end < want->begin || p->start > want->last)
		return false;
	if (want->streams == NULL || p->map == NULL)
		return true;
	for (uint32_t i = 0; i + 10 <= p->map_len; i += 10) {
		uint32_t stream = mcap_catalogue_stream(want->reader->catalogue, p->segment, spur_le16(p->map + i));

		if (stream != MCAP_NO_STREAM && in_set(want->streams, stream))
			return true;
	}
	return false;
}
