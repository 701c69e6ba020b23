#ifndef SPUR_TESTS_MDF_FILE_H
#define SPUR_TESTS_MDF_FILE_H

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/*
 * MDF 4 files by hand, block by block, leaves first: each call appends a block and returns
 * its address. The HD block lies at 64 from the start on; its links are set at the end.
 */
#define MDF_HD 64u

static inline void mdf_begin(struct spur_buf *b, uint16_t version, uint16_t unfinished)
{
	char id[64] = "MDF     4.10    test    ";

	if (unfinished != 0)
		memcpy(id, "UnFinMF ", 8);
	memcpy(id + 28, &version, 2);
	memcpy(id + 60, &unfinished, 2);
	spur_buf_add(b, id, sizeof(id));
	spur_buf_add(b, "##HD", 4);
	spur_buf_u32(b, 0);
	spur_buf_u64(b, 104);
	spur_buf_u64(b, 6);
	for (int i = 0; i < 6; i++)
		spur_buf_u64(b, 0);
	spur_buf_u64(b, UINT64_C(1700000000000000000));
	for (int i = 0; i < 3; i++)
		spur_buf_u64(b, 0);
}

static inline uint64_t mdf_block(struct spur_buf *b, const char *id, const uint64_t *links, size_t n, const void *body,
				 size_t len)
{
	uint64_t at = b->len;

	spur_buf_adds(b, "##");
	spur_buf_add(b, id, 2);
	spur_buf_u32(b, 0);
	spur_buf_u64(b, 24 + 8 * n + len);
	spur_buf_u64(b, n);
	for (size_t i = 0; i < n; i++)
		spur_buf_u64(b, links[i]);
	spur_buf_add(b, body, len);
	while (b->len % 8 != 0)
		spur_buf_addc(b, 0);
	return at;
}

static inline uint64_t mdf_tx(struct spur_buf *b, const char *text)
{
	return mdf_block(b, "TX", NULL, 0, text, strlen(text) + 1);
}

struct mdf_cn {
	const char *name;
	uint8_t type, sync, data_type, bit_offset;
	uint32_t byte_offset, bits, flags, inval_pos;
	uint64_t conv, data, composition, unit;
};

static inline uint64_t mdf_cn(struct spur_buf *b, uint64_t next, const struct mdf_cn *c)
{
	uint64_t name = mdf_tx(b, c->name);
	uint64_t links[8] = { next, c->composition, name, 0, c->conv, c->data, c->unit, 0 };
	unsigned char body[72] = { c->type, c->sync, c->data_type, c->bit_offset };

	memcpy(body + 4, &c->byte_offset, 4);
	memcpy(body + 8, &c->bits, 4);
	memcpy(body + 12, &c->flags, 4);
	memcpy(body + 16, &c->inval_pos, 4);
	return mdf_block(b, "CN", links, 8, body, sizeof(body));
}

static inline uint64_t mdf_cg(struct spur_buf *b, uint64_t next, uint64_t cn, uint64_t id, uint64_t cycles, uint16_t flags,
			      uint32_t data_bytes, uint32_t inval_bytes)
{
	uint64_t links[6] = { next, cn };
	unsigned char body[32] = { 0 };

	memcpy(body, &id, 8);
	memcpy(body + 8, &cycles, 8);
	memcpy(body + 16, &flags, 2);
	memcpy(body + 24, &data_bytes, 4);
	memcpy(body + 28, &inval_bytes, 4);
	return mdf_block(b, "CG", links, 6, body, sizeof(body));
}

static inline uint64_t mdf_dg(struct spur_buf *b, uint64_t next, uint64_t cg, uint64_t data, uint8_t id_bytes)
{
	uint64_t links[4] = { next, cg, data };
	unsigned char body[8] = { id_bytes };

	return mdf_block(b, "DG", links, 4, body, sizeof(body));
}

/* A conversion without references, or with them. */
static inline uint64_t mdf_cc(struct spur_buf *b, uint8_t type, const double *val, uint16_t nval, const uint64_t *refs,
			      uint16_t nref)
{
	uint64_t links[4 + 16] = { 0 };
	unsigned char body[24 + 8 * 16] = { type };

	if (nref > 0)
		memcpy(links + 4, refs, 8u * nref);
	memcpy(body + 4, &nref, 2);
	memcpy(body + 6, &nval, 2);
	if (nval > 0)
		memcpy(body + 24, val, 8u * nval);
	return mdf_block(b, "CC", links, 4u + nref, body, 24 + 8u * nval);
}

static inline void mdf_set(struct spur_buf *b, uint64_t at, uint64_t v, size_t bytes)
{
	memcpy(b->data + at, &v, bytes);
}

static inline void mdf_end(struct spur_buf *b, uint64_t first_dg)
{
	mdf_set(b, MDF_HD + 24, first_dg, 8);
}

#endif
