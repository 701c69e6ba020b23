#include "config.h"

#include "format/mdf4/v3.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/map.h"

/*
 * CC of MDF 3: 22 unit[20]  42 u16 type  44 u16 size  46 parameters. Each kind becomes the
 * conversion of MDF 4 that computes the same.
 */
enum { CC_HEAD = 46, CC_MAX = 65535 };
enum { V3_LINEAR = 0, V3_INTERPOLATE = 1, V3_TABLE = 2, V3_POLYNOMIAL = 6, V3_EXP = 7, V3_LOG = 8, V3_RATIONAL = 9,
       V3_FORMULA = 10, V3_TEXTS = 11, V3_TEXT_RANGES = 12 };

struct source {
	struct spur_reader *r;
	const unsigned char *p;		/* parameters */
	size_t len;
	uint16_t type, size;
};

static double *numbers(const struct source *s, size_t n)
{
	double *v = n * 8 > s->len ? NULL : spur_arena_array(s->r->arena, n, sizeof(*v));

	for (size_t i = 0; v != NULL && i < n; i++)
		v[i] = mdf_v3_f64(s->r, s->p + 8 * i);
	return v;
}

static bool use_numbers(const struct source *s, struct mdf_conv *c, uint8_t type, uint32_t n)
{
	c->type = type;
	c->nval = n;
	c->val = numbers(s, n);
	return c->val != NULL && n > 0;
}

/* (P2 - P4 (x - P5 - P6)) / (P3 (x - P5 - P6) - P1) as a rational function of x. */
static bool polynomial(const struct source *s, struct mdf_conv *c)
{
	const double *p = numbers(s, 6);
	double *v = spur_arena_array(s->r->arena, 6, sizeof(*v));

	if (p == NULL || v == NULL)
		return false;
	v[1] = -p[3];
	v[2] = p[1] + p[3] * (p[4] + p[5]);
	v[4] = p[2];
	v[5] = -p[0] - p[2] * (p[4] + p[5]);
	*c = (struct mdf_conv){ .type = MDF_CC_RATIONAL, .nval = 6, .val = v, .name = "" };
	return true;
}

/* f(((x - P7) P6 - P3) / P1) / P2, or f((P3 / (x - P7) - P6) / P4) / P5 where P1 is 0. */
static bool transcendental(const struct source *s, struct mdf_conv *c)
{
	const double *p = numbers(s, 7);
	const char *f = s->type == V3_EXP ? "ln" : "exp";
	struct spur_buf text = { 0 };
	enum spur_status st;

	if (p == NULL)
		return false;
	if (p[3] >= 0 && p[3] <= 0)
		spur_buf_addf(&text, "%s(((X-(%.17g))*(%.17g)-(%.17g))/(%.17g))/(%.17g)", f, p[6], p[5], p[2], p[0], p[1]);
	else
		spur_buf_addf(&text, "%s(((%.17g)/(X-(%.17g))-(%.17g))/(%.17g))/(%.17g)", f, p[2], p[6], p[5], p[3], p[4]);
	c->type = MDF_CC_FORMULA;
	st = mdf_formula_compile(s->r->arena, spur_buf_text(&text), &c->formula, NULL);
	spur_buf_finish(&text);
	return st == SPUR_OK;
}

static bool formula(const struct source *s, struct mdf_conv *c)
{
	c->type = MDF_CC_FORMULA;
	return mdf_formula_compile(s->r->arena, mdf_v3_fixed_text(s->r, s->p, s->len), &c->formula, NULL) == SPUR_OK;
}

/* The value of the last key that is not above x; ranges from the last one on, so that a key
 * belongs to its own value also where ranges are closed. */
static bool table(const struct source *s, struct mdf_conv *c)
{
	const double *p = numbers(s, 2u * s->size);
	double *v = spur_arena_array(s->r->arena, 3u * s->size + 1u, sizeof(*v));

	if (p == NULL || v == NULL || s->size == 0)
		return false;
	for (size_t i = 0; i < s->size; i++) {
		size_t k = s->size - 1u - i;

		v[3 * i] = p[2 * k];
		v[3 * i + 1] = i == 0 ? (double)INFINITY : p[2 * k + 2];
		v[3 * i + 2] = p[2 * k + 1];
	}
	v[3u * s->size] = p[1];
	*c = (struct mdf_conv){ .type = MDF_CC_RANGE_VALUE, .nval = 3u * s->size + 1u, .val = v, .name = "" };
	return true;
}

