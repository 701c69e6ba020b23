#include "config.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/buf.h"
#include "format/mdf4/array_axis.h"
#include "format/mdf4/block.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/limits.h"
#include "format/mdf4/load.h"
#include "format/mdf4/map.h"
#include "format/mdf4/stream.h"

#define INVAL_SPARE 4096u	/* invalidation bytes that no channel of a group needs */

/*
 * The last step of open: addresses become indexes, types are known, and what cannot be read
 * is refused by name, per channel or per group, so that the rest stays readable.
 */

__attribute__((format(printf, 2, 3)))
static const char *say(struct spur_reader *r, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;
	const char *out;

	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	out = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	spur_buf_finish(&b);
	return out == NULL ? "cannot be read" : out;
}

static const char *refuse_layout(struct spur_reader *r, const struct mdf_channel *c, const struct mdf_group *g)
{
	if (c->type > MDF_CN_VLSC)
		return say(r, "channel type %u is not known", c->type);
	if (c->data_type > MDF_BOM_TEXT)
		return say(r, "data type %u is not known", c->data_type);
	if (c->shape == MDF_SCALAR && (c->type == MDF_CN_VIRTUAL || c->type == MDF_CN_VIRTUAL_MASTER))
		return NULL;
	if (c->bit_offset > 7)
		return say(r, "bit offset %u; at most 7 makes sense", c->bit_offset);
	if (c->bits == 0 && c->shape == MDF_SCALAR && c->data_type < MDF_LATIN1)
		return "a number of no bits";
	if ((c->data_type == MDF_REAL_LE || c->data_type == MDF_REAL_BE) && c->shape == MDF_SCALAR &&
	    (c->bit_offset != 0 || (c->bits != 16 && c->bits != 32 && c->bits != 64)))
		return say(r, "a real of %" PRIu32 " bits at bit %u; 16, 32 and 64 at bit 0 are read", c->bits, c->bit_offset);
	if ((c->type == MDF_CN_VLSD || c->type == MDF_CN_VLSC) && c->shape == MDF_SCALAR && c->bits > 64)
		return say(r, "an offset of %" PRIu32 " bits", c->bits);
	if (c->type == MDF_CN_VLSC && c->shape == MDF_SCALAR && c->length_channel == MDF_NONE)
		return "a VLSC channel without a channel of its sizes";
	if (c->byte_offset + mdf_value_bytes(c) > g->data_bytes)
		return say(r, "bytes %" PRIu32 " to %" PRIu64 " lie beyond the record of %" PRIu32 " bytes", c->byte_offset,
			   c->byte_offset + mdf_value_bytes(c), g->data_bytes);
	return NULL;
}

static enum spur_type physical_type(struct spur_reader *r, const struct mdf_channel *c, enum spur_type raw)
{
	unsigned conv = c->shape == MDF_SCALAR ? mdf_conv_type(r, c->conv) : MDF_CC_IDENTITY;

	if (conv == MDF_CC_IDENTITY || raw == SPUR_TYPE_BYTES)
		return raw;
	if (raw == SPUR_TYPE_TEXT)
		return conv == MDF_CC_TEXT_VALUE ? SPUR_TYPE_F64 : SPUR_TYPE_TEXT;
	if (conv == MDF_CC_BITFIELD)
		return SPUR_TYPE_TEXT;
	return conv == MDF_CC_TEXT_TEXT || conv == MDF_CC_TEXT_VALUE ? raw : SPUR_TYPE_F64;
}

/* It lies in the same record, and its value is a number that is read as it is. */
static bool tells_lengths(const struct spur_reader *r, const struct mdf_channel *c, const struct mdf_channel *length)
{
	const struct mdf_group *g = &r->groups[c->group];

	return r->groups[length->group].at == g->at && length->stream == MDF_NONE && length->shape == MDF_SCALAR && length->type != MDF_CN_VLSD &&
	       length->type != MDF_CN_MLSD && length->type != MDF_CN_VLSC && length->data_type <= MDF_INT_BE && length->bits <= 64 &&
	       length->bit_offset <= 7 && length->byte_offset + mdf_value_bytes(length) <= g->data_bytes;
}

