#ifndef SPUR_BASE_ARENA_H
#define SPUR_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory that lives and dies together: the metadata of one source. Not thread-safe.
 * A limit makes it safe for sizes that come from a file: past it, NULL.
 */
struct spur_arena;

/* limit_bytes 0: none. Aborts when even the first block cannot be had. */
struct spur_arena *spur_arena_create(uint64_t limit_bytes);
void spur_arena_destroy(struct spur_arena *a);	/* NULL is fine */
/* Zeroed, aligned for any type; NULL past the limit or out of memory, never for a size of 0. */
void *spur_arena_alloc(struct spur_arena *a, size_t size);
void *spur_arena_array(struct spur_arena *a, size_t count, size_t size);	/* overflow-safe */
/* NUL-terminated copies; NULL past the limit. */
char *spur_arena_strn(struct spur_arena *a, const char *s, size_t len);
char *spur_arena_str(struct spur_arena *a, const char *s);	/* NULL gives NULL */
uint64_t spur_arena_used(const struct spur_arena *a);

#endif
