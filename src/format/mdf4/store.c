#include "config.h"

#include "format/mdf4/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/chain.h"

#define CHUNK_BYTES (1u << 20)	/* plain blocks are read in parts */
#define KEEP 4

#define GIVEN_ANYWAY ((uint64_t)512 << 20)
#define GIVEN_TIMES 128u

struct mdf_store {
	struct spur_reader *r;
	struct part {
		uint64_t start;		/* offset of its first byte in the whole */
		struct mdf_piece piece;
	} *parts;
	size_t part_count, part_cap;
	uint64_t end;			/* of the whole; of a window, of what has come */
	uint64_t given, asked;		/* bytes and number of the values that were found, see exhausted() */
	struct kept {
		unsigned char *data;
		size_t len, part;
		uint64_t used;
	} kept[KEEP];
	uint64_t clock;
	struct spur_buf straddle;	/* a value that lies in several parts */
	/* windows: */
	bool is_window, complained, bare;
	struct spur_buf window;
	uint64_t window_start, group_at;
	/* where values begin, if nothing else says it: of the first ones, and the next */
	uint64_t *starts;
	size_t start_count, start_cap;
};

static void add_part(struct mdf_store *s, const struct mdf_piece *p)
{
	MDF_PUSH(&s->parts, s->part_count, &s->part_cap);
	s->parts[s->part_count++] = (struct part){ s->end, *p };
	s->end += p->unpacked;
}

struct mdf_store *mdf_store_blocks(struct spur_reader *r, uint64_t data, bool bare)
{
	struct mdf_store *s = spur_calloc(1, sizeof(*s));
	struct mdf_chain chain;
	struct mdf_piece p, inval;
	bool lost;

	s->r = r;
	s->bare = bare;
	mdf_chain_begin(&chain, r, data);
	while (mdf_chain_next(&chain, &p, &inval, &lost) == SPUR_OK) {
		if (p.zip != MDF_ZIP_NONE) {
			add_part(s, &p);
			continue;
		}
		for (uint64_t left = p.packed; left > 0;) {
			struct mdf_piece cut = p;

			cut.packed = cut.unpacked = left < CHUNK_BYTES ? left : CHUNK_BYTES;
			add_part(s, &cut);
			p.at += cut.packed;
			left -= cut.packed;
		}
	}
	mdf_chain_end(&chain);
	return s;
}

struct mdf_store *mdf_store_window(struct spur_reader *r, uint32_t vlsd_group)
{
	struct mdf_store *s = spur_calloc(1, sizeof(*s));

	s->r = r;
	s->group_at = r->groups[vlsd_group].at;
	s->is_window = true;
	s->bare = (r->groups[vlsd_group].flags & MDF_CG_VLSC) != 0;
	return s;
}

bool mdf_store_is_bare(const struct mdf_store *s)
{
	return s->bare;
}

uint64_t mdf_store_bytes(const struct mdf_store *s)
{
	return s->end;
}

bool mdf_store_is_window(const struct mdf_store *s)
{
	return s->is_window;
}

void mdf_store_destroy(struct mdf_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < KEEP; i++)
		free(s->kept[i].data);
	spur_buf_finish(&s->straddle);
	spur_buf_finish(&s->window);
	free(s->starts);
	free(s->parts);
	free(s);
}

static void complain(struct mdf_store *s, uint64_t offset, const char *why)
{
	uint64_t at = s->part_count > 0 ? s->parts[0].piece.block_at : s->group_at;

	if (!s->complained)
		mdf_damaged(s->r, at, 0, "value at offset %" PRIu64 " of the variable-length data: %s", offset, why);
	s->complained = true;
}

