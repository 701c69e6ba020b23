#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/limits.h"
#include "format/mdf4/stream.h"
#include "format/mdf4/text.h"

/*
 * The CN chain of a group. Members of a structure and elements of an array follow their
 * parent, so that `channel` counts them as the contract of the command line says.
 */
#define DEPTH_MAX 32u
#define CN_BODY 72u
#define DS_DESCRIPTION 1	/* mode of a DS block: an attachment describes the bytes */
/* What one channel costs in memory, roughly; the sum may take half of the budget. */
#define CHANNEL_COST (sizeof(struct mdf_channel) + sizeof(struct spur_signal) + 64)

struct mdf_channel *mdf_channel_add(struct spur_reader *r, uint32_t group)
{
	size_t cap = r->channel_cap;

	if (r->channel_count >= r->mem_bytes / 2 / CHANNEL_COST || r->channel_count >= MDF_NONE - 1)
		return NULL;
	MDF_PUSH(&r->channels, r->channel_count, &r->channel_cap);
	MDF_PUSH(&r->signals, r->channel_count, &cap);
	r->signals[r->channel_count] = (struct spur_signal){
		.group = group, .channel = (uint32_t)r->channel_count - r->shown_groups[group].first_signal,
		.name = "", .unit = "", .comment = "", .stream = "",
	};
	r->channels[r->channel_count] = (struct mdf_channel){
		.group = group, .vlsd_group = MDF_NONE, .length_channel = MDF_NONE, .stream = MDF_NONE,
	};
	return &r->channels[r->channel_count++];
}

static const char *implied_unit(unsigned sync)
{
	static const char *const units[] = { "", "s", "rad", "m", "" };

	return sync < sizeof(units) / sizeof(units[0]) ? units[sync] : "";
}

/* The channel's own unit wins, also when it is an empty text; then the conversion's. */
static const char *read_unit(struct spur_reader *r, uint64_t own, uint64_t conv)
{
	struct mdf_block cc;

	if (own != 0)
		return mdf_text(r, own);
	if (conv == 0 || mdf_block_read(r, conv, "CC", &cc, NULL) < 0)
		return "";
	return mdf_text(r, mdf_block_link(r, &cc, 1));
}

static enum spur_status fill(struct spur_reader *r, const struct mdf_block *b, struct mdf_channel *c, struct spur_signal *s,
			     struct spur_error *err)
{
	unsigned char raw[CN_BODY];
	enum spur_status st = mdf_block_body(r, b, raw, sizeof(raw), err);

	if (st < 0)
		return st;
	c->at = b->at;
	c->type = raw[0];
	c->sync = raw[1];
	c->data_type = raw[2];
	c->bit_offset = raw[3];
	c->byte_offset = spur_le32(raw + 4);
	c->bits = spur_le32(raw + 8);
	c->flags = spur_le32(raw + 12);
	c->inval_pos = spur_le32(raw + 16);
	if (spur_le16(raw + 22) > 0 || (c->flags & MDF_CN_DEFAULT_X) != 0 || c->type == MDF_CN_VLSC || c->type == MDF_CN_SYNC)
		mdf_note_relations(r, (uint32_t)(c - r->channels), b, spur_le16(raw + 22));
	mdf_note_limits(r, (uint32_t)(c - r->channels), raw);
	c->conv = mdf_block_link(r, b, 4);
	c->data = mdf_block_link(r, b, 5);
	s->name = mdf_text(r, mdf_block_link(r, b, 2));
	s->unit = read_unit(r, mdf_block_link(r, b, 6), c->conv);
	s->comment = mdf_text(r, mdf_block_link(r, b, 7));
	s->is_master = c->type == MDF_CN_MASTER || c->type == MDF_CN_VIRTUAL_MASTER;
	if ((s->is_master || c->type == MDF_CN_SYNC) && *s->unit == '\0')
		s->unit = implied_unit(c->sync);
	return SPUR_OK;
}

static void refuse_all(struct spur_reader *r, uint32_t first, const char *why)
{
	for (uint32_t i = first; i < r->channel_count; i++) {
		r->signals[i].refused = true;
		r->signals[i].refusal = why;
	}
}

/* The fields of a data stream, of one of its structures (CN), or the alternatives of CV and CU, as what lies below a field. */
static enum spur_status read_below(struct spur_reader *r, uint32_t group, uint32_t field, const struct mdf_block *b, unsigned depth,
				   struct spur_error *err)
{
	bool single = b->id[0] == 'D' || b->id[1] == 'L';	/* the fields are a chain; else each link is one */
	uint32_t up = r->in_field, option = r->in_option;
	uint64_t first = b->id[1] == 'V' ? 1 : 0;
	enum spur_status st = SPUR_OK;

	r->in_field = field;
	for (uint64_t i = first; i < (single ? 1 : b->links) && st == SPUR_OK; i++) {
		uint64_t to = mdf_block_link(r, b, i);
		struct mdf_block cn;

		r->in_option = (uint32_t)(i - first);
		if (to != 0 && mdf_block_read(r, to, "CN", &cn, NULL) == SPUR_OK)
			st = mdf_read_members(r, group, to, depth, err);
	}
	r->in_field = up;
	r->in_option = option;
	return st;
}

