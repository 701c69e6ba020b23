#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec/deflate.h"
#include "codec/transpose.h"
#include "format/registry.h"
#include "io/out.h"
#include "tests/mdf_file.h"
#include "tests/tap.h"

/* Whole files, made block by block in memory. */

static const double factor_two[] = { 1, 2 };

/* Addresses of the fixture that the bad cases edit. */
enum place { AT_ID, AT_HD, AT_DG, AT_CG, AT_CN_TIME, AT_CN_SPEED, AT_CN_TEXT, AT_CC, AT_DATA, AT_SD, AT_COUNT };

struct fixture {
	struct spur_buf b;
	uint64_t at[AT_COUNT];
};

#define ROWS 5u
#define RECORD 19u	/* f64 time, i16 speed, u64 offset of a text, invalidation byte */

static void records(struct spur_buf *out)
{
	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(out, i * 0.5);
		spur_buf_u16(out, (uint16_t)(i * 10 - 20));
		spur_buf_u64(out, i * 6u);
		spur_buf_u8(out, i == 2);
	}
}

static uint64_t add_records(struct spur_buf *b, bool packed)
{
	struct spur_buf raw = { 0 }, turned = { 0 }, zip = { 0 };
	uint64_t at;

	records(&raw);
	spur_transpose(raw.data, raw.len, RECORD, spur_buf_reserve(&turned, raw.len));
	spur_buf_add(&zip, "DT\1", 4);
	spur_buf_u32(&zip, RECORD);
	spur_buf_u64(&zip, raw.len);
	spur_buf_u64(&zip, 0);
	spur_deflate_pack(turned.data, raw.len, 0, &zip);
	mdf_set(&zip, 16, zip.len - 24, 8);
	at = packed ? mdf_block(b, "DZ", NULL, 0, zip.data, zip.len) : mdf_block(b, "DT", NULL, 0, raw.data, raw.len);
	spur_buf_finish(&raw);
	spur_buf_finish(&turned);
	spur_buf_finish(&zip);
	return at;
}

static struct fixture make(bool packed)
{
	struct fixture f = { { 0 }, { 0 } };
	struct spur_buf sd = { 0 };
	uint64_t next = 0;

	mdf_begin(&f.b, 410, 0);
	f.at[AT_HD] = MDF_HD;
	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_u32(&sd, 2);
		spur_buf_addf(&sd, "t%u", i);
	}
	f.at[AT_SD] = mdf_block(&f.b, "SD", NULL, 0, sd.data, sd.len);
	spur_buf_finish(&sd);
	f.at[AT_CC] = mdf_cc(&f.b, 1, factor_two, 2, NULL, 0);
	f.at[AT_DATA] = add_records(&f.b, packed);
	f.at[AT_CN_TEXT] = next = mdf_cn(&f.b, 0, &(struct mdf_cn){ .name = "text", .type = 1, .data_type = 7, .byte_offset = 10,
								   .bits = 64, .data = f.at[AT_SD] });
	f.at[AT_CN_SPEED] = next = mdf_cn(&f.b, next, &(struct mdf_cn){ .name = "speed", .data_type = 2, .byte_offset = 8, .bits = 16,
								       .flags = 2, .conv = f.at[AT_CC] });
	f.at[AT_CN_TIME] = next = mdf_cn(&f.b, next, &(struct mdf_cn){ .name = "time", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	f.at[AT_CG] = mdf_cg(&f.b, 0, next, 0, ROWS, 0, 18, 1);
	f.at[AT_DG] = mdf_dg(&f.b, 0, f.at[AT_CG], f.at[AT_DATA], 0);
	mdf_end(&f.b, f.at[AT_DG]);
	return f;
}

/* What a scan of everything gives, as one line. */
struct seen {
	struct spur_buf text;
	uint64_t rows;
	bool stop;
};

static void show(struct spur_buf *out, const struct spur_column *c, size_t i)
{
	size_t len;

	if (!spur_column_valid(c, i)) {
		spur_buf_adds(out, "-");
	} else if (spur_type_is_number(c->type)) {
		spur_buf_addf(out, "%g", spur_column_f64(c, i));
	} else {
		const char *p = spur_column_bytes(c, i, &len);

		spur_buf_add(out, p, len);
	}
}

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct seen *s = state;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows; i++) {
		for (size_t k = 0; k < rows->count; k++) {
			spur_buf_adds(&s->text, k == 0 ? "" : ",");
			show(&s->text, &rows->columns[k], i);
		}
		spur_buf_adds(&s->text, ";");
	}
	s->rows += rows->rows;
	return s->stop ? SPUR_END : SPUR_OK;
}

