#include "config.h"

#include "format/mdf4/writer_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/pmap.h"
#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/transpose.h"
#include "codec/zstd.h"

enum spur_status spur_mdf4_block(struct spur_out *out, const char id[2], uint64_t links, const void *body, size_t len,
				 const void *more, size_t more_len, uint64_t *at, struct spur_error *err)
{
	static const unsigned char zeros[8];
	unsigned char head[24] = { '#', '#', (unsigned char)id[0], (unsigned char)id[1] };
	uint64_t length = sizeof(head) + len + more_len;
	size_t pad = (size_t)(-length & 7);

	*at = spur_out_tell(out);
	memcpy(head + 8, &length, 8);
	memcpy(head + 16, &links, 8);
	spur_out_write(out, head, sizeof(head), NULL);	/* a failure sticks until the last call */
	spur_out_write(out, body, len, NULL);
	spur_out_write(out, more, more_len, NULL);
	return spur_out_write(out, zeros, pad, err);
}

/* ---- packing: the jobs of a sink, worked on together ---- */

struct queue {
	struct spur_mdf4_sink *to;
	size_t next;
};

static enum spur_status next_job(void *state, void **item, uint64_t *cost_bytes, struct spur_error *err)
{
	struct queue *q = state;

	(void)err;
	if (q->next == q->to->job_count)
		return SPUR_END;
	*item = &q->to->jobs[q->next++];
	*cost_bytes = 1;
	return SPUR_OK;
}

/* The zip type of a DZ, transposed or not. */
static unsigned zip_of(const struct spur_mdf4_sink *to, bool turned)
{
	return ((unsigned)to->packing - SPUR_MDF4_DEFLATE) / 2 * 2 + turned;
}

static bool turns(const struct spur_mdf4_sink *to, size_t row)
{
	return to->packing != SPUR_MDF4_PLAIN && (to->packing - SPUR_MDF4_DEFLATE) % 2 == 1 && row > 1;
}

static size_t row_of(const struct spur_mdf4_job *j)
{
	const struct spur_mdf4_stream *s = j->stream;

	return j->inval ? s->inval_bytes : s->columns ? s->row_bytes - s->inval_bytes : s->row_bytes;
}

static enum spur_status pack_job(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct queue *q = state;
	struct spur_mdf4_job *j = item;
	size_t len = j->data.len, row = row_of(j);
	struct spur_buf turned = { 0 };
	const void *from;

	(void)task;
	(void)err;
	/* One text larger than 4 MiB must not become a DZ. */
	if (len > 4 * (size_t)SPUR_MDF4_FRAGMENT)
		return SPUR_OK;
	j->turned = turns(q->to, row) && len >= 2 * row;
	if (j->turned)
		spur_transpose(j->data.data, len, row, spur_buf_reserve(&turned, len));
	from = j->turned ? turned.data : j->data.data;
	switch (zip_of(q->to, false)) {
	case 0: spur_deflate_pack(from, len, q->to->level, &j->packed); break;
	case 2: spur_zstd_pack(from, len, 0, &j->packed); break;
	default: spur_lz4_pack(from, len, 0, &j->packed); break;
	}
	spur_buf_finish(&turned);
	return SPUR_OK;
}

static enum spur_status write_packed(struct spur_mdf4_sink *to, struct spur_mdf4_job *j, const char *id, uint64_t *at,
				     struct spur_error *err)
{
	struct spur_buf head = { 0 };
	enum spur_status st;

	spur_buf_add(&head, id, 2);
	spur_buf_u8(&head, (uint8_t)zip_of(to, j->turned));
	spur_buf_u8(&head, 0);
	spur_buf_u32(&head, j->turned ? (uint32_t)row_of(j) : 0);
	spur_buf_u64(&head, j->data.len);
	spur_buf_u64(&head, j->packed.len);
	st = spur_mdf4_block(to->out, "DZ", 0, head.data, head.len, j->packed.data, j->packed.len, at, err);
	j->stream->packed = true;
	spur_buf_finish(&head);
	return st;
}

/* As it is where packing does not pay. */
static enum spur_status write_job(void *state, void *item, struct spur_error *err)
{
	struct queue *q = state;
	struct spur_mdf4_job *j = item;
	struct spur_mdf4_fragment *f = &j->stream->fragments[j->fragment];
	const char *id = j->inval ? "DI" : j->stream->id;
	uint64_t *at = j->inval ? &f->inval_at : &f->at;

	if (j->packed.len > 0 && j->packed.len < j->data.len) {
		j->stream->packed_bytes += j->packed.len;
		return write_packed(q->to, j, id, at, err);
	}
	j->stream->packed_bytes += j->data.len;
	return spur_mdf4_block(q->to->out, id, 0, NULL, 0, j->data.data, j->data.len, at, err);
}