/* DS, CL, CV and CU (MDF 4.3). */
static enum spur_status read_stream(struct spur_reader *r, uint32_t index, uint32_t field, const struct mdf_block *b, unsigned depth,
				    struct spur_error *err)
{
	uint32_t first = (uint32_t)r->channel_count, group = r->channels[index].group, stream = MDF_NONE;
	unsigned char raw[3];
	enum spur_status st;

	if (!mdf_block_first_visit(r, b->at, "composition"))
		return SPUR_OK;
	if (b->id[0] == 'D' && mdf_block_body(r, b, raw, sizeof(raw), NULL) == SPUR_OK && raw[2] == DS_DESCRIPTION) {
		mdf_note_attachment(r, index, mdf_block_link(r, b, 0));
		return SPUR_OK;
	}
	if (b->id[0] == 'D') {
		stream = mdf_stream_begin(r, index, b);
		st = read_below(r, group, stream != MDF_NONE ? r->in_field : field, b, depth, err);
		mdf_stream_end(r, stream);
		if (stream == MDF_NONE)
			r->fields[field].kind = MDF_FIELD_STRUCT;
		return st;
	}
	if (field != MDF_NONE && !mdf_field_compose(r, field, b)) {
		mdf_damaged(r, b->at, 0, "##%s: a composition without what it states", b->id);
		r->fields[field].kind = MDF_FIELD_LIST;	/* of unknown size: nothing behind it is found */
	}
	st = read_below(r, group, field, b, depth, err);
	if (field == MDF_NONE)
		refuse_all(r, first, "a list, variant or union outside of a data stream; its bytes are read");
	return st;
}

static enum spur_status read_structure(struct spur_reader *r, uint32_t index, uint32_t field, uint64_t at, unsigned depth,
				       struct spur_error *err)
{
	uint32_t up = r->in_field;
	enum spur_status st;

	r->channels[index].shape = MDF_STRUCT;
	if (field != MDF_NONE) {
		r->fields[field].kind = MDF_FIELD_STRUCT;
		r->in_field = field;
	}
	st = mdf_read_members(r, r->channels[index].group, at, depth, err);
	r->in_field = up;
	return st;
}

/* In a data stream an array is its bytes. */
static enum spur_status read_array(struct spur_reader *r, uint32_t index, uint64_t at, unsigned depth, struct spur_error *err)
{
	uint32_t stream = r->in_stream, first = (uint32_t)r->channel_count;
	enum spur_status st;

	r->in_stream = MDF_NONE;
	st = mdf_read_array(r, index, at, depth, err);
	r->in_stream = stream;
	if (stream != MDF_NONE)
		refuse_all(r, first, "an element of an array in a data stream; the bytes of the array are read");
	return st;
}

/* field: the one of the channel in a data stream, or MDF_NONE. */
static enum spur_status read_composition(struct spur_reader *r, uint32_t index, uint32_t field, uint64_t at, unsigned depth,
					 struct spur_error *err)
{
	struct mdf_block b;
	struct spur_error why;

	if (at == 0)
		return SPUR_OK;
	if (depth > DEPTH_MAX) {
		mdf_damaged(r, at, 0, "compositions deeper than %u", DEPTH_MAX);
		return SPUR_OK;
	}
	if (mdf_block_read(r, at, "CNCADSCLCVCU", &b, &why) < 0) {
		mdf_damaged(r, at, 0, "composition: %s", why.text);
		return SPUR_OK;
	}
	if (strcmp(b.id, "CA") == 0)
		return read_array(r, index, at, depth, err);
	if (strcmp(b.id, "CN") == 0)
		return read_structure(r, index, field, at, depth, err);
	return read_stream(r, index, field, &b, depth, err);
}

enum spur_status mdf_read_members(struct spur_reader *r, uint32_t group, uint64_t at, unsigned depth,
				  struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	unsigned needs = 0;

	at = mdf_block_unguard(r, at, &needs);
	while (st == SPUR_OK && at != 0 && mdf_block_first_visit(r, at, "channel")) {
		struct mdf_block b;
		struct spur_error why;
		struct mdf_channel *c;
		uint32_t index = (uint32_t)r->channel_count, field;

		if (mdf_block_read(r, at, "CN", &b, &why) < 0) {
			mdf_damaged(r, at, 0, "channel: %s", why.text);
			break;
		}
		if ((c = mdf_channel_add(r, group)) == NULL)
			return spur_fail_byte(err, SPUR_ENOMEM, at, "byte %" PRIu64 ": more channels than the memory budget of %"
					      PRIu64 " KiB holds; raise --mem", at, r->mem_bytes >> 10);
		if (fill(r, &b, c, &r->signals[index], &why) < 0) {
			mdf_damaged(r, at, 0, "channel: %s", why.text);
			r->channel_count--;
			break;
		}
		field = mdf_field_add(r, index, &b);
		c = &r->channels[index];
		c->guarded = needs != 0;
		if (c->guarded) {
			r->signals[index].refused = true;
			r->signals[index].refusal = mdf_guarded(r, needs);
		} else {
			st = read_composition(r, index, field, mdf_block_link(r, &b, 1), depth + 1, err);
		}
		needs = 0;
		at = mdf_block_unguard(r, mdf_block_link(r, &b, 0), &needs);
	}
	return st;
}

enum spur_status mdf_read_channels(struct spur_reader *r, uint32_t group, uint64_t first, struct spur_error *err)
{
	return mdf_read_members(r, group, first, 0, err);
}
