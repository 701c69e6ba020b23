#include "config.h"

#include "format/mdf4/merge_shift.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/mdf4/column.h"
#include "format/mdf4/load.h"

struct mdf_shift {
	struct spur_reader *r;
	uint32_t group;
	struct mdf_column master;
	spur_ns shift_ns;
	long double shift_s, steps;	/* steps: of the raw value */
	double *last;
	bool begun;			/* the first record was compared with *last */
};

enum spur_status mdf_shift_linear(struct spur_reader *r, uint32_t channel, double p[2], struct spur_error *err)
{
	const struct mdf_conv *conv = NULL;
	enum spur_status st = mdf_conv_load(r, r->channels[channel].conv, &conv, err);

	p[0] = 0;
	p[1] = 1;
	if (st < 0 || conv == NULL || conv->type == MDF_CC_IDENTITY)
		return st;
	if (conv->type != MDF_CC_LINEAR || !isfinite(conv->val[0]) || !isfinite(conv->val[1]) || conv->val[1] == 0)
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, r->channels[channel].at, "the conversion of the master %s is not "
				      "linear: its start cannot be moved", r->signals[channel].name);
	p[0] = conv->val[0];
	p[1] = conv->val[1];
	return SPUR_OK;
}

static bool is_movable(const struct mdf_channel *c)
{
	bool is_real = c->data_type == MDF_REAL_LE || c->data_type == MDF_REAL_BE;

	return c->type == MDF_CN_MASTER && c->sync == 1 && c->shape == MDF_SCALAR && c->data_type <= MDF_REAL_BE &&
	       c->bit_offset == 0 && c->bits % 8 == 0 && c->bits > 0 && c->bits <= 64 && (!is_real || c->bits >= 32);
}

enum spur_status mdf_shift_create(struct spur_reader *r, uint32_t group, spur_ns shift_ns, double *last, struct mdf_shift **out,
				  struct spur_error *err)
{
	uint32_t master = r->groups[group].master;
	struct mdf_shift *s;
	double p[2];
	enum spur_status st;

	*out = NULL;
	if (master == MDF_NONE)
		return SPUR_OK;
	if (!is_movable(&r->channels[master]))
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, r->channels[master].at, "group %" PRIu32 ": its master %s is not a time in the "
				      "record, so that records of two files cannot follow each other; --apart puts them beside each other", group, r->signals[master].name);
	if ((st = mdf_shift_linear(r, master, p, err)) < 0)
		return st;
	s = spur_calloc(1, sizeof(*s));
	*s = (struct mdf_shift){ .r = r, .group = group, .shift_ns = shift_ns, .last = last };
	s->shift_s = (long double)shift_ns / 1e9L;
	s->steps = s->shift_s / (long double)p[1];
	if ((st = mdf_column_begin(r, master, false, false, &s->master, err)) < 0) {
		free(s);
		return st;
	}
	*out = s;
	return SPUR_OK;
}

void mdf_shift_destroy(struct mdf_shift *s)
{
	if (s == NULL)
		return;
	mdf_column_end(&s->master);
	free(s);
}

static uint64_t load(const struct mdf_channel *c, const unsigned char *p)
{
	uint64_t v = mdf_load_uint(c, p);
	bool is_signed = c->data_type == MDF_INT_LE || c->data_type == MDF_INT_BE;

	if (is_signed && c->bits < 64 && (v >> (c->bits - 1) & 1) != 0)
		v |= UINT64_MAX << c->bits;
	return v;
}

static void store(const struct mdf_channel *c, unsigned char *p, uint64_t v)
{
	size_t n = c->bits / 8;

	for (size_t i = 0; i < n; i++)
		p[(c->data_type & 1) != 0 ? n - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

/* false: it does not fit. */
static bool move_integer(const struct mdf_channel *c, unsigned char *p, long double steps)
{
	bool is_signed = c->data_type == MDF_INT_LE || c->data_type == MDF_INT_BE;
	uint64_t old = load(c, p);
	long double v = (is_signed ? (long double)(int64_t)old : (long double)old) + roundl(steps);
	long double top = ldexpl(1, (int)c->bits - is_signed), least = is_signed ? -top : 0;

	if (!(v >= least && v < top))
		return false;
	/* Not of v itself: where long double is double, large values would lose their last bits. */
	store(c, p, steps < 0 ? old - (uint64_t)-roundl(steps) : old + (uint64_t)roundl(steps));
	return true;
}

static void move_real(const struct mdf_channel *c, unsigned char *p, long double steps)
{
	uint64_t bits = load(c, p);
	uint32_t half = (uint32_t)bits;
	float f;
	double d;

	if (c->bits == 32) {
		memcpy(&f, &half, sizeof(f));
		f = (float)((long double)f + steps);
		memcpy(&half, &f, sizeof(half));
		bits = half;
	} else {
		memcpy(&d, &bits, sizeof(d));
		d = (double)((long double)d + steps);
		memcpy(&bits, &d, sizeof(bits));
	}
	store(c, p, bits);
}

static double seconds(struct mdf_shift *s, const unsigned char *record, size_t stride)
{
	struct mdf_rows rows = { .data = record, .stride = stride, .count = 1 };
	double v;

	mdf_column_f64(&s->master, &rows, &v);
	return v;
}

static enum spur_status cannot(const struct mdf_shift *s, double from, struct spur_error *err)
{
	const struct mdf_channel *c = s->master.c;
	bool is_real = c->data_type == MDF_REAL_LE || c->data_type == MDF_REAL_BE;

	return spur_fail_byte(err, SPUR_EUNSUPPORTED, c->at, "group %" PRIu32 ": %s of %" PRIu32 " bits of its master %s cannot hold %.9f s, "
			      "moved by %.9Lf s, to the nanosecond; --apart puts files beside each other", s->group, is_real ? "a real" : "an integer", c->bits,
			      s->r->signals[s->master.signal].name, from, s->shift_s);
}

static enum spur_status move(struct mdf_shift *s, unsigned char *record, size_t stride, struct spur_error *err)
{
	const struct mdf_channel *c = s->master.c;
	double from = seconds(s, record, stride), to;

	if (c->data_type == MDF_REAL_LE || c->data_type == MDF_REAL_BE)
		move_real(c, record + c->byte_offset, s->steps);
	else if (!move_integer(c, record + c->byte_offset, s->steps))
		return cannot(s, from, err);
	to = seconds(s, record, stride);
	if (isfinite(from) && !(fabsl((long double)to - (long double)from - s->shift_s) <= 0.5e-9L))
		return cannot(s, from, err);
	return SPUR_OK;
}

enum spur_status mdf_shift_rows(struct mdf_shift *s, unsigned char *records, size_t n, size_t stride, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	double first;

	for (size_t i = 0; s->shift_ns != 0 && i < n && st == SPUR_OK; i++)
		st = move(s, records + i * stride, stride, err);
	if (st < 0 || n == 0)
		return st;
	first = seconds(s, records, stride);
	if (!s->begun && first < *s->last)
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, s->master.c->at, "group %" PRIu32 " begins %.9f s before the end of the "
				      "records that it would follow; --apart puts files beside each other", s->group, *s->last - first);
	s->begun = true;
	*s->last = seconds(s, records + (n - 1) * stride, stride);
	return SPUR_OK;
}
