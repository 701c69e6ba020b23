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
static void *room(const struct spur_reader *r, uint64_t bytes)
{
	uint64_t file = spur_range_size(r->range) + (64u << 20), most = r->mem_bytes / 2 < file ? r->mem_bytes / 2 : file;

	return bytes >= most ? NULL : spur_try_malloc(bytes + 1, most);
}

static enum spur_status unpack_zipped(const struct spur_reader *r, const struct mdf_piece *p, unsigned char *packed,
				      unsigned char **out, size_t *len, struct spur_error *err)
{
	bool transposed = p->zip % 2 == 1;
	unsigned char *columns;
	enum spur_status st;

	if ((*out = room(r, p->unpacked)) == NULL)
		return spur_fail_byte(err, SPUR_ENOMEM, p->block_at, "%" PRIu64 " bytes do not fit the memory budget; raise --mem",
				      p->unpacked);
	st = unzip(p, packed, *out, len, err);
	if (st == SPUR_OK && *len != p->unpacked)
		st = spur_fail_byte(err, SPUR_EFORMAT, p->block_at, "unpacks to %zu bytes, not the stated %" PRIu64, *len,
				    p->unpacked);
	if (!transposed)
		return st;
	if (st < 0) {	/* a part of the columns is no part of the rows */
		*len = 0;
		return st;
	}
	columns = *out;
	if ((*out = room(r, p->unpacked)) == NULL)
		st = spur_fail_byte(err, SPUR_ENOMEM, p->block_at, "%" PRIu64 " bytes do not fit the memory budget; raise --mem",
				    p->unpacked);
	else
		spur_untranspose(columns, *len, p->row_bytes, *out);
	free(columns);
	return st;
}

enum spur_status mdf_unpack(const struct spur_reader *r, const struct mdf_piece *p, unsigned char **out, size_t *len,
			    struct spur_error *err)
{
	unsigned char *raw = room(r, p->packed);
	uint64_t got = 0;
	enum spur_status st;

	*out = NULL;
	*len = 0;
	if (raw == NULL)
		return spur_fail_byte(err, SPUR_ENOMEM, p->block_at, "a block of %" PRIu64
				      " bytes does not fit the memory budget; raise --mem", p->packed);
	st = spur_range_read_some(r->range, p->at, raw, p->packed, &got, err);
	if (st == SPUR_OK && got < p->packed)
		st = spur_fail_byte(err, SPUR_EFORMAT, p->at + got, "truncated at byte %" PRIu64, p->at + got);
	if (p->zip == MDF_ZIP_NONE) {
		*out = raw;
		*len = (size_t)got;
		return st;
	}
	if (st == SPUR_OK)
		st = unpack_zipped(r, p, raw, out, len, err);
	free(raw);
	return spur_wrap(st, err, "compressed block at byte %" PRIu64, p->block_at);
}
