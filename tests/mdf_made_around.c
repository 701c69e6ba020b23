#include "config.h"

#include <stdio.h>

#include "base/hash.h"
#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/zstd.h"
#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/* Two groups of a time and a value each; history, attachments, events, a tree and reductions that refer to them. */
struct made {
	struct spur_buf *b;
	uint64_t dg[2], cg[2], cn[2], at[5];
};

static void set_link(struct spur_buf *b, uint64_t block, unsigned link, uint64_t to)
{
	mdf_set(b, block + 24 + 8u * link, to, 8);
}

static uint64_t md(struct spur_buf *b, const char *text)
{
	return mdf_block(b, "MD", NULL, 0, text, strlen(text) + 1);
}

static uint64_t rows(struct spur_buf *b, unsigned count)
{
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < count; i++) {
		spur_buf_f64(&data, i * 0.25);
		spur_buf_u16(&data, (uint16_t)(i * 3));
	}
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

static uint64_t reduction(struct spur_buf *b, uint64_t next, uint64_t cycles, double interval, uint8_t sync, uint8_t flags)
{
	uint64_t links[2] = { next, 0 };
	struct spur_buf body = { 0 };

	spur_buf_u64(&body, cycles);
	spur_buf_f64(&body, interval);
	spur_buf_u8(&body, sync);
	spur_buf_u8(&body, flags);
	while (body.len < 24)
		spur_buf_u8(&body, 0);
	next = mdf_block(b, "SR", links, 2, body.data, body.len);
	spur_buf_finish(&body);
	return next;
}

/* A channel with links behind its first eight: an attachment, and the channel to draw it over. */
static uint64_t value_channel(struct made *m, unsigned group)
{
	char name[16];
	unsigned char body[72] = { 0, 0, 2 };
	uint64_t links[12] = { 0 };
	uint32_t bits = 16, at = 8, flags = group == 1 ? 1u << 12 : 0;

	snprintf(name, sizeof(name), "value%u", group);
	links[2] = mdf_tx(m->b, name);
	links[8] = m->at[group];
	links[9] = m->dg[0];
	links[10] = m->cg[0];
	links[11] = m->cn[0];
	memcpy(body + 4, &at, 4);
	memcpy(body + 8, &bits, 4);
	memcpy(body + 12, &flags, 4);
	body[22] = 1;
	return mdf_block(m->b, "CN", links, group == 1 ? 12 : 9, body, sizeof(body));
}