static bool texts(const struct source *s, struct mdf_conv *c)
{
	size_t n = s->size;
	double *v = spur_arena_array(s->r->arena, n, sizeof(*v));
	struct mdf_ref *refs = spur_arena_array(s->r->arena, n, sizeof(*refs));

	if (n * 40 > s->len || v == NULL || refs == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		v[i] = mdf_v3_f64(s->r, s->p + 40 * i);
		refs[i].text = mdf_v3_fixed_text(s->r, s->p + 40 * i + 8, 32);
		refs[i].len = strlen(refs[i].text);
	}
	*c = (struct mdf_conv){ .type = MDF_CC_VALUE_TEXT, .nval = (uint32_t)n, .nref = (uint32_t)n, .val = v, .refs = refs,
				.name = "" };
	c->order = mdf_conv_order(s->r->arena, v, (uint32_t)n);
	return c->order != NULL;
}

/* The first entry is the default; the others are ranges. */
static bool text_ranges(const struct source *s, struct mdf_conv *c)
{
	size_t n = s->size == 0 ? 0 : s->size - 1u;
	double *v = spur_arena_array(s->r->arena, 2 * n, sizeof(*v));
	struct mdf_ref *refs = spur_arena_array(s->r->arena, n + 1, sizeof(*refs));

	if (s->size * 20u > s->len || v == NULL || refs == NULL || s->size == 0)
		return false;
	for (size_t i = 0; i <= n; i++) {
		const unsigned char *p = s->p + 20 * (i == n ? 0 : i + 1);	/* the default goes to the end */
		uint64_t at = mdf_v3_u32(s->r, p + 16);

		refs[i].text = at == 0 ? NULL : mdf_v3_text(s->r, at);
		refs[i].len = at == 0 ? 0 : strlen(refs[i].text);
		if (i < n) {
			v[2 * i] = mdf_v3_f64(s->r, p);
			v[2 * i + 1] = mdf_v3_f64(s->r, p + 8);
		}
	}
	*c = (struct mdf_conv){ .type = MDF_CC_RANGE_TEXT, .nval = (uint32_t)(2 * n), .nref = (uint32_t)n + 1, .val = v,
				.refs = refs, .name = "" };
	return true;
}

static bool build(const struct source *s, struct mdf_conv *c)
{
	switch (s->type) {
	case V3_LINEAR: return use_numbers(s, c, MDF_CC_LINEAR, 2);
	case V3_INTERPOLATE: return use_numbers(s, c, MDF_CC_INTERPOLATE, 2u * s->size);
	case V3_TABLE: return table(s, c);
	case V3_POLYNOMIAL: return polynomial(s, c);
	case V3_EXP:
	case V3_LOG: return transcendental(s, c);
	case V3_RATIONAL: return use_numbers(s, c, MDF_CC_RATIONAL, 6);
	case V3_FORMULA: return formula(s, c);
	case V3_TEXTS: return texts(s, c);
	case V3_TEXT_RANGES: return text_ranges(s, c);
	case 132:
	case 133:
	case UINT16_MAX: return true;	/* none, or done by the data type */
	default: return false;
	}
}

const char *mdf_v3_conv(struct spur_reader *r, uint64_t at, uint16_t *type)
{
	unsigned char *raw;
	size_t have = 0;
	struct spur_error err;
	struct mdf_conv *c;
	const char *unit = "";

	if (at == 0)
		return "";
	raw = spur_malloc(CC_MAX);
	if (mdf_v3_block(r, at, "CC", raw, CC_MAX, &have, &err) < 0 || have < CC_HEAD) {
		mdf_damaged(r, at, 0, "conversion: %s", have < CC_HEAD && have > 0 ? "too short" : err.text);
		goto out;
	}
	struct source s = { .r = r, .p = raw + CC_HEAD, .len = have - CC_HEAD, .type = mdf_v3_u16(r, raw + 42),
			    .size = mdf_v3_u16(r, raw + 44) };

	*type = s.type;
	unit = mdf_v3_fixed_text(r, raw + 22, 20);
	if ((c = spur_arena_alloc(r->arena, sizeof(*c))) == NULL)
		goto out;
	c->name = "";
	if (!build(&s, c)) {
		mdf_damaged(r, at, 0, "conversion of type %u and size %u is not understood", s.type, s.size);
		goto out;
	}
	mdf_map_put(r->convs, at, (uint64_t)(uintptr_t)c);
out:
	free(raw);
	return unit;
}