static struct spur_reader *open_memory(const struct spur_buf *b, enum spur_status *st, struct spur_error *err)
{
	static const struct spur_open_opts opts = { .threads = 2, .mem_bytes = 8 << 20 };
	struct spur_range *range = spur_range_memory(b->data, b->len, "test.mf4");
	struct spur_reader *r;

	*st = spur_format_mdf4.open(range, &opts, &r, err);
	if (*st < 0)
		spur_range_close(range);
	return r;
}

static enum spur_status scan_all(struct spur_reader *r, struct seen *s, const struct spur_scan *base, struct spur_error *err)
{
	const struct spur_description *d = spur_format_mdf4.describe(r);
	struct spur_sink sink = { .state = s, .columns = take };
	struct spur_scan want = *base;
	uint32_t ids[64];

	for (size_t i = 0; i < d->signal_count && i < 64; i++) {
		if (!d->signals[i].refused)
			ids[want.signal_count++] = (uint32_t)i;
	}
	want.signals = ids;
	return spur_format_mdf4.scan(r, &want, &sink, NULL, err);
}

static const struct spur_scan everything = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .with_text = true };

static void reads_as(const struct spur_buf *b, const struct spur_scan *want, const char *text, size_t damage, const char *name)
{
	struct seen s = { .rows = 0 };
	struct spur_error err = { .text = "" };
	enum spur_status st;
	struct spur_reader *r = open_memory(b, &st, &err);

	if (st == SPUR_OK)
		st = scan_all(r, &s, want, &err);
	if (!is_int(st, SPUR_OK, name))
		printf("# %s\n", err.text);
	is_str(spur_buf_text(&s.text), text, name);
	if (r != NULL)
		is_int((intmax_t)spur_format_mdf4.describe(r)->damage_count, (intmax_t)damage, "pieces of damage");
	spur_buf_finish(&s.text);
	spur_format_mdf4.close(r);
}

static const char whole[] = "0,-39,t0;0.5,-19,t1;1,-,t2;1.5,21,t3;2,41,t4;";

static void a_sorted_file_is_read(bool packed)
{
	struct fixture f = make(packed);
	struct spur_scan want = everything;

	reads_as(&f.b, &want, whole, 0, packed ? "packed and transposed" : "plain");
	want.raw = true;
	reads_as(&f.b, &want, "0,-20,t0;0.5,-10,t1;1,-,t2;1.5,10,t3;2,20,t4;", 0, "raw");
	want.raw = false;
	want.begin_ns = INT64_C(1700000000500000000);
	want.end_ns = INT64_C(1700000001500000000);
	reads_as(&f.b, &want, "0.5,-19,t1;1,-,t2;", 0, "a span of time, half-open");
	spur_buf_finish(&f.b);
}

