#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/mdf_read.h"
#include "tests/tap.h"

/*
 * A file with something of everything that must come along, block by block: an unsorted data group with two groups
 * and texts as records of a third, a group without a time, a group whose time is the number of the row, a tree,
 * events, an attachment, a history, a zone.
 */
#define ROWS 10
#define START_NS INT64_C(1700000000000000000)

enum { EV_SCOPE = 5 };

static void records(struct spur_buf *out)
{
	for (unsigned i = 0; i < ROWS; i++) {
		char text[4] = { 'v', (char)('0' + i), '.', '\0' };
		double t = i * 0.5;
		uint64_t offset = i * 7;

		spur_buf_u8(out, 1);			/* group 0: time, unused, value, text, invalidation */
		spur_buf_f64(out, t);
		spur_buf_u32(out, 0xAAAAAAAA);
		spur_buf_u16(out, (uint16_t)(1000 + i));
		spur_buf_u64(out, offset);
		spur_buf_u8(out, i == 5 ? 1 : 0);
		spur_buf_u8(out, 2);			/* group 1: the texts */
		spur_buf_u32(out, 3);
		spur_buf_add(out, text, 3);
		spur_buf_u8(out, 3);			/* group 2: time and another value */
		spur_buf_f64(out, t + 0.25);
		spur_buf_u32(out, i);
	}
}

static uint64_t event(struct spur_buf *b, uint64_t next, const char *name, uint8_t sync, uint8_t range, uint64_t begin,
		      int64_t base, uint64_t scope)
{
	uint64_t links[6] = { next, 0, begin, mdf_tx(b, name), 0, scope };
	unsigned char body[32] = { 6, sync, range };
	double factor = 0.5;

	body[8] = scope != 0;
	memcpy(body + 16, &base, 8);
	memcpy(body + 24, &factor, 8);
	return mdf_block(b, "EV", links, scope != 0 ? 6 : 5, body, sizeof(body));
}

static uint64_t hierarchy(struct spur_buf *b, uint64_t next, uint64_t child, const char *name, const uint64_t *triples, uint32_t n)
{
	uint64_t links[4 + 9] = { next, child, mdf_tx(b, name), 0 };
	unsigned char body[8] = { 0 };

	memcpy(links + 4, triples, 24u * n);
	memcpy(body, &n, 4);
	return mdf_block(b, "CH", links, 4 + 3 * (size_t)n, body, sizeof(body));
}

static uint64_t unsorted_group(struct spur_buf *b, uint64_t next, uint64_t at[4])
{
	struct spur_buf raw = { 0 };
	uint64_t data, texts, cn;

	records(&raw);
	data = mdf_block(b, "DT", NULL, 0, raw.data, raw.len);
	spur_buf_finish(&raw);
	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "w", .data_type = 0, .byte_offset = 8, .bits = 32 });
	at[3] = cn;
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	at[2] = mdf_cg(b, 0, cn, 3, ROWS, 0, 12, 0);
	texts = mdf_cg(b, at[2], 0, 2, ROWS, 1, 0, 0);
	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "text", .type = 1, .data_type = 6, .byte_offset = 14, .bits = 64, .data = texts });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "v", .byte_offset = 12, .bits = 16, .flags = 2 });
	at[1] = cn;
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "unused", .byte_offset = 8, .bits = 32 });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	at[0] = mdf_cg(b, texts, cn, 1, ROWS, 0, 22, 1);
	return mdf_dg(b, next, at[0], data, 1);
}

static struct spur_buf make(void)
{
	static const double half_second[] = { 0, 0.5 };
	struct spur_buf b = { 0 };
	uint64_t at[4], dg, whole, counted, cn, links[6] = { 0 };
	unsigned char body[64] = { 1 };

