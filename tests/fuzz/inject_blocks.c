#include "config.h"

#include <string.h>

#include "tests/fuzz/inject.h"

uint64_t inject_number(const struct inject_layout *l, const uint8_t *data, size_t at, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)data[at + i] << (8 * (l->big ? bytes - 1 - i : i));
	return v;
}

void inject_put(const struct inject_layout *l, uint8_t *data, size_t at, size_t bytes, uint64_t v)
{
	for (size_t i = 0; i < bytes; i++)
		data[at + i] = (uint8_t)(v >> (8 * (l->big ? bytes - 1 - i : i)));
}

static struct inject_block *add(struct inject_layout *l, size_t at, size_t len)
{
	struct inject_block *b = &l->blocks[l->count];

	if (l->count == INJECT_BLOCKS)
		return NULL;
	l->count++;
	*b = (struct inject_block){ .at = at, .len = len };
	return b;
}

static size_t least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* ---- MDF ---- */

static void look_mdf4(struct inject_layout *l, const uint8_t *data, size_t len)
{
	const uint8_t *id = data + 63;

	while ((id = memmem(id + 1, (size_t)(data + len - id) - 1, "##", 2)) != NULL && id + 24 <= data + len) {
		const size_t at = (size_t)(id - data);
		uint64_t size = inject_number(l, data, at + 8, 8), links = inject_number(l, data, at + 16, 8);
		struct inject_block *b = add(l, at, least(size < 24 ? 24 : size, len - at));

		if (b == NULL)
			return;
		b->id_bytes = 4;
		b->size_at = at + 8;
		b->size_bytes = 8;
		b->count_at = at + 16;
		b->links_at = at + 24;
		b->link_bytes = 8;
		b->links = least(links, (b->len - 24) / 8);
	}
}

/* Links of four bytes follow the size of two. */
static void look_mdf3(struct inject_layout *l, const uint8_t *data, size_t len)
{
	static const char ids[] = "HD DG CG CN CC CE TX PR TR CD SR ";

	l->big = data[24] != 0 || data[25] != 0;
	for (size_t at = 64; at + 4 <= len; at++) {
		const char id[] = { (char)data[at], (char)data[at + 1], ' ', '\0' };
		struct inject_block *b;
		uint64_t size;

		if (id[0] < 'A' || id[0] > 'T' || id[1] < 'A' || id[1] > 'X' || strstr(ids, id) == NULL)
			continue;
		size = inject_number(l, data, at + 2, 2);
		if (size < 4 || size > len - at || (b = add(l, at, (size_t)size)) == NULL)
			continue;
		b->id_bytes = 2;
		b->size_at = at + 2;
		b->size_bytes = 2;
		b->links_at = at + 4;
		b->link_bytes = 4;
		b->links = least((size - 4) / 4, 5);
	}
}

static void look_mdf(struct inject_layout *l, const uint8_t *data, size_t len)
{
	if (len >= 64 && data[8] >= '4')
		look_mdf4(l, data, len);
	else if (len >= 64)
		look_mdf3(l, data, len);
}

/* ---- MCAP: opcode, u64 size, content ---- */

enum { HEAD = 9, FOOTER = 2, CHUNK = 6, CHUNK_INDEX = 8, ATTACHMENT = 9, ATTACHMENT_INDEX = 10, METADATA_INDEX = 13, OFFSETS = 14, DATA_END = 15 };
enum { CHUNK_CRC = 24, CHUNK_CODEC = 28 };

static void look_record(struct inject_block *b, uint8_t op)
{
	const size_t in = b->at + HEAD;

	b->id_bytes = 1;
	b->size_at = b->at + 1;
	b->size_bytes = 8;
	b->link_bytes = 8;
	b->links_at = op == CHUNK_INDEX ? in + 16 : op == OFFSETS ? in + 1 : in;
	b->links = op == FOOTER || op == CHUNK_INDEX || op == ATTACHMENT_INDEX || op == METADATA_INDEX || op == OFFSETS ? 2 : 0;
	b->crc_at = op == CHUNK ? in + CHUNK_CRC : op == FOOTER ? in + 16 : op == DATA_END ? in : op == ATTACHMENT ? b->at + b->len - 4 : 0;
	if (b->links_at + 8 * b->links > b->at + b->len)
		b->links = 0;
	if (b->crc_at < in || b->crc_at + 4 > b->at + b->len)
		b->crc_at = 0;
}

/* Records one after another in [at, end); those of a chunk that is not packed, too. */
static void look_records(struct inject_layout *l, const uint8_t *data, size_t at, size_t end, size_t owner)
{
	while (at + HEAD <= end) {
		uint64_t size = inject_number(l, data, at + 1, 8);
		size_t len = HEAD + least(size, end - at - HEAD), in = at + HEAD + CHUNK_CODEC;
		struct inject_block *b = add(l, at, len);
		size_t here = l->count;

		if (b == NULL)
			return;
		b->owner = owner;
		look_record(b, data[at]);
		if (data[at] == CHUNK && owner == 0 && in + 12 <= at + len && inject_number(l, data, in, 4) == 0)
			look_records(l, data, in + 12, at + len, here);
		at += len;
	}
}

/* ---- others ---- */

static void look_parts(struct inject_layout *l, const uint8_t *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const uint8_t *cut = memmem(data + at, len - at, FUZZ_CUT, sizeof(FUZZ_CUT) - 1);
		size_t end = cut == NULL ? len : (size_t)(cut - data) + sizeof(FUZZ_CUT) - 1;

		add(l, at, end - at);
		at = end;
	}
}

void inject_look(struct inject_layout *l, const uint8_t *data, size_t len)
{
	l->count = 0;
	l->big = false;
	if (fuzz_target.shape == FUZZ_SHAPE_MDF)
		look_mdf(l, data, len);
	else if (fuzz_target.shape == FUZZ_SHAPE_MCAP)
		look_records(l, data, least(8, len), len, 0);
	else
		look_parts(l, data, len);
	if (l->count == 0)
		add(l, 0, len);
}