static size_t find_part(const struct mdf_store *s, uint64_t offset)
{
	size_t lo = 0, hi = s->part_count;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (s->parts[mid].start <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static const struct kept *load(struct mdf_store *s, size_t part)
{
	struct kept *k = &s->kept[0];
	struct spur_error err;

	for (size_t i = 0; i < KEEP; i++) {
		if (s->kept[i].data != NULL && s->kept[i].part == part) {
			s->kept[i].used = ++s->clock;
			return &s->kept[i];
		}
		if (s->kept[i].used < k->used)
			k = &s->kept[i];
	}
	free(k->data);
	k->data = NULL;
	k->part = part;
	k->used = ++s->clock;
	if (mdf_unpack(s->r, &s->parts[part].piece, &k->data, &k->len, &err) < 0)
		mdf_damaged(s->r, s->parts[part].piece.block_at, s->parts[part].piece.packed, "%s", err.text);
	if (k->data == NULL)	/* keep the failure: it is not tried again for every sample */
		k->data = spur_calloc(1, 1);
	return k;
}

/* len bytes at offset, in place or put together in s->straddle; NULL if some are missing. */
static const unsigned char *bytes_at(struct mdf_store *s, uint64_t offset, size_t len)
{
	size_t part = find_part(s, offset);
	const struct kept *k = load(s, part);
	uint64_t in = offset - s->parts[part].start;

	if (in + len <= k->len)
		return k->data + in;
	spur_buf_clear(&s->straddle);
	while (s->straddle.len < len) {
		size_t want = len - s->straddle.len, have;

		if (part >= s->part_count || (k = load(s, part))->len <= in)
			return NULL;
		have = k->len - (size_t)in;
		spur_buf_add(&s->straddle, k->data + in, have < want ? have : want);
		in = 0;
		part++;
	}
	return (const unsigned char *)s->straddle.data;
}

static enum mdf_found get_from_blocks(struct mdf_store *s, uint64_t offset, const unsigned char **value, size_t *len)
{
	const unsigned char *p;
	unsigned head = s->bare ? 0 : 4;

	if (offset > s->end || s->end - offset < head || (!s->bare && (p = bytes_at(s, offset, 4)) == NULL)) {
		complain(s, offset, "the data ends before it");
		return MDF_LOST;
	}
	if (!s->bare)
		*len = spur_le32(p);
	if (*len > s->end - offset - head || *len > s->r->mem_bytes / 4) {
		complain(s, offset, "its length reaches past the end of the data or the memory budget");
		return MDF_LOST;
	}
	*value = *len == 0 ? (const unsigned char *)"" : bytes_at(s, offset + head, *len);
	if (*value == NULL) {
		complain(s, offset, "its bytes are damaged");
		return MDF_LOST;
	}
	return MDF_FOUND;
}

static enum mdf_found get_from_window(struct mdf_store *s, uint64_t offset, const unsigned char **value, size_t *len)
{
	uint64_t end = s->window_start + s->window.len;

	if (offset < s->window_start) {
		complain(s, offset, "refers back further than the memory budget reaches; raise --mem");
		return MDF_LOST;
	}
	if (offset > end || end - offset < (s->bare ? 0u : 4u))
		return MDF_LATER;
	const unsigned char *p = (const unsigned char *)(s->window.data == NULL ? "" : s->window.data) + (offset - s->window_start);

	if (s->bare) {
		*value = p;
		return *len > end - offset ? MDF_LATER : MDF_FOUND;
	}
	*len = spur_le32(p);
	*value = p + 4;
	return *len > end - offset - 4 ? MDF_LATER : MDF_FOUND;
}

/*
 * Offsets of damaged rows point into values, and what lies there is taken for a length: values that overlap, thousands of
 * times what the file has. A file may well say one value in many rows, and each is asked for twice.
 */
static bool exhausted(struct mdf_store *s, uint64_t offset, size_t len)
{
	s->asked++;
	s->given += len;
	if (s->given <= GIVEN_ANYWAY || (s->given - GIVEN_ANYWAY) / GIVEN_TIMES <= s->end + 8 * s->asked)
		return false;
	s->given -= len;
	complain(s, offset, "the values overlap, and are many times the data they lie in: large ones from here on are left out");
	return true;
}

enum mdf_found mdf_store_get(struct mdf_store *s, uint64_t offset, const unsigned char **value, size_t *len)
{
	enum mdf_found found = s->is_window ? get_from_window(s, offset, value, len) : get_from_blocks(s, offset, value, len);

	return found == MDF_FOUND && exhausted(s, offset, *len) ? MDF_LOST : found;
}

/* The length in front of the value at that offset. */
static enum mdf_found length_at(struct mdf_store *s, uint64_t offset, uint64_t *len)
{
	const unsigned char *p;

	if (!s->is_window) {
		if (offset > s->end || s->end - offset < 4 || (p = bytes_at(s, offset, 4)) == NULL)
			return MDF_LOST;
	} else if (offset < s->window_start) {
		return MDF_LOST;
	} else if (offset + 4 > s->window_start + s->window.len) {
		return MDF_LATER;
	} else {
		p = (const unsigned char *)s->window.data + (offset - s->window_start);
	}
	*len = spur_le32(p);
	return MDF_FOUND;
}

static void add_start(struct mdf_store *s, uint64_t offset)
{
	MDF_PUSH(&s->starts, s->start_count, &s->start_cap);
	s->starts[s->start_count++] = offset;
}

enum mdf_found mdf_store_nth(struct mdf_store *s, uint64_t k, size_t size, uint64_t *offset)
{
	if (s->start_count == 0)
		add_start(s, 0);
	while (!s->bare && s->start_count <= k && s->start_count < s->r->mem_bytes / 8 / sizeof(*s->starts)) {
		uint64_t last = s->starts[s->start_count - 1], len;
		enum mdf_found found = length_at(s, last, &len);

		if (found != MDF_FOUND)
			return found;
		add_start(s, last + 4 + len);
	}
	if (k >= s->start_count) {
		complain(s, s->starts[s->start_count - 1], s->bare ? "its place follows from the sizes of rows that were not read" :
			 "more places of values than the memory budget holds; raise --mem");
		return MDF_LOST;
	}
	*offset = s->starts[k];
	if (s->bare && k + 1 == s->start_count)
		add_start(s, *offset + size);
	return MDF_FOUND;
}

void mdf_store_add(struct mdf_store *s, const void *data, size_t len)
{
	s->end += len;
	spur_buf_add(&s->window, data, len);
}

bool mdf_store_full(const struct mdf_store *s)
{
	return s->window.len > s->r->mem_bytes / 8;
}

void mdf_store_forget(struct mdf_store *s)
{
	size_t half = s->window.len / 2;

	memmove(s->window.data, s->window.data + half, s->window.len - half);
	s->window.len -= half;
	s->window_start += half;
}

void mdf_store_give_up(struct mdf_store *s, uint64_t offset)
{
	complain(s, offset, "its record did not come");
}
