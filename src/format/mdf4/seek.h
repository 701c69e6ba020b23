#ifndef SPUR_FORMAT_MDF4_SEEK_H
#define SPUR_FORMAT_MDF4_SEEK_H

#include "format/mdf4/chain.h"

/*
 * Which blocks of a sorted data group hold a span of time. Made on the first bounded scan of the group
 * and kept: the headers of its blocks, and of each (of SPUR_SEEK_PROBES of them, in long groups, and those
 * that halving visits) the master of the records that begin in it - all of them where the block is
 * transposed with the master in front, for then they come first in the packed bytes; of the first one
 * elsewhere. Masters increase (ASAM MDF 4.1, "Master channel"): where what was looked at does not, or
 * blocks are missing, all of the group is read. What is not seen is disorder inside one block that is not
 * transposed, or between the probes of a long group.
 */
#define MDF_SEEK_PROBES 256u

struct mdf_part {			/* a block, or at most 1 MiB of a plain one */
	struct mdf_piece piece;
	uint64_t begin;			/* of its first byte in the data section */
	spur_ns first, least, most;	/* of the records that begin in it */
	bool looked, known, whole;	/* tried; first is; least and most are those of all records */
};

struct mdf_seek {
	struct mdf_part *parts;
	size_t count;
	bool refused;			/* no such group: read it all */
};

/* The parts [*from, *to) that a scan of the data group must read for [begin_ns, end_ns), or NULL: all of it. */
const struct mdf_seek *mdf_seek_span(struct spur_reader *r, uint32_t data_group, spur_ns begin_ns, spur_ns end_ns,
				     size_t *from, size_t *to);
/* The parts of any data group, in order. */
const struct mdf_seek *mdf_seek_parts(struct spur_reader *r, uint32_t data_group);
/* The end of a data group: the last block is transposed and tells its masters cheaply. */
bool mdf_seek_is_cheap(const struct spur_reader *r, uint32_t data_group, const struct mdf_piece *last);
bool mdf_seek_last(struct spur_reader *r, uint32_t data_group, const struct mdf_piece *last, spur_ns *out);
#define MDF_SEEK_COST (24u << 10)	/* bytes that are read for that, mostly */
void mdf_seeks_destroy(struct spur_reader *r);
/* seconds of a master as time; SPUR_NS_MAX for what is none. */
spur_ns mdf_master_ns(const struct spur_reader *r, double seconds);

#endif
