#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/inject.h"

/*
 * Steps that know where a block says its size, what it points to and where it ends: a reader gets past what it checks
 * first. What number n of a seed does hangs on nothing else, so that it can be done again alone.
 */
struct mutation {
	struct fuzz_bytes b;
	struct inject_layout l;
	const struct fuzz_bytes *other;
	uint64_t random;
	struct spur_buf *words;
};

static size_t below(struct mutation *m, size_t n)
{
	return fuzz_below(&m->random, n);
}

static struct inject_block *any(struct mutation *m)
{
	return &m->l.blocks[below(m, m->l.count)];
}

static void say(struct mutation *m, const char *what, size_t at, uint64_t v)
{
	if (m->words != NULL)
		spur_buf_addf(m->words, "; %s at %zu: %" PRIu64, what, at, v);
}

static uint64_t edge(struct mutation *m, const struct inject_block *b)
{
	static const uint64_t odd[] = { 0, 1, 2, 7, 8, 23, 24, 31, 63, 64, 127, 128, 255, 256, 4095, 4096, 32767, 32768, 65535, 65536, 1u << 20,
					UINT64_C(70) << 20, INT32_MAX, UINT64_C(1) << 31, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 40,
					INT64_MAX, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 23 };

	switch (below(m, 5)) {
	case 0:
		return m->b.len + below(m, 17) - 8;
	case 1:
		return b->len + below(m, 33) - 16;
	case 2:
		return any(m)->at + (below(m, 4) == 0 ? below(m, 9) : 0);
	default:
		return odd[below(m, sizeof(odd) / sizeof(odd[0]))];
	}
}

/* A file that grows in a chunk says so in the chunk, or most of what follows would be lost at once. */
static void grown(struct mutation *m, size_t owner, size_t by)
{
	static const size_t sizes[] = { 1, 9 + 16, 9 + 32 };	/* of the record, unpacked, packed */
	struct inject_block *b = &m->l.blocks[owner - 1];

	for (size_t i = 0; i < 3 && b->at + sizes[i] + 8 <= m->b.len; i++)
		inject_put(&m->l, m->b.data, b->at + sizes[i], 8, inject_number(&m->l, m->b.data, b->at + sizes[i], 8) + by);
}

/* with may lie in the input itself. */
static void replace(struct mutation *m, size_t at, size_t cut, const uint8_t *with, size_t len, size_t owner)
{
	struct fuzz_bytes b = { .len = m->b.len - cut + len, .what = m->b.what };

	if (b.len > fuzz_target.max_len)
		return;
	b.data = spur_malloc(b.len + 1);
	if (at > 0)
		memcpy(b.data, m->b.data, at);
	if (len > 0)
		memcpy(b.data + at, with, len);
	if (m->b.len > at + cut)
		memcpy(b.data + at + len, m->b.data + at + cut, m->b.len - at - cut);
	free(m->b.data);
	m->b = b;
	if (owner > 0 && below(m, 4) != 0)
		grown(m, owner, len - cut);
}

/* ---- steps ---- */

static void set_size(struct mutation *m)
{
	struct inject_block *b = any(m);
	uint64_t v = edge(m, b);

	if (b->count_at > 0 && below(m, 3) == 0) {
		inject_put(&m->l, m->b.data, b->count_at, 8, v);
		say(m, "count", b->count_at, v);
	} else if (b->size_bytes > 0 && b->size_at + b->size_bytes <= m->b.len) {
		inject_put(&m->l, m->b.data, b->size_at, b->size_bytes, v);
		say(m, "size", b->size_at, v);
	}
}

static void set_link(struct mutation *m)
{
	struct inject_block *b = any(m);
	uint64_t to = below(m, 3) > 0 ? any(m)->at : below(m, 3) == 0 ? b->at : edge(m, b);
	size_t at;

	for (size_t i = 0; b->links == 0 && i < 8; i++)
		b = any(m);
	if (b->links == 0)
		return;
	at = b->links_at + b->link_bytes * below(m, b->links);
	if (at + b->link_bytes > m->b.len)
		return;
	inject_put(&m->l, m->b.data, at, b->link_bytes, to);
	say(m, "link", at, to);
}

static void set_number(struct mutation *m)
{
	struct inject_block *b = any(m);
	size_t bytes = (size_t)1 << below(m, 4), at;
	uint64_t v = edge(m, b);

	if (b->len < bytes)
		return;
	at = b->at + below(m, (b->len - bytes) / bytes + 1) * bytes + (fuzz_target.shape == FUZZ_SHAPE_MCAP && bytes > 1 ? 1 : 0);
	if (at + bytes > m->b.len)
		return;
	if (below(m, 4) == 0)
		v = inject_number(&m->l, m->b.data, at, bytes) + below(m, 17) - 8;
	inject_put(&m->l, m->b.data, at, bytes, v);
	say(m, "number", at, v);
}

static void flip(struct mutation *m)
{
	struct inject_block *b = any(m);
	size_t n = 1 + below(m, 4);

	for (size_t i = 0; i < n && b->len > 0; i++) {
		size_t at = b->at + below(m, b->len);

		m->b.data[at] ^= (uint8_t)(1u << below(m, 8));
		say(m, "flip", at, m->b.data[at]);
	}
}

