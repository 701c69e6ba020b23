#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/conv.h"
#include "format/mdf4/map.h"
#include "format/mdf4/text.h"

/*
 * CC body: 0 type, 1 precision, 2 u16 flags, 4 u16 references, 6 u16 values, 8 range of the
 * physical value (2 f64), 24 the values. Links: name, unit, comment, inverse, references.
 */
#define CC_BODY 24u
#define CC_LINKS 4u
#define DEPTH_MAX 16u

/* References that a type needs for n values, and values it needs at least; else it is broken. */
static bool counts_fit(const struct mdf_conv *c)
{
	switch (c->type) {
	case MDF_CC_IDENTITY: return true;
	case MDF_CC_LINEAR: return c->nval >= 2;
	case MDF_CC_RATIONAL: return c->nval >= 6;
	case MDF_CC_FORMULA: return c->nref >= 1;
	case MDF_CC_INTERPOLATE:
	case MDF_CC_NEAREST: return c->nval >= 2 && c->nval % 2 == 0;
	case MDF_CC_RANGE_VALUE: return c->nval >= 1 && c->nval % 3 == 1;
	case MDF_CC_VALUE_TEXT: return c->nref >= c->nval;
	case MDF_CC_RANGE_TEXT: return c->nval % 2 == 0 && c->nref >= c->nval / 2;
	case MDF_CC_TEXT_VALUE: return c->nval >= c->nref;
	case MDF_CC_TEXT_TEXT: return true;
	case MDF_CC_BITFIELD: return c->nref >= c->nval;
	default: return false;
	}
}

struct keyed {
	double key;
	uint32_t index;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key < y->key || x->key > y->key)
		return x->key < y->key ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

const uint32_t *mdf_conv_order(struct spur_arena *arena, const double *val, uint32_t n)
{
	struct keyed *keyed = spur_calloc(n, sizeof(*keyed));
	uint32_t *order = spur_arena_array(arena, n, sizeof(*order));

	for (uint32_t i = 0; i < n; i++) {
		keyed[i] = (struct keyed){ val[i], i };
		if (val[i] != val[i])	/* NaN has no place in an order */
			keyed[i].key = 1e308 * 10;
	}
	qsort(keyed, n, sizeof(*keyed), by_key);
	for (uint32_t i = 0; order != NULL && i < n; i++)
		order[i] = keyed[i].index;
	free(keyed);
	return order;
}

static enum spur_status load(struct spur_reader *r, uint64_t at, unsigned depth, const struct mdf_conv **out,
			     struct spur_error *err);

static enum spur_status load_ref(struct spur_reader *r, uint64_t at, unsigned depth, struct mdf_ref *ref,
				 struct spur_error *err)
{
	struct mdf_block b;
	enum spur_status st;

	if (at == 0)
		return SPUR_OK;
	if ((st = mdf_block_read(r, at, "TXMDCC", &b, err)) < 0)
		return st;
	if (b.id[0] == 'C')
		return load(r, at, depth + 1, &ref->conv, err);
	ref->text = mdf_text(r, at);
	ref->len = strlen(ref->text);
	return SPUR_OK;
}

static enum spur_status load_parts(struct spur_reader *r, const struct mdf_block *b, struct mdf_conv *c, unsigned depth,
				   struct spur_error *err)
{
	double *val = spur_arena_array(r->arena, c->nval, sizeof(*val));
	struct mdf_ref *refs = spur_arena_array(r->arena, c->nref + 1u, sizeof(*refs));
	enum spur_status st = SPUR_OK;

