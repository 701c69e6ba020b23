#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "format/mdf4/writer_priv.h"

/* Unsorted data groups of the writer: [id][record], and [id][u32 length][bytes] of values of variable length. */

#define IDS_MAX 255u

static struct spur_mdf4_mix *find_or_make(struct spur_mdf4_tree *t, uint8_t number)
{
	struct spur_mdf4_mix *m;

	for (size_t i = 0; i < t->mix_count; i++) {
		if (t->mixes[i]->number == number)
			return t->mixes[i];
	}
	m = spur_calloc(1, sizeof(*m));
	m->number = number;
	m->data.id = "DT";
	m->data.plain = true;
	t->mixes = spur_realloc(t->mixes, t->mix_count + 1, sizeof(struct spur_mdf4_mix *));
	return t->mixes[t->mix_count++] = m;
}

struct spur_mdf4_mix *spur_mdf4_mix_join(struct spur_mdf4_writer *w, uint8_t number, struct spur_mdf4_cg *cg,
					 struct spur_error *err)
{
	struct spur_mdf4_mix *m = find_or_make(&w->tree, number);
	size_t need = 1;

	for (size_t i = 0; i < cg->count; i++)
		need += cg->cns[i].sd != NULL;
	if (m->ids + need > IDS_MAX) {
		spur_fail(err, SPUR_EINVAL, "unsorted data group %u: more than %u record ids", number, IDS_MAX);
		return NULL;
	}
	cg->id = ++m->ids;
	for (size_t i = 0; i < cg->count; i++) {
		if (cg->cns[i].sd != NULL)
			cg->cns[i].vlsd_id = ++m->ids;
	}
	m->cgs = spur_realloc(m->cgs, m->count + 1, sizeof(struct spur_mdf4_cg *));
	m->cgs[m->count++] = cg;
	return m;
}

void spur_mdf4_mix_destroy(struct spur_mdf4_mix *m)
{
	if (m == NULL)
		return;
	spur_mdf4_stream_finish(&m->data);
	free(m->cgs);
	free(m);
}

/* The next value of a channel, from byte `at` of what it collected. */
static size_t add_value(struct spur_buf *to, struct spur_mdf4_cn *cn, size_t at)
{
	const char *value = cn->sd->pending.data + at;
	uint32_t len;

	memcpy(&len, value, sizeof(len));
	spur_buf_u8(to, cn->vlsd_id);
	spur_buf_add(to, value, 4 + (size_t)len);
	cn->vlsd_count++;
	return at + 4 + len;
}

/* Whole fragments leave; blocks end where they are full, not where a record does. */
static enum spur_status cut(struct spur_mdf4_writer *w, struct spur_mdf4_stream *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && s->pending.len >= SPUR_MDF4_FRAGMENT) {
		struct spur_buf rest = { 0 };

		spur_buf_add(&rest, s->pending.data + SPUR_MDF4_FRAGMENT, s->pending.len - SPUR_MDF4_FRAGMENT);
		s->pending.len = SPUR_MDF4_FRAGMENT;
		w->pending -= s->pending.len;
		st = spur_mdf4_stream_flush(s, &w->sink, err);
		s->pending = rest;
	}
	return st;
}

enum spur_status spur_mdf4_mix_rows(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg, size_t rows,
				    struct spur_error *err)
{
	size_t stride = cg->data.row_bytes, before, *at = spur_calloc(cg->count, sizeof(*at));
	struct spur_buf *to = &cg->mix->data.pending;

	before = to->len;
	for (size_t i = 0; i < rows; i++) {
		spur_buf_u8(to, cg->id);
		spur_buf_add(to, cg->data.pending.data + i * stride, stride);
		for (size_t k = 0; k < cg->count; k++) {
			if (cg->cns[k].vlsd_id != 0)
				at[k] = add_value(to, &cg->cns[k], at[k]);
		}
	}
	for (size_t k = 0; k < cg->count; k++) {
		if (cg->cns[k].vlsd_id != 0) {
			cg->cns[k].sd->written += cg->cns[k].sd->pending.len;
			spur_buf_clear(&cg->cns[k].sd->pending);
		}
	}
	spur_buf_clear(&cg->data.pending);
	free(at);
	w->pending += to->len - before;
	return cut(w, &cg->mix->data, err);
}
