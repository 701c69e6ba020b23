#ifndef SPUR_TESTS_MDF3_FILE_H
#define SPUR_TESTS_MDF3_FILE_H

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

/* MDF 3 files by hand, in both byte orders: one group of a time and one channel. */

struct mdf3_file {
	struct spur_buf b;
	bool big;
};

static inline void mdf3_put(struct mdf3_file *f, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = 8 * (f->big ? bytes - 1 - i : i);

		spur_buf_u8(&f->b, (uint8_t)(shift < 64 ? v >> shift : 0));
	}
}

static inline void mdf3_put_f64(struct mdf3_file *f, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	mdf3_put(f, bits, 8);
}

static inline void mdf3_put_text(struct mdf3_file *f, const char *s, size_t len)
{
	char zeros[160] = "";

	memcpy(zeros, s, strlen(s));
	spur_buf_add(&f->b, zeros, len);
}

static inline uint64_t mdf3_head(struct mdf3_file *f, const char *id, unsigned len)
{
	uint64_t at = f->b.len;

	spur_buf_add(&f->b, id, 2);
	mdf3_put(f, len, 2);
	return at;
}

struct mdf3_conversion {
	unsigned type, size, numbers;
	double number[8];
};

static inline uint64_t mdf3_cc(struct mdf3_file *f, const char *unit, const struct mdf3_conversion *c)
{
	uint64_t at = mdf3_head(f, "CC", 46 + 8 * c->numbers);

	mdf3_put(f, 0, 2);
	mdf3_put_f64(f, 0);
	mdf3_put_f64(f, 0);
	mdf3_put_text(f, unit, 20);
	mdf3_put(f, c->type, 2);
	mdf3_put(f, c->size, 2);
	for (unsigned i = 0; i < c->numbers; i++)
		mdf3_put_f64(f, c->number[i]);
	return at;
}

static inline uint64_t mdf3_cn(struct mdf3_file *f, uint64_t next, uint64_t cc, const char *name, unsigned master, unsigned first,
		       unsigned bits, unsigned type)
{
	uint64_t at = mdf3_head(f, "CN", 228);

	mdf3_put(f, next, 4);
	mdf3_put(f, cc, 4);
	mdf3_put(f, 0, 8);
	mdf3_put(f, 0, 4);
	mdf3_put(f, master, 2);
	mdf3_put_text(f, name, 32);
	mdf3_put_text(f, "", 128);
	mdf3_put(f, first, 2);
	mdf3_put(f, bits, 2);
	mdf3_put(f, type, 2);
	mdf3_put(f, 0, 2);
	for (int i = 0; i < 3; i++)
		mdf3_put_f64(f, 0);
	mdf3_put(f, 0, 8);
	mdf3_put(f, 0, 2);
	return at;
}

static inline struct mdf3_file mdf3_file_make(bool big, const struct mdf3_conversion *c)
{
	struct mdf3_file f = { .big = big };
	char id[64] = "MDF     3.30    test    ";
	uint64_t cc, cn, cg, data, dg;

	id[24] = big;
	id[big ? 29 : 28] = (char)(330 & 255);
	id[big ? 28 : 29] = 330 >> 8;
	spur_buf_add(&f.b, id, sizeof(id));
	mdf3_head(&f, "HD", 164);
	mdf3_put(&f, 0, 14);
	mdf3_put_text(&f, "02:01:202003:04:05me", 146);
	cc = mdf3_cc(&f, "km/h", c);
	cn = mdf3_cn(&f, 0, cc, "speed", 0, 64, 16, 1);
	cn = mdf3_cn(&f, cn, 0, "t", 1, 0, 64, 3);
	cg = mdf3_head(&f, "CG", 26);
	mdf3_put(&f, 0, 4);
	mdf3_put(&f, cn, 4);
	mdf3_put(&f, 0, 4);
	mdf3_put(&f, 1, 2);
	mdf3_put(&f, 2, 2);
	mdf3_put(&f, 10, 2);
	mdf3_put(&f, 3, 4);
	data = f.b.len;
	for (unsigned i = 0; i < 3; i++) {
		mdf3_put_f64(&f, i);
		mdf3_put(&f, (uint16_t)(i - 1), 2);
	}
	dg = mdf3_head(&f, "DG", 24);
	mdf3_put(&f, 0, 4);
	mdf3_put(&f, cg, 4);
	mdf3_put(&f, 0, 4);
	mdf3_put(&f, data, 4);
	mdf3_put(&f, 1, 2);
	mdf3_put(&f, 0, 2);
	for (unsigned i = 0; i < 4; i++)
		f.b.data[68 + i] = (char)(dg >> 8 * (big ? 3 - i : i));
	return f;
}

#endif
