#include "config.h"

#include "format/mdf4/array_axis.h"

#include <math.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/map.h"
#include "format/mdf4/text.h"

#define BY_DATA 2u	/* storage "DG template" */

static const char *const kinds[] = { "array", "axis", "look-up", "interval axis", "classification" };

/* The n-th link of a kind, or where the next kind begins. */
struct links {
	uint64_t sizes, inputs, output, comparison, conversions, axes, end;
};

static struct links places(const unsigned char *raw, uint64_t dims, uint64_t elements)
{
	uint32_t flags = spur_le32(raw + 4);
	struct links l = { .sizes = 1 + (raw[1] == BY_DATA ? elements : 0) };

	l.inputs = l.sizes + ((flags & MDF_CA_DYNAMIC) != 0 ? 3 * dims : 0);
	l.output = l.inputs + ((flags & MDF_CA_INPUT) != 0 ? 3 * dims : 0);
	l.comparison = l.output + ((flags & MDF_CA_OUTPUT) != 0 ? 3 : 0);
	l.conversions = l.comparison + ((flags & MDF_CA_COMPARISON) != 0 ? 3 : 0);
	l.axes = l.conversions + ((flags & MDF_CA_AXIS) != 0 ? dims : 0);
	l.end = l.axes + ((flags & (MDF_CA_AXIS | MDF_CA_FIXED_AXIS)) == MDF_CA_AXIS ? 3 * dims : 0);
	return l;
}

void mdf_array_note(struct spur_reader *r, uint32_t parent, const struct mdf_block *ca, unsigned first)
{
	unsigned char raw[16], dim[8];
	struct mdf_array_note n = { .at = ca->at, .parent = parent, .first = first };
	uint64_t elements = 1;

	if (mdf_block_body(r, ca, raw, sizeof(raw), NULL) < 0)
		return;
	n.dims = spur_le16(raw + 2);
	for (unsigned d = 0; raw[1] == BY_DATA && d < n.dims; d++) {
		if (mdf_meta_read(r, ca->body + 16 + 8u * d, dim, 8, NULL) < 0)
			return;
		elements *= spur_le64(dim);	/* few: the caller has looked */
	}
	struct links l = places(raw, n.dims, elements);

	if (l.end > ca->links) {
		mdf_flawed(r, ca->at, "array '%s': %llu links where what it states needs %llu", r->signals[parent].name,
			   (unsigned long long)ca->links, (unsigned long long)l.end);
		return;
	}
	if (!mdf_links_take(r, l.end - l.sizes))
		return;
	n.links = l.sizes;
	n.dynamic = (spur_le32(raw + 4) & MDF_CA_DYNAMIC) != 0;
	MDF_PUSH(&r->array_notes, r->array_note_count, &r->array_note_cap);
	r->array_notes[r->array_note_count++] = n;
}

void mdf_array_bind(struct spur_reader *r, size_t from, size_t to, uint32_t element, const uint64_t *at)
{
	for (size_t i = from; i < to; i++) {
		const struct mdf_array_note *n = &r->array_notes[i];
		struct mdf_block ca;

		if (!n->dynamic || mdf_block_read(r, n->at, "CA", &ca, NULL) < 0)
			continue;
		for (unsigned d = 0; d < n->dims; d++) {
			uint64_t by = mdf_block_link(r, &ca, n->links + 3u * d + 2);

			if (by == 0)
				continue;
			MDF_PUSH(&r->bounds, r->bound_count, &r->bound_cap);
			r->bounds[r->bound_count++] = (struct mdf_bound){ .signal = element, .number = (uint32_t)at[n->first + d], .at = by };
		}
	}
}

/* ---- when all channels are known ---- */

struct reading {
	struct spur_reader *r;
	const struct mdf_map *channels;
	struct mdf_block ca;
	const char *name;
	struct spur_buf scratch;
};

/* The channel that the triple from link `first` on names. */
static uint32_t triple(struct reading *g, uint64_t first)
{
	uint64_t at = mdf_block_link(g->r, &g->ca, first + 2), index;

	if (at == 0)
		return SPUR_NOT_KNOWN;
	if (mdf_map_get(g->channels, at, &index))
		return (uint32_t)index;
	mdf_flawed(g->r, g->ca.at, "array '%s': a channel that it refers to is not there", g->name);
	return SPUR_NOT_KNOWN;
}

/* Values of a fixed axis through its conversion. */
static void convert(struct reading *g, const struct mdf_conv *conv, uint64_t size, struct spur_axis *a)
{
	double *physical = spur_arena_array(g->r->arena, size, sizeof(*physical));
	const char **texts = spur_arena_array(g->r->arena, size, sizeof(*texts));
	bool any = false;

	if (physical == NULL || texts == NULL)
		return;
	for (uint64_t i = 0; i < size; i++) {
		size_t len;
		const char *text;

		physical[i] = a->values[i];
		texts[i] = NULL;
		if (conv->type >= MDF_CC_TEXT_VALUE)
			continue;
		text = mdf_conv_value(conv, &physical[i], 0, false, &g->scratch, &len);
		if (text == NULL)
			continue;
		physical[i] = (double)NAN;
		texts[i] = spur_arena_strn(g->r->arena, text, len);
		any = true;
	}
	a->physical = physical;
	a->texts = any ? texts : NULL;
}

static const double *fixed_values(struct reading *g, uint64_t body, uint64_t size)
{
	double *v;
	unsigned char raw[8];

	if (body + 8 * size > g->ca.body_len) {
		mdf_flawed(g->r, g->ca.at, "array '%s': it ends before the values of its fixed axes", g->name);
		return NULL;
	}
	v = spur_arena_array(g->r->arena, size, sizeof(*v));
	for (uint64_t i = 0; v != NULL && i < size; i++) {
		if (mdf_meta_read(g->r, g->ca.body + body + 8 * i, raw, sizeof(raw), NULL) < 0)
			return NULL;
		v[i] = spur_lef64(raw);
	}
	return v;
}

