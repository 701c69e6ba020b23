#ifndef SPUR_FORMAT_MDF4_LIMITS_H
#define SPUR_FORMAT_MDF4_LIMITS_H

#include "format/mdf4/mdf.h"

/* While channels are read, in their order; raw: the first 72 bytes behind the links of a CN block. */
void mdf_note_limits(struct spur_reader *r, uint32_t signal, const unsigned char *raw);
void mdf_note_raw_range(struct spur_reader *r, uint32_t signal, double min, double max);	/* MDF 3 */
/* When types are known: elements of arrays get those of their channel. */
void mdf_resolve_limits(struct spur_reader *r);

#endif
