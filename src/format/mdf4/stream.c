#include "config.h"

#include "format/mdf4/stream.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/load.h"
#include "format/mdf4/map.h"

enum { CN_ALIGNMENT_AT = 21, CN_RESET = 1 << 18 };
enum { CL_COUNTS = 1, CL_RESET = 2 };
enum { DS_LINK_START = 1, CL_LINK_SIZE = 1, CV_LINK_BY = 0 };

static uint32_t add(struct spur_reader *r, const struct mdf_field *f)
{
	MDF_PUSH(&r->fields, r->field_count, &r->field_cap);
	r->fields[r->field_count] = *f;
	return (uint32_t)r->field_count++;
}

static const struct mdf_field nothing = { .channel = MDF_NONE, .next = MDF_NONE, .first = MDF_NONE, .last = MDF_NONE, .by = MDF_NONE,
					  .by_told = MDF_NONE, .told = MDF_NONE };

uint32_t mdf_stream_begin(struct spur_reader *r, uint32_t root, const struct mdf_block *ds)
{
	struct mdf_stream s = { .root = root, .align_by = MDF_NONE, .align_at = mdf_block_link(r, ds, DS_LINK_START) };
	struct mdf_field top = nothing;

	if (r->in_stream != MDF_NONE)
		return MDF_NONE;
	top.kind = MDF_FIELD_STRUCT;
	s.top = add(r, &top);
	MDF_PUSH(&r->streams, r->stream_count, &r->stream_cap);
	r->streams[r->stream_count] = s;
	r->in_stream = (uint32_t)r->stream_count++;
	r->in_field = s.top;
	return r->in_stream;
}

void mdf_stream_end(struct spur_reader *r, uint32_t stream)
{
	if (stream == MDF_NONE)
		return;
	r->streams[stream].end = (uint32_t)r->field_count;
	r->in_stream = r->in_field = MDF_NONE;
}

uint32_t mdf_field_add(struct spur_reader *r, uint32_t channel, const struct mdf_block *cn)
{
	struct mdf_field f = nothing;
	unsigned char alignment = 0;
	uint32_t index, up = r->in_field;

	if (r->in_stream == MDF_NONE)
		return MDF_NONE;
	if (cn->body_len > CN_ALIGNMENT_AT)
		mdf_meta_read(r, cn->body + CN_ALIGNMENT_AT, &alignment, 1, NULL);
	f.channel = channel;
	f.alignment = alignment;
	f.reset = (r->channels[channel].flags & CN_RESET) != 0;
	f.option = r->in_option;
	f.in_list = r->fields[up].in_list || r->fields[up].kind == MDF_FIELD_LIST;
	r->channels[channel].stream = r->in_stream;
	index = add(r, &f);
	if (r->fields[up].first == MDF_NONE)
		r->fields[up].first = index;
	else
		r->fields[r->fields[up].last].next = index;
	r->fields[up].last = index;
	return index;
}

static bool compose_list(struct spur_reader *r, struct mdf_field *f, const struct mdf_block *b)
{
	unsigned char raw[8];

	if (b->body_len < sizeof(raw) || mdf_block_body(r, b, raw, sizeof(raw), NULL) < 0)
		return false;
	f->kind = MDF_FIELD_LIST;
	f->by_at = mdf_block_link(r, b, CL_LINK_SIZE);
	f->list.counts = (spur_le16(raw) & CL_COUNTS) != 0;
	f->list.reset = (spur_le16(raw) & CL_RESET) != 0;
	f->list.alignment = raw[2];
	f->list.bit_offset = raw[3];
	f->list.byte_offset = spur_le32(raw + 4);
	return true;
}

static bool compose_variant(struct spur_reader *r, struct mdf_field *f, const struct mdf_block *b)
{
	unsigned char raw[8];
	uint64_t *values;

	if (mdf_block_body(r, b, raw, sizeof(raw), NULL) < 0 || b->links == 0 || spur_le32(raw) > b->links - 1 ||
	    b->body_len < 8 + 8 * (uint64_t)spur_le32(raw) || !mdf_links_take(r, spur_le32(raw)))
		return false;
	f->kind = MDF_FIELD_VARIANT;
	f->by_at = mdf_block_link(r, b, CV_LINK_BY);
	f->value_count = spur_le32(raw);
	if ((values = spur_arena_array(r->arena, f->value_count, sizeof(*values))) == NULL)
		return false;
	for (uint32_t i = 0; i < f->value_count; i++) {
		if (mdf_meta_read(r, b->body + 8 + 8 * (uint64_t)i, raw, 8, NULL) < 0)
			return false;
		values[i] = spur_le64(raw);
	}
	f->values = values;
	return true;
}

bool mdf_field_compose(struct spur_reader *r, uint32_t field, const struct mdf_block *b)
{
	struct mdf_field *f = &r->fields[field];

	if (b->id[1] == 'L')
		return compose_list(r, f, b);
	if (b->id[1] == 'V')
		return compose_variant(r, f, b);
	f->kind = MDF_FIELD_UNION;
	return true;
}

