#include "config.h"

#include <stdlib.h>

#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/transpose.h"
#include "codec/zstd.h"
#include "tests/tap.h"

#define N 100000u

enum which { DEFLATE, ZSTD, LZ4 };
static const char *const names[] = { "deflate", "zstd", "lz4" };

static enum spur_status unpack(enum which w, const void *in, size_t len, void *out, size_t cap, size_t *got,
			       struct spur_error *err)
{
	switch (w) {
	case DEFLATE: return spur_deflate_unpack(in, len, out, cap, got, err);
	case ZSTD: return spur_zstd_unpack(in, len, out, cap, got, err);
	case LZ4:
	default: return spur_lz4_unpack(in, len, false, out, cap, got, err);
	}
}

static void pack(enum which w, const void *in, size_t len, struct spur_buf *out)
{
	switch (w) {
	case DEFLATE: spur_deflate_pack(in, len, 0, out); break;
	case ZSTD: spur_zstd_pack(in, len, 0, out); break;
	case LZ4:
	default: spur_lz4_pack(in, len, 0, out); break;
	}
}

/* Compressible, but not trivially so. */
static unsigned char *sample(void)
{
	unsigned char *p = malloc(N);

	for (size_t i = 0; i < N; i++)
		p[i] = (unsigned char)(i % 7 == 0 ? i * i >> 5 : i / 100);
	return p;
}

static void what_was_packed_comes_back(enum which w)
{
	unsigned char *in = sample(), *out = malloc(2 * N);
	struct spur_buf packed = { 0 };
	struct spur_error err;
	size_t got, one;

	printf("# %s\n", names[w]);
	pack(w, in, N, &packed);
	one = packed.len;
	is_int(unpack(w, packed.data, packed.len, out, N, &got, &err), SPUR_OK, "unpacks into exactly enough room");
	ok(got == N && memcmp(in, out, N) == 0, "to the same bytes");
	is_int(unpack(w, packed.data, packed.len, out, N - 1, &got, &err), SPUR_EFORMAT, "one byte too little is an error");
	ok(strstr(err.text, "more than the stated") != NULL || w == LZ4, "that says so");
	spur_buf_add(&packed, "\0\0\0\0\0\0\0", 7);
	is_int(unpack(w, packed.data, packed.len, out, N, &got, &err), SPUR_OK, "padding behind it is no error");
	is_int((intmax_t)got, N, "and adds nothing");
	is_int(unpack(w, packed.data, one / 2, out, N, &got, &err), SPUR_EFORMAT, "half of it is an error");
	ok(err.offset >= 0, "with an offset");
	packed.data[one / 2] = (char)(packed.data[one / 2] ^ 0x55);
	is_int(unpack(w, packed.data, one, out, N, &got, &err), SPUR_EFORMAT, "so is a changed byte");
	spur_buf_finish(&packed);
	free(in);
	free(out);
}

static void frames_follow_each_other(enum which w)
{
	static const unsigned char skippable[] = { 0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3 };
	char out[64];
	struct spur_buf packed = { 0 };
	struct spur_error err;
	size_t got;

	pack(w, "first ", 6, &packed);
	spur_buf_add(&packed, skippable, sizeof(skippable));
	pack(w, "second", 6, &packed);
	is_int(unpack(w, packed.data, packed.len, out, sizeof(out), &got, &err), SPUR_OK, "two frames and a skippable one");
	ok(got == 12 && memcmp(out, "first second", 12) == 0, "read as one");
	is_int(unpack(w, packed.data, packed.len - 2, out, sizeof(out), &got, &err), SPUR_EFORMAT, "the second cut off");
	ok(got >= 6 && memcmp(out, "first ", 6) == 0, "leaves the first");
	is_int(unpack(w, "no frame", 8, out, sizeof(out), &got, &err), SPUR_EFORMAT, "no magic is an error");
	is_int(unpack(w, "", 0, out, sizeof(out), &got, &err), SPUR_OK, "nothing is nothing");
	spur_buf_finish(&packed);
}

/* Bytes that do not pack: a frame of them is blocks of at most 128 KiB, as they are. */
static unsigned char *noise(size_t len)
{
	unsigned char *p = spur_malloc(len);
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (unsigned char)(x >> 24);
	}
	return p;
}