static void the_description_tells_what_is_there(void)
{
	struct fixture f = make(false);
	struct spur_error err;
	enum spur_status st;
	struct spur_reader *r = open_memory(&f.b, &st, &err);
	const struct spur_description *d = spur_format_mdf4.describe(r);

	is_str(d->version, "4.10", "version");
	is_int((intmax_t)d->signal_count, 3, "three signals");
	is_str(d->signals[0].unit, "s", "the unit of a time master is implied");
	ok(d->signals[0].is_master && d->signals[1].type == SPUR_TYPE_F64 && d->signals[1].raw_type == SPUR_TYPE_I16,
	   "types before and after conversion");
	is_int((intmax_t)d->groups[0].rows, ROWS, "rows");
	ok(d->end_known && d->end_ns == INT64_C(1700000002000000001), "the end is the last master value");
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

static void wanted_signals_must_exist(void)
{
	static const uint32_t past[] = { 3 };
	struct fixture f = make(false);
	struct seen s = { .rows = 0 };
	struct spur_sink sink = { .state = &s, .columns = take };
	struct spur_scan want = everything;
	struct spur_error err;
	enum spur_status st;
	struct spur_reader *r = open_memory(&f.b, &st, &err);

	want.signals = past;
	want.signal_count = 1;
	is_int(spur_format_mdf4.scan(r, &want, &sink, NULL, &err), SPUR_EINVAL, "one signal past the last");
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

static void cancelled_scans_say_so(void)
{
	struct fixture f = make(false);
	struct seen s = { .rows = 0 };
	struct spur_sink sink = { .state = &s, .columns = take };
	struct spur_scan want = everything;
	struct spur_task task = { .parent = NULL };
	uint32_t ids[] = { 0 };
	struct spur_error err;
	enum spur_status st;
	struct spur_reader *r = open_memory(&f.b, &st, &err);

	want.signals = ids;
	want.signal_count = 1;
	spur_task_cancel(&task);
	is_int(spur_format_mdf4.scan(r, &want, &sink, &task, &err), SPUR_ECANCELLED, "a cancelled scan says so");
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

static void a_sink_may_stop(void)
{
	struct fixture f = make(false);
	struct seen s = { .stop = true };
	struct spur_error err;
	enum spur_status st;
	struct spur_reader *r = open_memory(&f.b, &st, &err);

	is_int(scan_all(r, &s, &everything, &err), SPUR_OK, "a sink that has enough is no failure");
	spur_buf_finish(&s.text);
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

/* [id 1: time, offset][id 2: u32 length, bytes], interleaved; unfinalised with no counts if asked. */
static struct spur_buf make_unsorted(uint16_t unfinished, unsigned torn)
{
	struct spur_buf b = { 0 }, data = { 0 };
	uint64_t vlsd, cn, cg, dt, dg;

	mdf_begin(&b, 411, unfinished);
	vlsd = mdf_cg(&b, 0, 0, 2, unfinished != 0 ? 0 : 3, 1, 0, 0);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "bytes", .type = 1, .data_type = 7, .byte_offset = 8, .bits = 64, .data = vlsd });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	cg = mdf_cg(&b, vlsd, cn, 1, unfinished != 0 ? 0 : 3, 0, 16, 0);
	for (unsigned i = 0; i < 3; i++) {
		spur_buf_u8(&data, 1);
		spur_buf_f64(&data, i);
		spur_buf_u64(&data, i * 7);
		spur_buf_u8(&data, 2);
		spur_buf_u32(&data, 3);
		spur_buf_addf(&data, "v%u.", i);
	}
	spur_buf_add(&data, "\1ABCDEFGHIJKLMNOP", torn);
	dg = mdf_dg(&b, 0, cg, b.len + 64, 1);
	dt = mdf_block(&b, "DT", NULL, 0, data.data, data.len);
	if (unfinished != 0)
		mdf_set(&b, dt + 8, 24, 8);
	b.len = dt + 24 + data.len;
	mdf_end(&b, dg);
	spur_buf_finish(&data);
	return b;
}

static void unsorted_files_are_read_too(void)
{
	struct spur_buf b = make_unsorted(0, 0);

	reads_as(&b, &everything, "0,v0.;1,v1.;2,v2.;", 0, "values in records of their own group");
	spur_buf_finish(&b);
	b = make_unsorted(0x25, 0);
	reads_as(&b, &everything, "0,v0.;1,v1.;2,v2.;", 0, "and unfinalised");
	spur_buf_finish(&b);
	b = make_unsorted(0x25, 9);
	reads_as(&b, &everything, "0,v0.;1,v1.;2,v2.;", 1, "a torn record is left out and said");
	spur_buf_finish(&b);
}

/* An LD over blocks of one column: DV alone, or DV and DI in turn. */
static uint64_t add_ld(struct spur_buf *b, const uint64_t *blocks, uint32_t count, bool with_inval)
{
	uint64_t links[8] = { 0 }, n = with_inval ? 2u * count : count;
	unsigned char body[8 + 8 * 4] = { 0 };

	memcpy(links + 1, blocks, n * 8);
	body[3] = with_inval ? 0x80 : 0;
	memcpy(body + 4, &count, 4);
	return mdf_block(b, "LD", links, n + 1, body, 8 + 8u * count);
}

/* Column storage: the time in one group, a value with invalidation bytes in another. */
static void columns_with_a_remote_master_are_read(void)
{
	static const double times[] = { 0, 0.25, 0.5 };
	static const int16_t values[] = { 7, 8, 9 };
	static const unsigned char inval[] = { 0, 1, 0 };
	struct spur_scan want = everything;
	struct spur_buf b = { 0 };
	unsigned char cg_body[32] = { 0 };
	uint64_t blocks[4], cg, cn, dg, ld, links[7] = { 0 };

	mdf_begin(&b, 420, 0);
	blocks[0] = mdf_block(&b, "DV", NULL, 0, values, 4);
	blocks[1] = mdf_block(&b, "DI", NULL, 0, inval, 2);
	blocks[2] = mdf_block(&b, "DV", NULL, 0, values + 2, 2);
	blocks[3] = mdf_block(&b, "DI", NULL, 0, inval + 2, 1);
	ld = add_ld(&b, blocks, 2, true);
	blocks[0] = mdf_block(&b, "DV", NULL, 0, times, 16);
	blocks[1] = mdf_block(&b, "DV", NULL, 0, times + 2, 8);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	links[6] = mdf_cg(&b, 0, cn, 0, 3, 0, 8, 0);
	dg = mdf_dg(&b, 0, links[6], add_ld(&b, blocks, 2, false), 0);
	links[1] = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "v", .data_type = 2, .bits = 16, .flags = 2 });
	cg_body[8] = 3;
	cg_body[16] = 8;
	cg_body[24] = 2;
	cg_body[28] = 1;
	cg = mdf_block(&b, "CG", links, 7, cg_body, sizeof(cg_body));
	mdf_end(&b, mdf_dg(&b, dg, cg, ld, 0));
	reads_as(&b, &want, "7;-;9;0;0.25;0.5;", 0, "values, gaps and times, each from its own blocks");
	want.begin_ns = INT64_C(1700000000500000000);
	reads_as(&b, &want, "9;0.5;", 0, "the other group's master bounds the span");
	spur_buf_finish(&b);
}

