#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/check.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/map.h"

/* What the blocks of a tree say of each other (MDF 4.1, the tables of HD, DG, CG, CN, CC, SR and EV): each finding
 * with its place and what comes of it. */

static void check_header(struct mdf_checking *c)
{
	unsigned char raw[16];
	struct mdf_block hd;

	if (mdf_block_read(c->r, 64, "HD", &hd, NULL) < 0 || mdf_block_body(c->r, &hd, raw, sizeof(raw), NULL) < 0)
		return;
	if ((raw[12] & 3) == 3)
		mdf_found(c, SPUR_WARNING, hd.body + 12, "the start is both local time and UTC with offsets: it is taken for local time");
	if (!c->r->d.has_time)
		mdf_found(c, SPUR_WARNING, hd.body, "the start is no time after 1970: times count from there");
	if (c->r->d.history_count == 0)
		mdf_found(c, SPUR_WARNING, 64 + MDF_HEAD_BYTES + 8, "no ##FH says who made the file");
	for (size_t i = 1; i < c->r->d.history_count; i++) {
		if (c->r->history[i].timed && c->r->history[i - 1].timed && c->r->history[i].time_ns < c->r->history[i - 1].time_ns)
			mdf_found(c, SPUR_NOTE, 64 + MDF_HEAD_BYTES + 8, "entry %zu of the file history is older than the one before it", i);
	}
}

/* Records are told apart by their id alone. */
static void check_ids(struct mdf_checking *c, const struct mdf_data_group *dg)
{
	struct mdf_map *ids = mdf_map_create();
	uint64_t other;

	for (uint32_t i = 0; i < dg->group_count; i++) {
		const struct mdf_group *g = &c->r->groups[dg->first_group + i];

		if (dg->id_bytes > 0 && dg->id_bytes < 8 && g->record_id >> 8 * dg->id_bytes != 0)
			mdf_found(c, SPUR_DEFECT, g->at, "channel group %" PRIu32 ": record id %" PRIu64 " does not fit the %u bytes of its data "
				  "group: none of its records is found", dg->first_group + i, g->record_id, dg->id_bytes);
		else if (mdf_map_get(ids, g->record_id, &other))
			mdf_found(c, SPUR_DEFECT, g->at, "channel groups %" PRIu64 " and %" PRIu32 " have the same record id %" PRIu64
				  ": the records of one count as the other's", other, dg->first_group + i, g->record_id);
		mdf_map_put(ids, g->record_id, dg->first_group + i);
	}
	mdf_map_destroy(ids);
}

static void check_data_groups(struct mdf_checking *c)
{
	for (uint32_t i = 0; i < c->r->data_group_count; i++) {
		const struct mdf_data_group *dg = &c->r->data_groups[i];

		if (dg->id_bytes > 8 || (dg->id_bytes > 2 && dg->id_bytes != 4 && dg->id_bytes != 8))
			mdf_found(c, SPUR_DEFECT, dg->at, "data group %" PRIu32 ": record ids of %u bytes: its data are not read", i, dg->id_bytes);
		else if (dg->group_count > 1 && dg->id_bytes == 0)
			mdf_found(c, SPUR_DEFECT, dg->at, "data group %" PRIu32 ": %" PRIu32 " channel groups and no record ids: only the first is "
				  "read", i, dg->group_count);
		if (dg->group_count > 1 && dg->id_bytes != 0)
			check_ids(c, dg);
		if (dg->group_count == 0 && dg->data != 0)
			mdf_found(c, SPUR_WARNING, dg->at, "data group %" PRIu32 ": data without a channel group: nothing says what they are", i);
	}
}

/* Groups of values that a channel refers to; the caller frees. */
static bool *owned_groups(const struct spur_reader *r)
{
	bool *owned = spur_calloc(r->group_count + 1, sizeof(*owned));

	for (uint32_t i = 0; i < r->channel_count; i++) {
		if (r->channels[i].vlsd_group != MDF_NONE)
			owned[r->channels[i].vlsd_group] = true;
	}
	return owned;
}

