#include "config.h"

#include "format/mdf4/seek.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/deflate.h"
#include "format/mdf4/column.h"

#define PART_BYTES (1u << 20)
#define FIRST_TRY MDF_SEEK_COST		/* packed bytes that usually give the masters of a block */
#define PREFIX_MAX (256u << 10)		/* more is not looked at: the block is unpacked */
#define PARTS_MAX (1u << 20)
#define RECORD_MAX (16u << 20)		/* a larger one is a header's claim, or a picture: nothing is looked up ahead */

/* llround() without the call: halves go away from zero. The difference is exact. */
static spur_ns to_nearest(double ns)
{
	spur_ns whole = (spur_ns)ns;
	double rest = ns - (double)whole;

	return whole + (rest >= 0.5) - (rest <= -0.5);
}

spur_ns mdf_master_ns(const struct spur_reader *r, double seconds)
{
	double ns = seconds * 1e9;
	spur_ns at;

	if (!(ns > -4e18 && ns < 4e18) || __builtin_add_overflow(r->d.begin_ns, to_nearest(ns), &at))
		return SPUR_NS_MAX;	/* also NaN: an outlier, at the end of time */
	return at;
}

/* ---- the blocks ---- */

static void add_parts(struct mdf_seek *s, size_t *cap, const struct mdf_piece *piece, uint64_t *begin)
{
	struct mdf_piece rest = *piece;

	while (rest.packed > 0 && s->count < PARTS_MAX) {
		struct mdf_piece p = rest;

		if (p.zip == MDF_ZIP_NONE && p.packed > PART_BYTES)
			p.packed = PART_BYTES;
		if (p.zip == MDF_ZIP_NONE)
			p.unpacked = p.packed;
		mdf_grow((void **)&s->parts, sizeof(*s->parts), s->count, cap);
		s->parts[s->count++] = (struct mdf_part){ .piece = p, .begin = *begin };
		*begin += p.unpacked;
		rest.at += p.packed;
		rest.packed -= p.packed;
	}
}

static void list_parts(struct spur_reader *r, const struct mdf_data_group *dg, struct mdf_seek *s)
{
	struct mdf_chain chain;
	struct mdf_piece p, inval;
	uint64_t begin = 0;
	size_t cap = 0;
	bool lost = false;

	mdf_chain_begin_group(&chain, r, dg);
	chain.read_ahead = true;
	while (!s->refused && mdf_chain_next(&chain, &p, &inval, &lost) == SPUR_OK) {
		add_parts(s, &cap, &p, &begin);
		s->refused = lost || inval.packed > 0 || s->count == PARTS_MAX;
	}
	s->refused |= lost;
	mdf_chain_end(&chain);
}

/* ---- the masters of one block ---- */

struct probe {
	struct spur_reader *r;
	const struct mdf_group *g;
	struct mdf_column master;
	size_t record;
};

/* Place of byte x of the rows in the packed columns: codec/transpose.h. */
static uint64_t turned(const struct mdf_piece *p, uint64_t x)
{
	uint64_t rows = p->row_bytes == 0 ? 0 : p->unpacked / p->row_bytes;

	return rows == 0 || x >= rows * p->row_bytes ? x : x % p->row_bytes * rows + x / p->row_bytes;
}

/* The first need bytes of what the block unpacks to, columns not turned back; the caller frees. */
static unsigned char *unpack_first(struct spur_reader *r, const struct mdf_piece *p, size_t need)
{
	unsigned char *out = spur_malloc(need + SPUR_DEFLATE_SLACK), *in;
	uint64_t len = p->packed < FIRST_TRY ? p->packed : FIRST_TRY, got;
	enum spur_status st;

	in = spur_malloc(need + SPUR_DEFLATE_SLACK + FIRST_TRY);
	for (;;) {
		st = spur_range_read_some(r->range, p->at, in, len, &got, NULL);
		if (st == SPUR_OK)
			st = spur_deflate_unpack_first(in, (size_t)got, out, need, NULL);
		if (st == SPUR_OK || len == p->packed || len == need + SPUR_DEFLATE_SLACK + FIRST_TRY)
			break;
		len = need + SPUR_DEFLATE_SLACK + FIRST_TRY;	/* noise does not get smaller */
		len = p->packed < len ? p->packed : len;
	}
	free(in);
	if (st == SPUR_OK)
		return out;
	free(out);
	return NULL;
}

static void note(struct mdf_part *part, spur_ns t)
{
	part->least = !part->known || t < part->least ? t : part->least;
	part->most = !part->known || t > part->most ? t : part->most;
	part->first = part->known ? part->first : t;
	part->known = true;
}

