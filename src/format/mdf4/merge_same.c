#include "config.h"

#include "format/mdf4/merge_same.h"

#include <string.h>

#include "format/mdf4/array_apart.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"
#include "format/mdf4/text.h"

#define VALUE_RANGE 8u		/* flag: the least and the greatest value are told; they may differ */
#define COMPARE_BYTES 4096u
#define DEPTH_MAX 32u
#define BLOCKS_MAX (4u << 20)	/* compared at most: blocks that are linked again and again are few in real files */

struct pair {
	struct spur_reader *a, *b;
	struct mdf_map *equal;		/* block of a to the one of b that it was found equal to */
	uint64_t compared;
};

/* Of an array whose elements lie apart their counts and data do not matter. */
static const struct mdf_apart *apart_at(const struct pair *p, uint64_t at)
{
	for (size_t i = 0; i < p->a->apart_count; i++) {
		if (p->a->apart[i].at == at)
			return &p->a->apart[i];
	}
	return NULL;
}

static bool same_bytes(const struct pair *p, const struct mdf_block *x, const struct mdf_block *y)
{
	unsigned char a[COMPARE_BYTES], b[COMPARE_BYTES];
	const struct mdf_apart *apart = apart_at(p, x->at);
	uint64_t len = apart == NULL ? x->body_len : apart->cycles_at - x->body;

	for (uint64_t done = 0, n; done < len; done += n) {
		n = len - done < COMPARE_BYTES ? len - done : COMPARE_BYTES;
		if (mdf_meta_read(p->a, x->body + done, a, (size_t)n, NULL) < 0 ||
		    mdf_meta_read(p->b, y->body + done, b, (size_t)n, NULL) < 0 || memcmp(a, b, (size_t)n) != 0)
			return false;
	}
	return true;
}

/* Texts, conversions, sources and arrays, and what they link to; channels and data are compared elsewhere. */
static bool same_block(struct pair *p, uint64_t x_at, uint64_t y_at, unsigned depth)
{
	struct mdf_block x, y;
	uint64_t known;

	if (x_at == 0 || y_at == 0)
		return x_at == y_at;
	if (mdf_map_get(p->equal, x_at, &known) && known == y_at)
		return true;
	if (depth > DEPTH_MAX || ++p->compared > BLOCKS_MAX || mdf_block_read(p->a, x_at, NULL, &x, NULL) < 0 ||
	    mdf_block_read(p->b, y_at, NULL, &y, NULL) < 0 || strcmp(x.id, y.id) != 0)
		return false;
	if (strcmp(x.id, "TX") == 0 || strcmp(x.id, "MD") == 0)
		return strcmp(mdf_text_raw(p->a, x_at), mdf_text_raw(p->b, y_at)) == 0;
	if (strcmp(x.id, "CC") != 0 && strcmp(x.id, "SI") != 0 && strcmp(x.id, "CA") != 0)
		return true;
	if (x.links != y.links || x.body_len != y.body_len || !same_bytes(p, &x, &y))
		return false;
	const struct mdf_apart *apart = apart_at(p, x_at);
	uint64_t own = apart == NULL || apart->data_at == 0 ? 0 : apart->count;

	for (uint64_t i = 0; i < x.links; i++) {
		if (i > 0 && i <= own)
			continue;
		if (!same_block(p, mdf_block_link(p->a, &x, i), mdf_block_link(p->b, &y, i), depth + 1))
			return false;
	}
	mdf_map_set(p->equal, x_at, y_at);
	return true;
}

static bool same_links(struct pair *p, uint64_t x_at, uint64_t y_at, const char *id, const uint64_t *links, size_t count)
{
	struct mdf_block x, y;

	if (mdf_block_read(p->a, x_at, id, &x, NULL) < 0 || mdf_block_read(p->b, y_at, id, &y, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!same_block(p, mdf_block_link(p->a, &x, links[i]), mdf_block_link(p->b, &y, links[i]), 0))
			return false;
	}
	return true;
}

static bool same_group(struct pair *p, uint32_t i)
{
	static const uint64_t links[] = { 2, 3, 5 };	/* name, source, comment */
	const struct mdf_group *x = &p->a->groups[i], *y = &p->b->groups[i];
	const struct spur_group *shown = &p->a->shown_groups[i], *other = &p->b->shown_groups[i];

	return x->data_bytes == y->data_bytes && x->inval_bytes == y->inval_bytes && x->flags == y->flags && x->master == y->master &&
	       x->remote_master == y->remote_master && shown->first_signal == other->first_signal &&
	       shown->signal_count == other->signal_count && (shown->refusal == NULL) == (other->refusal == NULL) &&
	       same_links(p, x->at, y->at, "CG", links, 3);
}

static bool same_channel(struct pair *p, uint32_t i)
{
	static const uint64_t links[] = { 1, 2, 3, 4, 6, 7 };	/* composition, name, source, conversion, unit, comment */
	const struct mdf_channel *x = &p->a->channels[i], *y = &p->b->channels[i];

	return x->group == y->group && x->byte_offset == y->byte_offset && x->bits == y->bits && ((x->flags ^ y->flags) | VALUE_RANGE) == VALUE_RANGE &&
	       x->inval_pos == y->inval_pos && x->type == y->type && x->sync == y->sync && x->data_type == y->data_type &&
	       x->bit_offset == y->bit_offset && x->shape == y->shape && x->length_channel == y->length_channel &&
	       same_links(p, x->at, y->at, "CN", links, sizeof(links) / sizeof(links[0]));
}

bool mdf_same_structure(struct spur_reader *a, struct spur_reader *b)
{
	struct pair p = { .a = a, .b = b };
	bool same = a->group_count == b->group_count && a->channel_count == b->channel_count;

	if (!same)
		return false;
	p.equal = mdf_map_create();
	for (uint32_t i = 0; i < a->group_count && same; i++)
		same = same_group(&p, i);
	for (uint32_t i = 0; i < a->channel_count && same; i++)
		same = same_channel(&p, i);
	mdf_map_destroy(p.equal);
	return same;
}
