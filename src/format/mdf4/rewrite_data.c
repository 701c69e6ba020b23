#include "config.h"

#include "format/mdf4/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/mdf4/load.h"
#include "format/mdf4/merge_shift.h"

#define ZEROS_MAX (64u << 10)	/* in place of a lost value; larger ones are more likely a wrong size */

static enum spur_status flush(struct mdf_rewrite *w, struct spur_mdf4_stream *s, struct spur_error *err)
{
	w->file->pending_bytes -= s->pending.len;
	return spur_mdf4_stream_flush(s, &w->file->sink, err);
}

enum spur_status mdf_rewrite_flush(struct mdf_rewrite *w, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < w->r->group_count && st == SPUR_OK; i++)
		st = flush(w, &w->groups[i].records, err);
	for (size_t i = 0; i < w->r->channel_count && st == SPUR_OK; i++)
		st = flush(w, &w->channels[i].values, err);
	return st;
}

/* ---- values of variable length ---- */

/* The new offset of a value goes into the record, in the field's own layout; false: it is too small. */
static bool put_offset(const struct mdf_channel *c, unsigned char *field, uint64_t offset)
{
	size_t n = (size_t)mdf_value_bytes(c);

	if (n < 8 && offset >> 8 * n != 0)
		return false;
	for (size_t i = 0; i < n && i < 8; i++)
		field[c->data_type == MDF_UINT_BE ? n - 1 - i : i] = (unsigned char)(offset >> 8 * i);
	return true;
}

static void add_zeros(struct spur_buf *to, size_t len)
{
	static const unsigned char zeros[256];

	for (size_t n; len > 0; len -= n) {
		n = len < sizeof(zeros) ? len : sizeof(zeros);
		spur_buf_add(to, zeros, n);
	}
}

/* size: of a VLSC channel, the field with its length, which goes on to state it: a lost value is of zeros then. */
static void add_value(struct mdf_rewrite *w, struct spur_mdf4_stream *s, const struct mdf_column *m, uint64_t offset,
		      const unsigned char *size)
{
	const unsigned char *value = NULL;
	size_t len = size == NULL ? 0 : (size_t)mdf_load_uint(m->length, size), before = s->pending.len;

	if (m->store == NULL || mdf_store_get(m->store, offset, &value, &len) != MDF_FOUND) {
		len = size == NULL ? 0 : (size_t)mdf_load_uint(m->length, size);
		add_zeros(&s->pending, len < ZEROS_MAX ? len : ZEROS_MAX);
		len = 0;
	}
	if (size == NULL)
		spur_buf_u32(&s->pending, (uint32_t)len);
	if (len > 0)
		spur_buf_add(&s->pending, value, len);
	w->file->pending_bytes += s->pending.len - before;
}

/* Of record number k. */
static enum spur_status move_value(struct mdf_rewrite *w, const struct mdf_column *m, unsigned char *record, uint64_t k,
				   struct spur_error *err)
{
	struct mdf_rewrite *base = mdf_rewrite_base(w);
	struct mdf_new_channel *c = &base->channels[base->channels[m->signal].values_of];
	unsigned char *field = record + mdf_rewrite_offset(&base->groups[m->c->group], m->c->byte_offset);
	const unsigned char *size = m->length == NULL ? NULL :
			      record + mdf_rewrite_offset(&base->groups[m->c->group], m->length->byte_offset);
	uint64_t old;

	if (m->store == NULL || mdf_column_offset(m, field, size, k, &old) != MDF_FOUND)
		old = m->ordered ? UINT64_MAX : mdf_load_uint(m->c, field);
	if (!c->moved || c->old_offset != old || size != NULL) {	/* an empty value has the offset of the next */
		c->new_offset = c->values.written + c->values.pending.len;
		add_value(w, &c->values, m, old, size);
	}
	c->old_offset = old;
	c->moved = true;
	if (!put_offset(m->c, field, c->new_offset))
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, m->c->at, "%s: offsets of %" PRIu64 " bytes cannot say where the "
				      "values lie: %" PRIu64, w->r->signals[m->signal].name, mdf_value_bytes(m->c), c->new_offset);
	return c->values.pending.len < SPUR_MDF4_FRAGMENT ? SPUR_OK : flush(base, &c->values, err);
}

