#include "config.h"

#include "export/parquet.h"

#include <stdlib.h>

static size_t run_length(const uint32_t *v, size_t left)
{
	size_t n = 1;

	while (n < left && v[n] == v[0])
		n++;
	return n;
}

/* <varint: run << 1> <value in whole bytes> */
static void add_run(struct spur_buf *out, uint32_t value, size_t run, unsigned width)
{
	spur_thrift_varint(out, (uint64_t)run << 1);
	for (unsigned bits = 0; bits < width; bits += 8)
		spur_buf_u8(out, (uint8_t)(value >> bits));
}

/* <varint: groups << 1 | 1> groups of eight values, LSB first; the last one is padded with zeros */
static void add_packed(struct spur_buf *out, const uint32_t *v, size_t count, size_t groups, unsigned width)
{
	uint64_t acc = 0;
	unsigned have = 0;

	spur_thrift_varint(out, (uint64_t)groups << 1 | 1);
	for (size_t i = 0; i < groups * 8; i++) {
		acc |= (uint64_t)(i < count ? v[i] : 0) << have;
		for (have += width; have >= 8; have -= 8, acc >>= 8)
			spur_buf_u8(out, (uint8_t)acc);
	}
}

void spur_parquet_rle(struct spur_buf *out, const uint32_t *values, size_t count, unsigned width)
{
	for (size_t i = 0; i < count;) {
		size_t run = run_length(values + i, count - i);
		size_t groups = 0, start = i;

		if (run >= 8) {
			add_run(out, values[i], run, width);
			i += run;
			continue;
		}
		/* Groups of eight until a run begins at a group's edge. */
		do {
			i = count - i > 8 ? i + 8 : count;
			groups++;
		} while (i < count && run_length(values + i, count - i > 8 ? 8 : count - i) < 8);
		add_packed(out, values + start, i - start, groups, width);
	}
}

void spur_parquet_rle_bytes(struct spur_buf *out, const unsigned char *values, size_t count)
{
	uint32_t *wide = spur_calloc(count, sizeof(*wide));

	for (size_t i = 0; i < count; i++)
		wide[i] = values[i];
	spur_parquet_rle(out, wide, count, 1);
	free(wide);
}