/* ---- when all channels are known ---- */

/* A number of the same record, or a field of the same stream that a walk then remembers. */
static uint32_t teller(struct spur_reader *r, const struct mdf_stream *s, uint32_t channel)
{
	const struct mdf_channel *c = &r->channels[channel], *root = &r->channels[s->root];

	if (r->groups[c->group].at != r->groups[root->group].at || c->shape != MDF_SCALAR || !mdf_is_integer(c) ||
	    (c->type != MDF_CN_FIXED && c->type != MDF_CN_MASTER) || c->bits == 0 || c->bit_offset > 7)
		return MDF_NONE;
	if (c->stream != MDF_NONE)
		return &r->streams[c->stream] == s ? channel : MDF_NONE;
	return c->byte_offset + mdf_value_bytes(c) <= r->groups[c->group].data_bytes ? channel : MDF_NONE;
}

/* Fields lie in the order of their channels. */
static struct mdf_field *field_of(const struct spur_reader *r, uint32_t channel)
{
	const struct mdf_stream *s = &r->streams[r->channels[channel].stream];
	size_t lo = s->top + 1, hi = s->end;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (r->fields[mid].channel < channel)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->end && r->fields[lo].channel == channel ? &r->fields[lo] : NULL;
}

/* What tells a size or an option is kept when a walk comes by. */
static void remember(struct spur_reader *r, struct mdf_stream *s, struct mdf_field *f)
{
	struct mdf_field *by;

	if (f->by == MDF_NONE || r->channels[f->by].stream == MDF_NONE || (by = field_of(r, f->by)) == NULL)
		return;
	if (by->told == MDF_NONE)
		by->told = s->told_count++;
	f->by_told = by->told;
}

static void resolve_field(struct spur_reader *r, struct mdf_stream *s, struct mdf_field *f, const struct mdf_map *channels)
{
	uint64_t index;

	if (f->channel == MDF_NONE)
		return;
	if ((f->kind == MDF_FIELD_LIST || f->kind == MDF_FIELD_VARIANT) && mdf_map_get(channels, f->by_at, &index))
		f->by = teller(r, s, (uint32_t)index);
	if (f->kind == MDF_FIELD_VALUE && r->channels[f->channel].type == MDF_CN_VLSC && r->channels[f->channel].length_channel != MDF_NONE)
		f->by = teller(r, s, r->channels[f->channel].length_channel);
	if (f->kind != MDF_FIELD_VALUE)
		r->channels[f->channel].shape = MDF_STRUCT;
}

void mdf_resolve_streams(struct spur_reader *r, const struct mdf_map *channels)
{
	for (size_t k = 0; k < r->stream_count; k++) {
		struct mdf_stream *s = &r->streams[k];
		uint64_t index;

		if (s->align_at != 0 && mdf_map_get(channels, s->align_at, &index) && r->channels[index].stream == MDF_NONE)
			s->align_by = teller(r, s, (uint32_t)index);
		for (size_t i = s->top; i < s->end; i++)
			resolve_field(r, s, &r->fields[i], channels);
		for (size_t i = s->top; i < s->end; i++)
			remember(r, s, &r->fields[i]);
	}
}

bool mdf_field_in_list(const struct spur_reader *r, uint32_t channel)
{
	const struct mdf_field *f = r->channels[channel].stream == MDF_NONE ? NULL : field_of(r, channel);

	return f != NULL && f->in_list;
}

const char *mdf_field_refusal(const struct spur_reader *r, uint32_t channel)
{
	const struct mdf_channel *c = &r->channels[channel];
	const struct mdf_field *f = field_of(r, channel);
	bool number = c->data_type <= MDF_REAL_BE;

	if (f == NULL)
		return "a field of a data stream in an array; that of its first element is read";
	if (r->signals[r->streams[c->stream].root].refused)
		return "a field of a data stream whose bytes are not read";
	if (c->data_type > MDF_BOM_TEXT)
		return "a field of a data type that is not known";
	if (f->kind != MDF_FIELD_VALUE)
		return f->in_list ? "a structure in a list of a data stream; its members are read" : NULL;
	if (c->type != MDF_CN_FIXED && c->type != MDF_CN_VLSD && c->type != MDF_CN_VLSC)
		return "a field of a data stream that is neither a value nor one of any length";
	if (c->type == MDF_CN_VLSD && c->bits != 0)
		return "a field of a data stream whose values lie elsewhere";
	if (c->type == MDF_CN_VLSC && f->by == MDF_NONE)
		return "a field of any length without a channel of its sizes";
	if (c->type == MDF_CN_FIXED && c->bits == 0)
		return "a field of no bits";
	if (number && (c->type != MDF_CN_FIXED || (c->data_type >= MDF_REAL_LE && c->bits != 16 && c->bits != 32 && c->bits != 64)))
		return "a number of a size that is not known";
	if (f->in_list && (mdf_raw_type(c) == SPUR_TYPE_BYTES || (!number && !mdf_is_text(c))))
		return "bytes in a list of a data stream; those of the list are read";
	return NULL;
}
