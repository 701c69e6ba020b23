#ifndef SPUR_FORMAT_MDF4_DEMUX_H
#define SPUR_FORMAT_MDF4_DEMUX_H

#include "format/mdf4/table.h"

/*
 * The bytes of one data group, fed in order, cut into records. Sorted: one group, records
 * back to back, numbered by their place. Unsorted: [id][record], or [id][u32 length][bytes]
 * for VLSD groups. Records may straddle what is fed.
 */
struct mdf_demux {
	struct spur_reader *r;
	const struct mdf_data_group *dg;
	struct mdf_table *tables;	/* of the groups with wanted channels */
	size_t table_count;
	struct mdf_slot {		/* what is known per record id */
		uint64_t id;
		uint32_t group;
		struct mdf_table *table;	/* NULL: not wanted */
		struct mdf_store *window;	/* VLSD group with a wanted owner */
		struct mdf_table *owner;
		uint64_t left;			/* records that may still come */
		uint64_t length;		/* of a record with its id; 0: it says so itself */
		/* for marks.h: records before d->pos, or bytes of values; the last one in what was fed; its time */
		uint64_t seen;
		const unsigned char *last;
		spur_ns time;
		struct mdf_column *master;	/* NULL: no look at times, or it has none */
	} *slots;
	size_t slot_count;
	struct mdf_slot *by_byte[256];	/* ids of one byte */
	uint64_t record_max;		/* bytes; a longer one is not waited for */
	struct spur_buf carry;		/* the beginning of a record */
	uint64_t pos;			/* bytes taken so far, lost ones included */
	uint64_t skip;			/* of the next bytes: the rest of a damaged record */
	bool lost_track;		/* nothing after this can be cut */
	bool stopped;			/* the sink has enough */
	bool partial;			/* not all of the data is fed */
	bool apart;			/* column storage: invalidation bytes in blocks of their own, or missing */
	size_t past;			/* tables that need no more records */
};

enum spur_status mdf_demux_begin(struct mdf_demux *d, struct spur_reader *r, uint32_t data_group,
				 const struct spur_scan *want, const struct spur_sink *sink, struct spur_error *err);
/* Sorted: what is fed next begins pos bytes into the data; and it may end early. */
void mdf_demux_seek(struct mdf_demux *d, uint64_t pos);
/* Unsorted, for marks.h: what is fed next begins at pos, and skip bytes behind it begins a record with so many of each slot
 * before it, and their times. */
void mdf_demux_resume(struct mdf_demux *d, uint64_t pos, uint64_t skip, const uint64_t *seen, const spur_ns *times);
/* Times of the last records are wanted; then, after each feed, while its bytes are there: the times of the slots. */
void mdf_demux_want_times(struct mdf_demux *d);
void mdf_demux_look_at_times(struct mdf_demux *d);
/* Column storage: what is fed from now on has no invalidation bytes in its records. */
void mdf_demux_apart(struct mdf_demux *d);
enum spur_status mdf_demux_feed(struct mdf_demux *d, const unsigned char *p, size_t len, const unsigned char *inval,
				size_t inval_len, struct spur_error *err);
/*
 * Sorted data whose columns stand alone may be made into batches by other threads, with a twin of tables[0]; they are
 * handed over in order like what is fed. What is cut and rows are of the bytes alone; any thread.
 */
bool mdf_demux_is_apart(const struct mdf_demux *d);
struct mdf_cut_rows {
	size_t head;		/* bytes of a record that began before */
	size_t records;		/* complete ones behind it */
	struct mdf_rows rows;	/* those of them that count */
};
/* len bytes that begin `begin` bytes into the data. turned: they are columns of so many rows, and begin on a record. */
struct mdf_cut_rows mdf_demux_cut(const struct mdf_demux *d, const unsigned char *p, size_t len, uint64_t begin, size_t turned);
/* In place of feeding the complete records of a cut: the batches that were made of its rows. */
enum spur_status mdf_demux_deliver(struct mdf_demux *d, const struct mdf_cut_rows *cut, struct spur_columns *const *batches,
				   size_t count, struct spur_error *err);
/* That many bytes are missing here; UINT64_MAX: nobody knows how many. */
enum spur_status mdf_demux_lost(struct mdf_demux *d, uint64_t len);
enum spur_status mdf_demux_finish(struct mdf_demux *d, struct spur_error *err);
void mdf_demux_end(struct mdf_demux *d);

#endif
