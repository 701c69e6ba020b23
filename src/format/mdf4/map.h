#ifndef SPUR_FORMAT_MDF4_MAP_H
#define SPUR_FORMAT_MDF4_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Block addresses to pointers or numbers. One thread at a time; grows with what is put in,
 * and a file has at most size / 24 blocks. */
struct mdf_map;

struct mdf_map *mdf_map_create(void);
void mdf_map_destroy(struct mdf_map *m);	/* NULL is fine; the values are not freed */
/* So many keys will be there: no growing on the way. */
void mdf_map_reserve(struct mdf_map *m, size_t count);
/* false: the key was there already, and keeps its value. */
bool mdf_map_put(struct mdf_map *m, uint64_t key, uint64_t value);
/* Puts, or replaces the value. */
void mdf_map_set(struct mdf_map *m, uint64_t key, uint64_t value);
bool mdf_map_get(const struct mdf_map *m, uint64_t key, uint64_t *value);
/* The smallest key above `key`, or UINT64_MAX. Walks them all. */
uint64_t mdf_map_above(const struct mdf_map *m, uint64_t key);

#endif
