#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <libdeflate.h>

#include "base/bytes.h"
#include "format/format.h"
#include "io/out.h"
#include "tests/mdf_file.h"
#include "tests/tap.h"

/*
 * recover() gives back every complete record of a file that was cut anywhere. Files are made with their tree first and their
 * data last; where each record ends is noted while its bytes are laid down, so that what must come back of the first n
 * bytes is known without any reader. What came back is followed by hand, link by link.
 */
#define ROWS 9
#define GROUPS 2

struct record {
	unsigned group;
	uint64_t end;			/* the cut from which on it is complete */
	uint64_t inval_end;		/* and its invalidation byte, where that lies elsewhere */
	uint64_t text_end;		/* and its text; 0: it has none */
	unsigned char bytes[24];
};

struct made {
	struct spur_buf file;
	uint64_t tree_end;
	struct record records[3 * ROWS];
	size_t count;
	uint32_t bytes[GROUPS], inval[GROUPS];	/* of a record of a group */
	bool texts;			/* group 0: the last 8 data bytes are an offset into signal data */
	bool at_least;			/* blocks that are cut may give more than whole blocks do */
};

extern const struct spur_format spur_format_mdf4;
static char path[128];

/* ---- what is written ---- */

/* Group 0: time, number, and the offset of a text if it has one; group 1: time and a byte. An invalidation byte each. */
static void fill(struct made *m, unsigned group, unsigned row, unsigned char *to)
{
	double t = row * 0.5 + group * 0.25;
	uint16_t v = (uint16_t)(1000 + row);
	uint64_t offset = row * 8u;

	memcpy(to, &t, 8);
	memcpy(to + 8, &v, group == 0 ? 2 : 1);
	if (group == 0 && m->texts)
		memcpy(to + 10, &offset, 8);
	to[m->bytes[group]] = row % 4 == 2;
}

static struct record *note(struct made *m, unsigned group, unsigned row)
{
	struct record *rec = &m->records[m->count++];

	rec->group = group;
	fill(m, group, row, rec->bytes);
	return rec;
}

/* A data group with one or two groups, and the group of texts where records have ids. */
static void tree(struct made *m, uint16_t version, uint16_t unfinished, bool ids, unsigned groups, uint64_t cycles, uint64_t *dg,
		 uint64_t *text_cn)
{
	struct spur_buf *b = &m->file;
	uint64_t cn = 0, cg = 0, texts = 0;

	m->bytes[0] = m->texts ? 18 : 10;
	m->bytes[1] = 9;
	m->inval[0] = m->inval[1] = 1;
	mdf_begin(b, version, unfinished);
	if (groups > 1) {
		cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "w", .byte_offset = 8, .bits = 8, .flags = 2 });
		cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
		cg = mdf_cg(b, cg, cn, 3, cycles, 0, m->bytes[1], 1);
	}
	if (m->texts && ids)
		cg = texts = mdf_cg(b, cg, 0, 2, cycles, 1, (uint32_t)cycles * 3, 0);
	cn = 0;
	if (m->texts)
		*text_cn = cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "s", .type = 1, .data_type = 7, .byte_offset = 10, .bits = 64, .data = texts });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "v", .byte_offset = 8, .bits = 16, .flags = 2 });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	cg = mdf_cg(b, cg, cn, ids ? 1 : 0, cycles, 0, m->bytes[0], 1);
	*dg = mdf_dg(b, 0, cg, 0, ids ? 1 : 0);
	mdf_end(b, *dg);
}

static void begin_data(struct made *m, uint64_t dg)
{
	m->tree_end = m->file.len;
	mdf_set(&m->file, dg + 24 + 16, m->file.len, 8);
}

static void open_block(struct made *m, const char *id, uint64_t len)
{
	mdf_block(&m->file, id, NULL, 0, NULL, 0);
	mdf_set(&m->file, m->file.len - 16, 24 + len, 8);
}

static void pad(struct made *m)
{
	while (m->file.len % 8 != 0)
		spur_buf_addc(&m->file, 0);
}

static void plain(struct made *m)
{
	uint64_t dg, unused;

	tree(m, 410, 0, false, 1, ROWS, &dg, &unused);
	begin_data(m, dg);
	open_block(m, "DT", 11 * ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		struct record *rec = note(m, 0, i);

		spur_buf_add(&m->file, rec->bytes, 11);
		rec->end = m->file.len;
	}
}

