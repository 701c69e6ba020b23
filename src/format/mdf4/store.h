#ifndef SPUR_FORMAT_MDF4_STORE_H
#define SPUR_FORMAT_MDF4_STORE_H

#include "format/mdf4/mdf.h"

/*
 * Values of variable length by offset, in bounded memory: either the SD blocks behind a
 * channel (read when they are asked for, the last few kept), or a window on the records of
 * a VLSD channel group, which arrive while the file is read. [u32 length][bytes] each.
 */
struct spur_buf;
struct mdf_store;

/* bare: VLSC (MDF 4.3): no lengths before the values; who asks knows them. */
struct mdf_store *mdf_store_blocks(struct spur_reader *r, uint64_t data, bool bare);
bool mdf_store_is_bare(const struct mdf_store *s);
struct mdf_store *mdf_store_window(struct spur_reader *r, uint32_t vlsd_group);
uint64_t mdf_store_bytes(const struct mdf_store *s);	/* of blocks: all of them */
bool mdf_store_is_window(const struct mdf_store *s);
void mdf_store_destroy(struct mdf_store *s);	/* NULL is fine */

enum mdf_found { MDF_FOUND, MDF_LATER, MDF_LOST };
/* The value at that offset, of a bare store the *len bytes there; valid until the next call. MDF_LATER: a window that has not seen
 * it yet. MDF_LOST: it never comes; listed as damage once. */
enum mdf_found mdf_store_get(struct mdf_store *s, uint64_t offset, const unsigned char **value, size_t *len);
/* Where value k begins, in files whose writer did not get to the offsets: values lie in the order of their rows. Of a bare
 * store the size of each is told in that order, from the first one on. MDF_LATER, MDF_LOST: as above. */
enum mdf_found mdf_store_nth(struct mdf_store *s, uint64_t k, size_t size, uint64_t *offset);
/* Only for windows. give_up: nobody waits for that value any more; listed as damage once. */
void mdf_store_give_up(struct mdf_store *s, uint64_t offset);
void mdf_store_add(struct mdf_store *s, const void *data, size_t len);
bool mdf_store_full(const struct mdf_store *s);
void mdf_store_forget(struct mdf_store *s);	/* the older half */

#endif
