#include "config.h"

#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define FIRST_BYTES 4096u	/* of a small file, all there is */
#define BLOCK_BYTES 65536u

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

struct spur_arena {
	struct block *head;
	uint64_t used, limit;
};

struct spur_arena *spur_arena_create(uint64_t limit_bytes)
{
	struct spur_arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		spur_out_of_memory();
	a->limit = limit_bytes == 0 ? UINT64_MAX : limit_bytes;
	return a;
}

void spur_arena_destroy(struct spur_arena *a)
{
	if (a == NULL)
		return;
	while (a->head != NULL) {
		struct block *b = a->head;

		a->head = b->next;
		free(b);
	}
	free(a);
}

static struct block *grow(struct spur_arena *a, size_t size)
{
	size_t least = a->head == NULL ? FIRST_BYTES : BLOCK_BYTES, want = size > least ? size : least;
	struct block *b;

	if (want > SIZE_MAX - sizeof(*b) || (b = calloc(1, sizeof(*b) + want)) == NULL)
		return NULL;
	b->size = want;
	if (a->head != NULL && size > BLOCK_BYTES) {	/* keep filling the current block */
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *spur_arena_alloc(struct spur_arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->head;
	void *p;

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size > a->limit - a->used)
		return NULL;
	if (b == NULL || b->size - b->used < size)
		b = grow(a, size);
	if (b == NULL)
		return NULL;
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void *spur_arena_array(struct spur_arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return spur_arena_alloc(a, count * size);
}

char *spur_arena_strn(struct spur_arena *a, const char *s, size_t len)
{
	char *p = len == SIZE_MAX ? NULL : spur_arena_alloc(a, len + 1);

	if (p != NULL)
		memcpy(p, s, len);
	return p;
}

char *spur_arena_str(struct spur_arena *a, const char *s)
{
	return s == NULL ? NULL : spur_arena_strn(a, s, strlen(s));
}

uint64_t spur_arena_used(const struct spur_arena *a)
{
	return a->used;
}
