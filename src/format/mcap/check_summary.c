#include "config.h"

#include "format/mcap/check_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

/* Validation of the summary against what the data section was found to have. */

static struct check_chunk *chunk_at(struct check *c, uint64_t offset)
{
	size_t low = 0, high = c->chunk_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c->chunks[mid].offset < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->chunk_count && c->chunks[low].offset == offset ? &c->chunks[low] : NULL;
}

static enum spur_status chunk_index(struct check *c, uint64_t at, const char *content, size_t len)
{
	struct mcap_chunk_index x;
	const char *what = NULL;
	struct check_chunk *k;

	c->chunk_indexes++;
	if (!mcap_parse_chunk_index(content, len, &x))
		return check_say(c, SPUR_DEFECT, at, "Chunk Index record is too short for its fields");
	if ((k = chunk_at(c, x.chunk_offset)) == NULL)
		return check_say(c, SPUR_DEFECT, at, "Chunk Index: there is no chunk at byte %" PRIu64, x.chunk_offset);
	k->listed = true;
	if (k->length != x.chunk_length)
		what = "the length of the chunk";
	else if (k->uncompressed != x.uncompressed_size)
		what = "the uncompressed size";
	else if (k->compressed != x.compressed_size)
		what = "the compressed size";
	else if (strlen(k->compression) != x.compression.len || memcmp(k->compression, x.compression.data, (size_t)x.compression.len) != 0)
		what = "the compression";
	else if (k->index_len != x.message_index_length)
		what = "the length of the message indexes";
	else if (!k->bad && k->messages > 0 && (k->start != x.start || k->end != x.end))
		what = "the times";
	if (what != NULL)
		return check_say(c, SPUR_DEFECT, at, "Chunk Index of the chunk at byte %" PRIu64 ": %s is wrong", x.chunk_offset, what);
	for (uint64_t i = 0; i + 10 <= x.message_index_offsets.len; i += 10) {
		uint64_t where = spur_le64(x.message_index_offsets.data + i + 2);

		if (where < k->offset + k->length || where >= k->offset + k->length + k->index_len)
			return check_say(c, SPUR_DEFECT, at, "Chunk Index of the chunk at byte %" PRIu64 ": the Message Index of channel %u is not at byte %"
					 PRIu64, x.chunk_offset, spur_le16(x.message_index_offsets.data + i), where);
	}
	return SPUR_OK;
}

/* A record at an offset that an index names: its opcode and length. */
static enum spur_status points_to(struct check *c, uint64_t at, unsigned op, uint64_t offset, uint64_t length)
{
	char head[MCAP_HEAD_BYTES];
	enum spur_status st;

	if (offset > c->data_end || length < MCAP_HEAD_BYTES || length > c->data_end - offset)
		return check_say(c, SPUR_DEFECT, at, "index of %s: byte %" PRIu64 " is not in the data section", mcap_op_name(op), offset);
	if ((st = spur_range_read(c->r->range, offset, head, sizeof(head), c->err)) < 0)
		return st;
	if ((uint8_t)head[0] != op || spur_le64(head + 1) != length - MCAP_HEAD_BYTES)
		return check_say(c, SPUR_DEFECT, at, "index of %s: there is no such record of %" PRIu64 " bytes at byte %" PRIu64, mcap_op_name(op),
				 length, offset);
	return SPUR_OK;
}

static enum spur_status channel_counts(struct check *c, uint64_t at, const struct mcap_statistics *s)
{
	for (uint64_t i = 0; i + 10 <= s->counts.len; i += 10) {
		uint16_t id = spur_le16(s->counts.data + i);
		uint64_t n = spur_le64(s->counts.data + i + 2), found = check_channel_of(c, id)->messages;

		if (n != found)
			return check_say(c, SPUR_DEFECT, at, "Statistics say %" PRIu64 " messages of channel %u, there are %" PRIu64, n, id, found);
	}
	return SPUR_OK;
}

static enum spur_status compare(struct check *c, uint64_t at, const char *what, uint64_t said, uint64_t found)
{
	return said == found ? SPUR_OK :
		check_say(c, SPUR_DEFECT, at, "Statistics say %s %" PRIu64 ", found %" PRIu64, what, said, found);
}

/* Definitions that only the summary has may be counted or not. */
static uint64_t counted(uint64_t said, uint64_t in_data, size_t in_all)
{
	return said == in_all ? said : in_data;
}

