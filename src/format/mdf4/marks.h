#ifndef SPUR_FORMAT_MDF4_MARKS_H
#define SPUR_FORMAT_MDF4_MARKS_H

#include "format/mdf4/demux.h"
#include "format/mdf4/seek.h"

/*
 * Where to begin in unsorted data. Records of unknown lengths can be cut only from a place where one begins, and a record
 * is the n-th of its group only for who counted. A scan that goes through unsorted data leaves a mark every few blocks: a
 * place where a record begins, how many records of each group lie before it, and the time of the last of them. A later
 * scan of a span of time begins at the last mark before it.
 *
 * Marks are kept with the reader and, of data of MARKS_LEAST_BYTES and more, in the user's cache (io/cache), under what
 * identifies the file: size, mtime, ctime, inode, head and tail, and the version of this code. What is read from there counts
 * only where the heads of all data blocks are what they were. Times that do not increase make marks useless: then everything
 * is read. Groups whose values are records of other groups are read from their start as well, since a value may lie before
 * any mark.
 */
#define MARKS_LEAST_BYTES (8u << 20)

struct mdf_marks {
	size_t slots;			/* channel groups of the data group */
	size_t count, cap, saved;
	uint64_t *pos;			/* by mark: bytes into the data where a record begins */
	uint64_t *counts;		/* [mark * slots + slot]: records, or bytes of values, before it */
	spur_ns *times;			/* the same: of the last of them; SPUR_NS_MIN: none has one */
	uint64_t blocks;		/* what the heads of the blocks say, as one number */
	uint64_t step;			/* bytes between marks */
	bool refused;
};

/* Those of a data group, from the cache if they are there; NULL: it needs none. Borrowed from the reader. */
struct mdf_marks *mdf_marks_of(struct spur_reader *r, uint32_t data_group, const struct mdf_seek *parts);
/* The last mark that lies before begin_ns for every table of the scan, or SIZE_MAX: begin at the start. */
size_t mdf_marks_before(const struct mdf_marks *m, const struct mdf_demux *d, spur_ns begin_ns);
/* The scan begins there: see mdf_demux_seek(). The part that holds it. */
size_t mdf_marks_begin(const struct mdf_marks *m, size_t mark, struct mdf_demux *d, const struct mdf_seek *parts);
/* The demultiplexer has taken a piece, and its bytes are still there. */
void mdf_marks_note(struct mdf_marks *m, struct mdf_demux *d);
/* The scan of the data group is over. */
void mdf_marks_keep(struct spur_reader *r, uint32_t data_group, struct mdf_marks *m);
void mdf_marks_destroy(struct spur_reader *r);

#endif
