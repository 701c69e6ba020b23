#include "config.h"

#include "format/mdf4/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "format/mdf4/block.h"
#include "format/mdf4/load.h"

/*
 * A choice of channels. A channel of the group's own chain stays or goes with all of its
 * composition; what a kept one needs stays too: the master of its group (that of another group, where it is
 * remote), the channel with its length, its axes. Records become those bytes that kept channels
 * lie in, in their order; invalidation bytes stay as they are.
 */
struct pick {
	struct mdf_rewrite *w;
	uint32_t *root;			/* by channel: the one of the group's chain it belongs to */
	bool *whole;			/* by group: its records cannot be made smaller */
	struct mdf_map *tops;		/* CN of the groups' own chains */
	uint32_t *todo;			/* roots that were kept and are to be followed */
	size_t todo_count;
};

static void find_tops(struct pick *p)
{
	struct spur_reader *r = p->w->r;
	struct mdf_block b;

	for (uint32_t i = 0; i < r->group_count; i++) {
		if (mdf_block_read(r, r->groups[i].at, "CG", &b, NULL) < 0)
			continue;
		unsigned unused = 0;

		for (uint64_t at = mdf_block_unguard(r, mdf_block_link(r, &b, 1), &unused); at != 0 && mdf_map_put(p->tops, at, i);
		     at = mdf_block_unguard(r, mdf_block_link(r, &b, 0), &unused)) {
			if (mdf_block_read(r, at, "CN", &b, NULL) < 0)
				break;
		}
	}
}

/* Members and elements follow their parent; elements have its address. */
static void find_roots(struct pick *p)
{
	const struct spur_reader *r = p->w->r;
	uint32_t root = 0;
	uint64_t group;

	for (uint32_t i = 0; i < r->channel_count; i++) {
		if (i == 0 || r->channels[i].group != r->channels[root].group ||
		    (mdf_map_get(p->tops, r->channels[i].at, &group) && r->channels[i].at != r->channels[root].at))
			root = i;
		p->root[i] = root;
	}
}

static void keep_group(struct pick *p, uint32_t group);

static void keep(struct pick *p, uint32_t channel)
{
	struct mdf_rewrite *w = p->w;
	uint32_t root = p->root[channel];

	if (!w->channels[root].left_out || w->r->channels[root].guarded)
		return;
	for (uint32_t i = root; i < w->r->channel_count && p->root[i] == root; i++)
		w->channels[i].left_out = false;
	p->todo[p->todo_count++] = root;
	keep_group(p, w->r->channels[root].group);
}

/* And what gives its rows their time. */
static void keep_group(struct pick *p, uint32_t group)
{
	const struct spur_reader *r = p->w->r;

	for (; group != MDF_NONE; group = r->groups[group].remote_master) {
		if (!p->w->groups[group].left_out || r->shown_groups[group].refusal != NULL)
			return;
		p->w->groups[group].left_out = false;
		for (uint32_t i = 0; i < r->shown_groups[group].signal_count; i++) {
			uint32_t c = r->shown_groups[group].first_signal + i;

			if (r->signals[c].is_master)
				keep(p, c);
		}
	}
}

/* What the blocks of a channel refer to. Another composition than structures and arrays may say where its bytes
 * lie in ways that are not known here. */
static void follow(struct pick *p, uint32_t root)
{
	struct spur_reader *r = p->w->r;
	struct mdf_map *seen = mdf_map_create();
	uint64_t *stack = NULL;
	size_t count = 0, cap = 0;

	MDF_PUSH(&stack, count, &cap);
	stack[count++] = r->channels[root].at;
	while (count > 0) {
		uint64_t at = stack[--count], index;
		struct mdf_block b;

		if (mdf_block_read(r, at, "CNCADSCLCVCU", &b, NULL) < 0 || !mdf_map_put(seen, at, 0))
			continue;
		if (b.id[0] == 'D' || (b.id[1] != 'N' && b.id[1] != 'A'))
			p->whole[r->channels[root].group] = true;
		for (uint64_t i = at == r->channels[root].at ? 1 : 0; i < b.links; i++) {
			uint64_t to = mdf_block_link(r, &b, i);

			if (mdf_map_get(p->w->channel_at, to, &index) && p->root[index] != root) {
				keep(p, (uint32_t)index);
				continue;
			}
			MDF_PUSH(&stack, count, &cap);
			stack[count++] = to;
		}
	}
	free(stack);
	mdf_map_destroy(seen);
}

