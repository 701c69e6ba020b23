#ifndef SPUR_FORMAT_MDF4_V3_H
#define SPUR_FORMAT_MDF4_V3_H

#include "format/mdf4/mdf.h"

/*
 * MDF 2.x and 3.x: another tree (two-letter ids, u16 lengths, 32-bit links), the same
 * records. Fills the same structures, so that everything behind open is shared.
 */
enum spur_status mdf_v3_read(struct spur_reader *r, struct spur_error *err);
/* v3_conv.c: the CC block at that address becomes a conversion in r->convs; its unit. */
const char *mdf_v3_conv(struct spur_reader *r, uint64_t at, uint16_t *type);

/* Loads in the file's byte order. */
uint16_t mdf_v3_u16(const struct spur_reader *r, const unsigned char *p);
uint32_t mdf_v3_u32(const struct spur_reader *r, const unsigned char *p);
double mdf_v3_f64(const struct spur_reader *r, const unsigned char *p);
/* Fixed-size and TX text as UTF-8 in the arena; "" for NIL. */
const char *mdf_v3_fixed_text(struct spur_reader *r, const unsigned char *p, size_t len);
const char *mdf_v3_text(struct spur_reader *r, uint64_t at);
/* size bytes of the block of that id, zeros where it is shorter. *have is its own length. */
enum spur_status mdf_v3_block(struct spur_reader *r, uint64_t at, const char *id, unsigned char *to, size_t size,
			      size_t *have, struct spur_error *err);

#endif