static void put_text(struct made *m, unsigned row)
{
	char text[5];

	snprintf(text, sizeof(text), "v%u..", row);
	spur_buf_u32(&m->file, 4);
	spur_buf_add(&m->file, text, 4);
}

static void signal_data(struct made *m)
{
	uint64_t dg, cn;

	m->texts = true;
	tree(m, 410, 0, false, 1, ROWS, &dg, &cn);
	begin_data(m, dg);
	open_block(m, "DT", 19 * ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		struct record *rec = note(m, 0, i);

		spur_buf_add(&m->file, rec->bytes, 19);
		rec->end = m->file.len;
	}
	pad(m);
	mdf_set(&m->file, cn + 24 + 8 * 5, m->file.len, 8);
	open_block(m, "SD", 8 * ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		put_text(m, i);
		m->records[i].text_end = m->file.len;
	}
}

/* Records of both groups and texts by turns, as loggers write them. */
static void mixed(struct made *m, uint16_t unfinished, bool texts)
{
	uint64_t dg, cn;

	m->texts = texts;
	tree(m, 410, unfinished, true, 2, unfinished != 0 ? 0 : ROWS, &dg, &cn);
	begin_data(m, dg);
	open_block(m, "DT", unfinished != 0 ? 0 : ROWS * (1 + m->bytes[0] + 1 + (texts ? 9 : 0) + 1 + 10));
	for (unsigned i = 0; i < ROWS; i++) {
		struct record *rec = note(m, 0, i);

		spur_buf_u8(&m->file, 1);
		spur_buf_add(&m->file, rec->bytes, m->bytes[0] + 1);
		rec->end = m->file.len;
		if (texts) {
			spur_buf_u8(&m->file, 2);
			put_text(m, i);
			rec->text_end = m->file.len;
		}
		rec = note(m, 1, i);
		spur_buf_u8(&m->file, 3);
		spur_buf_add(&m->file, rec->bytes, 10);
		rec->end = m->file.len;
	}
}

static void unsorted(struct made *m)
{
	mixed(m, 0, false);
}

static void unsorted_texts(struct made *m)
{
	mixed(m, 0, true);
}

/* As CANedge loggers leave a file: no counts, no length of the data, no totals of the texts. */
static void unfinalised(struct made *m)
{
	mixed(m, 0x25, true);
}

/* The list stands before its blocks, which cut through records. */
static void list(struct made *m)
{
	enum { BLOCK = 25, BLOCKS = (11 * ROWS + BLOCK - 1) / BLOCK };
	unsigned char body[8 + 8 * BLOCKS] = { 0 };
	uint64_t dg, unused, links[1 + BLOCKS] = { 0 }, dl, at = 0;

	tree(m, 410, 0, false, 1, ROWS, &dg, &unused);
	begin_data(m, dg);
	for (uint64_t k = 0; k < BLOCKS; k++)
		memcpy(body + 8 + 8 * k, &(uint64_t){ k * BLOCK }, 8);
	body[4] = BLOCKS;
	dl = mdf_block(&m->file, "DL", links, 1 + BLOCKS, body, sizeof(body));
	m->tree_end = m->file.len;
	for (unsigned i = 0; i < ROWS; i++) {
		struct record *rec = note(m, 0, i);

		for (unsigned k = 0; k < 11; k++, at++) {
			if (at % BLOCK == 0) {
				uint64_t left = 11 * ROWS - at;

				pad(m);
				mdf_set(&m->file, dl + 24 + 8 + at / BLOCK * 8, m->file.len, 8);
				open_block(m, "DT", left < BLOCK ? left : BLOCK);
			}
			spur_buf_u8(&m->file, rec->bytes[k]);
		}
		rec->end = m->file.len;
	}
}

static void put_packed(struct made *m, const unsigned char *data, size_t len)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	unsigned char packed[256];
	size_t n = libdeflate_zlib_compress(c, data, len, packed, sizeof(packed));

	libdeflate_free_compressor(c);
	open_block(m, "DZ", 24 + n);
	spur_buf_adds(&m->file, "DT");
	spur_buf_u16(&m->file, 0);
	spur_buf_u32(&m->file, 0);
	spur_buf_u64(&m->file, len);
	spur_buf_u64(&m->file, n);
	spur_buf_add(&m->file, packed, n);
}