static void fill(struct mutation *m)
{
	struct inject_block *b = any(m);
	size_t from = below(m, b->len), len = 1 + below(m, b->len - from);
	uint8_t with = below(m, 2) == 0 ? 0 : below(m, 2) == 0 ? 255 : (uint8_t)below(m, 256);

	if (b->len == 0)
		return;
	memset(m->b.data + b->at + from, with, len < b->len - from ? len : b->len - from);
	say(m, "fill", b->at + from, with);
}

static void set_kind(struct mutation *m)
{
	struct inject_block *b = any(m), *like = any(m);

	if (b->id_bytes == 0 || like->id_bytes != b->id_bytes)
		return;
	memmove(m->b.data + b->at, m->b.data + like->at, b->id_bytes);
	say(m, "kind", b->at, like->at);
}

/* The beginning of one over that of another. */
static void cover(struct mutation *m)
{
	struct inject_block *b = any(m), *by = any(m);
	size_t len = b->len < by->len ? b->len : by->len;

	memmove(m->b.data + b->at, m->b.data + by->at, len);
	say(m, "cover", b->at, by->at);
}

static void exchange(struct mutation *m)
{
	struct inject_block a = *any(m), b = *any(m);
	uint8_t *all;
	size_t mid, n = 0;

	if (a.at > b.at) {
		struct inject_block x = a;

		a = b;
		b = x;
	}
	if (a.at + a.len > b.at || b.at + b.len > m->b.len)
		return;
	mid = a.at + a.len;
	all = spur_malloc(b.len + (b.at - mid) + a.len + 1);
	memcpy(all, m->b.data + b.at, b.len);
	n = b.len;
	memcpy(all + n, m->b.data + mid, b.at - mid);
	n += b.at - mid;
	memcpy(all + n, m->b.data + a.at, a.len);
	memcpy(m->b.data + a.at, all, n + a.len);
	free(all);
	say(m, "exchange", a.at, b.at);
}

static void again(struct mutation *m)
{
	struct inject_block b = *any(m), to = *any(m);

	if (to.link_bytes > 0 && to.links > 0 && below(m, 2) == 0) {	/* at the end, and something points there */
		size_t at = to.links_at + to.link_bytes * below(m, to.links);

		if (at + to.link_bytes <= m->b.len)
			inject_put(&m->l, m->b.data, at, to.link_bytes, m->b.len);
		say(m, "again, linked", b.at, m->b.len);
		replace(m, m->b.len, 0, m->b.data + b.at, b.len, 0);
		return;
	}
	say(m, "again", b.at, to.at);
	replace(m, to.at, 0, m->b.data + b.at, b.len, to.owner);
}

static void drop(struct mutation *m)
{
	struct inject_block b = *any(m);

	say(m, "drop", b.at, b.len);
	replace(m, b.at, b.len, NULL, 0, b.owner);
}

static void cut(struct mutation *m)
{
	struct inject_block b = *any(m);

	m->b.len = b.at + below(m, b.len + 1);
	say(m, "cut", m->b.len, 0);
}

/* A block of another input: over one of this, or before it. */
static void splice(struct mutation *m)
{
	static struct inject_layout theirs;
	struct inject_block b = *any(m), from;

	inject_look(&theirs, m->other->data, m->other->len);
	from = theirs.blocks[below(m, theirs.count)];
	say(m, "splice", b.at, from.at);
	replace(m, b.at, below(m, 2) == 0 ? b.len : 0, m->other->data + from.at, from.len, b.owner);
}

static void blind(struct mutation *m)
{
	say(m, "blind", 0, 0);
	fuzz_step(&m->b, m->other, &m->random);
}

static void clear_checksums(struct mutation *m)
{
	inject_look(&m->l, m->b.data, m->b.len);
	for (size_t i = 0; i < m->l.count; i++) {
		if (m->l.blocks[i].crc_at > 0)
			memset(m->b.data + m->l.blocks[i].crc_at, 0, 4);
	}
	say(m, "no checksums", 0, 0);
}

struct fuzz_bytes inject_mutate(const struct fuzz_bytes *inputs, size_t often, size_t count, uint64_t seed, uint64_t n, struct spur_buf *words)
{
	static void (*const all[])(struct mutation *m) = { set_size, set_link, set_link, set_number, set_number, flip, fill, set_kind, cover, exchange,
							   again, drop, cut, splice, blind, blind };
	static struct mutation m;
	size_t from, steps;

	m.random = (seed * UINT64_C(0x9e3779b97f4a7c15) ^ (n + 1) * UINT64_C(0xd1342543de82ef95)) | 1;
	m.words = words;
	for (int i = 0; i < 4; i++)
		below(&m, 2);	/* neighbours begin alike */
	from = below(&m, below(&m, 32) == 0 ? count : often);
	m.other = &inputs[below(&m, count)];
	m.b = (struct fuzz_bytes){ .data = spur_malloc(inputs[from].len + 1), .len = inputs[from].len, .what = inputs[from].what };
	if (m.b.len > 0)
		memcpy(m.b.data, inputs[from].data, m.b.len);
	say(&m, "fixture", from, m.b.len);
	if (fuzz_target.shape == FUZZ_SHAPE_MCAP && below(&m, 2) == 0)
		clear_checksums(&m);
	steps = (size_t)1 << below(&m, 3);
	for (size_t i = 0; i < steps; i++) {
		inject_look(&m.l, m.b.data, m.b.len);
		all[below(&m, sizeof(all) / sizeof(all[0]))](&m);
	}
	return m.b;
}
