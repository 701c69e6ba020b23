#include "config.h"

#include "format/mdf4/v3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/limits.h"
#include "format/mdf4/map.h"
#include "format/mdf4/text.h"

/*
 * MDF 2.x/3.x (format specification 3.3). Every block: id[2], u16 length, then
 *
 *	HD	4 DG  8 TX  12 PR  16 u16 #DG  18 date[10]  28 time[8]  36 author[32] 68 organisation
 *		100 project  132 subject  and from 3.20: 164 u64 ns  172 i16 hours from UTC
 *	DG	4 next  8 CG  12 TR  16 data  20 u16 #CG  22 u16 record ids: 0, 1, 2 (before and after)
 *	CG	4 next  8 CN  12 TX  16 u16 id  18 u16 #CN  20 u16 record bytes  22 u32 records
 *	CN	4 next  8 CC  12 CE  16 CD  20 TX  24 u16 type  26 name[32]  58 description[128]
 *		186 u16 first bit  188 u16 bits  190 u16 data type  192 u16 range known  194 f64 least  202 f64 most  218 TX long name  226 u16 bytes to add
 */
enum { HD_BYTES = 208, DG_BYTES = 24, CG_BYTES = 26, CN_BYTES = 228, HEAD = 4 };

uint16_t mdf_v3_u16(const struct spur_reader *r, const unsigned char *p)
{
	return r->big_endian ? (uint16_t)(p[0] << 8 | p[1]) : spur_le16(p);
}

uint32_t mdf_v3_u32(const struct spur_reader *r, const unsigned char *p)
{
	return r->big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : spur_le32(p);
}

static uint64_t u64(const struct spur_reader *r, const unsigned char *p)
{
	return r->big_endian ? (uint64_t)mdf_v3_u32(r, p) << 32 | mdf_v3_u32(r, p + 4) : spur_le64(p);
}

