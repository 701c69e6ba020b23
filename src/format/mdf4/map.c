#include "config.h"

#include "format/mdf4/map.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"

struct slot {
	uint64_t key, value;	/* key 0: free; NIL is no block */
};

struct mdf_map {
	struct slot *slots;
	size_t cap, count;	/* cap is a power of two */
};

struct mdf_map *mdf_map_create(void)
{
	return spur_calloc(1, sizeof(struct mdf_map));
}

void mdf_map_destroy(struct mdf_map *m)
{
	if (m == NULL)
		return;
	free(m->slots);
	free(m);
}

/* The slot of key, or the free one where it belongs. */
static struct slot *find(const struct mdf_map *m, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (m->cap - 1);

	while (m->slots[i].key != 0 && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void resize(struct mdf_map *m, size_t cap)
{
	struct mdf_map bigger = { .cap = cap, .count = m->count };

	bigger.slots = spur_calloc(bigger.cap, sizeof(*bigger.slots));
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].key != 0)
			*find(&bigger, m->slots[i].key) = m->slots[i];
	}
	free(m->slots);
	*m = bigger;
}

void mdf_map_reserve(struct mdf_map *m, size_t count)
{
	size_t cap = 64;

	while (cap / 4 * 3 < count + 1 && cap < SIZE_MAX / 64)
		cap *= 2;
	if (cap > m->cap)
		resize(m, cap);
}

bool mdf_map_put(struct mdf_map *m, uint64_t key, uint64_t value)
{
	struct slot *s;

	if (key == 0)
		return false;
	if (m->count + 1 > m->cap / 4 * 3)
		resize(m, m->cap == 0 ? 64 : m->cap * 2);
	s = find(m, key);
	if (s->key == key)
		return false;
	*s = (struct slot){ key, value };
	m->count++;
	return true;
}

void mdf_map_set(struct mdf_map *m, uint64_t key, uint64_t value)
{
	if (!mdf_map_put(m, key, value) && key != 0)
		find(m, key)->value = value;
}

bool mdf_map_get(const struct mdf_map *m, uint64_t key, uint64_t *value)
{
	const struct slot *s = key == 0 || m->cap == 0 ? NULL : find(m, key);

	if (s == NULL || s->key == 0)
		return false;
	*value = s->value;
	return true;
}

uint64_t mdf_map_above(const struct mdf_map *m, uint64_t key)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].key > key && m->slots[i].key < best)
			best = m->slots[i].key;
	}
	return best;
}
