#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

/*
 * CA blocks of storage "CN template": element (i, j, ...) lies at the offset of its parent
 * plus its number times byte_offset_base. Numbers count row by row, or column by column
 * with the flag "inverse layout". A CA as composition of a CA is an array of arrays; a CN
 * is an array of structures, whose members belong to the first element here.
 */
#define DIMS_MAX 16u
#define ELEMENTS_MAX 65536u
#define NEST_MAX 8u

enum { CA_INVERSE_LAYOUT = 1u << 6 };

struct shape {
	unsigned dims;
	uint64_t size[DIMS_MAX], stride[DIMS_MAX], inval_stride[DIMS_MAX];	/* bytes; invalidation bits */
};

/* The dimensions of one CA behind those already in s. */
static enum spur_status read_dims(struct spur_reader *r, const struct mdf_block *b, struct shape *s, struct spur_error *err)
{
	unsigned char raw[16], dim[8 * DIMS_MAX];
	enum spur_status st = mdf_block_body(r, b, raw, sizeof(raw), err);
	unsigned n = st < 0 ? 0 : spur_le16(raw + 2), first = s->dims;
	uint32_t flags = spur_le32(raw + 4);

	if (st < 0)
		return st;
	if (raw[1] != 0)
		return spur_fail(err, SPUR_EUNSUPPORTED, "an array whose elements lie in %s of their own, which is not read here yet",
				 raw[1] == 1 ? "channel groups" : "data groups");
	if (n == 0 || n > DIMS_MAX - s->dims)
		return spur_fail(err, SPUR_EUNSUPPORTED, "an array of %u dimensions; at most %u are read", n, DIMS_MAX);
	if (b->body_len < 16 + 8u * n)
		return spur_fail(err, SPUR_EFORMAT, "an array block without its %u dimensions", n);
	if ((st = mdf_meta_read(r, b->body + 16, dim, 8u * n, err)) < 0)
		return st;
	uint64_t step = (uint64_t)(int64_t)(int32_t)spur_le32(raw + 8), inval = spur_le32(raw + 12), number = 1;

	for (unsigned k = 0; k < n; k++) {
		unsigned d = (flags & CA_INVERSE_LAYOUT) != 0 ? k : n - 1 - k;

		s->size[first + d] = spur_le64(dim + 8 * d);
		s->stride[first + d] = step * number;
		s->inval_stride[first + d] = inval * number;
		if (s->size[first + d] == 0 || s->size[first + d] > ELEMENTS_MAX / number)
			return spur_fail(err, SPUR_EUNSUPPORTED, "an array of no elements or more than %u", ELEMENTS_MAX);
		number *= s->size[first + d];
	}
	s->dims += n;
	return SPUR_OK;
}

static uint64_t element_count(const struct shape *s)
{
	uint64_t n = 1;

	for (unsigned d = 0; d < s->dims; d++)
		n = n > ELEMENTS_MAX ? n : n * s->size[d];
	return n;
}

static const char *element_name(struct spur_reader *r, const char *name, const struct shape *s, const uint64_t *at)
{
	struct spur_buf b = { 0 };
	const char *out;

	spur_buf_adds(&b, name);
	for (unsigned d = 0; d < s->dims; d++)
		spur_buf_addf(&b, "[%" PRIu64 "]", at[d]);
	out = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	spur_buf_finish(&b);
	return out == NULL ? "" : out;
}

static void next_element(const struct shape *s, uint64_t *at)
{
	for (unsigned d = s->dims; d-- > 0;) {
		if (++at[d] < s->size[d])
			return;
		at[d] = 0;
	}
}

static enum spur_status add_elements(struct spur_reader *r, uint32_t parent, const struct shape *s, struct spur_error *err)
{
	uint64_t at[DIMS_MAX] = { 0 }, end = r->channels[parent].byte_offset;

	for (uint64_t i = 0, n = element_count(s); i < n; i++, next_element(s, at)) {
		struct mdf_channel *c = mdf_channel_add(r, r->channels[parent].group);
		uint64_t offset = r->channels[parent].byte_offset, inval = r->channels[parent].inval_pos;

		if (c == NULL)
			return spur_fail(err, SPUR_ENOMEM, "more array elements than the memory budget of %" PRIu64
					 " KiB holds; raise --mem", r->mem_bytes >> 10);
		uint32_t channel = r->signals[r->channel_count - 1].channel;

		for (unsigned d = 0; d < s->dims; d++) {
			offset += at[d] * s->stride[d];
			inval += at[d] * s->inval_stride[d];
		}
		*c = r->channels[parent];
		c->shape = MDF_SCALAR;
		c->byte_offset = offset > UINT32_MAX ? UINT32_MAX : (uint32_t)offset;
		c->inval_pos = inval > UINT32_MAX ? UINT32_MAX : (uint32_t)inval;
		struct spur_signal *sig = &r->signals[r->channel_count - 1];

		*sig = r->signals[parent];
		sig->channel = channel;
		sig->name = element_name(r, r->signals[parent].name, s, at);
		if (offset + (c->bits + 7u) / 8 > end)
			end = offset + (c->bits + 7u) / 8;
	}
	/* The array itself is read as the bytes of all its elements. */
	end -= r->channels[parent].byte_offset;
	r->channels[parent].bits = end > UINT32_MAX / 8 ? UINT32_MAX : (uint32_t)end * 8;
	return SPUR_OK;
}

static void refuse(struct spur_reader *r, uint32_t channel, const char *why)
{
	const char *kept = spur_arena_str(r->arena, why);

	r->signals[channel].refused = true;
	r->signals[channel].refusal = kept == NULL ? "an array that is not read here" : kept;
}

enum spur_status mdf_read_array(struct spur_reader *r, uint32_t parent, uint64_t at, unsigned depth, struct spur_error *err)
{
	struct shape s = { .dims = 0 };
	struct spur_error why;
	struct mdf_block b;
	uint64_t members = 0;
	enum spur_status st = SPUR_OK;

	r->channels[parent].shape = MDF_ARRAY;
	for (unsigned nest = 0; at != 0; nest++) {
		if (nest > NEST_MAX)
			break;
		if (mdf_block_read(r, at, "CACN", &b, &why) < 0) {
			mdf_damaged(r, at, 0, "array: %s", why.text);
			break;
		}
		if (b.id[1] == 'N') {	/* whoever reads it notes the visit */
			members = at;
			break;
		}
		if (!mdf_block_first_visit(r, at, "array"))
			break;
		if (read_dims(r, &b, &s, &why) < 0) {
			refuse(r, parent, why.text);
			return SPUR_OK;
		}
		at = mdf_block_link(r, &b, 0);
	}
	if (s.dims == 0)
		return SPUR_OK;
	if (element_count(&s) > ELEMENTS_MAX)
		refuse(r, parent, "an array of more than 65536 elements");
	else
		st = add_elements(r, parent, &s, err);
	if (st == SPUR_OK && members != 0)
		st = mdf_read_members(r, r->channels[parent].group, members, depth, err);
	return st;
}
