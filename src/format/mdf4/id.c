#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/text.h"
#include "format/mdf4/v3.h"

/*
 * The ID block (64 bytes at 0), the HD block (at 64) and the history of the file:
 *
 *	 0 "MDF     " or "UnFinMF "	 8 version text		16 program
 *	28 u16 version (410 is 4.10)	60 u16 what is unfinished	62 u16 the same, the vendor's own
 */
#define ID_BYTES 64u

static void trim(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && (s[n - 1] == ' ' || (unsigned char)s[n - 1] < 0x20 || (unsigned char)s[n - 1] >= 0x7F))
		s[--n] = '\0';
}

enum spur_status mdf_read_id(struct spur_reader *r, struct spur_error *err)
{
	unsigned char raw[ID_BYTES];
	char program[9] = "", version[16];
	enum spur_status st = mdf_meta_read(r, 0, raw, sizeof(raw), err);

	if (st < 0)
		return spur_wrap(st, err, "identification");
	r->version = spur_le16(raw + 28);
	if (r->version < 200 || r->version >= 500)	/* big-endian files of version 3 have it so */
		r->version = (uint16_t)(raw[28] << 8 | raw[29]);
	if (r->version < 200 || r->version >= 500)
		return spur_fail_byte(err, SPUR_EFORMAT, 28, "byte 28: MDF version %u, which there is not", spur_le16(raw + 28));
	r->big_endian = r->version < 400 && spur_le16(raw + 24) != 0;
	r->utf8 = r->version < 400 && mdf_v3_u16(r, raw + 30) == 65001;	/* code page */
	if (r->version >= 400) {
		r->unfinished = spur_le16(raw + 60);
		r->custom_unfinished = spur_le16(raw + 62);
	}
	memcpy(program, raw + 16, 8);
	trim(program);
	r->d.writer = spur_arena_str(r->arena, program);
	char *end = version;

	*end++ = (char)('0' + r->version / 100 % 10);
	*end++ = '.';
	*end++ = (char)('0' + r->version / 10 % 10);
	*end++ = (char)('0' + r->version % 10);
	*end = '\0';
	r->d.version = spur_arena_str(r->arena, version);
	return SPUR_OK;
}

static void add_note(struct spur_reader *r, const char *key, const char *value)
{
	if (value == NULL || *value == '\0' || r->d.note_count >= 256)
		return;
	MDF_PUSH(&r->notes, r->d.note_count, &r->note_cap);
	r->notes[r->d.note_count++] = (struct spur_note){ key, value };
}

/* The first FH names the program that made the file, the later ones who changed it. */
static void read_history(struct spur_reader *r, uint64_t at)
{
	for (bool first = true; at != 0 && mdf_block_first_visit(r, at, "file history"); first = false) {
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "FH", &b, &err) < 0) {
			mdf_damaged(r, at, 0, "file history: %s", err.text);
			return;
		}
		const char *md = mdf_text_raw(r, mdf_block_link(r, &b, 1));
		const char *tool = mdf_xml_tag(r, md, "tool_id"), *version = mdf_xml_tag(r, md, "tool_version");

		if (tool != NULL && first) {
			size_t len = strlen(tool), more = version == NULL ? 0 : strlen(version);
			char *writer = spur_arena_alloc(r->arena, len + more + 2);

			if (writer != NULL) {
				memcpy(writer, tool, len);
				if (more > 0) {
					writer[len] = ' ';
					memcpy(writer + len + 1, version, more);
				}
				r->d.writer = writer;
			}
		}
		add_note(r, first ? "created by" : "changed by", mdf_xml_tag(r, md, "user_name"));
		add_note(r, first ? "creation" : "change", mdf_xml_tag(r, md, "TX"));
		at = mdf_block_link(r, &b, 0);
	}
}

static void read_comment(struct spur_reader *r, uint64_t at)
{
	const char *md = mdf_text_raw(r, at), *name, *value, *p = md;

	add_note(r, "comment", mdf_text(r, at));
	while (mdf_xml_property(r, &p, &name, &value))
		add_note(r, name, value);
	add_note(r, "time source", mdf_xml_tag(r, md, "time_source"));
}

static void note_repairs(struct spur_reader *r)
{
	static const char *const what[] = { "cycle counters", "cycle counters of sample reduction", "length of the last DT block",
					    "length of the last RD block", "last DL block", "byte counts of VLSD groups",
					    "VLSD offsets" };

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		if ((r->unfinished >> i & 1) != 0)
			add_note(r, "unfinalised, repaired while reading", what[i]);
	}
	if (r->custom_unfinished != 0)
		add_note(r, "unfinalised", "steps of the writer's own are left; they are not known here");
}

enum spur_status mdf_read_header(struct spur_reader *r, struct spur_error *err)
{
	unsigned char raw[32];
	struct mdf_block b;
	enum spur_status st;

	if (r->version < 400)
		return mdf_v3_read(r, err);
	if ((st = mdf_block_read(r, ID_BYTES, "HD", &b, err)) < 0 ||
	    (st = mdf_block_body(r, &b, raw, sizeof(raw), err)) < 0)
		return spur_wrap(st, err, "header");
	r->start_ns = spur_le64(raw);
	r->d.local_time = (raw[12] & 1) != 0;
	r->d.has_time = r->start_ns != 0 && r->start_ns <= INT64_MAX;
	r->d.begin_ns = r->d.end_ns = r->d.has_time ? (spur_ns)r->start_ns : 0;
	mdf_block_first_visit(r, ID_BYTES, "header");
	read_history(r, mdf_block_link(r, &b, 1));
	read_comment(r, mdf_block_link(r, &b, 5));
	note_repairs(r);
	mdf_read_attachments(r, mdf_block_link(r, &b, 3));
	mdf_read_events(r, mdf_block_link(r, &b, 4));
	return mdf_read_groups(r, mdf_block_link(r, &b, 0), err);
}
