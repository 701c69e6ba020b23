#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "format/mdf4/block.h"
#include "format/mdf4/rewrite.h"

/*
 * What the files of a merge have in common beside their groups: an attachment that an earlier file has too is linked there, and
 * a tree over groups that were joined, if it is the same, stands once.
 */
#define COMPARE_BYTES (64u << 10)

struct list {			/* of the AT blocks of a file, in the order of its description */
	uint64_t *at;
	size_t count;
};

static struct list list_of(struct spur_reader *r)
{
	struct list l = { .at = spur_calloc(r->d.attachment_count, sizeof(uint64_t)) };
	struct mdf_block b;
	uint64_t i;

	if (mdf_block_read(r, 64, "HD", &b, NULL) < 0)
		return l;
	for (uint64_t at = mdf_block_link(r, &b, MDF_ROOT_AT); l.count < r->d.attachment_count; at = mdf_block_link(r, &b, 0)) {
		if (!mdf_map_get(r->attachment_at, at, &i) || i != l.count || mdf_block_read(r, at, "AT", &b, NULL) < 0)
			break;
		l.at[l.count++] = at;
	}
	return l;
}

static bool same_bytes(const struct spur_reader *ra, const struct spur_attachment *a, const struct spur_reader *rb,
		       const struct spur_attachment *b)
{
	unsigned char *part = spur_malloc(2 * COMPARE_BYTES);
	bool same = a->stored == b->stored && (a->packing == NULL) == (b->packing == NULL) &&
		    (a->packing == NULL || strcmp(a->packing, b->packing) == 0);

	for (uint64_t done = 0, n; same && done < a->stored; done += n) {
		n = a->stored - done < COMPARE_BYTES ? a->stored - done : COMPARE_BYTES;
		same = spur_range_read(ra->range, a->offset + done, part, n, NULL) == SPUR_OK &&
		       spur_range_read(rb->range, b->offset + done, part + COMPARE_BYTES, n, NULL) == SPUR_OK &&
		       memcmp(part, part + COMPARE_BYTES, (size_t)n) == 0;
	}
	free(part);
	return same;
}

/* By name, size and MD5; where that is not stated, by the bytes. Beside the files there are only names. */
static bool same_attachment(const struct spur_reader *ra, const struct spur_attachment *a, const struct spur_reader *rb,
			    const struct spur_attachment *b)
{
	if (a->size != b->size || (a->offset == 0) != (b->offset == 0) || strcmp(a->name, b->name) != 0)
		return false;
	if (a->md5 != NULL && b->md5 != NULL)
		return memcmp(a->md5, b->md5, 16) == 0;
	return a->offset == 0 || same_bytes(ra, a, rb, b);
}

static void share_attachments(struct mdf_rewrite *w, const struct list *mine, struct mdf_rewrite *other, const struct list *theirs)
{
	uint64_t to;

	for (size_t i = 0; i < mine->count; i++) {
		for (size_t k = 0; k < theirs->count && !mdf_map_get(w->moved, mine->at[i], &to); k++) {
			if (!mdf_map_get(other->moved, theirs->at[k], &to) ||
			    !same_attachment(w->r, &w->r->attachments[i], other->r, &other->r->attachments[k]))
				continue;
			mdf_map_put(w->moved, mine->at[i], to);
			mdf_map_put(w->dropped, mine->at[i], 0);
			w->shared++;
		}
	}
}

static bool same_node(const struct spur_branch *a, const struct spur_branch *b)
{
	bool same = a->depth == b->depth && a->member_count == b->member_count && strcmp(a->name, b->name) == 0 &&
		    strcmp(a->comment, b->comment) == 0 && strcmp(a->kind, b->kind) == 0;

	for (size_t i = 0; same && i < a->member_count; i++)
		same = a->members[i].group == b->members[i].group && a->members[i].signal == b->members[i].signal;
	return same;
}

static bool same_tree(const struct spur_description *a, const struct spur_description *b)
{
	bool same = a->node_count == b->node_count;

	for (size_t i = 0; same && i < a->node_count; i++)
		same = same_node(&a->nodes[i], &b->nodes[i]);
	return same;
}

void mdf_merge_share(struct mdf_rewrite *parts, size_t k)
{
	struct mdf_rewrite *w = &parts[k];
	struct list mine = list_of(w->r);

	for (size_t j = 0; j < k; j++) {
		struct list theirs = mine.count > 0 ? list_of(parts[j].r) : (struct list){ 0 };

		share_attachments(w, &mine, &parts[j], &theirs);
		free(theirs.at);
		if (w->base != NULL && mdf_rewrite_base(&parts[j]) == w->base && same_tree(&w->r->d, &parts[j].r->d))
			w->tree_known = true;
	}
	free(mine.at);
}
