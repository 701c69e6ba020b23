#ifndef SPUR_FORMAT_MDF4_ARRAY_APART_H
#define SPUR_FORMAT_MDF4_ARRAY_APART_H

#include "format/mdf4/block.h"

/*
 * Arrays whose elements are recorded one by one (MDF 4.1, "CABLOCK"). Element 0 is the channel that has the CA block, in
 * its group. Storage "CG template": element k has records of the same layout in the same data, with the record id of
 * the group plus k. Storage "DG template": it has data of its own, whose links follow that of the composition. Each
 * has as many records as its cycle count, behind the sizes of the dimensions, says. Here each element becomes
 * a group, with copies of all channels of the first one.
 */
#define MDF_DIMS_MAX 16u

struct mdf_apart {
	uint32_t group, channel;	/* of element 0 */
	unsigned dims;
	uint64_t size[MDF_DIMS_MAX], count;
	bool inverse, done;
	uint64_t at;			/* of the CA block */
	uint64_t cycles_at, data_at;	/* addresses of the counts, and of the links to data; 0: the records have ids */
};

/* array.c: "name[1][0]", in the arena; never NULL. */
const char *mdf_element_name(struct spur_reader *r, const char *name, unsigned dims, const uint64_t *at);
/* While the channels of its group are read. SPUR_EUNSUPPORTED: it is to be refused. */
enum spur_status mdf_apart_note(struct spur_reader *r, uint32_t channel, const struct mdf_apart *a, struct spur_error *err);
/* When the group is read: its elements by record id follow it. */
void mdf_apart_by_record(struct spur_reader *r, uint32_t group);
/* When the data group is read: those with data of their own. */
void mdf_apart_by_data(struct spur_reader *r, uint32_t data_group);

#endif
