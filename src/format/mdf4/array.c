#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/array_apart.h"
#include "format/mdf4/array_axis.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

/*
 * CA blocks of storage "CN template": element (i, j, ...) lies at the offset of its parent
 * plus its number times byte_offset_base. Numbers count row by row, or column by column
 * with the flag "inverse layout". A CA as composition of a CA is an array of arrays; a CN
 * is an array of structures, whose members are there once per element.
 */
#define DIMS_MAX MDF_DIMS_MAX
#define ELEMENTS_MAX 65536u
#define NEST_MAX 8u

enum { CA_BY_RECORD = 1, CA_BY_DATA = 2 };

struct shape {
	unsigned dims;
	uint64_t size[DIMS_MAX], stride[DIMS_MAX], inval_stride[DIMS_MAX];	/* bytes; invalidation bits */
	size_t notes, notes_end;	/* in array_notes: its CA blocks */
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
	if (raw[1] > CA_BY_DATA)
		return spur_fail(err, SPUR_EUNSUPPORTED, "array storage %u is not known", raw[1]);
	if (n == 0 || n > DIMS_MAX - s->dims)
		return spur_fail(err, SPUR_EUNSUPPORTED, "an array of %u dimensions; at most %u are read", n, DIMS_MAX);
	if (b->body_len < 16 + 8u * n)
		return spur_fail(err, SPUR_EFORMAT, "an array block without its %u dimensions", n);
	if ((st = mdf_meta_read(r, b->body + 16, dim, 8u * n, err)) < 0)
		return st;
	uint64_t step = (uint64_t)(int64_t)(int32_t)spur_le32(raw + 8), inval = spur_le32(raw + 12), number = 1;

	for (unsigned k = 0; k < n; k++) {
		unsigned d = (flags & MDF_CA_INVERSE) != 0 ? k : n - 1 - k;

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

const char *mdf_element_name(struct spur_reader *r, const char *name, unsigned dims, const uint64_t *at)
{
	struct spur_buf b = { 0 };
	const char *out;

	spur_buf_adds(&b, name);
	for (unsigned d = 0; d < dims; d++)
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
		sig->name = mdf_element_name(r, r->signals[parent].name, s->dims, at);
		mdf_array_bind(r, s->notes, s->notes_end, (uint32_t)r->channel_count - 1, at);
		if (offset + (c->bits + 7u) / 8 > end)
			end = offset + (c->bits + 7u) / 8;
	}
	/* The array itself is read as the bytes of all its elements. */
	end -= r->channels[parent].byte_offset;
	r->channels[parent].bits = end > UINT32_MAX / 8 ? UINT32_MAX : (uint32_t)end * 8;
	return SPUR_OK;
}

static bool is_apart(struct spur_reader *r, const struct mdf_block *b)
{
	unsigned char raw[2];

	return mdf_block_body(r, b, raw, sizeof(raw), NULL) == SPUR_OK && raw[1] != 0;
}

static const char *member_name(struct spur_reader *r, const char *element, const char *member)
{
	struct spur_buf b = { 0 };
	const char *out;

	spur_buf_addf(&b, "%s.%s", element, member);
	out = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	spur_buf_finish(&b);
	return out == NULL ? "" : out;
}

/* Channel `to` as the member `from` of the first element is, in the element at `at`. */
static void place_member(struct spur_reader *r, uint32_t from, uint32_t to, const char *element, const struct shape *s,
			 const uint64_t *at)
{
	uint64_t offset = r->channels[from].byte_offset, inval = r->channels[from].inval_pos;
	uint32_t channel = r->signals[to].channel;

	if (from == to)
		return;
	for (unsigned d = 0; d < s->dims; d++) {
		offset += at[d] * s->stride[d];
		inval += at[d] * s->inval_stride[d];
	}
	r->channels[to] = r->channels[from];
	r->channels[to].byte_offset = offset > UINT32_MAX ? UINT32_MAX : (uint32_t)offset;
	r->channels[to].inval_pos = inval > UINT32_MAX ? UINT32_MAX : (uint32_t)inval;
	if (r->channels[to].type == MDF_CN_MLSD)
		r->channels[to].data = 0;	/* its length is that of the first element's */
	r->signals[to] = r->signals[from];
	r->signals[to].channel = channel;
	r->signals[to].name = member_name(r, element, r->signals[from].name);
}

static void refuse(struct spur_reader *r, uint32_t channel, const char *why)
{
	const char *kept = spur_arena_str(r->arena, why);

	r->signals[channel].refused = true;
	r->signals[channel].refusal = kept == NULL ? "an array that is not read here" : kept;
}

/* The members of a structure, which were read for the first element, for the others too. */
static enum spur_status repeat_members(struct spur_reader *r, uint32_t parent, const struct shape *s, uint32_t first,
				       struct spur_error *err)
{
	uint64_t at[DIMS_MAX] = { 0 }, members = r->channel_count - first, n = element_count(s);

