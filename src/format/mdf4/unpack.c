#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/transpose.h"
#include "codec/zstd.h"
#include "format/mdf4/chain.h"

static enum spur_status unzip(const struct mdf_piece *p, const unsigned char *packed, unsigned char *out, size_t *got,
			      struct spur_error *err)
{
	switch (p->zip) {
	case MDF_ZIP_DEFLATE:
	case MDF_ZIP_T_DEFLATE:
		return spur_deflate_unpack(packed, (size_t)p->packed, out, (size_t)p->unpacked, got, err);
	case MDF_ZIP_ZSTD:
	case MDF_ZIP_T_ZSTD:
		return spur_zstd_unpack(packed, (size_t)p->packed, out, (size_t)p->unpacked, got, err);
	default:
		return spur_lz4_unpack(packed, (size_t)p->packed, true, out, (size_t)p->unpacked, got, err);
	}
}

/* No block asks for more than the budget, and none for more than 64 MiB above the size of the file (MDF 4.1 wants
 * blocks of 4 MiB at most before they are packed). */
static enum spur_status room(const struct spur_reader *r, const struct mdf_piece *p, uint64_t bytes, struct mdf_buffer *b,
			     struct spur_error *err)
{
	uint64_t file = spur_range_size(r->range) + (64u << 20), most = r->mem_bytes / 2 < file ? r->mem_bytes / 2 : file;

	if (bytes < b->cap)
		return SPUR_OK;
	free(b->data);
	b->data = bytes >= most ? NULL : spur_try_malloc(bytes + 1, most);
	b->cap = b->data == NULL ? 0 : (size_t)bytes + 1;
	return b->data != NULL ? SPUR_OK :
	       spur_fail_byte(err, SPUR_ENOMEM, p->block_at, "a block of %" PRIu64 " bytes does not fit the memory budget; raise --mem",
			      bytes);
}

static enum spur_status unpack_zipped(const struct spur_reader *r, const struct mdf_piece *p, bool turned, struct mdf_buffers *to,
				      const unsigned char **out, size_t *len, struct spur_error *err)
{
	bool transposed = mdf_zip_is_transposed(p->zip);
	enum spur_status st = room(r, p, p->unpacked, &to->unpacked, err);

	if (st < 0)
		return st;
	st = unzip(p, to->packed.data, to->unpacked.data, len, err);
	if (st == SPUR_OK && *len != p->unpacked)
		st = spur_fail_byte(err, SPUR_EFORMAT, p->block_at, "unpacks to %zu bytes, not the stated %" PRIu64, *len,
				    p->unpacked);
	*out = to->unpacked.data;
	if (st < 0 && transposed)	/* a part of the columns is no part of the rows */
		*len = 0;
	if (st < 0 || !transposed || turned)
		return st;
	if ((st = room(r, p, p->unpacked, &to->rows, err)) == SPUR_OK)
		spur_untranspose(to->unpacked.data, *len, p->row_bytes, to->rows.data);
	*out = to->rows.data;
	*len = st == SPUR_OK ? *len : 0;
	return st;
}

enum spur_status mdf_unpack_into(const struct spur_reader *r, const struct mdf_piece *p, bool turned, struct mdf_buffers *to,
				 const unsigned char **out, size_t *len, struct spur_error *err)
{
	uint64_t got = 0;
	enum spur_status st = room(r, p, p->packed, &to->packed, err);

	*out = NULL;
	*len = 0;
	if (st < 0)
		return st;
	st = spur_range_read_some(r->range, p->at, to->packed.data, p->packed, &got, err);
	if (st == SPUR_OK && got < p->packed)
		st = spur_fail_byte(err, SPUR_EFORMAT, p->at + got, "truncated at byte %" PRIu64, p->at + got);
	if (p->zip == MDF_ZIP_NONE) {
		*out = to->packed.data;
		*len = (size_t)got;
		return st;
	}
	if (st == SPUR_OK)
		st = unpack_zipped(r, p, turned, to, out, len, err);
	return spur_wrap(st, err, "compressed block at byte %" PRIu64, p->block_at);
}

void mdf_buffers_finish(struct mdf_buffers *b)
{
	free(b->packed.data);
	free(b->unpacked.data);
	free(b->rows.data);
	*b = (struct mdf_buffers){ { 0 }, { 0 }, { 0 } };
}

enum spur_status mdf_unpack(const struct spur_reader *r, const struct mdf_piece *p, unsigned char **out, size_t *len,
			    struct spur_error *err)
{
	struct mdf_buffers b = { { 0 }, { 0 }, { 0 } };
	const unsigned char *got;
	enum spur_status st = mdf_unpack_into(r, p, false, &b, &got, len, err);

	*out = NULL;
	for (struct mdf_buffer *k[] = { &b.packed, &b.unpacked, &b.rows }, **at = k; at < k + 3; at++) {
		if (got != NULL && (*at)->data == got) {
			*out = (*at)->data;
			(*at)->data = NULL;
		}
	}
	mdf_buffers_finish(&b);
	return st;
}