double mdf_v3_f64(const struct spur_reader *r, const unsigned char *p)
{
	uint64_t bits = u64(r, p);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

const char *mdf_v3_fixed_text(struct spur_reader *r, const unsigned char *p, size_t len)
{
	struct spur_buf scratch = { 0 };
	size_t n;
	const char *text = mdf_text_decode(r->utf8 ? MDF_UTF8 : MDF_LATIN1, p, len, &scratch, &n), *kept;

	while (n > 0 && text[n - 1] == ' ')
		n--;
	kept = spur_arena_strn(r->arena, text, n);
	spur_buf_finish(&scratch);
	return kept == NULL ? "" : kept;
}

enum spur_status mdf_v3_block(struct spur_reader *r, uint64_t at, const char *id, unsigned char *to, size_t size,
			      size_t *have, struct spur_error *err)
{
	unsigned char head[HEAD];
	enum spur_status st = mdf_meta_read(r, at, head, sizeof(head), err);

	memset(to, 0, size);
	if (st < 0)
		return st;
	if (memcmp(head, id, 2) != 0)
		return spur_fail_byte(err, SPUR_EFORMAT, at, "no %s block at byte %" PRIu64, id, at);
	*have = mdf_v3_u16(r, head + 2);
	if (*have > r->size - at) {
		mdf_damaged(r, r->size, *have - (r->size - at), "%s block at byte %" PRIu64 " is cut off", id, at);
		*have = (size_t)(r->size - at);
	}
	return mdf_meta_read(r, at, to, *have < size ? *have : size, err);
}

const char *mdf_v3_text(struct spur_reader *r, uint64_t at)
{
	static const size_t limit = 65536;
	unsigned char *raw;
	const char *text = "";
	size_t have;
	uint64_t known;
	struct spur_error err;

	if (at == 0)
		return "";
	if (mdf_map_get(r->texts, at, &known))
		return (const char *)(uintptr_t)known;
	raw = spur_malloc(limit);
	if (mdf_v3_block(r, at, "TX", raw, limit, &have, &err) < 0)
		mdf_damaged(r, at, 0, "text: %s", err.text);
	else if (have > HEAD)
		text = mdf_v3_fixed_text(r, raw + HEAD, have - HEAD);
	mdf_map_put(r->texts, at, (uint64_t)(uintptr_t)text);
	free(raw);
	return text;
}

/* Data type, relative to the byte order of the file, to MDF 4's. */
static uint8_t data_type(const struct spur_reader *r, uint16_t v3, uint16_t cc)
{
	static const uint8_t kinds[] = { MDF_UINT_LE, MDF_INT_LE, MDF_REAL_LE, MDF_REAL_LE };

	if (cc == 132 || cc == 133)
		return cc == 132 ? MDF_CANOPEN_DATE : MDF_CANOPEN_TIME;
	if (v3 <= 3)
		return (uint8_t)(kinds[v3] + r->big_endian);
	if (v3 >= 9 && v3 <= 12)
		return (uint8_t)(kinds[v3 - 9] + 1);
	if (v3 >= 13 && v3 <= 16)
		return kinds[v3 - 13];
	return v3 == 7 ? r->utf8 ? MDF_UTF8 : MDF_LATIN1 : v3 == 8 ? MDF_BYTES : UINT8_MAX;
}

static void fill(struct spur_reader *r, const unsigned char *raw, size_t have, uint64_t at, struct mdf_channel *c,
		 struct spur_signal *s)
{
	unsigned first = mdf_v3_u16(r, raw + 186);
	const char *name = have >= 222 ? mdf_v3_text(r, mdf_v3_u32(r, raw + 218)) : "";
	uint16_t cc = UINT16_MAX;

	c->at = at;
	c->conv = mdf_v3_u32(r, raw + 8);
	s->unit = mdf_v3_conv(r, c->conv, &cc);
	c->type = mdf_v3_u16(r, raw + 24) == 1 ? MDF_CN_MASTER : MDF_CN_FIXED;
	c->sync = c->type == MDF_CN_MASTER;
	c->bit_offset = first % 8;
	c->byte_offset = first / 8 + (have >= 228 ? mdf_v3_u16(r, raw + 226) : 0);
	c->bits = mdf_v3_u16(r, raw + 188);
	c->data_type = data_type(r, mdf_v3_u16(r, raw + 190), cc);
	s->name = *name != '\0' ? name : mdf_v3_fixed_text(r, raw + 26, 32);
	s->comment = mdf_v3_fixed_text(r, raw + 58, 128);
	if (mdf_v3_u16(r, raw + 192) != 0)
		mdf_note_raw_range(r, (uint32_t)(c - r->channels), mdf_v3_f64(r, raw + 194), mdf_v3_f64(r, raw + 202));
	s->is_master = c->type == MDF_CN_MASTER;
	if (s->is_master && *s->unit == '\0')
		s->unit = "s";
}

static enum spur_status read_channels(struct spur_reader *r, uint32_t group, uint64_t at, struct spur_error *err)
{
	while (at != 0 && mdf_block_first_visit(r, at, "channel")) {
		unsigned char raw[CN_BYTES];
		size_t have;
		struct spur_error why;
		struct mdf_channel *c;

		if (mdf_v3_block(r, at, "CN", raw, sizeof(raw), &have, &why) < 0) {
			mdf_damaged(r, at, 0, "channel: %s", why.text);
			break;
		}
		if ((c = mdf_channel_add(r, group)) == NULL)
			return spur_fail_byte(err, SPUR_ENOMEM, at, "byte %" PRIu64 ": more channels than the memory budget holds; "
					      "raise --mem", at);
		fill(r, raw, have, at, c, &r->signals[r->channel_count - 1]);
		at = mdf_v3_u32(r, raw + 4);
	}
	return SPUR_OK;
}

/* The groups of one data group; *bytes is what their records take. */
static enum spur_status read_groups(struct spur_reader *r, uint32_t dg, uint64_t at, unsigned ids, uint64_t *bytes,
				    struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && at != 0 && mdf_block_first_visit(r, at, "channel group")) {
		unsigned char raw[CG_BYTES];
		size_t have, cap = r->group_cap;
		uint32_t i = (uint32_t)r->group_count;
		struct spur_error why;

		if (mdf_v3_block(r, at, "CG", raw, sizeof(raw), &have, &why) < 0) {
			mdf_damaged(r, at, 0, "channel group: %s", why.text);
			break;
		}
		MDF_PUSH(&r->groups, r->group_count, &r->group_cap);
		MDF_PUSH(&r->shown_groups, r->group_count, &cap);
		r->group_count++;
		r->groups[i] = (struct mdf_group){
			.at = at, .data_group = dg, .master = MDF_NONE, .remote_master = MDF_NONE,
			.record_id = mdf_v3_u16(r, raw + 16) & 255u, .cycles = mdf_v3_u32(r, raw + 22),
			/* An id behind the record is one more byte of it that no channel uses. */
			.data_bytes = mdf_v3_u16(r, raw + 20) + (ids == 2),
		};
		r->shown_groups[i] = (struct spur_group){
			.index = i, .name = "", .source = "", .comment = mdf_v3_text(r, mdf_v3_u32(r, raw + 12)),
			.domain = SPUR_DOMAIN_INDEX, .first_signal = (uint32_t)r->channel_count,
		};
		*bytes += r->groups[i].cycles * ((uint64_t)r->groups[i].data_bytes + (ids > 0));
		st = read_channels(r, i, mdf_v3_u32(r, raw + 8), err);
		r->shown_groups[i].signal_count = (uint32_t)r->channel_count - r->shown_groups[i].first_signal;
		at = mdf_v3_u32(r, raw + 4);
	}
	return st;
}

