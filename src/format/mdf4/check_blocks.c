#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/check.h"
#include "format/mdf4/map.h"

/* The least a block of each kind has (MDF 4.1, block tables): links, then bytes of fields. */
static const struct kind {
	char id[3];
	unsigned links, body;
	const char *targets;	/* ids that its links may name; NULL: none or any */
} kinds[] = {
	{ "HD", 6, 31, "DGFHCHATEVMDTX" }, { "TX", 0, 0, NULL }, { "MD", 0, 0, NULL }, { "FH", 2, 13, "FHMDTX" },
	{ "CH", 4, 5, "CHTXMDDGCGCN" }, { "AT", 4, 40, "ATTXMD" }, { "EV", 5, 32, "EVTXMDCNCGATDG" },
	{ "DG", 4, 1, "DGCGDTDVDZDLLDHLRDGDMDTXVD" }, { "CG", 6, 32, "CGCNTXSISRMDGDEV" }, { "SI", 3, 3, "TXMD" },
	{ "CN", 8, 72, "CNCATXMDSICCSDDZDLHLCGATDGDSCLCVCUEVGDLDVD" }, { "CC", 4, 24, "TXMDCC" },
	{ "CA", 1, 16, "CACNDGCGCCDTDVDZDLLDHL" }, { "SR", 2, 18, "SRRDRVDZDLLDHL" }, { "DL", 1, 8, "DLDTSDRDDZDVDIVD" },
	{ "LD", 1, 8, "LDDVDIDZRVRIDTSD" }, { "HL", 1, 3, "DLLD" }, { "DT", 0, 0, NULL }, { "SD", 0, 0, NULL },
	{ "RD", 0, 0, NULL }, { "DV", 0, 0, NULL }, { "DI", 0, 0, NULL }, { "RV", 0, 0, NULL }, { "RI", 0, 0, NULL },
	{ "VD", 0, 0, NULL }, { "DZ", 0, 24, NULL }, { "GD", 1, 2, NULL }, { "DS", 4, 3, NULL }, { "CL", 2, 8, NULL },
	{ "CV", 1, 8, NULL }, { "CU", 1, 8, NULL },
};

struct walk {
	struct mdf_checking *c;
	struct mdf_map *seen;
	uint64_t *todo;
	size_t count, cap;
	struct extent { uint64_t at, end; char id[3]; } *extents;
	size_t extent_count, extent_cap;
};

static const struct kind *kind_of(const char *id)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].id, id) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool allowed(const struct kind *k, const char *id)
{
	for (const char *t = k->targets; t != NULL && *t != '\0'; t += 2) {
		if (memcmp(t, id, 2) == 0)
			return true;
	}
	return k->targets == NULL;
}

static void check_link(struct walk *w, const struct mdf_block *from, const struct kind *k, uint64_t i)
{
	uint64_t to = mdf_block_link(w->c->r, from, i), place = from->at + MDF_HEAD_BYTES + 8 * i;
	struct mdf_block b;
	struct spur_error err;

	if (to == 0)
		return;
	if (mdf_block_read(w->c->r, to, NULL, &b, &err) < 0) {
		mdf_found(w->c, SPUR_DEFECT, place, "##%s: link %" PRIu64 ": %s", from->id, i, err.text);
		return;
	}
	if (!allowed(k, b.id))
		mdf_found(w->c, SPUR_WARNING, place, "##%s: link %" PRIu64 " names a ##%s", from->id, i, b.id);
	if (!mdf_map_put(w->seen, to, 0))
		return;
	MDF_PUSH(&w->todo, w->count, &w->cap);
	w->todo[w->count++] = to;
}

static uint64_t unpacked_length(struct spur_reader *r, uint64_t at)
{
	unsigned char raw[24];
	struct mdf_block b;

	if (at == 0 || mdf_block_read(r, at, NULL, &b, NULL) < 0)
		return 0;
	if (strcmp(b.id, "DZ") != 0)
		return b.length < MDF_HEAD_BYTES ? 0 : b.length - MDF_HEAD_BYTES;
	return mdf_block_body(r, &b, raw, sizeof(raw), NULL) < 0 ? 0 : spur_le64(raw + 8);
}

/* A DL says where each of its blocks begins in the whole: by offsets, or by one length for all. */
static void check_list(struct walk *w, const struct mdf_block *b)
{
	unsigned char raw[16];
	uint64_t n, at = 0, stated;

	if (mdf_block_body(w->c->r, b, raw, sizeof(raw), NULL) < 0)
		return;
	n = spur_le32(raw + 4);
	if (n + 1 > b->links) {
		mdf_found(w->c, SPUR_DEFECT, b->body + 4, "##DL counts %" PRIu64 " blocks and links %" PRIu64, n,
			  b->links == 0 ? 0 : b->links - 1);
		return;
	}
	for (uint64_t i = 0; i < n && w->c->st == SPUR_OK; i++) {
		uint64_t length = unpacked_length(w->c->r, mdf_block_link(w->c->r, b, 1 + i));
		bool equal = (raw[0] & 1) != 0;

		if (equal && length != spur_le64(raw + 8) && i + 1 < n)
			mdf_found(w->c, SPUR_WARNING, b->body + 8, "##DL states %" PRIu64 " bytes per block, block %" PRIu64 " has %"
				  PRIu64, spur_le64(raw + 8), i, length);
		if (!equal && mdf_meta_read(w->c->r, b->body + 8 + 8 * i, &stated, sizeof(stated), NULL) == SPUR_OK) {
			if (i == 0)
				at = stated;	/* later lists of a chain do not begin at 0 */
			if (stated != at)
				mdf_found(w->c, SPUR_WARNING, b->body + 8 + 8 * i, "##DL states offset %" PRIu64 " for block %" PRIu64
					  ", the blocks before it make %" PRIu64, stated, i, at);
		}
		at += length;
	}
}

