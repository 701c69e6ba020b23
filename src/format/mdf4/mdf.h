#ifndef SPUR_FORMAT_MDF4_MDF_H
#define SPUR_FORMAT_MDF4_MDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "format/format.h"
#include "io/range.h"
#include "model/description.h"

/*
 * The inside of the MDF 4 reader. Facts are those of ASAM MDF 4.0 to 4.3; block and field
 * names are the specification's in lower case without their prefix.
 *
 * Two layers: what a file says (structures below, filled by id.c, group.c, channel.c,
 * array.c) and how samples are read (chain.c finds the data blocks, unpack.c makes bytes of
 * them, demux.c makes rows, column.c makes columns). Block addresses are byte offsets in
 * the file, 0 is NIL.
 */

#define MDF_NONE UINT32_MAX
#define MDF_HEAD_BYTES 24u

enum mdf_unfinished {		/* ID block, standard flags: what the writer did not get to */
	MDF_UNFIN_CG_CYCLES = 1, MDF_UNFIN_SR_CYCLES = 2, MDF_UNFIN_DT_LENGTH = 4, MDF_UNFIN_RD_LENGTH = 8,
	MDF_UNFIN_LAST_DL = 16, MDF_UNFIN_VLSD_BYTES = 32, MDF_UNFIN_VLSD_OFFSETS = 64,
	MDF_UNFIN_VLSC_BYTES = 128, MDF_UNFIN_VLSC_OFFSETS = 256,
};

enum mdf_cg_flag { MDF_CG_VLSD = 1, MDF_CG_BUS = 2, MDF_CG_PLAIN_BUS = 4, MDF_CG_REMOTE_MASTER = 8, MDF_CG_EVENTS = 16,
		   MDF_CG_VLSC = 32 };
#define MDF_CG_VALUES (MDF_CG_VLSD | MDF_CG_VLSC)	/* its records are values of another group, of any length */

enum mdf_cn_type { MDF_CN_FIXED, MDF_CN_VLSD, MDF_CN_MASTER, MDF_CN_VIRTUAL_MASTER, MDF_CN_SYNC, MDF_CN_MLSD,
		   MDF_CN_VIRTUAL, MDF_CN_VLSC };

enum mdf_cn_flag { MDF_CN_ALL_INVALID = 1, MDF_CN_INVAL_USED = 2, MDF_CN_DEFAULT_X = 1 << 12, MDF_CN_EVENT = 1 << 13 };

enum mdf_data_type {
	MDF_UINT_LE, MDF_UINT_BE, MDF_INT_LE, MDF_INT_BE, MDF_REAL_LE, MDF_REAL_BE,
	MDF_LATIN1, MDF_UTF8, MDF_UTF16LE, MDF_UTF16BE, MDF_BYTES, MDF_MIME_SAMPLE, MDF_MIME_STREAM,
	MDF_CANOPEN_DATE, MDF_CANOPEN_TIME, MDF_COMPLEX_LE, MDF_COMPLEX_BE, MDF_BOM_TEXT,
};

enum mdf_cc_type { MDF_CC_IDENTITY, MDF_CC_LINEAR, MDF_CC_RATIONAL, MDF_CC_FORMULA, MDF_CC_INTERPOLATE, MDF_CC_NEAREST,
		   MDF_CC_RANGE_VALUE, MDF_CC_VALUE_TEXT, MDF_CC_RANGE_TEXT, MDF_CC_TEXT_VALUE, MDF_CC_TEXT_TEXT,
		   MDF_CC_BITFIELD };

/* How the value of a channel lies in its record. */
enum mdf_shape { MDF_SCALAR, MDF_STRUCT, MDF_ARRAY };

/* One CN block, or one element of an array of it. Index = index in description.signals. */
struct mdf_channel {
	uint64_t at, conv, data;	/* addresses: CN, CC, and SD, CG, CN or AT by type */
	uint32_t group;
	uint32_t byte_offset, bits, flags, inval_pos;
	uint32_t vlsd_group;		/* group whose records are the values, or MDF_NONE */
	uint32_t length_channel;	/* MLSD, VLSC: channel with the length, or MDF_NONE */
	uint32_t stream;		/* data stream that it is a field of, or MDF_NONE: stream.h */
	uint8_t type, sync, data_type, bit_offset, shape;
	bool guarded;			/* behind a GD block that wants a newer reader */
};

