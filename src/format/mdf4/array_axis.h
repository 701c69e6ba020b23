#ifndef SPUR_FORMAT_MDF4_ARRAY_AXIS_H
#define SPUR_FORMAT_MDF4_ARRAY_AXIS_H

#include "format/mdf4/block.h"

/*
 * What a CA block says beside the places of its elements (MDF 4.1, "CABLOCK"). Links behind the composition and, with
 * storage "DG template", the data of the elements; each list where its flag is set, a channel by its DG, CG and CN:
 * size of each dimension (0), input quantity of each (1), output (2), comparison quantity (3), conversion of each
 * axis (4), channel of each axis (4 without 5). Body behind the dimensions: values of the fixed axes (5), one
 * after the other.
 */
enum mdf_ca_flag { MDF_CA_DYNAMIC = 1, MDF_CA_INPUT = 2, MDF_CA_OUTPUT = 4, MDF_CA_COMPARISON = 8, MDF_CA_AXIS = 16,
		   MDF_CA_FIXED_AXIS = 32, MDF_CA_INVERSE = 64, MDF_CA_LEFT_OPEN = 128, MDF_CA_STANDARD_AXIS = 256 };

/* A CA block of channel `parent`; its dimensions are those from `first` on of all that are nested in each other. */
void mdf_array_note(struct spur_reader *r, uint32_t parent, const struct mdf_block *ca, unsigned first);
/* Channel `element` is number at[d] in dimension d of the arrays that were noted as [from, to). In order of channels. */
void mdf_array_bind(struct spur_reader *r, size_t from, size_t to, uint32_t element, const uint64_t *at);
/* Addresses become indexes. */
void mdf_resolve_arrays(struct spur_reader *r, const struct mdf_map *channels);
/* Where in r->bounds those of a signal begin; it ends where another signal's begin. */
size_t mdf_bounds_of(const struct spur_reader *r, uint32_t signal);

#endif
