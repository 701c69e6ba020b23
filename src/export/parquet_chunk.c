#include "config.h"

#include "export/parquet.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "codec/zstd.h"

enum { PAGE_DATA = 0, PAGE_DICTIONARY = 2 };
enum { ENC_PLAIN = 0, ENC_RLE = 3, ENC_RLE_DICTIONARY = 8 };
#define ZSTD_LEVEL 3
#define DICT_MAX 65536u		/* entries */

void spur_parquet_chunk_finish(struct spur_parquet_chunk *c)
{
	spur_buf_finish(&c->values);
	spur_buf_finish(&c->def);
	spur_buf_finish(&c->rep);
}

uint64_t spur_parquet_chunk_bytes(const struct spur_parquet_chunk *c)
{
	return c->values.len + c->def.len + c->rep.len;
}

static void add_text(struct spur_parquet_chunk *c, const struct spur_column *col, size_t i)
{
	size_t len;
	const char *p = spur_column_bytes(col, i, &len);

	spur_buf_u32(&c->values, (uint32_t)len);
	spur_buf_add(&c->values, p, len);
}

static void add_small(struct spur_buf *b, enum spur_type t, const void *data, size_t i)
{
	switch (t) {
	case SPUR_TYPE_I8: spur_buf_u32(b, (uint32_t)((const int8_t *)data)[i]); break;
	case SPUR_TYPE_U8: spur_buf_u32(b, ((const uint8_t *)data)[i]); break;
	case SPUR_TYPE_I16: spur_buf_u32(b, (uint32_t)((const int16_t *)data)[i]); break;
	default: spur_buf_u32(b, ((const uint16_t *)data)[i]); break;
	}
}

static bool is_small(enum spur_type t)
{
	return t == SPUR_TYPE_I8 || t == SPUR_TYPE_U8 || t == SPUR_TYPE_I16 || t == SPUR_TYPE_U16;
}

static void add_value(struct spur_parquet_chunk *c, const struct spur_column *col, size_t i)
{
	size_t size = spur_type_size(col->type);

	if (size == 0)
		add_text(c, col, i);
	else if (is_small(col->type))
		add_small(&c->values, col->type, col->data, i);
	else
		spur_buf_add(&c->values, (const char *)col->data + i * size, size);
}

static void put_scalars(struct spur_parquet_chunk *c, const struct spur_column *col, size_t from, size_t to)
{
	size_t size = spur_type_size(col->type);

	if (col->validity == NULL && size > 0 && !is_small(col->type)) {
		spur_buf_add(&c->values, (const char *)col->data + from * size, (to - from) * size);
	} else {
		for (size_t i = from; i < to; i++) {
			if (spur_column_valid(col, i))
				add_value(c, col, i);
			else
				c->nulls++;
		}
	}
	for (size_t i = from; c->leaf->optional && i < to; i++)
		spur_buf_u8(&c->def, spur_column_valid(col, i));
	c->count += to - from;
}

/* The elements of a BYTES value are a column of their own. */
static void put_lists(struct spur_parquet_chunk *c, const struct spur_column *col, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		size_t len;
		struct spur_column e = { .type = c->leaf->type, .rows = c->leaf->elements };

		e.data = spur_column_bytes(col, i, &len);
		for (size_t k = 0; k < e.rows; k++) {
			add_value(c, &e, k);
			spur_buf_u8(&c->rep, k > 0);
			spur_buf_u8(&c->def, 1);
		}
		spur_parquet_stats_add(&c->stats, &e, 0, e.rows);
		c->count += e.rows;
	}
}

static bool long_text(const struct spur_column *col, size_t from, size_t to)
{
	for (size_t i = from; col->offsets != NULL && i < to; i++) {
		if (col->offsets[i + 1] - col->offsets[i] > SPUR_PARQUET_STAT_BYTES)
			return true;
	}
	return false;
}

void spur_parquet_chunk_put(struct spur_parquet_chunk *c, const struct spur_column *col, size_t from, size_t to)
{
	if (c->leaf->list) {
		put_lists(c, col, from, to);
		return;
	}
	put_scalars(c, col, from, to);
	c->stats_off = c->stats_off || long_text(col, from, to);
	if (!c->stats_off)
		spur_parquet_stats_add(&c->stats, col, from, to);
}