/* Blocks of three records and a bit more; a record is complete when its last block is. */
static void packed_list(struct made *m)
{
	enum { BLOCK = 36, BLOCKS = (11 * ROWS + BLOCK - 1) / BLOCK };
	unsigned char data[11 * ROWS], body[8 + 8 * BLOCKS] = { 0 };
	uint64_t dg, unused, links[1 + BLOCKS] = { 0 }, dl, ends[BLOCKS], hl;

	m->at_least = true;
	tree(m, 410, 0, false, 1, ROWS, &dg, &unused);
	begin_data(m, dg);
	hl = mdf_block(&m->file, "HL", links, 1, body, 16);
	for (uint64_t k = 0; k < BLOCKS; k++)
		memcpy(body + 8 + 8 * k, &(uint64_t){ k * BLOCK }, 8);
	body[4] = BLOCKS;
	dl = mdf_block(&m->file, "DL", links, 1 + BLOCKS, body, sizeof(body));
	mdf_set(&m->file, hl + 24, dl, 8);
	m->tree_end = m->file.len;
	for (unsigned i = 0; i < ROWS; i++)
		memcpy(data + 11 * i, note(m, 0, i)->bytes, 11);
	for (size_t k = 0; k < BLOCKS; k++) {
		size_t left = sizeof(data) - k * BLOCK;

		pad(m);
		mdf_set(&m->file, dl + 24 + 8 + k * 8, m->file.len, 8);
		put_packed(m, data + k * BLOCK, left < BLOCK ? left : BLOCK);
		ends[k] = m->file.len;
	}
	for (unsigned i = 0; i < ROWS; i++)
		m->records[i].end = ends[(11 * i + 10) / BLOCK];
}

/* Values and invalidation bytes of three rows each, by turns. */
static void columns(struct made *m)
{
	enum { PAIRS = ROWS / 3 };
	unsigned char body[16] = { 1, 0, 0, 0x80, PAIRS, 0, 0, 0, 3 };
	uint64_t dg, unused, links[1 + 2 * PAIRS] = { 0 }, ld;

	tree(m, 420, 0, false, 1, ROWS, &dg, &unused);
	begin_data(m, dg);
	ld = mdf_block(&m->file, "LD", links, 1 + 2 * PAIRS, body, sizeof(body));
	m->tree_end = m->file.len;
	for (unsigned k = 0; k < PAIRS; k++) {
		mdf_set(&m->file, ld + 24 + 8 + 16 * k, m->file.len, 8);
		open_block(m, "DV", 30);
		for (unsigned i = 3 * k; i < 3 * k + 3; i++) {
			struct record *rec = note(m, 0, i);

			spur_buf_add(&m->file, rec->bytes, 10);
			rec->end = m->file.len;
		}
		pad(m);
		mdf_set(&m->file, ld + 24 + 16 + 16 * k, m->file.len, 8);
		open_block(m, "DI", 3);
		for (unsigned i = 3 * k; i < 3 * k + 3; i++)
			spur_buf_u8(&m->file, m->records[i].bytes[10]);
		for (unsigned i = 3 * k; i < 3 * k + 3; i++)
			m->records[i].inval_end = m->file.len;
		pad(m);
	}
}

/* ---- what came back ---- */

struct back {
	char *data;
	size_t len;
};

static uint64_t u64(const struct back *f, uint64_t at)
{
	return at + 8 <= f->len ? spur_le64(f->data + at) : 0;
}

static uint64_t link_at(const struct back *f, uint64_t block, unsigned n)
{
	return u64(f, block + 24 + 8 * (uint64_t)n);
}

static const char *content(const struct back *f, uint64_t block, uint64_t *len)
{
	uint64_t from = block + 24 + 8 * u64(f, block + 16), to = block + u64(f, block + 8);

	*len = block != 0 && from <= to && to <= f->len ? to - from : 0;
	return f->data + (*len > 0 ? from : 0);
}

/* The text that a record of group 0 refers to; NULL: there is none. */
static const char *text_of(const struct back *f, uint64_t cg, uint64_t offset, uint32_t *len)
{
	uint64_t cn = link_at(f, link_at(f, link_at(f, cg, 1), 0), 0), have;
	const char *sd = content(f, link_at(f, cn, 5), &have);

	if (offset + 4 > have)
		return NULL;
	*len = spur_le32(sd + offset);
	return offset + 4 + *len <= have ? sd + offset + 4 : NULL;
}

