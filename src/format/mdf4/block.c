#include "config.h"

#include "format/mdf4/block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/map.h"

#define GUARD_VERSION 430u	/* GD blocks came with it */
#define VERSION_MAX 430u	/* what is known here */
#define GUARDS_MAX 8u
#define PAGE_BYTES 16384u
#define PAGE_COUNT 128u		/* 2 MiB at most; pages are made when they are needed */

struct mdf_pages {
	struct page {
		unsigned char *data;
		uint64_t number;
		uint64_t len;
	} slots[PAGE_COUNT];
};

struct mdf_pages *mdf_pages_create(void)
{
	return spur_calloc(1, sizeof(struct mdf_pages));
}

void mdf_pages_destroy(struct mdf_pages *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < PAGE_COUNT; i++)
		free(p->slots[i].data);
	free(p);
}

static enum spur_status page_get(struct spur_reader *r, uint64_t number, struct page **out, struct spur_error *err)
{
	struct page *p = &r->pages->slots[number % PAGE_COUNT];
	enum spur_status st;

	*out = p;
	if (p->data != NULL && p->number == number)
		return SPUR_OK;
	if (p->data == NULL)
		p->data = spur_malloc(PAGE_BYTES);
	p->number = UINT64_MAX;
	st = spur_range_read_some(r->range, number * PAGE_BYTES, p->data, PAGE_BYTES, &p->len, err);
	if (st == SPUR_OK)
		p->number = number;
	return st;
}

enum spur_status mdf_meta_read(struct spur_reader *r, uint64_t at, void *to, size_t len, struct spur_error *err)
{
	const struct page *near = &r->pages->slots[at / PAGE_BYTES % PAGE_COUNT];
	unsigned char *out = to;

	if (near->data != NULL && near->number == at / PAGE_BYTES && len <= near->len && at % PAGE_BYTES <= near->len - len) {
		memcpy(to, near->data + at % PAGE_BYTES, len);
		return SPUR_OK;
	}
	if (at > r->size || len > r->size - at)
		return spur_fail_byte(err, SPUR_EFORMAT, r->size, "%zu bytes at byte %" PRIu64
				      " reach past the end of the file (%" PRIu64 " bytes)", len, at, r->size);
	if (len > 4u * PAGE_BYTES)
		return spur_range_read(r->range, at, to, len, err);
	while (len > 0) {
		uint64_t in = at % PAGE_BYTES;
		size_t n = len < PAGE_BYTES - in ? len : (size_t)(PAGE_BYTES - in);
		struct page *p;
		enum spur_status st = page_get(r, at / PAGE_BYTES, &p, err);

		if (st < 0)
			return st;
		if (in + n > p->len)	/* the file shrank after it was opened */
			return spur_fail_byte(err, SPUR_EFORMAT, at, "truncated at byte %" PRIu64, at);
		memcpy(out, p->data + in, n);
		out += n;
		at += n;
		len -= n;
	}
	return SPUR_OK;
}

static bool is_one_of(const char *id, const char *ids)
{
	for (; ids != NULL && *ids != '\0'; ids += 2) {
		if (memcmp(id, ids, 2) == 0)
			return true;
	}
	return ids == NULL;
}

enum spur_status mdf_block_read(struct spur_reader *r, uint64_t at, const char *ids, struct mdf_block *out,
				struct spur_error *err)
{
	unsigned char raw[MDF_HEAD_BYTES];
	enum spur_status st = mdf_meta_read(r, at, raw, sizeof(raw), err);

	if (st < 0)
		return spur_wrap(st, err, "block at byte %" PRIu64, at);
	if (memcmp(raw, "##", 2) != 0 || raw[2] < '0' || raw[2] > 'Z' || raw[3] < '0' || raw[3] > 'Z')
		return spur_fail_byte(err, SPUR_EFORMAT, at, "no block at byte %" PRIu64, at);
	*out = (struct mdf_block){ .id = { (char)raw[2], (char)raw[3], '\0' }, .at = at };
	out->length = spur_le64(raw + 8);
	out->links = spur_le64(raw + 16);
	if (!is_one_of(out->id, ids))
		return spur_fail_byte(err, SPUR_EFORMAT, at, "##%s at byte %" PRIu64 " where a ##%.2s belongs", out->id, at,
				      ids);
	if (out->links > (r->size - at - MDF_HEAD_BYTES) / 8 ||
	    (out->length >= MDF_HEAD_BYTES && out->links > (out->length - MDF_HEAD_BYTES) / 8))
		return spur_fail_byte(err, SPUR_EFORMAT, at + 16, "##%s at byte %" PRIu64 ": %" PRIu64
				      " links do not fit its length of %" PRIu64, out->id, at, out->links, out->length);
	out->body = at + MDF_HEAD_BYTES + 8 * out->links;
	if (out->length > out->body - at)
		out->body_len = out->length - (out->body - at);
	if (out->body_len > r->size - out->body)
		out->body_len = r->size - out->body;
	return SPUR_OK;
}

uint64_t mdf_block_link(struct spur_reader *r, const struct mdf_block *b, uint64_t i)
{
	unsigned char raw[8];

	if (i >= b->links || mdf_meta_read(r, b->at + MDF_HEAD_BYTES + 8 * i, raw, sizeof(raw), NULL) < 0)
		return 0;
	return spur_le64(raw);
}

enum spur_status mdf_block_body(struct spur_reader *r, const struct mdf_block *b, void *to, size_t len,
				struct spur_error *err)
{
	size_t have = b->body_len < len ? (size_t)b->body_len : len;

	memset((unsigned char *)to + have, 0, len - have);
	return mdf_meta_read(r, b->body, to, have, err);
}

uint64_t mdf_block_unguard(struct spur_reader *r, uint64_t at, unsigned *needs)
{
	struct mdf_block b;
	unsigned char raw[2];

	for (unsigned depth = 0; r->version >= GUARD_VERSION && at != 0 && depth < GUARDS_MAX; depth++) {
		if (mdf_block_read(r, at, "GD", &b, NULL) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), NULL) < 0)
			break;
		if (spur_le16(raw) > VERSION_MAX && spur_le16(raw) > *needs)
			*needs = spur_le16(raw);
		at = mdf_block_link(r, &b, 0);
	}
	return at;
}

bool mdf_block_first_visit(struct spur_reader *r, uint64_t at, const char *what)
{
	if (mdf_map_put(r->seen, at, 0))
		return true;
	mdf_damaged(r, at, 0, "%s is linked twice: the chain is cut here", what);
	return false;
}
