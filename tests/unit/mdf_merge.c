#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/mdf_read.h"

/* Small files with masters of all kinds, put together in pairs. */
#define START_NS INT64_C(1700000000000000000)
#define ROWS 3

enum kind { F64, F32, U32_US, I64_NS_BE, VIRTUAL, CONSTANT, ANGLE, TABLE };

struct made {
	enum kind kind;
	int64_t start_ns, first;	/* first: number of the first row; half a second each */
	const char *unit;		/* of the value */
	bool local;
};

static void put_be(struct spur_buf *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--)
		spur_buf_u8(out, (uint8_t)(v >> 8 * i));
}

static void record(struct spur_buf *out, enum kind kind, int64_t row)
{
	uint64_t ns = (uint64_t)row * 500000000;
	double t = (double)row * 0.5;

	switch (kind) {
	case F32: spur_buf_f32(out, (float)t); spur_buf_u32(out, 0); break;
	case U32_US: spur_buf_u32(out, (uint32_t)(ns / 1000)); spur_buf_u32(out, 0); break;
	case I64_NS_BE: put_be(out, ns); break;
	default: spur_buf_f64(out, t);
	}
	spur_buf_u8(out, (uint8_t)row);
	spur_buf_u64(out, (uint64_t)(row % ROWS) * 5);
}

static uint64_t master(struct spur_buf *b, enum kind kind, uint64_t next)
{
	static const double us[] = { 0, 1e-6 }, ns[] = { 0, 1e-9 }, half[] = { 0, 0.5 }, table[] = { 0, 0, 100, 100 }, five[] = { 5, 0 };
	struct mdf_cn c = { .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 };

	switch (kind) {
	case F32: c.bits = 32; break;
	case U32_US: c.bits = 32, c.data_type = 0, c.conv = mdf_cc(b, 1, us, 2, NULL, 0); break;
	case I64_NS_BE: c.data_type = 3, c.conv = mdf_cc(b, 1, ns, 2, NULL, 0); break;
	case VIRTUAL: c.type = 3, c.conv = mdf_cc(b, 1, half, 2, NULL, 0); break;
	case CONSTANT: next = mdf_cn(b, next, &(struct mdf_cn){ .name = "five", .type = 6, .conv = mdf_cc(b, 1, five, 2, NULL, 0) }); break;
	case ANGLE: c.sync = 2; break;
	case TABLE: c.conv = mdf_cc(b, 4, table, 4, NULL, 0); break;
	case F64: break;
	}
	return mdf_cn(b, next, &c);
}

static struct spur_buf make(const struct made *m)
{
	struct spur_buf b = { 0 }, raw = { 0 };
	uint64_t data, sd, cn, links[6] = { 0 };
	unsigned char event[32] = { 6, 1 };
	double factor = 0.5;
	char text[ROWS * 5];

	for (int i = 0; i < ROWS; i++) {
		memcpy(text + (size_t)i * 5, "\1\0\0\0", 4);
		text[(size_t)i * 5 + 4] = (char)('a' + (m->first + i) % ROWS);
	}
	for (int64_t i = 0; i < ROWS; i++)
		record(&raw, m->kind, m->first + i);
	mdf_begin(&b, 410, 0);
	mdf_set(&b, MDF_HD + 24 + 48, (uint64_t)m->start_ns, 8);
	if (m->local)
		mdf_set(&b, MDF_HD + 24 + 48 + 12, 1, 1);
	data = mdf_block(&b, "DT", NULL, 0, raw.data, raw.len);
	sd = mdf_block(&b, "SD", NULL, 0, text, sizeof(text));
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "s", .type = 1, .data_type = 6, .byte_offset = 9, .bits = 64, .data = sd });
	cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = "v", .byte_offset = 8, .bits = 8, .unit = mdf_tx(&b, m->unit) });
	cn = master(&b, m->kind, cn);
	mdf_end(&b, mdf_dg(&b, 0, mdf_cg(&b, 0, cn, 0, ROWS, 0, 17, 0), data, 0));
	event[16] = 2;		/* a second after the start */
	memcpy(event + 24, &factor, 8);
	links[1] = mdf_block(&b, "FH", (uint64_t[]){ 0, mdf_tx(&b, m->unit) }, 2, event, 16);
	links[4] = mdf_block(&b, "EV", (uint64_t[]){ 0, 0, 0, mdf_tx(&b, m->unit), 0, cn }, 6, event, sizeof(event));
	mdf_set(&b, links[4] + 24 + 48 + 8, 1, 1);
	mdf_set(&b, MDF_HD + 24 + 8, links[1], 8);
	mdf_set(&b, MDF_HD + 24 + 32, links[4], 8);
	spur_buf_finish(&raw);
	return b;
}

