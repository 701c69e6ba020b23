#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/text.h"

/*
 * CH blocks (MDF 4.1, "CHBLOCK"): the tree that an author made of the channels. Links: next, first child, name,
 * comment, and three per member: DG, CG, CN. Body: 0 u32 members, 4 type. Walked with a stack of siblings, in the
 * order in which a person reads it.
 */
#define CH_BODY 8u
#define CH_LINKS 4u
#define DEPTH_MAX 256u

struct reading {
	struct spur_reader *r;
	const struct mdf_map *groups, *channels;
};

static const char *kind_of(unsigned type)
{
	static const char *const kinds[] = { "group", "function", "structure", "map list", "input variables", "output variables",
					     "local variables", "defined calibration objects", "referenced calibration objects" };

	return type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : "unknown";
}

static void add_members(struct reading *g, const struct mdf_block *b, uint64_t count, struct spur_branch *node)
{
	struct spur_scope *members;
	uint64_t lost = 0;

	if (count > (b->links - CH_LINKS) / 3 || !mdf_links_take(g->r, 3 * count)) {
		mdf_flawed(g->r, b->at, "hierarchy: %" PRIu64 " links for %" PRIu64 " members", b->links, count);
		return;
	}
	members = spur_arena_array(g->r->arena, (size_t)count, sizeof(*members));
	for (uint64_t i = 0; members != NULL && i < count; i++) {
		uint64_t cg = mdf_block_link(g->r, b, CH_LINKS + 3 * i + 1), cn = mdf_block_link(g->r, b, CH_LINKS + 3 * i + 2);

		if (mdf_scope_of(g->r, g->groups, g->channels, cg, cn, &members[node->member_count]))
			node->member_count++;
		else
			lost++;
	}
	node->members = members;
	if (lost > 0)
		mdf_flawed(g->r, b->at, "hierarchy: %" PRIu64 " of its %" PRIu64 " members are no channels of this file", lost, count);
}

/* One node; *next and *child are what it links. */
static bool add_node(struct reading *g, uint64_t at, uint32_t parent, uint32_t depth, uint64_t *next, uint64_t *child)
{
	unsigned char raw[CH_BODY];
	struct spur_reader *r = g->r;
	struct mdf_block b;
	struct spur_error err;

	if (mdf_block_read(r, at, "CH", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
		mdf_damaged(r, at, 0, "hierarchy: %s", err.text);
		return false;
	}
	MDF_PUSH(&r->nodes, r->d.node_count, &r->node_cap);
	struct spur_branch *node = &r->nodes[r->d.node_count++];

	*node = (struct spur_branch){ .parent = parent, .depth = depth, .kind = kind_of(raw[4]) };
	node->name = mdf_text(r, mdf_block_link(r, &b, 2));
	node->comment = mdf_text(r, mdf_block_link(r, &b, 3));
	if (b.links >= CH_LINKS)
		add_members(g, &b, spur_le32(raw), node);
	*next = mdf_block_link(r, &b, 0);
	*child = mdf_block_link(r, &b, 1);
	return true;
}

void mdf_read_tree(struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels)
{
	struct reading g = { .r = r, .groups = groups, .channels = channels };
	struct level { uint64_t next; uint32_t parent; } *stack = spur_calloc(DEPTH_MAX, sizeof(*stack));
	size_t depth = 0;

	stack[0] = (struct level){ r->first_node, SPUR_NOT_KNOWN };
	for (;;) {
		uint64_t at = stack[depth].next, child = 0;

		if (at == 0 && depth == 0)
			break;
		if (at == 0) {
			depth--;
			continue;
		}
		stack[depth].next = 0;
		if (!mdf_block_first_visit(r, at, "hierarchy") ||
		    !add_node(&g, at, stack[depth].parent, (uint32_t)depth, &stack[depth].next, &child))
			continue;
		if (child != 0 && depth + 1 == DEPTH_MAX)
			mdf_flawed(r, child, "hierarchy: deeper than %u", DEPTH_MAX);
		else if (child != 0)
			stack[++depth] = (struct level){ child, (uint32_t)r->d.node_count - 1 };
	}
	free(stack);
}
