#include "config.h"

#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/text.h"

/*
 * FH blocks (MDF 4.1, "FHBLOCK"): who made the file and who changed it. Links: next, comment (MD). Body: 0 u64 time
 * in ns, 8 i16 zone and 10 i16 summer time in minutes, 12 flags: 1 local time, 2 the offsets are valid.
 */
#define FH_BODY 13u

enum { FH_LOCAL = 1 };

static const char *text_or_none(const char *s)
{
	return s == NULL ? "" : s;
}

/* "tool version", which is how the writer of a file is named. */
static const char *writer_name(struct spur_reader *r, const struct spur_history *h)
{
	size_t len = strlen(h->tool), more = strlen(h->version);
	char *writer = spur_arena_alloc(r->arena, len + more + 2);

	if (writer == NULL)
		return h->tool;
	memcpy(writer, h->tool, len);
	if (more > 0) {
		writer[len] = ' ';
		memcpy(writer + len + 1, h->version, more);
	}
	return writer;
}

static struct spur_history describe(struct spur_reader *r, const char *md, const unsigned char *raw)
{
	uint64_t ns = spur_le64(raw);

	return (struct spur_history){
		.time_ns = ns > INT64_MAX ? 0 : (spur_ns)ns, .timed = ns != 0 && ns <= INT64_MAX,
		.local_time = (raw[12] & FH_LOCAL) != 0,
		.tool = text_or_none(mdf_xml_tag(r, md, "tool_id")),
		.version = text_or_none(mdf_xml_tag(r, md, "tool_version")),
		.vendor = text_or_none(mdf_xml_tag(r, md, "tool_vendor")),
		.user = text_or_none(mdf_xml_tag(r, md, "user_name")),
		.comment = text_or_none(mdf_xml_tag(r, md, "TX")),
	};
}

void mdf_read_history(struct spur_reader *r, uint64_t at)
{
	for (bool first = true; at != 0 && mdf_block_first_visit(r, at, "file history"); first = false) {
		unsigned char raw[FH_BODY];
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "FH", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
			mdf_damaged(r, at, 0, "file history: %s", err.text);
			return;
		}
		struct spur_history h = describe(r, mdf_text_raw(r, mdf_block_link(r, &b, 1)), raw);

		if (first && *h.tool != '\0')
			r->d.writer = writer_name(r, &h);
		mdf_add_note(r, first ? "created by" : "changed by", h.user);
		mdf_add_note(r, first ? "creation" : "change", h.comment);
		MDF_PUSH(&r->history, r->d.history_count, &r->history_cap);
		r->history[r->d.history_count++] = h;
		at = mdf_block_link(r, &b, 0);
	}
}
