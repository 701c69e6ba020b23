#include "config.h"

#include "format/mdf4/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "format/mdf4/load.h"

#define FRAGMENT_BYTES (1u << 20)

enum spur_status mdf_rewrite_block(struct mdf_rewrite *w, const char *id, const uint64_t *links, size_t link_count,
				   const void *body, size_t len, uint64_t *at, struct spur_error *err)
{
	static const char zeros[8];
	struct spur_buf head = { 0 };
	enum spur_status st;

	*at = spur_out_tell(w->out);
	spur_buf_adds(&head, "##");
	spur_buf_add(&head, id, 2);
	spur_buf_u32(&head, 0);
	spur_buf_u64(&head, MDF_HEAD_BYTES + 8 * link_count + len);
	spur_buf_u64(&head, link_count);
	if (link_count > 0)
		spur_buf_add(&head, links, 8 * link_count);
	st = spur_out_write(w->out, head.data, head.len, err);
	if (st == SPUR_OK && len > 0)
		st = spur_out_write(w->out, body, len, err);
	if (st == SPUR_OK && len % 8 != 0)
		st = spur_out_write(w->out, zeros, 8 - len % 8, err);
	spur_buf_finish(&head);
	return st;
}

static enum spur_status flush(struct mdf_rewrite *w, struct mdf_fragments *f, const char *id, struct spur_error *err)
{
	enum spur_status st;

	if (f->pending.len == 0)
		return SPUR_OK;
	MDF_PUSH(&f->at, f->count, &f->cap);
	MDF_PUSH(&f->len, f->count, &f->len_cap);
	f->len[f->count] = f->pending.len;
	st = mdf_rewrite_block(w, id, NULL, 0, f->pending.data, f->pending.len, &f->at[f->count], err);
	f->count++;
	w->pending_bytes -= f->pending.len;
	spur_buf_finish(&f->pending);	/* thousands of channels may have one */
	return st;
}

static enum spur_status flush_all(struct mdf_rewrite *w, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < w->r->group_count && st == SPUR_OK; i++)
		st = flush(w, &w->groups[i].records, "DT", err);
	for (size_t i = 0; i < w->r->channel_count && st == SPUR_OK; i++)
		st = flush(w, &w->values[i], "SD", err);
	return st;
}

static void append(struct mdf_rewrite *w, struct mdf_fragments *f, const void *data, size_t len)
{
	spur_buf_add(&f->pending, data, len);
	f->total += len;
	w->pending_bytes += len;
}

static void append_zeros(struct mdf_rewrite *w, struct mdf_fragments *f, size_t len)
{
	static const unsigned char zeros[256];

	for (size_t n; len > 0; len -= n) {
		n = len < sizeof(zeros) ? len : sizeof(zeros);
		append(w, f, zeros, n);
	}
}

/* The new offset of a value goes into the record, in the field's own layout. */
static void put_offset(const struct mdf_channel *c, unsigned char *record, uint64_t offset)
{
	size_t n = (size_t)mdf_value_bytes(c);

	for (size_t i = 0; i < n && i < 8; i++)
		record[c->byte_offset + (c->data_type == MDF_UINT_BE ? n - 1 - i : i)] = (unsigned char)(offset >> 8 * i);
}

static enum spur_status move_value(struct mdf_rewrite *w, const struct mdf_column *m, unsigned char *record,
				   struct spur_error *err)
{
	struct mdf_fragments *f = &w->values[m->signal];
	const unsigned char *value = NULL;
	size_t len = 0;
	uint32_t size;
	uint64_t offset = f->total;

	if (m->store == NULL ||
	    mdf_store_get(m->store, mdf_load_uint(m->c, record + m->c->byte_offset), &value, &len) != MDF_FOUND)
		len = 0;
	size = (uint32_t)len;
	append(w, f, &size, sizeof(size));
	if (len > 0)
		append(w, f, value, len);
	put_offset(m->c, record, offset);
	return f->pending.len < FRAGMENT_BYTES ? SPUR_OK : flush(w, f, "SD", err);
}

static bool is_vlsd(const struct mdf_column *m)
{
	return m->c->type == MDF_CN_VLSD && m->c->shape == MDF_SCALAR && m->c->bit_offset == 0 && m->c->bits % 8 == 0;
}

enum spur_status mdf_rewrite_rows(void *state, struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err)
{
	struct mdf_rewrite *w = state;
	const struct mdf_group *g = &w->r->groups[t->group];
	struct mdf_fragments *f = &w->groups[t->group].records;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; t->record_bytes > 0 && i < rows->count && st == SPUR_OK; i++) {
		size_t start = f->pending.len;

		append(w, f, rows->data + i * rows->stride, g->data_bytes);
		if (rows->inval != NULL)
			append(w, f, rows->inval + i * rows->inval_stride, g->inval_bytes);
		else
			append_zeros(w, f, g->inval_bytes);
		for (size_t k = 0; k < t->count && st == SPUR_OK; k++) {
			if (is_vlsd(&t->columns[k]))
				st = move_value(w, &t->columns[k], (unsigned char *)f->pending.data + start, err);
		}
		if (st == SPUR_OK && f->pending.len >= FRAGMENT_BYTES)
			st = flush(w, f, "DT", err);
	}
	w->groups[t->group].rows += rows->count;
	if (st == SPUR_OK && w->pending_bytes > w->r->mem_bytes / 8)
		st = flush_all(w, err);
	return st;
}

/* One block is linked directly; several by a DL with their offsets. */
static enum spur_status write_list(struct mdf_rewrite *w, const struct mdf_fragments *f, uint64_t *link,
				   struct spur_error *err)
{
	struct spur_buf body = { 0 };
	uint64_t *links, offset = 0;
	enum spur_status st;

	*link = f->count == 0 ? 0 : f->at[0];
	if (f->count < 2)
		return SPUR_OK;
	links = spur_calloc(f->count + 1, sizeof(*links));
	memcpy(links + 1, f->at, f->count * sizeof(*links));
	spur_buf_u32(&body, 0);
	spur_buf_u32(&body, (uint32_t)f->count);
	for (size_t i = 0; i < f->count; i++) {
		spur_buf_u64(&body, offset);
		offset += f->len[i];
	}
	st = mdf_rewrite_block(w, "DL", links, f->count + 1, body.data, body.len, link, err);
	spur_buf_finish(&body);
	free(links);
	return st;
}

enum spur_status mdf_rewrite_lists(struct mdf_rewrite *w, struct spur_error *err)
{
	enum spur_status st = flush_all(w, err);

	for (size_t i = 0; i < w->r->group_count && st == SPUR_OK; i++)
		st = write_list(w, &w->groups[i].records, &w->groups[i].data, err);
	for (size_t i = 0; i < w->r->channel_count && st == SPUR_OK; i++)
		st = write_list(w, &w->values[i], &w->value_links[i], err);
	return st;
}
