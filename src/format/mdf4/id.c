#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/json.h"
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

void mdf_add_note(struct spur_reader *r, const char *key, const char *value)
{
	if (value == NULL || *value == '\0' || r->d.note_count >= 256)
		return;
	MDF_PUSH(&r->notes, r->d.note_count, &r->note_cap);
	r->notes[r->d.note_count++] = (struct spur_note){ key, value };
}

static void read_comment(struct spur_reader *r, uint64_t at)
{
	const char *md = mdf_text_raw(r, at), *name, *value, *p = md;

	mdf_add_note(r, "comment", mdf_text(r, at));
	while (mdf_xml_property(r, &p, &name, &value))
		mdf_add_note(r, name, value);
	mdf_add_note(r, "time source", mdf_xml_tag(r, md, "time_source"));
}

static void note_repairs(struct spur_reader *r)
{
	static const char *const what[] = { "cycle counters", "cycle counters of sample reduction", "length of the last DT block",
					    "length of the last RD block", "last DL block", "byte counts of VLSD groups",
					    "VLSD offsets", "byte counts of VLSC groups", "VLSC offsets" };

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		if ((r->unfinished >> i & 1) != 0)
			mdf_add_note(r, "unfinalised, repaired while reading", what[i]);
	}
	if (r->custom_unfinished != 0)
		mdf_add_note(r, "unfinalised", "steps of the writer's own are left; they are not known here");
}

/*
 * The clock of the header. Flag 1: start_ns is what a clock on the wall showed; flag 2: it is UTC and the offsets of the
 * zone and of summer time are known, in minutes. Class of the time: 0 the computer's, 10 an external source, 16 an
 * external source that is synchronised to an absolute time.
 */
static void read_clock(struct spur_reader *r, const unsigned char *raw)
{
	r->start_ns = spur_le64(raw);
	r->d.local_time = (raw[12] & 1) != 0;
	r->d.zone_known = (raw[12] & 3) == 2;
	if (r->d.zone_known) {
		r->d.zone_min = (int16_t)spur_le16(raw + 8);
		r->d.summer_min = (int16_t)spur_le16(raw + 10);
	}
	r->d.clock = raw[13] == 10 ? "external" : raw[13] == 16 ? "synchronised" : raw[13] == 0 ? "computer" : NULL;
	r->d.has_time = r->start_ns != 0 && r->start_ns <= INT64_MAX;
	r->d.begin_ns = r->d.end_ns = r->d.has_time ? (spur_ns)r->start_ns : 0;
}

/* Where the masters of angle and of distance begin to count. */
static void note_starts(struct spur_reader *r, const unsigned char *raw)
{
	static const char *const keys[] = { "start angle", "start distance" }, *const units[] = { "rad", "m" };

	for (unsigned i = 0; i < 2; i++) {
		char text[32];
		struct spur_buf b = { 0 };

		if ((raw[14] >> i & 1) == 0)
			continue;
		spur_f64_text(spur_lef64(raw + 16 + 8 * i), text);
		spur_buf_addf(&b, "%s %s", text, units[i]);
		mdf_add_note(r, keys[i], spur_arena_strn(r->arena, spur_buf_text(&b), b.len));
		spur_buf_finish(&b);
	}
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
	read_clock(r, raw);
	mdf_block_first_visit(r, ID_BYTES, "header");
	mdf_read_history(r, mdf_block_link(r, &b, 1));
	read_comment(r, mdf_block_link(r, &b, 5));
	note_starts(r, raw);
	note_repairs(r);
	mdf_read_attachments(r, mdf_block_link(r, &b, 3));
	r->first_node = mdf_block_link(r, &b, 2);
	r->first_event = mdf_block_link(r, &b, 4);
	return mdf_read_groups(r, mdf_block_link(r, &b, 0), err);
}