static void intact_blocks_of_zstd_come_out(void)
{
	enum { LEN = 400000, BLOCK = 128 << 10, THIRD = 9 + 2 * (BLOCK + 3) };
	unsigned char *in = noise(LEN), *out = spur_calloc(1, LEN);
	struct spur_buf packed = { 0 };
	struct spur_error err = { 0 };
	size_t got;

	spur_zstd_pack(in, LEN, 0, &packed);
	is_int(spur_zstd_unpack(packed.data, packed.len, out, 300000, &got, &err), SPUR_EFORMAT, "too little room");
	ok(got == 300000 && memcmp(in, out, got) == 0, "is filled");
	is_str(err.text, "zstd: unpacks to more than the stated 300000 bytes", "and said");
	memset(out, 0, LEN);
	is_int(spur_zstd_unpack(packed.data, 300000, out, LEN, &got, &err), SPUR_EFORMAT, "cut in its third block");
	ok(got == 300000 - THIRD + 2 * BLOCK - 3 && memcmp(in, out, got) == 0, "it gives what is there");
	is_str(err.text, "zstd: cut off at byte 300000 of the packed data", "and says where");
	memset(out, 0, LEN);
	packed.data[THIRD] |= 6;	/* the head of the third block: a type that is reserved */
	is_int(spur_zstd_unpack(packed.data, packed.len, out, LEN, &got, &err), SPUR_EFORMAT, "damaged there");
	ok(got == 2 * BLOCK && memcmp(in, out, got) == 0, "it gives the two in front");
	packed.data[THIRD] &= ~6;
	packed.data[packed.len - 1] ^= 1;
	is_int(spur_zstd_unpack(packed.data, packed.len, out, LEN, &got, &err), SPUR_EFORMAT, "a wrong checksum");
	ok(got == LEN && memcmp(in, out, got) == 0, "leaves all of it");
	ok(err.offset >= (int64_t)packed.len - 4, "and is at the end");
	spur_buf_finish(&packed);
	free(in);
	free(out);
}

/* RFC 8878, 3.1.1: a window of 2^(10 + e) * (1 + m / 8) bytes, then a block "hello", the last one. */
static void no_window_is_allocated_that_the_data_need_not(void)
{
	unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 15 << 3, 5 << 3 | 1, 0, 0, 'h', 'e', 'l', 'l', 'o' };
	char out[8];
	struct spur_error err = { 0 };
	size_t got;

	is_int(spur_zstd_unpack(frame, sizeof(frame), out, 4, &got, &err), SPUR_EFORMAT, "a window of 32 MiB, too little room");
	ok(got == 4 && memcmp(out, "hell", 4) == 0, "gives what has room");
	frame[5] |= 1;
	is_int(spur_zstd_unpack(frame, sizeof(frame), out, 5, &got, &err), SPUR_OK, "a window of 36 MiB");
	ok(got == 5 && memcmp(out, "hello", 5) == 0, "has not to be there for what has room");
	is_int(spur_zstd_unpack(frame, sizeof(frame), out, 4, &got, &err), SPUR_EFORMAT, "is refused for the rest");
	is_int((intmax_t)got, 0, "of which nothing comes");
	is_str(err.text, "zstd: byte 0 of the packed data: Frame requires too much memory for decoding", "and why");
	frame[5] = 31 << 3;
	is_int(spur_zstd_unpack(frame, sizeof(frame), out, 5, &got, &err), SPUR_EFORMAT, "one of 2 TiB is no frame");
}

static void raw_lz4_blocks_are_taken_when_asked(void)
{
	static const unsigned char block[] = { 0x50, 'h', 'e', 'l', 'l', 'o' };
	char out[16];
	struct spur_error err;
	size_t got;

	is_int(spur_lz4_unpack(block, sizeof(block), true, out, sizeof(out), &got, &err), SPUR_OK, "a raw block");
	ok(got == 5 && memcmp(out, "hello", 5) == 0, "is unpacked");
	is_int(spur_lz4_unpack(block, sizeof(block), false, out, sizeof(out), &got, &err), SPUR_EFORMAT, "only when asked");
	is_int(spur_lz4_unpack(block, sizeof(block), true, out, 4, &got, &err), SPUR_EFORMAT, "and only if it fits");
}

