#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Small steps that parsers trip over. The same random number gives the same input. */
static uint64_t roll(uint64_t *random)
{
	uint64_t x = *random;	/* xorshift64*; Marsaglia 2003, Vigna 2016 */

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*random = x;
	return x * UINT64_C(2685821657736338717);
}

size_t fuzz_below(uint64_t *random, size_t n)
{
	return n == 0 ? 0 : (size_t)((roll(random) >> 11) % n);
}

static void resize(struct fuzz_bytes *b, size_t at, size_t cut, const void *with, size_t len)
{
	uint8_t *data;

	if (b->len - cut + len > fuzz_target.max_len)
		return;
	data = spur_malloc(b->len - cut + len + 1);
	if (at > 0)
		memcpy(data, b->data, at);
	if (len > 0)
		memcpy(data + at, with, len);
	if (b->len > at + cut)
		memcpy(data + at + len, b->data + at + cut, b->len - at - cut);
	free(b->data);
	b->data = data;
	b->len = b->len - cut + len;
}

static void put_number(struct fuzz_bytes *b, uint64_t *random)
{
	static const uint64_t odd[] = { 0, 1, 2, 7, 8, 24, 63, 64, 127, 128, 255, 256, 4096, 32767, 32768, 65535, 65536,
					INT32_MAX, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX, UINT64_MAX - 7 };
	size_t bytes = (size_t)1 << fuzz_below(random, 4);
	uint64_t v = odd[fuzz_below(random, sizeof(odd) / sizeof(odd[0]))];

	if (fuzz_below(random, 4) == 0)
		v = b->len + fuzz_below(random, 16) - 8;
	if (b->len >= bytes)
		memcpy(b->data + fuzz_below(random, b->len - bytes + 1), &v, bytes);
}

static void put_word(struct fuzz_bytes *b, uint64_t *random)
{
	size_t n = 0, at = fuzz_below(random, b->len + 1), cut;
	const char *word;

	while (fuzz_target.words != NULL && fuzz_target.words[n] != NULL)
		n++;
	word = n == 0 ? FUZZ_CUT : fuzz_target.words[fuzz_below(random, n)];
	cut = fuzz_below(random, 2) == 0 ? 0 : strlen(word);
	resize(b, at, cut < b->len - at ? cut : b->len - at, word, strlen(word));
}

static void put_digit(struct fuzz_bytes *b, uint64_t *random)
{
	size_t at = fuzz_below(random, b->len);

	for (size_t i = 0; i < b->len; i++, at = (at + 1) % b->len) {
		if (b->data[at] >= '0' && b->data[at] <= '9') {
			b->data[at] = (uint8_t)('0' + fuzz_below(random, 10));
			return;
		}
	}
}

void fuzz_step(struct fuzz_bytes *b, const struct fuzz_bytes *other, uint64_t *random)
{
	size_t at = fuzz_below(random, b->len), len = 1 + fuzz_below(random, b->len < 64 ? b->len : 64);
	uint8_t piece[64];

	len = len < b->len - at ? len : b->len - at;
	memset(piece, (int)fuzz_below(random, 256), sizeof(piece));
	switch (fuzz_below(random, 9)) {
	case 0:
		if (b->len > 0)
			b->data[at] ^= (uint8_t)(1u << fuzz_below(random, 8));
		break;
	case 1:
		if (b->len > 0)
			b->data[at] = (uint8_t)fuzz_below(random, 256);
		break;
	case 2:
		put_number(b, random);
		break;
	case 3:
		put_word(b, random);
		break;
	case 4:
		put_digit(b, random);
		break;
	case 5:
		resize(b, at, len, NULL, 0);
		break;
	case 6:
		resize(b, at, 0, piece, 1 + fuzz_below(random, sizeof(piece)));
		break;
	case 7:	/* a piece of it again */
		if (len > 0)
			memcpy(piece, b->data + at, len);
		resize(b, fuzz_below(random, b->len + 1), 0, piece, len);
		break;
	default:	/* its beginning, the other's end */
		if (fuzz_below(random, 4) == 0) {
			resize(b, at, b->len - at, NULL, 0);
			at = fuzz_below(random, other->len);
			resize(b, b->len, 0, other->data + at, other->len - at);
		}
	}
}

struct fuzz_bytes fuzz_mutate(const struct fuzz_bytes *inputs, size_t count, uint64_t *random)
{
	const struct fuzz_bytes *from = &inputs[fuzz_below(random, count)];
	struct fuzz_bytes b = { .data = spur_malloc(from->len + 1), .len = from->len };
	size_t steps = (size_t)1 << fuzz_below(random, 5);

	if (from->len > 0)
		memcpy(b.data, from->data, from->len);
	for (size_t i = 0; i < steps; i++)
		fuzz_step(&b, &inputs[fuzz_below(random, count)], random);
	return b;
}
