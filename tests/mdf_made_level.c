#include "config.h"

#include <stdbool.h>

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/*
 * Sample reductions with their records (RD): of ROWS samples 10 ms apart, an interval of 100 ms every STEP of them; and
 * the same wrong in ways of their own. Record: f64 time, i16 value, and one invalidation byte.
 */
#define ROWS 400u
#define STEP 10u
#define BYTES 10u

enum wrong { RIGHT, SHORT, MEAN_ABOVE, NOT_IN_ORDER, OTHER_VALUES, LATE, ABSURD };

static int value(unsigned row)
{
	return (int)(row * 37 % 200) - 100 + (row == 215 ? 1000 : 0);
}

static void put(struct spur_buf *b, double t, int v, bool with_inval, bool invalid)
{
	spur_buf_f64(b, t);
	spur_buf_u16(b, (uint16_t)v);
	if (with_inval)
		spur_buf_u8(b, invalid);
}

static void interval(struct spur_buf *b, unsigned first, enum wrong wrong)
{
	int min = value(first), max = min, sum = 0;
	bool with_inval = wrong == RIGHT;

	for (unsigned i = first; i < first + STEP; i++) {
		min = value(i) < min ? value(i) : min;
		max = value(i) > max ? value(i) : max;
		sum += value(i);
	}
	max += wrong == OTHER_VALUES && first == 0;
	put(b, (wrong == NOT_IN_ORDER && first == 50 ? 1 : first) * 0.01, wrong == MEAN_ABOVE ? max + 1 : sum / (int)STEP, with_inval, false);
	put(b, 0.01, min, with_inval, false);
	put(b, 0.01, max, with_inval, false);
}

static uint64_t reduction(struct spur_buf *b, uint64_t next, enum wrong wrong)
{
	unsigned first = wrong == LATE ? STEP : 0, last = wrong == SHORT ? ROWS - STEP : ROWS;
	uint64_t links[2] = { next, 0 };
	struct spur_buf body = { 0 }, data = { 0 };

	for (unsigned i = first; i < last; i += STEP)
		interval(&data, i, wrong);
	links[1] = mdf_block(b, "RD", NULL, 0, data.data, data.len);
	spur_buf_u64(&body, wrong == ABSURD ? UINT64_C(1) << 60 : (ROWS - first) / STEP);
	spur_buf_f64(&body, STEP * 0.01);
	spur_buf_u8(&body, 1);
	spur_buf_u8(&body, wrong == RIGHT);	/* with invalidation bytes */
	while (body.len < 24)
		spur_buf_u8(&body, 0);
	next = mdf_block(b, "SR", links, 2, body.data, body.len);
	spur_buf_finish(&body);
	spur_buf_finish(&data);
	return next;
}

static uint64_t group(struct spur_buf *b, uint64_t next, const char *name, enum wrong wrong)
{
	static const double line[2] = { 1, -0.5 };
	struct spur_buf data = { 0 };
	uint64_t cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = name, .data_type = 2, .byte_offset = 8, .bits = 16, .conv = mdf_cc(b, 1, line, 2, NULL, 0) });
	uint64_t cg, dt;

	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	cg = mdf_cg(b, 0, cn, 0, ROWS, 0, BYTES, wrong == RIGHT);
	mdf_set(b, cg + 24 + 8 * 4, reduction(b, 0, wrong), 8);
	for (unsigned i = 0; i < ROWS; i++)
		put(&data, i * 0.01, value(i), wrong == RIGHT, false);
	dt = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return mdf_dg(b, next, cg, dt, 0);
}

void mdf_make_levels(struct spur_buf *b)
{
	static const char *const names[] = { "right", "short", "mean_above", "not_in_order", "other_values", "late", "absurd" };
	uint64_t dg = 0;

	mdf_begin(b, 410, 0);
	for (unsigned i = sizeof(names) / sizeof(names[0]); i-- > 0;)
		dg = group(b, dg, names[i], (enum wrong)i);
	mdf_end(b, dg);
}