	mdf_begin(&b, 410, 0);
	mdf_set(&b, MDF_HD + 24 + 48 + 8, 60, 2);	/* the zone */
	cn = mdf_cc(&b, 1, half_second, 2, NULL, 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "t", .type = 3, .sync = 1, .conv = cn });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "c", .bits = 8 });
	counted = mdf_dg(&b, 0, mdf_cg(&b, 0, cn, 0, ROWS, 0, 1, 0), mdf_block(&b, "DT", NULL, 0, "0123456789", ROWS), 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "k", .bits = 8 });
	whole = mdf_dg(&b, counted, mdf_cg(&b, 0, cn, 0, 3, 0, 1, 0), mdf_block(&b, "DT", NULL, 0, "abc", 3), 0);
	dg = unsorted_group(&b, whole, at);
	links[1] = mdf_block(&b, "FH", (uint64_t[]){ 0, mdf_block(&b, "MD", NULL, 0, "<FHcomment><TX>made</TX></FHcomment>", 37) }, 2,
			     body + 1, 16);
	links[2] = hierarchy(&b, 0, hierarchy(&b, 0, 0, "child", (uint64_t[]){ dg, at[2], at[3] }, 1), "top",
			     (uint64_t[]){ dg, at[0], at[1], dg, at[2], 0, dg, at[2], at[3] }, 3);
	body[24] = body[32] = 5;
	memcpy(body + 40, "hello", 5);
	links[3] = mdf_block(&b, "AT", (uint64_t[]){ 0, mdf_tx(&b, "a.txt"), 0, 0 }, 4, body, 45);
	links[4] = event(&b, 0, "of w", 1, 0, 0, 4, at[3]);
	links[4] = event(&b, links[4], "of v", 1, 0, 0, 4, at[1]);
	links[4] = event(&b, links[4], "at row 0", 4, 0, 0, 0, 0);
	links[4] = event(&b, links[4], "late", 1, 0, 0, 8, 0);
	cn = event(&b, 0, "begin", 1, 1, 0, 0, 0);
	links[4] = event(&b, links[4], "end", 1, 2, cn, 7, 0);
	mdf_set(&b, cn + 24, links[4], 8);
	links[4] = event(&b, cn, "early", 1, 0, 0, 1, 0);
	for (size_t i = 1; i < 6; i++)
		mdf_set(&b, MDF_HD + 24 + 8 * i, links[i], 8);
	mdf_end(&b, dg);
	return b;
}

/* ---- what is in a file ---- */

/* "name" or "name(scope)" of each event. */
static void events_are(const struct spur_buf *b, const char *want, const char *name)
{
	struct spur_buf text = { 0 };

	for (uint64_t at = link_of(b, MDF_HD, 4); at != 0; at = link_of(b, at, 0)) {
		spur_buf_adds(&text, text_of(b, link_of(b, at, 3)));
		if (spur_le32(fields(b, at) + 8) > 0)
			spur_buf_addf(&text, "(%s)", text_of(b, link_of(b, link_of(b, at, EV_SCOPE), 2)));
		spur_buf_adds(&text, ";");
	}
	is_str(spur_buf_text(&text), want, name);
	spur_buf_finish(&text);
}

static void add_hierarchy(const struct spur_buf *b, uint64_t at, struct spur_buf *text)
{
	for (; at != 0; at = link_of(b, at, 0)) {
		spur_buf_addf(text, "%s{", text_of(b, link_of(b, at, 2)));
		for (uint32_t k = 0; k < spur_le32(fields(b, at)); k++) {
			uint64_t dg = link_of(b, at, 4 + 3 * k), cg = link_of(b, at, 5 + 3 * k), cn = link_of(b, at, 6 + 3 * k);

			spur_buf_addf(text, "%s%s;", link_of(b, dg, 1) == cg ? "" : "(another DG) ",
				      cn == 0 ? "all" : text_of(b, link_of(b, cn, 2)));
		}
		add_hierarchy(b, link_of(b, at, 1), text);
		spur_buf_adds(text, "}");
	}
}

static void hierarchy_is(const struct spur_buf *b, const char *want, const char *name)
{
	struct spur_buf text = { 0 };

	add_hierarchy(b, link_of(b, MDF_HD, 2), &text);
	is_str(spur_buf_text(&text), want, name);
	spur_buf_finish(&text);
}

/* ---- cutting ---- */

static char path[] = "mdf-cut-XXXXXX";

struct told {
	struct spur_buf text;
};

