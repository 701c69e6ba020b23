#ifndef SPUR_FORMAT_MDF4_CHAIN_H
#define SPUR_FORMAT_MDF4_CHAIN_H

#include "format/mdf4/mdf.h"

/*
 * The data blocks behind a data link, in order: DT, SD, RD or DV alone, packed (DZ), in
 * lists (DL, LD), behind a header (HL) or a guard (GD). Only headers are read here.
 */
struct mdf_piece {
	uint64_t block_at;		/* for messages */
	uint64_t at, packed, unpacked;	/* bytes in the file; packed == unpacked where zip is MDF_ZIP_NONE */
	uint32_t row_bytes;		/* of the transposition */
	uint8_t zip;
};

enum mdf_zip { MDF_ZIP_DEFLATE, MDF_ZIP_T_DEFLATE, MDF_ZIP_ZSTD, MDF_ZIP_T_ZSTD, MDF_ZIP_LZ4, MDF_ZIP_T_LZ4,
	       MDF_ZIP_NONE = 255 };

static inline bool mdf_zip_is_transposed(unsigned zip)
{
	return zip == MDF_ZIP_T_DEFLATE || zip == MDF_ZIP_T_ZSTD || zip == MDF_ZIP_T_LZ4;
}

struct mdf_chain {
	struct spur_reader *r;
	struct mdf_map *seen;		/* no block twice: neither loops nor amplification */
	uint64_t single;		/* a block to look at, or NIL */
	struct mdf_piece plain;		/* MDF 3: all there is; packed 0: nothing */
	uint64_t list, list_next, count, i;
	bool read_ahead;		/* say early which heads will be read */
	bool with_inval;		/* LD: data and invalidation blocks alternate */
	bool is_last;			/* the block in hand ends the chain */
};

void mdf_chain_begin(struct mdf_chain *c, struct spur_reader *r, uint64_t data);
/* The data of a data group; in MDF 3 bytes without a block. */
void mdf_chain_begin_group(struct mdf_chain *c, struct spur_reader *r, const struct mdf_data_group *dg);
/* SPUR_OK with *out (and *inval, packed 0 where there is none), or SPUR_END. What is broken
 * is skipped and listed as damage; *lost then says that bytes are missing before *out. */
enum spur_status mdf_chain_next(struct mdf_chain *c, struct mdf_piece *out, struct mdf_piece *inval, bool *lost);
/* Leaves out everything up to the last block, reading the lists only; false: too many of them. */
bool mdf_chain_to_last(struct mdf_chain *c);
void mdf_chain_end(struct mdf_chain *c);

/* The bytes of a piece, in fresh memory the caller frees; may run in any thread. A damaged
 * piece gives what is intact and a failure. *out may be NULL after a failure. */
enum spur_status mdf_unpack(const struct spur_reader *r, const struct mdf_piece *p, unsigned char **out, size_t *len,
			    struct spur_error *err);
/* The same into buffers that are used again and grow: up to three, of which one comes back in *out, owned by `to`.
 * turned: transposed columns stay as they are. */
struct mdf_buffers {
	struct mdf_buffer { unsigned char *data; size_t cap; } packed, unpacked, rows;
};
enum spur_status mdf_unpack_into(const struct spur_reader *r, const struct mdf_piece *p, bool turned, struct mdf_buffers *to,
				 const unsigned char **out, size_t *len, struct spur_error *err);
void mdf_buffers_finish(struct mdf_buffers *b);
/* "deflate", "zstd", ...; NULL for none. */
const char *mdf_zip_name(unsigned zip);

#endif
