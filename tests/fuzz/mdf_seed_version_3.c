#include "config.h"

#include <stdio.h>

#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"
#include "tests/mdf3_file.h"

/* MDF 3 in both byte orders: every conversion, data type, kind of record id, and the long header of 3.20. */
#define ROWS 5u

struct writer {
	struct mdf3_file f;
	uint64_t cn;
	unsigned bytes;		/* of a record so far */
};

static uint64_t text_block(struct mdf3_file *f, const char *text)
{
	unsigned len = (unsigned)strlen(text) + 1;
	uint64_t at = mdf3_head(f, "TX", 4 + len);

	spur_buf_add(&f->b, text, len);
	return at;
}

static uint64_t conversion(struct mdf3_file *f, unsigned type, unsigned size, const struct spur_buf *parameters)
{
	uint64_t at = mdf3_head(f, "CC", 46 + (unsigned)parameters->len);

	mdf3_put(f, 0, 18);
	mdf3_put_text(f, "m/s", 20);
	mdf3_put(f, type, 2);
	mdf3_put(f, size, 2);
	spur_buf_add(&f->b, parameters->data, parameters->len);
	return at;
}

static uint64_t with_numbers(struct mdf3_file *f, unsigned type, unsigned size, const double *v, unsigned n)
{
	struct mdf3_file p = { .big = f->big };
	uint64_t at;

	for (unsigned i = 0; i < n; i++)
		mdf3_put_f64(&p, v[i]);
	at = conversion(f, type, size, &p.b);
	spur_buf_finish(&p.b);
	return at;
}

static uint64_t with_texts(struct mdf3_file *f)
{
	struct mdf3_file p = { .big = f->big };
	uint64_t at;

	for (unsigned i = 0; i < 3; i++) {
		mdf3_put_f64(&p, i * 2);
		mdf3_put_text(&p, i == 0 ? "off" : i == 1 ? "on " : "error", 32);
	}
	at = conversion(f, 11, 3, &p.b);
	spur_buf_finish(&p.b);
	return at;
}

static uint64_t with_ranges(struct mdf3_file *f)
{
	static const double edge[] = { 0, 0, 1, 2, 3, 6 };
	struct mdf3_file p = { .big = f->big };
	uint64_t at, text[3] = { text_block(f, "else"), text_block(f, "few"), text_block(f, "many") };

	for (unsigned i = 0; i < 3; i++) {
		mdf3_put_f64(&p, edge[2 * i]);
		mdf3_put_f64(&p, edge[2 * i + 1]);
		mdf3_put(&p, text[i], 4);
	}
	at = conversion(f, 12, 3, &p.b);
	spur_buf_finish(&p.b);
	return at;
}

static uint64_t with_formula(struct mdf3_file *f, const char *text)
{
	struct spur_buf p = { 0 };
	uint64_t at;

	spur_buf_add(&p, text, strlen(text) + 1);
	at = conversion(f, 10, (unsigned)p.len, &p);
	spur_buf_finish(&p);
	return at;
}

static void header(struct mdf3_file *f, unsigned version, unsigned code_page, const char *date, uint64_t ns)
{
	char id[64] = "MDF     3.30    maker   ";
	uint64_t text;

	id[24] = f->big;
	id[f->big ? 29 : 28] = (char)(version & 255);
	id[f->big ? 28 : 29] = (char)(version >> 8);
	id[f->big ? 31 : 30] = (char)(code_page & 255);
	id[f->big ? 30 : 31] = (char)(code_page >> 8);
	spur_buf_add(&f->b, id, sizeof(id));
	mdf3_head(f, "HD", ns != 0 ? 208 : 164);
	mdf3_put(f, 0, 14);
	mdf3_put_text(f, date, 18);
	mdf3_put_text(f, "author", 32);
	mdf3_put_text(f, "organisation  ", 32);
	mdf3_put_text(f, "gr\xfc\xdf", 32);
	mdf3_put_text(f, "", 32);
	if (ns != 0)
		mdf3_put(f, ns, 8);
	mdf3_put(f, 0, ns != 0 ? 36 : 0);
	text = text_block(f, "a comment");
	for (unsigned i = 0; i < 4; i++)
		f->b.data[72 + i] = (char)(text >> 8 * (f->big ? 3 - i : i));
}

static void channel(struct writer *w, const char *name, unsigned bits, unsigned type, uint64_t cc)
{
	bool master = w->cn == 0 && strcmp(name, "t") == 0;

	w->cn = mdf3_cn(&w->f, w->cn, cc, name, master, w->bytes * 8, bits, type);
	w->bytes += (bits + 7) / 8;
}