static void check_group(struct mdf_checking *c, uint32_t i, bool owned)
{
	const struct mdf_group *g = &c->r->groups[i];
	unsigned masters = 0;

	if (g->element > 0)
		return;
	if ((g->flags & MDF_CG_VALUES) != 0) {
		if (!owned)
			mdf_found(c, SPUR_WARNING, g->at, "channel group %" PRIu32 " has values of any length and no channel refers to it: they are "
				  "not read", i);
		return;
	}
	for (uint32_t k = 0; k < c->r->shown_groups[i].signal_count; k++) {
		const struct mdf_channel *ch = &c->r->channels[c->r->shown_groups[i].first_signal + k];

		masters += ch->shape == MDF_SCALAR && ch->type == MDF_CN_MASTER;
		masters += ch->shape == MDF_SCALAR && ch->type == MDF_CN_VIRTUAL_MASTER;
	}
	if (masters > 1)
		mdf_found(c, SPUR_NOTE, g->at, "channel group %" PRIu32 " has %u masters: one of time counts", i, masters);
	if ((g->flags & MDF_CG_REMOTE_MASTER) != 0 && g->remote_master == MDF_NONE)
		mdf_found(c, SPUR_DEFECT, g->at, "channel group %" PRIu32 ": its remote master is no channel group: its rows have no time", i);
	if ((g->flags & MDF_CG_REMOTE_MASTER) != 0 && g->remote_master != MDF_NONE && c->r->groups[g->remote_master].cycles != g->cycles)
		mdf_found(c, SPUR_WARNING, g->at, "channel group %" PRIu32 " has %" PRIu64 " records, its remote master %" PRIu64
			  ": rows beyond have no time", i, g->cycles, c->r->groups[g->remote_master].cycles);
}

static void check_channel(struct mdf_checking *c, uint32_t i)
{
	const struct mdf_channel *ch = &c->r->channels[i];
	const struct mdf_group *g = &c->r->groups[ch->group];
	const char *name = c->r->signals[i].name;

	if (*name == '\0')
		mdf_found(c, SPUR_WARNING, ch->at, "a channel without a name, %" PRIu32 " of channel group %" PRIu32, c->r->signals[i].channel,
			  ch->group);
	if ((ch->flags & MDF_CN_INVAL_USED) != 0 && ch->inval_pos / 8 >= g->inval_bytes)
		mdf_found(c, SPUR_WARNING, ch->at, "channel '%s': invalidation bit %" PRIu32 " of %" PRIu32
			  " bytes: all of its values count as valid", name, ch->inval_pos, g->inval_bytes);
	if ((ch->type == MDF_CN_VLSD || ch->type == MDF_CN_VLSC) && ch->data == 0 && g->cycles > 0 && ch->shape == MDF_SCALAR &&
	    ch->stream == MDF_NONE)
		mdf_found(c, SPUR_WARNING, ch->at, "channel '%s': offsets without data: all of its values are missing", name);
	if ((ch->type == MDF_CN_VLSD || ch->type == MDF_CN_VLSC) && ch->data_type < MDF_LATIN1 && ch->shape == MDF_SCALAR)
		mdf_found(c, SPUR_NOTE, ch->at, "channel '%s': numbers of any length are read as bytes", name);
	if (ch->type == MDF_CN_MLSD && ch->length_channel == MDF_NONE)
		mdf_found(c, SPUR_WARNING, ch->at, "channel '%s': no channel of its record tells its length: its values have the padding too",
			  name);
	if ((ch->type == MDF_CN_MASTER || ch->type == MDF_CN_VIRTUAL_MASTER) && (ch->sync == 0 || ch->sync > 4))
		mdf_found(c, SPUR_WARNING, ch->at, "master '%s': synchronisation %u: it is taken for a number of the row", name, ch->sync);
}