static void transposition_keeps_the_tail(void)
{
	unsigned char in[3 * 4 + 2] = "abcABC123xyzTU", out[sizeof(in)], back[sizeof(in)];

	spur_transpose(in, sizeof(in), 3, out);
	ok(memcmp(out, "aA1xbB2ycC3zTU", sizeof(in)) == 0, "columns of rows of three, then the tail");
	spur_untranspose(out, sizeof(in), 3, back);
	ok(memcmp(back, in, sizeof(in)) == 0, "and back");
	spur_untranspose(in, sizeof(in), 0, back);
	ok(memcmp(back, in, sizeof(in)) == 0, "rows of nothing copy");
	spur_untranspose(in, sizeof(in), 100, back);
	ok(memcmp(back, in, sizeof(in)) == 0, "so do rows longer than the data");
}

/* Each byte where the definition wants it, in memory of exactly that size. */
static bool transposes(const unsigned char *sample_bytes, size_t len, size_t row)
{
	size_t rows = len / row, wrong = 0;
	unsigned char *in = malloc(len), *there = malloc(len), *back = malloc(len);

	memcpy(in, sample_bytes, len);
	spur_transpose(in, len, row, there);
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < row; c++)
			wrong += there[c * rows + r] != in[r * row + c];
	}
	for (size_t i = rows * row; i < len; i++)
		wrong += there[i] != in[i];
	spur_untranspose(there, len, row, back);
	wrong += memcmp(in, back, len) != 0;
	free(in);
	free(there);
	free(back);
	return wrong == 0;
}

static void transposition_is_as_defined(void)
{
	static const size_t lengths[] = { 1, 15, 16, 17, 31, 33, 255, 256, 257, 1000, 1024, 4111 };
	unsigned char *in = sample();
	bool same = true;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (size_t row = 1; row <= lengths[i] && row < 140; row++)
			same = same && transposes(in, lengths[i], row);
	}
	ok(same, "for lengths and rows around the sizes of squares and tiles");
	free(in);
}

static void transposition_is_reversible(void)
{
	unsigned char *in = sample(), *out = malloc(N), *back = malloc(N);
	bool same = true;

	for (size_t row = 1; row < 400; row += 13) {
		spur_transpose(in, N, row, out);
		spur_untranspose(out, N, row, back);
		same = same && memcmp(in, back, N) == 0;
	}
	ok(same, "for every row length");
	free(in);
	free(out);
	free(back);
}

/* The beginning of a stream, from part of it: of noise (stored blocks), of what packs well, and cut too early. */
static void the_first_bytes_come_alone(void)
{
	enum { LEN = 300000, NEED = 9000 };
	unsigned char *plain = spur_malloc(LEN), *out = spur_malloc(NEED + SPUR_DEFLATE_SLACK);
	uint32_t x = 1;

	for (int kind = 0; kind < 3; kind++) {
		struct spur_buf packed = { 0 };
		bool right = true;

		for (size_t i = 0; i < LEN; i++) {
			x = x * 1664525 + 1013904223;
			plain[i] = kind == 0 ? (unsigned char)(x >> 24) : kind == 1 ? (unsigned char)(i / 700) :
				   (unsigned char)(i < 5000 ? i : x >> 24);
		}
		spur_deflate_pack(plain, LEN, 1, &packed);
		for (size_t need = 1; need <= NEED; need += 499) {
			right = right && spur_deflate_unpack_first(packed.data, packed.len, out, need, NULL) == SPUR_OK &&
				memcmp(out, plain, need) == 0;
			for (size_t len = 0; right && len < packed.len && len < 90000; len += 3001) {
				if (spur_deflate_unpack_first(packed.data, len, out, need, NULL) == SPUR_OK)
					right = memcmp(out, plain, need) == 0;
			}
		}
		ok(right, kind == 0 ? "first bytes of noise" : kind == 1 ? "of runs" : "of both");
		is_int(spur_deflate_unpack_first(packed.data, 40, out, NEED, NULL), SPUR_EFORMAT, "too little says so");
		spur_buf_finish(&packed);
	}
	free(plain);
	free(out);
}

int main(void)
{
	what_was_packed_comes_back(DEFLATE);
	what_was_packed_comes_back(ZSTD);
	what_was_packed_comes_back(LZ4);
	frames_follow_each_other(ZSTD);
	frames_follow_each_other(LZ4);
	intact_blocks_of_zstd_come_out();
	no_window_is_allocated_that_the_data_need_not();
	raw_lz4_blocks_are_taken_when_asked();
	transposition_keeps_the_tail();
	transposition_is_as_defined();
	transposition_is_reversible();
	the_first_bytes_come_alone();
	return tap_done();
}