bool mdf_rewrite_moves(const struct mdf_channel *c)
{
	bool outside = c->type == MDF_CN_VLSD || (c->type == MDF_CN_VLSC && c->data != 0);

	return outside && c->shape == MDF_SCALAR && c->bit_offset == 0 && c->bits % 8 == 0 && c->bits > 0;
}

static enum spur_status move_values(struct mdf_rewrite *w, const struct mdf_table *t, unsigned char *records, size_t count,
				    size_t stride, uint64_t first, struct spur_error *err)
{
	struct mdf_rewrite *base = mdf_rewrite_base(w);
	enum spur_status st = SPUR_OK;

	for (size_t k = 0; k < t->count && st == SPUR_OK; k++) {
		if (!mdf_rewrite_moves(t->columns[k].c) || base->channels[t->columns[k].signal].left_out)
			continue;
		for (size_t i = 0; i < count && st == SPUR_OK; i++)
			st = move_value(w, &t->columns[k], records + i * stride, first + i, err);
	}
	return st;
}

/* ---- records ---- */

static void add_record(struct spur_buf *to, const struct mdf_new_group *g, const unsigned char *data)
{
	if (g->stretches == NULL)
		spur_buf_add(to, data, g->data_bytes);
	for (size_t k = 0; g->stretches != NULL && k < g->stretch_count; k++)
		spur_buf_add(to, data + g->stretches[k].from, g->stretches[k].len);
}

/* n records from number i on; in one go where they lie as they will. */
static void add_records(struct spur_buf *to, const struct mdf_new_group *g, const struct mdf_rows *rows, size_t i, size_t n,
			uint32_t inval_bytes)
{
	const unsigned char *data = rows->data + i * rows->stride;
	bool together = inval_bytes == 0 || (rows->inval == rows->data + g->data_bytes && rows->inval_stride == rows->stride);

	if (g->stretches == NULL && together && rows->stride == (size_t)g->data_bytes + inval_bytes) {
		spur_buf_add(to, data, n * rows->stride);
		return;
	}
	for (size_t k = 0; k < n; k++) {
		add_record(to, g, data + k * rows->stride);
		if (rows->inval != NULL)
			spur_buf_add(to, rows->inval + (i + k) * rows->inval_stride, inval_bytes);
		else
			add_zeros(to, inval_bytes);
	}
}

enum spur_status mdf_rewrite_rows(void *state, struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err)
{
	struct mdf_rewrite *w = state, *base = mdf_rewrite_base(w);
	struct mdf_new_group *g = &base->groups[t->group];
	struct spur_mdf4_stream *s = &g->records;
	uint32_t inval = w->r->groups[t->group].inval_bytes;
	size_t record = (size_t)g->data_bytes + inval;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0, n; record > 0 && i < rows->count && st == SPUR_OK; i += n) {
		size_t start = s->pending.len, room = start < SPUR_MDF4_FRAGMENT ? (SPUR_MDF4_FRAGMENT - start) / record : 0;

		n = rows->count - i < room ? rows->count - i : room == 0 ? 1 : room;
		add_records(&s->pending, g, rows, i, n, inval);
		w->file->pending_bytes += n * record;
		unsigned char *new_rows = (unsigned char *)s->pending.data + start;

		if (w->groups[t->group].shift != NULL)
			st = mdf_shift_rows(w->groups[t->group].shift, new_rows, n, record, err);
		if (st == SPUR_OK)
			st = move_values(w, t, new_rows, n, record, rows->first + i, err);
		if (st == SPUR_OK && s->pending.len + record > SPUR_MDF4_FRAGMENT)
			st = flush(base, s, err);
	}
	g->rows += rows->count;
	if (st == SPUR_OK && w->file->pending_bytes > w->file->mem_bytes / 8)
		st = mdf_rewrite_flush(base, err);
	return st;
}

enum spur_status mdf_rewrite_lists(struct mdf_rewrite *w, struct spur_error *err)
{
	enum spur_status st = mdf_rewrite_flush(w, err);

	for (size_t i = 0; i < w->r->group_count && st == SPUR_OK; i++)
		st = spur_mdf4_stream_link(&w->groups[i].records, &w->file->sink, &w->groups[i].data, err);
	for (size_t i = 0; i < w->r->channel_count && st == SPUR_OK; i++)
		st = spur_mdf4_stream_link(&w->channels[i].values, &w->file->sink, &w->channels[i].link, err);
	return st;
}
