#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/array_apart.h"
#include "format/mdf4/block.h"
#include "format/mdf4/text.h"

/* The DG chain and the CG chain of each: what is linked, before anything is concluded from it. */

struct source {
	const char *name, *path;
	uint8_t type, bus;
};

static const char *const source_kinds[] = { NULL, "ecu", "bus", "io", "tool", "user" };
static const char *const bus_kinds[] = { NULL, NULL, "CAN", "LIN", "MOST", "FlexRay", "K-Line", "Ethernet", "USB" };

#define NAME(names, i) ((i) < sizeof(names) / sizeof((names)[0]) ? (names)[i] : NULL)

static struct source read_source(struct spur_reader *r, uint64_t at)
{
	struct source s = { "", "", 0, 0 };
	unsigned char raw[3];
	struct mdf_block b;
	struct spur_error err;

	if (at == 0)
		return s;
	if (mdf_block_read(r, at, "SI", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
		mdf_damaged(r, at, 0, "source: %s", err.text);
		return s;
	}
	s.name = mdf_text(r, mdf_block_link(r, &b, 0));
	s.path = mdf_text(r, mdf_block_link(r, &b, 1));
	s.type = raw[0];
	s.bus = raw[1];
	return s;
}

void mdf_group_add(struct spur_reader *r, uint32_t *index)
{
	size_t cap = r->group_cap;

	MDF_PUSH(&r->groups, r->group_count, &r->group_cap);
	MDF_PUSH(&r->shown_groups, r->group_count, &cap);
	*index = (uint32_t)r->group_count++;
}

const char *mdf_guarded(struct spur_reader *r, unsigned needs)
{
	struct spur_buf b = { 0 };
	const char *out;

	spur_buf_addf(&b, "guarded: for readers that know MDF %u.%02u", needs / 100, needs % 100);
	out = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	spur_buf_finish(&b);
	return out == NULL ? "guarded" : out;
}

static enum spur_status read_group(struct spur_reader *r, uint64_t at, uint32_t data_group, unsigned needs, uint64_t *next,
				   struct spur_error *err)
{
	unsigned char raw[32];
	struct mdf_block b;
	struct mdf_group *g;
	uint32_t index;
	enum spur_status st;

	*next = 0;
	if ((st = mdf_block_read(r, at, "CG", &b, err)) < 0 || (st = mdf_block_body(r, &b, raw, sizeof(raw), err)) < 0)
		return spur_wrap(st, err, "channel group");
	mdf_group_add(r, &index);
	g = &r->groups[index];
	*g = (struct mdf_group){
		.at = at, .data_group = data_group, .master = MDF_NONE, .remote_master = MDF_NONE,
		.record_id = spur_le64(raw), .cycles = spur_le64(raw + 8), .flags = spur_le16(raw + 16),
		.data_bytes = spur_le32(raw + 24), .inval_bytes = spur_le32(raw + 28),
	};
	if ((g->flags & MDF_CG_REMOTE_MASTER) != 0)
		g->remote_master_at = mdf_block_link(r, &b, 6);

	struct source si = read_source(r, mdf_block_link(r, &b, 3));
	const char *name = mdf_text(r, mdf_block_link(r, &b, 2));

	r->shown_groups[index] = (struct spur_group){
		.index = index, .name = name, .source = *si.name != '\0' ? si.name : si.path,
		.comment = mdf_text(r, mdf_block_link(r, &b, 5)), .domain = SPUR_DOMAIN_INDEX,
		.first_signal = (uint32_t)r->channel_count,
		.refusal = needs == 0 ? NULL : mdf_guarded(r, needs),
		.bus = (g->flags & MDF_CG_BUS) != 0 && (g->flags & MDF_CG_VALUES) == 0,
		.source_kind = NAME(source_kinds, si.type), .bus_kind = NAME(bus_kinds, si.bus),
	};
	mdf_read_reductions(r, index, mdf_block_link(r, &b, 4));
	*next = mdf_block_link(r, &b, 0);
	st = mdf_read_channels(r, index, mdf_block_link(r, &b, 1), err);
	r->shown_groups[index].signal_count = (uint32_t)r->channel_count - r->shown_groups[index].first_signal;
	mdf_apart_by_record(r, index);
	return st;
}

static enum spur_status read_cg_chain(struct spur_reader *r, uint64_t at, uint32_t data_group, unsigned outer,
				      struct spur_error *err)
{
	unsigned needs = outer;

	at = mdf_block_unguard(r, at, &needs);
	while (at != 0 && mdf_block_first_visit(r, at, "channel group")) {
		struct spur_error why;
		uint64_t next;
		enum spur_status st = read_group(r, at, data_group, needs, &next, &why);

		if (st == SPUR_ENOMEM) {
			if (err != NULL)
				*err = why;
			return st;
		}
		if (st < 0)
			mdf_damaged(r, at, 0, "%s", why.text);
		needs = outer;
		at = mdf_block_unguard(r, next, &needs);
	}
	return SPUR_OK;
}

enum spur_status mdf_read_groups(struct spur_reader *r, uint64_t at, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	unsigned needs = 0;

	at = mdf_block_unguard(r, at, &needs);
	while (st == SPUR_OK && at != 0 && mdf_block_first_visit(r, at, "data group")) {
		unsigned char raw[8];
		struct mdf_block b;
		struct spur_error why;
		uint32_t index = (uint32_t)r->data_group_count;

		if (mdf_block_read(r, at, "DG", &b, &why) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &why) < 0) {
			mdf_damaged(r, at, 0, "data group: %s", why.text);
			break;
		}
		MDF_PUSH(&r->data_groups, r->data_group_count, &r->data_group_cap);
		r->data_groups[r->data_group_count++] = (struct mdf_data_group){
			.at = at, .data = mdf_block_link(r, &b, 2), .first_group = (uint32_t)r->group_count, .id_bytes = raw[0],
		};
		st = read_cg_chain(r, mdf_block_link(r, &b, 1), index, needs, err);
		r->data_groups[index].group_count = (uint32_t)r->group_count - r->data_groups[index].first_group;
		mdf_apart_by_data(r, index);
		needs = 0;
		at = mdf_block_unguard(r, mdf_block_link(r, &b, 0), &needs);
	}
	return st;
}