static void check_conversion(struct mdf_checking *c, const struct mdf_channel *ch, const struct mdf_conv *conv)
{
	unsigned step = conv->type == MDF_CC_INTERPOLATE || conv->type == MDF_CC_NEAREST ? 2 : 0;

	if (conv->type == MDF_CC_LINEAR && conv->val[1] == 0)
		mdf_found(c, SPUR_NOTE, ch->conv, "the conversion is linear with factor 0: every value is %g", conv->val[0]);
	for (uint32_t i = step; step != 0 && i + step <= conv->nval; i += step) {
		if (conv->val[i] > conv->val[i - step])
			continue;
		mdf_found(c, SPUR_WARNING, ch->conv, "the keys of the conversion do not increase at entry %" PRIu32
			  ": values near it are arbitrary", i / step);
		return;
	}
	if (conv->type != MDF_CC_RANGE_VALUE && conv->type != MDF_CC_RANGE_TEXT)
		return;
	step = conv->type == MDF_CC_RANGE_VALUE ? 3 : 2;
	for (uint32_t i = 0; i + step <= conv->nval; i += step) {
		if (conv->val[i] <= conv->val[i + 1])
			continue;
		mdf_found(c, SPUR_WARNING, ch->conv, "range %" PRIu32 " of the conversion ends before it begins: nothing is in it", i / step);
		return;
	}
}

/* Each conversion once; those that cannot be loaded are told by the reading of the data. */
static void check_conversions(struct mdf_checking *c)
{
	struct mdf_map *seen = mdf_map_create();

	for (uint32_t i = 0; i < c->r->channel_count && c->st == SPUR_OK; i++) {
		const struct mdf_channel *ch = &c->r->channels[i];
		const struct mdf_conv *conv;

		if (ch->conv != 0 && mdf_map_put(seen, ch->conv, 0) && mdf_conv_load(c->r, ch->conv, &conv, NULL) == SPUR_OK && conv != NULL)
			check_conversion(c, ch, conv);
	}
	mdf_map_destroy(seen);
}

static void check_events(struct mdf_checking *c)
{
	for (size_t i = 0; i < c->r->d.event_count && c->st == SPUR_OK; i++) {
		const struct spur_event *e = &c->r->events[i];
		uint64_t at = c->r->first_event;

		if (!isfinite(e->value))
			mdf_found(c, SPUR_WARNING, at, "event %zu '%s' has no place: its value is no number", i, e->name);
		if (strcmp(e->kind, "unknown") == 0 || strcmp(e->range, "unknown") == 0)
			mdf_found(c, SPUR_WARNING, at, "event %zu '%s' is of a kind or range that is not known", i, e->name);
		if (strcmp(e->range, "end") == 0 && e->partner == SPUR_NOT_KNOWN)
			mdf_found(c, SPUR_WARNING, at, "event %zu '%s' ends a range that no event begins", i, e->name);
	}
}

static void check_reductions(struct mdf_checking *c)
{
	for (size_t i = 0; i < c->r->d.reduction_count && c->st == SPUR_OK; i++) {
		const struct spur_reduction *s = &c->r->reductions[i];

		if (!(s->interval > 0))
			mdf_found(c, SPUR_WARNING, c->r->groups[s->group].at, "channel group %" PRIu32 ": a reduction with an interval of %g", s->group,
				  s->interval);
		if (s->rows != UINT64_MAX && s->rows > c->r->groups[s->group].cycles && c->r->groups[s->group].cycles > 0)
			mdf_found(c, SPUR_NOTE, c->r->groups[s->group].at, "channel group %" PRIu32 ": a reduction of more rows (%" PRIu64
				  ") than there are records", s->group, s->rows);
	}
}

void mdf_check_rules(struct mdf_checking *c)
{
	bool *owned = owned_groups(c->r);

	check_header(c);
	check_data_groups(c);
	for (uint32_t i = 0; i < c->r->group_count && c->st == SPUR_OK; i++)
		check_group(c, i, owned[i]);
	free(owned);
	for (uint32_t i = 0; i < c->r->channel_count && c->st == SPUR_OK; i++) {
		if (c->r->groups[c->r->channels[i].group].element == 0)
			check_channel(c, i);
	}
	check_conversions(c);
	check_events(c);
	check_reductions(c);
}