static struct spur_axis axis(struct reading *g, const struct links *l, uint32_t flags, unsigned d, uint64_t size, uint64_t body)
{
	struct spur_axis a = { .size = size, .unit = "", .signal = SPUR_NOT_KNOWN, .input = SPUR_NOT_KNOWN, .length = SPUR_NOT_KNOWN };
	uint64_t conv_at = (flags & MDF_CA_AXIS) != 0 ? mdf_block_link(g->r, &g->ca, l->conversions + d) : 0;
	const struct mdf_conv *conv = NULL;
	struct mdf_block cc;
	struct spur_error err;

	if ((flags & MDF_CA_DYNAMIC) != 0)
		a.length = triple(g, l->sizes + 3u * d);
	if ((flags & MDF_CA_INPUT) != 0)
		a.input = triple(g, l->inputs + 3u * d);
	if (conv_at != 0 && mdf_block_read(g->r, conv_at, "CC", &cc, NULL) == SPUR_OK)
		a.unit = mdf_text(g->r, mdf_block_link(g->r, &cc, 1));
	if ((flags & MDF_CA_FIXED_AXIS) != 0) {
		a.values = fixed_values(g, body, size);
		if (conv_at != 0 && mdf_conv_load(g->r, conv_at, &conv, &err) < 0)
			mdf_flawed(g->r, g->ca.at, "array '%s': conversion of an axis: %s", g->name, err.text);
		if (a.values != NULL && conv != NULL)
			convert(g, conv, size, &a);
	} else if ((flags & MDF_CA_AXIS) != 0) {
		a.signal = triple(g, l->axes + 3u * d);
	}
	return a;
}

static void read_array(struct reading *g, const struct mdf_array_note *n)
{
	struct spur_axis *axes = spur_arena_array(g->r->arena, n->dims, sizeof(*axes));
	unsigned char raw[16], dim[8];
	struct spur_array out = { .signal = n->parent, .axes = axes, .output = SPUR_NOT_KNOWN, .comparison = SPUR_NOT_KNOWN };
	uint64_t body = 16 + 8u * n->dims;

	g->name = g->r->signals[n->parent].name;
	if (axes == NULL || mdf_block_read(g->r, n->at, "CA", &g->ca, NULL) < 0 ||
	    mdf_block_body(g->r, &g->ca, raw, sizeof(raw), NULL) < 0)
		return;
	uint32_t flags = spur_le32(raw + 4);
	struct links l = places(raw, n->dims, n->links - 1);

	out.kind = raw[0] < sizeof(kinds) / sizeof(kinds[0]) ? kinds[raw[0]] : "unknown";
	out.inverse = (flags & MDF_CA_INVERSE) != 0;
	out.left_open = (flags & MDF_CA_LEFT_OPEN) != 0;
	out.standard_axis = (flags & MDF_CA_STANDARD_AXIS) != 0;
	for (unsigned d = 0; d < n->dims; d++) {
		if (mdf_meta_read(g->r, g->ca.body + 16 + 8u * d, dim, 8, NULL) < 0)
			return;
		axes[out.axis_count++] = axis(g, &l, flags, d, spur_le64(dim), body);
		body += (flags & MDF_CA_FIXED_AXIS) != 0 ? 8 * spur_le64(dim) : 0;
	}
	if ((flags & MDF_CA_OUTPUT) != 0)
		out.output = triple(g, l.output);
	if ((flags & MDF_CA_COMPARISON) != 0)
		out.comparison = triple(g, l.comparison);
	MDF_PUSH(&g->r->arrays, g->r->d.array_count, &g->r->array_cap);
	g->r->arrays[g->r->d.array_count++] = out;
}

/* The size must be a number of the same record, else nothing says which of its values counts. */
static bool bounds_rows(struct spur_reader *r, uint32_t by, uint32_t signal)
{
	return r->channels[by].group == r->channels[signal].group && r->channels[by].stream == MDF_NONE && !r->signals[by].refused &&
	       r->channels[by].shape == MDF_SCALAR && spur_type_is_number(r->signals[by].raw_type) &&
	       mdf_conv_type_is_numeric(mdf_conv_type(r, r->channels[by].conv));
}

static void resolve_bounds(struct spur_reader *r, const struct mdf_map *channels)
{
	size_t kept = 0;
	uint64_t last = 0;

	for (size_t i = 0; i < r->bound_count; i++) {
		struct mdf_bound b = r->bounds[i];
		uint64_t index;

		if (mdf_map_get(channels, b.at, &index) && bounds_rows(r, (uint32_t)index, b.signal)) {
			b.by = (uint32_t)index;
			r->bounds[kept++] = b;
		} else if (b.at != last) {
			mdf_flawed(r, r->channels[b.signal].at, "array: the channel of its size is no number beside it: all elements count");
			last = b.at;
		}
	}
	r->bound_count = kept;
}

void mdf_resolve_arrays(struct spur_reader *r, const struct mdf_map *channels)
{
	struct reading g = { .r = r, .channels = channels };

	for (size_t i = 0; i < r->array_note_count; i++)
		read_array(&g, &r->array_notes[i]);
	resolve_bounds(r, channels);
	spur_buf_finish(&g.scratch);
}

size_t mdf_bounds_of(const struct spur_reader *r, uint32_t signal)
{
	size_t lo = 0, hi = r->bound_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (r->bounds[mid].signal < signal)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