static void resolve_channel(struct spur_reader *r, uint32_t i, const struct mdf_map *groups, const struct mdf_map *channels)
{
	struct mdf_channel *c = &r->channels[i];
	struct spur_signal *s = &r->signals[i];
	struct mdf_group *g = &r->groups[c->group];
	uint64_t index;

	if ((c->type == MDF_CN_VLSD || c->type == MDF_CN_VLSC) && mdf_map_get(groups, c->data, &index) &&
	    (c->type == MDF_CN_VLSC) == ((r->groups[index].flags & MDF_CG_VLSC) != 0))
		c->vlsd_group = (uint32_t)index;
	if (c->type == MDF_CN_MLSD && mdf_map_get(channels, c->data, &index))
		c->length_channel = (uint32_t)index;
	if (c->length_channel != MDF_NONE && !tells_lengths(r, c, &r->channels[c->length_channel]))
		c->length_channel = MDF_NONE;
	if (!s->refused) {
		s->refusal = r->shown_groups[c->group].refusal;
		if (s->refusal == NULL)
			s->refusal = c->stream != MDF_NONE ? mdf_field_refusal(r, i) : refuse_layout(r, c, g);
		s->refused = s->refusal != NULL;
	}
	s->raw_type = mdf_raw_type(c);
	s->type = physical_type(r, c, s->raw_type);
	if (mdf_field_in_list(r, i))
		s->raw_type = s->type = SPUR_TYPE_TEXT;
	s->stream = *r->shown_groups[c->group].name != '\0' ? r->shown_groups[c->group].name :
							      r->shown_groups[c->group].source;
	if (s->is_master && c->shape == MDF_SCALAR && !s->refused &&
	    (g->master == MDF_NONE || (c->sync == 1 && r->channels[g->master].sync != 1)))
		g->master = i;
}

static void refuse_group(struct spur_reader *r, uint32_t i)
{
	const struct mdf_group *g = &r->groups[i];
	const struct mdf_data_group *dg = &r->data_groups[g->data_group];
	uint64_t row = (uint64_t)g->data_bytes + g->inval_bytes;

	if (r->shown_groups[i].refusal != NULL)
		return;
	if ((g->flags & MDF_CG_VALUES) != 0) {
		if (r->shown_groups[i].signal_count > 0)
			r->shown_groups[i].refusal = "records of any length are the values of another group, not rows";
		return;
	}
	if (dg->id_bytes != 0 && dg->id_bytes != 1 && dg->id_bytes != 2 && dg->id_bytes != 4 && dg->id_bytes != 8)
		r->shown_groups[i].refusal = say(r, "record ids of %u bytes; 0, 1, 2, 4 and 8 are possible", dg->id_bytes);
	else if (row > r->mem_bytes / 8)
		r->shown_groups[i].refusal = say(r, "records of %" PRIu64 " bytes do not fit the memory budget; raise --mem", row);
	else if (g->inval_bytes > INVAL_SPARE + r->shown_groups[i].signal_count)	/* one bit each is what they need */
		r->shown_groups[i].refusal = say(r, "%u invalidation bytes for %u channels", g->inval_bytes,
						 r->shown_groups[i].signal_count);
	else if (dg->id_bytes == 0 && i > dg->first_group)
		r->shown_groups[i].refusal = "several channel groups without record ids: only the first can be read";
}

static void finish_group(struct spur_reader *r, uint32_t i, const struct mdf_map *groups)
{
	static const enum spur_domain domains[] = { SPUR_DOMAIN_INDEX, SPUR_DOMAIN_TIME, SPUR_DOMAIN_ANGLE,
						    SPUR_DOMAIN_DISTANCE, SPUR_DOMAIN_INDEX };
	struct mdf_group *g = &r->groups[i];
	const struct mdf_group *with_master = g;
	uint64_t index;

	if ((g->flags & MDF_CG_REMOTE_MASTER) != 0 && mdf_map_get(groups, g->remote_master_at, &index) && index != i) {
		g->remote_master = (uint32_t)index;
		with_master = &r->groups[index];
	}
	if (with_master->master != MDF_NONE && r->channels[with_master->master].sync < 5)
		r->shown_groups[i].domain = domains[r->channels[with_master->master].sync];
	r->shown_groups[i].rows = (r->unfinished & MDF_UNFIN_CG_CYCLES) != 0 ? UINT64_MAX : g->cycles;
}

enum spur_status mdf_resolve(struct spur_reader *r, struct spur_error *err)
{
	struct mdf_map *groups = mdf_map_create(), *channels = mdf_map_create();

	(void)err;
	mdf_map_reserve(groups, r->group_count);
	mdf_map_reserve(channels, r->channel_count);
	for (uint32_t i = 0; i < r->group_count; i++) {
		mdf_map_put(groups, r->groups[i].at, i);
		refuse_group(r, i);
	}
	for (uint32_t i = 0; i < r->channel_count; i++)
		mdf_map_put(channels, r->channels[i].at, i);
	mdf_resolve_sizes(r, channels);
	mdf_resolve_streams(r, channels);
	for (uint32_t i = 0; i < r->channel_count; i++)
		resolve_channel(r, i, groups, channels);
	for (uint32_t i = 0; i < r->group_count; i++)
		finish_group(r, i, groups);
	mdf_resolve_relations(r, channels);
	mdf_resolve_arrays(r, channels);
	mdf_resolve_limits(r);
	mdf_read_events(r, groups, channels);
	mdf_read_tree(r, groups, channels);
	mdf_map_destroy(groups);
	mdf_map_destroy(channels);
	return SPUR_OK;
}
