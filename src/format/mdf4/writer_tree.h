#ifndef SPUR_FORMAT_MDF4_WRITER_TREE_H
#define SPUR_FORMAT_MDF4_WRITER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/mdf4/writer_stream.h"

/* What the writer remembers until the tree (DG, CG, CN, CC, SI, TX) is written. Private to it. */
struct spur_mdf4_cn {
	char *name, *unit, *comment;	/* unit and comment may be NULL */
	uint8_t type, sync, data_type;	/* cn_type, cn_sync_type, cn_data_type */
	uint32_t byte, bits, flags, inval_bit;
	double factor, offset;		/* factor 0: no linear conversion */
	struct { int64_t value; char *text; } *texts;
	size_t text_count;
	size_t members;			/* that many following ones are its composition */
	struct spur_mdf4_stream *sd;	/* owned; NULL unless of variable length */
	uint8_t vlsd_id;		/* of its values in an unsorted data group */
	uint64_t vlsd_count, vlsd_at;	/* values; address of their CG, known while the tree is written */
	enum spur_type column;		/* type of the column that feeds it */
	uint32_t size;			/* bytes in the record */
	bool nullable;
};

struct spur_mdf4_cg {
	char *name, *source, *comment;	/* may be NULL */
	bool bus;			/* source and flags are those of a CAN bus group */
	unsigned can_bytes;		/* of DataBytes in a bus group */
	bool has_master;
	enum spur_domain domain;
	uint64_t rows;
	uint32_t data_bytes, inval_bytes;
	struct spur_mdf4_cn *cns;	/* master first */
	size_t count;
	struct spur_mdf4_stream data;
	struct spur_mdf4_mix *mix;	/* the unsorted data group it is in, then data only collects a batch */
	uint8_t id;			/* of its records there */
	struct spur_mdf4_cg *time_of;	/* its master is that of this group; NULL: its own, or none; borrowed */
	uint64_t at;			/* address of its CG, known while the tree is written */
};

/* An unsorted data group. */
struct spur_mdf4_mix {
	uint8_t number, ids;		/* the caller's; record ids given */
	struct spur_mdf4_cg **cgs;	/* borrowed from the tree; the array is owned */
	size_t count;
	struct spur_mdf4_stream data;
};

struct spur_mdf4_tree {
	struct spur_mdf4_cg **groups;	/* owned */
	size_t count;
	struct spur_mdf4_mix **mixes;	/* owned */
	size_t mix_count;
	const char *header;		/* comment of the HD, or NULL; borrowed */
	spur_ns written_ns;
};

struct spur_mdf4_roots {	/* links of the HD, in its order */
	uint64_t dg, fh, ch, at, ev, comment;
};

/* All pending bytes become blocks. */
enum spur_status spur_mdf4_tree_flush(const struct spur_mdf4_tree *tree, struct spur_mdf4_sink *to, struct spur_error *err);
/* Data lists of all groups, then the blocks that describe them. Sets dg, fh and comment. */
enum spur_status spur_mdf4_tree_write(const struct spur_mdf4_tree *tree, struct spur_mdf4_sink *to,
				      struct spur_mdf4_roots *roots, struct spur_error *err);
void spur_mdf4_cg_destroy(struct spur_mdf4_cg *cg);
void spur_mdf4_mix_destroy(struct spur_mdf4_mix *m);

#endif
