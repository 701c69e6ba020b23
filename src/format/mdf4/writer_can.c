#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/writer_priv.h"

/* Bus groups of the writer: frames as ASAM's bus logging associate standard names their parts. */

static void add_member(struct spur_mdf4_cg *cg, const char *member, enum spur_type type, uint32_t size)
{
	char *name = spur_strfmt("CAN_DataFrame.%s", member);

	spur_mdf4_cn_add(cg, name, type, size)->flags = FLAG_BUS_EVENT;
	free(name);
}

/* Offsets of the members in the record; the composition spans them all. */
enum { CAN_CHANNEL = 8, CAN_ID = 9, CAN_IDE = 13, CAN_DLC = 14, CAN_LENGTH = 15, CAN_DIR = 16, CAN_EDL = 17,
	CAN_BRS = 18, CAN_DATA = 19 };

static void can_layout(struct spur_mdf4_cg *cg)
{
	struct spur_mdf4_cn *frame;
	size_t at = cg->count;

	frame = spur_mdf4_cn_add(cg, "CAN_DataFrame", SPUR_TYPE_BYTES, CAN_DATA - 8 + cg->can_bytes);
	frame->flags = FLAG_BUS_EVENT;
	cg->data_bytes -= frame->size;	/* the members lie in it */
	add_member(cg, "BusChannel", SPUR_TYPE_U8, 1);
	add_member(cg, "ID", SPUR_TYPE_U32, 4);
	add_member(cg, "IDE", SPUR_TYPE_U8, 1);
	add_member(cg, "DLC", SPUR_TYPE_U8, 1);
	add_member(cg, "DataLength", SPUR_TYPE_U8, 1);
	add_member(cg, "Dir", SPUR_TYPE_U8, 1);
	add_member(cg, "EDL", SPUR_TYPE_U8, 1);
	add_member(cg, "BRS", SPUR_TYPE_U8, 1);
	add_member(cg, "DataBytes", SPUR_TYPE_BYTES, cg->can_bytes);
	cg->cns[at].members = cg->count - at - 1;
}

enum spur_status spur_mdf4_writer_can_group(struct spur_mdf4_writer *w, const char *name, unsigned max_bytes,
					    uint32_t *group, struct spur_error *err)
{
	struct spur_mdf4_cg *cg;

	if (max_bytes != 8 && max_bytes != 64)
		return spur_fail(err, SPUR_EINVAL, "CAN frames of %u bytes: 8 or 64", max_bytes);
	cg = spur_calloc(1, sizeof(*cg));
	cg->name = spur_strdup(name);
	cg->source = spur_strdup(name);
	cg->bus = true;
	cg->can_bytes = max_bytes;
	cg->domain = SPUR_DOMAIN_TIME;
	spur_mdf4_master_add(cg, SPUR_DOMAIN_TIME, NULL);
	can_layout(cg);
	*group = spur_mdf4_cg_add(w, cg);
	return SPUR_OK;
}

/* ISO 11898-1: lengths above 8 have codes 9 to 15. */
static uint8_t dlc_of(size_t len)
{
	static const uint8_t lengths[] = { 12, 16, 20, 24, 32, 48, 64 };
	uint8_t code = 9;

	if (len <= 8)
		return (uint8_t)len;
	while (len > lengths[code - 9])
		code++;
	return code;
}

static void put_frame(const struct spur_mdf4_writer *w, const struct spur_message *m, bool fd, unsigned char *to)
{
	double t = (double)((int64_t)m->log_time - w->start_ns) / 1e9;
	uint32_t id = m->frame_id & 0x1fffffff;

	memcpy(to, &t, 8);
	to[CAN_CHANNEL] = (unsigned char)m->bus_channel;
	memcpy(to + CAN_ID, &id, 4);
	to[CAN_IDE] = (unsigned char)(m->frame_id >> 31);
	to[CAN_DLC] = dlc_of(m->size);
	to[CAN_LENGTH] = (unsigned char)m->size;
	to[CAN_DIR] = 0;
	to[CAN_EDL] = to[CAN_BRS] = fd;
	memcpy(to + CAN_DATA, m->data, m->size);
}

enum spur_status spur_mdf4_writer_put_frames(struct spur_mdf4_writer *w, uint32_t group,
					     const struct spur_message *frames, size_t count, struct spur_error *err)
{
	struct spur_mdf4_cg *cg = spur_mdf4_cg_of(w, group);
	size_t stride = cg->data.row_bytes;
	enum spur_status st = w->status;

	if (st == SPUR_OK && !cg->bus)
		st = spur_fail(err, SPUR_EINVAL, "frames for a group that is no bus group");
	for (size_t i = 0; st == SPUR_OK && i < count; i++) {
		unsigned char *to = (unsigned char *)spur_buf_reserve(&cg->data.pending, stride);

		if (frames[i].size > cg->can_bytes) {
			st = spur_fail(err, SPUR_EINVAL, "a frame of %zu bytes, %u at most", frames[i].size, cg->can_bytes);
			break;
		}
		memset(to, 0, stride);
		put_frame(w, &frames[i], cg->can_bytes > 8, to);
		cg->data.pending.len += stride;
		cg->rows++;
		st = spur_mdf4_account(w, &cg->data, stride, spur_mdf4_rows_per_fragment(cg) * stride, err);
	}
	if (st == SPUR_OK)
		st = spur_mdf4_keep_budget(w, err);
	return spur_mdf4_latch(w, st, err);
}
