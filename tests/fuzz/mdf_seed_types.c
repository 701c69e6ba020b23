#include "config.h"

#include <stdio.h>

#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"

/* Channels of every data type (cn_data_type), width and place in a record, with invalidation bits. */
#define ROWS 6u

struct field {
	uint8_t data_type, bit_offset;
	uint32_t bits;
	const char *text;	/* of every row; NULL: bytes of no meaning */
};

static uint32_t bytes_of(const struct field *f)
{
	return (f->bit_offset + f->bits + 7) / 8;
}

/* 2: invalidation bit used; 1: all values invalid. */
static uint32_t flags_of(size_t i)
{
	return i % 4 == 1 ? 2 : i % 11 == 10 ? 1 : 0;
}

static void add_rows(struct spur_buf *data, const struct field *f, size_t count, uint32_t inval)
{
	for (unsigned row = 0; row < ROWS; row++) {
		spur_buf_f64(data, row * 0.25 + (row > 3));
		for (size_t i = 0; i < count; i++) {
			if (f[i].text != NULL)
				spur_buf_add(data, f[i].text, bytes_of(&f[i]));
			for (uint32_t k = 0; f[i].text == NULL && k < bytes_of(&f[i]); k++)
				spur_buf_u8(data, row == 5 ? 0xff : seed_byte(row * 97 + (unsigned)i * 13 + k));
		}
		for (uint32_t k = 0; k < inval; k++)
			spur_buf_u8(data, seed_byte(row * 5 + k + 1));
	}
}

static void write_fields(const struct field *f, size_t count)
{
	uint32_t inval = (uint32_t)(count + 7) / 8, end = SEED_TIME;
	struct spur_buf b = { 0 }, data = { 0 };
	uint64_t cn = 0, dt;

	mdf_begin(&b, 410, 0);
	add_rows(&data, f, count, inval);
	dt = mdf_block(&b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	for (size_t i = 0; i < count; i++)
		end += bytes_of(&f[i]);
	for (size_t i = count; i-- > 0;) {
		char name[48];

		end -= bytes_of(&f[i]);
		snprintf(name, sizeof(name), "c%zu of %u, %u bits at %u", i, f[i].data_type, f[i].bits, f[i].bit_offset);
		cn = mdf_cn(&b, cn, &(struct mdf_cn){ .name = name, .data_type = f[i].data_type, .bit_offset = f[i].bit_offset,
						      .byte_offset = end, .bits = f[i].bits, .flags = flags_of(i), .inval_pos = (uint32_t)i });
	}
	end = SEED_TIME;
	for (size_t i = 0; i < count; i++)
		end += bytes_of(&f[i]);
	seed_end(&b, seed_time(&b, cn), ROWS, end, inval, dt);
}

void mdf_seed_types(void)
{
	static const struct field integers[] = {
		{ 0, 0, 1, NULL }, { 0, 3, 1, NULL }, { 0, 7, 2, NULL }, { 0, 0, 8, NULL }, { 0, 5, 12, NULL }, { 0, 0, 16, NULL }, { 0, 4, 31, NULL },
		{ 0, 0, 32, NULL }, { 0, 0, 33, NULL }, { 0, 3, 61, NULL }, { 0, 3, 62, NULL }, { 0, 0, 64, NULL }, { 0, 7, 64, NULL },
		{ 0, 0, 65, NULL }, { 1, 0, 16, NULL }, { 1, 2, 10, NULL }, { 1, 0, 24, NULL }, { 1, 0, 32, NULL }, { 1, 1, 63, NULL },
		{ 1, 0, 64, NULL }, { 2, 0, 1, NULL }, { 2, 0, 8, NULL }, { 2, 1, 7, NULL }, { 2, 0, 9, NULL }, { 2, 0, 16, NULL }, { 2, 6, 17, NULL },
		{ 2, 0, 32, NULL }, { 2, 2, 40, NULL }, { 2, 0, 64, NULL }, { 3, 0, 16, NULL }, { 3, 0, 24, NULL }, { 3, 0, 32, NULL }, { 3, 4, 64, NULL },
	};
	static const struct field others[] = {
		{ 4, 0, 16, NULL }, { 4, 0, 32, NULL }, { 4, 0, 64, NULL }, { 5, 0, 16, NULL }, { 5, 0, 32, NULL }, { 5, 0, 64, NULL },
		{ 6, 0, 48, "gr\xfc\xdf" "e\0" }, { 7, 0, 48, "gr\xc3\xbc" "n\0" }, { 8, 0, 64, "a\0\xac\x20\x3d\xd8\x00\xde" },
		{ 9, 0, 48, "\0a\x20\xac\xd8\0" }, { 10, 0, 40, "\0\1\2\3\4" }, { 11, 0, 24, "abc" }, { 12, 0, 24, "abc" },
		{ 13, 0, 56, "\xe7\x03\x1e\x17\x7f\x0c\x53" }, { 13, 0, 56, "\x01\x80\xc5\x03\x65\x01\x14" }, { 13, 0, 48, "short!" },
		{ 14, 0, 48, "\x40\x42\x0f\x00\x10\x27" }, { 14, 0, 48, "\xff\xff\xff\xff\xff\xff" }, { 14, 0, 40, "short" },
		{ 15, 0, 128, "\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\x04\xc0" }, { 15, 0, 64, "\0\0\xc0\x3f\0\0\x80\x40" }, { 15, 0, 32, "\0\x3e\0\xc4" },
		{ 16, 0, 128, "\x3f\xf8\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0" }, { 16, 0, 24, "abc" },
		{ 17, 0, 48, "\xff\xfe" "a\0b\0" }, { 17, 0, 48, "\xfe\xff\0a\0b" }, { 17, 0, 48, "\xef\xbb\xbf" "abc" }, { 17, 0, 24, "abc" },
		{ 18, 0, 8, NULL }, { 4, 0, 24, NULL }, { 4, 1, 32, NULL }, { 0, 8, 8, NULL }, { 0, 0, 0, NULL },
	};

	write_fields(integers, sizeof(integers) / sizeof(integers[0]));
	write_fields(others, sizeof(others) / sizeof(others[0]));
}