static char path[] = "mdf-merge-XXXXXX";

static enum spur_status merge(const struct made *made, size_t count, bool apart, struct spur_buf *back, struct spur_error *err)
{
	static const char *const names[] = { "one.mf4", "two.mf4", "three.mf4" };
	struct spur_merging want = { .names = names, .apart = apart, .how = { .history = "merged", .written_ns = 42 } };
	struct spur_buf from[3] = { { 0 } };
	struct spur_reader *r[3];
	struct spur_rewritten got;
	enum spur_status st;
	char *data;
	size_t len;

	for (size_t i = 0; i < count; i++) {
		from[i] = make(&made[i]);
		r[i] = open_memory(&from[i]);
	}
	st = spur_format_mdf4.merge(r, count, path, &want, &got, NULL, err);
	if (st == SPUR_OK && spur_file_read(path, 1 << 20, &data, &len, NULL) == SPUR_OK) {
		spur_buf_add(back, data, len);
		free(data);
	}
	for (size_t i = 0; i < count; i++) {
		spur_format_mdf4.close(r[i]);
		spur_buf_finish(&from[i]);
	}
	return st;
}

static void merges_to(const struct made *made, size_t count, bool apart, const char *rows, const char *name)
{
	struct spur_buf back = { 0 };
	struct spur_error err = { .text = "" };

	if (!is_int(merge(made, count, apart, &back, &err), SPUR_OK, name))
		printf("# %s\n", err.text);
	reads_as(&back, rows, name);
	spur_buf_finish(&back);
}

static void does_not_merge(const struct made *made, const char *why, const char *name)
{
	struct spur_buf back = { 0 };
	struct spur_error err = { .text = "" };

	unlink(path);
	is_int(merge(made, 2, false, &back, &err), SPUR_EUNSUPPORTED, name);
	if (!ok(strstr(err.text, why) != NULL, "and says why"))
		printf("# %s\n", err.text);
	is_int(access(path, F_OK), -1, "nothing is written");
	spur_buf_finish(&back);
}

#define HOUR_NS (3600 * SPUR_NS_PER_S)

static void raw_masters_are_moved(void)
{
	static const char joined[] = "0:0,0,a;0:0.5,1,b;0:1,2,c;0:3601.5,3,a;0:3602,4,b;0:3602.5,5,c;";

	for (int kind = F64; kind <= I64_NS_BE; kind++) {
		const struct made two[] = { { kind, START_NS, 0, "m", false }, { kind, START_NS + HOUR_NS, 3, "m", false } };

		if (kind != F32)	/* 3601.5 is exact there too: see below */
			merges_to(two, 2, false, joined, "records follow each other");
	}
	const struct made back[] = { { F32, START_NS + HOUR_NS, 3, "m", false }, { F32, START_NS, 0, "m", false } };

	merges_to(back, 2, false, joined, "in the order of time; a short real that can hold it");
	const struct made constant[] = { { CONSTANT, START_NS, 0, "m", false }, { CONSTANT, START_NS + HOUR_NS, 3, "m", false } };

	merges_to(constant, 2, false, "0:0,5,0,a;0:0.5,5,1,b;0:1,5,2,c;0:3601.5,5,3,a;0:3602,5,4,b;0:3602.5,5,5,c;",
		  "with a constant channel");
}

