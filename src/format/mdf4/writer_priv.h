#ifndef SPUR_FORMAT_MDF4_WRITER_PRIV_H
#define SPUR_FORMAT_MDF4_WRITER_PRIV_H

#include "format/mdf4/writer.h"
#include "format/mdf4/writer_tree.h"
#include "io/out.h"

/* What the files of the writer share. */
enum { CN_FIXED = 0, CN_VLSD = 1, CN_MASTER = 2 };
enum { DT_UINT = 0, DT_INT = 2, DT_FLOAT = 4, DT_UTF8 = 7, DT_BYTES = 10 };
enum { FLAG_INVAL = 1u << 1, FLAG_BUS_EVENT = 1u << 10 };

struct spur_mdf4_writer {
	struct spur_out *out;
	struct spur_mdf4_sink sink;
	struct spur_mdf4_tree tree;
	struct spur_mdf4_roots roots;
	struct spur_mdf4_set {		/* what the caller knows as a group */
		size_t first, count;	/* groups of the tree: one, or the master and each channel */
	} *sets;
	size_t set_count;
	bool columns;
	char *header;
	spur_ns start_ns;
	uint64_t mem_bytes, pending;	/* pending: over all streams */
	enum spur_status status;	/* the first failure sticks: a group may be half a row ahead */
	struct spur_error error;
};

/* A channel behind the others, at the end of the record; valid until the next one is added. */
struct spur_mdf4_cn *spur_mdf4_cn_add(struct spur_mdf4_cg *cg, const char *name, enum spur_type type, uint32_t size);
void spur_mdf4_master_add(struct spur_mdf4_cg *cg, enum spur_domain domain, const char *name);
/* Takes over cg; its number for the caller. */
uint32_t spur_mdf4_cg_add(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg);
/* The same, as a group for each channel (writer_columns.c). */
uint32_t spur_mdf4_columns_add(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg);
void spur_mdf4_tree_push(struct spur_mdf4_tree *t, struct spur_mdf4_cg *cg);	/* takes over cg */
/* The first group of the tree of one of the caller's. */
static inline struct spur_mdf4_cg *spur_mdf4_cg_of(const struct spur_mdf4_writer *w, uint32_t group)
{
	return w->tree.groups[w->sets[group].first];
}
/* Bits of invalid samples follow the data of the record, in the order of the channels. */
void spur_mdf4_place_invalid_bits(struct spur_mdf4_cg *cg);
/* Bytes were added to a stream; a full fragment becomes a block. */
enum spur_status spur_mdf4_account(struct spur_mdf4_writer *w, struct spur_mdf4_stream *s, size_t added, size_t full,
				   struct spur_error *err);
/* Over the budget, the largest stream goes first: few small blocks result. */
enum spur_status spur_mdf4_keep_budget(struct spur_mdf4_writer *w, struct spur_error *err);
/* Unsorted groups (writer_mix.c). The data group of that number; NULL: ids ran out. */
struct spur_mdf4_mix *spur_mdf4_mix_join(struct spur_mdf4_writer *w, uint8_t number, struct spur_mdf4_cg *cg,
					 struct spur_error *err);
/* What was put into the group's own streams goes, record by record, to the shared one. */
enum spur_status spur_mdf4_mix_rows(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg, size_t rows,
				    struct spur_error *err);
/* A TX; NIL for NULL and "". */
enum spur_status spur_mdf4_text(struct spur_mdf4_writer *w, const char *s, uint64_t *at, struct spur_error *err);
/* The first failure sticks. */
enum spur_status spur_mdf4_latch(struct spur_mdf4_writer *w, enum spur_status st, struct spur_error *err);
/* Whole records up to one fragment. */
size_t spur_mdf4_rows_per_fragment(const struct spur_mdf4_cg *cg);

#endif