/* Texts end with NUL, and their blocks may be padded behind it. */
static void check_text(struct walk *w, const struct mdf_block *b)
{
	unsigned char last = 0;

	if (b->body_len == 0 || mdf_meta_read(w->c->r, b->body + b->body_len - 1, &last, 1, NULL) < 0 || last == 0)
		return;
	mdf_found(w->c, SPUR_WARNING, b->at, "##%s does not end with a NUL: others may read on behind it", b->id);
}

static void check_block(struct walk *w, uint64_t at)
{
	struct mdf_block b;
	const struct kind *k;
	struct spur_error err;

	if (mdf_block_read(w->c->r, at, NULL, &b, &err) < 0) {
		mdf_found(w->c, SPUR_DEFECT, at, "%s", err.text);
		return;
	}
	if ((k = kind_of(b.id)) == NULL) {
		mdf_found(w->c, SPUR_WARNING, at, "##%s is no block of MDF 4.0 to 4.3", b.id);
		return;
	}
	if (at % 8 != 0)
		mdf_found(w->c, SPUR_WARNING, at, "##%s does not begin at a multiple of 8", b.id);
	if (b.length < MDF_HEAD_BYTES + 8 * b.links + k->body)
		mdf_found(w->c, SPUR_DEFECT, at + 8, "##%s states a length of %" PRIu64 "; %" PRIu64 " is the least", b.id, b.length,
			  MDF_HEAD_BYTES + 8 * b.links + k->body);
	else if (b.length > w->c->r->size - at)
		mdf_found(w->c, SPUR_DEFECT, at + 8, "##%s of %" PRIu64 " bytes reaches past the end of the file", b.id, b.length);
	if (b.links < k->links)
		mdf_found(w->c, SPUR_DEFECT, at + 16, "##%s has %" PRIu64 " links; %u is the least", b.id, b.links, k->links);
	MDF_PUSH(&w->extents, w->extent_count, &w->extent_cap);
	struct extent *e = &w->extents[w->extent_count++];

	*e = (struct extent){ .at = at, .end = b.length > w->c->r->size - at ? w->c->r->size : at + b.length };
	memcpy(e->id, b.id, sizeof(e->id));
	for (uint64_t i = 0; i < b.links && w->c->st == SPUR_OK; i++)
		check_link(w, &b, k, i);
	if (strcmp(b.id, "DL") == 0)
		check_list(w, &b);
	if (strcmp(b.id, "TX") == 0 || strcmp(b.id, "MD") == 0)
		check_text(w, &b);
}

static int by_address(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void check_overlap(struct walk *w)
{
	if (w->extent_count == 0)
		return;
	qsort(w->extents, w->extent_count, sizeof(*w->extents), by_address);
	for (size_t i = 1; i < w->extent_count && w->c->st == SPUR_OK; i++) {
		if (w->extents[i].at < w->extents[i - 1].end)
			mdf_found(w->c, SPUR_DEFECT, w->extents[i].at, "##%s lies inside the ##%s at byte %" PRIu64, w->extents[i].id,
				  w->extents[i - 1].id, w->extents[i - 1].at);
	}
}

/* Bytes between blocks that no link reaches: what a writer left behind, or blocks whose link is lost. */
static void check_gaps(struct walk *w)
{
	uint64_t end = 64, bytes = 0, first = 0, places = 0;

	for (size_t i = 0; i <= w->extent_count; i++) {
		uint64_t at = i < w->extent_count ? w->extents[i].at : w->c->r->size;

		if (at > end && at - end >= MDF_HEAD_BYTES) {
			first = places == 0 ? end : first;
			bytes += at - end;
			places++;
		}
		if (i < w->extent_count && w->extents[i].end > end)
			end = w->extents[i].end;
	}
	if (places > 0 && w->c->r->unfinished == 0)	/* else the last data block says too little */
		mdf_found(w->c, SPUR_NOTE, first, "%" PRIu64 " bytes in %" PRIu64 " places, the first here, are reached by no link", bytes, places);
}

void mdf_check_blocks(struct mdf_checking *c)
{
	struct walk w = { .c = c, .seen = mdf_map_create() };
	uint64_t first = 64;

	MDF_PUSH(&w.todo, w.count, &w.cap);
	w.todo[w.count++] = first;
	mdf_map_put(w.seen, first, 0);
	while (w.count > 0 && c->st == SPUR_OK) {
		if (spur_task_cancelled(c->task))
			c->st = SPUR_ECANCELLED;
		else
			check_block(&w, w.todo[--w.count]);
	}
	check_overlap(&w);
	check_gaps(&w);
	mdf_map_destroy(w.seen);
	free(w.todo);
	free(w.extents);
}
