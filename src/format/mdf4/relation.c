#include "config.h"

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

/*
 * The links of a CN block behind the first eight: attachments, as many as the block says, then with the flag
 * "default X" the DG, CG and CN of a channel to draw it over (MDF 4.1, "CNBLOCK").
 * Of a VLSC channel (4.3) the last one is the channel with the sizes of its values. A synchronisation channel
 * links the attachment that its values count in, in place of data.
 */
#define CN_LINKS 8u
#define CN_LINK_DATA 5u

static void add(struct spur_reader *r, struct mdf_pending p)
{
	if ((p.x == 0 && p.attachment == 0 && p.size == 0) || !mdf_links_take(r, 1))
		return;
	MDF_PUSH(&r->pending, r->pending_count, &r->pending_cap);
	r->pending[r->pending_count++] = p;
}

void mdf_note_relations(struct spur_reader *r, uint32_t signal, const struct mdf_block *cn, unsigned attachments)
{
	for (unsigned i = 0; i < attachments && CN_LINKS + i < cn->links; i++)
		add(r, (struct mdf_pending){ .signal = signal, .attachment = mdf_block_link(r, cn, CN_LINKS + i) });
	if ((r->channels[signal].flags & MDF_CN_DEFAULT_X) != 0)
		add(r, (struct mdf_pending){ .signal = signal, .x = mdf_block_link(r, cn, CN_LINKS + (uint64_t)attachments + 2) });
	if (r->channels[signal].type == MDF_CN_SYNC)
		add(r, (struct mdf_pending){ .signal = signal, .attachment = mdf_block_link(r, cn, CN_LINK_DATA), .sync = true });
	if (r->channels[signal].type == MDF_CN_VLSC && cn->links > CN_LINKS)
		add(r, (struct mdf_pending){ .signal = signal, .size = mdf_block_link(r, cn, cn->links - 1) });
}

void mdf_note_attachment(struct spur_reader *r, uint32_t signal, uint64_t at)
{
	add(r, (struct mdf_pending){ .signal = signal, .attachment = at });
}

void mdf_resolve_sizes(struct spur_reader *r, const struct mdf_map *channels)
{
	uint64_t index;

	for (size_t i = 0; i < r->pending_count; i++) {
		if (r->pending[i].size != 0 && mdf_map_get(channels, r->pending[i].size, &index))
			r->channels[r->pending[i].signal].length_channel = (uint32_t)index;
	}
}

void mdf_resolve_relations(struct spur_reader *r, const struct mdf_map *channels)
{
	for (size_t i = 0; i < r->pending_count; i++) {
		const struct mdf_pending *p = &r->pending[i];
		struct spur_relation out = { p->signal, SPUR_NOT_KNOWN, SPUR_NOT_KNOWN, false };
		uint64_t index;

		if (p->size != 0)
			continue;
		if (p->x != 0 && mdf_map_get(channels, p->x, &index))
			out.x = (uint32_t)index;
		else if (p->attachment != 0 && mdf_map_get(r->attachment_at, p->attachment, &index))
			out.attachment = (uint32_t)index, out.sync = p->sync;
		else {
			mdf_flawed(r, r->channels[p->signal].at, "channel '%s': %s it links is not there", r->signals[p->signal].name,
				    p->x != 0 ? "the default X" : "an attachment");
			continue;
		}
		MDF_PUSH(&r->relations, r->d.relation_count, &r->relation_cap);
		r->relations[r->d.relation_count++] = out;
	}
}
