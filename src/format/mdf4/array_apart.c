#include "config.h"

#include "format/mdf4/array_apart.h"

#include <inttypes.h>

#include "base/bytes.h"

/* All in all, so that a small file cannot claim a large tree. */
#define ELEMENTS_MAX 4096u
#define COPIES_MAX 16384u

enum spur_status mdf_apart_note(struct spur_reader *r, uint32_t channel, const struct mdf_apart *a, struct spur_error *err)
{
	uint32_t group = r->channels[channel].group;

	if (r->apart_count > 0 && r->apart[r->apart_count - 1].group == group)
		return spur_fail(err, SPUR_EUNSUPPORTED, "a second array of its group whose elements lie apart");
	if (a->count > ELEMENTS_MAX - r->element_count)
		return spur_fail(err, SPUR_EUNSUPPORTED, "an array of %" PRIu64 " elements that lie apart; %u of a file are read", a->count,
				 ELEMENTS_MAX);
	MDF_PUSH(&r->apart, r->apart_count, &r->apart_cap);
	r->apart[r->apart_count] = *a;
	r->apart[r->apart_count].group = group;
	r->apart[r->apart_count++].channel = channel;
	r->element_count += a->count;
	return SPUR_OK;
}

/* "[1][0]" of element k. */
static const char *element_name(struct spur_reader *r, const char *name, const struct mdf_apart *a, uint64_t k)
{
	uint64_t at[MDF_DIMS_MAX] = { 0 };

	for (unsigned i = 0; i < a->dims; i++) {
		unsigned d = a->inverse ? i : a->dims - 1 - i;

		at[d] = k % a->size[d];
		k /= a->size[d];
	}
	return mdf_element_name(r, name, a->dims, at);
}

/* The channels of the group of element 0 once more, for another group. */
static bool copy_channels(struct spur_reader *r, const struct mdf_apart *a, uint32_t group, uint64_t k)
{
	struct spur_group from = r->shown_groups[a->group];

	if (from.signal_count > COPIES_MAX - r->copy_count)
		return false;
	r->copy_count += from.signal_count;
	for (uint32_t i = 0; i < from.signal_count; i++) {
		struct mdf_channel *c = mdf_channel_add(r, group);
		struct spur_signal *s;
		uint32_t channel;

		if (c == NULL)
			return false;
		s = &r->signals[r->channel_count - 1];
		channel = s->channel;
		*c = r->channels[from.first_signal + i];
		*s = r->signals[from.first_signal + i];
		c->group = s->group = group;
		s->channel = channel;
		if (from.first_signal + i == a->channel)
			s->name = element_name(r, s->name, a, k);
	}
	r->shown_groups[group].signal_count = from.signal_count;
	return true;
}

static uint64_t number_at(struct spur_reader *r, uint64_t at)
{
	unsigned char raw[8];

	return mdf_meta_read(r, at, raw, sizeof(raw), NULL) < 0 ? 0 : spur_le64(raw);
}

static bool add_element(struct spur_reader *r, const struct mdf_apart *a, uint32_t data_group, uint64_t k)
{
	uint32_t index;

	mdf_group_add(r, &index);
	r->groups[index] = r->groups[a->group];
	r->groups[index].record_id += a->data_at == 0 ? k : 0;
	r->groups[index].cycles = number_at(r, a->cycles_at + 8 * k);
	r->groups[index].data_group = data_group;
	r->groups[index].element = (uint32_t)k;
	r->shown_groups[index] = r->shown_groups[a->group];
	r->shown_groups[index].index = index;
	r->shown_groups[index].first_signal = (uint32_t)r->channel_count;
	r->shown_groups[index].signal_count = 0;
	r->shown_groups[index].name = element_name(r, r->shown_groups[a->group].name, a, k);
	if (copy_channels(r, a, index, k))
		return true;
	r->channel_count = r->shown_groups[index].first_signal;
	r->group_count--;
	mdf_damaged(r, r->groups[a->group].at, 0, "an array whose elements lie apart: those from %" PRIu64 " on are too many channels", k);
	return false;
}

/* Element 0 gets its number in the name when the others have theirs. */
static void name_first(struct spur_reader *r, const struct mdf_apart *a)
{
	r->signals[a->channel].name = element_name(r, r->signals[a->channel].name, a, 0);
}

void mdf_apart_by_record(struct spur_reader *r, uint32_t group)
{
	if (r->apart_count == 0 || r->apart[r->apart_count - 1].group != group || r->apart[r->apart_count - 1].data_at != 0)
		return;
	struct mdf_apart a = r->apart[r->apart_count - 1];

	for (uint64_t k = 1; k < a.count && add_element(r, &a, r->groups[group].data_group, k); k++)
		;
	name_first(r, &a);
}

void mdf_apart_by_data(struct spur_reader *r, uint32_t data_group)
{
	for (size_t i = 0; i < r->apart_count; i++) {
		struct mdf_apart a = r->apart[i];

		if (a.data_at == 0 || r->groups[a.group].data_group != data_group || a.done)
			continue;
		r->apart[i].done = true;
		for (uint64_t k = 1; k < a.count; k++) {
			struct mdf_data_group dg = r->data_groups[data_group];

			dg.data = number_at(r, a.data_at + 8 * k);
			dg.first_group = (uint32_t)r->group_count;
			dg.group_count = 1;
			if (!add_element(r, &a, (uint32_t)r->data_group_count, k))
				break;
			MDF_PUSH(&r->data_groups, r->data_group_count, &r->data_group_cap);
			r->data_groups[r->data_group_count++] = dg;
		}
		name_first(r, &a);
	}
}