static bool record_is(const struct made *m, const struct back *f, uint64_t cg, const struct record *rec, const char *got, uint64_t cut)
{
	uint32_t n = m->bytes[rec->group] - (m->texts && rec->group == 0 ? 8 : 0), len = 0;
	const char *text;
	char want[5];

	if (memcmp(got, rec->bytes, n) != 0)
		return false;
	if (cut >= rec->inval_end && (unsigned char)got[m->bytes[rec->group]] != rec->bytes[m->bytes[rec->group]])
		return false;
	if (rec->text_end == 0 || cut < rec->text_end)
		return true;
	text = text_of(f, cg, spur_le64(got + 10), &len);
	snprintf(want, sizeof(want), "v%u..", (unsigned)spur_le16(got + 8) - 1000);
	return text != NULL && len == 4 && memcmp(text, want, 4) == 0;
}

/* All complete records of a group, in order, and no other; what is not as it must be is told. */
static bool group_is(const struct made *m, const struct back *f, uint64_t dg, unsigned group, uint64_t cut)
{
	uint64_t cg = link_at(f, dg, 1), len, rows = 0, want = 0, most = 0, stride = m->bytes[group] + m->inval[group];
	const char *data = content(f, link_at(f, dg, 2), &len), *body;
	uint64_t body_len;

	body = content(f, cg, &body_len);
	rows = body_len >= 32 ? spur_le64(body + 8) : 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct record *rec = &m->records[i];

		if (rec->group != group)
			continue;
		want += rec->end <= cut;
		if (most < rows && (most + 1) * stride <= len && !record_is(m, f, cg, rec, data + most * stride, cut)) {
			printf("# cut at %" PRIu64 ": group %u: record %" PRIu64 " is another one\n", cut, group, most);
			return false;
		}
		most++;
	}
	if (rows * stride != len || (m->at_least ? rows < want || rows > most : rows != want)) {
		printf("# cut at %" PRIu64 ": group %u: %" PRIu64 " records in %" PRIu64 " bytes, %" PRIu64 " are complete\n", cut, group, rows,
		       len, want);
		return false;
	}
	return true;
}

static bool came_back(const struct made *m, uint64_t cut)
{
	struct back f = { 0 };
	uint64_t dg;
	bool good = true;

	if (spur_file_read(path, 1 << 20, &f.data, &f.len, NULL) < 0)
		return false;
	dg = link_at(&f, 64, 0);
	for (unsigned g = 0; g < GROUPS && good; g++) {
		bool is_there = false;

		for (size_t i = 0; i < m->count; i++)
			is_there |= m->records[i].group == g;
		if (!is_there)
			continue;
		good = dg != 0 && group_is(m, &f, dg, g, cut);
		dg = link_at(&f, dg, 0);
	}
	free(f.data);
	return good;
}

static bool recovers(const struct made *m, uint64_t cut)
{
	struct spur_open_opts opts = { .threads = 1, .no_index = true };
	struct spur_recovery got;
	struct spur_reader *r;
	struct spur_error err = { 0 };
	struct spur_range *range = spur_range_memory(m->file.data, cut, "cut");
	enum spur_status st = spur_format_mdf4.open(range, &opts, &r, &err);

	if (st < 0) {
		spur_range_close(range);
	} else {
		st = spur_format_mdf4.recover(r, path, NULL, &got, NULL, &err);
		spur_format_mdf4.close(r);
	}
	if (st < 0)
		printf("# cut at %" PRIu64 ": %s\n", cut, err.text);
	return st == SPUR_OK && came_back(m, cut);
}

int main(void)
{
	static const struct { const char *name; void (*make)(struct made *m); } layouts[] = {
		{ "plain", plain }, { "signal data", signal_data }, { "unsorted", unsorted }, { "unsorted with texts", unsorted_texts },
		{ "a list of blocks", list }, { "a list of packed blocks", packed_list }, { "columns", columns },
		{ "unfinalised", unfinalised },
	};
	char shm[] = "/dev/shm/spur-recover-XXXXXX", tmp[] = "/tmp/spur-recover-XXXXXX", *dir = mkdtemp(shm);

	if (dir == NULL && (dir = mkdtemp(tmp)) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/back.mf4", dir);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct made m = { 0 };
		unsigned bad = 0;

		layouts[i].make(&m);
		pad(&m);
		for (uint64_t cut = m.tree_end; cut <= m.file.len; cut++)
			bad += bad < 5 && !recovers(&m, cut);
		is_int(bad, 0, layouts[i].name);
		spur_buf_finish(&m.file);
	}
	unlink(path);
	rmdir(dir);
	return tap_done();
}
