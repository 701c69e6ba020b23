#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "format/mdf4/chain.h"
#include "format/mdf4/column.h"
#include "format/mdf4/seek.h"

/*
 * The end of the recording and the kinds of compression, as far as a glance at the data
 * links tells: the last record of a plain block, the masters of a transposed one, and small packed
 * ones. What would need a pass over the data is left unknown. Unsorted data groups would: where
 * there are sorted ones too, the recording ends with those.
 */
#define BLOCKS_SEEN 4u		/* after these, only the last one */
#define UNPACK_MAX (4u << 20)	/* over all groups: some ten milliseconds */
#define GROUPS_MAX 256u

struct glance {
	struct mdf_piece last;
	unsigned blocks;
	uint32_t kinds;		/* bit per zip type */
	bool complete;		/* the chain was seen to its end */
};

static void look(struct spur_reader *r, const struct mdf_data_group *dg, struct glance *g)
{
	struct mdf_chain chain;
	struct mdf_piece p, inval;
	bool lost;

	*g = (struct glance){ .complete = true };
	mdf_chain_begin_group(&chain, r, dg);
	while (mdf_chain_next(&chain, &p, &inval, &lost) == SPUR_OK) {
		if (p.zip < 31)
			g->kinds |= 1u << p.zip;
		g->last = p;
		if (++g->blocks == BLOCKS_SEEN && !mdf_chain_to_last(&chain)) {
			g->complete = false;
			break;
		}
	}
	mdf_chain_end(&chain);
}

/* Narrow the last piece to the last record where the block is plain; false: the record is not in it. */
static bool narrow(const struct mdf_group *g, struct glance *seen)
{
	uint64_t record = (uint64_t)g->data_bytes + g->inval_bytes;
	struct mdf_piece *p = &seen->last;

	if (!seen->complete || record == 0 || p->unpacked < record || p->packed == 0)
		return false;
	if (p->zip == MDF_ZIP_NONE && (seen->blocks > 1 || p->packed >= g->cycles * record || p->packed % record == 0)) {
		uint64_t end = seen->blocks == 1 && p->packed > g->cycles * record ? g->cycles * record : p->packed;

		p->at += end - record;
		p->packed = p->unpacked = record;
	}
	return true;
}

/* The master of the last record of a sorted group. */
static bool last_master(struct spur_reader *r, const struct mdf_group *g, const struct mdf_piece *p, double *out)
{
	uint64_t record = (uint64_t)g->data_bytes + g->inval_bytes;
	struct mdf_column master;
	unsigned char *data = NULL;
	struct spur_error err = { 0 };
	size_t len = 0;
	bool got = false;

	if (mdf_column_begin(r, g->master, false, false, &master, NULL) < 0)
		return false;
	struct mdf_rows rows = { .stride = (size_t)record, .count = 1, .first = g->cycles - 1 };

	if (master.c->type == MDF_CN_VIRTUAL_MASTER)
		rows.data = (const unsigned char *)"";
	else if (p->unpacked > 0 && mdf_unpack(r, p, &data, &len, &err) == SPUR_OK && len >= record)
		rows.data = data + len - record;
	else if (err.code == SPUR_EIO)	/* damage is told by who reads the data */
		mdf_damaged(r, p->at, 0, "the last records: %s", err.text);
	if (rows.data != NULL && spur_type_is_number(master.raw_type) && mdf_conv_is_numeric(master.conv)) {
		mdf_column_f64(&master, &rows, out);
		got = isfinite(*out) && *out > -9e9 && *out < 9e9;
	}
	mdf_column_end(&master);
	free(data);
	return got;
}

static void name_kinds(struct spur_reader *r, uint32_t kinds)
{
	struct spur_buf b = { 0 };

	for (unsigned i = 0; i < 31; i++) {
		if ((kinds >> i & 1) != 0)
			spur_buf_addf(&b, "%s%s", b.len == 0 ? "" : ",", mdf_zip_name(i));
	}
	r->d.compression = b.len == 0 ? "none" : spur_arena_str(r->arena, spur_buf_text(&b));
	spur_buf_finish(&b);
}

/* The group whose master says when a data group ends; NULL: it has none, or no rows. */
static const struct mdf_group *timed(const struct spur_reader *r, const struct mdf_data_group *dg)
{
	const struct mdf_group *g = dg->group_count == 0 ? NULL : &r->groups[dg->first_group];

	if (g == NULL || g->cycles == 0 || g->master == MDF_NONE || r->channels[g->master].sync != 1)
		return NULL;
	return g;
}

/* First what reading the last records would cost: half an answer is none, so nothing is spent on it. */
void mdf_find_end(struct spur_reader *r)
{
	bool known = r->d.has_time && (r->unfinished & MDF_UNFIN_CG_CYCLES) == 0 && r->data_group_count <= GROUPS_MAX;
	uint32_t kinds = 0, count = r->data_group_count < GROUPS_MAX ? r->data_group_count : GROUPS_MAX;
	struct glance *seen = spur_calloc((size_t)count, sizeof(*seen));
	uint64_t cost = 0;
	bool any = false;

	for (uint32_t i = 0; i < count; i++) {
		const struct mdf_data_group *dg = &r->data_groups[i];
		const struct mdf_group *g = timed(r, dg);

		look(r, dg, &seen[i]);
		kinds |= seen[i].kinds;
		if (g == NULL || r->channels[g->master].type == MDF_CN_VIRTUAL_MASTER)
			seen[i].last.unpacked = 0;
		else if (dg->id_bytes != 0)
			continue;
		else if (!narrow(g, &seen[i]))
			known = false;
		cost += mdf_seek_is_cheap(r, i, &seen[i].last) ? MDF_SEEK_COST : seen[i].last.unpacked;
	}
	known = known && cost <= UNPACK_MAX;
	for (uint32_t i = 0; known && i < count; i++) {
		const struct mdf_group *g = timed(r, &r->data_groups[i]);
		spur_ns end;
		double t;

		if (g == NULL || r->data_groups[i].id_bytes != 0)
			continue;
		if (!mdf_seek_last(r, i, &seen[i].last, &end)) {
			if (!last_master(r, g, &seen[i].last, &t)) {
				known = false;
				break;
			}
			end = mdf_master_ns(r, t);
		}
		if (end == SPUR_NS_MAX) {	/* an outlier is no end */
			known = false;
			break;
		}
		if (end >= r->d.end_ns)	/* all may lie before the start: a trigger with a history */
			r->d.end_ns = end + 1;
		any = true;
	}
	free(seen);
	r->d.end_known = known && any;
	if (!r->d.end_known)
		r->d.end_ns = r->d.begin_ns;
	name_kinds(r, kinds);
}
