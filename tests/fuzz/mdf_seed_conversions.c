#include "config.h"

#include <stdio.h>

#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"

/* Every conversion (cc_type) on an unsigned byte, a real and a text. */
#define ROWS 14u

enum { AT_BYTE = SEED_TIME, AT_REAL, AT_TEXT = AT_REAL + 8, TEXT_BYTES = 4, RECORD = AT_TEXT + TEXT_BYTES };

struct conversion {
	uint8_t type;
	uint16_t values, refs;
	double value[9];
	const char *ref[7];	/* NULL: NIL; "=N": the conversion that was added N before this one, 0: itself */
	const char *name;	/* NULL: none */
};

static uint64_t add(struct spur_buf *b, const struct conversion *c, const uint64_t *before)
{
	uint64_t links[4 + 7] = { c->name == NULL ? 0 : mdf_tx(b, c->name), mdf_tx(b, "unit of it"), 0, 0 }, at;
	unsigned char body[24 + 8 * 9] = { c->type };

	for (unsigned i = 0; i < c->refs; i++) {
		if (c->ref[i] != NULL)
			links[4 + i] = c->ref[i][0] == '=' ? c->ref[i][1] == '0' ? 0 : *(before - (c->ref[i][1] - '0')) : mdf_tx(b, c->ref[i]);
	}
	memcpy(body + 4, &c->refs, 2);
	memcpy(body + 6, &c->values, 2);
	memcpy(body + 24, c->value, 8u * c->values);
	at = mdf_block(b, "CC", links, 4u + c->refs, body, 24 + 8u * c->values);
	for (unsigned i = 0; i < c->refs; i++) {
		if (c->ref[i] != NULL && strcmp(c->ref[i], "=0") == 0)
			mdf_set(b, at + 24 + 8 * (4 + i), at, 8);
	}
	return at;
}

static uint64_t add_data(struct spur_buf *b)
{
	static const char texts[][TEXT_BYTES + 1] = { "one\0", "two\0", "thr\0", "\0\0\0\0", "none" };
	struct spur_buf data = { 0 };
	uint64_t at;

	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(&data, i);
		spur_buf_u8(&data, (uint8_t)(i < 10 ? i : i * 17));
		spur_buf_f64(&data, i * 0.5 - 1);
		spur_buf_add(&data, texts[i % 5], TEXT_BYTES);
	}
	at = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return at;
}

/* Three channels a conversion. */
static void write_conversions(const struct conversion *c, size_t count)
{
	struct spur_buf b = { 0 };
	uint64_t cc[24], cn = 0, dt;

	mdf_begin(&b, 411, 0);
	dt = add_data(&b);
	for (size_t i = 0; i < count; i++)
		cc[i] = add(&b, &c[i], &cc[i]);
	for (size_t i = count; i-- > 0;) {
		char name[32];

		snprintf(name, sizeof(name), "text by %zu", i);
		cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = name, .data_type = 7, .byte_offset = AT_TEXT, .bits = 8 * TEXT_BYTES, .conv = cc[i] });
		snprintf(name, sizeof(name), "real by %zu", i);
		cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = name, .data_type = 4, .byte_offset = AT_REAL, .bits = 64, .conv = cc[i] });
		snprintf(name, sizeof(name), "byte by %zu", i);
		cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = name, .byte_offset = AT_BYTE, .bits = 8, .conv = cc[i] });
	}
	seed_end(&b, seed_time(&b, cn), ROWS, RECORD, 0, dt);
}

static void numbers(void)
{
	static const struct conversion c[] = {
		{ .type = 0 }, { .type = 1, .values = 2, .value = { -10, 0.5 } }, { .type = 1, .values = 1, .value = { 1 } },
		{ .type = 2, .values = 6, .value = { 1, 2, 3, 0, 1, -4 } }, { .type = 2, .values = 5 },
		{ .type = 4, .values = 8, .value = { 0, 10, 2, 20, 2, 30, 5, 0 } }, { .type = 4, .values = 3 },
		{ .type = 5, .values = 8, .value = { 0, 10, 2, 20, 3, 30, 5, 0 } }, { .type = 5, .values = 2, .value = { 3, 9 } },
		{ .type = 6, .values = 7, .value = { 0, 2, 100, 2, 4, 200, -1 } }, { .type = 6, .values = 4, .value = { 3, 3, 50, 7 } },
		{ .type = 6, .values = 6 }, { .type = 12 },
		{ .type = 9, .values = 3, .refs = 2, .value = { 11, 22, 99 }, .ref = { "one", "two" } },
		{ .type = 9, .values = 2, .refs = 2, .value = { 11, 22 }, .ref = { "two", NULL } }, { .type = 9, .values = 1, .refs = 2 },
		{ .type = 10, .refs = 5, .ref = { "one", "eins", "two", "zwei", "sonst" } }, { .type = 10, .refs = 4, .ref = { "one", "eins", "none", NULL } },
	};

	write_conversions(c, sizeof(c) / sizeof(c[0]));
}

static void texts(void)
{
	static const struct conversion c[] = {
		{ .type = 1, .values = 2, .value = { 1000, 10 }, .name = "line" },
		{ .type = 7, .values = 3, .refs = 4, .value = { 2, 1, 2 }, .ref = { "two", "one", "zwei", "=1" }, .name = "gear" },
		{ .type = 7, .values = 2, .refs = 2, .value = { 3, 0.5 }, .ref = { "three", NULL } },
		{ .type = 7, .values = 2, .refs = 3, .value = { 3, 4 }, .ref = { "three", "=2", "rest" } }, { .type = 7, .values = 3, .refs = 2 },
		{ .type = 8, .values = 6, .refs = 4, .value = { 0, 2, 2, 4, 5, 5 }, .ref = { "low", "=4", "point", "high" } },
		{ .type = 8, .values = 4, .refs = 2, .value = { 1, 2, 6, 8 }, .ref = { "a", "b" } }, { .type = 8, .values = 3, .refs = 2 },
		{ .type = 11, .values = 2, .refs = 2, .value = { 0x1.8p-1073, 0x1p-1072 }, .ref = { "=7", "=6" } },
		{ .type = 11, .values = 2, .refs = 1, .value = { 1, 2 }, .ref = { "=1" } },
		{ .type = 8, .values = 2, .refs = 1, .value = { 0, 300 }, .ref = { "=0" } },
	};

	write_conversions(c, sizeof(c) / sizeof(c[0]));
}

static void formulas(void)
{
	static const char *const text[] = {
		"X*2+1", "-X^2", "2^3^X/100", "pow(X,3)-sqrt(abs(X))", "sin(X)+cos(X)*tan(X)", "asin(X/99)+acos(X/99)+atan(X)", "sinh(X/9)-cosh(X/9)+tanh(X)",
		"exp(X/10)+ln(X+3)+log(X+3)", "floor(X/2)+ceil(X/3)+int(X/4)", "10/(X-3)", "pi*X1**2", "(X+1)*(X-1)-((X))", "- -X + +1e1", "X-X*X-1",
		"8/4/2*X", "pow(X)", "sin(X", "foo(X)", "X X", "", "1..2", "arcsin(X/300)+arccos(X/300)-arctan(X)", "log10(X+2)", "X)",
	};
	struct conversion c[sizeof(text) / sizeof(text[0])];

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		c[i] = (struct conversion){ .type = 3, .refs = 1, .ref = { text[i] } };
	write_conversions(c, sizeof(text) / sizeof(text[0]));
}

void mdf_seed_conversions(void)
{
	numbers();
	texts();
	formulas();
}
