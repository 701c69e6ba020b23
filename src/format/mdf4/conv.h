#ifndef SPUR_FORMAT_MDF4_CONV_H
#define SPUR_FORMAT_MDF4_CONV_H

#include "format/mdf4/mdf.h"

/*
 * CC blocks: raw value to physical value. Loaded once per address, immutable afterwards, so
 * any thread may convert. MDF 4.1, "CCBLOCK"; a nested conversion gets the same raw value.
 */
struct spur_buf;
struct mdf_formula;

struct mdf_ref {
	const char *text;		/* a text, or */
	const struct mdf_conv *conv;	/* a conversion, or neither (NIL) */
	size_t len;
};

struct mdf_conv {
	uint8_t type;			/* enum mdf_cc_type */
	const char *name;		/* of bit fields */
	uint32_t nval, nref;
	const double *val;
	const uint64_t *masks;		/* the same bytes, bit fields only */
	const struct mdf_ref *refs;
	const struct mdf_formula *formula;
	const uint32_t *order;		/* value-to-text: indexes of val, by value; equal ones in order */
};

/* NIL gives NULL, which is identity. SPUR_EFORMAT, SPUR_EUNSUPPORTED: err says which block. */
enum spur_status mdf_conv_load(struct spur_reader *r, uint64_t at, const struct mdf_conv **out, struct spur_error *err);
/* Indexes of val by value, for struct mdf_conv.order; NULL when the arena is full. */
const uint32_t *mdf_conv_order(struct spur_arena *arena, const double *val, uint32_t n);
/* The type byte of a CC block alone; identity when it cannot be read. */
unsigned mdf_conv_type(struct spur_reader *r, uint64_t at);

static inline bool mdf_conv_type_is_numeric(unsigned type)
{
	return type <= MDF_CC_RANGE_VALUE;
}

static inline bool mdf_conv_is_numeric(const struct mdf_conv *c)
{
	return c == NULL || mdf_conv_type_is_numeric(c->type);
}

static inline bool mdf_conv_type_is_text(unsigned type)	/* of the result, always */
{
	return type == MDF_CC_TEXT_TEXT || type == MDF_CC_BITFIELD;
}

/* Numbers to numbers, in place; c is numeric. integer: the raw values are integers. */
void mdf_conv_numbers(const struct mdf_conv *c, double *v, size_t n, bool integer);
/* A number to a number or a text: returns the text (of *len bytes, in the file's texts or in
 * scratch), or NULL and *v is converted. raw: the same value as an integer, for bit fields. */
const char *mdf_conv_value(const struct mdf_conv *c, double *v, uint64_t raw, bool integer, struct spur_buf *scratch,
			   size_t *len);
/* Text to number and text to text. */
double mdf_conv_text_number(const struct mdf_conv *c, const char *text, size_t len);
const char *mdf_conv_text_text(const struct mdf_conv *c, const char *text, size_t *len);

/* formula.c: the algebra of CC type 3, compiled to a stack program. */
enum spur_status mdf_formula_compile(struct spur_arena *arena, const char *text, const struct mdf_formula **out,
				     struct spur_error *err);
double mdf_formula_value(const struct mdf_formula *f, double x);

#endif