static void drop_job(void *state, void *item)
{
	struct spur_mdf4_job *j = item;

	(void)state;
	spur_buf_finish(&j->data);
	spur_buf_finish(&j->packed);
}

enum spur_status spur_mdf4_sink_drain(struct spur_mdf4_sink *to, struct spur_error *err)
{
	struct queue q = { .to = to };
	const struct spur_pmap map = { .state = &q, .next = next_job, .work = pack_job, .take = write_job, .drop = drop_job };
	enum spur_status st = SPUR_OK;

	if (to->job_count > 0)
		st = spur_pmap_run(&map, to->threads, SPUR_MDF4_JOBS, NULL, err);
	spur_mdf4_sink_finish(to);
	return st;
}

void spur_mdf4_sink_finish(struct spur_mdf4_sink *to)
{
	for (size_t i = 0; i < to->job_count; i++)
		drop_job(NULL, &to->jobs[i]);
	to->job_count = 0;
}

/* ---- streams ---- */

static size_t add_fragment(struct spur_mdf4_stream *s)
{
	if (s->count == s->cap) {
		s->cap = s->cap == 0 ? 8 : s->cap * 2;
		s->fragments = spur_realloc(s->fragments, s->cap, sizeof(*s->fragments));
	}
	s->fragments[s->count] = (struct spur_mdf4_fragment){ .begin = s->written };
	s->written += s->pending.len;
	return s->count++;
}

/* Now, or when enough wait to be packed together. Takes over data. */
static enum spur_status push_job(struct spur_mdf4_sink *to, struct spur_mdf4_stream *s, size_t fragment, bool inval,
				 struct spur_buf data, struct spur_error *err)
{
	struct spur_mdf4_job j = { .stream = s, .fragment = fragment, .inval = inval, .data = data };
	struct queue q = { .to = to };
	enum spur_status st;

	if (to->packing == SPUR_MDF4_PLAIN || s->plain) {
		st = write_job(&q, &j, err);
		drop_job(NULL, &j);
		return st;
	}
	to->jobs[to->job_count++] = j;
	return to->job_count == SPUR_MDF4_JOBS ? spur_mdf4_sink_drain(to, err) : SPUR_OK;
}

/* Where all samples are valid the link is NIL. */
static bool any_set(const struct spur_buf *bits)
{
	for (size_t i = 0; i < bits->len; i++) {
		if (bits->data[i] != 0)
			return true;
	}
	return false;
}

/* Rows become values and invalidation bytes. */
static void take_apart(struct spur_mdf4_stream *s, struct spur_buf *values, struct spur_buf *inval)
{
	size_t row = s->row_bytes, n = s->inval_bytes, rows = s->pending.len / row;

	if (n == 0) {
		*values = s->pending;
		s->pending = (struct spur_buf){ 0 };
		return;
	}
	spur_buf_reserve(values, rows * (row - n));
	spur_buf_reserve(inval, rows * n);
	for (size_t i = 0; i < rows; i++) {
		spur_buf_add(values, s->pending.data + i * row, row - n);
		spur_buf_add(inval, s->pending.data + i * row + row - n, n);
	}
	spur_buf_finish(&s->pending);
}

enum spur_status spur_mdf4_stream_flush(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, struct spur_error *err)
{
	struct spur_buf values = { 0 }, inval = { 0 };
	enum spur_status st;
	size_t n;

	if (s->pending.len == 0)
		return SPUR_OK;
	n = add_fragment(s);
	to->fragments++;
	if (s->columns) {
		take_apart(s, &values, &inval);
	} else {
		values = s->pending;
		s->pending = (struct spur_buf){ 0 };
	}
	st = push_job(to, s, n, false, values, err);
	if (st == SPUR_OK && any_set(&inval)) {
		s->invalid = true;
		return push_job(to, s, n, true, inval, err);
	}
	spur_buf_finish(&inval);
	return st;
}

/* All but the last are of one length, and the last is not longer. */
static bool equal_lengths(const struct spur_mdf4_stream *s)
{
	uint64_t len = s->count > 1 ? s->fragments[1].begin : s->written;

	for (size_t i = 1; i < s->count; i++) {
		if (s->fragments[i].begin != i * len)
			return false;
	}
	return s->written - s->fragments[s->count - 1].begin <= len;
}

