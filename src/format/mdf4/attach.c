#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/zstd.h"
#include "format/mdf4/block.h"
#include "format/mdf4/chain.h"
#include "format/mdf4/map.h"
#include "format/mdf4/text.h"

/*
 * AT blocks: optional, so nothing in them is ever fatal. Body (MDF 4.1, "ATBLOCK"; the zip type is of 4.3):
 *
 *	0 u16 flags: 1 embedded, 2 deflate, 4 the MD5 is valid, 8 packed as the zip type says
 *	2 u16 creator	4 u8 zip type	8 MD5	24 u64 size unpacked	32 u64 size embedded	40 the bytes
 */
#define AT_BODY 40u
#define PIECE_BYTES (1u << 20)

enum { AT_EMBEDDED = 1, AT_DEFLATE = 2, AT_MD5 = 4, AT_PACKED = 8 };
enum { ZIP_DEFLATE = 0, ZIP_ZSTD = 2, ZIP_LZ4 = 4 };

static const char *packing_of(const unsigned char *raw)
{
	if ((raw[0] & AT_DEFLATE) != 0)
		return "deflate";
	if ((raw[0] & AT_PACKED) == 0)
		return NULL;
	return raw[4] == ZIP_DEFLATE ? "deflate" : raw[4] == ZIP_ZSTD ? "zstd" : raw[4] == ZIP_LZ4 ? "lz4" : "custom";
}

static const unsigned char *keep_sum(struct spur_reader *r, const unsigned char *sum)
{
	unsigned char *kept = spur_arena_alloc(r->arena, SPUR_MD5_BYTES);

	if (kept != NULL)
		memcpy(kept, sum, SPUR_MD5_BYTES);
	return kept;
}

static void add(struct spur_reader *r, const struct mdf_block *b, const unsigned char *raw)
{
	bool embedded = (raw[0] & AT_EMBEDDED) != 0;

	MDF_PUSH(&r->attachments, r->d.attachment_count, &r->attachment_cap);
	mdf_map_put(r->attachment_at, b->at, r->d.attachment_count);
	r->attachments[r->d.attachment_count++] = (struct spur_attachment){
		.name = mdf_text(r, mdf_block_link(r, b, 1)),
		.media_type = mdf_text(r, mdf_block_link(r, b, 2)),
		.comment = mdf_text(r, mdf_block_link(r, b, 3)),
		.offset = embedded ? b->body + AT_BODY : 0,
		.size = spur_le64(raw + 24),
		.stored = embedded ? spur_le64(raw + 32) : 0,
		.packing = embedded ? packing_of(raw) : NULL,
		.md5 = (raw[0] & AT_MD5) != 0 ? keep_sum(r, raw + 8) : NULL,
		.log_time_ns = r->d.begin_ns,
		.create_time_ns = r->d.begin_ns,
	};
}

void mdf_read_attachments(struct spur_reader *r, uint64_t at)
{
	while (at != 0 && mdf_block_first_visit(r, at, "attachment")) {
		unsigned char raw[AT_BODY];
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "AT", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
			mdf_damaged(r, at, 0, "attachment: %s", err.text);
			return;
		}
		add(r, &b, raw);
		at = mdf_block_link(r, &b, 0);
	}
}

/* ---- the bytes ---- */

struct reading {
	struct spur_reader *r;
	const struct spur_attachment *a;
	struct spur_md5 *sum;
	enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err);
	void *state;
	uint64_t given;
};

static enum spur_status give(struct reading *g, const void *data, size_t len, struct spur_error *err)
{
	g->given += len;
	if (g->sum != NULL)
		spur_md5_add(g->sum, data, len);
	return g->put == NULL || len == 0 ? SPUR_OK : g->put(g->state, data, len, err);
}

static enum spur_status give_plain(struct reading *g, struct spur_task *task, struct spur_error *err)
{
	unsigned char *piece = spur_malloc(g->a->stored < PIECE_BYTES ? (size_t)g->a->stored + 1 : PIECE_BYTES);
	enum spur_status st = SPUR_OK;