struct mdf_group {			/* one CG block; index = index in description.groups */
	uint64_t at, record_id, cycles, remote_master_at;
	uint32_t data_group, data_bytes, inval_bytes;
	uint32_t master;		/* channel, or MDF_NONE */
	uint32_t remote_master;		/* group whose master counts, or MDF_NONE */
	uint32_t element;		/* number in an array whose elements lie apart; 0: the CG block itself */
	uint16_t flags;
};

struct mdf_data_group {			/* one DG block */
	uint64_t at, data;
	uint32_t first_group, group_count;
	uint64_t plain_bytes;		/* MDF 3: the data are so many bytes at `data`, without a block */
	uint8_t id_bytes;
};

struct mdf_map;
struct mdf_apart;
struct mdf_seek;
struct mdf_marks;
struct mdf_pages;
struct mdf_conv;
struct mdf_rows;
struct mdf_table;

struct spur_reader {
	struct spur_range *range;
	struct spur_arena *arena;
	struct mdf_pages *pages;
	struct mdf_map *texts;		/* address to const char * */
	struct mdf_map *convs;		/* address to struct mdf_conv * */
	struct mdf_map *seen;		/* metadata blocks that were visited: a second visit is a loop */
	uint64_t size, mem_bytes;
	unsigned threads;
	bool big_endian, utf8;		/* MDF 3: byte order of the tree, encoding of its texts */
	uint16_t version, unfinished, custom_unfinished;
	uint64_t start_ns;
	struct mdf_data_group *data_groups;
	struct mdf_group *groups;
	struct mdf_channel *channels;
	size_t data_group_count, group_count, channel_count;
	size_t data_group_cap, group_cap, channel_cap;
	/* behind description's pointers: */
	struct spur_description d;
	struct spur_signal *signals;
	struct spur_group *shown_groups;
	struct spur_attachment *attachments;
	struct spur_event *events;
	struct spur_note *notes;
	struct spur_branch *nodes;
	struct spur_history *history;
	struct spur_reduction *reductions;
	struct mdf_reduction {		/* by index of reductions */
		uint64_t data;		/* address */
	} *reduction_at;
	struct spur_relation *relations;
	struct spur_array *arrays;
	struct spur_limits *limits;
	struct spur_damage *damage;
	size_t attachment_cap, event_cap, note_cap, damage_cap, node_cap, history_cap, reduction_cap, relation_cap, array_cap, limit_cap;
	uint64_t first_event, first_node;	/* EV and CH, read when groups and channels are known */
	struct mdf_map *attachment_at;		/* address to index */
	struct mdf_pending {			/* relations as channels state them, until then */
		uint32_t signal;
		uint64_t x, attachment, size;	/* addresses */
		bool sync;
	} *pending;
	size_t pending_count, pending_cap;
	struct spur_damage *flaws;	/* what is wrong and costs no samples: for check() alone */
	size_t flaw_count, flaw_cap;
	struct mdf_apart *apart;	/* arrays whose elements lie apart: array_apart.h */
	size_t apart_count, apart_cap;
	struct mdf_array_note {		/* CA blocks: array_axis.h */
		uint64_t at, links;	/* block; where its links behind those to data begin */
		uint32_t parent;	/* channel */
		unsigned first, dims;
		bool dynamic;
	} *array_notes;
	struct mdf_bound {		/* an element that counts only where channel `by` says more than its number */
		uint32_t signal, number, by;
		uint64_t at;		/* of `by` */
	} *bounds;			/* by signal */
	size_t array_note_count, array_note_cap, bound_count, bound_cap;
	struct mdf_field *fields;	/* stream.h */
	struct mdf_stream *streams;
	size_t field_count, field_cap, stream_count, stream_cap;
	uint32_t in_stream, in_field, in_option;	/* while channels are read */
	uint64_t element_count;		/* of all of them */
	uint32_t copy_count;		/* channels that were made for them */
	uint64_t links_left;		/* that lists of links may still have: as many as the file has room for */
	/* master values of groups that are remote masters, by group; NULL until wanted */
	struct mdf_master_cache { double *values; size_t count; } *masters;
	struct mdf_seek **seeks;	/* by data group; NULL until wanted */
	struct mdf_marks **marks;	/* the same, of unsorted ones */
	/* set by recover(), cut() and merge(): takes the rows of a scan inside its span as they lie, instead of its sink */
	enum spur_status (*tap)(void *state, struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err);
	void *tap_state;
};

/* Room for one more element of a vector that is described by a count and a capacity. */
#define MDF_PUSH(v, count, cap) mdf_grow((void **)(v), sizeof(**(v)), (count), (cap))
void mdf_grow(void **v, size_t size, size_t count, size_t *cap);

