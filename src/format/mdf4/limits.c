#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/limits.h"
#include "format/mdf4/map.h"

/*
 * What CN blocks state of the values of their channel (MDF 4.1, "CNBLOCK"; flags 2 to 5): 20 u8 decimal places,
 * 24 least and most raw value, 40 and 56 limits and extended limits, physical where the conversion gives numbers.
 */
enum { CN_PRECISION = 4, CN_RANGE = 8, CN_LIMIT = 16, CN_EXTENDED = 32 };
#define ANY_DIGITS 255u

static void add(struct spur_reader *r, const struct spur_limits *l)
{
	MDF_PUSH(&r->limits, r->d.limit_count, &r->limit_cap);
	r->limits[r->d.limit_count++] = *l;
}

/* NaN would not be a limit of anything, nor would a least value above the most. */
static bool span(const unsigned char *p, double *min, double *max)
{
	*min = spur_lef64(p);
	*max = spur_lef64(p + 8);
	return *min <= *max;
}

void mdf_note_limits(struct spur_reader *r, uint32_t signal, const unsigned char *raw)
{
	uint32_t flags = spur_le32(raw + 12);
	struct spur_limits l = { .signal = signal, .precision = -1 };

	if ((flags & (CN_PRECISION | CN_RANGE | CN_LIMIT | CN_EXTENDED)) == 0)
		return;
	if ((flags & CN_PRECISION) != 0 && raw[20] != ANY_DIGITS)
		l.precision = raw[20];
	l.has_raw = (flags & CN_RANGE) != 0 && span(raw + 24, &l.raw_min, &l.raw_max);
	l.has_limit = (flags & CN_LIMIT) != 0 && span(raw + 40, &l.limit_min, &l.limit_max);
	l.has_extended = (flags & CN_EXTENDED) != 0 && span(raw + 56, &l.extended_min, &l.extended_max);
	if (l.precision >= 0 || l.has_raw || l.has_limit || l.has_extended)
		add(r, &l);
}

void mdf_note_raw_range(struct spur_reader *r, uint32_t signal, double min, double max)
{
	if (min <= max)
		add(r, &(struct spur_limits){ .signal = signal, .precision = -1, .has_raw = true, .raw_min = min, .raw_max = max });
}

/* The range of physical values where that follows from the raw one. */
static void convert(struct spur_reader *r, struct spur_limits *l)
{
	const struct mdf_channel *c = &r->channels[l->signal];
	unsigned type = mdf_conv_type(r, c->conv);
	const struct mdf_conv *conv = NULL;
	double v[2] = { l->raw_min, l->raw_max };

	if (!l->has_raw || (type != MDF_CC_IDENTITY && type != MDF_CC_LINEAR) || !spur_type_is_number(r->signals[l->signal].type) ||
	    mdf_conv_load(r, c->conv, &conv, NULL) < 0)
		return;
	mdf_conv_numbers(conv, v, 2, false);
	l->has_physical = isfinite(v[0]) && isfinite(v[1]);
	l->physical_min = v[0] < v[1] ? v[0] : v[1];
	l->physical_max = v[0] < v[1] ? v[1] : v[0];
}

/* Elements of an array and their like are of the same CN block. */
static size_t noted(const struct mdf_map *by_block, const struct spur_limits *old, size_t count, size_t *next, const struct mdf_channel *c,
		    uint32_t signal)
{
	uint64_t index;

	while (*next < count && old[*next].signal < signal)
		(*next)++;
	if (*next < count && old[*next].signal == signal)
		return *next;
	return by_block != NULL && mdf_map_get(by_block, c->at, &index) ? (size_t)index : SIZE_MAX;
}

void mdf_resolve_limits(struct spur_reader *r)
{
	struct spur_limits *old = r->limits;
	size_t count = r->d.limit_count, next = 0;
	struct mdf_map *by_block;

	if (count == 0)
		return;
	by_block = mdf_map_create();
	r->limits = NULL;
	r->d.limit_count = r->limit_cap = 0;
	for (size_t i = 0; i < count; i++)
		mdf_map_put(by_block, r->channels[old[i].signal].at, i);
	for (uint32_t i = 0; i < r->channel_count; i++) {
		size_t at = noted(by_block, old, count, &next, &r->channels[i], i);

		if (at == SIZE_MAX)
			continue;
		add(r, &old[at]);
		r->limits[r->d.limit_count - 1].signal = i;
		convert(r, &r->limits[r->d.limit_count - 1]);
	}
	mdf_map_destroy(by_block);
	free(old);
}
