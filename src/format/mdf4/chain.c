#include "config.h"

#include "format/mdf4/chain.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

#define DATA_IDS "DTSDRDDVDIRVRIVD"
#define DZ_BODY 24u
#define AHEAD_MAX 512u
#define AHEAD_BYTES (32u << 10)
#define LISTS_MAX 4096u		/* that a glance follows */

void mdf_chain_begin(struct mdf_chain *c, struct spur_reader *r, uint64_t data)
{
	*c = (struct mdf_chain){ .r = r, .seen = mdf_map_create(), .single = data };
}

void mdf_chain_begin_group(struct mdf_chain *c, struct spur_reader *r, const struct mdf_data_group *dg)
{
	uint64_t have = dg->data > r->size ? 0 : r->size - dg->data, len = dg->plain_bytes;

	mdf_chain_begin(c, r, r->version < 400 ? 0 : dg->data);
	if (r->version >= 400 || dg->data == 0)
		return;
	if (len > have)
		mdf_damaged(r, r->size, len - have, "data at byte %" PRIu64 ": the last %" PRIu64 " of %" PRIu64 " bytes are missing",
			    dg->data, len - have, len);
	len = len < have ? len : have;
	c->plain = (struct mdf_piece){ .block_at = dg->data, .at = dg->data, .packed = len, .unpacked = len, .zip = MDF_ZIP_NONE };
}

void mdf_chain_end(struct mdf_chain *c)
{
	mdf_map_destroy(c->seen);
	c->seen = NULL;
}

const char *mdf_zip_name(unsigned zip)
{
	static const char *const names[] = { "deflate", "transposed deflate", "zstd", "transposed zstd", "lz4",
					     "transposed lz4" };

	return zip < sizeof(names) / sizeof(names[0]) ? names[zip] : NULL;
}

/* What a block of n packed bytes can hold at most: more is a lie, and would size a buffer. */
static uint64_t most_unpacked(unsigned zip, uint64_t n)
{
	switch (zip) {
	case MDF_ZIP_DEFLATE:
	case MDF_ZIP_T_DEFLATE: return n * 1040 + 64;
	case MDF_ZIP_LZ4:
	case MDF_ZIP_T_LZ4: return n * 256 + 64;
	default: return n * 65536 + 64;	/* zstd: runs of 128 KiB in four bytes */
	}
}

static enum spur_status read_dz(struct spur_reader *r, const struct mdf_block *b, struct mdf_piece *out,
				struct spur_error *err)
{
	unsigned char raw[DZ_BODY];
	enum spur_status st = mdf_block_body(r, b, raw, sizeof(raw), err);
	uint64_t have = b->body_len < DZ_BODY ? 0 : b->body_len - DZ_BODY;

	if (st < 0)
		return st;
	out->zip = raw[2];
	out->row_bytes = spur_le32(raw + 4);
	out->unpacked = spur_le64(raw + 8);
	out->packed = spur_le64(raw + 16);
	out->at = b->body + DZ_BODY;
	if (mdf_zip_name(out->zip) == NULL)
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, b->body + 2, "compression %u, which is not known", out->zip);
	if (out->packed > have) {
		mdf_damaged(r, b->at, out->packed - have, "compressed block: %" PRIu64 " of %" PRIu64 " packed bytes are missing",
			    out->packed - have, out->packed);
		out->packed = have;
	}
	if (out->unpacked > most_unpacked(out->zip, out->packed))
		return spur_fail_byte(err, SPUR_EFORMAT, b->body + 8, "%" PRIu64 " packed bytes cannot hold %" PRIu64, out->packed,
				      out->unpacked);
	return SPUR_OK;
}

/* A plain block; the last one of an unfinished file goes on to the next known block. */
static void read_plain(struct spur_reader *r, const struct mdf_block *b, bool last, struct mdf_piece *out)
{
	uint64_t len = b->body_len;
	bool open_end = last && (r->unfinished & MDF_UNFIN_DT_LENGTH) != 0;

	if (open_end) {
		uint64_t next = mdf_map_above(r->seen, b->at);

		next = next < r->size ? next : r->size;
		len = next > b->body ? next - b->body : 0;	/* blocks of damaged files lie in each other */
	} else if (b->length > MDF_HEAD_BYTES && len < b->length - (b->body - b->at)) {
		mdf_damaged(r, r->size, b->at + b->length - r->size, "data block at byte %" PRIu64 ": the last %" PRIu64
			    " of %" PRIu64 " bytes are missing", b->at, b->at + b->length - r->size, b->length);
	}
	out->zip = MDF_ZIP_NONE;
	out->at = b->body;
	out->packed = out->unpacked = len;
}

static enum spur_status read_piece(struct mdf_chain *c, uint64_t at, struct mdf_piece *out, struct spur_error *err)
{
	struct mdf_block b;
	enum spur_status st = mdf_block_read(c->r, at, DATA_IDS "DZ", &b, err);

	if (st < 0)
		return st;
	if (!mdf_map_put(c->seen, at, 0))
		return spur_fail_byte(err, SPUR_EFORMAT, at, "is in the list twice");
	*out = (struct mdf_piece){ .block_at = at };
	if (strcmp(b.id, "DZ") == 0)
		return read_dz(c->r, &b, out, err);
	read_plain(c->r, &b, c->is_last, out);
	return SPUR_OK;
}