/* Lists damage once per offset and reason; length 0 is unknown. The list has a cap. */
void mdf_damaged(struct spur_reader *r, uint64_t offset, uint64_t length, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* What was listed from the from-th on by place in the file: threads find it in an order of their own. */
void mdf_damage_in_order(struct spur_reader *r, size_t from);

/* The same for what is wrong around the samples: nothing is lost, so only check() tells it. */
void mdf_flawed(struct spur_reader *r, uint64_t offset, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* id.c, tree.c: what open() does, in this order. */
enum spur_status mdf_read_id(struct spur_reader *r, struct spur_error *err);
enum spur_status mdf_read_header(struct spur_reader *r, struct spur_error *err);
enum spur_status mdf_read_groups(struct spur_reader *r, uint64_t first_dg, struct spur_error *err);
void mdf_read_attachments(struct spur_reader *r, uint64_t first);
enum spur_status mdf_attachment(struct spur_reader *r, size_t index,
				enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err),
				void *state, struct spur_task *task, struct spur_error *err);
/* history.c, reduction.c, level.c: FH blocks; the SR blocks of a group, listed, and as intervals. */
void mdf_read_history(struct spur_reader *r, uint64_t first);
void mdf_read_reductions(struct spur_reader *r, uint32_t group, uint64_t first);
enum spur_status mdf_levels(struct spur_reader *r, const struct spur_levels *want, struct spur_task *task, struct spur_error *err);
void mdf_add_note(struct spur_reader *r, const char *key, const char *value);
/* n more entries made of links; false: there cannot be so many. */
bool mdf_links_take(struct spur_reader *r, uint64_t n);
/* event.c, hierarchy.c, relation.c: what refers to groups and channels; the maps are from address to index. */
void mdf_read_events(struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels);
void mdf_read_tree(struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels);
struct mdf_block;
void mdf_note_relations(struct spur_reader *r, uint32_t signal, const struct mdf_block *cn, unsigned attachments);
void mdf_resolve_sizes(struct spur_reader *r, const struct mdf_map *channels);	/* the channel with the sizes of a VLSC one */
void mdf_note_attachment(struct spur_reader *r, uint32_t signal, uint64_t at);
void mdf_resolve_relations(struct spur_reader *r, const struct mdf_map *channels);
/* A CG or CN address (signal NIL: the group) as what it is about; false: it is not there. */
bool mdf_scope_of(const struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels, uint64_t group,
		  uint64_t channel, struct spur_scope *out);
/* Room for one more group, to be filled; its index. */
void mdf_group_add(struct spur_reader *r, uint32_t *index);
const char *mdf_guarded(struct spur_reader *r, unsigned needs);	/* why what is behind a GD block is not read */
/* channel.c: the CN chain of a group, compositions included. */
enum spur_status mdf_read_channels(struct spur_reader *r, uint32_t group, uint64_t first, struct spur_error *err);
/* The next free channel and its signal, zeroed; NULL with damage when the budget is used up. */
struct mdf_channel *mdf_channel_add(struct spur_reader *r, uint32_t group);
/* array.c: elements and members of channel `parent` whose composition is a CA block. */
enum spur_status mdf_read_array(struct spur_reader *r, uint32_t parent, uint64_t ca, unsigned depth,
				struct spur_error *err);
/* channel.c again: the members of a structure; base is added to their offsets (array of structures). */
enum spur_status mdf_read_members(struct spur_reader *r, uint32_t group, uint64_t first, unsigned depth,
				  struct spur_error *err);
/* links.c: addresses between groups and channels become indexes; refusals; types. */
enum spur_status mdf_resolve(struct spur_reader *r, struct spur_error *err);
/* span.c: the end of the recording, where that costs little. */
void mdf_find_end(struct spur_reader *r);

/* scan.c, check.c, recover.c */
enum spur_status mdf_scan(struct spur_reader *r, const struct spur_scan *want, const struct spur_sink *sink,
			  struct spur_task *task, struct spur_error *err);
enum spur_status mdf_check(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
			   struct spur_error *err);
enum spur_status mdf_recover(struct spur_reader *r, const char *path, const struct spur_rewriting *how,
			     struct spur_recovery *got, struct spur_task *task, struct spur_error *err);
/* cut.c, merge.c */
enum spur_status mdf_cut(struct spur_reader *r, const char *path, const struct spur_cut *want, struct spur_rewritten *got,
			 struct spur_task *task, struct spur_error *err);
enum spur_status mdf_merge(struct spur_reader *const *r, size_t count, const char *path, const struct spur_merging *want,
			   struct spur_rewritten *got, struct spur_task *task, struct spur_error *err);

#endif
