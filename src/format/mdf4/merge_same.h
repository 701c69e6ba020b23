#ifndef SPUR_FORMAT_MDF4_MERGE_SAME_H
#define SPUR_FORMAT_MDF4_MERGE_SAME_H

#include "format/mdf4/mdf.h"

/* Whether records of b can go into the groups of a: the same groups, channels, layouts, names, units, comments,
 * sources, conversions and arrays. Ranges of values may differ. */
bool mdf_same_structure(struct spur_reader *a, struct spur_reader *b);

#endif