static uint64_t list_link(struct mdf_chain *c, uint64_t i)
{
	unsigned char raw[8];

	if (mdf_meta_read(c->r, c->list + MDF_HEAD_BYTES + 8 * i, raw, sizeof(raw), NULL) < 0)
		return 0;
	return spur_le64(raw);
}

/* The heads of the blocks of a list lie far apart: asked for together, they come together. */
static void read_ahead(struct mdf_chain *c)
{
	for (uint64_t i = 0; i < c->count && i < AHEAD_MAX; i++) {
		uint64_t at = list_link(c, c->with_inval ? 1 + 2 * i : 1 + i);

		if (at != 0)
			spur_range_prefetch(c->r->range, at, AHEAD_BYTES);
	}
}

static void open_list(struct mdf_chain *c, const struct mdf_block *b)
{
	unsigned char raw[8];
	bool is_ld = b->id[0] == 'L';
	uint64_t links;

	c->list = 0;
	if (!mdf_map_put(c->seen, b->at, 0)) {
		mdf_damaged(c->r, b->at, 0, "data list is linked twice: the chain is cut here");
		return;
	}
	if (mdf_block_body(c->r, b, raw, sizeof(raw), NULL) < 0)
		return;
	c->with_inval = is_ld && (spur_le32(raw) >> 31) != 0;
	c->count = spur_le32(raw + 4);
	links = b->links == 0 ? 0 : b->links - 1;
	if (c->with_inval)
		links /= 2;
	if (c->count > links || (c->r->unfinished & MDF_UNFIN_LAST_DL) != 0)
		c->count = links;
	c->list = b->at;
	/* Room that was not needed hides which block is the last. */
	while ((c->r->unfinished & MDF_UNFIN_LAST_DL) != 0 && c->count > 0 && list_link(c, c->with_inval ? 2 * c->count - 1 : c->count) == 0)
		c->count--;
	c->list_next = mdf_block_link(c->r, b, 0);
	c->i = 0;
	if (c->read_ahead)
		read_ahead(c);
}

/* Follow HL, GD, DL and LD down to a data block; *at is it, or NIL when a list was opened. */
static void descend(struct mdf_chain *c, uint64_t *at)
{
	for (unsigned depth = 0; *at != 0 && depth < 4; depth++) {
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(c->r, *at, DATA_IDS "DZDLLDHLGD", &b, &err) < 0) {
			mdf_damaged(c->r, *at, 0, "data: %s", err.text);
			*at = 0;
		} else if (strcmp(b.id, "HL") == 0 || strcmp(b.id, "GD") == 0) {
			*at = mdf_block_link(c->r, &b, 0);
		} else if (strcmp(b.id, "DL") == 0 || strcmp(b.id, "LD") == 0) {
			open_list(c, &b);
			*at = 0;
		} else {
			return;
		}
	}
	*at = 0;
}

/* The next data block of the open list, or NIL at its end. */
static uint64_t next_in_list(struct mdf_chain *c, uint64_t *inval)
{
	while (c->list != 0 && c->i < c->count) {
		uint64_t k = c->i++, at = list_link(c, c->with_inval ? 1 + 2 * k : 1 + k);

		*inval = c->with_inval ? list_link(c, 2 + 2 * k) : 0;
		c->is_last = c->i == c->count && c->list_next == 0;
		if (at != 0)
			return at;
	}
	return 0;
}

static bool next_block(struct mdf_chain *c, uint64_t *at, uint64_t *inval)
{
	*inval = 0;
	if ((*at = c->single) != 0) {
		c->single = 0;
		c->is_last = true;
		descend(c, at);
		if (*at != 0)
			return true;
	}
	while (c->list != 0) {
		if ((*at = next_in_list(c, inval)) != 0)
			return true;
		*at = c->list_next;
		c->list = 0;
		descend(c, at);
		if (*at != 0)
			return true;
	}
	return false;
}

enum spur_status mdf_chain_next(struct mdf_chain *c, struct mdf_piece *out, struct mdf_piece *inval, bool *lost)
{
	uint64_t at, inval_at;
	struct spur_error err;

	*lost = false;
	*inval = (struct mdf_piece){ .zip = MDF_ZIP_NONE };
	if (c->plain.packed > 0) {
		*out = c->plain;
		c->plain.packed = 0;
		return SPUR_OK;
	}
	while (next_block(c, &at, &inval_at)) {
		if (read_piece(c, at, out, &err) < 0) {
			mdf_damaged(c->r, at, 0, "data: %s", err.text);
			*lost = true;
			continue;
		}
		if (inval_at != 0 && read_piece(c, inval_at, inval, &err) < 0) {
			mdf_damaged(c->r, inval_at, 0, "invalidation bits: %s", err.text);
			*inval = (struct mdf_piece){ .zip = MDF_ZIP_NONE };
		}
		return SPUR_OK;
	}
	return SPUR_END;
}

bool mdf_chain_to_last(struct mdf_chain *c)
{
	for (unsigned lists = 0; c->list != 0 && c->list_next != 0; lists++) {
		uint64_t at = c->list_next;

		if (lists == LISTS_MAX)
			return false;
		c->list = 0;
		descend(c, &at);
		c->single = at;
	}
	if (c->list != 0 && c->i + 1 < c->count)
		c->i = c->count - 1;
	return true;
}
