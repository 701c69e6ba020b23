#include "config.h"

#include "format/mcap/reader_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "format/mcap/window.h"

/*
 * The summary: found through the footer (the last 37 bytes of a good file), read at once, and
 * believed only if its checksum is right (or not there), its records tile it, its chunks do
 * not overlap, and everything in the data section is accounted for.
 */
static enum spur_status distrust(struct spur_reader *r, uint64_t at, const char *why)
{
	mcap_damage(r, at, 0, 0, "%s; the index is made anew from the data", why);
	return SPUR_END;
}

static enum spur_status read_footer(struct spur_reader *r, struct mcap_footer *f, uint64_t *footer_at, struct spur_error *err)
{
	uint64_t size = spur_range_size(r->range);
	char tail[MCAP_TAIL_BYTES];
	enum spur_status st;

	if (size < MCAP_MAGIC_BYTES + MCAP_TAIL_BYTES)
		return SPUR_END;	/* the walk will say what is missing */
	*footer_at = size - MCAP_TAIL_BYTES;
	if ((st = spur_range_read(r->range, *footer_at, tail, sizeof(tail), err)) < 0)
		return st;
	if (memcmp(tail + sizeof(tail) - MCAP_MAGIC_BYTES, MCAP_MAGIC, MCAP_MAGIC_BYTES) != 0 || tail[0] != MCAP_FOOTER ||
	    spur_le64(tail + 1) != MCAP_FOOTER_BYTES)
		return SPUR_END;
	mcap_parse_footer(tail + MCAP_HEAD_BYTES, MCAP_FOOTER_BYTES, f);
	if (f->summary_start == 0)
		return SPUR_END;	/* none was written */
	if (f->summary_start < MCAP_MAGIC_BYTES || f->summary_start > *footer_at ||
	    (f->summary_offset_start != 0 && (f->summary_offset_start < f->summary_start || f->summary_offset_start > *footer_at)))
		return distrust(r, *footer_at, "the footer points to no summary in this file");
	return SPUR_OK;
}

/* The summary with the part of the footer that its checksum covers. */
static enum spur_status read_bytes(struct spur_reader *r, const struct mcap_footer *f, uint64_t footer_at, struct spur_error *err)
{
	uint64_t len = footer_at - f->summary_start + MCAP_HEAD_BYTES + 16;
	uint64_t limit = r->opts.mem_bytes > (64 << 20) ? r->opts.mem_bytes : 64 << 20;
	enum spur_status st;

	if ((r->summary = spur_try_malloc(len, limit)) == NULL)
		return distrust(r, f->summary_start, "the summary is larger than the memory budget");
	if ((st = spur_range_read(r->range, f->summary_start, r->summary, len, err)) < 0)
		return st;
	if (f->summary_crc != 0 && spur_crc32(0, r->summary, (size_t)len) != f->summary_crc)
		return distrust(r, f->summary_start, "the checksum of the summary is wrong");
	r->summary_at = f->summary_start;
	r->summary_len = footer_at - f->summary_start;
	return SPUR_OK;
}

static enum spur_status take_chunk_index(struct spur_reader *r, const struct mcap_record *rec)
{
	struct mcap_chunk_index in;
	struct piece *p;

	if (!mcap_parse_chunk_index(rec->content, rec->len, &in) || in.chunk_offset > r->summary_at ||
	    in.chunk_length > r->summary_at - in.chunk_offset || in.chunk_length < MCAP_HEAD_BYTES + MCAP_CHUNK_HEAD ||
	    in.message_index_length > r->summary_at - in.chunk_offset - in.chunk_length ||
	    in.message_index_offsets.len % 10 != 0)
		return distrust(r, r->summary_at + rec->at, "a Chunk Index record makes no sense");
	p = mcap_piece_add(r);
	p->kind = PIECE_CHUNK;
	p->offset = in.chunk_offset;
	p->length = in.chunk_length;
	p->start = in.start;
	p->end = in.end;
	p->uncompressed_size = in.uncompressed_size;
	p->index_len = in.message_index_length;
	p->map = in.message_index_offsets.len == 0 ? NULL : in.message_index_offsets.data;
	p->map_len = (uint32_t)in.message_index_offsets.len;
	r->compressions |= 1u << mcap_codec_of(in.compression);
	return SPUR_OK;
}

static enum spur_status take_attachment_index(struct spur_reader *r, const struct mcap_record *rec)
{
	struct mcap_attachment_index in;
	struct mcap_attached *a;
	uint64_t head;

