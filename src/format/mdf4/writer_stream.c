#include "config.h"

#include "format/mdf4/writer_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/pmap.h"
#include "codec/deflate.h"
#include "codec/transpose.h"

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

static enum spur_status pack_job(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct queue *q = state;
	struct spur_mdf4_job *j = item;
	size_t len = j->data.len, row = j->stream->row_bytes;
	struct spur_buf turned = { 0 };

	(void)task;
	(void)err;
	/* One text larger than 4 MiB must not become a DZ. */
	if (len > 4 * (size_t)SPUR_MDF4_FRAGMENT)
		return SPUR_OK;
	j->turned = q->to->packing == SPUR_MDF4_TRANSPOSED && row > 1 && len >= 2 * row;
	if (j->turned)
		spur_transpose(j->data.data, len, row, spur_buf_reserve(&turned, len));
	spur_deflate_pack(j->turned ? turned.data : j->data.data, len, q->to->level, &j->packed);
	spur_buf_finish(&turned);
	return SPUR_OK;
}

static enum spur_status write_packed(struct spur_mdf4_sink *to, struct spur_mdf4_job *j, uint64_t *at,
				     struct spur_error *err)
{
	struct spur_buf head = { 0 };
	enum spur_status st;

	spur_buf_add(&head, j->stream->id, 2);
	spur_buf_u8(&head, j->turned ? 1 : 0);
	spur_buf_u8(&head, 0);
	spur_buf_u32(&head, j->turned ? j->stream->row_bytes : 0);
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
	uint64_t *at = &j->stream->fragments[j->fragment].at;

	if (j->packed.len > 0 && j->packed.len < j->data.len) {
		j->stream->packed_bytes += j->packed.len;
		return write_packed(q->to, j, at, err);
	}
	j->stream->packed_bytes += j->data.len;
	return spur_mdf4_block(q->to->out, j->stream->id, 0, NULL, 0, j->data.data, j->data.len, at, err);
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

enum spur_status spur_mdf4_stream_flush(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, struct spur_error *err)
{
	enum spur_status st;
	size_t n;

	if (s->pending.len == 0)
		return SPUR_OK;
	n = add_fragment(s);
	if (to->packing == SPUR_MDF4_PLAIN || s->plain) {
		s->packed_bytes += s->pending.len;
		st = spur_mdf4_block(to->out, s->id, 0, NULL, 0, s->pending.data, s->pending.len, &s->fragments[n].at, err);
		spur_buf_finish(&s->pending);
		return st;
	}
	to->jobs[to->job_count++] = (struct spur_mdf4_job){ .stream = s, .fragment = n, .data = s->pending };
	s->pending = (struct spur_buf){ 0 };
	return to->job_count == SPUR_MDF4_JOBS ? spur_mdf4_sink_drain(to, err) : SPUR_OK;
}

/* All but the last are of one length, and the last is not longer. */
static bool equal_lengths(const struct spur_mdf4_stream *s)
{
	uint64_t len = s->fragments[1].begin;

	for (size_t i = 1; i < s->count; i++) {
		if (s->fragments[i].begin != i * len)
			return false;
	}
	return s->written - s->fragments[s->count - 1].begin <= len;
}

static enum spur_status write_list(struct spur_mdf4_stream *s, struct spur_out *out, uint64_t *at,
				   struct spur_error *err)
{
	struct spur_buf b = { 0 };
	bool equal = equal_lengths(s);
	enum spur_status st;

	spur_buf_u64(&b, 0);	/* the next list */
	for (size_t i = 0; i < s->count; i++)
		spur_buf_u64(&b, s->fragments[i].at);
	spur_buf_u32(&b, equal);
	spur_buf_u32(&b, (uint32_t)s->count);
	if (equal)
		spur_buf_u64(&b, s->fragments[1].begin);
	for (size_t i = 0; !equal && i < s->count; i++)
		spur_buf_u64(&b, s->fragments[i].begin);
	st = spur_mdf4_block(out, "DL", 1 + s->count, b.data, b.len, NULL, 0, at, err);
	spur_buf_finish(&b);
	return st;
}

enum spur_status spur_mdf4_stream_link(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, uint64_t *link,
				       struct spur_error *err)
{
	enum spur_status st = spur_mdf4_stream_flush(s, to, err);
	unsigned char head[16] = { 0 };
	uint64_t dl;

	*link = 0;
	if (st == SPUR_OK)
		st = spur_mdf4_sink_drain(to, err);
	if (st < 0 || s->count == 0)
		return st;
	*link = s->fragments[0].at;
	if (s->count == 1)
		return SPUR_OK;
	st = write_list(s, to->out, &dl, err);
	*link = dl;
	if (st < 0 || !s->packed)
		return st;
	memcpy(head, &dl, 8);
	head[8] = equal_lengths(s);
	head[10] = to->packing == SPUR_MDF4_TRANSPOSED && s->row_bytes > 1;
	return spur_mdf4_block(to->out, "HL", 1, head, sizeof(head), NULL, 0, link, err);
}

void spur_mdf4_stream_finish(struct spur_mdf4_stream *s)
{
	spur_buf_finish(&s->pending);
	free(s->fragments);
	*s = (struct spur_mdf4_stream){ 0 };
}
