#include "config.h"

#include "format/mdf4/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

/* What is copied as it is, but for its links. HD, DG and CG are made anew; data, sample
 * reductions and groups that only hold values of variable length are not part of the tree. */
#define COPIED "CNCCSITXMDFHCHATEVCADSCLCVCU"
#define COPY_BYTES (64u << 10)

enum { HD_LINKS = 6, CG_BODY = 32, CG_LINK_MASTER = 6, CN_LINK_DATA = 5 };

static void want(struct mdf_rewrite *w, uint64_t at)
{
	struct mdf_block b;
	uint64_t known;

	if (at == 0 || mdf_map_get(w->moved, at, &known) || mdf_block_read(w->r, at, COPIED, &b, NULL) < 0)
		return;
	uint64_t len = b.body - b.at + b.body_len;

	mdf_map_put(w->moved, at, w->next);
	w->next += (len + 7) / 8 * 8;
	MDF_PUSH(&w->order, w->order_count, &w->order_cap);
	w->order[w->order_count++] = at;
}

static void want_links(struct mdf_rewrite *w, uint64_t at, const char *ids)
{
	struct mdf_block b;

	if (at == 0 || mdf_block_read(w->r, at, ids, &b, NULL) < 0)
		return;
	for (uint64_t i = 0; i < b.links; i++)
		want(w, mdf_block_link(w->r, &b, i));
}

static uint64_t moved_to(const struct mdf_rewrite *w, uint64_t at)
{
	uint64_t to = 0;

	return mdf_map_get(w->moved, at, &to) ? to : 0;
}

/* Link i of a block where it belongs to a chain or a composition: what it may name; else NULL. */
static const char *chain_of(const char *id, uint64_t i)
{
	static const struct { char id[3]; uint64_t link; const char *names; } chains[] = {
		{ "HD", 1, "FH" }, { "HD", 3, "AT" }, { "HD", 4, "EV" }, { "CG", 1, "CN" }, { "CN", 0, "CN" },
		{ "CN", 1, "CNCADSCLCVCU" }, { "CA", 0, "CACN" }, { "FH", 0, "FH" }, { "AT", 0, "AT" }, { "EV", 0, "EV" },
	};

	for (size_t k = 0; k < sizeof(chains) / sizeof(chains[0]); k++) {
		if (strcmp(chains[k].id, id) == 0 && chains[k].link == i)
			return chains[k].names;
	}
	return NULL;
}

/* Where link i of an old block leads in the new file. A chain that would come back to a block, or meets one of another
 * kind, ends there, as it did while it was read. */
static uint64_t new_link(struct mdf_rewrite *w, const struct mdf_block *b, uint64_t i)
{
	const char *names = chain_of(b->id, i);
	uint64_t at = mdf_block_link(w->r, b, i);
	struct mdf_block to;

	if (names != NULL && at != 0 && (mdf_block_read(w->r, at, names, &to, NULL) < 0 || !mdf_map_put(w->chained, at, 0)))
		return 0;
	return moved_to(w, at);
}

/* Places for the group's own two blocks, then for all that is linked from them. */
static void plan(struct mdf_rewrite *w)
{
	static const uint64_t dg_bytes = 64, cg_bytes = MDF_HEAD_BYTES + 8 * 7 + CG_BODY;

	for (size_t i = 0; i < w->r->group_count; i++) {
		const struct mdf_group *g = &w->r->groups[i];

		if ((g->flags & MDF_CG_VLSD) != 0 || w->r->shown_groups[i].refusal != NULL)
			continue;
		w->groups[i].dg = w->next;
		mdf_map_put(w->moved, w->r->data_groups[g->data_group].at, w->next);
		mdf_map_put(w->moved, g->at, w->next + dg_bytes);
		w->next += dg_bytes + cg_bytes;
	}
	want_links(w, 64, "HD");
	for (size_t i = 0; i < w->r->group_count; i++) {
		if (w->groups[i].dg == 0)
			continue;
		want_links(w, w->r->groups[i].at, "CG");
		want_links(w, w->r->data_groups[w->r->groups[i].data_group].at, "DG");
	}
	for (size_t i = 0; i < w->order_count; i++)
		want_links(w, w->order[i], NULL);
}

static enum spur_status expect(struct mdf_rewrite *w, uint64_t at, struct spur_error *err)
{
	if (spur_out_tell(w->out) == at)
		return SPUR_OK;
	return spur_fail(err, SPUR_EFORMAT, "the tree was laid out for byte %" PRIu64 " and is at %" PRIu64, at,
			 spur_out_tell(w->out));
}

static enum spur_status write_group(struct mdf_rewrite *w, size_t i, uint64_t next_dg, struct spur_error *err)
{
	const struct mdf_group *g = &w->r->groups[i];
	struct mdf_block dg, cg;
	uint64_t links[7] = { 0 }, at;
	unsigned char body[CG_BODY];
	enum spur_status st = expect(w, w->groups[i].dg, err);

