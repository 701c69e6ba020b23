#include "config.h"

#include <math.h>

#include "base/buf.h"
#include "format/registry.h"
#include "tests/mdf3_file.h"
#include "tests/tap.h"

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
	static const struct { const char *name; struct mdf3_conversion c; double want[3]; } cases[] = {
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
			struct mdf3_file f = mdf3_file_make(big != 0, &cases[i].c);

			reads_as(&f.b, cases[i].want[0], cases[i].want[1], cases[i].want[2], cases[i].name);
			spur_buf_finish(&f.b);
		}
	}
}

static void the_header_is_read(void)
{
	struct mdf3_file f = mdf3_file_make(false, &(struct mdf3_conversion){ .type = UINT16_MAX });
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
	struct mdf3_file f = mdf3_file_make(true, &(struct mdf3_conversion){ 1, 2, 4, { -1, 0, 1, 10 } });
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
