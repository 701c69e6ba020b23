#include "config.h"

#include "format/mdf4/writer_stream.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

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

/* MDF 4.1, "DZBLOCK", transposition: out[c * rows + r] = in[r * row_bytes + c]; the rest as it is. */
static void transpose(unsigned char *to, const unsigned char *from, size_t len, size_t row_bytes)
{
	size_t rows = len / row_bytes, whole = rows * row_bytes;

	for (size_t c = 0; c < row_bytes; c++) {
		for (size_t r = 0; r < rows; r++)
			to[c * rows + r] = from[r * row_bytes + c];
	}
	memcpy(to + whole, from + whole, len - whole);
}

/* SPUR_END: the bytes did not get smaller. */
static enum spur_status write_packed(struct spur_mdf4_stream *s, const struct spur_mdf4_sink *to, uint64_t *at,
				     struct spur_error *err)
{
	const unsigned char *from = (const unsigned char *)s->pending.data;
	size_t len = s->pending.len, packed;
	bool turned = to->packing == SPUR_MDF4_TRANSPOSED && s->row_bytes > 1 && len >= 2 * (size_t)s->row_bytes;
	unsigned char *work = turned ? spur_malloc(len) : NULL;
	unsigned char *zip = spur_malloc(len);
	struct spur_buf head = { 0 };
	enum spur_status st = SPUR_END;

	if (turned)
		transpose(work, from, len, s->row_bytes);
	packed = libdeflate_zlib_compress(to->deflate, turned ? work : from, len, zip, len);
	if (packed > 0) {
		spur_buf_add(&head, s->id, 2);
		spur_buf_u8(&head, turned ? 1 : 0);
		spur_buf_u8(&head, 0);
		spur_buf_u32(&head, turned ? s->row_bytes : 0);
		spur_buf_u64(&head, len);
		spur_buf_u64(&head, packed);
		st = spur_mdf4_block(to->out, "DZ", 0, head.data, head.len, zip, packed, at, err);
		s->packed = true;
	}
	spur_buf_finish(&head);
	free(work);
	free(zip);
	return st;
}

enum spur_status spur_mdf4_stream_flush(struct spur_mdf4_stream *s, const struct spur_mdf4_sink *to,
					struct spur_error *err)
{
	enum spur_status st = SPUR_END;
	uint64_t at = 0;

	if (s->pending.len == 0)
		return SPUR_OK;
	/* One text larger than 4 MiB must not become a DZ. */
	if (to->packing != SPUR_MDF4_PLAIN && s->pending.len <= 4 * (size_t)SPUR_MDF4_FRAGMENT)
		st = write_packed(s, to, &at, err);
	if (st == SPUR_END)
		st = spur_mdf4_block(to->out, s->id, 0, NULL, 0, s->pending.data, s->pending.len, &at, err);
	if (st < 0)
		return st;
	if (s->count == s->cap) {
		s->cap = s->cap == 0 ? 8 : s->cap * 2;
		s->fragments = spur_realloc(s->fragments, s->cap, sizeof(*s->fragments));
	}
	s->fragments[s->count++] = (struct spur_mdf4_fragment){ .at = at, .begin = s->written };
	s->written += s->pending.len;
	spur_buf_finish(&s->pending);
	return SPUR_OK;
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

enum spur_status spur_mdf4_stream_link(struct spur_mdf4_stream *s, const struct spur_mdf4_sink *to, uint64_t *link,
				       struct spur_error *err)
{
	enum spur_status st = spur_mdf4_stream_flush(s, to, err);
	unsigned char head[16] = { 0 };
	uint64_t dl;

	*link = 0;
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
