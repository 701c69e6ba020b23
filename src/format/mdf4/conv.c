#include "config.h"

#include "format/mdf4/conv.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"

static void rational(const double *p, double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = v[i];

		v[i] = (p[0] * x * x + p[1] * x + p[2]) / (p[3] * x * x + p[4] * x + p[5]);
	}
}

/* Keys and values alternate. The last pair whose key is not above x, or -1. */
static ptrdiff_t pair_below(const double *val, size_t pairs, double x)
{
	size_t lo = 0, hi = pairs;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (val[2 * mid] <= x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (ptrdiff_t)lo - 1;
}

static double between(const double *val, size_t pairs, double x, bool interpolate)
{
	ptrdiff_t i = pair_below(val, pairs, x);

	if (isnan(x))
		return x;
	if (i < 0)
		return val[1];
	if ((size_t)i + 1 >= pairs)
		return val[2 * pairs - 1];
	const double *a = val + 2 * i, *b = a + 2;

	if (!interpolate)
		return x - a[0] <= b[0] - x ? a[1] : b[1];	/* a tie takes the smaller key */
	return a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0]);
}

/* Integers are in a closed range; reals in a half-open one, but for a range of one point. */
static bool in_range(double lo, double hi, double x, bool integer)
{
	return lo <= x && (integer || lo == hi ? x <= hi : x < hi);
}

static double range_value(const struct mdf_conv *c, double x, bool integer)
{
	for (uint32_t i = 0; i + 3 <= c->nval; i += 3) {
		if (in_range(c->val[i], c->val[i + 1], x, integer))
			return c->val[i + 2];
	}
	return c->val[c->nval - 1];
}

void mdf_conv_numbers(const struct mdf_conv *c, double *v, size_t n, bool integer)
{
	switch (c == NULL ? MDF_CC_IDENTITY : c->type) {
	case MDF_CC_LINEAR:
		for (size_t i = 0; i < n; i++)
			v[i] = v[i] * c->val[1] + c->val[0];
		break;
	case MDF_CC_RATIONAL:
		rational(c->val, v, n);
		break;
	case MDF_CC_FORMULA:
		for (size_t i = 0; i < n; i++)
			v[i] = mdf_formula_value(c->formula, v[i]);
		break;
	case MDF_CC_INTERPOLATE:
	case MDF_CC_NEAREST:
		for (size_t i = 0; i < n; i++)
			v[i] = between(c->val, c->nval / 2, v[i], c->type == MDF_CC_INTERPOLATE);
		break;
	case MDF_CC_RANGE_VALUE:
		for (size_t i = 0; i < n; i++)
			v[i] = range_value(c, v[i], integer);
		break;
	default:
		break;
	}
}

static const struct mdf_ref *ref_at(const struct mdf_conv *c, uint32_t i)
{
	static const struct mdf_ref nil;

	return i < c->nref ? &c->refs[i] : &nil;
}

static const struct mdf_ref *value_ref(const struct mdf_conv *c, double x)
{
	uint32_t lo = 0, hi = c->nval;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (c->val[c->order[mid]] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return ref_at(c, lo < c->nval && c->val[c->order[lo]] == x ? c->order[lo] : c->nval);
}

static const struct mdf_ref *range_ref(const struct mdf_conv *c, double x, bool integer)
{
	for (uint32_t i = 0; 2 * i + 1 < c->nval; i++) {
		if (in_range(c->val[2 * i], c->val[2 * i + 1], x, integer))
			return ref_at(c, i);
	}
	return ref_at(c, c->nval / 2);
}

/* The texts of all masks, joined; a part that gives no text is left out. */
static const char *bitfield(const struct mdf_conv *c, uint64_t raw, struct spur_buf *scratch, size_t *len)
{
	struct spur_buf part = { 0 };

	spur_buf_clear(scratch);
	for (uint32_t i = 0; i < c->nval; i++) {
		const struct mdf_conv *field = ref_at(c, i)->conv;
		double x = (double)(raw & c->masks[i]);
		size_t n;
		const char *text = field == NULL || field->type == MDF_CC_BITFIELD ? NULL :
				   mdf_conv_value(field, &x, raw & c->masks[i], true, &part, &n);

		if (text == NULL || n == 0)
			continue;
		if (scratch->len > 0)
			spur_buf_adds(scratch, "|");
		if (*field->name != '\0')
			spur_buf_addf(scratch, "%s = ", field->name);
		spur_buf_add(scratch, text, n);
	}
	spur_buf_finish(&part);
	*len = scratch->len;
	return spur_buf_text(scratch);
}

const char *mdf_conv_value(const struct mdf_conv *c, double *v, uint64_t raw, bool integer, struct spur_buf *scratch,
			   size_t *len)
{
	while (c != NULL && !mdf_conv_is_numeric(c)) {
		const struct mdf_ref *ref;

		switch (c->type) {
		case MDF_CC_VALUE_TEXT: ref = value_ref(c, *v); break;
		case MDF_CC_RANGE_TEXT: ref = range_ref(c, *v, integer); break;
		case MDF_CC_BITFIELD: return bitfield(c, raw, scratch, len);
		default: return NULL;	/* made for texts: the number stays */
		}
		if (ref->text != NULL) {
			*len = ref->len;
			return ref->text;
		}
		c = ref->conv;		/* of bounded depth: the loader saw to it */
	}
	mdf_conv_numbers(c, v, 1, integer);
	return NULL;
}

static bool same(const struct mdf_ref *ref, const char *text, size_t len)
{
	return ref->text != NULL && ref->len == len && memcmp(ref->text, text, len) == 0;
}

double mdf_conv_text_number(const struct mdf_conv *c, const char *text, size_t len)
{
	for (uint32_t i = 0; i < c->nref && i < c->nval; i++) {
		if (same(&c->refs[i], text, len))
			return c->val[i];
	}
	return c->nval > c->nref ? c->val[c->nref] : (double)NAN;
}

const char *mdf_conv_text_text(const struct mdf_conv *c, const char *text, size_t *len)
{
	const struct mdf_ref *to = NULL;

	for (uint32_t i = 0; to == NULL && i + 1 < c->nref; i += 2) {
		if (same(&c->refs[i], text, *len))
			to = &c->refs[i + 1];
	}
	if (to == NULL && c->nref % 2 == 1)
		to = &c->refs[c->nref - 1];
	if (to == NULL || to->text == NULL)
		return text;
	*len = to->len;
	return to->text;
}