static enum spur_status read_data_groups(struct spur_reader *r, uint64_t at, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && at != 0 && mdf_block_first_visit(r, at, "data group")) {
		unsigned char raw[DG_BYTES];
		uint32_t i = (uint32_t)r->data_group_count;
		size_t have;
		struct spur_error why;
		uint64_t bytes = 0;
		unsigned ids;

		if (mdf_v3_block(r, at, "DG", raw, sizeof(raw), &have, &why) < 0) {
			mdf_damaged(r, at, 0, "data group: %s", why.text);
			break;
		}
		ids = mdf_v3_u16(r, raw + 22);
		MDF_PUSH(&r->data_groups, r->data_group_count, &r->data_group_cap);
		r->data_groups[r->data_group_count++] = (struct mdf_data_group){
			.at = at, .data = mdf_v3_u32(r, raw + 16), .first_group = (uint32_t)r->group_count,
			.id_bytes = ids == 0 ? 0 : ids <= 2 ? 1 : 3,	/* 3 is refused later, by name */
		};
		st = read_groups(r, i, mdf_v3_u32(r, raw + 8), ids, &bytes, err);
		r->data_groups[i].group_count = (uint32_t)r->group_count - r->data_groups[i].first_group;
		r->data_groups[i].plain_bytes = bytes;
		at = mdf_v3_u32(r, raw + 4);
	}
	return st;
}

static unsigned digits(const unsigned char *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (p[i] >= '0' && p[i] <= '9' ? (unsigned)(p[i] - '0') : 0u);
	return v;
}

#define LAST_DAY 106740	/* in 2262: spur_ns ends three days later */

/* "DD:MM:YYYY" and "HH:MM:SS", the clock on the wall; from 3.20 on also in ns. */
static void read_start(struct spur_reader *r, const unsigned char *raw, size_t have)
{
	int64_t days = spur_days_from_civil(digits(raw + 24, 4), digits(raw + 21, 2), digits(raw + 18, 2));
	int64_t seconds = digits(raw + 28, 2) * 3600 + digits(raw + 31, 2) * 60 + digits(raw + 34, 2);
	uint64_t ns = have >= HD_BYTES ? u64(r, raw + 164) : 0;

	r->d.local_time = true;
	r->start_ns = ns != 0 && ns <= INT64_MAX ? ns : digits(raw + 24, 4) < 1970 || days > LAST_DAY ? 0 :
		      (uint64_t)((days * 86400 + seconds) * SPUR_NS_PER_S);
	r->d.has_time = r->start_ns != 0;
	r->d.begin_ns = r->d.end_ns = (spur_ns)r->start_ns;
}

static void add_note(struct spur_reader *r, const char *key, const char *value)
{
	if (*value == '\0')
		return;
	MDF_PUSH(&r->notes, r->d.note_count, &r->note_cap);
	r->notes[r->d.note_count++] = (struct spur_note){ key, value };
}

enum spur_status mdf_v3_read(struct spur_reader *r, struct spur_error *err)
{
	static const char *const people[] = { "author", "organisation", "project", "subject" };
	unsigned char raw[HD_BYTES];
	size_t have;
	enum spur_status st;

	if ((st = mdf_v3_block(r, 64, "HD", raw, sizeof(raw), &have, err)) < 0)
		return spur_wrap(st, err, "header");
	mdf_block_first_visit(r, 64, "header");
	read_start(r, raw, have);
	for (size_t i = 0; i < 4; i++)
		add_note(r, people[i], mdf_v3_fixed_text(r, raw + 36 + 32 * i, 32));
	add_note(r, "comment", mdf_v3_text(r, mdf_v3_u32(r, raw + 8)));
	return read_data_groups(r, mdf_v3_u32(r, raw + 4), err);
}
