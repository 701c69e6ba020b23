#ifndef SPUR_FORMAT_MDF4_REWRITE_H
#define SPUR_FORMAT_MDF4_REWRITE_H

#include "base/buf.h"
#include "format/mdf4/map.h"
#include "format/mdf4/table.h"
#include "format/mdf4/writer_stream.h"
#include "io/out.h"

/*
 * Files again, sorted and finalised, without loss: records as they are (only the offsets of
 * values of variable length change), and every block of the tree copied with its links
 * moved. Data first, then the tree, so that all places are known when links are written.
 *
 * What is left out: groups and channels that are not wanted, events outside of the span, data
 * that cannot be read, and sample reductions, which would be those of other records.
 */
struct mdf_new_file {
	struct spur_out *out;
	struct spur_mdf4_sink sink;
	bool columns;			/* values and invalidation bytes in blocks of their own */
	uint16_t version;		/* that was asked for; 0: none */
	uint64_t pending_bytes, mem_bytes;
	uint64_t next;			/* first free address of the new tree */
	const char *history;		/* a line more of the file's history; NULL: none */
	const char *properties;		/* of it: XML, the inside of common_properties; NULL: none */
	spur_ns written_ns;
	struct spur_task *task;
	const char *speaking_of;	/* file that notes are about; NULL: there is only one */
	const struct spur_findings *notes;	/* what is kept otherwise than asked, or lost; NULL: nobody asks */
};

struct mdf_shift;			/* merge_shift.h */

struct mdf_stretch {			/* bytes of the old record that the new one has too */
	uint32_t from, len;
};

enum mdf_root { MDF_ROOT_DG, MDF_ROOT_FH, MDF_ROOT_CH, MDF_ROOT_AT, MDF_ROOT_EV, MDF_ROOT_MD, MDF_ROOTS };	/* links of HD */

struct mdf_rewrite {			/* one file on its way into a new one */
	struct spur_reader *r;
	struct mdf_new_file *file;
	struct mdf_rewrite *base;	/* whose groups and channels take the records; NULL: its own */
	struct mdf_new_group {		/* by group of the old file */
		struct spur_mdf4_stream records;
		struct mdf_stretch *stretches;	/* NULL: the whole record */
		size_t stretch_count;
		uint32_t data_bytes;	/* of a new record */
		struct mdf_shift *shift;	/* of the masters of its records (merge); NULL: none; owned */
		double last;		/* where they end so far */
		uint64_t rows, data;
		uint64_t dg, next_dg;	/* its new data group, NIL: left out; the one behind it */
		bool left_out, counted;	/* counted: values are the numbers of rows (cut) */
	} *groups;
	struct mdf_new_channel {	/* by channel of the old file */
		struct spur_mdf4_stream values;	/* of a VLSD channel */
		uint64_t link;			/* where they lie in the new file */
		uint64_t old_offset, new_offset;	/* the last one moved: neighbours often share a value */
		uint64_t conv;			/* a linear CC of our own instead of the old one; NIL: none */
		double linear[2];		/* what it says; factor 0: none is wanted */
		uint32_t values_of;		/* channel whose values its own go to: itself, or that of element 0 */
		bool moved, left_out;
		bool ranges_gone;		/* records came to it that its least and greatest values do not know */
	} *channels;
	struct mdf_map *channel_at, *group_at;	/* old CN and CG to index */
	struct mdf_map *moved;		/* old block to new address */
	struct mdf_map *chained;	/* old blocks that a chain of the new file has */
	struct mdf_map *dropped;	/* events that are left out */
	uint64_t *order;		/* old blocks in the order they are written */
	size_t order_count, order_cap;
	uint64_t roots[MDF_ROOTS];	/* new addresses of its first blocks */
	uint64_t after[MDF_ROOTS];	/* what follows the last ones of its chains */
	bool picked;			/* only some channels were asked for */
	uint64_t last_ch;		/* old address of the last CH of the top level */
	spur_ns shift_ns;		/* of its events: to the start of the new file */
	uint64_t shared;		/* attachments that an earlier file has too */
	bool tree_known;		/* an earlier file has the same tree over the same groups */
};

/* rewrite.c */
void mdf_rewrite_begin(struct mdf_rewrite *w, struct spur_reader *r, struct mdf_new_file *file);
void mdf_rewrite_end(struct mdf_rewrite *w);
/* The blocks of a group's records, by its bytes of data. */
void mdf_rewrite_layout(struct mdf_rewrite *w, uint32_t group);
/* A new file with the HD of the first part; and its end. Of itself it is discarded. */
enum spur_status mdf_new_file_begin(struct mdf_new_file *f, const char *path, struct mdf_rewrite *parts, size_t count,
				    struct spur_error *err);