	if (val == NULL || refs == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no room for a conversion of %" PRIu32 " values", c->nval);
	if (c->nval > 0)
		st = mdf_meta_read(r, b->body + CC_BODY, val, 8u * c->nval, err);
	for (uint32_t i = 0; st == SPUR_OK && i < c->nref; i++)
		st = load_ref(r, mdf_block_link(r, b, CC_LINKS + i), depth, &refs[i], err);
	c->val = val;
	c->masks = (const uint64_t *)(const void *)val;
	c->refs = refs;
	c->name = mdf_text(r, mdf_block_link(r, b, 0));
	if (st == SPUR_OK && c->type == MDF_CC_FORMULA)
		st = mdf_formula_compile(r->arena, refs[0].text == NULL ? "" : refs[0].text, &c->formula, err);
	if (st == SPUR_OK && c->type == MDF_CC_VALUE_TEXT && (c->order = mdf_conv_order(r->arena, val, c->nval)) == NULL)
		st = spur_fail(err, SPUR_ENOMEM, "no room for a value table");
	return st;
}

static enum spur_status load(struct spur_reader *r, uint64_t at, unsigned depth, const struct mdf_conv **out,
			     struct spur_error *err)
{
	unsigned char raw[CC_BODY];
	struct mdf_block b;
	struct mdf_conv *c;
	uint64_t known;
	enum spur_status st;

	*out = NULL;
	if (at == 0)
		return SPUR_OK;
	if (mdf_map_get(r->convs, at, &known)) {
		*out = (const struct mdf_conv *)(uintptr_t)known;
		if (*out != NULL)
			return SPUR_OK;
		return spur_fail_byte(err, SPUR_EFORMAT, at, "conversion at byte %" PRIu64 " is broken or contains itself", at);
	}
	if (depth > DEPTH_MAX)
		return spur_fail_byte(err, SPUR_EFORMAT, at, "conversions nested deeper than %u at byte %" PRIu64, DEPTH_MAX, at);
	if ((st = mdf_block_read(r, at, "CC", &b, err)) < 0 || (st = mdf_block_body(r, &b, raw, sizeof(raw), err)) < 0)
		return spur_wrap(st, err, "conversion");
	if ((c = spur_arena_alloc(r->arena, sizeof(*c))) == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no room for a conversion");
	c->type = raw[0];
	c->nref = spur_le16(raw + 4);
	c->nval = spur_le16(raw + 6);
	if (c->nref > b.links || (b.links >= CC_LINKS && c->nref > b.links - CC_LINKS))
		c->nref = b.links < CC_LINKS ? 0 : (uint32_t)(b.links - CC_LINKS);
	if (!counts_fit(c) || (c->nval > 0 && b.body_len < CC_BODY + 8u * c->nval))
		return spur_fail_byte(err, c->type > MDF_CC_BITFIELD ? SPUR_EUNSUPPORTED : SPUR_EFORMAT, at,
				      "conversion of type %u at byte %" PRIu64 " with %" PRIu32 " values and %" PRIu32
				      " references is not understood", c->type, at, c->nval, c->nref);
	mdf_map_put(r->convs, at, 0);	/* in the making: a nested one must not come back here */
	if ((st = load_parts(r, &b, c, depth, err)) < 0)
		return spur_wrap(st, err, "conversion at byte %" PRIu64, at);
	mdf_map_set(r->convs, at, (uint64_t)(uintptr_t)c);
	*out = c;
	return SPUR_OK;
}

enum spur_status mdf_conv_load(struct spur_reader *r, uint64_t at, const struct mdf_conv **out, struct spur_error *err)
{
	enum spur_status st = load(r, at, 0, out, err);

	if (st == SPUR_OK && *out != NULL && (*out)->type == MDF_CC_IDENTITY)
		*out = NULL;
	return st;
}

unsigned mdf_conv_type(struct spur_reader *r, uint64_t at)
{
	unsigned char type = MDF_CC_IDENTITY;
	struct mdf_block b;
	uint64_t known;

	if (mdf_map_get(r->convs, at, &known) && known != 0)
		return ((const struct mdf_conv *)(uintptr_t)known)->type;
	if (at != 0 && mdf_block_read(r, at, "CC", &b, NULL) == SPUR_OK)
		mdf_block_body(r, &b, &type, 1, NULL);
	return type;
}