static enum spur_status statistics(struct check *c, uint64_t at, const char *content, size_t len)
{
	struct mcap_statistics s;
	enum spur_status st;

	if (c->statistics_count++ > 0)
		return check_say(c, SPUR_DEFECT, at, "a second Statistics record");
	if (!mcap_parse_statistics(content, len, &s))
		return check_say(c, SPUR_DEFECT, at, "Statistics record is too short for its fields");
	if (c->incomplete)
		return SPUR_OK;		/* the counts of a damaged file say nothing */
	if ((st = compare(c, at, "messages:", s.messages, c->messages)) < 0 ||
	    (st = compare(c, at, "channels:", s.channels, counted(s.channels, c->data_channels, mcap_catalogue_channels(c->seen)))) < 0 ||
	    (st = compare(c, at, "schemas:", s.schemas, counted(s.schemas, c->data_schemas, mcap_catalogue_schemas(c->seen)))) < 0 ||
	    (st = compare(c, at, "attachments:", s.attachments, c->attachments)) < 0 ||
	    (st = compare(c, at, "metadata records:", s.metadata, c->metadata)) < 0 ||
	    (st = compare(c, at, "chunks:", s.chunks, c->chunk_count)) < 0)
		return st;
	if (c->messages > 0 && ((st = compare(c, at, "the first time is", s.start, c->start)) < 0 ||
				(st = compare(c, at, "the last time is", s.end, c->end)) < 0))
		return st;
	return channel_counts(c, at, &s);
}

/* A repeated schema or channel is the one of the data section. */
static enum spur_status repeated(struct check *c, uint64_t at, unsigned op, const char *content, size_t len)
{
	size_t before = op == MCAP_SCHEMA ? mcap_catalogue_schemas(c->seen) : mcap_catalogue_channels(c->seen);
	struct spur_error why = { 0 };
	enum spur_status st;

	if (op == MCAP_SCHEMA) {
		st = mcap_catalogue_schema(c->seen, 0, content, len, &why);
	} else {
		st = mcap_catalogue_channel(c->seen, 0, content, len, &why);
		if (len >= 2)
			check_channel_of(c, spur_le16(content))->repeated = true;
	}
	if (st < 0)
		return check_say(c, SPUR_DEFECT, at, "in the summary: %s", why.text);
	if (!c->incomplete && before != (op == MCAP_SCHEMA ? mcap_catalogue_schemas(c->seen) : mcap_catalogue_channels(c->seen)))
		return check_say(c, SPUR_WARNING, at, "%s of the summary is not in the data section: who reads without the index misses it",
				 mcap_op_name(op));
	return SPUR_OK;
}

static enum spur_status summary_offset(struct check *c, uint64_t at, const char *content, size_t len)
{
	struct mcap_summary_offset x;
	struct mcap_head h;
	enum spur_status st;

	if (c->offsets_first == 0)
		c->offsets_first = at;
	if (!mcap_parse_summary_offset(content, len, &x))
		return check_say(c, SPUR_DEFECT, at, "Summary Offset record is too short for its fields");
	if (x.length == 0)
		return check_say(c, SPUR_NOTE, at, "Summary Offset of a group that is not there: %s", mcap_op_name(x.opcode));
	if (x.start <= c->data_end || x.start > c->offsets_first || x.length > c->offsets_first - x.start)
		return check_say(c, SPUR_DEFECT, at, "Summary Offset of %s: byte %" PRIu64 " is not in the summary", mcap_op_name(x.opcode), x.start);
	if ((st = mcap_head_look(&c->win, x.start, c->offsets_first, &h, c->err)) < 0)
		return st;
	if (!h.good || h.op != x.opcode)
		return check_say(c, SPUR_DEFECT, at, "Summary Offset of %s: no such record at byte %" PRIu64, mcap_op_name(x.opcode), x.start);
	return SPUR_OK;
}

static enum spur_status footer(struct check *c, uint64_t at, const char *content)
{
	uint64_t begin = c->summary_first == 0 ? at : c->summary_first, offsets = c->offsets_first;
	struct mcap_footer f;
	enum spur_status st = SPUR_OK;
	uint32_t crc;
	char *bytes;

