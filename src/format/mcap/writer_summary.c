#include "config.h"

#include "format/mcap/writer_priv.h"

#include <string.h>

#include "base/hash.h"

/*
 * The end of a file: DataEnd, then the summary grouped by opcode (schemas, channels,
 * statistics, metadata indexes, attachment indexes, chunk indexes), one Summary Offset per
 * group that is there, Footer, magic. summary_crc runs from the first byte behind DataEnd
 * through the summary_offset_start field of the footer.
 */
struct group {
	enum mcap_op op;
	size_t begin, end;
};

static void put_schemas(const struct spur_mcap_writer *w, struct spur_buf *b)
{
	for (size_t id = 0; id < w->schema_ids && !w->opts.no_repeated_schemas; id++) {
		if (w->schemas[id] != NULL)
			spur_buf_add(b, w->schemas[id]->record.data, w->schemas[id]->record.len);
	}
}

static void put_channels(const struct spur_mcap_writer *w, struct spur_buf *b)
{
	for (size_t id = 0; id < w->channel_ids && !w->opts.no_repeated_channels; id++) {
		if (w->channels[id] != NULL)
			spur_buf_add(b, w->channels[id]->record.data, w->channels[id]->record.len);
	}
}

static void put_statistics(const struct spur_mcap_writer *w, struct spur_buf *b)
{
	size_t mark, counts;
	uint32_t len;

	if (w->opts.no_statistics)
		return;
	mark = mcap_put_head(b, MCAP_STATISTICS);
	spur_buf_u64(b, w->messages);
	spur_buf_u16(b, (uint16_t)w->schema_count);
	spur_buf_u32(b, w->channel_count);
	spur_buf_u32(b, w->attachment_count);
	spur_buf_u32(b, w->metadata_count);
	spur_buf_u32(b, w->chunk_count);
	spur_buf_u64(b, w->start);
	spur_buf_u64(b, w->end);
	spur_buf_u32(b, 0);
	counts = b->len;
	for (size_t id = 0; id < w->channel_ids; id++) {
		if (w->channels[id] != NULL && w->channels[id]->messages > 0) {
			spur_buf_u16(b, (uint16_t)id);
			spur_buf_u64(b, w->channels[id]->messages);
		}
	}
	len = (uint32_t)(b->len - counts);
	memcpy(b->data + counts - 4, &len, sizeof(len));
	mcap_put_end(b, mark);
}

static void put_buf(struct spur_buf *b, const struct spur_buf *records)
{
	if (records->len > 0)
		spur_buf_add(b, records->data, records->len);
}

/* The groups in order, each with its place in b. */
static size_t put_groups(const struct spur_mcap_writer *w, struct spur_buf *b, struct group groups[6])
{
	static const enum mcap_op order[] = { MCAP_SCHEMA, MCAP_CHANNEL, MCAP_STATISTICS, MCAP_METADATA_INDEX,
					      MCAP_ATTACHMENT_INDEX, MCAP_CHUNK_INDEX };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct group g = { order[i], b->len, b->len };

		if (g.op == MCAP_SCHEMA)
			put_schemas(w, b);
		else if (g.op == MCAP_CHANNEL)
			put_channels(w, b);
		else if (g.op == MCAP_STATISTICS)
			put_statistics(w, b);
		else
			put_buf(b, g.op == MCAP_METADATA_INDEX ? &w->metadata_indexes :
				   g.op == MCAP_ATTACHMENT_INDEX ? &w->attachment_indexes : &w->chunk_indexes);
		g.end = b->len;
		if (g.end > g.begin)
			groups[n++] = g;
	}
	return n;
}

static void put_offsets(struct spur_buf *b, uint64_t base, const struct group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t mark = mcap_put_head(b, MCAP_SUMMARY_OFFSET);

		spur_buf_u8(b, (uint8_t)groups[i].op);
		spur_buf_u64(b, base + groups[i].begin);
		spur_buf_u64(b, groups[i].end - groups[i].begin);
		mcap_put_end(b, mark);
	}
}

static void put_footer(struct spur_buf *b, uint64_t summary_start, uint64_t offset_start)
{
	size_t mark = mcap_put_head(b, MCAP_FOOTER);
	uint64_t len = MCAP_FOOTER_BYTES;

	memcpy(b->data + mark - 8, &len, sizeof(len));	/* part of the checksum */
	spur_buf_u64(b, summary_start);
	spur_buf_u64(b, offset_start);
	spur_buf_u32(b, spur_crc32(0, b->data, b->len));
	spur_buf_add(b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
}

static enum spur_status write_data_end(struct spur_mcap_writer *w, struct spur_error *err)
{
	size_t mark;

	spur_buf_clear(&w->scratch);
	mark = mcap_put_head(&w->scratch, MCAP_DATA_END);
	spur_buf_u32(&w->scratch, w->crc);
	mcap_put_end(&w->scratch, mark);
	return spur_out_write(w->out, w->scratch.data, w->scratch.len, err);
}

enum spur_status mcap_writer_end(struct spur_mcap_writer *w, struct spur_error *err)
{
	struct spur_buf *b = &w->scratch;
	struct group groups[6];
	uint64_t base, offset_start = 0;
	enum spur_status st;
	size_t n, summary_len;

	if ((st = write_data_end(w, err)) < 0)
		return st;
	base = spur_out_tell(w->out);
	spur_buf_clear(b);
	n = put_groups(w, b, groups);
	summary_len = b->len;
	if (!w->opts.no_summary_offsets && n > 0) {
		offset_start = base + b->len;
		put_offsets(b, base, groups, n);
	}
	put_footer(b, summary_len == 0 ? 0 : base, offset_start);
	return spur_out_write(w->out, b->data, b->len, err);
}
