#ifndef SPUR_FORMAT_MDF4_REWRITE_H
#define SPUR_FORMAT_MDF4_REWRITE_H

#include "base/buf.h"
#include "format/mdf4/table.h"
#include "io/out.h"

/*
 * A file again, sorted and finalised, without loss: records as they are (only the offsets of
 * values of variable length change), and every block of the tree copied with its links
 * moved. Data first, then the tree, so that all places are known when links are written.
 */
struct mdf_fragments {			/* bytes that become DT or SD blocks and a DL */
	struct spur_buf pending;
	uint64_t *at, *len;
	size_t count, cap, len_cap;
	uint64_t total;			/* bytes so far, pending ones included */
};

struct mdf_rewrite {
	struct spur_reader *r;
	struct spur_out *out;
	struct mdf_new_group {		/* by group of the old file */
		struct mdf_fragments records;
		uint64_t rows, dg;	/* dg: its new data group, NIL: left out */
		uint64_t data;
	} *groups;
	struct mdf_fragments *values;	/* by channel: of VLSD channels */
	uint64_t *value_links;		/* by channel: where those lie in the new file */
	uint64_t pending_bytes;
	struct mdf_map *moved;		/* old block to new address */
	struct mdf_map *chained;	/* old blocks that a chain of the new file has */
	uint64_t *order;		/* old blocks in the order they are written */
	size_t order_count, order_cap;
	uint64_t next;			/* first free address of the new tree */
	struct spur_task *task;
};

/* rewrite_data.c: a tap on the rows of a scan. */
enum spur_status mdf_rewrite_rows(void *rewrite, struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err);
/* Writes what is pending, and the lists: then data and value_links are known. */
enum spur_status mdf_rewrite_lists(struct mdf_rewrite *w, struct spur_error *err);
/* rewrite_tree.c: everything a link of HD or of a kept group reaches; patches the HD. */
enum spur_status mdf_rewrite_tree(struct mdf_rewrite *w, struct spur_error *err);
/* A block of our own: head, links, body, padding. *at is its address. */
enum spur_status mdf_rewrite_block(struct mdf_rewrite *w, const char *id, const uint64_t *links, size_t link_count,
				   const void *body, size_t len, uint64_t *at, struct spur_error *err);

#endif