static spur_ns value(struct probe *p, const unsigned char *record, uint64_t number)
{
	struct mdf_rows rows = { .data = record, .stride = p->record, .count = 1, .first = number };
	double v;

	mdf_column_f64(&p->master, &rows, &v);
	return mdf_master_ns(p->r, v);
}

static size_t master_bytes(const struct probe *p)
{
	return (size_t)p->master.c->byte_offset + (p->master.c->bits + p->master.c->bit_offset + 7) / 8;
}

/* Of a transposed block: every record that begins and whose master ends in it. */
static void look_at_columns(struct probe *p, struct mdf_part *part, uint64_t offset)
{
	const struct mdf_piece *piece = &part->piece;
	size_t bytes = master_bytes(p), from = p->master.c->byte_offset;
	uint64_t rows = piece->unpacked / piece->row_bytes, need = bytes * rows;
	unsigned char *record = spur_calloc(1, p->record), *data;

	data = unpack_first(p->r, piece, (size_t)need);
	for (uint64_t k = 0; data != NULL && k < rows; k++) {
		for (size_t i = from; i < bytes; i++)
			record[i] = data[turned(piece, offset + k * p->record + i)];
		note(part, value(p, record, (part->begin + offset) / p->record + k));
	}
	part->whole = part->known;
	free(data);
	free(record);
}

/* Of another: the first record. */
static void look_at_first(struct probe *p, struct mdf_part *part, uint64_t offset)
{
	const struct mdf_piece *piece = &part->piece;
	unsigned char *record = spur_calloc(1, p->record), *data = NULL;
	size_t bytes = master_bytes(p), len = 0;
	uint64_t need = 0;

	for (size_t i = 0; i < bytes; i++)
		need = turned(piece, offset + i) + 1 > need ? turned(piece, offset + i) + 1 : need;
	if (piece->zip == MDF_ZIP_NONE) {
		if (spur_range_read(p->r->range, piece->at + offset, record, bytes, NULL) < 0)
			goto out;
	} else if (piece->zip == MDF_ZIP_DEFLATE && need <= PREFIX_MAX) {
		if ((data = unpack_first(p->r, piece, (size_t)need)) == NULL)
			goto out;
		memcpy(record, data + offset, bytes);
	} else {
		if (mdf_unpack(p->r, piece, &data, &len, NULL) < 0 || len < offset + bytes)
			goto out;
		memcpy(record, data + offset, bytes);
	}
	note(part, value(p, record, (part->begin + offset) / p->record));
out:
	free(data);
	free(record);
}

static void look(struct probe *p, struct mdf_part *part)
{
	const struct mdf_piece *piece = &part->piece;
	uint64_t offset = (p->record - part->begin % p->record) % p->record;

	if (part->looked)
		return;
	part->looked = true;
	if (p->master.c->type == MDF_CN_VIRTUAL_MASTER) {
		note(part, value(p, (const unsigned char *)"", (part->begin + offset) / p->record));
		return;
	}
	if (offset + master_bytes(p) > piece->unpacked)
		return;
	if (piece->zip == MDF_ZIP_T_DEFLATE && piece->row_bytes == p->record && offset == 0 &&
	    master_bytes(p) * (piece->unpacked / p->record) <= PREFIX_MAX)
		look_at_columns(p, part, offset);
	else
		look_at_first(p, part, offset);
}

/* ---- the span ---- */

static bool probe_begin(struct probe *p, struct spur_reader *r, uint32_t data_group)
{
	const struct mdf_data_group *dg = &r->data_groups[data_group];

	if (dg->group_count == 0 || dg->id_bytes != 0)
		return false;
	*p = (struct probe){ .r = r, .g = &r->groups[dg->first_group] };
	p->record = (size_t)p->g->data_bytes + p->g->inval_bytes;
	if (p->record == 0 || p->record > RECORD_MAX || p->g->master == MDF_NONE || p->g->remote_master != MDF_NONE ||
	    r->shown_groups[dg->first_group].domain != SPUR_DOMAIN_TIME || r->shown_groups[dg->first_group].refusal != NULL ||
	    mdf_column_begin(r, p->g->master, false, false, &p->master, NULL) < 0)
		return false;
	if (spur_type_is_number(p->master.raw_type) && mdf_conv_is_numeric(p->master.conv) &&
	    (p->master.c->type == MDF_CN_VIRTUAL_MASTER || (p->master.c->bits > 0 && master_bytes(p) <= p->record)))
		return true;
	mdf_column_end(&p->master);
	return false;
}

/* What was looked at increases from block to block, and in those that were seen whole. */
static bool in_order(const struct mdf_seek *s)
{
	spur_ns last = SPUR_NS_MIN;

	for (size_t i = 0; i < s->count; i++) {
		const struct mdf_part *part = &s->parts[i];

		if (!part->known)
			continue;
		if (part->first < last || part->least < part->first || part->most == SPUR_NS_MAX)
			return false;
		last = part->most;
	}
	return true;
}