/* MDF 4.2, "LDBLOCK": as a DL, but it counts samples, and each block of values may have one of invalidation bytes. */
static uint32_t list_flags(const struct spur_mdf4_stream *s, const struct spur_mdf4_sink *to, bool equal)
{
	uint32_t flags = equal;

	if (s->columns && s->inval_bytes > 0)
		flags |= UINT32_C(1) << 31;
	if (s->columns && s->packed && to->version >= 430) {	/* how the blocks are packed is said here too */
		flags |= UINT32_C(1) << 7;
		flags |= zip_of(to, turns(to, s->row_bytes - s->inval_bytes)) << 8;
		flags |= zip_of(to, turns(to, s->inval_bytes)) << 16;
	}
	return flags;
}

/* Fragments [from, to) of a section. */
static enum spur_status write_part(const struct spur_mdf4_stream *s, const struct spur_mdf4_sink *sink, size_t from, size_t to,
				   uint64_t next, uint64_t *at, struct spur_error *err)
{
	bool apart = s->columns && s->inval_bytes > 0, equal = from == 0 && to == s->count && s->first_list == 0 && equal_lengths(s);
	uint64_t unit = s->columns ? s->row_bytes : 1;
	struct spur_buf b = { 0 };
	enum spur_status st;

	spur_buf_u64(&b, next);
	for (size_t i = from; i < to; i++) {
		spur_buf_u64(&b, s->fragments[i].at);
		if (apart)
			spur_buf_u64(&b, s->fragments[i].inval_at);
	}
	spur_buf_u32(&b, list_flags(s, sink, equal));
	spur_buf_u32(&b, (uint32_t)(to - from));
	if (equal)
		spur_buf_u64(&b, (s->count > 1 ? s->fragments[1].begin : s->written) / unit);
	for (size_t i = from; !equal && i < to; i++)
		spur_buf_u64(&b, s->fragments[i].begin / unit);
	st = spur_mdf4_block(sink->out, s->columns ? "LD" : "DL", 1 + (to - from) * (apart ? 2 : 1), b.data, b.len, NULL, 0, at, err);
	spur_buf_finish(&b);
	return st;
}

/*
 * Where values and invalidation bytes are listed together, readers do not agree whether their links take turns or
 * stand one list behind the other. A list of one pair is both, so there is one for each, from the last to the first.
 */
static enum spur_status write_list(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, uint64_t *at, uint64_t *last,
				   struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	*at = 0;
	if (!s->columns || s->inval_bytes == 0) {
		st = write_part(s, to, 0, s->count, 0, at, err);
		*last = *at;
	}
	for (size_t i = s->columns && s->inval_bytes > 0 ? s->count : 0; i-- > 0 && st == SPUR_OK;) {
		st = write_part(s, to, i, i + 1, *at, at, err);
		if (i + 1 == s->count)
			*last = *at;
	}
	return st;
}

enum spur_status spur_mdf4_stream_spill(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, struct spur_error *err)
{
	enum spur_status st = spur_mdf4_sink_drain(to, err);
	uint64_t at, last = 0;

	if (st < 0 || s->count == 0)
		return st;
	st = write_list(s, to, &at, &last, err);
	if (st == SPUR_OK && s->last_list != 0)
		st = spur_out_patch(to->out, s->last_list + 24, &at, sizeof(at), err);
	if (s->first_list == 0)
		s->first_list = at;
	s->last_list = last;
	to->fragments -= s->count;
	s->count = 0;
	return st;
}

enum spur_status spur_mdf4_stream_link(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, uint64_t *link,
				       struct spur_error *err)
{
	enum spur_status st = spur_mdf4_stream_flush(s, to, err);
	unsigned char head[16] = { 0 };

	*link = 0;
	if (st == SPUR_OK)
		st = spur_mdf4_sink_drain(to, err);
	if (st < 0 || s->written == 0)
		return st;
	if (s->count == 1 && s->first_list == 0 && !s->columns) {
		*link = s->fragments[0].at;
		return SPUR_OK;
	}
	head[8] = s->first_list == 0 && equal_lengths(s);
	st = spur_mdf4_stream_spill(s, to, err);
	*link = s->first_list;
	/* The header is that of a DL: an LD says itself how it is packed, and the other writers put none before it. */
	if (st < 0 || !s->packed || s->columns)
		return st;
	memcpy(head, link, 8);
	head[10] = (unsigned char)zip_of(to, turns(to, s->row_bytes));
	return spur_mdf4_block(to->out, "HL", 1, head, sizeof(head), NULL, 0, link, err);
}

void spur_mdf4_stream_finish(struct spur_mdf4_stream *s)
{
	spur_buf_finish(&s->pending);
	free(s->fragments);
	*s = (struct spur_mdf4_stream){ 0 };
}