	if (members > 0 && n > ELEMENTS_MAX / members) {
		mdf_damaged(r, r->channels[parent].at, 0, "an array of more than %u members: those of its first element are read", ELEMENTS_MAX);
		return SPUR_OK;
	}
	for (uint64_t k = 0; k < n; k++, next_element(s, at)) {
		const char *name = mdf_element_name(r, r->signals[parent].name, s->dims, at);

		for (uint32_t i = 0; i < members; i++) {
			if (k > 0 && mdf_channel_add(r, r->channels[parent].group) == NULL)
				return spur_fail(err, SPUR_ENOMEM, "more members of array elements than the memory budget of %" PRIu64
						 " KiB holds; raise --mem", r->mem_bytes >> 10);
			uint32_t to = k == 0 ? first + i : (uint32_t)r->channel_count - 1;

			place_member(r, first + i, to, name, s, at);
			mdf_array_bind(r, s->notes, s->notes_end, to, at);
		}
	}
	/* The first ones had their own names while they were the pattern. */
	memset(at, 0, sizeof(at));
	for (uint32_t i = 0; i < members; i++)
		r->signals[first + i].name = member_name(r, mdf_element_name(r, r->signals[parent].name, s->dims, at), r->signals[first + i].name);
	return SPUR_OK;
}

/* Elements that have records or data of their own: notes what to make of them when the group is read. */
static enum spur_status note_apart(struct spur_reader *r, uint32_t parent, const struct mdf_block *b, const struct shape *s,
				   struct spur_error *err)
{
	unsigned char raw[16];
	struct mdf_apart a = { .at = b->at, .dims = s->dims, .count = element_count(s) };
	enum spur_status st = mdf_block_body(r, b, raw, sizeof(raw), err);
	uint64_t counts = 16 + 8u * s->dims;

	if (st < 0)
		return st;
	for (unsigned d = 0; d < s->dims; d++) {
		a.size[d] = s->size[d];
		counts += (spur_le32(raw + 4) & MDF_CA_FIXED_AXIS) != 0 ? 8 * s->size[d] : 0;
	}
	a.inverse = (spur_le32(raw + 4) & MDF_CA_INVERSE) != 0;
	a.cycles_at = b->body + counts;
	a.data_at = raw[1] == CA_BY_DATA ? b->at + MDF_HEAD_BYTES + 8 : 0;
	if (b->body_len < counts || (b->body_len - counts) / 8 < a.count || (raw[1] == CA_BY_DATA && b->links < 1 + a.count))
		return spur_fail(err, SPUR_EFORMAT, "an array block without what it states for each of its %" PRIu64 " elements", a.count);
	return mdf_apart_note(r, parent, &a, err);
}

/* The array is the first element, its other elements come as groups. */
static enum spur_status read_apart(struct spur_reader *r, uint32_t parent, const struct mdf_block *b, const struct shape *s,
				   unsigned nest, unsigned depth, struct spur_error *err)
{
	uint64_t to = mdf_block_link(r, b, 0);
	struct spur_error why;
	struct mdf_block inner;

	if (nest > 0 || (to != 0 && mdf_block_read(r, to, "CN", &inner, NULL) < 0)) {
		refuse(r, parent, "an array of arrays whose elements lie apart");
		return SPUR_OK;
	}
	r->channels[parent].shape = to != 0 ? MDF_STRUCT : MDF_SCALAR;
	if (note_apart(r, parent, b, s, &why) < 0)
		refuse(r, parent, why.text);
	return to == 0 ? SPUR_OK : mdf_read_members(r, r->channels[parent].group, to, depth, err);
}

enum spur_status mdf_read_array(struct spur_reader *r, uint32_t parent, uint64_t at, unsigned depth, struct spur_error *err)
{
	struct shape s = { .dims = 0 };
	struct spur_error why;
	struct mdf_block b;
	uint64_t members = 0;
	enum spur_status st = SPUR_OK;

	s.notes = s.notes_end = r->array_note_count;
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
		unsigned first_dim = s.dims;

		if (read_dims(r, &b, &s, &why) < 0) {
			refuse(r, parent, why.text);
			return SPUR_OK;
		}
		mdf_array_note(r, parent, &b, first_dim);
		s.notes_end = r->array_note_count;
		if (is_apart(r, &b))
			return read_apart(r, parent, &b, &s, nest, depth, err);
		at = mdf_block_link(r, &b, 0);
	}
	if (s.dims == 0)
		return SPUR_OK;
	if (element_count(&s) > ELEMENTS_MAX)
		refuse(r, parent, "an array of more than 65536 elements");
	else
		st = add_elements(r, parent, &s, err);
	if (st == SPUR_OK && members != 0) {
		uint32_t first = (uint32_t)r->channel_count;
		size_t bounds = r->bound_count;

		st = mdf_read_members(r, r->channels[parent].group, members, depth, err);
		if (bounds < r->bound_count) {	/* its size would be that of the first structure */
			mdf_flawed(r, r->channels[parent].at, "arrays of any size in an array of structures: all of their elements count");
			r->bound_count = bounds;
		}
		if (st == SPUR_OK)
			st = repeat_members(r, parent, &s, first, err);
	}
	return st;
}