/* ---- smaller records ---- */

/* The bytes of a kept channel; false: they are not known. */
static bool bytes_of(const struct mdf_group *g, const struct mdf_channel *c, uint32_t *from, uint32_t *to)
{
	uint64_t end = (uint64_t)c->byte_offset + mdf_value_bytes(c);

	*from = *to = 0;
	if (c->type == MDF_CN_VIRTUAL || c->type == MDF_CN_VIRTUAL_MASTER)
		return true;
	*from = c->byte_offset;
	*to = end > UINT32_MAX ? UINT32_MAX : (uint32_t)end;
	return end <= g->data_bytes && c->type <= MDF_CN_VIRTUAL;
}

static void add_stretches(struct mdf_new_group *g, const bool *used, uint32_t len)
{
	size_t cap = 0;

	g->data_bytes = 0;
	MDF_PUSH(&g->stretches, g->stretch_count, &cap);
	for (uint32_t from = 0, to; from < len; from = to) {
		for (to = from + 1; to < len && used[to] == used[from]; to++)
			;
		if (!used[from])
			continue;
		MDF_PUSH(&g->stretches, g->stretch_count, &cap);
		g->stretches[g->stretch_count++] = (struct mdf_stretch){ from, to - from };
		g->data_bytes += to - from;
	}
}

static void shrink(struct pick *p, uint32_t group)
{
	struct mdf_rewrite *w = p->w;
	const struct spur_reader *r = w->r;
	const struct spur_group *shown = &r->shown_groups[group];
	struct mdf_new_group *g = &w->groups[group];
	uint32_t len = r->groups[group].data_bytes, from, to;
	bool *used = spur_calloc((size_t)len + 1, sizeof(*used)), known = !p->whole[group], all = true;

	for (uint32_t i = shown->first_signal; i < shown->first_signal + shown->signal_count; i++) {
		if (w->channels[i].left_out) {
			all = false;
			continue;
		}
		if (r->signals[i].refused || !bytes_of(&r->groups[group], &r->channels[i], &from, &to))
			known = false;
		else if (to > from)
			memset(used + from, 1, to - from);
	}
	if (known && !all) {
		add_stretches(g, used, len);
		mdf_rewrite_layout(w, group);
	}
	free(used);
}

uint32_t mdf_rewrite_offset(const struct mdf_new_group *g, uint32_t offset)
{
	uint32_t before = 0;

	if (g->stretches == NULL)
		return offset;
	for (size_t k = 0; k < g->stretch_count; k++) {
		const struct mdf_stretch *s = &g->stretches[k];

		if (offset < s->from)
			break;
		if (offset - s->from < s->len)
			return before + offset - s->from;
		before += s->len;
	}
	return before;
}

void mdf_rewrite_pick(struct mdf_rewrite *w, const uint32_t *signals, size_t count)
{
	struct spur_reader *r = w->r;
	struct pick p = { .w = w, .tops = mdf_map_create() };

	w->picked = true;
	p.root = spur_calloc(r->channel_count, sizeof(*p.root));
	p.todo = spur_calloc(r->channel_count, sizeof(*p.todo));
	p.whole = spur_calloc(r->group_count, sizeof(*p.whole));
	find_tops(&p);
	find_roots(&p);
	for (size_t i = 0; i < r->group_count; i++)
		w->groups[i].left_out = true;
	for (size_t i = 0; i < r->channel_count; i++)
		w->channels[i].left_out = true;
	for (size_t i = 0; i < count; i++) {
		if (r->shown_groups[r->channels[signals[i]].group].refusal == NULL)
			keep(&p, w->channels[signals[i]].values_of);
	}
	while (p.todo_count > 0)
		follow(&p, p.todo[--p.todo_count]);
	for (uint32_t i = 0; i < r->group_count; i++) {
		if (!w->groups[i].left_out && r->groups[i].element == 0)
			shrink(&p, i);
	}
	mdf_rewrite_pick_elements(w);
	mdf_map_destroy(p.tops);
	free(p.root);
	free(p.todo);
	free(p.whole);
}