struct bad_case {
	const char *name;
	enum place place;
	unsigned offset, size;
	uint64_t value;
	enum spur_status status;	/* of open, or of the scan */
	const char *says;		/* in the error, the damage or a refusal */
};

/* Offsets: 8 length, 16 number of links, 24 first link; CN and CG bodies begin at 88 and 72. */
static const struct bad_case bad_cases[] = {
	{ "no MDF at all", AT_ID, 28, 2, 0, SPUR_EFORMAT, "byte 28" },
	{ "MDF 3.30 with the tree of 4", AT_ID, 28, 2, 330, SPUR_EFORMAT, "no HD block" },
	{ "no header block", AT_HD, 0, 4, 0, SPUR_EFORMAT, "no block at byte 64" },
	{ "a header of 2^60 links", AT_HD, 16, 8, UINT64_C(1) << 60, SPUR_EFORMAT, "links do not fit" },
	{ "a data group beyond the end", AT_HD, 24, 8, 1 << 20, SPUR_OK, "past the end of the file" },
	{ "a data group that is no block", AT_HD, 24, 8, 8, SPUR_OK, "no block at byte 8" },
	{ "a group chain that loops", AT_DG, 24, 8, 0, SPUR_OK, "" },	/* the value is filled in: itself */
	{ "a channel as channel group", AT_DG, 32, 8, 0, SPUR_OK, "##CN" },
	{ "record ids of 3 bytes", AT_DG, 56, 1, 3, SPUR_OK, "record ids of 3 bytes" },
	{ "more cycles than data", AT_CG, 80, 8, UINT64_C(1) << 40, SPUR_OK, "records are there" },
	{ "records of 4 GiB", AT_CG, 96, 4, UINT32_MAX, SPUR_OK, "do not fit the memory budget" },
	{ "a channel outside the record", AT_CN_SPEED, 92, 4, 17, SPUR_OK, "lie beyond the record" },
	{ "65 bits of a real", AT_CN_TIME, 96, 4, 65, SPUR_OK, "real of 65 bits" },
	{ "bit offset 8", AT_CN_SPEED, 91, 1, 8, SPUR_OK, "bit offset 8" },
	{ "an unknown channel type", AT_CN_SPEED, 88, 1, 99, SPUR_OK, "channel type 99" },
	{ "an unknown data type", AT_CN_SPEED, 90, 1, 99, SPUR_OK, "data type 99" },
	{ "a linear conversion without values", AT_CC, 62, 2, 0, SPUR_OK, "is not understood" },
	{ "a conversion of type 77", AT_CC, 56, 1, 77, SPUR_OK, "is not understood" },
	{ "a conversion that is a text", AT_CN_SPEED, 56, 8, 0, SPUR_OK, "where a ##CC belongs" },
	{ "values longer than their block", AT_SD, 24, 4, 1 << 30, SPUR_OK, "past the end of the data" },
	{ "texts without data", AT_CN_TEXT, 64, 8, 4, SPUR_OK, "no block at byte 4" },
	{ "data that is no block", AT_DATA, 0, 2, 0, SPUR_OK, "no block" },
	{ "a data block longer than the file", AT_DATA, 8, 8, 1 << 20, SPUR_OK, "bytes are missing" },
};