void spur_parquet_chunk_put_time(struct spur_parquet_chunk *c, const int64_t *time_ns, size_t from, size_t to)
{
	struct spur_column col = { .type = SPUR_TYPE_I64, .rows = to, .data = time_ns };

	spur_parquet_chunk_put(c, &col, from, to);
}

/* Booleans are bit-packed, LSB first. */
static void pack_bools(struct spur_buf *to, const struct spur_buf *from)
{
	for (size_t i = 0; i < from->len; i += 8) {
		unsigned byte = 0;

		for (size_t k = 0; k < 8 && i + k < from->len; k++)
			byte |= (from->data[i + k] != 0 ? 1u : 0u) << k;
		spur_buf_u8(to, (uint8_t)byte);
	}
}

/* Distinct texts in order of appearance. */
struct dict {
	struct spur_buf plain;		/* the dictionary page */
	uint32_t *slots;		/* index + 1, open addressing */
	size_t *at;			/* offset in plain */
	size_t size, count;
	uint32_t *index;		/* of each value */
	size_t values;
};

static void dict_finish(struct dict *d)
{
	spur_buf_finish(&d->plain);
	free(d->slots);
	free(d->at);
	free(d->index);
}

static size_t text_bytes(const char *p)
{
	uint32_t len;

	memcpy(&len, p, sizeof(len));
	return sizeof(len) + len;
}

static bool dict_add(struct dict *d, const char *text, size_t bytes)
{
	size_t slot = (size_t)spur_hash64(text, bytes) & (d->size - 1);

	for (; d->slots[slot] != 0; slot = (slot + 1) & (d->size - 1)) {
		const char *have = d->plain.data + d->at[d->slots[slot] - 1];

		if (text_bytes(have) == bytes && memcmp(have, text, bytes) == 0)
			break;
	}
	if (d->slots[slot] == 0) {
		if (d->count == DICT_MAX)
			return false;
		d->at[d->count++] = d->plain.len;
		d->slots[slot] = (uint32_t)d->count;
		spur_buf_add(&d->plain, text, bytes);
	}
	d->index[d->values++] = d->slots[slot] - 1;
	return true;
}

static unsigned width_of(size_t count)
{
	unsigned w = 1;

	while (w < 32 && count > (size_t)1 << w)
		w++;
	return w;
}

/* False: the values are better off without a dictionary. */
static bool dict_build(struct dict *d, const struct spur_parquet_chunk *c)
{
	size_t most = (size_t)(c->count - c->nulls), at = 0;

	if (most < 2)
		return false;
	for (d->size = 16; d->size < 2 * (most < DICT_MAX ? most : DICT_MAX); d->size *= 2)
		;
	d->slots = spur_calloc(d->size, sizeof(*d->slots));
	d->at = spur_calloc(most < DICT_MAX ? most : DICT_MAX, sizeof(*d->at));
	d->index = spur_calloc(most, sizeof(*d->index));
	for (; at < c->values.len; at += text_bytes(c->values.data + at)) {
		if (!dict_add(d, c->values.data + at, text_bytes(c->values.data + at)))
			return false;
	}
	return d->plain.len + d->values * width_of(d->count) / 8 < c->values.len;
}

struct page {
	int type, encoding;
	int32_t count;
	const struct spur_buf *body;
};

static void page_header(struct spur_buf *out, const struct page *p, size_t compressed, uint32_t crc)
{
	struct spur_thrift t = { .out = out };

	spur_thrift_begin(&t, 0);
	spur_thrift_i32(&t, 1, p->type);
	spur_thrift_i32(&t, 2, (int32_t)p->body->len);
	spur_thrift_i32(&t, 3, (int32_t)compressed);
	spur_thrift_i32(&t, 4, (int32_t)crc);
	spur_thrift_begin(&t, p->type == PAGE_DATA ? 5 : 7);
	spur_thrift_i32(&t, 1, p->count);
	spur_thrift_i32(&t, 2, p->encoding);
	if (p->type == PAGE_DATA) {
		spur_thrift_i32(&t, 3, ENC_RLE);
		spur_thrift_i32(&t, 4, ENC_RLE);
	}
	spur_thrift_end(&t);
	spur_thrift_end(&t);
}

static enum spur_status write_page(const struct page *p, enum spur_parquet_codec codec, struct spur_out *out,
				   struct spur_parquet_meta *meta, struct spur_error *err)
{
	struct spur_buf packed = { 0 }, head = { 0 };
	const struct spur_buf *body = p->body;
	enum spur_status st;