/* The last part that begins before t, looking at some between two that were looked at; 0: none. */
static size_t last_before(struct probe *p, struct mdf_seek *s, spur_ns t)
{
	size_t lo = 0, hi = s->count;

	for (size_t i = 0; i < s->count; i++) {
		if (s->parts[i].known && s->parts[i].first < t)
			lo = i;
		else if (s->parts[i].known && hi > i)
			hi = i;
	}
	while (hi > lo + 1) {
		size_t mid = lo + (hi - lo) / 2;

		look(p, &s->parts[mid]);
		if (!s->parts[mid].known)
			break;	/* damaged: what is between stays in */
		if (s->parts[mid].first < t)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* One past the last part that is needed: the first that begins at t or after, or later where that is not known. */
static size_t first_from(struct probe *p, struct mdf_seek *s, spur_ns t)
{
	size_t at = last_before(p, s, t) + 1;

	while (at < s->count && !s->parts[at].known)
		at++;
	/* A record that begins in the last part ends in the next one. */
	if (at < s->count && s->parts[at].begin % p->record != 0)
		at++;
	return at;
}

static struct mdf_seek *seek_of(struct spur_reader *r, uint32_t data_group)
{
	if (r->seeks == NULL)
		r->seeks = spur_calloc(r->data_group_count, sizeof(struct mdf_seek *));
	if (r->seeks[data_group] == NULL) {
		r->seeks[data_group] = spur_calloc(1, sizeof(struct mdf_seek));
		list_parts(r, &r->data_groups[data_group], r->seeks[data_group]);
	}
	return r->seeks[data_group];
}

const struct mdf_seek *mdf_seek_parts(struct spur_reader *r, uint32_t data_group)
{
	return seek_of(r, data_group);
}

const struct mdf_seek *mdf_seek_span(struct spur_reader *r, uint32_t data_group, spur_ns begin_ns, spur_ns end_ns,
				     size_t *from, size_t *to)
{
	struct mdf_seek *s;
	struct probe p;
	size_t step;

	if ((begin_ns == SPUR_NS_MIN && end_ns == SPUR_NS_MAX) || !probe_begin(&p, r, data_group))
		return NULL;
	s = seek_of(r, data_group);
	step = s->count / MDF_SEEK_PROBES + 1;
	for (size_t i = 0; !s->refused && i < s->count; i += step)
		look(&p, &s->parts[i]);
	if (!s->refused && s->count > 0) {
		*from = begin_ns == SPUR_NS_MIN ? 0 : last_before(&p, s, begin_ns);
		*to = end_ns == SPUR_NS_MAX ? s->count : first_from(&p, s, end_ns);
		/* What a logger mixed up a little across the edge of a block. */
		*from -= *from > 0 && s->parts[*from].known && !s->parts[*from].whole;
		s->refused = !in_order(s);
	}
	mdf_column_end(&p.master);
	return s->refused || s->count == 0 ? NULL : s;
}

bool mdf_seek_is_cheap(const struct spur_reader *r, uint32_t data_group, const struct mdf_piece *last)
{
	const struct mdf_data_group *dg = &r->data_groups[data_group];
	const struct mdf_group *g = dg->group_count > 0 ? &r->groups[dg->first_group] : NULL;
	uint64_t record = g == NULL ? 0 : (uint64_t)g->data_bytes + g->inval_bytes;

	return g != NULL && dg->id_bytes == 0 && last->zip == MDF_ZIP_T_DEFLATE && record > 0 &&
	       last->row_bytes == record && last->unpacked % record == 0 && last->unpacked > 0 &&
	       g->cycles <= UINT64_MAX / record && last->unpacked <= g->cycles * record;
}

bool mdf_seek_last(struct spur_reader *r, uint32_t data_group, const struct mdf_piece *last, spur_ns *out)
{
	struct mdf_part part = { .piece = *last };
	struct probe p;

	if (!mdf_seek_is_cheap(r, data_group, last) || !probe_begin(&p, r, data_group))
		return false;
	part.begin = p.g->cycles * p.record - last->unpacked;
	look(&p, &part);
	mdf_column_end(&p.master);
	*out = part.most;
	return part.whole && part.most != SPUR_NS_MAX;
}

void mdf_seeks_destroy(struct spur_reader *r)
{
	for (size_t i = 0; r->seeks != NULL && i < r->data_group_count; i++) {
		if (r->seeks[i] != NULL)
			free(r->seeks[i]->parts);
		free(r->seeks[i]);
	}
	free(r->seeks);
}