	if (st < 0 || (st = mdf_block_read(w->r, w->r->data_groups[g->data_group].at, "DG", &dg, err)) < 0 ||
	    (st = mdf_block_read(w->r, g->at, "CG", &cg, err)) < 0 ||
	    (st = mdf_block_body(w->r, &cg, body, sizeof(body), err)) < 0)
		return st;
	links[0] = next_dg;
	links[1] = w->groups[i].dg + 64;
	links[2] = w->groups[i].data;
	links[3] = moved_to(w, mdf_block_link(w->r, &dg, 3));
	if ((st = mdf_rewrite_block(w, "DG", links, 4, "\0\0\0\0\0\0\0", 8, &at, err)) < 0)
		return st;
	memset(body, 0, 8);
	memcpy(body + 8, &w->groups[i].rows, 8);
	links[0] = 0;
	for (uint64_t k = 1; k < 7; k++)
		links[k] = k == 4 ? 0 : new_link(w, &cg, k);
	if ((g->flags & MDF_CG_REMOTE_MASTER) == 0)
		links[CG_LINK_MASTER] = 0;
	/* Seven links also where six would do: the last is NIL then, and the size is one for all. */
	return mdf_rewrite_block(w, "CG", links, 7, body, sizeof(body), &at, err);
}

static const struct mdf_fragments *values_of(const struct mdf_rewrite *w, const struct mdf_map *channels, uint64_t at,
					     uint64_t *link)
{
	uint64_t channel;

	if (!mdf_map_get(channels, at, &channel) || w->r->channels[channel].type != MDF_CN_VLSD)
		return NULL;
	*link = w->value_links[channel];
	return &w->values[channel];
}

static enum spur_status copy_body(struct mdf_rewrite *w, const struct mdf_block *b, struct spur_error *err)
{
	static const char zeros[8];
	unsigned char *part = spur_malloc(COPY_BYTES);
	enum spur_status st = SPUR_OK;

	for (uint64_t done = 0, n; done < b->body_len && st == SPUR_OK; done += n) {
		n = b->body_len - done < COPY_BYTES ? b->body_len - done : COPY_BYTES;
		if ((st = spur_range_read(w->r->range, b->body + done, part, n, err)) == SPUR_OK)
			st = spur_out_write(w->out, part, (size_t)n, err);
	}
	if (st == SPUR_OK && b->body_len % 8 != 0)
		st = spur_out_write(w->out, zeros, (size_t)(8 - b->body_len % 8), err);
	free(part);
	return st;
}

static enum spur_status copy_block(struct mdf_rewrite *w, uint64_t old, const struct mdf_map *channels, struct spur_error *err)
{
	struct spur_buf head = { 0 };
	struct mdf_block b;
	uint64_t link;
	enum spur_status st = mdf_block_read(w->r, old, COPIED, &b, err);

	if (st < 0 || (st = expect(w, moved_to(w, old), err)) < 0)
		return st;
	spur_buf_adds(&head, "##");
	spur_buf_add(&head, b.id, 2);
	spur_buf_u32(&head, 0);
	spur_buf_u64(&head, b.body - b.at + b.body_len);
	spur_buf_u64(&head, b.links);
	for (uint64_t i = 0; i < b.links; i++) {
		if (i != CN_LINK_DATA || strcmp(b.id, "CN") != 0 || values_of(w, channels, old, &link) == NULL)
			link = new_link(w, &b, i);
		spur_buf_u64(&head, link);
	}
	st = spur_out_write(w->out, head.data, head.len, err);
	spur_buf_finish(&head);
	return st == SPUR_OK ? copy_body(w, &b, err) : st;
}

/* Its links as bytes; before all others, for its chains begin with them. */
static enum spur_status plan_header(struct mdf_rewrite *w, unsigned char raw[8 * HD_LINKS], struct spur_error *err)
{
	struct mdf_block hd;
	enum spur_status st = mdf_block_read(w->r, 64, "HD", &hd, err);
	uint64_t first = 0;

	if (st < 0)
		return st;
	for (size_t i = w->r->group_count; i-- > 0;)
		first = w->groups[i].dg != 0 ? w->groups[i].dg : first;
	memcpy(raw, &first, 8);
	for (uint64_t i = 1; i < HD_LINKS; i++) {
		uint64_t link = new_link(w, &hd, i);

		memcpy(raw + 8 * i, &link, 8);
	}
	return SPUR_OK;
}

enum spur_status mdf_rewrite_tree(struct mdf_rewrite *w, struct spur_error *err)
{
	struct mdf_map *channels = mdf_map_create();
	unsigned char header[8 * HD_LINKS];
	enum spur_status st;

	w->next = spur_out_tell(w->out);
	plan(w);
	st = plan_header(w, header, err);
	for (uint32_t i = 0; i < w->r->channel_count; i++)
		mdf_map_put(channels, w->r->channels[i].at, i);
	for (size_t i = 0; i < w->r->group_count && st == SPUR_OK; i++) {
		uint64_t next = 0;

		for (size_t k = w->r->group_count; k-- > i + 1;)
			next = w->groups[k].dg != 0 ? w->groups[k].dg : next;
		if (w->groups[i].dg != 0)
			st = write_group(w, i, next, err);
	}
	for (size_t i = 0; i < w->order_count && st == SPUR_OK; i++)
		st = copy_block(w, w->order[i], channels, err);
	mdf_map_destroy(channels);
	return st == SPUR_OK ? spur_out_patch(w->out, 64 + MDF_HEAD_BYTES, header, sizeof(header), err) : st;
}