	c->footer = at;
	mcap_parse_footer(content, MCAP_FOOTER_BYTES, &f);
	if (f.summary_start != 0 && f.summary_start != begin)
		st = check_say(c, SPUR_DEFECT, at, "the Footer says the summary is at byte %" PRIu64 ", it is at byte %" PRIu64, f.summary_start, begin);
	if (st >= 0 && f.summary_start == 0 && begin != at)
		st = check_say(c, SPUR_DEFECT, at, "the Footer says there is no summary, but there is one at byte %" PRIu64, begin);
	if (st >= 0 && f.summary_offset_start != 0 && offsets != 0 && f.summary_offset_start != offsets)
		st = check_say(c, SPUR_DEFECT, at, "the Footer says the summary offsets are at byte %" PRIu64 ", they are at byte %" PRIu64,
			       f.summary_offset_start, offsets);
	if (st < 0 || f.summary_crc == 0)
		return st;
	if ((bytes = spur_try_malloc(at - begin + MCAP_HEAD_BYTES + 16, c->limit)) == NULL)
		return check_say(c, SPUR_WARNING, at, "the summary is too large for its checksum to be checked; give more --mem");
	st = spur_range_read(c->r->range, begin, bytes, at - begin + MCAP_HEAD_BYTES + 16, c->err);
	crc = st < 0 ? 0 : spur_crc32(0, bytes, (size_t)(at - begin) + MCAP_HEAD_BYTES + 16);
	free(bytes);
	if (st >= 0 && crc != f.summary_crc)
		st = check_say(c, SPUR_DEFECT, at, "the checksum of the summary is wrong");
	return st;
}

enum spur_status check_summary_record(struct check *c, uint64_t at, const struct mcap_head *h, const char *content, size_t len)
{
	struct mcap_attachment_index a;
	struct mcap_metadata_index m;

	if (c->footer != 0)
		return check_say(c, SPUR_DEFECT, at, "%s record behind the Footer", mcap_op_name(h->op));
	if (c->summary_first == 0 && h->op != MCAP_FOOTER)
		c->summary_first = at;
	switch (h->op) {
	case MCAP_FOOTER:
		return footer(c, at, content);
	case MCAP_SCHEMA:
	case MCAP_CHANNEL:
		return repeated(c, at, h->op, content, len);
	case MCAP_CHUNK_INDEX:
		return chunk_index(c, at, content, len);
	case MCAP_STATISTICS:
		return statistics(c, at, content, len);
	case MCAP_ATTACHMENT_INDEX:
		c->attachment_indexes++;
		return mcap_parse_attachment_index(content, len, &a) ? points_to(c, at, MCAP_ATTACHMENT, a.offset, a.length) :
			check_say(c, SPUR_DEFECT, at, "Attachment Index record is too short for its fields");
	case MCAP_METADATA_INDEX:
		c->metadata_indexes++;
		return mcap_parse_metadata_index(content, len, &m) ? points_to(c, at, MCAP_METADATA, m.offset, m.length) :
			check_say(c, SPUR_DEFECT, at, "Metadata Index record is too short for its fields");
	case MCAP_SUMMARY_OFFSET:
		return summary_offset(c, at, content, len);
	default:
		return h->op > MCAP_DATA_END ? SPUR_OK : check_say(c, SPUR_DEFECT, at, "%s record in the summary", mcap_op_name(h->op));
	}
}

/* What the summary should have had. */
enum spur_status check_summary_end(struct check *c)
{
	uint64_t unlisted = 0, first = 0, channels = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < c->chunk_count; i++) {
		if (!c->chunks[i].listed && unlisted++ == 0)
			first = c->chunks[i].offset;
	}
	if (c->footer != 0 && unlisted > 0)
		st = check_say(c, c->chunk_indexes > 0 ? SPUR_DEFECT : SPUR_NOTE, first, "%" PRIu64 " chunks have no Chunk Index", unlisted);
	for (size_t i = 0; i < c->channel_ids; i++)
		channels += c->channels[i].messages > 0 && !c->channels[i].repeated;
	if (st >= 0 && c->footer != 0 && c->chunk_indexes > 0 && channels > 0)
		st = check_say(c, SPUR_WARNING, c->footer, "%" PRIu64 " channels with messages are not repeated in the summary", channels);
	if (st >= 0 && c->footer != 0 && c->statistics_count == 0)
		st = check_say(c, SPUR_NOTE, c->footer, "no Statistics record");
	return st;
}
