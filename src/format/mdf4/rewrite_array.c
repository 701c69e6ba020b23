#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "format/mdf4/array_apart.h"
#include "format/mdf4/rewrite.h"

uint32_t mdf_rewrite_template(const struct mdf_rewrite *w, uint32_t group)
{
	uint64_t i;

	return w->r->groups[group].element > 0 && mdf_map_get(w->group_at, w->r->groups[group].at, &i) ? (uint32_t)i : group;
}

void mdf_rewrite_arrays(struct mdf_rewrite *w)
{
	const struct spur_reader *r = w->r;

	for (uint32_t i = 0; i < r->channel_count; i++) {
		uint32_t group = r->channels[i].group, of = mdf_rewrite_template(w, group);

		w->channels[i].values_of = i - r->shown_groups[group].first_signal + r->shown_groups[of].first_signal;
	}
}

void mdf_rewrite_pick_elements(struct mdf_rewrite *w)
{
	const struct spur_reader *r = w->r;

	for (uint32_t i = 0; i < r->group_count; i++) {
		const struct mdf_new_group *of = &w->groups[mdf_rewrite_template(w, i)];
		struct mdf_new_group *g = &w->groups[i];

		if (of == g)
			continue;
		g->left_out = of->left_out;
		g->data_bytes = of->data_bytes;
		if (of->stretches != NULL) {
			g->stretches = spur_calloc(of->stretch_count, sizeof(*g->stretches));
			memcpy(g->stretches, of->stretches, of->stretch_count * sizeof(*g->stretches));
			g->stretch_count = of->stretch_count;
		}
		mdf_rewrite_layout(w, i);
	}
	for (uint32_t i = 0; i < r->channel_count; i++)
		w->channels[i].left_out = w->channels[w->channels[i].values_of].left_out;
}

const struct mdf_apart *mdf_rewrite_apart(const struct mdf_rewrite *w, uint64_t ca)
{
	for (size_t i = 0; i < w->r->apart_count; i++) {
		if (w->r->apart[i].at == ca)
			return &w->r->apart[i];
	}
	return NULL;
}

uint64_t mdf_rewrite_array_grows(const struct mdf_apart *a)
{
	return a->data_at == 0 ? 8 * a->count : 0;
}

void mdf_rewrite_elements(const struct mdf_rewrite *w, const struct mdf_apart *a, struct spur_buf *links, struct spur_buf *cycles)
{
	const struct spur_reader *r = w->r;
	uint64_t *found = spur_calloc(2 * a->count, sizeof(*found));

	for (uint32_t i = 0; i < r->group_count; i++) {
		uint64_t k = r->groups[i].element;

		if (mdf_rewrite_template(w, i) != a->group || k >= a->count)
			continue;
		found[k] = w->groups[i].data;
		found[a->count + k] = w->groups[i].rows;
	}
	spur_buf_add(links, found, 8 * (size_t)a->count);
	spur_buf_add(cycles, found + a->count, 8 * (size_t)a->count);
	free(found);
}