static void finish(struct writer *w, unsigned ids)
{
	struct mdf3_file *f = &w->f;
	uint64_t cg = mdf3_head(f, "CG", 26), comment, data, dg;

	mdf3_put(f, 0, 4);
	mdf3_put(f, w->cn, 4);
	mdf3_put(f, 0, 4);
	mdf3_put(f, 7, 2);
	mdf3_put(f, 2, 2);
	mdf3_put(f, w->bytes, 2);
	mdf3_put(f, ROWS, 4);
	comment = text_block(f, "of the group");
	for (unsigned i = 0; i < 4; i++)
		f->b.data[cg + 12 + i] = (char)(comment >> 8 * (f->big ? 3 - i : i));
	data = f->b.len;
	for (unsigned row = 0; row < ROWS; row++) {
		if (ids > 0)
			mdf3_put(f, 7, 1);
		for (unsigned k = 0; k + 8 < w->bytes; k++)
			spur_buf_u8(&f->b, k < 6 ? (uint8_t)(k == 0 || k == 5 ? row : 0) : seed_byte(row * 41 + k));
		mdf3_put_f64(f, row * 0.5);
		if (ids == 2)
			mdf3_put(f, 7, 1);
	}
	dg = mdf3_head(f, "DG", 24);
	mdf3_put(f, 0, 4);
	mdf3_put(f, cg, 4);
	mdf3_put(f, 0, 4);
	mdf3_put(f, data, 4);
	mdf3_put(f, 1, 2);
	mdf3_put(f, ids, 2);
	for (unsigned i = 0; i < 4; i++)
		f->b.data[68 + i] = (char)(dg >> 8 * (f->big ? 3 - i : i));
	fuzz_seed_buf(&f->b);
}

static void conversions(bool big)
{
	static const double v[] = { 1, 2, 3, 4, 5, 6, 7 }, pairs[] = { 0, 10, 2, 20, 4, 0 }, exps[] = { 2, 3, 1, 0, 5, 0.5, 9 }, logs[] = { 2, 3, 9, 4, 5, 0.5, 99 };
	struct writer w = { .f = { .big = big } };
	uint64_t cc[13], f;

	header(&w.f, 330, 0, "02:01:202003:04:05", 0);
	cc[0] = with_numbers(&w.f, 0, 2, v, 2);
	cc[1] = with_numbers(&w.f, 1, 3, pairs, 6);
	cc[2] = with_numbers(&w.f, 2, 3, pairs, 6);
	cc[3] = with_numbers(&w.f, 6, 6, v, 6);
	cc[4] = with_numbers(&w.f, 7, 7, exps, 7);
	cc[5] = with_numbers(&w.f, 8, 7, logs, 7);
	cc[6] = with_numbers(&w.f, 9, 6, v, 6);
	cc[7] = with_formula(&w.f, "X1*2+1");
	cc[8] = with_texts(&w.f);
	cc[9] = with_ranges(&w.f);
	cc[10] = with_numbers(&w.f, 65535, 0, v, 0);
	cc[11] = with_numbers(&w.f, 2, 9, pairs, 6);
	cc[12] = with_numbers(&w.f, 77, 1, v, 1);
	w.bytes = 0;
	for (unsigned i = 0; i < 13; i++) {
		char name[8];

		snprintf(name, sizeof(name), "cc%u", i);
		f = mdf3_cn(&w.f, w.cn, cc[i], name, 0, big ? 40 : 0, 8, 0);
		w.cn = f;
	}
	w.bytes = 20;
	w.cn = mdf3_cn(&w.f, w.cn, 0, "t", 1, w.bytes * 8, 64, 3);
	w.bytes += 8;
	finish(&w, big);
}

static void types(bool big, unsigned ids)
{
	static const struct { unsigned type, bits; } all[] = {
		{ 0, 8 }, { 0, 12 }, { 1, 16 }, { 2, 32 }, { 3, 64 }, { 7, 24 }, { 8, 24 }, { 9, 16 }, { 10, 32 }, { 11, 32 }, { 12, 64 },
		{ 13, 16 }, { 14, 24 }, { 15, 32 }, { 16, 64 }, { 4, 8 }, { 5, 8 }, { 6, 8 }, { 17, 8 }, { 2, 24 },
	};
	struct writer w = { .f = { .big = big } };

	header(&w.f, 320, ids == 1 ? 65001 : 1252, "31:12:1999" "23:59:59", ids == 0 ? UINT64_C(1577934245123456789) : 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "type %u, %u bits", all[i].type, all[i].bits);
		channel(&w, name, all[i].bits, all[i].type, i == 6 ? with_numbers(&w.f, 132, 0, NULL, 0) : 0);
	}
	w.cn = mdf3_cn(&w.f, w.cn, 0, "t", 1, w.bytes * 8, 64, 3);
	w.bytes += 8;
	finish(&w, ids);
}

void mdf_seed_version_3(void)
{
	conversions(false);
	conversions(true);
	for (unsigned ids = 0; ids < 4; ids++)
		types(ids % 2 == 1, ids);
}
