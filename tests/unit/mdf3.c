#include "config.h"

#include <math.h>

#include "base/buf.h"
#include "format/registry.h"
#include "tests/tap.h"

/* MDF 3 files by hand, in both byte orders: one group of a time and one channel. */

struct file {
	struct spur_buf b;
	bool big;
};

static void put(struct file *f, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = 8 * (f->big ? bytes - 1 - i : i);

		spur_buf_u8(&f->b, (uint8_t)(shift < 64 ? v >> shift : 0));
	}
}

static void put_f64(struct file *f, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put(f, bits, 8);
}

static void put_text(struct file *f, const char *s, size_t len)
{
	char zeros[160] = "";

	memcpy(zeros, s, strlen(s));
	spur_buf_add(&f->b, zeros, len);
}

static uint64_t head(struct file *f, const char *id, unsigned len)
{
	uint64_t at = f->b.len;

	spur_buf_add(&f->b, id, 2);
	put(f, len, 2);
	return at;
}

struct conv {
	unsigned type, size, numbers;
	double number[8];
};

static uint64_t add_cc(struct file *f, const char *unit, const struct conv *c)
{
	uint64_t at = head(f, "CC", 46 + 8 * c->numbers);

	put(f, 0, 2);
	put_f64(f, 0);
	put_f64(f, 0);
	put_text(f, unit, 20);
	put(f, c->type, 2);
	put(f, c->size, 2);
	for (unsigned i = 0; i < c->numbers; i++)
		put_f64(f, c->number[i]);
	return at;
}

static uint64_t add_cn(struct file *f, uint64_t next, uint64_t cc, const char *name, unsigned master, unsigned first,
		       unsigned bits, unsigned type)
{
	uint64_t at = head(f, "CN", 228);

	put(f, next, 4);
	put(f, cc, 4);
	put(f, 0, 8);
	put(f, 0, 4);
	put(f, master, 2);
	put_text(f, name, 32);
	put_text(f, "", 128);
	put(f, first, 2);
	put(f, bits, 2);
	put(f, type, 2);
	put(f, 0, 2);
	for (int i = 0; i < 3; i++)
		put_f64(f, 0);
	put(f, 0, 8);
	put(f, 0, 2);
	return at;
}

static struct file make(bool big, const struct conv *c)
{
	struct file f = { .big = big };
	char id[64] = "MDF     3.30    test    ";
	uint64_t cc, cn, cg, data, dg;

	id[24] = big;
	id[big ? 29 : 28] = (char)(330 & 255);
	id[big ? 28 : 29] = 330 >> 8;
	spur_buf_add(&f.b, id, sizeof(id));
	head(&f, "HD", 164);
	put(&f, 0, 14);
	put_text(&f, "02:01:202003:04:05me", 146);
	cc = add_cc(&f, "km/h", c);
	cn = add_cn(&f, 0, cc, "speed", 0, 64, 16, 1);
	cn = add_cn(&f, cn, 0, "t", 1, 0, 64, 3);
	cg = head(&f, "CG", 26);
	put(&f, 0, 4);
	put(&f, cn, 4);
	put(&f, 0, 4);
	put(&f, 1, 2);
	put(&f, 2, 2);
	put(&f, 10, 2);
	put(&f, 3, 4);
	data = f.b.len;
	for (unsigned i = 0; i < 3; i++) {
		put_f64(&f, i);
		put(&f, (uint16_t)(i - 1), 2);
	}
	dg = head(&f, "DG", 24);
	put(&f, 0, 4);
	put(&f, cg, 4);
	put(&f, 0, 4);
	put(&f, data, 4);
	put(&f, 1, 2);
	put(&f, 0, 2);
	for (unsigned i = 0; i < 4; i++)
		f.b.data[68 + i] = (char)(dg >> 8 * (big ? 3 - i : i));
	return f;
}

struct got {
	double v[3];
	size_t n;
};

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct got *g = state;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows && g->n < 3; i++)
		g->v[g->n++] = spur_column_f64(&rows->columns[0], i);
	return SPUR_OK;
}