static enum spur_status hear(void *state, const struct spur_finding *f, struct spur_error *err)
{
	struct told *t = state;

	(void)err;
	spur_buf_addf(&t->text, "%d %s;", (int)f->severity, f->what);
	return SPUR_OK;
}

static struct spur_buf cut(const struct spur_buf *from, double begin_s, double end_s, const uint32_t *signals, size_t count,
			   enum spur_packing packing, const char *notes)
{
	struct told told = { { 0 } };
	struct spur_findings to = { &told, hear };
	struct spur_cut want = { .begin_ns = START_NS + (spur_ns)(begin_s * 1e9), .end_ns = START_NS + (spur_ns)(end_s * 1e9),
		.signals = signals, .signal_count = count,
		.how = { .history = "cut <here>", .written_ns = 42, .packing = packing, .notes = &to } };
	struct spur_reader *r = open_memory(from);
	struct spur_rewritten got;
	struct spur_error err = { .text = "" };
	struct spur_buf back = { 0 };
	char *data;
	size_t len;

	if (begin_s < 0)
		want.begin_ns = SPUR_NS_MIN, want.end_ns = SPUR_NS_MAX;
	if (!is_int(spur_format_mdf4.cut(r, path, &want, &got, NULL, &err), SPUR_OK, "cut"))
		printf("# %s\n", err.text);
	is_str(spur_buf_text(&told.text), notes, "what is said about it");
	if (spur_file_read(path, 1 << 20, &data, &len, &err) == SPUR_OK) {
		spur_buf_add(&back, data, len);
		free(data);
	}
	spur_buf_finish(&told.text);
	spur_format_mdf4.close(r);
	return back;
}

#define NOTES "0 group 3 has no time: it is kept whole;0 group 4 has values that are the number of the row: its rows before the " \
	      "span are kept;"

static void a_span_holds_its_records(enum spur_packing packing)
{
	struct spur_buf from = make(), b = cut(&from, 1.5, 3.25, NULL, 0, packing, NOTES);
	uint64_t fh = link_of(&b, MDF_HD, 1), own = link_of(&b, fh, 0);

	reads_as(&b,
		 "0:1.5,2863311530,1003,v3.;0:2,2863311530,1004,v4.;0:2.5,2863311530,-,v5.;0:3,2863311530,1006,v6.;"
		 "1:1.75,3;1:2.25,4;1:2.75,5;"	/* 3.25 is the end */
		 "2:97;2:98;2:99;"
		 "3:48,0;3:49,0.5;3:50,1;3:51,1.5;3:52,2;3:53,2.5;3:54,3;", "the records of the span, as they were");
	events_are(&b, "begin;end;at row 0;of v(v);of w(w);", "events of the span, ranges that reach into it, and what has no time");
	hierarchy_is(&b, "top{v;all;w;child{w;}}", "the tree, with a data group for each group");
	is_int(spur_le16(fields(&b, MDF_HD) + 8), 60, "the zone");
	is_str(text_of(&b, link_of(&b, fh, 1)), "<FHcomment><TX>made</TX></FHcomment>", "the history");
	ok(strncmp(text_of(&b, link_of(&b, own, 1)), "<FHcomment><TX>cut &lt;here&gt;</TX>", 36) == 0, "and a line of our own");
	is_int((intmax_t)spur_le64(fields(&b, own)), 42, "with its time");
	is_int((intmax_t)link_of(&b, own, 0), 0, "is the last one");
	ok(memcmp(fields(&b, link_of(&b, MDF_HD, 3)) + 40, "hello", 5) == 0, "the attachment");
	spur_buf_finish(&from);
	spur_buf_finish(&b);
}