	if (!mcap_parse_attachment_index(rec->content, rec->len, &in))
		return distrust(r, r->summary_at + rec->at, "an Attachment Index record makes no sense");
	head = MCAP_HEAD_BYTES + 8 + 8 + 4 + in.name.len + 4 + in.media_type.len + 8;
	if (in.offset > r->summary_at || in.length > r->summary_at - in.offset || in.length < head + 4 ||
	    in.data_size > in.length - head - 4)
		return distrust(r, r->summary_at + rec->at, "an Attachment Index record makes no sense");
	a = mcap_attached_add(r);
	a->offset = in.offset;
	a->length = in.length;
	a->data_at = in.offset + head;
	a->data_len = in.data_size;
	a->log_time = in.log_time;
	a->create_time = in.create_time;
	a->name = spur_arena_strn(r->arena, in.name.data, (size_t)in.name.len);
	a->media_type = spur_arena_strn(r->arena, in.media_type.data, (size_t)in.media_type.len);
	if (a->name == NULL || a->media_type == NULL)
		return distrust(r, r->summary_at + rec->at, "the attachments' names need more than the memory budget");
	return SPUR_OK;
}

static enum spur_status take_definition(struct spur_reader *r, const struct mcap_record *rec)
{
	struct spur_error why = { 0 };
	enum spur_status st;

	if (rec->op == MCAP_SCHEMA)
		st = mcap_catalogue_schema(r->catalogue, 0, rec->content, rec->len, &why);
	else
		st = mcap_catalogue_channel(r->catalogue, 0, rec->content, rec->len, &why);
	return st < 0 ? distrust(r, r->summary_at + rec->at, why.text) : SPUR_OK;
}

static enum spur_status take(struct spur_reader *r, const struct mcap_record *rec)
{
	struct mcap_metadata_index m;

	switch (rec->op) {
	case MCAP_SCHEMA:
	case MCAP_CHANNEL:
		return take_definition(r, rec);
	case MCAP_CHUNK_INDEX:
		return take_chunk_index(r, rec);
	case MCAP_ATTACHMENT_INDEX:
		return take_attachment_index(r, rec);
	case MCAP_METADATA_INDEX:
		if (!mcap_parse_metadata_index(rec->content, rec->len, &m) || m.offset > r->summary_at ||
		    m.length > r->summary_at - m.offset)
			return distrust(r, r->summary_at + rec->at, "a Metadata Index record makes no sense");
		mcap_metadata_add(r, m.offset, m.length);
		return SPUR_OK;
	case MCAP_STATISTICS:
		if (r->has_statistics || !mcap_parse_statistics(rec->content, rec->len, &r->statistics))
			return distrust(r, r->summary_at + rec->at, "the Statistics record makes no sense");
		r->has_statistics = true;
		return SPUR_OK;
	case MCAP_SUMMARY_OFFSET:
		return SPUR_OK;
	default:
		return rec->op > MCAP_DATA_END ? SPUR_OK :
			distrust(r, r->summary_at + rec->at, "a record that does not belong there is in the summary");
	}
}

static enum spur_status take_records(struct spur_reader *r)
{
	struct mcap_record rec;
	enum spur_status st;
	size_t pos = 0;

	while (mcap_record_next(r->summary, (size_t)r->summary_len, &pos, &rec)) {
		if ((st = take(r, &rec)) != SPUR_OK)
			return st;
	}
	return pos == r->summary_len ? SPUR_OK : distrust(r, r->summary_at + pos, "the records of the summary do not fit");
}

/* Every channel that the indexes name is declared, and there are as many as there should be. */
static bool channels_are_all_here(const struct spur_reader *r)
{
	const struct mcap_statistics *s = &r->statistics;

	for (uint64_t i = 0; r->has_statistics && i + 10 <= s->counts.len; i += 10) {
		if (!mcap_catalogue_has(r->catalogue, 0, spur_le16(s->counts.data + i)))
			return false;
	}
	for (size_t k = 0; k < r->piece_count; k++) {
		const struct piece *p = &r->pieces[k];

		for (uint32_t i = 0; p->map != NULL && i + 10 <= p->map_len; i += 10) {
			if (!mcap_catalogue_has(r->catalogue, 0, spur_le16(p->map + i)))
				return false;
		}
	}
	if (r->has_statistics ? s->channels != mcap_catalogue_channels(r->catalogue) :
				mcap_catalogue_channels(r->catalogue) == 0)
		return false;
	return mcap_catalogue_complete(r->catalogue);
}