static void reads_as(const struct spur_buf *b, double x, double y, double z, const char *name)
{
	static const uint32_t ids[] = { 1 };
	struct got g = { .n = 0 };
	struct spur_sink sink = { .state = &g, .columns = take };
	struct spur_scan want = { .signals = ids, .signal_count = 1, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_open_opts opts = { 0 };
	struct spur_error err = { .text = "" };
	struct spur_range *range = spur_range_memory(b->data, b->len, "test.mdf");
	struct spur_reader *r;
	const double wanted[] = { x, y, z };

	if (!is_int(spur_format_mdf4.open(range, &opts, &r, &err), SPUR_OK, name)) {
		printf("# %s\n", err.text);
		spur_range_close(range);
		return;
	}
	is_int(spur_format_mdf4.scan(r, &want, &sink, NULL, &err), SPUR_OK, name);
	is_int((intmax_t)g.n, 3, "three rows");
	for (size_t i = 0; i < 3; i++) {
		if (!ok(fabs(g.v[i] - wanted[i]) < 1e-9, name))
			printf("# row %zu: %.17g\n", i, g.v[i]);
	}
	spur_format_mdf4.close(r);
}

/* The raw values are -1, 0 and 1. */
static void conversions_become_those_of_mdf4(void)
{
	static const struct { const char *name; struct conv c; double want[3]; } cases[] = {
		{ "none", { UINT16_MAX, 0, 0, { 0 } }, { -1, 0, 1 } },
		{ "linear", { 0, 2, 2, { 10, 2 } }, { 8, 10, 12 } },
		{ "interpolated", { 1, 2, 4, { -1, 0, 1, 10 } }, { 0, 5, 10 } },
		{ "table: the last key below", { 2, 3, 6, { -1, 5, 0, 6, 1, 7 } }, { 5, 6, 7 } },
		{ "polynomial", { 6, 6, 6, { -1, 3, 0, 2, 0.5, 0.5 } }, { 7, 5, 3 } },
		{ "exponential", { 7, 7, 7, { 1, 2, -3, 0, 0, 1, 0 } }, { 0.34657359027997264, 0.54930614433405489, 0.69314718055994529 } },
		{ "logarithmic", { 8, 7, 7, { 1, 2, 0, 0, 0, 1, 0 } }, { 0.18393972058572117, 0.5, 1.3591409142295225 } },
		{ "rational", { 9, 6, 6, { 0, 2, 1, 0, 0, 4 } }, { -0.25, 0.25, 0.75 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int big = 0; big < 2; big++) {
			struct file f = make(big != 0, &cases[i].c);

			reads_as(&f.b, cases[i].want[0], cases[i].want[1], cases[i].want[2], cases[i].name);
			spur_buf_finish(&f.b);
		}
	}
}

static void the_header_is_read(void)
{
	struct file f = make(false, &(struct conv){ .type = UINT16_MAX });
	struct spur_open_opts opts = { 0 };
	struct spur_error err;
	struct spur_reader *r;

	if (spur_format_mdf4.open(spur_range_memory(f.b.data, f.b.len, "test.mdf"), &opts, &r, &err) == SPUR_OK) {
		const struct spur_description *d = spur_format_mdf4.describe(r);

		is_str(d->version, "3.30", "version");
		ok(d->has_time && d->local_time && d->begin_ns == INT64_C(1577934245000000000), "the clock on the wall");
		is_str(d->signals[1].unit, "km/h", "unit");
		is_str(d->notes[0].value, "me", "author");
		spur_format_mdf4.close(r);
	}
	spur_buf_finish(&f.b);
}

static void truncation_anywhere_is_survived(void)
{
	struct file f = make(true, &(struct conv){ 1, 2, 4, { -1, 0, 1, 10 } });
	size_t silent = 0;

	for (size_t len = 0; len < f.b.len; len++) {
		static const uint32_t ids[] = { 0, 1 };
		struct got g = { .n = 0 };
		struct spur_sink sink = { .state = &g, .columns = take };
		struct spur_scan want = { .signals = ids, .signal_count = 2, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
		struct spur_open_opts opts = { 0 };
		struct spur_buf cut = { 0 };
		struct spur_error err;
		struct spur_reader *r;

		spur_buf_add(&cut, f.b.data, len);
		struct spur_range *range = spur_range_memory(cut.data, len, "cut");

		if (spur_format_mdf4.open(range, &opts, &r, &err) < 0) {
			spur_range_close(range);
		} else {
			if (spur_format_mdf4.describe(r)->signal_count == 2)
				spur_format_mdf4.scan(r, &want, &sink, NULL, &err);
			silent += g.n < 3 && spur_format_mdf4.describe(r)->damage_count == 0;
			spur_format_mdf4.close(r);
		}
		spur_buf_finish(&cut);
	}
	is_int((intmax_t)silent, 0, "cut at any byte: never silently less");
	spur_buf_finish(&f.b);
}

int main(void)
{
	conversions_become_those_of_mdf4();
	the_header_is_read();
	truncation_anywhere_is_survived();
	return tap_done();
}