	for (uint64_t done = 0; st == SPUR_OK && done < g->a->stored;) {
		size_t n = g->a->stored - done < PIECE_BYTES ? (size_t)(g->a->stored - done) : PIECE_BYTES;

		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		else if ((st = spur_range_read(g->r->range, g->a->offset + done, piece, n, err)) == SPUR_OK)
			st = give(g, piece, n, err);
		done += n;
		spur_task_progress(task, done, g->a->stored);
	}
	free(piece);
	return st;
}

static enum spur_status unpack(const struct spur_attachment *a, const unsigned char *in, unsigned char *out, size_t *got,
			       struct spur_error *err)
{
	switch (a->packing[0]) {
	case 'd': return spur_deflate_unpack(in, (size_t)a->stored, out, (size_t)a->size, got, err);
	case 'z': return spur_zstd_unpack(in, (size_t)a->stored, out, (size_t)a->size, got, err);
	case 'l': return spur_lz4_unpack(in, (size_t)a->stored, true, out, (size_t)a->size, got, err);
	default: return spur_fail_byte(err, SPUR_EUNSUPPORTED, a->offset, "packed in a way of the writer's own");
	}
}

/* The sizes are what the file says: up to UINT64_MAX. */
static void *room(const struct spur_reader *r, uint64_t bytes)
{
	uint64_t file = r->size + (64u << 20), most = r->mem_bytes / 4 < file ? r->mem_bytes / 4 : file;

	return bytes >= most ? NULL : spur_try_malloc(bytes + 1, most);
}

static enum spur_status give_packed(struct reading *g, struct spur_error *err)
{
	unsigned char *in = room(g->r, g->a->stored), *out = room(g->r, g->a->size);
	size_t got = 0;
	enum spur_status st;

	if (g->a->stored == 0 && g->a->size == 0)	/* nothing, packed into nothing */
		st = SPUR_OK;
	else if (in == NULL || out == NULL)
		st = spur_fail_byte(err, SPUR_ENOMEM, g->a->offset, "%" PRIu64 " bytes, %" PRIu64
				    " when unpacked, do not fit the memory budget; raise --mem", g->a->stored, g->a->size);
	else
		st = spur_range_read(g->r->range, g->a->offset, in, (size_t)g->a->stored, err);
	if (st == SPUR_OK && g->a->stored > 0)
		st = unpack(g->a, in, out, &got, err);
	if (st == SPUR_OK)
		st = give(g, out, got, err);
	free(in);
	free(out);
	return st;
}

static enum spur_status compare(struct reading *g, struct spur_error *err)
{
	unsigned char sum[SPUR_MD5_BYTES];
	bool known = g->sum != NULL && spur_md5_end(g->sum, sum);

	g->sum = NULL;
	if (known && memcmp(sum, g->a->md5, sizeof(sum)) != 0)
		return spur_fail_byte(err, SPUR_EFORMAT, g->a->offset, "its bytes do not have the MD5 that its block states");
	if (g->given != g->a->size)
		return spur_fail_byte(err, SPUR_EFORMAT, g->a->offset, "%" PRIu64 " bytes, not the stated %" PRIu64, g->given,
				      g->a->size);
	return SPUR_OK;
}

enum spur_status mdf_attachment(struct spur_reader *r, size_t index,
				enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err),
				void *state, struct spur_task *task, struct spur_error *err)
{
	struct reading g = { .r = r, .a = &r->attachments[index], .put = put, .state = state };
	enum spur_status st;

	if (g.a->offset == 0)
		return spur_fail(err, SPUR_EUNSUPPORTED, "'%s' lies beside the recording, and files that a recording names are not "
				 "opened", g.a->name);
	if (g.a->offset > r->size || g.a->stored > r->size - g.a->offset)
		return spur_fail_byte(err, SPUR_EFORMAT, g.a->offset, "attachment '%s' of %" PRIu64
				      " bytes reaches past the end of the file", g.a->name, g.a->stored);
	if (g.a->md5 != NULL)
		g.sum = spur_md5_create();
	st = g.a->packing == NULL ? give_plain(&g, task, err) : give_packed(&g, err);
	if (st == SPUR_OK)
		st = compare(&g, err);
	if (g.sum != NULL)
		spur_md5_end(g.sum, NULL);
	return spur_wrap(st, err, "attachment '%s'", g.a->name);
}
