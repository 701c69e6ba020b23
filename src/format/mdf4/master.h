#ifndef SPUR_FORMAT_MDF4_MASTER_H
#define SPUR_FORMAT_MDF4_MASTER_H

#include "format/mdf4/mdf.h"

/* All master values of a group that is the remote master of others (4.2, column storage);
 * read once and kept. SPUR_ENOMEM when they do not fit a quarter of the budget. */
enum spur_status mdf_master_load(struct spur_reader *r, uint32_t group, const double **values, size_t *count,
				 struct spur_error *err);

#endif
