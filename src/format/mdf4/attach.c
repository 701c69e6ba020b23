#include "config.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/seek.h"
#include "format/mdf4/text.h"

/* AT and EV blocks: optional, so nothing in them is ever fatal. */

void mdf_read_attachments(struct spur_reader *r, uint64_t at)
{
	while (at != 0 && mdf_block_first_visit(r, at, "attachment")) {
		unsigned char raw[40];
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "AT", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
			mdf_damaged(r, at, 0, "attachment: %s", err.text);
			return;
		}
		MDF_PUSH(&r->attachments, r->d.attachment_count, &r->attachment_cap);
		r->attachments[r->d.attachment_count++] = (struct spur_attachment){
			.name = mdf_text(r, mdf_block_link(r, &b, 1)),
			.media_type = mdf_text(r, mdf_block_link(r, &b, 2)),
			.offset = (raw[0] & 1) != 0 ? b.body + 40 : 0,	/* 0: a file beside this one */
			.size = spur_le64(raw + 24),
			.log_time_ns = r->d.begin_ns,
			.create_time_ns = r->d.begin_ns,
		};
		at = mdf_block_link(r, &b, 0);
	}
}

static const char *event_kind(unsigned type)
{
	static const char *const kinds[] = { "recording", "recording interrupt", "acquisition interrupt", "start trigger",
					     "stop trigger", "trigger", "marker" };

	return type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : "unknown";
}

void mdf_read_events(struct spur_reader *r, uint64_t at)
{
	while (at != 0 && mdf_block_first_visit(r, at, "event")) {
		unsigned char raw[32];
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "EV", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
			mdf_damaged(r, at, 0, "event: %s", err.text);
			return;
		}
		double value = (double)(int64_t)spur_le64(raw + 16) * spur_lef64(raw + 24);
		bool timed = raw[1] == 1 && value > -9e9 && value < 9e9;

		MDF_PUSH(&r->events, r->d.event_count, &r->event_cap);
		r->events[r->d.event_count++] = (struct spur_event){
			.name = mdf_text(r, mdf_block_link(r, &b, 3)),
			.comment = mdf_text(r, mdf_block_link(r, &b, 4)),
			.kind = event_kind(raw[0]),
			.time_ns = timed ? mdf_master_ns(r, value) : r->d.begin_ns,
			.value = value,
		};
		at = mdf_block_link(r, &b, 0);
	}
}
