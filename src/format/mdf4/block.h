#ifndef SPUR_FORMAT_MDF4_BLOCK_H
#define SPUR_FORMAT_MDF4_BLOCK_H

#include "format/mdf4/mdf.h"

/*
 * Blocks: "##" and two letters, u32 reserved, u64 length, u64 number of links, the links,
 * then the block's own fields (MDF 4.1, "General Block Structure"). Small reads go through
 * a cache of pages, because headers are many, small and close together.
 */
struct mdf_block {
	char id[3];		/* the two letters, NUL */
	uint64_t at, length, links;
	uint64_t body;		/* address of the fields after the links */
	uint64_t body_len;	/* as far as block and file go; what is missing reads as an error */
};

struct mdf_pages *mdf_pages_create(void);
void mdf_pages_destroy(struct mdf_pages *p);

/* len bytes of metadata. SPUR_EFORMAT past the end of the file. */
enum spur_status mdf_meta_read(struct spur_reader *r, uint64_t at, void *to, size_t len, struct spur_error *err);

/* The block at that address, which must be one of `ids`: two letters each, run together, or
 * NULL for any. Links lie inside the block; the block may reach past the end of the file. */
enum spur_status mdf_block_read(struct spur_reader *r, uint64_t at, const char *ids, struct mdf_block *out,
				struct spur_error *err);
/* Link i, or NIL where the block has fewer or it cannot be read. */
uint64_t mdf_block_link(struct spur_reader *r, const struct mdf_block *b, uint64_t i);
/* The first len bytes of the fields, zeros where the block is shorter: older versions are. */
enum spur_status mdf_block_body(struct spur_reader *r, const struct mdf_block *b, void *to, size_t len,
				struct spur_error *err);
/* What is behind the GD blocks at that address (4.3), or the address itself where there are none. *needs becomes the
 * version that a reader must know, if that is above those known here. */
uint64_t mdf_block_unguard(struct spur_reader *r, uint64_t at, unsigned *needs);
/* Notes a visit; false with damage if the block was visited before: chains must end. */
bool mdf_block_first_visit(struct spur_reader *r, uint64_t at, const char *what);

#endif