static void what_cannot_be_moved_is_said(void)
{
	const struct made real[] = { { F32, START_NS, 0, "m", false }, { F32, START_NS + HOUR_NS + 1, 3, "m", false } };
	const struct made wide[] = { { U32_US, START_NS, 0, "m", false }, { U32_US, START_NS + 2 * HOUR_NS, 3, "m", false } };
	const struct made fine[] = { { U32_US, START_NS, 0, "m", false }, { U32_US, START_NS + HOUR_NS + 100, 3, "m", false } };
	const struct made rows[] = { { VIRTUAL, START_NS, 0, "m", false }, { VIRTUAL, START_NS + HOUR_NS, 3, "m", false } };
	const struct made angle[] = { { ANGLE, START_NS, 0, "m", false }, { ANGLE, START_NS + HOUR_NS, 3, "m", false } };
	const struct made table[] = { { TABLE, START_NS, 0, "m", false }, { TABLE, START_NS + HOUR_NS, 3, "m", false } };
	const struct made over[] = { { F64, START_NS, 0, "m", false }, { F64, START_NS + SPUR_NS_PER_S / 4, 0, "m", false } };
	const struct made local[] = { { F64, START_NS, 0, "m", false }, { F64, START_NS + HOUR_NS, 0, "m", true } };
	const struct made never[] = { { F64, START_NS, 0, "m", false }, { F64, 0, 0, "m", false } };

	does_not_merge(real, "a real of 32 bits of its master t cannot hold 1.500000000 s", "a real that is too short");
	does_not_merge(wide, "an integer of 32 bits of its master t cannot hold", "an integer that would overflow");
	does_not_merge(fine, "an integer of 32 bits of its master t cannot hold", "one whose step is too large");
	does_not_merge(rows, "number of the row", "masters that are the number of the row");
	does_not_merge(angle, "not a time", "masters of angle");
	does_not_merge(table, "not linear", "masters with a table");
	does_not_merge(over, "two.mf4: group 0 begins 0.750000000 s before", "files that overlap");
	does_not_merge(local, "two.mf4: holds local time", "local time and UTC");
	does_not_merge(never, "two.mf4: does not say when", "a file without a start");
}

static void others_stand_beside(void)
{
	const struct made three[] = { { F64, START_NS, 0, "m", false }, { F32, START_NS + HOUR_NS + 1, 3, "km", false },
				      { F32, START_NS + HOUR_NS + 1 + 4 * SPUR_NS_PER_S, 3, "km", false } };
	struct spur_buf back = { 0 };
	struct spur_error err = { .text = "" };
	uint64_t ev, fh;

	merges_to(three, 3, false,
		  "0:0,0,a;0:0.5,1,b;0:1,2,c;1:3601.500000001,3,a;1:3602.000000001,4,b;1:3602.500000001,5,c;"
		  "1:3605.500000001,3,a;1:3606.000000001,4,b;1:3606.500000001,5,c;", "another structure is another group");
	const struct made rows[] = { { VIRTUAL, START_NS, 0, "m", false }, { VIRTUAL, START_NS + HOUR_NS, 3, "m", false } };

	merges_to(rows, 2, true, "0:0,0,a;0:0.5,1,b;0:1,2,c;1:3600,3,a;1:3600.5,4,b;1:3601,5,c;", "or all that is wanted apart");

	is_int(merge(three, 3, false, &back, &err), SPUR_OK, "once more");
	ev = link_of(&back, link_of(&back, link_of(&back, MDF_HD, 4), 0), 0);
	is_str(text_of(&back, link_of(&back, ev, 3)), "km", "events of all files");
	is_int((intmax_t)spur_le64(fields(&back, ev) + 16), INT64_C(3605000000001), "at their times, to the nanosecond");
	ok(link_of(&back, ev, 5) == link_of(&back, link_of(&back, link_of(&back, link_of(&back, MDF_HD, 0), 0), 1), 1),
	   "of the channel that took the records");
	is_int((intmax_t)link_of(&back, ev, 0), 0, "and no more");
	fh = link_of(&back, link_of(&back, link_of(&back, MDF_HD, 1), 0), 0);
	is_str(text_of(&back, link_of(&back, fh, 1)), "km", "histories of all files");
	ok(strstr(text_of(&back, link_of(&back, link_of(&back, fh, 0), 1)), "<TX>merged: one.mf4 from 2023-11-14T22:13:20") != NULL,
	   "and a line of our own");
	spur_buf_finish(&back);
}

int main(void)
{
	int fd = mkstemp(path);

	close(fd);
	raw_masters_are_moved();
	what_cannot_be_moved_is_said();
	others_stand_beside();
	unlink(path);
	return tap_done();
}