	if (codec == SPUR_PARQUET_ZSTD) {
		spur_zstd_pack(spur_buf_text(p->body), p->body->len, ZSTD_LEVEL, &packed);
		body = &packed;
	}
	page_header(&head, p, body->len, spur_crc32(0, body->data, body->len));
	meta->uncompressed += (int64_t)(head.len + p->body->len);
	meta->compressed += (int64_t)(head.len + body->len);
	if ((st = spur_out_write(out, head.data, head.len, err)) == SPUR_OK)
		st = spur_out_write(out, body->data, body->len, err);
	spur_buf_finish(&packed);
	spur_buf_finish(&head);
	return st;
}

/* Data page v1: <u32 length> <levels> where there are any, repetition first. */
static void add_levels(struct spur_buf *body, const struct spur_buf *levels)
{
	struct spur_buf rle = { 0 };

	if (levels->len == 0)
		return;
	spur_parquet_rle_bytes(&rle, (const unsigned char *)levels->data, levels->len);
	spur_buf_u32(body, (uint32_t)rle.len);
	spur_buf_add(body, rle.data, rle.len);
	spur_buf_finish(&rle);
}

static void add_values(struct spur_buf *body, const struct spur_parquet_chunk *c, const struct dict *d)
{
	if (d != NULL) {
		unsigned width = width_of(d->count);

		spur_buf_u8(body, (uint8_t)width);
		spur_parquet_rle(body, d->index, d->values, width);
	} else if (c->leaf->type == SPUR_TYPE_BOOL) {
		pack_bools(body, &c->values);
	} else {
		spur_buf_add(body, spur_buf_text(&c->values), c->values.len);
	}
}

static void reset(struct spur_parquet_chunk *c)
{
	spur_buf_clear(&c->values);
	spur_buf_clear(&c->def);
	spur_buf_clear(&c->rep);
	c->count = c->nulls = 0;
	c->stats_off = false;
	c->stats = (struct spur_parquet_stats){ 0 };
}

static enum spur_status write_pages(const struct spur_parquet_chunk *c, const struct dict *d,
				    enum spur_parquet_codec codec, struct spur_out *out,
				    struct spur_parquet_meta *meta, struct spur_error *err)
{
	struct spur_buf body = { 0 };
	struct page page = { .type = PAGE_DATA, .encoding = d == NULL ? ENC_PLAIN : ENC_RLE_DICTIONARY,
			     .count = (int32_t)c->count, .body = &body };
	enum spur_status st = SPUR_OK;

	if (d != NULL) {
		struct page dict = { .type = PAGE_DICTIONARY, .encoding = ENC_PLAIN, .count = (int32_t)d->count,
				     .body = &d->plain };

		meta->dict_offset = (int64_t)spur_out_tell(out);
		st = write_page(&dict, codec, out, meta, err);
	}
	meta->data_offset = (int64_t)spur_out_tell(out);
	add_levels(&body, &c->rep);
	add_levels(&body, &c->def);
	add_values(&body, c, d);
	if (st == SPUR_OK)
		st = write_page(&page, codec, out, meta, err);
	spur_buf_finish(&body);
	return st;
}

enum spur_status spur_parquet_chunk_write(struct spur_parquet_chunk *c, enum spur_parquet_codec codec,
					  struct spur_out *out, struct spur_parquet_meta *meta, struct spur_error *err)
{
	bool text = !c->leaf->list && !spur_type_is_number(c->leaf->type);
	struct dict d = { 0 };
	bool use = text && dict_build(&d, c);
	enum spur_status st;

	if (spur_parquet_chunk_bytes(c) > INT32_MAX) {
		dict_finish(&d);
		return spur_fail(err, SPUR_EUNSUPPORTED, "column %s: a page of more than 2 GiB; use smaller row groups",
				 c->leaf->name);
	}
	*meta = (struct spur_parquet_meta){ .values = (int64_t)c->count, .nulls = (int64_t)c->nulls };
	meta->stats = c->stats;
	meta->stats.some = c->stats.some && !c->stats_off;
	st = write_pages(c, use ? &d : NULL, codec, out, meta, err);
	dict_finish(&d);
	reset(c);
	return st;
}