static bool said(const struct spur_description *d, const char *what)
{
	for (size_t i = 0; i < d->damage_count; i++) {
		if (strstr(d->damage[i].reason, what) != NULL)
			return true;
	}
	for (size_t i = 0; i < d->signal_count; i++) {
		if (d->signals[i].refused && strstr(d->signals[i].refusal, what) != NULL)
			return true;
	}
	return false;
}

static void try_bad(const struct bad_case *c)
{
	struct fixture f = make(false);
	struct seen s = { .rows = 0 };
	struct spur_error err = { .text = "" };
	uint64_t value = c->value;
	enum spur_status st;
	struct spur_reader *r;

	if (strstr(c->name, "loops") != NULL)
		value = f.at[AT_DG];
	if (strstr(c->name, "as channel group") != NULL)
		value = f.at[AT_CN_TIME];
	if (strstr(c->name, "is a text") != NULL)
		value = f.at[AT_CN_TIME] - 32;	/* the name of the channel lies before it */
	mdf_set(&f.b, f.at[c->place] + c->offset, value, c->size);
	r = open_memory(&f.b, &st, &err);
	if (st == SPUR_OK)
		st = scan_all(r, &s, &everything, &err);
	if (!is_int(st, c->status, c->name) ||
	    !ok(st < 0 ? strstr(err.text, c->says) != NULL : said(spur_format_mdf4.describe(r), c->says) || *c->says == '\0', c->says)) {
		printf("# %s\n", err.text);
		for (size_t i = 0; r != NULL && i < spur_format_mdf4.describe(r)->damage_count; i++)
			printf("# damage: %s\n", spur_format_mdf4.describe(r)->damage[i].reason);
	}
	spur_buf_finish(&s.text);
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

static enum spur_status count(void *state, const struct spur_finding *f, struct spur_error *err)
{
	(void)err;
	*(int *)state += f->severity == SPUR_DEFECT;
	return SPUR_OK;
}

static void truncation_anywhere_is_survived(bool packed)
{
	struct fixture f = make(packed);
	size_t whole_len = f.b.len, wrong = 0, silent = 0;

	for (f.b.len = 0; f.b.len < whole_len; f.b.len++) {
		struct seen s = { .rows = 0 };
		struct spur_error err;
		enum spur_status st;
		struct spur_buf cut = { 0 };

		spur_buf_add(&cut, f.b.data, f.b.len);	/* its own memory: a read too far is seen by ASan */
		struct spur_reader *r = open_memory(&cut, &st, &err);

		if (st == SPUR_OK)
			st = scan_all(r, &s, &everything, &err);
		wrong += s.rows > ROWS;
		silent += st == SPUR_OK && s.rows < ROWS && spur_format_mdf4.describe(r)->damage_count == 0;
		spur_buf_finish(&s.text);
		spur_format_mdf4.close(r);
		spur_buf_finish(&cut);
	}
	is_int((intmax_t)wrong, 0, "cut at any byte: never more than there is");
	is_int((intmax_t)silent, 0, "and never silently less");
	f.b.len = whole_len;
	spur_buf_finish(&f.b);
}

static void check_finds_what_is_wrong(void)
{
	struct spur_findings to;
	struct fixture f = make(false);
	struct spur_error err;
	enum spur_status st;
	int defects = 0;
	struct spur_reader *r = open_memory(&f.b, &st, &err);

	to = (struct spur_findings){ .state = &defects, .found = count };
	is_int(spur_format_mdf4.check(r, &to, NULL, &err), SPUR_OK, "check of a good file");
	is_int(defects, 0, "finds nothing");
	spur_format_mdf4.close(r);
	mdf_set(&f.b, f.at[AT_CN_SPEED] + 8, 8, 8);	/* a length below the header's */
	r = open_memory(&f.b, &st, &err);
	is_int(spur_format_mdf4.check(r, &to, NULL, &err), SPUR_OK, "check of a bad one");
	ok(defects > 0, "finds something");
	spur_format_mdf4.close(r);
	spur_buf_finish(&f.b);
}

static void recover_keeps_everything(void)
{
	struct spur_buf sources[] = { make(true).b, make_unsorted(0x25, 9) };
	const char *const want[] = { whole, "0,v0.;1,v1.;2,v2.;" };
	char path[] = "mdf4-recover-XXXXXX";
	int fd = mkstemp(path);

	close(fd);
	for (size_t i = 0; i < 2; i++) {
		struct spur_recovery got;
		struct spur_error err = { .text = "" };
		enum spur_status st;
		struct spur_reader *r = open_memory(&sources[i], &st, &err);
		struct spur_buf back = { 0 };
		char *data;
		size_t len;

		if (!is_int(spur_format_mdf4.recover(r, path, NULL, &got, NULL, &err), SPUR_OK, "recover"))
			printf("# %s\n", err.text);
		is_int((intmax_t)got.rows_kept, i == 0 ? ROWS : 3, "rows kept");
		spur_format_mdf4.close(r);
		if (spur_file_read(path, 1 << 20, &data, &len, &err) == SPUR_OK) {
			spur_buf_add(&back, data, len);
			free(data);
		}
		reads_as(&back, &everything, want[i], 0, "the recovered file");
		is_int(back.len > 62 ? back.data[60] : -1, 0, "is finalised");
		spur_buf_finish(&back);
		spur_buf_finish(&sources[i]);
	}
	unlink(path);
}

int main(void)
{
	a_sorted_file_is_read(false);
	a_sorted_file_is_read(true);
	the_description_tells_what_is_there();
	wanted_signals_must_exist();
	cancelled_scans_say_so();
	a_sink_may_stop();
	unsorted_files_are_read_too();
	columns_with_a_remote_master_are_read();
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++)
		try_bad(&bad_cases[i]);
	truncation_anywhere_is_survived(false);
	truncation_anywhere_is_survived(true);
	check_finds_what_is_wrong();
	recover_keeps_everything();
	return tap_done();
}