struct extent {
	uint64_t offset, length;
};

static int by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static struct extent *extents(const struct spur_reader *r, size_t *count)
{
	struct extent *all = spur_calloc(r->piece_count + r->attached_count + r->metadata_count, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < r->piece_count; i++)
		all[n++] = (struct extent){ r->pieces[i].offset, r->pieces[i].length + r->pieces[i].index_len };
	for (size_t i = 0; i < r->attached_count; i++)
		all[n++] = (struct extent){ r->attached[i].offset, r->attached[i].length };
	for (size_t i = 0; i < r->metadata_count; i++)
		all[n++] = (struct extent){ r->metadata[i].offset, r->metadata[i].length };
	qsort(all, n, sizeof(*all), by_offset);
	*count = n;
	return all;
}

/* What lies between the indexed records is looked at: messages, definitions, chunks without an index. */
static enum spur_status walk_gaps(struct spur_reader *r, const struct extent *all, size_t n, struct spur_error *err)
{
	uint64_t at = MCAP_MAGIC_BYTES;
	enum spur_status st;

	for (size_t i = 0; i <= n; i++) {
		uint64_t next = i < n ? all[i].offset : r->summary_at;

		if (next < at)
			return distrust(r, next, "indexed records overlap");
		if (next > at && (st = mcap_layout_walk(r, at, next, true, err)) != SPUR_OK)
			return st < 0 ? st : distrust(r, at, "the summary does not fit what is in the data section");
		if (i < n)
			at = next + all[i].length;
	}
	return SPUR_OK;
}

static enum spur_status cover(struct spur_reader *r, struct spur_error *err)
{
	size_t n, chunks = r->piece_count;
	struct extent *all;
	enum spur_status st;

	if (chunks == 0 && r->has_statistics && r->statistics.chunks == 0 && r->statistics.messages > 0)
		return SPUR_OK;		/* unchunked: laid out when it is read */
	all = extents(r, &n);
	st = walk_gaps(r, all, n, err);
	free(all);
	if (st != SPUR_OK)
		return st;
	mcap_pieces_sort(r);
	r->laid_out = true;
	for (size_t i = 0; i < r->piece_count; i++)	/* a chunk that only the walk found may declare channels */
		r->hidden_chunks |= r->pieces[i].kind == PIECE_CHUNK && r->pieces[i].index_len == MCAP_UNKNOWN;
	return SPUR_OK;
}

static enum spur_status read_header(struct spur_reader *r, struct spur_error *err)
{
	uint64_t size = spur_range_size(r->range), len;
	struct mcap_header in;
	struct mcap_window w;
	enum spur_status st;
	const char *p;

	mcap_window_init(&w, r->range);
	if ((st = mcap_window_get(&w, MCAP_MAGIC_BYTES, MCAP_HEAD_BYTES, &p, err)) == SPUR_OK && p[0] == MCAP_HEADER &&
	    (len = spur_le64(p + 1)) <= size - MCAP_MAGIC_BYTES - MCAP_HEAD_BYTES &&
	    (st = mcap_window_get(&w, MCAP_MAGIC_BYTES + MCAP_HEAD_BYTES, len, &p, err)) == SPUR_OK &&
	    mcap_parse_header(p, (size_t)len, &in)) {
		r->profile = spur_arena_strn(r->arena, in.profile.data, (size_t)in.profile.len);
		r->library = spur_arena_strn(r->arena, in.library.data, (size_t)in.library.len);
	} else if (st >= 0) {
		st = distrust(r, MCAP_MAGIC_BYTES, "no Header record");
	}
	mcap_window_finish(&w);
	return st;
}

enum spur_status mcap_summary_read(struct spur_reader *r, struct spur_error *err)
{
	struct mcap_footer f;
	uint64_t footer_at;
	enum spur_status st;

	if ((st = read_footer(r, &f, &footer_at, err)) != SPUR_OK || (st = read_bytes(r, &f, footer_at, err)) != SPUR_OK ||
	    (st = read_header(r, err)) != SPUR_OK || (st = take_records(r)) != SPUR_OK)
		return st;
	if ((st = cover(r, err)) != SPUR_OK)
		return st;
	r->declared = channels_are_all_here(r) && (r->has_statistics || !r->hidden_chunks);
	return SPUR_OK;
}