static void all_of_it_is_the_same(void)
{
	struct spur_buf from = make(), b = cut(&from, -1, -1, NULL, 0, SPUR_PACKING_SAME, "");
	struct spur_buf again = cut(&b, -1, -1, NULL, 0, SPUR_PACKING_SAME, "");

	events_are(&b, "early;begin;end;late;at row 0;of v(v);of w(w);", "without bounds all events stay");
	reads_as(&again,
		 "0:0,2863311530,1000,v0.;0:0.5,2863311530,1001,v1.;0:1,2863311530,1002,v2.;0:1.5,2863311530,1003,v3.;"
		 "0:2,2863311530,1004,v4.;0:2.5,2863311530,-,v5.;0:3,2863311530,1006,v6.;0:3.5,2863311530,1007,v7.;"
		 "0:4,2863311530,1008,v8.;0:4.5,2863311530,1009,v9.;1:0.25,0;1:0.75,1;1:1.25,2;1:1.75,3;1:2.25,4;1:2.75,5;"
		 "1:3.25,6;1:3.75,7;1:4.25,8;1:4.75,9;2:97;2:98;2:99;3:48,0;3:49,0.5;3:50,1;3:51,1.5;3:52,2;3:53,2.5;3:54,3;"
		 "3:55,3.5;3:56,4;3:57,4.5;", "a copy of a copy has all records");
	spur_buf_finish(&from);
	spur_buf_finish(&b);
	spur_buf_finish(&again);
}

static void chosen_signals_take_their_masters(void)
{
	static const uint32_t v_and_text[] = { 3, 2 };
	struct spur_buf from = make(), b = cut(&from, 2, 3, v_and_text, 2, SPUR_PACKING_NONE, "");
	uint64_t cg = link_of(&b, link_of(&b, MDF_HD, 0), 1);

	reads_as(&b, "0:2,1004,v4.;0:2.5,-,v5.;", "the chosen signals and their master");
	is_int(spur_le32(fields(&b, cg) + 24), 18, "records hold no more than those");
	is_int((intmax_t)link_of(&b, link_of(&b, MDF_HD, 0), 0), 0, "the other groups are gone");
	events_are(&b, "begin;end;at row 0;of v(v);", "so is an event of a channel that is gone");
	hierarchy_is(&b, "top{v;child{}}", "and its place in the tree");
	spur_buf_finish(&from);
	spur_buf_finish(&b);
}

/* Nothing but a clean failure or a whole file, wherever the input is cut off. */
static void cut_off_inputs_are_survived(void)
{
	struct spur_buf from = make();
	size_t made = 0, bad = 0;

	for (size_t len = 0; len < from.len; len += 13) {
		struct spur_range *range = spur_range_memory(from.data, len, "short.mf4");
		struct spur_open_opts opts = { .threads = 1, .mem_bytes = 1 << 20 };
		struct spur_cut want = { .begin_ns = START_NS, .end_ns = START_NS + 3 * SPUR_NS_PER_S, .how = { .history = "x" } };
		struct spur_rewritten got;
		struct spur_error err = { .text = "" };
		struct spur_reader *r;

		if (spur_format_mdf4.open(range, &opts, &r, &err) < 0) {
			spur_range_close(range);
			continue;
		}
		bad += spur_format_mdf4.cut(r, path, &want, &got, NULL, &err) < 0;
		made++;
		spur_format_mdf4.close(r);
	}
	ok(made > 50, "many of them open");
	is_int((intmax_t)bad, 0, "of each a whole file is made");
	spur_buf_finish(&from);
}

static void a_cancelled_cut_leaves_nothing(void)
{
	struct spur_buf from = make();
	struct spur_reader *r = open_memory(&from);
	struct spur_cut want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_rewritten got;
	struct spur_error err = { .text = "" };
	struct spur_task task = { 0 };

	unlink(path);
	spur_task_cancel(&task);
	is_int(spur_format_mdf4.cut(r, path, &want, &got, &task, &err), SPUR_ECANCELLED, "a cancelled cut");
	is_int(access(path, F_OK), -1, "leaves no file");
	spur_format_mdf4.close(r);
	spur_buf_finish(&from);
}

int main(void)
{
	int fd = mkstemp(path);

	close(fd);
	a_span_holds_its_records(SPUR_PACKING_NONE);
	a_span_holds_its_records(SPUR_PACKING_TRANSPOSED);
	all_of_it_is_the_same();
	chosen_signals_take_their_masters();
	cut_off_inputs_are_survived();
	a_cancelled_cut_leaves_nothing();
	unlink(path);
	return tap_done();
}