static void add_group(struct made *m, unsigned group, unsigned count)
{
	uint64_t next = value_channel(m, group), si[3] = { mdf_tx(m->b, "gateway"), 0, 0 };
	static const unsigned char kind[8] = { 2, 2 };

	m->cn[group] = next;
	next = mdf_cn(m->b, next, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	m->cg[group] = mdf_cg(m->b, 0, next, 0, count, 0, 10, 0);
	set_link(m->b, m->cg[group], 2, mdf_tx(m->b, group == 0 ? "first" : "second"));
	set_link(m->b, m->cg[group], 3, mdf_block(m->b, "SI", si, 3, kind, sizeof(kind)));
	if (group == 0)
		set_link(m->b, m->cg[0], 4, reduction(m->b, reduction(m->b, 0, 1, 4, 1, 0), 4, 1, 1, 1));
	m->dg[group] = mdf_dg(m->b, 0, m->cg[group], rows(m->b, count), 0);
}

static void add_history(struct made *m)
{
	static const struct { uint64_t ns; uint8_t flags; const char *text; } all[] = {
		{ UINT64_C(1700000000000000000), 2, "<FHcomment><TX>measured</TX><tool_id>logger</tool_id><tool_vendor>V</tool_vendor>"
						    "<tool_version>2.1</tool_version><user_name>Ann</user_name></FHcomment>" },
		{ UINT64_C(1700003600000000000), 1, "<FHcomment><TX>cut &amp; kept</TX><tool_id>cutter</tool_id></FHcomment>" },
		{ 0, 0, "no XML at all" },
	};
	uint64_t links[2] = { 0 };

	for (size_t i = sizeof(all) / sizeof(all[0]); i-- > 0;) {
		unsigned char body[16] = { 0 };

		memcpy(body, &all[i].ns, 8);
		body[8] = 60;
		body[12] = all[i].flags;
		links[1] = md(m->b, all[i].text);
		links[0] = mdf_block(m->b, "FH", links, 2, body, sizeof(body));
	}
	set_link(m->b, MDF_HD, 1, links[0]);
}

/* ---- attachments ---- */

#define TEXT "the same words, again and again and again and again, so that packing them is worth it\n"

static void pack(unsigned zip, struct spur_buf *out)
{
	if (zip == 2)
		spur_zstd_pack(TEXT, sizeof(TEXT) - 1, 3, out);
	else if (zip == 4)
		spur_lz4_pack(TEXT, sizeof(TEXT) - 1, 0, out);
	else
		spur_deflate_pack(TEXT, sizeof(TEXT) - 1, 6, out);
}

/* flags: 1 inside, 2 deflate, 4 with its MD5, 8 packed as zip says; altered: its sum is that of something else. */
static uint64_t attachment(struct made *m, uint64_t next, const char *name, unsigned flags, unsigned zip, bool altered)
{
	uint64_t links[4] = { next, mdf_tx(m->b, name), mdf_tx(m->b, "text/plain"), md(m->b, "<ATcomment><TX>for the record</TX></ATcomment>") };
	struct spur_buf body = { 0 }, data = { 0 };
	unsigned char sum[SPUR_MD5_BYTES];

	if ((flags & 10) != 0)
		pack(zip, &data);
	else if ((flags & 1) != 0)
		spur_buf_adds(&data, TEXT);
	spur_md5_of(TEXT, sizeof(TEXT) - 1 - altered, sum);
	spur_buf_u16(&body, (uint16_t)flags);
	spur_buf_u16(&body, 0);
	spur_buf_u32(&body, zip);
	spur_buf_add(&body, sum, sizeof(sum));
	spur_buf_u64(&body, sizeof(TEXT) - 1);
	spur_buf_u64(&body, data.len);
	spur_buf_add(&body, data.data, data.len);
	next = mdf_block(m->b, "AT", links, 4, body.data, body.len);
	spur_buf_finish(&body);
	spur_buf_finish(&data);
	return next;
}

static void add_attachments(struct made *m)
{
	m->at[4] = attachment(m, 0, "..\\notes\\beside.txt", 4, 0, false);
	m->at[3] = attachment(m, m->at[4], "lz4.txt", 13, 4, false);
	m->at[2] = attachment(m, m->at[3], "zstd.txt", 9, 2, false);
	m->at[1] = attachment(m, m->at[2], "deflate.txt", 7, 0, false);
	m->at[0] = attachment(m, m->at[1], "folder/plain.txt", 5, 0, false);
	set_link(m->b, MDF_HD, 3, m->at[0]);
}

/* ---- events ---- */

struct event {
	uint8_t type, sync, range, cause, flags;
	int64_t base;
	double factor;
	unsigned scopes, attachments;
	uint64_t parent, partner;
};

static uint64_t event(struct made *m, uint64_t next, const char *name, const struct event *e)
{
	uint64_t links[5 + 3 + 2 + 1] = { next, e->parent, e->partner, mdf_tx(m->b, name), 0 };
	const uint64_t scope[3] = { m->cg[0], m->cn[1], m->cg[1] };
	unsigned n = 5;
	struct spur_buf body = { 0 };

	links[4] = md(m->b, "<EVcomment><TX>what\n\t\thappened</TX></EVcomment>");
	for (unsigned i = 0; i < e->scopes; i++)
		links[n++] = scope[i];
	for (unsigned i = 0; i < e->attachments; i++)
		links[n++] = m->at[3 * i];
	if ((e->flags & 2) != 0)
		links[n++] = mdf_tx(m->b, "a group of events");
	spur_buf_u8(&body, e->type);
	spur_buf_u8(&body, e->sync);
	spur_buf_u8(&body, e->range);
	spur_buf_u8(&body, e->cause);
	spur_buf_u32(&body, e->flags);
	spur_buf_u32(&body, e->scopes);
	spur_buf_u16(&body, (uint16_t)e->attachments);
	spur_buf_u16(&body, 0);
	spur_buf_u64(&body, (uint64_t)e->base);
	spur_buf_f64(&body, e->factor);
	next = mdf_block(m->b, "EV", links, n, body.data, body.len);
	spur_buf_finish(&body);
	return next;
}

static void add_events(struct made *m)
{
	uint64_t begin, at;

	at = event(m, 0, "by angle", &(struct event){ .type = 3, .sync = 2, .cause = 3, .base = 90, .factor = 0.5, .scopes = 3 });
	at = event(m, at, "by distance", &(struct event){ .type = 4, .sync = 3, .cause = 1, .base = 12, .factor = 100 });
	at = event(m, at, "by index", &(struct event){ .type = 2, .sync = 4, .base = 3, .factor = 1, .scopes = 1, .flags = 2 });
	begin = event(m, at, "pause", &(struct event){ .type = 1, .sync = 1, .range = 1, .cause = 4, .base = 500, .factor = 0.001, .attachments = 2 });
	at = event(m, begin, "pause", &(struct event){ .type = 1, .sync = 1, .range = 2, .cause = 4, .base = 750, .factor = 0.001, .partner = begin,
						       .parent = at });
	at = event(m, at, "start", &(struct event){ .type = 0, .sync = 1, .range = 1, .cause = 2, .factor = 1, .flags = 1 });
	set_link(m->b, MDF_HD, 4, at);
}

/* ---- the tree ---- */

static uint64_t node(struct made *m, uint64_t next, uint64_t child, const char *name, uint8_t type, unsigned members)
{
	uint64_t links[4 + 6] = { next, child, mdf_tx(m->b, name), type == 1 ? mdf_tx(m->b, "does something") : 0 };
	unsigned char body[8] = { (unsigned char)members, 0, 0, 0, type };

	for (unsigned i = 0; i < members; i++) {
		links[4 + 3 * i] = m->dg[i];
		links[5 + 3 * i] = m->cg[i];
		links[6 + 3 * i] = type == 0 ? 0 : m->cn[i];
	}
	return mdf_block(m->b, "CH", links, 4 + 3 * members, body, sizeof(body));
}

static uint64_t add_tree(struct made *m)
{
	uint64_t inputs = node(m, 0, 0, "inputs", 4, 2), outputs, function, last;

	outputs = node(m, inputs, 0, "outputs", 5, 1);
	function = node(m, 0, outputs, "controller", 1, 0);
	last = node(m, 0, 0, "by groups", 0, 2);
	last = node(m, last, function, "software", 0, 0);
	set_link(m->b, MDF_HD, 2, last);
	return inputs;
}

static void make(struct made *m)
{
	mdf_begin(m->b, 430, 0);
	add_history(m);
	add_attachments(m);
	add_group(m, 0, 5);
	add_group(m, 1, 3);
	set_link(m->b, m->dg[0], 0, m->dg[1]);
	add_events(m);
	set_link(m->b, MDF_HD, 5, md(m->b, "<HDcomment><TX>all <b around</TX><time_source>GPS</time_source><common_properties>"
					   "<e name=\"author\">Ann</e><e name=\"broken></common_properties>"));
	mdf_set(m->b, MDF_HD + 72 + 8, 60, 2);		/* zone */
	mdf_set(m->b, MDF_HD + 72 + 10, 60, 2);		/* summer time */
	mdf_end(m->b, m->dg[0]);
}

void mdf_make_around(struct spur_buf *b)
{
	static const double starts[] = { 1.5, 250 };
	struct made m = { .b = b };

	make(&m);
	add_tree(&m);
	mdf_set(b, MDF_HD + 72 + 12, 2, 1);
	mdf_set(b, MDF_HD + 72 + 13, 16, 1);
	mdf_set(b, MDF_HD + 72 + 14, 3, 2);
	memcpy(b->data + MDF_HD + 72 + 16, starts, sizeof(starts));
}

/* The same with every reference wrong in a way of its own. */
void mdf_make_around_wrong(struct spur_buf *b)
{
	struct made m = { .b = b };
	uint64_t inputs, at;

	make(&m);
	inputs = add_tree(&m);
	set_link(b, inputs, 0, inputs);			/* the tree bites its tail */
	set_link(b, inputs, 6, 8);			/* a member that is nowhere */
	set_link(b, m.cn[1], 11, m.dg[0]);		/* default X is no channel */
	set_link(b, m.cn[0], 8, m.cn[0]);		/* an attachment that is none */
	at = attachment(&m, 0, "altered.txt", 5, 0, true);
	at = attachment(&m, at, "own way.txt", 9, 254, false);
	set_link(b, m.at[4], 0, attachment(&m, at, "altered.txt", 7, 0, true));
	at = event(&m, 0, "scope", &(struct event){ .type = 9, .sync = 9, .range = 9, .cause = 9, .base = 1, .factor = 1, .scopes = 3 });
	set_link(b, at, 6, m.dg[0]);
	at = event(&m, at, "too many", &(struct event){ .type = 6, .sync = 1, .base = INT64_MAX, .factor = 1e300, .scopes = 1 });
	mdf_set(b, at + 24 + 8 * 6 + 8, 0x7fffffff, 4);
	at = event(&m, at, "beyond", &(struct event){ .type = 6, .sync = 1, .scopes = 1, .parent = b->len + 4096, .partner = m.cg[0] });
	set_link(b, MDF_HD, 4, at);
	mdf_set(b, MDF_HD + 72 + 12, 1, 1);
}