void mdf_new_file_end(struct mdf_new_file *f);
/* Empty, as asked; packed as r is where that is asked for. */
void mdf_rewrite_how(struct mdf_new_file *f, const struct spur_rewriting *how, const struct spur_reader *r,
		     struct spur_task *task);
void mdf_rewrite_count(const struct mdf_rewrite *w, struct spur_rewritten *got);	/* adds what it wrote, but for events */
/* Copies the rows of [begin_ns, end_ns) of the groups for which pick() holds. */
enum spur_status mdf_rewrite_scan(struct mdf_rewrite *w, bool (*pick)(const struct mdf_rewrite *w, uint32_t group),
				  spur_ns begin_ns, spur_ns end_ns, struct spur_error *err);
/* The new file must open and give as many rows as were written; without damage, unless the parts have some: what could not be
 * read of their descriptions may be so in the new one too, and is told of them. */
enum spur_status mdf_rewrite_verify(const char *path, const struct mdf_rewrite *parts, size_t count, uint64_t rows,
				    struct spur_task *task, struct spur_error *err);
/* A block of our own: head, links, body, padding. *at is its address. */
enum spur_status mdf_new_block(struct mdf_new_file *f, const char *id, const uint64_t *links, size_t link_count,
			       const void *body, size_t len, uint64_t *at, struct spur_error *err);
/* Tells f->notes. */
enum spur_status mdf_note(struct mdf_new_file *f, enum spur_severity severity, uint64_t offset, struct spur_error *err,
			  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Of every group and channel that is kept: what of it cannot be carried over. */
enum spur_status mdf_rewrite_losses(struct mdf_rewrite *w, struct spur_error *err);
/* The value of a virtual channel follows from the number of the row; not if its conversion is a constant. */
bool mdf_counts_rows(struct spur_reader *r, const struct mdf_channel *c);
static inline struct mdf_rewrite *mdf_rewrite_base(struct mdf_rewrite *w)
{
	return w->base != NULL ? w->base : w;
}

/* rewrite_version.c: the version of the new file. SPUR_EUNSUPPORTED: one was asked for that has not what is kept. */
enum spur_status mdf_rewrite_version(struct mdf_rewrite *parts, size_t count, uint16_t *version, struct spur_error *err);

/* rewrite_data.c: a tap on the rows of a scan. */
enum spur_status mdf_rewrite_rows(void *rewrite, struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err);
/* Writes what is pending; and the lists: then data and links of values are known. */
enum spur_status mdf_rewrite_flush(struct mdf_rewrite *w, struct spur_error *err);
enum spur_status mdf_rewrite_lists(struct mdf_rewrite *w, struct spur_error *err);
bool mdf_rewrite_moves(const struct mdf_channel *c);	/* a VLSD channel whose values go along */

/* merge_share.c: what file k has that is in the files before it, which are planned, is theirs. */
void mdf_merge_share(struct mdf_rewrite *parts, size_t k);

/* rewrite_tree.c: everything a link of an HD or of a kept group reaches; patches the HD. */
enum spur_status mdf_rewrite_tree(struct mdf_rewrite *parts, size_t count, struct spur_error *err);

/* rewrite_array.c: arrays whose elements lie apart go along as arrays whose elements have data of their own: there is one
 * template, with a link and a count for each. */
void mdf_rewrite_arrays(struct mdf_rewrite *w);	/* part of begin() */
/* The group of element 0 of an array that this one is an element of; itself, if it is none. */
uint32_t mdf_rewrite_template(const struct mdf_rewrite *w, uint32_t group);
void mdf_rewrite_pick_elements(struct mdf_rewrite *w);	/* they are as element 0 */
/* NULL: not such an array. */
const struct mdf_apart *mdf_rewrite_apart(const struct mdf_rewrite *w, uint64_t ca);
/* Bytes that the copy of its block is longer. */
uint64_t mdf_rewrite_array_grows(const struct mdf_apart *a);
/* Links to the data, and counts, of all elements, 8 bytes each. */
void mdf_rewrite_elements(const struct mdf_rewrite *w, const struct mdf_apart *a, struct spur_buf *links, struct spur_buf *cycles);

/* rewrite_pick.c: leaves out what is neither wanted nor needed by what is: masters, lengths, axes. */
void mdf_rewrite_pick(struct mdf_rewrite *w, const uint32_t *signals, size_t count);
/* Where a byte of the old record lies in the new one. */
uint32_t mdf_rewrite_offset(const struct mdf_new_group *g, uint32_t offset);

/* rewrite_event.c: leaves out the events that do not lie in the span; how many stay. */
uint64_t mdf_rewrite_events(struct mdf_rewrite *w, spur_ns begin_ns, spur_ns end_ns);
/* Moves the time in the fields of an EV block by w->shift_ns. */
void mdf_rewrite_shift_event(const struct mdf_rewrite *w, unsigned char body[32]);

#endif
